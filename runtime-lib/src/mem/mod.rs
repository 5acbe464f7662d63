//! Copying and filling bytes: `memory.copy`, `memory.fill` and, in the standalone library, the C symbols that compiled
//! Rust calls (`memcpy` and its kin).

#[cfg(target_arch = "x86_64")]
mod x86_64;
#[cfg(target_arch = "x86_64")]
pub use x86_64::{compare, copy, fill};
