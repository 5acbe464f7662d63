//! Operations on all integer lanes of a 64-bit half at once, without carries from lane to lane. Lanes of 64 bits take the
//! plain instruction.
//!
//! A *flag* is a half with only top bits of lanes set, where a condition holds; [`fill`] makes the mask of it.

use super::pair::{bits, repeat, tops};
use crate::translate::Translator;
use cranelift_codegen::ir::condcodes::IntCC;
use cranelift_codegen::ir::types::I64;
use cranelift_codegen::ir::{InstBuilder, Value};

/// Sum.
pub fn add(s: &mut Translator, width: u32, a: Value, b: Value) -> Value {
    if width == 64 {
        return s.builder.ins().iadd(a, b);
    }
    let low = bits(s, !tops(width));
    let top = bits(s, tops(width));
    let (rest_a, rest_b) = (s.builder.ins().band(a, low), s.builder.ins().band(b, low));
    let sum = s.builder.ins().iadd(rest_a, rest_b);
    let tops = s.builder.ins().bxor(a, b);
    let tops = s.builder.ins().band(tops, top);
    s.builder.ins().bxor(sum, tops)
}

/// Difference.
pub fn sub(s: &mut Translator, width: u32, a: Value, b: Value) -> Value {
    if width == 64 {
        return s.builder.ins().isub(a, b);
    }
    let difference = guarded_difference(s, width, a, b);
    let top = bits(s, tops(width));
    let differ = s.builder.ins().bxor(a, b);
    let same = s.builder.ins().bnot(differ);
    let same = s.builder.ins().band(same, top);
    s.builder.ins().bxor(difference, same)
}

/// `(a with top bits) - (b without)`: top bits tell where the rest of `a` is not below the rest of `b`.
fn guarded_difference(s: &mut Translator, width: u32, a: Value, b: Value) -> Value {
    let top = bits(s, tops(width));
    let low = bits(s, !tops(width));
    let a = s.builder.ins().bor(a, top);
    let b = s.builder.ins().band(b, low);
    s.builder.ins().isub(a, b)
}

/// Negation.
pub fn neg(s: &mut Translator, width: u32, a: Value) -> Value {
    let zero = bits(s, 0);
    sub(s, width, zero, a)
}

/// Absolute value.
pub fn abs(s: &mut Translator, width: u32, a: Value) -> Value {
    if width == 64 {
        return s.builder.ins().iabs(a);
    }
    let top = bits(s, tops(width));
    let negative = s.builder.ins().band(a, top);
    let mask = fill(s, width, negative);
    let flipped = s.builder.ins().bxor(a, mask);
    let one = s.builder.ins().ushr_imm_u(negative, i64::from(width - 1));
    add(s, width, flipped, one)
}

/// The mask of a flag: all bits of the lanes whose top bit is set.
pub fn fill(s: &mut Translator, width: u32, flag: Value) -> Value {
    let one = s.builder.ins().ushr_imm_u(flag, i64::from(width - 1));
    let rest = s.builder.ins().isub(flag, one);
    s.builder.ins().bor(flag, rest)
}

/// Flag: lanes that are not zero.
pub fn nonzero(s: &mut Translator, width: u32, a: Value) -> Value {
    let low = bits(s, !tops(width));
    let top = bits(s, tops(width));
    let rest = s.builder.ins().band(a, low);
    let carried = s.builder.ins().iadd(rest, low);
    let any = s.builder.ins().bor(carried, a);
    s.builder.ins().band(any, top)
}

/// Flag: lanes of `a` that are below those of `b`.
fn below(s: &mut Translator, width: u32, signed: bool, a: Value, b: Value) -> Value {
    let difference = guarded_difference(s, width, a, b);
    let top = bits(s, tops(width));
    // Where the top bits are the same the rest decides, else they do.
    let differ = s.builder.ins().bxor(a, b);
    let (by_rest, decides) = (s.builder.ins().bor(differ, difference), if signed { (a, b) } else { (b, a) });
    let by_rest = s.builder.ins().bnot(by_rest);
    let by_top = s.builder.ins().band_not(decides.0, decides.1);
    let either = s.builder.ins().bor(by_rest, by_top);
    s.builder.ins().band(either, top)
}

/// Comparison: the mask of the lanes where it holds.
pub fn compare(s: &mut Translator, width: u32, condition: IntCC, a: Value, b: Value) -> Value {
    use IntCC::*;
    if width == 64 {
        let holds = s.builder.ins().icmp(condition, a, b);
        return s.builder.ins().bmask(I64, holds);
    }
    let (flag, holds) = match condition {
        Equal | NotEqual => {
            let differ = s.builder.ins().bxor(a, b);
            (nonzero(s, width, differ), condition == NotEqual)
        }
        SignedLessThan | SignedGreaterThanOrEqual => (below(s, width, true, a, b), condition == SignedLessThan),
        SignedGreaterThan | SignedLessThanOrEqual => (below(s, width, true, b, a), condition == SignedGreaterThan),
        UnsignedLessThan | UnsignedGreaterThanOrEqual => (below(s, width, false, a, b), condition == UnsignedLessThan),
        UnsignedGreaterThan | UnsignedLessThanOrEqual => {
            (below(s, width, false, b, a), condition == UnsignedGreaterThan)
        }
    };
    let mask = fill(s, width, flag);
    if holds { mask } else { s.builder.ins().bnot(mask) }
}

/// `mask ? a : b`, bit by bit.
pub fn choose(s: &mut Translator, mask: Value, a: Value, b: Value) -> Value {
    let differ = s.builder.ins().bxor(a, b);
    let taken = s.builder.ins().band(differ, mask);
    s.builder.ins().bxor(taken, b)
}

/// The smaller or larger lanes: `a` where the condition holds.
pub fn pick(s: &mut Translator, width: u32, condition: IntCC, a: Value, b: Value) -> Value {
    let mask = compare(s, width, condition, a, b);
    choose(s, mask, a, b)
}

/// `avgr_u`: the mean, rounded up.
pub fn average(s: &mut Translator, width: u32, a: Value, b: Value) -> Value {
    let either = s.builder.ins().bor(a, b);
    let differ = s.builder.ins().bxor(a, b);
    let half = s.builder.ins().ushr_imm_u(differ, 1);
    let low = bits(s, !tops(width));
    let half = s.builder.ins().band(half, low);
    // No lane of the first is below that of the second.
    s.builder.ins().isub(either, half)
}

/// `add_sat_u`
pub fn add_saturate_unsigned(s: &mut Translator, width: u32, a: Value, b: Value) -> Value {
    let sum = add(s, width, a, b);
    let (both, either) = (s.builder.ins().band(a, b), s.builder.ins().bor(a, b));
    let carried = s.builder.ins().band_not(either, sum);
    let carried = s.builder.ins().bor(carried, both);
    let top = bits(s, tops(width));
    let carried = s.builder.ins().band(carried, top);
    let mask = fill(s, width, carried);
    s.builder.ins().bor(sum, mask)
}

/// `sub_sat_u`
pub fn sub_saturate_unsigned(s: &mut Translator, width: u32, a: Value, b: Value) -> Value {
    let difference = sub(s, width, a, b);
    let borrowed = below(s, width, false, a, b);
    let mask = fill(s, width, borrowed);
    s.builder.ins().band_not(difference, mask)
}

/// `add_sat_s`
pub fn add_saturate_signed(s: &mut Translator, width: u32, a: Value, b: Value) -> Value {
    let sum = add(s, width, a, b);
    let changed = s.builder.ins().bxor(a, sum);
    let differ = s.builder.ins().bxor(a, b);
    let overflow = s.builder.ins().band_not(changed, differ);
    saturate(s, width, overflow, a, sum)
}

/// `sub_sat_s`
pub fn sub_saturate_signed(s: &mut Translator, width: u32, a: Value, b: Value) -> Value {
    let difference = sub(s, width, a, b);
    let changed = s.builder.ins().bxor(a, difference);
    let differ = s.builder.ins().bxor(a, b);
    let overflow = s.builder.ins().band(changed, differ);
    saturate(s, width, overflow, a, difference)
}

/// The limit on the side of `a` where the top bit of `overflow` is set, else `result`.
fn saturate(s: &mut Translator, width: u32, overflow: Value, a: Value, result: Value) -> Value {
    let top = bits(s, tops(width));
    let overflow = s.builder.ins().band(overflow, top);
    let mask = fill(s, width, overflow);
    let negative = s.builder.ins().band(a, top);
    let one = s.builder.ins().ushr_imm_u(negative, i64::from(width - 1));
    let largest = bits(s, !tops(width));
    let limit = s.builder.ins().iadd(largest, one);
    choose(s, mask, limit, result)
}

/// Number of bits in each byte.
pub fn count_bits(s: &mut Translator, a: Value) -> Value {
    let masks = [0x55, 0x33, 0x0f].map(|lane| bits(s, repeat(8, lane)));
    let odd = s.builder.ins().ushr_imm_u(a, 1);
    let odd = s.builder.ins().band(odd, masks[0]);
    let twos = s.builder.ins().isub(a, odd);
    let upper = s.builder.ins().ushr_imm_u(twos, 2);
    let (upper, lower) = (s.builder.ins().band(upper, masks[1]), s.builder.ins().band(twos, masks[1]));
    let fours = s.builder.ins().iadd(upper, lower);
    let upper = s.builder.ins().ushr_imm_u(fours, 4);
    let eights = s.builder.ins().iadd(fours, upper);
    s.builder.ins().band(eights, masks[2])
}

/// What shifts by the same amount share: the amount, and the bits that a shift to the left makes zero.
#[derive(Clone, Copy, Debug)]
pub struct Amount {
    width: u32,
    count: Value,
    emptied: Option<Value>,
}

impl Amount {
    /// The operand (i32), modulo the lane width.
    pub fn new(s: &mut Translator, width: u32, count: Value) -> Amount {
        let count = s.widen(count);
        let count = s.builder.ins().band_imm_u(count, i64::from(width - 1));
        if width == 64 {
            return Amount { width, count, emptied: None };
        }
        let one = bits(s, 1);
        let limit = s.builder.ins().ishl(one, count);
        let emptied = s.builder.ins().isub(limit, one);
        let every = bits(s, repeat(width, 1));
        let emptied = s.builder.ins().imul(emptied, every);
        Amount { width, count, emptied: Some(emptied) }
    }
}

/// `shl`
pub fn shift_left(s: &mut Translator, amount: Amount, a: Value) -> Value {
    let shifted = s.builder.ins().ishl(a, amount.count);
    match amount.emptied {
        Some(emptied) => s.builder.ins().band_not(shifted, emptied),
        None => shifted,
    }
}

/// `shr_u`
pub fn shift_right_unsigned(s: &mut Translator, amount: Amount, a: Value) -> Value {
    let kept = match amount.emptied {
        Some(emptied) => s.builder.ins().band_not(a, emptied),
        None => a,
    };
    s.builder.ins().ushr(kept, amount.count)
}

/// `shr_s`
pub fn shift_right_signed(s: &mut Translator, amount: Amount, a: Value) -> Value {
    if amount.width == 64 {
        return s.builder.ins().sshr(a, amount.count);
    }
    let shifted = shift_right_unsigned(s, amount, a);
    let all = bits(s, u64::MAX);
    let reached = shift_right_unsigned(s, amount, all);
    let top = bits(s, tops(amount.width));
    let negative = s.builder.ins().band(a, top);
    let mask = fill(s, amount.width, negative);
    let signs = s.builder.ins().band_not(mask, reached);
    s.builder.ins().bor(shifted, signs)
}
