//! Traps: which faults are wasm's, what kind they are, and what then happens.
//!
//! A trap either ends the process with a message and [`EXIT_TRAP`], or, inside [`catch`], abandons the wasm code.
//! Everything here is async-signal-safe. Invariant: a fault is claimed only while wasm is active, and only if its
//! instruction is compiled code or its address the guard of wasm's stack; any other keeps its meaning, so a fault of the
//! runtime never looks like a trap.

use crate::arch::{self, SignalContext};
use crate::backtrace::{self, Tables, Walk};
use crate::message::Message;
use crate::os::process::{self, SIGABRT, SIGALRM, SignalInfo};
use crate::{instance, stack};
use core::sync::atomic::{AtomicUsize, Ordering};
use wasmaot_abi::program::Program;
use wasmaot_abi::trap::TrapKind;

/// Exit code after a trap: what a shell shows for a process that aborted.
pub const EXIT_TRAP: i32 = 134;

/// Addresses below this are never memory: a null function reference's descriptor is read there.
const NULL_PAGES: usize = 0x1_0000;

/// Stack of signal handlers. Enough for the largest register state; its pages are touched by a trap only.
const SIGNAL_STACK: usize = 0x1_0000;

#[repr(align(64))]
struct SignalStack(core::cell::UnsafeCell<[u8; SIGNAL_STACK]>);

// SAFETY: only the kernel uses it.
unsafe impl Sync for SignalStack {}

static SIGNAL_STACK_BYTES: SignalStack = SignalStack(core::cell::UnsafeCell::new([0; SIGNAL_STACK]));

/// Where [`arch::resume`] goes; 0 outside [`catch`].
static RECOVERY: AtomicUsize = AtomicUsize::new(0);

/// Installs the handlers of faults and trap instructions, on a stack of their own.
pub fn install() {
    // SAFETY: the stack is a static; the handler keeps to this file's rules. Errors cannot happen with these arguments.
    unsafe {
        let _ = process::set_signal_stack(SIGNAL_STACK_BYTES.0.get().cast(), SIGNAL_STACK);
        for &signal in arch::TRAP_SIGNALS {
            let _ = process::set_handler(signal, on_fault);
        }
    }
}

/// Traps with [`TrapKind::Interrupt`] after this many milliseconds.
pub fn set_timeout(milliseconds: u64) {
    // SAFETY: as in install().
    let _ = unsafe { process::set_handler(SIGALRM, on_alarm) };
    let _ = process::set_alarm(milliseconds);
}

/// Builtin `Trap`: a trap that compiled code calls for.
#[unsafe(no_mangle)]
pub extern "C" fn wasmaot_trap(code: u32) -> ! {
    raise(TrapKind::from_code(code as u8).unwrap_or(TrapKind::Unreachable))
}

/// Traps, from runtime code that wasm called.
#[cold]
#[inline(never)]
pub fn raise(kind: TrapKind) -> ! {
    #[cfg(wasmaot_library)]
    crate::embed::call::raise(kind);
    #[cfg(not(wasmaot_library))]
    raise_in_program(kind)
}

/// [`raise`], in an executable.
#[cfg(not(wasmaot_library))]
fn raise_in_program(kind: TrapKind) -> ! {
    let recovery = RECOVERY.load(Ordering::Relaxed);
    if recovery != 0 {
        // SAFETY: catch() sets RECOVERY while its call runs; this runs within it.
        unsafe { arch::resume(recovery, kind as usize) }
    }
    let text = instance::program().map_or(0..0, |program| Tables::of(program).text());
    let mut frame = [0; 2];
    let frame = process::caller_frame(&mut frame, arch::frame_pointer());
    end(kind, Walk::from_frame(frame, stack::usable(), text))
}

/// Runs `f(data, null)`; a trap in it abandons it and is the error.
///
/// # Safety
/// Must run on the wasm stack, not within itself; `f` must accept `data`; abandoning it must be sound.
pub unsafe fn catch(f: unsafe extern "C" fn(*mut u8, *mut u8), data: *mut u8) -> Result<(), TrapKind> {
    // SAFETY: the caller vouches.
    let code = unsafe { arch::call_recoverable(f, data, core::ptr::null_mut(), RECOVERY.as_ptr()) };
    RECOVERY.store(0, Ordering::Relaxed);
    match code {
        0 => Ok(()),
        code => {
            let kind = TrapKind::from_code(code as u8).unwrap_or(TrapKind::Unreachable);
            if kind == TrapKind::StackOverflow {
                process::renew_stack();
            }
            Err(kind)
        }
    }
}

/// Prints the trap and its frames, and ends the process.
#[inline(never)]
fn end(kind: TrapKind, walk: Walk) -> ! {
    Message::new().text("wasmaot: trap: ").text(kind.message()).text("\n").send();
    if let Some(program) = instance::program() {
        backtrace::print(&Tables::of(program), walk);
    }
    exit()
}

/// Ends the process after a trap. Who wants core files gets one: a shell and a container's user see the same status.
pub fn exit() -> ! {
    if process::leaves_core() {
        process::set_default(SIGABRT);
        process::unblock_signals();
        process::raise(SIGABRT);
    }
    process::exit(EXIT_TRAP)
}

/// Handler of [`arch::TRAP_SIGNALS`].
unsafe extern "C" fn on_fault(signal: i32, info: *const SignalInfo, context: *mut SignalContext) {
    // SAFETY: the kernel passes both, for the time of the handler.
    let (info, context) = unsafe { (&*info, &mut *context) };
    let claimed = instance::program()
        .filter(|_| info.code > 0 && stack::active())
        .and_then(|program| Some((program, classify(program, info, context)?)));
    match claimed {
        Some((program, kind)) => trap(program, kind, context),
        None => decline(signal, info),
    }
}

/// Handler of [`SIGALRM`].
unsafe extern "C" fn on_alarm(signal: i32, info: *const SignalInfo, context: *mut SignalContext) {
    // SAFETY: the kernel passes both, for the time of the handler.
    let (info, context) = unsafe { (&*info, &mut *context) };
    match instance::program() {
        Some(program) if info.code > 0 => trap(program, TrapKind::Interrupt, context),
        _ => decline(signal, info),
    }
}

/// The kind of a fault, if it is wasm's.
fn classify(program: &Program, info: &SignalInfo, context: &SignalContext) -> Option<TrapKind> {
    let tables = Tables::of(program);
    let row = || TrapKind::from_code(tables.trap_at(context.pc())?);
    let is_access = arch::ACCESS_SIGNALS.contains(&info.signal);
    // Wasm's stack can also end in a small function of the runtime that wasm called.
    if is_access && stack::guard().contains(&info.address) {
        return Some(TrapKind::StackOverflow);
    }
    if !tables.contains(context.pc()) {
        return None;
    }
    if is_access && info.address >= NULL_PAGES && in_memory(program, info.address) {
        return Some(TrapKind::MemoryOutOfBounds);
    }
    row()
}

/// Whether the address lies in what is reserved for a memory.
fn in_memory(program: &Program, address: usize) -> bool {
    let memories = instance::instances(program).iter().flat_map(instance::memories);
    memories.into_iter().any(|&memory| {
        // SAFETY: instance::set_program's contract; nothing writes while the handler runs.
        let memory = unsafe { &*memory };
        (address as u64).wrapping_sub(memory.base as u64) < memory.reserve
    })
}

/// Lets the interrupted code trap: recover, or report and end.
fn trap(program: &Program, kind: TrapKind, context: &mut SignalContext) {
    let recovery = RECOVERY.load(Ordering::Relaxed);
    if recovery != 0 {
        // The kernel restores signal mask and signal stack, then the wasm stack's code goes on in catch().
        context.set_resume(recovery, kind as usize);
        return;
    }
    let tables = Tables::of(program);
    let (pc, fp, stack) = (context.pc(), context.fp(), stack::usable());
    let word = |address| Walk::word(address, &stack);
    let caller = match tables.offset_in_function(pc) {
        // SAFETY: the tables tell where compiled functions begin (instance::set_program's contract).
        Some(offset) => unsafe { context.return_address_before_prologue(offset, word) },
        // A runtime function that wasm called may have no frame yet.
        None => context.return_address_of_leaf(word).filter(|&address| tables.contains(address)),
    };
    let text = tables.text();
    if let Some(caller) = caller {
        end(kind, Walk::from_bare_instruction(pc, caller, fp, stack, text));
    }
    end(kind, Walk::from_instruction(pc, fp, stack, text))
}

/// Not ours: the signal does what it would have done without us.
fn decline(signal: i32, info: &SignalInfo) {
    process::set_default(signal);
    if info.code <= 0 {
        // Sent by a process: returning would not repeat it. It is delivered when the handler returns.
        process::raise(signal);
    }
}
