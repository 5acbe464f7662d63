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
/// Section of dynamic symbols.
const SHT_DYNSYM: u32 = 11;

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
struct Section {
    name: u32,
    kind: u32,
    flags: u64,
    address: u64,
    offset: u64,
    size: u64,
    link: u32,
    info: u32,
    align: u64,
    entry_size: u64,
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

/// Address of the clock function. The object is mapped as its file is, with the section table; its addresses count from
/// its first byte.
///
/// # Safety
/// `object` must be the kernel's object.
unsafe fn symbol(object: *const u8) -> Option<usize> {
    // SAFETY: the kernel made the tables; offsets of an ELF header: section table 40, entry size 58, entries 60.
    unsafe {
        let table = object.add(40).cast::<u64>().read() as usize;
        let (size, count) = (object.add(58).cast::<u16>().read(), object.add(60).cast::<u16>().read());
        if table == 0 || usize::from(size) != size_of::<Section>() {
            return None;
        }
        let sections = core::slice::from_raw_parts(object.add(table).cast::<Section>(), usize::from(count));
        let symbols = sections.iter().find(|section| section.kind == SHT_DYNSYM)?;
        let names = object.add(sections.get(symbols.link as usize)?.offset as usize);
        let count = symbols.size as usize / size_of::<Symbol>();
        let symbols = core::slice::from_raw_parts(object.add(symbols.offset as usize).cast::<Symbol>(), count);
        let found = symbols.iter().find(|symbol| {
            let name = CStr::from_ptr(names.add(symbol.name as usize).cast::<c_char>());
            symbol.section != 0 && name == VDSO_CLOCK_GETTIME
        })?;
        Some(object as usize + found.value as usize)
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
