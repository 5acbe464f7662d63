//! Clocks, and giving up the processor.

use super::{Errno, answer, syscall, vdso};
use crate::arch::number_host as number;

pub use crate::os::time::Timespec;

/// A clock of the kernel.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(usize)]
pub enum Clock {
    /// Since 1970 (UTC); can be set.
    Realtime = 0,
    /// Since some time in the past; never goes back.
    Monotonic = 1,
    /// CPU time of the process.
    ProcessCpu = 2,
    /// CPU time of the thread.
    ThreadCpu = 3,
}

/// The clock's time in nanoseconds.
pub fn now(clock: Clock) -> Result<u64, Errno> {
    if let Some(function) = vdso::clock_gettime() {
        let mut time = Timespec::default();
        // SAFETY: the function writes the structure.
        if unsafe { function(clock as usize, &mut time) } == 0 {
            return Ok(time.nanoseconds());
        }
    }
    read(number::CLOCK_GETTIME, clock)
}

/// The clock's resolution in nanoseconds.
pub fn resolution(clock: Clock) -> Result<u64, Errno> {
    read(number::CLOCK_GETRES, clock)
}

fn read(call: usize, clock: Clock) -> Result<u64, Errno> {
    let mut time = Timespec::default();
    // SAFETY: the kernel writes the structure.
    answer(unsafe { syscall(call, [clock as usize, &raw mut time as usize, 0, 0, 0, 0]) })?;
    Ok(time.nanoseconds())
}

/// Lets other threads run.
pub fn yield_now() {
    // SAFETY: touches no memory.
    unsafe { syscall(number::SCHED_YIELD, [0; 6]) };
}
