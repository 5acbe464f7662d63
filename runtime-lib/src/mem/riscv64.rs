//! RISC-V: words at aligned addresses only, since many processors leave other accesses to the firmware, hundreds of times
//! slower. Where source and destination are not aligned alike, every word is put together from two.
//!
//! All is written in assembly: what a compiler recognises here as a copy it would turn into a call of `memcpy`. A word of
//! the source may be read to its aligned ends; no page ends within it. In every path all loads that later stores could
//! overwrite come first, so that every path may overlap.

use core::arch::naked_asm;

/// Copies `len` bytes, which may overlap; returns `to` (C's memmove).
///
/// # Safety
/// Both ranges must be accessible.
#[cfg_attr(wasmaot_standalone, unsafe(export_name = "memmove"))]
#[unsafe(naked)]
pub unsafe extern "C" fn copy(to: *mut u8, from: *const u8, len: usize) -> *mut u8 {
    naked_asm!(
        // to - from < len, without sign: the end of the source would be overwritten first.
        "sub t0, a0, a1",
        "bgeu t0, a2, 2f",
        "tail {backward}",
        "2:",
        "mv a3, a0",
        "li t1, 16",
        "bltu a2, t1, 8f",
        // Bytes until the destination is aligned.
        "andi t0, a3, 7",
        "beqz t0, 3f",
        "2:",
        "lbu t1, 0(a1)",
        "addi a1, a1, 1",
        "sb t1, 0(a3)",
        "addi a3, a3, 1",
        "addi a2, a2, -1",
        "andi t0, a3, 7",
        "bnez t0, 2b",
        "3:",
        "andi t0, a1, 7",
        "bnez t0, 6f",
        // Both are aligned: 64 bytes at a time, then 8.
        "li t0, 64",
        "bltu a2, t0, 5f",
        "4:",
        "ld t1, 0(a1)",
        "ld t2, 8(a1)",
        "ld t3, 16(a1)",
        "ld t4, 24(a1)",
        "ld t5, 32(a1)",
        "ld t6, 40(a1)",
        "ld a6, 48(a1)",
        "ld a7, 56(a1)",
        "addi a1, a1, 64",
        "addi a2, a2, -64",
        "sd t1, 0(a3)",
        "sd t2, 8(a3)",
        "sd t3, 16(a3)",
        "sd t4, 24(a3)",
        "sd t5, 32(a3)",
        "sd t6, 40(a3)",
        "sd a6, 48(a3)",
        "sd a7, 56(a3)",
        "addi a3, a3, 64",
        "bgeu a2, t0, 4b",
        "5:",
        "li t0, 8",
        "bltu a2, t0, 8f",
        "4:",
        "ld t1, 0(a1)",
        "addi a1, a1, 8",
        "addi a2, a2, -8",
        "sd t1, 0(a3)",
        "addi a3, a3, 8",
        "bgeu a2, t0, 4b",
        "j 8f",
        // The source is not: words put together from two, 32 bytes at a time, then 8.
        "6:",
        "sub a4, a1, t0",
        "slli t0, t0, 3",
        "neg t6, t0",
        "ld t1, 0(a4)",
        "li a5, 32",
        "bltu a2, a5, 5f",
        "4:",
        "ld t2, 8(a4)",
        "ld t3, 16(a4)",
        "ld t4, 24(a4)",
        "ld t5, 32(a4)",
        "addi a4, a4, 32",
        "addi a1, a1, 32",
        "addi a2, a2, -32",
        "srl t1, t1, t0",
        "sll a6, t2, t6",
        "or t1, t1, a6",
        "sd t1, 0(a3)",
        "srl t2, t2, t0",
        "sll a6, t3, t6",
        "or t2, t2, a6",
        "sd t2, 8(a3)",
        "srl t3, t3, t0",
        "sll a6, t4, t6",
        "or t3, t3, a6",
        "sd t3, 16(a3)",
        "srl t4, t4, t0",
        "sll a6, t5, t6",
        "or t4, t4, a6",
        "sd t4, 24(a3)",
        "mv t1, t5",
        "addi a3, a3, 32",
        "bgeu a2, a5, 4b",
        "5:",
        "li a5, 8",
        "bltu a2, a5, 8f",
        "4:",
        "ld t2, 8(a4)",
        "addi a4, a4, 8",
        "addi a1, a1, 8",
        "addi a2, a2, -8",
        "srl t1, t1, t0",
        "sll a6, t2, t6",
        "or t1, t1, a6",
        "sd t1, 0(a3)",
        "mv t1, t2",
        "addi a3, a3, 8",
        "bgeu a2, a5, 4b",
        // The last bytes.
        "8:",
        "beqz a2, 9f",
        "4:",
        "lbu t1, 0(a1)",
        "addi a1, a1, 1",
        "addi a2, a2, -1",
        "sb t1, 0(a3)",
        "addi a3, a3, 1",
        "bnez a2, 4b",
        "9:",
        "ret",
        backward = sym copy_backward,
    )
}

/// [`copy`] from the end.
#[unsafe(naked)]
unsafe extern "C" fn copy_backward() {
    naked_asm!(
        "add a3, a0, a2",
        "add a1, a1, a2",
        "li t1, 16",
        "bltu a2, t1, 8f",
        "andi t0, a3, 7",
        "beqz t0, 3f",
        "2:",
        "lbu t1, -1(a1)",
        "addi a1, a1, -1",
        "sb t1, -1(a3)",
        "addi a3, a3, -1",
        "addi a2, a2, -1",
        "andi t0, a3, 7",
        "bnez t0, 2b",
        "3:",
        "andi t0, a1, 7",
        "bnez t0, 6f",
        "li t0, 64",
        "bltu a2, t0, 5f",
        "4:",
        "ld t1, -8(a1)",
        "ld t2, -16(a1)",
        "ld t3, -24(a1)",
        "ld t4, -32(a1)",
        "ld t5, -40(a1)",
        "ld t6, -48(a1)",
        "ld a6, -56(a1)",
        "ld a7, -64(a1)",
        "addi a1, a1, -64",
        "addi a2, a2, -64",
        "sd t1, -8(a3)",
        "sd t2, -16(a3)",
        "sd t3, -24(a3)",
        "sd t4, -32(a3)",
        "sd t5, -40(a3)",
        "sd t6, -48(a3)",
        "sd a6, -56(a3)",
        "sd a7, -64(a3)",
        "addi a3, a3, -64",
        "bgeu a2, t0, 4b",
        "5:",
        "li t0, 8",
        "bltu a2, t0, 8f",
        "4:",
        "ld t1, -8(a1)",
        "addi a1, a1, -8",
        "addi a2, a2, -8",
        "sd t1, -8(a3)",
        "addi a3, a3, -8",
        "bgeu a2, t0, 4b",
        "j 8f",
        "6:",
        "sub a4, a1, t0",
        "slli t0, t0, 3",
        "neg t6, t0",
        "ld t1, 0(a4)",
        "li a5, 32",
        "bltu a2, a5, 5f",
        "4:",
        "ld t2, -8(a4)",
        "ld t3, -16(a4)",
        "ld t4, -24(a4)",
        "ld t5, -32(a4)",
        "addi a4, a4, -32",
        "addi a1, a1, -32",
        "addi a2, a2, -32",
        "sll t1, t1, t6",
        "srl a6, t2, t0",
        "or t1, t1, a6",
        "sd t1, -8(a3)",
        "sll t2, t2, t6",
        "srl a6, t3, t0",
        "or t2, t2, a6",
        "sd t2, -16(a3)",
        "sll t3, t3, t6",
        "srl a6, t4, t0",
        "or t3, t3, a6",
        "sd t3, -24(a3)",
        "sll t4, t4, t6",
        "srl a6, t5, t0",
        "or t4, t4, a6",
        "sd t4, -32(a3)",
        "mv t1, t5",
        "addi a3, a3, -32",
        "bgeu a2, a5, 4b",
        "5:",
        "li a5, 8",
        "bltu a2, a5, 8f",
        "4:",
        "ld t2, -8(a4)",
        "addi a4, a4, -8",
        "addi a1, a1, -8",
        "addi a2, a2, -8",
        "sll t1, t1, t6",
        "srl a6, t2, t0",
        "or t1, t1, a6",
        "sd t1, -8(a3)",
        "mv t1, t2",
        "addi a3, a3, -8",
        "bgeu a2, a5, 4b",
        "8:",
        "beqz a2, 9f",
        "4:",
        "lbu t1, -1(a1)",
        "addi a1, a1, -1",
        "addi a2, a2, -1",
        "sb t1, -1(a3)",
        "addi a3, a3, -1",
        "bnez a2, 4b",
        "9:",
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
        "mv a3, a0",
        "li t1, 16",
        "bltu a2, t1, 8f",
        "andi a1, a1, 255",
        "slli t1, a1, 8",
        "or a1, a1, t1",
        "slli t1, a1, 16",
        "or a1, a1, t1",
        "slli t1, a1, 32",
        "or a1, a1, t1",
        "andi t0, a3, 7",
        "beqz t0, 3f",
        "2:",
        "sb a1, 0(a3)",
        "addi a3, a3, 1",
        "addi a2, a2, -1",
        "andi t0, a3, 7",
        "bnez t0, 2b",
        "3:",
        "li t0, 64",
        "bltu a2, t0, 5f",
        "4:",
        "sd a1, 0(a3)",
        "sd a1, 8(a3)",
        "sd a1, 16(a3)",
        "sd a1, 24(a3)",
        "sd a1, 32(a3)",
        "sd a1, 40(a3)",
        "sd a1, 48(a3)",
        "sd a1, 56(a3)",
        "addi a3, a3, 64",
        "addi a2, a2, -64",
        "bgeu a2, t0, 4b",
        "5:",
        "li t0, 8",
        "bltu a2, t0, 8f",
        "4:",
        "sd a1, 0(a3)",
        "addi a3, a3, 8",
        "addi a2, a2, -8",
        "bgeu a2, t0, 4b",
        "8:",
        "beqz a2, 9f",
        "4:",
        "sb a1, 0(a3)",
        "addi a3, a3, 1",
        "addi a2, a2, -1",
        "bnez a2, 4b",
        "9:",
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
        // Eight at a time where both are aligned, as long as they are equal; then one at a time.
        "or t0, a0, a1",
        "andi t0, t0, 7",
        "bnez t0, 4f",
        "li t0, 8",
        "2:",
        "bltu a2, t0, 4f",
        "ld t1, 0(a0)",
        "ld t2, 0(a1)",
        "bne t1, t2, 4f",
        "addi a0, a0, 8",
        "addi a1, a1, 8",
        "addi a2, a2, -8",
        "j 2b",
        "4:",
        "beqz a2, 6f",
        "5:",
        "lbu t1, 0(a0)",
        "lbu t2, 0(a1)",
        "addi a0, a0, 1",
        "addi a1, a1, 1",
        "addi a2, a2, -1",
        "bne t1, t2, 7f",
        "bnez a2, 5b",
        "6:",
        "li a0, 0",
        "ret",
        "7:",
        "sub a0, t1, t2",
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
        naked_asm!("tail {}", sym super::copy)
    }

    #[unsafe(naked)]
    #[unsafe(no_mangle)]
    unsafe extern "C" fn bcmp(a: *const u8, b: *const u8, len: usize) -> i32 {
        naked_asm!("tail {}", sym super::compare)
    }

    #[unsafe(naked)]
    #[unsafe(no_mangle)]
    unsafe extern "C" fn strlen(string: *const u8) -> usize {
        naked_asm!(
            "mv a1, a0",
            "2:",
            "lbu a2, 0(a1)",
            "addi a1, a1, 1",
            "bnez a2, 2b",
            "sub a0, a1, a0",
            "addi a0, a0, -1",
            "ret"
        )
    }
}
