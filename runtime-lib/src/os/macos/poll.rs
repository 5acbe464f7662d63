//! Waiting for descriptors.

use super::{Errno, answer, done, sys};

pub use crate::os::ready::*;

/// The peer of a stream socket will write no more: the system has no bit for it.
pub const POLLRDHUP: i16 = 0;

/// Waits until a descriptor is ready, at most this many nanoseconds, rounded up to milliseconds (`None`: for ever); the
/// number that are ready. EINTR is for the caller.
pub fn poll(fds: &mut [PollFd], timeout: Option<u64>) -> Result<usize, Errno> {
    let milliseconds = timeout.map_or(-1, |timeout| i32::try_from(timeout.div_ceil(1_000_000)).unwrap_or(i32::MAX));
    // SAFETY: the system reads and writes the slice only.
    answer(unsafe { sys::poll(fds.as_mut_ptr(), fds.len() as u32, milliseconds) } as isize)
}

/// Bytes that can be read from a descriptor now: of a pipe, socket, terminal, or regular file from its offset on.
pub fn readable_bytes(fd: i32) -> Result<usize, Errno> {
    const FIONREAD: u64 = 0x4004_667f;
    let mut count = 0i32;
    // SAFETY: the system writes the four bytes.
    done(unsafe { sys::ioctl(fd, FIONREAD, &raw mut count) })?;
    Ok(count.max(0) as usize)
}
