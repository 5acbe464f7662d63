//! The function under translation: its builder, its operand stack, and what it has imported so far.

use super::control::Frame;
use super::simd::relaxed::Cpu;
use crate::env::{Env, POINTER, external_name};
use crate::layout::{Convention, Descriptor, Home};
use crate::symbols::{DataId, Symbol};
use cranelift_codegen::ir::{self, ArgumentPurpose, InstBuilder, MemFlagsData, Type, Value, types};
use cranelift_frontend::{FunctionBuilder, Variable};
use std::collections::HashMap;
use wasmaot_abi::builtin::Builtin;
use wasmaot_abi::embed::offset as field;
use wasmaot_abi::trap::TrapKind;

/// The most values of a function that does not compare the stack pointer. With what the code generator adds, each is some
/// registers, of up to 16 bytes in the frame.
const LEAF_VALUES: usize = 256;
/// Bytes of stack slots that it may have.
const LEAF_SLOTS: u64 = 1024;

/// The state of one function's translation. Rooms take it as `s`.
pub struct Translator<'a, 'b> {
    /// Builds the IR.
    pub builder: FunctionBuilder<'b>,
    /// What the function may look at.
    pub env: Env<'a>,
    /// The instance (handle model): the function's first parameter. [`Translator::instance`] is what to use.
    pub parameter: Option<Value>,
    /// Where the caller's value of the pinned register is, if the function keeps the instance in there, and the block that
    /// has read it, with what it read.
    pin: Option<(ir::StackSlot, Option<(ir::Block, Value)>)>,
    /// Index of the function.
    pub index: u32,
    /// Its convention.
    pub convention: Convention,
    /// Whether it has moved the stack pointer for debuggers ([`super::global::move_stack_pointer`]).
    pub red_zone: bool,
    /// Whether its result is an address for debuggers ([`Env::returns_address`]).
    pub returns_address: bool,
    /// Operands. 128-bit values may have any vector type.
    pub stack: Vec<Value>,
    /// Enclosing blocks, the function's own first.
    pub control: Vec<Frame>,
    /// Whether the next operator can be reached.
    pub reachable: bool,
    /// While unreachable: blocks entered since.
    pub skipped: u32,
    /// Offset of the operator, in the file.
    pub offset: usize,
    /// Locals that debug information names, and how they are kept findable.
    pub tracked: super::tracked::Tracked,
    /// A result that only debuggers look for.
    pub returned: Option<super::tracked::Returned>,
    /// Locals: variable and type.
    pub locals: Vec<(Variable, Type)>,
    /// Offset of the body in the file; branch hints are relative to it.
    pub body_offset: usize,
    /// Whether the function calls anything but builtins, which never call back.
    pub calls: bool,
    functions: HashMap<Symbol, ir::FuncRef>,
    data: HashMap<DataId, ir::GlobalValue>,
    signatures: HashMap<(u32, Convention), ir::SigRef>,
    regions: [Option<ir::AliasRegion>; 3],
    cpu: Option<Cpu>,
}

/// Kinds of memory that never overlap, for alias analysis.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Region {
    /// Linear memories.
    Heap,
    /// Globals.
    Globals,
    /// Tables, descriptors.
    Tables,
}

impl<'a, 'b> Translator<'a, 'b> {
    /// At the start of a function.
    pub fn new(
        builder: FunctionBuilder<'b>,
        env: Env<'a>,
        index: u32,
        convention: Convention,
        body_offset: usize,
    ) -> Translator<'a, 'b> {
        Translator {
            builder,
            env,
            parameter: None,
            pin: None,
            index,
            convention,
            red_zone: false,
            returns_address: false,
            stack: Vec::new(),
            control: Vec::new(),
            reachable: true,
            skipped: 0,
            offset: body_offset,
            tracked: Default::default(),
            returned: None,
            locals: Vec::new(),
            body_offset,
            calls: false,
            functions: HashMap::new(),
            data: HashMap::new(),
            signatures: HashMap::new(),
            regions: [None; 3],
            cpu: None,
        }
    }

    /// Pushes an operand.
    pub fn push(&mut self, value: Value) {
        self.stack.push(value);
    }

    /// Pops an operand. Validation has made sure that there is one.
    pub fn pop(&mut self) -> Value {
        self.stack.pop().expect("validated: an operand is on the stack")
    }

    /// Pops two operands, in the order in which they were pushed.
    pub fn pop2(&mut self) -> (Value, Value) {
        let b = self.pop();
        (self.pop(), b)
    }

    /// Pops three operands, in the order in which they were pushed.
    pub fn pop3(&mut self) -> (Value, Value, Value) {
        let c = self.pop();
        let (a, b) = self.pop2();
        (a, b, c)
    }

    /// Pops a 128-bit operand as a vector of type `ty`.
    pub fn pop_vector(&mut self, ty: Type) -> Value {
        let value = self.pop();
        self.as_vector(value, ty)
    }

    /// A 128-bit value as a vector of type `ty`.
    pub fn as_vector(&mut self, value: Value, ty: Type) -> Value {
        if self.builder.func.dfg.value_type(value) == ty {
            return value;
        }
        let flags = MemFlagsData::new().with_endianness(ir::Endianness::Little);
        self.builder.ins().bitcast(ty, flags, value)
    }

    /// A value as locals, blocks, calls and results have it: 128-bit values are `I8X16` there.
    pub fn canonical(&mut self, value: Value) -> Value {
        if self.builder.func.dfg.value_type(value).is_vector() { self.as_vector(value, types::I8X16) } else { value }
    }

    /// Makes the top `count` operands canonical and returns where they begin.
    pub fn canonical_top(&mut self, count: usize) -> usize {
        let start = self.stack.len() - count;
        for index in start..self.stack.len() {
            self.stack[index] = self.canonical(self.stack[index]);
        }
        start
    }

    /// The instance (handle model): the address of its header.
    pub fn instance(&mut self) -> Option<Value> {
        let (slot, read) = match self.pin {
            Some(pin) => pin,
            None => return self.parameter,
        };
        let block = self.builder.current_block()?;
        if let Some((_, value)) = read.filter(|(before, _)| *before == block) {
            return Some(value);
        }
        let value = self.builder.ins().get_pinned_reg(POINTER);
        self.pin = Some((slot, Some((block, value))));
        Some(value)
    }

    /// Keeps the instance in the pinned register, which the platform's convention has callees preserve.
    pub fn pin_instance(&mut self) {
        let Some(instance) = self.parameter else { return };
        let slot = ir::StackSlotData::new(ir::StackSlotKind::ExplicitSlot, 8, 3);
        let slot = self.builder.create_sized_stack_slot(slot);
        let before = self.builder.ins().get_pinned_reg(POINTER);
        let place = self.builder.ins().stack_addr(POINTER, slot, 0);
        self.builder.ins().store(MemFlagsData::trusted(), before, place, 0);
        self.builder.ins().set_pinned_reg(instance);
        self.pin = Some((slot, None));
    }

    /// After a call: a value that was read before it would have to be kept.
    pub fn forget_pinned(&mut self) {
        if let Some((_, read)) = &mut self.pin {
            *read = None;
        }
    }

    /// Returns from the function.
    pub fn leave(&mut self, results: &[Value]) {
        if self.red_zone {
            super::global::move_stack_pointer(self, false);
        }
        if let Some((slot, _)) = self.pin {
            let place = self.builder.ins().stack_addr(POINTER, slot, 0);
            let before = self.builder.ins().load(POINTER, MemFlagsData::trusted(), place, 0);
            self.builder.ins().set_pinned_reg(before);
        }
        match (self.returned, results) {
            (Some(returned), _) => {
                let results = self.returned(returned);
                self.builder.ins().return_(&results);
            }
            (None, &[offset]) if self.returns_address => {
                let address = super::bounds::native(self, offset);
                self.builder.ins().return_(&[address]);
            }
            _ => {
                self.builder.ins().return_(results);
            }
        }
    }

    /// Address of a data object.
    pub fn data_address(&mut self, id: DataId) -> Value {
        if let Home::Block(offset) = self.env.home(id)
            && let Some(instance) = self.instance()
        {
            return self.builder.ins().iadd_imm_s(instance, i64::from(offset));
        }
        let global = match self.data.get(&id) {
            Some(global) => *global,
            None => {
                let name = self.builder.func.declare_imported_user_function(external_name(Symbol::Data(id)));
                let global = self.builder.create_global_value(ir::GlobalValueData::Symbol {
                    name: ir::ExternalName::user(name),
                    offset: 0.into(),
                    colocated: true,
                    tls: false,
                });
                self.data.insert(id, global);
                global
            }
        };
        self.builder.ins().symbol_value(POINTER, global)
    }

    /// Address of the descriptor of a memory or table.
    pub fn descriptor_address(&mut self, descriptor: Descriptor) -> Value {
        match descriptor {
            Descriptor::Own(id) => self.data_address(id),
            Descriptor::Imported(slots, offset) => self.imported(slots, offset),
        }
    }

    /// The address in an `ImportSlot`, which never changes.
    pub fn imported(&mut self, slots: DataId, offset: u32) -> Value {
        let slots = self.data_address(slots);
        let flags = self.trusted(Region::Tables).with_readonly().with_can_move();
        self.builder.ins().load(POINTER, flags, slots, offset as i32 + field::IMPORT_ITEM)
    }

    /// Takes the function's first parameter for the instance, and compares the stack pointer with the instance's limit
    /// when the function is entered.
    pub fn enter_instance(&mut self, entry: ir::Block) {
        if self.env.handle.is_none() {
            return;
        }
        self.parameter = self.builder.block_params(entry).first().copied();
        let function = &mut self.builder.func;
        if self.env.handle.is_some() && function.signature.special_param_index(ArgumentPurpose::VMContext).is_some() {
            let base = function.create_global_value(ir::GlobalValueData::VMContext);
            let flags = function.dfg.mem_flags.insert_unchecked(MemFlagsData::trusted());
            let limit = function.create_global_value(ir::GlobalValueData::Load {
                base,
                offset: field::STACK_LIMIT.into(),
                global_type: POINTER,
                flags,
            });
            function.stack_limit = Some(limit);
        }
    }

    /// At the end of a function that is called by others: one that calls none does not compare the stack pointer if its frame
    /// must be small. There is one such frame at most, where builtins have their room.
    pub fn skip_stack_check(&mut self) {
        let function = &mut self.builder.func;
        let slots = function.sized_stack_slots.values().map(|slot| u64::from(slot.size)).sum::<u64>();
        if !self.calls && function.dfg.num_values() <= LEAF_VALUES && slots <= LEAF_SLOTS {
            function.stack_limit = None;
        }
    }

    /// A function to call, declared once.
    pub fn function(&mut self, symbol: Symbol, signature: impl FnOnce(&Env<'a>) -> ir::Signature) -> ir::FuncRef {
        if let Some(function) = self.functions.get(&symbol) {
            return *function;
        }
        let name = self.builder.func.declare_imported_user_function(external_name(symbol));
        let signature = self.builder.import_signature(signature(&self.env));
        let name = ir::ExternalName::user(name);
        let function =
            self.builder.import_function(ir::ExtFuncData { name, signature, colocated: true, patchable: false });
        self.functions.insert(symbol, function);
        function
    }

    /// The signature of a type under a convention, declared once.
    pub fn signature(&mut self, type_index: u32, convention: Convention) -> crate::Result<ir::SigRef> {
        if let Some(signature) = self.signatures.get(&(type_index, convention)) {
            return Ok(*signature);
        }
        let signature = self.env.signature(self.env.type_at(type_index)?, convention)?;
        let signature = self.builder.import_signature(signature);
        self.signatures.insert((type_index, convention), signature);
        Ok(signature)
    }

    /// Calls a runtime function.
    pub fn call_builtin(&mut self, builtin: Builtin, args: &[Value]) -> Option<Value> {
        let row = builtin.row();
        let function = self.function(Symbol::Builtin(builtin), |env| env.runtime_signature(row.params, row.result));
        let call = self.builder.ins().call(function, args);
        self.forget_pinned();
        self.builder.inst_results(call).first().copied()
    }

    /// Flags for state that always can be accessed.
    pub fn trusted(&mut self, region: Region) -> MemFlagsData {
        let region = self.region(region);
        MemFlagsData::trusted().with_alias_region(Some(region))
    }

    /// The alias region of a kind of memory.
    pub fn region(&mut self, region: Region) -> ir::AliasRegion {
        let slot = region as usize;
        if let Some(region) = self.regions[slot] {
            return region;
        }
        let description = match region {
            Region::Heap => "memory",
            Region::Globals => "globals",
            Region::Tables => "tables",
        };
        let data = ir::AliasRegionData { user_id: slot as u32, description: description.into() };
        let region = self.builder.func.dfg.alias_regions.insert(data);
        self.regions[slot] = Some(region);
        region
    }

    /// What the processor has for relaxed SIMD.
    pub fn cpu(&mut self) -> Cpu {
        let isa = self.env.isa;
        *self.cpu.get_or_insert_with(|| Cpu::of(isa))
    }

    /// A 64-bit constant.
    pub fn constant64(&mut self, value: u64) -> Value {
        self.builder.ins().iconst(types::I64, value as i64)
    }

    /// An i32 operand as 64 bits without sign; an i64 operand as it is.
    pub fn widen(&mut self, value: Value) -> Value {
        if self.builder.func.dfg.value_type(value) == types::I32 {
            self.builder.ins().uextend(types::I64, value)
        } else {
            value
        }
    }
}

/// Cranelift's trap code of a trap kind.
pub fn trap_code(kind: TrapKind) -> ir::TrapCode {
    ir::TrapCode::unwrap_user(kind as u8)
}
