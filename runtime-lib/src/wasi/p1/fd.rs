//! Descriptors as such: what they are and may do, closing and renumbering, granted folders. Reading and writing is in
//! [`super::file`], folders' contents in [`super::readdir`].

use super::errno::{Errno, Result};
use super::guest::{Guest, doors};
use super::types::{Fdstat, Filestat, fdflags, filetype, prestat_dir, rights};
use crate::os::fs::{self, S_IFBLK, S_IFCHR, S_IFDIR, S_IFLNK, S_IFREG, S_IFSOCK, Stat};
use crate::wasi::host::fd::{Entry, Handle, Kind};
use crate::wasi::host::state::Wasi;
use alloc::borrow::Cow;
use alloc::vec::Vec;

doors! {
    wasmaot_p1_fd_close => close(fd: u32);
    wasmaot_p1_fd_fdstat_get => fdstat_get(fd: u32, stat: u32);
    wasmaot_p1_fd_fdstat_set_flags => fdstat_set_flags(fd: u32, flags: u32);
    wasmaot_p1_fd_fdstat_set_rights => fdstat_set_rights(fd: u32, base: u64, inheriting: u64);
    wasmaot_p1_fd_prestat_dir_name => prestat_dir_name(fd: u32, name: u32, room: u32);
    wasmaot_p1_fd_prestat_get => prestat_get(fd: u32, prestat: u32);
    wasmaot_p1_fd_renumber => renumber(from: u32, to: u32);
}

/// A standard stream of the process: 0 to read, 1 and 2 to write.
pub fn stdio(fd: i32) -> Entry {
    let right = if fd == 0 { rights::FD_READ } else { rights::FD_WRITE };
    entry(Kind::Stdio, Handle::borrow(fd), right, right)
}

/// A granted folder, under the name that the program sees.
pub fn preopen(host: Handle, name: Cow<'static, [u8]>, read_only: bool) -> Entry {
    // A read-only folder has all rights as well: its functions then refuse by `read_only`, at the first call that would
    // change something. Without rights, C libraries quietly open files for reading when asked for writing.
    let folder = entry(Kind::Folder, host, rights::PREOPEN_BASE, rights::PREOPEN_INHERITING);
    Entry { read_only, preopen: Some(name), ..folder }
}

/// Any other descriptor, without flags.
pub fn entry(kind: Kind, host: Handle, rights_base: u64, rights_inheriting: u64) -> Entry {
    Entry {
        kind,
        host,
        flags: 0,
        rights_base,
        rights_inheriting,
        read_only: false,
        preopen: None,
        callback: None,
        positions: Vec::new(),
    }
}

/// The descriptor, if this right is there. Of a read-only grant nothing can be changed; to read or write what was not
/// opened for it is EBADF as in POSIX.
pub fn with_right(wasi: &Wasi, fd: u32, right: u64) -> Result<&Entry> {
    let entry = wasi.fds.get(fd).ok_or(Errno::Badf)?;
    permit(entry, right)?;
    Ok(entry)
}

/// Whether this right is there.
pub fn permit(entry: &Entry, right: u64) -> Result {
    const IO: u64 = rights::FD_READ | rights::FD_WRITE;
    let unasked = right == rights::FD_WRITE && entry.rights_base & rights::WRITE_UNASKED != 0;
    if entry.rights_base & right == right || unasked {
        return if entry.read_only && right & rights::CHANGING != 0 { Err(Errno::Perm) } else { Ok(()) };
    }
    Err(if right & IO != 0 { Errno::Badf } else { Errno::Notcapable })
}

/// The regular file, device or pipe of this number, if the right is there; EBADF for anything else.
pub fn file(wasi: &Wasi, fd: u32, right: u64) -> Result<&Entry> {
    of_kind(wasi, fd, Kind::File, right)
}

/// The folder of this number, if the right is there; EBADF for anything else.
pub fn folder(wasi: &Wasi, fd: u32, right: u64) -> Result<&Entry> {
    of_kind(wasi, fd, Kind::Folder, right)
}

fn of_kind(wasi: &Wasi, fd: u32, kind: Kind, right: u64) -> Result<&Entry> {
    let entry = wasi.fds.get(fd).filter(|entry| entry.kind == kind).ok_or(Errno::Badf)?;
    permit(entry, right)?;
    Ok(entry)
}

/// Preview 1's name for a kind of file. It has none for pipes.
pub fn filetype_of(stat: &Stat) -> u8 {
    match stat.kind() {
        S_IFREG => filetype::REGULAR_FILE,
        S_IFDIR => filetype::DIRECTORY,
        S_IFLNK => filetype::SYMBOLIC_LINK,
        S_IFCHR => filetype::CHARACTER_DEVICE,
        S_IFBLK => filetype::BLOCK_DEVICE,
        S_IFSOCK => filetype::SOCKET_STREAM,
        _ => filetype::UNKNOWN,
    }
}

/// What a descriptor is. Standard streams are a terminal or unknown: nothing else of the process is told.
pub fn filetype(entry: &Entry) -> Result<u8> {
    Ok(match entry.kind {
        Kind::Stdio if fs::is_terminal(entry.host.raw()) => filetype::CHARACTER_DEVICE,
        Kind::Stdio => filetype::UNKNOWN,
        Kind::Folder => filetype::DIRECTORY,
        Kind::Listener | Kind::Stream => filetype::SOCKET_STREAM,
        Kind::File => filetype_of(&fs::fstat(entry.host.raw())?),
    })
}

/// What is known of an open file.
pub fn filestat(entry: &Entry) -> Result<Filestat> {
    if entry.kind == Kind::Stdio {
        return Ok(Filestat { filetype: filetype(entry)?, ..Filestat::default() });
    }
    Ok(filestat_of(&fs::fstat(entry.host.raw())?))
}

/// What the kernel tells of a file, as preview 1 has it. Times before 1970 are 0, those after 2554 the last there is.
pub fn filestat_of(stat: &Stat) -> Filestat {
    let time = |time: fs::StatTime| match u64::try_from(time.seconds) {
        Ok(seconds) => seconds.saturating_mul(1_000_000_000).saturating_add(u64::from(time.nanoseconds)),
        Err(_) => 0,
    };
    Filestat {
        dev: u64::from(stat.dev_major) << 32 | u64::from(stat.dev_minor),
        ino: stat.ino,
        filetype: filetype_of(stat),
        nlink: u64::from(stat.nlink),
        size: stat.size,
        atim: time(stat.atime),
        mtim: time(stat.mtime),
        ctim: time(stat.ctime),
    }
}

/// Closes a descriptor.
pub fn close(wasi: &mut Wasi, _guest: Guest, fd: u32) -> Result {
    wasi.fds.remove(fd).map(drop).ok_or(Errno::Badf)
}

/// Tells kind, flags and rights.
pub fn fdstat_get(wasi: &mut Wasi, guest: Guest, fd: u32, stat: u32) -> Result {
    let entry = wasi.fds.get(fd).ok_or(Errno::Badf)?;
    let fdstat = Fdstat {
        filetype: filetype(entry)?,
        flags: entry.flags,
        rights_base: entry.rights_base & rights::ALL,
        rights_inheriting: entry.rights_inheriting,
    };
    guest.write(stat, fdstat.record().bytes())
}

/// Sets append and nonblock; how writes are synchronised is fixed when a file is opened.
pub fn fdstat_set_flags(wasi: &mut Wasi, _guest: Guest, fd: u32, flags: u32) -> Result {
    const SETTABLE: u16 = fdflags::APPEND | fdflags::NONBLOCK;
    let flags = u16::try_from(flags).map_err(|_| Errno::Inval)?;
    let entry = wasi.fds.get_mut(fd).ok_or(Errno::Badf)?;
    if flags & !fdflags::ALL != 0 || (flags ^ entry.flags) & !SETTABLE != 0 {
        return Err(Errno::Inval);
    }
    match entry.kind {
        Kind::Folder => return Err(Errno::Badf),
        // The kernel's flags of standard streams are shared with other processes: kept here only, see `file`.
        Kind::Stdio => {}
        Kind::File | Kind::Listener | Kind::Stream => {
            if entry.kind == Kind::File {
                permit(entry, rights::FD_FDSTAT_SET_FLAGS)?;
            }
            fs::set_flags(entry.host.raw(), open_flags(flags & SETTABLE))?;
        }
    }
    entry.flags = flags;
    Ok(())
}

/// The kernel's open flags for preview 1's.
pub fn open_flags(flags: u16) -> i32 {
    let mut open = 0;
    for (flag, bits) in [
        (fdflags::APPEND, fs::O_APPEND),
        (fdflags::NONBLOCK, fs::O_NONBLOCK),
        (fdflags::DSYNC, fs::O_DSYNC),
        (fdflags::RSYNC | fdflags::SYNC, fs::O_SYNC),
    ] {
        if flags & flag != 0 {
            open |= bits;
        }
    }
    open
}

/// Gives up rights; none can be had back.
pub fn fdstat_set_rights(wasi: &mut Wasi, _guest: Guest, fd: u32, base: u64, inheriting: u64) -> Result {
    let entry = wasi.fds.get_mut(fd).ok_or(Errno::Badf)?;
    if base & !(entry.rights_base & rights::ALL) != 0 || inheriting & !entry.rights_inheriting != 0 {
        return Err(Errno::Notcapable);
    }
    entry.rights_base = base;
    entry.rights_inheriting = inheriting;
    Ok(())
}

/// Tells the length of a granted folder's name.
pub fn prestat_get(wasi: &mut Wasi, guest: Guest, fd: u32, prestat: u32) -> Result {
    let entry = wasi.fds.get(fd).ok_or(Errno::Badf)?;
    let name = entry.preopen.as_deref().ok_or(Errno::Badf)?;
    guest.write(prestat, prestat_dir(name.len() as u32).bytes())
}

/// Tells a granted folder's name, without a NUL.
pub fn prestat_dir_name(wasi: &mut Wasi, guest: Guest, fd: u32, name: u32, room: u32) -> Result {
    let entry = wasi.fds.get(fd).ok_or(Errno::Badf)?;
    let text = entry.preopen.as_deref().ok_or(Errno::Notdir)?;
    if text.len() > room as usize {
        return Err(Errno::Nametoolong);
    }
    guest.write(name, text)
}

/// Gives a descriptor the number of another, which is closed.
pub fn renumber(wasi: &mut Wasi, _guest: Guest, from: u32, to: u32) -> Result {
    if wasi.fds.renumber(from, to) { Ok(()) } else { Err(Errno::Badf) }
}
