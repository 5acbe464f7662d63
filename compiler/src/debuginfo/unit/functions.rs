//! Functions as debuggers see them: what a call of one would come to, where it has the instance, of which type its result is.

#![allow(non_upper_case_globals)] // DWARF's own names

use super::super::code::FunctionMap;
use super::super::location::{self, Location, Scope};
use super::super::types::{DEPTH, Passed, Shape};
use super::Copier;
use super::pointers::Made;
use crate::translate::{self, Returned};
use gimli::constants::*;
use std::rc::Rc;

/// The name of a function's first parameter, where that is an instance.
pub(super) const INSTANCE_NAME: &[u8] = b"wasm_instance";

/// What a debugger's call of a function comes to.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Calls {
    /// It works.
    Possible,
    /// It works for those who pass the instance.
    Instance,
    /// What the function expects is not what the debugger would pass. A parameter more makes every call one with too few.
    Incomplete,
    /// As before, and where its result is cannot be said either.
    Refused,
}

impl Copier<'_, '_> {
    /// The type of a result that a function writes to memory, as debuggers are to see it.
    pub(super) fn result_type(&self, ty: u32, function: &FunctionMap) -> Option<(u32, Made)> {
        // gdb looks for it where the platform returns a number of that name.
        if self.tree.resolve(ty).is_some_and(|index| self.is_quad(index)) {
            return Some((ty, Made::Unknown));
        }
        let Some(result) = self.context.results.get(&function.wasm.start) else {
            // A structure of one number. Where an expression calls the function, lldb needs the type, and finds the number.
            let has_parts = matches!(self.tree.shape(ty), Shape::Record | Shape::Array);
            let is_lost = self.is_rust() && has_parts && !self.is_read_from_registers(ty);
            return is_lost.then_some((ty, Made::Result));
        };
        match result {
            // They would show what happens to be in the registers.
            None => Some((ty, Made::Unknown)),
            Some(Returned { words: Some(_), .. }) => Some((ty, Made::Native)),
            Some(Returned { by_address: true, .. }) => Some((ty, Made::InMemory)),
            Some(Returned { bytes: ..=16, by_reference: false, .. }) if !self.is_read_from_registers(ty) => {
                Some((ty, Made::Result))
            }
            Some(_) => None,
        }
    }

    /// Whether lldb 19 finds a result's parts in registers. It takes the numbers there in the order in which the type has them, as if
    /// each began where the one before ends, and shows zeros where anything else is in it: arrays, what has no size, as allocators
    /// in Rust, bases, bit-fields, and parts that lie over each other.
    fn is_read_from_registers(&self, ty: u32) -> bool {
        let mut read = Some(0);
        self.tree.resolve(ty).is_some_and(|index| self.are_parts_read(index, 0, &mut read, 0))
    }

    /// The same of a thing that begins at a byte, where so many have been read; none if that says nothing, as with an empty class in it.
    fn are_parts_read(&self, index: usize, at: u64, read: &mut Option<u64>, depth: usize) -> bool {
        let entry = &self.tree.entries[index];
        match entry.tag {
            DW_TAG_structure_type | DW_TAG_class_type | DW_TAG_union_type if depth < DEPTH => {}
            DW_TAG_array_type => return false,
            tag => {
                let size = match tag {
                    DW_TAG_base_type | DW_TAG_enumeration_type => self.tree.size(index as u32),
                    _ => Some(self.unit.encoding().address_size.into()),
                };
                let Some(size @ 1..) = size else { return false };
                let Some(before) = *read else { return true };
                // What does not fit into the first register is in the second.
                let begins = if before < 8 && before + size > 8 { 8 } else { before };
                *read = Some(begins + size);
                return begins == at;
            }
        }
        let mut parts = self.tree.children(index).filter(|child| match self.tree.entries[*child].tag {
            DW_TAG_member => !self.tree.is_static(*child),
            tag => matches!(tag, DW_TAG_variant_part | DW_TAG_inheritance),
        });
        let number = |part, name| self.tree.attribute(part, name)?.udata_value();
        let is_read = |part: usize| {
            if self.tree.is_empty(part) {
                *read = read.filter(|_| self.tree.entries[part].tag == DW_TAG_inheritance);
                return true;
            }
            let ty = self.tree.type_of(part).and_then(|ty| self.tree.resolve(ty));
            let place = number(part, DW_AT_data_member_location).or(Some(0)).and_then(|place| at.checked_add(place));
            let is_field = self.tree.entries[part].tag == DW_TAG_member && number(part, DW_AT_bit_size).is_none();
            let (Some(ty), Some(place)) = (ty, place) else { return false };
            let before = *read;
            is_field && self.are_parts_read(ty, place, read, depth + 1) && (read.is_none() || before < *read)
        };
        parts.all(is_read)
    }

    /// What a debugger's call of a function, or of one of a type, would come to.
    pub(super) fn calls(&self, index: usize) -> Calls {
        let result = self.tree.type_of(index).map(|ty| self.tree.passed(ty));
        let parameter = |child| self.tree.type_of(child).is_some_and(|ty| self.tree.passed(ty) == Passed::Register);
        let mut fits = result != Some(Passed::Memory);
        for child in self.tree.children(index) {
            match self.tree.entries[child].tag {
                DW_TAG_formal_parameter => fits &= parameter(child),
                DW_TAG_unspecified_parameters => return Calls::Refused,
                _ => {}
            }
        }
        match result {
            Some(Passed::Other) => Calls::Refused,
            _ if !fits => Calls::Incomplete,
            _ if self.context.has_instance => Calls::Instance,
            _ => Calls::Possible,
        }
    }

    /// The parameter of a method's declaration in C++ by whose type alone debuggers do not call it ([`Made::Passed`]), where something has to
    /// keep them from it ([`Calls::Incomplete`]): with one parameter more, lldb would not know operators, nor what stands in them.
    pub(super) fn passed_parameter(&self, method: usize) -> Option<usize> {
        let entries = &self.tree.entries;
        let class = entries[entries[method].parent].tag;
        if self.is_rust() || !matches!(class, DW_TAG_structure_type | DW_TAG_class_type | DW_TAG_union_type) {
            return None;
        }
        let has = |index, name| self.tree.attribute(index, name).is_some();
        let is_own = |child: &usize| {
            entries[*child].tag == DW_TAG_formal_parameter
                && !has(*child, DW_AT_artificial)
                && self.tree.type_of(*child).is_some()
        };
        let parameter = self.tree.children(method).find(is_own)?;
        has(method, DW_AT_declaration).then_some(parameter)
    }

    /// Where a function has the instance, if that is all that keeps debuggers from calling it: then it is shown as what it is, the
    /// first parameter.
    pub(super) fn instance(&self, index: usize, calls: Calls, own: Option<&Scope<'_>>) -> Option<Location> {
        let has = |name| self.tree.attribute(index, name).is_some();
        if calls != Calls::Instance
            || self.tree.entries[index].tag != DW_TAG_subprogram
            || has(DW_AT_object_pointer)
            || has(DW_AT_specification)
            || has(DW_AT_abstract_origin)
        {
            return None;
        }
        let function = own?.function;
        let (start, end, place) = function.places(translate::INSTANCE, function.native.0, function.native.1).next()?;
        Some(Location::List(vec![(start, end, Rc::new(location::instance(place)?))]))
    }
}
