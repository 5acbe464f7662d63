//! Functions that debuggers call in place of virtual methods, one for each slot of virtual tables that a method has: it
//! gets the method's arguments, finds the object's own method by the first one, the object's native address, and jumps there.
//! Debuggers cannot do this themselves: a virtual table of wasm holds indices in table 0, of 4 bytes, and so has an object the address of its
//! table. [`super::unit`]'s entries say where these functions are meant; nothing else calls them.
//!
//! Invariant: the object's address tells where memory 0 is, which is so with `-g -O0` ([`super::Context::returns_addresses`]).

use super::source::{Source, Unit};
use super::tree::Tree;
use super::{Context, Table};
use crate::object::{Fixup, FixupTarget};
use crate::symbols::Symbol;
use gimli::constants::{DW_AT_vtable_elem_location, DW_TAG_subprogram};
use gimli::{AttributeValue, Operation};
use rayon::prelude::*;
use std::collections::BTreeSet;
use target_lexicon::Architecture;

/// Slots from this one on have none: four times less fits in each instruction set's immediates.
const SLOTS: u64 = 0x1000;

/// Bytes of a slot, and of an element of the table.
const SLOT: u32 = 4;
const _: () = assert!(size_of::<wasmaot_abi::program::ConstantElement>() == 8);

/// The symbol of the function for a slot.
pub fn name(slot: u32) -> String {
    format!("wasmaot_debug_virtual_{slot}")
}

/// The slot of the method that an entry declares.
pub fn slot(unit: &Unit<'_>, tree: &Tree<'_>, entry: usize) -> Option<u32> {
    let AttributeValue::Exprloc(expression) = tree.attribute(entry, DW_AT_vtable_elem_location)? else { return None };
    let mut operations = expression.operations(unit.encoding());
    match (operations.next(), operations.next()) {
        (Ok(Some(Operation::UnsignedConstant { value: slot @ ..SLOTS })), Ok(None)) => Some(slot as u32),
        _ => None,
    }
}

/// The slots that methods of a module have, if there can be functions for them.
pub fn slots(context: &Context<'_, '_>, source: &Source<'_>) -> BTreeSet<u32> {
    if context.table.is_none() || !context.returns_addresses || context.has_instance {
        return BTreeSet::new();
    }
    let of_unit = |unit: &super::source::SourceUnit<'_>| {
        let methods = unit.tree.of_tag(DW_TAG_subprogram);
        methods.filter_map(|index| slot(&unit.unit, &unit.tree, index)).collect::<BTreeSet<u32>>()
    };
    let join = |mut all: BTreeSet<u32>, mut more| {
        all.append(&mut more);
        all
    };
    source.units.par_iter().map(of_unit).reduce(BTreeSet::new, join)
}

/// Their code, and where each begins in it; none where the instruction set has none.
pub fn code(architecture: Architecture, table: Table, slots: &BTreeSet<u32>) -> Option<(Vec<u8>, Fixup, Vec<u32>)> {
    let length = i32::try_from(table.len).ok()?;
    let target = FixupTarget::Relative(Symbol::Data(table.elements));
    let words = |words: &[u32]| words.iter().flat_map(|word| word.to_le_bytes()).collect::<Vec<u8>>();
    // What all do: with the slot's place in the table, in bytes, in a register of its own.
    let (mut code, fixup) = match architecture {
        Architecture::X86_64 => {
            // mov r10, rdi; shr r10, 32; shl r10, 32; mov eax, [rdi]; add eax, r11d; mov eax, [r10 + rax]; cmp rax, length;
            // jae 1f; lea r10, [rip + table]; movsxd rax, [r10 + rax * 8]; test eax, eax; je 1f; add rax, r10; jmp rax; 1: ud2
            let mut code = vec![0x49, 0x89, 0xfa, 0x49, 0xc1, 0xea, 32, 0x49, 0xc1, 0xe2, 32, 0x8b, 0x07];
            code.extend_from_slice(&[0x44, 0x01, 0xd8, 0x41, 0x8b, 0x04, 0x02, 0x48, 0x3d]);
            code.extend_from_slice(&length.to_le_bytes());
            code.extend_from_slice(&[0x73, 0x14, 0x4c, 0x8d, 0x15]);
            let fixup = Fixup { offset: code.len() as u32, target, addend: -4 };
            code.extend_from_slice(&[0, 0, 0, 0, 0x49, 0x63, 0x04, 0xc2, 0x85, 0xc0, 0x74, 0x05, 0x4c, 0x01, 0xd0]);
            code.extend_from_slice(&[0xff, 0xe0, 0x0f, 0x0b]);
            (code, fixup)
        }
        Architecture::Aarch64(_) => {
            // ldr w16, [x0]; add w16, w16, w17; and x17, x0, #0xffffffff00000000; ldr w16, [x17, x16]; ldr w17, 2f + 4;
            // cmp w16, w17; b.hs 1f; adr x15, 2f; ldrsw x17, [x15]; add x15, x15, x17; add x16, x15, x16, lsl #3;
            // ldrsw x16, [x16]; cbz w16, 1f; add x16, x16, x15; br x16; 1: udf #0; 2: .word table - ., length
            let code = [0xb940_0010, 0x0b11_0210, 0x9260_7c11, 0xb870_6a30, 0x1800_01b1, 0x6b11_021f, 0x5400_0122];
            let code = [&code[..], &[0x1000_012f, 0xb980_01f1, 0x8b11_01ef, 0x8b10_0df0, 0xb980_0210]].concat();
            let code = [&code[..], &[0x3400_0070, 0x8b0f_0210, 0xd61f_0200, 0, 0, length as u32]].concat();
            (words(&code), Fixup { offset: 0x40, target, addend: 0 })
        }
        Architecture::Riscv64(_) => {
            // lw t0, (a0); add t0, t0, t1; slli t0, t0, 32; srli t0, t0, 32; srli t2, a0, 32; slli t2, t2, 32; add t0, t0, t2;
            // lwu t0, (t0); auipc t2, 0; lwu t3, 2f + 4; bgeu t0, t3, 1f; lw t3, 2f; addi t2, 2f; add t2, t2, t3;
            // slli t0, t0, 3; add t0, t0, t2; lw t0, (t0); beqz t0, 1f; add t0, t0, t2; jr t0; 1: unimp; 2: .word table - ., length
            let code = [0x0005_2283, 0x0062_82b3, 0x0202_9293, 0x0202_d293, 0x0205_5393, 0x0203_9393, 0x0072_82b3];
            let code = [&code[..], &[0x0002_e283, 0x0000_0397, 0x0383_ee03, 0x03c2_f463, 0x0343_ae03, 0x0343_8393]];
            let code = [&code.concat()[..], &[0x01c3_83b3, 0x0032_9293, 0x0072_82b3, 0x0002_a283, 0x0002_8663]];
            let code = [&code.concat()[..], &[0x0072_82b3, 0x0002_8067, 0xc000_1073, 0, length as u32]].concat();
            (words(&code), Fixup { offset: 0x54, target, addend: 0 })
        }
        _ => return None,
    };
    let mut starts = Vec::with_capacity(slots.len());
    for slot in slots {
        let (start, place) = (code.len() as u32, slot * SLOT);
        starts.push(start);
        match architecture {
            Architecture::X86_64 => {
                // mov r11d, place; jmp
                code.extend_from_slice(&[0x41, 0xbb]);
                code.extend_from_slice(&place.to_le_bytes());
                code.push(0xe9);
                code.extend_from_slice(&(start + 11).wrapping_neg().to_le_bytes());
            }
            Architecture::Aarch64(_) => {
                // mov w17, place; b
                let back = ((start + 4).wrapping_neg() / 4) & 0x03ff_ffff;
                code.extend_from_slice(&words(&[0x5280_0011 | place << 5, 0x1400_0000 | back]));
            }
            _ => {
                // lui t1, high; addi t1, t1, low; j
                let high = (place + 0x800) & !0xfff;
                let back = (start + 8).wrapping_neg();
                let jump = (back >> 20 & 1) << 31 | (back >> 1 & 0x3ff) << 21 | (back >> 11 & 1) << 20 | back & 0xff000;
                code.extend_from_slice(&words(&[0x337 | high, 0x0003_0313 | (place & 0xfff) << 20, 0x6f | jump]));
            }
        }
    }
    Some((code, fixup, starts))
}
