//! What the suites of this folder share. Each suite is a runner of its own (`[[test]]` in Cargo.toml); docs/testing.md
//! says what each one asks and how to run it.

pub mod process;
pub mod report;
pub mod target;
pub mod tools;
