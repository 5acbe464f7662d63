//! What Cranelift says for debuggers about one function: source locations, and where the values of tracked locals are.

use super::edges::edges;
use super::moved::settle;
use super::ranges::{Ranges, Row, blocks, common, fill};
use super::relations::{AllTold, Teller, Told, tellers};
use super::{codegen_error, from_frame_address};
use crate::error::Result;
use crate::translate::{Held, INSTANCE, OPERAND};
use cranelift_codegen::dominator_tree::DominatorTree;
use cranelift_codegen::ir::{Function, Value, ValueLabel, ValueLabelAssignments, ValueLabelStart, types};
use cranelift_codegen::isa::TargetIsa;
use cranelift_codegen::{CodegenResult, CompiledCode, Context};
use cranelift_entity::EntitySet;

/// What debug information must know of a function. Offsets are in bytes from its first byte.
#[derive(Debug, Default)]
pub struct FunctionDebug {
    /// Where the code of a wasm instruction begins, and that instruction's offset in the module's file; in the order of the
    /// code. It ends where the next begins.
    pub steps: Vec<(u32, u32)>,
    /// Where locals are, by local and place in the code.
    pub locals: Vec<Local>,
    /// How long each operand that debug information names was the same value: operand, numbered like a local, and the offsets in the
    /// module's file where that began and ended; in order.
    pub operands: Vec<(u32, u32, u32)>,
}

/// A local is in a place, in a part of the code.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Local {
    /// Its index.
    pub local: u32,
    /// First byte.
    pub from: u32,
    /// Byte after the last.
    pub to: u32,
    /// The place.
    pub place: Place,
}

/// Where a value is, or what it is.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Place {
    /// What has it.
    pub at: At,
    /// What must be added to that.
    pub more: i32,
    /// Bytes of the value, if it is an integer; else 0.
    pub bytes: u8,
    /// What must be done with that, and with what second operand: what has it, and what must be added to it.
    pub computed: Option<(Operation, At, i32)>,
}

/// An operation on integers, as in wasm.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[allow(missing_docs)]
pub enum Operation {
    Add,
    Subtract,
    Multiply,
    And,
    Or,
    Xor,
    ShiftLeft,
    ShiftRight,
    ShiftSigned,
}

/// What has a value.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum At {
    /// A register, by its DWARF number.
    Register(u16),
    /// The frame, so many bytes from the canonical frame address.
    Frame(i64),
    /// Nothing: it is constant, with these bits.
    Constant(u64),
}

/// The second part of [`Context::compile`].
pub type Lower = Box<dyn FnMut(&dyn TargetIsa, &Function, &DominatorTree) -> CodegenResult<CompiledCode>>;

/// That part, with the register allocator's memory, which is used again and whose type has no name here.
pub fn lower() -> Lower {
    let mut allocator = Default::default();
    Box::new(move |isa, function, dominators| {
        let code = isa.compile_function(function, dominators, &mut allocator, false, &mut Default::default())?;
        Ok(code.apply_params(&function.params))
    })
}

/// Optimises and compiles, with optimisation, as [`Context::compile`] does, to the same code, and says where the values of locals are.
pub(super) fn compile(
    isa: &dyn TargetIsa,
    context: &mut Context,
    held: &mut [Held],
    lower: &mut Lower,
) -> Result<(CompiledCode, FunctionDebug)> {
    context.verify_if(isa).map_err(codegen_error)?;
    context.compute_cfg();
    context.compute_domtree();
    context.eliminate_unreachable_code(isa).map_err(codegen_error)?;
    context.remove_constant_phis(isa).map_err(codegen_error)?;
    // What has become aliases is forgotten by what follows.
    let mut wanted = EntitySet::new();
    for row in &mut *held {
        row.value = context.func.dfg.resolve_aliases(row.value);
        wanted.insert(row.value);
    }
    context.func.dfg.resolve_all_aliases();
    context.egraph_pass(isa, &mut Default::default()).map_err(codegen_error)?;
    settle(&mut context.func);

    let told = (!held.is_empty()).then(|| tellers(&context.func, &wanted));
    told.iter().for_each(|told| label(&mut context.func, told));
    let function = &context.func;
    let compiled = lower(isa, function, &context.domtree).map_err(codegen_error)?;
    let edges = edges(isa, function, &compiled);
    let mut debug = self::function(function, &compiled, &edges);
    let Some(told) = told else { return Ok((compiled, debug)) };
    let ranges = Ranges::of(isa, context, &compiled, &edges, &debug.steps);
    let places = Places::of(function, &told, &ranges, compiled.buffer.data().len() as u32);
    debug.locals = locals(held, &told, &places, &debug.steps, compiled.buffer.data().len() as u32);
    let operands = held.iter().filter(|held| held.local >= OPERAND);
    debug.operands = operands.map(|held| (held.local, held.from, held.to)).collect();
    Ok((compiled, debug))
}

/// Labels the values that tell others.
fn label(function: &mut Function, told: &AllTold) {
    let mut values: Vec<Value> = told
        .tellers
        .iter()
        .filter_map(|teller| match *teller {
            Teller::Sum(value, _) => Some(value),
            Teller::Constant(_) => None,
        })
        .collect();
    values.sort_unstable();
    values.dedup();
    let label = |value: Value| {
        let start = ValueLabelStart { from: Default::default(), label: ValueLabel::from_u32(value.as_u32()) };
        (value, ValueLabelAssignments::Starts(vec![start]))
    };
    function.dfg.values_labels = Some(values.into_iter().map(label).collect());
}

/// Where values are.
struct Places {
    rows: Vec<Row<Place>>,
    /// Where the rows of each end; they begin where those before end.
    ends: Vec<usize>,
}

impl Places {
    fn of(function: &Function, told: &AllTold, ranges: &Ranges, size: u32) -> Places {
        let mut direct = Places { rows: Vec::new(), ends: Vec::with_capacity(told.values.len()) };
        let mut rows = Vec::new();
        for (index, Told { value, .. }) in told.values.iter().enumerate() {
            let bytes = match function.dfg.value_type(*value) {
                types::I32 => 4,
                types::I64 => 8,
                _ => 0,
            };
            let place = |at, more| Place { at, more, bytes, computed: None };
            rows.clear();
            for teller in told.tellers(index) {
                match *teller {
                    Teller::Constant(bits) => rows.push((0, size, place(At::Constant(bits), 0))),
                    Teller::Sum(value, sum) => {
                        let Ok(more) = i32::try_from(sum) else { continue };
                        let others = ranges.rows(value.as_u32()).iter();
                        fill(&mut rows, others.map(|&(from, to, at)| (from, to, place(at, more))));
                    }
                }
            }
            direct.push(&rows);
        }
        if told.values.iter().all(|told| told.computed.is_none()) {
            return direct;
        }
        let mut all =
            Places { rows: Vec::with_capacity(direct.rows.len()), ends: Vec::with_capacity(told.values.len()) };
        for (index, told) in told.values.iter().enumerate() {
            let Some((operation, operands)) = told.computed else {
                all.push(direct.get(index));
                continue;
            };
            let [first, second] = operands.map(|operand| direct.get(operand));
            let computed = common(first, second).map(|(from, to, (first, second))| {
                (from, to, Place { computed: Some((operation, second.at, second.more)), ..first })
            });
            rows.clear();
            rows.extend_from_slice(direct.get(index));
            fill(&mut rows, computed);
            all.push(&rows);
        }
        all
    }

    fn push(&mut self, rows: &[Row<Place>]) {
        self.rows.extend_from_slice(rows);
        self.ends.push(self.rows.len());
    }

    fn get(&self, index: usize) -> &[Row<Place>] {
        &self.rows[index.checked_sub(1).map_or(0, |before| self.ends[before])..self.ends[index]]
    }
}

/// Where locals are: where the values are that they have at each step.
fn locals(held: &[Held], told: &AllTold, places: &Places, steps: &[(u32, u32)], size: u32) -> Vec<Local> {
    // Wasm offset of each step, with its code.
    let ends = steps.iter().skip(1).map(|step| step.0).chain([size]);
    let mut by_wasm: Vec<(u32, u32, u32)> =
        steps.iter().zip(ends).map(|(&(from, wasm), to)| (wasm, from, to)).collect();
    by_wasm.sort_unstable();
    // Where runs of steps begin that follow each other in both orders; and behind the last.
    let follows = |index: usize| by_wasm[index - 1].2 == by_wasm[index].1;
    let mut runs: Vec<usize> = (0..by_wasm.len()).filter(|index| *index == 0 || !follows(*index)).collect();
    runs.push(by_wasm.len());
    let mut code: Vec<Row<()>> = Vec::new();
    let mut locals: Vec<Local> = Vec::new();
    let mut known = (0, 0);
    // What a local has for a while, without code between: value, and first and last step by their places.
    let mut whiles: Vec<(usize, usize, usize)> = Vec::new();
    for held in held.chunk_by(|a, b| a.local == b.local) {
        let first = locals.len();
        whiles.clear();
        let mut last = None;
        for held in held {
            // Mostly the same value again.
            let found = match last {
                Some((value, found)) if value == held.value => found,
                _ => told.values.binary_search_by_key(&held.value, |told| told.value).ok(),
            };
            last = Some((held.value, found));
            let Some(value) = found else { continue };
            let [from, to] = [held.from, held.to].map(|wasm| {
                known = (wasm, first_from(&by_wasm, known, wasm));
                known.1
            });
            match whiles.last_mut() {
                Some(last) if last.0 == value && last.2 == from => last.2 = to,
                _ => whiles.push((value, from, to)),
            }
        }
        for &(value, from, to) in whiles.iter().filter(|(_, from, to)| from < to) {
            let rows = places.get(value);
            if rows.is_empty() {
                continue;
            }
            let [start, end] = [rows[0].0, rows[rows.len() - 1].1];
            let run = runs.partition_point(|run| *run <= from).saturating_sub(1);
            let own = runs[run..].windows(2).take_while(|run| run[0] < to);
            let own = own.map(|run| (by_wasm[run[0].max(from)].1, by_wasm[run[1].min(to) - 1].2, ()));
            code.clear();
            code.extend(own.filter(|own| own.0 < end && start < own.1));
            code.sort_unstable();
            let rows = &rows[code.first().map_or(0, |code| rows.partition_point(|row| row.1 <= code.0))..];
            for (from, to, ((), place)) in common(&code, rows) {
                match locals[first..].last_mut() {
                    Some(last) if (last.to, last.place) == (from, place) => last.to = to,
                    _ => locals.push(Local { local: held[0].local, from, to, place }),
                }
            }
        }
        locals[first..].sort_unstable_by_key(|local| local.from);
    }
    locals.dedup_by(|next, last| {
        let joins = (last.local, last.to, last.place) == (next.local, next.from, next.place);
        last.to = if joins { next.to } else { last.to };
        joins
    });
    locals
}

/// The first of these steps, which are in order of their wasm offsets, at an offset or behind it; `known` is the answer for another, which
/// is mostly near.
fn first_from(steps: &[(u32, u32, u32)], known: (u32, usize), wasm: u32) -> usize {
    if wasm < known.0 {
        return steps.partition_point(|step| step.0 < wasm);
    }
    let (mut start, mut width) = (known.1, 1);
    while steps.get(start + width).is_some_and(|step| step.0 < wasm) {
        start += width;
        width *= 2;
    }
    let end = steps.len().min(start + width);
    start + steps[start..end].partition_point(|step| step.0 < wasm)
}

/// Source locations, and slots of locals.
pub(super) fn function(function: &Function, compiled: &CompiledCode, edges: &[(u32, u32)]) -> FunctionDebug {
    let buffer = &compiled.buffer;
    let size = buffer.data().len() as u32;
    let mut debug = FunctionDebug { steps: steps(compiled, edges), ..FunctionDebug::default() };
    if let Some(frame) = buffer.frame_layout() {
        for (number, slot) in frame.stackslots.iter() {
            if let Some(key) = slot.key {
                let offset = from_frame_address(frame, slot.offset);
                let bytes = match function.sized_stack_slots[number].size {
                    bytes @ (4 | 8) => bytes as u8,
                    _ => 0,
                };
                let place = Place { at: At::Frame(offset), more: 0, bytes, computed: None };
                let local = key.bits() as u32;
                // What is there before may be that of an earlier call.
                let from = if local == INSTANCE { debug.steps.first().map_or(size, |step| step.0) } else { 0 };
                debug.locals.push(Local { local, from, to: size, place });
            }
        }
    }
    debug.locals.sort_unstable_by_key(|row| row.local);
    debug
}

/// Where the code of each wasm instruction begins.
fn steps(compiled: &CompiledCode, edges: &[(u32, u32)]) -> Vec<(u32, u32)> {
    let mut steps: Vec<(u32, u32)> = Vec::new();
    let mut sources = compiled.buffer.get_srclocs_sorted().iter().filter(|source| !source.loc.is_default()).peekable();
    // The last instruction of each block that has any.
    let mut last: Vec<(u32, u32)> = Vec::with_capacity(compiled.bb_starts.len());
    let mut between = Vec::new();
    let entry = compiled.bb_starts.iter().min().copied();
    for (from, to) in blocks(compiled) {
        // Moves that the register allocator put in between belong to what comes: jumps lead to them. What the function begins
        // with does not.
        let mut start = match sources.peek() {
            Some(source) if entry == Some(from) => source.start,
            _ => from,
        };
        let mut own = None;
        while let Some(source) = sources.next_if(|source| source.start < to) {
            let wasm = source.loc.bits();
            if start == from || steps.last().is_none_or(|(_, last)| *last != wasm) {
                steps.push((start, wasm));
            }
            start = source.end;
            own = Some((from, wasm));
        }
        last.extend(own);
        if start == from && from < to {
            between.push(from);
        }
    }
    // A block that has none is a way between blocks, with moves and a jump: it belongs to the branch that leads there.
    for &(from, to) in edges {
        if between.binary_search(&to).is_ok()
            && let Ok(from) = last.binary_search_by_key(&from, |(block, _)| *block)
        {
            steps.push((to, last[from].1));
        }
    }
    steps.sort_by_key(|step| step.0);
    steps.dedup_by(|next, last| next.0 == last.0 || next.1 == last.1);
    steps
}
