//! `ipxway simulate`, on the small case of `config/case-study`. What it says of faulty scenarios
//! is kept in `tests/cli/simulate-errors`; `IPXWAY_BLESS=1` writes it anew.

use std::fs;
use std::process::Output;

use super::plan::{assert_kept, ipxway, repository, text};

const SMALL: &str = "config/case-study/small-scenario.toml";

fn simulate(arguments: &[&str]) -> Output {
    ipxway(&[&["simulate"], arguments].concat(), &repository(""))
}

fn report(output: &Output) -> serde_json::Value {
    serde_json::from_slice(&output.stdout).unwrap()
}

/// A scenario in a directory of its own, on the plan of the small case.
fn scenario(settings: &str) -> Output {
    let directory = tempfile::tempdir().unwrap();
    let plan = repository("config/case-study/small.toml");
    let text = format!("[scenario]\nplan = \"{}\"\n{settings}", plan.display());
    fs::write(directory.path().join("scenario.toml"), text).unwrap();
    ipxway(&["simulate", "--json", "scenario.toml"], directory.path())
}

#[test]
fn every_change_is_known_everywhere_in_time() {
    let report = report(&simulate(&[SMALL, "--json"]));
    let stages = report["stages"].as_array().unwrap();
    let told: Vec<_> = stages.iter().map(|stage| stage["what"].as_str().unwrap()).collect();
    let expected =
        ["all start", "kill NARVIK", "restart NARVIK", "partition south", "heal", "stop ROME-05"];
    assert_eq!(told, expected);
    for stage in stages {
        assert!(stage["settled_ms"].is_u64(), "{stage}");
    }
    // NARVIK has two LANs, three servers, its own number, and 30 services.
    let count = |place: usize, what: &str| stages[place][what].as_u64().unwrap();
    assert_eq!(count(0, "networks") - count(1, "networks"), 2 + 3 + 1);
    assert_eq!(count(0, "services") - count(1, "services"), 30);
    assert_eq!(count(3, "parts"), 2);
    assert_eq!(report["agents"], 12);
    assert_eq!(report["servers"], 12);
}

/// The whole case study takes minutes in a build without optimisation.
fn full() -> bool {
    std::env::var_os("IPXWAY_FULL").is_some_and(|value| value != "0")
}

#[test]
fn the_case_study_comes_to_know_all_with_five_agents_a_pop_and_with_one() {
    let cases: &[(&str, u64)] = if full() {
        &[("scenario-old-way.toml", 315), ("scenario.toml", 303)]
    } else {
        &[("small-scenario.toml", 12)]
    };
    for (file, agents) in cases {
        let output = simulate(&[&format!("config/case-study/{file}"), "--json"]);
        let report = report(&output);
        assert!(output.status.success(), "{file}: {report}");
        assert_eq!(report["agents"], *agents);
        assert_eq!(report["stages"][0]["parts"], 1);
        eprintln!("{file}: {}", String::from_utf8_lossy(&output.stderr));
    }
}

#[test]
fn the_seed_decides_all() {
    let first = text(&simulate(&[SMALL, "--json"]));
    assert!(first == text(&simulate(&[SMALL, "--json", "--seed", "1"])), "the same");
    let other = report(&simulate(&[SMALL, "--json", "--seed", "2"]));
    let first: serde_json::Value = serde_json::from_str(&first).unwrap();
    assert_ne!(first["trace"], other["trace"]);
}

#[test]
fn agents_of_a_pop_that_are_on_one_network_each_meet_on_its_lan() {
    let output = scenario("agents_per_pop = \"one-per-network\"\n");
    let report = report(&output);
    assert!(output.status.success(), "{report}");
    assert_eq!(report["agents"], 10 + 4);
    assert_eq!(report["stages"][0]["parts"], 1);
}

#[test]
fn what_is_not_known_in_time_is_named_and_the_exit_code_tells() {
    let output = scenario(
        "limit_s = 3\nrest_s = 0\n[backbone]\nloss_permille = 1000\n[[event]]\nat_s = 5\n\
         do = \"kill\"\nagents = [\"BERGEN\"]\n",
    );
    assert_eq!(output.status.code(), Some(1));
    let stages = &report(&output)["stages"];
    assert!(stages[0]["settled_ms"].is_null(), "nothing arrives");
    let behind = stages[0]["behind"].as_array().unwrap();
    assert_eq!(behind.len(), 12);
    assert!(behind[0]["networks_missing"].as_array().unwrap().len() > 10, "{behind:?}");
}

#[test]
fn by_rip_and_sap_nothing_of_nlsp_is_sent() {
    let report = report(&scenario("exchange = \"rip-sap\"\nrest_s = 120\n"));
    let rest = report["at_rest"]["backbone"].as_object().unwrap();
    let kinds: Vec<&String> = rest.keys().collect();
    assert_eq!(kinds, ["rip", "sap"]);
    assert!(rest["rip"]["packets"].as_u64().unwrap() > 0);
}

#[test]
fn every_fault_of_a_scenario_is_answered_by_the_text_kept_beside_it() {
    let directory = repository("tests/cli/simulate-errors");
    for name in ["events.toml", "values.toml", "no-plan.toml", "faulty-plan.toml"] {
        let output = ipxway(&["simulate", name], &directory);
        assert_eq!(output.status.code(), Some(2), "{name}");
        assert!(output.stdout.is_empty(), "{name}");
        let said = String::from_utf8(output.stderr).unwrap();
        assert_kept(&directory.join(name).with_extension("txt"), &said);
    }
}
