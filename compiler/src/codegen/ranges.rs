//! Where Cranelift's register allocator has kept labelled values, so exactly that no debugger sees one in a place that has
//! something else by then.
//!
//! Cranelift tells for each value from which instruction on to which other it is where. Moves between two instructions
//! belong to neither, so a place is certain where an instruction begins, and up to the next one only if the value is still
//! there then. Between blocks, moves stand at the end of the one or at the start of the other.

use super::At;
use super::edges::has_cold_blocks;
use super::kept::Writes;
use cranelift_codegen::ir::{Opcode, Value, ValueLabel};
use cranelift_codegen::isa::TargetIsa;
use cranelift_codegen::{CompiledCode, Context, LabelValueLoc};

/// First byte of code, byte after the last, and what stands for it there.
pub type Row<T> = (u32, u32, T);

/// Where labelled values are.
pub struct Ranges {
    /// Labels, in order, with where their rows begin and end.
    labels: Vec<(u32, u32, u32)>,
    /// Those of a label do not overlap.
    rows: Vec<Row<At>>,
}

impl Ranges {
    /// Of a function whose instructions begin at these steps.
    pub fn of(
        isa: &dyn TargetIsa,
        context: &Context,
        compiled: &CompiledCode,
        edges: &[(u32, u32)],
        steps: &[(u32, u32)],
    ) -> Ranges {
        let mut writes = Writes::of(isa, context, compiled, edges);
        let size = compiled.buffer.data().len() as u32;
        let labels = &compiled.value_labels_ranges;
        let mut starts = Offsets::new(size);
        let mut last = 0;
        for range in labels.values().flatten() {
            for at in [range.start, range.end] {
                starts.insert(at);
                last = if at < size { at.max(last) } else { last };
            }
        }
        // Code of cold blocks stands at the end, and Cranelift takes it for part of what comes before.
        let end = if has_cold_blocks(&context.func) { last } else { size };
        compiled.buffer.get_srclocs_sorted().iter().for_each(|source| starts.insert(source.start));

        let is_wide = |label: &ValueLabel| context.func.dfg.value_type(Value::from_u32(label.as_u32())).bytes() > 8;
        let flow = Flow::of(context, compiled, edges, steps);
        let mut all = Ranges { labels: Vec::with_capacity(labels.len()), rows: Vec::new() };
        let mut rows = Vec::new();
        let mut raw: Vec<Row<At>> = Vec::new();
        for (label, ranges) in labels {
            raw.clear();
            raw.extend(ranges.iter().filter_map(|range| {
                let at = match range.loc {
                    LabelValueLoc::Reg(register) => At::Register(isa.map_regalloc_reg_to_dwarf(register).ok()?),
                    LabelValueLoc::CFAOffset(offset) => At::Frame(offset),
                };
                (range.start < end).then_some((range.start, range.end.min(end), at))
            }));
            rows.clear();
            for &(from, to, at) in &raw {
                let covers = |row: &Row<At>, offset| row.0 <= offset && offset < row.1;
                let is_there = |offset: u32| {
                    covers(&(from, to, at), offset) || raw.iter().any(|row| row.2 == at && covers(row, offset))
                };
                // The last instruction may put something else there, or moves behind it.
                let until = starts.before(to).map_or(from, |last| to.min(last + 1));
                flow.without_gaps(from, until, is_there, |from, to| rows.push((from, to, at)));
                flow.at_starts((from, to), is_there, |from, to| rows.push((from, to, at)));
            }
            if let Some(writes) = &mut writes {
                writes.extend(&mut rows, is_wide(label));
            }
            rows.sort_unstable_by_key(|row| (row.0, std::cmp::Reverse(row.1)));
            separate(&mut rows);
            let from = all.rows.len() as u32;
            all.rows.extend_from_slice(&rows);
            all.labels.push((label.as_u32(), from, all.rows.len() as u32));
        }
        all.labels.sort_unstable();
        all
    }

    /// Where a value is.
    pub fn rows(&self, label: u32) -> &[Row<At>] {
        let found = self.labels.binary_search_by_key(&label, |(label, ..)| *label);
        found.map_or(&[], |found| &self.rows[self.labels[found].1 as usize..self.labels[found].2 as usize])
    }
}

/// A set of offsets in code.
pub struct Offsets(Vec<u64>);

impl Offsets {
    /// For code of so many bytes, and the offset behind it.
    pub fn new(size: u32) -> Offsets {
        Offsets(vec![0; size as usize / 64 + 1])
    }

    /// Adds an offset.
    pub fn insert(&mut self, offset: u32) {
        self.0[offset as usize / 64] |= 1 << (offset % 64);
    }

    /// The last one before an offset.
    pub fn before(&self, offset: u32) -> Option<u32> {
        let mut word = offset as usize / 64;
        let mut bits = self.0[word] & ((1 << (offset % 64)) - 1);
        while bits == 0 {
            word = word.checked_sub(1)?;
            bits = self.0[word];
        }
        Some(word as u32 * 64 + bits.ilog2())
    }
}

/// Basic blocks, in order: first byte, and byte after the last. The prologue belongs to none.
pub fn blocks(compiled: &CompiledCode) -> Vec<(u32, u32)> {
    let mut starts = compiled.bb_starts.clone();
    starts.push(compiled.buffer.data().len() as u32);
    starts.sort_unstable();
    starts.dedup();
    starts.windows(2).map(|pair| (pair[0], pair[1])).collect()
}

/// Code with moves between blocks.
struct Flow {
    /// Where moves have been made or are being made, in order.
    gaps: Vec<Gap>,
    /// Starts of blocks with moves, by the end of the branch that alone leads there.
    starts: Vec<(u32, Gap)>,
    /// First instructions of other blocks, with their starts.
    entries: Vec<(u32, u32)>,
}

/// Code where a value is only certain to be in a place if it is there at other code too.
#[derive(Clone, Copy)]
struct Gap {
    from: u32,
    to: u32,
    if_at: [Option<u32>; 2],
}

impl Flow {
    fn of(context: &Context, compiled: &CompiledCode, edges: &[(u32, u32)], steps: &[(u32, u32)]) -> Flow {
        let function = &context.func;
        let terminators = function.layout.blocks().filter_map(|block| function.layout.last_inst(block));
        let mut jumps: Vec<u32> = terminators
            .filter(|inst| function.dfg.insts[*inst].opcode() == Opcode::Jump)
            .map(|inst| function.srcloc(inst).bits())
            .collect();
        jumps.sort_unstable();
        let sources = compiled.buffer.get_srclocs_sorted();
        let blocks = blocks(compiled);
        let index = |start: u32| blocks.binary_search_by_key(&start, |block| block.0).ok();
        let (mut before, mut behind) = (vec![Ways::None; blocks.len()], vec![Ways::None; blocks.len()]);
        for (from, to) in edges {
            let Some(to) = index(*to) else { continue };
            let from = index(*from);
            // One that is not known is as if it led there alone, whatever else it does.
            before[to].add(from.unwrap_or(usize::MAX));
            if let Some(from) = from {
                behind[from].add(to);
            }
        }
        // The first instruction of each block, and whether any are wasm's.
        let first: Vec<(u32, bool)> = blocks
            .iter()
            .map(|&(start, end)| {
                let from = sources.partition_point(|source| source.start < start);
                let own = sources[from..].iter().take_while(|source| source.start < end);
                let is_wasm = own.clone().any(|source| !source.loc.is_default());
                (own.map(|source| source.start).next().unwrap_or(start), is_wasm)
            })
            .collect();
        let mut flow = Flow { gaps: Vec::new(), starts: Vec::new(), entries: Vec::new() };
        for (number, &(start, end)) in blocks.iter().enumerate() {
            let (first_inst, is_wasm) = first[number];
            if is_wasm && first_inst > start {
                // Moves for the way from a branch to a block stand at its start, if only that way leads there. If many do, what
                // stands there moves nothing that the first instruction finds where it was.
                let mut gap = Gap { from: start, to: first_inst, if_at: [None; 2] };
                match before[number] {
                    Ways::One(branch) if matches!(behind.get(branch), Some(Ways::Many)) => {
                        gap.if_at = [Some(blocks[branch].1 - 1), Some(first_inst)];
                        flow.starts.push((blocks[branch].1, gap));
                    }
                    Ways::Many => {
                        gap.if_at = [Some(first_inst); 2];
                        flow.entries.push((first_inst, start));
                    }
                    _ => {}
                }
                flow.gaps.push(gap);
            }
            // Moves for the next block, if it is the only one, stand before a jump; or at its start, if only this leads there.
            let next = match behind[number] {
                Ways::One(next) if matches!(before[next], Ways::Many) || first[next].0 == blocks[next].0 => {
                    Some(first[next].0)
                }
                _ => None,
            };
            let mut jump = |from, to| flow.gaps.push(Gap { from, to, if_at: [next; 2] });
            if !is_wasm {
                jump(start, end);
                continue;
            }
            let from = steps.partition_point(|step| step.0 <= start).saturating_sub(1);
            let to = steps.partition_point(|step| step.0 < end);
            for step in from..to {
                if jumps.binary_search(&steps[step].1).is_ok() {
                    jump(steps[step].0.max(first_inst), if step + 1 < to { steps[step + 1].0 } else { end });
                }
            }
        }
        flow.starts.sort_unstable_by_key(|start| start.0);
        flow
    }

    /// Gives what is left of a range without gaps in which the value may be elsewhere.
    fn without_gaps(&self, from: u32, to: u32, is_there: impl Fn(u32) -> bool, mut give: impl FnMut(u32, u32)) {
        let mut start = from;
        let first = self.gaps.partition_point(|gap| gap.to <= from);
        for gap in self.gaps[first..].iter().take_while(|gap| gap.from < to) {
            if !gap.if_at.iter().all(|at| at.is_some_and(&is_there)) {
                if start < gap.from {
                    give(start, gap.from);
                }
                start = gap.to;
            }
        }
        if start < to {
            give(start, to);
        }
    }

    /// Gives the starts of blocks where a value is already in the place that it has, in a range, at the first instruction;
    /// or still in the one that it had at the branch before: there alone, or up to the first instruction if it stays.
    fn at_starts(&self, (from, to): (u32, u32), is_there: impl Fn(u32) -> bool, mut give: impl FnMut(u32, u32)) {
        let first = self.starts.partition_point(|(end, _)| *end <= from);
        for (_, gap) in self.starts[first..].iter().take_while(|(end, _)| *end <= to) {
            give(gap.from, if is_there(gap.to) { gap.to } else { gap.from + 1 });
        }
        let first = self.entries.partition_point(|(first, _)| *first < from);
        for (first, start) in self.entries[first..].iter().take_while(|(first, _)| *first < to) {
            give(*start, *first);
        }
    }
}

/// How many ways there are, and where to if it is one.
#[derive(Clone, Copy)]
enum Ways {
    None,
    One(usize),
    Many,
}

impl Ways {
    fn add(&mut self, other: usize) {
        *self = match *self {
            Ways::None => Ways::One(other),
            Ways::One(same) if same == other => Ways::One(other),
            _ => Ways::Many,
        };
    }
}

/// Cuts rows, which are in order, where the one before has not ended, and joins those that say the same.
pub fn separate<T: PartialEq + Copy>(rows: &mut Vec<Row<T>>) {
    rows.dedup_by(|next, last| {
        next.0 = next.0.max(last.1);
        let joins = next.0 == last.1 && next.2 == last.2 && next.0 < next.1;
        last.1 = if joins { next.1 } else { last.1 };
        joins || next.0 >= next.1
    });
}

/// Adds rows, in order, where there are none yet.
pub fn fill<T: PartialEq + Copy>(rows: &mut Vec<Row<T>>, others: impl Iterator<Item = Row<T>>) {
    let known = rows.len();
    for (mut from, to, what) in others {
        let first = rows[..known].partition_point(|row| row.1 <= from);
        for row in first..known {
            let (start, end, _) = rows[row];
            if start >= to {
                break;
            }
            if from < start {
                rows.push((from, start, what));
            }
            from = from.max(end);
        }
        if from < to {
            rows.push((from, to, what));
        }
    }
    if known > 0 && rows.len() > known {
        // Two that are in order: the stable sort merges them.
        rows.sort_by_key(|row| row.0);
    }
}

/// Rows in which two things have places, with both.
pub fn common<'a, T: Copy, U: Copy>(
    first: &'a [Row<T>],
    second: &'a [Row<U>],
) -> impl Iterator<Item = Row<(T, U)>> + 'a {
    // Those of the second that end before a row of the first do so before the next, too.
    let mut start = 0;
    first.iter().flat_map(move |&(from, to, one)| {
        start += second[start..].iter().take_while(|row| row.1 <= from).count();
        let others = second[start..].iter().take_while(move |row| row.0 < to);
        others.map(move |&(start, end, two)| (from.max(start), to.min(end), (one, two)))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_separated_filled_and_intersected() {
        let mut rows = vec![(0, 4, 'a'), (2, 6, 'b'), (6, 8, 'b'), (7, 8, 'c')];
        separate(&mut rows);
        assert_eq!(rows, [(0, 4, 'a'), (4, 8, 'b')]);
        let mut rows = vec![(2, 4, 'a'), (6, 8, 'b')];
        fill(&mut rows, [(0, 7, 'c'), (9, 10, 'd')].into_iter());
        assert_eq!(rows, [(0, 2, 'c'), (2, 4, 'a'), (4, 6, 'c'), (6, 8, 'b'), (9, 10, 'd')]);
        let found: Vec<_> = common(&[(0, 4, 'a'), (6, 9, 'b')], &[(2, 7, 'c')]).collect();
        assert_eq!(found, [(2, 4, ('a', 'c')), (6, 7, ('b', 'c'))]);
    }
}
