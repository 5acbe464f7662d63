//! System call numbers of clocks, random bytes, polling and sockets on x86-64 Linux.

#![allow(missing_docs)] // each is the kernel's name for the call

pub const IOCTL: usize = 16;
pub const SCHED_YIELD: usize = 24;
pub const SOCKET: usize = 41;
pub const SENDMSG: usize = 46;
pub const RECVMSG: usize = 47;
pub const SHUTDOWN: usize = 48;
pub const BIND: usize = 49;
pub const LISTEN: usize = 50;
pub const SETSOCKOPT: usize = 54;
pub const CLOCK_GETTIME: usize = 228;
pub const CLOCK_GETRES: usize = 229;
pub const PPOLL: usize = 271;
pub const ACCEPT4: usize = 288;
pub const GETRANDOM: usize = 318;
