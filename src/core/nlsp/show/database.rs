//! The link-state database.

use super::{MOST_IN_PAGE, NoPlace, Page, View, link_row, lsp_after, name, printable};
use crate::nlsp::lsdb::{Lsdb, Record};
use crate::router::{NlspLspRow, NlspOption};
use crate::wire::nlsp::{LspId, LspOption};

/// A page of the database, behind the packet that `after` names.
pub(crate) fn database(
    view: View<'_>,
    lsdb: &Lsdb,
    after: Option<&str>,
    detail: bool,
) -> Result<Page<NlspLspRow>, NoPlace> {
    let first = lsp_after(after)?;
    let records = first.into_iter().flat_map(|first| lsdb.range(first, LspId::LAST));
    let row = |&(id, record): &(LspId, &Record)| {
        let row = lsp_row(view, lsdb, id, record, detail);
        let held = row.options.as_ref().map_or(0, Vec::len);
        (row, held)
    };
    Ok(Page::fill(records, lsdb.len(), row, |(id, _)| id.to_string()))
}

fn lsp_row(view: View<'_>, lsdb: &Lsdb, id: LspId, record: &Record, detail: bool) -> NlspLspRow {
    let lsp = &record.lsp;
    NlspLspRow {
        lsp: id.to_string(),
        name: name(lsdb, id.node.system),
        sequence: lsp.sequence,
        checksum: lsp.checksum,
        lifetime_s: lsdb.remaining(id, view.now),
        size: lsp.bytes().len(),
        flags: flags(record),
        own: id.node.system == view.system,
        options: detail.then(|| {
            let mut options = Vec::new();
            lsp.options().for_each(|option| said(&option, &mut options));
            options.truncate(MOST_IN_PAGE);
            options
        }),
    }
}

/// What the bits of a packet say beside that its sender is a Level 1 router [nlsp §3, §6].
fn flags(record: &Record) -> Vec<String> {
    let bits = record.lsp.flags.0;
    [
        (record.purged, "purged"),
        (record.lsp.flags.overloaded(), "overloaded"),
        (record.lsp.non_routing, "non-routing"),
        (bits & 0x78 != 0, "attached"),
        (bits & 0x80 != 0, "partition-repair"),
    ]
    .into_iter()
    .filter(|&(is_set, _)| is_set)
    .map(|(_, name)| name.to_owned())
    .collect()
}

/// An option as rows: of external routes, one for each.
fn said(option: &LspOption<'_>, out: &mut Vec<NlspOption>) {
    match option {
        LspOption::Areas(areas) => {
            out.push(NlspOption::Areas { areas: areas.iter().map(ToString::to_string).collect() });
        }
        LspOption::Management(said) => out.push(NlspOption::Management {
            network: said.network,
            node: said.node,
            name: printable(said.name),
        }),
        LspOption::Link(link) => out.push(NlspOption::Link(link_row(link))),
        LspOption::Service(service) => out.push(NlspOption::Service {
            service_type: service.service_type.to_string(),
            name: service.name.to_string(),
            address: service.address,
            hops: service.hops,
        }),
        LspOption::External(routes) => out.extend(routes.clone().map(|route| NlspOption::Route {
            network: route.network,
            hops: route.hops,
            ticks: route.ticks,
        })),
        LspOption::Unknown(code) => out.push(NlspOption::Unknown { code: *code }),
        LspOption::Broken(code) => out.push(NlspOption::Broken { code: *code }),
    }
}
