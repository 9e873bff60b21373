//! Buffers for received packets: made once, with room to grow at both ends.
//!
//! A forwarding thread owns one [`Batch`] for life. Each packet lies in a buffer of its own with
//! [`HEADROOM`] free bytes before it, where a link header fits without moving the packet, and
//! [`TAILROOM`] behind it for padding. The memory is reserved at once (4 MiB) and only touched,
//! hence only used, as far as packets reach into it.

use std::net::SocketAddrV4;
use std::ops::Range;
use std::time::Duration;

/// Packets that one batch holds.
pub const BATCH_SIZE: usize = 64;
/// Free bytes before a received packet, at least; 4 fewer where a VLAN tag was put back.
pub const HEADROOM: usize = 64;
/// Free bytes behind the longest packet.
pub const TAILROOM: usize = 64;
/// The longest packet or frame that is received whole: the most that IPX and UDP can express.
pub const MAX_PACKET: usize = 65_535;

/// One buffer, rounded up to cache lines so that neighbours share none.
const STRIDE: usize = (HEADROOM + MAX_PACKET + TAILROOM).next_multiple_of(64);

/// What a receive left beside the bytes.
#[derive(Clone, Debug, Default)]
struct Slot {
    range: Range<usize>,
    from: Option<SocketAddrV4>,
    truncated: bool,
    age: Duration,
    /// What the buffer holds is not for the reader.
    skipped: bool,
}

/// Up to [`BATCH_SIZE`] received packets.
pub struct Batch {
    slab: Vec<u8>,
    slots: [Slot; BATCH_SIZE],
    /// Buffers in use: packets, and those skipped.
    used: usize,
    skipped: usize,
}

/// A received packet inside its buffer.
#[derive(Debug)]
pub struct Received<'a> {
    /// The whole buffer: headroom, packet, tailroom.
    pub buffer: &'a mut [u8],
    /// Where in `buffer` the packet lies.
    pub range: Range<usize>,
    /// The sender, on ports that have one (UDP).
    pub from: Option<SocketAddrV4>,
    /// The packet was longer than [`MAX_PACKET`], and its end is lost.
    pub truncated: bool,
    /// How long ago it came, by the time of day, on receivers of what is set apart; else zero.
    pub age: Duration,
}

impl Received<'_> {
    /// The packet.
    #[must_use]
    pub fn packet(&self) -> &[u8] {
        self.buffer.get(self.range.clone()).unwrap_or_default()
    }
}

impl Batch {
    /// Reserves the memory. The only allocation.
    #[must_use]
    pub fn new() -> Self {
        // Zeroed memory of this size comes untouched from the kernel.
        let slab = vec![0; STRIDE * BATCH_SIZE];
        Self { slab, slots: std::array::from_fn(|_| Slot::default()), used: 0, skipped: 0 }
    }

    /// How many packets the last receive brought.
    #[must_use]
    pub fn len(&self) -> usize {
        self.used - self.skipped
    }

    /// Whether the last receive brought nothing.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The packets, in the order of arrival.
    pub fn iter_mut(&mut self) -> impl Iterator<Item = Received<'_>> {
        let used = self.slab.chunks_exact_mut(STRIDE).zip(&self.slots).take(self.used);
        used.filter(|(_, slot)| !slot.skipped).map(|(buffer, slot)| {
            let Slot { range, from, truncated, age, .. } = slot.clone();
            Received { buffer, range, from, truncated, age }
        })
    }

    /// Forgets the packets of the last receive.
    pub(crate) fn clear(&mut self) {
        self.used = 0;
        self.skipped = 0;
    }

    /// The buffers, whole: [`HEADROOM`] bytes, then room for a packet.
    pub(crate) fn buffers(&mut self) -> impl Iterator<Item = &mut [u8]> {
        self.slab.chunks_exact_mut(STRIDE)
    }

    /// The buffer that the next [`push`](Self::push) or [`skip`](Self::skip) is about; `None` when
    /// the batch is full.
    pub(crate) fn next_buffer(&mut self) -> Option<&mut [u8]> {
        self.slab.chunks_exact_mut(STRIDE).nth(self.used)
    }

    /// Says where a packet lies in the next buffer. Ranges beyond the buffer are cut.
    pub(crate) fn push(
        &mut self,
        range: Range<usize>,
        from: Option<SocketAddrV4>,
        truncated: bool,
    ) {
        let end = range.end.min(STRIDE);
        let range = range.start.min(end)..end;
        self.fill(Slot { range, from, truncated, ..Slot::default() });
    }

    /// Says how long ago the last packet came.
    pub(crate) fn set_age(&mut self, age: Duration) {
        if let Some(slot) = self.used.checked_sub(1).and_then(|last| self.slots.get_mut(last)) {
            slot.age = age;
        }
    }

    /// Says that the reader shall not see what is in the next buffer.
    pub(crate) fn skip(&mut self) {
        self.skipped += usize::from(self.used < BATCH_SIZE);
        self.fill(Slot { skipped: true, ..Slot::default() });
    }

    fn fill(&mut self, next: Slot) {
        if let Some(slot) = self.slots.get_mut(self.used) {
            *slot = next;
            self.used += 1;
        }
    }
}

impl Default for Batch {
    fn default() -> Self {
        Self::new()
    }
}

impl std::fmt::Debug for Batch {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Batch").field("len", &self.len()).finish_non_exhaustive()
    }
}
