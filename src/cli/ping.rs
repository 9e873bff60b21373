//! The verb `ping`: loss and round trips, as ping(8) tells them.

use std::io::{self, Write};
use std::process::ExitCode;

use anyhow::bail;
use ipxway_core::router::{Command, Reply};

use super::args::PingArgs;
use super::render::{ping_answer, ping_summary, render};
use crate::control::{Answer, Client, Request};

/// What came of the pings so far; needed for the summary if the operator interrupts them.
#[derive(Debug, Default)]
struct Tally {
    sent: u32,
    round_trips_us: Vec<u64>,
}

impl Tally {
    fn add(&mut self, round_trip_us: Option<u64>) {
        self.sent += 1;
        self.round_trips_us.extend(round_trip_us);
    }

    fn summary(&self, to: ipxway_core::wire::Address) -> Reply {
        let times = &self.round_trips_us;
        let received = u32::try_from(times.len()).unwrap_or(u32::MAX);
        let mean = times.iter().sum::<u64>().checked_div(u64::from(received));
        Reply::PingSummary {
            to,
            sent: self.sent,
            received,
            least_us: times.iter().copied().min(),
            mean_us: mean,
            greatest_us: times.iter().copied().max(),
        }
    }
}

/// Sends pings from the agent behind `client`; prints each answer and the summary on `out`.
/// Success if at least one was answered.
///
/// # Errors
/// The agent cannot be asked or cannot ping, or `out` cannot be written.
pub(super) async fn ping(
    client: &mut Client,
    args: &PingArgs,
    out: &mut impl Write,
) -> anyhow::Result<ExitCode> {
    let PingArgs { to, count, size, interval, timeout, json } = *args;
    client.send(Request::Ask(Command::Ping { to, count, size, interval, timeout })).await?;
    let name = format!("{}.{}", to.network, to.node);
    if !json {
        writeln!(out, "PING {name}: {size} bytes of data")?;
        out.flush()?;
    }
    let mut tally = Tally::default();
    let summary = loop {
        let answer = tokio::select! {
            answer = client.next() => answer?.0,
            interrupt = tokio::signal::ctrl_c() => {
                interrupt?;
                // The agent stops as soon as we hang up.
                break tally.summary(to);
            }
        };
        match answer {
            Answer::Reply(reply @ Reply::PingAnswer { round_trip_us, .. }) => {
                tally.add(round_trip_us);
                say(&reply, &name, json, out)?;
            }
            Answer::Reply(summary @ Reply::PingSummary { .. }) => break summary,
            Answer::Reply(Reply::Failed { reason }) | Answer::Refused { reason } => bail!(reason),
            other => bail!("the agent answered something else: {other:?}"),
        }
    };
    say(&summary, &name, json, out)?;
    let answered = matches!(summary, Reply::PingSummary { received: 1.., .. });
    Ok(if answered { ExitCode::SUCCESS } else { ExitCode::from(1) })
}

fn say(reply: &Reply, name: &str, json: bool, out: &mut impl Write) -> io::Result<()> {
    if json {
        serde_json::to_writer(&mut *out, reply)?;
        writeln!(out)?;
        return out.flush();
    }
    match reply {
        &Reply::PingAnswer { sequence, round_trip_us, size, hops } => {
            write!(out, "{}", ping_answer(name, sequence, round_trip_us, size, hops))?;
        }
        Reply::PingSummary { sent, received, least_us, mean_us, greatest_us, .. } => {
            let times = least_us.zip(*mean_us).zip(*greatest_us).map(|((a, b), c)| (a, b, c));
            write!(out, "--- {name} ---\n{}", ping_summary(*sent, *received, times))?;
        }
        other => write!(out, "{}", render(other))?,
    }
    out.flush()
}
