//! Table operators, and the addresses of elements.

use super::Translator;
use super::memory::{empty_segment, push_index};
use super::state::Region;
use super::trap;
use crate::env::POINTER;
use crate::error::{Error, Result};
use crate::layout::TableLocation;
use crate::symbols::DataId;
use cranelift_codegen::ir::condcodes::IntCC;
use cranelift_codegen::ir::{InstBuilder, Value, types};
use wasmaot_abi::builtin::Builtin;
use wasmaot_abi::program::offset as field;
use wasmaot_abi::trap::TrapKind;

/// Bytes of an element, as log2: a reference, or an `abi::ConstantElement`.
const ELEMENT_LOG2: i64 = 3;

/// `table.get`
pub fn get(s: &mut Translator<'_, '_>, table: u32) -> Result<()> {
    let index = s.pop();
    let address = element(s, table, index, TrapKind::TableOutOfBounds)?;
    let flags = s.trusted(Region::Tables);
    let value = s.builder.ins().load(POINTER, flags, address, 0);
    s.push(value);
    Ok(())
}

/// `table.set`
pub fn set(s: &mut Translator<'_, '_>, table: u32) -> Result<()> {
    let (index, value) = s.pop2();
    let address = element(s, table, index, TrapKind::TableOutOfBounds)?;
    let flags = s.trusted(Region::Tables);
    s.builder.ins().store(flags, value, address, 0);
    Ok(())
}

/// Address of an element; traps with `kind` if there is none of this index.
pub fn element(s: &mut Translator<'_, '_>, table: u32, index: Value, kind: TrapKind) -> Result<Value> {
    let location = location(s, table)?;
    let index = s.widen(index);
    let length = length(s, location);
    let inside = s.builder.ins().icmp(IntCC::UnsignedLessThan, index, length);
    trap::if_zero(s, inside, kind);
    let base = match location {
        TableLocation::Constant { elements, .. } | TableLocation::Fixed { elements, .. } => s.data_address(elements),
        TableLocation::Growable { descriptor, .. } => {
            let descriptor = s.descriptor_address(descriptor);
            let flags = s.trusted(Region::Tables).with_readonly().with_can_move();
            s.builder.ins().load(POINTER, flags, descriptor, field::TABLE_BASE)
        }
    };
    // index < length <= 2^24 elements, or what the file holds: the shift cannot wrap.
    let offset = s.builder.ins().ishl_imm_u(index, ELEMENT_LOG2);
    Ok(s.builder.ins().iadd(base, offset))
}

/// Current length in elements.
fn length(s: &mut Translator<'_, '_>, table: TableLocation) -> Value {
    match table {
        TableLocation::Constant { len, .. } | TableLocation::Fixed { len, .. } => s.constant64(len),
        TableLocation::Growable { descriptor, .. } => {
            let descriptor = s.descriptor_address(descriptor);
            let flags = s.trusted(Region::Tables);
            s.builder.ins().load(types::I64, flags, descriptor, field::TABLE_LEN)
        }
    }
}

/// `table.size`
pub fn size(s: &mut Translator<'_, '_>, table: u32) -> Result<()> {
    let table = location(s, table)?;
    let length = length(s, table);
    push_index(s, length, table.index64());
    Ok(())
}

/// `table.grow`
pub fn grow(s: &mut Translator<'_, '_>, table: u32) -> Result<()> {
    let table = location(s, table)?;
    let (value, delta) = s.pop2();
    let delta = s.widen(delta);
    let descriptor = descriptor(s, table)?;
    let old = s.call_builtin(Builtin::TableGrow, &[descriptor, value, delta]).expect("table.grow has a result");
    push_index(s, old, table.index64());
    Ok(())
}

/// `table.fill`
pub fn fill(s: &mut Translator<'_, '_>, table: u32) -> Result<()> {
    let table = location(s, table)?;
    let (to, value, len) = s.pop3();
    let (to, len) = (s.widen(to), s.widen(len));
    let descriptor = descriptor(s, table)?;
    s.call_builtin(Builtin::TableFill, &[descriptor, to, value, len]);
    Ok(())
}

/// `table.copy`
pub fn copy(s: &mut Translator<'_, '_>, to_table: u32, from_table: u32) -> Result<()> {
    let (to_table, from_table) = (location(s, to_table)?, location(s, from_table)?);
    let (to, from, len) = s.pop3();
    let (to, from, len) = (s.widen(to), s.widen(from), s.widen(len));
    let (to_table, from_table) = (descriptor(s, to_table)?, descriptor(s, from_table)?);
    s.call_builtin(Builtin::TableCopy, &[to_table, to, from_table, from, len]);
    Ok(())
}

/// `table.init`
pub fn init(s: &mut Translator<'_, '_>, segment: u32, table: u32) -> Result<()> {
    let (table, segment) = (location(s, table)?, segment_at(s, segment)?);
    let (to, from, len) = s.pop3();
    let (to, from, len) = (s.widen(to), s.widen(from), s.widen(len));
    let table = descriptor(s, table)?;
    let segment = s.data_address(segment);
    s.call_builtin(Builtin::TableInit, &[table, segment, to, from, len]);
    Ok(())
}

/// `elem.drop`
pub fn drop_segment(s: &mut Translator<'_, '_>, segment: u32) -> Result<()> {
    let segment = segment_at(s, segment)?;
    empty_segment(s, segment);
    Ok(())
}

/// Address of a table's descriptor.
pub fn descriptor(s: &mut Translator<'_, '_>, table: TableLocation) -> Result<Value> {
    match table.descriptor() {
        Some(descriptor) => Ok(s.descriptor_address(descriptor)),
        None => Err(Error::internal("a constant table is changed")),
    }
}

/// What a table index means.
pub fn location(s: &Translator<'_, '_>, table: u32) -> Result<TableLocation> {
    let location = s.env.layout.tables.get(table as usize).copied();
    location.ok_or_else(|| Error::internal(format!("no table {table}")))
}

fn segment_at(s: &Translator<'_, '_>, segment: u32) -> Result<DataId> {
    let id = s.env.layout.element_segments.get(segment as usize).copied().flatten();
    id.ok_or_else(|| Error::internal(format!("no element segment {segment}")))
}
