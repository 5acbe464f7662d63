//! Help, completions, and command lines that are wrong (exit code 2).

use crate::case::{Case, printer};
use std::process::Command;

#[test]
fn help_names_every_command() {
    let case = Case::new("help");
    let text = case.works("--help");
    for command in ["compile", "run", "inspect", "targets", "completions"] {
        assert!(text.contains(command), "{command}");
        assert!(case.works(&format!("{command} --help")).contains("Usage: wasmaot"), "{command}");
        assert_eq!(case.works(&format!("{command} -h")), case.works(&format!("help {command}")));
    }
    assert_eq!(case.works(""), text);
    assert!(case.works("--version").starts_with("wasmaot 0."));
    assert!(case.works("targets").contains("x86_64-linux"));
}

#[test]
fn wrong_command_lines_say_what_to_write() {
    let case = Case::new("usage");
    case.wasm("a.wasm", &printer("a", 0));
    for (args, part) in [
        ("compil a.wasm", "did you mean compile?"),
        ("a.wasm", "wasmaot compile a.wasm"),
        ("compile", "INPUT is missing"),
        ("compile a.wasm b.wasm", "unexpected argument b.wasm; for the output: -o b.wasm"),
        ("compile a.wasm --dri .", "did you mean --dir?"),
        ("compile a.wasm --emit=exee", "did you mean exe?"),
        ("compile a.wasm -O9", "not one of 0, 1, 2, s"),
        ("compile a.wasm --target=x86-64-linux", "did you mean x86_64-linux?"),
        ("compile a.wasm --cpu=z80", "z80"),
        ("compile a.wasm --cpu=+sse9", "sse9"),
        ("compile a.wasm --stack-size=8Q", "--stack-size \"8Q\""),
        ("compile a.wasm --listen=80", "127.0.0.1:8080"),
        ("compile a.wasm --max-memory=much", "64MiB"),
        ("compile a.wasm --timeout=0", "above zero"),
        ("compile a.wasm --env==b", "name is empty"),
        ("compile a.wasm --dir=a::/x --dir=b::/x", "/x is already the folder a"),
        ("compile a.wasm --enable=simmd", "did you mean simd?"),
        ("compile a.wasm --enable=gc", "gc is not supported yet"),
        ("compile a.wasm -j 0", "from 1 to 1024"),
        ("compile a.wasm --linker=no-such-linker", "not in PATH"),
        ("run", "INPUT is missing"),
        ("run a.wasm --drr=. -- x", "wasmaot run a.wasm -- ARGS"),
        ("inspect", "FILE is missing"),
        ("inspect a.wasm --largest=x", "--largest"),
        ("completions tcsh", "bash, zsh, fish, powershell"),
        ("--frobnicate", "unknown flag"),
    ] {
        case.fails_with(args, b"", 2, &[part]);
    }
}

#[test]
fn completions_complete() {
    let case = Case::new("completions");
    for shell in ["zsh", "fish", "powershell"] {
        assert!(case.works(&format!("completions {shell}")).contains("memory-base"), "{shell}");
    }
    let script = case.works("completions bash");
    for (words, expected) in [
        ("wasmaot com", "compile completions"),
        ("wasmaot compile --emit c", "clif"),
        ("wasmaot compile --se", "--sealed"),
        ("wasmaot completions f", "fish"),
    ] {
        let words: Vec<&str> = words.split(' ').collect();
        let test = format!(
            "{script}\nCOMP_WORDS=({}); COMP_CWORD={}; _wasmaot; echo \"${{COMPREPLY[*]}}\"",
            words.join(" "),
            words.len() - 1
        );
        let output = Command::new("bash").args(["-c", &test]).output().unwrap();
        assert_eq!(String::from_utf8_lossy(&output.stdout).trim(), expected, "{words:?}");
    }
}

#[test]
fn a_closed_pipe_is_no_panic() {
    let case = Case::new("pipe");
    let wasmaot = wasmaot_tests::tools::wasmaot().unwrap();
    let line = format!("{} man | head -1", wasmaot.display());
    let output = case.command("bash").args(["-c", &line]).output().unwrap();
    assert!(output.stderr.is_empty(), "{}", String::from_utf8_lossy(&output.stderr));
}
