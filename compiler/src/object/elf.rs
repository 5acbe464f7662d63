//! ELF (64-bit, little-endian): [`Relocatable`] -> bytes. The size of everything is known first, so the file is written
//! front to back into one allocation, and content is freed as it is copied.

use super::debug::DebugKind;
use super::relocatable::{DefinedSymbol, Relocatable, RelocationKind, RelocationTarget, Section, SectionKind};
use crate::error::{Error, Result};
use crate::target::Target;
use object::elf;
use target_lexicon::Architecture;

const HEADER_SIZE: u64 = 64;
const SECTION_HEADER_SIZE: u64 = 64;
const SYMBOL_SIZE: u64 = 24;
const RELOCATION_SIZE: u64 = 24;
/// Alignment of section content in the file; its alignment in memory is the linker's affair.
const FILE_ALIGN: u64 = 16;

/// Serialises an object.
pub(super) fn write(input: Relocatable<'_>, target: &Target) -> Result<Vec<u8>> {
    let isa = Isa::of(target)?;
    let Relocatable { sections, symbols, externals, labels, mapping, .. } = input;
    let (globals, locals): (Vec<_>, Vec<_>) = symbols.into_iter().partition(|symbol| symbol.global);
    let symbols = SymbolTable { sections: sections.len(), labels, mapping, locals, globals, externals };

    let mut headers = vec![Header::default()];
    let mut names = vec![0u8];
    let mut end = HEADER_SIZE;
    for section in &sections {
        headers.push(content_header(section, &mut names, &mut end));
    }
    let symbol_section = headers.len() + sections.iter().filter(|section| !section.relocations.is_empty()).count();
    for (number, section) in sections.iter().enumerate().filter(|(_, section)| !section.relocations.is_empty()) {
        headers.push(Header {
            name: add_name(&mut names, &[".rela", name(section.kind)]),
            kind: elf::SHT_RELA,
            flags: u64::from(elf::SHF_INFO_LINK),
            offset: place(&mut end, 8, section.relocations.len() as u64 * RELOCATION_SIZE),
            size: section.relocations.len() as u64 * RELOCATION_SIZE,
            link: symbol_section as u32,
            info: number as u32 + 1,
            align: 8,
            entry_size: RELOCATION_SIZE,
        });
    }
    headers.push(Header {
        name: add_name(&mut names, &[".symtab"]),
        kind: elf::SHT_SYMTAB,
        offset: place(&mut end, 8, symbols.count() * SYMBOL_SIZE),
        size: symbols.count() * SYMBOL_SIZE,
        link: symbol_section as u32 + 1,
        info: symbols.local_count(),
        align: 8,
        entry_size: SYMBOL_SIZE,
        ..Header::default()
    });
    let strings = symbols.strings_size();
    if strings > u64::from(u32::MAX) {
        return Err(Error::unsupported("function names of more than 4 GiB (--strip leaves them out)"));
    }
    headers.push(Header {
        name: add_name(&mut names, &[".strtab"]),
        kind: elf::SHT_STRTAB,
        offset: place(&mut end, 1, strings),
        size: strings,
        align: 1,
        ..Header::default()
    });
    headers.push(Header {
        name: add_name(&mut names, &[".note.GNU-stack"]),
        kind: elf::SHT_PROGBITS,
        offset: end,
        align: 1,
        ..Header::default()
    });
    let name_header = Header {
        name: add_name(&mut names, &[".shstrtab"]),
        kind: elf::SHT_STRTAB,
        offset: place(&mut end, 1, names.len() as u64),
        size: names.len() as u64,
        align: 1,
        ..Header::default()
    };
    headers.push(name_header);
    let table = place(&mut end, 8, headers.len() as u64 * SECTION_HEADER_SIZE);

    let mut out = Output { bytes: Vec::with_capacity(end as usize) };
    out.file_header(&isa, table, headers.len());
    let mut relocations = Vec::new();
    let kinds: Vec<SectionKind> = sections.iter().map(|section| section.kind).collect();
    for (section, header) in sections.into_iter().zip(headers.iter().skip(1)) {
        relocations.push(out.content(section, header.offset));
    }
    for section in relocations.into_iter().filter(|section| !section.is_empty()) {
        out.pad_to(out.len().next_multiple_of(8), 0);
        for relocation in section {
            let symbol = match relocation.target {
                RelocationTarget::Section(kind) => {
                    let number = kinds.iter().position(|known| *known == kind);
                    number.ok_or_else(|| Error::internal(format!("relocation to no section {kind:?}")))? as u64 + 1
                }
                RelocationTarget::Label(number) => 1 + symbols.sections as u64 + u64::from(number.0),
                RelocationTarget::External(number) => {
                    u64::from(symbols.local_count()) + symbols.globals.len() as u64 + u64::from(number.0)
                }
            };
            out.u64(u64::from(relocation.offset));
            let kind = (isa.relocation)(relocation.kind)
                .ok_or_else(|| Error::internal(format!("{}: relocation {:?}", target.name, relocation.kind)))?;
            out.u64(symbol << 32 | u64::from(kind));
            out.u64(relocation.addend as u64);
        }
    }
    out.pad_to(out.len().next_multiple_of(8), 0);
    out.symbols(&symbols, &kinds);
    out.strings(symbols);
    out.bytes.extend_from_slice(&names);
    out.pad_to(table, 0);
    for header in &headers {
        out.section_header(header);
    }
    if out.len() != end {
        return Err(Error::internal(format!("object of {} bytes, {end} planned", out.len())));
    }
    Ok(out.bytes)
}

/// What differs between instruction sets.
struct Isa {
    machine: u16,
    flags: u32,
    relocation: fn(RelocationKind) -> Option<u32>,
}

impl Isa {
    fn of(target: &Target) -> Result<Isa> {
        match target.triple.architecture {
            Architecture::X86_64 => Ok(Isa {
                machine: elf::EM_X86_64,
                flags: 0,
                relocation: |kind| match kind {
                    RelocationKind::Absolute64 => Some(elf::R_X86_64_64),
                    RelocationKind::Relative32 => Some(elf::R_X86_64_PC32),
                    RelocationKind::X86Call => Some(elf::R_X86_64_PLT32),
                    RelocationKind::Section32 => Some(elf::R_X86_64_32),
                    _ => None,
                },
            }),
            Architecture::Aarch64(_) => Ok(Isa {
                machine: elf::EM_AARCH64,
                flags: 0,
                relocation: |kind| match kind {
                    RelocationKind::Absolute64 => Some(elf::R_AARCH64_ABS64),
                    RelocationKind::Relative32 => Some(elf::R_AARCH64_PREL32),
                    RelocationKind::Section32 => Some(elf::R_AARCH64_ABS32),
                    RelocationKind::Aarch64Call => Some(elf::R_AARCH64_CALL26),
                    RelocationKind::Aarch64Jump => Some(elf::R_AARCH64_JUMP26),
                    RelocationKind::Aarch64Page => Some(elf::R_AARCH64_ADR_PREL_PG_HI21),
                    RelocationKind::Aarch64PageOffset => Some(elf::R_AARCH64_ADD_ABS_LO12_NC),
                    _ => None,
                },
            }),
            Architecture::Riscv64(_) => Ok(Isa {
                machine: elf::EM_RISCV,
                // As rustc's objects for riscv64gc: linkers refuse to mix.
                flags: elf::EF_RISCV_RVC | elf::EF_RISCV_FLOAT_ABI_DOUBLE,
                relocation: |kind| match kind {
                    RelocationKind::Absolute64 => Some(elf::R_RISCV_64),
                    RelocationKind::Relative32 => Some(elf::R_RISCV_32_PCREL),
                    RelocationKind::Section32 => Some(elf::R_RISCV_32),
                    RelocationKind::RiscvCall => Some(elf::R_RISCV_CALL_PLT),
                    RelocationKind::RiscvHigh => Some(elf::R_RISCV_PCREL_HI20),
                    RelocationKind::RiscvLow => Some(elf::R_RISCV_PCREL_LO12_I),
                    _ => None,
                },
            }),
            architecture => Err(Error::unsupported(format!("{}: no ELF for {architecture}", target.name))),
        }
    }
}

/// Section name.
fn name(kind: SectionKind) -> &'static str {
    match kind {
        SectionKind::Text => ".text",
        SectionKind::Functions => ".wasmaot.functions",
        SectionKind::Traps => ".wasmaot.traps",
        SectionKind::Sites => ".wasmaot.sites",
        SectionKind::Lines => ".wasmaot.lines",
        SectionKind::Names => ".wasmaot.names",
        SectionKind::Grants => wasmaot_abi::grant::SECTION,
        SectionKind::Info => wasmaot_abi::info::SECTION,
        SectionKind::ReadOnly => ".rodata",
        SectionKind::Unwind | SectionKind::UnwindTable => ".eh_frame",
        SectionKind::ReadOnlyRelocated => ".data.rel.ro",
        SectionKind::Data => ".data",
        SectionKind::Image => ".wasmaot.image",
        SectionKind::Zero => ".bss",
        SectionKind::Attributes => ".riscv.attributes",
        SectionKind::Debug(kind) => debug_name(kind),
    }
}

/// Name of a section of debug information, here and in COFF.
pub(super) fn debug_name(kind: DebugKind) -> &'static str {
    match kind {
        DebugKind::Info => ".debug_info",
        DebugKind::Abbrev => ".debug_abbrev",
        DebugKind::Line => ".debug_line",
        DebugKind::Str => ".debug_str",
        DebugKind::RngLists => ".debug_rnglists",
        DebugKind::LocLists => ".debug_loclists",
        DebugKind::Ranges => ".debug_ranges",
        DebugKind::Loc => ".debug_loc",
        DebugKind::Code => ".wasmaot.debug",
    }
}

/// Section flags.
fn flags(kind: SectionKind) -> u32 {
    match kind {
        SectionKind::Text => elf::SHF_ALLOC | elf::SHF_EXECINSTR,
        SectionKind::ReadOnlyRelocated | SectionKind::Data | SectionKind::Image | SectionKind::Zero => {
            elf::SHF_ALLOC | elf::SHF_WRITE
        }
        // No relocation leads to it; linkers that collect sections would drop it.
        SectionKind::Info => elf::SHF_GNU_RETAIN,
        SectionKind::Debug(DebugKind::Code) => elf::SHF_ALLOC | elf::SHF_EXECINSTR | elf::SHF_GNU_RETAIN,
        SectionKind::Attributes | SectionKind::Debug(_) => 0,
        _ => elf::SHF_ALLOC,
    }
}

/// One section header.
#[derive(Default)]
struct Header {
    name: u32,
    kind: u32,
    flags: u64,
    offset: u64,
    size: u64,
    link: u32,
    info: u32,
    align: u64,
    entry_size: u64,
}

/// Header of a section with content, for which room is taken in the file.
fn content_header(section: &Section<'_>, names: &mut Vec<u8>, end: &mut u64) -> Header {
    let zero = section.kind == SectionKind::Zero;
    Header {
        name: add_name(names, &[name(section.kind)]),
        kind: match section.kind {
            SectionKind::Zero => elf::SHT_NOBITS,
            SectionKind::Attributes => elf::SHT_RISCV_ATTRIBUTES,
            _ => elf::SHT_PROGBITS,
        },
        flags: u64::from(flags(section.kind)),
        offset: place(end, FILE_ALIGN, if zero { 0 } else { section.size }),
        size: section.size,
        align: section.align,
        ..Header::default()
    }
}

/// Takes room in the file.
fn place(end: &mut u64, align: u64, size: u64) -> u64 {
    let start = end.next_multiple_of(align);
    *end = start + size;
    start
}

/// Adds a section name.
fn add_name(names: &mut Vec<u8>, parts: &[&str]) -> u32 {
    let at = names.len() as u32;
    for part in parts {
        names.extend_from_slice(part.as_bytes());
    }
    names.push(0);
    at
}

/// Name of all labels; linkers drop local symbols that begin like it.
const LABEL: &str = ".L";

/// Names of mapping symbols: instructions, and data (ELF for the Arm 64-bit Architecture 5.5.4; RISC-V psABI, "Mapping
/// Symbol").
const MAPPING: [&str; 2] = ["$x", "$d"];

/// Symbols in the order of the file: null, sections, labels, mapping symbols, locals, globals, undefined.
struct SymbolTable<'data> {
    sections: usize,
    labels: Vec<u32>,
    mapping: Vec<(u32, bool)>,
    locals: Vec<DefinedSymbol<'data>>,
    globals: Vec<DefinedSymbol<'data>>,
    externals: Vec<&'data str>,
}

impl SymbolTable<'_> {
    fn local_count(&self) -> u32 {
        (1 + self.sections + self.labels.len() + self.mapping.len() + self.locals.len()) as u32
    }

    fn count(&self) -> u64 {
        u64::from(self.local_count()) + (self.globals.len() + self.externals.len()) as u64
    }

    /// Names of labels and mapping symbols, each once.
    fn shared_names(&self) -> impl Iterator<Item = &'static str> + use<> {
        let label = (!self.labels.is_empty()).then_some(LABEL);
        let mapping: &[&str] = if self.mapping.is_empty() { &[] } else { &MAPPING };
        label.into_iter().chain(mapping.iter().copied())
    }

    fn strings_size(&self) -> u64 {
        let defined = self.locals.iter().chain(&self.globals).map(|symbol| symbol.name.len() as u64 + 1);
        let shared: u64 = self.shared_names().map(|name| name.len() as u64 + 1).sum();
        1 + shared + defined.chain(self.externals.iter().map(|name| name.len() as u64 + 1)).sum::<u64>()
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

    fn u16(&mut self, value: u16) {
        self.bytes.extend_from_slice(&value.to_le_bytes());
    }

    fn u32(&mut self, value: u32) {
        self.bytes.extend_from_slice(&value.to_le_bytes());
    }

    fn u64(&mut self, value: u64) {
        self.bytes.extend_from_slice(&value.to_le_bytes());
    }

    fn pad_to(&mut self, offset: u64, fill: u8) {
        self.bytes.resize(offset as usize, fill);
    }

    fn file_header(&mut self, isa: &Isa, table: u64, sections: usize) {
        self.bytes.extend_from_slice(&elf::ELFMAG);
        self.bytes.extend_from_slice(&[elf::ELFCLASS64, elf::ELFDATA2LSB, elf::EV_CURRENT, elf::ELFOSABI_NONE]);
        self.u64(0);
        self.u16(elf::ET_REL);
        self.u16(isa.machine);
        self.u32(u32::from(elf::EV_CURRENT));
        self.u64(0); // entry
        self.u64(0); // program headers
        self.u64(table);
        self.u32(isa.flags);
        self.u16(HEADER_SIZE as u16);
        self.u16(0);
        self.u16(0);
        self.u16(SECTION_HEADER_SIZE as u16);
        self.u16(sections as u16);
        self.u16(sections as u16 - 1);
    }

    /// Writes and frees a section's content; returns its relocations.
    fn content(&mut self, section: Section<'_>, offset: u64) -> Vec<super::relocatable::Relocation> {
        self.pad_to(offset, 0);
        if section.kind != SectionKind::Zero {
            for piece in section.pieces {
                self.pad_to(offset + piece.offset, section.fill);
                self.bytes.extend_from_slice(&piece.bytes);
            }
            self.pad_to(offset + section.size, section.fill);
        }
        section.relocations
    }

    fn symbols(&mut self, table: &SymbolTable<'_>, kinds: &[SectionKind]) {
        self.symbol(0, 0, elf::SHN_UNDEF, 0, 0);
        for number in 0..table.sections {
            self.symbol(0, elf::STT_SECTION, number as u16 + 1, 0, 0);
        }
        let section_of = |kind| kinds.iter().position(|known| *known == kind).map_or(elf::SHN_UNDEF, |n| n as u16 + 1);
        let mut name = 1u32;
        for label in &table.labels {
            self.symbol(name, elf::STT_NOTYPE, section_of(SectionKind::Text), u64::from(*label), 0);
        }
        if !table.labels.is_empty() {
            name += LABEL.len() as u32 + 1;
        }
        for &(offset, data) in &table.mapping {
            let name = name + if data { MAPPING[0].len() as u32 + 1 } else { 0 };
            self.symbol(name, elf::STT_NOTYPE, section_of(SectionKind::Text), u64::from(offset), 0);
        }
        if !table.mapping.is_empty() {
            name += MAPPING.iter().map(|name| name.len() as u32 + 1).sum::<u32>();
        }
        for symbol in table.locals.iter().chain(&table.globals) {
            let bind = if symbol.global { elf::STB_GLOBAL } else { elf::STB_LOCAL };
            let kind = match symbol.size {
                _ if symbol.function => elf::STT_FUNC,
                // A place in code.
                0 => elf::STT_NOTYPE,
                _ => elf::STT_OBJECT,
            };
            self.symbol(name, bind << 4 | kind, section_of(symbol.section), symbol.offset, symbol.size);
            name += symbol.name.len() as u32 + 1;
        }
        for external in &table.externals {
            self.symbol(name, elf::STB_GLOBAL << 4, elf::SHN_UNDEF, 0, 0);
            name += external.len() as u32 + 1;
        }
    }

    fn symbol(&mut self, name: u32, info: u8, section: u16, value: u64, size: u64) {
        self.u32(name);
        self.bytes.extend_from_slice(&[info, elf::STV_DEFAULT]);
        self.u16(section);
        self.u64(value);
        self.u64(size);
    }

    /// Writes the names of symbols.
    fn strings(&mut self, table: SymbolTable<'_>) {
        self.bytes.push(0);
        let defined = table.locals.iter().chain(&table.globals).map(|symbol| symbol.name.as_ref());
        let shared = table.shared_names().map(|name| -> &str { name });
        for name in shared.chain(defined).chain(table.externals.iter().copied()) {
            self.bytes.extend(name.bytes().map(|byte| if byte == 0 { b'?' } else { byte }));
            self.bytes.push(0);
        }
    }

    fn section_header(&mut self, header: &Header) {
        self.u32(header.name);
        self.u32(header.kind);
        self.u64(header.flags);
        self.u64(0); // address
        self.u64(header.offset);
        self.u64(header.size);
        self.u32(header.link);
        self.u32(header.info);
        self.u64(header.align);
        self.u64(header.entry_size);
    }
}
