//! DWARF of a module: its custom sections `.debug_*`, read with gimli.

use super::Warnings;
use super::lines::Lines;
use super::outside;
use super::tree::Tree;
use crate::module::Module;
use crate::translate::{Named, OPERAND};
use foldhash::HashMap;
use gimli::{AttributeValue, DwAt, EndianSlice, LittleEndian, Operation};
use rayon::prelude::*;
use std::collections::BTreeMap;

/// What gimli reads from.
pub type Reader<'a> = EndianSlice<'a, LittleEndian>;
/// A unit.
pub type Unit<'a> = gimli::Unit<Reader<'a>>;
/// A value of an attribute.
pub type Value<'a> = AttributeValue<Reader<'a>>;

/// Longest chain of entries that is followed to a name.
const ORIGINS: usize = 16;
/// The attributes that are names for linkers.
pub const LINK_NAMES: [DwAt; 2] = [gimli::DW_AT_linkage_name, gimli::DW_AT_MIPS_linkage_name];

/// The names for linkers that clang gives `main` in wasm.
pub const MAINS: [&str; 2] = ["__main_argc_argv", "__original_main"];

/// A module's DWARF.
pub struct Source<'data> {
    /// Its sections.
    pub dwarf: gimli::Dwarf<Reader<'data>>,
    /// Its `.debug_str`.
    pub strings: &'data [u8],
    /// Its units.
    pub units: Vec<SourceUnit<'data>>,
}

/// A unit that has been read.
pub struct SourceUnit<'data> {
    /// Its header and what its first entry says.
    pub unit: Unit<'data>,
    /// Its entries.
    pub tree: Tree<'data>,
    /// Its line table.
    pub lines: Lines<'data>,
}

impl<'data> Source<'data> {
    /// The DWARF of a module, if it has any.
    pub fn of(module: &Module<'data>, warnings: &mut Warnings) -> Option<Source<'data>> {
        let find = |name: &str| -> &'data [u8] {
            module.debug.iter().find(|(known, _)| *known == name).map_or(&[][..], |(_, data)| data)
        };
        if find(".debug_info").is_empty() {
            return None;
        }
        let load = |id: gimli::SectionId| -> Result<_, gimli::Error> { Ok(Reader::new(find(id.name()), LittleEndian)) };
        let dwarf = gimli::Dwarf::load(load).ok()?;
        let mut units = Vec::new();
        let mut headers = dwarf.units();
        loop {
            match headers.next() {
                Ok(Some(header)) => match dwarf.unit(header) {
                    Ok(unit) => units.push(unit),
                    Err(error) => warnings.push(format!("debug information: unit at {:#x}: {error}", start(&header))),
                },
                Ok(None) => break,
                Err(error) => {
                    warnings.push(format!("debug information: the list of units: {error}"));
                    break;
                }
            }
        }
        let units: Vec<(SourceUnit<'data>, Warnings)> =
            units.into_par_iter().map(|unit| SourceUnit::read(&dwarf, unit)).collect();
        let (mut units, more): (Vec<_>, Vec<_>) = units.into_iter().unzip();
        outside::resolve(&mut units);
        warnings.extend(more.into_iter().flatten());
        Some(Source { dwarf, strings: find(".debug_str"), units })
    }

    /// The locals and operands that each function's debug information names, and where.
    pub fn locals(&self, module: &Module<'_>) -> BTreeMap<u32, Vec<Named>> {
        let mut found: BTreeMap<u32, Vec<Named>> = BTreeMap::new();
        let named: Vec<_> = self.units.par_iter().map(|unit| unit.locals(&self.dwarf, module)).collect();
        for (function, named) in named.into_iter().flatten() {
            found.entry(function).or_default().push(named);
        }
        found.values_mut().for_each(join);
        found
    }

    /// The text of the first of these attributes that an entry has, or that what it is made from has. Entries are unit and index.
    pub fn text(&self, mut entry: (usize, usize), names: &[DwAt]) -> Option<&'data [u8]> {
        for _ in 0..ORIGINS {
            let SourceUnit { unit, tree, .. } = &self.units[entry.0];
            let attribute = |names: &[DwAt]| names.iter().find_map(|name| tree.attribute(entry.1, *name));
            if let Some(text) = attribute(names) {
                return self.dwarf.attr_string(unit, text).ok().map(|text| text.slice());
            }
            entry = match attribute(&[gimli::DW_AT_abstract_origin, gimli::DW_AT_specification])? {
                AttributeValue::UnitRef(offset) => (entry.0, tree.at(u32::try_from(offset.0).ok()?)?),
                AttributeValue::DebugInfoRef(offset) => entry_at(&self.units, offset.0)?,
                _ => return None,
            };
        }
        None
    }

    /// The function that a program begins with, if it is said of one.
    pub fn main(&self, module: &Module<'_>) -> Option<u32> {
        let main = |unit: &SourceUnit<'data>| {
            let is_main = |index: &usize| unit.tree.attribute(*index, gimli::DW_AT_main_subprogram).is_some();
            let index = unit.tree.of_tag(gimli::DW_TAG_subprogram).find(is_main)?;
            function_at(module, unit.low_pc(&self.dwarf, index)?)
        };
        self.units.par_iter().find_map_first(main)
    }

    /// The names for linkers that functions have, other than `main`, which has them in wasm only.
    pub fn link_names(&self, module: &Module<'_>) -> HashMap<u32, &'data str> {
        let units = self.units.par_iter().enumerate();
        units
            .flat_map_iter(|(number, unit)| {
                unit.tree.of_tag(gimli::DW_TAG_subprogram).filter_map(move |index| {
                    let function = function_at(module, unit.low_pc(&self.dwarf, index)?)?;
                    let name = std::str::from_utf8(self.text((number, index), &LINK_NAMES)?).ok()?;
                    Some((function, name)).filter(|_| !name.is_empty() && !MAINS.contains(&name))
                })
            })
            .collect()
    }
}

impl<'data> SourceUnit<'data> {
    /// Reads a unit; what is malformed ends it.
    fn read(dwarf: &gimli::Dwarf<Reader<'data>>, unit: Unit<'data>) -> (SourceUnit<'data>, Warnings) {
        let mut warnings = Warnings::new();
        let (tree, error) = Tree::read(dwarf, &unit);
        if let Some(error) = error {
            warnings.push(format!("debug information: {}: {error}", unit_name(&unit)));
        }
        let lines = Lines::read(dwarf, &unit).unwrap_or_else(|error| {
            warnings.push(format!("debug information: {}: line table: {error}", unit_name(&unit)));
            Lines::default()
        });
        (SourceUnit { unit, tree, lines }, warnings)
    }

    /// The locals and operands that debug information names, with their function and where.
    fn locals(&self, dwarf: &gimli::Dwarf<Reader<'data>>, module: &Module<'_>) -> Vec<(u32, Named)> {
        let mut found = Vec::new();
        // The function that entries are in, and the entry behind it.
        let mut function: Option<(u32, usize)> = None;
        for (index, entry) in self.tree.entries.iter().enumerate() {
            function = function.filter(|(_, end)| index < *end);
            if entry.tag == gimli::DW_TAG_subprogram
                && let Some(low) = self.low_pc(dwarf, index)
            {
                function = function_at(module, low).map(|function| (function, entry.end));
            }
            let Some((function, _)) = function else { continue };
            let places = [gimli::DW_AT_location, gimli::DW_AT_frame_base];
            for value in places.into_iter().filter_map(|name| self.tree.attribute(index, name)) {
                let mut add = |expression: gimli::Expression<Reader<'data>>, (from, to)| {
                    let mut operations = expression.operations(self.unit.encoding());
                    while let Ok(Some(operation)) = operations.next() {
                        if let Some(local) = tracked(&operation).filter(|_| from < to) {
                            found.push((function, Named { local, from, to }));
                        }
                    }
                };
                let offset = |wasm: u64| {
                    wasm.checked_add(module.code_start.into()).and_then(|at| u32::try_from(at).ok()).unwrap_or(u32::MAX)
                };
                if let AttributeValue::Exprloc(expression) = value {
                    add(expression, (0, u32::MAX));
                } else if let Ok(Some(mut list)) = dwarf.attr_locations(&self.unit, value) {
                    while let Ok(Some(row)) = list.next() {
                        add(row.data, (offset(row.range.begin), offset(row.range.end)));
                    }
                }
            }
        }
        found
    }

    /// Where an entry's code begins, if the linker kept it.
    pub fn low_pc(&self, dwarf: &gimli::Dwarf<Reader<'data>>, index: usize) -> Option<u64> {
        let value = self.tree.attribute(index, gimli::DW_AT_low_pc)?;
        let low = dwarf.attr_address(&self.unit, value).ok()??;
        kept(&self.unit, low).then_some(low)
    }

    /// The code of an entry, as wasm positions, where the linker kept it. `low` is its attribute for ranges, or for the start.
    pub fn ranges(&self, dwarf: &gimli::Dwarf<Reader<'data>>, index: usize, low: Value<'data>) -> Vec<(u64, u64)> {
        let mut ranges = Vec::new();
        self.each_range(dwarf, index, low, |start, end| ranges.push((start, end)));
        ranges
    }

    /// The same, one after the other.
    pub fn each_range(
        &self,
        dwarf: &gimli::Dwarf<Reader<'data>>,
        index: usize,
        low: Value<'data>,
        mut each: impl FnMut(u64, u64),
    ) {
        if let Ok(Some(mut rows)) = dwarf.attr_ranges(&self.unit, low) {
            while let Ok(Some(row)) = rows.next() {
                if kept(&self.unit, row.begin) {
                    each(row.begin, row.end);
                }
            }
        } else if let Ok(Some(start)) = dwarf.attr_address(&self.unit, low) {
            if !kept(&self.unit, start) {
                return;
            }
            let high = self.tree.attribute(index, gimli::DW_AT_high_pc);
            let end = match high {
                Some(AttributeValue::Addr(end)) => end,
                Some(value) => match dwarf.attr_address(&self.unit, value) {
                    Ok(Some(end)) => end,
                    _ => start.saturating_add(value.udata_value().unwrap_or(0)),
                },
                None => start,
            };
            each(start, end);
        }
    }
}

/// The unit that has an offset of `.debug_info`, and the entry there.
pub fn entry_at(units: &[SourceUnit<'_>], offset: usize) -> Option<(usize, usize)> {
    let unit = units.partition_point(|unit| unit.tree.start <= offset).checked_sub(1)?;
    let tree = &units[unit].tree;
    Some((unit, tree.at(u32::try_from(offset - tree.start).ok()?)?))
}

/// Orders what is named and joins what overlaps or touches.
fn join(named: &mut Vec<Named>) {
    named.sort_unstable();
    named.dedup_by(|next, last| {
        let joins = next.local == last.local && next.from <= last.to;
        last.to = if joins { last.to.max(next.to) } else { last.to };
        joins
    });
}

/// The local that an operation names, or the operand, numbered like a local.
pub fn tracked(operation: &Operation<Reader<'_>>) -> Option<u32> {
    match *operation {
        Operation::WasmLocal { index } => Some(index).filter(|index| *index < OPERAND),
        Operation::WasmStack { index } => index.checked_add(OPERAND),
        _ => None,
    }
}

/// Whether an address is one: linkers put 0, -1 or -2 where they left a function or variable out. Code never begins at 0.
pub fn kept(unit: &Unit<'_>, address: u64) -> bool {
    address != 0 && !unit.header.is_tombstone_address(address) && address != u64::from(u32::MAX) - 1
}

/// Index of the function whose body has a position of the code section.
pub fn function_at(module: &Module<'_>, wasm: u64) -> Option<u32> {
    let at = usize::try_from(wasm.checked_add(module.code_start.into())?).ok()?;
    let index = module.bodies.partition_point(|body| body.body.range().start <= at).checked_sub(1)?;
    module.bodies[index].body.range().contains(&at).then_some(module.imported_functions + index as u32)
}

/// Where a unit begins in `.debug_info`.
fn start(header: &gimli::UnitHeader<Reader<'_>>) -> usize {
    header.debug_info_offset().map_or(0, |offset| offset.0)
}

/// What messages call a unit.
pub fn unit_name(unit: &Unit<'_>) -> String {
    match unit.name {
        Some(name) => format!("unit {:?}", name.to_string_lossy()),
        None => format!("unit at {:#x}", start(&unit.header)),
    }
}
