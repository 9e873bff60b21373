//! NLSP packets: the samples, the checks, what survives encoding.

mod checks;
mod faults;
mod limits;
mod properties;
mod samples;

use bytes::Bytes;

use crate::wire::ipx::{HEADER_LEN, Header};
use crate::wire::nlsp::{Area, LanHello, Link, MediaType, Pdu, Refusal, SystemId};
use crate::wire::{NetworkNumber, NodeAddress, frame, samples as captures};

/// The system of the sample router A, and of B.
const A: SystemId = SystemId([2, 0, 0, 0x22, 0x22, 0x22]);
const B: SystemId = SystemId([2, 0, 0, 0x33, 0x33, 0x33]);
const A_NODE: NodeAddress = NodeAddress([0, 0, 0x1b, 0, 0, 0x0a]);
const B_NODE: NodeAddress = NodeAddress([0, 0, 0x1b, 0, 0, 0x0b]);
/// Ethernet, IPv4 and UDP headers, in the samples of CMD networks.
const TUNNEL: usize = 42;

/// The NLSP packet in a sample frame, with the padding that lies behind it.
fn sample(number: usize) -> Bytes {
    let bytes = captures::nlsp_frames()[number - 1];
    let packet = match frame::locate(bytes) {
        Ok(located) => &bytes[located.packet],
        Err(_) => &bytes[TUNNEL..],
    };
    Header::decode(packet).unwrap();
    Bytes::from_static(&packet[HEADER_LEN..])
}

/// The same without the padding.
fn exact(number: usize) -> Vec<u8> {
    let bytes = sample(number);
    let at = if matches!(bytes[4] & 0x1f, 15 | 17) { 17 } else { 8 };
    let length = u16::from_be_bytes([bytes[at], bytes[at + 1]]);
    bytes[..usize::from(length)].to_vec()
}

fn decode(bytes: &[u8]) -> Result<Pdu, Refusal> {
    Pdu::decode(&Bytes::copy_from_slice(bytes))
}

/// A link to A or B as the samples have it.
fn link(cost: u8, to: SystemId, pseudonode: u8) -> Link {
    Link {
        cost: Some(cost),
        neighbour: to.lan(pseudonode),
        mtu: 1500,
        delay_us: 200,
        throughput_bps: 10_000_000,
        media: MediaType::ETHERNET_II,
    }
}

fn area(network: u32, mask: u32) -> Area {
    Area { network: NetworkNumber(network), mask }
}

/// The hello of sample 1.
fn hello_of_a() -> LanHello {
    LanHello {
        system: A,
        holding_time: 30,
        priority: 64,
        lan_id: A.lan(1),
        no_multicast: true,
        areas: vec![Area::ALL],
        neighbours: vec![B_NODE, NodeAddress([0, 0, 0x1b, 0, 0, 0x0c])],
        local_mtu: Some(1500),
        packet_len: 57,
    }
}

/// `bytes` with the packet length that they have.
fn with_length(mut bytes: Vec<u8>) -> Vec<u8> {
    let at = if matches!(bytes[4] & 0x1f, 15 | 17) { 17 } else { 8 };
    let length = u16::try_from(bytes.len()).unwrap();
    bytes[at..at + 2].copy_from_slice(&length.to_be_bytes());
    bytes
}
