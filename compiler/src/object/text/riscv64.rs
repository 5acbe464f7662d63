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
