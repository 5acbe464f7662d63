//! What makes offsets in memory 0 and indices in table 0 native addresses, in expressions.

use super::super::Context;
use super::super::sections::Buffer;
use super::Expression;
use crate::codegen::{At, Place};
use crate::symbols::Symbol;
use gimli::constants::*;
use std::mem::offset_of;
use wasmaot_abi::embed;
use wasmaot_abi::program::{ConstantElement, DEBUG_BASE, Program};

/// The instance, as a value.
pub fn instance(place: Place) -> Option<Expression> {
    let mut expression = Expression::default();
    let At::Frame(offset) = place.at else { return None };
    expression.buffer.bytes.extend_from_slice(&[DW_OP_call_frame_cfa.0, DW_OP_consts.0]);
    expression.buffer.sleb(offset);
    expression.buffer.u8(DW_OP_plus.0);
    Some(expression)
}

/// An address in the frame of the function that runs: its frame base, wherever that is in memory 0.
pub fn in_frame() -> Buffer {
    let mut near = Buffer::default();
    near.bytes.extend_from_slice(&[DW_OP_fbreg.0, 0]);
    near
}

/// The same, or nothing that is near any memory where the instance is none of this module's. None if all have the same memory.
pub fn in_own_frame(context: &Context<'_, '_>) -> Option<Buffer> {
    if !context.is_behind() {
        return None;
    }
    // The code of the module that the instance says it is of, and that of this one.
    let mut near = Buffer::default();
    push_base(context, &mut near, Some(&in_frame()))?;
    near.bytes.extend_from_slice(&[DW_OP_dup.0, DW_OP_consts.0]);
    near.sleb(offset_of!(embed::Header, module) as i64 - i64::from(embed::offset::MEMORY));
    near.bytes.extend_from_slice(&[DW_OP_plus.0, DW_OP_deref.0, DW_OP_plus_uconst.0]);
    near.uleb(offset_of!(embed::Module, program) as u64);
    near.bytes.extend_from_slice(&[DW_OP_deref.0, DW_OP_plus_uconst.0]);
    near.uleb(offset_of!(Program, text) as u64);
    near.bytes.extend_from_slice(&[DW_OP_deref.0, DW_OP_addr.0]);
    near.address(Symbol::Program, offset_of!(Program, text) as i64);
    near.bytes.extend_from_slice(&[DW_OP_deref.0, DW_OP_eq.0, DW_OP_mul.0]);
    Some(near)
}

/// The address of the memory behind an instance's block.
pub(super) fn by_instance(instance: Place) -> Option<Buffer> {
    let At::Frame(offset) = instance.at else { return None };
    let mut near = Buffer::default();
    near.bytes.extend_from_slice(&[DW_OP_call_frame_cfa.0, DW_OP_consts.0]);
    near.sleb(offset);
    near.bytes.extend_from_slice(&[DW_OP_plus.0, DW_OP_deref.0, DW_OP_plus_uconst.0]);
    near.uleb(embed::offset::MEMORY as u64);
    Some(near)
}

/// Adds the address of memory 0 to an offset on top of the stack; `near` is what tells it where each instance has its own: an address in that memory.
pub fn add_base(context: &Context<'_, '_>, out: &mut Buffer, near: Option<&Buffer>) -> Option<()> {
    let memory = context.memory?;
    match memory.constant {
        Some(base) => {
            out.u8(DW_OP_plus_uconst.0);
            out.uleb(base);
        }
        None => {
            push_base(context, out, near)?;
            out.u8(DW_OP_plus.0);
        }
    }
    Some(())
}

/// Turns a pointer of wasm on top of the stack into a native one; null stays null. Without branches: gdb 13 has an
/// internal error where two branches of an expression meet.
pub fn follow(context: &Context<'_, '_>, out: &mut Buffer, near: Option<&Buffer>) -> Option<()> {
    out.bytes.extend_from_slice(&[DW_OP_dup.0, DW_OP_lit0.0, DW_OP_ne.0]);
    push_base(context, out, near)?;
    out.bytes.extend_from_slice(&[DW_OP_mul.0, DW_OP_plus.0]);
    Some(())
}

/// Turns an index in table 0 on top of the stack into the native address of the function there. What is no function's index
/// stays: null is null. Without branches, as [`follow`].
pub fn function(context: &Context<'_, '_>, out: &mut Buffer) -> Option<()> {
    let table = context.table?;
    let push_table = |out: &mut Buffer| {
        out.u8(DW_OP_addr.0);
        out.address(Symbol::Data(table.address), 0);
        out.u8(DW_OP_deref.0);
    };
    // Whether it is inside; the address of its element, or of the first: a code offset, then an id.
    out.bytes.extend_from_slice(&[DW_OP_dup.0, DW_OP_constu.0]);
    out.uleb(table.len);
    out.bytes.extend_from_slice(&[DW_OP_lt.0, DW_OP_over.0, DW_OP_over.0, DW_OP_mul.0]);
    out.bytes.extend_from_slice(&[DW_OP_lit0.0 + size_of::<ConstantElement>() as u8, DW_OP_mul.0]);
    push_table(out);
    out.bytes.extend_from_slice(&[DW_OP_plus.0, DW_OP_deref_size.0, 4]);
    // Index, code offset, and whether it counts.
    out.bytes.extend_from_slice(&[DW_OP_dup.0, DW_OP_lit0.0, DW_OP_ne.0]);
    out.bytes.extend_from_slice(&[DW_OP_rot.0, DW_OP_rot.0, DW_OP_and.0, DW_OP_swap.0]);
    // The offset has a sign.
    out.bytes.extend_from_slice(&[DW_OP_const1u.0, 32, DW_OP_shl.0, DW_OP_const1u.0, 32, DW_OP_shra.0]);
    push_table(out);
    out.bytes.extend_from_slice(&[DW_OP_plus.0, DW_OP_pick.0, 2, DW_OP_minus.0, DW_OP_mul.0, DW_OP_plus.0]);
    Some(())
}

/// Pushes the address of memory 0. If that is another in each instance, `near` pushes one in it, which tells.
pub(super) fn push_base(context: &Context<'_, '_>, out: &mut Buffer, near: Option<&Buffer>) -> Option<()> {
    let memory = context.memory?;
    match memory.constant {
        None if memory.behind => {
            out.append(near?);
            out.u8(DW_OP_constu.0);
            out.uleb(DEBUG_BASE.wrapping_neg());
            out.u8(DW_OP_and.0);
        }
        Some(base) => {
            out.u8(DW_OP_constu.0);
            out.uleb(base);
        }
        None => {
            out.u8(DW_OP_addr.0);
            out.address(Symbol::Data(memory.descriptor), 0);
            out.u8(DW_OP_deref.0);
        }
    }
    Some(())
}
