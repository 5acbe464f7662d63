//! The table of source lines: what backtraces say of programs compiled with `-g`. The compiler writes it, the runtime reads
//! it in signal handlers.
//!
//! It is one piece of read-only memory without pointers: a [`Header`], [`Function`]s sorted by their code, and the place of
//! each file's name, all of little-endian numbers of 4 bytes; then what functions have; then NUL-terminated strings.
//!
//! A function has numbers in LEB128, those that are differences signed. First the number of inlined calls, and for each
//! - the name of the function that was called, a place in the strings;
//! - which of the calls before it it is in: 0 for none, 1 for the last;
//! - where: the index of the file, the difference of the line to that of the call before it, and the column.
//!
//! Then rows:
//! - twice the native bytes since the last row or the function's start, plus 1 if the next two numbers are there;
//! - the difference of the number of the inlined call (from 1; 0 is none, the function's own code);
//! - the difference of the index of the file;
//! - the difference of the line;
//! - the column.
//!
//! Differences begin from zeros. A row holds from its address to the next row's, for addresses that are sites
//! ([`crate::program::Program`]). Line 0: not known. Column 0: not known.

/// Start of the table. Places are in bytes from it.
#[repr(C)]
#[derive(Debug, Clone, Copy, Default)]
pub struct Header {
    /// Number of [`Function`]s, which follow.
    pub functions: u32,
    /// Number of files, whose names' places in the strings follow.
    pub files: u32,
    /// Where the functions' numbers begin.
    pub rows: u32,
    /// Where strings begin, and the functions' numbers end.
    pub strings: u32,
}

/// A function with rows.
#[repr(C)]
#[derive(Debug, Clone, Copy, Default)]
pub struct Function {
    /// Bytes from the start of the text section, as in its [`crate::program::FunctionRow`].
    pub code: u32,
    /// Where its numbers begin, from the start of all; they end where the next function's begin.
    pub rows: u32,
    /// Its name as people write it, in the strings, if it is another than in the function row; else [`NO_STRING`].
    pub name: u32,
}

/// No string.
pub const NO_STRING: u32 = u32::MAX;
