//! What became of a received packet: exactly one of these, each a counter that operators see.

use std::fmt;

macro_rules! outcomes {
    ($($(#[$doc:meta])* $variant:ident = $name:literal,)*) => {
        /// What became of a received packet.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Outcome {
            $($(#[$doc])* $variant,)*
        }

        impl Outcome {
            /// Every outcome, in the order of the counters.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];
            /// How many there are.
            pub const COUNT: usize = Self::ALL.len();

            /// The counter's name in output and metrics.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => $name,)* }
            }
        }
    };
}

outcomes! {
    // What went well.
    /// Sent on towards its destination.
    Forwarded = "forwarded",
    /// A broadcast sent on to other circuits: type 20, or directed at one of our networks.
    Propagated = "propagated",
    /// Taken by the RIP engine.
    DeliveredRip = "delivered_rip",
    /// Taken by the RIP engine up to its last whole entry: the length is not 2 + 8n
    /// [ipx-rip-sap §10].
    DeliveredRipUneven = "delivered_rip_uneven",
    /// Taken by the SAP engine.
    DeliveredSap = "delivered_sap",
    /// Taken by the NLSP engine.
    DeliveredNlsp = "delivered_nlsp",
    /// A ping, answered; or the answer to one of ours.
    DeliveredPing = "delivered_ping",
    /// A diagnostic request.
    DeliveredDiagnostics = "delivered_diagnostics",

    // Frames that are none of ours; normal on a shared wire.
    /// Another protocol: IPv6, ARP, other LLC traffic [ipx-rip-sap §22.48].
    NotIpx = "not_ipx",
    /// EtherType 0600: XNS, or IPX of a NetWare 286 told to use it, which we refuse
    /// [ipx-rip-sap §5].
    FrameTypeXns = "frame_type_xns",
    /// IPX in a framing, or on a VLAN, that is no circuit here.
    NoCircuit = "no_circuit",
    /// Our own frame, come back from a bridge.
    OwnFrame = "own_frame",
    /// Addressed to another node of its network.
    NotForUs = "not_for_us",
    /// Broadcast on the link, but for a network elsewhere [ipx-rip-sap §8.1 step 8].
    BroadcastElsewhere = "broadcast_elsewhere",

    // Frames and headers that are wrong.
    /// Shorter than its own link header.
    FrameTruncated = "frame_truncated",
    /// An 802.3 length that is more than the frame has, or leaves no room for an LLC header.
    FrameLength = "frame_length",
    /// Type 05DD to 05FF: too large for a length, too small for an EtherType.
    FrameTypeIllegal = "frame_type_illegal",
    /// Less than 30 bytes of IPX.
    HeaderTruncated = "header_truncated",
    /// The IPX length is less than 30, or more than there is.
    HeaderLength = "header_length",
    /// The source node is a broadcast or multicast.
    SourceNode = "source_node",
    /// The checksum is wrong, on a packet for us or to be re-framed as raw 802.3.
    BadChecksum = "bad_checksum",
    /// Too many routers crossed.
    TooManyHops = "too_many_hops",

    // The CMD network [cmd §12.2].
    /// Not from the UDP port of the network.
    SourcePort = "source_port",
    /// Not from a peer.
    UnknownPeer = "unknown_peer",
    /// The source node is not that of the peer who sent it.
    SpoofedNode = "spoofed_node",
    /// From network 0, which no peer may claim.
    SourceNetworkZero = "source_network_zero",

    // Forwarding.
    /// No route, and no default route.
    NoRoute = "no_route",
    /// For a node of the CMD network that is no peer.
    NoPeer = "no_peer",
    /// Larger than the circuit it would leave by allows.
    OutTooBig = "out_too_big",
    /// Checksummed, and due to leave as raw 802.3, which has no room for a checksum.
    ChecksumInTheWay = "checksum_in_the_way",
    /// The circuit it would leave by is down; or the one it came in by, since.
    CircuitDown = "circuit_down",

    // The agent itself.
    /// For a socket that nobody listens on.
    UnknownSocket = "unknown_socket",
    /// The queue to the control plane was full.
    PuntOverflow = "punt_overflow",
    /// RIP: unknown operation, or cut short.
    RipMalformed = "rip_malformed",
    /// RIP: from another network, socket or ourselves; or RIP is off here.
    RipIgnored = "rip_ignored",
    /// SAP: unknown operation, or cut short.
    SapMalformed = "sap_malformed",
    /// SAP: from another network or ourselves, or a question that has no answer by rule.
    SapIgnored = "sap_ignored",
    /// NLSP: it breaks the format [nlsp §18].
    NlspIncorrect = "nlsp_incorrect",
    /// NLSP: a major version that is not 1.
    NlspVersion = "nlsp_version",
    /// NLSP: a link-state packet with a wrong checksum.
    NlspCorrupt = "nlsp_corrupt",
    /// NLSP: a type or level that we do not speak, our own packet, or NLSP is off here.
    NlspIgnored = "nlsp_ignored",
    /// NLSP: a hello that makes no neighbour: another area, or our own system.
    NlspRejected = "nlsp_rejected",
    /// NLSP: link-state or sequence numbers from somebody who is no neighbour, or no longer.
    NlspStranger = "nlsp_stranger",
    /// NLSP: a link-state packet for which there is no room.
    NlspOverload = "nlsp_overload",
    /// Ping: malformed, broadcast, or a reply that nobody waits for.
    PingIgnored = "ping_ignored",
    /// Diagnostics: malformed, off, or we are excluded.
    DiagnosticsIgnored = "diagnostics_ignored",
    /// More questions from one node than we answer in a second.
    AnswerLimited = "answer_limited",

    // Broadcasts.
    /// Type 20: shorter than its network list.
    Type20Short = "type20_short",
    /// Type 20: eight networks crossed already.
    Type20Hops = "type20_hops",
    /// Type 20: it has been on this network before.
    Type20Loop = "type20_loop",
    /// Type 20: the way back to its source leads elsewhere.
    Type20ReversePath = "type20_reverse_path",
    /// Type 20: more than the rate allows.
    Type20Limited = "type20_limited",
    /// Type 20, or a directed broadcast: no other circuit takes it.
    NowhereToPropagate = "nowhere_to_propagate",
}

impl Outcome {
    /// The place of the counter.
    #[must_use]
    pub const fn index(self) -> usize {
        self as usize
    }

    /// The packet served its purpose, as opposed to having been dropped.
    #[must_use]
    pub const fn is_success(self) -> bool {
        self.index() <= Self::DeliveredDiagnostics.index()
    }

    /// The packet was dropped because it, or its sender, is wrong: neither served nor merely
    /// somebody else's.
    #[must_use]
    pub const fn is_fault(self) -> bool {
        self.index() > Self::BroadcastElsewhere.index()
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}
