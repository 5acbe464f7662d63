//! Results of functions that debuggers look for in registers, or by an address there, as the platform returns them. In wasm a
//! function writes a structure where its first parameter says and returns nothing; [`crate::translate`] adds the registers.
//!
//! The classes of parts are those of the System V ABI for x86-64 (3.2.3), by the types as debuggers see them.

#![allow(non_upper_case_globals)] // DWARF's own names

use super::source::{Entry, Source, Unit, function_at};
use super::types::is_qualifier;
use crate::module::Module;
use crate::translate::Returned;
use gimli::constants::*;
use gimli::{AttributeValue, UnitOffset};
use std::collections::HashMap;
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
    /// Entries seen.
    seen: usize,
}

/// The functions that return so, and what.
pub fn of(module: &Module<'_>, source: &Source<'_>) -> Vec<(u32, Returned)> {
    let mut found = Vec::new();
    for unit in &source.units {
        // What is malformed is warned of where the unit is copied.
        let _ = of_unit(module, source, unit, &mut found);
    }
    found
}

fn of_unit<'a>(
    module: &Module<'_>,
    source: &Source<'a>,
    unit: &Unit<'a>,
    found: &mut Vec<(u32, Returned)>,
) -> gimli::Result<()> {
    let mut known: HashMap<UnitOffset, Option<Returned>> = HashMap::new();
    let is_rust = matches!(
        unit.entry(unit.header.root_offset())?.attr_value(DW_AT_language),
        Some(AttributeValue::Language(DW_LANG_Rust))
    );
    let mut entries = unit.entries_raw(None)?;
    let mut entry = Entry::null();
    while !entries.is_empty() {
        if !entries.read_entry(&mut entry)? || entry.tag() != DW_TAG_subprogram {
            continue;
        }
        let Some(function) = source.low_pc(unit, &entry).and_then(|low| function_at(module, low)) else { continue };
        let is_void = module.function_type(function).is_some_and(|ty| {
            // The address comes first.
            ty.results().is_empty() && ty.params().first() == Some(&ValType::I32)
        });
        let ty = if is_void { result_type(unit, &entry) } else { None };
        let Some(ty) = ty else { continue };
        let returned = *known.entry(ty).or_insert_with(|| returned(unit, ty, is_rust));
        found.extend(returned.map(|returned| (function, returned)));
    }
    Ok(())
}

/// The type of a function's result, that of the function that it completes or is an instance of.
fn result_type<'a>(unit: &Unit<'a>, function: &Entry<'a>) -> Option<UnitOffset> {
    let mut function = function.clone();
    for _ in 0..DEPTH {
        if let Some(ty) = type_of(&function) {
            return Some(ty);
        }
        let origin = function.attr_value(DW_AT_specification).or(function.attr_value(DW_AT_abstract_origin));
        let Some(AttributeValue::UnitRef(origin)) = origin else { return None };
        function = unit.entry(origin).ok()?;
    }
    None
}

fn type_of(entry: &Entry<'_>) -> Option<UnitOffset> {
    match entry.attr_value(DW_AT_type)? {
        AttributeValue::UnitRef(ty) => Some(ty),
        _ => None,
    }
}

fn size(entry: &Entry<'_>) -> Option<u64> {
    entry.attr_value(DW_AT_byte_size)?.udata_value()
}

/// What is returned of a type; none for what wasm returns itself.
fn returned(unit: &Unit<'_>, ty: UnitOffset, is_rust: bool) -> Option<Returned> {
    let entry = resolve(unit, ty)?;
    let bytes = match entry.tag() {
        DW_TAG_structure_type | DW_TAG_class_type | DW_TAG_union_type => size(&entry)?,
        // An integer of 128 bits. A floating-point number of so many is not what debuggers think it is.
        DW_TAG_base_type if size(&entry) == Some(16) && !is_float(&entry) => 16,
        DW_TAG_array_type => array(unit, &entry, 0)?.0,
        _ => return None,
    };
    let mut contents = Contents::default();
    if bytes <= 16 {
        fill(unit, ty, 0, &mut contents, 0)?;
    }
    let floats = [0, 1].map(|part| contents.floats[part] && !contents.others[part]);
    let bytes = u32::try_from(bytes).ok().filter(|bytes| *bytes > 0)?;
    let words = if is_rust { words(unit, &entry) } else { None };
    Some(Returned { bytes, floats, words })
}

/// Which words of a structure of two are pointers, if one is: of a `&str`, a slice of numbers, a trait object. What others point to,
/// gdb would print as it must not be printed there ([`super::unit`]).
fn words(unit: &Unit<'_>, structure: &Entry<'_>) -> Option<[bool; 2]> {
    let mut tree = unit.entries_tree(Some(structure.offset())).ok()?;
    let mut children = tree.root().ok()?.children();
    let mut words = Vec::new();
    while let Some(child) = children.next().ok()? {
        let member = child.entry();
        match member.tag() {
            DW_TAG_member => {}
            DW_TAG_variant_part => return None,
            _ => continue,
        }
        let place = member.attr_value(DW_AT_data_member_location)?.udata_value()?;
        let ty = resolve(unit, type_of(member)?)?;
        let pointer = ty.tag() == DW_TAG_pointer_type;
        let is_word = match ty.tag() {
            DW_TAG_pointer_type => is_plain(unit, &resolve(unit, type_of(&ty)?)?)?,
            tag => tag == DW_TAG_base_type && size(&ty) == Some(4) && !is_float(&ty),
        };
        if !is_word || place != words.len() as u64 * 4 {
            return None;
        }
        words.push(pointer);
    }
    <[bool; 2]>::try_from(words).ok().filter(|words| words.contains(&true) && size(structure) == Some(8))
}

/// Whether a type is a number or a structure without members, or an array of numbers.
fn is_plain(unit: &Unit<'_>, entry: &Entry<'_>) -> Option<bool> {
    Some(match entry.tag() {
        DW_TAG_base_type => true,
        DW_TAG_array_type => resolve(unit, type_of(entry)?)?.tag() == DW_TAG_base_type,
        DW_TAG_structure_type => {
            let mut tree = unit.entries_tree(Some(entry.offset())).ok()?;
            let mut children = tree.root().ok()?.children();
            children.next().ok()?.is_none()
        }
        _ => false,
    })
}

/// A type without names and qualifiers before it.
fn resolve<'a>(unit: &Unit<'a>, ty: UnitOffset) -> Option<Entry<'a>> {
    let mut entry = unit.entry(ty).ok()?;
    for _ in 0..DEPTH {
        if entry.tag() != DW_TAG_typedef && !is_qualifier(entry.tag()) {
            return Some(entry);
        }
        entry = unit.entry(type_of(&entry)?).ok()?;
    }
    None
}

fn is_float(entry: &Entry<'_>) -> bool {
    let floats = [DW_ATE_float, DW_ATE_complex_float];
    matches!(entry.attr_value(DW_AT_encoding), Some(AttributeValue::Encoding(encoding)) if floats.contains(&encoding))
}

/// Notes what a thing of a type has in it, so many bytes behind the start.
fn fill(unit: &Unit<'_>, ty: UnitOffset, at: u64, contents: &mut Contents, depth: usize) -> Option<()> {
    let entry = resolve(unit, ty)?;
    contents.seen += 1;
    if depth > DEPTH || contents.seen > ENTRIES {
        return None;
    }
    match entry.tag() {
        DW_TAG_structure_type | DW_TAG_class_type | DW_TAG_union_type => {
            let mut tree = unit.entries_tree(Some(entry.offset())).ok()?;
            parts(unit, tree.root().ok()?, at, contents, depth + 1)
        }
        DW_TAG_array_type => {
            let (bytes, count) = array(unit, &entry, 0)?;
            for index in 0..count {
                fill(unit, type_of(&entry)?, at + index * (bytes / count), contents, depth + 1)?;
            }
            Some(())
        }
        tag => {
            let bytes = size(&entry).unwrap_or(if tag == DW_TAG_pointer_type { 4 } else { 0 });
            let into = if is_float(&entry) { &mut contents.floats } else { &mut contents.others };
            for byte in at..at.checked_add(bytes).filter(|end| *end <= 16)? {
                into[(byte / 8) as usize] = true;
            }
            Some(())
        }
    }
}

/// The members of a structure or of a part of one.
fn parts(
    unit: &Unit<'_>,
    node: gimli::EntriesTreeNode<'_, '_, super::source::Reader<'_>>,
    at: u64,
    contents: &mut Contents,
    depth: usize,
) -> Option<()> {
    let mut children = node.children();
    while let Some(child) = children.next().ok()? {
        let entry = child.entry();
        match entry.tag() {
            DW_TAG_variant_part | DW_TAG_variant if depth <= DEPTH => parts(unit, child, at, contents, depth + 1)?,
            DW_TAG_member | DW_TAG_inheritance if entry.attr_value(DW_AT_external).is_none() => {
                let place = match entry.attr_value(DW_AT_data_member_location) {
                    Some(place) => place.udata_value()?,
                    None => entry.attr_value(DW_AT_data_bit_offset).map_or(Some(0), |bits| bits.udata_value())? / 8,
                };
                let ty = type_of(entry)?;
                fill(unit, ty, at + place, contents, depth + 1)?;
            }
            _ => {}
        }
    }
    Some(())
}

/// Bytes of an array, and its elements, of which there are at least one.
fn array(unit: &Unit<'_>, entry: &Entry<'_>, depth: usize) -> Option<(u64, u64)> {
    let mut tree = unit.entries_tree(Some(entry.offset())).ok()?;
    let mut dimensions = tree.root().ok()?.children();
    let mut count = 1_u64;
    while let Some(dimension) = dimensions.next().ok()? {
        let dimension = dimension.entry();
        let number = |name| dimension.attr_value(name).and_then(|value| value.udata_value());
        let length = number(DW_AT_count).or(number(DW_AT_upper_bound).and_then(|last| last.checked_add(1)))?;
        count = count.checked_mul(length)?;
    }
    let element = resolve(unit, type_of(entry)?)?;
    let bytes = match element.tag() {
        DW_TAG_array_type if depth < DEPTH => array(unit, &element, depth + 1)?.0,
        DW_TAG_pointer_type => 4,
        _ => size(&element)?,
    };
    Some((bytes.checked_mul(count)?, Some(count).filter(|count| *count > 0)?))
}
