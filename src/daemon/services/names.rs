//! Looking names up, as the machine does it: its hosts file, its name servers.
//!
//! That may take long and cannot be broken off, so it happens beside the rest; few look-ups run
//! at a time, and each name only once.

use std::collections::BTreeSet;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use ipxway_core::router::Input;
use tokio::sync::Semaphore;

use super::Arrivals;

/// Look-ups that run at a time: each holds a thread.
const AT_A_TIME: usize = 4;
/// Names that are being looked up or wait for it. Further ones get no answer.
const MOST: usize = 128;
/// After so long a name counts as one without an address.
const PATIENCE: Duration = Duration::from_secs(20);

/// What is being looked up.
#[derive(Clone)]
pub(super) struct Names {
    arrivals: Arrivals,
    turns: Arc<Semaphore>,
    running: Arc<Mutex<BTreeSet<String>>>,
}

impl Names {
    pub(super) fn new(arrivals: Arrivals) -> Self {
        Self { arrivals, turns: Arc::new(Semaphore::new(AT_A_TIME)), running: Arc::default() }
    }

    /// Looks a name up; the answer is an input.
    pub(super) fn resolve(&self, name: String) {
        let begun = self.with(|running| running.len() < MOST && running.insert(name.clone()));
        if begun {
            tokio::spawn(self.clone().run(name));
        } else {
            tracing::debug!(name, "is being looked up already, or too many others are");
        }
    }

    async fn run(self, name: String) {
        let turn = Arc::clone(&self.turns).acquire_owned().await;
        let mut lookup = tokio::spawn(look_up(name.clone()));
        let answer = tokio::time::timeout(PATIENCE, &mut lookup).await;
        let late = answer.is_err();
        let addresses = answer.ok().and_then(Result::ok).unwrap_or_default();
        // Without a control loop nobody wants to know.
        let input = Input::Resolved { name: name.clone(), addresses };
        let _ = self.arrivals.send(input.into()).await;
        if late {
            // Its thread is busy until then.
            let _ = lookup.await;
        }
        drop(turn);
        self.with(|running| running.remove(&name));
    }

    /// All tasks run on one thread, and none holds this over a wait.
    fn with(&self, work: impl FnOnce(&mut BTreeSet<String>) -> bool) -> bool {
        self.running.lock().is_ok_and(|mut running| work(&mut running))
    }
}

/// The IPv4 addresses of a name; none if it has none, or nobody can tell.
async fn look_up(name: String) -> Vec<Ipv4Addr> {
    match tokio::net::lookup_host((name.as_str(), 0)).await {
        Ok(found) => {
            let found = found.filter_map(|address| match address {
                SocketAddr::V4(address) => Some(*address.ip()),
                SocketAddr::V6(_) => None,
            });
            found.collect()
        }
        Err(error) => {
            tracing::debug!(name, %error, "a name does not resolve");
            Vec::new()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The answers to look-ups, in their order.
    fn answers(names: &[&str]) -> Vec<(String, Vec<Ipv4Addr>)> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let (inputs, mut lane) = tokio::sync::mpsc::channel(8);
            let lookups = Names::new(inputs);
            names.iter().for_each(|name| lookups.resolve((*name).to_owned()));
            drop(lookups);
            let mut answers = Vec::new();
            while let Some(input) = lane.recv().await {
                let Input::Resolved { name, addresses } = input.input else { panic!("{input:?}") };
                answers.push((name, addresses));
            }
            answers.sort();
            answers
        })
    }

    #[test]
    fn a_name_of_the_hosts_file_has_its_ipv4_addresses_and_is_looked_up_once_at_a_time() {
        let found = answers(&["localhost", "localhost"]);
        assert_eq!(found.len(), 1, "{found:?}");
        let (name, addresses) = &found[0];
        assert_eq!(name, "localhost");
        assert!(addresses.contains(&Ipv4Addr::LOCALHOST), "{addresses:?}");
    }

    #[test]
    fn a_name_that_no_machine_can_have_has_no_address() {
        // A label longer than 63 bytes: no name server is asked.
        let name = format!("{}.invalid", "x".repeat(64));
        assert_eq!(answers(&[&name]), [(name, Vec::new())]);
    }
}
