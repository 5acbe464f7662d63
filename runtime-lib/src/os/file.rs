//! What the files of every system have in common.

/// Mask of the kind of file in `Stat::mode`.
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

/// A buffer of a read or write (the system's `struct iovec`).
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct IoVec {
    /// First byte.
    pub base: *mut u8,
    /// Length in bytes.
    pub len: usize,
}

/// A time as the system has it.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Timespec {
    /// Seconds since 1970.
    pub seconds: i64,
    /// Nanoseconds, or `UTIME_NOW`, `UTIME_OMIT`.
    pub nanoseconds: i64,
}
