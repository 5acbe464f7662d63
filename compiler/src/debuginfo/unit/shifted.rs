//! Pointers that gdb sees with their 4 bytes, in arrays, and references in structures: what they lead to is at a wasm address, so the
//! type there is a copy that adds where memory 0 is, as do the pointers in it. A part of [`super::pointers`], which makes the entries.

#![allow(non_upper_case_globals)] // DWARF's own names

use super::super::types::{Form, Shape};
use super::Copier;
use super::pointers::{Made, Pointer};
use gimli::constants::*;

impl Copier<'_, '_> {
    /// Whether gdb sees a pointer in an array, or a reference in a structure, as what it is: as a reference to an array, it cannot be
    /// null. What it is to must be a structure or again a pointer: gdb 13 computes no addresses of numbers. (Where it looks for text, it
    /// takes the pointer as it is.) Pointers to classes with virtual methods are cast to those of derived ones, and their objects' addresses passed, which gdb can do
    /// with arrays only.
    pub(super) fn is_short(&self, shape: Shape) -> bool {
        let Shape::Pointer(Some(target)) = shape else { return false };
        if self.is_rust() {
            return false;
        }
        match self.tree.shape(target) {
            Shape::Pointer(_) => true,
            Shape::Record => {
                let is_virtual = |class| self.tree.attribute(class, DW_AT_containing_type).is_some();
                !self.tree.resolve(target).is_some_and(is_virtual)
            }
            _ => false,
        }
    }

    pub(super) fn is_reference(&self, ty: u32) -> bool {
        let tag = self.tree.resolve(ty).map(|index| self.tree.entries[index].tag);
        matches!(tag, Some(DW_TAG_reference_type | DW_TAG_rvalue_reference_type))
    }

    /// The same of one in a structure, where pointers are arrays to gdb.
    pub(super) fn is_short_member(&self, pointer: u32, shape: Shape) -> bool {
        self.is_reference(pointer) && self.is_short(shape)
    }

    /// Whether a pointer in a structure has its 4 bytes in gdb, too.
    pub(super) fn is_still(&self, pointer: u32, shape: Shape) -> bool {
        self.is_short_member(pointer, shape) || self.tree.is_table(pointer)
    }

    /// A type whose things are at a wasm address. gdb looks for parts of a structure from there, too.
    pub(super) fn shifted(&mut self, ty: u32) {
        let key = (ty, Made::Shifted);
        let index = ty as usize;
        let shape = self.tree.shape(ty);
        if self.tree.underlying(ty) == Some(ty) && self.is_followed(shape) {
            // A pointer: what it leads to is found as that of a part of a structure.
            let mut draft = self.draft(DW_TAG_typedef);
            let name = self.tree.name(self.context.source, self.unit, Some(ty));
            self.string(&mut draft, DW_AT_name, name.as_bytes());
            draft.reference(DW_AT_type, (ty, Made::Target));
            self.data_location(&mut draft, shape, Pointer::Shifted(0));
            return self.write(draft, key, false);
        }
        let tag = self.tree.entries[index].tag;
        let mut draft = self.draft(tag);
        for (name, value) in self.tree.attributes(index) {
            match (name, self.tree.reference(value)) {
                (DW_AT_type, Some(inner)) => draft.reference(name, (inner, Made::Shifted)),
                (DW_AT_containing_type, _) => {}
                (DW_AT_name, _) => {
                    let path = self.path(index);
                    self.string(&mut draft, name, path.as_bytes());
                }
                _ => self.copy(&mut draft, index, name, value, None),
            }
        }
        if self.tree.underlying(ty) != Some(ty) {
            return self.write(draft, key, false);
        }
        self.data_location(&mut draft, shape, Pointer::Itself);
        let is_record = shape == Shape::Record;
        self.write(draft, key, is_record);
        if is_record {
            let tree = self.tree;
            tree.children(index).for_each(|child| self.shifted_part(child));
            self.write_methods(index);
            self.out.info.u8(0);
        }
    }

    /// A member or base of a structure that is at a wasm address.
    fn shifted_part(&mut self, index: usize) {
        let tag = self.tree.entries[index].tag;
        if self.is_virtual_base(index) {
            return self.virtual_base(index);
        }
        if !matches!(tag, DW_TAG_member | DW_TAG_inheritance) {
            return;
        }
        let stretch = self.stretch(index);
        let mut draft = self.draft(tag);
        for (name, value) in self.tree.attributes(index) {
            match (name, self.tree.reference(value)) {
                (DW_AT_data_member_location, _) if stretch.is_some() => {}
                (DW_AT_type, Some(ty)) if !self.tree.is_static(index) => {
                    let is_part = match tag {
                        DW_TAG_member => !self.is_in_unnamed(index),
                        _ => self.comes_first(index),
                    };
                    let made = match self.tree.shape(ty) {
                        shape if is_part && self.is_followed(shape) && !self.is_still(ty, shape) => {
                            let before = stretch.map_or(0, |(place, size)| size - place);
                            (ty, Made::ShiftedMember(u32::try_from(before).unwrap_or(u32::MAX)))
                        }
                        Shape::Record if is_part && self.has_pointers(ty) => (ty, Made::Shifted),
                        _ => self.form(ty, if is_part { Form::Member } else { Form::Element }),
                    };
                    draft.reference(name, made);
                }
                _ => self.copy(&mut draft, index, name, value, None),
            }
        }
        if let Some((_, size)) = stretch {
            draft.number(DW_AT_data_member_location, size);
        }
        self.write(draft, None, false);
    }
}
