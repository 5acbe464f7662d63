//! What the wasmaot compiler and its runtime library must agree on, written once, as data.
//!
//! The compiler reads these tables to emit code and data; the runtime reads them to be called by that code and to
//! read that data. Nothing here has behaviour (but for reading texts that both sides accept), and nothing here is
//! target-dependent beyond "pointers are 64 bits".
//!
//! Rooms: [`trap`] kinds, [`builtin`] functions, [`embed`] for instances in C programs, [`wasip1`] functions, [`program`] structures, [`grant`] records
//! and their text forms [`grant_text`], [`info`] on a program, [`lines`] of its source, [`script`] protocol of the test driver.
#![no_std]

pub mod builtin;
pub mod embed;
pub mod grant;
pub mod grant_text;
pub mod info;
pub mod lines;
pub mod program;
pub mod script;
pub mod trap;
pub mod wasip1;

/// Version of everything in this crate; stored in [`program::Program::version`] and checked at start.
pub const ABI_VERSION: u32 = 1;

/// Type of a parameter or result at the C boundary between compiled code and the runtime (System V: integers and
/// pointers in general registers, floats in vector registers).
#[derive(Clone, Copy, PartialEq, Eq, Debug, Hash)]
pub enum Type {
    /// 32-bit integer; the upper half of the register is undefined.
    I32,
    /// 64-bit integer.
    I64,
    /// 32-bit float.
    F32,
    /// 64-bit float.
    F64,
    /// Native pointer.
    Ptr,
}
