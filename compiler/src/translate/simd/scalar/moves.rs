//! Operators that move lanes of I128 pairs: splat, extract, replace, shuffle, swizzle.

use super::pair::{self, Fill, Pair, as_float, as_integer, bits, clean, combine, narrow_lane, repeat};
use super::swar;
use crate::translate::Translator;
use cranelift_codegen::ir::condcodes::IntCC;
use cranelift_codegen::ir::types::I32;
use cranelift_codegen::ir::{InstBuilder, MemFlagsData, StackSlotData, StackSlotKind, Value};

/// `v128.const`
pub fn constant(s: &mut Translator, bytes: &[u8; 16]) {
    let value = pair::constant(s, bytes);
    s.push(value);
}

/// `splat`, of integers and floats.
pub fn splat(s: &mut Translator, width: u32) {
    let scalar = s.pop();
    let result = emit_splat(s, width, scalar);
    pair::push(s, result);
}

/// A scalar in every lane.
pub fn emit_splat(s: &mut Translator, width: u32, scalar: Value) -> Pair {
    let scalar = as_integer(s, scalar);
    let lane = clean(s, width, scalar);
    let half = match width {
        64 => lane,
        32 => {
            let upper = s.builder.ins().ishl_imm_u(lane, 32);
            s.builder.ins().bor(lane, upper)
        }
        _ => {
            let every = bits(s, repeat(width, 1));
            s.builder.ins().imul(lane, every)
        }
    };
    [half, half]
}

/// `extract_lane` of integers. Lanes narrower than 32 bits are extended as `fill` says.
pub fn extract(s: &mut Translator, width: u32, index: u8, fill: Fill) {
    let a = pair::pop(s);
    let lane = narrow_lane(s, a, width, index.into());
    let result = match (width, fill) {
        (32 | 64, _) => lane,
        (_, Fill::Signed) => s.builder.ins().sextend(I32, lane),
        (_, Fill::Unsigned) => s.builder.ins().uextend(I32, lane),
    };
    s.push(result);
}

/// `extract_lane` of floats.
pub fn extract_float(s: &mut Translator, width: u32, index: u8) {
    let a = pair::pop(s);
    let lane = narrow_lane(s, a, width, index.into());
    let result = as_float(s, lane);
    s.push(result);
}

/// `replace_lane`, of integers and floats.
pub fn replace(s: &mut Translator, width: u32, index: u8) {
    let scalar = s.pop();
    let a = pair::pop(s);
    let result = emit_replace(s, width, a, index, scalar);
    pair::push(s, result);
}

/// A value with one lane replaced.
pub fn emit_replace(s: &mut Translator, width: u32, a: Pair, index: u8, scalar: Value) -> Pair {
    let scalar = as_integer(s, scalar);
    let lane = clean(s, width, scalar);
    let at = u32::from(index) * width;
    let (half, at) = ((at / 64) as usize, at % 64);
    let mut result = a;
    result[half] = if width == 64 {
        lane
    } else {
        let others = bits(s, !(((1 << width) - 1) << at));
        let others = s.builder.ins().band(a[half], others);
        let lane = s.builder.ins().ishl_imm_u(lane, i64::from(at));
        s.builder.ins().bor(others, lane)
    };
    result
}

/// `i8x16.shuffle`. The bytes of a half of the result that come from the same half, moved by the same distance, are moved
/// together.
pub fn shuffle(s: &mut Translator, lanes: [u8; 16]) {
    let (a, b) = pair::pop2(s);
    let sources = [a[0], a[1], b[0], b[1]];
    let result = [0, 1].map(|half| {
        // Source half, distance to the left in bits, and the bytes of the result.
        let mut moves: Vec<(u8, i64, u64)> = Vec::with_capacity(8);
        for (at, lane) in lanes[8 * half..8 * half + 8].iter().enumerate() {
            let (source, distance) = (lane / 8, 8 * (at as i64 - i64::from(lane % 8)));
            let byte = 0xff << (8 * at);
            match moves.iter_mut().find(|(s, d, _)| (*s, *d) == (source, distance)) {
                Some((_, _, mask)) => *mask |= byte,
                None => moves.push((source, distance, byte)),
            }
        }
        let mut result = None;
        for (source, distance, mask) in moves {
            let source = sources[usize::from(source)];
            let moved = match distance {
                0 => source,
                left @ 1.. => s.builder.ins().ishl_imm_u(source, left),
                right => s.builder.ins().ushr_imm_u(source, -right),
            };
            let reached = if distance >= 0 { u64::MAX << distance } else { u64::MAX >> -distance };
            let part = if mask == reached {
                moved
            } else {
                let mask = bits(s, mask);
                s.builder.ins().band(moved, mask)
            };
            result = Some(match result {
                None => part,
                Some(result) => s.builder.ins().bor(result, part),
            });
        }
        result.expect("a half has bytes")
    });
    pair::push(s, result);
}

/// `i8x16.swizzle`: bytes by index, from a copy in the frame; zero where the index is above 15.
pub fn swizzle(s: &mut Translator) {
    let (a, indices) = pair::pop2(s);
    let slot = s.builder.create_sized_stack_slot(StackSlotData::new(StackSlotKind::ExplicitSlot, 16, 3));
    let table = s.builder.ins().stack_addr(crate::env::POINTER, slot, 0);
    let flags = MemFlagsData::trusted();
    s.builder.ins().store(flags, a[0], table, 0);
    s.builder.ins().store(flags, a[1], table, 8);
    let low = bits(s, repeat(8, 15));
    let within = pair::each(s, indices, |s, indices| s.builder.ins().band(indices, low));
    let mut bytes = Vec::with_capacity(16);
    for index in 0..16 {
        let index = pair::lane(s, within, 8, index, Fill::Unsigned);
        let address = s.builder.ins().iadd(table, index);
        bytes.push(s.builder.ins().uload8(crate::env::POINTER, MemFlagsData::trusted(), address, 0));
    }
    let bytes = combine(s, 8, &bytes);
    let result = pair::each2(s, bytes, indices, |s, bytes, indices| {
        let valid = swar::compare(s, 8, IntCC::UnsignedLessThanOrEqual, indices, low);
        s.builder.ins().band(bytes, valid)
    });
    pair::push(s, result);
}
