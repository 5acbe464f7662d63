//! COFF (Windows objects): [`Relocatable`] -> bytes. As in [`super::elf`], the size of everything is known first, so the
//! file is written front to back into one allocation, and content is freed as it is copied.
//!
//! What COFF has not: addends in relocations. They stand in the place that is patched, which for ARM64's page addresses
//! has room for one mebibyte only; so sections have a symbol every mebibyte, and relocations refer to the last of these
//! before their target. Two sections of linkers' making, `.pdata` and `.xdata`, are filled by [`super::seh`].

use super::debug::DebugKind;
use super::relocatable::{DefinedSymbol, Relocatable, Relocation, RelocationKind, RelocationTarget, SectionKind};
use crate::error::{Error, Result};
use crate::target::Target;
use target_lexicon::Architecture;

const HEADER_SIZE: u64 = 20;
const SECTION_HEADER_SIZE: u64 = 40;
const SYMBOL_SIZE: u64 = 18;
const RELOCATION_SIZE: u64 = 10;
/// Alignment of section content in the file.
const FILE_ALIGN: u64 = 16;
/// The most relocations that a section header can count; more are counted by a first relocation.
const MOST_RELOCATIONS: usize = 0xffff;
/// Distance of section symbols in bytes.
const SYMBOL_STEP: u64 = 1 << 20;

const SCN_CODE: u32 = 0x20;
const SCN_INITIALIZED: u32 = 0x40;
const SCN_ZERO: u32 = 0x80;
const SCN_DISCARDABLE: u32 = 0x0200_0000;
const SCN_OVERFLOW: u32 = 0x0100_0000;
const SCN_EXECUTE: u32 = 0x2000_0000;
const SCN_READ: u32 = 0x4000_0000;
const SCN_WRITE: u32 = 0x8000_0000;
const CLASS_EXTERNAL: u8 = 2;
const CLASS_STATIC: u8 = 3;
const TYPE_FUNCTION: u16 = 0x20;

/// Serialises an object.
pub(super) fn write(input: Relocatable<'_>, target: &Target) -> Result<Vec<u8>> {
    let isa = Isa::of(target)?;
    let Relocatable { sections, symbols, externals, .. } = input;
    let mut table = Table::new(&sections, symbols, externals);

    let mut end = HEADER_SIZE + SECTION_HEADER_SIZE * sections.len() as u64;
    let mut headers = Vec::with_capacity(sections.len());
    for section in &sections {
        let zero = section.kind == SectionKind::Zero;
        let count = section.relocations.len() + usize::from(section.relocations.len() >= MOST_RELOCATIONS);
        let fits = |size: u64| u32::try_from(size).map_err(|_| Error::unsupported("a section of more than 4 GiB"));
        let header = Header {
            name: table.section_name(section_name(section.kind)),
            size: fits(section.size)?,
            content: if zero { 0 } else { fits(place(&mut end, FILE_ALIGN, section.size))? },
            relocations: if count == 0 { 0 } else { fits(place(&mut end, 2, count as u64 * RELOCATION_SIZE))? },
            relocation_count: section.relocations.len().min(MOST_RELOCATIONS) as u16,
            flags: flags(section.kind) | alignment(section.align)?,
        };
        headers.push(header);
    }
    let symbols_at = place(&mut end, 2, table.count() * SYMBOL_SIZE);
    let symbols_at = u32::try_from(symbols_at).map_err(|_| Error::unsupported("an object of more than 4 GiB"))?;

    let mut out = Output { bytes: Vec::with_capacity(end as usize) };
    out.u16(isa.machine);
    out.u16(headers.len() as u16);
    out.u32(0); // time: none, so that the same input gives the same bytes
    out.u32(symbols_at);
    out.u32(table.count() as u32);
    out.u32(0); // no optional header, no flags
    for header in &headers {
        out.section_header(header);
    }
    for (section, header) in sections.into_iter().zip(&headers) {
        let (start, kind) = (u64::from(header.content), section.kind);
        if kind != SectionKind::Zero {
            out.pad_to(start, 0);
            for piece in section.pieces {
                out.pad_to(start + piece.offset, section.fill);
                out.bytes.extend_from_slice(&piece.bytes);
            }
            out.pad_to(start + section.size, section.fill);
        }
        if header.relocations == 0 {
            continue;
        }
        out.pad_to(u64::from(header.relocations), 0);
        if section.relocations.len() >= MOST_RELOCATIONS {
            out.u32(section.relocations.len() as u32 + 1);
            out.u32(0);
            out.u16(0);
        }
        for relocation in &section.relocations {
            let fail = || Error::internal(format!("{kind:?}: cannot write {relocation:?}"));
            let (number, addend) = table.target(relocation).ok_or_else(fail)?;
            let at = (start + u64::from(relocation.offset)) as usize;
            let kind = (isa.relocation)(relocation.kind).ok_or_else(fail)?;
            put_addend(&mut out.bytes, at, relocation.kind, addend).ok_or_else(|| {
                Error::unsupported("data of more than 2 GiB, too far for this target's relocations".to_owned())
            })?;
            out.u32(relocation.offset);
            out.u32(number);
            out.u16(kind);
        }
    }
    out.pad_to(u64::from(symbols_at), 0);
    table.write(&mut out)?;
    Ok(out.bytes)
}

/// What differs between instruction sets.
struct Isa {
    machine: u16,
    /// The number of a relocation; none if there is no such one.
    relocation: fn(RelocationKind) -> Option<u16>,
}

impl Isa {
    fn of(target: &Target) -> Result<Isa> {
        match target.triple.architecture {
            Architecture::X86_64 => Ok(Isa {
                machine: 0x8664,
                relocation: |kind| match kind {
                    RelocationKind::Absolute64 => Some(1),
                    RelocationKind::ImageRelative32 => Some(3),
                    RelocationKind::Section32 => Some(11),
                    RelocationKind::Relative32 | RelocationKind::X86Call => Some(4),
                    _ => None,
                },
            }),
            Architecture::Aarch64(_) => Ok(Isa {
                machine: 0xaa64,
                relocation: |kind| match kind {
                    RelocationKind::Absolute64 => Some(14),
                    RelocationKind::ImageRelative32 => Some(2),
                    RelocationKind::Section32 => Some(8),
                    RelocationKind::Relative32 => Some(17),
                    RelocationKind::Aarch64Call | RelocationKind::Aarch64Jump => Some(3),
                    RelocationKind::Aarch64Page => Some(4),
                    RelocationKind::Aarch64PageOffset => Some(6),
                    _ => None,
                },
            }),
            architecture => Err(Error::unsupported(format!("{}: no COFF for {architecture}", target.name))),
        }
    }
}

/// Adds an addend to the place that a relocation patches; none if it has no room for it.
fn put_addend(bytes: &mut [u8], at: usize, kind: RelocationKind, addend: i64) -> Option<()> {
    if kind == RelocationKind::Absolute64 {
        bytes.get_mut(at..at + 8)?.copy_from_slice(&addend.to_le_bytes());
        return Some(());
    }
    let place = bytes.get_mut(at..)?.first_chunk_mut::<4>()?;
    let word = u32::from_le_bytes(*place);
    let small = u32::try_from(addend).ok();
    let word = match kind {
        RelocationKind::ImageRelative32 | RelocationKind::Section32 => small?,
        // The format counts from the end of the four bytes.
        RelocationKind::Relative32 | RelocationKind::X86Call => i32::try_from(addend.checked_add(4)?).ok()? as u32,
        // A number of bytes, also where the instruction has a number of pages: two low bits, then the others.
        RelocationKind::Aarch64Page => {
            let addend = small.filter(|addend| u64::from(*addend) < SYMBOL_STEP)?;
            word & !0x60ff_ffe0 | (addend & 3) << 29 | (addend >> 2) << 5
        }
        RelocationKind::Aarch64PageOffset => word & !0x003f_fc00 | (small? & 0xfff) << 10,
        // Calls within the section are resolved; others are of functions of the runtime.
        _ if addend == 0 => word,
        _ => return None,
    };
    *place = word.to_le_bytes();
    Some(())
}

/// Section name. In an executable it has eight bytes; what stands after `$` only orders the parts of a section.
fn section_name(kind: SectionKind) -> &'static str {
    match kind {
        SectionKind::Text => ".text",
        SectionKind::Functions => ".rdata$f",
        SectionKind::Traps => ".rdata$t",
        SectionKind::Sites => ".rdata$s",
        SectionKind::Lines => ".rdata$l",
        SectionKind::Names => ".rdata$n",
        SectionKind::Grants => wasmaot_abi::grant::SHORT_SECTION,
        SectionKind::Info => wasmaot_abi::info::SHORT_SECTION,
        SectionKind::ReadOnly => ".rdata",
        SectionKind::ReadOnlyRelocated => ".rdata$r",
        SectionKind::Unwind => ".xdata",
        SectionKind::UnwindTable => ".pdata",
        SectionKind::Data => ".data",
        SectionKind::Image => ".data$wi",
        SectionKind::Zero => ".bss",
        SectionKind::Attributes => ".waattr",
        SectionKind::Debug(DebugKind::Code) => ".text$wd",
        SectionKind::Debug(kind) => super::elf::debug_name(kind),
    }
}

/// Section flags without alignment.
fn flags(kind: SectionKind) -> u32 {
    match kind {
        SectionKind::Text | SectionKind::Debug(DebugKind::Code) => SCN_CODE | SCN_EXECUTE | SCN_READ,
        SectionKind::Debug(_) => SCN_INITIALIZED | SCN_READ | SCN_DISCARDABLE,
        SectionKind::Data | SectionKind::Image => SCN_INITIALIZED | SCN_READ | SCN_WRITE,
        SectionKind::Zero => SCN_ZERO | SCN_READ | SCN_WRITE,
        _ => SCN_INITIALIZED | SCN_READ,
    }
}

/// The flags of an alignment in bytes.
fn alignment(align: u64) -> Result<u32> {
    // The most there is: 8192.
    if !align.is_power_of_two() || align > 8192 {
        return Err(Error::internal(format!("section alignment {align}")));
    }
    Ok((align.trailing_zeros() + 1) << 20)
}

/// Takes room in the file.
fn place(end: &mut u64, align: u64, size: u64) -> u64 {
    let start = end.next_multiple_of(align);
    *end = start + size;
    start
}

/// One section header.
struct Header {
    name: [u8; 8],
    size: u32,
    content: u32,
    relocations: u32,
    relocation_count: u16,
    flags: u32,
}

/// Symbols in the order of the file: section symbols, defined, undefined.
struct Table<'data> {
    /// Kind and first symbol of each section.
    sections: Vec<(SectionKind, u32)>,
    /// Section symbols: section index and offset.
    places: Vec<(u16, u32)>,
    defined: Vec<DefinedSymbol<'data>>,
    externals: Vec<&'data str>,
    /// Names of more than eight bytes.
    strings: Vec<u8>,
}

impl<'data> Table<'data> {
    fn new(
        sections: &[super::relocatable::Section<'_>],
        defined: Vec<DefinedSymbol<'data>>,
        externals: Vec<&'data str>,
    ) -> Table<'data> {
        let (mut kinds, mut places) = (Vec::new(), Vec::new());
        for (index, section) in sections.iter().enumerate() {
            kinds.push((section.kind, places.len() as u32));
            // Offsets beyond 4 GiB are refused elsewhere.
            let offsets = (0..section.size.min(u64::from(u32::MAX)).max(1)).step_by(SYMBOL_STEP as usize);
            places.extend(offsets.map(|offset| (index as u16 + 1, offset as u32)));
        }
        Table { sections: kinds, places, defined, externals, strings: Vec::new() }
    }

    /// A section's name, or where it is among the strings, in decimal behind a slash.
    fn section_name(&mut self, name: &str) -> [u8; 8] {
        let mut field = [0; 8];
        let mut put = |text: &str| field.iter_mut().zip(text.bytes()).for_each(|(to, from)| *to = from);
        if name.len() <= 8 {
            put(name);
            return field;
        }
        put(&format!("/{}", self.strings.len() + 4));
        self.strings.extend_from_slice(name.as_bytes());
        self.strings.push(0);
        field
    }

    fn count(&self) -> u64 {
        (self.places.len() + self.defined.len() + self.externals.len()) as u64
    }

    /// Symbol of a relocation, and the addend that is left.
    fn target(&self, relocation: &Relocation) -> Option<(u32, i64)> {
        match relocation.target {
            RelocationTarget::Section(kind) => {
                let index = self.sections.iter().position(|(known, _)| *known == kind)?;
                let first = self.sections.get(index)?.1;
                let end = self.sections.get(index + 1).map_or(self.places.len() as u32, |next| next.1);
                // Relative relocations have small negative addends.
                let step = (relocation.addend.max(0) as u64 / SYMBOL_STEP) as u32;
                let step = step.min(end - first - 1);
                Some((first + step, relocation.addend - i64::from(step) * SYMBOL_STEP as i64))
            }
            RelocationTarget::Label(_) => None,
            RelocationTarget::External(number) => {
                let number = self.places.len() + self.defined.len() + number.0 as usize;
                Some((u32::try_from(number).ok()?, relocation.addend))
            }
        }
    }

    fn write(&mut self, out: &mut Output) -> Result<()> {
        for &(section, offset) in &self.places {
            // The name of a section symbol is nobody's business but that of who reads the file.
            out.symbol_name(b"$wasmaot", &mut self.strings)?;
            out.symbol(offset, section, 0, CLASS_STATIC);
        }
        for symbol in &self.defined {
            let section = self.sections.iter().position(|(kind, _)| *kind == symbol.section).map_or(0, |at| at + 1);
            let offset = u32::try_from(symbol.offset).map_err(|_| Error::unsupported("data of more than 4 GiB"))?;
            let class = if symbol.global { CLASS_EXTERNAL } else { CLASS_STATIC };
            out.symbol_name(symbol.name.as_bytes(), &mut self.strings)?;
            out.symbol(offset, section as u16, if symbol.function { TYPE_FUNCTION } else { 0 }, class);
        }
        for external in &self.externals {
            out.symbol_name(external.as_bytes(), &mut self.strings)?;
            out.symbol(0, 0, TYPE_FUNCTION, CLASS_EXTERNAL);
        }
        out.u32(self.strings.len() as u32 + 4);
        out.bytes.append(&mut self.strings);
        Ok(())
    }
}

/// The file while it is written.
struct Output {
    bytes: Vec<u8>,
}

impl Output {
    fn u16(&mut self, value: u16) {
        self.bytes.extend_from_slice(&value.to_le_bytes());
    }

    fn u32(&mut self, value: u32) {
        self.bytes.extend_from_slice(&value.to_le_bytes());
    }

    fn pad_to(&mut self, offset: u64, fill: u8) {
        self.bytes.resize(offset as usize, fill);
    }

    fn section_header(&mut self, header: &Header) {
        self.bytes.extend_from_slice(&header.name);
        self.u32(0); // virtual size and address: an executable's
        self.u32(0);
        self.u32(header.size);
        self.u32(header.content);
        self.u32(header.relocations);
        self.u32(0); // line numbers
        self.u16(header.relocation_count);
        self.u16(0);
        let overflow = usize::from(header.relocation_count) >= MOST_RELOCATIONS;
        self.u32(header.flags | if overflow { SCN_OVERFLOW } else { 0 });
    }

    /// The first eight bytes of a symbol: its name, or where that is among the strings.
    fn symbol_name(&mut self, name: &[u8], strings: &mut Vec<u8>) -> Result<()> {
        if name.len() <= 8 && !name.contains(&0) {
            let mut short = [0; 8];
            short.iter_mut().zip(name).for_each(|(to, from)| *to = *from);
            self.bytes.extend_from_slice(&short);
            return Ok(());
        }
        let at = u32::try_from(strings.len() + 4)
            .map_err(|_| Error::unsupported("function names of more than 4 GiB (--strip leaves them out)"))?;
        strings.extend(name.iter().map(|&byte| if byte == 0 { b'?' } else { byte }));
        strings.push(0);
        self.u32(0);
        self.u32(at);
        Ok(())
    }

    fn symbol(&mut self, value: u32, section: u16, kind: u16, class: u8) {
        self.u32(value);
        self.u16(section);
        self.u16(kind);
        self.bytes.extend_from_slice(&[class, 0]);
    }
}

#[cfg(test)]
mod tests {
    use crate::options::Options;
    use crate::target::Target;
    use ::object::read::coff::CoffFile;
    use ::object::{Object, ObjectSection, ObjectSymbol, RelocationTarget};

    const MODULE: &str = r#"(module
        (import "wasi_snapshot_preview1" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))
        (memory (export "memory") 1)
        (global $g (mut i32) (i32.const 5))
        (func (export "_start")
            (global.set $g (call $write (i32.const 1) (i32.const 0) (global.get $g) (i32.const 8)))))"#;

    fn object(target: &str) -> Vec<u8> {
        let options = Options::new(Target::parse(target).unwrap());
        let binary = crate::parse::to_binary(MODULE.as_bytes()).unwrap();
        let module = crate::parse::parse(&binary, &options.features).unwrap();
        let program = crate::link::command(module).unwrap();
        struct Silent;
        impl crate::Observer for Silent {}
        crate::compile(&program, &options, &Silent).unwrap()
    }

    #[test]
    fn what_is_written_can_be_read_back() {
        for (target, row) in [("x86_64-windows", 12), ("aarch64-windows", 8)] {
            let bytes = object(target);
            let file: CoffFile = CoffFile::parse(bytes.as_slice()).unwrap();
            let section = |name: &str| file.section_by_name(name).unwrap_or_else(|| panic!("{target}: no {name}"));
            let functions = section(".rdata$f").size() / 16;
            assert_eq!(section(".pdata").size(), functions * row, "{target}: a row for each function");
            let undefined: Vec<_> = file.symbols().filter(|symbol| symbol.is_undefined()).collect();
            let names: Vec<_> = undefined.iter().map(|symbol| symbol.name().unwrap()).collect();
            assert!(names.contains(&"wasmaot_p1_fd_write"), "{target}: {names:?}");
            let program = file.symbols().find(|symbol| symbol.name() == Ok("wasmaot_program")).unwrap();
            assert!(program.is_global() && program.is_definition(), "{target}");
            for section in file.sections() {
                for (offset, relocation) in section.relocations() {
                    assert!(offset < section.size());
                    let RelocationTarget::Symbol(index) = relocation.target() else { panic!("{target}: no symbol") };
                    file.symbol_by_index(index).unwrap();
                }
            }
        }
    }
}
