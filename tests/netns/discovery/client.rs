//! `ipxway slp`: the client for operators, against real agents.

use std::process::Output;

use ipxway::demo::lab::{Capture, Lab};

use super::{WIRE, agent, all_meet, host};
use crate::lab::{CONVERGENCE, ensure, isolated};
use crate::oracle::tshark;

/// The host of the operator.
const DESK: &str = "host9";

/// Runs the client; gives its exit code and all that it printed.
fn ask(lab: &Lab, words: &[&str]) -> anyhow::Result<(i32, String)> {
    let mut command = lab.ipxway(DESK, "slp");
    let Output { status, stdout, stderr } = command.args(words).output()?;
    let text = String::from_utf8_lossy(&stdout).into_owned() + &String::from_utf8_lossy(&stderr);
    Ok((status.code().unwrap_or(-1), text))
}

/// The client must end with this code and print all of these.
fn expect(lab: &Lab, words: &[&str], code: i32, parts: &[&str]) -> anyhow::Result<()> {
    let (ended, text) = ask(lab, words)?;
    let missing: Vec<_> = parts.iter().filter(|part| !text.contains(**part)).collect();
    ensure(ended == code && missing.is_empty(), || {
        format!("slp {words:?} ended with {ended}, without {missing:?}:\n{text}")
    })
}

#[test]
fn an_operator_asks_directory_agents_registers_and_takes_back_in_both_versions() {
    isolated(|lab| {
        lab.lan(WIRE)?;
        for number in [1, 2, 9] {
            host(lab, number)?;
        }
        let capture = Capture::start(lab, (WIRE, "lan"), "client", "host 10.9.0.9 and port 427")?;
        let directory = "\n[slp.directory_agent]\nenabled = true\n";
        let agents = [agent(lab, "host1", 1, directory)?, agent(lab, "host2", 2, "")?];
        all_meet(&agents, CONVERGENCE)?;
        let url = "service:mgw.novell:///AGENT-2";
        let at = ["--agent", "10.9.0.1"];
        let with = |words: &[&'static str]| [words, &at[..]].concat();
        expect(lab, &["agents"], 0, &["10.9.0.1", "DEFAULT", "1 directory agent"])?;
        expect(lab, &["--v1", "agents"], 0, &["10.9.0.1", "DEFAULT"])?;
        for v1 in [&[][..], &["--v1"]] {
            expect(
                lab,
                &[&with(&["find", "mgw.novell"])[..], v1].concat(),
                0,
                &[url, "2 services"],
            )?;
            expect(
                lab,
                &[&with(&["attrs", url])[..], v1].concat(),
                0,
                &["CMD NETWORK", "FFFFFFFD", "SVCNAME-WS", "AGENT-2"],
            )?;
            expect(lab, &[&with(&["types"])[..], v1].concat(), 0, &["mgw.novell", "1 type"])?;
        }
        let here = with(&["find", "mgw.novell", "--filter", "(SVCNAME-WS=agent-*)"]);
        expect(lab, &here, 0, &["2 services"])?;
        let elsewhere = with(&["find", "mgw.novell", "--filter", "(CMD NETWORK=BAD)"]);
        expect(lab, &elsewhere, 1, &["no services"])?;
        // By multicast, where a directory agent and a service agent answer.
        expect(lab, &["find", "mgw.novell"], 0, &[url, "2 services"])?;
        // Enough for an answer that does not fit a datagram.
        for number in 0..40 {
            let url = format!("service:printer.acme:///a-printer-with-a-long-name-{number:02}");
            let words = ["register", &url, "(floor=3)", "--agent", "10.9.0.1"];
            expect(lab, &words, 0, &["done"])?;
        }
        let all = ["find", "printer.acme", "--filter", "(floor=3)", "--json"];
        let all = [&all[..], &at].concat();
        expect(lab, &all, 0, &["-00\"", "-39\"", "\"told_by\":\"10.9.0.1\"", "\"refused\":[]"])?;
        let v1 = with(&["find", "printer.acme", "--v1", "--filter", "(floor==3)"]);
        expect(lab, &v1, 0, &["40 services"])?;
        let first = "service:printer.acme:///a-printer-with-a-long-name-00";
        expect(lab, &with(&["deregister", first]), 0, &["done"])?;
        expect(lab, &with(&["find", "printer.acme"]), 0, &["39 services"])?;
        // Others' services are not for us, nor other scopes.
        expect(
            lab,
            &with(&["deregister", url]),
            1,
            &["refused by 10.9.0.1: AUTHENTICATION_FAILED (7)"],
        )?;
        let scoped = with(&["find", "mgw.novell", "--scope", "ELSEWHERE"]);
        expect(lab, &scoped, 1, &["refused by 10.9.0.1: SCOPE_NOT_SUPPORTED (4)"])?;
        let silent = ["find", "mgw.novell", "--agent", "10.9.0.77", "--timeout", "1"];
        expect(lab, &silent, 1, &["no answer from 10.9.0.77 within 1 s"])?;
        // tshark makes much of an answer that is an error.
        let odd = "_ws.malformed || srvloc && !(srvloc.errv2 > 0) && \
                   _ws.expert.severity >= 6291456 && !tcp.analysis.flags";
        let odd = tshark(&capture.finish()?, &["-Y", odd]);
        ensure(odd.is_empty(), || odd.join("\n"))
    });
}
