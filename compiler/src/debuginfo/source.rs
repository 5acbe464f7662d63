//! DWARF of a module: its custom sections `.debug_*`, read with gimli.

use super::Warnings;
use crate::module::Module;
use crate::translate::{Named, OPERAND};
use gimli::{AttributeValue, EndianSlice, LittleEndian, Operation};
use std::collections::BTreeMap;
use std::sync::Arc;

/// What gimli reads from.
pub type Reader<'a> = EndianSlice<'a, LittleEndian>;
/// A unit.
pub type Unit<'a> = gimli::Unit<Reader<'a>>;
/// An entry.
pub type Entry<'a> = gimli::DebuggingInformationEntry<Reader<'a>>;
/// A value of an attribute.
pub type Value<'a> = AttributeValue<Reader<'a>>;

/// A module's DWARF.
pub struct Source<'data> {
    /// Its sections.
    pub dwarf: Arc<gimli::Dwarf<Reader<'data>>>,
    /// Its units.
    pub units: Vec<Unit<'data>>,
}

impl<'data> Source<'data> {
    /// The DWARF of a module, if it has any.
    pub fn of(module: &Module<'data>, warnings: &mut Warnings) -> Option<Source<'data>> {
        let find = |name: &str| module.debug.iter().find(|(known, _)| *known == name).map_or(&[][..], |(_, data)| data);
        if find(".debug_info").is_empty() {
            return None;
        }
        let load = |id: gimli::SectionId| -> Result<_, gimli::Error> { Ok(Reader::new(find(id.name()), LittleEndian)) };
        let dwarf = Arc::new(gimli::Dwarf::load(load).ok()?);
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
        Some(Source { dwarf, units })
    }

    /// The locals and operands that each function's debug information names, and where.
    pub fn locals(&self, module: &Module<'_>, warnings: &mut Warnings) -> BTreeMap<u32, Vec<Named>> {
        let mut found: BTreeMap<u32, Vec<Named>> = BTreeMap::new();
        for unit in &self.units {
            if let Err(error) = self.locals_of_unit(unit, module, &mut found) {
                warnings.push(format!("debug information: {}: {error}", unit_name(unit)));
            }
        }
        found.values_mut().for_each(join);
        found
    }

    fn locals_of_unit(
        &self,
        unit: &Unit<'data>,
        module: &Module<'_>,
        found: &mut BTreeMap<u32, Vec<Named>>,
    ) -> gimli::Result<()> {
        let mut entries = unit.entries_raw(None)?;
        let mut entry = Entry::null();
        // The function that entries are in, by their depth.
        let mut function: Option<(isize, u32)> = None;
        while !entries.is_empty() {
            if !entries.read_entry(&mut entry)? {
                continue;
            }
            if function.is_some_and(|(depth, _)| entry.depth() <= depth) {
                function = None;
            }
            if entry.tag() == gimli::DW_TAG_subprogram
                && let Some(low) = self.low_pc(unit, &entry)
            {
                function = function_at(module, low).map(|index| (entry.depth(), index));
            }
            let Some((_, function)) = function else { continue };
            for name in [gimli::DW_AT_location, gimli::DW_AT_frame_base] {
                let Some(value) = entry.attr_value(name) else { continue };
                let mut add = |expression: gimli::Expression<Reader<'data>>, (from, to)| {
                    let mut operations = expression.operations(unit.encoding());
                    while let Ok(Some(operation)) = operations.next() {
                        if let Some(local) = tracked(&operation).filter(|_| from < to) {
                            found.entry(function).or_default().push(Named { local, from, to });
                        }
                    }
                };
                let offset = |wasm: u64| {
                    wasm.checked_add(module.code_start.into()).and_then(|at| u32::try_from(at).ok()).unwrap_or(u32::MAX)
                };
                if let AttributeValue::Exprloc(expression) = value {
                    add(expression, (0, u32::MAX));
                } else if let Ok(Some(mut list)) = self.dwarf.attr_locations(unit, value) {
                    while let Ok(Some(row)) = list.next() {
                        add(row.data, (offset(row.range.begin), offset(row.range.end)));
                    }
                }
            }
        }
        Ok(())
    }

    /// Where an entry's code begins, if the linker kept it.
    pub fn low_pc(&self, unit: &Unit<'data>, entry: &Entry<'data>) -> Option<u64> {
        let value = entry.attr_value(gimli::DW_AT_low_pc)?;
        let low = self.dwarf.attr_address(unit, value).ok()??;
        kept(unit, low).then_some(low)
    }
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
