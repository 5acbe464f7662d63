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

c_names!("jmp {}", "xor eax, eax", "2:", "cmp byte ptr [rdi + rax], 0", "je 3f", "inc rax", "jmp 2b", "3:", "ret");
