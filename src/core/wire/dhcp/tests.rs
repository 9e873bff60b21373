//! Bytes of real servers, and of each form that is about.

use super::*;
use crate::wire::samples;
use crate::wire::{NetworkNumber, NodeAddress, Reason};

/// The payloads of the laboratory's DHCP datagrams: Ethernet, IP and UDP headers are 42 bytes.
fn payloads() -> Vec<&'static [u8]> {
    let all = samples::dhcp_frames().into_iter();
    all.filter(|frame| frame[36..38] == [0, 67] || frame[34..36] == [0, 67])
        .map(|f| &f[42..])
        .collect()
}

fn acks() -> Vec<Ack> {
    let acks = payloads().into_iter().filter(|payload| kind(payload) == Some(Kind::Ack));
    acks.map(|payload| Ack::decode(payload).unwrap()).collect()
}

#[test]
fn every_question_and_answer_of_the_laboratory_is_read() {
    let kinds: Vec<_> = payloads().into_iter().map(kind).collect();
    let count = |wanted| kinds.iter().filter(|kind| **kind == Some(wanted)).count();
    // OpenSLP's question names no hardware that exists, nor does the answer to it
    // [slp-dhcp-snmp §6].
    assert_eq!((count(Kind::Inform), count(Kind::Ack)), (6, 5), "{kinds:?}");
    let refused = payloads().into_iter().filter(|payload| kind(payload).is_none());
    let fields = refused.map(|payload| Ack::decode(payload).unwrap_err().field);
    assert_eq!(fields.collect::<Vec<_>>(), ["dhcp.hardware"; 2]);
    for payload in payloads() {
        if kind(payload) == Some(Kind::Inform) {
            let inform = Inform::decode(payload).unwrap();
            assert_eq!(inform.ip, "10.79.0.2".parse::<std::net::Ipv4Addr>().unwrap());
        }
    }
}

#[test]
fn what_dnsmasq_says_of_slp_and_netware_is_understood() {
    let acks = acks();
    let first = &acks[0];
    assert_eq!(first.server.to_string(), "10.79.0.1");
    let agents = DirectoryAgents::decode(first.options.get(code::DIRECTORY_AGENTS).unwrap());
    let ips = |list: &[&str]| list.iter().map(|ip| ip.parse().unwrap()).collect::<Vec<_>>();
    let expected = ips(&["10.79.0.1", "10.79.0.9"]);
    assert_eq!(agents, Ok(DirectoryAgents { mandatory: true, addresses: expected, name: None }));
    let scopes = Scopes::decode(first.options.get(code::SCOPES).unwrap());
    let names = "ME_SCOPE,DEFAULT".to_owned();
    assert_eq!(scopes, Ok(Scopes::List { mandatory: true, names }));
    let (netware, faults) = NetWare::decode(first.options.get(code::NETWARE).unwrap());
    assert_eq!(faults, []);
    assert_eq!(netware.network, Some(NetworkNumber(0xdead_beef)));
    assert_eq!(netware.stale_time, Some(0x3c));
    assert_eq!(netware.agents, ips(&["10.79.0.1", "10.79.0.9"]));
    // A question for other options gets no directory agent.
    assert_eq!(acks[2].options.get(code::DIRECTORY_AGENTS), None);
}

#[test]
fn the_forms_of_novells_draft_are_understood() {
    let acks = acks();
    let last = acks.last().unwrap();
    let agents = DirectoryAgents::decode(last.options.get(code::DIRECTORY_AGENTS).unwrap());
    let addresses = vec!["10.79.0.1".parse().unwrap()];
    assert_eq!(agents, Ok(DirectoryAgents { mandatory: false, addresses, name: None }));
    let scopes = Scopes::decode(last.options.get(code::SCOPES).unwrap());
    assert_eq!(scopes, Ok(Scopes::List { mandatory: false, names: "ME_SCOPE".to_owned() }));
}

#[test]
fn directory_agents_come_in_several_forms() {
    /// Pieces of the value; mandatory, and how many addresses.
    type Case<'a> = (&'a [&'a [u8]], Option<(bool, usize)>);
    let (a, b) = ([192, 0, 2, 1], [192, 0, 2, 2]);
    let cases: [Case<'_>; 12] = [
        (&[&[0], &a], Some((false, 1))),
        (&[&[1], &a, &b], Some((true, 2))),
        (&[&[0x80, 4], &a], Some((false, 1))),
        // tshark's reading: several groups behind a length of four.
        (&[&[0x80, 4], &a, &b], Some((false, 2))),
        (&[&[0xa0, 4], &a], Some((true, 1))),
        (&[&[0x90, 4], &a, b"SCOPE"], Some((false, 1))),
        (&[&[0x90, 8], &a, &b, b"SCOPE"], Some((false, 2))),
        (&[&[0xc0, 10], b"da.example"], Some((false, 0))),
        (&[&[1]], None),
        (&[&[1], &a, &b[..3]], None),
        (&[&[2], &a], None),
        (&[&[0x90, 9], &a], None),
    ];
    for (pieces, expected) in cases {
        let value = pieces.concat();
        let found = DirectoryAgents::decode(&value).ok();
        let seen = found.as_ref().map(|found| (found.mandatory, found.addresses.len()));
        assert_eq!(seen, expected, "{value:02x?}");
        assert_eq!(
            found.and_then(|found| found.name).is_some(),
            value[0] == 0xc0,
            "a name only where one is given: {value:02x?}"
        );
    }
    assert_eq!(
        DirectoryAgents::decode(&[]).map_err(|e| e.to_string()),
        Err("dhcp.directory_agents: needs 1 bytes, has 0".to_owned())
    );
}

#[test]
fn scopes_come_in_four_forms() {
    let list = |mandatory, names: &str| Ok(Scopes::List { mandatory, names: names.to_owned() });
    let cases: [(&[u8], Result<Scopes, OptionFault>); 13] = [
        (b"\x00ONE,TWO", list(false, "ONE,TWO")),
        (b"\x01ONE\0", list(true, "ONE")),
        (b"\x01", Ok(Scopes::Free)),
        (b"\x00", Ok(Scopes::Free)),
        (b"\x00\x03ME_SCOPE\0", list(false, "ME_SCOPE")),
        (b"\x03\xe8\0M\0E\0\0", list(false, "ME")),
        // 106 is no character set here, but the beginning of a list.
        (b"\x00join", list(false, "join")),
        (b"ME_SCOPE", list(false, "ME_SCOPE")),
        (b"ME_SCOPE\0rest", list(false, "ME_SCOPE")),
        (b"", Err(OptionFault::Form)),
        (b"\x02ONE", Err(OptionFault::Form)),
        (b"\x01\0", Err(OptionFault::Name)),
        (b"\x00ONE\x07", Err(OptionFault::Name)),
    ];
    for (value, expected) in cases {
        assert_eq!(Scopes::decode(value), expected, "{value:02x?}");
    }
}

#[test]
fn sub_options_count_each_for_itself() {
    // No mark in front; a number of three bytes; agents; one that goes beyond the end.
    let value = [12, 3, 1, 2, 3, 14, 4, 192, 0, 2, 9, 13, 2, 1, 0, 12, 9, 0];
    let (found, faults) = NetWare::decode(&value);
    assert_eq!(found.network, None);
    assert_eq!(found.agents, ["192.0.2.9".parse::<std::net::Ipv4Addr>().unwrap()]);
    assert_eq!(found.stale_time, Some(256));
    let reasons: Vec<_> = faults.iter().map(ToString::to_string).collect();
    assert_eq!(
        reasons,
        ["dhcp.cmd_network: 3 is outside 4 to 4", "dhcp.netware: needs 9 bytes, has 1",]
    );
    for unset in [0_u32, 0xffff_fffe, 0xffff_ffff] {
        let value = [&[2, 0, 12, 4][..], &unset.to_be_bytes()].concat();
        assert_eq!(NetWare::decode(&value), (NetWare::default(), vec![]), "{unset:08x}");
    }
    let (found, _) = NetWare::decode(&[12, 4, 0xff, 0xff, 0xff, 0xfd]);
    assert_eq!(found.network, Some(NetworkNumber(0xffff_fffd)));
}

fn inform() -> Inform {
    Inform {
        xid: 0x1234_5678,
        ip: "192.0.2.7".parse().unwrap(),
        mac: NodeAddress([2, 0, 0, 0, 0, 7]),
        wanted: vec![62, 63, 78, 79],
    }
}

#[test]
fn a_question_has_the_fields_that_servers_want() {
    let bytes = inform().encode();
    assert!(bytes.len() >= 300, "{}", bytes.len());
    assert_eq!(bytes[..12], [1, 1, 6, 0, 0x12, 0x34, 0x56, 0x78, 0, 0, 0, 0]);
    assert_eq!(bytes[12..28], [192, 0, 2, 7, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
    assert_eq!(bytes[28..34], [2, 0, 0, 0, 0, 7]);
    assert_eq!(
        bytes[236..256],
        [99, 130, 83, 99, 53, 1, 8, 55, 4, 62, 63, 78, 79, 57, 2, 0x05, 0xc0, 255, 0, 0]
    );
    assert_eq!(Inform::decode(&bytes), Ok(inform()));
    assert_eq!(kind(&bytes), Some(Kind::Inform));
    assert_eq!(Ack::decode(&bytes).unwrap_err().field, "dhcp.operation");
}

fn ack(options: Options) -> Ack {
    let Inform { xid, ip, mac, .. } = inform();
    let server: std::net::Ipv4Addr = "192.0.2.1".parse().unwrap();
    let options = options.with(code::MESSAGE_TYPE, &[5]).with(code::SERVER, &server.octets());
    Ack { xid, ip, mac, server, options }
}

#[test]
fn a_long_option_goes_in_pieces_and_comes_back_whole() {
    let long: Vec<u8> = (0..=255).cycle().take(700).collect();
    for length in [0, 1, 254, 255, 256, 510, 700] {
        let ack = ack(Options::default().with(code::NETWARE, &long[..length]));
        assert_eq!(Ack::decode(&ack.encode()), Ok(ack), "{length}");
    }
}

#[test]
fn options_go_on_in_the_names_of_server_and_file() {
    let mut bytes = ack(Options::default().with(code::OVERLOAD, &[3])).encode();
    bytes[44..44 + 5].copy_from_slice(&[79, 2, 0, b'B', 255]);
    bytes[108..108 + 7].copy_from_slice(&[78, 5, 1, 192, 0, 2, 1]);
    let options = Ack::decode(&bytes).unwrap().options;
    assert_eq!(options.get(code::DIRECTORY_AGENTS), Some(&[1, 192, 0, 2, 1][..]));
    assert_eq!(options.get(code::SCOPES), Some(&[0, b'B'][..]));
    // Without the option that says so they are no options.
    let mut bytes = ack(Options::default()).encode();
    bytes[108..108 + 7].copy_from_slice(&[78, 5, 1, 192, 0, 2, 1]);
    assert_eq!(Ack::decode(&bytes).unwrap().options.get(code::DIRECTORY_AGENTS), None);
}

#[test]
fn other_messages_are_refused_with_the_field() {
    let good = ack(Options::default()).encode();
    let cases: [(usize, u8, &str); 5] = [
        (0, 1, "dhcp.operation"),
        (1, 6, "dhcp.hardware"),
        (2, 8, "dhcp.hardware_length"),
        (236, 0, "dhcp.cookie"),
        (242, 6, "dhcp.message_type"),
    ];
    for (at, value, field) in cases {
        let mut bytes = good.clone();
        bytes[at] = value;
        assert_eq!(Ack::decode(&bytes).unwrap_err().field, field);
    }
    // No server, by another number for that option.
    let mut bytes = good.clone();
    bytes[243] = 55;
    let error = Ack::decode(&bytes).unwrap_err();
    assert_eq!(
        (error.field, error.reason),
        ("dhcp.server", Reason::Truncated { need: 4, have: 0 })
    );
    // Cut anywhere in front of the options, or within one: an error, never a panic.
    for length in 0..249 {
        assert!(Ack::decode(&good[..length]).is_err(), "{length}");
    }
}
