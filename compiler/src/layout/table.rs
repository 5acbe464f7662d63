//! Tables and element segments. A table that no instruction reads, writes or grows, and whose content is known, is a
//! constant array of code offsets and signature ids ([`abi::ConstantElement`]); calls through it compare with
//! immediates. Other tables hold references; if they grow they are reached through their descriptor.

use super::{
    Descriptor, InitStep, InstanceLayout, SegmentStep, add, function::Functions, instance_name, writer::Writer,
};
use crate::constant::{self, Constant, Offset};
use crate::error::{Error, Result};
use crate::module::{ElementItems, ElementSegment, ItemKind, Module};
use crate::object::{DataBytes, DataObject, Section};
use crate::options::{Model, Options};
use crate::program::{Import, InstanceId, Program};
use crate::survey::Survey;
use crate::symbols::{DataId, Symbol};
use std::collections::HashSet;
use wasmaot_abi::program as abi;

/// What a table index means.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum TableLocation {
    /// Never changes: array of constant elements, its length, and whether some are null.
    Constant {
        /// The array.
        elements: DataId,
        /// Number of elements.
        len: u64,
        /// Whether one of them is null.
        has_null: bool,
        /// Indexed with 64 bits.
        index64: bool,
    },
    /// Its elements change, its length does not.
    Fixed {
        /// The array of references.
        elements: DataId,
        /// Number of elements.
        len: u64,
        /// Its `Table` descriptor.
        descriptor: DataId,
        /// Indexed with 64 bits.
        index64: bool,
    },
    /// It grows, or is the host's.
    Growable {
        /// Its `Table` descriptor.
        descriptor: Descriptor,
        /// Indexed with 64 bits.
        index64: bool,
    },
}

impl TableLocation {
    /// Whether it is indexed with 64 bits (memory64 proposal).
    pub fn index64(&self) -> bool {
        match *self {
            TableLocation::Constant { index64, .. }
            | TableLocation::Fixed { index64, .. }
            | TableLocation::Growable { index64, .. } => index64,
        }
    }

    /// Its descriptor; constant tables have none.
    pub fn descriptor(&self) -> Option<Descriptor> {
        match *self {
            TableLocation::Constant { .. } => None,
            TableLocation::Fixed { descriptor, .. } => Some(Descriptor::Own(descriptor)),
            TableLocation::Growable { descriptor, .. } => Some(descriptor),
        }
    }
}

/// A table by the instance that defines it.
type Defined = (InstanceId, u32);

/// Tables too long to be in the file are made at start instead.
const LONGEST_STATIC: u64 = 1 << 20;

/// The tables that never change.
pub fn constant_tables(program: &Program<'_>, options: &Options, surveys: &[Survey]) -> Result<HashSet<Defined>> {
    let mut constant = HashSet::new();
    for id in program.instance_ids() {
        let module = program.module_of(id);
        for index in module.imported_tables..module.tables.len() as u32 {
            let ty = &module.tables[index as usize].ty;
            let shared = options.model != Model::Static && is_exported(module, index);
            if ty.initial <= LONGEST_STATIC && ty.element_type.is_func_ref() && !shared {
                constant.insert((id, index));
            }
        }
    }
    for id in program.instance_ids() {
        let module = program.module_of(id);
        let survey = &surveys[program.instances[id.0 as usize].module.0 as usize];
        for index in 0..module.tables.len() as u32 {
            if survey.touched_tables[index as usize] {
                constant.remove(&constant::resolve(program, id, ItemKind::Table, index)?);
            }
        }
        for (table, offset, items) in active(program, id) {
            let defined = constant::resolve(program, id, ItemKind::Table, table)?;
            let limit = program.module_of(defined.0).tables[defined.1 as usize].ty.initial;
            let end = match offset? {
                Offset::Known(offset) => offset.checked_add(item_count(items) as u64),
                Offset::Late => None,
            };
            if defined.0 != id || end.is_none_or(|end| end > limit) {
                constant.remove(&defined);
            }
        }
    }
    Ok(constant)
}

/// Whether a host can reach a table.
fn is_exported(module: &Module<'_>, index: u32) -> bool {
    module.exports.iter().any(|export| export.kind == ItemKind::Table && export.index == index)
}

/// Active segments of an instance: table, offset, segment.
fn active<'a>(
    program: &'a Program<'_>,
    id: InstanceId,
) -> impl Iterator<Item = (u32, Result<Offset>, &'a ElementSegment<'a>)> {
    program.module_of(id).elements.iter().filter_map(move |segment| {
        let (table, offset) = segment.active.as_ref()?;
        Some((*table, Offset::of(program, id, offset), segment))
    })
}

fn item_count(segment: &ElementSegment<'_>) -> usize {
    match &segment.items {
        ElementItems::Functions(functions) => functions.len(),
        ElementItems::Expressions(expressions) => expressions.len(),
    }
}

fn items(program: &Program<'_>, id: InstanceId, segment: &ElementSegment<'_>) -> Result<Vec<Constant>> {
    match &segment.items {
        ElementItems::Functions(functions) => Ok(functions.iter().map(|f| Constant::Function(id, *f)).collect()),
        ElementItems::Expressions(list) => list.iter().map(|item| constant::evaluate(program, id, item)).collect(),
    }
}

/// Lays out an instance's tables and element segments.
#[allow(clippy::too_many_arguments)] // phases pass values
pub fn tables<'data>(
    program: &Program<'data>,
    options: &Options,
    id: InstanceId,
    functions: &Functions,
    constant_tables: &HashSet<Defined>,
    surveys: &[Survey],
    earlier: &[InstanceLayout],
    instance: &mut InstanceLayout,
    data: &mut Vec<DataObject<'data>>,
) -> Result<()> {
    let module = program.module_of(id);
    for (index, table) in module.tables.iter().enumerate() {
        let index = index as u32;
        let location = match program.import(id, ItemKind::Table, index) {
            Some(Import::Item(from, item)) => earlier[from.0 as usize].tables[item as usize],
            Some(Import::WasiP1(_)) => return Err(Error::internal("a table from the host")),
            Some(Import::Host) => {
                let (slots, offset) = instance.slot(ItemKind::Table, index)?;
                let descriptor = Descriptor::Imported(slots, offset);
                TableLocation::Growable { descriptor, index64: table.ty.table64 }
            }
            None => {
                let fill = match &table.init {
                    Some(init) => constant::evaluate(program, id, init)?,
                    None => Constant::Null,
                };
                let name = instance_name(id, &format!("wasmaot.table{index}"));
                if constant_tables.contains(&(id, index)) {
                    constant_table(program, id, index, functions, fill, name, data)?
                } else {
                    let by_host = options.model != Model::Static
                        && is_exported(module, index)
                        && table.ty.maximum != Some(table.ty.initial);
                    let grows = by_host || grows(program, surveys, (id, index))?;
                    if grows && fill != Constant::Null {
                        let reference = reference(functions, fill)?;
                        instance.init.push(InitStep::TableFill(index, reference, table.ty.initial));
                    }
                    variable_table(table, grows, functions, fill, name, data)?
                }
            }
        };
        instance.tables.push(location);
    }
    if let Some(TableLocation::Constant { elements, .. }) = instance.tables.first()
        && options.debug_info
        && options.model == Model::Static
    {
        let mut writer = Writer::default();
        writer.pointer(Some(Symbol::Data(*elements)));
        let object = writer.finish(instance_name(id, "wasmaot.table0.address"), Section::ReadOnly, 8);
        instance.table_address = Some(add(data, object));
    }
    segments(program, id, functions, instance, data)
}

/// Whether any instance grows a table, or it is too long to be in the file.
fn grows(program: &Program<'_>, surveys: &[Survey], table: Defined) -> Result<bool> {
    if program.module_of(table.0).tables[table.1 as usize].ty.initial > LONGEST_STATIC {
        return Ok(true);
    }
    for id in program.instance_ids() {
        let survey = &surveys[program.instances[id.0 as usize].module.0 as usize];
        for (index, _) in survey.grown_tables.iter().enumerate().filter(|(_, grown)| **grown) {
            if constant::resolve(program, id, ItemKind::Table, index as u32)? == table {
                return Ok(true);
            }
        }
    }
    Ok(false)
}

fn constant_table<'data>(
    program: &Program<'data>,
    id: InstanceId,
    index: u32,
    functions: &Functions,
    fill: Constant,
    name: String,
    data: &mut Vec<DataObject<'data>>,
) -> Result<TableLocation> {
    let ty = program.module_of(id).tables[index as usize].ty;
    let mut content = vec![fill; ty.initial as usize];
    for (table, offset, segment) in active(program, id) {
        if table == index {
            let Offset::Known(offset) = offset? else { return Err(Error::internal("a constant table")) };
            let offset = offset as usize;
            for (slot, item) in content[offset..].iter_mut().zip(items(program, id, segment)?) {
                *slot = item;
            }
        }
    }
    let mut writer = Writer::default();
    for item in &content {
        match *item {
            Constant::Function(owner, function) => {
                let code = functions.code(owner, function);
                let code = code.ok_or_else(|| Error::internal("a table element without code"))?;
                writer.relative(Symbol::Function(code), 0).u32(functions.signature(owner, function)?.0);
            }
            _ => {
                writer.u32(0).u32(abi::NULL_SIGNATURE);
            }
        }
    }
    let has_null = content.contains(&Constant::Null);
    let len = content.len() as u64;
    let elements = add(data, writer.finish(name, Section::ReadOnly, 8));
    Ok(TableLocation::Constant { elements, len, has_null, index64: ty.table64 })
}

fn variable_table<'data>(
    table: &crate::module::Table<'_>,
    grows: bool,
    functions: &Functions,
    fill: Constant,
    name: String,
    data: &mut Vec<DataObject<'data>>,
) -> Result<TableLocation> {
    let ty = table.ty;
    let limit = if ty.table64 { u64::MAX } else { u64::from(u32::MAX) };
    let maximum = ty.maximum.unwrap_or(limit);
    let mut descriptor = Writer::default();
    if grows {
        // The runtime fills it with null; a step of instantiation with another initial value.
        descriptor.pointer(None).u64(0).u64(ty.initial).u64(maximum);
        let descriptor = add(data, descriptor.finish(name, Section::Data, 8));
        return Ok(TableLocation::Growable { descriptor: Descriptor::Own(descriptor), index64: ty.table64 });
    }
    let elements_name = format!("{name}.elements");
    let elements = if fill == Constant::Null {
        let bytes = DataBytes::Zero(ty.initial * 8);
        let (section, relocations) = (Section::Zero, Vec::new());
        add(data, DataObject { name: elements_name, global: false, section, align: 16, bytes, relocations })
    } else {
        let mut writer = Writer::default();
        let (object, offset) = reference(functions, fill)?;
        for _ in 0..ty.initial {
            writer.pointer_at(Some(Symbol::Data(object)), offset.into());
        }
        add(data, writer.finish(elements_name, Section::Data, 16))
    };
    descriptor.pointer(Some(Symbol::Data(elements))).u64(ty.initial).u64(ty.initial).u64(maximum);
    let descriptor = add(data, descriptor.finish(name, Section::Data, 8));
    Ok(TableLocation::Fixed { elements, len: ty.initial, descriptor, index64: ty.table64 })
}

fn reference(functions: &Functions, value: Constant) -> Result<(DataId, u32)> {
    match value {
        Constant::Function(id, index) => functions.funcref(id, index),
        other => Err(Error::internal(format!("{other:?} as a reference"))),
    }
}

/// Descriptors of the segments that instructions name, and the steps that apply active segments to tables that are not
/// constant.
fn segments<'data>(
    program: &Program<'data>,
    id: InstanceId,
    functions: &Functions,
    instance: &mut InstanceLayout,
    data: &mut Vec<DataObject<'data>>,
) -> Result<()> {
    for (index, segment) in program.module_of(id).elements.iter().enumerate() {
        let name = instance_name(id, &format!("wasmaot.elem{index}"));
        let len = item_count(segment) as u64;
        let applied = match &segment.active {
            Some((table, offset)) => match instance.tables.get(*table as usize) {
                Some(TableLocation::Constant { .. }) => None,
                _ => Some((*table, Offset::of(program, id, offset)?)),
            },
            None => None,
        };
        let passive = segment.active.is_none() && !segment.declared;
        let content = if passive || applied.is_some() {
            let mut writer = Writer::default();
            for item in items(program, id, segment)? {
                match item {
                    Constant::Null => writer.u64(0),
                    value => {
                        let (object, offset) = reference(functions, value)?;
                        writer.pointer_at(Some(Symbol::Data(object)), offset.into())
                    }
                };
            }
            Some(add(data, writer.finish(format!("{name}.items"), Section::ReadOnly, 8)))
        } else {
            None
        };
        let descriptor = |data: &mut Vec<_>, name: String, content: Option<DataId>, len| {
            let mut writer = Writer::default();
            writer.pointer(content.map(Symbol::Data)).u64(len);
            add(data, writer.finish(name, Section::Data, 8))
        };
        if let Some((to, offset)) = applied {
            let descriptor = descriptor(data, format!("{name}.active"), content, len);
            instance.init.push(InitStep::Table(SegmentStep { to, segment: index as u32, descriptor, offset, len }));
        }
        // After instantiation only passive segments have content.
        let (content, len) = if passive { (content, len) } else { (None, 0) };
        instance.element_segments.push(Some(descriptor(data, name, content, len)));
    }
    Ok(())
}
