//! What a trap says with `-g`: functions, files, lines and columns, inlined functions too. wasmtime says the same of the
//! module, llvm-symbolizer and addr2line of the program.

use crate::case::Case;
use object::{Object, ObjectSection, ObjectSymbol};
use std::fs;
use wasmaot_tests::{target, tools};

/// Traps three functions deep, two of which are inlined.
const PROGRAM: &str = r#"#include <stdio.h>
static inline __attribute__((always_inline)) int divide(int a, int b)
{
    return a / b;
}
static inline __attribute__((always_inline)) int middle(int a, int b)
{
    puts("x");
    return 3 + divide(a, b);
}
__attribute__((noinline)) static int outer(int n)
{
    int r = n * 2;
    r += middle(r, n - 1);
    return r;
}
__attribute__((noinline)) static int load(const volatile int *p)
{
    return *p;
}
__attribute__((noinline)) static int stop(void)
{
    __builtin_trap();
}
int main(int argc, char **argv)
{
    switch (argc) {
    case 1: return outer(*(volatile int *)&argc);
    case 2: return load((const volatile int *)0xfffffff0) + 1;
    default: return stop() + 1;
    }
}
"#;

/// The frames of the program's own functions for each number of arguments.
const FRAMES: [&[&str]; 3] = [
    &["divide trace.c:4:14 [inlined]", "middle trace.c:9:16 [inlined]", "outer trace.c:14:10", "main trace.c:28:20"],
    &["load trace.c:19:12", "main trace.c:29:20"],
    &["stop trace.c:23:5", "main trace.c:30:21"],
];

fn compiles(case: &Case, words: &[&str]) -> bool {
    if target::which(words[0]).is_none() {
        eprintln!("no {}: not tested", words[0]);
        return false;
    }
    let finished = case.finish(case.command(words[0]).args(&words[1..]));
    assert_eq!(finished.status, 0, "{words:?}: {}", finished.complaint());
    true
}

/// Compiles [`PROGRAM`] to `trace.wasm`; not if there is no compiler for it.
pub fn module(case: &Case) -> bool {
    case.file("trace.c", PROGRAM);
    let flags = ["-O2", "-g", "-fno-optimize-sibling-calls", "trace.c", "-o", "trace.wasm"];
    compiles(case, &[&["clang-19", "--target=wasm32-wasi", "--sysroot=/usr"][..], &flags].concat())
}

/// The frames that a message has, without numbers and the folder's name.
fn frames(case: &Case, said: &[u8]) -> Vec<String> {
    let said = String::from_utf8_lossy(said).replace(&format!("{}/", case.folder.display()), "");
    let lines = said.lines().skip_while(|line| !line.starts_with("wasmaot: trap: ")).skip(1);
    lines.map(|line| line.split_once(": ").unwrap().1.replace(['(', ')'], "")).collect()
}

#[test]
fn frames_have_lines() {
    let case = Case::new("traces");
    if !module(&case) {
        return;
    }
    case.works("compile trace.wasm -o plain");
    for flags in ["", "-O0", "--memory-base=register", "--target aarch64-linux", "--target riscv64-linux"] {
        case.works(&format!("compile -g {flags} trace.wasm -o trace"));
        for (count, expected) in FRAMES.iter().enumerate() {
            let words: Vec<String> = match flags.strip_prefix("--target ") {
                Some(name) => {
                    match target::of(name).filter(|words| target::which(words.split(' ').next().unwrap()).is_some()) {
                        Some(words) => words.split(' ').map(str::to_owned).collect(),
                        None => continue,
                    }
                }
                None => Vec::new(),
            };
            let program = case.folder.join("trace");
            let mut command = match words.split_first() {
                Some((first, rest)) => {
                    let mut command = case.command(first);
                    command.args(rest).arg(program);
                    command
                }
                None => case.command(program),
            };
            let finished = case.finish(command.args(vec!["x"; count]));
            let found = frames(&case, &finished.stderr);
            assert_eq!(finished.status, 134);
            assert_eq!(&found[..expected.len()], *expected, "{flags}: {}", finished.complaint());
            // The C library has them too.
            assert!(found.iter().any(|frame| frame.starts_with("_start ") && frame.contains("crt1-command.c:")));
        }
    }
    // Without -g: numbers, as ever.
    let finished = case.program("plain", &[]);
    assert!(frames(&case, &finished.stderr)[0].starts_with("outer wasm function "), "{}", finished.complaint());
}

#[test]
fn wasmtime_says_the_same() {
    let case = Case::new("traces-wasmtime");
    let Ok(wasmtime) = tools::tool("wasmtime") else { return };
    if !module(&case) {
        return;
    }
    case.works("compile -g trace.wasm -o trace");
    for count in 0..FRAMES.len() {
        let arguments = vec!["x"; count];
        let mut command = case.command(&wasmtime);
        command.args(["run", "-D", "debug-info", "trace.wasm"]).args(&arguments);
        let judge = case.finish(command.env("WASMTIME_BACKTRACE_DETAILS", "1"));
        let judge = String::from_utf8(judge.stderr).unwrap();
        let judge = judge.lines().filter_map(|line| line.trim().strip_prefix("at "));
        let judge: Vec<&str> = judge.filter(|line| line.contains(".c:")).collect();
        let finished = case.program("trace", &arguments);
        let said = String::from_utf8(finished.stderr).unwrap();
        let said = said.lines().filter_map(|line| Some(line.rsplit_once(" (")?.1.split_once(')')?.0));
        let said: Vec<&str> = said.filter(|line| line.contains(".c:")).collect();
        assert!(said.len() >= 4 && said == judge, "{said:#?} {judge:#?}");
    }
}

/// Addresses of the frames in the file, the innermost first, when the program has stopped at its trap: by gdb, which knows
/// the registers, and frame pointers.
fn addresses(case: &Case, count: usize, arguments: &[&str]) -> Vec<u64> {
    let mut gdb = case.command("gdb");
    gdb.args([
        "-nx",
        "-batch",
        "-iex",
        "set debuginfod enabled off",
        "-ex",
        "set startup-with-shell off",
        "-ex",
        "run",
    ]);
    let mut frame = "$rbp".to_owned();
    gdb.args(["-ex", "info symbol $pc"]);
    for _ in 1..count {
        gdb.args(["-ex", &format!("info symbol *(long *)({frame} + 8) - 1")]);
        frame = format!("*(long *)({frame})");
    }
    let finished = case.finish(gdb.arg("--args").arg("./trace").args(arguments));
    let bytes = fs::read(case.folder.join("trace")).unwrap();
    let file = object::File::parse(&*bytes).unwrap();
    let said = String::from_utf8(finished.stdout).unwrap();
    let places = said.lines().filter_map(|line| line.split_once(" in section .text"));
    let address = |(place, _): (&str, &str)| {
        let (name, offset) = place.split_once(" + ").unwrap_or((place, "0"));
        let symbol = file.symbols().find(|symbol| symbol.name() == Ok(name)).unwrap();
        symbol.address() + offset.parse::<u64>().unwrap()
    };
    let addresses: Vec<u64> = places.map(address).collect();
    assert_eq!(addresses.len(), count, "{said}");
    addresses
}

#[test]
fn symbolizers_say_the_same() {
    let case = Case::new("traces-symbolizers");
    if cfg!(not(target_arch = "x86_64")) || target::which("gdb").is_none() || !module(&case) {
        return;
    }
    for flags in ["", "-O0"] {
        case.works(&format!("compile -g {flags} trace.wasm -o trace"));
        for (count, expected) in FRAMES.iter().enumerate() {
            let functions = expected.iter().filter(|frame| !frame.ends_with("[inlined]")).count();
            let addresses = addresses(&case, functions, &vec!["x"; count]);
            for tool in ["llvm-symbolizer-19", "addr2line"] {
                let mut command = case.command(tool);
                if tool != "addr2line" {
                    command.arg("--output-style=GNU");
                }
                if target::which(tool).is_none() {
                    eprintln!("no {tool}: not tested");
                    continue;
                }
                command.args(["-f", "-i", "-e", "trace"]).args(addresses.iter().map(|at| format!("{at:#x}")));
                let said = String::from_utf8(case.finish(&mut command).stdout).unwrap();
                let said = said.replace(&format!("{}/", case.folder.display()), "");
                let lines: Vec<&str> = said.lines().collect();
                // Function and place alternate. These tools have no columns in this form, but discriminators.
                let pairs = lines
                    .chunks_exact(2)
                    .map(|pair| format!("{} {}", pair[0], pair[1].split(" (discriminator").next().unwrap()));
                let without_columns = expected
                    .iter()
                    .map(|frame| frame.trim_end_matches(" [inlined]").rsplit_once(':').unwrap().0.to_owned());
                assert_eq!(pairs.collect::<Vec<_>>(), without_columns.collect::<Vec<_>>(), "{tool} {flags} {said}");
            }
        }
    }
}

#[test]
fn rust_panics_have_lines_and_names() {
    let case = Case::new("traces-rust");
    case.file(
        "panic.rs",
        "#[inline(always)]\nfn pick(all: &[u32], at: usize) -> u32 {\n    all[at]\n}\n\nfn main() {\n    let all: Vec<u32> = \
         std::env::args().map(|word| word.len() as u32).collect();\n    std::process::exit(pick(&all, all.len() * 3) as i32);\n}\n",
    );
    if !compiles(
        &case,
        &["rustc", "--target=wasm32-wasip1", "--edition=2024", "-O", "-g", "panic.rs", "-o", "panic.wasm"],
    ) {
        return;
    }
    case.works("compile -g panic.wasm -o panic");
    let finished = case.program("panic", &[]);
    let found = frames(&case, &finished.stderr);
    let at = found.iter().position(|frame| frame == "panic::pick panic.rs:3:5 [inlined]");
    let at = at.unwrap_or_else(|| panic!("{}", finished.complaint()));
    assert_eq!(found[at + 1], "panic::main panic.rs:8:24", "{}", finished.complaint());
    assert!(
        found[at - 1].starts_with("core::panicking::panic_bounds_check ") && found[at - 1].contains("panicking.rs:")
    );
    assert!(
        !found.iter().any(|frame| frame.starts_with('_') && !frame.starts_with("__") && !frame.starts_with("_start"))
    );
}

#[test]
fn lines_are_a_section_of_programs_with_g() {
    let case = Case::new("traces-sections");
    if !module(&case) {
        return;
    }
    let section = |flags: &str| {
        case.works(&format!("compile {flags} trace.wasm -o out"));
        let bytes = fs::read(case.folder.join("out")).unwrap();
        let file = object::File::parse(&*bytes).unwrap();
        let text = file.section_by_name(".text").unwrap().uncompressed_data().unwrap().into_owned();
        (file.section_by_name(".wasmaot.lines").map(|section| section.size()), text)
    };
    let (none, text) = section("--emit=exe-obj");
    let (some, same_text) = section("--emit=exe-obj -g");
    assert_eq!(none, None);
    assert!(some.is_some_and(|size| (200..10_000).contains(&size)), "{some:?}");
    assert!(text == same_text, "-g changes the code");
    assert_eq!(section("-g --strip").0, None);
    assert!(section("-g --emit=obj").0.is_some());
    for target in ["x86_64-windows", "x86_64-macos", "aarch64-macos"] {
        case.works(&format!("compile -g --emit=exe-obj --target {target} trace.wasm -o out"));
        let bytes = fs::read(case.folder.join("out")).unwrap();
        let file = object::File::parse(&*bytes).unwrap();
        let writer = |symbol: object::Symbol| symbol.name().is_ok_and(|name| name.ends_with("wasmaot_lines"));
        assert!(file.symbols().any(writer), "{target}");
    }
}
