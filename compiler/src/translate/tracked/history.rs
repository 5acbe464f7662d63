//! What happens to locals in a function, and which SSA value each has where: the answer for debuggers that SSA
//! construction gives only where a local is read. Nothing is added to the function.
//!
//! A value is what a local has where it is assigned or read. From there it is followed against the control flow, since
//! what is read at the start of a block came from its predecessors, and then along it: where all predecessors agree, or
//! a parameter of the block is given what the local has in each of them, that is its value; else it is not known.

use super::{Held, Named, OPERAND};
use cranelift_codegen::ir::{Block, BlockArg, Function, Value};

/// What happens to the tracked locals.
pub struct History {
    /// What debug information names of locals, and, at its end, of operands; in order.
    named: Vec<Named>,
    /// Whether each local is among these.
    is_named: Vec<bool>,
    /// What happened to named locals, in the code's order.
    events: Vec<(u32, Event)>,
    /// Block that the operators from an offset on belong to; none: no single one, or they cannot be reached.
    parts: Vec<(u32, Option<Block>)>,
    /// Offset of the body, where locals get their first values.
    body: u32,
    /// Tracked operands and what they have been, in order; the last row of each is still open.
    operands: Vec<(u32, Vec<Held>)>,
}

/// A local is known to have a value.
#[derive(Clone, Copy)]
struct Event {
    /// First offset where it does.
    from: u32,
    block: Block,
    value: Value,
    /// It has had this value since it came into the block, or was assigned there.
    read: bool,
}

impl History {
    /// Of these locals, in a body at this offset.
    pub fn new(named: &[Named], body: u32) -> History {
        let (locals, operands) = named.split_at(named.partition_point(|named| named.local < OPERAND));
        // Wasm has at most 50,000 locals in a function; debug information may say what it likes.
        let count = locals.last().map_or(0, |last| last.local.min(50_000) as usize + 1);
        let mut is_named = vec![false; count];
        for named in locals.iter().filter(|named| (named.local as usize) < count) {
            is_named[named.local as usize] = true;
        }
        let operands = operands.chunk_by(|a, b| a.local == b.local).map(|rows| (rows[0].local, Vec::new())).collect();
        History { named: named.to_vec(), is_named, events: Vec::new(), parts: Vec::new(), body, operands }
    }

    /// The operators from here on belong to this block, and the next one finds these operands.
    pub fn goes_on_in(&mut self, offset: u32, block: Option<Block>, stack: &[Value]) {
        for (operand, rows) in &mut self.operands {
            let value = stack.get((*operand - OPERAND) as usize).filter(|_| block.is_some());
            if let Some(last) = rows.last_mut().filter(|last| last.to == u32::MAX) {
                if value == Some(&last.value) {
                    continue;
                }
                last.to = offset;
            }
            rows.extend(value.map(|value| Held { local: *operand, from: offset, to: u32::MAX, value: *value }));
        }
        if self.parts.last().is_none_or(|(_, last)| *last != block) {
            self.parts.push((offset, block));
        }
    }

    /// The operator at this offset assigns a local.
    pub fn assigned(&mut self, local: u32, block: Block, offset: u32, value: Value) {
        // The old value holds up to the operator itself. There is none at the body's own offset.
        let from = if offset == self.body { offset } else { offset + 1 };
        self.push(local, Event { from, block, value, read: false });
    }

    /// The operator at this offset reads a local.
    pub fn read(&mut self, local: u32, block: Block, offset: u32, value: Value) {
        self.push(local, Event { from: offset, block, value, read: true });
    }

    fn push(&mut self, local: u32, event: Event) {
        if self.is_named.get(local as usize) == Some(&true) {
            self.events.push((local, event));
        }
    }

    /// Where locals have which values, by local and offset; only where they are named.
    pub fn held(mut self, function: &Function) -> Vec<Held> {
        let mut flow = Flow::new(function);
        let mut held = Vec::new();
        // Those of one local stay in their order.
        self.events.sort_by_key(|(local, _)| *local);
        let mut named = self.named.as_slice();
        let mut events = Vec::new();
        for rows in self.events.chunk_by(|a, b| a.0 == b.0) {
            let local = rows[0].0;
            events.clear();
            events.extend(
                rows.iter().map(|(_, event)| Event { value: function.dfg.resolve_aliases(event.value), ..*event }),
            );
            named = &named[named.partition_point(|named| named.local < local)..];
            let own = || named.iter().take_while(|named| named.local == local);
            if !own().all(|named| self.is_known_at(*named, &events)) {
                flow.follow(&events);
            }
            for named in own() {
                self.held_where(*named, &events, &flow, &mut held);
            }
        }
        let operands = self.operands.iter().flat_map(|(operand, rows)| {
            let named = &self.named[self.named.partition_point(|named| named.local < *operand)..];
            let named = named.iter().take_while(|named| named.local == *operand);
            named.flat_map(|named| {
                let rows = &rows[rows.partition_point(|row| row.to <= named.from)..];
                let rows = rows.iter().take_while(|row| row.from < named.to);
                rows.map(|row| Held { from: row.from.max(named.from), to: row.to.min(named.to), ..*row })
            })
        });
        held.extend(operands);
        held
    }

    /// Whether a local is named in one block only, behind one of these events there: no other has a say then.
    fn is_known_at(&self, named: Named, events: &[Event]) -> bool {
        let part = self.parts.partition_point(|(start, _)| *start <= named.from).checked_sub(1);
        let last = events.partition_point(|event| event.from <= named.from).checked_sub(1);
        let (Some(part), Some(last)) = (part, last) else { return false };
        let (start, block) = self.parts[part];
        let end = self.parts.get(part + 1).map_or(u32::MAX, |(next, _)| *next);
        named.to <= end && events[last].from >= start && block == Some(events[last].block)
    }

    /// Which values a local has where it is named.
    fn held_where(&self, named: Named, events: &[Event], flow: &Flow<'_>, held: &mut Vec<Held>) {
        let first = self.parts.partition_point(|(start, _)| *start <= named.from).saturating_sub(1);
        // How many events are before the part.
        let mut from = self.parts.get(first).map_or(0, |part| events.partition_point(|event| event.from < part.0));
        for (index, &(start, block)) in self.parts.iter().enumerate().skip(first) {
            if start >= named.to {
                break;
            }
            let end = self.parts.get(index + 1).map_or(u32::MAX, |(next, _)| *next);
            let Some(block) = block else { continue };
            from += events[from..].iter().take_while(|event| event.from < start).count();
            let inside = events[from..].iter().take_while(|event| event.from < end.min(named.to));
            let mut add = |from: u32, to: u32, value: Option<Value>| {
                let (from, to) = (from.max(named.from), to.min(named.to));
                let Some(value) = value.filter(|_| from < to) else { return };
                match held.last_mut() {
                    Some(last) if (last.local, last.to, last.value) == (named.local, from, value) => last.to = to,
                    _ => held.push(Held { local: named.local, from, to, value }),
                }
            };
            let mut value = flow.before(block, &events[..from]);
            let mut since = start;
            for event in inside {
                if value != Some(event.value) {
                    add(since, event.from, value);
                    (value, since) = (Some(event.value), event.from);
                }
            }
            add(since, end, value);
        }
    }
}

/// What one local has at the start of blocks.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum State {
    /// Nothing has led here yet.
    Unvisited,
    /// A value that was read here, or behind.
    Fixed(Value),
    /// The value that all that leads here has.
    Agreed(Value),
    Unknown,
}

/// The control flow, and one local's way through it.
struct Flow<'f> {
    function: &'f Function,
    /// Blocks in order.
    order: Vec<Block>,
    /// Blocks that do not begin with a value that is read.
    open: Vec<Block>,
    /// Block and one of those that it leads to; in order.
    ways: Vec<(Block, Block)>,
    /// Where the ways of each block begin, and behind all where they end.
    first_ways: Vec<u32>,
    /// Whether what leads to a block has changed since it was looked at.
    stale: Vec<bool>,
    /// Block, one of its predecessors, and where that one's arguments are; in order.
    edges: Vec<(Block, Block, u32)>,
    /// Where the edges of each block begin, and behind all where they end.
    first_edges: Vec<u32>,
    /// Arguments of edges, as many as the block has parameters.
    arguments: Vec<Option<Value>>,
    /// State at the start of each block.
    states: Vec<State>,
    /// What each block leaves behind, if it has events.
    last: Vec<Option<Value>>,
}

/// Where the rows of each block begin, which are in order of blocks, and where the last end.
fn firsts(blocks: usize, rows: impl Iterator<Item = Block>) -> Vec<u32> {
    let mut firsts = vec![0_u32; blocks + 1];
    rows.for_each(|block| firsts[block.as_u32() as usize + 1] += 1);
    for block in 0..blocks {
        firsts[block + 1] += firsts[block];
    }
    firsts
}

/// More rounds than nested loops need; what still changes is not known.
const ROUNDS: u32 = 8;

impl<'f> Flow<'f> {
    fn new(function: &'f Function) -> Flow<'f> {
        let dfg = &function.dfg;
        let blocks = dfg.num_blocks();
        let (mut edges, mut arguments) = (Vec::new(), Vec::new());
        let order: Vec<Block> = function.layout.blocks().collect();
        for block in &order {
            let Some(last) = function.layout.last_inst(*block) else { continue };
            for call in dfg.insts[last].branch_destination(&dfg.jump_tables, &dfg.exception_tables) {
                let target = call.block(&dfg.value_lists);
                edges.push((target, *block, arguments.len() as u32));
                arguments.extend(call.args(&dfg.value_lists).map(|argument| match argument {
                    BlockArg::Value(value) => Some(dfg.resolve_aliases(value)),
                    _ => None,
                }));
            }
        }
        edges.sort_unstable();
        let mut ways: Vec<(Block, Block)> = edges.iter().map(|(block, before, _)| (*before, *block)).collect();
        ways.sort_unstable();
        let first_edges = firsts(blocks, edges.iter().map(|edge| edge.0));
        let first_ways = firsts(blocks, ways.iter().map(|way| way.0));
        let stale = vec![true; blocks];
        let (states, last) = (vec![State::Unvisited; blocks], vec![None; blocks]);
        Flow { function, order, open: Vec::new(), ways, first_ways, stale, edges, first_edges, arguments, states, last }
    }

    /// What leads to a block.
    fn edges(&self, block: Block) -> &[(Block, Block, u32)] {
        let block = block.as_u32() as usize;
        &self.edges[self.first_edges[block] as usize..self.first_edges[block + 1] as usize]
    }

    /// Follows a local with these events.
    fn follow(&mut self, events: &[Event]) {
        self.states.fill(State::Unvisited);
        self.last.fill(None);
        let mut fixed = Vec::new();
        for event in events {
            let block = event.block.as_u32() as usize;
            if event.read && self.last[block].is_none() {
                self.states[block] = State::Fixed(event.value);
                fixed.push((event.block, event.value));
            }
            self.last[block] = Some(event.value);
        }
        while let Some((block, value)) = fixed.pop() {
            self.backward(block, value, &mut fixed);
        }
        self.stale.fill(true);
        let mut open = std::mem::take(&mut self.open);
        open.clear();
        let is_open = |block: &Block| !matches!(self.states[block.as_u32() as usize], State::Fixed(_));
        open.extend(self.order.iter().copied().filter(is_open));
        for round in 0.. {
            if !self.forward(&open, round >= ROUNDS) {
                break;
            }
        }
        self.open = open;
    }

    /// From a value at the start of a block to what its predecessors have.
    fn backward(&mut self, block: Block, value: Value, fixed: &mut Vec<(Block, Value)>) {
        let parameter = self.function.dfg.block_params(block).iter().position(|parameter| *parameter == value);
        for edge in self.first_edges[block.as_u32() as usize]..self.first_edges[block.as_u32() as usize + 1] {
            let (_, before, arguments) = self.edges[edge as usize];
            let value = match parameter {
                Some(parameter) => self.arguments[arguments as usize + parameter],
                None => Some(value),
            };
            let index = before.as_u32() as usize;
            if let Some(value) = value
                && self.last[index].is_none()
                && self.states[index] == State::Unvisited
            {
                self.states[index] = State::Fixed(value);
                fixed.push((before, value));
            }
        }
    }

    /// One round over blocks; whether anything changed. In the last rounds, what changes is not known.
    fn forward(&mut self, blocks: &[Block], last: bool) -> bool {
        let mut changed = false;
        for &block in blocks {
            let state = self.states[block.as_u32() as usize];
            if state == State::Unknown || !std::mem::take(&mut self.stale[block.as_u32() as usize]) {
                continue;
            }
            let mut next = self.join(block);
            if next != state {
                if last {
                    next = State::Unknown;
                }
                self.states[block.as_u32() as usize] = next;
                changed = true;
                let block = block.as_u32() as usize;
                for (_, next) in &self.ways[self.first_ways[block] as usize..self.first_ways[block + 1] as usize] {
                    self.stale[next.as_u32() as usize] = true;
                }
            }
        }
        changed
    }

    /// What leads to a block has in common.
    fn join(&self, block: Block) -> State {
        let visited = || {
            self.edges(block).iter().filter_map(|&(_, before, arguments)| match self.after(before) {
                State::Unvisited => None,
                State::Fixed(value) | State::Agreed(value) => Some((Some(value), arguments as usize)),
                State::Unknown => Some((None, arguments as usize)),
            })
        };
        let Some((first, _)) = visited().next() else { return State::Unvisited };
        let Some(first) = first else { return State::Unknown };
        if visited().all(|(value, _)| value == Some(first)) {
            return State::Agreed(first);
        }
        let parameters = self.function.dfg.block_params(block);
        let given = |parameter: &usize| {
            visited().all(|(value, arguments)| value.is_some() && self.arguments[arguments + parameter] == value)
        };
        match (0..parameters.len()).find(given) {
            Some(parameter) => State::Agreed(parameters[parameter]),
            None => State::Unknown,
        }
    }

    /// What a block leaves behind.
    fn after(&self, block: Block) -> State {
        match self.last[block.as_u32() as usize] {
            Some(value) => State::Fixed(value),
            None => self.states[block.as_u32() as usize],
        }
    }

    /// The value in a block after these events of the function.
    fn before(&self, block: Block, events: &[Event]) -> Option<Value> {
        if let Some(event) = events.last().filter(|event| event.block == block) {
            return Some(event.value);
        }
        match self.states[block.as_u32() as usize] {
            State::Fixed(value) | State::Agreed(value) => Some(value),
            State::Unvisited | State::Unknown => None,
        }
    }
}
