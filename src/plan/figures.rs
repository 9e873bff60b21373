//! How large packets are and how often they go: the arithmetic of NLSP on CMD networks.
//!
//! Rates are whole numbers, rounded once. Timers are jittered down to three quarters of what they
//! are set to, so that on average seven eighths of it pass [nlsp §8.3]: what is *expected* is
//! eight sevenths of what is *nominal*.

use ipxway_core::wire::{rip, sap};

/// Bytes around an NLSP packet: the headers of IPX, UDP and IPv4 [nlsp §19.3].
pub const ENVELOPE: u64 = 30 + UDP_IP;
/// Bytes around an IPX packet: the headers of UDP and IPv4.
const UDP_IP: u64 = 28;
/// What fits an IPv4 packet of 1500 bytes without fragments, as NLSP packet [nlsp §19.3].
const UNFRAGMENTED: u64 = 1_500 - ENVELOPE;
/// Seconds between two issues of an LSP that does not change, on average: 7200 less up to a
/// quarter of jitter [nlsp §10.3].
const REFRESH_S: u64 = 7_200 * 7 / 8;
/// Headers of the packets [nlsp §3].
const LSP_HEADER: u64 = 27;
const CSNP_HEADER: u64 = 33;
/// An entry of a CSNP, how many an option holds, and what the option adds [nlsp §7].
const ENTRY: u64 = 16;
const ENTRIES: u64 = 15;
const OPTION: u64 = 2;
/// Bytes of a hello that lists nobody, with one area and its MTU [nlsp §4].
const HELLO: u64 = 43;
/// A neighbour in a hello, and how many an option holds.
const NEIGHBOUR: u64 = 6;
const NEIGHBOURS: u64 = 42;

/// LSPs of one node at most [nlsp §7.7].
pub const MAX_FRAGMENTS: u64 = 256;

/// A count, for arithmetic.
#[must_use]
pub fn count(things: usize) -> u64 {
    u64::try_from(things).unwrap_or(u64::MAX)
}

/// `numerator / denominator`, rounded to the nearest.
#[must_use]
pub const fn rounded(numerator: u64, denominator: u64) -> u64 {
    let denominator = if denominator == 0 { 1 } else { denominator };
    (numerator.saturating_add(denominator / 2)) / denominator
}

/// Bytes of a hello that lists so many neighbours [nlsp §19.3].
#[must_use]
pub const fn hello(neighbours: u64) -> u64 {
    HELLO + NEIGHBOUR * neighbours + OPTION * neighbours.div_ceil(NEIGHBOURS)
}

/// Whether one hello can list all neighbours among so many agents.
#[must_use]
pub const fn lists_all(agents: u64) -> bool {
    hello(agents.saturating_sub(1)) <= UNFRAGMENTED
}

/// Bytes of the IPv4 packet that takes a hello to one peer. If not all neighbours fit, each copy
/// lists only whom it goes to [nlsp §19.3].
#[must_use]
pub const fn hello_copy(agents: u64) -> u64 {
    let neighbours = if lists_all(agents) { agents.saturating_sub(1) } else { 1 };
    hello(neighbours) + ENVELOPE
}

/// Datagrams of one hello of every agent: n(n-1) [nlsp §19.2].
#[must_use]
pub const fn hello_round(agents: u64) -> u64 {
    agents * agents.saturating_sub(1)
}

/// So many things each interval, in a minute; nominal.
#[must_use]
pub const fn per_minute(things: u64, interval_s: u64) -> u64 {
    rounded(things * 60, interval_s)
}

/// So many things each jittered interval, in a minute; expected.
#[must_use]
pub const fn expected_per_minute(things: u64, interval_s: u64) -> u64 {
    rounded(things * 60 * 8, interval_s * 7)
}

/// What the designated router's own interval adds to the expected hellos a minute [nlsp §19.2].
#[must_use]
pub const fn designated_adds(agents: u64, interval_s: u64, designated_s: u64) -> u64 {
    let copies = agents.saturating_sub(1);
    expected_per_minute(copies, designated_s)
        .saturating_sub(expected_per_minute(copies, interval_s))
}

/// So many bytes each jittered interval, in bits a second; expected.
#[must_use]
pub const fn bps(bytes: u64, interval_s: u64) -> u64 {
    rounded(bytes * 8 * 8, interval_s * 7)
}

/// So many bytes of LSPs that do not change, in bits a second.
#[must_use]
pub const fn refresh_bps(bytes: u64) -> u64 {
    rounded(bytes * 8, REFRESH_S)
}

/// Entries of a CSNP of at most so many bytes [nlsp §7.7].
#[must_use]
pub const fn csnp_entries(packet: u64) -> u64 {
    let room = packet.saturating_sub(CSNP_HEADER);
    let full = OPTION + ENTRIES * ENTRY;
    let rest = (room % full).saturating_sub(OPTION) / ENTRY;
    room / full * ENTRIES + rest
}

/// CSNPs that list so many LSPs; at least one [nlsp §11.4].
#[must_use]
pub fn csnps(lsps: u64, packet: u64) -> u64 {
    lsps.div_ceil(csnp_entries(packet).max(1)).max(1)
}

/// Bytes of the IPv4 packets that take these CSNPs to one peer.
#[must_use]
pub fn csnp_bytes(lsps: u64, packet: u64) -> u64 {
    let each = csnp_entries(packet).max(1);
    let full = csnps(lsps, packet) - 1;
    full * csnp_of(each) + csnp_of(lsps - full * each)
}

const fn csnp_of(entries: u64) -> u64 {
    CSNP_HEADER + ENTRY * entries + OPTION * entries.div_ceil(ENTRIES) + ENVELOPE
}

/// Bytes of the IPv4 packets that tell so many networks and services by RIP and SAP to one peer.
#[must_use]
pub fn vectors(routes: u64, services: u64) -> u64 {
    let packets = |entries: u64, most: usize, each: usize| {
        let (most, each) = (count(most), count(each));
        // The operation stands before the entries.
        let around = 30 + 2 + UDP_IP;
        entries.div_ceil(most) * around + entries * each
    };
    packets(routes, rip::MAX_ENTRIES, rip::ENTRY_LEN)
        + packets(services, sap::MAX_ENTRIES, sap::ENTRY_LEN)
}

/// The LSPs of a node, filled option by option; no option is split [nlsp §10.1].
#[derive(Clone, Copy, Debug)]
pub struct Fragments {
    /// What an LSP has room for.
    room: u64,
    /// What is left of the last one's.
    left: u64,
    /// How many there are.
    pub count: u64,
    /// Their bytes together.
    pub bytes: u64,
}

impl Fragments {
    /// Number 0, with nothing in it; LSPs are of so many bytes at most.
    #[must_use]
    pub const fn new(lsp_size: u64) -> Self {
        let room = lsp_size.saturating_sub(LSP_HEADER);
        Self { room, left: room, count: 1, bytes: LSP_HEADER }
    }

    /// Adds options, each with a value of so many bytes.
    pub fn add(&mut self, options: u64, value: u64) {
        for _ in 0..options {
            self.place(OPTION + value);
        }
    }

    /// Adds external routes: as many in an option as it holds, or as still fit [nlsp §7.6].
    pub fn add_routes(&mut self, mut routes: u64) {
        const ROUTE: u64 = 7;
        const ROUTES: u64 = 36;
        while routes > 0 {
            let fit = self.left.saturating_sub(OPTION) / ROUTE;
            let fit = if fit == 0 { self.room.saturating_sub(OPTION) / ROUTE } else { fit };
            let taken = fit.clamp(1, ROUTES).min(routes);
            self.place(OPTION + taken * ROUTE);
            routes -= taken;
        }
    }

    fn place(&mut self, bytes: u64) {
        if bytes > self.left {
            self.count += 1;
            self.bytes += LSP_HEADER;
            self.left = self.room;
        }
        self.left = self.left.saturating_sub(bytes);
        self.bytes += bytes;
    }

    /// Bytes of the IPv4 packets that take them to one peer.
    #[must_use]
    pub const fn datagrams(&self) -> u64 {
        self.bytes + self.count * ENVELOPE
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hello_has_the_sizes_of_the_document() {
        let sizes = [1, 7, 99, 231, 232, 299, 999].map(hello);
        assert_eq!(sizes, [51, 87, 643, 1_441, 1_447, 1_853, 6_085]);
        assert_eq!([25, 26, 100].map(hello_copy), [247, 253, 701]);
    }

    #[test]
    fn above_231_neighbours_a_copy_lists_only_whom_it_goes_to() {
        assert!(lists_all(232));
        assert_eq!(hello_copy(232), 1_499);
        assert!(!lists_all(233));
        assert_eq!([233, 300, 1_000].map(hello_copy), [109; 3]);
    }

    #[test]
    fn hellos_a_minute_are_those_of_the_case_study() {
        let rounds = [300, 25, 26].map(hello_round);
        assert_eq!(rounds, [89_700, 600, 650]);
        assert_eq!(rounds.map(|round| per_minute(round, 60)), rounds);
        assert_eq!(rounds.map(|round| per_minute(round, 20)), [269_100, 1_800, 1_950]);
        assert_eq!(per_minute(299, 20), 897, "of one agent");
    }

    #[test]
    fn jitter_and_the_designated_router_add_what_the_document_computes() {
        assert_eq!(expected_per_minute(89_700, 20), 307_543);
        assert_eq!(designated_adds(300, 20, 10), 1_025);
        assert_eq!(designated_adds(300, 20, 20), 0);
        assert_eq!(designated_adds(1, 20, 10), 0);
    }

    #[test]
    fn csnps_are_as_many_and_as_large_as_the_document_computes() {
        assert_eq!(csnp_entries(512), 29);
        assert_eq!([918, 3_059, 0, 29, 30].map(|lsps| csnps(lsps, 512)), [32, 106, 1, 1, 2]);
        assert_eq!(csnp_bytes(29, 512), 501 + ENVELOPE);
        assert_eq!(csnp_bytes(0, 512), 33 + ENVELOPE);
        assert_eq!(csnp_bytes(30, 512), 501 + 51 + 2 * ENVELOPE);
        assert_eq!(csnps(3_059, 512) * 999, 105_894, "datagrams of a round");
    }

    #[test]
    fn lsps_hold_as_much_as_the_document_computes() {
        let full = |value: u64| {
            let mut node = Fragments::new(512);
            let mut options = 0;
            while node.count == 1 {
                node.add(1, value);
                options += 1;
            }
            options - 1
        };
        assert_eq!(full(25), 17, "links");
        assert_eq!([8, 20, 47].map(|name| full(15 + name)), [19, 13, 7], "services");
        let routes = |count| {
            let mut node = Fragments::new(512);
            node.add_routes(count);
            node.count
        };
        assert_eq!([0, 68, 69, 136, 137].map(routes), [1, 1, 2, 2, 3]);
    }

    #[test]
    fn an_lsp_that_holds_nothing_still_ends() {
        let mut node = Fragments::new(0);
        node.add_routes(100);
        node.add(3, 25);
        assert_eq!(node.count, 104);
    }

    #[test]
    fn rip_and_sap_have_the_sizes_of_their_packets() {
        assert_eq!(vectors(0, 0), 0);
        assert_eq!(vectors(50, 0), 432 + 28);
        assert_eq!(vectors(0, 7), 480 + 28);
        assert_eq!(vectors(51, 8), 432 + 40 + 480 + 96 + 4 * 28);
    }
}
