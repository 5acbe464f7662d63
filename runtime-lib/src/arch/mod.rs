//! What differs per instruction set: system call instruction, stack switch, saved registers of a signal.
//! One sibling per ISA, with the same functions in the same order.

#[cfg(all(target_arch = "aarch64", target_os = "linux"))]
mod aarch64;
#[cfg(all(target_arch = "aarch64", target_os = "linux"))]
pub use aarch64::*;
#[cfg(target_arch = "riscv64")]
mod riscv64;
#[cfg(target_arch = "riscv64")]
pub use riscv64::*;
#[cfg(all(target_arch = "x86_64", target_os = "linux"))]
mod x86_64;
#[cfg(all(target_arch = "x86_64", target_os = "linux"))]
pub use x86_64::*;

#[cfg(all(target_arch = "aarch64", target_os = "macos"))]
mod aarch64_macos;
#[cfg(all(target_arch = "aarch64", target_os = "macos"))]
pub use aarch64_macos::*;
#[cfg(all(target_arch = "x86_64", target_os = "macos"))]
mod x86_64_macos;
#[cfg(all(target_arch = "x86_64", target_os = "macos"))]
pub use x86_64_macos::*;

#[cfg(all(target_arch = "x86_64", target_os = "windows"))]
mod x86_64_windows;
#[cfg(all(target_arch = "x86_64", target_os = "windows"))]
pub use x86_64_windows::*;

#[cfg(all(any(target_arch = "aarch64", target_arch = "riscv64"), target_os = "linux"))]
mod linux_generic;

/// Where a function's frame has its caller's frame pointer and the return address, in bytes from the frame pointer.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Frame {
    /// The caller's frame pointer.
    pub caller: isize,
    /// The address to return to.
    pub return_address: isize,
}
