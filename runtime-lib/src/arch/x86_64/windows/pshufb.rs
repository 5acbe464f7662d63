//! `pshufb` for code compiled for processors without SSSE3: a library call of Cranelift's, which passes vectors by
//! address here.

/// Builtin: byte i of the result is the byte of the first vector that the low four bits of byte i of the second say, or
/// 0 if its high bit is set.
///
/// # Safety
/// Both addresses must be those of 16 bytes, and the result is in a vector register; so only compiled code may call it.
#[unsafe(naked)]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wasmaot_pshufb() {
    core::arch::naked_asm!(
        "sub rsp, 24",
        "xor r8d, r8d",
        "2:",
        "movzx r9d, byte ptr [rdx + r8]",
        "mov eax, r9d",
        "and eax, 15",
        "movzx eax, byte ptr [rcx + rax]",
        "test r9b, r9b",
        "jns 3f",
        "xor eax, eax",
        "3:",
        "mov [rsp + r8], al",
        "inc r8d",
        "cmp r8d, 16",
        "jne 2b",
        "movups xmm0, [rsp]",
        "add rsp, 24",
        "ret",
    )
}
