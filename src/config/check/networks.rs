//! Network numbers: unique in the whole internetwork, so unique here first [ipx-rip-sap §1.2].

use std::collections::BTreeMap;

use ipxway_core::wire::NetworkNumber;

use crate::config::diagnostic::{Faults, Place};
use crate::config::file::{File, LanDevice};

/// A network of the file.
struct Numbered<'a> {
    number: NetworkNumber,
    place: &'a Place,
    /// The device of a LAN; `None` for CMD and internal networks.
    device: Option<&'a LanDevice>,
    is_lan: bool,
}

/// Notes numbers that two networks have.
pub(super) fn check(file: &File, faults: &Faults<'_>) {
    let mut seen: BTreeMap<NetworkNumber, Numbered<'_>> = BTreeMap::new();
    for network in networks(file) {
        let Some(first) = seen.get(&network.number) else {
            seen.insert(network.number, network);
            continue;
        };
        let line = faults.line(first.place);
        // Two ports may lie on one wire; only traffic can tell, and then an event does.
        if network.is_lan && first.is_lan && network.device != first.device {
            let wrong = format!("the LAN in line {line}, on another device, has this number too");
            let right = "give one of the two another number, unless both lie on one wire";
            faults.warning(network.place, wrong, right);
        } else {
            let number = network.number;
            let wrong = format!("{number} is the number of the network in line {line} too");
            faults.error(network.place, wrong, "give each network a number of its own");
        }
    }
}

/// The internal network first, then LANs, then CMD networks.
fn networks(file: &File) -> impl Iterator<Item = Numbered<'_>> {
    let internal = file.agent.internal_network.iter().map(|network| Numbered {
        number: network.value,
        place: &network.place,
        device: None,
        is_lan: false,
    });
    let lans = file.lans.iter().filter_map(|lan| {
        let network = lan.network.as_ref()?;
        Some(Numbered {
            number: network.value?,
            place: &network.place,
            device: lan.device.as_ref().map(|device| &device.value),
            is_lan: true,
        })
    });
    let cmd_networks = file.cmd_networks.iter().map(|cmd| Numbered {
        number: super::number(cmd),
        place: cmd.network.as_ref().map_or(&cmd.place, |network| &network.place),
        device: None,
        is_lan: false,
    });
    internal.chain(lans).chain(cmd_networks)
}
