//! `ipxway run`.

pub mod store;
