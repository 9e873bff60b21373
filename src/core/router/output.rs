//! What the router asks of its host.

use std::net::SocketAddrV4;
use std::sync::Arc;

use bytes::Bytes;

use super::ip::{IpService, StreamAction};
use super::{Event, Reply, StoreKey};
use crate::forward::{Fib, LinkDestination};
use crate::ids::{CircuitId, InterfaceId, RequestId, StreamId};

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
    /// Send a datagram of an IP service, from its port of an interface.
    Datagram {
        /// By this interface, a group too.
        interface: InterfaceId,
        /// From which service's port.
        service: IpService,
        /// To whom.
        to: SocketAddrV4,
        /// Its payload.
        payload: Bytes,
    },
    /// Do something with a TCP connection.
    Stream {
        /// Which one.
        id: StreamId,
        /// What.
        action: StreamAction,
    },
    /// Look up the IPv4 addresses of a name. The answer is an
    /// [`Input::Resolved`](super::Input::Resolved), unless the host has too much to do.
    Resolve {
        /// The name.
        name: String,
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
