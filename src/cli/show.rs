//! The verb `show`: asks for a table, page by page, and prints it.

use std::io::{self, Write};
use std::process::ExitCode;

use anyhow::bail;
use ipxway_core::router::{Command, Reply};
use serde::Serialize;

use super::args::{ShowArgs, Table};
use super::render::{event_line, render, render_route};
use crate::control::{Answer, Client, ClientError, Request, VERSION, next_page};

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
    };
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
        first if args.json => stream(client, first, out).await?,
        first => write!(out, "{}", render(&gather(client, first).await?))?,
    }
    out.flush()?;
    Ok(ExitCode::SUCCESS)
}

/// One reply value, and the version of its schema.
#[derive(Serialize)]
struct Document<'a> {
    v: u32,
    #[serde(flatten)]
    reply: &'a Reply,
}

fn print(reply: &Reply, json: bool, out: &mut impl Write) -> io::Result<()> {
    if json {
        serde_json::to_writer(&mut *out, &Document { v: VERSION, reply })?;
        writeln!(out)?;
    } else {
        write!(out, "{}", render(reply))?;
    }
    out.flush()
}

async fn ask(client: &mut Client, command: Command) -> anyhow::Result<Reply> {
    match client.ask(Request::Ask(command)).await?.0 {
        Answer::Reply(Reply::Failed { reason }) | Answer::Refused { reason } => bail!(reason),
        Answer::Reply(reply) => Ok(reply),
        other => bail!("the agent answered something else: {other:?}"),
    }
}

/// All pages in one reply, for a table whose widths depend on every row.
async fn gather(client: &mut Client, first: Reply) -> anyhow::Result<Reply> {
    let mut all = first;
    while let Some(command) = next_page(&all) {
        match (&mut all, ask(client, command).await?) {
            (
                Reply::Routes { routes, total, next },
                Reply::Routes { routes: more, total: now, next: then },
            ) => {
                routes.extend(more);
                (*total, *next) = (now, then);
            }
            (
                Reply::Services { services, total, next },
                Reply::Services { services: more, total: now, next: then },
            ) => {
                services.extend(more);
                (*total, *next) = (now, then);
            }
            (_, other) => bail!("the agent answered with another table: {other:?}"),
        }
    }
    Ok(all)
}

/// Prints one JSON document, each page as it comes: memory does not grow with the table.
async fn stream(client: &mut Client, first: Reply, out: &mut impl Write) -> anyhow::Result<()> {
    let name = match &first {
        Reply::Routes { .. } => "routes",
        Reply::Services { .. } => "services",
        _ => return Ok(print(&first, true, out)?),
    };
    write!(out, "{{\"v\":{VERSION},\"reply\":\"{name}\",\"{name}\":[")?;
    let mut page = first;
    let mut separator = "\n";
    loop {
        let total = match &page {
            Reply::Routes { routes, total, .. } => {
                rows(routes, &mut separator, out)?;
                *total
            }
            Reply::Services { services, total, .. } => {
                rows(services, &mut separator, out)?;
                *total
            }
            other => bail!("the agent answered with another table: {other:?}"),
        };
        let Some(command) = next_page(&page) else {
            writeln!(out, "\n],\"total\":{total},\"next\":null}}")?;
            return Ok(());
        };
        page = ask(client, command).await?;
    }
}

fn rows(
    rows: &[impl Serialize],
    separator: &mut &'static str,
    out: &mut impl Write,
) -> io::Result<()> {
    for row in rows {
        write!(out, "{separator}")?;
        serde_json::to_writer(&mut *out, row)?;
        *separator = ",\n";
    }
    Ok(())
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
