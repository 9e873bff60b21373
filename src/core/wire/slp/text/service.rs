//! Service types and URLs [slp-dhcp-snmp §3.1].

use std::fmt;
use std::net::Ipv4Addr;

/// What begins every service URL and, in version 2, every type.
const PREFIX: &str = "service:";

/// The rest of `text` behind `service:`, in whatever case; all of it if it has none.
pub(crate) fn without_prefix(text: &str) -> &str {
    match text.split_at_checked(PREFIX.len()) {
        Some((prefix, rest)) if prefix.eq_ignore_ascii_case(PREFIX) => rest,
        _ => text,
    }
}

/// A type of services: `service:mgw.novell`, or `service:printer.novell:lpr` of an abstract type.
/// It is compared without case and without `service:`.
#[derive(Clone, Debug)]
pub struct ServiceType {
    /// Lower case, without `service:` and without what some send behind it.
    bare: String,
}

impl ServiceType {
    /// Reads a type, bare or with `service:`, and with the `:` or `://` that some put behind it.
    #[must_use]
    pub fn parse(text: &str) -> Self {
        let bare = without_prefix(text.trim()).trim_end_matches(['/', ':']);
        Self { bare: bare.to_lowercase() }
    }

    /// The type without `service:`, in lower case.
    #[must_use]
    pub fn bare(&self) -> &str {
        &self.bare
    }

    /// The naming authority: `novell` of `mgw.novell`; empty: IANA.
    #[must_use]
    pub fn authority(&self) -> &str {
        let kind = self.bare.split(':').next().unwrap_or_default();
        kind.rsplit_once('.').map_or("", |(_, authority)| authority)
    }

    /// It is of an abstract type: `abstract:concrete`. Version 1 knows none.
    #[must_use]
    pub fn is_of_abstract(&self) -> bool {
        self.bare.contains(':')
    }

    /// A request for this type asks for services of `other`: they are the same, or this is the
    /// abstract type of the other.
    #[must_use]
    pub fn covers(&self, other: &Self) -> bool {
        let rest = other.bare.strip_prefix(&self.bare);
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(':'))
    }
}

impl PartialEq for ServiceType {
    fn eq(&self, other: &Self) -> bool {
        self.bare == other.bare
    }
}

impl Eq for ServiceType {}

impl PartialOrd for ServiceType {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for ServiceType {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.bare.cmp(&other.bare)
    }
}

impl fmt::Display for ServiceType {
    /// As version 2 has it, with `service:`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&format!("{PREFIX}{}", self.bare))
    }
}

/// A service URL, taken apart. The host may be empty, as in Novell's `service:bindery.novell:///S`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServiceUrl<'a> {
    service_type: ServiceType,
    host: &'a str,
    port: Option<u16>,
    path: &'a str,
}

impl<'a> ServiceUrl<'a> {
    /// Takes a URL apart; `None` if it has no `service:` or no `://`.
    #[must_use]
    pub fn parse(url: &'a str) -> Option<Self> {
        let rest = without_prefix(url);
        if rest.len() == url.len() {
            return None;
        }
        let (kind, rest) = rest.split_once("://")?;
        if kind.is_empty() {
            return None;
        }
        let (site, path) = rest.find('/').map_or((rest, ""), |at| rest.split_at(at));
        let site = site.rsplit_once('@').map_or(site, |(_, site)| site);
        let site = site.split(';').next().unwrap_or_default();
        let (host, port) = match site.rsplit_once(':') {
            Some((host, port)) => (host, port.parse().ok()),
            None => (site, None),
        };
        Some(Self { service_type: ServiceType::parse(kind), host, port, path })
    }

    /// What it is.
    #[must_use]
    pub const fn service_type(&self) -> &ServiceType {
        &self.service_type
    }

    /// The host; may be empty.
    #[must_use]
    pub const fn host(&self) -> &'a str {
        self.host
    }

    /// The host, if it is an address.
    #[must_use]
    pub fn ipv4(&self) -> Option<Ipv4Addr> {
        self.host.parse().ok()
    }

    /// The port.
    #[must_use]
    pub const fn port(&self) -> Option<u16> {
        self.port
    }

    /// What stands behind host and port, with its slash.
    #[must_use]
    pub const fn path(&self) -> &'a str {
        self.path
    }
}
