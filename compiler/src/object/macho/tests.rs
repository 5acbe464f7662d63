//! Reads back what was written, with the `object` crate.

use super::*;
use crate::object::relocatable::Piece;
use ::object::read::macho::{MachHeader, Nlist, Section as _, Segment};
use ::object::{LittleEndian, Object, ObjectSection, ObjectSymbol, SectionIndex, SymbolIndex};
use std::borrow::Cow;

type Header64 = macho::MachHeader64<LittleEndian>;
const LE: LittleEndian = LittleEndian;
const TARGETS: [&str; 2] = ["x86_64-macos", "aarch64-macos"];

fn section<'data>(kind: SectionKind, align: u64, size: u64, relocations: Vec<Relocation>) -> Section<'data> {
    let pieces = match kind {
        SectionKind::Zero => Vec::new(),
        _ => vec![Piece { offset: 0, bytes: Cow::Owned(vec![0; size as usize]) }],
    };
    Section { size, pieces, relocations, ..Section::new(kind, align) }
}

fn relocation(offset: u32, kind: RelocationKind, target: RelocationTarget, addend: i64) -> Relocation {
    Relocation { offset, kind, target, addend }
}

fn symbol(name: &'static str, section: SectionKind, offset: u64, global: bool) -> DefinedSymbol<'static> {
    DefinedSymbol { name: name.into(), section, offset, size: 0, function: section == SectionKind::Text, global }
}

/// Code, data, zeros before other sections, and relocations of each kind.
fn sample(target: &str, code: Vec<Relocation>) -> Vec<u8> {
    const TEXT: RelocationTarget = RelocationTarget::Section(SectionKind::Text);
    let mut input = Relocatable::default();
    input.sections = vec![
        section(SectionKind::Zero, 64, 1 << 33, vec![]),
        section(SectionKind::Text, 64, 100, code),
        section(
            SectionKind::ReadOnly,
            4,
            24,
            vec![
                relocation(0, RelocationKind::Relative32, TEXT, 32),
                relocation(12, RelocationKind::Relative32, TEXT, 40 + 4),
            ],
        ),
        section(
            SectionKind::Data,
            16,
            10 << 20,
            vec![
                relocation(8, RelocationKind::Absolute64, RelocationTarget::Section(SectionKind::Zero), 64),
                relocation(16, RelocationKind::Absolute64, RelocationTarget::External(External(1)), 3),
            ],
        ),
        section(
            SectionKind::Unwind,
            8,
            64,
            vec![
                relocation(8, RelocationKind::Relative64, TEXT, 0),
                relocation(40, RelocationKind::Relative64, TEXT, 32),
            ],
        ),
    ];
    input.symbols = vec![
        symbol("wasmaot_program", SectionKind::Data, 32, true),
        symbol("first", SectionKind::Text, 0, false),
        symbol("b\0ad", SectionKind::ReadOnly, 8, false),
        symbol("another", SectionKind::Text, 64, true),
    ];
    input.externals = vec!["wasmaot_z", "wasmaot_b"];
    write(input, &Target::parse(target).unwrap()).unwrap()
}

/// A section's relocations as the file has them: offset, type, relative to the place, target, addend in the content.
fn relocations(bytes: &[u8], name: &str) -> Vec<(u32, u8, bool, String, i64)> {
    let file = ::object::File::parse(bytes).unwrap();
    let content = file.section_by_name(name).unwrap().data().unwrap();
    let header = Header64::parse(bytes, 0).unwrap();
    let (segment, rest) =
        header.load_commands(LE, bytes, 0).unwrap().next().unwrap().unwrap().segment_64().unwrap().unwrap();
    let sections = segment.sections(LE, rest).unwrap();
    let section = sections.iter().find(|section| section.name() == name.as_bytes()).unwrap();
    let row = |relocation: &macho::Relocation<LittleEndian>| {
        let info = relocation.info(LE);
        let number = info.r_symbolnum as usize;
        let name = match (info.r_extern, info.r_type) {
            (true, _) => file.symbol_by_index(SymbolIndex(number)).unwrap().name().unwrap().to_owned(),
            // On AArch64; X86_64_RELOC_GOT, of the same number, is never used.
            (false, macho::ARM64_RELOC_ADDEND) => format!("{number:#x}"),
            (false, _) => file.section_by_index(SectionIndex(number)).unwrap().name().unwrap().to_owned(),
        };
        let field = &content[info.r_address as usize..][..1 << info.r_length];
        let value = match field.len() {
            8 => i64::from_le_bytes(field.try_into().unwrap()),
            _ => i32::from_le_bytes(field.try_into().unwrap()).into(),
        };
        (info.r_address, info.r_type, info.r_pcrel, name, value)
    };
    section.relocations(LE, bytes).unwrap().iter().map(row).collect()
}

#[test]
fn sections_and_symbols() {
    for target in TARGETS {
        let bytes = sample(target, vec![]);
        let file = ::object::File::parse(&*bytes).unwrap();
        let mut end = 0;
        let mut names = Vec::new();
        for section in file.sections() {
            assert!(section.address() >= end && section.address().is_multiple_of(section.align()), "{target}");
            end = section.address() + section.size();
            names.push((section.segment_name().unwrap().unwrap().to_owned(), section.name().unwrap().to_owned()));
        }
        let expected = [
            ("__TEXT", "__text"),
            ("__TEXT", "__const"),
            ("__DATA", "__data"),
            ("__TEXT", "__eh_frame"),
            ("__DATA", "__bss"),
        ];
        assert_eq!(names, expected.map(|(segment, name)| (segment.to_owned(), name.to_owned())));
        assert_eq!(file.section_by_name("__bss").unwrap().size(), 1 << 33);
        assert!(bytes.len() < 11 << 20);

        let kind = |symbol: &::object::Symbol<'_, '_>| match (symbol.is_undefined(), symbol.is_global()) {
            (true, _) => 2,
            (false, global) => u32::from(global),
        };
        let symbols: Vec<_> = file.symbols().map(|symbol| (kind(&symbol), symbol.name().unwrap().to_owned())).collect();
        assert!(symbols.is_sorted_by_key(|(kind, _)| *kind), "{symbols:?}");
        let of = |kind| symbols.iter().filter(move |row| row.0 == kind).map(|row| row.1.as_str()).collect::<Vec<_>>();
        // The function at 32 has no symbol of its own, nor has the start of the constants.
        assert_eq!(of(0), ["_first", "_b?ad", "ltmp0", "ltmp1", "ltmp2"]);
        assert_eq!(of(1), ["_another", "_wasmaot_program"]);
        assert_eq!(of(2), ["_wasmaot_b", "_wasmaot_z"]);
        let place = |name: &str| {
            let symbol = file.symbol_by_name(name).unwrap();
            let section = file.section_by_index(symbol.section_index().unwrap()).unwrap();
            (section.name().unwrap().to_owned(), symbol.address() - section.address())
        };
        assert_eq!(place("_b?ad"), ("__const".to_owned(), 8));
        assert_eq!(place("_wasmaot_program"), ("__data".to_owned(), 32));

        // What only linkers read: the ranges of symbols, and the system.
        let header = Header64::parse(&*bytes, 0).unwrap();
        assert_eq!(header.flags(LE), 0);
        let (mut ranges, mut platform) = (None, None);
        let mut commands = header.load_commands(LE, &*bytes, 0).unwrap();
        while let Some(command) = commands.next().unwrap() {
            if let Some(command) = command.dysymtab().unwrap() {
                let range = [command.ilocalsym, command.nlocalsym, command.iextdefsym, command.nextdefsym];
                ranges = Some([&range[..], &[command.iundefsym, command.nundefsym]].concat());
            }
            if let Some(command) = command.build_version().unwrap() {
                platform = Some((command.platform.get(LE), command.minos.get(LE)));
            }
            if let Some(command) = command.symtab().unwrap() {
                let table = command.symbols::<Header64, _>(LE, &*bytes).unwrap();
                assert!(table.iter().all(|symbol| symbol.n_desc(LE) == 0));
            }
        }
        let ranges: Vec<u32> = ranges.unwrap().iter().map(|value| value.get(LE)).collect();
        assert_eq!(ranges, [0, 5, 5, 2, 7, 2]);
        let minimum = if target == "aarch64-macos" { 11 << 16 } else { 10 << 16 | 13 << 8 };
        assert_eq!(platform, Some((macho::PLATFORM_MACOS, minimum)));
    }
}

#[test]
fn data() {
    for target in TARGETS {
        let bytes = sample(target, vec![]);
        let file = ::object::File::parse(&*bytes).unwrap();
        let row = |offset, kind, name: &str, value| (offset, kind, false, name.to_owned(), value);
        let zeros = file.section_by_name("__bss").unwrap().address() as i64;
        // UNSIGNED is 0 on both; SUBTRACTOR is not.
        let minus = if target == "aarch64-macos" { 1 } else { 5 };
        assert_eq!(relocations(&bytes, "__data"), [row(16, 0, "_wasmaot_b", 3), row(8, 0, "__bss", zeros + 64)]);
        // Target - base + value = target + addend - place.
        let rows = relocations(&bytes, "__const");
        let expected = [
            row(12, minus, "_b?ad", 12 - 4),
            row(12, 0, "ltmp0", 12 - 4),
            row(0, minus, "ltmp1", 0),
            row(0, 0, "ltmp0", 0),
        ];
        assert_eq!(rows, expected);
        let rows = relocations(&bytes, "__eh_frame");
        let expected = [
            row(40, minus, "ltmp2", -40),
            row(40, 0, "ltmp0", -40),
            row(8, minus, "ltmp2", -8),
            row(8, 0, "_first", -8),
        ];
        assert_eq!(rows, expected);
    }
}

#[test]
fn code_of_x86_64() {
    use RelocationKind::{Relative32, X86Call};
    let code = vec![
        relocation(8, Relative32, RelocationTarget::Section(SectionKind::Data), (5 << 20) - 4),
        relocation(16, X86Call, RelocationTarget::External(External(0)), -4),
        relocation(24, Relative32, RelocationTarget::External(External(1)), -5),
    ];
    let bytes = sample("x86_64-macos", code);
    let file = ::object::File::parse(&*bytes).unwrap();
    let data = file.section_by_name("__data").unwrap().address() as i64;
    let expected = [
        (24, macho::X86_64_RELOC_SIGNED, true, "_wasmaot_b".to_owned(), -1),
        (16, macho::X86_64_RELOC_BRANCH, true, "_wasmaot_z".to_owned(), 0),
        (8, macho::X86_64_RELOC_SIGNED, true, "__data".to_owned(), data + (5 << 20) - 12),
    ];
    assert_eq!(relocations(&bytes, "__text"), expected);
}

#[test]
fn code_of_aarch64() {
    use RelocationKind::{Aarch64Call, Aarch64Page, Aarch64PageOffset};
    const DATA: RelocationTarget = RelocationTarget::Section(SectionKind::Data);
    let code = vec![
        relocation(8, Aarch64Page, DATA, 5 << 20),
        relocation(12, Aarch64PageOffset, DATA, 5 << 20),
        relocation(16, Aarch64Call, RelocationTarget::External(External(0)), 0),
        relocation(20, Aarch64Page, DATA, 4 << 20),
    ];
    let bytes = sample("aarch64-macos", code);
    let file = ::object::File::parse(&*bytes).unwrap();
    // An addend of its own only where the symbol, one in 4 MiB, is not the target.
    let rows = relocations(&bytes, "__text");
    let expected = [
        (20, macho::ARM64_RELOC_PAGE21, true, "ltmp2".to_owned(), 0),
        (16, macho::ARM64_RELOC_BRANCH26, true, "_wasmaot_z".to_owned(), 0),
        (12, macho::ARM64_RELOC_ADDEND, false, "0x100000".to_owned(), 0),
        (12, macho::ARM64_RELOC_PAGEOFF12, false, "ltmp2".to_owned(), 0),
        (8, macho::ARM64_RELOC_ADDEND, false, "0x100000".to_owned(), 0),
        (8, macho::ARM64_RELOC_PAGE21, true, "ltmp2".to_owned(), 0),
    ];
    assert_eq!(rows, expected);
    let anchor = file.symbol_by_name("ltmp2").unwrap();
    assert_eq!(anchor.address() - file.section_by_name("__data").unwrap().address(), 4 << 20);
}

#[test]
fn impossible_relocations_are_errors() {
    let cases = [
        ("x86_64-macos", relocation(0, RelocationKind::X86Call, RelocationTarget::External(External(9)), 0)),
        ("x86_64-macos", relocation(0, RelocationKind::RiscvHigh, RelocationTarget::External(External(0)), 0)),
        ("aarch64-macos", relocation(0, RelocationKind::Aarch64Page, RelocationTarget::Section(SectionKind::Image), 0)),
        ("aarch64-macos", relocation(0, RelocationKind::Aarch64Call, RelocationTarget::External(External(0)), 1 << 30)),
    ];
    for (target, relocation) in cases {
        let mut input = Relocatable::default();
        input.sections.push(section(SectionKind::Text, 4, 16, vec![relocation]));
        input.externals.push("f");
        assert!(write(input, &Target::parse(target).unwrap()).is_err(), "{relocation:?}");
    }
}
