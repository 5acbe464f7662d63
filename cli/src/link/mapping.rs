//! Mapping symbols (`$x`, `$d`: where instructions and data begin, for disassemblers) across a link by libwild, which
//! drops symbols of these names: they have others meanwhile. Called by [`super::built_in`].

use object::LittleEndian;
use object::elf::{FileHeader64, STT_NOTYPE};
use object::read::elf::{ElfFile, Sym};
use object::{Object, ObjectSymbol, SymbolIndex};

/// The first byte of their names for the specifications, and for libwild.
const MARKS: [u8; 2] = [b'$', 1];

/// Renames the mapping symbols of an object before the link.
pub(super) fn hide(object: &mut [u8]) {
    rename(object, MARKS[0], MARKS[1]);
}

/// Gives them their names back, in the linked program.
pub(super) fn show(program: &mut [u8]) {
    rename(program, MARKS[1], MARKS[0]);
}

/// Changes the first byte of the mapping symbols' names. A file that cannot be read stays as it is.
fn rename(file: &mut [u8], from: u8, to: u8) {
    for at in names(file, from).unwrap_or_default() {
        if let Some(byte) = file.get_mut(at) {
            *byte = to;
        }
    }
}

/// Where in the file the names of mapping symbols are that begin with this byte.
fn names(file: &[u8], mark: u8) -> Option<Vec<usize>> {
    let elf: ElfFile<'_, FileHeader64<LittleEndian>> = ElfFile::parse(file).ok()?;
    let table = elf.elf_symbol_table();
    let strings = elf.elf_section_table().section(table.string_section()).ok()?;
    let start = strings.sh_offset.get(LittleEndian) as usize;
    let mut places = Vec::new();
    for symbol in elf.symbols() {
        let SymbolIndex(index) = symbol.index();
        let symbol = table.symbol(SymbolIndex(index)).ok()?;
        let place = start + symbol.st_name(LittleEndian) as usize;
        let name = file.get(place..)?.first_chunk::<3>();
        let mapping = name.is_some_and(|name| name[0] == mark && matches!(name[1], b'x' | b'd') && name[2] == 0);
        if mapping && symbol.is_local() && symbol.st_type() == STT_NOTYPE {
            places.push(place);
        }
    }
    Some(places)
}
