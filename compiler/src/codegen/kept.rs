//! How long a register or a place in the frame keeps a value: until something writes it, which can be long after the
//! value's last use. The machine code itself is asked; for x86-64 only.

use super::ranges::{Offsets, Row, blocks};
use super::{At, from_frame_address};
use cranelift_codegen::ir::Opcode;
use cranelift_codegen::isa::{CallConv, TargetIsa};
use cranelift_codegen::{CompiledCode, Context, MachBufferFrameLayout};
use iced_x86::{Decoder, DecoderOptions, FlowControl, Instruction, InstructionInfoFactory, OpAccess, Register};
use std::ops::Range;
use target_lexicon::Architecture;

/// Registers of x86-64 with a number in DWARF below this are followed: integers, and those of vectors.
const REGISTERS: usize = 33;

/// Registers that a call leaves as they were, by DWARF number: those of the platform's convention that no other among
/// wasm functions changes.
const PRESERVED: [u16; 5] = [3, 12, 13, 14, 15];

/// Where the frame pointer leads, from the canonical frame address.
const FRAME_POINTER: i64 = -16;

/// A basic block of machine code.
struct Block {
    start: u32,
    end: u32,
    /// Where what is known ends: behind an instruction that changes all, or of which not all is known.
    until: u32,
    /// Blocks that are only reached from here.
    next: Vec<u32>,
    /// The last round of [`Writes::extend`] that was here.
    round: u32,
}

/// Which instructions of a function write what.
pub struct Writes {
    blocks: Vec<Block>,
    /// First bytes of instructions.
    starts: Offsets,
    writes: Places,
    /// What is being followed, and where to.
    round: u32,
    queue: Vec<u32>,
}

/// First bytes of instructions that write, in order, by place.
struct Places {
    /// By register.
    registers: Vec<Vec<u32>>,
    /// Of calls: they write all registers but [`PRESERVED`].
    calls: Vec<u32>,
    /// By parts of 8 bytes of the frame, from its end on.
    frame: Vec<Vec<u32>>,
    /// Where that is, in bytes from the canonical frame address.
    frame_end: i64,
}

impl Writes {
    /// Of a function; none if its target is not known here.
    pub fn of(isa: &dyn TargetIsa, context: &Context, compiled: &CompiledCode, edges: &[(u32, u32)]) -> Option<Writes> {
        if !matches!(isa.triple().architecture, Architecture::X86_64) {
            return None;
        }
        let function = &context.func;
        // What such calls do to the stack pointer is not followed.
        let tail = |convention| convention == CallConv::Tail;
        if tail(function.signature.call_conv) || function.dfg.signatures.values().any(|it| tail(it.call_conv)) {
            return None;
        }
        // A handler of an exception finds other registers than what follows the call.
        let catches = function.layout.blocks().filter_map(|block| function.layout.last_inst(block));
        let catches = catches
            .map(|inst| function.dfg.insts[inst].opcode())
            .any(|opcode| matches!(opcode, Opcode::TryCall | Opcode::TryCallIndirect));
        let frame = compiled.buffer.frame_layout()?;
        let mut writes = Writes {
            blocks: Vec::with_capacity(compiled.bb_starts.len()),
            starts: Offsets::new(compiled.buffer.data().len() as u32),
            writes: Places::new(frame),
            round: 0,
            queue: Vec::new(),
        };
        let mut info = InstructionInfoFactory::new();
        let mut decoder = Decoder::new(64, compiled.buffer.data(), DecoderOptions::NONE);
        for (start, end) in blocks(compiled) {
            let until = writes.decode(&mut decoder, &mut info, (start, end));
            writes.blocks.push(Block { start, end, until, next: Vec::new(), round: 0 });
        }
        if !catches {
            writes.link(edges);
        }
        Some(writes)
    }

    /// Notes what a block's instructions write; gives the offset up to which that is known.
    fn decode(
        &mut self,
        decoder: &mut Decoder<'_>,
        info: &mut InstructionInfoFactory,
        (start, end): (u32, u32),
    ) -> u32 {
        if decoder.set_position(start as usize).is_err() {
            return start;
        }
        decoder.set_ip(start.into());
        let mut instruction = Instruction::default();
        let mut until = end;
        while (decoder.ip() as u32) < end {
            decoder.decode_out(&mut instruction);
            let at = instruction.ip() as u32;
            self.starts.insert(at);
            let flow = instruction.flow_control();
            if instruction.is_invalid() || matches!(flow, FlowControl::Exception | FlowControl::Interrupt) {
                return until.min(at + 1);
            }
            let branches = matches!(flow, FlowControl::ConditionalBranch | FlowControl::UnconditionalBranch);
            let target = branches.then(|| instruction.near_branch_target() as u32);
            if let Some(target) = target.filter(|target| (start + 1..=at).contains(target)) {
                // A loop within: at its start, what it writes may have been written.
                until = until.min(target);
            }
            match flow {
                FlowControl::Call | FlowControl::IndirectCall => self.writes.calls.push(at),
                // With a way around, the block goes on.
                FlowControl::UnconditionalBranch if target.is_some_and(|to| (at + 1..=end).contains(&to)) => {}
                // It ends here, whatever stands behind it.
                FlowControl::UnconditionalBranch | FlowControl::IndirectBranch => return until,
                FlowControl::Return => return until.min(at + 1),
                _ => {}
            }
            let used = info.info(&instruction);
            for register in used.used_registers().iter().filter(|used| is_write(used.access())) {
                match number(register.register()) {
                    Some(7) if !matches!(flow, FlowControl::Call | FlowControl::IndirectCall) => {
                        return until.min(at + 1);
                    }
                    Some(number) => self.writes.write(number, at),
                    None => {}
                }
            }
            for memory in used.used_memory().iter().filter(|used| is_write(used.access())) {
                let base = match memory.base() {
                    Register::RSP => self.writes.frame_end,
                    Register::RBP => FRAME_POINTER,
                    _ => continue,
                };
                // With an index, anything may have been written.
                if memory.index() != Register::None {
                    return until.min(at + 1);
                }
                let from = base.saturating_add(memory.displacement() as i64);
                self.writes.write_frame(from, memory.memory_size().size().max(8) as i64, at);
            }
        }
        until
    }

    /// Notes the blocks that only one other leads to.
    fn link(&mut self, edges: &[(u32, u32)]) {
        let index = |blocks: &[Block], start: u32| blocks.binary_search_by_key(&start, |block| block.start).ok();
        let mut ways = vec![0_u32; self.blocks.len()];
        // The function's start leads to the first.
        ways.iter_mut().take(1).for_each(|first| *first = 1);
        for &(_, to) in edges {
            if let Some(to) = index(&self.blocks, to) {
                ways[to] += 1;
            }
        }
        for &(from, to) in edges {
            if let (Some(from), Some(to)) = (index(&self.blocks, from), index(&self.blocks, to))
                && ways[to] == 1
                && from != to
            {
                self.blocks[from].next.push(to as u32);
            }
        }
    }

    /// Adds to the rows of a value, in which it certainly is in these places, where it still is behind them. `wide` is a
    /// value of more than 8 bytes.
    pub fn extend(&mut self, rows: &mut Vec<Row<At>>, wide: bool) {
        let known = rows.len();
        for first in 0..known {
            let at = rows[first].2;
            let followed = !matches!(at, At::Register(number) if usize::from(number) >= REGISTERS);
            if followed && rows[..first].iter().all(|row| row.2 != at) {
                self.extend_in(rows, known, at, wide);
            }
        }
    }

    /// The same, for one place.
    fn extend_in(&mut self, rows: &mut Vec<Row<At>>, known: usize, at: At, wide: bool) {
        self.round += 1;
        let round = self.round;
        let mut queue = std::mem::take(&mut self.queue);
        for row in 0..known {
            let (from, to, _) = rows[row];
            if rows[row].2 != at {
                continue;
            }
            let first = self.blocks.partition_point(|block| block.end <= from);
            for block in self.blocks[first..].iter_mut().take_while(|block| block.start < to) {
                if from <= block.start {
                    block.round = round;
                }
                if block.end < to {
                    queue.extend_from_slice(&block.next);
                    continue;
                }
                // The last instruction that finds it there.
                let Some(last) = self.starts.before(to).filter(|last| *last >= from.max(block.start)) else {
                    continue;
                };
                let end = self.writes.end(block, at, wide, last);
                if to < end {
                    rows.push((to, end, at));
                }
                if end == block.end {
                    queue.extend_from_slice(&block.next);
                }
            }
        }
        while let Some(number) = queue.pop() {
            let block = &mut self.blocks[number as usize];
            if std::mem::replace(&mut block.round, round) == round {
                continue;
            }
            let end = self.writes.end(block, at, wide, block.start);
            if block.start < end {
                rows.push((block.start, end, at));
            }
            if end == block.end {
                queue.extend_from_slice(&block.next);
            }
        }
        self.queue = queue;
    }
}

impl Places {
    fn new(frame: &MachBufferFrameLayout) -> Places {
        Places {
            registers: vec![Vec::new(); REGISTERS],
            calls: Vec::new(),
            frame: vec![Vec::new(); frame.frame_to_fp_offset as usize / 8 + 1],
            frame_end: from_frame_address(frame, 0),
        }
    }

    /// Notes an instruction that writes a register.
    fn write(&mut self, register: u16, at: u32) {
        let writes = &mut self.registers[usize::from(register)];
        if writes.last() != Some(&at) {
            writes.push(at);
        }
    }

    /// Notes an instruction that writes so many bytes of the frame.
    fn write_frame(&mut self, from: i64, bytes: i64, at: u32) {
        for part in self.parts(from, bytes) {
            self.frame[part].push(at);
        }
    }

    /// The parts of the frame that have these bytes.
    fn parts(&self, from: i64, bytes: i64) -> Range<usize> {
        let part = |at: i64| (at.saturating_sub(self.frame_end).max(0) as usize / 8).min(self.frame.len());
        part(from)..part(from.saturating_add(bytes + 7))
    }

    /// The first instruction from an offset on that writes a place.
    fn next(&self, at: At, wide: bool, from: u32) -> Option<u32> {
        let first = |writes: &Vec<u32>| writes.get(writes.partition_point(|write| *write < from)).copied();
        match at {
            At::Register(number) => {
                let write = first(self.registers.get(usize::from(number))?);
                let call = first(&self.calls).filter(|_| !PRESERVED.contains(&number));
                [write, call].into_iter().flatten().min()
            }
            At::Frame(start) => {
                let parts = self.parts(start, if wide { 16 } else { 8 });
                self.frame[parts].iter().filter_map(first).min()
            }
            At::Constant(_) => None,
        }
    }

    /// Up to where a place keeps what it has at an instruction of a block.
    fn end(&self, block: &Block, at: At, wide: bool, from: u32) -> u32 {
        match self.next(at, wide, from).filter(|write| *write < block.until) {
            Some(write) => write + 1,
            None => block.until,
        }
    }
}

fn is_write(access: OpAccess) -> bool {
    !matches!(access, OpAccess::None | OpAccess::Read | OpAccess::CondRead | OpAccess::NoMemAccess)
}

/// The number that DWARF has for a register or a part of one.
fn number(register: Register) -> Option<u16> {
    let full = register.full_register();
    if (Register::ZMM0..=Register::ZMM15).contains(&full) {
        return Some(17 + (full as u16 - Register::ZMM0 as u16));
    }
    Some(match full {
        Register::RAX => 0,
        Register::RDX => 1,
        Register::RCX => 2,
        Register::RBX => 3,
        Register::RSI => 4,
        Register::RDI => 5,
        Register::RBP => 6,
        Register::RSP => 7,
        _ if (Register::R8..=Register::R15).contains(&full) => 8 + (full as u16 - Register::R8 as u16),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// For a frame of 64 bytes below the frame pointer.
    fn places() -> Places {
        Places { registers: vec![Vec::new(); REGISTERS], calls: Vec::new(), frame: vec![Vec::new(); 9], frame_end: -80 }
    }

    /// What a block of this code writes, and up to where that is known.
    fn decode(code: &[u8]) -> (Places, u32) {
        let starts = Offsets::new(code.len() as u32);
        let mut writes = Writes { blocks: Vec::new(), starts, writes: places(), round: 0, queue: Vec::new() };
        let mut decoder = Decoder::new(64, code, DecoderOptions::NONE);
        let until = writes.decode(&mut decoder, &mut InstructionInfoFactory::new(), (0, code.len() as u32));
        (writes.writes, until)
    }

    #[test]
    fn a_place_is_kept_until_any_part_of_it_is_written() {
        let mut places = places();
        places.write(0, 4);
        places.calls.push(20);
        places.write_frame(-44, 8, 8);
        let next = |at, wide, from| places.next(at, wide, from);
        assert_eq!(next(At::Register(0), false, 0), Some(4));
        assert_eq!(next(At::Register(0), false, 5), Some(20));
        assert_eq!(next(At::Register(3), false, 0), None);
        assert_eq!(next(At::Frame(-48), false, 0), Some(8));
        assert_eq!(next(At::Frame(-40), false, 0), Some(8));
        assert_eq!(next(At::Frame(-40), false, 9), None);
        assert_eq!(next(At::Frame(-32), false, 0), None);
        assert_eq!([next(At::Frame(-56), false, 0), next(At::Frame(-56), true, 0)], [None, Some(8)]);
    }

    #[test]
    fn blocks_are_known_up_to_loops_and_ends() {
        // mov eax, ebx; mov [rsp + 8], rax; call; ret
        let (places, until) = decode(&[0x89, 0xd8, 0x48, 0x89, 0x44, 0x24, 8, 0xe8, 0, 0, 0, 0, 0xc3, 0x90]);
        assert_eq!((&places.registers[0][..], &places.calls[..], until), (&[0][..], &[7][..], 13));
        assert_eq!(places.next(At::Frame(-72), false, 0), Some(2));
        // add eax, 1; add ecx, 1; jne to the second; nop
        let (_, until) = decode(&[0x83, 0xc0, 1, 0x83, 0xc1, 1, 0x75, 0xfb, 0x90]);
        assert_eq!(until, 3);
        // jmp over one; mov eax, ebx; mov ecx, ebx
        let (places, until) = decode(&[0xeb, 2, 0x89, 0xd8, 0x89, 0xd9]);
        assert_eq!((&places.registers[0][..], &places.registers[2][..], until), (&[2][..], &[4][..], 6));
        // ud2, and data
        assert_eq!(decode(&[0x0f, 0x0b, 0xff, 0xff]).1, 1);
        // sub rsp, 8: places by it are others from here on.
        assert_eq!(decode(&[0x48, 0x83, 0xec, 8, 0x90]).1, 1);
    }
}
