//! The runtime library of wasmaot programs: what compiled code and the operating system meet in.
//!
//! no_std, no libc: raw system calls on Linux. All unsafe code of the project lives in this crate. Built by cli's build
//! script as a standalone library (`--cfg wasmaot_standalone`: process entry, panic handler, allocator, `mem*`
//! symbols), and as one for C programs (`--cfg wasmaot_library`: [`embed`], no entry, the host's `mem*`); built by Cargo
//! as a plain rlib for unit tests and documentation.
//!
//! A program's life is [`start`]; a fault's is [`trap`]. Compiled code calls [`memory`], [`table`], [`rounding`] and
//! [`wasi`] by the symbols that `wasmaot_abi` lists.
#![cfg_attr(not(test), no_std)]

extern crate alloc;

pub mod allocator;
pub mod arch;
pub mod backtrace;
#[cfg(not(wasmaot_standalone))]
pub mod embed;
pub mod instance;
pub mod lines;
pub mod lock;
pub mod mem;
pub mod memory;
pub mod message;
pub mod os;
#[cfg(any(wasmaot_standalone, wasmaot_library))]
mod panic;
pub mod relocate;
pub mod rounding;
pub mod script;
pub mod stack;
pub mod start;
pub mod table;
pub mod trap;
pub mod wasi;
