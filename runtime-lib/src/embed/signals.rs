//! Faults of compiled code in a process that is somebody else's. How the process tells of them is the system's
//! ([`crate::os::library`]); every fault that is not ours goes to who else wants it.

use super::{call, modules, status};
use crate::arch::{self, SignalContext};
use crate::backtrace::{Tables, Walk};
use crate::os::library;
use crate::os::process::SignalInfo;
use core::sync::atomic::{AtomicU32, Ordering};
use wasmaot_abi::trap::TrapKind;

/// Addresses below this are never memory: a null function reference is read there.
const NULL_PAGES: usize = 0x1_0000;

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
    library::install();
    STATE.store(2, Ordering::Release);
}

/// Lets compiled code trap, if the fault is its own.
pub fn handle(info: &SignalInfo, context: &mut SignalContext) -> bool {
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
