//! Globals: immutable ones are constants in the code; mutable ones stand side by side in one data object per instance,
//! so that a function that uses several computes one address.

use super::{InitStep, InstanceLayout, add, function::Functions, instance_name, writer::Writer};
use crate::constant::{self, Constant};
use crate::error::{Error, Result};
use crate::module::ItemKind;
use crate::object::{DataObject, Section};
use crate::program::{Import, InstanceId, Program};
use crate::symbols::{DataId, Symbol};
use wasmparser::ValType;

/// What a global index means.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum GlobalLocation {
    /// Immutable: its value.
    Constant(Constant),
    /// A variable at this offset of a data object.
    Variable(DataId, u32),
    /// The host's: the `ImportSlot` at this offset of a data object has its address.
    Imported(DataId, u32),
}

/// Lays out an instance's globals.
pub fn globals<'data>(
    program: &Program<'data>,
    id: InstanceId,
    functions: &Functions,
    earlier: &[InstanceLayout],
    instance: &mut InstanceLayout,
    data: &mut Vec<DataObject<'data>>,
) -> Result<()> {
    let module = program.module_of(id);
    let mut writer = Writer::default();
    let mut variables = Vec::new();
    for (index, global) in module.globals.iter().enumerate() {
        let index = index as u32;
        let location = if program.import(id, ItemKind::Global, index) == Some(Import::Host) {
            let (slots, offset) = instance.slot(ItemKind::Global, index)?;
            Some(GlobalLocation::Imported(slots, offset))
        } else if !global.ty.mutable && !is_late(program, id, index)? {
            Some(GlobalLocation::Constant(constant::global(program, id, index)?))
        } else if let Some(import) = program.import(id, ItemKind::Global, index) {
            let Import::Item(from, item) = import else { return Err(Error::internal("a global from the host")) };
            Some(earlier[from.0 as usize].globals[item as usize])
        } else {
            let init = global.init.as_ref().ok_or_else(|| Error::internal("a global without value"))?;
            let value = if constant::is_late(program, id, init)? {
                instance.init.push(InitStep::Global(index));
                if global.ty.content_type == ValType::V128 { Constant::V128([0; 16]) } else { Constant::I64(0) }
            } else {
                constant::evaluate(program, id, init)?
            };
            if matches!(value, Constant::V128(_)) {
                writer.align(16);
            }
            variables.push((index, writer.len() as u32));
            write(&mut writer, functions, value)?;
            None
        };
        instance.globals.push(location.unwrap_or(GlobalLocation::Constant(Constant::Null)));
    }
    if !variables.is_empty() {
        let object = add(data, writer.finish(instance_name(id, "wasmaot.globals"), Section::Data, 16));
        for (index, offset) in variables {
            instance.globals[index as usize] = GlobalLocation::Variable(object, offset);
        }
    }
    Ok(())
}

/// Whether a global has its value at run time.
fn is_late(program: &Program<'_>, id: InstanceId, index: u32) -> Result<bool> {
    let (owner, index) = constant::resolve(program, id, ItemKind::Global, index)?;
    let global = program.module_of(owner).globals.get(index as usize);
    global.and_then(|global| global.init.as_ref()).map_or(Ok(false), |init| constant::is_late(program, owner, init))
}

/// The address of a global for the host: where its variable is, or a copy of its value.
pub fn address<'data>(
    location: GlobalLocation,
    index: u32,
    functions: &Functions,
    data: &mut Vec<DataObject<'data>>,
) -> Result<GlobalLocation> {
    let GlobalLocation::Constant(value) = location else { return Ok(location) };
    let mut writer = Writer::default();
    write(&mut writer, functions, value)?;
    // In the block, where the library finds whose it is.
    let object = writer.finish(format!("wasmaot.constant{index}"), Section::Data, 16);
    Ok(GlobalLocation::Variable(add(data, object), 0))
}

/// Writes a value in 8 bytes, or 16 for v128.
fn write(writer: &mut Writer, functions: &Functions, value: Constant) -> Result<()> {
    match value {
        Constant::I32(value) | Constant::F32(value) => writer.u64(value.into()),
        Constant::I64(value) | Constant::F64(value) => writer.u64(value),
        Constant::V128(bytes) => writer.bytes(&bytes),
        Constant::Null => writer.u64(0),
        Constant::Function(id, index) => {
            let (object, offset) = functions.funcref(id, index)?;
            writer.pointer_at(Some(Symbol::Data(object)), offset.into())
        }
    };
    Ok(())
}
