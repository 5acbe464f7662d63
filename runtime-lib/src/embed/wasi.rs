//! `wasmaot_wasi_config`: what an instance's WASI functions may do, and the state that is opened from it.

use super::call::{self, Calling};
use crate::os::library::HostStream;
use crate::os::{Errno, fs};
use crate::wasi::host::fd::{Callback, Entry, Handle, Kind};
use crate::wasi::host::launch::{Launch, Owned};
use crate::wasi::host::state::{Hooks, Wasi};
use crate::wasi::p1::{fd, types::rights};
use alloc::borrow::Cow;
use alloc::boxed::Box;
use alloc::ffi::CString;
use alloc::vec::Vec;
use core::ffi::{CStr, c_char};

/// `wasmaot_wasi_config`
#[derive(Debug, Default)]
pub struct Config {
    launch: Owned,
    folders: Vec<Folder>,
    streams: [Stream; 3],
    hooks: Hooks,
}

#[derive(Debug)]
struct Folder {
    host: CString,
    guest: Vec<u8>,
    read_only: bool,
}

/// What a standard stream is.
#[derive(Clone, Copy, Debug, Default)]
pub enum Stream {
    /// Nothing: as `/dev/null`.
    #[default]
    Null,
    /// One of the host's, which stays the host's.
    Host(HostStream),
    /// Functions of the host.
    Callback(Callback),
}

/// The functions of the host that an instance's WASI functions call, each through a function of ours that notes it.
#[derive(Debug)]
pub struct Callbacks {
    calling: Calling,
    streams: [Option<Callback>; 3],
    hooks: Hooks,
}

impl Callbacks {
    /// Runs a function of the host.
    ///
    /// # Safety
    /// `context` must be that of a running WASI function's instance.
    unsafe fn run<T>(context: *mut u8, function: impl FnOnce(&Callbacks) -> T) -> T {
        let own: *mut Callbacks = context.cast();
        // SAFETY: the caller vouches. The function only reads what does not change, beside `calling`.
        unsafe {
            let (streams, hooks) = ((*own).streams, (*own).hooks);
            let copy = Callbacks { calling: Calling::NONE, streams, hooks };
            call::call_host(&raw mut (*own).calling, || function(&copy))
        }
    }
}

/// Calls a stream's function.
unsafe extern "C" fn stream<const NUMBER: usize>(context: *mut u8, bytes: *mut u8, length: usize) -> i64 {
    // SAFETY: WASI's functions pass on what `open` gave them; the embedder's promise on its function.
    unsafe {
        Callbacks::run(context, |own| {
            own.streams[NUMBER].map_or(-1, |callback| (callback.function)(callback.context, bytes, length))
        })
    }
}

/// Calls the clock.
unsafe extern "C" fn clock(context: *mut u8, id: u32) -> u64 {
    // SAFETY: as for `stream`.
    unsafe { Callbacks::run(context, |own| own.hooks.clock.map_or(0, |(clock, context)| clock(context, id))) }
}

/// Calls the source of random bytes.
unsafe extern "C" fn random(context: *mut u8, bytes: *mut u8, length: usize) {
    // SAFETY: as for `stream`.
    unsafe {
        Callbacks::run(context, |own| {
            if let Some((random, context)) = own.hooks.random {
                random(context, bytes, length);
            }
        })
    }
}

/// `WASMAOT_WASI_READ_ONLY`
const READ_ONLY: u32 = 1;

/// The state of an instance's WASI functions, and what they call.
pub type Opened = (Box<Wasi>, Box<Callbacks>);

/// Opens what a configuration grants; on failure, what could not be had.
pub fn open(config: Option<&Config>) -> Result<Opened, (Vec<u8>, Errno)> {
    let nothing = Config::default();
    let config = config.unwrap_or(&nothing);
    let mut wasi = Box::new(Wasi::new());
    let calling = Calling { busy: &raw mut wasi.busy, ..Calling::NONE };
    let mut callbacks = Box::new(Callbacks { calling, streams: [None; 3], hooks: config.hooks });
    let context: *mut u8 = (&raw mut *callbacks).cast();
    let thunks: [unsafe extern "C" fn(*mut u8, *mut u8, usize) -> i64; 3] = [stream::<0>, stream::<1>, stream::<2>];
    for (number, stream) in config.streams.iter().enumerate() {
        let mut stream = *stream;
        if let Stream::Callback(callback) = stream {
            callbacks.streams[number] = Some(callback);
            stream = Stream::Callback(Callback { function: thunks[number], context });
        }
        let name: &[u8] = if let Stream::Host(_) = stream { b"a standard stream" } else { b"/dev/null" };
        let entry = stream_entry(number, stream).map_err(|errno| (name.to_vec(), errno))?;
        wasi.fds.insert(entry).map_err(|errno| (b"a standard stream".to_vec(), errno))?;
    }
    for folder in &config.folders {
        let fail = |errno| (folder.host.as_bytes().to_vec(), errno);
        let host = fs::openat(fs::AT_FDCWD, &folder.host, fs::O_RDONLY | fs::O_DIRECTORY, 0).map_err(fail)?;
        let entry = fd::preopen(Handle::own(host), Cow::Owned(folder.guest.clone()), folder.read_only);
        wasi.fds.insert(entry).map_err(fail)?;
    }
    wasi.launch = Launch { owned: Some(config.launch.clone()), ..Launch::NONE };
    wasi.hooks = Hooks {
        exit: Some(call::exit),
        busy: Some(call::busy),
        clock: config.hooks.clock.map(|_| (clock as unsafe extern "C" fn(_, _) -> _, context)),
        random: config.hooks.random.map(|_| (random as unsafe extern "C" fn(_, _, _), context)),
    };
    Ok((wasi, callbacks))
}

fn stream_entry(number: usize, stream: Stream) -> Result<Entry, Errno> {
    let null = || fs::openat(fs::AT_FDCWD, c"/dev/null", fs::O_RDWR, 0).map(Handle::own);
    let right = if number == 0 { rights::FD_READ } else { rights::FD_WRITE };
    Ok(match stream {
        Stream::Null => fd::entry(Kind::Stdio, null()?, right, right),
        Stream::Host(host) => {
            let (host, own) = host.open()?;
            fd::entry(Kind::Stdio, if own { Handle::own(host) } else { Handle::borrow(host) }, right, right)
        }
        Stream::Callback(callback) => {
            // Waiting for it ends at once, as for this file.
            Entry { callback: Some(callback), ..fd::entry(Kind::Stdio, null()?, right, right) }
        }
    })
}

/// `wasmaot_wasi_config_new`
#[unsafe(no_mangle)]
pub extern "C" fn wasmaot_wasi_config_new() -> *mut Config {
    Box::into_raw(Box::default())
}

/// `wasmaot_wasi_config_delete`
///
/// # Safety
/// Null, or a configuration that nobody uses any more.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wasmaot_wasi_config_delete(config: *mut Config) {
    if !config.is_null() {
        // SAFETY: the caller vouches.
        drop(unsafe { Box::from_raw(config) });
    }
}

/// A copy of a text.
///
/// # Safety
/// Null or NUL-terminated.
unsafe fn copy(text: *const c_char) -> CString {
    if text.is_null() {
        return CString::default();
    }
    // SAFETY: the caller vouches.
    unsafe { CStr::from_ptr(text) }.into()
}

/// `wasmaot_wasi_config_arg`
///
/// # Safety
/// A valid configuration, a NUL-terminated text.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wasmaot_wasi_config_arg(config: *mut Config, argument: *const c_char) {
    // SAFETY: the caller vouches.
    unsafe { (*config).launch.arguments.push(copy(argument).into_bytes()) }
}

/// `wasmaot_wasi_config_env`
///
/// # Safety
/// A valid configuration, NUL-terminated texts.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wasmaot_wasi_config_env(config: *mut Config, name: *const c_char, value: *const c_char) {
    // SAFETY: the caller vouches.
    unsafe {
        let mut variable = copy(name).into_bytes();
        variable.push(b'=');
        variable.extend_from_slice(copy(value).as_bytes());
        (*config).launch.environment.push(variable);
    }
}

/// `wasmaot_wasi_config_dir`
///
/// # Safety
/// A valid configuration, NUL-terminated texts.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wasmaot_wasi_config_dir(
    config: *mut Config,
    host: *const c_char,
    guest: *const c_char,
    flags: u32,
) {
    // SAFETY: the caller vouches.
    unsafe {
        let folder = Folder { host: copy(host), guest: copy(guest).into_bytes(), read_only: flags & READ_ONLY != 0 };
        (*config).folders.push(folder);
    }
}

/// Sets a standard stream; nothing if there is none of this number.
///
/// # Safety
/// A valid configuration; what the stream is must stay as long as instances use it.
pub unsafe fn set_stream(config: *mut Config, number: i32, stream: Stream) {
    // SAFETY: the caller vouches.
    if let Some(slot) = unsafe { (*config).streams.get_mut(number as usize) } {
        *slot = stream;
    }
}

/// `wasmaot_wasi_config_inherit_stdio`
///
/// # Safety
/// A valid configuration.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wasmaot_wasi_config_inherit_stdio(config: *mut Config) {
    // SAFETY: the caller vouches.
    unsafe { (*config).streams = [0, 1, 2].map(|number| Stream::Host(HostStream::standard(number))) }
}

/// `wasmaot_wasi_config_stdin`
///
/// # Safety
/// A valid configuration; the function must be callable with the context as long as instances use it.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wasmaot_wasi_config_stdin(
    config: *mut Config,
    read: unsafe extern "C" fn(*mut u8, *mut u8, usize) -> i64,
    context: *mut u8,
) {
    // SAFETY: the caller vouches.
    unsafe { (*config).streams[0] = Stream::Callback(Callback { function: read, context }) }
}

/// `wasmaot_wasi_config_stdout`
///
/// # Safety
/// As for `stdin`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wasmaot_wasi_config_stdout(
    config: *mut Config,
    write: unsafe extern "C" fn(*mut u8, *mut u8, usize) -> i64,
    context: *mut u8,
) {
    // SAFETY: the caller vouches.
    unsafe { (*config).streams[1] = Stream::Callback(Callback { function: write, context }) }
}

/// `wasmaot_wasi_config_stderr`
///
/// # Safety
/// As for `stdin`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wasmaot_wasi_config_stderr(
    config: *mut Config,
    write: unsafe extern "C" fn(*mut u8, *mut u8, usize) -> i64,
    context: *mut u8,
) {
    // SAFETY: the caller vouches.
    unsafe { (*config).streams[2] = Stream::Callback(Callback { function: write, context }) }
}

/// `wasmaot_wasi_config_clock`
///
/// # Safety
/// As for `stdin`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wasmaot_wasi_config_clock(
    config: *mut Config,
    clock: unsafe extern "C" fn(*mut u8, u32) -> u64,
    context: *mut u8,
) {
    // SAFETY: the caller vouches.
    unsafe { (*config).hooks.clock = Some((clock, context)) }
}

/// `wasmaot_wasi_config_random`
///
/// # Safety
/// As for `stdin`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wasmaot_wasi_config_random(
    config: *mut Config,
    random: unsafe extern "C" fn(*mut u8, *mut u8, usize),
    context: *mut u8,
) {
    // SAFETY: the caller vouches.
    unsafe { (*config).hooks.random = Some((random, context)) }
}
