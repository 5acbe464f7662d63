//! WASI: [`host`] is the sandboxed system without wasm types, [`p1`] the face of preview 1 over it.

pub mod host;
pub mod p1;
