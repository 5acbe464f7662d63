//! A test runner's front: filters, threads, and lines in `cargo test`'s own format.
//!
//! For the runners with `harness = false`, whose tests are data files. Accepts what `cargo test -- ...` is used with:
//! name filters, `--exact`, `--list`, `--test-threads N`; other flags are ignored.

use std::process::ExitCode;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

/// How a test ended.
pub enum Outcome {
    /// As expected.
    Passed,
    /// Not as expected: the whole story, several lines.
    Failed(String),
    /// Not run, for this reason.
    Ignored(String),
}

/// Fails with a formatted message.
impl From<String> for Outcome {
    fn from(message: String) -> Self {
        Outcome::Failed(message)
    }
}

/// One test: a name to filter by, and what to do.
pub struct Test {
    /// Unique within the runner.
    pub name: String,
    /// Runs the test; called at most once, on any thread.
    pub run: Box<dyn Fn() -> Outcome + Send + Sync>,
}

impl Test {
    /// A test that calls `run`.
    pub fn new(name: impl Into<String>, run: impl Fn() -> Outcome + Send + Sync + 'static) -> Self {
        Test { name: name.into(), run: Box::new(run) }
    }
}

struct Arguments {
    filters: Vec<String>,
    exact: bool,
    list: bool,
    threads: usize,
}

fn arguments() -> Arguments {
    let mut parsed = Arguments {
        filters: Vec::new(),
        exact: false,
        list: false,
        threads: std::thread::available_parallelism().map_or(1, |n| n.get()),
    };
    let mut args = std::env::args().skip(1);
    while let Some(arg) = args.next() {
        match arg.as_str() {
            "--exact" => parsed.exact = true,
            "--list" => parsed.list = true,
            "--test-threads" => {
                if let Some(threads) = args.next().and_then(|n| n.parse().ok()) {
                    parsed.threads = threads;
                }
            }
            flag if flag.starts_with("--test-threads=") => {
                parsed.threads = flag[15..].parse().unwrap_or(parsed.threads);
            }
            flag if flag.starts_with('-') => {}
            _ => parsed.filters.push(arg),
        }
    }
    parsed
}

/// Runs the tests that the command line asks for, prints the results, and says how the process should end.
pub fn run(tests: Vec<Test>) -> ExitCode {
    let arguments = arguments();
    let all = tests.len();
    let chosen: Vec<Test> = tests
        .into_iter()
        .filter(|test| {
            arguments.filters.is_empty()
                || arguments.filters.iter().any(|filter| {
                    if arguments.exact { test.name == *filter } else { test.name.contains(filter.as_str()) }
                })
        })
        .collect();
    if arguments.list {
        for test in &chosen {
            println!("{}: test", test.name);
        }
        return ExitCode::SUCCESS;
    }

    let start = Instant::now();
    println!("\nrunning {} tests", chosen.len());
    let next = AtomicUsize::new(0);
    let outcomes = Mutex::new(Vec::new());
    std::thread::scope(|scope| {
        for _ in 0..arguments.threads.clamp(1, chosen.len().max(1)) {
            scope.spawn(|| {
                while let Some(test) = chosen.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let started = Instant::now();
                    let outcome = (test.run)();
                    let seconds = started.elapsed().as_secs_f32();
                    let word = match &outcome {
                        Outcome::Passed => "ok".to_string(),
                        Outcome::Failed(_) => "FAILED".to_string(),
                        Outcome::Ignored(reason) => format!("ignored, {reason}"),
                    };
                    let mut outcomes = outcomes.lock().unwrap_or_else(|e| e.into_inner());
                    println!("test {} ... {word} <{seconds:.1}s>", test.name);
                    outcomes.push((test.name.as_str(), outcome));
                }
            });
        }
    });

    let outcomes = outcomes.into_inner().unwrap_or_else(|e| e.into_inner());
    let count = |which: fn(&Outcome) -> bool| outcomes.iter().filter(|(_, o)| which(o)).count();
    let failed = count(|o| matches!(o, Outcome::Failed(_)));
    if failed > 0 {
        println!("\nfailures:\n");
        for (name, outcome) in &outcomes {
            if let Outcome::Failed(story) = outcome {
                println!("---- {name} ----\n{}\n", story.trim_end());
            }
        }
    }
    println!(
        "\ntest result: {}. {} passed; {failed} failed; {} ignored; 0 measured; {} filtered out; finished in {:.2}s\n",
        if failed == 0 { "ok" } else { "FAILED" },
        count(|o| matches!(o, Outcome::Passed)),
        count(|o| matches!(o, Outcome::Ignored(_))),
        all - outcomes.len(),
        start.elapsed().as_secs_f32(),
    );
    if failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
