//! Every packet that an agent makes itself is sound to decoders that know nothing of ours.

use std::process::Command;

use ipxway::demo::lab::network::BACKBONE;
use ipxway::demo::lab::{Agent, AgentConfig, Capture, LanPort, wait_until};
use ipxway_core::wire::NetworkNumber;
use ipxway_core::wire::frame::Framing;

use super::lab::{CONVERGENCE, SHORT, SOON, Site, capture_lan, ensure, isolated};
use super::oracle::{Judge, complaints, tshark};

#[test]
fn tshark_and_tcpdump_find_no_fault_in_anything_that_agents_say() {
    isolated(|lab| {
        lab.backbone()?;
        let (near, far) = (Site::new(lab, 1)?, Site::new(lab, 2)?);
        let both = [&near, &far];
        for site in both {
            // Else the captures show UDP checksums that the (virtual) card was yet to compute.
            lab.set_offload(&site.name, "wan", false)?;
            lab.set_offload(BACKBONE, &format!("to-{}", site.name), false)?;
        }
        let captures = [
            capture_lan(lab, &near)?,
            capture_lan(lab, &far)?,
            Capture::start(lab, (BACKBONE, "to-site1"), "backbone", "udp")?,
        ];
        // All framings on a card here, on a TAP there; services enough for several packets.
        lab.bridge(&far.name, "br0")?;
        lab.ip(&format!("-n {} link set eth1 master br0", far.name))?;
        let tap = || LanPort::Tap("ipx0".to_owned(), Some("br0".to_owned()));
        let nic = || LanPort::Nic("eth1".to_owned());
        let mut agents = Vec::new();
        for (site, port) in [(&near, &nic as &dyn Fn() -> LanPort), (&far, &tap)] {
            let mut config = AgentConfig::new(&site.name, site.agent_network());
            for (framing, number) in Framing::ALL.into_iter().zip(1..) {
                let network = site.network() + 0x10 * number;
                config = config.lan(&format!("lan-{framing}"), port(), framing, network);
            }
            let config = config.cmd(site.cmd(&both).by_rip_and_sap()).every(SHORT);
            agents.push(Agent::start(lab, &site.name, &config)?);
        }
        let services: String =
            (0..17).map(|number| format!(" --announce 0004:{}-{number}", "N".repeat(30))).collect();
        let words = format!(
            "host serve --device server --framing snap --internal {:X}{services} --interval 2",
            near.server_network()
        );
        let mut server = lab.start(&near.lan, "many", &words)?;
        let last = format!("{}-16", "N".repeat(30));
        wait_until("all services", CONVERGENCE, || Ok(agents[1].offers(&last)?.then_some(())))?;
        for framing in Framing::ALL {
            let place = format!("--device desk --framing {framing}");
            for words in [
                format!("find {place} 0004"),
                format!("list {place}"),
                // An odd size, and pings that agents answer themselves.
                format!(
                    "ping {place} --count 2 --interval 0.1 --size 57 {:X}.1",
                    far.agent_network()
                ),
                format!(
                    "ping {place} --count 2 --interval 0.1 --size 57 {:X}.1",
                    near.agent_network()
                ),
            ] {
                // The near server answers nearest-server queries of its own framing only.
                let printed = far.host(lab, &words)?;
                ensure(!printed.is_empty(), || words)?;
            }
        }
        let socket = agents[0].socket().display().to_string();
        let ping = format!("--socket {socket} ping {:X}.1 --count 3", far.agent_network());
        ipxway::demo::lab::run(&mut lab.ipxway(&near.name, &ping))?;
        server.terminate(SOON)?;
        let network = NetworkNumber(near.server_network());
        wait_until("the goodbye", SOON, || Ok((!agents[1].reaches(network)?).then_some(())))?;
        let nodes = agents.iter().map(own_nodes).collect::<anyhow::Result<Vec<_>>>()?.concat();
        for agent in &mut agents {
            agent.process.terminate(SOON)?;
        }
        for (capture, least) in captures.into_iter().zip([60, 60, 20]) {
            let file = capture.finish()?;
            let found = complaints(&file, Judge::From(&nodes));
            ensure(found.is_empty(), || found.join("\n"))?;
            let theirs: Vec<String> =
                nodes.iter().map(|node| format!("ipx.src.node == {node}")).collect();
            let seen = tshark(&file, &["-Y", &theirs.join(" || ")]).len();
            ensure(seen >= least, || format!("{} has only {seen}", file.display()))?;
        }
        Ok(())
    });
}

/// The nodes that an agent sends from, as tshark writes them.
fn own_nodes(agent: &Agent) -> anyhow::Result<Vec<String>> {
    let circuits = agent.circuits()?;
    let with_colons = |node: &[u8; 6]| {
        node.iter().map(|byte| format!("{byte:02x}")).collect::<Vec<_>>().join(":")
    };
    Ok(circuits.iter().map(|row| with_colons(&row.node.0)).collect())
}

#[test]
fn the_decoders_of_this_test_do_find_faults() {
    let version = Command::new("tshark").arg("--version").output().expect("tshark");
    assert!(version.status.success());
    let directory = tempfile::tempdir().expect("a directory");
    let file = directory.path().join("faulty.pcap");
    // A RIP response in Ethernet II whose IPX length says 10 bytes more than there are.
    let mut frame = [vec![0xff; 6], vec![2, 0, 0, 0, 0, 1], vec![0x81, 0x37]].concat();
    frame.extend([0xff, 0xff, 0, 62, 0, 1]);
    frame.extend([0, 0, 0, 0xa1, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 4, 0x53]);
    frame.extend([0, 0, 0, 0xa1, 2, 0, 0, 0, 0, 1, 4, 0x53]);
    frame.extend([0, 2, 0, 0, 0, 0xb1, 0, 1, 0, 2]);
    let mut pcap = [0xa1b2_c3d4_u32.to_le_bytes().to_vec(), vec![2, 0, 4, 0]].concat();
    for word in [0, 0, 65_535, 1, 0, 0, u32::try_from(frame.len()).unwrap()] {
        pcap.extend(word.to_le_bytes());
    }
    pcap.extend(u32::try_from(frame.len()).unwrap().to_le_bytes());
    pcap.extend(frame);
    std::fs::write(&file, pcap).expect("a file");
    assert!(!complaints(&file, Judge::Everyone).is_empty());
}
