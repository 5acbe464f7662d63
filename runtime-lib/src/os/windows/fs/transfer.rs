//! Reading, writing, positions.

use super::attributes::{length, query, set};
use super::{EINVAL, EISDIR, ESPIPE, IoVec, O_APPEND};
use crate::os::Errno;
use crate::os::windows::handles::{self, Kind, Slot};
use crate::os::windows::sys::{self, Handle, IoStatus};
use crate::os::windows::{net, process, status};
use core::ptr::{null, null_mut};

/// Most bytes of one call.
const MOST: usize = 1 << 30;
/// Offset that means the end of the file.
const AT_END: i64 = -1;
/// Status: nothing there any more.
const END_OF_FILE: u32 = 0xC000_0011;

/// # Safety
/// The bytes must be writable.
unsafe fn read(handle: Handle, to: *mut u8, len: usize, offset: Option<i64>) -> Result<usize, Errno> {
    let mut io = IoStatus::default();
    let offset = offset.as_ref().map_or(null(), |offset| offset as *const i64);
    let len = len.min(MOST) as u32;
    // SAFETY: the caller's; the kernel reads the offset and writes the status.
    let result = unsafe { sys::NtReadFile(handle, null_mut(), null(), null(), &mut io, to, len, offset, null()) };
    match result as u32 {
        END_OF_FILE => Ok(0),
        _ => status::check(result).map(|()| io.information),
    }
}

/// # Safety
/// The bytes must be readable.
unsafe fn write(handle: Handle, from: *const u8, len: usize, offset: Option<i64>) -> Result<usize, Errno> {
    let mut io = IoStatus::default();
    let offset = offset.as_ref().map_or(null(), |offset| offset as *const i64);
    let len = len.min(MOST) as u32;
    // SAFETY: the caller's; the kernel reads the offset and writes the status.
    let result = unsafe { sys::NtWriteFile(handle, null_mut(), null(), null(), &mut io, from, len, offset, null()) };
    status::check(result).map(|()| io.information)
}

/// Does a transfer for each buffer, as long as they are filled. An error after some bytes is for the next call.
fn each(buffers: &[IoVec], mut transfer: impl FnMut(&IoVec, usize) -> Result<usize, Errno>) -> Result<usize, Errno> {
    let mut done = 0;
    for buffer in buffers {
        match transfer(buffer, done) {
            Ok(count) => {
                done += count;
                if count < buffer.len {
                    break;
                }
            }
            Err(errno) if done == 0 => return Err(errno),
            Err(_) => break,
        }
    }
    Ok(done)
}

/// Reads to the buffers, at the file's position.
///
/// # Safety
/// All of the buffers must be writable.
pub unsafe fn readv(fd: i32, buffers: &[IoVec]) -> Result<usize, Errno> {
    handles::with(fd, |slot| match slot.kind {
        // SAFETY: the caller's.
        Kind::File => each(buffers, |buffer, _| unsafe { read(slot.handle, buffer.base, buffer.len, None) }),
        Kind::Folder | Kind::Place => Err(EISDIR),
        // SAFETY: the caller's.
        Kind::Socket => unsafe { net::receive_raw(slot.handle as usize, buffers, 0) }.map(|(count, _)| count),
        // One read: another might wait.
        Kind::Stream | Kind::Console => match buffers.first() {
            // SAFETY: the caller's.
            Some(buffer) => unsafe { process::read_stream(slot, buffer.base, buffer.len) },
            None => Ok(0),
        },
    })
}

/// Writes the buffers, at the file's position or its end.
///
/// # Safety
/// All of the buffers must be readable.
pub unsafe fn writev(fd: i32, buffers: &[IoVec]) -> Result<usize, Errno> {
    let kind = handles::with(fd, |slot| Ok(slot.kind))?;
    if kind == Kind::Console {
        return each(buffers, |buffer, _| {
            // SAFETY: the caller's.
            let bytes = unsafe { core::slice::from_raw_parts(buffer.base, buffer.len) };
            process::write_all(fd, bytes).map(|()| buffer.len)
        });
    }
    handles::with(fd, |slot| match slot.kind {
        Kind::File => {
            let offset = (slot.flags & O_APPEND != 0).then_some(AT_END);
            // SAFETY: the caller's.
            each(buffers, |buffer, _| unsafe { write(slot.handle, buffer.base, buffer.len, offset) })
        }
        Kind::Folder | Kind::Place => Err(EISDIR),
        // SAFETY: the caller's.
        Kind::Socket => unsafe { net::send_raw(slot.handle as usize, buffers) },
        // SAFETY: the caller's.
        _ => each(buffers, |buffer, _| unsafe { process::write_raw(slot.handle, buffer.base, buffer.len) }),
    })
}

/// Does something at an offset; the position stays, which the system would move.
fn keeping_position<T>(slot: &Slot, f: impl FnOnce(Handle) -> Result<T, Errno>) -> Result<T, Errno> {
    if slot.kind != Kind::File {
        return Err(if matches!(slot.kind, Kind::Folder | Kind::Place) { EISDIR } else { ESPIPE });
    }
    let position: i64 = query(slot.handle, sys::POSITION_INFORMATION)?;
    let result = f(slot.handle);
    set(slot.handle, sys::POSITION_INFORMATION, &position)?;
    result
}

/// The offset of what comes after some bytes.
fn after(offset: u64, done: usize) -> Result<i64, Errno> {
    offset.checked_add(done as u64).and_then(|offset| i64::try_from(offset).ok()).ok_or(EINVAL)
}

/// Reads to the buffers, at a byte offset.
///
/// # Safety
/// All of the buffers must be writable.
pub unsafe fn preadv(fd: i32, buffers: &[IoVec], offset: u64) -> Result<usize, Errno> {
    let transfer = |handle| {
        each(buffers, |buffer, done| {
            let offset = after(offset, done)?;
            // SAFETY: the caller's.
            unsafe { read(handle, buffer.base, buffer.len, Some(offset)) }
        })
    };
    handles::with(fd, |slot| keeping_position(slot, transfer))
}

/// Writes the buffers, at a byte offset; at the end if the file was opened to append, as on Linux.
///
/// # Safety
/// All of the buffers must be readable.
pub unsafe fn pwritev(fd: i32, buffers: &[IoVec], offset: u64) -> Result<usize, Errno> {
    handles::with(fd, |slot| {
        let append = slot.flags & O_APPEND != 0;
        keeping_position(slot, |handle| {
            each(buffers, |buffer, done| {
                let offset = if append { AT_END } else { after(offset, done)? };
                // SAFETY: the caller's.
                unsafe { write(handle, buffer.base, buffer.len, Some(offset)) }
            })
        })
    })
}

/// Moves the file's position. `whence`: 0 from the start, 1 from here, 2 from the end.
pub fn lseek(fd: i32, offset: i64, whence: u32) -> Result<u64, Errno> {
    handles::with(fd, |slot| match slot.kind {
        Kind::File => {
            let from = match whence {
                0 => 0,
                1 => query::<i64>(slot.handle, sys::POSITION_INFORMATION)?,
                2 => length(slot.handle)?,
                _ => return Err(EINVAL),
            };
            let to = from.checked_add(offset).filter(|to| *to >= 0).ok_or(EINVAL)?;
            set(slot.handle, sys::POSITION_INFORMATION, &to)?;
            Ok(to as u64)
        }
        Kind::Folder if whence == 0 && offset >= 0 => {
            if offset == 0 {
                // From the start: what is there now.
                slot.buffer.clear();
            }
            slot.position = offset as usize;
            Ok(offset as u64)
        }
        Kind::Folder => Err(EINVAL),
        _ => Err(ESPIPE),
    })
}

/// Writes data and attributes to the disk.
pub fn fsync(fd: i32) -> Result<(), Errno> {
    let (handle, kind) = handles::with(fd, |slot| Ok((slot.handle, slot.kind)))?;
    let mut io = IoStatus::default();
    // SAFETY: the kernel writes the status.
    let result = status::check(unsafe { sys::NtFlushBuffersFile(handle, &mut io) });
    // Folders need no such thing, and files opened to read have nothing to be written.
    match result {
        Err(super::EACCES) => Ok(()),
        Err(_) if kind == Kind::Folder => Ok(()),
        result => result,
    }
}

/// Writes data to the disk.
pub fn fdatasync(fd: i32) -> Result<(), Errno> {
    fsync(fd)
}
