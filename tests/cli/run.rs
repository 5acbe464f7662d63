//! `wasmaot run`: the cache, the arguments, and grants at start.

use crate::case::{Case, printer};
use crate::compile::environment_printer;
use std::fs;

/// Prints its arguments, each with a NUL behind it.
fn argument_printer() -> String {
    environment_printer().replace("environ_", "args_")
}

fn entries(case: &Case) -> usize {
    fs::read_dir(case.folder.join("cache/wasmaot")).map_or(0, Iterator::count)
}

#[test]
fn runs_and_remembers() {
    let case = Case::new("run");
    case.wasm("a.wasm", &printer("hello\n", 9));
    for _ in 0..2 {
        let finished = case.wasmaot("run a.wasm");
        assert_eq!((finished.stdout.as_slice(), finished.status), (&b"hello\n"[..], 9), "{}", finished.complaint());
        assert_eq!(entries(&case), 1);
    }
    assert_eq!(case.names(), ["a.wasm"]);
    // Another module, other code, another build: other entries. Other grants: the same.
    case.wasm("b.wasm", &printer("hello\n", 8));
    assert_eq!(case.wasmaot("run b.wasm").status, 8);
    assert_eq!(entries(&case), 2);
    assert_eq!(case.wasmaot("run -O0 a.wasm").status, 9);
    assert_eq!(entries(&case), 3);
    assert_eq!(case.wasmaot("run --env A=1 --dir . --max-memory 1G --timeout 60s a.wasm").status, 9);
    assert_eq!(entries(&case), 3);
}

#[test]
fn arguments_are_the_programs() {
    let case = Case::new("run-arguments");
    fs::create_dir(case.folder.join("sub")).unwrap();
    case.wasm("sub/args.wasm", &argument_printer());
    for (args, expected) in [
        ("run sub/args.wasm", "args.wasm\0"),
        ("run sub/args.wasm a b", "args.wasm\0a\0b\0"),
        ("run sub/args.wasm -- -a --dir", "args.wasm\0-a\0--dir\0"),
        ("run sub/args.wasm -O0 -- -a -- b", "args.wasm\0-a\0--\0b\0"),
        ("run -O0 sub/args.wasm -a", "args.wasm\0-a\0"),
        ("run --arg0=me sub/args.wasm x", "me\0x\0"),
    ] {
        let finished = case.wasmaot(args);
        assert_eq!(String::from_utf8_lossy(&finished.stdout), expected, "{args}: {}", finished.complaint());
        assert!(finished.stderr.is_empty(), "{args}: {}", finished.complaint());
    }
    let finished = case.wasmaot("run sub/args.wasm --dir .");
    assert_eq!(finished.stdout, b"args.wasm\0--dir\0.\0");
    assert!(finished.complaint().contains("--dir went to the program"), "{}", finished.complaint());
}

#[test]
fn grants_are_given_at_start() {
    let case = Case::new("run-grants");
    case.wasm("env.wasm", &environment_printer());
    let finished = case.wasmaot(r"run --env A=1,\: --env=B= env.wasm");
    assert_eq!(String::from_utf8_lossy(&finished.stdout), "A=1,\\:\0B=\0", "{}", finished.complaint());
    let wasmaot = wasmaot_tests::tools::wasmaot().unwrap();
    let run = |args: &[&str]| {
        let mut command = case.command(&wasmaot);
        let output = command.arg("run").args(args).env("WASMAOT_ENV", "X=7").env("Y", "8").output().unwrap();
        String::from_utf8(output.stdout).unwrap()
    };
    assert_eq!(run(&["env.wasm"]), "X=7\0");
    assert_eq!(run(&["--env", "Y", "env.wasm"]), "X=7\0Y=8\0");
    assert_eq!(run(&["--sealed", "--env", "Y", "env.wasm"]), "Y=8\0");
    assert!(run(&["--inherit-env", "env.wasm"]).contains("Y=8\0"));
    assert!(!run(&["--inherit-env", "env.wasm"]).contains("WASMAOT"));
}

#[test]
fn says_what_is_wrong() {
    let case = Case::new("run-errors");
    case.fails("run no.wasm", &["no.wasm: no such file or directory"]);
    case.file("bad.wasm", b"\0asm\x01\0\0\0\xff");
    case.fails("run bad.wasm", &["bad.wasm: "]);
    assert_eq!(entries(&case), 0);
    case.wasm("a.wasm", &printer("a", 0));
    let mut command = case.command(wasmaot_tests::tools::wasmaot().unwrap());
    let output = command.args(["run", "a.wasm"]).env_remove("XDG_CACHE_HOME").env_remove("HOME").output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&output.stderr).contains("set HOME or XDG_CACHE_HOME"));
}
