//! The verbs of `ipxway host`: what each does, prints, and leaves as exit code.
//!
//! Exit codes: 0 if what was asked for was found, answered or received in full, 1 if not, 2 if
//! the host could not even try.

use std::io::{self, Write};
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use anyhow::Context;
use ipxway_core::wire::{Address, NetworkNumber, NodeAddress};
use serde::Serialize;

use super::Args;
use super::args::{Find, List, Ping, Place, Receive, Send, Serve, Verb};
use super::client::{self, Found, Route};
use super::server::{Server, State};
use super::stream::Tally;
use super::transfer;
use super::wire::{Device, Wire};
use crate::interrupt::on_interrupt;

/// Time between two questions for the number of the network: three in quick succession, then
/// this [ipx-rip-sap §7].
const ASK_SLOWLY: Duration = Duration::from_secs(10);

/// Runs `ipxway host`.
#[must_use]
pub fn run(args: &Args) -> ExitCode {
    let done = match &args.verb {
        Verb::Serve(serve) => run_serve(serve),
        Verb::Find(find) => run_find(find),
        Verb::List(list) => run_list(list),
        Verb::Ping(ping) => run_ping(ping),
        Verb::Send(send) => run_send(send),
        Verb::Receive(receive) => run_receive(receive),
    };
    match done {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            let pipe = error.downcast_ref::<io::Error>().map(io::Error::kind);
            if pipe == Some(io::ErrorKind::BrokenPipe) {
                return ExitCode::SUCCESS;
            }
            // Nothing is left to do if standard error is closed too.
            let _ = writeln!(io::stderr(), "ipxway host: {error:#}");
            ExitCode::from(2)
        }
    }
}

fn open(place: &Place) -> anyhow::Result<Wire> {
    let name = place.device.clone();
    let device = if place.tap { Device::Tap(name) } else { Device::Nic(name) };
    Wire::open(&device, &place.attachments, place.node)
        .with_context(|| format!("device {}", place.device))
}

fn say(line: &str) -> io::Result<()> {
    let mut out = io::stdout().lock();
    writeln!(out, "{line}")?;
    out.flush()
}

fn say_json(value: &impl Serialize) -> anyhow::Result<()> {
    Ok(say(&serde_json::to_string(value)?)?)
}

/// True after SIGINT or SIGTERM, which also end the present wait of `wire`.
fn stop_flag(wire: &Wire) -> anyhow::Result<Arc<AtomicBool>> {
    let stop = Arc::new(AtomicBool::new(false));
    let (flag, waker) = (stop.clone(), wire.waker());
    on_interrupt(move || {
        flag.store(true, Ordering::Release);
        waker.wake();
    })?;
    Ok(stop)
}

fn run_serve(args: &Serve) -> anyhow::Result<bool> {
    let mut wire = open(&args.place)?;
    wire.station.internal = args.internal;
    let server = Server { services: args.services.clone() };
    let stop = stop_flag(&wire)?;
    let count = wire.station.attachments().len();
    // When each attachment speaks next unasked, and how often it has asked for its number.
    let mut plan = vec![(Instant::now(), 0u32); count];
    say(&format!("serving as {} on {}", wire.station.node, args.place.device))?;
    while !stop.load(Ordering::Acquire) {
        let now = Instant::now();
        for (on, (next, asked)) in plan.iter_mut().enumerate() {
            if *next > now {
                continue;
            }
            if wire.station.network(on) == NetworkNumber::THIS {
                wire.send(&Server::question(&wire.station, on))?;
                *asked += 1;
                *next = now + if *asked < 3 { Duration::from_secs(1) } else { ASK_SLOWLY };
            } else {
                announce(&mut wire, &server, on, State::Up)?;
                *next = now + args.interval;
            }
        }
        let known = known_networks(&wire);
        let until = plan.iter().map(|(next, _)| *next).min().unwrap_or(now + args.interval);
        wire.round(until, |station, heard, out| out.extend(server.answers(station, heard)))?;
        for (on, (next, _)) in plan.iter_mut().enumerate() {
            // A number just learned is used at once.
            if known.get(on) == Some(&false) && wire.station.network(on) != NetworkNumber::THIS {
                *next = Instant::now();
            }
        }
    }
    for on in 0..count {
        announce(&mut wire, &server, on, State::Down)?;
    }
    Ok(true)
}

fn known_networks(wire: &Wire) -> Vec<bool> {
    let places = wire.station.attachments();
    places.iter().map(|place| place.network != NetworkNumber::THIS).collect()
}

fn announce(wire: &mut Wire, server: &Server, on: usize, state: State) -> anyhow::Result<()> {
    let packets = server.announcements(&wire.station, on, state);
    packets.iter().try_for_each(|packet| wire.send(packet))
}

#[derive(Serialize)]
struct FindReport {
    found: bool,
    server: Option<Found>,
    route: Option<Route>,
    network: NetworkNumber,
}

fn run_find(args: &Find) -> anyhow::Result<bool> {
    let mut wire = open(&args.place)?;
    let server = client::nearest(&mut wire, args.service_type, args.timeout)?;
    let route = match &server {
        Some(server) => client::route(&mut wire, server.address.network, args.timeout)?,
        None => None,
    };
    let found = server.is_some() && route.is_some();
    if args.place.json {
        let network = wire.station.network(route.map_or(0, |route| route.on));
        say_json(&FindReport { found, server, route, network })?;
        return Ok(found);
    }
    let Some(server) = server else {
        let waited = args.timeout.as_secs_f64();
        say(&format!("no server of type {} answered in {waited} s", args.service_type))?;
        return Ok(false);
    };
    say(&format!(
        "{} {} at {}, {} hops, says {}",
        server.service_type, server.name, server.address, server.hops, server.answered_by
    ))?;
    match route {
        Some(route) => say(&describe(&wire, &route))?,
        None => say(&format!("no router leads to its network {}", server.address.network))?,
    }
    Ok(found)
}

fn describe(wire: &Wire, route: &Route) -> String {
    let own = wire.station.network(route.on);
    match route.router {
        Some(router) => format!(
            "network {} by router {router}: {} hops, {} ticks; this is network {own}",
            route.network, route.hops, route.ticks
        ),
        None => format!("network {} is this one", route.network),
    }
}

fn run_list(args: &List) -> anyhow::Result<bool> {
    let mut wire = open(&args.place)?;
    let services = client::list(&mut wire, args.service_type, args.timeout)?;
    if args.place.json {
        say_json(&services)?;
        return Ok(true);
    }
    say(&format!("{:4}  {:32}  {:26}  {:>4}", "TYPE", "NAME", "ADDRESS", "HOPS"))?;
    for service in &services {
        say(&format!(
            "{:4}  {:32}  {:26}  {:>4}",
            service.service_type, service.name, service.address, service.hops
        ))?;
    }
    Ok(true)
}

#[derive(Serialize)]
struct PingReport {
    to: Address,
    sent: u16,
    received: u16,
    least_us: Option<u64>,
    mean_us: Option<u64>,
    greatest_us: Option<u64>,
    hops: Option<u8>,
}

fn run_ping(args: &Ping) -> anyhow::Result<bool> {
    let mut wire = open(&args.place)?;
    let route = find_route(&mut wire, args.to, args.timeout)?;
    let identifier = u16::try_from(std::process::id() & 0xffff).unwrap_or(0);
    let (mut times, mut hops) = (Vec::new(), None);
    for sequence in 0..args.count {
        let start = Instant::now();
        let what = (identifier, sequence, args.size);
        let last = sequence + 1 == args.count;
        let wait = if last { args.timeout } else { args.interval };
        let answer = client::ping(&mut wire, &route, args.to, what, wait)?;
        let line = match answer {
            Some((time, crossed)) => {
                times.push(u64::try_from(time.as_micros()).unwrap_or(u64::MAX));
                hops = Some(crossed);
                format!(
                    "{} bytes from {}.{}: sequence {sequence}, {crossed} routers, {:.3} ms",
                    args.size,
                    args.to.network,
                    args.to.node,
                    time.as_secs_f64() * 1e3
                )
            }
            None => format!("no answer to sequence {sequence}"),
        };
        if !args.place.json {
            say(&line)?;
        }
        if !last {
            std::thread::sleep((start + args.interval).saturating_duration_since(Instant::now()));
        }
    }
    let received = u16::try_from(times.len()).unwrap_or(u16::MAX);
    let mean = times.iter().sum::<u64>().checked_div(times.len() as u64);
    let (least, greatest) = (times.iter().min().copied(), times.iter().max().copied());
    let report = PingReport {
        to: args.to,
        sent: args.count,
        received,
        least_us: least,
        mean_us: mean,
        greatest_us: greatest,
        hops,
    };
    if args.place.json {
        say_json(&report)?;
    } else {
        say(&summary(&report))?;
    }
    Ok(received > 0)
}

fn summary(report: &PingReport) -> String {
    let loss = 100 * (report.sent - report.received) / report.sent;
    let ms = |us: Option<u64>| us.unwrap_or(0) as f64 / 1e3;
    let times = if report.received > 0 {
        format!(
            ", round trip {:.3}/{:.3}/{:.3} ms (least/mean/greatest)",
            ms(report.least_us),
            ms(report.mean_us),
            ms(report.greatest_us)
        )
    } else {
        String::new()
    };
    format!("{} sent, {} received, {loss} % lost{times}", report.sent, report.received)
}

fn find_route(wire: &mut Wire, to: Address, timeout: Duration) -> anyhow::Result<Route> {
    client::route(wire, to.network, timeout)?.with_context(|| {
        let seconds = timeout.as_secs_f64();
        format!("no router answered for network {} in {seconds} s", to.network)
    })
}

fn run_send(args: &Send) -> anyhow::Result<bool> {
    let mut wire = open(&args.place)?;
    if args.to.socket.0 == 0 || args.to.node == NodeAddress::default() {
        anyhow::bail!("{} has no socket: NETWORK.NODE.SOCKET is needed", args.to);
    }
    let route = find_route(&mut wire, args.to, args.timeout)?;
    let what = (args.count, args.size, args.rate);
    let took = transfer::send(&mut wire, &route, args.to, what)?;
    let seconds = took.as_secs_f64();
    let rate = f64::from(args.count) / seconds.max(1e-9);
    if args.place.json {
        say_json(&serde_json::json!({ "sent": args.count, "seconds": seconds, "rate": rate }))?;
    } else {
        say(&format!("{} datagrams sent in {seconds:.3} s, {rate:.0} a second", args.count))?;
    }
    Ok(true)
}

#[derive(Serialize)]
struct ReceiveReport {
    #[serde(flatten)]
    tally: Tally,
    seconds: f64,
    overflows: u64,
    perfect: bool,
}

fn run_receive(args: &Receive) -> anyhow::Result<bool> {
    let mut wire = open(&args.place)?;
    let stop = stop_flag(&wire)?;
    // On standard error: whoever starts the sender waits for it, and standard output is the result.
    let node = wire.station.node;
    writeln!(io::stderr(), "receiving as {node} on socket {}", args.to_socket)?;
    let (tally, took) =
        transfer::receive(&mut wire, args.to_socket, args.count, args.timeout, || {
            stop.load(Ordering::Acquire)
        })?;
    let overflows = wire.overflows();
    let (seconds, perfect) = (took.as_secs_f64(), tally.is_perfect());
    if args.place.json {
        say_json(&ReceiveReport { tally, seconds, overflows, perfect })?;
    } else {
        say(&format!(
            "{} of {} received in {seconds:.3} s: {} lost, {} duplicated, {} reordered, \
             {} corrupted, {} foreign",
            tally.received,
            tally.expected,
            tally.lost,
            tally.duplicated,
            tally.reordered,
            tally.corrupted,
            tally.foreign
        ))?;
    }
    Ok(perfect)
}
