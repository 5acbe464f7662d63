//! A thin wrapper of `wasmaot.h`: instances and calls that return a status. A start for other languages, too.

use std::ffi::{CStr, c_char, c_void};
use std::ptr::{null, null_mut};

/// A compiled module: the symbol `NAME_module`.
#[repr(C)]
pub struct Module {
    _opaque: [u8; 0],
}

/// A parameter or result (`wasmaot_value`).
#[repr(C)]
#[derive(Clone, Copy)]
pub union Value {
    pub i32: i32,
    pub i64: i64,
    pub f32: f32,
    pub f64: f64,
    pub words: [u64; 2],
}

/// An exported function with its values in cells: the symbol `NAME_cells_FUNCTION`.
pub type Function = unsafe extern "C" fn(*mut c_void, *mut Value);

unsafe extern "C" {
    fn wasmaot_new(module: *const Module, config: *const c_void, imports: *const c_void, made: *mut *mut c_void)
    -> u32;
    fn wasmaot_delete(instance: *mut c_void);
    fn wasmaot_call(instance: *mut c_void, function: Function, cells: *mut Value) -> u32;
    fn wasmaot_message(instance: *const c_void) -> *const c_char;
    fn wasmaot_last_error() -> *const c_char;
    fn wasmaot_memory_at(memory: *const c_void, offset: u64, length: u64) -> *mut u8;
}

/// An instance; ended when dropped.
pub struct Instance(*mut c_void);

impl Instance {
    /// Makes an instance of a module without imports.
    ///
    /// # Safety
    /// The module must be the symbol of one that is linked in.
    pub unsafe fn new(module: *const Module) -> Result<Instance, String> {
        let mut instance = null_mut();
        // SAFETY: the caller vouches for the module; null is the default configuration.
        match unsafe { wasmaot_new(module, null(), null(), &mut instance) } {
            0 => Ok(Instance(instance)),
            // SAFETY: never null.
            _ => Err(unsafe { CStr::from_ptr(wasmaot_last_error()) }.to_string_lossy().into_owned()),
        }
    }

    /// Calls an exported function; a trap is an error.
    ///
    /// # Safety
    /// The function must be one of the instance's module, and `cells` have its parameters, and room for its results.
    pub unsafe fn call(&mut self, function: Function, cells: &mut [Value]) -> Result<(), String> {
        // SAFETY: the caller vouches.
        match unsafe { wasmaot_call(self.0, function, cells.as_mut_ptr()) } {
            0 => Ok(()),
            // SAFETY: never null; valid until the next call.
            _ => Err(unsafe { CStr::from_ptr(wasmaot_message(self.0)) }.to_string_lossy().into_owned()),
        }
    }

    /// Bytes of an exported memory, which nothing else uses while they are borrowed.
    ///
    /// # Safety
    /// `memory` must be the accessor of a memory of the instance's module.
    pub unsafe fn bytes(
        &mut self,
        memory: unsafe extern "C" fn(*const c_void) -> *const c_void,
        offset: u64,
        length: u64,
    ) -> Option<&mut [u8]> {
        // SAFETY: the caller vouches; a memory's base never moves, and `self` is borrowed meanwhile.
        unsafe {
            let at = wasmaot_memory_at(memory(self.0), offset, length);
            (!at.is_null()).then(|| std::slice::from_raw_parts_mut(at, length as usize))
        }
    }
}

impl Drop for Instance {
    fn drop(&mut self) {
        // SAFETY: nobody uses the instance any more.
        unsafe { wasmaot_delete(self.0) }
    }
}
