//! The station on a device: sending, and waiting for what was asked.

use std::time::{Duration, Instant};

use anyhow::Context;
use ipxway_core::wire::NodeAddress;
use ipxway_drivers::{
    Batch, Guard, NicOptions, Outgoing as Frame, Receiver, Sender, TapOptions, Waker, open_nic,
    open_tap,
};

use super::station::{Attachment, Heard, Outgoing, Station};

/// The device below a station.
#[derive(Clone, Debug)]
pub enum Device {
    /// An Ethernet interface that exists.
    Nic(String),
    /// A TAP, attached to or made.
    Tap(String),
}

/// A station that can send and receive.
#[derive(Debug)]
pub struct Wire {
    /// The station.
    pub station: Station,
    receiver: Receiver,
    sender: Sender,
    batch: Batch,
    frame: Vec<u8>,
    // Held for its drop: a TAP that we made goes with it.
    _guard: Guard,
}

impl Wire {
    /// Opens the device for a station with these attachments, of the device's MAC address if
    /// `node` does not say another.
    ///
    /// # Errors
    /// The device cannot be opened.
    pub fn open(
        device: &Device,
        attachments: &[Attachment],
        node: Option<NodeAddress>,
    ) -> anyhow::Result<Self> {
        let port = match device {
            Device::Nic(name) => open_nic(&NicOptions { name: name.clone() }),
            Device::Tap(name) => {
                let mac = node.map(|node| node.0);
                open_tap(&TapOptions { name: name.clone(), mac, ..TapOptions::default() })
            }
        }?;
        let node = node
            .or(port.address.mac.map(NodeAddress))
            .context("the device has no MAC address: give one with --node")?;
        let mut station = Station::new(node, attachments);
        station.pads = matches!(device, Device::Nic(_));
        Ok(Self {
            station,
            receiver: port.receiver,
            sender: port.sender,
            batch: Batch::new(),
            frame: Vec::new(),
            _guard: port.guard,
        })
    }

    /// Ends a wait from another thread.
    #[must_use]
    pub fn waker(&self) -> Waker {
        self.receiver.waker()
    }

    /// Sends a packet. A queue that is full is waited for, up to a second: a real host's driver
    /// waits too.
    ///
    /// # Errors
    /// The device is gone or does not take the packet.
    pub fn send(&mut self, outgoing: &Outgoing) -> anyhow::Result<()> {
        self.frame.clear();
        self.station.frame(outgoing, &mut self.frame);
        let deadline = Instant::now() + Duration::from_secs(1);
        loop {
            let report = self.sender.send_batch(&[Frame { bytes: &self.frame, to: None }]);
            if report.dropped == 0 {
                return Ok(());
            }
            if report.drops.full == 0 || Instant::now() > deadline {
                let error = report.last_error.map(|error| error.to_string()).unwrap_or_default();
                anyhow::bail!("a packet of {} bytes was not sent: {error}", outgoing.packet.len());
            }
            std::thread::sleep(Duration::from_micros(200));
        }
    }

    /// Waits until frames are there, `until` has come or somebody woke us, and hands each packet
    /// for the station to `take`; sends what that adds to its list.
    ///
    /// # Errors
    /// The device is gone.
    pub fn round(
        &mut self,
        until: Instant,
        mut take: impl FnMut(&Station, &Heard<'_>, &mut Vec<Outgoing>),
    ) -> anyhow::Result<()> {
        let wait = until.saturating_duration_since(Instant::now());
        self.receiver.recv_batch(&mut self.batch, Some(wait)).context("the device is gone")?;
        let mut answers = Vec::new();
        for received in self.batch.iter_mut() {
            if let Some(heard) = self.station.hear(received.packet()) {
                take(&self.station, &heard, &mut answers);
            }
        }
        answers.iter().try_for_each(|answer| self.send(answer))
    }

    /// Waits until `take` finds in a packet what it looks for; `None` if `until` comes first.
    ///
    /// # Errors
    /// The device is gone.
    pub fn wait_for<T>(
        &mut self,
        until: Instant,
        mut take: impl FnMut(&Station, &Heard<'_>) -> Option<T>,
    ) -> anyhow::Result<Option<T>> {
        let mut found = None;
        while found.is_none() && Instant::now() < until {
            self.round(until, |station, heard, _| {
                if found.is_none() {
                    found = take(station, heard);
                }
            })?;
        }
        Ok(found)
    }

    /// How many frames the kernel dropped because we were too slow.
    pub fn overflows(&mut self) -> u64 {
        self.receiver.counts().overflows
    }
}
