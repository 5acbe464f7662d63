//! Real programs: each test of `*.test` runs a module that nobody here wrote as wasmtime runs it and as the native
//! program that wasmaot makes of it, and compares standard output, exit status and the files left behind.
//!
//! wasmtime is the oracle; its answers are kept in the cache under a hash of everything that goes in.
//! `WASMAOT_FLAGS` adds flags to every `wasmaot compile`; `SUBJECT=wasmtime` runs wasmtime as the subject too, which
//! shows tests whose answer is not the same twice.

mod case;

use case::{Answer, Case};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};
use std::sync::Arc;
use std::time::Duration;
use wasmaot_tests::process::{Finished, finish, tail};
use wasmaot_tests::report::{self, Outcome, Test};
use wasmaot_tests::{target, tools};

fn main() -> ExitCode {
    let folder = tools::root().join("tests/programs");
    let mut paths = tools::files(&folder).unwrap_or_default();
    paths.retain(|path| path.extension().is_some_and(|e| e == "test"));
    let mut tests = Vec::new();
    for path in paths {
        match case::read(&path) {
            Ok(case) => {
                let case = Arc::new(case);
                let plain = (String::new(), Vec::new());
                for (variant, flags) in std::iter::once(&plain).chain(&case.variants) {
                    let name = match variant.as_str() {
                        "" => case.name.clone(),
                        variant => format!("{}[{variant}]", case.name),
                    };
                    let (case, flags, own) = (case.clone(), flags.clone(), name.clone());
                    tests.push(Test::new(name, move || outcome(&case, &own, &flags)));
                }
            }
            Err(error) => {
                let story = format!("{}: {error}", path.display());
                tests.push(Test::new(path.display().to_string(), move || Outcome::Failed(story.clone())));
            }
        }
    }
    report::run(tests)
}

fn outcome(case: &Case, name: &str, flags: &[String]) -> Outcome {
    if let Some(reason) = target::missing() {
        return Outcome::Ignored(reason);
    }
    if !target::flags().is_empty() && flags.iter().any(|flag| flag.starts_with("--cpu")) {
        return Outcome::Ignored("its processor is another target's".to_owned());
    }
    let module = tools::cache().join("programs").join(&case.module);
    if !module.exists() {
        let note = std::fs::read_to_string(module.with_extension("missing")).unwrap_or_default();
        return Outcome::Ignored(match note.lines().next() {
            Some(reason) => format!("{}: {reason}", case.module),
            None => format!("{} is not built: run tests/setup.sh", case.module),
        });
    }
    match check(case, name, &module, flags) {
        Ok(()) => Outcome::Passed,
        Err(story) => Outcome::Failed(story),
    }
}

fn check(case: &Case, name: &str, module: &Path, flags: &[String]) -> Result<(), String> {
    let expected = case.oracle.get_or_init(|| oracle(case, module)).as_ref().map_err(String::clone)?;
    let got = match std::env::var("SUBJECT") {
        Ok(subject) if subject == "wasmtime" => run_wasmtime(case, module, name)?,
        _ => run_native(case, module, name, flags)?,
    };
    let expected_status = format!("{}", case.exit).into_bytes();
    if expected.get("status") != Some(&expected_status) {
        return Err(format!(
            "the oracle itself ends with {}, not {}:\n{}",
            String::from_utf8_lossy(&expected["status"]),
            case.exit,
            tail(&expected["stdout"], 20)
        ));
    }
    for key in expected.keys().chain(got.keys()) {
        if expected.get(key) != got.get(key) && key != "stderr" {
            let side = |answer: &Answer| {
                answer.get(key).map_or("nothing".to_string(), |bytes| first_difference(bytes, expected, &got, key))
            };
            let complaint = got.get("stderr").map(|bytes| tail(bytes, 12)).unwrap_or_default();
            return Err(format!(
                "{key} differs\nwasmtime: {}\nwasmaot:  {}\nstandard error of wasmaot's:\n{complaint}",
                side(expected),
                side(&got)
            ));
        }
    }
    Ok(())
}

/// The line of `bytes` where the two answers part, for a story a person can read.
fn first_difference(bytes: &[u8], expected: &Answer, got: &Answer, key: &str) -> String {
    let empty = Vec::new();
    let (a, b) = (expected.get(key).unwrap_or(&empty), got.get(key).unwrap_or(&empty));
    let at = a.iter().zip(b).position(|(a, b)| a != b).unwrap_or(a.len().min(b.len()));
    let start = bytes[..at.min(bytes.len())].iter().rposition(|&b| b == b'\n').map_or(0, |p| p + 1);
    let end = (at + 200).min(bytes.len());
    format!(
        "{} bytes, at {at}: {:?}",
        bytes.len(),
        String::from_utf8_lossy(&bytes[start.max(at.saturating_sub(200)).min(end)..end])
    )
}

/// wasmtime's answer, from the cache when nothing that goes into it has changed.
fn oracle(case: &Case, module: &Path) -> Result<Answer, String> {
    let mut hasher = DefaultHasher::new();
    std::fs::read(module).map_err(|error| error.to_string())?.hash(&mut hasher);
    let data = tools::root().join("tests/programs").join(format!("{}.test", case.name));
    std::fs::read(data).map_err(|error| error.to_string())?.hash(&mut hasher);
    let key = format!("{}-{:016x}", case.name, hasher.finish());
    let kept = tools::cache().join("oracle").join(key);
    if let Some(answer) = std::fs::read(&kept).ok().and_then(|bytes| decode(&bytes)) {
        return Ok(answer);
    }
    let answer = run_wasmtime(case, module, "oracle")?;
    let folder = kept.parent().unwrap_or(&kept);
    std::fs::create_dir_all(folder).map_err(|error| error.to_string())?;
    std::fs::write(&kept, encode(&answer)).map_err(|error| error.to_string())?;
    Ok(answer)
}

/// Length-prefixed names and contents.
fn encode(answer: &Answer) -> Vec<u8> {
    let mut bytes = Vec::new();
    for part in answer.iter().flat_map(|(name, contents)| [name.as_bytes(), contents]) {
        bytes.extend((part.len() as u64).to_le_bytes());
        bytes.extend(part);
    }
    bytes
}

fn decode(mut bytes: &[u8]) -> Option<Answer> {
    let mut part = || {
        let (len, rest) = bytes.split_first_chunk::<8>()?;
        let (part, rest) = rest.split_at_checked(u64::from_le_bytes(*len) as usize)?;
        bytes = rest;
        Some(part.to_vec())
    };
    let mut answer = Answer::new();
    while let Some(name) = part() {
        answer.insert(String::from_utf8(name).ok()?, part()?);
    }
    answer.contains_key("status").then_some(answer)
}

fn run_wasmtime(case: &Case, module: &Path, name: &str) -> Result<Answer, String> {
    let wasmtime = tools::tool("wasmtime")?;
    let folder = scratch(&format!("wasmtime/{}-{name}", case.name));
    // Compiled once, run several times.
    let compiled = folder.with_extension("cwasm");
    let mut compile = Command::new(&wasmtime);
    // The stack that a wasmaot program has.
    let common = ["-W", "max-wasm-stack=8388608"];
    compile.arg("compile").args(common).arg(module).arg("-o").arg(&compiled);
    let compiling = finish(&mut compile, b"", Duration::from_secs(900))?;
    if compiling.status != 0 {
        return Err(format!("wasmtime compile: {}", compiling.complaint()));
    }
    let answer = run_all(case, &folder, |args| {
        let mut command = Command::new(&wasmtime);
        command.args(["run", "--allow-precompiled", "--argv0", stem(case)]).args(common);
        command.args(["-W", "multi-memory=y", "-S", "inherit-env=n"]);
        for grant in case.env.iter().map(|pair| format!("--env={pair}")) {
            command.arg(grant);
        }
        if let Some(guest) = &case.dir {
            command.arg(format!("--dir={}::{guest}", folder.display()));
        }
        command.arg(&compiled).args(args);
        command
    });
    drop(std::fs::remove_file(&compiled));
    answer
}

fn run_native(case: &Case, module: &Path, name: &str, flags: &[String]) -> Result<Answer, String> {
    let folder = scratch(&format!("native/{name}"));
    let program = folder.with_extension("exe");
    let dir = case.dir.as_ref().map(|guest| format!("{}::{guest}", folder.display()));
    let mut compile = Command::new(tools::wasmaot()?);
    compile.arg("compile").arg(module).arg("-o").arg(&program).args(["--arg0", stem(case)]);
    if !case.grants_at_start {
        compile.args(case.env.iter().flat_map(|pair| ["--env", pair]));
        compile.args(dir.iter().flat_map(|dir| ["--dir", dir]));
    }
    let common = std::env::var("WASMAOT_FLAGS").unwrap_or_default();
    compile.args(target::flags()).args(common.split_whitespace()).args(flags);
    let compiling = finish(&mut compile, b"", Duration::from_secs(900))?;
    if compiling.status != 0 {
        return Err(format!("wasmaot compile ended with {}: {}", compiling.status, compiling.complaint()));
    }
    let answer = run_all(case, &folder, |args| {
        let mut command = target::command(&program);
        target::clear_environment(command.args(args));
        if case.grants_at_start {
            command.env("WASMAOT_ENV", case.env.join(","));
            command.envs(dir.as_ref().map(|dir| ("WASMAOT_DIR", dir)));
        }
        command
    });
    if answer.is_ok() {
        drop(std::fs::remove_file(&program));
    }
    answer
}

/// Runs the case's steps in a fresh `folder` and gathers the answer.
fn run_all(case: &Case, folder: &Path, command: impl Fn(&[String]) -> Command) -> Result<Answer, String> {
    case.lay_folder(folder, &tools::cache().join("programs"))?;
    let mut all = Finished { status: 0, stdout: Vec::new(), stderr: Vec::new() };
    for args in &case.runs {
        let run = finish(&mut command(args), case.stdin.as_bytes(), target::limit(Duration::from_secs(case.timeout)))?;
        all.status = run.status;
        all.stdout.extend(run.stdout);
        all.stderr.extend(run.stderr);
    }
    if case.mask_seconds {
        all.stdout = mask_seconds(&all.stdout);
    }
    let mut answer = Answer::new();
    answer.insert("status".to_string(), all.status.to_string().into_bytes());
    answer.insert("stdout".to_string(), all.stdout);
    answer.insert("stderr".to_string(), all.stderr);
    files(folder, "", &mut answer)?;
    drop(std::fs::remove_dir_all(folder));
    Ok(answer)
}

/// Adds every file, folder and link below `folder`.
fn files(folder: &Path, prefix: &str, answer: &mut Answer) -> Result<(), String> {
    let show = |error: std::io::Error| format!("{}: {error}", folder.display());
    for entry in std::fs::read_dir(folder).map_err(show)? {
        let entry = entry.map_err(show)?;
        let name = format!("{prefix}{}", entry.file_name().to_string_lossy());
        let kind = entry.file_type().map_err(show)?;
        if kind.is_dir() {
            answer.insert(format!("folder {name}"), Vec::new());
            files(&entry.path(), &format!("{name}/"), answer)?;
        } else if kind.is_symlink() {
            let target = std::fs::read_link(entry.path()).map_err(show)?;
            answer.insert(format!("link {name}"), target.to_string_lossy().into_owned().into_bytes());
        } else {
            answer.insert(format!("file {name}"), std::fs::read(entry.path()).map_err(show)?);
        }
    }
    Ok(())
}

/// Writes `#` for every number with a decimal point, and the spaces before it.
fn mask_seconds(text: &[u8]) -> Vec<u8> {
    let text = String::from_utf8_lossy(text);
    let mut masked = String::new();
    let mut rest = text.as_ref();
    while let Some(at) = rest.find(|c: char| c.is_ascii_digit()) {
        let len = rest[at..].find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(rest.len() - at);
        let number = &rest[at..at + len];
        let (before, after) = (&rest[..at], &rest[at + len..]);
        if number.contains('.') && !number.ends_with('.') {
            masked.push_str(before.trim_end_matches(' '));
            masked.push('#');
        } else {
            masked.push_str(before);
            masked.push_str(number);
        }
        rest = after;
    }
    masked.push_str(rest);
    masked.into_bytes()
}

fn stem(case: &Case) -> &str {
    case.module.strip_suffix(".wasm").unwrap_or(&case.module)
}

/// This process's own folder for a test.
fn scratch(name: &str) -> PathBuf {
    let folder = tools::cache().join("scratch").join(std::process::id().to_string()).join(name);
    drop(std::fs::create_dir_all(folder.parent().unwrap_or(&folder)));
    folder
}
