//! From a configuration to an agent whose devices are not there: which addresses its ports have,
//! and which of them hears the frames of the capture.

use std::net::Ipv4Addr;
use std::sync::Arc;

use anyhow::bail;
use ipxway_core::config::PortKind;
use ipxway_core::ids::PortId;
use ipxway_core::router::PortAddress;

use super::Args;
use super::player::{DEFAULT_MTU, Setup, lan_address};
use crate::config::shell::{Device, LocalAddress, Shell};
use crate::config::{Loaded, load};

/// The local address of CMD networks where nothing names one: of the block kept for documentation,
/// so that no capture has it by chance.
const NO_ADDRESS: Ipv4Addr = Ipv4Addr::new(192, 0, 2, 1);

/// The agent that the arguments ask for.
///
/// # Errors
/// What is wrong with its configuration, or with the arguments in view of it.
pub fn from_arguments(args: &Args) -> anyhow::Result<Setup> {
    let Some(path) = &args.config else {
        bail!("a capture needs an agent to hear it: name its configuration with -c FILE");
    };
    let Loaded { core: mut config, shell, .. } = load(path)?;
    // A capture has no server of DHCP that would answer to us.
    for network in &mut Arc::make_mut(&mut config).cmd_networks {
        network.number_from_dhcp = false;
    }
    let lan_ports: Vec<(PortId, &str)> = (0..)
        .zip(&config.ports)
        .filter(|(_, port)| port.kind != PortKind::Udp)
        .map(|(index, port)| (PortId(index), port.name.as_str()))
        .collect();
    let lan = match &args.port {
        None => lan_ports.first().map(|(id, _)| *id),
        Some(wanted) => match lan_ports.iter().find(|(_, name)| name == wanted) {
            Some((id, _)) => Some(*id),
            None => {
                let names: Vec<&str> = lan_ports.iter().map(|(_, name)| *name).collect();
                bail!(
                    "--port {wanted}: {} has no such LAN port, only: {}",
                    path.display(),
                    names.join(", ")
                );
            }
        },
    };
    let addresses = addresses(&shell, lan, args);
    Ok(Setup { config, addresses, lan, seed: args.seed })
}

/// The address of every port, in the order of ports.
fn addresses(shell: &Shell, lan: Option<PortId>, args: &Args) -> Vec<PortAddress> {
    let address = |(index, device): (u16, &Device)| {
        let id = PortId(index);
        let made = lan_address(id);
        let mac = args.mac.filter(|_| lan == Some(id)).or(made.mac);
        match device {
            Device::Tap(tap) => {
                let mtu = tap.mtu.unwrap_or(DEFAULT_MTU);
                PortAddress { mac: tap.mac.or(mac), mtu, ..made }
            }
            Device::Nic(_) => PortAddress { mac, ..made },
            Device::Udp(udp) => {
                let ip = match udp.local {
                    LocalAddress::Ip(ip) => ip,
                    LocalAddress::Auto | LocalAddress::Interface(_) => {
                        args.local.unwrap_or(NO_ADDRESS)
                    }
                };
                PortAddress { mac: None, ip: Some(ip), mtu: DEFAULT_MTU }
            }
        }
    };
    (0..).zip(&shell.devices).map(address).collect()
}
