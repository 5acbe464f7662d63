//! `--wat-map`, and text as its own source: lines of traps. The debuggers' side is `tests/debug/steps.*`.

use crate::case::{Case, printer};
use crate::traces::module;
use std::fs;
use wasmaot_tests::target;

/// Traps in `$checked`, below an exported function without a name.
const TRAP: &str = r#"(module
  (memory 1)
  (func $checked (param $divisor i32) (result i32)
    i32.const 7
    local.get $divisor
    i32.div_s
  )
  (func (export "_start") (local v128 externref)
    (drop (call $checked (i32.const 0)))
  )
)
"#;

#[test]
fn traps_name_lines_of_the_text() {
    let case = Case::new("wat-map");
    case.file("trap.wat", TRAP);
    case.wasm("trap.wasm", TRAP);
    let folder = case.folder.display().to_string();
    for flags in ["", "-O0"] {
        // The text itself.
        case.works(&format!("compile -g {flags} trap.wat -o trap"));
        let finished = case.program("trap", &[]);
        let said = String::from_utf8(finished.stderr).unwrap();
        assert!(said.contains(&format!("  0: checked ({folder}/trap.wat:6:5)\n")), "{said}");
        assert!(said.contains(&format!("  1: _start ({folder}/trap.wat:9:12)\n")), "{said}");
        // What is printed.
        case.works(&format!("compile -g {flags} trap.wasm -o trap --wat-map view.wat"));
        let text = fs::read_to_string(case.folder.join("view.wat")).unwrap();
        let line = |word: &str| text.lines().position(|line| line.contains(word)).unwrap() + 1;
        let finished = case.program("trap", &[]);
        let said = String::from_utf8(finished.stderr).unwrap();
        assert!(said.contains(&format!("  0: checked ({folder}/view.wat:{}:5)\n", line("i32.div_s"))), "{said}");
        assert!(said.contains(&format!("  1: _start ({folder}/view.wat:{}:5)\n", line("call $checked"))), "{said}");
        assert!(text.contains("(param $divisor i32)"), "{text}");
        // It can be compiled again.
        case.works(&format!("compile -g {flags} view.wat -o again"));
        let finished = case.program("again", &[]);
        let second = String::from_utf8(finished.stderr).unwrap();
        assert_eq!(second, said);
    }
    // The code is the same.
    case.works("compile --emit=asm trap.wasm -o plain.s");
    case.works("compile -g --emit=asm trap.wasm -o view.s --wat-map view.wat");
    let read = |name: &str| fs::read_to_string(case.folder.join(name)).unwrap();
    assert_eq!(read("plain.s"), read("view.s"));
}

#[test]
fn a_long_body_has_its_lines() {
    // The length of a body takes more than one byte.
    let case = Case::new("wat-map-long");
    let text = format!(
        "(module\n  (memory 1)\n  (func $long (export \"_start\")\n{}    unreachable\n  )\n)\n",
        "    (i32.store (i32.const 8) (i32.const 1234567))\n".repeat(3000)
    );
    case.file("long.wat", &text);
    case.works("compile -g long.wat -o long");
    let said = String::from_utf8(case.program("long", &[]).stderr).unwrap();
    assert!(said.contains("/long.wat:3004:5)"), "{said}");
}

#[test]
fn it_takes_the_place_of_debug_information() {
    let case = Case::new("wat-map-dwarf");
    if !module(&case) {
        return;
    }
    case.works("compile -g trace.wasm -o trace --wat-map trace.wat");
    let said = String::from_utf8(case.program("trace", &["x"]).stderr).unwrap();
    assert!(said.contains("  0: load (") && said.contains("/trace.wat:") && !said.contains(".c:"), "{said}");
    if target::which("llvm-dwarfdump-19").is_some() {
        for flags in
            ["", "-O0 --dwarf=4", "--emit=obj", "--target aarch64-linux", "--emit=exe-obj --target x86_64-windows"]
        {
            case.works(&format!("compile -g trace.wasm {flags} -o out --wat-map trace.wat"));
            let finished = case.finish(case.command("llvm-dwarfdump-19").args(["--verify", "out"]));
            assert_eq!(finished.status, 0, "{flags}: {}", finished.complaint());
        }
    }
}

#[test]
fn says_what_is_missing() {
    let case = Case::new("wat-map-errors");
    case.wasm("a.wasm", &printer("a", 0));
    let said = case.wasmaot("compile -g a.wasm -o a").complaint();
    assert!(
        said.contains("a.wasm: warning: no debug information in the module: lines only with --wat-map FILE"),
        "{said}"
    );
    case.fails_with("compile a.wasm --wat-map a.wat", b"", 2, &["--wat-map: only with -g"]);
    case.fails_with("compile -g a.wasm --wat-map -", b"", 2, &["--wat-map: a file"]);
    case.fails("compile -g a.wasm --wat-map a.wasm", &["a.wasm: is the input"]);
    case.fails("compile -g a.wasm -o out --wat-map out", &["out: is the output"]);
}
