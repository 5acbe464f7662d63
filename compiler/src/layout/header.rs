//! The arrays that the program header points to: instances, their memories, images and tables, script rows, grants.

use super::{Descriptor, InstanceLayout, TableLocation, add, function::Functions, memory::Image, writer::Writer};
use crate::error::Result;
use crate::module::ItemKind;
use crate::object::{DataObject, ProgramParts, Section};
use crate::options::Options;
use crate::program::Program;
use crate::script;
use crate::symbols::{DataId, FunctionId, Symbol};
use wasmaot_abi::program as abi;

/// Writes the arrays.
pub fn header<'data>(
    program: &Program<'data>,
    options: &Options,
    functions: &Functions,
    instances: &[InstanceLayout],
    images: &[Vec<Image>],
    data: &mut Vec<DataObject<'data>>,
) -> Result<ProgramParts> {
    let mut rows = Writer::default();
    for (index, id) in program.instance_ids().enumerate() {
        let (module, instance) = (program.module_of(id), &instances[index]);
        let name = |what: &str| super::instance_name(id, what);

        let own_memories = instance.memories.iter().skip(module.imported_memories as usize);
        let own = |descriptor: Descriptor| match descriptor {
            Descriptor::Own(id) => Some(id),
            Descriptor::Imported(..) => None,
        };
        let memories: Vec<DataId> = own_memories.filter_map(|memory| own(memory.descriptor)).collect();
        let own_tables = instance.tables.iter().skip(module.imported_tables as usize);
        let growable = own_tables.filter(|table| matches!(table, TableLocation::Growable { .. }));
        let tables: Vec<DataId> = growable.filter_map(TableLocation::descriptor).filter_map(own).collect();
        let memories_array = pointers(data, name("wasmaot.memories"), &memories);
        let tables_array = pointers(data, name("wasmaot.tables"), &tables);

        let mut writer = Writer::default();
        for image in &images[index] {
            let flags = if image.movable { abi::IMAGE_MOVABLE } else { 0 };
            writer.pointer(Some(Symbol::Data(image.data))).u64(image.len).u64(image.offset);
            writer.u32(image.memory).u32(flags);
        }
        let images_array =
            (writer.len() > 0).then(|| add(data, writer.finish(name("wasmaot.images"), Section::ReadOnly, 8)));

        rows.pointer(memories_array.map(Symbol::Data)).u64(memories.len() as u64);
        rows.pointer(images_array.map(Symbol::Data)).u64(images[index].len() as u64);
        rows.pointer(tables_array.map(Symbol::Data)).u64(tables.len() as u64);
        rows.pointer(functions.inits[index].map(Symbol::Function));
    }
    let rows = add(data, rows.finish("wasmaot.instances".into(), Section::ReadOnly, 8));

    let grants = (!options.grants.is_empty()).then(|| {
        let mut writer = Writer::default();
        writer.bytes(&options.grants);
        let object = add(data, writer.finish("wasmaot.grants".into(), Section::Grants, 1));
        (object, options.grants.len() as u64)
    });
    let script = functions.script.map(|(first, count)| {
        let mut writer = Writer::default();
        for (index, row) in script::rows(program).iter().enumerate() {
            let (params, results) = match program.module_of(row.instance).function_type(row.index) {
                Some(ty) if row.kind == ItemKind::Function => (ty.params().len(), ty.results().len()),
                _ => (0, 1),
            };
            writer.pointer(Some(Symbol::Function(FunctionId(first.0 + index as u32))));
            writer.u32(params as u32).u32(results as u32);
        }
        (add(data, writer.finish("wasmaot.script".into(), Section::ReadOnly, 8)), u64::from(count))
    });
    Ok(ProgramParts {
        flags: if options.script { abi::PROGRAM_SCRIPT } else { 0 },
        stack_size: options.stack_size,
        instances: Some(rows),
        instance_count: instances.len() as u64,
        main: functions.main,
        grants,
        script,
        local: false,
    })
}

/// An array of pointers to data objects; none if it would be empty.
fn pointers(data: &mut Vec<DataObject<'_>>, name: String, targets: &[DataId]) -> Option<DataId> {
    if targets.is_empty() {
        return None;
    }
    let mut writer = Writer::default();
    for target in targets {
        writer.pointer(Some(Symbol::Data(*target)));
    }
    Some(add(data, writer.finish(name, Section::ReadOnly, 8)))
}
