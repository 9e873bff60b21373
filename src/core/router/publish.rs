//! Making the FIB of what changed: for circuits at once, for routes every 10 ms at most.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use super::{Output, Router};
use crate::Time;
use crate::forward::{Egress, Fib, NextHop};
use crate::hub::{Circuits, Offer, RouteChange, Source};
use crate::wire::NetworkNumber;

/// The least time between two tables. A flood of changes costs a hundred tables a second at
/// most, and a route that works 10 ms later is no loss to anyone.
const PUBLISH_INTERVAL: Duration = Duration::from_millis(10);

/// Remembers what the next table must have, and when the last one went out.
#[derive(Debug)]
pub(super) struct Publisher {
    last: Arc<Fib>,
    routes: BTreeMap<NetworkNumber, Option<Offer>>,
    circuits_changed: bool,
    published: Option<Time>,
}

impl Publisher {
    pub(super) fn new() -> Self {
        Self {
            last: Arc::new(Fib::default()),
            routes: BTreeMap::new(),
            circuits_changed: true,
            published: None,
        }
    }

    pub(super) fn route_changed(&mut self, change: &RouteChange) {
        self.routes.insert(change.network, change.new);
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

/// The next hop of an offer; `None` for the internal network, which the FIB knows by number.
fn next_hop(circuits: &Circuits, offer: &Offer) -> Option<NextHop> {
    let circuit = circuits.get(offer.origin.circuit?)?;
    match offer.origin.source {
        Source::Internal => None,
        Source::Direct => Some(NextHop::Direct(circuit.id)),
        Source::Static | Source::Rip => {
            let to = circuit.resolve(offer.origin.node)?;
            Some(NextHop::Via(Egress { circuit: circuit.id, to }))
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
        let routes = std::mem::take(&mut publisher.routes)
            .into_iter()
            .map(|(network, best)| {
                (network, best.and_then(|offer| next_hop(&self.circuits, &offer)))
            })
            .collect();
        let mut fib = Fib::clone(&publisher.last);
        fib.generation += 1;
        fib.hop_limit = self.config.hop_limit;
        fib.internal = Some(self.identity.network()).filter(|network| network.0 != 0);
        fib.routes = fib.routes.with(&routes);
        if publisher.circuits_changed {
            self.circuits.iter().for_each(|circuit| fib.set_circuit(circuit.to_fib()));
        }
        publisher.circuits_changed = false;
        publisher.published = Some(self.now);
        publisher.last = Arc::new(fib);
        self.out.push(Output::Publish(Arc::clone(&publisher.last)));
    }
}
