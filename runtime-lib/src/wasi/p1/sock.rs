//! Preview 1: sockets. A program has those that it is granted to listen on, and what it accepts from them.

use super::errno::{Errno, Result};
use super::guest::{Guest, IoVecs, doors};
use super::types::{fdflags, rights};
use crate::os::{self, net};
use crate::wasi::host::fd::{Entry, Handle, Kind};
use crate::wasi::host::state::Wasi;

doors! {
    wasmaot_p1_sock_accept => sock_accept(fd: u32, flags: u32, answer: u32);
    wasmaot_p1_sock_recv => sock_recv(fd: u32, buffers: u32, count: u32, flags: u32, received: u32, came: u32);
    wasmaot_p1_sock_send => sock_send(fd: u32, buffers: u32, count: u32, flags: u32, sent: u32);
    wasmaot_p1_sock_shutdown => sock_shutdown(fd: u32, how: u32);
}

/// Rights of a socket. What a listening and what a connected one cannot do, the kernel says.
pub const RIGHTS: u64 = rights::FD_READ
    | rights::FD_WRITE
    | rights::FD_FDSTAT_SET_FLAGS
    | rights::FD_FILESTAT_GET
    | rights::POLL_FD_READWRITE
    | rights::SOCK_SHUTDOWN
    | rights::SOCK_ACCEPT;

/// `riflags`: leave the bytes there.
const RECV_PEEK: u32 = 1;
/// `riflags`: wait until the buffers are full.
const RECV_WAITALL: u32 = 2;
/// `roflags`: there was more than fits.
const RECV_DATA_TRUNCATED: u16 = 1;

/// Accepts a connection on a listening socket, and writes its descriptor. `flags` is 0 or `nonblock`.
pub fn sock_accept(wasi: &mut Wasi, guest: Guest, fd: u32, flags: u32, answer: u32) -> Result {
    let listener = socket(wasi, fd, rights::SOCK_ACCEPT)?;
    if flags & !u32::from(fdflags::NONBLOCK) != 0 {
        return Err(Errno::Inval);
    }
    // Before the connection is taken, which could not be given back.
    guest.span(answer, 4)?;
    let host = retry(|| net::accept(listener, flags != 0))?;
    let fd = wasi.fds.insert(Entry {
        kind: Kind::Stream,
        host: Handle::own(host),
        flags: flags as u16,
        rights_base: RIGHTS,
        rights_inheriting: 0,
        read_only: false,
        preopen: None,
    })?;
    guest.write_u32(answer, fd)
}

/// Receives bytes; writes their number (0: the peer sends no more) and flags.
#[allow(clippy::too_many_arguments)] // preview 1's
pub fn sock_recv(
    wasi: &mut Wasi,
    guest: Guest,
    fd: u32,
    buffers: u32,
    count: u32,
    flags: u32,
    received: u32,
    came: u32,
) -> Result {
    let socket = socket(wasi, fd, rights::FD_READ)?;
    if flags & !(RECV_PEEK | RECV_WAITALL) != 0 {
        return Err(Errno::Inval);
    }
    let peek = if flags & RECV_PEEK != 0 { net::MSG_PEEK } else { 0 };
    let all = if flags & RECV_WAITALL != 0 { net::MSG_WAITALL } else { 0 };
    let mut room = IoVecs::new();
    let buffers = guest.iovecs(buffers, count, &mut room)?;
    guest.span(received, 4)?;
    guest.span(came, 2)?;
    // Without room for a byte the kernel would wait for one all the same.
    let (len, came_with) = match buffers {
        [] => (0, 0),
        // SAFETY: `iovecs` checked that the buffers lie in the memory; only the kernel writes to them.
        _ => retry(|| unsafe { net::receive(socket, buffers, peek | all) })?,
    };
    guest.write_u32(received, len as u32)?;
    guest.write_u16(came, if came_with & net::MSG_TRUNC != 0 { RECV_DATA_TRUNCATED } else { 0 })
}

/// Sends bytes, and writes how many were taken. There are no `flags`.
pub fn sock_send(wasi: &mut Wasi, guest: Guest, fd: u32, buffers: u32, count: u32, flags: u32, sent: u32) -> Result {
    let socket = socket(wasi, fd, rights::FD_WRITE)?;
    if flags != 0 {
        return Err(Errno::Inval);
    }
    let mut room = IoVecs::new();
    let buffers = guest.iovecs(buffers, count, &mut room)?;
    guest.span(sent, 4)?;
    // SAFETY: `iovecs` checked that the buffers lie in the memory; the kernel only reads them.
    let len = retry(|| unsafe { net::send(socket, buffers) })?;
    guest.write_u32(sent, len as u32)
}

/// Ends receiving (`rd` 1), sending (`wr` 2) or both (3).
pub fn sock_shutdown(wasi: &mut Wasi, _guest: Guest, fd: u32, how: u32) -> Result {
    let socket = socket(wasi, fd, rights::SOCK_SHUTDOWN)?;
    match how {
        1..=3 => Ok(net::shutdown(socket, how - 1)?),
        _ => Err(Errno::Inval),
    }
}

/// The host's descriptor of a socket that has the right.
fn socket(wasi: &Wasi, fd: u32, right: u64) -> Result<i32> {
    let entry = wasi.fds.get(fd).ok_or(Errno::Badf)?;
    match entry.kind {
        Kind::Listener | Kind::Stream if entry.rights_base & right == 0 => Err(Errno::Notcapable),
        Kind::Listener | Kind::Stream => Ok(entry.host.raw()),
        _ => Err(Errno::Notsock),
    }
}

/// Calls again as long as a signal interrupts.
fn retry<T>(mut call: impl FnMut() -> core::result::Result<T, os::Errno>) -> core::result::Result<T, os::Errno> {
    loop {
        match call() {
            Err(os::Errno::EINTR) => {}
            result => return result,
        }
    }
}
