//! Flags of file calls as Linux numbers them on every architecture; Windows speaks them too.

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

/// `Timespec::nanoseconds` that means now.
pub const UTIME_NOW: i64 = 0x3fff_ffff;
/// `Timespec::nanoseconds` that means as it is.
pub const UTIME_OMIT: i64 = 0x3fff_fffe;
