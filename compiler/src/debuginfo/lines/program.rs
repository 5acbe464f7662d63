//! A unit's line number program, run (DWARF 5, 6.2). gimli reads its header. In libraries, most sequences are of functions that the linker
//! dropped; these are passed over.

#![allow(non_upper_case_globals)] // DWARF's own names

use super::super::source::Reader;
use super::Row;
use gimli::constants::*;
use gimli::{Error, LineProgramHeader, Reader as _, Result};
use std::num::NonZeroU8;

/// The state machine's registers that are no part of a row, and the row.
struct State {
    row: Row,
    op_index: u64,
    /// The address is none, until another is set.
    nowhere: bool,
    /// The linker dropped what the sequence is about.
    dropped: bool,
    rows: Vec<Row>,
}

/// Runs the program of a unit: its sequences, each with rows in the order of their addresses, and its end.
/// `kept` tells whether the linker kept the code at an address.
pub fn run(header: &LineProgramHeader<Reader<'_>>, kept: impl Fn(u64) -> bool) -> Result<Vec<(Vec<Row>, u64)>> {
    let encoding = header.line_encoding();
    let range = NonZeroU8::new(encoding.line_range).ok_or(Error::LineRangeZero)?;
    let (base, size) = (header.opcode_base(), header.address_size());
    let mut input = header.raw_program_buf();
    let mut sequences = Vec::new();
    let start = Row { file: 1, line: 1, statement: encoding.default_is_stmt, ..Row::default() };
    let mut state = State { row: start, op_index: 0, nowhere: false, dropped: false, rows: Vec::new() };
    let last_address = u64::MAX >> (64 - 8 * u32::from(size.clamp(1, 8)));
    let moved = |address: u64, bytes: u64| {
        address.checked_add(bytes).filter(|address| *address <= last_address).ok_or(Error::AddressOverflow)
    };
    let advance = |state: &mut State, operations: u64| -> Result<()> {
        let (all, most) = (state.op_index.wrapping_add(operations), encoding.maximum_operations_per_instruction.max(1));
        if !state.nowhere {
            let instructions = if most == 1 { operations } else { all / u64::from(most) };
            state.op_index = if most == 1 { 0 } else { all % u64::from(most) };
            let bytes = instructions.wrapping_mul(encoding.minimum_instruction_length.into());
            state.row.address = moved(state.row.address, bytes)?;
        }
        Ok(())
    };
    let lengths = header.standard_opcode_lengths().slice();
    while !input.is_empty() {
        if state.dropped {
            input.skip(until_extended(input.slice(), base, lengths))?;
            if input.is_empty() {
                break;
            }
        }
        let opcode = input.read_u8()?;
        if opcode >= base {
            let adjusted = opcode - base;
            let lines = i64::from(encoding.line_base) + i64::from(adjusted % range);
            state.row.line = move_line(state.row.line, lines);
            advance(&mut state, (adjusted / range).into())?;
            state.add_row();
            continue;
        }
        match DwLns(opcode) {
            DwLns(0) => {
                let length = input.read_uleb128()?;
                let mut operands = input.split(usize::try_from(length).map_err(|_| Error::UnsupportedOffset)?)?;
                match DwLne(operands.read_u8()?) {
                    DW_LNE_end_sequence => {
                        let end = state.row.address;
                        let mut rows = std::mem::take(&mut state.rows);
                        if !rows.is_empty() && kept(rows.iter().map(|row| row.address).min().unwrap_or(0)) {
                            rows.sort_by_key(|row| row.address);
                            sequences.push((rows, end));
                        }
                        state = State { row: start, op_index: 0, nowhere: false, dropped: false, rows: Vec::new() };
                    }
                    DW_LNE_set_address => {
                        let address = operands.read_address(size)?;
                        // Within a sequence, addresses only rise.
                        state.nowhere = address < state.row.address || address > last_address - 2;
                        state.dropped |= state.rows.is_empty() && !kept(address);
                        if !state.nowhere {
                            (state.row.address, state.op_index) = (address, 0);
                        }
                    }
                    DW_LNE_set_discriminator => state.row.discriminator = operands.read_uleb128()?,
                    _ => {}
                }
            }
            DW_LNS_copy => state.add_row(),
            DW_LNS_advance_pc => advance(&mut state, input.read_uleb128()?)?,
            DW_LNS_advance_line => state.row.line = move_line(state.row.line, input.read_sleb128()?),
            DW_LNS_set_file => state.row.file = input.read_uleb128()?,
            DW_LNS_set_column => state.row.column = input.read_uleb128()?,
            DW_LNS_negate_stmt => state.row.statement = !state.row.statement,
            DW_LNS_set_basic_block => {}
            DW_LNS_const_add_pc => advance(&mut state, ((255 - base) / range).into())?,
            DW_LNS_fixed_advance_pc => {
                let bytes = u64::from(input.read_u16()?);
                if !state.nowhere {
                    state.row.address = moved(state.row.address, bytes)?;
                    state.op_index = 0;
                }
            }
            DW_LNS_set_prologue_end => state.row.prologue_end = true,
            DW_LNS_set_epilogue_begin => state.row.epilogue_begin = true,
            DW_LNS_set_isa => drop(input.read_uleb128()?),
            DwLns(unknown) => {
                let operands = lengths.get(usize::from(unknown) - 1);
                for _ in 0..operands.copied().unwrap_or(0) {
                    input.read_uleb128()?;
                }
            }
        }
    }
    Ok(sequences)
}

/// Bytes of the instructions before the next extended one, by which alone a sequence ends.
fn until_extended(program: &[u8], base: u8, lengths: &[u8]) -> usize {
    let mut at = 0;
    while let Some(&opcode @ 1..) = program.get(at) {
        at += 1;
        if opcode >= base {
            continue;
        }
        if DwLns(opcode) == DW_LNS_fixed_advance_pc {
            at += 2;
            continue;
        }
        for _ in 0..lengths.get(usize::from(opcode) - 1).copied().unwrap_or(0) {
            at += program.get(at..).map_or(0, |rest| rest.iter().take_while(|byte| **byte >= 0x80).count()) + 1;
        }
    }
    at.min(program.len())
}

impl State {
    fn add_row(&mut self) {
        if !self.nowhere && !self.dropped {
            self.rows.push(self.row);
        }
        let row = &mut self.row;
        (row.prologue_end, row.epilogue_begin, row.discriminator) = (false, false, 0);
    }
}

/// A line so many others further, at least 0.
fn move_line(line: u64, lines: i64) -> u64 {
    if lines < 0 { line.saturating_sub(lines.unsigned_abs()) } else { line.wrapping_add(lines.unsigned_abs()) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use gimli::write::{self, Address, LineProgram, LineString};
    use gimli::{Encoding, Format, LineEncoding, LittleEndian};

    /// The same by gimli.
    fn rows_of_gimli(program: &gimli::IncompleteLineProgram<Reader<'_>>) -> Vec<(Vec<Row>, u64)> {
        let (mut rows, mut sequences) = (program.clone().rows(), vec![(Vec::new(), 0)]);
        while let Some((_, row)) = rows.next_row().unwrap() {
            let last = sequences.last_mut().unwrap();
            last.1 = row.address();
            if row.end_sequence() {
                sequences.push((Vec::new(), 0));
                continue;
            }
            last.0.push(Row {
                address: row.address(),
                file: row.file_index(),
                line: row.line().map_or(0, |line| line.get()),
                column: match row.column() {
                    gimli::ColumnType::LeftEdge => 0,
                    gimli::ColumnType::Column(column) => column.get(),
                },
                statement: row.is_stmt(),
                prologue_end: row.prologue_end(),
                epilogue_begin: row.epilogue_begin(),
                discriminator: row.discriminator(),
            });
        }
        sequences.retain(|(rows, _)| rows.first().is_some_and(|row| row.address != 0));
        sequences
    }

    #[test]
    fn rows_are_those_of_gimli_without_dropped_functions() {
        for version in [4, 5] {
            let encoding = Encoding { format: Format::Dwarf32, version, address_size: 4 };
            let text = |text: &[u8]| LineString::String(text.to_vec());
            let mut written = LineProgram::new(encoding, LineEncoding::default(), text(b"/"), None, text(b"a.c"), None);
            let folder = written.default_directory();
            let file = written.add_file(text(b"a.c"), folder, None);
            for (start, lines) in
                [(16, [3, 4, 2, 900]), (0, [7, 8, 9, 10]), (u64::MAX >> 32, [1, 2, 3, 4]), (1 << 20, [9; 4])]
            {
                written.begin_sequence(Some(Address::Constant(start)));
                for (index, line) in (0_u64..).zip(lines) {
                    let row = written.row();
                    (row.file, row.line, row.column) = (file, line, line * 300 % 256);
                    row.address_offset = index * index * 100;
                    (row.is_statement, row.prologue_end, row.epilogue_begin) = (index != 1, index == 2, index == 3);
                    row.discriminator = if index == 1 { 300 } else { 0 };
                    written.generate_row();
                }
                written.end_sequence(2000);
            }
            let mut section = write::DebugLine::from(write::EndianVec::new(LittleEndian));
            let mut strings = (write::LineStringTable::default(), write::StringTable::default());
            written.write(&mut section, encoding, &mut strings.0, &mut strings.1).unwrap();
            let section = gimli::DebugLine::new(section.slice(), LittleEndian);
            let program = section.program(gimli::DebugLineOffset(0), 4, None, None).unwrap();
            let found = run(program.header(), |address| address != 0 && address < u64::MAX >> 32).unwrap();
            assert_eq!(found.len(), 2);
            assert_eq!(found, rows_of_gimli(&program));
        }
    }
}
