//! x86-64 with the conventions of Windows: arguments in rcx, rdx, r8, r9 with 32 bytes of room above the return address;
//! rdi, rsi and xmm6 to xmm15 belong to the caller.

use core::arch::asm;
use core::ops::Range;

pub mod pshufb;

/// The registers of the interrupted code (`CONTEXT`).
#[repr(C, align(16))]
pub struct SignalContext {
    home: [u64; 6],
    flags: u32,
    mxcsr: u32,
    segments: [u16; 6],
    eflags: u32,
    debug: [u64; 6],
    /// rax, rcx, rdx, rbx, rsp, rbp, rsi, rdi, r8-r15, rip
    pub(super) registers: [usize; 17],
    rest: [u64; 122],
}

const _: () = assert!(size_of::<SignalContext>() == 1232);

/// Places in [`SignalContext::registers`].
pub(super) mod registers {
    /// The first two arguments of a C function.
    pub const ARGUMENTS: [usize; 2] = [1, 2];
    pub const RSP: usize = 4;
    pub const RBP: usize = 5;
    pub const RIP: usize = 16;
}

impl SignalContext {
    /// Says that all registers are wanted, for whoever fills the structure.
    pub fn ask_for_all(&mut self) {
        self.flags = 0x10_000b;
    }

    /// Goes on as if the interrupted function, which has no frame, had returned.
    ///
    /// # Safety
    /// Its return address must be on top of the stack.
    pub unsafe fn leave_leaf(&mut self) {
        // SAFETY: the caller's.
        self.registers[registers::RIP] = unsafe { (self.registers[registers::RSP] as *const usize).read() };
        self.registers[registers::RSP] += 8;
    }
}

/// Addresses of this thread's stack, as far as it can grow.
pub fn thread_stack() -> Range<usize> {
    let (start, end): (usize, usize);
    // SAFETY: the system keeps both in the thread's block.
    unsafe {
        asm!("mov {}, gs:[0x1478]", "mov {}, gs:[8]", out(reg) start, out(reg) end,
            options(readonly, nostack, preserves_flags));
    }
    start..end
}

/// Calls `f(data)` on this stack: the process begins on the stack that wasm is to have.
///
/// # Safety
/// `f` must accept `data` and must not unwind.
pub unsafe extern "C" fn call_on_stack(f: unsafe extern "C" fn(*mut u8), data: *mut u8, _top: usize) {
    // SAFETY: the caller vouches.
    unsafe { f(data) }
}

/// Calls a fault handler on the stack that ends at `top` (16-byte aligned) and comes back to the current one.
///
/// # Safety
/// `top` must be the end of a writable stack that nobody else uses; the arguments must be the handler's.
#[unsafe(naked)]
pub unsafe extern "C" fn call_handler(
    handler: unsafe extern "C" fn(i32, *const crate::os::process::SignalInfo, *mut SignalContext),
    signal: i32,
    info: *const crate::os::process::SignalInfo,
    context: *mut SignalContext,
    top: usize,
) {
    core::arch::naked_asm!(
        "push rbp",
        "mov rbp, rsp",
        "mov rax, rcx",
        "mov ecx, edx",
        "mov rdx, r8",
        "mov r8, r9",
        "mov rsp, [rbp + 48]",
        "sub rsp, 32",
        "call rax",
        "mov rsp, rbp",
        "pop rbp",
        "ret",
    )
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
        ".seh_proc {own}",
        "push rbp",
        ".seh_pushreg rbp",
        "mov rbp, rsp",
        "push rbx",
        ".seh_pushreg rbx",
        "push rsi",
        ".seh_pushreg rsi",
        "push rdi",
        ".seh_pushreg rdi",
        "push r12",
        ".seh_pushreg r12",
        "push r13",
        ".seh_pushreg r13",
        "push r14",
        ".seh_pushreg r14",
        "push r15",
        ".seh_pushreg r15",
        "sub rsp, 200",
        ".seh_stackalloc 200",
        "movaps [rsp + 32], xmm6",
        ".seh_savexmm xmm6, 32",
        "movaps [rsp + 48], xmm7",
        ".seh_savexmm xmm7, 48",
        "movaps [rsp + 64], xmm8",
        ".seh_savexmm xmm8, 64",
        "movaps [rsp + 80], xmm9",
        ".seh_savexmm xmm9, 80",
        "movaps [rsp + 96], xmm10",
        ".seh_savexmm xmm10, 96",
        "movaps [rsp + 112], xmm11",
        ".seh_savexmm xmm11, 112",
        "movaps [rsp + 128], xmm12",
        ".seh_savexmm xmm12, 128",
        "movaps [rsp + 144], xmm13",
        ".seh_savexmm xmm13, 144",
        "movaps [rsp + 160], xmm14",
        ".seh_savexmm xmm14, 160",
        "movaps [rsp + 176], xmm15",
        ".seh_savexmm xmm15, 176",
        ".seh_endprologue",
        "lea rax, [rsp + 32]",
        "mov [r9], rax",
        "mov rax, rcx",
        "mov rcx, rdx",
        "mov rdx, r8",
        "call rax",
        "lea rcx, [rsp + 32]",
        "xor edx, edx",
        "jmp {resume}",
        ".seh_endproc",
        own = sym call_recoverable,
        resume = sym resume,
    )
}

/// Goes back into the [`call_recoverable`] that stored `recovery`, which returns `value` (not 0).
///
/// # Safety
/// That call must still be running, on this thread.
#[unsafe(naked)]
pub unsafe extern "C" fn resume(recovery: usize, value: usize) -> ! {
    core::arch::naked_asm!(
        "mov rsp, rcx",
        "mov rax, rdx",
        "cld",
        "movaps xmm6, [rsp]",
        "movaps xmm7, [rsp + 16]",
        "movaps xmm8, [rsp + 32]",
        "movaps xmm9, [rsp + 48]",
        "movaps xmm10, [rsp + 64]",
        "movaps xmm11, [rsp + 80]",
        "movaps xmm12, [rsp + 96]",
        "movaps xmm13, [rsp + 112]",
        "movaps xmm14, [rsp + 128]",
        "movaps xmm15, [rsp + 144]",
        "add rsp, 168",
        "pop r15",
        "pop r14",
        "pop r13",
        "pop r12",
        "pop rdi",
        "pop rsi",
        "pop rbx",
        "pop rbp",
        "ret",
    )
}

/// Process entry: hands the program to [`crate::os::launch::start`].
#[cfg(wasmaot_standalone)]
#[unsafe(naked)]
#[unsafe(no_mangle)]
unsafe extern "C" fn wasmaot_start() -> ! {
    core::arch::naked_asm!(
        "xor ebp, ebp",
        "lea rcx, [rip + {program}]",
        "and rsp, -16",
        "sub rsp, 32",
        "call {start}",
        "ud2",
        program = sym PROGRAM,
        start = sym crate::os::launch::start,
    )
}

/// Number of a thread's bytes.
#[cfg(not(wasmaot_standalone))]
pub use crate::os::library::THREAD_SIZE;

/// The calling thread's bytes, zero at first.
#[cfg(not(wasmaot_standalone))]
#[inline]
pub fn thread() -> *mut u8 {
    use crate::os::library::{THREAD_PLACE, find_thread};
    let place = THREAD_PLACE.load(core::sync::atomic::Ordering::Acquire);
    if place != 0 {
        let thread: *mut u8;
        // SAFETY: a slot of the thread's storage in its block, which has its address in gs; it is this library's own.
        unsafe {
            asm!("mov {0}, gs:[{1}]", out(reg) thread, in(reg) u64::from(place),
                options(nostack, readonly, preserves_flags));
        }
        if !thread.is_null() {
            return thread;
        }
    }
    find_thread()
}

/// Where a jump leads whose target stands in memory (`jmp [rip + n]`), as linkers make them for functions of DLLs, or one to such a
/// jump (`jmp n`); `None` if it is something else.
///
/// # Safety
/// At least six bytes must be readable.
#[cfg(not(wasmaot_standalone))]
pub unsafe fn jump_target(mut code: *const u8) -> Option<*const u8> {
    // SAFETY: the caller vouches; such a jump leads to code, and one through memory has its target there.
    unsafe {
        if code.read() == 0xe9 {
            let distance = code.add(1).cast::<i32>().read_unaligned();
            code = code.wrapping_offset(5 + distance as isize);
        }
        if code.cast::<[u8; 2]>().read() != [0xff, 0x25] {
            return None;
        }
        let distance = code.add(2).cast::<i32>().read_unaligned();
        Some(code.wrapping_offset(6 + distance as isize).cast::<*const u8>().read())
    }
}

/// No sanitizer here looks at stacks.
#[cfg(not(wasmaot_standalone))]
pub fn before_abandoning() {}

/// No sanitizer here looks at locks.
#[cfg(not(wasmaot_standalone))]
pub fn lock_taken(_: *const u8) {}

/// No sanitizer here looks at locks.
#[cfg(not(wasmaot_standalone))]
pub fn lock_ends(_: *const u8) {}

/// Touches every page of a frame of `rax` bytes before it is made, as the stack grows page by page; changes no register.
macro_rules! touch_pages {
    ($assembly:ident, [$($before:literal),*], [$($behind:literal),*]) => {
        core::arch::$assembly!(
            $($before,)*
            "push rcx",
            "push rax",
            "lea rcx, [rsp + 24]",
            "cmp rax, 0x1000",
            "jb 3f",
            "2:",
            "sub rcx, 0x1000",
            "test [rcx], rcx",
            "sub rax, 0x1000",
            "cmp rax, 0x1000",
            "ja 2b",
            "3:",
            "sub rcx, rax",
            "test [rcx], rcx",
            "pop rax",
            "pop rcx",
            "ret",
            $($behind,)*
        );
    };
}

#[cfg(wasmaot_standalone)]
#[unsafe(naked)]
#[unsafe(no_mangle)]
unsafe extern "C" fn ___chkstk_ms() {
    touch_pages!(naked_asm, [], [])
}

// For the library, under a name that is the object's own; and what compilers refer to in objects that use floating point.
#[cfg(wasmaot_library)]
touch_pages!(global_asm, ["___chkstk_ms:"], [".section .rdata", "_fltused: .long 0", ".text"]);

/// What compilers refer to in objects that use floating point.
#[cfg(wasmaot_standalone)]
#[unsafe(no_mangle)]
static _fltused: i32 = 0;

#[cfg(wasmaot_standalone)]
unsafe extern "C" {
    #[link_name = "wasmaot_program"]
    static PROGRAM: wasmaot_abi::program::Program;
}
