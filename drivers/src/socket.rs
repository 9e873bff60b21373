//! What packet sockets and UDP sockets have in common: options, sizes, address families.

use std::io;
use std::mem;
use std::os::fd::{AsFd, AsRawFd};

use socket2::Socket;

/// Sets the sizes of a socket's queues in bytes: as asked with CAP_NET_ADMIN, else as near as
/// the kernel allows.
pub(crate) fn grow_buffers(socket: &Socket, receive: usize, send: usize) -> io::Result<()> {
    let bytes = |bytes: usize| libc::c_int::try_from(bytes).unwrap_or(libc::c_int::MAX);
    if set_option(socket, libc::SOL_SOCKET, libc::SO_RCVBUFFORCE, bytes(receive)).is_err() {
        socket.set_recv_buffer_size(receive)?;
    }
    if set_option(socket, libc::SOL_SOCKET, libc::SO_SNDBUFFORCE, bytes(send)).is_err() {
        socket.set_send_buffer_size(send)?;
    }
    Ok(())
}

/// Sets a socket option that is an `int`.
pub(crate) fn set_option(
    socket: &impl AsFd,
    level: libc::c_int,
    option: libc::c_int,
    value: libc::c_int,
) -> io::Result<()> {
    // SAFETY: the kernel reads one `int`, which lives through the call.
    let result = unsafe {
        libc::setsockopt(
            socket.as_fd().as_raw_fd(),
            level,
            option,
            (&raw const value).cast(),
            socklen::<libc::c_int>(),
        )
    };
    if result < 0 { Err(io::Error::last_os_error()) } else { Ok(()) }
}

/// An address family as it stands in an address.
pub(crate) fn family(family: libc::c_int) -> libc::sa_family_t {
    family.try_into().expect("address families have 16 bits")
}

/// The size of an address or option, as the kernel counts.
pub(crate) fn socklen<T>() -> libc::socklen_t {
    mem::size_of::<T>().try_into().expect("addresses and options have some dozen bytes")
}
