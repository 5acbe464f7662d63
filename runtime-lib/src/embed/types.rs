//! Whether what one module exports fits what another imports (specification: import matching). Called by
//! [`super::instance`] when instances are connected. Lengths of memories and tables are compared there.
//!
//! Function types have an id in the process, the same for equal types of all modules. Types without supertypes match only if
//! they are equal, so functions do.

use crate::instance;
use core::slice;
use wasmaot_abi::embed::{
    ExportRow, IMPORT_64, IMPORT_CELLS, IMPORT_MUTABLE, ImportRow, ItemRow, Module, ValueType, import_kind, value_kind,
};

/// An id that no type has.
pub const NO_TYPE: u32 = u32::MAX;

/// The id of a type of a module, by its index there.
///
/// # Safety
/// The module must be valid and prepared ([`super::modules::enter`]).
unsafe fn id(module: &Module, index: u32) -> u32 {
    // SAFETY: the caller vouches; ids do not change any more.
    let ids = unsafe { slice::from_raw_parts(module.type_ids, module.type_count as usize) };
    ids.get(index as usize).copied().unwrap_or(NO_TYPE)
}

/// Whether code of a module is an export of it that an import accepts.
///
/// # Safety
/// Both modules must be valid and prepared, the row be of `module`.
pub unsafe fn function_fits(module: &Module, row: &ImportRow, other: &Module, code: *const u8) -> bool {
    // SAFETY: the caller vouches.
    unsafe {
        let exports: &[ExportRow] = instance::rows(other.exports, other.export_count);
        let export = exports.iter().find(|export| export.code == code);
        export.is_some_and(|export| {
            export.flags & IMPORT_CELLS == row.flags & IMPORT_CELLS
                && id(other, export.function) == id(module, row.ty.function)
        })
    }
}

/// Whether what is so many bytes into a module's blocks is an item that an import accepts.
///
/// # Safety
/// As for [`function_fits`].
pub unsafe fn item_fits(module: &Module, row: &ImportRow, other: &Module, at: usize) -> bool {
    // SAFETY: the caller vouches.
    unsafe {
        let items: &[ItemRow] = instance::rows(other.items, other.item_count);
        let item = items.iter().find(|item| item.at as usize == at && item.kind == row.kind);
        let Some(item) = item else { return false };
        let (given, wanted) = (process_wide(other, item.ty), process_wide(module, row.ty));
        let differ = |flag| (item.flags ^ row.flags) & flag != 0;
        match row.kind {
            import_kind::TABLE => !differ(IMPORT_64) && given == wanted,
            import_kind::GLOBAL if differ(IMPORT_MUTABLE) => false,
            import_kind::GLOBAL if row.flags & IMPORT_MUTABLE != 0 => given == wanted,
            import_kind::GLOBAL => matches(given, wanted),
            // The descriptor tells a memory's type.
            _ => true,
        }
    }
}

/// A value type with the id of its function type in place of the index.
///
/// # Safety
/// The module must be valid and prepared.
unsafe fn process_wide(module: &Module, ty: ValueType) -> ValueType {
    if ty.kind & !value_kind::NULLABLE != value_kind::TYPED {
        return ty;
    }
    // SAFETY: the caller vouches.
    ValueType { kind: ty.kind, function: unsafe { id(module, ty.function) } }
}

/// Whether a type is a subtype of another (specification: matching of value types).
fn matches(given: ValueType, wanted: ValueType) -> bool {
    let heap = |ty: ValueType| ty.kind & !value_kind::NULLABLE;
    if given.kind & value_kind::NULLABLE != 0 && wanted.kind & value_kind::NULLABLE == 0 {
        return false;
    }
    match (heap(given), heap(wanted)) {
        (value_kind::NO_FUNC, value_kind::FUNC | value_kind::TYPED)
        | (value_kind::TYPED, value_kind::FUNC)
        | (value_kind::NO_EXTERN, value_kind::EXTERN) => true,
        (given_heap, wanted_heap) => given_heap == wanted_heap && given.function == wanted.function,
    }
}

#[cfg(test)]
mod tests {
    use super::value_kind::{EXTERN, FUNC, I32, I64, NO_EXTERN, NO_FUNC, NULLABLE, TYPED};
    use super::*;

    fn ty(kind: u32, function: u32) -> ValueType {
        ValueType { kind, function }
    }

    #[test]
    fn subtypes() {
        let (one, other) = (ty(TYPED, 1), ty(TYPED, 2));
        let nullable = |ty: ValueType| ValueType { kind: ty.kind | NULLABLE, ..ty };
        let function = ty(FUNC, 0);
        for (given, wanted) in [
            (ty(I32, 0), ty(I32, 0)),
            (one, one),
            (one, nullable(one)),
            (one, function),
            (one, nullable(function)),
            (nullable(one), nullable(function)),
            (nullable(ty(NO_FUNC, 0)), nullable(other)),
            (ty(NO_EXTERN, 0), ty(EXTERN, 0)),
        ] {
            assert!(matches(given, wanted), "{given:?} {wanted:?}");
        }
        for (given, wanted) in [
            (ty(I32, 0), ty(I64, 0)),
            (one, other),
            (nullable(one), one),
            (nullable(one), function),
            (function, one),
            (ty(EXTERN, 0), function),
            (ty(NO_EXTERN, 0), function),
            (ty(NO_FUNC, 0), ty(EXTERN, 0)),
        ] {
            assert!(!matches(given, wanted), "{given:?} {wanted:?}");
        }
    }
}
