//! How much others may make us say [slp-dhcp-snmp §5.7].
//!
//! A datagram's sender can be forged, and an answer is often longer than its question. So answers
//! to whoever has not shown by TCP that it is there are three times their question at the most,
//! and all answers together are limited. As these run out, whoever asks again what was answered
//! gets none any more, then whoever has not shown itself.

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
/// What of it is left to those who ask something new, and to those who are verified.
const FOR_NEW: u32 = IN_ALL / 2;
const FOR_VERIFIED: u32 = IN_ALL / 4;
/// A question is the same as one of this host's with its number within this time.
const SAME: Duration = Duration::from_secs(60);
/// For so long a host counts as verified after an exchange by TCP.
const VERIFIED: Duration = Duration::from_secs(600);
/// An answer to an unverified host is so many times as long as the question at most.
const TIMES: usize = 3;
/// Hosts, and questions, that are remembered.
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
    /// Numbers of questions that were looked at, and until when they count.
    asked: BTreeMap<(Ipv4Addr, u16), Time>,
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

    /// One more answer would be permitted, to the question with this number: without that it is
    /// not even looked at.
    pub(super) fn has_room(&mut self, now: Time, host: Ipv4Addr, by: By, number: u16) -> bool {
        let reserve = if self.asked.get(&(host, number)).is_some_and(|until| *until > now) {
            FOR_NEW
        } else if by == By::Datagram && !self.is_verified(now, host) {
            FOR_VERIFIED
        } else {
            0
        };
        let bucket = self.hosts.get(&(host, by)).copied().unwrap_or_default();
        let room = bucket.holds_more_than(0, OF_HOST, now)
            && self.all.holds_more_than(reserve, IN_ALL, now);
        if room {
            self.remember(now, host, number);
        }
        self.dropped += u64::from(!room);
        room
    }

    fn remember(&mut self, now: Time, host: Ipv4Addr, number: u16) {
        // All at once: to look for old ones at each question would cost more than they do.
        if self.asked.len() >= MOST {
            self.asked.clear();
        }
        self.asked.insert((host, number), now + SAME);
    }

    fn is_verified(&self, now: Time, host: Ipv4Addr) -> bool {
        self.verified.get(&host).is_some_and(|until| *until > now)
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
        let most = if self.is_verified(now, host) { datagram } else { datagram.min(TIMES * asked) };
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
        assert!(limits.has_room(now + Duration::from_millis(10), host(1), By::Stream, 1));
        assert_eq!(limits.dropped, 10_000 - 20 + 498 - 180);
        assert!(limits.permit(now + Duration::from_secs(1), host(1), By::Datagram));
    }

    #[test]
    fn as_answers_run_out_repeated_questions_go_first_and_unverified_hosts_next() {
        let (mut limits, now) = (Limits::default(), Time::from_secs(5));
        let host = |n: u32| Ipv4Addr::from_bits(0x0a00_0000 + n);
        let ask = |limits: &mut Limits, n: u32, number: u16| {
            limits.has_room(now, host(n), By::Datagram, number)
                && limits.permit(now, host(n), By::Datagram)
        };
        limits.verify(now, host(1));
        assert!(ask(&mut limits, 1, 1) && ask(&mut limits, 1, 1) && ask(&mut limits, 2, 1));
        let strangers = (100..1_000).filter(|&n| ask(&mut limits, n, 1)).count();
        assert_eq!(strangers, 147, "up to the reserve for those who are verified");
        assert!(!ask(&mut limits, 1, 1), "the same again, even of one of these");
        assert!(!ask(&mut limits, 2, 2), "something new, of a stranger");
        let verified = (2..=20).filter(|&number| ask(&mut limits, 1, number)).count();
        assert_eq!(verified, 18, "its twenty of a second");
        // A minute later it is another question.
        let later = now + SAME;
        let strangers = (2_000..3_000).filter(|&n| {
            limits.has_room(later, host(n), By::Datagram, 1)
                && limits.permit(later, host(n), By::Datagram)
        });
        assert_eq!(strangers.count(), 150);
        assert!(limits.has_room(later, host(1), By::Datagram, 1));
    }

    #[test]
    fn what_is_remembered_of_hosts_is_bounded() {
        let mut limits = Limits::default();
        for n in 0..100_000_u32 {
            let now = Time::from_millis(n.into());
            limits.permit(now, Ipv4Addr::from_bits(n), By::Datagram);
            limits.verify(now, Ipv4Addr::from_bits(n));
            limits.has_room(now, Ipv4Addr::from_bits(n), By::Datagram, 7);
        }
        assert!(limits.hosts.len() <= MOST && limits.verified.len() <= MOST);
        assert!(limits.asked.len() <= MOST);
    }
}
