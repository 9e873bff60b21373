//! Who leaves with a goodbye is forgotten at once; nobody waits for ageing. By RIP and SAP.

use std::time::{Duration, Instant};

use ipxway::demo::lab::wait_until;
use ipxway_core::wire::NetworkNumber;
use ipxway_core::wire::frame::Framing;

use super::lab::{Pair, SOON, ensure, forgets, isolated, knows};

/// How long news may take from one end to the other: two triggered updates of 55 ms, and a busy
/// machine.
const AT_ONCE: Duration = Duration::from_secs(5);

#[test]
fn a_server_that_is_shut_down_is_gone_everywhere_at_once() {
    isolated(|lab| {
        let mut pair = Pair::by_rip_and_sap(lab, Framing::Snap, 60)?;
        let [near, far] = &pair.agents;
        pair.servers[1].terminate(SOON)?;
        let begun = Instant::now();
        for agent in [far, near] {
            wait_until("FS2 to be gone", AT_ONCE, || {
                let network = NetworkNumber(pair.far.server_network());
                let gone = !agent.offers("FS2")? && !agent.reaches(network)?;
                Ok(gone.then_some(()))
            })?;
        }
        ensure(begun.elapsed() < AT_ONCE, || format!("{:?}", begun.elapsed()))?;
        ensure(knows(near, &pair.near)?, || "another server is gone too".to_owned())
    });
}

#[test]
fn an_agent_says_goodbye_at_sigterm_and_is_gone_within_two_seconds() {
    isolated(|lab| {
        let mut pair = Pair::by_rip_and_sap(lab, Framing::Llc8022, 60)?;
        let [near, far] = &mut pair.agents;
        let begun = Instant::now();
        let status = far.process.terminate(SOON)?;
        let took = begun.elapsed();
        ensure(status.success(), || format!("exit status {status}"))?;
        // Two seconds are promised; the rest is the machine's.
        ensure(took < Duration::from_millis(2_500), || format!("it took {took:?}"))?;
        forgets(near, &pair.far, AT_ONCE)?;
        ensure(!far.socket().exists(), || "the control socket is left".to_owned())?;
        let tap = lab.ip(&format!("-n {} link show ipx0", pair.far.name));
        ensure(tap.is_err(), || "the TAP that it made is left".to_owned())
    });
}
