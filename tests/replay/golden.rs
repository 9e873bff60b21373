//! Captures of other stations, and what the agent answers to each.
//!
//! Of each case `golden/` holds the capture of what is sent and the report that is printed. Both
//! were read by people before they were kept. `IPXWAY_BLESS=1` writes them anew: read the
//! difference, and the new capture with tshark, before keeping it.

use std::fs;
use std::path::Path;

use clap::Parser as _;
use ipxway::cli::{Arguments, Verb};
use ipxway::replay::{capture, setup};

use crate::oracle::{Judge, complaints};
use crate::{argument, printed, replay, root};

/// A capture, the agent that hears it, and what else `ipxway replay` is told.
struct Case {
    name: &'static str,
    capture: &'static str,
    agent: &'static str,
    more: &'static [&'static str],
}

impl Case {
    fn arguments(&self, out: &Path) -> Vec<String> {
        let capture = format!("captures/{}", self.capture);
        let agent = format!("tests/replay/agents/{}.toml", self.agent);
        let out = argument(out);
        let mut all: Vec<String> =
            [&capture, "-c", &agent, "--out", out].iter().map(ToString::to_string).collect();
        all.extend(self.more.iter().map(ToString::to_string));
        all
    }

    /// Plays it and compares with what was kept.
    fn check(&self) {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let out = folder.path().join("out.pcap");
        let arguments = self.arguments(&out);
        let mut arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
        let report = printed(&replay(&arguments), 0);
        let sent = fs::read(&out).expect("the capture was written");

        self.check_library(&arguments, &out);
        let nodes = own_nodes(&report);
        assert_eq!(complaints(&out, Judge::From(&nodes)), Vec::<String>::new());

        let golden = root().join("tests/replay/golden");
        let (golden_out, golden_report) = (
            golden.join(self.name.to_owned() + ".pcap"),
            golden.join(self.name.to_owned() + ".txt"),
        );
        if std::env::var_os("IPXWAY_BLESS").is_some() {
            fs::write(&golden_out, &sent).expect("the golden folder can be written");
            fs::write(&golden_report, &report).expect("the golden folder can be written");
        }
        arguments.extend(["--golden", argument(&golden_out)]);
        let again = printed(&replay(&arguments), 0);
        assert_eq!(again, report, "the second run prints something else");
        assert_eq!(fs::read(&out).unwrap(), sent, "the second run sends something else");
        assert_eq!(fs::read(&golden_out).unwrap(), sent, "equal packets in another file");
        let kept = fs::read_to_string(&golden_report)
            .unwrap_or_else(|error| panic!("{}: {error}", golden_report.display()));
        assert_eq!(report, kept, "{} is no longer what is printed", golden_report.display());
    }

    /// The same by calling the library: what the binary writes is what the library sends.
    fn check_library(&self, arguments: &[&str], out: &Path) {
        let line = ["ipxway", "replay"].iter().chain(arguments);
        let Verb::Replay(mut args) = Arguments::try_parse_from(line).unwrap().verb else {
            panic!("`replay` is another verb");
        };
        args.config = args.config.map(|config| root().join(config));
        let setup = setup::from_arguments(&args).unwrap();
        let tail = std::time::Duration::from_secs(args.tail);
        let played = capture::play(&root().join(&args.file), &setup, tail).unwrap();
        assert_eq!(played.sent(), capture::read(out).unwrap());
    }
}

/// The agent's nodes, as its report names them in "circuit … is up: network …, node …".
fn own_nodes(report: &str) -> Vec<String> {
    let mut nodes: Vec<String> = report
        .lines()
        .filter(|line| line.contains(" is up: network "))
        .filter_map(|line| line.rsplit("node ").next())
        .map(|node| {
            let digits: Vec<String> = node
                .as_bytes()
                .chunks(2)
                .map(|pair| String::from_utf8_lossy(pair).to_lowercase())
                .collect();
            digits.join(":")
        })
        .collect();
    nodes.dedup();
    assert!(!nodes.is_empty(), "no circuit came up:\n{report}");
    nodes
}

macro_rules! cases {
    ($($name:ident: $file:literal, $agent:literal, [$($more:literal),*];)*) => {
        $(
            #[test]
            fn $name() {
                let (name, more) = (stringify!($name), &[$($more),*]);
                Case { name, capture: $file, agent: $agent, more }.check();
            }
        )*
    };
}

cases! {
    // Every packet of the formats, with our agent in the place of their router, and beside it.
    samples_as_their_router: "samples/ipx_samples.pcap", "oslo", ["--mac", "020000000001"];
    samples_as_a_bystander: "samples/ipx_samples.pcap", "oslo", ["--tail", "200"];
    nlsp_samples_as_their_neighbour: "samples/nlsp_samples.pcap", "nlsp-branch",
        ["--mac", "00001B00000B", "--tail", "10"];
    nlsp_samples_as_a_bystander: "samples/nlsp_samples.pcap", "nlsp", [];
    slp_is_none_of_ours: "samples/slp_samples.pcap", "oslo", [];
    dhcp_is_none_of_ours: "samples/dhcp_samples.pcap", "oslo", [];
    snmp_is_none_of_ours: "samples/inform_samples.pcap", "oslo", [];

    // Real stations.
    two_routers_start: "live/01-start-lanB.pcap", "lan-b", [];
    two_routers_fall_silent: "live/01-start-lanB.pcap", "lan-b", ["--tail", "250"];
    a_netware_server_starts: "live/05-mars-lanA.pcap", "lan-a", [];
    a_lan_number_is_learned: "live/05-mars-lanA.pcap", "learner", [];
    a_client_logs_in: "live/06-ncp-lanB.pcap", "lan-b", [];
    four_framings_of_one_server: "live/07-frames-lanC.pcap", "lan-c", ["--tail", "70"];
    dosbox_speaks_to_itself: "live/08-dosbox.pcap", "oslo", [];

    // What no capture had.
    a_peer_comes_and_goes: "made/cmd-network.pcap", "oslo", ["--tail", "60"];
    strangers_are_refused: "made/cmd-refused.pcap", "oslo", [];
    odd_lengths_on_a_tap: "made/odd-lengths.pcap", "oslo", [];
    odd_lengths_on_a_network_card: "made/odd-lengths.pcap", "oslo-nic", [];
    the_forwarding_rules: "made/forwarding.pcap", "oslo", [];
    checksums_taken_off: "made/forwarding.pcap", "oslo-open", [];
    netbios_names_stay_on_the_lans: "made/type-20.pcap", "oslo", [];
    netbios_names_over_ip: "made/type-20.pcap", "oslo-open", [];
    malformed_packets: "made/malformed.pcap", "oslo", [];
    questions_in_every_framing: "made/requests.pcap", "oslo", [];

    // Figures of the case study; what they show is asserted in `figures`.
    figure_10_hellos: "made/figure-10-hellos.pcap", "figure-10", [];
    figure_13_segment: "made/figure-13-segment.pcap", "figure-13", ["--mac", "020A00000091"];
    figure_14_networks: "made/figure-14-networks.pcap", "figure-14", [];
}

/// The same packets under other link types, and in the other file format, make the same replies.
#[test]
fn a_replay_does_not_depend_on_the_link_type_or_the_file_format() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let golden = root().join("tests/replay/golden/a_peer_comes_and_goes.pcap");
    for file in ["cmd-network.raw-ip.pcap", "cmd-network.null.pcap", "cmd-network.pcapng"] {
        let out = folder.path().join(file);
        let capture = format!("captures/made/{file}");
        let output = replay(&[
            &capture,
            "-c",
            "tests/replay/agents/oslo.toml",
            "--tail",
            "60",
            "--out",
            argument(&out),
            "--golden",
            argument(&golden),
        ]);
        let report = printed(&output, 0);
        assert_eq!(report.contains("link type 104"), file.ends_with("pcapng"), "{report}");
    }
}
