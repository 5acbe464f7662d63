//! Linux's flags whose values differ per architecture there: those of x86-64.

/// A folder only.
pub const O_DIRECTORY: i32 = 0o200_000;
/// Do not follow a last link.
pub const O_NOFOLLOW: i32 = 0o400_000;
