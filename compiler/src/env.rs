//! What the translation of one function may look at: its instance's module and layout, and the target's types and
//! conventions. Read-only and shared by all threads.

use crate::error::{Error, Result};
use crate::layout::{Convention, Home, InstanceLayout, Layout, MemoryLocation};
use crate::module::{Body, Module};
use crate::options::{Handle, Options};
use crate::program::{InstanceId, Program};
use crate::symbols::{DataId, Symbol};
use crate::types::SignatureId;
use cranelift_codegen::ir::{self, AbiParam, ArgumentPurpose, types};
use cranelift_codegen::isa::{CallConv, TargetIsa};
use target_lexicon::Architecture;
use wasmaot_abi as abi;
use wasmparser::{FuncType, ValType};

/// One instance's environment.
#[derive(Clone, Copy)]
pub struct Env<'a> {
    /// The code generator's target.
    pub isa: &'a dyn TargetIsa,
    /// The instance.
    pub id: InstanceId,
    /// Its module.
    pub module: &'a Module<'a>,
    /// Where its state is.
    pub layout: &'a InstanceLayout,
    /// Type of a v128 in locals, blocks, calls and results: `I8X16`, or `I128` where there are no vector registers.
    pub v128: ir::Type,
    /// The handle model's options; functions have the instance as their first parameter then.
    pub handle: Option<&'a Handle>,
    /// The target extends 32-bit integers in C's convention.
    extends: bool,
    /// Integer parameters beyond so many are stored with 64 bits. Cranelift for x86-64 loads them so, and a load that is
    /// wider than the store before it waits for the cache.
    integer_registers: usize,
    program_layout: &'a Layout<'a>,
    module_id: u32,
}

/// The least bytes of a body whose function keeps the instance in a register of its own.
const PINNED_BYTES: usize = 2000;

/// Type of native pointers: every target has 64 bits.
pub const POINTER: ir::Type = types::I64;

impl<'a> Env<'a> {
    /// The environment of an instance.
    pub fn new(
        program: &'a Program<'a>,
        layout: &'a Layout<'a>,
        isa: &'a dyn TargetIsa,
        options: &'a Options,
        id: InstanceId,
    ) -> Env<'a> {
        let target = &options.target;
        Env {
            isa,
            id,
            module: program.module_of(id),
            layout: &layout.instances[id.0 as usize],
            v128: if target.has_vectors(isa) { types::I8X16 } else { types::I128 },
            handle: options.model.handle(),
            integer_registers: if isa.triple().architecture == Architecture::X86_64 { 6 } else { usize::MAX },
            extends: matches!(isa.triple().architecture, Architecture::Riscv64(_)),
            program_layout: layout,
            module_id: program.instances[id.0 as usize].module.0,
        }
    }

    /// Layout of any instance of the program.
    pub fn instance(&self, id: InstanceId) -> &'a InstanceLayout {
        &self.program_layout.instances[id.0 as usize]
    }

    /// Where a data object is.
    pub fn home(&self, id: DataId) -> Home {
        self.program_layout.homes.get(id.0 as usize).copied().unwrap_or(Home::Symbol)
    }

    /// Whether a function is one of those large ones in which the instance is better kept in a register of its own: the
    /// register allocator would spill it, and load it again in each block. (Functions of the `tail` convention preserve no
    /// register.)
    pub fn pins(&self, body: &Body<'_>) -> bool {
        self.handle.is_some() && !self.program_layout.has_tail && body.body.as_bytes().len() >= PINNED_BYTES
    }

    /// The array of the types' ids in the process (handle model).
    pub fn type_ids(&self) -> Option<DataId> {
        self.program_layout.type_ids
    }

    /// The function type of a type index.
    pub fn type_at(&self, index: u32) -> Result<&'a FuncType> {
        let ty = self.module.types.get(index as usize).and_then(Option::as_ref);
        ty.ok_or_else(|| Error::internal(format!("type {index} is no function type")))
    }

    /// Type index of a function.
    pub fn type_of(&self, function: u32) -> Result<u32> {
        let ty = self.module.functions.get(function as usize).copied();
        ty.ok_or_else(|| Error::internal(format!("no function {function}")))
    }

    /// Program-wide id of a type.
    pub fn signature_id(&self, type_index: u32) -> Result<SignatureId> {
        self.program_layout.signatures.get(self.module_id, type_index)
    }

    /// Convention of calls through references of a type.
    pub fn indirect_convention(&self, type_index: u32) -> Result<Convention> {
        let id = self.signature_id(type_index)?;
        let tail = self.program_layout.tail_signatures.contains(&id);
        Ok(if tail { Convention::Tail } else { Convention::Platform })
    }

    /// The platform's C convention.
    pub fn platform(&self) -> CallConv {
        self.isa.default_call_conv()
    }

    /// Cranelift type of a wasm type. References are pointers.
    pub fn value_type(&self, ty: ValType) -> ir::Type {
        match ty {
            ValType::I32 => types::I32,
            ValType::I64 => types::I64,
            ValType::F32 => types::F32,
            ValType::F64 => types::F64,
            ValType::V128 => self.v128,
            ValType::Ref(_) => POINTER,
        }
    }

    /// The convention among wasm functions: the platform's; but on Windows the one that passes vectors and several
    /// results in registers and saves fewer of them, of the same instruction set.
    fn internal(&self) -> CallConv {
        match self.platform() {
            CallConv::WindowsFastcall => CallConv::SystemV,
            platform => platform,
        }
    }

    /// Native signature of a wasm function.
    pub fn signature(&self, ty: &FuncType, convention: Convention) -> Result<ir::Signature> {
        let mut signature = ir::Signature::new(match convention {
            Convention::Platform => self.internal(),
            Convention::Tail => CallConv::Tail,
        });
        if self.handle.is_some() {
            signature.params.push(AbiParam::special(POINTER, ArgumentPurpose::VMContext));
        }
        let mut registers = self.integer_registers.saturating_sub(signature.params.len());
        for param in ty.params() {
            let param = AbiParam::new(self.value_type(*param));
            let on_stack = param.value_type.is_int() && registers == 0;
            registers = registers.saturating_sub(usize::from(param.value_type.is_int()));
            signature.params.push(if on_stack && param.value_type == types::I32 { param.uext() } else { param });
        }
        for result in ty.results() {
            signature.returns.push(AbiParam::new(self.value_type(*result)));
        }
        Ok(signature)
    }

    /// Whether a function returns 64 bits for debuggers: what its i32 is as a pointer. Callers read the low half.
    pub fn returns_address(&self, ty: &FuncType, convention: Convention) -> bool {
        self.debugged_memory().is_some_and(|memory| memory.is_returned(self.isa.triple().architecture))
            && convention == Convention::Platform
            && ty.results() == [ValType::I32]
    }

    /// Memory 0, if it is where debuggers find it.
    pub fn debugged_memory(&self) -> Option<&MemoryLocation> {
        self.layout.memories.first().filter(|memory| memory.aligned)
    }

    /// Signature in C of a function with a context, of a type that C can call ([`crate::header::is_simple`]).
    pub fn c_signature(&self, ty: &FuncType) -> ir::Signature {
        let mut signature = ir::Signature::new(self.platform());
        let native = |ty: &ValType| {
            let param = AbiParam::new(self.value_type(*ty));
            if self.extends && *ty == ValType::I32 { param.sext() } else { param }
        };
        signature.params.push(AbiParam::new(POINTER));
        signature.params.extend(ty.params().iter().map(native));
        signature.returns.extend(ty.results().iter().map(native));
        signature
    }

    /// Signature in C of a function with an instance or a context and cells.
    pub fn cells_signature(&self) -> ir::Signature {
        let mut signature = ir::Signature::new(self.platform());
        signature.params.extend([AbiParam::new(POINTER); 2]);
        signature
    }

    /// Native signature of a runtime function.
    pub fn runtime_signature(&self, params: &[abi::Type], result: Option<abi::Type>) -> ir::Signature {
        let mut signature = ir::Signature::new(self.platform());
        let native = |ty: &abi::Type| AbiParam::new(abi_type(*ty));
        signature.params.extend(params.iter().map(native));
        signature.returns.extend(result.iter().map(native));
        debug_assert!(signature.params.iter().all(|param| param.purpose == ArgumentPurpose::Normal));
        signature
    }
}

/// Cranelift type of a C type.
pub fn abi_type(ty: abi::Type) -> ir::Type {
    match ty {
        abi::Type::I32 => types::I32,
        abi::Type::I64 => types::I64,
        abi::Type::F32 => types::F32,
        abi::Type::F64 => types::F64,
        abi::Type::Ptr => POINTER,
    }
}

/// A symbol as Cranelift's pair of numbers.
pub fn external_name(symbol: Symbol) -> ir::UserExternalName {
    let (namespace, index) = match symbol {
        Symbol::Function(id) => (0, id.0),
        Symbol::Data(id) => (1, id.0),
        Symbol::Builtin(builtin) => (2, builtin as u32),
        Symbol::WasiP1(row) => (3, row),
        Symbol::Text => (4, 0),
        Symbol::Program => (5, 0),
        Symbol::Block => (6, 0),
        Symbol::Abi => (7, 0),
        Symbol::Import(index) => (8, index),
    };
    ir::UserExternalName { namespace, index }
}

/// The inverse of [`external_name`].
pub fn symbol(name: &ir::UserExternalName) -> Result<Symbol> {
    use crate::symbols::FunctionId;
    Ok(match name.namespace {
        0 => Symbol::Function(FunctionId(name.index)),
        1 => Symbol::Data(DataId(name.index)),
        2 => match abi::builtin::Builtin::from_index(name.index as usize) {
            Some(builtin) => Symbol::Builtin(builtin),
            None => return Err(Error::internal(format!("no builtin {}", name.index))),
        },
        3 => Symbol::WasiP1(name.index),
        4 => Symbol::Text,
        other => return Err(Error::internal(format!("symbol namespace {other}"))),
    })
}
