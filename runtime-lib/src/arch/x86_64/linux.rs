//! x86-64 Linux: system calls, signals, entry.

use core::arch::asm;

pub mod number;
pub mod number_fs;
pub mod number_host;

/// Flags of open whose values differ per architecture.
#[allow(missing_docs)] // the kernel's own names
pub mod open_flags {
    pub const O_DIRECTORY: i32 = 0o200_000;
    pub const O_NOFOLLOW: i32 = 0o400_000;
}

/// Performs a system call: number and six arguments (unused ones 0); returns the kernel's answer, -4095..-1 being
/// a negated errno.
///
/// # Safety
/// The call must be sound for these arguments: pointers valid for what the kernel does with them.
#[inline]
pub unsafe fn syscall(number: usize, args: [usize; 6]) -> isize {
    let result: isize;
    // SAFETY: the caller vouches for the call; the clobbers are those of the syscall instruction (rcx, r11).
    unsafe {
        asm!(
            "syscall",
            inlateout("rax") number as isize => result,
            in("rdi") args[0],
            in("rsi") args[1],
            in("rdx") args[2],
            in("r10") args[3],
            in("r8") args[4],
            in("r9") args[5],
            lateout("rcx") _,
            lateout("r11") _,
            options(nostack),
        );
    }
    result
}

/// Name of the clock function in the vdso.
pub const VDSO_CLOCK_GETTIME: &core::ffi::CStr = c"__vdso_clock_gettime";

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

// Where a signal handler returns to. gdb and lldb know it by this name; a C library that is linked in may have it, too.
core::arch::global_asm!(
    ".pushsection .text.__restore_rt, \"ax\", @progbits",
    ".weak __restore_rt",
    ".hidden __restore_rt",
    ".type __restore_rt, @function",
    "__restore_rt:",
    "mov rax, 15",
    "syscall",
    "ud2",
    ".size __restore_rt, . - __restore_rt",
    ".popsection",
);

unsafe extern "C" {
    #[link_name = "__restore_rt"]
    fn signal_return();
}

/// The registers of the interrupted code, as a signal handler's third argument.
#[repr(C)]
pub struct SignalContext {
    flags: u64,
    link: usize,
    stack: [usize; 3],
    /// r8-r15, rdi, rsi, rbp, rbx, rdx, rax, rcx, rsp, rip
    pub(super) registers: [usize; 17],
}

/// Places in [`SignalContext::registers`].
pub(super) mod registers {
    /// The first two arguments of a C function.
    pub const ARGUMENTS: [usize; 2] = [8, 9];
    pub const RBP: usize = 10;
    pub const RSP: usize = 15;
    pub const RIP: usize = 16;
}

/// Process entry: hands the initial stack (argc, argv, envp, auxv) and the program to [`crate::start::process`].
#[cfg(wasmaot_standalone)]
#[unsafe(naked)]
#[unsafe(no_mangle)]
unsafe extern "C" fn wasmaot_start() -> ! {
    core::arch::naked_asm!(
        ".cfi_startproc",
        ".cfi_undefined rip",
        "xor ebp, ebp",
        "mov rdi, rsp",
        "lea rsi, [rip + {program}]",
        "and rsp, -16",
        "call {process}",
        "ud2",
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
    // SAFETY: the first word at fs is its own address (psABI, "thread-local storage").
    unsafe {
        asm!(
            "mov {0}, qword ptr [rip + wasmaot_thread@GOTTPOFF]",
            "add {0}, qword ptr fs:[0]",
            out(reg) thread,
            options(nostack, readonly),
        );
    }
    thread
}

#[cfg(not(wasmaot_standalone))]
core::arch::global_asm!(".weak __asan_handle_no_return", ".weak __tsan_acquire", ".weak __tsan_release");

/// Calls a function of a sanitizer with an argument, if the host has it.
#[cfg(not(wasmaot_standalone))]
macro_rules! call_weak {
    ($function:literal, $argument:expr) => {
        // SAFETY: the function is a sanitizer's, for exactly this, and follows C's convention.
        unsafe {
            asm!(
                concat!("mov rax, qword ptr [rip + ", $function, "@GOTPCREL]"),
                "test rax, rax",
                "jz 2f",
                "call rax",
                "2:",
                in("rdi") $argument,
                clobber_abi("C"),
            );
        }
    };
}

/// Tells ThreadSanitizer, which does not look into this library, that a lock was taken.
#[cfg(not(wasmaot_standalone))]
pub fn lock_taken(lock: *const u8) {
    call_weak!("__tsan_acquire", lock);
}

/// Tells ThreadSanitizer that a lock will be given back.
#[cfg(not(wasmaot_standalone))]
pub fn lock_ends(lock: *const u8) {
    call_weak!("__tsan_release", lock);
}

/// Tells AddressSanitizer, if the host has it, that frames of this thread's stack will be dropped.
#[cfg(not(wasmaot_standalone))]
pub fn before_abandoning() {
    call_weak!("__asan_handle_no_return", 0);
}
