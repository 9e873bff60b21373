//! DHCP: options only, never an address.

use super::super::Without::Otherwise;
use super::super::{Count, Section, Takes, key};

pub(super) const DHCP: Section = Section {
    path: "dhcp",
    about: "DHCP, asked for options alone (78 and 79: directory agents and scopes of SLP; 63: \
            number and agents of a CMD network), never for an address.",
    keys: &[
        key(
            "enabled",
            Takes::Flag,
            Otherwise("where something would come of it", "true"),
            "Ask it. Something comes of it for SLP if `slp.da_discovery` has \"dhcp\", and for a \
             CMD network without a number, or with `dhcp_agents`.",
        ),
        key(
            "interfaces",
            Takes::List(r#"IPv4 addresses of this machine, interface names, or "auto""#),
            Otherwise("those of SLP, and of the CMD network that it tells of", r#"["eth0"]"#),
            "Where it is asked. The first that tells something of a matter counts.",
        ),
    ],
    sections: &[],
    count: Count::Once,
};
