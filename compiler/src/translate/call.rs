//! Calls: direct, to the host, through tables and references, and tail calls.

use super::Translator;
use super::state::{Region, trap_code};
use super::{control, table};
use crate::env::POINTER;
use crate::error::{Error, Result};
use crate::layout::{Convention, FunctionLocation, TableLocation};
use crate::symbols::Symbol;
use cranelift_codegen::ir::condcodes::IntCC;
use cranelift_codegen::ir::{InstBuilder, MemFlagsData, Value, types};
use wasmaot_abi::program::{self as abi, offset as field};
use wasmaot_abi::trap::TrapKind;
use wasmaot_abi::{Type, wasip1};

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
    let call = match location(s, function)? {
        FunctionLocation::Compiled(id, convention) => {
            let ty = s.env.type_at(s.env.type_of(function)?)?;
            let signature = s.env.signature(ty, convention)?;
            let function = s.function(Symbol::Function(id), |_| signature);
            s.builder.ins().call(function, args)
        }
        FunctionLocation::Host(row) => {
            let function = host_function(s, row);
            let context = s.env.layout.host_context.ok_or_else(|| Error::internal("no host context"))?;
            let mut with_context = vec![s.data_address(context)];
            with_context.extend(args);
            s.builder.ins().call(function, &with_context)
        }
    };
    Ok(s.builder.inst_results(call).to_vec())
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
    let code = callee(s, ty, table, index)?;
    call_code(s, ty, code)
}

/// `call_ref`
pub fn call_ref(s: &mut Translator<'_, '_>, ty: u32) -> Result<()> {
    let reference = s.pop();
    let code = code_of(s, reference, TrapKind::NullReference);
    call_code(s, ty, code)
}

fn call_code(s: &mut Translator<'_, '_>, ty: u32, code: Value) -> Result<()> {
    let convention = s.env.indirect_convention(ty)?;
    let signature = s.signature(ty, convention)?;
    let (args, start) = arguments(s, ty)?;
    let call = s.builder.ins().call_indirect(signature, code, &args);
    s.stack.truncate(start);
    s.stack.extend_from_slice(s.builder.inst_results(call));
    Ok(())
}

/// `return_call`
pub fn return_call(s: &mut Translator<'_, '_>, function: u32) -> Result<()> {
    match location(s, function)? {
        FunctionLocation::Compiled(id, convention) => {
            let ty = s.env.type_of(function)?;
            let (args, _) = arguments(s, ty)?;
            let signature = s.env.signature(s.env.type_at(ty)?, convention)?;
            let function = s.function(Symbol::Function(id), |_| signature);
            s.builder.ins().return_call(function, &args);
            control::stop(s);
        }
        // The host does not call back: a call and a return use no more stack.
        FunctionLocation::Host(_) => {
            call(s, function)?;
            control::return_(s);
        }
    }
    Ok(())
}

/// `return_call_indirect`
pub fn return_call_indirect(s: &mut Translator<'_, '_>, ty: u32, table: u32) -> Result<()> {
    let index = s.pop();
    let code = callee(s, ty, table, index)?;
    return_call_code(s, ty, code)
}

/// `return_call_ref`
pub fn return_call_ref(s: &mut Translator<'_, '_>, ty: u32) -> Result<()> {
    let reference = s.pop();
    let code = code_of(s, reference, TrapKind::NullReference);
    return_call_code(s, ty, code)
}

fn return_call_code(s: &mut Translator<'_, '_>, ty: u32, code: Value) -> Result<()> {
    let signature = s.signature(ty, Convention::Tail)?;
    let (args, _) = arguments(s, ty)?;
    s.builder.ins().return_call_indirect(signature, code, &args);
    control::stop(s);
    Ok(())
}

/// The operands of a call of this type, and where they begin; they stay on the stack.
fn arguments(s: &mut Translator<'_, '_>, ty: u32) -> Result<(Vec<Value>, usize)> {
    let count = s.env.type_at(ty)?.params().len();
    let start = s.canonical_top(count);
    Ok((s.stack[start..].to_vec(), start))
}

/// Code address of a table's element; traps unless there is one of this type.
fn callee(s: &mut Translator<'_, '_>, ty: u32, table: u32, index: Value) -> Result<Value> {
    let expected = s.env.signature_id(ty)?.0;
    let element = table::element(s, table, index, TrapKind::UndefinedElement)?;
    match table::location(s, table)? {
        TableLocation::Constant { elements, has_null, .. } => {
            let flags = s.trusted(Region::Tables).with_readonly();
            let signature = s.builder.ins().load(types::I32, flags, element, 4);
            let expected = s.builder.ins().iconst(types::I32, i64::from(expected));
            let differs = s.builder.ins().icmp(IntCC::NotEqual, signature, expected);
            if has_null {
                explain_mismatch(s, differs, signature);
            } else {
                s.builder.ins().trapnz(differs, trap_code(TrapKind::BadSignature));
            }
            let code = s.builder.ins().sload32(flags, element, 0);
            let base = s.data_address(elements);
            Ok(s.builder.ins().iadd(base, code))
        }
        TableLocation::Fixed { .. } | TableLocation::Growable { .. } => {
            let flags = s.trusted(Region::Tables);
            let reference = s.builder.ins().load(POINTER, flags, element, 0);
            // Null has no descriptor: the load faults below 64 KiB, where nothing is ever mapped.
            let flags = descriptor_flags(s, TrapKind::IndirectCallToNull);
            let signature = s.builder.ins().load(types::I32, flags, reference, field::FUNCREF_SIGNATURE);
            let expected = s.builder.ins().iconst(types::I32, i64::from(expected));
            let differs = s.builder.ins().icmp(IntCC::NotEqual, signature, expected);
            s.builder.ins().trapnz(differs, trap_code(TrapKind::BadSignature));
            Ok(code_of(s, reference, TrapKind::IndirectCallToNull))
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
    s.builder.ins().trapnz(is_null, trap_code(TrapKind::IndirectCallToNull));
    s.builder.ins().trap(trap_code(TrapKind::BadSignature));
    s.builder.seal_block(next);
    s.builder.switch_to_block(next);
}

/// Code address of a function reference; a null one faults with `kind`.
fn code_of(s: &mut Translator<'_, '_>, reference: Value, kind: TrapKind) -> Value {
    let flags = descriptor_flags(s, kind);
    let code = s.builder.ins().sload32(flags, reference, field::FUNCREF_CODE);
    // `code` is relative to its own address.
    let code = s.builder.ins().iadd(reference, code);
    if field::FUNCREF_CODE == 0 { code } else { s.builder.ins().iadd_imm_s(code, i64::from(field::FUNCREF_CODE)) }
}

fn descriptor_flags(s: &mut Translator<'_, '_>, kind: TrapKind) -> MemFlagsData {
    let region = s.region(Region::Tables);
    MemFlagsData::new().with_aligned().with_alias_region(Some(region)).with_trap_code(Some(trap_code(kind)))
}

fn location(s: &Translator<'_, '_>, function: u32) -> Result<FunctionLocation> {
    let location = s.env.layout.functions.get(function as usize).copied();
    location.ok_or_else(|| Error::internal(format!("no function {function}")))
}
