//! Waiting for descriptors. Windows has no one call for pipes, consoles and sockets together: they are asked in turn, with
//! short sleeps between, which become longer.

use super::handles::{self, Kind};
use super::net::{self, SocketPoll};
use super::sys;
use super::{Errno, clock};
use core::ptr::null_mut;

pub use crate::os::ready::*;

/// The peer of a stream socket will write no more.
pub const POLLRDHUP: i16 = 0x2000;

const SHORTEST: u64 = 100_000;
const LONGEST: u64 = 5_000_000;

/// Waits until a descriptor is ready, at most this many nanoseconds (`None`: for ever); the number that are ready.
pub fn poll(fds: &mut [PollFd], timeout: Option<u64>) -> Result<usize, Errno> {
    let begin = clock::now(clock::Clock::Monotonic)?;
    let mut pause = SHORTEST;
    loop {
        let mut ready = 0;
        for fd in fds.iter_mut() {
            fd.revents = if fd.fd < 0 { 0 } else { events(fd) };
            ready += usize::from(fd.revents != 0);
        }
        let gone = clock::now(clock::Clock::Monotonic)?.saturating_sub(begin);
        let left = timeout.map_or(u64::MAX, |timeout| timeout.saturating_sub(gone));
        if ready > 0 || left == 0 {
            return Ok(ready);
        }
        // Without descriptors only the time can end it.
        let part = if fds.iter().all(|fd| fd.fd < 0) { left } else { left.min(pause) };
        pause = (pause * 2).min(LONGEST);
        let interval = -((part.div_ceil(100)).min(i64::MAX as u64) as i64);
        // SAFETY: the system reads the number.
        unsafe { sys::NtDelayExecution(0, &interval) };
    }
}

/// What has come for a descriptor.
fn events(fd: &PollFd) -> i16 {
    let Ok((handle, kind, kept)) =
        handles::with(fd.fd, |slot| Ok((slot.handle, slot.kind, slot.position < slot.buffer.len())))
    else {
        return POLLNVAL;
    };
    let both = fd.events & (POLLIN | POLLOUT);
    match kind {
        Kind::File | Kind::Folder | Kind::Place => both,
        Kind::Socket => {
            // The library's own numbers.
            const READ: i16 = 0x100;
            const WRITE: i16 = 0x10;
            let wanted =
                if fd.events & POLLIN != 0 { READ } else { 0 } | if fd.events & POLLOUT != 0 { WRITE } else { 0 };
            let mut asked = [SocketPoll { socket: handle as usize, events: wanted, revents: 0 }];
            if net::poll(&mut asked).is_err() {
                return POLLERR;
            }
            let came = asked[0].revents;
            let hangup = if came & 2 != 0 { POLLHUP | (fd.events & POLLIN) } else { 0 };
            let has = |bits: i16, event: i16| if came & bits != 0 { event } else { 0 };
            has(READ, POLLIN) | has(WRITE, POLLOUT) | has(1, POLLERR) | has(4, POLLNVAL) | hangup
        }
        Kind::Console => {
            // Keys and mice are both events; a program that reads then waits for a line.
            let mut count = 0;
            // SAFETY: the system writes the number.
            let some = kept || unsafe { sys::GetNumberOfConsoleInputEvents(handle, &mut count) } != 0 && count > 0;
            fd.events & POLLOUT | if some { fd.events & POLLIN } else { 0 }
        }
        Kind::Stream => {
            // SAFETY: touches no memory.
            if unsafe { sys::GetFileType(handle) } != sys::FILE_TYPE_PIPE {
                return both;
            }
            let input = match pipe_bytes(handle) {
                _ if fd.events & POLLIN == 0 => 0,
                Ok(0) => 0,
                Ok(_) => POLLIN,
                // To look into the writing end is refused.
                Err(Errno(13)) => 0,
                Err(_) => POLLHUP,
            };
            input | fd.events & POLLOUT
        }
    }
}

fn pipe_bytes(handle: sys::Handle) -> Result<usize, Errno> {
    let mut available = 0;
    // SAFETY: the system writes the number.
    let done = unsafe { sys::PeekNamedPipe(handle, null_mut(), 0, null_mut(), &mut available, null_mut()) };
    if done == 0 { Err(super::status::last()) } else { Ok(available as usize) }
}

/// Bytes that can be read from a descriptor now: of a pipe, socket, or regular file from its position on.
pub fn readable_bytes(fd: i32) -> Result<usize, Errno> {
    let (handle, kind, kept) =
        handles::with(fd, |slot| Ok((slot.handle, slot.kind, slot.buffer.len().saturating_sub(slot.position))))?;
    match kind {
        Kind::Socket => net::readable_bytes(handle as usize),
        Kind::File => {
            let position = super::fs::lseek(fd, 0, 1)?;
            Ok(super::fs::fstat(fd)?.size.saturating_sub(position) as usize)
        }
        Kind::Stream => pipe_bytes(handle),
        Kind::Console => Ok(kept),
        Kind::Folder | Kind::Place => Err(super::fs::EBADF),
    }
}
