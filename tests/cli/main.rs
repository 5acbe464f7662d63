//! The command line as users meet it: what it accepts, writes, prints and refuses. Inputs are made here, at test time;
//! nothing is installed or fetched. Needs `cargo build -p wasmaot` first (`tests/run.sh` does it).

mod bad_input;
mod bad_output;
mod case;
mod compile;
mod debug_file;
mod dwarf;
mod examples;
mod inspect;
mod large;
mod macos;
mod run;
mod targets;
mod traces;
mod usage;
mod wat_map;
