//! Valid input -> hostile input: cuts, flips, and edits that know what a section is.

use crate::random::Random;
use crate::sections::{self, HEADER, Section};

/// Bytes that mean something in many places.
const INTERESTING: &[u8] = &[0, 1, 2, 0x0b, 0x40, 0x60, 0x6f, 0x70, 0x7b, 0x7f, 0x80, 0xc0, 0xfc, 0xfd, 0xfe, 0xff];
/// Numbers that are too large for most places.
const LARGE: &[&[u8]] = &[
    &[0xff, 0xff, 0x03],
    &[0x80, 0x80, 0x40],
    &[0xff, 0xff, 0xff, 0xff, 0x0f],
    &[0xff, 0xff, 0xff, 0xff, 0x07],
    &[0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x01],
];

/// Changes a binary; `other` is another one to take pieces from.
pub fn binary(input: &[u8], other: &[u8], random: &mut Random) -> Vec<u8> {
    match random.below(8) {
        0 => {
            let size = random.below(400);
            let mut bytes = if random.one_in(4) { Vec::new() } else { HEADER.to_vec() };
            bytes.extend(random.bytes(size));
            bytes
        }
        1 => input[..random.below(input.len())].to_vec(),
        2..5 => edit(input, other, random),
        _ => {
            let Some(mut list) = sections::split(input) else { return edit(input, other, random) };
            for _ in 0..random.within(1, 3) {
                section_edit(&mut list, other, random);
            }
            sections::join(&list)
        }
    }
}

fn edit(input: &[u8], other: &[u8], random: &mut Random) -> Vec<u8> {
    let mut bytes = input.to_vec();
    for _ in 0..random.within(1, 6) {
        change(&mut bytes, other, 8, random);
    }
    bytes
}

/// One change behind the first `keep` bytes.
pub fn change(bytes: &mut Vec<u8>, other: &[u8], keep: usize, random: &mut Random) {
    if bytes.len() <= keep {
        return bytes.extend(random.bytes(8));
    }
    let at = random.within(keep, bytes.len() - 1);
    let end = (at + random.below(16)).min(bytes.len());
    match random.below(7) {
        0 | 1 => bytes[at] ^= 1 << random.below(8),
        2 => bytes[at] = random.pick(INTERESTING),
        3 => drop(bytes.drain(at..end)),
        4 => {
            let piece = bytes[at..end].to_vec();
            bytes.splice(at..at, piece);
        }
        5 => drop(bytes.splice(at..at + 1, random.pick(LARGE).iter().copied())),
        _ => {
            let from = random.below(other.len());
            let piece = other[from..(from + random.below(32)).min(other.len())].to_vec();
            bytes.splice(at..at, piece);
        }
    }
}

fn section_edit(list: &mut Vec<Section>, other: &[u8], random: &mut Random) {
    if list.is_empty() {
        let size = random.below(40);
        return list.push(Section { id: random.below(15) as u8, content: random.bytes(size) });
    }
    let at = random.below(list.len());
    match random.below(7) {
        0 => drop(list.remove(at)),
        1 => list.insert(random.below(list.len()), list[at].clone()),
        2 => {
            let to = random.below(list.len());
            list.swap(at, to);
        }
        3 => list[at].id = random.below(16) as u8,
        4 => {
            // Its count.
            let mut content = list[at].content.as_slice();
            let _ = sections::take(&mut content);
            list[at].content = [random.pick(LARGE), content].concat();
        }
        5 => {
            let Some(from) = sections::split(other).filter(|from| !from.is_empty()) else { return };
            let taken = from[random.below(from.len())].clone();
            match list.iter().position(|section| section.id == taken.id) {
                Some(same) => list[same] = taken,
                None => list.push(taken),
            }
        }
        _ => {
            for _ in 0..random.within(1, 4) {
                change(&mut list[at].content, other, 0, random);
            }
        }
    }
}

/// Words of the text format, and what is not.
const WORDS: &[&str] = &[
    "(",
    ")",
    "(module",
    "(func",
    "(param i32)",
    "(result i64)",
    "(block",
    "(loop",
    "(if (then",
    "end",
    "else",
    "i32.const",
    "0x1p-149",
    "nan:0x7fffff",
    "-0x80000000",
    "18446744073709551615",
    "\"\\u{10ffff}\"",
    "\"\\ff\"",
    "$x",
    "$\"\\00\"",
    "(;",
    ";)",
    ";;",
    "(@custom \"a\" \"b\")",
    "(@name \"x\")",
    "(memory i64 1)",
    "(memory 1 (pagesize 1))",
    "(data \"\\00\")",
    "(table 1 funcref)",
    "(elem func 0)",
    "(export \"e\" (func 0))",
    "(import \"a\" \"b\" (func))",
    "(type $t (func))",
    "(ref null $t)",
    "(rec",
    "(component",
    "(start 0)",
    "br_table 0 0 0",
    "call_indirect (type 0)",
    "select (result i32)",
    "v128.const i8x16 0 0",
    "i8x16.shuffle 0",
    "memory.copy 0 1",
    "(global (mut i32) (i32.const 0))",
    "\u{0}",
    "é",
    "\r\n",
    "  ",
];

/// Changes text.
pub fn text(input: &str, random: &mut Random) -> Vec<u8> {
    let mut words: Vec<&str> = input.split_inclusive([' ', '(', ')', '\n']).collect();
    match random.below(12) {
        0 => return input.as_bytes()[..random.below(input.len())].to_vec(),
        1 => {
            let mut bytes = input.as_bytes().to_vec();
            for _ in 0..random.within(1, 8) {
                change(&mut bytes, input.as_bytes(), 0, random);
            }
            return bytes;
        }
        // Depth.
        2 => {
            let depth = random.pick(&[10, 100, 1000, 20000]);
            let piece = random.pick(&[
                "(",
                "(module",
                "(block ",
                "(func (block ",
                "(if (then ",
                "(;",
                "(@a ",
                "(module (func (i32.eqz ",
            ]);
            return [&input[..0], &piece.repeat(depth)].concat().into_bytes();
        }
        _ => {}
    }
    for _ in 0..random.within(1, 5) {
        if words.is_empty() {
            break;
        }
        let at = random.below(words.len());
        match random.below(4) {
            0 => drop(words.remove(at)),
            1 => words[at] = random.pick(WORDS),
            2 => words.insert(at, random.pick(WORDS)),
            _ => {
                let from = random.below(words.len());
                words.insert(at, words[from]);
            }
        }
    }
    words.concat().into_bytes()
}
