//! Sockets: a port of our own on each interface, and TCP for what does not fit a datagram.

use std::collections::BTreeMap;
use std::net::{Ipv4Addr, SocketAddr, SocketAddrV4};
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context, bail};
use ipxway_core::wire::slp::{Message, PORT, stream};
use ipxway_drivers::{links, open_inquiry};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpStream, UdpSocket};
use tokio::sync::mpsc;

use super::question::{Question, Step, Target};

/// The longest datagram.
const LONGEST: usize = 65_536;
/// How long a whole answer by TCP may take.
const BY_TCP: Duration = Duration::from_secs(5);

/// Something that came.
enum Heard {
    Datagram(Ipv4Addr, Vec<u8>),
    /// By TCP; `None`: it did not.
    Whole(Ipv4Addr, Option<Vec<u8>>),
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
    let mut fetching = 0_usize;
    loop {
        let wait = match question.step(begun.elapsed())? {
            Step::Done if fetching == 0 => return Ok(question.into_answers()),
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
                    fetching += 1;
                    let sender = sender.clone();
                    tokio::spawn(async move {
                        let whole = tokio::time::timeout(BY_TCP, fetch(from, &again)).await;
                        let whole = whole.ok().and_then(Result::ok);
                        let _ = sender.send(Heard::Whole(from, whole)).await;
                    });
                }
            }
            Ok(Some(Heard::Whole(from, whole))) => {
                fetching -= 1;
                if let Some(bytes) = whole {
                    question.heard_by_tcp(from, &bytes);
                }
            }
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

/// Asks by TCP, and gives the whole answer.
async fn fetch(from: Ipv4Addr, question: &[u8]) -> anyhow::Result<Vec<u8>> {
    let mut stream = TcpStream::connect((from, PORT)).await?;
    stream.write_all(question).await?;
    let mut answer = Vec::new();
    loop {
        if let Some(length) = stream::message_len(&answer)?
            && answer.len() >= length
        {
            answer.truncate(length);
            return Ok(answer);
        }
        if stream.read_buf(&mut answer).await? == 0 {
            bail!("the connection ended within the answer");
        }
    }
}
