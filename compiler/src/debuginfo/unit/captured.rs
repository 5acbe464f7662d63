//! Members that are references or pointers, as lldb sees them in a method, or in a lambda that captures them. In memory they are classes of
//! 4 bytes to lldb ([`super::wrapper`]): it shows offsets, no text, and knows no members of what a reference leads to. So a method
//! gets variables of the members' names, which are the native pointers, or what the references lead to. lldb takes a variable before a
//! member; it does not list these, as they are artificial, and gdb does not look where they stand.
//!
//! A lambda that captures `this` gets one of each of that object's members, too: lldb follows only native pointers there.

#![allow(non_upper_case_globals)] // DWARF's own names

use super::super::location::{self, Expression, Location, Scope, Wanted};
use super::super::sections::Buffer;
use super::super::types::{DEPTH, Form, Shape};
use super::Copier;
use gimli::constants::*;
use std::rc::Rc;

/// The name of what a lambda captures as `this`; no source can give it to another member.
const THIS: &[u8] = b"this";

/// What lldb knows it by.
pub(super) const LLDB_THIS: &[u8] = b"__this";

/// A member as a variable.
struct Captured<'a> {
    name: &'a [u8],
    ty: u32,
    place: Buffer,
}

impl<'a> Copier<'a, '_> {
    /// Writes such variables of a method, behind what the source has in it.
    pub(super) fn write_captured(&mut self, method: usize, scope: &Scope<'_>) {
        // Elsewhere a variable is where its value is.
        if self.is_rust() || !self.context.returns_addresses {
            return;
        }
        let Some(captured) = self.captured(method, scope).filter(|captured| !captured.is_empty()) else { return };
        let mut known: Vec<_> = self.tree.children(method).filter_map(|child| self.name_of(child)).collect();
        let draft = self.draft(DW_TAG_dwarf_procedure);
        self.write(draft, None, true);
        for Captured { name, ty, place } in captured {
            if known.contains(&name) {
                continue;
            }
            known.push(name);
            let mut draft = self.draft(DW_TAG_variable);
            self.string(&mut draft, DW_AT_name, name);
            draft.flag(DW_AT_artificial);
            draft.reference(DW_AT_type, self.form(ty, Form::Plain));
            let listed = !place.fixups.is_empty();
            let expression = Expression::from(place);
            // lldb takes for a global what has an address in it, but in a list.
            let location = if listed {
                let expression = Rc::new(expression);
                Location::List(scope.ranges.iter().map(|(start, end)| (*start, *end, expression.clone())).collect())
            } else {
                Location::Expression(expression)
            };
            self.location(&mut draft, DW_AT_location, location);
            self.write(draft, None, false);
        }
        self.out.info.u8(0);
    }

    /// Those of a method, an outer class's before those of its bases.
    fn captured(&self, method: usize, scope: &Scope<'_>) -> Option<Vec<Captured<'a>>> {
        let tree = self.tree;
        let object = tree.children(method).find(|child| tree.entries[*child].tag == DW_TAG_formal_parameter)?;
        tree.attribute(object, DW_AT_artificial)?;
        let class = self.pointed_class(tree.type_of(object)?)?;
        let place = self.locator.translate(tree.attribute(object, DW_AT_location)?, Some(scope), Wanted::Address);
        let Location::Expression(Expression { buffer, types, .. }) = place else { return None };
        let mut captured = Vec::new();
        self.add_captured(class, &self.behind(&buffer, 0)?, false, 0, &mut captured)?;
        types.is_empty().then_some(captured)
    }

    /// Adds members of a class that has an object at an address: all, or what is a reference or a pointer.
    fn add_captured(
        &self,
        class: usize,
        address: &Buffer,
        all: bool,
        depth: usize,
        captured: &mut Vec<Captured<'a>>,
    ) -> Option<()> {
        let tree = self.tree;
        let is_part = |part: &usize| matches!(tree.entries[*part].tag, DW_TAG_member | DW_TAG_inheritance);
        for part in tree.children(class).filter(is_part) {
            let is_field = tree.attribute(part, DW_AT_bit_size).is_some();
            let left_out = tree.is_static(part) || is_field || self.is_virtual_base(part) || depth > DEPTH;
            let Some(ty) = tree.type_of(part).filter(|_| !left_out) else { continue };
            let place =
                tree.attribute(part, DW_AT_data_member_location).map_or(Some(0), |place| place.udata_value())?;
            if tree.entries[part].tag == DW_TAG_inheritance {
                let mut address = address.clone();
                address.u8(DW_OP_plus_uconst.0);
                address.uleb(place);
                if let Some(base) = tree.resolve(ty) {
                    self.add_captured(base, &address, all, depth + 1, captured)?;
                }
                continue;
            }
            match self.name_of(part) {
                Some(THIS) => {
                    if let Some(class) = self.pointed_class(ty) {
                        self.add_captured(class, &self.behind(address, place)?, true, depth + 1, captured)?;
                    }
                }
                Some(name) if all || self.is_followed(tree.shape(ty)) && !tree.is_table(ty) => {
                    let (place, ty) = self.as_variable(address, place, ty)?;
                    captured.push(Captured { name, ty, place });
                }
                _ => {}
            }
        }
        Some(())
    }

    /// An entry's own name.
    fn name_of(&self, entry: usize) -> Option<&'a [u8]> {
        self.tree.attribute(entry, DW_AT_name).map(|name| self.text(name))
    }

    /// Whether a member is the object whose method a lambda is in. lldb looks for such by its name, and then needs a native pointer.
    pub(super) fn is_captured_this(&self, member: usize) -> bool {
        self.name_of(member) == Some(THIS)
    }

    /// The class that a pointer leads to an object of.
    fn pointed_class(&self, pointer: u32) -> Option<usize> {
        let Shape::Pointer(Some(class)) = self.tree.shape(pointer) else { return None };
        let class = self.tree.resolve(class)?;
        let tag = self.tree.entries[class].tag;
        matches!(tag, DW_TAG_structure_type | DW_TAG_class_type | DW_TAG_union_type).then_some(class)
    }

    /// The address that is so many bytes behind another in memory 0.
    fn behind(&self, address: &Buffer, place: u64) -> Option<Buffer> {
        let mut behind = self.loaded(address, place);
        location::add_base(self.context, &mut behind, Some(address))?;
        Some(behind)
    }

    /// The offset or index that is there.
    fn loaded(&self, address: &Buffer, place: u64) -> Buffer {
        let mut loaded = address.clone();
        if place > 0 {
            loaded.u8(DW_OP_plus_uconst.0);
            loaded.uleb(place);
        }
        loaded.bytes.extend_from_slice(&[DW_OP_deref_size.0, self.unit.encoding().address_size]);
        loaded
    }

    /// What a member is as a variable, so many bytes from where its object begins, and the variable's type. A pointer is no place, but the
    /// native address.
    fn as_variable(&self, address: &Buffer, place: u64, ty: u32) -> Option<(Buffer, u32)> {
        let tree = self.tree;
        let (address, place, ty) = match tree.shape(ty) {
            Shape::Pointer(Some(target)) if self.is_reference(ty) => (self.behind(address, place)?, 0, target),
            _ => (address.clone(), place, ty),
        };
        let mut variable = address.clone();
        match tree.shape(ty) {
            Shape::Pointer(_) => {
                variable = self.loaded(&address, place);
                location::follow(self.context, &mut variable, Some(&address))?;
                variable.u8(DW_OP_stack_value.0);
            }
            Shape::Code(_) if self.context.table.is_some() => {
                variable = self.loaded(&address, place);
                location::function(self.context, &mut variable)?;
                variable.u8(DW_OP_stack_value.0);
            }
            _ if place > 0 => {
                variable.u8(DW_OP_plus_uconst.0);
                variable.uleb(place);
            }
            _ => {}
        }
        Some((variable, ty))
    }
}
