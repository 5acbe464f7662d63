//! The handle model: which data objects each instance has of its own, where they stand in its block, and what the library
//! needs to make one ([`abi::Module`]).
//!
//! An object is an instance's own if it can change, or holds the address of one that is. Those leave the sections and
//! become the template of the block; all others stay, shared by all instances.

use super::exports::{Exports, Types, import_kind, is_function_reference};
use super::writer::Writer;
use super::{Base, InstanceLayout, MemoryLocation, TableLocation, add};
use crate::error::{Error, Result};
use crate::header::{Api, is_simple};
use crate::module::ItemKind;
use crate::object::{DataBytes, DataObject, DataRelocation, DataRelocationKind, ProgramParts, Section};
use crate::options::Handle;
use crate::program::{Import, InstanceId, Program};
use crate::symbols::{DataId, Symbol};
use std::borrow::Cow;
use std::collections::HashMap;
use wasmaot_abi::embed as abi;
use wasmparser::ValType;

/// Where a data object is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Home {
    /// At an address of its own, a link-time symbol.
    Symbol,
    /// In the instance's block, so many bytes from its header, which stands at the end.
    Block(i32),
}

/// What the block is made from.
pub struct Input<'a, 'data> {
    /// The program.
    pub program: &'a Program<'data>,
    /// Its options.
    pub handle: &'a Handle,
    /// Its instances.
    pub instances: &'a [InstanceLayout],
    /// Its types.
    pub types: &'a Types<'a>,
    /// What the host can reach.
    pub exports: &'a Exports,
    /// The types' ids in the process.
    pub type_ids: Option<DataId>,
}

/// The largest block in bytes: offsets in it are 32-bit displacements.
const LARGEST: u64 = 1 << 30;

/// Alignment of the template: that of what stands in it.
const TEMPLATE_ALIGN: u64 = 16;

/// Bytes of a slot.
const SLOT: u32 = size_of::<abi::ImportSlot>() as u32;

/// The slots of an instance's imports that the host gives.
#[derive(Clone, Debug)]
pub struct Slots {
    /// The array of `ImportSlot`s.
    data: DataId,
    /// Byte offset of each import's, by what it is.
    offsets: HashMap<(ItemKind, u32), u32>,
}

impl Slots {
    /// Where the slot of an import is: data object and byte offset.
    pub fn get(&self, kind: ItemKind, index: u32) -> Result<(DataId, u32)> {
        let offset = self.offsets.get(&(kind, index)).copied();
        Ok((self.data, offset.ok_or_else(|| Error::internal(format!("no slot of {kind:?} {index}")))?))
    }
}

/// The slots of each instance.
pub fn slots(program: &Program<'_>, data: &mut Vec<DataObject<'_>>) -> Vec<Option<Slots>> {
    let of = |id: InstanceId| {
        let declared = program.module_of(id).imports.iter().zip(&program.instances[id.0 as usize].imports);
        let given = declared.filter(|(_, import)| **import == Import::Host).map(|(import, _)| import);
        let offsets: HashMap<_, _> =
            given.zip(0u32..).map(|(import, number)| ((import.kind, import.index), number * SLOT)).collect();
        (!offsets.is_empty()).then(|| {
            let mut writer = Writer::default();
            writer.bytes(&vec![0; offsets.len() * SLOT as usize]);
            let data = add(data, writer.finish(super::instance_name(id, "wasmaot.imports"), Section::Data, 8));
            Slots { data, offsets }
        })
    };
    program.instance_ids().map(of).collect()
}

/// The array that the library fills with the process's ids of the types.
pub fn type_ids(types: &Types<'_>, data: &mut Vec<DataObject<'_>>) -> DataId {
    let bytes = DataBytes::Zero(types.len().max(1) as u64 * 4);
    let (name, section) = ("wasmaot.type_ids".to_owned(), Section::Zero);
    add(data, DataObject { name, global: false, section, align: 4, bytes, relocations: Vec::new() })
}

/// Builds the template and the description of the module; answers where each object is.
pub fn build(
    input: &Input<'_, '_>,
    parts: &mut ProgramParts,
    linked: &mut Vec<String>,
    data: &mut Vec<DataObject<'_>>,
) -> Result<Vec<Home>> {
    let instances = parts.instances.ok_or_else(|| Error::internal("no instances"))?;
    let own = own(data, instances, input.type_ids);
    let mut homes = vec![Home::Symbol; data.len()];
    let mut order: Vec<usize> = (0..data.len()).filter(|index| own[*index]).collect();
    // Small ones last, next to the header, where offsets are short; zeros first, where they need no room in the file.
    order.sort_by_key(|index| {
        let object = &data[*index];
        (!matches!(object.bytes, DataBytes::Zero(_)), std::cmp::Reverse((object.bytes.len(), *index)))
    });
    let (mut starts, mut end, mut template_start) = (Vec::with_capacity(order.len()), 0u64, None);
    for &index in &order {
        let start = end.next_multiple_of(u64::from(data[index].align));
        starts.push(start);
        end = start + data[index].bytes.len();
        if end > LARGEST {
            return Err(Error::unsupported("the tables and globals of an instance have more than 1 GiB"));
        }
        if !matches!(data[index].bytes, DataBytes::Zero(_)) {
            template_start.get_or_insert(start & !(TEMPLATE_ALIGN - 1));
        }
    }
    let header = end.next_multiple_of(abi::BLOCK_ALIGN);
    let len = header + size_of::<abi::Header>() as u64;
    let template_start = template_start.unwrap_or(header);
    for (&index, start) in order.iter().zip(&starts) {
        homes[index] = Home::Block((*start as i64 - header as i64) as i32);
    }
    let mut template = vec![0; (len - template_start) as usize];
    let mut fixups = Writer::default();
    let mut relocations = Vec::new();
    for (&index, &start) in order.iter().zip(&starts) {
        let object = &mut data[index];
        match std::mem::replace(&mut object.bytes, DataBytes::Zero(0)) {
            DataBytes::Bytes(bytes) => {
                template[(start - template_start) as usize..][..bytes.len()].copy_from_slice(&bytes)
            }
            DataBytes::Zero(_) => {}
            DataBytes::Parts(..) => return Err(Error::internal("an image in an instance's block")),
        }
        object.section = Section::ReadOnly;
        for relocation in std::mem::take(&mut object.relocations) {
            let at = start as u32 + relocation.offset;
            let to = match relocation.target {
                Symbol::Block => Some(header as i64),
                Symbol::Data(target) => match homes[target.0 as usize] {
                    Home::Block(offset) => Some(header as i64 + i64::from(offset)),
                    Home::Symbol => None,
                },
                _ => None,
            };
            match to {
                _ if relocation.kind != DataRelocationKind::Absolute => {
                    return Err(Error::internal("a distance in an instance's block"));
                }
                Some(to) => drop(fixups.u32(at).u32((to + relocation.addend) as u32)),
                None => relocations.push(DataRelocation { offset: at - template_start as u32, ..relocation }),
            }
        }
    }
    let bytes = DataBytes::Bytes(Cow::Owned(template));
    let (name, section) = ("wasmaot.template".to_owned(), Section::Data);
    let template =
        add(data, DataObject { name, global: false, section, align: TEMPLATE_ALIGN as u32, bytes, relocations });
    let block = Block { homes: &homes, template, template_len: len - template_start, header, len };
    describe(input, &block, fixups, parts, linked, data)?;
    // The library finds the instances in the block.
    (parts.instances, parts.instance_count, parts.local) = (None, 0, true);
    Ok(homes)
}

/// Which objects each instance has of its own. The ids of types change once, for all.
fn own(data: &[DataObject<'_>], instances: DataId, type_ids: Option<DataId>) -> Vec<bool> {
    let mut own: Vec<bool> =
        data.iter().map(|object| matches!(object.section, Section::Data | Section::Zero)).collect();
    // The library looks for them there, also where they have nothing.
    own[instances.0 as usize] = true;
    if let Some(DataId(ids)) = type_ids {
        own[ids as usize] = false;
    }
    loop {
        let mut changed = false;
        for (index, object) in data.iter().enumerate().filter(|(_, object)| object.section != Section::Info) {
            let refers = |relocation: &DataRelocation| match relocation.target {
                Symbol::Block => true,
                Symbol::Data(DataId(target)) => own[target as usize],
                _ => false,
            };
            if !own[index] && object.relocations.iter().any(refers) {
                own[index] = true;
                changed = true;
            }
        }
        if !changed {
            return own;
        }
    }
}

/// A block that is laid out.
struct Block<'a> {
    homes: &'a [Home],
    template: DataId,
    template_len: u64,
    /// Offset of its header.
    header: u64,
    len: u64,
}

impl Block<'_> {
    /// Byte offset of an object from the start.
    fn offset(&self, id: DataId) -> Result<u32> {
        match self.homes.get(id.0 as usize) {
            Some(Home::Block(offset)) => Ok((self.header as i64 + i64::from(*offset)) as u32),
            _ => Err(Error::internal(format!("{id:?} is not in the instance's block"))),
        }
    }
}

/// Writes the [`abi::Module`].
fn describe(
    input: &Input<'_, '_>,
    block: &Block<'_>,
    fixups: Writer,
    parts: &ProgramParts,
    linked: &mut Vec<String>,
    data: &mut Vec<DataObject<'_>>,
) -> Result<()> {
    let fixup_count = fixups.len() / size_of::<abi::Fixup>();
    let fixups = array(data, "wasmaot.fixups", fixups);
    let mut contexts = Writer::default();
    for id in input.program.instance_ids() {
        let layout = &input.instances[id.0 as usize];
        if let Some(context) = layout.host_context {
            let memory = super::memory::host_memory(input.program.module_of(id), layout);
            let memory = match memory.map(|memory| memory.descriptor) {
                Some(super::Descriptor::Imported(slots, offset)) => block.offset(slots)? + offset,
                _ => abi::NO_SLOT,
            };
            contexts.u32(block.offset(context)?).u32(memory);
        }
    }
    let context_count = contexts.len() / size_of::<abi::ContextRow>();
    let contexts = array(data, "wasmaot.contexts", contexts);
    let (imports, import_count) = imports(input, block, linked, data)?;
    let types = string(data, "wasmaot.types", &input.types.texts()?);
    let name = string(data, "wasmaot.module_name", &input.handle.name);
    let state = DataObject {
        name: "wasmaot.state".to_owned(),
        global: false,
        section: Section::Zero,
        align: 8,
        bytes: DataBytes::Zero(16),
        relocations: Vec::new(),
    };
    let state = add(data, state);
    let funcrefs = input.instances.iter().find_map(|instance| instance.funcref_data);
    let funcref_count = input.instances.first().map_or(0, |instance| instance.funcref_count);
    let instances = parts.instances.ok_or_else(|| Error::internal("no instances"))?;
    let items = input.exports.item_rows(input.types, |id| block.offset(id))?;
    let item_count = items.len() / size_of::<abi::ItemRow>();
    let items = array(data, "wasmaot.items", items);
    let exports = input.exports.function_rows(input.types);
    let export_count = exports.len() / size_of::<abi::ExportRow>();
    let exports = array(data, "wasmaot.exports", exports);

    let mut memories = input.instances.iter().flat_map(|instance| &instance.memories);
    let memory = match memories.find(|memory| matches!(memory.base, Base::Behind(_))).map(|memory| memory.descriptor) {
        Some(super::Descriptor::Own(descriptor)) => block.offset(descriptor)?.into(),
        _ => abi::NO_MEMORY,
    };
    let mut module = Writer::default();
    let flags = if input.handle.explicit_traps { abi::MODULE_EXPLICIT_TRAPS } else { 0 };
    module.u32(abi::VERSION).u32(flags).pointer(Some(Symbol::Abi)).pointer(Some(Symbol::Data(name)));
    module.pointer(Some(Symbol::Program)).pointer(Some(Symbol::Data(block.template)));
    module.u64(block.template_len).u64(block.len);
    module.pointer(fixups.map(Symbol::Data)).u64(fixup_count as u64);
    module.u64(block.offset(instances)?.into()).u64(parts.instance_count);
    module.pointer(contexts.map(Symbol::Data)).u64(context_count as u64);
    module.pointer(imports.map(Symbol::Data)).u64(import_count);
    module.pointer(Some(Symbol::Data(types))).pointer(input.type_ids.map(Symbol::Data));
    module.u64(input.types.len() as u64);
    module.u64(funcrefs.map(|id| block.offset(id)).transpose()?.unwrap_or(0).into()).u64(funcref_count);
    module.pointer(Some(Symbol::Data(state)));
    module.pointer(items.map(Symbol::Data)).u64(item_count as u64);
    module.pointer(exports.map(Symbol::Data)).u64(export_count as u64);
    module.u64(longest_table(input.instances)).u64(memory);
    if module.len() != size_of::<abi::Module>() {
        return Err(Error::internal(format!("a module of {} bytes", module.len())));
    }
    let object = module.finish(format!("{}_module", input.handle.name), Section::ReadOnly, 8);
    add(data, DataObject { global: true, ..object });
    Ok(())
}

/// Writes the rows of the imports that the host gives.
fn imports(
    input: &Input<'_, '_>,
    block: &Block<'_>,
    linked: &mut Vec<String>,
    data: &mut Vec<DataObject<'_>>,
) -> Result<(Option<DataId>, u64)> {
    let mut rows = Writer::default();
    for id in input.program.instance_ids() {
        let (module, layout) = (input.program.module_of(id), &input.instances[id.0 as usize]);
        let Some(slots) = &layout.slots else { continue };
        let api = Api::of(module, input.handle)?;
        for import in &api.imports {
            let declared = import.declared;
            let (mut flags, mut minimum, mut maximum) = (0, 0, u64::MAX);
            let mut flag = |set: bool, bit: u32| flags |= if set { bit } else { 0 };
            let index = declared.index as usize;
            let number = input.program.instances[id.0 as usize].module.0;
            let ty = match declared.kind {
                ItemKind::Function => {
                    let ty = module.function_type(declared.index);
                    let ty = ty.ok_or_else(|| Error::internal(format!("no function {index}")))?;
                    flag(!is_simple(ty), abi::IMPORT_CELLS);
                    let passes = ty.params().iter().chain(ty.results()).any(|ty| is_function_reference(*ty));
                    flag(passes, abi::IMPORT_REFERENCES);
                    input.types.function(number, module.functions[index])?
                }
                ItemKind::Table => {
                    let ty = &module.tables[index].ty;
                    let element = ValType::Ref(ty.element_type);
                    flag(ty.table64, abi::IMPORT_64);
                    flag(is_function_reference(element), abi::IMPORT_REFERENCES);
                    (minimum, maximum) = (ty.initial, ty.maximum.unwrap_or(u64::MAX));
                    input.types.value(number, element)?
                }
                ItemKind::Memory => {
                    let location: &MemoryLocation = &layout.memories[index];
                    flag(location.index64, abi::IMPORT_64);
                    flag(location.checked, abi::IMPORT_CHECKED);
                    flag(true, location.page_log2 << abi::IMPORT_PAGE_SHIFT);
                    (minimum, maximum) = (location.minimum, location.maximum);
                    input.types.value(number, ValType::I32)?
                }
                ItemKind::Global => {
                    let ty = &module.globals[index].ty;
                    flag(ty.mutable, abi::IMPORT_MUTABLE);
                    flag(is_function_reference(ty.content_type), abi::IMPORT_REFERENCES);
                    input.types.value(number, ty.content_type)?
                }
            };
            let (slots, offset) = slots.get(declared.kind, declared.index)?;
            let slot = block.offset(slots)? + offset;
            let texts = [declared.module, declared.name].map(|text| string(data, "wasmaot.import_name", text));
            rows.pointer(Some(Symbol::Data(texts[0]))).pointer(Some(Symbol::Data(texts[1])));
            rows.u32(import_kind(declared.kind)).u32(import.place).u32(slot).u32(flags).u64(minimum).u64(maximum);
            let name = api.linked(import);
            rows.pointer(name.as_ref().map(|_| Symbol::Import(linked.len() as u32)));
            linked.extend(name);
            rows.u32(ty.kind).u32(ty.function);
        }
    }
    let count = rows.len() / size_of::<abi::ImportRow>();
    Ok((array(data, "wasmaot.import_rows", rows), count as u64))
}

/// Elements of the longest table that cannot grow.
fn longest_table(instances: &[InstanceLayout]) -> u64 {
    let tables = instances.iter().flat_map(|instance| &instance.tables);
    let fixed = tables.map(|table| match *table {
        TableLocation::Constant { len, .. } | TableLocation::Fixed { len, .. } => len,
        TableLocation::Growable { .. } => 0,
    });
    fixed.max().unwrap_or(0)
}

/// Adds a NUL-terminated text.
fn string(data: &mut Vec<DataObject<'_>>, name: &str, text: &str) -> DataId {
    let mut writer = Writer::default();
    writer.bytes(text.as_bytes()).bytes(&[0]);
    add(data, writer.finish(name.to_owned(), Section::ReadOnly, 1))
}

/// Adds an array; none if it is empty.
fn array(data: &mut Vec<DataObject<'_>>, name: &str, writer: Writer) -> Option<DataId> {
    (writer.len() > 0).then(|| add(data, writer.finish(name.to_owned(), Section::ReadOnly, 8)))
}
