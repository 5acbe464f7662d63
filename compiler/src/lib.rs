//! The wasmaot compiler: WebAssembly bytes in, native object bytes out. No file or process I/O, no unsafe code.

pub mod codegen;
pub mod constant;
pub mod error;
pub mod features;
pub mod info;
pub mod layout;
pub mod link;
pub mod module;
pub mod object;
pub mod observer;
pub mod options;
pub mod parse;
pub mod program;
pub mod script;
pub mod survey;
pub mod symbols;
pub mod target;
pub mod targets;
pub mod types;

pub use error::{Error, ErrorKind, Result};
pub use observer::{Observer, Phase};
pub use options::Options;
pub use program::Program;

/// Compiles a program to what [`Options::emit`] asks for.
pub fn compile(program: &Program<'_>, options: &Options, observer: &dyn Observer) -> Result<Vec<u8>> {
    let _ = (program, options, observer);
    Err(Error::internal("not written yet"))
}
