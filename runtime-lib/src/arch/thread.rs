//! What each thread has in the library for C programs: bytes in thread-local storage. How code gets their address differs per
//! instruction set (`thread()` there).

/// Number of the bytes.
pub const THREAD_SIZE: usize = 256;

// Initial-exec: a library that is loaded later takes this from the room that the C library keeps for such.
core::arch::global_asm!(
    ".pushsection .tbss.wasmaot_thread, \"awT\", %nobits",
    ".hidden wasmaot_thread",
    ".globl wasmaot_thread",
    ".balign 16",
    ".type wasmaot_thread, %object",
    ".size wasmaot_thread, {size}",
    "wasmaot_thread: .zero {size}",
    ".popsection",
    size = const THREAD_SIZE,
);
