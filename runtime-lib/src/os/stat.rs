//! What is known of a file on systems without `statx`.

use super::file::S_IFMT;

/// A time in a [`Stat`].
#[derive(Clone, Copy, Debug)]
pub struct StatTime {
    /// Seconds since 1970.
    pub seconds: i64,
    /// Nanoseconds.
    pub nanoseconds: u32,
}

/// What the system tells of a file, where it is not a structure of the kernel's.
#[derive(Clone, Copy, Debug)]
#[allow(missing_docs)] // the kernel's own names
pub struct Stat {
    pub nlink: u32,
    pub mode: u16,
    pub ino: u64,
    pub size: u64,
    pub atime: StatTime,
    pub ctime: StatTime,
    pub mtime: StatTime,
    pub dev_major: u32,
    pub dev_minor: u32,
}

impl Stat {
    /// The kind of file, one of the `S_IF*`.
    pub fn kind(&self) -> u32 {
        u32::from(self.mode) & S_IFMT
    }
}
