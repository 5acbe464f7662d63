//! Which values of optimised code tell a value of the translated function: equal ones, and those that differ from it by a
//! constant. The optimiser leaves equal values behind as unions and aliases.
//!
//! Two related values keep their relation wherever both are alive: for neither to be of an earlier round of a loop, what
//! they are computed from would have to be computed anew between, and that leads to both again, since it dominates them.

use super::Operation;
use cranelift_codegen::ir::instructions::InstructionData;
use cranelift_codegen::ir::{DataFlowGraph, Function, Inst, Opcode, Value, ValueDef, types};
use cranelift_entity::EntitySet;
use cranelift_entity::packed_option::ReservedValue;

/// What tells a value.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Teller {
    /// It is this constant: the bits.
    Constant(u64),
    /// Another value, which is in the code, plus this constant.
    Sum(Value, i64),
}

/// A value with what tells it.
pub struct Told {
    /// The value.
    pub value: Value,
    /// Which two others, of its type, make it by what operation.
    pub computed: Option<(Operation, [usize; 2])>,
    /// Where what tells it ends; it begins where that of the value before ends.
    end: usize,
}

/// Values with what tells them.
pub struct AllTold {
    /// The values, in order.
    pub values: Vec<Told>,
    /// What tells them.
    pub tellers: Vec<Teller>,
}

impl AllTold {
    /// What tells one of them, the best first.
    pub fn tellers(&self, index: usize) -> &[Teller] {
        &self.tellers[index.checked_sub(1).map_or(0, |before| self.values[before].end)..self.values[index].end]
    }
}

/// How many values are taken to tell one: itself, and what was there first, which mostly lives longest. The stack pointer that a
/// function found tells its frame base to the end; copies of that, which the optimiser makes, live for some instructions.
const MOST: usize = 2;

/// What tells each of these values, and what they are computed from; in order.
pub fn tellers(function: &Function, asked: &EntitySet<Value>) -> AllTold {
    let dfg = &function.dfg;
    // What is folded into other instructions, or gone, can be computed anew.
    let is_gone = |value| defining(dfg, value).is_some_and(|inst| function.layout.inst_block(inst).is_none());
    let recomputed = |value| computed(dfg, value).filter(|_| is_gone(value));
    let mut wanted = asked.clone();
    for value in asked.iter() {
        let operands = recomputed(value).into_iter().flat_map(|(_, operands)| operands);
        for operand in operands {
            wanted.insert(operand);
        }
    }
    let wanted: Vec<Value> = wanted.iter().collect();

    let mut relations = Relations::of(dfg);
    // The sets in question, by what stands for them.
    let mut sets = [vec![0_u32; dfg.num_values()], vec![0_u32; dfg.num_values()]];
    let mut count = 0;
    for value in &wanted {
        let (kind, root, _) = relations.set(dfg, *value);
        let set = &mut sets[kind as usize][root.as_u32() as usize];
        if *set == 0 {
            count += 1;
            *set = count;
        }
    }
    // The number that stands for each set, if it is constant; and the values of sets in the code, and how much more they are.
    let mut bases: Vec<Option<i64>> = vec![None; count as usize + 1];
    let mut members: Vec<(u32, Value, i64)> = Vec::new();
    for (value, constant) in std::mem::take(&mut relations.constants) {
        for kind in [Kind::Exact, Kind::Low] {
            let (root, more) = relations.root(kind, value);
            bases[sets[kind as usize][root.as_u32() as usize] as usize] = Some(constant.wrapping_sub(more));
        }
    }
    bases[0] = None;
    let mut add = |value: Value| {
        for kind in [Kind::Exact, Kind::Low] {
            let (root, more) = relations.root(kind, value);
            let set = sets[kind as usize][root.as_u32() as usize];
            if set != 0 && bases[set as usize].is_none() {
                members.push((set, value, more));
            }
        }
    };
    for block in function.layout.blocks() {
        dfg.block_params(block).iter().for_each(|value| add(*value));
        for inst in function.layout.block_insts(block) {
            dfg.inst_results(inst).iter().for_each(|value| add(*value));
        }
    }
    let (members, ends) = by_set(members, count as usize);
    let mut told = AllTold { values: Vec::with_capacity(wanted.len()), tellers: Vec::with_capacity(wanted.len() * 2) };
    let mut found = Vec::new();
    for &value in &wanted {
        let (kind, root, more) = relations.set(dfg, value);
        let set = sets[kind as usize][root.as_u32() as usize];
        let members = &members[ends[set as usize - 1]..ends[set as usize]];
        let base = bases[set as usize];
        tellers_of(dfg, (value, more), base, members, &mut found, &mut told.tellers);
        let computed = recomputed(value).filter(|_| base.is_none() && asked.contains(value));
        let computed = computed.and_then(|(operation, [a, b])| {
            Some((operation, [wanted.binary_search(&a).ok()?, wanted.binary_search(&b).ok()?]))
        });
        let end = told.tellers.len();
        told.values.push(Told { value, computed, end });
    }
    told
}

/// Members of sets, set by set, and where those of each end. Sets are numbered from 1.
fn by_set(members: Vec<(u32, Value, i64)>, sets: usize) -> (Vec<(Value, i64)>, Vec<usize>) {
    let mut ends = vec![0; sets + 2];
    members.iter().for_each(|(set, ..)| ends[*set as usize + 1] += 1);
    for set in 1..ends.len() {
        ends[set] += ends[set - 1];
    }
    let mut sorted = vec![(Value::reserved_value(), 0); members.len()];
    for (set, value, more) in members {
        sorted[ends[set as usize]] = (value, more);
        ends[set as usize] += 1;
    }
    (sorted, ends)
}

/// Adds what tells a value that is so much more than what stands for its set: that, if it is constant, or the set's members.
fn tellers_of(
    dfg: &DataFlowGraph,
    (value, more): (Value, i64),
    base: Option<i64>,
    members: &[(Value, i64)],
    found: &mut Vec<(bool, Value, i64)>,
    tellers: &mut Vec<Teller>,
) {
    let ty = dfg.value_type(value);
    if let Some(base) = base {
        let bits = base.wrapping_add(more) as u64;
        tellers.push(Teller::Constant(if ty.bits() == 32 { bits & u64::from(u32::MAX) } else { bits }));
        return;
    }
    found.clear();
    for &(other, above) in members {
        let sum = more.wrapping_sub(above);
        let sum = if ty == types::I32 { i64::from(sum as i32) } else { sum };
        let new = (other != value, other, sum);
        // There can be many, of which only the best count.
        if found.len() < MOST || new < found[MOST - 1] {
            found.truncate(MOST - 1);
            found.insert(found.partition_point(|known| *known < new), new);
        }
    }
    tellers.extend(found.iter().map(|&(_, other, sum)| Teller::Sum(other, sum)));
}

/// A kind of relation.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Kind {
    /// Between values of a type.
    Exact,
    /// Between the lower 32 bits of integers.
    Low,
}

/// Relations between the values of a function.
struct Relations {
    exact: Sums,
    low: Sums,
    /// Constants, with their bits.
    constants: Vec<(Value, i64)>,
}

impl Relations {
    fn of(dfg: &DataFlowGraph) -> Relations {
        let count = dfg.num_values();
        let mut exact = Sums::new(count);
        let mut constants = Vec::new();
        let mut resizes: Vec<(Value, Value)> = Vec::new();
        for value in dfg.values() {
            if dfg.value_alias_dest_for_serialization(value).is_some() {
                if let Some(resolved) = resolve(dfg, value) {
                    exact.relate(value, resolved, 0);
                }
                continue;
            }
            let inst = match dfg.value_def(value) {
                ValueDef::Union(a, b) => {
                    exact.relate(value, a, 0);
                    exact.relate(value, b, 0);
                    continue;
                }
                ValueDef::Result(inst, 0) => inst,
                _ => continue,
            };
            match dfg.insts[inst] {
                InstructionData::Binary { opcode: Opcode::Iadd | Opcode::Isub, .. } => {
                    if let Some((term, constant)) = sum(dfg, inst) {
                        exact.relate(value, term, constant);
                    }
                }
                InstructionData::Unary { opcode: Opcode::Uextend | Opcode::Sextend | Opcode::Ireduce, arg }
                    if matches!(dfg.value_type(arg), types::I32 | types::I64) =>
                {
                    resizes.push((value, arg));
                }
                _ => constants.extend(bits(dfg, inst).map(|bits| (value, bits))),
            }
        }
        let mut low = exact.clone();
        for (value, source) in resizes {
            low.relate(value, source, 0);
        }
        Relations { exact, low, constants }
    }

    /// What stands for the set that a value is in, and how much more the value is.
    fn root(&mut self, kind: Kind, value: Value) -> (Value, i64) {
        match kind {
            Kind::Exact => self.exact.root(value),
            Kind::Low => self.low.root(value),
        }
    }

    /// The set of values that tell this one, and how much more it is.
    fn set(&mut self, dfg: &DataFlowGraph, value: Value) -> (Kind, Value, i64) {
        let kind = if dfg.value_type(value) == types::I32 { Kind::Low } else { Kind::Exact };
        let (root, more) = self.root(kind, value);
        (kind, root, more)
    }
}

/// Sets of numbers that differ by constants: union-find with the difference to the parent.
#[derive(Clone)]
struct Sums {
    parents: Vec<(Value, i64)>,
}

impl Sums {
    fn new(count: usize) -> Sums {
        Sums { parents: (0..count as u32).map(|index| (Value::from_u32(index), 0)).collect() }
    }

    fn parent(&mut self, value: Value) -> &mut (Value, i64) {
        &mut self.parents[value.as_u32() as usize]
    }

    /// What stands for a number's set, and how much more the number is.
    fn root(&mut self, value: Value) -> (Value, i64) {
        let (mut root, mut sum) = (value, 0_i64);
        loop {
            let (parent, more) = *self.parent(root);
            if parent == root {
                break;
            }
            (root, sum) = (parent, sum.wrapping_add(more));
        }
        // What was passed leads there directly.
        let (mut at, mut rest) = (value, sum);
        while at != root {
            let (parent, more) = std::mem::replace(self.parent(at), (root, rest));
            (at, rest) = (parent, rest.wrapping_sub(more));
        }
        (root, sum)
    }

    /// `a` is `b` plus so much.
    fn relate(&mut self, a: Value, b: Value, more: i64) {
        let ((a, above_a), (b, above_b)) = (self.root(a), self.root(b));
        if a != b {
            *self.parent(a) = (b, above_b.wrapping_add(more).wrapping_sub(above_a));
        }
    }
}

/// The value that this is an alias of, or itself; none if it was deleted.
fn resolve(dfg: &DataFlowGraph, mut value: Value) -> Option<Value> {
    while let Some(original) = dfg.value_alias_dest_for_serialization(value) {
        value = original;
        if value.is_reserved_value() {
            return None;
        }
    }
    Some(value)
}

/// The instruction that has a value as its only result.
fn defining(dfg: &DataFlowGraph, value: Value) -> Option<Inst> {
    match dfg.value_def(resolve(dfg, value)?) {
        ValueDef::Result(inst, 0) if dfg.inst_results(inst).len() == 1 => Some(inst),
        _ => None,
    }
}

/// The bits of a constant.
fn constant(dfg: &DataFlowGraph, value: Value) -> Option<i64> {
    bits(dfg, defining(dfg, value)?)
}

/// The bits of the constant that an instruction gives.
fn bits(dfg: &DataFlowGraph, inst: Inst) -> Option<i64> {
    match dfg.insts[inst] {
        InstructionData::UnaryImm { opcode: Opcode::Iconst, imm } => Some(imm.bits()),
        InstructionData::UnaryIeee32 { opcode: Opcode::F32const, imm } => Some(imm.bits().into()),
        InstructionData::UnaryIeee64 { opcode: Opcode::F64const, imm } => Some(imm.bits() as i64),
        _ => None,
    }
}

/// The operation that computes an integer from two others of its type.
fn computed(dfg: &DataFlowGraph, value: Value) -> Option<(Operation, [Value; 2])> {
    let InstructionData::Binary { opcode, args } = dfg.insts[defining(dfg, value)?] else { return None };
    let ty = dfg.value_type(value);
    if !matches!(ty, types::I32 | types::I64) || args.iter().any(|operand| dfg.value_type(*operand) != ty) {
        return None;
    }
    let operation = match opcode {
        Opcode::Iadd => Operation::Add,
        Opcode::Isub => Operation::Subtract,
        Opcode::Imul => Operation::Multiply,
        Opcode::Band => Operation::And,
        Opcode::Bor => Operation::Or,
        Opcode::Bxor => Operation::Xor,
        Opcode::Ishl => Operation::ShiftLeft,
        Opcode::Ushr => Operation::ShiftRight,
        Opcode::Sshr => Operation::ShiftSigned,
        _ => return None,
    };
    Some((operation, args))
}

/// The other term of a sum with a constant, and that.
fn sum(dfg: &DataFlowGraph, inst: Inst) -> Option<(Value, i64)> {
    let InstructionData::Binary { opcode, args: [a, b] } = dfg.insts[inst] else { return None };
    if dfg.value_type(a) != types::I32 && dfg.value_type(a) != types::I64 {
        return None;
    }
    match (opcode, constant(dfg, a), constant(dfg, b)) {
        (Opcode::Iadd, _, Some(more)) => Some((a, more)),
        (Opcode::Iadd, Some(more), _) => Some((b, more)),
        (Opcode::Isub, _, Some(less)) => Some((a, less.wrapping_neg())),
        _ => None,
    }
}
