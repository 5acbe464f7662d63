//! Trap kinds: why compiled code stopped. The numbers are Cranelift's user trap codes and the bytes of the trap table.

/// A reason to trap, in the order of [`TRAPS`]. The discriminant is the code in the trap table (never 0).
#[derive(Clone, Copy, PartialEq, Eq, Debug, Hash)]
#[repr(u8)]
#[allow(missing_docs)] // the table below says what each is
pub enum TrapKind {
    Unreachable = 1,
    MemoryOutOfBounds = 2,
    TableOutOfBounds = 3,
    IndirectCallToNull = 4,
    BadSignature = 5,
    IntegerOverflow = 6,
    IntegerDivisionByZero = 7,
    BadConversionToInteger = 8,
    StackOverflow = 9,
    NullReference = 10,
    Interrupt = 11,
    UndefinedElement = 12,
    HeapMisaligned = 13,
}

/// Every trap kind with the message of the specification's test suite.
pub const TRAPS: &[(TrapKind, &str)] = &[
    (TrapKind::Unreachable, "unreachable"),
    (TrapKind::MemoryOutOfBounds, "out of bounds memory access"),
    (TrapKind::TableOutOfBounds, "out of bounds table access"),
    (TrapKind::IndirectCallToNull, "uninitialized element"),
    (TrapKind::BadSignature, "indirect call type mismatch"),
    (TrapKind::IntegerOverflow, "integer overflow"),
    (TrapKind::IntegerDivisionByZero, "integer divide by zero"),
    (TrapKind::BadConversionToInteger, "invalid conversion to integer"),
    (TrapKind::StackOverflow, "call stack exhausted"),
    (TrapKind::NullReference, "null reference"),
    (TrapKind::Interrupt, "interrupted (time limit reached)"),
    (TrapKind::UndefinedElement, "undefined element"),
    (TrapKind::HeapMisaligned, "unaligned atomic"),
];

impl TrapKind {
    /// The kind with this code, if there is one.
    pub const fn from_code(code: u8) -> Option<TrapKind> {
        if code >= 1 && code as usize <= TRAPS.len() { Some(TRAPS[code as usize - 1].0) } else { None }
    }

    /// The message, as the specification's test suite words it.
    pub const fn message(self) -> &'static str {
        TRAPS[self as usize - 1].1
    }
}
