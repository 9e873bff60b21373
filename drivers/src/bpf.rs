//! Classic BPF: programs that the kernel runs on each packet, and giving them to a socket.

use std::io;
use std::os::fd::{AsFd, AsRawFd};

use crate::socket::socklen;

/// An instruction that does not jump.
pub(crate) fn plain(operation: u32, k: u32) -> libc::sock_filter {
    jump(operation, k, 0, 0)
}

/// Compares the loaded value with `value`, and leaves out `yes` instructions if `test` holds, `no`
/// if not.
pub(crate) fn compare(test: u32, value: u32, yes: u8, no: u8) -> libc::sock_filter {
    jump(libc::BPF_JMP | test | libc::BPF_K, value, yes, no)
}

/// Ends the program with this answer.
pub(crate) fn answer(value: u32) -> libc::sock_filter {
    plain(libc::BPF_RET | libc::BPF_K, value)
}

fn jump(operation: u32, k: u32, jt: u8, jf: u8) -> libc::sock_filter {
    let code = operation.try_into().expect("operation codes have 16 bits");
    libc::sock_filter { code, jt, jf, k }
}

/// Gives a program to a socket, by `option`.
///
/// # Errors
/// The kernel refused.
pub(crate) fn attach(
    socket: &impl AsFd,
    option: libc::c_int,
    program: &mut [libc::sock_filter],
) -> io::Result<()> {
    let program = libc::sock_fprog {
        len: program.len().try_into().expect("our programs have some 40 instructions"),
        filter: program.as_mut_ptr(),
    };
    // SAFETY: the kernel reads one `sock_fprog` of the size said, and as many instructions as it
    // names; both live through the call.
    let result = unsafe {
        libc::setsockopt(
            socket.as_fd().as_raw_fd(),
            libc::SOL_SOCKET,
            option,
            (&raw const program).cast(),
            socklen::<libc::sock_fprog>(),
        )
    };
    if result < 0 { Err(io::Error::last_os_error()) } else { Ok(()) }
}
