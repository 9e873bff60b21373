//! The verb `show`: asks for a table, page by page, and prints it.

use std::io::{self, Write};
use std::process::ExitCode;

use anyhow::bail;
use ipxway_core::router::{Command, Reply};
use serde::Serialize;

use super::args::{MapFormat, NlspTable, ShowArgs, SlpTable, Table};
use super::config;
use super::map::Map;
use super::pages::{gather, stream};
use super::render::{event_line, render, render_route};
use crate::control::{Answer, Client, ClientError, Request, VERSION};

/// Exit code of "the answer is no".
const NO: u8 = 1;

/// Shows a table of the agent behind `client` on `out`.
///
/// # Errors
/// The agent cannot be asked, or `out` cannot be written.
pub(super) async fn show(
    client: &mut Client,
    args: &ShowArgs,
    out: &mut impl Write,
) -> anyhow::Result<ExitCode> {
    let command = match &args.table {
        Table::Routes { network: None, .. } => Command::ShowRoutes { after: None },
        Table::Routes { network: Some(network), .. } => Command::ShowRoute { network: *network },
        Table::Services => Command::ShowServices { after: None },
        Table::Ports => Command::ShowPorts,
        Table::Circuits => Command::ShowCircuits,
        Table::Peers => Command::ShowPeers,
        Table::Counters => Command::ShowCounters,
        Table::Events { follow: true } => return follow(client, args.json, out).await,
        Table::Events { follow: false } => Command::ShowEvents,
        Table::Nlsp { table } => nlsp(table),
        Table::Savings => Command::ShowSavings,
        Table::Slp { table } => slp(table),
        Table::Dhcp => Command::ShowDhcp,
        Table::Config => return config::show(client, args.json, out).await,
    };
    let format = args.format();
    let first = ask(client, command).await?;
    match first {
        Reply::Route { network, offers, reason } => {
            let known = !offers.is_empty();
            let code = if known { ExitCode::SUCCESS } else { ExitCode::from(NO) };
            let whole = args.json || matches!(args.table, Table::Routes { detail: Some(_), .. });
            if whole {
                print(&Reply::Route { network, offers, reason }, args.json, out)?;
            } else {
                write!(out, "{}", render_route(network, &offers, &reason))?;
            }
            return Ok(code);
        }
        first if format == MapFormat::Json => stream(client, first, out).await?,
        first @ Reply::NlspTopology { .. } if format != MapFormat::Table => {
            let Reply::NlspTopology { nodes, .. } = gather(client, first).await? else {
                bail!("the agent answered with another table");
            };
            let map = Map::new(&nodes);
            write!(out, "{}", if format == MapFormat::Dot { map.to_dot() } else { map.to_svg() })?;
        }
        first => write!(out, "{}", render(&gather(client, first).await?))?,
    }
    out.flush()?;
    Ok(ExitCode::SUCCESS)
}

fn nlsp(table: &NlspTable) -> Command {
    match table {
        NlspTable::Neighbors => Command::ShowNlspNeighbors { after: None },
        NlspTable::Database { detail } => {
            Command::ShowNlspDatabase { after: None, detail: detail.is_some() }
        }
        NlspTable::Topology { .. } => Command::ShowNlspTopology { after: None },
        NlspTable::Spf => Command::ShowNlspSpf { after: None },
        NlspTable::Circuits => Command::ShowNlspCircuits,
    }
}

const fn slp(table: &SlpTable) -> Command {
    match table {
        SlpTable::Das => Command::ShowSlpDas,
        SlpTable::Services => Command::ShowSlpServices,
        SlpTable::Registrations => Command::ShowSlpRegistrations,
        SlpTable::Registry => Command::ShowSlpRegistry { after: None },
    }
}

impl ShowArgs {
    /// How the answer is printed.
    fn format(&self) -> MapFormat {
        match self.table {
            _ if self.json => MapFormat::Json,
            Table::Nlsp { table: NlspTable::Topology { format } } => format,
            _ => MapFormat::Table,
        }
    }
}

/// One reply value, and the version of its schema.
#[derive(Serialize)]
struct Document<'a> {
    v: u32,
    #[serde(flatten)]
    reply: &'a Reply,
}

pub(super) fn print(reply: &Reply, json: bool, out: &mut impl Write) -> io::Result<()> {
    if json {
        serde_json::to_writer(&mut *out, &Document { v: VERSION, reply })?;
        writeln!(out)?;
    } else {
        write!(out, "{}", render(reply))?;
    }
    out.flush()
}

pub(super) async fn ask(client: &mut Client, command: Command) -> anyhow::Result<Reply> {
    match client.ask(Request::Ask(command)).await?.0 {
        Answer::Reply(Reply::Failed { reason }) | Answer::Refused { reason } => bail!(reason),
        Answer::Reply(reply) => Ok(reply),
        other => bail!("the agent answered something else: {other:?}"),
    }
}

/// The events so far, then each as it happens, until the agent stops.
async fn follow(client: &mut Client, json: bool, out: &mut impl Write) -> anyhow::Result<ExitCode> {
    let Reply::Events { events } = ask(client, Command::ShowEvents).await? else {
        bail!("the agent answered with another table");
    };
    client.send(Request::Follow).await?;
    let line = |row: &_, out: &mut _| -> io::Result<()> {
        let out: &mut dyn Write = out;
        if json {
            serde_json::to_writer(&mut *out, row)?;
            writeln!(out)?;
        } else {
            write!(out, "{}", event_line(row))?;
        }
        out.flush()
    };
    for event in &events {
        line(event, out)?;
    }
    loop {
        match client.next().await {
            Ok((Answer::Event(event), _)) => line(&event, out)?,
            Ok((Answer::Missed(count), _)) => {
                eprintln!(
                    "ipxway: {count} events were missed: they came faster than they were read"
                );
            }
            Ok((Answer::Refused { reason }, _)) => bail!(reason),
            Ok(_) => {}
            Err(ClientError::Closed { .. }) => return Ok(ExitCode::SUCCESS),
            Err(error) => return Err(error.into()),
        }
    }
}
