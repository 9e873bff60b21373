//! Every source is part of a crate: a file that no root leads to is dead.

use std::collections::{BTreeMap, BTreeSet};

use crate::lexer::{lex, line_of};
use crate::tree::{Text, sources, texts};
use crate::{Fault, assert_none};

/// The roots that Cargo finds by itself in the package at `directory`, which ends with `/` or is
/// empty.
fn is_default_root(directory: &str, path: &str) -> bool {
    let Some(inside) = path.strip_prefix(directory) else { return false };
    let parts: Vec<&str> = inside.split('/').collect();
    match parts.as_slice() {
        ["build.rs"] | ["src", "main.rs" | "lib.rs"] | ["src", "bin", _] => true,
        ["tests" | "benches" | "examples", file] => file.ends_with(".rs"),
        ["tests" | "benches" | "examples", _, "main.rs"] => true,
        _ => false,
    }
}

/// The roots that the manifests name, and those that Cargo finds by itself.
fn roots(manifests: &[Text], sources: &[Text]) -> BTreeSet<String> {
    let mut roots = BTreeSet::new();
    for manifest in manifests {
        let directory = manifest.path.trim_end_matches("Cargo.toml");
        let table: toml::Table = manifest.content.parse().expect("Cargo read this manifest");
        let sections = ["lib", "bin", "test", "bench", "example"];
        for section in sections.iter().filter_map(|name| table.get(*name)) {
            let one = section.as_table().into_iter();
            let many = section.as_array().into_iter().flatten().filter_map(toml::Value::as_table);
            for path in one.chain(many).filter_map(|target| target.get("path")?.as_str()) {
                roots.insert(format!("{directory}{path}"));
            }
        }
        let found = sources.iter().filter(|source| is_default_root(directory, &source.path));
        roots.extend(found.map(|source| source.path.clone()));
    }
    roots
}

/// `tests/netns/../oracle/mod.rs` as `tests/oracle/mod.rs`.
fn without_detours(path: &str) -> String {
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/').filter(|part| !part.is_empty()) {
        if part == ".." {
            parts.pop();
        } else {
            parts.push(part);
        }
    }
    parts.join("/")
}

/// The files that a source declares as modules: path by path, each with its alternatives.
fn declared(source: &Text, is_root: bool) -> Vec<[String; 2]> {
    let (directory, file) = source.path.rsplit_once('/').unwrap_or(("", &source.path));
    let own = if is_root || file == "mod.rs" {
        directory.to_owned()
    } else {
        format!("{directory}/{}", file.trim_end_matches(".rs"))
    };
    let code = lex(&source.content).code;
    let mut found = Vec::new();
    for (at, _) in code.match_indices("mod ") {
        let word = code[at + 4..].split(|c: char| !(c.is_alphanumeric() || c == '_')).next();
        let Some(name) = word.filter(|name| code[at + 4 + name.len()..].starts_with(';')) else {
            continue;
        };
        let line = line_of(&code, at);
        let above = source.content.lines().nth(line.saturating_sub(2)).unwrap_or_default();
        let attribute = above.trim().strip_prefix("#[path = \"");
        found.push(match attribute.and_then(|rest| rest.strip_suffix("\"]")) {
            Some(path) => [format!("{directory}/{path}"), String::new()],
            None => [format!("{own}/{name}.rs"), format!("{own}/{name}/mod.rs")],
        });
    }
    found
}

fn unreachable(manifests: &[Text], sources: &[Text]) -> Vec<Fault> {
    let by_path: BTreeMap<&str, &Text> = sources.iter().map(|s| (s.path.as_str(), s)).collect();
    let roots = roots(manifests, sources);
    let mut reached = roots.clone();
    let mut ahead: Vec<String> = roots.iter().cloned().collect();
    while let Some(path) = ahead.pop() {
        let Some(source) = by_path.get(path.as_str()) else { continue };
        for path in declared(source, roots.contains(&path)).into_iter().flatten() {
            let path = without_detours(&path);
            if by_path.contains_key(path.as_str()) && reached.insert(path.clone()) {
                ahead.push(path);
            }
        }
    }
    sources
        .iter()
        .filter(|source| !reached.contains(&source.path))
        .map(|source| Fault::new(&source.path, 1, "no crate root leads here: declare or delete it"))
        .collect()
}

#[test]
fn every_source_is_reached_from_a_crate_root() {
    let manifests: Vec<Text> =
        texts().into_iter().filter(|text| text.path.ends_with("Cargo.toml")).collect();
    assert!(manifests.len() >= 3, "the three packages have a manifest each");
    assert_none(&unreachable(&manifests, &sources()));
}

#[test]
fn a_file_that_nobody_declares_is_found() {
    let manifest = Text::new("core/Cargo.toml", "[lib]\npath = \"lib.rs\"\n");
    let tree = [
        Text::new("core/lib.rs", "mod wire;\nmod inline { }\n#[path = \"odd/place.rs\"]\nmod x;"),
        Text::new("core/wire/mod.rs", "// mod dead;\nmod ipx;"),
        Text::new("core/wire/ipx.rs", "mod tests;"),
        Text::new("core/wire/ipx/tests.rs", ""),
        Text::new("core/odd/place.rs", ""),
        Text::new("core/wire/dead.rs", ""),
        Text::new("core/tests/a/main.rs", "mod b;\n#[path = \"../shared.rs\"]\nmod shared;"),
        Text::new("core/tests/shared/x.rs", ""),
        Text::new("core/tests/a/b.rs", ""),
    ];
    let faults = unreachable(&[manifest], &tree);
    let paths: Vec<&str> = faults.iter().map(|fault| fault.path.as_str()).collect();
    assert_eq!(paths, ["core/wire/dead.rs", "core/tests/shared/x.rs"]);
}
