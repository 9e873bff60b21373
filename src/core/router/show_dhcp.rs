//! The answer to an operator's question about DHCP.

use super::{DhcpRow, Reply, Router};
use crate::dhcp::{Question, State};
use crate::ids::InterfaceId;
use crate::wire::dhcp::Scopes;

impl Router {
    /// What DHCP tells, interface by interface.
    pub(super) fn show_dhcp(&self) -> Reply {
        let row = |(id, question): (InterfaceId, &Question)| {
            let interface = self.config.interfaces.get(id.index());
            let state = match question.state {
                State::Idle => "idle",
                State::Asking(_) => "asking",
                State::Answered => "answered",
                State::Silent => "silent",
            };
            let answer = question.answer.as_ref();
            let (scopes, binding) = match answer.and_then(|answer| answer.scopes.as_ref()) {
                Some(Scopes::List { mandatory, names }) => (Some(names.clone()), *mandatory),
                Some(Scopes::Free) => (Some("any".to_owned()), false),
                None => (None, false),
            };
            let agents_binding = answer.is_some_and(|answer| answer.mandatory);
            let mandatory = [("directory_agents", agents_binding), ("scopes", binding)];
            let mandatory = mandatory.into_iter().filter(|(_, binding)| *binding);
            DhcpRow {
                interface: interface.map(|interface| interface.name.clone()).unwrap_or_default(),
                state: state.to_owned(),
                server: answer.map(|answer| answer.server),
                age_s: answer.map(|_| self.now.since(question.since).as_secs()),
                directory_agents: answer.map(|it| it.directory_agents.clone()).unwrap_or_default(),
                scopes,
                mandatory: mandatory.map(|(name, _)| name.to_owned()).collect(),
                network: answer.and_then(|answer| answer.network),
                stale_time: answer.and_then(|answer| answer.stale_time),
                agents: answer.map(|answer| answer.agents.clone()).unwrap_or_default(),
            }
        };
        Reply::Dhcp { interfaces: self.dhcp.questions().map(row).collect() }
    }
}
