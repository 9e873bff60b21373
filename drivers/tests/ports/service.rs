//! The sockets of an IP service: what is sent to our address, to groups and to everybody.

use std::io::{self, Read, Write};
use std::net::{Ipv4Addr, SocketAddr, SocketAddrV4, TcpStream, UdpSocket};

use ipxway_drivers::{OpenError, ServiceOptions, ServiceSockets, open_service};

use crate::namespace::{eventually, ip, lose_network_rights, wire, within};

const NEAR: Ipv4Addr = Ipv4Addr::new(10, 0, 0, 1);
const FAR: Ipv4Addr = Ipv4Addr::new(10, 0, 0, 2);
const GROUP: Ipv4Addr = Ipv4Addr::new(239, 255, 255, 253);
const OTHER_GROUP: Ipv4Addr = Ipv4Addr::new(224, 0, 1, 22);
const OF_NETWORK: Ipv4Addr = Ipv4Addr::new(10, 0, 0, 255);
const PORT: u16 = 427;

fn options(ip: Ipv4Addr) -> ServiceOptions {
    ServiceOptions { ip, port: PORT, groups: Vec::new(), ttl: 3, broadcast: false, tcp: false }
}

/// Two addresses on the two ends of a wire that the kernel does not tell from another machine's:
/// what goes to the far one leaves by the near interface.
fn two_ends() {
    wire("near", "far");
    ip("address add 10.0.0.1/24 dev near");
    ip("address add 10.0.0.2/24 dev far");
    // What comes from an address of our own is taken all the same.
    for file in ["all/accept_local", "near/accept_local", "far/accept_local"] {
        std::fs::write(format!("/proc/sys/net/ipv4/conf/{file}"), "1").unwrap();
    }
    for file in ["all/rp_filter", "near/rp_filter", "far/rp_filter"] {
        std::fs::write(format!("/proc/sys/net/ipv4/conf/{file}"), "0").unwrap();
    }
}

/// What has come to each socket: its own address or that of the group, sender, payload.
fn heard(sockets: &ServiceSockets) -> Vec<(Ipv4Addr, SocketAddr, Vec<u8>)> {
    let SocketAddr::V4(own) = sockets.own.local_addr().unwrap() else { panic!() };
    let all = std::iter::once((*own.ip(), &sockets.own));
    let all = all.chain(sockets.others.iter().map(|(to, socket)| (*to, socket)));
    let mut heard = Vec::new();
    let mut buffer = [0; 2_000];
    for (to, socket) in all {
        loop {
            match socket.recv_from(&mut buffer) {
                Ok((length, from)) => heard.push((to, from, buffer[..length].to_vec())),
                Err(error) => {
                    assert_eq!(error.kind(), io::ErrorKind::WouldBlock);
                    break;
                }
            }
        }
    }
    heard
}

#[test]
fn what_goes_to_a_group_or_to_everybody_comes_by_a_socket_of_its_own() {
    within(|| {
        two_ends();
        let groups = vec![GROUP, OTHER_GROUP];
        let near = open_service(&options(NEAR)).unwrap();
        let far = ServiceOptions { groups, broadcast: true, ..options(FAR) };
        let far = open_service(&far).unwrap();
        assert_eq!(far.others.len(), 4);
        let sender = SocketAddrV4::new(NEAR, PORT);
        let mut expected = Vec::new();
        for to in [GROUP, OTHER_GROUP] {
            near.own.send_to(b"to a group", (to, PORT)).unwrap();
            expected.push((to, sender.into(), b"to a group".to_vec()));
        }
        // Another program of the near machine, which may send to everybody.
        let program = UdpSocket::bind((NEAR, 0)).unwrap();
        program.set_broadcast(true).unwrap();
        for to in [Ipv4Addr::BROADCAST, OF_NETWORK] {
            program.send_to(b"to all", (to, PORT)).unwrap();
            expected.push((to, program.local_addr().unwrap(), b"to all".to_vec()));
        }
        near.own.send_to(b"to one", (FAR, PORT)).unwrap();
        expected.push((FAR, sender.into(), b"to one".to_vec()));
        expected.sort();
        let mut all = Vec::new();
        eventually("all datagrams", || {
            all.extend(heard(&far));
            all.len() >= expected.len()
        });
        all.sort();
        assert_eq!(all, expected);
    });
}

#[test]
fn without_groups_and_broadcast_only_what_goes_to_our_address_comes() {
    within(|| {
        two_ends();
        let (near, far) =
            (open_service(&options(NEAR)).unwrap(), open_service(&options(FAR)).unwrap());
        assert!(far.others.is_empty() && far.listener.is_none());
        near.own.send_to(b"to a group", (GROUP, PORT)).unwrap();
        near.own.send_to(b"to one", (FAR, PORT)).unwrap();
        let mut all = Vec::new();
        eventually("a datagram", || {
            all.extend(heard(&far));
            !all.is_empty()
        });
        assert_eq!(all, [(FAR, SocketAddrV4::new(NEAR, PORT).into(), b"to one".to_vec())]);
        // It may not send to everybody either.
        assert!(far.own.send_to(b"to all", (Ipv4Addr::BROADCAST, PORT)).is_err());
    });
}

#[test]
fn two_agents_of_one_machine_hear_one_group_each_on_its_interface() {
    within(|| {
        two_ends();
        let groups = || vec![GROUP];
        let one = open_service(&ServiceOptions { groups: groups(), ..options(NEAR) }).unwrap();
        let other = open_service(&ServiceOptions { groups: groups(), ..options(FAR) }).unwrap();
        one.own.send_to(b"from near", (GROUP, PORT)).unwrap();
        let mut all = Vec::new();
        eventually("a datagram", || {
            all.extend(heard(&other));
            !all.is_empty()
        });
        assert_eq!(all.len(), 1, "{all:?}");
    });
}

#[test]
fn connections_are_accepted_where_they_are_wanted() {
    within(|| {
        two_ends();
        let far = open_service(&ServiceOptions { tcp: true, ..options(FAR) }).unwrap();
        let listener = far.listener.expect("a listener");
        let mut near = TcpStream::connect((FAR, PORT)).unwrap();
        near.write_all(b"hello").unwrap();
        let mut accepted = None;
        eventually("a connection", || {
            accepted = listener.accept().ok();
            accepted.is_some()
        });
        let (mut stream, _) = accepted.expect("a connection");
        stream.set_nonblocking(false).unwrap();
        let mut buffer = [0; 5];
        stream.read_exact(&mut buffer).unwrap();
        assert_eq!(&buffer, b"hello");
    });
}

#[test]
fn what_is_in_the_way_is_said() {
    within(|| {
        let error = open_service(&options(NEAR)).unwrap_err();
        assert!(matches!(error, OpenError::AddressNotHere { ip: NEAR }), "{error}");
        two_ends();
        let held = UdpSocket::bind((NEAR, PORT)).unwrap();
        let error = open_service(&options(NEAR)).unwrap_err();
        assert!(matches!(error, OpenError::ServicePortBusy { .. }), "{error}");
        drop(held);
        assert_eq!(open_service(&options(NEAR)).unwrap().mtu, 1_500);
        lose_network_rights();
        let error = open_service(&options(NEAR)).unwrap_err();
        let OpenError::NoPermission { capability, .. } = error else { panic!("{error}") };
        assert_eq!(capability, "CAP_NET_BIND_SERVICE");
    });
}
