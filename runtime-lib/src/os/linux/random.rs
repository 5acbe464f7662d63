//! The kernel's random bytes.

use super::{Errno, answer, fs, syscall};
use crate::arch::{number, number_host};

/// Fills `len` bytes. Where the kernel (before 3.17) or a seccomp filter has no getrandom, `/dev/urandom` is read.
///
/// # Safety
/// The bytes must be writable.
pub unsafe fn fill(buffer: *mut u8, len: usize) -> Result<(), Errno> {
    // SAFETY: the caller's; getrandom writes as many bytes at most.
    let result = fill_with(buffer, len, |at, len| unsafe { syscall(number_host::GETRANDOM, [at, len, 0, 0, 0, 0]) });
    match result {
        // SAFETY: the caller's.
        Err(Errno::ENOSYS | Errno::EPERM) => unsafe { fill_from_device(buffer, len) },
        result => result,
    }
}

/// # Safety
/// The bytes must be writable.
unsafe fn fill_from_device(buffer: *mut u8, len: usize) -> Result<(), Errno> {
    let fd = fs::openat(fs::AT_FDCWD, c"/dev/urandom", fs::O_RDONLY, 0)?;
    // SAFETY: the caller's; read writes as many bytes at most.
    let read = |at, len| unsafe { syscall(number::READ, [fd as usize, at, len, 0, 0, 0]) };
    let result = fill_with(buffer, len, read);
    fs::close(fd);
    result
}

/// Calls `read` with an address and a length until all is filled.
fn fill_with(buffer: *mut u8, len: usize, read: impl Fn(usize, usize) -> isize) -> Result<(), Errno> {
    let mut done = 0;
    while done < len {
        match answer(read(buffer as usize + done, len - done)) {
            Ok(0) => return Err(Errno::EIO),
            Ok(count) => done += count,
            Err(Errno::EINTR) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_sources_fill_everything() {
        for fill in [fill, fill_from_device] {
            let mut bytes = vec![0; 100_000];
            // SAFETY: as many bytes as the vector has.
            unsafe { fill(bytes.as_mut_ptr(), bytes.len()) }.unwrap();
            // Some value is missing from 10,000 random bytes less than once in 10^14 times.
            for part in bytes.chunks(10_000) {
                assert!((0..=255).all(|value: u8| part.contains(&value)));
            }
            // SAFETY: no byte.
            unsafe { fill(core::ptr::null_mut(), 0) }.unwrap();
        }
    }
}
