//! Messages on a TCP connection: one behind the other, each as long as it says [slp-dhcp-snmp
//! §3.6].

use super::{Refusal, header};

/// How many bytes the message has that begins with `received`; `None` until enough have come to
/// tell, five at the most. Bytes beyond them belong to the next message.
///
/// # Errors
/// A [`Refusal`] if there is no going on: another protocol, or a length that cannot be.
pub fn message_len(received: &[u8]) -> Result<Option<usize>, Refusal> {
    Ok(header::told_len(received)?.map(|(_, length)| length))
}
