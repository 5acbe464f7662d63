//! x86-64: switching stacks and abandoning calls, in the System V convention.

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

/// Calls `f(data, more)` and returns 0; or, when [`resume`] is called meanwhile with the value stored in `*recovery`, abandons
/// the call and returns the value given there.
///
/// # Safety
/// `f` must accept its arguments and must not unwind; abandoning must be sound for every function it calls.
#[unsafe(naked)]
pub unsafe extern "C" fn call_recoverable(
    f: unsafe extern "C" fn(*mut u8, *mut u8),
    data: *mut u8,
    more: *mut u8,
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
        "push rcx",
        "mov [rcx], rsp",
        "mov rax, rdi",
        "mov rdi, rsi",
        "mov rsi, rdx",
        "call rax",
        // Who returns has preserved the other registers.
        "xor eax, eax",
        "mov rsp, rbp",
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
