//! AArch64 (little-endian, NEON, no LSE). What depends on the system too is in a file for each: its saved registers and
//! entry.

use super::Frame;
use crate::os::signal::{SIGBUS, SIGILL, SIGSEGV};
use core::arch::asm;

#[cfg(target_os = "linux")]
mod linux;
#[cfg(target_os = "linux")]
pub use linux::*;
#[cfg(target_os = "macos")]
mod macos;
#[cfg(target_os = "macos")]
pub use macos::*;

/// Number of ELF's relocation "load base plus addend" in `r_info`.
pub const RELOCATION_RELATIVE: u32 = 1027;

/// Signals that faults and trap instructions of compiled code raise here (`udf` is SIGILL), each with its number.
pub const TRAP_SIGNALS: &[i32] = &[SIGSEGV, SIGBUS, SIGILL];

/// Those among them that come with the address of an access.
pub const ACCESS_SIGNALS: &[i32] = &[SIGSEGV, SIGBUS];

const FP: usize = 29;
const LR: usize = 30;

impl SignalContext {
    /// Address of the instruction that was interrupted or faulted.
    pub fn pc(&self) -> usize {
        self.pc
    }

    /// Stack pointer.
    pub fn sp(&self) -> usize {
        self.sp
    }

    /// Frame pointer.
    pub fn fp(&self) -> usize {
        self.registers[FP]
    }

    /// Makes the interrupted code go on in [`resume`] with these arguments once the handler returns.
    pub fn set_resume(&mut self, recovery: usize, value: usize) {
        self.pc = resume as *const () as usize;
        self.registers[0] = recovery;
        self.registers[1] = value;
    }

    /// The return address of the interrupted runtime function if it is a leaf or has done nothing yet. `word` reads the
    /// stack.
    pub fn return_address_of_leaf(&self, word: impl Fn(usize) -> Option<usize>) -> Option<usize> {
        let address = self.registers[LR];
        // The same in the frame: the function has built it already.
        let saved = word(self.fp().wrapping_add_signed(FRAME_RUNTIME.return_address));
        Some(address).filter(|_| saved != Some(address))
    }

    /// The return address of the interrupted compiled function while it has not built its frame, `offset` bytes into its
    /// code; `None` once it has. The prologue is `stp x29, x30, [sp, -16]!; mov x29, sp`. `word` reads the stack.
    ///
    /// # Safety
    /// That function must be compiled code, and `offset` true.
    pub unsafe fn return_address_before_prologue(
        &self,
        offset: usize,
        _word: impl Fn(usize) -> Option<usize>,
    ) -> Option<usize> {
        (offset < 8).then_some(self.registers[LR])
    }
}

/// Frames of compiled code.
pub const FRAME_COMPILED: Frame = Frame { caller: 0, return_address: 8 };
/// Frames of the runtime.
pub const FRAME_RUNTIME: Frame = FRAME_COMPILED;

/// The frame pointer of the calling function.
#[inline(always)]
pub fn frame_pointer() -> usize {
    let fp: usize;
    // SAFETY: reads a register.
    unsafe { asm!("mov {}, x29", out(reg) fp, options(nomem, nostack, preserves_flags)) };
    fp
}

/// The stack pointer, about.
#[inline(always)]
pub fn stack_pointer() -> usize {
    let sp: usize;
    // SAFETY: reads a register.
    unsafe { asm!("mov {}, sp", out(reg) sp, options(nomem, nostack, preserves_flags)) };
    sp
}

/// Calls `f(data)` on the stack that ends at `top` (16-byte aligned) and comes back to the current one.
///
/// # Safety
/// `top` must be the end of a writable stack that nobody else uses; `f` must accept `data` and must not unwind.
#[unsafe(naked)]
pub unsafe extern "C" fn call_on_stack(f: unsafe extern "C" fn(*mut u8), data: *mut u8, top: usize) {
    // The frame is addressed through x29, so that unwinders find their way across the switch.
    core::arch::naked_asm!(
        ".cfi_startproc",
        "stp x29, x30, [sp, #-16]!",
        ".cfi_def_cfa_offset 16",
        ".cfi_offset x29, -16",
        ".cfi_offset x30, -8",
        "mov x29, sp",
        ".cfi_def_cfa_register x29",
        "mov x9, x0",
        "mov x0, x1",
        "mov sp, x2",
        "blr x9",
        "mov sp, x29",
        "ldp x29, x30, [sp], #16",
        ".cfi_def_cfa sp, 0",
        ".cfi_restore x29",
        ".cfi_restore x30",
        "ret",
        ".cfi_endproc",
    )
}

/// Restores what [`call_recoverable`] saved at `sp`, and returns from it.
macro_rules! restore {
    () => {
        "ldp x19, x20, [sp, #16]
         ldp x21, x22, [sp, #32]
         ldp x23, x24, [sp, #48]
         ldp x25, x26, [sp, #64]
         ldp x27, x28, [sp, #80]
         ldp d8, d9, [sp, #96]
         ldp d10, d11, [sp, #112]
         ldp d12, d13, [sp, #128]
         ldp d14, d15, [sp, #144]
         ldp x29, x30, [sp], #160
         ret"
    };
}

/// Calls `f(data, more)` and returns 0; or, when [`resume`] is called meanwhile with the value stored in `*recovery`, abandons
/// the call and returns the value given there.
///
/// # Safety
/// `f` must accept `data` and must not unwind; abandoning must be sound for every function it calls.
#[unsafe(naked)]
pub unsafe extern "C" fn call_recoverable(
    f: unsafe extern "C" fn(*mut u8, *mut u8),
    data: *mut u8,
    more: *mut u8,
    recovery: *mut usize,
) -> usize {
    core::arch::naked_asm!(
        "stp x29, x30, [sp, #-160]!",
        "mov x29, sp",
        "stp x19, x20, [sp, #16]",
        "stp x21, x22, [sp, #32]",
        "stp x23, x24, [sp, #48]",
        "stp x25, x26, [sp, #64]",
        "stp x27, x28, [sp, #80]",
        "stp d8, d9, [sp, #96]",
        "stp d10, d11, [sp, #112]",
        "stp d12, d13, [sp, #128]",
        "stp d14, d15, [sp, #144]",
        "str x29, [x3]",
        "mov x9, x0",
        "mov x0, x1",
        "mov x1, x2",
        "blr x9",
        "mov x0, #0",
        restore!(),
    )
}

/// Goes back into the [`call_recoverable`] that stored `recovery`, which returns `value` (not 0).
///
/// # Safety
/// That call must still be running, on this thread.
#[unsafe(naked)]
pub unsafe extern "C" fn resume(recovery: usize, value: usize) -> ! {
    core::arch::naked_asm!("mov sp, x0", "mov x0, x1", restore!())
}
