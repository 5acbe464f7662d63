//! Locals that a debugger may ask for. Where code is optimised their values get labels, which change nothing; where it
//! is not, each assignment is stored in a slot of the frame too, so that they can be seen as long as the function runs.
//! What a local is good for, this file does not know.

use super::Translator;
use cranelift_codegen::ir::{InstBuilder, StackSlot, StackSlotData, StackSlotKind, Value, ValueLabel};
use std::collections::HashMap;

/// What is wanted of a function.
#[derive(Clone, Copy, Debug)]
pub struct Tracking<'a> {
    /// Indices of locals, in order.
    pub locals: &'a [u32],
    /// Keep them in slots.
    pub slots: bool,
}

/// The locals in question.
#[derive(Default)]
pub struct Tracked {
    /// Without a slot: those with labels.
    locals: HashMap<u32, Option<StackSlot>>,
    slots: bool,
}

impl Translator<'_, '_> {
    /// Begins tracking, before the first local is declared.
    pub fn track(&mut self, tracking: Tracking<'_>) {
        self.tracked.slots = tracking.slots;
        self.tracked.locals = tracking.locals.iter().map(|local| (*local, None)).collect();
        if !tracking.slots && !tracking.locals.is_empty() {
            self.builder.func.dfg.collect_debug_info();
        }
    }

    /// Notes that a local has a new value.
    pub fn assigned(&mut self, local: u32, value: Value) {
        if self.tracked.locals.is_empty() {
            return;
        }
        let Some(slot) = self.tracked.locals.get_mut(&local) else { return };
        if !self.tracked.slots {
            self.builder.set_val_label(value, ValueLabel::from_u32(local));
            return;
        }
        let function = &mut self.builder.func;
        let slot = *slot.get_or_insert_with(|| {
            let bytes = function.dfg.value_type(value).bytes();
            let key = Some(cranelift_codegen::ir::StackSlotKey::new(local.into()));
            function.create_sized_stack_slot(StackSlotData {
                key,
                ..StackSlotData::new(StackSlotKind::ExplicitSlot, bytes, 3)
            })
        });
        self.builder.ins().stack_store(crate::env::POINTER, value, slot, 0);
    }

    /// Notes that a local has this value, which may have come together from several blocks.
    pub fn read(&mut self, local: u32, value: Value) {
        if !self.tracked.slots && self.tracked.locals.contains_key(&local) {
            self.builder.set_val_label(value, ValueLabel::from_u32(local));
        }
    }
}
