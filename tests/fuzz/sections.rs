//! A binary module as a list of sections, and the numbers it is written with.

/// Section ids.
pub const CUSTOM: u8 = 0;
#[allow(missing_docs)]
pub const TYPE: u8 = 1;
#[allow(missing_docs)]
pub const IMPORT: u8 = 2;
#[allow(missing_docs)]
pub const FUNCTION: u8 = 3;
#[allow(missing_docs)]
pub const GLOBAL: u8 = 6;
#[allow(missing_docs)]
pub const EXPORT: u8 = 7;
#[allow(missing_docs)]
pub const ELEMENT: u8 = 9;
#[allow(missing_docs)]
pub const CODE: u8 = 10;
#[allow(missing_docs)]
pub const DATA: u8 = 11;
#[allow(missing_docs)]
pub const DATA_COUNT: u8 = 12;

/// Magic number and version.
pub const HEADER: &[u8] = b"\0asm\x01\0\0\0";

/// A section: id and what follows its size.
#[derive(Clone)]
pub struct Section {
    /// Which.
    pub id: u8,
    /// Its content.
    pub content: Vec<u8>,
}

impl Section {
    /// Place in a module.
    pub fn order(&self) -> u8 {
        // Tags come after memories, the data count before code.
        *[0, 10, 20, 30, 40, 50, 70, 80, 90, 100, 120, 130, 110, 60].get(self.id as usize).unwrap_or(&u8::MAX)
    }
}

/// Takes a module apart; `None` if its sections have no such sizes.
pub fn split(bytes: &[u8]) -> Option<Vec<Section>> {
    let mut rest = bytes.strip_prefix(HEADER)?;
    let mut sections = Vec::new();
    while let Some((&id, after)) = rest.split_first() {
        rest = after;
        let size = take(&mut rest)? as usize;
        sections.push(Section { id, content: rest.get(..size)?.to_vec() });
        rest = &rest[size..];
    }
    Some(sections)
}

/// Puts a module together.
pub fn join(sections: &[Section]) -> Vec<u8> {
    let mut bytes = HEADER.to_vec();
    for section in sections {
        bytes.push(section.id);
        unsigned(&mut bytes, section.content.len() as u64);
        bytes.extend(&section.content);
    }
    bytes
}

/// Adds items to the vector that a section is; the section is made if there is none.
pub fn append(sections: &mut Vec<Section>, id: u8, count: u64, items: &[u8]) -> Option<()> {
    let position = sections.iter().position(|section| section.id == id).unwrap_or_else(|| {
        sections.push(Section { id, content: vec![0] });
        sections.len() - 1
    });
    let section = &mut sections[position];
    let mut old = section.content.as_slice();
    let before = take(&mut old)?;
    let mut content = Vec::new();
    unsigned(&mut content, before + count);
    content.extend(old);
    content.extend(items);
    section.content = content;
    Some(())
}

/// Reads an unsigned LEB128 number.
pub fn take(bytes: &mut &[u8]) -> Option<u64> {
    let mut value = 0;
    for shift in (0..64).step_by(7) {
        let (&byte, rest) = bytes.split_first()?;
        *bytes = rest;
        value |= u64::from(byte & 0x7f) << shift;
        if byte < 0x80 {
            return Some(value);
        }
    }
    None
}

/// Writes an unsigned LEB128 number.
pub fn unsigned(bytes: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        bytes.push(value as u8 | 0x80);
        value >>= 7;
    }
    bytes.push(value as u8);
}

/// Writes a signed LEB128 number.
pub fn signed(bytes: &mut Vec<u8>, mut value: i64) {
    while !(-64..64).contains(&value) {
        bytes.push(value as u8 | 0x80);
        value >>= 7;
    }
    bytes.push(value as u8 & 0x7f);
}

/// Writes a name.
pub fn name(bytes: &mut Vec<u8>, text: &str) {
    unsigned(bytes, text.len() as u64);
    bytes.extend(text.as_bytes());
}
