//! What is imported from the system's libraries (each a row of `imports.txt`), and its structures and numbers.

#![allow(dead_code)] // some numbers stand here for their neighbours

use core::ffi::c_void;

/// A kernel handle.
pub type Handle = *mut c_void;
/// No handle.
pub const INVALID: Handle = usize::MAX as Handle;
/// An NTSTATUS.
pub type Status = i32;

/// `UNICODE_STRING`.
#[repr(C)]
pub struct UnicodeString {
    pub len: u16,
    pub room: u16,
    pub text: *const u16,
}

/// `OBJECT_ATTRIBUTES`.
#[repr(C)]
pub struct ObjectAttributes {
    pub len: u32,
    pub root: Handle,
    pub name: *const UnicodeString,
    pub attributes: u32,
    pub security: *const c_void,
    pub quality: *const c_void,
}

/// `IO_STATUS_BLOCK`.
#[repr(C)]
#[derive(Default)]
pub struct IoStatus {
    pub status: usize,
    pub information: usize,
}

/// `MEMORY_BASIC_INFORMATION`.
#[repr(C)]
#[derive(Default)]
pub struct Region {
    pub base: usize,
    pub allocation: usize,
    pub allocation_protection: u32,
    pub partition: u32,
    pub len: usize,
    pub state: u32,
    pub protection: u32,
    pub kind: u32,
    pub padding: u32,
}

/// `EXCEPTION_RECORD`.
#[repr(C)]
pub struct ExceptionRecord {
    pub code: u32,
    pub flags: u32,
    pub next: *mut ExceptionRecord,
    pub address: usize,
    pub parameter_count: u32,
    pub parameters: [usize; 15],
}

/// `EXCEPTION_POINTERS`.
#[repr(C)]
pub struct ExceptionPointers {
    pub record: *mut ExceptionRecord,
    pub context: *mut crate::arch::SignalContext,
}

pub const STDIO: [u32; 3] = [-10i32 as u32, -11i32 as u32, -12i32 as u32];

pub const MEM_COMMIT: u32 = 0x1000;
pub const MEM_RESERVE: u32 = 0x2000;
pub const MEM_DECOMMIT: u32 = 0x4000;
pub const MEM_RELEASE: u32 = 0x8000;
pub const PAGE_NOACCESS: u32 = 1;
pub const PAGE_READONLY: u32 = 2;
pub const PAGE_READWRITE: u32 = 4;
pub const PAGE_GUARD: u32 = 0x100;

pub const FILE_READ_DATA: u32 = 1;
pub const FILE_WRITE_DATA: u32 = 2;
pub const FILE_READ_EA: u32 = 8;
pub const FILE_TRAVERSE: u32 = 0x20;
pub const FILE_DELETE_CHILD: u32 = 0x40;
pub const FILE_READ_ATTRIBUTES: u32 = 0x80;
pub const FILE_WRITE_ATTRIBUTES: u32 = 0x100;
pub const DELETE: u32 = 0x1_0000;
pub const SYNCHRONIZE: u32 = 0x10_0000;
pub const GENERIC_READ: u32 = 0x8000_0000;
pub const GENERIC_WRITE: u32 = 0x4000_0000;
pub const SHARE_ALL: u32 = 7;

pub const FILE_OPEN: u32 = 1;
pub const FILE_CREATE: u32 = 2;
pub const FILE_OPEN_IF: u32 = 3;

pub const FILE_DIRECTORY_FILE: u32 = 1;
pub const FILE_WRITE_THROUGH: u32 = 2;
pub const FILE_SYNCHRONOUS_IO_NONALERT: u32 = 0x20;
pub const FILE_NON_DIRECTORY_FILE: u32 = 0x40;
pub const FILE_OPEN_FOR_BACKUP_INTENT: u32 = 0x4000;
pub const FILE_OPEN_REPARSE_POINT: u32 = 0x20_0000;

pub const OBJ_CASE_INSENSITIVE: u32 = 0x40;

pub const ATTRIBUTE_READONLY: u32 = 1;
pub const ATTRIBUTE_DIRECTORY: u32 = 0x10;
pub const ATTRIBUTE_NORMAL: u32 = 0x80;
pub const ATTRIBUTE_REPARSE_POINT: u32 = 0x400;

pub const TAG_SYMLINK: u32 = 0xA000_000C;
pub const TAG_MOUNT_POINT: u32 = 0xA000_0003;

pub const FSCTL_SET_REPARSE_POINT: u32 = 0x9_00A4;
pub const FSCTL_GET_REPARSE_POINT: u32 = 0x9_00A8;

/// Information classes of files.
pub const BASIC_INFORMATION: u32 = 4;
pub const STANDARD_INFORMATION: u32 = 5;
pub const INTERNAL_INFORMATION: u32 = 6;
pub const RENAME_INFORMATION: u32 = 10;
pub const LINK_INFORMATION: u32 = 11;
pub const DISPOSITION_INFORMATION: u32 = 13;
pub const POSITION_INFORMATION: u32 = 14;
pub const ALLOCATION_INFORMATION: u32 = 19;
pub const END_OF_FILE_INFORMATION: u32 = 20;
pub const ATTRIBUTE_TAG_INFORMATION: u32 = 35;
pub const ID_BOTH_DIRECTORY_INFORMATION: u32 = 37;
pub const DISPOSITION_INFORMATION_EX: u32 = 64;
pub const RENAME_INFORMATION_EX: u32 = 65;

pub const FILE_TYPE_DISK: u32 = 1;
pub const FILE_TYPE_CHAR: u32 = 2;
pub const FILE_TYPE_PIPE: u32 = 3;

pub const LOAD_LIBRARY_SEARCH_SYSTEM32: u32 = 0x800;

unsafe extern "system" {
    pub fn AcquireSRWLockExclusive(lock: *mut usize);
    pub fn ReleaseSRWLockExclusive(lock: *mut usize);
    pub fn AddVectoredExceptionHandler(
        first: u32,
        handler: unsafe extern "system" fn(*mut ExceptionPointers) -> i32,
    ) -> *mut c_void;
    pub fn CreateFileW(
        name: *const u16,
        access: u32,
        share: u32,
        security: *const c_void,
        disposition: u32,
        flags: u32,
        template: Handle,
    ) -> Handle;
    pub fn CreateThread(
        security: *const c_void,
        stack: usize,
        start: unsafe extern "system" fn(*mut c_void) -> u32,
        data: *mut c_void,
        flags: u32,
        id: *mut u32,
    ) -> Handle;
    pub fn DuplicateHandle(
        from: Handle,
        handle: Handle,
        to: Handle,
        copy: *mut Handle,
        access: u32,
        inherit: i32,
        options: u32,
    ) -> i32;
    pub fn ExitProcess(code: u32) -> !;
    pub fn GetCommandLineW() -> *const u16;
    pub fn GetConsoleMode(handle: Handle, mode: *mut u32) -> i32;
    pub fn GetCurrentProcess() -> Handle;
    pub fn GetCurrentThread() -> Handle;
    pub fn GetCurrentThreadId() -> u32;
    pub fn GetEnvironmentStringsW() -> *const u16;
    pub fn GetFileType(handle: Handle) -> u32;
    pub fn GetLastError() -> u32;
    pub fn GetModuleHandleExW(flags: u32, name: *const (), library: *mut Handle) -> i32;
    pub fn GetNumberOfConsoleInputEvents(handle: Handle, count: *mut u32) -> i32;
    pub fn GetProcAddress(library: Handle, name: *const u8) -> *mut c_void;
    pub fn GetProcessTimes(handle: Handle, times0: *mut u64, times1: *mut u64, kernel: *mut u64, user: *mut u64)
    -> i32;
    pub fn GetStdHandle(which: u32) -> Handle;
    pub fn GetSystemTimePreciseAsFileTime(time: *mut u64);
    pub fn GetThreadContext(thread: Handle, context: *mut crate::arch::SignalContext) -> i32;
    pub fn GetThreadTimes(handle: Handle, times0: *mut u64, times1: *mut u64, kernel: *mut u64, user: *mut u64) -> i32;
    pub fn LoadLibraryExW(name: *const u16, file: Handle, flags: u32) -> Handle;
    pub fn PeekNamedPipe(
        pipe: Handle,
        buffer: *mut u8,
        room: u32,
        read: *mut u32,
        available: *mut u32,
        left: *mut u32,
    ) -> i32;
    pub fn QueryPerformanceCounter(count: *mut u64) -> i32;
    pub fn QueryPerformanceFrequency(count: *mut u64) -> i32;
    pub fn ReadConsoleW(handle: Handle, buffer: *mut u16, len: u32, read: *mut u32, control: *const c_void) -> i32;
    pub fn ReadFile(handle: Handle, buffer: *mut u8, len: u32, read: *mut u32, overlapped: *mut c_void) -> i32;
    pub fn ResumeThread(thread: Handle) -> u32;
    pub fn Sleep(milliseconds: u32);
    pub fn SetThreadContext(thread: Handle, context: *const crate::arch::SignalContext) -> i32;
    pub fn SetThreadStackGuarantee(bytes: *mut u32) -> i32;
    pub fn SuspendThread(thread: Handle) -> u32;
    pub fn SwitchToThread() -> i32;
    pub fn TlsAlloc() -> u32;
    pub fn TlsGetValue(slot: u32) -> *mut u8;
    pub fn TlsSetValue(slot: u32, value: *mut u8) -> i32;
    pub fn VirtualAlloc(address: *mut u8, len: usize, kind: u32, protection: u32) -> *mut u8;
    pub fn VirtualFree(address: *mut u8, len: usize, kind: u32) -> i32;
    pub fn VirtualProtect(address: *mut u8, len: usize, protection: u32, old: *mut u32) -> i32;
    pub fn VirtualQuery(address: *const u8, region: *mut Region, len: usize) -> usize;
    pub fn WriteConsoleW(handle: Handle, text: *const u16, len: u32, written: *mut u32, reserved: *const c_void)
    -> i32;
    pub fn WriteFile(handle: Handle, buffer: *const u8, len: u32, written: *mut u32, overlapped: *mut c_void) -> i32;

    pub fn RtlCaptureContext(context: *mut crate::arch::SignalContext);
    pub fn RtlLookupFunctionEntry(pc: usize, image: *mut usize, history: *mut c_void) -> *mut c_void;
    pub fn RtlVirtualUnwind(
        handler_kind: u32,
        image: usize,
        pc: usize,
        function: *mut c_void,
        context: *mut crate::arch::SignalContext,
        data: *mut *mut c_void,
        establisher: *mut usize,
        pointers: *mut c_void,
    ) -> *mut c_void;

    pub fn NtClose(handle: Handle) -> Status;
    pub fn NtCreateFile(
        handle: *mut Handle,
        access: u32,
        attributes: *const ObjectAttributes,
        io: *mut IoStatus,
        size: *const i64,
        file_attributes: u32,
        share: u32,
        disposition: u32,
        options: u32,
        ea: *const c_void,
        ea_len: u32,
    ) -> Status;
    pub fn NtDelayExecution(alertable: u8, interval: *const i64) -> Status;
    pub fn NtFlushBuffersFile(handle: Handle, io: *mut IoStatus) -> Status;
    pub fn NtFsControlFile(
        handle: Handle,
        event: Handle,
        routine: *const c_void,
        context: *const c_void,
        io: *mut IoStatus,
        code: u32,
        input: *const c_void,
        input_len: u32,
        output: *mut c_void,
        output_len: u32,
    ) -> Status;
    pub fn NtQueryDirectoryFile(
        handle: Handle,
        event: Handle,
        routine: *const c_void,
        context: *const c_void,
        io: *mut IoStatus,
        buffer: *mut u8,
        len: u32,
        class: u32,
        single: u8,
        pattern: *const UnicodeString,
        restart: u8,
    ) -> Status;
    pub fn NtQueryInformationFile(
        handle: Handle,
        io: *mut IoStatus,
        buffer: *mut c_void,
        len: u32,
        class: u32,
    ) -> Status;
    pub fn NtQueryVolumeInformationFile(
        handle: Handle,
        io: *mut IoStatus,
        buffer: *mut c_void,
        len: u32,
        class: u32,
    ) -> Status;
    pub fn NtReadFile(
        handle: Handle,
        event: Handle,
        routine: *const c_void,
        context: *const c_void,
        io: *mut IoStatus,
        buffer: *mut u8,
        len: u32,
        offset: *const i64,
        key: *const u32,
    ) -> Status;
    pub fn NtSetInformationFile(
        handle: Handle,
        io: *mut IoStatus,
        buffer: *const c_void,
        len: u32,
        class: u32,
    ) -> Status;
    pub fn NtWriteFile(
        handle: Handle,
        event: Handle,
        routine: *const c_void,
        context: *const c_void,
        io: *mut IoStatus,
        buffer: *const u8,
        len: u32,
        offset: *const i64,
        key: *const u32,
    ) -> Status;
}
