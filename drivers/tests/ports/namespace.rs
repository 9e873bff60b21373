//! A network namespace for a test, and what tests do in it.
//!
//! A thread leaves the namespace of the process for a new one, which ends with the thread and
//! what it opened: nothing to clean up, no names to clash. Programs and threads that it starts
//! are in the same namespace.

use std::io::Write;
use std::process::Command;
use std::thread;
use std::time::{Duration, Instant};

use ipxway_drivers::{Batch, Receiver, links};
use pnet::datalink::{self, Channel, Config, DataLinkReceiver, DataLinkSender};

/// How long to wait for what must happen.
pub(crate) const SOON: Duration = Duration::from_secs(10);

/// Runs `test` in a new namespace whose loopback is up.
///
/// Without root it prints that the test was left out.
pub(crate) fn within(test: impl FnOnce() + Send + 'static) {
    // SAFETY: the call takes and returns numbers.
    if unsafe { libc::geteuid() } != 0 {
        let name = thread::current().name().unwrap_or("a test").to_owned();
        // Past the test harness, which keeps what passing tests print to itself.
        let mut terminal = std::io::stderr();
        writeln!(terminal, "*** SKIPPED: {name} needs root for network namespaces ***").unwrap();
        return;
    }
    let run = || {
        // SAFETY: the call takes a number, and changes this thread alone.
        let result = unsafe { libc::unshare(libc::CLONE_NEWNET) };
        assert_eq!(result, 0, "{}", std::io::Error::last_os_error());
        ip("link set lo up");
        test();
    };
    let thread = thread::Builder::new().name("namespace".into()).spawn(run).unwrap();
    if let Err(panic) = thread.join() {
        std::panic::resume_unwind(panic);
    }
}

/// Takes the rights over networks (CAP_NET_*) from this thread, and from those that it starts.
pub(crate) fn lose_network_rights() {
    const BIND_SERVICE: u32 = 1 << 10;
    const ADMIN: u32 = 1 << 12;
    const RAW: u32 = 1 << 13;
    // Version 3 of the interface, this thread.
    let header = [0x2008_0522_u32, 0];
    // Effective, permitted and inheritable, of the capabilities 0 to 31 and 32 to 63.
    let mut sets = [[0_u32; 3]; 2];
    // SAFETY: the kernel reads two words and writes six.
    let got = unsafe { libc::syscall(libc::SYS_capget, header.as_ptr(), sets.as_mut_ptr()) };
    assert_eq!(got, 0, "{}", std::io::Error::last_os_error());
    sets[0] = sets[0].map(|set| set & !(BIND_SERVICE | ADMIN | RAW));
    // SAFETY: the kernel reads two and six words.
    let set = unsafe { libc::syscall(libc::SYS_capset, header.as_ptr(), sets.as_ptr()) };
    assert_eq!(set, 0, "{}", std::io::Error::last_os_error());
}

/// Runs `ip` with these arguments; it must succeed.
pub(crate) fn ip(arguments: &str) {
    let output = Command::new("ip").args(arguments.split_whitespace()).output().unwrap();
    let complaint = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "ip {arguments}: {complaint}");
}

/// Two Ethernet interfaces of these names, joined by a wire, up and without IPv6.
pub(crate) fn wire(near: &str, far: &str) {
    ip(&format!("link add {near} type veth peer name {far}"));
    for end in [near, far] {
        ip(&format!("link set {end} addrgenmode none"));
        ip(&format!("link set {end} up"));
    }
    running(&[near, far]);
}

/// Waits until these interfaces run: the kernel notices a carrier at its leisure, and until then
/// drops what is sent.
pub(crate) fn running(names: &[&str]) {
    let runs = |name: &&str| links::link_by_name(name).unwrap().is_some_and(|link| link.running);
    eventually("the interfaces run", || names.iter().all(runs));
}

/// Receives until `count` packets have come, and returns them; panics if that takes too long.
pub(crate) fn collect(receiver: &mut Receiver, count: usize) -> Vec<Vec<u8>> {
    let (mut batch, mut packets) = (Batch::new(), Vec::new());
    let deadline = Instant::now() + SOON;
    while packets.len() < count {
        let left = deadline.saturating_duration_since(Instant::now());
        assert!(!left.is_zero(), "{} of {count} packets came: {packets:x?}", packets.len());
        receiver.recv_batch(&mut batch, Some(left)).unwrap();
        packets.extend(batch.iter_mut().map(|received| received.packet().to_vec()));
    }
    packets
}

/// Waits until `condition` holds; panics if that takes too long.
pub(crate) fn eventually(what: &str, mut condition: impl FnMut() -> bool) {
    let deadline = Instant::now() + SOON;
    while !condition() {
        assert!(Instant::now() < deadline, "in vain: {what}");
        thread::sleep(Duration::from_millis(5));
    }
}

/// Another program on an interface: sends any frame, sees all.
pub(crate) struct Station {
    sender: Box<dyn DataLinkSender>,
    receiver: Box<dyn DataLinkReceiver>,
}

impl Station {
    pub(crate) fn on(name: &str) -> Self {
        let interfaces = datalink::interfaces();
        let interface = interfaces.iter().find(|interface| interface.name == name).unwrap();
        let config = Config { read_timeout: Some(Duration::from_millis(100)), ..Config::default() };
        match datalink::channel(interface, config).unwrap() {
            Channel::Ethernet(sender, receiver) => Self { sender, receiver },
            _ => panic!("{name} is no Ethernet interface"),
        }
    }

    pub(crate) fn send(&mut self, frame: &[u8]) {
        self.sender.send_to(frame, None).unwrap().unwrap();
    }

    /// The next frame for which `wanted` holds.
    pub(crate) fn hear(&mut self, wanted: impl Fn(&[u8]) -> bool) -> Vec<u8> {
        let deadline = Instant::now() + SOON;
        loop {
            match self.receiver.next() {
                Ok(frame) if wanted(frame) => return frame.to_vec(),
                _ => assert!(Instant::now() < deadline, "the frame did not come"),
            }
        }
    }
}

/// The four framings of an IPX packet, from `source` to all.
pub(crate) fn framings(source: [u8; 6]) -> [Vec<u8>; 4] {
    let mut packet = vec![0xff, 0xff, 0, 40];
    packet.resize(40, 0x5a);
    let frame = |kind: u16, llc: &[u8]| {
        [&[0xff; 6][..], &source, &kind.to_be_bytes(), llc, &packet].concat()
    };
    [
        frame(0x8137, &[]),
        frame(40, &[]),
        frame(43, &[0xe0, 0xe0, 3]),
        frame(48, &[0xaa, 0xaa, 3, 0, 0, 0, 0x81, 0x37]),
    ]
}
