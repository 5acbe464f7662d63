//! x86-64 on macOS. The sibling of `x86_64`, without system calls: libSystem makes them.

use super::Frame;
use crate::os::fs::SystemStat;
use core::arch::asm;
use core::ffi::c_char;

#[path = "x86_64/processor.rs"]
pub mod processor;
#[path = "x86_64/pshufb.rs"]
pub mod pshufb;

unsafe extern "C" {
    /// The variant with 64-bit numbers of files.
    #[link_name = "fstat$INODE64"]
    pub fn fstat(fd: i32, stat: *mut SystemStat) -> i32;
    /// The variant with 64-bit numbers of files.
    #[link_name = "fstatat$INODE64"]
    pub fn fstatat(at: i32, path: *const c_char, stat: *mut SystemStat, flags: i32) -> i32;
}

/// There are no relocations of ELF.
pub const RELOCATION_RELATIVE: u32 = 8;

/// Signals that faults and trap instructions of compiled code raise here, each with Linux's number.
pub const TRAP_SIGNALS: &[i32] = &[SIGSEGV, SIGBUS, SIGFPE, SIGILL];

/// Those among them that come with the address of an access.
pub const ACCESS_SIGNALS: &[i32] = &[SIGSEGV, SIGBUS];

const SIGILL: i32 = 4;
const SIGFPE: i32 = 8;
const SIGBUS: i32 = 7;
const SIGSEGV: i32 = 11;

/// The registers of the interrupted code (the system's `mcontext`).
#[repr(C)]
pub struct SignalContext {
    trap: u32,
    error: u32,
    fault_address: usize,
    /// rax, rbx, rcx, rdx, rdi, rsi, rbp, rsp, r8-r15, rip
    registers: [usize; 17],
}

const RDI: usize = 4;
const RSI: usize = 5;
const RBP: usize = 6;
const RSP: usize = 7;
const RIP: usize = 16;

impl SignalContext {
    /// Address of the access that faulted.
    pub fn fault_address(&self) -> usize {
        self.fault_address
    }

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
