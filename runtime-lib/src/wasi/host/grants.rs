//! What the program may do: the records of its grants section, then the start variables (`WASMAOT_DIR` and so on)
//! unless it is sealed. Read once, by [`crate::wasi::start`], before anything of the program runs.
//!
//! Texts stay where they are (in the program or in the process's environment); only those with escapes are copied.
//! Anything that is not understood is refused: a program never runs with less or more than what was written.

use alloc::borrow::Cow;
use alloc::vec::Vec;
use core::net::SocketAddr;

use wasmaot_abi::grant;
use wasmaot_abi::grant_text::{self, Syntax, Text};

/// Bytes of a path, a name or a variable, without a NUL in them.
pub type Bytes<'a> = Cow<'a, [u8]>;

/// Everything that is granted.
#[derive(Default, Debug, PartialEq)]
pub struct Grants<'a> {
    /// Folders, in the order of their descriptors.
    pub dirs: Vec<Dir<'a>>,
    /// Changes to the environment, in the order in which they apply.
    pub env: Vec<Env<'a>>,
    /// The environment begins as the process's own (but for `WASMAOT_*`), else empty.
    pub inherit_env: bool,
    /// Addresses to listen on, in the order of their descriptors.
    pub listen: Vec<SocketAddr>,
    /// Argument 0, if not the program's file name.
    pub arg0: Option<Bytes<'a>>,
    /// Bytes that all memories together may have.
    pub max_memory: Option<u64>,
    /// Milliseconds after which the program is stopped.
    pub timeout: Option<u64>,
    /// Start variables are ignored.
    pub sealed: bool,
}

/// A folder.
#[derive(Clone, Debug, PartialEq)]
pub struct Dir<'a> {
    /// Path on the host.
    pub host: Bytes<'a>,
    /// Path as the program sees it.
    pub guest: Bytes<'a>,
    /// Nothing in it can be changed.
    pub read_only: bool,
}

/// A change to the environment.
#[derive(Clone, Debug, PartialEq)]
pub enum Env<'a> {
    /// `NAME=VALUE`: set it.
    Set(Bytes<'a>),
    /// `NAME`: take it from the process's environment, if it is there.
    Inherit(Bytes<'a>),
    /// `NAME`: remove it.
    Remove(Bytes<'a>),
}

/// A text that is no grant.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Refused<'a> {
    /// Start variable, or [`grant::SECTION`].
    pub place: &'static str,
    /// The item or record.
    pub text: &'a [u8],
    /// What is wrong with it.
    pub reason: &'static str,
}

const DAMAGED: &str = "damaged grants; compile the program again";

/// The item that drops what was given before.
const NONE: &[u8] = b"none";

impl<'a> Grants<'a> {
    /// Reads the records of a grants section.
    pub fn from_section(section: &'a [u8]) -> Result<Grants<'a>, Refused<'a>> {
        let mut grants = Grants::default();
        let mut rest = section;
        while let Some(key) = next_string(&mut rest) {
            if grants.record(key, &mut rest).is_none() {
                return Err(Refused { place: grant::SECTION, text: key, reason: DAMAGED });
            }
        }
        if rest.is_empty() { Ok(grants) } else { Err(Refused { place: grant::SECTION, text: rest, reason: DAMAGED }) }
    }

    /// Applies one record; `None` if it is not well formed.
    fn record(&mut self, key: &'a [u8], rest: &mut &'a [u8]) -> Option<()> {
        let key = core::str::from_utf8(key).ok()?;
        let mut operand = || next_string(rest);
        match key {
            grant::DIR | grant::DIR_READ_ONLY => {
                let (host, guest) = (operand()?, operand()?);
                let read_only = key == grant::DIR_READ_ONLY;
                self.dirs.push(Dir { host: Cow::Borrowed(host), guest: Cow::Borrowed(guest), read_only });
            }
            grant::ENV => {
                let text = operand().filter(|text| text.contains(&b'='))?;
                self.env.push(Env::Set(Cow::Borrowed(text)));
            }
            grant::ENV_INHERIT => self.env.push(Env::Inherit(Cow::Borrowed(operand()?))),
            grant::ENV_INHERIT_ALL => self.inherit_env = true,
            grant::LISTEN => self.listen.push(grant_text::listen(operand()?).ok()?),
            grant::ARG0 => self.arg0 = Some(Cow::Borrowed(operand()?)),
            grant::MAX_MEMORY => self.max_memory = Some(grant_text::decimal(operand()?).ok()?),
            grant::TIMEOUT => self.timeout = Some(grant_text::decimal(operand()?).ok()?),
            grant::SEALED => self.sealed = true,
            _ => return None,
        }
        Some(())
    }

    /// Applies one variable of the process's environment, `NAME=VALUE`: nothing happens if it is no start variable, if
    /// it is empty, or if the program is sealed.
    pub fn start_variable(&mut self, variable: &'a [u8]) -> Result<(), Refused<'a>> {
        let Some((name, value)) = split_variable(variable) else { return Ok(()) };
        if self.sealed || value.is_empty() || !is_own(name) {
            return Ok(());
        }
        let each = |place, apply: &mut dyn FnMut(&'a [u8]) -> Result<(), grant_text::Error>| {
            grant_text::items(value)
                .try_for_each(|item| apply(item).map_err(|error| Refused { place, text: item, reason: error.0 }))
        };
        let one = |place, error: grant_text::Error| Refused { place, text: value, reason: error.0 };
        match name {
            b"WASMAOT_DIR" => each("WASMAOT_DIR", &mut |item| self.dir_item(item)),
            b"WASMAOT_ENV" => each("WASMAOT_ENV", &mut |item| self.env_item(item)),
            b"WASMAOT_LISTEN" => each("WASMAOT_LISTEN", &mut |item| self.listen_item(item)),
            b"WASMAOT_INHERIT_ENV" => {
                self.inherit_env = match value {
                    b"1" => true,
                    b"0" | NONE => false,
                    _ => return Err(one("WASMAOT_INHERIT_ENV", grant_text::Error("neither 1 nor 0"))),
                };
                Ok(())
            }
            b"WASMAOT_ARG0" => {
                self.arg0 = Some(Cow::Borrowed(value));
                Ok(())
            }
            b"WASMAOT_MAX_MEMORY" => {
                self.max_memory = limit(value, grant_text::size).map_err(|error| one("WASMAOT_MAX_MEMORY", error))?;
                Ok(())
            }
            b"WASMAOT_TIMEOUT" => {
                self.timeout = limit(value, grant_text::duration).map_err(|error| one("WASMAOT_TIMEOUT", error))?;
                Ok(())
            }
            _ => Ok(()),
        }
    }

    /// `HOST[::GUEST][:ro]`, `-GUEST` or `none`. A folder replaces one of the same guest path.
    fn dir_item(&mut self, item: &'a [u8]) -> Result<(), grant_text::Error> {
        match item {
            NONE => self.dirs.clear(),
            [b'-', guest @ ..] => {
                let guest = bytes(grant_text::plain_text(guest, Syntax::Item)?);
                let before = self.dirs.len();
                self.dirs.retain(|dir| dir.guest != guest);
                if self.dirs.len() == before {
                    return Err(grant_text::Error("no folder of that guest path is granted"));
                }
            }
            _ => {
                let dir = grant_text::dir(item, Syntax::Item)?;
                let dir = Dir { host: bytes(dir.host), guest: bytes(dir.guest), read_only: dir.read_only };
                match self.dirs.iter_mut().find(|old| old.guest == dir.guest) {
                    Some(old) => *old = dir,
                    None => self.dirs.push(dir),
                }
            }
        }
        Ok(())
    }

    /// `NAME=VALUE`, `NAME`, `-NAME` or `none`.
    fn env_item(&mut self, item: &'a [u8]) -> Result<(), grant_text::Error> {
        match item {
            NONE => self.env.clear(),
            [b'-', name @ ..] => self.env.push(Env::Remove(bytes(grant_text::plain_text(name, Syntax::Item)?))),
            _ => self.env.push(match grant_text::env(item, Syntax::Item)? {
                grant_text::Env::Set(text) => Env::Set(bytes(text)),
                grant_text::Env::Inherit(name) => Env::Inherit(bytes(name)),
            }),
        }
        Ok(())
    }

    /// `ADDR:PORT`, `-ADDR:PORT` or `none`.
    fn listen_item(&mut self, item: &'a [u8]) -> Result<(), grant_text::Error> {
        match item {
            NONE => self.listen.clear(),
            [b'-', address @ ..] => {
                let address = grant_text::listen(address)?;
                let before = self.listen.len();
                self.listen.retain(|old| *old != address);
                if self.listen.len() == before {
                    return Err(grant_text::Error("no socket of that address is granted"));
                }
            }
            _ => {
                let address = grant_text::listen(item)?;
                if !self.listen.contains(&address) || address.port() == 0 {
                    self.listen.push(address);
                }
            }
        }
        Ok(())
    }

    /// The environment of the program, `NAME=VALUE` each, made from the process's.
    pub fn environment<'b>(&'b self, process: impl Iterator<Item = &'b [u8]> + Clone) -> Vec<&'b [u8]> {
        let mut variables: Vec<&'b [u8]> = Vec::new();
        let inheritable = process.filter(|variable| split_variable(variable).is_some_and(|(name, _)| !is_own(name)));
        if self.inherit_env {
            variables.extend(inheritable.clone());
        }
        for change in &self.env {
            let (name, new) = match change {
                Env::Set(text) => (split_variable(text).map_or(&text[..], |(name, _)| name), Some(&text[..])),
                Env::Inherit(name) => (&name[..], inheritable.clone().find(|variable| has_name(variable, name))),
                Env::Remove(name) => (&name[..], None),
            };
            match (variables.iter_mut().find(|variable| has_name(variable, name)), new) {
                (Some(old), Some(new)) => *old = new,
                (None, Some(new)) => variables.push(new),
                (_, None) if matches!(change, Env::Remove(_)) => variables.retain(|old| !has_name(old, name)),
                (_, None) => {}
            }
        }
        variables
    }
}

/// Whether this name is wasmaot's own, which programs do not inherit.
fn is_own(name: &[u8]) -> bool {
    name.starts_with(b"WASMAOT_")
}

/// Splits `NAME=VALUE`; the name has at least one byte.
fn split_variable(variable: &[u8]) -> Option<(&[u8], &[u8])> {
    let name = variable.iter().skip(1).position(|&byte| byte == b'=')? + 1;
    let (name, value) = variable.split_at_checked(name)?;
    Some((name, value.get(1..)?))
}

fn has_name(variable: &[u8], name: &[u8]) -> bool {
    split_variable(variable).is_some_and(|(own, _)| own == name)
}

/// A limit, or `none` for no limit.
fn limit(text: &[u8], read: fn(&[u8]) -> Result<u64, grant_text::Error>) -> Result<Option<u64>, grant_text::Error> {
    if text == NONE { Ok(None) } else { read(text).map(Some) }
}

/// The bytes that a text stands for, copied only if it has escapes.
fn bytes(text: Text<'_>) -> Bytes<'_> {
    match text.plain() {
        Some(plain) => Cow::Borrowed(plain),
        None => Cow::Owned(text.bytes().collect()),
    }
}

/// Takes a NUL-terminated string off the front; `None` if there is no terminator.
fn next_string<'a>(rest: &mut &'a [u8]) -> Option<&'a [u8]> {
    let end = rest.iter().position(|&byte| byte == 0)?;
    let (string, tail) = rest.split_at_checked(end)?;
    *rest = tail.get(1..)?;
    Some(string)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn section(strings: &[&str]) -> Vec<u8> {
        strings.iter().flat_map(|string| string.bytes().chain([0])).collect()
    }

    fn with<'a>(section: &'a [u8], variables: &[&'a str]) -> Result<Grants<'a>, Refused<'a>> {
        let mut grants = Grants::from_section(section)?;
        for variable in variables {
            grants.start_variable(variable.as_bytes())?;
        }
        Ok(grants)
    }

    fn dirs(grants: &Grants) -> Vec<String> {
        let text = |bytes: &Bytes| String::from_utf8(bytes.to_vec()).unwrap();
        let one =
            |dir: &Dir| format!("{} {} {}", text(&dir.host), text(&dir.guest), if dir.read_only { "ro" } else { "rw" });
        grants.dirs.iter().map(one).collect()
    }

    fn environment(grants: &Grants, process: &[&str]) -> Vec<String> {
        let process = process.iter().map(|variable| variable.as_bytes());
        let variables = grants.environment(process);
        variables.iter().map(|variable| String::from_utf8(variable.to_vec()).unwrap()).collect()
    }

    #[test]
    fn records() {
        let bytes = section(&[
            "dir",
            "/h",
            "/g",
            "dir-ro",
            "a",
            "b",
            "env",
            "A=1=2",
            "env-inherit",
            "HOME",
            "env-inherit-all",
            "listen",
            "[::1]:80",
            "arg0",
            "x",
            "max-memory",
            "65536",
            "timeout",
            "10",
            "sealed",
        ]);
        let grants = Grants::from_section(&bytes).unwrap();
        assert_eq!(dirs(&grants), ["/h /g rw", "a b ro"]);
        assert_eq!(grants.env, [Env::Set(b"A=1=2"[..].into()), Env::Inherit(b"HOME"[..].into())]);
        assert_eq!(grants.listen, ["[::1]:80".parse().unwrap()]);
        assert_eq!(grants.arg0.as_deref(), Some(&b"x"[..]));
        assert_eq!((grants.max_memory, grants.timeout), (Some(65536), Some(10)));
        assert!(grants.inherit_env && grants.sealed);
        assert!(grants.dirs.iter().all(|dir| matches!((&dir.host, &dir.guest), (Cow::Borrowed(_), Cow::Borrowed(_)))));
        assert_eq!(Grants::from_section(b""), Ok(Grants::default()));
    }

    #[test]
    fn damaged_sections() {
        for strings in [
            &["dri", "a", "b"][..],
            &["dir", "a"],
            &["dir"],
            &["env", "A"],
            &["env"],
            &["listen", "80"],
            &["max-memory", "1G"],
            &["timeout", ""],
            &["arg0"],
            &[""],
        ] {
            assert!(Grants::from_section(&section(strings)).is_err(), "{strings:?}");
        }
        assert!(Grants::from_section(b"sealed").is_err());
        assert!(Grants::from_section(b"dir\0a\0b").is_err());
        assert!(Grants::from_section(b"\xff\0").is_err());
        // Every prefix and every changed byte of a good section: no panic.
        let good = section(&["dir", "/h", "/g", "env", "A=1", "listen", "1.2.3.4:5", "max-memory", "9", "sealed"]);
        for len in 0..good.len() {
            let _ = Grants::from_section(&good[..len]);
            for byte in [0, b'=', b'9', 0xff] {
                let mut bad = good.clone();
                bad[len] = byte;
                let _ = Grants::from_section(&bad);
            }
        }
    }

    #[test]
    fn folders_at_start() {
        let base = section(&["dir", "/h", "/g", "dir", "/i", "/j"]);
        let after = |value: &'static str| {
            let variable = format!("WASMAOT_DIR={value}");
            with(&base, &[&variable]).map(|grants| dirs(&grants)).map_err(|refused| refused.reason)
        };
        assert_eq!(after("").unwrap(), ["/h /g rw", "/i /j rw"]);
        assert_eq!(after("/k").unwrap(), ["/h /g rw", "/i /j rw", "/k /k rw"]);
        assert_eq!(after("/k::/g:ro").unwrap(), ["/k /g ro", "/i /j rw"]);
        assert_eq!(after("-/g").unwrap(), ["/i /j rw"]);
        assert_eq!(after("none").unwrap(), Vec::<String>::new());
        assert_eq!(after(r"none,a\,b\:\:c::d,e").unwrap(), ["a,b::c d rw", "e e rw"]);
        for bad in ["-/x", ",", "/k,", "::", r"\x", "/k::", "-"] {
            assert!(after(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn other_variables() {
        let base = section(&["listen", "127.0.0.1:1", "env-inherit-all", "max-memory", "5", "timeout", "6"]);
        let grants = with(
            &base,
            &[
                "WASMAOT_LISTEN=-127.0.0.1:1,[::1]:2",
                "WASMAOT_INHERIT_ENV=0",
                "WASMAOT_ARG0=a,b",
                "WASMAOT_MAX_MEMORY=64MiB",
                "WASMAOT_TIMEOUT=none",
                "WASMAOT_OTHER=?",
                "PATH=/bin",
                "WASMAOT_DIR",
            ],
        )
        .unwrap();
        assert_eq!(grants.listen, ["[::1]:2".parse().unwrap()]);
        assert_eq!(grants.arg0.as_deref(), Some(&b"a,b"[..]));
        assert_eq!((grants.inherit_env, grants.max_memory, grants.timeout), (false, Some(64 << 20), None));
        for bad in [
            "WASMAOT_LISTEN=x",
            "WASMAOT_LISTEN=-x",
            "WASMAOT_LISTEN=-127.0.0.1:2",
            "WASMAOT_INHERIT_ENV=yes",
            "WASMAOT_MAX_MEMORY=-1",
            "WASMAOT_TIMEOUT=0",
            "WASMAOT_ENV==x",
            "WASMAOT_ENV=,",
            "WASMAOT_ENV=A=\\",
        ] {
            let refused = with(&base, &[bad]).unwrap_err();
            assert!(bad.starts_with(refused.place) && !refused.reason.is_empty(), "{bad}");
        }
    }

    #[test]
    fn sealed_programs_ignore_variables() {
        let base = section(&["sealed"]);
        let variables = ["WASMAOT_DIR=/", "WASMAOT_ENV=A=1", "WASMAOT_LISTEN=bad", "WASMAOT_INHERIT_ENV=1"];
        assert_eq!(with(&base, &variables), Ok(Grants { sealed: true, ..Grants::default() }));
    }

    #[test]
    fn environments() {
        let process = ["A=1", "WASMAOT_X=2", "B=2", "=odd", "odd", "E="];
        let of = |strings: &[&str], variable: &'static str| {
            environment(&with(&section(strings), &[variable]).unwrap(), &process)
        };
        assert!(of(&[], "").is_empty());
        assert_eq!(of(&["env-inherit-all"], ""), ["A=1", "B=2", "E="]);
        assert_eq!(of(&["env-inherit-all", "env", "A=9", "env", "C=3"], ""), ["A=9", "B=2", "E=", "C=3"]);
        assert_eq!(of(&["env-inherit-all"], "WASMAOT_ENV=-B,-NO"), ["A=1", "E="]);
        assert_eq!(of(&["env", "A=7", "env", "B=8"], "WASMAOT_ENV=-A"), ["B=8"]);
        assert_eq!(of(&["env", "A=7"], "WASMAOT_ENV=none,B"), ["B=2"]);
        assert_eq!(of(&["env", "NO=7"], "WASMAOT_ENV=NO"), ["NO=7"]);
        assert_eq!(of(&["env", "A=7"], r"WASMAOT_ENV=A=x\,y\\z,Q=a\:b=c"), [r"A=x,y\z", "Q=a:b=c"]);
        assert!(of(&["env-inherit", "WASMAOT_X", "env-inherit", "NO", "env-inherit", "odd"], "").is_empty());
    }
}
