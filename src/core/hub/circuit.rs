//! Circuits: the IPX networks that the agent has a place on.
//!
//! A LAN circuit is a port, a VLAN and a framing; a CMD circuit is a socket, a virtual network
//! number and peers. It takes part in routing once its port is up and its number is known.

use std::collections::{BTreeMap, BTreeSet};
use std::net::Ipv4Addr;
use std::sync::Arc;

use super::peer_ids::PeerIds;
use crate::Time;
use crate::config::{CmdNetwork, Config, Exchange, Lan, Mode, PortKind, Rip, Sap, Type20};
use crate::forward::{CmdLink, FibCircuit, LanLink, Link, LinkDestination, LinkSource};
use crate::ids::{CircuitId, PeerId, PortId};
use crate::router::PortAddress;
use crate::timers::Timers;
use crate::wire::frame::Framing;
use crate::wire::{NetworkNumber, NodeAddress, cmd};

/// An IPX network that the agent has a place on.
#[derive(Clone, Debug)]
pub struct Circuit {
    /// Which one.
    pub id: CircuitId,
    /// What operators call it.
    pub name: String,
    /// What is below.
    pub kind: CircuitKind,
    /// The port below.
    pub port: PortId,
    /// The network's number; 0 while it is to be learned.
    pub network: NetworkNumber,
    /// Our node; zero until the port was up once.
    pub node: NodeAddress,
    /// The port is up.
    pub port_up: bool,
    /// It shares a wire with another circuit of ours and speaks no RIP and SAP.
    pub silenced: bool,
    /// The MTU of the port.
    pub mtu: u16,
    /// Ticks to cross it.
    pub ticks: u16,
    /// RIP there.
    pub rip: Rip,
    /// SAP there.
    pub sap: Sap,
    /// Type 20 there.
    pub type20: Type20,
    /// The operator's bound on packets that leave by it.
    pub packet_limit: Option<u16>,
    /// NLSP is spoken there: RIP and SAP speak only if somebody there speaks nothing else
    /// [nlsp §13.2].
    pub nlsp: bool,
    /// Routers there with whom we share a link-state database: what they tell by RIP and SAP we
    /// know from it [nlsp §13.3.1].
    pub link_state: Arc<BTreeSet<NodeAddress>>,
}

/// What is below a circuit.
#[derive(Clone, Debug)]
pub enum CircuitKind {
    /// An Ethernet.
    Lan {
        /// The VLAN tag.
        vlan: Option<u16>,
        /// The framing.
        framing: Framing,
        /// Short frames are padded.
        pad: bool,
        /// Odd packets are rounded up.
        evenise: bool,
        /// Checksums are stripped where they are in the way.
        strip_checksum: bool,
        /// The number is learned from the wire.
        learn: bool,
    },
    /// A CMD network.
    Cmd {
        /// Our address; unspecified until the port was up once.
        ip: Ipv4Addr,
        /// The UDP port at both ends.
        udp_port: u16,
        /// The peers. Shared, for engines copy a circuit while they work on its tables.
        peers: Arc<BTreeMap<Ipv4Addr, Peer>>,
    },
}

/// Another agent on a CMD network.
#[derive(Clone, Copy, Debug)]
pub struct Peer {
    /// Which one.
    pub id: PeerId,
    /// When RIP or SAP was last heard from it.
    pub heard: Option<Time>,
    /// It was heard within the ageing time.
    pub up: bool,
}

/// A CMD network had more peers than allowed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TooManyPeers {
    /// The CMD network's name.
    pub circuit: String,
}

impl Circuit {
    fn lan(id: CircuitId, lan: &Lan, config: &Config) -> Self {
        let nic = config.ports.get(lan.port.index()).is_some_and(|p| p.kind == PortKind::Nic);
        Self {
            id,
            name: lan.name.clone(),
            kind: CircuitKind::Lan {
                vlan: lan.vlan,
                framing: lan.framing,
                pad: nic,
                evenise: lan.evenise,
                strip_checksum: lan.strip_checksum,
                learn: lan.network.is_none(),
            },
            port: lan.port,
            network: lan.network.unwrap_or_default(),
            node: NodeAddress::default(),
            port_up: false,
            silenced: false,
            mtu: 1500,
            ticks: lan.ticks,
            rip: lan.rip,
            sap: lan.sap,
            type20: lan.type20,
            packet_limit: lan.max_packet,
            nlsp: lan.nlsp.mode == Mode::On,
            link_state: Arc::default(),
        }
    }

    fn cmd(id: CircuitId, network: &CmdNetwork, peers: BTreeMap<Ipv4Addr, Peer>) -> Self {
        Self {
            id,
            name: network.name.clone(),
            kind: CircuitKind::Cmd {
                ip: Ipv4Addr::UNSPECIFIED,
                udp_port: network.udp_port,
                peers: Arc::new(peers),
            },
            port: network.port,
            network: if network.number_from_dhcp {
                NetworkNumber::default()
            } else {
                network.network
            },
            node: NodeAddress::default(),
            port_up: false,
            silenced: false,
            mtu: 1500,
            ticks: network.ticks,
            rip: network.rip,
            sap: network.sap,
            type20: network.type20,
            packet_limit: network.max_packet,
            nlsp: network.exchange == Exchange::Nlsp,
            link_state: Arc::default(),
        }
    }

    /// It takes part in routing: its port is up and its number known.
    #[must_use]
    pub fn is_up(&self) -> bool {
        self.port_up && self.network.0 != 0
    }

    /// RIP and SAP are spoken there.
    #[must_use]
    pub fn speaks(&self) -> bool {
        self.is_up() && !self.silenced
    }

    /// It is a CMD network.
    #[must_use]
    pub const fn is_cmd(&self) -> bool {
        matches!(self.kind, CircuitKind::Cmd { .. })
    }

    /// Our address on a CMD network, once its port was up.
    #[must_use]
    pub fn own_ip(&self) -> Option<Ipv4Addr> {
        match self.kind {
            CircuitKind::Cmd { ip, .. } => Some(ip).filter(|ip| !ip.is_unspecified()),
            CircuitKind::Lan { .. } => None,
        }
    }

    /// The framing of a LAN.
    #[must_use]
    pub const fn framing(&self) -> Option<Framing> {
        match self.kind {
            CircuitKind::Lan { framing, .. } => Some(framing),
            CircuitKind::Cmd { .. } => None,
        }
    }

    /// The peers of a CMD network, in the order of addresses; none on a LAN.
    pub fn peers(&self) -> impl Iterator<Item = (Ipv4Addr, &Peer)> {
        let peers = match &self.kind {
            CircuitKind::Cmd { peers, .. } => Some(peers.as_ref()),
            CircuitKind::Lan { .. } => None,
        };
        peers.into_iter().flatten().map(|(&ip, peer)| (ip, peer))
    }

    /// A peer of a CMD network.
    pub fn peer_mut(&mut self, ip: Ipv4Addr) -> Option<&mut Peer> {
        match &mut self.kind {
            CircuitKind::Cmd { peers, .. } => Arc::make_mut(peers).get_mut(&ip),
            CircuitKind::Lan { .. } => None,
        }
    }

    /// Where one copy each of a broadcast goes: to every station at once on a LAN, to every peer
    /// on a CMD network [cmd §12.1].
    #[must_use]
    pub fn broadcast(&self) -> Vec<LinkDestination> {
        match &self.kind {
            CircuitKind::Lan { .. } => vec![LinkDestination::Broadcast],
            CircuitKind::Cmd { peers, .. } => {
                peers.keys().map(|&ip| LinkDestination::Peer(ip)).collect()
            }
        }
    }

    /// How the sender of a packet is answered.
    #[must_use]
    pub const fn back_to(from: LinkSource) -> LinkDestination {
        match from {
            LinkSource::Node(node) => LinkDestination::Node(node),
            LinkSource::Peer(ip) => LinkDestination::Peer(ip),
        }
    }

    /// How `node` of this network is reached; `None` if it is no peer of a CMD network.
    #[must_use]
    pub fn resolve(&self, node: NodeAddress) -> Option<LinkDestination> {
        match &self.kind {
            CircuitKind::Lan { .. } => Some(LinkDestination::Node(node)),
            CircuitKind::Cmd { peers, .. } => {
                cmd::ip(node).filter(|ip| peers.contains_key(ip)).map(LinkDestination::Peer)
            }
        }
    }

    /// The node that stands for a neighbour in the route table.
    #[must_use]
    pub const fn neighbour(from: LinkSource) -> NodeAddress {
        match from {
            LinkSource::Node(node) => node,
            LinkSource::Peer(ip) => cmd::node(ip),
        }
    }

    /// The largest IPX packet that leaves by it: the port's bound and the operator's. IP
    /// fragments what is larger than a CMD network's MTU [cmd §12.5].
    #[must_use]
    pub fn max_packet(&self) -> usize {
        let port = match self.kind {
            CircuitKind::Lan { framing, .. } => framing.max_packet(usize::from(self.mtu)),
            CircuitKind::Cmd { .. } => usize::from(u16::MAX) - cmd::OVERHEAD,
        };
        self.packet_limit.map_or(port, |limit| port.min(usize::from(limit)))
    }

    /// The circuit as the data plane sees it.
    #[must_use]
    pub fn to_fib(&self) -> FibCircuit {
        let link = match &self.kind {
            &CircuitKind::Lan { vlan, framing, pad, evenise, strip_checksum, .. } => {
                let port = self.port;
                Link::Lan(LanLink { port, vlan, framing, pad, evenise, strip_checksum })
            }
            CircuitKind::Cmd { ip, udp_port, peers } => Link::Cmd(CmdLink {
                port: self.port,
                ip: *ip,
                udp_port: *udp_port,
                mtu: usize::from(self.mtu),
                peers: peers.iter().map(|(&ip, peer)| (ip, peer.id)).collect::<Arc<[_]>>(),
            }),
        };
        FibCircuit {
            id: self.id,
            // A LAN without a number hears the routers that will tell it.
            up: if self.is_cmd() { self.is_up() } else { self.port_up },
            network: self.network,
            node: self.node,
            max_packet: self.max_packet(),
            link,
        }
    }
}

/// All circuits of the agent.
#[derive(Clone, Debug, Default)]
pub struct Circuits {
    circuits: BTreeMap<CircuitId, Circuit>,
    changes: Vec<super::Change>,
    silence_ends: Timers<CircuitId>,
    peer_ids: PeerIds,
}

impl Circuits {
    /// The circuits of a configuration, all down. Peers beyond the limit are left out and named.
    #[must_use]
    pub fn new(config: &Config) -> (Self, Vec<TooManyPeers>) {
        let mut circuits = Self::default();
        let mut too_many = Vec::new();
        for (index, lan) in config.lans.iter().enumerate() {
            let id = config.lan_circuit(index);
            circuits.circuits.insert(id, Circuit::lan(id, lan, config));
        }
        for (index, network) in config.cmd_networks.iter().enumerate() {
            let id = config.cmd_circuit(index);
            if network.peers.len() > config.limits.peers {
                too_many.push(TooManyPeers { circuit: network.name.clone() });
            }
            let mut peers = BTreeMap::new();
            for &ip in network.peers.iter().take(config.limits.peers) {
                let id = circuits.peer_ids.of(id, ip, |_, _| true);
                peers.entry(ip).or_insert(Peer { id, heard: None, up: false });
            }
            circuits.circuits.insert(id, Circuit::cmd(id, network, peers));
        }
        (circuits, too_many)
    }

    /// A circuit.
    #[must_use]
    pub fn get(&self, id: CircuitId) -> Option<&Circuit> {
        self.circuits.get(&id)
    }

    /// A circuit, to be changed in what routing does not depend on.
    pub fn get_mut(&mut self, id: CircuitId) -> Option<&mut Circuit> {
        self.circuits.get_mut(&id)
    }

    /// All circuits, in the order of identifiers.
    pub fn iter(&self) -> impl Iterator<Item = &Circuit> {
        self.circuits.values()
    }

    /// The circuit whose network has this number.
    #[must_use]
    pub fn of_network(&self, network: NetworkNumber) -> Option<&Circuit> {
        self.iter().find(|circuit| circuit.network == network && circuit.is_up())
    }

    /// The circuit on which `node` is ours.
    #[must_use]
    pub fn of_node(&self, node: NodeAddress) -> Option<&Circuit> {
        self.iter().find(|circuit| circuit.port_up && circuit.node == node)
    }

    /// The port below came up, with these addresses, or changed them.
    pub fn port_up(&mut self, port: PortId, address: PortAddress) {
        for circuit in self.circuits.values_mut().filter(|circuit| circuit.port == port) {
            let node = match &mut circuit.kind {
                CircuitKind::Lan { .. } => address.mac,
                CircuitKind::Cmd { ip, peers, .. } => address.ip.map(|local| {
                    *ip = local;
                    // Our own address may stand in a list that all agents share.
                    Arc::make_mut(peers).remove(&local);
                    cmd::node(local)
                }),
            };
            let Some(node) = node else { continue };
            let moved = circuit.is_up() && circuit.node != node;
            if moved {
                self.changes.push(super::Change::CircuitDown(circuit.id));
            }
            let was_up = circuit.is_up();
            circuit.node = node;
            circuit.mtu = address.mtu;
            circuit.port_up = true;
            if circuit.is_up() && (!was_up || moved) {
                self.changes.push(super::Change::CircuitUp(circuit.id));
            } else if !circuit.is_up() {
                self.changes.push(super::Change::CircuitUnnumbered(circuit.id));
            }
        }
    }

    /// The port below went down.
    pub fn port_down(&mut self, port: PortId) {
        for circuit in self.circuits.values_mut().filter(|circuit| circuit.port == port) {
            if circuit.is_up() {
                self.changes.push(super::Change::CircuitDown(circuit.id));
            }
            circuit.port_up = false;
            circuit.silenced = false;
            self.silence_ends.cancel(&circuit.id);
        }
    }

    /// The peers of a CMD network are these from now on, without ourselves; those that stay keep
    /// what is known of them.
    pub fn set_peers(&mut self, id: CircuitId, wanted: &BTreeSet<Ipv4Addr>) {
        let present = |circuit: CircuitId, ip: Ipv4Addr| {
            let there = self.circuits.get(&circuit).into_iter().flat_map(Circuit::peers);
            there.into_iter().any(|(peer, _)| peer == ip)
        };
        let Some(circuit) = self.circuits.get(&id) else { return };
        let CircuitKind::Cmd { ip: own, peers, .. } = &circuit.kind else { return };
        let removed = peers.keys().filter(|ip| !wanted.contains(ip)).copied().collect::<Vec<_>>();
        let added = wanted.iter().filter(|&ip| ip != own && !peers.contains_key(ip));
        let added: Vec<Ipv4Addr> = added.copied().collect();
        if added.is_empty() && removed.is_empty() {
            return;
        }
        let mut peers = BTreeMap::clone(peers);
        peers.retain(|ip, _| wanted.contains(ip));
        for &ip in &added {
            let id = self.peer_ids.of(id, ip, present);
            peers.insert(ip, Peer { id, heard: None, up: false });
        }
        if let Some(CircuitKind::Cmd { peers: place, .. }) =
            self.circuits.get_mut(&id).map(|circuit| &mut circuit.kind)
        {
            *place = Arc::new(peers);
        }
        self.changes.push(super::Change::Peers { circuit: id, added, removed });
    }

    /// The number of a circuit's network was learned, or told by DHCP.
    pub fn set_network(&mut self, id: CircuitId, network: NetworkNumber) {
        if let Some(circuit) = self.circuits.get_mut(&id)
            && circuit.network.0 == 0
        {
            circuit.network = network;
            if circuit.is_up() {
                self.changes.push(super::Change::CircuitUp(id));
            }
        }
    }

    /// NLSP begins to be spoken on a circuit, or ends.
    pub fn set_nlsp(&mut self, id: CircuitId, spoken: bool) {
        if let Some(circuit) = self.circuits.get_mut(&id)
            && circuit.nlsp != spoken
        {
            circuit.nlsp = spoken;
            self.changes.push(super::Change::CircuitNlsp(id));
        }
    }

    /// We share a link-state database with this router on a circuit, or no longer.
    pub fn set_link_state(&mut self, id: CircuitId, node: NodeAddress, shared: bool) {
        let Some(circuit) = self.circuits.get_mut(&id) else { return };
        if circuit.link_state.contains(&node) == shared {
            return;
        }
        let routers = Arc::make_mut(&mut circuit.link_state);
        if shared {
            routers.insert(node);
        } else {
            routers.remove(&node);
        }
        self.changes.push(super::Change::LinkStateRouter { circuit: id, node, shared });
    }

    /// A router that speaks no NLSP told routes, unasked, on a circuit.
    pub fn old_router_heard(&mut self, id: CircuitId) {
        if self.circuits.get(&id).is_some_and(|circuit| circuit.nlsp) {
            self.changes.push(super::Change::OldRouterHeard(id));
        }
    }

    /// The circuit shares a wire with another of ours: it speaks no RIP and SAP until then, or
    /// until its port comes up anew. False if it was silent already.
    pub fn silence(&mut self, id: CircuitId, until: Time) -> bool {
        let Some(circuit) = self.circuits.get_mut(&id) else { return false };
        self.silence_ends.set(id, until);
        if circuit.silenced {
            return false;
        }
        circuit.silenced = true;
        self.changes.push(super::Change::CircuitSilenced(id));
        true
    }

    /// Circuits whose time of silence is over speak again.
    pub fn end_silence(&mut self, now: Time) {
        while let Some(id) = self.silence_ends.pop_due(now) {
            let Some(circuit) = self.circuits.get_mut(&id) else { continue };
            circuit.silenced = false;
            if circuit.is_up() {
                self.changes.push(super::Change::CircuitUp(id));
            }
        }
    }

    /// When the next time of silence is over.
    #[must_use]
    pub fn next_timeout(&self) -> Option<Time> {
        self.silence_ends.next()
    }

    /// DHCP told other options than before.
    pub(crate) fn dhcp_options_changed(&mut self) {
        self.changes.push(super::Change::DhcpOptions);
    }

    /// Circuits that came up or went down since the last call.
    pub fn take_changes(&mut self) -> Vec<super::Change> {
        std::mem::take(&mut self.changes)
    }
}
