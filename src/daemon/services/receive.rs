//! Reading datagrams of an IP service, no faster than the router shall look at them.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use bytes::Bytes;
use ipxway_core::ids::InterfaceId;
use ipxway_core::router::{Input, IpService};
use ipxway_drivers::{SharedDatagram, WatchedPort};
use tokio::net::UdpSocket;

use super::Arrivals;

/// Datagrams that an interface takes in a second; as many at once. The rest waits in the kernel,
/// and is lost there. Ten times what the service's own limits would answer.
pub(super) const RATE: u32 = 2_000;
/// The longest datagram.
const LONGEST: usize = 65_536;

/// What an interface may take, shared by its sockets. All of them are read on one thread.
#[derive(Clone, Debug)]
pub(super) struct Budget {
    full_at: Arc<Mutex<Instant>>,
}

impl Default for Budget {
    fn default() -> Self {
        Self { full_at: Arc::new(Mutex::new(Instant::now())) }
    }
}

impl Budget {
    /// Takes one; else says how long to wait.
    fn take(&self) -> Result<(), Duration> {
        const COST: Duration = Duration::from_micros(1_000_000 / RATE as u64);
        const DEPTH: Duration = Duration::from_secs(1);
        let Ok(mut full_at) = self.full_at.lock() else { return Ok(()) };
        let now = Instant::now();
        let then = (*full_at).max(now) + COST;
        if then > now + DEPTH {
            return Err(then - now - DEPTH);
        }
        *full_at = then;
        Ok(())
    }
}

/// Reads the port of DHCP, until the lane is gone.
pub(super) async fn run_dhcp(
    interface: InterfaceId,
    port: Arc<WatchedPort>,
    arrivals: Arrivals,
    budget: Budget,
) {
    let mut buffer = vec![0; LONGEST];
    loop {
        if let Err(wait) = budget.take() {
            tokio::time::sleep(wait).await;
            continue;
        }
        // An error is the line's, which is told of elsewhere.
        let Ok(SharedDatagram { from, to, payload }) = port.receive(&mut buffer).await else {
            continue;
        };
        let payload = Bytes::copy_from_slice(buffer.get(payload).unwrap_or_default());
        let service = IpService::Dhcp;
        let input = Input::Datagram { interface, service, from, to, payload };
        if arrivals.send(input.into()).await.is_err() {
            return;
        }
    }
}

/// Reads one socket.
pub(super) struct Receiver {
    pub(super) interface: InterfaceId,
    /// What is sent to it was sent to this address.
    pub(super) to: Ipv4Addr,
    pub(super) socket: Arc<UdpSocket>,
    pub(super) arrivals: Arrivals,
    pub(super) budget: Budget,
}

impl Receiver {
    /// Reads until the lane is gone.
    pub(super) async fn run(self) {
        let mut buffer = vec![0; LONGEST];
        loop {
            if let Err(wait) = self.budget.take() {
                tokio::time::sleep(wait).await;
                continue;
            }
            let (length, from) = match self.socket.recv_from(&mut buffer).await {
                Ok((length, SocketAddr::V4(from))) => (length, from),
                // A port that was unreachable, said of what we sent.
                Ok(_) | Err(_) => continue,
            };
            let payload = Bytes::copy_from_slice(buffer.get(..length).unwrap_or_default());
            let (interface, service, to) = (self.interface, IpService::Slp, self.to);
            let input = Input::Datagram { interface, service, from, to, payload };
            if self.arrivals.send(input.into()).await.is_err() {
                return;
            }
        }
    }
}
