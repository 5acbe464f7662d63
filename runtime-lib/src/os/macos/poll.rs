//! Waiting for descriptors.

use super::{Errno, answer, done, sys};

/// Reading will not block.
pub const POLLIN: i16 = 1;
/// Writing will not block.
pub const POLLOUT: i16 = 4;
/// An error is pending; always reported.
pub const POLLERR: i16 = 8;
/// The other end is closed; always reported.
pub const POLLHUP: i16 = 0x10;
/// Not an open descriptor; always reported.
pub const POLLNVAL: i16 = 0x20;
/// The peer of a stream socket will write no more: the system has no bit for it.
pub const POLLRDHUP: i16 = 0;

/// A descriptor to wait for (the system's `pollfd`).
#[repr(C)]
#[derive(Clone, Copy, Debug, Default)]
pub struct PollFd {
    /// Descriptor; negative ones are skipped.
    pub fd: i32,
    /// What to wait for, `POLL*` bits.
    pub events: i16,
    /// What has come, `POLL*` bits.
    pub revents: i16,
}

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
