//! Options of a real server of DHCP: dnsmasq.

use std::path::Path;
use std::time::Duration;

use ipxway::demo::lab::{
    Agent, AgentConfig, Capture, Cmd, Lab, NlspTimes, Process, run, wait_until,
};
use ipxway_core::router::{Command, DhcpRow, Reply};
use ipxway_core::wire::NetworkNumber;

use super::{WIRE, all_meet, host, ip};
use crate::lab::{CONVERGENCE, SOON, ensure, isolated};
use crate::oracle::tshark;

/// The number of the server's host.
const SERVER: u8 = 9;
/// Its name, device and network.
const WHERE: (&str, &str, &str) = ("host9", "eth9", "10.9.0.0");
/// How long an agent waits for a server that does not answer, and a little more.
const SILENCE: Duration = Duration::from_secs(25);

/// What dnsmasq is to say: the forms of the RFCs, and those of Novell's draft.
const RFC: [&str; 3] = [
    "78,01:0a:09:00:01",
    "79,01:4d:45:5f:53:43:4f:50:45",
    "63,02:00:0c:04:de:ad:be:ef:0d:02:00:3c:0e:04:0a:09:00:02",
];
const NOVELL: [&str; 3] =
    ["78,80:04:0a:09:00:01", "79,00:03:4d:45:5f:53:43:4f:50:45:00", "63,0c:04:c0:ff:ee:01"];

/// A server that answers questions for options, and gives no addresses.
pub(super) fn serve(
    lab: &Lab,
    (host, device, network): (&str, &str, &str),
    options: &[&str],
) -> anyhow::Result<Process> {
    let mut command = lab.command(host, Path::new("dnsmasq"));
    command.args(["--keep-in-foreground", "--conf-file=/dev/null", "--user=root", "--port=0"]);
    command.args(["--pid-file=", "--leasefile-ro", "--log-dhcp", "--log-facility=-"]);
    command.args(["--bind-interfaces", &format!("--interface={device}")]);
    command.arg(format!("--dhcp-range={network},static,255.255.255.0"));
    command.args(options.iter().map(|option| format!("--dhcp-option={option}")));
    let log = lab.path(&format!("dnsmasq-{host}.log"));
    let mut server = Process::start(command, "dnsmasq", &log)?;
    server.wait_for_text("DHCP, static leases only", SOON)?;
    Ok(server)
}

/// An agent that knows nothing but its address: the first of them is a directory agent.
fn agent(lab: &Lab, number: u8) -> anyhow::Result<Agent> {
    let config = AgentConfig::new(&format!("AGENT-{number}"), 0xc000_0000 + u32::from(number));
    let config = config.cmd(Cmd::new(ip(number), &[]).number_by_dhcp()).paced(NlspTimes::SHORT);
    let more = match number {
        1 => "\n[slp.directory_agent]\nenabled = true\nscopes = [\"ME_SCOPE\"]\n",
        _ => "",
    };
    Agent::start(lab, &format!("host{number}"), &AgentConfig { more: more.to_owned(), ..config })
}

fn told(agent: &Agent) -> anyhow::Result<DhcpRow> {
    match agent.ask(Command::ShowDhcp)? {
        Reply::Dhcp { mut interfaces } if interfaces.len() == 1 => Ok(interfaces.remove(0)),
        other => anyhow::bail!("{other:?}"),
    }
}

fn network(agent: &Agent) -> anyhow::Result<NetworkNumber> {
    let circuits = agent.circuits()?;
    Ok(circuits.first().map(|row| row.network).unwrap_or_default())
}

/// The questions and answers of DHCP in a capture, and what is wrong with any packet there.
pub(super) fn judge(file: &Path) -> (usize, usize, Vec<String>) {
    let of_type = |kind: u8| tshark(file, &["-Y", &format!("dhcp.option.dhcp == {kind}")]).len();
    // What directory agents ask each other, function 12, is unknown to tshark, and it says so.
    let odd = "_ws.malformed || (dhcp || srvloc && !(srvloc.function == 12)) && \
               _ws.expert.severity >= 6291456 && !tcp.analysis.flags";
    (of_type(8), of_type(5), tshark(file, &["-Y", odd]))
}

#[test]
fn agents_that_are_told_nothing_learn_all_from_a_real_server_of_dhcp() {
    isolated(|lab| {
        lab.lan(WIRE)?;
        for number in [1, 2, 3, SERVER] {
            host(lab, number)?;
        }
        let _server = serve(lab, WHERE, &RFC)?;
        let capture = Capture::start(lab, (WIRE, "lan"), "dhcp", "port 427 or port 67 or igmp")?;
        let agents = [agent(lab, 1)?, agent(lab, 2)?, agent(lab, 3)?];
        let took = all_meet(&agents, CONVERGENCE)?;
        eprintln!("all met after {took:?}");
        let row = told(&agents[2])?;
        ensure(row.state == "answered" && row.server == Some(ip(SERVER)), || format!("{row:?}"))?;
        ensure(row.directory_agents == [ip(1)], || format!("{row:?}"))?;
        ensure(row.scopes.as_deref() == Some("ME_SCOPE"), || format!("{row:?}"))?;
        ensure(row.mandatory == ["directory_agents", "scopes"], || format!("{row:?}"))?;
        ensure(row.stale_time == Some(60) && row.agents == [ip(2)], || format!("{row:?}"))?;
        for agent in &agents {
            let number = network(agent)?;
            ensure(number == NetworkNumber(0xdead_beef), || format!("{number}"))?;
        }
        // An operator sees where each value is from.
        let socket = agents[2].socket().display();
        let shown = run(&mut lab.ipxway("host3", &format!("--socket {socket} show config")))?;
        let shown = String::from_utf8_lossy(&shown.stdout).into_owned();
        for line in [
            "network = \"DEADBEEF\"                             # DHCP, 10.9.0.9",
            "scopes = [\"ME_SCOPE\"]                            # DHCP, 10.9.0.9",
            "local = \"10.9.0.3\"                               # file, line ",
            "multicast = true                                 # default",
        ] {
            ensure(shown.contains(line), || format!("no {line} in\n{shown}"))?;
        }
        // The kernel copies every UDP datagram for such a socket: it is there for the answers only.
        wait_until("the port of DHCP to be closed", SILENCE, || {
            let mut command = lab.command("host3", Path::new("cat"));
            let sockets = run(command.arg("/proc/net/raw"))?;
            Ok((String::from_utf8_lossy(&sockets.stdout).lines().count() == 1).then_some(()))
        })?;
        drop(agents);
        let file = capture.finish()?;
        let (questions, answers, odd) = judge(&file);
        ensure(questions >= 3 && answers >= 3, || format!("{questions}, {answers}"))?;
        ensure(odd.is_empty(), || odd.join("\n"))?;
        // None but questions for options, and none searched by multicast, as DHCP forbids it.
        let others = tshark(&file, &["-Y", "dhcp && dhcp.type == 1 && dhcp.option.dhcp != 8"]);
        ensure(others.is_empty(), || others.join("\n"))?;
        let searches = "srvloc.function == 1 && ip.dst == 224.0.0.0/4";
        let searches = tshark(&file, &["-Y", searches]);
        ensure(searches.is_empty(), || searches.join("\n"))
    });
}

#[test]
fn novells_forms_are_understood_and_the_number_is_kept_for_when_the_server_is_gone() {
    isolated(|lab| {
        lab.lan(WIRE)?;
        for number in [1, 2, SERVER] {
            host(lab, number)?;
        }
        let mut server = serve(lab, WHERE, &NOVELL)?;
        let mut agents = vec![agent(lab, 1)?, agent(lab, 2)?];
        all_meet(&agents, CONVERGENCE)?;
        let row = told(&agents[1])?;
        ensure(row.directory_agents == [ip(1)] && row.mandatory.is_empty(), || format!("{row:?}"))?;
        ensure(row.scopes.as_deref() == Some("ME_SCOPE"), || format!("{row:?}"))?;
        let number = network(&agents[1])?;
        ensure(number == NetworkNumber(0xc0ff_ee01), || format!("{number}"))?;
        server.kill()?;
        let mut second = agents.pop().expect("two");
        second.process.terminate(SOON)?;
        drop(second);
        let again = agent(lab, 2)?;
        wait_until("the kept number", SILENCE, || {
            Ok((network(&again)? == NetworkNumber(0xc0ff_ee01)).then_some(()))
        })?;
        let row = told(&again)?;
        ensure(row.state == "silent" && row.server.is_none(), || format!("{row:?}"))
    });
}
