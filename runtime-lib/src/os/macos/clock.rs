//! Clocks, and giving up the processor.

use super::{Errno, done, sys};

pub use crate::os::time::Timespec;

/// A clock of the system.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(i32)]
pub enum Clock {
    /// Since 1970 (UTC); can be set.
    Realtime = 0,
    /// Since some time in the past; never goes back.
    Monotonic = 6,
    /// CPU time of the process.
    ProcessCpu = 12,
    /// CPU time of the thread.
    ThreadCpu = 16,
}

/// The clock's time in nanoseconds.
pub fn now(clock: Clock) -> Result<u64, Errno> {
    let mut time = Timespec::default();
    // SAFETY: the system writes the structure.
    done(unsafe { sys::clock_gettime(clock as i32, &mut time) })?;
    Ok(time.nanoseconds())
}

/// The clock's resolution in nanoseconds.
pub fn resolution(clock: Clock) -> Result<u64, Errno> {
    let mut time = Timespec::default();
    // SAFETY: the system writes the structure.
    done(unsafe { sys::clock_getres(clock as i32, &mut time) })?;
    Ok(time.nanoseconds())
}

/// Lets other threads run.
pub fn yield_now() {
    // SAFETY: touches no memory.
    unsafe { sys::sched_yield() };
}
