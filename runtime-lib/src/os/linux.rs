//! Linux: raw system calls. Each room adds the calls it needs in a sibling file (`linux/<room>.rs`).

pub mod clock;
pub mod fs;
#[cfg(not(wasmaot_standalone))]
pub mod library;
pub mod map;
pub mod net;
pub mod poll;
pub mod process;
pub mod random;
pub mod vdso;

pub use super::errno::Errno;

pub use crate::arch::syscall;

/// Splits the kernel's answer into value and errno.
#[inline]
pub fn answer(result: isize) -> Result<usize, Errno> {
    if (-4095..0).contains(&result) { Err(Errno(-result as i32)) } else { Ok(result as usize) }
}
