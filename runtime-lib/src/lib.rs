//! The runtime library of wasmaot programs: what compiled code and the operating system meet in.
//!
//! no_std, no libc: raw system calls on Linux. All unsafe code of the project lives in this crate. Built by cli's build
//! script as a standalone library (`--cfg wasmaot_standalone`: process entry, panic handler, allocator, `mem*`
//! symbols); built by Cargo as a plain rlib for unit tests and documentation.
#![cfg_attr(not(test), no_std)]

extern crate alloc;

pub mod arch;
pub mod os;
pub mod wasi;
