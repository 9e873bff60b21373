//! Agents that find each other by SLP, with real sockets.

mod client;
mod dhcp;
mod hostile;

use std::net::Ipv4Addr;
use std::time::{Duration, Instant};

use ipxway::demo::lab::network::BACKBONE;
use ipxway::demo::lab::{Agent, AgentConfig, Capture, Cmd, Lab, NlspTimes, Process, wait_until};
use ipxway_core::router::{Command, Reply};
use ipxway_core::wire::NodeAddress;
use nix::sys::signal::Signal;

use super::lab::{CONVERGENCE, SOON, ensure, isolated};
use super::oracle::tshark;

/// An Ethernet of IP hosts, which multicast joins.
const WIRE: &str = "wire";

fn ip(number: u8) -> Ipv4Addr {
    Ipv4Addr::new(10, 9, 0, number)
}

/// A host on the wire.
fn host(lab: &Lab, number: u8) -> anyhow::Result<String> {
    let name = format!("host{number}");
    lab.namespace(&name)?;
    lab.plug(WIRE, (&name, &format!("eth{number}")), NodeAddress([2, 0, 0, 9, 0, number]))?;
    lab.ip(&format!("-n {name} address add {}/24 dev eth{number}", ip(number)))?;
    // Else the captures show UDP checksums that the (virtual) card was yet to compute.
    lab.set_offload(&name, &format!("eth{number}"), false)?;
    Ok(name)
}

/// An agent that has no list of peers.
fn agent(lab: &Lab, name: &str, number: u8, more: &str) -> anyhow::Result<Agent> {
    let config = AgentConfig::new(&format!("AGENT-{number}"), 0xc000_0000 + u32::from(number));
    let config = config.cmd(Cmd::new(ip(number), &[])).paced(NlspTimes::SHORT);
    Agent::start(lab, name, &AgentConfig { more: more.to_owned(), ..config })
}

/// Waits until each of the agents has all the others as neighbours; gives the time it took.
fn all_meet(agents: &[Agent], patience: Duration) -> anyhow::Result<Duration> {
    let begun = Instant::now();
    wait_until("all agents are neighbours", patience, || {
        for agent in agents {
            let up = agent.neighbors()?.iter().filter(|row| row.state == "up").count();
            if up != agents.len() - 1 {
                return Ok(None);
            }
        }
        Ok(Some(()))
    })?;
    Ok(begun.elapsed())
}

#[test]
fn agents_of_a_wire_find_each_other_without_a_list_and_without_a_directory_agent() {
    isolated(|lab| {
        lab.lan(WIRE)?;
        let names: Vec<String> = (1..=3).map(|n| host(lab, n)).collect::<Result<_, _>>()?;
        let capture = Capture::start(lab, (WIRE, "lan"), "slp", "port 427")?;
        let mut agents = Vec::new();
        for (name, number) in names.iter().zip(1..) {
            agents.push(agent(lab, name, number, "")?);
        }
        let took = all_meet(&agents, CONVERGENCE)?;
        eprintln!("all met after {took:?}");
        // One that comes later is a stranger at first, and is asked for.
        let name = host(lab, 4)?;
        agents.push(agent(lab, &name, 4, "")?);
        let took = all_meet(&agents, SOON)?;
        eprintln!("a fourth met them after {took:?}");
        let last = agents.pop().expect("a fourth");
        drop(last);
        let file = capture.finish()?;
        let (all, odd) = ("srvloc", "_ws.malformed || srvloc && _ws.expert.severity >= 6291456");
        let seen = tshark(&file, &["-Y", all]).len();
        ensure(seen >= 20, || format!("only {seen} messages"))?;
        let odd = tshark(&file, &["-Y", odd]);
        ensure(odd.is_empty(), || odd.join("\n"))
    });
}

/// Islands that a router joins, which passes no multicast: each a wire with so many hosts, and a
/// server of DHCP that tells of the scope, and of the directory agents of this island and of the
/// next.
fn islands(lab: &Lab, islands: u8, hosts: u8) -> anyhow::Result<Vec<Process>> {
    let mut servers = Vec::new();
    lab.backbone()?;
    for island in 1..=islands {
        let wire = format!("wire{island}");
        lab.lan(&wire)?;
        let router = format!("to-{wire}");
        lab.plug(&wire, (BACKBONE, &router), NodeAddress([2, 0, 0, island, 0, 254]))?;
        lab.ip(&format!("-n {BACKBONE} address add 10.{island}.0.254/24 dev {router}"))?;
        for number in (1..=hosts).chain([DHCP]) {
            let (name, device) = (format!("host{island}{number}"), format!("eth{island}{number}"));
            lab.namespace(&name)?;
            lab.plug(&wire, (&name, &device), NodeAddress([2, 0, 0, island, 0, number]))?;
            lab.ip(&format!("-n {name} address add 10.{island}.0.{number}/24 dev {device}"))?;
            lab.ip(&format!("-n {name} route add default via 10.{island}.0.254"))?;
            lab.set_offload(&name, &device, false)?;
        }
        let (host, device) = (format!("host{island}{DHCP}"), format!("eth{island}{DHCP}"));
        let agents = format!("78,00:0a:{island:02x}:00:01:0a:{:02x}:00:01", island % islands + 1);
        let network = format!("10.{island}.0.0");
        servers.push(dhcp::serve(lab, (&host, &device, &network), &[&agents, SCOPE])?);
    }
    Ok(servers)
}

/// The host of each island that serves DHCP, and its option for the scope, ME_SCOPE.
const DHCP: u8 = 9;
const SCOPE: &str = "79,00:4d:45:5f:53:43:4f:50:45";

/// An agent on an island; the first of each is its directory agent. The others are told nothing.
fn islander(lab: &Lab, islands: u8, island: u8, number: u8) -> anyhow::Result<Agent> {
    let name = format!("AGENT-{island}{number}");
    let config = AgentConfig::new(&name, 0xc000_0000 + 16 * u32::from(island) + u32::from(number));
    let local = Ipv4Addr::new(10, island, 0, number);
    let config = config.cmd(Cmd::new(local, &[])).paced(NlspTimes::SHORT);
    let all: Vec<String> = (1..=islands).map(|island| format!("\"10.{island}.0.1\"")).collect();
    let more = if number == 1 {
        let peers = all.join(", ");
        format!(
            "\n[slp.directory_agent]\nenabled = true\nscopes = [\"ME_SCOPE\"]\n\
             mesh_peers = [{peers}]\n"
        )
    } else {
        String::new()
    };
    let host = format!("host{island}{number}");
    Agent::start(lab, &host, &AgentConfig { more, ..config })
}

#[test]
fn three_islands_with_a_directory_agent_each_become_one_network() {
    isolated(|lab| {
        const ISLANDS: u8 = 3;
        const HOSTS: u8 = 3;
        let _servers = islands(lab, ISLANDS, HOSTS + 1)?;
        let captures = [1, 2, 3].map(|island| {
            let wire = format!("wire{island}");
            Capture::start(lab, (&wire, "lan"), &wire, "port 427 or port 67 or igmp")
        });
        let mut agents = Vec::new();
        for number in 1..=HOSTS {
            for island in 1..=ISLANDS {
                agents.push(islander(lab, ISLANDS, island, number)?);
            }
        }
        eprintln!(
            "nine agents of three islands met after {:?}",
            all_meet(&agents, 2 * CONVERGENCE)?
        );
        // A directory agent dies: its island keeps what it has, and who comes there now is served
        // by that of the next island, which DHCP names second.
        let place = agents.iter().position(|agent| agent.process.name == "AGENT-21");
        let mut gone = agents.remove(place.expect("the agent"));
        gone.process.kill()?;
        drop(gone);
        all_meet(&agents, CONVERGENCE)?;
        agents.push(islander(lab, ISLANDS, 2, HOSTS + 1)?);
        eprintln!(
            "one that came without its directory agent met all after {:?}",
            all_meet(&agents, CONVERGENCE)?
        );
        let late = agents.last().expect("the agent");
        let Reply::SlpDas { das } = late.ask(Command::ShowSlpDas)? else {
            anyhow::bail!("no directory agents")
        };
        let asked: Vec<_> = das.iter().filter(|row| !row.primary.is_empty()).collect();
        let next = Some(Ipv4Addr::new(10, 3, 0, 1));
        ensure(asked.len() == 1 && asked[0].address == next, || format!("{das:?}"))?;
        ensure(asked[0].primary == "ME_SCOPE", || format!("{das:?}"))?;
        // It returns, with its registry.
        agents.push(islander(lab, ISLANDS, 2, 1)?);
        eprintln!("a directory agent is back after {:?}", all_meet(&agents, CONVERGENCE)?);
        // An island is cut off, longer than its agents wait for hellos, and joined again.
        lab.ip(&format!("-n {BACKBONE} link set to-wire3 down"))?;
        wait_until("the third island is alone", CONVERGENCE, || {
            let third = agents.iter().find(|agent| agent.process.name == "AGENT-32");
            let rows = third.expect("the agent").neighbors()?;
            Ok((rows.iter().filter(|row| row.state == "up").count() == 2).then_some(()))
        })?;
        lab.ip(&format!("-n {BACKBONE} link set to-wire3 up"))?;
        eprintln!("an island is back after {:?}", all_meet(&agents, 2 * CONVERGENCE)?);
        drop(agents);
        for capture in captures {
            let (questions, answers, odd) = dhcp::judge(&capture?.finish()?);
            ensure(questions >= 3 && answers >= 3, || format!("{questions}, {answers}"))?;
            ensure(odd.is_empty(), || odd.join("\n"))?;
        }
        Ok(())
    });
}

#[test]
fn without_multicast_not_one_packet_goes_to_a_group() {
    isolated(|lab| {
        lab.lan(WIRE)?;
        let names: Vec<String> = (1..=2).map(|n| host(lab, n)).collect::<Result<_, _>>()?;
        // DHCP asks everybody on the wire, which is no group.
        let filter = "ip multicast and not dst host 255.255.255.255 or igmp";
        let capture = Capture::start(lab, (WIRE, "lan"), "quiet", filter)?;
        let quiet = "\n[slp]\nmulticast = false\ndirectory_agents = [\"10.9.0.9\"]\n";
        let mut agents = Vec::new();
        for (name, number) in names.iter().zip(1..) {
            agents.push(agent(lab, name, number, quiet)?);
        }
        // The directory agent that is listed is not there: that is known after 15 s.
        for agent in &agents {
            wait_until("the directory agent is given up", CONVERGENCE, || {
                let Reply::SlpDas { das } = agent.ask(Command::ShowSlpDas)? else {
                    return Ok(None);
                };
                Ok((das.iter().any(|row| row.state == "down")).then_some(()))
            })?;
            ensure(agent.neighbors()?.is_empty(), || "nobody can be found".to_owned())?;
        }
        drop(agents);
        let packets = tshark(&capture.finish()?, &[]);
        ensure(packets.is_empty(), || packets.join("\n"))
    });
}

#[test]
fn an_agent_that_leaves_is_given_up_at_once_and_one_that_returns_is_found_again() {
    isolated(|lab| {
        lab.lan(WIRE)?;
        let names: Vec<String> = (1..=2).map(|n| host(lab, n)).collect::<Result<_, _>>()?;
        let mut agents = Vec::new();
        for (name, number) in names.iter().zip(1..) {
            agents.push(agent(lab, name, number, "")?);
        }
        all_meet(&agents, CONVERGENCE)?;
        let mut second = agents.pop().expect("two");
        second.process.signal(Signal::SIGTERM)?;
        wait_until("the first is alone", SOON, || {
            let up = agents[0].neighbors()?.iter().any(|row| row.state == "up");
            Ok((!up).then_some(()))
        })?;
        second.process.wait(SOON)?;
        drop(second);
        agents.push(agent(lab, &names[1], 2, "")?);
        all_meet(&agents, CONVERGENCE).map(drop)
    });
}

/// Events of an agent that have this name.
fn events(agent: &Agent, name: &str) -> anyhow::Result<usize> {
    let Reply::Events { events } = agent.ask(Command::ShowEvents)? else { return Ok(0) };
    Ok(events.iter().filter(|row| row.event.name() == name).count())
}

#[test]
fn an_interface_is_left_while_it_is_down_and_stays_while_other_addresses_come() {
    isolated(|lab| {
        lab.lan(WIRE)?;
        let names: Vec<String> = (1..=2).map(|n| host(lab, n)).collect::<Result<_, _>>()?;
        let mut agents = vec![agent(lab, &names[0], 1, "")?];
        // The second takes whichever address its interface has.
        agents.push(agent(lab, &names[1], 2, "\n[slp]\ninterfaces = [\"eth2\"]\n")?);
        all_meet(&agents, CONVERGENCE)?;
        let second = &agents[1];
        let (ups, downs) = (events(second, "interface-up")?, events(second, "interface-down")?);
        // An address before the one that is used, and another MTU: the first changes nothing, the
        // second is told.
        lab.ip(&format!("-n {} address add 10.8.0.1/24 dev eth2", names[1]))?;
        lab.ip(&format!("-n {} link set eth2 mtu 1400", names[1]))?;
        wait_until("the interface is told anew", SOON, || {
            let Reply::Events { events } = second.ask(Command::ShowEvents)? else {
                return Ok(None);
            };
            let moved = events.iter().any(|row| row.event.to_string().contains("10.8.0.1"));
            ensure(!moved, || "an interface that works has moved".to_owned())?;
            Ok(Some(()))
        })?;
        ensure(events(second, "interface-down")? == downs, || "it went down".to_owned())?;
        lab.ip(&format!("-n {} link set eth2 down", names[1]))?;
        wait_until("the interface is down", SOON, || {
            Ok((events(second, "interface-down")? > downs).then_some(()))
        })?;
        lab.ip(&format!("-n {} link set eth2 up", names[1]))?;
        wait_until("the interface is up again", SOON, || {
            Ok((events(second, "interface-up")? > ups).then_some(()))
        })?;
        all_meet(&agents, CONVERGENCE).map(drop)
    });
}
