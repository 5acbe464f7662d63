//! The structures through which a compiled program describes itself to the runtime.
//!
//! All are `repr(C)`, little-endian, with 8-byte pointers; the compiler writes them as bytes and relocations using the
//! `OFFSET`s here (checked against the structures below), the runtime reads them as statics.

use core::mem::offset_of;

/// Link symbol of the program's one [`Program`] header.
pub const PROGRAM_SYMBOL: &str = "wasmaot_program";
/// Link symbol of the runtime's process entry point.
pub const START_SYMBOL: &str = "wasmaot_start";
/// Address of memory 0 with `--memory-base=constant` (the lowest that Linux maps by default).
pub const CONSTANT_BASE: u64 = 0x1_0000;
/// The same in programs to be debugged (`-g -O0`): the low half of an address in memory is its offset.
pub const DEBUG_BASE: u64 = 1 << 32;
/// Bytes reserved for a 32-bit memory without bounds checks: 4 GiB of index, 4 GiB of offset, and a page for the
/// access that starts at the last byte.
pub const RESERVE_32: u64 = (8 << 30) + 0x1_0000;
/// Bytes of guard below the wasm stack. Frames larger than this probe every such distance.
pub const STACK_GUARD: u64 = 0x1_0000;
/// Stack in bytes that must be left when a host function is entered, or the call traps with a stack overflow.
pub const HOST_STACK: u64 = 0x2_0000;

/// Memory flags: the memory is indexed with 64 bits (memory64).
pub const MEMORY_64: u32 = 1;
/// Memory flags: `base` is given and must be mapped exactly there.
pub const MEMORY_CONSTANT_BASE: u32 = 2;

/// One linear memory (specification: memory instance). In `.data`; base and reservation are set once, at
/// instantiation, and memories never move.
#[repr(C)]
#[derive(Debug)]
pub struct Memory {
    /// First byte. Given by the compiler with [`MEMORY_CONSTANT_BASE`], else set by the runtime.
    pub base: *mut u8,
    /// Current length in bytes, a multiple of the page size; 0 before instantiation.
    pub bytes: u64,
    /// Length in bytes at instantiation.
    pub initial: u64,
    /// Largest length in bytes the type allows (`u64::MAX`: none but the index type's).
    pub maximum: u64,
    /// Bytes of address space to reserve; accesses inside it but beyond `bytes` fault. The runtime may reserve less
    /// only for memories whose accesses are all checked ([`MEMORY_CHECKED`]), and then stores what it got.
    pub reserve: u64,
    /// log2 of the page size in bytes (16, or 0 with custom page sizes).
    pub page_log2: u32,
    /// `MEMORY_*` bits.
    pub flags: u32,
}

/// Memory flags: all accesses are compared with `bytes` first, so no guard is needed.
pub const MEMORY_CHECKED: u32 = 4;
/// Memory flags: it stands behind an instance's block, with which its address space is reserved.
pub const MEMORY_BEHIND: u32 = 8;
/// Memory flags: its first byte is at a multiple of [`DEBUG_BASE`], so that debuggers find that by any address in it.
pub const MEMORY_ALIGNED: u32 = 16;

/// One table (specification: table instance). Elements are 8 bytes: 0 is null; a function reference is the address of
/// a [`FuncRef`]; an external reference is any other value.
#[repr(C)]
#[derive(Debug)]
pub struct Table {
    /// First element. Given by the compiler for tables that cannot grow, else set by the runtime.
    pub base: *mut u64,
    /// Current length in elements.
    pub len: u64,
    /// Length in elements at instantiation (a table that cannot grow has `len == initial` from the start).
    pub initial: u64,
    /// Largest length in elements.
    pub maximum: u64,
}

/// Elements that a growable table reserves at most; growing beyond fails.
pub const TABLE_RESERVE: u64 = 1 << 24;

/// What a function reference points to.
#[repr(C)]
#[derive(Debug)]
pub struct FuncRef {
    /// Code address minus the address of this field (so that no load-time relocation is needed).
    pub code: i32,
    /// Id of the function's type, equal for equal types across the program.
    pub signature: u32,
}

/// An element of a table that never changes: `code` is relative to the table's first byte, `signature` is
/// [`NULL_SIGNATURE`] for null.
#[repr(C)]
#[derive(Debug)]
pub struct ConstantElement {
    /// Code address minus the address of the table.
    pub code: i32,
    /// Id of the function's type.
    pub signature: u32,
}

/// Signature id of a null [`ConstantElement`]; no type has it.
pub const NULL_SIGNATURE: u32 = u32::MAX;

/// A data or element segment for `memory.init` and `table.init`; `len` becomes 0 when it is dropped.
#[repr(C)]
#[derive(Debug)]
pub struct Segment {
    /// First byte or 8-byte element.
    pub base: *const u8,
    /// Length in bytes or elements.
    pub len: u64,
}

/// A piece of a memory's initial content, at a byte offset from its base.
#[repr(C)]
#[derive(Debug)]
pub struct Image {
    /// Where the bytes are in the loaded file.
    pub source: *mut u8,
    /// Bytes. With [`IMAGE_MOVABLE`], a multiple of the image alignment.
    pub len: u64,
    /// Byte offset in the memory; page-aligned if movable.
    pub offset: u64,
    /// Index into the instance's memories.
    pub memory: u32,
    /// `IMAGE_*` bits.
    pub flags: u32,
}

/// Image flags: source, offset and length are page-aligned and the pages hold nothing else, so they may be moved away.
pub const IMAGE_MOVABLE: u32 = 1;

/// What host functions get from the instance that calls them.
#[repr(C)]
#[derive(Debug)]
pub struct HostContext {
    /// The instance's memory named `memory`, else its only one, else null.
    pub memory: *mut Memory,
    /// The embedder's WASI state; null for the process's own.
    pub wasi: *mut u8,
}

/// One module instance, in instantiation order.
#[repr(C)]
#[derive(Debug)]
pub struct Instance {
    /// The memories this instance defines (not those it imports).
    pub memories: *const *mut Memory,
    /// Number of them.
    pub memory_count: u64,
    /// Initial content of the memories it defines.
    pub images: *const Image,
    /// Number of them.
    pub image_count: u64,
    /// The growable tables this instance defines; the runtime reserves room and fills them with null.
    pub tables: *const *mut Table,
    /// Number of them.
    pub table_count: u64,
    /// Compiled code that does what is left of instantiation (segments, globals, start function); null if nothing is.
    pub init: Option<unsafe extern "C" fn()>,
}

/// A function of compiled code, sorted by `code`.
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct FunctionRow {
    /// First byte, relative to [`Program::text`].
    pub code: u32,
    /// wasm function index, or [`NO_FUNCTION`] for trampolines.
    pub index: u32,
    /// Byte offset of the NUL-terminated name in [`Program::names`], or [`NO_NAME`].
    pub name: u32,
    /// Byte offset in [`Program::sites`] of the function's first site, or [`NO_NAME`] without sites.
    pub sites: u32,
}

/// [`FunctionRow::index`] of code that is no wasm function.
pub const NO_FUNCTION: u32 = u32::MAX;
/// [`FunctionRow::name`] and [`FunctionRow::sites`] where there is none.
pub const NO_NAME: u32 = u32::MAX;

/// An explicit trap instruction (or a division) and its kind, sorted by `code`. Faults of memory accesses have no row:
/// the fault address tells.
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct TrapRow {
    /// The trapping instruction, relative to [`Program::text`].
    pub code: u32,
    /// [`crate::trap::TrapKind`] as a number.
    pub kind: u32,
}

/// An export that a test script can call ([`crate::script`]).
#[repr(C)]
#[derive(Debug)]
pub struct ScriptRow {
    /// Reads parameters from and writes results to 16-byte cells.
    pub trampoline: unsafe extern "C" fn(*mut [u64; 2]),
    /// Parameters.
    pub params: u32,
    /// Results.
    pub results: u32,
}

/// Program flags: `main` is the script driver's table, not a command (tests).
pub const PROGRAM_SCRIPT: u32 = 1;
/// Program flags: the header is a [`ProgramWithLines`].
pub const PROGRAM_LINES: u32 = 2;

/// The header.
///
/// `sites` is, per function, a sequence of LEB128 pairs (native bytes since the last site or the function's start, wasm
/// bytes as signed LEB128 since the last site or 0), ended by the next function's or the section's end. A site is the
/// address of a trapping instruction or the return address of a call; the wasm offset is that in the module's file.
#[repr(C)]
#[derive(Debug)]
pub struct Program {
    /// [`crate::ABI_VERSION`].
    pub version: u32,
    /// `PROGRAM_*` bits.
    pub flags: u32,
    /// Bytes of the stack that wasm code runs on.
    pub stack_size: u64,
    /// Instances, in order.
    pub instances: *const Instance,
    /// Number of them.
    pub instance_count: u64,
    /// Runs the main instance's `_start`; null if there is none.
    pub main: Option<unsafe extern "C" fn()>,
    /// First byte of compiled code.
    pub text: *const u8,
    /// Bytes of compiled code.
    pub text_len: u64,
    /// Function table.
    pub functions: *const FunctionRow,
    /// Number of rows.
    pub function_count: u64,
    /// Trap table.
    pub traps: *const TrapRow,
    /// Number of rows.
    pub trap_count: u64,
    /// Sites.
    pub sites: *const u8,
    /// Bytes.
    pub sites_len: u64,
    /// NUL-terminated function names.
    pub names: *const u8,
    /// Bytes.
    pub names_len: u64,
    /// Grants ([`crate::grant`]).
    pub grants: *const u8,
    /// Bytes.
    pub grants_len: u64,
    /// Exports for scripts, null otherwise.
    pub script: *const ScriptRow,
    /// Number of them.
    pub script_count: u64,
}

/// The header of a program with [`PROGRAM_LINES`].
#[repr(C)]
#[derive(Debug)]
pub struct ProgramWithLines {
    /// What every program has.
    pub program: Program,
    /// The table of source lines ([`crate::lines`]).
    pub lines: *const u8,
    /// Bytes of it.
    pub lines_len: u64,
    /// What writes a frame with it: [`crate::builtin::Builtin::Lines`].
    pub writer: unsafe extern "C" fn(*const u8, *mut u8, u64) -> u64,
}

/// Byte offsets that compiled code uses.
pub mod offset {
    use super::*;
    /// `Memory::base`
    pub const MEMORY_BASE: i32 = offset_of!(Memory, base) as i32;
    /// `Memory::bytes`
    pub const MEMORY_BYTES: i32 = offset_of!(Memory, bytes) as i32;
    /// `Table::base`
    pub const TABLE_BASE: i32 = offset_of!(Table, base) as i32;
    /// `Table::len`
    pub const TABLE_LEN: i32 = offset_of!(Table, len) as i32;
    /// `FuncRef::code`
    pub const FUNCREF_CODE: i32 = offset_of!(FuncRef, code) as i32;
    /// `FuncRef::signature`
    pub const FUNCREF_SIGNATURE: i32 = offset_of!(FuncRef, signature) as i32;
    /// `Segment::len`
    pub const SEGMENT_LEN: i32 = offset_of!(Segment, len) as i32;
}

const _: () = {
    assert!(size_of::<Memory>() == 48);
    assert!(size_of::<Table>() == 32);
    assert!(size_of::<FuncRef>() == 8);
    assert!(size_of::<Segment>() == 16);
    assert!(size_of::<Image>() == 32);
    assert!(size_of::<Instance>() == 56);
    assert!(size_of::<FunctionRow>() == 16);
    assert!(size_of::<ScriptRow>() == 16);
    assert!(size_of::<Program>() == 152);
};
