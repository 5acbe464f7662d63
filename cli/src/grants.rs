//! Flags that grant -> records for the executable ([`wasmaot_abi::grant`]), or start variables for a program that `run`
//! starts. The texts are read by [`wasmaot_abi::grant_text`], as the runtime does.

use crate::args::Parsed;
use crate::failure::Failure;
use crate::flags::Id;
use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use wasmaot_abi::grant;
use wasmaot_abi::grant_text::{self, Env, Syntax};

/// One grant: its key in [`wasmaot_abi::grant`], and its operands.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Grant {
    key: &'static str,
    operands: Vec<Vec<u8>>,
}

/// The grants among the flags, in their order.
pub fn from_flags(parsed: &Parsed) -> Result<Vec<Grant>, Failure> {
    let mut grants: Vec<Grant> = Vec::new();
    for (id, value) in parsed.flags() {
        let bytes = value.as_bytes();
        let result = match id {
            Id::Dir => dir(bytes),
            Id::Env => env(bytes),
            Id::InheritEnv => Ok(record(grant::ENV_INHERIT_ALL, [])),
            Id::Listen => grant_text::listen(bytes).map(|_| record(grant::LISTEN, [bytes.to_vec()])),
            Id::Arg0 => grant_text::plain_text(bytes, Syntax::Flag).map(|_| record(grant::ARG0, [bytes.to_vec()])),
            Id::MaxMemory => grant_text::size(bytes).map(|size| number(grant::MAX_MEMORY, size)),
            Id::Timeout => grant_text::duration(bytes).map(|time| number(grant::TIMEOUT, time)),
            Id::Sealed => Ok(record(grant::SEALED, [])),
            _ => continue,
        };
        let grant = result.map_err(|error| {
            let flag = crate::flags::FLAGS.iter().find(|flag| flag.id == id).map(ToString::to_string);
            Failure::Usage(format!("{} {value:?}: {error}", flag.unwrap_or_default()))
        })?;
        if let (Id::Dir, Some(guest)) = (id, grant.operands.get(1)) {
            let twice = |old: &&Grant| old.is_dir() && old.operands.get(1) == Some(guest);
            if let Some(old) = grants.iter().find(twice) {
                let (host, guest) = (show(old.operands.first()), show(Some(guest)));
                return Err(Failure::Usage(format!("--dir {value:?}: {guest} is already the folder {host}")));
            }
        }
        grants.push(grant);
    }
    Ok(grants)
}

fn dir(bytes: &[u8]) -> Result<Grant, grant_text::Error> {
    let dir = grant_text::dir(bytes, Syntax::Flag)?;
    let key = if dir.read_only { grant::DIR_READ_ONLY } else { grant::DIR };
    Ok(record(key, [dir.host.bytes().collect(), dir.guest.bytes().collect()]))
}

fn env(bytes: &[u8]) -> Result<Grant, grant_text::Error> {
    Ok(match grant_text::env(bytes, Syntax::Flag)? {
        Env::Set(text) => record(grant::ENV, [text.bytes().collect()]),
        Env::Inherit(name) => record(grant::ENV_INHERIT, [name.bytes().collect()]),
    })
}

fn record<const N: usize>(key: &'static str, operands: [Vec<u8>; N]) -> Grant {
    Grant { key, operands: operands.into() }
}

fn number(key: &'static str, value: u64) -> Grant {
    record(key, [value.to_string().into_bytes()])
}

fn show(bytes: Option<&Vec<u8>>) -> String {
    String::from_utf8_lossy(bytes.map_or(&[], Vec::as_slice)).into_owned()
}

impl Grant {
    /// Whether it closes the program to start variables.
    pub fn is_seal(&self) -> bool {
        self.key == grant::SEALED
    }

    fn is_dir(&self) -> bool {
        self.key == grant::DIR || self.key == grant::DIR_READ_ONLY
    }
}

/// The section's bytes.
pub fn records(grants: &[Grant]) -> Vec<u8> {
    let strings = grants
        .iter()
        .flat_map(|grant| std::iter::once(grant.key.as_bytes()).chain(grant.operands.iter().map(Vec::as_slice)));
    strings.flat_map(|string| string.iter().copied().chain([0])).collect()
}

/// Start variables that mean the same, appended to those that are there already. With `--sealed` those do not count.
pub fn variables(
    grants: &[Grant],
    present: impl Fn(&str) -> Option<OsString>,
) -> Result<Vec<(&'static str, OsString)>, Failure> {
    let mut variables: Vec<(&'static str, Vec<u8>)> = Vec::new();
    let sealed = grants.iter().any(Grant::is_seal);
    for grant in grants {
        let row = grant::RECORDS.iter().find(|row| row.key == grant.key);
        let Some(variable) = row.and_then(|row| row.variable) else { continue };
        let operands: Vec<&[u8]> = grant.operands.iter().map(Vec::as_slice).collect();
        let (item, is_list) = match (grant.key, operands.as_slice()) {
            (grant::DIR, [host, guest]) => (dir_item(host, guest, b""), true),
            (grant::DIR_READ_ONLY, [host, guest]) => (dir_item(host, guest, b":ro"), true),
            (grant::ENV | grant::ENV_INHERIT, [text]) if text.starts_with(b"-") || *text == b"none" => {
                let text = OsStr::from_bytes(text);
                return Err(Failure::Usage(format!("--env {text:?}: `run` cannot pass a variable of this name")));
            }
            (grant::ENV | grant::ENV_INHERIT, [text]) => (escaped(text), true),
            (grant::LISTEN, [address]) => (address.to_vec(), true),
            (grant::ENV_INHERIT_ALL, _) => (b"1".to_vec(), false),
            (grant::TIMEOUT, [milliseconds]) => ([milliseconds, &b"ms"[..]].concat(), false),
            (_, [value]) => (value.to_vec(), false),
            _ => continue,
        };
        match variables.iter_mut().find(|(name, _)| *name == variable) {
            Some((_, old)) if is_list => {
                old.push(b',');
                old.extend(item);
            }
            Some((_, old)) => *old = item,
            None => {
                let before = present(variable).filter(|value| is_list && !sealed && !value.is_empty());
                let mut value = before.map(|value| [value.as_bytes(), b","].concat()).unwrap_or_default();
                value.extend(item);
                variables.push((variable, value));
            }
        }
    }
    Ok(variables.into_iter().map(|(name, value)| (name, OsString::from_vec(value))).collect())
}

/// `HOST::GUEST[:ro]`; a host path that would be a word of the syntax gets a `./`.
fn dir_item(host: &[u8], guest: &[u8], end: &[u8]) -> Vec<u8> {
    let prefix: &[u8] = if host.starts_with(b"-") || host == b"none" { b"./" } else { b"" };
    [prefix, &escaped(host), b"::", &escaped(guest), end].concat()
}

fn escaped(text: &[u8]) -> Vec<u8> {
    let special = |byte: &u8| matches!(byte, b',' | b':' | b'\\');
    text.iter().flat_map(|byte| special(byte).then_some(b'\\').into_iter().chain([*byte])).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::args::{Invocation, parse};

    fn grants(flags: &[&str]) -> Result<Vec<Grant>, String> {
        let args = ["run"].iter().chain(flags).chain(&["a.wasm"]).map(OsString::from);
        match parse(args) {
            Ok(Invocation::Command(parsed)) => from_flags(&parsed).map_err(|failure| failure.to_string()),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn records_of_flags() {
        let all = grants(&[
            "--dir=/a::b:ro",
            "--dir",
            ".",
            "--env=A=1",
            "--env=B",
            "--inherit-env",
            "--listen=127.0.0.1:80",
            "--arg0=x",
            "--max-memory=1MiB",
            "--timeout=2s",
            "--sealed",
        ]);
        let bytes = records(&all.unwrap());
        let strings: Vec<_> = bytes.split(|&byte| byte == 0).map(String::from_utf8_lossy).collect();
        assert_eq!(
            strings.join(" "),
            "dir-ro /a b dir . . env A=1 env-inherit B env-inherit-all listen 127.0.0.1:80 arg0 x max-memory 1048576 \
             timeout 2000 sealed "
        );
        for (flag, part) in [
            ("--dir=", "the host path is empty"),
            ("--listen=80", "--listen \"80\""),
            ("--max-memory=much", "64MiB"),
            ("--timeout=0", "above zero"),
            ("--env==", "name is empty"),
        ] {
            let error = grants(&[flag]).unwrap_err();
            assert!(error.contains(part), "{error}");
        }
        assert!(grants(&["--dir=a::/", "--dir=b::/"]).unwrap_err().contains("/ is already the folder a"));
    }

    #[test]
    fn variables_mean_the_same() {
        let of = |flags: &[&str], present: &'static str| {
            let present = move |name: &str| (name == "WASMAOT_DIR" && !present.is_empty()).then(|| present.into());
            let all = variables(&grants(flags).unwrap(), present).unwrap();
            all.into_iter().map(|(name, value)| format!("{name}={}", value.to_string_lossy())).collect::<Vec<_>>()
        };
        assert_eq!(of(&["--dir=a,b::c:d", "--dir=-x:ro"], ""), [r"WASMAOT_DIR=a\,b::c\:d,./-x::-x:ro"]);
        assert_eq!(of(&["--dir=x"], "/y"), ["WASMAOT_DIR=/y,x::x"]);
        assert_eq!(of(&["--dir=x", "--sealed"], "/y"), ["WASMAOT_DIR=x::x"]);
        assert_eq!(of(&[r"--env=A=1,\", "--env=B"], ""), [r"WASMAOT_ENV=A=1\,\\,B"]);
        assert_eq!(
            of(&["--timeout=2", "--timeout=3", "--inherit-env"], ""),
            ["WASMAOT_TIMEOUT=3000ms", "WASMAOT_INHERIT_ENV=1"]
        );
        assert!(variables(&grants(&["--env=none"]).unwrap(), |_| None).is_err());
    }
}
