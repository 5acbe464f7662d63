//! Whether locals of optimised code are ever shown with wrong values: `locals/NAME.c`, and with `LOCALS_SEEDS=1-40` programs of
//! csmith.
//!
//! A module gets DWARF that names every local ([`super::synthetic`]) and is compiled with `-g -O0`, where locals are in slots of the
//! frame, and with `-g -O2`. In both, gdb steps through all instructions (`locals.py`). What locals have at an instruction
//! of wasm in `-O2` must be what they have there in `-O0`, all together, in the same call of the function: in loops, in one of
//! the rounds. How many locals are shown does not matter here.

use super::debugger::GDB_FLAGS;
use super::{LIMIT, synthetic, works};
use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};
use std::process::Command;
use wasmaot_tests::report::{Outcome, Test};
use wasmaot_tests::{process::finish, target, tools};

/// Steps of gdb in optimised code; the other gets more, since it must come as far.
const STEPS: u32 = 20_000;

/// The tests.
pub fn tests() -> Vec<Test> {
    let mut tests = Vec::new();
    let sources = tools::files(&tools::root().join("tests/debug/locals")).unwrap_or_default();
    for source in sources {
        for level in ["-O1", "-O2"] {
            let source = source.clone();
            let name = format!("locals/{}[{level}]", source.file_name().unwrap_or_default().to_string_lossy());
            tests.push(Test::new(name.clone(), move || check(&name, &source, level).unwrap_or_else(Outcome::Failed)));
        }
    }
    let seeds = std::env::var("LOCALS_SEEDS").unwrap_or_default();
    if let Some((first, last)) = seeds.split_once('-')
        && let (Ok(first), Ok(last)) = (first.parse::<u32>(), last.parse::<u32>())
    {
        for seed in first..=last {
            let name = format!("locals/seed-{seed}");
            tests.push(Test::new(name.clone(), move || csmith(&name, seed).unwrap_or_else(Outcome::Failed)));
        }
    }
    tests
}

fn csmith(name: &str, seed: u32) -> Result<Outcome, String> {
    let folder = folder(name)?;
    let source = folder.join("program.c");
    // It leaves a file about the platform where it runs.
    let mut csmith = Command::new("csmith");
    works(csmith.args(["--seed", &seed.to_string(), "--output"]).arg(&source).current_dir(&folder))?;
    check(name, &source, "-O2")
}

fn folder(name: &str) -> Result<PathBuf, String> {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name.replace(['/', '[', ']'], "-"));
    std::fs::create_dir_all(&folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    Ok(folder)
}

fn check(name: &str, source: &Path, level: &str) -> Result<Outcome, String> {
    for tool in ["gdb", "clang-19"] {
        if target::which(tool).is_none() {
            return Ok(Outcome::Ignored(format!("{tool} is not installed: run tests/setup.sh")));
        }
    }
    let folder = folder(name)?;
    let plain = folder.join("plain.wasm");
    let mut clang = Command::new("clang-19");
    clang
        .args(["--target=wasm32-wasi", "--sysroot=/usr", "-w", "-g0", "-Wl,--strip-debug", level])
        .arg(source)
        .arg("-o")
        .arg(&plain);
    works(clang.args(["-I/usr/include/csmith", "-I/usr/include/csmith-2.3.0"]))?;
    let bytes = std::fs::read(&plain).map_err(|error| error.to_string())?;
    let own = |name: &str| {
        ["func_", "test_", "__original_main", "__main_argc_argv", "main"].iter().any(|start| name.starts_with(start))
    };
    let (described, functions) = synthetic::describe(&bytes, own)?;
    let module = folder.join("module.wasm");
    std::fs::write(&module, described).map_err(|error| error.to_string())?;
    let names: Vec<&str> = functions.iter().map(|function| function.name.as_str()).collect();

    let truth = run(&folder, &module, "-O0", STEPS * 20, &names)?;
    let shown = run(&folder, &module, "-O2", STEPS, &names)?;
    // Where a frame is set up, slots have nothing yet.
    let starts: HashSet<String> = functions.iter().map(|function| function.range.start.to_string()).collect();
    compare(&truth, &shown, &starts).inspect(|_| drop(std::fs::remove_dir_all(&folder)))
}

/// What gdb says of the locals of a build.
fn run(folder: &Path, module: &Path, level: &str, steps: u32, names: &[&str]) -> Result<String, String> {
    let (program, output) = (folder.join(format!("program{level}")), folder.join(format!("locals{level}")));
    works(Command::new(tools::wasmaot()?).args(["compile", "-g", level]).arg(module).arg("-o").arg(&program))?;
    let mut gdb = Command::new("gdb");
    gdb.args(GDB_FLAGS)
        .args(["-ex", "set startup-with-shell off", "-x"])
        .arg(tools::root().join("tests/debug/locals.py"))
        .arg(&program);
    gdb.env("LOCALS_OUTPUT", &output).env("LOCALS_STEPS", steps.to_string());
    let finished = finish(gdb.env("LOCALS_FUNCTIONS", names.join(" ")), b"", LIMIT)?;
    let text = std::fs::read_to_string(&output).map_err(|error| error.to_string())?;
    match text.lines().last() {
        Some("end" | "steps") => Ok(text),
        last => Err(format!("{level}: {last:?}\n{}", finished.complaint())),
    }
}

/// Function, call and instruction.
type Stop<'a> = (&'a str, &'a str, &'a str);
/// Names and values of locals.
type Values<'a> = Vec<(&'a str, &'a str)>;

/// A line of the output.
fn parse(line: &str) -> Option<(Stop<'_>, Values<'_>)> {
    let mut words = line.split(' ');
    words.next()?;
    let key = (words.next()?, words.next()?, words.next()?);
    Some((key, words.filter_map(|word| word.split_once('=')).collect()))
}

fn compare(truth: &str, shown: &str, starts: &HashSet<String>) -> Result<Outcome, String> {
    // By function, call and instruction: what the locals had, each time.
    let mut known: HashMap<_, HashSet<Values<'_>>> = HashMap::new();
    for (key, values) in truth.lines().filter_map(parse) {
        known.entry(key).or_default().insert(values);
    }
    let (mut checked, mut wrong, mut story) = (0, 0, String::new());
    for (number, line) in shown.lines().enumerate() {
        let Some((key, values)) = parse(line) else { continue };
        let Some(sets) = known.get(&key).filter(|_| !starts.contains(key.2)) else { continue };
        checked += values.len();
        let fits = |set: &Values<'_>| values.iter().all(|value| set.contains(value));
        if !sets.iter().any(fits) {
            wrong += 1;
            if wrong <= 12 {
                let possible = |value: &&(&str, &str)| !sets.iter().any(|set| set.contains(value));
                let never: Vec<_> = values.iter().filter(possible).collect();
                story += &format!("line {} of the output: {line}\n  never: {never:?}\n", number + 1);
            }
        }
    }
    if wrong > 0 {
        return Err(format!("{story}{wrong} stops with wrong values; {checked} values were checked"));
    }
    if checked == 0 { Err("no local was ever shown".to_owned()) } else { Ok(Outcome::Passed) }
}
