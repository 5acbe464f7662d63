//! `fd_readdir`: the entries of a folder, from a cookie on.
//!
//! A cookie is the number of an entry, counted from 1 as they are read; 0 is the start of the folder. The descriptor
//! keeps the kernel's position after each entry, so a cookie stays good whatever else is added or removed. (The
//! kernel's positions would do as cookies, were they not too large for `telldir` of 32-bit C libraries.)

use super::errno::{Errno, Result};
use super::fd::folder;
use super::guest::{Guest, doors};
use super::types::{dirent, filetype, rights};
use crate::os::fs::{self, ENOENT};
use crate::wasi::host::state::Wasi;
use alloc::vec::Vec;
use core::mem::MaybeUninit;

doors! {
    wasmaot_p1_fd_readdir => readdir(fd: u32, buffer: u32, len: u32, cookie: u64, used: u32);
}

/// Bytes of kernel entries read at once: several hundred short names, and any single one.
const ROOM: usize = 16 * 1024;
/// Bytes before the name in a kernel entry.
const HEAD: usize = 19;

/// Fills the buffer with entries; the last one is cut off where the buffer ends. Fewer bytes used than there is room
/// for means that there are no more.
pub fn readdir(wasi: &mut Wasi, guest: Guest, fd: u32, buffer: u32, len: u32, cookie: u64, used: u32) -> Result {
    guest.span(buffer, u64::from(len))?;
    guest.span(used, 4)?;
    folder(wasi, fd, rights::FD_READDIR)?;
    let open = wasi.fds.get_mut(fd).ok_or(Errno::Badf)?;
    let host = open.host.raw();
    let mut number = cookie as usize;
    // A cookie that was never given is after the end.
    let position = if number == 0 { Some(0) } else { open.positions.get(number - 1).copied() };
    let Some(position) = position else { return guest.write_u32(used, 0) };
    fs::lseek(host, position as i64, 0)?;
    let mut out = Output { guest, at: buffer, left: len };
    let mut room = [MaybeUninit::<u8>::uninit(); ROOM];
    // The kernel is not asked for much more than fits: its entries are at most 5 bytes smaller than preview 1's.
    while out.left != 0 {
        let want = (out.left as usize).saturating_add(512).min(ROOM);
        let mut entries = match fs::getdents(host, room.get_mut(..want).unwrap_or(&mut [])) {
            // The end, or the folder has been removed.
            Ok([]) | Err(ENOENT) => break,
            answer => answer?,
        };
        while out.left != 0
            && let Some((entry, rest)) = Entry::first(entries)
        {
            entries = rest;
            keep(&mut open.positions, number, entry.next)?;
            number += 1;
            let head = dirent(number as u64, entry.ino, entry.name.len() as u32, entry.filetype());
            out.put(head.bytes())?;
            out.put(entry.name)?;
        }
    }
    guest.write_u32(used, len - out.left)
}

/// Keeps the position after an entry. Those before it are there.
fn keep(positions: &mut Vec<u64>, number: usize, position: u64) -> Result {
    if let Some(kept) = positions.get_mut(number) {
        *kept = position;
        return Ok(());
    }
    positions.try_reserve(1).map_err(|_| Errno::Nomem)?;
    positions.push(position);
    Ok(())
}

/// What is left of the program's buffer.
struct Output {
    guest: Guest,
    at: u32,
    left: u32,
}

impl Output {
    /// Writes what fits.
    fn put(&mut self, bytes: &[u8]) -> Result {
        let bytes = bytes.get(..self.left as usize).unwrap_or(bytes);
        self.guest.write(self.at, bytes)?;
        // Both stay inside the buffer, which `readdir` checked as a whole.
        self.at = self.at.wrapping_add(bytes.len() as u32);
        self.left -= bytes.len() as u32;
        Ok(())
    }
}

/// An entry as the kernel lays it out (`struct linux_dirent64`).
struct Entry<'a> {
    ino: u64,
    next: u64,
    kind: u8,
    name: &'a [u8],
}

impl<'a> Entry<'a> {
    /// The first of some entries, and the others.
    fn first(bytes: &'a [u8]) -> Option<(Entry<'a>, &'a [u8])> {
        let (head, _) = bytes.split_first_chunk::<HEAD>()?;
        let [i0, i1, i2, i3, i4, i5, i6, i7, n0, n1, n2, n3, n4, n5, n6, n7, l0, l1, kind] = *head;
        let (entry, rest) = bytes.split_at_checked(usize::from(u16::from_le_bytes([l0, l1])))?;
        let name = entry.get(HEAD..)?;
        let end = name.iter().position(|byte| *byte == 0)?;
        let entry = Entry {
            ino: u64::from_le_bytes([i0, i1, i2, i3, i4, i5, i6, i7]),
            next: u64::from_le_bytes([n0, n1, n2, n3, n4, n5, n6, n7]),
            kind,
            name: name.get(..end)?,
        };
        Some((entry, rest))
    }

    /// Preview 1's name for the kind; not all file systems tell.
    fn filetype(&self) -> u8 {
        match self.kind {
            2 => filetype::CHARACTER_DEVICE,
            4 => filetype::DIRECTORY,
            6 => filetype::BLOCK_DEVICE,
            8 => filetype::REGULAR_FILE,
            10 => filetype::SYMBOLIC_LINK,
            12 => filetype::SOCKET_STREAM,
            _ => filetype::UNKNOWN,
        }
    }
}
