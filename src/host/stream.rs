//! Numbered datagrams: every byte of one follows from the stream, its number and its size, so
//! whoever receives one can tell whether it is whole.
//!
//! | offset | bytes | field |
//! |---|---|---|
//! | 0 | 4 | `IPXN` |
//! | 4 | 4 | the stream |
//! | 8 | 4 | the number, from 0 |
//! | 12 | 4 | datagrams in the stream |
//! | 16 | … | filling, from stream, number and count |

use std::str::FromStr;

use ipxway_core::wire::ipx::HEADER_LEN;
use serde::Serialize;

/// Bytes before the filling.
const PREFIX_LEN: usize = 16;
/// The smallest IPX packet of a stream: header, prefix and 8 bytes of filling.
pub const LEAST_SIZE: u16 = 54;
/// The largest IPX packet that every framing carries [ipx-rip-sap §5].
const MIXED_MOST: u16 = 1492;
/// The largest IPX packet on an Ethernet.
const GREATEST_SIZE: u16 = 1500;

/// Sizes of the packets of a stream, in bytes of IPX.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Size {
    /// All of one size.
    Fixed(u16),
    /// Every size from the least to what all framings carry, odd and even, far apart from one to
    /// the next.
    Mixed,
}

impl Size {
    /// The size of the packet of this number.
    #[must_use]
    pub fn of(self, number: u32) -> u16 {
        match self {
            Self::Fixed(size) => size,
            Self::Mixed => {
                let range = u32::from(MIXED_MOST - LEAST_SIZE) + 1;
                // 887 is prime to the 1439 sizes: each occurs once in 1439 packets.
                let step = (number % range) * 887 % range;
                LEAST_SIZE + u16::try_from(step).unwrap_or(0)
            }
        }
    }
}

impl FromStr for Size {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text == "mixed" {
            return Ok(Self::Mixed);
        }
        match text.parse() {
            Ok(size @ LEAST_SIZE..=GREATEST_SIZE) => Ok(Self::Fixed(size)),
            _ => Err(format!("`{text}` is no size: {LEAST_SIZE} to {GREATEST_SIZE}, or mixed")),
        }
    }
}

/// Which datagram of which stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Number {
    /// The stream, chosen by the sender.
    pub stream: u32,
    /// Its place in the stream, from 0.
    pub number: u32,
    /// Datagrams in the stream.
    pub count: u32,
}

impl Number {
    /// The data of this datagram in an IPX packet of `size` bytes.
    #[must_use]
    pub fn data(self, size: u16) -> Vec<u8> {
        let len = usize::from(size.max(LEAST_SIZE)) - HEADER_LEN;
        let mut data = Vec::with_capacity(len + 8);
        data.extend_from_slice(b"IPXN");
        for word in [self.stream, self.number, self.count] {
            data.extend_from_slice(&word.to_be_bytes());
        }
        let mut filling = self.filling();
        while data.len() < len {
            data.extend_from_slice(&filling.next_word());
        }
        data.truncate(len);
        data
    }

    /// The number in the data of a packet: `None` if it is no datagram of a stream, and an error
    /// if it was one and is corrupted.
    #[must_use]
    pub fn check(data: &[u8]) -> Option<Result<Self, Corrupted>> {
        let (prefix, filling) = data.split_first_chunk::<PREFIX_LEN>()?;
        let &[b'I', b'P', b'X', b'N', rest @ ..] = prefix else { return None };
        let (words, _) = rest.as_chunks::<4>();
        let [stream, number, count] = words.first_chunk::<3>()?.map(u32::from_be_bytes);
        let found = Self { stream, number, count };
        let mut expected = found.filling();
        let (whole, tail) = filling.as_chunks::<8>();
        let intact = whole.iter().all(|word| *word == expected.next_word())
            && expected.next_word().starts_with(tail);
        Some(if intact { Ok(found) } else { Err(Corrupted) })
    }

    fn filling(self) -> Filling {
        let seed = (u64::from(self.stream) << 32) | u64::from(self.number);
        Filling(seed ^ (u64::from(self.count) << 17) ^ 0x9e37_79b9_7f4a_7c15)
    }
}

/// A datagram whose filling does not belong to its number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Corrupted;

/// The splitmix64 sequence: one addition and two multiplications for eight bytes.
struct Filling(u64);

impl Filling {
    fn next_word(&mut self) -> [u8; 8] {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut word = self.0;
        word = (word ^ (word >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        word = (word ^ (word >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (word ^ (word >> 31)).to_be_bytes()
    }
}

/// What arrived of a stream.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Tally {
    /// Datagrams expected.
    pub expected: u32,
    /// Different datagrams that arrived intact.
    pub received: u32,
    /// Those that never arrived.
    pub lost: u32,
    /// Further copies of one that had arrived.
    pub duplicated: u32,
    /// Those that arrived after one with a greater number.
    pub reordered: u32,
    /// Datagrams with wrong bytes.
    pub corrupted: u32,
    /// Datagrams of other streams, or with numbers that cannot be.
    pub foreign: u32,
    /// Bytes of IPX in the intact ones.
    pub bytes: u64,
    #[serde(skip)]
    seen: Vec<bool>,
    #[serde(skip)]
    stream: Option<u32>,
    #[serde(skip)]
    greatest: Option<u32>,
}

impl Tally {
    /// Nothing has arrived of `expected` datagrams.
    #[must_use]
    pub fn new(expected: u32) -> Self {
        let seen = vec![false; expected as usize];
        Self { expected, lost: expected, seen, ..Self::default() }
    }

    /// Takes the data of a packet; other traffic on the socket is not counted.
    pub fn take(&mut self, data: &[u8]) {
        let found = match Number::check(data) {
            None => return,
            Some(Err(Corrupted)) => {
                self.corrupted += 1;
                return;
            }
            Some(Ok(found)) => found,
        };
        let stream = *self.stream.get_or_insert(found.stream);
        let place = self.seen.get_mut(found.number as usize);
        let Some(seen) = place.filter(|_| stream == found.stream && found.count == self.expected)
        else {
            self.foreign += 1;
            return;
        };
        if *seen {
            self.duplicated += 1;
            return;
        }
        *seen = true;
        self.received += 1;
        self.lost -= 1;
        self.bytes += (data.len() + HEADER_LEN) as u64;
        if self.greatest.is_some_and(|greatest| greatest > found.number) {
            self.reordered += 1;
        } else {
            self.greatest = Some(found.number);
        }
    }

    /// Every datagram has arrived.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        self.lost == 0
    }

    /// Every datagram has arrived once, in order and intact, and nothing else has.
    #[must_use]
    pub fn is_perfect(&self) -> bool {
        self.is_complete() && self.duplicated + self.reordered + self.corrupted + self.foreign == 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn number(number: u32) -> Number {
        Number { stream: 7, number, count: 3 }
    }

    #[test]
    fn a_datagram_of_any_size_is_recognised_and_any_flipped_bit_is_found() {
        for size in [54, 55, 61, 62, 63, 64, 577] {
            let data = number(2).data(size);
            assert_eq!(data.len(), usize::from(size) - HEADER_LEN);
            assert_eq!(Number::check(&data), Some(Ok(number(2))));
            for bit in 32..data.len() * 8 {
                let mut wrong = data.clone();
                wrong[bit / 8] ^= 1 << (bit % 8);
                assert_eq!(Number::check(&wrong), Some(Err(Corrupted)), "size {size}, bit {bit}");
            }
        }
    }

    #[test]
    fn the_tally_tells_loss_duplicates_order_and_corruption_apart() {
        let mut tally = Tally::new(3);
        tally.take(&number(1).data(100));
        tally.take(&number(0).data(100));
        tally.take(&number(1).data(100));
        tally.take(b"something else on the socket");
        tally.take(&Number { stream: 8, number: 2, count: 3 }.data(100));
        tally.take(&Number { stream: 7, number: 3, count: 3 }.data(100));
        let mut wrong = number(2).data(100);
        wrong[40] ^= 1;
        tally.take(&wrong);
        let counts = (tally.received, tally.lost, tally.duplicated, tally.reordered);
        assert_eq!(counts, (2, 1, 1, 1));
        assert_eq!((tally.corrupted, tally.foreign, tally.bytes), (1, 2, 200));
        assert!(!tally.is_perfect());
    }

    #[test]
    fn a_stream_that_arrives_once_in_order_is_perfect() {
        let mut tally = Tally::new(3);
        (0..3).for_each(|n| tally.take(&number(n).data(Size::Mixed.of(n))));
        assert!(tally.is_perfect(), "{tally:?}");
    }

    #[test]
    fn mixed_sizes_are_all_sizes_that_every_framing_carries() {
        let sizes: std::collections::BTreeSet<u16> =
            (0..1439).map(|number| Size::Mixed.of(number)).collect();
        assert_eq!(sizes.len(), 1439);
        assert_eq!(sizes.first().zip(sizes.last()), Some((&LEAST_SIZE, &MIXED_MOST)));
    }
}
