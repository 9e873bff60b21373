//! Tests of the formats: bytes of real frames, every truncation and bit flip of them, and
//! properties of random values.

mod describe;
mod faults;
mod frames;
mod nlsp;
mod packets;
mod properties;

use crate::wire::ipx::{HEADER_LEN, Header};
use crate::wire::{frame, samples};

/// The IPX packet in a sample frame, cut to its IPX length.
fn packet(number: usize) -> &'static [u8] {
    let bytes = samples::frame(number);
    let located = frame::locate(bytes).unwrap();
    let packet = &bytes[located.packet];
    &packet[..usize::from(Header::decode(packet).unwrap().length)]
}

/// What follows the IPX header there.
fn data(number: usize) -> &'static [u8] {
    &packet(number)[HEADER_LEN..]
}
