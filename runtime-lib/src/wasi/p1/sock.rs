//! Preview 1: sockets. A program has those that it is granted to listen on, and what it accepts from them.

use super::errno::{Errno, Result};
use super::fd;
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
    let entry = fd::entry(Kind::Stream, Handle::own(host), RIGHTS, 0);
    let fd = wasi.fds.insert(Entry { flags: flags as u16, ..entry })?;
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wasi::host::grants::Grants;
    use std::io::{Read, Write};
    use std::net::{SocketAddr, TcpStream};

    const ANSWER: u32 = 1000;
    const FLAGS: u32 = 1004;

    struct Program {
        wasi: Wasi,
        memory: Vec<u8>,
        listener: u32,
        address: SocketAddr,
    }

    impl Program {
        /// Listens on a port of its own.
        fn new(ip: &str) -> Program {
            // A port that was free a moment ago.
            let address = std::net::TcpListener::bind((ip, 0)).unwrap().local_addr().unwrap();
            let section = [b"listen\0", address.to_string().as_bytes(), b"\0"].concat().leak();
            let mut wasi = Wasi::new();
            crate::wasi::open_all(&mut wasi.fds, &Grants::from_section(section).unwrap());
            Program { wasi, memory: vec![0; 0x10000], listener: 3, address }
        }

        fn guest(&mut self) -> Guest {
            // SAFETY: the value is used while the vector lives.
            unsafe { Guest::new(self.memory.as_mut_ptr(), self.memory.len() as u64) }
        }

        fn accept(&mut self, flags: u16) -> Result<u32> {
            let guest = self.guest();
            sock_accept(&mut self.wasi, guest, self.listener, u32::from(flags), ANSWER)?;
            guest.read_u32(ANSWER)
        }

        /// Buffers of these lengths, one after the other from 2000 on.
        fn buffers(&mut self, lens: &[u32]) {
            let (guest, mut at) = (self.guest(), 2000);
            for (index, &len) in lens.iter().enumerate() {
                guest.write_u32(index as u32 * 8, at).unwrap();
                guest.write_u32(index as u32 * 8 + 4, len).unwrap();
                at += len;
            }
        }

        fn receive(&mut self, fd: u32, lens: &[u32], flags: u32) -> Result<String> {
            self.buffers(lens);
            let guest = self.guest();
            guest.write_u16(FLAGS, 77)?;
            sock_recv(&mut self.wasi, guest, fd, 0, lens.len() as u32, flags, ANSWER, FLAGS)?;
            assert_eq!(guest.read_u16(FLAGS), Ok(0), "nothing is cut from a stream");
            let mut text = vec![0; guest.read_u32(ANSWER)? as usize];
            guest.read(2000, &mut text)?;
            Ok(String::from_utf8(text).unwrap())
        }

        fn send(&mut self, fd: u32, text: &[u8], lens: &[u32], flags: u32) -> Result<u32> {
            self.buffers(lens);
            let guest = self.guest();
            guest.write(2000, text)?;
            sock_send(&mut self.wasi, guest, fd, 0, lens.len() as u32, flags, ANSWER)?;
            guest.read_u32(ANSWER)
        }
    }

    #[test]
    fn a_conversation() {
        for ip in ["127.0.0.1", "::1"] {
            let mut program = Program::new(ip);
            let mut client = TcpStream::connect(program.address).unwrap();
            let fd = program.accept(0).unwrap();
            assert_eq!(fd, 4);
            client.write_all(b"hello").unwrap();
            assert_eq!(program.receive(fd, &[2, 0, 100], RECV_PEEK).as_deref(), Ok("hello"));
            assert_eq!(program.receive(fd, &[2, 1], 0).as_deref(), Ok("hel"));
            client.write_all(b" world").unwrap();
            assert_eq!(program.receive(fd, &[4, 4], RECV_WAITALL).as_deref(), Ok("lo world"));
            assert_eq!(program.receive(fd, &[0], 0).as_deref(), Ok(""));
            assert_eq!(program.send(fd, b"answer", &[3, 0, 3], 0), Ok(6));
            assert_eq!(program.send(fd, b"", &[], 0), Ok(0));
            let guest = program.guest();
            assert_eq!(sock_shutdown(&mut program.wasi, guest, fd, 2), Ok(()));
            let mut text = String::new();
            client.read_to_string(&mut text).unwrap();
            assert_eq!(text, "answer");
            assert_eq!(program.send(fd, b"x", &[1], 0), Err(Errno::Pipe), "and no signal");
            client.shutdown(std::net::Shutdown::Write).unwrap();
            assert_eq!(program.receive(fd, &[9], 0).as_deref(), Ok(""), "the end");
        }
    }

    #[test]
    fn without_waiting() {
        let mut program = Program::new("127.0.0.1");
        crate::os::fs::set_flags(program.wasi.fds.get(3).unwrap().host.raw(), crate::os::fs::O_NONBLOCK).unwrap();
        assert_eq!(program.accept(0), Err(Errno::Again));
        let _client = TcpStream::connect(program.address).unwrap();
        let fd = program.accept(fdflags::NONBLOCK).unwrap();
        assert_eq!(program.receive(fd, &[9], 0), Err(Errno::Again));
        assert_eq!(program.wasi.fds.get(fd).unwrap().flags, fdflags::NONBLOCK);
    }

    #[test]
    fn errors() {
        let mut program = Program::new("127.0.0.1");
        let guest = program.guest();
        let _client = TcpStream::connect(program.address).unwrap();
        let wasi = &mut program.wasi;
        for (fd, errno) in [(1, Errno::Notsock), (99, Errno::Badf)] {
            assert_eq!(sock_accept(wasi, guest, fd, 0, 0), Err(errno));
            assert_eq!(sock_recv(wasi, guest, fd, 0, 0, 0, 0, 0), Err(errno));
            assert_eq!(sock_send(wasi, guest, fd, 0, 0, 0, 0), Err(errno));
            assert_eq!(sock_shutdown(wasi, guest, fd, 1), Err(errno));
        }
        assert_eq!(sock_accept(wasi, guest, 3, 1, 0), Err(Errno::Inval));
        assert_eq!(sock_accept(wasi, guest, 3, 0, 0xfffd), Err(Errno::Fault));
        assert_eq!(sock_shutdown(wasi, guest, 3, 0), Err(Errno::Inval));
        assert_eq!(sock_shutdown(wasi, guest, 3, 4), Err(Errno::Inval));
        assert_eq!(sock_send(wasi, guest, 3, 0, 0, 0, 0xfffd), Err(Errno::Fault));
        let fd = program.accept(0).unwrap();
        assert_eq!(program.receive(fd, &[1], 4), Err(Errno::Inval));
        assert_eq!(program.receive(fd, &[0xffff], 0), Err(Errno::Fault));
        assert_eq!(program.receive(3, &[1], 0), Err(Errno::Notconn));
        assert_eq!(program.send(fd, b"a", &[1], 1), Err(Errno::Inval));
        let guest = program.guest();
        assert_eq!(sock_accept(&mut program.wasi, guest, fd, 0, 0), Err(Errno::Inval));
        program.wasi.fds.get_mut(fd).unwrap().rights_base = 0;
        assert_eq!(program.receive(fd, &[1], 0), Err(Errno::Notcapable));
    }
}
