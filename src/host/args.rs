//! What can be typed behind `ipxway host`.

use std::str::FromStr;

use clap::Subcommand;
use ipxway_core::wire::frame::Framing;
use ipxway_core::wire::sap::ServiceType;
use ipxway_core::wire::{Address, NetworkNumber, NodeAddress, Socket};

use super::server::Service;
use super::station::Attachment;

/// The arguments of `host`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// What to do.
    #[command(subcommand)]
    pub(super) verb: Verb,
}

/// What a host can do.
#[derive(Debug, Subcommand)]
pub(super) enum Verb {
    /// Announce services, answer queries, route requests and pings, until interrupted.
    Serve(Serve),
    /// Find the nearest server of a type, and the router to it, as a client does at start.
    Find(Find),
    /// List the services that the routers and servers on the wire know.
    List(List),
    /// Ping a node.
    Ping(Ping),
    /// Send a stream of numbered datagrams.
    Send(Send),
    /// Receive such a stream; tell what was lost, doubled, reordered or corrupted.
    Receive(Receive),
}

/// Where the host is.
#[derive(Debug, clap::Args)]
pub(super) struct Place {
    /// The device: an Ethernet card or one end of a veth pair.
    #[arg(long, value_name = "DEVICE")]
    pub device: String,
    /// The device is a TAP: attach to it, or make it.
    #[arg(long)]
    pub tap: bool,
    /// The framing (ethernet-ii, 802.3, 802.2, snap) and the network number there; without a
    /// number it is learned from the wire. May be repeated.
    #[arg(long = "framing", value_name = "FRAMING[=NETWORK]", default_value = "802.2",
          value_parser = parse_attachment)]
    pub attachments: Vec<Attachment>,
    /// The node address, if it shall not be the device's.
    #[arg(long, value_name = "NODE")]
    pub node: Option<NodeAddress>,
    /// Print JSON.
    #[arg(long)]
    pub json: bool,
}

/// The arguments of `host serve`.
#[derive(Debug, clap::Args)]
pub(super) struct Serve {
    #[command(flatten)]
    pub place: Place,
    /// A service: its type in hexadecimal, its name, and its socket if not 0451. May be repeated.
    #[arg(long = "announce", value_name = "TYPE:NAME[@SOCKET]", value_parser = parse_service)]
    pub services: Vec<Service>,
    /// Be a NetWare-like server: the services are on this internal network, which is announced
    /// by RIP.
    #[arg(long, value_name = "NETWORK")]
    pub internal: Option<NetworkNumber>,
    /// Seconds between two announcements.
    #[arg(long, value_name = "S", default_value = "60", value_parser = parse_seconds)]
    pub interval: std::time::Duration,
}

/// The arguments of `host find`.
#[derive(Debug, clap::Args)]
pub(super) struct Find {
    #[command(flatten)]
    pub place: Place,
    /// The service type in hexadecimal: 0004 is a file server.
    #[arg(value_parser = parse_type)]
    pub service_type: ServiceType,
    /// Seconds to go on asking.
    #[arg(long, value_name = "S", default_value = "10", value_parser = parse_seconds)]
    pub timeout: std::time::Duration,
}

/// The arguments of `host list`.
#[derive(Debug, clap::Args)]
pub(super) struct List {
    #[command(flatten)]
    pub place: Place,
    /// The service type in hexadecimal; every one by default.
    #[arg(value_parser = parse_type, default_value = "FFFF")]
    pub service_type: ServiceType,
    /// Seconds to wait for the next answer.
    #[arg(long, value_name = "S", default_value = "2", value_parser = parse_seconds)]
    pub timeout: std::time::Duration,
}

/// The arguments of `host ping`.
#[derive(Debug, clap::Args)]
pub(super) struct Ping {
    #[command(flatten)]
    pub place: Place,
    /// Where to.
    #[arg(value_name = "NETWORK.NODE")]
    pub to: Address,
    /// How many.
    #[arg(long, short = 'c', default_value = "4")]
    #[arg(value_parser = clap::value_parser!(u16).range(1..))]
    pub count: u16,
    /// Bytes of data in each.
    #[arg(long, short = 's', default_value = "56")]
    #[arg(value_parser = clap::value_parser!(u16).range(8..=1460))]
    pub size: u16,
    /// Seconds between two.
    #[arg(long, short = 'i', value_name = "S", default_value = "1", value_parser = parse_seconds)]
    pub interval: std::time::Duration,
    /// Seconds to wait for the last answer, and for a router at the start.
    #[arg(long, value_name = "S", default_value = "5", value_parser = parse_seconds)]
    pub timeout: std::time::Duration,
}

/// The arguments of `host send`.
#[derive(Debug, clap::Args)]
pub(super) struct Send {
    #[command(flatten)]
    pub place: Place,
    /// Where to.
    #[arg(value_name = "NETWORK.NODE.SOCKET")]
    pub to: Address,
    /// How many datagrams.
    #[arg(long, default_value = "1000", value_parser = clap::value_parser!(u32).range(1..))]
    pub count: u32,
    /// Bytes of each IPX packet, 54 to 1500; or `mixed`: every size from 54 to 1492.
    #[arg(long, default_value = "mixed")]
    pub size: super::stream::Size,
    /// Datagrams a second.
    #[arg(long, default_value = "5000", value_parser = clap::value_parser!(u32).range(1..))]
    pub rate: u32,
    /// Seconds to look for a router.
    #[arg(long, value_name = "S", default_value = "5", value_parser = parse_seconds)]
    pub timeout: std::time::Duration,
}

/// The arguments of `host receive`.
#[derive(Debug, clap::Args)]
pub(super) struct Receive {
    #[command(flatten)]
    pub place: Place,
    /// The socket, in hexadecimal, such as 5000.
    pub to_socket: Socket,
    /// How many datagrams are expected.
    #[arg(long, default_value = "1000", value_parser = clap::value_parser!(u32).range(1..))]
    pub count: u32,
    /// Seconds without a datagram after which the stream is taken to have ended.
    #[arg(long, value_name = "S", default_value = "10", value_parser = parse_seconds)]
    pub timeout: std::time::Duration,
}

fn parse_attachment(text: &str) -> Result<Attachment, String> {
    let (framing, network) = match text.split_once('=') {
        Some((framing, network)) => (framing, Some(network)),
        None => (text, None),
    };
    let network = match network {
        Some(number) => number.parse().map_err(|error| format!("{error}"))?,
        None => NetworkNumber::THIS,
    };
    if network != NetworkNumber::THIS && !network.is_assignable() {
        return Err(format!("{network} is reserved: a network is 1 to FFFFFFFD"));
    }
    Ok(Attachment { framing: Framing::from_str(framing)?, network })
}

fn parse_type(text: &str) -> Result<ServiceType, String> {
    match u16::from_str_radix(text, 16) {
        Ok(value) if text.len() <= 4 => Ok(ServiceType(value)),
        _ => Err(format!("`{text}` is no service type: 1 to 4 hexadecimal digits, such as 0004")),
    }
}

fn parse_service(text: &str) -> Result<Service, String> {
    let Some((service_type, rest)) = text.split_once(':') else {
        return Err(format!("`{text}` is no service: TYPE:NAME, such as 0004:ACCOUNTS"));
    };
    let (name, socket) = match rest.rsplit_once('@') {
        Some((name, socket)) => (name, socket.parse().map_err(|error| format!("{error}"))?),
        None => (rest, Socket::NCP),
    };
    let service_type = parse_type(service_type)?;
    if service_type == ServiceType::ALL {
        return Err("FFFF is the wildcard of queries, not a type".to_owned());
    }
    if name.is_empty() || name.len() > 47 {
        return Err(format!("a name has 1 to 47 bytes, `{name}` has {}", name.len()));
    }
    Ok(Service { service_type, name: name.to_owned(), socket })
}

fn parse_seconds(text: &str) -> Result<std::time::Duration, String> {
    let seconds: f64 = text.parse().map_err(|_| format!("`{text}` is no number of seconds"))?;
    std::time::Duration::try_from_secs_f64(seconds)
        .ok()
        .filter(|duration| duration.as_secs() <= 86_400)
        .ok_or_else(|| format!("`{text}` is not between 0 and 86400 seconds"))
}
