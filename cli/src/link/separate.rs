//! A linked ELF file -> the program without debug information, and a file with it, which debuggers find by the program's
//! build id or its section `.gnu_debuglink`. Called by `compile`; as `objcopy --only-keep-debug`,
//! `--strip-debug` and `--add-gnu-debuglink` do it.
//!
//! What is loaded stays where it is. In the second file it has addresses but no content.

use object::elf::{
    self, FileHeader64, PT_NOTE, ProgramHeader64, SHF_ALLOC, SHN_ABS, SHN_LORESERVE, SHN_UNDEF, SHT_NOBITS, SHT_NOTE,
    SHT_NULL, SHT_PROGBITS, SHT_STRTAB, SHT_SYMTAB, SectionHeader64, Sym64,
};
use object::pod::bytes_of;
use object::read::elf::{FileHeader, SectionHeader};
use object::{LittleEndian, U16, U32, U64};
use std::mem::size_of;

const LE: LittleEndian = LittleEndian;
type File = FileHeader64<LittleEndian>;
type Header = SectionHeader64<LittleEndian>;
type Segment = ProgramHeader64<LittleEndian>;
type Symbol = Sym64<LittleEndian>;

type Result<T> = std::result::Result<T, Box<dyn std::error::Error>>;

/// The name of the section that names the file with the debug information.
const LINK: &[u8] = b".gnu_debuglink";

/// The program, without its symbols if `strip`, and the file with the debug information, which will have this name.
pub fn separate(linked: &[u8], name: &[u8], strip: bool) -> std::result::Result<(Vec<u8>, Vec<u8>), String> {
    parts(linked, name, strip).map_err(|error| format!("--debug-file: {error}"))
}

fn parts(linked: &[u8], name: &[u8], strip: bool) -> Result<(Vec<u8>, Vec<u8>)> {
    let file = File::parse(linked)?;
    let sections = Sections::read(file, linked)?;
    let debug = sections.debug_file(file.program_headers(LE, linked)?)?;
    let mut link = name.to_vec();
    // A NUL, room up to a multiple of 4, and the checksum.
    link.resize((name.len() + 1).next_multiple_of(4), 0);
    link.extend_from_slice(&crc32fast::hash(&debug).to_le_bytes());
    Ok((sections.program(&link, strip)?, debug))
}

/// The sections of a linked file.
struct Sections<'a> {
    header: &'a File,
    bytes: &'a [u8],
    /// Name, header, content.
    list: Vec<(&'a [u8], &'a Header, &'a [u8])>,
    /// Number of the section with names.
    names: usize,
}

impl<'a> Sections<'a> {
    fn read(header: &'a File, bytes: &'a [u8]) -> Result<Sections<'a>> {
        let table = header.sections(LE, bytes)?;
        let section = |section: &'a Header| Ok((table.section_name(LE, section)?, section, section.data(LE, bytes)?));
        let list: Result<Vec<_>> = table.iter().map(section).collect();
        Ok(Sections { header, bytes, list: list?, names: header.shstrndx(LE, bytes)? as usize })
    }

    fn is_loaded(header: &Header) -> bool {
        header.sh_flags(LE) & u64::from(SHF_ALLOC) != 0
    }

    /// The file without debug information, and with a link.
    fn program(&self, link: &[u8], strip: bool) -> Result<Vec<u8>> {
        let is_kept = |index: usize| {
            let (name, header, _) = self.list[index];
            // String tables are kept with the symbols that need them.
            let symbols =
                header.sh_type(LE) == SHT_SYMTAB || (header.sh_type(LE) == SHT_STRTAB && !Self::is_loaded(header));
            !(name.starts_with(b".debug_") || strip && symbols)
        };
        let loaded = self.list.iter().filter(|(_, header, content)| Self::is_loaded(header) && !content.is_empty());
        let end = loaded.map(|(_, header, _)| header.sh_offset(LE) as usize + header.sh_size(LE) as usize).max();
        let end = end.unwrap_or(0).max(size_of::<File>());
        let mut out = Writer::new(self.bytes.get(..end).unwrap_or(self.bytes).to_vec());
        for (index, &(name, header, content)) in self.list.iter().enumerate() {
            if index == self.names || !is_kept(index) {
                continue;
            }
            let mut new = *header;
            if header.sh_type(LE) != SHT_NULL && !Self::is_loaded(header) {
                new.sh_offset = U64::new(LE, out.append(content, header.sh_addralign(LE)));
            }
            out.add(index, name, new);
        }
        let at = out.append(link, 4);
        let new = header(SHT_PROGBITS, at, link.len(), 4);
        out.add(usize::MAX, LINK, new);
        out.finish(self)
    }

    /// The file with nothing but debug information and symbols, but for the headers of all other sections.
    fn debug_file(&self, segments: &[Segment]) -> Result<Vec<u8>> {
        let mut out = Writer::new(bytes_of(self.header).to_vec());
        let segments_at = out.bytes.len() as u64;
        out.bytes.resize(out.bytes.len() + std::mem::size_of_val(segments), 0);
        let headers = out.bytes.len() as u64;
        for (index, &(name, header, content)) in self.list.iter().enumerate() {
            if index == self.names {
                continue;
            }
            let mut new = *header;
            if header.sh_type(LE) == SHT_NULL {
                // Has no content, whatever else it says.
            } else if Self::is_loaded(header) && header.sh_type(LE) != SHT_NOTE {
                new.sh_type = U32::new(LE, SHT_NOBITS);
                new.sh_offset = U64::new(LE, out.bytes.len() as u64);
            } else {
                new.sh_offset = U64::new(LE, out.append(content, header.sh_addralign(LE)));
            }
            out.add(index, name, new);
        }
        let mut table = Vec::new();
        for segment in segments {
            let mut new = *segment;
            let note = out
                .sections
                .iter()
                .map(|(_, header)| header)
                .find(|header| segment.p_type.get(LE) == PT_NOTE && header.sh_addr(LE) == segment.p_vaddr.get(LE));
            let (offset, size) = (segment.p_offset.get(LE), segment.p_filesz.get(LE));
            let (offset, size) = match note {
                Some(note) => (note.sh_offset(LE), size),
                // The headers of the file are a part of it, too.
                None if offset < headers => (offset, size.min(headers - offset)),
                None => (0, 0),
            };
            (new.p_offset, new.p_filesz) = (U64::new(LE, offset), U64::new(LE, size));
            table.extend_from_slice(bytes_of(&new));
        }
        out.bytes[segments_at as usize..segments_at as usize + table.len()].copy_from_slice(&table);
        let mut bytes = out.finish(self)?;
        patch(&mut bytes, |file| file.e_phoff = U64::new(LE, segments_at));
        Ok(bytes)
    }
}

/// A header of a section that is not loaded.
fn header(kind: u32, offset: u64, size: usize, align: u64) -> Header {
    Header {
        sh_name: U32::new(LE, 0),
        sh_type: U32::new(LE, kind),
        sh_flags: U64::new(LE, 0),
        sh_addr: U64::new(LE, 0),
        sh_offset: U64::new(LE, offset),
        sh_size: U64::new(LE, size as u64),
        sh_link: U32::new(LE, 0),
        sh_info: U32::new(LE, 0),
        sh_addralign: U64::new(LE, align),
        sh_entsize: U64::new(LE, 0),
    }
}

/// Changes the file's header.
fn patch(bytes: &mut [u8], change: impl FnOnce(&mut File)) {
    if let Ok((file, _)) = object::pod::from_bytes_mut::<File>(bytes) {
        change(file);
    }
}

/// A file being written.
struct Writer {
    bytes: Vec<u8>,
    /// Number in the source, and header.
    sections: Vec<(usize, Header)>,
    names: Vec<u8>,
}

impl Writer {
    fn new(bytes: Vec<u8>) -> Writer {
        Writer { bytes, sections: Vec::new(), names: Vec::new() }
    }

    /// Adds content; its offset.
    fn append(&mut self, content: &[u8], align: u64) -> u64 {
        self.bytes.resize(self.bytes.len().next_multiple_of(align.max(1) as usize), 0);
        let at = self.bytes.len() as u64;
        self.bytes.extend_from_slice(content);
        at
    }

    fn add(&mut self, source: usize, name: &[u8], mut header: Header) {
        header.sh_name = U32::new(LE, self.names.len() as u32);
        self.names.extend_from_slice(name);
        self.names.push(0);
        self.sections.push((source, header));
    }

    /// Names, the table of sections, and the numbers of sections as they are now.
    fn finish(mut self, source: &Sections<'_>) -> Result<Vec<u8>> {
        let (name, old, _) = source.list[source.names];
        self.add(source.names, name, *old);
        let names = std::mem::take(&mut self.names);
        let at = self.append(&names, 1);
        let mut numbers = vec![0; source.list.len()];
        for (new, (old, _)) in self.sections.iter().enumerate() {
            if let Some(number) = numbers.get_mut(*old) {
                *number = new as u32;
            }
        }
        let number = |old: u32| numbers.get(old as usize).copied().unwrap_or(0);
        for (old, header) in &mut self.sections {
            header.sh_link = U32::new(LE, number(header.sh_link(LE)));
            if header.sh_flags(LE) & u64::from(elf::SHF_INFO_LINK) != 0 {
                header.sh_info = U32::new(LE, number(header.sh_info(LE)));
            }
            if *old == source.names {
                header.sh_offset = U64::new(LE, at);
                header.sh_size = U64::new(LE, names.len() as u64);
            }
            if header.sh_type(LE) == SHT_SYMTAB {
                let (start, size) = (header.sh_offset(LE) as usize, header.sh_size(LE) as usize);
                let (symbols, _) = object::pod::slice_from_bytes_mut::<Symbol>(
                    &mut self.bytes[start..start + size],
                    size / size_of::<Symbol>(),
                )
                .map_err(|()| "symbols that cannot be read")?;
                for symbol in symbols {
                    let old = symbol.st_shndx.get(LE);
                    if old != SHN_UNDEF && old < SHN_LORESERVE {
                        let new = number(old.into()) as u16;
                        symbol.st_shndx = U16::new(LE, if new == 0 { SHN_ABS } else { new });
                    }
                }
            }
        }
        let table = self.append(&[], 8);
        for (_, header) in &self.sections {
            self.bytes.extend_from_slice(bytes_of(header));
        }
        let names = self.sections.len() as u16 - 1;
        patch(&mut self.bytes, |file| {
            file.e_shoff = U64::new(LE, table);
            file.e_shnum = U16::new(LE, names + 1);
            file.e_shstrndx = U16::new(LE, names);
        });
        Ok(self.bytes)
    }
}
