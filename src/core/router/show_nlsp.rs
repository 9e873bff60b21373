//! Answers to questions about NLSP.

use super::{Command, Reply, Router};
use crate::nlsp::Parts;
use crate::nlsp::show::{self, NoPlace, Page, View};
use crate::wire::nlsp::SystemId;

impl Router {
    /// The reply to a question about NLSP.
    pub(super) fn answer_nlsp(&self, question: &Command) -> Reply {
        let nlsp = self.nlsp.parts(&self.out.pdus);
        let view = View {
            now: self.now,
            config: &self.config,
            circuits: &self.circuits,
            system: SystemId::of_internal(self.identity.network()),
        };
        self.nlsp_reply(view, nlsp, question).unwrap_or_else(|NoPlace| {
            let reason = "`after` is not what an earlier reply gave as `next`".to_owned();
            Reply::Failed { reason }
        })
    }

    fn nlsp_reply(
        &self,
        view: View<'_>,
        nlsp: Parts<'_>,
        question: &Command,
    ) -> Result<Reply, NoPlace> {
        let Parts { lines, lsdb, flood, decision, counts } = nlsp;
        Ok(match question {
            Command::ShowNlspNeighbors { after } => {
                let Page { rows, total, next } =
                    show::neighbors(view, lines, lsdb, after.as_deref())?;
                Reply::NlspNeighbors { neighbors: rows, total, next }
            }
            Command::ShowNlspDatabase { after, detail } => {
                let page = show::database(view, lsdb, after.as_deref(), *detail)?;
                let Page { rows, total, next } = page;
                Reply::NlspDatabase { lsps: rows, total, next, detail: *detail }
            }
            Command::ShowNlspTopology { after } => {
                let reaches = |node| decision.reaches(node);
                let Page { rows, total, next } =
                    show::topology(view, lsdb, reaches, after.as_deref())?;
                Reply::NlspTopology { nodes: rows, total, next }
            }
            Command::ShowNlspSpf { after } => {
                let ways_from = |first| decision.ways_from(first);
                let reached = decision.reached();
                let page = show::paths(view, lsdb, ways_from, reached, after.as_deref())?;
                let history = decision.history();
                let is_first = after.is_none();
                let runs = if is_first { show::runs(view, history) } else { Vec::new() };
                let Page { rows: paths, total, next } = page;
                let (full, partial) = (history.full(), history.partial());
                Reply::NlspSpf { runs, full, partial, paths, total, next }
            }
            Command::ShowNlspCircuits => {
                Reply::NlspCircuits { circuits: show::circuits(view, lines, flood, counts) }
            }
            Command::ShowSavings => self.show_savings(nlsp),
            _ => Reply::Failed { reason: "this is no question about NLSP".to_owned() },
        })
    }

    fn show_savings(&self, nlsp: Parts<'_>) -> Reply {
        let speaking = nlsp.lines.iter().filter(|line| line.speaks);
        let savings = speaking.filter_map(|line| {
            let circuit = self.circuits.get(line.id).filter(|circuit| circuit.is_cmd())?;
            let counted = nlsp.counts.of(line.id);
            let sent = super::savings::Sent { pdus: counted.sent, since: counted.since };
            let tables = (&self.rib, &self.services);
            Some(super::savings::row(circuit, line.up_count(), tables, sent, self.now))
        });
        Reply::Savings { savings: savings.collect() }
    }
}
