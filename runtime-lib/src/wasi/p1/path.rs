//! The functions on paths. Each looks up its path through [`crate::wasi::host::path`], so none leaves the folder.

use super::errno::{Errno, Result};
use super::fd::{entry, filestat_of, folder, open_flags, permit};
use super::file::times;
use super::guest::{Guest, doors};
use super::types::{fdflags, lookupflags, oflags, rights};
use crate::os::fs::{
    self, AT_EMPTY_PATH, AT_REMOVEDIR, EINVAL, ELOOP, ENOTDIR, O_CREAT, O_DIRECTORY, O_EXCL, O_NOCTTY, O_NOFOLLOW,
    O_NONBLOCK, O_PATH, O_RDONLY, O_RDWR, O_TRUNC, O_WRONLY, S_IFDIR, S_IFLNK,
};
use crate::wasi::host::fd::{Entry, Kind};
use crate::wasi::host::path::{self, PATH_MAX, PathText, Place};
use crate::wasi::host::state::Wasi;
use core::mem::MaybeUninit;

doors! {
    wasmaot_p1_path_create_directory => create_directory(fd: u32, path: u32, len: u32);
    wasmaot_p1_path_filestat_get => filestat_get(fd: u32, flags: u32, path: u32, len: u32, stat: u32);
    wasmaot_p1_path_filestat_set_times => filestat_set_times(
        fd: u32, flags: u32, path: u32, len: u32, atim: u64, mtim: u64, fst_flags: u32
    );
    wasmaot_p1_path_link => link(
        old_fd: u32, old_flags: u32, old: u32, old_len: u32, new_fd: u32, new: u32, new_len: u32
    );
    wasmaot_p1_path_open => open(
        fd: u32, dirflags: u32, path: u32, len: u32, oflags: u32, base: u64, inheriting: u64, fdflags: u32, opened: u32
    );
    wasmaot_p1_path_readlink => readlink(fd: u32, path: u32, len: u32, buffer: u32, buffer_len: u32, used: u32);
    wasmaot_p1_path_remove_directory => remove_directory(fd: u32, path: u32, len: u32);
    wasmaot_p1_path_rename => rename(old_fd: u32, old: u32, old_len: u32, new_fd: u32, new: u32, new_len: u32);
    wasmaot_p1_path_symlink => symlink(target: u32, target_len: u32, fd: u32, path: u32, len: u32);
    wasmaot_p1_path_unlink_file => unlink_file(fd: u32, path: u32, len: u32);
}

/// A path as a program gives it: address and length in bytes.
type GuestPath = (u32, u32);

/// The host descriptor of a folder, if the right is there.
fn root(wasi: &Wasi, fd: u32, right: u64) -> Result<i32> {
    folder(wasi, fd, right).map(|entry| entry.host.raw())
}

/// Whether a last link is to be followed.
fn follows(flags: u32) -> Result<bool> {
    if flags & !lookupflags::ALL != 0 {
        return Err(Errno::Inval);
    }
    Ok(flags & lookupflags::SYMLINK_FOLLOW != 0)
}

/// The place a path names, in a folder with this right.
fn place<'a>(
    wasi: &mut Wasi,
    guest: Guest,
    fd: u32,
    right: u64,
    (path, len): GuestPath,
    text: &'a mut PathText,
) -> Result<Place<'a>> {
    let root = root(wasi, fd, right)?;
    guest.path(path, len, text)?;
    Ok(path::parent(&mut wasi.resolver, root, text)?)
}

/// Makes a folder.
pub fn create_directory(wasi: &mut Wasi, guest: Guest, fd: u32, path: u32, len: u32) -> Result {
    let mut text = PathText::new();
    let place = place(wasi, guest, fd, rights::PATH_CREATE_DIRECTORY, (path, len), &mut text)?;
    Ok(fs::mkdirat(place.folder(), place.name, 0o777)?)
}

/// Removes an empty folder.
pub fn remove_directory(wasi: &mut Wasi, guest: Guest, fd: u32, path: u32, len: u32) -> Result {
    let mut text = PathText::new();
    let place = place(wasi, guest, fd, rights::PATH_REMOVE_DIRECTORY, (path, len), &mut text)?;
    Ok(fs::unlinkat(place.folder(), place.name, AT_REMOVEDIR)?)
}

/// Removes a file, or a link itself.
pub fn unlink_file(wasi: &mut Wasi, guest: Guest, fd: u32, path: u32, len: u32) -> Result {
    let mut text = PathText::new();
    let place = place(wasi, guest, fd, rights::PATH_UNLINK_FILE, (path, len), &mut text)?;
    Ok(fs::unlinkat(place.folder(), place.name, 0)?)
}

/// Tells what is known of a file.
pub fn filestat_get(wasi: &mut Wasi, guest: Guest, fd: u32, flags: u32, path: u32, len: u32, stat: u32) -> Result {
    let follow = follows(flags)?;
    let root = root(wasi, fd, rights::PATH_FILESTAT_GET)?;
    let mut text = PathText::new();
    guest.path(path, len, &mut text)?;
    let found = path::stat(&mut wasi.resolver, root, &text, follow)?;
    guest.write(stat, filestat_of(&found).record().bytes())
}

/// Sets the times of last access and change.
#[expect(clippy::too_many_arguments, reason = "preview 1's")]
pub fn filestat_set_times(
    wasi: &mut Wasi,
    guest: Guest,
    fd: u32,
    flags: u32,
    path: u32,
    len: u32,
    atim: u64,
    mtim: u64,
    fst_flags: u32,
) -> Result {
    let times = times(atim, mtim, fst_flags)?;
    let nofollow = if follows(flags)? { 0 } else { O_NOFOLLOW };
    let root = root(wasi, fd, rights::PATH_FILESTAT_SET_TIMES)?;
    let mut text = PathText::new();
    guest.path(path, len, &mut text)?;
    let file = path::open(&mut wasi.resolver, root, &text, O_PATH | nofollow)?;
    match fs::utimensat(file.raw(), Some(c""), &times, AT_EMPTY_PATH) {
        // A kernel before 5.8: needs the file to be readable, and cannot do links.
        Err(EINVAL) => {
            let flags = O_RDONLY | O_NONBLOCK | O_NOCTTY | nofollow;
            let file = path::open(&mut wasi.resolver, root, &text, flags)?;
            Ok(fs::utimensat(file.raw(), None, &times, 0)?)
        }
        answer => Ok(answer?),
    }
}

/// Gives a file a second name; links are not followed.
#[expect(clippy::too_many_arguments, reason = "preview 1's")]
pub fn link(
    wasi: &mut Wasi,
    guest: Guest,
    old_fd: u32,
    old_flags: u32,
    old: u32,
    old_len: u32,
    new_fd: u32,
    new: u32,
    new_len: u32,
) -> Result {
    let old_root = root(wasi, old_fd, rights::PATH_LINK_SOURCE)?;
    root(wasi, new_fd, rights::PATH_LINK_TARGET)?;
    if follows(old_flags)? {
        return Err(Errno::Inval);
    }
    let (mut old_text, mut new_text) = (PathText::new(), PathText::new());
    guest.path(old, old_len, &mut old_text)?;
    if old_text.bytes().last() == Some(&b'/') {
        // Only a folder can be named so, and it has one name.
        path::open(&mut wasi.resolver, old_root, &old_text, O_PATH | O_DIRECTORY)?;
        return Err(Errno::Perm);
    }
    let from = path::parent(&mut wasi.resolver, old_root, &mut old_text)?;
    let to = place(wasi, guest, new_fd, rights::PATH_LINK_TARGET, (new, new_len), &mut new_text)?;
    Ok(fs::linkat(from.folder(), from.name, to.folder(), to.name)?)
}

/// Renames a file or folder, replacing what has the new name.
#[expect(clippy::too_many_arguments, reason = "preview 1's")]
pub fn rename(
    wasi: &mut Wasi,
    guest: Guest,
    old_fd: u32,
    old: u32,
    old_len: u32,
    new_fd: u32,
    new: u32,
    new_len: u32,
) -> Result {
    root(wasi, old_fd, rights::PATH_RENAME_SOURCE)?;
    root(wasi, new_fd, rights::PATH_RENAME_TARGET)?;
    let (mut old_text, mut new_text) = (PathText::new(), PathText::new());
    let from = place(wasi, guest, old_fd, rights::PATH_RENAME_SOURCE, (old, old_len), &mut old_text)?;
    let to = place(wasi, guest, new_fd, rights::PATH_RENAME_TARGET, (new, new_len), &mut new_text)?;
    Ok(fs::renameat(from.folder(), from.name, to.folder(), to.name)?)
}

/// Makes a symbolic link. Its target is any relative path: it is looked up, and kept inside, when it is followed.
pub fn symlink(wasi: &mut Wasi, guest: Guest, target: u32, target_len: u32, fd: u32, path: u32, len: u32) -> Result {
    let (mut target_text, mut text) = (PathText::new(), PathText::new());
    root(wasi, fd, rights::PATH_SYMLINK)?;
    guest.path(target, target_len, &mut target_text)?;
    if target_text.bytes().first() == Some(&b'/') {
        return Err(Errno::Perm);
    }
    let place = place(wasi, guest, fd, rights::PATH_SYMLINK, (path, len), &mut text)?;
    Ok(fs::symlinkat(target_text.c_str(), place.folder(), place.name)?)
}

/// Reads the target of a symbolic link, cut to the room there is. One that leads out for sure is not told.
#[expect(clippy::too_many_arguments, reason = "preview 1's")]
pub fn readlink(
    wasi: &mut Wasi,
    guest: Guest,
    fd: u32,
    path: u32,
    len: u32,
    buffer: u32,
    buffer_len: u32,
    used: u32,
) -> Result {
    guest.span(buffer, u64::from(buffer_len))?;
    let root = root(wasi, fd, rights::PATH_READLINK)?;
    let mut text = PathText::new();
    guest.path(path, len, &mut text)?;
    if text.bytes().last() == Some(&b'/') {
        // Only a folder can be named so, and it is no link.
        path::open(&mut wasi.resolver, root, &text, O_PATH | O_DIRECTORY)?;
        return Err(Errno::Inval);
    }
    let place = path::parent(&mut wasi.resolver, root, &mut text)?;
    let mut room = [MaybeUninit::uninit(); PATH_MAX];
    let target = fs::readlinkat(place.folder(), place.name, &mut room)?;
    if target.first() == Some(&b'/') {
        return Err(Errno::Perm);
    }
    let target = target.get(..buffer_len as usize).unwrap_or(target);
    guest.write(buffer, target)?;
    guest.write_u32(used, target.len() as u32)
}

/// Opens a file or folder.
#[expect(clippy::too_many_arguments, reason = "preview 1's")]
pub fn open(
    wasi: &mut Wasi,
    guest: Guest,
    fd: u32,
    dirflags: u32,
    path: u32,
    len: u32,
    oflags: u32,
    base: u64,
    inheriting: u64,
    fdflags: u32,
    opened: u32,
) -> Result {
    guest.span(opened, 4)?;
    let mut text = PathText::new();
    guest.path(path, len, &mut text)?;
    let wish = Wish::new(dirflags, oflags, base, fdflags)?;
    let within = wasi.fds.get(fd).ok_or(Errno::Badf)?;
    match within.kind {
        Kind::Folder => {}
        Kind::File => return Err(Errno::Notdir),
        Kind::Stdio | Kind::Listener | Kind::Stream => return Err(Errno::Badf),
    }
    wish.permit(within)?;
    let allowed = within.rights_inheriting;
    let read_only = within.read_only;
    let root = within.host.raw();
    let host = path::open(&mut wasi.resolver, root, &text, wish.flags).map_err(|errno| {
        // A link that is not to be followed is ELOOP, also where a folder is asked for: there the kernel says ENOTDIR.
        let unfollowed = errno == ENOTDIR && wish.flags & O_NOFOLLOW != 0;
        match unfollowed.then(|| path::stat(&mut wasi.resolver, root, &text, false)) {
            Some(Ok(stat)) if stat.kind() == S_IFLNK => ELOOP,
            _ => errno,
        }
    })?;
    // Nothing but a file can be open for writing; else only a look tells.
    let is_folder =
        wish.flags & O_DIRECTORY != 0 || !(wish.write || wish.change) && fs::fstat(host.raw())?.kind() == S_IFDIR;
    let mut new = if is_folder {
        entry(Kind::Folder, host, allowed & !rights::NOT_OF_FOLDERS, allowed)
    } else {
        entry(Kind::File, host, wish.rights(allowed), allowed & inheriting)
    };
    new.flags = wish.fdflags;
    new.read_only = read_only;
    let number = wasi.fds.insert(new)?;
    guest.write_u32(opened, number)
}

/// What a program asks `path_open` for.
struct Wish {
    /// The kernel's open flags.
    flags: i32,
    fdflags: u16,
    read: bool,
    write: bool,
    /// It may be made or is emptied.
    change: bool,
    create: bool,
}

impl Wish {
    fn new(dirflags: u32, oflags: u32, base: u64, fdflags: u32) -> Result<Wish> {
        let (Ok(oflags), Ok(fdflags)) = (u16::try_from(oflags), u16::try_from(fdflags)) else {
            return Err(Errno::Inval);
        };
        if oflags & !oflags::ALL != 0 || fdflags & !fdflags::ALL != 0 {
            return Err(Errno::Inval);
        }
        let has = |flag: u16| oflags & flag != 0;
        if has(oflags::DIRECTORY) && has(oflags::CREAT | oflags::EXCL | oflags::TRUNC) {
            return Err(Errno::Inval);
        }
        let change = has(oflags::CREAT | oflags::TRUNC);
        // Only this right asks for writing: libraries ask for others, to set the size say, with files they only read.
        let write = base & rights::FD_WRITE != 0;
        let read = base & rights::FD_READ != 0 || !write;
        let mut flags = O_NOCTTY | open_flags(fdflags);
        flags |= match (read, write || change) {
            (true, true) => O_RDWR,
            (false, true) => O_WRONLY,
            _ => O_RDONLY,
        };
        if !follows(dirflags)? {
            flags |= O_NOFOLLOW;
        }
        if has(oflags::DIRECTORY) {
            flags |= O_DIRECTORY;
        }
        if has(oflags::CREAT) {
            flags |= if has(oflags::EXCL) { O_CREAT | O_EXCL } else { O_CREAT };
        }
        if has(oflags::TRUNC) {
            flags |= O_TRUNC;
        }
        Ok(Wish { flags, fdflags, read, write, change, create: has(oflags::CREAT) })
    }

    /// Whether it may be had in this folder.
    fn permit(&self, within: &Entry) -> Result {
        permit(within, rights::PATH_OPEN)?;
        if within.read_only && (self.write || self.change) {
            return Err(Errno::Perm);
        }
        if self.create {
            permit(within, rights::PATH_CREATE_FILE)?;
        }
        if self.write && within.rights_inheriting & rights::FD_WRITE == 0 { Err(Errno::Notcapable) } else { Ok(()) }
    }

    /// Rights of the open file, of those that the folder allows.
    fn rights(&self, allowed: u64) -> u64 {
        let mut rights = allowed;
        if !self.read {
            rights &= !(rights::FD_READ | rights::FD_READDIR);
        }
        if !self.write {
            rights &= !rights::FD_WRITE;
            if self.change && allowed & rights::FD_WRITE != 0 {
                rights |= rights::WRITE_UNASKED;
            }
        }
        rights
    }
}
