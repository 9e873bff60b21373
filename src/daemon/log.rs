//! The log: to journald with its fields when systemd reads us, else lines on standard error.
//!
//! Every change of state is an [`Event`] and is logged once, here. No event may fill the disk:
//! of each kind there are [`RATE`] lines a second at most, then their number.

use std::collections::BTreeMap;
use std::io::IsTerminal;
use std::os::unix::fs::MetadataExt;

use ipxway_core::Time;
use ipxway_core::router::{Event, Severity};
use tracing::level_filters::LevelFilter;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

use crate::config::shell::LogLevel;

/// Lines a second of one kind of event.
const RATE: u32 = 20;

/// Sends the log where it belongs. Without effect if that was done already.
pub(super) fn set_up(level: LogLevel) {
    let level = match level {
        LogLevel::Error => LevelFilter::ERROR,
        LogLevel::Warn => LevelFilter::WARN,
        LogLevel::Info => LevelFilter::INFO,
        LogLevel::Debug => LevelFilter::DEBUG,
        LogLevel::Trace => LevelFilter::TRACE,
    };
    let journal = is_read_by_journald().then(tracing_journald::layer).and_then(Result::ok);
    let lines = journal.is_none().then(|| {
        tracing_subscriber::fmt::layer()
            .with_writer(std::io::stderr)
            .with_ansi(std::io::stderr().is_terminal())
            .with_target(false)
    });
    let journal = journal.map(|layer| layer.with_field_prefix(Some("IPXWAY".to_owned())));
    let _ = tracing_subscriber::registry().with(level).with(journal).with(lines).try_init();
    // A panic is a line of the log like any other, with its place.
    std::panic::set_hook(Box::new(|panic| tracing::error!("{panic}")));
}

/// Standard error goes to journald: systemd names its device and inode. The name alone is not
/// enough, for a shell that a service started has it too.
fn is_read_by_journald() -> bool {
    let Ok(stream) = std::env::var("JOURNAL_STREAM") else { return false };
    std::fs::metadata("/proc/self/fd/2")
        .is_ok_and(|stderr| stream == format!("{}:{}", stderr.dev(), stderr.ino()))
}

/// Logs events, within the rate.
#[derive(Debug, Default)]
pub(super) struct EventLog {
    kinds: BTreeMap<&'static str, Second>,
}

/// What was logged of a kind in one second.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Second {
    began: u64,
    logged: u32,
    suppressed: u64,
}

/// What to do with an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Verdict {
    /// Log it.
    log: bool,
    /// Events of its kind that were left out before, and not yet told of.
    suppressed: u64,
}

impl EventLog {
    /// Logs an event, unless there were too many of its kind.
    pub(super) fn event(&mut self, now: Time, event: &Event) {
        let Verdict { log, suppressed } = self.admit(now, event.name());
        if suppressed > 0 {
            tracing::warn!(
                event = event.name(),
                suppressed,
                "more events of this kind were left out"
            );
        }
        if log {
            write(event);
        }
    }

    fn admit(&mut self, now: Time, kind: &'static str) -> Verdict {
        let began = now.as_micros() / 1_000_000;
        let fresh = Second { began, logged: 0, suppressed: 0 };
        let second = self.kinds.entry(kind).or_insert(fresh);
        let suppressed = if second.began == began { 0 } else { second.suppressed };
        if second.began != began {
            *second = fresh;
        }
        if second.logged < RATE {
            second.logged += 1;
            Verdict { log: true, suppressed }
        } else {
            second.suppressed += 1;
            Verdict { log: false, suppressed }
        }
    }
}

/// One line, with the event's name and what it is about as fields.
fn write(event: &Event) {
    let value = serde_json::to_value(event).unwrap_or_default();
    let field = |name: &str| value.get(name).and_then(|value| value.as_str());
    let (name, port, circuit) = (event.name(), field("port"), field("circuit"));
    let (peer, network, node) = (field("peer"), field("network"), field("node"));
    match event.severity() {
        Severity::Info => {
            tracing::info!(event = name, port, circuit, peer, network, node, "{event}");
        }
        Severity::Warning => {
            tracing::warn!(event = name, port, circuit, peer, network, node, "{event}");
        }
        Severity::Error => {
            tracing::error!(event = name, port, circuit, peer, network, node, "{event}");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_one_kind_twenty_lines_a_second_are_logged_and_the_rest_is_counted() {
        let mut log = EventLog::default();
        let at = Time::from_millis;
        let admitted = (0..100).filter(|n| log.admit(at(1_000 + n), "peer-up").log).count();
        assert_eq!(admitted, 20);
        assert!(log.admit(at(1_500), "peer-down").log, "another kind has its own rate");
        assert_eq!(log.admit(at(2_000), "peer-up"), Verdict { log: true, suppressed: 80 });
        assert_eq!(log.admit(at(2_001), "peer-up"), Verdict { log: true, suppressed: 0 });
    }
}
