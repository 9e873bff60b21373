//! Recorded inputs, and how to play them again.
