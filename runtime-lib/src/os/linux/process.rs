//! The process: standard streams, exit, signals, timer.

use super::{Errno, answer, syscall};
use crate::arch::{KernelSigaction, SignalContext, number};

const SA_SIGINFO: u64 = 4;
const SA_ONSTACK: u64 = 0x0800_0000;
const SIG_SETMASK: usize = 2;

pub use crate::os::signal::{Handler, SIGABRT, SIGALRM, SIGPIPE};

/// The part of the kernel's `siginfo_t` that faults fill in.
#[repr(C)]
#[derive(Debug)]
pub struct SignalInfo {
    /// Signal number.
    pub signal: i32,
    /// Errno, unused.
    pub errno: i32,
    /// Positive if the kernel raised it for a fault, else some process sent it.
    pub code: i32,
    /// Address of the access (SIGSEGV, SIGBUS) or instruction.
    pub address: usize,
}

/// Ends the process, all threads of it.
pub fn exit(status: i32) -> ! {
    loop {
        // SAFETY: does not return and touches no memory.
        unsafe { syscall(number::EXIT_GROUP, [status as usize, 0, 0, 0, 0, 0]) };
    }
}

/// Whether a process that dies of a signal leaves a core file: the limit of their size is not 0.
pub fn leaves_core() -> bool {
    const RLIMIT_CORE: usize = 4;
    let mut limits = [0u64; 2];
    let args = [0, RLIMIT_CORE, 0, limits.as_mut_ptr() as usize, 0, 0];
    // SAFETY: the kernel writes the two words.
    answer(unsafe { syscall(number::PRLIMIT64, args) }).is_ok() && limits[0] != 0
}

/// Writes to a file descriptor, once.
pub fn write(fd: i32, bytes: &[u8]) -> Result<usize, Errno> {
    // SAFETY: the kernel reads the slice only.
    answer(unsafe { syscall(number::WRITE, [fd as usize, bytes.as_ptr() as usize, bytes.len(), 0, 0, 0]) })
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
    // SAFETY: the kernel writes into the slice only.
    answer(unsafe { syscall(number::READ, [fd as usize, buffer.as_mut_ptr() as usize, buffer.len(), 0, 0, 0]) })
}

/// Sets the stack that handlers run on.
///
/// # Safety
/// The memory must stay for that use.
pub unsafe fn set_signal_stack(base: *mut u8, len: usize) -> Result<(), Errno> {
    // stack_t: address, flags, length
    let stack = [base as usize, 0, len];
    // SAFETY: the kernel reads the three words.
    answer(unsafe { syscall(number::SIGALTSTACK, [stack.as_ptr() as usize, 0, 0, 0, 0, 0]) }).map(drop)
}

/// Installs a handler, run on the signal stack.
///
/// # Safety
/// The handler must be async-signal-safe.
pub unsafe fn set_handler(signal: i32, handler: Handler) -> Result<(), Errno> {
    let action = KernelSigaction::new(handler as *const () as usize, SA_SIGINFO | SA_ONSTACK);
    // SAFETY: the caller vouches for the handler.
    unsafe { set_action(signal, &action) }
}

/// What is done at a signal.
pub fn action(signal: i32) -> Result<KernelSigaction, Errno> {
    let mut action = KernelSigaction::new(0, 0);
    let args = [signal as usize, 0, &raw mut action as usize, 8, 0, 0];
    // SAFETY: the kernel writes the structure.
    answer(unsafe { syscall(number::RT_SIGACTION, args) }).map(|_| action)
}

impl KernelSigaction {
    /// Calls the handler of an action that was there before; false if it has none: the default action, or to ignore.
    ///
    /// # Safety
    /// The arguments must be those that the kernel gave for this signal.
    pub unsafe fn call(&self, signal: i32, info: *const SignalInfo, context: *mut SignalContext) -> bool {
        let handler = self.handler();
        if handler <= 1 {
            return false;
        }
        // SAFETY: the host installed this handler for this signal; the caller vouches for the arguments.
        unsafe {
            if self.flags() & SA_SIGINFO != 0 {
                core::mem::transmute::<usize, Handler>(handler)(signal, info, context);
            } else {
                core::mem::transmute::<usize, unsafe extern "C" fn(i32)>(handler)(signal);
            }
        }
        true
    }
}

/// Restores a signal's default action.
pub fn set_default(signal: i32) {
    let action = KernelSigaction::new(0, 0);
    // SAFETY: the default action runs no code of ours.
    let _ = unsafe { set_action(signal, &action) };
}

/// Ignores a signal.
pub fn set_ignored(signal: i32) {
    let action = KernelSigaction::new(1, 0);
    // SAFETY: no code is run.
    let _ = unsafe { set_action(signal, &action) };
}

unsafe fn set_action(signal: i32, action: &KernelSigaction) -> Result<(), Errno> {
    let args = [signal as usize, action as *const _ as usize, 0, 8, 0, 0];
    // SAFETY: the caller vouches; the kernel copies the structure.
    answer(unsafe { syscall(number::RT_SIGACTION, args) }).map(drop)
}

/// Unblocks every signal of this thread.
pub fn unblock_signals() {
    let none = 0u64;
    let args = [SIG_SETMASK, &none as *const _ as usize, 0, 8, 0, 0];
    // SAFETY: the kernel reads the eight bytes.
    unsafe { syscall(number::RT_SIGPROCMASK, args) };
}

/// Sends a signal to the calling thread.
pub fn raise(signal: i32) {
    // SAFETY: these calls touch no memory.
    unsafe {
        let process = syscall(number::GETPID, [0; 6]) as usize;
        let thread = syscall(number::GETTID, [0; 6]) as usize;
        syscall(number::TGKILL, [process, thread, signal as usize, 0, 0, 0]);
    }
}

/// Sends SIGALRM once, after this many milliseconds of wall time.
pub fn set_alarm(milliseconds: u64) -> Result<(), Errno> {
    // itimerval: interval, value; seconds and microseconds each
    let timer = [0u64, 0, milliseconds / 1000, milliseconds % 1000 * 1000];
    // SAFETY: ITIMER_REAL (0); the kernel reads the four words.
    answer(unsafe { syscall(number::SETITIMER, [0, timer.as_ptr() as usize, 0, 0, 0, 0]) }).map(drop)
}

/// A frame for the walk to begin with, from code that compiled code called: the function's own.
pub fn caller_frame(_: &mut [usize; 2], own: usize) -> usize {
    own
}

/// The same, where it is asked what is compiled code, and how far the stack goes.
#[cfg(not(wasmaot_standalone))]
pub fn compiled_frame(_: &mut [usize; 2], own: usize, _: impl Fn(usize) -> bool, _: usize) -> usize {
    own
}

/// After an exhausted stack was abandoned: its guard is where it was.
pub fn renew_stack() {}
