//! Memory operators: loads, stores, and the bulk operators, which are runtime functions.

use super::Translator;
pub use super::bounds::Access;
use super::bounds::{self, location};
use super::state::Region;
use crate::error::{Error, Result};
use crate::symbols::DataId;
use cranelift_codegen::ir::{InstBuilder, Type, Value, types};
use wasmaot_abi::builtin::Builtin;
use wasmaot_abi::program::offset as field;
use wasmparser::{MemArg, Operator};

/// Loads and stores of numbers. `false` if the operator is none of them.
pub fn translate(s: &mut Translator<'_, '_>, operator: &Operator<'_>) -> Result<bool> {
    use Fill::{Signed, Unsigned};
    use Operator::*;
    match operator {
        I32Load { memarg } => load(s, memarg, types::I32)?,
        I64Load { memarg } => load(s, memarg, types::I64)?,
        F32Load { memarg } => load(s, memarg, types::F32)?,
        F64Load { memarg } => load(s, memarg, types::F64)?,
        I32Load8S { memarg } => load_extend(s, memarg, types::I32, 1, Signed)?,
        I32Load8U { memarg } => load_extend(s, memarg, types::I32, 1, Unsigned)?,
        I32Load16S { memarg } => load_extend(s, memarg, types::I32, 2, Signed)?,
        I32Load16U { memarg } => load_extend(s, memarg, types::I32, 2, Unsigned)?,
        I64Load8S { memarg } => load_extend(s, memarg, types::I64, 1, Signed)?,
        I64Load8U { memarg } => load_extend(s, memarg, types::I64, 1, Unsigned)?,
        I64Load16S { memarg } => load_extend(s, memarg, types::I64, 2, Signed)?,
        I64Load16U { memarg } => load_extend(s, memarg, types::I64, 2, Unsigned)?,
        I64Load32S { memarg } => load_extend(s, memarg, types::I64, 4, Signed)?,
        I64Load32U { memarg } => load_extend(s, memarg, types::I64, 4, Unsigned)?,
        I32Store { memarg } | F32Store { memarg } => store(s, memarg, 4)?,
        I64Store { memarg } | F64Store { memarg } => store(s, memarg, 8)?,
        I32Store8 { memarg } | I64Store8 { memarg } => store_narrow(s, memarg, 1)?,
        I32Store16 { memarg } | I64Store16 { memarg } => store_narrow(s, memarg, 2)?,
        I64Store32 { memarg } => store_narrow(s, memarg, 4)?,
        _ => return Ok(false),
    }
    Ok(true)
}

/// Pops an address and checks an access of `size` bytes there.
pub fn access(s: &mut Translator<'_, '_>, memarg: &MemArg, size: u32) -> Access {
    let index = s.pop();
    bounds::access(s, memarg, index, size)
}

/// A load of a whole value.
pub fn load(s: &mut Translator<'_, '_>, memarg: &MemArg, ty: Type) -> Result<()> {
    let at = access(s, memarg, ty.bytes());
    let value = s.builder.ins().load(ty, at.flags, at.address, at.offset);
    s.push(value);
    Ok(())
}

/// How a narrow value fills a wide one.
#[derive(Clone, Copy)]
enum Fill {
    Signed,
    Unsigned,
}

fn load_extend(s: &mut Translator<'_, '_>, memarg: &MemArg, ty: Type, size: u32, fill: Fill) -> Result<()> {
    let at = access(s, memarg, size);
    let ins = s.builder.ins();
    let value = match (size, fill) {
        (1, Fill::Signed) => ins.sload8(ty, at.flags, at.address, at.offset),
        (1, Fill::Unsigned) => ins.uload8(ty, at.flags, at.address, at.offset),
        (2, Fill::Signed) => ins.sload16(ty, at.flags, at.address, at.offset),
        (2, Fill::Unsigned) => ins.uload16(ty, at.flags, at.address, at.offset),
        (_, Fill::Signed) => ins.sload32(at.flags, at.address, at.offset),
        (_, Fill::Unsigned) => ins.uload32(at.flags, at.address, at.offset),
    };
    s.push(value);
    Ok(())
}

/// A store of a whole value of `size` bytes.
pub fn store(s: &mut Translator<'_, '_>, memarg: &MemArg, size: u32) -> Result<()> {
    let value = s.pop();
    let at = access(s, memarg, size);
    s.builder.ins().store(at.flags, value, at.address, at.offset);
    Ok(())
}

fn store_narrow(s: &mut Translator<'_, '_>, memarg: &MemArg, size: u32) -> Result<()> {
    let value = s.pop();
    let at = access(s, memarg, size);
    let ins = s.builder.ins();
    match size {
        1 => ins.istore8(at.flags, value, at.address, at.offset),
        2 => ins.istore16(at.flags, value, at.address, at.offset),
        _ => ins.istore32(at.flags, value, at.address, at.offset),
    };
    Ok(())
}

/// `memory.size`
pub fn size(s: &mut Translator<'_, '_>, memory: u32) -> Result<()> {
    let memory = location(s, memory);
    let bytes = bounds::length(s, &memory);
    let pages = s.builder.ins().ushr_imm_u(bytes, i64::from(memory.page_log2));
    push_index(s, pages, memory.index64);
    Ok(())
}

/// `memory.grow`
pub fn grow(s: &mut Translator<'_, '_>, memory: u32) -> Result<()> {
    let memory = location(s, memory);
    let delta = s.pop();
    let delta = s.widen(delta);
    let descriptor = s.descriptor_address(memory.descriptor);
    let old = s.call_builtin(Builtin::MemoryGrow, &[descriptor, delta]).expect("memory.grow has a result");
    push_index(s, old, memory.index64);
    Ok(())
}

/// `memory.fill`
pub fn fill(s: &mut Translator<'_, '_>, memory: u32) -> Result<()> {
    let memory = location(s, memory);
    let (to, value, len) = s.pop3();
    let (to, len) = (s.widen(to), s.widen(len));
    let descriptor = s.descriptor_address(memory.descriptor);
    s.call_builtin(Builtin::MemoryFill, &[descriptor, to, value, len]);
    Ok(())
}

/// `memory.copy`
pub fn copy(s: &mut Translator<'_, '_>, to_memory: u32, from_memory: u32) -> Result<()> {
    let (to_memory, from_memory) = (location(s, to_memory), location(s, from_memory));
    let (to, from, len) = s.pop3();
    let (to, from, len) = (s.widen(to), s.widen(from), s.widen(len));
    let to_memory = s.descriptor_address(to_memory.descriptor);
    let from_memory = s.descriptor_address(from_memory.descriptor);
    s.call_builtin(Builtin::MemoryCopy, &[to_memory, to, from_memory, from, len]);
    Ok(())
}

/// `memory.init`
pub fn init(s: &mut Translator<'_, '_>, segment: u32, memory: u32) -> Result<()> {
    let (memory, segment) = (location(s, memory), segment_at(s, segment)?);
    let (to, from, len) = s.pop3();
    let (to, from, len) = (s.widen(to), s.widen(from), s.widen(len));
    let memory = s.descriptor_address(memory.descriptor);
    let segment = s.data_address(segment);
    s.call_builtin(Builtin::MemoryInit, &[memory, segment, to, from, len]);
    Ok(())
}

/// `data.drop`
pub fn drop_segment(s: &mut Translator<'_, '_>, segment: u32) -> Result<()> {
    let segment = segment_at(s, segment)?;
    empty_segment(s, segment);
    Ok(())
}

/// Sets a segment's length to 0.
pub fn empty_segment(s: &mut Translator<'_, '_>, segment: DataId) {
    let address = s.data_address(segment);
    let zero = s.constant64(0);
    let flags = s.trusted(Region::Tables);
    s.builder.ins().store(flags, zero, address, field::SEGMENT_LEN);
}

fn segment_at(s: &Translator<'_, '_>, segment: u32) -> Result<DataId> {
    let id = s.env.layout.data_segments.get(segment as usize).copied().flatten();
    id.ok_or_else(|| Error::internal(format!("no data segment {segment}")))
}

/// Pushes a 64-bit number as the index type of a memory or table.
pub fn push_index(s: &mut Translator<'_, '_>, value: Value, index64: bool) {
    let value = if index64 { value } else { s.builder.ins().ireduce(types::I32, value) };
    s.push(value);
}

/// Address of a memory's descriptor.
pub fn descriptor(s: &mut Translator<'_, '_>, memory: u32) -> Result<Value> {
    let memory = location(s, memory);
    Ok(s.descriptor_address(memory.descriptor))
}
