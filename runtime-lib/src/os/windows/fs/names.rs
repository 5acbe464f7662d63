//! Names of the program as the kernel takes them, and which it never sees.

use super::{EINVAL, ENAMETOOLONG, ENOENT};
use crate::os::Errno;
use crate::os::windows::text::to_wide;
use alloc::vec;
use alloc::vec::Vec;

/// Longest component in units of UTF-16.
const MOST: usize = 255;

/// One component of a path.
pub struct Name {
    units: [u16; MOST],
    len: usize,
    /// A slash came after it: it must be a folder.
    pub slash: bool,
}

impl Name {
    /// Checks a name: one component with at most one slash after it, or `.`. Refused is whatever the kernel or other
    /// programs take for more than a name: separators, streams (`:`), wildcards, control characters, blanks and dots at the
    /// end, the names of devices.
    pub fn new(path: &[u8]) -> Result<Name, Errno> {
        let (name, slash) = match path {
            [name @ .., b'/'] => (name, true),
            name => (name, false),
        };
        let mut out = Name { units: [0; MOST], len: 0, slash };
        match name {
            b"" => return Err(ENOENT),
            b"." => return Ok(out),
            _ => {}
        }
        let special =
            |&byte: &u8| byte < b' ' || matches!(byte, b'/' | b'\\' | b':' | b'*' | b'?' | b'"' | b'<' | b'>' | b'|');
        if name.iter().any(special) || matches!(name.last(), Some(b' ' | b'.')) || is_device(name) {
            return Err(EINVAL);
        }
        let len = to_wide(name, &mut out.units).ok_or(ENAMETOOLONG)?.len();
        out.len = len;
        Ok(out)
    }

    /// The name; empty for `.`.
    pub fn units(&self) -> &[u16] {
        self.units.get(..self.len).unwrap_or(&[])
    }
}

/// Whether the part before the first dot names a device, in whatever folder, for most programs of Windows.
fn is_device(name: &[u8]) -> bool {
    let stem = name.split(|&byte| byte == b'.').next().unwrap_or(name).trim_ascii_end();
    let is = |device: &[u8]| stem.eq_ignore_ascii_case(device);
    match stem {
        [a, b, c, digit] if !digit.is_ascii_alphabetic() => {
            let port = [*a, *b, *c].map(|byte| byte.to_ascii_uppercase());
            digit.is_ascii_digit() && matches!(&port, b"COM" | b"LPT")
        }
        _ => is(b"CON") || is(b"PRN") || is(b"AUX") || is(b"NUL") || is(b"CONIN$") || is(b"CONOUT$"),
    }
}

/// A path of the host, with a NUL.
pub fn host_path(path: &[u8]) -> Result<Vec<u16>, Errno> {
    const NUL: &[u8] = b"/dev/null";
    let mut units = vec![0; path.len() + 1];
    let len = to_wide(if path == NUL { b"NUL" } else { path }, &mut units).ok_or(EINVAL)?.len();
    units.truncate(len);
    units.push(0);
    Ok(units)
}
