//! x86-64. What depends on the system too is in a file for each: its saved registers and entry, and the calls that follow
//! its calling convention.

use super::Frame;
use crate::os::signal::{SIGBUS, SIGFPE, SIGILL, SIGSEGV};
use core::arch::asm;

pub mod processor;

#[cfg(target_os = "linux")]
mod linux;
#[cfg(target_os = "linux")]
pub use linux::*;
#[cfg(target_os = "macos")]
mod macos;
#[cfg(target_os = "macos")]
pub use macos::*;
#[cfg(target_os = "windows")]
mod windows;
#[cfg(target_os = "windows")]
pub use windows::*;

#[cfg(not(target_os = "windows"))]
pub mod pshufb;
#[cfg(not(target_os = "windows"))]
mod sysv;
#[cfg(not(target_os = "windows"))]
pub use sysv::{call_on_stack, call_recoverable, resume};

/// Number of ELF's relocation "load base plus addend" in `r_info`.
pub const RELOCATION_RELATIVE: u32 = 8;

/// Signals that faults and trap instructions of compiled code raise here, each with its number.
pub const TRAP_SIGNALS: &[i32] = &[SIGSEGV, SIGBUS, SIGFPE, SIGILL];

/// Those among them that come with the address of an access.
pub const ACCESS_SIGNALS: &[i32] = &[SIGSEGV, SIGBUS];

impl SignalContext {
    /// Address of the instruction that was interrupted or faulted.
    pub fn pc(&self) -> usize {
        self.registers[registers::RIP]
    }

    /// Stack pointer.
    pub fn sp(&self) -> usize {
        self.registers[registers::RSP]
    }

    /// Frame pointer.
    pub fn fp(&self) -> usize {
        self.registers[registers::RBP]
    }

    /// Makes the interrupted code go on in [`resume`] with these arguments once the handler returns.
    pub fn set_resume(&mut self, recovery: usize, value: usize) {
        self.registers[registers::RIP] = resume as *const () as usize;
        self.registers[registers::ARGUMENTS[0]] = recovery;
        self.registers[registers::ARGUMENTS[1]] = value;
    }

    /// The return address of the interrupted runtime function if it is a leaf or has done nothing yet. `word` reads the
    /// stack.
    pub fn return_address_of_leaf(&self, word: impl Fn(usize) -> Option<usize>) -> Option<usize> {
        word(self.sp())
    }

    /// The return address of the interrupted compiled function while it has not built its frame, `offset` bytes into its
    /// code; `None` once it has. The prologue is `push rbp; mov rbp, rsp`. `word` reads the stack.
    ///
    /// # Safety
    /// That function must be compiled code, and `offset` true.
    pub unsafe fn return_address_before_prologue(
        &self,
        offset: usize,
        word: impl Fn(usize) -> Option<usize>,
    ) -> Option<usize> {
        match offset {
            0 => word(self.sp()),
            1..4 => word(self.sp() + 8),
            _ => None,
        }
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
    unsafe { asm!("mov {}, rbp", out(reg) fp, options(nomem, nostack, preserves_flags)) };
    fp
}

/// The stack pointer, about.
#[inline(always)]
pub fn stack_pointer() -> usize {
    let sp: usize;
    // SAFETY: reads a register.
    unsafe { asm!("mov {}, rsp", out(reg) sp, options(nomem, nostack, preserves_flags)) };
    sp
}
