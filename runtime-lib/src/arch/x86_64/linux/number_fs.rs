//! System call numbers of the file system room on x86-64 Linux.

#![allow(missing_docs)] // each is the kernel's name for the call

pub const CLOSE: usize = 3;
pub const FSTAT: usize = 5;
pub const LSEEK: usize = 8;
pub const IOCTL: usize = 16;
pub const READV: usize = 19;
pub const WRITEV: usize = 20;
pub const FCNTL: usize = 72;
pub const FSYNC: usize = 74;
pub const FDATASYNC: usize = 75;
pub const FTRUNCATE: usize = 77;
pub const GETDENTS64: usize = 217;
pub const FADVISE64: usize = 221;
pub const OPENAT: usize = 257;
pub const MKDIRAT: usize = 258;
pub const UNLINKAT: usize = 263;
pub const LINKAT: usize = 265;
pub const SYMLINKAT: usize = 266;
pub const READLINKAT: usize = 267;
pub const UTIMENSAT: usize = 280;
pub const FALLOCATE: usize = 285;
pub const PREADV: usize = 295;
pub const PWRITEV: usize = 296;
pub const RENAMEAT2: usize = 316;
pub const STATX: usize = 332;
pub const OPENAT2: usize = 437;
