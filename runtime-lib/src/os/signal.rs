//! Signals by Linux's numbers, which every system gives to its faults, its time limit and its ends.

use crate::arch::SignalContext;

/// An invalid instruction.
pub const SIGILL: i32 = 4;
/// An abnormal end.
pub const SIGABRT: i32 = 6;
/// An access that the memory behind it refuses.
pub const SIGBUS: i32 = 7;
/// A division.
pub const SIGFPE: i32 = 8;
/// An access where nothing is.
pub const SIGSEGV: i32 = 11;
/// A write to a pipe without a reader.
pub const SIGPIPE: i32 = 13;
/// The time limit.
pub const SIGALRM: i32 = 14;

/// A handler: number, description, interrupted registers.
pub type Handler = unsafe extern "C" fn(i32, *const super::process::SignalInfo, *mut SignalContext);

/// What a handler is told, where it is not a structure of the kernel's.
#[cfg(not(target_os = "linux"))]
#[derive(Debug)]
pub struct SignalInfo {
    /// Signal number.
    pub signal: i32,
    /// Positive if the system raised it for a fault or timer, else some process sent it.
    pub code: i32,
    /// Address of the access (SIGSEGV, SIGBUS) or instruction.
    pub address: usize,
}
