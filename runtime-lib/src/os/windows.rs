//! Windows: `kernel32` and `ntdll`, without a C runtime. The same functions as `linux`, with its numbers for errors and
//! flags, so that nothing above knows the difference.
//!
//! What must hold: every function imported is a row of `windows/imports.txt`, from which the command makes what the
//! linker needs; a name of the program is given to the system only by [`fs`], as one checked component below a handle.

pub mod clock;
mod fault;
pub mod fs;
mod handles;
#[cfg(not(wasmaot_library))]
pub mod launch;
#[cfg(not(wasmaot_standalone))]
pub mod library;
pub mod map;
pub mod net;
pub mod poll;
pub mod process;
pub mod random;
mod status;
mod sys;
mod text;
pub mod vdso;

pub use super::errno::Errno;
