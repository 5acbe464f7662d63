//! Whether debuggers can look at anything: all sources of transcripts, optimised and with the memory's base in a register. At the first
//! calls of the source's functions (in Rust, at lines with markers), gdb and lldb show frames and all variables, and finish the function. What they show is not
//! compared, but they must come to the end, without internal errors, and find all frames.

use super::{Subject, build, debugger::Debugger, fresh, transcript};
use std::path::{Path, PathBuf};
use wasmaot_tests::report::{Outcome, Test};

/// Stops at functions.
const STOPS: usize = 12;

/// What development environments ask gdb.
const LIST: &str = "interpreter-exec mi \"-stack-list-variables --all-values\"";

/// At each stop. The first command's output must be without `WRONG_FRAMES`.
const GDB: &[&[&str]] = &[
    &["bt"],
    &["info args", "info locals"],
    &[LIST],
    &["info registers pc", "info source"],
    &["up", "info args", "info locals", "down"],
    &["next", "info locals"],
];
const LLDB: &[&[&str]] =
    &[&["bt"], &["frame variable"], &["up", "frame variable", "down"], &["next", "frame variable"]];

/// With arrays of enumerations, or of what has some in it, of Rust among the locals: gdb 13 has an internal error where it prints one, also in
/// native programs.
const ARRAYS_OF_ENUMERATIONS: &[&str] = &["texts.rs", "values.rs"];

/// gdb 13 has an internal error where it prints an enumeration of Rust that a function returned, also in native programs.
const FINISH: &[&str] = &["finish"];

const WRONG: &[&str] = &["internal-error", "PLEASE submit a bug report", "Traceback"];
const WRONG_FRAMES: &[&str] = &["Cannot access memory", "Backtrace stopped"];

/// The tests.
pub fn tests(files: &[PathBuf]) -> Vec<Test> {
    let mut tests = Vec::new();
    for source in files.iter().filter(|file| super::COMPILERS.iter().any(|(ending, ..)| has_ending(file, ending))) {
        for debugger in [Debugger::Gdb, Debugger::Lldb] {
            // The runner's own files have no transcript.
            if source.with_extension("gdb").exists() && !source.with_extension("host.c").exists() {
                let register = ["-O0", "--memory-base=register"].map(str::to_owned).to_vec();
                for (variant, subject) in [("-O2", Subject::Optimised), ("register", Subject::Wasm(register))] {
                    let source = source.clone();
                    let name = source.file_name().unwrap_or_default().to_string_lossy();
                    let name = format!("inspect/{name}[{} {variant}]", debugger.program(None));
                    let folder =
                        PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name.replace(['/', '[', ']', ' '], "-"));
                    let run = move || check(&source, debugger, &subject, &folder).unwrap_or_else(Outcome::Failed);
                    tests.push(Test::new(name, run));
                }
            }
        }
    }
    tests
}

fn has_ending(file: &Path, ending: &str) -> bool {
    file.extension().is_some_and(|own| own == ending)
}

fn check(source: &Path, debugger: Debugger, subject: &Subject, folder: &Path) -> Result<Outcome, String> {
    if let Some(tool) = debugger.missing(None) {
        return Ok(Outcome::Ignored(format!("{tool} is not installed: run tests/setup.sh")));
    }
    fresh(folder)?;
    if let Some(tool) = build(source, subject, folder, &folder.join("program"))? {
        return Ok(Outcome::Ignored(format!("{tool} is not installed: run tests/setup.sh")));
    }

    let text = std::fs::read_to_string(source).map_err(|error| format!("{}: {error}", source.display()))?;
    let markers = transcript::markers(&text);
    let left_out = |command: &str| {
        debugger == Debugger::Gdb
            && ["info locals", LIST].contains(&command)
            && ARRAYS_OF_ENUMERATIONS.iter().any(|file| source.ends_with(file))
    };
    let owned = |commands: &[&str]| {
        commands.iter().copied().filter(|command| !left_out(command)).map(str::to_owned).collect::<Vec<_>>()
    };
    let name = source.file_name().unwrap_or_default().to_string_lossy();
    let (looks, all) = match debugger {
        Debugger::Gdb => (GDB, format!("rbreak {name}:.")),
        Debugger::Lldb => (LLDB, format!("breakpoint set --func-regex . --file {name}")),
    };
    // All functions: of those of Rust and Zig, debuggers do not know that they are in the file.
    let mut start = if has_ending(source, "rs") || has_ending(source, "zig") {
        markers
            .iter()
            .map(|(_, line)| format!("{} {name}:{line}", if debugger == Debugger::Gdb { "break" } else { "b" }))
            .collect()
    } else {
        vec![all]
    };
    start.push("run".to_owned());
    let mut steps = vec![start];
    for _ in 0..STOPS {
        steps.extend(looks.iter().copied().map(owned));
        if debugger == Debugger::Lldb || !has_ending(source, "rs") {
            steps.push(owned(FINISH));
        }
        steps.push(owned(&["continue"]));
    }
    let commands: Vec<&[String]> = steps.iter().map(Vec::as_slice).collect();
    let session = debugger.run(folder, None, &commands)?;
    let mut story = String::new();
    for (commands, output) in steps.iter().zip(&session.outputs) {
        let frames = if commands.first().is_some_and(|command| command == "bt") { WRONG_FRAMES } else { &[] };
        let output = output.as_deref().unwrap_or_default();
        if WRONG.iter().chain(frames).any(|wrong| output.contains(wrong)) {
            story += &format!("{}:\n{}\n", commands.join(" ; "), super::indented(output));
        }
    }
    if !session.outputs.get(1).and_then(Option::as_deref).is_some_and(|frames| frames.contains("#0")) {
        story += "it did not stop at a function\n";
    }
    if !story.is_empty() || !session.end.is_empty() {
        return Err(format!("{story}not all can be looked at{}", session.end));
    }
    drop(std::fs::remove_dir_all(folder));
    Ok(Outcome::Passed)
}
