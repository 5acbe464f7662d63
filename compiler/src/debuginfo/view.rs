//! The text of a module as the source to debug: that which it was made from, or one that is printed (`--wat-map`). The DWARF made
//! here has each instruction as a line of it, each local as a variable; it takes the place of the module's own debug
//! information, and goes the same way.

use super::source::Source;
use super::source_map::SourceMap;
use crate::error::{Error, Result};
use crate::module::Module;
use gimli::constants::*;
use gimli::write::{Address, AttributeValue, DwarfUnit, EndianVec, Expression, LineProgram, LineString, UnitEntryId};
use gimli::{Encoding, Format, LineEncoding, LittleEndian};
use std::collections::HashMap;
use wasmparser::{KnownCustom, Name, Parser, Payload, ValType};

/// A function's variables beyond these are left out.
const LOCALS: u32 = 2000;

/// A module whose text is the source.
#[derive(Debug)]
pub struct View {
    sections: Vec<(&'static str, Vec<u8>)>,
}

impl View {
    /// Prints a module, whose bytes these are, as text that will be in this file, named from this folder.
    pub fn printed(module: &Module<'_>, binary: &[u8], folder: &str, file: &str) -> Result<(View, String)> {
        let mut text = String::new();
        let rows = printed_rows(module, binary, &mut text)?;
        Ok((View::new(module, binary, &rows, folder, &[file.to_owned()])?, text))
    }

    /// The view of a module that was made from text in this file, with lines ([`crate::parse::to_binary_with_lines`]).
    pub fn original(module: &Module<'_>, binary: &[u8], folder: &str, file: &str) -> Result<View> {
        let rows = original_rows(module).unwrap_or_default();
        View::new(module, binary, &rows, folder, &[file.to_owned()])
    }

    /// The view that a source map gives of a module; the names of the sources are relative to this folder.
    pub fn mapped(module: &Module<'_>, binary: &[u8], folder: &str, map: &SourceMap) -> Result<View> {
        View::new(module, binary, &map.rows, folder, &map.sources)
    }

    fn new(module: &Module<'_>, binary: &[u8], rows: &[Row], folder: &str, files: &[String]) -> Result<View> {
        let mut writer = Writer::new(folder, files, local_names(binary));
        let name = module.shown_names();
        for index in 0..module.bodies.len() {
            writer.function(module, index, &name, rows);
        }
        Ok(View { sections: writer.finish()? })
    }

    /// The debug information, as sections of the module.
    pub fn sections(&self) -> Vec<(&str, &[u8])> {
        self.sections.iter().map(|(name, bytes)| (*name, bytes.as_slice())).collect()
    }
}

fn not_printed(error: impl std::fmt::Display) -> Error {
    Error::input(format!("cannot be printed as text: {error}"))
}

/// What an instruction stands for.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Row {
    /// Its offset in the module's file.
    pub offset: usize,
    /// Number of the source.
    pub file: usize,
    /// Line there, from 1.
    pub line: u64,
    /// Column, from 1.
    pub column: u64,
}

/// Prints a module; the lines that stand for something in its code, in their order.
fn printed_rows(module: &Module<'_>, binary: &[u8], text: &mut String) -> Result<Vec<Row>> {
    let code = module.bodies.first().map_or(0, |body| body.body.range().start)
        ..module.bodies.last().map_or(0, |body| body.body.range().end);
    let (mut rows, mut line) = (Vec::new(), 1);
    for (offset, text) in wasmprinter::Config::new().offsets_and_lines(binary, text).map_err(not_printed)? {
        let content = text.trim_start();
        if let Some(offset) = offset.filter(|offset| code.contains(offset))
            && !content.starts_with("(local ")
        {
            rows.push(Row { offset, file: 0, line, column: (text.len() - content.len()) as u64 + 1 });
        }
        line += text.matches('\n').count() as u64;
    }
    rows.sort_unstable();
    Ok(rows)
}

/// The lines that the parser of the text has noted: of functions, and of their instructions. To it a function begins with the
/// length of its body, which is not counted in the offsets of instructions.
fn original_rows(module: &Module<'_>) -> Option<Vec<Row>> {
    let source = Source::of(module, &mut Vec::new())?;
    let (unit, tree) = source.units.first().map(|source| (&source.unit, &source.tree))?;
    let starts: Vec<usize> = module.bodies.iter().map(|body| body.body.range().start).collect();
    let (mut lows, mut rows) = (Vec::new(), Vec::new());
    for (index, entry) in tree.entries.iter().enumerate() {
        let number = |name| tree.attribute(index, name).and_then(|value| value.udata_value());
        if entry.tag == DW_TAG_subprogram {
            let (line, column) = (number(DW_AT_decl_line)?, number(DW_AT_decl_column)?);
            rows.push(Row { offset: *starts.get(lows.len())?, file: 0, line, column });
            lows.push(source.units[0].low_pc(&source.dwarf, index)?);
        }
    }
    let mut lines = unit.line_program.clone()?.rows();
    while let Some((_, row)) = lines.next_row().ok()? {
        let column = match row.column() {
            gimli::ColumnType::LeftEdge => 1,
            gimli::ColumnType::Column(column) => column.get(),
        };
        let function = lows.partition_point(|low| *low <= row.address()).checked_sub(1)?;
        if let Some(line) = row.line().filter(|_| !row.end_sequence()) {
            let offset = starts[function] + (row.address() - lows[function]) as usize;
            rows.push(Row { offset, file: 0, line: line.get(), column });
        }
    }
    rows.sort_unstable();
    Some(rows)
}

/// Names of locals, by function and index.
fn local_names(binary: &[u8]) -> HashMap<(u32, u32), &str> {
    let mut found = HashMap::new();
    for payload in Parser::new(0).parse_all(binary).map_while(|payload| payload.ok()) {
        let Payload::CustomSection(section) = payload else { continue };
        let KnownCustom::Name(names) = section.as_known() else { continue };
        for name in names.into_iter().map_while(|name| name.ok()) {
            let Name::Local(functions) = name else { continue };
            for function in functions.into_iter().map_while(|function| function.ok()) {
                let names = function.names.into_iter().map_while(|name| name.ok());
                found.extend(names.map(|name| ((function.index, name.index), name.name)));
            }
        }
    }
    found
}

/// Text that debug information can have.
fn text(name: &str) -> Vec<u8> {
    name.bytes().map(|byte| if byte == 0 { b'?' } else { byte }).collect()
}

/// DWARF while it grows.
struct Writer<'n> {
    dwarf: DwarfUnit,
    files: Vec<gimli::write::FileId>,
    names: HashMap<(u32, u32), &'n str>,
    types: HashMap<&'static str, UnitEntryId>,
}

impl<'n> Writer<'n> {
    fn new(folder: &str, files: &[String], names: HashMap<(u32, u32), &'n str>) -> Writer<'n> {
        let encoding = Encoding { format: Format::Dwarf32, version: 4, address_size: 4 };
        let mut dwarf = DwarfUnit::new(encoding);
        let name = |file: &str| LineString::String(text(file));
        let first = files.first().map_or("<unknown>", String::as_str);
        let lines = LineEncoding::default();
        let mut lines = LineProgram::new(encoding, lines, LineString::String(text(folder)), None, name(first), None);
        let folder_id = lines.default_directory();
        let files = files.iter().map(|file| lines.add_file(name(file), folder_id, None)).collect();
        dwarf.unit.line_program = lines;
        let root = dwarf.unit.get_mut(dwarf.unit.root());
        root.set(DW_AT_producer, AttributeValue::String(b"wasmaot".to_vec()));
        // There is none for it; debuggers must know how to write expressions.
        root.set(DW_AT_language, AttributeValue::Language(DW_LANG_C99));
        root.set(DW_AT_name, AttributeValue::String(text(first)));
        root.set(DW_AT_comp_dir, AttributeValue::String(text(folder)));
        Writer { dwarf, files, names, types: HashMap::new() }
    }

    /// A function, its variables and its lines.
    fn function(&mut self, module: &Module<'_>, number: usize, name: impl Fn(u32) -> String, rows: &[Row]) {
        let index = module.imported_functions + number as u32;
        let body = &module.bodies[number].body;
        let (start, end) = (body.range().start, body.range().end);
        let from = rows.partition_point(|row| row.offset < start);
        let to = rows.partition_point(|row| row.offset < end);
        let address = |offset: usize| (offset as u64).saturating_sub(module.code_start.into());
        let entry = self.dwarf.unit.add(self.dwarf.unit.root(), DW_TAG_subprogram);
        let function = self.dwarf.unit.get_mut(entry);
        function.set(DW_AT_name, AttributeValue::String(text(&name(index))));
        function.set(DW_AT_low_pc, AttributeValue::Address(Address::Constant(address(start))));
        function.set(DW_AT_high_pc, AttributeValue::Udata((end - start) as u64));
        function.set(DW_AT_external, AttributeValue::FlagPresent);
        function.set(DW_AT_prototyped, AttributeValue::FlagPresent);
        if let Some(row) = rows[from..to].first() {
            function.set(DW_AT_decl_file, AttributeValue::FileIndex(self.files.get(row.file).copied()));
            function.set(DW_AT_decl_line, AttributeValue::Udata(row.line));
        }
        let ty = module.function_type(index);
        if let Some([result]) = ty.map(|ty| ty.results()) {
            let result = self.value_type(*result);
            self.dwarf.unit.get_mut(entry).set(DW_AT_type, AttributeValue::UnitRef(result));
        }
        let mut local = 0;
        for ty in ty.map_or(&[][..], |ty| ty.params()) {
            self.local(entry, index, local, *ty, DW_TAG_formal_parameter);
            local += 1;
        }
        for (count, ty) in body.get_locals_reader().into_iter().flatten().map_while(|local| local.ok()) {
            // Nothing has validated the count yet.
            for _ in 0..count.min(LOCALS.saturating_sub(local)) {
                self.local(entry, index, local, ty, DW_TAG_variable);
                local += 1;
            }
        }

        let lines = &mut self.dwarf.unit.line_program;
        lines.begin_sequence(Some(Address::Constant(address(start))));
        for Row { offset, file, line, column } in &rows[from..to] {
            let Some(file) = self.files.get(*file) else { continue };
            let row = lines.row();
            row.address_offset = (offset - start) as u64;
            (row.file, row.line, row.column) = (*file, *line, *column);
            lines.generate_row();
        }
        lines.end_sequence((end - start) as u64);
    }

    fn local(&mut self, function: UnitEntryId, index: u32, local: u32, ty: ValType, tag: DwTag) {
        let ty = self.value_type(ty);
        let name = self.names.get(&(index, local)).filter(|name| !name.is_empty());
        let name = name.map_or_else(|| format!("local{local}").into_bytes(), |name| text(name));
        let id = self.dwarf.unit.add(function, tag);
        let entry = self.dwarf.unit.get_mut(id);
        entry.set(DW_AT_name, AttributeValue::String(name));
        entry.set(DW_AT_type, AttributeValue::UnitRef(ty));
        let mut place = Expression::new();
        place.op_wasm_local(local);
        place.op(DW_OP_stack_value);
        entry.set(DW_AT_location, AttributeValue::Exprloc(place));
    }

    /// The entry of a type.
    fn value_type(&mut self, ty: ValType) -> UnitEntryId {
        let (name, size, encoding) = match ty {
            ValType::I32 => ("i32", 4, DW_ATE_signed),
            ValType::I64 => ("i64", 8, DW_ATE_signed),
            ValType::F32 => ("f32", 4, DW_ATE_float),
            ValType::F64 => ("f64", 8, DW_ATE_float),
            ValType::V128 => return self.vector(),
            ValType::Ref(ty) if ty.is_extern_ref() => ("externref", 8, DW_ATE_unsigned),
            ValType::Ref(_) => ("funcref", 8, DW_ATE_unsigned),
        };
        self.base(name, size, encoding)
    }

    fn base(&mut self, name: &'static str, size: u64, encoding: DwAte) -> UnitEntryId {
        let unit = &mut self.dwarf.unit;
        *self.types.entry(name).or_insert_with(|| {
            let id = unit.add(unit.root(), DW_TAG_base_type);
            let entry = unit.get_mut(id);
            entry.set(DW_AT_name, AttributeValue::String(name.into()));
            entry.set(DW_AT_byte_size, AttributeValue::Udata(size));
            entry.set(DW_AT_encoding, AttributeValue::Encoding(encoding));
            id
        })
    }

    /// Vectors: four numbers.
    fn vector(&mut self) -> UnitEntryId {
        if let Some(id) = self.types.get("v128") {
            return *id;
        }
        let lane = self.base("i32", 4, DW_ATE_signed);
        let unit = &mut self.dwarf.unit;
        let array = unit.add(unit.root(), DW_TAG_array_type);
        unit.get_mut(array).set(DW_AT_type, AttributeValue::UnitRef(lane));
        let range = unit.add(array, DW_TAG_subrange_type);
        unit.get_mut(range).set(DW_AT_type, AttributeValue::UnitRef(lane));
        unit.get_mut(range).set(DW_AT_count, AttributeValue::Udata(4));
        let name = unit.add(unit.root(), DW_TAG_typedef);
        unit.get_mut(name).set(DW_AT_name, AttributeValue::String(b"v128".to_vec()));
        unit.get_mut(name).set(DW_AT_type, AttributeValue::UnitRef(array));
        self.types.insert("v128", name);
        name
    }

    fn finish(mut self) -> Result<Vec<(&'static str, Vec<u8>)>> {
        let mut sections = gimli::write::Sections::new(EndianVec::new(LittleEndian));
        let failed = |error: gimli::write::Error| Error::internal(format!("debug information of the text: {error}"));
        self.dwarf.write(&mut sections).map_err(failed)?;
        let mut list = Vec::new();
        sections
            .for_each(|id, bytes| {
                if !bytes.slice().is_empty() {
                    list.push((id.name(), bytes.slice().to_vec()));
                }
                Ok(())
            })
            .map_err(failed)?;
        Ok(list)
    }
}
