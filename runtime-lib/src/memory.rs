//! Linear memories: reserving, committing, growing, and the bulk instructions.
//!
//! Compiled code reads `base` and `bytes` of [`Memory`] itself; the functions here are called by [`crate::instance`] and,
//! as `wasmaot_memory_*`, by compiled code. Invariants, which are the sandbox:
//! - `base..base + reserve` is address space that belongs to this memory alone, and it never moves;
//! - exactly `base..base + round_up(bytes)` of it is accessible; what lies beyond `bytes` in there is only reachable for
//!   memories with [`MEMORY_CHECKED`], whose accesses are all compared with `bytes`;
//! - lengths and offsets come from wasm: every sum of two of them is checked or arranged not to overflow.

use crate::instance::Failure;
use crate::os::map;
use crate::{mem, trap};
use core::sync::atomic::{AtomicU64, Ordering};
use wasmaot_abi::program::{
    DEBUG_BASE, IMAGE_MOVABLE, Image, MEMORY_64, MEMORY_ALIGNED, MEMORY_BEHIND, MEMORY_CHECKED, MEMORY_CONSTANT_BASE,
    Memory, Segment,
};
use wasmaot_abi::trap::TrapKind;

/// Unit of committing and reserving: a wasm page; no Linux page is larger.
const UNIT: u64 = 0x1_0000;
/// The most that is reserved for a memory with checked accesses: little enough to leave room for others.
const MOST_CHECKED: u64 = 1 << 40;
/// The least that is reserved for one that may grow so far.
const LEAST_CHECKED: u64 = 8 << 30;

/// Bytes that all memories have together, and may have.
static TOTAL: AtomicU64 = AtomicU64::new(0);
static LIMIT: AtomicU64 = AtomicU64::new(u64::MAX);

/// Limits the bytes that all memories together may have.
pub fn set_limit(bytes: u64) {
    LIMIT.store(bytes, Ordering::Relaxed);
}

/// `bytes` up to the next multiple of [`UNIT`].
fn round_up(bytes: u64) -> Option<u64> {
    Some(bytes.checked_add(UNIT - 1)? & !(UNIT - 1))
}

/// The most bytes that the index type and page size allow: 2^32 or, as -1 could not be told from it, one less for pages
/// of one byte; no limit but the arithmetic's for 64-bit memories.
fn index_limit(memory: &Memory) -> u64 {
    match (memory.flags & MEMORY_64 != 0, memory.page_log2) {
        (true, _) => u64::MAX,
        (false, 0) => u32::MAX.into(),
        (false, _) => 1 << 32,
    }
}

/// Counts `bytes` more against the limit; false, and nothing counted, if they are too many.
fn claim(bytes: u64) -> bool {
    let limit = LIMIT.load(Ordering::Relaxed);
    let add = |total: u64| total.checked_add(bytes).filter(|&total| total <= limit);
    TOTAL.fetch_update(Ordering::Relaxed, Ordering::Relaxed, add).is_ok()
}

fn unclaim(bytes: u64) {
    TOTAL.fetch_sub(bytes, Ordering::Relaxed);
}

/// Reserves the memory's address space, places its initial content (the images of that `index`), and sets `base`,
/// `reserve` and `bytes`.
pub fn instantiate(memory: &mut Memory, images: &[Image], index: u32) -> Result<(), Failure> {
    let initial = memory.initial;
    if initial > index_limit(memory) || initial > memory.maximum {
        return Err(Failure::Malformed);
    }
    let committed = round_up(initial).ok_or(Failure::AddressSpace)?;
    if !claim(initial) {
        return Err(Failure::Limit);
    }
    let result = fill(memory, images, index, committed);
    match result {
        Ok(()) => memory.bytes = initial,
        Err(_) => unclaim(initial),
    }
    result
}

/// Reserves and commits a memory, and places its content.
fn fill(memory: &mut Memory, images: &[Image], index: u32, committed: u64) -> Result<(), Failure> {
    let behind = memory.flags & MEMORY_BEHIND != 0;
    if !behind {
        reserve(memory, committed, 0)?;
    }
    // Whole pages are moved over the inaccessible ones, then all are made accessible in one call, then what could not be
    // moved is copied.
    let moved = place(memory.base, images, index, committed, 0)?;
    if committed != 0 && !behind {
        // SAFETY: reserve() gave us at least this much.
        unsafe { map::commit(memory.base, committed as usize) }.map_err(|_| Failure::Commit)?;
    }
    place(memory.base, images, index, committed, moved)?;
    Ok(())
}

/// With `moved` 0, moves the movable images of a memory and answers how many they were, plus one; the kernel refuses to
/// move pages that lie in more than one mapping, and no image is moved after the first refusal. With that answer, copies
/// the others.
fn place(base: *mut u8, images: &[Image], index: u32, committed: u64, moved: usize) -> Result<usize, Failure> {
    let mut seen = 1;
    for image in images.iter().filter(|image| image.memory == index) {
        if image.len > committed || image.offset > committed - image.len {
            return Err(Failure::Malformed);
        }
        let (to, len) = (base.wrapping_add(image.offset as usize), image.len as usize);
        let movable = image.flags & IMAGE_MOVABLE != 0;
        if moved == 0 {
            // SAFETY: a movable image's pages hold nothing else (compiler's promise); `to` is within our reservation.
            if movable && unsafe { map::move_to(image.source, len, to) }.is_err() {
                break;
            }
        } else if !movable || seen >= moved {
            // SAFETY: the compiler wrote the image; its place is accessible now.
            unsafe { mem::copy(to, image.source, len) };
        }
        seen += usize::from(movable);
    }
    Ok(seen)
}

/// Bytes that are reserved for a memory with checked accesses that may grow so far: what the system can give at all. (More
/// would do no harm but in emulators, some of which keep a table of every page.)
fn most_checked() -> u64 {
    map::system_memory().map_or(MOST_CHECKED, |bytes| bytes.clamp(LEAST_CHECKED, MOST_CHECKED))
}

/// For a memory behind an instance's block: reserves its address space and, below its base, `before` bytes for the block, and
/// commits these and its initial length, in one call. Sets `base` and `reserve`. [`instantiate`] does the rest.
#[cfg(not(wasmaot_standalone))]
pub fn reserve_behind(memory: &mut Memory, before: usize) -> Result<(), Failure> {
    let committed = round_up(memory.initial).ok_or(Failure::AddressSpace)?;
    reserve(memory, committed, before)?;
    let start = memory.base.wrapping_sub(before);
    // SAFETY: reserve() got `before` and `reserve` bytes, of which `committed` are a part; nobody knows them yet.
    unsafe {
        map::commit(start, before + committed as usize).map_err(|_| {
            let _ = map::unmap(start, before + memory.reserve as usize);
            Failure::Commit
        })
    }
}

/// Sets `base` and `reserve`, the latter to a multiple of [`UNIT`] not less than `committed`. `before` bytes more are
/// reserved below the base.
fn reserve(memory: &mut Memory, committed: u64, before: usize) -> Result<(), Failure> {
    let checked = memory.flags & MEMORY_CHECKED != 0;
    let constant = memory.flags & MEMORY_CONSTANT_BASE != 0;
    let more = if memory.flags & MEMORY_ALIGNED != 0 { DEBUG_BASE as usize } else { 0 };
    let least = if checked { committed.max(UNIT) } else { round_up(memory.reserve).ok_or(Failure::Malformed)? };
    let most =
        if checked { memory.reserve.min(memory.maximum).min(index_limit(memory)).min(most_checked()) } else { 0 };
    let mut wanted = round_up(most).ok_or(Failure::Malformed)?.max(least);
    if wanted < committed {
        return Err(Failure::Malformed);
    }
    loop {
        let len = before.checked_add(wanted as usize).ok_or(Failure::AddressSpace)?;
        let all = len.checked_add(more).ok_or(Failure::AddressSpace)?;
        let got = map::reserve(if constant { memory.base as usize } else { 0 }, all);
        match got {
            Ok(start) => {
                let start = if more == 0 { start } else { align(start, before, len, more) };
                memory.base = start.wrapping_add(before);
                memory.reserve = wanted;
                return Ok(());
            }
            Err(_) if wanted > least => wanted = ((wanted / 2) & !(UNIT - 1)).max(least),
            // It may be these addresses that cannot be had, or so many at all.
            Err(_) if constant && !checked && map::reserve(0, wanted as usize).is_ok() => {
                return Err(Failure::LowAddresses);
            }
            Err(_) => return Err(Failure::AddressSpace),
        }
    }
}

/// Of `len + alignment` bytes that were reserved, keeps `len`, of which those behind the first `before` begin at a multiple of
/// the alignment: answers the first.
fn align(start: *mut u8, before: usize, len: usize, alignment: usize) -> *mut u8 {
    let below = start.wrapping_add(before).align_offset(alignment);
    let kept = start.wrapping_add(below);
    for (at, bytes) in [(start, below), (kept.wrapping_add(len), alignment - below)] {
        if bytes != 0 {
            // SAFETY: reserve() got these pages just now, and nobody knows them. They do no harm where they stay.
            let _ = unsafe { map::unmap(at, bytes) };
        }
    }
    kept
}

/// Gives a memory's address space back; nothing if it never got any. That of one behind a block goes with the block.
///
/// # Safety
/// The memory must not be one with a constant base, and nobody may use it any more.
pub unsafe fn release(memory: &mut Memory) {
    if memory.base.is_null() {
        return;
    }
    unclaim(memory.bytes);
    if memory.flags & MEMORY_BEHIND == 0 {
        // SAFETY: reserve() got exactly this; the caller vouches for the rest.
        let _ = unsafe { map::unmap(memory.base, memory.reserve as usize) };
    }
    (memory.base, memory.bytes) = (core::ptr::null_mut(), 0);
}

/// `memory.grow`: the old length in pages, unless it cannot be.
fn grow(memory: &mut Memory, delta: u64) -> Option<u64> {
    let old = memory.bytes;
    if delta > u64::MAX.checked_shr(memory.page_log2)? {
        return None;
    }
    let delta = delta << memory.page_log2;
    let new = old.checked_add(delta)?;
    if new > memory.maximum || new > index_limit(memory) || new > memory.reserve {
        return None;
    }
    // `reserve` is a multiple of UNIT, so rounding keeps `new` within it.
    let (from, to) = (round_up(old)?, round_up(new)?);
    if !claim(delta) {
        return None;
    }
    if to > from {
        // SAFETY: from..to is inside the reservation (above), and nobody can have used it yet.
        let result = unsafe { map::commit(memory.base.add(from as usize), (to - from) as usize) };
        if result.is_err() {
            unclaim(delta);
            return None;
        }
    }
    memory.bytes = new;
    Some(old >> memory.page_log2)
}

/// The address of `offset`, if `len` bytes from there lie within the first `bytes` at `base`.
#[inline(always)]
fn span(base: *mut u8, bytes: u64, offset: u64, len: u64) -> Option<*mut u8> {
    // No sum, so nothing can overflow: `bytes - len` is taken only when `len <= bytes`.
    if len <= bytes && offset <= bytes - len { Some(base.wrapping_add(offset as usize)) } else { None }
}

/// As [`span`], or a trap.
#[inline(always)]
fn span_or_trap(base: *mut u8, bytes: u64, offset: u64, len: u64) -> *mut u8 {
    match span(base, bytes, offset, len) {
        Some(place) => place,
        None => trap::raise(TrapKind::MemoryOutOfBounds),
    }
}

/// Builtin `MemoryGrow`: old size in pages, or -1.
///
/// # Safety
/// `memory` must be an instantiated memory.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wasmaot_memory_grow(memory: *mut Memory, delta: u64) -> u64 {
    // SAFETY: the caller vouches; compiled code keeps no reference across the call.
    grow(unsafe { &mut *memory }, delta).unwrap_or(u64::MAX)
}

/// Builtin `MemoryFill`.
///
/// # Safety
/// `memory` must be an instantiated memory.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wasmaot_memory_fill(memory: *const Memory, offset: u64, value: u32, len: u64) {
    // SAFETY: the caller vouches; the span is checked.
    unsafe {
        let place = span_or_trap((*memory).base, (*memory).bytes, offset, len);
        mem::fill(place, value as u8, len as usize);
    }
}

/// Builtin `MemoryCopy`.
///
/// # Safety
/// Both must be instantiated memories.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wasmaot_memory_copy(
    to: *const Memory,
    to_offset: u64,
    from: *const Memory,
    from_offset: u64,
    len: u64,
) {
    // SAFETY: the caller vouches; the spans are checked.
    unsafe {
        let source = span_or_trap((*from).base, (*from).bytes, from_offset, len);
        let place = span_or_trap((*to).base, (*to).bytes, to_offset, len);
        mem::copy(place, source, len as usize);
    }
}

/// Builtin `MemoryInit`.
///
/// # Safety
/// `memory` must be an instantiated memory, `segment` a data segment.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wasmaot_memory_init(
    memory: *const Memory,
    segment: *const Segment,
    to_offset: u64,
    from_offset: u64,
    len: u64,
) {
    // SAFETY: the caller vouches; the spans are checked.
    unsafe {
        let source = span_or_trap((*segment).base.cast_mut(), (*segment).len, from_offset, len);
        let place = span_or_trap((*memory).base, (*memory).bytes, to_offset, len);
        mem::copy(place, source, len as usize);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::{Mutex, MutexGuard, PoisonError};

    /// The limit and the recovery point are global.
    static ALONE: Mutex<()> = Mutex::new(());

    fn alone() -> MutexGuard<'static, ()> {
        ALONE.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn memory(initial: u64, maximum: u64, flags: u32, page_log2: u32) -> Memory {
        let reserve = if flags & MEMORY_CHECKED == 0 { 0x2_0001_0000 } else { u64::MAX };
        let mut memory = Memory { base: 0x10000 as *mut u8, bytes: 0, initial, maximum, reserve, page_log2, flags };
        instantiate(&mut memory, &[], 0).unwrap();
        memory
    }

    fn release(memory: Memory) {
        unclaim(memory.bytes);
        // SAFETY: the test's own memory.
        unsafe { map::unmap(memory.base, memory.reserve as usize) }.unwrap();
    }

    /// Whether the call traps, and how.
    fn trap_of(mut f: impl FnMut()) -> Result<(), TrapKind> {
        unsafe extern "C" fn call<F: FnMut()>(data: *mut u8, _: *mut u8) {
            // SAFETY: trap_of passes its own closure.
            unsafe { (*data.cast::<F>())() }
        }
        fn catch<F: FnMut()>(f: &mut F) -> Result<(), TrapKind> {
            // SAFETY: the tests' closures own nothing that must be dropped.
            unsafe { trap::catch(call::<F>, (&raw mut *f).cast()) }
        }
        catch(&mut f)
    }

    #[test]
    fn spans_do_not_overflow() {
        let base = 0x1000 as *mut u8;
        assert_eq!(span(base, 10, 0, 10), Some(base));
        assert_eq!(span(base, 10, 10, 0), Some(base.wrapping_add(10)));
        assert_eq!(span(base, 10, 11, 0), None);
        assert_eq!(span(base, 10, 1, 10), None);
        assert_eq!(span(base, 0, 0, 0), Some(base));
        assert_eq!(span(base, 0, 0, 1), None);
        for huge in [u64::MAX, u64::MAX - 5, 1 << 63, 1 << 32] {
            assert_eq!(span(base, 10, huge, 0), None);
            assert_eq!(span(base, 10, huge, 6), None);
            assert_eq!(span(base, 10, 5, huge), None);
            assert_eq!(span(base, 10, huge, huge), None);
            assert_eq!(span(base, 10, huge, 0u64.wrapping_sub(huge)), None);
        }
    }

    #[test]
    fn an_address_in_an_aligned_memory_tells_its_base() {
        let _alone = alone();
        let all = [(); 3].map(|()| memory(0x10000, 0x20000, MEMORY_ALIGNED, 16));
        for memory in all {
            assert_eq!(memory.base as u64 % DEBUG_BASE, 0);
            // SAFETY: within the committed length.
            unsafe { memory.base.add(0xffff).write(1) };
            release(memory);
        }
    }

    #[test]
    fn grows_to_its_maximum() {
        let _alone = alone();
        let mut memory = memory(0x10000, 0x50000, 0, 16);
        assert_eq!(grow(&mut memory, 0), Some(1));
        assert_eq!(grow(&mut memory, 3), Some(1));
        // SAFETY: within the committed length.
        unsafe { memory.base.add(0x3ffff).write(1) };
        assert_eq!(grow(&mut memory, 2), None);
        for delta in [1 << 16, 1 << 32, 1 << 47, 1 << 48, u64::MAX >> 16, u64::MAX] {
            assert_eq!(grow(&mut memory, delta), None, "{delta:#x}");
        }
        assert_eq!(memory.bytes, 0x40000);
        assert_eq!(grow(&mut memory, 1), Some(4));
        assert_eq!(grow(&mut memory, 1), None);
        release(memory);
    }

    #[test]
    fn grows_to_what_the_index_reaches() {
        let _alone = alone();
        let mut memory = memory(0, u64::MAX, 0, 16);
        assert_eq!(grow(&mut memory, 65537), None);
        assert_eq!(grow(&mut memory, 65536), Some(0));
        assert_eq!(grow(&mut memory, 0), Some(65536));
        assert_eq!(grow(&mut memory, 1), None);
        release(memory);
    }

    #[test]
    fn pages_of_one_byte() {
        let _alone = alone();
        let mut memory = memory(5, u64::MAX, MEMORY_CHECKED, 0);
        assert_eq!(grow(&mut memory, 1), Some(5));
        assert_eq!(grow(&mut memory, 0x10000), Some(6));
        assert_eq!(memory.bytes, 0x10006);
        // SAFETY: within the length.
        unsafe { memory.base.add(0x10005).write(1) };
        assert_eq!(grow(&mut memory, u32::MAX as u64 - 0x10006 + 1), None);
        assert_eq!(grow(&mut memory, u64::MAX), None);
        assert!(trap_of(|| unsafe { wasmaot_memory_fill(&memory, 0x10006, 1, 0) }).is_ok());
        assert!(trap_of(|| unsafe { wasmaot_memory_fill(&memory, 0x10006, 1, 1) }).is_err());
        release(memory);
    }

    #[test]
    fn memories_of_64_bits() {
        let _alone = alone();
        let mut memory = memory(0x10000, u64::MAX, MEMORY_CHECKED | MEMORY_64, 16);
        assert!(memory.reserve >= 1 << 32);
        assert_eq!(grow(&mut memory, u64::MAX), None);
        assert_eq!(grow(&mut memory, u64::MAX >> 16), None);
        assert_eq!(grow(&mut memory, (u64::MAX >> 16) - 1), None);
        assert_eq!(grow(&mut memory, 1), Some(1));
        let out = Err(TrapKind::MemoryOutOfBounds);
        assert_eq!(trap_of(|| unsafe { wasmaot_memory_fill(&memory, u64::MAX - 3, 1, 8) }), out);
        assert_eq!(trap_of(|| unsafe { wasmaot_memory_copy(&memory, 0, &memory, u64::MAX, 1) }), out);
        assert_eq!(trap_of(|| unsafe { wasmaot_memory_copy(&memory, u64::MAX, &memory, 0, 1) }), out);
        assert_eq!(trap_of(|| unsafe { wasmaot_memory_copy(&memory, 1, &memory, 0, u64::MAX) }), out);
        release(memory);
    }

    #[test]
    fn the_limit_is_on_all_memories_together() {
        let _alone = alone();
        set_limit(0x50000);
        let mut first = memory(0x20000, u64::MAX, 0, 16);
        let mut second = memory(0x10000, u64::MAX, 0, 16);
        assert_eq!(grow(&mut first, 3), None);
        assert_eq!(grow(&mut first, 1), Some(2));
        assert_eq!(grow(&mut second, 1), Some(1));
        assert_eq!(grow(&mut second, 1), None);
        assert_eq!(grow(&mut first, u64::MAX >> 16), None);
        let mut third = Memory { base: core::ptr::null_mut(), bytes: 0, initial: 1 << 16, ..memory(0, 0, 0, 16) };
        third.maximum = 1 << 20;
        assert_eq!(instantiate(&mut third, &[], 0), Err(Failure::Limit));
        set_limit(u64::MAX);
        release(first);
        release(second);
    }

    #[test]
    fn bulk_instructions() {
        let _alone = alone();
        let memory = memory(0x10000, 0x10000, 0, 16);
        let bytes = [1u8, 2, 3, 4];
        let segment = Segment { base: bytes.as_ptr(), len: 4 };
        let dropped = Segment { base: bytes.as_ptr(), len: 0 };
        let out = Err(TrapKind::MemoryOutOfBounds);
        assert_eq!(trap_of(|| unsafe { wasmaot_memory_init(&memory, &segment, 0xfffe, 1, 2) }), Ok(()));
        assert_eq!(trap_of(|| unsafe { wasmaot_memory_init(&memory, &segment, 0xffff, 1, 2) }), out);
        assert_eq!(trap_of(|| unsafe { wasmaot_memory_init(&memory, &segment, 0, 3, 2) }), out);
        assert_eq!(trap_of(|| unsafe { wasmaot_memory_init(&memory, &segment, 0, 5, 0) }), out);
        assert_eq!(trap_of(|| unsafe { wasmaot_memory_init(&memory, &dropped, 0, 0, 1) }), out);
        assert_eq!(trap_of(|| unsafe { wasmaot_memory_init(&memory, &dropped, 0x10000, 0, 0) }), Ok(()));
        assert_eq!(trap_of(|| unsafe { wasmaot_memory_copy(&memory, 0, &memory, 0xfffe, 2) }), Ok(()));
        // SAFETY: within the memory.
        assert_eq!(unsafe { [memory.base.read(), memory.base.add(1).read()] }, [2, 3]);
        assert_eq!(trap_of(|| unsafe { wasmaot_memory_fill(&memory, 0, 0xffff_ff07, 0x10000) }), Ok(()));
        // SAFETY: within the memory.
        assert_eq!(unsafe { memory.base.add(0xffff).read() }, 7);
        release(memory);
    }

    #[test]
    fn images_are_checked() {
        let _alone = alone();
        let mut bytes = [1u8; 16];
        let mut place = |offset, len| {
            let image = Image { source: bytes.as_mut_ptr(), len, offset, memory: 0, flags: 0 };
            let mut memory = Memory { base: core::ptr::null_mut(), bytes: 0, ..memory(0, 0, 0, 16) };
            (memory.initial, memory.maximum) = (0x10000, 0x10000);
            let result = instantiate(&mut memory, &[image], 0);
            if result.is_ok() {
                unclaim(0x10000);
            }
            result
        };
        assert_eq!(place(0xfff0, 16), Ok(()));
        assert_eq!(place(0xfff1, 16), Err(Failure::Malformed));
        assert_eq!(place(u64::MAX - 7, 16), Err(Failure::Malformed));
        assert_eq!(place(0, u64::MAX), Err(Failure::Malformed));
    }
}
