//! Adds to a module what shows its state from outside: functions that return a checksum of a memory or table or the value
//! of a global, one that sets the fuel, and an export section that names every function.

use crate::sections::{self, Section, name, signed, unsigned};
use wasmaot_compiler::module::Module;
use wasmparser::{RefType, ValType};

const I32: u8 = 0x7f;
const I64: u8 = 0x7e;

/// Bytes or elements that a checksum looks at.
const LIMIT: i64 = 1 << 20;

/// The module with probes. `fuel` is the global that bounds its work, and the amount that `refuel` sets it to;
/// `everything` exports memories, tables and globals too.
pub fn add(bytes: &[u8], module: &Module<'_>, fuel: (u32, u32), everything: bool) -> Option<Vec<u8>> {
    let mut probes = Probes { base: module.functions.len(), ..Probes::default() };
    let mut body = Vec::new();
    body.push(0x41);
    signed(&mut body, i64::from(fuel.1 as i32));
    body.push(0x24);
    unsigned(&mut body, fuel.0.into());
    probes.add("refuel", &[], &[], &body);
    for (index, memory) in module.memories.iter().enumerate() {
        let body = memory_checksum(index as u64, memory.memory64, memory.page_size_log2.unwrap_or(16));
        probes.add(&format!("memory-{index}"), &[I64], &[(3, I64)], &body);
    }
    for (index, table) in module.tables.iter().enumerate() {
        let body = table_checksum(index as u64, table.ty.table64);
        probes.add(&format!("table-{index}"), &[I64], &[(3, I64)], &body);
    }
    for (index, global) in module.globals.iter().enumerate() {
        let mut body = vec![0x23];
        unsigned(&mut body, index as u64);
        let ty = match global.ty.content_type {
            ValType::I32 => I32,
            ValType::I64 => I64,
            ValType::F32 => 0x7d,
            ValType::F64 => 0x7c,
            ValType::V128 => 0x7b,
            ValType::Ref(ty) if ty == RefType::EXTERNREF => 0x6f,
            // Which function it is cannot be compared.
            ValType::Ref(_) => {
                body.push(0xd1);
                I32
            }
        };
        probes.add(&format!("global-{index}"), &[ty], &[], &body);
    }
    for function in 0..module.functions.len() {
        probes.export(&format!("f{function}"), 0, function as u64);
    }
    if everything {
        let kinds = [("t", 1, module.tables.len()), ("m", 2, module.memories.len()), ("g", 3, module.globals.len())];
        for (letter, kind, count) in kinds {
            // An importer could refuel.
            for index in (0..count).filter(|index| (kind, *index) != (3, fuel.0 as usize)) {
                probes.export(&format!("{letter}{index}"), kind, index as u64);
            }
        }
    }
    // Type indices count types; the section counts groups of them.
    probes.finish(bytes, module.types.len() as u64)
}

#[derive(Default)]
struct Probes {
    /// Index of the first new function.
    base: usize,
    count: usize,
    types: Vec<u8>,
    code: Vec<u8>,
    exports: Vec<u8>,
    export_count: u64,
}

impl Probes {
    /// A function without parameters.
    fn add(&mut self, name: &str, results: &[u8], locals: &[(u64, u8)], body: &[u8]) {
        self.types.extend([0x60, 0]);
        unsigned(&mut self.types, results.len() as u64);
        self.types.extend(results);
        let mut function = Vec::new();
        unsigned(&mut function, locals.len() as u64);
        for (count, ty) in locals {
            unsigned(&mut function, *count);
            function.push(*ty);
        }
        function.extend(body);
        function.push(0x0b);
        unsigned(&mut self.code, function.len() as u64);
        self.code.extend(function);
        self.export(name, 0, (self.base + self.count) as u64);
        self.count += 1;
    }

    fn export(&mut self, text: &str, kind: u8, index: u64) {
        name(&mut self.exports, text);
        self.exports.push(kind);
        unsigned(&mut self.exports, index);
        self.export_count += 1;
    }

    fn finish(self, bytes: &[u8], types: u64) -> Option<Vec<u8>> {
        let mut sections = sections::split(bytes)?;
        sections.retain(|section| section.id != sections::CUSTOM && section.id != sections::EXPORT);
        let count = self.count as u64;
        let mut indices = Vec::new();
        (0..count).for_each(|index| unsigned(&mut indices, types + index));
        sections::append(&mut sections, sections::TYPE, count, &self.types)?;
        sections::append(&mut sections, sections::FUNCTION, count, &indices)?;
        sections::append(&mut sections, sections::CODE, count, &self.code)?;
        sections::append(&mut sections, sections::EXPORT, self.export_count, &self.exports)?;
        sections.sort_by_key(Section::order);
        Some(sections::join(&sections))
    }
}

/// `h = size; for i in 0..min(size, LIMIT) { h = (h ^ memory[i]) * prime }`, with h, i and size in locals 0 to 2.
fn memory_checksum(memory: u64, memory64: bool, page_size_log2: u32) -> Vec<u8> {
    let mut item = Vec::new();
    if !memory64 {
        item.push(0xa7); // i32.wrap_i64
    }
    item.extend([0x31, 0x40]); // i64.load8_u, alignment 1, of a memory
    unsigned(&mut item, memory);
    item.push(0); // offset
    let mut size = vec![0x3f];
    unsigned(&mut size, memory);
    if !memory64 {
        size.push(0xad); // i64.extend_i32_u
    }
    size.push(0x42);
    signed(&mut size, page_size_log2.into());
    size.push(0x86); // i64.shl
    checksum(&size, &item)
}

/// As [`memory_checksum`], of which elements are null.
fn table_checksum(table: u64, table64: bool) -> Vec<u8> {
    let mut item = Vec::new();
    if !table64 {
        item.push(0xa7);
    }
    item.push(0x25); // table.get
    unsigned(&mut item, table);
    item.extend([0xd1, 0xad]); // ref.is_null, i64.extend_i32_u
    let mut size = vec![0xfc, 16]; // table.size
    unsigned(&mut size, table);
    if !table64 {
        size.push(0xad);
    }
    checksum(&size, &item)
}

fn checksum(size: &[u8], item: &[u8]) -> Vec<u8> {
    let mut body = size.to_vec();
    body.extend([0x22, 2, 0x21, 0]); // local.tee, local.set
    // Of what is large, the first part must do: size = min(size, LIMIT).
    let limit = |body: &mut Vec<u8>| {
        body.extend([0x20, 2, 0x42]);
        signed(body, LIMIT);
    };
    limit(&mut body);
    limit(&mut body);
    body.extend([0x54, 0x1b, 0x21, 2]); // i64.lt_u, select, local.set
    body.extend([0x02, 0x40, 0x03, 0x40]); // block, loop
    body.extend([0x20, 1, 0x20, 2, 0x5a, 0x0d, 1]); // i64.ge_u, br_if
    body.extend([0x20, 0, 0x20, 1]);
    body.extend(item);
    body.extend([0x85, 0x42]); // i64.xor, i64.const
    signed(&mut body, 0x100_0000_01b3);
    body.extend([0x7e, 0x21, 0]); // i64.mul
    body.extend([0x20, 1, 0x42, 1, 0x7c, 0x21, 1, 0x0c, 0, 0x0b, 0x0b, 0x20, 0]);
    body
}

/// A module that imports everything that [`add`] exports of a module, from `name`, but the probes.
pub fn imports(bytes: &[u8], module: &Module<'_>, name: &str) -> Option<Vec<u8>> {
    let mut items = Vec::new();
    let mut count = 0;
    let mut import = |field: String, kind: u8, ty: &dyn Fn(&mut Vec<u8>)| {
        if module.export(&field).is_none() {
            return;
        }
        sections::name(&mut items, name);
        sections::name(&mut items, &field);
        items.push(kind);
        ty(&mut items);
        count += 1;
    };
    for (index, ty) in module.functions.iter().enumerate() {
        import(format!("f{index}"), 0, &|items| unsigned(items, (*ty).into()));
    }
    for (index, table) in module.tables.iter().enumerate() {
        import(format!("t{index}"), 1, &|items| {
            items.push(if table.ty.element_type == RefType::EXTERNREF { 0x6f } else { 0x70 });
            limits(items, table.ty.table64, table.ty.initial, table.ty.maximum, None);
        });
    }
    for (index, memory) in module.memories.iter().enumerate() {
        import(format!("m{index}"), 2, &|items| {
            limits(items, memory.memory64, memory.initial, memory.maximum, memory.page_size_log2);
        });
    }
    for (index, global) in module.globals.iter().enumerate() {
        import(format!("g{index}"), 3, &|items| {
            items.push(match global.ty.content_type {
                ValType::I32 => I32,
                ValType::I64 => I64,
                ValType::F32 => 0x7d,
                ValType::F64 => 0x7c,
                ValType::V128 => 0x7b,
                ValType::Ref(ty) if ty == RefType::EXTERNREF => 0x6f,
                ValType::Ref(_) => 0x70,
            });
            items.push(global.ty.mutable.into());
        });
    }
    let mut list: Vec<_> = sections::split(bytes)?.into_iter().filter(|section| section.id == sections::TYPE).collect();
    sections::append(&mut list, sections::IMPORT, count, &items)?;
    Some(sections::join(&list))
}

fn limits(items: &mut Vec<u8>, is_64: bool, initial: u64, maximum: Option<u64>, page_size_log2: Option<u32>) {
    let flag = |on: bool, bit: u8| if on { bit } else { 0 };
    items.push(flag(maximum.is_some(), 1) | flag(is_64, 4) | flag(page_size_log2.is_some(), 8));
    unsigned(items, initial);
    maximum.iter().for_each(|maximum| unsigned(items, *maximum));
    page_size_log2.iter().for_each(|log2| unsigned(items, u64::from(*log2)));
}
