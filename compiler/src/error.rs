//! The one error of the compiler: what is wrong and where.

use std::fmt;

/// Why a module could not be compiled, and where in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Error {
    /// Function in which it happened: index and, if known, name.
    pub function: Option<(u32, Option<String>)>,
    /// Byte offset in the module's file.
    pub offset: Option<u64>,
    /// What is wrong, and what to do about it. May have several lines.
    pub message: String,
    /// Whose fault it is.
    pub kind: ErrorKind,
}

/// Whose fault an error is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ErrorKind {
    /// The input is malformed or invalid.
    Input,
    /// The input uses what this compiler or target does not have.
    Unsupported,
    /// A broken invariant of the compiler; users should report it.
    Internal,
}

/// Result of a compiler phase.
pub type Result<T, E = Error> = std::result::Result<T, E>;

impl Error {
    /// Invalid input.
    pub fn input(message: impl Into<String>) -> Error {
        Error { function: None, offset: None, message: message.into(), kind: ErrorKind::Input }
    }

    /// Valid input that cannot be compiled.
    pub fn unsupported(message: impl Into<String>) -> Error {
        Error { kind: ErrorKind::Unsupported, ..Error::input(message) }
    }

    /// A broken invariant.
    pub fn internal(message: impl Into<String>) -> Error {
        Error { kind: ErrorKind::Internal, ..Error::input(message) }
    }

    /// Adds the byte offset in the module's file.
    pub fn at(mut self, offset: usize) -> Error {
        self.offset.get_or_insert(offset as u64);
        self
    }

    /// Adds the function.
    pub fn in_function(mut self, index: u32, name: Option<&str>) -> Error {
        self.function.get_or_insert((index, name.map(str::to_owned)));
        self
    }
}

impl fmt::Display for Error {
    /// `function 12 "parse" at offset 0x4f3: memory64 is off (--enable memory64)`; the caller puts the file name first.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some((index, name)) = &self.function {
            write!(f, "function {index} ")?;
            if let Some(name) = name {
                write!(f, "{name:?} ")?;
            }
        }
        if let Some(offset) = self.offset {
            write!(f, "at offset {offset:#x}: ")?;
        } else if self.function.is_some() {
            write!(f, ": ")?;
        }
        if self.kind == ErrorKind::Internal {
            write!(f, "internal error, please report it: ")?;
        }
        f.write_str(&self.message)
    }
}

impl std::error::Error for Error {}

impl From<wasmparser::BinaryReaderError> for Error {
    fn from(error: wasmparser::BinaryReaderError) -> Error {
        // It quotes names, which may have anything in them.
        Error::input(shown(error.message())).at(error.offset())
    }
}

/// Text that a module has a part in, for a terminal: control characters are written out.
pub fn shown(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter.is_control() {
            true => shown.extend(letter.escape_default()),
            false => shown.push(letter),
        }
    }
    shown
}
