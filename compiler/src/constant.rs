//! Constant expressions, evaluated at compile time (specification: constant expressions). Every global that such an
//! expression may read is itself constant, and imports are wired at compile time. Only what reads a global that the host
//! gives is left for run time.

use crate::error::{Error, Result};
use crate::module::ItemKind;
use crate::program::{Import, InstanceId, Program};
use wasmparser::{ConstExpr, Operator};

/// Value of a constant expression.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum Constant {
    /// i32
    I32(u32),
    /// i64
    I64(u64),
    /// f32, its bits
    F32(u32),
    /// f64, its bits
    F64(u64),
    /// v128, little-endian
    V128([u8; 16]),
    /// A null reference.
    Null,
    /// A reference to a function of an instance, by that instance's index.
    Function(InstanceId, u32),
}

impl Constant {
    /// An address or table index: i32 and i64 without sign.
    pub fn index(self) -> Result<u64> {
        match self {
            Constant::I32(value) => Ok(value.into()),
            Constant::I64(value) => Ok(value),
            other => Err(Error::internal(format!("{other:?} as an offset"))),
        }
    }
}

/// Evaluates an expression of an instance's module.
pub fn evaluate(program: &Program<'_>, instance: InstanceId, expression: &ConstExpr<'_>) -> Result<Constant> {
    let mut stack: Vec<Constant> = Vec::new();
    let mut reader = expression.get_operators_reader();
    while !reader.eof() {
        let value = match reader.read()? {
            Operator::I32Const { value } => Constant::I32(value as u32),
            Operator::I64Const { value } => Constant::I64(value as u64),
            Operator::F32Const { value } => Constant::F32(value.bits()),
            Operator::F64Const { value } => Constant::F64(value.bits()),
            Operator::V128Const { value } => Constant::V128(*value.bytes()),
            Operator::RefNull { .. } => Constant::Null,
            Operator::RefFunc { function_index } => Constant::Function(instance, function_index),
            Operator::GlobalGet { global_index } => global(program, instance, global_index)?,
            Operator::I32Add => i32_operation(&mut stack, u32::wrapping_add)?,
            Operator::I32Sub => i32_operation(&mut stack, u32::wrapping_sub)?,
            Operator::I32Mul => i32_operation(&mut stack, u32::wrapping_mul)?,
            Operator::I64Add => i64_operation(&mut stack, u64::wrapping_add)?,
            Operator::I64Sub => i64_operation(&mut stack, u64::wrapping_sub)?,
            Operator::I64Mul => i64_operation(&mut stack, u64::wrapping_mul)?,
            Operator::End => break,
            other => return Err(Error::unsupported(format!("{other:?} in a constant expression"))),
        };
        stack.push(value);
    }
    stack.pop().ok_or_else(|| Error::internal("empty constant expression"))
}

/// The value of an immutable global.
pub fn global(program: &Program<'_>, instance: InstanceId, index: u32) -> Result<Constant> {
    let (instance, index) = resolve(program, instance, ItemKind::Global, index)?;
    let module = program.module_of(instance);
    match module.globals.get(index as usize).and_then(|global| global.init.as_ref()) {
        Some(init) => evaluate(program, instance, init),
        None if program.import(instance, ItemKind::Global, index) == Some(Import::Host) => {
            Err(Error::unsupported("elements of a segment or table that are globals of the host are not supported yet"))
        }
        None => Err(Error::internal(format!("global {index} has no value"))),
    }
}

/// Whether an expression has its value at run time: it reads a global that the host gives, itself or by way of others.
pub fn is_late(program: &Program<'_>, instance: InstanceId, expression: &ConstExpr<'_>) -> Result<bool> {
    let mut reader = expression.get_operators_reader();
    while !reader.eof() {
        if let Operator::GlobalGet { global_index } = reader.read()? {
            let (owner, index) = resolve(program, instance, ItemKind::Global, global_index)?;
            let global = program.module_of(owner).globals.get(index as usize);
            let late = match global.and_then(|global| global.init.as_ref()) {
                Some(init) => is_late(program, owner, init)?,
                None => program.import(owner, ItemKind::Global, index) == Some(Import::Host),
            };
            if late {
                return Ok(true);
            }
        }
    }
    Ok(false)
}

/// Where an active segment goes.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum Offset {
    /// There.
    Known(u64),
    /// The value of its expression when the module is instantiated.
    Late,
}

impl Offset {
    /// The value of an expression of an instance's module.
    pub fn of(program: &Program<'_>, instance: InstanceId, expression: &ConstExpr<'_>) -> Result<Offset> {
        if is_late(program, instance, expression)? {
            return Ok(Offset::Late);
        }
        evaluate(program, instance, expression)?.index().map(Offset::Known)
    }
}

/// Follows imports of tables, memories and globals to the instance that defines the item.
pub fn resolve(program: &Program<'_>, instance: InstanceId, kind: ItemKind, index: u32) -> Result<(InstanceId, u32)> {
    let (mut instance, mut index) = (instance, index);
    loop {
        match program.import(instance, kind, index) {
            None | Some(Import::Host) => return Ok((instance, index)),
            Some(Import::Item(from, item)) => (instance, index) = (from, item),
            Some(Import::WasiP1(_)) => return Err(Error::internal("a host function where an item is expected")),
        }
    }
}

fn i32_operation(stack: &mut Vec<Constant>, operation: fn(u32, u32) -> u32) -> Result<Constant> {
    match (stack.pop(), stack.pop()) {
        (Some(Constant::I32(b)), Some(Constant::I32(a))) => Ok(Constant::I32(operation(a, b))),
        _ => Err(Error::internal("operands of a constant expression")),
    }
}

fn i64_operation(stack: &mut Vec<Constant>, operation: fn(u64, u64) -> u64) -> Result<Constant> {
    match (stack.pop(), stack.pop()) {
        (Some(Constant::I64(b)), Some(Constant::I64(a))) => Ok(Constant::I64(operation(a, b))),
        _ => Err(Error::internal("operands of a constant expression")),
    }
}
