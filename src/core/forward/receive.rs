//! From bytes of a port to a packet on a circuit: framing, header, and who sent it.

use std::cmp::Reverse;
use std::net::{Ipv4Addr, SocketAddrV4};
use std::ops::Range;

use super::{CmdLink, Fib, FibCircuit, LinkSource, NextHop, Outcome};
use crate::ids::{CircuitId, PortId};
use crate::wire::{DecodeError, NetworkNumber, Reason, cmd, frame, ipx};

/// A packet that belongs to a circuit.
#[derive(Clone, Debug)]
pub struct Received {
    /// The circuit it came in by.
    pub circuit: CircuitId,
    /// Who sent it, one hop away.
    pub from: LinkSource,
    /// It was sent to every station of the LAN. Never so over UDP.
    pub broadcast: bool,
    /// Its header.
    pub header: ipx::Header,
    /// Where it lies in the bytes received, cut to its IPX length.
    pub packet: Range<usize>,
}

/// A packet that was refused before it could be forwarded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Refused {
    /// Why.
    pub outcome: Outcome,
    /// The circuit, if that was known: the counter is the circuit's then, else the port's.
    pub circuit: Option<CircuitId>,
    /// It looks as a packet of an agent of this CMD network would, but comes from no peer.
    pub stranger: Option<Ipv4Addr>,
}

impl Refused {
    const fn on_port(outcome: Outcome) -> Self {
        Self { outcome, circuit: None, stranger: None }
    }

    const fn on_circuit(outcome: Outcome, circuit: CircuitId) -> Self {
        Self { outcome, circuit: Some(circuit), stranger: None }
    }
}

/// Finds the packet in a frame received on a LAN port.
///
/// # Errors
/// Why the frame is dropped, as a counter.
pub fn receive_frame(fib: &Fib, port: PortId, bytes: &[u8]) -> Result<Received, Refused> {
    let located = frame::locate(bytes).map_err(|error| Refused::on_port(frame_outcome(&error)))?;
    let circuit = fib
        .lan_circuit(port, located.vlan, located.framing)
        .ok_or(Refused::on_port(Outcome::NoCircuit))?;
    let refuse = |outcome| Refused::on_circuit(outcome, circuit.id);
    if located.source == circuit.node {
        return Err(refuse(Outcome::OwnFrame));
    }
    if !circuit.up {
        // It waited in a queue while the port went down.
        return Err(refuse(Outcome::CircuitDown));
    }
    let broadcast = located.destination.is_group();
    if !broadcast && located.destination != circuit.node {
        // Flooded by a bridge that does not know the station, or a NIC that hears everything.
        return Err(refuse(Outcome::NotForUs));
    }
    let packet = bytes.get(located.packet.clone()).unwrap_or(&[]);
    let header = ipx::Header::decode(packet).map_err(|error| refuse(header_outcome(&error)))?;
    let start = located.packet.start;
    Ok(Received {
        circuit: circuit.id,
        from: LinkSource::Node(located.source),
        broadcast,
        header,
        packet: start..start + usize::from(header.length),
    })
}

/// Finds the packet in a datagram received on a socket of CMD networks, by the checks of
/// [cmd §12.2], in their order.
///
/// # Errors
/// Why the datagram is dropped, as a counter; the port's until step 3a has found the network.
pub fn receive_datagram(
    fib: &Fib,
    port: PortId,
    from: SocketAddrV4,
    payload: &[u8],
) -> Result<Received, Refused> {
    let sender = *from.ip();
    if payload.len() < ipx::HEADER_LEN {
        return Err(Refused::on_port(Outcome::HeaderTruncated));
    }
    // Networks that share a socket share its UDP port.
    let (_, any) = networks(fib, port).next().ok_or(Refused::on_port(Outcome::NoCircuit))?;
    if from.port() != any.udp_port {
        return Err(Refused::on_port(Outcome::SourcePort));
    }
    let header =
        ipx::Header::decode(payload).map_err(|error| Refused::on_port(header_outcome(&error)))?;
    let (circuit, link) =
        choose_network(fib, port, sender, &header).ok_or(Refused::on_port(Outcome::NoCircuit))?;
    let refuse = |outcome| Refused::on_circuit(outcome, circuit.id);
    if link.peer(sender).is_none() {
        let (network, node) = (header.source.network, header.source.node);
        let plausible = network == circuit.network && node == cmd::node(sender);
        let stranger = plausible.then_some(sender);
        return Err(Refused { stranger, ..refuse(Outcome::UnknownPeer) });
    }
    if header.source.network == circuit.network && !node_belongs(link, sender, &header) {
        return Err(refuse(Outcome::SpoofedNode));
    }
    if header.source.network == NetworkNumber::THIS {
        return Err(refuse(Outcome::SourceNetworkZero));
    }
    if !circuit.up {
        return Err(refuse(Outcome::CircuitDown));
    }
    Ok(Received {
        circuit: circuit.id,
        from: LinkSource::Peer(sender),
        broadcast: false,
        header,
        packet: 0..usize::from(header.length),
    })
}

/// The source node is the sender's; or another peer's, if the packet was relayed.
fn node_belongs(link: &CmdLink, sender: Ipv4Addr, header: &ipx::Header) -> bool {
    match cmd::ip(header.source.node) {
        Some(ip) if ip == sender => true,
        Some(ip) => header.transport_control > 0 && link.peer(ip).is_some(),
        None => false,
    }
}

fn networks(fib: &Fib, port: PortId) -> impl Iterator<Item = (&FibCircuit, &CmdLink)> {
    fib.cmd_circuits(port).filter_map(|circuit| Some((circuit, circuit.cmd()?)))
}

/// The CMD network of a datagram, where several share a socket [cmd §12.2 step 3a]: the one that
/// the packet names as its source; else of those that know the sender the one that it names as its
/// destination, else the one that leads back to the source network, else the lowest number.
///
/// Departs from the document, which takes a destination that is named before who knows the sender:
/// a packet for our node on one CMD network may come by another, from a stranger to the first.
fn choose_network<'a>(
    fib: &'a Fib,
    port: PortId,
    sender: Ipv4Addr,
    header: &ipx::Header,
) -> Option<(&'a FibCircuit, &'a CmdLink)> {
    let mut all = networks(fib, port);
    let first = all.next()?;
    if all.next().is_none() {
        return Some(first);
    }
    let (source, destination) = (header.source.network, header.destination.network);
    let route_back = match fib.routes.get(source) {
        Some(NextHop::Via(egress)) => Some(egress.circuit),
        _ => None,
    };
    // Of networks that are as good the first counts, and the lowest number comes first.
    networks(fib, port).min_by_key(|(circuit, link)| {
        let (from, to) = (circuit.network == source, circuit.network == destination);
        let known = link.peer(sender).is_some();
        let leads_back = known && route_back == Some(circuit.id);
        Reverse((from, known, to, leads_back))
    })
}

fn frame_outcome(error: &DecodeError) -> Outcome {
    const XNS: u64 = frame::ETHERTYPE_XNS as u64;
    match (error.field, error.reason) {
        ("ethernet.length", Reason::OutOfRange { .. }) => Outcome::FrameTypeIllegal,
        ("ethernet.length" | "llc.header", _) => Outcome::FrameLength,
        ("ethernet.type", Reason::Undefined(XNS)) => Outcome::FrameTypeXns,
        (_, Reason::Truncated { .. }) => Outcome::FrameTruncated,
        _ => Outcome::NotIpx,
    }
}

fn header_outcome(error: &DecodeError) -> Outcome {
    if error.field == "ipx.length" { Outcome::HeaderLength } else { Outcome::HeaderTruncated }
}
