//! Options 78 and 79 in each of the forms that are about: that of RFC 2610, that of Novell's
//! draft, and the oldest [slp-dhcp-snmp §7.1].

use std::net::Ipv4Addr;

use super::OptionFault;
use crate::wire::Reader;
use crate::wire::slp::Charset;

/// Bits of the first byte of option 78 in the form of Novell's draft.
mod flag {
    pub(super) const DRAFT: u8 = 0x80;
    pub(super) const IS_NAME: u8 = 0x40;
    pub(super) const NO_MULTICAST: u8 = 0x20;
    pub(super) const SCOPE: u8 = 0x10;
}

/// The longest text that is kept of either, in bytes.
const LONGEST: usize = 255;

/// Option 78.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DirectoryAgents {
    /// Only these are to be used: no multicast in search of others.
    pub mandatory: bool,
    /// Their addresses, the preferred one first.
    pub addresses: Vec<Ipv4Addr>,
    /// One that is given by its DNS name.
    pub name: Option<String>,
}

impl DirectoryAgents {
    /// Reads the option's value.
    ///
    /// # Errors
    /// It is none of the known forms, has no agent, or breaks off within one.
    pub fn decode(value: &[u8]) -> Result<Self, OptionFault> {
        const FIELD: &str = "dhcp.directory_agents";
        let mut reader = Reader::new(value);
        match reader.u8(FIELD)? {
            mandatory @ (0 | 1) => {
                let addresses = addresses(&mut reader, FIELD)?;
                Ok(Self { mandatory: mandatory == 1, addresses, name: None })
            }
            flags if flags & flag::DRAFT != 0 => {
                let mandatory = flags & flag::NO_MULTICAST != 0;
                let length = reader.u8(FIELD)?;
                if flags & flag::IS_NAME != 0 {
                    let name = text(reader.bytes(FIELD, length.into())?)?;
                    return Ok(Self { mandatory, addresses: Vec::new(), name: Some(name) });
                }
                // With a scope behind them the length says where the addresses end. Without one
                // several groups are met behind a length of four.
                if flags & flag::SCOPE != 0 {
                    reader = Reader::new(reader.bytes(FIELD, length.into())?);
                }
                let addresses = addresses(&mut reader, FIELD)?;
                Ok(Self { mandatory, addresses, name: None })
            }
            _ => Err(OptionFault::Form),
        }
    }
}

/// Addresses to the end; at least one.
pub(super) fn addresses(
    reader: &mut Reader<'_>,
    field: &'static str,
) -> Result<Vec<Ipv4Addr>, OptionFault> {
    let mut addresses = vec![reader.array::<4>(field)?.into()];
    while !reader.rest().is_empty() {
        addresses.push(reader.array::<4>(field)?.into());
    }
    Ok(addresses)
}

/// Option 79.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Scopes {
    /// These, separated by commas, each escaped as in messages of SLP.
    List {
        /// They count even if the operator set others.
        mandatory: bool,
        /// The list.
        names: String,
    },
    /// Whoever uses the machine chooses.
    Free,
}

impl Scopes {
    /// Reads the option's value.
    ///
    /// # Errors
    /// It is none of the known forms, or its text is none.
    pub fn decode(value: &[u8]) -> Result<Self, OptionFault> {
        // A list of RFC 2610 that is not mandatory and begins with such a character is no list,
        // so the draft's form can be told from it.
        let draft = value.split_first_chunk::<2>().and_then(|(charset, text)| {
            let charset = Charset::of(u16::from_be_bytes(*charset));
            charset
                .filter(|charset| matches!(charset, Charset::Ascii | Charset::Ucs2))
                .zip(Some(text))
        });
        if let Some((charset, names)) = draft {
            let names = match charset {
                Charset::Ucs2 => names.as_chunks::<2>().0.as_flattened(),
                _ => names,
            };
            let names = charset.decode("dhcp.scopes", names)?;
            return Ok(Self::List { mandatory: false, names: checked(&names)? });
        }
        match value.split_first() {
            Some((0 | 1, [])) => Ok(Self::Free),
            Some((mandatory @ (0 | 1), names)) => {
                Ok(Self::List { mandatory: *mandatory == 1, names: text(names)? })
            }
            // The oldest form is nothing but the text.
            Some((first, _)) if first.is_ascii_graphic() => {
                Ok(Self::List { mandatory: false, names: text(value)? })
            }
            _ => Err(OptionFault::Form),
        }
    }
}

/// A text in UTF-8 that may end with NUL.
fn text(bytes: &[u8]) -> Result<String, OptionFault> {
    let text = Charset::Utf8.decode("dhcp.text", bytes)?;
    checked(&text)
}

fn checked(text: &str) -> Result<String, OptionFault> {
    // What lies behind a NUL is the rest of somebody's buffer.
    let text = text.split('\0').next().unwrap_or_default().trim();
    if text.is_empty() || text.len() > LONGEST || text.chars().any(char::is_control) {
        return Err(OptionFault::Name);
    }
    Ok(text.to_owned())
}
