//! `ipxway plan`: its tables and its JSON are kept in `tests/cli/plan`, what it says of faulty
//! plans beside them in `tests/cli/plan-errors`.
//!
//! `IPXWAY_BLESS=1` writes them anew; read the difference before it is committed.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

const CASE_STUDY: &str = "config/case-study/plan.toml";
/// Both ways to build a POP.
const WAYS: [&str; 2] = ["one", "one-per-network"];

pub(crate) fn repository(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

pub(crate) fn ipxway(arguments: &[&str], directory: &Path) -> Output {
    Command::new(env!("CARGO_BIN_EXE_ipxway"))
        .args(arguments)
        .current_dir(directory)
        .output()
        .unwrap()
}

fn plan(arguments: &[&str]) -> Output {
    ipxway(&[&["plan"], arguments].concat(), &repository(""))
}

pub(crate) fn text(output: &Output) -> String {
    let error = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{error}");
    String::from_utf8(output.stdout.clone()).unwrap()
}

fn json(arguments: &[&str]) -> serde_json::Value {
    let output = plan(&[arguments, &["--json"]].concat());
    serde_json::from_str(&text(&output)).unwrap()
}

pub(crate) fn assert_kept(path: &Path, found: &str) {
    if std::env::var_os("IPXWAY_BLESS").is_some() {
        fs::write(path, found).unwrap();
    }
    let kept = fs::read_to_string(path).unwrap_or_default();
    assert!(kept == found, "{} is not as kept:\n{found}", path.display());
}

#[test]
fn what_a_plan_costs_is_told_as_it_is_kept() {
    for (name, arguments) in [
        ("case-study", [CASE_STUDY].as_slice()),
        ("case-study-as-with-scmd", &[CASE_STUDY, "--agents-per-pop", "one-per-network"]),
        ("agents-300", &["--agents", "300"]),
        ("agents-300-once-a-minute", &["--agents", "300", "--interval", "60"]),
        ("agents-25", &["--agents", "25"]),
    ] {
        let path = repository("tests/cli/plan").join(name).with_extension("txt");
        assert_kept(&path, &text(&plan(arguments)));
    }
    let printed = text(&plan(&["--agents", "30", "--json"]));
    assert_kept(&repository("tests/cli/plan/agents-30.json"), &printed);
}

#[test]
fn the_case_study_has_the_totals_of_its_document() {
    for (way, agents) in [("one", 303), ("one-per-network", 315)] {
        let report = json(&[CASE_STUDY, "--agents-per-pop", way]);
        let split = &report["split"];
        assert_eq!(split["offices"], 300);
        assert_eq!(split["pops"], 3);
        assert_eq!(split["cmd_networks"], 13, "12 clouds and one network between POPs");
        assert_eq!(split["agents"], agents, "{way}");
        let networks = report["networks"].as_array().unwrap();
        let clouds: Vec<_> = networks.iter().filter(|network| network["offices"] == 25).collect();
        assert_eq!(clouds.len(), 12);
        for cloud in clouds {
            assert_eq!(cloud["agents"], 26);
            assert_eq!(cloud["hellos"]["once_a_minute"], 650);
            assert_eq!(cloud["hellos"]["nominal"], 1_950);
        }
    }
}

#[test]
fn each_agent_is_told_with_its_address_and_its_priority_on_each_network() {
    let report = json(&[CASE_STUDY]);
    let agents = report["agents"].as_array().unwrap();
    let agent = |name: &str| agents.iter().find(|agent| agent["name"] == name).unwrap();
    assert_eq!(agent("EAST")["ip"], "10.1.0.1");
    let networks = agent("EAST")["networks"].as_array().unwrap();
    let priority = |name: &str| &networks.iter().find(|n| n["name"] == name).unwrap()["priority"];
    assert_eq!((priority("east-1"), priority("backbone")), (&100.into(), &44.into()));
    assert_eq!(agent("WEST-4-20")["networks"][0]["priority"], 10, "56 kbit/s");
    assert_eq!(agent("WEST-4-BIG-01")["networks"][0]["priority"], 44, "a T-1");
}

#[test]
fn one_network_of_300_sends_what_the_case_study_fears() {
    let report = json(&["--agents", "300"]);
    let hellos = &report["flat"]["hellos"];
    assert_eq!(hellos["once_a_minute"], 89_700);
    assert_eq!(hellos["nominal"], 269_100);
    assert_eq!(hellos["expected"], 307_543);
    assert_eq!(hellos["designated_adds"], 1_025);
    assert_eq!(report["flat_network"]["lsps"], 918);
    assert_eq!(report["flat_network"]["csnps"], 32);
    let report = json(&["--agents", "25"]);
    let hellos = &report["networks"][0]["hellos"];
    assert_eq!(hellos["once_a_minute"], 600);
    assert_eq!(hellos["nominal"], 1_800);
}

/// Every file of a directory.
fn contents(directory: &Path) -> BTreeMap<String, String> {
    let entries = fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().path());
    entries
        .map(|path| {
            let name = path.file_name().unwrap().to_str().unwrap().to_owned();
            (name, fs::read_to_string(&path).unwrap())
        })
        .collect()
}

#[test]
fn every_configuration_of_the_case_study_is_sound() {
    for (way, agents) in WAYS.into_iter().zip([303, 315]) {
        let directory = tempfile::tempdir().unwrap();
        let into = directory.path().to_str().unwrap();
        text(&plan(&[CASE_STUDY, "--agents-per-pop", way, "--emit", into]));
        let files = contents(directory.path());
        assert_eq!(files.len(), agents, "{way}");
        for name in files.keys() {
            let check = ipxway(&["check", "--strict", name], directory.path());
            let said = String::from_utf8_lossy(&check.stdout);
            assert!(check.status.success(), "{way}: {said}");
        }
    }
}

#[test]
fn a_file_that_somebody_changed_is_replaced_only_by_force() {
    let directory = tempfile::tempdir().unwrap();
    let into = directory.path().to_str().unwrap();
    let emit = |more: &[&str]| plan(&[&[CASE_STUDY, "--emit", into], more].concat());
    text(&emit(&[]));
    let first = contents(directory.path());
    text(&emit(&[]));
    assert_eq!(contents(directory.path()), first, "the same plan gives the same files");

    fs::write(directory.path().join("EAST.toml"), "# mine\n").unwrap();
    fs::remove_file(directory.path().join("WEST.toml")).unwrap();
    let refused = emit(&[]);
    assert_eq!(refused.status.code(), Some(2));
    let said = String::from_utf8_lossy(&refused.stderr);
    assert!(said.contains("EAST.toml would change") && said.contains("--force"), "{said}");
    assert!(!directory.path().join("WEST.toml").exists(), "nothing is written by half");

    fs::write(directory.path().join("OLD.toml"), "# of another plan\n").unwrap();
    let forced = emit(&["--force"]);
    let said = String::from_utf8_lossy(&forced.stderr).into_owned();
    text(&forced);
    let expected = "1 files written, 1 replaced, 301 as they were; 1 others there are of no agent";
    assert!(said.contains(expected), "{said}");
    fs::remove_file(directory.path().join("OLD.toml")).unwrap();
    assert_eq!(contents(directory.path()), first);
}

#[test]
fn every_fault_of_a_plan_is_answered_by_the_text_kept_beside_it() {
    let directory = repository("tests/cli/plan-errors");
    let mut names: Vec<String> = contents(&directory).into_keys().collect();
    names.retain(|name| name.ends_with(".toml"));
    assert!(names.len() >= 13, "only {names:?}");
    for name in names {
        let output = ipxway(&["plan", &name], &directory);
        let said = String::from_utf8(output.stderr).unwrap();
        let is_faulty = said.contains(": error: ");
        assert_eq!(output.status.code(), Some(if is_faulty { 2 } else { 0 }), "{name}: {said}");
        assert_eq!(output.stdout.is_empty(), is_faulty, "{name}");
        assert_kept(&directory.join(&name).with_extension("txt"), &said);
    }
}

#[test]
fn a_plan_is_of_a_file_or_of_a_number_of_agents() {
    for (arguments, said) in [
        ([].as_slice(), "required"),
        (&[CASE_STUDY, "--agents", "3"], "cannot be used with"),
        (&[CASE_STUDY, "--services", "3"], "cannot be used with"),
        (&["--agents", "3", "--emit", "x"], "cannot be used with"),
        (&["--agents", "1"], "2..=10000"),
        (&["nowhere.toml"], "No such file"),
    ] {
        let output = plan(arguments);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
        let error = String::from_utf8_lossy(&output.stderr);
        assert!(error.contains(said), "{arguments:?}: {error}");
    }
}
