//! journals
