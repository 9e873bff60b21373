//! DHCP, as far as a machine with an address of its own asks for options [slp-dhcp-snmp §7].
//!
//! | file | what |
//! |---|---|
//! | `packet` | the question (INFORM) and the answer (ACK) |
//! | `options` | the list of options in either |
//! | `slp` | options 78 and 79: directory agents and scopes |
//! | `netware` | option 63: the number of the CMD network and its agents |

mod netware;
mod options;
mod packet;
mod slp;
#[cfg(test)]
mod tests;

pub use netware::NetWare;
pub use options::{Options, code};
pub use packet::{Ack, Inform, Kind, kind};
pub use slp::{DirectoryAgents, Scopes};

use crate::wire::DecodeError;

/// The UDP port of servers.
pub const SERVER_PORT: u16 = 67;
/// The UDP port of those who ask.
pub const CLIENT_PORT: u16 = 68;

/// An option that says nothing that can be used. The others of the same answer count all the
/// same.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum OptionFault {
    /// It breaks the format.
    #[error("{0}")]
    Incorrect(#[from] DecodeError),
    /// It begins as none of the forms that are known [slp-dhcp-snmp §7.1].
    #[error("none of the known forms")]
    Form,
    /// It names something by a text that is empty, or by one with characters that no name has.
    #[error("the name is empty, or has control characters")]
    Name,
    /// It gives a machine's name, which nobody asks the name service for.
    #[error("a machine is given by its name; give it by its address")]
    Named,
}
