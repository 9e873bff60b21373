//! Sockets: a port of our own on each interface, and TCP for what does not fit a datagram.

use std::collections::BTreeMap;
use std::net::{Ipv4Addr, SocketAddr, SocketAddrV4};
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context, bail};
use ipxway_core::wire::slp::{Message, PORT, stream};
use ipxway_drivers::{links, open_inquiry};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpSocket, UdpSocket};
use tokio::sync::mpsc;
use tokio::task::JoinHandle;

use super::question::{Question, Step, Target};

/// The longest datagram.
const LONGEST: usize = 65_536;
/// How long a whole answer by TCP may take.
const BY_TCP: Duration = Duration::from_secs(5);

/// Something that came.
enum Heard {
    Datagram(Ipv4Addr, Vec<u8>),
    /// Messages by TCP, in order.
    ByTcp(Ipv4Addr, Vec<u8>),
    /// No more of them.
    NoMore(Ipv4Addr),
}

/// Asks the question, and gives what each has answered.
///
/// # Errors
/// No socket, or the question can be sent by none.
pub(super) async fn ask(
    mut question: Question,
    interface: Option<Ipv4Addr>,
) -> anyhow::Result<BTreeMap<Ipv4Addr, Message>> {
    let (sender, mut heard) = mpsc::channel(64);
    let sockets = open(question.target(), interface, &sender)?;
    let to = SocketAddrV4::new(question.target().ip(), PORT);
    let begun = Instant::now();
    // Answers that are being fetched by TCP.
    let mut fetches: BTreeMap<Ipv4Addr, JoinHandle<()>> = BTreeMap::new();
    loop {
        let wait = match question.step(begun.elapsed())? {
            Step::Done if fetches.is_empty() => return Ok(question.into_answers()),
            Step::Done => BY_TCP,
            Step::Wait(wait) => wait,
            Step::Send(bytes, wait) => {
                send(&sockets, &bytes, to).await?;
                wait
            }
        };
        match tokio::time::timeout(wait, heard.recv()).await {
            Ok(Some(Heard::Datagram(from, bytes))) => {
                if let Some(again) = question.heard(from, &bytes)? {
                    let sender = sender.clone();
                    let task = tokio::spawn(async move {
                        let fetch = fetch(interface, from, &again, &sender);
                        // What did not come is missing in the answer, which is said there.
                        let _ = tokio::time::timeout(BY_TCP, fetch).await;
                        let _ = sender.send(Heard::NoMore(from)).await;
                    });
                    if let Some(before) = fetches.insert(from, task) {
                        before.abort();
                    }
                }
            }
            Ok(Some(Heard::ByTcp(from, bytes))) => {
                if question.heard_by_tcp(from, &bytes)
                    && let Some(task) = fetches.remove(&from)
                {
                    task.abort();
                }
            }
            Ok(Some(Heard::NoMore(from))) => drop(fetches.remove(&from)),
            Ok(None) | Err(_) => {}
        }
    }
}

/// A socket for one host, or one on each interface for a group, each with a task that reads it.
fn open(
    target: Target,
    interface: Option<Ipv4Addr>,
    heard: &mpsc::Sender<Heard>,
) -> anyhow::Result<Vec<Arc<UdpSocket>>> {
    let from: Vec<Ipv4Addr> = match (target, interface) {
        (_, Some(ip)) => vec![ip],
        (Target::Host(_), None) => vec![Ipv4Addr::UNSPECIFIED],
        (Target::Group(_), None) => {
            let all = links::addresses().context("looking for addresses of this machine")?;
            all.into_iter().map(|(ip, _)| ip).filter(|ip| !ip.is_loopback()).collect()
        }
    };
    if from.is_empty() {
        bail!("this machine has no IPv4 address to ask from");
    }
    let mut sockets = Vec::new();
    for ip in from {
        let socket = Arc::new(UdpSocket::from_std(open_inquiry(ip)?)?);
        tokio::spawn(read(Arc::clone(&socket), heard.clone()));
        sockets.push(socket);
    }
    Ok(sockets)
}

async fn read(socket: Arc<UdpSocket>, heard: mpsc::Sender<Heard>) {
    let mut buffer = vec![0; LONGEST];
    loop {
        // A port that was unreachable is said of what we sent: others may answer.
        let Ok((length, SocketAddr::V4(from))) = socket.recv_from(&mut buffer).await else {
            continue;
        };
        let bytes = buffer.get(..length).unwrap_or_default().to_vec();
        if heard.send(Heard::Datagram(*from.ip(), bytes)).await.is_err() {
            return;
        }
    }
}

/// Sends by every socket; one that it leaves by is enough.
async fn send(sockets: &[Arc<UdpSocket>], bytes: &[u8], to: SocketAddrV4) -> anyhow::Result<()> {
    let mut error = None;
    let mut sent = false;
    for socket in sockets {
        match socket.send_to(bytes, to).await {
            Ok(_) => sent = true,
            Err(fault) => error = Some(fault),
        }
    }
    match error {
        Some(error) if !sent => Err(error).with_context(|| format!("sending to {to}")),
        _ => Ok(()),
    }
}

/// Asks by TCP, and passes on every message that comes, until the connection ends.
async fn fetch(
    interface: Option<Ipv4Addr>,
    from: Ipv4Addr,
    question: &[u8],
    heard: &mpsc::Sender<Heard>,
) -> anyhow::Result<()> {
    let socket = TcpSocket::new_v4()?;
    socket.bind(SocketAddr::from((interface.unwrap_or(Ipv4Addr::UNSPECIFIED), 0)))?;
    let mut stream = socket.connect(SocketAddr::from((from, PORT))).await?;
    stream.write_all(question).await?;
    let mut received = Vec::new();
    while stream.read_buf(&mut received).await? > 0 {
        while let Some(length) = stream::message_len(&received)?
            && received.len() >= length
        {
            let rest = received.split_off(length);
            let message = std::mem::replace(&mut received, rest);
            heard.send(Heard::ByTcp(from, message)).await?;
        }
    }
    Ok(())
}
