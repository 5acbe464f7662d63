//! The representation: a 128-bit value is an `i128` on the operand stack, and two 64-bit halves while it is worked on.
//! Lanes are counted from the low half's low bits, as the specification does.

use crate::translate::Translator;
use cranelift_codegen::ir::immediates::Imm64;
use cranelift_codegen::ir::types::{F32, F64, I8, I16, I32, I64};
use cranelift_codegen::ir::{InstBuilder, InstructionData, MemFlagsData, Opcode, Type, Value, ValueDef};

/// The low half and the high half, each an `i64`.
pub type Pair = [Value; 2];

/// The halves of a 128-bit value.
pub fn split(s: &mut Translator, value: Value) -> Pair {
    let dfg = &s.builder.func.dfg;
    // Most often it has just been put together.
    if let ValueDef::Result(inst, 0) = dfg.value_def(dfg.resolve_aliases(value))
        && let InstructionData::Binary { opcode: Opcode::Iconcat, args } = dfg.insts[inst]
    {
        return args;
    }
    let (low, high) = s.builder.ins().isplit(value);
    [low, high]
}

/// Pops a 128-bit operand.
pub fn pop(s: &mut Translator) -> Pair {
    let value = s.pop();
    split(s, value)
}

/// Pops two, in the order in which they were pushed.
pub fn pop2(s: &mut Translator) -> (Pair, Pair) {
    let b = pop(s);
    (pop(s), b)
}

/// Pushes a 128-bit operand.
pub fn push(s: &mut Translator, [low, high]: Pair) {
    let value = s.builder.ins().iconcat(low, high);
    s.push(value);
}

/// A constant as an `i128`.
pub fn constant(s: &mut Translator, bytes: &[u8; 16]) -> Value {
    let value = u128::from_le_bytes(*bytes);
    let low = bits(s, value as u64);
    let high = bits(s, (value >> 64) as u64);
    s.builder.ins().iconcat(low, high)
}

/// A constant half.
pub fn bits(s: &mut Translator, value: u64) -> Value {
    s.builder.ins().iconst(I64, Imm64::new(value as i64))
}

/// A lane's value in every lane of `width` bits, as a number.
pub const fn repeat(width: u32, lane: u64) -> u64 {
    let mut result = 0;
    let mut at = 0;
    while at < 64 {
        result |= lane << at;
        at += width;
    }
    result
}

/// The top bit of every lane, as a number.
pub const fn tops(width: u32) -> u64 {
    repeat(width, 1 << (width - 1))
}

/// How a lane fills an `i64`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Fill {
    /// By its top bit.
    Signed,
    /// By zeros.
    Unsigned,
}

/// The integer type of a lane.
pub fn lane_type(width: u32) -> Type {
    match width {
        8 => I8,
        16 => I16,
        32 => I32,
        _ => I64,
    }
}

/// A lane in its own integer type.
pub fn narrow_lane(s: &mut Translator, a: Pair, width: u32, index: u32) -> Value {
    let at = index * width;
    let half = a[(at / 64) as usize];
    let shifted = match at % 64 {
        0 => half,
        at => s.builder.ins().ushr_imm_u(half, i64::from(at)),
    };
    if width == 64 { shifted } else { s.builder.ins().ireduce(lane_type(width), shifted) }
}

/// A lane as an `i64`.
pub fn lane(s: &mut Translator, a: Pair, width: u32, index: u32, fill: Fill) -> Value {
    let lane = narrow_lane(s, a, width, index);
    widen(s, lane, fill)
}

/// An integer as an `i64`.
pub fn widen(s: &mut Translator, value: Value, fill: Fill) -> Value {
    match (s.builder.func.dfg.value_type(value), fill) {
        (I64, _) => value,
        (_, Fill::Signed) => s.builder.ins().sextend(I64, value),
        (_, Fill::Unsigned) => s.builder.ins().uextend(I64, value),
    }
}

/// Puts lanes together, first one lowest. Each is an integer of at least `width` bits, of which the low ones count.
pub fn combine(s: &mut Translator, width: u32, lanes: &[Value]) -> Pair {
    let count = (64 / width) as usize;
    debug_assert_eq!(lanes.len(), 2 * count);
    [combine_half(s, width, &lanes[..count]), combine_half(s, width, &lanes[count..])]
}

fn combine_half(s: &mut Translator, width: u32, lanes: &[Value]) -> Value {
    let mut half = None;
    for (index, lane) in lanes.iter().enumerate() {
        let at = index as u32 * width;
        // What is above the top lane is shifted out.
        let lane = if at + width == 64 { widen(s, *lane, Fill::Signed) } else { clean(s, width, *lane) };
        let lane = if at == 0 { lane } else { s.builder.ins().ishl_imm_u(lane, i64::from(at)) };
        half = Some(match half {
            None => lane,
            Some(half) => s.builder.ins().bor(half, lane),
        });
    }
    half.expect("a half has lanes")
}

/// The low `width` bits of an integer as an `i64`.
pub fn clean(s: &mut Translator, width: u32, value: Value) -> Value {
    let ty = s.builder.func.dfg.value_type(value);
    let narrow = if ty.bits() > width { s.builder.ins().ireduce(lane_type(width), value) } else { value };
    widen(s, narrow, Fill::Unsigned)
}

/// A float lane.
pub fn float_lane(s: &mut Translator, a: Pair, ty: Type, index: u32) -> Value {
    let lane = narrow_lane(s, a, ty.bits(), index);
    as_float(s, lane)
}

/// The float with these bits.
pub fn as_float(s: &mut Translator, value: Value) -> Value {
    let ty = if s.builder.func.dfg.value_type(value) == I32 { F32 } else { F64 };
    s.builder.ins().bitcast(ty, MemFlagsData::new(), value)
}

/// The bits of a float; an integer as it is.
pub fn as_integer(s: &mut Translator, value: Value) -> Value {
    let ty = match s.builder.func.dfg.value_type(value) {
        F32 => I32,
        F64 => I64,
        _ => return value,
    };
    s.builder.ins().bitcast(ty, MemFlagsData::new(), value)
}

/// Applies a function to both halves.
pub fn each(s: &mut Translator, a: Pair, f: impl Fn(&mut Translator, Value) -> Value) -> Pair {
    a.map(|a| f(s, a))
}

/// Applies a function to both halves of two values.
pub fn each2(s: &mut Translator, a: Pair, b: Pair, f: impl Fn(&mut Translator, Value, Value) -> Value) -> Pair {
    [f(s, a[0], b[0]), f(s, a[1], b[1])]
}
