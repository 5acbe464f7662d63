//! `wasmaot_memory_*` and `wasmaot_table_*` for the host. (What compiled code calls is in [`crate::memory`] and
//! [`crate::table`]; `wasmaot_memory_grow` and `wasmaot_table_grow` are the same for both.)

use wasmaot_abi::program::{Memory, Table};

/// `wasmaot_memory_base`
///
/// # Safety
/// The memory must be that of a live instance.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wasmaot_memory_base(memory: *const Memory) -> *mut u8 {
    // SAFETY: the caller vouches.
    unsafe { (*memory).base }
}

/// `wasmaot_memory_size`
///
/// # Safety
/// The memory must be that of a live instance.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wasmaot_memory_size(memory: *const Memory) -> u64 {
    // SAFETY: the caller vouches.
    unsafe { (*memory).bytes }
}

/// `wasmaot_memory_at`
///
/// # Safety
/// The memory must be that of a live instance.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wasmaot_memory_at(memory: *const Memory, offset: u64, length: u64) -> *mut u8 {
    // SAFETY: the caller vouches.
    let memory = unsafe { &*memory };
    // No sum, so nothing can overflow.
    if length > memory.bytes || offset > memory.bytes - length {
        return core::ptr::null_mut();
    }
    memory.base.wrapping_add(offset as usize)
}

/// `wasmaot_table_size`
///
/// # Safety
/// The table must be that of a live instance.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wasmaot_table_size(table: *const Table) -> u64 {
    // SAFETY: the caller vouches.
    unsafe { (*table).len }
}

/// `wasmaot_table_get`
///
/// # Safety
/// The table must be that of a live instance, `element` writable.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wasmaot_table_get(table: *const Table, index: u64, element: *mut u64) -> i32 {
    // SAFETY: the caller vouches; the index is checked.
    unsafe {
        if index >= (*table).len {
            return 0;
        }
        element.write((*table).base.add(index as usize).read());
    }
    1
}

/// `wasmaot_table_set`
///
/// # Safety
/// The table must be that of a live instance, the element of its type.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wasmaot_table_set(table: *mut Table, index: u64, element: u64) -> i32 {
    // SAFETY: the caller vouches; the index is checked.
    unsafe {
        if index >= (*table).len {
            return 0;
        }
        (*table).base.add(index as usize).write(element);
    }
    1
}
