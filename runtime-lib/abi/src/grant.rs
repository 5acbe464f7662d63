//! Grants: what a program may do. Stored in the section `.wasmaot.grants` as NUL-terminated strings, a key and then
//! its operands, so that `readelf -p .wasmaot.grants` shows them as they are.

/// Section name.
pub const SECTION: &str = ".wasmaot.grants";
/// Its name in formats that have eight bytes for it (COFF).
pub const SHORT_SECTION: &str = ".wagrant";
/// Its name in Mach-O.
pub const MACHO_SECTION: &str = "__wasmaot_grants";

/// A key, its number of operand strings, and what they are.
#[derive(Clone, Copy, Debug)]
pub struct Row {
    /// The key.
    pub key: &'static str,
    /// Number of operand strings that follow it.
    pub operands: usize,
    /// The operands, for people.
    pub meaning: &'static str,
    /// The start variable that gives or narrows it, if any.
    pub variable: Option<&'static str>,
}

/// A folder, readable and writable: host path, guest path.
pub const DIR: &str = "dir";
/// A folder, read-only: host path, guest path.
pub const DIR_READ_ONLY: &str = "dir-ro";
/// An environment variable: `NAME=VALUE`.
pub const ENV: &str = "env";
/// An environment variable inherited from the process: `NAME`.
pub const ENV_INHERIT: &str = "env-inherit";
/// The whole environment (but for `WASMAOT_*`).
pub const ENV_INHERIT_ALL: &str = "env-inherit-all";
/// A listening TCP socket: `ADDR:PORT`.
pub const LISTEN: &str = "listen";
/// Argument 0 as the program sees it.
pub const ARG0: &str = "arg0";
/// Bytes that all memories together may have, decimal.
pub const MAX_MEMORY: &str = "max-memory";
/// Milliseconds after which the program is stopped, decimal.
pub const TIMEOUT: &str = "timeout";
/// Start variables are ignored.
pub const SEALED: &str = "sealed";

/// Every record.
pub const RECORDS: &[Row] = &[
    row(DIR, 2, "host folder, guest path", Some("WASMAOT_DIR")),
    row(DIR_READ_ONLY, 2, "host folder, guest path", Some("WASMAOT_DIR")),
    row(ENV, 1, "NAME=VALUE", Some("WASMAOT_ENV")),
    row(ENV_INHERIT, 1, "NAME", Some("WASMAOT_ENV")),
    row(ENV_INHERIT_ALL, 0, "", Some("WASMAOT_INHERIT_ENV")),
    row(LISTEN, 1, "ADDR:PORT", Some("WASMAOT_LISTEN")),
    row(ARG0, 1, "argument 0", Some("WASMAOT_ARG0")),
    row(MAX_MEMORY, 1, "bytes", Some("WASMAOT_MAX_MEMORY")),
    row(TIMEOUT, 1, "milliseconds", Some("WASMAOT_TIMEOUT")),
    row(SEALED, 0, "", None),
];

const fn row(key: &'static str, operands: usize, meaning: &'static str, variable: Option<&'static str>) -> Row {
    Row { key, operands, meaning, variable }
}
