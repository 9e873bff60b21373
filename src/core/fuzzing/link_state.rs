//! NLSP packets made of a script: well-formed, about few systems, so that they fit each other now
//! and then: neighbours come up, packets of one node are of several versions, ours come back.

use bytes::Bytes;

use super::agent::Script;
use crate::wire::nlsp::{
    Area, Csnp, ExternalRoute, Flags, LanHello, Link, Lsp, LspEntry, LspId, LspOption, Management,
    MediaType, NodeId, Pdu, Psnp, ServiceInfo, SystemId,
};
use crate::wire::sap::{ServiceName, ServiceType};
use crate::wire::{Address, NetworkNumber, NodeAddress, Socket};

/// Internal networks of the systems that speak.
const SYSTEMS: [u32; 5] = [0x101, 0x102, 0x103, 0x104, 0xc0ff_ee01];
/// The agent's own among them.
const OURS: usize = 4;
const PSEUDONODES: [u8; 4] = [0, 0, 1, 5];
const NUMBERS: [u8; 4] = [0, 0, 1, 255];
const SEQUENCES: [u32; 12] = [1, 2, 3, 4, 5, 6, 7, 8, 0, 900, u32::MAX - 1, u32::MAX];
const LIFETIMES: [u16; 8] = [7_500, 7_500, 7_500, 100, 1, 0, 0x8002, 32_767];
const HOLDING_TIMES: [u16; 8] = [60, 60, 300, 300, u16::MAX, u16::MAX, 1, 0];
const PRIORITIES: [u8; 5] = [44, 44, 0, 64, 127];
const MTUS: [Option<u32>; 8] = [Some(1_500), None, None, None, None, None, None, Some(200)];
const FLAGS: [Flags; 6] = [
    Flags::LEVEL_1,
    Flags::LEVEL_1,
    Flags::LEVEL_1,
    Flags::LEVEL_1,
    Flags::OVERLOADED,
    Flags(0xff),
];
/// Networks that they tell of: some are the agent's.
const TOLD: [u32; 8] = [0xa1, 0xb1, 0xd2, 0x501, 0x502, 0xc0ff_ee01, 0xffff_fffe, 0];

/// What a script refers to.
pub(super) struct Scene<'a> {
    /// The agent's node on the line.
    pub(super) ours: NodeAddress,
    /// Who speaks: the place in [`SYSTEMS`].
    pub(super) speaker: usize,
    /// What the agent has in its database.
    pub(super) database: Vec<LspEntry>,
    /// NLSP packets that the agent sent, to be sent back.
    pub(super) sent: &'a [Bytes],
}

fn system(place: usize) -> SystemId {
    SystemId::of_internal(NetworkNumber(SYSTEMS[place % SYSTEMS.len()]))
}

impl Scene<'_> {
    /// The data of a packet.
    pub(super) fn packet(&self, script: &mut Script<'_>) -> Bytes {
        match script.next() % 8 {
            0..3 => self.hello(script).encode().into(),
            3..5 => self.lsp(script),
            5 => self.csnp(script).encode().into(),
            6 => {
                let source = self.speaker(script).router();
                Psnp { source, entries: self.entries(script) }.encode().into()
            }
            _ => self.echo(script),
        }
    }

    /// The speaker itself, mostly.
    fn speaker(&self, script: &mut Script<'_>) -> SystemId {
        match script.next() {
            other @ 0xf0.. => system(other.into()),
            _ => system(self.speaker),
        }
    }

    fn hello(&self, script: &mut Script<'_>) -> LanHello {
        let speaker = self.speaker(script);
        let choice = script.next();
        let mut neighbours = vec![NodeAddress([2, 0xaa, 0, 0, 0, 9]); usize::from(choice % 3)];
        if choice < 0xe0 {
            neighbours.push(self.ours);
        }
        let lan_id = match script.next() % 4 {
            0 | 1 => speaker.lan(1),
            2 => system(OURS).lan(script.pick(&[1, 2, 3, 7])),
            _ => system(script.next().into()).lan(script.pick(&PSEUDONODES)),
        };
        let areas = match script.next() {
            0xf0.. => vec![Area { network: NetworkNumber(0x1200_0000), mask: 0xff00_0000 }],
            0xe0.. => Vec::new(),
            _ => vec![Area::ALL],
        };
        LanHello {
            system: speaker,
            holding_time: script.pick(&HOLDING_TIMES),
            priority: script.pick(&PRIORITIES),
            lan_id,
            no_multicast: true,
            areas,
            neighbours,
            local_mtu: script.pick(&MTUS),
            packet_len: 0,
        }
    }

    /// What a router and its LAN say when all is well: they link to each other, and to us.
    fn sound(&self, script: &mut Script<'_>) -> (LspId, Vec<u8>) {
        let (speaker, us) = (system(self.speaker), system(OURS));
        let mut options = Vec::new();
        let network = script.pick(&[SYSTEMS[self.speaker], 0x501, 0x502]);
        let (node, name) = (NodeAddress::INTERNAL, b"SPEAKER".as_slice());
        let network = NetworkNumber(network);
        LspOption::Management(Management { network, node, name }).encode(&mut options);
        let (from, others) = match script.next() % 2 {
            0 => (speaker.router(), [speaker.lan(1), us.lan(1), us.lan(7)]),
            _ => (speaker.lan(1), [speaker.router(), us.router(), system(1).router()]),
        };
        for neighbour in others {
            let to =
                Link { cost: Some(script.next() % 64), neighbour, ..link(script, from.lsp(0)) };
            LspOption::Link(to).encode(&mut options);
        }
        for _ in 0..script.next() % 3 {
            self.option(script, from.lsp(0), &mut options);
        }
        (from.lsp(0), options)
    }

    fn id(&self, script: &mut Script<'_>) -> LspId {
        let system = match script.next() {
            other @ 0x80.. => system(other.into()),
            _ => system(self.speaker),
        };
        system.lan(script.pick(&PSEUDONODES)).lsp(script.pick(&NUMBERS))
    }

    fn lsp(&self, script: &mut Script<'_>) -> Bytes {
        let (sequence, lifetime) = (script.pick(&SEQUENCES), script.pick(&LIFETIMES));
        let flags = script.pick(&FLAGS);
        let (id, options) = if script.next() < 0x80 {
            self.sound(script)
        } else {
            let (id, mut options) = (self.id(script), Vec::new());
            for _ in 0..script.next() % 8 {
                self.option(script, id, &mut options);
            }
            (id, options)
        };
        let mut packet = Lsp::build(id, sequence, 1, flags, &options).to_packet(lifetime);
        // What the checksum leaves out: the bit of those who do not route.
        if script.next() >= 0xf0 {
            packet[4] |= 0x80;
        }
        packet.into()
    }

    /// Appends one option, sound or not.
    fn option(&self, script: &mut Script<'_>, id: LspId, out: &mut Vec<u8>) {
        match script.next() % 8 {
            0 => {
                let network = match id.node.pseudonode {
                    0 => NetworkNumber(SYSTEMS[self.speaker]),
                    _ => NetworkNumber(script.pick(&TOLD)),
                };
                let name = b"SPEAKER".as_slice();
                let node = NodeAddress::INTERNAL;
                LspOption::Management(Management { network, node, name }).encode(out);
            }
            1..4 => LspOption::Link(link(script, id)).encode(out),
            4 => LspOption::Service(service(script)).encode(out),
            5 => {
                let routes: Vec<ExternalRoute> = (0..=script.next() % 3)
                    .map(|_| ExternalRoute {
                        hops: script.next() % 20,
                        network: NetworkNumber(script.pick(&TOLD)),
                        ticks: u16::from(script.next()),
                    })
                    .collect();
                ExternalRoute::encode_all(&routes, out);
            }
            6 => LspOption::Areas(vec![Area::ALL]).encode(out),
            _ => {
                let length = script.next() % 40;
                let value = script.take(length.into());
                let length = u8::try_from(value.len()).unwrap_or(0);
                out.extend_from_slice(&[
                    script.pick(&[0xc0, 0xc1, 0xc2, 0xc3, 0xc4, 0x85]),
                    length,
                ]);
                out.extend_from_slice(value);
            }
        }
    }

    /// Entries as the agent has them, a version off, or of anything.
    fn entries(&self, script: &mut Script<'_>) -> Vec<LspEntry> {
        let count = usize::from(script.next() % 12);
        let mut entries: Vec<LspEntry> = (0..count)
            .map(|_| {
                let choice = script.next();
                let known = self.database.get(usize::from(choice) % self.database.len().max(1));
                let (id, lifetime) = (self.id(script), script.pick(&LIFETIMES));
                let (sequence, checksum) = (script.pick(&SEQUENCES), script.pick(&[0, 1, 0x68f0]));
                let any = LspEntry { lifetime, id, sequence, checksum };
                match known.filter(|_| choice < 0xc0) {
                    Some(known) => match script.next() % 6 {
                        0 => LspEntry { sequence: known.sequence.saturating_add(1), ..*known },
                        1 => LspEntry { sequence: known.sequence.saturating_sub(1), ..*known },
                        2 => LspEntry { checksum: known.checksum ^ 1, ..*known },
                        3 => LspEntry { lifetime, ..*known },
                        _ => *known,
                    },
                    None => any,
                }
            })
            .collect();
        if script.next() >= 0x40 {
            entries.sort_by_key(|entry| entry.id);
        }
        entries
    }

    fn csnp(&self, script: &mut Script<'_>) -> Csnp {
        let (start, end) = match script.next() {
            0xd0.. => (self.id(script), self.id(script)),
            _ => (LspId::FIRST, LspId::LAST),
        };
        let source = self.speaker(script).router();
        Csnp { source, start, end, entries: self.entries(script) }
    }

    /// A packet of the agent's own comes back, an LSP perhaps as of another time.
    fn echo(&self, script: &mut Script<'_>) -> Bytes {
        let place = usize::from(script.next()) % self.sent.len().max(1);
        let Some(sent) = self.sent.get(place) else { return Bytes::new() };
        match Pdu::decode(sent) {
            Ok(Pdu::Lsp(lsp)) => {
                let sequence = match script.next() % 4 {
                    0 => lsp.sequence.saturating_add(1),
                    1 => lsp.sequence.saturating_sub(1),
                    _ => lsp.sequence,
                };
                let lifetime = script.pick(&LIFETIMES);
                let options = lsp.option_bytes();
                Lsp::build(lsp.id, sequence, 1, lsp.flags, options).to_packet(lifetime).into()
            }
            _ => sent.clone(),
        }
    }
}

/// To somebody, mostly between a router and a pseudonode.
fn link(script: &mut Script<'_>, from: LspId) -> Link {
    let place = script.next();
    let pseudonode = match from.node.pseudonode {
        0 => script.pick(&[1, 1, 5, 2, 3, 7, 0]),
        _ => script.pick(&[0, 0, 0, 1]),
    };
    let neighbour: NodeId = system(place.into()).lan(pseudonode);
    Link {
        cost: Some(script.next()).filter(|cost| *cost < 0xf0).map(|cost| cost % 64),
        neighbour,
        mtu: script.pick(&[1_500, 0, 576]),
        delay_us: script.pick(&[200, 0, u32::MAX]),
        throughput_bps: script.pick(&[10_000_000, 0, 1, u32::MAX]),
        media: MediaType::IP_TUNNEL,
    }
}

fn service(script: &mut Script<'_>) -> ServiceInfo {
    ServiceInfo {
        hops: script.next() % 20,
        address: Address::new(
            NetworkNumber(script.pick(&TOLD)),
            NodeAddress::INTERNAL,
            Socket::NCP,
        ),
        service_type: ServiceType(script.pick(&[4, 7, 0x30c])),
        name: ServiceName::new(script.pick(&["A", "B", "C"])),
    }
}
