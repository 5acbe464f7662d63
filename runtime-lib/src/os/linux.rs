//! Linux: raw system calls. Each room adds the calls it needs in a sibling file (`linux/<room>.rs`).

pub mod clock;
pub mod fs;
pub mod map;
pub mod net;
pub mod poll;
pub mod process;
pub mod random;
pub mod vdso;

pub use crate::arch::syscall;

/// A Linux errno (positive).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Errno(pub i32);

#[allow(missing_docs)] // the kernel's names
impl Errno {
    pub const EPERM: Errno = Errno(1);
    pub const EINTR: Errno = Errno(4);
    pub const EIO: Errno = Errno(5);
    pub const EEXIST: Errno = Errno(17);
    pub const ENOSYS: Errno = Errno(38);
}

/// Splits the kernel's answer into value and errno.
#[inline]
pub fn answer(result: isize) -> Result<usize, Errno> {
    if (-4095..0).contains(&result) { Err(Errno(-result as i32)) } else { Ok(result as usize) }
}
