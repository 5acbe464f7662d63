//! WASI: [`host`] is the sandboxed system without wasm types, [`p1`] the face of preview 1 over it.

pub mod host;
pub mod p1;

use crate::start::{Limits, Process};

/// Takes what the kernel gave the process and what the grants allow; called once, before any wasm runs. Answers the
/// limits among the grants. A grant that cannot be had ends the process ([`crate::start::fail`]).
///
/// # Safety
/// The vectors of `process` must be those of the running process; they stay valid and unchanged.
pub unsafe fn start(process: &Process) -> Limits {
    let _ = process;
    Limits::NONE
}
