//! Programs and objects for macOS. What linkers and dyld look at is read back; and programs run over a stand-in for
//! libSystem (`tests/macos/loader.c`), which shows that code, relocations and runtime work together, not what macOS does.

use crate::case::{Case, printer};
use object::macho::{self, MachHeader64};
use object::read::macho::MachHeader;
use object::{LittleEndian, Object, ObjectSection, ObjectSymbol};
use std::collections::BTreeMap;
use std::fs;
use wasmaot_tests::target;

const LE: LittleEndian = LittleEndian;
const TARGETS: [(&str, u32); 2] = [("aarch64-macos", macho::CPU_TYPE_ARM64), ("x86_64-macos", macho::CPU_TYPE_X86_64)];

/// Functions that call each other, directly and through a table, a global, and memory.
const MODULE: &str = r#"(module
    (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
    (memory (export "memory") 1)
    (table funcref (elem $one $two))
    (global $count (mut i32) (i32.const 1))
    (func $one (result i32) (i32.const 1))
    (func $two (result i32) (i32.load (i32.const 16)))
    (func $run (export "_start")
        (global.set $count (i32.sub (global.get $count) (call $one)))
        (call $exit (call_indirect (result i32) (global.get $count)))))"#;

#[test]
fn objects() {
    let case = Case::new("macos-objects");
    case.wasm("app.wasm", MODULE);
    for (target, cpu) in TARGETS {
        for flags in ["", "--strip", "-O0"] {
            case.works(&format!("compile app.wasm --target {target} --emit=exe-obj -o app.o {flags}"));
            let bytes = fs::read(case.folder.join("app.o")).unwrap();
            let header = MachHeader64::<LittleEndian>::parse(&*bytes, 0).unwrap();
            assert_eq!((header.cputype(LE), header.filetype(LE)), (cpu, macho::MH_OBJECT));
            let file = object::File::parse(&*bytes).unwrap();
            let undefined: Vec<_> =
                file.symbols().filter(|symbol| symbol.is_undefined()).map(|symbol| symbol.name().unwrap()).collect();
            assert_eq!(undefined, ["_wasmaot_p1_proc_exit"], "{target} {flags}");
            assert!(file.symbol_by_name("_wasmaot_program").unwrap().is_global());
            let named = file.symbols().filter(|symbol| symbol.name() == Ok("_one")).count();
            assert_eq!(named, usize::from(flags != "--strip"), "{target} {flags}");
            let text = case.works("inspect app.o");
            assert!(text.contains(&format!("object for {target}")), "{text}");
        }
    }
}

/// Compiles a program; whether this machine can: `tests/setup.sh` brings what it needs.
fn links(case: &Case, line: &str) -> bool {
    let linked = case.wasmaot(line);
    if linked.status != 0 {
        let why = linked.complaint();
        assert!(why.contains("no linker for macOS") || why.contains("no runtime for"), "{line}: {why}");
        eprintln!("{line}: not linked: {why}");
    }
    linked.status == 0
}

#[test]
fn programs() {
    let case = Case::new("macos-programs");
    case.wasm("app.wasm", MODULE);
    case.wasm("hello.wasm", &printer("hello\n", 7));
    for (target, cpu) in TARGETS {
        if !links(&case, &format!("compile app.wasm --target {target} -o app")) {
            continue;
        }
        let bytes = fs::read(case.folder.join("app")).unwrap();
        let header = MachHeader64::<LittleEndian>::parse(&*bytes, 0).unwrap();
        assert_eq!((header.cputype(LE), header.filetype(LE)), (cpu, macho::MH_EXECUTE));
        assert_ne!(header.flags(LE) & macho::MH_PIE, 0);
        let (mut entry, mut libraries, mut signed) = (false, Vec::new(), false);
        let mut commands = header.load_commands(LE, &*bytes, 0).unwrap();
        while let Some(command) = commands.next().unwrap() {
            entry |= command.entry_point().unwrap().is_some();
            signed |= command.cmd() == macho::LC_CODE_SIGNATURE;
            if let Some(library) = command.dylib().unwrap() {
                libraries.push(command.string(LE, library.dylib.name).unwrap().to_owned());
            }
        }
        assert_eq!(libraries, [b"/usr/lib/libSystem.B.dylib"]);
        assert!(entry);
        // macOS runs nothing unsigned on AArch64.
        assert!(signed || cpu != macho::CPU_TYPE_ARM64);
        check_links(&bytes, target);
        case.works(&format!("compile app.wasm --target {target} -o again -j 1"));
        assert!(fs::read(case.folder.join("again")).unwrap() == bytes, "{target}: different when linked again");
        case.works(&format!("compile hello.wasm --target {target} --strip -o hello"));
        case.works("inspect hello");
    }
}

/// Follows what the linker resolved: the table of functions, the header, and calls of the compiled code.
fn check_links(bytes: &[u8], target: &str) {
    let file = object::File::parse(bytes).unwrap();
    let symbols: BTreeMap<&str, u64> =
        file.symbols().map(|symbol| (symbol.name().unwrap(), symbol.address())).collect();
    let word = |address: u64| {
        let section =
            file.sections().find(|section| (section.address()..section.address() + section.size()).contains(&address));
        let section = section.unwrap_or_else(|| panic!("{target}: nothing at {address:#x}"));
        let at = (address - section.address()) as usize;
        u32::from_le_bytes(section.data().unwrap()[at..at + 4].try_into().unwrap())
    };
    // The table has the distances of functions from itself.
    let table = symbols["_wasmaot.table0"];
    for (index, name) in ["_one", "_two"].iter().enumerate() {
        let distance = i64::from(word(table + 8 * index as u64) as i32);
        assert_eq!(table.wrapping_add_signed(distance), symbols[name], "{target}: {name}");
    }
    // The rows of functions have offsets of the compiled code, which the linker put at some address.
    let rows = file.section_by_name("__wasmaot_funcs").unwrap();
    let starts: Vec<u64> =
        (0..rows.size() / 16).map(|row| symbols["_one"] + u64::from(word(rows.address() + 16 * row))).collect();
    let named = ["_one", "_two", "_run"].map(|name| symbols[name]);
    assert_eq!(starts[..3], named, "{target}");
    // A call of the runtime: in `run`.
    if target == "aarch64-macos" {
        let range = named[2]..named[2] + 400;
        let calls = range.step_by(4).filter_map(|at| {
            let instruction = word(at);
            let distance = (instruction << 6) as i32 >> 4;
            (instruction >> 26 == 0b100101).then(|| at.wrapping_add_signed(distance.into()))
        });
        let exit = symbols["_wasmaot_p1_proc_exit"];
        assert!(calls.into_iter().any(|to| to == exit), "{target}: no call of proc_exit");
    }
}

/// A trap in a function below another one, after some memory was written.
const TRAP: &str = r#"(module
    (memory 1)
    (func $inner (param i32) (result i32) (i32.load (local.get 0)))
    (func $run (export "_start") (drop (call $inner (i32.const -4)))))"#;

#[test]
fn programs_run_over_a_stand_in() {
    let case = Case::new("macos-run");
    case.wasm("hello.wasm", &printer("hello\n", 7));
    case.wasm("trap.wasm", TRAP);
    let source = concat!(env!("CARGO_MANIFEST_DIR"), "/macos/loader.c");
    for (target, compiler, emulator) in
        [("x86_64-macos", "cc", None), ("aarch64-macos", "aarch64-linux-gnu-gcc", Some("qemu-aarch64"))]
    {
        if [Some(compiler), emulator].into_iter().flatten().any(|program| target::which(program).is_none()) {
            eprintln!("{target}: no {compiler}, or no emulator: not run");
            continue;
        }
        let mut build = case.command(compiler);
        let built = case.finish(build.args(["-static", "-O1", "-o", "loader", source]));
        assert_eq!(built.status, 0, "{}", built.complaint());
        let run = |name: &str| {
            if !links(&case, &format!("compile {name}.wasm --target {target}")) {
                return None;
            }
            let words =
                emulator.into_iter().map(str::to_owned).chain([case.folder.join("loader").display().to_string()]);
            let words: Vec<String> = words.collect();
            Some(case.finish(&mut target::under(&words, case.folder.join(name))))
        };
        let Some(hello) = run("hello") else { continue };
        assert_eq!((hello.stdout.as_slice(), hello.status), (&b"hello\n"[..], 7), "{target}: {}", hello.complaint());
        let Some(trap) = run("trap") else { continue };
        let why = trap.complaint();
        assert_eq!(trap.status, 134, "{target}: {why}");
        for part in ["out of bounds memory access", "0: inner", "1: run"] {
            assert!(why.contains(part), "{target}: {part}: {why}");
        }
    }
}

#[test]
fn the_table_of_cross_names_every_target() {
    let table = concat!(env!("CARGO_MANIFEST_DIR"), "/../cross/targets.toml");
    let table = fs::read_to_string(table).unwrap();
    let sections: Vec<&str> = table.split("\n[").skip(1).collect();
    assert_eq!(sections.len(), wasmaot_compiler::target::TARGETS.len());
    for row in wasmaot_compiler::target::TARGETS {
        let section = sections.iter().find(|section| section.starts_with(&format!("{}]\n", row.name)));
        let section = section.unwrap_or_else(|| panic!("cross/targets.toml has no {}", row.name));
        let has = |key: &str, value: &str| section.lines().any(|line| line == format!("{key} = {value}"));
        assert!(has("triple", &format!("{:?}", row.triple)) && has("rust", &format!("{:?}", row.rust_triple)));
        // The suites' may have options for tests only, and Wine without its wrapper, `wine`.
        if let Some(emulator) = target::of(row.name).and_then(|words| words.split_whitespace().next()) {
            let emulator = if emulator == "wine64" { "wine" } else { emulator };
            assert!(has("emulator", &format!("{emulator:?}")), "{}: {emulator}", row.name);
        }
    }
}
