//! Preview 1: arguments, environment, exit, signals, yielding.

use super::errno::{Errno, Result};
use super::guest::{Guest, doors};
use crate::os::{clock, process};
use crate::wasi::host::state::Wasi;
use wasmaot_abi::program::HostContext;

doors! {
    wasmaot_p1_args_get => args_get(pointers: u32, buffer: u32);
    wasmaot_p1_args_sizes_get => args_sizes_get(count: u32, bytes: u32);
    wasmaot_p1_environ_get => environ_get(pointers: u32, buffer: u32);
    wasmaot_p1_environ_sizes_get => environ_sizes_get(count: u32, bytes: u32);
    wasmaot_p1_proc_raise => proc_raise(signal: u32);
    wasmaot_p1_sched_yield => sched_yield();
}

/// Writes the arguments, NUL-terminated, and a pointer to each.
pub fn args_get(wasi: &mut Wasi, guest: Guest, pointers: u32, buffer: u32) -> Result {
    write_strings(guest, wasi.launch.arguments(), pointers, buffer)
}

/// Writes the number of arguments, and the bytes that they need.
pub fn args_sizes_get(wasi: &mut Wasi, guest: Guest, count: u32, bytes: u32) -> Result {
    write_sizes(guest, wasi.launch.arguments(), count, bytes)
}

/// Writes the environment, `NAME=VALUE` and NUL-terminated, and a pointer to each variable.
pub fn environ_get(wasi: &mut Wasi, guest: Guest, pointers: u32, buffer: u32) -> Result {
    write_strings(guest, wasi.launch.environment().into_iter(), pointers, buffer)
}

/// Writes the number of variables, and the bytes that they need.
pub fn environ_sizes_get(wasi: &mut Wasi, guest: Guest, count: u32, bytes: u32) -> Result {
    write_sizes(guest, wasi.launch.environment().into_iter(), count, bytes)
}

fn write_strings<'a>(
    guest: Guest,
    strings: impl Iterator<Item = &'a [u8]>,
    mut pointers: u32,
    mut buffer: u32,
) -> Result {
    for string in strings {
        guest.write_u32(pointers, buffer)?;
        guest.write(buffer, string)?;
        // The writes above fit the memory, so no sum is beyond its end; a sum that wraps is at 4 GiB, its very end.
        let end = buffer.wrapping_add(string.len() as u32);
        guest.write_u8(end, 0)?;
        (pointers, buffer) = (pointers.wrapping_add(4), end.wrapping_add(1));
    }
    Ok(())
}

fn write_sizes<'a>(guest: Guest, strings: impl Iterator<Item = &'a [u8]>, count: u32, bytes: u32) -> Result {
    let (strings, len) = strings.fold((0u64, 0u64), |(count, len), string| (count + 1, len + string.len() as u64 + 1));
    guest.write_u32(count, u32::try_from(strings).map_err(|_| Errno::Overflow)?)?;
    guest.write_u32(bytes, u32::try_from(len).map_err(|_| Errno::Overflow)?)
}

/// Ends the process. The code is passed on as it is (the low eight bits of it, as the kernel does).
///
/// # Safety
/// The context must be that of the calling instance.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wasmaot_p1_proc_exit(context: *mut HostContext, code: u32) -> ! {
    // SAFETY: the caller's; an embedder's hook ends a call of that instance, which is running.
    unsafe {
        if let Some(wasi) = (*context).wasi.cast::<Wasi>().as_ref()
            && let Some(exit) = wasi.hooks.exit
        {
            exit(wasi.instance, code as i32)
        }
    }
    process::exit(code as i32)
}

/// Raises a signal of the process with its default action: most end it, as the same signal ends a native program.
/// Not for instances: the process is their host's.
pub fn proc_raise(wasi: &mut Wasi, _guest: Guest, signal: u32) -> Result {
    if wasi.hooks.exit.is_some() {
        return Err(Errno::Notsup);
    }
    if let Some(signal) = host_signal(signal)? {
        process::set_default(signal);
        process::unblock_signals();
        process::raise(signal);
    }
    Ok(())
}

/// The kernel's number of a preview 1 `signal`; `None` for `none`.
fn host_signal(signal: u32) -> Result<Option<i32>> {
    match signal {
        0 => Ok(None),
        // hup to term are the same; then Linux has one more, SIGSTKFLT.
        1..=15 => Ok(Some(signal as i32)),
        16..=30 => Ok(Some(signal as i32 + 1)),
        _ => Err(Errno::Inval),
    }
}

/// Lets other threads of the host run.
pub fn sched_yield(_wasi: &mut Wasi, _guest: Guest) -> Result {
    clock::yield_now();
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strings_and_sizes() {
        let mut memory = [0xAAu8; 64];
        // SAFETY: the value is used while the array lives.
        let guest = unsafe { Guest::new(memory.as_mut_ptr(), 64) };
        let strings = || [&b"ab"[..], b"", b"c"].into_iter();
        write_sizes(guest, strings(), 0, 4).unwrap();
        assert_eq!((guest.read_u32(0), guest.read_u32(4)), (Ok(3), Ok(6)));
        write_strings(guest, strings(), 8, 58).unwrap();
        assert_eq!((guest.read_u32(8), guest.read_u32(12), guest.read_u32(16)), (Ok(58), Ok(61), Ok(62)));
        let mut text = [0; 6];
        guest.read(58, &mut text).unwrap();
        assert_eq!(&text, b"ab\0\0c\0");
        assert_eq!(write_strings(guest, strings(), 8, 59), Err(Errno::Fault));
        assert_eq!(write_strings(guest, strings(), 56, 0), Err(Errno::Fault));
        assert_eq!(write_strings(guest, strings(), u32::MAX, u32::MAX), Err(Errno::Fault));
        assert_eq!(write_sizes(guest, strings(), 61, 0), Err(Errno::Fault));
        assert_eq!(write_strings(guest, core::iter::empty(), u32::MAX, u32::MAX), Ok(()));
    }

    #[test]
    fn signals() {
        assert_eq!(host_signal(0), Ok(None));
        for (signal, host) in [(1, 1), (6, 6), (11, 11), (15, 15), (16, 17), (17, 18), (27, 28), (30, 31)] {
            assert_eq!(host_signal(signal), Ok(Some(host)));
        }
        assert_eq!(host_signal(31), Err(Errno::Inval));
        assert_eq!(host_signal(u32::MAX), Err(Errno::Inval));
        let mut wasi = Wasi::new();
        // SAFETY: never read.
        let guest = unsafe { Guest::new(core::ptr::null_mut(), 0) };
        assert_eq!(proc_raise(&mut wasi, guest, 0), Ok(()));
        // winch: ignored by default.
        assert_eq!(proc_raise(&mut wasi, guest, 27), Ok(()));
    }
}
