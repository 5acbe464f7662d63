//! What wasm-smith has no or too little of: a name section with names that linkers, debuggers and terminals may stumble
//! over, branch hints, large data segments, and full tables. Names and hints must change nothing.

use crate::random::Random;
use crate::sections::{self, Section, name, signed, unsigned};
use wasmaot_compiler::module::Module;
use wasmparser::{Operator, RefType};

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
pub fn names(bytes: &[u8], functions: usize, random: &mut Random) -> Option<Vec<u8>> {
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
    let mut functions = Vec::new();
    unsigned(&mut functions, count);
    functions.extend(map);
    let mut content = Vec::new();
    name(&mut content, "name");
    content.push(1);
    unsigned(&mut content, functions.len() as u64);
    content.extend(functions);
    let mut list = sections::split(bytes)?;
    list.push(Section { id: sections::CUSTOM, content });
    Some(sections::join(&list))
}

/// The module with hints, right or wrong, for all of its branches.
pub fn branch_hints(bytes: &[u8], module: &Module<'_>, random: &mut Random) -> Option<Vec<u8>> {
    let mut content = Vec::new();
    name(&mut content, "metadata.code.branch_hint");
    unsigned(&mut content, module.bodies.len() as u64);
    for (body, function) in module.bodies.iter().zip(module.imported_functions..) {
        let start = body.body.range().start;
        let mut operators = body.body.get_operators_reader().ok()?;
        let (mut hints, mut count) = (Vec::new(), 0);
        while !operators.eof() {
            let (operator, at) = operators.read_with_offset().ok()?;
            if matches!(operator, Operator::BrIf { .. } | Operator::If { .. }) {
                unsigned(&mut hints, (at - start) as u64);
                hints.extend([1, random.below(2) as u8]);
                count += 1;
            }
        }
        unsigned(&mut content, function.into());
        unsigned(&mut content, count);
        content.extend(hints);
    }
    let mut list = sections::split(bytes)?;
    let code = list.iter().position(|section| section.id == sections::CODE)?;
    list.insert(code, Section { id: sections::CUSTOM, content });
    Some(sections::join(&list))
}

/// The module with active data segments of up to all of a memory (or a MiB), which overlap and now and then do not fit.
pub fn segments(bytes: &[u8], module: &Module<'_>, random: &mut Random) -> Option<Vec<u8>> {
    let (mut segments, mut count) = (Vec::new(), 0);
    for (index, memory) in module.memories.iter().enumerate() {
        let size = (memory.initial << memory.page_size_log2.unwrap_or(16)).min(1 << 20) as usize;
        for _ in 0..random.below(4) {
            let offset = match random.below(3) {
                0 => random.below(size + 1) & !0xfff,
                _ => random.below(size + 1),
            };
            let room = size - offset;
            let length = match random.below(12) {
                0 => room + 1,
                1..5 => room,
                5..8 => room.min(0x1000),
                _ => random.below(room + 1),
            };
            let fill = random.next().to_le_bytes();
            let mut data: Vec<u8> = fill.into_iter().cycle().take(length).collect();
            // Pages of zeros may be left out of the image.
            if random.one_in(3) {
                let (from, to) = (random.below(length + 1), random.below(length + 1));
                data[from.min(to)..from.max(to)].fill(0);
            }
            segments.push(2);
            unsigned(&mut segments, index as u64);
            segments.push(if memory.memory64 { 0x42 } else { 0x41 });
            signed(&mut segments, offset as i64);
            segments.push(0x0b);
            unsigned(&mut segments, data.len() as u64);
            segments.extend(data);
            count += 1;
        }
    }
    let mut list = sections::split(bytes)?;
    sections::append(&mut list, sections::DATA, count, &segments)?;
    if let Some(section) = list.iter_mut().find(|section| section.id == sections::DATA_COUNT) {
        section.content.clear();
        unsigned(&mut section.content, module.data.len() as u64 + count);
    }
    list.sort_by_key(Section::order);
    Some(sections::join(&list))
}

/// The module with tables of functions full of functions, of any type or all of the same. wasm-smith leaves most null.
pub fn elements(bytes: &[u8], module: &Module<'_>, random: &mut Random) -> Option<Vec<u8>> {
    let (mut segments, mut count) = (Vec::new(), 0);
    for (index, table) in module.tables.iter().enumerate() {
        if table.ty.element_type != RefType::FUNCREF || module.functions.is_empty() || random.one_in(4) {
            continue;
        }
        let ty = random.pick(&module.functions);
        let same = random.one_in(2);
        let fit = |function: &u32| !same || module.functions[*function as usize] == ty;
        let functions: Vec<_> = (0..module.functions.len() as u32).filter(fit).collect();
        segments.push(2);
        unsigned(&mut segments, index as u64);
        segments.extend([if table.ty.table64 { 0x42 } else { 0x41 }, 0, 0x0b, 0]);
        unsigned(&mut segments, table.ty.initial);
        (0..table.ty.initial).for_each(|_| unsigned(&mut segments, random.pick(&functions).into()));
        count += 1;
    }
    let mut list = sections::split(bytes)?;
    sections::append(&mut list, sections::ELEMENT, count, &segments)?;
    list.sort_by_key(Section::order);
    Some(sections::join(&list))
}
