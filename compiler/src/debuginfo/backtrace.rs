//! The table of source lines that the runtime's backtraces read ([`wasmaot_abi::lines`]): for each address that can be in
//! one, the place in the source, and the calls inlined there. It is part of the program, unlike the other sections.
//!
//! The module's own DWARF is asked ([`addr2line`]), at the offset of the wasm instruction. What is malformed has no lines.

use super::DebugInfo;
use super::source::{Reader, Source};
use crate::codegen::CompiledFunction;
use crate::layout::{FunctionPlan, Layout};
use crate::module::Module;
use crate::object::Text;
use crate::program::Program;
use crate::symbols::FunctionId;
use foldhash::{HashMap, HashMapExt};
use gimli::leb128::write::Leb128;
use wasmaot_abi::lines::{Function, Header, NO_STRING};

/// Entries nested deeper are not read: the library does it by recursion.
const DEPTH: isize = 1000;
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
        lookups[id.0 as usize] = Lookup::new(&program.modules[id.0 as usize], source);
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
    if let Ok(name) = rustc_demangle::try_demangle(name) {
        return Some(format!("{name:#}"));
    }
    let symbol = name.starts_with("_Z").then(|| cpp_demangle::Symbol::new(name).ok())??;
    symbol.demangle(&Default::default()).ok()
}

/// Whether recursion over the entries is safe.
fn is_flat(source: &Source<'_>) -> bool {
    source.units.iter().all(|unit| {
        let Ok(mut entries) = unit.entries_raw(None) else { return true };
        while !entries.is_empty() {
            if entries.next_depth() > DEPTH {
                return false;
            }
            let Ok(abbreviation) = entries.read_abbreviation() else { return true };
            if abbreviation.is_some_and(|abbreviation| entries.skip_attributes(abbreviation.attributes()).is_err()) {
                return true;
            }
        }
        true
    })
}

/// A module's DWARF, to be asked.
struct Lookup<'m, 'a> {
    module: &'m Module<'a>,
    context: addr2line::Context<Reader<'a>>,
    /// Places of names in the table's strings, by the names in the DWARF.
    names: HashMap<&'a [u8], u32>,
}

/// A place in the source, innermost first: the function's name, and file, line and column in it.
type Frame = (Option<u32>, Place);

/// File (a number), line and column; zeros where it is not known.
type Place = (u32, u32, u32);

impl<'m, 'a> Lookup<'m, 'a> {
    fn new(module: &'m Module<'a>, source: &Source<'a>) -> Option<Lookup<'m, 'a>> {
        let context = addr2line::Context::from_arc_dwarf(source.dwarf.clone()).ok()?;
        is_flat(source).then(|| Lookup { module, context, names: HashMap::new() })
    }

    /// Adds the rows of a function.
    fn function(&mut self, table: &mut Table, code: u32, index: u32, shown: &str, sites: &[(u32, u32)]) {
        let (mut rows, mut last) = (Rows::default(), None);
        // The DWARF's name is taken where the module has none.
        let mut name =
            (shown != format!("function[{index}]")).then(|| demangle(shown).unwrap_or_else(|| shown.to_owned()));
        let mut frames: Vec<Frame> = Vec::new();
        for &(native, offset) in sites {
            frames.clear();
            let found = self.frames(table, offset.wrapping_sub(self.module.code_start), &mut frames);
            let mut inlined = 0;
            for pair in frames.windows(2).rev() {
                let [(inner, _), (_, (file, line, column))] = *pair else { continue };
                let name = inner.unwrap_or(NO_STRING);
                inlined = rows.inlined(Inlined { name, outer: inlined, place: (file, line, column) });
            }
            let place = frames.first().map_or((0, 0, 0), |frame| frame.1);
            if last != Some((inlined, place)) && (found || last.is_some()) {
                rows.add(native, inlined, place);
                last = Some((inlined, place));
            }
            if name.is_none() {
                name = frames.last().and_then(|frame| table.strings.get(frame.0?));
            }
        }
        if last.is_some() {
            let name = name.filter(|name| name != shown).map_or(NO_STRING, |name| table.strings.add(name.as_bytes()));
            table.functions.push(Function { code, rows: table.rows.len() as u32, name });
            rows.write(&mut table.rows);
        }
    }

    /// What the DWARF says of an offset, the innermost function first; whether it says anything.
    fn frames(&mut self, table: &mut Table, offset: u32, into: &mut Vec<Frame>) -> bool {
        let Ok(mut frames) = self.context.find_frames(offset.into()).skip_all_loads() else { return false };
        while let Ok(Some(frame)) = frames.next() {
            let name = frame.function.map(|function| {
                *self.names.entry(function.name.slice()).or_insert_with_key(|name| {
                    let name = String::from_utf8_lossy(name);
                    table.strings.add(demangle(&name).as_deref().unwrap_or(&name).as_bytes())
                })
            });
            let place = frame.location.and_then(|place| Some((table.file(place.file?), place.line?, place.column?)));
            into.push((name, place.unwrap_or_default()));
        }
        !into.is_empty()
    }
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
    out.extend_from_slice(Leb128::unsigned(number.into()).bytes());
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
        self.bytes.extend_from_slice(Leb128::unsigned(first).bytes());
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

    /// The string at a place.
    fn get(&self, place: u32) -> Option<String> {
        let text = self.bytes.get(place as usize..)?.split(|byte| *byte == 0).next()?;
        String::from_utf8(text.to_vec()).ok()
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
