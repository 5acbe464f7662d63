//! AArch64: relocations of Cranelift's code. Called by [`super::add`].

use super::super::relocatable::{Relocatable, Relocation, RelocationKind, RelocationTarget, SectionKind};
use super::{Done, Place, set_word, word};
use crate::codegen;
use cranelift_codegen::binemit::Reloc;

/// Patches code, or says what the linker must do; none if that cannot be done.
pub(super) fn resolve(
    _: &mut Relocatable<'_>,
    code: &mut [u8],
    relocation: &codegen::Relocation,
    place: u32,
    (target, more): Place,
) -> Option<Done> {
    let at = relocation.offset as usize;
    let instruction = word(code, at)?;
    let addend = relocation.addend.checked_add(more)?;
    let kind = match relocation.kind {
        Reloc::Arm64Call => {
            if target == RelocationTarget::Section(SectionKind::Text) {
                let distance = addend - i64::from(place);
                if distance % 4 != 0 || !(-(1 << 27)..1 << 27).contains(&distance) {
                    return None;
                }
                set_word(code, at, instruction & 0xfc00_0000 | (distance / 4) as u32 & 0x03ff_ffff)?;
                return Some(Done::Patched);
            }
            match instruction >> 26 {
                0b10_0101 => RelocationKind::Aarch64Call,
                0b00_0101 => RelocationKind::Aarch64Jump,
                _ => return None,
            }
        }
        Reloc::Aarch64AdrPrelPgHi21 | Reloc::Aarch64AdrGotPage21 => RelocationKind::Aarch64Page,
        Reloc::Aarch64AddAbsLo12Nc => RelocationKind::Aarch64PageOffset,
        Reloc::Aarch64Ld64GotLo12Nc => {
            // `ldr x, [x, slot of the global offset table]`; all is linked into one file, so `add x, x, target`.
            if instruction & 0xffff_fc00 != 0xf940_0000 {
                return None;
            }
            set_word(code, at, 0x9100_0000 | instruction & 0x3ff)?;
            RelocationKind::Aarch64PageOffset
        }
        _ => return None,
    };
    Some(Done::Linker(Relocation { offset: place, kind, target, addend }))
}
