//! The formats on the wire: bytes to values and back, nothing else.
//!
//! Rules of this folder:
//!
//! - decoding is total: any bytes give a value or a [`DecodeError`] that names the field, never a
//!   panic and never an allocation larger than the input;
//! - `[]` with a computed index is not used: cursors, `get` and `split_first_chunk` are;
//! - encoding cannot fail: what could not be sent cannot be represented, or is cut by a stated
//!   rule;
//! - multi-byte fields are big-endian throughout [ipx-rip-sap, preamble];
//! - what lies beyond the IPX length is padding: old memory of the sender, never read
//!   [ipx-rip-sap §6].

mod address;
pub mod cmd;
mod cursor;
pub mod describe;
pub mod dhcp;
pub mod diagnostics;
mod error;
pub mod frame;
pub mod hex_bytes;
pub mod ipx;
pub mod nlsp;
pub mod ping;
pub mod rip;
#[cfg(test)]
pub(crate) mod samples;
pub mod sap;
pub mod slp;
#[cfg(test)]
mod tests;

pub use address::{Address, NetworkNumber, NodeAddress, ParseAddressError, Socket};
pub(crate) use cursor::Reader;
pub use error::{DecodeError, Reason};
