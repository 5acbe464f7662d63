//! System call numbers of clocks, random bytes, polling and sockets in the generic table.

#![allow(missing_docs)] // each is the kernel's name for the call

pub const IOCTL: usize = 29;
pub const PPOLL: usize = 73;
pub const CLOCK_GETTIME: usize = 113;
pub const CLOCK_GETRES: usize = 114;
pub const SCHED_YIELD: usize = 124;
pub const SOCKET: usize = 198;
pub const BIND: usize = 200;
pub const LISTEN: usize = 201;
pub const SETSOCKOPT: usize = 208;
pub const SHUTDOWN: usize = 210;
pub const SENDMSG: usize = 211;
pub const RECVMSG: usize = 212;
pub const ACCEPT4: usize = 242;
pub const GETRANDOM: usize = 278;
