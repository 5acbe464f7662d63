//! Calls: direct, to the host, through tables and references, and tail calls.

use super::Translator;
use super::state::{Region, trap_code};
use super::{control, table, trap};
use crate::env::POINTER;
use crate::error::{Error, Result};
use crate::header::is_simple;
use crate::layout::{Convention, FunctionLocation, TableLocation};
use crate::symbols::{DataId, Symbol};
use cranelift_codegen::ir::condcodes::IntCC;
use cranelift_codegen::ir::{self, InstBuilder, MemFlagsData, Value, types};
use wasmaot_abi::builtin::Builtin;
use wasmaot_abi::embed::offset as embed;
use wasmaot_abi::program::{self as abi, offset as field};
use wasmaot_abi::trap::TrapKind;
use wasmaot_abi::{Type, wasip1};
use wasmparser::ValType;

/// `call`
pub fn call(s: &mut Translator<'_, '_>, function: u32) -> Result<()> {
    let ty = s.env.type_of(function)?;
    let (args, start) = arguments(s, ty)?;
    let results = call_with(s, function, &args)?;
    s.stack.truncate(start);
    s.stack.extend(results);
    Ok(())
}

/// Calls a function by index and returns its results.
pub fn call_with(s: &mut Translator<'_, '_>, function: u32, args: &[Value]) -> Result<Vec<Value>> {
    s.calls = true;
    let call = match location(s, function)? {
        FunctionLocation::Compiled(id, convention) => {
            let ty = s.env.type_at(s.env.type_of(function)?)?;
            let signature = s.env.signature(ty, convention)?;
            let function = s.function(Symbol::Function(id), |_| signature);
            let args = with_instance(s.instance(), args);
            let call = s.builder.ins().call(function, &args);
            s.forget_pinned();
            call
        }
        FunctionLocation::Host(row) => {
            let function = host_function(s, row);
            let context = s.env.layout.host_context.ok_or_else(|| Error::internal("no host context"))?;
            let mut with_context = vec![s.data_address(context)];
            with_context.extend(args);
            let call = s.builder.ins().call(function, &with_context);
            let results = s.builder.inst_results(call).to_vec();
            s.forget_pinned();
            return_pending(s);
            return Ok(results);
        }
        FunctionLocation::Embedded(slots, offset) => return call_embedded(s, function, (slots, offset), args),
    };
    Ok(s.builder.inst_results(call).to_vec())
}

/// Arguments with the instance in front, where there is one (handle model).
fn with_instance(instance: Option<Value>, args: &[Value]) -> Vec<Value> {
    instance.into_iter().chain(args.iter().copied()).collect()
}

/// Calls a function of the host through its slot: with C's convention, or with cells.
fn call_embedded(
    s: &mut Translator<'_, '_>,
    function: u32,
    (slots, offset): (DataId, u32),
    args: &[Value],
) -> Result<Vec<Value>> {
    let ty = s.env.type_at(s.env.type_of(function)?)?;
    let code = s.imported(slots, offset);
    let slots = s.data_address(slots);
    let flags = s.trusted(Region::Tables).with_readonly().with_can_move();
    let context = s.builder.ins().load(POINTER, flags, slots, offset as i32 + embed::IMPORT_CONTEXT);
    if is_simple(ty) {
        let signature = s.builder.import_signature(s.env.c_signature(ty));
        let call = s.builder.ins().call_indirect(signature, code, &with_instance(Some(context), args));
        let results = s.builder.inst_results(call).to_vec();
        s.forget_pinned();
        return_pending(s);
        return Ok(results);
    }
    let count = ty.params().len().max(ty.results().len()).max(1) as u32;
    let slot = ir::StackSlotData::new(ir::StackSlotKind::ExplicitSlot, count * CELL as u32, 4);
    let slot = s.builder.create_sized_stack_slot(slot);
    let cells = s.builder.ins().stack_addr(POINTER, slot, 0);
    let flags = MemFlagsData::trusted();
    for (number, arg) in args.iter().enumerate() {
        let arg = s.canonical(*arg);
        s.builder.ins().store(flags, arg, cells, number as i32 * CELL);
    }
    let signature = s.builder.import_signature(s.env.cells_signature());
    s.builder.ins().call_indirect(signature, code, &[context, cells]);
    s.forget_pinned();
    return_pending(s);
    let load = |(number, ty): (usize, &ValType)| {
        let ty = s.env.value_type(*ty);
        s.builder.ins().load(ty, flags, cells, number as i32 * CELL)
    };
    Ok(ty.results().iter().enumerate().map(load).collect())
}

/// Bytes of a parameter or result in cells.
pub const CELL: i32 = 16;

/// After a call of the host: leaves for good if it has ended the call.
fn return_pending(s: &mut Translator<'_, '_>) {
    let Some(instance) = s.instance() else { return };
    let pending = s.builder.ins().load(types::I32, MemFlagsData::trusted(), instance, embed::PENDING);
    let (cold, next) = (s.builder.create_block(), s.builder.create_block());
    s.builder.ins().brif(pending, cold, &[], next, &[]);
    s.builder.set_cold_block(cold);
    s.builder.seal_block(cold);
    s.builder.switch_to_block(cold);
    s.call_builtin(Builtin::HostError, &[instance]);
    trap::always(s, TrapKind::Unreachable);
    s.builder.seal_block(next);
    s.builder.switch_to_block(next);
}

/// Handle model: leaves for good if another thread wants the call to end. For loops and functions of code that is
/// `--interruptible`.
pub fn check_interrupt(s: &mut Translator<'_, '_>) {
    if !s.env.handle.is_some_and(|handle| handle.interruptible) {
        return;
    }
    let Some(instance) = s.instance() else { return };
    let place = s.builder.ins().iadd_imm_s(instance, i64::from(embed::INTERRUPT));
    // Atomic, so that each look is a look.
    let wanted = s.builder.ins().atomic_load(types::I32, MemFlagsData::trusted(), place);
    trap::if_true(s, wanted, TrapKind::Interrupt);
}

/// A WASI function: its context, then the wasm parameters.
fn host_function(s: &mut Translator<'_, '_>, row: u32) -> cranelift_codegen::ir::FuncRef {
    s.function(Symbol::WasiP1(row), |env| {
        let row = &wasip1::FUNCTIONS[row as usize];
        let params: Vec<Type> = std::iter::once(Type::Ptr).chain(row.params.iter().copied()).collect();
        env.runtime_signature(&params, row.result)
    })
}

/// `call_indirect`
pub fn call_indirect(s: &mut Translator<'_, '_>, ty: u32, table: u32) -> Result<()> {
    let index = s.pop();
    let callee = callee(s, ty, table, index)?;
    call_code(s, ty, callee)
}

/// `call_ref`
pub fn call_ref(s: &mut Translator<'_, '_>, ty: u32) -> Result<()> {
    let reference = s.pop();
    let callee = typed_code(s, ty, reference)?;
    call_code(s, ty, callee)
}

fn call_code(s: &mut Translator<'_, '_>, ty: u32, callee: Callee) -> Result<()> {
    s.calls = true;
    let convention = s.env.indirect_convention(ty)?;
    let signature = s.signature(ty, convention)?;
    let (args, start) = arguments(s, ty)?;
    let args = with_instance(callee.instance, &args);
    let call = s.builder.ins().call_indirect(signature, callee.code, &args);
    s.forget_pinned();
    s.stack.truncate(start);
    s.stack.extend_from_slice(s.builder.inst_results(call));
    Ok(())
}

/// `return_call`
pub fn return_call(s: &mut Translator<'_, '_>, function: u32) -> Result<()> {
    s.calls = true;
    match location(s, function)? {
        FunctionLocation::Compiled(id, convention) => {
            let ty = s.env.type_of(function)?;
            let (args, _) = arguments(s, ty)?;
            let signature = s.env.signature(s.env.type_at(ty)?, convention)?;
            let function = s.function(Symbol::Function(id), |_| signature);
            let args = with_instance(s.instance(), &args);
            s.builder.ins().return_call(function, &args);
            control::stop(s);
        }
        // The host does not call back: a call and a return use no more stack.
        FunctionLocation::Host(_) | FunctionLocation::Embedded(..) => {
            call(s, function)?;
            control::return_(s);
        }
    }
    Ok(())
}

/// `return_call_indirect`
pub fn return_call_indirect(s: &mut Translator<'_, '_>, ty: u32, table: u32) -> Result<()> {
    let index = s.pop();
    let callee = callee(s, ty, table, index)?;
    return_call_code(s, ty, callee)
}

/// `return_call_ref`
pub fn return_call_ref(s: &mut Translator<'_, '_>, ty: u32) -> Result<()> {
    let reference = s.pop();
    let callee = typed_code(s, ty, reference)?;
    return_call_code(s, ty, callee)
}

fn return_call_code(s: &mut Translator<'_, '_>, ty: u32, callee: Callee) -> Result<()> {
    s.calls = true;
    let signature = s.signature(ty, Convention::Tail)?;
    let (args, _) = arguments(s, ty)?;
    let args = with_instance(callee.instance, &args);
    s.builder.ins().return_call_indirect(signature, callee.code, &args);
    control::stop(s);
    Ok(())
}

/// The operands of a call of this type, and where they begin; they stay on the stack.
fn arguments(s: &mut Translator<'_, '_>, ty: u32) -> Result<(Vec<Value>, usize)> {
    let count = s.env.type_at(ty)?.params().len();
    let start = s.canonical_top(count);
    Ok((s.stack[start..].to_vec(), start))
}

/// What is called: code, and in the handle model the instance it belongs to.
struct Callee {
    code: Value,
    instance: Option<Value>,
}

/// A table's element; traps unless there is one of this type.
fn callee(s: &mut Translator<'_, '_>, ty: u32, table: u32, index: Value) -> Result<Callee> {
    let id = s.env.signature_id(ty)?.0;
    let element = table::element(s, table, index, TrapKind::UndefinedElement)?;
    match table::location(s, table)? {
        TableLocation::Constant { elements, has_null, .. } => {
            let flags = s.trusted(Region::Tables).with_readonly();
            let signature = s.builder.ins().load(types::I32, flags, element, 4);
            let expected = s.builder.ins().iconst(types::I32, i64::from(id));
            let differs = s.builder.ins().icmp(IntCC::NotEqual, signature, expected);
            if has_null {
                explain_mismatch(s, differs, signature);
            } else {
                trap::if_true(s, differs, TrapKind::BadSignature);
            }
            let code = s.builder.ins().sload32(flags, element, 0);
            let base = s.data_address(elements);
            // The elements are functions of this program.
            let instance = s.instance();
            Ok(Callee { code: s.builder.ins().iadd(base, code), instance })
        }
        TableLocation::Fixed { .. } | TableLocation::Growable { .. } => {
            let flags = s.trusted(Region::Tables);
            let reference = s.builder.ins().load(POINTER, flags, element, 0);
            Ok(code_of(s, reference, Some(id), TrapKind::IndirectCallToNull))
        }
    }
}

/// Leaves for a cold block if a constant element's type differs, and tells null from another type there.
fn explain_mismatch(s: &mut Translator<'_, '_>, differs: Value, signature: Value) {
    let (cold, next) = (s.builder.create_block(), s.builder.create_block());
    s.builder.ins().brif(differs, cold, &[], next, &[]);
    s.builder.set_cold_block(cold);
    s.builder.seal_block(cold);
    s.builder.switch_to_block(cold);
    let null = s.builder.ins().iconst(types::I32, i64::from(abi::NULL_SIGNATURE));
    let is_null = s.builder.ins().icmp(IntCC::Equal, signature, null);
    trap::if_true(s, is_null, TrapKind::IndirectCallToNull);
    trap::always(s, TrapKind::BadSignature);
    s.builder.seal_block(next);
    s.builder.switch_to_block(next);
}

/// The id of a type, as references have it.
fn expected_signature(s: &mut Translator<'_, '_>, id: u32) -> Value {
    match s.env.type_ids() {
        // References come from other modules too: types have ids in the process.
        Some(ids) => {
            let ids = s.data_address(ids);
            let flags = s.trusted(Region::Tables).with_readonly().with_can_move();
            s.builder.ins().load(types::I32, flags, ids, id as i32 * 4)
        }
        None => s.builder.ins().iconst(types::I32, i64::from(id)),
    }
}

/// The function of a reference whose type validation knows. Between modules that a host has linked, nobody has validated
/// it, so there it is compared.
fn typed_code(s: &mut Translator<'_, '_>, ty: u32, reference: Value) -> Result<Callee> {
    let id = s.env.signature_id(ty)?.0;
    let compared = s.parameter.is_some().then_some(id);
    Ok(code_of(s, reference, compared, TrapKind::NullReference))
}

/// The function of a reference, which must be of this type, if one is given. Null has no descriptor: the load faults below
/// 64 KiB, where nothing is ever mapped, with `kind`.
fn code_of(s: &mut Translator<'_, '_>, reference: Value, ty: Option<u32>, kind: TrapKind) -> Callee {
    if trap::explicit(s) {
        trap::if_zero(s, reference, kind);
    }
    let flags = descriptor_flags(s, kind);
    if let Some(id) = ty {
        let place = if s.parameter.is_some() { embed::FUNCREF_SIGNATURE } else { field::FUNCREF_SIGNATURE };
        let signature = s.builder.ins().load(types::I32, flags, reference, place);
        let expected = expected_signature(s, id);
        let differs = s.builder.ins().icmp(IntCC::NotEqual, signature, expected);
        trap::if_true(s, differs, TrapKind::BadSignature);
    }
    if s.parameter.is_some() {
        let code = s.builder.ins().load(POINTER, flags, reference, embed::FUNCREF_CODE);
        let instance = s.builder.ins().load(POINTER, flags, reference, embed::FUNCREF_INSTANCE);
        hand_limit(s, instance);
        return Callee { code, instance: Some(instance) };
    }
    let code = s.builder.ins().sload32(flags, reference, field::FUNCREF_CODE);
    // `code` is relative to its own address.
    let code = s.builder.ins().iadd(reference, code);
    let code =
        if field::FUNCREF_CODE == 0 { code } else { s.builder.ins().iadd_imm_s(code, i64::from(field::FUNCREF_CODE)) };
    Callee { code, instance: None }
}

/// Before a call through a reference: an instance that has not run yet in this call has no limit of the stack, or another.
fn hand_limit(s: &mut Translator<'_, '_>, called: Value) {
    let Some(instance) = s.instance() else { return };
    let [foreign, differs, next] = [(); 3].map(|()| s.builder.create_block());
    let is_foreign = s.builder.ins().icmp(IntCC::NotEqual, called, instance);
    s.builder.ins().brif(is_foreign, foreign, &[], next, &[]);
    s.builder.set_cold_block(foreign);
    s.builder.seal_block(foreign);
    s.builder.switch_to_block(foreign);
    let [ours, theirs] = [instance, called].map(|instance| {
        let flags = MemFlagsData::trusted();
        s.builder.ins().load(POINTER, flags, instance, embed::STACK_LIMIT)
    });
    let other_limit = s.builder.ins().icmp(IntCC::NotEqual, ours, theirs);
    s.builder.ins().brif(other_limit, differs, &[], next, &[]);
    s.builder.set_cold_block(differs);
    s.builder.seal_block(differs);
    s.builder.switch_to_block(differs);
    s.call_builtin(Builtin::Limit, &[instance, called]);
    s.builder.ins().jump(next, &[]);
    s.builder.seal_block(next);
    s.builder.switch_to_block(next);
}

fn descriptor_flags(s: &mut Translator<'_, '_>, kind: TrapKind) -> MemFlagsData {
    let region = s.region(Region::Tables);
    MemFlagsData::new().with_aligned().with_alias_region(Some(region)).with_trap_code(Some(trap_code(kind)))
}

fn location(s: &Translator<'_, '_>, function: u32) -> Result<FunctionLocation> {
    let location = s.env.layout.functions.get(function as usize).copied();
    location.ok_or_else(|| Error::internal(format!("no function {function}")))
}
