//! Packets that pass, packets for the agent, and how they are counted.

use std::time::Duration;

use ipxway_core::router::{Command, CounterRow, Reply};
use ipxway_core::wire::NetworkNumber;
use ipxway_core::wire::ipx::Header;
use ipxway_core::wire::ping::{Kind, Ping};
use ipxway_core::wire::{NodeAddress, Socket, cmd, ping, rip};

use super::house::{AGENT, FAR, PEER_IP, STATION, WIRE, address, frame, packet, run};

const FAR_NODE: NodeAddress = NodeAddress([2, 0, 0, 0, 0, 0xf2]);

fn circuits_up(reply: &Reply) -> bool {
    matches!(reply, Reply::Circuits { circuits } if circuits.iter().all(|row| row.up))
}

#[tokio::test]
async fn a_packet_crosses_from_the_lan_to_the_peer_and_another_back() {
    run(
        |_| {},
        async |house| {
            house.until(Command::ShowCircuits, circuits_up).await;
            let there =
                packet(address(WIRE, STATION, 0x4001), address(FAR, FAR_NODE, 0x4002), b"out");
            house.station.frame(&frame(&there, AGENT));
            let arrived =
                house.peer.receive(|bytes| bytes.ends_with(b"out").then(|| bytes.to_vec())).await;
            let header = Header::decode(&arrived).unwrap();
            assert_eq!(header.transport_control, 1);
            assert_eq!(arrived.len(), there.len(), "the payload is the bare packet");

            let back =
                packet(address(FAR, FAR_NODE, 0x4002), address(WIRE, STATION, 0x4001), b"home");
            house.peer.datagram(&back);
            let arrived = house
                .station
                .receive(|bytes| (bytes.get(44..48) == Some(b"home")).then(|| bytes.to_vec()))
                .await;
            assert_eq!(arrived[..6], STATION.0);
            assert_eq!(arrived[6..12], AGENT.0);
            assert_eq!(arrived[12..14], [0x81, 0x37]);
            assert_eq!(arrived.len(), 60, "a NIC's short frame is padded");
        },
    )
    .await;
}

#[tokio::test]
async fn a_question_for_a_route_is_answered_by_the_router_behind_the_threads() {
    run(
        |_| {},
        async |house| {
            house.until(Command::ShowCircuits, circuits_up).await;
            let question = rip::encode_request(&[FAR]);
            let to = address(WIRE, NodeAddress::BROADCAST, Socket::RIP.0);
            let asked = packet(address(WIRE, STATION, Socket::RIP.0), to, &question);
            house.station.frame(&frame(&asked, NodeAddress::BROADCAST));
            let answer = house
                .station
                .receive(|bytes| {
                    let header = Header::decode(bytes.get(14..)?).ok()?;
                    let mine = header.destination.node == STATION;
                    let data = bytes.get(44..14 + usize::from(header.length))?;
                    rip::Packet::decode(data).ok().filter(|_| mine)
                })
                .await;
            assert_eq!(answer.operation, rip::Operation::Response);
            let [entry] = answer.entries.as_slice() else { panic!("{answer:?}") };
            assert_eq!(entry.network, FAR);
        },
    )
    .await;
}

#[tokio::test]
async fn an_operators_ping_goes_out_and_its_answers_are_told_one_by_one() {
    run(
        |_| {},
        async |house| {
            house.until(Command::ShowCircuits, circuits_up).await;
            // Long enough for a machine that is busy with other tests.
            let timeout = Duration::from_secs(10);
            let to = address(WIRE, STATION, 0);
            let interval = Duration::from_millis(20);
            let command = Command::Ping { to, count: 3, size: 40, interval, timeout };
            let mut client = crate::control::Client::connect(&house.socket).await.unwrap();
            client.send(crate::control::Request::Ask(command)).await.unwrap();
            for _ in 0..3 {
                let (header, data) = house
                    .station
                    .receive(|bytes| {
                        let header = Header::decode(bytes.get(14..)?).ok()?;
                        let data = bytes.get(44..14 + usize::from(header.length))?;
                        let ping = Ping::decode(data).ok()?;
                        (ping.kind == Kind::Request).then(|| (header, ping.reply().encode()))
                    })
                    .await;
                assert_eq!(data.len(), ping::HEADER_LEN + 40);
                let answer = packet(header.destination, header.source, &data);
                house.station.frame(&frame(&answer, AGENT));
                let (reply, done) = client.next().await.unwrap();
                let crate::control::Answer::Reply(Reply::PingAnswer {
                    round_trip_us, size, ..
                }) = reply
                else {
                    panic!("{reply:?}");
                };
                assert!(round_trip_us.is_some() && size == 40 && !done);
            }
            let (reply, done) = client.next().await.unwrap();
            let crate::control::Answer::Reply(Reply::PingSummary { sent, received, .. }) = reply
            else {
                panic!("{reply:?}");
            };
            assert_eq!((sent, received, done), (3, 3, true));
        },
    )
    .await;
}

#[tokio::test]
async fn every_packet_is_in_exactly_one_counter() {
    run(
        |_| {},
        async |house| {
            house.until(Command::ShowCircuits, circuits_up).await;
            let good =
                packet(address(WIRE, STATION, 0x4001), address(FAR, FAR_NODE, 0x4002), b"good");
            let lost = packet(
                address(WIRE, STATION, 0x4001),
                address(NetworkNumber(0x77), FAR_NODE, 0x4002),
                b"lost",
            );
            let strange = packet(
                address(FAR, FAR_NODE, 0x4002),
                address(WIRE, STATION, 0x4001),
                b"from nobody we know",
            );
            for _ in 0..100 {
                house.station.frame(&frame(&good, AGENT));
                house.station.frame(&frame(&lost, AGENT));
                house.station.frame(&frame(&good, STATION));
                house.station.frame(b"short");
                house.station.frame(&[0xff; 60]);
                house.peer.datagram(&strange);
                house.peer.datagram(b"?");
            }
            let value = |rows: &[CounterRow], scope: &str, name: &str, counter: &str| {
                let found = rows
                    .iter()
                    .find(|row| row.scope == scope && row.name == name && row.counter == counter);
                found.map_or(0, |row| row.value)
            };
            let settled = |reply: &Reply| {
                let Reply::Counters { counters } = reply else { panic!("{reply:?}") };
                value(counters, "port", "wire", "in_packets") >= 500
                    && value(counters, "port", "10.0.0.1:2654", "in_packets") >= 200
            };
            let Reply::Counters { counters } = house.until(Command::ShowCounters, settled).await
            else {
                panic!("no counters");
            };
            assert_eq!(value(&counters, "circuit", "lan", "forwarded"), 100);
            assert_eq!(value(&counters, "circuit", "lan", "no_route"), 100);
            assert_eq!(value(&counters, "circuit", "lan", "not_for_us"), 100);
            assert_eq!(value(&counters, "port", "wire", "frame_truncated"), 100);
            assert_eq!(value(&counters, "circuit", "backbone", "forwarded"), 100);
            let peer = format!("{PEER_IP} backbone");
            assert!(value(&counters, "peer", &peer, "out_packets") >= 100, "{counters:?}");
            let outcomes = |scope: &str, name: &str| -> u64 {
                let traffic = ["in_packets", "in_bytes", "out_packets", "out_bytes", "out_errors"];
                let mine = counters.iter().filter(|row| row.scope == scope && row.name == name);
                mine.filter(|row| !traffic.contains(&row.counter.as_str()))
                    .map(|row| row.value)
                    .sum()
            };
            for (port, circuit) in [("wire", "lan"), ("10.0.0.1:2654", "backbone")] {
                let on_circuit = value(&counters, "circuit", circuit, "in_packets");
                assert_eq!(
                    value(&counters, "port", port, "in_packets"),
                    outcomes("port", port) + on_circuit,
                    "{counters:?}"
                );
                assert_eq!(on_circuit, outcomes("circuit", circuit), "{counters:?}");
            }
            assert_eq!(cmd::node(PEER_IP).0[..2], [0x7e, 0x01]);
        },
    )
    .await;
}
