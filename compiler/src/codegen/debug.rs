//! What Cranelift says for debuggers about one function: source locations, and where tracked locals are.

use super::{FunctionDebug, Place};
use cranelift_codegen::isa::TargetIsa;
use cranelift_codegen::{CompiledCode, LabelValueLoc};

/// Bytes from the canonical frame address down to the frame pointer: the caller's frame pointer and the return address,
/// on every target with frame pointers.
const FRAME_POINTER: i64 = 16;

/// Collects it.
pub(super) fn function(isa: &dyn TargetIsa, compiled: &CompiledCode) -> FunctionDebug {
    let buffer = &compiled.buffer;
    let size = buffer.data().len() as u32;
    let mut steps: Vec<(u32, u32)> = Vec::new();
    let mut end = 0;
    for source in buffer.get_srclocs_sorted().iter().filter(|source| !source.loc.is_default()) {
        if steps.last().is_none_or(|(_, wasm)| *wasm != source.loc.bits()) {
            // Moves that the register allocator put in between belong to what comes: jumps lead to them.
            let start = if steps.is_empty() { source.start } else { end };
            steps.push((start, source.loc.bits()));
        }
        end = source.end;
    }
    let mut locals = Vec::new();
    for (label, ranges) in &compiled.value_labels_ranges {
        for range in ranges {
            let place = match range.loc {
                LabelValueLoc::Reg(register) => isa.map_regalloc_reg_to_dwarf(register).ok().map(Place::Register),
                LabelValueLoc::CFAOffset(offset) => Some(Place::Frame(offset)),
            };
            locals.extend(place.map(|place| (label.as_u32(), range.start, range.end, place)));
        }
    }
    if let Some(frame) = buffer.frame_layout() {
        for slot in frame.stackslots.values() {
            if let Some(key) = slot.key {
                let offset = i64::from(slot.offset) - i64::from(frame.frame_to_fp_offset) - FRAME_POINTER;
                locals.push((key.bits() as u32, 0, size, Place::Frame(offset)));
            }
        }
    }
    locals.sort_unstable_by_key(|(local, start, end, _)| (*local, *start, *end));
    FunctionDebug { steps, locals }
}
