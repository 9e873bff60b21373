//! Novell's IPX ping on socket 9086 [ipx-rip-sap §16.1]. One implementation is the source of the
//! layout; no analyser decodes it.

use super::{DecodeError, Reader};

/// Bytes before the data that is echoed.
pub const HEADER_LEN: usize = 10;

/// Asked, or answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// 0: answer me.
    Request,
    /// 1: here I am.
    Reply,
}

/// A decoded ping.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ping<'a> {
    /// Asked, or answered.
    pub kind: Kind,
    /// Chosen by the asker, echoed.
    pub identifier: u16,
    /// 0 in a request, 1 (ok) in a reply.
    pub result: u8,
    /// Chosen by the asker, echoed.
    pub data: &'a [u8],
}

impl<'a> Ping<'a> {
    /// Decodes the data of an IPX packet to socket 9086.
    ///
    /// # Errors
    /// `ping.signature` if it is not "Ping", `ping.version` if it is not 1, `ping.kind` if it is
    /// neither 0 nor 1, and whichever field is cut off.
    pub fn decode(data: &'a [u8]) -> Result<Self, DecodeError> {
        let mut reader = Reader::new(data);
        let signature = reader.array::<4>("ping.signature")?;
        if &signature != b"Ping" {
            return Err(DecodeError::undefined("ping.signature", u32::from_be_bytes(signature)));
        }
        match reader.u8("ping.version")? {
            1 => {}
            other => return Err(DecodeError::undefined("ping.version", other)),
        }
        let kind = match reader.u8("ping.kind")? {
            0 => Kind::Request,
            1 => Kind::Reply,
            other => return Err(DecodeError::undefined("ping.kind", other)),
        };
        let identifier = reader.u16("ping.identifier")?;
        let result = reader.u8("ping.result")?;
        reader.u8("ping.reserved")?;
        Ok(Self { kind, identifier, result, data: reader.rest() })
    }

    /// The data of the IPX packet.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(HEADER_LEN + self.data.len());
        bytes.extend_from_slice(b"Ping");
        bytes.extend_from_slice(&[1, if self.kind == Kind::Request { 0 } else { 1 }]);
        bytes.extend_from_slice(&self.identifier.to_be_bytes());
        bytes.extend_from_slice(&[self.result, 0]);
        bytes.extend_from_slice(self.data);
        bytes
    }

    /// The reply that this request asks for.
    #[must_use]
    pub fn reply(&self) -> Self {
        Self { kind: Kind::Reply, result: 1, ..*self }
    }
}
