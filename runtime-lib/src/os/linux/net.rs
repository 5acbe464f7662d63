//! Stream sockets.

use wasmaot_abi::grant_text::Address;

use super::fs::{self, IoVec};
use super::{Errno, answer, syscall};
use crate::arch::number_host as number;

const AF_INET: u16 = 2;
const AF_INET6: u16 = 10;
const SOCK_STREAM: usize = 1;
const SOCK_NONBLOCK: usize = 0o4000;
const SOCK_CLOEXEC: usize = 0o2000000;
const SOL_SOCKET: usize = 1;
const SO_REUSEADDR: usize = 2;
/// The kernel cuts it to its own limit.
const BACKLOG: usize = 4096;

/// [`receive`]: leave the bytes there.
pub const MSG_PEEK: u32 = 2;
/// [`receive`]: wait until the buffers are full.
pub const MSG_WAITALL: u32 = 0x100;
/// Answer of [`receive`]: there was more in the datagram than fits.
pub const MSG_TRUNC: u32 = 0x20;
const MSG_NOSIGNAL: u32 = 0x4000;

/// The kernel's `msghdr`.
#[repr(C)]
struct Message {
    name: usize,
    name_len: u32,
    iov: *const IoVec,
    iov_len: usize,
    control: usize,
    control_len: usize,
    flags: u32,
}

/// Makes a socket that listens on the address.
pub fn listen(address: &Address) -> Result<i32, Errno> {
    // sockaddr_in: family, port, address; sockaddr_in6: family, port, flow information, address, scope.
    let family = if address.v6 { AF_INET6 } else { AF_INET };
    let ([f0, f1], [p0, p1]) = (family.to_ne_bytes(), address.port.to_be_bytes());
    let mut name = [0u8; 28];
    let (head, ip) = name.split_at_mut(if address.v6 { 8 } else { 4 });
    let head_bytes = [f0, f1, p0, p1];
    head.iter_mut().zip(head_bytes).for_each(|(to, from)| *to = from);
    ip.iter_mut().zip(address.ip).for_each(|(to, from)| *to = from);
    let len = if address.v6 { 28 } else { 16 };
    let on = 1i32;
    // SAFETY: the kernel reads the option and the name, which live here.
    unsafe {
        let fd = answer(syscall(number::SOCKET, [usize::from(family), SOCK_STREAM | SOCK_CLOEXEC, 0, 0, 0, 0]))?;
        let option = [fd, SOL_SOCKET, SO_REUSEADDR, &raw const on as usize, size_of::<i32>(), 0];
        let result = answer(syscall(number::SETSOCKOPT, option))
            .and_then(|_| answer(syscall(number::BIND, [fd, name.as_ptr() as usize, len, 0, 0, 0])))
            .and_then(|_| answer(syscall(number::LISTEN, [fd, BACKLOG, 0, 0, 0, 0])));
        match result {
            Ok(_) => Ok(fd as i32),
            Err(error) => {
                fs::close(fd as i32);
                Err(error)
            }
        }
    }
}

/// Accepts a connection. EINTR is for the caller.
pub fn accept(fd: i32, nonblocking: bool) -> Result<i32, Errno> {
    let flags = SOCK_CLOEXEC | if nonblocking { SOCK_NONBLOCK } else { 0 };
    // SAFETY: no address is asked for, so no memory is touched.
    answer(unsafe { syscall(number::ACCEPT4, [fd as usize, 0, 0, flags, 0, 0]) }).map(|fd| fd as i32)
}

/// Receives into the buffers; the number of bytes and the `MSG_*` flags of what came. EINTR is for the caller.
///
/// # Safety
/// The buffers must be writable.
pub unsafe fn receive(fd: i32, buffers: &[IoVec], flags: u32) -> Result<(usize, u32), Errno> {
    let mut message = Message::new(buffers);
    let args = [fd as usize, &raw mut message as usize, flags as usize, 0, 0, 0];
    // SAFETY: the kernel reads the structures, writes the flags, and the buffers as the caller allows.
    let count = answer(unsafe { syscall(number::RECVMSG, args) })?;
    Ok((count, message.flags))
}

/// Sends the buffers, without a signal if the peer is gone; the number of bytes taken. EINTR is for the caller.
///
/// # Safety
/// The buffers must be readable.
pub unsafe fn send(fd: i32, buffers: &[IoVec]) -> Result<usize, Errno> {
    let message = Message::new(buffers);
    let args = [fd as usize, &raw const message as usize, MSG_NOSIGNAL as usize, 0, 0, 0];
    // SAFETY: the kernel reads the structures, and the buffers as the caller allows.
    answer(unsafe { syscall(number::SENDMSG, args) })
}

/// Ends reading (`how` 0), writing (1) or both (2).
pub fn shutdown(fd: i32, how: u32) -> Result<(), Errno> {
    // SAFETY: touches no memory.
    answer(unsafe { syscall(number::SHUTDOWN, [fd as usize, how as usize, 0, 0, 0, 0]) }).map(drop)
}

impl Message {
    fn new(buffers: &[IoVec]) -> Message {
        Message {
            name: 0,
            name_len: 0,
            iov: buffers.as_ptr(),
            iov_len: buffers.len(),
            control: 0,
            control_len: 0,
            flags: 0,
        }
    }
}
