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
use wasmaot_abi::program::{IMAGE_MOVABLE, Image, MEMORY_64, MEMORY_CHECKED, MEMORY_CONSTANT_BASE, Memory, Segment};
use wasmaot_abi::trap::TrapKind;

/// Unit of committing and reserving: a wasm page; no Linux page is larger.
const UNIT: u64 = 0x1_0000;
/// The most that is reserved for a memory with checked accesses: as much as any program will get, and little enough to
/// leave room for others.
const MOST_CHECKED: u64 = 1 << 40;

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

/// Reserves the memory's address space, places its initial content, and sets `base`, `reserve` and `bytes`.
pub fn instantiate<'a>(memory: &mut Memory, images: impl Iterator<Item = &'a Image> + Clone) -> Result<(), Failure> {
    let initial = memory.initial;
    if initial > index_limit(memory) || initial > memory.maximum {
        return Err(Failure::Malformed);
    }
    let committed = round_up(initial).ok_or(Failure::AddressSpace)?;
    if !claim(initial) {
        return Err(Failure::Limit);
    }
    reserve(memory, committed)?;
    let base = memory.base;

    // Whole pages are moved over the inaccessible ones, then all are made accessible in one call. The kernel refuses to
    // move pages that lie in more than one mapping; from the first refusal on, images are copied.
    let mut moved = 0;
    for image in images.clone().filter(|image| image.flags & IMAGE_MOVABLE != 0) {
        let place = image_place(base, image, committed)?;
        // SAFETY: the image's pages hold nothing else (compiler's promise), its place is within our reservation.
        if unsafe { map::move_to(image.source, image.len as usize, place) }.is_err() {
            break;
        }
        moved += 1;
    }
    if committed != 0 {
        // SAFETY: reserve() gave us at least this much.
        unsafe { map::commit(base, committed as usize) }.map_err(|_| Failure::Commit)?;
    }
    for image in images {
        if image.flags & IMAGE_MOVABLE != 0 && moved > 0 {
            moved -= 1;
            continue;
        }
        let place = image_place(base, image, committed)?;
        // SAFETY: the compiler wrote the image; its place is accessible now.
        unsafe { mem::copy(place, image.source, image.len as usize) };
    }
    memory.bytes = initial;
    Ok(())
}

/// Where an image goes, if it lies in the memory.
fn image_place(base: *mut u8, image: &Image, committed: u64) -> Result<*mut u8, Failure> {
    if image.len > committed || image.offset > committed - image.len {
        return Err(Failure::Malformed);
    }
    Ok(base.wrapping_add(image.offset as usize))
}

/// Sets `base` and `reserve`, the latter to a multiple of [`UNIT`] not less than `committed`.
fn reserve(memory: &mut Memory, committed: u64) -> Result<(), Failure> {
    if memory.flags & MEMORY_CHECKED == 0 {
        let wanted = round_up(memory.reserve).filter(|&wanted| wanted >= committed).ok_or(Failure::Malformed)?;
        memory.base = if memory.flags & MEMORY_CONSTANT_BASE != 0 {
            map::reserve_at(memory.base as usize, wanted as usize).map_err(|_| Failure::LowAddresses)?
        } else {
            map::reserve(wanted as usize).map_err(|_| Failure::AddressSpace)?
        };
        memory.reserve = wanted;
        return Ok(());
    }
    let most = memory.reserve.min(memory.maximum).min(index_limit(memory)).min(MOST_CHECKED);
    let mut wanted = round_up(most).ok_or(Failure::Malformed)?.max(committed).max(UNIT);
    loop {
        let got = if memory.flags & MEMORY_CONSTANT_BASE != 0 {
            map::reserve_at(memory.base as usize, wanted as usize)
        } else {
            map::reserve(wanted as usize)
        };
        match got {
            Ok(base) => {
                memory.base = base;
                memory.reserve = wanted;
                return Ok(());
            }
            Err(_) if wanted == committed.max(UNIT) => return Err(Failure::AddressSpace),
            Err(_) => wanted = ((wanted / 2) & !(UNIT - 1)).max(committed).max(UNIT),
        }
    }
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
