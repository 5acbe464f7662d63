//! Stream sockets, over `ws2_32`, which is loaded when a program is granted one: most are not.

use super::fs::IoVec;
use super::handles::{self, Kind};
use super::sys::{GetProcAddress, LOAD_LIBRARY_SEARCH_SYSTEM32, LoadLibraryExW};
use super::{Errno, text};
use core::ffi::c_void;
use core::ptr::{null, null_mut};
use core::sync::atomic::{AtomicUsize, Ordering};
use wasmaot_abi::grant_text::Address;

const AF_INET: u16 = 2;
const AF_INET6: u16 = 23;
const BACKLOG: i32 = 4096;
const INVALID: usize = usize::MAX;

/// [`receive`]: leave the bytes there.
pub const MSG_PEEK: u32 = 2;
/// [`receive`]: wait until the buffers are full.
pub const MSG_WAITALL: u32 = 0x100;
/// Answer of [`receive`]: there was more in the datagram than fits.
pub const MSG_TRUNC: u32 = 0x20;
const SYSTEM_WAITALL: u32 = 8;

/// A buffer as the library has it.
#[repr(C)]
struct Buffer {
    len: u32,
    base: *mut u8,
}

/// The library's functions.
macro_rules! library {
    ($($name:ident($($param:ident: $type:ty),*) -> $result:ty;)*) => {
        #[allow(non_snake_case)]
        struct Library {
            $($name: unsafe extern "system" fn($($param: $type),*) -> $result,)*
        }

        impl Library {
            /// # Safety
            /// The handle must be the library's.
            unsafe fn find(library: *mut c_void) -> Option<Library> {
                // SAFETY: the caller's; the functions have these types.
                unsafe {
                    Some(Library {
                        $($name: {
                            let address = GetProcAddress(library, concat!(stringify!($name), "\0").as_ptr());
                            if address.is_null() {
                                return None;
                            }
                            core::mem::transmute::<*mut c_void, unsafe extern "system" fn($($param: $type),*) -> $result>(address)
                        },)*
                    })
                }
            }
        }
    };
}

library! {
    WSAStartup(version: u16, data: *mut u8) -> i32;
    WSAGetLastError() -> i32;
    WSASocketW(family: i32, kind: i32, protocol: i32, info: *const c_void, group: u32, flags: u32) -> usize;
    WSARecv(socket: usize, buffers: *const Buffer, count: u32, done: *mut u32, flags: *mut u32, overlapped: *mut c_void, routine: *const c_void) -> i32;
    WSASend(socket: usize, buffers: *const Buffer, count: u32, done: *mut u32, flags: u32, overlapped: *mut c_void, routine: *const c_void) -> i32;
    WSAPoll(fds: *mut SocketPoll, count: u32, timeout: i32) -> i32;
    accept(socket: usize, name: *mut u8, len: *mut i32) -> usize;
    bind(socket: usize, name: *const u8, len: i32) -> i32;
    closesocket(socket: usize) -> i32;
    ioctlsocket(socket: usize, request: i32, value: *mut u32) -> i32;
    listen(socket: usize, backlog: i32) -> i32;
    shutdown(socket: usize, how: i32) -> i32;
    setsockopt(socket: usize, level: i32, name: i32, value: *const u8, len: i32) -> i32;
}

/// `WSAPOLLFD`.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct SocketPoll {
    /// The socket.
    pub socket: usize,
    /// What to wait for.
    pub events: i16,
    /// What has come.
    pub revents: i16,
}

static LIBRARY: AtomicUsize = AtomicUsize::new(0);

/// The library, loaded and started at the first call.
fn library() -> Result<&'static Library, Errno> {
    let known = LIBRARY.load(Ordering::Relaxed) as *const Library;
    // SAFETY: stored below, leaked.
    if let Some(library) = unsafe { known.as_ref() } {
        return Ok(library);
    }
    const NAME: [u16; 11] = text::wide(b"ws2_32.dll");
    // SAFETY: the name ends with NUL; the structure that the library fills has 408 bytes.
    unsafe {
        let handle = LoadLibraryExW(NAME.as_ptr(), null_mut(), LOAD_LIBRARY_SEARCH_SYSTEM32);
        if handle.is_null() {
            return Err(super::fs::ENOSYS);
        }
        let library = Library::find(handle).ok_or(super::fs::ENOSYS)?;
        let mut data = [0u64; 64];
        if (library.WSAStartup)(0x202, data.as_mut_ptr().cast()) != 0 {
            return Err(super::fs::ENOSYS);
        }
        let library: &'static Library = alloc::boxed::Box::leak(alloc::boxed::Box::new(library));
        LIBRARY.store(&raw const *library as usize, Ordering::Relaxed);
        Ok(library)
    }
}

/// The last error of the library, as Linux numbers it.
fn last(library: &Library) -> Errno {
    // SAFETY: reads a number of the thread.
    let error = unsafe { (library.WSAGetLastError)() };
    Errno(match error {
        10004 => 4,
        10009 | 10038 => 9,
        10013 => 13,
        10014 => 14,
        10022 => 22,
        10024 => 24,
        10035 => 11,
        10047 => 97,
        10048 => 98,
        10049 => 99,
        10050 => 100,
        10051 => 101,
        // Connections that are gone: as after a send on Linux.
        10052..=10054 => 104,
        10055 => 105,
        10057 => 107,
        10058 => 32,
        10060 => 110,
        10061 => 111,
        10045 => 95,
        _ => 5,
    })
}

/// Makes a socket that listens on the address.
pub fn listen(address: &Address) -> Result<i32, Errno> {
    const OVERLAPPED_NOT_INHERITED: u32 = 0x81;
    const EXCLUSIVE: i32 = -5;
    let library = library()?;
    let family = if address.v6 { AF_INET6 } else { AF_INET };
    let ([f0, f1], [p0, p1]) = (family.to_ne_bytes(), address.port.to_be_bytes());
    let mut name = [0u8; 28];
    let (head, ip) = name.split_at_mut(if address.v6 { 8 } else { 4 });
    let head_bytes = [f0, f1, p0, p1];
    head.iter_mut().zip(head_bytes).for_each(|(to, from)| *to = from);
    ip.iter_mut().zip(address.ip).for_each(|(to, from)| *to = from);
    let len = if address.v6 { 28 } else { 16 };
    let on = 1i32;
    // SAFETY: the library reads the option and the name, which live here.
    unsafe {
        let socket = (library.WSASocketW)(i32::from(family), 1, 0, null(), 0, OVERLAPPED_NOT_INHERITED);
        if socket == INVALID {
            return Err(last(library));
        }
        // Without this others could take the address too.
        (library.setsockopt)(socket, 0xffff, EXCLUSIVE, (&raw const on).cast(), 4);
        if (library.bind)(socket, name.as_ptr(), len) != 0 || (library.listen)(socket, BACKLOG) != 0 {
            let error = last(library);
            close(socket);
            return Err(error);
        }
        handles::add(socket as *mut c_void, Kind::Socket, 0)
    }
}

/// The socket of a descriptor.
fn socket(fd: i32) -> Result<usize, Errno> {
    handles::with(fd, |slot| if slot.kind == Kind::Socket { Ok(slot.handle as usize) } else { Err(Errno(88)) })
}

/// Closes a socket.
pub fn close(socket: usize) {
    if let Ok(library) = library() {
        // SAFETY: touches no memory.
        unsafe { (library.closesocket)(socket) };
    }
}

/// Makes calls on a socket wait, or not.
pub fn set_nonblocking(socket: usize, on: bool) -> Result<(), Errno> {
    const FIONBIO: i32 = 0x8004_667eu32 as i32;
    let library = library()?;
    let mut value = u32::from(on);
    // SAFETY: the library reads the number.
    if unsafe { (library.ioctlsocket)(socket, FIONBIO, &mut value) } == 0 { Ok(()) } else { Err(last(library)) }
}

/// Accepts a connection.
pub fn accept(fd: i32, nonblocking: bool) -> Result<i32, Errno> {
    let (library, listener) = (library()?, socket(fd)?);
    // SAFETY: no address is asked for.
    let accepted = unsafe { (library.accept)(listener, null_mut(), null_mut()) };
    if accepted == INVALID {
        return Err(last(library));
    }
    // A connection begins as its listener is.
    set_nonblocking(accepted, nonblocking)?;
    handles::add(accepted as *mut c_void, Kind::Socket, 0)
}

/// Most buffers of one call.
const MOST_BUFFERS: usize = 64;

/// The buffers as the library has them; their number.
fn buffers(from: &[IoVec], room: &mut [Buffer; MOST_BUFFERS]) -> u32 {
    let mut count = 0;
    for (to, from) in room.iter_mut().zip(from) {
        *to = Buffer { len: from.len.min(1 << 30) as u32, base: from.base };
        count += 1;
    }
    count
}

/// Receives into the buffers; the number of bytes and the `MSG_*` flags of what came.
///
/// # Safety
/// The buffers must be writable.
pub unsafe fn receive(fd: i32, to: &[IoVec], flags: u32) -> Result<(usize, u32), Errno> {
    let socket = socket(fd)?;
    // SAFETY: the caller's.
    unsafe { receive_raw(socket, to, flags) }
}

/// # Safety
/// The buffers must be writable.
pub unsafe fn receive_raw(socket: usize, to: &[IoVec], flags: u32) -> Result<(usize, u32), Errno> {
    let library = library()?;
    let mut room = [const { Buffer { len: 0, base: null_mut() } }; MOST_BUFFERS];
    let count = buffers(to, &mut room);
    let (mut done, mut system) = (0, flags & MSG_PEEK);
    if flags & MSG_WAITALL != 0 {
        system |= SYSTEM_WAITALL;
    }
    // SAFETY: the caller's; the library writes the numbers.
    let result = unsafe { (library.WSARecv)(socket, room.as_ptr(), count, &mut done, &mut system, null_mut(), null()) };
    match result {
        0 => Ok((done as usize, 0)),
        _ => match last(library) {
            // This end was shut down for receiving: the end, as on Linux.
            Errno(32) => Ok((0, 0)),
            errno => Err(errno),
        },
    }
}

/// Sends the buffers; the number of bytes taken.
///
/// # Safety
/// The buffers must be readable.
pub unsafe fn send(fd: i32, from: &[IoVec]) -> Result<usize, Errno> {
    let socket = socket(fd)?;
    // SAFETY: the caller's.
    unsafe { send_raw(socket, from) }
}

/// # Safety
/// The buffers must be readable.
pub unsafe fn send_raw(socket: usize, from: &[IoVec]) -> Result<usize, Errno> {
    let library = library()?;
    let mut room = [const { Buffer { len: 0, base: null_mut() } }; MOST_BUFFERS];
    let count = buffers(from, &mut room);
    let mut done = 0;
    // SAFETY: the caller's; the library writes the number.
    match unsafe { (library.WSASend)(socket, room.as_ptr(), count, &mut done, 0, null_mut(), null()) } {
        0 => Ok(done as usize),
        _ => match last(library) {
            Errno(104) => Err(Errno(32)),
            errno => Err(errno),
        },
    }
}

/// Ends reading (`how` 0), writing (1) or both (2).
pub fn shutdown(fd: i32, how: u32) -> Result<(), Errno> {
    let (library, socket) = (library()?, socket(fd)?);
    // SAFETY: touches no memory.
    if unsafe { (library.shutdown)(socket, how as i32) } == 0 { Ok(()) } else { Err(last(library)) }
}

/// Asks what has come for sockets, without waiting.
pub fn poll(fds: &mut [SocketPoll]) -> Result<(), Errno> {
    let library = library()?;
    // SAFETY: the library reads and writes the slice.
    if unsafe { (library.WSAPoll)(fds.as_mut_ptr(), fds.len() as u32, 0) } < 0 { Err(last(library)) } else { Ok(()) }
}

/// Bytes that can be received now.
pub fn readable_bytes(socket: usize) -> Result<usize, Errno> {
    const FIONREAD: i32 = 0x4004_667f;
    let library = library()?;
    let mut value = 0;
    // SAFETY: the library writes the number.
    if unsafe { (library.ioctlsocket)(socket, FIONREAD, &mut value) } == 0 {
        Ok(value as usize)
    } else {
        Err(last(library))
    }
}
