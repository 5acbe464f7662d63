//! What the types of a unit are, as far as pointers are concerned.
//!
//! A pointer of wasm has 4 bytes and is an offset in memory 0; debuggers know pointers of 8 bytes that are addresses. So
//! each type has up to three forms ([`Form`]), depending on where a thing of it stands; docs/debugging.md says why.

#![allow(non_upper_case_globals)] // DWARF's own names

use super::source::{Unit, Value};
use foldhash::HashMap;
use gimli::constants::*;
use gimli::{AttributeValue, DwAt, DwTag};
use std::cell::RefCell;
use std::ops::Range;

/// Longest chain of types that is followed, and deepest nesting of a name.
const DEPTH: usize = 32;

/// Deepest nesting of entries, of structures in structures. Copying them is recursive; compilers nest some hundred at most.
const NESTING: usize = 1000;

/// Where a thing of a type stands.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Form {
    /// A variable: pointers are native addresses, computed by its location.
    Plain,
    /// Part of a structure: pointers have their 4 bytes.
    Member,
    /// Element of an array, or what a function returns: as a member, but nothing in it depends on its own address.
    Element,
}

/// What a type is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Shape {
    /// Pointer or reference to this type; none is void.
    Pointer(Option<u32>),
    /// Pointer to a function, or to a member: a number.
    Code,
    /// Structure, class or union.
    Record,
    /// Array.
    Array,
    /// Anything else.
    Other,
}

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
    attributes: Vec<(DwAt, Value<'a>)>,
    /// Where the unit begins in `.debug_info`.
    pub start: usize,
    pointers: RefCell<HashMap<u32, bool>>,
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
    attributes: Range<u32>,
}

impl<'a> Tree<'a> {
    /// Reads a unit. With an error, what stands before it.
    pub fn read(unit: &Unit<'a>) -> (Tree<'a>, Option<Error>) {
        let start = unit.header.debug_info_offset().map_or(0, |offset| offset.0);
        let mut tree = Tree { entries: Vec::new(), attributes: Vec::new(), start, pointers: Default::default() };
        let mut open: Vec<usize> = Vec::new();
        let result = (|| -> Result<(), Error> {
            let mut raw = unit.entries_raw(None)?;
            let mut entry = super::source::Entry::null();
            while !raw.is_empty() {
                if !raw.read_entry(&mut entry)? {
                    continue;
                }
                let depth = usize::try_from(entry.depth()).unwrap_or(0);
                if depth > NESTING {
                    return Err(Error::NestedTooDeeply);
                }
                while open.len() > depth {
                    let index = open.pop().unwrap_or(0);
                    tree.entries[index].end = tree.entries.len();
                }
                // A second root is none.
                if depth == 0 && !tree.entries.is_empty() {
                    break;
                }
                let first = tree.attributes.len() as u32;
                tree.attributes.extend(entry.attrs().iter().map(|attribute| (attribute.name(), attribute.value())));
                let parent = open.last().copied().unwrap_or(0);
                open.push(tree.entries.len());
                tree.entries.push(Entry {
                    parent,
                    offset: entry.offset().0 as u32,
                    tag: entry.tag(),
                    end: usize::MAX,
                    attributes: first..tree.attributes.len() as u32,
                });
            }
            Ok(())
        })();
        for index in open {
            tree.entries[index].end = tree.entries.len();
        }
        (tree, result.err())
    }

    /// Attributes of an entry.
    pub fn attributes(&self, index: usize) -> &[(DwAt, Value<'a>)] {
        let Range { start, end } = self.entries[index].attributes;
        &self.attributes[start as usize..end as usize]
    }

    /// An attribute of an entry.
    pub fn attribute(&self, index: usize, name: DwAt) -> Option<Value<'a>> {
        self.attributes(index).iter().find(|(known, _)| *known == name).map(|(_, value)| *value)
    }

    /// The children of an entry.
    pub fn children(&self, index: usize) -> impl Iterator<Item = usize> + '_ {
        let end = self.entries[index].end;
        let mut next = index + 1;
        std::iter::from_fn(move || {
            let child = next;
            (child < end).then(|| {
                next = self.entries[child].end.max(child + 1);
                child
            })
        })
    }

    /// Index of the entry at an offset.
    pub fn find(&self, offset: u32) -> Option<usize> {
        self.entries.binary_search_by_key(&offset, |entry| entry.offset).ok()
    }

    /// The entry of this unit that a value refers to.
    pub fn reference(&self, value: Value<'a>) -> Option<u32> {
        let offset = match value {
            AttributeValue::UnitRef(offset) => offset.0 as u32,
            AttributeValue::DebugInfoRef(offset) => u32::try_from(offset.0.checked_sub(self.start)?).ok()?,
            _ => return None,
        };
        self.find(offset).map(|_| offset)
    }

    /// The type of an entry, its own or that of what it completes.
    pub fn type_of(&self, index: usize) -> Option<u32> {
        let mut index = index;
        for _ in 0..DEPTH {
            if let Some(ty) = self.attribute(index, DW_AT_type) {
                return self.reference(ty);
            }
            let origin = self.attribute(index, DW_AT_abstract_origin).or(self.attribute(index, DW_AT_specification))?;
            index = self.find(self.reference(origin)?)?;
        }
        None
    }

    /// A type without names and qualifiers before it.
    pub fn resolve(&self, offset: u32) -> Option<usize> {
        let mut index = self.find(offset)?;
        for _ in 0..DEPTH {
            if self.entries[index].tag != DW_TAG_typedef && !is_qualifier(self.entries[index].tag) {
                return Some(index);
            }
            index = self.find(self.type_of(index)?)?;
        }
        None
    }

    /// What a type is.
    pub fn shape(&self, offset: u32) -> Shape {
        let Some(index) = self.resolve(offset) else { return Shape::Other };
        match self.entries[index].tag {
            DW_TAG_pointer_type | DW_TAG_reference_type | DW_TAG_rvalue_reference_type => {
                let target = self.type_of(index);
                let resolved = target.and_then(|target| self.resolve(target));
                match resolved.map(|index| self.entries[index].tag) {
                    Some(DW_TAG_subroutine_type) => Shape::Code,
                    _ => Shape::Pointer(target),
                }
            }
            DW_TAG_ptr_to_member_type => Shape::Code,
            DW_TAG_structure_type | DW_TAG_class_type | DW_TAG_union_type => Shape::Record,
            DW_TAG_array_type => Shape::Array,
            _ => Shape::Other,
        }
    }

    /// A type without qualifiers before it.
    pub fn unqualified(&self, offset: u32) -> u32 {
        let mut offset = offset;
        for _ in 0..DEPTH {
            match self.find(offset) {
                Some(index) if is_qualifier(self.entries[index].tag) => match self.type_of(index) {
                    Some(inner) => offset = inner,
                    None => break,
                },
                _ => break,
            }
        }
        offset
    }

    /// Whether a thing of a type has pointers in it, other than in arrays.
    pub fn has_pointers(&self, offset: u32) -> bool {
        self.has_pointers_within(offset, 0)
    }

    fn has_pointers_within(&self, offset: u32, depth: usize) -> bool {
        // Something so deep could have any.
        if depth > NESTING {
            return true;
        }
        if let Some(known) = self.pointers.borrow().get(&offset) {
            return *known;
        }
        // What contains itself is malformed.
        self.pointers.borrow_mut().insert(offset, false);
        let answer = match self.shape(offset) {
            Shape::Pointer(_) => true,
            Shape::Record => self.resolve(offset).is_some_and(|index| self.members_have_pointers(index, depth + 1)),
            _ => false,
        };
        self.pointers.borrow_mut().insert(offset, answer);
        answer
    }

    fn members_have_pointers(&self, index: usize, depth: usize) -> bool {
        let has = |child| self.type_of(child).is_some_and(|ty| self.has_pointers_within(ty, depth));
        self.children(index).any(|child| match self.entries[child].tag {
            DW_TAG_member => !self.is_static(child) && has(child),
            DW_TAG_inheritance => has(child),
            DW_TAG_variant_part | DW_TAG_variant => self.members_have_pointers(child, depth + 1),
            _ => false,
        })
    }

    /// Whether a member is a variable of its own.
    pub fn is_static(&self, index: usize) -> bool {
        self.attribute(index, DW_AT_external).is_some() || self.attribute(index, DW_AT_declaration).is_some()
    }

    /// A type as C would write it.
    pub fn name(&self, dwarf: &super::source::Source<'a>, unit: &Unit<'a>, offset: Option<u32>) -> String {
        self.declare(dwarf, unit, offset, String::new(), 0)
    }

    fn declare(
        &self,
        source: &super::source::Source<'a>,
        unit: &Unit<'a>,
        offset: Option<u32>,
        inner: String,
        depth: usize,
    ) -> String {
        let join = |name: &str| match inner.as_str() {
            "" => name.to_owned(),
            inner => format!("{name} {inner}"),
        };
        let Some(index) = offset.and_then(|offset| self.find(offset)) else { return join("void") };
        if depth > DEPTH {
            return join("...");
        }
        let named = self.attribute(index, DW_AT_name).and_then(|name| source.dwarf.attr_string(unit, name).ok());
        let named = named.map(|name| name.to_string_lossy().into_owned());
        let target = || self.type_of(index);
        let next = |inner: String| self.declare(source, unit, target(), inner, depth + 1);
        let tag = self.entries[index].tag;
        let keyword = if self.is_c() { tag_keyword(tag) } else { "" };
        match tag {
            DW_TAG_pointer_type => next(self.wrap(target(), format!("*{inner}"))),
            DW_TAG_reference_type => next(self.wrap(target(), format!("&{inner}"))),
            DW_TAG_rvalue_reference_type => next(self.wrap(target(), format!("&&{inner}"))),
            DW_TAG_const_type => match self.declared(target()) {
                Some(DW_TAG_pointer_type) if inner.is_empty() => next("const".to_owned()),
                Some(DW_TAG_pointer_type) => next(format!("const {inner}")),
                _ => format!("const {}", next(inner)),
            },
            DW_TAG_volatile_type => format!("volatile {}", next(inner)),
            tag if is_qualifier(tag) => next(inner),
            DW_TAG_array_type => next(format!("{inner}[]")),
            DW_TAG_subroutine_type => next(format!("{inner}()")),
            _ => join(&format!("{keyword}{}", named.as_deref().unwrap_or("{...}"))),
        }
    }

    /// Puts parentheses around a declarator whose target binds stronger.
    fn wrap(&self, target: Option<u32>, inner: String) -> String {
        match self.declared(target) {
            // gdb takes what is in parentheses for parameters, and finds the name without them, which is that of the element.
            _ if self.language() == Some(DW_LANG_Rust) => inner,
            Some(DW_TAG_array_type | DW_TAG_subroutine_type) => format!("({inner})"),
            _ => inner,
        }
    }

    /// The tag of a type.
    fn declared(&self, ty: Option<u32>) -> Option<DwTag> {
        ty.and_then(|ty| self.find(ty)).map(|index| self.entries[index].tag)
    }

    /// Whether the unit is in C, where structures have their keyword.
    fn is_c(&self) -> bool {
        matches!(self.language(), Some(DW_LANG_C | DW_LANG_C89 | DW_LANG_C99 | DW_LANG_C11 | DW_LANG_C17))
    }

    /// The unit's language.
    pub fn language(&self) -> Option<gimli::DwLang> {
        match self.attribute(0, DW_AT_language)? {
            AttributeValue::Language(language) => Some(language),
            _ => None,
        }
    }
}

fn tag_keyword(tag: DwTag) -> &'static str {
    match tag {
        DW_TAG_structure_type => "struct ",
        DW_TAG_union_type => "union ",
        DW_TAG_enumeration_type => "enum ",
        _ => "",
    }
}

/// Qualifiers of types.
pub fn is_qualifier(tag: DwTag) -> bool {
    matches!(
        tag,
        DW_TAG_const_type
            | DW_TAG_volatile_type
            | DW_TAG_restrict_type
            | DW_TAG_atomic_type
            | DW_TAG_immutable_type
            | DW_TAG_packed_type
    )
}
