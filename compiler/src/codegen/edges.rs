//! Ways between basic blocks of machine code. Cranelift tells them, but where a function has cold blocks, which stand at its end, it takes the blocks
//! for others than those that the ways begin at (`VCode::emit` counts blocks in one order, and their starts in another). There, the
//! branches are read from the code.

use super::ranges::blocks;
use cranelift_codegen::CompiledCode;
use cranelift_codegen::ir::Function;
use cranelift_codegen::isa::TargetIsa;
use iced_x86::{Decoder, DecoderOptions, FlowControl, Instruction};
use std::borrow::Cow;
use target_lexicon::Architecture;

/// What a way begins at that is not known: a jump by a table, or a handler of exceptions.
const UNKNOWN: u32 = u32::MAX;

/// Starts of the blocks that ways begin at, or [`UNKNOWN`], and of those that they lead to.
pub fn edges<'c>(isa: &dyn TargetIsa, function: &Function, compiled: &'c CompiledCode) -> Cow<'c, [(u32, u32)]> {
    if !has_cold_blocks(function) {
        return Cow::Borrowed(&compiled.bb_edges);
    }
    let read: Reader = match isa.triple().architecture {
        Architecture::X86_64 => x86_64,
        Architecture::Aarch64(_) => aarch64,
        Architecture::Riscv64(_) => riscv64,
        _ => unknown,
    };
    let blocks = blocks(compiled);
    let index = |start: u32| blocks.binary_search_by_key(&start, |block| block.0).ok();
    let mut edges = Vec::with_capacity(compiled.bb_edges.len());
    // How many ways lead to each block that were not found.
    let mut missing = vec![0_i32; blocks.len()];
    for to in compiled.bb_edges.iter().filter_map(|(_, to)| index(*to)) {
        missing[to] += 1;
    }
    for (number, &(start, end)) in blocks.iter().enumerate() {
        let Some(code) = compiled.buffer.data().get(start as usize..end as usize) else { continue };
        let mut found = |to: u32| {
            if let Some(to) = index(to) {
                missing[to] -= 1;
                edges.push((start, blocks[to].0));
            }
        };
        let goes_on = read(code, start, &mut found);
        if goes_on && number + 1 < blocks.len() {
            found(end);
        }
    }
    let rest = missing.iter().zip(&blocks).filter(|(missing, _)| **missing > 0);
    edges.extend(rest.map(|(_, block)| (UNKNOWN, block.0)));
    Cow::Owned(edges)
}

/// Whether a function has blocks that stand at its end because they rarely run.
pub fn has_cold_blocks(function: &Function) -> bool {
    function.layout.blocks().any(|block| function.layout.is_cold(block))
}

/// Gives where the direct branches of a block lead to that begins at an offset, and tells whether the block goes on with the next.
type Reader = fn(&[u8], u32, &mut dyn FnMut(u32)) -> bool;

/// Intel 64 and IA-32 Architectures Software Developer's Manual, volume 1, 7.3.8.
fn x86_64(code: &[u8], start: u32, found: &mut dyn FnMut(u32)) -> bool {
    let mut decoder = Decoder::with_ip(64, code, start.into(), DecoderOptions::NONE);
    let mut instruction = Instruction::default();
    let mut goes_on = true;
    while decoder.can_decode() {
        decoder.decode_out(&mut instruction);
        if instruction.is_invalid() {
            return false;
        }
        goes_on = match instruction.flow_control() {
            FlowControl::ConditionalBranch => {
                found(instruction.near_branch_target() as u32);
                true
            }
            FlowControl::UnconditionalBranch => {
                found(instruction.near_branch_target() as u32);
                false
            }
            FlowControl::IndirectBranch | FlowControl::Return | FlowControl::Exception => false,
            _ => true,
        };
    }
    goes_on
}

/// Arm Architecture Reference Manual, C4.1, "Branches".
fn aarch64(code: &[u8], start: u32, found: &mut dyn FnMut(u32)) -> bool {
    let mut goes_on = true;
    for (at, word) in words(code, start) {
        let signed = |low: u32, bits: u32| ((word >> low) << (32 - bits)) as i32 >> (32 - bits);
        goes_on = match word >> 24 {
            0x14..=0x17 => {
                found(at.wrapping_add_signed(signed(0, 26) * 4));
                false
            }
            // By condition, and by zero.
            0x54 | 0x34 | 0x35 | 0xb4 | 0xb5 => {
                found(at.wrapping_add_signed(signed(5, 19) * 4));
                true
            }
            // By a bit.
            0x36 | 0x37 | 0xb6 | 0xb7 => {
                found(at.wrapping_add_signed(signed(5, 14) * 4));
                true
            }
            // To a register, but for calls.
            0xd6 => word & 0xfffffc1f == 0xd63f0000,
            // Undefined.
            0x00 => false,
            _ => true,
        };
    }
    goes_on
}

/// RISC-V Unprivileged ISA, 2.5, "Control Transfer Instructions". Where compressed instructions branch is not looked for.
fn riscv64(code: &[u8], start: u32, found: &mut dyn FnMut(u32)) -> bool {
    let mut goes_on = true;
    let mut rest = code;
    while let [low, high, ..] = *rest {
        let at = start + (code.len() - rest.len()) as u32;
        let half = u16::from_le_bytes([low, high]);
        let [_, _, third, fourth, ..] = *rest else { return goes_on && half & 3 != 3 && !ends_compressed(half) };
        if half & 3 != 3 {
            goes_on = !ends_compressed(half);
            rest = &rest[2..];
            continue;
        }
        let word = u32::from_le_bytes([low, high, third, fourth]);
        rest = &rest[4..];
        goes_on = match word & 0x7f {
            0x63 => {
                let low = (word >> 7 & 0x1e) | (word << 4 & 0x800) | (word >> 20 & 0x7e0);
                let sign = ((word as i32) >> 31 << 12) as u32;
                found(at.wrapping_add(low | sign));
                true
            }
            0x6f if word >> 7 & 31 == 0 => {
                let low = (word >> 20 & 0x7fe) | (word >> 9 & 0x800) | (word & 0xff000);
                let sign = ((word as i32) >> 31 << 20) as u32;
                found(at.wrapping_add(low | sign));
                false
            }
            // To a register, but for calls.
            0x67 => word >> 7 & 31 != 0,
            _ => true,
        };
    }
    goes_on
}

/// Whether code does not go on behind a compressed instruction: a jump, or what is no instruction.
fn ends_compressed(half: u16) -> bool {
    half == 0 || half & 0xe003 == 0xa001 || half & 0xf07f == 0x8002
}

/// Of another architecture, nothing is known.
fn unknown(_: &[u8], _: u32, _: &mut dyn FnMut(u32)) -> bool {
    false
}

/// Instructions of four bytes, with their offsets.
fn words(code: &[u8], start: u32) -> impl Iterator<Item = (u32, u32)> {
    let words = code.chunks_exact(4).map(|word| u32::from_le_bytes([word[0], word[1], word[2], word[3]]));
    (start..).step_by(4).zip(words)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(read: Reader, code: &[u8]) -> (Vec<u32>, bool) {
        let mut found = Vec::new();
        let goes_on = read(code, 100, &mut |to| found.push(to));
        (found, goes_on)
    }

    #[test]
    fn branches_are_read_from_code() {
        // jne +4; jmp -5 (itself); and without the jump.
        let code = [0x0f, 0x85, 4, 0, 0, 0, 0xe9, 0xfb, 0xff, 0xff, 0xff];
        assert_eq!(read(x86_64, &code), (vec![110, 106], false));
        assert_eq!(read(x86_64, &code[..6]), (vec![110], true));
        assert_eq!(read(x86_64, &[0x0f, 0x0b]), (vec![], false));
        // b.ne +8; b -4; cbz x0, +12; tbnz w0, #3, -8; blr x1; br x1
        let code = |words: &[u32]| words.iter().flat_map(|word| word.to_le_bytes()).collect::<Vec<u8>>();
        assert_eq!(read(aarch64, &code(&[0x54000041, 0x17ffffff])), (vec![108, 100], false));
        assert_eq!(read(aarch64, &code(&[0xb4000060, 0x371fffc0, 0xd63f0020])), (vec![112, 96], true));
        assert_eq!(read(aarch64, &code(&[0xd61f0020])), (vec![], false));
        // beq a0, a1, +12; j -4; bne a0, zero, -8; jalr ra, 0(a0)
        assert_eq!(read(riscv64, &code(&[0x00b50663, 0xffdff06f])), (vec![112, 100], false));
        assert_eq!(read(riscv64, &code(&[0xfe051ce3, 0x000500e7])), (vec![92], true));
    }
}
