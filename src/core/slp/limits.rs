//! How much others may make us say [slp-dhcp-snmp §5.7].
//!
//! A datagram's sender can be forged, and an answer is often longer than its question. So answers
//! to whoever has not shown by TCP that it is there are three times their question at the most,
//! and all answers together are limited.

use std::collections::BTreeMap;
use std::net::Ipv4Addr;
use std::time::Duration;

use crate::Time;
use crate::bucket::Bucket;
use crate::config::Config;
use crate::wire::slp::Message;

/// Answers to one host in a second.
const OF_HOST: u32 = 20;
/// Answers to all.
const IN_ALL: u32 = 200;
/// For so long a host counts as verified after an exchange by TCP.
const VERIFIED: Duration = Duration::from_secs(600);
/// An answer to an unverified host is so many times as long as the question at most.
const TIMES: usize = 3;
/// Hosts that are remembered.
const MOST: usize = 4_096;

/// How an answer goes. Each has a limit of its own: a question by TCP mostly follows an answer that
/// did not fit a datagram, and must not be lost for having asked that.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum By {
    Datagram,
    Stream,
}

/// Who has asked how much.
#[derive(Debug, Default)]
pub(super) struct Limits {
    hosts: BTreeMap<(Ipv4Addr, By), Bucket>,
    all: Bucket,
    verified: BTreeMap<Ipv4Addr, Time>,
    /// Questions that got no answer for that.
    pub(super) dropped: u64,
}

impl Limits {
    /// One more answer to this host is permitted.
    pub(super) fn permit(&mut self, now: Time, host: Ipv4Addr, by: By) -> bool {
        let host = (host, by);
        if self.hosts.len() >= MOST && !self.hosts.contains_key(&host) {
            self.hosts.retain(|_, bucket| !bucket.is_full(now));
            if self.hosts.len() >= MOST {
                self.dropped += 1;
                return false;
            }
        }
        let mut bucket = self.hosts.get(&host).copied().unwrap_or_default();
        // Who asks too much takes nothing from what is there for all.
        let permitted = bucket.take(OF_HOST, now) && self.all.take(IN_ALL, now);
        self.hosts.insert(host, bucket);
        self.dropped += u64::from(!permitted);
        permitted
    }

    /// One more answer would be permitted: without that a question is not even looked at.
    pub(super) fn has_room(&mut self, now: Time, host: Ipv4Addr, by: By) -> bool {
        let (mut bucket, mut all) =
            (self.hosts.get(&(host, by)).copied().unwrap_or_default(), self.all);
        let room = bucket.take(OF_HOST, now) && all.take(IN_ALL, now);
        self.dropped += u64::from(!room);
        room
    }

    /// This host has said something by TCP: its address is its own.
    pub(super) fn verify(&mut self, now: Time, host: Ipv4Addr) {
        if self.verified.len() >= MOST && !self.verified.contains_key(&host) {
            self.verified.retain(|_, until| *until > now);
            if self.verified.len() >= MOST {
                return;
            }
        }
        self.verified.insert(host, now + VERIFIED);
    }

    /// The bytes of an answer by datagram to a question of `asked` bytes; `None`: it is not sent.
    pub(super) fn fit(
        &self,
        config: &Config,
        now: Time,
        host: Ipv4Addr,
        asked: usize,
        answer: &Message,
    ) -> Option<Vec<u8>> {
        let datagram = usize::from(config.slp.datagram);
        let verified = self.verified.get(&host).is_some_and(|until| *until > now);
        let most = if verified { datagram } else { datagram.min(TIMES * asked) };
        answer.fit(most).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_host_gets_twenty_answers_a_second_and_leaves_the_others_theirs() {
        let (mut limits, now) = (Limits::default(), Time::from_secs(5));
        let host = |n: u32| Ipv4Addr::from_bits(0x0a00_0000 + n);
        let greedy = (0..10_000).filter(|_| limits.permit(now, host(1), By::Datagram)).count();
        assert_eq!(greedy, 20);
        let others = (2..500).filter(|&n| limits.permit(now, host(n), By::Datagram)).count();
        assert_eq!(others, 180);
        assert!(limits.has_room(now + Duration::from_millis(10), host(1), By::Stream));
        assert_eq!(limits.dropped, 10_000 - 20 + 498 - 180);
        assert!(limits.permit(now + Duration::from_secs(1), host(1), By::Datagram));
    }

    #[test]
    fn what_is_remembered_of_hosts_is_bounded() {
        let mut limits = Limits::default();
        for n in 0..100_000_u32 {
            let now = Time::from_millis(n.into());
            limits.permit(now, Ipv4Addr::from_bits(n), By::Datagram);
            limits.verify(now, Ipv4Addr::from_bits(n));
        }
        assert!(limits.hosts.len() <= MOST && limits.verified.len() <= MOST);
    }
}
