//! Stream sockets.

use wasmaot_abi::grant_text::Address;

use super::fs::{self, IoVec};
use super::{Errno, answer, done, sys};

const AF_INET: u8 = 2;
const AF_INET6: u8 = 30;
const SOCK_STREAM: i32 = 1;
const SOL_SOCKET: i32 = 0xffff;
const SO_REUSEADDR: i32 = 4;
const SO_NOSIGPIPE: i32 = 0x1022;
/// The system cuts it to its own limit.
const BACKLOG: i32 = 4096;

/// [`receive`]: leave the bytes there.
pub const MSG_PEEK: u32 = 2;
/// [`receive`]: wait until the buffers are full.
pub const MSG_WAITALL: u32 = 0x40;
/// Answer of [`receive`]: there was more in the datagram than fits.
pub const MSG_TRUNC: u32 = 0x10;

/// The system's `msghdr`.
#[repr(C)]
pub struct Message {
    name: usize,
    name_len: u32,
    iov: *const IoVec,
    iov_len: i32,
    control: usize,
    control_len: u32,
    flags: i32,
}

/// Makes a socket that listens on the address.
pub fn listen(address: &Address) -> Result<i32, Errno> {
    // sockaddr_in: length, family, port, address, padding; sockaddr_in6: length, family, port, flow, address, scope.
    let (family, len, ip_at) = if address.v6 { (AF_INET6, 28u8, 8) } else { (AF_INET, 16, 4) };
    let [p0, p1] = address.port.to_be_bytes();
    let mut name = [0u8; 28];
    let (head, ip) = name.split_at_mut(ip_at);
    head.iter_mut().zip([len, family, p0, p1]).for_each(|(to, from)| *to = from);
    let ip_len = if address.v6 { 16 } else { 4 };
    ip.iter_mut().zip(address.ip).take(ip_len).for_each(|(to, from)| *to = from);
    // SAFETY: the system reads the option and the name, which live here.
    unsafe {
        let fd = answer(sys::socket(family.into(), SOCK_STREAM, 0) as isize)? as i32;
        let result = prepare(fd, false)
            .and_then(|()| done(sys::setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &1, 4)))
            .and_then(|()| done(sys::bind(fd, name.as_ptr(), len.into())))
            .and_then(|()| done(sys::listen(fd, BACKLOG)));
        owned(fd, result)
    }
}

/// Accepts a connection. EINTR is for the caller.
pub fn accept(fd: i32, nonblocking: bool) -> Result<i32, Errno> {
    // SAFETY: no address is asked for, so no memory is touched.
    let fd = answer(unsafe { sys::accept(fd, core::ptr::null_mut(), core::ptr::null_mut()) } as isize)? as i32;
    owned(fd, prepare(fd, nonblocking))
}

/// What a new socket of ours must be: closed on exec, without signals, and blocking or not (it takes after its listener).
fn prepare(fd: i32, nonblocking: bool) -> Result<(), Errno> {
    const F_SETFD: i32 = 2;
    const FD_CLOEXEC: i32 = 1;
    // SAFETY: the system reads the option.
    unsafe {
        answer(sys::fcntl(fd, F_SETFD, FD_CLOEXEC) as isize)?;
        done(sys::setsockopt(fd, SOL_SOCKET, SO_NOSIGPIPE, &1, 4))?;
    }
    fs::set_flags(fd, if nonblocking { fs::O_NONBLOCK } else { 0 })
}

/// The descriptor, closed if there was an error.
fn owned(fd: i32, result: Result<(), Errno>) -> Result<i32, Errno> {
    if result.is_err() {
        fs::close(fd);
    }
    result.map(|()| fd)
}

/// Receives into the buffers; the number of bytes and the `MSG_*` flags of what came. EINTR is for the caller.
///
/// # Safety
/// The buffers must be writable.
pub unsafe fn receive(fd: i32, buffers: &[IoVec], flags: u32) -> Result<(usize, u32), Errno> {
    let mut message = Message::new(buffers);
    // SAFETY: the system reads the structures, writes the flags, and the buffers as the caller allows.
    let count = answer(unsafe { sys::recvmsg(fd, &mut message, flags as i32) })?;
    Ok((count, message.flags as u32))
}

/// Sends the buffers, without a signal if the peer is gone; the number of bytes taken. EINTR is for the caller.
///
/// # Safety
/// The buffers must be readable.
pub unsafe fn send(fd: i32, buffers: &[IoVec]) -> Result<usize, Errno> {
    let message = Message::new(buffers);
    // SAFETY: the system reads the structures, and the buffers as the caller allows. SIGPIPE is ignored.
    answer(unsafe { sys::sendmsg(fd, &message, 0) })
}

/// Ends reading (`how` 0), writing (1) or both (2).
pub fn shutdown(fd: i32, how: u32) -> Result<(), Errno> {
    // SAFETY: touches no memory.
    done(unsafe { sys::shutdown(fd, how as i32) })
}

impl Message {
    fn new(buffers: &[IoVec]) -> Message {
        let (iov, iov_len) = (buffers.as_ptr(), buffers.len() as i32);
        Message { name: 0, name_len: 0, iov, iov_len, control: 0, control_len: 0, flags: 0 }
    }
}
