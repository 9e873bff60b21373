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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_window_grows_as_far_as_its_buffer_and_no_farther() {
        let mut buffer = [7u8; 10];
        let mut view = View::new(&mut buffer, 4, 6);
        assert!(view.grow_front(5).is_none(), "one byte more than there is");
        assert_eq!(view.range(), 4..6, "what failed changed nothing");
        view.grow_front(4).unwrap().fill(1);
        assert_eq!(view.bytes(), [1, 1, 1, 1, 7, 7]);
        assert!(!view.grow_back(5));
        assert!(view.grow_back(4));
        assert_eq!(view.bytes(), [1, 1, 1, 1, 7, 7, 0, 0, 0, 0], "new bytes at the end are zero");
        assert!(view.grow_front(0).is_some() && view.grow_back(0));
        assert!(view.grow_front(1).is_none() && !view.grow_back(1));
        assert!(view.grow_front(usize::MAX).is_none() && !view.grow_back(usize::MAX));
    }

    #[test]
    fn a_window_narrows_within_itself() {
        let mut buffer = [0, 1, 2, 3, 4, 5];
        let mut view = View::new(&mut buffer, 1, 5);
        view.narrow(1..3);
        assert_eq!(view.bytes(), [2, 3]);
        view.narrow(0..99);
        assert_eq!(view.bytes(), [2, 3]);
        view.narrow(9..99);
        assert!(view.is_empty());
        assert_eq!(view.grow_front(3).map(|room| room.len()), Some(3), "the buffer is all there");
        assert_eq!(View::new(&mut [0; 4], 9, 12).range(), 4..4);
        assert_eq!(View::new(&mut [0; 4], 3, 1).range(), 1..1);
    }
}
