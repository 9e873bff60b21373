//! Tables that come in pages: put together for people, passed on page by page for programs.

use std::io::{self, Write};

use anyhow::bail;
use ipxway_core::router::Reply;
use serde::Serialize;

use super::show::{ask, print};
use crate::control::{Client, VERSION, next_page};

/// All pages in one reply, for a table whose widths depend on every row.
pub(super) async fn gather(client: &mut Client, first: Reply) -> anyhow::Result<Reply> {
    let mut all = first;
    while let Some(command) = next_page(&all) {
        let more = ask(client, command).await?;
        append(&mut all, more)?;
    }
    Ok(all)
}

/// Appends a page to those before it.
fn append(all: &mut Reply, page: Reply) -> anyhow::Result<()> {
    macro_rules! pages {
        ($($kind:ident $rows:ident,)*) => {
            match (all, page) {
                $((
                    Reply::$kind { $rows, total, next, .. },
                    Reply::$kind { $rows: more, total: now, next: then, .. },
                ) => {
                    $rows.extend(more);
                    (*total, *next) = (now, then);
                })*
                (_, other) => bail!("the agent answered with another table: {other:?}"),
            }
        };
    }
    pages! {
        Routes routes,
        Services services,
        NlspNeighbors neighbors,
        NlspDatabase lsps,
        NlspTopology nodes,
        NlspSpf paths,
        SlpRegistry entries,
    }
    Ok(())
}

/// A page as JSON: what stands before its rows, and each row.
struct Lines {
    reply: &'static str,
    /// What else the reply has, beside its rows and where the next page begins.
    more: String,
    name: &'static str,
    rows: Vec<String>,
    total: usize,
}

impl Lines {
    /// `None` if the reply is no page.
    fn of(reply: &Reply) -> serde_json::Result<Option<Self>> {
        let no_more = String::new();
        let lines = |reply, more, name, rows, total| Self { reply, more, name, rows, total };
        Ok(Some(match reply {
            Reply::Routes { routes, total, .. } => {
                lines("routes", no_more, "routes", json(routes)?, *total)
            }
            Reply::Services { services, total, .. } => {
                lines("services", no_more, "services", json(services)?, *total)
            }
            Reply::NlspNeighbors { neighbors, total, .. } => {
                lines("nlsp-neighbors", no_more, "neighbors", json(neighbors)?, *total)
            }
            Reply::NlspDatabase { lsps, total, detail, .. } => {
                let more = format!("\"detail\":{detail},");
                lines("nlsp-database", more, "lsps", json(lsps)?, *total)
            }
            Reply::NlspTopology { nodes, total, .. } => {
                lines("nlsp-topology", no_more, "nodes", json(nodes)?, *total)
            }
            Reply::NlspSpf { runs, full, partial, paths, total, .. } => {
                let runs = serde_json::to_string(runs)?;
                let more = format!("\"runs\":{runs},\"full\":{full},\"partial\":{partial},");
                lines("nlsp-spf", more, "paths", json(paths)?, *total)
            }
            Reply::SlpRegistry { entries, total, .. } => {
                lines("slp-registry", no_more, "entries", json(entries)?, *total)
            }
            _ => return Ok(None),
        }))
    }
}

fn json(rows: &[impl Serialize]) -> serde_json::Result<Vec<String>> {
    rows.iter().map(serde_json::to_string).collect()
}

/// Prints one JSON document, each page as it comes: memory does not grow with the table.
pub(super) async fn stream(
    client: &mut Client,
    first: Reply,
    out: &mut impl Write,
) -> anyhow::Result<()> {
    let Some(mut lines) = Lines::of(&first)? else { return Ok(print(&first, true, out)?) };
    let Lines { reply, more, name, .. } = &lines;
    write!(out, "{{\"v\":{VERSION},\"reply\":\"{reply}\",{more}\"{name}\":[")?;
    let kind = lines.reply;
    let mut page = first;
    let mut separator = "\n";
    loop {
        rows(&lines.rows, &mut separator, out)?;
        let Some(command) = next_page(&page) else {
            writeln!(out, "\n],\"total\":{},\"next\":null}}", lines.total)?;
            return Ok(());
        };
        page = ask(client, command).await?;
        lines = match Lines::of(&page)? {
            Some(lines) if lines.reply == kind => lines,
            _ => bail!("the agent answered with another table: {page:?}"),
        };
    }
}

fn rows(rows: &[String], separator: &mut &'static str, out: &mut impl Write) -> io::Result<()> {
    for row in rows {
        write!(out, "{separator}{row}")?;
        *separator = ",\n";
    }
    Ok(())
}
