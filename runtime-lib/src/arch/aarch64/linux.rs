//! AArch64 Linux: system calls, signals, entry.

use core::arch::asm;

#[cfg(not(wasmaot_standalone))]
pub use crate::arch::linux_generic::{before_abandoning, lock_ends, lock_taken};
pub use crate::arch::linux_generic::{number, number_fs, number_host};

/// Flags of open whose values differ per architecture.
#[allow(missing_docs)] // the kernel's own names
pub mod open_flags {
    pub const O_DIRECTORY: i32 = 0o40_000;
    pub const O_NOFOLLOW: i32 = 0o100_000;
}

/// Performs a system call: number and six arguments (unused ones 0); returns the kernel's answer, -4095..-1 being
/// a negated errno.
///
/// # Safety
/// The call must be sound for these arguments: pointers valid for what the kernel does with them.
#[inline]
pub unsafe fn syscall(number: usize, args: [usize; 6]) -> isize {
    let result: isize;
    // SAFETY: the caller vouches for the call; the kernel keeps all registers but x0.
    unsafe {
        asm!(
            "svc 0",
            in("x8") number,
            inlateout("x0") args[0] as isize => result,
            in("x1") args[1],
            in("x2") args[2],
            in("x3") args[3],
            in("x4") args[4],
            in("x5") args[5],
            options(nostack, preserves_flags),
        );
    }
    result
}

/// Name of the clock function in the vdso.
pub const VDSO_CLOCK_GETTIME: &core::ffi::CStr = c"__kernel_clock_gettime";

/// The kernel's `struct sigaction`.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct KernelSigaction {
    handler: usize,
    flags: u64,
    restorer: usize,
    mask: u64,
}

const SA_RESTORER: u64 = 0x0400_0000;

impl KernelSigaction {
    /// An action with this handler (an address, or 0 for the default action), flags and no blocked signals but its own.
    pub fn new(handler: usize, flags: u64) -> Self {
        Self { handler, flags: flags | SA_RESTORER, restorer: signal_return as *const () as usize, mask: 0 }
    }

    /// The handler's address; 0 is the default action, 1 to ignore the signal.
    pub fn handler(&self) -> usize {
        self.handler
    }

    /// Its flags.
    pub fn flags(&self) -> u64 {
        self.flags
    }
}

/// Where a signal handler returns to. Debuggers know these two instructions.
#[unsafe(naked)]
unsafe extern "C" fn signal_return() {
    core::arch::naked_asm!("mov x8, {number}", "svc 0", "udf 0", number = const number::RT_SIGRETURN)
}

/// The registers of the interrupted code, as a signal handler's third argument.
#[repr(C)]
pub struct SignalContext {
    flags: u64,
    link: usize,
    stack: [usize; 3],
    mask: u64,
    /// The kernel's room for a longer mask, and alignment.
    unused: [u64; 16],
    fault_address: u64,
    /// x0-x30
    pub(super) registers: [usize; 31],
    pub(super) sp: usize,
    pub(super) pc: usize,
    state: u64,
}

const _: () = assert!(core::mem::offset_of!(SignalContext, fault_address) == 176);

/// Process entry: hands the initial stack (argc, argv, envp, auxv) and the program to [`crate::start::process`].
#[cfg(wasmaot_standalone)]
#[unsafe(naked)]
#[unsafe(no_mangle)]
unsafe extern "C" fn wasmaot_start() -> ! {
    core::arch::naked_asm!(
        ".cfi_startproc",
        ".cfi_undefined x30",
        "mov x29, #0",
        "mov x30, #0",
        "mov x0, sp",
        "adrp x1, {program}",
        "add x1, x1, :lo12:{program}",
        "and sp, x0, #-16",
        "bl {process}",
        "udf 0",
        ".cfi_endproc",
        program = sym PROGRAM,
        process = sym crate::start::process,
    )
}

#[cfg(wasmaot_standalone)]
unsafe extern "C" {
    #[link_name = "wasmaot_program"]
    static PROGRAM: wasmaot_abi::program::Program;
}

/// The calling thread's bytes, zero at first.
#[cfg(not(wasmaot_standalone))]
#[inline]
pub fn thread() -> *mut u8 {
    let thread: *mut u8;
    // SAFETY: thread-local storage as the AArch64 ELF ABI has it.
    unsafe {
        asm!(
            "mrs {0}, tpidr_el0",
            "adrp {1}, :gottprel:wasmaot_thread",
            "ldr {1}, [{1}, :gottprel_lo12:wasmaot_thread]",
            "add {0}, {0}, {1}",
            out(reg) thread,
            out(reg) _,
            options(nostack, readonly),
        );
    }
    thread
}
