//! The process: standard streams, exit, signals, timer. Signals have Linux's numbers, as errors do.

use super::{Errno, answer, done, sys};
use crate::arch::{ACCESS_SIGNALS, SignalContext};
use core::sync::atomic::{AtomicUsize, Ordering};

const SA_ONSTACK: i32 = 1;
const SA_SIGINFO: i32 = 0x40;
const SIG_SETMASK: i32 = 3;
/// `si_code` of the first signal that is sent by a process; those of faults are smaller.
const SI_USER: i32 = 0x1_0001;

pub use crate::os::signal::{Handler, SIGABRT, SIGALRM, SIGPIPE, SignalInfo};

/// The system's `siginfo_t`, as far as it is read.
#[repr(C)]
struct SystemInfo {
    signal: i32,
    errno: i32,
    code: i32,
    pid: i32,
    uid: u32,
    status: i32,
    address: usize,
}

/// The system's `ucontext_t`, as far as it is read.
#[repr(C)]
struct SystemContext {
    on_stack: i32,
    mask: u32,
    stack: SignalStack,
    link: usize,
    size: usize,
    registers: *mut SignalContext,
}

/// The system's `struct sigaction`.
#[repr(C)]
pub struct Action {
    handler: usize,
    mask: u32,
    flags: i32,
}

/// The system's `stack_t`.
#[repr(C)]
pub struct SignalStack {
    base: *mut u8,
    len: usize,
    flags: i32,
}

/// The system's numbers of Linux's signals; 0 has none. What fails or strays there (STKFLT, PWR) ends the process here.
const NUMBERS: [u8; 32] = [
    0, 1, 2, 3, 4, 5, 6, 10, 8, 9, 30, 11, 31, 13, 14, 15, 15, 20, 19, 17, 18, 21, 22, 16, 24, 25, 26, 27, 28, 23, 15,
    12,
];

/// The system's number of a signal.
fn system_number(signal: i32) -> i32 {
    NUMBERS.get(signal as usize).copied().unwrap_or(0).into()
}

/// Handlers by signal number.
static HANDLERS: [AtomicUsize; 32] = [const { AtomicUsize::new(0) }; 32];

/// Ends the process, all threads of it.
pub fn exit(status: i32) -> ! {
    // SAFETY: does not return and runs nothing of ours.
    unsafe { sys::_exit(status) }
}

/// There is a crash report where a core file would be: not after a trap.
pub fn leaves_core() -> bool {
    false
}

/// Writes to a file descriptor, once.
pub fn write(fd: i32, bytes: &[u8]) -> Result<usize, Errno> {
    // SAFETY: the system reads the slice only.
    answer(unsafe { sys::write(fd, bytes.as_ptr(), bytes.len()) })
}

/// Writes all bytes; stops at the first error.
pub fn write_all(fd: i32, mut bytes: &[u8]) -> Result<(), Errno> {
    while !bytes.is_empty() {
        match write(fd, bytes) {
            Ok(written) => bytes = bytes.get(written..).unwrap_or(&[]),
            Err(Errno::EINTR) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

/// Reads from a file descriptor, once; 0 is the end.
pub fn read(fd: i32, buffer: &mut [u8]) -> Result<usize, Errno> {
    // SAFETY: the system writes into the slice only.
    answer(unsafe { sys::read(fd, buffer.as_mut_ptr(), buffer.len()) })
}

/// Sets the stack that handlers run on.
///
/// # Safety
/// The memory must stay for that use.
pub unsafe fn set_signal_stack(base: *mut u8, len: usize) -> Result<(), Errno> {
    let stack = SignalStack { base, len, flags: 0 };
    // SAFETY: the system reads the structure.
    done(unsafe { sys::sigaltstack(&stack, core::ptr::null_mut()) })
}

/// Installs a handler, run on the signal stack.
///
/// # Safety
/// The handler must be async-signal-safe.
pub unsafe fn set_handler(signal: i32, handler: Handler) -> Result<(), Errno> {
    if let Some(slot) = HANDLERS.get(signal as usize) {
        slot.store(handler as *const () as usize, Ordering::Relaxed);
    }
    let action = Action { handler: dispatch as *const () as usize, mask: 0, flags: SA_SIGINFO | SA_ONSTACK };
    // SAFETY: the caller vouches for the handler.
    unsafe { set_action(signal, &action) }
}

/// What the system calls: puts what it says into the form that handlers expect.
unsafe extern "C" fn dispatch(number: i32, info: *const SystemInfo, context: *mut SystemContext) {
    // SAFETY: the system passes both, for the time of the handler.
    let (info, context) = unsafe { (&*info, &mut *(*context).registers) };
    let Some(signal) = NUMBERS.iter().position(|known| i32::from(*known) == number) else { return };
    let Some(slot) = HANDLERS.get(signal) else { return };
    let signal = signal as i32;
    // SAFETY: touches no memory.
    let own = || info.pid == 0 || info.pid == unsafe { sys::getpid() };
    let code = match signal {
        SIGALRM => i32::from(own()),
        _ if info.code >= SI_USER => 0,
        _ => info.code,
    };
    let access = ACCESS_SIGNALS.contains(&signal);
    let address = if access { context.fault_address() } else { info.address };
    let told = SignalInfo { signal, code, address };
    // SAFETY: set_handler() stored the function before it named this one to the system.
    unsafe {
        let handler = core::mem::transmute::<usize, Handler>(slot.load(Ordering::Relaxed));
        handler(signal, &told, context);
    }
}

/// Restores a signal's default action.
pub fn set_default(signal: i32) {
    // SAFETY: the default action runs no code of ours.
    let _ = unsafe { set_action(signal, &Action { handler: 0, mask: 0, flags: 0 }) };
}

/// Ignores a signal.
pub fn set_ignored(signal: i32) {
    // SAFETY: no code is run.
    let _ = unsafe { set_action(signal, &Action { handler: 1, mask: 0, flags: 0 }) };
}

unsafe fn set_action(signal: i32, action: &Action) -> Result<(), Errno> {
    // SAFETY: the caller vouches; the system copies the structure.
    done(unsafe { sys::sigaction(system_number(signal), action, core::ptr::null_mut()) })
}

/// Unblocks every signal of this thread.
pub fn unblock_signals() {
    // SAFETY: the system reads the four bytes.
    unsafe { sys::pthread_sigmask(SIG_SETMASK, &0, core::ptr::null_mut()) };
}

/// Sends a signal to the calling thread.
pub fn raise(signal: i32) {
    // SAFETY: touches no memory.
    unsafe { sys::raise(system_number(signal)) };
}

/// Sends SIGALRM once, after this many milliseconds of wall time.
pub fn set_alarm(milliseconds: u64) -> Result<(), Errno> {
    // itimerval: interval, value; seconds (8 bytes) and microseconds (4, then 4 of padding) each
    let timer = [0u64, 0, milliseconds / 1000, milliseconds % 1000 * 1000];
    // SAFETY: ITIMER_REAL (0); the system reads the four words.
    done(unsafe { sys::setitimer(0, &timer, core::ptr::null_mut()) })
}

/// A frame for the walk to begin with, from code that compiled code called: the function's own.
pub fn caller_frame(_: &mut [usize; 2], own: usize) -> usize {
    own
}

/// After an exhausted stack was abandoned: its guard is where it was.
pub fn renew_stack() {}
