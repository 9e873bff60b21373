//! Where what may stand: `unsafe` and system calls in the drivers, no host in the core, no pause
//! in a test.

use crate::lexer::{lex, line_of, words};
use crate::tree::{Text, sources};
use crate::{Fault, assert_none};

/// What belongs to a host, as words of code.
const HOST_WORDS: [&str; 10] = [
    "tokio",
    "UdpSocket",
    "TcpStream",
    "TcpListener",
    "UnixStream",
    "UnixListener",
    "UnixDatagram",
    "Instant",
    "SystemTime",
    "HashMap",
];
/// The same, as modules of `std`.
const HOST_MODULES: [&str; 5] = ["fs", "thread", "process", "env", "os"];

fn unsafe_outside_drivers(sources: &[Text]) -> Vec<Fault> {
    let mut faults = Vec::new();
    for source in sources.iter().filter(|source| !source.path.starts_with("drivers/")) {
        for (line, word) in words(&lex(&source.content).code) {
            if word == "unsafe" || word == "libc" {
                let says = format!("`{word}` belongs into drivers/");
                faults.push(Fault::new(&source.path, line, says));
            }
        }
    }
    faults
}

/// The modules of `std` that `code` names, with their lines: `std::fs`, `use std::{fs, net}`.
fn modules_of_std(code: &str) -> Vec<(usize, String)> {
    let mut found = Vec::new();
    for (at, path) in code.match_indices("std::") {
        let line = line_of(code, at);
        let rest = &code[at + path.len()..];
        let list = match rest.strip_prefix('{') {
            Some(group) => group.split('}').next().unwrap_or_default(),
            None => rest.split(|c: char| !(c.is_alphanumeric() || c == '_')).next().unwrap_or(""),
        };
        let names = list.split(',').filter_map(|item| item.trim().split("::").next());
        found.extend(names.map(|name| (line, name.to_owned())));
    }
    found
}

fn host_in_core(sources: &[Text]) -> Vec<Fault> {
    let mut faults = Vec::new();
    for source in sources.iter().filter(|source| source.path.starts_with("src/core/")) {
        let code = lex(&source.content).code;
        let words = words(&code).map(|(line, word)| (line, word.to_owned()));
        let hosts = words.filter(|(_, word)| HOST_WORDS.contains(&word.as_str()));
        let modules = modules_of_std(&code).into_iter();
        let modules = modules.filter(|(_, name)| HOST_MODULES.contains(&name.as_str()));
        for (line, name) in hosts.chain(modules) {
            let says =
                format!("`{name}` in the core, which knows no host: pass a value in instead");
            faults.push(Fault::new(&source.path, line, says));
        }
    }
    faults
}

/// The heads of the blocks that the byte at `offset` stands in, the innermost first.
fn blocks_around(code: &str, offset: usize) -> Vec<&str> {
    let mut heads = Vec::new();
    let mut closed = 0;
    for (at, c) in code[..offset].char_indices().rev() {
        match c {
            '}' => closed += 1,
            '{' if closed > 0 => closed -= 1,
            '{' => {
                let before = code[..at].rfind(['{', '}', ';']).map_or(0, |end| end + 1);
                heads.push(code[before..at].trim());
            }
            _ => {}
        }
    }
    heads
}

/// Pauses of tests outside loops: a loop looks again, a pause alone hopes.
fn pauses(sources: &[Text]) -> Vec<Fault> {
    let mut faults = Vec::new();
    for source in sources {
        let code = lex(&source.content).code;
        let tests_begin = if source.is_test() { Some(0) } else { code.find("mod tests {") };
        let pauses = code.match_indices("thread::sleep");
        for (at, _) in pauses.filter(|(at, _)| tests_begin.is_some_and(|begin| begin <= *at)) {
            let loops = ["while ", "loop", "for "];
            let looks_again = blocks_around(&code, at)
                .iter()
                .take_while(|head| !head.contains("fn "))
                .any(|head| loops.iter().any(|word| head.starts_with(word)));
            if !looks_again {
                let says = "a pause and a hope: look for the event in a loop that has a deadline";
                faults.push(Fault::new(&source.path, line_of(&code, at), says));
            }
        }
    }
    faults
}

fn ignored_tests(sources: &[Text]) -> Vec<Fault> {
    let mut faults = Vec::new();
    for source in sources {
        let code = lex(&source.content).code;
        for (at, _) in code.match_indices("#[ignore") {
            let says = "an ignored test proves nothing: mend or delete it";
            faults.push(Fault::new(&source.path, line_of(&code, at), says));
        }
    }
    faults
}

#[test]
fn unsafe_code_and_system_calls_stand_only_in_the_drivers() {
    assert_none(&unsafe_outside_drivers(&sources()));
}

#[test]
fn the_core_knows_no_clock_socket_file_or_thread() {
    assert_none(&host_in_core(&sources()));
}

#[test]
fn no_test_pauses_and_hopes() {
    assert_none(&pauses(&sources()));
}

#[test]
fn no_test_is_ignored() {
    assert_none(&ignored_tests(&sources()));
}

#[test]
fn these_rules_find_what_breaks_them() {
    let code =
        "//! X.\n#![forbid(unsafe_code)]\nunsafe { libc::close(0) } // unsafe is said here\n";
    let sources = [Text::new("src/core/a.rs", code), Text::new("drivers/src/b.rs", code)];
    assert_eq!(unsafe_outside_drivers(&sources).len(), 2);
    let code =
        "use std::{fs, net::Ipv4Addr};\nuse std::thread;\nlet x = tokio::spawn(\"Instant\");";
    let core = [Text::new("src/core/a.rs", code), Text::new("src/daemon/a.rs", code)];
    assert_eq!(host_in_core(&core).len(), 3);
    let code = "#[ignore = \"slow\"]\nfn hopes() { for a in b { } thread::sleep(s) }\n\
                fn looks() { while !there() { let a = { 1 }; thread::sleep(s) } }";
    let tests = [Text::new("tests/netns/a.rs", code), Text::new("src/host/pace.rs", code)];
    assert_eq!(pauses(&tests).len(), 1);
    assert_eq!(ignored_tests(&tests).len(), 2);
}
