//! Where small loops stand in the cache lines that a processor fetches code by. A loop that fits in one line but stands
//! in two can take a fifth longer, so functions are placed with an eye on their innermost loops.

use std::cmp::Reverse;

/// Bytes of a line.
pub const LINE: u32 = 64;
/// Bytes between the places in a line where a function can start.
pub const STEP: u32 = 16;
/// What it costs a function to start at each of those places.
pub type Costs = [u32; (LINE / STEP) as usize];

/// Larger loops are fetched from several lines anyhow.
const LARGEST: u32 = 2 * LINE;
/// Loops around a loop that are counted.
const DEEPEST: u32 = 4;

/// The costs for a function with these basic blocks and edges (byte offsets of blocks): the lines that its innermost loops
/// need beyond the fewest, those within other loops counting more.
pub fn costs(blocks: &[u32], edges: &[(u32, u32)], len: u32) -> Costs {
    let end = |block: u32| blocks.get(blocks.partition_point(|start| *start <= block)).copied().unwrap_or(len);
    let mut loops: Vec<(u32, u32)> =
        edges.iter().filter(|(from, to)| to <= from).map(|(from, to)| (*to, end(*from))).collect();
    // One that contains another comes before it.
    loops.sort_unstable_by_key(|(start, end)| (*start, Reverse(*end)));
    loops.dedup();
    let mut costs = Costs::default();
    // Ends of those that have begun.
    let mut open: Vec<u32> = Vec::new();
    for (number, &(start, end)) in loops.iter().enumerate() {
        open.retain(|outer| *outer > start);
        let outer = open.iter().filter(|outer| **outer >= end).count() as u32;
        open.push(end);
        let innermost = loops.get(number + 1).is_none_or(|(_, inner)| *inner > end);
        if innermost && end - start <= LARGEST {
            for (place, cost) in costs.iter_mut().enumerate() {
                let before = place as u32 * STEP;
                *cost += lines_beyond(before + start, before + end) << (2 * outer.min(DEEPEST));
            }
        }
    }
    costs
}

/// How many lines more than it must some code touches.
fn lines_beyond(start: u32, end: u32) -> u32 {
    (end.div_ceil(LINE) - start / LINE) - (end - start).div_ceil(LINE)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_loop_in_two_lines_moves() {
        // 40..70 touches two lines; 16 or more further on, one.
        let blocks = [0, 40, 70];
        let edges = [(0, 40), (40, 40), (40, 70)];
        assert_eq!(costs(&blocks, &edges, 80), [1, 1, 0, 0]);
    }

    #[test]
    fn inner_loops_decide() {
        let blocks = [0, 20, 30, 60, 70, 103];
        let (inner, outer, other) = ((30, 30), (60, 20), (70, 70));
        assert_eq!(costs(&blocks, &[inner], 110), [0, 1, 1, 0]);
        assert_eq!(costs(&blocks, &[outer], 110), [1, 1, 1, 0]);
        assert_eq!(costs(&blocks, &[outer, inner], 110), [0, 4, 4, 0]);
        assert_eq!(costs(&blocks, &[outer, inner, other], 110), [0, 4, 5, 1]);
    }

    #[test]
    fn without_loops() {
        assert_eq!(costs(&[0, 10], &[(0, 10)], 30), [0; 4]);
    }
}
