//! What AArch64 and RISC-V share: Linux numbers their system calls after one table (`asm-generic/unistd.h`), in which old
//! calls are missing (open, stat, poll: only openat, statx, ppoll).

pub mod number;
pub mod number_fs;
pub mod number_host;
