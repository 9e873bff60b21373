//! What others send: answers to the requests that wait for them, adverts to the list of directory
//! agents, and requests to whoever of us answers them.

use std::net::{Ipv4Addr, SocketAddrV4};

use super::directory::{Asker, Via};
use super::limits::By;
use super::net::{self, Net};
use super::{Slp, answer};
use crate::ids::{InterfaceId, StreamId};
use crate::router::{Cx, Output, StreamAction, StreamEvent};
use crate::wire::slp::{Body, DaAdvert, DaState, ErrorCode, Message, ServiceUrl, Version};

/// How a message came.
#[derive(Debug)]
pub(super) struct Heard {
    pub(super) interface: InterfaceId,
    pub(super) from: SocketAddrV4,
    /// It was sent to us alone, not to a group.
    pub(super) alone: bool,
    /// Its bytes.
    pub(super) len: usize,
}

impl Slp {
    pub(super) fn message(&mut self, cx: &mut Cx<'_>, heard: &Heard, message: Message) {
        let from = *heard.from.ip();
        let Some(message) = self.exchanges.hear(cx, &self.net, heard.interface, from, message)
        else {
            return;
        };
        match &message.body {
            Body::DaAdvert(advert) => {
                let known = self.agents.get(from).is_some();
                if known || self.seeker.hears_groups(cx, &self.agents) {
                    self.advert(cx, heard.interface, from, &message, advert, false);
                }
            }
            Body::SrvRqst(_)
            | Body::AttrRqst(_)
            | Body::SrvTypeRqst(_)
            | Body::SrvReg(_)
            | Body::SrvDereg(_)
            | Body::AntiEtrpRqst(_) => {
                let (interface, ip, alone) = (heard.interface, from, heard.alone);
                let asker = Asker { interface, ip, via: Via::Datagram, alone };
                let asks = message.body.previous().is_some();
                if asks && !self.limits.has_room(cx.now, ip, By::Datagram, message.header.xid) {
                    return;
                }
                if let Some(answer) = self.answer_to(cx, asker, &message) {
                    self.answer(cx, heard.interface, heard.from, heard.len, &answer);
                }
            }
            // Answers to nothing that we asked, or that we no longer wait for.
            Body::SrvRply(_)
            | Body::SrvAck(_)
            | Body::AttrRply(_)
            | Body::SrvTypeRply(_)
            | Body::SaAdvert(_) => {}
        }
    }

    /// The answer to a request: the directory agent's, if we are one, else the service agent's.
    fn answer_to(&mut self, cx: &mut Cx<'_>, asker: Asker, request: &Message) -> Option<Message> {
        let ours = answer::Ours { net: &self.net, registrar: &self.registrar };
        if let Some(directory) = &mut self.directory
            && !answer::is_for_service_agents(request)
        {
            return directory.answer(cx, &self.net, asker, request);
        }
        match request.body {
            Body::SrvReg(_) | Body::SrvDereg(_) | Body::AntiEtrpRqst(_) => {
                answer::not_supported(request).filter(|_| asker.alone)
            }
            _ => answer::answer(cx, &ours, asker.interface, asker.alone, request),
        }
    }

    /// Something happened to a connection that somebody opened, or to a link of the directory
    /// agent.
    pub(super) fn connection(&mut self, cx: &mut Cx<'_>, id: StreamId, event: &StreamEvent) {
        match event {
            StreamEvent::Accepted { to, from } => {
                if self.net.allows(cx.config, *from.ip()) {
                    self.connections.opened(cx.now, id, *to, *from);
                } else {
                    cx.out.push(Output::Stream { id, action: StreamAction::Close });
                }
            }
            StreamEvent::Connected => {
                if !self.directory.as_ref().is_some_and(|directory| directory.has_link(id)) {
                    // Nobody waits for it any more.
                    cx.out.push(Output::Stream { id, action: StreamAction::Close });
                    return;
                }
                let unknown = SocketAddrV4::new(Ipv4Addr::UNSPECIFIED, 0);
                self.connections.opened(cx.now, id, Ipv4Addr::UNSPECIFIED, unknown);
                self.connections.keep(id);
                if let Some(directory) = &mut self.directory {
                    directory.link_connected(cx, id);
                }
            }
            StreamEvent::Received(bytes) => match self.connections.receive(cx.now, id, bytes) {
                Ok(messages) => {
                    messages.iter().for_each(|bytes| self.by_stream(cx, id, bytes));
                }
                Err(()) => self.hang_up(cx, id),
            },
            StreamEvent::Closed { .. } => {
                self.connections.closed(id);
                if let Some(directory) = &mut self.directory {
                    directory.link_closed(cx, id);
                }
            }
        }
    }

    /// A whole message on a connection.
    fn by_stream(&mut self, cx: &mut Cx<'_>, id: StreamId, bytes: &[u8]) {
        let Some(connection) = self.connections.get(id) else { return };
        let (to, from) = (connection.to, *connection.from.ip());
        let message = match Message::decode(bytes) {
            Ok(message) => message,
            Err(refusal) => {
                let answer = answer::refuse(bytes, refusal);
                net::send_by_stream(cx, id, answer);
                return;
            }
        };
        if let Some(directory) = &mut self.directory {
            if directory.has_link(id) {
                self.connections.keep(id);
                if !directory.link_message(cx, id, &message) {
                    self.hang_up(cx, id);
                }
                return;
            }
            if directory.adopt(cx, &self.net, id, from, &message) {
                self.connections.keep(id);
                return;
            }
        }
        self.limits.verify(cx.now, from);
        let asks = message.body.previous().is_some();
        if asks && !self.limits.has_room(cx.now, from, By::Stream, message.header.xid) {
            return;
        }
        let Some(interface) = self.net.with_address(to) else { return };
        let asker = Asker { interface, ip: from, via: Via::Stream(id), alone: true };
        if self.limits.permit(cx.now, from, By::Stream)
            && let Some(answer) = self.answer_to(cx, asker, &message)
        {
            net::send_by_stream(cx, id, Some(answer));
        }
    }

    fn hang_up(&mut self, cx: &mut Cx<'_>, id: StreamId) {
        cx.out.push(Output::Stream { id, action: StreamAction::Close });
        self.connections.closed(id);
        if let Some(directory) = &mut self.directory {
            directory.link_closed(cx, id);
        }
    }

    /// Answers by datagram, within the limits.
    pub(super) fn answer(
        &mut self,
        cx: &mut Cx<'_>,
        interface: InterfaceId,
        to: SocketAddrV4,
        asked: usize,
        answer: &Message,
    ) {
        let host = *to.ip();
        if self.limits.permit(cx.now, host, By::Datagram)
            && let Some(bytes) = self.limits.fit(cx.config, cx.now, host, asked, answer)
        {
            net::send_to(cx, interface, to, bytes);
        }
    }

    /// A directory agent says that it is there.
    pub(super) fn advert(
        &mut self,
        cx: &mut Cx<'_>,
        interface: InterfaceId,
        from: Ipv4Addr,
        message: &Message,
        advert: &DaAdvert,
        asked: bool,
    ) {
        let ip = agent_address(&self.net, from, message.header.version, advert);
        let leaves = advert.state == DaState::GoingDown;
        if advert.error != ErrorCode::Ok
            || !self.net.allows(cx.config, ip)
            || (leaves && ip != from)
        {
            return;
        }
        self.agents.advert(cx.now, ip, interface, &message.header, advert, asked);
    }
}

/// The address of a directory agent, by its advert. OpenSLP's answers of version 1 name the
/// asker's [slp-dhcp-snmp §6, row 2].
fn agent_address(net: &Net, from: Ipv4Addr, version: Version, advert: &DaAdvert) -> Ipv4Addr {
    let named = ServiceUrl::parse(&advert.url).and_then(|url| url.ipv4());
    match (version, named) {
        (Version::V2, Some(ip)) if !net.is_own(ip) || net.is_own(from) => ip,
        _ => from,
    }
}
