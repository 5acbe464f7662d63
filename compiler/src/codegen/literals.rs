//! Which bytes of a function's machine code are data: constants and jump tables, which Cranelift puts among the
//! instructions and does not list. Called by [`super::compile_function`]; what it finds becomes mapping symbols (`$x`
//! and `$d`), with which disassemblers and debuggers show data as data. Nothing else depends on it.
//!
//! The instructions that load from such places are recognised, which is exact where instructions can be told apart
//! without decoding all of them. x86-64 is no such architecture, and has no mapping symbols.

use target_lexicon::Architecture;

/// Ranges of data in `code`, in order: first byte, and byte after the last. `blocks` are the first bytes of basic blocks;
/// `relocated` says whether a relocation is at an offset.
pub(super) fn find(
    architecture: Architecture,
    code: &[u8],
    blocks: &[u32],
    relocated: impl Fn(u32) -> bool,
) -> Vec<(u32, u32)> {
    let mut found = Found { ranges: Vec::new(), end: code.len() as u32 };
    match architecture {
        Architecture::Aarch64(_) => aarch64(code, blocks, relocated, &mut found),
        Architecture::Riscv64(_) => riscv64(code, relocated, &mut found),
        _ => {}
    }
    found.ranges
}

/// Ranges found so far, sorted, apart from each other.
struct Found {
    ranges: Vec<(u32, u32)>,
    end: u32,
}

impl Found {
    /// Adds `size` bytes from a signed offset; not if they leave the function.
    fn add(&mut self, start: i64, size: u32) {
        let Ok(start) = u32::try_from(start) else { return };
        let Some(end) = start.checked_add(size).filter(|end| *end <= self.end) else { return };
        let first = self.ranges.partition_point(|range| range.1 < start);
        let last = self.ranges.partition_point(|range| range.0 <= end);
        let touching = &self.ranges[first..last];
        let start = touching.first().map_or(start, |range| range.0.min(start));
        let end = touching.last().map_or(end, |range| range.1.max(end));
        self.ranges.splice(first..last, [(start, end)]);
    }

    /// The end of the range that an offset is in. Constants stand behind what loads them, so a walk through the code
    /// knows of them when it comes there.
    fn skip(&self, at: usize) -> Option<usize> {
        let next = self.ranges.partition_point(|range| range.1 as usize <= at);
        let (start, end) = *self.ranges.get(next)?;
        (start as usize <= at).then_some(end as usize)
    }
}

fn word(code: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_le_bytes(code.get(at..)?.first_chunk().copied()?))
}

/// A64: `LDR (literal)` for constants; `adr t, #16; ldrsw; add; br t` before a jump table, whose elements are the
/// distances of blocks from its start.
fn aarch64(code: &[u8], blocks: &[u32], relocated: impl Fn(u32) -> bool, found: &mut Found) {
    let mut at = 0;
    while let Some(instruction) = word(code, at) {
        if let Some(end) = found.skip(at) {
            at = end.next_multiple_of(4);
            continue;
        }
        if instruction & 0x3b00_0000 == 0x1800_0000 && !relocated(at as u32) {
            // opc and V (Arm ARM, "Load register (literal)").
            let size = match (instruction >> 30, instruction >> 26 & 1) {
                (0, _) | (2, 0) => Some(4),
                (1, _) => Some(8),
                (2, 1) => Some(16),
                _ => None,
            };
            let distance = i64::from((instruction << 8) as i32 >> 13) * 4;
            if let Some(size) = size {
                found.add(at as i64 + distance, size);
            }
        }
        let branch = word(code, at + 12).is_some_and(|word| word & 0xffff_fc1f == 0xd61f_0000);
        // adr with 16: immlo 0, immhi 4.
        if instruction & 0xffff_ffe0 == 0x1000_0080 && branch {
            let table = at + 16;
            let is_block = |element: u32| {
                let block = table as i64 + i64::from(element as i32);
                u32::try_from(block).is_ok_and(|block| blocks.binary_search(&block).is_ok())
            };
            let mut end = table;
            while word(code, end).is_some_and(is_block) {
                end += 4;
            }
            found.add(table as i64, (end - table) as u32);
        }
        at += 4;
    }
}

/// RISC-V: `auipc t` and a load from `t`, or an addition to it. Jump tables are instructions there.
fn riscv64(code: &[u8], relocated: impl Fn(u32) -> bool, found: &mut Found) {
    let mut at = 0;
    while let Some(half) = code.get(at..).and_then(|rest| rest.first_chunk()).map(|half| u16::from_le_bytes(*half)) {
        if let Some(end) = found.skip(at) {
            at = end.next_multiple_of(2);
            continue;
        }
        // Instructions of 16 bits have other lowest bits than 11.
        if half & 3 != 3 {
            at += 2;
            continue;
        }
        if let (Some(high), Some(load)) = (word(code, at), word(code, at + 4))
            && high & 0x7f == 0x17
            && !relocated(at as u32)
            && high >> 7 & 31 == load >> 15 & 31
        {
            let width = 1 << (load >> 12 & 3);
            let size = match load & 0x7f {
                0x03 => Some(width),
                // Loads of floats; a width of 1, and those above 4, are vectors'.
                0x07 if matches!(load >> 12 & 7, 2 | 3) => Some(width),
                // `addi t, t`: vectors are loaded through their address.
                0x13 if load >> 12 & 7 == 0 && load >> 7 & 31 == high >> 7 & 31 => Some(16),
                _ => None,
            };
            let distance = i64::from((high & 0xffff_f000) as i32) + i64::from(load as i32 >> 20);
            if let Some(size) = size {
                found.add(at as i64 + distance, size);
            }
        }
        at += 4;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use target_lexicon::{Aarch64Architecture, Riscv64Architecture};

    fn bytes(words: &[u32]) -> Vec<u8> {
        words.iter().flat_map(|word| word.to_le_bytes()).collect()
    }

    #[test]
    fn aarch64_constants_and_tables() {
        let find = |words: &[u32], blocks: &[u32]| {
            super::find(Architecture::Aarch64(Aarch64Architecture::Aarch64), &bytes(words), blocks, |_| false)
        };
        // ldr d0, #12; ldr q1, #24; ret; eight bytes; four of code; sixteen bytes
        let code = [0x5c00_0060, 0x9c00_00a1, 0xd65f_03c0, 0x5800_0060, 7, 0xd503_201f, 1, 2, 3, 4];
        assert_eq!(find(&code, &[0]), [(12, 20), (24, 40)]);
        // adr x0, #16; ldrsw x1, [x0, w1, uxtw #2]; add x0, x0, x1; br x0; two elements; a block; another
        let code = [0x1000_0080, 0xb8a1_5801, 0x8b01_0000, 0xd61f_0000, 8, 12, 0xd503_201f, 0xd65f_03c0];
        assert_eq!(find(&code, &[0, 24, 28]), [(16, 24)]);
    }

    #[test]
    fn riscv64_constants() {
        let find = |words: &[u32], relocated| {
            super::find(Architecture::Riscv64(Riscv64Architecture::Riscv64), &bytes(words), &[], |_| relocated)
        };
        // auipc t0, 0; fld fa0, 16(t0); two compressed nops; ret; the constant
        let code = [0x0000_0297, 0x0102_b507, 0x0001_0001, 0x0000_8067, 5, 6];
        assert_eq!(find(&code, false), [(16, 24)]);
        assert_eq!(find(&code, true), []);
    }
}
