//! Target `bytes`: whatever is given to parse and compile, the answer is an object or an error with one clear message.
//! Never a panic, a hang, or memory out of proportion.

use crate::budget::Budget;
use crate::findings::Findings;
use crate::random::Random;
use crate::{dwarf, generate, mutate};
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};
use wasmaot_compiler::observer::Silent;
use wasmaot_compiler::options::Emit;
use wasmaot_compiler::{Error, ErrorKind, Options, link, parse};
use wasmaot_tests::report::Outcome;

/// Longest that a case may take; inputs have a few KB.
const LIMIT: Duration = Duration::from_secs(60);
/// Most memory that the process may take: this many MiB.
const MEMORY: u64 = 3 << 10;

/// Text that mutation starts from.
const TEXTS: &[&str] =
    &[include_str!("seed.wat"), include_str!("../spec/spectest.wat"), include_str!("../wasi/args.wat")];

/// Runs the target.
pub fn run(budget: &Budget) -> Outcome {
    let mut findings = Findings::new("bytes");
    let mut counts = BTreeMap::new();
    let watch = Watch::start();
    let alone = match rayon::ThreadPoolBuilder::new().num_threads(1).stack_size(crate::STACK).build() {
        Ok(pool) => pool,
        Err(error) => return Outcome::Failed(error.to_string()),
    };
    for seed in budget.seeds() {
        watch.case.store(seed, Ordering::Relaxed);
        let mut random = Random::new(seed);
        let (what, input) = input(&mut random);
        findings.working_on(seed, &input);
        watch.beat.fetch_add(1, Ordering::Relaxed);
        let (options, flags) = match options(&mut random) {
            Ok(options) => options,
            Err(why) => return Outcome::Failed(why),
        };
        let command = random.one_in(8);
        let start = Instant::now();
        let alone = random.one_in(16).then_some(&alone);
        let result = check(&input, &options, command, alone);
        let end = match result {
            Ok(end) if start.elapsed() < LIMIT && peak_memory() < MEMORY => end,
            Ok(_) => {
                let seconds = start.elapsed().as_secs();
                findings.add(
                    seed,
                    &[(what.to_owned(), input)],
                    &format!("{flags}: {seconds} s, {} MiB", peak_memory()),
                );
                "too much"
            }
            Err(why) => {
                findings.add(seed, &[(what.to_owned(), input)], &format!("{what}, {flags}: {why}"));
                "failed"
            }
        };
        *counts.entry((what, end)).or_insert(0u64) += 1;
    }
    watch.beat.store(u64::MAX, Ordering::Relaxed);
    let total: u64 = counts.values().sum();
    let list: Vec<_> = counts.iter().map(|((what, end), count)| format!("{count} {what} {end}")).collect();
    println!("fuzz bytes: seed {}, {total} cases: {}", budget.seed(), list.join(", "));
    findings.outcome()
}

fn input(random: &mut Random) -> (&'static str, Vec<u8>) {
    if random.one_in(6) {
        let text = random.pick(TEXTS);
        return ("text", mutate::text(text, random));
    }
    let mut module = || {
        if random.one_in(4) {
            let text = TEXTS[random.below(TEXTS.len())];
            if let Ok(binary) = parse::to_binary(text.as_bytes()) {
                return binary.into_owned();
            }
        }
        generate::any(random).unwrap_or_default()
    };
    let (first, second) = (module(), module());
    if random.one_in(5) { ("module", first) } else { ("mutant", mutate::binary(&first, &second, random)) }
}

fn options(random: &mut Random) -> Result<(Options, String), String> {
    let (mut options, mut flags) = generate::options(random)?;
    let (emit, name) =
        random.pick(&[(Emit::Object, "obj"), (Emit::Object, "obj"), (Emit::Assembly, "asm"), (Emit::Clif, "clif")]);
    options.emit = emit;
    options.script = random.one_in(4);
    options.strip = random.one_in(4);
    flags += &format!(" --emit {name}{}", if options.strip { " --strip" } else { "" });
    if random.one_in(4) {
        let row = random.pick(wasmaot_compiler::features::FEATURES);
        options.features.set(&row, false);
        flags += &format!(" --disable {}", row.name);
    }
    Ok((options, flags))
}

/// Compiles; says how it ended, or what is wrong with how it ended. `alone` is another pool of threads that must make
/// the same of it.
pub fn check(
    input: &[u8],
    options: &Options,
    command: bool,
    alone: Option<&rayon::ThreadPool>,
) -> Result<&'static str, String> {
    let text = !input.starts_with(b"\0asm");
    let compile = || -> Result<Vec<u8>, Error> {
        let binary: Cow<'_, [u8]> = parse::to_binary(input)?;
        let module = parse::parse(&binary, &options.features)?;
        let program = if command { link::command(module) } else { link::library(module) }?;
        wasmaot_compiler::compile(&program, options, &Silent)
    };
    match std::panic::catch_unwind(std::panic::AssertUnwindSafe(&compile)) {
        Ok(Ok(object)) => {
            if options.emit == Emit::Object {
                use object::Object;
                let file = object::File::parse(object.as_slice()).map_err(|error| format!("bad object: {error}"))?;
                file.section_by_name(".text").ok_or("an object without code")?;
                if options.debug_info {
                    dwarf::read(&file).map_err(|error| format!("bad debug information: {error}"))?;
                }
            }
            if alone.is_some_and(|pool| pool.install(compile).ok() != Some(object)) {
                return Err("determinism: one thread makes something else of it".to_owned());
            }
            Ok("compiled")
        }
        Ok(Err(error)) => proper(&error, text).map(|()| "refused"),
        Err(_) => Err(format!("panic: {}", crate::last_panic())),
    }
}

/// Whether an error is of the one form that all have.
fn proper(error: &Error, text: bool) -> Result<(), String> {
    let message = &error.message;
    let complaint = if error.kind == ErrorKind::Internal {
        "internal error"
    } else if message.trim() != message || message.is_empty() {
        "white space around the message"
    } else if !text && message.chars().any(|letter| letter.is_control() && letter != '\n') {
        "control characters in the message"
    } else if message.len() > 10_000 {
        "a very long message"
    } else if error.function.is_some() && error.offset.is_none() && error.kind == ErrorKind::Input {
        "a function but no offset"
    } else {
        return Ok(());
    };
    Err(format!("{complaint}: {error}"))
}

/// Most memory that this process had so far, in MiB.
fn peak_memory() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    line.and_then(|line| line.trim().split(' ').next()?.parse::<u64>().ok()).unwrap_or(0) >> 10
}

/// Ends the process when a case hangs.
struct Watch {
    beat: Arc<AtomicU64>,
    case: Arc<AtomicU64>,
}

impl Watch {
    fn start() -> Watch {
        let watch = Watch { beat: Default::default(), case: Default::default() };
        let (beat, case) = (watch.beat.clone(), watch.case.clone());
        std::thread::spawn(move || {
            let (mut last, mut since) = (0, Instant::now());
            while last != u64::MAX {
                std::thread::sleep(Duration::from_secs(1));
                let now = beat.load(Ordering::Relaxed);
                if now != last {
                    (last, since) = (now, Instant::now());
                } else if since.elapsed() > 2 * LIMIT {
                    println!("fuzz bytes: FUZZ_CASE={:#x} hangs", case.load(Ordering::Relaxed));
                    std::process::exit(1);
                }
            }
        });
        watch
    }
}
