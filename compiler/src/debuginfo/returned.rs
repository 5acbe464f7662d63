//! Results of functions that debuggers look for in registers, or by an address there, as the platform returns them. In wasm a
//! function writes a structure where its first parameter says and returns nothing; [`crate::translate`] adds the registers.
//!
//! The classes of parts are those of the System V ABI for x86-64 (3.2.3), by the types as debuggers see them.

#![allow(non_upper_case_globals)] // DWARF's own names

use super::source::{Source, SourceUnit, function_at};
use super::tree::Tree;
use crate::module::Module;
use crate::translate::Returned;
use foldhash::{HashMap, HashMapExt};
use gimli::AttributeValue;
use gimli::constants::*;
use rayon::prelude::*;
use wasmparser::ValType;

/// Longest chain of types, and deepest nesting.
const DEPTH: usize = 32;

/// Most entries that are looked at for a result. One of so few bytes has no more.
const ENTRIES: usize = 1000;

/// Which eight bytes of a thing have floating-point numbers in them, and which have something else.
#[derive(Clone, Copy, Default)]
struct Contents {
    floats: [bool; 2],
    others: [bool; 2],
    /// Whether there are pointers in it, also in arrays.
    pointers: bool,
    /// Entries seen.
    seen: usize,
}

/// The functions that return so, and what.
pub fn of(module: &Module<'_>, source: &Source<'_>) -> Vec<(u32, Returned)> {
    source.units.par_iter().flat_map_iter(|unit| of_unit(module, source, unit)).collect()
}

fn of_unit<'a>(module: &Module<'_>, source: &Source<'a>, unit: &SourceUnit<'a>) -> Vec<(u32, Returned)> {
    let tree = &unit.tree;
    let mut known: HashMap<usize, Option<Returned>> = HashMap::new();
    let mut found = Vec::new();
    for (index, entry) in tree.entries.iter().enumerate() {
        if entry.tag != DW_TAG_subprogram {
            continue;
        }
        let function = unit.low_pc(&source.dwarf, index).and_then(|low| function_at(module, low));
        let function = function.filter(|function| {
            // The address comes first.
            let ty = module.function_type(*function);
            ty.is_some_and(|ty| ty.results().is_empty() && ty.params().first() == Some(&ValType::I32))
        });
        if let Some(function) = function
            && let Some(ty) = tree.type_of(index).and_then(|ty| tree.resolve(ty))
        {
            let returned = *known.entry(ty).or_insert_with(|| returned(tree, ty));
            found.extend(returned.map(|returned| (function, returned)));
        }
    }
    found
}

/// The type of an entry, without names and qualifiers before it.
fn type_of(tree: &Tree<'_>, index: usize) -> Option<usize> {
    tree.resolve(tree.type_of(index)?)
}

fn size(tree: &Tree<'_>, ty: usize) -> Option<u64> {
    tree.size(ty as u32)
}

/// What is returned of a type; none for what wasm returns itself.
fn returned(tree: &Tree<'_>, ty: usize) -> Option<Returned> {
    let bytes = match tree.entries[ty].tag {
        DW_TAG_structure_type | DW_TAG_class_type | DW_TAG_union_type => size(tree, ty)?,
        // An integer of 128 bits. A floating-point number of so many is not what debuggers think it is.
        DW_TAG_base_type if size(tree, ty) == Some(16) && !is_float(tree, ty) => 16,
        DW_TAG_array_type => array(tree, ty, 0)?.0,
        _ => return None,
    };
    let mut contents = Contents::default();
    if bytes <= 16 {
        fill(tree, ty, 0, &mut contents, 0)?;
    }
    let floats = [0, 1].map(|part| contents.floats[part] && !contents.others[part]);
    let bytes = u32::try_from(bytes).ok().filter(|bytes| *bytes > 0)?;
    let is_rust = tree.language() == Some(DW_LANG_Rust);
    let words = if is_rust { words(tree, ty) } else { None };
    // gdb does not see pointers in what it does not find in memory.
    let has_pointers = || tree.parts(ty as u32, &mut HashMap::new()).pointers;
    let by_address = !is_rust && (contents.pointers || has_pointers());
    let convention = tree.attribute(ty, DW_AT_calling_convention);
    let by_reference = convention == Some(AttributeValue::CallingConvention(DW_CC_pass_by_reference));
    let integers = tree.entries[ty].tag != DW_TAG_base_type && contents.floats == [false; 2];
    Some(Returned { bytes, floats, integers, words, by_address, by_reference })
}

/// Which words of a structure of two are pointers, if one is: of a `&str`, a slice of numbers, a trait object. What others point to,
/// gdb would print as it must not be printed there ([`super::unit`]).
fn words(tree: &Tree<'_>, structure: usize) -> Option<[bool; 2]> {
    let mut words = Vec::new();
    for member in tree.children(structure) {
        match tree.entries[member].tag {
            DW_TAG_member => {}
            DW_TAG_variant_part => return None,
            _ => continue,
        }
        let place = tree.attribute(member, DW_AT_data_member_location)?.udata_value()?;
        let ty = type_of(tree, member)?;
        let pointer = tree.entries[ty].tag == DW_TAG_pointer_type;
        let is_word = match tree.entries[ty].tag {
            DW_TAG_pointer_type => is_plain(tree, type_of(tree, ty)?)?,
            tag => tag == DW_TAG_base_type && size(tree, ty) == Some(4) && !is_float(tree, ty),
        };
        if !is_word || place != words.len() as u64 * 4 {
            return None;
        }
        words.push(pointer);
    }
    <[bool; 2]>::try_from(words).ok().filter(|words| words.contains(&true) && size(tree, structure) == Some(8))
}

/// Whether a type is a number or a structure without members, or an array of numbers.
fn is_plain(tree: &Tree<'_>, ty: usize) -> Option<bool> {
    Some(match tree.entries[ty].tag {
        DW_TAG_base_type => true,
        DW_TAG_array_type => tree.entries[type_of(tree, ty)?].tag == DW_TAG_base_type,
        DW_TAG_structure_type => tree.children(ty).next().is_none(),
        _ => false,
    })
}

fn is_float(tree: &Tree<'_>, ty: usize) -> bool {
    let floats = [DW_ATE_float, DW_ATE_complex_float];
    matches!(tree.attribute(ty, DW_AT_encoding), Some(AttributeValue::Encoding(encoding)) if floats.contains(&encoding))
}

/// Notes what a thing of a type has in it, so many bytes behind the start.
fn fill(tree: &Tree<'_>, ty: usize, at: u64, contents: &mut Contents, depth: usize) -> Option<()> {
    contents.seen += 1;
    if depth > DEPTH || contents.seen > ENTRIES {
        return None;
    }
    match tree.entries[ty].tag {
        DW_TAG_structure_type | DW_TAG_class_type | DW_TAG_union_type => parts(tree, ty, at, contents, depth + 1),
        DW_TAG_array_type => {
            let (bytes, count) = array(tree, ty, 0)?;
            for index in 0..count {
                fill(tree, type_of(tree, ty)?, at + index * (bytes / count), contents, depth + 1)?;
            }
            Some(())
        }
        tag => {
            contents.pointers |= tag == DW_TAG_pointer_type;
            let bytes = size(tree, ty).unwrap_or(if tag == DW_TAG_pointer_type { 4 } else { 0 });
            let into = if is_float(tree, ty) { &mut contents.floats } else { &mut contents.others };
            for byte in at..at.checked_add(bytes).filter(|end| *end <= 16)? {
                into[(byte / 8) as usize] = true;
            }
            Some(())
        }
    }
}

/// The members of a structure or of a part of one.
fn parts(tree: &Tree<'_>, index: usize, at: u64, contents: &mut Contents, depth: usize) -> Option<()> {
    for child in tree.children(index) {
        match tree.entries[child].tag {
            DW_TAG_variant_part | DW_TAG_variant if depth <= DEPTH => parts(tree, child, at, contents, depth + 1)?,
            DW_TAG_member | DW_TAG_inheritance if tree.attribute(child, DW_AT_external).is_none() => {
                let place = match tree.attribute(child, DW_AT_data_member_location) {
                    Some(place) => place.udata_value()?,
                    None => {
                        tree.attribute(child, DW_AT_data_bit_offset).map_or(Some(0), |bits| bits.udata_value())? / 8
                    }
                };
                fill(tree, type_of(tree, child)?, at.checked_add(place)?, contents, depth + 1)?;
            }
            _ => {}
        }
    }
    Some(())
}

/// Bytes of an array, and its elements, of which there are at least one.
fn array(tree: &Tree<'_>, index: usize, depth: usize) -> Option<(u64, u64)> {
    let mut count = 1_u64;
    for dimension in tree.children(index) {
        count = count.checked_mul(tree.length(dimension)?)?;
    }
    let element = type_of(tree, index)?;
    let bytes = match tree.entries[element].tag {
        DW_TAG_array_type if depth < DEPTH => array(tree, element, depth + 1)?.0,
        DW_TAG_pointer_type => 4,
        _ => size(tree, element)?,
    };
    Some((bytes.checked_mul(count)?, Some(count).filter(|count| *count > 0)?))
}
