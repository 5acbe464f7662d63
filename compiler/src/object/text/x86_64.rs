//! x86-64: relocations of Cranelift's code. Called by [`super::add`].

use super::super::relocatable::{Relocatable, Relocation, RelocationKind, RelocationTarget, SectionKind};
use super::{Done, Place};
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
    let kind = match relocation.kind {
        Reloc::X86PCRel4 => RelocationKind::Relative32,
        Reloc::X86CallPCRel4 | Reloc::X86CallPLTRel4 => RelocationKind::X86Call,
        Reloc::X86GOTPCRel4 => {
            // `mov r, [rip + slot of the global offset table]`; all is linked into one file, so `lea r, [rip + target]`.
            let opcode = code.get_mut(at.checked_sub(2)?)?;
            if *opcode != 0x8b {
                return None;
            }
            *opcode = 0x8d;
            RelocationKind::Relative32
        }
        _ => return None,
    };
    let addend = relocation.addend.checked_add(more)?;
    if target == RelocationTarget::Section(SectionKind::Text) {
        let value = i32::try_from(addend - i64::from(place)).ok()?;
        code.get_mut(at..at + 4)?.copy_from_slice(&value.to_le_bytes());
        return Some(Done::Patched);
    }
    code.get(at..at + 4)?;
    Some(Done::Linker(Relocation { offset: place, kind, target, addend }))
}
