//! What waiting for descriptors means on every system: bits and their structure.

/// Reading will not block.
pub const POLLIN: i16 = 1;
/// Writing will not block.
pub const POLLOUT: i16 = 4;
/// An error is pending; always reported.
pub const POLLERR: i16 = 8;
/// The other end is closed; always reported.
pub const POLLHUP: i16 = 0x10;
/// Not an open descriptor; always reported.
pub const POLLNVAL: i16 = 0x20;
/// A descriptor to wait for (the system's `pollfd`).
#[repr(C)]
#[derive(Clone, Copy, Debug, Default)]
pub struct PollFd {
    /// Descriptor; negative ones are skipped.
    pub fd: i32,
    /// What to wait for, `POLL*` bits.
    pub events: i16,
    /// What has come, `POLL*` bits.
    pub revents: i16,
}
