//! Which circuits lie on a port, found without a look at the others.

use crate::ids::CircuitId;
use crate::wire::NetworkNumber;
use crate::wire::frame::Framing;

use super::{FibCircuit, Link};

/// The circuits of one port.
#[derive(Clone, Debug, Default)]
pub(super) struct PortIndex {
    /// Those of untagged frames, one place a framing in the order of [`Framing::ALL`].
    untagged: [Option<CircuitId>; Framing::ALL.len()],
    /// Those of VLANs, by tag and framing, sorted.
    tagged: Vec<((u16, Framing), CircuitId)>,
    /// CMD networks, by number, sorted.
    cmd: Vec<(NetworkNumber, CircuitId)>,
}

impl PortIndex {
    /// The circuit of frames in this framing with this tag.
    pub(super) fn lan(&self, vlan: Option<u16>, framing: Framing) -> Option<CircuitId> {
        let Some(vlan) = vlan else {
            return *self.untagged.get(framing as usize)?;
        };
        let place = self.tagged.binary_search_by_key(&(vlan, framing), |&(key, _)| key).ok()?;
        self.tagged.get(place).map(|&(_, id)| id)
    }

    /// The CMD networks, the lowest number first.
    pub(super) fn cmd(&self) -> &[(NetworkNumber, CircuitId)] {
        &self.cmd
    }

    /// Takes a circuit in. Of two with the same tag and framing the one with the lower identifier
    /// stays.
    pub(super) fn add(&mut self, circuit: &FibCircuit) {
        let id = circuit.id;
        match &circuit.link {
            Link::Lan(lan) => match lan.vlan {
                None => {
                    if let Some(place) = self.untagged.get_mut(lan.framing as usize) {
                        *place = Some(place.map_or(id, |known| known.min(id)));
                    }
                }
                Some(vlan) => {
                    let key = (vlan, lan.framing);
                    match self.tagged.binary_search_by_key(&key, |&(known, _)| known) {
                        Err(place) => self.tagged.insert(place, (key, id)),
                        Ok(place) => {
                            if let Some((_, known)) = self.tagged.get_mut(place) {
                                *known = id.min(*known);
                            }
                        }
                    }
                }
            },
            Link::Cmd(_) => {
                let entry = (circuit.network, id);
                let place = self.cmd.binary_search(&entry).unwrap_or_else(|place| place);
                self.cmd.insert(place, entry);
            }
        }
    }

    /// Lets a circuit go.
    pub(super) fn remove(&mut self, id: CircuitId) {
        for place in self.untagged.iter_mut().filter(|place| **place == Some(id)) {
            *place = None;
        }
        self.tagged.retain(|&(_, known)| known != id);
        self.cmd.retain(|&(_, known)| known != id);
    }
}
