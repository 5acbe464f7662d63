//! The process: standard streams, exit, faults, the time limit. Faults and the time limit have the numbers of Linux's
//! signals; [`super::fault`] raises them.

use super::handles::{self, Kind, Slot};
use super::sys::{self, Handle};
use super::{Errno, fault, status, text};
use crate::arch::SignalContext;
use alloc::vec::Vec;
use core::ptr::{null, null_mut};

pub use crate::os::signal::{Handler, SIGABRT, SIGALRM, SIGPIPE, SignalInfo};

/// Ends the process, all threads of it.
pub fn exit(code: i32) -> ! {
    // SAFETY: does not return.
    unsafe { sys::ExitProcess(code as u32) }
}

/// There are no core files here.
pub fn leaves_core() -> bool {
    false
}

/// Most bytes of one call.
const MOST: usize = 1 << 30;

/// Writes to a standard stream, pipe or device, once.
pub fn write(fd: i32, bytes: &[u8]) -> Result<usize, Errno> {
    handles::with(fd, |slot| match slot.kind {
        Kind::Console => write_console(slot, bytes),
        // SAFETY: the slice is readable.
        _ => unsafe { write_raw(slot.handle, bytes.as_ptr(), bytes.len()) },
    })
}

/// # Safety
/// The bytes must be readable.
pub unsafe fn write_raw(handle: Handle, bytes: *const u8, len: usize) -> Result<usize, Errno> {
    let mut written = 0;
    // SAFETY: the caller's; the system writes the number.
    let done = unsafe { sys::WriteFile(handle, bytes, len.min(MOST) as u32, &mut written, null_mut()) };
    if done == 0 { Err(status::last()) } else { Ok(written as usize) }
}

/// Writes UTF-8 to a console. The bytes of an incomplete character at the end are kept for the next time.
fn write_console(slot: &mut Slot, bytes: &[u8]) -> Result<usize, Errno> {
    const PART: usize = 512;
    let part = bytes.get(..PART).unwrap_or(bytes);
    slot.buffer.extend_from_slice(part);
    let mut wide: Vec<u16> = Vec::new();
    let mut rest = slot.buffer.as_slice();
    while !rest.is_empty() {
        let (valid, invalid) = match core::str::from_utf8(rest) {
            Ok(text) => (text, Some(0)),
            Err(error) => {
                let valid = rest.get(..error.valid_up_to()).unwrap_or(&[]);
                (core::str::from_utf8(valid).unwrap_or(""), error.error_len())
            }
        };
        wide.extend(valid.encode_utf16());
        rest = rest.get(valid.len()..).unwrap_or(&[]);
        match invalid {
            // Incomplete.
            None => break,
            Some(0) => {}
            Some(len) => {
                wide.push(0xfffd);
                rest = rest.get(len..).unwrap_or(&[]);
            }
        }
    }
    let kept = rest.to_vec();
    slot.buffer = kept;
    let mut left = wide.as_slice();
    while !left.is_empty() {
        let mut written = 0;
        // SAFETY: the slice is readable, and the system writes the number.
        if unsafe { sys::WriteConsoleW(slot.handle, left.as_ptr(), left.len() as u32, &mut written, null()) } == 0 {
            return Err(status::last());
        }
        left = left.get(written as usize..).unwrap_or(&[]);
    }
    Ok(part.len())
}

/// Writes all bytes; stops at the first error.
pub fn write_all(fd: i32, mut bytes: &[u8]) -> Result<(), Errno> {
    while !bytes.is_empty() {
        match write(fd, bytes)? {
            0 => return Err(Errno::EIO),
            written => bytes = bytes.get(written..).unwrap_or(&[]),
        }
    }
    Ok(())
}

/// Reads from a standard stream, pipe or device, once; 0 is the end.
pub fn read(fd: i32, buffer: &mut [u8]) -> Result<usize, Errno> {
    // SAFETY: the slice is writable.
    handles::with(fd, |slot| unsafe { read_stream(slot, buffer.as_mut_ptr(), buffer.len()) })
}

/// # Safety
/// The buffer must be writable.
pub unsafe fn read_stream(slot: &mut Slot, buffer: *mut u8, len: usize) -> Result<usize, Errno> {
    if slot.kind == Kind::Console {
        if slot.position >= slot.buffer.len() {
            read_console(slot)?;
        }
        let ready = slot.buffer.get(slot.position..).unwrap_or(&[]);
        let count = ready.len().min(len);
        // SAFETY: as many bytes as there are, and as there is room for.
        unsafe { core::ptr::copy_nonoverlapping(ready.as_ptr(), buffer, count) };
        slot.position += count;
        return Ok(count);
    }
    let mut read = 0;
    // SAFETY: the caller's; the system writes the number.
    let done = unsafe { sys::ReadFile(slot.handle, buffer, len.min(MOST) as u32, &mut read, null_mut()) };
    match done {
        0 => match status::last() {
            // The other end is closed, or the end of a file.
            Errno(32) => Ok(0),
            // SAFETY: reads a number of the thread.
            _ if unsafe { sys::GetLastError() } == 38 => Ok(0),
            errno => Err(errno),
        },
        _ => Ok(read as usize),
    }
}

/// Reads a line of a console to the slot's buffer. Ctrl-Z at its start is the end.
fn read_console(slot: &mut Slot) -> Result<(), Errno> {
    let mut line = [0u16; 1024];
    let mut read = 0;
    // SAFETY: the system writes as much as there is room for, and the number.
    if unsafe { sys::ReadConsoleW(slot.handle, line.as_mut_ptr(), line.len() as u32, &mut read, null()) } == 0 {
        return Err(status::last());
    }
    let line = line.get(..read as usize).unwrap_or(&[]);
    slot.buffer.clear();
    slot.position = 0;
    if line.first() != Some(&0x1a) {
        text::push_utf8(&mut slot.buffer, line);
        slot.buffer.retain(|&byte| byte != b'\r');
    }
    Ok(())
}

/// Sets the stack that handlers run on.
///
/// # Safety
/// The memory must stay for that use.
pub unsafe fn set_signal_stack(base: *mut u8, len: usize) -> Result<(), Errno> {
    fault::set_stack(base as usize + len);
    Ok(())
}

/// Installs a handler.
///
/// # Safety
/// The handler must keep to `trap.rs`'s rules.
pub unsafe fn set_handler(signal: i32, handler: Handler) -> Result<(), Errno> {
    fault::install(signal, handler);
    Ok(())
}

/// Takes a handler away: the fault does what it would have done without it.
pub fn set_default(signal: i32) {
    fault::remove(signal);
}

/// Nothing here is to be ignored.
pub fn set_ignored(_: i32) {}

/// Nothing here is blocked.
pub fn unblock_signals() {}

/// Does what the signal does by default: ends the process with the code that a shell shows for it, unless it is one
/// that nobody minds.
pub fn raise(signal: i32) {
    const CHILD: i32 = 17;
    const CONTINUE: i32 = 18;
    const URGENT: i32 = 23;
    const WINDOW: i32 = 28;
    if !matches!(signal, CHILD | CONTINUE | URGENT | WINDOW) {
        exit(128 + signal)
    }
}

/// Raises SIGALRM once, after this many milliseconds.
pub fn set_alarm(milliseconds: u64) -> Result<(), Errno> {
    fault::set_alarm(milliseconds)
}

/// A frame for the walk to begin with, from code that compiled code called: what the first function of compiled code goes
/// on with, found by the system's unwinder. The runtime's own frames are no chain here: the compiler puts the frame
/// pointer somewhere into them.
pub fn caller_frame(frame: &mut [usize; 2], own: usize) -> usize {
    let Some(program) = crate::instance::program() else { return frame.as_ptr() as usize };
    let tables = crate::backtrace::Tables::of(program);
    compiled_frame(frame, own, |pc| tables.contains(pc), crate::stack::usable().end)
}

/// The same, where it is asked what is compiled code, and where the stack ends.
pub fn compiled_frame(
    frame: &mut [usize; 2],
    _own: usize,
    is_compiled: impl Fn(usize) -> bool,
    stack_end: usize,
) -> usize {
    let at = frame.as_ptr() as usize;
    // SAFETY: the system reads the tables of this process's code and fills the structures, which live here.
    unsafe {
        let mut context = core::mem::MaybeUninit::<SignalContext>::zeroed().assume_init();
        sys::RtlCaptureContext(&mut context);
        let low = context.sp();
        // Between compiled code and here is a handful of functions.
        for _ in 0..64 {
            if is_compiled(context.pc()) {
                *frame = [context.fp(), context.pc()];
                break;
            }
            let (mut image, mut data, mut establisher) = (0, null_mut(), 0);
            let function = sys::RtlLookupFunctionEntry(context.pc(), &mut image, null_mut());
            if function.is_null() {
                context.leave_leaf();
            } else {
                let pc = context.pc();
                sys::RtlVirtualUnwind(0, image, pc, function, &mut context, &mut data, &mut establisher, null_mut());
            }
            if !(low..stack_end).contains(&context.sp()) {
                break;
            }
        }
    }
    at
}

/// After an exhausted stack was abandoned: sets its guard again, which the system takes away with the exception.
pub fn renew_stack() {
    super::map::renew_stack();
}
