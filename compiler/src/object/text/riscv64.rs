//! RISC-V: relocations of Cranelift's code. Called by [`super::add`].
//!
//! An address is made by `auipc`, which is relocated with it, and an instruction that adds the lower bits and whose
//! relocation names the `auipc`, through a label (psABI, "PC-relative symbol addresses").

use super::super::relocatable::{Relocatable, Relocation, RelocationKind, RelocationTarget, SectionKind};
use super::{Done, Place, set_word, word};
use crate::codegen;
use cranelift_codegen::binemit::Reloc;

/// Patches code, or says what the linker must do; none if that cannot be done.
pub(super) fn resolve(
    out: &mut Relocatable<'_>,
    code: &mut [u8],
    relocation: &codegen::Relocation,
    place: u32,
    (target, more): Place,
) -> Option<Done> {
    let at = relocation.offset as usize;
    let instruction = word(code, at)?;
    let addend = relocation.addend.checked_add(more)?;
    let text = target == RelocationTarget::Section(SectionKind::Text);
    let left = match relocation.kind {
        Reloc::RiscvCallPlt => {
            let jump = word(code, at + 4)?;
            if text {
                let distance = i32::try_from(addend - i64::from(place)).ok()?;
                // The jump adds its part with a sign.
                let high = distance.wrapping_add(0x800) as u32 & 0xffff_f000;
                set_word(code, at, instruction & 0xfff | high)?;
                set_word(code, at + 4, jump & 0xf_ffff | (distance as u32) << 20)?;
                return Some(Done::Patched);
            }
            Relocation { offset: place, kind: RelocationKind::RiscvCall, target, addend }
        }
        Reloc::RiscvPCRelHi20 | Reloc::RiscvGotHi20 => {
            Relocation { offset: place, kind: RelocationKind::RiscvHigh, target, addend }
        }
        Reloc::RiscvPCRelLo12I => {
            if !text {
                return None;
            }
            match instruction & 0x707f {
                0x0013 => {}
                // `ld` from a slot of the global offset table; all is linked into one file, so `addi`.
                0x3003 => set_word(code, at, instruction & !0x707f | 0x0013)?,
                _ => return None,
            }
            let target = out.label(u32::try_from(addend).ok()?);
            Relocation { offset: place, kind: RelocationKind::RiscvLow, target, addend: 0 }
        }
        _ => return None,
    };
    Some(Done::Linker(left))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::symbols::Symbol;

    /// What becomes of two instructions at `place`, with a target at 0x10_0000 of a section.
    fn pair(at: u32, kind: Reloc, words: [u32; 2], place: u32, section: SectionKind) -> ([u32; 2], Option<Relocation>) {
        let mut code = words.map(u32::to_le_bytes).concat();
        let relocation = codegen::Relocation { offset: at, kind, target: Symbol::Text, addend: 0 };
        let target = (RelocationTarget::Section(section), 0x10_0000);
        let left = match resolve(&mut Relocatable::default(), &mut code, &relocation, place, target).unwrap() {
            Done::Patched => None,
            Done::Linker(left) => Some(left),
        };
        ([0, 4].map(|at| word(&code, at).unwrap()), left)
    }

    /// auipc ra, 0; jalr ra, ra, 0
    const CALL: [u32; 2] = [0x0000_0097, 0x0000_80e7];

    #[test]
    fn calls() {
        let call = |place, section| pair(0, Reloc::RiscvCallPlt, CALL, place, section);
        assert_eq!(call(0x0f_f000, SectionKind::Text).0, [0x0000_1097, 0x0000_80e7]);
        // 0x800 is beyond what the jump adds.
        assert_eq!(call(0x0f_f800, SectionKind::Text).0, [0x0000_1097, 0x8000_80e7]);
        assert_eq!(call(0x10_0010, SectionKind::Text).0, [0x0000_0097, 0xff00_80e7]);
        assert!(call(0, SectionKind::Text).1.is_none());
        let (code, left) = call(0x40, SectionKind::Data);
        let left = left.unwrap();
        assert_eq!((code, left.kind, left.offset), (CALL, RelocationKind::RiscvCall, 0x40));
    }

    #[test]
    fn addresses() {
        // auipc a0, 0; ld a0, 0(a0)
        let words = [0x0000_0517, 0x0005_3503];
        let (code, left) = pair(0, Reloc::RiscvGotHi20, words, 0x40, SectionKind::Data);
        assert_eq!((code, left.unwrap().kind), (words, RelocationKind::RiscvHigh));
        let (code, left) = pair(4, Reloc::RiscvPCRelLo12I, words, 0x44, SectionKind::Text);
        // addi a0, a0, 0
        assert_eq!((code, left.unwrap().kind), ([words[0], 0x0005_0513], RelocationKind::RiscvLow));
    }
}
