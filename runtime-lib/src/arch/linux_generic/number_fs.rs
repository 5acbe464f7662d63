//! System call numbers of the file system room in the generic table.

#![allow(missing_docs)] // each is the kernel's name for the call

pub const FCNTL: usize = 25;
pub const IOCTL: usize = 29;
pub const MKDIRAT: usize = 34;
pub const UNLINKAT: usize = 35;
pub const SYMLINKAT: usize = 36;
pub const LINKAT: usize = 37;
pub const FTRUNCATE: usize = 46;
pub const FALLOCATE: usize = 47;
pub const OPENAT: usize = 56;
pub const CLOSE: usize = 57;
pub const GETDENTS64: usize = 61;
pub const LSEEK: usize = 62;
pub const READV: usize = 65;
pub const WRITEV: usize = 66;
pub const PREADV: usize = 69;
pub const PWRITEV: usize = 70;
pub const READLINKAT: usize = 78;
pub const FSTAT: usize = 80;
pub const FSYNC: usize = 82;
pub const FDATASYNC: usize = 83;
pub const UTIMENSAT: usize = 88;
pub const FADVISE64: usize = 223;
pub const RENAMEAT2: usize = 276;
pub const STATX: usize = 291;
pub const OPENAT2: usize = 437;
