//! Text of any kind: what is refused, and that nothing breaks the reader.

use proptest::prelude::*;

use super::*;
use crate::config::schema::{Count, Key, ROOT, Section, Takes, Without};

#[test]
fn a_file_of_a_later_schema_is_refused_with_one_fault() {
    let [fault] = &faults("version = 2\n[nlsp]\narea = 1\n")[..] else { panic!("one fault") };
    assert_eq!((fault.line, fault.column, fault.key.as_str()), (1, 11, "version"));
}

#[test]
fn a_file_that_is_no_utf_8_or_not_there_or_endless_is_refused_with_its_place() {
    let Err(LoadError::Faulty(faults)) = parse_bytes("x", b"version = 1\n# \xff\n", None) else {
        panic!("not UTF-8");
    };
    assert_eq!((faults[0].line, faults[0].column), (2, 3));
    let missing = load(Path::new("/nonexistent/ipxway.toml")).unwrap_err().to_string();
    assert!(missing.starts_with("/nonexistent/ipxway.toml: "), "{missing}");
    let endless = load(Path::new("/dev/zero")).unwrap_err().to_string();
    assert!(endless.contains("larger than"), "{endless}");
}

#[test]
fn a_broken_line_hides_neither_the_faults_of_other_lines_nor_invents_any() {
    let text = SMALL.replace("network = \"C9000001\"", "network = C9000001\nticks = 0");
    let faults = faults(&text);
    let places: Vec<(usize, &str)> =
        faults.iter().map(|fault| (fault.line, fault.key.as_str())).collect();
    assert_eq!(places, [(6, ""), (7, "lan.ticks")]);
}

/// A mutation of a good file: bytes replaced, lines doubled, values swapped.
fn mutated() -> impl Strategy<Value = String> {
    let good = reference::annotated().replace("\n#", "\n");
    let edits = proptest::collection::vec((any::<prop::sample::Index>(), "[ -~\n]{0,6}"), 1..8);
    edits.prop_map(move |edits| {
        let mut text = good.clone();
        for (index, piece) in edits {
            let at = text.floor_char_boundary(index.index(text.len()));
            let end = text.floor_char_boundary((at + piece.len()).min(text.len()));
            text.replace_range(at..end, &piece);
        }
        text
    })
}

/// A value that the schema allows, chosen by `seed`.
fn allowed(key: &Key, seed: u64) -> String {
    let chosen = |count: usize| usize::try_from(seed).unwrap_or(0) % count;
    match (key.takes, key.without) {
        (Takes::Flag, _) => seed.is_multiple_of(2).to_string(),
        (Takes::Number { or: Some(word), .. }, _) if seed.is_multiple_of(3) => {
            format!("\"{word}\"")
        }
        (Takes::Number { least, greatest, .. }, _) => {
            (least + seed % (greatest - least + 1)).to_string()
        }
        (Takes::Word(_), _) if key.name == "discovery" => "\"static\"".to_owned(),
        (Takes::Word(words), _) => format!("\"{}\"", words[chosen(words.len())]),
        (Takes::List(_), _) if key.name == "da_discovery" => {
            "[\"multicast\", \"brake\"]".to_owned()
        }
        (Takes::List(_), _) if key.name == "areas" => "[\"C9000000/FF000000\"]".to_owned(),
        (Takes::List(_), _) => "[\"192.0.2.1\", \"192.0.2.2\"]".to_owned(),
        (
            Takes::Text(_),
            Without::Default(value) | Without::Otherwise(_, value) | Without::Required(value),
        ) => value.to_owned(),
    }
}

/// A file with some keys of every table, each with a value that the schema allows.
fn allowed_file(seeds: &[(bool, u64)]) -> String {
    fn add(out: &mut String, table: &Section, seeds: &mut dyn Iterator<Item = (bool, u64)>) {
        match table.count {
            Count::Once if table.path.is_empty() => {}
            Count::Once => out.push_str(&format!("[{}]\n", table.path)),
            Count::Each => out.push_str(&format!("[[{}]]\n", table.path)),
        }
        for key in table.keys {
            let (is_said, seed) = seeds.next().unwrap_or((false, 0));
            // Keys that exclude others are said elsewhere, or never.
            let is_needed = matches!(key.without, Without::Required(_)) || key.name == "tap";
            let is_crossing = ["delay_us", "throughput_bps"].contains(&key.name);
            let is_exclusive = ["nic", "da_discovery_options", "dhcp_agents"].contains(&key.name)
                || (table.path == "cmd_network" && is_crossing);
            if is_needed || key.name == "peers" || (is_said && !is_exclusive) {
                out.push_str(&format!("{} = {}\n", key.name, allowed(key, seed)));
            }
        }
        for inner in table.sections {
            add(out, inner, seeds);
        }
    }
    let mut out = String::new();
    add(&mut out, &ROOT, &mut seeds.iter().copied());
    out
}

proptest! {
    #[test]
    fn every_file_that_the_schema_allows_survives_rendering(
        seeds in proptest::collection::vec(any::<(bool, u64)>(), 140)
    ) {
        let text = allowed_file(&seeds);
        match parse("allowed.toml", &text) {
            Ok(_) => fuzz(text.as_bytes()),
            // The schema does not know that a packet must fit the MTU, and a refresh the lifetime.
            Err(LoadError::Faulty(faults)) => {
                let errors: Vec<_> =
                    faults.iter().filter(|fault| fault.severity == Severity::Error).collect();
                let keys = ["max_packet", "mtu", "lsp_size", "refresh_s", "lifetime_s"];
                let is_known = |fault: &&Diagnostic| {
                    keys.contains(&fault.key.rsplit('.').next().unwrap_or_default())
                };
                prop_assert!(errors.iter().all(is_known), "{errors:?}\n{text}");
            }
            Err(error) => prop_assert!(false, "{error}"),
        }
    }

    #[test]
    fn no_text_breaks_the_reader(text in "\\PC{0,200}") {
        fuzz(text.as_bytes());
    }

    #[test]
    fn no_bytes_break_the_reader(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        fuzz(&bytes);
    }

    #[test]
    fn no_text_of_toml_tokens_breaks_the_reader(
        tokens in proptest::collection::vec(
            prop::sample::select(vec![
                "[", "]", "[[", "]]", "{", "}", "=", ".", ",", "\n", "\"", "'''", "#", "0x", "lan",
                "cmd_network", "name", "peers", "rip", "version", "1", "-1", "\"auto\"", "true",
                "network", "static_route", "\"192.0.2.1\"", "1979-05-27", "\u{202e}", "é",
            ]),
            0..60,
        )
    ) {
        fuzz(tokens.concat().as_bytes());
    }

    #[test]
    fn no_mutation_of_a_good_file_breaks_the_reader(text in mutated()) {
        fuzz(text.as_bytes());
    }
}
