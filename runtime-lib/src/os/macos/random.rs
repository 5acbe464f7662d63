//! The kernel's random bytes.

use super::{Errno, done, sys};

/// The most that one call gives.
const MOST: usize = 256;

/// Fills `len` bytes.
///
/// # Safety
/// The bytes must be writable.
pub unsafe fn fill(buffer: *mut u8, len: usize) -> Result<(), Errno> {
    let mut at = 0;
    while at < len {
        let count = (len - at).min(MOST);
        // SAFETY: the caller's.
        done(unsafe { sys::getentropy(buffer.add(at), count) })?;
        at += count;
    }
    Ok(())
}
