//! ageing
