//! A name section with names that linkers, debuggers and terminals may stumble over. It must change nothing.

use crate::random::Random;
use crate::sections::{self, Section, name, unsigned};

const NAMES: &[&str] = &[
    "",
    "memcpy",
    "_start",
    "main",
    "wasmaot_program",
    "_GLOBAL_OFFSET_TABLE_",
    ".text",
    "a\0b",
    "line\nbreak",
    "\u{1b}[31m",
    "\"quoted\\",
    "sp ace",
    "\u{202e}\u{2764}é",
    "core::ptr::drop_in_place<alloc::vec::Vec<u8>>",
    "_ZN4core3fmt9Formatter3pad17h0123456789abcdefE",
    "$x",
    ".L0",
    "name@VERSION@@1",
];

/// The module with a name for some of its first `functions` functions, out of order and twice now and then.
pub fn add(bytes: &[u8], functions: usize, random: &mut Random) -> Option<Vec<u8>> {
    let mut map = Vec::new();
    let mut count = 0;
    let careless = random.one_in(4);
    for index in 0..functions {
        if random.one_in(4) {
            continue;
        }
        let index = if careless { random.below(functions + 1) } else { index };
        unsigned(&mut map, index as u64);
        match random.one_in(16) {
            true => name(&mut map, &random.pick(NAMES).repeat(300)),
            false => name(&mut map, random.pick(NAMES)),
        }
        count += 1;
    }
    let mut content = Vec::new();
    name(&mut content, "name");
    let mut functions = Vec::new();
    unsigned(&mut functions, count);
    functions.extend(map);
    content.push(1);
    unsigned(&mut content, functions.len() as u64);
    content.extend(functions);
    let mut list = sections::split(bytes)?;
    list.push(Section { id: sections::CUSTOM, content });
    Some(sections::join(&list))
}
