//! The system's random bytes.

use super::Errno;
use super::sys::{GetProcAddress, LOAD_LIBRARY_SEARCH_SYSTEM32, LoadLibraryExW};
use super::text::wide;
use core::ptr::null_mut;
use core::sync::atomic::{AtomicUsize, Ordering};

/// Address of the function, once found.
static FUNCTION: AtomicUsize = AtomicUsize::new(0);

/// Fills `len` bytes: `ProcessPrng`, or `RtlGenRandom` (which is called `SystemFunction036`) before Windows 7. Loaded on
/// first use, since most programs ask for none.
///
/// # Safety
/// The bytes must be writable.
pub unsafe fn fill(buffer: *mut u8, len: usize) -> Result<(), Errno> {
    type Function = unsafe extern "system" fn(*mut u8, usize) -> u8;
    let mut address = FUNCTION.load(Ordering::Relaxed);
    if address == 0 {
        const BCRYPT: [u16; 23] = wide(b"bcryptprimitives.dll");
        const ADVAPI: [u16; 15] = wide(b"advapi32.dll");
        // SAFETY: strings that end with NUL.
        address = unsafe { find(BCRYPT.as_ptr(), c"ProcessPrng".as_ptr().cast()) };
        if address == 0 {
            // SAFETY: as above.
            address = unsafe { find(ADVAPI.as_ptr(), c"SystemFunction036".as_ptr().cast()) };
        }
        if address == 0 {
            return Err(Errno::EIO);
        }
        FUNCTION.store(address, Ordering::Relaxed);
    }
    // SAFETY: found above by its name. The second function takes 32 bits of length; the registers are the same.
    let function = unsafe { core::mem::transmute::<usize, Function>(address) };
    let mut done = 0;
    while done < len {
        let part = (len - done).min(1 << 30);
        // SAFETY: the caller's.
        if unsafe { function(buffer.add(done), part) } == 0 {
            return Err(Errno::EIO);
        }
        done += part;
    }
    Ok(())
}

/// # Safety
/// Both must be NUL-terminated.
unsafe fn find(library: *const u16, name: *const u8) -> usize {
    // SAFETY: the caller's.
    unsafe {
        let library = LoadLibraryExW(library, null_mut(), LOAD_LIBRARY_SEARCH_SYSTEM32);
        if library.is_null() { 0 } else { GetProcAddress(library, name) as usize }
    }
}
