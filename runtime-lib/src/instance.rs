//! Instantiation of one module instance, as far as it is not compiled code: memories, images, growable tables; then the
//! instance's own `init` does the rest. Also the program that all this belongs to.

use crate::{memory, table};
use core::ptr::null_mut;
use core::slice;
use core::sync::atomic::{AtomicPtr, Ordering};
use wasmaot_abi::program::{Image, Instance, Memory, Program, Table};

static PROGRAM: AtomicPtr<Program> = AtomicPtr::new(null_mut());

/// Why an instance could not get what it declares. Not a trap: no wasm has run yet.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Failure {
    /// The constant addresses of memory 0 are taken or forbidden.
    LowAddresses,
    /// Not enough address space.
    AddressSpace,
    /// The memories' initial lengths exceed the limit on all memories.
    Limit,
    /// The system has not enough memory for the initial length.
    Commit,
    /// The compiler wrote something that cannot be.
    Malformed,
}

/// Sets the program of this process.
///
/// # Safety
/// Everything the program points to must be valid, as `wasmaot_abi` describes it, until the process ends.
pub unsafe fn set_program(program: &'static Program) {
    PROGRAM.store(core::ptr::from_ref(program).cast_mut(), Ordering::Relaxed);
}

/// The program of this process, once it is set.
pub fn program() -> Option<&'static Program> {
    // SAFETY: set_program's contract.
    unsafe { PROGRAM.load(Ordering::Relaxed).as_ref() }
}

/// A slice the compiler wrote; empty if there is none.
///
/// # Safety
/// `base` must point to `len` values that nobody writes, or be null with `len` 0.
pub unsafe fn rows<'a, T>(base: *const T, len: u64) -> &'a [T] {
    if base.is_null() || len == 0 {
        return &[];
    }
    // SAFETY: the caller vouches.
    unsafe { slice::from_raw_parts(base, len as usize) }
}

/// The program's instances.
pub fn instances(program: &Program) -> &[Instance] {
    // SAFETY: set_program's contract.
    unsafe { rows(program.instances, program.instance_count) }
}

/// The memories an instance defines.
pub fn memories(instance: &Instance) -> &[*mut Memory] {
    // SAFETY: set_program's contract.
    unsafe { rows(instance.memories, instance.memory_count) }
}

/// Instantiates an instance. Traps of its `init` are wasm traps.
///
/// # Safety
/// Must run on the wasm stack, once per instance, after the instances before it.
pub unsafe fn instantiate(instance: &Instance) -> Result<(), Failure> {
    // SAFETY: the caller vouches.
    unsafe { allocate(instance)? };
    if let Some(init) = instance.init {
        // SAFETY: compiled code, on the wasm stack.
        unsafe { init() };
    }
    Ok(())
}

/// Gives an instance its memories, with their initial content, and its growable tables.
///
/// # Safety
/// Once per instance; its descriptors must be valid.
pub unsafe fn allocate(instance: &Instance) -> Result<(), Failure> {
    let images: &[Image] = unsafe { rows(instance.images, instance.image_count) };
    for (index, &memory) in memories(instance).iter().enumerate() {
        // SAFETY: set_program's contract; nobody uses the memory before it is instantiated.
        let memory = unsafe { memory.as_mut() }.ok_or(Failure::Malformed)?;
        memory::instantiate(memory, images, index as u32)?;
    }
    let tables: &[*mut Table] = unsafe { rows(instance.tables, instance.table_count) };
    for &table in tables {
        // SAFETY: as for memories.
        table::instantiate(unsafe { table.as_mut() }.ok_or(Failure::Malformed)?)?;
    }
    Ok(())
}
