//! The command line, run as a user runs it: the real binary, its output and its exit code.
#![allow(clippy::unwrap_used, reason = "a test that finds nothing to unwrap has failed")]

mod config_errors;
mod desk;
mod documents;
mod inquiry;
mod nlsp;
mod plan;
mod readme;
mod show;
mod simulate;
mod slp;
