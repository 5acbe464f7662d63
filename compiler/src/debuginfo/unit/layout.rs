//! Structures as gdb 13 lays them out where members have computed addresses: such a member has no size, one of an unnamed part must have
//! none, and a number that is referred to has its own. What holds for all members of a structure is asked once.

#![allow(non_upper_case_globals)] // DWARF's own names

use super::super::location::Scope;
use super::super::types::Shape;
use super::pointers::Made;
use super::{Copier, is_about_code};
use foldhash::HashMap;
use gimli::constants::*;
use std::cell::RefCell;

/// What is known of structures, by index.
#[derive(Default)]
pub(super) struct Layouts {
    /// Whether their members are those of the structure around them, at another place.
    unnamed: RefCell<HashMap<usize, bool>>,
    /// Whether gdb may take references in them for numbers.
    numbers: RefCell<HashMap<usize, bool>>,
}

/// The answer for a structure, which is looked for once.
fn once(known: &RefCell<HashMap<usize, bool>>, structure: usize, answer: impl FnOnce() -> bool) -> bool {
    if let Some(known) = known.borrow().get(&structure) {
        return *known;
    }
    let answer = answer();
    known.borrow_mut().insert(structure, answer);
    answer
}

impl Copier<'_, '_> {
    /// Copies a member of a structure.
    pub(super) fn member(&mut self, index: usize, scope: Option<&Scope<'_>>) {
        let tree = self.tree;
        let mut draft = self.draft(DW_TAG_member);
        let stretch = self.stretch(index);
        if let (Some((place, size)), Some(ty)) = (stretch, tree.type_of(index)) {
            draft.number(DW_AT_data_member_location, size);
            draft.reference(DW_AT_type, (ty, Made::Last(u32::try_from(size - place).unwrap_or(u32::MAX))));
        }
        for (name, value) in tree.attributes(index) {
            let is_set = stretch.is_some() && matches!(name, DW_AT_type | DW_AT_data_member_location);
            if !is_set && !is_about_code(name) {
                self.copy(&mut draft, index, name, value, scope);
            }
        }
        let is_table = || tree.type_of(index).is_some_and(|ty| tree.is_table(ty));
        if stretch.is_some() || is_table() {
            draft.reference(DW_AT_abstract_origin, (index as u32, Made::Ghost));
        }
        if self.is_rust() && !tree.is_static(index) {
            let ty = tree.type_of(index);
            if ty.is_some_and(|ty| self.is_followed(tree.shape(ty))) {
                draft.reference(DW_AT_abstract_origin, (index as u32, Made::Ghost));
            }
        }
        self.write_entry(draft, index, scope);
    }

    /// The place of a pointer in a structure, and the structure's size, if gdb is to look for it behind the structure. Pointers in
    /// structures have no size in gdb ([`super::pointers::Made::Target`]), and where it has resolved them it takes for the end of the structure that of
    /// its last part: steps from one to the next would be too small.
    pub(super) fn stretch(&self, member: usize) -> Option<(u64, u64)> {
        let entries = &self.tree.entries;
        let structure = entries[member].parent;
        let is_pointer = |member| {
            self.is_computed(member) && !self.is_number_reference(member) && self.member_array(member).is_none()
        };
        let is_union = entries[structure].tag == DW_TAG_union_type;
        if self.is_rust() || is_union || !is_pointer(member) || self.is_in_unnamed(member) {
            return None;
        }
        let (place, size) = (self.place_of_part(member)?, self.size_of_structure(structure)?);
        // The last one does it for all.
        let mut behind = self.tree.siblings(entries[member].end.max(member + 1), entries[structure].end);
        if behind.any(is_pointer) {
            return None;
        }
        let is_part = |part: &usize| matches!(entries[*part].tag, DW_TAG_member | DW_TAG_inheritance);
        let ends = |part| self.end_of_part(part) == Some(size);
        if self.tree.children(structure).filter(is_part).any(ends) {
            return None;
        }
        (place < size).then_some((place, size))
    }

    fn place_of_part(&self, part: usize) -> Option<u64> {
        self.tree.attribute(part, DW_AT_data_member_location)?.udata_value()
    }

    fn size_of_structure(&self, structure: usize) -> Option<u64> {
        self.tree.attribute(structure, DW_AT_byte_size)?.udata_value()
    }

    /// Whether gdb computes the address of a member.
    fn is_computed(&self, member: usize) -> bool {
        let is_computed = |ty| {
            let shape = self.tree.shape(ty);
            self.is_followed(shape) && !self.is_still(ty, shape)
        };
        self.tree.entries[member].tag == DW_TAG_member
            && !self.tree.is_static(member)
            && self.tree.type_of(member).is_some_and(is_computed)
    }

    /// Where a part of a structure ends, if gdb knows it: it does not depend on computed addresses.
    fn end_of_part(&self, part: usize) -> Option<u64> {
        let ty = self.tree.type_of(part)?;
        let shape = self.tree.shape(ty);
        let bytes = match self.referred_number(part) {
            Some(number) => self.tree.size(number)?,
            None if self.is_followed(shape) && self.is_still(ty, shape) => self.unit.encoding().address_size.into(),
            None => self.tree.size(ty).filter(|_| !self.has_pointers(ty))?,
        };
        self.place_of_part(part)?.checked_add(bytes)
    }

    /// The type of the number that a member is a reference to.
    fn referred_number(&self, member: usize) -> Option<u32> {
        let ty = self.tree.type_of(member).filter(|_| self.tree.entries[member].tag == DW_TAG_member)?;
        let Shape::Pointer(Some(target)) = self.tree.shape(ty) else { return None };
        let number = self.tree.resolve(target)?;
        let is_number = match self.tree.entries[number].tag {
            DW_TAG_base_type => !self.is_quad(number),
            tag => tag == DW_TAG_enumeration_type,
        };
        (is_number && self.is_reference(ty)).then_some(target)
    }

    /// The array that a member is a reference to.
    fn member_array(&self, member: usize) -> Option<usize> {
        let ty = self.tree.type_of(member).filter(|_| self.tree.entries[member].tag == DW_TAG_member)?;
        self.referred_array(ty)
    }

    /// The array that a reference leads to, in other languages than Rust; of constant length.
    pub(super) fn referred_array(&self, reference: u32) -> Option<usize> {
        let Shape::Pointer(Some(target)) = self.tree.shape(reference) else { return None };
        let array = self.tree.resolve(target).filter(|_| !self.is_rust() && self.is_reference(reference))?;
        let is_array = self.tree.entries[array].tag == DW_TAG_array_type;
        let is_counted = |dimension| self.tree.length(dimension).is_some();
        (is_array && self.tree.children(array).all(is_counted)).then_some(array)
    }

    /// Whether gdb takes a member for the number that it refers to ([`super::pointers::Made::Number`]).
    pub(super) fn is_number_reference(&self, member: usize) -> bool {
        let structure = self.tree.entries[member].parent;
        !self.is_rust()
            && !self.tree.is_static(member)
            && self.referred_number(member).is_some()
            && !self.is_in_unnamed(member)
            && once(&self.layouts.numbers, structure, || self.can_have_numbers(structure))
    }

    /// Whether a structure has the right size in gdb where references to numbers have that of the number.
    fn can_have_numbers(&self, structure: usize) -> bool {
        let Some(size) = self.size_of_structure(structure) else { return false };
        let parts = || self.tree.children(structure).filter(|part| self.tree.entries[*part].tag == DW_TAG_member);
        // With a reference to an array, which gdb takes for that, the size is wrong anyway.
        if parts().any(|part| self.member_array(part).is_some()) {
            return true;
        }
        let ends = || parts().filter_map(|part| self.end_of_part(part));
        // A pointer's place can be set so that the size is right.
        let is_pointer =
            |part| self.is_computed(part) && self.referred_number(part).is_none() && self.member_array(part).is_none();
        ends().all(|end| end <= size) && (ends().any(|end| end == size) || parts().any(is_pointer))
    }

    /// Whether an entry is a part of a structure or union without a name whose members are those of the structure around it. gdb 13 has an
    /// internal error where such a member has a computed address, unless the whole part is where the structure begins.
    pub(super) fn is_in_unnamed(&self, member: usize) -> bool {
        let structure = self.tree.entries[member].parent;
        !self.is_rust() && once(&self.layouts.unnamed, structure, || self.is_unnamed(structure))
    }

    fn is_unnamed(&self, structure: usize) -> bool {
        let around = self.tree.entries[structure].parent;
        let is_record = |index: usize| {
            let tag = self.tree.entries[index].tag;
            matches!(tag, DW_TAG_structure_type | DW_TAG_class_type | DW_TAG_union_type)
        };
        if !is_record(structure) || !is_record(around) || self.tree.attribute(structure, DW_AT_name).is_some() {
            return false;
        }
        let own = structure as u32;
        let is_member = |child: &usize| {
            self.tree.entries[*child].tag == DW_TAG_member
                && self.tree.attribute(*child, DW_AT_name).is_none()
                && self.tree.type_of(*child) == Some(own)
        };
        let member = self.tree.children(around).find(is_member);
        member.is_some_and(|member| {
            self.place_of_part(member).is_some_and(|place| place > 0) || self.is_in_unnamed(member)
        })
    }

    /// Whether a base is where its class begins.
    pub(super) fn comes_first(&self, base: usize) -> bool {
        self.place_of_part(base) == Some(0)
    }

    /// Whether a part of a class is a virtual base.
    pub(super) fn is_virtual_base(&self, part: usize) -> bool {
        self.tree.entries[part].tag == DW_TAG_inheritance && self.tree.attribute(part, DW_AT_virtuality).is_some()
    }

    /// Writes a virtual base, as one at the start that has nothing in it. Where the true one is, debuggers look up in a table as native
    /// ones are: gdb finds no other member or method of such a class then, and lldb takes wrong places for the class's own. (It does so,
    /// too, where there is no base.)
    pub(super) fn virtual_base(&mut self, index: usize) {
        let Some(ty) = self.tree.type_of(index) else { return };
        let mut draft = self.draft(DW_TAG_inheritance);
        if let Some(accessibility) = self.tree.attribute(index, DW_AT_accessibility) {
            self.copy(&mut draft, index, DW_AT_accessibility, accessibility, None);
        }
        draft.reference(DW_AT_type, (ty, Made::VirtualBase));
        draft.number(DW_AT_data_member_location, 0);
        self.write(draft, None, false);
    }
}
