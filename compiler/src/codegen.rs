//! `ir::Function` -> machine code and what must be known about it. Called by [`crate::compile`] on many threads; the
//! only room that runs Cranelift.

mod debug;
mod edges;
mod kept;
mod literals;
pub mod loops;
mod moved;
mod ranges;
mod relations;

pub use debug::{At, FunctionDebug, Local, Lower, Operation, Place, lower};

use crate::env;
use crate::error::{Error, Result};
use crate::symbols::Symbol;
use crate::translate::Held;
use cranelift_codegen::binemit::Reloc;
use cranelift_codegen::ir::{self, ExternalName, LibCall, TrapCode};
use cranelift_codegen::isa::TargetIsa;
use cranelift_codegen::isa::unwind::UnwindInfo;
use cranelift_codegen::settings::OptLevel;
use cranelift_codegen::{CodegenError, Context, FinalizedRelocTarget, MachBufferFrameLayout};
use std::sync::Arc;
use wasmaot_abi::builtin::Builtin;
use wasmaot_abi::trap::TrapKind;

/// Machine code of one function. Offsets are in bytes from its first byte.
#[derive(Debug)]
pub struct CompiledFunction {
    /// Machine code with constants behind it.
    pub code: Vec<u8>,
    /// Alignment in bytes.
    pub align: u32,
    /// Which places in a cache line suit its loops.
    pub placement: loops::Costs,
    /// What to patch.
    pub relocations: Vec<Relocation>,
    /// Instructions that trap by themselves (explicit traps, divisions, null references), in order. Memory accesses
    /// are not listed: the fault address tells.
    pub traps: Vec<(u32, TrapKind)>,
    /// Return addresses of calls and addresses of trapping instructions with the wasm byte offset (in the module's
    /// file) they come from, in order.
    pub sites: Vec<(u32, u32)>,
    /// Ranges of the code that are data: first byte, and byte after the last. Only for targets whose objects tell.
    pub literals: Vec<(u32, u32)>,
    /// For `.eh_frame` or its like.
    pub unwind: Option<UnwindInfo>,
    /// For debug information, if it is wanted.
    pub debug: Option<Arc<FunctionDebug>>,
    /// Where the caller's value of the pinned register is, if the function changes it: from which offset in the code on (it
    /// is at least from the first site on that anybody looks), and its place from the canonical frame address.
    pub kept: Option<(u32, i32)>,
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

/// The most bytes of a frame that is not compared with the instance's limit of the stack: a part of what is below it for
/// the runtime. [`crate::translate`] counts values and slots of stack so that it is not reached.
const LEAF_FRAME: u32 = 0x8000;

/// Compiles the function in `context`; with `held`, also says what debug information must know.
pub fn compile_function(
    isa: &dyn TargetIsa,
    pinned: bool,
    context: &mut Context,
    held: Option<(&mut [Held], &mut Lower)>,
) -> Result<CompiledFunction> {
    let (mut compiled, debug) = match held {
        Some((held, lower)) if isa.flags().opt_level() != OptLevel::None => {
            let (compiled, debug) = debug::compile(isa, context, held, lower)?;
            (compiled, Some(Arc::new(debug)))
        }
        _ => {
            context.compile(isa, &mut Default::default()).map_err(|error| codegen_error(error.inner))?;
            let compiled = context.take_compiled_code().ok_or_else(|| Error::internal("no code"))?;
            let edges = || edges::edges(isa, &context.func, &compiled);
            let debug = held.map(|_| Arc::new(debug::function(&context.func, &compiled, &edges())));
            (compiled, debug)
        }
    };
    let unwind = compiled.create_unwind_info(isa).map_err(codegen_error)?;
    let frame = compiled.buffer.frame_layout().map_or(0, |layout| layout.frame_to_fp_offset);
    let by_instance = context.func.signature.special_param_index(ir::ArgumentPurpose::VMContext).is_some();
    if by_instance && context.func.stack_limit.is_none() && frame > LEAF_FRAME {
        return Err(Error::internal(format!("a frame of {frame} bytes that is not compared with the stack's limit")));
    }
    // The translation's first stack slot is where the pinned register's value is kept.
    let place = compiled
        .buffer
        .frame_layout()
        .filter(|_| pinned)
        .map(|layout| from_frame_address(layout, layout.stackslots[ir::StackSlot::from_u32(0)].offset) as i32);
    let buffer = &mut compiled.buffer;
    let mut relocations = Vec::with_capacity(buffer.relocs().len());
    for relocation in buffer.relocs() {
        let (target, base) = match &relocation.target {
            FinalizedRelocTarget::ExternalName(name) => (target(&context.func, name)?, 0),
            FinalizedRelocTarget::Func(offset) => {
                let name = context.func.name.get_user().ok_or_else(|| Error::internal("a function without name"))?;
                (env::symbol(name)?, i64::from(*offset))
            }
        };
        let addend = relocation.addend + base;
        relocations.push(Relocation { offset: relocation.offset, kind: relocation.kind, target, addend });
    }
    let mut traps = Vec::new();
    // Each with an address within the instruction that it is about: a call is before its return address.
    let mut sites: Vec<(u32, u32)> = Vec::with_capacity(buffer.traps().len());
    sites.extend(buffer.call_sites().map(|site| (site.ret_addr, site.ret_addr.saturating_sub(1))));
    for trap in buffer.traps() {
        sites.push((trap.offset, trap.offset));
        if let Some(kind) = trap_kind(trap.code) {
            traps.push((trap.offset, kind));
        }
    }
    // A trap right behind a call shares its address: the call's site is the one that backtraces need.
    sites.sort_unstable();
    sites.dedup_by_key(|(site, _)| *site);
    let kept = place.zip(sites.first()).map(|(place, (site, _))| (site.saturating_sub(1), place));
    let sites = locate(&sites, buffer.get_srclocs_sorted());
    let code = buffer.data().to_vec();
    let (align, placement) = match isa.flags().opt_level() {
        OptLevel::Speed => (loops::STEP, loops::costs(&compiled.bb_starts, &compiled.bb_edges, code.len() as u32)),
        _ => (1, loops::Costs::default()),
    };
    let align = buffer.alignment.max(align);
    let relocated = |at| relocations.binary_search_by_key(&at, |relocation: &Relocation| relocation.offset).is_ok();
    let literals = literals::find(isa.triple().architecture, &code, &compiled.bb_starts, relocated);
    Ok(CompiledFunction { code, align, placement, relocations, traps, sites, literals, unwind, kept, debug })
}

/// How far a stack slot is from the canonical frame address. The frame pointer stands two words below that, on every target:
/// the caller's frame pointer and the return address.
fn from_frame_address(layout: &MachBufferFrameLayout, slot: u32) -> i64 {
    i64::from(slot) - i64::from(layout.frame_to_fp_offset) - 16
}

/// The wasm offset of each site, given as the site and the address to look for.
fn locate(
    sites: &[(u32, u32)],
    sources: &[cranelift_codegen::MachSrcLoc<cranelift_codegen::Final>],
) -> Vec<(u32, u32)> {
    let mut located = Vec::with_capacity(sites.len());
    let mut sources = sources.iter().peekable();
    for &(site, address) in sites {
        while sources.peek().is_some_and(|source| source.end <= address) {
            sources.next();
        }
        if let Some(source) = sources.peek().filter(|source| source.start <= address)
            && !source.loc.is_default()
        {
            located.push((site, source.loc.bits()));
        }
    }
    located
}

/// What a relocation of the function is against.
fn target(function: &ir::Function, name: &ExternalName) -> Result<Symbol> {
    match name {
        ExternalName::User(reference) => env::symbol(&function.params.user_named_funcs()[*reference]),
        ExternalName::LibCall(libcall) => library_call(*libcall).map(Symbol::Builtin),
        other => Err(Error::internal(format!("relocation against {other:?}"))),
    }
}

/// The runtime function for a library call of Cranelift.
fn library_call(libcall: LibCall) -> Result<Builtin> {
    Ok(match libcall {
        LibCall::CeilF32 => Builtin::CeilF32,
        LibCall::CeilF64 => Builtin::CeilF64,
        LibCall::FloorF32 => Builtin::FloorF32,
        LibCall::FloorF64 => Builtin::FloorF64,
        LibCall::TruncF32 => Builtin::TruncF32,
        LibCall::TruncF64 => Builtin::TruncF64,
        LibCall::NearestF32 => Builtin::NearestF32,
        LibCall::NearestF64 => Builtin::NearestF64,
        LibCall::X86Pshufb => Builtin::X86Pshufb,
        other => return Err(Error::internal(format!("library call {other:?}"))),
    })
}

/// The kind of an explicit trap; none for memory accesses.
fn trap_kind(code: TrapCode) -> Option<TrapKind> {
    match code {
        TrapCode::HEAP_OUT_OF_BOUNDS => None,
        TrapCode::STACK_OVERFLOW => Some(TrapKind::StackOverflow),
        TrapCode::INTEGER_OVERFLOW => Some(TrapKind::IntegerOverflow),
        TrapCode::INTEGER_DIVISION_BY_ZERO => Some(TrapKind::IntegerDivisionByZero),
        TrapCode::BAD_CONVERSION_TO_INTEGER => Some(TrapKind::BadConversionToInteger),
        other => TrapKind::from_code(other.as_raw().get()),
    }
}

fn codegen_error(error: CodegenError) -> Error {
    match error {
        CodegenError::CodeTooLarge | CodegenError::ImplLimitExceeded => {
            Error::unsupported("the function is too large for the code generator")
        }
        other => Error::internal(other.to_string()),
    }
}

/// Assembly text of the function in `context`.
pub fn assembly(isa: &dyn TargetIsa, context: &mut Context) -> Result<String> {
    context.set_disasm(true);
    context.compile(isa, &mut Default::default()).map_err(|error| codegen_error(error.inner))?;
    let compiled = context.take_compiled_code().and_then(|compiled| compiled.vcode);
    compiled.ok_or_else(|| Error::internal("no assembly"))
}
