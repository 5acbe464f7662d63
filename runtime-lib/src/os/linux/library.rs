//! What the library for C programs is on Linux: handlers of signals, behind which those that were there before get every
//! fault that is not ours; standard streams by descriptor.

use super::Errno;
use super::process::{self, SignalInfo};
use crate::arch::{self, SignalContext};
use crate::embed::signals::handle;
use crate::embed::wasi::{self, Config, Stream};
use core::cell::UnsafeCell;

/// The actions that were there before, in the order of [`arch::TRAP_SIGNALS`].
struct Previous(UnsafeCell<[Option<arch::KernelSigaction>; arch::TRAP_SIGNALS.len()]>);

// SAFETY: written once, by `install`; its handler reads each as soon as it is written.
unsafe impl Sync for Previous {}

static PREVIOUS: Previous = Previous(UnsafeCell::new([None; arch::TRAP_SIGNALS.len()]));

/// Installs the handlers; called once in the process.
pub fn install() {
    // SAFETY: nobody else writes (`signals::install`); a fault meanwhile finds no previous handler at worst.
    let previous = unsafe { &mut *PREVIOUS.0.get() };
    for (slot, &signal) in previous.iter_mut().zip(arch::TRAP_SIGNALS) {
        // Noted first: a fault of another thread may come as soon as ours is there.
        *slot = process::action(signal).ok();
        // SAFETY: the handler keeps to the rules of this file: no locks, no allocation.
        let _ = unsafe { process::set_handler(signal, on_fault) };
    }
}

/// `wasmaot_try_handle`
///
/// # Safety
/// The arguments must be those of a signal handler with SA_SIGINFO.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wasmaot_try_handle(_signal: i32, info: *const SignalInfo, context: *mut SignalContext) -> i32 {
    // SAFETY: the caller vouches.
    unsafe { handle(&*info, &mut *context) }.into()
}

/// Handler of [`arch::TRAP_SIGNALS`].
unsafe extern "C" fn on_fault(signal: i32, info: *const SignalInfo, context: *mut SignalContext) {
    // SAFETY: the kernel passes both, for the time of the handler.
    if unsafe { handle(&*info, &mut *context) } {
        return;
    }
    let index = arch::TRAP_SIGNALS.iter().position(|known| *known == signal);
    // SAFETY: see PREVIOUS.
    let previous = index.and_then(|index| unsafe { (*PREVIOUS.0.get())[index] });
    // SAFETY: that handler was installed for this signal, with these arguments.
    let called = previous.is_some_and(|previous| unsafe { previous.call(signal, info, context) });
    // SAFETY: the kernel's.
    let sent = unsafe { (*info).code } <= 0;
    if sent && previous.is_some_and(|previous| previous.handler() == 1) {
        return;
    }
    if !called {
        process::set_default(signal);
        if sent {
            // Sent by a process: returning would not repeat it.
            process::raise(signal);
        }
    }
}

/// What an address is of that the host gives: linkers see to it that it is the thing's own.
///
/// # Safety
/// None needed.
pub unsafe fn imported<T>(address: *const T) -> *const T {
    address
}

/// A stream of the host, for an instance's standard stream: a descriptor.
#[derive(Clone, Copy, Debug)]
pub struct HostStream(i32);

impl HostStream {
    /// One of the process's own.
    pub fn standard(number: i32) -> HostStream {
        HostStream(number)
    }

    /// A number for it, and whether that is to be closed.
    pub fn open(self) -> Result<(i32, bool), Errno> {
        Ok((self.0, false))
    }
}

/// `wasmaot_wasi_config_stream_fd`
///
/// # Safety
/// A valid configuration; the descriptor must stay open as long as instances use it.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wasmaot_wasi_config_stream_fd(config: *mut Config, stream: i32, fd: i32) {
    // SAFETY: the caller vouches.
    unsafe { wasi::set_stream(config, stream, Stream::Host(HostStream(fd))) }
}
