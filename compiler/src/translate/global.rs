//! Global operators.

use super::Translator;
use super::state::Region;
use crate::constant::Constant;
use crate::env::POINTER;
use crate::error::{Error, Result};
use crate::layout::GlobalLocation;
use cranelift_codegen::ir::{InstBuilder, Value, types};
use wasmparser::{FunctionBody, Operator, ValType};

/// `global.get`
pub fn get(s: &mut Translator<'_, '_>, index: u32) -> Result<()> {
    let value = match location(s, index)? {
        GlobalLocation::Constant(constant) => materialise(s, constant)?,
        GlobalLocation::Variable(data, offset) => {
            let ty = s.env.value_type(s.env.module.globals[index as usize].ty.content_type);
            let address = s.data_address(data);
            let flags = s.trusted(Region::Globals);
            let value = s.builder.ins().load(ty, flags, address, offset as i32);
            if s.red_zone && index == STACK_POINTER { s.builder.ins().iadd_imm_s(value, RED_ZONE) } else { value }
        }
        GlobalLocation::Imported(slots, offset) => {
            let ty = s.env.value_type(s.env.module.globals[index as usize].ty.content_type);
            let address = s.imported(slots, offset);
            let flags = s.trusted(Region::Globals);
            s.builder.ins().load(ty, flags, address, 0)
        }
    };
    s.push(value);
    Ok(())
}

/// `global.set`
pub fn set(s: &mut Translator<'_, '_>, index: u32) -> Result<()> {
    let value = s.pop();
    let (address, offset) = match location(s, index)? {
        GlobalLocation::Variable(data, offset) => (s.data_address(data), offset),
        GlobalLocation::Imported(slots, offset) => (s.imported(slots, offset), 0),
        GlobalLocation::Constant(_) => return Err(Error::internal("global.set of an immutable global")),
    };
    let flags = s.trusted(Region::Globals);
    s.builder.ins().store(flags, value, address, offset as i32);
    Ok(())
}

/// The global that tools make the stack pointer.
const STACK_POINTER: u32 = 0;

/// Bytes below the stack pointer that functions use without moving it (LLVM's red zone).
const RED_ZONE: i64 = 128;

/// Whether a function reads the stack pointer, does not set it, calls nothing and throws nothing: its variables may be below it.
pub fn uses_red_zone(s: &Translator<'_, '_>, body: &FunctionBody<'_>) -> Result<bool> {
    let is_pointer = s
        .env
        .module
        .globals
        .get(STACK_POINTER as usize)
        .is_some_and(|global| global.ty.mutable && global.ty.content_type == ValType::I32)
        && matches!(location(s, STACK_POINTER)?, GlobalLocation::Variable(..));
    let mut reads = false;
    let mut operators = body.get_operators_reader()?;
    while is_pointer && !operators.eof() {
        match operators.read()? {
            Operator::GlobalGet { global_index: STACK_POINTER } => reads = true,
            Operator::GlobalSet { global_index: STACK_POINTER }
            | Operator::Call { .. }
            | Operator::CallIndirect { .. }
            | Operator::CallRef { .. }
            | Operator::ReturnCall { .. }
            | Operator::ReturnCallIndirect { .. }
            | Operator::ReturnCallRef { .. }
            | Operator::Throw { .. }
            | Operator::ThrowRef => return Ok(false),
            _ => {}
        }
    }
    Ok(reads)
}

/// Moves the stack pointer by the red zone, down or up: what a debugger calls meanwhile has its variables below.
pub fn move_stack_pointer(s: &mut Translator<'_, '_>, down: bool) {
    if let Ok(GlobalLocation::Variable(data, offset)) = location(s, STACK_POINTER) {
        let address = s.data_address(data);
        let flags = s.trusted(Region::Globals);
        let value = s.builder.ins().load(types::I32, flags, address, offset as i32);
        let value = s.builder.ins().iadd_imm_s(value, if down { -RED_ZONE } else { RED_ZONE });
        s.builder.ins().store(flags, value, address, offset as i32);
    }
}

fn location(s: &Translator<'_, '_>, index: u32) -> Result<GlobalLocation> {
    let location = s.env.layout.globals.get(index as usize).copied();
    location.ok_or_else(|| Error::internal(format!("no global {index}")))
}

/// A constant as a value.
pub fn materialise(s: &mut Translator<'_, '_>, constant: Constant) -> Result<Value> {
    Ok(match constant {
        Constant::I32(value) => s.builder.ins().iconst(types::I32, i64::from(value)),
        Constant::I64(value) => s.constant64(value),
        Constant::F32(bits) => s.builder.ins().f32const(cranelift_codegen::ir::immediates::Ieee32::with_bits(bits)),
        Constant::F64(bits) => s.builder.ins().f64const(cranelift_codegen::ir::immediates::Ieee64::with_bits(bits)),
        Constant::V128(bytes) => super::simd::constant(s, &bytes),
        Constant::Null => s.builder.ins().iconst(POINTER, 0),
        // A function of another instance is reached through an import of the same descriptor array.
        Constant::Function(owner, index) => super::refs::descriptor(s, owner, index)?,
    })
}
