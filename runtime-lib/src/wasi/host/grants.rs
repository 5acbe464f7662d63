//! What the program may do: the records of its grants section, then the start variables (`WASMAOT_DIR` and so on)
//! unless it is sealed. Read once, by [`crate::wasi::start`], before anything of the program runs.
//!
//! Texts stay where they are (in the program or in the process's environment); only those with escapes are copied.
//! Anything that is not understood is refused: a program never runs with less or more than what was written.

use alloc::vec::Vec;

use wasmaot_abi::grant;
use wasmaot_abi::grant_text::{self, Address, Error, Syntax, Text};

/// Everything that is granted.
#[derive(Default, Debug, PartialEq)]
pub struct Grants<'a> {
    /// Folders, variables and sockets, in the order in which they were granted.
    pub list: Vec<Grant<'a>>,
    /// The environment begins as the process's own (but for `WASMAOT_*`), else empty.
    pub inherit_env: bool,
    /// Argument 0, if not the program's file name.
    pub arg0: Option<&'a [u8]>,
    /// Bytes that all memories together may have.
    pub max_memory: Option<u64>,
    /// Milliseconds after which the program is stopped.
    pub timeout: Option<u64>,
    /// Start variables are ignored.
    pub sealed: bool,
}

/// Something that can be granted more than once.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Grant<'a> {
    /// A folder.
    Dir(Dir<'a>),
    /// A listening socket.
    Listen(Address),
    /// An environment variable.
    Env(Env<'a>),
    /// Something that was taken away again.
    Gone,
}

/// A folder.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Dir<'a> {
    /// Path on the host.
    pub host: &'a [u8],
    /// Path as the program sees it.
    pub guest: &'a [u8],
    /// Nothing in it can be changed.
    pub read_only: bool,
}

/// A change to the environment.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Env<'a> {
    /// `NAME=VALUE`: set it.
    Set(&'a [u8]),
    /// `NAME`: take it from the process's environment, if it is there.
    Inherit(&'a [u8]),
    /// `NAME`: remove it.
    Remove(&'a [u8]),
}

/// A text that is no grant.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Refused<'a> {
    /// Start variable, or [`grant::SECTION`].
    pub place: &'a [u8],
    /// The item or record.
    pub text: &'a [u8],
    /// What is wrong with it.
    pub reason: &'static str,
}

const DAMAGED: &str = "damaged grants; compile the program again";
const NO_MEMORY: Error = Error("out of memory");

/// The item that drops what was given before.
const NONE: &[u8] = b"none";

impl<'a> Grants<'a> {
    /// Reads the records of a grants section.
    pub fn from_section(section: &'a [u8]) -> Result<Grants<'a>, Refused<'a>> {
        let mut grants = Grants::default();
        let mut rest = section;
        while let Some(key) = next_string(&mut rest) {
            if grants.record(key, &mut rest).is_none() {
                return Err(Refused { place: grant::SECTION.as_bytes(), text: key, reason: DAMAGED });
            }
        }
        let whole = Refused { place: grant::SECTION.as_bytes(), text: rest, reason: DAMAGED };
        if rest.is_empty() { Ok(grants) } else { Err(whole) }
    }

    /// Applies one record; `None` if it is not well formed.
    fn record(&mut self, key: &[u8], rest: &mut &'a [u8]) -> Option<()> {
        let is = |name: &str| key == name.as_bytes();
        if is(grant::ENV_INHERIT_ALL) {
            self.inherit_env = true;
        } else if is(grant::SEALED) {
            self.sealed = true;
        } else {
            let operand = next_string(rest)?;
            if is(grant::DIR) || is(grant::DIR_READ_ONLY) {
                let guest = next_string(rest)?;
                self.add(Grant::Dir(Dir { host: operand, guest, read_only: is(grant::DIR_READ_ONLY) })).ok()?;
            } else if is(grant::ENV) && operand.contains(&b'=') {
                self.add(Grant::Env(Env::Set(operand))).ok()?;
            } else if is(grant::ENV_INHERIT) {
                self.add(Grant::Env(Env::Inherit(operand))).ok()?;
            } else if is(grant::LISTEN) {
                self.add(Grant::Listen(grant_text::listen(operand).ok()?)).ok()?;
            } else if is(grant::ARG0) {
                self.arg0 = Some(operand);
            } else if is(grant::MAX_MEMORY) {
                self.max_memory = Some(grant_text::decimal(operand).ok()?);
            } else if is(grant::TIMEOUT) {
                self.timeout = Some(grant_text::decimal(operand).ok()?);
            } else {
                return None;
            }
        }
        Some(())
    }

    /// Applies one variable of the process's environment, `NAME=VALUE`: nothing happens if it is no start variable, if
    /// it is empty, or if the program is sealed.
    pub fn start_variable(&mut self, variable: &'a [u8]) -> Result<(), Refused<'a>> {
        let Some((name, value)) = split_variable(variable) else { return Ok(()) };
        if self.sealed || value.is_empty() {
            return Ok(());
        }
        let refused = |text, error: Error| Refused { place: name, text, reason: error.0 };
        let apply: fn(&mut Self, &'a [u8]) -> Result<(), Error> = match name {
            b"WASMAOT_DIR" => Self::dir_item,
            b"WASMAOT_ENV" => Self::env_item,
            b"WASMAOT_LISTEN" => Self::listen_item,
            _ => return self.single(name, value).map_err(|error| refused(value, error)),
        };
        grant_text::items(value).try_for_each(|item| apply(self, item).map_err(|error| refused(item, error)))
    }

    /// Applies a start variable that is no list.
    fn single(&mut self, name: &[u8], value: &'a [u8]) -> Result<(), Error> {
        match name {
            b"WASMAOT_INHERIT_ENV" => {
                self.inherit_env = match value {
                    b"1" => true,
                    b"0" | NONE => false,
                    _ => return Err(Error("neither 1 nor 0")),
                }
            }
            b"WASMAOT_ARG0" => self.arg0 = Some(value),
            b"WASMAOT_MAX_MEMORY" if value == NONE => self.max_memory = None,
            b"WASMAOT_MAX_MEMORY" => self.max_memory = Some(grant_text::size(value)?),
            b"WASMAOT_TIMEOUT" if value == NONE => self.timeout = None,
            b"WASMAOT_TIMEOUT" => self.timeout = Some(grant_text::duration(value)?),
            _ => {}
        }
        Ok(())
    }

    /// `HOST[::GUEST][:ro]`, `-GUEST` or `none`. A folder replaces one of the same guest path.
    fn dir_item(&mut self, item: &'a [u8]) -> Result<(), Error> {
        let has_guest = |grant: &Grant, wanted: &[u8]| matches!(grant, Grant::Dir(dir) if dir.guest == wanted);
        match item {
            NONE => drop(self.remove(|grant| matches!(grant, Grant::Dir(_)))),
            [b'-', guest @ ..] => {
                let guest = bytes(grant_text::plain_text(guest, Syntax::Item)?)?;
                if !self.remove(|grant| has_guest(grant, guest)) {
                    return Err(Error("no folder of that guest path is granted"));
                }
            }
            _ => {
                let dir = grant_text::dir(item, Syntax::Item)?;
                let dir = Dir { host: bytes(dir.host)?, guest: bytes(dir.guest)?, read_only: dir.read_only };
                match self.list.iter_mut().find(|grant| has_guest(grant, dir.guest)) {
                    Some(old) => *old = Grant::Dir(dir),
                    None => self.add(Grant::Dir(dir))?,
                }
            }
        }
        Ok(())
    }

    /// `NAME=VALUE`, `NAME`, `-NAME` or `none`.
    fn env_item(&mut self, item: &'a [u8]) -> Result<(), Error> {
        let env = match item {
            NONE => {
                self.remove(|grant| matches!(grant, Grant::Env(_)));
                return Ok(());
            }
            [b'-', name @ ..] => Env::Remove(bytes(grant_text::plain_text(name, Syntax::Item)?)?),
            _ => match grant_text::env(item, Syntax::Item)? {
                grant_text::Env::Set(text) => Env::Set(bytes(text)?),
                grant_text::Env::Inherit(name) => Env::Inherit(bytes(name)?),
            },
        };
        self.add(Grant::Env(env))
    }

    /// `ADDR:PORT`, `-ADDR:PORT` or `none`.
    fn listen_item(&mut self, item: &'a [u8]) -> Result<(), Error> {
        match item {
            NONE => drop(self.remove(|grant| matches!(grant, Grant::Listen(_)))),
            [b'-', address @ ..] => {
                let address = Grant::Listen(grant_text::listen(address)?);
                if !self.remove(|grant| *grant == address) {
                    return Err(Error("no socket of that address is granted"));
                }
            }
            _ => {
                let address = grant_text::listen(item)?;
                if address.port == 0 || !self.list.contains(&Grant::Listen(address)) {
                    self.add(Grant::Listen(address))?;
                }
            }
        }
        Ok(())
    }

    fn add(&mut self, grant: Grant<'a>) -> Result<(), Error> {
        self.list.try_reserve(1).map_err(|_| NO_MEMORY)?;
        self.list.push(grant);
        Ok(())
    }

    /// Takes away all grants like this; false if there are none.
    fn remove(&mut self, is_it: impl Fn(&Grant) -> bool) -> bool {
        let mut found = false;
        for grant in self.list.iter_mut().filter(|grant| is_it(grant)) {
            *grant = Grant::Gone;
            found = true;
        }
        found
    }

    /// The environment of the program, `NAME=VALUE` each, made from the process's.
    pub fn environment<'b>(&'b self, process: impl Iterator<Item = &'b [u8]> + Clone) -> Vec<&'b [u8]> {
        let mut variables: Vec<&'b [u8]> = Vec::new();
        let inheritable = process.filter(|variable| split_variable(variable).is_some_and(|(name, _)| !is_own(name)));
        if self.inherit_env {
            variables.extend(inheritable.clone());
        }
        for grant in &self.list {
            let Grant::Env(change) = grant else { continue };
            let (name, new) = match change {
                Env::Set(text) => (split_variable(text).map_or(*text, |(name, _)| name), Some(*text)),
                Env::Inherit(name) => (*name, inheritable.clone().find(|variable| has_name(variable, name))),
                Env::Remove(name) => (*name, None),
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
    Some((variable.get(..name)?, variable.get(name + 1..)?))
}

fn has_name(variable: &[u8], name: &[u8]) -> bool {
    split_variable(variable).is_some_and(|(own, _)| own == name)
}

/// The bytes that a text stands for. They are copied only if it has escapes, and the copy stays for ever: grants do.
fn bytes(text: Text<'_>) -> Result<&[u8], Error> {
    match text.plain() {
        Some(plain) => Ok(plain),
        None => {
            let mut copy = Vec::new();
            copy.try_reserve_exact(text.bytes().count()).map_err(|_| NO_MEMORY)?;
            copy.extend(text.bytes());
            Ok(copy.leak())
        }
    }
}

/// Takes a NUL-terminated string off the front; `None` if there is no terminator.
#[inline(never)]
fn next_string<'a>(rest: &mut &'a [u8]) -> Option<&'a [u8]> {
    let end = rest.iter().position(|&byte| byte == 0)?;
    let string = rest.get(..end)?;
    *rest = rest.get(end + 1..)?;
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
        let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
        let one = |grant: &Grant| match grant {
            Grant::Dir(Dir { host, guest, read_only }) => {
                Some(format!("{} {} {}", text(host), text(guest), if *read_only { "ro" } else { "rw" }))
            }
            _ => None,
        };
        grants.list.iter().filter_map(one).collect()
    }

    fn address(text: &str) -> Grant<'_> {
        Grant::Listen(grant_text::listen(text.as_bytes()).unwrap())
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
        assert_eq!(
            grants.list[2..],
            [Grant::Env(Env::Set(b"A=1=2")), Grant::Env(Env::Inherit(b"HOME")), address("[::1]:80")]
        );
        assert_eq!(grants.arg0, Some(&b"x"[..]));
        assert_eq!((grants.max_memory, grants.timeout), (Some(65536), Some(10)));
        assert!(grants.inherit_env && grants.sealed);
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
        assert_eq!(grants.list, [Grant::Gone, address("[::1]:2")]);
        assert_eq!(grants.arg0, Some(&b"a,b"[..]));
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
            assert!(bad.as_bytes().starts_with(refused.place) && !refused.reason.is_empty(), "{bad}");
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
