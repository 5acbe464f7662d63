//! Float operators on I128 pairs, lane by lane with the scalar instructions, which have the same rules for NaN, zeros and
//! rounding. What only touches signs or chooses an operand works on bits, so that it keeps NaNs as they are.

use super::pair::{self, Pair, as_integer, bits, combine, float_lane, narrow_lane, tops};
use super::swar;
use crate::translate::Translator;
use crate::translate::simd::relaxed::Sign;
use cranelift_codegen::ir::condcodes::FloatCC;
use cranelift_codegen::ir::types::{F32, F64, I32};
use cranelift_codegen::ir::{InstBuilder, Opcode, Type, Value};

/// An instruction of one operand on every lane.
pub fn unary(s: &mut Translator, ty: Type, opcode: Opcode) {
    let a = pair::pop(s);
    let result = lanes(s, ty, |s, index| {
        let a = float_lane(s, a, ty, index);
        let (instruction, dfg) = s.builder.ins().Unary(opcode, ty, a);
        dfg.first_result(instruction)
    });
    pair::push(s, result);
}

/// An instruction of two operands on every lane.
pub fn binary(s: &mut Translator, ty: Type, opcode: Opcode) {
    let (a, b) = pair::pop2(s);
    let result = lanes(s, ty, |s, index| {
        let (a, b) = (float_lane(s, a, ty, index), float_lane(s, b, ty, index));
        let (instruction, dfg) = s.builder.ins().Binary(opcode, ty, a, b);
        dfg.first_result(instruction)
    });
    pair::push(s, result);
}

/// A value of lanes that a function makes, from an index.
fn lanes(s: &mut Translator, ty: Type, lane: impl Fn(&mut Translator, u32) -> Value) -> Pair {
    let mut lanes = Vec::with_capacity(4);
    for index in 0..128 / ty.bits() {
        let value = lane(s, index);
        lanes.push(as_integer(s, value));
    }
    combine(s, ty.bits(), &lanes)
}

/// `abs`
pub fn abs(s: &mut Translator, ty: Type) {
    let a = pair::pop(s);
    let result = pair::each(s, a, |s, a| {
        let rest = bits(s, !tops(ty.bits()));
        s.builder.ins().band(a, rest)
    });
    pair::push(s, result);
}

/// `neg`
pub fn neg(s: &mut Translator, ty: Type) {
    let a = pair::pop(s);
    let result = pair::each(s, a, |s, a| {
        let signs = bits(s, tops(ty.bits()));
        s.builder.ins().bxor(a, signs)
    });
    pair::push(s, result);
}

/// A comparison.
pub fn compare(s: &mut Translator, ty: Type, condition: FloatCC) {
    let (a, b) = pair::pop2(s);
    let result = masks(s, ty, condition, a, b);
    pair::push(s, result);
}

/// The mask of the lanes where a comparison holds.
fn masks(s: &mut Translator, ty: Type, condition: FloatCC, a: Pair, b: Pair) -> Pair {
    lanes(s, ty, |s, index| {
        let (a, b) = (float_lane(s, a, ty, index), float_lane(s, b, ty, index));
        let holds = s.builder.ins().fcmp(condition, a, b);
        s.builder.ins().bmask(pair::lane_type(ty.bits()), holds)
    })
}

/// `pmin`: `b < a ? b : a`
pub fn pmin(s: &mut Translator, ty: Type) {
    let (a, b) = pair::pop2(s);
    let mask = masks(s, ty, FloatCC::LessThan, b, a);
    let result = [0, 1].map(|half| swar::choose(s, mask[half], b[half], a[half]));
    pair::push(s, result);
}

/// `pmax`: `a < b ? b : a`
pub fn pmax(s: &mut Translator, ty: Type) {
    let (a, b) = pair::pop2(s);
    let mask = masks(s, ty, FloatCC::LessThan, a, b);
    let result = [0, 1].map(|half| swar::choose(s, mask[half], b[half], a[half]));
    pair::push(s, result);
}

/// `relaxed_madd`, `relaxed_nmadd`: fused if the processor can, else rounded twice.
pub fn multiply_add(s: &mut Translator, ty: Type, sign: Sign) {
    let c = pair::pop(s);
    let (a, b) = pair::pop2(s);
    let fused = s.cpu().fma;
    let result = lanes(s, ty, |s, index| {
        let [a, b, c] = [a, b, c].map(|operand| float_lane(s, operand, ty, index));
        let a = if sign == Sign::Minus { s.builder.ins().fneg(a) } else { a };
        if fused {
            return s.builder.ins().fma(a, b, c);
        }
        let product = s.builder.ins().fmul(a, b);
        s.builder.ins().fadd(product, c)
    });
    pair::push(s, result);
}

/// `i32x4.trunc_sat_f32x4`
pub fn to_int(s: &mut Translator, opcode: Opcode) {
    let a = pair::pop(s);
    let result = lanes(s, F32, |s, index| {
        let a = float_lane(s, a, F32, index);
        convert(s, opcode, I32, a)
    });
    pair::push(s, result);
}

/// `i32x4.trunc_sat_f64x2_zero`
pub fn f64x2_to_int(s: &mut Translator, opcode: Opcode) {
    let a = pair::pop(s);
    let zero = s.builder.ins().iconst(I32, 0);
    let [low, high] = [0, 1].map(|index| {
        let a = float_lane(s, a, F64, index);
        convert(s, opcode, I32, a)
    });
    let result = combine(s, 32, &[low, high, zero, zero]);
    pair::push(s, result);
}

/// `f32x4.convert_i32x4`
pub fn from_int(s: &mut Translator, opcode: Opcode) {
    let a = pair::pop(s);
    let result = lanes(s, F32, |s, index| {
        let a = narrow_lane(s, a, 32, index);
        convert(s, opcode, F32, a)
    });
    pair::push(s, result);
}

/// `f64x2.convert_low_i32x4`
pub fn low_from_int(s: &mut Translator, opcode: Opcode) {
    let a = pair::pop(s);
    let result = lanes(s, F64, |s, index| {
        let a = narrow_lane(s, a, 32, index);
        convert(s, opcode, F64, a)
    });
    pair::push(s, result);
}

/// `f32x4.demote_f64x2_zero`
pub fn demote(s: &mut Translator) {
    let a = pair::pop(s);
    let zero = s.builder.ins().iconst(I32, 0);
    let [low, high] = [0, 1].map(|index| {
        let a = float_lane(s, a, F64, index);
        let narrow = s.builder.ins().fdemote(F32, a);
        as_integer(s, narrow)
    });
    let result = combine(s, 32, &[low, high, zero, zero]);
    pair::push(s, result);
}

/// `f64x2.promote_low_f32x4`
pub fn promote(s: &mut Translator) {
    let a = pair::pop(s);
    let result = lanes(s, F64, |s, index| {
        let a = float_lane(s, a, F32, index);
        s.builder.ins().fpromote(F64, a)
    });
    pair::push(s, result);
}

fn convert(s: &mut Translator, opcode: Opcode, ty: Type, a: Value) -> Value {
    let (instruction, dfg) = s.builder.ins().Unary(opcode, ty, a);
    dfg.first_result(instruction)
}
