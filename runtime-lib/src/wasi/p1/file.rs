//! Reading, writing and the attributes of open files.
//!
//! Data goes straight between the kernel and guest memory. Where the result goes is checked before anything is done, so
//! that no data is lost to a bad address.

use super::errno::{Errno, Result};
use super::fd::{file, filestat, permit};
use super::guest::{Guest, IoVecs, doors};
use super::types::{fdflags, fstflags, rights, whence};
use crate::os;
use crate::os::fs::{self, EAGAIN, EINTR, IoVec, Timespec, UTIME_NOW, UTIME_OMIT};
use crate::os::net;
use crate::os::poll::{POLLIN, POLLOUT, PollFd, poll};
use crate::wasi::host::fd::{Callback, Entry, Kind};
use crate::wasi::host::state::Wasi;

doors! {
    wasmaot_p1_fd_advise => advise(fd: u32, offset: u64, len: u64, advice: u32);
    wasmaot_p1_fd_allocate => allocate(fd: u32, offset: u64, len: u64);
    wasmaot_p1_fd_datasync => datasync(fd: u32);
    wasmaot_p1_fd_filestat_get => filestat_get(fd: u32, stat: u32);
    wasmaot_p1_fd_filestat_set_size => filestat_set_size(fd: u32, size: u64);
    wasmaot_p1_fd_filestat_set_times => filestat_set_times(fd: u32, atim: u64, mtim: u64, flags: u32);
    wasmaot_p1_fd_pread => pread(fd: u32, buffers: u32, count: u32, offset: u64, done: u32);
    wasmaot_p1_fd_pwrite => pwrite(fd: u32, buffers: u32, count: u32, offset: u64, done: u32);
    wasmaot_p1_fd_read => read(fd: u32, buffers: u32, count: u32, done: u32);
    wasmaot_p1_fd_seek => seek(fd: u32, offset: i64, whence: u32, position: u32);
    wasmaot_p1_fd_sync => sync(fd: u32);
    wasmaot_p1_fd_tell => tell(fd: u32, position: u32);
    wasmaot_p1_fd_write => write(fd: u32, buffers: u32, count: u32, done: u32);
}

/// A kernel call on the buffers that a program gave.
type Transfer = fn(&Entry, &[IoVec], u64) -> core::result::Result<usize, os::Errno>;

/// The way of all four transfers.
#[expect(clippy::too_many_arguments, reason = "those of fd_pread, and what differs")]
fn transfer(
    wasi: &Wasi,
    guest: Guest,
    fd: u32,
    (buffers, count): (u32, u32),
    offset: Option<u64>,
    done: u32,
    right: u64,
    call: Transfer,
) -> Result {
    let mut room = IoVecs::new();
    let buffers = guest.iovecs(buffers, count, &mut room)?;
    guest.span(done, 4)?;
    let entry = wasi.fds.get(fd).filter(|entry| entry.kind != Kind::Folder).ok_or(Errno::Badf)?;
    permit(entry, right)?;
    if entry.kind == Kind::Stdio {
        if offset.is_some() {
            return Err(Errno::Spipe);
        }
        if let Some(callback) = entry.callback {
            return guest.write_u32(done, call_back(callback, buffers)?);
        }
        if entry.flags & fdflags::NONBLOCK != 0 && !ready(entry, right, Some(0)) {
            return Err(Errno::Again);
        }
    }
    let len = loop {
        match call(entry, buffers, offset.unwrap_or(0)) {
            Ok(len) => break len,
            Err(EINTR) => {}
            // Another process may have made our standard stream non-blocking; the program did not ask for that.
            Err(EAGAIN) if entry.flags & fdflags::NONBLOCK == 0 => {
                ready(entry, right, None);
            }
            Err(errno) => return Err(errno.into()),
        }
    };
    guest.write_u32(done, len as u32)
}

/// Has an embedder's function read or write the buffers, up to the first that is not done whole.
fn call_back(callback: Callback, buffers: &[IoVec]) -> Result<u32> {
    let mut done = 0;
    for buffer in buffers {
        // SAFETY: the embedder's promise on its function; the buffers come from `Guest::iovecs`.
        let count = unsafe { (callback.function)(callback.context, buffer.base, buffer.len) };
        let count = usize::try_from(count).ok().filter(|count| *count <= buffer.len);
        match count {
            Some(count) => done += count,
            None if done > 0 => break,
            None => return Err(Errno::Io),
        }
        if count != Some(buffer.len) {
            break;
        }
    }
    Ok(done as u32)
}

/// Waits until reading or writing will not block; whether that is so.
fn ready(entry: &Entry, right: u64, timeout: Option<u64>) -> bool {
    let events = if right == rights::FD_READ { POLLIN } else { POLLOUT };
    let mut fds = [PollFd { fd: entry.host.raw(), events, revents: 0 }];
    // An error is for the transfer to find.
    poll(&mut fds, timeout) != Ok(0)
}

/// Reads at the file's position.
pub fn read(wasi: &mut Wasi, guest: Guest, fd: u32, buffers: u32, count: u32, done: u32) -> Result {
    // SAFETY: the buffers come from `Guest::iovecs`, which checked that they are guest memory.
    let call: Transfer = |entry, buffers, _| unsafe { fs::readv(entry.host.raw(), buffers) };
    transfer(wasi, guest, fd, (buffers, count), None, done, rights::FD_READ, call)
}

/// Reads at an offset.
pub fn pread(wasi: &mut Wasi, guest: Guest, fd: u32, buffers: u32, count: u32, offset: u64, done: u32) -> Result {
    // SAFETY: as in `read`.
    let call: Transfer = |entry, buffers, offset| unsafe { fs::preadv(entry.host.raw(), buffers, offset) };
    transfer(wasi, guest, fd, (buffers, count), Some(offset), done, rights::FD_READ, call)
}

/// Writes at the file's position, or its end if it was opened to append.
pub fn write(wasi: &mut Wasi, guest: Guest, fd: u32, buffers: u32, count: u32, done: u32) -> Result {
    let call: Transfer = |entry, buffers, _| {
        // SAFETY: as in `read`.
        unsafe {
            // A peer that is gone is an error, not a signal.
            if entry.kind == Kind::Stream {
                net::send(entry.host.raw(), buffers)
            } else {
                fs::writev(entry.host.raw(), buffers)
            }
        }
    };
    transfer(wasi, guest, fd, (buffers, count), None, done, rights::FD_WRITE, call)
}

/// Writes at an offset; at the end if the file was opened to append, as on Linux.
pub fn pwrite(wasi: &mut Wasi, guest: Guest, fd: u32, buffers: u32, count: u32, offset: u64, done: u32) -> Result {
    // SAFETY: as in `read`.
    let call: Transfer = |entry, buffers, offset| unsafe { fs::pwritev(entry.host.raw(), buffers, offset) };
    transfer(wasi, guest, fd, (buffers, count), Some(offset), done, rights::FD_WRITE, call)
}

/// The file of this number, to seek in.
fn seekable(wasi: &Wasi, fd: u32, right: u64) -> Result<&Entry> {
    let entry = wasi.fds.get(fd).ok_or(Errno::Badf)?;
    match entry.kind {
        Kind::Folder => Err(Errno::Badf),
        Kind::File => permit(entry, right).map(|()| entry),
        Kind::Stdio | Kind::Listener | Kind::Stream => Err(Errno::Spipe),
    }
}

/// Moves the file's position and tells it.
pub fn seek(wasi: &mut Wasi, guest: Guest, fd: u32, offset: i64, from: u32, position: u32) -> Result {
    if from > u32::from(whence::END) {
        return Err(Errno::Inval);
    }
    guest.span(position, 8)?;
    let entry = seekable(wasi, fd, rights::FD_SEEK)?;
    let at = fs::lseek(entry.host.raw(), offset, from)?;
    guest.write_u64(position, at)
}

/// Tells the file's position.
pub fn tell(wasi: &mut Wasi, guest: Guest, fd: u32, position: u32) -> Result {
    let entry = seekable(wasi, fd, rights::FD_TELL)?;
    let at = fs::lseek(entry.host.raw(), 0, u32::from(whence::CUR))?;
    guest.write_u64(position, at)
}

/// A byte offset or length as the kernel has it.
fn signed(value: u64) -> Result<i64> {
    i64::try_from(value).map_err(|_| Errno::Inval)
}

/// Says how a part of a file will be used.
pub fn advise(wasi: &mut Wasi, _guest: Guest, fd: u32, offset: u64, len: u64, advice: u32) -> Result {
    // normal, sequential, random, willneed, dontneed, noreuse; the kernel has the second and third the other way round.
    let advice = match advice {
        1 => 2,
        2 => 1,
        0 | 3..=5 => advice,
        _ => return Err(Errno::Inval),
    };
    let entry = file(wasi, fd, rights::FD_ADVISE)?;
    Ok(fs::fadvise(entry.host.raw(), signed(offset)?, signed(len)?, advice)?)
}

/// Makes sure that there is room on the disk.
pub fn allocate(wasi: &mut Wasi, _guest: Guest, fd: u32, offset: u64, len: u64) -> Result {
    let entry = file(wasi, fd, rights::FD_ALLOCATE)?;
    Ok(fs::fallocate(entry.host.raw(), signed(offset)?, signed(len)?)?)
}

/// The file or folder of this number.
fn stored(wasi: &Wasi, fd: u32, right: u64) -> Result<&Entry> {
    let entry = wasi.fds.get(fd).filter(|entry| matches!(entry.kind, Kind::File | Kind::Folder)).ok_or(Errno::Badf)?;
    permit(entry, right).map(|()| entry)
}

/// Writes data to the disk.
pub fn datasync(wasi: &mut Wasi, _guest: Guest, fd: u32) -> Result {
    Ok(fs::fdatasync(synced(wasi, fd, rights::FD_DATASYNC)?.host.raw())?)
}

/// Writes data and attributes to the disk.
pub fn sync(wasi: &mut Wasi, _guest: Guest, fd: u32) -> Result {
    Ok(fs::fsync(synced(wasi, fd, rights::FD_SYNC)?.host.raw())?)
}

/// The file or folder of this number, to sync. A granted folder has no such right by the rules of preview 1's
/// libraries, but there is no harm in it: databases sync the folder of a file they made.
fn synced(wasi: &Wasi, fd: u32, right: u64) -> Result<&Entry> {
    let entry = stored(wasi, fd, 0)?;
    if entry.kind == Kind::File {
        permit(entry, right)?;
    }
    Ok(entry)
}

/// Tells what is known of the file.
pub fn filestat_get(wasi: &mut Wasi, guest: Guest, fd: u32, stat: u32) -> Result {
    let entry = wasi.fds.get(fd).ok_or(Errno::Badf)?;
    if matches!(entry.kind, Kind::File | Kind::Folder) {
        permit(entry, rights::FD_FILESTAT_GET)?;
    }
    guest.write(stat, filestat(entry)?.record().bytes())
}

/// Sets the length.
pub fn filestat_set_size(wasi: &mut Wasi, _guest: Guest, fd: u32, size: u64) -> Result {
    let entry = file(wasi, fd, rights::FD_FILESTAT_SET_SIZE)?;
    Ok(fs::ftruncate(entry.host.raw(), signed(size)?)?)
}

/// Sets the times of last access and change.
pub fn filestat_set_times(wasi: &mut Wasi, _guest: Guest, fd: u32, atim: u64, mtim: u64, flags: u32) -> Result {
    let times = times(atim, mtim, flags)?;
    let entry = stored(wasi, fd, rights::FD_FILESTAT_SET_TIMES)?;
    Ok(fs::utimensat(entry.host.raw(), None, &times, 0)?)
}

/// Times to set, as the kernel has them; those not asked for stay.
pub fn times(atim: u64, mtim: u64, flags: u32) -> Result<[Timespec; 2]> {
    if flags & !u32::from(fstflags::ALL) != 0 {
        return Err(Errno::Inval);
    }
    let time = |nanoseconds: u64, set: u16, now: u16| {
        let (set, now) = (flags & u32::from(set) != 0, flags & u32::from(now) != 0);
        match (set, now) {
            (true, true) => Err(Errno::Inval),
            (true, false) => Ok(Timespec {
                seconds: (nanoseconds / 1_000_000_000) as i64,
                nanoseconds: (nanoseconds % 1_000_000_000) as i64,
            }),
            (false, true) => Ok(Timespec { seconds: 0, nanoseconds: UTIME_NOW }),
            (false, false) => Ok(Timespec { seconds: 0, nanoseconds: UTIME_OMIT }),
        }
    };
    Ok([time(atim, fstflags::ATIM, fstflags::ATIM_NOW)?, time(mtim, fstflags::MTIM, fstflags::MTIM_NOW)?])
}
