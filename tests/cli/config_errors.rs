//! `ipxway check` on configurations with mistakes: what it says is kept beside each file.
//!
//! `IPXWAY_BLESS=1` writes the texts anew; read the difference before it is committed.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

fn directory() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cli/config-errors")
}

fn check(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_ipxway"))
        .arg("check")
        .args(arguments)
        .current_dir(directory())
        .output()
        .unwrap()
}

fn exit_code(output: &Output) -> i32 {
    output.status.code().expect("the check ends by itself")
}

/// The configurations with mistakes, by file name.
fn mistakes() -> Vec<String> {
    let names = fs::read_dir(directory()).unwrap().map(|entry| entry.unwrap().file_name());
    let mut names: Vec<String> = names.map(|name| name.into_string().unwrap()).collect();
    names.retain(|name| name.ends_with(".toml"));
    names.sort();
    names
}

#[test]
fn every_mistake_is_answered_by_the_text_kept_beside_it() {
    let mistakes = mistakes();
    assert!(mistakes.len() >= 25, "only {} files", mistakes.len());
    let mut wrong = Vec::new();
    for name in mistakes {
        let output = check(&[&name]);
        let text = String::from_utf8(output.stdout.clone()).unwrap();
        assert_eq!(String::from_utf8_lossy(&output.stderr), "", "{name}");
        let expected_code = if text.contains(": error: ") { 2 } else { 0 };
        assert_eq!(exit_code(&output), expected_code, "{name}:\n{text}");
        let path = directory().join(&name).with_extension("txt");
        if std::env::var_os("IPXWAY_BLESS").is_some() {
            fs::write(&path, &text).unwrap();
        }
        if fs::read_to_string(&path).unwrap_or_default() != text {
            wrong.push(format!("--- {name}\n{text}"));
        }
    }
    assert!(wrong.is_empty(), "not as kept:\n{}", wrong.join("\n"));
}

#[test]
fn json_has_the_same_faults_at_the_same_places() {
    for name in mistakes() {
        let text = String::from_utf8(check(&[&name]).stdout).unwrap();
        let json: serde_json::Value =
            serde_json::from_slice(&check(&["--json", &name]).stdout).unwrap();
        assert_eq!(json["version"], 1);
        let mut count = 0;
        for fault in ["errors", "warnings"].iter().flat_map(|kind| json[kind].as_array().unwrap()) {
            let (line, column) = (&fault["line"], &fault["column"]);
            let severity = fault["severity"].as_str().unwrap();
            let place = format!("{name}:{line}:{column}: {severity}: ");
            assert!(text.contains(&place), "{place}\n{text}");
            count += 1;
        }
        assert!(count > 0, "{name}");
        assert_eq!(json["sound"], !text.contains(": error: "), "{name}");
    }
}

#[test]
fn warnings_fail_a_check_only_if_it_is_strict() {
    assert_eq!(exit_code(&check(&["peer-twice.toml"])), 0);
    assert_eq!(exit_code(&check(&["--strict", "peer-twice.toml"])), 1);
    assert_eq!(exit_code(&check(&["--strict", "../../../config/examples/site.toml"])), 0);
}

#[test]
fn a_file_that_is_not_there_is_named_with_the_reason() {
    let output = check(&["nowhere.toml"]);
    let text = String::from_utf8(output.stdout.clone()).unwrap();
    assert!(text.starts_with("nowhere.toml: cannot be read: No such file"), "{text}");
    assert_eq!(exit_code(&output), 2);
    let json: serde_json::Value =
        serde_json::from_slice(&check(&["--json", "nowhere.toml"]).stdout).unwrap();
    assert_eq!(json["sound"], false);
    assert!(json["unreadable"].as_str().unwrap().contains("nowhere.toml"));
}

#[test]
fn a_sound_file_is_answered_by_what_it_means() {
    let output = check(&["../../../config/examples/pop.toml"]);
    let text = String::from_utf8(output.stdout.clone()).unwrap();
    assert_eq!(exit_code(&output), 0, "{text}");
    for part in [
        "POP-FRANKFURT",
        "0F000001",
        "servers  0F000020  nic eth1               802.2, VLAN 20, 1 tick",
        "south    0F000102  udp 203.0.113.10:2654  1 tick, NLSP, peers 203.0.113.31, 203.0.113.32",
        "1 route, 1 service",
    ] {
        assert!(text.contains(part), "{part} in\n{text}");
    }
}
