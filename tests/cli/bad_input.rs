//! Inputs that are no good module: one clear error with its place, never a panic, and nothing written.

use crate::case::{Case, printer};
use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind};
use wasmaot_compiler::observer::Silent;
use wasmaot_compiler::options::Options;
use wasmaot_compiler::target::Target;

#[test]
fn files_that_are_no_modules() {
    let case = Case::new("no-module");
    fs::create_dir(case.folder.join("folder")).unwrap();
    case.fails("compile no.wasm", &["no.wasm: no such file or directory"]);
    case.fails("compile folder", &["folder: is a folder, not a module"]);
    case.fails("compile /dev/zero -o out", &["/dev/zero: neither a WebAssembly binary"]);
    case.fails("compile /dev/null -o out", &["/dev/null: "]);
    for (name, bytes, part) in [
        ("empty", &b""[..], "empty: "),
        ("magic", b"\0asm", "magic: at offset "),
        ("version", b"\0asm\x02\0\0\0", "version: at offset 0x4: "),
        ("zeros", &[0; 100], "zeros: "),
        ("elf", b"\x7fELF\x02\x01\x01\0", "elf: "),
        ("text", b"(module (func $f", "text: "),
        ("latin", b"(module \xe9)", "latin: "),
    ] {
        case.file(name, bytes);
        case.fails(&format!("compile {name} -o out"), &[part]);
    }
    case.fails_with("compile - -o out", b"(modul)", 1, &["<standard input>: "]);
}

#[test]
fn invalid_modules_have_a_place() {
    let case = Case::new("invalid");
    let mut bytes = wat::parse_str("(module $m (func $parse (export \"_start\") i32.const 1 drop))").unwrap();
    let at = bytes.windows(3).position(|window| window == [0x41, 1, 0x1a]).unwrap();
    // `drop` becomes `i32.eqz`: a value is left.
    bytes[at + 2] = 0x45;
    case.file("a.wasm", &bytes);
    let text = case.fails("compile a.wasm", &["a.wasm: function 0 \"parse\" at offset 0x"]);
    assert!(text.contains("type mismatch") || text.contains("values remaining"), "{text}");
    assert_eq!(text.lines().count(), 1, "{text}");
}

#[test]
fn unknown_imports_are_listed_at_once() {
    let case = Case::new("imports");
    case.wasm(
        "a.wasm",
        r#"(module
            (import "env" "first" (func))
            (import "wasi_snapshot_preview1" "fd_wriet" (func (param i32 i32 i32 i32) (result i32)))
            (import "wasi_snapshot_preview1" "fd_write" (func (param i32 i32 i32) (result i32)))
            (import "wasi_snapshot_preview1" "fd_read" (memory 1))
            (import "env" "memory" (memory 1))
            (import "wasi_unstable" "fd_close" (func (param i32) (result i32)))
            (import "env" "table" (table 1 funcref))
            (import "env" "global" (global i32))
            (func (export "_start")))"#,
    );
    let names = ["first", "fd_wriet", "fd_write", "fd_read", "memory", "wasi_unstable", "table", "global"];
    case.fails("compile a.wasm", &names);
}

#[test]
fn commands_have_a_start() {
    let case = Case::new("start");
    for (name, text) in [
        ("none.wasm", "(module (func (export \"main\")))"),
        ("memory.wasm", "(module (memory (export \"_start\") 1))"),
        ("param.wasm", "(module (func (export \"_start\") (param i32)))"),
        ("result.wasm", "(module (func (export \"_start\") (result i32) i32.const 0))"),
        ("empty.wasm", "(module)"),
    ] {
        case.wasm(name, text);
        case.fails(&format!("compile {name}"), &[name, "_start"]);
    }
}

#[test]
fn proposals_of_later_are_named() {
    let case = Case::new("proposals");
    for (name, text, proposal) in [
        ("exceptions.wat", "(module (tag) (func (export \"_start\")))", "exception"),
        ("gc.wat", "(module (type (struct)) (func (export \"_start\")))", "gc"),
        ("threads.wat", "(module (memory 1 1 shared) (func (export \"_start\")))", "threads"),
        ("component.wat", "(component)", "component"),
    ] {
        case.file(name, text);
        let text = case.fails(&format!("compile {name}"), &[name]);
        assert!(text.to_lowercase().contains(proposal), "{text}");
        assert_eq!(text.lines().count(), 1, "{text}");
    }
    case.file("simd.wat", "(module (func (export \"_start\") v128.const i32x4 0 0 0 0 drop))");
    let text = case.fails("compile simd.wat --disable simd", &["simd.wat: "]);
    assert!(text.to_lowercase().contains("simd"), "{text}");
    case.works("compile simd.wat");
}

/// Modules with something of everything, for damage.
fn samples() -> Vec<Vec<u8>> {
    let rich = r#"(module $rich
        (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
        (type $t (func (param i32) (result i32)))
        (memory (export "memory") 1 3)
        (table $t 4 8 funcref)
        (global $g (mut i64) (i64.const 7))
        (elem (i32.const 0) $f $f)
        (elem $passive func $f)
        (data (i32.const 8) "hello")
        (data $d "passive")
        (func $f (type $t) (local v128 f64)
            (block $out (loop $again
                (br_if $out (i32.eqz (local.get 0)))
                (local.set 0 (i32.sub (local.get 0) (i32.const 1)))
                (br_table $out $again $again (local.get 0))))
            (memory.init $d (i32.const 0) (i32.const 0) (i32.const 3))
            (table.init $t $passive (i32.const 2) (i32.const 0) (i32.const 1))
            (i32.load offset=4 (i32.const 4)))
        (func $start (export "_start")
            (drop (call_indirect (type $t) (i32.const 3) (i32.const 1)))
            (global.set $g (i64.extend_i32_s (memory.grow (i32.const 1))))
            (call $exit (i32.const 0)))
        (start $s) (func $s))"#;
    [rich, &printer("hello", 1)].map(|text| wat::parse_str(text).unwrap()).into()
}

/// The library's whole way for one input; the answer may be anything but a panic.
fn compile(bytes: &[u8]) -> Result<Vec<u8>, wasmaot_compiler::Error> {
    let options = Options::new(Target::parse("x86_64-linux")?);
    let binary = wasmaot_compiler::parse::to_binary(bytes)?;
    let module = wasmaot_compiler::parse::parse(&binary, &options.features)?;
    let program = wasmaot_compiler::link::command(module)?;
    wasmaot_compiler::compile(&program, &options, &Silent)
}

fn survives(bytes: &[u8], what: &str) -> bool {
    match catch_unwind(AssertUnwindSafe(|| compile(bytes))) {
        Ok(Ok(_)) => true,
        Ok(Err(error)) => {
            let text = error.to_string();
            assert!(!text.contains("internal error"), "{what}: {text}");
            false
        }
        Err(_) => panic!("{what}: panic on {bytes:02x?}"),
    }
}

#[test]
fn truncated_modules() {
    for (number, sample) in samples().into_iter().enumerate() {
        assert!(survives(&sample, "whole"), "sample {number} is good");
        let accepted = (0..sample.len()).filter(|&len| survives(&sample[..len], &format!("first {len} bytes"))).count();
        // A cut between sections can leave a whole module, at most where the custom sections at the end begin.
        assert!(accepted <= 2, "sample {number}: {accepted} prefixes are accepted");
    }
    let case = Case::new("truncated");
    let sample = samples().remove(0);
    for len in (9..sample.len() - 60).step_by(97) {
        case.file("cut.wasm", &sample[..len]);
        case.fails("compile cut.wasm", &["cut.wasm: "]);
    }
}

#[test]
fn changed_bytes_and_random_bytes() {
    let mut seed = 0x9e37_79b9_7f4a_7c15u64;
    let mut random = move || {
        // Xorshift.
        seed ^= seed << 13;
        seed ^= seed >> 7;
        seed ^= seed << 17;
        seed
    };
    for sample in samples() {
        for round in 0..1500 {
            let mut bytes = sample.clone();
            for _ in 0..1 + random() % 3 {
                let at = random() as usize % bytes.len();
                bytes[at] = if random() % 2 == 0 { random() as u8 } else { bytes[at] ^ (1 << (random() % 8)) };
            }
            survives(&bytes, &format!("round {round}"));
        }
    }
    for round in 0..500 {
        let len = random() as usize % 300;
        let mut bytes: Vec<u8> = (0..len).map(|_| random() as u8).collect();
        if round % 2 == 0 {
            bytes.splice(0..0, *b"\0asm\x01\0\0\0");
        }
        survives(&bytes, &format!("random {round}"));
    }
}

#[test]
fn odd_names_are_kept_or_replaced() {
    let case = Case::new("names");
    // Names of the name section that no symbol table likes: empty, NUL, line break, twice the same, not ASCII, very long.
    let long = "x".repeat(100_000);
    let names =
        ["", "a\\00b", "line\\nbreak", "same", "same", "\u{1f980}", "\\7fELF", "wasmaot_program", "_start", &long];
    let functions: String = names.iter().map(|name| format!("(func (@name \"{name}\"))")).collect();
    let exports = "(func (export \"odd\\0aname\") (export \"\") (export \"a\\00b\"))";
    case.file("a.wat", format!("(module {functions} {exports} (func (export \"_start\")))"));
    for flags in ["", "--strip", "--emit=obj -o a.o", "--emit=asm -o a.s", "--emit=clif -o a.clif"] {
        case.works(&format!("compile a.wat {flags}"));
    }
    assert_eq!(case.program("a", &[]).status, 0);
    case.works("inspect a");
    // A name section that is damaged is no reason to refuse a program.
    let mut bytes = wat::parse_str("(module (func $abc (export \"_start\")))").unwrap();
    let at = bytes.windows(3).position(|window| window == b"abc").unwrap();
    bytes[at] = 0xff;
    case.file("b.wasm", &bytes);
    case.works("compile b.wasm");
    assert_eq!(case.program("b", &[]).status, 0);
}
