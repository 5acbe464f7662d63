//! x86-64 with the convention of Windows, where the wider loops of `x86_64.rs` would have to save most of their
//! registers: overlapping moves up to 64 bytes, loops of 64 bytes, and string instructions from where they are fast.
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
        "mov rax, rcx",
        "cmp r8, 16",
        "jb 4f",
        "movups xmm0, [rdx]",
        "movups xmm1, [rdx + r8 - 16]",
        "cmp r8, 32",
        "ja 2f",
        "movups [rcx], xmm0",
        "movups [rcx + r8 - 16], xmm1",
        "ret",
        "2:",
        "movups xmm2, [rdx + 16]",
        "movups xmm3, [rdx + r8 - 32]",
        "cmp r8, 64",
        "ja 3f",
        "movups [rcx], xmm0",
        "movups [rcx + 16], xmm2",
        "movups [rcx + r8 - 32], xmm3",
        "movups [rcx + r8 - 16], xmm1",
        "ret",
        // More than 64 bytes. Backwards if the end of the source would be overwritten first.
        "3:",
        "mov r9, rcx",
        "sub r9, rdx",
        "cmp r9, r8",
        "jb 7f",
        "cmp r8, 4096",
        "jae 9f",
        // Forwards: the last 64 bytes are stored at the end, from xmm1, xmm3 and two more.
        "movups xmm4, [rdx + r8 - 48]",
        "movups xmm5, [rdx + r8 - 64]",
        "lea r10, [rcx + r8]",
        "lea r11, [rcx + r8 - 64]",
        "sub rdx, rcx",
        "5:",
        "movups xmm0, [rcx + rdx]",
        "movups xmm2, [rcx + rdx + 16]",
        "movups [rcx], xmm0",
        "movups xmm0, [rcx + rdx + 32]",
        "movups [rcx + 16], xmm2",
        "movups xmm2, [rcx + rdx + 48]",
        "movups [rcx + 32], xmm0",
        "movups [rcx + 48], xmm2",
        "add rcx, 64",
        "cmp rcx, r11",
        "jb 5b",
        "movups [r10 - 64], xmm5",
        "movups [r10 - 48], xmm4",
        "movups [r10 - 32], xmm3",
        "movups [r10 - 16], xmm1",
        "ret",
        "9:",
        "mov r9, rdi",
        "mov r10, rsi",
        "mov rdi, rcx",
        "mov rsi, rdx",
        "mov rcx, r8",
        "rep movsb",
        "mov rdi, r9",
        "mov rsi, r10",
        "ret",
        // Backwards: the first 64 bytes are stored at the end, from xmm0, xmm2 and two more.
        "7:",
        "test r9, r9",
        "je 6f",
        "movups xmm4, [rdx + 32]",
        "movups xmm5, [rdx + 48]",
        "sub rdx, rcx",
        "lea r11, [rcx + 64]",
        "add rcx, r8",
        "8:",
        "movups xmm1, [rcx + rdx - 16]",
        "movups xmm3, [rcx + rdx - 32]",
        "movups [rcx - 16], xmm1",
        "movups xmm1, [rcx + rdx - 48]",
        "movups [rcx - 32], xmm3",
        "movups xmm3, [rcx + rdx - 64]",
        "movups [rcx - 48], xmm1",
        "movups [rcx - 64], xmm3",
        "sub rcx, 64",
        "cmp rcx, r11",
        "ja 8b",
        "movups [rax + 48], xmm5",
        "movups [rax + 32], xmm4",
        "movups [rax + 16], xmm2",
        "movups [rax], xmm0",
        "6:",
        "ret",
        // Less than 16 bytes.
        "4:",
        "cmp r8d, 8",
        "jb 4f",
        "mov r9, [rdx]",
        "mov r10, [rdx + r8 - 8]",
        "mov [rcx], r9",
        "mov [rcx + r8 - 8], r10",
        "ret",
        "4:",
        "cmp r8d, 4",
        "jb 4f",
        "mov r9d, [rdx]",
        "mov r10d, [rdx + r8 - 4]",
        "mov [rcx], r9d",
        "mov [rcx + r8 - 4], r10d",
        "ret",
        "4:",
        "test r8d, r8d",
        "je 4f",
        "movzx r9d, byte ptr [rdx]",
        "movzx r10d, byte ptr [rdx + r8 - 1]",
        "mov r11, r8",
        "shr r11d, 1",
        "movzx edx, byte ptr [rdx + r11]",
        "mov [rcx + r11], dl",
        "mov [rcx + r8 - 1], r10b",
        "mov [rcx], r9b",
        "4:",
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
        "mov rax, rcx",
        "cmp r8, 2048",
        "jae 9f",
        "movzx edx, dl",
        "mov r9, 0x0101010101010101",
        "imul r9, rdx",
        "cmp r8, 16",
        "jb 4f",
        "movq xmm0, r9",
        "punpcklqdq xmm0, xmm0",
        "lea r10, [rcx + r8 - 16]",
        "2:",
        "movups [rcx], xmm0",
        "add rcx, 16",
        "cmp rcx, r10",
        "jb 2b",
        "movups [r10], xmm0",
        "ret",
        "4:",
        "cmp r8d, 8",
        "jb 4f",
        "mov [rcx], r9",
        "mov [rcx + r8 - 8], r9",
        "ret",
        "4:",
        "cmp r8d, 4",
        "jb 4f",
        "mov [rcx], r9d",
        "mov [rcx + r8 - 4], r9d",
        "ret",
        "4:",
        "test r8d, r8d",
        "je 4f",
        "mov [rcx], r9b",
        "mov [rcx + r8 - 1], r9b",
        "shr r8d, 1",
        "mov [rcx + r8], r9b",
        "4:",
        "ret",
        "9:",
        "mov r9, rdi",
        "mov r10, rax",
        "mov rdi, rcx",
        "mov eax, edx",
        "mov rcx, r8",
        "rep stosb",
        "mov rdi, r9",
        "mov rax, r10",
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
        // Sixteen at a time, then one at a time.
        "xor r9d, r9d",
        "2:",
        "lea r10, [r9 + 16]",
        "cmp r10, r8",
        "ja 4f",
        "movups xmm0, [rcx + r9]",
        "movups xmm1, [rdx + r9]",
        "pcmpeqb xmm0, xmm1",
        "pmovmskb eax, xmm0",
        "xor eax, 0xffff",
        "jne 5f",
        "mov r9, r10",
        "jmp 2b",
        "5:",
        "bsf eax, eax",
        "add r9, rax",
        "jmp 6f",
        "4:",
        "cmp r9, r8",
        "je 3f",
        "6:",
        "movzx eax, byte ptr [rcx + r9]",
        "movzx r10d, byte ptr [rdx + r9]",
        "inc r9",
        "sub eax, r10d",
        "je 4b",
        "ret",
        "3:",
        "xor eax, eax",
        "ret",
    )
}

// The library brings what compilers call, so that it can be a DLL without a C runtime, and one for any compiler's. These names
// are the object's own.
#[cfg(wasmaot_library)]
core::arch::global_asm!(
    "memcpy:",
    "memmove: jmp {copy}",
    "memset: jmp {fill}",
    "memcmp:",
    "bcmp: jmp {compare}",
    "strlen: xor eax, eax",
    "2: cmp byte ptr [rcx + rax], 0",
    "je 3f",
    "inc rax",
    "jmp 2b",
    "3: ret",
    copy = sym copy,
    fill = sym fill,
    compare = sym compare,
);

c_names!("jmp {}", "xor eax, eax", "2:", "cmp byte ptr [rcx + rax], 0", "je 3f", "inc rax", "jmp 2b", "3:", "ret");
