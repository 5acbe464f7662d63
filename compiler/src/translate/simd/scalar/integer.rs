//! Integer operators on I128 pairs that need more than [`swar`]: products, widening, narrowing, tests.

use super::pair::{self, Fill, Pair, bits, combine, lane, repeat, tops};
use super::swar;
use crate::translate::Translator;
use cranelift_codegen::ir::condcodes::IntCC;
use cranelift_codegen::ir::types::I32;
use cranelift_codegen::ir::{InstBuilder, Value};

/// An operation on one half, of lanes of this width.
pub type Unary = fn(&mut Translator, u32, Value) -> Value;
/// The same of two operands.
pub type Binary = fn(&mut Translator, u32, Value, Value) -> Value;
/// A shift.
pub type Shift = fn(&mut Translator, swar::Amount, Value) -> Value;

/// Which half of the lanes an operator takes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Side {
    /// The lower lanes.
    Low,
    /// The upper lanes.
    High,
}

/// An operator of one operand.
pub fn unary(s: &mut Translator, width: u32, operation: Unary) {
    let a = pair::pop(s);
    let result = pair::each(s, a, |s, a| operation(s, width, a));
    pair::push(s, result);
}

/// An operator of two operands.
pub fn binary(s: &mut Translator, width: u32, operation: Binary) {
    let (a, b) = pair::pop2(s);
    let result = pair::each2(s, a, b, |s, a, b| operation(s, width, a, b));
    pair::push(s, result);
}

/// A comparison.
pub fn compare(s: &mut Translator, width: u32, condition: IntCC) {
    let (a, b) = pair::pop2(s);
    let result = pair::each2(s, a, b, |s, a, b| swar::compare(s, width, condition, a, b));
    pair::push(s, result);
}

/// `min`, `max`: the lanes of the first operand where the condition holds.
pub fn pick(s: &mut Translator, width: u32, condition: IntCC) {
    let (a, b) = pair::pop2(s);
    let result = pair::each2(s, a, b, |s, a, b| swar::pick(s, width, condition, a, b));
    pair::push(s, result);
}

/// `shl`, `shr_s`, `shr_u`
pub fn shift(s: &mut Translator, width: u32, operation: Shift) {
    let count = s.pop();
    let a = pair::pop(s);
    let amount = swar::Amount::new(s, width, count);
    let result = pair::each(s, a, |s, a| operation(s, amount, a));
    pair::push(s, result);
}

/// `i8x16.popcnt`
pub fn count_bits(s: &mut Translator) {
    let a = pair::pop(s);
    let result = pair::each(s, a, swar::count_bits);
    pair::push(s, result);
}

/// `mul`
pub fn multiply(s: &mut Translator, width: u32) {
    let (a, b) = pair::pop2(s);
    let result = match width {
        64 => pair::each2(s, a, b, |s, a, b| s.builder.ins().imul(a, b)),
        _ => by_lane(s, width, a, b, |s, a, b| s.builder.ins().imul(a, b)),
    };
    pair::push(s, result);
}

/// Applies a function to the sign-extended lanes of two values; the low bits of its results are the lanes.
fn by_lane(s: &mut Translator, width: u32, a: Pair, b: Pair, f: fn(&mut Translator, Value, Value) -> Value) -> Pair {
    let mut lanes = Vec::with_capacity(16);
    for index in 0..128 / width {
        let (a, b) = (lane(s, a, width, index, Fill::Signed), lane(s, b, width, index, Fill::Signed));
        lanes.push(f(s, a, b));
    }
    combine(s, width, &lanes)
}

/// `i16x8.q15mulr_sat_s`
pub fn q15_multiply(s: &mut Translator) {
    let (a, b) = pair::pop2(s);
    let result = by_lane(s, 16, a, b, |s, a, b| {
        let product = s.builder.ins().imul(a, b);
        let half = bits(s, 0x4000);
        let rounded = s.builder.ins().iadd(product, half);
        let result = s.builder.ins().sshr_imm_u(rounded, 15);
        // Of all products only that of -1 and -1 is out of range, by one.
        let largest = bits(s, 0x7fff);
        let room = s.builder.ins().isub(largest, result);
        let excess = s.builder.ins().sshr_imm_u(room, 63);
        s.builder.ins().iadd(result, excess)
    });
    pair::push(s, result);
}

/// The lanes of one side, widened, as 64-bit values.
fn side_lanes(s: &mut Translator, width: u32, a: Pair, side: Side, fill: Fill) -> Vec<Value> {
    let count = 64 / width;
    let first = if side == Side::Low { 0 } else { count };
    (first..first + count).map(|index| lane(s, a, width, index, fill)).collect()
}

/// `extend_low`, `extend_high`, from lanes of `width` bits.
pub fn extend(s: &mut Translator, width: u32, side: Side, fill: Fill) {
    let a = pair::pop(s);
    let result = emit_extend(s, width, a, side, fill);
    pair::push(s, result);
}

/// The lanes of one side with twice the width.
pub fn emit_extend(s: &mut Translator, width: u32, a: Pair, side: Side, fill: Fill) -> Pair {
    let lanes = side_lanes(s, width, a, side, fill);
    combine(s, 2 * width, &lanes)
}

/// `extmul_low`, `extmul_high`, from lanes of `width` bits.
pub fn extended_multiply(s: &mut Translator, width: u32, side: Side, fill: Fill) {
    let (a, b) = pair::pop2(s);
    let (a, b) = (side_lanes(s, width, a, side, fill), side_lanes(s, width, b, side, fill));
    let products: Vec<Value> = a.into_iter().zip(b).map(|(a, b)| s.builder.ins().imul(a, b)).collect();
    let result = combine(s, 2 * width, &products);
    pair::push(s, result);
}

/// `extadd_pairwise`, from lanes of `width` bits.
pub fn extended_add_pairwise(s: &mut Translator, width: u32, fill: Fill) {
    let a = pair::pop(s);
    let result = emit_extended_add_pairwise(s, width, a, fill);
    pair::push(s, result);
}

/// The sums of adjacent lanes, in lanes of twice the width.
pub fn emit_extended_add_pairwise(s: &mut Translator, width: u32, a: Pair, fill: Fill) -> Pair {
    pair::each(s, a, |s, a| {
        let even = bits(s, repeat(2 * width, (1 << width) - 1));
        let top = bits(s, tops(width));
        // Signed lanes are made unsigned by adding half their range, which is taken back from the sums.
        let a = if fill == Fill::Signed { s.builder.ins().bxor(a, top) } else { a };
        let upper = s.builder.ins().ushr_imm_u(a, i64::from(width));
        let (upper, lower) = (s.builder.ins().band(upper, even), s.builder.ins().band(a, even));
        let sum = s.builder.ins().iadd(upper, lower);
        if fill == Fill::Unsigned {
            return sum;
        }
        let added = bits(s, repeat(2 * width, 1 << width));
        swar::sub(s, 2 * width, sum, added)
    })
}

/// `i32x4.dot_i16x8_s`
pub fn dot(s: &mut Translator) {
    let (a, b) = pair::pop2(s);
    let result = emit_dot(s, 16, a, b);
    pair::push(s, result);
}

/// The sums of adjacent products, signed, in lanes of twice the width.
pub fn emit_dot(s: &mut Translator, width: u32, a: Pair, b: Pair) -> Pair {
    let mut sums = Vec::with_capacity(8);
    for index in (0..128 / width).step_by(2) {
        let [even, odd] = [index, index + 1].map(|index| {
            let (a, b) = (lane(s, a, width, index, Fill::Signed), lane(s, b, width, index, Fill::Signed));
            s.builder.ins().imul(a, b)
        });
        sums.push(s.builder.ins().iadd(even, odd));
    }
    combine(s, 2 * width, &sums)
}

/// `i16x8.relaxed_dot_i8x16_i7x16_s`
pub fn relaxed_dot(s: &mut Translator) {
    let (a, b) = pair::pop2(s);
    let result = emit_dot(s, 8, a, b);
    pair::push(s, result);
}

/// `i32x4.relaxed_dot_i8x16_i7x16_add_s`
pub fn relaxed_dot_add(s: &mut Translator) {
    let c = pair::pop(s);
    let (a, b) = pair::pop2(s);
    let sums = emit_dot(s, 8, a, b);
    let sums = emit_extended_add_pairwise(s, 16, sums, Fill::Signed);
    let result = pair::each2(s, sums, c, |s, a, b| swar::add(s, 32, a, b));
    pair::push(s, result);
}

/// `narrow`, from signed lanes of `width` bits, to lanes that [`Fill`] says the range of.
pub fn narrow(s: &mut Translator, width: u32, range: Fill) {
    let (a, b) = pair::pop2(s);
    let half = width / 2;
    let (least, largest) = match range {
        Fill::Signed => ((1 << width) - (1 << (half - 1)), (1 << (half - 1)) - 1),
        Fill::Unsigned => (0, (1 << half) - 1),
    };
    let parts = [a[0], a[1], b[0], b[1]].map(|part| {
        let (least, largest) = (bits(s, repeat(width, least)), bits(s, repeat(width, largest)));
        let part = swar::pick(s, width, IntCC::SignedGreaterThan, part, least);
        let part = swar::pick(s, width, IntCC::SignedLessThan, part, largest);
        pack(s, width, part)
    });
    let result = [[parts[0], parts[1]], [parts[2], parts[3]]].map(|[low, high]| {
        let high = s.builder.ins().ishl_imm_u(high, 32);
        s.builder.ins().bor(low, high)
    });
    pair::push(s, result);
}

/// The low halves of lanes of `width` bits, in the low 32 bits.
fn pack(s: &mut Translator, width: u32, a: Value) -> Value {
    let mut a = a;
    let mut width = width;
    let mask = bits(s, repeat(width, (1 << (width / 2)) - 1));
    a = s.builder.ins().band(a, mask);
    while width < 64 {
        let moved = s.builder.ins().ushr_imm_u(a, i64::from(width / 2));
        let both = s.builder.ins().bor(a, moved);
        let mask = bits(s, repeat(2 * width, (1 << width) - 1));
        a = s.builder.ins().band(both, mask);
        width *= 2;
    }
    a
}

/// `v128.any_true`
pub fn any_true(s: &mut Translator) {
    let [low, high] = pair::pop(s);
    let any = s.builder.ins().bor(low, high);
    let flag = s.builder.ins().icmp_imm_u(IntCC::NotEqual, any, 0);
    push_flag(s, flag);
}

/// `all_true`
pub fn all_true(s: &mut Translator, width: u32) {
    let a = pair::pop(s);
    let flag = if width == 64 {
        let [low, high] = a.map(|a| s.builder.ins().icmp_imm_u(IntCC::NotEqual, a, 0));
        s.builder.ins().band(low, high)
    } else {
        let [low, high] = pair::each(s, a, |s, a| swar::nonzero(s, width, a));
        let both = s.builder.ins().band(low, high);
        let all = bits(s, tops(width));
        s.builder.ins().icmp(IntCC::Equal, both, all)
    };
    push_flag(s, flag);
}

fn push_flag(s: &mut Translator, flag: Value) {
    let result = s.builder.ins().uextend(I32, flag);
    s.push(result);
}

/// `bitmask`
pub fn bitmask(s: &mut Translator, width: u32) {
    let a = pair::pop(s);
    let count = 64 / width;
    let [low, high] = pair::each(s, a, |s, a| {
        let low = s.builder.ins().ushr_imm_u(a, i64::from(width - 1));
        if width == 64 {
            return low;
        }
        let mask = bits(s, repeat(width, 1));
        let low = s.builder.ins().band(low, mask);
        // Lane i's bit is at i * width. The product has it at 64 - count + i, too, and no two of its terms meet.
        let gather: u64 = (0..count).map(|lane| 1 << (64 - count - lane * (width - 1))).sum();
        let gather = bits(s, gather);
        let product = s.builder.ins().imul(low, gather);
        s.builder.ins().ushr_imm_u(product, i64::from(64 - count))
    });
    let high = s.builder.ins().ishl_imm_u(high, i64::from(count));
    let result = s.builder.ins().bor(low, high);
    let result = s.builder.ins().ireduce(I32, result);
    s.push(result);
}

/// `v128.not`
pub fn not(s: &mut Translator) {
    let a = pair::pop(s);
    let result = pair::each(s, a, |s, a| s.builder.ins().bnot(a));
    pair::push(s, result);
}

/// `v128.and` and its kind.
pub fn bitwise(s: &mut Translator, operation: fn(&mut Translator, Value, Value) -> Value) {
    let (a, b) = pair::pop2(s);
    let result = pair::each2(s, a, b, operation);
    pair::push(s, result);
}

/// `v128.bitselect`
pub fn bitselect(s: &mut Translator) {
    let mask = pair::pop(s);
    let (a, b) = pair::pop2(s);
    let result = [0, 1].map(|half| swar::choose(s, mask[half], a[half], b[half]));
    pair::push(s, result);
}
