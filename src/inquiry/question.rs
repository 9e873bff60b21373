//! One question: when it is sent again, to whom by TCP, and what came of it [slp-dhcp-snmp §4,
//! §5.2].

use std::collections::BTreeMap;
use std::net::Ipv4Addr;
use std::time::{Duration, SystemTime};

use ipxway_core::wire::slp::{Body, ErrorCode, Header, Message, Responders, Version};

/// When a question is sent, since the first time.
const SCHEDULE: [Duration; 4] =
    [Duration::ZERO, Duration::from_secs(2), Duration::from_secs(6), Duration::from_secs(14)];
/// The longest question, with the list of those who have answered.
const LONGEST: usize = 1_400;

/// Who is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Target {
    /// One host.
    Host(Ipv4Addr),
    /// Whoever listens to a group.
    Group(Ipv4Addr),
}

impl Target {
    pub(super) const fn ip(self) -> Ipv4Addr {
        match self {
            Self::Host(ip) | Self::Group(ip) => ip,
        }
    }
}

/// What to do next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// Send these bytes, and come back after so long at the latest.
    Send(Vec<u8>, Duration),
    /// Come back after so long at the latest.
    Wait(Duration),
    /// All is said.
    Done,
}

/// A question under way.
#[derive(Debug)]
pub(super) struct Question {
    version: Version,
    xid: u16,
    body: Body,
    target: Target,
    timeout: Duration,
    sent: usize,
    /// Somebody new answered since it was sent last.
    news: bool,
    answers: BTreeMap<Ipv4Addr, Message>,
}

impl Question {
    pub(super) fn new(version: Version, body: Body, target: Target, timeout: Duration) -> Self {
        // Another question of a moment ago must have another number.
        let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
        let xid = u16::try_from(now.subsec_micros() % 0xffff).unwrap_or(0) + 1;
        let answers = BTreeMap::new();
        Self { version, xid, body, target, timeout, sent: 0, news: false, answers }
    }

    pub(super) const fn target(&self) -> Target {
        self.target
    }

    /// What is due `since` so long after the first question.
    ///
    /// # Errors
    /// The question cannot be written.
    pub(super) fn step(&mut self, since: Duration) -> anyhow::Result<Step> {
        let alone = matches!(self.target, Target::Host(_));
        if since >= self.timeout || (alone && !self.answers.is_empty()) {
            return Ok(Step::Done);
        }
        let due = SCHEDULE.get(self.sent).copied().filter(|due| *due < self.timeout);
        let Some(due) = due else { return Ok(Step::Wait(self.timeout - since)) };
        if since < due {
            return Ok(Step::Wait(due - since));
        }
        // Who has answered does so no more: a round without news was the last.
        let settled = self.sent > 0 && !self.news && !self.answers.is_empty();
        let bytes = self.message(self.xid)?;
        if settled || (self.sent > 0 && bytes.len() > LONGEST) {
            return Ok(Step::Done);
        }
        self.sent += 1;
        self.news = false;
        let next = SCHEDULE.get(self.sent).copied().unwrap_or(self.timeout).min(self.timeout);
        Ok(Step::Send(bytes, next.saturating_sub(since)))
    }

    /// A datagram came. Gives the question to be asked by TCP, if its answer did not fit.
    ///
    /// # Errors
    /// That question cannot be written.
    pub(super) fn heard(
        &mut self,
        from: Ipv4Addr,
        bytes: &[u8],
    ) -> anyhow::Result<Option<Vec<u8>>> {
        if matches!(self.target, Target::Host(ip) if ip != from) {
            return Ok(None);
        }
        let Some(message) = self.answer(bytes, self.xid) else { return Ok(None) };
        // Some directory agents take services back by TCP only: a datagram's sender can be forged.
        let distrusted = matches!(self.body, Body::SrvDereg(_))
            && error_of(&message) == ErrorCode::AuthenticationFailed;
        let by_tcp = message.header.flags.overflow || distrusted;
        self.news |= self.answers.insert(from, message).is_none();
        if !by_tcp {
            return Ok(None);
        }
        // Version 1 wants another number for another question, version 2 the same.
        let xid = match self.version {
            Version::V1 => self.xid.wrapping_add(1).max(1),
            Version::V2 => self.xid,
        };
        self.message(xid).map(Some)
    }

    /// A message came by TCP. True if it is the whole answer.
    pub(super) fn heard_by_tcp(&mut self, from: Ipv4Addr, bytes: &[u8]) -> bool {
        let other = self.xid.wrapping_add(1).max(1);
        let message = self.answer(bytes, self.xid).or_else(|| self.answer(bytes, other));
        let Some(message) = message else { return false };
        self.answers.insert(from, message);
        true
    }

    /// What each has answered.
    pub(super) fn into_answers(self) -> BTreeMap<Ipv4Addr, Message> {
        self.answers
    }

    /// An answer to this question.
    fn answer(&self, bytes: &[u8], xid: u16) -> Option<Message> {
        let message = Message::decode(bytes).ok()?;
        let fits = matches!(
            (&self.body, &message.body),
            (Body::SrvRqst(_), Body::SrvRply(_) | Body::DaAdvert(_))
                | (Body::AttrRqst(_), Body::AttrRply(_))
                | (Body::SrvTypeRqst(_), Body::SrvTypeRply(_))
                | (Body::SrvReg(_) | Body::SrvDereg(_), Body::SrvAck(_))
        );
        (fits && message.header.version == self.version && message.header.xid == xid)
            .then_some(message)
    }

    fn message(&self, xid: u16) -> anyhow::Result<Vec<u8>> {
        let mut header = Header::new(self.version, xid);
        header.flags.multicast =
            self.version == Version::V2 && matches!(self.target, Target::Group(_));
        header.flags.fresh = self.version == Version::V2 && matches!(self.body, Body::SrvReg(_));
        let mut body = self.body.clone();
        let known: Responders = self.answers.keys().copied().collect();
        match &mut body {
            Body::SrvRqst(request) => request.previous = known,
            Body::AttrRqst(request) => request.previous = known,
            Body::SrvTypeRqst(request) => request.previous = known,
            _ => {}
        }
        if matches!(self.target, Target::Host(_)) {
            // Nobody is to keep silent.
            body = self.body.clone();
        }
        Ok(Message::new(header, body).encode()?)
    }
}

/// The error in an answer, if it has one.
pub(super) const fn error_of(message: &Message) -> ErrorCode {
    match &message.body {
        Body::SrvRply(reply) => reply.error,
        Body::AttrRply(reply) => reply.error,
        Body::SrvTypeRply(reply) => reply.error,
        Body::SrvAck(ack) => ack.error,
        Body::DaAdvert(advert) => advert.error,
        _ => ErrorCode::Ok,
    }
}

#[cfg(test)]
mod tests {
    use ipxway_core::wire::slp::{ScopeList, SrvAck, SrvDereg, SrvReply, SrvRequest, UrlEntry};

    use super::*;

    const FROM: [Ipv4Addr; 2] = [Ipv4Addr::new(10, 0, 0, 1), Ipv4Addr::new(10, 0, 0, 2)];

    fn question(target: Target) -> Question {
        let service_type = "service:mgw.novell".to_owned();
        let body = Body::SrvRqst(SrvRequest { service_type, ..SrvRequest::default() });
        Question::new(Version::V2, body, target, Duration::from_secs(15))
    }

    fn group() -> Target {
        Target::Group(Ipv4Addr::new(239, 255, 255, 253))
    }

    fn seconds(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    /// The responders named in what is sent next.
    fn sent(question: &mut Question, since: u64) -> Vec<Ipv4Addr> {
        let Step::Send(bytes, _) = question.step(seconds(since)).unwrap() else {
            panic!("nothing is sent after {since} s");
        };
        let message = Message::decode(&bytes).unwrap();
        assert_eq!(message.header.xid, question.xid);
        message.body.previous().unwrap().iter().collect()
    }

    fn reply(question: &Question, overflow: bool) -> Vec<u8> {
        let mut header = Header::new(question.version, question.xid);
        header.flags.overflow = overflow;
        let urls = vec![UrlEntry { lifetime_s: 9, url: "service:mgw.novell:///A".to_owned() }];
        Message::new(header, Body::SrvRply(SrvReply { error: ErrorCode::Ok, urls }))
            .encode()
            .unwrap()
    }

    #[test]
    fn a_group_is_asked_until_a_round_brings_nobody_new() {
        let mut question = question(group());
        assert!(sent(&mut question, 0).is_empty());
        assert_eq!(question.step(seconds(1)).unwrap(), Step::Wait(seconds(1)));
        let answer = reply(&question, false);
        assert_eq!(question.heard(FROM[0], &answer).unwrap(), None);
        assert_eq!(sent(&mut question, 2), [FROM[0]]);
        question.heard(FROM[1], &answer).unwrap();
        // Whom we knew is no news.
        question.heard(FROM[0], &answer).unwrap();
        assert_eq!(sent(&mut question, 6), FROM);
        assert_eq!(question.step(seconds(14)).unwrap(), Step::Done);
        assert_eq!(question.into_answers().len(), 2);
    }

    #[test]
    fn nobody_is_waited_for_to_the_end_and_one_who_is_asked_alone_only_until_it_answers() {
        let mut silent = question(group());
        for since in [0, 2, 6, 14] {
            assert!(sent(&mut silent, since).is_empty());
        }
        assert_eq!(silent.step(seconds(14)).unwrap(), Step::Wait(seconds(1)));
        assert_eq!(silent.step(seconds(15)).unwrap(), Step::Done);
        let mut alone = question(Target::Host(FROM[0]));
        assert!(sent(&mut alone, 0).is_empty());
        let answer = reply(&alone, false);
        alone.heard(FROM[1], &answer).unwrap();
        assert!(matches!(alone.step(seconds(1)).unwrap(), Step::Wait(_)), "that was another");
        alone.heard(FROM[0], &answer).unwrap();
        assert_eq!(alone.step(seconds(1)).unwrap(), Step::Done);
    }

    #[test]
    fn what_did_not_fit_is_asked_for_by_tcp_under_the_number_that_the_version_wants() {
        for version in [Version::V1, Version::V2] {
            let mut question = Question { version, ..question(Target::Host(FROM[0])) };
            question.step(seconds(0)).unwrap();
            let again = question.heard(FROM[0], &reply(&question, true)).unwrap().unwrap();
            let again = Message::decode(&again).unwrap();
            assert_eq!(again.header.xid == question.xid, version == Version::V2);
            let mut whole = Message::decode(&reply(&question, false)).unwrap();
            whole.header.xid = again.header.xid;
            assert!(!question.heard_by_tcp(FROM[0], b"noise"));
            assert!(question.heard_by_tcp(FROM[0], &whole.encode().unwrap()));
            let answers = question.into_answers();
            assert!(!answers[&FROM[0]].header.flags.overflow);
        }
    }

    #[test]
    fn a_service_that_is_taken_back_by_tcp_only_is_asked_for_so() {
        let body = Body::SrvDereg(SrvDereg {
            scopes: ScopeList::default(),
            url: "service:mgw.novell:///A".to_owned(),
            tags: String::new(),
        });
        let target = Target::Host(FROM[0]);
        let mut question = Question::new(Version::V2, body, target, seconds(15));
        question.step(seconds(0)).unwrap();
        let header = Header::new(Version::V2, question.xid);
        let answer = |error| Message::new(header.clone(), Body::SrvAck(SrvAck { error })).encode();
        let refused = answer(ErrorCode::AuthenticationFailed).unwrap();
        let again = question.heard(FROM[0], &refused).unwrap().expect("asked again");
        assert!(matches!(Message::decode(&again).unwrap().body, Body::SrvDereg(_)));
        assert!(question.heard_by_tcp(FROM[0], &answer(ErrorCode::Ok).unwrap()));
        assert_eq!(error_of(&question.into_answers()[&FROM[0]]), ErrorCode::Ok);
    }

    #[test]
    fn other_numbers_versions_and_functions_are_no_answers() {
        let mut question = question(group());
        question.step(seconds(0)).unwrap();
        let mut other = Message::decode(&reply(&question, false)).unwrap();
        other.header.xid ^= 1;
        question.heard(FROM[0], &other.encode().unwrap()).unwrap();
        question.heard(FROM[0], b"noise").unwrap();
        let v1 = Question { version: Version::V1, xid: question.xid, ..self::question(group()) };
        question.heard(FROM[0], &reply(&v1, false)).unwrap();
        assert!(question.into_answers().is_empty());
    }
}
