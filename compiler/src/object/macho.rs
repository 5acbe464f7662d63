//! Mach-O (64-bit, little-endian): [`Relocatable`] -> bytes. The sibling of [`super::elf`]: sizes are known first, the file is
//! written front to back into one allocation, and content is freed as it is copied.
//!
//! What differs from ELF: sections of an object have addresses, here in one row from 0; addends stand in the content; and on
//! AArch64 most relocations must name a symbol, with an addend of 24 bits. `anchors` finds or makes these symbols.
//!
//! `MH_SUBSECTIONS_VIA_SYMBOLS` is not set: calls between functions are resolved already, so a linker must not take the text apart.

mod anchors;
#[cfg(test)]
mod tests;

use self::anchors::Anchors;
use super::debug::DebugKind;
use super::relocatable::{
    DefinedSymbol, External, Relocatable, Relocation, RelocationKind, RelocationTarget, Section, SectionKind,
};
use crate::error::{Error, Result};
use crate::target::Target;
use object::macho;
use target_lexicon::Architecture;

const HEADER_SIZE: u64 = 32;
const SEGMENT_COMMAND_SIZE: u64 = 72;
const SECTION_SIZE: u64 = 80;
const BUILD_VERSION_SIZE: u64 = 24;
const SYMTAB_SIZE: u64 = 24;
const DYSYMTAB_SIZE: u64 = 80;
const SYMBOL_SIZE: u64 = 16;
const RELOCATION_SIZE: u64 = 8;
/// `r_type` of X86_64_RELOC_UNSIGNED and ARM64_RELOC_UNSIGNED.
const UNSIGNED: u8 = macho::X86_64_RELOC_UNSIGNED;

/// Serialises an object.
pub(super) fn write(input: Relocatable<'_>, target: &Target) -> Result<Vec<u8>> {
    let isa = Isa::of(target)?;
    let Relocatable { mut sections, symbols, externals, .. } = input;
    // Zeros have no content: they stand behind all that has.
    sections.sort_by_key(|section| section.kind == SectionKind::Zero);
    if sections.len() > 255 {
        return Err(Error::internal("more than 255 sections"));
    }
    let mut addresses = Vec::with_capacity(sections.len());
    let mut end = 0u64;
    for section in &sections {
        let start = end.next_multiple_of(section.align);
        addresses.push(start);
        end = start + section.size;
    }
    let (mut globals, locals): (Vec<_>, Vec<_>) = symbols.into_iter().partition(|symbol| symbol.global);
    globals.sort_by(|a, b| a.name.cmp(&b.name));
    let anchors = Anchors::new(&sections, &locals, isa.needs_symbols);
    let symbols = SymbolTable::new(locals, anchors, globals, externals);

    let linker = Linker { isa: &isa, sections: &sections, addresses: &addresses, symbols: &symbols };
    let mut entries = Vec::with_capacity(sections.len());
    for number in 0..sections.len() {
        entries.push(linker.section(number)?);
    }

    let content_size: u64 = content_end(&sections, &addresses);
    let commands =
        SEGMENT_COMMAND_SIZE + sections.len() as u64 * SECTION_SIZE + BUILD_VERSION_SIZE + SYMTAB_SIZE + DYSYMTAB_SIZE;
    let content = (HEADER_SIZE + commands).next_multiple_of(16);
    let mut file_end = (content + content_size).next_multiple_of(8);
    let mut headers = Vec::with_capacity(sections.len());
    for (number, section) in sections.iter().enumerate() {
        let zero = section.kind == SectionKind::Zero;
        let offset = if zero { 0 } else { content + addresses[number] };
        let relocations = entries[number].rows.len() as u64;
        headers.push(Header { offset, relocation_offset: if relocations == 0 { 0 } else { file_end }, relocations });
        file_end += relocations * RELOCATION_SIZE;
    }
    let symbol_offset = file_end;
    let string_offset = symbol_offset + symbols.count() * SYMBOL_SIZE;
    let strings = symbols.strings_size().next_multiple_of(8);
    file_end = string_offset + strings;
    if file_end > u64::from(u32::MAX) {
        return Err(Error::unsupported(format!("{}: an object of more than 4 GiB", target.name)));
    }

    let mut out = Output { bytes: Vec::with_capacity(file_end as usize) };
    out.words(&[macho::MH_MAGIC_64, isa.cpu, isa.cpu_subtype, macho::MH_OBJECT]);
    out.words(&[4, commands as u32, 0, 0]);
    out.words(&[macho::LC_SEGMENT_64, (SEGMENT_COMMAND_SIZE + sections.len() as u64 * SECTION_SIZE) as u32]);
    out.name("");
    out.u64(0);
    out.u64(end);
    out.u64(content);
    out.u64(content_size);
    let all = macho::VM_PROT_READ | macho::VM_PROT_WRITE | macho::VM_PROT_EXECUTE;
    out.words(&[all, all, sections.len() as u32, 0]);
    for (number, (section, header)) in sections.iter().zip(&headers).enumerate() {
        out.section_header(section, addresses[number], header);
    }
    out.words(&[macho::LC_BUILD_VERSION, BUILD_VERSION_SIZE as u32, macho::PLATFORM_MACOS, isa.minimum_os, 0, 0]);
    out.words(&[macho::LC_SYMTAB, SYMTAB_SIZE as u32, symbol_offset as u32, symbols.count() as u32]);
    out.words(&[string_offset as u32, strings as u32]);
    let counts = [symbols.local_count(), symbols.globals.len(), symbols.externals.len()].map(|count| count as u32);
    out.words(&[macho::LC_DYSYMTAB, DYSYMTAB_SIZE as u32, 0, counts[0], counts[0], counts[1]]);
    out.words(&[counts[0] + counts[1], counts[2]]);
    out.words(&[0; 12]);
    out.pad_to(content, 0);

    let kinds: Vec<SectionKind> = sections.iter().map(|section| section.kind).collect();
    for ((section, header), entry) in sections.into_iter().zip(&headers).zip(&entries) {
        out.content(section, header.offset, &entry.fields)?;
    }
    out.pad_to(out.len().next_multiple_of(8), 0);
    for row in entries.iter().flat_map(|entry| &entry.rows) {
        out.words(row);
    }
    out.symbols(&symbols, &kinds, &addresses);
    out.strings(symbols);
    out.pad_to(file_end, 0);
    if out.len() != file_end {
        return Err(Error::internal(format!("object of {} bytes, {file_end} planned", out.len())));
    }
    Ok(out.bytes)
}

/// End of the content of sections that have any, from the first section's start.
fn content_end(sections: &[Section<'_>], addresses: &[u64]) -> u64 {
    let with_content = sections.iter().zip(addresses).filter(|(section, _)| section.kind != SectionKind::Zero);
    with_content.map(|(section, address)| address + section.size).max().unwrap_or(0)
}

/// What differs between instruction sets.
struct Isa {
    cpu: u32,
    cpu_subtype: u32,
    /// Oldest system that the object is for: nibbles xxxx.yy.zz.
    minimum_os: u32,
    /// Whether relocations of code must name symbols.
    needs_symbols: bool,
    /// `r_type` of the subtractor of a pair.
    subtractor: u8,
}

impl Isa {
    fn of(target: &Target) -> Result<Isa> {
        match target.triple.architecture {
            Architecture::X86_64 => Ok(Isa {
                cpu: macho::CPU_TYPE_X86_64,
                cpu_subtype: macho::CPU_SUBTYPE_X86_64_ALL,
                minimum_os: 10 << 16 | 13 << 8,
                needs_symbols: false,
                subtractor: macho::X86_64_RELOC_SUBTRACTOR,
            }),
            Architecture::Aarch64(_) => Ok(Isa {
                cpu: macho::CPU_TYPE_ARM64,
                cpu_subtype: macho::CPU_SUBTYPE_ARM64_ALL,
                minimum_os: 11 << 16,
                needs_symbols: true,
                subtractor: macho::ARM64_RELOC_SUBTRACTOR,
            }),
            architecture => Err(Error::unsupported(format!("{}: no Mach-O for {architecture}", target.name))),
        }
    }
}

/// Segment, section name (at most 16 bytes) and type with attributes.
fn place(kind: SectionKind) -> (&'static str, &'static str, u32) {
    const UNWIND: u32 =
        macho::S_COALESCED | macho::S_ATTR_NO_TOC | macho::S_ATTR_STRIP_STATIC_SYMS | macho::S_ATTR_LIVE_SUPPORT;
    const CODE: u32 = macho::S_ATTR_PURE_INSTRUCTIONS | macho::S_ATTR_SOME_INSTRUCTIONS;
    match kind {
        SectionKind::Text => ("__TEXT", "__text", CODE),
        SectionKind::Functions => ("__TEXT", "__wasmaot_funcs", 0),
        SectionKind::Traps => ("__TEXT", "__wasmaot_traps", 0),
        SectionKind::Sites => ("__TEXT", "__wasmaot_sites", 0),
        SectionKind::Lines => ("__TEXT", "__wasmaot_lines", 0),
        SectionKind::Names => ("__TEXT", "__wasmaot_names", 0),
        SectionKind::Grants => ("__TEXT", wasmaot_abi::grant::MACHO_SECTION, 0),
        // Nothing refers to it.
        SectionKind::Info => ("__TEXT", wasmaot_abi::info::MACHO_SECTION, macho::S_ATTR_NO_DEAD_STRIP),
        SectionKind::ReadOnly => ("__TEXT", "__const", 0),
        SectionKind::Unwind | SectionKind::UnwindTable => ("__TEXT", "__eh_frame", UNWIND),
        SectionKind::ReadOnlyRelocated => ("__DATA", "__const", 0),
        SectionKind::Data => ("__DATA", "__data", 0),
        SectionKind::Image => ("__DATA", "__wasmaot_image", 0),
        SectionKind::Zero => ("__DATA", "__bss", macho::S_ZEROFILL),
        SectionKind::Debug(DebugKind::Code) => ("__TEXT", "__wasmaot_debug", CODE | macho::S_ATTR_NO_DEAD_STRIP),
        SectionKind::Debug(kind) => ("__DWARF", debug_name(kind), macho::S_ATTR_DEBUG),
        // Of RISC-V only.
        SectionKind::Attributes => ("__TEXT", "__wasmaot_attrs", 0),
    }
}

/// Section name of debug information; the format has sixteen bytes for it.
fn debug_name(kind: DebugKind) -> &'static str {
    match kind {
        DebugKind::Info => "__debug_info",
        DebugKind::Abbrev => "__debug_abbrev",
        DebugKind::Line => "__debug_line",
        DebugKind::Str => "__debug_str",
        DebugKind::RngLists => "__debug_rnglists",
        DebugKind::LocLists => "__debug_loclists",
        DebugKind::Ranges => "__debug_ranges",
        DebugKind::Loc => "__debug_loc",
        DebugKind::Code => "__wasmaot_debug",
    }
}

/// A section header's numbers that are known last.
struct Header {
    offset: u64,
    relocation_offset: u64,
    relocations: u64,
}

/// Symbols in the order of the file: local, made, defined, undefined.
struct SymbolTable<'data> {
    locals: Vec<DefinedSymbol<'data>>,
    anchors: Anchors,
    globals: Vec<DefinedSymbol<'data>>,
    /// By name.
    externals: Vec<&'data str>,
    /// Place in `externals` of each [`External`].
    external_places: Vec<u32>,
}

impl<'data> SymbolTable<'data> {
    fn new(
        locals: Vec<DefinedSymbol<'data>>,
        anchors: Anchors,
        globals: Vec<DefinedSymbol<'data>>,
        externals: Vec<&'data str>,
    ) -> SymbolTable<'data> {
        let mut order: Vec<usize> = (0..externals.len()).collect();
        order.sort_by_key(|number| externals[*number]);
        let mut external_places = vec![0; externals.len()];
        for (place, number) in order.iter().enumerate() {
            external_places[*number] = place as u32;
        }
        let externals = order.into_iter().map(|number| externals[number]).collect();
        SymbolTable { locals, anchors, globals, externals, external_places }
    }

    fn local_count(&self) -> usize {
        self.locals.len() + self.anchors.made.len()
    }

    fn count(&self) -> u64 {
        (self.local_count() + self.globals.len() + self.externals.len()) as u64
    }

    /// Index of a runtime function.
    fn external(&self, external: External) -> Option<u32> {
        let place = self.external_places.get(external.0 as usize)?;
        Some((self.local_count() + self.globals.len()) as u32 + place)
    }

    fn strings_size(&self) -> u64 {
        let defined = self.locals.iter().chain(&self.globals).map(|symbol| link_name_size(&symbol.name));
        let made = (0..self.anchors.made.len()).map(|number| anchors::name(number).len() as u64 + 1);
        1 + defined.chain(self.externals.iter().map(|name| link_name_size(name))).chain(made).sum::<u64>()
    }
}

/// Bytes of a symbol's name in the file: an underscore before it, NUL behind.
fn link_name_size(name: &str) -> u64 {
    name.len() as u64 + 2
}

/// Relocations of a section as the file has them.
#[derive(Default)]
struct Entries {
    /// Rows of two words, by descending offset.
    rows: Vec<[u32; 2]>,
    /// What the content gets: offset, bytes (0 for none), value.
    fields: Vec<(u32, u8, u64)>,
}

/// One relocation row.
struct Row {
    symbol: u32,
    relative: bool,
    /// log2 of the bytes.
    length: u32,
    external: bool,
    kind: u8,
}

impl Row {
    fn words(&self, offset: u32) -> [u32; 2] {
        let word = self.symbol & 0xff_ffff
            | u32::from(self.relative) << 24
            | self.length << 25
            | u32::from(self.external) << 27
            | u32::from(self.kind) << 28;
        [offset, word]
    }
}

/// Turns relocations into rows and content.
struct Linker<'a, 'data> {
    isa: &'a Isa,
    sections: &'a [Section<'data>],
    addresses: &'a [u64],
    symbols: &'a SymbolTable<'data>,
}

impl Linker<'_, '_> {
    /// All relocations of a section.
    fn section(&self, number: usize) -> Result<Entries> {
        let section = &self.sections[number];
        let mut entries = Entries::default();
        // Linkers look for the last first.
        let mut relocations: Vec<&Relocation> = section.relocations.iter().collect();
        relocations.sort_by_key(|relocation| std::cmp::Reverse(relocation.offset));
        for relocation in relocations {
            self.relocation(&mut entries, number, relocation).ok_or_else(|| {
                Error::internal(format!("{:?}: cannot express {relocation:?} in Mach-O", section.kind))
            })?;
        }
        Ok(entries)
    }

    fn relocation(&self, entries: &mut Entries, from: usize, relocation: &Relocation) -> Option<()> {
        let Relocation { offset, kind, target, addend } = *relocation;
        match kind {
            RelocationKind::Absolute64 => {
                let (row, value) = match target {
                    RelocationTarget::Section(kind) => {
                        let number = self.number(kind)?;
                        let value = self.addresses[number].wrapping_add_signed(addend);
                        (
                            Row {
                                symbol: number as u32 + 1,
                                relative: false,
                                length: 3,
                                external: false,
                                kind: UNSIGNED,
                            },
                            value,
                        )
                    }
                    RelocationTarget::External(external) => {
                        let symbol = self.symbols.external(external)?;
                        (Row { symbol, relative: false, length: 3, external: true, kind: UNSIGNED }, addend as u64)
                    }
                    _ => return None,
                };
                entries.rows.push(row.words(offset));
                entries.fields.push((offset, 8, value));
            }
            RelocationKind::Relative32 if self.sections[from].kind != SectionKind::Text => {
                self.difference(entries, from, relocation, 4)?;
            }
            RelocationKind::Relative64 => self.difference(entries, from, relocation, 8)?,
            // Nobody moves what is in these sections.
            RelocationKind::Section32 => entries.fields.push((offset, 4, addend as u64)),
            RelocationKind::Relative32 => {
                self.x86_64(entries, from, relocation, macho::X86_64_RELOC_SIGNED)?;
            }
            RelocationKind::X86Call => self.x86_64(entries, from, relocation, macho::X86_64_RELOC_BRANCH)?,
            RelocationKind::Aarch64Call | RelocationKind::Aarch64Jump => {
                self.aarch64(entries, relocation, macho::ARM64_RELOC_BRANCH26)?;
            }
            RelocationKind::Aarch64Page => self.aarch64(entries, relocation, macho::ARM64_RELOC_PAGE21)?,
            RelocationKind::Aarch64PageOffset => self.aarch64(entries, relocation, macho::ARM64_RELOC_PAGEOFF12)?,
            _ => return None,
        }
        Some(())
    }

    /// A field of 4 bytes in an instruction of x86-64. The processor counts from its end.
    fn x86_64(&self, entries: &mut Entries, from: usize, relocation: &Relocation, kind: u8) -> Option<()> {
        let Relocation { offset, target, addend, .. } = *relocation;
        let (symbol, external, value) = match target {
            RelocationTarget::Section(kind) => {
                let number = self.number(kind)?;
                let place = (self.addresses[from] + u64::from(offset)) as i64;
                (number as u32 + 1, false, (self.addresses[number] as i64).checked_add(addend)? - place)
            }
            RelocationTarget::External(external) => (self.symbols.external(external)?, true, addend.checked_add(4)?),
            _ => return None,
        };
        entries.rows.push(Row { symbol, relative: true, length: 2, external, kind }.words(offset));
        entries.fields.push((offset, 4, i64::from(i32::try_from(value).ok()?) as u64));
        Some(())
    }

    /// Bits of an instruction of AArch64, which has none of the addend: that is a relocation of its own.
    fn aarch64(&self, entries: &mut Entries, relocation: &Relocation, kind: u8) -> Option<()> {
        let Relocation { offset, target, addend, .. } = *relocation;
        let (symbol, rest) = self.symbol(target, addend)?;
        if rest != 0 {
            if !(-(1 << 23)..1 << 23).contains(&rest) {
                return None;
            }
            let kind = macho::ARM64_RELOC_ADDEND;
            let row = Row { symbol: rest as u32, relative: false, length: 2, external: false, kind };
            entries.rows.push(row.words(offset));
        }
        let relative = kind != macho::ARM64_RELOC_PAGEOFF12;
        entries.rows.push(Row { symbol, relative, length: 2, external: true, kind }.words(offset));
        Some(())
    }

    /// S + A - P outside code: a pair of relocations.
    fn difference(&self, entries: &mut Entries, from: usize, relocation: &Relocation, bytes: u8) -> Option<()> {
        let Relocation { offset, target, addend, .. } = *relocation;
        let (symbol, rest) = self.symbol(target, addend)?;
        let (base, above) = self.symbols.anchors.find(from, u64::from(offset))?;
        let length = if bytes == 8 { 3 } else { 2 };
        let row = |symbol, kind| Row { symbol, relative: false, length, external: true, kind }.words(offset);
        entries.rows.push(row(base, self.isa.subtractor));
        entries.rows.push(row(symbol, UNSIGNED));
        entries.fields.push((offset, bytes, rest.checked_sub(above as i64)? as u64));
        Some(())
    }

    /// A symbol for a relocation's target, and what is left of the addend.
    fn symbol(&self, target: RelocationTarget, addend: i64) -> Option<(u32, i64)> {
        match target {
            RelocationTarget::External(external) => Some((self.symbols.external(external)?, addend)),
            RelocationTarget::Section(kind) => {
                let (symbol, above) = self.symbols.anchors.find(self.number(kind)?, u64::try_from(addend).ok()?)?;
                Some((symbol, above as i64))
            }
            _ => None,
        }
    }

    /// Number of a section.
    fn number(&self, kind: SectionKind) -> Option<usize> {
        self.sections.iter().position(|section| section.kind == kind)
    }
}

/// The file while it is written.
struct Output {
    bytes: Vec<u8>,
}

impl Output {
    fn len(&self) -> u64 {
        self.bytes.len() as u64
    }

    fn words(&mut self, words: &[u32]) {
        for word in words {
            self.bytes.extend_from_slice(&word.to_le_bytes());
        }
    }

    fn u64(&mut self, value: u64) {
        self.bytes.extend_from_slice(&value.to_le_bytes());
    }

    /// A name in 16 bytes.
    fn name(&mut self, name: &str) {
        let mut bytes = [0; 16];
        bytes[..name.len()].copy_from_slice(name.as_bytes());
        self.bytes.extend_from_slice(&bytes);
    }

    fn pad_to(&mut self, offset: u64, fill: u8) {
        self.bytes.resize(offset as usize, fill);
    }

    fn section_header(&mut self, section: &Section<'_>, address: u64, header: &Header) {
        let (segment, name, flags) = place(section.kind);
        self.name(name);
        self.name(segment);
        self.u64(address);
        self.u64(section.size);
        self.words(&[header.offset as u32, section.align.trailing_zeros()]);
        self.words(&[header.relocation_offset as u32, header.relocations as u32, flags, 0, 0, 0]);
    }

    /// Writes and frees a section's content, and the addends in it.
    fn content(&mut self, section: Section<'_>, offset: u64, fields: &[(u32, u8, u64)]) -> Result<()> {
        if section.kind == SectionKind::Zero {
            return Ok(());
        }
        self.pad_to(offset, 0);
        for piece in section.pieces {
            self.pad_to(offset + piece.offset, section.fill);
            self.bytes.extend_from_slice(&piece.bytes);
        }
        self.pad_to(offset + section.size, section.fill);
        for &(at, bytes, value) in fields {
            let (at, bytes) = ((offset + u64::from(at)) as usize, usize::from(bytes));
            let field = self.bytes.get_mut(at..at + bytes).ok_or_else(|| Error::internal("relocation outside"))?;
            field.copy_from_slice(&value.to_le_bytes()[..bytes]);
        }
        Ok(())
    }

    fn symbols(&mut self, table: &SymbolTable<'_>, kinds: &[SectionKind], addresses: &[u64]) {
        let mut name = 1u64;
        let place = |symbol: &DefinedSymbol<'_>| {
            let section = kinds.iter().position(|kind| *kind == symbol.section);
            section.map_or((0, symbol.offset), |number| (number as u8 + 1, addresses[number] + symbol.offset))
        };
        for symbol in &table.locals {
            self.symbol(name, macho::N_SECT, place(symbol));
            name += link_name_size(&symbol.name);
        }
        for (number, &(section, offset)) in table.anchors.made.iter().enumerate() {
            self.symbol(name, macho::N_SECT, (section as u8 + 1, addresses[section] + offset));
            name += anchors::name(number).len() as u64 + 1;
        }
        for symbol in &table.globals {
            self.symbol(name, macho::N_SECT | macho::N_EXT, place(symbol));
            name += link_name_size(&symbol.name);
        }
        for external in &table.externals {
            self.symbol(name, macho::N_EXT, (0, 0));
            name += link_name_size(external);
        }
    }

    fn symbol(&mut self, name: u64, kind: u8, (section, value): (u8, u64)) {
        self.words(&[name as u32]);
        self.bytes.extend_from_slice(&[kind, section, 0, 0]);
        self.u64(value);
    }

    /// Writes the names of symbols, with the underscore that C puts before them.
    fn strings(&mut self, table: SymbolTable<'_>) {
        self.bytes.push(0);
        for symbol in &table.locals {
            self.link_name(&symbol.name);
        }
        for number in 0..table.anchors.made.len() {
            self.bytes.extend_from_slice(anchors::name(number).as_bytes());
            self.bytes.push(0);
        }
        for name in table.globals.iter().map(|symbol| symbol.name.as_ref()).chain(table.externals.iter().copied()) {
            self.link_name(name);
        }
    }

    fn link_name(&mut self, name: &str) {
        self.bytes.push(b'_');
        self.bytes.extend(name.bytes().map(|byte| if byte == 0 { b'?' } else { byte }));
        self.bytes.push(0);
    }
}
