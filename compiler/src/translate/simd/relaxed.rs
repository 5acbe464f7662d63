//! Relaxed SIMD: where the specification allows several results, the one that the processor is fastest at.
//!
//! The choice depends on the target alone, so that a program gives the same results on every machine it runs on. On
//! processors without the instruction in question it is the result of the strict operator.

use super::{arith, convert, lanes};
use crate::translate::Translator;
use cranelift_codegen::ir::types::{I8X16, I16X8, I32X4};
use cranelift_codegen::ir::{InstBuilder, Opcode, Type, Value};
use cranelift_codegen::isa::TargetIsa;
use target_lexicon::Architecture;

/// What a target has for relaxed operators, and what its vector instructions lack.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Cpu {
    /// x86-64 of any level.
    pub x86: bool,
    /// `pshufb`, `pmulhrsw`, `pmaddubsw`.
    pub ssse3: bool,
    /// `pblendvb` and its kind.
    pub sse41: bool,
    /// Fused multiply-add of vectors, without a call.
    pub fma: bool,
    /// A vector store that traps may have stored some of its lanes.
    pub stores_by_lane: bool,
}

impl Cpu {
    /// Asks the code generator.
    pub fn of(isa: &dyn TargetIsa) -> Cpu {
        let has = |name: &str| isa.isa_flags().iter().any(|flag| flag.name == name && flag.as_bool() == Some(true));
        match isa.triple().architecture {
            Architecture::X86_64 => Cpu {
                x86: true,
                ssse3: has("has_ssse3"),
                sse41: has("has_sse41"),
                fma: has("has_fma") && has("has_avx"),
                stores_by_lane: false,
            },
            Architecture::Riscv64(_) => Cpu { fma: true, stores_by_lane: true, ..Cpu::default() },
            _ => Cpu { fma: true, ..Cpu::default() },
        }
    }
}

/// Sign of the product in [`multiply_add`].
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Sign {
    /// `relaxed_madd`
    Plus,
    /// `relaxed_nmadd`
    Minus,
}

/// `i8x16.relaxed_swizzle`
pub fn swizzle(s: &mut Translator) {
    let (a, indices) = arith::pop2(s, I8X16);
    let result = match s.cpu().ssse3 {
        true => s.builder.ins().x86_pshufb(a, indices),
        false => s.builder.ins().swizzle(a, indices),
    };
    s.push(result);
}

/// `i32x4.relaxed_trunc_f32x4_s`
pub fn to_int(s: &mut Translator) {
    match s.cpu().x86 {
        true => convert::to_int(s, Opcode::X86Cvtt2dq),
        false => convert::to_int(s, Opcode::FcvtToSintSat),
    }
}

/// `i32x4.relaxed_trunc_f64x2_s_zero`
pub fn f64x2_to_int(s: &mut Translator) {
    match s.cpu().x86 {
        true => convert::f64x2_to_int_signed(s, Opcode::X86Cvtt2dq),
        false => convert::f64x2_to_int_signed(s, Opcode::FcvtToSintSat),
    }
}

/// `relaxed_madd`, `relaxed_nmadd`: fused if the processor can, else rounded twice.
pub fn multiply_add(s: &mut Translator, ty: Type, sign: Sign) {
    let c = s.pop_vector(ty);
    let (a, b) = arith::pop2(s, ty);
    let fused = s.cpu().fma;
    let ins = s.builder.ins();
    let result = match (fused, sign) {
        (true, Sign::Plus) => ins.fma(a, b, c),
        (true, Sign::Minus) => {
            let a = ins.fneg(a);
            s.builder.ins().fma(a, b, c)
        }
        (false, Sign::Plus) => {
            let product = ins.fmul(a, b);
            s.builder.ins().fadd(product, c)
        }
        (false, Sign::Minus) => {
            let product = ins.fmul(a, b);
            s.builder.ins().fsub(c, product)
        }
    };
    s.push(result);
}

/// `relaxed_laneselect`: by the top bit of each lane if the processor has that, else bit by bit.
pub fn lane_select(s: &mut Translator, ty: Type) {
    if !s.cpu().sse41 || ty == I16X8 {
        return lanes::bitselect(s);
    }
    let mask = s.pop_vector(ty);
    let (a, b) = arith::pop2(s, ty);
    let result = s.builder.ins().blendv(mask, a, b);
    s.push(result);
}

/// `relaxed_min`
pub fn min(s: &mut Translator, ty: Type) {
    match s.cpu().x86 {
        true => arith::pmin(s, ty),
        false => arith::binary(s, Opcode::Fmin, ty),
    }
}

/// `relaxed_max`
pub fn max(s: &mut Translator, ty: Type) {
    match s.cpu().x86 {
        true => arith::pmax(s, ty),
        false => arith::binary(s, Opcode::Fmax, ty),
    }
}

/// `i16x8.relaxed_q15mulr_s`
pub fn q15_multiply(s: &mut Translator) {
    let (a, b) = arith::pop2(s, I16X8);
    let result = match s.cpu().ssse3 {
        true => s.builder.ins().x86_pmulhrsw(a, b),
        false => s.builder.ins().sqmul_round_sat(a, b),
    };
    s.push(result);
}

/// `i16x8.relaxed_dot_i8x16_i7x16_s`
pub fn dot(s: &mut Translator) {
    let (a, b) = arith::pop2(s, I8X16);
    let result = emit_dot(s, a, b);
    s.push(result);
}

/// `i32x4.relaxed_dot_i8x16_i7x16_add_s`
pub fn dot_add(s: &mut Translator) {
    let c = s.pop_vector(I32X4);
    let (a, b) = arith::pop2(s, I8X16);
    let sums = emit_dot(s, a, b);
    let sums = arith::emit_extended_add_pairwise(s, Opcode::SwidenLow, Opcode::SwidenHigh, I16X8, sums);
    let result = s.builder.ins().iadd(sums, c);
    s.push(result);
}

fn emit_dot(s: &mut Translator, a: Value, b: Value) -> Value {
    match s.cpu().ssse3 {
        true => s.builder.ins().x86_pmaddubsw(a, b),
        false => arith::emit_dot(s, I8X16, a, b),
    }
}
