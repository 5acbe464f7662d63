//! What the library for C programs is on Windows: a vectored handler of exceptions, what each thread has, standard streams by
//! handle.
//!
//! The handler runs on the stack of the code that faulted, which has room beyond the limit that compiled code looks at. An
//! exhausted stack is never compiled code's own, and stays the host's.

use super::fault::{self, CONTINUE_EXECUTION, CONTINUE_SEARCH};
use super::fs::EBADF;
use super::handles;
use super::process::SignalInfo;
use super::sys::{self, ExceptionPointers, Handle};
use super::{Errno, status};
use crate::embed::signals::handle;
use crate::embed::wasi::{self, Config, Stream};
use crate::lock::Lock;
use alloc::boxed::Box;
use core::ptr::null_mut;
use core::sync::atomic::{AtomicU32, Ordering};

/// Installs the handler, before those that are there; called once in the process.
pub fn install() {
    // The handler stays for good, so what it is part of does.
    const PIN: u32 = 1;
    const FROM_ADDRESS: u32 = 4;
    let mut library = null_mut();
    // SAFETY: the system writes the handle; the address is in this program or library. The handler keeps to the system's rules.
    unsafe {
        sys::GetModuleHandleExW(PIN | FROM_ADDRESS, on_exception as *const (), &mut library);
        sys::AddVectoredExceptionHandler(1, on_exception);
    }
}

/// `wasmaot_try_handle_exception`
///
/// # Safety
/// The argument must be that of a vectored handler, or of a filter, on the thread of the exception.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wasmaot_try_handle_exception(pointers: *mut ExceptionPointers) -> i32 {
    // SAFETY: the caller vouches.
    let (record, context) = unsafe { (&*(*pointers).record, &mut *(*pointers).context) };
    let Some(signal) = fault::signal(record.code).filter(|_| !fault::is_stack(record.code)) else { return 0 };
    let info = SignalInfo { signal, code: 1, address: fault::address(record) };
    handle(&info, context).into()
}

unsafe extern "system" fn on_exception(pointers: *mut ExceptionPointers) -> i32 {
    // SAFETY: the system passes them, for the time of the handler.
    let ours = unsafe { wasmaot_try_handle_exception(pointers) };
    if ours != 0 { CONTINUE_EXECUTION } else { CONTINUE_SEARCH }
}

/// Number of a thread's bytes.
pub const THREAD_SIZE: usize = 256;

/// What a thread has. When it has ended, its bytes are those of the next thread with its number: so nothing must be told
/// when threads end, and there are never more than numbers in use.
#[repr(C, align(16))]
struct Thread {
    bytes: [u8; THREAD_SIZE],
    id: u32,
    next: *mut Thread,
}

/// All of them.
struct Threads(*mut Thread);

// SAFETY: only reached through the lock.
unsafe impl Send for Threads {}

static THREADS: Lock<Threads> = Lock::new(Threads(null_mut()));

/// The slot of threads' storage, plus one; 0 before there is one, and if there is none.
static SLOT: AtomicU32 = AtomicU32::new(0);

/// A thread's block has its first slots here.
const FIRST_SLOT: u32 = 0x1480;
/// Number of these; those that follow are elsewhere.
const SLOTS: u32 = 64;

/// Where in a thread's block the address of its bytes is; 0 before the first use, and if it is not in the block.
pub static THREAD_PLACE: AtomicU32 = AtomicU32::new(0);

/// [`crate::arch::thread`] where its short way finds nothing: the calling thread's bytes, zero at first.
#[cold]
pub fn find_thread() -> *mut u8 {
    let slot = SLOT.load(Ordering::Acquire);
    if slot != 0 {
        // SAFETY: the slot is ours; it holds what is stored below, or null.
        let known = unsafe { sys::TlsGetValue(slot - 1) };
        if !known.is_null() {
            return known;
        }
    }
    // SAFETY: touches no memory.
    let id = unsafe { sys::GetCurrentThreadId() };
    THREADS.with(|threads| {
        if SLOT.load(Ordering::Relaxed) == 0 {
            // SAFETY: touches no memory.
            let slot = unsafe { sys::TlsAlloc() };
            if slot != u32::MAX {
                SLOT.store(slot + 1, Ordering::Release);
                if slot < SLOTS {
                    THREAD_PLACE.store(FIRST_SLOT + 8 * slot, Ordering::Release);
                }
            }
        }
        let slot = SLOT.load(Ordering::Relaxed).wrapping_sub(1);
        let mut thread = threads.0;
        // SAFETY: the list's threads are never freed. One with this number has ended, or is this one, if there is no slot.
        unsafe {
            while !thread.is_null() && (*thread).id != id {
                thread = (*thread).next;
            }
            if thread.is_null() {
                thread = Box::into_raw(Box::new(Thread { bytes: [0; THREAD_SIZE], id, next: threads.0 }));
                threads.0 = thread;
            } else if slot != u32::MAX {
                (*thread).bytes = [0; THREAD_SIZE];
            }
            // It fails for want of memory only; the bytes would be taken for those of an ended thread the next time.
            assert!(slot == u32::MAX || sys::TlsSetValue(slot, thread.cast()) != 0);
        }
        thread.cast()
    })
}

/// What an address is of that the host gives. Of what comes from another DLL, a program that was not told so (`dllimport`) has the
/// address of a jump there, whether it is code or not.
///
/// # Safety
/// Null, or the address of at least six readable bytes: code, a [`Module`](wasmaot_abi::embed::Module) or
/// [`wasmaot_abi_4`](crate::embed::wasmaot_abi_4).
pub unsafe fn imported<T>(address: *const T) -> *const T {
    if address.is_null() {
        return address;
    }
    // SAFETY: the caller vouches.
    unsafe { crate::arch::jump_target(address.cast()) }.map_or(address, <*const u8>::cast)
}

/// A stream of the host, for an instance's standard stream.
#[derive(Clone, Copy, Debug)]
pub enum HostStream {
    /// One of the process's own.
    Standard(i32),
    /// A handle.
    Handle(Handle),
}

impl HostStream {
    /// One of the process's own.
    pub fn standard(number: i32) -> HostStream {
        HostStream::Standard(number)
    }

    /// A number for it, and whether that is to be closed.
    pub fn open(self) -> Result<(i32, bool), Errno> {
        match self {
            HostStream::Standard(number) => Ok((number, false)),
            HostStream::Handle(handle) => {
                const SAME_ACCESS: u32 = 2;
                // Numbers below 0 stand for the process, the thread and the like; also what has no handle gets them.
                if handle as isize <= 0 {
                    return Err(EBADF);
                }
                let mut own: Handle = null_mut();
                // SAFETY: the system writes the handle.
                unsafe {
                    let process = sys::GetCurrentProcess();
                    if sys::DuplicateHandle(process, handle, process, &mut own, 0, 0, SAME_ACCESS) == 0 {
                        return Err(status::last());
                    }
                }
                Ok((handles::add(own, handles::stream_kind(own), 0)?, true))
            }
        }
    }
}

/// `wasmaot_wasi_config_stream_handle`
///
/// # Safety
/// A valid configuration; the handle must stay open until no more instances are made with it.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wasmaot_wasi_config_stream_handle(config: *mut Config, stream: i32, handle: Handle) {
    // SAFETY: the caller vouches.
    unsafe { wasi::set_stream(config, stream, Stream::Host(HostStream::Handle(handle))) }
}
