//! Target `run`: random modules as native code, at random options, against wasmtime's answers.

use crate::budget::Budget;
use crate::findings::{Findings, folder};
use crate::oracle::{Oracle, Verdict};
use crate::random::Random;
use crate::record::{Failure, Row, record};
use crate::{bytes, extras, generate, probe, rewrite, taps};
use std::collections::BTreeMap;
use std::path::Path;
use wasmaot_compiler::module::Module;
use wasmaot_compiler::options::{MemoryBase, OptLevel};
use wasmaot_compiler::{Options, parse};
use wasmaot_tests::report::Outcome;

/// Scripts that wasmtime judges at once.
const BATCH: usize = 40;

/// A module that ran, and what it answered.
struct Case {
    seed: u64,
    flags: String,
    modules: Vec<(String, Vec<u8>)>,
    script: String,
}

/// Runs the target.
pub fn run(budget: &Budget) -> Outcome {
    let oracle = match Oracle::find() {
        Ok(oracle) => oracle,
        Err(why) => return Outcome::Ignored(why),
    };
    let mut findings = Findings::new("run");
    let mut counts = BTreeMap::new();
    let (mut cases, mut batch) = (0, Vec::new());
    let executable = folder().join(format!("program-{}", std::process::id()));
    for seed in budget.seeds() {
        let end = case(seed, &executable, &mut findings, &mut batch);
        cases += 1;
        *counts.entry(end).or_insert(0u64) += 1;
        if batch.len() >= BATCH
            && let Err(why) = judge(&oracle, &mut batch, &mut findings, &mut counts)
        {
            return Outcome::Failed(why);
        }
    }
    if let Err(why) = judge(&oracle, &mut batch, &mut findings, &mut counts) {
        return Outcome::Failed(why);
    }
    let _ = std::fs::remove_file(&executable);
    let list: Vec<_> = counts.iter().map(|(end, count)| format!("{count} {end}")).collect();
    println!("fuzz run: seed {}, {cases} cases: {}", budget.seed(), list.join(", "));
    findings.outcome()
}

/// Makes and runs one module, or two of which one imports from the other; says how it ended.
fn case(seed: u64, executable: &Path, findings: &mut Findings, batch: &mut Vec<Case>) -> &'static str {
    let mut random = Random::new(seed);
    let fuel = random.pick(&[30, 1000, 5000, 100_000]);
    // Relaxed operations may answer differently: those modules only have to run.
    let relaxed = random.one_in(16);
    let (mut options, mut flags) = match generate::options(&mut random) {
        Ok(options) => options,
        Err(_) => return "without options",
    };
    options.script = true;
    options.strip = random.one_in(4);
    options.debug_info = random.one_in(4);
    options.stack_size = random.pick(&[8 << 20, 8 << 20, 256 << 10, 64 << 10]);
    let mut modules: Vec<(String, Vec<u8>)> = Vec::new();
    let count = if random.one_in(4) { 2 } else { 1 };
    for index in 0..count {
        let imports = modules.last().and_then(|(name, binary)| {
            let module = parse::parse(binary, &options.features).ok()?;
            probe::imports(binary, &module, name)
        });
        let Some((binary, fuel_global)) = generate::runnable(&mut random, fuel, relaxed, imports) else { break };
        let everything = count == 2 || random.one_in(2);
        let dressed = dress(binary, (fuel_global, fuel), everything, &options, &mut random);
        let Some(binary) = dressed else { return "not dressed" };
        modules.push((format!("m{seed:x}_{index}"), binary));
    }
    let Some((_, first)) = modules.first() else { return "not generated" };
    findings.working_on(seed, first);
    flags += if options.strip { " --strip" } else { "" };
    flags += &format!(" --stack-size {}, fuel {fuel}, {} modules", options.stack_size, modules.len());
    let mut choices = Random::new(random.next());
    let script = match record(&modules, &options, executable, |rows| plan(rows, &mut choices), Some(&mut random)) {
        Ok(script) => script,
        Err(Failure::Refused(error)) => {
            findings.add(seed, &modules, &format!("{flags}: refused: {error}"));
            return "failed";
        }
        Err(Failure::Wrong(why)) => {
            findings.add(seed, &modules, &format!("{flags}: {why}"));
            return "failed";
        }
    };
    let what = match (relaxed, modules.len()) {
        (true, _) => return "run only (relaxed SIMD)",
        (false, 1) => "run",
        (false, _) => "run in pairs",
    };
    batch.push(Case { seed, flags, modules, script });
    what
}

/// Adds to a module what shows what it does, and what wasm-smith does not make.
fn dress(
    mut binary: Vec<u8>,
    fuel: (u32, u32),
    everything: bool,
    options: &Options,
    random: &mut Random,
) -> Option<Vec<u8>> {
    fn parse<'data>(binary: &'data [u8], options: &Options) -> Option<Module<'data>> {
        parse::parse(binary, &options.features).ok()
    }
    if !random.one_in(5) {
        let every = random.pick(&[1, 2, 4, 8]);
        binary = taps::add(&binary, &parse(&binary, options)?, every, random)?;
    }
    let functions = parse(&binary, options)?.functions.len();
    binary = probe::add(&binary, &parse(&binary, options)?, fuel, everything)?;
    if random.one_in(3) {
        // Probes export every function.
        binary = rewrite::calls(&binary, &parse(&binary, options)?, random)?;
    }
    if random.one_in(2) {
        binary = extras::elements(&binary, &parse(&binary, options)?, random)?;
    }
    if random.one_in(6) {
        binary = extras::segments(&binary, &parse(&binary, options)?, random)?;
    }
    if random.one_in(4) {
        binary = extras::branch_hints(&binary, &parse(&binary, options)?, random)?;
    }
    if random.one_in(4) {
        binary = extras::names(&binary, functions, random)?;
    }
    Some(binary)
}

/// Functions in random order, each with all of its fuel; the state afterwards and once in between.
fn plan(rows: &[Row], random: &mut Random) -> Vec<usize> {
    let is = |index: &usize, prefix: &str| rows[*index].name.starts_with(prefix);
    let fuel: Vec<_> = (0..rows.len()).filter(|index| rows[*index].name == "refuel").collect();
    let functions: Vec<_> = (0..rows.len()).filter(|index| is(index, "f")).collect();
    let probes: Vec<_> = (0..rows.len()).filter(|index| !is(index, "f") && !fuel.contains(index)).collect();
    let mut plan = probes.clone();
    for call in 0..8.min(functions.len() * 2) {
        plan.extend(&fuel);
        plan.push(random.pick(&functions));
        if call == 3 {
            plan.extend(&probes);
        }
    }
    plan.extend(&probes);
    plan
}

/// Whether an assertion is not about a probe.
fn calls(line: &str) -> bool {
    line.contains(" \"f") || line.contains("(module")
}

/// Asks the oracle about a batch, and empties it.
fn judge(
    oracle: &Oracle,
    batch: &mut Vec<Case>,
    findings: &mut Findings,
    counts: &mut BTreeMap<&'static str, u64>,
) -> Result<(), String> {
    let file = folder().join(format!("batch-{}.wast", std::process::id()));
    let scripts: Vec<_> = batch.iter().map(|case| case.script.as_str()).collect();
    let verdicts = oracle.judge(&scripts, &file).map_err(|why| format!("{why}\n  {}", file.display()))?;
    let _ = std::fs::remove_file(&file);
    for (case, verdict) in batch.drain(..).zip(verdicts) {
        let mut count = |what, prefix: &str| {
            *counts.entry(what).or_insert(0) +=
                case.script.lines().filter(|line| line.starts_with(prefix) && calls(line)).count() as u64;
        };
        match verdict {
            Verdict::Holds => {
                count("calls returned", "(assert_return (invoke");
                count("calls trapped", "(assert_trap (invoke");
                count("instantiations trapped", "(assert_trap (module");
            }
            Verdict::Exhausted => count("exhausting wasmtime", "(module"),
            Verdict::Fails(why) => {
                let script = folder().join(format!("run-{:016x}.wast", case.seed));
                let _ = std::fs::write(script, &case.script);
                findings.add(case.seed, &case.modules, &format!("{}: wasmtime: {why}", case.flags));
            }
        }
    }
    Ok(())
}

/// A module that was found. If its name begins with `refused-`, the compiler must say why in a proper way; all others run with every level and memory base, all exports called twice with zeros, and judged.
pub fn found(text: &[u8], name: &str) -> Result<Outcome, String> {
    let binary = parse::to_binary(text).map_err(|error| error.to_string())?;
    let modules = [("found".to_owned(), binary.into_owned())];
    let (mut options, _) = generate::options(&mut Random::new(0))?;
    options.target.set_cpu("baseline", Vec::new).map_err(|error| error.to_string())?;
    if name.starts_with("refused-") {
        return match bytes::check(&modules[0].1, &options, false, None)? {
            "refused" => Ok(Outcome::Passed),
            end => Err(end.to_owned()),
        };
    }
    let oracle = match Oracle::find() {
        Ok(oracle) => oracle,
        Err(why) => return Ok(Outcome::Ignored(why)),
    };
    options.script = true;
    let _ = std::fs::create_dir_all(folder());
    let executable = folder().join(format!("found-{name}"));
    let mut scripts = Vec::new();
    for opt_level in [OptLevel::O0, OptLevel::O1, OptLevel::O2, OptLevel::Os] {
        for memory_base in [MemoryBase::Constant, MemoryBase::Register] {
            let options = Options { opt_level, memory_base, ..options.clone() };
            let plan = |rows: &[Row]| (0..rows.len()).chain(0..rows.len()).collect();
            match record(&modules, &options, &executable, plan, None) {
                Ok(script) => scripts.push(script),
                Err(Failure::Refused(error)) => return Err(format!("{opt_level:?} {memory_base:?}: {error}")),
                Err(Failure::Wrong(why)) => return Err(format!("{opt_level:?} {memory_base:?}: {why}")),
            }
        }
    }
    let _ = std::fs::remove_file(&executable);
    let scripts: Vec<_> = scripts.iter().map(String::as_str).collect();
    let file = folder().join(format!("found-{name}.wast"));
    for verdict in oracle.judge(&scripts, &file)? {
        if let Verdict::Fails(why) = verdict {
            return Err(why);
        }
    }
    let _ = std::fs::remove_file(&file);
    Ok(Outcome::Passed)
}
