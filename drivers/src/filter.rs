//! The filter in front of a NIC port: the kernel wakes us for what may be IPX, and no other.
//!
//! A classic BPF program, run by the kernel on each frame before it is queued. It lets through,
//! untagged or behind one or two VLAN tags:
//!
//! - EtherType 8137;
//! - frames with an 802.3 length of at most 1500 whose first two bytes are FF FF (raw) or E0 E0
//!   (LLC), or which begin as SNAP does for 8137.
//!
//! What it lets through is still only a candidate: who reads the frames checks all of it.

use std::io;
use std::os::fd::AsFd;

use crate::bpf;

/// Offset of the type or length field of an untagged frame.
const TYPE: u32 = 12;
/// The size of a VLAN tag.
const TAG: u32 = 4;
/// VLAN tags looked behind.
const MAX_TAGS: u32 = 2;
/// Instructions for each depth of tags.
const LEVEL: usize = 13;

/// Where a jump goes.
#[derive(Clone, Copy)]
enum To {
    /// The next instruction.
    Next,
    /// The same tests one tag further in.
    Inner,
    /// The frame is wanted.
    Accept,
    /// It is not.
    Reject,
}

/// An instruction, jumps by name.
enum Step {
    /// Loads two bytes at an offset.
    Half(u32),
    /// Loads four bytes at an offset.
    Word(u32),
    /// Goes to the first target if the loaded value equals, to the second if not.
    Equal(u32, To, To),
    /// Goes to the first target if the loaded value is greater, to the second if not.
    Greater(u32, To, To),
}

/// The program.
fn program() -> Vec<libc::sock_filter> {
    let mut steps = Vec::new();
    for tags in 0..=MAX_TAGS {
        push_level(&mut steps, TYPE + tags * TAG, tags == MAX_TAGS);
    }
    assemble(&steps)
}

/// The tests of a frame whose type or length field is at `at`.
fn push_level(steps: &mut Vec<Step>, at: u32, last: bool) {
    let body = at + 2;
    let tagged = if last { To::Reject } else { To::Inner };
    let tests: [Step; LEVEL] = [
        Step::Half(at),
        Step::Equal(0x8137, To::Accept, To::Next),
        Step::Equal(0x8100, tagged, To::Next),
        Step::Equal(0x88a8, tagged, To::Next),
        Step::Greater(1500, To::Reject, To::Next),
        Step::Half(body),
        Step::Equal(0xffff, To::Accept, To::Next),
        Step::Equal(0xe0e0, To::Accept, To::Next),
        Step::Equal(0xaaaa, To::Next, To::Reject),
        // Control 03 and an OUI of zeros, then the type.
        Step::Word(body + 2),
        Step::Equal(0x0300_0000, To::Next, To::Reject),
        Step::Half(body + 6),
        Step::Equal(0x8137, To::Accept, To::Reject),
    ];
    steps.extend(tests);
}

/// Turns names into distances and appends the two ends.
fn assemble(steps: &[Step]) -> Vec<libc::sock_filter> {
    let accept = steps.len();
    let distance = |from: usize, to: To| -> u8 {
        let distance = match to {
            To::Next => 0,
            To::Inner => LEVEL - from % LEVEL - 1,
            To::Accept => accept - from - 1,
            To::Reject => accept - from,
        };
        distance.try_into().expect("the program is shorter than a jump reaches")
    };
    let jump = |at: usize, test: u32, value: u32, yes: To, no: To| {
        bpf::compare(test, value, distance(at, yes), distance(at, no))
    };
    let load = |size: u32, at: u32| bpf::plain(libc::BPF_LD | size | libc::BPF_ABS, at);
    let mut program: Vec<_> = steps
        .iter()
        .enumerate()
        .map(|(at, step)| match *step {
            Step::Half(offset) => load(libc::BPF_H, offset),
            Step::Word(offset) => load(libc::BPF_W, offset),
            Step::Equal(value, yes, no) => jump(at, libc::BPF_JEQ, value, yes, no),
            Step::Greater(value, yes, no) => jump(at, libc::BPF_JGT, value, yes, no),
        })
        .collect();
    // The value returned is how much of the frame to keep.
    program.push(bpf::answer(u32::MAX));
    program.push(bpf::answer(0));
    program
}

/// Attaches the filter to a socket. A load beyond the end of a frame rejects it.
///
/// # Errors
/// The kernel refused.
pub(crate) fn attach(socket: &impl AsFd) -> io::Result<()> {
    bpf::attach(socket, libc::SO_ATTACH_FILTER, &mut program())
}

#[cfg(test)]
mod tests {
    use std::os::unix::net::UnixDatagram;

    use super::*;

    /// Asks the kernel: a datagram socket runs the same program on what it is sent.
    fn passes(frame: &[u8]) -> bool {
        let (near, far) = UnixDatagram::pair().unwrap();
        attach(&far).unwrap();
        far.set_nonblocking(true).unwrap();
        near.send(frame).unwrap();
        let mut buffer = [0; 2048];
        match far.recv(&mut buffer) {
            Ok(len) => {
                assert_eq!(&buffer[..len], frame, "what passes, passes whole");
                true
            }
            Err(error) => {
                assert_eq!(error.kind(), io::ErrorKind::WouldBlock);
                false
            }
        }
    }

    fn frame(tags: &[[u8; 4]], kind: u16, body: &[u8]) -> Vec<u8> {
        let macs = [[0xff; 6], [2, 0, 0, 0, 0, 1]];
        [macs.as_flattened(), tags.as_flattened(), &kind.to_be_bytes(), body].concat()
    }

    const RAW: [u8; 30] = [0xff; 30];
    const LLC: [u8; 33] = {
        let mut body = [0xe0; 33];
        body[2] = 3;
        body
    };
    const SNAP: [u8; 38] = {
        let mut body = [0; 38];
        [body[0], body[1], body[2], body[6], body[7]] = [0xaa, 0xaa, 3, 0x81, 0x37];
        body
    };
    const VLAN_5: [u8; 4] = [0x81, 0x00, 0x00, 0x05];
    const SERVICE_9: [u8; 4] = [0x88, 0xa8, 0x00, 0x09];

    #[test]
    fn the_four_framings_pass_without_a_tag_and_behind_one_or_two() {
        for tags in [&[][..], &[VLAN_5], &[SERVICE_9], &[SERVICE_9, VLAN_5], &[VLAN_5, VLAN_5]] {
            assert!(passes(&frame(tags, 0x8137, &RAW)), "Ethernet II, {tags:x?}");
            assert!(passes(&frame(tags, 30, &RAW)), "raw, {tags:x?}");
            assert!(passes(&frame(tags, 33, &LLC)), "LLC, {tags:x?}");
            assert!(passes(&frame(tags, 38, &SNAP)), "SNAP, {tags:x?}");
            assert!(passes(&frame(tags, 1500, &[0xff; 1500])), "the longest, {tags:x?}");
        }
    }

    #[test]
    fn other_protocols_stay_in_the_kernel() {
        let spanning_tree = [0x42, 0x42, 3, 0, 0, 0, 0, 0];
        let cisco = [0xaa, 0xaa, 3, 0, 0, 0x0c, 0x20, 0, 1, 2];
        let snap_arp = [0xaa, 0xaa, 3, 0, 0, 0, 0x08, 0x06, 1, 2];
        for tags in [&[][..], &[VLAN_5], &[SERVICE_9, VLAN_5]] {
            for kind in [0x0800, 0x0806, 0x86dd, 0x88cc, 0x8136, 0x8138, 0x05dd, 0x0600] {
                assert!(!passes(&frame(tags, kind, &RAW)), "type {kind:#x}, {tags:x?}");
            }
            for body in [&spanning_tree[..], &cisco, &snap_arp] {
                assert!(!passes(&frame(tags, 60, body)), "{body:x?}, {tags:x?}");
            }
        }
        assert!(!passes(&frame(&[VLAN_5, VLAN_5, VLAN_5], 0x8137, &RAW)), "three tags");
    }

    #[test]
    fn frames_that_end_early_stay_in_the_kernel() {
        let whole = frame(&[VLAN_5], 38, &SNAP);
        for len in 1..whole.len() {
            assert_eq!(passes(&whole[..len]), len >= 26, "{len} bytes");
        }
    }
}
