//! Waiting for a descriptor, and being woken.

/// Ends a wait in [`Receiver::recv_batch`](crate::Receiver::recv_batch) from any thread.
#[derive(Clone, Debug, Default)]
pub struct Waker {
    _todo: (),
}

impl Waker {
    /// Ends the present wait, or the next one if nobody waits now.
    pub fn wake(&self) {}
}
