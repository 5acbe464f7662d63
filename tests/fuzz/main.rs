//! Fuzzing, deterministic from a seed: `bytes` gives hostile input to the compiler, `run` runs random modules against
//! wasmtime's answers, `dwarf` gives it hostile debug information, and `found/NAME` repeats what was found before (tests/fuzz/found/NAME.wat).
//!
//! `cargo test -p wasmaot-tests --test fuzz -- [bytes|run|dwarf|found]`; docs/testing.md has the variables that bound and
//! reproduce. Each target is one test of the closing line, and prints what its cases were.

mod budget;
mod bytes;
mod dwarf;
mod extras;
mod findings;
mod generate;
mod mutate;
mod oracle;
mod probe;
#[path = "../spec/program.rs"]
mod program;
mod random;
mod record;
mod rewrite;
mod run;
mod sections;
mod taps;

use std::process::ExitCode;
use std::sync::Mutex;
use wasmaot_tests::report::{self, Outcome, Test};
use wasmaot_tests::tools;

/// As much stack for the compiler as the command line gives it.
const STACK: usize = 64 << 20;

/// What the last panic said, and where.
static LAST_PANIC: Mutex<String> = Mutex::new(String::new());

fn main() -> ExitCode {
    let budget = match budget::Budget::read() {
        Ok(budget) => budget,
        Err(why) => {
            eprintln!("fuzz: {why}");
            return ExitCode::FAILURE;
        }
    };
    std::panic::set_hook(Box::new(|panic| {
        if let Ok(mut last) = LAST_PANIC.lock() {
            *last = panic.to_string().replace('\n', " ");
        }
    }));
    if let Err(error) = rayon::ThreadPoolBuilder::new().stack_size(STACK).build_global() {
        eprintln!("fuzz: {error}");
        return ExitCode::FAILURE;
    }
    let mut tests = found();
    for (name, target) in
        [("bytes", bytes::run as fn(&budget::Budget) -> Outcome), ("run", run::run), ("dwarf", dwarf::run)]
    {
        let budget = budget.clone();
        tests.push(Test::new(name, move || on_large_stack(|| target(&budget))));
    }
    report::run(tests)
}

/// What was found before; text or binary.
fn found() -> Vec<Test> {
    let folder = tools::root().join("tests/fuzz/found");
    let paths = tools::files(&folder).unwrap_or_default();
    let test = |path: std::path::PathBuf| {
        let name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        Test::new(format!("found/{name}"), move || {
            let text = match std::fs::read(&path) {
                Ok(text) => text,
                Err(error) => return Outcome::Failed(format!("{}: {error}", path.display())),
            };
            on_large_stack(|| run::found(&text, &name).unwrap_or_else(Outcome::Failed))
        })
    };
    paths.into_iter().map(test).collect()
}

fn on_large_stack(work: impl FnOnce() -> Outcome + Send) -> Outcome {
    std::thread::scope(|scope| {
        let thread = std::thread::Builder::new().stack_size(STACK).spawn_scoped(scope, work);
        match thread.map(|thread| thread.join()) {
            Ok(Ok(outcome)) => outcome,
            Ok(Err(_)) => Outcome::Failed(format!("the target panicked: {}", last_panic())),
            Err(error) => Outcome::Failed(error.to_string()),
        }
    })
}

/// What the last panic said, and where.
fn last_panic() -> String {
    LAST_PANIC.lock().map(|last| last.clone()).unwrap_or_default()
}
