//! Strings that have a form of their own: each function reads one, or says what is wrong.
//!
//! What would be right is the schema's to say.

use std::net::Ipv4Addr;
use std::path::PathBuf;

use ipxway_core::config::{AgentHost, DaDiscovery};
use ipxway_core::wire::nlsp::Area;
use ipxway_core::wire::sap::ServiceType;
use ipxway_core::wire::{Address, NetworkNumber, NodeAddress};

use super::shell::LocalAddress;

/// What is wrong with a value.
pub(crate) type Wrong = String;

/// The longest interface name that Linux takes.
const MAX_INTERFACE: usize = 15;
/// The longest path that fits the kernel's address of a Unix socket, with its NUL.
const MAX_SOCKET_PATH: usize = 107;
/// The longest name of a service or an agent [ipx-rip-sap §11].
const MAX_SAP_NAME: usize = 47;
/// The longest name of a machine.
const MAX_HOST: usize = 253;
/// The longest name of a circuit or a group.
const MAX_NAME: usize = 32;

/// A number that a LAN or the internal network may have; `auto` gives `None`.
pub(crate) fn lan_network(text: &str) -> Result<Option<NetworkNumber>, Wrong> {
    if text == "auto" {
        return Ok(None);
    }
    match assignable_network(text)? {
        NetworkNumber::DEFAULT_CMD => {
            Err("FFFFFFFD is the usual number of CMD networks, never of a LAN".to_owned())
        }
        network => Ok(Some(network)),
    }
}

/// A number that some network may have.
pub(crate) fn assignable_network(text: &str) -> Result<NetworkNumber, Wrong> {
    match text.parse().map_err(|_| "not a network number".to_owned())? {
        NetworkNumber::THIS => Err("0 means \"this network\"".to_owned()),
        NetworkNumber::ALL => Err("FFFFFFFF means \"all networks\"".to_owned()),
        NetworkNumber::DEFAULT_ROUTE => Err("FFFFFFFE is the default route".to_owned()),
        network => Ok(network),
    }
}

/// A number that a CMD network may have; `dhcp` gives `None`.
pub(crate) fn cmd_network(text: &str) -> Result<Option<NetworkNumber>, Wrong> {
    if text == "dhcp" {
        return Ok(None);
    }
    assignable_network(text).map(Some)
}

/// Where a route may lead: a network, or `default`.
pub(super) fn destination(text: &str) -> Result<NetworkNumber, Wrong> {
    let is_default = text.parse() == Ok(NetworkNumber::DEFAULT_ROUTE);
    if text == "default" || is_default {
        Ok(NetworkNumber::DEFAULT_ROUTE)
    } else {
        assignable_network(text)
    }
}

/// An area address: a network and a mask of ones from the top [nlsp §8.6].
pub(super) fn area(text: &str) -> Result<Area, Wrong> {
    let (network, mask) = text.split_once('/').ok_or("a network without a mask")?;
    let network = network.parse().map_err(|_| "not a network number before the mask".to_owned())?;
    let is_hex = (1..=8).contains(&mask.len()) && mask.bytes().all(|b| b.is_ascii_hexdigit());
    match is_hex.then(|| u32::from_str_radix(mask, 16).ok()).flatten() {
        Some(mask) if mask.leading_ones() + mask.trailing_zeros() >= u32::BITS => {
            Ok(Area { network, mask })
        }
        Some(_) => Err("a mask that is not ones from the top".to_owned()),
        None => Err("a mask that is not 1 to 8 hexadecimal digits".to_owned()),
    }
}

/// A character for an error: itself, unless it would not be seen.
fn shown(character: char) -> String {
    if character.is_control() {
        character.escape_default().to_string()
    } else {
        character.to_string()
    }
}

/// The name of a scope of SLP.
pub(super) fn scope(text: &str) -> Result<String, Wrong> {
    if ipxway_core::wire::slp::is_scope_name(text) {
        Ok(text.to_owned())
    } else {
        Err("not the name of a scope".to_owned())
    }
}

/// A source of directory agents.
pub(super) fn da_source(text: &str) -> Result<DaDiscovery, Wrong> {
    let named = DaDiscovery::NAMES.iter().find(|(_, name)| *name == text);
    named.map(|(source, _)| *source).ok_or_else(|| "no such source".to_owned())
}

/// The name of a circuit.
pub(crate) fn circuit_name(text: &str) -> Result<String, Wrong> {
    if text.is_empty() {
        Err("an empty name".to_owned())
    } else if text.len() > MAX_NAME {
        Err(format!("{} bytes, too long", text.len()))
    } else if let Some(bad) =
        text.chars().find(|c| !c.is_ascii_alphanumeric() && !matches!(c, '-' | '_' | '.'))
    {
        Err(format!("`{}` may not stand in a name", shown(bad)))
    } else {
        Ok(text.to_owned())
    }
}

/// A name that goes into SAP packets.
pub(crate) fn sap_name(text: &str) -> Result<String, Wrong> {
    if text.is_empty() {
        Err("an empty name".to_owned())
    } else if text.len() > MAX_SAP_NAME {
        Err(format!("{} bytes, too long", text.len()))
    } else if let Some(bad) = text.chars().find(|c| !matches!(c, ' '..='~')) {
        Err(format!("`{}` is not printable ASCII", shown(bad)))
    } else if text.trim() != text {
        Err("a blank at an end".to_owned())
    } else {
        Ok(text.to_owned())
    }
}

/// The name of an interface.
pub(crate) fn interface(text: &str) -> Result<String, Wrong> {
    if text.is_empty() || text == "." || text == ".." {
        Err("not an interface name".to_owned())
    } else if text.len() > MAX_INTERFACE {
        Err(format!("{} bytes, too long for an interface", text.len()))
    } else if let Some(bad) =
        text.chars().find(|c| !c.is_ascii_graphic() || matches!(c, '/' | ':' | '%'))
    {
        // `%` would make the kernel number the device itself.
        Err(format!("`{}` may not stand in an interface name", shown(bad)))
    } else {
        Ok(text.to_owned())
    }
}

/// The name of a group.
pub(super) fn group(text: &str) -> Result<String, Wrong> {
    if text.is_empty() || text.len() > MAX_NAME {
        Err(format!("{} bytes", text.len()))
    } else if text.chars().any(|c| !c.is_ascii_graphic() || matches!(c, ':' | '/')) {
        Err("not a group name".to_owned())
    } else {
        Ok(text.to_owned())
    }
}

/// An absolute path.
pub(super) fn path(text: &str) -> Result<PathBuf, Wrong> {
    if !text.starts_with('/') {
        Err("not an absolute path".to_owned())
    } else if text.contains('\0') {
        Err("a NUL character in a path".to_owned())
    } else {
        Ok(PathBuf::from(text))
    }
}

/// The path of a file, which may begin at the configuration's folder.
pub(super) fn file(text: &str) -> Result<PathBuf, Wrong> {
    if text.is_empty() {
        Err("an empty path".to_owned())
    } else if text.contains('\0') {
        Err("a NUL character in a path".to_owned())
    } else {
        Ok(PathBuf::from(text))
    }
}

/// The path of a Unix socket.
pub(super) fn socket_path(text: &str) -> Result<PathBuf, Wrong> {
    if text.len() > MAX_SOCKET_PATH {
        return Err(format!("{} bytes, too long for a socket", text.len()));
    }
    path(text)
}

/// Permission bits.
pub(super) fn mode(text: &str) -> Result<u32, Wrong> {
    let octal = (3..=4).contains(&text.len()) && text.bytes().all(|b| matches!(b, b'0'..=b'7'));
    let bits = octal.then(|| u32::from_str_radix(text, 8).ok()).flatten();
    match bits {
        Some(bits) if bits <= 0o777 => Ok(bits),
        Some(_) => Err("more than permission bits".to_owned()),
        None => Err("not octal permission bits".to_owned()),
    }
}

/// A MAC address that an interface may have.
pub(super) fn mac(text: &str) -> Result<NodeAddress, Wrong> {
    let mac: NodeAddress = text.parse().map_err(|_| "not a MAC address".to_owned())?;
    if mac.is_group() {
        Err("the group bit is set: an address of many, not of one".to_owned())
    } else if mac == NodeAddress::default() {
        Err("the zero address".to_owned())
    } else {
        Ok(mac)
    }
}

/// The type of a service.
pub(super) fn service_type(text: &str) -> Result<ServiceType, Wrong> {
    let digits = text.strip_prefix("0x").unwrap_or(text);
    let is_hex = (1..=4).contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_hexdigit());
    let value = is_hex.then(|| u16::from_str_radix(digits, 16).ok()).flatten().map(ServiceType);
    match value {
        Some(ServiceType::ALL) => Err("FFFF means \"all types\"".to_owned()),
        Some(service_type) => Ok(service_type),
        None => Err("not a service type".to_owned()),
    }
}

/// Where a service is.
pub(super) fn service_address(text: &str) -> Result<Address, Wrong> {
    let address: Address = text.parse().map_err(|error| format!("{error}"))?;
    if !address.network.is_assignable() {
        Err(format!("{} cannot be the number of a network", address.network))
    } else if address.node.is_group() || address.node == NodeAddress::default() {
        Err(format!("{} cannot be the address of a node", address.node))
    } else if address.socket.0 == 0 {
        Err("the socket is missing or 0".to_owned())
    } else {
        Ok(address)
    }
}

/// An IPv4 address that a machine on the backbone may have.
pub(crate) fn unicast(text: &str) -> Result<Ipv4Addr, Wrong> {
    let ip: Ipv4Addr = text.parse().map_err(|_| "not an IPv4 address".to_owned())?;
    let [first, ..] = ip.octets();
    if first == 0 {
        Err("an address of network 0 cannot be a machine's".to_owned())
    } else if ip.is_loopback() {
        Err("a loopback address is reached from this machine only".to_owned())
    } else if ip.is_multicast() {
        Err("a multicast address is not one machine's".to_owned())
    } else if ip.is_broadcast() {
        Err("the broadcast address is not one machine's".to_owned())
    } else if first >= 240 {
        Err("a reserved address cannot be a machine's".to_owned())
    } else {
        Ok(ip)
    }
}

/// A machine on the backbone, by its address or by a name.
pub(super) fn agent_host(text: &str) -> Result<AgentHost, Wrong> {
    // What ends with a number is an address to every resolver.
    let last = text.rsplit('.').next().unwrap_or(text);
    if !last.is_empty() && last.bytes().all(|byte| byte.is_ascii_digit()) {
        return unicast(text).map(AgentHost::Ip);
    }
    let labels = text.strip_suffix('.').unwrap_or(text);
    let wrong = |label: &str| {
        let bad = |c: char| !c.is_ascii_alphanumeric() && !matches!(c, '-' | '_');
        label.is_empty() || label.len() > 63 || label.chars().any(bad) || label.starts_with('-')
    };
    if text.len() > MAX_HOST || labels.split('.').any(wrong) {
        return Err("neither an IPv4 address nor a name".to_owned());
    }
    Ok(AgentHost::Name(text.to_owned()))
}

/// How the local address of a CMD network is chosen.
pub(super) fn local(text: &str) -> Result<LocalAddress, Wrong> {
    if text == "auto" {
        Ok(LocalAddress::Auto)
    } else if text.contains('.') && text.bytes().all(|b| b.is_ascii_digit() || b == b'.') {
        unicast(text).map(LocalAddress::Ip)
    } else {
        interface(text).map(LocalAddress::Interface)
    }
}

/// The next router of a static route.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum NextRouter {
    /// By its node address, on a LAN.
    Node(NodeAddress),
    /// By its IPv4 address, on a CMD network.
    Peer(Ipv4Addr),
}

/// The next router of a static route.
pub(super) fn next_router(text: &str) -> Result<NextRouter, Wrong> {
    if text.matches('.').count() == 3 {
        return unicast(text).map(NextRouter::Peer);
    }
    let node: NodeAddress = text.parse().map_err(|_| "not a node or IPv4 address".to_owned())?;
    if node.is_group() || node == NodeAddress::default() {
        Err("not an address that a router can have".to_owned())
    } else {
        Ok(NextRouter::Node(node))
    }
}
