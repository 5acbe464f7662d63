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

/// How a variable with parts must be seen, if not as its type says.
pub(super) struct Split<'a> {
    /// The type, and its form.
    ty: Type<'a>,
    form: Form,
    /// gdb is to see it as if it were nowhere.
    hidden: bool,
}

/// What leads to a type.
enum Type<'a> {
    /// It is one of this unit.
    Here(u32),
    /// It is in another.
    Outside(Value<'a>),
    /// The same, but nothing here leads to it directly.
    Nowhere,
}

impl<'a> Copier<'a, '_> {
    /// Copies a variable or a parameter, and all below.
    pub(super) fn variable(&mut self, index: usize, scope: Option<&Scope<'_>>) {
        let tree = self.tree;
        let entry = &tree.entries[index];
        let mut draft = self.draft(entry.tag);
        let value = tree.attribute(index, DW_AT_location);
        let mut location = value.map_or(Location::None, |value| self.located(index, value, scope));
        let has_place = scope.map_or(!location.is_nowhere(), |scope| location.is_without_gaps(&scope.ranges));
        let split = self.split(index, value, has_place, scope);
        let is_typed = match split {
            Some(Split { ty: Type::Here(ty), form, .. }) => {
                draft.reference(DW_AT_type, self.form(ty, form));
                true
            }
            Some(Split { ty: Type::Outside(ty), form, .. }) => {
                self.foreign(&mut draft, DW_AT_type, ty, form);
                true
            }
            Some(Split { ty: Type::Nowhere, .. }) | None => false,
        };
        let is_hidden = split.is_some_and(|split| split.hidden);
        let passed = tree.type_of(index).filter(|_| self.passed == Some(index));
        passed.into_iter().for_each(|ty| draft.reference(DW_AT_type, (ty, Made::Passed)));
        let is_typed = is_typed || passed.is_some();
        // What lldb reads last counts: the place that this has itself, not that of what it completes.
        if let Some(origin) = tree.attribute(index, DW_AT_abstract_origin) {
            self.copy(&mut draft, index, DW_AT_abstract_origin, origin, scope);
        }
        for (name, value) in tree.attributes(index) {
            let is_set = match name {
                DW_AT_type => is_typed,
                DW_AT_location => is_hidden,
                name => name == DW_AT_abstract_origin || is_about_code(name),
            };
            match name {
                _ if is_set => {}
                DW_AT_location => self.location(&mut draft, name, std::mem::replace(&mut location, Location::None)),
                _ => self.copy(&mut draft, index, name, value, scope),
            }
        }
        if self.needs_place(&draft, index) {
            self.location(&mut draft, DW_AT_location, Location::List(Vec::new()));
        }
        let whole = self.whole(index, scope).map(|location| (location, Made::Native));
        // Where lldb finds what gdb is not to show.
        let hidden = || (is_hidden && value.is_some() && !self.completes(index)).then_some(location);
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
    /// that of a structure which has none, and where it shows variants of one. `has_place` tells whether it
    /// is anywhere, and not lost on the way.
    pub(super) fn split(
        &self,
        index: usize,
        location: Option<Value<'a>>,
        has_place: bool,
        scope: Option<&Scope<'_>>,
    ) -> Option<Split<'a>> {
        let (shape, parts, ty) = match self.tree.type_of(index) {
            Some(ty) => match self.tree.shape(ty) {
                shape @ (Shape::Record | Shape::Array) => (shape, self.parts_of(ty), Type::Here(ty)),
                _ => return None,
            },
            None => {
                let Outside { shape, parts, .. } = self.tree.outside(index)?;
                let ty = self.tree.attribute(self.tree.last_origin(index), DW_AT_type);
                (shape, parts, ty.map_or(Type::Nowhere, Type::Outside))
            }
        };
        if !parts.variants && (shape != Shape::Record || !parts.pointers) {
            return None;
        }
        let is_nowhere = matches!(ty, Type::Nowhere);
        if location.is_some_and(|location| self.locator.has_value(location)) {
            return Some(Split { ty, form: Form::Element, hidden: parts.variants || is_nowhere });
        }
        if has_place {
            // What it completes is nowhere, and seen so.
            let completes = location.is_some() && self.tree.attribute(index, DW_AT_abstract_origin).is_some();
            return (completes && !is_nowhere).then_some(Split { ty, form: Form::Plain, hidden: false });
        }
        let is_variable = scope.is_some() || self.is_inline(index);
        let has_value = self.tree.attribute(index, DW_AT_const_value).is_some();
        let lost = is_variable && !has_value && !is_nowhere && !self.completes(index);
        lost.then_some(Split { ty, form: Form::Element, hidden: false })
    }

    /// Whether an entry is in a function that was inlined elsewhere: it says what those calls have in common.
    fn is_inline(&self, index: usize) -> bool {
        let mut within = index;
        while within != 0 && self.tree.entries[within].tag != DW_TAG_subprogram {
            within = self.tree.entries[within].parent;
        }
        self.tree.attribute(within, DW_AT_inline).is_some()
    }

    /// Where a variable is that this attribute's value tells the place of, all of it.
    pub(super) fn located(&self, index: usize, value: Value<'a>, scope: Option<&Scope<'_>>) -> Location {
        let own = self.tree.type_of(index).and_then(|ty| self.tree.size(ty));
        let bytes = own.or_else(|| self.tree.outside(index)?.size).unwrap_or(0);
        self.locator.translate(value, scope, self.wanted(index)).complete(bytes)
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
