//! Runs the runtime as it is shipped: built as a standalone library by rustc, linked with a fake program written in
//! assembly, as a static-pie without libc. One file of `tests/freestanding/` is one test; comments in its head say what
//! must come of it (`status`, `signal`, `stderr`, `stdin` and `stdout` in hexadecimal, `lines` on standard error) and
//! what it is started with (`env`). The programs are x86-64 assembly; what other instruction sets do is tested by the suites
//! of `tests/` with compiled programs, under emulators.
#![cfg(all(target_os = "linux", target_arch = "x86_64"))]

use std::fs;
use std::io::Write;
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

#[test]
fn freestanding() {
    let source = Path::new(env!("CARGO_MANIFEST_DIR"));
    let out = Path::new(env!("CARGO_TARGET_TMPDIR")).join("freestanding");
    fs::create_dir_all(&out).unwrap();
    let library = build_library(source, &out);
    let folder = source.join("tests/freestanding");
    let mut tests: Vec<_> = fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    tests.retain(|path| path.extension().is_some_and(|extension| extension == "s"));
    tests.sort();
    let failures: Vec<_> = tests.iter().filter_map(|test| run_test(test, &library, &out).err()).collect();
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

fn build_library(source: &Path, out: &Path) -> PathBuf {
    let rustc = std::env::var_os("RUSTC").unwrap_or("rustc".into());
    let abi = out.join("libwasmaot_abi.rlib");
    let library = out.join("libwasmaot_runtime.a");
    let common = "--edition 2024 -C panic=abort -C opt-level=s -C codegen-units=1 -C force-frame-pointers=yes \
                  -C relocation-model=pic -C embed-bitcode=yes";
    let mut build = Command::new(&rustc);
    build.args(common.split_whitespace()).args(["--crate-type", "rlib", "--crate-name", "wasmaot_abi"]);
    success(build.arg(source.join("abi/src/lib.rs")).arg("-o").arg(&abi));
    let mut build = Command::new(&rustc);
    build.args(common.split_whitespace()).args(["-C", "lto=fat", "--cfg", "wasmaot_standalone"]);
    build.args(["--crate-type", "staticlib", "--crate-name", "wasmaot_runtime", "--extern"]);
    build.arg(format!("wasmaot_abi={}", abi.display()));
    success(build.arg(source.join("src/lib.rs")).arg("-o").arg(&library));
    library
}

fn success(command: &mut Command) {
    let output = command.output().unwrap();
    assert!(output.status.success(), "{command:?}: {}", String::from_utf8_lossy(&output.stderr));
}

fn run_test(test: &Path, library: &Path, out: &Path) -> Result<(), String> {
    let name = test.file_stem().unwrap();
    let program = out.join(name);
    let mut link = Command::new("cc");
    link.args("-nostdlib -static-pie -Wl,--gc-sections,--no-dynamic-linker,-z,noexecstack".split_whitespace());
    link.arg("-Wl,-e,wasmaot_start").arg(format!("-Wa,-I{}", test.parent().unwrap().display()));
    success(link.arg(test).arg(library).arg("-o").arg(&program));

    let text = fs::read_to_string(test).unwrap();
    let of = |key: &str| -> Vec<&str> {
        let lines = text.lines().filter_map(|line| line.strip_prefix("# ")?.strip_prefix(key)?.strip_prefix(": "));
        lines.collect()
    };
    let mut child = Command::new(&program)
        .envs(of("env").iter().filter_map(|variable| variable.split_once('=')))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(|error| format!("{name:?}: {error}"))?;
    let _ = child.stdin.take().unwrap().write_all(&hex(&of("stdin")));
    let output = child.wait_with_output().unwrap();
    let stderr = String::from_utf8_lossy(&output.stderr);
    let fail = |what: &str| Err(format!("{name:?}: {what}: {:?}\n{stderr}", output.status));

    let number = |key| of(key).first().map(|text| text.parse::<i32>().unwrap());
    if number("status") != output.status.code() || number("signal") != output.status.signal() {
        return fail("status");
    }
    if output.stdout != hex(&of("stdout")) {
        return fail(&format!("standard output {:x?}", output.stdout));
    }
    let lines: Vec<_> = stderr.lines().collect();
    let wanted = number("lines").map_or(of("stderr").len(), |lines| lines as usize);
    if !lines.starts_with(&of("stderr")) || lines.len() != wanted {
        return fail(&format!("standard error, {} lines", lines.len()));
    }
    Ok(())
}

/// Bytes written in hexadecimal.
fn hex(lines: &[&str]) -> Vec<u8> {
    let digits: String = lines.concat().split_whitespace().collect();
    let pairs = (0..digits.len()).step_by(2).map(|at| u8::from_str_radix(&digits[at..at + 2], 16).unwrap());
    pairs.collect()
}
