//! The file half of preview 1, run for real over a folder in the temporary directory, with a memory of the test's own.
//! Every test of paths runs with both resolvers.

use super::errno::Errno;
use super::guest::Guest;
use super::types::{fdflags, fstflags, oflags, rights};
use super::{fd, file, path, readdir};
use crate::os::fs::{AT_FDCWD, O_DIRECTORY, O_RDONLY, openat};
use crate::wasi::host::fd::{Handle, Kind};
use crate::wasi::host::path::Resolver;
use crate::wasi::host::state::Wasi;
use std::ffi::CString;
use std::fs;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU32, Ordering};

/// Descriptor of the granted folder.
const ROOT: u32 = 3;
/// Descriptor of the same folder, granted read-only.
const READ_ONLY: u32 = 4;
const FOLLOW: u32 = 1;
const READ: u64 = rights::FD_READ;
const WRITE: u64 = rights::FD_WRITE;
/// Where results go in the memory.
const OUT: u32 = 64;
/// Where the first path goes, and the second.
const TEXT: u32 = 0x1000;
const OTHER: u32 = 0x3000;
/// Where data goes.
const DATA: u32 = 0x8000;

/// A program with `box/` granted twice, and a secret beside it.
struct Host {
    outside: PathBuf,
    root: PathBuf,
    memory: Vec<u8>,
    wasi: Wasi,
}

impl Drop for Host {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.outside);
    }
}

fn both(test: impl Fn(&mut Host)) {
    // The first is the kernel's, where it has one (before 5.6 and under some emulators it has not).
    for resolver in [Resolver::Unprobed, Resolver::Walk] {
        println!("{resolver:?}");
        test(&mut Host::new(resolver));
    }
}

impl Host {
    fn new(resolver: Resolver) -> Host {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let outside = std::env::temp_dir().join(format!("wasmaot-fs-{}-{number}", std::process::id()));
        let root = outside.join("box");
        fs::create_dir_all(&root).unwrap();
        fs::write(outside.join("secret"), "secret").unwrap();
        let mut wasi = Wasi { resolver, ..Wasi::new() };
        for number in 0..3 {
            wasi.fds.insert(fd::stdio(number)).unwrap();
        }
        let name = CString::new(root.to_str().unwrap()).unwrap();
        for read_only in [false, true] {
            let host = Handle::own(openat(AT_FDCWD, &name, O_RDONLY | O_DIRECTORY, 0).unwrap());
            wasi.fds.insert(fd::preopen(host, b"/box".into(), read_only)).unwrap();
        }
        Host { outside, root, memory: vec![0; 1 << 20], wasi }
    }

    fn guest(&mut self) -> Guest {
        // SAFETY: the memory is never resized.
        unsafe { Guest::new(self.memory.as_mut_ptr(), self.memory.len() as u64) }
    }

    fn put(&mut self, at: u32, text: &str) -> (u32, u32) {
        let guest = self.guest();
        guest.write(at, text.as_bytes()).unwrap();
        (at, text.len() as u32)
    }

    fn open_with(
        &mut self,
        dir: u32,
        lookup: u32,
        name: &str,
        oflags: u16,
        base: u64,
        fdflags: u16,
    ) -> Result<u32, Errno> {
        let (at, len) = self.put(TEXT, name);
        let guest = self.guest();
        let (oflags, fdflags) = (u32::from(oflags), u32::from(fdflags));
        path::open(&mut self.wasi, guest, dir, lookup, at, len, oflags, base, rights::ALL, fdflags, OUT)?;
        guest.read_u32(OUT)
    }

    fn open(&mut self, name: &str, oflags: u16, base: u64) -> Result<u32, Errno> {
        self.open_with(ROOT, FOLLOW, name, oflags, base, 0)
    }

    fn close(&mut self, number: u32) {
        let guest = self.guest();
        fd::close(&mut self.wasi, guest, number).unwrap();
    }

    fn read_all(&mut self, name: &str) -> Result<String, Errno> {
        let number = self.open(name, 0, READ)?;
        let guest = self.guest();
        guest.write_u32(OUT, DATA)?;
        guest.write_u32(OUT + 4, 1000)?;
        let answer = file::read(&mut self.wasi, guest, number, OUT, 1, OUT + 8);
        self.close(number);
        answer?;
        let mut text = vec![0; guest.read_u32(OUT + 8)? as usize];
        guest.read(DATA, &mut text)?;
        Ok(String::from_utf8(text).unwrap())
    }

    fn write_to(&mut self, number: u32, text: &str) -> Result<u32, Errno> {
        self.put(DATA, text);
        let guest = self.guest();
        guest.write_u32(OUT, DATA)?;
        guest.write_u32(OUT + 4, text.len() as u32)?;
        file::write(&mut self.wasi, guest, number, OUT, 1, OUT + 8)?;
        guest.read_u32(OUT + 8)
    }

    /// A function of a folder and one path.
    fn on(&mut self, f: fn(&mut Wasi, Guest, u32, u32, u32) -> super::errno::Result, name: &str) -> Result<(), Errno> {
        self.on_in(ROOT, f, name)
    }

    fn on_in(
        &mut self,
        dir: u32,
        f: fn(&mut Wasi, Guest, u32, u32, u32) -> super::errno::Result,
        name: &str,
    ) -> Result<(), Errno> {
        let (at, len) = self.put(TEXT, name);
        let guest = self.guest();
        f(&mut self.wasi, guest, dir, at, len)
    }

    fn rename_in(&mut self, from_dir: u32, from: &str, to_dir: u32, to: &str) -> Result<(), Errno> {
        let (from, to) = (self.put(TEXT, from), self.put(OTHER, to));
        let guest = self.guest();
        path::rename(&mut self.wasi, guest, from_dir, from.0, from.1, to_dir, to.0, to.1)
    }

    fn rename(&mut self, from: &str, to: &str) -> Result<(), Errno> {
        self.rename_in(ROOT, from, ROOT, to)
    }

    fn link_in(&mut self, from_dir: u32, from: &str, to_dir: u32, to: &str) -> Result<(), Errno> {
        let (from, to) = (self.put(TEXT, from), self.put(OTHER, to));
        let guest = self.guest();
        path::link(&mut self.wasi, guest, from_dir, 0, from.0, from.1, to_dir, to.0, to.1)
    }

    fn link(&mut self, from: &str, to: &str) -> Result<(), Errno> {
        self.link_in(ROOT, from, ROOT, to)
    }

    fn symlink_in(&mut self, dir: u32, target: &str, name: &str) -> Result<(), Errno> {
        let (target, name) = (self.put(TEXT, target), self.put(OTHER, name));
        let guest = self.guest();
        path::symlink(&mut self.wasi, guest, target.0, target.1, dir, name.0, name.1)
    }

    fn symlink(&mut self, target: &str, name: &str) -> Result<(), Errno> {
        self.symlink_in(ROOT, target, name)
    }

    fn readlink(&mut self, name: &str, room: u32) -> Result<String, Errno> {
        let (at, len) = self.put(TEXT, name);
        let guest = self.guest();
        path::readlink(&mut self.wasi, guest, ROOT, at, len, DATA, room, OUT)?;
        let mut text = vec![0; guest.read_u32(OUT)? as usize];
        guest.read(DATA, &mut text)?;
        Ok(String::from_utf8(text).unwrap())
    }

    /// Type and size.
    fn stat(&mut self, lookup: u32, name: &str) -> Result<(u8, u64), Errno> {
        let (at, len) = self.put(TEXT, name);
        let guest = self.guest();
        path::filestat_get(&mut self.wasi, guest, ROOT, lookup, at, len, DATA)?;
        Ok((guest.read_u8(DATA + 16)?, guest.read_u64(DATA + 32)?))
    }

    fn set_times(&mut self, dir: u32, lookup: u32, name: &str, mtim: u64) -> Result<(), Errno> {
        let (at, len) = self.put(TEXT, name);
        let guest = self.guest();
        let flags = u32::from(fstflags::MTIM);
        path::filestat_set_times(&mut self.wasi, guest, dir, lookup, at, len, 0, mtim, flags)
    }

    /// Names and cookies from a cookie on, and whether that was all.
    fn entries(&mut self, number: u32, room: u32, cookie: u64) -> Result<(Vec<(String, u64)>, bool), Errno> {
        let guest = self.guest();
        readdir::readdir(&mut self.wasi, guest, number, DATA, room, cookie, OUT)?;
        let used = guest.read_u32(OUT)?;
        assert!(used <= room);
        let (mut names, mut at) = (Vec::new(), 0);
        while at + 24 <= used {
            let len = guest.read_u32(DATA + at + 16)?;
            if at + 24 + len > used {
                break;
            }
            let mut name = vec![0; len as usize];
            guest.read(DATA + at + 24, &mut name)?;
            names.push((String::from_utf8(name).unwrap(), guest.read_u64(DATA + at)?));
            at += 24 + len;
        }
        Ok((names, used < room))
    }
}

#[test]
fn nothing_leads_out() {
    both(|host| {
        let secret = host.outside.join("secret");
        fs::create_dir_all(host.root.join("a/b")).unwrap();
        fs::write(host.root.join("inside"), "inside").unwrap();
        let link = |target: &str, name: &str| std::os::unix::fs::symlink(target, host.root.join(name)).unwrap();
        link("../secret", "up");
        link("..", "parent");
        link("a/b/../../../secret", "deep");
        link(secret.to_str().unwrap(), "absolute");
        link("/", "slash");
        link("up", "twice");
        link("../box/inside", "roundabout");
        link("../new", "dangling");
        let bad = [
            "..",
            "../",
            "../secret",
            "../box/inside",
            "a/../../secret",
            "a/b/../../../secret",
            "./../secret",
            "up",
            "parent",
            "parent/",
            "parent/secret",
            "deep",
            "absolute",
            "slash/etc/passwd",
            "slash/",
            "twice",
            "roundabout",
            "/",
            "//",
            "/etc/passwd",
            "a/b/..//..//../secret",
            "parent/box/inside",
            "a/../parent/secret",
        ];
        for name in bad {
            assert_eq!(host.open(name, 0, READ), Err(Errno::Perm), "open {name}");
            assert_eq!(host.open(name, oflags::DIRECTORY, READ), Err(Errno::Perm), "open folder {name}");
            assert_eq!(host.stat(FOLLOW, name), Err(Errno::Perm), "stat {name}");
            assert_eq!(host.set_times(ROOT, FOLLOW, name, 1), Err(Errno::Perm), "set times {name}");
        }
        for name in ["../new", "parent/new", "a/b/../../../new", "slash/new", "/new", "dangling", "a/../parent/new"] {
            assert_eq!(host.open(name, oflags::CREAT, WRITE), Err(Errno::Perm), "create {name}");
            if name != "dangling" {
                assert_eq!(host.on(path::create_directory, name), Err(Errno::Perm), "mkdir {name}");
                assert_eq!(host.symlink("x", name), Err(Errno::Perm), "symlink {name}");
                assert_eq!(host.rename("inside", name), Err(Errno::Perm), "rename to {name}");
                assert_eq!(host.link("inside", name), Err(Errno::Perm), "link to {name}");
            }
        }
        for name in ["../secret", "parent/secret", "a/b/../../../secret", "/secret", "slash/secret"] {
            assert_eq!(host.on(path::unlink_file, name), Err(Errno::Perm), "unlink {name}");
            assert_eq!(host.on(path::remove_directory, name), Err(Errno::Perm), "rmdir {name}");
            assert_eq!(host.rename(name, "stolen"), Err(Errno::Perm), "rename {name}");
            assert_eq!(host.link(name, "stolen"), Err(Errno::Perm), "link {name}");
            assert_eq!(host.readlink(name, 100), Err(Errno::Perm), "readlink {name}");
        }
        for name in ["..", "../", "a/../..", "parent/."] {
            assert_eq!(host.on(path::remove_directory, name), Err(Errno::Perm), "rmdir {name}");
            assert_eq!(host.rename(name, "stolen"), Err(Errno::Perm), "rename {name}");
        }
        // Links that lead out can be looked at and removed, not followed, not even with a slash after them.
        assert_eq!(host.stat(0, "up").unwrap().0, 7);
        assert_eq!(host.stat(0, "parent/"), Err(Errno::Perm));
        assert_eq!(host.readlink("up", 100).unwrap(), "../secret");
        assert_eq!(host.readlink("absolute", 100), Err(Errno::Perm));
        assert_eq!(host.readlink("parent/", 100), Err(Errno::Perm));
        assert_eq!(host.link("parent/", "stolen"), Err(Errno::Perm));
        assert_eq!(host.open_with(ROOT, 0, "up", 0, READ, 0), Err(Errno::Loop));
        assert_eq!(host.on(path::remove_directory, "parent/"), Err(Errno::Notdir));
        assert_eq!(host.on(path::unlink_file, "parent/"), Err(Errno::Notdir));
        assert_eq!(host.rename("parent/", "stolen"), Err(Errno::Notdir));
        assert_eq!(host.symlink("/etc", "etc"), Err(Errno::Perm));
        // A link is linked and renamed itself.
        host.link("up", "up2").unwrap();
        host.rename("up2", "up3").unwrap();
        assert_eq!(host.readlink("up3", 100).unwrap(), "../secret");
        host.on(path::unlink_file, "up3").unwrap();
        assert_eq!(fs::read_to_string(&secret).unwrap(), "secret");
        assert_eq!(fs::read_dir(&host.outside).unwrap().count(), 2);
    });
}

#[test]
fn ways_inside_are_found() {
    both(|host| {
        fs::create_dir_all(host.root.join("a/b/c")).unwrap();
        fs::write(host.root.join("a/b/file"), "text").unwrap();
        host.symlink("b/file", "a/link").unwrap();
        host.symlink("../a/b", "a/dir").unwrap();
        host.symlink("a/dir/c/..", "around").unwrap();
        host.symlink("new", "dangling").unwrap();
        for name in [
            "a/b/file",
            "a//b/./file",
            "./a/b/file",
            "a/b/c/../file",
            "a/../a/b/file",
            "a/link",
            "a/dir/file",
            "around/file",
            "a/dir/../../a/link",
            "around/../../a/b/../link",
            "a/./.././a/b/file",
        ] {
            assert_eq!(host.read_all(name).as_deref(), Ok("text"), "{name}");
            assert_eq!(host.stat(FOLLOW, name), Ok((4, 4)), "{name}");
        }
        for name in [".", "./", "a/..", "a/../", "a/b/../..", "around/../.."] {
            assert_eq!(host.stat(FOLLOW, name).unwrap().0, 3, "{name}");
            let number = host.open(name, oflags::DIRECTORY, READ).unwrap();
            assert!(host.entries(number, 4096, 0).unwrap().0.iter().any(|entry| entry.0 == "dangling"), "{name}");
            host.close(number);
        }
        // Created through a link, and where the link says.
        let number = host.open("dangling", oflags::CREAT, WRITE).unwrap();
        host.close(number);
        assert!(host.root.join("new").is_file());
        assert_eq!(host.stat(0, "dangling").unwrap().0, 7);
        // A folder that is opened is a root of its own.
        let inner = host.open("a", oflags::DIRECTORY, READ).unwrap();
        assert!(host.open_with(inner, FOLLOW, "b/file", 0, READ, 0).is_ok());
        assert!(host.open_with(inner, FOLLOW, "link", 0, READ, 0).is_ok());
        assert_eq!(host.open_with(inner, FOLLOW, "dir/file", 0, READ, 0), Err(Errno::Perm));
        assert_eq!(host.open_with(inner, FOLLOW, "../new", 0, READ, 0), Err(Errno::Perm));
    });
}

#[test]
fn errors_are_those_of_preview_1() {
    both(|host| {
        fs::create_dir(host.root.join("dir")).unwrap();
        fs::create_dir(host.root.join("empty")).unwrap();
        fs::write(host.root.join("dir/file"), "x").unwrap();
        fs::write(host.root.join("file"), "x").unwrap();
        host.symlink("file", "link").unwrap();
        host.symlink("dir", "dirlink").unwrap();
        host.symlink("loop", "loop").unwrap();
        host.symlink("missing", "dangling").unwrap();
        let long = "n".repeat(256);
        for (name, oflags, base, errno) in [
            ("", 0, READ, Errno::Noent),
            ("missing", 0, READ, Errno::Noent),
            ("missing/x", 0, READ, Errno::Noent),
            ("missing/", oflags::CREAT, WRITE, Errno::Isdir),
            ("missing", oflags::DIRECTORY, READ, Errno::Noent),
            ("dangling", 0, READ, Errno::Noent),
            ("file/", 0, READ, Errno::Notdir),
            ("file/x", 0, READ, Errno::Notdir),
            ("file/..", 0, READ, Errno::Notdir),
            ("file/.", 0, READ, Errno::Notdir),
            ("link/", 0, READ, Errno::Notdir),
            ("file", oflags::DIRECTORY, READ, Errno::Notdir),
            ("link", oflags::DIRECTORY, READ, Errno::Notdir),
            ("file", oflags::CREAT | oflags::EXCL, READ, Errno::Exist),
            ("link", oflags::CREAT | oflags::EXCL, READ, Errno::Exist),
            ("dangling", oflags::CREAT | oflags::EXCL, READ, Errno::Exist),
            ("dir", 0, WRITE, Errno::Isdir),
            ("dir/", 0, WRITE, Errno::Isdir),
            ("dir", oflags::CREAT, READ, Errno::Isdir),
            ("dir/.", oflags::CREAT, READ, Errno::Isdir),
            ("dir", oflags::CREAT | oflags::DIRECTORY, READ, Errno::Inval),
            ("dir", oflags::TRUNC | oflags::DIRECTORY, READ, Errno::Inval),
            ("loop", 0, READ, Errno::Loop),
            ("loop/x", 0, READ, Errno::Loop),
            ("file\0", 0, READ, Errno::Inval),
            ("file", 16, READ, Errno::Inval),
            (&long, 0, READ, Errno::Nametoolong),
            (&long, oflags::CREAT, WRITE, Errno::Nametoolong),
        ] {
            assert_eq!(host.open(name, oflags, base), Err(errno), "{name:?} {oflags} {base:x}");
        }
        assert_eq!(host.open_with(ROOT, 0, "loop", 0, READ, 0), Err(Errno::Loop));
        assert_eq!(host.open_with(ROOT, 0, "dirlink", 0, READ, 0), Err(Errno::Loop));
        assert_eq!(host.open_with(ROOT, 0, "dirlink", oflags::DIRECTORY, READ, 0), Err(Errno::Loop));
        assert_eq!(host.open_with(ROOT, 0, "link", oflags::CREAT, WRITE, 0), Err(Errno::Loop));
        assert_eq!(host.open_with(99, 0, "file", 0, READ, 0), Err(Errno::Badf));
        assert_eq!(host.open_with(1, 0, "file", 0, READ, 0), Err(Errno::Badf));
        assert_eq!(host.open_with(ROOT, 2, "file", 0, READ, 0), Err(Errno::Inval));
        assert_eq!(host.open_with(ROOT, 0, "file", 0, READ, 32), Err(Errno::Inval));
        let file = host.open("file", 0, READ).unwrap();
        assert_eq!(host.open_with(file, 0, "x", 0, READ, 0), Err(Errno::Notdir));
        assert_eq!(host.on_in(file, path::create_directory, "x"), Err(Errno::Badf));

        for (name, errno) in [
            ("file", Errno::Exist),
            ("dir", Errno::Exist),
            ("dir/", Errno::Exist),
            (".", Errno::Exist),
            ("dir/..", Errno::Exist),
            ("missing/x", Errno::Noent),
            ("file/x", Errno::Notdir),
            ("", Errno::Noent),
            ("dangling", Errno::Exist),
            ("loop/x", Errno::Loop),
        ] {
            assert_eq!(host.on(path::create_directory, name), Err(errno), "mkdir {name}");
        }
        host.on(path::create_directory, "made/").unwrap();
        host.on(path::remove_directory, "made/").unwrap();
        for (name, errno) in [
            ("file", Errno::Notdir),
            ("file/", Errno::Notdir),
            ("dir", Errno::Notempty),
            ("missing", Errno::Noent),
            ("dirlink", Errno::Notdir),
            ("dirlink/", Errno::Notdir),
            (".", Errno::Inval),
            ("", Errno::Noent),
        ] {
            assert_eq!(host.on(path::remove_directory, name), Err(errno), "rmdir {name}");
        }
        for (name, errno) in [
            ("dir", Errno::Isdir),
            ("dir/", Errno::Isdir),
            ("file/", Errno::Notdir),
            ("missing", Errno::Noent),
            ("link/", Errno::Notdir),
            (".", Errno::Isdir),
            ("", Errno::Noent),
            ("missing/", Errno::Noent),
        ] {
            assert_eq!(host.on(path::unlink_file, name), Err(errno), "unlink {name}");
        }
        for (from, to, errno) in [
            ("dir", "file", Errno::Notdir),
            ("file", "dir", Errno::Isdir),
            ("empty", "dir", Errno::Notempty),
            ("missing", "x", Errno::Noent),
            ("file/", "x", Errno::Notdir),
            ("dir", "dir/x", Errno::Inval),
            ("link/", "x", Errno::Notdir),
            ("file", "x/", Errno::Notdir),
            ("file", "missing/x", Errno::Noent),
            (".", "x", Errno::Busy),
            ("dir/.", "x", Errno::Busy),
            ("", "x", Errno::Noent),
            ("file", "", Errno::Noent),
        ] {
            assert_eq!(host.rename(from, to), Err(errno), "rename {from} {to}");
        }
        host.rename("empty/", "renamed/").unwrap();
        host.rename("renamed", "empty").unwrap();
        for (from, to, errno) in [
            ("file", "dir", Errno::Exist),
            ("file", "file", Errno::Exist),
            ("dir", "x", Errno::Perm),
            ("dir/", "x", Errno::Perm),
            ("file/", "x", Errno::Notdir),
            ("link/", "x", Errno::Notdir),
            ("missing", "x", Errno::Noent),
            ("file", "x/", Errno::Noent),
            ("file", "dangling", Errno::Exist),
            (".", "x", Errno::Perm),
            ("", "x", Errno::Noent),
        ] {
            assert_eq!(host.link(from, to), Err(errno), "link {from} {to}");
        }
        for (name, errno) in [
            ("file", Errno::Exist),
            ("dir/", Errno::Exist),
            ("x/", Errno::Noent),
            ("missing/x", Errno::Noent),
            ("dangling", Errno::Exist),
            (".", Errno::Exist),
            ("", Errno::Noent),
        ] {
            assert_eq!(host.symlink("t", name), Err(errno), "symlink {name}");
        }
        assert_eq!(host.symlink("", "x"), Err(Errno::Noent));
        for (name, errno) in [
            ("file", Errno::Inval),
            ("dir", Errno::Inval),
            ("dirlink/", Errno::Inval),
            ("missing", Errno::Noent),
            ("link/", Errno::Notdir),
            (".", Errno::Inval),
            ("", Errno::Noent),
        ] {
            assert_eq!(host.readlink(name, 100), Err(errno), "readlink {name}");
        }
        assert_eq!(host.readlink("dangling", 4).as_deref(), Ok("miss"));
        assert_eq!(host.readlink("dangling", 0).as_deref(), Ok(""));
        assert_eq!(host.stat(0, "link/"), Err(Errno::Notdir));
        assert_eq!(host.stat(FOLLOW, "dangling"), Err(Errno::Noent));
        assert_eq!(host.stat(FOLLOW, "loop"), Err(Errno::Loop));
        assert_eq!(host.stat(0, "loop").unwrap().0, 7);
        assert_eq!(host.stat(FOLLOW, ""), Err(Errno::Noent));
    });
}

#[test]
fn links_are_limited() {
    both(|host| {
        fs::write(host.root.join("l0"), "end").unwrap();
        for number in 1..=41 {
            host.symlink(&format!("l{}", number - 1), &format!("l{number}")).unwrap();
        }
        assert_eq!(host.read_all("l40").as_deref(), Ok("end"));
        assert_eq!(host.read_all("l41"), Err(Errno::Loop));
        // Many components, and many that go up and down again.
        fs::create_dir(host.root.join("d")).unwrap();
        assert_eq!(host.read_all(&format!("{}l0", "d/../".repeat(700))).as_deref(), Ok("end"));
        assert_eq!(host.read_all(&format!("{}l0", "./".repeat(2000))).as_deref(), Ok("end"));
    });
}

#[test]
fn read_only_is_kept() {
    both(|host| {
        fs::create_dir(host.root.join("dir")).unwrap();
        fs::write(host.root.join("file"), "text").unwrap();
        let dir = host.open_with(READ_ONLY, 0, "dir", oflags::DIRECTORY, READ, 0).unwrap();
        let file = host.open_with(READ_ONLY, 0, "file", 0, READ, 0).unwrap();
        let guest = host.guest();
        for dir in [READ_ONLY, dir] {
            for (name, oflags, base) in [
                ("new", oflags::CREAT, READ),
                ("../dir/file", oflags::TRUNC, READ),
                ("file", 0, WRITE),
                ("file", 0, READ | WRITE),
                ("new", oflags::CREAT | oflags::EXCL, WRITE),
            ] {
                assert_eq!(host.open_with(dir, 0, name, oflags, base, 0), Err(Errno::Perm), "{name}");
            }
            assert_eq!(host.on_in(dir, path::create_directory, "new"), Err(Errno::Perm));
            assert_eq!(host.on_in(dir, path::remove_directory, "dir"), Err(Errno::Perm));
            assert_eq!(host.on_in(dir, path::unlink_file, "file"), Err(Errno::Perm));
            assert_eq!(host.symlink_in(dir, "x", "new"), Err(Errno::Perm));
            assert_eq!(host.set_times(dir, FOLLOW, ".", 1), Err(Errno::Perm));
            assert_eq!(host.rename_in(dir, "file", ROOT, "new"), Err(Errno::Perm));
            assert_eq!(host.rename_in(ROOT, "file", dir, "new"), Err(Errno::Perm));
            assert_eq!(host.link_in(dir, "file", ROOT, "new"), Err(Errno::Perm));
            assert_eq!(host.link_in(ROOT, "file", dir, "new"), Err(Errno::Perm));
            assert_eq!(file::filestat_set_times(&mut host.wasi, guest, dir, 1, 1, 5), Err(Errno::Perm));
        }
        let wasi = &mut host.wasi;
        assert_eq!(file::filestat_set_times(wasi, guest, file, 1, 1, 5), Err(Errno::Perm));
        assert_eq!(file::filestat_set_size(wasi, guest, file, 1), Err(Errno::Perm));
        assert_eq!(file::allocate(wasi, guest, file, 0, 100), Err(Errno::Perm));
        assert_eq!(host.write_to(file, "x"), Err(Errno::Badf));
        assert_eq!(fs::read_to_string(host.root.join("file")).unwrap(), "text");
        assert_eq!(fs::read_dir(&host.root).unwrap().count(), 2);
    });
}

#[test]
fn data_goes_through_many_buffers() {
    let mut host = Host::new(Resolver::Unprobed);
    let guest = host.guest();
    let all = oflags::CREAT | oflags::TRUNC;
    let number = host.open("file", all, READ | WRITE).unwrap();
    // 2000 buffers of one byte: the first 1024 are taken.
    for index in 0..2000u32 {
        guest.write_u32(0x20000 + index * 8, DATA + index).unwrap();
        guest.write_u32(0x20000 + index * 8 + 4, 1).unwrap();
        guest.write_u8(DATA + index, index as u8).unwrap();
    }
    let wasi = &mut host.wasi;
    file::write(wasi, guest, number, 0x20000, 2000, OUT).unwrap();
    assert_eq!(guest.read_u32(OUT), Ok(1024));
    file::pread(wasi, guest, number, 0x20000, 3, 100, OUT).unwrap();
    assert_eq!(guest.read_u32(OUT), Ok(3));
    assert_eq!([0, 1, 2].map(|index| guest.read_u8(DATA + index).unwrap()), [100, 101, 102]);
    file::tell(wasi, guest, number, OUT).unwrap();
    assert_eq!(guest.read_u64(OUT), Ok(1024));
    file::pwrite(wasi, guest, number, 0x20000, 2, 2000, OUT).unwrap();
    file::filestat_get(wasi, guest, number, OUT).unwrap();
    assert_eq!(guest.read_u64(OUT + 32), Ok(2002));
    // Seeking.
    for (offset, whence, result) in [
        (-2i64, 2, Ok(2000)),
        (-1, 1, Ok(1999)),
        (5, 0, Ok(5)),
        (-1, 0, Err(Errno::Inval)),
        (-6, 1, Err(Errno::Inval)),
        (0, 3, Err(Errno::Inval)),
        (i64::MIN, 2, Err(Errno::Inval)),
    ] {
        let answer = file::seek(wasi, guest, number, offset, whence, OUT).and_then(|()| guest.read_u64(OUT));
        assert_eq!(answer, result, "{offset} {whence}");
    }
    // Bad addresses change nothing.
    let end = guest_len(&host.memory);
    let wasi = &mut host.wasi;
    assert_eq!(file::read(wasi, guest, number, 0x20000, 1, end - 3), Err(Errno::Fault));
    assert_eq!(file::write(wasi, guest, number, end - 7, 1, OUT), Err(Errno::Fault));
    assert_eq!(file::read(wasi, guest, number, u32::MAX, u32::MAX, u32::MAX), Err(Errno::Fault));
    file::tell(wasi, guest, number, OUT).unwrap();
    assert_eq!(guest.read_u64(OUT), Ok(5));
    // Sizes, room, advice, sync.
    file::filestat_set_size(wasi, guest, number, 10).unwrap();
    assert_eq!(file::filestat_set_size(wasi, guest, number, u64::MAX), Err(Errno::Inval));
    file::allocate(wasi, guest, number, 5, 20).unwrap();
    assert_eq!(file::allocate(wasi, guest, number, 5, 0), Err(Errno::Inval));
    assert_eq!(file::allocate(wasi, guest, number, u64::MAX, 1), Err(Errno::Inval));
    for advice in 0..6 {
        file::advise(wasi, guest, number, 0, 0, advice).unwrap();
    }
    assert_eq!(file::advise(wasi, guest, number, 0, 0, 6), Err(Errno::Inval));
    file::sync(wasi, guest, number).unwrap();
    file::datasync(wasi, guest, number).unwrap();
    file::sync(wasi, guest, ROOT).unwrap();
    file::filestat_get(wasi, guest, number, OUT).unwrap();
    assert_eq!(guest.read_u64(OUT + 32), Ok(25));
    // Not on folders, not on streams.
    for (number, errno) in [(ROOT, Errno::Badf), (99, Errno::Badf)] {
        assert_eq!(file::read(wasi, guest, number, 0x20000, 1, OUT), Err(errno));
        assert_eq!(file::write(wasi, guest, number, 0x20000, 1, OUT), Err(errno));
        assert_eq!(file::seek(wasi, guest, number, 0, 0, OUT), Err(errno));
        assert_eq!(file::filestat_set_size(wasi, guest, number, 0), Err(errno));
        assert_eq!(file::allocate(wasi, guest, number, 0, 1), Err(errno));
        assert_eq!(file::advise(wasi, guest, number, 0, 1, 0), Err(errno));
    }
    assert_eq!(file::write(wasi, guest, 0, 0x20000, 1, OUT), Err(Errno::Badf));
    assert_eq!(file::read(wasi, guest, 1, 0x20000, 1, OUT), Err(Errno::Badf));
    assert_eq!(file::pread(wasi, guest, 0, 0x20000, 1, 0, OUT), Err(Errno::Spipe));
    assert_eq!(file::tell(wasi, guest, 1, OUT), Err(Errno::Spipe));
    assert_eq!(file::sync(wasi, guest, 1), Err(Errno::Badf));
}

fn guest_len(memory: &[u8]) -> u32 {
    memory.len() as u32
}

#[test]
fn flags_and_rights() {
    let mut host = Host::new(Resolver::Unprobed);
    let guest = host.guest();
    let number = host.open_with(ROOT, 0, "log", oflags::CREAT, READ | WRITE, fdflags::APPEND | fdflags::SYNC).unwrap();
    host.write_to(number, "one").unwrap();
    let wasi = &mut host.wasi;
    fd::fdstat_get(wasi, guest, number, OUT).unwrap();
    assert_eq!(guest.read_u8(OUT), Ok(4));
    assert_eq!(guest.read_u16(OUT + 2), Ok(fdflags::APPEND | fdflags::SYNC));
    file::seek(wasi, guest, number, 0, 0, OUT).unwrap();
    host.write_to(number, "two").unwrap();
    let wasi = &mut host.wasi;
    assert_eq!(fd::fdstat_set_flags(wasi, guest, number, 0), Err(Errno::Inval));
    assert_eq!(fd::fdstat_set_flags(wasi, guest, number, 0x10000), Err(Errno::Inval));
    fd::fdstat_set_flags(wasi, guest, number, u32::from(fdflags::SYNC)).unwrap();
    file::seek(wasi, guest, number, 0, 0, OUT).unwrap();
    host.write_to(number, "ONE").unwrap();
    assert_eq!(fs::read_to_string(host.root.join("log")).unwrap(), "ONEtwo");
    // Rights are given up for good.
    let wasi = &mut host.wasi;
    fd::fdstat_get(wasi, guest, number, OUT).unwrap();
    let (base, inheriting) = (guest.read_u64(OUT + 8).unwrap(), guest.read_u64(OUT + 16).unwrap());
    assert_eq!(fd::fdstat_set_rights(wasi, guest, number, rights::ALL | 1 << 40, inheriting), Err(Errno::Notcapable));
    fd::fdstat_set_rights(wasi, guest, number, base & !rights::FD_SEEK & !WRITE, inheriting).unwrap();
    assert_eq!(fd::fdstat_set_rights(wasi, guest, number, base, inheriting), Err(Errno::Notcapable));
    assert_eq!(file::seek(wasi, guest, number, 0, 0, OUT), Err(Errno::Notcapable));
    assert_eq!(host.write_to(number, "x"), Err(Errno::Badf));
    fd::fdstat_set_rights(&mut host.wasi, guest, ROOT, rights::PATH_OPEN, rights::FD_READ).unwrap();
    assert_eq!(host.open("log", 0, WRITE), Err(Errno::Notcapable));
    assert_eq!(host.open("new", oflags::CREAT, READ), Err(Errno::Notcapable));
    assert_eq!(host.on(path::unlink_file, "log"), Err(Errno::Notcapable));
    assert_eq!(host.read_all("log").as_deref(), Ok("ONEtwo"));
}

#[test]
fn other_rights_do_not_ask_for_writing() {
    let mut host = Host::new(Resolver::Unprobed);
    fs::create_dir(host.root.join("dir")).unwrap();
    fs::write(host.root.join("file"), "text").unwrap();
    for dir in [ROOT, READ_ONLY] {
        for (name, flags) in [("dir", 0), ("dir", oflags::DIRECTORY), ("file", 0)] {
            host.open_with(dir, 0, name, flags, rights::ALL & !WRITE, 0).unwrap();
        }
    }
    let guest = host.guest();
    let number = host.open_with(READ_ONLY, 0, "file", 0, rights::ALL & !WRITE, 0).unwrap();
    assert_eq!(file::filestat_set_size(&mut host.wasi, guest, number, 0), Err(Errno::Perm));
    assert_eq!(host.write_to(number, "x"), Err(Errno::Badf));
}

#[test]
fn made_files_can_be_written() {
    let mut host = Host::new(Resolver::Unprobed);
    let guest = host.guest();
    let number = host.open("new", oflags::CREAT, READ).unwrap();
    assert_eq!(host.write_to(number, "made"), Ok(4));
    let wasi = &mut host.wasi;
    fd::fdstat_get(wasi, guest, number, OUT).unwrap();
    let (base, inheriting) = (guest.read_u64(OUT + 8).unwrap(), guest.read_u64(OUT + 16).unwrap());
    assert_eq!(base & WRITE, 0);
    assert_eq!(fd::fdstat_set_rights(wasi, guest, number, base | 1 << 63, inheriting), Err(Errno::Notcapable));
    fd::fdstat_set_rights(wasi, guest, number, base, inheriting).unwrap();
    assert_eq!(host.write_to(number, "more"), Err(Errno::Badf));
    let number = host.open("new", 0, READ).unwrap();
    assert_eq!(host.write_to(number, "more"), Err(Errno::Badf));
}

#[test]
fn granted_folders_have_names() {
    let mut host = Host::new(Resolver::Unprobed);
    let guest = host.guest();
    let wasi = &mut host.wasi;
    fd::prestat_get(wasi, guest, ROOT, OUT).unwrap();
    assert_eq!((guest.read_u8(OUT), guest.read_u32(OUT + 4)), (Ok(0), Ok(4)));
    assert_eq!(fd::prestat_dir_name(wasi, guest, ROOT, DATA, 3), Err(Errno::Nametoolong));
    fd::prestat_dir_name(wasi, guest, ROOT, DATA, 10).unwrap();
    assert_eq!(guest.read_u32(DATA), Ok(u32::from_le_bytes(*b"/box")));
    assert_eq!(fd::prestat_get(wasi, guest, 5, OUT), Err(Errno::Badf));
    assert_eq!(fd::prestat_get(wasi, guest, 0, OUT), Err(Errno::Badf));
    assert_eq!(fd::prestat_dir_name(wasi, guest, 0, DATA, 10), Err(Errno::Notdir));
    assert_eq!(fd::prestat_get(wasi, guest, ROOT, guest_len(&host.memory) - 7), Err(Errno::Fault));
    // Renumbering closes the target.
    let wasi = &mut host.wasi;
    fd::renumber(wasi, guest, READ_ONLY, ROOT).unwrap();
    assert_eq!(fd::renumber(wasi, guest, READ_ONLY, ROOT), Err(Errno::Badf));
    assert_eq!(host.on(path::create_directory, "x"), Err(Errno::Perm));
    fd::close(&mut host.wasi, guest, ROOT).unwrap();
    assert_eq!(fd::close(&mut host.wasi, guest, ROOT), Err(Errno::Badf));
}

#[test]
fn times_are_set() {
    both(|host| {
        fs::write(host.root.join("file"), "x").unwrap();
        host.symlink("file", "link").unwrap();
        let mtime = |host: &Host, name: &str| {
            let time = fs::symlink_metadata(host.root.join(name)).unwrap().modified().unwrap();
            time.duration_since(std::time::UNIX_EPOCH).unwrap().as_nanos()
        };
        host.set_times(ROOT, 0, "file", 1_000_000_001).unwrap();
        assert_eq!(mtime(host, "file"), 1_000_000_001);
        host.set_times(ROOT, FOLLOW, "link", 2_000_000_000).unwrap();
        assert_eq!(mtime(host, "file"), 2_000_000_000);
        host.set_times(ROOT, 0, "link", 3_000_000_000).unwrap();
        assert_eq!((mtime(host, "file"), mtime(host, "link")), (2_000_000_000, 3_000_000_000));
        let number = host.open("file", 0, READ).unwrap();
        let guest = host.guest();
        let wasi = &mut host.wasi;
        file::filestat_set_times(wasi, guest, number, 4_000_000_000, 5_000_000_000, 4).unwrap();
        file::filestat_get(wasi, guest, number, OUT).unwrap();
        assert_ne!(guest.read_u64(OUT + 40), Ok(4_000_000_000), "not asked for");
        assert_eq!(guest.read_u64(OUT + 48), Ok(5_000_000_000));
        for flags in [3, 12, 16] {
            assert_eq!(file::filestat_set_times(wasi, guest, number, 0, 0, flags), Err(Errno::Inval));
        }
        file::filestat_set_times(wasi, guest, number, 0, 0, 10).unwrap();
        assert!(mtime(host, "file") > 1_000_000_000_000_000_000);
    });
}

#[test]
fn large_folders_in_small_buffers() {
    let mut host = Host::new(Resolver::Unprobed);
    const COUNT: usize = 10_000;
    for index in 0..COUNT {
        fs::write(host.root.join(format!("file-{index}-{}", "x".repeat(index % 40))), "").unwrap();
    }
    let number = host.open(".", oflags::DIRECTORY, READ).unwrap();
    let mut expected: Vec<String> =
        fs::read_dir(&host.root).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    expected.extend([".".to_string(), "..".to_string()]);
    expected.sort();
    for room in [100, 256, 4096, 100_000] {
        let (mut names, mut cookie, mut calls) = (Vec::new(), 0, 0);
        loop {
            let (some, end) = host.entries(number, room, cookie).unwrap();
            calls += 1;
            if let Some(last) = some.last() {
                cookie = last.1;
            }
            let none = some.is_empty();
            names.extend(some.into_iter().map(|entry| entry.0));
            if end {
                break;
            }
            assert!(!none, "a buffer of {room} bytes holds an entry");
        }
        names.sort();
        assert!(names == expected, "{} of {} names in {calls} calls of {room} bytes", names.len(), expected.len());
    }
    // A buffer that holds no whole entry is filled with the start of one.
    let guest = host.guest();
    for room in [0, 1, 23, 24, 25] {
        readdir::readdir(&mut host.wasi, guest, number, DATA, room, 0, OUT).unwrap();
        assert_eq!(guest.read_u32(OUT), Ok(room));
    }
    let end = guest_len(&host.memory);
    let wasi = &mut host.wasi;
    assert_eq!(readdir::readdir(wasi, guest, number, end - 10, 11, 0, OUT), Err(Errno::Fault));
    readdir::readdir(wasi, guest, number, DATA, 100, u64::MAX, OUT).unwrap();
    assert_eq!(guest.read_u32(OUT), Ok(0), "never given");
    assert_eq!(readdir::readdir(wasi, guest, 0, DATA, 100, 0, OUT), Err(Errno::Badf));
    // Cookies hold while entries go: what was seen is removed, the rest still comes, once.
    let (mut seen, mut cookie) = (Vec::new(), 0);
    loop {
        let (some, end) = host.entries(number, 1000, cookie).unwrap();
        for (name, next) in some {
            cookie = next;
            if name.starts_with("file") {
                host.on(path::unlink_file, &name).unwrap();
            }
            seen.push(name);
        }
        if end {
            break;
        }
    }
    seen.sort();
    assert!(seen == expected, "{} of {}", seen.len(), expected.len());
}

#[test]
fn races_do_not_lead_out() {
    both(|host| {
        use std::sync::atomic::AtomicBool;
        // `swap` is a folder at one moment and a link that leads out at the next; `d/e` moves up and down.
        fs::create_dir_all(host.root.join("d/e/f")).unwrap();
        fs::create_dir(host.root.join("swap")).unwrap();
        fs::write(host.root.join("swap/secret"), "inside").unwrap();
        std::os::unix::fs::symlink("..", host.root.join("swap2")).unwrap();
        let (stop, root) = (AtomicBool::new(false), host.root.clone());
        std::thread::scope(|scope| {
            scope.spawn(|| {
                let path = |name: &str| root.join(name);
                while !stop.load(Ordering::Relaxed) {
                    for (from, to) in [("swap", "swap1"), ("swap2", "swap"), ("d/e", "e")] {
                        fs::rename(path(from), path(to)).unwrap();
                    }
                    for (from, to) in [("swap", "swap2"), ("swap1", "swap"), ("e", "d/e")] {
                        fs::rename(path(from), path(to)).unwrap();
                    }
                }
            });
            let mut good = 0;
            for _ in 0..3000 {
                if let Ok(text) = host.read_all("swap/secret") {
                    assert_eq!(text, "inside");
                    good += 1;
                }
                let answer = host.on(path::unlink_file, "swap/none");
                assert!(matches!(answer, Err(Errno::Noent | Errno::Perm | Errno::Notdir | Errno::Loop)), "{answer:?}");
                let answer = host.open("d/e/f/../../../swap2/secret", 0, READ);
                assert!(answer.is_err());
                let answer = host.open("d/e/f/../../../../secret", 0, READ);
                assert!(answer.is_err());
            }
            stop.store(true, Ordering::Relaxed);
            println!("{good} of 3000 read");
        });
    });
}

#[test]
fn streams_wait_unless_told_not_to() {
    use std::io::{Read, Write};
    use std::os::fd::IntoRawFd;
    let mut host = Host::new(Resolver::Unprobed);
    let guest = host.guest();
    let (reader, mut feeder) = std::io::pipe().unwrap();
    let (mut drain, writer) = std::io::pipe().unwrap();
    let mut streams = Vec::new();
    for (descriptor, right) in [(reader.into_raw_fd(), READ), (writer.into_raw_fd(), WRITE)] {
        // As if another process had made them non-blocking: the program is not to notice.
        crate::os::fs::set_flags(descriptor, crate::os::fs::O_NONBLOCK).unwrap();
        let entry = fd::entry(Kind::Stdio, Handle::own(descriptor), right, 0);
        streams.push(host.wasi.fds.insert(entry).unwrap());
    }
    guest.write_u32(OUT, DATA).unwrap();
    guest.write_u32(OUT + 4, 0x40000).unwrap();
    let wasi = &mut host.wasi;
    // The program's own wish.
    let nonblock = u32::from(fdflags::NONBLOCK);
    fd::fdstat_set_flags(wasi, guest, streams[0], nonblock).unwrap();
    assert_eq!(file::read(wasi, guest, streams[0], OUT, 1, OUT + 8), Err(Errno::Again));
    fd::fdstat_get(wasi, guest, streams[0], 0x100).unwrap();
    assert_eq!(guest.read_u16(0x102), Ok(fdflags::NONBLOCK));
    fd::fdstat_set_flags(wasi, guest, streams[0], 0).unwrap();
    std::thread::scope(|scope| {
        scope.spawn(move || {
            std::thread::sleep(std::time::Duration::from_millis(20));
            feeder.write_all(b"late").unwrap();
        });
        file::read(wasi, guest, streams[0], OUT, 1, OUT + 8).unwrap();
        assert_eq!(guest.read_u32(OUT + 8), Ok(4));
        file::read(wasi, guest, streams[0], OUT, 1, OUT + 8).unwrap();
        assert_eq!(guest.read_u32(OUT + 8), Ok(0), "the end");
    });
    // More than a pipe holds, to a slow reader.
    std::thread::scope(|scope| {
        let total = scope.spawn(move || {
            let mut bytes = Vec::new();
            std::thread::sleep(std::time::Duration::from_millis(20));
            drain.read_to_end(&mut bytes).unwrap();
            bytes.len()
        });
        let mut done = 0;
        while done < 0x80000 {
            file::write(wasi, guest, streams[1], OUT, 1, OUT + 8).unwrap();
            done += guest.read_u32(OUT + 8).unwrap() as usize;
        }
        fd::close(wasi, guest, streams[1]).unwrap();
        assert_eq!(total.join().unwrap(), done);
    });
}

/// Hostile arguments: whatever a program passes, only its own memory and its own folder change.
#[test]
fn hostile_arguments_change_nothing_else() {
    both(|host| {
        const BYTES: usize = 0x1_0000;
        const CANARY: u8 = 0xa5;
        let mut room = vec![CANARY; 3 * BYTES];
        let middle = room.as_mut_ptr().wrapping_add(BYTES);
        // SAFETY: the middle third of `room`, which is not touched otherwise until the end.
        let guest = unsafe { Guest::new(middle, BYTES as u64) };
        for stream in 0..3 {
            fd::close(&mut host.wasi, guest, stream).unwrap();
        }
        let mut state = 0x2545_f491_4f6c_dd1du64;
        let mut random = move |below: u64| {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            (state >> 11) % below
        };
        let paths = ["a", "b/c", "..", "/", "a/../b", "b", "b/", "l", ".", "b/../../secret", "\u{e9}", "x/y/z"];
        for index in 0..60_000 {
            if index % 50 == 0 {
                // Something sensible in the memory, then less and less so.
                for at in 0..64u32 {
                    let path = paths[random(paths.len() as u64) as usize];
                    guest.write(at * 64, path.as_bytes()).unwrap();
                    guest.write_u32(0x2000 + at * 8, random(0x1_1000) as u32).unwrap();
                    guest.write_u32(0x2004 + at * 8, random(300) as u32).unwrap();
                }
            }
            let mut address = || match random(8) {
                0 => BYTES as u32 - random(70) as u32,
                1 => u32::MAX - random(70) as u32,
                2 => random(1 << 32) as u32,
                3 | 4 => random(64) as u32 * 64,
                5 => 0x2000 + random(64) as u32 * 8,
                _ => random(BYTES as u64) as u32,
            };
            let (a, b) = (address(), address());
            let mut len = || match random(6) {
                0 => random(1 << 32) as u32,
                1 => u32::MAX,
                2 => random(BYTES as u64) as u32,
                _ => random(14) as u32,
            };
            let (m, n) = (len(), len());
            let mut sensible = |at, len| {
                let path = paths[random(paths.len() as u64) as usize];
                let right = random(3) != 0 && guest.write(at, path.as_bytes()).is_ok();
                if right { path.len() as u32 } else { len }
            };
            let (m, n) = if index % 2 == 0 { (sensible(a, m), sensible(b, n)) } else { (m, n) };
            let wide = [0, 1, 100, 4096, 1 << 20, u64::MAX, 1 << 63, i64::MAX as u64][random(8) as usize];
            let (f, g) = (random(12) as u32, random(12) as u32);
            let flags = random(40) as u32;
            let wasi = &mut host.wasi;
            let _ = match random(31) {
                0 => fd::close(wasi, guest, f),
                1 => fd::fdstat_get(wasi, guest, f, a),
                2 => fd::fdstat_set_flags(wasi, guest, f, flags),
                3 => fd::prestat_get(wasi, guest, f, a),
                4 => fd::prestat_dir_name(wasi, guest, f, a, m),
                5 => fd::renumber(wasi, guest, f, g),
                6 => file::advise(wasi, guest, f, wide, wide, flags),
                7 => file::allocate(wasi, guest, f, wide.min(4096), wide % (1 << 21)),
                8 => file::filestat_get(wasi, guest, f, a),
                9 => file::filestat_set_size(wasi, guest, f, wide),
                10 => file::filestat_set_times(wasi, guest, f, wide, wide, flags),
                11 => file::pread(wasi, guest, f, a, m, wide, b),
                12 => file::pwrite(wasi, guest, f, a, m, wide % (1 << 30), b),
                13 | 14 => file::read(wasi, guest, f, a, m, b),
                15 | 16 => file::write(wasi, guest, f, a, m, b),
                17 => file::seek(wasi, guest, f, wide as i64, flags, a),
                18 => file::tell(wasi, guest, f, a),
                19 => readdir::readdir(wasi, guest, f, a, m, wide % 8, b),
                20 => path::create_directory(wasi, guest, f, a, m),
                21 => path::filestat_get(wasi, guest, f, flags % 3, a, m, b),
                22 => path::filestat_set_times(wasi, guest, f, flags % 3, a, m, wide, wide, flags),
                23 => path::link(wasi, guest, f, 0, a, m, g, b, n),
                24 => path::readlink(wasi, guest, f, a, m, b, n, 0),
                25 => path::remove_directory(wasi, guest, f, a, m),
                26 => path::rename(wasi, guest, f, a, m, g, b, n),
                27 => path::symlink(wasi, guest, a, m, f, b, n),
                28 => path::unlink_file(wasi, guest, f, a, m),
                _ => path::open(wasi, guest, f, flags % 2, a, m, flags % 16, wide | 66, wide, flags % 7, b),
            };
            if index % 500 == 0 {
                host.wasi.fds = Default::default();
                let name = CString::new(host.root.to_str().unwrap()).unwrap();
                for read_only in [false, true, false] {
                    let folder = Handle::own(openat(AT_FDCWD, &name, O_RDONLY | O_DIRECTORY, 0).unwrap());
                    host.wasi.fds.insert(fd::preopen(folder, b"/box".into(), read_only)).unwrap();
                }
            }
        }
        assert!(room[..BYTES].iter().chain(&room[2 * BYTES..]).all(|byte| *byte == CANARY));
        let mut names: Vec<_> = fs::read_dir(&host.outside).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        names.sort();
        assert_eq!(names, ["box", "secret"]);
        assert_eq!(fs::read_to_string(host.outside.join("secret")).unwrap(), "secret");
        println!("{} entries made", fs::read_dir(&host.root).unwrap().count());
    });
}
