//! Linux's numbers, which the code above speaks.

use crate::os::Errno;

/// Not permitted.
pub const EPERM: Errno = Errno(1);
/// No such file.
pub const ENOENT: Errno = Errno(2);
/// Interrupted.
pub const EINTR: Errno = Errno(4);
/// Not open.
pub const EBADF: Errno = Errno(9);
/// Try again.
pub const EAGAIN: Errno = Errno(11);
/// No memory.
pub const ENOMEM: Errno = Errno(12);
/// Access refused.
pub const EACCES: Errno = Errno(13);
/// In use.
pub const EBUSY: Errno = Errno(16);
/// Another volume.
pub const EXDEV: Errno = Errno(18);
/// Not a folder.
pub const ENOTDIR: Errno = Errno(20);
/// A folder.
pub const EISDIR: Errno = Errno(21);
/// Invalid.
pub const EINVAL: Errno = Errno(22);
/// Too many open.
pub const EMFILE: Errno = Errno(24);
/// Has no position.
pub const ESPIPE: Errno = Errno(29);
/// Name too long.
pub const ENAMETOOLONG: Errno = Errno(36);
/// There is no such call.
pub const ENOSYS: Errno = Errno(38);
/// A folder with something in it.
pub const ENOTEMPTY: Errno = Errno(39);
/// A symbolic link where none is followed, or too many.
pub const ELOOP: Errno = Errno(40);
/// Not supported.
pub const ENOTSUP: Errno = Errno(95);

/// Write only.
pub const O_WRONLY: i32 = 1;
/// Read only (no bit).
pub const O_RDONLY: i32 = 0;
/// Read and write.
pub const O_RDWR: i32 = 2;
/// Create if missing.
pub const O_CREAT: i32 = 0o100;
/// With [`O_CREAT`]: it must be missing.
pub const O_EXCL: i32 = 0o200;
/// Never become the controlling terminal.
pub const O_NOCTTY: i32 = 0o400;
/// Cut to nothing.
pub const O_TRUNC: i32 = 0o1000;
/// Every write at the end.
pub const O_APPEND: i32 = 0o2000;
/// Do not wait.
pub const O_NONBLOCK: i32 = 0o4000;
/// Written through, data.
pub const O_DSYNC: i32 = 0o10000;
/// Written through, data and attributes.
pub const O_SYNC: i32 = 0o4_010_000;
/// A folder only.
pub const O_DIRECTORY: i32 = 0o200_000;
/// Do not follow a last link.
pub const O_NOFOLLOW: i32 = 0o400_000;
/// A place in the file system, not to be read or written.
pub const O_PATH: i32 = 0o10_000_000;

/// openat2: no way out of the starting folder.
pub const RESOLVE_BENEATH: u64 = 8;
/// openat2: no links that lead anywhere.
pub const RESOLVE_NO_MAGICLINKS: u64 = 2;

/// `*at` calls: the current folder. Only for paths given by the one who runs the program.
pub const AT_FDCWD: i32 = -100;
/// `*at` calls: do not follow a last link.
pub const AT_SYMLINK_NOFOLLOW: i32 = 0x100;
/// unlinkat: remove a folder.
pub const AT_REMOVEDIR: i32 = 0x200;
/// `*at` calls: the descriptor itself, with an empty path.
pub const AT_EMPTY_PATH: i32 = 0x1000;

/// Mask of the kind of file in [`super::Stat::mode`].
pub const S_IFMT: u32 = 0o170000;
/// Socket.
pub const S_IFSOCK: u32 = 0o140000;
/// Symbolic link.
pub const S_IFLNK: u32 = 0o120000;
/// Regular file.
pub const S_IFREG: u32 = 0o100000;
/// Block device.
pub const S_IFBLK: u32 = 0o060000;
/// Folder.
pub const S_IFDIR: u32 = 0o040000;
/// Character device.
pub const S_IFCHR: u32 = 0o020000;
/// Pipe.
pub const S_IFIFO: u32 = 0o010000;

/// [`super::Timespec::nanoseconds`] that means now.
pub const UTIME_NOW: i64 = 0x3fff_ffff;
/// [`super::Timespec::nanoseconds`] that means as it is.
pub const UTIME_OMIT: i64 = 0x3fff_fffe;
