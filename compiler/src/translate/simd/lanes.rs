//! Constants, and operators that move lanes: splat, extract, replace, shuffle, select, and tests over all lanes.

use crate::translate::Translator;
use cranelift_codegen::ir::types::{F32X4, F64X2, I8, I8X16, I16, I32};
use cranelift_codegen::ir::{ConstantData, InstBuilder, Opcode, Type, Value};
use wasmparser::V128;

/// `v128.const`
pub fn constant(s: &mut Translator, value: V128) {
    let value = vector_constant(s, I8X16, value.bytes());
    s.push(value);
}

/// A constant of any vector type.
pub fn vector_constant(s: &mut Translator, ty: Type, bytes: &[u8; 16]) -> Value {
    let constant = s.builder.func.dfg.constants.insert(ConstantData::from(bytes.as_slice()));
    s.builder.ins().vconst(ty, constant)
}

/// `i8x16.shuffle`
pub fn shuffle(s: &mut Translator, lanes: [u8; 16]) {
    let b = s.pop_vector(I8X16);
    let a = s.pop_vector(I8X16);
    let mask = s.builder.func.dfg.immediates.push(ConstantData::from(lanes.as_slice()));
    let result = s.builder.ins().shuffle(a, b, mask);
    s.push(result);
}

/// `splat`: the scalar on the stack in every lane.
pub fn splat(s: &mut Translator, ty: Type) {
    let scalar = s.pop();
    let lane = to_lane(s, scalar, ty);
    let result = s.builder.ins().splat(ty, lane);
    s.push(result);
}

/// `extract_lane`; lanes narrower than 32 bits are extended with `extend`.
pub fn extract(s: &mut Translator, ty: Type, lane: u8, extend: Option<Opcode>) {
    let vector = s.pop_vector(ty);
    let scalar = s.builder.ins().extractlane(vector, lane);
    let result = match extend {
        Some(Opcode::Sextend) => s.builder.ins().sextend(I32, scalar),
        Some(_) => s.builder.ins().uextend(I32, scalar),
        None => scalar,
    };
    s.push(result);
}

/// `replace_lane`
pub fn replace(s: &mut Translator, ty: Type, lane: u8) {
    let scalar = s.pop();
    let vector = s.pop_vector(ty);
    let value = to_lane(s, scalar, ty);
    let result = s.builder.ins().insertlane(vector, value, lane);
    s.push(result);
}

/// `v128.bitselect`. Works on the type of the mask, so that a mask made by a comparison is seen as one.
pub fn bitselect(s: &mut Translator) {
    let mask = s.pop();
    let ty = s.builder.func.dfg.value_type(mask);
    let otherwise = s.pop_vector(ty);
    let then = s.pop_vector(ty);
    let result = s.builder.ins().bitselect(mask, then, otherwise);
    s.push(result);
}

/// `v128.any_true`
pub fn any_true(s: &mut Translator) {
    let vector = s.pop();
    let vector = as_integers(s, vector);
    let flag = s.builder.ins().vany_true(vector);
    push_flag(s, flag);
}

/// `all_true`
pub fn all_true(s: &mut Translator, ty: Type) {
    let vector = s.pop_vector(ty);
    let flag = s.builder.ins().vall_true(vector);
    push_flag(s, flag);
}

/// `bitmask`
pub fn bitmask(s: &mut Translator, ty: Type) {
    let vector = s.pop_vector(ty);
    let result = s.builder.ins().vhigh_bits(I32, vector);
    s.push(result);
}

/// The scalar of the operand stack (never narrower than 32 bits) as a lane of `ty`.
fn to_lane(s: &mut Translator, scalar: Value, ty: Type) -> Value {
    match ty.lane_type() {
        lane @ (I8 | I16) => s.builder.ins().ireduce(lane, scalar),
        _ => scalar,
    }
}

/// The same bits with integer lanes, which is all that tests take.
fn as_integers(s: &mut Translator, vector: Value) -> Value {
    match s.builder.func.dfg.value_type(vector) {
        F32X4 | F64X2 => {
            s.push(vector);
            s.pop_vector(I8X16)
        }
        _ => vector,
    }
}

fn push_flag(s: &mut Translator, flag: Value) {
    let result = s.builder.ins().uextend(I32, flag);
    s.push(result);
}
