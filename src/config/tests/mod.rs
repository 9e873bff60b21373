//! Laws of the whole: defaults, the files in the repository, rendering, arbitrary text.

mod discovery;
mod meaning;
mod schema;
mod text;

use std::path::PathBuf;

use super::*;

/// The least that makes a LAN and a CMD network.
const SMALL: &str = r#"
    [[lan]]
    name = "office"
    tap = "ipx0"
    framing = "802.2"
    network = "C9000001"

    [[cmd_network]]
    name = "backbone"
    peers = ["192.0.2.2"]
"#;

fn loaded(text: &str) -> Loaded {
    parse("test.toml", text).unwrap_or_else(|error| panic!("{error}\n{text}"))
}

fn faults(text: &str) -> Vec<Diagnostic> {
    match parse("test.toml", text) {
        Err(LoadError::Faulty(faults)) => faults,
        other => panic!("{other:?}\n{text}"),
    }
}

fn repository(path: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(path)
}

/// Compares a file of the repository with what it must be; `IPXWAY_BLESS=1` writes it.
fn assert_file(path: &str, expected: &str) {
    let path = repository(path);
    if std::env::var_os("IPXWAY_BLESS").is_some() {
        fs::write(&path, expected).unwrap();
    }
    let found = fs::read_to_string(&path).unwrap_or_default();
    assert!(found == expected, "{} is not as printed: IPXWAY_BLESS=1 writes it", path.display());
}

#[test]
fn every_example_is_sound_without_a_warning() {
    let mut count = 0;
    for entry in fs::read_dir(repository("config/examples")).unwrap() {
        let path = entry.unwrap().path();
        let loaded = load(&path).unwrap_or_else(|error| panic!("{error}"));
        assert_eq!(loaded.warnings, [], "{}", path.display());
        fuzz(&fs::read(&path).unwrap());
        count += 1;
    }
    assert!(count >= 4);
}
