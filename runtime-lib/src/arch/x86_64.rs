//! x86-64.

use core::arch::asm;

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
