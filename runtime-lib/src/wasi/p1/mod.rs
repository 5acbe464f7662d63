//! WASI preview 1: the 46 functions as `extern "C"` symbols `wasmaot_p1_*` (table: [`wasmaot_abi::wasip1`]).
//!
//! A function is a plain `fn name(wasi: &mut Wasi, guest: Guest, ...) -> errno::Result`; the macro `doors!` of
//! [`guest`] makes the symbol.

pub mod clock;
pub mod errno;
pub mod fd;
pub mod file;
pub mod guest;
pub mod path;
pub mod poll;
pub mod process;
pub mod readdir;
pub mod sock;
pub mod types;

#[cfg(test)]
mod tests;
