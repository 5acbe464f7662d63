//! Paths of the program, resolved so that nothing outside the granted folder is ever reached: not by `..`, absolute
//! paths, symbolic links, trailing slashes, links of /proc, or something renamed meanwhile.
//!
//! Two resolvers do the same. The kernel's: `openat2` with `RESOLVE_BENEATH`. Ours, where that call is missing or
//! filtered: component by component, each opened without following links from a descriptor that is held; links are
//! expanded as text, `..` goes back to the descriptor held before, never above the folder granted.
//!
//! What must hold: no other file gives the kernel a name of the program's but through [`open`] and [`parent`]; a name
//! that [`parent`] answers is one component that the kernel is told not to follow.

use super::fd::Handle;
use crate::os::Errno;
use crate::os::fs::{
    self, AT_SYMLINK_NOFOLLOW, EAGAIN, EISDIR, ELOOP, ENAMETOOLONG, ENOENT, ENOTDIR, EPERM, EXDEV, O_CREAT,
    O_DIRECTORY, O_EXCL, O_NOFOLLOW, O_PATH, RESOLVE_BENEATH, RESOLVE_NO_MAGICLINKS, S_IFLNK, Stat,
};
use alloc::vec::Vec;
use core::ffi::CStr;
use core::mem::MaybeUninit;

/// Longest path in bytes, with its NUL (the kernel's).
pub const PATH_MAX: usize = 4096;
/// Symbolic links that one lookup follows at most (the kernel's).
const LINKS_MAX: u32 = 40;
/// Longest name of a component in bytes, without NUL (the kernel's).
const NAME_MAX: usize = 255;
/// How often the kernel is asked again when something is being renamed under it, before we walk.
const ATTEMPTS: u32 = 8;

/// How paths are looked up.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Resolver {
    /// Not yet known: the first lookup asks the kernel.
    Unprobed,
    /// The kernel keeps us beneath the folder (`openat2` with `RESOLVE_BENEATH`).
    Kernel,
    /// We walk component by component.
    Walk,
}

impl Resolver {
    /// The resolver to use, found out once.
    fn known(&mut self) -> Resolver {
        if *self == Resolver::Unprobed {
            *self = if fs::has_openat2() { Resolver::Kernel } else { Resolver::Walk };
        }
        *self
    }
}

/// Opens `path` beneath the folder `root` with the kernel's open flags. A last link is followed unless `O_NOFOLLOW`.
/// Files are made with mode 0666 less the umask. A path that leads out is EPERM.
pub fn open(resolver: &mut Resolver, root: i32, path: &PathText, flags: i32) -> Result<Handle, Errno> {
    open_beneath(resolver, root, path.c_str(), flags)
}

fn open_beneath(resolver: &mut Resolver, root: i32, path: &CStr, flags: i32) -> Result<Handle, Errno> {
    let mode = if flags & O_CREAT != 0 { 0o666 } else { 0 };
    if resolver.known() == Resolver::Kernel {
        for _ in 0..ATTEMPTS {
            match fs::openat2(root, path, flags, mode, RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS) {
                Err(EAGAIN) => {}
                Err(EXDEV) => return Err(EPERM),
                Err(errno) => return Err(errno),
                Ok(fd) => return Ok(Handle::own(fd)),
            }
        }
    }
    Walk::new(root, path.to_bytes())?.open(flags, mode)
}

/// A place for an operation on a name: the folder it is in and the name there.
#[derive(Debug)]
pub struct Place<'a> {
    root: i32,
    /// None: the root itself.
    folder: Option<Handle>,
    /// One component, never empty or `..`; with one slash after it if [`Self::slash`].
    pub name: &'a CStr,
    /// The path ended with a slash: the name must be a folder's.
    pub slash: bool,
}

impl Place<'_> {
    /// The folder's descriptor.
    pub fn folder(&self) -> i32 {
        self.folder.as_ref().map_or(self.root, Handle::raw)
    }
}

/// Resolves all of a path but its last component, which is not looked at. A path that ends with `.` or `..` is resolved
/// whole, and the name is `.`: operations on names refuse that.
///
/// A name with a slash after it may be given to mkdirat, unlinkat, renameat, symlinkat and linkat's new name, which
/// never follow it; other calls do.
pub fn parent<'a>(resolver: &mut Resolver, root: i32, path: &'a mut PathText) -> Result<Place<'a>, Errno> {
    let bytes = path.bytes();
    if bytes.first() == Some(&b'/') {
        return Err(EPERM);
    }
    // `end` is after the last component, `start` at it.
    let Some(end) = bytes.iter().rposition(|byte| *byte != b'/').map(|last| last + 1) else { return Err(ENOENT) };
    let slash = end < bytes.len();
    let before = bytes.get(..end).unwrap_or(bytes);
    let start = before.iter().rposition(|byte| *byte == b'/').map_or(0, |last| last + 1);
    if matches!(before.get(start..), Some(b"." | b"..")) {
        let folder = open_beneath(resolver, root, path.c_str(), O_PATH | O_DIRECTORY)?;
        return Ok(Place { root, folder: Some(folder), name: c".", slash });
    }
    if slash {
        path.end_at(end + 1);
    }
    if start == 0 {
        return Ok(Place { root, folder: None, name: path.c_str(), slash });
    }
    let (head, name) = path.split(start);
    let folder = open_beneath(resolver, root, head, O_PATH | O_DIRECTORY)?;
    Ok(Place { root, folder: Some(folder), name, slash })
}

/// What there is to know of `path` beneath `root`; a last link itself unless `follow`.
pub fn stat(resolver: &mut Resolver, root: i32, path: &PathText, follow: bool) -> Result<Stat, Errno> {
    // One name in the folder itself needs no descriptor.
    let bytes = path.bytes();
    if !matches!(bytes, b"" | b"." | b"..") && !bytes.contains(&b'/') {
        let stat = fs::stat(root, path.c_str(), AT_SYMLINK_NOFOLLOW)?;
        if !follow || stat.kind() != S_IFLNK {
            return Ok(stat);
        }
    }
    let flags = if follow { O_PATH } else { O_PATH | O_NOFOLLOW };
    let place = open(resolver, root, path, flags)?;
    fs::fstat(place.raw())
}

/// A lookup of ours: what is left of the path, and the folders gone through.
struct Walk {
    root: i32,
    /// The folders entered, innermost last; none is the root itself.
    held: Vec<Handle>,
    links: u32,
    /// What is left of the path is at the end, so that links can be put before it.
    text: [u8; 2 * PATH_MAX],
    start: usize,
}

/// A component of a path.
struct Component {
    /// NUL-terminated.
    name: [u8; NAME_MAX + 1],
    len: usize,
    /// There are slashes after it.
    slash: bool,
    /// There is another component after it.
    more: bool,
}

impl Component {
    fn c_str(&self) -> &CStr {
        // The rest of the array is zero, and a component holds no NUL.
        CStr::from_bytes_until_nul(&self.name).unwrap_or(c"")
    }

    fn bytes(&self) -> &[u8] {
        self.name.get(..self.len).unwrap_or(&[])
    }
}

impl Walk {
    fn new(root: i32, path: &[u8]) -> Result<Walk, Errno> {
        let mut walk = Walk { root, held: Vec::new(), links: 0, text: [0; 2 * PATH_MAX], start: 2 * PATH_MAX };
        if path.is_empty() {
            return Err(ENOENT);
        }
        walk.prepend(path)?;
        Ok(walk)
    }

    /// The folder we are in.
    fn here(&self) -> i32 {
        self.held.last().map_or(self.root, Handle::raw)
    }

    /// Puts a relative path before what is left.
    fn prepend(&mut self, path: &[u8]) -> Result<(), Errno> {
        if path.first() == Some(&b'/') {
            return Err(EPERM);
        }
        let start = self.start.checked_sub(path.len()).ok_or(ENAMETOOLONG)?;
        self.text.get_mut(start..self.start).ok_or(ENAMETOOLONG)?.copy_from_slice(path);
        self.start = start;
        Ok(())
    }

    /// Takes the next component off, with the slashes before it.
    fn next(&mut self) -> Result<Option<Component>, Errno> {
        let left = self.text.get(self.start..).unwrap_or(&[]);
        let Some(first) = left.iter().position(|byte| *byte != b'/') else { return Ok(None) };
        let left = left.get(first..).unwrap_or(&[]);
        let len = left.iter().position(|byte| *byte == b'/').unwrap_or(left.len());
        let (component, rest) = left.split_at_checked(len).unwrap_or((left, &[]));
        let mut name = [0; NAME_MAX + 1];
        // One byte stays 0.
        name.get_mut(..len).filter(|_| len <= NAME_MAX).ok_or(ENAMETOOLONG)?.copy_from_slice(component);
        let more = rest.iter().any(|byte| *byte != b'/');
        let slash = !rest.is_empty();
        self.start = self.text.len() - rest.len();
        Ok(Some(Component { name, len, slash, more }))
    }

    /// Opens the path.
    fn open(mut self, flags: i32, mode: u32) -> Result<Handle, Errno> {
        while let Some(component) = self.next()? {
            match component.bytes() {
                b"." => {}
                b".." => {
                    // Out of the folder granted, if none is held.
                    self.held.pop().ok_or(EPERM)?;
                }
                _ if component.more || (component.slash && flags & O_CREAT == 0) => self.enter(&component)?,
                _ if component.slash => return Err(EISDIR),
                _ => {
                    if let Some(handle) = self.last(&component, flags, mode)? {
                        return Ok(handle);
                    }
                }
            }
        }
        // The path ends with a folder that we are in.
        if flags & O_CREAT != 0 {
            return Err(if flags & O_EXCL != 0 { Errno::EEXIST } else { EISDIR });
        }
        fs::openat(self.here(), c".", flags, 0).map(Handle::own)
    }

    /// Goes into a folder, or puts a link's target before what is left.
    fn enter(&mut self, component: &Component) -> Result<(), Errno> {
        match fs::openat(self.here(), component.c_str(), O_PATH | O_NOFOLLOW | O_DIRECTORY, 0) {
            Ok(fd) => {
                let handle = Handle::own(fd);
                self.held.try_reserve(1).map_err(|_| fs::ENOMEM)?;
                self.held.push(handle);
                Ok(())
            }
            Err(errno @ (ENOTDIR | ELOOP)) => self.follow(self.here(), component.c_str(), errno),
            Err(errno) => Err(errno),
        }
    }

    /// Opens what the path ends with; nothing if it was a link, whose target is then what is left.
    fn last(&mut self, component: &Component, flags: i32, mode: u32) -> Result<Option<Handle>, Errno> {
        let follow = flags & O_NOFOLLOW == 0;
        match fs::openat(self.here(), component.c_str(), flags | O_NOFOLLOW, mode) {
            Ok(fd) => {
                let handle = Handle::own(fd);
                // Only with O_PATH is a link itself opened.
                if follow && flags & O_PATH != 0 && fs::fstat(handle.raw())?.kind() == S_IFLNK {
                    self.follow(handle.raw(), c"", ELOOP)?;
                    return Ok(None);
                }
                Ok(Some(handle))
            }
            Err(errno @ (ENOTDIR | ELOOP)) if follow => {
                self.follow(self.here(), component.c_str(), errno)?;
                Ok(None)
            }
            Err(errno) => Err(errno),
        }
    }

    /// Puts the target of the link `name` before what is left; if it is no link, `otherwise`.
    fn follow(&mut self, at: i32, name: &CStr, otherwise: Errno) -> Result<(), Errno> {
        let mut room = [MaybeUninit::uninit(); PATH_MAX];
        let target = fs::readlinkat(at, name, &mut room).map_err(|_| otherwise)?;
        if target.len() >= PATH_MAX {
            return Err(ENAMETOOLONG);
        }
        if target.is_empty() {
            return Err(ENOENT);
        }
        self.links += 1;
        if self.links > LINKS_MAX {
            return Err(ELOOP);
        }
        self.prepend(target)
    }
}

/// A path of the program, copied to host memory and NUL-terminated.
#[derive(Debug)]
pub struct PathText {
    bytes: [MaybeUninit<u8>; PATH_MAX],
    len: usize,
}

impl PathText {
    /// Empty; touches no memory.
    #[inline]
    pub const fn new() -> Self {
        let mut bytes = [const { MaybeUninit::uninit() }; PATH_MAX];
        bytes[0] = MaybeUninit::new(0);
        PathText { bytes, len: 0 }
    }

    /// Room for `len` bytes to be filled, or nothing if that is too long.
    pub fn room(&mut self, len: usize) -> Option<&mut [MaybeUninit<u8>]> {
        if len >= PATH_MAX { None } else { self.bytes.get_mut(..len) }
    }

    /// Ends the path after the `len` bytes that were filled.
    ///
    /// # Safety
    /// [`Self::room`] must have given `len` bytes, and all of them must have been written.
    pub unsafe fn set_len(&mut self, len: usize) -> &[u8] {
        if let Some(end) = self.bytes.get_mut(len) {
            end.write(0);
            self.len = len;
        }
        self.bytes()
    }

    /// The path as the kernel takes it. It ends at the first NUL, should there be one inside.
    pub fn c_str(&self) -> &CStr {
        // SAFETY: `set_len` only grows `len` over bytes that were written, and writes a NUL after them.
        let bytes = unsafe { core::slice::from_raw_parts(self.bytes.as_ptr().cast::<u8>(), self.len + 1) };
        CStr::from_bytes_until_nul(bytes).unwrap_or(c"")
    }

    /// Cuts the path to `len` bytes, if it is longer.
    fn end_at(&mut self, len: usize) {
        if len < self.len
            && let Some(end) = self.bytes.get_mut(len)
        {
            end.write(0);
            self.len = len;
        }
    }

    /// The path before the slash that is before byte `start`, and the path from there.
    fn split(&mut self, start: usize) -> (&CStr, &CStr) {
        if let Some(slash) = start.checked_sub(1)
            && slash < self.len
            && let Some(slash) = self.bytes.get_mut(slash)
        {
            slash.write(0);
        }
        // SAFETY: as in `c_str`.
        let bytes = unsafe { core::slice::from_raw_parts(self.bytes.as_ptr().cast::<u8>(), self.len + 1) };
        let tail = bytes.get(start..).unwrap_or(&[]);
        let string = |bytes| CStr::from_bytes_until_nul(bytes).unwrap_or(c"");
        (string(bytes), string(tail))
    }

    /// The path without its NUL.
    pub fn bytes(&self) -> &[u8] {
        // SAFETY: `set_len` only grows `len` over bytes that were written.
        unsafe { core::slice::from_raw_parts(self.bytes.as_ptr().cast(), self.len) }
    }
}

impl Default for PathText {
    fn default() -> Self {
        PathText::new()
    }
}
