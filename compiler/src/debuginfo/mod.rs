//! Debug information: the module's own DWARF in, native DWARF out. A guest of the pipeline: [`read`] before functions are
//! compiled, for the locals that it names, and [`write()`] when they are.
//!
//! [`source`] finds the DWARF of a module, [`tree`] reads its entries; [`code`] maps offsets in wasm code to native code; [`lines`] is the line
//! table; [`mod@unit`] copies the tree of entries, [`types`] tells what is a pointer, its part `pointers` makes their entries ([`follower`] is for them; [`dispatcher`] is for virtual methods), and
//! [`location`] (where variables are); [`returned`] is about results of functions; [`sections`] has the bytes; [`backtrace`] is the table of lines for messages of traps. [`view`] makes the module's text the source. What is malformed is left out with a warning; the program is built all the same.
//!
//! docs/debugging.md says how each thing is represented and what was tried.

pub mod backtrace;
pub mod code;
pub mod dispatcher;
pub mod follower;
mod forms;
pub mod lines;
pub mod location;
mod outside;
mod packed;
pub mod returned;
pub mod sections;
pub mod source;
pub mod source_map;
pub mod tree;
pub mod types;
pub mod unit;
pub mod view;

use crate::codegen::CompiledFunction;
use crate::constant::Constant;
use crate::error::Result;
use crate::functions::TrackedLocals;
use crate::layout::{Base, Descriptor, FunctionPlan, GlobalLocation, Home, Layout, TableLocation};
use crate::object::{DebugSection, Text};
use crate::options::Options;
use crate::program::{InstanceId, ModuleId, Program};
use crate::symbols::{DataId, FunctionId};
use crate::translate::Returned;
use code::{CodeMap, FunctionMap};
use rayon::prelude::*;
use sections::{Output, UnitOutput};
use source::Source;
use std::borrow::Cow;
use std::collections::{BTreeSet, HashMap};
use target_lexicon::Architecture;
use types::Form;
use wasmaot_abi::embed;

/// DWARF of the modules of a program.
#[derive(Default)]
pub struct DebugInfo<'data> {
    modules: Vec<(ModuleId, Source<'data>, HashMap<u32, Returned>)>,
}

/// What is wrong with a module's DWARF.
pub type Warnings = Vec<String>;

/// Reads as much as must be known before functions are compiled.
pub fn read<'data>(program: &Program<'data>) -> (DebugInfo<'data>, TrackedLocals, Warnings) {
    let (mut info, mut tracked, mut warnings) = (DebugInfo::default(), TrackedLocals::new(), Warnings::new());
    for (index, module) in program.modules.iter().enumerate() {
        let id = ModuleId(index as u32);
        if let Some(source) = Source::of(module, &mut warnings) {
            for (function, locals) in source.locals(module) {
                tracked.entry((id, function)).or_default().0 = locals;
            }
            let returned: HashMap<u32, Returned> = returned::of(module, &source).into_iter().collect();
            for (&function, &returned) in &returned {
                tracked.entry((id, function)).or_default().1 = Some(returned);
            }
            info.modules.push((id, source, returned));
        }
    }
    (info, tracked, warnings)
}

/// What a module's debug information is translated with.
pub struct Context<'c, 'a> {
    /// Where wasm code became what.
    pub code: CodeMap,
    /// Where memory 0 begins.
    pub memory: Option<Memory>,
    /// What pointers to functions are indices of.
    pub table: Option<Table>,
    /// Whether functions that return pointers return native ones.
    pub returns_addresses: bool,
    /// Whether functions have an instance as their first parameter.
    pub has_instance: bool,
    /// Where each global is that is a variable, or an integer that is constant.
    pub globals: Vec<Option<Global>>,
    /// Whether debuggers take 16 bytes of floating point for the platform's number of 80 bits.
    pub has_extended: bool,
    /// Version of DWARF to write: 4 or 5.
    pub version: u16,
    /// The functions that debuggers call to follow pointers ([`follower`]).
    pub followers: Vec<Cow<'static, str>>,
    /// Slots of virtual tables for which there is a function ([`dispatcher`]).
    pub slots: BTreeSet<u32>,
    /// Functions that write their result to memory, by where their bodies begin; and what is in registers, if it is known.
    pub results: HashMap<u32, Option<Returned>>,
    /// Entries that other units refer to, and types in which form ([`unit::live`]).
    pub shared: Vec<(usize, Form)>,
    /// The module's DWARF.
    pub source: &'c Source<'a>,
}

/// Where a memory's first byte is.
#[derive(Clone, Copy, Debug)]
pub struct Memory {
    /// Its address, if it is constant.
    pub constant: Option<u64>,
    /// Data object whose first 8 bytes hold the address.
    pub descriptor: DataId,
    /// Each instance has one, behind its block, at a multiple of [`wasmaot_abi::program::DEBUG_BASE`]. The two above do not count then.
    pub behind: bool,
}

/// Where a global is.
#[derive(Clone, Copy, Debug)]
pub enum Global {
    /// In a data object, so many bytes from its start.
    At(DataId, u32),
    /// So many bytes before memory 0.
    Before(i64),
    /// Nowhere: it is this number.
    Constant(u32),
}

impl Context<'_, '_> {
    /// Whether each instance has a memory of its own, behind its block.
    pub fn is_behind(&self) -> bool {
        self.memory.is_some_and(|memory| memory.behind)
    }
}

/// Table 0, where it never changes.
#[derive(Clone, Copy, Debug)]
pub struct Table {
    /// The elements ([`wasmaot_abi::program::ConstantElement`]).
    pub elements: DataId,
    /// How many they are.
    pub len: u64,
    /// Data object that holds their address.
    pub address: DataId,
}

/// What is written.
#[derive(Default)]
pub struct Written<'data> {
    /// The sections.
    pub sections: Vec<DebugSection>,
    /// The table of lines for messages of traps.
    pub lines: Vec<u8>,
    /// The symbols of functions that have names for linkers: debuggers read more from these than from the names that people read.
    pub symbols: HashMap<FunctionId, &'data str>,
    /// The function that debuggers are to know as `main`, too: in Rust it has a longer name.
    pub main: Option<FunctionId>,
}

/// Writes the sections, the table of lines, and the symbols.
pub fn write<'a>(
    program: &Program<'a>,
    layout: &Layout<'_>,
    functions: &[CompiledFunction],
    text: &Text,
    info: &DebugInfo<'a>,
    options: &Options,
) -> Result<Written<'a>> {
    let (sections, lines) = rayon::join(
        || native_sections(program, layout, functions, text, info, options),
        || backtrace::table(program, layout, functions, text, info),
    );
    let symbols = if options.strip { HashMap::new() } else { symbols(program, layout, info) };
    // Where this is part of another program, that has a `main`.
    let main = if options.sole && !options.strip { main(program, layout, info) } else { None };
    Ok(Written { sections: sections?, lines, symbols, main })
}

fn main(program: &Program<'_>, layout: &Layout<'_>, info: &DebugInfo<'_>) -> Option<FunctionId> {
    let mut mains = info.modules.iter().map(|(id, source, _)| (*id, source.main(&program.modules[id.0 as usize])));
    let (module, main) = mains.find(|(_, main)| main.is_some())?;
    let is_main = |plan: &FunctionPlan| {
        matches!(*plan, FunctionPlan::Wasm(instance, index, _)
            if Some(index) == main && program.instances[instance.0 as usize].module == module)
    };
    layout.functions.iter().position(is_main).map(|number| FunctionId(number as u32))
}

fn symbols<'a>(program: &Program<'a>, layout: &Layout<'_>, info: &DebugInfo<'a>) -> HashMap<FunctionId, &'a str> {
    let mut names: Vec<foldhash::HashMap<u32, &'a str>> = vec![Default::default(); program.modules.len()];
    for (id, source, _) in &info.modules {
        names[id.0 as usize] = source.link_names(&program.modules[id.0 as usize]);
    }
    let symbol = |(number, plan): (usize, &FunctionPlan)| {
        let FunctionPlan::Wasm(instance, index, _) = *plan else { return None };
        let names = &names[program.instances[instance.0 as usize].module.0 as usize];
        Some((FunctionId(number as u32), *names.get(&index)?))
    };
    layout.functions.iter().enumerate().filter_map(symbol).collect()
}

fn native_sections(
    program: &Program<'_>,
    layout: &Layout<'_>,
    functions: &[CompiledFunction],
    text: &Text,
    info: &DebugInfo<'_>,
    options: &Options,
) -> Result<Vec<DebugSection>> {
    let mut output = Output::new(options.dwarf, options.sole);
    let mut follower = None;
    for (id, source, returned) in &info.modules {
        let Some(instance) =
            program.instance_ids().find(|instance| program.instances[instance.0 as usize].module == *id)
        else {
            continue;
        };
        let mut context = context(program, layout, functions, text, (instance, source), options);
        context.results = results(program, layout, instance, returned, options);
        if follower.is_none() {
            let slots = dispatcher::slots(&context, source);
            let section = |memory| follower::section(&options.target, memory, context.table, &slots);
            follower = context.memory.and_then(section);
            context.followers =
                follower.iter().flat_map(|section| section.functions.iter().map(|(name, ..)| name.clone())).collect();
            let is_made = |slot: &u32| context.followers.iter().any(|name| *name == dispatcher::name(*slot));
            context.slots = if slots.first().is_some_and(is_made) { slots } else { BTreeSet::new() };
        }
        let units: Vec<UnitOutput> = source.units.par_iter().map(|unit| unit::translate(&context, unit)).collect();
        output.add_units(units, source.strings);
    }
    let mut sections = output.finish()?;
    sections.extend(follower);
    Ok(sections)
}

/// The functions of an instance that write their result to memory, by where their bodies begin; with those whose result is in
/// registers, too.
fn results(
    program: &Program<'_>,
    layout: &Layout<'_>,
    instance: InstanceId,
    returned: &HashMap<u32, Returned>,
    options: &Options,
) -> HashMap<u32, Option<Returned>> {
    let module = program.module_of(instance);
    let own = &layout.instances[instance.0 as usize];
    let (by_handle, architecture) = (options.model.handle().is_some(), options.target.triple.architecture);
    let result = |plan: &FunctionPlan| {
        let FunctionPlan::Wasm(owner, index, convention) = *plan else { return None };
        let returned = returned.get(&index).filter(|_| owner == instance)?;
        let body = module.bodies.get((index - module.imported_functions) as usize)?;
        let is_left = options.is_debugged() && returned.is_left(own, by_handle, convention, architecture);
        let seen = Returned { by_address: returned.is_shown_by_address(architecture), ..*returned };
        Some((body.body.range().start as u32 - module.code_start, is_left.then_some(seen)))
    };
    layout.functions.iter().filter_map(result).collect()
}

/// The context of an instance.
fn context<'c, 'a>(
    program: &Program<'_>,
    layout: &Layout<'_>,
    functions: &[CompiledFunction],
    text: &Text,
    (instance, source): (InstanceId, &'c Source<'a>),
    options: &Options,
) -> Context<'c, 'a> {
    let module = program.module_of(instance);
    let mut maps = Vec::new();
    for (number, plan) in layout.functions.iter().enumerate() {
        let id = FunctionId(number as u32);
        let FunctionPlan::Wasm(owner, index, _) = *plan else { continue };
        let body = module.bodies.get((index - module.imported_functions) as usize).filter(|_| owner == instance);
        let debug = functions.get(number).and_then(|function| function.debug.as_ref());
        if let (Some(body), Some(debug), Some(native)) = (body, debug, text.range(id)) {
            let range = body.body.range();
            let wasm = range.start as u32 - module.code_start..range.end as u32 - module.code_start;
            maps.push(FunctionMap::new(wasm, native, debug, module.code_start));
        }
    }
    let (has_tail, homes) = (layout.has_tail, &layout.homes);
    let layout = &layout.instances[instance.0 as usize];
    let memory = layout.memories.first().and_then(|memory| {
        let Descriptor::Own(descriptor) = memory.descriptor else { return None };
        let constant = match memory.base {
            Base::Constant(base) => Some(base),
            Base::Loaded | Base::Behind(_) => None,
        };
        Some(Memory { constant, descriptor, behind: memory.is_found_behind() })
    });
    let has_instance = options.model.handle().is_some();
    let memory = memory.filter(|memory| !has_instance || memory.behind);
    let table = match (layout.tables.first(), layout.table_address) {
        (Some(&TableLocation::Constant { elements, len, index64: false, .. }), Some(address)) => {
            Some(Table { elements, len, address })
        }
        _ => None,
    };
    let globals = layout.globals.iter().map(|global| match *global {
        GlobalLocation::Variable(data, offset) if !has_instance => Some(Global::At(data, offset)),
        GlobalLocation::Variable(data, offset) => match homes.get(data.0 as usize) {
            Some(Home::Block(home)) => {
                let before = i64::from(embed::offset::MEMORY) - i64::from(*home) - i64::from(offset);
                memory.map(|_| Global::Before(before))
            }
            _ => None,
        },
        GlobalLocation::Constant(Constant::I32(value)) => Some(Global::Constant(value)),
        _ => None,
    });
    let architecture = options.target.triple.architecture;
    let returns_addresses = layout.memories.first().is_some_and(|memory| memory.is_returned(architecture));
    Context {
        returns_addresses: returns_addresses && !has_tail,
        has_instance,
        has_extended: architecture == Architecture::X86_64,
        code: CodeMap::new(maps),
        memory,
        table,
        globals: globals.collect(),
        version: options.dwarf,
        followers: Vec::new(),
        slots: BTreeSet::new(),
        results: HashMap::new(),
        shared: unit::live::shared(source),
        source,
    }
}

#[cfg(test)]
mod tests {
    use crate::options::Options;
    use crate::target::Target;
    use std::sync::Mutex;

    /// Notes warnings.
    #[derive(Default)]
    struct Listener(Mutex<Vec<String>>);

    impl crate::Observer for Listener {
        fn warn(&self, message: &str) {
            self.0.lock().unwrap().push(message.to_owned());
        }
    }

    /// A module of one function with these sections.
    pub(in crate::debuginfo) fn binary(sections: &[(&str, &[u8])]) -> Vec<u8> {
        let mut binary = wat::parse_str("(module (memory 1) (func (export \"_start\")))").unwrap();
        for (name, content) in sections {
            let mut section = vec![name.len() as u8];
            section.extend_from_slice(name.as_bytes());
            section.extend_from_slice(content);
            binary.push(0);
            binary.extend_from_slice(gimli::leb128::write::Leb128::unsigned(section.len() as u64).bytes());
            binary.extend_from_slice(&section);
        }
        binary
    }

    /// Compiles it, which must work; returns the warnings.
    fn warnings(sections: &[(&str, &[u8])]) -> Vec<String> {
        let mut options = Options::new(Target::parse("x86_64-linux").unwrap());
        options.debug_info = true;
        let binary = binary(sections);
        let program = crate::link::command(crate::parse::parse(&binary, &options.features).unwrap()).unwrap();
        let listener = Listener::default();
        crate::compile(&program, &options, &listener).unwrap();
        listener.0.into_inner().unwrap()
    }

    /// A unit of DWARF 4 with 4-byte addresses.
    fn unit(entries: &[u8]) -> Vec<u8> {
        let mut unit = (7 + entries.len() as u32).to_le_bytes().to_vec();
        unit.extend_from_slice(&[4, 0, 0, 0, 0, 0, 4]);
        unit.extend_from_slice(entries);
        unit
    }

    /// 1: a unit with children; 2: a block with children; 3: a function at an address, with children.
    const ABBREVIATIONS: &[u8] = &[1, 0x11, 1, 0, 0, 2, 0x0b, 1, 0, 0, 3, 0x2e, 1, 0x11, 0x01, 0, 0, 0];

    #[test]
    fn malformed_units_are_named_and_left_out() {
        let said = |entries: &[u8]| warnings(&[(".debug_abbrev", ABBREVIATIONS), (".debug_info", &unit(entries))]);
        assert_eq!(said(&[1, 2, 0, 0]), [""; 0]);
        // An address that is none.
        assert_eq!(said(&[1, 3, 0xfd, 0xff, 0xff, 0xff, 0, 0]), [""; 0]);
        // An abbreviation that does not exist.
        let said_unknown = said(&[1, 9, 0]);
        assert!(said_unknown.iter().all(|line| line.contains("unit at 0x0")), "{said_unknown:?}");
        assert!(!said_unknown.is_empty());
        // Deeper than any stack: recursion is refused, not tried.
        let deep = [&[1_u8][..], &vec![2; 3_000_000]].concat();
        let said_deep = said(&deep);
        assert!(said_deep.iter().any(|line| line.contains("nested")), "{said_deep:?}");
    }
}
