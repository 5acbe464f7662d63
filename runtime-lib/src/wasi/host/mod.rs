//! The sandboxed host: files, clocks, random, standard streams, sockets. Knows grants and host types, no wasm types.

pub mod fd;
pub mod grants;
pub mod launch;
pub mod path;
pub mod poll;
pub mod state;
