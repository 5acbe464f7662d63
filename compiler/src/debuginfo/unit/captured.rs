//! Members that are references or pointers, as lldb sees them in a method, or in a lambda that captures them. In memory they are classes of
//! 4 bytes to lldb ([`super::wrapper`]): it shows offsets, no text, and knows no members of what a reference leads to. So a method
//! gets variables of the members' names, which are the native pointers, or what the references lead to. lldb takes a variable before a
//! member; it does not list these, as they are artificial, and gdb does not look where they stand.
//!
//! A lambda that captures `this` gets one of each of that object's members, too: lldb follows only native pointers there.

#![allow(non_upper_case_globals)] // DWARF's own names

use super::super::location::{self, Expression, Location, Scope, Wanted};
use super::super::sections::Buffer;
use super::super::types::{Form, Shape};
use super::Copier;
use gimli::constants::*;

/// The name of what a lambda captures as `this`; in C++, no source can give it to another member.
const THIS: &[u8] = b"this";

/// What lldb knows it by.
pub(super) const LLDB_THIS: &[u8] = b"__this";

/// Most members and bases of a class that are looked at, with those of its bases. The latter may be as many as a module's DWARF likes to say.
const MOST: usize = 1000;

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
            // lldb takes for a global what has an address in it, but in a list.
            let location = match place.fixups.is_empty() {
                true => Location::Expression(place.into()),
                false => scope.everywhere(place.into()),
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
        let (mut captured, mut left) = (Vec::new(), MOST);
        self.add_captured(class, &self.behind(&buffer, 0)?, false, &mut left, &mut captured)?;
        types.is_empty().then_some(captured)
    }

    /// Adds members of a class that has an object at an address: all, or what is a reference or a pointer. `left` is how many may still be
    /// looked at; with more, there are none.
    fn add_captured(
        &self,
        class: usize,
        address: &Buffer,
        all: bool,
        left: &mut usize,
        captured: &mut Vec<Captured<'a>>,
    ) -> Option<()> {
        let tree = self.tree;
        let is_part = |child: &usize| matches!(tree.entries[*child].tag, DW_TAG_member | DW_TAG_inheritance);
        for member in tree.children(class).filter(is_part) {
            *left = left.checked_sub(1)?;
            let is_field = tree.attribute(member, DW_AT_bit_size).is_some();
            let left_out = tree.is_static(member) || is_field || self.is_virtual_base(member);
            let Some(ty) = tree.type_of(member).filter(|_| !left_out) else { continue };
            let place =
                tree.attribute(member, DW_AT_data_member_location).map_or(Some(0), |place| place.udata_value())?;
            if tree.entries[member].tag == DW_TAG_inheritance {
                if let Some(base) = tree.resolve(ty) {
                    self.add_captured(base, &part(address, place), all, left, captured)?;
                }
                continue;
            }
            match self.name_of(member) {
                // An object whose method is running is no lambda.
                Some(THIS) if !all => {
                    if let Some(class) = self.pointed_class(ty) {
                        self.add_captured(class, &self.behind(address, place)?, true, left, captured)?;
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

    /// Whether a member is the address of the object whose method a lambda is in. lldb looks for such by its name, and then needs a native
    /// pointer.
    pub(super) fn is_captured_this(&self, member: usize) -> bool {
        self.tree.is_cpp()
            && self.name_of(member) == Some(THIS)
            && self.tree.type_of(member).is_some_and(|ty| self.pointed_class(ty).is_some())
    }

    /// The class that a pointer leads to an object of.
    fn pointed_class(&self, pointer: u32) -> Option<usize> {
        let Shape::Pointer(Some(class)) = self.tree.shape(pointer) else { return None };
        self.tree.resolve(class).filter(|_| self.tree.shape(class) == Shape::Record)
    }

    /// The address that is so many bytes behind where another in memory 0 leads to.
    fn behind(&self, address: &Buffer, place: u64) -> Option<Buffer> {
        let mut behind = part(address, place);
        behind.bytes.extend_from_slice(&[DW_OP_deref_size.0, self.unit.encoding().address_size]);
        location::add_base(self.context, &mut behind, Some(address))?;
        Some(behind)
    }

    /// What a member is as a variable, so many bytes from where its object begins, and the variable's type. A pointer is no place, but the
    /// native address.
    fn as_variable(&self, address: &Buffer, place: u64, ty: u32) -> Option<(Buffer, u32)> {
        let (mut variable, ty) = match self.tree.shape(ty) {
            Shape::Pointer(Some(target)) if self.is_reference(ty) => (self.behind(address, place)?, target),
            _ => (part(address, place), ty),
        };
        let shape = self.tree.shape(ty);
        if self.is_followed(shape) {
            self.load_pointer(&mut variable, matches!(shape, Shape::Code(_)), address)?;
        }
        Some((variable, ty))
    }

    /// Makes of the address of a pointer the native pointer, as a value; `near` is an address in memory 0.
    pub(super) fn load_pointer(&self, buffer: &mut Buffer, is_code: bool, near: &Buffer) -> Option<()> {
        buffer.bytes.extend_from_slice(&[DW_OP_deref_size.0, self.unit.encoding().address_size]);
        if is_code {
            location::function(self.context, buffer)?;
        } else {
            location::follow(self.context, buffer, Some(near))?;
        }
        buffer.u8(DW_OP_stack_value.0);
        Some(())
    }
}

/// The address that is so many bytes behind another.
fn part(address: &Buffer, place: u64) -> Buffer {
    let mut part = address.clone();
    if place > 0 {
        part.u8(DW_OP_plus_uconst.0);
        part.uleb(place);
    }
    part
}
