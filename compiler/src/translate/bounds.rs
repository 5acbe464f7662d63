//! Wasm address -> native address. Called by [`super::memory`] (and SIMD through it). Invariant: no other file adds to
//! a memory's base.
//!
//! Two kinds of memory ([`MemoryLocation::checked`]):
//! - *Unchecked*: the index has 32 bits, the static offset has 32 bits, and the reservation holds
//!   [`wasmaot_abi::program::RESERVE_32`] bytes from the base: 4 GiB + 4 GiB + 64 KiB. The largest address is
//!   base + (2^32 - 1) + (2^32 - 1) + 16 - 1, so every access ends inside the reservation, and what is beyond the
//!   memory's length faults. The sum is formed in 64 bits from a zero-extended index and cannot wrap.
//! - *Checked* (memory64, pages smaller than the system's): `index + offset + size <= length` is compared first, with a
//!   sum that traps when it wraps. Only then is the address formed; it cannot wrap since it is inside the memory.

use super::Translator;
use super::state::Region;
use super::trap;
use crate::env::POINTER;
use crate::layout::{Base, MemoryLocation};
use cranelift_codegen::ir::condcodes::IntCC;
use cranelift_codegen::ir::{self, InstBuilder, MemFlagsData, Value};
use wasmaot_abi::program::offset as field;
use wasmaot_abi::trap::TrapKind;
use wasmparser::MemArg;

/// A native address: `address + offset` may be accessed with `flags`.
#[derive(Clone, Copy, Debug)]
pub struct Access {
    /// Native pointer.
    pub address: Value,
    /// To add to it.
    pub offset: i32,
    /// Flags of the load or store.
    pub flags: MemFlagsData,
}

/// The address of `size` bytes at `index` plus the static offset of `memarg`. `index` is the operand: i32 or i64.
pub fn access(s: &mut Translator<'_, '_>, memarg: &MemArg, index: Value, size: u32) -> Access {
    let memory = location(s, memarg.memory);
    let index = s.widen(index);
    let region = s.region(Region::Heap);
    let flags = MemFlagsData::new().with_endianness(ir::Endianness::Little).with_alias_region(Some(region));
    if memory.checked {
        check(s, &memory, index, memarg.offset, size);
        let (address, offset) = address(s, &memory, index, memarg.offset);
        // The check decides, so the access itself cannot trap.
        return Access { address, offset, flags: flags.with_notrap() };
    }
    debug_assert!(memarg.offset <= u64::from(u32::MAX), "validated: offsets of 32-bit memories");
    let (address, offset) = address(s, &memory, index, memarg.offset);
    let flags = flags.with_trap_code(Some(ir::TrapCode::HEAP_OUT_OF_BOUNDS));
    Access { address, offset, flags }
}

/// Traps unless `index + offset + size` is at most the memory's length.
fn check(s: &mut Translator<'_, '_>, memory: &MemoryLocation, index: Value, offset: u64, size: u32) {
    let kind = TrapKind::MemoryOutOfBounds;
    let Some(end) = offset.checked_add(size.into()) else {
        // No index fits.
        let always = s.builder.ins().iconst(ir::types::I8, 1);
        trap::if_true(s, always, kind);
        return;
    };
    let length = length(s, memory);
    let beyond = if end <= memory.minimum {
        // The length never shrinks below the minimum: the difference cannot wrap.
        let last = s.constant64(end);
        let last = s.builder.ins().isub(length, last);
        s.builder.ins().icmp(IntCC::UnsignedGreaterThan, index, last)
    } else {
        let end = s.constant64(end);
        let end = if memory.index64 {
            trap::add(s, index, end, kind)
        } else if offset <= u64::from(u32::MAX) {
            // 2^32 - 1 + 2^32 - 1 + 16 does not wrap.
            s.builder.ins().iadd(index, end)
        } else {
            trap::add(s, index, end, kind)
        };
        s.builder.ins().icmp(IntCC::UnsignedGreaterThan, end, length)
    };
    trap::if_true(s, beyond, kind);
}

/// `base + index + offset`, as an address and what a load's immediate holds. Accesses at several offsets share the address.
fn address(s: &mut Translator<'_, '_>, memory: &MemoryLocation, index: Value, offset: u64) -> (Value, i32) {
    match memory.base {
        Base::Constant(base) => {
            let base = s.constant64(base);
            let address = s.builder.ins().iadd(index, base);
            add_offset(s, address, offset)
        }
        Base::Loaded => {
            let descriptor = s.descriptor_address(memory.descriptor);
            let flags = s.trusted(Region::Tables).with_readonly().with_can_move();
            let base = s.builder.ins().load(POINTER, flags, descriptor, field::MEMORY_BASE);
            let address = s.builder.ins().iadd(base, index);
            add_offset(s, address, offset)
        }
        // The base is so far behind the instance; the sum of that and an offset inside the memory, or of 32 bits, does
        // not wrap.
        Base::Behind(distance) => {
            let instance = s.instance().expect("a memory behind a block, so the handle model");
            let address = s.builder.ins().iadd(instance, index);
            add_offset(s, address, offset.wrapping_add(distance as u64))
        }
    }
}

/// Splits a static offset into what fits a load's immediate and what must be added.
fn add_offset(s: &mut Translator<'_, '_>, address: Value, offset: u64) -> (Value, i32) {
    // Room for the constant base, which is folded into the same immediate.
    match i32::try_from(offset) {
        Ok(offset) if offset < i32::MAX - 0x10_0000 => (address, offset),
        _ => {
            let offset = s.constant64(offset);
            (s.builder.ins().iadd(address, offset), 0)
        }
    }
}

/// The native pointer that one of memory 0 means, for debuggers: null stays null.
pub fn native(s: &mut Translator<'_, '_>, pointer: Value) -> Value {
    let memory = location(s, 0);
    let offset = s.widen(pointer);
    let (address, rest) = address(s, &memory, offset, 0);
    let address = s.builder.ins().iadd_imm_s(address, i64::from(rest));
    s.builder.ins().select(offset, address, offset)
}

/// The native address of so many bytes at an offset in memory 0; where that ends outside of the memory, one that can be
/// read, too.
pub fn readable(s: &mut Translator<'_, '_>, offset: Value, bytes: u32) -> Value {
    let memory = location(s, 0);
    let offset = s.widen(offset);
    let (address, rest) = address(s, &memory, offset, 0);
    debug_assert_eq!(rest, 0);
    let end = s.builder.ins().iadd_imm_s(offset, i64::from(bytes));
    let length = length(s, &memory);
    let is_inside = s.builder.ins().icmp(IntCC::UnsignedLessThanOrEqual, end, length);
    let descriptor = s.descriptor_address(memory.descriptor);
    s.builder.ins().select(is_inside, address, descriptor)
}

/// The memory's current length in bytes.
pub fn length(s: &mut Translator<'_, '_>, memory: &MemoryLocation) -> Value {
    let descriptor = s.descriptor_address(memory.descriptor);
    let flags = s.trusted(Region::Tables);
    s.builder.ins().load(ir::types::I64, flags, descriptor, field::MEMORY_BYTES)
}

/// What a memory index means. Validation has made sure that there is such a memory.
pub fn location(s: &Translator<'_, '_>, memory: u32) -> MemoryLocation {
    s.env.layout.memories[memory as usize]
}
