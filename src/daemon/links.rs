//! What interfaces and addresses this machine has, as far as the kernel has told.

use std::collections::{BTreeMap, BTreeSet};
use std::net::Ipv4Addr;
use std::time::Duration;

use ipxway_drivers::links::{LinkEvent, LinkInfo, Monitor};
use tokio::sync::mpsc;

use crate::config::shell::LocalAddress;

/// Events that wait for the control loop; the kernel's socket holds what is beyond.
const WAITING: usize = 256;
/// Pause before a watch that failed is begun anew.
const PAUSE: Duration = Duration::from_secs(1);

/// Watches interfaces and addresses, in a task of its own; begins with all there are.
pub(super) fn watch() -> mpsc::Receiver<LinkEvent> {
    let (sender, events) = mpsc::channel(WAITING);
    tokio::spawn(async move {
        while !sender.is_closed() {
            if let Err(error) = pass_on(&sender).await {
                tracing::error!(%error, "interfaces cannot be watched: trying again");
            }
            tokio::time::sleep(PAUSE).await;
        }
    });
    events
}

async fn pass_on(sender: &mpsc::Sender<LinkEvent>) -> std::io::Result<()> {
    let mut monitor = Monitor::new()?;
    loop {
        let event = monitor.next().await?;
        if sender.send(event).await.is_err() {
            return Ok(());
        }
    }
}

/// Interfaces and addresses.
#[derive(Debug, Default)]
pub(super) struct Links {
    links: BTreeMap<u32, LinkInfo>,
    /// Addresses by interface, so that "the first one" means the same at every look.
    addresses: BTreeSet<(u32, Ipv4Addr)>,
}

impl Links {
    /// Takes in what has happened.
    pub(super) fn apply(&mut self, event: &LinkEvent) {
        match event {
            LinkEvent::Link(link) => {
                self.links.insert(link.index, link.clone());
            }
            LinkEvent::LinkGone { index, .. } => {
                self.links.remove(index);
            }
            &LinkEvent::Address { ip, index } => {
                self.addresses.insert((index, ip));
            }
            &LinkEvent::AddressGone { ip, index } => {
                self.addresses.remove(&(index, ip));
            }
        }
    }

    /// The interface of this index.
    pub(super) fn get(&self, index: u32) -> Option<&LinkInfo> {
        self.links.get(&index)
    }

    /// An interface has this address.
    pub(super) fn has_address(&self, ip: Ipv4Addr) -> bool {
        self.addresses.iter().any(|&(_, known)| known == ip)
    }

    /// The address that the configuration means; `None` if it is not there, or not yet.
    ///
    /// `auto` is the first one of the interface with the lowest index that has one fit to be
    /// reached from elsewhere.
    pub(super) fn local(&self, local: &LocalAddress) -> Option<Ipv4Addr> {
        let first = |fits: &dyn Fn(u32, Ipv4Addr) -> bool| {
            self.addresses.iter().find(|&&(index, ip)| fits(index, ip)).map(|&(_, ip)| ip)
        };
        match local {
            LocalAddress::Ip(ip) => Some(*ip),
            LocalAddress::Auto => first(&|_, ip| !ip.is_loopback() && !ip.is_link_local()),
            LocalAddress::Interface(name) => {
                let index = self.links.values().find(|link| &link.name == name)?.index;
                first(&|at, _| at == index)
            }
        }
    }
}
