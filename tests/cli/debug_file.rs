//! `--debug-file`: debug information beside the program, and build ids. That gdb and lldb find it is a matter of the suite
//! `debug`, whose transcripts have runs with it.

use crate::case::{Case, printer};
use crate::traces::module;
use object::elf::{FileHeader64, SHF_ALLOC};
use object::read::elf::{FileHeader, SectionHeader};
use object::{LittleEndian, Object, ObjectSection, ObjectSymbol};
use std::fs;
use wasmaot_tests::target;

const LE: LittleEndian = LittleEndian;

/// Names of the sections whose name begins so.
fn sections(bytes: &[u8], start: &str) -> Vec<String> {
    let file = object::File::parse(bytes).unwrap();
    file.sections()
        .filter_map(|section| Some(section.name().ok()?.to_owned()))
        .filter(|name| name.starts_with(start))
        .collect()
}

#[test]
fn parts_fit_together() {
    let case = Case::new("debug-file");
    if !module(&case) {
        return;
    }
    let read = |name: &str| fs::read(case.folder.join(name)).unwrap();
    let mut products = vec![("", "x86_64-linux"), ("--strip", "x86_64-linux"), ("--emit=shared", "x86_64-linux")];
    products.extend([("", "aarch64-linux"), ("", "riscv64-linux"), ("-O0 --dwarf=4", "x86_64-linux")]);
    let linkers = ["ld.bfd", "ld.lld-19", "mold"]
        .map(|name| target::which(name).map(|path| format!("--linker {}", path.display())));
    for linker in linkers.iter().flatten() {
        products.push((linker, "x86_64-linux"));
    }
    for (flags, target) in products {
        let what = format!("{flags} {target}");
        case.works(&format!("compile -g {flags} --target {target} trace.wasm -o whole"));
        case.works(&format!("compile -g {flags} --target {target} trace.wasm -o trace --debug-file trace.debug"));
        let (program, debug) = (read("trace"), read("trace.debug"));
        let (file, debug_file) = (object::File::parse(&*program).unwrap(), object::File::parse(&*debug).unwrap());
        let (link, checksum) = file.gnu_debuglink().unwrap().unwrap();
        assert_eq!((link, checksum), (&b"trace.debug"[..], crc32(&debug)), "{what}");
        assert_eq!(file.build_id().unwrap().unwrap().len(), 20, "{what}");
        assert_eq!(file.build_id().unwrap(), debug_file.build_id().unwrap(), "{what}");
        assert_eq!(sections(&program, ".debug_"), [""; 0], "{what}");
        assert!(sections(&debug, ".debug_").len() >= 5, "{what}");
        // What is loaded has the same headers in both, and as without the flag.
        let headers = |bytes: &[u8]| {
            let header = FileHeader64::<LittleEndian>::parse(bytes).unwrap();
            let table = header.sections(LE, bytes).unwrap();
            let loaded = table.iter().filter(|section| section.sh_flags(LE) & u64::from(SHF_ALLOC) != 0);
            let name = |section| String::from_utf8(table.section_name(LE, section).unwrap().to_vec()).unwrap();
            loaded.map(|section| (name(section), section.sh_addr(LE), section.sh_size(LE))).collect::<Vec<_>>()
        };
        assert_eq!(headers(&program), headers(&debug), "{what}");
        if flags != "--strip" {
            let whole = read("whole");
            assert_eq!(headers(&program), headers(&whole), "{what}");
            let symbols = |bytes: &[u8]| {
                let file = object::File::parse(bytes).unwrap();
                file.symbols()
                    .filter(|symbol| symbol.is_definition())
                    .map(|symbol| (symbol.name().unwrap().to_owned(), symbol.address()))
                    .collect::<Vec<_>>()
            };
            assert!(symbols(&program).len() > 50 && symbols(&program) == symbols(&debug), "{what}");
            assert!(program.len() < whole.len() && debug.len() < whole.len(), "{what}");
        } else {
            assert_eq!(file.symbols().count(), 0);
        }
        for name in ["trace", "trace.debug"] {
            let finished = case.finish(case.command("readelf").args(["-lSsnW", name]));
            assert!(finished.stderr.is_empty(), "{what}: {}", finished.complaint());
        }
        if target::which("llvm-dwarfdump-19").is_some() {
            let finished = case.finish(case.command("llvm-dwarfdump-19").args(["--verify", "trace.debug"]));
            assert_eq!(finished.status, 0, "{what}: {}", finished.complaint());
        }
        if target == "x86_64-linux" && !flags.contains("shared") {
            let finished = case.program("trace", &["x", "x"]);
            assert_eq!(finished.status, 134, "{what}");
            assert!(
                String::from_utf8_lossy(&finished.stderr).contains("trace.c:23:5") != (flags == "--strip"),
                "{what}"
            );
        }
    }
}

/// The checksum of `.gnu_debuglink`, bit by bit.
fn crc32(bytes: &[u8]) -> u32 {
    let step = |crc: u32| if crc & 1 == 0 { crc >> 1 } else { crc >> 1 ^ 0xedb8_8320 };
    !bytes.iter().fold(u32::MAX, |crc, byte| (0..8).fold(crc ^ u32::from(*byte), |crc, _| step(crc)))
}

#[test]
fn symbolizers_find_it() {
    let case = Case::new("debug-file-found");
    if target::which("llvm-symbolizer-19").is_none() || !module(&case) {
        return;
    }
    case.works("compile -g trace.wasm -o trace --debug-file trace.debug");
    let bytes = fs::read(case.folder.join("trace")).unwrap();
    let file = object::File::parse(&*bytes).unwrap();
    let stop = file.symbols().find(|symbol| symbol.name() == Ok("stop")).unwrap().address();
    let said = |tool: &str| {
        let finished = case.finish(case.command(tool).args(["-f", "-e", "trace", &format!("{stop:#x}")]));
        String::from_utf8(finished.stdout).unwrap()
    };
    for tool in ["llvm-symbolizer-19", "addr2line"] {
        assert!(said(tool).contains("trace.c:2"), "{tool}: {}", said(tool));
    }
    // By the build id alone, as distributions keep them.
    let id: String = file.build_id().unwrap().unwrap().iter().map(|byte| format!("{byte:02x}")).collect();
    let folder = case.folder.join("debug/.build-id").join(&id[..2]);
    fs::create_dir_all(&folder).unwrap();
    fs::rename(case.folder.join("trace.debug"), folder.join(format!("{}.debug", &id[2..]))).unwrap();
    assert!(!said("llvm-symbolizer-19").contains("trace.c:2"));
    let mut command = case.command("llvm-symbolizer-19");
    command.args(["--debug-file-directory", "debug", "-e", "trace", &format!("{stop:#x}")]);
    let said = String::from_utf8(case.finish(&mut command).stdout).unwrap();
    assert!(said.contains("trace.c:2"), "{said}");
}

#[test]
fn the_same_input_has_the_same_id() {
    let case = Case::new("debug-file-id");
    if !module(&case) {
        return;
    }
    let build = |flags: &str| {
        case.works(&format!("compile trace.wasm -o trace {flags}"));
        let bytes = fs::read(case.folder.join("trace")).unwrap();
        let id = object::File::parse(&*bytes).unwrap().build_id().unwrap().map(<[u8]>::to_vec);
        (bytes, id)
    };
    let separate = || build("-g --debug-file trace.debug");
    let (first, second) = (separate(), separate());
    assert!(first == second && first.1.is_some());
    assert_eq!(build("-g -j1").1, first.1);
    assert_ne!(build("-g -O0").1, first.1);
    // Nothing to find: no id, and small programs stay small.
    assert_eq!(build("").1, None);
}

#[test]
fn says_where_it_cannot_be() {
    let case = Case::new("debug-file-errors");
    case.wasm("a.wasm", &printer("a", 0));
    for (flags, part) in [
        ("--debug-file a.debug", "only with -g"),
        ("-g --emit=obj --debug-file a.debug", "only for executables and shared libraries of Linux"),
        ("-g --target x86_64-windows --debug-file a.debug", "only for executables and shared libraries of Linux"),
        ("-g --target aarch64-macos --debug-file a.debug", "only for executables and shared libraries of Linux"),
        ("-g --debug-file -", "not standard output"),
    ] {
        case.fails_with(&format!("compile a.wasm {flags}"), b"", 2, &["--debug-file: ", part]);
    }
    case.fails("compile a.wasm -g --debug-file a.wasm", &["a.wasm: is the input"]);
    case.fails("compile a.wasm -g --debug-file no/a.debug", &["no such folder"]);
    // The result must not be overwritten.
    case.fails("compile a.wasm -g -o a --debug-file ./a", &["./a: is the output"]);
}
