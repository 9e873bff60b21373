//! A backbone in bad weather: it loses, doubles and reorders what it carries.
//!
//! The router of the backbone sends all that it would forward to a TAP device of ours instead.
//! What we write back it forwards as usual. So the packets keep their addresses, which agents
//! look at, and nothing in the kernel is needed but its routing.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use ipxway::demo::lab::Lab;
use ipxway::demo::lab::network::BACKBONE;
use ipxway_core::random::Random;
use ipxway_drivers::{Batch, OpenPort, Outgoing, TapOptions, open_tap};

use super::super::lab::Site;

/// The TAP device, and the table of routes that lead to it.
const DEVICE: &str = "relay";
const TABLE: u32 = 100;
/// How much later a packet may come that others overtake.
const DELAY: Duration = Duration::from_millis(300);
/// How often to look for those that are due.
const TICK: Duration = Duration::from_millis(5);

/// Percent of the packets that get lost, come twice, come late.
#[derive(Clone, Copy, Debug)]
pub(super) struct Weather {
    pub(super) lost: u32,
    pub(super) doubled: u32,
    pub(super) late: u32,
}

/// What became of the packets.
#[derive(Debug, Default)]
pub(super) struct Tally {
    pub(super) carried: AtomicU64,
    pub(super) lost: AtomicU64,
    pub(super) doubled: AtomicU64,
    pub(super) late: AtomicU64,
}

/// The weather station: carries packets on a thread of its own until the test ends.
pub(super) struct Relay {
    bad: Arc<AtomicBool>,
    pub(super) tally: Arc<Tally>,
}

impl Relay {
    /// Puts it between all sites of the backbone; the weather is bad.
    pub(super) fn start(lab: &Lab, sites: &[Site], weather: Weather) -> anyhow::Result<Self> {
        let options = TapOptions { name: DEVICE.to_owned(), ..TapOptions::default() };
        let port = open_tap(&options)?;
        lab.ip(&format!("link set {DEVICE} netns {BACKBONE}"))?;
        // Without ARP a frame is addressed to the device that it leaves by: written back as it
        // is, it is taken for one that has arrived.
        lab.ip(&format!("-n {BACKBONE} link set {DEVICE} arp off up"))?;
        for scope in ["all", DEVICE] {
            lab.set(BACKBONE, &format!("net/ipv4/conf/{scope}/rp_filter"), "0")?;
        }
        lab.ip(&format!("-n {BACKBONE} route add default dev {DEVICE} table {TABLE}"))?;
        for Site { name, .. } in sites {
            lab.set(BACKBONE, &format!("net/ipv4/conf/to-{name}/rp_filter"), "0")?;
            lab.ip(&format!("-n {BACKBONE} rule add iif to-{name} lookup {TABLE}"))?;
        }
        let (bad, tally) = (Arc::new(AtomicBool::new(true)), Arc::new(Tally::default()));
        let (while_bad, counts) = (Arc::clone(&bad), Arc::clone(&tally));
        std::thread::Builder::new().name("relay".to_owned()).spawn(move || {
            let mut carrier = Carrier {
                weather,
                random: Random::seeded(0x1b5_2026),
                waiting: BinaryHeap::new(),
                tally: counts,
            };
            carrier.run(port, &while_bad);
        })?;
        Ok(Self { bad, tally })
    }

    /// From now on every packet comes once, and at once.
    pub(super) fn clear_up(&self) {
        self.bad.store(false, Ordering::Relaxed);
    }
}

/// What the thread has.
struct Carrier {
    weather: Weather,
    random: Random,
    /// Those that come late, the soonest first.
    waiting: BinaryHeap<Reverse<(Instant, Vec<u8>)>>,
    tally: Arc<Tally>,
}

impl Carrier {
    fn run(&mut self, port: OpenPort, bad: &AtomicBool) {
        let OpenPort { mut receiver, sender, guard, .. } = port;
        // The device lies in another namespace now, where the guard would not find it. It ends
        // with its descriptor.
        std::mem::forget(guard);
        let mut batch = Batch::new();
        let send = |bytes: &[u8]| drop(sender.send_batch(&[Outgoing { bytes, to: None }]));
        loop {
            // An error says that the lab is being taken down.
            if receiver.recv_batch(&mut batch, Some(TICK)).is_err() {
                return;
            }
            for frame in batch.iter_mut() {
                if !bad.load(Ordering::Relaxed) {
                    self.count(|tally| &tally.carried);
                    send(frame.packet());
                } else if !self.happens(self.weather.lost) {
                    self.carry(frame.packet(), &send);
                } else {
                    self.count(|tally| &tally.lost);
                }
            }
            while let Some(Reverse((due, _))) = self.waiting.peek()
                && *due <= Instant::now()
            {
                let Some(Reverse((_, frame))) = self.waiting.pop() else { break };
                send(&frame);
            }
        }
    }

    /// Sends a frame that is not lost, once or twice, now or later.
    fn carry(&mut self, frame: &[u8], send: &impl Fn(&[u8])) {
        self.count(|tally| &tally.carried);
        if self.happens(self.weather.doubled) {
            self.count(|tally| &tally.doubled);
            self.keep(frame);
        }
        if self.happens(self.weather.late) {
            self.count(|tally| &tally.late);
            self.keep(frame);
        } else {
            send(frame);
        }
    }

    fn keep(&mut self, frame: &[u8]) {
        let due = Instant::now() + self.random.duration_up_to(DELAY);
        self.waiting.push(Reverse((due, frame.to_vec())));
    }

    fn happens(&mut self, percent: u32) -> bool {
        self.random.chance(percent, 100)
    }

    fn count(&self, of: impl Fn(&Tally) -> &AtomicU64) {
        of(&self.tally).fetch_add(1, Ordering::Relaxed);
    }
}
