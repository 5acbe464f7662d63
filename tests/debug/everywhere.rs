//! Whether gdb can look at optimised code wherever it stops, in libraries too: at functions of a program taken at random, frames and
//! variables are shown (`everywhere.py`). What is not known must be `<optimized out>`, not an error.

use super::debugger::GDB_FLAGS;
use super::{LIMIT, Subject, build, fresh};
use std::path::{Path, PathBuf};
use std::process::Command;
use wasmaot_tests::report::{Outcome, Test};
use wasmaot_tests::{process::finish, target, tools};

/// Programs with much of their libraries, and without arrays of enumerations ([`super::inspect`]).
const SOURCES: &[&str] =
    &["owners.rs", "references.rs", "modules.rs", "program.c", "members.cpp", "containers.cpp", "unions.zig"];

/// Stops at most.
const STOPS: usize = 60;

/// What gdb says of a variable or parameter that it should have left alone, and of itself. Elements of arrays can be null,
/// which is an error to it.
const WRONG: &[&str] =
    &["=<error reading", "= <error reading", "Could not find the frame base", "internal-error", "Traceback"];

/// Text whose address is not known.
const GONE: &str = "<error reading variable: value has been optimized out>";

/// The tests.
pub fn tests() -> Vec<Test> {
    let test = |source: &&str| {
        let (name, source) = (format!("everywhere/{source}"), tools::root().join("tests/debug").join(source));
        let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name.replace('/', "-"));
        Test::new(name, move || check(&source, &folder).unwrap_or_else(Outcome::Failed))
    };
    SOURCES.iter().map(test).collect()
}

fn check(source: &Path, folder: &Path) -> Result<Outcome, String> {
    if target::which("gdb").is_none() {
        return Ok(Outcome::Ignored("gdb is not installed: run tests/setup.sh".to_owned()));
    }
    fresh(folder)?;
    let program = folder.join("program");
    if let Some(tool) = build(source, &Subject::Optimised, folder, &program)? {
        return Ok(Outcome::Ignored(format!("{tool} is not installed: run tests/setup.sh")));
    }
    let mut gdb = Command::new("gdb");
    gdb.args(GDB_FLAGS).arg("-x").arg(tools::root().join("tests/debug/everywhere.py")).arg(&program);
    let finished = finish(gdb.env("EVERYWHERE_STOPS", STOPS.to_string()), b"", LIMIT)?;
    let output = String::from_utf8_lossy(&finished.stdout);
    let stops = output.lines().last().and_then(|line| line.strip_suffix(" stops")?.parse::<usize>().ok());
    // So gdb says it of text, in native programs too.
    let is_wrong = |line: &&str| WRONG.iter().any(|wrong| line.replace(GONE, "").contains(wrong));
    let wrong: Vec<&str> = output.lines().filter(is_wrong).collect();
    if stops.is_none_or(|stops| stops < 10) || !wrong.is_empty() {
        return Err(format!("{stops:?} stops\n{}\n{}", wrong.join("\n"), finished.complaint()));
    }
    drop(std::fs::remove_dir_all(folder));
    Ok(Outcome::Passed)
}
