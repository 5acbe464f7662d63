//! What `compile` writes.

use crate::case::{Case, printer};
use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};

#[test]
fn makes_an_executable() {
    let case = Case::new("executable");
    case.wasm("hello.wasm", &printer("hello\n", 7));
    assert_eq!(case.works("compile hello.wasm"), "");
    let finished = case.program("hello", &[]);
    assert_eq!((finished.stdout.as_slice(), finished.status), (&b"hello\n"[..], 7));
    assert!(finished.stderr.is_empty());
    assert_eq!(fs::metadata(case.folder.join("hello")).unwrap().permissions().mode() & 0o700, 0o700);
    for flags in
        ["-O0", "-O1", "-Os", "--memory-base=register", "--strip", "-g", "--cpu=x86-64-v2", "--stack-size=256KiB"]
    {
        case.works(&format!("compile hello.wasm -o other {flags}"));
        let finished = case.program("other", &[]);
        assert_eq!((finished.stdout.as_slice(), finished.status), (&b"hello\n"[..], 7), "{flags}");
    }
}

#[test]
fn reads_text_and_standard_input() {
    let case = Case::new("inputs");
    let text = printer("text\n", 0);
    case.file("text.wat", &text);
    case.works("compile text.wat");
    assert_eq!(case.program("text", &[]).stdout, b"text\n");
    for input in [text.clone().into_bytes(), wat::parse_str(&text).unwrap()] {
        let finished = case.wasmaot_with("compile - -o piped", &input);
        assert_eq!(finished.status, 0, "{}", finished.complaint());
        assert_eq!(case.program("piped", &[]).stdout, b"text\n");
    }
    let finished = case.wasmaot_with("compile -", text.as_bytes());
    assert_eq!(finished.status, 0, "{}", finished.complaint());
    assert_eq!(case.program("a.out", &[]).stdout, b"text\n");
}

#[test]
fn runs_the_nameless_function() {
    let case = Case::new("nameless");
    // As wasmtime: it goes before `_start`, and `_initialize` is called first.
    let module = |exports: &str| {
        format!(
            r#"(module (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
                 (global $code (mut i32) (i32.const 40)) (memory (export "memory") 1) {exports}
                 (func $add (global.set $code (i32.add (global.get $code) (i32.const 2))))
                 (func $end (call $exit (global.get $code))))"#
        )
    };
    for (name, exports, status) in [
        ("both", r#"(export "" (func $end)) (export "_initialize" (func $add))"#, 42),
        ("alone", r#"(export "" (func $end))"#, 40),
        ("first", r#"(export "" (func $end)) (export "_start" (func $add))"#, 40),
        ("start", r#"(export "_start" (func $end)) (export "_initialize" (func $add))"#, 42),
    ] {
        case.file("nameless.wat", module(exports));
        case.works(&format!("compile nameless.wat -o {name}"));
        assert_eq!(case.program(name, &[]).status, status, "{name}");
    }
}

#[test]
fn emits_objects_and_texts() {
    let case = Case::new("emit");
    case.wasm("a.wasm", &printer("a", 0));
    case.works("compile a.wasm --emit=obj");
    case.works("compile a.wasm --emit=asm");
    case.works("compile a.wasm --emit=clif");
    assert_eq!(case.names(), ["a.clif", "a.o", "a.s", "a.wasm"]);
    assert!(fs::read(case.folder.join("a.o")).unwrap().starts_with(b"\x7fELF"));
    let asm = fs::read_to_string(case.folder.join("a.s")).unwrap();
    assert!(asm.contains("main") && asm.contains("ret"), "{asm}");
    let clif = case.works("compile a.wasm --emit=clif -o -");
    assert_eq!(clif, fs::read_to_string(case.folder.join("a.clif")).unwrap());
    assert!(clif.contains("function") && clif.contains("call"), "{clif}");
    // Only executables need a `_start`.
    case.wasm("library.wasm", "(module (func (export \"answer\") (result i32) i32.const 42))");
    for emit in ["obj", "asm", "clif"] {
        case.works(&format!("compile library.wasm --emit={emit}"));
    }
    case.fails("compile library.wasm", &["_start", "--emit=obj"]);
    assert_eq!(fs::metadata(case.folder.join("a.o")).unwrap().permissions().mode() & 0o111, 0);
}

#[test]
fn the_number_of_threads_changes_nothing() {
    let case = Case::new("threads");
    let functions: String = (0..200)
        .map(|n| format!("(func $f{n} (param i32) (result i32) (i32.mul (local.get 0) (i32.const {n})))"))
        .collect();
    case.wasm("a.wasm", &format!("(module {functions} (func (export \"_start\")))"));
    for emit in ["exe", "obj", "asm", "clif"] {
        case.works(&format!("compile a.wasm --emit={emit} -j 1 -o one"));
        case.works(&format!("compile a.wasm --emit={emit} -j 5 -o five"));
        let read = |name: &str| fs::read(case.folder.join(name)).unwrap();
        assert!(read("one") == read("five"), "{emit}");
    }
}

#[test]
fn replaces_what_is_there() {
    let case = Case::new("replace");
    case.wasm("a.wasm", &printer("a", 0));
    case.file("old", "x".repeat(1 << 20));
    symlink("old", case.folder.join("link")).unwrap();
    case.works("compile a.wasm -o link");
    assert!(fs::symlink_metadata(case.folder.join("link")).unwrap().is_symlink());
    assert_eq!(case.program("old", &[]).stdout, b"a");
    // Written to a pipe, it is the same file.
    let finished = case.wasmaot("compile a.wasm -o /dev/stdout");
    assert_eq!(finished.status, 0, "{}", finished.complaint());
    assert!(finished.stdout == fs::read(case.folder.join("old")).unwrap());
}

#[test]
fn time_tells_every_phase() {
    let case = Case::new("time");
    case.wasm("a.wasm", &printer("a", 0));
    let finished = case.wasmaot("compile a.wasm --time");
    let text = finished.complaint();
    for phase in ["parse", "layout", "functions", "object", "link", "total", "peak memory"] {
        assert!(text.contains(phase), "{phase}: {text}");
    }
}

#[test]
fn grants_are_in_the_program() {
    let case = Case::new("grants");
    fs::create_dir(case.folder.join("data")).unwrap();
    case.wasm("a.wasm", &environment_printer());
    case.works("compile a.wasm --env A=1 --env B");
    let mut command = case.command(case.folder.join("a"));
    let output = command.env("B", "two").env("C", "3").output().unwrap();
    assert_eq!(String::from_utf8_lossy(&output.stdout), "A=1\0B=two\0");
    let output = command.env("WASMAOT_ENV", "C").output().unwrap();
    assert_eq!(String::from_utf8_lossy(&output.stdout), "A=1\0B=two\0C=3\0");
    case.works("compile a.wasm --env A=1 --sealed");
    let output = command.output().unwrap();
    assert_eq!(String::from_utf8_lossy(&output.stdout), "A=1\0");
}

/// Prints its environment as it gets it.
pub fn environment_printer() -> String {
    r#"(module
        (import "wasi_snapshot_preview1" "environ_sizes_get" (func $sizes (param i32 i32) (result i32)))
        (import "wasi_snapshot_preview1" "environ_get" (func $get (param i32 i32) (result i32)))
        (import "wasi_snapshot_preview1" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))
        (memory (export "memory") 4)
        (func (export "_start")
            (drop (call $sizes (i32.const 0) (i32.const 12)))
            (drop (call $get (i32.const 32) (i32.const 65536)))
            (i32.store (i32.const 8) (i32.const 65536))
            (drop (call $write (i32.const 1) (i32.const 8) (i32.const 1) (i32.const 16)))))"#
        .to_owned()
}

/// The README's first command.
#[test]
fn the_example_greets() {
    let case = Case::new("example");
    let example = wasmaot_tests::tools::root().join("examples/hello.wat");
    let finished = case.wasmaot(&format!("run {} Ada", example.display()));
    assert_eq!(String::from_utf8_lossy(&finished.stdout), "Hello, Ada!\n", "{}", finished.complaint());
    case.works(&format!("compile {}", example.display()));
    assert_eq!(case.program("hello", &[]).stdout, b"Hello, world!\n");
    assert_eq!(case.program("hello", &["\u{1f980}", "x"]).stdout, "Hello, \u{1f980}!\n".as_bytes());
}
