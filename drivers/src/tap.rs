//! TAP ports: a device of the kernel whose wire is a file descriptor.
//!
//! A frame is one `read` or one `write`. The crate `tun-tap` makes the device; what else there
//! is to set goes by netlink, and only where it differs from what is wished, so that a device
//! prepared by the administrator needs no rights here but to be opened.

use std::io;
use std::os::fd::{AsRawFd, BorrowedFd};
use std::sync::Arc;

use netlink_packet_route::link::{AfSpecInet6, AfSpecUnspec, In6AddrGenMode, LinkAttribute};
use rtnetlink::{Handle, LinkUnspec};
use tun_tap::{Iface, Mode};

use crate::batch::{Batch, HEADROOM, MAX_PACKET};
use crate::error::OpenError;
use crate::links::{self, LinkInfo};
use crate::netlink;
use crate::port::{Guard, LinkAddress, OpenPort, Outgoing, SendReport, Sink, Source};

/// What an MTU of an Ethernet device can be.
const MTUS: std::ops::RangeInclusive<u16> = 68..=65_521;
/// The longest name of an interface, in bytes.
const MAX_NAME: usize = 15;

/// Which TAP, and how it shall be.
///
/// The device is made if there is none of the name, and removed when the port closes. One that
/// exists (`ip tuntap add NAME mode tap`) is attached to and stays; what was changed on it is set
/// back. Either way it is brought up.
///
/// The agent is a station *behind* the device, as a virtual machine is, and needs a MAC address
/// that is not the device's: a bridge keeps frames to the latter for the host. So the device
/// that we make gets the address of the agent with `fe` in front, which besides is so high that
/// the bridge does not take it for its own.
#[derive(Clone, Debug, Default)]
pub struct TapOptions {
    /// The device: 1 to 15 bytes.
    pub name: String,
    /// The agent's MAC address on this LAN. `None`: one made from the device's, which is random
    /// when we make the device and so changes from run to run.
    pub mac: Option<[u8; 6]>,
    /// The MTU of the device, 68 to 65521 bytes. `None`: what a device that we found has; for
    /// one that we make that of the bridge, or 1500.
    pub mtu: Option<u16>,
    /// A bridge that the device joins. `None`: a device that we found stays where it is.
    pub bridge: Option<String>,
}

/// Opens a TAP port.
///
/// # Errors
/// Says what is missing: rights, the bridge, a TAP of that name. Nothing is left behind.
pub fn open_tap(options: &TapOptions) -> Result<OpenPort, OpenError> {
    check(options)?;
    let bridge = options.bridge.as_deref().map(find_bridge).transpose()?;
    let device = attach(&options.name)?;
    let made = !is_persistent(&device)
        .map_err(OpenError::io(format!("asking for the kind of `{}`", options.name)))?;
    let found = find(&options.name)?;
    let plan = Plan::new(options, &found, bridge.as_ref(), made);
    // From here on a failure undoes what was done so far.
    let guard = plan.undo(&found, made);
    plan.carry_out(found.index).map_err(|source| match source.raw_os_error() {
        Some(libc::EPERM) => OpenError::NoPermission {
            what: format!("setting up `{}`", options.name),
            capability: "CAP_NET_ADMIN",
        },
        _ => OpenError::Io { what: format!("setting up the TAP `{}`", options.name), source },
    })?;
    let mtu = plan.mtu.unwrap_or(found.mtu).try_into().unwrap_or(u16::MAX);
    let address = LinkAddress { mac: Some(plan.station), ip: None, mtu, index: found.index };
    let device = Arc::new(device);
    let source = Source::Tap(TapSource { device: Arc::clone(&device) });
    OpenPort::new(source, Sink::Tap(TapSink { device }), address, guard)
        .map_err(OpenError::io("making an eventfd"))
}

/// What can be said about the options without the kernel.
fn check(options: &TapOptions) -> Result<(), OpenError> {
    let name = options.name.as_str();
    let odd = |c: char| c.is_whitespace() || c.is_control() || matches!(c, '/' | ':' | '%');
    if !(1..=MAX_NAME).contains(&name.len()) || name.contains(odd) || matches!(name, "." | "..") {
        return Err(OpenError::BadName { name: name.into() });
    }
    if let Some(mtu) = options.mtu.filter(|mtu| !MTUS.contains(mtu)) {
        return Err(OpenError::BadMtu { name: name.into(), mtu });
    }
    if let Some(mac) = options.mac.filter(|mac| mac[0] & 1 != 0 || *mac == [0; 6]) {
        return Err(OpenError::BadMac { mac });
    }
    Ok(())
}

fn find_bridge(name: &str) -> Result<LinkInfo, OpenError> {
    let looking = OpenError::io(format!("looking for the bridge `{name}`"));
    let link = links::link_by_name(name).map_err(looking)?;
    let bridge = link.filter(|link| link.is_bridge);
    bridge.ok_or_else(|| OpenError::NoSuchBridge { name: name.into() })
}

fn find(name: &str) -> Result<LinkInfo, OpenError> {
    let what = format!("looking at the TAP `{name}`");
    let gone = || OpenError::Io { what: what.clone(), source: io::ErrorKind::NotFound.into() };
    links::link_by_name(name).map_err(OpenError::io(what.clone()))?.ok_or_else(gone)
}

/// Makes the device, or attaches to the one that exists.
fn attach(name: &str) -> Result<Iface, OpenError> {
    let device = Iface::without_packet_info(name, Mode::Tap).map_err(|source| {
        match source.raw_os_error() {
            Some(libc::EBUSY) => OpenError::TapBusy { name: name.into() },
            Some(libc::EINVAL) => OpenError::NotATap { name: name.into() },
            Some(libc::EPERM) => OpenError::NoPermission {
                what: format!("the TAP `{name}`"),
                capability: "CAP_NET_ADMIN",
            },
            Some(libc::EACCES) => OpenError::NoPermission {
                what: "/dev/net/tun".into(),
                capability: "leave to read and write it",
            },
            Some(libc::ENOENT | libc::ENXIO | libc::ENODEV) => OpenError::Io {
                what: "opening /dev/net/tun (is the kernel module `tun` loaded?)".into(),
                source,
            },
            _ => OpenError::Io { what: format!("opening the TAP `{name}`"), source },
        }
    })?;
    let what = format!("making the TAP `{name}` non-blocking");
    device.set_non_blocking().map_err(OpenError::io(what))?;
    Ok(device)
}

/// Whether the device stays when its descriptor closes: then it was there before us. One that is
/// not persistent and not in use does not exist, so we have made it.
fn is_persistent(device: &Iface) -> io::Result<bool> {
    const IFF_PERSIST: libc::c_short = 0x0800;
    // SAFETY: all zeros are a valid `ifreq`.
    let mut request: libc::ifreq = unsafe { std::mem::zeroed() };
    // SAFETY: TUNGETIFF writes one `ifreq`, which lives through the call.
    let result = unsafe { libc::ioctl(device.as_raw_fd(), libc::TUNGETIFF as _, &raw mut request) };
    if result < 0 {
        return Err(io::Error::last_os_error());
    }
    // SAFETY: TUNGETIFF fills in the flags of the union.
    let flags = unsafe { request.ifr_ifru.ifru_flags };
    Ok(flags & IFF_PERSIST != 0)
}

/// What has to change on the device; `None` where it is as wished.
#[derive(Clone, Debug, Default)]
struct Plan {
    /// The agent's MAC address: not set anywhere, but needed for the device's.
    station: [u8; 6],
    mac: Option<[u8; 6]>,
    mtu: Option<u32>,
    /// 0 leaves the bridge.
    bridge: Option<u32>,
    /// No IPv6 on the device: the kernel's own chatter has no place on a legacy LAN.
    silence: bool,
    enable: Option<bool>,
}

impl Plan {
    fn new(options: &TapOptions, found: &LinkInfo, bridge: Option<&LinkInfo>, made: bool) -> Self {
        let device = found.mac.unwrap_or_default();
        let station = options.mac.unwrap_or(if made { device } else { sibling(device, 0x04) });
        let mac = made.then(|| device_of(station));
        // A bridge lowers its own MTU to that of a port that joins with a smaller one.
        let usual = bridge.filter(|_| made).map(|bridge| bridge.mtu.min(u32::from(*MTUS.end())));
        let mtu = options.mtu.map(u32::from).or(usual).filter(|mtu| *mtu != found.mtu);
        let bridge = bridge.map(|bridge| bridge.index).filter(|i| Some(*i) != found.controller);
        let enable = (!found.enabled).then_some(true);
        Self { station, mac, mtu, bridge, silence: made, enable }
    }

    /// What sets the device back to how it was `found`, or removes it if we `made` it.
    fn undo(&self, found: &LinkInfo, made: bool) -> Guard {
        let index = found.index;
        let back = Self {
            mtu: self.mtu.map(|_| found.mtu),
            bridge: self.bridge.map(|_| found.controller.unwrap_or(0)),
            enable: self.enable.map(|enable| !enable),
            ..Self::default()
        };
        let home = netlink::namespace().ok();
        Guard::new(move || {
            if netlink::namespace().ok() != home {
                tracing::warn!(index, "a TAP port was closed from another network namespace");
            } else if made {
                // If it is gone already, or we lost the right: it ends with its descriptor anyhow.
                let _ =
                    netlink::ask(async |handle: Handle| handle.link().del(index).execute().await);
            } else if let Err(error) = back.carry_out(index) {
                tracing::warn!(index, %error, "a TAP could not be set back to how it was found");
            }
        })
    }

    /// Makes the changes, up last. Asks for nothing if there is nothing to change.
    fn carry_out(&self, index: u32) -> io::Result<()> {
        let mut change = LinkUnspec::new_with_index(index);
        let mut changes = false;
        if let Some(mac) = self.mac {
            change = change.address(mac.to_vec());
            changes = true;
        }
        if let Some(mtu) = self.mtu {
            change = change.mtu(mtu);
            changes = true;
        }
        if let Some(bridge) = self.bridge {
            change = change.controller(bridge);
            changes = true;
        }
        let change = changes.then(|| change.build());
        let silence = self
            .silence
            .then(|| LinkUnspec::new_with_index(index).append_extra_attribute(no_ipv6()).build());
        let enable = self.enable.map(|enable| {
            let change = LinkUnspec::new_with_index(index);
            if enable { change.up().build() } else { change.down().build() }
        });
        if change.is_none() && silence.is_none() && enable.is_none() {
            return Ok(());
        }
        netlink::ask(async move |handle: Handle| {
            if let Some(silence) = silence {
                // Fails where the kernel has no IPv6, and then there is nothing to silence.
                let _ = handle.link().set(silence).execute().await;
            }
            for message in [change, enable].into_iter().flatten() {
                handle.link().change(message).execute().await?;
            }
            Ok(())
        })
    }
}

/// The attribute by which the kernel makes no IPv6 address for the device, hence says nothing.
fn no_ipv6() -> LinkAttribute {
    let mode = AfSpecInet6::AddrGenMode(In6AddrGenMode::None);
    LinkAttribute::AfSpecUnspec(vec![AfSpecUnspec::Inet6(vec![mode])])
}

/// The device's MAC address for an agent's.
fn device_of(station: [u8; 6]) -> [u8; 6] {
    let [first, rest @ ..] = station;
    let high = if first == 0xfe { 0xfa } else { 0xfe };
    let [b, c, d, e, f] = rest;
    [high, b, c, d, e, f]
}

/// Another address, alike to `mac` but for one bit of its first byte; locally administered.
fn sibling(mac: [u8; 6], bit: u8) -> [u8; 6] {
    let [first, rest @ ..] = mac;
    let [b, c, d, e, f] = rest;
    [(first ^ bit) | 0x02, b, c, d, e, f]
}

/// The receiving side.
#[derive(Debug)]
pub(crate) struct TapSource {
    device: Arc<Iface>,
}

impl TapSource {
    pub(crate) fn fd(&self) -> BorrowedFd<'_> {
        // SAFETY: the device owns the descriptor, and lives as long as `self`.
        unsafe { BorrowedFd::borrow_raw(self.device.as_raw_fd()) }
    }

    pub(crate) fn receive(&self, batch: &mut Batch) -> io::Result<()> {
        while let Some(buffer) = batch.next_buffer() {
            // One byte more than a frame can have tells a frame that was cut.
            match self.device.recv(&mut buffer[HEADROOM..=HEADROOM + MAX_PACKET]) {
                Ok(len) => {
                    let whole = len.min(MAX_PACKET);
                    batch.push(HEADROOM..HEADROOM + whole, None, len > MAX_PACKET);
                }
                Err(error) if batch.is_empty() => return Err(error),
                // It comes again at the next call.
                Err(_) => break,
            }
        }
        Ok(())
    }
}

/// The sending side.
#[derive(Debug)]
pub(crate) struct TapSink {
    device: Arc<Iface>,
}

impl TapSink {
    pub(crate) fn send(&self, packets: &[Outgoing<'_>], report: &mut SendReport) {
        for packet in packets {
            match self.device.send(packet.bytes) {
                Ok(_) => report.sent += 1,
                Err(error) => report.drop_one(error),
            }
        }
    }
}
