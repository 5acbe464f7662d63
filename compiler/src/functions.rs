//! All functions of a program, in parallel: translate, compile, and put the results in order.

use crate::codegen::{self, CompiledFunction};
use crate::env::Env;
use crate::error::{Error, Result};
use crate::layout::{FunctionPlan, Layout};
use crate::module::Body;
use crate::observer::Observer;
use crate::options::{Emit, OptLevel, Options};
use crate::parse;
use crate::program::{InstanceId, ModuleId, Program};
use crate::symbols::FunctionId;
use crate::{trampoline, translate};
use cranelift_codegen::Context;
use cranelift_codegen::isa::{OwnedTargetIsa, TargetIsa};
use cranelift_frontend::FunctionBuilderContext;
use rayon::prelude::*;
use std::collections::HashMap;
use wasmparser::FuncValidatorAllocations;

/// What debug information names of each function, by module and function: locals, and a result that is not wasm's.
pub type TrackedLocals = HashMap<(ModuleId, u32), (Vec<translate::Named>, Option<translate::Returned>)>;

/// What a thread uses again for its next function.
struct Scratch {
    context: Context,
    builder: FunctionBuilderContext,
    validator: FuncValidatorAllocations,
    /// Whether the function keeps the instance in the pinned register.
    pinned: bool,
    /// Where locals of the function have which values.
    held: Vec<translate::Held>,
    lower: codegen::Lower,
}

/// The code generator, and where there is one, the same with a pinned register.
pub struct Isas {
    plain: OwnedTargetIsa,
    pinned: Option<OwnedTargetIsa>,
}

impl Isas {
    /// Those that a program needs.
    pub fn new(options: &Options) -> Result<Isas> {
        let of = |pinned| options.target.isa(options.opt_level, options.verify, pinned, options.debug_info);
        let pins = options.model.handle().is_some() && options.opt_level != OptLevel::O0 && options.target.can_pin();
        Ok(Isas { plain: of(false)?, pinned: pins.then(|| of(true)).transpose()? })
    }

    fn of(&self, pinned: bool) -> &dyn TargetIsa {
        self.pinned.as_ref().filter(|_| pinned).unwrap_or(&self.plain).as_ref()
    }
}

impl Scratch {
    fn new() -> Scratch {
        Scratch {
            context: Context::new(),
            builder: FunctionBuilderContext::new(),
            validator: Default::default(),
            pinned: false,
            held: Vec::new(),
            lower: codegen::lower(),
        }
    }
}

/// Compiles every function of the layout; results in its order.
pub fn compile(
    program: &Program<'_>,
    layout: &Layout<'_>,
    isas: &Isas,
    options: &Options,
    tracked: &TrackedLocals,
    observer: &dyn Observer,
) -> Result<Vec<CompiledFunction>> {
    each(program, layout, isas, options, tracked, observer, |scratch| {
        let isa = isas.of(scratch.pinned);
        let held = options.debug_info.then_some((&mut scratch.held[..], &mut scratch.lower));
        codegen::compile_function(isa, scratch.pinned, &mut scratch.context, held)
    })
}

/// The text of every function: IR as translated, or assembly.
pub fn print(
    program: &Program<'_>,
    layout: &Layout<'_>,
    isas: &Isas,
    options: &Options,
    tracked: &TrackedLocals,
    observer: &dyn Observer,
) -> Result<Vec<u8>> {
    let texts = each(program, layout, isas, options, tracked, observer, |scratch| match options.emit {
        Emit::Clif => Ok(scratch.context.func.display().to_string()),
        _ => codegen::assembly(isas.of(scratch.pinned), &mut scratch.context),
    })?;
    let mut text = String::new();
    for (info, function) in layout.infos.iter().zip(texts) {
        text += &format!("; {}\n{}\n", info.name, function.trim_end());
    }
    Ok(text.into_bytes())
}

/// Translates every function and maps it; results in the layout's order. The first error in that order wins.
fn each<T: Send>(
    program: &Program<'_>,
    layout: &Layout<'_>,
    isas: &Isas,
    options: &Options,
    tracked: &TrackedLocals,
    observer: &dyn Observer,
    map: impl Fn(&mut Scratch) -> Result<T> + Sync,
) -> Result<Vec<T>> {
    let results: Vec<Result<T>> = layout
        .functions
        .par_iter()
        .enumerate()
        .map_init(Scratch::new, |scratch, (index, plan)| {
            let id = FunctionId(index as u32);
            let result =
                translate(program, layout, isas, options, tracked, id, *plan, scratch).and_then(|()| map(scratch));
            scratch.context.clear();
            observer.advance(1);
            result.map_err(|error| name_function(program, *plan, error))
        })
        .collect();
    results.into_iter().collect()
}

/// Translates one function into the scratch context.
#[allow(clippy::too_many_arguments)]
fn translate(
    program: &Program<'_>,
    layout: &Layout<'_>,
    isas: &Isas,
    options: &Options,
    tracked: &TrackedLocals,
    id: FunctionId,
    plan: FunctionPlan,
    scratch: &mut Scratch,
) -> Result<()> {
    let env = Env::new(program, layout, isas.plain.as_ref(), options, instance_of(plan));
    let Scratch { context, builder, validator, pinned, held, .. } = scratch;
    *pinned = false;
    held.clear();
    let FunctionPlan::Wasm(_, index, convention) = plan else {
        return trampoline::make(&env, id, plan, builder, &mut context.func);
    };
    let defined = index - env.module.imported_functions;
    let body: &Body<'_> = &env.module.bodies[defined as usize];
    *pinned = isas.pinned.is_some() && env.pins(body);
    let allocations = std::mem::take(validator);
    let tracking = options.debug_info.then(|| {
        let named = tracked.get(&(program.instances[instance_of(plan).0 as usize].module, index));
        translate::Tracking {
            locals: named.map_or(&[], |(locals, _)| locals.as_slice()),
            slots: options.opt_level == OptLevel::O0,
            returned: named.and_then(|(_, returned)| *returned),
        }
    });
    let of = (index, id, convention, *pinned);
    let function = &mut context.func;
    match translate::translate_function(&env, of, body, tracking, allocations, builder, function) {
        Ok((allocations, values)) => {
            (*validator, *held) = (allocations, values);
            Ok(())
        }
        Err(error) => {
            // The builder was left half-way.
            *builder = FunctionBuilderContext::new();
            Err(parse::name_proposal_in_body(body, &options.features, error))
        }
    }
}

fn instance_of(plan: FunctionPlan) -> InstanceId {
    match plan {
        FunctionPlan::Main(main) => main.instance,
        FunctionPlan::Wasm(id, ..)
        | FunctionPlan::Host(id, ..)
        | FunctionPlan::Init(id)
        | FunctionPlan::Export(id, _)
        | FunctionPlan::Cells(id, _)
        | FunctionPlan::Address(id, _)
        | FunctionPlan::ScriptCall(id, _)
        | FunctionPlan::ScriptGlobal(id, _) => id,
    }
}

fn name_function(program: &Program<'_>, plan: FunctionPlan, error: Error) -> Error {
    match plan {
        FunctionPlan::Wasm(id, index, _) => error.in_function(index, program.module_of(id).function_name(index)),
        _ => error,
    }
}

#[cfg(test)]
mod tests {
    use crate::observer::Silent;
    use crate::options::{Emit, Handle, Model, Options};
    use crate::target::Target;

    /// The IR of the first function of a module, in the handle model.
    fn first(text: &str) -> String {
        let mut options = Options::new(Target::parse("x86_64-linux").unwrap());
        options.model = Model::Handle(Handle { name: "m".to_owned(), ..Handle::default() });
        options.emit = Emit::Clif;
        let binary = wat::parse_str(text).unwrap();
        let module = crate::parse::parse(&binary, &options.features).unwrap();
        let program = crate::link::embedded(module).unwrap();
        let ir = String::from_utf8(crate::compile(&program, &options, &Silent).unwrap()).unwrap();
        let end = ir.match_indices("\n; ").next().map_or(ir.len(), |(at, _)| at);
        ir[..end].to_owned()
    }

    #[test]
    fn only_small_functions_that_call_none_leave_out_the_limit_of_the_stack() {
        let sum = |terms: usize| {
            let terms = "(local.set 0 (i32.xor (local.get 0) (i32.load (local.get 0))))".repeat(terms);
            format!(r#"(module (memory 1) (func (export "f") (param i32) (result i32) {terms} (local.get 0)))"#)
        };
        assert!(!first(&sum(2)).contains("stack_limit"), "{}", first(&sum(2)));
        assert!(first(&sum(200)).contains("stack_limit"));
        let calls = r#"(module (func (export "f") (call $g)) (func $g nop))"#;
        let through = r#"(module (table (export "t") 1 funcref) (type $t (func))
            (func (export "f") (call_indirect (type $t) (i32.const 0))))"#;
        let host = r#"(module (import "a" "b" (func $h)) (func (export "f") (call $h)))"#;
        for text in [calls, through, host] {
            assert!(first(text).contains("stack_limit"), "{}", first(text));
        }
    }

    #[test]
    fn large_functions_keep_the_instance_in_a_register_and_give_the_callers_value_back() {
        let loads = "(drop (i32.load (local.get 0)))".repeat(400);
        let text = format!(
            r#"(module (memory 1) (func (export "f") (param i32) {loads} (br_if 0 (local.get 0)) {loads}
                (if (local.get 0) (then return)) {loads}))"#
        );
        let ir = first(&text);
        // Once to the instance, and back before each return.
        assert_eq!(ir.matches("set_pinned_reg").count(), 1 + ir.matches("    return").count(), "{ir}");
        assert!(
            !first(r#"(module (memory 1) (func (export "f") (drop (i32.load (i32.const 0)))))"#).contains("pinned")
        );
    }
}
