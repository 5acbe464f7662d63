//! The calling program's linear memory, checked. Every p1 function reaches it through [`Guest`], which [`enter`] makes
//! from the [`HostContext`] of the call.
//!
//! What must hold: every address and length from the program is hostile; sums are done in 64 bits; nothing is assumed
//! about alignment; no Rust reference to guest memory is ever made (another thread of the program may change it), only
//! copies and raw pointers that are handed to the kernel, which checks them once more.

use super::errno::{Errno, Result};
use crate::os::fs::IoVec;
use crate::wasi::host::path::PathText;
use crate::wasi::host::state::{self, Wasi};
use core::mem::MaybeUninit;
use wasmaot_abi::program::HostContext;

/// Buffers that one call passes on at most (the kernel's `IOV_MAX`). The program is told how much was done.
pub const IOV_MAX: usize = 1024;

/// A memory: all of `base..base + bytes` can be read and written.
#[derive(Clone, Copy, Debug)]
pub struct Guest {
    base: *mut u8,
    bytes: u64,
}

/// What every p1 function starts with: the state it works on and the memory of its caller. A program that is close to
/// the end of its stack traps here, where it is safe to.
///
/// # Safety
/// `context` must be that of the calling instance, as the compiler emits it: valid, with valid or null fields, and not
/// inside another p1 call on the same state (p1 functions never call back into the program, so that cannot happen; those
/// of an embedder may, and are told so here).
pub unsafe fn enter<'a>(context: *mut HostContext) -> (&'a mut Wasi, Guest) {
    crate::stack::check_host_entry();
    // SAFETY: the caller vouches for the context. Its state is only touched inside p1 calls, which do not nest: where one
    // does, nothing but these three fields, which do not change within a call, is read, and `busy` does not return.
    unsafe {
        let context = &*context;
        let wasi = if context.wasi.is_null() { state::process() } else { context.wasi.cast::<Wasi>() };
        if (*wasi).busy
            && let Some(busy) = (*wasi).hooks.busy
        {
            busy((*wasi).instance)
        }
        let guest = match context.memory.as_ref() {
            Some(memory) => Guest { base: memory.base, bytes: memory.bytes },
            None => Guest { base: core::ptr::null_mut(), bytes: 0 },
        };
        (&mut *wasi, guest)
    }
}

impl Guest {
    /// A memory for tests and embedders.
    ///
    /// # Safety
    /// `base..base + bytes` must stay readable and writable while the value is used.
    pub unsafe fn new(base: *mut u8, bytes: u64) -> Guest {
        Guest { base, bytes }
    }

    /// The native address of `len` bytes at `address`, all inside the memory.
    #[inline]
    pub fn span(self, address: u32, len: u64) -> Result<*mut u8> {
        // A u32 and a length that fits the memory cannot overflow; any other length is refused first.
        if len > self.bytes || u64::from(address) > self.bytes - len {
            return Err(Errno::Fault);
        }
        Ok(self.base.wrapping_add(address as usize))
    }

    /// Copies from the memory.
    pub fn read(self, address: u32, into: &mut [u8]) -> Result {
        let from = self.span(address, into.len() as u64)?;
        // SAFETY: `span` checked the source; the destination is a host slice, which never lies in guest memory.
        unsafe { core::ptr::copy_nonoverlapping(from, into.as_mut_ptr(), into.len()) };
        Ok(())
    }

    /// Copies to the memory.
    pub fn write(self, address: u32, bytes: &[u8]) -> Result {
        let to = self.span(address, bytes.len() as u64)?;
        // SAFETY: `span` checked the destination; the source is a host slice, which never lies in guest memory.
        unsafe { core::ptr::copy_nonoverlapping(bytes.as_ptr(), to, bytes.len()) };
        Ok(())
    }

    /// Reads a little-endian array of bytes.
    #[inline]
    fn get<const N: usize>(self, address: u32) -> Result<[u8; N]> {
        let from = self.span(address, N as u64)?;
        // SAFETY: `span` checked N bytes; byte arrays have no alignment.
        Ok(unsafe { from.cast::<[u8; N]>().read() })
    }

    /// Reads a byte.
    pub fn read_u8(self, address: u32) -> Result<u8> {
        self.get(address).map(u8::from_le_bytes)
    }

    /// Reads 16 bits.
    pub fn read_u16(self, address: u32) -> Result<u16> {
        self.get(address).map(u16::from_le_bytes)
    }

    /// Reads 32 bits.
    pub fn read_u32(self, address: u32) -> Result<u32> {
        self.get(address).map(u32::from_le_bytes)
    }

    /// Reads 64 bits.
    pub fn read_u64(self, address: u32) -> Result<u64> {
        self.get(address).map(u64::from_le_bytes)
    }

    /// Writes a byte.
    pub fn write_u8(self, address: u32, value: u8) -> Result {
        self.write(address, &[value])
    }

    /// Writes 16 bits.
    pub fn write_u16(self, address: u32, value: u16) -> Result {
        self.write(address, &value.to_le_bytes())
    }

    /// Writes 32 bits.
    pub fn write_u32(self, address: u32, value: u32) -> Result {
        self.write(address, &value.to_le_bytes())
    }

    /// Writes 64 bits.
    pub fn write_u64(self, address: u32, value: u64) -> Result {
        self.write(address, &value.to_le_bytes())
    }

    /// The buffers of a read or write (preview 1: `iovec_array`, `ciovec_array`) as the kernel takes them. Empty ones
    /// are left out, and all after the first [`IOV_MAX`].
    pub fn iovecs(self, array: u32, count: u32, room: &mut IoVecs) -> Result<&[IoVec]> {
        self.span(array, u64::from(count) * 8)?;
        let mut used = 0;
        for index in 0..count {
            let Some(slot) = room.0.get_mut(used) else { break };
            // `span` above checked that no address of the array leaves the memory, so this does not wrap.
            let at = array.wrapping_add(index * 8);
            let (buffer, len) = (self.read_u32(at)?, self.read_u32(at.wrapping_add(4))?);
            let base = self.span(buffer, u64::from(len))?;
            if len != 0 {
                slot.write(IoVec { base, len: len as usize });
                used += 1;
            }
        }
        // SAFETY: the first `used` slots were written just above.
        Ok(unsafe { core::slice::from_raw_parts(room.0.as_ptr().cast(), used) })
    }

    /// A path, copied. It must be UTF-8, hold no NUL and be shorter than the kernel's `PATH_MAX`.
    pub fn path(self, address: u32, len: u32, text: &mut PathText) -> Result {
        let from = self.span(address, u64::from(len))?;
        let Some(room) = text.room(len as usize) else { return Err(Errno::Nametoolong) };
        // SAFETY: `span` checked the source, `room` has this length and is host memory.
        unsafe { core::ptr::copy_nonoverlapping(from, room.as_mut_ptr().cast::<u8>(), len as usize) };
        // SAFETY: the first `len` bytes were written just above.
        let bytes = unsafe { text.set_len(len as usize) };
        if core::str::from_utf8(bytes).is_err() {
            return Err(Errno::Ilseq);
        }
        if bytes.contains(&0) {
            return Err(Errno::Inval);
        }
        Ok(())
    }
}

/// Room for the buffers of one call.
#[derive(Debug)]
pub struct IoVecs([MaybeUninit<IoVec>; IOV_MAX]);

impl IoVecs {
    /// Empty; touches no memory.
    #[inline]
    pub const fn new() -> Self {
        IoVecs([const { MaybeUninit::uninit() }; IOV_MAX])
    }
}

impl Default for IoVecs {
    fn default() -> Self {
        IoVecs::new()
    }
}

/// Defines the C symbols of p1 functions. A row `wasmaot_p1_fd_sync => sync(fd: u32);` calls
/// `sync(wasi: &mut Wasi, guest: Guest, fd: u32) -> errno::Result`.
macro_rules! doors {
    ($($symbol:ident => $function:ident($($param:ident: $type:ty),*);)*) => {$(
        #[doc = concat!("Preview 1's function; see [`", stringify!($function), "`](fn@", stringify!($function), ").")]
        ///
        /// # Safety
        /// The context must be that of the calling instance ([`crate::wasi::p1::guest::enter`]).
        #[unsafe(no_mangle)]
        pub unsafe extern "C" fn $symbol(
            context: *mut wasmaot_abi::program::HostContext
            $(, $param: $type)*
        ) -> i32 {
            // SAFETY: the caller's, passed on.
            let (wasi, guest) = unsafe { $crate::wasi::p1::guest::enter(context) };
            $crate::wasi::p1::errno::number($function(wasi, guest $(, $param)*))
        }
    )*};
}
pub(crate) use doors;

#[cfg(test)]
mod tests {
    use super::*;

    fn guest(memory: &mut [u8]) -> Guest {
        // SAFETY: tests use the value while the slice lives.
        unsafe { Guest::new(memory.as_mut_ptr(), memory.len() as u64) }
    }

    #[test]
    fn spans_stay_inside() {
        let mut memory = [0u8; 64];
        let guest = guest(&mut memory);
        assert!(guest.span(0, 64).is_ok());
        assert!(guest.span(64, 0).is_ok());
        for (address, len) in [(0, 65), (1, 64), (65, 0), (u32::MAX, 1), (u32::MAX, u64::MAX), (0, u64::MAX), (8, 57)] {
            assert_eq!(guest.span(address, len), Err(Errno::Fault), "{address} {len}");
        }
        // SAFETY: never read.
        let none = unsafe { Guest::new(core::ptr::null_mut(), 0) };
        assert_eq!(none.read_u8(0), Err(Errno::Fault));
        assert!(none.span(0, 0).is_ok());
    }

    #[test]
    fn numbers_need_no_alignment() {
        let mut memory = [0u8; 16];
        let guest = guest(&mut memory);
        guest.write_u64(3, 0x0102_0304_0506_0708).unwrap();
        assert_eq!(guest.read_u64(3), Ok(0x0102_0304_0506_0708));
        assert_eq!(guest.read_u32(3), Ok(0x0506_0708));
        assert_eq!(guest.read_u16(5), Ok(0x0506));
        assert_eq!(guest.write_u64(9, 0), Err(Errno::Fault));
    }

    #[test]
    fn iovecs_are_checked() {
        let mut memory = vec![0u8; 0x10000];
        let base = memory.as_mut_ptr();
        let guest = guest(&mut memory);
        let mut room = IoVecs::new();
        guest.write_u32(8, 100).unwrap();
        guest.write_u32(12, 10).unwrap();
        guest.write_u32(16, 0x10000).unwrap();
        guest.write_u32(20, 0).unwrap();
        guest.write_u32(24, 0xffff).unwrap();
        guest.write_u32(28, 1).unwrap();
        let list = guest.iovecs(8, 3, &mut room).unwrap();
        assert_eq!(list.len(), 2);
        assert_eq!((list[0].base, list[0].len), (base.wrapping_add(100), 10));
        assert_eq!((list[1].base, list[1].len), (base.wrapping_add(0xffff), 1));
        guest.write_u32(28, 2).unwrap();
        assert_eq!(guest.iovecs(8, 3, &mut room).err(), Some(Errno::Fault));
        assert_eq!(guest.iovecs(8, u32::MAX, &mut room).err(), Some(Errno::Fault));
        assert_eq!(guest.iovecs(u32::MAX - 7, 1, &mut room).err(), Some(Errno::Fault));
        assert_eq!(guest.iovecs(0xfff8, 2, &mut room).err(), Some(Errno::Fault));
        // More than the kernel takes: the first 1024 that are not empty.
        for index in 0..3000u32 {
            guest.write_u32(index * 8, index).unwrap();
            guest.write_u32(index * 8 + 4, index % 2).unwrap();
        }
        let list = guest.iovecs(0, 3000, &mut room).unwrap();
        assert_eq!(list.len(), IOV_MAX);
        assert_eq!(list[1023].base, base.wrapping_add(2047));
    }

    #[test]
    fn paths_are_text() {
        let mut memory = vec![b'a'; 10000];
        let guest = guest(&mut memory);
        let mut text = PathText::new();
        guest.path(0, 4095, &mut text).unwrap();
        assert_eq!(text.bytes().len(), 4095);
        assert_eq!(guest.path(0, 4096, &mut text), Err(Errno::Nametoolong));
        assert_eq!(guest.path(0, u32::MAX, &mut text), Err(Errno::Fault));
        guest.write_u8(2, 0).unwrap();
        assert_eq!(guest.path(0, 5, &mut text), Err(Errno::Inval));
        guest.write_u8(2, 0xff).unwrap();
        assert_eq!(guest.path(0, 5, &mut text), Err(Errno::Ilseq));
    }
}
