//! Clocks, and giving up the processor.

use super::{Errno, done, sys};

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

/// The system's time of seconds and nanoseconds.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default)]
pub struct Timespec {
    /// Seconds.
    pub seconds: i64,
    /// Nanoseconds, below one second.
    pub nanoseconds: i64,
}

impl Timespec {
    /// From nanoseconds.
    pub const fn from_nanoseconds(nanoseconds: u64) -> Timespec {
        Timespec { seconds: (nanoseconds / 1_000_000_000) as i64, nanoseconds: (nanoseconds % 1_000_000_000) as i64 }
    }

    /// In nanoseconds; 0 for times before the epoch.
    pub const fn nanoseconds(self) -> u64 {
        let seconds = if self.seconds < 0 { 0 } else { self.seconds as u64 };
        seconds.saturating_mul(1_000_000_000).saturating_add(self.nanoseconds as u64)
    }
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
