//! The table of source lines that the runtime's backtraces read ([`wasmaot_abi::lines`]): for each address that can be in
//! one, the place in the source, and the calls inlined there. It is part of the program, unlike the other sections.
//!
//! The module's own DWARF is asked, at the offset of the wasm instruction. What is malformed has no lines.

#![allow(non_upper_case_globals)] // DWARF's own names

use super::DebugInfo;
use super::sections::push_uleb;
use super::source::{LINK_NAMES, Source, SourceUnit};
use crate::codegen::CompiledFunction;
use crate::layout::{FunctionPlan, Layout};
use crate::module::Module;
use crate::object::Text;
use crate::program::Program;
use crate::symbols::FunctionId;
use foldhash::HashMap;
use gimli::AttributeValue;
use gimli::constants::*;
use gimli::leb128::write::Leb128;
use rayon::prelude::*;
use std::fmt::Write;
use wasmaot_abi::lines::{Function, Header, NO_STRING};

/// Names longer than this stay as they are: what they stand for can be far longer.
const MANGLED: usize = 2000;

/// The table; empty if there is nothing to say.
pub fn table<'a>(
    program: &Program<'a>,
    layout: &Layout<'_>,
    functions: &[CompiledFunction],
    text: &Text,
    info: &DebugInfo<'a>,
) -> Vec<u8> {
    let mut table = Table::default();
    let mut lookups: Vec<Option<Lookup<'_, 'a>>> = program.modules.iter().map(|_| None).collect();
    for (id, source, _) in &info.modules {
        lookups[id.0 as usize] = Some(Lookup::new(&program.modules[id.0 as usize], source));
    }
    for (number, (plan, function)) in layout.functions.iter().zip(functions).enumerate() {
        let FunctionPlan::Wasm(instance, index, _) = *plan else { continue };
        let lookup = &mut lookups[program.instances[instance.0 as usize].module.0 as usize];
        let (Some(lookup), Some(code)) = (lookup, text.start(FunctionId(number as u32))) else { continue };
        let shown = &layout.infos[number].name;
        lookup.function(&mut table, code, index, shown, &function.sites);
    }
    table.finish()
}

/// A name as people write it.
fn demangle(name: &str) -> Option<String> {
    if name.len() > MANGLED {
        return None;
    }
    if let Ok(demangled) = rustc_demangle::try_demangle(name) {
        let mut text = String::with_capacity(2 * name.len());
        return write!(text, "{demangled:#}").ok().map(|()| text);
    }
    let symbol = name.starts_with("_Z").then(|| cpp_demangle::Symbol::new(name).ok())??;
    symbol.demangle(&Default::default()).ok()
}

/// A module's DWARF, to be asked.
struct Lookup<'m, 'a> {
    module: &'m Module<'a>,
    source: &'m Source<'a>,
    /// Code of functions, by start: start, end, and the function's entry, by unit and index.
    functions: Vec<(u64, u64, Entry)>,
    /// Sequences of line tables, by end: start, end, unit and number.
    sequences: Vec<(u64, u64, Entry)>,
    /// The function that was found last, and what is inlined in it.
    last: Option<Entry>,
    inlined: Vec<InlinedCode>,
    /// Calls that an offset is in, by index in `inlined`.
    calls: Vec<usize>,
    /// Places of names in the table's strings, by entry and by the names in the DWARF.
    entry_names: HashMap<Entry, u32>,
    names: HashMap<&'a [u8], u32>,
    /// Numbers of files in the table, by unit and number there.
    files: HashMap<(usize, u64), Option<u32>>,
}

/// An entry: its unit, and its index in it.
type Entry = (usize, usize);

/// Code of an inlined call.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct InlinedCode {
    /// In how many others it is.
    depth: usize,
    start: u64,
    end: u64,
    entry: usize,
    /// Of the call.
    place: Place,
}

/// A place in the source, innermost first: the function, and file, line and column in it.
type Frame = (Option<Entry>, Place);

/// File (a number), line and column; zeros where it is not known.
type Place = (u32, u32, u32);

impl<'m, 'a> Lookup<'m, 'a> {
    fn new(module: &'m Module<'a>, source: &'m Source<'a>) -> Lookup<'m, 'a> {
        let units = || source.units.par_iter().enumerate();
        let mut functions: Vec<(u64, u64, Entry)> = units()
            .flat_map_iter(|(number, unit)| {
                let mut functions = Vec::new();
                for index in unit.tree.of_tag(DW_TAG_subprogram) {
                    code(source, unit, index, |start, end| functions.push((start, end, (number, index))));
                }
                functions
            })
            .collect();
        functions.par_sort_unstable();
        let mut sequences: Vec<(u64, u64, Entry)> = units()
            .flat_map_iter(|(number, unit)| {
                unit.lines.sequences().enumerate().map(move |(index, (start, end))| (start, end, (number, index)))
            })
            .collect();
        sequences.par_sort_unstable();
        let (entry_names, names, files) = Default::default();
        Lookup {
            module,
            source,
            functions,
            sequences,
            last: None,
            inlined: Vec::new(),
            calls: Vec::new(),
            entry_names,
            names,
            files,
        }
    }

    /// Adds the rows of a function.
    fn function(&mut self, table: &mut Table, code: u32, index: u32, shown: &str, sites: &[(u32, u32)]) {
        let (mut rows, mut last) = (Rows::default(), None);
        let mut entry = None;
        let (mut frames, mut before): (Vec<Frame>, Vec<Frame>) = Default::default();
        let mut inlined = 0;
        for &(native, offset) in sites {
            std::mem::swap(&mut frames, &mut before);
            frames.clear();
            let found = self.frames(table, offset.wrapping_sub(self.module.code_start).into(), &mut frames);
            // Mostly it is in the same calls as the one before.
            let calls = |frames: &[Frame]| frames.split_first().map(|(inner, _)| inner.0);
            if calls(&frames) != calls(&before) || frames.get(1..) != before.get(1..) {
                inlined = 0;
                for pair in frames.windows(2).rev() {
                    let [(inner, _), (_, (file, line, column))] = *pair else { continue };
                    let name = inner.map_or(NO_STRING, |entry| self.name(table, entry));
                    inlined = rows.inlined(Inlined { name, outer: inlined, place: (file, line, column) });
                }
            }
            let place = frames.first().map_or((0, 0, 0), |frame| frame.1);
            if last != Some((inlined, place)) && (found || last.is_some()) {
                rows.add(native, inlined, place);
                last = Some((inlined, place));
            }
            entry = entry.or(frames.last().and_then(|frame| frame.0));
        }
        if last.is_none() {
            return;
        }
        // The DWARF's name is taken where the module has none.
        let name = if shown != format!("function[{index}]") {
            let name = demangle(shown);
            name.filter(|name| name != shown).map(|name| table.strings.add(name.as_bytes()))
        } else {
            entry.map(|entry| self.name(table, entry))
        };
        table.functions.push(Function { code, rows: table.rows.len() as u32, name: name.unwrap_or(NO_STRING) });
        rows.write(&mut table.rows);
    }

    /// Place of a function's name, as people write it.
    fn name(&mut self, table: &mut Table, (unit, entry): Entry) -> u32 {
        // An inlined call has no name; all those of one function are made from the same entry.
        let tree = &self.source.units[unit].tree;
        let is_call = tree.entries[entry].tag == DW_TAG_inlined_subroutine;
        let entry = (unit, tree.origin(entry).filter(|_| is_call).unwrap_or(entry));
        *self.entry_names.entry(entry).or_insert_with(|| {
            let names = [LINK_NAMES[0], LINK_NAMES[1], DW_AT_name];
            let Some(name) = self.source.text(entry, &names) else { return NO_STRING };
            *self.names.entry(name).or_insert_with(|| {
                let name = String::from_utf8_lossy(name);
                table.strings.add(demangle(&name).as_deref().unwrap_or(&name).as_bytes())
            })
        })
    }

    /// What the DWARF says of an offset, the innermost function first; whether it says anything.
    fn frames(&mut self, table: &mut Table, offset: u64, into: &mut Vec<Frame>) -> bool {
        let mut place = (0, 0, 0);
        if let Some((unit, sequence)) = containing(&self.sequences, offset)
            && let Some((file, line, column)) = self.source.units[unit].lines.place(sequence, offset)
        {
            place = self.place(table, unit, (Some(file), line, column));
        }
        let Some(entry) = containing(&self.functions, offset) else {
            into.extend((place.1 != 0).then_some((None, place)));
            return !into.is_empty();
        };
        let (unit, function) = entry;
        if self.last != Some(entry) {
            self.last = Some(entry);
            self.inlined = inlined(self.source, entry);
            let tree = &self.source.units[unit].tree;
            for index in 0..self.inlined.len() {
                let call = self.inlined[index].entry;
                let number = |name| match tree.attribute(call, name) {
                    Some(AttributeValue::FileIndex(number)) => Some(number),
                    value => value.and_then(|value| value.udata_value()),
                };
                let [line, column] = [DW_AT_call_line, DW_AT_call_column].map(|name| number(name).unwrap_or(0));
                self.inlined[index].place = self.place(table, unit, (number(DW_AT_call_file), line, column));
            }
        }
        // From the outermost to the innermost.
        let mut from = 0;
        self.calls.clear();
        loop {
            let (depth, rest) = (self.calls.len(), &self.inlined[from..]);
            let count = rest.partition_point(|code| (code.depth, code.start) <= (depth, offset));
            let Some(found) = (from + count).checked_sub(1) else { break };
            let code = &self.inlined[found];
            if count == 0 || code.depth != depth || offset >= code.end {
                break;
            }
            self.calls.push(found);
            from = found + 1;
        }
        for &call in self.calls.iter().rev() {
            let code = &self.inlined[call];
            into.push((Some((unit, code.entry)), place));
            place = code.place;
        }
        into.push((Some((unit, function)), place));
        true
    }

    /// A place, with the file's number in the table.
    fn place(&mut self, table: &mut Table, unit: usize, (file, line, column): (Option<u64>, u64, u64)) -> Place {
        let Some(file) = file.filter(|_| line != 0) else { return (0, 0, 0) };
        let file = *self.files.entry((unit, file)).or_insert_with(|| {
            let SourceUnit { unit, lines, .. } = &self.source.units[unit];
            lines.path(unit, file).map(|path| table.file(&path))
        });
        let number = |number| u32::try_from(number).unwrap_or(0);
        file.map_or((0, 0, 0), |file| (file, number(line), number(column)))
    }
}

/// The last of these ranges, which are in order of their starts, that begins before an offset, if it has that.
fn containing(ranges: &[(u64, u64, Entry)], offset: u64) -> Option<Entry> {
    let index = ranges.partition_point(|range| range.0 <= offset).checked_sub(1)?;
    Some(ranges[index].2).filter(|_| offset < ranges[index].1)
}

/// Gives the code of an entry, range by range.
fn code<'a>(source: &Source<'a>, unit: &SourceUnit<'a>, index: usize, each: impl FnMut(u64, u64)) {
    // A list of ranges may be added to a start, which then is what it counts from.
    let ranges = unit.tree.attribute(index, DW_AT_ranges);
    if let Some(low) = ranges.or_else(|| unit.tree.attribute(index, DW_AT_low_pc)) {
        unit.each_range(&source.dwarf, index, low, each);
    }
}

/// The inlined calls in a function, by depth and start.
fn inlined(source: &Source<'_>, (unit, function): Entry) -> Vec<InlinedCode> {
    let unit = &source.units[unit];
    let entries = &unit.tree.entries;
    let mut found = Vec::new();
    // The ends of the calls that the next entry is in.
    let mut open: Vec<usize> = Vec::new();
    let mut index = function + 1;
    while index < entries[function].end {
        open.retain(|end| index < *end);
        match entries[index].tag {
            DW_TAG_subprogram => {
                index = entries[index].end.max(index + 1);
                continue;
            }
            DW_TAG_inlined_subroutine => {
                let (depth, entry, place) = (open.len(), index, (0, 0, 0));
                code(source, unit, index, |start, end| found.push(InlinedCode { depth, start, end, entry, place }));
                open.push(entries[index].end);
            }
            _ => {}
        }
        index += 1;
    }
    found.sort_unstable();
    found
}

/// A call that was replaced by the body of what it calls.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
struct Inlined {
    /// Place of the function's name.
    name: u32,
    /// Number of the inlined call that it is in, from 1; or 0.
    outer: u32,
    place: Place,
}

/// The rows of a function.
#[derive(Default)]
struct Rows {
    inlined: Vec<Inlined>,
    numbers: HashMap<Inlined, u32>,
    bytes: Vec<u8>,
    at: u32,
    last: u32,
    place: Place,
}

fn unsigned(out: &mut Vec<u8>, number: u32) {
    push_uleb(out, number.into());
}

fn difference(out: &mut Vec<u8>, new: u32, old: u32) {
    out.extend_from_slice(Leb128::signed(i64::from(new) - i64::from(old)).bytes());
}

impl Rows {
    /// The number of an inlined call.
    fn inlined(&mut self, inlined: Inlined) -> u32 {
        *self.numbers.entry(inlined).or_insert_with(|| {
            self.inlined.push(inlined);
            self.inlined.len() as u32
        })
    }

    fn add(&mut self, at: u32, inlined: u32, place: Place) {
        let other = (inlined, place.0) != (self.last, self.place.0);
        let first = u64::from(at - self.at) * 2 + u64::from(other);
        push_uleb(&mut self.bytes, first);
        if other {
            difference(&mut self.bytes, inlined, self.last);
            difference(&mut self.bytes, place.0, self.place.0);
        }
        difference(&mut self.bytes, place.1, self.place.1);
        unsigned(&mut self.bytes, place.2);
        (self.at, self.last, self.place) = (at, inlined, place);
    }

    fn write(&self, out: &mut Vec<u8>) {
        let mut last = 0;
        unsigned(out, self.inlined.len() as u32);
        for (number, &Inlined { name, outer, place: (file, line, column) }) in (1..).zip(&self.inlined) {
            unsigned(out, name);
            unsigned(out, if outer == 0 { 0 } else { number - outer });
            unsigned(out, file);
            difference(out, line, last);
            unsigned(out, column);
            last = line;
        }
        out.extend_from_slice(&self.bytes);
    }
}

/// Strings, each once, with a NUL behind it.
#[derive(Default)]
struct Strings {
    bytes: Vec<u8>,
    places: HashMap<Vec<u8>, u32>,
}

impl Strings {
    /// The place of a string.
    fn add(&mut self, text: &[u8]) -> u32 {
        if let Some(place) = self.places.get(text) {
            return *place;
        }
        let place = self.bytes.len() as u32;
        self.bytes.extend(text.iter().map(|byte| if *byte == 0 { b'?' } else { *byte }));
        self.bytes.push(0);
        self.places.insert(text.to_vec(), place);
        place
    }
}

/// The table while it grows.
#[derive(Default)]
struct Table {
    functions: Vec<Function>,
    /// Places of their names.
    files: Vec<u32>,
    file_numbers: HashMap<String, u32>,
    rows: Vec<u8>,
    strings: Strings,
}

impl Table {
    /// The number of a file.
    fn file(&mut self, name: &str) -> u32 {
        if let Some(number) = self.file_numbers.get(name) {
            return *number;
        }
        let number = self.files.len() as u32;
        self.files.push(self.strings.add(name.as_bytes()));
        self.file_numbers.insert(name.to_owned(), number);
        number
    }

    /// Its bytes.
    fn finish(self) -> Vec<u8> {
        if self.functions.is_empty() {
            return Vec::new();
        }
        let functions = self.functions.iter().flat_map(|row| [row.code, row.rows, row.name]);
        let numbers: Vec<u32> = functions.chain(self.files.iter().copied()).collect();
        let rows = size_of::<Header>() + 4 * numbers.len();
        let header = Header {
            functions: self.functions.len() as u32,
            files: self.files.len() as u32,
            rows: rows as u32,
            strings: (rows + self.rows.len()) as u32,
        };
        let start = [header.functions, header.files, header.rows, header.strings];
        let mut bytes: Vec<u8> = start.into_iter().chain(numbers).flat_map(u32::to_le_bytes).collect();
        bytes.extend_from_slice(&self.rows);
        bytes.extend_from_slice(&self.strings.bytes);
        bytes
    }
}
