//! Links objects whose machine code is written by hand (x86-64) with the real runtime, and runs them.

use super::*;
use cranelift_codegen::binemit::Reloc;
use std::borrow::Cow;
use std::os::unix::fs::PermissionsExt;
use std::process::Output as ProcessOutput;
use wasmaot_abi::trap::TrapKind;
use wasmaot_compiler::codegen::{CompiledFunction, Relocation};
use wasmaot_compiler::object::{self as writer, DataBytes, DataObject, Input as ObjectInput, ProgramParts, Section};
use wasmaot_compiler::program::InstanceId;
use wasmaot_compiler::symbols::{DataId, FunctionId, FunctionInfo, Symbol};

const TARGET: &str = "x86_64-linux";

fn options(strip: bool) -> Options {
    let mut options = Options::new(Target::parse(TARGET).unwrap());
    options.strip = strip;
    options
}

fn function(code: &[u8], relocations: Vec<Relocation>) -> CompiledFunction {
    CompiledFunction { code: code.to_vec(), align: 16, relocations, traps: Vec::new(), sites: Vec::new(), unwind: None }
}

fn call(offset: u32, target: Symbol) -> Relocation {
    Relocation { offset, kind: Reloc::X86CallPCRel4, target, addend: -4 }
}

/// `push rbp; mov rbp, rsp; call target; pop rbp; ret`
fn calls(target: Symbol) -> CompiledFunction {
    let code = [0x55, 0x48, 0x89, 0xe5, 0xe8, 0, 0, 0, 0, 0x5d, 0xc3];
    CompiledFunction { sites: vec![(9, 0x123)], ..function(&code, vec![call(5, target)]) }
}

fn info(name: &str, index: Option<u32>) -> FunctionInfo {
    FunctionInfo { name: name.to_owned(), wasm: index.map(|index| (InstanceId(0), index)) }
}

fn data(name: &str, section: Section, bytes: DataBytes<'static>) -> DataObject<'static> {
    DataObject { name: name.to_owned(), global: false, section, align: 8, bytes, relocations: Vec::new() }
}

/// An object with one instance without memories, whose `_start` is the first function.
fn object(strip: bool, functions: Vec<CompiledFunction>, infos: &[FunctionInfo], more: Vec<DataObject<'_>>) -> Vec<u8> {
    let target = Target::parse(TARGET).unwrap();
    let grants = b"arg0\0program\0".as_slice();
    let mut objects = vec![
        DataObject { ..data("instances", Section::ReadOnlyRelocated, DataBytes::Zero(56)) },
        data("grants", Section::Grants, DataBytes::Bytes(Cow::Borrowed(grants))),
    ];
    objects.extend(more);
    let program = ProgramParts {
        stack_size: 1 << 20,
        instances: Some(DataId(0)),
        instance_count: 1,
        main: Some(FunctionId(0)),
        grants: Some((DataId(1), grants.len() as u64)),
        ..ProgramParts::default()
    };
    writer::write(ObjectInput { target: &target, strip, functions, infos, data: objects, program }).unwrap()
}

fn run(name: &str, bytes: &[u8]) -> ProcessOutput {
    let path = std::env::temp_dir().join(format!("wasmaot-link-test-{}-{name}", std::process::id()));
    fs::write(&path, bytes).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
    let output = Command::new(&path).output().unwrap();
    if std::env::var_os("KEEP").is_none() {
        fs::remove_file(&path).unwrap();
    }
    output
}

/// A program that does nothing.
fn nothing(strip: bool) -> Vec<u8> {
    object(strip, vec![function(&[0xc3], vec![])], &[info("main", Some(0))], vec![])
}

#[test]
fn empty_program_runs() {
    for strip in [false, true] {
        let bytes = link(nothing(strip), &options(strip), None).unwrap();
        let output = run(&format!("empty-{strip}"), &bytes);
        assert_eq!((output.status.code(), output.stderr), (Some(0), vec![]), "strip: {strip}");
        assert!(bytes.len() < 40 << 10, "{} bytes", bytes.len());
    }
}

#[test]
fn trap_has_a_backtrace() {
    // push rbp; mov rbp, rsp; ud2
    let mut trap = function(&[0x55, 0x48, 0x89, 0xe5, 0x0f, 0x0b], vec![]);
    trap.traps = vec![(4, TrapKind::Unreachable)];
    trap.sites = vec![(4, 0x456)];
    let functions = vec![calls(Symbol::Function(FunctionId(1))), trap];
    let infos = [info("outer", Some(7)), info("inner function", Some(8))];
    let bytes = link(object(false, functions, &infos, vec![]), &options(false), None).unwrap();
    let output = run("trap", &bytes);
    let text = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(134), "{text}");
    for part in ["unreachable", "inner function", "0x456", "outer", "0x123"] {
        assert!(text.contains(part), "{text}");
    }
}

#[test]
fn missing_runtime_function_is_one_line() {
    let error = link(b"\x7fELF nonsense".to_vec(), &options(false), None).unwrap_err();
    assert_eq!(error.lines().count(), 1, "{error}");
}
