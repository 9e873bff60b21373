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

    /// The interface that has this address.
    fn holder(&self, ip: Ipv4Addr) -> Option<&LinkInfo> {
        let (index, _) = self.addresses.iter().find(|&&(_, known)| known == ip)?;
        self.links.get(index)
    }

    /// The address has moved to an interface that the configuration does not mean. What is not
    /// known to be anywhere has not: the kernel tells of everything, but not at once.
    pub(super) fn has_moved(&self, local: &LocalAddress, ip: Ipv4Addr) -> bool {
        match local {
            LocalAddress::Interface(name) => self.holder(ip).is_some_and(|link| &link.name != name),
            LocalAddress::Auto | LocalAddress::Ip(_) => false,
        }
    }

    /// Why nothing passes where this address is; `None`: as far as is known something does.
    pub(super) fn obstacle(&self, ip: Ipv4Addr) -> Option<String> {
        let link = self.holder(ip)?;
        let name = &link.name;
        match (link.enabled, link.running) {
            (false, _) => Some(format!("interface {name} is set down")),
            (true, false) => Some(format!("interface {name} has no carrier")),
            (true, true) => None,
        }
    }

    /// The MTU where this address is, as far as it fits.
    pub(super) fn mtu(&self, ip: Ipv4Addr) -> Option<u16> {
        self.holder(ip).map(|link| u16::try_from(link.mtu).unwrap_or(u16::MAX))
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

#[cfg(test)]
mod tests {
    use super::*;

    fn ip(text: &str) -> Ipv4Addr {
        text.parse().unwrap()
    }

    fn link(index: u32, enabled: bool, running: bool) -> LinkEvent {
        LinkEvent::Link(LinkInfo {
            index,
            name: format!("eth{index}"),
            running,
            enabled,
            mtu: 1_400,
            mac: None,
            controller: None,
            is_bridge: false,
            is_ethernet: true,
        })
    }

    #[test]
    fn an_address_has_moved_once_another_interface_has_it_and_not_because_others_come() {
        let mut links = Links::default();
        let used = ip("10.9.0.2");
        let named = LocalAddress::Interface("eth2".to_owned());
        let locals = [LocalAddress::Auto, named.clone(), LocalAddress::Ip(used)];
        links.apply(&link(2, true, true));
        links.apply(&LinkEvent::Address { ip: used, index: 2 });
        assert!(locals.iter().all(|local| links.local(local) == Some(used)));
        links.apply(&link(1, true, true));
        links.apply(&LinkEvent::Address { ip: ip("10.8.0.1"), index: 1 });
        links.apply(&LinkEvent::Address { ip: ip("10.8.0.2"), index: 2 });
        assert_eq!(links.local(&named), Some(ip("10.8.0.2")), "what would be chosen now");
        assert!(!locals.iter().any(|local| links.has_moved(local, used)));
        links.apply(&LinkEvent::AddressGone { ip: used, index: 2 });
        links.apply(&LinkEvent::Address { ip: used, index: 1 });
        assert!(links.has_moved(&named, used) && !links.has_moved(&LocalAddress::Auto, used));
    }

    #[test]
    fn what_is_in_the_way_is_named_where_it_is_known() {
        let mut links = Links::default();
        let here = ip("10.9.0.2");
        assert_eq!((links.obstacle(here), links.mtu(here)), (None, None));
        links.apply(&LinkEvent::Address { ip: here, index: 2 });
        let cases = [
            (true, true, None),
            (true, false, Some("interface eth2 has no carrier")),
            (false, false, Some("interface eth2 is set down")),
        ];
        for (enabled, running, obstacle) in cases {
            links.apply(&link(2, enabled, running));
            assert_eq!(links.obstacle(here).as_deref(), obstacle);
        }
        assert_eq!(links.mtu(here), Some(1_400));
    }
}
