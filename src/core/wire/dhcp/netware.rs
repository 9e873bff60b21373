//! Option 63, of which CMD networks have three sub-options [slp-dhcp-snmp §7.1].

use std::net::Ipv4Addr;

use super::OptionFault;
use super::slp::addresses;
use crate::wire::{DecodeError, NetworkNumber, Reader};

const NUMBER: u8 = 12;
const STALE: u8 = 13;
const AGENTS: u8 = 14;

/// What option 63 says of a CMD network.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NetWare {
    /// Sub-option 12: the number of the CMD network.
    pub network: Option<NetworkNumber>,
    /// Sub-option 13: how long a list of migration agents holds. Its unit is not known; it is
    /// shown as it is [cmd §12.4].
    pub stale_time: Option<u32>,
    /// Sub-option 14: the migration agents.
    pub agents: Vec<Ipv4Addr>,
}

impl NetWare {
    /// Reads the option's value. The marks 1 to 4, one of which should come first, may be
    /// missing; whatever NetWare/IP alone wants to know is passed over. A sub-option that breaks
    /// the format does not count, and what is wrong with it is said; one that does not fit ends
    /// the list.
    #[must_use]
    pub fn decode(value: &[u8]) -> (Self, Vec<OptionFault>) {
        const FIELD: &str = "dhcp.netware";
        let mut found = Self::default();
        let mut faults = Vec::new();
        let mut reader = Reader::new(value);
        while !reader.rest().is_empty() {
            let next = reader.u8(FIELD).and_then(|code| {
                let length = reader.u8(FIELD)?;
                Ok((code, reader.bytes(FIELD, length.into())?))
            });
            let (code, value) = match next {
                Ok(next) => next,
                Err(error) => {
                    faults.push(error.into());
                    break;
                }
            };
            if let Err(fault) = found.take(code, value) {
                faults.push(fault);
            }
        }
        (found, faults)
    }

    fn take(&mut self, code: u8, value: &[u8]) -> Result<(), OptionFault> {
        match code {
            NUMBER => self.network = number(value)?,
            STALE => self.stale_time = Some(stale_time(value)?),
            AGENTS => {
                self.agents = addresses(&mut Reader::new(value), "dhcp.migration_agents")?;
            }
            _ => {}
        }
        Ok(())
    }
}

/// Four bytes. Inferred: what no network can be called means that none is set.
fn number(value: &[u8]) -> Result<Option<NetworkNumber>, DecodeError> {
    const FIELD: &str = "dhcp.cmd_network";
    let bytes: [u8; 4] = value.try_into().map_err(|_| wrong_size(FIELD, value, 4, 4))?;
    let number = u32::from_be_bytes(bytes);
    Ok(Some(number).filter(|number| !matches!(number, 0 | 0xffff_fffe..)).map(NetworkNumber))
}

/// One, two or four bytes.
fn stale_time(value: &[u8]) -> Result<u32, DecodeError> {
    match *value {
        [a] => Ok(a.into()),
        [a, b] => Ok(u16::from_be_bytes([a, b]).into()),
        [a, b, c, d] => Ok(u32::from_be_bytes([a, b, c, d])),
        _ => Err(wrong_size("dhcp.stale_time", value, 1, 4)),
    }
}

fn wrong_size(field: &'static str, value: &[u8], least: u64, greatest: u64) -> DecodeError {
    DecodeError::out_of_range(
        field,
        u64::try_from(value.len()).unwrap_or(u64::MAX),
        least,
        greatest,
    )
}
