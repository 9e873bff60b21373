//! What `docs/planning.md` shows is what the commands print. `IPXWAY_BLESS=1` writes it anew.

use std::fs;

use super::plan::{ipxway, repository, text};

#[test]
fn the_output_in_the_documentation_of_planning_is_that_of_the_commands() {
    let path = repository("docs/planning.md");
    let mut document = fs::read_to_string(&path).unwrap();
    let mut printed = String::new();
    let shown = document.clone();
    let mut rest = shown.as_str();
    let mut commands = 0;
    while let Some((before, block)) = rest.split_once("```\n$ ipxway ") {
        let (block, after) = block.split_once("```\n").expect("a block ends");
        let command = block.lines().next().unwrap_or_default();
        let arguments: Vec<&str> = command.split(' ').collect();
        let output = text(&ipxway(&arguments, &repository("")));
        printed.push_str(&format!("{before}```\n$ ipxway {command}\n{output}```\n"));
        rest = after;
        commands += 1;
    }
    printed.push_str(rest);
    assert!(commands >= 4, "only {commands} commands were found");
    if std::env::var_os("IPXWAY_BLESS").is_some() {
        fs::write(&path, &printed).unwrap();
        document.clone_from(&printed);
    }
    assert!(document == printed, "not as printed; IPXWAY_BLESS=1 writes it:\n{printed}");
}
