//! `ir::Function` -> machine code and what must be known about it. Called by [`crate::compile`] on many threads; the
//! only file that runs Cranelift.

use crate::symbols::Symbol;
use cranelift_codegen::binemit::Reloc;
use cranelift_codegen::isa::unwind::UnwindInfo;
use wasmaot_abi::trap::TrapKind;

/// Machine code of one function. Offsets are in bytes from its first byte.
#[derive(Debug)]
pub struct CompiledFunction {
    /// Machine code with constants behind it.
    pub code: Vec<u8>,
    /// Alignment in bytes.
    pub align: u32,
    /// What to patch.
    pub relocations: Vec<Relocation>,
    /// Instructions that trap by themselves (explicit traps, divisions, null references), in order. Memory accesses
    /// are not listed: the fault address tells.
    pub traps: Vec<(u32, TrapKind)>,
    /// Return addresses of calls and addresses of trapping instructions with the wasm byte offset (in the module's
    /// file) they come from, in order.
    pub sites: Vec<(u32, u32)>,
    /// For `.eh_frame` or its like.
    pub unwind: Option<UnwindInfo>,
}

/// A place in machine code to patch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Relocation {
    /// Where.
    pub offset: u32,
    /// How.
    pub kind: Reloc,
    /// With the address of what.
    pub target: Symbol,
    /// Plus what.
    pub addend: i64,
}
