//! Instances in C programs (the handle model): what `include/wasmaot.h` declares. Not part of executables.
//!
//! [`instance`] makes and ends instances of a [`wasmaot_abi::embed::Module`], [`storage`] is the block that each has, [`connections`] is who imports from whom,
//! [`types`] whether that fits. [`call`] runs functions so that a trap is a status, [`signals`] tells faults of compiled code
//! from the host's own, [`modules`] knows all modules of the process, [`items`] is access to memories and tables, [`wasi`]
//! what an instance's WASI functions may do. What differs per system is [`crate::os::library`].
//!
//! Threads: an instance is used by one thread at a time, with those it is connected with; what is shared by all of them
//! (modules, ids of types, the list of instances, handlers) is behind a lock or atomic. Signal handlers take no lock.

pub mod call;
pub mod connections;
pub mod instance;
pub mod items;
pub mod modules;
pub mod signals;
pub mod status;
pub mod storage;
pub mod types;
pub mod wasi;

/// What objects of this version refer to ([`wasmaot_abi::embed::ABI_SYMBOL`]).
#[unsafe(no_mangle)]
#[allow(non_upper_case_globals)]
pub static wasmaot_abi_4: u32 = wasmaot_abi::embed::VERSION;
