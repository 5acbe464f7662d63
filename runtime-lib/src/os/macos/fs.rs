//! The calls of files and folders. Errors have Linux's numbers; flags have the system's, with two that it lacks:
//! [`O_PATH`] and [`AT_EMPTY_PATH`], which this file turns into what comes nearest.
//!
//! There is no `openat2`: paths of the program are always walked component by component (`wasi/host/path.rs`).

use super::{answer, done, sys};
use core::ffi::{CStr, c_char};
use core::mem::MaybeUninit;

pub use crate::os::errno::*;
pub use crate::os::file::*;
pub use crate::os::stat::{Stat, StatTime};

/// Read only (no bit).
pub const O_RDONLY: i32 = 0;
/// Write only.
pub const O_WRONLY: i32 = 1;
/// Read and write.
pub const O_RDWR: i32 = 2;
/// Do not wait.
pub const O_NONBLOCK: i32 = 0x4;
/// Every write at the end.
pub const O_APPEND: i32 = 0x8;
/// Written through, data and attributes.
pub const O_SYNC: i32 = 0x80;
/// Do not follow a last link.
pub const O_NOFOLLOW: i32 = 0x100;
/// Create if missing.
pub const O_CREAT: i32 = 0x200;
/// Cut to nothing.
pub const O_TRUNC: i32 = 0x400;
/// With [`O_CREAT`]: it must be missing.
pub const O_EXCL: i32 = 0x800;
/// Never become the controlling terminal.
pub const O_NOCTTY: i32 = 0x2_0000;
/// It must be a folder.
pub const O_DIRECTORY: i32 = 0x10_0000;
/// Written through, data.
pub const O_DSYNC: i32 = 0x40_0000;
/// Not inherited by other programs.
pub const O_CLOEXEC: i32 = 0x100_0000;
/// A place in the file system, not to be read or written. Ours: the system never sees it.
pub const O_PATH: i32 = 0x800_0000;
/// Open a link itself.
const O_SYMLINK: i32 = 0x20_0000;

/// openat2 does not exist here.
pub const RESOLVE_BENEATH: u64 = 8;
/// openat2 does not exist here.
pub const RESOLVE_NO_MAGICLINKS: u64 = 2;

/// `*at` calls: the current folder. Only for paths given by the one who runs the program.
pub const AT_FDCWD: i32 = -2;
/// `*at` calls: do not follow a last link.
pub const AT_SYMLINK_NOFOLLOW: i32 = 0x20;
/// unlinkat: remove a folder.
pub const AT_REMOVEDIR: i32 = 0x80;
/// `*at` calls: the descriptor itself, with an empty path. Ours: the system never sees it.
pub const AT_EMPTY_PATH: i32 = 0x1_0000;

/// [`Timespec::nanoseconds`] that means now.
pub const UTIME_NOW: i64 = -1;
/// [`Timespec::nanoseconds`] that means as it is.
pub const UTIME_OMIT: i64 = -2;

/// The system's `struct stat`, with 64-bit numbers of files.
#[repr(C)]
pub struct SystemStat {
    device: u32,
    mode: u16,
    links: u16,
    number: u64,
    owner: [u32; 2],
    special_device: u32,
    accessed: Timespec,
    modified: Timespec,
    changed: Timespec,
    made: Timespec,
    size: i64,
    blocks: i64,
    rest: [u32; 8],
}

const _: () = assert!(size_of::<SystemStat>() == 144);

impl From<SystemStat> for Stat {
    fn from(stat: SystemStat) -> Stat {
        let time = |time: Timespec| StatTime {
            seconds: time.seconds,
            nanoseconds: time.nanoseconds.clamp(0, 999_999_999) as u32,
        };
        Stat {
            nlink: stat.links.into(),
            mode: stat.mode,
            ino: stat.number,
            size: stat.size.max(0) as u64,
            atime: time(stat.accessed),
            ctime: time(stat.changed),
            mtime: time(stat.modified),
            dev_major: stat.device >> 24,
            dev_minor: stat.device & 0xff_ffff,
        }
    }
}

/// Closes a descriptor. What close answers says nothing that could be acted on.
pub fn close(fd: i32) {
    // SAFETY: touches no memory; the caller owns the descriptor.
    unsafe { sys::close(fd) };
}

/// `openat`. The answer is a new descriptor, always closed on exec. With [`O_PATH`] the file must be readable, as the
/// system has nothing that asks less; a link is opened itself if it is not followed.
pub fn openat(at: i32, path: &CStr, flags: i32, mode: u32) -> Result<i32, Errno> {
    let flags = match flags & (O_PATH | O_NOFOLLOW | O_DIRECTORY) {
        place if place & O_PATH == 0 => flags,
        place if place & O_NOFOLLOW != 0 && place & O_DIRECTORY == 0 => {
            flags & !(O_PATH | O_NOFOLLOW) | O_SYMLINK | O_NONBLOCK | O_NOCTTY
        }
        _ => flags & !O_PATH | O_NONBLOCK | O_NOCTTY,
    };
    // SAFETY: the path is NUL-terminated and only read.
    answer(unsafe { sys::openat(at, path.as_ptr(), flags | O_CLOEXEC, mode) } as isize).map(|fd| fd as i32)
}

/// Not here: always ENOSYS.
pub fn openat2(_at: i32, _path: &CStr, _flags: i32, _mode: u32, _resolve: u64) -> Result<i32, Errno> {
    Err(ENOSYS)
}

/// Whether there is an `openat2`: no.
pub fn has_openat2() -> bool {
    false
}

/// What there is to know of `path` below `at`; with [`AT_EMPTY_PATH`] and an empty path, of `at` itself.
pub fn stat(at: i32, path: &CStr, flags: i32) -> Result<Stat, Errno> {
    if flags & AT_EMPTY_PATH != 0 && path.is_empty() {
        return fstat(at);
    }
    let mut stat = MaybeUninit::<SystemStat>::uninit();
    // SAFETY: the path is NUL-terminated and only read; the system fills the structure.
    done(unsafe { sys::fstatat(at, path.as_ptr(), stat.as_mut_ptr(), flags & !AT_EMPTY_PATH) })?;
    // SAFETY: the system filled it; every pattern is valid.
    Ok(unsafe { stat.assume_init() }.into())
}

/// What there is to know of an open file.
pub fn fstat(fd: i32) -> Result<Stat, Errno> {
    let mut stat = MaybeUninit::<SystemStat>::uninit();
    // SAFETY: the system fills the structure.
    done(unsafe { sys::fstat(fd, stat.as_mut_ptr()) })?;
    // SAFETY: the system filled it; every pattern is valid.
    Ok(unsafe { stat.assume_init() }.into())
}

/// Reads to the buffers, at the file's position.
///
/// # Safety
/// The system may write to all of the buffers.
pub unsafe fn readv(fd: i32, buffers: &[IoVec]) -> Result<usize, Errno> {
    // SAFETY: the caller's.
    answer(unsafe { sys::readv(fd, buffers.as_ptr(), buffers.len() as i32) })
}

/// Writes the buffers, at the file's position.
///
/// # Safety
/// The system may read all of the buffers.
pub unsafe fn writev(fd: i32, buffers: &[IoVec]) -> Result<usize, Errno> {
    // SAFETY: the caller's.
    answer(unsafe { sys::writev(fd, buffers.as_ptr(), buffers.len() as i32) })
}

/// Reads to the buffers, at a byte offset.
///
/// # Safety
/// The system may write to all of the buffers.
pub unsafe fn preadv(fd: i32, buffers: &[IoVec], offset: u64) -> Result<usize, Errno> {
    // SAFETY: the caller's.
    one_by_one(buffers, offset, |buffer, offset| unsafe { sys::pread(fd, buffer.base, buffer.len, offset) })
}

/// Writes the buffers, at a byte offset.
///
/// # Safety
/// The system may read all of the buffers.
pub unsafe fn pwritev(fd: i32, buffers: &[IoVec], offset: u64) -> Result<usize, Errno> {
    // SAFETY: the caller's.
    one_by_one(buffers, offset, |buffer, offset| unsafe { sys::pwrite(fd, buffer.base, buffer.len, offset) })
}

/// A transfer at an offset, buffer after buffer: systems before macOS 11 have no call for all. An error after the first
/// buffer is told the next time.
fn one_by_one(buffers: &[IoVec], offset: u64, mut call: impl FnMut(&IoVec, i64) -> isize) -> Result<usize, Errno> {
    let offset = i64::try_from(offset).map_err(|_| EINVAL)?;
    let mut total = 0usize;
    // Also an empty list finds out whether the descriptor will do.
    let empty = [IoVec { base: core::ptr::dangling_mut(), len: 0 }];
    for buffer in if buffers.is_empty() { &empty } else { buffers } {
        let at = offset.checked_add(total as i64).ok_or(EINVAL)?;
        match answer(call(buffer, at)) {
            Ok(count) => {
                total += count;
                if count < buffer.len {
                    break;
                }
            }
            Err(error) if total == 0 => return Err(error),
            Err(_) => break,
        }
    }
    Ok(total)
}

/// Moves the file's position. `whence`: 0 from the start, 1 from here, 2 from the end.
pub fn lseek(fd: i32, offset: i64, whence: u32) -> Result<u64, Errno> {
    // SAFETY: touches no memory.
    answer(unsafe { sys::lseek(fd, offset, whence as i32) } as isize).map(|at| at as u64)
}

/// Reads folder entries, laid out as Linux does (`struct linux_dirent64`); 0 bytes at the end.
///
/// The position of a folder is the number of the next entry: what the system has as positions within a folder is good for
/// whole blocks of entries only. So each call reads the folder from its start on.
pub fn getdents(fd: i32, room: &mut [MaybeUninit<u8>]) -> Result<&[u8], Errno> {
    #[repr(C, align(8))]
    struct Block([u8; 8192]);
    let first = lseek(fd, 0, 1)?;
    lseek(fd, 0, 0)?;
    let mut block = Block([0; 8192]);
    let (mut number, mut used, mut full) = (0u64, 0, false);
    while !full {
        let mut position = 0i64;
        // SAFETY: the system writes at most the block, and the position.
        let len =
            answer(unsafe { sys::__getdirentries64(fd, block.0.as_mut_ptr(), size_of::<Block>(), &mut position) })?;
        let mut entries = block.0.get(..len).unwrap_or(&[]);
        if entries.is_empty() {
            break;
        }
        while let Some((entry, rest)) = Entry::first(entries) {
            entries = rest;
            if entry.number == 0 {
                continue; // removed
            }
            number += 1;
            if number <= first {
                continue;
            }
            let Some(place) = room.get_mut(used..).and_then(|room| room.get_mut(..entry.size())) else {
                (number, full) = (number - 1, true);
                break;
            };
            entry.write(number, place);
            used += entry.size();
        }
    }
    lseek(fd, number.max(first) as i64, 0)?;
    if full && used == 0 {
        return Err(EINVAL);
    }
    // SAFETY: `used` bytes were written.
    Ok(unsafe { core::slice::from_raw_parts(room.as_ptr().cast(), used) })
}

/// An entry of the system (`struct dirent`).
struct Entry<'a> {
    number: u64,
    kind: u8,
    name: &'a [u8],
}

/// Bytes before the name: here number, position, length of the entry, length of the name, kind; in Linux's without the
/// length of the name.
const HEAD: usize = 21;
const LINUX_HEAD: usize = 19;

impl<'a> Entry<'a> {
    /// The first of some entries, and the others.
    fn first(bytes: &'a [u8]) -> Option<(Entry<'a>, &'a [u8])> {
        let (head, _) = bytes.split_first_chunk::<HEAD>()?;
        let [n0, n1, n2, n3, n4, n5, n6, n7, _, _, _, _, _, _, _, _, l0, l1, m0, m1, kind] = *head;
        let (entry, rest) = bytes.split_at_checked(usize::from(u16::from_le_bytes([l0, l1])).max(HEAD))?;
        let name = entry.get(HEAD..)?.get(..usize::from(u16::from_le_bytes([m0, m1])))?;
        Some((Entry { number: u64::from_le_bytes([n0, n1, n2, n3, n4, n5, n6, n7]), kind, name }, rest))
    }

    /// Bytes of Linux's entry, with a NUL.
    fn size(&self) -> usize {
        (LINUX_HEAD + self.name.len() + 1).next_multiple_of(8)
    }

    /// Writes Linux's entry; `next` is the position after it.
    fn write(&self, next: u64, place: &mut [MaybeUninit<u8>]) {
        let len = (place.len() as u16).to_le_bytes();
        let (number, next) = (self.number.to_le_bytes(), next.to_le_bytes());
        let head = number.iter().chain(&next).chain(&len).chain(core::slice::from_ref(&self.kind));
        let all = head.chain(self.name).copied().chain(core::iter::repeat(0));
        place.iter_mut().zip(all).for_each(|(to, from)| _ = to.write(from));
    }
}

/// Writes data and attributes to the disk, through its cache where that can be asked for.
pub fn fsync(fd: i32) -> Result<(), Errno> {
    const F_FULLFSYNC: i32 = 51;
    // SAFETY: touches no memory.
    unsafe { if sys::fcntl(fd, F_FULLFSYNC) == 0 { Ok(()) } else { done(sys::fsync(fd)) } }
}

/// Writes data to the disk: the same as [`fsync`].
pub fn fdatasync(fd: i32) -> Result<(), Errno> {
    fsync(fd)
}

/// Sets the length of a file in bytes.
pub fn ftruncate(fd: i32, len: i64) -> Result<(), Errno> {
    // SAFETY: touches no memory.
    done(unsafe { sys::ftruncate(fd, len) })
}

/// Makes sure there is room on the disk, growing the file if need be.
pub fn fallocate(fd: i32, offset: i64, len: i64) -> Result<(), Errno> {
    const F_PREALLOCATE: i32 = 42;
    const F_ALLOCATEALL: u32 = 4;
    const F_PEOFPOSMODE: i32 = 3;
    /// The system's `fstore_t`.
    #[repr(C)]
    struct Store {
        flags: u32,
        mode: i32,
        offset: i64,
        len: i64,
        allocated: i64,
    }
    if offset < 0 || len <= 0 {
        return Err(EINVAL);
    }
    let end = offset.checked_add(len).ok_or(EINVAL)?;
    let size = i64::try_from(fstat(fd)?.size).map_err(|_| EINVAL)?;
    if end <= size {
        return Ok(());
    }
    let mut store = Store { flags: F_ALLOCATEALL, mode: F_PEOFPOSMODE, offset: 0, len: end - size, allocated: 0 };
    // SAFETY: the system reads and writes the structure.
    answer(unsafe { sys::fcntl(fd, F_PREALLOCATE, &raw mut store) } as isize)?;
    ftruncate(fd, end)
}

/// Says how a part of a file will be used. The system is not told, but what is wrong is refused.
pub fn fadvise(fd: i32, _offset: i64, len: i64, advice: u32) -> Result<(), Errno> {
    if len < 0 || advice > 5 {
        return Err(EINVAL);
    }
    fstat(fd).map(drop)
}

/// Sets the status flags of an open file (append, nonblock).
pub fn set_flags(fd: i32, flags: i32) -> Result<(), Errno> {
    const F_SETFL: i32 = 4;
    // SAFETY: touches no memory.
    answer(unsafe { sys::fcntl(fd, F_SETFL, flags) } as isize).map(drop)
}

/// Whether a descriptor is a terminal.
pub fn is_terminal(fd: i32) -> bool {
    // SAFETY: touches no memory.
    unsafe { sys::isatty(fd) == 1 }
}

/// Sets the times of last access and change; `path` empty with [`AT_EMPTY_PATH`], or `None`, for `at` itself.
pub fn utimensat(at: i32, path: Option<&CStr>, times: &[Timespec; 2], flags: i32) -> Result<(), Errno> {
    // SAFETY: path and times are only read.
    done(unsafe {
        match path.filter(|path| flags & AT_EMPTY_PATH == 0 || !path.is_empty()) {
            Some(path) => sys::utimensat(at, path.as_ptr(), times, flags & !AT_EMPTY_PATH),
            None => sys::futimens(at, times),
        }
    })
}

/// Makes a folder.
pub fn mkdirat(at: i32, path: &CStr, mode: u32) -> Result<(), Errno> {
    // SAFETY: the path is only read.
    done(unsafe { sys::mkdirat(at, path.as_ptr(), mode as u16) })
}

/// Removes a name; with [`AT_REMOVEDIR`] an empty folder.
pub fn unlinkat(at: i32, path: &CStr, flags: i32) -> Result<(), Errno> {
    // SAFETY: the path is only read.
    done(unsafe { sys::unlinkat(at, path.as_ptr(), flags) })
}

/// Gives a file a second name; a link is linked itself.
pub fn linkat(old_at: i32, old: &CStr, new_at: i32, new: &CStr) -> Result<(), Errno> {
    // SAFETY: the paths are only read.
    done(unsafe { sys::linkat(old_at, old.as_ptr(), new_at, new.as_ptr(), 0) })
}

/// Makes a symbolic link.
pub fn symlinkat(target: &CStr, at: i32, path: &CStr) -> Result<(), Errno> {
    // SAFETY: the paths are only read.
    done(unsafe { sys::symlinkat(target.as_ptr(), at, path.as_ptr()) })
}

/// Reads a symbolic link, cut to the room; with an empty path, of `at` itself.
pub fn readlinkat<'a>(at: i32, path: &CStr, room: &'a mut [MaybeUninit<u8>]) -> Result<&'a [u8], Errno> {
    const F_GETPATH: i32 = 50;
    let mut own = [0 as c_char; 1024];
    // SAFETY: the paths are only read; the system writes at most `room.len()` bytes, and 1024 of a descriptor's path.
    let len = unsafe {
        if path.is_empty() {
            // What is read may be another link by now; but a link's text is all that it is taken for.
            answer(sys::fcntl(at, F_GETPATH, own.as_mut_ptr()) as isize)?;
            answer(sys::readlink(own.as_ptr(), room.as_mut_ptr().cast(), room.len()))?
        } else {
            answer(sys::readlinkat(at, path.as_ptr(), room.as_mut_ptr().cast(), room.len()))?
        }
    };
    let len = len.min(room.len());
    // SAFETY: the system wrote `len` bytes.
    Ok(unsafe { core::slice::from_raw_parts(room.as_ptr().cast(), len) })
}

/// Renames, replacing what has the new name.
pub fn renameat(old_at: i32, old: &CStr, new_at: i32, new: &CStr) -> Result<(), Errno> {
    // SAFETY: the paths are only read.
    done(unsafe { sys::renameat(old_at, old.as_ptr(), new_at, new.as_ptr()) })
}
