//! Compiled functions and data objects -> the bytes of a relocatable object.

use crate::codegen::CompiledFunction;
use crate::symbols::{DataId, FunctionId, FunctionInfo, Symbol};
use crate::target::Target;
use std::borrow::Cow;

/// Everything that goes into an object. Functions stand in text order; [`FunctionId`] and [`DataId`] are indices.
#[derive(Debug)]
pub struct Input<'a, 'data> {
    /// Format, ISA and C conventions.
    pub target: &'a Target,
    /// Leave out symbols of compiled code, names and sites.
    pub strip: bool,
    /// Machine code.
    pub functions: Vec<CompiledFunction>,
    /// Names, one for each function.
    pub infos: &'a [FunctionInfo],
    /// Data.
    pub data: Vec<DataObject<'data>>,
    /// What the program header says besides the tables that the object writer makes (functions, traps, sites, names).
    pub program: ProgramParts,
}

/// Parts of the program header ([`wasmaot_abi::program::Program`]) that layout decides.
#[derive(Debug, Default)]
pub struct ProgramParts {
    /// `PROGRAM_*` bits.
    pub flags: u32,
    /// Bytes of the wasm stack.
    pub stack_size: u64,
    /// Array of `Instance` structures.
    pub instances: Option<DataId>,
    /// Number of them.
    pub instance_count: u64,
    /// Trampoline to the main instance's `_start`.
    pub main: Option<FunctionId>,
    /// Grants and their length in bytes.
    pub grants: Option<(DataId, u64)>,
    /// Array of `ScriptRow` structures and their number.
    pub script: Option<(DataId, u64)>,
}

/// A piece of data with an address: a global, a memory descriptor, a table, an image, the program header.
#[derive(Debug)]
pub struct DataObject<'data> {
    /// Symbol name; local unless `global`.
    pub name: String,
    /// Whether the runtime refers to it by name.
    pub global: bool,
    /// Where it goes.
    pub section: Section,
    /// Alignment in bytes, a power of two.
    pub align: u32,
    /// Its bytes.
    pub bytes: DataBytes<'data>,
    /// Pointers in it.
    pub relocations: Vec<DataRelocation>,
}

/// Content of a [`DataObject`].
#[derive(Debug)]
pub enum DataBytes<'data> {
    /// Given bytes, possibly borrowed from the module.
    Bytes(Cow<'data, [u8]>),
    /// That many zero bytes, without room in the file.
    Zero(u64),
}

/// Section kinds of data.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub enum Section {
    /// Constants without pointers: `.rodata`.
    ReadOnly,
    /// Constants with absolute pointers: `.data.rel.ro`.
    ReadOnlyRelocated,
    /// Variables: `.data`.
    Data,
    /// Zero variables: `.bss`.
    Zero,
    /// Pages of initial memory content that the runtime moves away: `.wasmaot.image`, writable, page-aligned at both
    /// ends, nothing else in it.
    Image,
    /// Grants: `.wasmaot.grants`, read-only.
    Grants,
}

/// A pointer in data.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DataRelocation {
    /// Where, in bytes from the object's start.
    pub offset: u32,
    /// How.
    pub kind: DataRelocationKind,
    /// To what.
    pub target: Symbol,
    /// Plus what.
    pub addend: i64,
}

/// How a pointer is stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DataRelocationKind {
    /// 8-byte address.
    Absolute,
    /// 4 bytes: address of the target + addend - address of the place.
    Relative32,
}
