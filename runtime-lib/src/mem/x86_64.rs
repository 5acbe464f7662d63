//! x86-64: overlapping moves up to 128 bytes, then loops of 32-byte moves where the processor has AVX and of 16-byte
//! ones where not, string instructions where they are fast, and moves around the cache for what would not fit in it.
//!
//! All is written in assembly: what a compiler recognises here as a copy it would turn into a call of `memcpy`. In every
//! path all loads that later stores could overwrite come first, so that every path may overlap.

/// Calls a function of no arguments; keeps what a copy or fill needs.
macro_rules! call {
    ($function:literal) => {
        concat!(
            "push rdi\n push rsi\n push rdx\n push rax\n sub rsp, 8\n",
            "call ",
            $function,
            "\n",
            "add rsp, 8\n pop rax\n pop rdx\n pop rsi\n pop rdi\n",
        )
    };
}

mod compare;
mod copy;
mod fill;

pub use compare::compare;
pub use copy::copy;
pub use fill::fill;

/// The other names that C has, and that compilers call.
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
