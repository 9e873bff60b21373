//! A stream of numbered datagrams over the wire: sent at a rate, and counted at the far end.

use std::time::{Duration, Instant};

use ipxway_core::wire::ipx::PacketType;
use ipxway_core::wire::{Address, NodeAddress, Socket};

use super::client::{Route, along};
use super::stream::{Number, Size, Tally};
use super::wire::Wire;

/// The socket that streams leave by.
const SOURCE: Socket = Socket(0x4005);
/// How long doubles of the last datagram may be on their way.
const LINGER: Duration = Duration::from_millis(500);
/// The shortest sleep: the rate is kept over it, in bursts of what has become due.
const PAUSE: Duration = Duration::from_micros(500);

/// Sends `count` datagrams along `route`, `rate` a second. Gives the time it took.
///
/// # Errors
/// The device is gone, or does not take a packet of this size.
pub fn send(
    wire: &mut Wire,
    route: &Route,
    to: Address,
    (count, size, rate): (u32, Size, u32),
) -> anyhow::Result<Duration> {
    let stream = std::process::id();
    let start = Instant::now();
    let mut number = 0;
    while number < count {
        let due = (start.elapsed().as_secs_f64() * f64::from(rate)) + 1.0;
        while number < count && f64::from(number) < due {
            let data = Number { stream, number, count }.data(size.of(number));
            let packet = along(&wire.station, route, PacketType::PEP, (SOURCE, to), &data);
            wire.send(&packet)?;
            number += 1;
        }
        let next = start + Duration::from_secs_f64(f64::from(number) / f64::from(rate));
        if let Some(wait) = next.checked_duration_since(Instant::now()) {
            std::thread::sleep(wait.max(PAUSE));
        }
    }
    Ok(start.elapsed())
}

/// Takes a stream of `count` datagrams on `socket`, until all have come or none has for
/// `timeout`. `stop` ends it before. Gives what arrived, and the time from the first to the last.
///
/// # Errors
/// The device is gone.
pub fn receive(
    wire: &mut Wire,
    socket: Socket,
    count: u32,
    timeout: Duration,
    stop: impl Fn() -> bool,
) -> anyhow::Result<(Tally, Duration)> {
    let mut tally = Tally::new(count);
    let (mut first, mut last) = (None, Instant::now());
    let mut until = last + timeout;
    while Instant::now() < until && !stop() {
        let mut came = false;
        wire.round(until, |_, heard, _| {
            let to = heard.header.destination;
            if to.socket == socket && to.node != NodeAddress::BROADCAST {
                tally.take(heard.data);
                came = true;
            }
        })?;
        if came {
            last = Instant::now();
            first.get_or_insert(last);
            until = last + if tally.is_complete() { LINGER } else { timeout };
        }
    }
    Ok((tally, first.map_or(Duration::ZERO, |first| last - first)))
}
