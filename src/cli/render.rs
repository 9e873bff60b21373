//! Replies as text for people. The same values go out as JSON unchanged.

mod nlsp;
mod slp;

use std::fmt::Display;

use ipxway_core::router::{
    CircuitRow, CounterRow, EventRow, PeerRow, PortRow, Reply, RouteRow, ServiceRow, Severity,
};
use ipxway_core::wire::NetworkNumber;

use super::table::{Table, age, safe};

/// A reply as text, with a newline at its end.
#[must_use]
pub fn render(reply: &Reply) -> String {
    match reply {
        Reply::Routes { routes, total, .. } => {
            listing(&route_table(routes), routes.len(), *total, "route")
        }
        Reply::Route { network, offers, reason } => route_detail(*network, offers, reason),
        Reply::Services { services, total, .. } => {
            listing(&service_table(services), services.len(), *total, "service")
        }
        Reply::Ports { ports } => listing(&port_table(ports), ports.len(), ports.len(), "port"),
        Reply::Circuits { circuits } => {
            listing(&circuit_table(circuits), circuits.len(), circuits.len(), "circuit")
        }
        Reply::Peers { peers } => listing(&peer_table(peers), peers.len(), peers.len(), "peer"),
        Reply::Counters { counters } => {
            listing(&counter_table(counters), counters.len(), counters.len(), "counter")
        }
        Reply::Events { events } if events.is_empty() => "no events\n".to_owned(),
        Reply::Events { events } => events.iter().map(event_line).collect(),
        Reply::PingAnswer { sequence, round_trip_us, size, hops } => {
            ping_answer("it", *sequence, *round_trip_us, *size, *hops)
        }
        Reply::PingSummary { sent, received, least_us, mean_us, greatest_us, .. } => {
            let times = least_us.zip(*mean_us).zip(*greatest_us);
            ping_summary(*sent, *received, times.map(|((least, mean), most)| (least, mean, most)))
        }
        Reply::Failed { reason } => format!("{}\n", safe(reason)),
        Reply::NlspNeighbors { neighbors, total, .. } => nlsp::neighbors(neighbors, *total),
        Reply::NlspDatabase { lsps, total, detail, .. } => nlsp::database(lsps, *total, *detail),
        Reply::NlspTopology { nodes, total, .. } => nlsp::topology(nodes, *total),
        Reply::NlspSpf { runs, full, partial, paths, total, .. } => {
            nlsp::spf(runs, (*full, *partial), paths, *total)
        }
        Reply::NlspCircuits { circuits } => nlsp::circuits(circuits),
        Reply::Savings { savings } => nlsp::savings(savings),
        Reply::Dhcp { interfaces } => slp::dhcp(interfaces),
        Reply::SlpDas { das } => slp::das(das),
        Reply::SlpServices { services } => slp::services(services),
        Reply::SlpRegistrations { registrations } => slp::registrations(registrations),
        Reply::SlpRegistry { entries, total, .. } => slp::registry(entries, *total),
    }
}

/// Any bytes as a reply in JSON: whatever it says, its text is lines of printable ASCII.
///
/// # Panics
/// If it is not: for fuzzing and property tests.
pub fn fuzz_render(data: &[u8]) {
    let Ok(reply) = serde_json::from_slice::<Reply>(data) else { return };
    let text = render(&reply);
    assert!(text.ends_with('\n'), "{text:?} does not end its line");
    let harmless = |byte| matches!(byte, b' '..=b'~' | b'\n');
    assert!(text.bytes().all(harmless), "{text:?} is more than printable ASCII");
}

/// A network of its own: the row in use.
#[must_use]
pub(super) fn render_route(network: NetworkNumber, offers: &[RouteRow], reason: &str) -> String {
    match offers {
        [] => format!("{network}: {}\n", safe(reason)),
        [best, ..] => route_table(std::slice::from_ref(best)).to_string(),
    }
}

/// An event as a line.
#[must_use]
pub fn event_line(row: &EventRow) -> String {
    let severity = match row.severity {
        Severity::Info => "info",
        Severity::Warning => "warning",
        Severity::Error => "error",
    };
    let text = row.event.to_string();
    format!("{:>6} ago  {severity:<7}  {}\n", age(row.age_s), safe(&text))
}

/// One ping: the answer from `name`, with its round trip in microseconds, or that none came.
#[must_use]
pub(super) fn ping_answer(
    name: &str,
    sequence: u32,
    round_trip_us: Option<u64>,
    size: u16,
    hops: u8,
) -> String {
    match round_trip_us.map(milliseconds) {
        Some(time) => {
            format!("{size} bytes from {name}: seq={sequence} hops={hops} time={time} ms\n")
        }
        None => format!("no answer from {name}: seq={sequence}\n"),
    }
}

/// The end of a ping: loss and round trips in microseconds (least, mean, greatest).
#[must_use]
pub(super) fn ping_summary(sent: u32, received: u32, times: Option<(u64, u64, u64)>) -> String {
    let (lost, all) = (u64::from(sent.saturating_sub(received)), u64::from(sent.max(1)));
    // 0% and 100% mean none and all; what lies between is rounded, but not to these.
    let loss = match lost {
        0 => 0,
        lost if lost == all => 100,
        lost => ((lost * 100 + all / 2) / all).clamp(1, 99),
    };
    let mut text = format!("{sent} sent, {received} received, {loss}% lost\n");
    if let Some((least, mean, greatest)) = times {
        text.push_str(&format!(
            "round trip min/avg/max = {}/{}/{} ms\n",
            milliseconds(least),
            milliseconds(mean),
            milliseconds(greatest)
        ));
    }
    text
}

fn milliseconds(us: u64) -> String {
    format!("{}.{:03}", us / 1_000, us % 1_000)
}

fn listing(table: &impl Display, rows: usize, total: usize, noun: &str) -> String {
    let plural = if total == 1 { "" } else { "s" };
    match rows {
        0 => format!("no {noun}s\n"),
        rows if rows == total => format!("{table}{total} {noun}{plural}\n"),
        // The table changed while its pages were read, or this is a page.
        rows => format!("{table}{rows} of {total} {noun}{plural}\n"),
    }
}

/// A value, or a dash where there is none.
fn or_dash(value: Option<impl Display>) -> String {
    value.map_or_else(|| "-".to_owned(), |value| value.to_string())
}

fn up_or_down(up: bool) -> String {
    if up { "up" } else { "down" }.to_owned()
}

fn next_hop(row: &RouteRow) -> String {
    row.peer.map_or_else(|| or_dash(row.next_hop), |peer| peer.to_string())
}

fn route_table(routes: &[RouteRow]) -> Table {
    let mut table =
        Table::new(&["NETWORK", ">HOPS", ">TICKS", "ORIGIN", "CIRCUIT", "NEXT HOP", ">AGE"]);
    for row in routes {
        table.row([
            row.network.to_string(),
            row.hops.to_string(),
            row.ticks.to_string(),
            row.origin.clone(),
            or_dash(row.circuit.as_ref()),
            next_hop(row),
            or_dash(row.age_s.map(age)),
        ]);
    }
    table
}

fn route_detail(network: NetworkNumber, offers: &[RouteRow], reason: &str) -> String {
    if offers.is_empty() {
        return format!("{network}: {}\n", safe(reason));
    }
    let mut table =
        Table::new(&["IN USE", ">HOPS", ">TICKS", "ORIGIN", "CIRCUIT", "NEXT HOP", ">AGE"]);
    for (place, row) in offers.iter().enumerate() {
        table.row([
            if place == 0 { "yes" } else { "no" }.to_owned(),
            row.hops.to_string(),
            row.ticks.to_string(),
            row.origin.clone(),
            or_dash(row.circuit.as_ref()),
            next_hop(row),
            or_dash(row.age_s.map(age)),
        ]);
    }
    format!("network {network}\n{table}in use: {}\n", safe(reason))
}

fn service_table(services: &[ServiceRow]) -> Table {
    let mut table = Table::new(&[
        "TYPE", "NAME", "ADDRESS", ">HOPS", "ORIGIN", "CIRCUIT", "FROM", ">AGE", "STATE",
    ]);
    for row in services {
        table.row([
            row.service_type.clone(),
            row.name.clone(),
            row.address.to_string(),
            row.hops.to_string(),
            row.origin.clone(),
            or_dash(row.circuit.as_ref()),
            or_dash(row.from),
            or_dash(row.age_s.map(age)),
            if row.reachable { "reachable" } else { "no route" }.to_owned(),
        ]);
    }
    table
}

fn port_table(ports: &[PortRow]) -> Table {
    let mut table = Table::new(&[
        "PORT",
        "KIND",
        "STATE",
        "ADDRESS",
        ">MTU",
        ">IN PACKETS",
        ">OUT PACKETS",
        "REASON",
    ]);
    for row in ports {
        table.row([
            row.name.clone(),
            row.kind.clone(),
            up_or_down(row.up),
            or_dash(row.address.as_ref()),
            or_dash(row.mtu),
            row.in_packets.to_string(),
            row.out_packets.to_string(),
            row.reason.clone().unwrap_or_default(),
        ]);
    }
    table
}

fn circuit_table(circuits: &[CircuitRow]) -> Table {
    let mut table = Table::new(&[
        "CIRCUIT",
        "KIND",
        "PORT",
        "FRAMING",
        ">VLAN",
        "NETWORK",
        "NODE",
        "STATE",
        ">TICKS",
        ">MAX BYTES",
        ">PEERS",
        ">IN PACKETS",
        ">OUT PACKETS",
        ">FAULTS",
    ]);
    for row in circuits {
        let state = match (row.up, row.silenced) {
            (true, true) => "silenced".to_owned(),
            (up, _) => up_or_down(up),
        };
        table.row([
            row.name.clone(),
            row.kind.clone(),
            row.port.clone(),
            or_dash(row.framing),
            or_dash(row.vlan),
            // A network that is to be learned has no number yet.
            or_dash(Some(row.network).filter(|network| network.0 != 0)),
            row.node.to_string(),
            state,
            row.ticks.to_string(),
            row.max_packet.to_string(),
            or_dash(row.peers),
            row.in_packets.to_string(),
            row.out_packets.to_string(),
            row.faults.to_string(),
        ]);
    }
    table
}

fn peer_table(peers: &[PeerRow]) -> Table {
    let mut table = Table::new(&[
        "CIRCUIT",
        "PEER",
        "SOURCE",
        "STATE",
        ">HEARD",
        ">IN PACKETS",
        ">IN BYTES",
        ">OUT PACKETS",
        ">OUT BYTES",
    ]);
    for row in peers {
        let heard = row.heard_s.map(|seconds| format!("{} ago", age(seconds)));
        table.row([
            row.circuit.clone(),
            row.address.to_string(),
            row.source.clone(),
            up_or_down(row.up),
            heard.unwrap_or_else(|| "never".to_owned()),
            row.traffic.in_packets.to_string(),
            row.traffic.in_bytes.to_string(),
            row.traffic.out_packets.to_string(),
            row.traffic.out_bytes.to_string(),
        ]);
    }
    table
}

fn counter_table(counters: &[CounterRow]) -> Table {
    let mut table = Table::new(&["SCOPE", "NAME", "COUNTER", ">VALUE"]);
    for row in counters {
        let CounterRow { scope, name, counter, value } = row;
        table.row([scope.clone(), name.clone(), counter.clone(), value.to_string()]);
    }
    table
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    #[test]
    fn loss_is_none_or_all_only_if_it_is() {
        let loss = |sent, received| ping_summary(sent, received, None);
        assert_eq!(loss(1_000, 999), "1000 sent, 999 received, 1% lost\n");
        assert_eq!(loss(1_000, 1), "1000 sent, 1 received, 99% lost\n");
        assert_eq!(loss(3, 2), "3 sent, 2 received, 33% lost\n");
        assert_eq!(loss(0, 0), "0 sent, 0 received, 0% lost\n");
    }

    proptest! {
        #[test]
        fn no_reply_makes_a_terminal_obey(text in any::<String>(), number in any::<u16>()) {
            for reply in [
                json!({"reply": "failed", "reason": text}),
                json!({"reply": "route", "network": "1", "offers": [], "reason": text}),
                json!({"reply": "counters", "counters": [
                    {"scope": text, "name": text, "counter": text, "value": number}]}),
                json!({"reply": "ports", "ports": [{"name": text, "kind": text, "up": false,
                    "reason": text, "address": text, "mtu": number, "in_packets": number,
                    "out_packets": number}]}),
                json!({"reply": "services", "total": number, "next": text, "services": [
                    {"service_type": text, "name": text, "address": "1.1", "hops": number,
                     "origin": text, "circuit": text, "from": "1", "reachable": true,
                     "age_s": number}]}),
                json!({"reply": "nlsp-neighbors", "total": number, "next": text, "neighbors": [
                    {"circuit": text, "node": "1", "peer": null, "name": text, "system": text,
                     "state": text, "priority": 1, "designated": true, "hold_s": number,
                     "holding_time_s": number, "since_s": number, "reason": text,
                     "lan_id": text, "areas": [text], "local_mtu": number}]}),
                json!({"reply": "nlsp-database", "total": number, "next": null, "detail": true,
                    "lsps": [{"lsp": text, "name": text, "sequence": number, "checksum": number,
                     "lifetime_s": number, "size": number, "flags": [text], "own": true,
                     "options": [{"option": "management", "network": "1", "node": "1",
                      "name": text}]}]}),
                json!({"reply": "nlsp-topology", "total": number, "next": null, "nodes": [
                    {"node": text, "kind": text, "name": text, "network": null, "own": false,
                     "reachable": false, "no_transit": false, "services": number,
                     "routes": number, "links": [{"to": text, "cost": 1, "mtu": number,
                      "delay_us": number, "throughput_bps": number, "media": text}]}]}),
                json!({"reply": "events", "events": [{"age_s": number, "severity": "error",
                    "event": "port-down", "port": text, "reason": text}]}),
            ] {
                let bytes = serde_json::to_vec(&reply).unwrap();
                prop_assert!(serde_json::from_slice::<Reply>(&bytes).is_ok(), "{reply}");
                fuzz_render(&bytes);
            }
        }
    }
}
