//! WASI preview 1: the 46 functions of `wasi_snapshot_preview1`, with their core wasm signatures.
//!
//! The runtime defines `wasmaot_p1_<name>` as `extern "C"`. Its first parameter is a `*mut HostContext`
//! ([`crate::program::HostContext`]), then come the wasm parameters as listed. Every function but `proc_exit` returns
//! an errno as i32.

use crate::Type::{self, *};

/// Module name that programs import.
pub const MODULE: &str = "wasi_snapshot_preview1";
/// Older module name with the same functions but for `fd_seek`'s whence and `filestat`'s layout; refused with a hint.
pub const MODULE_UNSTABLE: &str = "wasi_unstable";
/// Prefix of the runtime's symbols.
pub const SYMBOL_PREFIX: &str = "wasmaot_p1_";

/// One function: name, wasm parameters, and whether it returns an errno.
#[derive(Clone, Copy, Debug)]
pub struct Row {
    /// Name in the import.
    pub name: &'static str,
    /// Link symbol in the runtime.
    pub symbol: &'static str,
    /// wasm parameters.
    pub params: &'static [Type],
    /// wasm result, an errno, but for `proc_exit`.
    pub result: Option<Type>,
}

macro_rules! rows {
    ($($name:literal ( $($param:ident)* ) $(-> $result:ident)?;)*) => {
        /// All functions, sorted by name.
        pub const FUNCTIONS: &[Row] = &[$(Row {
            name: $name,
            symbol: concat!("wasmaot_p1_", $name),
            params: &[$($param),*],
            result: rows!(@ $($result)?),
        }),*];
    };
    (@) => { None };
    (@ $result:ident) => { Some($result) };
}

rows! {
    "args_get" (I32 I32) -> I32;
    "args_sizes_get" (I32 I32) -> I32;
    "clock_res_get" (I32 I32) -> I32;
    "clock_time_get" (I32 I64 I32) -> I32;
    "environ_get" (I32 I32) -> I32;
    "environ_sizes_get" (I32 I32) -> I32;
    "fd_advise" (I32 I64 I64 I32) -> I32;
    "fd_allocate" (I32 I64 I64) -> I32;
    "fd_close" (I32) -> I32;
    "fd_datasync" (I32) -> I32;
    "fd_fdstat_get" (I32 I32) -> I32;
    "fd_fdstat_set_flags" (I32 I32) -> I32;
    "fd_fdstat_set_rights" (I32 I64 I64) -> I32;
    "fd_filestat_get" (I32 I32) -> I32;
    "fd_filestat_set_size" (I32 I64) -> I32;
    "fd_filestat_set_times" (I32 I64 I64 I32) -> I32;
    "fd_pread" (I32 I32 I32 I64 I32) -> I32;
    "fd_prestat_dir_name" (I32 I32 I32) -> I32;
    "fd_prestat_get" (I32 I32) -> I32;
    "fd_pwrite" (I32 I32 I32 I64 I32) -> I32;
    "fd_read" (I32 I32 I32 I32) -> I32;
    "fd_readdir" (I32 I32 I32 I64 I32) -> I32;
    "fd_renumber" (I32 I32) -> I32;
    "fd_seek" (I32 I64 I32 I32) -> I32;
    "fd_sync" (I32) -> I32;
    "fd_tell" (I32 I32) -> I32;
    "fd_write" (I32 I32 I32 I32) -> I32;
    "path_create_directory" (I32 I32 I32) -> I32;
    "path_filestat_get" (I32 I32 I32 I32 I32) -> I32;
    "path_filestat_set_times" (I32 I32 I32 I32 I64 I64 I32) -> I32;
    "path_link" (I32 I32 I32 I32 I32 I32 I32) -> I32;
    "path_open" (I32 I32 I32 I32 I32 I64 I64 I32 I32) -> I32;
    "path_readlink" (I32 I32 I32 I32 I32 I32) -> I32;
    "path_remove_directory" (I32 I32 I32) -> I32;
    "path_rename" (I32 I32 I32 I32 I32 I32) -> I32;
    "path_symlink" (I32 I32 I32 I32 I32) -> I32;
    "path_unlink_file" (I32 I32 I32) -> I32;
    "poll_oneoff" (I32 I32 I32 I32) -> I32;
    "proc_exit" (I32);
    "proc_raise" (I32) -> I32;
    "random_get" (I32 I32) -> I32;
    "sched_yield" () -> I32;
    "sock_accept" (I32 I32 I32) -> I32;
    "sock_recv" (I32 I32 I32 I32 I32 I32) -> I32;
    "sock_send" (I32 I32 I32 I32 I32) -> I32;
    "sock_shutdown" (I32 I32) -> I32;
}

/// The function of this name, if preview 1 has it.
pub fn find(name: &str) -> Option<usize> {
    FUNCTIONS.binary_search_by(|row| row.name.cmp(name)).ok()
}
