//! Where variables are: DWARF expressions over wasm locals, globals and memory -> native ones.
//!
//! An address in wasm is an offset in memory 0; a native one is that plus the memory's first byte. What stands on the
//! expression's stack is followed through, so that the base is added exactly where an offset becomes an address.
//! Variables that are pointers have no location but a value, the native address, so that debuggers can follow it.

mod base;
mod builder;

use super::Context;
use super::code::FunctionMap;
use super::sections::Buffer;
use super::source::{Reader, Unit, Value, tracked};
use crate::codegen::{At, Place};
use crate::translate::{INSTANCE, OPERAND};
use foldhash::HashMap;
use gimli::constants::*;
use gimli::{AttributeValue, Operation};
use std::cell::RefCell;
use std::rc::Rc;

use base::by_instance;
pub use base::{add_base, follow, function, in_frame, in_own_frame, instance};

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
    /// The same location in all of the part, as a list.
    pub fn everywhere(&self, expression: Expression) -> Location {
        let expression = Rc::new(expression);
        Location::List(self.ranges.iter().map(|(start, end)| (*start, *end, expression.clone())).collect())
    }

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
                    (Some(built), Some(scope)) if listed(&built) => scope.everywhere(built),
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
