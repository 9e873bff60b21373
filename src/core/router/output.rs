//! What the router asks of its host.

use std::sync::Arc;

use bytes::Bytes;

use super::{Event, Reply, StoreKey};
use crate::forward::{Fib, LinkDestination};
use crate::ids::{CircuitId, RequestId};

/// One thing that the host must do.
#[derive(Clone, Debug)]
pub enum Output {
    /// Send a packet of the router's own, or one that it propagates.
    Send {
        /// By this circuit.
        circuit: CircuitId,
        /// To this station.
        to: LinkDestination,
        /// The packet.
        packet: Bytes,
    },
    /// Forward by this table from now on.
    Publish(Arc<Fib>),
    /// Keep this over a restart; losing it does harm to nobody but costs a new number.
    Persist {
        /// Under which key.
        key: StoreKey,
        /// What.
        value: String,
    },
    /// Tell the log, and who follows events.
    Event(Event),
    /// Answer an operator.
    Reply {
        /// Whose request.
        id: RequestId,
        /// What.
        reply: Reply,
        /// No more replies follow to this request.
        done: bool,
    },
    /// The goodbyes are said; the host may end. Comes within 2 s of `Shutdown`.
    Stopped,
}
