//! Address space: reserving, committing and moving pages.

use super::{Errno, answer, syscall};
use crate::arch::number;

/// Address space or memory could not be had.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Failure;

const PROT_NONE: usize = 0;
const PROT_READ: usize = 1;
const PROT_WRITE: usize = 2;
const MAP_PRIVATE: usize = 0x2;
const MAP_ANONYMOUS: usize = 0x20;
const MAP_NORESERVE: usize = 0x4000;
const MAP_STACK: usize = 0x2_0000;
const MAP_FIXED_NOREPLACE: usize = 0x10_0000;
const MREMAP_MAYMOVE: usize = 1;
const MREMAP_FIXED: usize = 2;

/// For ThreadSanitizer, which does not see these calls: addresses that one thread gives back, another may get. The kernel is
/// the lock.
#[cfg(wasmaot_library)]
static ADDRESSES: [u8; 8] = [0; 8];

/// Inaccessible address space of `len` bytes exactly at `address`, replacing nothing; or, if that is 0, anywhere.
pub fn reserve(address: usize, len: usize) -> Result<*mut u8, Errno> {
    let exact = if address != 0 { MAP_FIXED_NOREPLACE } else { 0 };
    let got = map(address, len, PROT_NONE, MAP_NORESERVE | exact)?;
    if address == 0 || got as usize == address {
        return Ok(got);
    }
    // Kernels before 4.17 take the address as a hint only.
    // SAFETY: the pages were mapped just now and nobody knows them.
    let _ = unsafe { unmap(got, len) };
    Err(Errno::EEXIST)
}

/// Zeroed readable and writable pages.
pub fn allocate(len: usize) -> Result<*mut u8, Errno> {
    map(0, len, PROT_READ | PROT_WRITE, 0)
}

/// Pages for a stack of `len` bytes; never huge ones, never counted before they are touched.
pub fn allocate_stack(len: usize) -> Result<*mut u8, Errno> {
    map(0, len, PROT_READ | PROT_WRITE, MAP_NORESERVE | MAP_STACK)
}

/// Bytes of memory and swap space that the system has; `None` if it does not say.
pub fn system_memory() -> Option<u64> {
    // struct sysinfo: words 4 and 8 are memory and swap space, in the unit that the lower half of word 13 is.
    let mut info = [0u64; 14];
    // SAFETY: the kernel writes its 112-byte structure.
    answer(unsafe { syscall(number::SYSINFO, [info.as_mut_ptr() as usize, 0, 0, 0, 0, 0]) }).ok()?;
    let [.., unit] = info;
    info[4].checked_add(info[8])?.checked_mul(u64::from(unit as u32))
}

fn map(address: usize, len: usize, protection: usize, flags: usize) -> Result<*mut u8, Errno> {
    let flags = MAP_PRIVATE | MAP_ANONYMOUS | flags;
    // SAFETY: without MAP_FIXED a new mapping replaces nothing.
    let result = unsafe { syscall(number::MMAP, [address, len, protection, flags, usize::MAX, 0]) };
    #[cfg(wasmaot_library)]
    crate::arch::lock_taken(ADDRESSES.as_ptr());
    answer(result).map(|address| address as *mut u8)
}

/// Gives pages back.
///
/// # Safety
/// Nobody may use them any more.
pub unsafe fn unmap(address: *mut u8, len: usize) -> Result<(), Errno> {
    #[cfg(wasmaot_library)]
    crate::arch::lock_ends(ADDRESSES.as_ptr());
    // SAFETY: the caller vouches.
    answer(unsafe { syscall(number::MUNMAP, [address as usize, len, 0, 0, 0, 0]) }).map(drop)
}

/// Gives the pages behind the first `kept` bytes back; bytes of address space that are left.
///
/// # Safety
/// `address..address + len` must be what [`reserve`] answered; nobody may use those pages any more.
#[cfg(not(wasmaot_standalone))]
pub unsafe fn unmap_behind(address: *mut u8, kept: usize, len: usize) -> usize {
    // SAFETY: the caller vouches.
    let unmapped = unsafe { unmap(address.add(kept), len - kept) };
    if unmapped.is_ok() { kept } else { len }
}

/// Makes pages readable and writable; the first touch of each finds zeroes.
///
/// # Safety
/// The pages must belong to a reservation of the caller.
pub unsafe fn commit(address: *mut u8, len: usize) -> Result<(), Errno> {
    // SAFETY: the caller vouches.
    unsafe { protect(address, len, PROT_READ | PROT_WRITE) }
}

/// Makes pages inaccessible.
///
/// # Safety
/// Nobody may rely on their content.
pub unsafe fn forbid(address: *mut u8, len: usize) -> Result<(), Errno> {
    // SAFETY: the caller vouches.
    unsafe { protect(address, len, PROT_NONE) }
}

/// Makes pages read-only.
///
/// # Safety
/// Nobody may write to them any more.
pub unsafe fn protect_read(address: *mut u8, len: usize) -> Result<(), Errno> {
    // SAFETY: the caller vouches.
    unsafe { protect(address, len, PROT_READ) }
}

unsafe fn protect(address: *mut u8, len: usize, protection: usize) -> Result<(), Errno> {
    // SAFETY: the caller vouches.
    answer(unsafe { syscall(number::MPROTECT, [address as usize, len, protection, 0, 0, 0]) }).map(drop)
}

/// Moves pages to an address without copying; what was there is gone, and so are the pages at `source`.
///
/// # Safety
/// Both ranges must be the caller's, page-aligned, and not overlap.
pub unsafe fn move_to(source: *mut u8, len: usize, destination: *mut u8) -> Result<(), Errno> {
    let flags = MREMAP_MAYMOVE | MREMAP_FIXED;
    // SAFETY: the caller vouches.
    let result = unsafe { syscall(number::MREMAP, [source as usize, len, len, flags, destination as usize, 0]) };
    answer(result).map(drop)
}

/// Changes the length of pages from [`allocate`], moving them if they must.
///
/// # Safety
/// `address..address + old` must be such pages; nobody may use the old address on success.
pub unsafe fn resize(address: *mut u8, old: usize, new: usize) -> Result<*mut u8, Errno> {
    // SAFETY: the caller vouches.
    let result = unsafe { syscall(number::MREMAP, [address as usize, old, new, MREMAP_MAYMOVE, 0, 0]) };
    answer(result).map(|address| address as *mut u8)
}
