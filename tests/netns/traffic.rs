//! Packets through two agents: each once, in order, byte by byte.

use std::time::Duration;

use ipxway::demo::lab::{Lab, Process};
use ipxway_core::router::{Command, Reply};
use ipxway_core::wire::frame::Framing;

use super::lab::{Pair, SOON, Site, ensure, full, isolated_alone, note};

/// Sends a stream from the near workstation to the far one, and gives the receiver's report.
fn stream(
    lab: &Lab,
    (near, far): (&Site, &Site),
    framing: Framing,
    words: &str,
    count: u32,
) -> anyhow::Result<serde_json::Value> {
    let receive =
        format!("host receive --json --device desk --framing {framing} --count {count} 5000");
    let mut receiver = lab.start(&far.lan, "receiver", &receive)?;
    receiver.wait_for_text("receiving as", SOON)?;
    let node = far.node(2);
    let sent = near.host(
        lab,
        &format!(
            "send --device desk --framing {framing} --count {count} {words} {:X}.{node}.5000",
            far.network()
        ),
    )?;
    note(&sent);
    receiver.wait(Duration::from_secs(60))?;
    report(&receiver)
}

fn report(receiver: &Process) -> anyhow::Result<serde_json::Value> {
    let log = receiver.log();
    note(&log);
    Ok(serde_json::from_str(log.lines().last().unwrap_or_default())?)
}

#[test]
fn numbered_datagrams_of_mixed_size_arrive_once_each_and_in_order() {
    isolated_alone(|lab| {
        let pair = Pair::new(lab, Framing::Llc8022, 60)?;
        let count = if full() { 100_000 } else { 10_000 };
        let sites = (&pair.near, &pair.far);
        let report = stream(lab, sites, Framing::Llc8022, "--rate 5000 --size mixed", count)?;
        ensure(report["perfect"] == true && report["received"] == count, || report.to_string())
    });
}

#[test]
fn packets_of_1500_bytes_cross_a_path_of_mtu_1400_unchanged() {
    isolated_alone(|lab| {
        let pair = Pair::new(lab, Framing::EthernetII, 60)?;
        for site in [&pair.near, &pair.far] {
            lab.ip(&format!("-n {} link set wan mtu 1400", site.name))?;
            lab.ip(&format!("-n backbone link set to-{} mtu 1400", site.name))?;
        }
        let sites = (&pair.near, &pair.far);
        let report = stream(lab, sites, Framing::EthernetII, "--rate 500 --size 1500", 1_000)?;
        ensure(report["perfect"] == true && report["bytes"] == 1_500_000, || report.to_string())?;
        let Reply::Counters { counters } = pair.agents[0].ask(Command::ShowCounters)? else {
            anyhow::bail!("no counters")
        };
        let fragmented: u64 = counters
            .iter()
            .filter(|row| row.scope == "circuit" && row.counter == "out_fragmented")
            .map(|row| row.value)
            .sum();
        ensure(fragmented >= 1_000, || format!("{fragmented} counted as fragmented"))
    });
}
