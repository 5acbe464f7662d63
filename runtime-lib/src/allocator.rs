//! The runtime's own heap (host-side strings, tables of file descriptors): power-of-two size classes, each with a list of
//! free blocks, cut from chunks; large blocks are mapped one by one. Wasm memories do not come from here.
//!
//! Invariant: a block of a class is `16 << class` bytes and stays in that class; chunks are never given back. The first
//! chunk is part of the program's own zeroed pages, so that most programs never ask for another.

use crate::lock::Lock;
use crate::os::map;
use core::alloc::{GlobalAlloc, Layout};
use core::cell::UnsafeCell;
use core::ptr::null_mut;

/// Classes of 16, 32, ... 16384 bytes.
const CLASSES: usize = 11;
const SMALLEST: usize = 16;
const LARGEST: usize = SMALLEST << (CLASSES - 1);
/// Blocks are aligned to their size up to this.
const ALIGN: usize = 64;
const CHUNK: usize = 0x1_0000;
const PAGE: usize = 0x1000;

const FIRST_CHUNK: usize = 0x4000;

/// A heap behind a spin lock.
pub struct Allocator {
    heap: Lock<Heap>,
    first_chunk: UnsafeCell<Chunk>,
}

#[repr(align(64))]
struct Chunk(#[expect(dead_code)] [u8; FIRST_CHUNK]);

struct Heap {
    free: [*mut u8; CLASSES],
    next: usize,
    end: usize,
}

// SAFETY: the first chunk is only reached through the heap, so by the holder of its lock.
unsafe impl Sync for Allocator {}

// SAFETY: blocks of the heap belong to no thread.
unsafe impl Send for Heap {}

impl Default for Allocator {
    fn default() -> Self {
        Self::new()
    }
}

impl Allocator {
    /// An empty heap.
    pub const fn new() -> Self {
        let heap = Heap { free: [null_mut(); CLASSES], next: 0, end: 0 };
        let first_chunk = UnsafeCell::new(Chunk([0; FIRST_CHUNK]));
        Self { heap: Lock::new(heap), first_chunk }
    }

    fn with<T>(&self, f: impl FnOnce(&mut Heap) -> T) -> T {
        self.heap.with(|heap| {
            if heap.end == 0 {
                heap.next = self.first_chunk.get() as usize;
                heap.end = heap.next + FIRST_CHUNK;
            }
            f(heap)
        })
    }
}

/// The class that serves this layout; none for large and strictly aligned blocks.
fn class_of(layout: Layout) -> Option<usize> {
    let size = layout.size().max(layout.align());
    if size > LARGEST || layout.align() > ALIGN {
        return None;
    }
    Some((size.max(SMALLEST).next_power_of_two() / SMALLEST).trailing_zeros() as usize)
}

/// Length of the mapping of a large block.
fn pages(size: usize) -> Option<usize> {
    Some(size.checked_add(PAGE - 1)? & !(PAGE - 1))
}

impl Heap {
    fn take(&mut self, class: usize) -> *mut u8 {
        let Some(head) = self.free.get_mut(class) else { return null_mut() };
        if !head.is_null() {
            let block = *head;
            // SAFETY: a free block holds the next one of its class, or null.
            *head = unsafe { block.cast::<*mut u8>().read() };
            return block;
        }
        let size = SMALLEST << class;
        let align = size.min(ALIGN);
        let mut block = self.next.next_multiple_of(align);
        if block + size > self.end {
            let Ok(chunk) = map::allocate(CHUNK) else { return null_mut() };
            block = chunk as usize;
            self.end = block + CHUNK;
        }
        self.next = block + size;
        block as *mut u8
    }

    fn give(&mut self, block: *mut u8, class: usize) {
        if let Some(head) = self.free.get_mut(class) {
            // SAFETY: the block is free and at least 16 bytes, 16-aligned.
            unsafe { block.cast::<*mut u8>().write(*head) };
            *head = block;
        }
    }
}

// SAFETY: blocks of a class are disjoint, as large as the class, aligned to ALIGN or their size; mappings are disjoint
// and page-aligned; stricter alignments are refused.
unsafe impl GlobalAlloc for Allocator {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        match class_of(layout) {
            Some(class) => self.with(|heap| heap.take(class)),
            None if layout.align() > PAGE => null_mut(),
            None => pages(layout.size()).and_then(|len| map::allocate(len).ok()).unwrap_or(null_mut()),
        }
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        match class_of(layout) {
            Some(class) => self.with(|heap| heap.give(block, class)),
            None => {
                if let Some(len) = pages(layout.size()) {
                    // SAFETY: alloc mapped these pages, the caller is done with them.
                    let _ = unsafe { map::unmap(block, len) };
                }
            }
        }
    }

    unsafe fn realloc(&self, block: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        let Ok(wanted) = Layout::from_size_align(size, layout.align()) else { return null_mut() };
        match (class_of(layout), class_of(wanted)) {
            (Some(old), Some(new)) if old == new => return block,
            (None, None) => {
                let (Some(old), Some(new)) = (pages(layout.size()), pages(size)) else { return null_mut() };
                // SAFETY: alloc mapped these pages; the caller uses the new address from now on.
                return unsafe { map::resize(block, old, new) }.unwrap_or(null_mut());
            }
            _ => {}
        }
        // SAFETY: two blocks, each at least as long as what is copied.
        unsafe {
            let moved = self.alloc(wanted);
            if !moved.is_null() {
                core::ptr::copy_nonoverlapping(block, moved, layout.size().min(size));
                self.dealloc(block, layout);
            }
            moved
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_are_aligned_and_apart() {
        let heap = Box::leak(Box::new(Allocator::new()));
        let mut blocks = Vec::new();
        for round in 0..2000usize {
            let size = round * 37 % 3000 + if round % 100 == 0 { 40_000 } else { 1 };
            let layout = Layout::from_size_align(size, 1 << (round % 9)).unwrap();
            // SAFETY: the layout's size is not 0; blocks are written within their sizes and given back once.
            unsafe {
                let block = heap.alloc(layout);
                assert!(!block.is_null() && (block as usize).is_multiple_of(layout.align()));
                block.write_bytes(round as u8, size);
                blocks.push((block, layout, round as u8));
                if round % 3 == 0 {
                    let (block, layout, value) = blocks.swap_remove(round / 7 % blocks.len());
                    let whole = core::slice::from_raw_parts(block, layout.size());
                    assert!(whole.iter().all(|&byte| byte == value));
                    let size = layout.size() * 2 + 5;
                    let larger = heap.realloc(block, layout, size);
                    let kept = core::slice::from_raw_parts(larger, layout.size());
                    assert!(kept.iter().all(|&byte| byte == value));
                    heap.dealloc(larger, Layout::from_size_align(size, layout.align()).unwrap());
                }
            }
        }
    }

    #[test]
    fn freed_blocks_are_used_again() {
        let heap = Box::leak(Box::new(Allocator::new()));
        let layout = Layout::from_size_align(100, 8).unwrap();
        // SAFETY: as above.
        unsafe {
            let block = heap.alloc(layout);
            heap.dealloc(block, layout);
            assert_eq!(heap.alloc(layout), block);
        }
    }
}
