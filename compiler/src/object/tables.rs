//! What the runtime must know about machine code: function rows, trap rows, sites, names, source lines, and the program header that
//! points at all of it ([`wasmaot_abi::program`] says what each is).

use super::ProgramParts;
use super::data::PlacedData;
use super::relocatable::{Relocatable, Relocation, RelocationKind, RelocationTarget, Section, SectionKind};
use super::text::Text;
use crate::codegen::CompiledFunction;
use crate::error::{Error, Result};
use crate::symbols::{DataId, FunctionInfo, Symbol};
use gimli::leb128::write::Leb128;
use std::mem::{self, offset_of};
use wasmaot_abi::ABI_VERSION;
use wasmaot_abi::builtin::Builtin;
use wasmaot_abi::program::{FunctionRow, NO_FUNCTION, NO_NAME, PROGRAM_LINES, Program, ProgramWithLines, TrapRow};

/// Tables as bytes, and places that the header needs.
pub(super) struct Tables {
    functions: Vec<u8>,
    traps: Vec<u8>,
    sites: Vec<u8>,
    names: Vec<u8>,
    lines: Vec<u8>,
}

/// Builds the tables, taking traps and sites out of the functions.
pub(super) fn build(
    functions: &mut [CompiledFunction],
    text: &Text,
    infos: &[FunctionInfo],
    lines: Vec<u8>,
    strip: bool,
) -> Result<Tables> {
    if infos.len() != functions.len() {
        return Err(Error::internal(format!("{} functions but {} names", functions.len(), infos.len())));
    }
    let mut rows = Vec::with_capacity(functions.len() * size_of::<FunctionRow>());
    let trap_count: usize = functions.iter().map(|function| function.traps.len()).sum();
    let mut traps = Vec::with_capacity(trap_count * size_of::<TrapRow>());
    let mut sites = Vec::new();
    let mut names = Vec::new();
    if !strip {
        names.reserve_exact(infos.iter().map(|info| info.name.len() + 1).sum());
    }
    for ((function, info), (start, _)) in functions.iter_mut().zip(infos).zip(text.spans()) {
        let mut row = [start, info.wasm.map_or(NO_FUNCTION, |(_, index)| index), NO_NAME, NO_NAME];
        for (offset, kind) in mem::take(&mut function.traps) {
            traps.extend_from_slice(&(start + offset).to_le_bytes());
            traps.extend_from_slice(&(kind as u32).to_le_bytes());
        }
        let function_sites = mem::take(&mut function.sites);
        if !strip {
            row[2] = table_offset(&names)?;
            names.extend(info.name.bytes().map(|byte| if byte == 0 { b'?' } else { byte }));
            names.push(0);
            if !function_sites.is_empty() {
                row[3] = table_offset(&sites)?;
                encode_sites(&mut sites, &function_sites);
            }
        }
        rows.extend(row.iter().flat_map(|field| field.to_le_bytes()));
    }
    // Lines are those of sites.
    let lines = if strip { Vec::new() } else { lines };
    Ok(Tables { functions: rows, traps, sites, names, lines })
}

/// Length of a table, as a row stores it.
fn table_offset(table: &[u8]) -> Result<u32> {
    u32::try_from(table.len()).map_err(|_| Error::unsupported("function names or sites of more than 4 GiB"))
}

/// LEB128 pairs: native bytes since the last site, signed wasm bytes since the last site.
fn encode_sites(out: &mut Vec<u8>, sites: &[(u32, u32)]) {
    let (mut native, mut wasm) = (0u32, 0u32);
    for &(at, offset) in sites {
        out.extend_from_slice(Leb128::unsigned(at.wrapping_sub(native).into()).bytes());
        out.extend_from_slice(Leb128::signed(i64::from(offset) - i64::from(wasm)).bytes());
        (native, wasm) = (at, offset);
    }
}

/// Adds the tables' sections, and the header to the data.
pub(super) fn add(
    out: &mut Relocatable<'_>,
    tables: Tables,
    text: &Text,
    data: &mut PlacedData<'_>,
    parts: &ProgramParts,
) -> Result<()> {
    let has_lines = !tables.lines.is_empty();
    let size = if has_lines { size_of::<ProgramWithLines>() } else { size_of::<Program>() };
    let mut header = Header { bytes: vec![0; size], relocations: Vec::new() };
    header.u32(offset_of!(Program, version), ABI_VERSION);
    header.u32(offset_of!(Program, flags), parts.flags | if has_lines { PROGRAM_LINES } else { 0 });
    header.u64(offset_of!(Program, stack_size), parts.stack_size);
    header.data(offset_of!(Program, instances), parts.instances, data)?;
    header.u64(offset_of!(Program, instance_count), parts.instance_count);
    if let Some(main) = parts.main {
        let start = text.start(main).ok_or_else(|| Error::internal("main does not exist"))?;
        header.pointer(offset_of!(Program, main), SectionKind::Text, u64::from(start));
    }
    header.pointer(offset_of!(Program, text), SectionKind::Text, 0);
    header.u64(offset_of!(Program, text_len), u64::from(text.size));
    let rows = [
        (
            SectionKind::Functions,
            4,
            tables.functions,
            size_of::<FunctionRow>(),
            offset_of!(Program, functions),
            offset_of!(Program, function_count),
        ),
        (
            SectionKind::Traps,
            4,
            tables.traps,
            size_of::<TrapRow>(),
            offset_of!(Program, traps),
            offset_of!(Program, trap_count),
        ),
        (SectionKind::Sites, 1, tables.sites, 1, offset_of!(Program, sites), offset_of!(Program, sites_len)),
        (SectionKind::Names, 1, tables.names, 1, offset_of!(Program, names), offset_of!(Program, names_len)),
    ];
    for (kind, align, bytes, row, pointer, count) in rows {
        header.u64(count, (bytes.len() / row) as u64);
        if bytes.is_empty() {
            // Some address, so that it can be the start of an empty slice.
            header.pointer(pointer, SectionKind::Text, 0);
        } else {
            header.pointer(pointer, kind, 0);
            out.sections.push(Section::of_bytes(kind, align, bytes));
        }
    }
    if has_lines {
        header.u64(offset_of!(ProgramWithLines, lines_len), tables.lines.len() as u64);
        header.pointer(offset_of!(ProgramWithLines, lines), SectionKind::Lines, 0);
        let writer = out.external(Symbol::Builtin(Builtin::Lines), Builtin::Lines.row().symbol);
        header.relocations.push(Relocation {
            offset: offset_of!(ProgramWithLines, writer) as u32,
            kind: RelocationKind::Absolute64,
            target: RelocationTarget::External(writer),
            addend: 0,
        });
        out.sections.push(Section::of_bytes(SectionKind::Lines, 4, tables.lines));
    }
    if let Some((grants, len)) = parts.grants {
        header.data(offset_of!(Program, grants), Some(grants), data)?;
        header.u64(offset_of!(Program, grants_len), len);
    }
    if let Some((script, count)) = parts.script {
        header.data(offset_of!(Program, script), Some(script), data)?;
        header.u64(offset_of!(Program, script_count), count);
    }
    data.push_header(header.bytes, header.relocations, !parts.local);
    Ok(())
}

/// The header while it is filled.
struct Header {
    bytes: Vec<u8>,
    relocations: Vec<Relocation>,
}

impl Header {
    fn u32(&mut self, at: usize, value: u32) {
        self.bytes[at..at + 4].copy_from_slice(&value.to_le_bytes());
    }

    fn u64(&mut self, at: usize, value: u64) {
        self.bytes[at..at + 8].copy_from_slice(&value.to_le_bytes());
    }

    fn pointer(&mut self, at: usize, section: SectionKind, offset: u64) {
        self.relocations.push(Relocation {
            offset: at as u32,
            kind: RelocationKind::Absolute64,
            target: RelocationTarget::Section(section),
            addend: offset as i64,
        });
    }

    fn data(&mut self, at: usize, object: Option<DataId>, data: &PlacedData<'_>) -> Result<()> {
        if let Some(id) = object {
            let place = data.place_of(id).ok_or_else(|| Error::internal(format!("{id:?} does not exist")))?;
            self.pointer(at, place.0, place.1);
        }
        Ok(())
    }
}
