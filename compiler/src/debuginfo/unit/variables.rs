//! Variables: where each is, as gdb and as lldb are to see it.

#![allow(non_upper_case_globals)] // DWARF's own names

use super::super::location::{Location, Scope, Wanted};
use super::super::outside::Outside;
use super::super::source::Value;
use super::super::types::{Form, Shape};
use super::pointers::Made;
use super::{Copier, Draft, is_about_code};
use gimli::DwAt;
use gimli::constants::*;

/// How a structure that is not in memory must be seen.
pub(super) enum Split<'a> {
    /// As another form of this type.
    Here(u32),
    /// As that of one in another unit, to which this leads.
    Outside(Value<'a>),
    /// The same, but nothing here leads to it directly: the variable is shown as if it had no place.
    Nowhere,
    /// So is this for gdb, with its own type.
    Hidden,
}

impl<'a> Copier<'a, '_> {
    /// Copies a variable or a parameter, and all below.
    pub(super) fn variable(&mut self, index: usize, scope: Option<&Scope<'_>>) {
        let tree = self.tree;
        let entry = &tree.entries[index];
        let mut draft = self.draft(entry.tag);
        let split = self.split(index);
        match split {
            Some(Split::Here(ty)) => draft.reference(DW_AT_type, self.form(ty, Form::Element)),
            Some(Split::Outside(ty)) => self.foreign(&mut draft, DW_AT_type, ty, Form::Element),
            Some(Split::Nowhere | Split::Hidden) | None => {}
        }
        // What lldb reads last counts: the place that this has itself, not that of what it completes.
        if let Some(origin) = tree.attribute(index, DW_AT_abstract_origin) {
            self.copy(&mut draft, index, DW_AT_abstract_origin, origin, scope);
        }
        for (name, value) in tree.attributes(index) {
            let is_set = match name {
                DW_AT_type => !matches!(split, Some(Split::Hidden) | None),
                DW_AT_location => matches!(split, Some(Split::Nowhere | Split::Hidden)),
                name => name == DW_AT_abstract_origin || is_about_code(name),
            };
            if !is_set {
                self.copy(&mut draft, index, name, value, scope);
            }
        }
        if self.needs_place(&draft, index) {
            self.location(&mut draft, DW_AT_location, Location::List(Vec::new()));
        }
        let whole = self.whole(index, scope).map(|location| (location, Made::Native));
        let hidden = || matches!(split, Some(Split::Hidden)).then(|| self.hidden(index, scope))?;
        let whole = whole.or_else(|| Some((self.unlisted(index, scope).or_else(hidden)?, Made::Plain)));
        let is_whole = whole.is_some();
        if let Some((location, made)) = whole {
            draft.reference(DW_AT_abstract_origin, (index as u32, Made::Whole));
            self.whole.push((index, location, made));
        }
        self.write_entry(draft, index, scope);
        if is_whole {
            self.write_place(index);
        }
    }

    /// Whether an entry is a variable or a parameter.
    pub(super) fn is_variable(&self, index: usize) -> bool {
        matches!(self.tree.entries[index].tag, DW_TAG_variable | DW_TAG_formal_parameter)
    }

    /// Whether an entry says more of what another has begun.
    pub(super) fn completes(&self, index: usize) -> bool {
        let has = |name| self.tree.attribute(index, name).is_some();
        has(DW_AT_abstract_origin) || has(DW_AT_specification)
    }

    /// What a variable's location is to give.
    pub(super) fn wanted(&self, index: usize) -> Wanted {
        match self.tree.shape_of(index) {
            Some(Shape::Pointer(_)) => Wanted::Pointer,
            Some(Shape::Code(_)) if self.context.table.is_some() => Wanted::Function,
            Some(Shape::Record | Shape::Array) => Wanted::Aggregate,
            _ => Wanted::Variable,
        }
    }

    /// Where lldb finds a variable that is in no function, if it does not by its list.
    pub(super) fn unlisted(&self, index: usize, scope: Option<&Scope<'_>>) -> Option<Location> {
        if scope.is_some() || self.tree.entries[index].tag != DW_TAG_variable || self.completes(index) {
            return None;
        }
        let value = self.tree.attribute(index, DW_AT_location)?;
        self.locator.unlisted(value, self.wanted(index)).map(Location::Expression)
    }

    /// How a variable is to be seen that is not in memory: gdb has internal errors where a member's address is computed from
    /// that of a structure which has none, and where it shows variants of one.
    pub(super) fn split(&self, index: usize) -> Option<Split<'a>> {
        if !self.is_variable(index) {
            return None;
        }
        let location = self.tree.attribute(index, DW_AT_location)?;
        let (shape, parts, split) = match self.tree.type_of(index) {
            Some(ty) => (self.tree.shape(ty), self.parts_of(ty), Split::Here(ty)),
            None => {
                let Outside { shape, parts, .. } = self.tree.outside(index)?;
                let ty = self.tree.attribute(self.tree.last_origin(index), DW_AT_type);
                (shape, parts, ty.map_or(Split::Nowhere, Split::Outside))
            }
        };
        let split = if parts.variants { Split::Hidden } else { split };
        let is_dynamic = parts.variants || shape == Shape::Record && parts.pointers;
        (is_dynamic && self.locator.has_value(location)).then_some(split)
    }

    /// Where a variable is that this attribute's value tells the place of, all of it.
    pub(super) fn located(&self, index: usize, value: Value<'a>, scope: Option<&Scope<'_>>) -> Location {
        let own = self.tree.type_of(index).and_then(|ty| self.tree.size(ty));
        let bytes = own.or_else(|| self.tree.outside(index)?.size).unwrap_or(0);
        self.locator.translate(value, scope, self.wanted(index)).complete(bytes)
    }

    /// Where lldb finds a variable that gdb is not to show.
    pub(super) fn hidden(&self, index: usize, scope: Option<&Scope<'_>>) -> Option<Location> {
        let value = self.tree.attribute(index, DW_AT_location).filter(|_| !self.completes(index))?;
        Some(self.located(index, value, scope))
    }

    /// Whether a variable has no place or value, but must have an attribute that says so: of a type with computed parts, gdb
    /// would compute them all the same, and fail. What completes another has that of the other.
    pub(super) fn needs_place(&self, draft: &Draft, index: usize) -> bool {
        const OTHERS: [DwAt; 6] = [
            DW_AT_location,
            DW_AT_const_value,
            DW_AT_abstract_origin,
            DW_AT_specification,
            DW_AT_declaration,
            DW_AT_external,
        ];
        if OTHERS.iter().any(|name| draft.shape.has(*name)) {
            return false;
        }
        // What a structure has in it is not known where it is but declared. gdb follows a reference to what it refers to.
        let resolved = self.tree.type_of(index).and_then(|ty| self.tree.resolve(ty));
        let is_reference = resolved.is_some_and(|ty| self.tree.entries[ty].tag == DW_TAG_reference_type);
        is_reference || matches!(self.tree.shape_of(index), Some(Shape::Record | Shape::Array))
    }
}
