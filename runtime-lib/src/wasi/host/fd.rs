//! The descriptor table: what the program's small numbers stand for. A descriptor owns its host descriptor and knows
//! what it may be used for.

use crate::os::{Errno, fs};
use alloc::borrow::Cow;
use alloc::vec::Vec;

/// What a descriptor is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Kind {
    /// Standard input, output or error of the process.
    Stdio,
    /// A file: regular, or a device or pipe found in a folder.
    File,
    /// A folder, granted or opened in a granted one.
    Folder,
    /// A listening socket.
    Listener,
    /// A connected stream socket.
    Stream,
}

/// A descriptor of the host, closed when dropped unless it is somebody else's. (A program's own process lends it 0, 1 and 2,
/// and sees to it that no other file gets these numbers; in a host that has closed its own, any file may.)
#[derive(Debug)]
pub struct Handle {
    host: i32,
    borrowed: bool,
}

impl Handle {
    /// Takes ownership of a host descriptor.
    pub fn own(host: i32) -> Handle {
        Handle { host, borrowed: false }
    }

    /// A host descriptor that stays somebody else's.
    pub fn borrow(host: i32) -> Handle {
        Handle { host, borrowed: true }
    }

    /// The number, for system calls.
    #[inline]
    pub fn raw(&self) -> i32 {
        self.host
    }
}

impl Drop for Handle {
    fn drop(&mut self) {
        if !self.borrowed {
            fs::close(self.host);
        }
    }
}

/// A function of an embedder that reads or writes: context, bytes, their number; answers how many it did, or less than 0.
#[derive(Clone, Copy, Debug)]
pub struct Callback {
    /// The function.
    pub function: unsafe extern "C" fn(*mut u8, *mut u8, usize) -> i64,
    /// Its first argument.
    pub context: *mut u8,
}

/// One open descriptor.
#[derive(Debug)]
pub struct Entry {
    /// What it is.
    pub kind: Kind,
    /// The host's descriptor.
    pub host: Handle,
    /// Preview 1's `fdflags`.
    pub flags: u16,
    /// Preview 1's rights for the descriptor itself.
    pub rights_base: u64,
    /// Preview 1's rights for what is opened through it.
    pub rights_inheriting: u64,
    /// It comes from a read-only grant: nothing may be changed through it, whatever the rights say.
    pub read_only: bool,
    /// The name of a granted folder, as the program sees it.
    pub preopen: Option<Cow<'static, [u8]>>,
    /// A function of an embedder that does the reading or writing.
    pub callback: Option<Callback>,
    /// Where the entries of a folder end, by the kernel's positions, in the order in which they were read.
    pub positions: Vec<u64>,
}

/// All descriptors of a program.
#[derive(Debug)]
pub struct Table {
    entries: Vec<Option<Entry>>,
}

impl Table {
    /// No descriptor.
    pub const fn new() -> Table {
        Table { entries: Vec::new() }
    }

    /// The descriptor of this number.
    pub fn get(&self, fd: u32) -> Option<&Entry> {
        self.entries.get(fd as usize)?.as_ref()
    }

    /// The descriptor of this number, to change.
    pub fn get_mut(&mut self, fd: u32) -> Option<&mut Entry> {
        self.entries.get_mut(fd as usize)?.as_mut()
    }

    /// Adds a descriptor under the lowest free number.
    pub fn insert(&mut self, entry: Entry) -> Result<u32, Errno> {
        let free = self.entries.iter().position(Option::is_none);
        if let Some(fd) = free
            && let Some(slot) = self.entries.get_mut(fd)
        {
            *slot = Some(entry);
            return Ok(fd as u32);
        }
        self.entries.try_reserve(1).map_err(|_| fs::ENOMEM)?;
        let fd = u32::try_from(self.entries.len()).map_err(|_| fs::EMFILE)?;
        self.entries.push(Some(entry));
        Ok(fd)
    }

    /// Takes a descriptor out; dropping it closes it.
    pub fn remove(&mut self, fd: u32) -> Option<Entry> {
        self.entries.get_mut(fd as usize)?.take()
    }

    /// Gives `from` the number `to`, closing what had it. Both must be open; false if one is not.
    pub fn renumber(&mut self, from: u32, to: u32) -> bool {
        if self.get(from).is_none() || self.get(to).is_none() {
            return false;
        }
        if from != to {
            let entry = self.remove(from);
            if let Some(slot) = self.entries.get_mut(to as usize) {
                *slot = entry;
            }
        }
        true
    }
}

impl Default for Table {
    fn default() -> Self {
        Table::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(flags: u16) -> Entry {
        let (rights_base, rights_inheriting) = (0, 0);
        let host = Handle::own(-1);
        Entry {
            kind: Kind::File,
            host,
            flags,
            rights_base,
            rights_inheriting,
            read_only: false,
            preopen: None,
            callback: None,
            positions: Vec::new(),
        }
    }

    #[test]
    fn lowest_number_first() {
        let mut table = Table::new();
        for number in 0..4 {
            assert_eq!(table.insert(entry(number)), Ok(u32::from(number)));
        }
        assert!(table.remove(1).is_some());
        assert!(table.remove(1).is_none());
        assert!(table.remove(u32::MAX).is_none());
        assert_eq!(table.insert(entry(9)), Ok(1));
        assert_eq!(table.insert(entry(10)), Ok(4));
    }

    #[test]
    fn renumber_moves() {
        let mut table = Table::new();
        for number in 0..3 {
            table.insert(entry(number)).unwrap();
        }
        assert!(table.renumber(2, 0));
        assert_eq!(table.get(0).unwrap().flags, 2);
        assert!(table.get(2).is_none());
        assert!(!table.renumber(0, 2), "the target must be open");
        assert!(!table.renumber(7, 0));
        assert!(table.renumber(1, 1));
        assert_eq!(table.get(1).unwrap().flags, 1);
    }
}
