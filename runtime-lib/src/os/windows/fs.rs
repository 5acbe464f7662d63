//! Files and folders, with the functions, flags and numbers of Linux's `*at` calls, over the kernel's own functions
//! (`ntdll`), which open a name below a handle.
//!
//! What must hold, which is the sandbox: a name of the program reaches the kernel only as one component ([`Name`]) below a
//! handle, without `\`, `:` and what else is special; links and junctions are never followed by the kernel
//! (`FILE_OPEN_REPARSE_POINT`). The walk of `wasi/host/path.rs` does all else. Only [`openat`] below [`AT_FDCWD`] takes a
//! path, that of whoever runs the program.

mod attributes;
mod folder;
mod links;
mod names;
mod numbers;
mod transfer;

pub use crate::os::errno::*;
pub use crate::os::file::*;
pub use crate::os::flags::*;
pub use crate::os::stat::{Stat, StatTime};
pub use attributes::{fallocate, fstat, ftruncate, stat, utimensat};
pub use folder::getdents;
pub use links::{linkat, readlinkat, renameat, symlinkat, unlinkat};
pub use numbers::*;
pub use transfer::{fdatasync, fsync, lseek, preadv, pwritev, readv, writev};

use super::handles::{self, Kind};
use super::status;
use super::sys::{self, Handle, IoStatus, ObjectAttributes, UnicodeString};
use attributes::attribute_tag;
use core::ffi::CStr;
use core::ptr::{null, null_mut};
use names::{Name, host_path};

/// Closes a descriptor.
pub fn close(fd: i32) {
    handles::close(fd);
}

/// How to open.
#[derive(Clone, Copy)]
struct How {
    access: u32,
    disposition: u32,
    options: u32,
}

impl How {
    /// To look at or act on a name, with these rights.
    fn place(access: u32) -> How {
        How { access, disposition: sys::FILE_OPEN, options: 0 }
    }
}

/// Opens a component below a handle, a link itself; no name: the handle's own file once more.
fn open_at(root: Handle, name: &[u16], how: How) -> Result<Handle, Errno> {
    let len = (name.len() * 2) as u16;
    let name = UnicodeString { len, room: len, text: name.as_ptr() };
    let attributes = ObjectAttributes {
        len: size_of::<ObjectAttributes>() as u32,
        root,
        name: &name,
        attributes: sys::OBJ_CASE_INSENSITIVE,
        security: null(),
        quality: null(),
    };
    let options = how.options
        | sys::FILE_OPEN_REPARSE_POINT
        | sys::FILE_SYNCHRONOUS_IO_NONALERT
        | sys::FILE_OPEN_FOR_BACKUP_INTENT;
    let access = how.access | sys::SYNCHRONIZE | sys::FILE_READ_ATTRIBUTES;
    let (mut handle, mut io) = (null_mut(), IoStatus::default());
    // SAFETY: the kernel reads the structures and writes the handle and the status, which live here.
    let result = unsafe {
        sys::NtCreateFile(
            &mut handle,
            access,
            &attributes,
            &mut io,
            null(),
            sys::ATTRIBUTE_NORMAL,
            sys::SHARE_ALL,
            how.disposition,
            options,
            null(),
            0,
        )
    };
    status::check(result).map(|()| handle)
}

/// A handle that is closed when dropped.
struct Open(Handle);

impl Drop for Open {
    fn drop(&mut self) {
        // SAFETY: it was opened for this value alone.
        unsafe { sys::NtClose(self.0) };
    }
}

impl Open {
    /// Opens a component.
    fn at(root: i32, name: &Name, how: How) -> Result<Open, Errno> {
        open_at(handles::handle(root)?, name.units(), how).map(Open)
    }

    /// Gives the handle away.
    fn release(self) -> Handle {
        let handle = self.0;
        core::mem::forget(self);
        handle
    }
}

/// Opens one component below a folder, never following it; or, with [`AT_FDCWD`], a path of the host.
pub fn openat(at: i32, path: &CStr, flags: i32, _mode: u32) -> Result<i32, Errno> {
    if at == AT_FDCWD {
        return open_host(path, flags);
    }
    let name = Name::new(path.to_bytes())?;
    if name.slash && flags & O_DIRECTORY == 0 {
        return Err(ENOTDIR);
    }
    let writes = flags & (O_WRONLY | O_RDWR) != 0;
    let changes = writes || flags & (O_CREAT | O_TRUNC) != 0;
    let mut access = match flags & (O_WRONLY | O_RDWR) {
        _ if flags & O_PATH != 0 => sys::FILE_TRAVERSE,
        O_WRONLY => sys::GENERIC_WRITE,
        O_RDWR => sys::GENERIC_READ | sys::GENERIC_WRITE,
        _ if flags & O_TRUNC != 0 => sys::GENERIC_READ | sys::GENERIC_WRITE,
        _ => sys::GENERIC_READ,
    };
    let mut options = 0;
    if flags & O_DIRECTORY != 0 {
        options |= sys::FILE_DIRECTORY_FILE;
    } else if changes {
        options |= sys::FILE_NON_DIRECTORY_FILE;
    }
    if flags & (O_SYNC | O_DSYNC) != 0 {
        options |= sys::FILE_WRITE_THROUGH;
    }
    let disposition = match (flags & O_CREAT != 0, flags & O_EXCL != 0) {
        (true, true) => sys::FILE_CREATE,
        (true, false) => sys::FILE_OPEN_IF,
        _ => sys::FILE_OPEN,
    };
    // Times can be set through a descriptor that was opened to read.
    access |= if flags & O_PATH == 0 { sys::FILE_WRITE_ATTRIBUTES } else { 0 };
    let open = match Open::at(at, &name, How { access, disposition, options }) {
        Err(EACCES) => {
            let less =
                How { access: access & !(sys::FILE_WRITE_ATTRIBUTES | sys::FILE_TRAVERSE), disposition, options };
            Open::at(at, &name, less)?
        }
        result => result?,
    };
    let (attributes, tag) = attribute_tag(open.0)?;
    let folder = attributes & sys::ATTRIBUTE_DIRECTORY != 0;
    if attributes & sys::ATTRIBUTE_REPARSE_POINT != 0 && (flags & O_PATH == 0 || flags & O_DIRECTORY != 0) {
        return Err(if matches!(tag, sys::TAG_SYMLINK | sys::TAG_MOUNT_POINT) { ELOOP } else { EACCES });
    }
    if folder && writes {
        return Err(EISDIR);
    }
    let kind = match (flags & O_PATH != 0, folder) {
        (true, _) => Kind::Place,
        (false, true) => Kind::Folder,
        (false, false) => Kind::File,
    };
    if flags & O_TRUNC != 0 && kind == Kind::File {
        attributes::set_length(open.0, 0)?;
    }
    handles::add(open.release(), kind, flags & (O_APPEND | O_NONBLOCK | O_WRONLY | O_RDWR))
}

/// Opens a path as whoever runs the program gives it.
fn open_host(path: &CStr, flags: i32) -> Result<i32, Errno> {
    const OPEN_EXISTING: u32 = 3;
    const BACKUP_SEMANTICS: u32 = 0x0200_0000;
    let path = host_path(path.to_bytes())?;
    // SAFETY: the path ends with NUL.
    let handle = unsafe {
        let access = sys::GENERIC_READ;
        sys::CreateFileW(path.as_ptr(), access, sys::SHARE_ALL, null(), OPEN_EXISTING, BACKUP_SEMANTICS, null_mut())
    };
    if handle == sys::INVALID {
        return Err(status::last());
    }
    let open = Open(handle);
    let folder = attribute_tag(open.0).is_ok_and(|(attributes, _)| attributes & sys::ATTRIBUTE_DIRECTORY != 0);
    if flags & O_DIRECTORY != 0 && !folder {
        return Err(ENOTDIR);
    }
    handles::add(open.release(), if folder { Kind::Folder } else { Kind::Stream }, 0)
}

/// There is no such call.
pub fn openat2(_: i32, _: &CStr, _: i32, _: u32, _: u64) -> Result<i32, Errno> {
    Err(ENOSYS)
}

/// There is no such call: paths are walked.
pub fn has_openat2() -> bool {
    false
}

/// Makes a folder.
pub fn mkdirat(at: i32, path: &CStr, _mode: u32) -> Result<(), Errno> {
    let name = Name::new(path.to_bytes())?;
    if name.units().is_empty() {
        return Err(Errno::EEXIST);
    }
    let how = How { access: 0, disposition: sys::FILE_CREATE, options: sys::FILE_DIRECTORY_FILE };
    Open::at(at, &name, how).map(drop)
}

/// Advice is not taken.
pub fn fadvise(fd: i32, _offset: i64, _len: i64, _advice: u32) -> Result<(), Errno> {
    handles::handle(fd).map(drop)
}

/// Sets the status flags of an open file (append, nonblock).
pub fn set_flags(fd: i32, flags: i32) -> Result<(), Errno> {
    handles::with(fd, |slot| {
        slot.flags = slot.flags & (O_WRONLY | O_RDWR) | flags & (O_APPEND | O_NONBLOCK);
        if slot.kind == Kind::Socket {
            super::net::set_nonblocking(slot.handle as usize, flags & O_NONBLOCK != 0)?;
        }
        Ok(())
    })
}

/// Whether a descriptor is a console.
pub fn is_terminal(fd: i32) -> bool {
    handles::with(fd, |slot| Ok(slot.kind == Kind::Console)).unwrap_or(false)
}
