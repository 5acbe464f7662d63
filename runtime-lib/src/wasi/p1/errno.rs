//! The errors of preview 1 and how the kernel's become one. Every p1 function answers `Result<(), Errno>`; the door
//! ([`super::guest::enter`] and the macro of [`super`]) turns that into the number the program sees.

use crate::os;

macro_rules! errnos {
    ($($name:ident = $number:literal, $linux:literal;)*) => {
        /// An error (preview 1: `errno`; never success, which is 0).
        #[derive(Clone, Copy, PartialEq, Eq, Debug)]
        #[repr(u8)]
        #[allow(missing_docs)] // preview 1's own names
        pub enum Errno { $($name = $number),* }

        /// Indexed by the kernel's errno; 0 where there is none.
        static FROM_LINUX: [u8; 134] = {
            let mut table = [0; 134];
            $(if $linux != 0 { table[$linux] = $number; })*
            table
        };

        /// Every errno in order, for the table below.
        const ALL: &[Errno] = &[$(Errno::$name),*];
    };
}

// preview 1's number, the number on Linux (0: it has none).
errnos! {
    TooBig = 1, 7;
    Acces = 2, 13;
    Addrinuse = 3, 98;
    Addrnotavail = 4, 99;
    Afnosupport = 5, 97;
    Again = 6, 11;
    Already = 7, 114;
    Badf = 8, 9;
    Badmsg = 9, 74;
    Busy = 10, 16;
    Canceled = 11, 125;
    Child = 12, 10;
    Connaborted = 13, 103;
    Connrefused = 14, 111;
    Connreset = 15, 104;
    Deadlk = 16, 35;
    Destaddrreq = 17, 89;
    Dom = 18, 33;
    Dquot = 19, 122;
    Exist = 20, 17;
    Fault = 21, 14;
    Fbig = 22, 27;
    Hostunreach = 23, 113;
    Idrm = 24, 43;
    Ilseq = 25, 84;
    Inprogress = 26, 115;
    Intr = 27, 4;
    Inval = 28, 22;
    Io = 29, 5;
    Isconn = 30, 106;
    Isdir = 31, 21;
    Loop = 32, 40;
    Mfile = 33, 24;
    Mlink = 34, 31;
    Msgsize = 35, 90;
    Multihop = 36, 72;
    Nametoolong = 37, 36;
    Netdown = 38, 100;
    Netreset = 39, 102;
    Netunreach = 40, 101;
    Nfile = 41, 23;
    Nobufs = 42, 105;
    Nodev = 43, 19;
    Noent = 44, 2;
    Noexec = 45, 8;
    Nolck = 46, 37;
    Nolink = 47, 67;
    Nomem = 48, 12;
    Nomsg = 49, 42;
    Noprotoopt = 50, 92;
    Nospc = 51, 28;
    Nosys = 52, 38;
    Notconn = 53, 107;
    Notdir = 54, 20;
    Notempty = 55, 39;
    Notrecoverable = 56, 131;
    Notsock = 57, 88;
    Notsup = 58, 95;
    Notty = 59, 25;
    Nxio = 60, 6;
    Overflow = 61, 75;
    Ownerdead = 62, 130;
    Perm = 63, 1;
    Pipe = 64, 32;
    Proto = 65, 71;
    Protonosupport = 66, 93;
    Prototype = 67, 91;
    Range = 68, 34;
    Rofs = 69, 30;
    Spipe = 70, 29;
    Srch = 71, 3;
    Stale = 72, 116;
    Timedout = 73, 110;
    Txtbsy = 74, 26;
    Xdev = 75, 18;
    Notcapable = 76, 0;
}

impl From<os::Errno> for Errno {
    /// The errno of the same meaning; `Io` for the few kernel errors that preview 1 has no name for.
    fn from(errno: os::Errno) -> Errno {
        let number = FROM_LINUX.get(errno.0 as usize).copied().unwrap_or(0);
        ALL.get((number as usize).wrapping_sub(1)).copied().unwrap_or(Errno::Io)
    }
}

/// What a p1 function answers with on success, besides what it wrote.
pub type Result<T = ()> = core::result::Result<T, Errno>;

/// The number the program sees.
pub fn number(result: Result) -> i32 {
    match result {
        Ok(()) => 0,
        Err(errno) => errno as i32,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_dense() {
        for (index, errno) in ALL.iter().enumerate() {
            assert_eq!(*errno as usize, index + 1);
        }
        assert_eq!(ALL.len(), 76);
    }

    #[test]
    fn linux_errors_keep_their_meaning() {
        assert_eq!(Errno::from(os::Errno(2)), Errno::Noent);
        assert_eq!(Errno::from(os::Errno(1)), Errno::Perm);
        assert_eq!(Errno::from(os::Errno(40)), Errno::Loop);
        assert_eq!(Errno::from(os::Errno(131)), Errno::Notrecoverable);
        // ENOTBLK, 9999 and a negative number have no name.
        for unknown in [0, 15, 133, 134, 9999, -3] {
            assert_eq!(Errno::from(os::Errno(unknown)), Errno::Io);
        }
    }
}
