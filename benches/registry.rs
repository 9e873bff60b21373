//! The registry of a directory agent, with 1,000 and with 10,000 services: what a registration and
//! a question cost, how much memory an entry takes, and how long another directory agent that
//! knows nothing needs to be in step.
//!
//! `cargo bench -p ipxway-core --features sim --bench registry`; other sizes:
//! `IPXWAY_SERVICES=100000`. It is the real core in simulated time, in one thread; every message
//! is decoded from bytes and every answer encoded. Beside each question stands what it costs to
//! decode its answer, by the same codec.
#![allow(clippy::disallowed_methods, clippy::disallowed_types, reason = "a bench takes time")]
#![allow(clippy::print_stdout, clippy::cast_precision_loss, reason = "figures for people")]
#![allow(clippy::unwrap_used, reason = "a bench that finds nothing to unwrap measures nothing")]

use std::cell::RefCell;
use std::net::{Ipv4Addr, SocketAddrV4};
use std::rc::Rc;
use std::time::{Duration, Instant};
use std::{env, fs};

use bytes::Bytes;
use ipxway_core::config::DirectoryAgent;
use ipxway_core::ids::{InterfaceId, StreamId};
use ipxway_core::router::{Input, IpService, StreamEvent};
use ipxway_core::sim::{SECOND, Seen, Topology, World, within};
use ipxway_core::wire::slp::{
    AttrRequest, Body, Flags, Header, Message, ScopeList, SrvReg, SrvRequest, TypeRequest,
    UrlEntry, Version,
};

/// Agents of one CMD network.
const OF_NETWORK: usize = 20;
/// Services that a host registers.
const OF_HOST: usize = 50;
/// Times that a question is asked.
const TIMES: u32 = 50;
/// The connection that all is asked on.
const STREAM: StreamId = StreamId(1 << 40);
const ROME: Ipv4Addr = Ipv4Addr::new(10, 0, 0, 1);
const OSLO: Ipv4Addr = Ipv4Addr::new(10, 0, 0, 2);

fn main() {
    // `cargo bench` says `--bench`; `cargo test` says nothing, and runs it as a test.
    let default = if env::args().any(|arg| arg == "--bench") { "1000,10000" } else { "100" };
    let sizes = env::var("IPXWAY_SERVICES").unwrap_or_else(|_| default.to_owned());
    for size in sizes.split(',') {
        measure(size.trim().parse().unwrap());
    }
}

fn network(index: usize) -> String {
    format!("{:08X}", 0xC0DE_0000 + index / OF_NETWORK)
}

fn url(index: usize) -> String {
    format!("service:mgw.novell:///OFFICE-{index:05}")
}

fn scopes() -> ScopeList {
    ScopeList::from_names(["DEFAULT"])
}

fn message(body: Body) -> Vec<u8> {
    let mut header = Header::new(Version::V2, 7);
    header.flags = Flags { fresh: matches!(body, Body::SrvReg(_)), ..Flags::default() };
    Message { header, body, extensions: Default::default() }.encode().unwrap()
}

/// The registration of an agent, as ours write it.
fn registration(index: usize) -> Vec<u8> {
    let host = u32::try_from(index).unwrap();
    let attributes = format!(
        "(CMD NETWORK={}),(SVCNAME-WS=OFFICE-{index:05}),(SVCADDR-WS=2-2-17-{:08X}0A5E{:016})",
        network(index),
        0x0a80_0000 + host,
        0
    );
    message(Body::SrvReg(SrvReg {
        entry: UrlEntry { lifetime_s: 3_600, url: url(index) },
        service_type: "service:mgw.novell".to_owned(),
        scopes: scopes(),
        attributes,
    }))
}

fn measure(services: usize) {
    let before = memory();
    let topology = Topology::new().site("rome").site("oslo").cmd(0xffff_fffd, &["rome", "oslo"]);
    let mut world = World::seeded(1).with(topology.by_slp().tune(|config| {
        config.slp.multicast = false;
        config.slp.directory_agent = Some(DirectoryAgent {
            mesh_peers: vec![ROME, OSLO],
            registrations: 1_000_000,
            ..DirectoryAgent::default()
        });
    }));
    let sent = Rc::new(RefCell::new((0_u64, 0_u64)));
    let shared = Rc::clone(&sent);
    world.watch(move |seen| {
        if let Seen::Stream { payload, .. } = seen {
            let mut sent = shared.borrow_mut();
            sent.0 += 1;
            sent.1 += payload.len() as u64;
        }
    });
    world.run_for(SECOND);
    world.kill("oslo");
    world.run_for(SECOND);

    let mut spent = Duration::ZERO;
    for index in 0..services {
        let host = Ipv4Addr::from(0x0a80_0000 + u32::try_from(index / OF_HOST).unwrap());
        let from = SocketAddrV4::new(host, 427);
        let payload = Bytes::from(registration(index));
        let (interface, service, to) = (InterfaceId(0), IpService::Slp, ROME);
        let input = Input::Datagram { interface, service, from, to, payload };
        let started = Instant::now();
        world.give("rome", input);
        spent += started.elapsed();
    }
    let registered = world.registered("rome");
    // And the directory agent itself, which is an agent of the CMD network, too.
    assert_eq!(registered, services + 1);
    let each = (memory().saturating_sub(before)) / services as u64;
    println!("{services} services of {} CMD networks", services / OF_NETWORK);
    println!("  a registration: {:.1} us; an entry: {each} bytes", micros(spent, services));

    ask_all(&mut world, services);

    *sent.borrow_mut() = (0, 0);
    world.forget("oslo");
    let started = Instant::now();
    world.restart("oslo");
    let took = world.run_until(|w| w.registered("oslo") >= services, within(600 * SECOND));
    let cpu = started.elapsed();
    let (messages, bytes) = *sent.borrow();
    println!(
        "  another directory agent, empty, is in step after {:.2} s: {messages} pieces, {} KiB, \
         {} ms of processor time for both",
        took.as_secs_f64(),
        bytes >> 10,
        cpu.as_millis(),
    );
}

/// Asks each kind of question.
fn ask_all(world: &mut World, services: usize) {
    let from = SocketAddrV4::new(Ipv4Addr::new(10, 200, 0, 1), 40_000);
    let event = StreamEvent::Accepted { to: ROME, from };
    world.give("rome", Input::Stream { id: STREAM, event });
    let service_type = || "service:mgw.novell".to_owned();
    let find = |filter: String| {
        let (service_type, scopes) = (service_type(), scopes());
        message(Body::SrvRqst(SrvRequest { service_type, scopes, filter, ..Default::default() }))
    };
    let attributes = |target: String, tags: &str| {
        let (scopes, tags) = (scopes(), tags.to_owned());
        message(Body::AttrRqst(AttrRequest { target, scopes, tags, ..Default::default() }))
    };
    let types = TypeRequest { scopes: scopes(), ..Default::default() };
    let middle = services / 2;
    let questions = [
        ("the agents of a CMD network", find(format!("(CMD NETWORK={})", network(middle)))),
        ("all agents", find(String::new())),
        ("the attributes of one", attributes(url(middle), "")),
        ("the networks of all", attributes(service_type(), "CMD NETWORK")),
        ("all attributes of all", attributes(service_type(), "")),
        ("the types", message(Body::SrvTypeRqst(types))),
    ];
    for (what, question) in questions {
        ask(world, what, &question);
    }
}

/// Asks one question many times, on a connection.
fn ask(world: &mut World, what: &str, question: &[u8]) {
    let answers = Rc::new(RefCell::new(Vec::new()));
    let shared = Rc::clone(&answers);
    world.watch(move |seen| {
        if let Seen::Stream { from: ROME, payload, .. } = seen {
            shared.borrow_mut().push(payload.to_vec());
        }
    });
    let mut spent = Duration::ZERO;
    for _ in 0..TIMES {
        // Twenty answers a second, to one host.
        world.run_for(SECOND / 10);
        answers.borrow_mut().clear();
        let event = StreamEvent::Received(Bytes::copy_from_slice(question));
        let started = Instant::now();
        world.give("rome", Input::Stream { id: STREAM, event });
        spent += started.elapsed();
    }
    let answers = answers.borrow();
    let answer = answers.last().unwrap();
    let started = Instant::now();
    for _ in 0..TIMES {
        Message::decode(answer).unwrap();
    }
    let decoding = started.elapsed();
    println!(
        "  {what}: {:.0} us, {} bytes; decoding that {:.0} us",
        micros(spent, TIMES as usize),
        answer.len(),
        micros(decoding, TIMES as usize),
    );
}

fn micros(spent: Duration, times: usize) -> f64 {
    spent.as_secs_f64() * 1e6 / times as f64
}

/// Bytes of memory that are in use.
fn memory() -> u64 {
    let statm = fs::read_to_string("/proc/self/statm").unwrap_or_default();
    let pages: u64 = statm.split(' ').nth(1).and_then(|pages| pages.parse().ok()).unwrap_or(0);
    pages * 4_096
}
