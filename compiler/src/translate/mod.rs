//! One wasm function body -> Cranelift IR. Validates as it goes; makes SSA form through cranelift-frontend.
//!
//! The dispatcher below only dispatches. Rooms: [`stack`] operands and locals, [`control`], [`numeric`], [`memory`] over
//! [`bounds`], [`table`], [`global`], [`refs`], [`call`], [`simd`]; [`state`] holds the function under translation.
//! Nothing here knows object formats or debug information.

pub mod bounds;
pub mod call;
pub mod control;
pub mod global;
pub mod memory;
pub mod numeric;
pub mod refs;
pub mod simd;
pub mod stack;
pub mod state;
pub mod table;
pub mod tracked;
pub mod trap;

pub use state::Translator;
pub use tracked::{Held, INSTANCE, Named, OPERAND, Returned, Tracking};

use crate::env::{Env, POINTER, external_name};
use crate::error::{Error, Result};
use crate::layout::Convention;
use crate::module::Body;
use crate::symbols::{FunctionId, Symbol};
use cranelift_codegen::ir::{self, SourceLoc, Value};
use cranelift_frontend::{FunctionBuilder, FunctionBuilderContext};
use wasmparser::{ConstExpr, FuncValidatorAllocations, Operator};

/// The value of a constant expression of the module, for instantiation. Functions that it names have a descriptor.
pub fn constant_expression(s: &mut Translator<'_, '_>, expression: Option<&ConstExpr<'_>>) -> Result<Value> {
    let expression = expression.ok_or_else(|| Error::internal("no constant expression"))?;
    let mut reader = expression.get_operators_reader();
    while !reader.eof() {
        match reader.read()? {
            Operator::End => break,
            operator => translate_operator(s, &operator)?,
        }
    }
    Ok(s.pop())
}

/// Translates the body of a function (index in its module's index space) into `function`, which is empty. Also returns where
/// tracked locals have which values.
pub fn translate_function(
    env: &Env<'_>,
    (index, id, convention, pinned): (u32, FunctionId, Convention, bool),
    body: &Body<'_>,
    tracking: Option<Tracking<'_>>,
    allocations: FuncValidatorAllocations,
    context: &mut FunctionBuilderContext,
    function: &mut ir::Function,
) -> Result<(FuncValidatorAllocations, Vec<Held>)> {
    let ty = env.type_at(env.type_of(index)?)?;
    function.signature = env.signature(ty, convention)?;
    let returned = tracking.filter(|tracking| tracking.slots).and_then(|tracking| tracking.returned);
    let returned = returned.and_then(|returned| Translator::declare_returned(env, returned, convention, function));
    let returns_address = returned.is_none() && env.returns_address(ty, convention);
    if returns_address {
        function.signature.returns = vec![ir::AbiParam::new(POINTER)];
    }
    let name = external_name(Symbol::Function(id));
    function.name = ir::UserFuncName::User(name);
    let mut validator = body.to_validate().into_validator(allocations);
    let body = &body.body;

    let mut builder = FunctionBuilder::new(function, context);
    let entry = builder.create_block();
    builder.append_block_params_for_function_params(entry);
    builder.switch_to_block(entry);
    builder.seal_block(entry);
    let mut s = Translator::new(builder, *env, index, convention, body.range().start);

    if let Some(tracking) = tracking {
        s.track(tracking);
        s.returned = returned;
    }
    s.enter_instance(entry);
    if pinned {
        s.pin_instance();
    }
    if tracking.is_some() {
        s.track_instance();
    }
    s.declare_params(entry, ty.params())?;
    s.returns_address = returns_address;
    let mut locals = body.get_binary_reader();
    let declarations = locals.read_var_u32()?;
    for _ in 0..declarations {
        let offset = locals.original_position();
        let count = locals.read_var_u32()?;
        let ty: wasmparser::ValType = locals.read()?;
        validator.define_locals(offset, count, ty)?;
        s.declare_locals(count, ty)?;
    }
    control::enter_function(&mut s, ty.results())?;
    if env.debugged_memory().is_some() && global::uses_red_zone(&s, body)? {
        global::move_stack_pointer(&mut s, true);
        s.red_zone = true;
    }
    trap::check_stack(&mut s);
    call::check_interrupt(&mut s);

    let mut operators = body.get_operators_reader()?;
    while !operators.eof() {
        let offset = operators.original_position();
        let operator = operators.read()?;
        validator.op(offset, &operator)?;
        s.builder.set_srcloc(SourceLoc::new(offset as u32));
        s.offset = offset;
        s.tracked_operator(Some(&operator));
        translate_operator(&mut s, &operator).map_err(|error| error.at(offset))?;
    }
    operators.finish()?;
    if env.handle.is_some_and(|handle| !handle.explicit_traps) {
        s.skip_stack_check();
    }
    let tracked = std::mem::take(&mut s.tracked);
    s.builder.finalize(env.isa.frontend_config());
    Ok((validator.into_allocations(), tracked.held(function)))
}

/// Dispatches one operator. Unreachable code is skipped but for its structure.
fn translate_operator(s: &mut Translator<'_, '_>, operator: &Operator<'_>) -> Result<()> {
    if !s.reachable {
        return control::skip(s, operator);
    }
    use Operator::*;
    match *operator {
        Nop => {}
        Unreachable => control::unreachable(s),
        Block { blockty } => control::block(s, blockty)?,
        Loop { blockty } => control::loop_(s, blockty)?,
        If { blockty } => control::if_(s, blockty)?,
        Else => control::else_(s),
        End => control::end(s),
        Br { relative_depth } => control::br(s, relative_depth),
        BrIf { relative_depth } => control::br_if(s, relative_depth),
        BrTable { ref targets } => control::br_table(s, targets)?,
        Return => control::return_(s),

        Call { function_index } => call::call(s, function_index)?,
        CallIndirect { type_index, table_index } => call::call_indirect(s, type_index, table_index)?,
        CallRef { type_index } => call::call_ref(s, type_index)?,
        ReturnCall { function_index } => call::return_call(s, function_index)?,
        ReturnCallIndirect { type_index, table_index } => call::return_call_indirect(s, type_index, table_index)?,
        ReturnCallRef { type_index } => call::return_call_ref(s, type_index)?,

        Drop => stack::drop_(s),
        Select | TypedSelect { .. } => stack::select(s),
        LocalGet { local_index } => stack::local_get(s, local_index),
        LocalSet { local_index } => stack::local_set(s, local_index),
        LocalTee { local_index } => stack::local_tee(s, local_index),
        GlobalGet { global_index } => global::get(s, global_index)?,
        GlobalSet { global_index } => global::set(s, global_index)?,

        RefNull { .. } => refs::null(s),
        RefIsNull => refs::is_null(s),
        RefFunc { function_index } => refs::function(s, function_index)?,
        RefAsNonNull => refs::as_non_null(s),
        BrOnNull { relative_depth } => refs::br_on_null(s, relative_depth),
        BrOnNonNull { relative_depth } => refs::br_on_non_null(s, relative_depth),

        TableGet { table } => table::get(s, table)?,
        TableSet { table } => table::set(s, table)?,
        TableSize { table } => table::size(s, table)?,
        TableGrow { table } => table::grow(s, table)?,
        TableFill { table } => table::fill(s, table)?,
        TableCopy { dst_table, src_table } => table::copy(s, dst_table, src_table)?,
        TableInit { elem_index, table } => table::init(s, elem_index, table)?,
        ElemDrop { elem_index } => table::drop_segment(s, elem_index)?,

        MemorySize { mem } => memory::size(s, mem)?,
        MemoryGrow { mem } => memory::grow(s, mem)?,
        MemoryFill { mem } => memory::fill(s, mem)?,
        MemoryCopy { dst_mem, src_mem } => memory::copy(s, dst_mem, src_mem)?,
        MemoryInit { data_index, mem } => memory::init(s, data_index, mem)?,
        DataDrop { data_index } => memory::drop_segment(s, data_index)?,

        _ => {
            if !memory::translate(s, operator)? && !numeric::translate(s, operator) && !simd::translate(s, operator)? {
                return Err(Error::unsupported(format!("{operator:?} is not supported yet")));
            }
        }
    }
    Ok(())
}
