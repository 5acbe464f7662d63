//! From addresses to wasm functions and offsets, and the walk over frames. Called by trap.rs, so: async-signal-safe,
//! no allocation, no formatting machinery.
//!
//! Compiled code and the runtime keep frame pointers; where each has its caller's and the return address, `arch` says.

use crate::arch::{FRAME_COMPILED, FRAME_RUNTIME, Frame};
use crate::instance;
use crate::lines::Sources;
use crate::message::Message;
use core::ops::Range;
use wasmaot_abi::program::{FunctionRow, NO_FUNCTION, NO_NAME, PROGRAM_LINES, Program, ProgramWithLines, TrapRow};

/// Frames that are printed of a deep recursion: the innermost and the outermost.
const INNERMOST: usize = 48;
const OUTERMOST: usize = 16;
/// Bytes of a name that are printed.
const NAME: usize = 400;

/// [`crate::lines::wasmaot_lines`], through a pointer: programs without lines are linked without it.
type Writer = unsafe extern "C" fn(*const u8, *mut u8, u64) -> u64;

/// The tables that say what an address of compiled code is.
#[derive(Clone, Copy)]
pub struct Tables<'a> {
    /// First byte of compiled code.
    pub text: usize,
    /// Bytes of it.
    pub text_len: usize,
    /// Functions, sorted.
    pub functions: &'a [FunctionRow],
    /// Trapping instructions, sorted.
    pub traps: &'a [TrapRow],
    /// Wasm offsets of calls and trapping instructions.
    pub sites: &'a [u8],
    /// Function names.
    pub names: &'a [u8],
    /// The table of source lines, and what writes them.
    pub lines: Option<(&'a [u8], Writer)>,
}

impl<'a> Tables<'a> {
    /// The tables of a program.
    pub fn of(program: &'a Program) -> Self {
        // SAFETY: instance::set_program's contract.
        unsafe {
            Self {
                text: program.text as usize,
                text_len: program.text_len as usize,
                functions: instance::rows(program.functions, program.function_count),
                traps: instance::rows(program.traps, program.trap_count),
                sites: instance::rows(program.sites, program.sites_len),
                names: instance::rows(program.names, program.names_len),
                lines: (program.flags & PROGRAM_LINES != 0).then(|| {
                    let program = &*(program as *const Program).cast::<ProgramWithLines>();
                    (instance::rows(program.lines, program.lines_len), program.writer)
                }),
            }
        }
    }

    /// Addresses of compiled code.
    pub fn text(&self) -> Range<usize> {
        self.text..self.text + self.text_len
    }

    /// Whether this is an address of compiled code.
    pub fn contains(&self, pc: usize) -> bool {
        pc.wrapping_sub(self.text) < self.text_len
    }

    /// The trap table's kind for exactly this instruction.
    pub fn trap_at(&self, pc: usize) -> Option<u8> {
        let code = u32::try_from(pc.checked_sub(self.text)?).ok()?;
        let index = self.traps.binary_search_by_key(&code, |row| row.code).ok()?;
        self.traps.get(index).map(|row| row.kind as u8)
    }

    /// Index of the function row that this address is in.
    fn row(&self, pc: usize) -> Option<usize> {
        if !self.contains(pc) {
            return None;
        }
        let code = (pc - self.text) as u32;
        self.functions.partition_point(|row| row.code <= code).checked_sub(1)
    }

    /// Bytes between the start of the function that this address is in and the address.
    pub fn offset_in_function(&self, pc: usize) -> Option<usize> {
        let row = self.functions.get(self.row(pc)?)?;
        Some(pc - self.text - row.code as usize)
    }

    /// What this address is: that of an instruction, or of the instruction after a call.
    pub fn locate(&self, pc: usize, is_return: bool) -> Option<Place<'a>> {
        let index = self.row(if is_return { pc.checked_sub(1)? } else { pc })?;
        let row = self.functions.get(index)?;
        let native = (pc - self.text) as u64 - u64::from(row.code);
        let offset = self.site(index, native);
        let lines = self.lines.filter(|_| offset.is_some()).map_or(&[][..], |(table, _)| table);
        Some(Place {
            function: Some(row.index).filter(|&index| index != NO_FUNCTION),
            name: self.name(row.name),
            offset,
            sources: Sources::new(lines, row.code, native),
        })
    }

    fn name(&self, start: u32) -> Option<&'a [u8]> {
        let name = self.names.get(start as usize..)?;
        let len = name.iter().take(NAME).take_while(|&&byte| byte != 0).count();
        name.get(..len).filter(|name| start != NO_NAME && !name.is_empty())
    }

    /// The wasm offset of the site exactly `native` bytes into this function.
    fn site(&self, index: usize, native: u64) -> Option<u64> {
        let start = self.functions.get(index)?.sites;
        if start == NO_NAME {
            return None;
        }
        let later = self.functions.get(index + 1..)?.iter().find(|row| row.sites != NO_NAME);
        let end = later.map_or(self.sites.len(), |row| row.sites as usize);
        let mut sites = self.sites.get(start as usize..end)?;
        let (mut at, mut wasm) = (0u64, 0u64);
        while at < native {
            at = at.checked_add(unsigned(&mut sites)?)?;
            wasm = wasm.wrapping_add(signed(&mut sites)? as u64);
            if at == native {
                return Some(wasm);
            }
        }
        // A site at the very start of a function.
        (at == native && unsigned(&mut sites)? == 0).then(|| signed(&mut sites)).flatten().map(|wasm| wasm as u64)
    }
}

/// An address of compiled code, in wasm's terms.
#[derive(Clone, Debug)]
pub struct Place<'a> {
    /// Function index; none for code that is no wasm function.
    pub function: Option<u32>,
    /// Its name.
    pub name: Option<&'a [u8]>,
    /// Byte offset in the module's file, where it is recorded.
    pub offset: Option<u64>,
    /// Places in the source, if they are known.
    pub sources: Sources<'a>,
}

/// Reads an unsigned LEB128 number.
pub fn unsigned(bytes: &mut &[u8]) -> Option<u64> {
    let (value, _, _) = leb(bytes)?;
    Some(value)
}

/// Reads a signed LEB128 number.
pub fn signed(bytes: &mut &[u8]) -> Option<i64> {
    let (value, bits, last) = leb(bytes)?;
    let negative = last & 0x40 != 0 && bits < 64;
    Some(if negative { value | u64::MAX << bits } else { value } as i64)
}

/// Value, its number of bits, and the last byte.
fn leb(bytes: &mut &[u8]) -> Option<(u64, u32, u8)> {
    let (mut value, mut bits) = (0, 0);
    loop {
        let (&byte, rest) = bytes.split_first()?;
        *bytes = rest;
        value |= u64::from(byte & 0x7f).checked_shl(bits)?;
        bits += 7;
        if byte & 0x80 == 0 {
            return Some((value, bits, byte));
        }
    }
}

/// A walk over frames, from the innermost: `(address, whether it is a return address)`.
#[derive(Clone)]
pub struct Walk {
    first: Option<(usize, bool)>,
    next: Option<(usize, bool)>,
    fp: usize,
    /// The frame at `fp` is one of compiled code.
    compiled: bool,
    stack: Range<usize>,
    text: Range<usize>,
}

impl Walk {
    /// A walk that begins with the frame at `fp`, which is the runtime's, returning. `text` is compiled code.
    pub fn from_frame(fp: usize, stack: Range<usize>, text: Range<usize>) -> Self {
        let mut walk = Self { first: None, next: None, fp, compiled: false, stack, text };
        walk.next = walk.up();
        walk
    }

    /// A walk that begins with an instruction, whose function's frame is at `fp`.
    pub fn from_instruction(pc: usize, fp: usize, stack: Range<usize>, text: Range<usize>) -> Self {
        let compiled = text.contains(&pc);
        let mut walk = Self { first: Some((pc, false)), next: None, fp, compiled, stack, text };
        walk.next = walk.up();
        walk
    }

    /// A walk that begins with an instruction whose function has no frame yet: it returns to `caller`, whose frame is at
    /// `fp`.
    pub fn from_bare_instruction(pc: usize, caller: usize, fp: usize, stack: Range<usize>, text: Range<usize>) -> Self {
        let compiled = text.contains(&caller);
        Self { first: Some((pc, false)), next: Some((caller, true)), fp, compiled, stack, text }
    }

    /// The word at this address, if it is on the stack.
    pub fn word(address: usize, stack: &Range<usize>) -> Option<usize> {
        if !address.is_multiple_of(8) || address < stack.start || address >= stack.end.saturating_sub(7) {
            return None;
        }
        // SAFETY: the whole word is on the mapped stack.
        Some(unsafe { (address as *const usize).read() })
    }

    /// How the frame at `fp` is laid out.
    fn frame(&self) -> Frame {
        if self.compiled { FRAME_COMPILED } else { FRAME_RUNTIME }
    }

    fn up(&mut self) -> Option<(usize, bool)> {
        let frame = self.frame();
        let place = self.fp.wrapping_add_signed(frame.caller);
        let caller = Self::word(place, &self.stack)?;
        let address = Self::word(self.fp.wrapping_add_signed(frame.return_address), &self.stack)?;
        self.compiled = self.text.contains(&address);
        // Frames lie below their callers'; anything else is not a frame.
        self.fp = if caller.wrapping_add_signed(self.frame().caller) > place { caller } else { 0 };
        Some((address, true))
    }
}

impl Iterator for Walk {
    type Item = (usize, bool);

    fn next(&mut self) -> Option<Self::Item> {
        if let Some(first) = self.first.take() {
            return Some(first);
        }
        let next = self.next?;
        self.next = self.up();
        Some(next)
    }
}

/// Writes one line per wasm function, and per function inlined in it; of a deep recursion, its two ends.
pub fn print(tables: &Tables, walk: Walk) {
    let mut frames = walk.clone();
    let count = core::iter::from_fn(|| next_place(tables, &mut frames)).count();
    let skipped = if count > INNERMOST + OUTERMOST { INNERMOST..count - OUTERMOST } else { 0..0 };
    let mut message = Message::new();
    let mut frames = walk;
    let mut number = 0;
    for index in 0..count {
        let Some(place) = next_place(tables, &mut frames) else { break };
        if index == skipped.start && !skipped.is_empty() {
            message.text("  ... ").decimal(skipped.len() as u64).text(" more\n");
        }
        if skipped.contains(&index) {
            number += 1;
        } else {
            number = print_place(tables, &mut message, number, &place);
        }
    }
    message.send();
}

/// The next frame that is a wasm function's.
#[inline(never)]
fn next_place<'a>(tables: &Tables<'a>, frames: &mut Walk) -> Option<Place<'a>> {
    let mut places = frames.filter_map(|(pc, is_return)| tables.locate(pc, is_return));
    places.find(|place| place.function.is_some())
}

/// Writes the lines of a frame, whose first has this number; the number of the next frame.
fn print_place(tables: &Tables, message: &mut Message, number: u64, place: &Place) -> u64 {
    if let Some((_, writer)) = tables.lines {
        // SAFETY: it is wasmaot_lines, of this runtime.
        return unsafe { writer((&raw const *place).cast(), (&raw mut *message).cast(), number) };
    }
    print_name(message, number, place.name);
    print_offset(message, place);
    number + 1
}

/// Writes the number and name of a frame.
pub fn print_name(message: &mut Message, number: u64, name: Option<&[u8]>) {
    message.text(if number < 10 { "  " } else { " " }).decimal(number).text(": ");
    match name {
        Some(name) => print_foreign(message, name),
        None => drop(message.text("<unnamed>")),
    }
}

/// Ends the line of a frame with function and offset.
pub fn print_offset(message: &mut Message, place: &Place) {
    if let Some(function) = place.function {
        message.text(" (wasm function ").decimal(function.into());
        if let Some(offset) = place.offset {
            message.text(", offset ").hex(offset);
        }
        message.text(")");
    }
    message.text("\n");
}

/// Writes text of the module: nothing in it may steer a terminal.
pub fn print_foreign(message: &mut Message, text: &[u8]) {
    for &byte in text.iter().take(NAME) {
        message.bytes(&[if byte < b' ' || byte == 0x7f { b'?' } else { byte }]);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FUNCTIONS: &[FunctionRow] = &[
        FunctionRow { code: 0, index: NO_FUNCTION, name: NO_NAME, sites: NO_NAME },
        FunctionRow { code: 16, index: 3, name: 1, sites: 0 },
        FunctionRow { code: 64, index: 4, name: NO_NAME, sites: NO_NAME },
        FunctionRow { code: 300, index: 5, name: 6, sites: 6 },
    ];
    // Function 3: +5 -> 0x100, +10 -> 0xf0; function 5: +0 -> 7, +200 -> 8.
    const SITES: &[u8] = &[5, 0x80, 2, 5, 0x70, 0, 0, 7, 0xc8, 1, 1];

    fn tables() -> Tables<'static> {
        const TRAPS: &[TrapRow] = &[TrapRow { code: 21, kind: 1 }, TrapRow { code: 400, kind: 7 }];
        let names = b"\0main\0f\0";
        Tables { text: 0x1000, text_len: 600, functions: FUNCTIONS, traps: TRAPS, sites: SITES, names, lines: None }
    }

    fn place(pc: usize, is_return: bool) -> (Option<u32>, Option<&'static [u8]>, Option<u64>) {
        let place = tables().locate(pc, is_return).unwrap();
        (place.function, place.name, place.offset)
    }

    #[test]
    fn functions_are_found_at_both_ends() {
        assert_eq!(place(0x1000, false), (None, None, None));
        assert_eq!(place(0x1000 + 15, false).0, None);
        assert_eq!(place(0x1000 + 16, false), (Some(3), Some(&b"main"[..]), None));
        assert_eq!(place(0x1000 + 64, true).0, Some(3));
        assert_eq!(place(0x1000 + 64, false), (Some(4), None, None));
        assert_eq!(place(0x1000 + 599, false).1, Some(&b"f"[..]));
        assert!(tables().locate(0x1000 + 600, false).is_none());
        assert_eq!(place(0x1000 + 600, true).0, Some(5));
        assert!(tables().locate(0xfff, false).is_none());
        assert!(tables().locate(0, true).is_none());
        assert_eq!(tables().offset_in_function(0x1000 + 17), Some(1));
    }

    #[test]
    fn sites_are_exact() {
        assert_eq!(place(0x1000 + 21, false).2, Some(0x100));
        assert_eq!(place(0x1000 + 26, true).2, Some(0xf0));
        assert_eq!(place(0x1000 + 22, false).2, None);
        assert_eq!(place(0x1000 + 27, false).2, None);
        assert_eq!(place(0x1000 + 100, false).2, None);
        assert_eq!(place(0x1000 + 500, false).2, Some(8));
    }

    #[test]
    fn trap_rows_are_exact() {
        assert_eq!(tables().trap_at(0x1000 + 21), Some(1));
        assert_eq!(tables().trap_at(0x1000 + 22), None);
        assert_eq!(tables().trap_at(0x1000 + 400), Some(7));
        assert_eq!(tables().trap_at(0x10), None);
    }

    #[test]
    fn leb128() {
        assert_eq!(unsigned(&mut &[0xe5, 0x8e, 0x26][..]), Some(624485));
        assert_eq!(signed(&mut &[0xc0, 0xbb, 0x78][..]), Some(-123456));
        assert_eq!(signed(&mut &[0x7f][..]), Some(-1));
        assert_eq!(signed(&mut &[0x3f][..]), Some(63));
        assert_eq!(unsigned(&mut &[0x80][..]), None);
        assert_eq!(unsigned(&mut &[0x80; 12][..]), None);
    }

    #[test]
    fn a_walk_stays_on_the_stack() {
        let stack: [core::cell::Cell<usize>; 10] = Default::default();
        let base = stack.as_ptr() as usize + 16;
        let (stack_range, text) = (base - 16..base + 64, 0x1000..0x2000);
        let set = |fp: usize, frame: Frame, caller, address| {
            let at = |offset| (fp as isize + offset - (base as isize - 16)) as usize / 8;
            stack[at(frame.caller)].set(caller);
            stack[at(frame.return_address)].set(address);
        };
        set(base, FRAME_RUNTIME, base + 32, 0x1010);
        set(base + 32, FRAME_COMPILED, base + 16, 0x1020); // not above: the walk ends after this frame
        let walk = Walk::from_frame(base, stack_range.clone(), text.clone());
        assert_eq!(walk.collect::<Vec<_>>(), [(0x1010, true), (0x1020, true)]);
        // A frame of the runtime ends where its caller's begins.
        let fp = (base + 32).wrapping_add_signed(FRAME_COMPILED.caller - FRAME_RUNTIME.caller - 16);
        set(fp, FRAME_RUNTIME, base + 32, 0x1010);
        let walk = Walk::from_frame(fp, stack_range.clone(), text.clone());
        assert_eq!(walk.collect::<Vec<_>>(), [(0x1010, true), (0x1020, true)]);
        set(base, FRAME_COMPILED, base + 32, 0x1010);
        let walk = Walk::from_instruction(0x1005, base, stack_range.clone(), text.clone());
        assert_eq!(walk.map(|frame| frame.0).collect::<Vec<_>>(), [0x1005, 0x1010, 0x1020]);
        let walk = Walk::from_bare_instruction(0x1005, 0x1008, base, stack_range.clone(), text.clone());
        assert_eq!(walk.map(|frame| frame.0).collect::<Vec<_>>(), [0x1005, 0x1008, 0x1010, 0x1020]);
        assert_eq!(Walk::from_frame(base + 60, stack_range, text).count(), 0);
    }
}
