//! What an agent must do, in single cases: the inputs of one agent, recorded once, and all that it
//! makes of them.
//!
//! Each case is a folder in `cases`:
//!
//! - `description.txt`: who stands where, what happens, what must come out of it, who says so.
//! - `input.jsonl`: a journal. The configuration, and what the agent heard and was told.
//! - `output.txt`: what it heard (`<`), sent (`>`) and said (`!`), and what changed in its tables
//!   (`=`).
//!
//! The lines of a description that begin with `+` must be found in the output in this order, those
//! with `*` anywhere, those with `-` nowhere; ` .. ` in one stands for anything. They must hold
//! whatever the random numbers are, so each story is lived with other seeds too; the output must be
//! the same to the microsecond.
//!
//! `IPXWAY_RECORD=1` records `input.jsonl` anew, in the simulated worlds of `scripts`;
//! `IPXWAY_BLESS=1` writes `output.txt` anew: read the difference before keeping it.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod case;
mod facts;
#[path = "../oracle/mod.rs"]
mod oracle;
mod play;
mod record;
mod scripts;
mod wire;
