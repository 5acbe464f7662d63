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
use core::ffi::CStr;
use host::fd::{Entry, Handle, Kind, Table};
use host::grants::{self, Grant, Grants, Refused};
use host::launch::{Launch, Strings};
use host::path::Resolver;
use host::state;
use p1::{fd, sock};
use wasmaot_abi::grant_text;

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
    // For tests: the resolver that kernels without openat2 get. It keeps the same promises.
    if environment.starting_with(b"WASMAOT_RESOLVER=walk").next().is_some() {
        wasi.resolver = Resolver::Walk;
    }
    let grants = read_grants(process.grants, environment).unwrap_or_else(|refused| refuse(refused));
    // A write to a pipe without a reader is an errno in preview 1, not the end of the program.
    process::set_ignored(process::SIGPIPE);
    fill_closed_streams();
    open_all(&mut wasi.fds, &grants);
    let number = |kind| grants.last(kind).map(|grant| grant.number);
    let max_memory = number(grants::Kind::MaxMemory).unwrap_or(u64::MAX);
    let limits = Limits { max_memory, timeout: number(grants::Kind::Timeout).unwrap_or(0) };
    wasi.launch = Launch { arguments, environment, grants: Some(grants), owned: None };
    limits
}

/// The grants of the program, changed by the start variables.
fn read_grants(section: &'static [u8], environment: Strings) -> Result<Grants<'static>, Refused<'static>> {
    let mut grants = Grants::from_section(section)?;
    for variable in environment.starting_with(grants::PREFIX) {
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

/// Adds the descriptors in their order: standard streams, sockets, folders.
fn open_all(fds: &mut Table, grants: &Grants<'static>) {
    for stream in 0..3 {
        add(fds, b"standard streams", Ok(fd::stdio(stream)));
    }
    for grant in grants.iter().filter(|grant| grant.kind == grants::Kind::Listen) {
        add(fds, grant.text, listener(grant.text));
    }
    for grant in grants.iter().filter(|grant| matches!(grant.kind, grants::Kind::Dir | grants::Kind::DirReadOnly)) {
        add(fds, grant.text, folder(grant));
    }
}

/// Adds a descriptor, or says why it cannot be had and ends the process.
fn add(fds: &mut Table, name: &[u8], entry: Result<Entry, Errno>) {
    if let Err(errno) = entry.and_then(|entry| fds.insert(entry)) {
        let mut message = Message::new();
        quote(message.text("wasmaot: cannot open "), name).text(": ");
        match reason(errno) {
            Some(reason) => message.bytes(reason),
            None => message.text("error ").decimal(errno.0 as u64),
        };
        message.text("\n").send();
        process::exit(EXIT_NOT_HAD)
    }
}

fn listener(address: &[u8]) -> Result<Entry, Errno> {
    let address = grant_text::listen(address).map_err(|_| fs::EINVAL)?;
    Ok(fd::entry(Kind::Listener, Handle::own(net::listen(&address)?), sock::RIGHTS, sock::RIGHTS))
}

fn folder(grant: &Grant<'static>) -> Result<Entry, Errno> {
    // SAFETY: a NUL comes after the path of a folder.
    let path = unsafe { CStr::from_ptr(grant.text.as_ptr().cast()) };
    let host = fs::openat(fs::AT_FDCWD, path, fs::O_RDONLY | fs::O_DIRECTORY, 0)?;
    Ok(fd::preopen(Handle::own(host), grant.name.into(), grant.kind == grants::Kind::DirReadOnly))
}

/// Says what is wrong with a variable, and ends the process.
fn refuse(refused: Refused) -> ! {
    let mut message = Message::new();
    message.text("wasmaot: ").bytes(refused.place).text(": ");
    quote(&mut message, refused.text).text(": ").text(refused.reason.0).text("\n").send();
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
fn reason(errno: Errno) -> Option<&'static [u8]> {
    // The number, then the words. A list of strings would need a relocation for each.
    const REASONS: &[u8] =
        b"\x01operation not permitted\0\x02no such file or directory\0\x0cout of memory\0\x0dpermission \
        denied\0\x14not a directory\0\x18too many open files\0\x24file name too long\0\x28too many levels of symbolic \
        links\0\x61address family not supported\0\x62address already in use\0\x63address not available";
    let mut reasons = REASONS.split(|&byte| byte == 0).filter_map(<[u8]>::split_first);
    Some(reasons.find(|(number, _)| i32::from(**number) == errno.0)?.1)
}
