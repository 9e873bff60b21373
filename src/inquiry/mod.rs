//! `ipxway slp`: a small client of SLP for operators. It needs no agent and no configuration: it
//! asks a directory agent, or a group, from a port of its own.
//!
//! | file | what it knows |
//! |---|---|
//! | `args` | what was typed |
//! | `question` | one question: how often it is sent, and what came of it; no IO |
//! | `wire` | sockets |
//! | `report` | tables and JSON |

mod args;
mod question;
mod report;
mod wire;

use std::io::Write;
use std::net::Ipv4Addr;
use std::process::ExitCode;

use anyhow::{Context, bail};
use ipxway_core::wire::slp::{
    AGENTS_V1, AttrRequest, Body, Filter, GENERAL_V1, GROUP_V2, NamingAuthority, ScopeList,
    ServiceUrl, SrvDereg, SrvReg, SrvRequest, TypeRequest, UrlEntry, Version,
};

pub use args::Args;
use args::{Common, What};
use question::{Question, Target};

/// Exit code of "nothing was found", "it was refused", "nobody answered".
const NO: u8 = 1;
/// The scope that is meant where none is named, in version 2.
const DEFAULT_SCOPE: &str = "DEFAULT";

/// Asks, and prints what was answered.
///
/// # Errors
/// The arguments contradict each other, or the question cannot be sent.
pub fn run(args: &Args, out: &mut impl Write) -> anyhow::Result<ExitCode> {
    let common = &args.common;
    let version = if common.v1 { Version::V1 } else { Version::V2 };
    let scopes = scopes(common, version)?;
    let body = body(&args.what, version, scopes)?;
    let target = target(&args.what, common, version)?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let question = Question::new(version, body, target, common.timeout());
    let answers = runtime.block_on(wire::ask(question, common.interface))?;
    let found = report::print(&args.what, common, target, &answers, out)?;
    Ok(if found { ExitCode::SUCCESS } else { ExitCode::from(NO) })
}

fn scopes(common: &Common, version: Version) -> anyhow::Result<ScopeList> {
    let named = ScopeList::from_names(&common.scope);
    match version {
        Version::V1 if named.iter().count() > 1 => {
            bail!("--scope: version 1 asks in one scope at a time: name one");
        }
        Version::V2 if named.is_empty() => Ok(ScopeList::from_names([DEFAULT_SCOPE])),
        _ => Ok(named),
    }
}

fn body(what: &What, version: Version, scopes: ScopeList) -> anyhow::Result<Body> {
    Ok(match what {
        What::Find { service_type, filter } => {
            let filter = filter.clone().unwrap_or_default();
            Filter::parse(&filter, version).with_context(|| format!("--filter {filter}"))?;
            let service_type = with_prefix(service_type);
            Body::SrvRqst(SrvRequest { service_type, scopes, filter, ..SrvRequest::default() })
        }
        What::Attrs { target, tags } => {
            let by_url = target.contains("://");
            let target = match version {
                // A type ends with a colon there.
                Version::V1 if !by_url => format!("{}:", with_prefix(target)),
                _ => with_prefix(target),
            };
            let tags = tags.join(",");
            Body::AttrRqst(AttrRequest { target, scopes, tags, ..AttrRequest::default() })
        }
        What::Types { authority } => {
            let authority = match authority.as_deref() {
                None => NamingAuthority::All,
                Some("" | "iana" | "IANA") => NamingAuthority::Iana,
                Some(name) => NamingAuthority::Named(name.to_owned()),
            };
            Body::SrvTypeRqst(TypeRequest { authority, scopes, ..TypeRequest::default() })
        }
        What::Agents => {
            let service_type = "service:directory-agent".to_owned();
            let scopes = ScopeList::default();
            Body::SrvRqst(SrvRequest { service_type, scopes, ..SrvRequest::default() })
        }
        What::Register { url, attributes, lifetime } => {
            let service_type = type_of(url)?;
            let entry = UrlEntry { lifetime_s: *lifetime, url: url.clone() };
            let attributes = attributes.clone().unwrap_or_default();
            Body::SrvReg(SrvReg { entry, service_type, scopes, attributes })
        }
        What::Deregister { url } => {
            type_of(url)?;
            Body::SrvDereg(SrvDereg { scopes, url: url.clone(), tags: String::new() })
        }
    })
}

fn with_prefix(text: &str) -> String {
    let has = text.get(..8).is_some_and(|start| start.eq_ignore_ascii_case("service:"));
    if has { text.to_owned() } else { format!("service:{text}") }
}

/// The type that a URL begins with.
fn type_of(url: &str) -> anyhow::Result<String> {
    let parts = ServiceUrl::parse(url);
    let Some(parts) = parts else {
        bail!("{url}: no service URL; one looks like service:mgw.novell:///OSLO");
    };
    Ok(format!("service:{}", parts.service_type().bare()))
}

fn target(what: &What, common: &Common, version: Version) -> anyhow::Result<Target> {
    let changes = matches!(what, What::Register { .. } | What::Deregister { .. });
    match (common.agent, version) {
        (Some(ip), _) => Ok(Target::Host(ip)),
        (None, _) if changes => bail!("name the directory agent: --agent IP"),
        (None, Version::V2) => Ok(Target::Group(GROUP_V2)),
        (None, Version::V1) if matches!(what, What::Agents) => Ok(Target::Group(AGENTS_V1)),
        (None, Version::V1) => Ok(Target::Group(GENERAL_V1)),
    }
}

/// Somebody who did not do what it was asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Refusal {
    by: Ipv4Addr,
    error: String,
}
