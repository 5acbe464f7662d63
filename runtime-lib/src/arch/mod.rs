//! What differs per instruction set: system call instruction, stack switch, saved registers of a signal.
//! One sibling per ISA, with the same functions in the same order.

#[cfg(target_arch = "x86_64")]
mod x86_64;
#[cfg(target_arch = "x86_64")]
pub use x86_64::*;
