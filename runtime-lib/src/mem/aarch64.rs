//! AArch64: overlapping moves up to 128 bytes, then loops of 64 bytes to aligned places; `dc zva` for zeroes.
//!
//! All is written in assembly: what a compiler recognises here as a copy it would turn into a call of `memcpy`. In every
//! path all loads that later stores could overwrite come first, so that every path may overlap.

use core::arch::naked_asm;

/// Copies `len` bytes, which may overlap; returns `to` (C's memmove).
///
/// # Safety
/// Both ranges must be accessible.
#[cfg_attr(wasmaot_standalone, unsafe(export_name = "memmove"))]
#[unsafe(naked)]
pub unsafe extern "C" fn copy(to: *mut u8, from: *const u8, len: usize) -> *mut u8 {
    naked_asm!(
        "add x4, x1, x2", // the end of the source
        "add x5, x0, x2", // the end of the destination
        "cmp x2, #16",
        "b.lo 2f",
        "cmp x2, #32",
        "b.hi 3f",
        "ldr q0, [x1]",
        "ldr q1, [x4, #-16]",
        "str q0, [x0]",
        "str q1, [x5, #-16]",
        "ret",
        "2:",
        "tbz x2, #3, 2f",
        "ldr x6, [x1]",
        "ldr x7, [x4, #-8]",
        "str x6, [x0]",
        "str x7, [x5, #-8]",
        "ret",
        "2:",
        "tbz x2, #2, 2f",
        "ldr w6, [x1]",
        "ldr w7, [x4, #-4]",
        "str w6, [x0]",
        "str w7, [x5, #-4]",
        "ret",
        "2:",
        "cbz x2, 4f",
        "lsr x8, x2, #1",
        "ldrb w6, [x1]",
        "ldrb w7, [x1, x8]",
        "ldrb w9, [x4, #-1]",
        "strb w6, [x0]",
        "strb w7, [x0, x8]",
        "strb w9, [x5, #-1]",
        "4:",
        "ret",
        "3:",
        "cmp x2, #64",
        "b.hi 3f",
        "ldp q0, q1, [x1]",
        "ldp q2, q3, [x4, #-32]",
        "stp q0, q1, [x0]",
        "stp q2, q3, [x5, #-32]",
        "ret",
        "3:",
        "cmp x2, #128",
        "b.hi 3f",
        "ldp q0, q1, [x1]",
        "ldp q2, q3, [x1, #32]",
        "ldp q4, q5, [x4, #-64]",
        "ldp q6, q7, [x4, #-32]",
        "stp q0, q1, [x0]",
        "stp q2, q3, [x0, #32]",
        "stp q4, q5, [x5, #-64]",
        "stp q6, q7, [x5, #-32]",
        "ret",
        "3:",
        // to - from < len, without sign: the end of the source would be overwritten first.
        "sub x6, x0, x1",
        "cmp x6, x2",
        "b.lo 7f",
        "ldr q4, [x1]",
        "ldp q16, q17, [x4, #-64]",
        "ldp q18, q19, [x4, #-32]",
        "add x3, x0, #16",
        "and x3, x3, #-16",
        "sub x1, x3, x6",
        "sub x7, x5, #64",
        ".p2align 4",
        "2:",
        "ldp q0, q1, [x1]",
        "ldp q2, q3, [x1, #32]",
        "add x1, x1, #64",
        "stp q0, q1, [x3]",
        "stp q2, q3, [x3, #32]",
        "add x3, x3, #64",
        "cmp x3, x7",
        "b.lo 2b",
        "stp q16, q17, [x5, #-64]",
        "stp q18, q19, [x5, #-32]",
        "str q4, [x0]",
        "ret",
        // From the end.
        "7:",
        "ldr q4, [x4, #-16]",
        "ldp q16, q17, [x1]",
        "ldp q18, q19, [x1, #32]",
        "sub x3, x5, #1",
        "and x3, x3, #-16",
        "sub x1, x3, x6",
        "add x7, x0, #64",
        ".p2align 4",
        "2:",
        "ldp q0, q1, [x1, #-32]",
        "ldp q2, q3, [x1, #-64]",
        "sub x1, x1, #64",
        "stp q0, q1, [x3, #-32]",
        "stp q2, q3, [x3, #-64]",
        "sub x3, x3, #64",
        "cmp x3, x7",
        "b.hi 2b",
        "stp q16, q17, [x0]",
        "stp q18, q19, [x0, #32]",
        "str q4, [x5, #-16]",
        "ret",
    )
}

/// Sets `len` bytes; returns `to` (C's memset).
///
/// # Safety
/// The range must be accessible.
#[cfg_attr(wasmaot_standalone, unsafe(export_name = "memset"))]
#[unsafe(naked)]
pub unsafe extern "C" fn fill(to: *mut u8, value: u8, len: usize) -> *mut u8 {
    naked_asm!(
        "dup v0.16b, w1",
        "add x5, x0, x2", // the end
        "cmp x2, #16",
        "b.lo 2f",
        "cmp x2, #64",
        "b.hi 3f",
        "str q0, [x0]",
        "str q0, [x5, #-16]",
        "cmp x2, #32",
        "b.ls 4f",
        "str q0, [x0, #16]",
        "str q0, [x5, #-32]",
        "4:",
        "ret",
        "2:",
        "fmov x6, d0",
        "tbz x2, #3, 2f",
        "str x6, [x0]",
        "str x6, [x5, #-8]",
        "ret",
        "2:",
        "tbz x2, #2, 2f",
        "str w6, [x0]",
        "str w6, [x5, #-4]",
        "ret",
        "2:",
        "cbz x2, 4f",
        "lsr x8, x2, #1",
        "strb w6, [x0]",
        "strb w6, [x0, x8]",
        "strb w6, [x5, #-1]",
        "4:",
        "ret",
        "3:",
        "sub x7, x5, #64",
        "stp q0, q0, [x0]",
        "stp q0, q0, [x0, #32]",
        "stp q0, q0, [x5, #-64]",
        "stp q0, q0, [x5, #-32]",
        "cmp x2, #128",
        "b.ls 4b",
        "and x3, x0, #-64",
        "add x3, x3, #64",
        // Zeroes by whole cache lines, if these have 64 bytes and the system allows it.
        "tst w1, #255",
        "b.ne 2f",
        "cmp x2, #512",
        "b.lo 2f",
        "mrs x6, dczid_el0",
        "cmp x6, #4",
        "b.ne 2f",
        "3:",
        "dc zva, x3",
        "add x3, x3, #64",
        "cmp x3, x7",
        "b.lo 3b",
        "ret",
        ".p2align 4",
        "2:",
        "stp q0, q0, [x3]",
        "stp q0, q0, [x3, #32]",
        "add x3, x3, #64",
        "cmp x3, x7",
        "b.lo 2b",
        "ret",
    )
}

/// C's memcmp.
///
/// # Safety
/// Both ranges must be accessible.
#[cfg_attr(wasmaot_standalone, unsafe(export_name = "memcmp"))]
#[unsafe(naked)]
pub unsafe extern "C" fn compare(a: *const u8, b: *const u8, len: usize) -> i32 {
    naked_asm!(
        // Eight at a time, the last eight perhaps once more; fewer than eight one at a time.
        "subs x2, x2, #8",
        "b.lo 4f",
        "mov x3, #0",
        "2:",
        "ldr x4, [x0, x3]",
        "ldr x5, [x1, x3]",
        "cmp x4, x5",
        "b.ne 3f",
        "cmp x3, x2",
        "b.eq 6f",
        "add x3, x3, #8",
        "cmp x3, x2",
        "csel x3, x3, x2, lo",
        "b 2b",
        "3:",
        "rev x4, x4",
        "rev x5, x5",
        "cmp x4, x5",
        "cset w0, hi",
        "csinv w0, w0, wzr, hs",
        "ret",
        "4:",
        "adds x2, x2, #8",
        "b.eq 6f",
        "5:",
        "ldrb w4, [x0], #1",
        "ldrb w5, [x1], #1",
        "subs w3, w4, w5",
        "b.ne 7f",
        "subs x2, x2, #1",
        "b.ne 5b",
        "6:",
        "mov w0, #0",
        "ret",
        "7:",
        "mov w0, w3",
        "ret",
    )
}

/// The other names that C has, and that compilers call.
#[cfg(wasmaot_standalone)]
mod symbols {
    use core::arch::naked_asm;

    #[unsafe(naked)]
    #[unsafe(no_mangle)]
    unsafe extern "C" fn memcpy(to: *mut u8, from: *const u8, len: usize) -> *mut u8 {
        naked_asm!("b {}", sym super::copy)
    }

    #[unsafe(naked)]
    #[unsafe(no_mangle)]
    unsafe extern "C" fn bcmp(a: *const u8, b: *const u8, len: usize) -> i32 {
        naked_asm!("b {}", sym super::compare)
    }

    #[unsafe(naked)]
    #[unsafe(no_mangle)]
    unsafe extern "C" fn strlen(string: *const u8) -> usize {
        naked_asm!("mov x1, x0", "2:", "ldrb w2, [x1], #1", "cbnz w2, 2b", "sub x0, x1, x0", "sub x0, x0, #1", "ret")
    }
}
