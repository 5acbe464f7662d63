//! Runtime functions that compiled code calls. A row gives variant, symbol, parameters and result; the runtime
//! defines each symbol as `extern "C"`, the compiler declares it from its row.
//!
//! Lengths and addresses are in bytes (memories) or elements (tables), already widened to 64 bits without sign.
//! A function that can trap does not return in that case.

use crate::Type::{self, *};

/// One runtime function.
#[derive(Clone, Copy, Debug)]
pub struct Row {
    /// Link symbol.
    pub symbol: &'static str,
    /// Parameters in C order.
    pub params: &'static [Type],
    /// Result, if any.
    pub result: Option<Type>,
}

/// Names of the rows of [`BUILTINS`], in its order.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Hash, PartialOrd, Ord)]
#[repr(u8)]
pub enum Builtin {
    /// `(memory, delta in pages) -> old size in pages, or -1`
    MemoryGrow,
    /// `(memory, dst, byte value, len)`; traps
    MemoryFill,
    /// `(dst memory, dst, src memory, src, len)`; traps
    MemoryCopy,
    /// `(memory, data segment, dst, src, len)`; traps
    MemoryInit,
    /// `(table, initial element, delta) -> old size in elements, or -1`
    TableGrow,
    /// `(table, dst, element, len)`; traps
    TableFill,
    /// `(dst table, dst, src table, src, len)`; traps
    TableCopy,
    /// `(table, element segment, dst, src, len)`; traps
    TableInit,
    /// `(trap code)`; never returns
    Trap,
    /// Cranelift library call `CeilF32`, and so on: roundings of targets that have no instruction for them.
    CeilF32,
    /// `CeilF64`
    CeilF64,
    /// `FloorF32`
    FloorF32,
    /// `FloorF64`
    FloorF64,
    /// `TruncF32`
    TruncF32,
    /// `TruncF64`
    TruncF64,
    /// `NearestF32`: to nearest, ties to even
    NearestF32,
    /// `NearestF64`
    NearestF64,
    /// `X86Pshufb`: `(source, mask) -> bytes`, for x86-64 without SSSE3. Called only by Cranelift itself, with vectors,
    /// which [`Type`] has no need of otherwise: the row has no parameters.
    X86Pshufb,
}

/// Every runtime function, in the order of [`Builtin`].
pub const BUILTINS: &[Row] = &[
    row("wasmaot_memory_grow", &[Ptr, I64], Some(I64)),
    row("wasmaot_memory_fill", &[Ptr, I64, I32, I64], None),
    row("wasmaot_memory_copy", &[Ptr, I64, Ptr, I64, I64], None),
    row("wasmaot_memory_init", &[Ptr, Ptr, I64, I64, I64], None),
    row("wasmaot_table_grow", &[Ptr, I64, I64], Some(I64)),
    row("wasmaot_table_fill", &[Ptr, I64, I64, I64], None),
    row("wasmaot_table_copy", &[Ptr, I64, Ptr, I64, I64], None),
    row("wasmaot_table_init", &[Ptr, Ptr, I64, I64, I64], None),
    row("wasmaot_trap", &[I32], None),
    row("wasmaot_ceil_f32", &[F32], Some(F32)),
    row("wasmaot_ceil_f64", &[F64], Some(F64)),
    row("wasmaot_floor_f32", &[F32], Some(F32)),
    row("wasmaot_floor_f64", &[F64], Some(F64)),
    row("wasmaot_trunc_f32", &[F32], Some(F32)),
    row("wasmaot_trunc_f64", &[F64], Some(F64)),
    row("wasmaot_nearest_f32", &[F32], Some(F32)),
    row("wasmaot_nearest_f64", &[F64], Some(F64)),
    row("wasmaot_pshufb", &[], None),
];

const fn row(symbol: &'static str, params: &'static [Type], result: Option<Type>) -> Row {
    Row { symbol, params, result }
}

impl Builtin {
    /// The row of this function.
    pub const fn row(self) -> &'static Row {
        &BUILTINS[self as usize]
    }
}
