//! Functions as debuggers see them: what a call of one would come to, where it has the instance, of which type its result is.

#![allow(non_upper_case_globals)] // DWARF's own names

use super::super::code::FunctionMap;
use super::super::location::{self, Location, Scope};
use super::super::types::Passed;
use super::Copier;
use super::pointers::Made;
use crate::translate::{self, Returned};
use gimli::constants::*;

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
        match self.context.results.get(&function.wasm.start)? {
            // They would show what happens to be in the registers.
            None => Some((ty, Made::Unknown)),
            Some(Returned { words: Some(_), .. }) => Some((ty, Made::Native)),
            Some(Returned { by_address: true, .. }) => Some((ty, Made::InMemory)),
            // lldb knows nothing of parts that lie over each other in registers, nor of arrays there.
            Some(Returned { bytes: ..=16, .. }) if self.is_enumeration(ty) || self.is_array(ty) => {
                Some((ty, Made::Result))
            }
            Some(_) => None,
        }
    }

    fn is_array(&self, ty: u32) -> bool {
        self.tree.resolve(ty).is_some_and(|index| self.tree.entries[index].tag == DW_TAG_array_type)
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
        Some(Location::List(vec![(start, end, location::instance(place)?)]))
    }
}
