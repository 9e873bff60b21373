//! What must hold at any time, whatever happens: no packet is copied, none goes round for ever, no
//! storm of link-state packets.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;
use std::time::Duration;

use ipxway_core::Time;
use ipxway_core::sim::{MINUTE, Seen, World};
use ipxway_core::wire::ipx::{HEADER_LEN, Header};
use ipxway_core::wire::{Socket, frame};

/// What follows at once from the last event does so within this time.
const AFTERMATH: Duration = MINUTE;
/// Then the counting begins, anew each time that so much is over.
const WINDOW: Duration = Duration::from_secs(240);
/// Versions of one link-state packet in such a time: what ages, what is repaired, what counts up to
/// 15 hops once [nlsp §13.6]; but not one every 5 s.
const VERSIONS: usize = 16;
/// Copies of one version over one link: the first, its repetition, answers.
const COPIES: usize = 6;

/// Who sent something to whom, as far as that can be seen.
type Link = (String, String);
/// The identifier of a link-state packet.
type Id = [u8; 8];
/// Sequence number, and whether it is a purge.
type Version = (u32, bool);

/// What was seen.
#[derive(Debug, Default)]
struct Record {
    /// Nothing happens, and all links are good, since then.
    rests: Option<Time>,
    /// Packets of hosts, each with the number of routers that it crossed.
    crossed: BTreeSet<Vec<u8>>,
    copied: Vec<String>,
    /// By windows of rest.
    versions: BTreeMap<(u64, Id), BTreeSet<Version>>,
    copies: BTreeMap<(u64, Id, Version, Link), usize>,
    last: Option<Time>,
}

/// An observer of a world.
#[derive(Clone, Debug, Default)]
pub(super) struct Laws(Rc<RefCell<Record>>);

impl Laws {
    /// Watches a world. `once`: nothing in it but an agent can double a packet.
    pub(super) fn watch(world: &mut World, once: bool) -> Self {
        let laws = Self::default();
        let record = Rc::clone(&laws.0);
        world.watch(move |seen| {
            let mut record = record.borrow_mut();
            match seen {
                Seen::Datagram { at, from, to, payload } => {
                    let link = || (from.ip().to_string(), to.ip().to_string());
                    record.take(at, payload, once, link);
                }
                Seen::Service { .. } | Seen::Stream { .. } => {}
                Seen::Frame { at, lan, frame } => {
                    let Ok(located) = frame::locate(frame) else { return };
                    let packet = frame.get(located.packet).unwrap_or(&[]);
                    let link = || (located.source.to_string(), lan.to_owned());
                    record.take(at, packet, once, link);
                }
            }
        });
        laws
    }

    /// Nothing happens from now on.
    pub(super) fn rests(&self, now: Time) {
        self.0.borrow_mut().rests = Some(now);
    }

    /// When the last link-state packet was seen.
    pub(super) fn last(&self) -> Option<Time> {
        self.0.borrow().last
    }

    /// Fails if anything was seen that must not be.
    pub(super) fn check(&self, seed: u64) {
        let record = self.0.borrow();
        assert!(record.copied.is_empty(), "seed {seed}: sent twice: {:#?}", record.copied);
        for ((window, id), versions) in &record.versions {
            let count = versions.len();
            assert!(
                count <= VERSIONS,
                "seed {seed}: {count} versions of {id:02x?} in window {window} of rest"
            );
        }
        for ((window, id, version, link), &count) in &record.copies {
            assert!(
                count <= COPIES,
                "seed {seed}: {id:02x?} in version {version:?} went {count} times from {} to {} \
                 in window {window} of rest",
                link.0,
                link.1
            );
        }
    }
}

impl Record {
    fn take(&mut self, at: Time, packet: &[u8], once: bool, link: impl Fn() -> Link) {
        let Ok(header) = Header::decode(packet) else { return };
        let end = usize::from(header.length).min(packet.len());
        let data = packet.get(HEADER_LEN..end).unwrap_or(&[]);
        if header.destination.socket == Socket::NLSP {
            self.take_nlsp(at, data, link);
        } else if once && data.starts_with(b"SIM#") && !self.crossed.insert(packet[..end].to_vec())
        {
            let (from, to) = link();
            self.copied.push(format!("{header:?} from {from} to {to} at {at}"));
        }
    }

    fn take_nlsp(&mut self, at: Time, data: &[u8], link: impl Fn() -> Link) {
        let (Some(&kind), Some(lifetime), Some(id), Some(sequence)) = (
            data.get(4),
            data.get(10..12),
            data.get(12..).and_then(|rest| rest.first_chunk()),
            data.get(20..).and_then(|rest| rest.first_chunk()),
        ) else {
            return;
        };
        if kind & 0x1f != 18 {
            return;
        }
        self.last = Some(at);
        let rested = self.rests.and_then(|since| at.since(since).checked_sub(AFTERMATH));
        let Some(rested) = rested else { return };
        let window = rested.as_secs() / WINDOW.as_secs();
        let version = (u32::from_be_bytes(*sequence), lifetime == [0, 0]);
        self.versions.entry((window, *id)).or_default().insert(version);
        *self.copies.entry((window, *id, version, link())).or_default() += 1;
    }
}
