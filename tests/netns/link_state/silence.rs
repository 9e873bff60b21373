//! Where all agents speak NLSP, nobody speaks RIP or SAP between them.

use std::path::Path;
use std::time::{Duration, Instant};

use ipxway::demo::lab::network::BACKBONE;
use ipxway::demo::lab::{Capture, NlspTimes, wait_until};
use ipxway::replay::capture;
use ipxway::replay::link::{Content, Link};
use ipxway_core::wire::nlsp::Pdu;
use ipxway_core::wire::{Socket, cmd, ipx};

use super::super::lab::{CONVERGENCE, SOON, Site, ensure, forgets, full, isolated, note};
use super::super::oracle::{Judge, complaints, tshark};
use super::{FRAMING, Mesh};

/// UDP over IPv4.
const UDP: u8 = 17;

/// What passed a wire of the backbone, by our own decoders.
#[derive(Clone, Copy, Debug, Default)]
struct Seen {
    datagrams: usize,
    rip: usize,
    sap: usize,
    hellos: usize,
    lsps: usize,
    snps: usize,
    /// To the socket of NLSP, and not of it.
    refused: usize,
}

/// What is in a capture.
fn count(file: &Path) -> anyhow::Result<Seen> {
    let mut seen = Seen::default();
    for (_, frame) in capture::read(file)? {
        let Content::Ip(packet) = Link::Ethernet.content(&frame) else { continue };
        let Some(payload) = payload(packet) else { continue };
        seen.datagrams += 1;
        let header = ipx::Header::decode(payload)?;
        let sockets = [header.source.socket, header.destination.socket];
        seen.rip += usize::from(sockets.contains(&Socket::RIP));
        seen.sap += usize::from(sockets.contains(&Socket::SAP));
        if sockets != [Socket::NLSP; 2] {
            continue;
        }
        let data = payload.get(ipx::HEADER_LEN..header.length.into()).unwrap_or_default();
        *match Pdu::decode(&data.to_vec().into()) {
            Ok(Pdu::LanHello(_)) => &mut seen.hellos,
            Ok(Pdu::Lsp(_)) => &mut seen.lsps,
            Ok(Pdu::Csnp(_) | Pdu::Psnp(_)) => &mut seen.snps,
            Ok(Pdu::WanHello(_)) | Err(_) => &mut seen.refused,
        } += 1;
    }
    Ok(seen)
}

/// The data of a datagram to the port of CMD networks, in one piece.
fn payload(packet: &[u8]) -> Option<&[u8]> {
    let header = usize::from(packet.first()? & 0x0f) * 4;
    let total = packet.get(2..4)?.try_into().ok().map(u16::from_be_bytes)?;
    let udp = packet.get(header..total.into())?;
    let port = udp.get(2..4)?.try_into().ok().map(u16::from_be_bytes)?;
    (packet.get(9) == Some(&UDP) && port == cmd::DEFAULT_PORT).then_some(udp.get(8..)?)
}

#[test]
fn no_rip_and_no_sap_crosses_the_backbone_and_tshark_finds_no_fault_in_the_rest() {
    isolated(|lab| {
        let mut mesh = Mesh::lay(lab, 3)?;
        for site in &mesh.sites {
            // Else the captures show UDP checksums that the (virtual) card was yet to compute.
            lab.set_offload(&site.name, "wan", false)?;
            lab.set_offload(BACKBONE, &format!("to-{}", site.name), false)?;
            // Room for hellos that are filled up, so that every datagram is in one piece.
            lab.ip(&format!("-n {} link set wan mtu 2000", site.name))?;
            lab.ip(&format!("-n {BACKBONE} link set to-{} mtu 2000", site.name))?;
        }
        // Two of the three wires see everything.
        let captures = [
            Capture::start(lab, (BACKBONE, "to-site1"), "first", "udp")?,
            Capture::start(lab, (BACKBONE, "to-site2"), "second", "udp")?,
        ];
        let begun = Instant::now();
        let length = Duration::from_secs(if full() { 180 } else { 30 });
        let times = if full() { None } else { Some(NlspTimes::SHORT) };
        mesh.start_all(lab, times)?;
        mesh.settle(CONVERGENCE)?;
        // A server goes and comes back, an agent leaves and comes back.
        mesh.servers[1].terminate(SOON)?;
        wait_until("FS2 to be gone", SOON, || Ok((!mesh.agents[0].offers("FS2")?).then_some(())))?;
        mesh.servers[1] = mesh.sites[1].serve(lab, FRAMING, super::SHORT)?;
        mesh.agents[2].process.terminate(SOON)?;
        forgets(&mesh.agents[0], &mesh.sites[2], SOON)?;
        mesh.agents[2] = mesh.start(lab, &mesh.sites[2], times)?;
        mesh.settle(CONVERGENCE)?;
        ping(lab, &mesh.sites[0], &mesh.sites[1])?;
        mesh.stays_whole(length.saturating_sub(begun.elapsed()))?;
        mesh.agents.iter_mut().try_for_each(|agent| agent.process.terminate(SOON).map(drop))?;
        for capture in captures {
            let file = capture.finish()?;
            let seen = count(&file)?;
            note(&format!("{}: {seen:?}", file.display()));
            ensure(seen.rip == 0 && seen.sap == 0 && seen.refused == 0, || format!("{seen:?}"))?;
            let enough = seen.hellos >= 20 && seen.lsps >= 10 && seen.snps >= 3;
            ensure(enough, || format!("{seen:?}"))?;
            let found = complaints(&file, Judge::Everyone);
            ensure(found.is_empty(), || found.join("\n"))?;
            let theirs = tshark(&file, &["-Y", "nlsp"]).len();
            let ours = seen.hellos + seen.lsps + seen.snps;
            ensure(theirs == ours, || {
                format!("{theirs} packets of NLSP for tshark, {ours} for us")
            })?;
        }
        Ok(())
    });
}

/// Something else on the backbone than NLSP, so that the capture would have shown it.
fn ping(lab: &ipxway::demo::lab::Lab, near: &Site, far: &Site) -> anyhow::Result<()> {
    let words = format!("ping --device desk --count 3 --interval 0.1 {:X}.1", far.server_network());
    let answers = near.host(lab, &words)?;
    ensure(answers.contains("3 received"), || answers.clone())
}
