//! The port of DHCP at an interface, open only as long as answers may come.
//!
//! It stands beside that of the host's own client, and for that the kernel makes a copy of every
//! UDP datagram that comes in: traffic would pay for a question that is asked once an hour.

use std::net::{Ipv4Addr, SocketAddrV4};
use std::sync::Arc;
use std::time::Duration;

use ipxway_core::Time;
use ipxway_core::ids::InterfaceId;
use ipxway_core::wire::dhcp;
use ipxway_drivers::links::LinkInfo;
use ipxway_drivers::{OpenError, SharedPort, SharedPortOptions, WatchedPort};
use tokio::task::JoinSet;

use super::{Arrivals, receive};

/// Answers come within this time.
const LINGER: Duration = Duration::from_secs(20);

/// A port, open or not.
pub(super) struct Port {
    interface: InterfaceId,
    ip: Ipv4Addr,
    arrivals: Arrivals,
    open: Option<Open>,
}

struct Open {
    port: Arc<WatchedPort>,
    /// What reads from it; ends with it.
    _reader: JoinSet<()>,
    until: Time,
}

impl Port {
    /// The port at this address of ours, and the interface that has it. It is tried whether it can
    /// be opened.
    ///
    /// # Errors
    /// What is missing: rights, or the address at an interface.
    pub(super) fn new(
        interface: InterfaceId,
        ip: Ipv4Addr,
        arrivals: Arrivals,
        now: Time,
    ) -> Result<(Self, LinkInfo), OpenError> {
        let mut port = Self { interface, ip, arrivals, open: None };
        let link = port.open(now)?;
        Ok((port, link))
    }

    /// When [`tick`](Self::tick) has something to do.
    pub(super) fn next_deadline(&self) -> Option<Time> {
        self.open.as_ref().map(|open| open.until)
    }

    /// Closes it once nobody will answer any more.
    pub(super) fn tick(&mut self, now: Time) {
        self.open.take_if(|open| open.until <= now);
    }

    /// Sends a datagram, and listens for a while. One that cannot be sent is lost, as on the way.
    pub(super) fn send(&mut self, now: Time, to: SocketAddrV4, payload: &[u8]) {
        if self.open.is_none()
            && let Err(error) = self.open(now)
        {
            tracing::debug!(%to, %error, "a datagram of DHCP was not sent");
            return;
        }
        let Some(open) = &mut self.open else { return };
        open.until = now + LINGER;
        if let Err(error) = open.port.send(to, payload) {
            tracing::debug!(%to, %error, "a datagram of DHCP was not sent");
        }
    }

    fn open(&mut self, now: Time) -> Result<LinkInfo, OpenError> {
        let options =
            SharedPortOptions { ip: self.ip, port: dhcp::CLIENT_PORT, from: dhcp::SERVER_PORT };
        let port = SharedPort::open(options)?;
        let link = port.link.clone();
        let watching = |source| OpenError::Io { what: "watching the port of DHCP".into(), source };
        let port = Arc::new(port.watch().map_err(watching)?);
        let mut reader = JoinSet::new();
        let (arrivals, budget) = (self.arrivals.clone(), receive::Budget::default());
        reader.spawn(receive::run_dhcp(self.interface, Arc::clone(&port), arrivals, budget));
        self.open = Some(Open { port, _reader: reader, until: now + LINGER });
        Ok(link)
    }
}
