//! Calls that return a status, and the ways in which they end early: a trap in compiled code ([`super::signals`]) or in the
//! runtime ([`raise`]), an error of the host, `proc_exit`.
//!
//! Each running call has an [`Activation`] on its stack; those of a thread are a list, the innermost first. A call is
//! abandoned by restoring what its activation saved: the frames between are dropped without running anything.

use super::instance::{Host, host};
use super::{modules, status};
use crate::arch;
use crate::backtrace::{Tables, Walk};
use crate::message::Message;
use crate::os::process;
use crate::trap;
use core::ffi::{CStr, c_char};
use core::mem::replace;
use core::ptr::null_mut;
use core::sync::atomic::{AtomicU32, Ordering};
use wasmaot_abi::embed::Header;
use wasmaot_abi::trap::TrapKind;

/// A running call.
#[repr(C)]
#[derive(Debug)]
pub struct Activation {
    /// Where [`arch::resume`] goes; 0 when nothing can be abandoned any more.
    recovery: usize,
    /// The call around it.
    previous: *mut Activation,
    /// Whose call.
    instance: *mut Header,
    /// The first of the instances that have their limit of the stack from this call; [`Header::next`] is the next.
    limited: *mut Header,
    /// The last WASI function that is calling a function of the host.
    calling: *mut Calling,
}

/// Of an instance whose WASI function is calling a function of the host.
#[derive(Debug)]
pub struct Calling {
    /// [`busy`](crate::wasi::host::state::Wasi::busy) of its state.
    pub busy: *mut bool,
    /// The one around it in the same call.
    pub previous: *mut Calling,
}

impl Calling {
    /// Of none.
    pub const NONE: Calling = Calling { busy: null_mut(), previous: null_mut() };
}

/// What each thread has.
#[repr(C)]
#[derive(Debug)]
pub struct Thread {
    /// Its innermost call.
    pub activation: *mut Activation,
    /// Its last error, NUL-terminated.
    pub error: [u8; ERROR],
}

/// Bytes of a thread's last error.
pub const ERROR: usize = 248;
const _: () = assert!(size_of::<Thread>() == arch::THREAD_SIZE);

/// The calling thread's.
#[inline]
pub fn thread() -> *mut Thread {
    arch::thread().cast()
}

/// Calls a function of the host on behalf of a WASI function of an instance: meanwhile that must not use WASI.
///
/// # Safety
/// `calling` must be the instance's own, not in use, and live as long as the innermost call of the thread.
pub unsafe fn call_host<T>(calling: *mut Calling, function: impl FnOnce() -> T) -> T {
    // SAFETY: the caller vouches. The call that is the innermost now is it again when the function returns; if it does not,
    // `run` does what is left.
    unsafe {
        let activation = (*thread()).activation;
        (*calling).busy.write(true);
        if !activation.is_null() {
            (*calling).previous = replace(&mut (*activation).calling, calling);
        }
        let result = function();
        (*calling).busy.write(false);
        if !activation.is_null() {
            (*activation).calling = (*calling).previous;
        }
        result
    }
}

/// Ends the call of an instance that uses WASI within [`call_host`].
///
/// # Safety
/// Called by a WASI function of the instance.
pub unsafe fn busy(instance: *mut u8) -> ! {
    // SAFETY: the caller vouches.
    unsafe { end(instance.cast(), status::BUSY, status::message(status::BUSY).to_bytes()) }
}

/// `wasmaot_call`
///
/// # Safety
/// The instance must be valid and not in use by another thread; `function` must be one of its cells functions, `cells`
/// must have room for its parameters and results.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wasmaot_call(
    instance: *mut Header,
    function: unsafe extern "C" fn(*mut u8, *mut u8),
    cells: *mut u8,
) -> u32 {
    // SAFETY: the caller vouches.
    unsafe { run(instance, function, cells) }
}

/// Calls a function of an instance; its status.
///
/// # Safety
/// As for [`wasmaot_call`].
#[inline]
pub unsafe fn run(instance: *mut Header, function: unsafe extern "C" fn(*mut u8, *mut u8), cells: *mut u8) -> u32 {
    // SAFETY: the caller vouches for the instance; the thread's record is the thread's. The activation is taken off the
    // list before this returns. What the call drops when it is abandoned are frames of compiled code, of the runtime's
    // builtins, which own nothing then, and of the host, which is told so.
    unsafe {
        let outside = thread();
        let (previous, limited, calling) = ((*outside).activation, null_mut(), null_mut());
        let mut activation = Activation { recovery: 0, previous, instance, limited, calling };
        if (*instance).stack_limit == 0 {
            let limit = arch::stack_pointer().saturating_sub(host(instance).max_stack).max(1);
            set_limits(&raw mut activation, instance, limit);
        }
        (*outside).activation = &raw mut activation;
        let code = arch::call_recoverable(function, instance.cast(), cells, &raw mut activation.recovery) as u32;
        // Asked again, which costs less than to keep it.
        (*thread()).activation = activation.previous;
        let mut next = activation.limited;
        while !next.is_null() {
            (*next).stack_limit = 0;
            next = replace(&mut (*next).next, null_mut());
        }
        if code != 0 {
            abandoned(&mut activation, code);
        }
        code
    }
}

/// Sets right what a call leaves that has ended early.
///
/// # Safety
/// The activation's instance and what it is calling must be valid.
#[cold]
#[inline(never)]
unsafe fn abandoned(activation: &mut Activation, code: u32) {
    // SAFETY: the caller vouches.
    unsafe {
        let instance = activation.instance;
        (*instance).pending = 0;
        // Where the call has left a function of the host for good.
        while let Some(calling) = activation.calling.as_mut() {
            calling.busy.write(false);
            activation.calling = calling.previous;
        }
        if code == status::of(TrapKind::Interrupt) {
            // It was for this call.
            wanted(instance).store(0, Ordering::Relaxed);
            for linked in &host(instance).linked {
                wanted(*linked).store(0, Ordering::Relaxed);
            }
        }
    }
}

/// Sets the limit of the stack for an instance that has none, and for those of the instances it calls directly that have
/// none, until the call ends. Those that have one are running already, further out on this stack.
///
/// # Safety
/// The instance must be valid and have no limit; the activation must be the thread's innermost, or become it.
#[inline]
unsafe fn set_limits(activation: *mut Activation, instance: *mut Header, limit: usize) {
    // SAFETY: the caller vouches; linked instances live as long (`connections`).
    unsafe {
        let set = |instance: *mut Header| {
            (*instance).stack_limit = limit;
            (*instance).next = replace(&mut (*activation).limited, instance);
        };
        set(instance);
        for &linked in &host(instance).linked {
            if (*linked).stack_limit == 0 {
                set(linked);
            }
        }
    }
}

/// Builtin `Limit`: code of an instance is about to call another's through a reference, and that has another limit of the
/// stack. If it has none, it gets the caller's.
///
/// # Safety
/// Called by compiled code, with its instance and that of a reference.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wasmaot_limit(caller: *mut Header, called: *mut Header) {
    // SAFETY: compiled code's instances; the thread's record is the thread's. An activation that can be abandoned runs.
    unsafe {
        let activation = (*thread()).activation;
        if !activation.is_null() && (*called).stack_limit == 0 {
            set_limits(activation, called, (*caller).stack_limit);
        }
    }
}

/// Takes an instance that is about to be freed out of the lists of the thread's calls. Only one that the host itself gave
/// references to can be there: those that are connected stay.
///
/// # Safety
/// The instance must be valid, and not running.
pub unsafe fn forget(instance: *mut Header) {
    // SAFETY: the thread's own calls, and instances that have their limits from these.
    unsafe {
        let mut activation = (*thread()).activation;
        while (*instance).stack_limit != 0 && !activation.is_null() {
            let mut place = &raw mut (*activation).limited;
            while !(*place).is_null() {
                if *place == instance {
                    *place = (*instance).next;
                    return;
                }
                place = &raw mut (**place).next;
            }
            activation = (*activation).previous;
        }
    }
}

/// A trap of a runtime function that compiled code called.
pub fn raise(kind: TrapKind) -> ! {
    // SAFETY: frames that are walked are those of this thread's stack above here.
    unsafe {
        let own = arch::frame_pointer();
        let code = status::of(kind);
        let mut frame = [0; 2];
        match current() {
            Some(activation) => {
                record(activation, code, None, callers(&mut frame, own, activation as usize));
                abandon(activation, code)
            }
            None => report(kind, callers(&mut frame, own, own.saturating_add(STACK))),
        }
    }
}

/// The callers of a function of the runtime whose frame is `own`, on a stack that ends at `end`. The walk begins in `frame`
/// where those frames are no chain.
fn callers(frame: &mut [usize; 2], own: usize, end: usize) -> Walk {
    let first = process::compiled_frame(frame, own, |pc| modules::of_code(pc).is_some(), end);
    Walk::from_frame(first, first.min(own)..end, whole())
}

/// The innermost call of the thread that can be abandoned.
pub fn current() -> Option<*mut Activation> {
    // SAFETY: the thread's own list.
    unsafe {
        let activation = (*thread()).activation;
        (!activation.is_null() && (*activation).recovery != 0).then_some(activation)
    }
}

/// Bytes of a stack that a backtrace looks at when it is not known where the stack ends.
const STACK: usize = 0x1_0000;

/// Every address may be compiled code: a backtrace goes through several modules.
pub fn whole() -> core::ops::Range<usize> {
    0..usize::MAX
}

/// Notes why a call ends.
///
/// # Safety
/// The activation must be running, `walk` begin with its frames.
pub unsafe fn record(activation: *mut Activation, code: u32, message: Option<&[u8]>, walk: Walk) {
    // SAFETY: the caller vouches.
    let state = unsafe { host((*activation).instance) };
    state.set_message(message.unwrap_or_else(|| status::message(code).to_bytes()));
    state.frame_count = 0;
    for (pc, is_return) in walk {
        let code = if is_return { pc.wrapping_sub(1) } else { pc };
        if modules::of_code(code).is_none() {
            continue;
        }
        let Some(slot) = state.frames.get_mut(state.frame_count) else { break };
        *slot = (pc, is_return);
        state.frame_count += 1;
    }
}

/// What a signal handler makes the interrupted code go on with: see [`arch::SignalContext::set_resume`].
///
/// # Safety
/// The activation must be running on this thread.
pub unsafe fn resumption(activation: *mut Activation) -> usize {
    arch::before_abandoning();
    // SAFETY: the caller vouches.
    unsafe { (*activation).recovery }
}

/// Goes back to the start of a call, which returns this status.
///
/// # Safety
/// The activation must be running on this thread.
unsafe fn abandon(activation: *mut Activation, code: u32) -> ! {
    // SAFETY: the caller vouches.
    unsafe { arch::resume(resumption(activation), code as usize) }
}

/// A trap outside of every call with a status.
pub fn report(kind: TrapKind, walk: Walk) -> ! {
    Message::new().text("wasmaot: trap: ").text(kind.message()).text("\n").send();
    let first = walk.clone().find_map(|(pc, is_return)| modules::of_code(pc.wrapping_sub(usize::from(is_return))));
    if let Some(module) = first {
        // SAFETY: a module with instances is valid.
        crate::backtrace::print(&Tables::of(unsafe { &*module.program }), walk);
    }
    trap::exit()
}

/// Builtin `HostError`: a host function that was just called has ended the call.
///
/// # Safety
/// Called by compiled code, with its instance.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wasmaot_host_error(instance: *mut Header) -> ! {
    // SAFETY: compiled code's instance; its message is copied before anything else uses it.
    unsafe {
        let code = (*instance).pending;
        (*instance).pending = 0;
        let state = host(instance);
        let message = state.message;
        end(instance, code, &message[..state.message_len])
    }
}

/// Ends the innermost call with a message.
///
/// # Safety
/// Called from within a call, directly or not, on its thread.
unsafe fn end(instance: *mut Header, code: u32, message: &[u8]) -> ! {
    let own = arch::frame_pointer();
    let mut frame = [0; 2];
    // SAFETY: the caller vouches.
    unsafe {
        let Some(activation) = current() else {
            let mut text = Message::new();
            text.text("wasmaot: ended by the host: ").bytes(message).text("\n").send();
            trap::exit()
        };
        let walk = callers(&mut frame, own, activation as usize);
        if (*activation).instance != instance {
            host((*activation).instance).exit_code = host(instance).exit_code;
        }
        record(activation, code, Some(message), walk);
        abandon(activation, code)
    }
}

/// `wasmaot_fail`
///
/// # Safety
/// The instance must be one whose code called the host function that calls this; the message NUL-terminated.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wasmaot_fail(instance: *mut Header, message: *const c_char) {
    // SAFETY: the caller vouches.
    unsafe {
        host(instance).set_message(text(message));
        (*instance).pending = status::HOST_ERROR;
    }
}

/// `wasmaot_throw`
///
/// # Safety
/// As for [`wasmaot_fail`]; the host's frames up to the call are dropped.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wasmaot_throw(instance: *mut Header, message: *const c_char) -> ! {
    // SAFETY: the caller vouches.
    unsafe { end(instance, status::HOST_ERROR, text(message)) }
}

/// `proc_exit` of an instance.
///
/// # Safety
/// Called by compiled code of the instance.
pub unsafe fn exit(instance: *mut u8, code: i32) -> ! {
    let instance: *mut Header = instance.cast();
    // SAFETY: the caller vouches.
    unsafe {
        host(instance).exit_code = code;
        if current().is_none() {
            process::exit(code)
        }
        end(instance, status::EXIT, status::message(status::EXIT).to_bytes())
    }
}

/// A text of the host.
///
/// # Safety
/// Null or NUL-terminated.
unsafe fn text<'a>(text: *const c_char) -> &'a [u8] {
    if text.is_null() {
        return b"";
    }
    // SAFETY: the caller vouches.
    unsafe { CStr::from_ptr(text) }.to_bytes()
}

/// `wasmaot_interrupt`
///
/// # Safety
/// The instance must be valid.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wasmaot_interrupt(instance: *mut Header) {
    // SAFETY: the caller vouches. The list does not change once the instance is made.
    unsafe {
        wanted(instance).store(1, Ordering::Relaxed);
        for linked in &(*(*instance).host.cast::<Host>()).linked {
            wanted(*linked).store(1, Ordering::Relaxed);
        }
    }
}

/// Whether another thread wants the call to end; compiled code reads it atomically, too.
///
/// # Safety
/// The instance must be valid.
unsafe fn wanted<'a>(instance: *mut Header) -> &'a AtomicU32 {
    // SAFETY: the caller vouches.
    unsafe { AtomicU32::from_ptr(&raw mut (*instance).interrupt) }
}

/// `wasmaot_message`
///
/// # Safety
/// The instance must be valid.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wasmaot_message(instance: *mut Header) -> *const c_char {
    // SAFETY: the caller vouches.
    unsafe { host(instance) }.message.as_ptr().cast()
}

/// `wasmaot_exit_code`
///
/// # Safety
/// The instance must be valid.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wasmaot_exit_code(instance: *mut Header) -> i32 {
    // SAFETY: the caller vouches.
    unsafe { host(instance) }.exit_code
}

/// `wasmaot_frame_count`
///
/// # Safety
/// The instance must be valid.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wasmaot_frame_count(instance: *mut Header) -> usize {
    // SAFETY: the caller vouches.
    unsafe { host(instance) }.frame_count
}

/// `wasmaot_frame`
#[repr(C)]
#[derive(Debug)]
pub struct Frame {
    function: u32,
    has_offset: u32,
    offset: u64,
    name: *const c_char,
    module: *const c_char,
}

/// `wasmaot_frame_at`
///
/// # Safety
/// The instance must be valid, `frame` writable.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wasmaot_frame_at(instance: *mut Header, index: usize, frame: *mut Frame) -> i32 {
    // SAFETY: the caller vouches.
    let state: &mut Host = unsafe { host(instance) };
    let Some(&(pc, is_return)) = state.frames.get(..state.frame_count).and_then(|frames| frames.get(index)) else {
        return 0;
    };
    let Some(module) = modules::of_code(pc.wrapping_sub(usize::from(is_return))) else { return 0 };
    // SAFETY: a module with instances is valid.
    let tables = Tables::of(unsafe { &*module.program });
    let place = tables.locate(pc, is_return);
    let offset = place.as_ref().and_then(|place| place.offset);
    // Names of the tables are NUL-terminated.
    let name = place.as_ref().and_then(|place| place.name).map_or(null_mut(), |name| name.as_ptr().cast_mut());
    let function = place.as_ref().and_then(|place| place.function).unwrap_or(u32::MAX);
    let found = Frame {
        function,
        has_offset: offset.is_some().into(),
        offset: offset.unwrap_or(0),
        name: name.cast(),
        module: module.name,
    };
    // SAFETY: the caller vouches.
    unsafe { frame.write(found) };
    1
}

/// `wasmaot_source`
#[repr(C)]
#[derive(Debug)]
pub struct SourcePlace {
    function: *const c_char,
    file: *const c_char,
    line: u32,
    column: u32,
    inlined: u32,
}

/// `wasmaot_source_at`
///
/// # Safety
/// The instance must be valid, `source` writable.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wasmaot_source_at(
    instance: *mut Header,
    index: usize,
    depth: usize,
    source: *mut SourcePlace,
) -> i32 {
    // SAFETY: the caller vouches.
    let state: &mut Host = unsafe { host(instance) };
    let Some(&(pc, is_return)) = state.frames.get(..state.frame_count).and_then(|frames| frames.get(index)) else {
        return 0;
    };
    let Some(module) = modules::of_code(pc.wrapping_sub(usize::from(is_return))) else { return 0 };
    // SAFETY: a module with instances is valid.
    let tables = Tables::of(unsafe { &*module.program });
    let Some(place) = tables.locate(pc, is_return) else { return 0 };
    let Some(found) = place.sources.clone().nth(depth) else { return 0 };
    // Both kinds of strings are NUL-terminated.
    let text = |text: Option<&[u8]>| text.map_or(null_mut(), |text| text.as_ptr().cast_mut()).cast();
    let function = found.name.or(place.name.filter(|_| !found.inlined));
    let (line, column) = (found.line, found.column);
    let found =
        SourcePlace { function: text(function), file: text(found.file), line, column, inlined: found.inlined.into() };
    // SAFETY: the caller vouches.
    unsafe { source.write(found) };
    1
}
