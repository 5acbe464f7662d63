//! Virtual methods: what debuggers are told to call instead of them ([`dispatcher`]).
//!
//! gdb takes a method for virtual, and reads the object's virtual table as a native one, by the same attribute by which it shows the word
//! `virtual`. So there is a second entry, which is not virtual, artificial, and stands first: of methods that fit
//! equally well gdb calls the first, and it shows no artificial ones. lldb ignores these; to it no method is virtual. It calls what the
//! last of the names for linkers says, gdb goes by the one with the newer attribute.

#![allow(non_upper_case_globals)] // DWARF's own names

use super::super::dispatcher;
use super::functions::Calls;
use super::pointers::Made;
use super::{Copier, Draft};
use gimli::constants::*;

impl Copier<'_, '_> {
    /// The slot of the method that an entry declares, if there is a function for it.
    pub(super) fn dispatched(&self, index: usize) -> Option<u32> {
        if self.context.slots.is_empty() || self.tree.entries[index].tag != DW_TAG_subprogram {
            return None;
        }
        // A destructor's name for linkers is not known; it has two slots, and they differ in who frees the object.
        let name = self.tree.attribute(index, DW_AT_linkage_name)?;
        let is_destructor = self.text(self.tree.attribute(index, DW_AT_name)?).starts_with(b"~");
        let slot = dispatcher::slot(self.unit, self.tree, index)?;
        (!is_destructor && !self.text(name).is_empty() && self.context.slots.contains(&slot)).then_some(slot)
    }

    /// Adds names for linkers, behind all others: of a method's declaration that of the function which finds the method (`slot`), of
    /// a method's code its own.
    pub(super) fn method_names(&mut self, draft: &mut Draft, index: usize, slot: Option<u32>) {
        if let Some(slot) = slot {
            self.string(draft, DW_AT_MIPS_linkage_name, dispatcher::name(slot).as_bytes());
        }
        if self.context.slots.is_empty() || self.tree.entries[index].tag != DW_TAG_subprogram {
            return;
        }
        let declaration = self.tree.attribute(index, DW_AT_specification).and_then(|value| self.tree.target(value));
        if let Some(declaration) = declaration
            && self.dispatched(declaration).is_some()
            && let Some(name) = self.tree.attribute(declaration, DW_AT_linkage_name)
        {
            self.copy(draft, declaration, DW_AT_linkage_name, name, None);
        }
    }

    /// Writes the methods of a structure once more, in a copy of it.
    pub(super) fn write_methods(&mut self, structure: usize) {
        let tree = self.tree;
        for method in tree.children(structure).filter(|child| tree.entries[*child].tag == DW_TAG_subprogram) {
            let calls = self.calls(method);
            if let Some(slot) = self.dispatched(method) {
                self.write_callable(method, Some(slot), calls);
            }
            self.write_callable(method, None, calls);
        }
    }

    /// Writes what gdb calls as a method, or refuses to: the one for a slot of virtual tables, or itself.
    pub(super) fn write_callable(&mut self, index: usize, slot: Option<u32>, calls: Calls) {
        let mut draft = self.draft(DW_TAG_subprogram);
        let own = [DW_AT_name, DW_AT_type, DW_AT_accessibility, DW_AT_external, DW_AT_declaration, DW_AT_linkage_name];
        let kept = if slot.is_some() { &own[..5] } else { &own[..] };
        if let Some(slot) = slot {
            self.string(&mut draft, DW_AT_linkage_name, dispatcher::name(slot).as_bytes());
        }
        for (name, value) in self.tree.attributes(index).filter(|(name, _)| kept.contains(name)) {
            self.copy(&mut draft, index, name, value, None);
        }
        if slot.is_some() {
            draft.flag(DW_AT_artificial);
        }
        if calls == Calls::Refused {
            draft.number(DW_AT_calling_convention, DW_CC_nocall.0.into());
        }
        if slot.is_none() {
            self.method_names(&mut draft, index, self.dispatched(index));
        }
        self.write(draft, None, true);
        let tree = self.tree;
        let passed = if calls == Calls::Incomplete { self.passed_parameter(index) } else { None };
        for parameter in tree.children(index).filter(|child| tree.entries[*child].tag == DW_TAG_formal_parameter) {
            let mut draft = self.draft(DW_TAG_formal_parameter);
            let ty = tree.type_of(parameter).filter(|_| passed == Some(parameter));
            ty.into_iter().for_each(|ty| draft.reference(DW_AT_type, (ty, Made::Passed)));
            let names = if ty.is_some() { &[DW_AT_artificial][..] } else { &[DW_AT_type, DW_AT_artificial] };
            for &name in names {
                if let Some(value) = tree.attribute(parameter, name) {
                    self.copy(&mut draft, parameter, name, value, None);
                }
            }
            self.write(draft, None, false);
        }
        if calls == Calls::Incomplete && passed.is_none() {
            self.write_missing_parameter();
        }
        self.out.info.u8(0);
    }
}
