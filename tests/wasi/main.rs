//! WASI preview 1, function by function: our own small programs here (`NAME.wat`, `NAME.c`, `NAME.rs`) and, when
//! `WASI_TESTSUITE` names a checkout of wasi-testsuite with its prebuilt modules, all its `wasm32-wasip1` modules too.
//!
//! A program checks itself: exit status 0 is a pass. `NAME.json` beside it, in the suite's own format, says what else
//! it gets and must do: `args`, `env`, `root` (a folder, given to the guest as `/`; each test gets a copy),
//! `exit_code`, `stdout`, `stderr`; or `operations` of type `run`, `read` and `wait`. Ours may also have `flags`, for
//! `wasmaot compile`, `empty_root`: true, a fresh empty folder as `/`, and `start`, variables in the environment of the
//! process; `skip`, reasons by target; and `only`, a target.
//! `SUBJECT=wasmtime` tests the tests: the suite's and ours must pass there too, unless `flags` are asked for.

use serde_json::Value;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};
use std::time::Duration;
use wasmaot_tests::process::finish;
use wasmaot_tests::report::{self, Outcome, Test};
use wasmaot_tests::{target, tools};

fn main() -> ExitCode {
    let own = tools::root().join("tests/wasi");
    let mut tests = collect(&own, "", &["wat", "c", "rs"]);
    if let Some(suite) = std::env::var_os("WASI_TESTSUITE") {
        for language in ["c", "rust", "assemblyscript"] {
            let folder = Path::new(&suite).join("tests").join(language).join("testsuite/wasm32-wasip1");
            tests.extend(collect(&folder, &format!("suite/{language}/"), &["wasm"]));
        }
    }
    report::run(tests)
}

fn collect(folder: &Path, prefix: &str, extensions: &[&str]) -> Vec<Test> {
    let sources = tools::files(folder).unwrap_or_default();
    sources
        .into_iter()
        .filter(|path| path.file_name().is_some_and(|name| name != "main.rs"))
        .filter(|path| path.extension().is_some_and(|e| extensions.iter().any(|x| e == *x)))
        .map(|source| {
            let stem = source.file_stem().unwrap_or_default().to_string_lossy().into_owned();
            let name = format!("{prefix}{stem}");
            let own = name.clone();
            Test::new(name, move || match check(&source, &own) {
                Ok(outcome) => outcome,
                Err(story) => Outcome::Failed(story),
            })
        })
        .collect()
}

/// What a specification asks.
#[derive(Default)]
struct Specification {
    args: Vec<String>,
    env: Vec<(String, String)>,
    root: Option<String>,
    empty_root: bool,
    flags: Vec<String>,
    skip: Option<String>,
    start: Vec<(String, String)>,
    exit_code: i32,
    stdout: Option<String>,
    stderr: Option<String>,
}

fn strings(value: &Value) -> Vec<String> {
    let items = value.as_array().into_iter().flatten();
    items.filter_map(|item| item.as_str().map(str::to_string)).collect()
}

fn specification(path: &Path) -> Result<Specification, String> {
    let mut spec = Specification::default();
    if !path.exists() {
        return Ok(spec);
    }
    let text = std::fs::read_to_string(path).map_err(|error| error.to_string())?;
    let json: Value = serde_json::from_str(&text).map_err(|error| format!("{}: {error}", path.display()))?;
    spec.flags = strings(&json["flags"]);
    spec.skip = json["skip"][target::name()].as_str().map(str::to_owned);
    if let Some(only) = json["only"].as_str().filter(|only| *only != target::name()) {
        spec.skip = Some(format!("a test of {only}"));
    }
    for (key, value) in json["start"].as_object().into_iter().flatten() {
        spec.start.push((key.clone(), value.as_str().unwrap_or_default().to_string()));
    }
    spec.empty_root = json["empty_root"].as_bool().unwrap_or(false);
    let whole = [json.clone()];
    for part in json["operations"].as_array().map_or(&whole[..], |list| list) {
        match part["type"].as_str().unwrap_or("run") {
            "run" | "wait" => {}
            "read" => {
                let payload = Some(part["payload"].as_str().unwrap_or_default().to_string());
                match part["id"].as_str() {
                    Some("stderr") => spec.stderr = payload,
                    _ => spec.stdout = payload,
                }
            }
            other => return Err(format!("{}: operation {other} is not known here", path.display())),
        }
        if !part["args"].is_null() {
            spec.args = strings(&part["args"]);
        }
        for (key, value) in part["env"].as_object().into_iter().flatten() {
            spec.env.push((key.clone(), value.as_str().unwrap_or_default().to_string()));
        }
        if let Some(root) = part["root"].as_str() {
            spec.root = Some(root.to_string());
        }
        if let Some(code) = part["exit_code"].as_i64() {
            spec.exit_code = code as i32;
        }
        for (key, place) in [("stdout", &mut spec.stdout), ("stderr", &mut spec.stderr)] {
            if let Some(text) = part[key].as_str() {
                *place = Some(text.to_string());
            }
        }
    }
    Ok(spec)
}

fn check(source: &Path, name: &str) -> Result<Outcome, String> {
    if let Some(reason) = target::missing() {
        return Ok(Outcome::Ignored(reason));
    }
    let spec = specification(&source.with_extension("json"))?;
    if let Some(reason) = spec.skip {
        return Ok(Outcome::Ignored(reason));
    }
    let wasmtime = std::env::var("SUBJECT").is_ok_and(|subject| subject == "wasmtime");
    if wasmtime && !(spec.flags.is_empty() && spec.start.is_empty()) {
        return Ok(Outcome::Ignored("has flags or start variables of wasmaot".to_string()));
    }
    let folder = tools::cache().join("scratch").join(std::process::id().to_string()).join("wasi").join(name);
    let show = |error: std::io::Error| format!("{}: {error}", folder.display());
    drop(std::fs::remove_dir_all(&folder));
    std::fs::create_dir_all(&folder).map_err(show)?;
    let module = match build(source, &folder)? {
        Ok(module) => module,
        Err(reason) => return Ok(Outcome::Ignored(reason)),
    };
    let root = folder.join("root");
    match &spec.root {
        Some(given) => copy_folder(&source.with_file_name(given), &root).map_err(show)?,
        None => std::fs::create_dir_all(&root).map_err(show)?,
    }
    let grants = spec.root.is_some() || spec.empty_root;
    let grants = grants.then(|| format!("{}::/", root.display()));

    let mut command;
    if wasmtime {
        command = Command::new(tools::tool("wasmtime")?);
        command.arg("run");
        for (key, value) in &spec.env {
            command.arg(format!("--env={key}={value}"));
        }
        command.args(grants.iter().flat_map(|grant| ["--dir", grant]));
        command.arg(&module).args(&spec.args);
    } else {
        let program = folder.join("program");
        let mut compile = Command::new(tools::wasmaot()?);
        compile.arg("compile").arg(&module).arg("-o").arg(&program);
        for (key, value) in &spec.env {
            compile.arg("--env").arg(format!("{key}={value}"));
        }
        compile.args(grants.iter().flat_map(|grant| ["--dir", grant]));
        let common = std::env::var("WASMAOT_FLAGS").unwrap_or_default();
        compile.args(target::flags()).args(common.split_whitespace()).args(&spec.flags);
        let compiling = finish(&mut compile, b"", Duration::from_secs(300))?;
        if compiling.status != 0 {
            return Err(format!("wasmaot compile: {}", compiling.complaint()));
        }
        command = target::command(&program);
        target::clear_environment(command.args(&spec.args)).envs(spec.start.iter().cloned());
    }
    let run = finish(&mut command, b"", target::limit(Duration::from_secs(60)))?;
    let complaint = run.complaint();
    if run.status != spec.exit_code {
        return Err(format!("exit status {}, not {}\n{complaint}", run.status, spec.exit_code));
    }
    for (what, wanted, got) in [("stdout", &spec.stdout, &run.stdout), ("stderr", &spec.stderr, &run.stderr)] {
        if let Some(wanted) = wanted
            && wanted.as_bytes() != got.as_slice()
        {
            let got = String::from_utf8_lossy(got);
            return Err(format!("{what} is {got:?}, not {wanted:?}\n{complaint}"));
        }
    }
    drop(std::fs::remove_dir_all(&folder));
    Ok(Outcome::Passed)
}

/// The module of a source: itself, or compiled; or the reason why it cannot be had on this machine.
fn build(source: &Path, folder: &Path) -> Result<Result<PathBuf, String>, String> {
    let module = folder.join("module.wasm");
    let mut compiler = match source.extension().and_then(|e| e.to_str()) {
        Some("c") => {
            let mut clang = Command::new("clang-19");
            clang.args(["--target=wasm32-wasi", "--sysroot=/usr", "-O1", "-Wall"]);
            clang
        }
        Some("rs") => {
            let mut rustc = Command::new("rustc");
            rustc.args(["--target=wasm32-wasip1", "--edition=2024", "-O"]);
            rustc
        }
        _ => return Ok(Ok(source.to_path_buf())),
    };
    compiler.arg(source).arg("-o").arg(&module).current_dir(tools::root());
    match finish(&mut compiler, b"", Duration::from_secs(120)) {
        Err(missing) => Ok(Err(format!("{missing}; tests/setup.sh installs it"))),
        Ok(run) if run.status != 0 => Err(run.complaint()),
        Ok(_) => Ok(Ok(module)),
    }
}

/// Copies a folder with its links as they are.
fn copy_folder(from: &Path, to: &Path) -> std::io::Result<()> {
    std::fs::create_dir_all(to)?;
    for entry in std::fs::read_dir(from)? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        let kind = entry.file_type()?;
        if kind.is_dir() {
            copy_folder(&entry.path(), &target)?;
        } else if kind.is_symlink() {
            std::os::unix::fs::symlink(std::fs::read_link(entry.path())?, &target)?;
        } else if !entry.file_name().to_string_lossy().ends_with(".cleanup") {
            std::fs::copy(entry.path(), &target)?;
        }
    }
    Ok(())
}
