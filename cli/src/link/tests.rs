//! Links objects whose machine code is written by hand (x86-64) with the real runtime, and runs them.

use super::*;
use cranelift_codegen::binemit::Reloc;
use object::{Object, ObjectSection, ObjectSegment, ObjectSymbol};
use std::borrow::Cow;
use std::io::ErrorKind;
use std::os::unix::fs::PermissionsExt;
use std::process::Output as ProcessOutput;
use std::time::Duration;
use wasmaot_abi::trap::TrapKind;
use wasmaot_compiler::codegen::{CompiledFunction, Relocation};
use wasmaot_compiler::object::{
    self as writer, DataBytes, DataObject, DataRelocation, DataRelocationKind, Input as ObjectInput, ProgramParts,
    Section,
};
use wasmaot_compiler::observer::Silent;
use wasmaot_compiler::options::OptLevel;
use wasmaot_compiler::program::InstanceId;
use wasmaot_compiler::symbols::{DataId, FunctionId, FunctionInfo, Symbol};

const TARGET: &str = "x86_64-linux";

fn options(strip: bool) -> Options {
    let mut options = Options::new(Target::parse(TARGET).unwrap());
    options.strip = strip;
    options
}

fn function(code: &[u8], relocations: Vec<Relocation>) -> CompiledFunction {
    CompiledFunction {
        code: code.to_vec(),
        align: 16,
        placement: Default::default(),
        relocations,
        traps: Vec::new(),
        sites: Vec::new(),
        literals: Vec::new(),
        unwind: None,
        debug: None,
        kept: None,
    }
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
    writer::write(ObjectInput {
        target: &target,
        strip,
        functions,
        infos,
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

fn run(name: &str, bytes: &[u8]) -> ProcessOutput {
    let path = std::env::temp_dir().join(format!("wasmaot-link-test-{}-{name}", std::process::id()));
    fs::write(&path, bytes).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
    let output = output(&mut Command::new(&path));
    if std::env::var_os("KEEP").is_none() {
        fs::remove_file(&path).unwrap();
    }
    output
}

/// What a program says that was just written: the file is busy while a fork of another thread, on its way to an exec, has
/// it open for writing still.
fn output(command: &mut Command) -> ProcessOutput {
    loop {
        match command.output() {
            Err(error) if error.kind() == ErrorKind::ExecutableFileBusy => std::thread::sleep(Duration::from_millis(1)),
            output => return output.unwrap(),
        }
    }
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
        let limit = if strip { 48 << 10 } else { 80 << 10 };
        assert!(bytes.len() < limit, "{} bytes", bytes.len());
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

/// `lea rax, [rip + from]; lea rcx, [rip + to]; mov eax, [rax]; mov [rcx], eax; ret`, with relocations to data.
fn copies(from: Symbol, to: Symbol) -> CompiledFunction {
    let code = [0x48, 0x8d, 5, 0, 0, 0, 0, 0x48, 0x8d, 0xd, 0, 0, 0, 0, 0x8b, 0, 0x89, 1, 0xc3];
    let relocation = |offset, target| Relocation { offset, kind: Reloc::X86PCRel4, target, addend: -4 };
    function(&code, vec![relocation(3, from), relocation(10, to)])
}

/// A program with data in every section, whose `_start` copies from the image to zeroed data.
fn with_data() -> Vec<u8> {
    let mut pointers = data("pointers", Section::Data, DataBytes::Zero(24));
    let pointer = |offset, kind, target, addend| DataRelocation { offset, kind, target, addend };
    pointers.relocations = vec![
        pointer(0, DataRelocationKind::Absolute, Symbol::Function(FunctionId(0)), 0),
        pointer(8, DataRelocationKind::Absolute, Symbol::Data(DataId(2)), 5),
        pointer(16, DataRelocationKind::Relative32, Symbol::Function(FunctionId(1)), 0),
    ];
    let more = vec![
        data("first page", Section::Image, DataBytes::Bytes(vec![0xab; 5000].into())),
        data("zeros", Section::Zero, DataBytes::Zero(100_000)),
        data("constant", Section::ReadOnly, DataBytes::Bytes(b"constant".to_vec().into())),
        data("variable", Section::Data, DataBytes::Bytes(b"variable".to_vec().into())),
        data("second page", Section::Image, DataBytes::Bytes(vec![0xcd; 4096].into())),
        pointers,
    ];
    let main = copies(Symbol::Data(DataId(2)), Symbol::Data(DataId(3)));
    let other = copies(Symbol::Data(DataId(4)), Symbol::Data(DataId(7)));
    let functions = vec![main, other];
    object(false, functions, &[info("main", Some(0)), info("other", Some(1))], more)
}

#[test]
fn data_is_where_it_should_be() {
    let bytes = link(with_data(), &options(false), None).unwrap();
    assert_eq!(run("data", &bytes).status.code(), Some(0));
    let file = object::File::parse(&*bytes).unwrap();
    let image = file.section_by_name(".wasmaot.image").unwrap();
    assert_eq!((image.address() % 4096, image.size()), (0, 3 * 4096));
    assert_eq!(&image.data().unwrap()[..5000], [0xab; 5000]);
    assert_eq!(&image.data().unwrap()[8192..], [0xcd; 4096]);
    // No other section shares its pages, and they are mapped from the file as they are.
    let pages = image.address()..image.address() + image.size();
    for other in file.sections().filter(|other| other.address() != 0 && other.size() != 0) {
        let shares = other.address() < pages.end && other.address() + other.size() > pages.start;
        assert!(!shares || other.index() == image.index(), "{}", other.name().unwrap());
    }
    let segment = file
        .segments()
        .find(|segment| segment.address() <= pages.start && pages.end <= segment.address() + segment.file_range().1);
    assert!(segment.unwrap().permissions().writable());
    let symbol = file.symbol_by_name("pointers").unwrap();
    let data = file.section_by_index(symbol.section_index().unwrap()).unwrap();
    assert_eq!(data.name(), Ok(".data"));
    let names: Vec<_> = file.symbols().filter_map(|symbol| symbol.name().ok()).collect();
    assert!(names.contains(&"main") && names.contains(&"other") && names.contains(&"wasmaot_program"));
}

#[test]
fn result_is_the_same_for_any_number_of_threads() {
    let mut results = Vec::new();
    for threads in [1, 2, 8] {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        results.push(pool.install(|| link(with_data(), &options(false), None).unwrap()));
    }
    assert!(results.iter().all(|result| *result == results[0]));
}

#[test]
fn external_linker() {
    // The system's linker, where there is one.
    let linker = Path::new("/usr/bin/ld");
    if linker.exists() {
        let bytes = link(with_data(), &options(false), Some(linker)).unwrap();
        assert_eq!(run("external", &bytes).status.code(), Some(0));
    }
    let error = link(with_data(), &options(false), Some(Path::new("/nonexistent/linker"))).unwrap_err();
    assert!(error.contains("/nonexistent/linker"), "{error}");
}

#[test]
fn malformed_object_is_one_line() {
    let error = link(b"\x7fELF nonsense".to_vec(), &options(false), None).unwrap_err();
    assert_eq!(error.lines().count(), 1, "{error}");
}

#[test]
fn target_without_runtime_says_what_to_do() {
    let target = Target { name: "other-linux", ..Target::parse(TARGET).unwrap() };
    let error = runtime(&target).unwrap_err();
    assert!(error.contains("other-linux") && error.contains("rustup target add"), "{error}");
}

/// Recursion with values that live across the call, so that frames save registers; no memory is touched.
const RECURSION: &str = r#"(module
    (import "wasi_snapshot_preview1" "sched_yield" (func $yield (result i32)))
    (func $recurse (param $n i32) (param $a i64) (result i64)
        (local $b i64) (local $c i64) (local $d i64) (local $e i64) (local $f i64)
        (if (i32.eqz (local.get $n)) (then (drop (call $yield)) (return (i64.const 1))))
        (local.set $b (i64.mul (local.get $a) (i64.const 7)))
        (local.set $c (i64.mul (local.get $b) (i64.const 7)))
        (local.set $d (i64.mul (local.get $c) (i64.const 7)))
        (local.set $e (i64.mul (local.get $d) (i64.const 7)))
        (local.set $f (i64.mul (local.get $e) (local.get $d)))
        (i64.add (call $recurse (i32.sub (local.get $n) (i32.const 1)) (local.get $f))
            (i64.add (local.get $b) (i64.xor (local.get $c)
                (i64.or (local.get $d) (i64.sub (local.get $e) (local.get $f)))))))
    (func $not_called)
    (func (export "_start") (drop (call $recurse (i32.const 3) (i64.const 9)))))"#;

/// A host that prints the wasm index of every compiled function on the stack, as the C compiler's unwinder finds them.
const UNWINDER: &str = r#"
#include <stdint.h>
#include <stdio.h>
#include <unwind.h>
extern struct { uint32_t version, flags; uint64_t stack_size; void *instances; uint64_t instance_count;
    void (*main)(void); char *text; uint64_t text_len; struct { uint32_t code, index, name, sites; } *functions;
    uint64_t function_count; } wasmaot_program;
static _Unwind_Reason_Code frame(struct _Unwind_Context *context, void *data) {
    uint64_t offset = (char *)_Unwind_GetIP(context) - 1 - wasmaot_program.text;
    uint64_t row = wasmaot_program.function_count;
    while (row != 0 && wasmaot_program.functions[row - 1].code > offset) row--;
    if (offset < wasmaot_program.text_len) printf("%d ", (int)wasmaot_program.functions[row - 1].index);
    return _URC_NO_REASON;
}
int wasmaot_p1_sched_yield(void *context) { _Unwind_Backtrace(frame, 0); return 0; }
int main(void) { wasmaot_program.main(); printf("done"); return 0; }
"#;

/// Walks through frames of one target, with a C compiler for it and what runs its programs; nothing if there is none.
fn walk(name: &str, compiler: &str, emulator: Option<&str>) {
    if Command::new(compiler).arg("--version").output().is_err() {
        assert!(emulator.is_some(), "no {compiler}");
        return eprintln!("no {compiler}: not tested");
    }
    for level in [OptLevel::O0, OptLevel::O2] {
        let target = Target::parse(name).unwrap();
        let options = Options { opt_level: level, target, ..options(false) };
        let wasm = wasmaot_compiler::parse::to_binary(RECURSION.as_bytes()).unwrap();
        let module = wasmaot_compiler::parse::parse(&wasm, &options.features).unwrap();
        let program = wasmaot_compiler::link::command(module).unwrap();
        let object = wasmaot_compiler::compile(&program, &options, &Silent).unwrap();
        let folder = std::env::temp_dir().join(format!("wasmaot-unwind-test-{}-{name}-{level:?}", std::process::id()));
        fs::create_dir(&folder).unwrap();
        fs::write(folder.join("program.o"), object).unwrap();
        fs::write(folder.join("host.c"), UNWINDER).unwrap();
        let mut build = Command::new(compiler);
        // Not every compiler makes tables for C.
        build.args(["-funwind-tables", "host.c", "program.o", "-o", "host"]).current_dir(&folder);
        let built = if emulator.is_some() { build.arg("-static").output() } else { build.output() };
        let built = built.unwrap();
        assert!(built.status.success(), "{}", String::from_utf8_lossy(&built.stderr));
        let output = match emulator {
            Some(emulator) => Command::new(emulator).arg(folder.join("host")).output().unwrap(),
            None => Command::new(folder.join("host")).output().unwrap(),
        };
        fs::remove_dir_all(&folder).unwrap();
        // Function 0 is the import; the last frame is the trampoline that enters wasm.
        assert_eq!(String::from_utf8_lossy(&output.stdout), "1 1 1 1 3 -1 done", "{name} {level:?}");
    }
}

#[test]
fn unwinder_walks_through_compiled_frames() {
    let compiler = std::env::var("CC").unwrap_or_else(|_| "cc".to_owned());
    walk(TARGET, &compiler, None);
    walk("aarch64-linux", "aarch64-linux-gnu-gcc", Some("qemu-aarch64"));
    walk("riscv64-linux", "riscv64-linux-gnu-gcc", Some("qemu-riscv64"));
}
