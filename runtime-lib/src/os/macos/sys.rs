//! What is imported from libSystem, and nothing else. Structures are those of the 64-bit headers; numbers stand beside
//! what uses them.

use super::clock::Timespec;
use super::fs::IoVec;
use super::poll::PollFd;
use core::ffi::c_char;

pub use crate::arch::{fstat, fstatat};

unsafe extern "C" {
    pub fn __error() -> *mut i32;
    pub fn __getdirentries64(fd: i32, room: *mut u8, len: usize, position: *mut i64) -> isize;
    pub fn _exit(status: i32) -> !;
    pub fn accept(fd: i32, name: *mut u8, len: *mut u32) -> i32;
    pub fn bind(fd: i32, name: *const u8, len: u32) -> i32;
    pub fn clock_getres(clock: i32, time: *mut Timespec) -> i32;
    pub fn clock_gettime(clock: i32, time: *mut Timespec) -> i32;
    pub fn close(fd: i32) -> i32;
    pub fn fcntl(fd: i32, command: i32, ...) -> i32;
    pub fn fsync(fd: i32) -> i32;
    pub fn ftruncate(fd: i32, len: i64) -> i32;
    pub fn futimens(fd: i32, times: *const [super::fs::Timespec; 2]) -> i32;
    pub fn getentropy(room: *mut u8, len: usize) -> i32;
    pub fn getpid() -> i32;
    pub fn ioctl(fd: i32, request: u64, ...) -> i32;
    pub fn isatty(fd: i32) -> i32;
    pub fn linkat(old_at: i32, old: *const c_char, new_at: i32, new: *const c_char, flags: i32) -> i32;
    pub fn listen(fd: i32, backlog: i32) -> i32;
    pub fn lseek(fd: i32, offset: i64, whence: i32) -> i64;
    pub fn mkdirat(at: i32, path: *const c_char, mode: u16) -> i32;
    pub fn mmap(address: *mut u8, len: usize, protection: i32, flags: i32, fd: i32, offset: i64) -> *mut u8;
    pub fn mprotect(address: *mut u8, len: usize, protection: i32) -> i32;
    pub fn munmap(address: *mut u8, len: usize) -> i32;
    pub fn openat(at: i32, path: *const c_char, flags: i32, ...) -> i32;
    pub fn poll(fds: *mut PollFd, count: u32, milliseconds: i32) -> i32;
    pub fn pread(fd: i32, room: *mut u8, len: usize, offset: i64) -> isize;
    pub fn pthread_sigmask(how: i32, set: *const u32, old: *mut u32) -> i32;
    pub fn pwrite(fd: i32, bytes: *const u8, len: usize, offset: i64) -> isize;
    pub fn raise(signal: i32) -> i32;
    pub fn read(fd: i32, room: *mut u8, len: usize) -> isize;
    pub fn readlink(path: *const c_char, room: *mut u8, len: usize) -> isize;
    pub fn readlinkat(at: i32, path: *const c_char, room: *mut u8, len: usize) -> isize;
    pub fn readv(fd: i32, buffers: *const IoVec, count: i32) -> isize;
    pub fn recvmsg(fd: i32, message: *mut super::net::Message, flags: i32) -> isize;
    pub fn renameat(old_at: i32, old: *const c_char, new_at: i32, new: *const c_char) -> i32;
    pub fn sched_yield() -> i32;
    pub fn sendmsg(fd: i32, message: *const super::net::Message, flags: i32) -> isize;
    pub fn setitimer(which: i32, new: *const [u64; 4], old: *mut [u64; 4]) -> i32;
    pub fn setsockopt(fd: i32, level: i32, name: i32, value: *const i32, len: u32) -> i32;
    pub fn shutdown(fd: i32, how: i32) -> i32;
    pub fn sigaction(signal: i32, new: *const super::process::Action, old: *mut super::process::Action) -> i32;
    pub fn sigaltstack(new: *const super::process::SignalStack, old: *mut super::process::SignalStack) -> i32;
    pub fn socket(family: i32, kind: i32, protocol: i32) -> i32;
    pub fn symlinkat(target: *const c_char, at: i32, path: *const c_char) -> i32;
    pub fn unlinkat(at: i32, path: *const c_char, flags: i32) -> i32;
    pub fn utimensat(at: i32, path: *const c_char, times: *const [super::fs::Timespec; 2], flags: i32) -> i32;
    pub fn write(fd: i32, bytes: *const u8, len: usize) -> isize;
    pub fn writev(fd: i32, buffers: *const IoVec, count: i32) -> isize;
}
