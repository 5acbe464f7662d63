//! Functions that are no wasm functions: instantiation, entry points, host functions as wasm functions, script rows.

use crate::constant::Offset;
use crate::env::{Env, external_name};
use crate::error::{Error, Result};
use crate::layout::{Convention, FunctionPlan, GlobalLocation, InitStep, Item, SegmentStep};
use crate::symbols::{FunctionId, Symbol};
use crate::translate::call::CELL;
use crate::translate::{self, Translator, call, global, memory, table};
use cranelift_codegen::ir::{self, AbiParam, InstBuilder, MemFlagsData, types};
use cranelift_frontend::{FunctionBuilder, FunctionBuilderContext};
use wasmaot_abi::builtin::Builtin;
use wasmparser::ConstExpr;

/// Makes the function of a plan that is no wasm function.
pub fn make(
    env: &Env<'_>,
    id: FunctionId,
    plan: FunctionPlan,
    context: &mut FunctionBuilderContext,
    function: &mut ir::Function,
) -> Result<()> {
    function.name = ir::UserFuncName::User(external_name(Symbol::Function(id)));
    function.signature = match plan {
        FunctionPlan::Wasm(_, index, convention) | FunctionPlan::Host(_, index, convention) => {
            env.signature(env.type_at(env.type_of(index)?)?, convention)?
        }
        FunctionPlan::Init(_) if env.handle.is_some() => {
            let mut signature = ir::Signature::new(env.platform());
            signature.params.push(AbiParam::new(crate::env::POINTER));
            signature
        }
        FunctionPlan::Init(_) | FunctionPlan::Main(_) => ir::Signature::new(env.platform()),
        FunctionPlan::Export(_, index) => env.c_signature(env.type_at(env.type_of(index)?)?),
        FunctionPlan::Cells(..) => env.cells_signature(),
        FunctionPlan::Address(..) => {
            let mut signature = ir::Signature::new(env.platform());
            signature.params.push(AbiParam::new(crate::env::POINTER));
            signature.returns.push(AbiParam::new(crate::env::POINTER));
            signature
        }
        FunctionPlan::ScriptCall(..) | FunctionPlan::ScriptGlobal(..) if env.handle.is_some() => env.cells_signature(),
        FunctionPlan::ScriptCall(..) | FunctionPlan::ScriptGlobal(..) => {
            let mut signature = ir::Signature::new(env.platform());
            signature.params.push(AbiParam::new(crate::env::POINTER));
            signature
        }
    };
    let mut builder = FunctionBuilder::new(function, context);
    let entry = builder.create_block();
    builder.append_block_params_for_function_params(entry);
    builder.switch_to_block(entry);
    builder.seal_block(entry);
    let params = builder.block_params(entry).to_vec();
    let mut s = Translator::new(builder, *env, 0, Convention::Platform, 0);
    s.enter_instance(entry);
    let params = &params[usize::from(s.parameter.is_some())..];
    let results = match plan {
        FunctionPlan::Wasm(..) => Vec::new(),
        FunctionPlan::Host(_, index, _) | FunctionPlan::Export(_, index) => call::call_with(&mut s, index, params)?,
        FunctionPlan::Cells(_, index) => {
            cells_call(&mut s, index, params[0])?;
            Vec::new()
        }
        FunctionPlan::Address(_, item) => vec![address(&mut s, item)?],
        FunctionPlan::Main(main) => {
            if let Some(initialize) = main.initialize {
                call::call_with(&mut s, initialize, &[])?;
            }
            call::call_with(&mut s, main.start, &[])?
        }
        FunctionPlan::Init(_) => {
            init(&mut s)?;
            Vec::new()
        }
        FunctionPlan::ScriptCall(_, index) => {
            cells_call(&mut s, index, params[0])?;
            Vec::new()
        }
        FunctionPlan::ScriptGlobal(_, index) => {
            global::get(&mut s, index)?;
            let value = s.pop();
            s.builder.ins().store(MemFlagsData::trusted(), value, params[0], 0);
            Vec::new()
        }
    };
    s.builder.ins().return_(&results);
    s.builder.finalize(env.isa.frontend_config());
    Ok(())
}

/// What is left of instantiation.
fn init(s: &mut Translator<'_, '_>) -> Result<()> {
    for step in &s.env.layout.init {
        match *step {
            InitStep::TableFill(index, (data, offset), len) => {
                let location = table::location(s, index)?;
                let table = table::descriptor(s, location)?;
                let base = s.data_address(data);
                let reference = s.builder.ins().iadd_imm_s(base, i64::from(offset));
                let (to, len) = (s.constant64(0), s.constant64(len));
                s.call_builtin(Builtin::TableFill, &[table, to, reference, len]);
            }
            InitStep::Global(index) => {
                let init = s.env.module.globals.get(index as usize).and_then(|global| global.init.as_ref());
                let value = translate::constant_expression(s, init)?;
                s.push(value);
                global::set(s, index)?;
            }
            InitStep::Table(step) => {
                let location = table::location(s, step.to)?;
                let table = table::descriptor(s, location)?;
                let active = s.env.module.elements.get(step.segment as usize).and_then(|it| it.active.as_ref());
                apply(s, Builtin::TableInit, table, step, active.map(|(_, offset)| offset))?;
            }
            InitStep::Memory(step) => {
                let memory = memory::descriptor(s, step.to)?;
                let active = s.env.module.data.get(step.segment as usize).and_then(|it| it.active.as_ref());
                apply(s, Builtin::MemoryInit, memory, step, active.map(|(_, offset)| offset))?;
            }
            InitStep::Start(function) => {
                call::call_with(s, function, &[])?;
            }
        }
    }
    Ok(())
}

/// Applies an active segment with a builtin, given the table's or memory's descriptor and the segment's expression.
fn apply(
    s: &mut Translator<'_, '_>,
    builtin: Builtin,
    to: ir::Value,
    step: SegmentStep,
    expression: Option<&ConstExpr<'_>>,
) -> Result<()> {
    let offset = match step.offset {
        Offset::Known(offset) => s.constant64(offset),
        Offset::Late => {
            let value = translate::constant_expression(s, expression)?;
            let narrow = s.builder.func.dfg.value_type(value) == types::I32;
            if narrow { s.builder.ins().uextend(types::I64, value) } else { value }
        }
    };
    let segment = s.data_address(step.descriptor);
    let (from, len) = (s.constant64(0), s.constant64(step.len));
    s.call_builtin(builtin, &[to, segment, offset, from, len]);
    Ok(())
}

/// The address of a memory's or table's descriptor, or of a global.
fn address(s: &mut Translator<'_, '_>, item: Item) -> Result<ir::Value> {
    match item {
        Item::Memory(index) => memory::descriptor(s, index),
        Item::Table(index) => {
            let location = table::location(s, index)?;
            table::descriptor(s, location)
        }
        Item::Global(GlobalLocation::Variable(data, offset)) => {
            let base = s.data_address(data);
            Ok(s.builder.ins().iadd_imm_s(base, i64::from(offset)))
        }
        Item::Global(GlobalLocation::Imported(slots, offset)) => Ok(s.imported(slots, offset)),
        Item::Global(GlobalLocation::Constant(_)) => Err(Error::internal("the address of a constant")),
    }
}

/// Calls a function with parameters from 16-byte cells, and writes its results to them.
fn cells_call(s: &mut Translator<'_, '_>, index: u32, cells: ir::Value) -> Result<()> {
    let ty = s.env.type_at(s.env.type_of(index)?)?;
    let flags = MemFlagsData::trusted();
    let mut args = Vec::new();
    for (number, param) in ty.params().iter().enumerate() {
        let ty = s.env.value_type(*param);
        args.push(s.builder.ins().load(ty, flags, cells, number as i32 * CELL));
    }
    let results = call::call_with(s, index, &args)?;
    for (number, result) in results.into_iter().enumerate() {
        let at = number as i32 * CELL;
        if s.builder.func.dfg.value_type(result).bits() < 128 {
            let zero = s.builder.ins().iconst(types::I64, 0);
            s.builder.ins().store(flags, zero, cells, at);
        }
        s.builder.ins().store(flags, result, cells, at);
    }
    Ok(())
}
