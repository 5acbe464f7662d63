//! What one program has been granted and holds open. One for the process, reached by [`process`]; embedders may make
//! more and hand them over in `HostContext::wasi`.

use super::fd::Table;
use super::launch::Launch;
use super::path::Resolver;
use core::cell::UnsafeCell;

/// The state behind all WASI functions.
#[derive(Debug)]
pub struct Wasi {
    /// Open descriptors.
    pub fds: Table,
    /// How paths are looked up.
    pub resolver: Resolver,
    /// Arguments and environment.
    pub launch: Launch,
    /// What an embedder does in the system's place.
    pub hooks: Hooks,
    /// The instance of an embedder that this belongs to.
    pub instance: *mut u8,
    /// A function of the embedder runs on behalf of one of ours, which holds the rest of this meanwhile. Only reached as a
    /// place of its own, through a pointer.
    pub busy: bool,
}

/// Functions of an embedder.
#[derive(Clone, Copy, Debug, Default)]
pub struct Hooks {
    /// Ends the running call of an instance, with an exit code.
    pub exit: Option<unsafe fn(*mut u8, i32) -> !>,
    /// Ends the running call of an instance that uses WASI within one of the functions below, or of its streams.
    pub busy: Option<unsafe fn(*mut u8) -> !>,
    /// Nanoseconds of a clock, and the function's first argument.
    pub clock: Option<(unsafe extern "C" fn(*mut u8, u32) -> u64, *mut u8)>,
    /// Random bytes, and the function's first argument.
    pub random: Option<(unsafe extern "C" fn(*mut u8, *mut u8, usize), *mut u8)>,
}

impl Wasi {
    /// Nothing granted, nothing open.
    pub const fn new() -> Wasi {
        Wasi {
            fds: Table::new(),
            resolver: Resolver::Unprobed,
            launch: Launch::NONE,
            hooks: Hooks { exit: None, busy: None, clock: None, random: None },
            instance: core::ptr::null_mut(),
            busy: false,
        }
    }
}

impl Default for Wasi {
    fn default() -> Self {
        Wasi::new()
    }
}

struct Process(UnsafeCell<Wasi>);

// SAFETY: only reached through `process`, whose callers promise not to overlap.
unsafe impl Sync for Process {}

static PROCESS: Process = Process(UnsafeCell::new(Wasi::new()));

/// The process's own state. A reference made from it must not live while another one does: it is made at start, and
/// inside WASI calls, which do not nest.
pub fn process() -> *mut Wasi {
    PROCESS.0.get()
}
