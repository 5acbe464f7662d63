//! Errors, numbered as on Linux by every system, so that nothing above knows the difference.

/// A Linux errno (positive).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Errno(pub i32);

#[allow(missing_docs)] // the kernel's names
impl Errno {
    pub const EPERM: Errno = Errno(1);
    pub const EINTR: Errno = Errno(4);
    pub const EIO: Errno = Errno(5);
    pub const EEXIST: Errno = Errno(17);
    pub const ENOSYS: Errno = Errno(38);
}

/// Not permitted.
pub const EPERM: Errno = Errno(1);
/// No such file.
pub const ENOENT: Errno = Errno(2);
/// Interrupted.
pub const EINTR: Errno = Errno(4);
/// Not open.
pub const EBADF: Errno = Errno(9);
/// Try again.
pub const EAGAIN: Errno = Errno(11);
/// No memory.
pub const ENOMEM: Errno = Errno(12);
/// Access refused by the file's mode.
pub const EACCES: Errno = Errno(13);
/// In use.
pub const EBUSY: Errno = Errno(16);
/// Another file system; from openat2: out of the folder.
pub const EXDEV: Errno = Errno(18);
/// Not a folder.
pub const ENOTDIR: Errno = Errno(20);
/// A folder.
pub const EISDIR: Errno = Errno(21);
/// Invalid.
pub const EINVAL: Errno = Errno(22);
/// Too many open.
pub const EMFILE: Errno = Errno(24);
/// Has no position.
pub const ESPIPE: Errno = Errno(29);
/// Name too long.
pub const ENAMETOOLONG: Errno = Errno(36);
/// The system has no such call.
pub const ENOSYS: Errno = Errno(38);
/// A folder with something in it.
pub const ENOTEMPTY: Errno = Errno(39);
/// A symbolic link where none is followed, or too many.
pub const ELOOP: Errno = Errno(40);
/// Not supported.
pub const ENOTSUP: Errno = Errno(95);
