//! A parsed and validated core module, as plain data.

/// A core module.
#[derive(Debug)]
pub struct Module<'data> {
    /// The bytes it was parsed from.
    pub bytes: &'data [u8],
}
