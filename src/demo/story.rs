//! What the demo shows, in order.

use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::{Context, bail};
use ipxway_core::wire::NetworkNumber;

use super::lab::network::BACKBONE;
use super::lab::{Agent, Capture, Lab, run, wait_until};
use super::offices::{Built, OFFICES};
use super::page::Page;

/// How long the offices may take to learn of each other.
const CONVERGENCE: Duration = Duration::from_secs(30);
/// How long a goodbye may take to reach everybody, or a process to end.
const GOODBYE: Duration = Duration::from_secs(10);

/// How long the receiver may wait for the last datagrams.
const STREAM_END: Duration = Duration::from_secs(15);

/// Tells the whole story.
///
/// # Errors
/// Says which step did not come out as it should.
pub(crate) fn tell(program: &Path) -> anyhow::Result<()> {
    let started = Instant::now();
    let mut page = Page::new();
    let lab = Lab::new(program)?;
    let mut offices = build(&lab, &mut page)?;
    let mut agents = start(&lab, &offices, &mut page)?;
    show_neighbours(&lab, &agents, &mut page)?;
    show_tables(&lab, &agents, &mut page)?;
    let capture = Capture::start(&lab, (BACKBONE, "to-oslo"), "backbone", "udp port 2654")?;
    find_and_ping(&lab, &offices, &mut page)?;
    show_datagram(&capture.finish()?, &mut page)?;
    send_stream(&lab, &offices, &mut page)?;
    say_goodbye(&mut offices, &mut agents, &mut page)?;
    let seconds = started.elapsed().as_secs_f64();
    page.line(&format!(
        "\nThat was all, in {seconds:.1} s. Namespaces, devices, processes and files are gone."
    ))?;
    Ok(())
}

fn build(lab: &Lab, page: &mut Page) -> anyhow::Result<Vec<Built>> {
    page.heading("Three offices that speak IPX, and a backbone that routes IP and nothing else")?;
    lab.backbone()?;
    let offices: Vec<Built> =
        OFFICES.iter().map(|office| office.build(lab)).collect::<Result<_, _>>()?;
    page.line("")?;
    offices.iter().try_for_each(|office| page.line(&office.describe()))?;
    Ok(offices)
}

fn start(lab: &Lab, offices: &[Built], page: &mut Page) -> anyhow::Result<Vec<Agent>> {
    page.heading("An agent in each office")?;
    let addresses: Vec<_> = offices.iter().map(|office| office.ip).collect();
    let begun = Instant::now();
    let mut agents = Vec::new();
    for office in offices {
        let agent = office.start_agent(lab, &addresses)?;
        let file = agent.file.display().to_string();
        let name = office.plan.name;
        page.command(name, &format!("ipxway run -c {}", short(&file)), "")?;
        agents.push(agent);
    }
    let (networks, services) = everything(offices);
    for agent in &mut agents {
        let what = format!("{} to know everything", agent.process.name);
        let known = wait_until(&what, CONVERGENCE, || {
            if let Some(status) = agent.process.ended()? {
                bail!("agent {} ended ({status})", agent.process.name);
            }
            let routes = agent.routes()?;
            let offered = agent.services()?;
            let all = networks
                .iter()
                .all(|network| routes.iter().any(|row| row.network == *network && row.hops < 16))
                && services
                    .iter()
                    .all(|name| offered.iter().any(|row| row.name == *name && row.reachable));
            Ok(all.then_some(()))
        });
        known.with_context(|| format!("its last words:\n{}", agent.process.last_words()))?;
    }
    page.line(&format!(
        "\n  {:.1} s later every agent knows the {} networks and {} services of all offices.",
        begun.elapsed().as_secs_f64(),
        networks.len(),
        services.len()
    ))?;
    Ok(agents)
}

/// The networks and services that everybody must learn of.
fn everything(offices: &[Built]) -> (Vec<NetworkNumber>, Vec<&'static str>) {
    let networks = offices
        .iter()
        .flat_map(|office| {
            let [(_, one), (_, two)] = office.plan.networks;
            [one, two, office.plan.server.internal, office.plan.agent_internal]
        })
        .map(NetworkNumber)
        .collect();
    (networks, offices.iter().map(|office| office.plan.server.name).collect())
}

fn show_neighbours(lab: &Lab, agents: &[Agent], page: &mut Page) -> anyhow::Result<()> {
    page.heading("They are link-state neighbours: each says what changes, and nothing else")?;
    for agent in agents {
        let what = format!("the neighbours of {}", agent.process.name);
        wait_until(&what, CONVERGENCE, || {
            let up = agent.neighbors()?.iter().filter(|row| row.state == "up").count();
            Ok((up + 1 == agents.len()).then_some(()))
        })?;
    }
    let Some(agent) = agents.first() else { bail!("the plan has no office") };
    show(lab, agent, "nlsp neighbors", page)?;
    page.line("\n  The designated router, DR, speaks for the network that all three are on.")?;
    Ok(())
}

/// A table of an agent.
fn show(lab: &Lab, agent: &Agent, table: &str, page: &mut Page) -> anyhow::Result<()> {
    let (name, socket) = (&agent.process.name, agent.socket().display());
    let output = run(&mut lab.ipxway(name, &format!("show {table} --socket {socket}")))?;
    let printed = String::from_utf8_lossy(&output.stdout);
    page.command(name, &format!("ipxway show {table}"), &printed)?;
    Ok(())
}

fn show_tables(lab: &Lab, agents: &[Agent], page: &mut Page) -> anyhow::Result<()> {
    page.heading("What the ends know of each other")?;
    for agent in agents.iter().take(2) {
        for table in ["routes", "services"] {
            show(lab, agent, table, page)?;
        }
    }
    Ok(())
}

fn find_and_ping(lab: &Lab, offices: &[Built], page: &mut Page) -> anyhow::Result<()> {
    page.heading("A workstation in Rome finds the file server in Oslo, and pings it")?;
    page.line("\n  It knows nothing but its framing: it asks for the nearest file server.")?;
    let [oslo, rome, ..] = offices else { bail!("the plan has no two offices") };
    let (framing, _) = rome.plan.networks[1];
    let place = format!("--device desk --framing {framing}");
    let type_wanted = oslo.plan.server.service_type;
    let to = format!("{:08X}.000000000001", oslo.plan.server.internal);
    for (verb, words) in [
        ("find", format!("host find {place} {type_wanted}")),
        ("ping", format!("host ping {place} --count 3 --interval 0.2 {to}")),
    ] {
        let output = run(&mut lab.ipxway(&rome.plan.lan(), &words))
            .with_context(|| format!("the workstation's {verb}"))?;
        let printed = String::from_utf8_lossy(&output.stdout);
        page.command("rome-desk", &format!("ipxway {words}"), &printed)?;
        let name = oslo.plan.server.name;
        if verb == "find" && !printed.contains(name) {
            bail!("the workstation found something else than {name}");
        }
    }
    Ok(())
}

fn show_datagram(file: &Path, page: &mut Page) -> anyhow::Result<()> {
    page.heading("One of the pings on the backbone, as tshark reads it")?;
    let file = file.display().to_string();
    let words = "-n -d udp.port==2654,ipx -O ipx -Y ipx.dst.socket==0x9086";
    let mut command = Command::new("tshark");
    command.args(["-r", &file]).args(words.split(' '));
    let output = run(&mut command)?;
    let text = String::from_utf8_lossy(&output.stdout);
    let Some(first) = text.split("\n\n").find(|part| part.contains("Internetwork Packet")) else {
        bail!("tshark finds no IPX ping in the capture of the backbone");
    };
    let typed = format!("tshark -r {} {words}", short(&file));
    page.command("backbone", &typed, first)?;
    Ok(())
}

/// Datagrams of the stream, and how many a second.
const STREAM: (u32, u32) = (5_000, 5_000);

fn send_stream(lab: &Lab, offices: &[Built], page: &mut Page) -> anyhow::Result<()> {
    let (count, rate) = STREAM;
    page.heading(&format!("{count} numbered datagrams of every size, from Rome to Oslo"))?;
    let [oslo, rome, ..] = offices else { bail!("the plan has no two offices") };
    let place = |office: &Built| {
        let (framing, network) = office.plan.networks[1];
        (format!("--device desk --framing {framing}"), NetworkNumber(network))
    };
    let ((here, _), (there, network)) = (place(rome), place(oslo));
    let words = format!("host receive {there} --count {count} 5000");
    let mut receiver = lab.start(&oslo.plan.lan(), "receiver", &words)?;
    receiver.wait_for_text("receiving", GOODBYE)?;
    let to = format!("{network}.{}.5000", oslo.plan.node(2));
    let sending = format!("host send {here} --count {count} --rate {rate} {to}");
    let output = run(&mut lab.ipxway(&rome.plan.lan(), &sending))?;
    let printed = String::from_utf8_lossy(&output.stdout);
    page.command("rome-desk", &format!("ipxway {sending}"), &printed)?;
    let status = receiver.wait(STREAM_END)?;
    page.command("oslo-desk", &format!("ipxway {words}"), &receiver.log())?;
    if !status.success() {
        bail!("not every datagram arrived once, in order and whole");
    }
    Ok(())
}

fn say_goodbye(offices: &mut [Built], agents: &mut [Agent], page: &mut Page) -> anyhow::Result<()> {
    page.heading("The file server is shut down; so are the agents")?;
    let [oslo, ..] = offices else { bail!("the plan has no office") };
    let begun = Instant::now();
    oslo.server.terminate(GOODBYE)?;
    let name = oslo.plan.server.name;
    for agent in agents.iter() {
        let what = format!("{name} to be gone from {}", agent.process.name);
        wait_until(&what, GOODBYE, || Ok((!agent.offers(name)?).then_some(())))?;
    }
    let ms = begun.elapsed().as_millis();
    page.line(&format!("\n  {name} said goodbye, and {ms} ms later no agent offers it."))?;
    for agent in agents {
        let status = agent.process.terminate(GOODBYE)?;
        if !status.success() {
            let words = agent.process.last_words();
            bail!("agent {} ended with {status}:\n{words}", agent.process.name);
        }
    }
    page.line("  The agents told their networks the same, and ended.")?;
    Ok(())
}

/// A path of the lab as it is shown.
fn short(path: &str) -> &str {
    path.strip_prefix("/run/lab/").unwrap_or(path)
}
