//! Waiting for descriptors.

use super::clock::Timespec;
use super::{Errno, answer, syscall};
use crate::arch::number_host as number;

pub use crate::os::ready::*;

/// The peer of a stream socket will write no more.
pub const POLLRDHUP: i16 = 0x2000;

/// Waits until a descriptor is ready, at most this many nanoseconds (`None`: for ever); the number that are ready.
/// EINTR is for the caller.
pub fn poll(fds: &mut [PollFd], timeout: Option<u64>) -> Result<usize, Errno> {
    let mut timeout = timeout.map(Timespec::from_nanoseconds);
    let timeout = timeout.as_mut().map_or(core::ptr::null_mut(), |timeout| timeout as *mut Timespec);
    let args = [fds.as_mut_ptr() as usize, fds.len(), timeout as usize, 0, 0, 0];
    // SAFETY: the kernel reads and writes the slice and the time only.
    answer(unsafe { syscall(number::PPOLL, args) })
}

/// Bytes that can be read from a descriptor now: of a pipe, socket, terminal, or regular file from its offset on.
pub fn readable_bytes(fd: i32) -> Result<usize, Errno> {
    const FIONREAD: usize = 0x541B;
    let mut count = 0i32;
    // SAFETY: the kernel writes the four bytes.
    answer(unsafe { syscall(number::IOCTL, [fd as usize, FIONREAD, &raw mut count as usize, 0, 0, 0]) })?;
    Ok(count.max(0) as usize)
}
