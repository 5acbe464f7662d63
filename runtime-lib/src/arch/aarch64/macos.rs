//! AArch64 macOS: saved registers. libSystem makes the system calls. Nobody touches x18.

use crate::os::fs::SystemStat;
use core::ffi::c_char;

unsafe extern "C" {
    /// Fills the structure.
    pub fn fstat(fd: i32, stat: *mut SystemStat) -> i32;
    /// Fills the structure.
    pub fn fstatat(at: i32, path: *const c_char, stat: *mut SystemStat, flags: i32) -> i32;
}

/// The registers of the interrupted code (the system's `mcontext`).
#[repr(C)]
pub struct SignalContext {
    fault_address: usize,
    syndrome: u32,
    exception: u32,
    /// x0-x30
    pub(super) registers: [usize; 31],
    pub(super) sp: usize,
    pub(super) pc: usize,
}

impl SignalContext {
    /// Address of the access that faulted.
    pub fn fault_address(&self) -> usize {
        self.fault_address
    }
}
