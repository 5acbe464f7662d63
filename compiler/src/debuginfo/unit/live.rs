//! Which entries of a unit are copied: a linker has dropped most of the functions of libraries, and what only those refer
//! to says nothing about the program. In Rust that goes for all types; a unit in another language has those that its
//! source uses, and a debugger may be asked for any.

#![allow(non_upper_case_globals)] // DWARF's own names

use super::super::source::{Reader, Source, SourceUnit, Unit, Value, kept};
use super::super::tree::Tree;
use super::super::types::Form;
use super::attributes::type_form;
use gimli::constants::*;
use gimli::{AttributeValue, DwTag, Operation};
use rayon::prelude::*;

/// Offsets in `.debug_info` of the entries that other units refer to, in order, types with the form that they are to have there. What
/// refers to them from within a function that is not there does not count.
pub fn shared(source: &Source<'_>) -> Vec<(usize, Form)> {
    let mut shared: Vec<(usize, Form)> =
        source.units.par_iter().flat_map_iter(|unit| references(&source.dwarf, unit)).collect();
    shared.par_sort_unstable();
    shared.dedup();
    shared
}

/// What a unit refers to in others.
fn references<'a>(dwarf: &gimli::Dwarf<Reader<'a>>, unit: &SourceUnit<'a>) -> Vec<(usize, Form)> {
    let tree = &unit.tree;
    let is_dropped = |function: usize| {
        tree.entries[function].tag == DW_TAG_subprogram
            && tree.attribute(function, DW_AT_low_pc).is_some()
            && unit.low_pc(dwarf, function).is_none()
    };
    let counts = |entry: usize| {
        let mut within = entry;
        while within != 0 && !is_dropped(within) {
            within = tree.entries[within].parent;
        }
        within == 0
    };
    let mut found: Vec<(usize, Form)> = Vec::with_capacity(tree.foreign.len());
    for &(entry, is_type, offset) in tree.foreign.iter().filter(|(entry, ..)| counts(*entry as usize)) {
        found.push((offset, Form::Plain));
        let entry = entry as usize;
        let tag = tree.entries[entry].tag;
        // Variables may be in registers, and structures parts of such.
        if is_type && matches!(tag, DW_TAG_variable | DW_TAG_formal_parameter | DW_TAG_member | DW_TAG_inheritance) {
            found.push((offset, Form::Element));
        }
        let form = type_form(tag, tag == DW_TAG_member && tree.is_static(entry));
        if is_type && form != Form::Plain {
            found.push((offset, form));
        }
    }
    found.sort_unstable();
    found.dedup();
    found
}

/// Those of a unit, from its start.
pub fn shared_of(tree: &Tree<'_>, shared: &[(usize, Form)]) -> impl Iterator<Item = (u32, Form)> {
    let first = shared.partition_point(|(offset, _)| *offset < tree.start);
    let last = tree.entries.last().map_or(0, |entry| entry.offset);
    let within =
        shared[first..].iter().map_while(move |(offset, form)| Some((u32::try_from(offset - tree.start).ok()?, *form)));
    within.take_while(move |(offset, _)| *offset <= last)
}

/// For each entry, whether it is copied. `has_code` says whether there is code of one that had some in the source.
/// `shared` are the entries that other units refer to.
pub(super) fn entries<'a>(
    unit: &Unit<'a>,
    tree: &Tree<'a>,
    shared: &[(usize, Form)],
    has_code: impl Fn(usize, Value<'a>) -> bool,
) -> Vec<bool> {
    let rust = tree.language() == Some(DW_LANG_Rust);
    let mut marks = Marks { tree, rust, live: vec![false; tree.entries.len()], queue: vec![0] };
    marks.queue.extend(shared_of(tree, shared).filter_map(|(offset, _)| tree.at(offset)));
    // Code that was there: whether it still is.
    let code = |index| {
        let low = tree.attribute(index, DW_AT_low_pc).or(tree.attribute(index, DW_AT_ranges))?;
        Some(has_code(index, low))
    };
    for (index, entry) in tree.entries.iter().enumerate().skip(1) {
        let outermost = is_container(tree.entries[entry.parent].tag);
        let is_root = match entry.tag {
            DW_TAG_subprogram => code(index) == Some(true),
            _ if !outermost => false,
            DW_TAG_variable | DW_TAG_constant => {
                let place = tree.attribute(index, DW_AT_location);
                place.map_or(tree.attribute(index, DW_AT_const_value).is_some(), |place| is_placed(unit, place))
            }
            DW_TAG_base_type | DW_TAG_imported_declaration | DW_TAG_imported_module | DW_TAG_imported_unit => true,
            tag => !rust && !is_container(tag),
        };
        if is_root {
            marks.queue.push(index);
            marks.follow();
        }
    }
    marks.follow();
    marks.live
}

/// What has things in it that have nothing to do with each other.
fn is_container(tag: DwTag) -> bool {
    matches!(tag, DW_TAG_compile_unit | DW_TAG_partial_unit | DW_TAG_namespace | DW_TAG_module)
}

/// Whether the linker kept a variable.
fn is_placed<'a>(unit: &Unit<'a>, place: Value<'a>) -> bool {
    let AttributeValue::Exprloc(expression) = place else { return true };
    let expression: gimli::Expression<Reader<'a>> = expression;
    match expression.operations(unit.encoding()).next() {
        Ok(Some(Operation::Address { address })) => kept(unit, address),
        _ => true,
    }
}

struct Marks<'t, 'a> {
    tree: &'t Tree<'a>,
    rust: bool,
    live: Vec<bool>,
    queue: Vec<usize>,
}

impl Marks<'_, '_> {
    /// Marks what is in the queue, and all that it needs.
    fn follow(&mut self) {
        while let Some(index) = self.queue.pop() {
            if std::mem::replace(&mut self.live[index], true) {
                continue;
            }
            self.queue.push(self.tree.entries[index].parent);
            let tree = self.tree;
            for (name, value) in tree.references(index) {
                if name != DW_AT_sibling
                    && let Some(target) = tree.target(value)
                {
                    self.queue.push(target);
                }
            }
            if !is_container(tree.entries[index].tag) {
                for child in tree.children(index) {
                    if !self.rust || !self.is_method(child) {
                        self.queue.push(child);
                    }
                }
            }
        }
    }

    /// Whether an entry declares a method.
    fn is_method(&self, index: usize) -> bool {
        let entry = &self.tree.entries[index];
        let parent = self.tree.entries[entry.parent].tag;
        entry.tag == DW_TAG_subprogram
            && matches!(parent, DW_TAG_structure_type | DW_TAG_union_type | DW_TAG_enumeration_type)
    }
}
