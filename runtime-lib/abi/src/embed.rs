//! What objects for C programs and the library that makes instances of them must agree on (the handle model).
//!
//! The state of an instance is one block: what the compiler places there (tables, globals, descriptors, imports), and
//! [`Header`] at its end. [`Module::template`] is its initial content but for addresses within the block, which [`Fixup`]s
//! list. Compiled functions get the header's address as their first parameter. The first memory that the module defines, if
//! there is one, begins where the block ends: its base is that parameter plus [`offset::MEMORY`].

use crate::program::{Instance, Program};
use core::ffi::c_char;
use core::mem::offset_of;

/// Link symbol that the library defines for this version; objects refer to it, so that others do not link.
pub const ABI_SYMBOL: &str = "wasmaot_abi_4";
/// What [`Module::version`] must be.
pub const VERSION: u32 = 4;

/// End of every instance's block; handles of instances are its address.
#[repr(C)]
#[derive(Debug)]
pub struct Header {
    /// Stack pointers below this trap; compiled functions compare at their start.
    pub stack_limit: usize,
    /// Not 0 when a host function has ended the call: looked at after each call of one.
    pub pending: u32,
    /// Not 0 when another thread wants the call to end: looked at by code compiled with `--interruptible`.
    pub interrupt: u32,
    /// Of which module.
    pub module: *const Module,
    /// The library's own.
    pub host: *mut u8,
    /// The host's own.
    pub user_data: *mut u8,
    /// The library's own: what it imports from whom.
    pub connections: *mut u8,
    /// The library's own: the next instance that got its limit from the same call.
    pub next: *mut Header,
    /// Room.
    pub reserved: u64,
}

/// A place in the block that holds the address of another.
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct Fixup {
    /// Byte offset of the eight bytes.
    pub at: u32,
    /// Byte offset of what they point to.
    pub to: u32,
}

/// Kinds of imports.
pub mod import_kind {
    #![allow(missing_docs)] // the specification's names
    pub const FUNCTION: u32 = 0;
    pub const TABLE: u32 = 1;
    pub const MEMORY: u32 = 2;
    pub const GLOBAL: u32 = 3;
}

/// An import that the host gives.
#[repr(C)]
#[derive(Debug)]
pub struct ImportRow {
    /// Module name, NUL-terminated.
    pub module: *const c_char,
    /// Name in it, NUL-terminated.
    pub name: *const c_char,
    /// [`import_kind`].
    pub kind: u32,
    /// Byte offset in the module's C structure of imports: a pointer; for functions a second one follows, the function's
    /// own context.
    pub place: u32,
    /// Byte offset of the [`ImportSlot`] in the block.
    pub slot: u32,
    /// `IMPORT_*` bits.
    pub flags: u32,
    /// Least length: bytes of a memory, elements of a table.
    pub minimum: u64,
    /// Largest length that the type allows, in the same unit.
    pub maximum: u64,
    /// What is taken where the structure has a null pointer (`--link-imports`); null without.
    pub linked: *const u8,
    /// Of a global's value or a table's elements; of a function, [`ValueType::function`] is its type.
    pub ty: ValueType,
}

/// Import and item flags: a memory or table with an index of 64 bits.
pub const IMPORT_64: u32 = 1;
/// Import flags: a memory whose accesses are all checked may be given one with less reserved.
pub const IMPORT_CHECKED: u32 = 2;
/// Import and item flags: a global that can be set.
pub const IMPORT_MUTABLE: u32 = 4;
/// Import flags: a function that is called with cells.
pub const IMPORT_CELLS: u32 = 8;
/// Import flags: references to functions may pass through it, from one instance to another.
pub const IMPORT_REFERENCES: u32 = 16;

/// Import flags: log2 of a memory's page size stands from this bit on.
pub const IMPORT_PAGE_SHIFT: u32 = 8;

/// An import in the block. Functions are called with `context` as their first argument.
#[repr(C)]
#[derive(Debug)]
pub struct ImportSlot {
    /// Address of code, a `Memory`, a `Table`, or a global's value.
    pub item: *mut u8,
    /// Context of a function.
    pub context: *mut u8,
}

/// What a function reference points to, in the block.
#[repr(C)]
#[derive(Debug)]
pub struct FuncRef {
    /// Code.
    pub code: *const u8,
    /// First argument of the code: the instance that it belongs to.
    pub instance: *mut u8,
    /// Id of its type in the process, from [`Module::type_ids`]; in the template, its index there.
    pub signature: u32,
    /// Room.
    pub reserved: u32,
}

/// A value type, to be compared with those of other modules (specification: matching of value types).
#[repr(C)]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ValueType {
    /// [`value_kind`].
    pub kind: u32,
    /// Index of the function type in [`Module::type_ids`], of a function or a reference to one; else 0.
    pub function: u32,
}

/// Kinds of value types.
pub mod value_kind {
    #![allow(missing_docs)] // the specification's names
    pub const NONE: u32 = 0;
    pub const I32: u32 = 1;
    pub const I64: u32 = 2;
    pub const F32: u32 = 3;
    pub const F64: u32 = 4;
    pub const V128: u32 = 5;
    pub const FUNC: u32 = 6;
    pub const EXTERN: u32 = 7;
    pub const NO_FUNC: u32 = 8;
    pub const NO_EXTERN: u32 = 9;
    /// A reference to a function of one type.
    pub const TYPED: u32 = 10;
    /// A bit: a reference that can be null.
    pub const NULLABLE: u32 = 0x100;
}

/// A memory, table or global of the block that the host can reach, and so give to others.
#[repr(C)]
#[derive(Debug)]
pub struct ItemRow {
    /// Byte offset in the block: of the descriptor, or the global's value.
    pub at: u32,
    /// [`import_kind`].
    pub kind: u32,
    /// `IMPORT_64` and `IMPORT_MUTABLE`.
    pub flags: u32,
    /// Of a global's value or a table's elements.
    pub ty: ValueType,
}

/// Code that the host can call, and so give to others.
#[repr(C)]
#[derive(Debug)]
pub struct ExportRow {
    /// First instruction.
    pub code: *const u8,
    /// Index of the function's type in [`Module::type_ids`].
    pub function: u32,
    /// `IMPORT_CELLS`, or 0.
    pub flags: u32,
}

/// A `HostContext` in the block.
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct ContextRow {
    /// Its byte offset.
    pub at: u32,
    /// Byte offset of the [`ImportSlot`] of its memory, or [`NO_SLOT`] if the module defines that, or has none.
    pub memory: u32,
}

/// [`ContextRow::memory`] of a memory that is not imported.
pub const NO_SLOT: u32 = u32::MAX;

/// Module flags: no instruction of it traps by itself.
pub const MODULE_EXPLICIT_TRAPS: u32 = 1;

/// A compiled module: link symbol `NAME_module`.
#[repr(C)]
#[derive(Debug)]
pub struct Module {
    /// [`VERSION`].
    pub version: u32,
    /// `MODULE_*` bits.
    pub flags: u32,
    /// The library's [`ABI_SYMBOL`].
    pub abi: *const u8,
    /// Name of the module, NUL-terminated.
    pub name: *const c_char,
    /// Code and its tables; without instances.
    pub program: *const Program,
    /// Initial content of the block; writable, since ids of types are put in once.
    pub template: *mut u8,
    /// Bytes of it: the end of the block. What the block has before is zero.
    pub template_len: u64,
    /// Bytes of the block, a multiple of [`BLOCK_ALIGN`]. Offsets in it count from its start.
    pub len: u64,
    /// Addresses within the block.
    pub fixups: *const Fixup,
    /// Number of them.
    pub fixup_count: u64,
    /// Byte offset in the block of the array of [`Instance`]s.
    pub instances: u64,
    /// Number of them.
    pub instance_count: u64,
    /// What WASI functions get.
    pub contexts: *const ContextRow,
    /// Number of them.
    pub context_count: u64,
    /// Imports.
    pub imports: *const ImportRow,
    /// Number of them.
    pub import_count: u64,
    /// Texts of the function types, NUL-terminated, one after the other; equal types have equal texts. Those that tail calls
    /// use stand there twice: as references have them, and, at the end, as imports do.
    pub types: *const c_char,
    /// Ids of the types in this process, which the library fills in once.
    pub type_ids: *mut u32,
    /// Number of types.
    pub type_count: u64,
    /// Byte offset in the block of the array of [`FuncRef`]s.
    pub funcrefs: u64,
    /// Number of them.
    pub funcref_count: u64,
    /// Two words of the library's own, zero at first.
    pub state: *mut u64,
    /// Memories, tables and globals that the host can reach.
    pub items: *const ItemRow,
    /// Number of them.
    pub item_count: u64,
    /// Functions that the host can call.
    pub exports: *const ExportRow,
    /// Number of them.
    pub export_count: u64,
    /// Elements of the longest table that cannot grow.
    pub longest_table: u64,
    /// Byte offset in the block, within the template, of the descriptor of the memory that begins where the block ends; or
    /// [`NO_MEMORY`].
    pub memory: u64,
}

/// [`Module::memory`] of a module that defines none.
pub const NO_MEMORY: u64 = u64::MAX;
/// Alignment of a block and of its header.
pub const BLOCK_ALIGN: u64 = 64;

/// Byte offsets that compiled code uses.
pub mod offset {
    use super::*;
    /// From the header to the memory behind the block.
    pub const MEMORY: i32 = size_of::<Header>() as i32;
    /// `Header::stack_limit`
    pub const STACK_LIMIT: i32 = offset_of!(Header, stack_limit) as i32;
    /// `Header::pending`
    pub const PENDING: i32 = offset_of!(Header, pending) as i32;
    /// `Header::interrupt`
    pub const INTERRUPT: i32 = offset_of!(Header, interrupt) as i32;
    /// `ImportSlot::item`
    pub const IMPORT_ITEM: i32 = offset_of!(ImportSlot, item) as i32;
    /// `ImportSlot::context`
    pub const IMPORT_CONTEXT: i32 = offset_of!(ImportSlot, context) as i32;
    /// `FuncRef::code`
    pub const FUNCREF_CODE: i32 = offset_of!(FuncRef, code) as i32;
    /// `FuncRef::instance`
    pub const FUNCREF_INSTANCE: i32 = offset_of!(FuncRef, instance) as i32;
    /// `FuncRef::signature`
    pub const FUNCREF_SIGNATURE: i32 = offset_of!(FuncRef, signature) as i32;
}

const _: () = {
    assert!(size_of::<Header>() as u64 == BLOCK_ALIGN);
    assert!(size_of::<ImportRow>() == 64);
    assert!(size_of::<ImportSlot>() == 16);
    assert!(size_of::<FuncRef>() == 24);
    assert!(size_of::<ItemRow>() == 20);
    assert!(size_of::<ExportRow>() == 16);
    assert!(size_of::<Module>() == 216);
    assert!(size_of::<Instance>() == 56);
};
