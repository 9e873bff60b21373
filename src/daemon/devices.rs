//! From a device of the configuration to an open port.

use ipxway_drivers::{
    NicOptions, OpenError, OpenPort, TapOptions, UdpOptions, open_nic, open_tap, open_udp,
};

use super::links::Links;
use crate::config::shell::{Device, LocalAddress};

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
#[derive(Debug)]
pub(super) struct Kernel;

impl Opener for Kernel {
    fn open(&mut self, device: &Device, links: &Links) -> Result<OpenPort, String> {
        let opened = match device {
            Device::Tap(tap) => open_tap(&TapOptions {
                name: tap.device.clone(),
                mac: tap.mac.map(|mac| mac.0),
                mtu: tap.mtu,
                bridge: tap.bridge.clone(),
            }),
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
            OpenError::NoSuchDevice { name, .. } => format!("there is no interface `{name}`"),
            error => error.to_string(),
        })
    }
}

fn no_address(local: &LocalAddress) -> String {
    match local {
        LocalAddress::Interface(name) => format!("interface `{name}` has no IPv4 address"),
        LocalAddress::Auto | LocalAddress::Ip(_) => {
            "this machine has no IPv4 address that others could reach".to_owned()
        }
    }
}
