//! Where variables are: DWARF expressions over wasm locals, globals and memory -> native ones.
//!
//! An address in wasm is an offset in memory 0; a native one is that plus the memory's first byte. What stands on the
//! expression's stack is followed through, so that the base is added exactly where an offset becomes an address.
//! Variables that are pointers have no location but a value, the native address, so that debuggers can follow it.

mod base;

use super::code::FunctionMap;
use super::sections::Buffer;
use super::source::{Reader, Unit, Value, kept, tracked};
use super::{Context, Global};
use crate::codegen::{self, At, Place};
use crate::symbols::Symbol;
use crate::translate::{INSTANCE, OPERAND};
use foldhash::HashMap;
use gimli::constants::*;
use gimli::{AttributeValue, Operation};
use std::cell::RefCell;
use std::mem::offset_of;
use std::rc::Rc;
use wasmaot_abi::program as abi;

pub use base::{add_base, follow, function, in_frame, in_own_frame, instance};
use base::{by_instance, push_base};

/// An address where nothing is, also with any of memory 0 added. On AArch64, gdb ignores the highest byte of an address.
const UNREADABLE: u64 = 1 << 54;

/// What an expression is to give.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Wanted {
    /// A variable's location or value.
    Variable,
    /// The same of a variable that has parts. No local has one: it has the address, as of what a caller passes by reference.
    Aggregate,
    /// The native address of such a variable, as a value; nothing if it is not in memory.
    Address,
    /// The native address in a variable that is a pointer.
    Pointer,
    /// The native address of the function that a variable points to.
    Function,
    /// The native address of a function's frame in memory 0.
    FrameBase,
}

/// An expression's bytes.
#[derive(Clone, Debug, Default)]
pub struct Expression {
    /// Bytes, with addresses to patch.
    pub buffer: Buffer,
    /// References to base types: place of four bytes, the type's offset in the source unit.
    pub types: Vec<(u32, u32)>,
    /// Bits of its pieces.
    bits: u64,
    /// It counts in frames of the module's functions only.
    framed: bool,
}

impl From<Buffer> for Expression {
    /// One that names no base type and has no pieces.
    fn from(buffer: Buffer) -> Expression {
        Expression { buffer, ..Expression::default() }
    }
}

impl Expression {
    /// Adds a piece without a place for what a thing of so many bytes has behind the last piece: gdb 13 has an internal error where it
    /// looks for a pointer there.
    fn complete(&mut self, bytes: u64) {
        let missing = self.missing(bytes);
        if missing > 0 {
            self.buffer.u8(DW_OP_piece.0);
            self.buffer.uleb(missing);
        }
    }

    /// Bytes of a thing of so many that are in none of its pieces, if it is in pieces.
    fn missing(&self, bytes: u64) -> u64 {
        if self.bits == 0 { 0 } else { bytes.saturating_sub(self.bits.div_ceil(8)) }
    }
}

/// A native location.
#[derive(Debug)]
pub enum Location {
    /// Nowhere.
    None,
    /// Everywhere the same.
    Expression(Expression),
    /// By native range.
    List(Vec<(u32, u32, Rc<Expression>)>),
}

impl Location {
    /// Whether it is known nowhere.
    pub fn is_nowhere(&self) -> bool {
        match self {
            Location::None => true,
            Location::Expression(_) => false,
            Location::List(rows) => rows.is_empty(),
        }
    }

    /// Where it is known, in order; none: everywhere.
    pub fn ranges(&self) -> Option<Vec<(u32, u32)>> {
        match self {
            Location::Expression(_) => None,
            Location::None => Some(Vec::new()),
            Location::List(rows) => Some(rows.iter().map(|(start, end, _)| (*start, *end)).collect()),
        }
    }

    /// Whether it is known from somewhere in these ranges, which are in order, to their end.
    pub fn is_without_gaps(&self, ranges: &[(u32, u32)]) -> bool {
        let rows = match self {
            Location::None => return false,
            Location::Expression(_) => return true,
            Location::List(rows) => rows,
        };
        let Some(first) = rows.first() else { return false };
        let mut rows = rows.iter().peekable();
        ranges.iter().filter(|range| range.1 > first.0).all(|range| {
            let mut known = range.0.max(first.0);
            while let Some(row) = rows.next_if(|row| row.0 <= known) {
                known = known.max(row.1);
            }
            known >= range.1
        })
    }

    /// With pieces for the whole of a thing of so many bytes, where it is in pieces.
    pub fn complete(mut self, bytes: u64) -> Location {
        match &mut self {
            Location::None => {}
            Location::Expression(expression) => expression.complete(bytes),
            Location::List(rows) => {
                let is_missing = |expression: &Expression| expression.missing(bytes) > 0;
                let rows = rows.iter_mut().filter(|(.., expression)| is_missing(expression));
                rows.for_each(|(.., expression)| Rc::make_mut(expression).complete(bytes));
            }
        }
        self
    }
}

/// What a value on the expression's stack is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Kind {
    /// A native address.
    Native,
    /// A number of wasm: an offset in memory 0, if it is an address.
    Wasm,
}

/// A part of a function's code.
#[derive(Clone)]
pub struct Scope<'f> {
    /// The function.
    pub function: &'f FunctionMap,
    /// Ranges in wasm.
    pub wasm: Vec<(u64, u64)>,
    /// Native ranges, in order.
    pub ranges: Vec<(u32, u32)>,
    /// Where the function's frame base is known, if that is not everywhere; in order.
    pub frame: Option<Rc<[(u32, u32)]>>,
}

impl Scope<'_> {
    /// The parts of a range where an expression means something, which may name the frame base.
    fn known(&self, range: (u32, u32), frame: bool) -> impl Iterator<Item = (u32, u32)> {
        let known = self.frame.as_deref().filter(|_| frame).unwrap_or(&[(0, u32::MAX)]);
        let cut = move |known: &(u32, u32)| (known.0.max(range.0), known.1.min(range.1));
        known.iter().map(cut).filter(|(start, end)| start < end)
    }
}

/// Up to where the operands among these locals stay what they are at the start of a range. A value that is not on the stack any more is
/// nowhere; LLVM lets its range go on until the variable has another, or to the end.
fn operands_end(function: &FunctionMap, locals: &[u32], (start, end): (u64, u64)) -> Option<u64> {
    let operands = locals.iter().filter(|local| **local >= OPERAND);
    operands.map(|operand| function.operand_end(*operand, start)).try_fold(end, |all, end| Some(all.min(end?)))
}

/// What an expression names.
struct Named {
    /// Locals and operands, each once.
    locals: Vec<u32>,
    /// The frame base.
    frame: bool,
}

/// An expression over one local, where that is, and what is wanted of it.
type Key<'a> = (&'a [u8], Place, Wanted);

/// What expressions of a unit are translated with.
pub struct Locator<'c, 'a> {
    /// The module's.
    context: &'c Context<'c, 'a>,
    /// The unit's.
    unit: &'c Unit<'a>,
    /// What was built of expressions over one local: a place is mostly that of many variables, or of one again and again.
    built: RefCell<HashMap<Key<'a>, Option<Rc<Expression>>>>,
}

impl<'c, 'a> Locator<'c, 'a> {
    /// Those of a unit.
    pub fn new(context: &'c Context<'c, 'a>, unit: &'c Unit<'a>) -> Locator<'c, 'a> {
        Locator { context, unit, built: RefCell::default() }
    }

    /// The location that an attribute's value stands for, in a part of a function.
    pub fn translate(&self, value: Value<'a>, scope: Option<&Scope<'_>>, wanted: Wanted) -> Location {
        if let AttributeValue::Exprloc(expression) = value {
            let Some(Named { locals, frame }) = self.named(expression) else { return Location::None };
            // lldb takes for a global what has an address in it, but in a list.
            let listed = |built: &Expression| {
                wanted != Wanted::FrameBase && !built.buffer.fixups.is_empty() && !self.has_address(expression)
            };
            let is_partial = |scope: &&Scope<'_>| frame && scope.frame.is_some();
            let differs = |scope: &&Scope<'_>| !locals.is_empty() || self.context.is_behind() || is_partial(scope);
            let Some(scope) = scope.filter(differs) else {
                return match (self.build(expression, &[], wanted, Some(in_frame())), scope) {
                    (Some(built), Some(scope)) if listed(&built) => {
                        let built = Rc::new(built);
                        Location::List(scope.ranges.iter().map(|(start, end)| (*start, *end, built.clone())).collect())
                    }
                    // Elsewhere, debuggers say that it is not known.
                    (Some(built), None) if built.framed => {
                        let text = self.context.code.native();
                        Location::List(text.map(|(start, end)| (start, end, Rc::new(built))).into_iter().collect())
                    }
                    (Some(built), _) => Location::Expression(built),
                    (None, _) => Location::None,
                };
            };
            let mut list = Vec::new();
            // What is on the stack of operands where the scope begins.
            let mut rest = None;
            if locals.iter().any(|local| *local >= OPERAND) {
                let start = scope.wasm.iter().map(|range| range.0).min().unwrap_or(0);
                let Some(end) = operands_end(scope.function, &locals, (start, u64::MAX)) else { return Location::None };
                let rows = scope.wasm.iter().filter(|range| range.0 < end);
                rest =
                    Some(rows.flat_map(|range| scope.function.ranges(range.0, range.1.min(end))).collect::<Vec<_>>());
            }
            let ranges = rest.as_ref().unwrap_or(&scope.ranges);
            for range in ranges.iter().flat_map(|range| scope.known(*range, frame)) {
                self.parts(expression, &locals, scope.function, range, wanted, &mut list);
            }
            if rest.is_some() {
                list.sort_by_key(|(start, end, _)| (*start, *end));
            }
            let whole = list.len() == 1 && [(list[0].0, list[0].1)] == scope.ranges.as_slice();
            return match list.pop() {
                Some((_, _, built)) if whole && !listed(&built) => Location::Expression(Rc::unwrap_or_clone(built)),
                Some(last) => {
                    list.push(last);
                    Location::List(list)
                }
                None => Location::None,
            };
        }
        let Some(scope) = scope else { return Location::None };
        let function = scope.function;
        let Ok(Some(mut rows)) = self.context.source.dwarf.attr_locations(self.unit, value) else {
            return Location::None;
        };
        let mut list = Vec::new();
        while let Ok(Some(row)) = rows.next() {
            let Some(Named { locals, frame }) = self.named(row.data) else { continue };
            let Some(end) = operands_end(function, &locals, (row.range.begin, row.range.end)) else { continue };
            let ranges = function.ranges(row.range.begin, end);
            for range in ranges.into_iter().flat_map(|range| scope.known(range, frame)) {
                self.parts(row.data, &locals, function, range, wanted, &mut list);
            }
        }
        list.sort_by_key(|(start, end, _)| (*start, *end));
        if list.is_empty() { Location::None } else { Location::List(list) }
    }

    /// The same for lldb of what is in no function, where each instance has its own: lldb 19 sees no lists there. Where the frame base
    /// is in no instance of this module, it is at an address that nobody can read.
    pub fn unlisted(&self, value: Value<'a>, wanted: Wanted) -> Option<Expression> {
        let AttributeValue::Exprloc(expression) = value else { return None };
        let near = in_own_frame(self.context)?;
        let built = self.build(expression, &[], wanted, Some(near))?;
        built.framed.then_some(built)
    }

    /// The expression for each part of a native range where its locals have a place. A frame's base is no constant: before
    /// it is assigned, its local is zero.
    fn parts(
        &self,
        expression: gimli::Expression<Reader<'a>>,
        locals: &[u32],
        function: &FunctionMap,
        range: (u32, u32),
        wanted: Wanted,
        list: &mut Vec<(u32, u32, Rc<Expression>)>,
    ) {
        let is_known = |place: Place| wanted != Wanted::FrameBase || !matches!(place.at, At::Constant(_));
        let mut add = |start, end, places: &[(u32, Place)], built: Option<Rc<Expression>>| {
            if let Some(built) = built {
                list.push((start, end, built));
                return;
            }
            for (start, end, instance) in function.places(INSTANCE, start, end) {
                if let Some(built) = self.build(expression, places, wanted, by_instance(instance)) {
                    list.push((start, end, Rc::new(built)));
                }
            }
        };
        let build = |places: &[(u32, Place)]| self.build(expression, places, wanted, None).map(Rc::new);
        if let &[local] = locals {
            let mut known = self.built.borrow_mut();
            for (start, end, place) in function.places(local, range.0, range.1).filter(|(.., place)| is_known(*place)) {
                let places = [(local, place)];
                let built = known.entry((expression.0.slice(), place, wanted)).or_insert_with(|| build(&places));
                add(start, end, &places, built.clone());
            }
            return;
        }
        let mut parts = vec![(range.0, range.1, Vec::new())];
        for local in locals {
            let mut narrower = Vec::new();
            for (start, end, places) in parts {
                for (start, end, place) in function.places(*local, start, end).filter(|(.., place)| is_known(*place)) {
                    let mut places: Vec<(u32, Place)> = places.clone();
                    places.push((*local, place));
                    narrower.push((start, end, places));
                }
            }
            parts = narrower;
        }
        parts.iter().for_each(|(start, end, places)| add(*start, *end, places, build(places)));
    }

    /// What an expression names; none if it is malformed.
    fn named(&self, expression: gimli::Expression<Reader<'a>>) -> Option<Named> {
        let mut named = Named { locals: Vec::new(), frame: false };
        let mut operations = expression.operations(self.unit.encoding());
        while let Some(operation) = operations.next().ok()? {
            named.frame |= matches!(operation, Operation::FrameOffset { .. });
            if let Some(local) = tracked(&operation)
                && !named.locals.contains(&local)
            {
                named.locals.push(local);
            }
        }
        Some(named)
    }

    /// Whether a location is partly no place in memory, but a value.
    pub fn has_value(&self, location: Value<'a>) -> bool {
        let is_value = |expression: gimli::Expression<Reader<'a>>| {
            let mut operations = expression.operations(self.unit.encoding());
            while let Ok(Some(operation)) = operations.next() {
                if matches!(
                    operation,
                    Operation::StackValue | Operation::Piece { .. } | Operation::ImplicitValue { .. }
                ) {
                    return true;
                }
            }
            false
        };
        if let AttributeValue::Exprloc(expression) = location {
            return is_value(expression);
        }
        let Ok(Some(mut rows)) = self.context.source.dwarf.attr_locations(self.unit, location) else { return false };
        while let Ok(Some(row)) = rows.next() {
            if is_value(row.data) {
                return true;
            }
        }
        false
    }

    /// Whether an expression names an address.
    fn has_address(&self, expression: gimli::Expression<Reader<'a>>) -> bool {
        let mut operations = expression.operations(self.unit.encoding());
        while let Ok(Some(operation)) = operations.next() {
            if matches!(operation, Operation::Address { .. } | Operation::AddressIndex { .. }) {
                return true;
            }
        }
        false
    }

    /// Bytes of a pointer in wasm.
    fn pointer_size(&self) -> u8 {
        self.unit.encoding().address_size
    }

    /// Translates one expression; `near` as for [`push_base`]. None: it cannot be said natively, or what it names does not exist.
    fn build(
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::codegen::FunctionDebug;
    use std::sync::Arc;

    #[test]
    fn operands_end_with_their_values() {
        let operands = vec![(OPERAND, 112, 119), (OPERAND, 119, 130), (OPERAND + 1, 113, 117)];
        let debug = FunctionDebug { operands, ..FunctionDebug::default() };
        let map = FunctionMap::new(10..40, (1000, 1030), &Arc::new(debug), 100);
        let end = |locals: &[u32], start| operands_end(&map, locals, (start, u64::MAX));
        assert_eq!([end(&[OPERAND], 12), end(&[OPERAND], 20), end(&[OPERAND], 11)], [Some(19), Some(30), None]);
        assert_eq!(end(&[OPERAND, 3, OPERAND + 1], 13), Some(17));
        assert_eq!(end(&[3], 13), Some(u64::MAX));
    }
}
