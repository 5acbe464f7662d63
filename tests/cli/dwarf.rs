//! Debug information as files: what other readers of DWARF say of it, and what it must not change. What debuggers make
//! of it is the suite `debug`.

use crate::case::{Case, printer};
use crate::traces::module;
use object::{Object, ObjectSection};
use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};
use wasmaot_tests::{target, tools};

/// Sources of the suite `debug`, with the compiler of each.
const SOURCES: &[(&str, &str)] = &[("program.c", "clang-19"), ("classes.cpp", "clang++-19"), ("values.rs", "rustc")];

/// The targets that objects with debug information are made for.
const TARGETS: &[&str] = &[
    "x86_64-linux",
    "aarch64-linux",
    "riscv64-linux",
    "x86_64-windows",
    "aarch64-windows",
    "x86_64-macos",
    "aarch64-macos",
];

/// Builds a source to `NAME.wasm` with these flags and debug information; false if there is no compiler for it.
fn build(case: &Case, (source, compiler): (&str, &str), flags: &[&str], name: &str) -> bool {
    if target::which(compiler).is_none() {
        return false;
    }
    let mut build = case.command(compiler);
    match compiler {
        "rustc" => build.args(["--target=wasm32-wasip1", "--edition=2024", "-g"]),
        "clang++-19" => build.args(["--target=wasm32-wasi", "--sysroot=/usr", "-g", "-fno-exceptions", "-std=c++20"]),
        _ => build.args(["--target=wasm32-wasi", "--sysroot=/usr", "-g"]),
    };
    build.args(flags).arg(tools::root().join("tests/debug").join(source)).args(["-o", &format!("{name}.wasm")]);
    let finished = case.finish(&mut build);
    assert_eq!(finished.status, 0, "{source}: {}", finished.complaint());
    true
}

/// The content of a section but for what a linker fills in.
fn section(file: &Path, names: &[&str]) -> Vec<u8> {
    let bytes = fs::read(file).unwrap();
    let file = object::File::parse(bytes.as_slice()).unwrap();
    let section = names.iter().find_map(|name| file.section_by_name(name)).expect("the section");
    let mut data = section.data().unwrap().to_vec();
    // In Mach-O, these bytes depend on where other sections stand.
    for (at, _) in section.relocations() {
        data[at as usize..][..4].fill(0);
    }
    data
}

#[test]
fn verifies_for_every_target() {
    let case = Case::new("dwarf-verify");
    for (number, source) in SOURCES.iter().enumerate() {
        let optimise: &[&str] = if source.1 == "rustc" { &["-Copt-level=2"] } else { &["-O2"] };
        for (level, dwarf, flags) in [("0", 5, &[][..]), ("2", 5, optimise), ("2", 4, optimise)] {
            let name = format!("m{number}{level}{dwarf}");
            if !build(&case, *source, flags, &name) {
                continue;
            }
            for target in TARGETS {
                let output = format!("{name}-{target}.o");
                let flags = format!("--emit=exe-obj --target {target} -g --dwarf={dwarf} -O{level}");
                let said = case.wasmaot(&format!("compile {name}.wasm {flags} -o {output}"));
                assert_eq!((said.status, said.complaint().as_str()), (0, ""), "{source:?} {target}");
                for (tool, arguments) in [
                    ("llvm-dwarfdump-19", &["--verify", "--quiet"][..]),
                    ("readelf", &["--debug-dump=info,abbrev,line,loc,Ranges,str"]),
                ] {
                    // GNU's tool knows relocations of its own architecture only.
                    let knows = tool != "readelf" || *target == "x86_64-linux";
                    if !knows || target::which(tool).is_none() {
                        continue;
                    }
                    let finished = case.finish(case.command(tool).args(arguments).arg(&output));
                    let errors = String::from_utf8_lossy(&finished.stderr).into_owned();
                    assert_eq!((finished.status, errors.as_str()), (0, ""), "{source:?} {target} {flags}: {tool}");
                }
            }
        }
    }
}

#[test]
fn optimised_code_is_the_same_without() {
    let case = Case::new("dwarf-text");
    for (number, source) in SOURCES.iter().enumerate() {
        let optimise: &[&str] = if source.1 == "rustc" { &["-Copt-level=2"] } else { &["-O2"] };
        let name = format!("m{number}");
        if !build(&case, *source, optimise, &name) {
            continue;
        }
        for target in TARGETS {
            for level in ["-O1", "-O2", "-Os"] {
                let flags = format!("{name}.wasm --emit=exe-obj --target {target} {level}");
                case.works(&format!("compile {flags} -o plain.o"));
                case.works(&format!("compile {flags} -g -o debug.o"));
                let [plain, debug] =
                    ["plain.o", "debug.o"].map(|file| section(&case.folder.join(file), &[".text", "__text"]));
                assert!(plain == debug, "{source:?} {target} {level}: code differs with -g");
            }
        }
    }
}

#[test]
fn reads_the_file_beside_the_module() {
    let case = Case::new("dwarf-beside");
    let (source, tool) = (SOURCES[0], "llvm-objcopy-19");
    if target::which(tool).is_none() || !build(&case, source, &["-O1"], "app.debug") {
        return;
    }
    let named = b"https://example.org/files/app.debug.wasm";
    case.file("name", [&[named.len() as u8][..], named].concat());
    let add = ["--strip-debug", "--add-section=external_debug_info=name", "app.debug.wasm", "app.wasm"];
    let finished = case.finish(case.command(tool).args(add));
    assert_eq!(finished.status, 0, "{}", finished.complaint());
    let said = case.wasmaot("compile -g app.wasm -o beside");
    assert_eq!((said.status, said.complaint().as_str()), (0, ""));
    case.works("compile -g app.debug.wasm -o within");
    let [beside, within] = ["beside", "within"].map(|file| section(&case.folder.join(file), &[".debug_info"]));
    assert!(beside == within);

    // What is not there, or is not its own, is said; the program is built.
    for (content, message) in [
        (None, "external_debug_info: app.debug.wasm: no such file"),
        (
            Some(wat::parse_str("(module (func))").unwrap()),
            "external_debug_info: it belongs to a module with other code",
        ),
        (Some(b"\0asm\x01\0\0\0\x0b".to_vec()), "external_debug_info: "),
    ] {
        fs::remove_file(case.folder.join("app.debug.wasm")).unwrap();
        if let Some(content) = &content {
            case.file("app.debug.wasm", content);
        }
        let said = case.wasmaot("compile -g app.wasm -o again");
        assert!(said.status == 0 && said.complaint().contains(message), "{message}: {}", said.complaint());
        case.file("app.debug.wasm", b"");
    }
}

#[test]
fn both_versions_are_well_formed() {
    let case = Case::new("dwarf");
    if target::which("llvm-dwarfdump-19").is_none() || !module(&case) {
        return;
    }
    for name in ["x86_64-linux", "aarch64-linux", "riscv64-linux"] {
        for flags in ["", "-O0", "--dwarf=4", "-O0 --dwarf=4", "--dwarf=5 --emit=obj"] {
            case.works(&format!("compile -g trace.wasm --target {name} {flags} -o out"));
            let finished = case.finish(case.command("llvm-dwarfdump-19").args(["--verify", "out"]));
            let said = String::from_utf8(finished.stdout).unwrap();
            assert!(finished.status == 0 && said.contains("No errors."), "{name} {flags}: {said}");
            let finished = case.finish(case.command("llvm-dwarfdump-19").args(["--debug-info", "out"]));
            let said = String::from_utf8(finished.stdout).unwrap();
            let version = if flags.contains("=4") { "version = 0x0004" } else { "version = 0x0005" };
            assert!(said.contains(version) && said.contains("(\"divide\")"), "{name} {flags}: {said:.1000}");
            let finished = case.finish(case.command("readelf").args(["--debug-dump=info", "out"]));
            assert!(finished.stderr.is_empty(), "{name} {flags}: {}", finished.complaint());
        }
    }
}

#[test]
fn the_version_is_one_of_two() {
    let case = Case::new("dwarf-flags");
    case.wasm("a.wasm", &printer("a", 0));
    case.fails_with("compile a.wasm -g --dwarf=3", b"", 2, &["--dwarf \"3\": not one of 4, 5"]);
    case.fails_with("compile a.wasm --dwarf=4", b"", 2, &["--dwarf: only with -g"]);
}

#[test]
fn a_trap_leaves_a_core_for_who_wants_one() {
    let case = Case::new("dwarf-core");
    let here = fs::read_to_string("/proc/sys/kernel/core_pattern").is_ok_and(|pattern| pattern.trim() == "core");
    if !here || target::which("gdb").is_none() || !module(&case) {
        return;
    }
    case.works("compile -g -O0 trace.wasm -o app");
    let run = |limit: &str| {
        let mut shell = case.command("bash");
        shell.args(["-c", &format!("ulimit -c {limit} && {{ ./app >&2; echo $?; }}")]);
        String::from_utf8(case.finish(&mut shell).stdout).unwrap()
    };
    assert_eq!(run("0"), "134\n");
    assert!(!case.names().iter().any(|name| name.starts_with("core")));
    assert_eq!(run("unlimited"), "134\n");
    let core = case.names().into_iter().find(|name| name.starts_with("core")).expect("a core file");
    let mut gdb = case.command("gdb");
    gdb.args(["-nx", "-batch", "-ex", "bt", "-ex", "frame function divide", "-ex", "info locals", "./app", &core]);
    let said = String::from_utf8(case.finish(&mut gdb).stdout).unwrap();
    assert!(said.contains("<signal handler called>") && said.contains("in divide ("), "{said}");
}

#[test]
fn valgrind_reads_it() {
    let case = Case::new("dwarf-valgrind");
    if target::which("valgrind").is_none() || !module(&case) {
        return;
    }
    for version in [4, 5] {
        case.works(&format!("compile -g --dwarf={version} -O0 --memory-base=register trace.wasm -o app"));
        let mut valgrind = case.command("valgrind");
        valgrind.args(["--tool=callgrind", "--callgrind-out-file=calls", "./app"]);
        let said = case.finish(&mut valgrind);
        let said = String::from_utf8(said.stderr).unwrap();
        assert!(!said.contains("unhandled") && !said.contains("Serious error"), "{version}: {said}");
        let calls = fs::read_to_string(case.folder.join("calls")).unwrap();
        assert!(calls.contains("trace.c") && calls.contains(") outer\n"), "{version}: {calls:.2000}");
    }
}

/// Numbers as source maps have them.
fn digits(numbers: &[i64]) -> String {
    const LETTERS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::new();
    for number in numbers {
        let mut rest = number.unsigned_abs() << 1 | u64::from(*number < 0);
        loop {
            let digit = rest & 31 | if rest > 31 { 32 } else { 0 };
            text.push(LETTERS[digit as usize] as char);
            rest >>= 5;
            if rest == 0 {
                break;
            }
        }
    }
    text
}

#[test]
fn reads_the_source_map_beside_the_module() {
    let case = Case::new("dwarf-map");
    let url = "http://localhost/app.wasm.map";
    let section = format!(r#"(@custom "sourceMappingURL" "\{:02x}{url}")"#, url.len());
    case.wasm("app.wasm", &format!("(module (func $f nop unreachable) (func (export \"_start\") call $f) {section})"));
    // The warning is of a map that is not there.
    let said = case.wasmaot("compile -g app.wasm -o app");
    assert!(said.complaint().contains("sourceMappingURL: app.wasm.map: no such file"), "{}", said.complaint());
    let trace = case.program("app", &[]).complaint();
    let offset =
        trace.lines().find_map(|line| line.split_once("0: f (wasm function 0, offset 0x")?.1.strip_suffix(')'));
    let offset = i64::from_str_radix(offset.expect("an offset"), 16).unwrap();
    case.file("plain.as", "");
    for (source, shown) in [("lib.as", "made/lib.as:8:3"), ("plain.as", "plain.as:8:3")] {
        let mappings = [digits(&[offset - 1, 0, 2, 4]), digits(&[1, 0, 5, -2])].join(",");
        let map = format!(r#"{{"version":3,"sourceRoot":"made","sources":["{source}"],"mappings":"{mappings}"}}"#);
        case.file("app.wasm.map", map);
        let said = case.wasmaot("compile -g app.wasm -o app");
        assert_eq!((said.status, said.complaint().as_str()), (0, ""));
        let trace = case.program("app", &[]).complaint();
        assert!(trace.contains(&format!("/{shown})")), "{trace}");
    }
    case.file("app.wasm.map", "{}");
    let said = case.wasmaot("compile -g app.wasm -o app");
    assert!(
        said.status == 0 && said.complaint().contains("sourceMappingURL: not a source map"),
        "{}",
        said.complaint()
    );

    // A name that would steer a terminal; nothing but a folder's last part counts.
    let url = "/etc/../\u{1b}[2J\u{7}";
    let section = format!(r#"(@custom "sourceMappingURL" "\{:02x}/etc/../\1b[2J\07")"#, url.len());
    case.wasm("odd.wasm", &format!("(module (func (export \"_start\")) {section})"));
    let said = case.wasmaot("compile -g odd.wasm -o odd");
    let expected = "odd.wasm: warning: sourceMappingURL: \\u{1b}[2J\\u{7}: no such file or directory";
    assert_eq!((said.status, said.complaint().trim()), (0, expected));
}

/// What is asked of each member about all others takes minutes for these.
#[test]
fn large_structures_are_looked_at_once() {
    let case = Case::new("dwarf-large");
    let members = |ty: &str, name: &str| (0..30_000).map(|number| format!("{ty}{name}{number};")).collect::<String>();
    let sources = [
        ("references.cpp", "clang++-19", format!("struct Large {{ {} }};", members("int &", "r"))),
        (
            "unnamed.c",
            "clang-19",
            format!("struct Large {{ {} struct {{ {} }}; }};", members("int ", "q"), members("int *", "r")),
        ),
    ];
    for (name, compiler, structure) in sources {
        if target::which(compiler).is_none() {
            continue;
        }
        let use_it = "int used(struct Large *large) { return large->r0 != 0; }\nint main(void) { return used(0); }\n";
        case.file(name, format!("{structure}\n{use_it}"));
        let mut build = case.command(compiler);
        build.args(["--target=wasm32-wasi", "--sysroot=/usr", "-g", name, "-o", "large.wasm"]);
        let finished = case.finish(&mut build);
        assert_eq!(finished.status, 0, "{name}: {}", finished.complaint());
        let start = Instant::now();
        case.works("compile -g -O0 large.wasm -o large");
        assert!(start.elapsed() < Duration::from_secs(5), "{name}: {:?}", start.elapsed());
    }
}
