//! A unit's tree of entries, read: where each is, what it says, what it refers to. [`super::types`] tells what its types are.

#![allow(non_upper_case_globals)] // DWARF's own names

use super::forms::Entries;
use super::outside::Outside;
use super::packed::Attributes;
use super::source::{Reader, Unit, Value, kept};
use super::types::DEPTH;
use foldhash::HashMap;
use gimli::constants::*;
use gimli::{AttributeValue, DwAt, DwTag};
use std::ops::Range;

/// Bytes of `.debug_info` whose entries are looked through one by one.
const BLOCK: u32 = 8;

/// Deepest nesting of entries, of structures in structures. Copying them is recursive; compilers nest some hundred at most.
pub const NESTING: usize = 1000;

/// Why a unit cannot be read to its end.
#[derive(Debug)]
pub enum Error {
    /// It is malformed.
    Malformed(gimli::Error),
    /// Entries in entries in entries.
    NestedTooDeeply,
}

impl From<gimli::Error> for Error {
    fn from(error: gimli::Error) -> Error {
        Error::Malformed(error)
    }
}

impl std::fmt::Display for Error {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Error::Malformed(error) => error.fmt(f),
            Error::NestedTooDeeply => write!(f, "entries are nested more than {NESTING} deep"),
        }
    }
}

/// A unit's entries.
pub struct Tree<'a> {
    /// In the source's order.
    pub entries: Vec<Entry>,
    attributes: Attributes<'a>,
    /// Of each [`BLOCK`] bytes, the first entry that begins in them or behind.
    blocks: Vec<u32>,
    /// Where the unit begins in `.debug_info`.
    pub start: usize,
    /// References to entries of other units: entry, whether it is to its type, and offset in `.debug_info`.
    pub foreign: Vec<(u32, bool, usize)>,
    /// By index, the types of entries that are in other units.
    pub outside: HashMap<u32, Outside>,
}

/// An entry.
#[derive(Clone, Debug)]
pub struct Entry {
    /// Bytes from the unit's start.
    pub offset: u32,
    /// Its tag.
    pub tag: DwTag,
    /// Index of the entry that it stands in; the root's is its own.
    pub parent: usize,
    /// Index of the entry behind its last descendant.
    pub end: usize,
    /// What leads to its type.
    link: Link,
    attributes: Range<u32>,
}

/// What leads to an entry's type: first offsets, once all entries are read indices.
#[derive(Clone, Copy, Debug)]
enum Link {
    /// It has none.
    None,
    /// The type.
    Type(u32),
    /// What it is made from has the type.
    Origin(u32),
}

impl<'a> Tree<'a> {
    /// Reads a unit, without what is in functions that the linker dropped. With an error, what stands before it.
    pub fn read(dwarf: &gimli::Dwarf<Reader<'a>>, unit: &Unit<'a>) -> (Tree<'a>, Option<Error>) {
        let start = unit.header.debug_info_offset().map_or(0, |offset| offset.0);
        let attributes = Attributes::new(gimli::Section::reader(&dwarf.debug_info).slice());
        let mut tree = Tree {
            entries: Vec::new(),
            attributes,
            blocks: Vec::new(),
            start,
            foreign: Vec::new(),
            outside: HashMap::default(),
        };
        let own = start..start.saturating_add(unit.header.length_including_self());
        // Compilers need some 11 bytes for an entry; room that stays empty costs nothing.
        let entries = own.len() / 10;
        tree.entries.reserve(entries);
        tree.blocks.reserve(own.len() / BLOCK as usize + 1);
        tree.attributes.reserve(entries * 4);
        let mut open: Vec<usize> = Vec::new();
        let mut entries = Entries::new(unit, tree.attributes.info());
        let result = (|| -> Result<(), Error> {
            while !entries.is_empty() {
                let offset = entries.offset();
                let Some(abbreviation) = entries.abbreviation()? else {
                    tree.close(&mut open);
                    continue;
                };
                // A second root is none.
                if open.is_empty() && !tree.entries.is_empty() {
                    break;
                }
                if open.len() > NESTING {
                    return Err(Error::NestedTooDeeply);
                }
                let first = tree.attributes.len();
                entries.attributes(abbreviation, &mut tree.attributes)?;
                let abbreviation = abbreviation.1;
                let link = tree.link(first, &own);
                let index = tree.entries.len();
                while tree.blocks.len() <= (offset / BLOCK) as usize {
                    tree.blocks.push(index as u32);
                }
                tree.entries.push(Entry {
                    parent: open.last().copied().unwrap_or(0),
                    offset,
                    tag: abbreviation.tag(),
                    end: index + 1,
                    link,
                    attributes: first..tree.attributes.len(),
                });
                if !abbreviation.has_children() {
                    continue;
                }
                if abbreviation.tag() == DW_TAG_subprogram
                    && let Some(low) = tree.attribute(index, DW_AT_low_pc)
                    && matches!(dwarf.attr_address(unit, low), Ok(Some(low)) if !kept(unit, low))
                {
                    entries.skip_children()?;
                    continue;
                }
                tree.entries[index].end = usize::MAX;
                open.push(index);
            }
            Ok(())
        })();
        for index in open {
            tree.entries[index].end = tree.entries.len();
        }
        for index in 0..tree.entries.len() {
            let found = |offset| tree.at(offset).map(|index| index as u32);
            tree.entries[index].link = match tree.entries[index].link {
                Link::None => Link::None,
                Link::Type(offset) => found(offset).map_or(Link::None, Link::Type),
                Link::Origin(offset) => found(offset).map_or(Link::None, Link::Origin),
            };
        }
        (tree, result.err())
    }

    /// Ends the innermost of the entries that are open.
    fn close(&mut self, open: &mut Vec<usize>) {
        if let Some(index) = open.pop() {
            self.entries[index].end = self.entries.len();
        }
    }

    /// What leads to the type of the entry that is read, whose attributes are those from one on; notes its references to other units
    /// than this, which has `own` bytes.
    fn link(&mut self, first: u32, own: &Range<usize>) -> Link {
        let entry = self.entries.len() as u32;
        let (mut ty, mut origin, mut specification) = (None, None, None);
        for (name, value) in self.attributes.references(first, self.attributes.len()) {
            if let AttributeValue::DebugInfoRef(offset) = value
                && !own.contains(&offset.0)
            {
                self.foreign.push((entry, name == DW_AT_type, offset.0));
            }
            let place = match name {
                DW_AT_type => &mut ty,
                DW_AT_abstract_origin => &mut origin,
                DW_AT_specification => &mut specification,
                _ => continue,
            };
            *place = place.or(Some(self.own_offset(value)));
        }
        match ty {
            Some(ty) => ty.map_or(Link::None, Link::Type),
            None => origin.or(specification).flatten().map_or(Link::None, Link::Origin),
        }
    }

    /// Attributes of an entry.
    pub fn attributes(&self, index: usize) -> impl Iterator<Item = (DwAt, Value<'a>)> + '_ {
        let Range { start, end } = self.entries[index].attributes;
        self.attributes.range(start, end)
    }

    /// Those of an entry that refer to other entries.
    pub fn references(&self, index: usize) -> impl Iterator<Item = (DwAt, Value<'a>)> + '_ {
        let Range { start, end } = self.entries[index].attributes;
        self.attributes.references(start, end)
    }

    /// An attribute of an entry.
    pub fn attribute(&self, index: usize, name: DwAt) -> Option<Value<'a>> {
        let Range { start, end } = self.entries[index].attributes;
        self.attributes.find(start, end, name)
    }

    /// The children of an entry.
    pub fn children(&self, index: usize) -> impl Iterator<Item = usize> + '_ {
        self.siblings(index + 1, self.entries[index].end)
    }

    /// An entry and those beside it, before another.
    pub fn siblings(&self, first: usize, end: usize) -> impl Iterator<Item = usize> + '_ {
        let mut next = first;
        std::iter::from_fn(move || {
            let child = next;
            (child < end).then(|| {
                next = self.entries[child].end.max(child + 1);
                child
            })
        })
    }

    /// Index of the entry at an offset.
    pub fn at(&self, offset: u32) -> Option<usize> {
        let first = *self.blocks.get((offset / BLOCK) as usize)? as usize;
        let before = self.entries[first..].iter().take_while(|entry| entry.offset < offset).count();
        let index = first + before;
        (self.entries.get(index)?.offset == offset).then_some(index)
    }

    /// The entry of this unit that a value refers to, by index.
    pub fn reference(&self, value: Value<'a>) -> Option<u32> {
        self.target(value).map(|index| index as u32)
    }

    /// The same.
    pub fn target(&self, value: Value<'a>) -> Option<usize> {
        self.at(self.own_offset(value)?)
    }

    /// Where in this unit a value refers to.
    fn own_offset(&self, value: Value<'a>) -> Option<u32> {
        match value {
            AttributeValue::UnitRef(offset) => u32::try_from(offset.0).ok(),
            AttributeValue::DebugInfoRef(offset) => u32::try_from(offset.0.checked_sub(self.start)?).ok(),
            _ => None,
        }
    }

    /// The type of an entry, its own or that of what it completes, by index.
    pub fn type_of(&self, index: usize) -> Option<u32> {
        self.type_index(index).map(|index| index as u32)
    }

    /// The same.
    pub fn type_index(&self, mut index: usize) -> Option<usize> {
        for _ in 0..DEPTH {
            match self.entries[index].link {
                Link::None => return None,
                Link::Type(ty) => return Some(ty as usize),
                Link::Origin(origin) => index = origin as usize,
            }
        }
        None
    }

    /// What an entry without a type of its own completes, if it is in this unit.
    pub fn origin(&self, index: usize) -> Option<usize> {
        match self.entries[index].link {
            Link::Origin(origin) => Some(origin as usize),
            Link::None | Link::Type(_) => None,
        }
    }

    /// What an entry completes, and what that does, as far as it is in this unit: the last.
    pub fn last_origin(&self, mut index: usize) -> usize {
        for _ in 0..DEPTH {
            match self.entries[index].link {
                Link::Origin(origin) => index = origin as usize,
                Link::None | Link::Type(_) => break,
            }
        }
        index
    }

    /// The entries with a tag.
    pub fn of_tag(&self, tag: DwTag) -> impl Iterator<Item = usize> {
        (0..self.entries.len()).filter(move |index| self.entries[*index].tag == tag)
    }
}
