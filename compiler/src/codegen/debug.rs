//! What Cranelift says for debuggers about one function: source locations, and where the values of tracked locals are.

use super::ranges::{Ranges, Row, blocks, common, fill, separate};
use super::relations::{Teller, Told, tellers};
use super::{At, FunctionDebug, Local, Place, codegen_error};
use crate::error::Result;
use crate::translate::Held;
use cranelift_codegen::dominator_tree::DominatorTree;
use cranelift_codegen::ir::{Function, Value, ValueLabel, ValueLabelAssignments, ValueLabelStart, types};
use cranelift_codegen::isa::TargetIsa;
use cranelift_codegen::{CodegenResult, CompiledCode, Context};
use std::collections::HashMap;

/// Bytes from the canonical frame address down to the frame pointer: the caller's frame pointer and the return address,
/// on every target with frame pointers.
const FRAME_POINTER: i64 = 16;

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

/// Optimises and compiles as [`Context::compile`] does, to the same code, and says where the values of locals are.
pub(super) fn compile(
    isa: &dyn TargetIsa,
    context: &mut Context,
    held: &mut [Held],
    lower: &mut Lower,
) -> Result<(CompiledCode, FunctionDebug)> {
    // The first steps of what follows; it forgets what they make aliases.
    context.compute_cfg();
    context.compute_domtree();
    context.eliminate_unreachable_code(isa).map_err(codegen_error)?;
    context.remove_constant_phis(isa).map_err(codegen_error)?;
    let mut wanted: Vec<Value> = Vec::with_capacity(held.len());
    for row in &mut *held {
        row.value = context.func.dfg.resolve_aliases(row.value);
        wanted.push(row.value);
    }
    wanted.sort_unstable();
    wanted.dedup();
    context.optimize(isa, &mut Default::default()).map_err(codegen_error)?;

    let told = tellers(&context.func, wanted);
    label(&mut context.func, &told);
    let function = &context.func;
    let compiled = lower(isa, function, &context.domtree).map_err(codegen_error)?;
    let mut debug = self::function(function, &compiled);
    let ranges = Ranges::of(isa, context, &compiled, &debug.steps);
    debug.values = places(function, &told, &ranges, compiled.buffer.data().len() as u32);
    debug.locals = held
        .iter()
        .filter_map(|held| {
            let value = told.binary_search_by_key(&held.value, |told| told.value).ok()?;
            Some(Local { local: held.local, from: held.from, to: held.to, value: value as u32 })
        })
        .collect();
    Ok((compiled, debug))
}

/// Labels the values that tell others.
fn label(function: &mut Function, told: &[Told]) {
    let mut values: Vec<Value> = told
        .iter()
        .flat_map(|told| &told.tellers)
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

/// Where each value is.
fn places(function: &Function, told: &[Told], ranges: &Ranges, size: u32) -> Vec<Vec<Row<Place>>> {
    let bytes = |value: Value| match function.dfg.value_type(value) {
        types::I32 => 4,
        types::I64 => 8,
        _ => 0,
    };
    let direct = |told: &Told| {
        let mut places = Vec::new();
        let place = |at, more| Place { at, more, bytes: bytes(told.value), computed: None };
        for teller in &told.tellers {
            match *teller {
                Teller::Constant(bits) => places.push((0, size, place(At::Constant(bits), 0))),
                Teller::Sum(value, sum) => {
                    let Ok(more) = i32::try_from(sum) else { continue };
                    let rows = ranges.rows(value.as_u32()).iter();
                    fill(&mut places, rows.map(|&(from, to, at)| (from, to, place(at, more))));
                }
            }
        }
        places
    };
    let mut places: Vec<Vec<Row<Place>>> = told.iter().map(direct).collect();
    let with_computed = |(index, told): (usize, &Told)| {
        let (operation, operands) = told.computed?;
        let [first, second] = operands.map(|operand| places[operand].as_slice());
        let computed = common(first, second).map(|(from, to, (first, second))| {
            (from, to, Place { computed: Some((operation, second.at, second.more)), ..first })
        });
        let mut rows = places[index].clone();
        fill(&mut rows, computed);
        Some((index, rows))
    };
    let computed: Vec<(usize, Vec<Row<Place>>)> = told.iter().enumerate().filter_map(with_computed).collect();
    for (index, rows) in computed {
        places[index] = rows;
    }
    places.iter_mut().for_each(separate);
    places
}

/// Source locations, and slots of locals.
pub(super) fn function(function: &Function, compiled: &CompiledCode) -> FunctionDebug {
    let buffer = &compiled.buffer;
    let size = buffer.data().len() as u32;
    let mut debug = FunctionDebug { steps: steps(compiled), ..FunctionDebug::default() };
    if let Some(frame) = buffer.frame_layout() {
        for (number, slot) in frame.stackslots.iter() {
            if let Some(key) = slot.key {
                let offset = i64::from(slot.offset) - i64::from(frame.frame_to_fp_offset) - FRAME_POINTER;
                let value = debug.values.len() as u32;
                let bytes = match function.sized_stack_slots[number].size {
                    bytes @ (4 | 8) => bytes as u8,
                    _ => 0,
                };
                debug.values.push(vec![(0, size, Place { at: At::Frame(offset), more: 0, bytes, computed: None })]);
                debug.locals.push(Local { local: key.bits() as u32, from: 0, to: u32::MAX, value });
            }
        }
    }
    debug.locals.sort_unstable_by_key(|row| row.local);
    debug
}

/// Where the code of each wasm instruction begins.
fn steps(compiled: &CompiledCode) -> Vec<(u32, u32)> {
    let mut steps: Vec<(u32, u32)> = Vec::new();
    let mut sources = compiled.buffer.get_srclocs_sorted().iter().filter(|source| !source.loc.is_default()).peekable();
    // The last instruction of each block that has any.
    let mut last: HashMap<u32, u32> = HashMap::new();
    let mut between = Vec::new();
    for (from, to) in blocks(compiled) {
        // Moves that the register allocator put in between belong to what comes: jumps lead to them.
        let mut start = from;
        while let Some(source) = sources.next_if(|source| source.start < to) {
            let wasm = source.loc.bits();
            if start == from || steps.last().is_none_or(|(_, last)| *last != wasm) {
                steps.push((start, wasm));
            }
            start = source.end;
            last.insert(from, wasm);
        }
        if start == from && from < to {
            between.push(from);
        }
    }
    // A block that has none is a way between blocks, with moves and a jump: it belongs to the branch that leads there.
    for &(from, to) in &compiled.bb_edges {
        if let (Ok(_), Some(wasm)) = (between.binary_search(&to), last.get(&from)) {
            steps.push((to, *wasm));
        }
    }
    steps.sort_by_key(|step| step.0);
    steps.dedup_by(|next, last| next.0 == last.0 || next.1 == last.1);
    steps
}
