//! What the schema says of each key, and what is printed from it.

use super::*;
use crate::config::schema::{Key, ROOT, Section, Without};

/// Every table of the schema, the top first.
fn sections() -> Vec<&'static Section> {
    let mut all = vec![&ROOT];
    let mut next = 0;
    while let Some(section) = all.get(next).copied() {
        all.extend(section.sections);
        next += 1;
    }
    all
}

/// The file with this one key more in each table that may have it.
fn with_key(section: &Section, key: &Key, value: &str) -> String {
    let line = format!("{} = {value}", key.name);
    let small = SMALL.to_owned();
    match (section.path, section.path.split_once('.')) {
        ("", _) => format!("{line}\n{small}"),
        ("lan", _) => small.replacen("[[lan]]", &format!("[[lan]]\n{line}"), 1),
        ("cmd_network", _) => format!("{small}\n{line}"),
        (_, Some(("lan", inner))) => {
            small.replacen("[[cmd_network]]", &format!("[lan.{inner}]\n{line}\n[[cmd_network]]"), 1)
        }
        _ => format!("{small}\n[{}]\n{line}", section.path),
    }
}

#[test]
fn each_default_that_the_schema_names_changes_nothing_when_it_is_said() {
    let small = loaded(SMALL);
    for section in sections() {
        for key in section.keys {
            let Without::Default(value) = key.without else { continue };
            // Saying that there are no peers does change something.
            if ["static_route", "static_service"].contains(&section.path) || key.name == "peers" {
                continue;
            }
            let text = with_key(section, key, value);
            // An array size without an array of journals is only worth a warning.
            let said = loaded(&text);
            assert_eq!(said.core, small.core, "{text}");
            assert_eq!(said.shell, small.shell, "{text}");
        }
    }
}

#[test]
fn each_key_refuses_a_value_of_another_type_and_says_what_would_be_right() {
    for section in sections() {
        for key in section.keys {
            if matches!(key.without, Without::Required(_)) || section.path.starts_with("static") {
                continue;
            }
            let mut text = with_key(section, key, "1979-05-27");
            if key.name == "peers" {
                text = text.replace("peers = [\"192.0.2.2\"]", "");
            }
            if key.name == "tap" {
                text = text.replace("tap = \"ipx0\"", "");
            }
            let faults = faults(&text);
            let path = section.path_of(key.name);
            let fault = faults.iter().find(|fault| fault.key == path).expect(&text);
            assert_eq!(fault.read.as_deref(), Some("1979-05-27"), "{text}");
            assert_eq!(fault.wrong, "is a datetime");
            assert_eq!(fault.right, format!("give {}", key.takes.describe()), "{text}");
        }
    }
}

#[test]
fn the_annotated_file_names_every_key_and_loads() {
    let text = reference::annotated();
    assert_file("config/ipxway.toml", &text);
    for section in sections() {
        for key in section.keys {
            let line = format!("{} = ", key.name);
            let found = text.lines().any(|l| l.trim_start_matches('#').starts_with(&line));
            assert!(found, "{}", section.path_of(key.name));
        }
    }
    assert_eq!(loaded(&text).warnings, []);
}

#[test]
fn the_annotated_file_loads_with_every_comment_taken_off_that_hides_a_key() {
    // `nic` instead of `tap`, and `ticks` instead of delay and throughput, would be one too many.
    let mut in_cmd_network = false;
    let text: Vec<String> = reference::annotated()
        .lines()
        .map(|line| {
            in_cmd_network |= line == "[[cmd_network]]";
            let key = line.strip_prefix('#').filter(|rest| !rest.starts_with(' '));
            let too_many = line.starts_with("#nic") || (in_cmd_network && line == "#ticks = 1");
            match key {
                Some(key) if !too_many => key.to_owned(),
                _ => line.to_owned(),
            }
        })
        .collect();
    let loaded = loaded(&text.join("\n"));
    assert_eq!(loaded.warnings, []);
    assert_eq!(loaded.core.static_routes.len(), 1);
    assert_eq!(loaded.core.static_services.len(), 1);
    assert_eq!(loaded.shell.journal.as_ref().map(|journal| journal.max_size), Some(64 << 20));
}

#[test]
fn the_reference_in_the_documentation_is_as_the_schema_prints_it() {
    let path = "docs/configuration.md";
    let found = fs::read_to_string(repository(path)).unwrap();
    let mark = "<!-- printed from the schema -->\n";
    let (prose, _) = found.split_once(mark).expect("the reference begins with its mark");
    assert_file(path, &format!("{prose}{mark}{}", reference::markdown()));
}

#[test]
fn each_rename_reads_the_old_name_with_a_warning_and_refuses_both() {
    for rename in renames::RENAMES {
        let section = ROOT.section(rename.section).unwrap();
        let key = section.key(rename.new).expect("the new name is in the schema");
        assert!(section.key(rename.old).is_none(), "{rename:?}");
        let value = match key.without {
            Without::Default(value) | Without::Otherwise(_, value) | Without::Required(value) => {
                value
            }
        };
        let new = with_key(section, key, value);
        let new = if matches!(key.without, Without::Required(_)) { SMALL } else { &new };
        let old = new.replacen(&format!("{} = ", rename.new), &format!("{} = ", rename.old), 1);
        let (new, old) = (loaded(new), loaded(&old));
        assert_eq!(old.core, new.core, "{rename:?}");
        let [warning] = old.warnings.as_slice() else { panic!("{:?}", old.warnings) };
        assert_eq!(warning.wrong, format!("renamed to `{}`", rename.new));
    }
    let both = SMALL.replace("[[lan]]", "[[lan]]\nframe_type = \"802.3\"");
    assert_eq!(faults(&both)[0].key, "lan.frame_type");
}
