//! What differs per instruction set: stack switch, saved registers of a signal, system call instruction. One sibling per
//! ISA, with the same functions in the same order; in its folder a file per system, where those differ.

#[cfg(target_arch = "aarch64")]
mod aarch64;
#[cfg(target_arch = "aarch64")]
pub use aarch64::*;
#[cfg(target_arch = "riscv64")]
mod riscv64;
#[cfg(target_arch = "riscv64")]
pub use riscv64::*;
#[cfg(target_arch = "x86_64")]
mod x86_64;
#[cfg(target_arch = "x86_64")]
pub use x86_64::*;

#[cfg(all(any(target_arch = "aarch64", target_arch = "riscv64"), target_os = "linux"))]
mod linux_generic;
#[cfg(all(target_os = "linux", not(wasmaot_standalone)))]
mod thread;
#[cfg(all(target_os = "linux", not(wasmaot_standalone)))]
pub use thread::THREAD_SIZE;

/// Where a function's frame has its caller's frame pointer and the return address, in bytes from the frame pointer.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Frame {
    /// The caller's frame pointer.
    pub caller: isize,
    /// The address to return to.
    pub return_address: isize,
}
