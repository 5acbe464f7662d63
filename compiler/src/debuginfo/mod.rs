//! Debug information: the module's own DWARF in, native DWARF out. A guest of the pipeline: [`read`] before functions are
//! compiled, for the locals that it names, and [`write()`] when they are.
//!
//! [`source`] finds the DWARF of a module; [`code`] maps offsets in wasm code to native code; [`lines`] is the line
//! table; [`mod@unit`] copies the tree of entries with the help of [`types`] (pointers, which are 32-bit offsets in a memory) and
//! [`location`] (where variables are); [`sections`] has the bytes. Where the module has no DWARF, `plain` makes it from the
//! function names. What is malformed is left out with a warning; the program is built all the same.
//!
//! docs/debugging.md says how each thing is represented and what was tried.

pub mod code;
pub mod lines;
pub mod location;
pub mod sections;
pub mod source;
pub mod types;
pub mod unit;

use crate::codegen::CompiledFunction;
use crate::error::Result;
use crate::functions::TrackedLocals;
use crate::layout::{Base, Descriptor, FunctionPlan, GlobalLocation, Layout};
use crate::object::{DebugSection, Text};
use crate::options::Options;
use crate::program::{InstanceId, ModuleId, Program};
use crate::symbols::{DataId, FunctionId};
use code::{CodeMap, FunctionMap};
use rayon::prelude::*;
use sections::{Output, UnitOutput};
use source::Source;
use target_lexicon::Architecture;

/// DWARF of the modules of a program.
#[derive(Default)]
pub struct DebugInfo<'data> {
    modules: Vec<(ModuleId, Source<'data>)>,
}

/// What is wrong with a module's DWARF.
pub type Warnings = Vec<String>;

/// Reads as much as must be known before functions are compiled.
pub fn read<'data>(program: &Program<'data>) -> (DebugInfo<'data>, TrackedLocals, Warnings) {
    let (mut info, mut tracked, mut warnings) = (DebugInfo::default(), TrackedLocals::new(), Warnings::new());
    for (index, module) in program.modules.iter().enumerate() {
        let id = ModuleId(index as u32);
        if let Some(source) = Source::of(module, &mut warnings) {
            for (function, locals) in source.locals(module, &mut warnings) {
                tracked.insert((id, function), locals);
            }
            info.modules.push((id, source));
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
    /// Data object and offset of each global that is a variable.
    pub globals: Vec<Option<(DataId, u32)>>,
    /// Numbers of registers.
    pub architecture: Architecture,
    /// Version of DWARF to write: 4 or 5.
    pub version: u16,
    /// The function that debuggers call to follow a pointer, if there is one.
    pub follow: Option<&'static str>,
    /// Marks the context as one of this module's.
    pub source: &'c Source<'a>,
}

/// Where a memory's first byte is.
#[derive(Clone, Copy, Debug)]
pub struct Memory {
    /// Its address, if it is constant.
    pub constant: Option<u64>,
    /// Data object whose first 8 bytes hold the address.
    pub descriptor: DataId,
}

/// Writes the sections.
pub fn write(
    program: &Program<'_>,
    layout: &Layout<'_>,
    functions: &[CompiledFunction],
    text: &Text,
    info: &DebugInfo<'_>,
    options: &Options,
    warnings: &mut Warnings,
) -> Result<Vec<DebugSection>> {
    let mut output = Output::new(options.dwarf);
    for (id, source) in &info.modules {
        let Some(instance) =
            program.instance_ids().find(|instance| program.instances[instance.0 as usize].module == *id)
        else {
            continue;
        };
        let context = context(program, layout, functions, text, (instance, source), options);
        if context.follow.is_some() {
            output.add_follower(&context);
        }
        let results: Vec<(UnitOutput, Warnings)> =
            source.units.par_iter().map(|unit| unit::translate(&context, unit)).collect();
        for (unit, more) in results {
            output.add_unit(unit);
            warnings.extend(more);
        }
    }
    output.finish()
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
        let debug = functions.get(number).and_then(|function| function.debug.as_deref());
        if let (Some(body), Some(debug), Some(native)) = (body, debug, text.range(id)) {
            let range = body.body.range();
            let wasm = range.start as u32 - module.code_start..range.end as u32 - module.code_start;
            maps.push(FunctionMap::new(wasm, native, debug, module.code_start));
        }
    }
    let layout = &layout.instances[instance.0 as usize];
    let memory = layout.memories.first().and_then(|memory| {
        let Descriptor::Own(descriptor) = memory.descriptor else { return None };
        let constant = match memory.base {
            Base::Constant(base) => Some(base),
            Base::Loaded => None,
        };
        Some(Memory { constant, descriptor })
    });
    let memory = memory.filter(|_| options.model.handle().is_none());
    let globals = layout.globals.iter().map(|global| match *global {
        GlobalLocation::Variable(data, offset) if options.model.handle().is_none() => Some((data, offset)),
        _ => None,
    });
    let architecture = options.target.triple.architecture;
    Context {
        code: CodeMap::new(maps),
        memory,
        globals: globals.collect(),
        architecture,
        version: options.dwarf,
        follow: memory.and_then(|memory| memory.constant).and_then(|_| sections::follower_name(architecture)),
        source,
    }
}
