//! What the optimiser moved to another block: its source location is no longer where the program is then. A breakpoint there would stop before a
//! loop, or in another, and a variable would be shown as it is elsewhere. So such an instruction gets the location of its neighbour.

use cranelift_codegen::ir::{Function, Inst, Opcode, SourceLoc};

/// Gives what stands in another block than the translator put it the location of what stands before it there, or behind it.
pub(super) fn settle(function: &mut Function) {
    let layout = &function.layout;
    let terminator = |block| layout.last_inst(block).map(|inst| function.srcloc(inst)).filter(|at| !at.is_default());
    // Each block was made from the code between the branch that ended the one before, and its own.
    let mut ends: Vec<u32> = layout.blocks().filter_map(|block| Some(terminator(block)?.bits())).collect();
    ends.sort_unstable();
    ends.dedup();
    let mut moved: Vec<(Inst, SourceLoc)> = Vec::new();
    for block in layout.blocks() {
        let Some(end) = terminator(block).map(SourceLoc::bits) else { continue };
        let before = ends[..ends.partition_point(|other| *other < end)].last().copied();
        let is_own = |at: SourceLoc| before.is_none_or(|before| before < at.bits()) && at.bits() <= end;
        let first = moved.len();
        let mut last = None;
        for inst in layout.block_insts(block) {
            let at = function.srcloc(inst);
            if at.is_default() {
                continue;
            }
            if is_own(at) || !is_movable(function.dfg.insts[inst].opcode()) {
                // What came before the first has no neighbour but this.
                if last.is_none() {
                    moved[first..].iter_mut().for_each(|(_, location)| *location = at);
                }
                last = Some(at);
            } else {
                moved.push((inst, last.unwrap_or(at)));
            }
        }
    }
    for (inst, location) in moved {
        function.set_srcloc(inst, location);
    }
}

/// Whether the optimiser may move an instruction. A place where a trap can be keeps its location.
fn is_movable(opcode: Opcode) -> bool {
    let stays = opcode.is_call() || opcode.is_branch() || opcode.is_terminator() || opcode.is_return();
    !stays && !opcode.can_trap() && !opcode.can_load() && !opcode.can_store() && !opcode.other_side_effects()
}
