//! What is known of files, and their lengths and times.

use super::names::Name;
use super::{
    AT_EMPTY_PATH, EACCES, EBADF, EINVAL, How, O_RDWR, O_WRONLY, Open, S_IFCHR, S_IFDIR, S_IFIFO, S_IFLNK, S_IFREG,
    S_IFSOCK, Stat, StatTime, Timespec, UTIME_NOW, UTIME_OMIT, open_at,
};
use crate::os::Errno;
use crate::os::windows::handles::{self, Kind};
use crate::os::windows::sys::{self, Handle, IoStatus};
use crate::os::windows::{clock, status};
use core::ffi::CStr;

/// `FILE_BASIC_INFORMATION`: times in units of 100 nanoseconds from 1601 on; 0 to set: as it is.
#[repr(C)]
#[derive(Clone, Copy, Default)]
struct Basic {
    created: i64,
    accessed: i64,
    written: i64,
    changed: i64,
    attributes: u32,
    padding: u32,
}

/// `FILE_STANDARD_INFORMATION`.
#[repr(C)]
#[derive(Clone, Copy, Default)]
struct Standard {
    allocated: i64,
    length: i64,
    links: u32,
    flags: u32,
}

/// Asks for a structure of information.
pub(super) fn query<T: Default>(handle: Handle, class: u32) -> Result<T, Errno> {
    let (mut value, mut io) = (T::default(), IoStatus::default());
    let len = size_of::<T>() as u32;
    // SAFETY: the kernel writes at most the structure; callers' structures are plain numbers.
    let result = unsafe { sys::NtQueryInformationFile(handle, &mut io, (&raw mut value).cast(), len, class) };
    status::check(result).map(|()| value)
}

/// Sets a structure of information.
pub(super) fn set<T>(handle: Handle, class: u32, value: &T) -> Result<(), Errno> {
    let mut io = IoStatus::default();
    let len = size_of::<T>() as u32;
    // SAFETY: the kernel reads the structure.
    status::check(unsafe { sys::NtSetInformationFile(handle, &mut io, (&raw const *value).cast(), len, class) })
}

/// Attributes and, of a reparse point, its tag.
pub(super) fn attribute_tag(handle: Handle) -> Result<(u32, u32), Errno> {
    match query::<[u32; 2]>(handle, sys::ATTRIBUTE_TAG_INFORMATION) {
        Ok([attributes, tag]) => Ok((attributes, tag)),
        // Some file systems know nothing of tags.
        Err(_) => query::<Basic>(handle, sys::BASIC_INFORMATION).map(|basic| (basic.attributes, 0)),
    }
}

/// Bytes of a file.
pub(super) fn length(handle: Handle) -> Result<i64, Errno> {
    query::<Standard>(handle, sys::STANDARD_INFORMATION).map(|standard| standard.length)
}

/// Sets the bytes of a file.
pub(super) fn set_length(handle: Handle, len: i64) -> Result<(), Errno> {
    set(handle, sys::END_OF_FILE_INFORMATION, &len)
}

fn time(units: i64) -> StatTime {
    let units = units - clock::EPOCH as i64;
    StatTime { seconds: units.div_euclid(10_000_000), nanoseconds: units.rem_euclid(10_000_000) as u32 * 100 }
}

/// What is known of a handle's file.
fn stat_of(handle: Handle) -> Result<Stat, Errno> {
    let basic: Basic = query(handle, sys::BASIC_INFORMATION)?;
    let standard: Standard = query(handle, sys::STANDARD_INFORMATION)?;
    let ino = query::<u64>(handle, sys::INTERNAL_INFORMATION).unwrap_or(0);
    let (attributes, tag) = attribute_tag(handle)?;
    let link = attributes & sys::ATTRIBUTE_REPARSE_POINT != 0 && matches!(tag, sys::TAG_SYMLINK | sys::TAG_MOUNT_POINT);
    let folder = attributes & sys::ATTRIBUTE_DIRECTORY != 0;
    let (kind, size) = match (link, folder) {
        (true, _) => (S_IFLNK, 0),
        (false, true) => (S_IFDIR, 0),
        (false, false) => (S_IFREG, standard.length.max(0) as u64),
    };
    Ok(Stat {
        nlink: standard.links,
        mode: kind as u16 | 0o666,
        ino,
        size,
        atime: time(basic.accessed),
        ctime: time(basic.changed),
        mtime: time(basic.written),
        dev_major: 0,
        dev_minor: volume(handle),
    })
}

/// Serial number of a handle's volume.
fn volume(handle: Handle) -> u32 {
    const VOLUME_INFORMATION: u32 = 1;
    // Creation time, serial number, length of the label, the label.
    let (mut buffer, mut io) = ([0u32; 80], IoStatus::default());
    let len = size_of_val(&buffer) as u32;
    // SAFETY: the kernel writes at most as much as there is room for. A label that is cut off is no failure to us.
    unsafe {
        sys::NtQueryVolumeInformationFile(handle, &mut io, buffer.as_mut_ptr().cast(), len, VOLUME_INFORMATION);
    }
    buffer[2]
}

/// What there is to know of the name `path` below `at`; with [`AT_EMPTY_PATH`] and an empty path, of `at` itself.
pub fn stat(at: i32, path: &CStr, flags: i32) -> Result<Stat, Errno> {
    if path.is_empty() && flags & AT_EMPTY_PATH != 0 {
        return fstat(at);
    }
    let open = Open::at(at, &Name::new(path.to_bytes())?, How::place(0))?;
    stat_of(open.0)
}

/// What there is to know of an open file.
pub fn fstat(fd: i32) -> Result<Stat, Errno> {
    handles::with(fd, |slot| {
        let kind = match slot.kind {
            Kind::File | Kind::Folder | Kind::Place => return stat_of(slot.handle),
            Kind::Socket => S_IFSOCK,
            Kind::Console => S_IFCHR,
            Kind::Stream => S_IFIFO,
        };
        let zero = StatTime { seconds: 0, nanoseconds: 0 };
        let mode = kind as u16 | 0o666;
        let none =
            Stat { nlink: 1, mode, ino: 0, size: 0, atime: zero, ctime: zero, mtime: zero, dev_major: 0, dev_minor: 0 };
        Ok(none)
    })
}

/// The handle of a file that was opened to write. (The right to set times may be enough for lengths too.)
fn writable(fd: i32) -> Result<Handle, Errno> {
    handles::with(fd, |slot| if slot.flags & (O_WRONLY | O_RDWR) != 0 { Ok(slot.handle) } else { Err(EINVAL) })
}

/// Sets the length of a file in bytes.
pub fn ftruncate(fd: i32, len: i64) -> Result<(), Errno> {
    set_length(writable(fd)?, len)
}

/// Makes the file at least so long. Windows gives it the room.
pub fn fallocate(fd: i32, offset: i64, len: i64) -> Result<(), Errno> {
    let end = offset.checked_add(len).filter(|_| offset >= 0 && len > 0).ok_or(EINVAL)?;
    let handle = writable(fd)?;
    if length(handle)? < end { set_length(handle, end) } else { Ok(()) }
}

/// Sets the times of last access and change of an open file.
pub fn utimensat(at: i32, path: Option<&CStr>, times: &[Timespec; 2], _flags: i32) -> Result<(), Errno> {
    if path.is_some_and(|path| !path.is_empty()) {
        return Err(EINVAL);
    }
    let units = |time: &Timespec| match time.nanoseconds {
        UTIME_OMIT => Ok(0),
        UTIME_NOW => clock::now(clock::Clock::Realtime).map(|now| (now / 100 + clock::EPOCH) as i64),
        _ => {
            let units =
                time.seconds.checked_mul(10_000_000).and_then(|units| units.checked_add(time.nanoseconds / 100));
            units.and_then(|units| units.checked_add(clock::EPOCH as i64)).ok_or(EINVAL)
        }
    };
    let [access, change] = times;
    let basic = Basic { accessed: units(access)?, written: units(change)?, ..Basic::default() };
    let (handle, kind) = handles::with(at, |slot| Ok((slot.handle, slot.kind)))?;
    if !matches!(kind, Kind::File | Kind::Folder | Kind::Place) {
        return Err(EBADF);
    }
    match set(handle, sys::BASIC_INFORMATION, &basic) {
        // It was opened for other things: once more, for this.
        Err(EACCES) => {
            let again = Open(open_at(handle, &[], How::place(sys::FILE_WRITE_ATTRIBUTES))?);
            set(again.0, sys::BASIC_INFORMATION, &basic)
        }
        result => result,
    }
}
