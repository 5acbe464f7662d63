//! Names: removing, renaming, linking, and symbolic links.

use super::attributes::{attribute_tag, set};
use super::names::Name;
use super::{
    AT_REMOVEDIR, EACCES, EINVAL, EISDIR, ENAMETOOLONG, ENOENT, ENOSYS, ENOTDIR, ENOTEMPTY, ENOTSUP, How, Open,
};
use crate::os::Errno;
use crate::os::windows::handles;
use crate::os::windows::status;
use crate::os::windows::sys::{self, Handle, IoStatus};
use crate::os::windows::text::{push_utf8, to_wide};
use alloc::vec;
use alloc::vec::Vec;
use core::ffi::CStr;
use core::mem::MaybeUninit;
use core::ptr::{null, null_mut};

/// Whether the system has not this way of doing a thing.
fn unknown(errno: Errno) -> bool {
    matches!(errno, EINVAL | ENOSYS | ENOTSUP)
}

fn is_folder(open: &Open) -> Result<bool, Errno> {
    let (attributes, tag) = attribute_tag(open.0)?;
    Ok(attributes & sys::ATTRIBUTE_DIRECTORY != 0 && !matches!(tag, sys::TAG_SYMLINK | sys::TAG_MOUNT_POINT))
}

/// Removes a name; with [`AT_REMOVEDIR`] an empty folder.
pub fn unlinkat(at: i32, path: &CStr, flags: i32) -> Result<(), Errno> {
    let name = Name::new(path.to_bytes())?;
    if name.units().is_empty() {
        return Err(EINVAL);
    }
    let open = Open::at(at, &name, How::place(sys::DELETE))?;
    match (is_folder(&open)?, flags & AT_REMOVEDIR != 0) {
        (true, false) => return Err(EISDIR),
        (false, true) => return Err(ENOTDIR),
        (false, false) if name.slash => return Err(ENOTDIR),
        _ => {}
    }
    remove(open.0)
}

/// Removes what a handle with the right to delete is open for. The name is gone at once where the system can do that
/// (Windows 10), else when the last handle is closed.
fn remove(handle: Handle) -> Result<(), Errno> {
    const DELETE: u32 = 1;
    const POSIX: u32 = 2;
    const IGNORE_READONLY: u32 = 0x10;
    match set(handle, sys::DISPOSITION_INFORMATION_EX, &(DELETE | POSIX | IGNORE_READONLY)) {
        Err(errno) if unknown(errno) => set(handle, sys::DISPOSITION_INFORMATION, &1u8),
        result => result,
    }
}

/// The structure of renames and links: flags, folder, name.
fn target(flags: u32, root: Handle, name: &Name) -> Vec<u64> {
    let len = name.units().len() * 2;
    let mut words = vec![0u64; (24 + len).div_ceil(8)];
    words[0] = u64::from(flags);
    words[1] = root as u64;
    words[2] = len as u64;
    // The name begins in the middle of the third word.
    for (at, unit) in name.units().iter().enumerate() {
        let at = at + 2;
        words[2 + at / 4] |= u64::from(*unit) << (at % 4 * 16);
    }
    words
}

fn set_target(handle: Handle, class: u32, words: &[u64], name: &Name) -> Result<(), Errno> {
    let mut io = IoStatus::default();
    let len = (20 + name.units().len() * 2).max(24) as u32;
    // SAFETY: the kernel reads the structure.
    status::check(unsafe { sys::NtSetInformationFile(handle, &mut io, words.as_ptr().cast(), len, class) })
}

/// Gives a file a second name; a link is linked itself.
pub fn linkat(old_at: i32, old: &CStr, new_at: i32, new: &CStr) -> Result<(), Errno> {
    let (old, new) = (Name::new(old.to_bytes())?, Name::new(new.to_bytes())?);
    if old.units().is_empty() {
        return Err(super::EPERM);
    }
    if new.units().is_empty() {
        return Err(Errno::EEXIST);
    }
    let open = Open::at(old_at, &old, How::place(sys::FILE_WRITE_ATTRIBUTES))?;
    if is_folder(&open)? {
        return Err(super::EPERM);
    }
    if new.slash {
        return Err(ENOENT);
    }
    let words = target(0, handles::handle(new_at)?, &new);
    set_target(open.0, sys::LINK_INFORMATION, &words, &new)
}

/// Renames, replacing what has the new name: a file a file, a folder an empty folder.
pub fn renameat(old_at: i32, old: &CStr, new_at: i32, new: &CStr) -> Result<(), Errno> {
    const REPLACE: u32 = 1;
    const POSIX: u32 = 2;
    const IGNORE_READONLY: u32 = 0x40;
    let (old, new) = (Name::new(old.to_bytes())?, Name::new(new.to_bytes())?);
    if old.units().is_empty() || new.units().is_empty() {
        return Err(super::EBUSY);
    }
    let open = Open::at(old_at, &old, How::place(sys::DELETE))?;
    let folder = is_folder(&open)?;
    if !folder && (old.slash || new.slash) {
        return Err(ENOTDIR);
    }
    if let Ok(there) = Open::at(new_at, &new, How::place(sys::DELETE)) {
        let same = |open: &Open| super::attributes::query::<u64>(open.0, sys::INTERNAL_INFORMATION).unwrap_or(0);
        let is_same = same(&open) == same(&there) && same(&open) != 0;
        match (folder, is_folder(&there)?) {
            (true, false) => return Err(ENOTDIR),
            (false, true) => return Err(EISDIR),
            // The system replaces no folders.
            (true, true) if !is_same => match remove(there.0) {
                Err(EACCES) => return Err(ENOTEMPTY),
                result => result?,
            },
            _ => {}
        }
    }
    let root = handles::handle(new_at)?;
    let words = target(REPLACE | POSIX | IGNORE_READONLY, root, &new);
    match set_target(open.0, sys::RENAME_INFORMATION_EX, &words, &new) {
        Err(errno) if unknown(errno) => set_target(open.0, sys::RENAME_INFORMATION, &target(REPLACE, root, &new), &new),
        result => result,
    }
}

/// Bytes of a reparse point at most.
const REPARSE_MOST: usize = 0x4000;

/// Makes a symbolic link to a file. Windows lets only some do that: administrators, and all in developer mode.
pub fn symlinkat(link: &CStr, at: i32, path: &CStr) -> Result<(), Errno> {
    const RELATIVE: u32 = 1;
    let name = Name::new(path.to_bytes())?;
    if name.units().is_empty() {
        return Err(Errno::EEXIST);
    }
    if name.slash || link.is_empty() {
        return Err(ENOENT);
    }
    let mut room = [0u16; 4096];
    let units = to_wide(link.to_bytes(), &mut room).ok_or(ENAMETOOLONG)?;
    let text: Vec<u8> = units
        .iter()
        .map(|&unit| if unit == u16::from(b'/') { u16::from(b'\\') } else { unit })
        .flat_map(u16::to_le_bytes)
        .collect();
    // Tag, length, reserved; offsets and lengths of the target and of what is shown of it; flags; both texts as one.
    let len = u16::try_from(text.len()).ok().filter(|len| usize::from(*len) < REPARSE_MOST - 20).ok_or(ENAMETOOLONG)?;
    let mut data = sys::TAG_SYMLINK.to_le_bytes().to_vec();
    data.extend([len + 12, 0, 0, len, 0, len].iter().flat_map(|number: &u16| number.to_le_bytes()));
    data.extend(RELATIVE.to_le_bytes());
    data.extend(text);
    let access = sys::GENERIC_WRITE | sys::DELETE;
    let how = How { access, disposition: sys::FILE_CREATE, options: sys::FILE_NON_DIRECTORY_FILE };
    let open = Open::at(at, &name, how)?;
    let mut io = IoStatus::default();
    // SAFETY: the kernel reads the data and writes the status.
    let result = status::check(unsafe {
        sys::NtFsControlFile(
            open.0,
            null_mut(),
            null(),
            null(),
            &mut io,
            sys::FSCTL_SET_REPARSE_POINT,
            data.as_ptr().cast(),
            data.len() as u32,
            null_mut(),
            0,
        )
    });
    if result.is_err() {
        let _ = remove(open.0);
    }
    result
}

/// Reads a symbolic link, cut to the room; with an empty path, of `at` itself. What leads to a drive or another machine
/// is told with a slash before it: no such target is ever followed.
pub fn readlinkat<'a>(at: i32, path: &CStr, room: &'a mut [MaybeUninit<u8>]) -> Result<&'a [u8], Errno> {
    let opened;
    let handle = if path.is_empty() {
        handles::handle(at)?
    } else {
        opened = Open::at(at, &Name::new(path.to_bytes())?, How::place(0))?;
        opened.0
    };
    let (attributes, _) = attribute_tag(handle)?;
    if attributes & sys::ATTRIBUTE_REPARSE_POINT == 0 {
        return Err(EINVAL);
    }
    let mut data = vec![0u64; REPARSE_MOST / 8];
    let mut io = IoStatus::default();
    // SAFETY: the kernel writes at most as much as there is room for, and the status.
    status::check(unsafe {
        sys::NtFsControlFile(
            handle,
            null_mut(),
            null(),
            null(),
            &mut io,
            sys::FSCTL_GET_REPARSE_POINT,
            null(),
            0,
            data.as_mut_ptr().cast(),
            REPARSE_MOST as u32,
        )
    })?;
    // SAFETY: the numbers are bytes too.
    let data = unsafe { core::slice::from_raw_parts(data.as_ptr().cast::<u8>(), io.information.min(REPARSE_MOST)) };
    let target = link_text(data).ok_or(EINVAL)?;
    let len = target.len().min(room.len());
    for (to, from) in room.iter_mut().zip(&target) {
        to.write(*from);
    }
    // SAFETY: as many bytes were written just now.
    Ok(unsafe { core::slice::from_raw_parts(room.as_ptr().cast(), len) })
}

/// The target in the data of a reparse point.
fn link_text(data: &[u8]) -> Option<Vec<u8>> {
    let half = |at: usize| data.get(at..at + 2).map(|half| u16::from_le_bytes([half[0], half[1]]));
    let tag = u32::from(half(0)?) | u32::from(half(2)?) << 16;
    let (texts, relative) = match tag {
        sys::TAG_SYMLINK => (20, half(16)? & 1 != 0),
        sys::TAG_MOUNT_POINT => (16, false),
        _ => return None,
    };
    let start = texts + usize::from(half(8)?);
    let units = data.get(start..start + usize::from(half(10)?))?;
    let units: Vec<u16> = units
        .chunks_exact(2)
        .map(|unit| u16::from_le_bytes([unit[0], unit[1]]))
        .map(|unit| if unit == u16::from(b'\\') { u16::from(b'/') } else { unit })
        .collect();
    let mut text = if relative { Vec::new() } else { b"/".to_vec() };
    push_utf8(&mut text, &units);
    Some(text)
}
