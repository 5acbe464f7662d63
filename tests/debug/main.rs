//! Debugging with plain gdb and lldb: a program of `wasmaot compile -g` must answer as the native build of its source.
//!
//! A test is a source `NAME.c`, `NAME.cpp`, `NAME.rs` or `NAME.zig`, which reads nothing, and a transcript beside it for one debugger
//! or both: `NAME.gdb`, `NAME.lldb` (the form is in [`transcript`]). Each transcript runs on the native build first
//! (`NAME.gdb[native]`), where every step must hold: so the expectations are the platform's, not ours. Then it runs
//! on the same source, built to wasm and compiled with `-g -O0` (`NAME.gdb[-O0]`), and with all other flags that its head
//! lists. A transcript of gdb also runs for each other instruction set that Linux has here (`NAME.gdb[-O0 --target riscv64-linux]`),
//! in an emulator, by gdb-multiarch. `DEBUG_NATIVE=1` leaves out all but the native build.
//!
//! A source can be a module as text, `NAME.wat`, in the form that modules are printed in. There is no native build then: it is
//! compiled as it is (`NAME.gdb[text -O0]`), and its binary form with `--wat-map`.
//!
//! With a file `NAME.host.c` beside it, a source in C is a module that becomes an object (or what `--emit` in the flags says) for
//! that program (`NAME.gdb[host -O0]`). There is no native build then either.

mod debugger;
mod everywhere;
mod inspect;
mod locals;
mod synthetic;
mod transcript;

use debugger::Debugger;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};
use std::time::Duration;
use transcript::Transcript;
use wasmaot_tests::process::{finish, tail};
use wasmaot_tests::report::{self, Outcome, Test};
use wasmaot_tests::{target, tools};

/// For one build.
const LIMIT: Duration = Duration::from_secs(300);

/// Targets whose programs run in an emulator that gdb can talk to.
const REMOTE: &[&str] = &["aarch64-linux", "riscv64-linux"];

/// Lines of a step's output that a failure shows.
const SHOWN_LINES: usize = 15;

/// What is debugged.
enum Subject {
    /// The source as the platform's compiler builds it.
    Native,
    /// The source by way of wasm, with these flags of `wasmaot compile -g`.
    Wasm(Vec<String>),
    /// The source by way of wasm, all optimised.
    Optimised,
    /// The source, which is a module as text.
    Text(Vec<String>),
    /// The source as a part of a C program.
    Host(Vec<String>),
}

/// More flags of the compiler to wasm for such a source, and the compiler of the program.
const PART: &[&str] = &["-nostdlib", "-Wl,--no-entry"];
const HOST_COMPILER: &[&str] = &["gcc", "-g", "-O0", "-Wall", "-Wextra", "-Werror"];

/// Compilers by the ending of a source: the native one and that to wasm, each with its flags. Globals that nothing uses
/// stay in a native program; `--no-gc-sections` keeps those of the wasm one.
const COMPILERS: &[(&str, &[&str], &[&str])] = &[
    (
        "c",
        &["clang-19", "-g", "-O0"],
        &["clang-19", "--target=wasm32-wasi", "--sysroot=/usr", "-g", "-O0", "-Wl,--no-gc-sections"],
    ),
    (
        "cpp",
        &["clang++-19", "-std=c++20", "-g", "-O0", "-fno-exceptions"],
        &[
            "clang++-19",
            "--target=wasm32-wasi",
            "--sysroot=/usr",
            "-std=c++20",
            "-g",
            "-O0",
            "-fno-exceptions",
            "-Wl,--no-gc-sections",
        ],
    ),
    (
        "rs",
        &["rustc", "--edition=2024", "-g", "-Copt-level=0"],
        &["rustc", "--target=wasm32-wasip1", "--edition=2024", "-g", "-Copt-level=0"],
    ),
    (
        "zig",
        &["zig", "build-exe", "-fllvm", "-fno-strip", "-ODebug", "-target", "x86_64-linux-musl"],
        &["zig", "build-exe", "-fno-strip", "-ODebug", "-target", "wasm32-wasi"],
    ),
];

fn main() -> ExitCode {
    match tools::files(&tools::root().join("tests/debug")) {
        Ok(files) => {
            let tests = files.iter().flat_map(|file| tests_of(file));
            report::run(tests.chain(inspect::tests(&files)).chain(everywhere::tests()).chain(locals::tests()).collect())
        }
        Err(error) => {
            eprintln!("debug: {error}");
            ExitCode::FAILURE
        }
    }
}

/// The tests of a transcript; none for any other file.
fn tests_of(file: &Path) -> Vec<Test> {
    let Some(debugger) = Debugger::of(file) else { return Vec::new() };
    let name = file.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let transcript = match Transcript::read(file) {
        Ok(transcript) => transcript,
        Err(error) => return vec![Test::new(name, move || Outcome::Failed(error.clone()))],
    };
    let is_text = transcript.source.extension().is_some_and(|ending| ending == "wat");
    let mut subjects = vec![("native".to_owned(), Subject::Native)];
    if is_text {
        subjects = vec![("text -O0".to_owned(), Subject::Text(vec!["-O0".to_owned()]))];
    }
    let hosted = transcript.host.is_some();
    if hosted {
        subjects = vec![("host -O0".to_owned(), Subject::Host(vec!["-O0".to_owned()]))];
        let named = |flags: &Vec<String>| (format!("host {}", flags.join(" ")), Subject::Host(flags.clone()));
        subjects.extend(transcript.flags.iter().map(named));
    } else if std::env::var_os("DEBUG_NATIVE").is_none_or(|value| value.is_empty() || value == "0") {
        subjects.push(("-O0".to_owned(), Subject::Wasm(vec!["-O0".to_owned()])));
        let mut runs = transcript.flags.clone();
        if debugger == Debugger::Gdb {
            runs.extend(REMOTE.iter().map(|target| ["-O0", "--target", target].map(str::to_owned).to_vec()));
        }
        subjects.extend(runs.into_iter().map(|flags| (flags.join(" "), Subject::Wasm(flags))));
        subjects.extend(transcript.optimised.then(|| ("optimised".to_owned(), Subject::Optimised)));
    }
    let transcript = std::sync::Arc::new(transcript);
    let test = |(variant, subject): (String, Subject)| {
        let transcript = transcript.clone();
        let name = format!("{name}[{variant}]");
        let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("debug-{}", name.replace(' ', "")));
        Test::new(name, move || check(&transcript, debugger, &subject, &folder).unwrap_or_else(Outcome::Failed))
    };
    subjects.into_iter().map(test).collect()
}

/// Builds the program in `folder` and runs the transcript.
fn check(transcript: &Transcript, debugger: Debugger, subject: &Subject, folder: &Path) -> Result<Outcome, String> {
    let flags = match subject {
        Subject::Native | Subject::Optimised => None,
        Subject::Wasm(flags) | Subject::Text(flags) | Subject::Host(flags) => Some(flags.as_slice()),
    };
    let emulator = flags.and_then(emulator);
    if let Some(tool) = debugger.missing(emulator) {
        let story = format!("{tool} is not installed: run tests/setup.sh");
        // A machine that cannot run it says so; whatever else is missing fails many tests.
        return if emulator.is_some() { Err(story) } else { Ok(Outcome::Ignored(story)) };
    }
    fresh(folder)?;
    let program = folder.join("program");
    let built = match (&transcript.host, subject) {
        (Some(host), Subject::Host(flags)) => build_hosted(&transcript.source, host, flags, folder, &program),
        _ => build(&transcript.source, subject, folder, &program),
    };
    if let Some(tool) = built? {
        return Ok(Outcome::Ignored(format!("{tool} is not installed: run tests/setup.sh")));
    }

    let steps: Vec<_> = transcript.steps.iter().filter(|step| step.is_for(flags, emulator.is_some())).collect();
    let commands: Vec<&[String]> = steps.iter().map(|step| step.commands.as_slice()).collect();
    let session = debugger.run(folder, emulator, &commands)?;
    let mut story = String::new();
    let mut failed = 0;
    for (step, output) in steps.iter().zip(&session.outputs) {
        if output.as_ref().is_some_and(|output| step.expected.is_match(output)) {
            continue;
        }
        failed += 1;
        let output = output.as_deref().map_or("(the debugger did not come to it)".to_owned(), indented);
        story +=
            &format!("line {}: {}\n  expected: {}\n{output}\n", step.line, step.commands.join(" ; "), step.expected);
    }
    if failed > 0 {
        return Err(format!("{story}{failed} of {} steps do not hold{}", steps.len(), session.end));
    }
    drop(std::fs::remove_dir_all(folder));
    Ok(Outcome::Passed)
}

/// The words of the emulator for a program with these flags, if it needs one.
fn emulator(flags: &[String]) -> Option<&'static str> {
    let target = flags.iter().skip_while(|flag| *flag != "--target").nth(1)?;
    target::of(target)
}

/// Builds the program; or says which compiler is not there.
fn build(source: &Path, subject: &Subject, folder: &Path, program: &Path) -> Result<Option<String>, String> {
    let ending = source.extension().unwrap_or_default();
    if ending == "wat" {
        return build_text(source, subject, folder, program).map(|()| None);
    }
    let Some((_, native, wasm)) = COMPILERS.iter().find(|(language, ..)| ending == *language) else {
        return Err(format!("{}: no compiler for it", source.display()));
    };
    let module = folder.join("module.wasm");
    let (words, output) = match subject {
        Subject::Native => (native, program),
        Subject::Wasm(_) | Subject::Text(_) | Subject::Host(_) | Subject::Optimised => (wasm, module.as_path()),
    };
    let Some((compiler, flags)) = words.split_first() else { return Err("no compiler".to_owned()) };
    let Some(found) = target::which(compiler).or_else(|| tools::tool(compiler).ok()) else {
        return Ok(Some((*compiler).to_owned()));
    };
    let mut into = OsString::from(if *compiler == "zig" { "-femit-bin=" } else { "-o" });
    into.push(output);
    // In its folder, by its name alone: this is how debuggers show it.
    let mut build = Command::new(found);
    build.env("ZIG_LOCAL_CACHE_DIR", folder.join("zig")).env("ZIG_GLOBAL_CACHE_DIR", tools::cache().join("zig"));
    // Several units of code, as `cargo build --release` has, whose types refer to each other.
    let several = matches!(subject, Subject::Optimised) && *compiler == "rustc";
    let flags = flags.iter().map(|flag| match (subject, *flag) {
        (Subject::Optimised, "-O0") => "-O2",
        (Subject::Optimised, "-Copt-level=0") => "-Copt-level=2",
        (Subject::Optimised, "-ODebug") => "-OReleaseSafe",
        (_, flag) => flag,
    });
    build
        .args(flags)
        .args(several.then_some("-Ccodegen-units=16"))
        .arg(source.file_name().unwrap_or_default())
        .arg(into);
    works(build.current_dir(source.parent().unwrap_or(source)))?;
    let flags = match subject {
        Subject::Wasm(flags) => Some(flags.as_slice()),
        Subject::Optimised => Some(&["-O2".to_owned()][..]),
        Subject::Native | Subject::Text(_) | Subject::Host(_) => None,
    };
    if let Some(flags) = flags {
        let mut compile = Command::new(tools::wasmaot()?);
        compile.arg("compile").arg("-g").args(flags).arg(&module).arg("-o").arg(program).current_dir(folder);
        works(compile.args(std::env::var("WASMAOT_FLAGS").unwrap_or_default().split_whitespace()))?;
    }
    Ok(None)
}

/// Builds a C program with the source as a module in it; or says which compiler is not there.
fn build_hosted(
    source: &Path,
    host: &Path,
    flags: &[String],
    folder: &Path,
    program: &Path,
) -> Result<Option<String>, String> {
    let Some((_, _, [clang, words @ ..])) = COMPILERS.first() else { return Err("no compiler".to_owned()) };
    let Some((compiler, host_words)) = HOST_COMPILER.split_first() else { return Err("no compiler".to_owned()) };
    if let Some(missing) = [clang, compiler].into_iter().find(|tool| target::which(tool).is_none()) {
        return Ok(Some((*missing).to_owned()));
    }
    let module = folder.join("module.wasm");
    let mut build = Command::new(clang);
    build.args(words).args(PART).arg(source.file_name().unwrap_or_default()).arg("-o").arg(&module);
    works(build.current_dir(source.parent().unwrap_or(source)))?;
    let wasmaot = tools::wasmaot()?;
    works(Command::new(&wasmaot).args(["library", "--prefix", "prefix"]).current_dir(folder))?;
    let emit = flags.iter().find_map(|flag| flag.strip_prefix("--emit=")).unwrap_or("obj");
    let (object, libraries) = match emit {
        "shared" => ("module.so", vec!["-Wl,-rpath,$ORIGIN"]),
        "archive" => ("module.a", vec![]),
        _ => ("module.o", vec!["-Lprefix/lib", "-l:libwasmaot.a"]),
    };
    let mut compile = Command::new(&wasmaot);
    compile.args(["compile", "-g", "module.wasm", "--header", "module.h", "-o", object]).args(flags);
    if emit == "obj" {
        compile.arg("--emit=obj");
    }
    works(compile.current_dir(folder))?;
    let mut build = Command::new(compiler);
    build.args(host_words).args(["-Iprefix/include", "-I."]).arg(host).arg(format!("./{object}"));
    works(build.args(libraries).args(["-lpthread", "-o"]).arg(program).current_dir(folder))?;
    Ok(None)
}

/// Builds the program of a module as text, either from that or from its binary form.
fn build_text(source: &Path, subject: &Subject, folder: &Path, program: &Path) -> Result<(), String> {
    let name = source.file_name().unwrap_or_default();
    let failed = |error: &dyn std::fmt::Display| format!("{}: {error}", source.display());
    let mut compile = Command::new(tools::wasmaot()?);
    compile.arg("compile").arg("-g").current_dir(folder).arg("-o").arg(program);
    match subject {
        Subject::Native | Subject::Optimised | Subject::Host(_) => return Err(failed(&"no such build")),
        Subject::Text(flags) => {
            std::fs::copy(source, folder.join(name)).map_err(|error| failed(&error))?;
            compile.args(flags).arg(name);
        }
        Subject::Wasm(flags) => {
            let module = wat::parse_file(source).map_err(|error| failed(&error))?;
            std::fs::write(folder.join("module.wasm"), module).map_err(|error| failed(&error))?;
            compile.args(flags).args(["module.wasm", "--wat-map"]).arg(name);
        }
    }
    works(&mut compile)
}

/// Makes a folder that is empty.
fn fresh(folder: &Path) -> Result<(), String> {
    drop(std::fs::remove_dir_all(folder));
    std::fs::create_dir_all(folder).map_err(|error| format!("{}: {error}", folder.display()))
}

/// Runs a command that must work.
fn works(command: &mut Command) -> Result<(), String> {
    let finished = finish(command, b"", LIMIT)?;
    if finished.status == 0 { Ok(()) } else { Err(format!("{command:?}: {}", finished.complaint())) }
}

/// The last lines of an output, set off from the rest of a story.
fn indented(output: &str) -> String {
    let lines = tail(output.as_bytes(), SHOWN_LINES);
    lines.lines().map(|line| format!("  | {line}\n")).collect::<String>().trim_end().to_owned()
}
