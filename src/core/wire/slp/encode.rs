//! Messages to bytes.

use super::error::EncodeError;
use super::extension::AcceptId;
use super::header;
use super::message::{
    AntiEntropy, AntiEntropyKind, AttrReply, AttrRequest, Body, DaAdvert, DaState, Message,
    NamingAuthority, SaAdvert, SrvDereg, SrvReg, SrvReply, SrvRequest, TypeReply, TypeRequest,
    UrlEntry,
};
use super::text::{self, Responders, ScopeList};
use super::writer::Writer;
use super::{ErrorCode, URL_BOUND, Version};

/// What stands where authentication blocks are counted: we send none.
const NO_BLOCKS: u8 = 0;

impl Message {
    /// The bytes of the message, whatever their number: see [`fit`](Message::fit) for datagrams.
    ///
    /// # Errors
    /// An [`EncodeError`] that names the field: too long for it, not in the character set, or
    /// something that the version cannot say.
    pub fn encode(&self) -> Result<Vec<u8>, EncodeError> {
        let version = self.header.version;
        let mut writer = self.header.begin(self.body.function())?;
        match &self.body {
            Body::SrvRqst(body) => body.encode(&mut writer)?,
            Body::SrvRply(body) => body.encode(&mut writer)?,
            Body::SrvReg(body) => body.encode(&mut writer)?,
            Body::SrvDereg(body) => body.encode(&mut writer)?,
            Body::SrvAck(body) => error(&mut writer, body.error),
            Body::AttrRqst(body) => body.encode(&mut writer)?,
            Body::AttrRply(body) => body.encode(&mut writer)?,
            Body::DaAdvert(body) => body.encode(&mut writer)?,
            Body::SrvTypeRqst(body) => body.encode(&mut writer)?,
            Body::SrvTypeRply(body) => body.encode(&mut writer)?,
            Body::SaAdvert(body) => body.encode(&mut writer)?,
            Body::AntiEtrpRqst(body) => body.encode(&mut writer)?,
        }
        match &self.extensions.mesh {
            Some(_) if version == Version::V1 => {
                return Err(EncodeError::NotInVersion { field: "slp.extension" });
            }
            Some(mesh) => mesh.encode(&mut writer)?,
            None => {}
        }
        header::finish(version, writer.into_bytes())
    }
}

fn error(writer: &mut Writer, code: ErrorCode) {
    writer.u16(code.number(writer.version));
}

fn scopes(writer: &mut Writer, scopes: &ScopeList) -> Result<(), EncodeError> {
    writer.text("slp.scopes", &scopes.to_text(writer.version))
}

fn previous(writer: &mut Writer, responders: &Responders) -> Result<(), EncodeError> {
    writer.text("slp.previous_responders", &responders.to_text())
}

fn url(writer: &mut Writer, url: &str) -> Result<(), EncodeError> {
    let (length, most) = (url.len(), URL_BOUND - 1);
    if length > most {
        return Err(EncodeError::TooLong { field: "slp.url", length, most });
    }
    writer.text("slp.url", url)
}

fn no_blocks(writer: &mut Writer) {
    if writer.version == Version::V2 {
        writer.u8(NO_BLOCKS);
    }
}

/// What only version 2 can say.
fn only_v2(writer: &Writer, field: &'static str) -> Result<(), EncodeError> {
    match writer.version {
        Version::V1 => Err(EncodeError::NotInVersion { field }),
        Version::V2 => Ok(()),
    }
}

impl UrlEntry {
    fn encode(&self, writer: &mut Writer) -> Result<(), EncodeError> {
        if writer.version == Version::V2 {
            writer.u8(0);
        }
        writer.u16(self.lifetime_s);
        url(writer, &self.url)?;
        no_blocks(writer);
        Ok(())
    }
}

impl SrvRequest {
    fn encode(&self, writer: &mut Writer) -> Result<(), EncodeError> {
        previous(writer, &self.previous)?;
        match writer.version {
            Version::V1 => writer.text("slp.predicate", &self.predicate()?),
            Version::V2 => {
                writer.text("slp.service_type", &self.service_type)?;
                scopes(writer, &self.scopes)?;
                writer.text("slp.filter", &self.filter)?;
                writer.text("slp.spi", &self.spi)
            }
        }
    }

    /// `type/scope/where/`; the type without `service:`, as version 1 has it.
    fn predicate(&self) -> Result<String, EncodeError> {
        let kind = text::without_prefix(&self.service_type);
        if kind.contains('/') {
            return Err(EncodeError::NotInVersion { field: "slp.service_type" });
        }
        let scope = self.scopes.to_text(Version::V1);
        Ok(format!("{kind}/{scope}/{}/", self.filter))
    }
}

impl SrvReply {
    fn encode(&self, writer: &mut Writer) -> Result<(), EncodeError> {
        error(writer, self.error);
        writer.count("slp.url_count", self.urls.len())?;
        self.urls.iter().try_for_each(|entry| entry.encode(writer))
    }
}

impl SrvReg {
    fn encode(&self, writer: &mut Writer) -> Result<(), EncodeError> {
        self.entry.encode(writer)?;
        match writer.version {
            Version::V1 => {
                let told = text::add_scopes(&self.scopes, &self.attributes);
                writer.text("slp.attributes", &told)?;
            }
            Version::V2 => {
                writer.text("slp.service_type", &self.service_type)?;
                scopes(writer, &self.scopes)?;
                writer.text("slp.attributes", &self.attributes)?;
            }
        }
        no_blocks(writer);
        Ok(())
    }
}

impl SrvDereg {
    fn encode(&self, writer: &mut Writer) -> Result<(), EncodeError> {
        match writer.version {
            Version::V1 => url(writer, &self.url)?,
            Version::V2 => {
                scopes(writer, &self.scopes)?;
                UrlEntry { lifetime_s: 0, url: self.url.clone() }.encode(writer)?;
            }
        }
        writer.text("slp.tags", &self.tags)
    }
}

impl AttrRequest {
    fn encode(&self, writer: &mut Writer) -> Result<(), EncodeError> {
        previous(writer, &self.previous)?;
        url(writer, &self.target)?;
        scopes(writer, &self.scopes)?;
        writer.text("slp.tags", &self.tags)?;
        match writer.version {
            Version::V1 => Ok(()),
            Version::V2 => writer.text("slp.spi", &self.spi),
        }
    }
}

impl AttrReply {
    fn encode(&self, writer: &mut Writer) -> Result<(), EncodeError> {
        error(writer, self.error);
        writer.text("slp.attributes", &self.attributes)?;
        no_blocks(writer);
        Ok(())
    }
}

impl DaAdvert {
    fn encode(&self, writer: &mut Writer) -> Result<(), EncodeError> {
        error(writer, self.error);
        if writer.version == Version::V1 {
            url(writer, &self.url)?;
            return scopes(writer, &self.scopes);
        }
        writer.u32(match self.state {
            DaState::Since(stamp) => stamp,
            DaState::GoingDown => 0,
            // Behind an error it may be missing, and says nothing.
            DaState::Untold if self.error != ErrorCode::Ok => 0,
            DaState::Untold => {
                return Err(EncodeError::NotInVersion { field: "slp.boot_stamp" });
            }
        });
        url(writer, &self.url)?;
        scopes(writer, &self.scopes)?;
        writer.text("slp.attributes", &self.attributes)?;
        writer.text("slp.spi", &self.spis)?;
        no_blocks(writer);
        Ok(())
    }
}

impl TypeRequest {
    fn encode(&self, writer: &mut Writer) -> Result<(), EncodeError> {
        previous(writer, &self.previous)?;
        match &self.authority {
            NamingAuthority::All => writer.u16(u16::MAX),
            NamingAuthority::Iana => writer.u16(0),
            NamingAuthority::Named(name) => writer.text("slp.naming_authority", name)?,
        }
        scopes(writer, &self.scopes)
    }
}

impl TypeReply {
    fn encode(&self, writer: &mut Writer) -> Result<(), EncodeError> {
        error(writer, self.error);
        match writer.version {
            Version::V1 => {
                writer.count("slp.type_count", self.types.len())?;
                let mut types = self.types.iter();
                types.try_for_each(|name| writer.text("slp.service_types", name))
            }
            Version::V2 => writer.text("slp.service_types", &self.types.join(",")),
        }
    }
}

impl SaAdvert {
    fn encode(&self, writer: &mut Writer) -> Result<(), EncodeError> {
        only_v2(writer, "slp.function")?;
        url(writer, &self.url)?;
        scopes(writer, &self.scopes)?;
        writer.text("slp.attributes", &self.attributes)?;
        no_blocks(writer);
        Ok(())
    }
}

impl AntiEntropy {
    fn encode(&self, writer: &mut Writer) -> Result<(), EncodeError> {
        only_v2(writer, "slp.function")?;
        writer.u16(match self.kind {
            AntiEntropyKind::Selective => 1,
            AntiEntropyKind::Complete => 2,
        });
        writer.count("slp.accept_count", self.known.len())?;
        for AcceptId { stamp, agent } in &self.known {
            writer.u64(*stamp);
            url(writer, agent)?;
        }
        Ok(())
    }
}
