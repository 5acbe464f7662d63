//! Preview 1's flags and the layout of its records, which are written to guest memory as little-endian bytes.

/// Rights (preview 1: `rights`), one bit per operation.
#[allow(missing_docs)] // preview 1's own names
pub mod rights {
    pub const FD_DATASYNC: u64 = 1 << 0;
    pub const FD_READ: u64 = 1 << 1;
    pub const FD_SEEK: u64 = 1 << 2;
    pub const FD_FDSTAT_SET_FLAGS: u64 = 1 << 3;
    pub const FD_SYNC: u64 = 1 << 4;
    pub const FD_TELL: u64 = 1 << 5;
    pub const FD_WRITE: u64 = 1 << 6;
    pub const FD_ADVISE: u64 = 1 << 7;
    pub const FD_ALLOCATE: u64 = 1 << 8;
    pub const PATH_CREATE_DIRECTORY: u64 = 1 << 9;
    pub const PATH_CREATE_FILE: u64 = 1 << 10;
    pub const PATH_LINK_SOURCE: u64 = 1 << 11;
    pub const PATH_LINK_TARGET: u64 = 1 << 12;
    pub const PATH_OPEN: u64 = 1 << 13;
    pub const FD_READDIR: u64 = 1 << 14;
    pub const PATH_READLINK: u64 = 1 << 15;
    pub const PATH_RENAME_SOURCE: u64 = 1 << 16;
    pub const PATH_RENAME_TARGET: u64 = 1 << 17;
    pub const PATH_FILESTAT_GET: u64 = 1 << 18;
    pub const PATH_FILESTAT_SET_SIZE: u64 = 1 << 19;
    pub const PATH_FILESTAT_SET_TIMES: u64 = 1 << 20;
    pub const FD_FILESTAT_GET: u64 = 1 << 21;
    pub const FD_FILESTAT_SET_SIZE: u64 = 1 << 22;
    pub const FD_FILESTAT_SET_TIMES: u64 = 1 << 23;
    pub const PATH_SYMLINK: u64 = 1 << 24;
    pub const PATH_REMOVE_DIRECTORY: u64 = 1 << 25;
    pub const PATH_UNLINK_FILE: u64 = 1 << 26;
    pub const POLL_FD_READWRITE: u64 = 1 << 27;
    pub const SOCK_SHUTDOWN: u64 = 1 << 28;
    pub const SOCK_ACCEPT: u64 = 1 << 29;

    /// All of them.
    pub const ALL: u64 = (1 << 30) - 1;

    /// Not of preview 1, and never shown: the file was made or emptied without asking for [`FD_WRITE`], and can be
    /// written until rights are given up. Hosts have always allowed it, and programs have come to need it.
    pub const WRITE_UNASKED: u64 = 1 << 63;

    /// What can be done with a granted folder itself.
    pub const PREOPEN_BASE: u64 = PATH_CREATE_DIRECTORY
        | PATH_CREATE_FILE
        | PATH_LINK_SOURCE
        | PATH_LINK_TARGET
        | PATH_OPEN
        | FD_READDIR
        | PATH_READLINK
        | PATH_RENAME_SOURCE
        | PATH_RENAME_TARGET
        | PATH_SYMLINK
        | PATH_REMOVE_DIRECTORY
        | PATH_UNLINK_FILE
        | PATH_FILESTAT_GET
        | PATH_FILESTAT_SET_TIMES
        | FD_FILESTAT_GET
        | FD_FILESTAT_SET_TIMES;

    /// What can be done with what is opened in it.
    pub const PREOPEN_INHERITING: u64 = PREOPEN_BASE
        | FD_DATASYNC
        | FD_READ
        | FD_SEEK
        | FD_FDSTAT_SET_FLAGS
        | FD_SYNC
        | FD_TELL
        | FD_WRITE
        | FD_ADVISE
        | FD_ALLOCATE
        | FD_FILESTAT_SET_SIZE
        | POLL_FD_READWRITE;

    /// What cannot be done with any folder.
    pub const NOT_OF_FOLDERS: u64 = FD_SEEK | FD_WRITE | FD_FILESTAT_SET_SIZE | PATH_FILESTAT_SET_SIZE;

    /// What changes a file or folder. A descriptor from a read-only grant has none of these.
    pub const CHANGING: u64 = FD_WRITE
        | FD_ALLOCATE
        | PATH_CREATE_DIRECTORY
        | PATH_CREATE_FILE
        | PATH_LINK_SOURCE
        | PATH_LINK_TARGET
        | PATH_RENAME_SOURCE
        | PATH_RENAME_TARGET
        | PATH_FILESTAT_SET_SIZE
        | PATH_FILESTAT_SET_TIMES
        | FD_FILESTAT_SET_SIZE
        | FD_FILESTAT_SET_TIMES
        | PATH_SYMLINK
        | PATH_REMOVE_DIRECTORY
        | PATH_UNLINK_FILE;
}

/// Kinds of file (preview 1: `filetype`).
#[allow(missing_docs)]
pub mod filetype {
    pub const UNKNOWN: u8 = 0;
    pub const BLOCK_DEVICE: u8 = 1;
    pub const CHARACTER_DEVICE: u8 = 2;
    pub const DIRECTORY: u8 = 3;
    pub const REGULAR_FILE: u8 = 4;
    pub const SOCKET_DGRAM: u8 = 5;
    pub const SOCKET_STREAM: u8 = 6;
    pub const SYMBOLIC_LINK: u8 = 7;
}

/// Flags of a descriptor (preview 1: `fdflags`).
#[allow(missing_docs)]
pub mod fdflags {
    pub const APPEND: u16 = 1;
    pub const DSYNC: u16 = 2;
    pub const NONBLOCK: u16 = 4;
    pub const RSYNC: u16 = 8;
    pub const SYNC: u16 = 16;
    pub const ALL: u16 = 31;
}

/// Flags of `path_open` (preview 1: `oflags`).
#[allow(missing_docs)]
pub mod oflags {
    pub const CREAT: u16 = 1;
    pub const DIRECTORY: u16 = 2;
    pub const EXCL: u16 = 4;
    pub const TRUNC: u16 = 8;
    pub const ALL: u16 = 15;
}

/// Flags of a path (preview 1: `lookupflags`).
#[allow(missing_docs)]
pub mod lookupflags {
    pub const SYMLINK_FOLLOW: u32 = 1;
    pub const ALL: u32 = 1;
}

/// Which times to set (preview 1: `fstflags`).
#[allow(missing_docs)]
pub mod fstflags {
    pub const ATIM: u16 = 1;
    pub const ATIM_NOW: u16 = 2;
    pub const MTIM: u16 = 4;
    pub const MTIM_NOW: u16 = 8;
    pub const ALL: u16 = 15;
}

/// What an offset counts from (preview 1: `whence`).
#[allow(missing_docs)]
pub mod whence {
    pub const SET: u8 = 0;
    pub const CUR: u8 = 1;
    pub const END: u8 = 2;
}

/// Bytes of a record, filled in place by offset. Offsets are constants, so a write that does not fit is a bug found by
/// the tests; it is dropped rather than a panic.
#[derive(Debug)]
pub struct Record<const N: usize>([u8; N]);

impl<const N: usize> Record<N> {
    /// All zero.
    pub const fn new() -> Self {
        Record([0; N])
    }

    /// Writes a value's little-endian bytes at a byte offset.
    #[inline]
    fn put<const M: usize>(mut self, offset: usize, bytes: [u8; M]) -> Self {
        if let Some(place) = self.0.get_mut(offset..offset + M) {
            place.copy_from_slice(&bytes);
        } else {
            debug_assert!(false, "record of {N} bytes, write of {M} at {offset}");
        }
        self
    }

    /// Writes a byte.
    #[inline]
    pub fn u8(self, offset: usize, value: u8) -> Self {
        self.put(offset, [value])
    }

    /// Writes 16 bits.
    #[inline]
    pub fn u16(self, offset: usize, value: u16) -> Self {
        self.put(offset, value.to_le_bytes())
    }

    /// Writes 32 bits.
    #[inline]
    pub fn u32(self, offset: usize, value: u32) -> Self {
        self.put(offset, value.to_le_bytes())
    }

    /// Writes 64 bits.
    #[inline]
    pub fn u64(self, offset: usize, value: u64) -> Self {
        self.put(offset, value.to_le_bytes())
    }

    /// The bytes.
    pub fn bytes(&self) -> &[u8] {
        &self.0
    }
}

impl<const N: usize> Default for Record<N> {
    fn default() -> Self {
        Record::new()
    }
}

/// What preview 1 tells of a file (preview 1: `filestat`, 64 bytes). Times in nanoseconds since 1970.
#[derive(Clone, Copy, Debug, Default)]
#[allow(missing_docs)]
pub struct Filestat {
    pub dev: u64,
    pub ino: u64,
    pub filetype: u8,
    pub nlink: u64,
    pub size: u64,
    pub atim: u64,
    pub mtim: u64,
    pub ctim: u64,
}

impl Filestat {
    /// As laid out in guest memory.
    pub fn record(&self) -> Record<64> {
        Record::new()
            .u64(0, self.dev)
            .u64(8, self.ino)
            .u8(16, self.filetype)
            .u64(24, self.nlink)
            .u64(32, self.size)
            .u64(40, self.atim)
            .u64(48, self.mtim)
            .u64(56, self.ctim)
    }
}

/// What preview 1 tells of a descriptor (preview 1: `fdstat`, 24 bytes).
#[derive(Clone, Copy, Debug, Default)]
#[allow(missing_docs)]
pub struct Fdstat {
    pub filetype: u8,
    pub flags: u16,
    pub rights_base: u64,
    pub rights_inheriting: u64,
}

impl Fdstat {
    /// As laid out in guest memory.
    pub fn record(&self) -> Record<24> {
        Record::new().u8(0, self.filetype).u16(2, self.flags).u64(8, self.rights_base).u64(16, self.rights_inheriting)
    }
}

/// What preview 1 tells of a preopened folder (preview 1: `prestat`, 8 bytes; its tag for folders is 0).
pub fn prestat_dir(name_len: u32) -> Record<8> {
    Record::new().u8(0, 0).u32(4, name_len)
}

/// Bytes of a [`dirent`].
pub const DIRENT: usize = 24;

/// The head of a folder entry (preview 1: `dirent`, 24 bytes; the name follows).
pub fn dirent(next: u64, ino: u64, name_len: u32, filetype: u8) -> Record<DIRENT> {
    Record::new().u64(0, next).u64(8, ino).u32(16, name_len).u8(20, filetype)
}
