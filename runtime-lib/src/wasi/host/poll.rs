//! Waiting for descriptors and times together. Called by [`crate::wasi::p1`]'s `poll_oneoff`.

use crate::os::Errno;
use crate::os::clock::{self, Clock};
use crate::os::poll::{PollFd, poll};

/// Two clocks in nanoseconds: the time now, or the earliest times to wake at (`u64::MAX`: never).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Times {
    /// Of [`Clock::Monotonic`].
    pub monotonic: u64,
    /// Of [`Clock::Realtime`].
    pub realtime: u64,
}

impl Times {
    /// No time to wake at.
    pub const NEVER: Times = Times { monotonic: u64::MAX, realtime: u64::MAX };

    /// The time now.
    pub fn now() -> Result<Times, Errno> {
        Ok(Times { monotonic: clock::now(Clock::Monotonic)?, realtime: clock::now(Clock::Realtime)? })
    }

    /// Nanoseconds from `now` to the first of these; `None` if it never comes.
    fn after(&self, now: &Times) -> Option<u64> {
        let until = |wake: u64, now: u64| (wake != u64::MAX).then(|| wake.saturating_sub(now));
        match (until(self.monotonic, now.monotonic), until(self.realtime, now.realtime)) {
            (Some(one), Some(other)) => Some(one.min(other)),
            (one, other) => one.or(other),
        }
    }
}

/// Waits until a descriptor is ready (see its `revents`) or one of the times has come, and returns the time then.
/// A real-time clock that is set meanwhile is followed when the wait ends, not before.
pub fn wait(fds: &mut [PollFd], wake: &Times) -> Result<Times, Errno> {
    let mut now = Times::now()?;
    loop {
        let left = wake.after(&now);
        let ready = match poll(fds, left) {
            Ok(ready) => ready,
            Err(Errno::EINTR) => 0,
            Err(error) => return Err(error),
        };
        now = Times::now()?;
        if ready > 0 || wake.after(&now) == Some(0) {
            return Ok(now);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::os::poll::{POLLHUP, POLLIN, readable_bytes};
    use std::io::Write;
    use std::os::fd::AsRawFd;
    use std::time::{Duration, Instant};

    const MILLISECOND: u64 = 1_000_000;

    #[test]
    fn times() {
        for realtime in [false, true] {
            let begin = Instant::now();
            let now = Times::now().unwrap();
            let wake = match realtime {
                true => Times { realtime: now.realtime + 20 * MILLISECOND, ..Times::NEVER },
                false => Times { monotonic: now.monotonic + 20 * MILLISECOND, realtime: u64::MAX - 1 },
            };
            let then = wait(&mut [], &wake).unwrap();
            assert!(then.monotonic >= now.monotonic + 19 * MILLISECOND);
            assert!(begin.elapsed() >= Duration::from_millis(19));
        }
        let begin = Instant::now();
        wait(&mut [], &Times { monotonic: 0, realtime: u64::MAX }).unwrap();
        wait(&mut [], &Times { monotonic: u64::MAX, realtime: 1 }).unwrap();
        assert!(begin.elapsed() < Duration::from_millis(15));
    }

    #[test]
    fn descriptors() {
        let (reader, mut writer) = std::io::pipe().unwrap();
        let mut fds = [PollFd { fd: reader.as_raw_fd(), events: POLLIN, revents: 0 }];
        let soon = |wait: u64| Times { monotonic: Times::now().unwrap().monotonic + wait, realtime: u64::MAX };
        wait(&mut fds, &soon(MILLISECOND)).unwrap();
        assert_eq!(fds[0].revents, 0);
        writer.write_all(b"abc").unwrap();
        wait(&mut fds, &Times::NEVER).unwrap();
        assert_eq!((fds[0].revents, readable_bytes(reader.as_raw_fd())), (POLLIN, Ok(3)));
        drop(writer);
        wait(&mut fds, &Times::NEVER).unwrap();
        assert_eq!(fds[0].revents, POLLIN | POLLHUP);
    }
}
