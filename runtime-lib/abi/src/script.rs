//! Protocol between a test runner and a program built as a script ([`crate::program::PROGRAM_SCRIPT`]): the
//! specification's assertions run as native code this way. Numbers are little-endian.
//!
//! The program reads requests from standard input and writes one answer each to standard output:
//!
//! | request | bytes after it | answer |
//! |---|---|---|
//! | [`INSTANTIATE`] | u32 instance | status |
//! | [`INVOKE`] | u32 row of [`crate::program::Program::script`], 16 bytes per parameter | status, then 16 bytes per result |
//! | end of input | | exit with 0 |
//!
//! A status is one byte: 0, or the code of the trap. References are 8-byte values: 0 is null.

/// Instantiate an instance: map its memories, place its images, run its `init`.
pub const INSTANTIATE: u8 = 1;
/// Call an export.
pub const INVOKE: u8 = 2;
/// Status: done.
pub const OK: u8 = 0;
