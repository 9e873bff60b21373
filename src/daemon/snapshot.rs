//! What forwarding threads share with the control loop: one pointer to what they forward by, and
//! a block of counters each. Neither makes a thread wait.

use std::sync::{Arc, Mutex, PoisonError};

use arc_swap::{ArcSwap, Cache};
use ipxway_core::forward::{Counters, Fib};
use ipxway_core::ids::PortId;
use ipxway_drivers::Sender;

/// All that a forwarding thread goes by: swapped as one, so that no packet sees new routes with
/// old ports.
#[derive(Clone, Debug)]
pub(super) struct Snapshot {
    /// Routes and circuits.
    pub(super) fib: Arc<Fib>,
    /// The sending end of each port that is open, by [`PortId`].
    pub(super) senders: Arc<[Option<Sender>]>,
}

impl Snapshot {
    /// The sending end of a port, if it is open.
    pub(super) fn sender(&self, port: PortId) -> Option<&Sender> {
        self.senders.get(port.index())?.as_ref()
    }
}

/// A thread's view of the snapshot: looked at once per batch, two loads if nothing changed.
pub(super) type View = Cache<Arc<ArcSwap<Snapshot>>, Arc<Snapshot>>;

/// The control loop's end.
#[derive(Debug)]
pub(super) struct Publisher {
    current: Arc<ArcSwap<Snapshot>>,
    /// Snapshots that a thread may still hold. They are freed here and nowhere else: freeing a
    /// table of 50,000 routes takes a forwarding thread longer than a hundred packets.
    retired: Vec<Arc<Snapshot>>,
}

impl Publisher {
    /// Nothing to forward by, and `ports` closed ports.
    pub(super) fn new(ports: usize) -> Self {
        let senders = vec![None; ports].into();
        let empty = Snapshot { fib: Arc::new(Fib::default()), senders };
        Self { current: Arc::new(ArcSwap::from_pointee(empty)), retired: Vec::new() }
    }

    /// What threads forward by now.
    pub(super) fn current(&self) -> Arc<Snapshot> {
        self.current.load_full()
    }

    /// A view for a thread.
    pub(super) fn view(&self) -> View {
        Cache::new(Arc::clone(&self.current))
    }

    /// Forward by this table from now on.
    pub(super) fn publish(&mut self, fib: Arc<Fib>) {
        let senders = Arc::clone(&self.current().senders);
        self.swap(Snapshot { fib, senders });
    }

    /// The port is open, with this sending end; or it is closed.
    pub(super) fn set_sender(&mut self, port: PortId, sender: Option<Sender>) {
        let Snapshot { fib, senders } = Snapshot::clone(&self.current());
        let mut senders = senders.to_vec();
        if let Some(place) = senders.get_mut(port.index()) {
            *place = sender;
        }
        self.swap(Snapshot { fib, senders: senders.into() });
    }

    fn swap(&mut self, next: Snapshot) {
        self.retired.push(self.current.swap(Arc::new(next)));
        self.retired.retain(|snapshot| Arc::strong_count(snapshot) > 1);
    }

    /// Snapshots that are kept for threads that may still look at them: at most one a thread
    /// beyond the current one.
    #[cfg(test)]
    pub(super) fn retired(&mut self) -> usize {
        self.retired.retain(|snapshot| Arc::strong_count(snapshot) > 1);
        self.retired.len()
    }
}

/// The counters of one thread as the control loop sees them: up to a tenth of a second old.
#[derive(Clone, Debug, Default)]
pub(super) struct CounterBlock(Arc<Mutex<Counters>>);

impl CounterBlock {
    /// Adds what a thread has counted and sets that to zero; false if somebody is just reading:
    /// then the thread keeps its counts and tries again later.
    pub(super) fn try_add(&self, counts: &mut Counters) -> bool {
        let Ok(mut block) = self.0.try_lock() else { return false };
        block.add(counts);
        counts.clear();
        true
    }

    /// Adds the counts to `total`.
    pub(super) fn add_to(&self, total: &mut Counters) {
        // A thread that panicked while it added left counters that are numbers all the same.
        total.add(&self.0.lock().unwrap_or_else(PoisonError::into_inner));
    }
}
