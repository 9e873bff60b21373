//! Tests of the data plane: every outcome it can give, what it changes, and what it sends.

mod decide;
mod emit;
mod properties;
mod receive;
mod repeats;
mod split;

use std::net::Ipv4Addr;
use std::sync::Arc;

use super::*;
use crate::ids::{PeerId, PortId};
use crate::wire::frame::{Framing, LinkHeader};
use crate::wire::ipx::{Header, PacketType};
use crate::wire::{Address, NetworkNumber, cmd};

const TAP: PortId = PortId(0);
const NIC: PortId = PortId(3);
const UDP: PortId = PortId(5);

/// LAN A, Ethernet II on the TAP.
const A: CircuitId = CircuitId(0);
/// LAN B, raw 802.3 on the NIC: pads and evenises.
const B: CircuitId = CircuitId(1);
/// LAN C, 802.2 on VLAN 5 of the NIC.
const C: CircuitId = CircuitId(2);
/// A CMD network.
const W: CircuitId = CircuitId(3);
/// A LAN whose number is not known yet, SNAP on the TAP.
const U: CircuitId = CircuitId(4);

const NET_A: u32 = 0xa1;
const NET_B: u32 = 0xb2;
const NET_C: u32 = 0xc3;
const NET_W: u32 = 0xffff_fffd;
const INTERNAL: u32 = 0xc0ff_ee01;
/// A network behind peer 2.
const REMOTE: u32 = 0x77;

const OURS: NodeAddress = NodeAddress([2, 0, 0, 0, 0, 1]);
const HOST: NodeAddress = NodeAddress([2, 0xaa, 0, 0, 0, 7]);
const SERVER: NodeAddress = NodeAddress([2, 0xaa, 0, 0, 0, 8]);
const EVERYONE: NodeAddress = NodeAddress::BROADCAST;

fn ip(number: u8) -> Ipv4Addr {
    Ipv4Addr::new(10, 0, 0, number)
}

fn lan(
    id: CircuitId,
    port: PortId,
    vlan: Option<u16>,
    framing: Framing,
    network: u32,
) -> FibCircuit {
    let wire = port == NIC;
    FibCircuit {
        id,
        up: true,
        network: NetworkNumber(network),
        node: OURS,
        max_packet: framing.max_packet(1500),
        link: Link::Lan(LanLink {
            port,
            vlan,
            framing,
            pad: wire,
            evenise: wire,
            strip_checksum: false,
        }),
    }
}

fn cmd_network(id: CircuitId, network: u32, peers: &[u8]) -> FibCircuit {
    FibCircuit {
        id,
        up: true,
        network: NetworkNumber(network),
        node: cmd::node(ip(1)),
        max_packet: 2_000,
        link: Link::Cmd(CmdLink {
            port: UDP,
            ip: ip(1),
            udp_port: cmd::DEFAULT_PORT,
            mtu: 1500,
            peers: peers.iter().map(|&n| (ip(n), PeerId(n.into()))).collect::<Arc<[_]>>(),
        }),
    }
}

fn via(circuit: CircuitId, to: LinkDestination) -> NextHop {
    NextHop::Via(Egress { circuit, to })
}

fn routes(fib: &mut Fib, routes: &[(u32, NextHop)]) {
    let changes = routes.iter().map(|&(n, next)| (NetworkNumber(n), Some(next))).collect();
    fib.routes = fib.routes.with(&changes);
}

fn fib() -> Fib {
    let mut fib = Fib::default();
    fib.hop_limit = 16;
    fib.internal = Some(NetworkNumber(INTERNAL));
    fib.set_circuit(lan(A, TAP, None, Framing::EthernetII, NET_A));
    fib.set_circuit(lan(B, NIC, None, Framing::Raw8023, NET_B));
    fib.set_circuit(lan(C, NIC, Some(5), Framing::Llc8022, NET_C));
    fib.set_circuit(cmd_network(W, NET_W, &[2, 3]));
    fib.set_circuit(lan(U, TAP, None, Framing::Snap, 0));
    routes(
        &mut fib,
        &[
            (NET_A, NextHop::Direct(A)),
            (NET_B, NextHop::Direct(B)),
            (NET_C, NextHop::Direct(C)),
            (NET_W, NextHop::Direct(W)),
            (REMOTE, via(W, LinkDestination::Peer(ip(2)))),
        ],
    );
    fib
}

fn at(network: u32, node: NodeAddress, socket: u16) -> Address {
    Address::new(NetworkNumber(network), node, Socket(socket))
}

/// A packet of 40 bytes from the host on LAN A.
fn packet(to: Address) -> Vec<u8> {
    from_to(at(NET_A, HOST, 0x4003), to)
}

fn from_to(from: Address, to: Address) -> Vec<u8> {
    Header::new(PacketType::NCP, from, to).packet(&[0x5a; 10]).to_vec()
}

/// A frame of this packet for a circuit's port.
fn frame(fib: &Fib, circuit: CircuitId, to: NodeAddress, packet: &[u8]) -> Vec<u8> {
    let link = fib.circuit(circuit).unwrap().lan().unwrap();
    let (vlan, framing) = (link.vlan, link.framing);
    let header = LinkHeader { destination: to, source: HOST, vlan, framing };
    let mut bytes = vec![0; header.len()];
    header.write(&mut bytes, packet.len());
    bytes.extend_from_slice(packet);
    bytes
}

/// What becomes of a packet received by a circuit; and the packet afterwards.
fn decided(fib: &Fib, circuit: CircuitId, broadcast: bool, packet: &[u8]) -> (Verdict, Vec<u8>) {
    let header = Header::decode(packet).unwrap();
    let from = match fib.circuit(circuit).unwrap().link {
        Link::Lan(_) => LinkSource::Node(HOST),
        Link::Cmd(_) => LinkSource::Peer(ip(2)),
    };
    let received = Received { circuit, from, broadcast, header, packet: 0..packet.len() };
    let mut buffer = packet.to_vec();
    let end = buffer.len();
    let mut view = View::new(&mut buffer, 0, end);
    let verdict = forward(fib, &received, &mut view);
    assert_eq!(view.len(), packet.len());
    (verdict, buffer)
}
