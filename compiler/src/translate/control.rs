//! Control operators: structured blocks become basic blocks, operands that cross them block parameters.

use super::Translator;
use super::trap;
use crate::error::Result;
use cranelift_codegen::ir::{self, Block, BlockArg, Inst, InstBuilder, JumpTableData, Type, Value, types};
use wasmaot_abi::trap::TrapKind;
use wasmparser::{BlockType, BrTable, Operator, ValType};

/// A structured block that is open.
#[derive(Debug)]
pub struct Frame {
    kind: Kind,
    /// Where a branch to it goes: the loop's header, else what follows the block.
    target: Block,
    /// Number of operands that such a branch takes along.
    branch_arity: usize,
    /// Types of its results.
    results: Vec<Type>,
    /// Operands below it.
    height: usize,
    /// Whether what follows has predecessors so far.
    followed: bool,
}

#[derive(Debug)]
enum Kind {
    Function,
    Block,
    Loop,
    /// The branch to the other side, that side, and its parameters; the then side is open.
    If {
        branch: Inst,
        other: Block,
        params: Vec<Value>,
    },
    /// The else side is open.
    Else,
}

/// Opens the frame of the function itself; what follows it is the return.
pub fn enter_function(s: &mut Translator<'_, '_>, results: &[ValType]) -> Result<()> {
    let target = s.builder.create_block();
    let results: Vec<Type> = results.iter().map(|ty| s.env.value_type(*ty)).collect();
    for ty in &results {
        s.builder.append_block_param(target, *ty);
    }
    let branch_arity = results.len();
    s.control.push(Frame { kind: Kind::Function, target, branch_arity, results, height: 0, followed: false });
    Ok(())
}

/// Parameters and results of a block.
fn block_type(s: &Translator<'_, '_>, ty: BlockType) -> Result<(usize, Vec<Type>)> {
    Ok(match ty {
        BlockType::Empty => (0, Vec::new()),
        BlockType::Type(ty) => (0, vec![s.env.value_type(ty)]),
        BlockType::FuncType(index) => {
            let ty = s.env.type_at(index)?;
            (ty.params().len(), ty.results().iter().map(|ty| s.env.value_type(*ty)).collect())
        }
    })
}

/// A basic block with parameters of these types.
fn block_with(s: &mut Translator<'_, '_>, params: &[Type]) -> Block {
    let block = s.builder.create_block();
    for ty in params {
        s.builder.append_block_param(block, *ty);
    }
    block
}

/// `block`
pub fn block(s: &mut Translator<'_, '_>, ty: BlockType) -> Result<()> {
    let (params, results) = block_type(s, ty)?;
    let target = block_with(s, &results);
    let (branch_arity, height) = (results.len(), s.stack.len() - params);
    s.control.push(Frame { kind: Kind::Block, target, branch_arity, results, height, followed: false });
    Ok(())
}

/// `loop`
pub fn loop_(s: &mut Translator<'_, '_>, ty: BlockType) -> Result<()> {
    let (params, results) = block_type(s, ty)?;
    let start = s.canonical_top(params);
    let types: Vec<Type> = s.stack[start..].iter().map(|value| s.builder.func.dfg.value_type(*value)).collect();
    let target = block_with(s, &types);
    jump(s, target, params);
    s.builder.switch_to_block(target);
    s.stack.truncate(start);
    s.stack.extend_from_slice(s.builder.block_params(target));
    super::call::check_interrupt(s);
    s.control.push(Frame { kind: Kind::Loop, target, branch_arity: params, results, height: start, followed: false });
    Ok(())
}

/// `if`
pub fn if_(s: &mut Translator<'_, '_>, ty: BlockType) -> Result<()> {
    let (params, results) = block_type(s, ty)?;
    let condition = s.pop();
    let start = s.canonical_top(params);
    let target = block_with(s, &results);
    let then = s.builder.create_block();
    let other = s.builder.create_block();
    let branch = s.builder.ins().brif(condition, then, &[], other, &[]);
    match hint(s) {
        Some(true) => s.builder.set_cold_block(other),
        Some(false) => s.builder.set_cold_block(then),
        None => {}
    }
    s.builder.seal_block(then);
    s.builder.switch_to_block(then);
    let (branch_arity, params) = (results.len(), s.stack[start..].to_vec());
    let kind = Kind::If { branch, other, params };
    s.control.push(Frame { kind, target, branch_arity, results, height: start, followed: false });
    Ok(())
}

/// `else`
pub fn else_(s: &mut Translator<'_, '_>) {
    if s.reachable {
        follow(s);
    }
    let frame = s.control.last_mut().expect("validated: an if is open");
    let Kind::If { other, params, .. } = std::mem::replace(&mut frame.kind, Kind::Else) else {
        unreachable!("validated: else belongs to an if")
    };
    s.stack.truncate(frame.height);
    s.stack.extend(params);
    s.builder.seal_block(other);
    s.builder.switch_to_block(other);
    s.reachable = true;
}

/// Jumps from the end of the innermost block to what follows it, with its results.
fn follow(s: &mut Translator<'_, '_>) {
    let frame = s.control.last_mut().expect("a block is open");
    frame.followed = true;
    let (target, results) = (frame.target, frame.results.len());
    jump(s, target, results);
}

/// `end`
pub fn end(s: &mut Translator<'_, '_>) {
    if matches!(s.control.last(), Some(Frame { kind: Kind::Loop, .. })) {
        // Only its own end leads out of a loop: go on in the same basic block.
        let frame = s.control.pop().expect("a loop is open");
        s.builder.seal_block(frame.target);
        if !s.reachable {
            s.stack.truncate(frame.height);
        }
        return;
    }
    if s.reachable {
        follow(s);
    }
    let mut frame = s.control.pop().expect("validated: a block is open");
    if let Kind::If { branch, other, ref params } = frame.kind {
        // Without else, the other side is empty: its parameters are the results.
        if params.is_empty() {
            s.builder.change_jump_destination(branch, other, frame.target);
        } else {
            s.builder.seal_block(other);
            s.builder.switch_to_block(other);
            let args: Vec<BlockArg> = params.iter().map(|value| BlockArg::from(*value)).collect();
            s.builder.ins().jump(frame.target, &args);
        }
        frame.followed = true;
    }
    s.stack.truncate(frame.height);
    s.reachable = frame.followed;
    if s.reachable {
        s.builder.switch_to_block(frame.target);
        s.builder.seal_block(frame.target);
        s.stack.extend_from_slice(s.builder.block_params(frame.target));
        if let Kind::Function = frame.kind {
            let results = std::mem::take(&mut s.stack);
            s.leave(&results);
            s.reachable = false;
        }
    }
}

/// In unreachable code, only the nesting of blocks matters.
pub fn skip(s: &mut Translator<'_, '_>, operator: &Operator<'_>) -> Result<()> {
    match operator {
        Operator::Block { .. } | Operator::Loop { .. } | Operator::If { .. } => s.skipped += 1,
        Operator::Else if s.skipped == 0 => else_(s),
        Operator::End if s.skipped == 0 => end(s),
        Operator::End => s.skipped -= 1,
        _ => {}
    }
    Ok(())
}

/// The rest of the block cannot be reached.
pub fn stop(s: &mut Translator<'_, '_>) {
    s.reachable = false;
    s.skipped = 0;
}

/// `unreachable`
pub fn unreachable(s: &mut Translator<'_, '_>) {
    trap::always(s, TrapKind::Unreachable);
    stop(s);
}

/// Jumps with the top `count` operands, which stay on the stack.
fn jump(s: &mut Translator<'_, '_>, target: Block, count: usize) {
    let args = arguments(s, count);
    s.builder.ins().jump(target, &args);
}

/// The top `count` operands as block arguments.
fn arguments(s: &mut Translator<'_, '_>, count: usize) -> Vec<BlockArg> {
    let start = s.canonical_top(count);
    s.stack[start..].iter().map(|value| BlockArg::from(*value)).collect()
}

/// The basic block that a branch goes to, and how many operands it takes along.
pub fn destination(s: &mut Translator<'_, '_>, depth: u32) -> (Block, usize) {
    let index = s.control.len() - 1 - depth as usize;
    let frame = &mut s.control[index];
    if !matches!(frame.kind, Kind::Loop) {
        frame.followed = true;
    }
    (frame.target, frame.branch_arity)
}

/// `br`
pub fn br(s: &mut Translator<'_, '_>, depth: u32) {
    let (target, arity) = destination(s, depth);
    jump(s, target, arity);
    stop(s);
}

/// `br_if`
pub fn br_if(s: &mut Translator<'_, '_>, depth: u32) {
    let condition = s.pop();
    branch(s, condition, depth, true);
}

/// Branches if a condition is (not) zero, and goes on otherwise.
pub fn branch(s: &mut Translator<'_, '_>, condition: Value, depth: u32, if_not_zero: bool) {
    let (target, arity) = destination(s, depth);
    let args = arguments(s, arity);
    let next = s.builder.create_block();
    // A cold branch goes through a block of its own, since others may branch to the target too.
    let hint = hint(s);
    let through = (hint == Some(false)).then(|| s.builder.create_block());
    let (taken, taken_args) = match through {
        Some(block) => (block, [].as_slice()),
        None => (target, args.as_slice()),
    };
    if if_not_zero {
        s.builder.ins().brif(condition, taken, taken_args, next, &[]);
    } else {
        s.builder.ins().brif(condition, next, &[], taken, taken_args);
    }
    if let Some(block) = through {
        s.builder.set_cold_block(block);
        s.builder.seal_block(block);
        s.builder.switch_to_block(block);
        s.builder.ins().jump(target, &args);
    }
    if hint == Some(true) {
        s.builder.set_cold_block(next);
    }
    s.builder.seal_block(next);
    s.builder.switch_to_block(next);
}

/// `br_table`
pub fn br_table(s: &mut Translator<'_, '_>, targets: &BrTable<'_>) -> Result<()> {
    let index = s.pop();
    let (default, arity) = destination(s, targets.default());
    let args = arguments(s, arity);
    let mut calls = Vec::with_capacity(targets.len() as usize);
    for depth in targets.targets() {
        let (target, _) = destination(s, depth?);
        calls.push(ir::BlockCall::new(target, args.iter().copied(), &mut s.builder.func.dfg.value_lists));
    }
    let default = ir::BlockCall::new(default, args.iter().copied(), &mut s.builder.func.dfg.value_lists);
    let table = s.builder.create_jump_table(JumpTableData::new(default, &calls));
    s.builder.ins().br_table(index, table);
    stop(s);
    Ok(())
}

/// `return`
pub fn return_(s: &mut Translator<'_, '_>) {
    let start = s.canonical_top(s.control[0].results.len());
    let results = s.stack[start..].to_vec();
    s.leave(&results);
    stop(s);
}

/// The branch hint of this operator: `true` if the branch is likely to be taken.
fn hint(s: &Translator<'_, '_>) -> Option<bool> {
    let hints = s.env.module.branch_hints.get(&s.index)?;
    let offset = (s.offset - s.body_offset) as u32;
    hints.binary_search_by_key(&offset, |hint| hint.0).ok().map(|found| hints[found].1)
}

/// An i32 of a comparison's answer.
pub fn truth(s: &mut Translator<'_, '_>, condition: Value) -> Value {
    s.builder.ins().uextend(types::I32, condition)
}
