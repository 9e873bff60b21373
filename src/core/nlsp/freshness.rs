//! Which of two versions of a link-state packet is newer [nlsp §10.7].

use std::cmp::Ordering;

use crate::wire::nlsp::LspEntry;

/// How a version that somebody showed stands to the one in the database.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Freshness {
    /// It is older.
    Older,
    /// It is the same.
    Same,
    /// It is newer.
    Newer,
    /// Two different packets bear one sequence number.
    Confused,
}

/// Compares what was `shown`, by a packet or by an entry of a sequence number packet, with what is
/// `stored`. Both are of one link-state packet.
pub(crate) fn compare(stored: &LspEntry, shown: &LspEntry) -> Freshness {
    match shown.sequence.cmp(&stored.sequence) {
        Ordering::Less => Freshness::Older,
        Ordering::Greater => Freshness::Newer,
        Ordering::Equal => match (stored.lifetime, shown.lifetime) {
            // Senders of purges differ in what they do about the checksum [nlsp §6.2].
            (0, 0) => Freshness::Same,
            (0, _) => Freshness::Older,
            (_, 0) => Freshness::Newer,
            _ if stored.checksum == shown.checksum => Freshness::Same,
            _ => Freshness::Confused,
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::nlsp::LspId;

    fn entry(sequence: u32, lifetime: u16, checksum: u16) -> LspEntry {
        LspEntry { lifetime, id: LspId::FIRST, sequence, checksum }
    }

    #[test]
    fn every_row_of_the_table_holds_for_every_pair_of_versions() {
        let mut versions = Vec::new();
        for sequence in [0, 1, 2, 0x7fff_ffff, 0x8000_0000, u32::MAX] {
            for lifetime in [0, 1, 7_500, u16::MAX] {
                versions.extend([1, 0xffff].map(|sum| entry(sequence, lifetime, sum)));
            }
        }
        for stored in &versions {
            for shown in &versions {
                // A purge is newer than what is alive under its number.
                let [age_of_stored, age_of_shown] =
                    [stored, shown].map(|version| (version.sequence, version.lifetime == 0));
                let expected = if age_of_shown > age_of_stored {
                    Freshness::Newer
                } else if age_of_shown < age_of_stored {
                    Freshness::Older
                } else if age_of_shown.1 || stored.checksum == shown.checksum {
                    Freshness::Same
                } else {
                    Freshness::Confused
                };
                assert_eq!(compare(stored, shown), expected, "{stored:?} {shown:?}");
            }
        }
    }

    #[test]
    fn a_sequence_number_does_not_wrap() {
        let (low, high) = (entry(1, 9, 9), entry(u32::MAX, 9, 9));
        assert_eq!(compare(&low, &high), Freshness::Newer);
        assert_eq!(compare(&high, &low), Freshness::Older);
    }

    #[test]
    fn an_entry_that_says_i_have_none_is_older_than_anything() {
        let none = entry(0, 0, 0);
        assert_eq!(compare(&entry(1, 9, 9), &none), Freshness::Older);
        assert_eq!(compare(&entry(1, 0, 9), &none), Freshness::Older);
    }

    #[test]
    fn a_purge_is_newer_than_the_live_packet_of_its_number_whatever_the_checksums() {
        let (live, dead) = (entry(7, 1, 0x1234), entry(7, 0, 0x4321));
        assert_eq!(compare(&live, &dead), Freshness::Newer);
        assert_eq!(compare(&dead, &live), Freshness::Older);
        assert_eq!(compare(&dead, &entry(7, 0, 0)), Freshness::Same);
        assert_eq!(compare(&live, &entry(7, 1, 0x4321)), Freshness::Confused);
    }
}
