//! Loads and stores of I128 pairs. One address is computed for a whole access, by [`crate::translate::memory::access`].
//!
//! A store of 16 bytes is two, the upper half first: what is beyond a memory's end is above what is inside, so if the
//! access traps, the first store does, and nothing has been written.

use super::integer::{Side, emit_extend};
use super::moves;
use super::pair::{self, Fill, bits, lane_type, narrow_lane};
use crate::translate::Translator;
use crate::translate::memory::access;
use cranelift_codegen::ir::InstBuilder;
use cranelift_codegen::ir::types::I64;
use wasmparser::MemArg;

/// `v128.load`
pub fn load(s: &mut Translator, memarg: MemArg) {
    let at = access(s, &memarg, 16);
    let low = s.builder.ins().load(I64, at.flags, at.address, at.offset);
    let high = s.builder.ins().load(I64, at.flags, at.address, at.offset + 8);
    pair::push(s, [low, high]);
}

/// `v128.store`
pub fn store(s: &mut Translator, memarg: MemArg) {
    let [low, high] = pair::pop(s);
    let at = access(s, &memarg, 16);
    s.builder.ins().store(at.flags, high, at.address, at.offset + 8);
    s.builder.ins().store(at.flags, low, at.address, at.offset);
}

/// `v128.load8x8` and its kind: eight bytes, lanes of `width` bits widened.
pub fn load_extend(s: &mut Translator, memarg: MemArg, width: u32, fill: Fill) {
    let at = access(s, &memarg, 8);
    let half = s.builder.ins().load(I64, at.flags, at.address, at.offset);
    let result = emit_extend(s, width, [half, half], Side::Low, fill);
    pair::push(s, result);
}

/// `v128.load_splat`
pub fn load_splat(s: &mut Translator, memarg: MemArg, width: u32) {
    let lane = load_scalar(s, memarg, width);
    let result = moves::emit_splat(s, width, lane);
    pair::push(s, result);
}

/// `v128.load_zero`
pub fn load_zero(s: &mut Translator, memarg: MemArg, width: u32) {
    let lane = load_scalar(s, memarg, width);
    let low = pair::widen(s, lane, Fill::Unsigned);
    let high = bits(s, 0);
    pair::push(s, [low, high]);
}

/// `v128.load_lane`
pub fn load_lane(s: &mut Translator, memarg: MemArg, width: u32, index: u8) {
    let vector = pair::pop(s);
    let lane = load_scalar(s, memarg, width);
    let result = moves::emit_replace(s, width, vector, index, lane);
    pair::push(s, result);
}

/// `v128.store_lane`
pub fn store_lane(s: &mut Translator, memarg: MemArg, width: u32, index: u8) {
    let vector = pair::pop(s);
    let lane = narrow_lane(s, vector, width, index.into());
    let at = access(s, &memarg, width / 8);
    s.builder.ins().store(at.flags, lane, at.address, at.offset);
}

fn load_scalar(s: &mut Translator, memarg: MemArg, width: u32) -> cranelift_codegen::ir::Value {
    let at = access(s, &memarg, width / 8);
    s.builder.ins().load(lane_type(width), at.flags, at.address, at.offset)
}
