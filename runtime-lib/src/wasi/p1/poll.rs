//! Preview 1: waiting for times and descriptors together, `poll_oneoff`.
//!
//! In order: read all subscriptions, wait once in [`crate::wasi::host::poll`], write an event for each that has come.
//! A subscription that cannot be waited for is an event with its error, and then nothing is waited for.

use super::errno::{Errno, Result};
use super::guest::{Guest, doors};
use super::types::{Record, rights};
use crate::os::clock::Clock;
use crate::os::fs;
use crate::os::poll::{POLLERR, POLLHUP, POLLIN, POLLNVAL, POLLOUT, POLLRDHUP, PollFd, readable_bytes};
use crate::wasi::host::fd::{Entry, Kind};
use crate::wasi::host::poll::{Times, wait};
use crate::wasi::host::state::Wasi;
use alloc::vec::Vec;

doors! {
    wasmaot_p1_poll_oneoff => poll_oneoff(subscriptions: u32, events: u32, count: u32, answer: u32);
}

/// Bytes of a `subscription`: userdata at 0, kind at 8, then at 16 the descriptor, or the clock with its timeout at 24
/// and flags at 40.
const SUBSCRIPTION: u32 = 48;
/// Bytes of an `event`: userdata at 0, error at 8, kind at 10, bytes ready at 16, flags at 24.
const EVENT: u32 = 32;

/// Kinds of event (preview 1: `eventtype`).
const CLOCK: u8 = 0;
const FD_READ: u8 = 1;
const FD_WRITE: u8 = 2;

/// `subclockflags`: the timeout is a time, not a duration.
const ABSTIME: u16 = 1;
/// `eventrwflags`: the other end is closed, or there is nothing left of the file.
const HANGUP: u16 = 1;

/// What a subscription waits for.
enum Wanted {
    /// A time on the monotonic clock.
    Monotonic(u64),
    /// A time on the real-time clock.
    Realtime(u64),
    /// A descriptor: its place in the list that is polled.
    Descriptor(usize),
    /// Nothing: it has failed.
    Failed(Errno),
}

/// A subscription.
struct Pending {
    userdata: u64,
    event: u8,
    wanted: Wanted,
}

/// All that is waited for.
struct Wait {
    pending: Vec<Pending>,
    fds: Vec<PollFd>,
    now: Times,
    wake: Times,
}

/// Waits until one of the subscriptions has come; writes an event for each that has, and their number.
pub fn poll_oneoff(wasi: &mut Wasi, guest: Guest, subscriptions: u32, events: u32, count: u32, answer: u32) -> Result {
    if count == 0 {
        return Err(Errno::Inval);
    }
    guest.span(subscriptions, u64::from(count) * u64::from(SUBSCRIPTION))?;
    guest.span(events, u64::from(count) * u64::from(EVENT))?;
    guest.span(answer, 4)?;
    // The spans above lie in the memory, so no address below wraps.
    let mut list = Wait::new(count as usize)?;
    for index in 0..count {
        list.subscribe(wasi, guest, subscriptions.wrapping_add(index * SUBSCRIPTION))?;
    }
    let then = wait(&mut list.fds, &list.wake)?;
    let mut written = 0;
    for pending in &list.pending {
        if let Some((error, bytes, flags)) = list.outcome(pending, &then) {
            let event = Record::<{ EVENT as usize }>::new()
                .u64(0, pending.userdata)
                .u16(8, error.map_or(0, |error| error as u16))
                .u8(10, pending.event)
                .u64(16, bytes)
                .u16(24, flags);
            guest.write(events.wrapping_add(written * EVENT), event.bytes())?;
            written += 1;
        }
    }
    guest.write_u32(answer, written)
}

impl Wait {
    fn new(count: usize) -> Result<Wait> {
        let (mut pending, mut fds) = (Vec::new(), Vec::new());
        pending.try_reserve_exact(count).map_err(|_| Errno::Nomem)?;
        fds.try_reserve_exact(count).map_err(|_| Errno::Nomem)?;
        Ok(Wait { pending, fds, now: Times::now()?, wake: Times::NEVER })
    }

    /// Adds the subscription at this address.
    fn subscribe(&mut self, wasi: &Wasi, guest: Guest, address: u32) -> Result {
        let userdata = guest.read_u64(address)?;
        let event = guest.read_u8(address.wrapping_add(8))?;
        let id = guest.read_u32(address.wrapping_add(16))?;
        let wanted = match event {
            CLOCK => {
                let timeout = guest.read_u64(address.wrapping_add(24))?;
                let flags = guest.read_u16(address.wrapping_add(40))?;
                if flags & !ABSTIME != 0 {
                    return Err(Errno::Inval);
                }
                self.clock(super::clock::clock(id)?, timeout, flags & ABSTIME != 0)
            }
            FD_READ | FD_WRITE => self.descriptor(wasi.fds.get(id), event),
            _ => return Err(Errno::Inval),
        };
        if let Wanted::Failed(_) = wanted {
            self.wake.monotonic = 0;
        }
        self.pending.push(Pending { userdata, event, wanted });
        Ok(())
    }

    fn clock(&mut self, clock: Clock, timeout: u64, absolute: bool) -> Wanted {
        match (clock, absolute) {
            (Clock::Realtime, true) => {
                self.wake.realtime = self.wake.realtime.min(timeout);
                Wanted::Realtime(timeout)
            }
            (Clock::Realtime | Clock::Monotonic, _) => {
                let time = if absolute { timeout } else { self.now.monotonic.saturating_add(timeout) };
                self.wake.monotonic = self.wake.monotonic.min(time);
                Wanted::Monotonic(time)
            }
            // The program's own CPU time does not pass while it waits.
            (Clock::ProcessCpu | Clock::ThreadCpu, _) => Wanted::Failed(Errno::Inval),
        }
    }

    fn descriptor(&mut self, entry: Option<&Entry>, event: u8) -> Wanted {
        let Some(entry) = entry else { return Wanted::Failed(Errno::Badf) };
        let right = if event == FD_READ { rights::FD_READ } else { rights::FD_WRITE };
        if entry.kind == Kind::Folder || entry.rights_base & right == 0 {
            return Wanted::Failed(Errno::Badf);
        }
        let fd = entry.host.raw();
        let events = if event == FD_READ { POLLIN | POLLRDHUP } else { POLLOUT };
        // The kernel takes as many entries as the process may have descriptors open, so one is used for both directions.
        match self.fds.last_mut() {
            Some(last) if last.fd == fd => last.events |= events,
            _ => self.fds.push(PollFd { fd, events, revents: 0 }),
        }
        Wanted::Descriptor(self.fds.len() - 1)
    }

    /// What has come of a subscription, if anything: error, bytes ready, flags.
    fn outcome(&self, pending: &Pending, then: &Times) -> Option<(Option<Errno>, u64, u16)> {
        match pending.wanted {
            Wanted::Failed(errno) => Some((Some(errno), 0, 0)),
            Wanted::Monotonic(time) => (time <= then.monotonic && time != u64::MAX).then_some((None, 0, 0)),
            Wanted::Realtime(time) => (time <= then.realtime && time != u64::MAX).then_some((None, 0, 0)),
            Wanted::Descriptor(place) => {
                let &PollFd { fd, revents, .. } = self.fds.get(place)?;
                let closed = POLLERR | POLLHUP | POLLNVAL;
                let wanted = if pending.event == FD_READ { POLLIN | POLLRDHUP | closed } else { POLLOUT | closed };
                (revents & wanted != 0).then(|| descriptor_outcome(fd, revents, pending.event))
            }
        }
    }
}

/// Error, bytes ready and flags of a descriptor that is ready.
fn descriptor_outcome(fd: i32, revents: i16, event: u8) -> (Option<Errno>, u64, u16) {
    if revents & POLLNVAL != 0 {
        return (Some(Errno::Badf), 0, 0);
    }
    let mut flags = if revents & (POLLHUP | POLLRDHUP) != 0 { HANGUP } else { 0 };
    let kind = fs::fstat(fd).map_or(0, |stat| stat.kind());
    if event == FD_WRITE {
        // A pipe without a reader; a socket tells its own error when it is written to.
        let broken = revents & POLLERR != 0 && kind != fs::S_IFSOCK;
        return if broken { (Some(Errno::Pipe), 0, HANGUP) } else { (None, 1, flags) };
    }
    // Where the kernel has no count (a listening socket, a device), one is what is certain.
    let bytes = match kind {
        fs::S_IFREG => bytes_left(fd),
        _ => readable_bytes(fd).map_or(1, |bytes| bytes as u64),
    };
    if kind == fs::S_IFREG && bytes == 0 {
        flags |= HANGUP;
    }
    (None, bytes, flags)
}

/// Bytes of a regular file from its offset on. (FIONREAD counts in 32 bits.)
fn bytes_left(fd: i32) -> u64 {
    let size = fs::fstat(fd).map_or(0, |stat| stat.size);
    size.saturating_sub(fs::lseek(fd, 0, 1).unwrap_or(0))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wasi::host::fd::Handle;
    use std::io::{Read, Seek, Write};
    use std::net::{TcpListener, TcpStream};
    use std::os::fd::{AsRawFd, IntoRawFd};
    use std::time::{Duration, Instant};

    const MILLISECOND: u64 = 1_000_000;
    const EVENTS: u32 = 0x8000;
    const ANSWER: u32 = 0xff00;

    struct Program {
        wasi: Wasi,
        memory: Vec<u8>,
        subscriptions: u32,
    }

    /// userdata, error, kind, bytes, flags
    type Event = (u64, u16, u8, u64, u16);

    impl Program {
        fn new() -> Program {
            Program { wasi: Wasi::new(), memory: vec![0; 0x10000], subscriptions: 0 }
        }

        fn guest(&mut self) -> Guest {
            // SAFETY: the value is used while the vector lives.
            unsafe { Guest::new(self.memory.as_mut_ptr(), self.memory.len() as u64) }
        }

        fn open(&mut self, kind: Kind, host: impl IntoRawFd, rights_base: u64) -> u32 {
            let host = Handle::own(host.into_raw_fd());
            let entry = Entry {
                kind,
                host,
                flags: 0,
                rights_base,
                rights_inheriting: 0,
                read_only: false,
                preopen: None,
                callback: None,
                positions: Vec::new(),
            };
            self.wasi.fds.insert(entry).unwrap()
        }

        fn subscribe(&mut self, userdata: u64, kind: u8, id: u32, timeout: u64, flags: u16) -> &mut Self {
            let (guest, at) = (self.guest(), self.subscriptions * SUBSCRIPTION);
            guest.write_u64(at, userdata).unwrap();
            guest.write_u8(at + 8, kind).unwrap();
            guest.write_u32(at + 16, id).unwrap();
            guest.write_u64(at + 24, timeout).unwrap();
            guest.write_u16(at + 40, flags).unwrap();
            self.subscriptions += 1;
            self
        }

        /// Polls all that was subscribed since the last time.
        fn poll(&mut self) -> Result<Vec<Event>> {
            let (guest, count) = (self.guest(), core::mem::take(&mut self.subscriptions));
            poll_oneoff(&mut self.wasi, guest, 0, EVENTS, count, ANSWER)?;
            let event = |at: u32| -> Result<Event> {
                let (userdata, error, kind) = (guest.read_u64(at)?, guest.read_u16(at + 8)?, guest.read_u8(at + 10)?);
                Ok((userdata, error, kind, guest.read_u64(at + 16)?, guest.read_u16(at + 24)?))
            };
            (0..guest.read_u32(ANSWER)?).map(|index| event(EVENTS + index * EVENT)).collect()
        }
    }

    #[test]
    fn times() {
        let mut program = Program::new();
        let begin = Instant::now();
        assert_eq!(program.subscribe(7, CLOCK, 1, 20 * MILLISECOND, 0).poll(), Ok(vec![(7, 0, CLOCK, 0, 0)]));
        assert_eq!(program.subscribe(8, CLOCK, 0, 20 * MILLISECOND, 0).poll(), Ok(vec![(8, 0, CLOCK, 0, 0)]));
        let now = Times::now().unwrap();
        for (id, now) in [(0, now.realtime), (1, now.monotonic)] {
            let time = now + 20 * MILLISECOND * (u64::from(id) + 1);
            assert_eq!(program.subscribe(9, CLOCK, id, time, ABSTIME).poll(), Ok(vec![(9, 0, CLOCK, 0, 0)]));
        }
        assert!(begin.elapsed() >= Duration::from_millis(79));
        // Times that have passed come at once; the earliest of many alone, unless others have come too.
        let begin = Instant::now();
        program.subscribe(1, CLOCK, 0, 1, ABSTIME).subscribe(2, CLOCK, 1, u64::MAX, 0).subscribe(3, CLOCK, 1, 0, 0);
        assert_eq!(program.poll(), Ok(vec![(1, 0, CLOCK, 0, 0), (3, 0, CLOCK, 0, 0)]));
        assert!(begin.elapsed() < Duration::from_millis(20));
    }

    #[test]
    fn what_cannot_be_waited_for() {
        let mut program = Program::new();
        assert_eq!(program.poll(), Err(Errno::Inval), "no subscription");
        assert_eq!(program.subscribe(1, 3, 0, 0, 0).poll(), Err(Errno::Inval), "no such kind");
        assert_eq!(program.subscribe(1, CLOCK, 4, 0, 0).poll(), Err(Errno::Inval), "no such clock");
        assert_eq!(program.subscribe(1, CLOCK, 1, 0, 2).poll(), Err(Errno::Inval), "no such flag");
        let folder = program.open(Kind::Folder, std::fs::File::open("/").unwrap(), rights::ALL);
        let (reader, _writer) = std::io::pipe().unwrap();
        let reader = program.open(Kind::File, reader, rights::FD_READ);
        program.subscribe(1, CLOCK, 1, u64::MAX, 0).subscribe(2, CLOCK, 3, 0, 0).subscribe(3, FD_READ, 99, 0, 0);
        program.subscribe(4, FD_READ, folder, 0, 0).subscribe(5, FD_WRITE, reader, 0, 0);
        program.subscribe(6, FD_READ, reader, 0, 0);
        let (inval, badf) = (Errno::Inval as u16, Errno::Badf as u16);
        let failed = vec![(2, inval, CLOCK, 0, 0), (3, badf, 1, 0, 0), (4, badf, 1, 0, 0), (5, badf, 2, 0, 0)];
        assert_eq!(program.poll(), Ok(failed));
        let guest = program.guest();
        for (subscriptions, events, count, answer) in [
            (0x10000 - 47, 0, 1, 0),
            (0, 0x10000 - 31, 1, 0),
            (0, 0, 1, 0xfffd),
            (0, 0, u32::MAX, 0),
            (u32::MAX, 0, 1, 0),
            (0, 0x8000, 1366, 0),
        ] {
            let result = poll_oneoff(&mut program.wasi, guest, subscriptions, events, count, answer);
            assert_eq!(result, Err(Errno::Fault));
        }
    }

    #[test]
    fn pipes_and_files() {
        let mut program = Program::new();
        let (reader, mut host_writer) = std::io::pipe().unwrap();
        let (host_reader, writer) = std::io::pipe().unwrap();
        let reader = program.open(Kind::Stdio, reader, rights::FD_READ);
        let writer = program.open(Kind::Stdio, writer, rights::FD_WRITE);
        program.subscribe(1, FD_READ, reader, 0, 0).subscribe(2, CLOCK, 1, MILLISECOND, 0);
        assert_eq!(program.poll(), Ok(vec![(2, 0, CLOCK, 0, 0)]));
        host_writer.write_all(b"hello").unwrap();
        program.subscribe(1, FD_READ, reader, 0, 0).subscribe(2, CLOCK, 1, 1000 * MILLISECOND, 0);
        program.subscribe(3, FD_WRITE, writer, 0, 0).subscribe(4, FD_READ, reader, 0, 0);
        let ready = vec![(1, 0, FD_READ, 5, 0), (3, 0, FD_WRITE, 1, 0), (4, 0, FD_READ, 5, 0)];
        assert_eq!(program.poll(), Ok(ready));
        drop(host_writer);
        assert_eq!(program.subscribe(1, FD_READ, reader, 0, 0).poll(), Ok(vec![(1, 0, FD_READ, 5, HANGUP)]));
        drop(host_reader);
        let broken = vec![(1, Errno::Pipe as u16, FD_WRITE, 0, HANGUP)];
        assert_eq!(program.subscribe(1, FD_WRITE, writer, 0, 0).poll(), Ok(broken));

        let path = std::env::temp_dir().join(format!("wasmaot-poll-{}", std::process::id()));
        let mut host = std::fs::File::create_new(&path).unwrap();
        std::fs::remove_file(&path).unwrap();
        host.write_all(b"abc").unwrap();
        host.seek(std::io::SeekFrom::Start(1)).unwrap();
        let file = program.open(Kind::File, host.try_clone().unwrap(), rights::ALL);
        program.subscribe(1, FD_READ, file, 0, 0).subscribe(2, FD_WRITE, file, 0, 0);
        assert_eq!(program.poll(), Ok(vec![(1, 0, FD_READ, 2, 0), (2, 0, FD_WRITE, 1, 0)]));
        host.read_to_end(&mut Vec::new()).unwrap();
        assert_eq!(program.subscribe(1, FD_READ, file, 0, 0).poll(), Ok(vec![(1, 0, FD_READ, 0, HANGUP)]));
    }

    #[test]
    fn sockets() {
        let mut program = Program::new();
        let host = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = host.local_addr().unwrap();
        let listener = program.open(Kind::Listener, host.try_clone().unwrap(), rights::ALL);
        program.subscribe(1, FD_READ, listener, 0, 0).subscribe(2, CLOCK, 1, MILLISECOND, 0);
        assert_eq!(program.poll(), Ok(vec![(2, 0, CLOCK, 0, 0)]));
        let client = std::thread::spawn(move || TcpStream::connect(address).unwrap());
        program.subscribe(1, FD_READ, listener, 0, 0).subscribe(2, CLOCK, 1, 5000 * MILLISECOND, 0);
        assert_eq!(program.poll(), Ok(vec![(1, 0, FD_READ, 1, 0)]));
        let mut client = client.join().unwrap();
        let stream = program.open(Kind::Stream, host.accept().unwrap().0, rights::ALL);
        program.subscribe(1, FD_READ, stream, 0, 0).subscribe(2, FD_WRITE, stream, 0, 0);
        assert_eq!(program.poll(), Ok(vec![(2, 0, FD_WRITE, 1, 0)]));
        client.write_all(b"abcd").unwrap();
        assert_eq!(program.subscribe(1, FD_READ, stream, 0, 0).poll(), Ok(vec![(1, 0, FD_READ, 4, 0)]));
        client.shutdown(std::net::Shutdown::Write).unwrap();
        assert_eq!(program.subscribe(1, FD_READ, stream, 0, 0).poll(), Ok(vec![(1, 0, FD_READ, 4, HANGUP)]));
    }

    #[test]
    fn more_subscriptions_than_descriptors_may_be_open() {
        let mut program = Program::new();
        program.memory = vec![0; 0x80000];
        let (reader, writer) = std::io::pipe().unwrap();
        assert!(reader.as_raw_fd() > 0);
        let writer = program.open(Kind::Stdio, writer, rights::FD_WRITE);
        for _ in 0..5000 {
            program.subscribe(1, FD_WRITE, writer, 0, 0);
        }
        let (guest, count) = (program.guest(), program.subscriptions);
        poll_oneoff(&mut program.wasi, guest, 0, 0x40000, count, 0x7fff0).unwrap();
        assert_eq!(guest.read_u32(0x7fff0), Ok(5000));
    }
}
