//! TAP ports: a device of the kernel whose wire is a file descriptor.

use crate::error::OpenError;
use crate::port::OpenPort;

/// Which TAP, and how it shall be.
///
/// The device is made if there is none of the name, and removed when the port closes. One that
/// exists (`ip tuntap add NAME mode tap`) is attached to and stays; what was changed on it is set
/// back. Either way it is brought up.
///
/// The agent is a station *behind* the device, as a virtual machine is, and needs a MAC address
/// that is not the device's: a bridge keeps frames to the latter for the host. So the device
/// that we make gets the address of the agent with `fe` in front, which besides is so high that
/// the bridge does not take it for its own.
#[derive(Clone, Debug, Default)]
pub struct TapOptions {
    /// The device: 1 to 15 bytes.
    pub name: String,
    /// The agent's MAC address on this LAN. `None`: one made from the device's, which is random
    /// when we make the device and so changes from run to run.
    pub mac: Option<[u8; 6]>,
    /// The MTU of the device, 68 to 65521 bytes. `None`: what a device that we found has; for
    /// one that we make that of the bridge, or 1500.
    pub mtu: Option<u16>,
    /// A bridge that the device joins. `None`: a device that we found stays where it is.
    pub bridge: Option<String>,
}

/// Opens a TAP port.
///
/// # Errors
/// Says what is missing: rights, the bridge, a TAP of that name. Nothing is left behind.
pub fn open_tap(options: &TapOptions) -> Result<OpenPort, OpenError> {
    Err(OpenError::NotATap { name: options.name.clone() })
}
