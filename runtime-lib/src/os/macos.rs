//! macOS: libSystem, the only interface that its kernel promises to keep. The same functions as `linux`, with its numbers
//! for errors, so that nothing above knows the difference; flags are the system's own, under the same names.
//!
//! What must hold: every function imported is a line of `macos/sys.rs` and in `macos/imports.txt`, from which the
//! command makes what the linker needs (a test compares). Compiled and linked, never run: see docs/macos.md.

pub mod clock;
pub mod fs;
#[cfg(wasmaot_standalone)]
mod launch;
pub mod map;
pub mod net;
pub mod poll;
pub mod process;
pub mod random;
mod sys;
pub mod vdso;

pub use super::errno::Errno;

/// Linux's numbers of errors 35 to 106 of macOS (0: none of the same meaning); the first 34 are the same.
#[rustfmt::skip]
const FROM_35: [u8; 72] = [
    // EAGAIN, EINPROGRESS, EALREADY, ENOTSOCK, EDESTADDRREQ, EMSGSIZE, EPROTOTYPE, ENOPROTOOPT, EPROTONOSUPPORT,
    // ESOCKTNOSUPPORT, ENOTSUP, EPFNOSUPPORT, EAFNOSUPPORT, EADDRINUSE, EADDRNOTAVAIL
    11, 115, 114, 88, 89, 90, 91, 92, 93, 94, 95, 96, 97, 98, 99,
    // ENETDOWN, ENETUNREACH, ENETRESET, ECONNABORTED, ECONNRESET, ENOBUFS, EISCONN, ENOTCONN, ESHUTDOWN, ETOOMANYREFS,
    // ETIMEDOUT, ECONNREFUSED, ELOOP, ENAMETOOLONG, EHOSTDOWN, EHOSTUNREACH, ENOTEMPTY
    100, 101, 102, 103, 104, 105, 106, 107, 108, 109, 110, 111, 40, 36, 112, 113, 39,
    // EPROCLIM, EUSERS, EDQUOT, ESTALE, EREMOTE, five of remote procedure calls, ENOLCK, ENOSYS, EFTYPE, EAUTH, ENEEDAUTH
    11, 87, 122, 116, 66, 0, 0, 0, 0, 0, 37, 38, 22, 1, 1,
    // EPWROFF, EDEVERR, EOVERFLOW, four of programs, ECANCELED, EIDRM, ENOMSG, EILSEQ, ENOATTR, EBADMSG, EMULTIHOP
    5, 5, 75, 8, 8, 8, 8, 125, 43, 42, 84, 61, 74, 72,
    // ENODATA, ENOLINK, ENOSR, ENOSTR, EPROTO, ETIME, EOPNOTSUPP, ENOPOLICY, ENOTRECOVERABLE, EOWNERDEAD, EQFULL
    61, 67, 63, 60, 71, 62, 95, 38, 131, 130, 105,
];

/// The error of the last call.
fn last_error() -> Errno {
    // SAFETY: the thread's own.
    let number = unsafe { *sys::__error() };
    // The 11th is EDEADLK, which Linux has elsewhere.
    match number {
        11 => Errno(35),
        ..35 => Errno(number),
        _ => {
            Errno(FROM_35.get((number - 35) as usize).map_or(5, |number| if *number == 0 { 5 } else { *number }).into())
        }
    }
}

/// The value of a call that answers -1 for an error.
fn answer(result: isize) -> Result<usize, Errno> {
    if result < 0 { Err(last_error()) } else { Ok(result as usize) }
}

/// Whether a call answered 0.
fn done(result: i32) -> Result<(), Errno> {
    if result == 0 { Ok(()) } else { Err(last_error()) }
}
