//! Pointers in memory are classes to lldb, and a class can be cast only to what it has a conversion for: to which other pointers than
//! its own. Such conversions are explicit, so that nothing else becomes ambiguous.

#![allow(non_upper_case_globals)] // DWARF's own names

use super::Copier;
use super::pointers::Made;
use gimli::constants::*;
use std::cell::OnceCell;

/// Most types that a pointer is cast to.
const CASTS: usize = 1000;

/// What is known of a unit's types, once it was asked; by index.
#[derive(Default)]
pub(super) struct Known {
    /// Numbers of one byte.
    bytes: OnceCell<Vec<usize>>,
    /// Classes that others begin with, and those.
    bases: OnceCell<Vec<(usize, usize)>>,
}

impl Copier<'_, '_> {
    /// What a pointer to a type, or to a function, can be cast to: to numbers; with a `void *`, to a pointer to any type that the unit has;
    /// with others, to a pointer to what is not constant, to bytes, and to classes that begin with this one.
    pub(super) fn casts(&self, target: Option<u32>, is_code: bool) -> Vec<(u32, Made)> {
        if self.is_rust() {
            return Vec::new();
        }
        let mut casts = vec![(0, Made::Long(true)), (0, Made::Long(false))];
        if is_code {
            casts.push((0, Made::Instance));
        } else {
            casts.extend(self.pointees(target).into_iter().map(|offset| (offset, Made::PointerTo)));
        }
        casts
    }

    /// To what types a pointer can be cast to point.
    fn pointees(&self, target: Option<u32>) -> Vec<u32> {
        let entries = &self.tree.entries;
        let Some(target) = target.and_then(|target| Some((target, self.tree.resolve(target)?))) else {
            let is_type = |index: &usize| {
                let is_named = || self.tree.attribute(*index, DW_AT_name).is_some();
                match entries[*index].tag {
                    DW_TAG_base_type => !self.is_quad(*index),
                    DW_TAG_pointer_type => true,
                    DW_TAG_structure_type | DW_TAG_class_type | DW_TAG_union_type | DW_TAG_enumeration_type => {
                        is_named()
                    }
                    // What has no name but this.
                    DW_TAG_typedef => self.tree.type_of(*index).and_then(|ty| self.tree.find(ty)).is_some_and(|ty| {
                        self.tree.attribute(ty, DW_AT_name).is_none() && entries[ty].tag != DW_TAG_pointer_type
                    }),
                    _ => false,
                }
            };
            let types = (0..entries.len()).filter(|index| self.is_live(*index)).filter(is_type).take(CASTS);
            return types.map(|index| entries[index].offset).collect();
        };
        let (offset, target) = target;
        let mut casts = Vec::new();
        // What is constant, or volatile.
        if self.tree.unqualified(offset) != offset {
            casts.push(self.tree.unqualified(offset));
        }
        let bytes = self.bytes().iter().filter(|index| **index != target);
        casts.extend(bytes.map(|index| entries[*index].offset));
        let mut classes = vec![target];
        let mut next = 0;
        while let Some(class) = classes.get(next).copied().filter(|_| classes.len() < CASTS) {
            next += 1;
            for (base, derived) in self.first_bases() {
                if *base == class && !classes.contains(derived) {
                    classes.push(*derived);
                    casts.push(entries[*derived].offset);
                }
            }
        }
        casts
    }

    fn bytes(&self) -> &[usize] {
        self.casts.bytes.get_or_init(|| {
            let is_byte = |index: &usize| self.tree.size(self.tree.entries[*index].offset) == Some(1);
            self.tree.of_tag(DW_TAG_base_type).filter(|index| self.is_live(*index)).filter(is_byte).collect()
        })
    }

    fn first_bases(&self) -> &[(usize, usize)] {
        self.casts.bases.get_or_init(|| {
            let base = |index: usize| {
                let is_first = self.comes_first(index) && !self.is_virtual_base(index) && self.is_live(index);
                let base = self.tree.type_of(index).and_then(|ty| self.tree.resolve(ty));
                base.filter(|_| is_first).map(|base| (base, self.tree.entries[index].parent))
            };
            self.tree.of_tag(DW_TAG_inheritance).filter_map(base).collect()
        })
    }
}
