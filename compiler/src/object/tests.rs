//! Reads back what was written, with the `object` and `gimli` crates.

use super::*;
use crate::codegen::Relocation;
use crate::options::OptLevel;
use crate::program::InstanceId;
use ::object::{Object, ObjectSection, ObjectSymbol, RelocationFlags, RelocationTarget, elf};
use cranelift_codegen::binemit::Reloc;
use cranelift_codegen::ir::{AbiParam, InstBuilder, Signature, UserFuncName, types};
use cranelift_codegen::isa::CallConv;
use cranelift_codegen::isa::unwind::UnwindInfo;
use cranelift_frontend::{FunctionBuilder, FunctionBuilderContext};
use gimli::UnwindSection;
use std::collections::BTreeMap;
use wasmaot_abi::ABI_VERSION;
use wasmaot_abi::builtin::Builtin;
use wasmaot_abi::program::{NO_FUNCTION, NO_NAME};
use wasmaot_abi::trap::TrapKind;

fn target() -> Target {
    Target::parse("x86_64-linux").unwrap()
}

/// Code and unwind information of `fn(i64) -> i64`, by Cranelift.
fn compiled() -> (Vec<u8>, Option<UnwindInfo>) {
    let isa = target().isa(OptLevel::O2, true, false, false).unwrap();
    let mut signature = Signature::new(CallConv::SystemV);
    signature.params.push(AbiParam::new(types::I64));
    signature.returns.push(AbiParam::new(types::I64));
    let function = cranelift_codegen::ir::Function::with_name_signature(UserFuncName::user(0, 0), signature);
    let mut context = cranelift_codegen::Context::for_function(function);
    let mut builder_context = FunctionBuilderContext::new();
    let mut builder = FunctionBuilder::new(&mut context.func, &mut builder_context);
    let block = builder.create_block();
    builder.append_block_params_for_function_params(block);
    builder.switch_to_block(block);
    builder.seal_all_blocks();
    let value = builder.block_params(block)[0];
    let doubled = builder.ins().iadd(value, value);
    builder.ins().return_(&[doubled]);
    builder.finalize(isa.frontend_config());
    let code = context.compile(&*isa, &mut Default::default()).unwrap();
    (code.code_buffer().to_vec(), code.create_unwind_info(&*isa).unwrap())
}

fn function(len: usize, relocations: Vec<(u32, Reloc, Symbol, i64)>) -> CompiledFunction {
    let relocations = relocations.into_iter();
    CompiledFunction {
        code: vec![0x90; len],
        align: 16,
        placement: Default::default(),
        relocations: relocations
            .map(|(offset, kind, target, addend)| Relocation { offset, kind, target, addend })
            .collect(),
        traps: Vec::new(),
        sites: Vec::new(),
        literals: Vec::new(),
        unwind: None,
        debug: None,
        kept: None,
    }
}

fn info(name: &str, index: Option<u32>) -> FunctionInfo {
    FunctionInfo { name: name.to_owned(), wasm: index.map(|index| (InstanceId(0), index)) }
}

fn data<'data>(name: &str, global: bool, section: Section, align: u32, bytes: DataBytes<'data>) -> DataObject<'data> {
    DataObject { name: name.to_owned(), global, section, align, bytes, relocations: Vec::new() }
}

/// Three functions and a trampoline, and data in several sections.
fn sample(strip: bool) -> Vec<u8> {
    let (code, unwind) = compiled();
    let first = CompiledFunction { unwind: unwind.clone(), code, ..function(0, vec![]) };
    let mut second = function(
        40,
        vec![
            (1, Reloc::X86CallPCRel4, Symbol::Function(FunctionId(2)), -4),
            (8, Reloc::X86PCRel4, Symbol::Data(DataId(1)), 4),
            (16, Reloc::X86CallPLTRel4, Symbol::WasiP1(3), -4),
            (23, Reloc::X86GOTPCRel4, Symbol::Builtin(Builtin::MemoryGrow), -4),
            (30, Reloc::X86PCRel4, Symbol::Text, -4),
        ],
    );
    second.code[21] = 0x8b;
    second.traps = vec![(2, TrapKind::Unreachable), (20, TrapKind::IntegerOverflow)];
    second.sites = vec![(2, 1000), (20, 900), (300, 0x7fff_ffff)];
    let mut third = function(5, vec![(1, Reloc::X86CallPCRel4, Symbol::Function(FunctionId(1)), -4)]);
    third.traps = vec![(4, TrapKind::BadSignature)];
    third.unwind = unwind;
    let functions = vec![first, second, third, function(1, vec![])];
    let infos = [info("first", Some(5)), info("a\0b", Some(6)), info("third", Some(7)), info("trampoline", None)];
    let mut pointers = data("pointers", true, Section::ReadOnlyRelocated, 8, DataBytes::Zero(24));
    let relocation = |offset, kind, target, addend| DataRelocation { offset, kind, target, addend };
    pointers.relocations = vec![
        relocation(8, DataRelocationKind::Absolute, Symbol::Data(DataId(1)), 3),
        relocation(16, DataRelocationKind::Relative32, Symbol::Function(FunctionId(2)), 16),
    ];
    let objects = vec![
        data("byte", false, Section::Data, 1, DataBytes::Bytes(vec![7].into())),
        data("word", false, Section::Data, 8, DataBytes::Bytes(vec![8; 8].into())),
        pointers,
        data("zeros", false, Section::Zero, 64, DataBytes::Zero(1 << 40)),
        data("image", false, Section::Image, 1, DataBytes::Bytes(vec![9; 4097].into())),
        data("grants", false, Section::Grants, 1, DataBytes::Bytes(b"arg0\0x\0".as_slice().into())),
    ];
    let program = ProgramParts {
        local: false,
        flags: 1,
        stack_size: 8 << 20,
        instances: Some(DataId(2)),
        instance_count: 1,
        main: Some(FunctionId(3)),
        grants: Some((DataId(5), 7)),
        script: None,
    };
    write(Input {
        target: &target(),
        strip,
        functions,
        infos: &infos,
        exports: &[],
        linked: &[],
        data: objects,
        debug: vec![],
        lines: vec![],
        symbols: &Default::default(),
        main: None,
        program,
    })
    .unwrap()
}

fn section<'a>(file: &::object::File<'a>, name: &str) -> &'a [u8] {
    file.section_by_name(name).unwrap_or_else(|| panic!("no {name}")).data().unwrap()
}

fn words(bytes: &[u8]) -> Vec<u32> {
    bytes.chunks(4).map(|word| u32::from_le_bytes(word.try_into().unwrap())).collect()
}

/// Relocations of a section: offset -> (type, target's name, addend).
fn relocations(file: &::object::File<'_>, name: &str) -> BTreeMap<u64, (u32, String, i64)> {
    let section = file.section_by_name(name).unwrap();
    let rows = section.relocations().map(|(offset, relocation)| {
        let RelocationFlags::Elf { r_type } = relocation.flags() else { panic!("not ELF") };
        let RelocationTarget::Symbol(symbol) = relocation.target() else { panic!("no symbol") };
        let symbol = file.symbol_by_index(symbol).unwrap();
        let name = match symbol.section_index().filter(|_| symbol.name() == Ok("")) {
            Some(section) => file.section_by_index(section).unwrap().name().unwrap().to_owned(),
            None => symbol.name().unwrap().to_owned(),
        };
        (offset, (r_type, name, relocation.addend()))
    });
    rows.collect()
}

#[test]
fn code_and_its_relocations() {
    let bytes = sample(false);
    let file = ::object::File::parse(&*bytes).unwrap();
    let first = compiled().0.len() as u64;
    let second = first.next_multiple_of(16);
    let third = second + 48;
    let text = section(&file, ".text");
    let value = |at: u64| i32::from_le_bytes(text[at as usize..at as usize + 4].try_into().unwrap());
    assert_eq!(value(second + 1), 48 - 5);
    assert_eq!(value(third + 1), -48 - 5);
    assert_eq!(value(second + 30), -(second as i32) - 34);
    assert_eq!(text[second as usize + 21], 0x8d);
    assert!(text[second as usize + 40..third as usize].iter().all(|byte| *byte == 0xcc));
    let expected = BTreeMap::from([
        (second + 8, (elf::R_X86_64_PC32, ".data".to_owned(), 8 + 4)),
        (second + 16, (elf::R_X86_64_PLT32, Symbol::WasiP1(3).runtime_name().unwrap().to_owned(), -4)),
        (second + 23, (elf::R_X86_64_PC32, "wasmaot_memory_grow".to_owned(), -4)),
    ]);
    assert_eq!(relocations(&file, ".text"), expected);
    let symbol = |name: &str| {
        let symbol = file.symbol_by_name(name).unwrap();
        (symbol.address(), symbol.size(), symbol.is_local(), symbol.kind())
    };
    assert_eq!(symbol("first"), (0, first, true, ::object::SymbolKind::Text));
    assert_eq!(symbol("a?b"), (second, 40, true, ::object::SymbolKind::Text));
    assert_eq!(symbol("trampoline"), (third + 16, 1, true, ::object::SymbolKind::Text));
    assert!(file.symbol_by_name("wasmaot_memory_grow").unwrap().is_undefined());
    assert_eq!(section(&file, ".note.GNU-stack"), [0_u8; 0]);
}

#[test]
fn tables() {
    let bytes = sample(false);
    let file = ::object::File::parse(&*bytes).unwrap();
    let second = (compiled().0.len() as u32).next_multiple_of(16);
    let rows =
        [[0, 5, 0, NO_NAME], [second, 6, 6, 0], [second + 48, 7, 10, NO_NAME], [second + 64, NO_FUNCTION, 16, NO_NAME]];
    assert_eq!(words(section(&file, ".wasmaot.functions")), rows.concat());
    let traps = [second + 2, 1, second + 20, 6, second + 52, 5];
    assert_eq!(words(section(&file, ".wasmaot.traps")), traps);
    assert_eq!(section(&file, ".wasmaot.names"), b"first\0a?b\0third\0trampoline\0");
    let mut sites = gimli::EndianSlice::new(section(&file, ".wasmaot.sites"), gimli::LittleEndian);
    let mut pairs = Vec::new();
    while !sites.is_empty() {
        let native = gimli::leb128::read::unsigned(&mut sites).unwrap();
        pairs.push((native, gimli::leb128::read::signed(&mut sites).unwrap()));
    }
    assert_eq!(pairs, [(2, 1000), (18, -100), (280, 0x7fff_ffff - 900)]);
}

#[test]
fn header() {
    let bytes = sample(false);
    let file = ::object::File::parse(&*bytes).unwrap();
    let symbol = file.symbol_by_name(wasmaot_abi::program::PROGRAM_SYMBOL).unwrap();
    assert!(symbol.is_global() && symbol.size() == 152);
    let start = symbol.address();
    let data = &section(&file, ".data.rel.ro")[start as usize..];
    assert_eq!(words(&data[..16]), [ABI_VERSION, 1, 8 << 20, 0]);
    let count = |at: usize| u64::from_le_bytes(data[at..at + 8].try_into().unwrap());
    assert_eq!(
        [24, 48, 64, 80, 96, 112, 128, 144].map(count),
        [1, section(&file, ".text").len() as u64, 4, 3, section(&file, ".wasmaot.sites").len() as u64, 27, 7, 0]
    );
    let found = relocations(&file, ".data.rel.ro");
    let trampoline = file.symbol_by_name("trampoline").unwrap().address() as i64;
    let names = [
        (16, ".data.rel.ro", 0),
        (32, ".text", trampoline),
        (40, ".text", 0),
        (56, ".wasmaot.functions", 0),
        (72, ".wasmaot.traps", 0),
        (88, ".wasmaot.sites", 0),
        (104, ".wasmaot.names", 0),
        (120, ".wasmaot.grants", 0),
    ];
    for (at, name, addend) in names {
        assert_eq!(found[&(start + at)], (elf::R_X86_64_64, name.to_owned(), addend));
    }
    let third = file.symbol_by_name("third").unwrap().address() as i64;
    assert_eq!(found[&8], (elf::R_X86_64_64, ".data".to_owned(), 8 + 3));
    assert_eq!(found[&16], (elf::R_X86_64_PC32, ".text".to_owned(), third + 16));
    assert_eq!(found.len(), names.len() + 2);
}

#[test]
fn data_sections() {
    let bytes = sample(false);
    assert!(bytes.len() < 20_000);
    let file = ::object::File::parse(&*bytes).unwrap();
    assert_eq!(section(&file, ".data"), [7, 0, 0, 0, 0, 0, 0, 0, 8, 8, 8, 8, 8, 8, 8, 8]);
    let image = file.section_by_name(".wasmaot.image").unwrap();
    assert_eq!((image.align(), image.size()), (4096, 8192));
    assert_eq!(&image.data().unwrap()[4096..], [&[9u8][..], &[0; 4095]].concat());
    let zeros = file.section_by_name(".bss").unwrap();
    assert_eq!((zeros.align(), zeros.size(), zeros.kind()), (64, 1 << 40, ::object::SectionKind::UninitializedData));
    assert_eq!(section(&file, ".wasmaot.grants"), b"arg0\0x\0");
}

#[test]
fn unwind_entries_name_their_functions() {
    let bytes = sample(false);
    let file = ::object::File::parse(&*bytes).unwrap();
    let mut eh_frame = section(&file, ".eh_frame").to_vec();
    for (offset, (r_type, name, addend)) in relocations(&file, ".eh_frame") {
        assert_eq!((r_type, name.as_str()), (elf::R_X86_64_PC32, ".text"));
        // As if .text were at 0x10000 and .eh_frame at 0.
        let value = 0x1_0000 + addend as u32 - offset as u32;
        eh_frame[offset as usize..offset as usize + 4].copy_from_slice(&value.to_le_bytes());
    }
    let section = gimli::EhFrame::new(&eh_frame, gimli::LittleEndian);
    let bases = gimli::BaseAddresses::default().set_eh_frame(0).set_text(0x1_0000);
    for name in ["first", "third"] {
        let symbol = file.symbol_by_name(name).unwrap();
        let address = 0x1_0000 + symbol.address();
        let entry = section.fde_for_address(&bases, address, gimli::EhFrame::cie_from_offset).unwrap();
        assert_eq!(entry.initial_address(), address);
        let mut context = gimli::UnwindContext::new();
        let row = |offset| {
            let row = entry.unwind_info_for_address(&section, &bases, &mut context, address + offset).unwrap();
            row.cfa().clone()
        };
        let cfa: Vec<_> = [0, 1, 4].map(row).to_vec();
        let at = |register, offset| gimli::CfaRule::RegisterAndOffset { register, offset };
        let (rsp, rbp) = (gimli::X86_64::RSP, gimli::X86_64::RBP);
        assert_eq!(cfa, [at(rsp, 8), at(rsp, 16), at(rbp, 16)], "{name}");
    }
    let mut entries = section.entries(&bases);
    let mut count = 0;
    while entries.next().unwrap().is_some() {
        count += 1;
    }
    assert_eq!(count, 3);
}

#[test]
fn strip_leaves_out_names() {
    let bytes = sample(true);
    let file = ::object::File::parse(&*bytes).unwrap();
    assert!(file.section_by_name(".wasmaot.names").is_none());
    assert!(file.section_by_name(".wasmaot.sites").is_none());
    assert!(file.section_by_name(".eh_frame").is_some());
    for symbol in file.symbols() {
        let name = symbol.name().unwrap();
        assert!(symbol.is_undefined() || symbol.is_global() || name.is_empty(), "{name}");
    }
    let rows = words(section(&file, ".wasmaot.functions"));
    assert!(rows.chunks(4).all(|row| row[2] == NO_NAME && row[3] == NO_NAME));
}

#[test]
fn impossible_relocations_are_errors() {
    let target = target();
    let cases = [
        (0, Reloc::X86CallPCRel4, Symbol::Function(FunctionId(9))),
        (0, Reloc::X86PCRel4, Symbol::Data(DataId(9))),
        (2, Reloc::X86PCRel4, Symbol::Text),
        (0, Reloc::Abs8, Symbol::Text),
        (1, Reloc::X86GOTPCRel4, Symbol::Builtin(Builtin::Trap)),
    ];
    for (offset, kind, symbol) in cases {
        let functions = vec![function(5, vec![(offset, kind, symbol, 0)])];
        let input = Input {
            target: &target,
            strip: false,
            functions,
            infos: &[info("f", None)],
            exports: &[],
            linked: &[],
            data: vec![],
            debug: vec![],
            lines: vec![],
            symbols: &Default::default(),
            main: None,
            program: ProgramParts::default(),
        };
        assert!(write(input).is_err(), "{kind:?} {symbol:?}");
    }
}
