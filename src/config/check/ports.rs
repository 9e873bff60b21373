//! Which LANs share a device and which CMD networks a socket, and whether their blocks agree.

use std::collections::BTreeMap;
use std::fmt;

use ipxway_core::config::{Port, PortKind};
use ipxway_core::ids::PortId;
use ipxway_core::wire::cmd;
use ipxway_core::wire::frame::Framing;

use crate::config::diagnostic::{Faults, Place, Placed};
use crate::config::file::{CmdNetwork, Lan, LanDevice};
use crate::config::shell::{Device, LocalAddress, Nic, Tap, Udp};

/// The ports found so far.
pub(super) struct Ports<'a, 'f, 't> {
    faults: &'f Faults<'t>,
    ports: Vec<Port>,
    devices: Vec<Device>,
    lans: BTreeMap<&'a str, LanPort<'a>>,
    sockets: BTreeMap<(LocalAddress, u16), Socket<'a>>,
}

/// A LAN device, and where its settings were given.
struct LanPort<'a> {
    id: PortId,
    first: &'a Place,
    bridge: Option<&'a Placed<String>>,
    mac: Option<&'a Placed<ipxway_core::wire::NodeAddress>>,
    mtu: Option<&'a Placed<u16>>,
    circuits: BTreeMap<(Option<u16>, Framing), &'a Place>,
}

/// A UDP socket, and the networks on it.
struct Socket<'a> {
    id: PortId,
    dscp: Option<&'a Placed<u8>>,
    networks: Vec<&'a CmdNetwork>,
}

impl<'a, 'f, 't> Ports<'a, 'f, 't> {
    pub(super) const fn new(faults: &'f Faults<'t>) -> Self {
        Self {
            faults,
            ports: Vec::new(),
            devices: Vec::new(),
            lans: BTreeMap::new(),
            sockets: BTreeMap::new(),
        }
    }

    /// The ports for the core, the devices for the shell, in one order.
    pub(super) fn into_parts(self) -> (Vec<Port>, Vec<Device>) {
        (self.ports, self.devices)
    }

    fn add(&mut self, name: String, kind: PortKind, device: Device) -> PortId {
        let id = PortId(u16::try_from(self.ports.len()).unwrap_or(u16::MAX));
        self.ports.push(Port { name, kind });
        self.devices.push(device);
        id
    }

    /// The port of a LAN; `None` if its device is at fault.
    pub(super) fn lan(&mut self, lan: &'a Lan) -> Option<(PortId, PortKind)> {
        let device = lan.device.as_ref()?;
        let (name, kind) = match &device.value {
            LanDevice::Tap(name) => (name.as_str(), PortKind::Tap),
            LanDevice::Nic(name) => (name.as_str(), PortKind::Nic),
        };
        let id = match self.lans.get(name) {
            Some(port) => port.id,
            None => self.add_lan(name, kind, &device.place),
        };
        let other_kind = self.ports.get(id.index()).is_some_and(|port| port.kind != kind);
        let port = self.lans.get_mut(name)?;
        if other_kind {
            refuse_other_kind(kind, &device.place, port.first, self.faults);
            return None;
        }
        if kind == PortKind::Nic {
            refuse_tap_settings(lan, self.faults);
        }
        port.settle(name, lan, self.faults);
        port.claim_framing(name, lan, self.faults);
        if let Some(Device::Tap(tap)) = self.devices.get_mut(id.index()) {
            tap.bridge = port.bridge.map(|bridge| bridge.value.clone());
            tap.mac = port.mac.map(|mac| mac.value);
            tap.mtu = port.mtu.map(|mtu| mtu.value);
        }
        Some((id, kind))
    }

    fn add_lan(&mut self, name: &'a str, kind: PortKind, first: &'a Place) -> PortId {
        let device = name.to_owned();
        let device = match kind {
            PortKind::Nic => Device::Nic(Nic { device }),
            PortKind::Tap | PortKind::Udp => {
                Device::Tap(Tap { device, mac: None, mtu: None, bridge: None })
            }
        };
        let id = self.add(name.to_owned(), kind, device);
        let circuits = BTreeMap::new();
        self.lans.insert(name, LanPort { id, first, bridge: None, mac: None, mtu: None, circuits });
        id
    }

    /// The socket of a CMD network, and its UDP port.
    pub(super) fn udp(&mut self, network: &'a CmdNetwork) -> (PortId, u16) {
        let local = network.local.as_ref().map_or(LocalAddress::Auto, |local| local.value.clone());
        let port = network.port.as_ref().map_or(cmd::DEFAULT_PORT, |port| port.value);
        let key = (local.clone(), port);
        if !self.sockets.contains_key(&key) {
            let name = format!("{local}:{port}");
            let id = self.add(name, PortKind::Udp, Device::Udp(Udp { local, port, dscp: 0 }));
            self.sockets.insert(key.clone(), Socket { id, dscp: None, networks: Vec::new() });
        }
        let Some(socket) = self.sockets.get_mut(&key) else { return (PortId::default(), port) };
        let name = self.ports.get(socket.id.index()).map_or("", |port| port.name.as_str());
        socket.dscp = agree(socket.dscp, network.dscp.as_ref(), name, self.faults);
        if let Some(Device::Udp(udp)) = self.devices.get_mut(socket.id.index()) {
            udp.dscp = socket.dscp.map_or(0, |dscp| dscp.value);
        }
        for other in &socket.networks {
            warn_of_common_peer(other, network, self.faults);
        }
        socket.networks.push(network);
        (socket.id, port)
    }

    /// Two sockets that may turn out to be one address and port.
    pub(super) fn check_addresses(&self) {
        for ((local, port), socket) in &self.sockets {
            let other = self.sockets.iter().find(|((other, other_port), _)| {
                other_port == port && other != local && !matches!(local, LocalAddress::Ip(_))
            });
            let (Some(((other, _), _)), Some(network)) = (other, socket.networks.first()) else {
                continue;
            };
            let place = network.local.as_ref().map_or(&network.place, |local| &local.place);
            let wrong = format!("may be the same address as `{other}`, and the port is the same");
            self.faults.warning(place, wrong, "give both as IPv4 addresses");
        }
    }
}

impl<'a> LanPort<'a> {
    /// Takes over the settings of the device that this block gives.
    fn settle(&mut self, name: &str, lan: &'a Lan, faults: &Faults<'_>) {
        self.bridge = agree(self.bridge, lan.bridge.as_ref(), name, faults);
        self.mac = agree(self.mac, lan.mac.as_ref(), name, faults);
        self.mtu = agree(self.mtu, lan.mtu.as_ref(), name, faults);
        if let Some(bridge) = lan.bridge.as_ref().filter(|bridge| bridge.value == name) {
            faults.error(&bridge.place, "the device itself", "name the bridge it joins");
        }
    }

    /// Notes a framing that another LAN on this device and VLAN has [ipx-rip-sap §5].
    fn claim_framing(&mut self, name: &str, lan: &'a Lan, faults: &Faults<'_>) {
        let Some(framing) = &lan.framing else { return };
        let vlan = lan.vlan.as_ref().map(|vlan| vlan.value);
        if let Some(first) = self.circuits.insert((vlan, framing.value), &framing.place) {
            let line = faults.line(first);
            let wrong = format!("{name} has this framing already in line {line}");
            let right = "give each LAN of a device a framing or VLAN of its own";
            faults.error(&framing.place, wrong, right);
        }
    }
}

/// Notes a device that is used as a TAP device and as a network card.
fn refuse_other_kind(kind: PortKind, here: &Place, first: &Place, faults: &Faults<'_>) {
    let (this, other) = if kind == PortKind::Tap {
        ("TAP device", "network card")
    } else {
        ("network card", "TAP device")
    };
    let wrong = format!("a {this} here, a {other} in line {}", faults.line(first));
    faults.error(here, wrong, "use `tap` or `nic` in both");
}

/// The setting of a device or socket that several blocks share: given once, or each time alike.
fn agree<'a, T: PartialEq + fmt::Debug>(
    first: Option<&'a Placed<T>>,
    here: Option<&'a Placed<T>>,
    shared: &str,
    faults: &Faults<'_>,
) -> Option<&'a Placed<T>> {
    if let (Some(first), Some(here)) = (first, here)
        && first.value != here.value
    {
        let line = faults.line(&first.place);
        let wrong = format!("{shared} has another value in line {line}");
        faults.error(&here.place, wrong, "give it once for both");
    }
    first.or(here)
}

fn refuse_tap_settings(lan: &Lan, faults: &Faults<'_>) {
    let bridge = lan.bridge.as_ref().map(|bridge| &bridge.place);
    let mac = lan.mac.as_ref().map(|mac| &mac.place);
    let mtu = lan.mtu.as_ref().map(|mtu| &mtu.place);
    for place in [bridge, mac, mtu].into_iter().flatten() {
        let wrong = "a setting of TAP devices; a network card is used as it is";
        faults.error(place, wrong, "take it out, or set it with `ip link`");
    }
}

/// A packet from a peer that two networks of one socket share may belong to either
/// [cmd §12.2, step 3a].
fn warn_of_common_peer(one: &CmdNetwork, other: &CmdNetwork, faults: &Faults<'_>) {
    let common = other.peers.iter().find(|peer| one.peers.iter().any(|p| p.value == peer.value));
    if let Some(peer) = common {
        let line = faults.line(&one.place);
        let wrong = format!(
            "also a peer of the CMD network in line {line} by the same address and port: a \
             routed packet from it may be counted to either"
        );
        faults.warning(&peer.place, wrong, "use another port or local address for one of the two");
    }
}
