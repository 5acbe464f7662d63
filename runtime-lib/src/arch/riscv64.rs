//! RISC-V, 64 bits (rv64gc).

use super::Frame;
use crate::os::signal::{SIGBUS, SIGILL, SIGSEGV};
use core::arch::asm;

#[cfg(not(wasmaot_standalone))]
pub use super::linux_generic::{before_abandoning, lock_ends, lock_taken};
pub use super::linux_generic::{number, number_fs, number_host};

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
    // SAFETY: the caller vouches for the call; the kernel keeps all registers but a0 and those of vectors, which this code
    // does not use and the C calling convention keeps over no call.
    unsafe {
        asm!(
            "ecall",
            in("a7") number,
            inlateout("a0") args[0] as isize => result,
            in("a1") args[1],
            in("a2") args[2],
            in("a3") args[3],
            in("a4") args[4],
            in("a5") args[5],
            options(nostack),
        );
    }
    result
}

/// Name of the clock function in the vdso.
pub const VDSO_CLOCK_GETTIME: &core::ffi::CStr = c"__vdso_clock_gettime";

/// Number of the relocation "load base plus addend" in `r_info`.
pub const RELOCATION_RELATIVE: u32 = 3;

/// Signals that faults and trap instructions of compiled code raise here (an invalid instruction is SIGILL), each with
/// its number.
pub const TRAP_SIGNALS: &[i32] = &[SIGSEGV, SIGBUS, SIGILL];

/// Those among them that come with the address of an access.
pub const ACCESS_SIGNALS: &[i32] = &[SIGSEGV, SIGBUS];

/// The kernel's `struct sigaction`, here without a restorer: the kernel has its own.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct KernelSigaction {
    handler: usize,
    flags: u64,
    mask: u64,
    /// QEMU writes one word more than the kernel: the restorer that other systems have.
    unused: u64,
}

impl KernelSigaction {
    /// An action with this handler (an address, or 0 for the default action), flags and no blocked signals but its own.
    pub fn new(handler: usize, flags: u64) -> Self {
        Self { handler, flags, mask: 0, unused: 0 }
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

/// The registers of the interrupted code, as a signal handler's third argument.
#[repr(C)]
pub struct SignalContext {
    flags: u64,
    link: usize,
    stack: [usize; 3],
    mask: u64,
    /// The kernel's room for a longer mask, and alignment.
    unused: [u64; 16],
    /// pc, then x1-x31
    registers: [usize; 32],
}

const _: () = assert!(core::mem::offset_of!(SignalContext, registers) == 176);

const PC: usize = 0;
const RA: usize = 1;
const SP: usize = 2;
const S0: usize = 8;
const A0: usize = 10;
const A1: usize = 11;

impl SignalContext {
    /// Address of the instruction that was interrupted or faulted.
    pub fn pc(&self) -> usize {
        self.registers[PC]
    }

    /// Stack pointer.
    pub fn sp(&self) -> usize {
        self.registers[SP]
    }

    /// Frame pointer.
    pub fn fp(&self) -> usize {
        self.registers[S0]
    }

    /// Makes the interrupted code go on in [`resume`] with these arguments once the handler returns.
    pub fn set_resume(&mut self, recovery: usize, value: usize) {
        self.registers[PC] = resume as *const () as usize;
        self.registers[A0] = recovery;
        self.registers[A1] = value;
    }

    /// The return address of the interrupted runtime function if it is a leaf or has done nothing yet. `word` reads the
    /// stack.
    pub fn return_address_of_leaf(&self, word: impl Fn(usize) -> Option<usize>) -> Option<usize> {
        let address = self.registers[RA];
        // The same in the frame: the function has built it already.
        let saved = word(self.fp().wrapping_add_signed(FRAME_RUNTIME.return_address));
        Some(address).filter(|_| saved != Some(address))
    }

    /// The return address of the interrupted compiled function while it has not built its frame, `offset` bytes into its
    /// code; `None` once it has. The prologue is `addi sp, sp, -16; sd ra, 8(sp); sd s0, 0(sp); mv s0, sp`. `word` reads
    /// the stack.
    ///
    /// # Safety
    /// That function must be compiled code, and `offset` true.
    pub unsafe fn return_address_before_prologue(
        &self,
        offset: usize,
        _word: impl Fn(usize) -> Option<usize>,
    ) -> Option<usize> {
        // SAFETY: the function's first instruction, by the caller's word.
        let first = unsafe { ((self.pc() - offset) as *const u16).read() };
        // All four instructions are of two bytes (the low bits of which are not both 1), or none.
        let length = if first & 3 == 3 { 16 } else { 8 };
        (offset < length).then_some(self.registers[RA])
    }
}

/// Frames of compiled code: the frame pointer is the stack pointer after the prologue's two pushes.
pub const FRAME_COMPILED: Frame = Frame { caller: 0, return_address: 8 };
/// Frames of the runtime, as the platform has them: the frame pointer is the stack pointer before the prologue.
pub const FRAME_RUNTIME: Frame = Frame { caller: -16, return_address: -8 };

/// The frame pointer of the calling function.
#[inline(always)]
pub fn frame_pointer() -> usize {
    let fp: usize;
    // SAFETY: reads a register.
    unsafe { asm!("mv {}, s0", out(reg) fp, options(nomem, nostack, preserves_flags)) };
    fp
}

/// The stack pointer, about.
#[inline(always)]
pub fn stack_pointer() -> usize {
    let sp: usize;
    // SAFETY: reads a register.
    unsafe { asm!("mv {}, sp", out(reg) sp, options(nomem, nostack, preserves_flags)) };
    sp
}

/// Calls `f(data)` on the stack that ends at `top` (16-byte aligned) and comes back to the current one.
///
/// # Safety
/// `top` must be the end of a writable stack that nobody else uses; `f` must accept `data` and must not unwind.
#[unsafe(naked)]
pub unsafe extern "C" fn call_on_stack(f: unsafe extern "C" fn(*mut u8), data: *mut u8, top: usize) {
    // The frame is addressed through s0, so that unwinders find their way across the switch.
    core::arch::naked_asm!(
        ".cfi_startproc",
        "addi sp, sp, -16",
        ".cfi_def_cfa_offset 16",
        "sd ra, 8(sp)",
        "sd s0, 0(sp)",
        ".cfi_offset ra, -8",
        ".cfi_offset s0, -16",
        "addi s0, sp, 16",
        ".cfi_def_cfa s0, 0",
        "mv t1, a0",
        "mv a0, a1",
        "mv sp, a2",
        "jalr t1",
        "addi sp, s0, -16",
        "ld ra, 8(sp)",
        "ld s0, 0(sp)",
        ".cfi_def_cfa sp, 16",
        "addi sp, sp, 16",
        ".cfi_def_cfa_offset 0",
        ".cfi_restore ra",
        ".cfi_restore s0",
        "ret",
        ".cfi_endproc",
    )
}

/// Restores what [`call_recoverable`] saved at `sp`, and returns from it.
macro_rules! restore {
    () => {
        "fld fs0, 0(sp)
         fld fs1, 8(sp)
         fld fs2, 16(sp)
         fld fs3, 24(sp)
         fld fs4, 32(sp)
         fld fs5, 40(sp)
         fld fs6, 48(sp)
         fld fs7, 56(sp)
         fld fs8, 64(sp)
         fld fs9, 72(sp)
         fld fs10, 80(sp)
         fld fs11, 88(sp)
         ld s1, 96(sp)
         ld s2, 104(sp)
         ld s3, 112(sp)
         ld s4, 120(sp)
         ld s5, 128(sp)
         ld s6, 136(sp)
         ld s7, 144(sp)
         ld s8, 152(sp)
         ld s9, 160(sp)
         ld s10, 168(sp)
         ld s11, 176(sp)
         ld s0, 192(sp)
         ld ra, 200(sp)
         addi sp, sp, 208
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
        "addi sp, sp, -208",
        "sd ra, 200(sp)",
        "sd s0, 192(sp)",
        "addi s0, sp, 208",
        "sd s1, 96(sp)",
        "sd s2, 104(sp)",
        "sd s3, 112(sp)",
        "sd s4, 120(sp)",
        "sd s5, 128(sp)",
        "sd s6, 136(sp)",
        "sd s7, 144(sp)",
        "sd s8, 152(sp)",
        "sd s9, 160(sp)",
        "sd s10, 168(sp)",
        "sd s11, 176(sp)",
        "fsd fs0, 0(sp)",
        "fsd fs1, 8(sp)",
        "fsd fs2, 16(sp)",
        "fsd fs3, 24(sp)",
        "fsd fs4, 32(sp)",
        "fsd fs5, 40(sp)",
        "fsd fs6, 48(sp)",
        "fsd fs7, 56(sp)",
        "fsd fs8, 64(sp)",
        "fsd fs9, 72(sp)",
        "fsd fs10, 80(sp)",
        "fsd fs11, 88(sp)",
        "sd sp, 0(a3)",
        "mv t1, a0",
        "mv a0, a1",
        "mv a1, a2",
        "jalr t1",
        "li a0, 0",
        restore!(),
    )
}

/// Goes back into the [`call_recoverable`] that stored `recovery`, which returns `value` (not 0).
///
/// # Safety
/// That call must still be running, on this thread.
#[unsafe(naked)]
pub unsafe extern "C" fn resume(recovery: usize, value: usize) -> ! {
    core::arch::naked_asm!("mv sp, a0", "mv a0, a1", restore!())
}

/// Process entry: hands the initial stack (argc, argv, envp, auxv) and the program to [`crate::start::process`]. Nothing
/// is addressed through gp, so it is not set.
#[cfg(wasmaot_standalone)]
#[unsafe(naked)]
#[unsafe(no_mangle)]
unsafe extern "C" fn wasmaot_start() -> ! {
    core::arch::naked_asm!(
        ".cfi_startproc",
        ".cfi_undefined ra",
        "li s0, 0",
        "mv a0, sp",
        "lla a1, {program}",
        "andi sp, sp, -16",
        "call {process}",
        "unimp",
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
    // SAFETY: thread-local storage as the RISC-V psABI has it.
    unsafe {
        asm!(
            "la.tls.ie {0}, wasmaot_thread",
            "add {0}, {0}, tp",
            out(reg) thread,
            options(nostack, readonly),
        );
    }
    thread
}
