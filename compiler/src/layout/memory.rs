//! Memories, their initial images, and data segments.

use super::{Descriptor, InitStep, InstanceLayout, SegmentStep, add, instance_name, writer::Writer};
use crate::constant::Offset;
use crate::error::{Error, Result};
use crate::module::{ItemKind, Module};
use crate::object::{DataBytes, DataObject, Section};
use crate::options::{MemoryBase, Model, Options};
use crate::program::{Import, InstanceId, Program};
use crate::symbols::{DataId, Symbol};
use crate::target::BinaryFormat;
use std::borrow::Cow;
use target_lexicon::Architecture;
use wasmaot_abi::{embed, program as abi};
use wasmparser::MemoryType;

/// What a memory index means.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct MemoryLocation {
    /// Its `Memory` descriptor.
    pub descriptor: Descriptor,
    /// Where its first byte is.
    pub base: Base,
    /// Every access must be compared with the current length; else the reservation covers whatever an index and an
    /// offset of 32 bits can reach.
    pub checked: bool,
    /// Indexed with 64 bits (memory64).
    pub index64: bool,
    /// log2 of the page size.
    pub page_log2: u32,
    /// Length in bytes that it has at least.
    pub minimum: u64,
    /// Length in bytes that it has at most.
    pub maximum: u64,
    /// Its first byte is at a multiple of [`abi::DEBUG_BASE`], for debuggers: any address in it tells where it begins.
    pub aligned: bool,
}

impl MemoryLocation {
    /// Whether each instance has it behind its block, where debuggers look for it.
    pub fn is_found_behind(&self) -> bool {
        self.aligned && matches!(self.base, Base::Behind(_))
    }

    /// Whether functions that return an i32 return the address that it is here, for debuggers.
    pub fn is_returned(&self, architecture: Architecture) -> bool {
        // C's convention on RISC-V has the upper half filled with the sign.
        self.aligned && !(self.is_found_behind() && matches!(architecture, Architecture::Riscv64(_)))
    }
}

/// Where a memory's first byte is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Base {
    /// At this address.
    Constant(u64),
    /// In the descriptor, and never changes while wasm code runs.
    Loaded,
    /// Behind the instance's block: so many bytes from the instance pointer (handle model).
    Behind(i32),
}

/// Address space reserved for a checked memory whose type has no smaller maximum; growing stops there.
const RESERVE_CHECKED: u64 = 1 << 40;

/// Images of fewer pages (the largest of the target's kernels) are copied: that costs less than a system call and the
/// padding.
const SMALLEST_MOVED: u64 = 4;

/// Data segments less than this many pages apart share an image.
const LARGEST_HOLE: u64 = 2;

/// A piece of initial content, for the header.
#[derive(Debug)]
pub struct Image {
    /// Which of the instance's own memories (0 is the first it defines).
    pub memory: u32,
    /// Byte offset in the memory.
    pub offset: u64,
    /// Length in bytes.
    pub len: u64,
    /// The bytes.
    pub data: DataId,
    /// Whether its pages can be moved.
    pub movable: bool,
}

/// Lays out an instance's memories and data segments; returns the images of the memories it defines.
pub fn memories<'data>(
    program: &Program<'data>,
    id: InstanceId,
    options: &Options,
    earlier: &[InstanceLayout],
    instance: &mut InstanceLayout,
    data: &mut Vec<DataObject<'data>>,
) -> Result<Vec<Image>> {
    let module = program.module_of(id);
    for (index, ty) in module.memories.iter().enumerate() {
        let location = match program.import(id, ItemKind::Memory, index as u32) {
            Some(Import::Item(from, item)) => earlier[from.0 as usize].memories[item as usize],
            Some(Import::WasiP1(_)) => return Err(Error::internal("a memory from the host")),
            Some(Import::Host) => {
                let (slots, offset) = instance.slot(ItemKind::Memory, index as u32)?;
                MemoryLocation { descriptor: Descriptor::Imported(slots, offset), ..shape(ty, options, Base::Loaded) }
            }
            None => {
                let first = index == module.imported_memories as usize && !defines_memory(program, id);
                let base = match &options.model {
                    Model::Handle(_) if first => Base::Behind(embed::offset::MEMORY),
                    Model::Static if first && options.memory_base == MemoryBase::Constant => {
                        Base::Constant(options.constant_base())
                    }
                    _ => Base::Loaded,
                };
                let name = instance_name(id, &format!("wasmaot.memory{index}"));
                memory(ty, options, base, name, data)?
            }
        };
        instance.memories.push(location);
    }
    if instance.functions.iter().any(|function| matches!(function, super::FunctionLocation::Host(_))) {
        let memory = match host_memory(module, instance).map(|memory| memory.descriptor) {
            Some(Descriptor::Own(memory)) => Some(Symbol::Data(memory)),
            _ => None,
        };
        let mut writer = Writer::default();
        writer.pointer(memory).pointer(None);
        let context = writer.finish(instance_name(id, "wasmaot.host_context"), Section::Data, 8);
        instance.host_context = Some(add(data, context));
    }
    // Pages are moved once, so only where there is one instance.
    let page = (options.model == Model::Static).then(|| options.target.row().map(|row| row.page_size)).transpose()?;
    segments(program, id, page, instance, data)
}

/// Whether an earlier instance defines a memory (the first one of the program has a place of its own).
fn defines_memory(program: &Program<'_>, id: InstanceId) -> bool {
    program.instance_ids().take_while(|earlier| *earlier != id).any(|earlier| {
        let module = program.module_of(earlier);
        module.memories.len() > module.imported_memories as usize
    })
}

/// The memory that host functions read and write: the export `memory`, else the only one.
pub fn host_memory<'a>(module: &Module<'_>, instance: &'a InstanceLayout) -> Option<&'a MemoryLocation> {
    let exported = module.export("memory").filter(|export| export.kind == ItemKind::Memory);
    match (exported, instance.memories.as_slice()) {
        (Some(export), memories) => memories.get(export.index as usize),
        (None, [only]) => Some(only),
        (None, _) => None,
    }
}

/// The location of a memory of this type, but for its descriptor.
fn shape(ty: &MemoryType, options: &Options, base: Base) -> MemoryLocation {
    let page_log2 = ty.page_size_log2.unwrap_or(16);
    let bytes = |pages: u64| u64::try_from(u128::from(pages) << page_log2).unwrap_or(u64::MAX);
    let limit = if ty.memory64 { u64::MAX } else { 1 << 32 };
    let handle = options.model.handle();
    let compared = handle.is_some_and(|handle| handle.memory_reserve.is_some() || handle.explicit_traps);
    MemoryLocation {
        descriptor: Descriptor::Own(DataId(u32::MAX)),
        base,
        checked: ty.memory64 || page_log2 < 16 || compared,
        index64: ty.memory64,
        page_log2,
        minimum: bytes(ty.initial),
        maximum: ty.maximum.map_or(limit, bytes).min(limit),
        aligned: base == Base::Constant(abi::DEBUG_BASE),
    }
}

fn memory<'data>(
    ty: &MemoryType,
    options: &Options,
    base: Base,
    name: String,
    data: &mut Vec<DataObject<'data>>,
) -> Result<MemoryLocation> {
    let shape = shape(ty, options, base);
    // What is checked has no more address space than it must have; on Windows that cannot be cut to size.
    let behind = matches!(base, Base::Behind(_)) && !shape.checked && options.is_debugged();
    let aligned = shape.aligned || behind && options.target.triple.binary_format == BinaryFormat::Elf;
    let location = MemoryLocation { aligned, ..shape };
    let MemoryLocation { checked, minimum, maximum, page_log2, .. } = location;
    let most = options.model.handle().and_then(|handle| handle.memory_reserve).unwrap_or(RESERVE_CHECKED);
    let reserve = if checked { maximum.min(most.max(minimum)) } else { abi::RESERVE_32 };
    let mut flags = 0;
    flags |= if ty.memory64 { abi::MEMORY_64 } else { 0 };
    flags |= if checked { abi::MEMORY_CHECKED } else { 0 };
    let (first_byte, placed) = match base {
        Base::Constant(address) => (address, abi::MEMORY_CONSTANT_BASE),
        Base::Behind(_) if aligned => (0, abi::MEMORY_BEHIND | abi::MEMORY_ALIGNED),
        Base::Behind(_) => (0, abi::MEMORY_BEHIND),
        Base::Loaded => (0, 0),
    };
    flags |= placed;
    let mut writer = Writer::default();
    writer.u64(first_byte).u64(0).u64(minimum).u64(maximum).u64(reserve).u32(page_log2).u32(flags);
    let descriptor = Descriptor::Own(add(data, writer.finish(name, Section::Data, 16)));
    Ok(MemoryLocation { descriptor, ..location })
}

/// Splits the active segments into images, which are in place before any code runs, and steps of instantiation: those
/// into memories of other instances, and all from the first on that does not fit (which traps).
fn segments<'data>(
    program: &Program<'data>,
    id: InstanceId,
    page: Option<u64>,
    instance: &mut InstanceLayout,
    data: &mut Vec<DataObject<'data>>,
) -> Result<Vec<Image>> {
    let module = program.module_of(id);
    let mut pieces: Vec<Vec<(u64, &'data [u8])>> = vec![Vec::new(); module.memories.len()];
    // A segment of elements that is applied at run time may trap, and then no data is written.
    let mut at_run_time = instance.init.iter().any(|step| !matches!(step, InitStep::Global(_)));
    for (index, segment) in module.data.iter().enumerate() {
        let name = instance_name(id, &format!("wasmaot.data{index}"));
        let mut content = None;
        let mut descriptor = |data: &mut Vec<_>, name: String, whole: bool| {
            let content = whole.then(|| {
                *content.get_or_insert_with(|| {
                    let bytes = DataBytes::Bytes(Cow::Borrowed(segment.bytes));
                    let (name, section, relocations) = (format!("{name}.bytes"), Section::ReadOnly, Vec::new());
                    add(data, DataObject { name, global: false, section, align: 8, bytes, relocations })
                })
            });
            let mut writer = Writer::default();
            writer.pointer(content.map(Symbol::Data)).u64(if whole { segment.bytes.len() as u64 } else { 0 });
            add(data, writer.finish(name, Section::Data, 8))
        };
        if let Some((memory, offset)) = &segment.active {
            let offset = Offset::of(program, id, offset)?;
            let (len, limit) = (segment.bytes.len() as u64, instance.memories.get(*memory as usize));
            let limit = limit.filter(|_| *memory >= module.imported_memories).map_or(0, |memory| memory.minimum);
            match offset {
                Offset::Known(offset) if !at_run_time && offset.checked_add(len).is_some_and(|end| end <= limit) => {
                    if len != 0 {
                        pieces[*memory as usize].push((offset, segment.bytes));
                    }
                }
                _ => {
                    at_run_time = true;
                    let descriptor = descriptor(data, format!("{name}.active"), true);
                    let step = SegmentStep { to: *memory, segment: index as u32, descriptor, offset, len };
                    instance.init.push(InitStep::Memory(step));
                }
            }
        }
        instance.data_segments.push(Some(descriptor(data, name, segment.active.is_none())));
    }
    let mut images = Vec::new();
    for (index, pieces) in pieces.into_iter().enumerate().filter(|(_, pieces)| !pieces.is_empty()) {
        let own = index as u32 - module.imported_memories;
        let page_log2 = instance.memories[index].page_log2;
        let page = page.filter(|_| page_log2 >= 16);
        for (number, (offset, bytes)) in merge(pieces, page.unwrap_or(0x1000), page.is_some()).into_iter().enumerate() {
            let len = bytes.len();
            let movable = page.filter(|page| offset.is_multiple_of(*page) && len.is_multiple_of(*page));
            let name = instance_name(id, &format!("wasmaot.image{index}.{number}"));
            let (section, align) = movable.map_or((Section::ReadOnly, 16), |page| (Section::Image, page as u32));
            let object = DataObject { name, global: false, section, align, bytes, relocations: Vec::new() };
            images.push(Image { memory: own, offset, len, data: add(data, object), movable: movable.is_some() });
        }
    }
    Ok(images)
}

/// Merges segments, later ones over earlier ones, into pieces with holes between them; large pieces get page bounds.
fn merge(pieces: Vec<(u64, &[u8])>, page: u64, pages: bool) -> Vec<(u64, DataBytes<'_>)> {
    let mut order: Vec<usize> = (0..pieces.len()).collect();
    order.sort_by_key(|index| pieces[*index].0);
    let mut runs: Vec<Run> = Vec::new();
    for index in order {
        let (start, end) = (pieces[index].0, pieces[index].0 + pieces[index].1.len() as u64);
        match runs.last_mut() {
            Some(run) if start <= run.end.saturating_add(LARGEST_HOLE * page) => {
                run.overlap |= start < run.end;
                run.end = run.end.max(end);
                run.members.push(index);
            }
            _ => runs.push(Run { start, end, overlap: false, members: vec![index] }),
        }
    }
    let mut merged = Vec::with_capacity(runs.len());
    for Run { mut start, mut end, overlap, mut members } in runs {
        if pages && end - start >= SMALLEST_MOVED * page {
            (start, end) = (start / page * page, end.next_multiple_of(page));
        }
        let bytes = if overlap {
            let mut bytes = vec![0; (end - start) as usize];
            members.sort_unstable();
            for (offset, piece) in members.into_iter().map(|index| pieces[index]) {
                let at = (offset - start) as usize;
                bytes[at..at + piece.len()].copy_from_slice(piece);
            }
            DataBytes::Bytes(bytes.into())
        } else {
            let parts = members.into_iter().map(|index| (pieces[index].0 - start, pieces[index].1));
            DataBytes::Parts(end - start, parts.collect())
        };
        merged.push((start, bytes));
    }
    merged
}

/// Segments with at most small holes between them.
struct Run {
    /// First byte in the memory.
    start: u64,
    /// Byte after the last.
    end: u64,
    /// Whether two of the segments share a byte.
    overlap: bool,
    /// Their indices, by offset.
    members: Vec<usize>,
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Offset and bytes of each merged piece.
    fn merged(pieces: Vec<(u64, &[u8])>) -> Vec<(u64, Vec<u8>)> {
        let flat = |bytes| match bytes {
            DataBytes::Bytes(bytes) => bytes.into_owned(),
            DataBytes::Zero(size) => vec![0; size as usize],
            DataBytes::Parts(size, parts) => {
                let mut all = vec![0; size as usize];
                for (offset, part) in parts {
                    all[offset as usize..][..part.len()].copy_from_slice(part);
                }
                all
            }
        };
        merge(pieces, 4096, true).into_iter().map(|(offset, bytes)| (offset, flat(bytes))).collect()
    }

    #[test]
    fn later_segments_win_and_holes_split() {
        let merged = merged(vec![(10, b"aaaa"), (12, b"bb"), (1 << 20, b"c")]);
        assert_eq!(merged, [(10, b"aabb".to_vec()), (1 << 20, b"c".to_vec())]);
    }

    #[test]
    fn neighbours_share_a_piece_with_zeros_between() {
        assert_eq!(merged(vec![(14, b"bb"), (10, b"aa"), (12, b"")]), [(10, b"aa\0\0bb".to_vec())]);
    }

    #[test]
    fn large_pieces_are_whole_pages() {
        let bytes = vec![1; 5 * 4096];
        let merged = merged(vec![(1024, &bytes)]);
        assert_eq!((merged[0].0, merged[0].1.len()), (0, 6 * 4096));
        assert_eq!((merged[0].1[1023], merged[0].1[1024]), (0, 1));
    }

    #[test]
    fn moved_pieces_do_not_overlap_their_neighbours() {
        // Two large pieces with a hole of three pages: page bounds may not reach into the other.
        let bytes = vec![1; 5 * 4096];
        let merged = merged(vec![(100, &bytes), (100 + 9 * 4096, &bytes)]);
        assert!(merged[0].0 + merged[0].1.len() as u64 <= merged[1].0);
    }
}
