//! Numeric operators: integers, floats, conversions, sign extension, wide arithmetic.

use super::Translator;
use super::control::truth;
use super::trap;
use cranelift_codegen::ir::condcodes::{FloatCC, IntCC};
use cranelift_codegen::ir::{InstBuilder, MemFlagsData, Type, Value, types};
use wasmparser::Operator;

type Unary = fn(&mut Translator<'_, '_>, Value) -> Value;
type Binary = fn(&mut Translator<'_, '_>, Value, Value) -> Value;

/// Translates a numeric operator. `false` if it is none.
pub fn translate(s: &mut Translator<'_, '_>, operator: &Operator<'_>) -> bool {
    use Operator::*;
    match operator {
        I32Const { value } => constant(s, types::I32, i64::from(*value as u32)),
        I64Const { value } => constant(s, types::I64, *value),
        F32Const { value } => {
            let value = s.builder.ins().f32const(cranelift_codegen::ir::immediates::Ieee32::with_bits(value.bits()));
            s.push(value);
        }
        F64Const { value } => {
            let value = s.builder.ins().f64const(cranelift_codegen::ir::immediates::Ieee64::with_bits(value.bits()));
            s.push(value);
        }

        I32Eqz | I64Eqz => {
            let value = s.pop();
            let condition = s.builder.ins().icmp_imm_s(IntCC::Equal, value, 0);
            let value = truth(s, condition);
            s.push(value);
        }
        I32Eq | I64Eq => compare(s, IntCC::Equal),
        I32Ne | I64Ne => compare(s, IntCC::NotEqual),
        I32LtS | I64LtS => compare(s, IntCC::SignedLessThan),
        I32LtU | I64LtU => compare(s, IntCC::UnsignedLessThan),
        I32GtS | I64GtS => compare(s, IntCC::SignedGreaterThan),
        I32GtU | I64GtU => compare(s, IntCC::UnsignedGreaterThan),
        I32LeS | I64LeS => compare(s, IntCC::SignedLessThanOrEqual),
        I32LeU | I64LeU => compare(s, IntCC::UnsignedLessThanOrEqual),
        I32GeS | I64GeS => compare(s, IntCC::SignedGreaterThanOrEqual),
        I32GeU | I64GeU => compare(s, IntCC::UnsignedGreaterThanOrEqual),
        F32Eq | F64Eq => compare_floats(s, FloatCC::Equal),
        F32Ne | F64Ne => compare_floats(s, FloatCC::NotEqual),
        F32Lt | F64Lt => compare_floats(s, FloatCC::LessThan),
        F32Gt | F64Gt => compare_floats(s, FloatCC::GreaterThan),
        F32Le | F64Le => compare_floats(s, FloatCC::LessThanOrEqual),
        F32Ge | F64Ge => compare_floats(s, FloatCC::GreaterThanOrEqual),

        I32Clz | I64Clz => unary(s, |s, a| s.builder.ins().clz(a)),
        I32Ctz | I64Ctz => unary(s, |s, a| s.builder.ins().ctz(a)),
        I32Popcnt | I64Popcnt => unary(s, |s, a| s.builder.ins().popcnt(a)),
        I32Add | I64Add => binary(s, |s, a, b| s.builder.ins().iadd(a, b)),
        I32Sub | I64Sub => binary(s, |s, a, b| s.builder.ins().isub(a, b)),
        I32Mul | I64Mul => binary(s, |s, a, b| s.builder.ins().imul(a, b)),
        I32DivS | I64DivS => divide(s, true, |s, a, b| s.builder.ins().sdiv(a, b)),
        I32DivU | I64DivU => divide(s, false, |s, a, b| s.builder.ins().udiv(a, b)),
        I32RemS | I64RemS => divide(s, false, |s, a, b| s.builder.ins().srem(a, b)),
        I32RemU | I64RemU => divide(s, false, |s, a, b| s.builder.ins().urem(a, b)),
        I32And | I64And => binary(s, |s, a, b| s.builder.ins().band(a, b)),
        I32Or | I64Or => binary(s, |s, a, b| s.builder.ins().bor(a, b)),
        I32Xor | I64Xor => binary(s, |s, a, b| s.builder.ins().bxor(a, b)),
        I32Shl | I64Shl => binary(s, |s, a, b| s.builder.ins().ishl(a, b)),
        I32ShrS | I64ShrS => binary(s, |s, a, b| s.builder.ins().sshr(a, b)),
        I32ShrU | I64ShrU => binary(s, |s, a, b| s.builder.ins().ushr(a, b)),
        I32Rotl | I64Rotl => binary(s, |s, a, b| s.builder.ins().rotl(a, b)),
        I32Rotr | I64Rotr => binary(s, |s, a, b| s.builder.ins().rotr(a, b)),

        F32Abs | F64Abs => unary(s, |s, a| s.builder.ins().fabs(a)),
        F32Neg | F64Neg => unary(s, |s, a| s.builder.ins().fneg(a)),
        F32Ceil | F64Ceil => unary(s, |s, a| s.builder.ins().ceil(a)),
        F32Floor | F64Floor => unary(s, |s, a| s.builder.ins().floor(a)),
        F32Trunc | F64Trunc => unary(s, |s, a| s.builder.ins().trunc(a)),
        F32Nearest | F64Nearest => unary(s, |s, a| s.builder.ins().nearest(a)),
        F32Sqrt | F64Sqrt => unary(s, |s, a| s.builder.ins().sqrt(a)),
        F32Add | F64Add => binary(s, |s, a, b| s.builder.ins().fadd(a, b)),
        F32Sub | F64Sub => binary(s, |s, a, b| s.builder.ins().fsub(a, b)),
        F32Mul | F64Mul => binary(s, |s, a, b| s.builder.ins().fmul(a, b)),
        F32Div | F64Div => binary(s, |s, a, b| s.builder.ins().fdiv(a, b)),
        F32Min | F64Min => binary(s, |s, a, b| s.builder.ins().fmin(a, b)),
        F32Max | F64Max => binary(s, |s, a, b| s.builder.ins().fmax(a, b)),
        F32Copysign | F64Copysign => binary(s, |s, a, b| s.builder.ins().fcopysign(a, b)),

        I32WrapI64 => convert(s, types::I32, |s, ty, a| s.builder.ins().ireduce(ty, a)),
        I64ExtendI32S => convert(s, types::I64, |s, ty, a| s.builder.ins().sextend(ty, a)),
        I64ExtendI32U => convert(s, types::I64, |s, ty, a| s.builder.ins().uextend(ty, a)),
        I32Extend8S => extend(s, types::I8, types::I32),
        I32Extend16S => extend(s, types::I16, types::I32),
        I64Extend8S => extend(s, types::I8, types::I64),
        I64Extend16S => extend(s, types::I16, types::I64),
        I64Extend32S => extend(s, types::I32, types::I64),
        I32TruncF32S | I32TruncF64S => convert(s, types::I32, |s, ty, a| trap::truncate(s, ty, a, true)),
        I32TruncF32U | I32TruncF64U => convert(s, types::I32, |s, ty, a| trap::truncate(s, ty, a, false)),
        I64TruncF32S | I64TruncF64S => convert(s, types::I64, |s, ty, a| trap::truncate(s, ty, a, true)),
        I64TruncF32U | I64TruncF64U => convert(s, types::I64, |s, ty, a| trap::truncate(s, ty, a, false)),
        I32TruncSatF32S | I32TruncSatF64S => {
            convert(s, types::I32, |s, ty, a| s.builder.ins().fcvt_to_sint_sat(ty, a));
        }
        I32TruncSatF32U | I32TruncSatF64U => {
            convert(s, types::I32, |s, ty, a| s.builder.ins().fcvt_to_uint_sat(ty, a));
        }
        I64TruncSatF32S | I64TruncSatF64S => {
            convert(s, types::I64, |s, ty, a| s.builder.ins().fcvt_to_sint_sat(ty, a));
        }
        I64TruncSatF32U | I64TruncSatF64U => {
            convert(s, types::I64, |s, ty, a| s.builder.ins().fcvt_to_uint_sat(ty, a));
        }
        F32ConvertI32S | F32ConvertI64S => convert(s, types::F32, |s, ty, a| s.builder.ins().fcvt_from_sint(ty, a)),
        F32ConvertI32U | F32ConvertI64U => convert(s, types::F32, |s, ty, a| s.builder.ins().fcvt_from_uint(ty, a)),
        F64ConvertI32S | F64ConvertI64S => convert(s, types::F64, |s, ty, a| s.builder.ins().fcvt_from_sint(ty, a)),
        F64ConvertI32U | F64ConvertI64U => convert(s, types::F64, |s, ty, a| s.builder.ins().fcvt_from_uint(ty, a)),
        F32DemoteF64 => convert(s, types::F32, |s, ty, a| s.builder.ins().fdemote(ty, a)),
        F64PromoteF32 => convert(s, types::F64, |s, ty, a| s.builder.ins().fpromote(ty, a)),
        I32ReinterpretF32 => convert(s, types::I32, reinterpret),
        I64ReinterpretF64 => convert(s, types::I64, reinterpret),
        F32ReinterpretI32 => convert(s, types::F32, reinterpret),
        F64ReinterpretI64 => convert(s, types::F64, reinterpret),

        I64Add128 => wide(s, |s, a, b| s.builder.ins().iadd(a, b)),
        I64Sub128 => wide(s, |s, a, b| s.builder.ins().isub(a, b)),
        I64MulWideS => multiply_wide(s, |s, a, b| s.builder.ins().smulhi(a, b)),
        I64MulWideU => multiply_wide(s, |s, a, b| s.builder.ins().umulhi(a, b)),
        _ => return false,
    }
    true
}

fn constant(s: &mut Translator<'_, '_>, ty: Type, value: i64) {
    let value = s.builder.ins().iconst(ty, value);
    s.push(value);
}

fn unary(s: &mut Translator<'_, '_>, operation: Unary) {
    let a = s.pop();
    let value = operation(s, a);
    s.push(value);
}

/// A division; `signed_quotient` if its result may not fit.
fn divide(s: &mut Translator<'_, '_>, signed_quotient: bool, operation: Binary) {
    let (a, b) = s.pop2();
    trap::check_division(s, a, b, signed_quotient);
    let value = operation(s, a, b);
    s.push(value);
}

fn binary(s: &mut Translator<'_, '_>, operation: Binary) {
    let (a, b) = s.pop2();
    let value = operation(s, a, b);
    s.push(value);
}

fn convert(s: &mut Translator<'_, '_>, ty: Type, operation: fn(&mut Translator<'_, '_>, Type, Value) -> Value) {
    let a = s.pop();
    let value = operation(s, ty, a);
    s.push(value);
}

fn reinterpret(s: &mut Translator<'_, '_>, ty: Type, value: Value) -> Value {
    s.builder.ins().bitcast(ty, MemFlagsData::new(), value)
}

fn compare(s: &mut Translator<'_, '_>, condition: IntCC) {
    let (a, b) = s.pop2();
    let value = s.builder.ins().icmp(condition, a, b);
    let value = truth(s, value);
    s.push(value);
}

fn compare_floats(s: &mut Translator<'_, '_>, condition: FloatCC) {
    let (a, b) = s.pop2();
    let value = s.builder.ins().fcmp(condition, a, b);
    let value = truth(s, value);
    s.push(value);
}

/// Sign-extends the low part of a value.
fn extend(s: &mut Translator<'_, '_>, from: Type, to: Type) {
    let a = s.pop();
    let part = s.builder.ins().ireduce(from, a);
    let value = s.builder.ins().sextend(to, part);
    s.push(value);
}

/// Operation on two 128-bit integers, each as two operands (low, high).
fn wide(s: &mut Translator<'_, '_>, operation: Binary) {
    let (b_low, b_high) = s.pop2();
    let (a_low, a_high) = s.pop2();
    let a = s.builder.ins().iconcat(a_low, a_high);
    let b = s.builder.ins().iconcat(b_low, b_high);
    let value = operation(s, a, b);
    let (low, high) = s.builder.ins().isplit(value);
    s.push(low);
    s.push(high);
}

/// Product of two 64-bit integers in 128 bits.
fn multiply_wide(s: &mut Translator<'_, '_>, high: Binary) {
    let (a, b) = s.pop2();
    let low = s.builder.ins().imul(a, b);
    let high = high(s, a, b);
    s.push(low);
    s.push(high);
}
