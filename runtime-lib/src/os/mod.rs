//! The operating system: system calls and memory mapping. A folder for each, with the same functions; what they have in
//! common (numbers of errors, flags and signals, structures) is in the files beside this one.

mod errno;
mod file;
#[cfg(not(target_os = "macos"))]
mod flags;
mod ready;
pub mod signal;
#[cfg(not(target_os = "linux"))]
mod stat;
#[cfg(not(target_os = "windows"))]
mod time;

#[cfg(target_os = "linux")]
mod linux;
#[cfg(target_os = "linux")]
pub use linux::*;

#[cfg(target_os = "macos")]
mod macos;
#[cfg(target_os = "macos")]
pub use macos::*;

#[cfg(target_os = "windows")]
mod windows;
#[cfg(target_os = "windows")]
pub use windows::*;
