//! Small numbers for the system's handles, as the code above has them: 0 to 2 are the standard streams. Also what Windows
//! does not keep with a handle: whether writes go to the end, where a folder is read, half a character of a console.
//!
//! What must hold: one thread uses the table (a program has one; the thread of a time limit only writes its message).

use super::sys::{self, Handle};
use super::{Errno, fs};
use alloc::vec::Vec;
use core::cell::UnsafeCell;
use core::ptr::{null, null_mut};

/// What a handle is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Kind {
    /// A pipe or device; no position.
    Stream,
    /// A console: UTF-16.
    Console,
    /// A file on a disk.
    File,
    /// A folder that can be read.
    Folder,
    /// A place in the file system (`O_PATH`).
    Place,
    /// A socket.
    Socket,
}

/// What is known of a handle.
#[derive(Debug)]
pub struct Slot {
    /// The handle; of a socket, the number that it is.
    pub handle: Handle,
    /// What it is.
    pub kind: Kind,
    /// `O_APPEND`, `O_NONBLOCK`, and of files `O_WRONLY` or `O_RDWR`.
    pub flags: i32,
    /// Of a folder, its entries; of a console, what was read but not asked for, or written but incomplete.
    pub buffer: Vec<u8>,
    /// First byte of the buffer that has not been taken.
    pub position: usize,
}

struct Table(UnsafeCell<Vec<Option<Slot>>>);

// SAFETY: one thread uses it (see above).
unsafe impl Sync for Table {}

static TABLE: Table = Table(UnsafeCell::new(Vec::new()));

/// Takes the standard streams; one that is closed becomes the null device.
pub fn start() {
    for which in sys::STDIO {
        // SAFETY: touches no memory.
        let mut handle = unsafe { sys::GetStdHandle(which) };
        if handle.is_null() || handle == sys::INVALID {
            const NUL: [u16; 4] = super::text::wide(b"NUL");
            let access = sys::GENERIC_READ | sys::GENERIC_WRITE;
            // SAFETY: the name ends with NUL.
            handle = unsafe { sys::CreateFileW(NUL.as_ptr(), access, sys::SHARE_ALL, null(), 3, 0, null_mut()) };
        }
        let mut mode = 0;
        // SAFETY: the system writes the number.
        let console = unsafe { sys::GetConsoleMode(handle, &mut mode) } != 0;
        // Also a standard stream that is a file: the system keeps the position that other processes go on from.
        let _ = add(handle, if console { Kind::Console } else { Kind::Stream }, 0);
    }
}

/// Gives a handle a number.
pub fn add(handle: Handle, kind: Kind, flags: i32) -> Result<i32, Errno> {
    // SAFETY: see TABLE; no reference is kept.
    let table = unsafe { &mut *TABLE.0.get() };
    let slot = Slot { handle, kind, flags, buffer: Vec::new(), position: 0 };
    if let Some((fd, free)) = table.iter_mut().enumerate().find(|(_, slot)| slot.is_none()) {
        *free = Some(slot);
        return Ok(fd as i32);
    }
    if table.try_reserve(1).is_err() {
        release(&slot);
        return Err(fs::ENOMEM);
    }
    table.push(Some(slot));
    Ok(table.len() as i32 - 1)
}

/// Does something with what a number stands for.
pub fn with<T>(fd: i32, f: impl FnOnce(&mut Slot) -> Result<T, Errno>) -> Result<T, Errno> {
    // SAFETY: see TABLE; `f` does not come back here, as the functions below `os` call it with their own code only.
    let table = unsafe { &mut *TABLE.0.get() };
    let slot = usize::try_from(fd).ok().and_then(|fd| table.get_mut(fd)).and_then(Option::as_mut);
    f(slot.ok_or(fs::EBADF)?)
}

/// The handle of a number.
pub fn handle(fd: i32) -> Result<Handle, Errno> {
    with(fd, |slot| Ok(slot.handle))
}

/// Closes.
pub fn close(fd: i32) {
    // SAFETY: see TABLE; no reference is kept.
    let table = unsafe { &mut *TABLE.0.get() };
    if let Some(slot) = usize::try_from(fd).ok().and_then(|fd| table.get_mut(fd)).and_then(Option::take) {
        release(&slot);
    }
}

fn release(slot: &Slot) {
    match slot.kind {
        Kind::Socket => super::net::close(slot.handle as usize),
        // SAFETY: the handle was the slot's alone.
        _ => drop(unsafe { sys::NtClose(slot.handle) }),
    }
}
