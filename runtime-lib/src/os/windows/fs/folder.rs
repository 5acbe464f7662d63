//! What is in a folder, laid out as Linux's kernel does it. The folder is read whole when reading starts; positions are
//! bytes of that, so that they stay good while entries come and go.

use super::ENOENT;
use crate::os::Errno;
use crate::os::windows::handles::{self, Kind, Slot};
use crate::os::windows::sys::{self, IoStatus};
use crate::os::windows::{status, text};
use alloc::vec;
use alloc::vec::Vec;
use core::mem::MaybeUninit;
use core::ptr::{null, null_mut};

/// Bytes before the name in an entry.
const HEAD: usize = 19;
const KIND_FOLDER: u8 = 4;
const KIND_FILE: u8 = 8;
const KIND_LINK: u8 = 10;

/// Reads entries from the folder's position on; none at the end.
pub fn getdents(fd: i32, room: &mut [MaybeUninit<u8>]) -> Result<&[u8], Errno> {
    let len = handles::with(fd, |slot| {
        if slot.kind != Kind::Folder {
            return Err(super::ENOTDIR);
        }
        if slot.position == 0 || slot.buffer.is_empty() {
            slot.buffer = list(slot)?;
        }
        let left = slot.buffer.get(slot.position..).unwrap_or(&[]);
        let mut len = 0;
        while let Some([low, high]) = left.get(len + 16..len + 18) {
            let next = len + usize::from(u16::from_le_bytes([*low, *high]));
            if next > room.len() || next > left.len() {
                break;
            }
            len = next;
        }
        if len == 0 && !left.is_empty() {
            return Err(super::EINVAL);
        }
        for (to, from) in room.iter_mut().zip(left.get(..len).unwrap_or(&[])) {
            to.write(*from);
        }
        slot.position += len;
        Ok(len)
    })?;
    // SAFETY: as many bytes were written just now.
    Ok(unsafe { core::slice::from_raw_parts(room.as_ptr().cast(), len) })
}

/// All entries.
fn list(slot: &Slot) -> Result<Vec<u8>, Errno> {
    const ROOM: usize = 0x1_0000;
    const NO_MORE_FILES: u32 = 0x8000_0006;
    const NO_SUCH_FILE: u32 = 0xC000_000F;
    let mut out = Vec::new();
    let ino = super::attributes::query::<u64>(slot.handle, sys::INTERNAL_INFORMATION).unwrap_or(0);
    add(&mut out, ino, KIND_FOLDER, b".");
    add(&mut out, 0, KIND_FOLDER, b"..");
    let mut room = vec![0u64; ROOM / 8];
    let mut restart = 1;
    loop {
        let mut io = IoStatus::default();
        // SAFETY: the kernel writes at most as much as there is room for, and the status.
        let result = unsafe {
            sys::NtQueryDirectoryFile(
                slot.handle,
                null_mut(),
                null(),
                null(),
                &mut io,
                room.as_mut_ptr().cast(),
                ROOM as u32,
                sys::ID_BOTH_DIRECTORY_INFORMATION,
                0,
                null(),
                restart,
            )
        };
        restart = 0;
        match result as u32 {
            NO_MORE_FILES | NO_SUCH_FILE => return Ok(out),
            _ => match status::check(result) {
                // The folder has been removed.
                Err(ENOENT) => return Ok(out),
                result => result?,
            },
        }
        // SAFETY: the numbers are bytes too.
        let bytes = unsafe { core::slice::from_raw_parts(room.as_ptr().cast::<u8>(), io.information.min(ROOM)) };
        entries(bytes, &mut out);
    }
}

/// Takes over entries of `FILE_ID_BOTH_DIR_INFORMATION`.
fn entries(mut bytes: &[u8], out: &mut Vec<u8>) {
    const ATTRIBUTES: usize = 56;
    const NAME_LEN: usize = 60;
    const TAG: usize = 64;
    const ID: usize = 96;
    const NAME: usize = 104;
    loop {
        let word =
            |at: usize| bytes.get(at..at + 4).map(|word| u32::from_le_bytes([word[0], word[1], word[2], word[3]]));
        let (Some(next), Some(attributes), Some(len), Some(tag)) =
            (word(0), word(ATTRIBUTES), word(NAME_LEN), word(TAG))
        else {
            return;
        };
        let ino = u64::from(word(ID).unwrap_or(0)) | u64::from(word(ID + 4).unwrap_or(0)) << 32;
        let units = bytes.get(NAME..).and_then(|name| name.get(..len as usize)).unwrap_or(&[]);
        let units: Vec<u16> = units.chunks_exact(2).map(|unit| u16::from_le_bytes([unit[0], unit[1]])).collect();
        let mut name = Vec::new();
        text::push_utf8(&mut name, &units);
        let link =
            attributes & sys::ATTRIBUTE_REPARSE_POINT != 0 && matches!(tag, sys::TAG_SYMLINK | sys::TAG_MOUNT_POINT);
        let kind = match attributes & sys::ATTRIBUTE_DIRECTORY != 0 {
            _ if link => KIND_LINK,
            true => KIND_FOLDER,
            false => KIND_FILE,
        };
        if name != b"." && name != b".." {
            add(out, ino, kind, &name);
        }
        match bytes.get(next as usize..) {
            Some(rest) if next != 0 => bytes = rest,
            _ => return,
        }
    }
}

/// Adds an entry.
fn add(out: &mut Vec<u8>, ino: u64, kind: u8, name: &[u8]) {
    let len = (HEAD + name.len() + 1).next_multiple_of(8);
    let next = out.len() + len;
    out.extend_from_slice(&ino.to_le_bytes());
    out.extend_from_slice(&(next as u64).to_le_bytes());
    out.extend_from_slice(&(len as u16).to_le_bytes());
    out.push(kind);
    out.extend_from_slice(name);
    out.resize(next, 0);
}
