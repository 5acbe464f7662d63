//! Runtime functions that compiled code calls. A row gives variant, symbol, parameters and result; the runtime
//! defines each symbol as `extern "C"`, the compiler declares it from its row.
//!
//! Lengths and addresses are in bytes (memories) or elements (tables), already widened to 64 bits without sign.
//! A function that can trap does not return in that case.

use crate::Type::{self, *};

/// One runtime function.
#[derive(Clone, Copy, Debug)]
pub struct Row {
    /// Which one it is.
    pub builtin: Builtin,
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
    /// `(instance)`: a host function has ended the call; never returns. Handle model only.
    HostError,
    /// `(instance, instance of a function that it is about to call)`: their limits of the stack differ. Handle model only.
    Limit,
    /// `X86Pshufb`: `(source, mask) -> bytes`, for x86-64 without SSSE3. Called only by Cranelift itself, with vectors,
    /// which [`Type`] has no need of otherwise: the row has no parameters.
    X86Pshufb,
    /// `(place, message, number) -> next number`: the runtime's own, it writes the source lines of a frame. Only the header of a
    /// program with a table of lines refers to it, so others are linked without it.
    Lines,
}

/// Every runtime function, in the order of [`Builtin`].
pub const BUILTINS: &[Row] = &[
    row(Builtin::MemoryGrow, "wasmaot_memory_grow", &[Ptr, I64], Some(I64)),
    row(Builtin::MemoryFill, "wasmaot_memory_fill", &[Ptr, I64, I32, I64], None),
    row(Builtin::MemoryCopy, "wasmaot_memory_copy", &[Ptr, I64, Ptr, I64, I64], None),
    row(Builtin::MemoryInit, "wasmaot_memory_init", &[Ptr, Ptr, I64, I64, I64], None),
    row(Builtin::TableGrow, "wasmaot_table_grow", &[Ptr, I64, I64], Some(I64)),
    row(Builtin::TableFill, "wasmaot_table_fill", &[Ptr, I64, I64, I64], None),
    row(Builtin::TableCopy, "wasmaot_table_copy", &[Ptr, I64, Ptr, I64, I64], None),
    row(Builtin::TableInit, "wasmaot_table_init", &[Ptr, Ptr, I64, I64, I64], None),
    row(Builtin::Trap, "wasmaot_trap", &[I32], None),
    row(Builtin::CeilF32, "wasmaot_ceil_f32", &[F32], Some(F32)),
    row(Builtin::CeilF64, "wasmaot_ceil_f64", &[F64], Some(F64)),
    row(Builtin::FloorF32, "wasmaot_floor_f32", &[F32], Some(F32)),
    row(Builtin::FloorF64, "wasmaot_floor_f64", &[F64], Some(F64)),
    row(Builtin::TruncF32, "wasmaot_trunc_f32", &[F32], Some(F32)),
    row(Builtin::TruncF64, "wasmaot_trunc_f64", &[F64], Some(F64)),
    row(Builtin::NearestF32, "wasmaot_nearest_f32", &[F32], Some(F32)),
    row(Builtin::NearestF64, "wasmaot_nearest_f64", &[F64], Some(F64)),
    row(Builtin::HostError, "wasmaot_host_error", &[Ptr], None),
    row(Builtin::Limit, "wasmaot_limit", &[Ptr, Ptr], None),
    row(Builtin::X86Pshufb, "wasmaot_pshufb", &[], None),
    row(Builtin::Lines, "wasmaot_lines", &[Ptr, Ptr, I64], Some(I64)),
];

const fn row(builtin: Builtin, symbol: &'static str, params: &'static [Type], result: Option<Type>) -> Row {
    Row { builtin, symbol, params, result }
}

impl Builtin {
    /// The function of this row.
    pub fn from_index(index: usize) -> Option<Builtin> {
        BUILTINS.get(index).map(|row| row.builtin)
    }

    /// The row of this function.
    pub const fn row(self) -> &'static Row {
        &BUILTINS[self as usize]
    }
}

const _: () = {
    let mut index = 0;
    while index < BUILTINS.len() {
        assert!(BUILTINS[index].builtin as usize == index, "rows stand in the order of the enum");
        index += 1;
    }
};
