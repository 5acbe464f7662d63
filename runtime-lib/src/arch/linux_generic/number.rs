//! System call numbers of the runtime's core in the generic table.

#![allow(missing_docs)] // each is the kernel's name for the call

pub const READ: usize = 63;
pub const WRITE: usize = 64;
pub const EXIT_GROUP: usize = 94;
pub const SETITIMER: usize = 103;
pub const TGKILL: usize = 131;
pub const PRLIMIT64: usize = 261;
pub const SIGALTSTACK: usize = 132;
pub const RT_SIGACTION: usize = 134;
pub const RT_SIGPROCMASK: usize = 135;
pub const RT_SIGRETURN: usize = 139;
pub const GETPID: usize = 172;
pub const GETTID: usize = 178;
pub const SYSINFO: usize = 179;
pub const MUNMAP: usize = 215;
pub const MREMAP: usize = 216;
pub const MMAP: usize = 222;
pub const MPROTECT: usize = 226;
