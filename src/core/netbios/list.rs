//! The list of networks that a packet of type 20 has been on [ipx-rip-sap §9].

use crate::forward::Outcome;
use crate::wire::NetworkNumber;
use crate::wire::ipx::HEADER_LEN;

/// Places in the list, and so the most networks that such a packet can cross.
const PLACES: usize = 8;
/// Bytes of a place.
const PLACE_LEN: usize = 4;
/// Bytes of the header and the whole list: the least length of such a packet.
const MIN_LEN: usize = HEADER_LEN + PLACES * PLACE_LEN;

/// The valid part of a network list: as many entries as routers were crossed. What stands in the
/// places behind is of no meaning and left as it is [ipx-rip-sap §22.13].
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct NetworkList(Vec<NetworkNumber>);

impl NetworkList {
    /// The list of a packet that has crossed `routers` routers.
    ///
    /// # Errors
    /// [`Outcome::Type20Short`] if the packet has no room for a list, [`Outcome::Type20Hops`] if
    /// the list is full, or would be overfull.
    pub(super) fn decode(packet: &[u8], routers: u8) -> Result<Self, Outcome> {
        let places = packet.get(HEADER_LEN..MIN_LEN).ok_or(Outcome::Type20Short)?;
        let routers = usize::from(routers);
        if routers >= PLACES {
            return Err(Outcome::Type20Hops);
        }
        let (places, _) = places.as_chunks::<PLACE_LEN>();
        let entry = |place: &[u8; PLACE_LEN]| NetworkNumber(u32::from_be_bytes(*place));
        Ok(Self(places.iter().take(routers).map(entry).collect()))
    }

    /// The packet has been on this network.
    pub(super) fn contains(&self, network: NetworkNumber) -> bool {
        self.0.contains(&network)
    }

    /// Adds a network; gives the offset of its place in the packet. A decoded list has room for
    /// one.
    pub(super) fn push(&mut self, network: NetworkNumber) -> usize {
        let place = HEADER_LEN + self.0.len() * PLACE_LEN;
        self.0.push(network);
        place
    }
}
