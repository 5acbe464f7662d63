//! Pointers in memory are classes to lldb, and a class can be cast only to what it has a conversion for: to which other pointers than
//! its own. Such conversions are explicit, so that nothing else becomes ambiguous.

#![allow(non_upper_case_globals)] // DWARF's own names

use super::super::types::{DEPTH, Shape, is_qualifier};
use super::Copier;
use super::pointers::Made;
use foldhash::HashSet;
use gimli::constants::*;
use std::cell::{Cell, OnceCell};

/// Most conversions of all pointers of a unit.
const CASTS: usize = 20_000;

/// What is known of a unit's types, once it was asked.
#[derive(Default)]
pub(super) struct Known {
    /// What a `void *` can be cast to point to.
    types: OnceCell<Vec<u32>>,
    /// Numbers of one byte.
    bytes: OnceCell<Vec<u32>>,
    /// Classes that others begin with, and those, by index; in order.
    bases: OnceCell<Vec<(usize, usize)>>,
    /// How many conversions there are.
    casts: Cell<usize>,
}

impl Copier<'_, '_> {
    /// What a pointer can be cast to: to numbers; with a `void *`, to a pointer to any type that the unit has; with others, to a pointer to
    /// what is not constant, to bytes, and to classes that begin with this one.
    pub(super) fn casts(&self, pointer: u32) -> Vec<(u32, Made)> {
        if self.is_rust() {
            return Vec::new();
        }
        let mut casts = vec![(0, Made::Long(true)), (0, Made::Long(false))];
        let mut add = |to: &u32| casts.push((*to, Made::PointerTo));
        match self.tree.shape(pointer) {
            Shape::Code(_) => casts.push((0, Made::Instance)),
            _ if self.is_to_void(pointer) => self.types().iter().for_each(add),
            Shape::Pointer(Some(target)) => {
                // What is constant, or volatile.
                let plain = self.tree.unqualified(target);
                if plain != target {
                    add(&plain);
                }
                let own = self.tree.underlying(target);
                self.bytes().iter().filter(|byte| Some(**byte) != own).for_each(&mut add);
                self.derived(target).iter().for_each(add);
            }
            _ => {}
        }
        casts.truncate(CASTS.saturating_sub(self.casts.casts.get()));
        self.casts.casts.set(self.casts.casts.get() + casts.len());
        casts
    }

    /// Whether a pointer is one to `void`.
    fn is_to_void(&self, pointer: u32) -> bool {
        let mut at = self.tree.resolve(pointer);
        for _ in 0..DEPTH {
            let Some(index) = at else { return false };
            if self.tree.attribute(index, DW_AT_type).is_none() {
                let tag = self.tree.entries[index].tag;
                return is_qualifier(tag) || matches!(tag, DW_TAG_pointer_type | DW_TAG_typedef);
            }
            at = self.tree.type_of(index).map(|ty| ty as usize);
        }
        false
    }

    fn types(&self) -> &[u32] {
        self.casts.types.get_or_init(|| {
            let entries = &self.tree.entries;
            let has_name = |index| self.tree.attribute(index, DW_AT_name).is_some();
            let is_type = |index: &usize| match entries[*index].tag {
                DW_TAG_base_type => !self.is_quad(*index),
                DW_TAG_pointer_type => true,
                DW_TAG_structure_type | DW_TAG_class_type | DW_TAG_union_type | DW_TAG_enumeration_type => {
                    has_name(*index)
                }
                // What has no name but this.
                DW_TAG_typedef => {
                    let ty = self.tree.type_of(*index).map(|ty| ty as usize);
                    ty.is_some_and(|ty| !has_name(ty) && entries[ty].tag != DW_TAG_pointer_type)
                }
                _ => false,
            };
            let types = (0..entries.len()).filter(|index| self.is_live(*index)).filter(is_type).take(CASTS);
            types.map(|index| index as u32).collect()
        })
    }

    fn bytes(&self) -> &[u32] {
        self.casts.bytes.get_or_init(|| {
            let bytes = self.tree.of_tag(DW_TAG_base_type).filter(|index| self.is_live(*index));
            let bytes = bytes.map(|index| index as u32);
            bytes.filter(|ty| self.tree.size(*ty) == Some(1)).take(CASTS).collect()
        })
    }

    /// Classes that begin with one, as far as conversions are left.
    fn derived(&self, target: u32) -> Vec<u32> {
        let bases = self.casts.bases.get_or_init(|| {
            let base = |index: usize| {
                let is_first = self.comes_first(index) && !self.is_virtual_base(index) && self.is_live(index);
                let base = self.tree.type_of(index).and_then(|ty| self.tree.resolve(ty));
                base.filter(|_| is_first).map(|base| (base, self.tree.entries[index].parent))
            };
            let mut bases: Vec<(usize, usize)> = self.tree.of_tag(DW_TAG_inheritance).filter_map(base).collect();
            bases.sort_unstable();
            bases
        });
        let mut classes: Vec<usize> = self.tree.resolve(target).into_iter().collect();
        let mut seen: HashSet<usize> = classes.iter().copied().collect();
        let most = CASTS.saturating_sub(self.casts.casts.get());
        let mut next = 0;
        while let Some(class) = classes.get(next).copied().filter(|_| classes.len() < most) {
            next += 1;
            let own = bases[bases.partition_point(|(base, _)| *base < class)..].iter();
            let own = own.take_while(|(base, _)| *base == class);
            classes.extend(own.map(|(_, derived)| *derived).filter(|derived| seen.insert(*derived)));
        }
        classes.iter().skip(1).map(|class| *class as u32).collect()
    }
}
