//! Rows of the database.

use super::*;
use crate::router::{NlspLspRow, NlspOption};
use crate::wire::nlsp::{Area, ExternalRoute, ExternalRoutes, ServiceInfo};
use crate::wire::sap::{ServiceName, ServiceType};
use crate::wire::{Address, Socket};

fn rows(lsdb: &Lsdb, now: Time, after: Option<&str>, detail: bool) -> Page<NlspLspRow> {
    let config = config();
    let circuits = circuits(&config);
    database(view(&config, &circuits, now), lsdb, after, detail).unwrap()
}

#[test]
fn a_packet_is_shown_with_its_age_and_what_its_bits_say() {
    let mut lsdb = Lsdb::new(10);
    put(&mut lsdb, US.router().lsp(0), Flags::OVERLOADED, &[management(1, "OSLO")]);
    put(&mut lsdb, US.lan(3).lsp(2), Flags(0x89), &[]);
    put(&mut lsdb, system(9).router().lsp(0), Flags::LEVEL_1, &[]);
    lsdb.purge(NOW, system(9).router().lsp(0), 8, None);
    let page = rows(&lsdb, NOW + std::time::Duration::from_secs(100), None, false);
    assert_eq!((page.total, page.next), (3, None));
    let [ours, lan, gone] = page.rows.try_into().unwrap();
    assert_eq!((ours.lsp.as_str(), ours.name.as_deref()), ("020000000001-00-00", Some("OSLO")));
    assert_eq!((ours.sequence, ours.lifetime_s, ours.own), (7, 7_400, true));
    assert_eq!((ours.flags, ours.options), (vec!["overloaded".to_owned()], None));
    // A LAN is called as its router; bits of Level 2 are told and mean nothing to us.
    assert_eq!((lan.lsp.as_str(), lan.name.as_deref()), ("020000000001-03-02", Some("OSLO")));
    assert_eq!(lan.flags, ["attached", "partition-repair"]);
    assert_eq!((gone.sequence, gone.lifetime_s, gone.size), (8, 0, 27));
    assert_eq!((gone.flags, gone.own, gone.name), (vec!["purged".to_owned()], false, None));
}

#[test]
fn everything_that_a_packet_says_is_told_if_asked_for_and_each_route_by_itself() {
    let mut lsdb = Lsdb::new(10);
    let routes = [(2, 0xd00, 7), (3, 0xd01, 8)].map(|(hops, network, ticks)| {
        ExternalRoute { hops, network: NetworkNumber(network), ticks }.to_bytes()
    });
    let address = Address::new(NetworkNumber(1), NodeAddress::INTERNAL, Socket::NCP);
    let service = ServiceInfo {
        hops: 1,
        address,
        service_type: ServiceType(4),
        name: ServiceName::new("ACCOUNTS"),
    };
    let said = [
        LspOption::Areas(vec![Area::ALL]),
        management(1, "O\x1bSLO"),
        link(US.lan(2), 20),
        LspOption::Service(service),
        LspOption::External(ExternalRoutes::new(&routes)),
    ];
    put(&mut lsdb, US.router().lsp(0), Flags::LEVEL_1, &said);
    let page = rows(&lsdb, NOW, None, true);
    let row = page.rows.first().unwrap();
    let expected = [
        NlspOption::Areas { areas: vec!["00000000/00000000".to_owned()] },
        NlspOption::Management {
            network: NetworkNumber(1),
            node: NodeAddress::INTERNAL,
            name: "O\\x1BSLO".to_owned(),
        },
        NlspOption::Link(crate::router::NlspLinkRow {
            to: "020000000001-02".to_owned(),
            cost: Some(20),
            mtu: 1_500,
            delay_us: 200,
            throughput_bps: 10_000_000,
            media: "ip-tunnel".to_owned(),
        }),
        NlspOption::Service {
            service_type: "0004".to_owned(),
            name: "ACCOUNTS".to_owned(),
            address,
            hops: 1,
        },
        NlspOption::Route { network: NetworkNumber(0xd00), hops: 2, ticks: 7 },
        NlspOption::Route { network: NetworkNumber(0xd01), hops: 3, ticks: 8 },
    ];
    assert_eq!(row.options.as_deref(), Some(&expected[..]));
}

#[test]
fn pages_of_the_database_join_without_gap_or_repetition() {
    let mut lsdb = Lsdb::new(5_000);
    let routes = [[1, 0, 0, 0, 9, 0, 1]; 36];
    let full = vec![LspOption::External(ExternalRoutes::new(&routes)); 2];
    for number in 0..2_500_u16 {
        let [high, low] = number.to_be_bytes();
        put(&mut lsdb, system(high).router().lsp(low), Flags::LEVEL_1, &full);
    }
    for (detail, most) in [(false, PAGE), (true, MOST_IN_PAGE / 73 + 1)] {
        let (mut seen, mut after) = (Vec::new(), None);
        loop {
            let page = rows(&lsdb, NOW, after.as_deref(), detail);
            assert!(page.rows.len() <= most, "{} rows", page.rows.len());
            assert_eq!(page.total, 2_500);
            seen.extend(page.rows.into_iter().map(|row| row.lsp));
            after = page.next;
            if after.is_none() {
                break;
            }
        }
        assert_eq!(seen.len(), 2_500);
        assert!(seen.is_sorted_by(|one, next| one < next));
    }
}
