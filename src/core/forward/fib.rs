//! The forwarding information base: all that the data plane knows, in one immutable value.
//!
//! The router publishes a new one when anything changes; forwarding threads swap one pointer, so
//! no packet sees new routes with old circuits.

use std::net::{Ipv4Addr, SocketAddrV4};
use std::sync::Arc;

use super::port_index::PortIndex;
use super::{Egress, LinkDestination, RouteTable, SplitId, Splits};
use crate::ids::{CircuitId, PeerId, PortId};
use crate::wire::frame::Framing;
use crate::wire::{NetworkNumber, NodeAddress, cmd};

/// All that the data plane knows.
#[derive(Clone, Debug, Default)]
pub struct Fib {
    /// Counts the tables that were published; the first is 1, the empty one 0.
    pub generation: u64,
    /// A packet that has crossed so many routers is not forwarded.
    pub hop_limit: u8,
    /// The number of the agent's internal network.
    pub internal: Option<NetworkNumber>,
    /// Routes by network number, [`NetworkNumber::DEFAULT_ROUTE`] among them.
    pub routes: RouteTable,
    /// The equal paths of routes that have several.
    pub splits: Splits,
    circuits: Vec<Option<Arc<FibCircuit>>>,
    /// What lies on each port, by [`PortId`]: made here, so that no packet has to search.
    ports: Vec<PortIndex>,
}

/// A circuit as the data plane sees it.
#[derive(Clone, Debug)]
pub struct FibCircuit {
    /// Which one.
    pub id: CircuitId,
    /// Its port can send and receive.
    pub up: bool,
    /// Its network number; 0 while it is not known.
    pub network: NetworkNumber,
    /// Our node on it.
    pub node: NodeAddress,
    /// The largest IPX packet that may leave by it, in bytes.
    pub max_packet: usize,
    /// What is below.
    pub link: Link,
}

/// What lies below a circuit.
#[derive(Clone, Debug)]
pub enum Link {
    /// An Ethernet.
    Lan(LanLink),
    /// A CMD network.
    Cmd(CmdLink),
}

/// An Ethernet below a circuit. The MAC address is the circuit's node.
#[derive(Clone, Copy, Debug)]
pub struct LanLink {
    /// The port.
    pub port: PortId,
    /// The VLAN tag.
    pub vlan: Option<u16>,
    /// The framing.
    pub framing: Framing,
    /// Pad short frames to 60 bytes; a TAP has no wire that would ask for it.
    pub pad: bool,
    /// Round odd packets up to even bytes.
    pub evenise: bool,
    /// Strip a valid checksum where raw 802.3 has no room for it, rather than drop the packet.
    pub strip_checksum: bool,
}

/// A UDP socket below a circuit.
#[derive(Clone, Debug)]
pub struct CmdLink {
    /// The socket.
    pub port: PortId,
    /// Our address.
    pub ip: Ipv4Addr,
    /// The UDP port at both ends.
    pub udp_port: u16,
    /// The MTU of the way out, for the count of fragmented packets.
    pub mtu: usize,
    /// The peers, sorted by address.
    pub peers: Arc<[(Ipv4Addr, PeerId)]>,
}

impl CmdLink {
    /// The peer at `ip`.
    #[must_use]
    pub fn peer(&self, ip: Ipv4Addr) -> Option<PeerId> {
        let place = self.peers.binary_search_by_key(&ip, |&(known, _)| known).ok()?;
        self.peers.get(place).map(|&(_, id)| id)
    }

    /// Where datagrams for `ip` go.
    #[must_use]
    pub const fn socket(&self, ip: Ipv4Addr) -> SocketAddrV4 {
        SocketAddrV4::new(ip, self.udp_port)
    }
}

impl FibCircuit {
    /// The circuit's LAN, if it is one.
    #[must_use]
    pub fn lan(&self) -> Option<&LanLink> {
        match &self.link {
            Link::Lan(lan) => Some(lan),
            Link::Cmd(_) => None,
        }
    }

    /// The circuit's CMD network, if it is one.
    #[must_use]
    pub fn cmd(&self) -> Option<&CmdLink> {
        match &self.link {
            Link::Lan(_) => None,
            Link::Cmd(cmd) => Some(cmd),
        }
    }

    /// The port below.
    #[must_use]
    pub fn port(&self) -> PortId {
        match &self.link {
            Link::Lan(lan) => lan.port,
            Link::Cmd(cmd) => cmd.port,
        }
    }

    /// How `node` of this network is reached; `None` if it is no peer of a CMD network: else any
    /// LAN host could make us send UDP to any address [cmd §12.1].
    #[must_use]
    pub fn resolve(&self, node: NodeAddress) -> Option<LinkDestination> {
        match &self.link {
            Link::Lan(_) => Some(LinkDestination::Node(node)),
            Link::Cmd(link) => {
                let ip = cmd::ip(node)?;
                link.peer(ip).map(|_| LinkDestination::Peer(ip))
            }
        }
    }
}

impl Fib {
    /// Puts a circuit in, in place of the one of the same identifier.
    pub fn set_circuit(&mut self, circuit: FibCircuit) {
        let (index, port) = (circuit.id.index(), circuit.port());
        if self.circuits.len() <= index {
            self.circuits.resize(index + 1, None);
        }
        if self.ports.len() <= port.index() {
            self.ports.resize_with(port.index() + 1, PortIndex::default);
        }
        let Some(place) = self.circuits.get_mut(index) else { return };
        if let Some(before) = place
            && let Some(port) = self.ports.get_mut(before.port().index())
        {
            port.remove(before.id);
        }
        if let Some(port) = self.ports.get_mut(port.index()) {
            port.add(&circuit);
        }
        *place = Some(Arc::new(circuit));
    }

    /// The circuit of this identifier.
    #[must_use]
    pub fn circuit(&self, id: CircuitId) -> Option<&FibCircuit> {
        self.circuits.get(id.index())?.as_deref()
    }

    /// The one of several equal paths that packets for `node` of `network` take.
    #[must_use]
    pub fn split(&self, id: SplitId, network: NetworkNumber, node: NodeAddress) -> Option<Egress> {
        let is_up = |egress: Egress| self.circuit(egress.circuit).is_some_and(|there| there.up);
        self.splits.choose(id, network, node, is_up)
    }

    /// All circuits, in the order of their identifiers.
    pub fn circuits(&self) -> impl Iterator<Item = &FibCircuit> {
        self.circuits.iter().flatten().map(Arc::as_ref)
    }

    /// The circuit of frames in this framing on this port.
    #[must_use]
    pub fn lan_circuit(
        &self,
        port: PortId,
        vlan: Option<u16>,
        framing: Framing,
    ) -> Option<&FibCircuit> {
        self.circuit(self.ports.get(port.index())?.lan(vlan, framing)?)
    }

    /// The CMD networks on this socket, the lowest number first.
    pub fn cmd_circuits(&self, port: PortId) -> impl Iterator<Item = &FibCircuit> {
        let networks = self.ports.get(port.index()).map_or(&[][..], PortIndex::cmd);
        networks.iter().filter_map(|&(_, id)| self.circuit(id))
    }
}
