//! The stack that wasm code runs on, with its guard. Host functions and traps' runtime parts run on it too; signal
//! handlers do not.

use crate::os::map;
use crate::{arch, trap};
use core::ops::Range;
use core::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use wasmaot_abi::program::{HOST_STACK, STACK_GUARD};
use wasmaot_abi::trap::TrapKind;

static GUARD: AtomicUsize = AtomicUsize::new(0);
static TOP: AtomicUsize = AtomicUsize::new(0);
static ACTIVE: AtomicBool = AtomicBool::new(false);

/// Unit of rounding: no Linux page is larger.
const ROUND: usize = 0x1_0000;

/// Maps the stack: `size` usable bytes above a guard. Touches no page.
pub fn map(size: u64) -> Result<(), map::Failure> {
    let guard = STACK_GUARD as usize;
    let size = usize::try_from(size).ok().and_then(|size| size.checked_add(guard + ROUND - 1)).ok_or(map::Failure)?;
    let size = size & !(ROUND - 1);
    let low = map::allocate_stack(size).map_err(|_| map::Failure)?;
    // SAFETY: the pages were mapped just now.
    unsafe { map::forbid(low, guard) }.map_err(|_| map::Failure)?;
    GUARD.store(low as usize, Ordering::Relaxed);
    TOP.store(low as usize + size, Ordering::Relaxed);
    Ok(())
}

/// Runs `f(data)` on the stack, as wasm: from now on faults in compiled code are traps.
///
/// # Safety
/// [`map()`] must have succeeded, nothing else may be running on the stack, `f` must accept `data`.
pub unsafe fn run(f: unsafe extern "C" fn(*mut u8), data: *mut u8) {
    ACTIVE.store(true, Ordering::Relaxed);
    // SAFETY: the stack is ours alone; its top is page-aligned.
    unsafe { arch::call_on_stack(f, data, TOP.load(Ordering::Relaxed)) };
    ACTIVE.store(false, Ordering::Relaxed);
}

/// Whether wasm is running.
pub fn active() -> bool {
    ACTIVE.load(Ordering::Relaxed)
}

/// Addresses whose access means that the stack is exhausted.
pub fn guard() -> Range<usize> {
    let guard = GUARD.load(Ordering::Relaxed);
    guard..guard + STACK_GUARD as usize
}

/// Addresses of the usable stack.
pub fn usable() -> Range<usize> {
    guard().end..TOP.load(Ordering::Relaxed)
}

/// To be called first by every host function: traps unless there is room for what host functions need.
#[inline]
pub fn check_host_entry() {
    if arch::stack_pointer() < guard().end + HOST_STACK as usize && active() {
        trap::raise(TrapKind::StackOverflow);
    }
}
