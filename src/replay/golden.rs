//! What an agent sent, against what it should have sent: a capture that was looked at before.

use std::fmt;
use std::time::Duration;

use super::describe;

/// A packet and when it was sent, since the epoch.
pub type Packet = (Duration, Vec<u8>);

/// The first packet in which two captures differ.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// Which packet, from 1.
    pub number: usize,
    /// What the golden capture has there; `None`: it ends before.
    pub golden: Option<Packet>,
    /// What was sent now; `None`: nothing more.
    pub now: Option<Packet>,
}

/// Compares what was sent with the golden capture, packet by packet, times included.
#[must_use]
pub fn compare(golden: &[Packet], now: &[Packet]) -> Option<Difference> {
    let same = golden.iter().zip(now).take_while(|(golden, now)| golden == now).count();
    let (golden, now) = (golden.get(same).cloned(), now.get(same).cloned());
    (golden != now).then_some(Difference { number: same + 1, golden, now })
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let line = |packet: &Option<Packet>| match packet {
            Some((time, frame)) => {
                format!("{}.{:06} {}", time.as_secs(), time.subsec_micros(), describe::frame(frame))
            }
            None => "nothing more".to_owned(),
        };
        writeln!(f, "first difference: packet {}", self.number)?;
        writeln!(f, "  golden: {}", line(&self.golden))?;
        write!(f, "  now:    {}", line(&self.now))?;
        if let (Some((golden_time, golden)), Some((now_time, now))) = (&self.golden, &self.now)
            && golden_time == now_time
        {
            let offset = golden.iter().zip(now).take_while(|(golden, now)| golden == now).count();
            let byte = |bytes: &[u8]| match bytes.get(offset) {
                Some(byte) => format!("{byte:02X}"),
                None => "no byte".to_owned(),
            };
            let (golden, now) = (byte(golden), byte(now));
            write!(f, "\n  at byte {offset} of the frame: golden {golden}, now {now}")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn packet(seconds: u64, bytes: &[u8]) -> Packet {
        (Duration::from_secs(seconds), bytes.to_vec())
    }

    #[test]
    fn equal_captures_have_no_difference() {
        let packets = [packet(1, b"a"), packet(2, b"b")];
        assert_eq!(compare(&packets, &packets), None);
        assert_eq!(compare(&[], &[]), None);
    }

    #[test]
    fn the_first_difference_is_named_by_packet_and_byte() {
        let golden = [packet(1, b"a"), packet(2, b"abc"), packet(3, b"c")];
        let now = [packet(1, b"a"), packet(2, b"abd"), packet(4, b"c")];
        let difference = compare(&golden, &now).unwrap();
        assert_eq!(difference.number, 2);
        let text = difference.to_string();
        assert!(text.contains("packet 2"), "{text}");
        assert!(text.contains("at byte 2 of the frame: golden 63, now 64"), "{text}");
    }

    #[test]
    fn a_missing_packet_one_too_many_and_another_time_are_differences() {
        let golden = [packet(1, b"a"), packet(2, b"b")];
        let missing = compare(&golden, &golden[..1]).unwrap();
        assert_eq!((missing.number, &missing.now), (2, &None));
        let too_many = compare(&golden[..1], &golden).unwrap();
        assert_eq!((too_many.number, &too_many.golden), (2, &None));
        let later = compare(&golden, &[packet(1, b"a"), packet(3, b"b")]).unwrap();
        assert_eq!(later.number, 2);
        assert!(later.to_string().contains("3.000000"));
    }
}
