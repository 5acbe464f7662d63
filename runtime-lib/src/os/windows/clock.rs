//! Clocks, and giving up the processor.

use super::Errno;
use super::sys::{
    GetCurrentProcess, GetCurrentThread, GetProcessTimes, GetSystemTimePreciseAsFileTime, GetThreadTimes,
    QueryPerformanceCounter, QueryPerformanceFrequency, SwitchToThread,
};

/// A clock.
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

/// Units of 100 nanoseconds from 1601 to 1970.
pub const EPOCH: u64 = 116_444_736_000_000_000;

const SECOND: u64 = 1_000_000_000;

/// The clock's time in nanoseconds.
pub fn now(clock: Clock) -> Result<u64, Errno> {
    let mut times = [0u64; 4];
    let [a, b, kernel, user] = &mut times;
    // SAFETY: the system writes the numbers.
    unsafe {
        match clock {
            Clock::Realtime => {
                GetSystemTimePreciseAsFileTime(a);
                return Ok(times[0].saturating_sub(EPOCH).saturating_mul(100));
            }
            Clock::Monotonic => {
                QueryPerformanceCounter(a);
                let (count, frequency) = (times[0], frequency());
                return Ok((count / frequency) * SECOND + (count % frequency) * SECOND / frequency);
            }
            Clock::ProcessCpu => GetProcessTimes(GetCurrentProcess(), a, b, kernel, user),
            Clock::ThreadCpu => GetThreadTimes(GetCurrentThread(), a, b, kernel, user),
        }
    };
    Ok((times[2] + times[3]) * 100)
}

/// Counts of the monotonic clock in a second; ten millions wherever it was looked.
fn frequency() -> u64 {
    let mut frequency = 0;
    // SAFETY: the system writes the number.
    unsafe { QueryPerformanceFrequency(&mut frequency) };
    frequency.max(1)
}

/// The clock's resolution in nanoseconds.
pub fn resolution(clock: Clock) -> Result<u64, Errno> {
    Ok(match clock {
        Clock::Realtime => 100,
        Clock::Monotonic => (SECOND / frequency()).max(1),
        // The system counts in ticks of its timer.
        Clock::ProcessCpu | Clock::ThreadCpu => 15_625_000,
    })
}

/// Lets other threads run.
pub fn yield_now() {
    // SAFETY: touches no memory.
    unsafe { SwitchToThread() };
}
