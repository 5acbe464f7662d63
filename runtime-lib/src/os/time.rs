//! Times of seconds and nanoseconds.

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
