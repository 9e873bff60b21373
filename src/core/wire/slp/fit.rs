//! Answers that are longer than a datagram: what of them still goes, with the overflow flag
//! [slp-dhcp-snmp §5.7].

use super::message::{Body, Message};
use super::text::AttributeList;
use super::{EncodeError, Version};

impl Message {
    /// The bytes of the message, `most` at the most. What is too long is cut between two entries
    /// and says so: a SrvRply keeps its first URLs, a SrvTypeRply its first types, an AttrRply its
    /// first attributes, each as many as fit. Version 2 has a DAAdvert without its attributes. The
    /// rest of the messages cannot be cut.
    ///
    /// # Errors
    /// As [`encode`](Message::encode); [`EncodeError::TooLong`] for `slp.length` if what is left
    /// does not fit.
    pub fn fit(&self, most: usize) -> Result<Vec<u8>, EncodeError> {
        let length = match self.encode() {
            Ok(whole) if whole.len() <= most => return Ok(whole),
            Ok(whole) => whole.len(),
            // Longer than the format itself allows.
            Err(EncodeError::TooLong { length, .. }) => length,
            Err(error) => return Err(error),
        };
        let cut = |entries: usize| {
            let mut shorter = self.clone();
            shorter.header.flags.overflow = true;
            shorter.body.keep(self.header.version, entries)?;
            Some(shorter.encode())
        };
        // The most entries that fit: `least` do, `bound` do not.
        let (mut best, mut least, mut bound) = (None, 0, self.body.entries());
        while least < bound {
            let middle = least + (bound - least) / 2;
            match cut(middle) {
                Some(Ok(bytes)) if bytes.len() <= most => {
                    best = Some(bytes);
                    least = middle + 1;
                }
                Some(Err(error)) if !matches!(error, EncodeError::TooLong { .. }) => {
                    return Err(error);
                }
                _ => bound = middle,
            }
        }
        best.ok_or(EncodeError::TooLong { field: "slp.length", length, most })
    }
}

impl Body {
    /// Entries that can be left out one by one, and one more for leaving out none.
    fn entries(&self) -> usize {
        match self {
            Self::SrvRply(reply) => reply.urls.len(),
            Self::SrvTypeRply(reply) => reply.types.len(),
            // Fewer than there are bytes.
            Self::AttrRply(reply) => reply.attributes.len(),
            Self::DaAdvert(_) => 1,
            _ => 0,
        }
    }

    /// Leaves out all entries but the first `count`; `None` if it has none that can be.
    fn keep(&mut self, version: Version, count: usize) -> Option<()> {
        match self {
            Self::SrvRply(reply) => reply.urls.truncate(count),
            Self::SrvTypeRply(reply) => reply.types.truncate(count),
            Self::AttrRply(reply) => {
                let mut attributes = AttributeList::parse(&reply.attributes, version).ok()?;
                attributes.truncate(count);
                reply.attributes = attributes.to_text(version);
            }
            Self::DaAdvert(advert) => advert.attributes.clear(),
            _ => return None,
        }
        Some(())
    }
}
