//! Compiled functions and data objects -> the bytes of a relocatable object. The last step of [`crate::compile`].
//!
//! [`place()`] gives functions their places; [`write()`] is the order of the other steps: place the data (`data`), build the tables that
//! need both (`tables`, `unwind`), patch what can be patched and keep the rest as relocations (`text`), and
//! serialise (`elf`). The value between the steps and the format is `relocatable::Relocatable`; a new object format
//! is a file beside `elf.rs`, a new ISA a file in `text/` (patching) and a branch in the formats
//! (relocation numbers) and in `unwind.rs`.
//!
//! Large modules have 40 MB of code in 100,000 functions: each step takes its input by value and frees it as it goes,
//! and nothing is sorted or hashed.

mod coff;
mod data;
mod debug;
mod elf;
mod macho;
mod relocatable;
mod riscv_attributes;
mod seh;
mod tables;
#[cfg(test)]
mod tests;
mod text;
mod unwind;

pub use debug::{DebugKind, DebugSection, Fixup, FixupTarget};
pub use text::{Text, place};

use crate::codegen::CompiledFunction;
use crate::error::{Error, Result};
use crate::symbols::{DataId, FunctionId, FunctionInfo, Symbol};
use crate::target::Target;
use relocatable::Relocatable;
use std::borrow::Cow;
use std::collections::HashMap;
use target_lexicon::{Architecture, BinaryFormat};

/// Writes the object: code, data, and the tables and header ([`wasmaot_abi::program::Program`]) that the runtime reads.
pub fn write(input: Input<'_, '_>) -> Result<Vec<u8>> {
    let Input { target, strip, mut functions, infos, exports, linked, data, debug, lines, symbols, main, program } =
        input;
    let text = text::place(&functions, target)?;
    let tables = tables::build(&mut functions, &text, infos, lines, strip)?;
    let windows = target.triple.binary_format == BinaryFormat::Coff;
    let seh = if windows { Some(seh::build(&mut functions, &text)?) } else { None };
    let unwind = unwind::build(&mut functions, &text, target)?;
    let header = DataId(data.len() as u32);
    let mut placed = data::place(data, target)?;
    let mut out = Relocatable::default();
    out.program = Some(header);
    out.linked = linked;
    text::add(&mut out, functions, &text, &placed, infos, target, strip)?;
    tables::add(&mut out, tables, &text, &mut placed, &program)?;
    debug::add(&mut out, debug, &text, &placed)?;
    data::add(&mut out, placed, &text, strip)?;
    unwind::add(&mut out, unwind);
    if let Some(seh) = seh {
        seh::add(&mut out, seh);
    }
    if !strip {
        text::add_symbols(&mut out, &text, infos, symbols);
        text::add_main(&mut out, &text, main);
    }
    text::add_exports(&mut out, &text, exports)?;
    if matches!(target.triple.architecture, Architecture::Riscv64(_)) {
        riscv_attributes::add(&mut out, target)?;
    }
    match target.triple.binary_format {
        BinaryFormat::Elf => elf::write(out, target),
        BinaryFormat::Macho => macho::write(out, target),
        BinaryFormat::Coff => coff::write(out, target),
        format => Err(Error::unsupported(format!("{}: no object writer for {format}", target.name))),
    }
}

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
    /// C names of functions.
    pub exports: &'a [(String, FunctionId)],
    /// Names of functions of the host that are bound at link time.
    pub linked: &'a [String],
    /// Data.
    pub data: Vec<DataObject<'data>>,
    /// Debug information.
    pub debug: Vec<DebugSection>,
    /// The table of source lines ([`wasmaot_abi::lines`]), or nothing.
    pub lines: Vec<u8>,
    /// The symbols of functions that have others than their names.
    pub symbols: &'a HashMap<FunctionId, &'a str>,
    /// The function that is called `main`, too.
    pub main: Option<FunctionId>,
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
    /// Its header is no global symbol: there may be others in the process.
    pub local: bool,
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
    /// That many bytes, zero but for these parts of the module: offset and content, in order, without overlap.
    Parts(u64, Vec<(u64, &'data [u8])>),
    /// That many zero bytes, without room in the file.
    Zero(u64),
}

impl DataBytes<'_> {
    /// Length in bytes.
    pub fn len(&self) -> u64 {
        match self {
            DataBytes::Bytes(bytes) => bytes.len() as u64,
            DataBytes::Parts(size, _) | DataBytes::Zero(size) => *size,
        }
    }

    /// Whether it has no bytes.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
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
    /// What the program says about itself: `.wasmaot.info`, not loaded at run time, without pointers or symbols.
    Info,
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
