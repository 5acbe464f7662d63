//! Tables: room for those that can grow, and the bulk instructions.
//!
//! Elements are 8 bytes and opaque here. Compiled code reads `base` and `len` of [`Table`] itself. Invariant: `len`
//! elements at `base` are accessible, and `base` never changes after instantiation.

use crate::instance::Failure;
use crate::os::map;
use crate::{mem, trap};
use wasmaot_abi::program::{Segment, TABLE_RESERVE, Table};
use wasmaot_abi::trap::TrapKind;

const UNIT: usize = 0x1_0000;
const ELEMENT: usize = 8;

/// Elements that a table can ever have.
fn capacity(table: &Table) -> u64 {
    table.maximum.min(TABLE_RESERVE.max(table.initial))
}

/// Bytes of this many elements, as they are committed.
fn committed(len: u64) -> Option<usize> {
    Some(usize::try_from(len).ok()?.checked_mul(ELEMENT)?.checked_add(UNIT - 1)? & !(UNIT - 1))
}

/// Reserves a growable table's room and fills it with null.
pub fn instantiate(table: &mut Table) -> Result<(), Failure> {
    if table.initial > table.maximum {
        return Err(Failure::Malformed);
    }
    let reserve = committed(capacity(table)).ok_or(Failure::AddressSpace)?.max(UNIT);
    let initial = committed(table.initial).ok_or(Failure::AddressSpace)?;
    let base = map::reserve(0, reserve).map_err(|_| Failure::AddressSpace)?;
    // From now on it can be released.
    table.base = base.cast();
    if initial != 0 {
        // SAFETY: the pages were reserved just now, and there are enough.
        unsafe { map::commit(base, initial) }.map_err(|_| Failure::Commit)?;
    }
    table.len = table.initial;
    Ok(())
}

/// Gives a growable table's room back; nothing if it never got any.
///
/// # Safety
/// Nobody may use the table any more.
pub unsafe fn release(table: &mut Table) {
    if let (false, Some(reserve)) = (table.base.is_null(), committed(capacity(table))) {
        // SAFETY: instantiate() reserved exactly this; the caller vouches for the rest.
        let _ = unsafe { map::unmap(table.base.cast(), reserve.max(UNIT)) };
    }
    (table.base, table.len) = (core::ptr::null_mut(), 0);
}

fn grow(table: &mut Table, element: u64, delta: u64) -> Option<u64> {
    let old = table.len;
    let new = old.checked_add(delta).filter(|&new| new <= capacity(table))?;
    let (from, to) = (committed(old)?, committed(new)?);
    if to > from {
        // SAFETY: instantiate reserved `capacity` elements; nobody has used these pages.
        unsafe { map::commit(table.base.cast::<u8>().add(from), to - from) }.ok()?;
    }
    // SAFETY: old..new is accessible now.
    unsafe { set(table.base.add(old as usize), element, delta as usize) };
    table.len = new;
    Some(old)
}

/// # Safety
/// `len` elements at `place` must be writable.
unsafe fn set(place: *mut u64, element: u64, len: usize) {
    if element == 0 {
        // SAFETY: the caller vouches.
        unsafe { mem::fill(place.cast(), 0, len * ELEMENT) };
        return;
    }
    for index in 0..len {
        // SAFETY: the caller vouches.
        unsafe { place.add(index).write(element) };
    }
}

/// The address of element `index`, if `len` elements from there lie within the first `bound`; or a trap.
#[inline(always)]
fn span_or_trap(base: *mut u64, bound: u64, index: u64, len: u64) -> *mut u64 {
    // No sum, so nothing can overflow.
    if len > bound || index > bound - len {
        trap::raise(TrapKind::TableOutOfBounds);
    }
    base.wrapping_add(index as usize)
}

/// Builtin `TableGrow`: old size in elements, or -1.
///
/// # Safety
/// `table` must be an instantiated growable table.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wasmaot_table_grow(table: *mut Table, element: u64, delta: u64) -> u64 {
    // SAFETY: the caller vouches; compiled code keeps no reference across the call.
    grow(unsafe { &mut *table }, element, delta).unwrap_or(u64::MAX)
}

/// Builtin `TableFill`.
///
/// # Safety
/// `table` must be an instantiated table.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wasmaot_table_fill(table: *const Table, index: u64, element: u64, len: u64) {
    // SAFETY: the caller vouches; the span is checked.
    unsafe { set(span_or_trap((*table).base, (*table).len, index, len), element, len as usize) }
}

/// Builtin `TableCopy`.
///
/// # Safety
/// Both must be instantiated tables.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wasmaot_table_copy(
    to: *const Table,
    to_index: u64,
    from: *const Table,
    from_index: u64,
    len: u64,
) {
    // SAFETY: the caller vouches; the spans are checked, so `len` elements are no more bytes than there are.
    unsafe {
        let source = span_or_trap((*from).base, (*from).len, from_index, len);
        let place = span_or_trap((*to).base, (*to).len, to_index, len);
        mem::copy(place.cast(), source.cast(), len as usize * ELEMENT);
    }
}

/// Builtin `TableInit`.
///
/// # Safety
/// `table` must be an instantiated table, `segment` an element segment.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wasmaot_table_init(
    table: *const Table,
    segment: *const Segment,
    to_index: u64,
    from_index: u64,
    len: u64,
) {
    // SAFETY: the caller vouches; the spans are checked.
    unsafe {
        let source = span_or_trap((*segment).base.cast_mut().cast(), (*segment).len, from_index, len);
        let place = span_or_trap((*table).base, (*table).len, to_index, len);
        mem::copy(place.cast(), source.cast(), len as usize * ELEMENT);
    }
}
