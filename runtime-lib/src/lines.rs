//! Places in the source, from the table that the compiler writes with `-g` ([`wasmaot_abi::lines`]). Called by backtrace.rs,
//! so: async-signal-safe. Nothing in the table is trusted to be well-formed: what is not ends the search.

use crate::backtrace::{self, Place, signed, unsigned};
use crate::message::Message;
use core::mem::offset_of;
use wasmaot_abi::lines::{Function, Header, NO_STRING};

/// A place in the source.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Source<'a> {
    /// The function, if it has another name than the compiled function; with [`Source::inlined`], the function's only name.
    pub name: Option<&'a [u8]>,
    /// Whether it was inlined in the next one.
    pub inlined: bool,
    /// The file.
    pub file: Option<&'a [u8]>,
    /// Line, from 1; 0 if it is not known, and neither is the file then.
    pub line: u32,
    /// Column, from 1; 0 if it is not known.
    pub column: u32,
}

/// The places that an address stands for, the innermost inlined function first.
#[derive(Clone, Debug)]
pub struct Sources<'a> {
    table: Table<'a>,
    next: Next<'a>,
}

/// What the next place is.
#[derive(Clone, Copy, Debug)]
enum Next<'a> {
    /// The innermost of an address, in bytes from the start of a function, and that start.
    Innermost(u32, u64),
    /// In a function: where its name is, its inlined calls, the place.
    Outer(u32, &'a [u8], Row),
    End,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
struct Row {
    /// Number of the inlined call, from 1; or 0.
    inlined: u64,
    file: u32,
    line: u32,
    column: u32,
}

const HEADER: usize = size_of::<Header>();
const FUNCTION: usize = size_of::<Function>();

impl<'a> Sources<'a> {
    /// The places of an address so many bytes into the function that begins at `code`, by this table; none if it is empty.
    pub fn new(table: &'a [u8], code: u32, native: u64) -> Sources<'a> {
        Sources { table: Table(table), next: Next::Innermost(code, native) }
    }
}

impl<'a> Iterator for Sources<'a> {
    type Item = Source<'a>;

    fn next(&mut self) -> Option<Source<'a>> {
        let table = self.table;
        let (name, calls, row) = match core::mem::replace(&mut self.next, Next::End) {
            Next::Innermost(code, native) => table.find(code, native)?,
            Next::Outer(name, calls, row) => (name, calls, row),
            Next::End => return None,
        };
        let mut own = name;
        if row.inlined != 0 {
            let (called, outer) = inlined(calls, row.inlined)?;
            own = called;
            self.next = Next::Outer(name, calls, outer);
        }
        let file = if row.line == 0 { None } else { table.file(row.file) };
        Some(Source {
            name: if own == NO_STRING { None } else { table.string(own) },
            inlined: row.inlined != 0,
            file,
            line: row.line,
            column: row.column,
        })
    }
}

/// Builtin `Lines`: writes the lines of a frame, a [`Place`], to a [`Message`], the first with this number; the number of the
/// next frame. Called through a pointer in the program's header.
///
/// # Safety
/// Called by [`backtrace::print`] only.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wasmaot_lines(place: *const u8, message: *mut u8, mut number: u64) -> u64 {
    // SAFETY: the caller vouches.
    let (place, message) = unsafe { (&*place.cast::<Place>(), &mut *message.cast::<Message>()) };
    let mut name = place.name;
    for source in place.sources.clone() {
        if !source.inlined {
            name = source.name.or(name);
            if source.file.is_none() {
                break;
            }
        }
        backtrace::print_name(message, number, if source.inlined { source.name } else { name });
        if let Some(file) = source.file {
            message.text(" (");
            backtrace::print_foreign(message, file);
            message.text(":").decimal(source.line.into());
            if source.column != 0 {
                message.text(":").decimal(source.column.into());
            }
            message.text(")");
        }
        number += 1;
        if !source.inlined {
            message.text("\n");
            return number;
        }
        message.text(" [inlined]\n");
    }
    backtrace::print_name(message, number, name);
    backtrace::print_offset(message, place);
    number + 1
}

/// The table's bytes; none for programs without one.
#[derive(Clone, Copy, Debug)]
struct Table<'a>(&'a [u8]);

impl<'a> Table<'a> {
    /// Of an address in a function: where the function's name is, its inlined calls, and the row.
    fn find(self, code: u32, native: u64) -> Option<(u32, &'a [u8], Row)> {
        let count = self.u32(offset_of!(Header, functions))? as usize;
        let at = |index: usize| HEADER + index * FUNCTION;
        let (mut low, mut high) = (0, count);
        while low < high {
            let middle = low + (high - low) / 2;
            if self.u32(at(middle) + offset_of!(Function, code))? < code {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        if low == count || self.u32(at(low) + offset_of!(Function, code))? != code {
            return None;
        }
        let rows = self.u32(offset_of!(Header, rows))? as usize;
        let start = |index: usize| Some(rows + self.u32(at(index) + offset_of!(Function, rows))? as usize);
        let end = if low + 1 < count { start(low + 1)? } else { self.u32(offset_of!(Header, strings))? as usize };
        let inlined = self.0.get(start(low)?..end)?;
        let mut rows = inlined;
        for _ in 0..unsigned(&mut rows)? {
            call(&mut rows)?;
        }
        Some((self.u32(at(low) + offset_of!(Function, name))?, inlined, row(rows, native)?))
    }

    fn u32(self, at: usize) -> Option<u32> {
        Some(u32::from_le_bytes(*self.0.get(at..)?.first_chunk()?))
    }

    /// The string at this place; a NUL follows it.
    fn string(self, place: u32) -> Option<&'a [u8]> {
        let strings = self.u32(offset_of!(Header, strings))? as usize;
        let text = self.0.get(strings.checked_add(place as usize)?..)?;
        text.get(..text.iter().position(|&byte| byte == 0)?)
    }

    /// The name of a file.
    fn file(self, index: u32) -> Option<&'a [u8]> {
        let functions = self.u32(offset_of!(Header, functions))? as usize;
        if index >= self.u32(offset_of!(Header, files))? {
            return None;
        }
        self.string(self.u32(HEADER + functions * FUNCTION + 4 * index as usize)?)
    }
}

/// The row of an address so many bytes into its function.
fn row(mut rows: &[u8], native: u64) -> Option<Row> {
    let (mut address, mut row, mut found) = (0u64, Row::default(), None);
    while !rows.is_empty() {
        let first = unsigned(&mut rows)?;
        address = address.saturating_add(first / 2);
        if address > native {
            break;
        }
        if first % 2 != 0 {
            row.inlined = row.inlined.wrapping_add(signed(&mut rows)? as u64);
            row.file = row.file.wrapping_add(signed(&mut rows)? as u32);
        }
        row.line = row.line.wrapping_add(signed(&mut rows)? as u32);
        row.column = unsigned(&mut rows)? as u32;
        found = Some(row);
    }
    found
}

/// Reads an inlined call: the name's place, which call it is in, file, difference of lines, column.
fn call(calls: &mut &[u8]) -> Option<(u32, u64, u32, u32, u32)> {
    let (name, outer, file) = (unsigned(calls)? as u32, unsigned(calls)?, unsigned(calls)? as u32);
    Some((name, outer, file, signed(calls)? as u32, unsigned(calls)? as u32))
}

/// The inlined call of a number: its name's place, and the row of where it is.
fn inlined(mut calls: &[u8], number: u64) -> Option<(u32, Row)> {
    let (mut count, mut line) = (unsigned(&mut calls)?.min(number), 0u32);
    if count < number {
        return None;
    }
    loop {
        let (name, outer, file, lines, column) = call(&mut calls)?;
        line = line.wrapping_add(lines);
        count -= 1;
        if count == 0 {
            // Calls stand behind those that they are in.
            let inlined = if outer == 0 { 0 } else { number.saturating_sub(outer) };
            return Some((name, Row { inlined, file, line, column }));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Two functions, the second with two inlined calls.
    fn table() -> std::vec::Vec<u8> {
        let strings = b"a.c\0b.h\0deep\0leaf\0plain()\0";
        let rows: &[&[u8]] = &[
            &[0, 20, 7, 3, 8, 0, 5],
            // deep, called at a.c:40; leaf, called in it at b.h:50:6.
            &[2, 8, 0, 0, 40, 0, 13, 1, 1, 10, 6, 11, 2, 1, 9, 1, 11, 0x7e, 0x7f, 10, 3],
        ];
        let numbers = [[2, 2, 0, 0].as_slice(), &[16, 0, NO_STRING, 100, 7, 18], &[0, 4]].concat();
        let mut bytes: std::vec::Vec<u8> = numbers.iter().flat_map(|number: &u32| number.to_le_bytes()).collect();
        let start = bytes.len() as u32;
        bytes.extend(rows.concat());
        let end = bytes.len() as u32;
        bytes[8..12].copy_from_slice(&start.to_le_bytes());
        bytes[12..16].copy_from_slice(&end.to_le_bytes());
        bytes.extend_from_slice(strings);
        bytes
    }

    fn text(text: Option<&[u8]>) -> &str {
        core::str::from_utf8(text.unwrap_or_default()).unwrap()
    }

    fn found(bytes: &[u8], code: u32, native: u64) -> std::vec::Vec<(&str, bool, &str, u32, u32)> {
        let places = Sources::new(bytes, code, native);
        places.map(|place| (text(place.name), place.inlined, text(place.file), place.line, place.column)).collect()
    }

    #[test]
    fn rows_are_found() {
        let bytes = table();
        assert_eq!(found(&bytes, 16, 9), []);
        assert_eq!(found(&bytes, 16, 10), [("", false, "a.c", 7, 3)]);
        assert_eq!(found(&bytes, 16, 13), [("", false, "a.c", 7, 3)]);
        assert_eq!(found(&bytes, 16, 400), [("", false, "a.c", 7, 5)]);
        assert_eq!(found(&bytes, 17, 400), []);
        let inlined = [("leaf", true, "b.h", 9, 1), ("deep", true, "b.h", 50, 6), ("plain()", false, "a.c", 40, 0)];
        assert_eq!(found(&bytes, 100, 5), inlined);
        assert_eq!(found(&bytes, 100, 10), [("plain()", false, "a.c", 19, 3)]);
        assert_eq!(found(&bytes, 101, 5), []);
        assert_eq!(found(&[], 16, 10), []);
    }

    #[test]
    fn what_is_malformed_is_not_read_beyond() {
        let bytes = table();
        for len in 0..bytes.len() {
            for at in 0..len {
                let mut cut = bytes[..len].to_vec();
                cut[at] ^= 0xff;
                for code in [16, 100] {
                    let _ = Sources::new(&cut, code, 12).take(100).count();
                }
            }
        }
    }
}
