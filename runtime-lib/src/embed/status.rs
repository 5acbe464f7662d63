//! Numbers and messages of `wasmaot_status`. Below 32 they are those of [`TrapKind`].

use core::ffi::{CStr, c_char};
use wasmaot_abi::trap::TrapKind;

/// All went well.
pub const OK: u32 = 0;
/// A host function ended the call.
pub const HOST_ERROR: u32 = 32;
/// The program called `proc_exit`.
pub const EXIT: u32 = 33;
/// A WASI function was called within a function of the host that does WASI's work for the same instance.
pub const BUSY: u32 = 34;
/// Address space could not be reserved.
pub const NO_ADDRESS_SPACE: u32 = 64;
/// Memory could not be had.
pub const NO_MEMORY: u32 = 65;
/// The instance would have more than its configuration allows.
pub const LIMIT: u32 = 66;
/// An import is missing.
pub const MISSING_IMPORT: u32 = 67;
/// An import does not fit.
pub const INCOMPATIBLE_IMPORT: u32 = 68;
/// The module is of another version.
pub const VERSION: u32 = 69;
/// What the configuration grants cannot be opened.
pub const NOT_GRANTED: u32 = 70;

/// What a status is, in words.
pub fn message(status: u32) -> &'static CStr {
    match status {
        OK => c"no error",
        1 => c"unreachable",
        2 => c"out of bounds memory access",
        3 => c"out of bounds table access",
        4 => c"uninitialized element",
        5 => c"indirect call type mismatch",
        6 => c"integer overflow",
        7 => c"integer divide by zero",
        8 => c"invalid conversion to integer",
        9 => c"call stack exhausted",
        10 => c"null reference",
        11 => c"interrupted",
        12 => c"undefined element",
        13 => c"unaligned atomic",
        HOST_ERROR => c"ended by the host",
        EXIT => c"the program has exited",
        BUSY => c"WASI called within a function that WASI calls",
        NO_ADDRESS_SPACE => c"not enough address space for a memory or table",
        NO_MEMORY => c"not enough memory",
        LIMIT => c"larger than the instance's limit",
        MISSING_IMPORT => c"an import is missing",
        INCOMPATIBLE_IMPORT => c"an import does not fit",
        VERSION => c"the module was compiled for another version of the library",
        NOT_GRANTED => c"what the configuration grants cannot be opened",
        _ => c"unknown status",
    }
}

/// The status of a trap.
pub fn of(kind: TrapKind) -> u32 {
    kind as u32
}

/// `wasmaot_status_message`
#[unsafe(no_mangle)]
pub extern "C" fn wasmaot_status_message(status: u32) -> *const c_char {
    message(status).as_ptr()
}

#[cfg(test)]
mod tests {
    use super::*;
    use wasmaot_abi::trap::TRAPS;

    #[test]
    fn traps_have_their_messages() {
        for &(kind, text) in TRAPS {
            let ours = message(of(kind)).to_str().unwrap();
            // An executable says why it is interrupted; here the host knows.
            assert!(text.starts_with(ours), "{ours:?} {text:?}");
        }
    }
}
