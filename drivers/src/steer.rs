//! A second queue at a UDP port: datagrams of one kind wait apart from all else.
//!
//! Two sockets have one address, and a classic BPF program, run by the kernel on each datagram,
//! says which of them takes it. Whoever reads the second may let them wait there while the first
//! is read at once, and what overflows one takes no room from the other.

use std::io;
use std::os::fd::AsFd;

use crate::bpf;

/// What datagrams have in common that are set apart: two of their bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mark {
    /// Where the two bytes are, counted from the first of the payload.
    pub at: usize,
    /// The bits that are looked at.
    pub bits: u16,
    /// What these are.
    pub are: u16,
}

/// What the program answers: the number of a socket, by the order in which they were bound.
const OTHERS: u32 = 0;
const APART: u32 = 1;
/// Instructions for each mark.
const STEPS: usize = 3;

/// Has datagrams with all of `marks` taken by the second of the sockets that share the address of
/// `socket`, all else by the first.
///
/// # Errors
/// The kernel refused; it is older than 4.5.
pub(crate) fn attach(socket: &impl AsFd, marks: &[Mark]) -> io::Result<()> {
    bpf::attach(socket, libc::SO_ATTACH_REUSEPORT_CBPF, &mut program(marks))
}

/// The program. A load beyond the end of a datagram ends it with [`OTHERS`].
fn program(marks: &[Mark]) -> Vec<libc::sock_filter> {
    let mut program = Vec::with_capacity(STEPS * marks.len() + 2);
    for (index, mark) in marks.iter().enumerate() {
        // To the last instruction, from the one behind the jump.
        let skipped = STEPS * (marks.len() - index - 1) + 1;
        let skipped = skipped.try_into().expect("a datagram has a few marks");
        let at = mark.at.try_into().expect("a datagram has 64 KiB");
        program.push(bpf::plain(libc::BPF_LD | libc::BPF_H | libc::BPF_ABS, at));
        program.push(bpf::plain(libc::BPF_ALU | libc::BPF_AND | libc::BPF_K, mark.bits.into()));
        program.push(bpf::compare(libc::BPF_JEQ, mark.are.into(), 0, skipped));
    }
    program.push(bpf::answer(APART));
    program.push(bpf::answer(OTHERS));
    program
}
