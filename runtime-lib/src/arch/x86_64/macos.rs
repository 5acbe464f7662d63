//! x86-64 macOS: saved registers. libSystem makes the system calls.

use crate::os::fs::SystemStat;
use core::ffi::c_char;

unsafe extern "C" {
    /// The variant with 64-bit numbers of files.
    #[link_name = "fstat$INODE64"]
    pub fn fstat(fd: i32, stat: *mut SystemStat) -> i32;
    /// The variant with 64-bit numbers of files.
    #[link_name = "fstatat$INODE64"]
    pub fn fstatat(at: i32, path: *const c_char, stat: *mut SystemStat, flags: i32) -> i32;
}

/// The registers of the interrupted code (the system's `mcontext`).
#[repr(C)]
pub struct SignalContext {
    trap: u32,
    error: u32,
    fault_address: usize,
    /// rax, rbx, rcx, rdx, rdi, rsi, rbp, rsp, r8-r15, rip
    pub(super) registers: [usize; 17],
}

/// Places in [`SignalContext::registers`].
pub(super) mod registers {
    /// The first two arguments of a C function.
    pub const ARGUMENTS: [usize; 2] = [4, 5];
    pub const RBP: usize = 6;
    pub const RSP: usize = 7;
    pub const RIP: usize = 16;
}

impl SignalContext {
    /// Address of the access that faulted.
    pub fn fault_address(&self) -> usize {
        self.fault_address
    }
}
