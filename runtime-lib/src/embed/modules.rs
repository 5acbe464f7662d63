//! The modules of the process: which code is whose, for signal handlers and backtraces, and ids of function types that are
//! the same for equal types of all modules.
//!
//! A module is known while it has instances, so that the shared library it came in can be unloaded afterwards. Handlers
//! read the rows without a lock: rows are never freed, and one that changes meanwhile is passed over. It cannot be the one
//! that is looked for: while code of a module runs, the module has an instance, and its row stays as it is.

use crate::backtrace::Tables;
use crate::lock::Lock;
use alloc::boxed::Box;
use alloc::vec::Vec;
use core::ffi::CStr;
use core::ptr::null_mut;
use core::slice;
use core::sync::atomic::{AtomicPtr, AtomicUsize, Ordering, fence};
use wasmaot_abi::embed::{FuncRef, Module};

/// Rows that are made at a time.
const ROWS: usize = 64;

/// A module that has instances.
struct Row {
    /// Odd while the row changes, and another number afterwards.
    changes: AtomicUsize,
    text: AtomicUsize,
    len: AtomicUsize,
    module: AtomicPtr<Module>,
    /// Number of instances; only used under the lock.
    live: AtomicUsize,
}

struct Rows {
    rows: [Row; ROWS],
    next: AtomicPtr<Rows>,
}

impl Rows {
    const fn new() -> Rows {
        #[allow(clippy::declare_interior_mutable_const)] // each row is a new one
        const FREE: Row = Row {
            changes: AtomicUsize::new(0),
            text: AtomicUsize::new(0),
            len: AtomicUsize::new(0),
            module: AtomicPtr::new(null_mut()),
            live: AtomicUsize::new(0),
        };
        Rows { rows: [FREE; ROWS], next: AtomicPtr::new(null_mut()) }
    }
}

impl Row {
    /// What a row has changes; under the lock.
    fn set(&self, text: usize, len: usize, module: *mut Module) {
        let changes = self.changes.load(Ordering::Relaxed);
        self.changes.store(changes.wrapping_add(1), Ordering::Relaxed);
        // Whoever sees a new value below sees the odd number, too.
        fence(Ordering::Release);
        self.text.store(text, Ordering::Relaxed);
        self.len.store(len, Ordering::Relaxed);
        self.module.store(module, Ordering::Relaxed);
        self.changes.store(changes.wrapping_add(2), Ordering::Release);
    }

    /// The module, if this is its code.
    fn with_code(&self, pc: usize) -> Option<*mut Module> {
        let before = self.changes.load(Ordering::Acquire);
        let (text, len) = (self.text.load(Ordering::Relaxed), self.len.load(Ordering::Relaxed));
        let module = self.module.load(Ordering::Relaxed);
        // If one of these was new, so is the number.
        fence(Ordering::Acquire);
        let same = before.is_multiple_of(2) && self.changes.load(Ordering::Relaxed) == before;
        (same && pc.wrapping_sub(text) < len).then_some(module)
    }
}

static FIRST: Rows = Rows::new();

/// All rows there are room for.
fn rows() -> impl Iterator<Item = &'static Row> {
    let chunks = core::iter::successors(Some(&FIRST), |rows| {
        // SAFETY: set once, to a leaked box.
        unsafe { rows.next.load(Ordering::Acquire).as_ref() }
    });
    chunks.flat_map(|chunk| chunk.rows.iter())
}

/// Texts of the types that have an id: its index. The lock is that of the rows, too.
static SHARED: Lock<Vec<Box<[u8]>>> = Lock::new(Vec::new());

/// Notes one more instance of a module, and prepares the module at its first.
///
/// # Safety
/// The module must be valid, and stay until [`leave`].
pub unsafe fn enter(module: &'static Module) {
    SHARED.with(|types| {
        // SAFETY: the state is the library's own; only used under the lock.
        let prepared = unsafe { &mut *module.state };
        if *prepared == 0 {
            // SAFETY: the caller vouches for the module.
            unsafe { prepare(module, types) };
            *prepared = 1;
        }
        let address = core::ptr::from_ref(module).cast_mut();
        if let Some(row) = rows().find(|row| row.module.load(Ordering::Relaxed) == address) {
            row.live.fetch_add(1, Ordering::Relaxed);
            return;
        }
        let free = rows().find(|row| row.module.load(Ordering::Relaxed).is_null());
        let row = free.unwrap_or_else(|| {
            let mut last = &FIRST;
            // SAFETY: as in rows().
            while let Some(next) = unsafe { last.next.load(Ordering::Relaxed).as_ref() } {
                last = next;
            }
            let more: &'static Rows = Box::leak(Box::new(Rows::new()));
            last.next.store(core::ptr::from_ref(more).cast_mut(), Ordering::Release);
            &more.rows[0]
        });
        // SAFETY: the caller vouches for the module.
        let tables = Tables::of(unsafe { &*module.program });
        row.live.store(1, Ordering::Relaxed);
        row.set(tables.text, tables.text_len, address);
    });
}

/// Notes one instance less.
pub fn leave(module: &'static Module) {
    SHARED.with(|_| {
        let address = core::ptr::from_ref(module).cast_mut();
        let Some(row) = rows().find(|row| row.module.load(Ordering::Relaxed) == address) else { return };
        if row.live.fetch_sub(1, Ordering::Relaxed) == 1 {
            row.set(0, 0, null_mut());
        }
    });
}

/// The module whose code this is.
pub fn of_code(pc: usize) -> Option<&'static Module> {
    let module = rows().find_map(|row| row.with_code(pc))?;
    // SAFETY: while code of a module runs, or is given as an import, it has an instance and is valid.
    unsafe { module.as_ref() }
}

/// Gives a module's types their ids, and puts these where its function references have the types.
///
/// # Safety
/// The module must be valid; called once for it.
unsafe fn prepare(module: &Module, known: &mut Vec<Box<[u8]>>) {
    // SAFETY: the compiler's promise: so many texts, ids and references.
    unsafe {
        let mut text = module.types;
        // Without types there still is one id.
        let ids = slice::from_raw_parts_mut(module.type_ids, (module.type_count as usize).max(1));
        for id in ids.iter_mut().take(module.type_count as usize) {
            let this = CStr::from_ptr(text).to_bytes();
            let at = known.iter().position(|known| **known == *this).unwrap_or_else(|| {
                known.push(this.into());
                known.len() - 1
            });
            *id = at as u32;
            text = text.add(this.len() + 1);
        }
        for index in 0..module.funcref_count {
            let at = module.funcrefs + index * size_of::<FuncRef>() as u64;
            // The template is the end of the block.
            let at = at - (module.len - module.template_len);
            let reference = &mut *module.template.add(at as usize).cast::<FuncRef>();
            reference.signature = ids.get(reference.signature as usize).copied().unwrap_or(u32::MAX);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_that_changes_is_passed_over() {
        let rows = Rows::new();
        let row = &rows.rows[0];
        let module = core::ptr::without_provenance_mut(0x1000);
        assert_eq!(row.with_code(0), None);
        row.set(100, 10, module);
        assert_eq!(row.with_code(99), None);
        assert_eq!(row.with_code(109), Some(module));
        assert_eq!(row.with_code(110), None);
        // As a handler that interrupts `set` finds it.
        row.changes.fetch_add(1, Ordering::Relaxed);
        assert_eq!(row.with_code(109), None);
        row.changes.fetch_add(1, Ordering::Relaxed);
        row.set(0, 0, null_mut());
        assert_eq!(row.with_code(0), None);
    }
}
