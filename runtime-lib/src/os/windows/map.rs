//! Address space: reserving and committing pages.

use super::Errno;
use super::sys::{
    MEM_COMMIT, MEM_DECOMMIT, MEM_RELEASE, MEM_RESERVE, PAGE_GUARD, PAGE_NOACCESS, PAGE_READONLY, PAGE_READWRITE,
    Region, SetThreadStackGuarantee, VirtualAlloc, VirtualFree, VirtualProtect, VirtualQuery,
};
use core::ptr::null_mut;
use wasmaot_abi::program::STACK_GUARD;

/// Address space or memory could not be had.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Failure;

const ENOMEM: Errno = Errno(12);

/// Room that is left for the system to find the handler of a stack overflow, which has a stack of its own.
const HANDLER_STACK: u32 = 0x4000;

fn answer(address: *mut u8) -> Result<*mut u8, Errno> {
    if address.is_null() { Err(ENOMEM) } else { Ok(address) }
}

/// Inaccessible address space of `len` bytes exactly at `address`, replacing nothing; or, if that is 0, anywhere.
pub fn reserve(address: usize, len: usize) -> Result<*mut u8, Errno> {
    // SAFETY: a new reservation replaces nothing.
    answer(unsafe { VirtualAlloc(address as *mut u8, len, MEM_RESERVE, PAGE_NOACCESS) })
}

/// Bytes of memory and swap space that the system has; not asked here, since reserving more costs nothing on Windows.
pub fn system_memory() -> Option<u64> {
    None
}

/// Zeroed readable and writable pages.
pub fn allocate(len: usize) -> Result<*mut u8, Errno> {
    // SAFETY: as in `reserve`.
    answer(unsafe { VirtualAlloc(null_mut(), len, MEM_RESERVE | MEM_COMMIT, PAGE_READWRITE) })
}

/// The stack that this thread runs on, of which the lowest 64 KiB of `len` bytes are not: there the system has guards of its
/// own, and no page that moves could be had elsewhere. It is the linker that makes it as large as the program asks.
pub fn allocate_stack(len: usize) -> Result<*mut u8, Errno> {
    let stack = crate::arch::thread_stack();
    let mut guarantee = HANDLER_STACK;
    // SAFETY: the system reads and writes the number.
    unsafe { SetThreadStackGuarantee(&mut guarantee) };
    let low = stack.end.checked_sub(len).filter(|low| *low + STACK_GUARD as usize >= stack.start);
    low.map(|low| low as *mut u8).ok_or(ENOMEM)
}

/// Makes the lowest pages of this thread's stack that are committed its guard again.
pub fn renew_stack() {
    let stack = crate::arch::thread_stack();
    let (mut at, mut old) = (stack.start, 0);
    let mut region = Region::default();
    // SAFETY: the system writes the structure; the pages are far below those in use, as the stack was exhausted.
    unsafe {
        while at < stack.end && VirtualQuery(at as *mut u8, &mut region, size_of::<Region>()) != 0 {
            if region.state == MEM_COMMIT {
                let len = HANDLER_STACK as usize + 0x1000;
                VirtualProtect(at as *mut u8, len, PAGE_READWRITE | PAGE_GUARD, &mut old);
                return;
            }
            at = region.base + region.len;
        }
    }
}

/// Gives pages back.
///
/// # Safety
/// `address` must be what [`reserve`] or [`allocate`] answered; nobody may use the pages any more.
pub unsafe fn unmap(address: *mut u8, _len: usize) -> Result<(), Errno> {
    // SAFETY: the caller vouches.
    done(unsafe { VirtualFree(address, 0, MEM_RELEASE) })
}

/// Gives the pages behind the first `kept` bytes back; bytes of address space that are left: all, since the system takes back
/// only what it gave at once.
///
/// # Safety
/// `address..address + len` must be what [`reserve`] answered; nobody may use those pages any more.
#[cfg(not(wasmaot_standalone))]
pub unsafe fn unmap_behind(address: *mut u8, kept: usize, len: usize) -> usize {
    // SAFETY: the caller vouches.
    unsafe { VirtualFree(address.add(kept), len - kept, MEM_DECOMMIT) };
    len
}

fn done(result: i32) -> Result<(), Errno> {
    if result == 0 { Err(ENOMEM) } else { Ok(()) }
}

/// Makes pages readable and writable; the first touch of each finds zeroes.
///
/// # Safety
/// The pages must belong to a reservation of the caller.
pub unsafe fn commit(address: *mut u8, len: usize) -> Result<(), Errno> {
    // SAFETY: the caller vouches.
    answer(unsafe { VirtualAlloc(address, len, MEM_COMMIT, PAGE_READWRITE) }).map(drop)
}

/// Makes pages inaccessible.
///
/// # Safety
/// Nobody may rely on their content.
pub unsafe fn forbid(address: *mut u8, len: usize) -> Result<(), Errno> {
    let (stack, start) = (crate::arch::thread_stack(), address as usize);
    if start < stack.end && start + len >= stack.start {
        // See allocate_stack().
        return Ok(());
    }
    // SAFETY: the caller vouches.
    done(unsafe { VirtualFree(address, len, MEM_DECOMMIT) })
}

/// Makes pages read-only.
///
/// # Safety
/// Nobody may write to them any more.
pub unsafe fn protect_read(address: *mut u8, len: usize) -> Result<(), Errno> {
    let mut old = 0;
    // SAFETY: the caller vouches.
    done(unsafe { VirtualProtect(address, len, PAGE_READONLY, &mut old) })
}

/// Pages cannot be moved here; images are copied.
///
/// # Safety
/// None needed.
pub unsafe fn move_to(_source: *mut u8, _len: usize, _destination: *mut u8) -> Result<(), Errno> {
    Err(Errno::ENOSYS)
}

/// Changes the length of pages from [`allocate`], moving them.
///
/// # Safety
/// `address..address + old` must be such pages; nobody may use the old address on success.
pub unsafe fn resize(address: *mut u8, old: usize, new: usize) -> Result<*mut u8, Errno> {
    let moved = allocate(new)?;
    // SAFETY: two ranges, each at least as long as what is copied; the caller vouches for the old one.
    unsafe {
        core::ptr::copy_nonoverlapping(address, moved, old.min(new));
        let _ = unmap(address, old);
    }
    Ok(moved)
}
