//! `wasmaot inspect`, on what `compile` wrote and on modules.

use crate::case::{Case, printer};

#[test]
fn programs_tell_what_they_may_do() {
    let case = Case::new("inspect");
    case.wasm("a.wasm", &printer("a", 0));
    case.works(
        "compile a.wasm -Os --stack-size=1MiB --dir /data::/d:ro --env A=b --listen 127.0.0.1:80 --max-memory 1GiB",
    );
    let text = case.works("inspect a --largest 1000");
    for part in [
        "a: executable for x86_64-linux",
        "-Os, processor baseline, memory base constant, stack of 1 MiB",
        "folder /data as /d, read-only",
        "environment variable A=b",
        "listening socket 127.0.0.1:80",
        "at most 1 GiB of memory",
        "WASMAOT_* variables can add",
        r#"func "wasi_snapshot_preview1" "fd_write" (i32 i32 i32 i32) -> (i32)"#,
        r#"func "_start" () -> ()"#,
        "1 page of 64 KiB",
        ".text",
        "  main",
    ] {
        assert!(text.contains(part), "{part:?} is not in:\n{text}");
    }
    case.works("compile a.wasm --strip --sealed");
    let text = case.works("inspect a");
    for part in ["nothing but standard streams", "sealed: WASMAOT_* variables change nothing", "Largest functions"] {
        assert!(text.contains(part), "{part:?} is not in:\n{text}");
    }
    case.works("compile a.wasm --emit=obj");
    let text = case.works("inspect a.o --largest 1");
    assert!(text.starts_with("a.o: object for x86_64-linux"), "{text}");
    assert!(text.contains("for C programs as a\n") && text.contains("what the host gives an instance"), "{text}");
    case.works("compile a.wasm --emit=shared --name b");
    let text = case.works("inspect a.so --largest 1");
    assert!(text.starts_with("a.so: shared library for x86_64-linux") && text.contains("as b\n"), "{text}");
    case.fails_with("compile a.wasm --emit=obj --dir .", b"", 2, &["wasmaot_wasi_config"]);
    case.fails_with("compile a.wasm --name b", b"", 2, &["--emit obj"]);
    case.fails_with("compile a.wasm --emit=obj --name 2b", b"", 2, &["not a C identifier"]);
}

#[test]
fn modules_tell_what_they_use() {
    let case = Case::new("inspect-wasm");
    case.file(
        "a.wat",
        r#"(module (memory (export "m") i64 1 5) (memory 2)
            (func $big (export "f") (param v128 i64) (result i32) i32.const 1 i32.const 2 drop)
            (func $small))"#,
    );
    let text = case.works("inspect a.wat");
    for part in [
        "WebAssembly module",
        "    simd\n",
        "    memory64\n",
        "    multi-memory\n",
        r#"func "f" (v128 i64) -> (i32)"#,
        r#"memory "m""#,
        "1 page of 64 KiB, at most 5, 64-bit addresses",
        "Largest functions of 2",
    ] {
        assert!(text.contains(part), "{part:?} is not in:\n{text}");
    }
    assert!(text.find("big") < text.find("small"), "{text}");
    case.file("gc.wat", "(module (type (struct (field i32))))");
    assert!(case.works("inspect gc.wat").contains("gc (not supported yet)"));
    case.file("component.wat", "(component)");
    case.fails("inspect component.wat", &["component.wat: a component", "not supported yet"]);
}

#[test]
fn other_files_are_named_as_such() {
    let case = Case::new("inspect-errors");
    case.fails("inspect no-such-file", &["no-such-file: no such file"]);
    case.fails("inspect /bin/sh", &["/bin/sh: not made by wasmaot"]);
    case.file("elf", b"\x7fELF and then nothing");
    case.fails("inspect elf", &["elf: damaged file"]);
    case.file("bad.wasm", b"\0asm\x01\0\0\0\x01\x05");
    case.fails("inspect bad.wasm", &["bad.wasm: at offset 0x"]);
}
