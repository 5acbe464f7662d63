//! Structures as gdb 13 lays them out where members have computed addresses: such a member has no size, one of an unnamed part must have
//! none, and a number that is referred to has its own.

#![allow(non_upper_case_globals)] // DWARF's own names

use super::super::location::Scope;
use super::super::types::Shape;
use super::pointers::Made;
use super::{Copier, is_about_code};
use gimli::constants::*;

impl Copier<'_, '_> {
    /// Copies a member of a structure.
    pub(super) fn member(&mut self, index: usize, scope: Option<&Scope<'_>>) {
        let tree = self.tree;
        let mut draft = self.draft(DW_TAG_member);
        let told = self.told(index);
        if let (Some((place, made)), Some(ty)) = (told, tree.type_of(index)) {
            draft.number(DW_AT_data_member_location, place);
            draft.reference(DW_AT_type, (ty, made));
        }
        for (name, value) in tree.attributes(index) {
            let is_set = told.is_some() && matches!(name, DW_AT_type | DW_AT_data_member_location);
            if !is_set && !is_about_code(name) {
                self.copy(&mut draft, index, name, value, scope);
            }
        }
        let is_table = || tree.type_of(index).is_some_and(|ty| tree.is_table(ty));
        if told.is_some() || is_table() || self.is_captured_this(index) {
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

    /// Where gdb is to look for a member, if not at its place, and the form of its type there.
    pub(super) fn told(&self, member: usize) -> Option<(u64, Made)> {
        if let Some((place, size)) = self.stretch(member) {
            return Some((size, Made::Last(u32::try_from(size - place).unwrap_or(u32::MAX))));
        }
        self.number_place(member).map(|(told, before)| (told, Made::Number(before)))
    }

    /// The place of a pointer in a structure, and the structure's size, if gdb is to look for it behind the structure. Pointers in
    /// structures have no size in gdb ([`Made::Target`]), and where it has resolved them it takes for the end of the structure that of
    /// its last part: steps from one to the next would be too small.
    pub(super) fn stretch(&self, member: usize) -> Option<(u64, u64)> {
        let entries = &self.tree.entries;
        let structure = entries[member].parent;
        let is_union = entries[structure].tag == DW_TAG_union_type;
        if self.is_rust() || is_union || !self.has_no_size(member) || self.is_in_unnamed(member) {
            return None;
        }
        let (place, size) = (self.place_of_part(member)?, self.size_of_structure(structure)?);
        // The last one does it for all.
        let mut behind = self.tree.siblings(entries[member].end.max(member + 1), entries[structure].end);
        if behind.any(|part| self.has_no_size(part)) || self.has_end(structure, size) {
            return None;
        }
        (place < size).then_some((place, size))
    }

    /// Whether a part of a structure ends where it does, to gdb. References to numbers do not end behind it ([`Copier::number_place`]).
    fn has_end(&self, structure: usize, size: u64) -> bool {
        let is_part = |part: &usize| matches!(self.tree.entries[*part].tag, DW_TAG_member | DW_TAG_inheritance);
        let mut parts = self.tree.children(structure).filter(is_part);
        parts.any(|part| self.end_of_part(part).is_some_and(|end| end >= size))
    }

    /// Whether a member is a pointer that has no size in gdb.
    fn has_no_size(&self, member: usize) -> bool {
        self.is_computed(member) && !self.is_number_reference(member) && self.member_array(member).is_none()
    }

    /// Where gdb is to look for a reference to a number ([`Made::Number`]), if not at its place, and how many bytes before that it is. The
    /// number has another size than the reference, and is to end with the structure at the latest; where nothing else ends there, the
    /// last does. (One that is larger than the structure makes it larger.)
    fn number_place(&self, member: usize) -> Option<(u64, i32)> {
        if !self.is_number_reference(member) {
            return None;
        }
        let entries = &self.tree.entries;
        let structure = entries[member].parent;
        let (place, size) = (self.place_of_part(member)?, self.size_of_structure(structure)?);
        let latest = size.saturating_sub(self.end_of_part(member)?.saturating_sub(place));
        let mut behind = self.tree.siblings(entries[member].end.max(member + 1), entries[structure].end);
        let is_last = !behind.any(|part| self.is_number_reference(part));
        let ends_it =
            || !self.tree.children(structure).any(|part| self.has_no_size(part)) && !self.has_end(structure, size);
        let told = if is_last && ends_it() { latest } else { place.min(latest) };
        let before = i32::try_from(told as i64 - place as i64).ok()?;
        (before != 0).then_some((told, before))
    }

    pub(super) fn place_of_part(&self, part: usize) -> Option<u64> {
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

    /// Whether gdb takes a member for the number that it refers to ([`Made::Number`]).
    pub(super) fn is_number_reference(&self, member: usize) -> bool {
        !self.is_rust()
            && !self.tree.is_static(member)
            && self.referred_number(member).is_some()
            && !self.is_in_unnamed(member)
            && self.size_of_structure(self.tree.entries[member].parent).is_some()
    }

    /// Whether an entry is a part of a structure or union without a name whose members are those of the structure around it. gdb 13 has an
    /// internal error where such a member has a computed address, unless the whole part is where the structure begins.
    pub(super) fn is_in_unnamed(&self, member: usize) -> bool {
        let structure = self.tree.entries[member].parent;
        if self.is_rust() {
            return false;
        }
        if let Some(known) = self.unnamed.borrow().get(&structure) {
            return *known;
        }
        let answer = self.is_unnamed(structure);
        self.unnamed.borrow_mut().insert(structure, answer);
        answer
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
