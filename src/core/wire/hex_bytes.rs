//! Packet bytes as a hexadecimal string, for `#[serde(with = "hex_bytes")]`: journals and JSON
//! stay readable and half the size of a list of numbers.

use bytes::Bytes;
use serde::{Deserialize, Deserializer, Serializer, de::Error};

/// Writes `bytes` as lower-case hexadecimal digits.
///
/// # Errors
/// What the serializer reports.
pub fn serialize<S: Serializer>(bytes: &Bytes, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&hex::encode(bytes))
}

/// Reads a string of hexadecimal digits.
///
/// # Errors
/// An odd number of digits, or a character that is none.
pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Bytes, D::Error> {
    let text = String::deserialize(deserializer)?;
    hex::decode(&text).map(Bytes::from).map_err(D::Error::custom)
}
