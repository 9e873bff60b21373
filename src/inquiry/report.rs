//! What came of a question, as tables and as JSON.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Write;
use std::net::Ipv4Addr;

use ipxway_core::wire::slp::{AttributeList, Body, DaState, ErrorCode, Message, TagList, Version};
use serde::Serialize;

use super::Refusal;
use super::args::{Common, What};
use super::question::{Target, error_of};
use crate::cli::table::{Table, age};

/// The version of the JSON.
const VERSION: u32 = 1;
/// More than any message has.
const LONGEST: usize = 1 << 20;

/// A service.
#[derive(Debug, Serialize)]
struct Service {
    url: String,
    lifetime_s: u16,
    told_by: Ipv4Addr,
}

/// A directory agent.
#[derive(Debug, Serialize)]
struct Agent {
    address: Ipv4Addr,
    version: u8,
    url: String,
    scopes: String,
    boot: Option<u32>,
    attributes: String,
}

/// What was found.
#[derive(Debug, Serialize)]
#[serde(untagged)]
enum Found {
    Services { services: Vec<Service> },
    Attributes { attributes: Vec<(String, Vec<String>)> },
    Types { types: Vec<String> },
    Agents { agents: Vec<Agent> },
    Done { done: bool },
}

#[derive(Serialize)]
struct Document<'a> {
    v: u32,
    reply: &'static str,
    #[serde(flatten)]
    found: &'a Found,
    refused: Vec<(Ipv4Addr, &'a str)>,
    answered: usize,
}

/// Prints it; true if something was found, or done.
///
/// # Errors
/// `out` cannot be written.
pub(super) fn print(
    what: &What,
    common: &Common,
    target: Target,
    answers: &BTreeMap<Ipv4Addr, Message>,
    out: &mut impl Write,
) -> anyhow::Result<bool> {
    let refusals: Vec<Refusal> = answers.iter().filter_map(|(ip, it)| refusal(*ip, it)).collect();
    let good: BTreeMap<Ipv4Addr, &Message> = answers
        .iter()
        .filter(|(_, message)| error_of(message) == ErrorCode::Ok)
        .map(|(ip, message)| (*ip, message))
        .collect();
    let (name, found) = found(what, &good);
    if common.json {
        let refused = refusals.iter().map(|it| (it.by, it.error.as_str())).collect();
        let answered = answers.len();
        let document = Document { v: VERSION, reply: name, found: &found, refused, answered };
        serde_json::to_writer(&mut *out, &document)?;
        writeln!(out)?;
        return Ok(found.is_something());
    }
    for refusal in &refusals {
        writeln!(out, "refused by {}: {}", refusal.by, refusal.error)?;
    }
    if answers.is_empty() {
        let waited = common.timeout;
        match target {
            Target::Host(ip) => writeln!(out, "no answer from {ip} within {waited} s")?,
            Target::Group(group) => {
                writeln!(out, "nobody in {group} answered within {waited} s")?;
            }
        }
    } else if !good.is_empty() {
        write!(out, "{}", found.text())?;
        for (ip, _) in good.iter().filter(|(_, message)| message.header.flags.overflow) {
            writeln!(out, "{ip} has more, which did not fit and could not be had by TCP")?;
        }
    }
    Ok(found.is_something())
}

fn refusal(by: Ipv4Addr, message: &Message) -> Option<Refusal> {
    let error = error_of(message);
    if error == ErrorCode::Ok {
        return None;
    }
    let version = message.header.version;
    let (name, number) = (error.name(version).unwrap_or("an error"), error.number(version));
    Some(Refusal { by, error: format!("{name} ({number})") })
}

fn found(what: &What, answers: &BTreeMap<Ipv4Addr, &Message>) -> (&'static str, Found) {
    match what {
        What::Find { .. } => ("slp-find", services(answers)),
        What::Attrs { .. } => ("slp-attrs", attributes(answers)),
        What::Types { .. } => ("slp-types", types(answers)),
        What::Agents => ("slp-agents", agents(answers)),
        What::Register { .. } => ("slp-register", Found::Done { done: !answers.is_empty() }),
        What::Deregister { .. } => ("slp-deregister", Found::Done { done: !answers.is_empty() }),
    }
}

fn services(answers: &BTreeMap<Ipv4Addr, &Message>) -> Found {
    let mut services: BTreeMap<String, Service> = BTreeMap::new();
    for (&told_by, message) in answers {
        let Body::SrvRply(reply) = &message.body else { continue };
        for entry in &reply.urls {
            let (url, lifetime_s) = (entry.url.clone(), entry.lifetime_s);
            services.entry(url.clone()).or_insert(Service { url, lifetime_s, told_by });
        }
    }
    Found::Services { services: services.into_values().collect() }
}

fn attributes(answers: &BTreeMap<Ipv4Addr, &Message>) -> Found {
    let lists: Vec<AttributeList> = answers
        .values()
        .filter_map(|message| match &message.body {
            Body::AttrRply(reply) => {
                AttributeList::parse(&reply.attributes, message.header.version).ok()
            }
            _ => None,
        })
        .collect();
    let all = AttributeList::union(&lists, &TagList::parse("", Version::V2), LONGEST);
    let attributes = all
        .iter()
        .map(|it| (it.tag().to_owned(), it.values().map(ToString::to_string).collect()))
        .collect();
    Found::Attributes { attributes }
}

fn types(answers: &BTreeMap<Ipv4Addr, &Message>) -> Found {
    let mut types = BTreeSet::new();
    for message in answers.values() {
        if let Body::SrvTypeRply(reply) = &message.body {
            types.extend(reply.types.iter().cloned());
        }
    }
    Found::Types { types: types.into_iter().collect() }
}

fn agents(answers: &BTreeMap<Ipv4Addr, &Message>) -> Found {
    let agent = |(&address, message): (&Ipv4Addr, &&Message)| {
        let Body::DaAdvert(advert) = &message.body else { return None };
        Some(Agent {
            address,
            version: if message.header.version == Version::V1 { 1 } else { 2 },
            url: advert.url.clone(),
            scopes: advert.scopes.to_string(),
            boot: match advert.state {
                DaState::Since(boot) => Some(boot),
                _ => None,
            },
            attributes: advert.attributes.clone(),
        })
    };
    Found::Agents { agents: answers.iter().filter_map(agent).collect() }
}

impl Found {
    fn is_something(&self) -> bool {
        match self {
            Self::Services { services } => !services.is_empty(),
            Self::Attributes { attributes } => !attributes.is_empty(),
            Self::Types { types } => !types.is_empty(),
            Self::Agents { agents } => !agents.is_empty(),
            Self::Done { done } => *done,
        }
    }

    fn text(&self) -> String {
        let (table, count, noun) = match self {
            Self::Services { services } => {
                let mut table = Table::new(&["URL", ">LIFETIME", "TOLD BY"]);
                for it in services {
                    let lifetime = age(it.lifetime_s.into());
                    table.row([it.url.clone(), lifetime, it.told_by.to_string()]);
                }
                (table, services.len(), "service")
            }
            Self::Attributes { attributes } => {
                let mut table = Table::new(&["ATTRIBUTE", "VALUES"]);
                for (tag, values) in attributes {
                    table.row([tag.clone(), values.join(", ")]);
                }
                (table, attributes.len(), "attribute")
            }
            Self::Types { types } => {
                let mut table = Table::new(&["TYPE"]);
                types.iter().for_each(|it| table.row([it.clone()]));
                (table, types.len(), "type")
            }
            Self::Agents { agents } => {
                let titles = ["ADDRESS", ">VERSION", "SCOPES", ">SINCE", "URL", "ATTRIBUTES"];
                let mut table = Table::new(&titles);
                for it in agents {
                    let boot = it.boot.map_or_else(|| "-".to_owned(), |boot| boot.to_string());
                    table.row([
                        it.address.to_string(),
                        it.version.to_string(),
                        it.scopes.clone(),
                        boot,
                        it.url.clone(),
                        it.attributes.clone(),
                    ]);
                }
                (table, agents.len(), "directory agent")
            }
            Self::Done { .. } => return "done\n".to_owned(),
        };
        let plural = if count == 1 { "" } else { "s" };
        match count {
            0 => format!("no {noun}s\n"),
            _ => format!("{table}{count} {noun}{plural}\n"),
        }
    }
}
