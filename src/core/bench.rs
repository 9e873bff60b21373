//! What benches measure inside the core.

pub use crate::nlsp::Backbone;
