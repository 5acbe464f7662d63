//! A value that all threads share, behind a lock that waits by looking again. Never taken by signal handlers, and held for
//! short work only: no function of the host is called under it.

use core::cell::UnsafeCell;
use core::sync::atomic::{AtomicBool, Ordering};

/// The value and its lock.
#[derive(Debug)]
pub struct Lock<T> {
    locked: AtomicBool,
    value: UnsafeCell<T>,
}

// SAFETY: the value is only reached by the holder of the lock, so by one thread at a time; `T: Send` lets it be another.
unsafe impl<T: Send> Sync for Lock<T> {}

impl<T> Lock<T> {
    /// Not taken.
    pub const fn new(value: T) -> Lock<T> {
        Lock { locked: AtomicBool::new(false), value: UnsafeCell::new(value) }
    }

    /// Calls a function with the value. It must not call this for the same lock.
    pub fn with<R>(&self, f: impl FnOnce(&mut T) -> R) -> R {
        while self.locked.swap(true, Ordering::Acquire) {
            core::hint::spin_loop();
        }
        // A host's sanitizers ask; an executable has none.
        #[cfg(wasmaot_library)]
        crate::arch::lock_taken((&raw const self.locked).cast());
        // SAFETY: we hold the lock.
        let result = f(unsafe { &mut *self.value.get() });
        #[cfg(wasmaot_library)]
        crate::arch::lock_ends((&raw const self.locked).cast());
        self.locked.store(false, Ordering::Release);
        result
    }
}
