//! An island of a script -> a program -> its answers. Compiles with the compiler's own functions, links as the command
//! line does, and asks the running program through [`wasmaot_abi::script`].

use crate::program::{Answer, Running};
use crate::script::{Action, Kind, Outcome, Script};
use crate::values;
use std::borrow::Cow;
use std::collections::HashMap;
use std::path::Path;
use wasmaot_abi::script::{INSTANTIATE, INVOKE};
use wasmaot_abi::trap::TrapKind;
use wasmaot_compiler::link::Linker;
use wasmaot_compiler::module::ItemKind;
use wasmaot_compiler::observer::Silent;
use wasmaot_compiler::options::Model;
use wasmaot_compiler::program::InstanceId;
use wasmaot_compiler::{Options, Program, parse, script};
use wasmaot_tests::target;

const SPECTEST: &str = include_str!("spectest.wat");

/// How often a program is started again that was lost.
const LOST: usize = 3;

/// A line of the file, and what went wrong there.
pub type Failure = (usize, String);

/// A callable row of a program.
struct Row {
    index: u32,
    results: usize,
}

/// Runs one island. `executable` is where its program is written.
pub fn run(script: &Script<'_>, island: usize, options: &Options, executable: &Path) -> Vec<Failure> {
    let actions: Vec<_> = script.actions.iter().filter(|action| script.nodes[action.node].island == island).collect();
    let mut failures = Vec::new();
    let sources: Vec<_> =
        script.nodes.iter().map(|node| (node.island == island).then(|| parse::to_binary(&node.source))).collect();
    let spectest = script.nodes.iter().any(|node| node.island == island && node.spectest);
    let linked = match link(&actions, &sources, spectest, options, &mut failures) {
        Ok(linked) => linked,
        Err(why) => {
            failures.push((0, format!("spectest: {why}")));
            return failures;
        }
    };
    if linked.instances.is_empty() {
        let calls = actions.iter().filter(|action| matches!(action.kind, Kind::Call(..)));
        failures.extend(calls.map(|action| (action.line, "its module was not linked".to_owned())));
        return failures;
    }
    let first =
        actions.iter().find(|action| matches!(action.kind, Kind::Instantiate(_))).map_or(0, |action| action.line);
    let rows = rows(&linked.program);
    let result = build(&linked.program, options, executable).and_then(|()| Running::start(executable));
    match result {
        Ok(mut running) => {
            let mut found = Vec::new();
            drive(&actions, &linked, &rows, spectest, &mut running, &mut found);
            for _ in 0..LOST {
                // One program in a thousand ends under Wine before it has begun, with status 1 and without a word.
                if !running.is_lost() || !target::name().ends_with("-windows") {
                    break;
                }
                let Ok(again) = Running::start(executable) else { break };
                running = again;
                found.clear();
                drive(&actions, &linked, &rows, spectest, &mut running, &mut found);
            }
            failures.append(&mut found);
            failures.extend(running.finish().err().map(|why| (first, why)));
        }
        Err(why) => {
            // Every assertion of this island is one that does not hold.
            let failed = actions.iter().filter(|action| !matches!(action.kind, Kind::Unlinkable | Kind::Register(_)));
            failures.extend(failed.map(|action| (action.line, format!("(line {first}) {why}"))));
        }
    }
    let _ = std::fs::remove_file(executable);
    failures
}

struct Linked<'data> {
    program: Program<'data>,
    instances: HashMap<usize, InstanceId>,
}

/// Links the island's modules in the order of the script.
fn link<'data>(
    actions: &[&Action<'_>],
    sources: &'data [Option<wasmaot_compiler::Result<Cow<'_, [u8]>>>],
    spectest: bool,
    options: &Options,
    failures: &mut Vec<Failure>,
) -> Result<Linked<'data>, String> {
    let mut linker = Linker::default();
    if spectest {
        let binary = parse::to_binary(SPECTEST.as_bytes()).map_err(|error| error.to_string())?.into_owned();
        // Lives as long as the test process: the linker borrows it for longer than this function.
        let module = parse::parse(Vec::leak(binary), &options.features).map_err(|error| error.to_string())?;
        let instance = linker.instantiate(module).map_err(|error| error.to_string())?;
        linker.register("spectest", instance);
    }
    let mut instances = HashMap::new();
    for action in actions {
        let module = || match &sources[action.node] {
            Some(Ok(binary)) => parse::parse(binary, &options.features).map_err(|error| error.to_string()),
            Some(Err(error)) => Err(error.to_string()),
            None => Err("not of this island".to_owned()),
        };
        match action.kind {
            Kind::Instantiate(_) => {
                match module().and_then(|module| linker.instantiate(module).map_err(|error| error.to_string())) {
                    Ok(instance) => {
                        instances.insert(action.node, instance);
                    }
                    Err(why) => failures.push((action.line, why)),
                }
            }
            Kind::Unlinkable => match module().map(|module| linker.instantiate(module)) {
                Ok(Ok(_)) => failures.push((action.line, "linked, but must not".to_owned())),
                Ok(Err(_)) => {}
                Err(why) => failures.push((action.line, why)),
            },
            Kind::Register(name) => {
                if let Some(instance) = instances.get(&action.node) {
                    linker.register(name, *instance);
                }
            }
            Kind::Call(..) => {}
        }
    }
    Ok(Linked { program: linker.finish(), instances })
}

/// The script table of a program, by instance and name.
fn rows(program: &Program<'_>) -> HashMap<(InstanceId, String), Row> {
    let mut rows = HashMap::new();
    for (index, export) in script::rows(program).into_iter().enumerate() {
        let results = match export.kind {
            ItemKind::Function => {
                program.module_of(export.instance).function_type(export.index).map_or(0, |ty| ty.results().len())
            }
            _ => 1,
        };
        rows.insert((export.instance, export.name), Row { index: index as u32, results });
    }
    rows
}

fn build(program: &Program<'_>, options: &Options, executable: &Path) -> Result<(), String> {
    let compile = || wasmaot_compiler::compile(program, options, &Silent);
    let object = std::panic::catch_unwind(std::panic::AssertUnwindSafe(compile))
        .map_err(|_| "the compiler panicked".to_owned())?
        .map_err(|error| error.to_string())?;
    match options.model {
        Model::Static => crate::program::link(object, options, executable),
        Model::Handle(_) => crate::handle::link(object, executable),
    }
}

/// Does what the script says with the running program.
fn drive(
    actions: &[&Action<'_>],
    linked: &Linked<'_>,
    rows: &HashMap<(InstanceId, String), Row>,
    spectest: bool,
    running: &mut Running,
    failures: &mut Vec<Failure>,
) {
    if spectest && !matches!(running.ask(INSTANTIATE, 0, &[], 0), Ok(Answer::Results(_))) {
        failures.push((0, "spectest cannot be instantiated".to_owned()));
    }
    for action in actions {
        let Some(instance) = linked.instances.get(&action.node) else {
            if matches!(action.kind, Kind::Call(..)) {
                failures.push((action.line, "its module was not linked".to_owned()));
            }
            continue;
        };
        let checked = match &action.kind {
            Kind::Instantiate(message) => {
                let expected = message.map_or(Outcome::Returns(None), Outcome::Traps);
                running.ask(INSTANTIATE, instance.0, &[], 0).and_then(|answer| check(&expected, &answer))
            }
            Kind::Call(name, arguments, expected) => match rows.get(&(*instance, (*name).to_owned())) {
                Some(row) => {
                    let answer = running.ask(INVOKE, row.index, arguments, row.results);
                    answer.and_then(|answer| check(expected, &answer)).map_err(|why| format!("{name:?}: {why}"))
                }
                None => Err(format!("no export {name:?}")),
            },
            Kind::Unlinkable | Kind::Register(_) => Ok(()),
        };
        failures.extend(checked.err().map(|why| (action.line, why)));
    }
}

fn check(expected: &Outcome<'_>, answer: &Answer) -> Result<(), String> {
    match (expected, answer) {
        (Outcome::Returns(None), Answer::Results(_)) => Ok(()),
        (Outcome::Returns(Some(expected)), Answer::Results(cells)) => {
            let fits = expected.len() == cells.len()
                && expected.iter().zip(cells).all(|(expected, cell)| values::matches(expected, cell));
            if fits { Ok(()) } else { Err(format!("got {}, expected {expected:?}", show(cells))) }
        }
        (Outcome::Returns(_), Answer::Trap(code)) => Err(format!("trapped: {}", trap_name(*code))),
        (Outcome::Traps(message), Answer::Trap(code)) => match TrapKind::from_code(*code) {
            Some(kind) if values::is_trap(message, kind) => Ok(()),
            _ => Err(format!("trapped with {}, expected {message}", trap_name(*code))),
        },
        (Outcome::Traps(message), Answer::Results(cells)) => {
            Err(format!("returned {}, expected the trap {message}", show(cells)))
        }
    }
}

fn trap_name(code: u8) -> String {
    TrapKind::from_code(code).map_or_else(|| format!("code {code}"), |kind| kind.message().to_owned())
}

fn show(cells: &[[u8; 16]]) -> String {
    let cells: Vec<_> = cells.iter().map(|cell| format!("{:#x}", u128::from_le_bytes(*cell))).collect();
    format!("[{}]", cells.join(", "))
}

/// Whether a module is refused, by the parser or when it is compiled.
pub fn refused(source: &[u8], options: &Options) -> Result<(), String> {
    let Ok(binary) = parse::to_binary(source) else { return Ok(()) };
    let Ok(module) = parse::parse(&binary, &options.features) else { return Ok(()) };
    let spectest = parse::to_binary(SPECTEST.as_bytes()).map_err(|error| error.to_string())?;
    let host = parse::parse(&spectest, &options.features).map_err(|error| error.to_string())?;
    let mut linker = Linker::default();
    let instance = linker.instantiate(host).map_err(|error| error.to_string())?;
    linker.register("spectest", instance);
    if linker.instantiate(module).is_err() {
        // Its imports are not to be had. Its functions can still be looked at.
        let module = parse::parse(&binary, &options.features).map_err(|error| error.to_string())?;
        let valid = |body: wasmaot_compiler::module::Body<'_>| {
            body.to_validate.into_validator(Default::default()).validate(&body.body).is_ok()
        };
        return if module.bodies.into_iter().all(valid) { Err("accepted".to_owned()) } else { Ok(()) };
    }
    let compile = || wasmaot_compiler::compile(&linker.finish(), options, &Silent);
    match std::panic::catch_unwind(std::panic::AssertUnwindSafe(compile)) {
        Ok(Ok(_)) => Err("accepted".to_owned()),
        Ok(Err(error)) if error.kind == wasmaot_compiler::ErrorKind::Internal => Err(error.to_string()),
        Ok(Err(_)) => Ok(()),
        Err(_) => Err("the compiler panicked".to_owned()),
    }
}
