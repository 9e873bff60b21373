//! Numbered datagrams: sent at a pace, counted where they arrive.

use std::collections::BTreeSet;
use std::time::Duration;

use super::{DATAGRAMS, Host, HostTimer};
use crate::Time;
use crate::wire::Address;
use crate::wire::ipx::{Header, PacketType};

/// What begins the data of a numbered datagram.
const MARK: [u8; 4] = *b"SIM#";

/// Datagrams that a host still has to send.
#[derive(Clone, Debug)]
pub(super) struct Stream {
    to: Address,
    next: u32,
    count: u32,
    sizes: Vec<usize>,
    interval: Duration,
}

/// What became of the datagrams of one sender.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Datagrams that arrived whole, each counted once.
    pub arrived: u32,
    /// Further copies of them.
    pub duplicates: u32,
    /// Those that a later one had overtaken.
    pub overtaken: u32,
    /// Those whose contents were not as sent.
    pub damaged: u32,
    greatest: Option<u32>,
    seen: BTreeSet<u32>,
}

impl Tally {
    pub(super) fn count(&mut self, data: &[u8]) {
        let Some(number) = read(data) else {
            self.damaged += 1;
            return;
        };
        if !self.seen.insert(number) {
            self.duplicates += 1;
            return;
        }
        self.arrived += 1;
        if self.greatest.is_some_and(|greatest| number < greatest) {
            self.overtaken += 1;
        }
        self.greatest = self.greatest.max(Some(number));
    }
}

/// The data of a datagram: mark, number, and bytes that follow from the number.
fn write(number: u32, size: usize) -> Vec<u8> {
    let mut data = MARK.to_vec();
    data.extend_from_slice(&number.to_be_bytes());
    let filler = (0..).map(|place: u32| filler(number, place));
    data.extend(filler.take(size.saturating_sub(data.len())));
    data
}

fn filler(number: u32, place: u32) -> u8 {
    let [.., low] = number.wrapping_mul(31).wrapping_add(place).to_be_bytes();
    low
}

/// The number of a datagram, if its data is whole.
fn read(data: &[u8]) -> Option<u32> {
    let (mark, rest) = data.split_first_chunk::<4>()?;
    let (number, rest) = rest.split_first_chunk::<4>()?;
    let number = u32::from_be_bytes(*number);
    let whole = rest.iter().zip(0..).all(|(&byte, place)| byte == filler(number, place));
    (*mark == MARK && whole).then_some(number)
}

impl Host {
    /// Sends `count` datagrams to `to`, one each `interval`, of these sizes in turn (bytes of
    /// data, 8 at least).
    pub(in crate::sim) fn stream(
        &mut self,
        now: Time,
        to: Address,
        count: u32,
        sizes: &[usize],
        interval: Duration,
    ) {
        let index = self.streams.len();
        let to = Address { socket: DATAGRAMS, ..to };
        self.streams.push(Stream { to, next: 0, count, sizes: sizes.to_vec(), interval });
        self.timers.set(HostTimer::Stream(index), now);
    }

    pub(super) fn send_next(&mut self, now: Time, index: usize) {
        let Some(stream) = self.streams.get_mut(index) else { return };
        if stream.next == stream.count {
            return;
        }
        let turn = stream.next as usize % stream.sizes.len().max(1);
        let size = stream.sizes.get(turn).copied().unwrap_or(0);
        let (to, data) = (stream.to, write(stream.next, size));
        stream.next += 1;
        self.timers.set(HostTimer::Stream(index), now + stream.interval);
        let header = Header::new(PacketType::PEP, self.address(DATAGRAMS), to);
        self.send(now, header, &data);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tally_tells_lost_doubled_overtaken_and_damaged_datagrams_apart() {
        let mut tally = Tally::default();
        for number in [0, 1, 3, 2, 3] {
            tally.count(&write(number, 100));
        }
        let mut damaged = write(4, 100);
        damaged[50] ^= 1;
        tally.count(&damaged);
        tally.count(b"SIM");
        let counts = (tally.arrived, tally.duplicates, tally.overtaken, tally.damaged);
        assert_eq!(counts, (4, 1, 1, 2));
    }
}
