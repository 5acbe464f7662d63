//! The kernel's random bytes.

use super::{Errno, answer, syscall};
use crate::arch::number_host as number;

const AT_FDCWD: usize = -100isize as usize;
const O_CLOEXEC: usize = 0o2000000;

/// Fills the buffer. Where the kernel (before 3.17) or a seccomp filter has no getrandom, `/dev/urandom` is read.
pub fn fill(buffer: &mut [u8]) -> Result<(), Errno> {
    match fill_with(buffer, |rest| {
        let args = [rest.as_mut_ptr() as usize, rest.len(), 0, 0, 0, 0];
        // SAFETY: the kernel writes into the slice only.
        answer(unsafe { syscall(number::GETRANDOM, args) })
    }) {
        Err(Errno::ENOSYS | Errno::EPERM) => fill_from_device(buffer),
        result => result,
    }
}

fn fill_from_device(buffer: &mut [u8]) -> Result<(), Errno> {
    let path = c"/dev/urandom".as_ptr() as usize;
    // SAFETY: the path is a C string.
    let fd = answer(unsafe { syscall(number::OPENAT, [AT_FDCWD, path, O_CLOEXEC, 0, 0, 0]) })?;
    let result = fill_with(buffer, |rest| super::process::read(fd as i32, rest));
    // SAFETY: the descriptor was opened above and is used nowhere else.
    unsafe { syscall(number::CLOSE, [fd, 0, 0, 0, 0, 0]) };
    result
}

/// Calls `read` until the buffer is full.
fn fill_with(buffer: &mut [u8], read: impl Fn(&mut [u8]) -> Result<usize, Errno>) -> Result<(), Errno> {
    let mut rest = buffer;
    while !rest.is_empty() {
        match read(rest) {
            Ok(0) => return Err(Errno::EIO),
            Ok(count) => rest = rest.get_mut(count..).unwrap_or(&mut []),
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
            fill(&mut bytes).unwrap();
            // Some value is missing from 10,000 random bytes less than once in 10^14 times.
            for part in bytes.chunks(10_000) {
                assert!((0..=255).all(|value: u8| part.contains(&value)));
            }
            fill(&mut []).unwrap();
        }
    }
}
