//! Inputs that are large in one direction: a right result or a clear error, in a bounded time.

use crate::case::Case;

/// Ends with the value of `value`, an expression, less everything above 7 bits.
fn exit_with(functions: &str, value: &str) -> String {
    format!(
        r#"(module (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32))) {functions}
            (func (export "_start") (call $exit (i32.and (i32.const 127) {value}))))"#
    )
}

fn exits(name: &str, text: &str, status: i32) {
    let case = Case::new(name);
    case.wasm("a.wasm", text);
    case.works("compile a.wasm");
    let finished = case.program("a", &[]);
    assert_eq!(finished.status, status, "{}", finished.complaint());
    case.works("compile a.wasm -O0 --memory-base=register");
    assert_eq!(case.program("a", &[]).status, status);
}

#[test]
fn a_hundred_thousand_functions() {
    let functions: String = (0..100_000)
        .map(|n| format!("(func $f{n} (param i32) (result i32) (i32.add (local.get 0) (i32.const {n})))\n"))
        .collect();
    exits(
        "many-functions",
        &exit_with(&functions, "(call $f99999 (call $f50000 (i32.const 1)))"),
        (99_999 + 50_001) % 128,
    );
}

#[test]
fn one_function_of_a_megabyte() {
    // 7 bytes each: straight-line code.
    let steps = "(local.set 0 (i32.add (local.get 0) (i32.const 3)))".repeat(150_000);
    let function = format!("(func $f (param i32) (result i32) {steps} (local.get 0))");
    exits("straight-megabyte", &exit_with(&function, "(call $f (i32.const 1))"), (150_000 * 3 + 1) % 128);
}

#[test]
fn a_megabyte_of_blocks() {
    let steps = "(if (i32.and (local.get 0) (i32.const 1)) (then (local.set 0 (i32.add (local.get 0) (i32.const 3)))) \
                 (else (local.set 0 (i32.add (local.get 0) (i32.const 5)))))"
        .repeat(45_000);
    let function = format!("(func $f (param i32) (result i32) {steps} (local.get 0))");
    // Odd numbers get 3 more and are even then; even ones get 5 more.
    exits("branching-megabyte", &exit_with(&function, "(call $f (i32.const 0))"), (45_000 / 2 * 8) % 128);
}

#[test]
fn many_locals() {
    let case = Case::new("locals");
    // More than the validator's limit of 50,000 (an implementation limit of the JavaScript embedding).
    let locals = |count: usize| format!("(local {})", "i64 ".repeat(count));
    case.wasm("many.wasm", &format!("(module (func $f {}) (func (export \"_start\")))", locals(100_000)));
    case.fails("compile many.wasm", &["many.wasm: ", "too many locals", "offset 0x"]);
    let last = format!(
        "(func $f (result i32) {} (local.set 49998 (i64.const 77)) (i32.wrap_i64 (local.get 49998)))",
        locals(49_999)
    );
    exits("locals-most", &exit_with(&last, "(call $f)"), 77);
}

#[test]
fn deep_nesting() {
    let depth = 10_000;
    for (name, open, close) in [
        ("blocks", "block ", "end "),
        ("loops", "loop ", "end "),
        ("ifs", "local.get 0 if ", "end "),
        ("valued-blocks", "i32.const 1 block (param i32) (result i32) ", "end drop "),
    ] {
        let function = format!(
            "(func $f (param i32) (result i32) {} local.get 0 i32.const 41 i32.add local.set 0 {} local.get 0)",
            open.repeat(depth),
            close.repeat(depth)
        );
        exits(&format!("deep-{name}"), &exit_with(&function, "(call $f (i32.const 1))"), 42);
    }
    // Out of all of them at once.
    let function = format!(
        "(func $f (param i32) (result i32) {} local.get 0 br_table {} {} i32.const 9 return {} local.get 0)",
        "block ".repeat(depth),
        "0 5 ",
        depth - 1,
        "end ".repeat(depth)
    );
    exits("deep-branch", &exit_with(&function, "(call $f (i32.const 99))"), 99);
}

#[test]
fn deep_expressions_and_text() {
    // A stack of 20,000 values in the binary form.
    let function = format!("(func $f (result i32) {} {})", "i32.const 1 ".repeat(20_000), "i32.add ".repeat(19_999));
    exits("deep-stack", &exit_with(&function, "(call $f)"), 20_000 % 128);
    // Nested parentheses in the text form: a result or an error, but no crash.
    let case = Case::new("deep-text");
    let text = format!("(module (func (export \"_start\") {}{}))", "(block ".repeat(30_000), ")".repeat(30_000));
    case.file("a.wat", text);
    let finished = case.wasmaot("compile a.wat");
    assert!(finished.status == 0 || finished.status == 1, "{}: {}", finished.status, finished.complaint());
}

#[test]
fn large_branch_table() {
    let count = 60_000;
    let function = format!(
        "(func $f (param i32) (result i32) block $a block $b local.get 0 br_table {} $b end i32.const 3 return end i32.const 4)",
        "$a $b ".repeat(count / 2)
    );
    exits(
        "branch-table",
        &exit_with(&function, "(i32.add (call $f (i32.const 59998)) (call $f (i32.const 59999)))"),
        7,
    );
}

#[test]
fn many_parameters_and_results() {
    let types = "i64 ".repeat(1000);
    let values = (0..1000).map(|n| format!("local.get {n} ")).collect::<String>();
    let arguments = (0..1000).map(|n| format!("i64.const {n} ")).collect::<String>();
    let functions = format!(
        "(func $f (param {types}) (result {types}) {values})
         (func $g (result i32) (local i64) {arguments} call $f {} local.set 0 {} local.get 0 i32.wrap_i64)",
        "drop ".repeat(900),
        "drop ".repeat(99),
    );
    exits("many-results", &exit_with(&functions, "(call $g)"), 99);
}

#[test]
fn many_of_everything_else() {
    let count = 30_000;
    let mut text = String::from("(memory 1) (table 1 funcref)");
    for n in 0..count {
        text.push_str(&format!(
            "(global $g{n} (mut i32) (i32.const {n}))\n(data (i32.const {n}) \"\\{:02x}\")\n",
            n % 100
        ));
        text.push_str(&format!("(func $e{n}) (export \"export number {n}\" (func $e{n}))\n"));
    }
    let value = "(i32.add (global.get $g29999) (i32.load8_u (i32.const 29998)))";
    exits("many-items", &exit_with(&text, value), (29_999 + 98) % 128);
}

#[test]
fn sizes_at_the_limits() {
    let case = Case::new("limits");
    // A memory that no machine gives at once is mapped, or the program says that it cannot have it.
    case.wasm("big-memory.wasm", &exit_with("(memory 65536)", "(memory.size)"));
    case.works("compile big-memory.wasm");
    let finished = case.program("big-memory", &[]);
    assert!(finished.status == 0 || !finished.stderr.is_empty(), "{}", finished.complaint());
    case.file("memory.wat", "(module (memory 65537) (func (export \"_start\")))");
    case.fails("compile memory.wat", &["memory.wat: ", "memory size"]);
    case.file("table.wat", "(module (table 4294967295 funcref) (func (export \"_start\")))");
    case.works("compile table.wat");
    let finished = case.program("table", &[]);
    assert!(finished.status == 0 || !finished.stderr.is_empty(), "{}", finished.complaint());
    // Segments that do not fit trap when the program starts, as the specification has it.
    case.wasm("data.wasm", "(module (memory 1) (data (i32.const 65535) \"ab\") (func (export \"_start\")))");
    case.works("compile data.wasm");
    assert_eq!(case.program("data", &[]).status, 134);
    case.wasm("elem.wasm", "(module (table 1 funcref) (elem (i32.const 1) $f) (func $f (export \"_start\")))");
    case.works("compile elem.wasm");
    assert_eq!(case.program("elem", &[]).status, 134);
    // Exactly what fits.
    case.wasm("fits.wasm", "(module (memory 1) (data (i32.const 65534) \"ab\") (func (export \"_start\")))");
    case.works("compile fits.wasm");
    assert_eq!(case.program("fits", &[]).status, 0);
}

#[test]
fn frames_larger_than_the_guard() {
    // Live values of 200 KB in one frame: the stack's guard must not be jumped over.
    let count = 25_000;
    let loads = (0..count).map(|n| format!("(i64.load (i32.const {})) ", n * 8 % 65_000)).collect::<String>();
    let function = format!(
        "(memory 1) (func $f (param i32) (result i64) {loads} (if (local.get 0) (then (drop (call $f (local.get 0))))) {})",
        "i64.add ".repeat(count - 1)
    );
    let case = Case::new("large-frame");
    case.wasm("a.wasm", &exit_with(&function, "(i32.wrap_i64 (call $f (i32.const 1)))"));
    case.works("compile a.wasm");
    let finished = case.program("a", &[]);
    assert_eq!(finished.status, 134, "{}", finished.complaint());
    let text = String::from_utf8_lossy(&finished.stderr);
    assert!(text.contains("call stack exhausted"), "{text}");
}
