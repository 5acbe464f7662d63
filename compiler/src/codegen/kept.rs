//! How long a register or a place in the frame keeps a value: until something writes it, which can be long after the
//! value's last use. The machine code itself is asked; for x86-64 only.

use super::ranges::{Offsets, Row, blocks};
use super::{At, from_frame_address};
use cranelift_codegen::ir::Opcode;
use cranelift_codegen::isa::{CallConv, TargetIsa};
use cranelift_codegen::{CompiledCode, Context, MachBufferFrameLayout};
use iced_x86::{Decoder, DecoderOptions, FlowControl, Instruction, InstructionInfoFactory, OpAccess, Register};
use target_lexicon::Architecture;

/// Registers of x86-64 with a number in DWARF below this are followed: integers, and those of vectors.
const REGISTERS: usize = 33;

/// Registers that a call leaves as they were, by DWARF number: those of the platform's convention that no other among
/// wasm functions changes.
const PRESERVED: [u16; 5] = [3, 12, 13, 14, 15];

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

/// By place.
struct Places {
    /// By register, first bytes of instructions that write it, in order.
    registers: Vec<Vec<u32>>,
    /// Instructions that write the frame: first byte, and the bytes written, from the canonical frame address.
    frame: Vec<(u32, i64, i64)>,
}

impl Writes {
    /// Of a function; none if its target is not known here.
    pub fn of(isa: &dyn TargetIsa, context: &Context, compiled: &CompiledCode) -> Option<Writes> {
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
            writes: Places { registers: vec![Vec::new(); REGISTERS], frame: Vec::new() },
            round: 0,
            queue: Vec::new(),
        };
        let mut info = InstructionInfoFactory::new();
        for (start, end) in blocks(compiled) {
            let until = writes.decode(compiled.buffer.data(), frame, &mut info, (start, end));
            writes.blocks.push(Block { start, end, until, next: Vec::new(), round: 0 });
        }
        if !catches {
            writes.link(compiled);
        }
        Some(writes)
    }

    /// Notes what a block's instructions write; gives the offset up to which that is known.
    fn decode(
        &mut self,
        code: &[u8],
        frame: &MachBufferFrameLayout,
        info: &mut InstructionInfoFactory,
        (start, end): (u32, u32),
    ) -> u32 {
        let code = &code[start as usize..end as usize];
        let mut decoder = Decoder::with_ip(64, code, start.into(), DecoderOptions::NONE);
        let mut instruction = Instruction::default();
        let mut until = end;
        while decoder.can_decode() {
            decoder.decode_out(&mut instruction);
            let at = instruction.ip() as u32;
            self.starts.insert(at);
            let flow = instruction.flow_control();
            if instruction.is_invalid() || matches!(flow, FlowControl::Exception | FlowControl::Interrupt) {
                return until.min(at + 1);
            }
            if matches!(flow, FlowControl::ConditionalBranch | FlowControl::UnconditionalBranch) {
                // A loop within: at its start, what it writes may have been written.
                let target = instruction.near_branch_target() as u32;
                if (start + 1..=at).contains(&target) {
                    until = until.min(target);
                }
            }
            match flow {
                FlowControl::Call | FlowControl::IndirectCall => self.writes.call(at),
                FlowControl::UnconditionalBranch | FlowControl::IndirectBranch => {
                    // A block ends here, whatever stands behind it.
                    return until;
                }
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
                    Register::RSP => from_frame_address(frame, 0),
                    Register::RBP => from_frame_address(frame, frame.frame_to_fp_offset),
                    _ => continue,
                };
                let from = base + memory.displacement() as i64;
                // With an index, anything may have been.
                let (from, to) = match memory.index() {
                    Register::None => (from, from + memory.memory_size().size().max(8) as i64),
                    _ => (i64::MIN, i64::MAX),
                };
                self.writes.frame.push((at, from, to));
            }
        }
        until
    }

    /// Notes the blocks that only one other leads to.
    fn link(&mut self, compiled: &CompiledCode) {
        let index = |blocks: &[Block], start: u32| blocks.binary_search_by_key(&start, |block| block.start).ok();
        let mut ways = vec![0_u32; self.blocks.len()];
        // The function's start leads to the first.
        ways.iter_mut().take(1).for_each(|first| *first = 1);
        for &(_, to) in &compiled.bb_edges {
            if let Some(to) = index(&self.blocks, to) {
                ways[to] += 1;
            }
        }
        for &(from, to) in &compiled.bb_edges {
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
                let reached = to.min(block.end);
                // The last instruction that finds it there.
                let Some(last) = self.starts.before(reached).filter(|last| *last >= from.max(block.start)) else {
                    continue;
                };
                if from <= block.start {
                    block.round = round;
                }
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
    fn write(&mut self, register: u16, at: u32) {
        let writes = &mut self.registers[usize::from(register)];
        if writes.last() != Some(&at) {
            writes.push(at);
        }
    }

    /// Notes what a call may change.
    fn call(&mut self, at: u32) {
        for register in (0..REGISTERS as u16).filter(|register| !PRESERVED.contains(register)) {
            self.write(register, at);
        }
    }

    /// Where, from an instruction on, in its block, the first one is that writes a place.
    fn next(&self, at: At, wide: bool, from: u32) -> Option<u32> {
        match at {
            At::Register(number) => {
                let writes = self.registers.get(usize::from(number))?;
                writes.get(writes.partition_point(|write| *write < from)).copied()
            }
            At::Frame(start) => {
                let end = start + if wide { 16 } else { 8 };
                let writes = &self.frame[self.frame.partition_point(|write| write.0 < from)..];
                writes.iter().find(|(_, from, to)| *from < end && start < *to).map(|write| write.0)
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
