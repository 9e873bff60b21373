//! The demo: it shows what it promises, and leaves nothing behind, however it ends.

use std::fs;
use std::io::{BufRead, BufReader};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::time::Duration;

use ipxway::demo::lab::wait_until;
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

/// A variable that every process of a demo inherits, by which they are found.
const MARK: &str = "IPXWAY_TEST_DEMO";
/// How long a demo may take, the machine being busy.
const PATIENCE: Duration = Duration::from_secs(60);

fn start(mark: &str) -> (Child, BufReader<ChildStdout>) {
    let mut child = Command::new(env!("CARGO_BIN_EXE_ipxway"))
        .arg("demo")
        .env(MARK, mark)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::inherit())
        .spawn()
        .expect("the binary");
    let output = BufReader::new(child.stdout.take().expect("a pipe"));
    (child, output)
}

/// Processes that belong to the demo of this mark.
fn alive(mark: &str) -> Vec<String> {
    let wanted = format!("{MARK}={mark}");
    let has_mark = |id: &String| {
        let environment = fs::read(format!("/proc/{id}/environ")).unwrap_or_default();
        environment.split(|&byte| byte == 0).any(|entry| entry == wanted.as_bytes())
    };
    let ids = fs::read_dir("/proc").expect("/proc").flatten();
    let ids = ids.map(|entry| entry.file_name().to_string_lossy().into_owned());
    ids.filter(|id| id.bytes().all(|byte| byte.is_ascii_digit())).filter(has_mark).collect()
}

fn all_gone(mark: &str) {
    let what = format!("the processes of demo {mark} to end");
    wait_until(&what, PATIENCE, || Ok(alive(mark).is_empty().then_some(()))).expect("no process");
}

#[test]
fn the_demo_shows_tables_a_ping_and_a_decoded_packet_and_leaves_nothing() {
    let (mut child, output) = start("whole");
    let text: Vec<String> = output.lines().map(|line| line.expect("text")).collect();
    let text = text.join("\n");
    assert!(child.wait().expect("an end").success(), "{text}");
    for part in [
        "show nlsp neighbors",
        "it hears us",
        "show routes",
        "show services",
        "3 received, 0 % lost",
        "Internetwork Packet eXchange",
        "0 lost, 0 duplicated, 0 reordered",
        "said goodbye",
    ] {
        assert!(text.contains(part), "`{part}` is missing:\n{text}");
    }
    all_gone("whole");
}

#[test]
fn a_demo_that_is_interrupted_or_killed_leaves_nothing_behind() {
    for signal in [Signal::SIGINT, Signal::SIGTERM, Signal::SIGKILL] {
        let mark = signal.as_str();
        let (mut child, output) = start(mark);
        // Agents and servers run by then.
        let mut lines = output.lines().map_while(Result::ok);
        assert!(lines.any(|line| line.contains("What the ends know")), "the demo ended before");
        assert!(alive(mark).len() > 6, "{:?}", alive(mark));
        let id = i32::try_from(child.id()).expect("an id");
        kill(Pid::from_raw(id), signal).expect("a signal");
        let status = child.wait().expect("an end");
        if signal != Signal::SIGKILL {
            assert_eq!(status.code(), Some(130), "{status}");
        }
        all_gone(mark);
    }
}
