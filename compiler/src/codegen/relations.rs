//! Which values of optimised code tell a value of the translated function: equal ones, and those that differ from it by a
//! constant. The optimiser leaves equal values behind as unions, aliases, and instructions that say the same.
//!
//! Two related values keep their relation wherever both are alive: for neither to be of an earlier round of a loop, what
//! they are computed from would have to be computed anew between, and that leads to both again, since it dominates them.

use super::Operation;
use cranelift_codegen::ir::instructions::InstructionData;
use cranelift_codegen::ir::{DataFlowGraph, Function, Inst, Opcode, Type, Value, ValueDef, types};
use cranelift_entity::packed_option::ReservedValue;
use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::hash::{BuildHasherDefault, Hasher};

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
    /// What tells it, the best first.
    pub tellers: Vec<Teller>,
    /// Which two others, of its type, make it by what operation.
    pub computed: Option<(Operation, [usize; 2])>,
}

/// How many values are taken to tell one.
const MOST: usize = 8;

/// What tells each of these values, which are in order, and what they are computed from; in order.
pub fn tellers(function: &Function, mut wanted: Vec<Value>) -> Vec<Told> {
    let dfg = &function.dfg;
    // What is computed in the code has its own place; what is not is folded into something else.
    let folded = |value: Value| computed(dfg, value).filter(|_| !is_placed(function, value));
    let operands = wanted.iter().filter_map(|value| folded(*value)).flat_map(|(_, operands)| operands);
    let asked = wanted.clone();
    wanted.extend(operands.collect::<Vec<Value>>());
    wanted.sort_unstable();
    wanted.dedup();

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
    for value in dfg.values().filter(|value| resolve(dfg, *value) == Some(*value)) {
        let constant = constant(dfg, value);
        if constant.is_none() && !is_placed(function, value) {
            continue;
        }
        for kind in [Kind::Exact, Kind::Low] {
            let (root, more) = relations.root(kind, value);
            let set = sets[kind as usize][root.as_u32() as usize];
            let is_integer = matches!(dfg.value_type(value), types::I32 | types::I64);
            if set == 0 || (kind == Kind::Low && !is_integer) {
                continue;
            }
            match constant {
                Some(constant) => bases[set as usize] = Some(constant.wrapping_sub(more)),
                None => members.push((set, value, more)),
            }
        }
    }
    members.sort_unstable();
    let mut told = Vec::with_capacity(wanted.len());
    for &value in &wanted {
        let (kind, root, more) = relations.set(dfg, value);
        let set = sets[kind as usize][root.as_u32() as usize];
        let members = &members[members.partition_point(|member| member.0 < set)..];
        let members = &members[..members.partition_point(|member| member.0 == set)];
        let tellers = tellers_of(dfg, (value, more), bases[set as usize], members);
        let computed = folded(value)
            .filter(|_| !matches!(tellers[..], [Teller::Constant(_)]) && asked.binary_search(&value).is_ok());
        let computed = computed.and_then(|(operation, [a, b])| {
            Some((operation, [wanted.binary_search(&a).ok()?, wanted.binary_search(&b).ok()?]))
        });
        told.push(Told { value, tellers, computed });
    }
    told
}

/// What tells a value that is so much more than what stands for its set: that, if it is constant, or the set's members.
fn tellers_of(
    dfg: &DataFlowGraph,
    (value, more): (Value, i64),
    base: Option<i64>,
    members: &[(u32, Value, i64)],
) -> Vec<Teller> {
    let ty = dfg.value_type(value);
    if let Some(base) = base {
        let bits = base.wrapping_add(more) as u64;
        return vec![Teller::Constant(if ty.bits() == 32 { bits & u64::from(u32::MAX) } else { bits })];
    }
    let mut found: Vec<(bool, bool, Value, i64)> = Vec::with_capacity(members.len());
    for &(_, other, above) in members {
        let sum = more.wrapping_sub(above);
        let sum = if ty == types::I32 { i64::from(sum as i32) } else { sum };
        found.push((sum != 0 || dfg.value_type(other) != ty, other != value, other, sum));
    }
    found.sort_unstable();
    found.truncate(MOST);
    found.into_iter().map(|(_, _, other, sum)| Teller::Sum(other, sum)).collect()
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
}

impl Relations {
    fn of(dfg: &DataFlowGraph) -> Relations {
        let count = dfg.num_values();
        let mut equal = Sums::new(count);
        for value in dfg.values() {
            let Some(resolved) = resolve(dfg, value) else { continue };
            equal.relate(value, resolved, 0);
            if let ValueDef::Union(a, b) = dfg.value_def(resolved) {
                equal.relate(resolved, a, 0);
                equal.relate(resolved, b, 0);
            }
        }
        congruent(dfg, &mut equal);
        let mut relations = Relations { exact: equal, low: Sums::new(count) };
        for value in dfg.values() {
            if let Some((term, constant)) = defining(dfg, value).and_then(|inst| sum(dfg, inst)) {
                relations.exact.relate(value, term, constant);
            }
        }
        for value in dfg.values().filter(|value| matches!(dfg.value_type(*value), types::I32 | types::I64)) {
            let (root, more) = relations.exact.root(value);
            relations.low.relate(value, root, more);
            if let Some(source) = defining(dfg, value).and_then(|inst| resized(dfg, inst)) {
                relations.low.relate(value, source, 0);
            }
        }
        relations
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

/// A fast hash of a few words.
#[derive(Default)]
struct Mixer(u64);

impl Hasher for Mixer {
    fn write(&mut self, bytes: &[u8]) {
        bytes.iter().for_each(|byte| self.write_u64(u64::from(*byte)));
    }

    fn write_u32(&mut self, word: u32) {
        self.write_u64(word.into());
    }

    fn write_u64(&mut self, word: u64) {
        self.0 = (self.0.rotate_left(5) ^ word).wrapping_mul(0x517c_c1b7_2722_0a95);
    }

    fn write_usize(&mut self, word: usize) {
        self.write_u64(word as u64);
    }

    fn write_isize(&mut self, word: isize) {
        self.write_u64(word as u64);
    }

    fn finish(&self) -> u64 {
        self.0.rotate_left(26)
    }
}

/// Finds pure instructions that do the same with equal values.
fn congruent(dfg: &DataFlowGraph, equal: &mut Sums) {
    let mut known: HashMap<(Type, InstructionData), Value, BuildHasherDefault<Mixer>> = HashMap::default();
    let mut no_lists = Default::default();
    for value in dfg.values() {
        let Some(inst) = defining(dfg, value).filter(|inst| is_pure(dfg.insts[*inst].opcode())) else { continue };
        let mut data = dfg.insts[inst];
        for argument in data.arguments_mut(&mut no_lists) {
            *argument = resolve(dfg, *argument).map_or(*argument, |argument| equal.root(argument).0);
        }
        match known.entry((dfg.value_type(value), data)) {
            Entry::Occupied(same) => equal.relate(value, *same.get(), 0),
            Entry::Vacant(free) => {
                free.insert(value);
            }
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

/// Whether the result depends on the arguments alone.
fn is_pure(opcode: Opcode) -> bool {
    let acts = opcode.can_load() || opcode.can_store() || opcode.can_trap() || opcode.other_side_effects();
    !(acts || opcode.is_call() || opcode.is_branch() || opcode.is_terminator())
}

/// Whether an instruction in the code, or a block, defines the value.
fn is_placed(function: &Function, value: Value) -> bool {
    function.dfg.value_is_attached(value)
        && match function.dfg.value_def(value) {
            ValueDef::Result(inst, _) => function.layout.inst_block(inst).is_some(),
            ValueDef::Param(block, _) => function.layout.is_block_inserted(block),
            ValueDef::Union(..) => false,
        }
}

/// The bits of a constant.
fn constant(dfg: &DataFlowGraph, value: Value) -> Option<i64> {
    match dfg.insts[defining(dfg, value)?] {
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

/// What a conversion between i32 and i64 converts.
fn resized(dfg: &DataFlowGraph, inst: Inst) -> Option<Value> {
    let InstructionData::Unary { opcode: Opcode::Uextend | Opcode::Sextend | Opcode::Ireduce, arg } = dfg.insts[inst]
    else {
        return None;
    };
    matches!(dfg.value_type(arg), types::I32 | types::I64).then_some(arg)
}
