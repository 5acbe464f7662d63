//! Random C programs: csmith's seeds, each built natively by the machine's own C compiler and to wasm by clang, whose
//! module wasmaot then compiles. Both print checksums of all their state, which must agree.
//!
//! `CSMITH_SEEDS=1-40` (the default) chooses seeds, `WASMAOT_FLAGS` adds flags to `wasmaot compile`, `CFLAGS_WASM`
//! replaces the flags of clang (`-O2`). A seed whose native program does not end in a few seconds is skipped.

use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};
use std::time::Duration;
use wasmaot_tests::process::{Finished, finish};
use wasmaot_tests::report::{self, Outcome, Test};
use wasmaot_tests::{target, tools};

/// How long a native program may take. Most take milliseconds; the others mostly never end.
const NATIVE_LIMIT: Duration = Duration::from_secs(3);
/// How long the compiled module may then take.
const WASM_LIMIT: Duration = Duration::from_secs(60);

fn main() -> ExitCode {
    let seeds = std::env::var("CSMITH_SEEDS").unwrap_or_else(|_| "1-40".to_string());
    let (first, last) = seeds.split_once('-').unwrap_or((&seeds, &seeds));
    let (Ok(first), Ok(last)) = (first.parse::<u32>(), last.parse::<u32>()) else {
        println!("CSMITH_SEEDS is FIRST-LAST, not {seeds}");
        return ExitCode::FAILURE;
    };
    let tests = (first..=last)
        .map(|seed| Test::new(format!("seed-{seed}"), move || check(seed).unwrap_or_else(Outcome::Failed)))
        .collect();
    report::run(tests)
}

fn tool(command: &mut Command, limit: Duration) -> Result<Finished, String> {
    let run = finish(command, b"", limit)?;
    match run.status {
        0 => Ok(run),
        status => Err(format!("{command:?} ended with {status}:\n{}", run.complaint())),
    }
}

fn check(seed: u32) -> Result<Outcome, String> {
    if let Some(reason) = target::missing() {
        return Ok(Outcome::Ignored(reason));
    }
    let Some(include) = include_folder() else {
        return Ok(Outcome::Ignored("csmith is not installed: run tests/setup.sh".to_string()));
    };
    let folder = tools::cache().join("csmith").join(seed.to_string());
    std::fs::create_dir_all(&folder).map_err(|error| error.to_string())?;
    let source = folder.join("program.c");
    let minute = Duration::from_secs(60);
    let mut csmith = Command::new("csmith");
    csmith.args(["--seed", &seed.to_string(), "--output"]).arg(&source);
    tool(csmith.current_dir(&folder), minute)?;

    let native = folder.join("native");
    let mut gcc = Command::new("gcc");
    gcc.args(["-O1", "-w", "-I"]).arg(&include).arg(&source).arg("-o").arg(&native);
    tool(&mut gcc, minute)?;
    let expected = match finish(&mut Command::new(&native), b"", NATIVE_LIMIT) {
        Ok(run) => run,
        Err(_) => {
            return Ok(Outcome::Ignored(format!(
                "the native program does not end in {} seconds",
                NATIVE_LIMIT.as_secs()
            )));
        }
    };

    let module = folder.join("program.wasm");
    let mut clang = Command::new("clang-19");
    let flags = std::env::var("CFLAGS_WASM").unwrap_or_else(|_| "-O2".to_string());
    clang.args(["--target=wasm32-wasi", "--sysroot=/usr", "-w"]);
    clang.args(flags.split_whitespace()).arg("-I").arg(&include);
    clang.arg(&source).arg("-o").arg(&module);
    tool(&mut clang, minute)?;

    let got = run_module(&folder, &module)?;
    if (got.status, &got.stdout) == (expected.status, &expected.stdout) {
        drop(std::fs::remove_file(folder.join("program")));
        return Ok(Outcome::Passed);
    }
    Ok(Outcome::Failed(format!(
        "{}\nnative:  {} {}wasmaot: {} {}{}",
        source.display(),
        expected.status,
        String::from_utf8_lossy(&expected.stdout),
        got.status,
        String::from_utf8_lossy(&got.stdout),
        got.complaint()
    )))
}

fn run_module(folder: &Path, module: &Path) -> Result<Finished, String> {
    if std::env::var("SUBJECT").is_ok_and(|subject| subject == "wasmtime") {
        return finish(Command::new(tools::tool("wasmtime")?).arg(module), b"", WASM_LIMIT);
    }
    let program = folder.join("program");
    let mut compile = Command::new(tools::wasmaot()?);
    compile.arg("compile").arg(module).arg("-o").arg(&program);
    let common = std::env::var("WASMAOT_FLAGS").unwrap_or_default();
    tool(compile.args(target::flags()).args(common.split_whitespace()), WASM_LIMIT)?;
    finish(&mut target::command(&program), b"", target::limit(WASM_LIMIT))
}

/// Where csmith.h is.
fn include_folder() -> Option<PathBuf> {
    let entries = std::fs::read_dir("/usr/include").ok()?;
    entries.filter_map(|entry| Some(entry.ok()?.path())).find(|path| path.join("csmith.h").exists())
}
