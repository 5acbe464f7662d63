//! Loads and stores of whole vectors, of halves that are widened, and of single lanes. Addresses come from
//! [`crate::translate::memory::access`]; nothing here computes one.

use crate::translate::Translator;
use crate::translate::memory::access;
use cranelift_codegen::ir::types::{I8X16, I32};
use cranelift_codegen::ir::{InstBuilder, Opcode, Type};
use wasmparser::MemArg;

/// `v128.load`
pub fn load(s: &mut Translator, memarg: MemArg) {
    let at = access(s, &memarg, 16);
    let result = s.builder.ins().load(I8X16, at.flags, at.address, at.offset);
    s.push(result);
}

/// `v128.store`, in whatever type the vector has.
pub fn store(s: &mut Translator, memarg: MemArg) {
    let vector = s.pop();
    let at = access(s, &memarg, 16);
    if s.cpu().stores_by_lane && !at.flags.notrap() {
        // Nothing may have been written when a store traps, and where any byte does, the last one does.
        s.builder.ins().uload8(I32, at.flags, at.address, at.offset + 15);
    }
    s.builder.ins().store(at.flags, vector, at.address, at.offset);
}

/// `v128.load8x8` and its kind: eight bytes, each lane widened.
pub fn load_extend(s: &mut Translator, memarg: MemArg, opcode: Opcode) {
    let at = access(s, &memarg, 8);
    let ins = s.builder.ins();
    let result = match opcode {
        Opcode::Sload8x8 => ins.sload8x8(at.flags, at.address, at.offset),
        Opcode::Uload8x8 => ins.uload8x8(at.flags, at.address, at.offset),
        Opcode::Sload16x4 => ins.sload16x4(at.flags, at.address, at.offset),
        Opcode::Uload16x4 => ins.uload16x4(at.flags, at.address, at.offset),
        Opcode::Sload32x2 => ins.sload32x2(at.flags, at.address, at.offset),
        _ => ins.uload32x2(at.flags, at.address, at.offset),
    };
    s.push(result);
}

/// `v128.load_splat`: one lane of `ty` in all lanes.
pub fn load_splat(s: &mut Translator, memarg: MemArg, ty: Type) {
    let at = access(s, &memarg, ty.lane_type().bytes());
    let lane = s.builder.ins().load(ty.lane_type(), at.flags, at.address, at.offset);
    let result = s.builder.ins().splat(ty, lane);
    s.push(result);
}

/// `v128.load_zero`: one lane of `ty`, the others zero.
pub fn load_zero(s: &mut Translator, memarg: MemArg, ty: Type) {
    let at = access(s, &memarg, ty.lane_type().bytes());
    let lane = s.builder.ins().load(ty.lane_type(), at.flags, at.address, at.offset);
    let result = s.builder.ins().scalar_to_vector(ty, lane);
    s.push(result);
}

/// `v128.load_lane`: one lane of a vector from memory.
pub fn load_lane(s: &mut Translator, memarg: MemArg, ty: Type, lane: u8) {
    let vector = s.pop_vector(ty);
    let at = access(s, &memarg, ty.lane_type().bytes());
    let value = s.builder.ins().load(ty.lane_type(), at.flags, at.address, at.offset);
    let result = s.builder.ins().insertlane(vector, value, lane);
    s.push(result);
}

/// `v128.store_lane`: one lane of a vector to memory.
pub fn store_lane(s: &mut Translator, memarg: MemArg, ty: Type, lane: u8) {
    let vector = s.pop_vector(ty);
    let at = access(s, &memarg, ty.lane_type().bytes());
    let value = s.builder.ins().extractlane(vector, lane);
    s.builder.ins().store(at.flags, value, at.address, at.offset);
}
