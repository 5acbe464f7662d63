//! DWARF for a module that says as much as wasm itself does: each function has its locals as variables, everywhere, and
//! the line of an instruction is its offset in the code section. With it, debuggers can be asked for any local at any
//! instruction.

use wasmparser::{BinaryReader, Name, NameSectionReader, Parser, Payload, TypeRef, ValType};

/// A function as it is described.
pub struct Function {
    /// Its name, as C has it.
    pub name: String,
    /// Offsets of its body in the code section.
    pub range: std::ops::Range<u32>,
    /// Index and bytes of its locals.
    locals: Vec<(u32, u8)>,
    /// Offsets of its instructions.
    instructions: Vec<u32>,
}

/// A module without debug information of its own -> the same with such DWARF, and the functions that it describes: those
/// whose names are wanted.
pub fn describe(module: &[u8], wanted: impl Fn(&str) -> bool) -> Result<(Vec<u8>, Vec<Function>), String> {
    read(module, wanted).map_err(|error| error.to_string()).map(|functions| {
        let mut out = module.to_vec();
        for (name, content) in [
            (".debug_abbrev", ABBREVIATIONS.to_vec()),
            (".debug_info", info(&functions)),
            (".debug_line", lines(&functions)),
        ] {
            let mut section = leb(name.len() as u64);
            section.extend_from_slice(name.as_bytes());
            section.extend_from_slice(&content);
            out.push(0);
            out.extend(leb(section.len() as u64));
            out.extend(section);
        }
        (out, functions)
    })
}

fn read(module: &[u8], wanted: impl Fn(&str) -> bool) -> wasmparser::Result<Vec<Function>> {
    let (mut types, mut signatures, mut bodies, mut names) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    let (mut imported, mut start) = (0, 0);
    for payload in Parser::new(0).parse_all(module) {
        match payload? {
            Payload::TypeSection(section) => {
                for ty in section.into_iter_err_on_gc_types() {
                    types.push(ty?.params().to_vec());
                }
            }
            Payload::ImportSection(section) => {
                for import in section.into_imports() {
                    imported += u32::from(matches!(import?.ty, TypeRef::Func(_)));
                }
            }
            Payload::FunctionSection(section) => {
                for ty in section {
                    signatures.push(ty?);
                }
            }
            Payload::CodeSectionStart { range, .. } => start = range.start,
            Payload::CodeSectionEntry(body) => bodies.push(body),
            Payload::CustomSection(section) if section.name() == "name" => {
                for name in NameSectionReader::new(BinaryReader::new(section.data(), section.data_offset())) {
                    if let Name::Function(map) = name? {
                        for naming in map {
                            let naming = naming?;
                            names.push((naming.index, naming.name.to_owned()));
                        }
                    }
                }
            }
            _ => {}
        }
    }
    let mut functions = Vec::new();
    for (index, (body, signature)) in bodies.iter().zip(&signatures).enumerate() {
        let Some((_, name)) = names.iter().find(|(named, _)| *named == imported + index as u32) else { continue };
        if !wanted(name) {
            continue;
        }
        let mut all = types[*signature as usize].clone();
        for row in body.get_locals_reader()? {
            let (count, ty) = row?;
            all.extend(std::iter::repeat_n(ty, count as usize));
        }
        let bytes = |ty: &ValType| match ty {
            ValType::I32 | ValType::F32 => Some(4),
            ValType::I64 | ValType::F64 => Some(8),
            _ => None,
        };
        let locals = all.iter().enumerate().filter_map(|(index, ty)| Some((index as u32, bytes(ty)?))).collect();
        let mut instructions = Vec::new();
        for operator in body.get_operators_reader()?.into_iter_with_offsets() {
            instructions.push((operator?.1 - start) as u32);
        }
        let range = (body.range().start - start) as u32..(body.range().end - start) as u32;
        let name = format!("local_test_{}", name.replace(|c: char| !c.is_ascii_alphanumeric(), "_"));
        functions.push(Function { name, range, locals, instructions });
    }
    Ok(functions)
}

/// 1: unit (name, line table, 0); 2: function (name, from, length); 3: variable (name, type, location); 4: base type (name, encoding,
/// bytes).
const ABBREVIATIONS: &[u8] = &[
    1, 0x11, 1, 0x03, 0x08, 0x10, 0x17, 0x11, 0x01, 0, 0, //
    2, 0x2e, 1, 0x03, 0x08, 0x11, 0x01, 0x12, 0x06, 0, 0, //
    3, 0x34, 0, 0x03, 0x08, 0x49, 0x13, 0x02, 0x18, 0, 0, //
    4, 0x24, 0, 0x03, 0x08, 0x3e, 0x0b, 0x0b, 0x0b, 0, 0, 0,
];

/// `.debug_info`: one unit of DWARF 4.
fn info(functions: &[Function]) -> Vec<u8> {
    let mut out = vec![0, 0, 0, 0, 4, 0, 0, 0, 0, 0, 4];
    out.extend(b"\x01module\0\0\0\0\0\0\0\0\0");
    let mut types = [0_u32; 9];
    for bytes in [4_u8, 8] {
        types[usize::from(bytes)] = out.len() as u32;
        out.extend([4, b'u', b'0' + bytes, 0, 7, bytes]);
    }
    for function in functions {
        out.push(2);
        out.extend(function.name.bytes());
        out.push(0);
        out.extend(function.range.start.to_le_bytes());
        out.extend((function.range.end - function.range.start).to_le_bytes());
        for (local, bytes) in &function.locals {
            out.push(3);
            out.extend(format!("l{local}\0").bytes());
            out.extend(types[usize::from(*bytes)].to_le_bytes());
            // DW_OP_WASM_location of a local; DW_OP_stack_value.
            let expression = [&[0xed, 0][..], &leb((*local).into()), &[0x9f]].concat();
            out.push(expression.len() as u8);
            out.extend(expression);
        }
        out.push(0);
    }
    out.push(0);
    let length = out.len() as u32 - 4;
    out[..4].copy_from_slice(&length.to_le_bytes());
    out
}

/// `.debug_line` of DWARF 4.
fn lines(functions: &[Function]) -> Vec<u8> {
    // Minimum length, operations, is_stmt, line base and range, first special opcode, lengths of standard opcodes.
    let mut header = vec![1, 1, 1, 0, 1, 10, 0, 1, 1, 1, 1, 0, 0, 0, 1];
    header.extend(b"\0module\0\0\0\0\0");
    let mut out = vec![0, 0, 0, 0, 4, 0];
    out.extend((header.len() as u32).to_le_bytes());
    out.extend(header);
    for function in functions {
        // DW_LNE_set_address.
        out.extend([0, 5, 2]);
        out.extend(function.range.start.to_le_bytes());
        let (mut address, mut line) = (function.range.start, 1);
        for at in std::iter::once(&function.range.start).chain(&function.instructions) {
            // DW_LNS_advance_pc, DW_LNS_advance_line, DW_LNS_copy.
            out.push(2);
            out.extend(leb((at - address).into()));
            out.push(3);
            out.extend(sleb(i64::from(*at) - line));
            out.push(1);
            (address, line) = (*at, i64::from(*at));
        }
        out.push(2);
        out.extend(leb((function.range.end - address).into()));
        out.extend([0, 1, 1]);
    }
    let length = out.len() as u32 - 4;
    out[..4].copy_from_slice(&length.to_le_bytes());
    out
}

fn leb(value: u64) -> Vec<u8> {
    gimli::leb128::write::Leb128::unsigned(value).bytes().to_vec()
}

fn sleb(value: i64) -> Vec<u8> {
    gimli::leb128::write::Leb128::signed(value).bytes().to_vec()
}
