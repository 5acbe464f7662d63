//! Small numbers for the system's handles, as the code above has them: 0 to 2 are the standard streams. Also what Windows
//! does not keep with a handle: whether writes go to the end, where a folder is read, half a character of a console.
//!
//! What must hold: one thread uses the table (a program has one; the thread of a time limit only writes its message). In the
//! library for C programs it is the holder of the lock; a slot is used by the thread that uses the instance that opened it,
//! standard streams by the holder of their own lock.

use super::sys::{self, Handle};
use super::{Errno, fs};
use alloc::vec::Vec;
#[cfg(not(wasmaot_library))]
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
    /// The system's lock, for a standard stream.
    #[cfg(wasmaot_library)]
    lock: usize,
}

#[cfg(not(wasmaot_library))]
type Place = Slot;
/// A slot that stays where it is while others are added.
#[cfg(wasmaot_library)]
type Place = alloc::boxed::Box<Slot>;

type Places = Vec<Option<Place>>;

#[cfg(not(wasmaot_library))]
struct Table(UnsafeCell<Places>);

// SAFETY: one thread uses it (see above).
#[cfg(not(wasmaot_library))]
unsafe impl Sync for Table {}

#[cfg(not(wasmaot_library))]
static TABLE: Table = Table(UnsafeCell::new(Vec::new()));

#[cfg(wasmaot_library)]
struct Table(Places);

// SAFETY: handles belong to no thread.
#[cfg(wasmaot_library)]
unsafe impl Send for Table {}

#[cfg(wasmaot_library)]
static TABLE: crate::lock::Lock<Table> = crate::lock::Lock::new(Table(Vec::new()));

/// Does something with the table, which must not come back here.
#[cfg(not(wasmaot_library))]
fn table<R>(f: impl FnOnce(&mut Places) -> R) -> R {
    // SAFETY: see Table; no reference is kept.
    f(unsafe { &mut *TABLE.0.get() })
}

/// Does something with the table, which must not come back here.
#[cfg(wasmaot_library)]
fn table<R>(f: impl FnOnce(&mut Places) -> R) -> R {
    TABLE.with(|table| {
        if table.0.is_empty() {
            add_standard(&mut table.0);
        }
        f(&mut table.0)
    })
}

/// Takes the standard streams; one that is closed becomes the null device.
#[cfg(not(wasmaot_library))]
pub fn start() {
    table(add_standard);
}

fn add_standard(table: &mut Places) {
    for which in sys::STDIO {
        // SAFETY: touches no memory.
        let mut handle = unsafe { sys::GetStdHandle(which) };
        if handle.is_null() || handle == sys::INVALID {
            const NUL: [u16; 4] = super::text::wide(b"NUL");
            let access = sys::GENERIC_READ | sys::GENERIC_WRITE;
            // SAFETY: the name ends with NUL.
            handle = unsafe { sys::CreateFileW(NUL.as_ptr(), access, sys::SHARE_ALL, null(), 3, 0, null_mut()) };
        }
        let _ = add_to(table, handle, stream_kind(handle), 0);
    }
}

/// What a handle is that comes from elsewhere. Also a standard stream that is a file: the system keeps the position that other
/// processes go on from.
pub fn stream_kind(handle: Handle) -> Kind {
    let mut mode = 0;
    // SAFETY: the system writes the number.
    let console = unsafe { sys::GetConsoleMode(handle, &mut mode) } != 0;
    if console { Kind::Console } else { Kind::Stream }
}

/// Gives a handle a number.
pub fn add(handle: Handle, kind: Kind, flags: i32) -> Result<i32, Errno> {
    table(|table| add_to(table, handle, kind, flags))
}

fn add_to(table: &mut Places, handle: Handle, kind: Kind, flags: i32) -> Result<i32, Errno> {
    let slot = Slot {
        handle,
        kind,
        flags,
        buffer: Vec::new(),
        position: 0,
        #[cfg(wasmaot_library)]
        lock: 0,
    };
    #[cfg(wasmaot_library)]
    let slot = alloc::boxed::Box::new(slot);
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
#[cfg(not(wasmaot_library))]
pub fn with<T>(fd: i32, f: impl FnOnce(&mut Slot) -> Result<T, Errno>) -> Result<T, Errno> {
    // `f` does not come back here, as the functions below `os` call it with their own code only.
    table(|table| {
        let slot = usize::try_from(fd).ok().and_then(|fd| table.get_mut(fd)).and_then(Option::as_mut);
        f(slot.ok_or(fs::EBADF)?)
    })
}

/// Does something with what a number stands for.
#[cfg(wasmaot_library)]
pub fn with<T>(fd: i32, f: impl FnOnce(&mut Slot) -> Result<T, Errno>) -> Result<T, Errno> {
    let slot: *mut Slot = table(|table| {
        let slot = usize::try_from(fd).ok().and_then(|fd| table.get_mut(fd)).and_then(Option::as_mut);
        slot.map(|slot| &raw mut **slot).ok_or(fs::EBADF)
    })?;
    let shared = fd < sys::STDIO.len() as i32;
    // SAFETY: the slot stays until its owner closes it. It is the owner's thread that is here, or the holder of the lock, which
    // is a word of zeroes at first; `f` does not come back here.
    unsafe {
        if shared {
            sys::AcquireSRWLockExclusive(&raw mut (*slot).lock);
        }
        let result = f(&mut *slot);
        if shared {
            sys::ReleaseSRWLockExclusive(&raw mut (*slot).lock);
        }
        result
    }
}

/// The handle of a number.
pub fn handle(fd: i32) -> Result<Handle, Errno> {
    with(fd, |slot| Ok(slot.handle))
}

/// Closes.
pub fn close(fd: i32) {
    let slot = table(|table| usize::try_from(fd).ok().and_then(|fd| table.get_mut(fd)).and_then(Option::take));
    if let Some(slot) = slot {
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
