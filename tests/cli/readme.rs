//! What the README shows is true as written.

use std::fs;
use std::path::Path;
use std::process::Command;

#[test]
fn the_configuration_in_the_readme_is_sound() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md");
    let readme = fs::read_to_string(path).unwrap();
    let (_, block) = readme.split_once("```toml\n").expect("a configuration in the README");
    let (text, _) = block.split_once("```").expect("an end of it");
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("readme.toml");
    fs::write(&file, text).unwrap();
    let check = ["check", "--strict"];
    let output =
        Command::new(env!("CARGO_BIN_EXE_ipxway")).args(check).arg(&file).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
}
