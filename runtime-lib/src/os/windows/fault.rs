//! Exceptions as the faults that `trap.rs` knows: a vectored handler, which the system calls before any other, on the
//! stack of the code that faulted; it goes to a stack of its own. And the time limit: a thread that stops the first one.
//!
//! Invariant: an exception that is none of ours, or whose handler declines, goes on to whoever else wants it.

use super::process::{Handler, SIGALRM, SignalInfo};
use super::sys::{self, ExceptionPointers, ExceptionRecord, Handle};
use super::{Errno, status};
use crate::arch::SignalContext;
use core::ffi::c_void;
use core::mem::MaybeUninit;
use core::ptr::{null, null_mut};
use core::sync::atomic::{AtomicUsize, Ordering};

const SIGILL: i32 = 4;
const SIGBUS: i32 = 7;
const SIGFPE: i32 = 8;
const SIGSEGV: i32 = 11;

/// The kinds of exception that faults of compiled code are, and the signals of Linux for them.
const EXCEPTIONS: [(u32, i32); 8] = [
    (ACCESS_VIOLATION, SIGSEGV),
    (IN_PAGE_ERROR, SIGBUS),
    (STACK_OVERFLOW, SIGSEGV),
    (0xC000_001D, SIGILL), // illegal instruction
    (0xC000_0094, SIGFPE), // division by zero
    (0xC000_0095, SIGFPE), // overflow of a division
    (0xC000_0096, SIGILL), // privileged instruction
    (GUARD_PAGE, SIGSEGV),
];
const ACCESS_VIOLATION: u32 = 0xC000_0005;
const IN_PAGE_ERROR: u32 = 0xC000_0006;
const STACK_OVERFLOW: u32 = 0xC000_00FD;
const GUARD_PAGE: u32 = 0x8000_0001;

/// Answers of a handler.
pub const CONTINUE_SEARCH: i32 = 0;
pub const CONTINUE_EXECUTION: i32 = -1;

/// The signal that an exception is.
pub fn signal(code: u32) -> Option<i32> {
    EXCEPTIONS.iter().find(|(known, _)| *known == code).map(|(_, signal)| *signal)
}

/// Whether an exception is the end of a stack.
#[cfg(not(wasmaot_standalone))]
pub fn is_stack(code: u32) -> bool {
    matches!(code, STACK_OVERFLOW | GUARD_PAGE)
}

/// The address of the access that faulted, or of the instruction.
pub fn address(record: &ExceptionRecord) -> usize {
    match record.code {
        ACCESS_VIOLATION | IN_PAGE_ERROR => record.parameters[1],
        _ => record.address,
    }
}

const SIGNALS: usize = 16;
static HANDLERS: [AtomicUsize; SIGNALS] = [const { AtomicUsize::new(0) }; SIGNALS];
static INSTALLED: AtomicUsize = AtomicUsize::new(0);

/// End of the stack of handlers: what the system leaves of an exhausted one is too little, on Wine a page.
static STACK: AtomicUsize = AtomicUsize::new(0);

/// Sets the stack of handlers.
pub fn set_stack(top: usize) {
    STACK.store(top & !15, Ordering::Relaxed);
}

/// Sets the handler of a signal.
pub fn install(signal: i32, handler: Handler) {
    if let Some(slot) = HANDLERS.get(signal as usize) {
        slot.store(handler as *const () as usize, Ordering::Relaxed);
    }
    if INSTALLED.swap(1, Ordering::Relaxed) == 0 {
        // SAFETY: the handler keeps to the system's rules.
        unsafe { sys::AddVectoredExceptionHandler(1, on_exception) };
    }
}

/// Takes the handler of a signal away.
pub fn remove(signal: i32) {
    if let Some(slot) = HANDLERS.get(signal as usize) {
        slot.store(0, Ordering::Relaxed);
    }
}

fn handler(signal: i32) -> Option<Handler> {
    let address = HANDLERS.get(signal as usize)?.load(Ordering::Relaxed);
    // SAFETY: install() stored a handler.
    (address != 0).then(|| unsafe { core::mem::transmute::<usize, Handler>(address) })
}

unsafe extern "system" fn on_exception(pointers: *mut ExceptionPointers) -> i32 {
    // SAFETY: the system passes them, for the time of the handler.
    let (record, context) = unsafe { (&*(*pointers).record, (*pointers).context) };
    let Some((signal, handler)) = signal(record.code).and_then(|signal| Some((signal, handler(signal)?))) else {
        return CONTINUE_SEARCH;
    };
    let address = match record.code {
        // The guard page moves; it is always the stack's end that is meant.
        STACK_OVERFLOW => crate::stack::guard().start,
        _ => address(record),
    };
    let info = SignalInfo { signal, code: 1, address };
    // SAFETY: the handler's contract; faults of handlers are none of ours, so the stack is not in use.
    unsafe { crate::arch::call_handler(handler, signal, &info, context, STACK.load(Ordering::Relaxed)) };
    // A handler that declines takes itself away.
    if self::handler(signal).is_none() { CONTINUE_SEARCH } else { CONTINUE_EXECUTION }
}

/// The thread that the program runs on, for the thread of the time limit.
static PROGRAM_THREAD: AtomicUsize = AtomicUsize::new(0);

/// Starts a thread that interrupts this one after so many milliseconds.
pub fn set_alarm(milliseconds: u64) -> Result<(), Errno> {
    const SAME_ACCESS: u32 = 2;
    let mut thread: Handle = null_mut();
    // SAFETY: the system writes the handle; the thread gets a number.
    unsafe {
        let process = sys::GetCurrentProcess();
        if sys::DuplicateHandle(process, sys::GetCurrentThread(), process, &mut thread, 0, 0, SAME_ACCESS) == 0 {
            return Err(status::last());
        }
        PROGRAM_THREAD.store(thread as usize, Ordering::Relaxed);
        let timer = sys::CreateThread(null(), 0x1_0000, alarm, milliseconds as usize as *mut c_void, 0, null_mut());
        if timer.is_null() { Err(status::last()) } else { Ok(()) }
    }
}

unsafe extern "system" fn alarm(milliseconds: *mut c_void) -> u32 {
    let mut left = milliseconds as usize;
    let thread = PROGRAM_THREAD.load(Ordering::Relaxed) as Handle;
    // SAFETY: the thread is stopped while its registers are read, and goes on with those that the handler leaves.
    unsafe {
        while left > 0 {
            let part = left.min(1 << 30);
            sys::Sleep(part as u32);
            left -= part;
        }
        let Some(handler) = handler(SIGALRM) else { return 0 };
        if sys::SuspendThread(thread) == u32::MAX {
            return 0;
        }
        let mut context = MaybeUninit::<SignalContext>::zeroed().assume_init();
        context.ask_for_all();
        if sys::GetThreadContext(thread, &mut context) != 0 {
            let info = SignalInfo { signal: SIGALRM, code: 1, address: 0 };
            handler(SIGALRM, &info, &mut context);
            sys::SetThreadContext(thread, &context);
        }
        sys::ResumeThread(thread);
    }
    0
}
