//! Offsets in a module's code section -> native code, from the source locations that Cranelift carried along.
//!
//! Native positions are bytes from the start of the text section; wasm positions are bytes from the start of the code
//! section's content, as in DWARF of wasm.

use crate::codegen::{FunctionDebug, Place};
use std::ops::Range;
use std::sync::Arc;

/// All functions of a module, by position.
pub struct CodeMap {
    functions: Vec<FunctionMap>,
}

/// One function.
pub struct FunctionMap {
    /// Its body.
    pub wasm: Range<u32>,
    /// Its code: first byte and byte after the last.
    pub native: (u32, u32),
    /// Where the code of an instruction begins: native and wasm position, by native position; the first is the function's start.
    pub steps: Vec<(u32, u32)>,
    /// Indices of steps, by wasm position.
    by_wasm: Vec<u32>,
    /// What was said of the function.
    debug: Arc<FunctionDebug>,
    /// Where the code section begins in the module's file.
    code_start: u32,
}

impl FunctionMap {
    /// The map of a function with this body and code.
    pub fn new(wasm: Range<u32>, native: (u32, u32), debug: &Arc<FunctionDebug>, code_start: u32) -> FunctionMap {
        let mut steps = Vec::with_capacity(debug.steps.len() + 1);
        // What comes before the first instruction's code sets the frame up.
        if debug.steps.first().is_none_or(|(at, _)| *at > 0) {
            steps.push((native.0, wasm.start));
        }
        steps.extend(debug.steps.iter().map(|(at, offset)| (native.0 + at, offset.saturating_sub(code_start))));
        let mut by_wasm: Vec<u32> = (0..steps.len() as u32).collect();
        by_wasm.sort_by_key(|index| steps[*index as usize].1);
        FunctionMap { wasm, native, by_wasm, steps, debug: debug.clone(), code_start }
    }

    /// End of a step's code.
    fn end(&self, step: usize) -> u32 {
        self.steps.get(step + 1).map_or(self.native.1, |next| next.0)
    }

    /// Native ranges of the instructions in a range, in order, those that touch joined.
    pub fn ranges(&self, start: u64, end: u64) -> Vec<(u32, u32)> {
        let mut ranges = Vec::new();
        self.add_ranges(start, end, &mut ranges);
        ranges
    }

    /// Adds them to others.
    pub fn add_ranges(&self, start: u64, end: u64, ranges: &mut Vec<(u32, u32)>) {
        if start <= u64::from(self.wasm.start) && end >= u64::from(self.wasm.end) {
            return ranges.push(self.native);
        }
        let wasm = |index: &u32| u64::from(self.steps[*index as usize].1);
        let from = self.by_wasm.partition_point(|index| wasm(index) < start);
        let to = self.by_wasm.partition_point(|index| wasm(index) < end);
        let steps = &self.by_wasm[from..to.max(from)];
        let first = ranges.len();
        let mut add = |step: u32| {
            let (start, end) = (self.steps[step as usize].0, self.end(step as usize));
            match ranges[first..].last_mut() {
                Some(last) if last.1 == start => last.1 = end,
                _ if start < end => ranges.push((start, end)),
                _ => {}
            }
        };
        // Mostly both orders are the same.
        if steps.is_sorted() {
            return steps.iter().for_each(|step| add(*step));
        }
        let mut steps = steps.to_vec();
        steps.sort_unstable();
        steps.into_iter().for_each(add);
    }

    /// First native position of the instruction at a wasm position or of the next one that has code.
    pub fn position(&self, wasm: u64) -> Option<u32> {
        let from = self.by_wasm.partition_point(|index| u64::from(self.steps[*index as usize].1) < wasm);
        let step = self.by_wasm.get(from)?;
        Some(self.steps[*step as usize].0)
    }

    /// Up to which wasm position an operand stays the value that it is at another.
    pub fn operand_end(&self, operand: u32, wasm: u64) -> Option<u64> {
        let at = u32::try_from(wasm).ok()?.checked_add(self.code_start)?;
        let rows = &self.debug.operands;
        let row = rows.partition_point(|row| (row.0, row.1) <= (operand, at)).checked_sub(1)?;
        let (found, _, end) = rows[row];
        (found == operand && at < end).then(|| u64::from(end - self.code_start))
    }

    /// Where a local is, in parts of a native range, in order.
    pub fn places(&self, local: u32, start: u32, end: u32) -> impl Iterator<Item = (u32, u32, Place)> {
        let base = self.native.0;
        let rows = &self.debug.locals;
        let first = rows.partition_point(|row| (row.local, base + row.to) <= (local, start));
        let rows = rows[first..].iter().take_while(move |row| row.local == local && base + row.from < end);
        rows.map(move |row| ((base + row.from).max(start), (base + row.to).min(end), row.place))
    }
}

impl CodeMap {
    /// Of these functions.
    pub fn new(mut functions: Vec<FunctionMap>) -> CodeMap {
        functions.sort_by_key(|function| function.wasm.start);
        CodeMap { functions }
    }

    /// Where the code of all of them is: first byte and byte after the last.
    pub fn native(&self) -> Option<(u32, u32)> {
        let ranges = || self.functions.iter().map(|function| function.native);
        Some((ranges().map(|(start, _)| start).min()?, ranges().map(|(_, end)| end).max()?))
    }

    /// The function whose body has this position.
    pub fn function(&self, wasm: u64) -> Option<&FunctionMap> {
        let index = self.functions.partition_point(|function| u64::from(function.wasm.start) <= wasm).checked_sub(1)?;
        self.functions.get(index).filter(|function| wasm < u64::from(function.wasm.end))
    }

    /// The functions whose bodies have part in a range.
    pub fn functions(&self, start: u64, end: u64) -> &[FunctionMap] {
        let from = self.functions.partition_point(|function| u64::from(function.wasm.end) <= start);
        let to = self.functions.partition_point(|function| u64::from(function.wasm.start) < end);
        &self.functions[from..to.max(from)]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::codegen::{At, Local};
    use crate::translate::OPERAND;

    #[test]
    fn ranges_are_joined_and_local_places_cut() {
        let place = |at| Place { at, more: 0, bytes: 4, computed: None };
        let (register, frame) = (place(At::Register(3)), place(At::Frame(-8)));
        let local = |local, from, to, place| Local { local, from, to, place };
        let debug = FunctionDebug {
            steps: vec![(4, 112), (8, 120), (10, 114), (20, 130)],
            locals: vec![
                local(0, 2, 4, frame),
                local(0, 4, 8, register),
                local(0, 10, 30, frame),
                local(2, 0, 9, frame),
            ],
            operands: vec![(OPERAND, 112, 119), (OPERAND, 119, 130), (OPERAND + 1, 113, 130)],
        };
        let map = FunctionMap::new(10..40, (1000, 1030), &Arc::new(debug), 100);
        assert_eq!(map.ranges(12, 15), [(1004, 1008), (1010, 1020)]);
        assert_eq!(map.ranges(12, 21), [(1004, 1020)]);
        assert_eq!(map.ranges(0, 40), [(1000, 1030)]);
        assert_eq!(map.ranges(31, 40), []);
        assert_eq!(map.position(13), Some(1010));
        let ends = [(0, 11), (0, 12), (0, 19), (1, 12)].map(|(operand, at)| map.operand_end(OPERAND + operand, at));
        assert_eq!(ends, [None, Some(19), Some(30), None]);
        let places = |local, start, end| map.places(local, start, end).collect::<Vec<_>>();
        assert_eq!(places(0, 1005, 1025), [(1005, 1008, register), (1010, 1025, frame)]);
        assert_eq!(places(1, 1000, 1030), []);
    }
}
