//! Whether a plan is one internetwork: every office in a cloud, every cloud within reach.

use ipxway_core::wire::frame::Framing;

use super::Block;
use crate::config::diagnostic::{Faults, Place};
use crate::plan::design::{Design, Device, Plan};
use crate::plan::file::File;

/// Notes what is not joined, and what cannot be.
pub(super) fn check(plan: &Plan, file: &File, blocks: &[Block], faults: &Faults<'_>) {
    if file.sites.is_empty() || file.clouds.is_empty() {
        let wrong = "no office in a cloud: there is nothing to join";
        faults.error(&file.place, wrong, "have at least a [[site]] and a [[cloud]]");
        return;
    }
    offices_without_a_cloud(plan, file, blocks, faults);
    clouds_out_of_reach(plan, file, faults);
    let pops = plan.pops().count();
    if let (Some(inter_pop), 0 | 1) = (&file.inter_pop, pops) {
        let wrong = "a network between POPs, of which there are not two";
        faults.warning(&inter_pop.place, wrong, "take it out, or add a [[pop]]");
    }
    for block in file.clouds.iter().filter(|block| block.members.is_empty()) {
        faults.error(&block.place, "a cloud without members", "list its offices in `members`");
    }
    wires(file, faults);
    pops_without_a_lan(plan, file, blocks, faults);
}

fn offices_without_a_cloud(plan: &Plan, file: &File, blocks: &[Block], faults: &Faults<'_>) {
    let mut is_member = vec![false; plan.sites.len()];
    for &office in plan.clouds.iter().flat_map(|cloud| &cloud.offices) {
        if let Some(member) = is_member.get_mut(office) {
            *member = true;
        }
    }
    let mut said = None;
    for ((site, block), is_member) in plan.sites.iter().zip(blocks).zip(is_member) {
        if is_member || site.is_pop || said == Some(*block) {
            continue;
        }
        said = Some(*block);
        if let Some(place) = block.name_place(file) {
            let wrong = format!("{} is in no cloud, so nobody reaches it", site.name);
            faults.error(place, wrong, "list it in the `members` of one");
        }
    }
}

/// Clouds that no way leads to from the first one that meets others.
fn clouds_out_of_reach(plan: &Plan, file: &File, faults: &Faults<'_>) {
    let mut pops: Vec<usize> = Vec::new();
    let joined = plan.clouds.iter().find(|cloud| !cloud.pops.is_empty());
    pops.extend(joined.iter().flat_map(|cloud| &cloud.pops));
    if plan.inter_pop.is_some() {
        pops = plan.pops().collect();
    }
    let mut known = 0;
    while known < pops.len() {
        known = pops.len();
        for cloud in &plan.clouds {
            if cloud.pops.iter().any(|pop| pops.contains(pop)) {
                pops.extend(&cloud.pops);
            }
        }
        pops.sort_unstable();
        pops.dedup();
    }
    let first = joined.map_or("", |cloud| &cloud.name);
    for (cloud, block) in plan.clouds.iter().zip(&file.clouds) {
        let place: &Place = block.name.as_ref().map_or(&block.place, |name| &name.place);
        let parts = plan.parts(cloud);
        if cloud.pops.is_empty() && plan.clouds.len() > 1 {
            let wrong = "no POP is in it, so no way leads to the other clouds";
            faults.error(place, wrong, "list it in the `clouds` of a [[pop]]");
        } else if cloud.pops.is_empty() && parts > 1 {
            let offices = cloud.offices.len();
            let wrong =
                format!("its {offices} offices need {parts} CMD networks, which no POP joins");
            faults.error(place, wrong, "list it in the `clouds` of a [[pop]]");
        } else if !cloud.pops.is_empty() && !cloud.pops.iter().any(|pop| pops.contains(pop)) {
            let wrong = format!("no way leads to it from cloud {first}: no POP is in both");
            faults.error(place, wrong, "give [inter_pop], or have both meet at a [[pop]]");
        }
    }
}

/// LANs of one device that could not be told apart.
fn wires(file: &File, faults: &Faults<'_>) {
    let sites = file.sites.iter().map(|site| &site.at);
    for at in sites.chain(file.pops.iter().map(|pop| &pop.at)) {
        let mut seen: Vec<(&Device, Framing, &Place)> = Vec::new();
        for lan in &at.lans {
            let Some(framing) = &lan.framing else { continue };
            let first = seen.iter().find(|(d, f, _)| **d == lan.device && *f == framing.value);
            if let Some((.., first)) = first {
                let line = faults.line(first);
                let wrong = format!("the device has this framing already in line {line}");
                let right = "give each LAN of a device a framing of its own";
                faults.error(&framing.place, wrong, right);
            }
            seen.push((&lan.device, framing.value, &framing.place));
        }
    }
}

/// Agents of a POP that are on one CMD network each meet on a LAN, or not at all.
fn pops_without_a_lan(plan: &Plan, file: &File, blocks: &[Block], faults: &Faults<'_>) {
    let design = Design::of(plan);
    for (index, (site, block)) in plan.sites.iter().zip(blocks).enumerate() {
        let agents = design.agents.iter().filter(|agent| agent.site == index).count();
        let Some(place) = block.name_place(file).filter(|_| agents > 1 && site.lans.is_empty())
        else {
            continue;
        };
        let wrong = format!("its {agents} agents have no LAN on which they meet");
        faults.error(place, wrong, "give it a [[pop.lan]], or have one agent a POP");
    }
}
