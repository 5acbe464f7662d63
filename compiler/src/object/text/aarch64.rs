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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::symbols::Symbol;

    /// What becomes of one instruction at 0x2000 of the section, with a target at 0x1000 of another one or the same.
    fn one(kind: Reloc, instruction: u32, section: SectionKind) -> (u32, Option<RelocationKind>) {
        let mut code = instruction.to_le_bytes();
        let relocation = codegen::Relocation { offset: 0, kind, target: Symbol::Text, addend: 4 };
        let place = (RelocationTarget::Section(section), 0x1000);
        let left = match resolve(&mut Relocatable::default(), &mut code, &relocation, 0x2000, place).unwrap() {
            Done::Patched => None,
            Done::Linker(left) => {
                assert_eq!((left.offset, left.addend), (0x2000, 0x1004));
                Some(left.kind)
            }
        };
        (u32::from_le_bytes(code), left)
    }

    #[test]
    fn calls() {
        assert_eq!(one(Reloc::Arm64Call, 0x9400_0000, SectionKind::Text), (0x97ff_fc01, None));
        let call = Some(RelocationKind::Aarch64Call);
        assert_eq!(one(Reloc::Arm64Call, 0x9400_0000, SectionKind::Data), (0x9400_0000, call));
        let jump = Some(RelocationKind::Aarch64Jump);
        assert_eq!(one(Reloc::Arm64Call, 0x1400_0000, SectionKind::Data), (0x1400_0000, jump));
    }

    #[test]
    fn addresses() {
        let (page, offset) = (Some(RelocationKind::Aarch64Page), Some(RelocationKind::Aarch64PageOffset));
        assert_eq!(one(Reloc::Aarch64AdrPrelPgHi21, 0x9000_0003, SectionKind::Text), (0x9000_0003, page));
        assert_eq!(one(Reloc::Aarch64AdrGotPage21, 0x9000_0003, SectionKind::Data), (0x9000_0003, page));
        // ldr x3, [x3] -> add x3, x3, #0
        assert_eq!(one(Reloc::Aarch64Ld64GotLo12Nc, 0xf940_0063, SectionKind::Data), (0x9100_0063, offset));
    }
}
