//! The parts of the `wasmaot` command that the test runners call too: the linking step, and what `--cpu=native` means.

pub mod cpu;
pub mod link;
