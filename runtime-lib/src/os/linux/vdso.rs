//! The kernel's own shared object, which every process has mapped: its clock_gettime reads the clock without a system
//! call, several times faster. It is looked up when a program first asks for the time; where there is none (some
//! emulators and sandboxes), [`super::clock`] makes the system call.

use super::clock::Timespec;
use crate::arch::VDSO_CLOCK_GETTIME;
use core::ffi::{CStr, c_char};
use core::sync::atomic::{AtomicPtr, AtomicUsize, Ordering};

/// The function: clock, where to write; 0 or a negated errno.
pub type ClockGettime = unsafe extern "C" fn(usize, *mut Timespec) -> i32;

/// Key of the auxiliary vector: address of the object's ELF header.
const AT_SYSINFO_EHDR: usize = 33;
const PT_LOAD: u32 = 1;
const PT_DYNAMIC: u32 = 2;
const DT_NULL: usize = 0;
const DT_HASH: usize = 4;
const DT_STRTAB: usize = 5;
const DT_SYMTAB: usize = 6;
const DT_GNU_HASH: usize = 0x6fff_fef5;

/// The process's auxiliary vector.
static VECTOR: AtomicPtr<[usize; 2]> = AtomicPtr::new(core::ptr::null_mut());
/// Address of the function, once found; [`UNKNOWN`] before the first search, [`ABSENT`] if there is none.
static FUNCTION: AtomicUsize = AtomicUsize::new(UNKNOWN);
const UNKNOWN: usize = 0;
const ABSENT: usize = 1;

/// Remembers the auxiliary vector for the search.
///
/// # Safety
/// It must be the process's own.
pub unsafe fn set_auxiliary_vector(vector: *const [usize; 2]) {
    VECTOR.store(vector.cast_mut(), Ordering::Relaxed);
}

/// The function, if there is one.
#[inline]
pub fn clock_gettime() -> Option<ClockGettime> {
    let address = match FUNCTION.load(Ordering::Relaxed) {
        UNKNOWN => search(),
        address => address,
    };
    // SAFETY: search() found the function of this name in the kernel's object.
    (address != ABSENT).then(|| unsafe { core::mem::transmute::<usize, ClockGettime>(address) })
}

#[cold]
fn search() -> usize {
    // SAFETY: set_auxiliary_vector() was promised that the vector is the process's.
    let address = unsafe { object().and_then(|object| symbol(object)) }.unwrap_or(ABSENT);
    FUNCTION.store(address, Ordering::Relaxed);
    address
}

/// The object's first byte.
///
/// # Safety
/// The remembered vector must be the process's, or null.
unsafe fn object() -> Option<*const u8> {
    let mut entry = VECTOR.load(Ordering::Relaxed).cast_const();
    if entry.is_null() {
        return None;
    }
    // SAFETY: the vector ends with a zero key.
    unsafe {
        while (*entry)[0] != 0 {
            if (*entry)[0] == AT_SYSINFO_EHDR {
                return Some((*entry)[1] as *const u8);
            }
            entry = entry.add(1);
        }
    }
    None
}

#[repr(C)]
struct ProgramHeader {
    kind: u32,
    flags: u32,
    offset: usize,
    address: usize,
    rest: [usize; 4],
}

#[repr(C)]
struct Symbol {
    name: u32,
    info: u8,
    other: u8,
    section: u16,
    value: u64,
    size: u64,
}

/// Address of the clock function. All is found through the program headers, as only what these name need be mapped.
///
/// # Safety
/// `object` must be the kernel's object.
unsafe fn symbol(object: *const u8) -> Option<usize> {
    // SAFETY: the kernel made the tables; offsets of an ELF header: program headers 32, entry size 54, entries 56.
    unsafe {
        let headers = object.add(object.add(32).cast::<u64>().read() as usize).cast::<ProgramHeader>();
        let (size, count) = (object.add(54).cast::<u16>().read(), object.add(56).cast::<u16>().read());
        if usize::from(size) != size_of::<ProgramHeader>() {
            return None;
        }
        let headers = core::slice::from_raw_parts(headers, usize::from(count));
        let load = headers.iter().find(|header| header.kind == PT_LOAD)?;
        let base = object.wrapping_add(load.offset).wrapping_sub(load.address);
        let dynamic = headers.iter().find(|header| header.kind == PT_DYNAMIC)?;
        let mut entry = base.wrapping_add(dynamic.address).cast::<[usize; 2]>();
        let (mut names, mut symbols, mut count) = (None, None, None);
        while (*entry)[0] != DT_NULL {
            let place = base.wrapping_add((*entry)[1]);
            match (*entry)[0] {
                DT_STRTAB => names = Some(place),
                DT_SYMTAB => symbols = Some(place.cast::<Symbol>()),
                DT_HASH => count = Some(place.cast::<u32>().add(1).read() as usize),
                DT_GNU_HASH if count.is_none() => count = Some(hashed_symbols(place.cast())),
                _ => {}
            }
            entry = entry.add(1);
        }
        let names = names?;
        let found = core::slice::from_raw_parts(symbols?, count?).iter().find(|symbol| {
            let name = CStr::from_ptr(names.add(symbol.name as usize).cast::<c_char>());
            symbol.section != 0 && name == VDSO_CLOCK_GETTIME
        })?;
        Some(base.wrapping_add(found.value as usize) as usize)
    }
}

/// The number of symbols in a GNU hash table: number of buckets, first hashed symbol, words of the filter, shift; the
/// filter's words of 64 bits; a bucket's first symbol; a hash for each symbol, the lowest bit of which ends a bucket.
///
/// # Safety
/// `table` must be such a table.
unsafe fn hashed_symbols(table: *const u32) -> usize {
    // SAFETY: the caller vouches.
    unsafe {
        let (buckets, first, filter) = (table.read() as usize, table.add(1).read(), table.add(2).read() as usize);
        let starts = table.add(4 + 2 * filter);
        let mut last = core::slice::from_raw_parts(starts, buckets).iter().copied().max().unwrap_or(0);
        if last < first {
            return first as usize;
        }
        while starts.add(buckets + (last - first) as usize).read() & 1 == 0 {
            last += 1;
        }
        last as usize + 1
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_tells_the_kernels_time() {
        let vector = std::fs::read("/proc/self/auxv").unwrap();
        let word = |at: usize| usize::from_ne_bytes(vector[at..at + 8].try_into().unwrap());
        let vector: Vec<[usize; 2]> = (0..vector.len() / 16).map(|at| [word(at * 16), word(at * 16 + 8)]).collect();
        let Some(entry) = vector.iter().find(|entry| entry[0] == AT_SYSINFO_EHDR) else { return };
        // SAFETY: the kernel's object.
        let address = unsafe { symbol(entry[1] as *const u8) }.expect("clock_gettime is in the vdso");
        // SAFETY: just found.
        let function = unsafe { core::mem::transmute::<usize, ClockGettime>(address) };
        for clock in 0..4 {
            let mut time = Timespec::default();
            // SAFETY: writes the structure.
            assert_eq!(unsafe { function(clock, &mut time) }, 0);
            let before = time.nanoseconds();
            let kind = [
                super::super::clock::Clock::Realtime,
                super::super::clock::Clock::Monotonic,
                super::super::clock::Clock::ProcessCpu,
                super::super::clock::Clock::ThreadCpu,
            ][clock];
            let after = super::super::clock::now(kind).unwrap();
            assert!(after >= before && after - before < 1_000_000_000, "{before} {after}");
        }
    }
}
