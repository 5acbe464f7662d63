//! WASI: [`host`] is the sandboxed system without wasm types, [`p1`] the face of preview 1 over it.
//!
//! [`start`] is all that happens before a program runs. It does little: what few programs ask for (the environment, the
//! clocks) is looked at when they do.

pub mod host;
pub mod p1;

use crate::message::Message;
use crate::os::poll::{POLLNVAL, PollFd, poll};
use crate::os::{Errno, fs, net, process, vdso};
use crate::start::{Limits, Process};
use alloc::vec::Vec;
use core::ffi::CStr;
use host::fd::{Entry, Handle, Kind, Table};
use host::grants::{Dir, Grant, Grants, Refused};
use host::launch::{Launch, Strings};
use host::state;
use p1::types::rights;
use wasmaot_abi::grant_text::Address;

/// Exit code when a folder or socket that is granted cannot be had.
pub const EXIT_NOT_HAD: i32 = 1;
/// Exit code when a start variable or a record of the grants is not understood.
pub const EXIT_REFUSED: i32 = 2;

/// Takes what the kernel gave the process and what the grants allow; called once, before any wasm runs. Answers the
/// limits among the grants. A grant that cannot be had ends the process with one line on standard error.
///
/// # Safety
/// The vectors of `process` must be those of the running process; they stay valid and unchanged.
pub unsafe fn start(process: &Process) -> Limits {
    // SAFETY: the caller's, for the vectors; nothing else uses the state before the program runs.
    let (wasi, arguments, environment) = unsafe {
        vdso::set_auxiliary_vector(process.auxv);
        let arguments = Strings::new(process.argv, process.argc);
        (&mut *state::process(), arguments, Strings::null_terminated(process.envp))
    };
    let grants = grants(process.grants, environment).unwrap_or_else(|refused| refuse(refused));
    // A write to a pipe without a reader is an errno in preview 1, not the end of the program.
    process::set_ignored(process::SIGPIPE);
    fill_closed_streams();
    let limits = Limits { max_memory: grants.max_memory.unwrap_or(u64::MAX), timeout: grants.timeout.unwrap_or(0) };
    if let Err(errno) = open_streams(&mut wasi.fds) {
        not_had(Message::new().text("wasmaot: cannot open the standard streams"), errno);
    }
    for grant in &grants.list {
        if let Grant::Listen(address) = grant
            && let Err(errno) = open_listener(&mut wasi.fds, address)
        {
            not_had(Message::new().text("wasmaot: cannot listen on port ").decimal(address.port.into()), errno);
        }
    }
    for grant in &grants.list {
        if let Grant::Dir(dir) = grant
            && let Err(errno) = open_folder(&mut wasi.fds, dir)
        {
            not_had(quote(Message::new().text("wasmaot: cannot open folder "), dir.host), errno);
        }
    }
    wasi.launch = Launch { arguments, environment, grants: Some(grants) };
    limits
}

/// The grants of the program, changed by the start variables.
fn grants(section: &'static [u8], environment: Strings) -> Result<Grants<'static>, Refused<'static>> {
    let mut grants = Grants::from_section(section)?;
    for variable in environment.starting_with(b"WASMAOT_") {
        grants.start_variable(variable)?;
    }
    Ok(grants)
}

/// Opens `/dev/null` where a standard stream is closed, so that no file of the program gets its number.
fn fill_closed_streams() {
    let mut streams = [0, 1, 2].map(|fd| PollFd { fd, ..PollFd::default() });
    if poll(&mut streams, Some(0)).is_ok() && streams.iter().all(|stream| stream.revents & POLLNVAL == 0) {
        return;
    }
    // The lowest free number is taken each time; the first that is no standard stream is given back.
    while let Ok(fd) = fs::openat(fs::AT_FDCWD, c"/dev/null", fs::O_RDWR, 0) {
        if fd > 2 {
            return fs::close(fd);
        }
    }
}

/// Adds descriptors 0, 1 and 2.
fn open_streams(fds: &mut Table) -> Result<(), Errno> {
    const SHARED: u64 = rights::FD_FDSTAT_SET_FLAGS | rights::FD_FILESTAT_GET | rights::POLL_FD_READWRITE;
    for host in 0..3 {
        let direction = if host == 0 { rights::FD_READ } else { rights::FD_WRITE };
        fds.insert(entry(Kind::Stdio, host, direction | SHARED, 0))?;
    }
    Ok(())
}

fn open_listener(fds: &mut Table, address: &Address) -> Result<(), Errno> {
    fds.insert(entry(Kind::Listener, net::listen(address)?, p1::sock::RIGHTS, p1::sock::RIGHTS)).map(drop)
}

fn open_folder(fds: &mut Table, dir: &Dir) -> Result<(), Errno> {
    let host = copy(dir.host)?;
    let host = CStr::from_bytes_until_nul(&host).map_err(|_| fs::EINVAL)?;
    let host = fs::openat(fs::AT_FDCWD, host, fs::O_RDONLY | fs::O_DIRECTORY, 0)?;
    let mut guest = copy(dir.guest)?;
    guest.pop();
    // Read-only folders keep all rights: a program that asks for less than it wants would not see why it fails.
    let folder = entry(Kind::Folder, host, rights::PREOPEN_BASE, rights::PREOPEN_INHERITING);
    fds.insert(Entry { read_only: dir.read_only, preopen: Some(guest), ..folder }).map(drop)
}

/// The text and a NUL.
fn copy(text: &[u8]) -> Result<Vec<u8>, Errno> {
    let mut copy = Vec::new();
    copy.try_reserve_exact(text.len() + 1).map_err(|_| fs::ENOMEM)?;
    copy.extend_from_slice(text);
    copy.push(0);
    Ok(copy)
}

fn entry(kind: Kind, host: i32, rights_base: u64, rights_inheriting: u64) -> Entry {
    let host = Handle::own(host);
    Entry { kind, host, flags: 0, rights_base, rights_inheriting, read_only: false, preopen: None }
}

/// Says why a grant cannot be had, and ends the process.
fn not_had(message: &mut Message, errno: Errno) -> ! {
    message.text(": ");
    match reason(errno) {
        Some(reason) => message.text(reason),
        None => message.text("error ").decimal(errno.0 as u64),
    };
    message.text("\n").send();
    process::exit(EXIT_NOT_HAD)
}

/// Says what is wrong with a variable, and ends the process.
fn refuse(refused: Refused) -> ! {
    let mut message = Message::new();
    message.text("wasmaot: ").bytes(refused.place).text(": ");
    quote(&mut message, refused.text).text(": ").text(refused.reason).text("\n").send();
    process::exit(EXIT_REFUSED)
}

/// Adds a text in quotes, which cannot end the line or change the terminal.
fn quote<'a>(message: &'a mut Message, text: &[u8]) -> &'a mut Message {
    message.text("\"");
    for &byte in text {
        message.bytes(&[if byte < b' ' || byte == 0x7f { b'?' } else { byte }]);
    }
    message.text("\"")
}

/// Words for the errors that opening a folder or listening runs into.
fn reason(errno: Errno) -> Option<&'static str> {
    Some(match errno.0 {
        1 => "operation not permitted",
        2 => "no such file or directory",
        12 => "out of memory",
        13 => "permission denied",
        20 => "not a directory",
        24 => "too many open files",
        36 => "file name too long",
        40 => "too many levels of symbolic links",
        97 => "address family not supported",
        98 => "address already in use",
        99 => "address not available",
        _ => return None,
    })
}
