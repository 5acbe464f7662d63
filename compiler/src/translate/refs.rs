//! Reference operators. A reference is a pointer: 0 is null, a function reference points to its descriptor
//! ([`wasmaot_abi::program::FuncRef`]).

use super::Translator;
use super::{control, trap};
use crate::env::POINTER;
use crate::error::{Error, Result};
use crate::program::InstanceId;
use cranelift_codegen::ir::condcodes::IntCC;
use cranelift_codegen::ir::{InstBuilder, Value};
use wasmaot_abi::trap::TrapKind;

/// `ref.null`
pub fn null(s: &mut Translator<'_, '_>) {
    let value = s.builder.ins().iconst(POINTER, 0);
    s.push(value);
}

/// `ref.is_null`
pub fn is_null(s: &mut Translator<'_, '_>) {
    let value = s.pop();
    let condition = s.builder.ins().icmp_imm_s(IntCC::Equal, value, 0);
    let value = control::truth(s, condition);
    s.push(value);
}

/// `ref.func`
pub fn function(s: &mut Translator<'_, '_>, index: u32) -> Result<()> {
    let value = descriptor(s, s.env.id, index)?;
    s.push(value);
    Ok(())
}

/// The descriptor of a function of an instance.
pub fn descriptor(s: &mut Translator<'_, '_>, instance: InstanceId, index: u32) -> Result<Value> {
    let layout = s.env.instance(instance);
    let offset = layout.funcrefs.get(index as usize).copied().flatten();
    let (Some(offset), Some(data)) = (offset, layout.funcref_data) else {
        return Err(Error::internal(format!("function {index} has no descriptor")));
    };
    let base = s.data_address(data);
    Ok(s.builder.ins().iadd_imm_s(base, i64::from(offset)))
}

/// `ref.as_non_null`
pub fn as_non_null(s: &mut Translator<'_, '_>) {
    let value = s.pop();
    trap::if_zero(s, value, TrapKind::NullReference);
    s.push(value);
}

/// `br_on_null`
pub fn br_on_null(s: &mut Translator<'_, '_>, depth: u32) {
    let value = s.pop();
    control::branch(s, value, depth, false);
    s.push(value);
}

/// `br_on_non_null`
pub fn br_on_non_null(s: &mut Translator<'_, '_>, depth: u32) {
    let value = *s.stack.last().expect("validated: a reference is on the stack");
    control::branch(s, value, depth, true);
    s.pop();
}
