//! `.xdata` and `.pdata`: how Windows unwinds each function, from what Cranelift says of it.
//!
//! `.xdata` has each description once (most functions of a program share a few), `.pdata` a row for every function, in
//! order. Every function of compiled code has one, also those of which Cranelift says nothing: they keep a frame pointer,
//! and that is enough to find the caller.

use super::relocatable::{Relocatable, Relocation, RelocationKind, RelocationTarget, Section, SectionKind};
use super::text::Text;
use crate::codegen::CompiledFunction;
use crate::error::{Error, Result};
use cranelift_codegen::isa::unwind::UnwindInfo;
use std::collections::HashMap;

/// Both sections.
pub(super) struct Seh {
    descriptions: Vec<u8>,
    table: Vec<u8>,
    relocations: Vec<Relocation>,
}

/// `push rbp` (1 byte), `mov rbp, rsp` (3 bytes), in reverse.
const FRAME_X64: [u8; 8] = [1, 4, 2, RBP, 4, SET_FRAME, 1, RBP << 4];
const RBP: u8 = 5;
/// Unwind operations of x64.
const PUSH: u8 = 0;
const ALLOCATE_LARGE: u8 = 1;
const ALLOCATE_SMALL: u8 = 2;
const SET_FRAME: u8 = 3;
const SAVE: u8 = 4;
const SAVE_FAR: u8 = 5;
const SAVE_VECTOR: u8 = 8;
const SAVE_VECTOR_FAR: u8 = 9;

/// Builds the sections, taking the unwind information out of the functions.
pub(super) fn build(functions: &mut [CompiledFunction], text: &Text) -> Result<Seh> {
    let mut seh = Seh { descriptions: Vec::new(), table: Vec::new(), relocations: Vec::new() };
    let mut known: HashMap<Vec<u8>, u32> = HashMap::new();
    for (function, (start, size)) in functions.iter_mut().zip(text.spans()) {
        let (description, arm) = match function.unwind.take() {
            Some(UnwindInfo::WindowsX64(info)) => {
                let mut bytes = vec![0; info.emit_size()];
                info.emit(&mut bytes);
                (correct_x64(&bytes).unwrap_or_else(|| FRAME_X64.to_vec()), false)
            }
            Some(UnwindInfo::WindowsArm64(info)) => {
                let mut bytes = vec![END_ARM64; 4 * usize::from(info.code_words())];
                info.emit(&mut bytes);
                (describe_arm64(bytes, size)?, true)
            }
            Some(_) => return Err(Error::internal("unwind information of another system")),
            None => (FRAME_X64.to_vec(), false),
        };
        let next = seh.descriptions.len() as u32;
        let at = *known.entry(description).or_insert_with_key(|description| {
            seh.descriptions.extend_from_slice(description);
            next
        });
        seh.pointer(SectionKind::Text, start);
        if !arm {
            seh.pointer(SectionKind::Text, start + size);
        }
        seh.pointer(SectionKind::Unwind, at);
    }
    Ok(seh)
}

/// Adds the sections.
pub(super) fn add(out: &mut Relocatable<'_>, seh: Seh) {
    if seh.table.is_empty() {
        return;
    }
    out.sections.push(Section::of_bytes(SectionKind::Unwind, 4, seh.descriptions));
    let mut table = Section::of_bytes(SectionKind::UnwindTable, 4, seh.table);
    table.relocations = seh.relocations;
    out.sections.push(table);
}

impl Seh {
    fn pointer(&mut self, section: SectionKind, offset: u32) {
        self.relocations.push(Relocation {
            offset: self.table.len() as u32,
            kind: RelocationKind::ImageRelative32,
            target: RelocationTarget::Section(section),
            addend: i64::from(offset),
        });
        self.table.extend_from_slice(&[0; 4]);
    }
}

/// Corrects what Cranelift 0.135 emits: it stores offsets of saved general registers and of the frame unscaled or scaled
/// wrongly, and does not say that they lie below what was pushed. Registers are saved one after the other from the frame's base up, which is all that is needed to know
/// them. None if there is something that is not known.
fn correct_x64(info: &[u8]) -> Option<Vec<u8>> {
    let (&[version, prologue, count, _], codes) = info.split_first_chunk::<4>()?;
    // Codes are in the reverse order of the prologue. Each: place in the prologue, operation, operand, slots.
    let mut found = Vec::new();
    let mut codes = codes.get(..usize::from(count) * 2)?;
    while let [at, code, ..] = *codes {
        let (operation, operand) = (code & 15, code >> 4);
        let slots = match operation {
            PUSH | ALLOCATE_SMALL | SET_FRAME => 1,
            SAVE | SAVE_VECTOR => 2,
            SAVE_FAR | SAVE_VECTOR_FAR => 3,
            ALLOCATE_LARGE => 2 + usize::from(operand),
            _ => return None,
        };
        found.push((at, operation, operand));
        codes = codes.get(2 * slots..)?;
    }
    let mut offset = 0u16;
    let (mut out, mut set_frame) = (Vec::new(), None);
    for &(at, operation, operand) in found.iter().rev() {
        match operation {
            PUSH => out.push(vec![at, operand << 4 | PUSH]),
            SET_FRAME => {
                set_frame = Some((out.len(), at));
                out.push(vec![at, SET_FRAME]);
            }
            SAVE | SAVE_FAR => {
                offset = offset.next_multiple_of(8);
                let [low, high] = (offset / 8).to_le_bytes();
                out.push(vec![at, operand << 4 | SAVE, low, high]);
                offset += 8;
            }
            SAVE_VECTOR | SAVE_VECTOR_FAR => {
                offset = offset.next_multiple_of(16);
                let [low, high] = (offset / 16).to_le_bytes();
                out.push(vec![at, operand << 4 | SAVE_VECTOR, low, high]);
                offset += 16;
            }
            _ => return None,
        }
    }
    let frame = u8::try_from(offset.div_ceil(16)).ok().filter(|frame| *frame < 16)?;
    // What registers are saved to lies below the frame pointer, and the registers that were pushed before above: as if that much
    // had been allocated when the frame pointer is set.
    if let Some((place, at)) = set_frame
        && frame != 0
    {
        let allocate = match frame {
            1..=8 => vec![at, (frame * 2 - 1) << 4 | ALLOCATE_SMALL],
            _ => vec![at, ALLOCATE_LARGE, frame * 2, 0],
        };
        out.insert(place, allocate);
    }
    let codes: Vec<u8> = out.into_iter().rev().flatten().collect();
    let mut info = vec![version, prologue, (codes.len() / 2) as u8, frame << 4 | RBP];
    info.extend(codes);
    info.resize(info.len().next_multiple_of(4), 0);
    Some(info)
}

/// Unwind code of ARM64: the end of the codes.
const END_ARM64: u8 = 0xe4;

/// A description of ARM64: header, codes, end. Epilogues are not described: nothing of ours unwinds from within one.
fn describe_arm64(mut codes: Vec<u8>, size: u32) -> Result<Vec<u8>> {
    // The codes may fill the last word.
    codes.extend([END_ARM64; 4]);
    let words = (codes.len() / 4) as u32;
    let length = size / 4;
    if length >= 1 << 18 || words >= 1 << 5 {
        return Err(Error::unsupported("a function of more than 1 MiB of machine code for aarch64-windows"));
    }
    let mut info = (length | words << 27).to_le_bytes().to_vec();
    info.extend(codes);
    Ok(info)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn saved_registers_have_their_places() {
        // Prologue: push rbp; set frame; save rdi, r12, xmm6, xmm7, as Cranelift emits them.
        let emitted = [1, 40, 10, 0x05, 40, 0x78, 2, 0, 35, 0x68, 1, 0, 30, 0xc4, 0, 0, 25, 0x74, 0, 0, 4, 3, 1, 0x50];
        let mut expected = vec![
            1, 40, 11, 0x35, 40, 0x78, 2, 0, 35, 0x68, 1, 0, 30, 0xc4, 1, 0, 25, 0x74, 0, 0, 4, 3, 4, 0x52, 1, 0x50,
        ];
        expected.extend([0, 0]);
        assert_eq!(correct_x64(&emitted).as_deref(), Some(&expected[..]));
        assert_eq!(correct_x64(&[1, 4, 1, 0, 0, 7]), None);
        assert_eq!(correct_x64(&FRAME_X64).as_deref(), Some(&FRAME_X64[..]));
    }
}
