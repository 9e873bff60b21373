//! The option that tells areas, in hellos and in link-state packets [nlsp §7.2, §8.6].

use super::{Area, list};
use crate::wire::{DecodeError, NetworkNumber};

/// The option's code.
pub(super) const CODE: u8 = 0xc0;
/// The most areas of a router.
const MOST: usize = 3;
/// Bytes of an entry.
const ENTRY_LEN: usize = 8;

/// Adds the areas in `value` to `areas`; of all options together the first three count.
pub(super) fn extend(areas: &mut Vec<Area>, value: &[u8]) -> Result<(), DecodeError> {
    let (entries, rest) = value.as_chunks::<ENTRY_LEN>();
    if entries.is_empty() || entries.len() > MOST || !rest.is_empty() {
        return Err(list::wrong_length("nlsp.areas", value, ENTRY_LEN, MOST * ENTRY_LEN));
    }
    for &[n0, n1, n2, n3, m0, m1, m2, m3] in entries {
        let mask = u32::from_be_bytes([m0, m1, m2, m3]);
        if mask.leading_ones() + mask.trailing_zeros() != u32::BITS {
            return Err(DecodeError::undefined("nlsp.area_mask", mask));
        }
        if areas.len() < MOST {
            let network = NetworkNumber(u32::from_be_bytes([n0, n1, n2, n3]));
            areas.push(Area { network, mask });
        }
    }
    Ok(())
}

/// Appends the option; nothing without areas, the first three of more.
pub(super) fn put(out: &mut Vec<u8>, areas: &[Area]) {
    if areas.is_empty() {
        return;
    }
    let mut value = [0; MOST * ENTRY_LEN];
    let (places, _) = value.as_chunks_mut::<ENTRY_LEN>();
    for (place, area) in places.iter_mut().zip(areas) {
        let [n0, n1, n2, n3] = area.network.0.to_be_bytes();
        let [m0, m1, m2, m3] = area.mask.to_be_bytes();
        *place = [n0, n1, n2, n3, m0, m1, m2, m3];
    }
    list::put(out, CODE, value.get(..areas.len().min(MOST) * ENTRY_LEN).unwrap_or(&[]));
}
