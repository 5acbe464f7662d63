//! The bytes of the sections: of one unit, and all of them put together.

use super::types::Form;
use crate::error::{Error, Result};
use crate::object::{DebugKind, DebugSection, Fixup, FixupTarget};
use crate::symbols::Symbol;
use foldhash::fast::RandomState;
use foldhash::{HashMap, HashMapExt};
use gimli::constants::{DW_RLE_end_of_list, DW_RLE_offset_pair, DwAt, DwForm, DwTag};
use gimli::leb128::write::Leb128;
use std::ffi::CStr;
use std::hash::{BuildHasher, Hash, Hasher};
use std::sync::LazyLock;

/// Bytes with places to patch.
#[derive(Clone, Debug, Default)]
pub struct Buffer {
    /// Bytes.
    pub bytes: Vec<u8>,
    /// Places.
    pub fixups: Vec<Fixup>,
}

impl Buffer {
    /// Bytes so far.
    pub fn len(&self) -> u32 {
        self.bytes.len() as u32
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.bytes.is_empty()
    }

    /// Takes all bytes out; their room stays.
    pub fn clear(&mut self) {
        self.bytes.clear();
        self.fixups.clear();
    }

    /// One byte.
    pub fn u8(&mut self, value: u8) {
        self.bytes.push(value);
    }

    /// Two bytes.
    pub fn u16(&mut self, value: u16) {
        self.bytes.extend_from_slice(&value.to_le_bytes());
    }

    /// Four bytes.
    pub fn u32(&mut self, value: u32) {
        self.bytes.extend_from_slice(&value.to_le_bytes());
    }

    /// Eight bytes.
    pub fn u64(&mut self, value: u64) {
        self.bytes.extend_from_slice(&value.to_le_bytes());
    }

    /// Unsigned LEB128.
    pub fn uleb(&mut self, value: u64) {
        push_uleb(&mut self.bytes, value);
    }

    /// Signed LEB128.
    pub fn sleb(&mut self, value: i64) {
        self.bytes.extend_from_slice(Leb128::signed(value).bytes());
    }

    /// An address.
    pub fn address(&mut self, symbol: Symbol, addend: i64) {
        self.fixups.push(Fixup { offset: self.len(), target: FixupTarget::Address(symbol), addend });
        self.u64(0);
    }

    /// An offset in another section.
    pub fn offset(&mut self, kind: DebugKind, value: u32) {
        self.fixups.push(Fixup { offset: self.len(), target: FixupTarget::Offset(kind), addend: value.into() });
        self.u32(0);
    }

    /// Another buffer's bytes.
    pub fn append(&mut self, other: &Buffer) {
        let at = self.len();
        self.fixups.extend(other.fixups.iter().map(|fixup| Fixup { offset: fixup.offset + at, ..*fixup }));
        self.bytes.extend_from_slice(&other.bytes);
    }

    /// A range in a list of ranges or locations: an offset pair, whose number is the same in both, or a pair of addresses.
    pub fn range(&mut self, version: u16, (start, end): (u32, u32)) {
        if version >= 5 {
            self.u8(DW_RLE_offset_pair.0);
            self.uleb(start.into());
            self.uleb(end.into());
        } else {
            self.u64(start.into());
            self.u64(end.into());
        }
    }

    /// The end of such a list.
    pub fn end_of_list(&mut self, version: u16) {
        if version >= 5 {
            self.u8(DW_RLE_end_of_list.0);
        } else {
            self.u64(0);
            self.u64(0);
        }
    }

    /// Writes offsets in other sections where no linker moves these.
    fn settle(&mut self) {
        self.fixups.retain(|fixup| {
            let is_offset = matches!(fixup.target, FixupTarget::Offset(_));
            if is_offset {
                let place = fixup.offset as usize;
                self.bytes[place..place + 4].copy_from_slice(&(fixup.addend as u32).to_le_bytes());
            }
            !is_offset
        });
    }

    /// A field of four bytes that was written earlier.
    pub fn patch_u32(&mut self, at: u32, value: u32) {
        self.bytes[at as usize..at as usize + 4].copy_from_slice(&value.to_le_bytes());
    }
}

/// Adds an unsigned LEB128. Most have one byte, and nearly all others three.
#[inline]
pub fn push_uleb(bytes: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        bytes.push(value as u8 | 0x80);
        value >>= 7;
    }
    bytes.push(value as u8);
}

/// A string of a unit, as it stands in the bytes until all units are put together: its place in the source's `.debug_str`, or, of those
/// that are the unit's own, its number.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct StringId(u32);

/// In numbers of a unit's own strings.
const OWN: u32 = 1 << 31;

impl StringId {
    /// One of the source's; none if it is so far behind that there can be none.
    pub fn of_source(place: usize) -> Option<StringId> {
        u32::try_from(place).ok().filter(|place| place & OWN == 0).map(StringId)
    }

    /// The four bytes that stand for it.
    pub fn bytes(self) -> [u8; 4] {
        self.0.to_le_bytes()
    }
}

/// What one unit adds. Offsets in it are from its own start; what refers to another section means this unit's part of it.
#[derive(Debug, Default)]
pub struct UnitOutput {
    /// `.debug_info`, with its header.
    pub info: Buffer,
    /// `.debug_abbrev`.
    pub abbreviations: Abbreviations,
    /// `.debug_line`.
    pub line: Buffer,
    /// `.debug_rnglists` without a header, or `.debug_ranges`.
    pub ranges: Buffer,
    /// `.debug_loclists` without a header, or `.debug_loc`.
    pub locations: Buffer,
    /// Strings that the source has not, by number.
    pub strings: Strings,
    /// Where strings are named in `info`, by four bytes each.
    pub named: Vec<u32>,
    /// Where this unit stands in the source's `.debug_info`, and where its entries went: (source, output), by source.
    pub source: usize,
    /// See `source`. Only those that other units refer to.
    pub entries: Entries,
    /// References to entries of other units: place in `info`, offset in the source's `.debug_info`, form.
    pub foreign: Vec<(u32, usize, Form)>,
}

/// Places in the source, with the form, and in the output.
type Entries = Vec<((u32, Form), u32)>;

/// Strings, each once.
#[derive(Debug, Default)]
pub struct Strings {
    numbers: HashMap<Vec<u8>, StringId>,
}

impl Strings {
    /// The number of a string.
    pub fn add(&mut self, text: &[u8]) -> StringId {
        if let Some(id) = self.numbers.get(text) {
            return *id;
        }
        let id = StringId(self.numbers.len() as u32 | OWN);
        self.numbers.insert(text.to_vec(), id);
        id
    }
}

/// The shape of an entry: its tag, whether it has children, and names and forms of its attributes.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Abbreviation {
    words: Vec<u32>,
    /// Of these. They are looked for with each entry, and are many.
    hash: u64,
}

/// Where hashes begin: nobody can make a module whose shapes have the same.
static SEED: LazyLock<u64> = LazyLock::new(|| RandomState::default().hash_one(0));

impl Hash for Abbreviation {
    fn hash<H: Hasher>(&self, state: &mut H) {
        state.write_u64(self.hash);
    }
}

impl Abbreviation {
    /// Begins with a tag.
    pub fn begin(&mut self, tag: DwTag) {
        self.words.clear();
        self.hash = *SEED;
        self.word(u32::from(tag.0) << 1);
    }

    /// Adds an attribute.
    pub fn push(&mut self, name: DwAt, form: DwForm) {
        self.word(u32::from(name.0) << 16 | u32::from(form.0));
    }

    fn word(&mut self, word: u32) {
        self.words.push(word);
        // Any odd number whose bits are mixed does; the table mixes what comes of it once more.
        self.hash = (self.hash.rotate_left(5) ^ u64::from(word)).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    }

    /// Whether it has an attribute.
    pub fn has(&self, name: DwAt) -> bool {
        self.words[1..].iter().any(|attribute| attribute >> 16 == u32::from(name.0))
    }
}

/// Shapes of entries, each once.
#[derive(Debug, Default)]
pub struct Abbreviations {
    bytes: Buffer,
    codes: HashMap<Abbreviation, u32>,
}

impl Abbreviations {
    /// The code of a shape.
    pub fn code(&mut self, shape: &mut Abbreviation, children: bool) -> u32 {
        if children {
            shape.words[0] |= 1;
            shape.hash = !shape.hash;
        }
        if let Some(code) = self.codes.get(shape) {
            return *code;
        }
        let code = self.codes.len() as u32 + 1;
        self.bytes.uleb(code.into());
        self.bytes.uleb((shape.words[0] >> 1).into());
        self.bytes.u8(children.into());
        for attribute in &shape.words[1..] {
            self.bytes.uleb((attribute >> 16).into());
            self.bytes.uleb((attribute & 0xffff).into());
        }
        self.bytes.u16(0);
        self.codes.insert(shape.clone(), code);
        code
    }
}

/// All units.
pub struct Output {
    version: u16,
    /// Offsets in these sections need no linker.
    sole: bool,
    info: Buffer,
    abbrev: Buffer,
    line: Buffer,
    ranges: Buffer,
    locations: Buffer,
    strings: Vec<u8>,
    string_places: HashMap<Vec<u8>, u32>,
    /// Of each unit: where it is in the source, in the output, and its entries in both.
    entries: Vec<(usize, u32, Entries)>,
    foreign: Vec<(u32, usize, Form)>,
}

/// Bytes of the header of a unit's part of `.debug_rnglists` and `.debug_loclists`, without an index.
pub const LIST_HEADER: u32 = 12;

impl Output {
    /// Without units. Where nothing else that is linked has debug information, these are the `sole` ones.
    pub fn new(version: u16, sole: bool) -> Output {
        Output {
            version,
            sole,
            info: Buffer::default(),
            abbrev: Buffer::default(),
            line: Buffer::default(),
            ranges: Buffer::default(),
            locations: Buffer::default(),
            strings: Vec::new(),
            string_places: HashMap::new(),
            entries: Vec::new(),
            foreign: Vec::new(),
        }
    }

    /// The sections for lists.
    fn lists(&self) -> (DebugKind, DebugKind) {
        if self.version >= 5 { (DebugKind::RngLists, DebugKind::LocLists) } else { (DebugKind::Ranges, DebugKind::Loc) }
    }

    /// Adds the units of a module; `strings` is its `.debug_str`.
    pub fn add_units(&mut self, units: Vec<UnitOutput>, strings: &[u8]) {
        self.info.bytes.reserve(units.iter().map(|unit| unit.info.bytes.len()).sum());
        // Where strings went, by their places in the source; 1 more, because 0 is nowhere.
        let mut places = vec![0; strings.len()];
        for unit in units {
            self.add_unit(unit, strings, &mut places);
        }
    }

    fn add_unit(&mut self, unit: UnitOutput, source_strings: &[u8], places: &mut [u32]) {
        let UnitOutput {
            mut info,
            mut abbreviations,
            line,
            ranges,
            locations,
            strings,
            named,
            source,
            entries,
            foreign,
        } = unit;
        let start = self.info.len();
        let mut list: Vec<(Vec<u8>, StringId)> = strings.numbers.into_iter().collect();
        list.sort_unstable_by_key(|(_, id)| id.0);
        let own: Vec<u32> = list.into_iter().map(|(text, _)| self.string(text)).collect();
        let mut bases = HashMap::new();
        bases.insert(DebugKind::Abbrev, self.abbrev.len());
        abbreviations.bytes.u8(0);
        self.abbrev.append(&abbreviations.bytes);
        bases.insert(DebugKind::Line, self.line.len());
        self.line.append(&line);
        let (ranges_kind, locations_kind) = self.lists();
        bases.insert(ranges_kind, add_list(&mut self.ranges, &ranges, self.version));
        bases.insert(locations_kind, add_list(&mut self.locations, &locations, self.version));
        for fixup in &mut info.fixups {
            if let FixupTarget::Offset(kind) = fixup.target {
                fixup.addend += i64::from(bases.get(&kind).copied().unwrap_or(0));
            }
        }
        for at in named {
            let field = &mut info.bytes[at as usize..at as usize + 4];
            let id = u32::from_le_bytes([field[0], field[1], field[2], field[3]]);
            let place = match own.get((id & !OWN) as usize).filter(|_| id & OWN != 0) {
                Some(place) => *place,
                None => self.source_string(id as usize, source_strings, places),
            };
            if self.sole {
                field.copy_from_slice(&place.to_le_bytes());
            } else {
                field.fill(0);
                let target = FixupTarget::Offset(DebugKind::Str);
                info.fixups.push(Fixup { offset: at, target, addend: place.into() });
            }
        }
        if self.sole {
            info.settle();
        } else {
            info.fixups.sort_unstable_by_key(|fixup| fixup.offset);
        }
        self.info.append(&info);
        self.foreign.extend(foreign.into_iter().map(|(at, to, form)| (start + at, to, form)));
        self.entries.push((source, start, entries));
    }

    /// Place of a string of the source. It has each once, or its linker would have wanted it so.
    fn source_string(&mut self, at: usize, source: &[u8], places: &mut [u32]) -> u32 {
        let (Some(place), Some(text)) = (places.get_mut(at), source.get(at..)) else { return self.string(Vec::new()) };
        if *place == 0 {
            *place = self.strings.len() as u32 + 1;
            self.strings.extend_from_slice(CStr::from_bytes_until_nul(text).map_or(text, CStr::to_bytes));
            self.strings.push(0);
        }
        *place - 1
    }

    /// Place of a string.
    fn string(&mut self, text: Vec<u8>) -> u32 {
        if let Some(place) = self.string_places.get(&text) {
            return *place;
        }
        let place = self.strings.len() as u32;
        self.strings.extend_from_slice(&text);
        self.strings.push(0);
        self.string_places.insert(text, place);
        place
    }

    /// All sections that have any bytes.
    pub fn finish(mut self) -> Result<Vec<DebugSection>> {
        self.entries.sort_by_key(|(source, ..)| *source);
        for (at, to, form) in std::mem::take(&mut self.foreign) {
            let unit = self.entries.partition_point(|(source, ..)| *source <= to).checked_sub(1);
            let found = unit.and_then(|unit| {
                let (source, start, entries) = &self.entries[unit];
                let find = |form| entries.binary_search_by_key(&((to - source) as u32, form), |(key, _)| *key).ok();
                let index = find(form).or_else(|| find(Form::Plain))?;
                Some(start + entries[index].1)
            });
            // An entry that is not there: the unit's own root is as good as any.
            let offset = found.unwrap_or(0);
            if self.sole {
                self.info.patch_u32(at, offset);
                continue;
            }
            let fixup = self.info.fixups.binary_search_by_key(&at, |fixup| fixup.offset);
            let fixup = fixup.map_err(|_| Error::internal("a reference without a place"))?;
            self.info.fixups[fixup].addend = offset.into();
        }
        let (ranges, locations) = self.lists();
        let strings = Buffer { bytes: self.strings, fixups: Vec::new() };
        let sections = [
            (DebugKind::Info, self.info),
            (DebugKind::Abbrev, self.abbrev),
            (DebugKind::Line, self.line),
            (DebugKind::Str, strings),
            (ranges, self.ranges),
            (locations, self.locations),
        ];
        let sections = sections.into_iter().filter(|(_, buffer)| !buffer.is_empty());
        let sections =
            sections.map(|(kind, Buffer { bytes, fixups })| DebugSection { kind, bytes, fixups, functions: vec![] });
        Ok(sections.collect())
    }
}

/// Adds a unit's lists, in DWARF 5 with a header; where they begin.
fn add_list(section: &mut Buffer, list: &Buffer, version: u16) -> u32 {
    if version >= 5 && !list.is_empty() {
        section.u32(LIST_HEADER - 4 + list.len());
        section.u16(5);
        section.u8(8);
        section.u8(0);
        section.u32(0);
    }
    let start = section.len();
    section.append(list);
    start
}
