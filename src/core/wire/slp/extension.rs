//! Extensions of version 2 [slp-dhcp-snmp §2.3], and the one for meshes of directory agents
//! [slp-dhcp-snmp §5.6].

use super::header::Split;
use super::message::Extensions;
use super::writer::Writer;
use super::{Charset, EncodeError};
use crate::wire::{DecodeError, Reader};

const MESH_FORWARD: u16 = 0x0006;
/// slpd's own, in a registration; nothing that we must do.
const SLPD: u16 = 0x4001;
/// Identifiers that a reader must know.
const MANDATORY: std::ops::RangeInclusive<u16> = 0x4000..=0x7fff;
const FIELD: &str = "slp.extension";

/// When a directory agent took a registration, and which one it was.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AcceptId {
    /// Microseconds since 1 January 1900 UTC; 0 in a [`MeshKind::Request`].
    pub stamp: u64,
    /// The URL of the agent.
    pub agent: String,
}

/// On which way a registration is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MeshKind {
    /// 1: from a service agent, which asks that it be forwarded.
    Request,
    /// 2: from one directory agent to another.
    Forwarded,
}

/// Extension 0006.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MeshForward {
    /// On which way.
    pub kind: MeshKind,
    /// Which state of the registration this is: a later one has a greater stamp.
    pub version: u64,
    /// Who accepted it, and when.
    pub accepted: AcceptId,
}

impl MeshForward {
    fn decode(data: &[u8]) -> Result<Self, DecodeError> {
        let mut reader = Reader::new(data);
        let kind = match reader.u8("slp.mesh.kind")? {
            1 => MeshKind::Request,
            2 => MeshKind::Forwarded,
            other => return Err(DecodeError::undefined("slp.mesh.kind", other)),
        };
        let version = reader.u64("slp.mesh.version")?;
        let stamp = reader.u64("slp.mesh.stamp")?;
        let length = reader.u16("slp.mesh.agent")?;
        let agent = reader.bytes("slp.mesh.agent", length.into())?;
        let agent = Charset::Utf8.decode("slp.mesh.agent", agent)?;
        Ok(Self { kind, version, accepted: AcceptId { stamp, agent } })
    }

    /// Appends it as the only extension.
    pub(super) fn encode(&self, writer: &mut Writer) -> Result<(), EncodeError> {
        writer.put_extension(writer.len());
        writer.u16(MESH_FORWARD);
        writer.bytes(&[0, 0, 0]);
        writer.u8(match self.kind {
            MeshKind::Request => 1,
            MeshKind::Forwarded => 2,
        });
        writer.u64(self.version);
        writer.u64(self.accepted.stamp);
        writer.text("slp.mesh.agent", &self.accepted.agent)
    }
}

/// Walks the extensions of a message. Each tells where the next one is, which must lie behind it,
/// or a message could lead us in circles.
pub(super) fn decode(split: &Split<'_>) -> Result<Extensions, DecodeError> {
    let mut found = Extensions::default();
    let mut at = split.extension;
    while at != 0 {
        let rest = split.message.get(at..).unwrap_or_default();
        let mut reader = Reader::new(rest);
        let id = reader.u16(FIELD)?;
        let [a, b, c] = reader.array(FIELD)?;
        let told = u32::from_be_bytes([0, a, b, c]);
        let next = usize::try_from(told).unwrap_or(usize::MAX);
        let data_at = split.message.len() - reader.rest().len();
        let end = if next == 0 { split.message.len() } else { next };
        let Some(data) = split.message.get(data_at..end) else {
            let [least, most] = [data_at, split.message.len()].map(|n| n as u64);
            return Err(DecodeError::out_of_range(FIELD, told.into(), least, most));
        };
        match id {
            MESH_FORWARD => found.mesh = Some(MeshForward::decode(data)?),
            SLPD => {}
            id if MANDATORY.contains(&id) => {
                found.not_understood = found.not_understood.or(Some(id));
            }
            _ => {}
        }
        at = next;
    }
    Ok(found)
}
