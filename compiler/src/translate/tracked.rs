//! Locals that a debugger may ask for. Where code is optimised, this notes which values they have where (`history`), which
//! changes nothing; where it is not, each assignment is stored in a slot of the frame too, so that they can be seen as long
//! as the function runs. What a local is good for, this file does not know.

mod history;

use super::Translator;
use crate::env::Env;
use crate::layout::{Convention, Descriptor, InstanceLayout, MemoryLocation};
use cranelift_codegen::ir::{AbiParam, Function, InstBuilder, MemFlagsData, Type, Value, types};
use cranelift_codegen::ir::{StackSlot, StackSlotData, StackSlotKey, StackSlotKind};
use history::History;
use std::collections::HashMap;
use target_lexicon::Architecture;
use wasmparser::Operator;

/// Added to the position of an operand, from the bottom of the stack, to number it like a local.
pub const OPERAND: u32 = 1 << 31;

/// Numbered like a local: the instance, where memory 0 is behind its block and debuggers look for that.
pub const INSTANCE: u32 = OPERAND - 1;

/// What is wanted of a function.
#[derive(Clone, Copy, Debug)]
pub struct Tracking<'a> {
    /// What of which locals, by local and offset; no two overlap.
    pub locals: &'a [Named],
    /// Keep locals in slots.
    pub slots: bool,
    /// A result that debuggers look for.
    pub returned: Option<Returned>,
}

/// A result that a function writes to memory 0, where its first parameter says. In the platform's convention such a result is
/// in registers, or its address is, and debuggers look for it there.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Returned {
    /// Bytes, at least one.
    pub bytes: u32,
    /// Whether the first and the second eight bytes are floating-point numbers and nothing else.
    pub floats: [bool; 2],
    /// The result has parts, and none of them is a floating-point number if it fits into registers.
    pub integers: bool,
    /// The result is two words, and which of them are pointers: debuggers want both native, of eight bytes.
    pub words: Option<[bool; 2]>,
    /// Its address is returned, whatever the platform does: debuggers see it by reference.
    pub by_address: bool,
    /// C++ returns its address, because copies of it are made by a function. That of x86-64 is known to debuggers.
    pub by_reference: bool,
}

/// Bytes of a result that the platform returns in registers.
const IN_REGISTERS: u32 = 16;

impl Returned {
    /// The types of the registers: of its parts, or of its address.
    fn registers(self) -> impl Iterator<Item = Type> {
        let parts = match self.words {
            Some(_) => 2,
            None if self.is_address() => 1,
            None if self.bytes <= IN_REGISTERS => self.bytes.div_ceil(8) as usize,
            None => 1,
        };
        let floats = if self.bytes <= IN_REGISTERS && !self.is_address() { self.floats } else { [false; 2] };
        floats.into_iter().take(parts).map(|float| if float { types::F64 } else { types::I64 })
    }

    fn is_address(self) -> bool {
        self.by_address || self.by_reference
    }

    /// Whether debuggers are to see it as a reference.
    pub fn is_shown_by_address(self, architecture: Architecture) -> bool {
        self.by_address || self.by_reference && architecture != Architecture::X86_64
    }

    /// Whether a function of this convention leaves it in registers, at `-O0`.
    pub fn is_left(
        self,
        instance: &InstanceLayout,
        by_handle: bool,
        convention: Convention,
        architecture: Architecture,
    ) -> bool {
        let memory = instance.memories.first();
        memory.is_some_and(|memory| !memory.index64 && matches!(memory.descriptor, Descriptor::Own(_)))
            && !by_handle
            && convention == Convention::Platform
            && self.is_known(architecture)
    }

    /// Whether debuggers look for it in the registers that Cranelift returns things in.
    fn is_known(self, architecture: Architecture) -> bool {
        match architecture {
            Architecture::X86_64 => true,
            // Floating-point numbers have a register each, and results of more bytes are not looked for.
            Architecture::Aarch64(_) => self.bytes <= IN_REGISTERS && self.floats == [false; 2],
            // A floating-point number can have a register of its own, also where there is an integer in the same eight bytes. gdb 13
            // has an internal error where a number of 128 bits is returned.
            Architecture::Riscv64(_) => self.integers,
            _ => false,
        }
    }
}

/// A local that debug information names in a part of the wasm code: from one offset in the file to another.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Named {
    /// Index of the local, or an operand.
    pub local: u32,
    /// First offset.
    pub from: u32,
    /// Offset where it ends.
    pub to: u32,
}

/// A local has a value in a part of the wasm code: from the instruction at one offset in the file to that at another.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Held {
    /// Index of the local, or an operand.
    pub local: u32,
    /// First offset.
    pub from: u32,
    /// Offset where it ends.
    pub to: u32,
    /// The value, before optimisation.
    pub value: Value,
}

/// The locals in question.
#[derive(Default)]
pub enum Tracked {
    /// None.
    #[default]
    Off,
    /// With their slots, once they are assigned.
    Slots(HashMap<u32, Option<StackSlot>>),
    /// With what happens to them.
    History(History),
}

impl Tracked {
    /// Where locals have which values, by local and offset; once the function is complete.
    pub fn held(self, function: &Function) -> Vec<Held> {
        match self {
            Tracked::History(history) => history.held(function),
            _ => Vec::new(),
        }
    }
}

impl Translator<'_, '_> {
    /// Begins tracking, before the first local is declared.
    pub fn track(&mut self, tracking: Tracking<'_>) {
        self.tracked = match tracking {
            Tracking { locals: [], .. } => Tracked::Off,
            Tracking { locals, slots: true, .. } => {
                Tracked::Slots(locals.iter().map(|named| (named.local, None)).collect())
            }
            Tracking { locals, slots: false, .. } => Tracked::History(History::new(locals, self.offset as u32)),
        };
        self.tracked_operator(None);
    }

    /// Keeps the instance in a slot of its own, also where no local is tracked.
    pub fn track_instance(&mut self) {
        let is_behind = self.env.debugged_memory().is_some_and(MemoryLocation::is_found_behind);
        let Some(instance) = self.instance().filter(|_| is_behind) else { return };
        if let Tracked::Off = self.tracked {
            self.tracked = Tracked::Slots(HashMap::new());
        }
        if let Tracked::Slots(slots) = &mut self.tracked {
            slots.insert(INSTANCE, None);
        }
        self.assigned(INSTANCE, instance);
    }

    /// Declares the registers of a result that debuggers look for. The convention leaves them to the callee, so callers need
    /// not know. Before the function is built.
    pub fn declare_returned(
        env: &Env<'_>,
        returned: Returned,
        convention: Convention,
        function: &mut Function,
    ) -> Option<Returned> {
        let signature = &mut function.signature;
        let by_handle = env.handle.is_some();
        let is_left = returned.is_left(env.layout, by_handle, convention, env.isa.triple().architecture);
        if !is_left || !signature.returns.is_empty() {
            return None;
        }
        signature.returns.extend(returned.registers().map(AbiParam::new));
        Some(returned)
    }

    /// The values of these registers, from the address that the function was given.
    pub fn returned(&mut self, returned: Returned) -> Vec<Value> {
        let entry = self.builder.func.layout.entry_block().expect("a function has blocks");
        let address = self.builder.block_params(entry)[0];
        let address = super::bounds::readable(self, address, returned.bytes.next_multiple_of(8));
        if returned.bytes > IN_REGISTERS || returned.is_address() {
            return vec![address];
        }
        if let Some(pointers) = returned.words {
            let word = |(place, pointer)| {
                let word = self.builder.ins().load(types::I32, MemFlagsData::new().with_notrap(), address, place);
                if pointer { super::bounds::native(self, word) } else { self.widen(word) }
            };
            return [0, 4].into_iter().zip(pointers).map(word).collect();
        }
        let load = |(part, ty)| self.builder.ins().load(ty, MemFlagsData::new().with_notrap(), address, part * 8);
        (0..).zip(returned.registers()).map(load).collect()
    }

    /// Notes where the code of the next operator goes.
    pub fn tracked_operator(&mut self, operator: Option<&Operator<'_>>) {
        if let Tracked::History(history) = &mut self.tracked {
            // The code of these is partly in one block, partly in another.
            let joins = matches!(operator, Some(Operator::Loop { .. } | Operator::Else | Operator::End));
            let block = self.builder.current_block().filter(|_| self.reachable && !joins);
            history.goes_on_in(self.offset as u32, block, &self.stack);
        }
    }

    /// Notes that a local has a new value.
    pub fn assigned(&mut self, local: u32, value: Value) {
        match &mut self.tracked {
            Tracked::Off => {}
            Tracked::History(history) => {
                let block = self.builder.current_block().expect("locals are assigned in a block");
                history.assigned(local, block, self.offset as u32, value);
            }
            Tracked::Slots(slots) => {
                let Some(slot) = slots.get_mut(&local) else { return };
                let function = &mut self.builder.func;
                let slot = *slot.get_or_insert_with(|| {
                    let bytes = function.dfg.value_type(value).bytes();
                    let key = Some(StackSlotKey::new(local.into()));
                    function.create_sized_stack_slot(StackSlotData {
                        key,
                        ..StackSlotData::new(StackSlotKind::ExplicitSlot, bytes, 3)
                    })
                });
                self.builder.ins().stack_store(crate::env::POINTER, value, slot, 0);
            }
        }
    }

    /// Notes that a local has this value, which may have come together from several blocks.
    pub fn read(&mut self, local: u32, value: Value) {
        if let Tracked::History(history) = &mut self.tracked {
            let block = self.builder.current_block().expect("locals are read in a block");
            history.read(local, block, self.offset as u32, value);
        }
    }
}
