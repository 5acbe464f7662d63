//! Conversions between integer and float lanes. Those from floats to integers saturate, and make 0 of NaN.

use super::lanes::vector_constant;
use crate::translate::Translator;
use cranelift_codegen::ir::types::{F32X4, F64X2, I32X4, I64X2};
use cranelift_codegen::ir::{InstBuilder, Opcode};

/// `i32x4.trunc_sat_f32x4`
pub fn to_int(s: &mut Translator, opcode: Opcode) {
    let a = s.pop_vector(F32X4);
    let (instruction, dfg) = s.builder.ins().Unary(opcode, I32X4, a);
    let result = dfg.first_result(instruction);
    s.push(result);
}

/// `f32x4.convert_i32x4`
pub fn from_int(s: &mut Translator, opcode: Opcode) {
    let a = s.pop_vector(I32X4);
    let (instruction, dfg) = s.builder.ins().Unary(opcode, F32X4, a);
    let result = dfg.first_result(instruction);
    s.push(result);
}

/// `f64x2.convert_low_i32x4`
pub fn low_from_int(s: &mut Translator, widen: Opcode, opcode: Opcode) {
    let a = s.pop_vector(I32X4);
    let (instruction, dfg) = s.builder.ins().Unary(widen, I32X4, a);
    let wide = dfg.first_result(instruction);
    let (instruction, dfg) = s.builder.ins().Unary(opcode, F64X2, wide);
    let result = dfg.first_result(instruction);
    s.push(result);
}

/// `i32x4.trunc_sat_f64x2_s_zero`, and its relaxed form with another opcode. Cranelift has no narrowing of 64-bit lanes
/// but this one, of a conversion together with a constant zero.
pub fn f64x2_to_int_signed(s: &mut Translator, opcode: Opcode) {
    let a = s.pop_vector(F64X2);
    let (instruction, dfg) = s.builder.ins().Unary(opcode, I64X2, a);
    let wide = dfg.first_result(instruction);
    let zero = vector_constant(s, I64X2, &[0; 16]);
    let result = s.builder.ins().snarrow(wide, zero);
    s.push(result);
}

/// `i32x4.trunc_sat_f64x2_u_zero`; see [`f64x2_to_int_signed`].
pub fn f64x2_to_int_unsigned(s: &mut Translator) {
    let a = s.pop_vector(F64X2);
    let wide = s.builder.ins().fcvt_to_uint_sat(I64X2, a);
    let zero = vector_constant(s, I64X2, &[0; 16]);
    let result = s.builder.ins().uunarrow(wide, zero);
    s.push(result);
}
