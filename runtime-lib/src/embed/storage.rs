//! Where an instance's block is and what it takes. A block ends with the header, whose address is the instance's handle; where
//! the module defines a memory, that begins behind it.

use crate::os::map;
use alloc::alloc::dealloc;
use core::alloc::Layout;
use wasmaot_abi::embed::{BLOCK_ALIGN, Header, Module, NO_MEMORY};
use wasmaot_abi::program::Memory;

/// The largest page of the systems that there are.
const PAGE: usize = 0x1_0000;

/// What a block takes: memory of the heap or, with a memory behind it, pages, of which all but the first `room` bytes are
/// that memory's.
#[derive(Clone, Copy, Debug)]
pub enum Storage {
    /// Start and layout.
    Heap(*mut u8, Layout),
    /// Start, bytes for the block, and bytes in all.
    Pages(*mut u8, usize, usize),
}

impl Storage {
    /// That of an instance.
    ///
    /// # Safety
    /// The instance must be valid, with its memories.
    pub unsafe fn of(instance: *mut Header) -> Storage {
        // SAFETY: the caller vouches; `instance::block` laid it out like this.
        unsafe {
            let module = &*(*instance).module;
            let block = start(instance, module);
            match layout(module).filter(|_| module.memory == NO_MEMORY) {
                Some(layout) => Storage::Heap(block, layout),
                None => {
                    let room = room(module);
                    let memory: *mut Memory = at(instance, module, module.memory);
                    Storage::Pages(block.add(module.len as usize).sub(room), room, room + (*memory).reserve as usize)
                }
            }
        }
    }

    /// Gives back the memory behind the block.
    ///
    /// # Safety
    /// Nobody may use that any more.
    pub unsafe fn without_memory(self) -> Storage {
        let Storage::Pages(start, room, len) = self else { return self };
        // SAFETY: the caller vouches; `reserve_behind` got these pages in one piece.
        let left = unsafe { map::unmap_behind(start, room, len) };
        Storage::Pages(start, room, left)
    }

    /// Gives all of it back.
    ///
    /// # Safety
    /// Nothing may point there any more.
    pub unsafe fn free(self) {
        // SAFETY: the caller vouches; `instance::block` got it like this.
        unsafe {
            match self {
                Storage::Heap(start, layout) => dealloc(start, layout),
                Storage::Pages(start, _, len) => drop(map::unmap(start, len)),
            }
        }
    }
}

/// Where the block begins that a header ends.
///
/// # Safety
/// The header must be one of this module's instances.
pub unsafe fn start(header: *mut Header, module: &Module) -> *mut u8 {
    // SAFETY: the caller vouches.
    unsafe { header.cast::<u8>().add(size_of::<Header>()).sub(module.len as usize) }
}

/// What stands so many bytes into an instance's block.
///
/// # Safety
/// As for [`start`]; the offset must be the compiler's, of a thing of this type.
pub unsafe fn at<T>(header: *mut Header, module: &Module, offset: u64) -> *mut T {
    // SAFETY: the caller vouches.
    unsafe { start(header, module).add(offset as usize).cast() }
}

/// A block that is allocated: one without a memory behind it.
pub fn layout(module: &Module) -> Option<Layout> {
    Layout::from_size_align(module.len as usize, BLOCK_ALIGN as usize).ok()
}

/// Bytes of the pages for a block that has a memory behind it.
pub fn room(module: &Module) -> usize {
    (module.len as usize).next_multiple_of(PAGE)
}
