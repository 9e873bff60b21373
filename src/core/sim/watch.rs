//! Everything that agents send is decoded as it leaves, and shown to who watches.

use std::net::{Ipv4Addr, SocketAddrV4};

use crate::Time;
use crate::agent::Agent;
use crate::forward::FibCircuit;
use crate::ids::PortId;
use crate::wire::ipx::{self, Header, PacketType};
use crate::wire::{NodeAddress, Socket, frame, rip, sap};

/// Something on a link, for who [watches](super::World::watch).
#[derive(Clone, Copy, Debug)]
pub enum Seen<'a> {
    /// A frame that was put on a LAN, by an agent or a host.
    Frame {
        /// When.
        at: Time,
        /// The LAN.
        lan: &'a str,
        /// The frame, without its checksum.
        frame: &'a [u8],
    },
    /// A datagram that an agent gave to the backbone, whether it arrives or not.
    Datagram {
        /// When.
        at: Time,
        /// The sender.
        from: SocketAddrV4,
        /// The receiver.
        to: SocketAddrV4,
        /// Its payload.
        payload: &'a [u8],
    },
    /// A datagram of an IP service that an agent or another machine sends.
    Service {
        /// When.
        at: Time,
        /// The sender.
        from: SocketAddrV4,
        /// The receiver, or a group.
        to: SocketAddrV4,
        /// Its payload.
        payload: &'a [u8],
    },
    /// Bytes that an agent sends on a connection; none are lost.
    Stream {
        /// When.
        at: Time,
        /// The agent's address.
        from: Ipv4Addr,
        /// The bytes.
        payload: &'a [u8],
    },
}

/// What is wrong with a frame that an agent sends.
pub(super) fn check_frame(
    agent: &Agent,
    port: PortId,
    bytes: &[u8],
    honest: bool,
) -> Result<(), String> {
    let located = frame::locate(bytes).map_err(|error| error.to_string())?;
    let circuit = agent
        .fib()
        .lan_circuit(port, located.vlan, located.framing)
        .ok_or("in a framing that is no circuit of the port")?;
    if located.source != circuit.node {
        return Err(format!("from {}, which is not our MAC address", located.source));
    }
    if located.destination == NodeAddress::default() && honest {
        return Err("to no MAC address".to_owned());
    }
    let packet = bytes.get(located.packet).ok_or("the frame ends before its packet")?;
    check_packet(agent, circuit, packet, honest)
}

/// What is wrong with a datagram that an agent sends.
pub(super) fn check_datagram(
    agent: &Agent,
    port: PortId,
    to: SocketAddrV4,
    payload: &[u8],
    honest: bool,
) -> Result<(), String> {
    let mut circuits = agent.fib().cmd_circuits(port);
    let circuit = circuits
        .find(|circuit| circuit.cmd().is_some_and(|link| link.peer(*to.ip()).is_some()))
        .ok_or("to somebody who is no peer")?;
    let header = Header::decode(payload).map_err(|error| error.to_string())?;
    if usize::from(header.length) != payload.len() {
        return Err(format!("{} bytes behind the packet", payload.len()));
    }
    check_packet(agent, circuit, payload, honest)
}

/// `honest`: nobody in this world pretends to be an agent.
fn check_packet(
    agent: &Agent,
    circuit: &FibCircuit,
    bytes: &[u8],
    honest: bool,
) -> Result<(), String> {
    let header = Header::decode(bytes).map_err(|error| error.to_string())?;
    let own = agent
        .fib()
        .circuits()
        .any(|c| c.up && c.node == header.source.node && c.network == header.source.network)
        || agent.fib().internal == Some(header.source.network);
    if header.transport_control > 0 {
        return if own && honest {
            Err(format!("our own packet says that it crossed {}", header.transport_control))
        } else {
            Ok(())
        };
    }
    if !own {
        return Err(format!("a packet from {} has crossed no router", header.source));
    }
    if header.checksum != ipx::NO_CHECKSUM {
        return Err(format!("our own packet has the checksum {:04X}", header.checksum));
    }
    if header.destination.network != circuit.network
        && [Socket::RIP, Socket::SAP].contains(&header.source.socket)
    {
        return Err(format!("for {} on network {}", header.destination, circuit.network));
    }
    let data = bytes.get(ipx::HEADER_LEN..usize::from(header.length)).unwrap_or(&[]);
    check_body(&header, data)
}

/// RIP goes out as type 1 and SAP as type 4, always: strict hosts hear nothing else
/// [ipx-rip-sap §22.40].
fn check_body(header: &Header, data: &[u8]) -> Result<(), String> {
    let expected = match header.source.socket {
        Socket::RIP => {
            let packet = rip::Packet::decode(data).map_err(|error| error.to_string())?;
            if packet.trailing > 0 || packet.entries.len() > rip::MAX_ENTRIES {
                return Err(format!("RIP with {} entries", packet.entries.len()));
            }
            PacketType::RIP
        }
        Socket::SAP => {
            if let sap::Packet::Response { entries, trailing, .. } =
                sap::Packet::decode(data).map_err(|error| error.to_string())?
                && (trailing > 0 || entries.len() > sap::MAX_ENTRIES)
            {
                return Err(format!("SAP with {} entries", entries.len()));
            }
            PacketType::PEP
        }
        _ => return Ok(()),
    };
    if header.packet_type != expected {
        return Err(format!("type {} from socket {}", header.packet_type.0, header.source.socket));
    }
    Ok(())
}
