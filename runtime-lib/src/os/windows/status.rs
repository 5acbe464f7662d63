//! The system's errors as Linux numbers them.

use super::Errno;
use super::sys::{GetLastError, Status};

/// A status as a result; warnings and information are success.
pub fn check(status: Status) -> Result<(), Errno> {
    if status >= 0 { Ok(()) } else { Err(errno(status)) }
}

/// The error number of a status.
pub fn errno(status: Status) -> Errno {
    Errno(match status as u32 {
        // no more files, no such file, name not found, path not found, delete pending, path syntax, no such device
        0x8000_0006 | 0xC000_000F | 0xC000_0034 | 0xC000_003A | 0xC000_0056 | 0xC000_003B | 0xC000_000E => 2,
        // invalid name
        0xC000_0033 => 22,
        // invalid handle, object type mismatch
        0xC000_0008 | 0xC000_0024 => 9,
        // no memory, insufficient resources, commitment limit
        0xC000_0017 | 0xC000_009A | 0xC000_012D => 12,
        // access denied, cannot delete, media write protected, privilege not held
        0xC000_0022 | 0xC000_0121 | 0xC000_00A2 => 13,
        0xC000_0061 => 1,
        // sharing violation, file lock conflict
        0xC000_0043 | 0xC000_0054 => 16,
        // name collision
        0xC000_0035 => 17,
        // not the same device
        0xC000_00D4 => 18,
        // not a directory
        0xC000_0103 => 20,
        // file is a directory
        0xC000_00BA => 21,
        // invalid parameter, invalid information class, invalid device request, not a reparse point
        0xC000_000D | 0xC000_0003 | 0xC000_0275 => 22,
        // too many opened files
        0xC000_011F => 24,
        // disk full
        0xC000_007F => 28,
        // pipe broken, disconnected, closing, not available
        0xC000_014B | 0xC000_00B0 | 0xC000_00B1 | 0xC000_00AC => 32,
        // too many links
        0xC000_0265 => 31,
        // name too long
        0xC000_0106 => 36,
        // not implemented
        0xC000_0002 => 38,
        // directory not empty
        0xC000_0101 => 39,
        // reparse point encountered
        0xC000_050B => 40,
        // not supported, invalid device request
        0xC000_00BB | 0xC000_0010 => 95,
        _ => 5,
    })
}

/// The error number of the last call of `kernel32`.
pub fn last() -> Errno {
    // SAFETY: reads a number of the thread.
    let error = unsafe { GetLastError() };
    Errno(match error {
        2 | 3 | 15 | 53 | 67 => 2,
        4 => 24,
        5 | 19 => 13,
        6 => 9,
        8 | 14 | 1455 => 12,
        32 | 33 => 16,
        80 | 183 => 17,
        87 | 123 | 161 => 22,
        109 | 232 | 233 => 32,
        112 => 28,
        206 => 36,
        267 => 20,
        _ => 5,
    })
}
