//! Faults of compiled code in a process that is somebody else's: the handlers that were there before get every fault that
//! is not ours.

use super::{call, modules, status};
use crate::arch::{self, SignalContext};
use crate::backtrace::{Tables, Walk};
use crate::os::process::{self, SignalInfo};
use core::cell::UnsafeCell;
use core::sync::atomic::{AtomicU32, Ordering};
use wasmaot_abi::trap::TrapKind;

/// Addresses below this are never memory: a null function reference is read there.
const NULL_PAGES: usize = 0x1_0000;

/// The actions that were there before, in the order of [`arch::TRAP_SIGNALS`].
struct Previous(UnsafeCell<[Option<arch::KernelSigaction>; arch::TRAP_SIGNALS.len()]>);

// SAFETY: written once, before [`STATE`] says so, and read afterwards.
unsafe impl Sync for Previous {}

static PREVIOUS: Previous = Previous(UnsafeCell::new([None; arch::TRAP_SIGNALS.len()]));

/// 0: not installed, 1: being installed, 2: installed.
static STATE: AtomicU32 = AtomicU32::new(0);

/// Installs the handlers, once in the process.
pub fn install() {
    match STATE.compare_exchange(0, 1, Ordering::Acquire, Ordering::Acquire) {
        Ok(_) => {}
        Err(2) => return,
        Err(_) => {
            while STATE.load(Ordering::Acquire) != 2 {
                core::hint::spin_loop();
            }
            return;
        }
    }
    // SAFETY: only the thread that moved STATE to 1 writes; a fault meanwhile finds no previous handler at worst.
    let previous = unsafe { &mut *PREVIOUS.0.get() };
    for (slot, &signal) in previous.iter_mut().zip(arch::TRAP_SIGNALS) {
        // Noted first: a fault of another thread may come as soon as ours is there.
        *slot = process::action(signal).ok();
        // SAFETY: the handler keeps to the rules of this file: no locks, no allocation.
        let _ = unsafe { process::set_handler(signal, on_fault) };
    }
    STATE.store(2, Ordering::Release);
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

/// Lets compiled code trap, if the fault is its own.
fn handle(info: &SignalInfo, context: &mut SignalContext) -> bool {
    if info.code <= 0 {
        return false;
    }
    let pc = context.pc();
    let Some(module) = modules::of_code(pc) else { return false };
    // SAFETY: a module whose code runs is valid.
    let tables = Tables::of(unsafe { &*module.program });
    let kind = match tables.trap_at(pc).and_then(TrapKind::from_code) {
        Some(kind) => kind,
        // All other accesses of compiled code that can fault are those of memories.
        None if arch::ACCESS_SIGNALS.contains(&info.signal) && info.address >= NULL_PAGES => {
            TrapKind::MemoryOutOfBounds
        }
        None => return false,
    };
    let activation = call::current();
    let (fp, sp) = (context.fp(), context.sp());
    // The frames of the call lie between the stack pointer and its activation.
    let stack = sp..activation.map_or(sp.saturating_add(0x1_0000), |activation| activation as usize);
    let word = |address| Walk::word(address, &stack);
    // SAFETY: the tables tell where compiled functions begin.
    let caller = tables
        .offset_in_function(pc)
        .and_then(|offset| unsafe { context.return_address_before_prologue(offset, word) });
    let walk = match caller {
        Some(caller) => Walk::from_bare_instruction(pc, caller, fp, stack.clone(), call::whole()),
        None => Walk::from_instruction(pc, fp, stack.clone(), call::whole()),
    };
    let Some(activation) = activation else { call::report(kind, walk) };
    let code = status::of(kind);
    // SAFETY: the innermost call of this thread, which compiled code runs in.
    unsafe {
        call::record(activation, code, None, walk);
        context.set_resume(call::resumption(activation), code as usize);
    }
    true
}
