//! What the program may do: the records of its grants section, then the start variables (`WASMAOT_DIR` and so on)
//! unless it is sealed. Read once, by [`crate::wasi::start`], before anything of the program runs.
//!
//! The records stay where they are in the program; only items of start variables are copied. Anything that is not
//! understood is refused: a program never runs with less or more than what was written. Every program has this code, so
//! that it is one list and a few loops over it, small rather than fast.

use alloc::alloc::{Layout, alloc_zeroed};
use alloc::vec::Vec;

use wasmaot_abi::grant;
use wasmaot_abi::grant_text::{self, Error, Syntax, Text};

/// Kinds of grant: those of the records in the order of `RECORDS`, then those that only start variables make.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Kind {
    /// A folder: host path, guest path.
    Dir,
    /// A folder in which nothing can be changed.
    DirReadOnly,
    /// `NAME=VALUE`: set it.
    EnvSet,
    /// `NAME`: take it from the process's environment, if it is there.
    EnvInherit,
    /// The environment begins as the process's own (but for `WASMAOT_*`), else empty.
    EnvInheritAll,
    /// A listening socket: its address.
    Listen,
    /// Argument 0, if not the program's file name.
    Arg0,
    /// Bytes that all memories together may have.
    MaxMemory,
    /// Milliseconds after which the program is stopped.
    Timeout,
    /// Start variables are ignored.
    Sealed,
    /// `NAME`: remove it from the environment.
    EnvRemove,
    /// Something that was taken away again.
    Gone,
}

/// The keys of the records ([`grant::RECORDS`]), NUL between them.
const RECORDS: &[u8] = b"dir\0dir-ro\0env\0env-inherit\0env-inherit-all\0listen\0arg0\0max-memory\0timeout\0sealed";
/// Kind and number of operands of each record.
const RECORD_KINDS: [(Kind, u8); 10] = [
    (Kind::Dir, 2),
    (Kind::DirReadOnly, 2),
    (Kind::EnvSet, 1),
    (Kind::EnvInherit, 1),
    (Kind::EnvInheritAll, 0),
    (Kind::Listen, 1),
    (Kind::Arg0, 1),
    (Kind::MaxMemory, 1),
    (Kind::Timeout, 1),
    (Kind::Sealed, 0),
];

/// Names of all start variables begin so.
pub const PREFIX: &[u8] = b"WASMAOT_";
/// The start variables without [`PREFIX`], NUL between them; first those that are lists.
const VARIABLES: &[u8] = b"DIR\0LISTEN\0ENV\0INHERIT_ENV\0ARG0\0MAX_MEMORY\0TIMEOUT";
/// Places in [`VARIABLES`].
const DIR: usize = 0;
const LISTEN: usize = 1;
const ENV: usize = 2;
const INHERIT_ENV: usize = 3;
const MAX_MEMORY: usize = 5;
const TIMEOUT: usize = 6;
/// The kinds of grant that each start variable is about, as bits.
const VARIABLE_KINDS: [u16; 7] = [
    1 << Kind::Dir as u8 | 1 << Kind::DirReadOnly as u8,
    1 << Kind::Listen as u8,
    1 << Kind::EnvSet as u8 | 1 << Kind::EnvInherit as u8 | 1 << Kind::EnvRemove as u8,
    1 << Kind::EnvInheritAll as u8,
    1 << Kind::Arg0 as u8,
    1 << Kind::MaxMemory as u8,
    1 << Kind::Timeout as u8,
];

/// A grant.
#[derive(Clone, Copy, Debug)]
pub struct Grant<'a> {
    /// What is granted.
    pub kind: Kind,
    /// The first operand, or nothing. Of a folder, a NUL comes after it in memory.
    pub text: &'a [u8],
    /// The guest path of a folder; the address of a socket once more: what it is removed by.
    pub name: &'a [u8],
    /// The number of a limit.
    pub number: u64,
}

/// Everything that is granted, in the order in which it was. Of limits and argument 0, the last counts.
#[derive(Default, Debug)]
pub struct Grants<'a>(Vec<Grant<'a>>);

/// A text that is no grant.
#[derive(Clone, Copy, Debug)]
pub struct Refused<'a> {
    /// Start variable, or [`grant::SECTION`].
    pub place: &'a [u8],
    /// The item or record.
    pub text: &'a [u8],
    /// What is wrong with it.
    pub reason: Error,
}

const DAMAGED: Error = Error("damaged grants; compile the program again");
const NO_MEMORY: Error = Error("out of memory");
const NOT_GRANTED: Error = Error("it is not granted");

impl<'a> Grants<'a> {
    /// Reads the records of a grants section.
    pub fn from_section(section: &'a [u8]) -> Result<Grants<'a>, Refused<'a>> {
        let mut grants = Grants::default();
        let mut rest = section;
        while !rest.is_empty() {
            let text = rest;
            grants.record(&mut rest).ok_or(Refused { place: grant::SECTION.as_bytes(), text, reason: DAMAGED })?;
        }
        Ok(grants)
    }

    /// Takes one record off the front; `None` if it is not well formed.
    fn record(&mut self, rest: &mut &'a [u8]) -> Option<()> {
        let &(kind, operands) = RECORD_KINDS.get(position(RECORDS, next_string(rest)?))?;
        let text = if operands > 0 { next_string(rest)? } else { &[] };
        let name = if operands > 1 { next_string(rest)? } else { text };
        let number = match kind {
            Kind::MaxMemory | Kind::Timeout => grant_text::decimal(text).ok()?,
            _ => 0,
        };
        if kind == Kind::Listen {
            grant_text::listen(text).ok()?;
        }
        self.add(Grant { kind, text, name, number }).ok()
    }

    /// Applies one variable of the process's environment, `NAME=VALUE`: nothing happens if it is no start variable, if
    /// it is empty, or if the program is sealed.
    pub fn start_variable(&mut self, variable: &'a [u8]) -> Result<(), Refused<'a>> {
        let Some((place, value)) = split_variable(variable) else { return Ok(()) };
        let number = place.strip_prefix(PREFIX).map_or(usize::MAX, |name| position(VARIABLES, name));
        if number > TIMEOUT || value.is_empty() || self.last(Kind::Sealed).is_some() {
            return Ok(());
        }
        let mut apply = |text| self.item(number, text).map_err(|reason| Refused { place, text, reason });
        if number <= ENV { grant_text::items(value).try_for_each(apply) } else { apply(value) }
    }

    /// Applies an item of a list, or the value of a variable that is none.
    fn item(&mut self, variable: usize, item: &'a [u8]) -> Result<(), Error> {
        let kinds = VARIABLE_KINDS.get(variable).copied().unwrap_or(0);
        let mut new = Grant { kind: Kind::Gone, text: item, name: item, number: 0 };
        match (variable, item) {
            (_, b"none") => {}
            (DIR | LISTEN, [b'-', name @ ..]) => {
                let name = keep(grant_text::plain_text(name, Syntax::Item)?)?;
                return if self.remove(kinds, Some(name)) { Ok(()) } else { Err(NOT_GRANTED) };
            }
            (DIR, _) => {
                let dir = grant_text::dir(item, Syntax::Item)?;
                new.kind = if dir.read_only { Kind::DirReadOnly } else { Kind::Dir };
                (new.text, new.name) = (keep(dir.host)?, keep(dir.guest)?);
                self.remove(kinds, Some(new.name));
                return self.add(new);
            }
            (LISTEN, _) => {
                grant_text::listen(item)?;
                new.kind = Kind::Listen;
                self.remove(kinds, Some(item));
                return self.add(new);
            }
            (ENV, _) => {
                let text;
                (new.kind, text) = match item {
                    [b'-', name @ ..] => (Kind::EnvRemove, grant_text::plain_text(name, Syntax::Item)?),
                    _ => match grant_text::env(item, Syntax::Item)? {
                        grant_text::Env::Set(text) => (Kind::EnvSet, text),
                        grant_text::Env::Inherit(name) => (Kind::EnvInherit, name),
                    },
                };
                new.text = keep(text)?;
                return self.add(new);
            }
            (INHERIT_ENV, b"0") => {}
            (INHERIT_ENV, b"1") => new.kind = Kind::EnvInheritAll,
            (INHERIT_ENV, _) => return Err(Error("neither 1 nor 0")),
            (MAX_MEMORY, _) => (new.kind, new.number) = (Kind::MaxMemory, grant_text::size(item)?),
            (TIMEOUT, _) => (new.kind, new.number) = (Kind::Timeout, grant_text::duration(item)?),
            _ => new.kind = Kind::Arg0,
        }
        self.remove(kinds, None);
        self.add(new)
    }

    fn add(&mut self, grant: Grant<'a>) -> Result<(), Error> {
        self.0.try_reserve(1).map_err(|_| NO_MEMORY)?;
        self.0.push(grant);
        Ok(())
    }

    /// Takes away all grants of these kinds, or those of them with this name; false if there is none.
    fn remove(&mut self, kinds: u16, name: Option<&[u8]>) -> bool {
        let mut found = false;
        for grant in &mut self.0 {
            if kinds >> grant.kind as u8 & 1 != 0 && name.is_none_or(|name| grant.name == name) {
                grant.kind = Kind::Gone;
                found = true;
            }
        }
        found
    }

    /// All grants.
    pub fn iter(&self) -> impl Iterator<Item = &Grant<'a>> {
        self.0.iter()
    }

    /// The last grant of a kind.
    pub fn last(&self, kind: Kind) -> Option<&Grant<'a>> {
        self.0.iter().rev().find(|grant| grant.kind == kind)
    }

    /// The environment of the program, `NAME=VALUE` each, made from the process's.
    pub fn environment<'b>(&'b self, process: impl Iterator<Item = &'b [u8]> + Clone) -> Vec<&'b [u8]> {
        let mut variables: Vec<&'b [u8]> = Vec::new();
        let inheritable =
            process.filter(|variable| split_variable(variable).is_some_and(|(name, _)| !name.starts_with(PREFIX)));
        if self.last(Kind::EnvInheritAll).is_some() {
            variables.extend(inheritable.clone());
        }
        for &Grant { kind, text, .. } in &self.0 {
            let (name, new) = match kind {
                Kind::EnvSet => (split_variable(text).map_or(text, |(name, _)| name), Some(text)),
                Kind::EnvInherit => (text, inheritable.clone().find(|variable| has_name(variable, text))),
                Kind::EnvRemove => (text, None),
                _ => continue,
            };
            match (variables.iter_mut().find(|variable| has_name(variable, name)), new) {
                (Some(old), Some(new)) => *old = new,
                (None, Some(new)) => variables.push(new),
                (_, None) if kind == Kind::EnvRemove => variables.retain(|old| !has_name(old, name)),
                (_, None) => {}
            }
        }
        variables
    }
}

/// Splits `NAME=VALUE`; the name has at least one byte.
fn split_variable(variable: &[u8]) -> Option<(&[u8], &[u8])> {
    let name = variable.iter().skip(1).position(|&byte| byte == b'=')? + 1;
    Some((variable.get(..name)?, variable.get(name + 1..)?))
}

fn has_name(variable: &[u8], name: &[u8]) -> bool {
    split_variable(variable).is_some_and(|(own, _)| own == name)
}

/// The place of a word among words with NUL between them; `usize::MAX` if it is none of them.
fn position(words: &[u8], word: &[u8]) -> usize {
    words.split(|&byte| byte == 0).position(|other| other == word).unwrap_or(usize::MAX)
}

/// Copies the bytes that a text stands for, and a NUL. The copy stays for ever, as grants do.
#[inline(never)]
fn keep(text: Text<'_>) -> Result<&'static [u8], Error> {
    let room = text.room() + 1;
    let layout = Layout::array::<u8>(room).map_err(|_| NO_MEMORY)?;
    // SAFETY: the layout is of one byte at least; the bytes are zero and never freed.
    let copy = unsafe {
        let first = alloc_zeroed(layout);
        if first.is_null() {
            return Err(NO_MEMORY);
        }
        core::slice::from_raw_parts_mut(first, room)
    };
    let len = copy.iter_mut().zip(text.bytes()).map(|(to, from)| *to = from).count();
    Ok(copy.get(..len).unwrap_or_default())
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

    fn text(bytes: &[u8]) -> &str {
        core::str::from_utf8(bytes).unwrap()
    }

    fn dirs(grants: &Grants) -> Vec<String> {
        let one = |grant: &Grant| match grant.kind {
            Kind::Dir => Some(format!("{} {} rw", text(grant.text), text(grant.name))),
            Kind::DirReadOnly => Some(format!("{} {} ro", text(grant.text), text(grant.name))),
            _ => None,
        };
        grants.iter().filter_map(one).collect()
    }

    fn all(grants: &Grants, kind: Kind) -> Vec<String> {
        grants.iter().filter(|grant| grant.kind == kind).map(|grant| text(grant.text).to_string()).collect()
    }

    fn number(grants: &Grants, kind: Kind) -> Option<u64> {
        grants.last(kind).map(|grant| grant.number)
    }

    #[test]
    fn the_tables_are_those_of_the_abi() {
        let keys: Vec<&str> = grant::RECORDS.iter().map(|row| row.key).collect();
        assert_eq!(text(RECORDS).split('\0').collect::<Vec<_>>(), keys);
        for (place, row) in grant::RECORDS.iter().enumerate() {
            let (kind, operands) = RECORD_KINDS[place];
            assert_eq!((kind as usize, usize::from(operands)), (place, row.operands));
            let variable =
                row.variable.map(|name| position(VARIABLES, name.strip_prefix("WASMAOT_").unwrap().as_bytes()));
            assert!(variable.is_none_or(|variable| VARIABLE_KINDS[variable] >> place & 1 == 1), "{}", row.key);
        }
        let places = [("DIR", DIR), ("LISTEN", LISTEN), ("ENV", ENV), ("INHERIT_ENV", INHERIT_ENV), ("ARG0", 4)];
        for (name, place) in places.into_iter().chain([("MAX_MEMORY", MAX_MEMORY), ("TIMEOUT", TIMEOUT)]) {
            assert_eq!(position(VARIABLES, name.as_bytes()), place);
        }
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
        assert_eq!(all(&grants, Kind::EnvSet), ["A=1=2"]);
        assert_eq!(all(&grants, Kind::EnvInherit), ["HOME"]);
        assert_eq!(all(&grants, Kind::Listen), ["[::1]:80"]);
        assert_eq!(all(&grants, Kind::Arg0), ["x"]);
        assert_eq!((number(&grants, Kind::MaxMemory), number(&grants, Kind::Timeout)), (Some(65536), Some(10)));
        assert!(grants.last(Kind::EnvInheritAll).is_some() && grants.last(Kind::Sealed).is_some());
        assert_eq!(Grants::from_section(b"").unwrap().iter().count(), 0);
    }

    #[test]
    fn damaged_sections() {
        for strings in [
            &["dri", "a", "b"][..],
            &["dir", "a"],
            &["dir"],
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
            with(&base, &[&variable]).map(|grants| dirs(&grants)).map_err(|refused| refused.reason.0)
        };
        assert_eq!(after("").unwrap(), ["/h /g rw", "/i /j rw"]);
        assert_eq!(after("/k").unwrap(), ["/h /g rw", "/i /j rw", "/k /k rw"]);
        assert_eq!(after("/k::/g:ro").unwrap(), ["/i /j rw", "/k /g ro"]);
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
        assert_eq!(all(&grants, Kind::Listen), ["[::1]:2"]);
        assert_eq!(all(&grants, Kind::Arg0), ["a,b"]);
        assert_eq!((number(&grants, Kind::MaxMemory), number(&grants, Kind::Timeout)), (Some(64 << 20), None));
        assert!(grants.last(Kind::EnvInheritAll).is_none());
        let grants = with(&base, &["WASMAOT_LISTEN=127.0.0.1:1", "WASMAOT_TIMEOUT=2s", "WASMAOT_TIMEOUT=3s"]).unwrap();
        assert_eq!((all(&grants, Kind::Listen).len(), number(&grants, Kind::Timeout)), (1, Some(3000)));
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
            assert!(bad.as_bytes().starts_with(refused.place) && !refused.reason.0.is_empty(), "{bad}");
        }
    }

    #[test]
    fn sealed_programs_ignore_variables() {
        let base = section(&["sealed"]);
        let variables = ["WASMAOT_DIR=/", "WASMAOT_ENV=A=1", "WASMAOT_LISTEN=bad", "WASMAOT_INHERIT_ENV=1"];
        assert_eq!(with(&base, &variables).unwrap().iter().count(), 1);
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
