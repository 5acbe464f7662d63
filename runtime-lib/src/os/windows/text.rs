//! UTF-8 and UTF-16. What Windows has of unpaired surrogates is kept as their three bytes (WTF-8), in both directions.

use alloc::vec::Vec;

/// An ASCII constant with its NULs at the end.
pub const fn wide<const N: usize>(text: &[u8]) -> [u16; N] {
    let mut out = [0; N];
    let mut at = 0;
    while at < text.len() && at < N {
        out[at] = text[at] as u16;
        at += 1;
    }
    out
}

/// Adds UTF-16 to UTF-8 text.
pub fn push_utf8(out: &mut Vec<u8>, text: &[u16]) {
    for unit in char::decode_utf16(text.iter().copied()) {
        match unit {
            Ok(character) => out.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes()),
            Err(error) => {
                let unit = error.unpaired_surrogate();
                out.extend_from_slice(&[
                    0xe0 | (unit >> 12) as u8,
                    0x80 | (unit >> 6 & 0x3f) as u8,
                    0x80 | (unit & 0x3f) as u8,
                ]);
            }
        }
    }
}

/// Converts UTF-8 to UTF-16 in the room; its length, or none if it is no text or too long.
pub fn to_wide<'a>(text: &[u8], room: &'a mut [u16]) -> Option<&'a [u16]> {
    let mut used = 0;
    let mut rest = text;
    while !rest.is_empty() {
        let valid = match core::str::from_utf8(rest) {
            Ok(text) => text,
            Err(error) => core::str::from_utf8(rest.get(..error.valid_up_to())?).ok()?,
        };
        for unit in valid.encode_utf16() {
            *room.get_mut(used)? = unit;
            used += 1;
        }
        rest = rest.get(valid.len()..)?;
        if let [0xed, second @ 0xa0..=0xbf, third @ 0x80..=0xbf, after @ ..] = rest {
            *room.get_mut(used)? = 0xd000 | u16::from(second & 0x3f) << 6 | u16::from(third & 0x3f);
            used += 1;
            rest = after;
        } else if !rest.is_empty() {
            return None;
        }
    }
    room.get(..used)
}
