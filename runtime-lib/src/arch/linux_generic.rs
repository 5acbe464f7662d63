//! What AArch64 and RISC-V share: Linux numbers their system calls after one table (`asm-generic/unistd.h`), in which old
//! calls are missing (open, stat, poll: only openat, statx, ppoll).

pub mod number;
pub mod number_fs;
pub mod number_host;

/// Tells AddressSanitizer that frames will be dropped: on x86-64 only.
#[cfg(not(wasmaot_standalone))]
pub fn before_abandoning() {}

/// Tells ThreadSanitizer that a lock was taken: on x86-64 only.
#[cfg(not(wasmaot_standalone))]
pub fn lock_taken(_: *const u8) {}

/// Tells ThreadSanitizer that a lock will be given back: on x86-64 only.
#[cfg(not(wasmaot_standalone))]
pub fn lock_ends(_: *const u8) {}
