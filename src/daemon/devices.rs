//! From a device of the configuration to an open port.

use std::collections::BTreeMap;

use ipxway_drivers::{
    NicOptions, OpenError, OpenPort, TapOptions, UdpOptions, open_nic, open_tap, open_udp,
};

use super::links::Links;
use crate::config::shell::{Device, LocalAddress, Tap};

/// Bytes that may wait at a UDP socket: 4,096 packets of the usual size.
const RECEIVE_BUFFER: usize = 4 * 1024 * 1024;

/// Opens ports. The daemon opens the kernel's; tests of the shell have their own.
pub(super) trait Opener {
    /// Opens the port of `device`.
    ///
    /// # Errors
    /// Why not, for the operator: "there is no interface `eth7`".
    fn open(&mut self, device: &Device, links: &Links) -> Result<OpenPort, String>;
}

/// Opens ports of the kernel.
#[derive(Debug, Default)]
pub(super) struct Kernel {
    /// The agent's MAC address behind each TAP, once it was opened: the kernel chooses another
    /// one for each device that is made, and hosts remember their router's.
    macs: BTreeMap<String, [u8; 6]>,
}

impl Opener for Kernel {
    fn open(&mut self, device: &Device, links: &Links) -> Result<OpenPort, String> {
        let opened = match device {
            Device::Tap(tap) => self.open_tap(tap),
            Device::Nic(nic) => open_nic(&NicOptions { name: nic.device.clone() }),
            Device::Udp(udp) => {
                let ip = links.local(&udp.local).ok_or_else(|| no_address(&udp.local))?;
                open_udp(&UdpOptions {
                    ip,
                    port: udp.port,
                    tos: (udp.dscp != 0).then_some(udp.dscp << 2),
                    receive_buffer: RECEIVE_BUFFER,
                })
            }
        };
        opened.map_err(|error| match error {
            // Not the list of what is there: a reason that changes is told again.
            OpenError::NoSuchDevice { name, .. } => missing(&name),
            error => error.to_string(),
        })
    }
}

impl Kernel {
    fn open_tap(&mut self, tap: &Tap) -> Result<OpenPort, OpenError> {
        let before = self.macs.get(&tap.device).copied();
        let opened = open_tap(&TapOptions {
            name: tap.device.clone(),
            mac: tap.mac.map(|mac| mac.0).or(before),
            mtu: tap.mtu,
            bridge: tap.bridge.clone(),
        })?;
        self.macs.extend(opened.address.mac.map(|mac| (tap.device.clone(), mac)));
        Ok(opened)
    }
}

impl Device {
    /// The interface that it is; none for a socket.
    pub(super) fn interface(&self) -> Option<&str> {
        match self {
            Self::Tap(tap) => Some(&tap.device),
            Self::Nic(nic) => Some(&nic.device),
            Self::Udp(_) => None,
        }
    }
}

/// Why a port is closed whose interface is not there.
pub(super) fn missing(name: &str) -> String {
    format!("there is no interface `{name}`")
}

fn no_address(local: &LocalAddress) -> String {
    match local {
        LocalAddress::Interface(name) => format!("interface `{name}` has no IPv4 address"),
        LocalAddress::Auto | LocalAddress::Ip(_) => {
            "this machine has no IPv4 address that others could reach".to_owned()
        }
    }
}
