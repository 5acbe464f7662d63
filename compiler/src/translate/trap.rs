//! Traps: an instruction that traps by itself, or, for hosts without signal handlers (`--traps=explicit`), a call of the
//! runtime. Called by every room that traps; those whose own instructions trap ask [`explicit`] first.

use super::Translator;
use super::state::trap_code;
use cranelift_codegen::ir::condcodes::{FloatCC, IntCC};
use cranelift_codegen::ir::{InstBuilder, MemFlagsData, Type, Value, types};
use wasmaot_abi::builtin::Builtin;
use wasmaot_abi::embed::offset as field;
use wasmaot_abi::trap::TrapKind;

/// Stack in bytes below the comparison of an explicit check: what a frame may have without a check of its own.
const MARGIN: i64 = 0x4000;

/// Whether no instruction may trap by itself.
pub fn explicit(s: &Translator<'_, '_>) -> bool {
    s.env.handle.is_some_and(|handle| handle.explicit_traps)
}

/// Traps. What follows is not reached.
pub fn always(s: &mut Translator<'_, '_>, kind: TrapKind) {
    if explicit(s) {
        let code = s.builder.ins().iconst(types::I32, kind as i64);
        s.call_builtin(Builtin::Trap, &[code]);
    }
    // Behind the call, which does not return, for Cranelift: a block must end.
    s.builder.ins().trap(trap_code(kind));
}

/// Traps if a condition is not 0.
pub fn if_true(s: &mut Translator<'_, '_>, condition: Value, kind: TrapKind) {
    if !explicit(s) {
        s.builder.ins().trapnz(condition, trap_code(kind));
        return;
    }
    let (cold, next) = (s.builder.create_block(), s.builder.create_block());
    s.builder.ins().brif(condition, cold, &[], next, &[]);
    leave(s, cold, kind);
    s.builder.seal_block(next);
    s.builder.switch_to_block(next);
}

/// Traps if a condition, or reference, is 0.
pub fn if_zero(s: &mut Translator<'_, '_>, condition: Value, kind: TrapKind) {
    if !explicit(s) {
        s.builder.ins().trapz(condition, trap_code(kind));
        return;
    }
    let (cold, next) = (s.builder.create_block(), s.builder.create_block());
    s.builder.ins().brif(condition, next, &[], cold, &[]);
    leave(s, cold, kind);
    s.builder.seal_block(next);
    s.builder.switch_to_block(next);
}

fn leave(s: &mut Translator<'_, '_>, cold: cranelift_codegen::ir::Block, kind: TrapKind) {
    s.builder.set_cold_block(cold);
    s.builder.seal_block(cold);
    s.builder.switch_to_block(cold);
    always(s, kind);
}

/// `a + b`, without sign; traps if it does not fit.
pub fn add(s: &mut Translator<'_, '_>, a: Value, b: Value, kind: TrapKind) -> Value {
    if !explicit(s) {
        return s.builder.ins().uadd_overflow_trap(a, b, trap_code(kind));
    }
    let (sum, wraps) = s.builder.ins().uadd_overflow(a, b);
    if_true(s, wraps, kind);
    sum
}

/// What division by this number traps for, if the instruction does not.
pub fn check_division(s: &mut Translator<'_, '_>, a: Value, b: Value, signed_quotient: bool) {
    if !explicit(s) {
        return;
    }
    if_zero(s, b, TrapKind::IntegerDivisionByZero);
    if signed_quotient {
        let ty = s.builder.func.dfg.value_type(a);
        let least = if ty == types::I32 { i64::from(i32::MIN) } else { i64::MIN };
        let least = s.builder.ins().iconst(ty, if ty == types::I32 { least & 0xffff_ffff } else { least });
        let is_least = s.builder.ins().icmp(IntCC::Equal, a, least);
        let is_minus_one = s.builder.ins().icmp_imm_s(IntCC::Equal, b, -1);
        let overflows = s.builder.ins().band(is_least, is_minus_one);
        if_true(s, overflows, TrapKind::IntegerOverflow);
    }
}

/// A float as an integer of type `ty`, which must be able to hold it.
pub fn truncate(s: &mut Translator<'_, '_>, ty: Type, value: Value, signed: bool) -> Value {
    if !explicit(s) {
        let ins = s.builder.ins();
        return if signed { ins.fcvt_to_sint(ty, value) } else { ins.fcvt_to_uint(ty, value) };
    }
    let is_nan = s.builder.ins().fcmp(FloatCC::Unordered, value, value);
    if_true(s, is_nan, TrapKind::BadConversionToInteger);
    let bits = ty.bits() as i32;
    let single = s.builder.func.dfg.value_type(value) == types::F32;
    // The least float above the range, and the greatest below it: exact in both formats but for -2^31 - 1 as f32, where
    // the comparison is with -2^31 itself.
    let above = 2f64.powi(if signed { bits - 1 } else { bits });
    let (below, inclusive) = match (signed, single || bits == 64) {
        (false, _) => (-1.0, false),
        (true, true) => (-above, true),
        (true, false) => (-above - 1.0, false),
    };
    let mut float = |number: f64| {
        if single { s.builder.ins().f32const(number as f32) } else { s.builder.ins().f64const(number) }
    };
    let (above, below) = (float(above), float(below));
    let fits_above = s.builder.ins().fcmp(FloatCC::LessThan, value, above);
    let comparison = if inclusive { FloatCC::GreaterThanOrEqual } else { FloatCC::GreaterThan };
    let fits_below = s.builder.ins().fcmp(comparison, value, below);
    let fits = s.builder.ins().band(fits_above, fits_below);
    if_zero(s, fits, TrapKind::IntegerOverflow);
    let ins = s.builder.ins();
    if signed { ins.fcvt_to_sint_sat(ty, value) } else { ins.fcvt_to_uint_sat(ty, value) }
}

/// At the start of a function: traps if the stack is nearly used up. (The prologue's comparison, an instruction that traps,
/// stays for frames larger than the margin: those end the process.)
pub fn check_stack(s: &mut Translator<'_, '_>) {
    let Some(instance) = s.parameter.filter(|_| explicit(s)) else { return };
    let pointer = s.builder.ins().get_stack_pointer(types::I64);
    let limit = s.builder.ins().load(types::I64, MemFlagsData::trusted(), instance, field::STACK_LIMIT);
    let limit = s.builder.ins().iadd_imm_s(limit, MARGIN);
    let exhausted = s.builder.ins().icmp(IntCC::UnsignedLessThan, pointer, limit);
    if_true(s, exhausted, TrapKind::StackOverflow);
}
