//! Agents over a backbone that loses, doubles and reorders: once it no longer does, all is well.

use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use ipxway::demo::lab::{Lab, NlspTimes};

use super::super::lab::{SOON, ensure, full, isolated, note};
use super::relay::{Relay, Tally, Weather};
use super::{FRAMING, Mesh, equal};

/// Within which databases are equal again [nlsp §22, 23].
const PATIENCE: Duration = Duration::from_secs(90);
/// A third is lost, a fifth comes twice, a quarter late.
const WEATHER: Weather = Weather { lost: 30, doubled: 20, late: 25 };

#[test]
fn after_thirty_percent_of_loss_all_databases_are_equal_within_ninety_seconds() {
    isolated(|lab| bad_weather(lab, Some(NlspTimes::SHORT), Duration::from_secs(20)));
}

#[test]
fn after_thirty_percent_of_loss_all_databases_are_equal_at_the_defaults_too() {
    isolated(|lab| {
        if full() {
            return bad_weather(lab, None, Duration::from_secs(240));
        }
        note("four minutes: only with IPXWAY_FULL=1");
        Ok(())
    });
}

/// Starts four agents in bad weather that lasts for `length`, with servers that come and go.
fn bad_weather(lab: &Lab, times: Option<NlspTimes>, length: Duration) -> anyhow::Result<()> {
    let mut mesh = Mesh::lay(lab, 4)?;
    let relay = Relay::start(lab, &mesh.sites, WEATHER)?;
    let begun = Instant::now();
    mesh.start_all(lab, times)?;
    for round in 0.. {
        if begun.elapsed() > length {
            break;
        }
        // One leaves, one stays, and one is there again.
        let place = round % mesh.sites.len();
        mesh.servers[place].terminate(SOON)?;
        std::thread::sleep(length / 10);
        mesh.servers[place] = mesh.sites[place].serve(lab, FRAMING, super::SHORT)?;
    }
    relay.clear_up();
    let Tally { carried, lost, doubled, late } = &*relay.tally;
    let [carried, lost, doubled, late] =
        [carried, lost, doubled, late].map(|count| count.load(Ordering::Relaxed));
    note(&format!("{carried} carried, {lost} lost, {doubled} twice, {late} late"));
    ensure(lost > 100 && doubled > 50 && late > 50, || "too good a weather".to_owned())?;
    let took = mesh.settle(PATIENCE)?;
    note(&format!("all equal {took:?} after the loss ended"));
    ensure(took < PATIENCE, || format!("it took {took:?}"))?;
    // And it stays so.
    mesh.stays_whole(Duration::from_secs(5))?;
    let all: Vec<_> = mesh.agents.iter().collect();
    equal(&all, SOON).map(drop)
}
