//! A backbone that falls apart, and heals.

use std::time::Duration;

use ipxway::demo::lab::network::BACKBONE;
use ipxway::demo::lab::{Agent, Lab};

use super::super::lab::{
    CONVERGENCE, SOON, Site, converge, ensure, forgets, isolated, knows_all, note,
};
use super::{Mesh, equal, united};

/// The short holding time, the longest pause of the decision process [nlsp §12.3], and a busy
/// machine.
const MISSED: Duration = Duration::from_secs(12);

/// Makes the backbone drop what goes between the two parts, without a word, or carry it again.
fn set_apart(lab: &Lab, (one, other): (&[Site], &[Site]), apart: bool) -> anyhow::Result<()> {
    let verb = if apart { "add" } else { "delete" };
    for (a, b) in one.iter().flat_map(|a| other.iter().map(move |b| (a, b))) {
        for (from, to) in [(a.ip, b.ip), (b.ip, a.ip)] {
            lab.ip(&format!("-n {BACKBONE} rule {verb} from {from} to {to} blackhole"))?;
        }
    }
    Ok(())
}

#[test]
fn two_parts_of_a_backbone_live_on_by_themselves_and_become_one_again() {
    isolated(|lab| {
        let mesh = Mesh::brisk(lab, 4)?;
        let (sites, agents) = (mesh.sites.split_at(2), mesh.agents.split_at(2));
        set_apart(lab, sites, true)?;
        for (agents, theirs, others) in [(agents.0, sites.0, sites.1), (agents.1, sites.1, sites.0)]
        {
            let agents: Vec<&Agent> = agents.iter().collect();
            let theirs: Vec<&Site> = theirs.iter().collect();
            for agent in &agents {
                for site in others {
                    forgets(agent, site, MISSED)?;
                }
            }
            // Each part has a designated router of its own.
            united(&agents, SOON)?;
            converge(agents.iter().copied(), &theirs)?;
        }
        set_apart(lab, sites, false)?;
        let took = mesh.settle(CONVERGENCE)?;
        note(&format!("one again {took:?} after the heal"));
        Ok(())
    });
}

#[test]
fn a_site_whose_line_is_down_is_missed_and_returns_with_the_line() {
    isolated(|lab| {
        let mesh = Mesh::brisk(lab, 3)?;
        // The one that all depend on.
        let alone = mesh.designated()?;
        let site = &mesh.sites[alone];
        let line =
            |state: &str| lab.ip(&format!("-n {BACKBONE} link set to-{} {state}", site.name));
        line("down")?;
        let (rest, others) = mesh.without(alone);
        for agent in &rest {
            forgets(agent, site, MISSED)?;
        }
        for other in others {
            forgets(&mesh.agents[alone], other, MISSED)?;
        }
        united(&rest, SOON)?;
        equal(&rest, SOON)?;
        ensure(knows_all(&mesh.agents[alone], &[site])?, || "its own office is lost".to_owned())?;
        line("up")?;
        let took = mesh.settle(CONVERGENCE)?;
        note(&format!("back {took:?} after the line"));
        Ok(())
    });
}
