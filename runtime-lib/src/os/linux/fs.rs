//! Linux: the system calls of files and folders. Thin: one call each, constants as the kernel numbers them on every
//! 64-bit architecture; what differs per architecture is in `arch`.

use super::{answer, syscall};
use crate::arch::{number_fs as number, open_flags};
use core::ffi::CStr;
use core::mem::MaybeUninit;

pub use crate::os::errno::*;
pub use crate::os::file::*;
pub use crate::os::flags::*;
pub use open_flags::{O_DIRECTORY, O_NOFOLLOW};

/// Not inherited by other programs.
pub const O_CLOEXEC: i32 = 0o2_000_000;

/// A time in a [`Stat`] (the kernel's `struct statx_timestamp`).
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct StatTime {
    /// Seconds since 1970.
    pub seconds: i64,
    /// Nanoseconds.
    pub nanoseconds: u32,
    reserved: i32,
}

/// What the kernel tells of a file (`struct statx`, the same on every architecture).
#[repr(C)]
#[derive(Clone, Copy, Debug)]
#[allow(missing_docs)] // the kernel's own names
pub struct Stat {
    mask: u32,
    blksize: u32,
    attributes: u64,
    pub nlink: u32,
    uid: u32,
    gid: u32,
    pub mode: u16,
    spare0: u16,
    pub ino: u64,
    pub size: u64,
    blocks: u64,
    attributes_mask: u64,
    pub atime: StatTime,
    btime: StatTime,
    pub ctime: StatTime,
    pub mtime: StatTime,
    rdev_major: u32,
    rdev_minor: u32,
    pub dev_major: u32,
    pub dev_minor: u32,
    spare: [u64; 14],
}

const _: () = assert!(size_of::<Stat>() == 256);

impl Stat {
    /// The kind of file, one of the `S_IF*`.
    pub fn kind(&self) -> u32 {
        u32::from(self.mode) & S_IFMT
    }
}

/// Turns a descriptor into a register.
fn reg(fd: i32) -> usize {
    fd as isize as usize
}

fn done(result: isize) -> Result<(), Errno> {
    answer(result).map(|_| ())
}

/// Closes a descriptor. What close answers says nothing that could be acted on.
pub fn close(fd: i32) {
    // SAFETY: touches no memory; the caller owns the descriptor.
    unsafe { syscall(number::CLOSE, [reg(fd), 0, 0, 0, 0, 0]) };
}

/// `openat`. The answer is a new descriptor, always closed on exec.
pub fn openat(at: i32, path: &CStr, flags: i32, mode: u32) -> Result<i32, Errno> {
    let flags = flags | O_CLOEXEC;
    // SAFETY: the path is NUL-terminated and only read.
    let result = unsafe {
        syscall(number::OPENAT, [reg(at), path.as_ptr() as usize, flags as u32 as usize, mode as usize, 0, 0])
    };
    answer(result).map(|fd| fd as i32)
}

/// `openat2`. The answer is a new descriptor, always closed on exec.
pub fn openat2(at: i32, path: &CStr, flags: i32, mode: u32, resolve: u64) -> Result<i32, Errno> {
    let how: [u64; 3] = [u64::from((flags | O_CLOEXEC) as u32), u64::from(mode), resolve];
    let size = size_of_val(&how);
    // SAFETY: the path is NUL-terminated and only read; so is `how`, of the size given.
    let result =
        unsafe { syscall(number::OPENAT2, [reg(at), path.as_ptr() as usize, how.as_ptr() as usize, size, 0, 0]) };
    answer(result).map(|fd| fd as i32)
}

/// Whether the kernel has `openat2` and lets us call it: with a size too small it answers EINVAL before it looks at
/// anything else, without it ENOSYS, under a filter what the filter says.
pub fn has_openat2() -> bool {
    let how = [0u64; 3];
    // SAFETY: no memory beyond `how` is read, and the path not at all.
    let result = unsafe { syscall(number::OPENAT2, [reg(-1), c".".as_ptr() as usize, how.as_ptr() as usize, 0, 0, 0]) };
    answer(result) == Err(EINVAL)
}

/// What there is to know of `path` below `at`; with [`AT_EMPTY_PATH`] and an empty path, of `at` itself.
pub fn stat(at: i32, path: &CStr, flags: i32) -> Result<Stat, Errno> {
    const BASIC: usize = 0x7ff;
    let mut stat = MaybeUninit::<Stat>::uninit();
    // SAFETY: the path is NUL-terminated and only read; the kernel fills the structure.
    let result = unsafe {
        let args = [reg(at), path.as_ptr() as usize, flags as usize, BASIC, stat.as_mut_ptr() as usize, 0];
        syscall(number::STATX, args)
    };
    done(result)?;
    // SAFETY: the kernel filled all 256 bytes; every pattern is valid.
    Ok(unsafe { stat.assume_init() })
}

/// What there is to know of an open file.
pub fn fstat(fd: i32) -> Result<Stat, Errno> {
    stat(fd, c"", AT_EMPTY_PATH)
}

/// Reads to the buffers, at the file's position.
///
/// # Safety
/// The kernel may write to all of the buffers.
pub unsafe fn readv(fd: i32, buffers: &[IoVec]) -> Result<usize, Errno> {
    // SAFETY: the caller's.
    answer(unsafe { syscall(number::READV, [reg(fd), buffers.as_ptr() as usize, buffers.len(), 0, 0, 0]) })
}

/// Reads to the buffers, at a byte offset.
///
/// # Safety
/// The kernel may write to all of the buffers.
pub unsafe fn preadv(fd: i32, buffers: &[IoVec], offset: u64) -> Result<usize, Errno> {
    // SAFETY: the caller's. The fifth argument is the offset's upper half where registers have 32 bits; ignored here.
    answer(unsafe {
        syscall(number::PREADV, [reg(fd), buffers.as_ptr() as usize, buffers.len(), offset as usize, 0, 0])
    })
}

/// Writes the buffers, at the file's position.
///
/// # Safety
/// The kernel may read all of the buffers.
pub unsafe fn writev(fd: i32, buffers: &[IoVec]) -> Result<usize, Errno> {
    // SAFETY: the caller's.
    answer(unsafe { syscall(number::WRITEV, [reg(fd), buffers.as_ptr() as usize, buffers.len(), 0, 0, 0]) })
}

/// Writes the buffers, at a byte offset.
///
/// # Safety
/// The kernel may read all of the buffers.
pub unsafe fn pwritev(fd: i32, buffers: &[IoVec], offset: u64) -> Result<usize, Errno> {
    // SAFETY: the caller's; see `preadv`.
    answer(unsafe {
        syscall(number::PWRITEV, [reg(fd), buffers.as_ptr() as usize, buffers.len(), offset as usize, 0, 0])
    })
}

/// Moves the file's position. `whence`: 0 from the start, 1 from here, 2 from the end.
pub fn lseek(fd: i32, offset: i64, whence: u32) -> Result<u64, Errno> {
    // SAFETY: touches no memory.
    answer(unsafe { syscall(number::LSEEK, [reg(fd), offset as usize, whence as usize, 0, 0, 0]) }).map(|at| at as u64)
}

/// Reads folder entries as the kernel lays them out; the answer is the number of bytes, 0 at the end.
pub fn getdents(fd: i32, room: &mut [MaybeUninit<u8>]) -> Result<&[u8], Errno> {
    // SAFETY: the kernel writes at most `room.len()` bytes there.
    let result = unsafe { syscall(number::GETDENTS64, [reg(fd), room.as_mut_ptr() as usize, room.len(), 0, 0, 0]) };
    let len = answer(result)?.min(room.len());
    // SAFETY: the kernel wrote `len` bytes.
    Ok(unsafe { core::slice::from_raw_parts(room.as_ptr().cast(), len) })
}

/// Writes data and attributes to the disk.
pub fn fsync(fd: i32) -> Result<(), Errno> {
    // SAFETY: touches no memory.
    done(unsafe { syscall(number::FSYNC, [reg(fd), 0, 0, 0, 0, 0]) })
}

/// Writes data to the disk.
pub fn fdatasync(fd: i32) -> Result<(), Errno> {
    // SAFETY: touches no memory.
    done(unsafe { syscall(number::FDATASYNC, [reg(fd), 0, 0, 0, 0, 0]) })
}

/// Sets the length of a file in bytes.
pub fn ftruncate(fd: i32, len: i64) -> Result<(), Errno> {
    // SAFETY: touches no memory.
    done(unsafe { syscall(number::FTRUNCATE, [reg(fd), len as usize, 0, 0, 0, 0]) })
}

/// Makes sure there is room on the disk, growing the file if need be.
pub fn fallocate(fd: i32, offset: i64, len: i64) -> Result<(), Errno> {
    // SAFETY: touches no memory.
    done(unsafe { syscall(number::FALLOCATE, [reg(fd), 0, offset as usize, len as usize, 0, 0]) })
}

/// Says how a part of a file will be used: 0 normal, 1 random, 2 sequential, 3 soon, 4 no more, 5 once.
pub fn fadvise(fd: i32, offset: i64, len: i64, advice: u32) -> Result<(), Errno> {
    // SAFETY: touches no memory.
    done(unsafe { syscall(number::FADVISE64, [reg(fd), offset as usize, len as usize, advice as usize, 0, 0]) })
}

/// Sets the status flags of an open file (append, nonblock).
pub fn set_flags(fd: i32, flags: i32) -> Result<(), Errno> {
    const F_SETFL: usize = 4;
    // SAFETY: touches no memory.
    done(unsafe { syscall(number::FCNTL, [reg(fd), F_SETFL, flags as u32 as usize, 0, 0, 0]) })
}

/// Whether a descriptor is a terminal.
pub fn is_terminal(fd: i32) -> bool {
    const TCGETS: usize = 0x5401;
    let mut room = [0u64; 16];
    // SAFETY: the kernel writes its 36-byte `struct termios`.
    answer(unsafe { syscall(number::IOCTL, [reg(fd), TCGETS, room.as_mut_ptr() as usize, 0, 0, 0]) }).is_ok()
}

/// Sets the times of last access and change; `path` empty with [`AT_EMPTY_PATH`], or `None`, for `at` itself.
pub fn utimensat(at: i32, path: Option<&CStr>, times: &[Timespec; 2], flags: i32) -> Result<(), Errno> {
    let path = path.map_or(0, |path| path.as_ptr() as usize);
    // SAFETY: path and times are only read.
    done(unsafe { syscall(number::UTIMENSAT, [reg(at), path, times.as_ptr() as usize, flags as usize, 0, 0]) })
}

/// Makes a folder.
pub fn mkdirat(at: i32, path: &CStr, mode: u32) -> Result<(), Errno> {
    // SAFETY: the path is only read.
    done(unsafe { syscall(number::MKDIRAT, [reg(at), path.as_ptr() as usize, mode as usize, 0, 0, 0]) })
}

/// Removes a name; with [`AT_REMOVEDIR`] an empty folder.
pub fn unlinkat(at: i32, path: &CStr, flags: i32) -> Result<(), Errno> {
    // SAFETY: the path is only read.
    done(unsafe { syscall(number::UNLINKAT, [reg(at), path.as_ptr() as usize, flags as usize, 0, 0, 0]) })
}

/// Gives a file a second name; a link is linked itself.
pub fn linkat(old_at: i32, old: &CStr, new_at: i32, new: &CStr) -> Result<(), Errno> {
    // SAFETY: the paths are only read.
    done(unsafe {
        syscall(number::LINKAT, [reg(old_at), old.as_ptr() as usize, reg(new_at), new.as_ptr() as usize, 0, 0])
    })
}

/// Makes a symbolic link.
pub fn symlinkat(target: &CStr, at: i32, path: &CStr) -> Result<(), Errno> {
    // SAFETY: the paths are only read.
    done(unsafe { syscall(number::SYMLINKAT, [target.as_ptr() as usize, reg(at), path.as_ptr() as usize, 0, 0, 0]) })
}

/// Reads a symbolic link, cut to the room; with an empty path, of `at` itself.
pub fn readlinkat<'a>(at: i32, path: &CStr, room: &'a mut [MaybeUninit<u8>]) -> Result<&'a [u8], Errno> {
    // SAFETY: the path is only read; the kernel writes at most `room.len()` bytes.
    let result = unsafe {
        let args = [reg(at), path.as_ptr() as usize, room.as_mut_ptr() as usize, room.len(), 0, 0];
        syscall(number::READLINKAT, args)
    };
    let len = answer(result)?.min(room.len());
    // SAFETY: the kernel wrote `len` bytes.
    Ok(unsafe { core::slice::from_raw_parts(room.as_ptr().cast(), len) })
}

/// Renames, replacing what has the new name.
pub fn renameat(old_at: i32, old: &CStr, new_at: i32, new: &CStr) -> Result<(), Errno> {
    // SAFETY: the paths are only read.
    done(unsafe {
        syscall(number::RENAMEAT2, [reg(old_at), old.as_ptr() as usize, reg(new_at), new.as_ptr() as usize, 0, 0])
    })
}
