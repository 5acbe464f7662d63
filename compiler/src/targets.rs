//! The table of targets. It names nothing else of this crate, because cli's build script includes this file too.

/// One row of [`TARGETS`].
#[derive(Clone, Copy, Debug)]
pub struct Row {
    /// Short name, as users write it.
    pub name: &'static str,
    /// Triple for Cranelift and the object writer.
    pub triple: &'static str,
    /// `rustup target add` name of the runtime's build.
    pub rust_triple: &'static str,
}

/// Every target by name.
pub const TARGETS: &[Row] =
    &[Row { name: "x86_64-linux", triple: "x86_64-unknown-linux-gnu", rust_triple: "x86_64-unknown-linux-gnu" }];
