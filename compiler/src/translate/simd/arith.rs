//! Operators that are one Cranelift instruction on every lane, and the short sequences over them: products and sums of
//! widened lanes, pseudo-minimum and -maximum.
//!
//! The sequences are written in the form that Cranelift's back ends recognise as one machine instruction.

use crate::translate::Translator;
use cranelift_codegen::ir::condcodes::{FloatCC, IntCC};
use cranelift_codegen::ir::types::I16X8;
use cranelift_codegen::ir::{Endianness, InstBuilder, MemFlagsData, Opcode, Type, Value};

/// An instruction of one operand of type `ty`.
pub fn unary(s: &mut Translator, opcode: Opcode, ty: Type) {
    let a = s.pop_vector(ty);
    let result = emit_unary(s, opcode, ty, a);
    s.push(result);
}

/// An instruction of two operands of type `ty`.
pub fn binary(s: &mut Translator, opcode: Opcode, ty: Type) {
    let (a, b) = pop2(s, ty);
    let result = emit_binary(s, opcode, ty, a, b);
    s.push(result);
}

/// A shift of all lanes by the scalar on the stack, modulo the lane width.
pub fn shift(s: &mut Translator, opcode: Opcode, ty: Type) {
    let amount = s.pop();
    let a = s.pop_vector(ty);
    let result = emit_binary(s, opcode, ty, a, amount);
    s.push(result);
}

/// An integer comparison: all ones in the lanes where it holds.
pub fn compare(s: &mut Translator, condition: IntCC, ty: Type) {
    let (a, b) = pop2(s, ty);
    let result = s.builder.ins().icmp(condition, a, b);
    s.push(result);
}

/// A float comparison: all ones in the lanes where it holds.
pub fn compare_float(s: &mut Translator, condition: FloatCC, ty: Type) {
    let (a, b) = pop2(s, ty);
    let result = s.builder.ins().fcmp(condition, a, b);
    s.push(result);
}

/// `v128.not`
pub fn not(s: &mut Translator) {
    let a = s.pop();
    let result = s.builder.ins().bnot(a);
    s.push(result);
}

/// `v128.and`, `or`, `xor`, on whatever type the second operand has.
pub fn bitwise(s: &mut Translator, opcode: Opcode) {
    let b = s.pop();
    let ty = s.builder.func.dfg.value_type(b);
    let a = s.pop_vector(ty);
    let result = emit_binary(s, opcode, ty, a, b);
    s.push(result);
}

/// `v128.andnot`
pub fn and_not(s: &mut Translator) {
    let b = s.pop();
    let ty = s.builder.func.dfg.value_type(b);
    let a = s.pop_vector(ty);
    let b = s.builder.ins().bnot(b);
    let result = s.builder.ins().band(a, b);
    s.push(result);
}

/// `pmin`: `b < a ? b : a`
pub fn pmin(s: &mut Translator, ty: Type) {
    let (a, b) = pop2(s, ty);
    let result = emit_pseudo(s, ty, (b, a), (b, a));
    s.push(result);
}

/// `pmax`: `a < b ? b : a`
pub fn pmax(s: &mut Translator, ty: Type) {
    let (a, b) = pop2(s, ty);
    let result = emit_pseudo(s, ty, (a, b), (b, a));
    s.push(result);
}

/// `extmul`: the product of one half of the lanes, widened.
pub fn extended_multiply(s: &mut Translator, widen: Opcode, ty: Type) {
    let (a, b) = pop2(s, ty);
    let result = emit_extended_multiply(s, widen, ty, a, b);
    s.push(result);
}

/// `extadd_pairwise`: the sums of adjacent lanes, widened.
pub fn extended_add_pairwise(s: &mut Translator, widen_low: Opcode, widen_high: Opcode, ty: Type) {
    let a = s.pop_vector(ty);
    let result = emit_extended_add_pairwise(s, widen_low, widen_high, ty, a);
    s.push(result);
}

/// `i32x4.dot_i16x8_s`
pub fn dot(s: &mut Translator) {
    let (a, b) = pop2(s, I16X8);
    let result = emit_dot(s, I16X8, a, b);
    s.push(result);
}

/// Pops two operands of type `ty`.
pub fn pop2(s: &mut Translator, ty: Type) -> (Value, Value) {
    let b = s.pop_vector(ty);
    let a = s.pop_vector(ty);
    (a, b)
}

/// The sums of adjacent products, signed, in lanes of twice the width.
pub fn emit_dot(s: &mut Translator, ty: Type, a: Value, b: Value) -> Value {
    let low = emit_extended_multiply(s, Opcode::SwidenLow, ty, a, b);
    let high = emit_extended_multiply(s, Opcode::SwidenHigh, ty, a, b);
    s.builder.ins().iadd_pairwise(low, high)
}

/// The sums of adjacent lanes, in lanes of twice the width.
pub fn emit_extended_add_pairwise(s: &mut Translator, low: Opcode, high: Opcode, ty: Type, a: Value) -> Value {
    let low = emit_unary(s, low, ty, a);
    let high = emit_unary(s, high, ty, a);
    s.builder.ins().iadd_pairwise(low, high)
}

/// `first < second ? then : otherwise`, lane by lane.
pub fn emit_pseudo(s: &mut Translator, ty: Type, compared: (Value, Value), chosen: (Value, Value)) -> Value {
    let holds = s.builder.ins().fcmp(FloatCC::LessThan, compared.0, compared.1);
    let little = MemFlagsData::new().with_endianness(Endianness::Little);
    let mask = s.builder.ins().bitcast(ty, little, holds);
    s.builder.ins().bitselect(mask, chosen.0, chosen.1)
}

fn emit_extended_multiply(s: &mut Translator, widen: Opcode, ty: Type, a: Value, b: Value) -> Value {
    let a = emit_unary(s, widen, ty, a);
    let b = emit_unary(s, widen, ty, b);
    s.builder.ins().imul(a, b)
}

/// One instruction by its opcode; `ty` is the type of its operand.
fn emit_unary(s: &mut Translator, opcode: Opcode, ty: Type, a: Value) -> Value {
    let (instruction, dfg) = s.builder.ins().Unary(opcode, ty, a);
    dfg.first_result(instruction)
}

/// One instruction by its opcode; `ty` is the type of its first operand.
fn emit_binary(s: &mut Translator, opcode: Opcode, ty: Type, a: Value, b: Value) -> Value {
    let (instruction, dfg) = s.builder.ins().Binary(opcode, ty, a, b);
    dfg.first_result(instruction)
}
