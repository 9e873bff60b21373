//! Making the FIB of what changed: for circuits at once, for routes every 10 ms at most.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use super::{Output, Router};
use crate::Time;
use crate::forward::{Egress, Fib, NextHop, SplitIndex};
use crate::hub::{Circuits, Offer, Origin, Source};
use crate::wire::NetworkNumber;

/// The least time between two tables. A flood of changes costs a hundred tables a second at
/// most, and a route that works 10 ms later is no loss to anyone.
const PUBLISH_INTERVAL: Duration = Duration::from_millis(10);

/// Remembers what the next table must have, and when the last one went out.
#[derive(Debug)]
pub(super) struct Publisher {
    last: Arc<Fib>,
    /// Networks whose route, or whose equal paths, changed.
    routes: BTreeSet<NetworkNumber>,
    splits: SplitIndex,
    circuits_changed: bool,
    published: Option<Time>,
}

impl Publisher {
    pub(super) fn new() -> Self {
        Self {
            last: Arc::new(Fib::default()),
            routes: BTreeSet::new(),
            splits: SplitIndex::default(),
            circuits_changed: true,
            published: None,
        }
    }

    /// The best route to `network`, or the paths as good as that, changed.
    pub(super) fn route_changed(&mut self, network: NetworkNumber) {
        self.routes.insert(network);
    }

    /// A circuit, a peer or the internal network changed.
    pub(super) fn circuits_changed(&mut self) {
        self.circuits_changed = true;
    }

    pub(super) fn next_timeout(&self) -> Option<Time> {
        if self.circuits_changed {
            // At once: what is sent on a circuit needs a table that has it.
            return Some(Time::ZERO);
        }
        let due = !self.routes.is_empty();
        due.then(|| self.published.map_or(Time::ZERO, |at| at + PUBLISH_INTERVAL))
    }
}

/// Where an offer leads; `None` if its next router is no peer, or its circuit is gone.
fn egress(circuits: &Circuits, offer: &Offer) -> Option<Egress> {
    let circuit = circuits.get(offer.origin.circuit?)?;
    Some(Egress { circuit: circuit.id, to: circuit.resolve(offer.origin.node)? })
}

/// The next hop of a network's paths; `None` for the internal network, which the FIB knows by
/// number.
fn next_hop(
    circuits: &Circuits,
    splits: &mut SplitIndex,
    fib: &mut Fib,
    paths: &[Offer],
) -> Option<NextHop> {
    match paths {
        [] | [Offer { origin: Origin { source: Source::Internal, .. }, .. }] => return None,
        [Offer { origin: Origin { source: Source::Direct, circuit, .. }, .. }] => {
            return circuit.map(NextHop::Direct);
        }
        [only] => return egress(circuits, only).map(NextHop::Via),
        _ => {}
    }
    let egresses: Vec<Egress> = paths.iter().filter_map(|path| egress(circuits, path)).collect();
    match egresses.as_slice() {
        [] => None,
        [only] => Some(NextHop::Via(*only)),
        several @ [first, ..] => {
            let split = splits.take(&mut fib.splits, several).map(NextHop::Split);
            Some(split.unwrap_or(NextHop::Via(*first)))
        }
    }
}

impl Router {
    /// Publishes a table if one is due and the last one is old enough.
    pub(super) fn publish(&mut self) {
        let publisher = &mut self.publisher;
        if publisher.next_timeout().is_none_or(|at| at > self.now) {
            return;
        }
        let mut fib = Fib::clone(&publisher.last);
        fib.generation += 1;
        fib.hop_limit = self.config.hop_limit;
        fib.internal = Some(self.identity.network()).filter(|network| network.0 != 0);
        let mut changes = BTreeMap::new();
        for network in std::mem::take(&mut publisher.routes) {
            let old = fib.routes.get(network);
            let paths = self.rib.paths(network);
            let next = next_hop(&self.circuits, &mut publisher.splits, &mut fib, paths);
            if let Some(NextHop::Split(id)) = old {
                publisher.splits.give_back(&mut fib.splits, id);
            }
            if next != old {
                changes.insert(network, next);
            }
        }
        fib.routes = fib.routes.with(&changes);
        if publisher.circuits_changed {
            self.circuits.iter().for_each(|circuit| fib.set_circuit(circuit.to_fib()));
        }
        publisher.circuits_changed = false;
        publisher.published = Some(self.now);
        publisher.last = Arc::new(fib);
        self.out.push(Output::Publish(Arc::clone(&publisher.last)));
    }
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use super::*;
    use crate::config::{CmdNetwork, Config, Port, PortKind};
    use crate::forward::LinkDestination;
    use crate::ids::{CircuitId, PortId};
    use crate::router::{Input, PortAddress, PortState};
    use crate::wire::cmd;

    const NET: NetworkNumber = NetworkNumber(0x77);

    fn ip(number: u8) -> Ipv4Addr {
        Ipv4Addr::new(10, 0, 0, number)
    }

    fn path(number: u8) -> Offer {
        let (source, node) = (Source::NlspInternal, cmd::node(ip(number)));
        let origin = Origin { source, circuit: Some(CircuitId(0)), node };
        Offer { origin, hops: 1, ticks: 1, cost: 20, heard: Time::ZERO }
    }

    /// A router with three peers on a CMD network.
    fn router() -> Router {
        let peers = (2..=4).map(ip).collect();
        let config = Config {
            ports: vec![Port { name: "udp".to_owned(), kind: PortKind::Udp }],
            cmd_networks: vec![CmdNetwork::new("cmd", PortId(0), NetworkNumber(9), peers)],
            ..Config::default()
        };
        let mut router = Router::new(Arc::new(config), 7, Time::ZERO);
        let address = PortAddress { mac: None, ip: Some(ip(1)), mtu: 1_500 };
        let state = PortState::Up(address);
        router.handle(Time::ZERO, Input::Port { id: PortId(0), state });
        router
    }

    /// What the next table says of the network, after these paths were offered.
    fn offered(router: &mut Router, paths: &[u8]) -> Vec<LinkDestination> {
        let paths: Vec<Offer> = paths.iter().map(|&number| path(number)).collect();
        router.rib.offer_paths(NET, &paths, router.now).expect("there is room");
        let later = router.now + PUBLISH_INTERVAL;
        router.handle(later, Input::Timeout);
        let fib = &router.publisher.last;
        match fib.routes.get(NET) {
            None => vec![],
            Some(NextHop::Via(only)) => vec![only.to],
            Some(NextHop::Split(id)) => fib.splits.paths(id).map(|path| path.to).collect(),
            Some(NextHop::Direct(_)) => panic!("nobody is there"),
        }
    }

    #[test]
    fn the_table_follows_the_equal_paths_of_a_network_though_the_best_one_stays() {
        let mut router = router();
        let peer = |number| LinkDestination::Peer(ip(number));
        assert_eq!(offered(&mut router, &[4, 2]), [peer(2), peer(4)]);
        assert_eq!(offered(&mut router, &[4, 2, 3]), [peer(2), peer(3), peer(4)]);
        assert_eq!(router.publisher.last.splits.len(), 1, "the set before is gone");
        assert_eq!(offered(&mut router, &[2]), [peer(2)]);
        assert_eq!(offered(&mut router, &[2, 9]), [peer(2)], "9 is no peer");
        assert!(router.publisher.last.splits.is_empty());
        assert_eq!(offered(&mut router, &[]), []);
    }
}
