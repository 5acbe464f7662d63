//! What a program says about itself, for `wasmaot inspect` and for `readelf -p .wasmaot.info`: the section
//! `.wasmaot.info`, which is not loaded at run time. The compiler writes it; nothing at run time reads it.
//!
//! It is UTF-8 text, one fact a line, `key=value`. Keys that can be there many times keep their order. Names of the
//! module are quoted, with control characters, quotes and backslashes escaped as in Rust, so no value has a line break.
//! Readers skip keys they do not know.

/// Section name.
pub const SECTION: &str = ".wasmaot.info";
/// Its name in formats that have eight bytes for it (COFF).
pub const SHORT_SECTION: &str = ".wainfo";
/// Its name in Mach-O.
pub const MACHO_SECTION: &str = "__wasmaot_info";

/// Version of the compiler. The first line.
pub const VERSION: &str = "wasmaot";
/// Target name.
pub const TARGET: &str = "target";
/// `baseline`, or processor features over it: `+avx2 +fma`.
pub const CPU: &str = "cpu";
/// `0`, `1`, `2` or `s`.
pub const OPT_LEVEL: &str = "opt-level";
/// What its C names begin with; only of modules for C programs. They have no memory base and stack of their own.
pub const NAME: &str = "name";
/// `constant` or `register`.
pub const MEMORY_BASE: &str = "memory-base";
/// Bytes of the program's stack.
pub const STACK_SIZE: &str = "stack-size";
/// Proposals switched on or off against the default: `-simd`.
pub const FEATURES: &str = "features";
/// Name of a module, if it has one; what follows belongs to it. Many, in the order of instantiation.
pub const MODULE: &str = "module";
/// `func "module" "name" (i32 i32) -> (i32)`, `memory "module" "name"`, ... Many.
pub const IMPORT: &str = "import";
/// `func "name" () -> ()`, `memory "name"`, ... Many.
pub const EXPORT: &str = "export";
/// `17 pages of 64 KiB, at most 100`. Many.
pub const MEMORY: &str = "memory";

/// The facts of a section, in order; lines that are none are left out.
pub fn facts(text: &str) -> impl Iterator<Item = (&str, &str)> + Clone {
    text.lines().filter_map(|line| line.split_once('='))
}
