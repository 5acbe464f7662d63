//! Preview 1: clocks and random bytes.

use super::errno::{Errno, Result};
use super::guest::{Guest, doors};
use crate::os::clock::{self, Clock};
use crate::os::random;
use crate::wasi::host::state::Wasi;

doors! {
    wasmaot_p1_clock_res_get => clock_res_get(id: u32, answer: u32);
    wasmaot_p1_clock_time_get => clock_time_get(id: u32, precision: u64, answer: u32);
    wasmaot_p1_random_get => random_get(buffer: u32, len: u32);
}

/// The clock of this number (preview 1: `clockid`).
pub fn clock(id: u32) -> Result<Clock> {
    match id {
        0 => Ok(Clock::Realtime),
        1 => Ok(Clock::Monotonic),
        2 => Ok(Clock::ProcessCpu),
        3 => Ok(Clock::ThreadCpu),
        _ => Err(Errno::Inval),
    }
}

/// Writes a clock's resolution in nanoseconds.
pub fn clock_res_get(_wasi: &mut Wasi, guest: Guest, id: u32, answer: u32) -> Result {
    guest.write_u64(answer, clock::resolution(clock(id)?)?)
}

/// Writes a clock's time in nanoseconds. It is as precise as the clock, whatever precision is asked for.
pub fn clock_time_get(wasi: &mut Wasi, guest: Guest, id: u32, _precision: u64, answer: u32) -> Result {
    if let Some((hook, context)) = wasi.hooks.clock {
        clock(id)?;
        // SAFETY: the embedder's promise on its function.
        return guest.write_u64(answer, unsafe { hook(context, id) });
    }
    guest.write_u64(answer, clock::now(clock(id)?)?)
}

/// Fills a buffer with random bytes that are fit for keys.
pub fn random_get(wasi: &mut Wasi, guest: Guest, buffer: u32, len: u32) -> Result {
    let buffer = guest.span(buffer, u64::from(len))?;
    if let Some((hook, context)) = wasi.hooks.random {
        // SAFETY: the embedder's promise on its function; `span` checked the bytes.
        unsafe { hook(context, buffer, len as usize) };
        return Ok(());
    }
    // SAFETY: `span` checked the bytes; only the kernel writes to them.
    Ok(unsafe { random::fill(buffer, len as usize) }?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clocks_and_random_bytes() {
        let mut memory = vec![0u8; 4096];
        // SAFETY: the value is used while the vector lives.
        let guest = unsafe { Guest::new(memory.as_mut_ptr(), 4096) };
        let wasi = &mut Wasi::new();
        let mut time = |id| clock_time_get(wasi, guest, id, 0, 16).and_then(|()| guest.read_u64(16));
        let std = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_nanos() as u64;
        assert!(time(0).unwrap().abs_diff(std) < 1_000_000_000);
        assert!(time(1).unwrap() <= time(1).unwrap());
        assert!(time(2).unwrap() > 0 && time(3).unwrap() > 0);
        assert_eq!(time(4), Err(Errno::Inval));
        let wasi = &mut Wasi::new();
        for id in 0..4 {
            clock_res_get(wasi, guest, id, 8).unwrap();
            assert!((1..=10_000_000).contains(&guest.read_u64(8).unwrap()));
        }
        assert_eq!(clock_res_get(wasi, guest, u32::MAX, 8), Err(Errno::Inval));
        assert_eq!(clock_res_get(wasi, guest, 0, 4089), Err(Errno::Fault));
        random_get(wasi, guest, 96, 4000).unwrap();
        assert!(memory[96..].iter().any(|&byte| byte != 0));
        assert_eq!(random_get(wasi, guest, 97, 4000), Err(Errno::Fault));
        assert_eq!(random_get(wasi, guest, 4096, 0), Ok(()));
    }
}
