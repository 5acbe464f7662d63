//! Address space: reserving, committing and releasing pages.

use super::{Errno, done, last_error, sys};

/// Address space or memory could not be had.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Failure;

const PROT_NONE: i32 = 0;
const PROT_READ: i32 = 1;
const PROT_WRITE: i32 = 2;
const MAP_PRIVATE: i32 = 0x2;
const MAP_NORESERVE: i32 = 0x40;
const MAP_ANON: i32 = 0x1000;

/// Inaccessible address space of `len` bytes, anywhere: an exact address cannot be asked for.
pub fn reserve(address: usize, len: usize) -> Result<*mut u8, Errno> {
    if address != 0 {
        return Err(Errno::EEXIST);
    }
    map(len, PROT_NONE, MAP_NORESERVE)
}

/// Bytes of memory and swap space that the system has; not asked here, since reserving more costs nothing on macOS.
pub fn system_memory() -> Option<u64> {
    None
}

/// Zeroed readable and writable pages.
pub fn allocate(len: usize) -> Result<*mut u8, Errno> {
    map(len, PROT_READ | PROT_WRITE, 0)
}

/// Pages for a stack of `len` bytes.
pub fn allocate_stack(len: usize) -> Result<*mut u8, Errno> {
    map(len, PROT_READ | PROT_WRITE, MAP_NORESERVE)
}

fn map(len: usize, protection: i32, flags: i32) -> Result<*mut u8, Errno> {
    let flags = MAP_PRIVATE | MAP_ANON | flags;
    // SAFETY: without MAP_FIXED a new mapping replaces nothing.
    let got = unsafe { sys::mmap(core::ptr::null_mut(), len, protection, flags, -1, 0) };
    if got as isize == -1 { Err(last_error()) } else { Ok(got) }
}

/// Gives pages back.
///
/// # Safety
/// Nobody may use them any more.
pub unsafe fn unmap(address: *mut u8, len: usize) -> Result<(), Errno> {
    // SAFETY: the caller vouches.
    done(unsafe { sys::munmap(address, len) })
}

/// Makes pages readable and writable; the first touch of each finds zeroes.
///
/// # Safety
/// The pages must belong to a reservation of the caller.
pub unsafe fn commit(address: *mut u8, len: usize) -> Result<(), Errno> {
    // SAFETY: the caller vouches.
    done(unsafe { sys::mprotect(address, len, PROT_READ | PROT_WRITE) })
}

/// Makes pages inaccessible.
///
/// # Safety
/// Nobody may rely on their content.
pub unsafe fn forbid(address: *mut u8, len: usize) -> Result<(), Errno> {
    // SAFETY: the caller vouches.
    done(unsafe { sys::mprotect(address, len, PROT_NONE) })
}

/// Makes pages read-only.
///
/// # Safety
/// Nobody may write to them any more.
pub unsafe fn protect_read(address: *mut u8, len: usize) -> Result<(), Errno> {
    // SAFETY: the caller vouches.
    done(unsafe { sys::mprotect(address, len, PROT_READ) })
}

/// Pages cannot be moved here: always an error, so that the caller copies.
///
/// # Safety
/// None needed.
pub unsafe fn move_to(_source: *mut u8, _len: usize, _destination: *mut u8) -> Result<(), Errno> {
    Err(Errno::ENOSYS)
}

/// Changes the length of pages from [`allocate`] by copying them.
///
/// # Safety
/// `address..address + old` must be such pages; nobody may use the old address on success.
pub unsafe fn resize(address: *mut u8, old: usize, new: usize) -> Result<*mut u8, Errno> {
    let moved = allocate(new)?;
    // SAFETY: both are ours, and apart.
    unsafe {
        core::ptr::copy_nonoverlapping(address, moved, old.min(new));
        unmap(address, old)?;
    }
    Ok(moved)
}
