//! Machine code: where each function stands in `.text`, and its relocations. What refers from code to code is resolved
//! here, because all functions stand in one section; data and runtime functions are left to the linker. How code is
//! patched is a file for each instruction set.

mod aarch64;
mod riscv64;
mod x86_64;

use super::data::PlacedData;
use super::relocatable::{DefinedSymbol, Piece, Relocatable, Relocation, RelocationTarget, Section, SectionKind};
use crate::codegen::loops::{LINE, STEP};
use crate::codegen::{self, CompiledFunction};
use crate::error::{Error, Result};
use crate::symbols::{DataId, FunctionId, FunctionInfo, Symbol};
use crate::target::Target;
use std::borrow::Cow;
use std::collections::HashMap;
use target_lexicon::Architecture;

/// Alignment of `.text` in bytes, at least.
const TEXT_ALIGN: u32 = 64;

/// Where functions stand. Offsets are in bytes from the section's start.
#[derive(Debug)]
pub struct Text {
    /// First byte of each function.
    starts: Vec<u32>,
    /// Length of each function.
    sizes: Vec<u32>,
    /// Bytes.
    pub size: u32,
    /// Bytes.
    pub align: u32,
}

impl Text {
    /// First byte of a function.
    pub fn start(&self, function: FunctionId) -> Option<u32> {
        self.starts.get(function.0 as usize).copied()
    }

    /// First byte of a function and the byte after its last.
    pub fn range(&self, function: FunctionId) -> Option<(u32, u32)> {
        let start = self.start(function)?;
        Some((start, start + self.sizes.get(function.0 as usize)?))
    }

    /// First byte and length of every function.
    pub fn spans(&self) -> impl ExactSizeIterator<Item = (u32, u32)> + '_ {
        self.starts.iter().copied().zip(self.sizes.iter().copied())
    }
}

/// Places functions back to back.
pub fn place(functions: &[CompiledFunction], target: &Target) -> Result<Text> {
    let isa = Isa::of(target)?;
    let mut end = 0u64;
    let mut text = Text {
        starts: Vec::with_capacity(functions.len()),
        sizes: Vec::with_capacity(functions.len()),
        size: 0,
        align: TEXT_ALIGN,
    };
    for function in functions {
        let start = best_start(end, function);
        end = start + function.code.len() as u64;
        if end > isa.largest {
            let (size, name) = (isa.largest >> 20, target.name);
            return Err(Error::unsupported(format!(
                "the program has more machine code than {size} MiB, {name}'s limit"
            )));
        }
        text.starts.push(start as u32);
        text.sizes.push(function.code.len() as u32);
        text.align = text.align.max(function.align);
    }
    text.size = end as u32;
    Ok(text)
}

/// Where a function begins that can begin from here on: the first place that suits its loops best.
fn best_start(from: u64, function: &CompiledFunction) -> u64 {
    let align = u64::from(function.align.max(1));
    let first = from.next_multiple_of(align);
    let cost = |start: &u64| function.placement[(*start % u64::from(LINE)) as usize / STEP as usize];
    let places = (first..first + u64::from(LINE)).step_by(align.max(u64::from(STEP)) as usize);
    places.min_by_key(cost).unwrap_or(first)
}

/// Adds `.text` with every function patched as far as possible.
pub(super) fn add(
    out: &mut Relocatable<'_>,
    functions: Vec<CompiledFunction>,
    text: &Text,
    data: &PlacedData<'_>,
    infos: &[FunctionInfo],
    target: &Target,
    strip: bool,
) -> Result<()> {
    let mut section = Section::new(SectionKind::Text, u64::from(text.align));
    section.size = u64::from(text.size);
    section.pieces.reserve_exact(functions.len());
    let isa = Isa::of(target)?;
    let named = matches!(target.triple.architecture, Architecture::Riscv64(_));
    section.fill = isa.fill;
    for (id, (mut function, &start)) in functions.into_iter().zip(&text.starts).enumerate() {
        for relocation in &function.relocations {
            let place = start.wrapping_add(relocation.offset);
            let target = symbol_place(out, relocation.target, text, |id| data.place_of(id));
            let code = &mut function.code;
            let left = target.and_then(|target| (isa.resolve)(out, code, relocation, place, target));
            match left {
                Some(Done::Patched) => {}
                Some(Done::Linker(left)) => section.relocations.push(left),
                None => {
                    return Err(Error::internal(format!("compiled function {id}: cannot relocate {relocation:?}")));
                }
            }
        }
        if !strip {
            map(&mut out.mapping, &function, start);
            if named {
                name_literals(out, &function, start, &infos[id].name);
            }
        }
        section.pieces.push(Piece { offset: u64::from(start), bytes: Cow::Owned(function.code) });
    }
    out.sections.push(section);
    Ok(())
}

/// Notes where the data of a function begin and end.
fn map(mapping: &mut Vec<(u32, bool)>, function: &CompiledFunction, start: u32) {
    match mapping.last() {
        Some((_, true)) => mapping.push((start, false)),
        None if !function.literals.is_empty() => mapping.push((0, false)),
        _ => {}
    }
    for &(from, to) in &function.literals {
        mapping.push((start + from, true));
        if (to as usize) < function.code.len() {
            mapping.push((start + to, false));
        }
    }
}

/// Adds symbols for the data of a function, and for the code behind: LLVM's disassembler (19) does not read the mapping
/// symbols of RISC-V, but takes what has the type of an object for data, up to the next symbol.
fn name_literals(out: &mut Relocatable<'_>, function: &CompiledFunction, start: u32, name: &str) {
    let mut add = |what: &str, from: u32, size: u32| {
        out.symbols.push(DefinedSymbol {
            name: Cow::Owned(format!("{name}.{what}")),
            section: SectionKind::Text,
            offset: u64::from(start + from),
            size: u64::from(size),
            function: false,
            global: false,
        });
    };
    for &(from, to) in &function.literals {
        add("literals", from, to - from);
        if (to as usize) < function.code.len() {
            add("rest", to, 0);
        }
    }
}

/// The symbol of a function in a range of the text.
fn symbol(name: &str, (start, end): (u32, u32), global: bool) -> DefinedSymbol<'_> {
    DefinedSymbol {
        name: Cow::Borrowed(name),
        section: SectionKind::Text,
        offset: u64::from(start),
        size: u64::from(end - start),
        function: true,
        global,
    }
}

/// Adds a local symbol for every function: its name, if it is not among those that have others.
pub(super) fn add_symbols<'data>(
    out: &mut Relocatable<'data>,
    text: &Text,
    infos: &'data [FunctionInfo],
    others: &HashMap<FunctionId, &'data str>,
) {
    out.symbols.reserve(infos.len());
    for (id, (info, (start, size))) in (0..).map(FunctionId).zip(infos.iter().zip(text.spans())) {
        let name = others.get(&id).copied().unwrap_or(&info.name);
        out.symbols.push(symbol(name, (start, start + size), false));
    }
}

/// Adds a local symbol `main` for a function that has another name, if there is none.
pub(super) fn add_main(out: &mut Relocatable<'_>, text: &Text, main: Option<FunctionId>) {
    const NAME: &str = "main";
    let range = main.and_then(|id| text.range(id));
    if let Some(range) = range.filter(|_| out.symbols.iter().all(|symbol| symbol.name != NAME)) {
        out.symbols.push(symbol(NAME, range, false));
    }
}

/// Adds a global symbol for every C name of a function.
pub(super) fn add_exports<'data>(
    out: &mut Relocatable<'data>,
    text: &Text,
    exports: &'data [(String, FunctionId)],
) -> Result<()> {
    for (name, id) in exports {
        let range = text.range(*id).ok_or_else(|| Error::internal(format!("{name}: no function {}", id.0)))?;
        out.symbols.push(symbol(name, range, true));
    }
    Ok(())
}

/// Where a relocation's target is, and what must be added to the addend for it.
type Place = (RelocationTarget, i64);

/// The place that a symbol stands for; none if there is no such symbol.
pub(super) fn symbol_place(
    out: &mut Relocatable<'_>,
    symbol: Symbol,
    text: &Text,
    data: impl Fn(DataId) -> Option<(SectionKind, u64)>,
) -> Option<Place> {
    Some(match symbol {
        Symbol::Function(id) => (RelocationTarget::Section(SectionKind::Text), i64::from(text.start(id)?)),
        Symbol::Text => (RelocationTarget::Section(SectionKind::Text), 0),
        Symbol::Data(id) => {
            let (section, offset) = data(id)?;
            (RelocationTarget::Section(section), offset as i64)
        }
        Symbol::Program => {
            let (section, offset) = data(out.program?)?;
            (RelocationTarget::Section(section), offset as i64)
        }
        Symbol::Block => return None,
        Symbol::Import(index) => {
            let name = out.linked.get(index as usize)?;
            (RelocationTarget::External(out.bound(name)), 0)
        }
        Symbol::Builtin(_) | Symbol::WasiP1(_) | Symbol::Abi => {
            (RelocationTarget::External(out.external(symbol, symbol.runtime_name()?)), 0)
        }
    })
}

/// What became of a relocation.
enum Done {
    /// The code is final.
    Patched,
    /// The linker must do it.
    Linker(Relocation),
}

/// What differs between instruction sets.
struct Isa {
    /// Byte between functions: something that traps.
    fill: u8,
    /// Bytes of code that its calls reach across.
    largest: u64,
    /// Patches code, or says what the linker must do; none if that cannot be done. Arguments: what to add labels to, the
    /// function's code, what to do, where that is in the section, and the target.
    resolve: fn(&mut Relocatable<'_>, &mut [u8], &codegen::Relocation, u32, Place) -> Option<Done>,
}

impl Isa {
    fn of(target: &Target) -> Result<Isa> {
        match target.triple.architecture {
            // int3
            Architecture::X86_64 => Ok(Isa { fill: 0xcc, largest: i32::MAX as u64, resolve: x86_64::resolve }),
            // udf; calls reach 128 MiB, and a few of these are the runtime's.
            Architecture::Aarch64(_) => Ok(Isa { fill: 0, largest: 126 << 20, resolve: aarch64::resolve }),
            // unimp
            Architecture::Riscv64(_) => Ok(Isa { fill: 0, largest: i32::MAX as u64, resolve: riscv64::resolve }),
            architecture => Err(Error::unsupported(format!("{}: no relocations for {architecture}", target.name))),
        }
    }
}

/// The instruction of 4 bytes at an offset.
fn word(code: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_le_bytes(code.get(at..)?.first_chunk().copied()?))
}

/// Replaces the instruction of 4 bytes at an offset.
fn set_word(code: &mut [u8], at: usize, word: u32) -> Option<()> {
    *code.get_mut(at..)?.first_chunk_mut()? = word.to_le_bytes();
    Some(())
}
