//! Messages of DHCP, and the options in them.

use super::check_error;
use crate::wire::dhcp::{Ack, DirectoryAgents, Inform, NetWare, OptionFault, Scopes, code, kind};

/// DHCP: what decodes survives encoding, and whatever an option holds is understood or refused.
pub fn dhcp(bytes: &[u8]) {
    match Inform::decode(bytes) {
        Ok(inform) => assert_eq!(Inform::decode(&inform.encode()), Ok(inform)),
        Err(error) => check_error(&error, &["dhcp"]),
    }
    match Ack::decode(bytes) {
        Ok(ack) => {
            let again = Ack::decode(&ack.encode()).expect("what we write can be read");
            assert_eq!((again.xid, again.ip, again.mac), (ack.xid, ack.ip, ack.mac));
            for code in [code::DIRECTORY_AGENTS, code::SCOPES, code::NETWARE] {
                assert_eq!(again.options.get(code), ack.options.get(code));
                options(ack.options.get(code).unwrap_or_default());
            }
        }
        Err(error) => check_error(&error, &["dhcp"]),
    }
    let _ = kind(bytes);
    options(bytes);
}

fn options(value: &[u8]) {
    match DirectoryAgents::decode(value) {
        Ok(agents) => assert!(agents.addresses.len() * 4 < value.len()),
        Err(fault) => check(&fault),
    }
    match Scopes::decode(value) {
        Ok(Scopes::List { names, .. }) => assert!(!names.is_empty() && names.len() <= 255),
        Ok(Scopes::Free) => assert_eq!(value.len(), 1),
        Err(fault) => check(&fault),
    }
    let (netware, faults) = NetWare::decode(value);
    assert!(netware.agents.len() * 4 <= value.len());
    assert!(netware.network.is_none_or(crate::wire::NetworkNumber::is_assignable));
    faults.iter().for_each(check);
}

fn check(fault: &OptionFault) {
    match fault {
        OptionFault::Incorrect(error) => check_error(error, &["dhcp"]),
        other => assert!(!other.to_string().is_empty()),
    }
}
