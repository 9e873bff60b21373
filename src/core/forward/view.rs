//! A packet inside a larger buffer, with room on both sides.
//!
//! LAN to backbone drops the link header at the front; backbone to LAN writes one into the room
//! before the packet. Neither way copies the packet.

/// Room before a received packet: enough for every link header that may be written.
pub const HEADROOM: usize = 64;

/// A window onto a buffer that can grow and shrink at both ends.
#[derive(Debug)]
pub struct View<'a> {
    buffer: &'a mut [u8],
    start: usize,
    end: usize,
}

impl<'a> View<'a> {
    /// The window `start..end` of `buffer`; cut to what the buffer has.
    #[must_use]
    pub fn new(buffer: &'a mut [u8], start: usize, end: usize) -> Self {
        let end = end.min(buffer.len());
        Self { start: start.min(end), end, buffer }
    }

    /// Bytes in the window.
    #[must_use]
    pub fn len(&self) -> usize {
        self.end - self.start
    }

    /// The window is empty.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.start == self.end
    }

    /// Where the window lies in its buffer.
    #[must_use]
    pub fn range(&self) -> std::ops::Range<usize> {
        self.start..self.end
    }

    /// The bytes in the window.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        self.buffer.get(self.start..self.end).unwrap_or(&[])
    }

    /// The bytes in the window, to be changed.
    pub fn bytes_mut(&mut self) -> &mut [u8] {
        self.buffer.get_mut(self.start..self.end).unwrap_or(&mut [])
    }

    /// Narrows the window to `range` of itself; cut to what it has.
    pub fn narrow(&mut self, range: std::ops::Range<usize>) {
        let end = self.start.saturating_add(range.end).min(self.end);
        self.start = self.start.saturating_add(range.start).min(end);
        self.end = end;
    }

    /// Grows the window by `count` bytes at the front and gives them to be written; `None` if
    /// there is no such room.
    pub fn grow_front(&mut self, count: usize) -> Option<&mut [u8]> {
        let start = self.start.checked_sub(count)?;
        let room = self.buffer.get_mut(start..self.start)?;
        self.start = start;
        Some(room)
    }

    /// Grows the window by `count` zero bytes at the end; false if there is no such room.
    pub fn grow_back(&mut self, count: usize) -> bool {
        let Some(end) = self.end.checked_add(count) else { return false };
        let Some(room) = self.buffer.get_mut(self.end..end) else { return false };
        room.fill(0);
        self.end = end;
        true
    }
}
