//! System call numbers of the runtime's core on x86-64 Linux.

#![allow(missing_docs)] // each is the kernel's name for the call

pub const READ: usize = 0;
pub const WRITE: usize = 1;
pub const MMAP: usize = 9;
pub const MPROTECT: usize = 10;
pub const MUNMAP: usize = 11;
pub const RT_SIGACTION: usize = 13;
pub const RT_SIGPROCMASK: usize = 14;
pub const MREMAP: usize = 25;
pub const SETITIMER: usize = 38;
pub const GETPID: usize = 39;
pub const SYSINFO: usize = 99;
pub const SIGALTSTACK: usize = 131;
pub const GETTID: usize = 186;
pub const EXIT_GROUP: usize = 231;
pub const TGKILL: usize = 234;
pub const PRLIMIT64: usize = 302;
