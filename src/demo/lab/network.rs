//! Wires of a lab: Ethernet LANs, and a backbone that routes IP and nothing else.

use std::net::Ipv4Addr;
use std::path::Path;

use ipxway_core::wire::NodeAddress;

use super::{Lab, run};

/// The namespace of the backbone's router.
pub const BACKBONE: &str = "backbone";

impl Lab {
    /// Makes an Ethernet LAN: a namespace with a bridge, `lan`.
    ///
    /// # Errors
    /// What `ip` says.
    pub fn lan(&self, name: &str) -> anyhow::Result<()> {
        self.namespace(name)?;
        self.bridge(name, "lan")
    }

    /// Makes a bridge that forwards at once, in a namespace.
    ///
    /// # Errors
    /// What `ip` says.
    pub fn bridge(&self, namespace: &str, name: &str) -> anyhow::Result<()> {
        self.ip(&format!(
            "-n {namespace} link add {name} type bridge stp_state 0 forward_delay 0 mcast_snooping 0"
        ))?;
        self.ip(&format!("-n {namespace} link set {name} up"))
    }

    /// Plugs a new network card, `device` in `namespace`, into a LAN. It has the address `node`
    /// there, and no IP address.
    ///
    /// # Errors
    /// What `ip` says.
    pub fn plug(
        &self,
        lan: &str,
        (namespace, device): (&str, &str),
        node: NodeAddress,
    ) -> anyhow::Result<()> {
        self.cable((lan, &format!("p-{device}")), (namespace, device))?;
        let mac = node.0.map(|byte| format!("{byte:02x}")).join(":");
        self.ip(&format!("-n {namespace} link set {device} address {mac}"))?;
        self.ip(&format!("-n {lan} link set p-{device} master lan"))
    }

    /// Lays a cable between two new devices, and brings both up.
    ///
    /// # Errors
    /// What `ip` says.
    pub fn cable(
        &self,
        (namespace, device): (&str, &str),
        (far_namespace, far_device): (&str, &str),
    ) -> anyhow::Result<()> {
        self.ip(&format!(
            "link add name {device} netns {namespace} type veth \
             peer name {far_device} netns {far_namespace}"
        ))?;
        self.ip(&format!("-n {namespace} link set {device} up"))?;
        self.ip(&format!("-n {far_namespace} link set {far_device} up"))
    }

    /// Makes the backbone: one router of IP. It has no IPX and does not know of any.
    ///
    /// # Errors
    /// What `ip` or the kernel says.
    pub fn backbone(&self) -> anyhow::Result<()> {
        self.namespace(BACKBONE)?;
        self.set(BACKBONE, "net/ipv4/ip_forward", "1")
    }

    /// Connects a namespace to the backbone by a device `wan`, as site `number`, 1 to 250. Gives
    /// its address there.
    ///
    /// # Errors
    /// What `ip` says.
    pub fn connect(&self, namespace: &str, number: u8) -> anyhow::Result<Ipv4Addr> {
        let (near, far) = (Ipv4Addr::new(10, 0, number, 2), Ipv4Addr::new(10, 0, number, 1));
        self.cable((BACKBONE, &format!("to-{namespace}")), (namespace, "wan"))?;
        self.ip(&format!("-n {BACKBONE} address add {far}/24 dev to-{namespace}"))?;
        self.ip(&format!("-n {namespace} address add {near}/24 dev wan"))?;
        self.ip(&format!("-n {namespace} route add default via {far}"))?;
        Ok(near)
    }

    /// Lets a (virtual) card compute the checksums of what is sent by it, or not.
    ///
    /// # Errors
    /// What `ethtool` says.
    pub fn set_offload(&self, namespace: &str, device: &str, on: bool) -> anyhow::Result<()> {
        let state = if on { "on" } else { "off" };
        let mut command = self.command(namespace, Path::new("ethtool"));
        run(command.args(["-K", device, "tx", state])).map(drop)
    }
}
