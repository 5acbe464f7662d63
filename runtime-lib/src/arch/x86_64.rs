//! x86-64.

use super::Frame;
use core::arch::asm;

pub mod number_fs;

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

pub mod number;
pub mod number_host;
pub mod processor;
pub mod pshufb;

/// Name of the clock function in the vdso.
pub const VDSO_CLOCK_GETTIME: &core::ffi::CStr = c"__vdso_clock_gettime";

/// Number of the relocation "load base plus addend" in `r_info`.
pub const RELOCATION_RELATIVE: u32 = 8;

/// Signals that faults and trap instructions of compiled code raise here, each with its number.
pub const TRAP_SIGNALS: &[i32] = &[SIGSEGV, SIGBUS, SIGFPE, SIGILL];

/// Those among them that come with the address of an access.
pub const ACCESS_SIGNALS: &[i32] = &[SIGSEGV, SIGBUS];

const SIGILL: i32 = 4;
const SIGBUS: i32 = 7;
const SIGFPE: i32 = 8;
const SIGSEGV: i32 = 11;

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
}

/// Where a signal handler returns to.
#[unsafe(naked)]
unsafe extern "C" fn signal_return() {
    core::arch::naked_asm!("mov eax, 15", "syscall", "ud2")
}

/// The registers of the interrupted code, as a signal handler's third argument.
#[repr(C)]
pub struct SignalContext {
    flags: u64,
    link: usize,
    stack: [usize; 3],
    /// r8-r15, rdi, rsi, rbp, rbx, rdx, rax, rcx, rsp, rip
    registers: [usize; 17],
}

const RDI: usize = 8;
const RSI: usize = 9;
const RBP: usize = 10;
const RSP: usize = 15;
const RIP: usize = 16;

impl SignalContext {
    /// Address of the instruction that was interrupted or faulted.
    pub fn pc(&self) -> usize {
        self.registers[RIP]
    }

    /// Stack pointer.
    pub fn sp(&self) -> usize {
        self.registers[RSP]
    }

    /// Frame pointer.
    pub fn fp(&self) -> usize {
        self.registers[RBP]
    }

    /// Makes the interrupted code go on in [`resume`] with these arguments once the handler returns.
    pub fn set_resume(&mut self, recovery: usize, value: usize) {
        self.registers[RIP] = resume as *const () as usize;
        self.registers[RDI] = recovery;
        self.registers[RSI] = value;
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

/// Calls `f(data)` on the stack that ends at `top` (16-byte aligned) and comes back to the current one.
///
/// # Safety
/// `top` must be the end of a writable stack that nobody else uses; `f` must accept `data` and must not unwind.
#[unsafe(naked)]
pub unsafe extern "C" fn call_on_stack(f: unsafe extern "C" fn(*mut u8), data: *mut u8, top: usize) {
    // The frame is addressed through rbp, so that unwinders find their way across the switch.
    core::arch::naked_asm!(
        ".cfi_startproc",
        "push rbp",
        ".cfi_def_cfa_offset 16",
        ".cfi_offset rbp, -16",
        "mov rbp, rsp",
        ".cfi_def_cfa_register rbp",
        "mov rax, rdi",
        "mov rdi, rsi",
        "mov rsp, rdx",
        "call rax",
        "mov rsp, rbp",
        "pop rbp",
        ".cfi_def_cfa rsp, 8",
        "ret",
        ".cfi_endproc",
    )
}

/// Calls `f(data)` and returns 0; or, when [`resume`] is called meanwhile with the value stored in `*recovery`, abandons
/// the call and returns the value given there.
///
/// # Safety
/// `f` must accept `data` and must not unwind; abandoning must be sound for every function it calls.
#[unsafe(naked)]
pub unsafe extern "C" fn call_recoverable(
    f: unsafe extern "C" fn(*mut u8),
    data: *mut u8,
    recovery: *mut usize,
) -> usize {
    core::arch::naked_asm!(
        "push rbp",
        "mov rbp, rsp",
        "push rbx",
        "push r12",
        "push r13",
        "push r14",
        "push r15",
        "push rdx",
        "mov [rdx], rsp",
        "mov rax, rdi",
        "mov rdi, rsi",
        "call rax",
        "xor eax, eax",
        "lea rsp, [rbp - 40]",
        "pop r15",
        "pop r14",
        "pop r13",
        "pop r12",
        "pop rbx",
        "pop rbp",
        "ret",
    )
}

/// Goes back into the [`call_recoverable`] that stored `recovery`, which returns `value` (not 0).
///
/// # Safety
/// That call must still be running, on this thread.
#[unsafe(naked)]
pub unsafe extern "C" fn resume(recovery: usize, value: usize) -> ! {
    core::arch::naked_asm!(
        "lea rsp, [rdi + 8]",
        "mov rax, rsi",
        "cld",
        "pop r15",
        "pop r14",
        "pop r13",
        "pop r12",
        "pop rbx",
        "pop rbp",
        "ret",
    )
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
