//! A native expression under construction: one operation of wasm's after the other, and what stands on the stack by then. The base is added
//! exactly where an offset becomes an address.

use super::super::Global;
use super::super::sections::Buffer;
use super::super::source::{Reader, kept, tracked};
use super::base::push_base;
use super::{Expression, Locator, UNREADABLE, Wanted, add_base, follow, function};
use crate::codegen::{self, At, Place};
use crate::symbols::Symbol;
use gimli::Operation;
use gimli::constants::*;
use std::mem::offset_of;
use wasmaot_abi::program as abi;

/// What a value on the expression's stack is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Kind {
    /// A native address.
    Native,
    /// A number of wasm: an offset in memory 0, if it is an address.
    Wasm,
}

impl<'a> Locator<'_, 'a> {
    /// Translates one expression; `near` as for [`push_base`]. None: it cannot be said natively, or what it names does not exist.
    pub(super) fn build(
        &self,
        expression: gimli::Expression<Reader<'a>>,
        places: &[(u32, Place)],
        wanted: Wanted,
        near: Option<Buffer>,
    ) -> Option<Expression> {
        let mut out = Expression::default();
        out.buffer.bytes.reserve(16);
        let mut b = Builder { locator: self, near, out, stack: Vec::new(), local: None, pieces: false };
        let mut operations = expression.operations(self.unit.encoding());
        let mut from = 0;
        let mut value = false;
        let mut done = false;
        while let Some(operation) = operations.next().ok()? {
            let to = operations.offset_from(&expression);
            let raw = &expression.0.slice()[from..to];
            from = to;
            match operation {
                Operation::StackValue => value = true,
                Operation::Piece { size_in_bits, .. } => {
                    b.out.bits = b.out.bits.saturating_add(size_in_bits);
                    b.pieces = true;
                    if b.local.is_some() || !b.stack.is_empty() {
                        b.finish(value, wanted)?;
                    }
                    b.bytes(raw);
                    value = false;
                    done = true;
                    continue;
                }
                operation => b.operation(operation, raw, places)?,
            }
            done = false;
        }
        if !done {
            b.finish(value, wanted)?;
        }
        // A pointer in pieces cannot be followed.
        let followed = matches!(wanted, Wanted::Address | Wanted::Pointer | Wanted::Function | Wanted::FrameBase);
        if b.pieces && followed { None } else { Some(b.out) }
    }
}

/// An expression under construction.
struct Builder<'a, 'b> {
    locator: &'b Locator<'b, 'a>,
    /// An address in memory 0 or where it begins, if one is known.
    near: Option<Buffer>,
    out: Expression,
    stack: Vec<Kind>,
    /// A local that is all there is so far, not yet written.
    local: Option<Place>,
    pieces: bool,
}

impl<'a> Builder<'a, '_> {
    fn bytes(&mut self, bytes: &[u8]) {
        self.out.buffer.bytes.extend_from_slice(bytes);
    }

    fn op(&mut self, op: DwOp) {
        self.out.buffer.u8(op.0);
    }

    /// One operation other than those that end a location.
    fn operation(&mut self, operation: Operation<Reader<'a>>, raw: &[u8], places: &[(u32, Place)]) -> Option<()> {
        if let Some(place) = self.local.take() {
            self.push_local(place)?;
        }
        match operation {
            Operation::WasmLocal { .. } | Operation::WasmStack { .. } => {
                let wanted = tracked(&operation);
                let place = places.iter().find(|(local, _)| Some(*local) == wanted)?.1;
                if self.stack.is_empty() {
                    self.local = Some(place);
                } else {
                    self.push_local(place)?;
                }
            }
            Operation::WasmGlobal { index } => {
                // Where a linker dropped the start of thread-local variables, they are where others are.
                let dropped = (index == u32::MAX).then_some(Global::Constant(0));
                match dropped.or_else(|| *self.locator.context.globals.get(index as usize)?)? {
                    Global::At(data, offset) => {
                        self.op(DW_OP_addr);
                        self.out.buffer.address(Symbol::Data(data), offset.into());
                    }
                    Global::Before(distance) => {
                        self.push_base()?;
                        self.op(DW_OP_consts);
                        self.out.buffer.sleb(-distance);
                        self.op(DW_OP_plus);
                    }
                    // Such is the start of thread-local variables in a program without threads.
                    Global::Constant(value) => {
                        self.op(DW_OP_constu);
                        self.out.buffer.uleb(value.into());
                        self.stack.push(Kind::Wasm);
                        return Some(());
                    }
                }
                self.op(DW_OP_deref_size);
                self.out.buffer.u8(self.locator.pointer_size());
                self.stack.push(Kind::Wasm);
            }
            Operation::Address { address } => self.push_address(address)?,
            Operation::AddressIndex { index } => {
                let address = self.locator.context.source.dwarf.address(self.locator.unit, index).ok()?;
                self.push_address(address)?;
            }
            Operation::FrameOffset { .. } => {
                self.bytes(raw);
                self.stack.push(Kind::Native);
            }
            Operation::Deref { size, space: false, base_type } if base_type.0 == 0 => {
                self.nativise()?;
                self.op(DW_OP_deref_size);
                self.out.buffer.u8(size);
                self.stack.pop()?;
                self.stack.push(Kind::Wasm);
            }
            Operation::UnsignedConstant { .. } | Operation::SignedConstant { .. } => {
                self.bytes(raw);
                self.stack.push(Kind::Wasm);
            }
            Operation::PushObjectAddress => {
                self.bytes(raw);
                self.stack.push(Kind::Native);
            }
            Operation::PlusConstant { .. } => {
                self.stack.last()?;
                self.bytes(raw);
            }
            Operation::Abs | Operation::Neg | Operation::Not => {
                *self.stack.last_mut()? = Kind::Wasm;
                self.bytes(raw);
            }
            Operation::And
            | Operation::Div
            | Operation::Mod
            | Operation::Mul
            | Operation::Or
            | Operation::Shl
            | Operation::Shr
            | Operation::Shra
            | Operation::Xor
            | Operation::Eq
            | Operation::Ge
            | Operation::Gt
            | Operation::Le
            | Operation::Lt
            | Operation::Ne => {
                self.stack.pop()?;
                *self.stack.last_mut()? = Kind::Wasm;
                self.bytes(raw);
            }
            Operation::Plus | Operation::Minus => {
                let top = self.stack.pop()?;
                let below = self.stack.last_mut()?;
                if top == Kind::Native {
                    *below = Kind::Native;
                }
                self.bytes(raw);
            }
            Operation::Pick { index } => {
                let at = self.stack.len().checked_sub(usize::from(index) + 1)?;
                self.stack.push(self.stack[at]);
                self.bytes(raw);
            }
            Operation::Drop => {
                self.stack.pop()?;
                self.bytes(raw);
            }
            Operation::Swap => {
                let len = self.stack.len();
                self.stack.swap(len.checked_sub(1)?, len.checked_sub(2)?);
                self.bytes(raw);
            }
            Operation::Rot => {
                let top = self.stack.pop()?;
                let at = self.stack.len().checked_sub(2)?;
                self.stack.insert(at, top);
                self.bytes(raw);
            }
            Operation::Nop => {}
            Operation::Convert { base_type } | Operation::Reinterpret { base_type } => {
                self.stack.last()?;
                self.out.buffer.u8(*raw.first()?);
                self.base_type(base_type.0);
            }
            Operation::TypedLiteral { base_type, value } => {
                self.out.buffer.u8(*raw.first()?);
                self.base_type(base_type.0);
                self.out.buffer.u8(u8::try_from(value.len()).ok()?);
                self.bytes(value.slice());
                self.stack.push(Kind::Wasm);
            }
            Operation::ImplicitValue { .. } => {
                self.bytes(raw);
                self.stack.push(Kind::Native);
            }
            _ => return None,
        }
        Some(())
    }

    /// A reference to a base type; 0 is the generic type.
    fn base_type(&mut self, offset: usize) {
        if offset == 0 {
            self.out.buffer.u8(0);
            return;
        }
        self.out.types.push((self.out.buffer.len(), offset as u32));
        self.bytes(&[0x80, 0x80, 0x80, 0]);
    }

    /// Pushes the native address of an address of memory 0.
    fn push_address(&mut self, address: u64) -> Option<()> {
        if !kept(self.locator.unit, address) {
            return None;
        }
        let memory = self.locator.context.memory?;
        if memory.behind {
            self.push_base()?;
        } else {
            self.op(DW_OP_addr);
            self.out.buffer.address(Symbol::Data(memory.descriptor), offset_of!(abi::Memory, base) as i64);
            self.op(DW_OP_deref);
            // Before there is a process, gdb reads the file, which can have something else at an address of memory 0. Where the
            // memory has no bytes yet, this is one that nobody can read.
            self.op(DW_OP_addr);
            self.out.buffer.address(Symbol::Data(memory.descriptor), offset_of!(abi::Memory, bytes) as i64);
            self.bytes(&[DW_OP_deref.0, DW_OP_lit0.0, DW_OP_eq.0, DW_OP_constu.0]);
            self.out.buffer.uleb(UNREADABLE);
            self.bytes(&[DW_OP_mul.0, DW_OP_plus.0]);
        }
        self.op(DW_OP_plus_uconst);
        self.out.buffer.uleb(address);
        self.stack.push(Kind::Native);
        Some(())
    }

    /// Pushes the value of a local.
    fn push_local(&mut self, place: Place) -> Option<()> {
        if place.bytes == 0 {
            return None;
        }
        self.push_term(place.at, place.more, place.bytes);
        if let Some((operation, at, more)) = place.computed {
            let is_signed = operation == codegen::Operation::ShiftSigned && place.bytes == 4;
            if is_signed {
                self.out.buffer.bytes.extend_from_slice(&[DW_OP_const1u.0, 32, DW_OP_shl.0]);
            }
            self.push_term(at, more, place.bytes);
            if matches!(
                operation,
                codegen::Operation::ShiftLeft | codegen::Operation::ShiftRight | codegen::Operation::ShiftSigned
            ) {
                self.out.buffer.bytes.extend_from_slice(&[DW_OP_const1u.0, place.bytes * 8 - 1, DW_OP_and.0]);
            }
            if is_signed {
                self.out.buffer.bytes.extend_from_slice(&[DW_OP_plus_uconst.0, 32]);
            }
            self.op(match operation {
                codegen::Operation::Add => DW_OP_plus,
                codegen::Operation::Subtract => DW_OP_minus,
                codegen::Operation::Multiply => DW_OP_mul,
                codegen::Operation::And => DW_OP_and,
                codegen::Operation::Or => DW_OP_or,
                codegen::Operation::Xor => DW_OP_xor,
                codegen::Operation::ShiftLeft => DW_OP_shl,
                codegen::Operation::ShiftRight => DW_OP_shr,
                codegen::Operation::ShiftSigned => DW_OP_shra,
            });
            self.mask(place.bytes);
        }
        self.stack.push(Kind::Wasm);
        Some(())
    }

    /// Pushes a number of so many bytes.
    fn push_term(&mut self, at: At, more: i32, bytes: u8) {
        match at {
            At::Register(register) => {
                self.register(register, more);
                self.mask(bytes);
            }
            At::Frame(offset) => {
                self.frame(offset);
                self.op(DW_OP_deref_size);
                self.out.buffer.u8(bytes);
                if more != 0 {
                    self.op(DW_OP_consts);
                    self.out.buffer.sleb(more.into());
                    self.op(DW_OP_plus);
                    self.mask(bytes);
                }
            }
            At::Constant(bits) => {
                self.op(DW_OP_constu);
                self.out.buffer.uleb(bits);
            }
        }
    }

    /// Keeps so many bytes of what is on top of the stack.
    fn mask(&mut self, bytes: u8) {
        if bytes == 4 {
            self.op(DW_OP_const4u);
            self.out.buffer.u32(u32::MAX);
            self.op(DW_OP_and);
        }
    }

    /// Pushes a register's value plus a constant.
    fn register(&mut self, register: u16, more: i32) {
        if register < 32 {
            self.out.buffer.u8(DW_OP_breg0.0 + register as u8);
        } else {
            self.op(DW_OP_bregx);
            self.out.buffer.uleb(register.into());
        }
        self.out.buffer.sleb(more.into());
    }

    /// Pushes an address in the native frame.
    fn frame(&mut self, offset: i64) {
        self.op(DW_OP_call_frame_cfa);
        self.op(DW_OP_consts);
        self.out.buffer.sleb(offset);
        self.op(DW_OP_plus);
    }

    /// Makes what is on top of the stack a native address.
    fn nativise(&mut self) -> Option<()> {
        let top = self.stack.last_mut()?;
        if *top == Kind::Wasm {
            *top = Kind::Native;
            self.needs_base()?;
            add_base(self.locator.context, &mut self.out.buffer, self.near.as_ref())?;
        }
        Some(())
    }

    /// Pushes the address of memory 0.
    fn push_base(&mut self) -> Option<()> {
        self.needs_base()?;
        push_base(self.locator.context, &mut self.out.buffer, self.near.as_ref())
    }

    fn needs_base(&mut self) -> Option<()> {
        self.out.framed |= self.locator.context.memory?.behind;
        Some(())
    }

    /// Ends a location.
    fn finish(&mut self, value: bool, wanted: Wanted) -> Option<()> {
        let wanted = if wanted == Wanted::Aggregate && value { Wanted::Variable } else { wanted };
        // Without `DW_OP_stack_value`, what a local has is the address: so clang says it of structures passed by value.
        if wanted == Wanted::Variable
            && value
            && let Some(Place { at, more: 0, computed: None, .. }) = self.local
        {
            self.local = None;
            match at {
                At::Register(register) if register < 32 => self.out.buffer.u8(DW_OP_reg0.0 + register as u8),
                At::Register(register) => {
                    self.op(DW_OP_regx);
                    self.out.buffer.uleb(register.into());
                }
                At::Frame(offset) => self.frame(offset),
                At::Constant(bits) => {
                    self.op(DW_OP_constu);
                    self.out.buffer.uleb(bits);
                    self.op(DW_OP_stack_value);
                }
            }
            return Some(());
        }
        if let Some(place) = self.local.take() {
            self.push_local(place)?;
        }
        let size = self.locator.pointer_size();
        match wanted {
            Wanted::Variable if value => self.op(DW_OP_stack_value),
            Wanted::Address if value => return None,
            Wanted::Variable | Wanted::Aggregate | Wanted::Address | Wanted::FrameBase => self.nativise()?,
            Wanted::Pointer | Wanted::Function => {
                if !value {
                    self.nativise()?;
                    self.op(DW_OP_deref_size);
                    self.out.buffer.u8(size);
                    *self.stack.last_mut()? = Kind::Wasm;
                }
                match self.stack.last()? {
                    Kind::Wasm if wanted == Wanted::Function => function(self.locator.context, &mut self.out.buffer)?,
                    Kind::Wasm => {
                        self.needs_base()?;
                        follow(self.locator.context, &mut self.out.buffer, self.near.as_ref())?;
                    }
                    Kind::Native => {}
                }
                self.op(DW_OP_stack_value);
            }
        }
        self.stack.pop()?;
        Some(())
    }
}
