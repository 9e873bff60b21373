//! Both ends of the control socket, with a canned router behind.

use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::time::Duration;

use ipxway_core::ids::RequestId;
use ipxway_core::router::{Command, Event, EventRow, Input, Reply, Severity};
use ipxway_core::wire::Address;
use proptest::prelude::*;
use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::UnixStream;

use super::*;

/// A deadline that only a hang reaches.
const PATIENCE: Duration = Duration::from_secs(20);

struct Place {
    _directory: TempDir,
    endpoint: Endpoint,
}

fn place() -> Place {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("run/control.sock");
    Place { _directory: directory, endpoint: Endpoint { path, mode: 0o660, group: None } }
}

async fn within<T>(work: impl Future<Output = T>) -> T {
    tokio::time::timeout(PATIENCE, work).await.expect("no end in sight")
}

async fn start(endpoint: &Endpoint) -> Server {
    Server::start(endpoint, "OSLO", Vec::new()).await.unwrap()
}

async fn connect(path: &Path) -> Client {
    Client::connect(path).await.unwrap()
}

fn ping() -> Command {
    let second = Duration::from_secs(1);
    Command::Ping { to: Address::default(), count: 9, size: 1, interval: second, timeout: second }
}

/// Waits for the next request and gives its identifier.
async fn request(server: &mut Server, expected: &Command) -> RequestId {
    match within(server.next()).await {
        Input::Command { id, command } if command == *expected => id,
        other => panic!("{other:?}"),
    }
}

fn ports() -> Reply {
    Reply::Ports { ports: Vec::new() }
}

fn reason(answer: &Answer) -> &str {
    match answer {
        Answer::Refused { reason } => reason,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_question_reaches_the_router_and_its_reply_the_client() {
    let place = place();
    let mut server = start(&place.endpoint).await;
    let mut client = connect(&place.endpoint.path).await;
    let (answer, ()) = tokio::join!(client.ask(Request::Ask(Command::ShowPorts)), async {
        let id = request(&mut server, &Command::ShowPorts).await;
        server.reply(id, ports(), true);
    });
    assert_eq!(answer.unwrap(), (Answer::Reply(ports()), true));
    let (Answer::Hello(greeting), true) = client.ask(Request::Hello).await.unwrap() else {
        panic!("no greeting");
    };
    assert_eq!((greeting.name.as_str(), greeting.pid), ("OSLO", std::process::id()));
}

#[tokio::test]
async fn a_second_agent_is_told_who_holds_the_socket() {
    let place = place();
    let server = start(&place.endpoint).await;
    let error = Server::start(&place.endpoint, "ROME", Vec::new()).await.unwrap_err().to_string();
    let pid = std::process::id();
    assert!(error.contains(&format!("agent OSLO (ipxway 0.1.0, process {pid})")), "{error}");
    assert!(error.contains(&place.endpoint.path.display().to_string()), "{error}");
    drop(server);
    start(&place.endpoint).await;
}

#[tokio::test]
async fn a_process_that_is_no_agent_but_holds_the_socket_is_named_by_its_number() {
    let place = place();
    std::fs::create_dir_all(place.endpoint.path.parent().unwrap()).unwrap();
    let _foreign = tokio::net::UnixListener::bind(&place.endpoint.path).unwrap();
    let error = Server::start(&place.endpoint, "ROME", Vec::new()).await.unwrap_err().to_string();
    assert!(error.contains(&format!("process {}", std::process::id())), "{error}");
}

#[tokio::test]
async fn a_socket_that_nobody_listens_on_is_replaced() {
    let place = place();
    let path = &place.endpoint.path;
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    drop(tokio::net::UnixListener::bind(path).unwrap());
    assert!(path.exists(), "a socket outlives its listener");
    let server = start(&place.endpoint).await;
    connect(path).await;
    drop(server);
    let left: Vec<PathBuf> =
        std::fs::read_dir(path.parent().unwrap()).unwrap().map(|e| e.unwrap().path()).collect();
    assert_eq!(left, Vec::<PathBuf>::new(), "nothing is left behind");
}

#[tokio::test]
async fn what_is_no_socket_is_not_removed() {
    let place = place();
    let path = &place.endpoint.path;
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(path, "precious").unwrap();
    let error = Server::start(&place.endpoint, "OSLO", Vec::new()).await.unwrap_err().to_string();
    assert!(error.contains("is no socket"), "{error}");
    assert_eq!(std::fs::read_to_string(path).unwrap(), "precious");
}

#[tokio::test]
async fn the_socket_has_the_mode_and_group_of_the_configuration() {
    let mut place = place();
    place.endpoint.mode = 0o640;
    // Only root may give files to a group that it is not a member of.
    let group = match nix::unistd::geteuid().is_root() {
        true => nix::unistd::Group::from_name("daemon"),
        false => nix::unistd::Group::from_gid(nix::unistd::getegid()),
    };
    let group = group.unwrap().expect("every system has these groups");
    place.endpoint.group = Some(group.name);
    let _server = start(&place.endpoint).await;
    let metadata = std::fs::metadata(&place.endpoint.path).unwrap();
    assert_eq!(metadata.permissions().mode() & 0o7777, 0o640);
    assert_eq!(metadata.gid(), group.gid.as_raw());
    place.endpoint.group = Some("no-such-group".to_owned());
    let error = Server::start(&place.endpoint, "OSLO", Vec::new()).await.unwrap_err().to_string();
    assert!(error.contains("no group `no-such-group`"), "{error}");
}

#[tokio::test]
async fn the_thirty_third_client_is_turned_away_until_another_leaves() {
    let place = place();
    let server = start(&place.endpoint).await;
    let mut clients = Vec::new();
    for _ in 0..MAX_CLIENTS {
        let mut client = connect(&place.endpoint.path).await;
        within(client.ask(Request::Hello)).await.unwrap();
        clients.push(client);
    }
    assert_eq!(server.clients(), MAX_CLIENTS);
    let mut late = connect(&place.endpoint.path).await;
    let (answer, _) = within(late.ask(Request::Hello)).await.unwrap();
    assert!(reason(&answer).contains("32 clients"), "{answer:?}");
    assert!(matches!(within(late.next()).await, Err(ClientError::Closed { .. })));
    clients.pop();
    within(async {
        while server.clients() == MAX_CLIENTS {
            tokio::task::yield_now().await;
        }
    })
    .await;
    let mut next = connect(&place.endpoint.path).await;
    let (answer, _) = within(next.ask(Request::Hello)).await.unwrap();
    assert!(matches!(answer, Answer::Hello(_)), "{answer:?}");
}

#[tokio::test]
async fn a_client_that_does_not_read_is_given_up_and_never_waited_for() {
    let place = place();
    let mut server = start(&place.endpoint).await;
    let mut client = connect(&place.endpoint.path).await;
    client.send(Request::Ask(ping())).await.unwrap();
    let id = request(&mut server, &ping()).await;
    // Far more than the socket's buffer and the queue hold; nobody reads.
    let large = Reply::Failed { reason: "x".repeat(100_000) };
    let cancelled = within(async {
        loop {
            server.reply(id, large.clone(), false);
            if let Ok(input) = tokio::time::timeout(Duration::ZERO, server.next()).await {
                return input;
            }
        }
    })
    .await;
    assert_eq!(cancelled, Input::Command { id, command: Command::Cancel });
    // Replies after that go nowhere.
    server.reply(id, ports(), true);
}

#[tokio::test]
async fn the_pings_of_a_client_that_has_gone_are_cancelled() {
    let place = place();
    let mut server = start(&place.endpoint).await;
    let mut client = connect(&place.endpoint.path).await;
    client.send(Request::Ask(ping())).await.unwrap();
    let id = request(&mut server, &ping()).await;
    drop(client);
    assert_eq!(request(&mut server, &Command::Cancel).await, id);
}

#[tokio::test]
async fn a_client_may_cancel_and_ask_again_but_not_ask_two_things_at_once() {
    let place = place();
    let mut server = start(&place.endpoint).await;
    let mut client = connect(&place.endpoint.path).await;
    client.send(Request::Ask(ping())).await.unwrap();
    let id = request(&mut server, &ping()).await;
    let (answer, _) = within(client.ask(Request::Hello)).await.unwrap();
    assert!(reason(&answer).contains("one request at a time"), "{answer:?}");
    let (answer, _) = within(client.ask(Request::Ask(Command::Cancel))).await.unwrap();
    assert_eq!(reason(&answer), "cancelled");
    assert_eq!(request(&mut server, &Command::Cancel).await, id);
    let (answer, _) = within(client.ask(Request::Ask(Command::Cancel))).await.unwrap();
    assert_eq!(reason(&answer), "there is nothing to cancel");
    let (answer, _) = within(client.ask(Request::Hello)).await.unwrap();
    assert!(matches!(answer, Answer::Hello(_)), "{answer:?}");
}

#[tokio::test]
async fn requests_under_way_are_answered_when_the_router_starts_anew() {
    let place = place();
    let mut server = start(&place.endpoint).await;
    let mut client = connect(&place.endpoint.path).await;
    client.send(Request::Ask(ping())).await.unwrap();
    request(&mut server, &ping()).await;
    server.fail_all("anew");
    let failed = Reply::Failed { reason: "anew".to_owned() };
    assert_eq!(within(client.next()).await.unwrap(), (Answer::Reply(failed), true));
}

#[tokio::test]
async fn garbage_is_answered_with_what_would_be_right_and_a_line_without_end_is_cut_off() {
    let place = place();
    let _server = start(&place.endpoint).await;
    let mut stream = UnixStream::connect(&place.endpoint.path).await.unwrap();
    let lines = "\u{7f}ELF\n{}\n{\"v\":9,\"id\":4,\"request\":\"hello\"}\n\
                 {\"v\":1,\"id\":5,\"request\":{\"ask\":{\"command\":\"sing\"}}}\n";
    stream.write_all(lines.as_bytes()).await.unwrap();
    stream.write_all(&vec![b'x'; MAX_REQUEST + 2]).await.unwrap();
    let mut text = String::new();
    // The connection ends: with an error if the kernel threw away what we wrote last.
    let _ = within(stream.read_to_string(&mut text)).await;
    let answers: Vec<ResponseLine> =
        text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let expected = [
        (0, "one looks like"),
        (0, "missing field `v`"),
        (4, "protocol version 9"),
        (5, "unknown variant `sing`"),
        (0, "a line of more than"),
    ];
    assert_eq!(answers.len(), expected.len(), "{text}");
    for (answer, (id, part)) in answers.iter().zip(expected) {
        assert_eq!(answer.id, id);
        assert!(reason(&answer.answer).contains(part), "{answer:?}");
    }
}

#[tokio::test]
async fn who_follows_gets_every_event_and_who_is_too_slow_is_told_so() {
    let place = place();
    let server = start(&place.endpoint).await;
    let mut client = connect(&place.endpoint.path).await;
    client.send(Request::Follow).await.unwrap();
    let event = Event::CircuitDown { circuit: "lan".to_owned() };
    let row = EventRow { age_s: 0, severity: Severity::Warning, event };
    // Until the server has read the request nobody follows.
    let first = within(async {
        loop {
            server.tell(row.clone());
            let quickly = Duration::from_millis(10);
            if let Ok(answer) = tokio::time::timeout(quickly, client.next()).await {
                return answer.unwrap();
            }
        }
    })
    .await;
    assert_eq!(first, (Answer::Event(row.clone()), false));
    for _ in 0..1_000 {
        server.tell(row.clone());
    }
    within(async { while !matches!(client.next().await.unwrap().0, Answer::Missed(_)) {} }).await;
}

#[tokio::test]
async fn an_agent_that_is_not_there_is_asked_after_by_its_socket() {
    let place = place();
    let error = Client::connect(&place.endpoint.path).await.unwrap_err().to_string();
    assert!(error.starts_with("is the agent running? socket "), "{error}");
    assert!(error.contains("control.sock"), "{error}");
}

#[test]
fn pages_are_asked_for_until_there_is_no_next() {
    let page = |next| Reply::Services { services: Vec::new(), total: 0, next };
    let after = Some("0004-41".to_owned());
    assert_eq!(
        next_page(&page(after.clone())),
        Some(Command::ShowServices { after: after.clone() })
    );
    assert_eq!(next_page(&page(None)), None);
    assert_eq!(next_page(&ports()), None);
}

proptest! {
    #[test]
    fn any_bytes_are_a_request_or_a_fault(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        fuzz_request(&bytes);
    }

    #[test]
    fn what_nearly_is_a_request_is_read_or_refused(
        v in 0u32..3,
        id in any::<u64>(),
        request in r#""(hello|follow|[a-z]{1,6})"|\{"ask":\{"command":"(show-ports|show-routes|cancel|[a-z-]{1,9})"(,"after":("[0-9A-F]{0,9}"|null|[0-9]{1,3}))?\}\}"#,
    ) {
        fuzz_request(format!("{{\"v\":{v},\"id\":{id},\"request\":{request}}}").as_bytes());
    }
}
