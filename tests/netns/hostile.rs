//! Malformed and random packets into the running daemon: it lives on, counts each exactly once,
//! and keeps what it knew.

use std::collections::BTreeMap;
use std::net::UdpSocket;
use std::time::Duration;

use anyhow::Context;
use ipxway::demo::lab::{Agent, Cmd, wait_until};
use ipxway_core::forward::Outcome;
use ipxway_core::router::{Command, CounterRow, Reply};
use ipxway_core::wire::frame::{Framing, LinkHeader};
use ipxway_core::wire::ipx::{Header, PacketType};
use ipxway_core::wire::{Address, NetworkNumber, NodeAddress, Socket, rip, sap};
use ipxway_drivers::{NicOptions, Outgoing, open_nic};

use super::lab::{SHORT, SOON, Site, converge, ensure, full, isolated_alone, knows_all};

/// The attacker's card on the LAN of site 1, in the enclosure's own namespace.
const CARD: &str = "attacker";
/// Its site number on the backbone.
const PEER: u8 = 9;

#[test]
fn malformed_packets_into_the_running_daemon_are_counted_once_each_and_change_nothing() {
    isolated_alone(|lab| {
        lab.backbone()?;
        let (near, far) = (Site::new(lab, 1)?, Site::new(lab, 2)?);
        let both = [&near, &far];
        let _servers =
            [near.serve(lab, Framing::Llc8022, SHORT)?, far.serve(lab, Framing::Llc8022, SHORT)?];
        lab.ip(&format!("link add name {CARD} type veth peer name p-{CARD} netns {}", near.lan))?;
        lab.ip(&format!("-n {} link set p-{CARD} master lan up", near.lan))?;
        lab.ip(&format!("link set {CARD} up"))?;
        lab.ip(&format!("link add name wan type veth peer name to-{CARD} netns backbone"))?;
        lab.ip(&format!("-n backbone address add 10.0.{PEER}.1/24 dev to-{CARD}"))?;
        lab.ip(&format!("-n backbone link set to-{CARD} up"))?;
        lab.ip(&format!("address add 10.0.{PEER}.2/24 dev wan"))?;
        lab.ip("link set wan up")?;
        lab.ip(&format!("route add default via 10.0.{PEER}.1"))?;
        let attacker = std::net::Ipv4Addr::new(10, 0, PEER, 2);
        // The attacker is a peer, or it would not get past the first check.
        let cmd = Cmd::new(near.ip, &[near.ip, far.ip, attacker]).by_rip_and_sap();
        let configs = [
            near.config(Framing::Llc8022).cmd(cmd).every(SHORT),
            far.config(Framing::Llc8022).cmd(far.cmd(&both).by_rip_and_sap()).every(SHORT),
        ];
        let [one, two] = &configs;
        let mut agents = [Agent::start(lab, &near.name, one)?, Agent::start(lab, &far.name, two)?];
        converge(&agents, &both)?;
        let before = counters(&agents[0])?;
        let count: u32 = if full() { 100_000 } else { 10_000 };
        let sent = flood(&near, count)?;
        let address = near.ip.to_string();
        for (port, least) in [("eth1", sent.frames), (address.as_str(), sent.datagrams)] {
            let what = format!("{least} packets at port {port}");
            wait_until(&what, SOON, || {
                let more = received(&counters(&agents[0])?, port) - received(&before, port);
                Ok((more >= least).then_some(()))
            })
            .with_context(|| format!("{:?}", counters(&agents[0])))?;
        }
        // Quiet for a moment, so that nothing is between two counters.
        wait_until("the counters to add up", SOON, || {
            Ok(unexplained(&counters(&agents[0])?).is_empty().then_some(()))
        })
        .map_err(|error| {
            let rows = counters(&agents[0]).unwrap_or_default();
            error.context(format!("{:?}\n{rows:?}", unexplained(&rows)))
        })?;
        let kinds: std::collections::BTreeSet<_> = counters(&agents[0])?
            .into_iter()
            .filter(|row| Outcome::ALL.iter().any(|outcome| outcome.name() == row.counter))
            .map(|row| row.counter)
            .collect();
        ensure(kinds.len() >= 12, || format!("only {kinds:?} occurred"))?;
        ensure(agents[0].process.ended()?.is_none(), || "the agent has ended".to_owned())?;
        ensure(knows_all(&agents[0], &both)?, || "a neighbour was forgotten".to_owned())?;
        // For as long as ageing takes, nobody is forgotten either.
        let ageing = Duration::from_secs(u64::from(SHORT) * 3 + 2);
        let end = std::time::Instant::now() + ageing;
        while std::time::Instant::now() < end {
            ensure(knows_all(&agents[0], &both)?, || "a neighbour aged out".to_owned())?;
            std::thread::sleep(Duration::from_millis(100));
        }
        let ping =
            format!("ping --device desk --count 3 --interval 0.1 {:X}.1", far.server_network());
        let answers = near.host(lab, &ping)?;
        ensure(answers.contains("3 received"), || answers.clone())
    });
}

/// What was sent.
struct Sent {
    frames: u64,
    datagrams: u64,
}

/// Sends `count` packets, every second one on the LAN and the others over IP, no faster than a
/// network card of the time could have: what the kernel drops proves nothing.
fn flood(site: &Site, count: u32) -> anyhow::Result<Sent> {
    let card = open_nic(&NicOptions { name: CARD.to_owned() })?;
    let socket = UdpSocket::bind(("0.0.0.0", 2654))?;
    let mac = NodeAddress(card.address.mac.unwrap_or_default());
    let mut random = Random(0x1b5_2026);
    let (mut frames, mut datagrams) = (0, 0);
    for number in 0..count {
        let packet = random.packet(site, mac, number % 2 == 0);
        if number % 2 == 0 {
            let report = card.sender.send_batch(&[Outgoing { bytes: &packet, to: None }]);
            frames += report.sent as u64;
        } else {
            // A datagram may be as empty as it likes.
            socket.send_to(&packet, (site.ip, 2654))?;
            datagrams += 1;
        }
        if number % 64 == 0 {
            std::thread::sleep(Duration::from_millis(5));
        }
    }
    Ok(Sent { frames, datagrams })
}

/// xorshift64*: the same packets in every run.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d)
    }

    fn below(&mut self, limit: usize) -> usize {
        usize::try_from(self.next() % limit as u64).unwrap_or(0)
    }

    fn bytes(&mut self, count: usize) -> Vec<u8> {
        (0..count).map(|_| self.next().to_le_bytes()[3]).collect()
    }

    /// A frame or datagram: sound, and then cut, flipped or grown; or random behind a link header
    /// that gets it in.
    fn packet(&mut self, site: &Site, mac: NodeAddress, as_frame: bool) -> Vec<u8> {
        let len = self.below(200);
        let mut packet = match self.below(4) {
            0 => self.bytes(len),
            _ => self.sound(site, mac, as_frame),
        };
        if as_frame {
            let mut room = vec![0; 17];
            let header = LinkHeader {
                destination: NodeAddress::BROADCAST,
                source: mac,
                vlan: None,
                framing: Framing::Llc8022,
            };
            header.write(&mut room, packet.len());
            packet.splice(0..0, room);
        }
        // What is not IPX does not pass the filter of the port, and so is not counted there: the
        // link header stays.
        let start = if as_frame { 17 } else { 0 };
        match self.below(3) {
            0 if packet.len() > start => {
                packet.truncate(start + self.below(packet.len() - start));
            }
            1 => {
                let len = self.below(100);
                packet.extend(self.bytes(len));
            }
            _ => {}
        }
        for _ in 0..self.below(8) {
            if packet.len() > start {
                let place = start + self.below(packet.len() - start);
                packet[place] ^= 1 << self.below(8);
            }
        }
        packet
    }

    /// A packet as a neighbour could send it, about networks that nobody else has.
    fn sound(&mut self, site: &Site, mac: NodeAddress, as_frame: bool) -> Vec<u8> {
        let network = NetworkNumber(0x7000_0000 | u32::try_from(self.below(4_096)).unwrap_or(0));
        let (node, own) = if as_frame {
            (mac, NetworkNumber(site.network()))
        } else {
            (NodeAddress([0x7e, 1, 10, 0, PEER, 2]), NetworkNumber::DEFAULT_CMD)
        };
        let far = Address::new(network, NodeAddress::INTERNAL, Socket::NCP);
        let (socket, data) = match self.below(4) {
            0 => {
                let entry = rip::Entry { network, hops: 1, ticks: 1 };
                (Socket::RIP, rip::encode(rip::Operation::Response, &[entry]))
            }
            1 => {
                let entry = sap::Entry::new(4, "NOBODY", far, 1);
                (Socket::SAP, sap::encode_response(sap::Kind::General, &[entry]))
            }
            2 => (Socket::RIP, rip::encode_request(&[network])),
            _ => (Socket(u16::try_from(self.below(0x1_0000)).unwrap_or(0)), self.bytes(40)),
        };
        let source = Address::new(own, node, socket);
        let to = Address::new(own, NodeAddress::BROADCAST, socket);
        Header::new(PacketType::PEP, source, to).packet(&data).to_vec()
    }
}

fn counters(agent: &Agent) -> anyhow::Result<Vec<CounterRow>> {
    match agent.ask(Command::ShowCounters)? {
        Reply::Counters { counters } => Ok(counters),
        other => anyhow::bail!("{other:?}"),
    }
}

/// Packets that a port received; `port` is its name or the beginning of it.
fn received(rows: &[CounterRow], port: &str) -> u64 {
    let is_it = |row: &&CounterRow| {
        row.scope == "port" && row.name.starts_with(port) && row.counter == "in_packets"
    };
    rows.iter().filter(is_it).map(|row| row.value).sum()
}

/// The circuits whose packets are not each in exactly one outcome, and the ports whose packets
/// are not each in one or at a circuit: with both figures.
fn unexplained(rows: &[CounterRow]) -> Vec<String> {
    let outcomes: Vec<&str> = Outcome::ALL.iter().map(|outcome| outcome.name()).collect();
    let mut sums: BTreeMap<(&str, &str), (u64, u64)> = BTreeMap::new();
    for row in rows.iter().filter(|row| row.scope != "peer") {
        let sum = sums.entry((row.scope.as_str(), row.name.as_str())).or_default();
        if row.counter == "in_packets" {
            sum.0 += row.value;
        } else if outcomes.contains(&row.counter.as_str()) {
            sum.1 += row.value;
        }
    }
    let circuits: u64 =
        sums.iter().filter(|((scope, _), _)| *scope == "circuit").map(|(_, s)| s.0).sum();
    let mut wrong: Vec<String> = sums
        .iter()
        .filter(|((scope, _), (packets, explained))| *scope == "circuit" && packets != explained)
        .map(|(name, sums)| format!("{name:?}: {sums:?}"))
        .collect();
    let ports: (u64, u64) = sums
        .iter()
        .filter(|((scope, _), _)| *scope == "port")
        .fold((0, 0), |total, (_, sum)| (total.0 + sum.0, total.1 + sum.1));
    if ports.0 != ports.1 + circuits {
        wrong.push(format!("ports: {ports:?}, circuits: {circuits}"));
    }
    wrong
}
