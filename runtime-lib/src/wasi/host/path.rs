//! Paths of the program, resolved so that nothing outside the granted folder is ever reached.

use core::mem::MaybeUninit;

/// Longest path in bytes, with its NUL (the kernel's).
pub const PATH_MAX: usize = 4096;

/// How paths are looked up.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Resolver {
    /// Not yet known: the first lookup asks the kernel.
    Unprobed,
    /// The kernel keeps us beneath the folder (`openat2` with `RESOLVE_BENEATH`).
    Kernel,
    /// We walk component by component.
    Walk,
}

/// A path of the program, copied to host memory and NUL-terminated.
#[derive(Debug)]
pub struct PathText {
    bytes: [MaybeUninit<u8>; PATH_MAX],
    len: usize,
}

impl PathText {
    /// Empty; touches no memory.
    #[inline]
    pub const fn new() -> Self {
        PathText { bytes: [const { MaybeUninit::uninit() }; PATH_MAX], len: 0 }
    }

    /// Room for `len` bytes to be filled, or nothing if that is too long.
    pub fn room(&mut self, len: usize) -> Option<&mut [MaybeUninit<u8>]> {
        self.len = 0;
        if len >= PATH_MAX { None } else { self.bytes.get_mut(..len) }
    }

    /// Ends the path after the `len` bytes that were filled.
    ///
    /// # Safety
    /// [`Self::room`] must have given `len` bytes, and all of them must have been written.
    pub unsafe fn set_len(&mut self, len: usize) -> &[u8] {
        if let Some(end) = self.bytes.get_mut(len) {
            end.write(0);
            self.len = len;
        }
        self.bytes()
    }

    /// The path without its NUL.
    pub fn bytes(&self) -> &[u8] {
        // SAFETY: `set_len` only grows `len` over bytes that were written.
        unsafe { core::slice::from_raw_parts(self.bytes.as_ptr().cast(), self.len) }
    }
}

impl Default for PathText {
    fn default() -> Self {
        PathText::new()
    }
}
