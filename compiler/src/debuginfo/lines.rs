//! `.debug_line`: rows of wasm positions -> rows of native positions, one sequence for each function. `program` reads them.

mod program;

use super::code::FunctionMap;
use super::sections::Buffer;
use super::source::{Reader, Unit};
use crate::symbols::Symbol;
use gimli::constants::*;

const LINE_BASE: i64 = -5;
const LINE_RANGE: u64 = 14;
const OPCODE_BASE: u8 = 13;
/// Operands of the standard opcodes.
const OPERANDS: [u8; 12] = [0, 1, 1, 1, 1, 0, 0, 0, 1, 0, 0, 1];

/// A row of the source.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct Row {
    address: u64,
    file: u64,
    line: u64,
    column: u64,
    statement: bool,
    prologue_end: bool,
    epilogue_begin: bool,
    discriminator: u64,
}

/// A unit's line table.
#[derive(Default, Debug)]
pub struct Lines<'a> {
    directories: Vec<&'a [u8]>,
    /// Name, directory, MD5.
    files: Vec<(&'a [u8], u64, [u8; 16])>,
    md5: bool,
    /// Before version 5, numbers of files begin with 1.
    old: bool,
    /// Rows of each sequence, sorted, with its end.
    sequences: Vec<(Vec<Row>, u64)>,
}

impl<'a> Lines<'a> {
    /// Reads a unit's table.
    pub fn read(dwarf: &gimli::Dwarf<Reader<'a>>, unit: &Unit<'a>) -> gimli::Result<Lines<'a>> {
        let mut lines = Lines::default();
        let Some(program) = &unit.line_program else { return Ok(lines) };
        let header = program.header();
        let text = |value| dwarf.attr_string(unit, value).map_or(&[][..], |text| text.slice());
        lines.old = header.version() < 5;
        if lines.old {
            lines.directories.push(unit.comp_dir.map_or(&[][..], |folder| folder.slice()));
        }
        lines.directories.extend(header.include_directories().iter().map(|value| text(*value)));
        lines.files = header
            .file_names()
            .iter()
            .map(|file| {
                let folder = file.directory_index();
                let own = lines.directories.get(folder as usize) == lines.directories.first();
                (text(file.path_name()), if own { 0 } else { folder }, *file.md5())
            })
            .collect();
        lines.md5 = header.file_has_md5();
        lines.sequences = program::run(header, |address| super::source::kept(unit, address))?;
        lines.sequences.sort_by_key(|(_, end)| *end);
        Ok(lines)
    }

    /// What is added to numbers of files in a table of this version of DWARF.
    pub fn shift(&self, version: u16) -> i64 {
        i64::from(!self.old) - i64::from(version >= 5)
    }

    /// The row that an address is in, in a sequence: number of the file, line and column; a line of 0 is none.
    pub fn place(&self, sequence: usize, address: u64) -> Option<(u64, u64, u64)> {
        let rows = &self.sequences.get(sequence)?.0;
        let row = &rows[rows.partition_point(|row| row.address <= address).checked_sub(1)?];
        Some((row.file, row.line, row.column))
    }

    /// The path of a file, by its number.
    pub fn path(&self, unit: &Unit<'a>, number: u64) -> Option<String> {
        let (name, folder, _) = self.files.get(usize::try_from(number).ok()?.checked_sub(usize::from(self.old))?)?;
        let mut path = unit.comp_dir.map_or_else(String::new, |folder| folder.to_string_lossy().into_owned());
        if let Some(folder) = self.directories.get(*folder as usize).filter(|_| *folder != 0) {
            join(&mut path, &String::from_utf8_lossy(folder));
        }
        join(&mut path, &String::from_utf8_lossy(name));
        Some(path)
    }

    /// First address and end of each sequence.
    pub fn sequences(&self) -> impl Iterator<Item = (u64, u64)> + '_ {
        self.sequences.iter().filter_map(|(rows, end)| Some((rows.first()?.address, *end)))
    }

    /// Writes the table with what it says of these functions, in their order.
    pub fn write(&self, functions: &[&FunctionMap], version: u16) -> Buffer {
        let mut out = Buffer::default();
        out.u32(0);
        out.u16(version);
        if version >= 5 {
            out.u8(8);
            out.u8(0);
        }
        out.u32(0);
        let header = out.len();
        out.bytes.extend_from_slice(&[1, 1, 1, LINE_BASE as i8 as u8, LINE_RANGE as u8, OPCODE_BASE]);
        out.bytes.extend_from_slice(&OPERANDS);
        self.write_files(&mut out, version);
        let length = out.len() - header;
        out.patch_u32(header - 4, length);
        let shift = self.shift(version);
        for function in functions {
            self.write_function(&mut out, function, shift);
        }
        if out.len() == header + length {
            // readelf 2.40 takes a table of files that ends with the unit for a corrupt one. This adds no row.
            out.u8(DW_LNS_negate_stmt.0);
        }
        let length = out.len() - 4;
        out.patch_u32(0, length);
        out
    }

    fn write_files(&self, out: &mut Buffer, version: u16) {
        let text = |out: &mut Buffer, text: &[u8]| {
            out.bytes.extend(text.iter().filter(|byte| **byte != 0));
            out.u8(0);
        };
        if version < 5 {
            for folder in self.directories.iter().skip(1) {
                text(out, folder);
            }
            out.u8(0);
            for (name, folder, _) in &self.files {
                text(out, name);
                out.uleb(*folder);
                out.u16(0);
            }
            out.u8(0);
            return;
        }
        out.u8(1);
        out.uleb(DW_LNCT_path.0.into());
        out.uleb(DW_FORM_string.0.into());
        // Up to version 4, gdb shows names of files in the unit's folder as they are; from 5 on, with the folder that they name.
        let unit_folder: Option<&[u8]> = self.old.then_some(b"");
        out.uleb((self.directories.len() + usize::from(self.old)) as u64);
        for folder in self.directories.iter().copied().chain(unit_folder) {
            text(out, folder);
        }
        let md5 = self.md5 && version >= 5;
        out.u8(2 + u8::from(md5));
        let mut formats = vec![(DW_LNCT_path, DW_FORM_string), (DW_LNCT_directory_index, DW_FORM_udata)];
        formats.extend(md5.then_some((DW_LNCT_MD5, DW_FORM_data16)));
        for (content, form) in formats {
            out.uleb(content.0.into());
            out.uleb(form.0.into());
        }
        out.uleb(self.files.len() as u64);
        for (name, folder, sum) in &self.files {
            text(out, name);
            out.uleb(if self.old && *folder == 0 { self.directories.len() as u64 } else { *folder });
            if md5 {
                out.bytes.extend_from_slice(sum);
            }
        }
    }

    /// One sequence. Rows without code belong to instructions that became part of a later one, as a load does: what they mark,
    /// that one has.
    fn write_function(&self, out: &mut Buffer, function: &FunctionMap, shift: i64) {
        let first = self.sequences.partition_point(|(_, end)| *end <= u64::from(function.wasm.start));
        let Some((rows, _)) = self.sequences.get(first) else { return };
        let before = |address: u32| rows.partition_point(|row| row.address < u64::from(address));
        let (start, end) = (before(function.wasm.start), before(function.wasm.end));
        if end == 0 {
            return;
        }
        let low = start.saturating_sub(1);
        let row_of = |wasm: u32| {
            let own = &rows[low..end];
            low + own.partition_point(|row| row.address <= u64::from(wasm)).saturating_sub(1)
        };
        // What sets the frame up has a row of its own: variables are not there before.
        let is_setup = |wasm: u32| u64::from(wasm) < rows[0].address;
        let steps: Vec<usize> = function.steps.iter().map(|(_, wasm)| row_of(*wasm)).collect();
        // Rows that have code, by index.
        let own = function.steps.iter().zip(&steps).filter(|((_, wasm), _)| !is_setup(*wasm));
        let mut kept: Vec<usize> = own.map(|(_, row)| *row).collect();
        kept.sort();
        kept.dedup();
        let mut kept: Vec<(usize, Row)> = kept.into_iter().map(|index| (index, rows[index])).collect();
        let mut from = start;
        // What begins a statement and waits for code of its line; code of no line is between, where the optimiser put some.
        let mut begun = None;
        for (index, row) in &mut kept {
            for lost in rows.get(from..*index).unwrap_or_default() {
                row.prologue_end |= lost.prologue_end;
                begun = match lost.line {
                    0 => begun,
                    _ if lost.statement => Some((lost.file, lost.line)),
                    _ => begun.filter(|line| *line == (lost.file, lost.line)),
                };
            }
            from = *index + 1;
            if row.line != 0 {
                row.statement |= begun.take() == Some((row.file, row.line));
            }
            row.file = row.file.saturating_add_signed(shift);
        }
        let mut state = State { address: function.native.0, file: 1, line: 1, column: 0, statement: true };
        out.bytes.extend_from_slice(&[0, 9, DW_LNE_set_address.0]);
        out.address(Symbol::Text, function.native.0.into());
        let mut last = None;
        // Whether the mark of the prologue's end waits for the code of the first instruction. Before that is what sets the
        // frame up and stores parameters.
        let mut waits = false;
        for (&(native, wasm), index) in function.steps.iter().zip(steps) {
            if is_setup(wasm) {
                let file = rows[0].file.saturating_add_signed(shift);
                state.row(out, native, &Row { file, line: rows[0].line, statement: true, ..Row::default() });
                continue;
            }
            if (last == Some(index) && !waits) || native == function.native.1 {
                continue;
            }
            let waited = std::mem::take(&mut waits) && last == Some(index);
            last = Some(index);
            let Ok(found) = kept.binary_search_by_key(&index, |(index, _)| *index) else { continue };
            let mut row = kept[found].1;
            // Only the first code of a row is marked.
            let marked = &mut kept[found].1;
            (marked.statement, marked.prologue_end, marked.epilogue_begin) = (false, false, false);
            if waited {
                (row.statement, row.prologue_end) = (true, true);
            } else if native == function.native.0 && row.prologue_end && wasm == function.wasm.start {
                (row.prologue_end, waits) = (false, true);
            }
            state.row(out, native, &row);
        }
        state.advance(out, function.native.1);
        out.bytes.extend_from_slice(&[0, 1, DW_LNE_end_sequence.0]);
    }
}

/// Adds to a path what may be one of its own.
fn join(path: &mut String, part: &str) {
    let is_rooted =
        |path: &str, separator| path.starts_with(separator) || path.get(1..3) == Some(&format!(":{separator}"));
    if is_rooted(part, '/') || is_rooted(part, '\\') {
        path.clear();
    } else if !path.is_empty() {
        let separator = if is_rooted(path, '\\') { '\\' } else { '/' };
        if !path.ends_with(separator) {
            path.push(separator);
        }
    }
    path.push_str(part);
}

/// Registers of the line number program (DWARF 5, 6.2.2).
struct State {
    address: u32,
    file: u64,
    line: u64,
    column: u64,
    statement: bool,
}

impl State {
    fn advance(&mut self, out: &mut Buffer, to: u32) {
        if to > self.address {
            out.u8(DW_LNS_advance_pc.0);
            out.uleb((to - self.address).into());
            self.address = to;
        }
    }

    fn row(&mut self, out: &mut Buffer, address: u32, row: &Row) {
        if row.file != self.file {
            out.u8(DW_LNS_set_file.0);
            out.uleb(row.file);
            self.file = row.file;
        }
        if row.column != self.column {
            out.u8(DW_LNS_set_column.0);
            out.uleb(row.column);
            self.column = row.column;
        }
        if row.statement != self.statement {
            out.u8(DW_LNS_negate_stmt.0);
            self.statement = row.statement;
        }
        if row.prologue_end {
            out.u8(DW_LNS_set_prologue_end.0);
        }
        if row.epilogue_begin {
            out.u8(DW_LNS_set_epilogue_begin.0);
        }
        if row.discriminator != 0 {
            let mut operand = Buffer::default();
            operand.uleb(row.discriminator);
            out.u8(0);
            out.uleb(u64::from(operand.len()) + 1);
            out.u8(DW_LNE_set_discriminator.0);
            out.append(&operand);
        }
        let mut lines = (row.line as i64).wrapping_sub(self.line as i64);
        self.line = row.line;
        if !(LINE_BASE..LINE_BASE + LINE_RANGE as i64).contains(&lines) {
            out.u8(DW_LNS_advance_line.0);
            out.sleb(lines);
            lines = 0;
        }
        let low = (lines - LINE_BASE) as u64 + u64::from(OPCODE_BASE);
        if low + LINE_RANGE * u64::from(address - self.address) > 255 {
            self.advance(out, address);
        }
        out.u8((low + LINE_RANGE * u64::from(address - self.address)) as u8);
        self.address = address;
    }
}
