//! The modules of the process: which code is whose, for signal handlers and backtraces, and ids of function types that are
//! the same for equal types of all modules.
//!
//! A module is known while it has instances, so that the shared library it came in can be unloaded afterwards. Handlers
//! read the rows without a lock: rows are never freed, and one that is free has no length.

use crate::arch;
use crate::backtrace::Tables;
use alloc::boxed::Box;
use alloc::vec::Vec;
use core::cell::UnsafeCell;
use core::ffi::CStr;
use core::ptr::null_mut;
use core::slice;
use core::sync::atomic::{AtomicBool, AtomicPtr, AtomicUsize, Ordering};
use wasmaot_abi::embed::{FuncRef, Module};

/// Rows that are made at a time.
const ROWS: usize = 64;

/// A module that has instances.
struct Row {
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
            text: AtomicUsize::new(0),
            len: AtomicUsize::new(0),
            module: AtomicPtr::new(null_mut()),
            live: AtomicUsize::new(0),
        };
        Rows { rows: [FREE; ROWS], next: AtomicPtr::new(null_mut()) }
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

/// Texts of the types that have an id: its index.
struct Shared {
    locked: AtomicBool,
    types: UnsafeCell<Vec<Box<[u8]>>>,
}

// SAFETY: the list is only touched by the holder of the lock.
unsafe impl Sync for Shared {}

static SHARED: Shared = Shared { locked: AtomicBool::new(false), types: UnsafeCell::new(Vec::new()) };

impl Shared {
    fn with<T>(&self, f: impl FnOnce(&mut Vec<Box<[u8]>>) -> T) -> T {
        while self.locked.swap(true, Ordering::Acquire) {
            core::hint::spin_loop();
        }
        arch::lock_taken((&raw const self.locked).cast());
        // SAFETY: we hold the lock.
        let result = f(unsafe { &mut *self.types.get() });
        arch::lock_ends((&raw const self.locked).cast());
        self.locked.store(false, Ordering::Release);
        result
    }
}

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
        row.module.store(address, Ordering::Relaxed);
        row.live.store(1, Ordering::Relaxed);
        row.text.store(tables.text, Ordering::Relaxed);
        row.len.store(tables.text_len, Ordering::Release);
    });
}

/// Notes one instance less.
pub fn leave(module: &'static Module) {
    SHARED.with(|_| {
        let address = core::ptr::from_ref(module).cast_mut();
        let Some(row) = rows().find(|row| row.module.load(Ordering::Relaxed) == address) else { return };
        if row.live.fetch_sub(1, Ordering::Relaxed) == 1 {
            row.len.store(0, Ordering::Release);
            row.module.store(null_mut(), Ordering::Release);
        }
    });
}

/// The module whose code this is.
pub fn of_code(pc: usize) -> Option<&'static Module> {
    let row = rows().find(|row| {
        let len = row.len.load(Ordering::Acquire);
        len != 0 && pc.wrapping_sub(row.text.load(Ordering::Relaxed)) < len
    })?;
    // SAFETY: while code of a module runs, it has an instance, so the row is its own.
    unsafe { row.module.load(Ordering::Relaxed).as_ref() }
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
