//! What the attributes and the URL of a foreign agent say [cmd §12.3, §12.4].

use std::net::Ipv4Addr;

use super::super::announcement::{self, NETWORK};
use super::super::net::Net;
use super::Found;
use crate::router::Cx;
use crate::wire::slp::{AttributeList, ServiceUrl, Value, Version};
use crate::wire::{NetworkNumber, cmd};

/// What they say, and whether the address may be used.
pub(crate) fn read(cx: &Cx<'_>, net: &Net, url: &str, attributes: &str, version: Version) -> Found {
    let list = AttributeList::parse(attributes, version).unwrap_or_default();
    let mut found = understand(url, &list);
    found.refused = found.ip.and_then(|ip| refusal(cx, net, ip));
    found
}

/// Network and address. The address may stand in an attribute, or in the URL in one of several
/// forms.
fn understand(url: &str, list: &AttributeList) -> Found {
    let network = list.get(NETWORK).and_then(|it| it.values().find_map(network));
    let told = announcement::endpoint(list);
    let parts = ServiceUrl::parse(url);
    let named = || {
        let parts = parts.as_ref()?;
        parts.ipv4().or_else(|| of_path(parts.path().trim_matches('/')))
    };
    let (ip, port) = match told {
        Some((ip, port)) => (Some(ip), Some(port)),
        None => (named(), parts.as_ref().and_then(ServiceUrl::port)),
    };
    Found { network, ip, port, refused: None }
}

/// A number as it is meant, in base 16, whatever type SLP took it for: eight digits without a
/// letter are an integer to it, and lose their zeros.
fn network(value: &Value) -> Option<NetworkNumber> {
    let text = value.to_string();
    let text = text.trim();
    let digits = text.get(..2).filter(|start| start.eq_ignore_ascii_case("0x"));
    let digits = digits.and_then(|_| text.get(2..)).unwrap_or(text);
    if digits.is_empty() || digits.len() > 8 {
        return None;
    }
    u32::from_str_radix(digits, 16).ok().map(NetworkNumber)
}

/// A dotted address, eight hexadecimal digits, or a node of the CMD network.
fn of_path(path: &str) -> Option<Ipv4Addr> {
    if let Ok(ip) = path.parse() {
        return Some(ip);
    }
    let digits = path.bytes().all(|byte| byte.is_ascii_hexdigit());
    match path.len() {
        8 if digits => u32::from_str_radix(path, 16).ok().map(Ipv4Addr::from_bits),
        12 if digits => path.parse().ok().and_then(cmd::ip),
        _ => None,
    }
}

/// The address is one of ours.
pub(super) fn is_ours(cx: &Cx<'_>, net: &Net, ip: Ipv4Addr) -> bool {
    net.is_own(ip) || cx.circuits.iter().any(|circuit| circuit.own_ip() == Some(ip))
}

/// Why nothing is sent to this address, whoever names it.
pub(super) fn refusal(cx: &Cx<'_>, net: &Net, ip: Ipv4Addr) -> Option<&'static str> {
    if ip.octets().first() == Some(&0) || ip.is_loopback() {
        Some("no address of another machine")
    } else if ip.is_multicast() || ip.is_broadcast() {
        Some("an address of many machines")
    } else if is_ours(cx, net, ip) {
        Some("our own address")
    } else if !net.allows(cx.config, ip) {
        Some("outside of what is allowed")
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const IP: Ipv4Addr = Ipv4Addr::new(192, 0, 2, 10);

    fn of(url: &str, attributes: &str) -> (Option<NetworkNumber>, Option<Ipv4Addr>, Option<u16>) {
        let found = understand(url, &AttributeList::parse(attributes, Version::V2).unwrap());
        (found.network, found.ip, found.port)
    }

    #[test]
    fn what_we_announce_we_understand_in_both_versions() {
        let list = announcement::list("ROME", NetworkNumber(0xffff_fffd), IP, 2654);
        for version in [Version::V1, Version::V2] {
            let read = AttributeList::parse(&list.to_text(version), version).unwrap();
            let found = understand("service:mgw.novell:///ROME", &read);
            let expected = (Some(NetworkNumber(0xffff_fffd)), Some(IP), Some(2654));
            assert_eq!((found.network, found.ip, found.port), expected);
        }
        let text = list.to_text(Version::V2);
        assert!(text.contains("2-2-17-C000020A0A5E0000000000000000"), "{text}");
        assert!(text.contains("6-2-1000-FFFFFFFD7E01C000020A04510000"), "{text}");
    }

    #[test]
    fn the_network_is_a_number_in_base_16_whatever_it_looks_like() {
        for (written, number) in [
            ("FFFFFFFD", 0xffff_fffd),
            ("fffffffd", 0xffff_fffd),
            ("00000010", 0x10),
            ("10", 0x10),
            ("12345678", 0x1234_5678),
            ("0xABC12345", 0xabc1_2345),
        ] {
            let (network, ..) = of("", &format!("(cmd  network={written})"));
            assert_eq!(network, Some(NetworkNumber(number)), "{written}");
        }
        for wrong in ["", "123456789", "net 5", "true"] {
            assert_eq!(of("", &format!("(CMD NETWORK={wrong})")).0, None, "{wrong}");
        }
    }

    #[test]
    fn an_address_is_found_wherever_it_may_stand() {
        for (url, attributes) in [
            ("service:mgw.novell:///A", "(SVCADDR-WS=2-2-17-C000020A0A5E0000000000000000)"),
            ("service:mgw.novell:///A", "(svcaddr-ws=6-2-1000-0,2-1-6-c000020a0a5e)"),
            ("service:mgw.novell://192.0.2.10", ""),
            ("service:mgw.novell://192.0.2.10:2645/A", ""),
            ("service:mgw.novell:///192.0.2.10", ""),
            ("service:mgw.novell:///C000020A", ""),
            ("service:mgw.novell:///7E01C000020A", ""),
        ] {
            assert_eq!(of(url, attributes).1, Some(IP), "{url} {attributes}");
        }
        for url in ["service:mgw.novell:///ROME", "mgw.novell://192.0.2.10", ""] {
            assert_eq!(of(url, "(SVCADDR-WS=2-2-17-XYZ)").1, None, "{url}");
        }
    }
}
