//! Self-relocation of the static-pie executable: the kernel loads it anywhere and leaves the rest to us.
//!
//! Called by start.rs first of all. Invariant: until [`apply`] returns, nothing may read a static that holds an
//! address; this file finds everything from the program headers that the kernel points to.

use crate::arch::RELOCATION_RELATIVE;
use core::mem::size_of;

const AT_NULL: usize = 0;
const AT_PHDR: usize = 3;
const AT_PHNUM: usize = 5;
const AT_PAGESZ: usize = 6;

const PT_LOAD: u32 = 1;
const PT_DYNAMIC: u32 = 2;
const PT_GNU_RELRO: u32 = 0x6474_e552;

const DT_NULL: usize = 0;
const DT_RELA: usize = 7;
const DT_RELASZ: usize = 8;
const DT_RELRSZ: usize = 35;
const DT_RELR: usize = 36;

/// ELF64 program header.
#[repr(C)]
#[derive(Clone, Copy)]
struct ProgramHeader {
    kind: u32,
    flags: u32,
    offset: usize,
    address: usize,
    physical: usize,
    file_len: usize,
    memory_len: usize,
    align: usize,
}

/// ELF64 relocation with addend.
#[repr(C)]
#[derive(Clone, Copy)]
struct Rela {
    offset: usize,
    info: u64,
    addend: usize,
}

/// Applies the executable's relative relocations, then makes its RELRO pages read-only.
///
/// # Safety
/// `auxv` must be the auxiliary vector of this process, and nothing may have been relocated before.
#[inline(never)]
pub unsafe fn apply(auxv: *const [usize; 2]) {
    // SAFETY: the kernel built the vector and loaded the headers; what the headers name is mapped.
    unsafe {
        let (mut headers, mut count, mut page) = (core::ptr::null::<ProgramHeader>(), 0, 4096);
        let mut entry = auxv;
        while (*entry)[0] != AT_NULL {
            let value = (*entry)[1];
            match (*entry)[0] {
                AT_PHDR => headers = value as *const ProgramHeader,
                AT_PHNUM => count = value,
                AT_PAGESZ => page = value,
                _ => {}
            }
            entry = entry.add(1);
        }
        // The headers follow the ELF header of 64 bytes; the segment that holds them tells where the file begins.
        let (mut base, mut dynamic, mut relro) = (0, 0, (0, 0));
        for index in 0..count {
            let header = *headers.add(index);
            if header.kind == PT_LOAD && header.offset <= 64 && 64 < header.offset + header.file_len {
                base = (headers as usize).wrapping_sub(64 - header.offset + header.address);
            }
            if header.kind == PT_DYNAMIC {
                dynamic = header.address;
            }
            if header.kind == PT_GNU_RELRO {
                relro = (header.address, header.memory_len);
            }
        }
        if dynamic == 0 || base == 0 {
            return;
        }
        relocate(base, (base + dynamic) as *const [usize; 2]);
        let start = (base + relro.0) & !(page - 1);
        let end = (base + relro.0 + relro.1) & !(page - 1);
        if end > start {
            let _ = crate::os::map::protect_read(start as *mut u8, end - start);
        }
    }
}

/// # Safety
/// `dynamic` must be the dynamic section of an executable loaded at `base`.
#[inline(always)]
unsafe fn relocate(base: usize, mut dynamic: *const [usize; 2]) {
    // SAFETY: the linker wrote these tables for the addresses that they name.
    unsafe {
        let (mut rela, mut rela_len, mut relr, mut relr_len) = (0, 0, 0, 0);
        while (*dynamic)[0] != DT_NULL {
            let value = (*dynamic)[1];
            match (*dynamic)[0] {
                DT_RELA => rela = value,
                DT_RELASZ => rela_len = value,
                DT_RELR => relr = value,
                DT_RELRSZ => relr_len = value,
                _ => {}
            }
            dynamic = dynamic.add(1);
        }
        let rows = (base + rela) as *const Rela;
        for index in 0..rela_len / size_of::<Rela>() {
            let row = *rows.add(index);
            if row.info as u32 == RELOCATION_RELATIVE {
                ((base + row.offset) as *mut usize).write(base.wrapping_add(row.addend));
            }
        }
        // Packed form: an even word is an address; an odd one is a bitmap of the 63 words that follow.
        let words = (base + relr) as *const usize;
        let mut place = core::ptr::null_mut::<usize>();
        for index in 0..relr_len / size_of::<usize>() {
            let word = *words.add(index);
            if word & 1 == 0 {
                place = (base + word) as *mut usize;
                *place = base.wrapping_add(*place);
                place = place.add(1);
                continue;
            }
            for bit in 0..63 {
                if word >> (bit + 1) & 1 != 0 {
                    let slot = place.add(bit);
                    *slot = base.wrapping_add(*slot);
                }
            }
            place = place.add(63);
        }
    }
}
