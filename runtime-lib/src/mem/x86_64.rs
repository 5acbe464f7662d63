//! x86-64.

use core::arch::naked_asm;

/// Copies `len` bytes, which may overlap; returns `to` (C's memmove).
///
/// # Safety
/// Both ranges must be accessible.
#[cfg_attr(wasmaot_standalone, unsafe(export_name = "memmove"))]
#[unsafe(naked)]
pub unsafe extern "C" fn copy(to: *mut u8, from: *const u8, len: usize) -> *mut u8 {
    naked_asm!(
        "mov rax, rdi",
        "mov rcx, rdx",
        "sub rdi, rsi",
        "cmp rdi, rdx",
        "lea rdi, [rax]",
        "jb 2f",
        "rep movsb",
        "ret",
        "2:",
        "lea rdi, [rdi + rdx - 1]",
        "lea rsi, [rsi + rdx - 1]",
        "std",
        "rep movsb",
        "cld",
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
    naked_asm!("mov r8, rdi", "mov eax, esi", "mov rcx, rdx", "rep stosb", "mov rax, r8", "ret")
}

/// C's memcmp.
///
/// # Safety
/// Both ranges must be accessible.
#[cfg_attr(wasmaot_standalone, unsafe(export_name = "memcmp"))]
#[unsafe(naked)]
pub unsafe extern "C" fn compare(a: *const u8, b: *const u8, len: usize) -> i32 {
    naked_asm!(
        "xor ecx, ecx",
        "2:",
        "cmp rcx, rdx",
        "je 3f",
        "movzx eax, byte ptr [rdi + rcx]",
        "movzx r8d, byte ptr [rsi + rcx]",
        "inc rcx",
        "sub eax, r8d",
        "je 2b",
        "ret",
        "3:",
        "xor eax, eax",
        "ret",
    )
}

#[cfg(wasmaot_standalone)]
mod symbols {
    use core::arch::naked_asm;

    #[unsafe(naked)]
    #[unsafe(no_mangle)]
    unsafe extern "C" fn memcpy(to: *mut u8, from: *const u8, len: usize) -> *mut u8 {
        naked_asm!("jmp {}", sym super::copy)
    }

    #[unsafe(naked)]
    #[unsafe(no_mangle)]
    unsafe extern "C" fn bcmp(a: *const u8, b: *const u8, len: usize) -> i32 {
        naked_asm!("jmp {}", sym super::compare)
    }

    #[unsafe(naked)]
    #[unsafe(no_mangle)]
    unsafe extern "C" fn strlen(string: *const u8) -> usize {
        naked_asm!("xor eax, eax", "2:", "cmp byte ptr [rdi + rax], 0", "je 3f", "inc rax", "jmp 2b", "3:", "ret")
    }
}
