//! From a device of the configuration to an open port.

use std::collections::BTreeMap;

use ipxway_core::wire::nlsp::LanHello;
use ipxway_drivers::{
    Mark, NicOptions, OpenError, OpenPort, TapOptions, UdpOptions, open_nic, open_tap, open_udp,
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

/// Where the system keeps what tells this machine from all others.
const MACHINE_ID: &str = "/etc/machine-id";

/// Opens ports of the kernel.
#[derive(Debug)]
pub(super) struct Kernel {
    /// What tells this agent from all others, over restarts; none where the machine has no
    /// identity.
    identity: Option<String>,
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
                    apart: LanHello::MARKS.map(|(at, bits, are)| Mark { at, bits, are }).into(),
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
    /// The kernel's devices, for the agent of this name.
    pub(super) fn new(agent: &str) -> Self {
        let machine = std::fs::read_to_string(MACHINE_ID).ok().filter(|id| !id.trim().is_empty());
        let identity = machine.map(|id| format!("{} {agent}", id.trim()));
        Self { identity, macs: BTreeMap::new() }
    }

    fn open_tap(&mut self, tap: &Tap) -> Result<OpenPort, OpenError> {
        let steady = || self.identity.as_ref().map(|agent| steady_mac(agent, &tap.device));
        let before = self.macs.get(&tap.device).copied().or_else(steady);
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

/// A MAC address for a TAP that the configuration gives none: the same at every start, so that
/// stations which remember their router find it again. Locally administered, of one station.
fn steady_mac(agent: &str, device: &str) -> [u8; 6] {
    // FNV-1a: it only has to spread, and must never change.
    let mut hash: u64 = 0xcbf2_9ce4_8422_2325;
    for byte in agent.bytes().chain([0]).chain(device.bytes()) {
        hash = (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3);
    }
    let [.., a, b, c, d, e] = hash.to_be_bytes();
    [0x02, a, b, c, d, e]
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

/// Why nothing is open at an address that is not there.
pub(super) fn no_address(local: &LocalAddress) -> String {
    match local {
        LocalAddress::Interface(name) => format!("interface `{name}` has no IPv4 address"),
        LocalAddress::Auto | LocalAddress::Ip(_) => {
            "this machine has no IPv4 address that others could reach".to_owned()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tap_without_a_configured_mac_has_the_same_one_at_every_start_and_no_other_has_it() {
        let mac = steady_mac("0f3a OSLO", "ipx0");
        assert_eq!(mac, [0x02, 0x18, 0x68, 0xff, 0xac, 0x2b]);
        assert_ne!(mac, steady_mac("0f3a OSLO", "ipx1"));
        assert_ne!(mac, steady_mac("0f3a ROME", "ipx0"));
        assert_ne!(mac, steady_mac("0f3b OSLO", "ipx0"));
    }
}
