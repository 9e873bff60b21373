//! Lanes from the forwarding threads to the control loop: bounded, and no thread ever waits.
//!
//! Each lane has its own bound, so that a storm of type-20 broadcasts takes no room from RIP and
//! SAP, and those none from hellos. What does not fit is lost and counted.

use ipxway_core::forward::Lane;
use ipxway_core::router::Input;
use tokio::sync::mpsc;

/// Packets that wait in a lane: 20 full tables of the busiest neighbours, less than 1 MiB.
pub(super) const LANE_DEPTH: usize = 1_024;
/// Notices of packets that were too large: the router tells of each source once, so few matter.
const NOTICE_DEPTH: usize = 64;
/// Inputs taken from a lane at a time, before other sources have their turn.
pub(super) const BUDGET: usize = 64;

/// The threads' end. Clones are the same lanes.
#[derive(Clone, Debug)]
pub(super) struct Punts {
    adjacency: mpsc::Sender<Input>,
    protocol: mpsc::Sender<Input>,
    broadcast: mpsc::Sender<Input>,
    notices: mpsc::Sender<Input>,
}

/// The control loop's end.
#[derive(Debug)]
pub(super) struct Lanes {
    adjacency: mpsc::Receiver<Input>,
    protocol: mpsc::Receiver<Input>,
    broadcast: mpsc::Receiver<Input>,
    notices: mpsc::Receiver<Input>,
}

/// Both ends of empty lanes.
pub(super) fn lanes() -> (Punts, Lanes) {
    let (adjacency, from_adjacency) = mpsc::channel(LANE_DEPTH);
    let (protocol, from_protocol) = mpsc::channel(LANE_DEPTH);
    let (broadcast, from_broadcast) = mpsc::channel(LANE_DEPTH);
    let (notices, from_notices) = mpsc::channel(NOTICE_DEPTH);
    let punts = Punts { adjacency, protocol, broadcast, notices };
    let lanes = Lanes {
        adjacency: from_adjacency,
        protocol: from_protocol,
        broadcast: from_broadcast,
        notices: from_notices,
    };
    (punts, lanes)
}

impl Punts {
    /// Puts a packet into a lane; false if the lane is full.
    pub(super) fn packet(&self, lane: Lane, input: Input) -> bool {
        let lane = match lane {
            Lane::Adjacency => &self.adjacency,
            Lane::Protocol => &self.protocol,
            Lane::Broadcast => &self.broadcast,
        };
        lane.try_send(input).is_ok()
    }

    /// Tells the router of a dropped packet, if there is room.
    pub(super) fn notice(&self, input: Input) {
        let _ = self.notices.try_send(input);
    }
}

impl Lanes {
    /// Waits until a lane has something and takes up to [`BUDGET`] inputs from each, the most
    /// urgent lane first. May be dropped and called again.
    pub(super) async fn take(&mut self, inputs: &mut Vec<Input>) {
        let first = tokio::select! {
            biased;
            Some(input) = self.adjacency.recv() => input,
            Some(input) = self.protocol.recv() => input,
            Some(input) = self.broadcast.recv() => input,
            Some(input) = self.notices.recv() => input,
            // The control loop holds a sender itself.
            else => return std::future::pending().await,
        };
        inputs.push(first);
        for lane in
            [&mut self.adjacency, &mut self.protocol, &mut self.broadcast, &mut self.notices]
        {
            inputs.extend(std::iter::from_fn(|| lane.try_recv().ok()).take(BUDGET));
        }
    }
}
