//! The sandboxed host: files, clocks, random, standard streams, sockets. Knows grants and host types, no wasm types.

pub mod grants;
