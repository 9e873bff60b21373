//! What SLP has said of the other agents of a CMD network, and who of them is a peer
//! [cmd §12.4].
//!
//! A record ends when its lifetime does, or after three complete answers in a row without it. Its
//! agent stays a peer while the two hear each other, and for three more answered rounds.

use std::collections::{BTreeMap, BTreeSet};
use std::net::Ipv4Addr;
use std::time::Duration;

use crate::Time;
use crate::ids::InterfaceId;
use crate::wire::NetworkNumber;
use crate::wire::slp::Version;

/// Complete answers in a row that lack a record before it is gone.
const ABSENT: u8 = 3;
/// Answered rounds without a record and without an adjacency before a peer is dropped.
const ROUNDS: u8 = 3;
/// Rounds that a peer is down before its record is read again.
const DOWN: u8 = 2;
/// Records of a network. A registry may hold what it likes.
const MOST: usize = 4_096;

/// Who told of a record, and is asked for its attributes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Teller {
    pub(crate) ip: Ipv4Addr,
    pub(crate) interface: InterfaceId,
    pub(crate) version: Version,
}

/// What is known of a URL.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Reading {
    /// Its attributes are not known yet.
    Unread,
    /// They were asked for.
    Asked,
    /// What they say.
    Read(Found),
}

/// What a record says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Found {
    /// The CMD network; `None`: it does not say.
    pub(crate) network: Option<NetworkNumber>,
    /// The agent's address; `None`: none could be found in it.
    pub(crate) ip: Option<Ipv4Addr>,
    /// The port that it names. Ours is used.
    pub(crate) port: Option<u16>,
    /// Why the address is not used.
    pub(crate) refused: Option<&'static str>,
}

/// A URL that SLP knows.
#[derive(Clone, Debug)]
pub(crate) struct Record {
    pub(crate) until: Time,
    pub(crate) teller: Teller,
    pub(crate) reading: Reading,
    /// When its attributes are to be read again.
    stale: Time,
    absent: u8,
    /// Rounds during which its peer was down.
    down: u8,
}

/// A peer that SLP found.
#[derive(Clone, Debug, Default)]
struct FoundPeer {
    /// Answered rounds without record and adjacency.
    missing: u8,
}

/// What a round of queries brought.
#[derive(Clone, Debug, Default)]
pub(super) struct Harvest {
    pub(super) urls: BTreeMap<String, (Duration, Teller)>,
    /// Somebody answered.
    pub(super) answered: bool,
    /// All that answered said all they know.
    pub(super) complete: bool,
}

/// The records of one CMD network.
#[derive(Debug, Default)]
pub(super) struct Records {
    records: BTreeMap<String, Record>,
    peers: BTreeMap<Ipv4Addr, FoundPeer>,
}

impl Records {
    /// Takes in what a round brought; gives the URLs whose attributes are to be read.
    pub(super) fn take(
        &mut self,
        now: Time,
        harvest: &Harvest,
        up: impl Fn(Ipv4Addr) -> bool,
    ) -> Vec<String> {
        let mut unread = Vec::new();
        for (url, (lifetime, teller)) in &harvest.urls {
            if !self.records.contains_key(url) && self.records.len() >= MOST {
                continue;
            }
            let (until, teller) = (now + *lifetime, teller.clone());
            let record = self.records.entry(url.clone()).or_insert_with(|| Record {
                until,
                teller: teller.clone(),
                reading: Reading::Unread,
                stale: until,
                absent: 0,
                down: 0,
            });
            record.until = until;
            record.teller = teller;
            record.absent = 0;
            let ip = record.found().and_then(|found| found.ip);
            let down = ip.is_some_and(|ip| !up(ip));
            record.down = if down { record.down.saturating_add(1) } else { 0 };
            let again = record.stale <= now || record.down == DOWN;
            if record.reading == Reading::Unread || again {
                unread.push(url.clone());
            }
        }
        if harvest.answered && harvest.complete {
            for (url, record) in &mut self.records {
                if !harvest.urls.contains_key(url) {
                    record.absent = record.absent.saturating_add(1);
                }
            }
        }
        self.records.retain(|_, record| record.absent < ABSENT && record.until > now);
        unread
    }

    /// The attributes of a URL are being asked for.
    pub(super) fn asked(&mut self, url: &str) -> Option<&Teller> {
        let record = self.records.get_mut(url)?;
        if record.reading == Reading::Unread {
            record.reading = Reading::Asked;
        }
        Some(&record.teller)
    }

    /// The attributes of a URL have been read, or nobody told them.
    pub(super) fn read(&mut self, url: &str, found: Option<Found>) {
        let Some(record) = self.records.get_mut(url) else { return };
        match found {
            Some(found) => {
                record.reading = Reading::Read(found);
                record.stale = record.until;
            }
            None if record.reading == Reading::Asked => record.reading = Reading::Unread,
            None => {}
        }
    }

    /// The address of a URL that names none was found elsewhere.
    pub(super) fn located(&mut self, url: &str, ip: Ipv4Addr, refused: Option<&'static str>) {
        let record = self.records.get_mut(url);
        if let Some(Reading::Read(found)) = record.map(|record| &mut record.reading)
            && found.ip.is_none()
        {
            (found.ip, found.refused) = (Some(ip), refused);
        }
    }

    /// Who is a peer on `network` now. `answered`: this ends a round that somebody answered.
    pub(super) fn peers(
        &mut self,
        now: Time,
        network: NetworkNumber,
        answered: bool,
        up: impl Fn(Ipv4Addr) -> bool,
    ) -> BTreeSet<Ipv4Addr> {
        self.records.retain(|_, record| record.until > now);
        let found: BTreeSet<Ipv4Addr> =
            self.records.values().filter_map(|record| record.peer_on(network)).collect();
        for &ip in &found {
            self.peers.entry(ip).or_default().missing = 0;
        }
        self.peers.retain(|&ip, peer| {
            if found.contains(&ip) {
                return true;
            }
            if up(ip) {
                peer.missing = 0;
            } else if answered {
                peer.missing += 1;
            }
            peer.missing <= ROUNDS
        });
        self.peers.keys().copied().collect()
    }

    /// When the next record ends.
    pub(super) fn next_end(&self) -> Option<Time> {
        self.records.values().map(|record| record.until).min()
    }

    /// The addresses are of peers that were found.
    pub(super) fn has_peers(&self) -> bool {
        !self.peers.is_empty()
    }

    /// What is known, by URL.
    pub(super) fn iter(&self) -> impl Iterator<Item = (&str, &Record)> {
        self.records.iter().map(|(url, record)| (url.as_str(), record))
    }
}

impl Record {
    /// What its attributes say, once they are read.
    pub(crate) fn found(&self) -> Option<&Found> {
        match &self.reading {
            Reading::Read(found) => Some(found),
            Reading::Unread | Reading::Asked => None,
        }
    }

    /// The peer on this network that it tells of.
    fn peer_on(&self, network: NetworkNumber) -> Option<Ipv4Addr> {
        let found = self.found().filter(|found| found.network == Some(network))?;
        found.ip.filter(|_| found.refused.is_none())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NETWORK: NetworkNumber = NetworkNumber(0xffff_fffd);
    const IP: Ipv4Addr = Ipv4Addr::new(10, 0, 0, 2);
    const URL: &str = "service:mgw.novell:///ROME";

    fn harvest(urls: &[&str]) -> Harvest {
        let (ip, interface) = (Ipv4Addr::new(10, 0, 0, 9), InterfaceId(0));
        let teller = Teller { ip, interface, version: Version::V2 };
        let entry = |url: &&str| ((*url).to_owned(), (Duration::from_secs(3_600), teller.clone()));
        Harvest { urls: urls.iter().map(entry).collect(), answered: true, complete: true }
    }

    fn known() -> Records {
        let mut records = Records::default();
        let unread = records.take(Time::ZERO, &harvest(&[URL]), |_| false);
        assert_eq!(unread, [URL]);
        assert!(records.peers(Time::ZERO, NETWORK, true, |_| false).is_empty());
        records.asked(URL);
        let found = Found { network: Some(NETWORK), ip: Some(IP), ..Found::default() };
        records.read(URL, Some(found));
        assert_eq!(records.peers(Time::ZERO, NETWORK, false, |_| false), BTreeSet::from([IP]));
        records
    }

    /// One answered round without the record; true while its agent is a peer.
    fn round(records: &mut Records, minute: u64, up: bool) -> bool {
        let now = Time::from_secs(60 * minute);
        records.take(now, &harvest(&[]), |_| up);
        records.peers(now, NETWORK, true, |_| up).contains(&IP)
    }

    #[test]
    fn an_agent_of_another_network_is_no_peer() {
        let mut records = known();
        assert!(records.peers(Time::ZERO, NetworkNumber(5), true, |_| false).contains(&IP));
        let mut others = Records::default();
        others.take(Time::ZERO, &harvest(&[URL]), |_| false);
        let found = Found { network: Some(NetworkNumber(5)), ip: Some(IP), ..Found::default() };
        others.read(URL, Some(found));
        assert!(others.peers(Time::ZERO, NETWORK, true, |_| false).is_empty());
        let refused = Found {
            refused: Some("outside"),
            ..records.iter().next().unwrap().1.found().unwrap().clone()
        };
        records.read(URL, Some(refused));
        assert!(records.records[URL].peer_on(NETWORK).is_none());
    }

    #[test]
    fn a_record_that_three_complete_answers_lack_is_gone_and_its_silent_peer_three_rounds_later() {
        let mut records = known();
        let stays: Vec<bool> = (1..8).map(|minute| round(&mut records, minute, false)).collect();
        // The record is gone with the third round; that one counts as the first without it.
        assert_eq!(stays, [true, true, true, true, true, false, false]);
    }

    #[test]
    fn a_peer_that_is_heard_stays_however_long_its_record_is_gone() {
        let mut records = known();
        assert!((1..200).all(|minute| round(&mut records, minute, true)));
        let stays: Vec<bool> =
            (200..205).map(|minute| round(&mut records, minute, false)).collect();
        assert_eq!(stays, [true, true, true, false, false]);
    }

    #[test]
    fn nobody_is_dropped_while_nobody_answers() {
        let mut records = known();
        for minute in 1..500 {
            let now = Time::from_secs(60 * minute);
            let nothing = Harvest { answered: false, ..harvest(&[]) };
            records.take(now, &nothing, |_| false);
            assert!(records.peers(now, NETWORK, false, |_| false).contains(&IP));
        }
    }

    #[test]
    fn attributes_are_read_again_once_the_peer_was_down_for_two_rounds() {
        let mut records = known();
        let mut again = |minute: u64, up: bool| {
            records.take(Time::from_secs(60 * minute), &harvest(&[URL]), |_| up)
        };
        assert!(again(1, true).is_empty());
        assert!(again(2, false).is_empty());
        assert_eq!(again(3, false), [URL]);
        assert!(again(4, false).is_empty());
    }
}
