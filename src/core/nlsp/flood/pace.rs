//! How fast a line is used, and by which kind of packet [nlsp §11.3, §19.8].

use std::time::Duration;

use crate::Time;

/// So many datagrams in any second.
///
/// A tenth of them may go at once, the rest evenly: a bucket that held a second's worth would let
/// twice the pace through in its first second.
#[derive(Clone, Copy, Debug)]
pub(super) struct Rate {
    burst: u32,
    /// Time for one datagram.
    cost: Duration,
}

/// A line's bucket: when it would be full again. Full at first.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Pace {
    full_at: Time,
}

impl Rate {
    pub(super) fn per_second(datagrams: u32) -> Self {
        let datagrams = datagrams.max(1);
        let burst = (datagrams / 10).max(1);
        let evenly = u64::from(datagrams - burst + 1);
        Self { burst, cost: Duration::from_micros(1_000_000_u64.div_ceil(evenly)) }
    }
}

impl Pace {
    /// Takes the permission for one datagram; false if there is none now.
    pub(super) fn take(&mut self, rate: Rate, now: Time) -> bool {
        let full_at = self.full_at.max(now) + rate.cost;
        let permitted = full_at <= now + rate.cost * rate.burst;
        if permitted {
            self.full_at = full_at;
        }
        permitted
    }

    /// There is permission for a datagram.
    pub(super) fn is_open(mut self, rate: Rate, now: Time) -> bool {
        self.take(rate, now)
    }

    /// When there is permission enough for it to be worth while to wake up: for half a burst, so
    /// that large networks do not cost a call for each datagram.
    pub(super) fn worth_while(self, rate: Rate) -> Time {
        let wanted = (rate.burst / 2).max(1);
        self.full_at - rate.cost * (rate.burst - wanted)
    }
}

/// What waits to be sent on a line. At equal shares the first goes first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Class {
    /// Sequence number packets.
    Numbers,
    /// Link-state packets for all neighbours.
    News,
    /// Link-state packets owed to one neighbour.
    Owed,
}

/// Who has sent how much, so that none of the kinds starves another: a CSNP set of a large network
/// may take a minute, and so may a newcomer.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Shares {
    used: [u64; 3],
    waited: [bool; 3],
    /// The share of the one that was served last: none that waits has a smaller one.
    served: u64,
}

impl Shares {
    /// Whose turn it is among the kinds that wait.
    pub(super) fn next(&mut self, waits: [bool; 3]) -> Option<Class> {
        const ORDER: [Class; 3] = [Class::Numbers, Class::News, Class::Owed];
        for ((used, waited), waits) in self.used.iter_mut().zip(self.waited).zip(waits) {
            // Whoever had nothing to send has saved nothing up by it.
            if waits && !waited {
                *used = self.served.max(*used);
            }
        }
        self.waited = waits;
        let waiting = ORDER.into_iter().zip(self.used).zip(waits).filter(|&(_, waits)| waits);
        let ((class, used), _) = waiting.min_by_key(|&((_, used), _)| used)?;
        self.served = used;
        Some(class)
    }

    /// It has sent so many datagrams.
    pub(super) fn spend(&mut self, class: Class, datagrams: u32) {
        let [numbers, news, owed] = &mut self.used;
        let used = match class {
            Class::Numbers => numbers,
            Class::News => news,
            Class::Owed => owed,
        };
        *used += u64::from(datagrams);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The most datagrams in any second, when there is always something to send.
    fn most_in_a_second(rate: u32) -> usize {
        let mut pace = Pace::default();
        let limit = Rate::per_second(rate);
        let mut sent: Vec<Time> = Vec::new();
        let mut now = Time::from_secs(100);
        while now < Time::from_secs(104) {
            while pace.take(limit, now) {
                sent.push(now);
            }
            now = now.max(pace.worth_while(limit)) + Duration::from_micros(1);
        }
        let within = |from: usize| {
            let end = sent[from] + Duration::from_secs(1);
            sent[from..].iter().take_while(|&&at| at < end).count()
        };
        (0..sent.len()).map(within).max().unwrap()
    }

    #[test]
    fn no_second_sees_more_than_the_pace_and_a_busy_one_sees_most_of_it() {
        for rate in [1, 2, 9, 10, 30, 1_470, 10_000] {
            let most = most_in_a_second(rate);
            assert!(most <= rate as usize, "{most} at a pace of {rate}");
            assert!(most * 10 >= rate as usize * 8, "{most} at a pace of {rate}");
        }
    }

    #[test]
    fn a_tenth_may_go_at_once() {
        let (mut pace, now) = (Pace::default(), Time::from_secs(7));
        let rate = Rate::per_second(30);
        assert_eq!((0..30).filter(|_| pace.take(rate, now)).count(), 3);
        assert!(!pace.is_open(rate, now));
        let next = pace.worth_while(rate);
        assert!(next > now && !pace.is_open(rate, next - Duration::from_micros(1)));
        assert!(pace.is_open(rate, next));
    }

    #[test]
    fn kinds_that_wait_share_evenly_by_what_they_send() {
        let mut shares = Shares::default();
        let mut sent = [0_u32; 3];
        for _ in 0..10_000 {
            let class = shares.next([true; 3]).unwrap();
            let cost = if class == Class::Owed { 1 } else { 50 };
            shares.spend(class, cost);
            sent[class as usize] += cost;
        }
        let [least, most] = [sent.iter().min(), sent.iter().max()].map(|sent| *sent.unwrap());
        assert!(least > 5_000 && most - least <= 100, "{sent:?}");
    }

    #[test]
    fn a_kind_that_was_quiet_goes_next_and_has_saved_nothing_up() {
        let mut shares = Shares::default();
        for _ in 0..1_000 {
            assert_eq!(shares.next([false, true, false]), Some(Class::News));
            shares.spend(Class::News, 10);
        }
        assert_eq!(shares.next([true, true, false]), Some(Class::Numbers));
        shares.spend(Class::Numbers, 11);
        assert_eq!(shares.next([true, true, false]), Some(Class::News));
        assert_eq!(shares.next([false; 3]), None);
    }
}
