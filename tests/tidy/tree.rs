//! The files of the project, as a clean clone has them.

use std::fs;
use std::path::{Path, PathBuf};

/// A file that people read: source, document, configuration.
#[derive(Clone, Debug)]
pub(crate) struct Text {
    /// Relative to the root, with `/`.
    pub(crate) path: String,
    pub(crate) content: String,
}

impl Text {
    pub(crate) fn new(path: &str, content: &str) -> Self {
        Self { path: path.to_owned(), content: content.to_owned() }
    }

    pub(crate) fn is_rust(&self) -> bool {
        self.path.ends_with(".rs")
    }

    /// Code that only tests run: long stories are allowed there.
    pub(crate) fn is_test(&self) -> bool {
        self.path.starts_with("tests/")
            || self.path.contains("/tests/")
            || self.path.contains("/benches/")
            || self.path.ends_with("/tests.rs")
            || self.path.ends_with("/testbed.rs")
    }
}

/// The root of the project.
pub(crate) fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Directories that are made, not written.
const MADE: [&str; 4] = ["target", ".git", "corpus", "artifacts"];

/// Endings of files that people read.
const READABLE: [&str; 12] =
    ["rs", "md", "toml", "sh", "py", "yml", "yaml", "service", "conf", "json", "jsonl", "txt"];

/// Every file below `directory`, in order.
pub(crate) fn files_below(directory: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut entries: Vec<PathBuf> = fs::read_dir(directory)
        .into_iter()
        .flatten()
        .map(|entry| entry.expect("a directory can be listed").path())
        .collect();
    entries.sort();
    for path in entries {
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        if path.is_dir() && !MADE.contains(&name.as_str()) {
            found.extend(files_below(&path));
        } else if path.is_file() {
            found.push(path);
        }
    }
    found
}

/// The path below the root, with `/`.
pub(crate) fn relative(path: &Path) -> String {
    path.strip_prefix(root()).unwrap_or(path).to_string_lossy().into_owned()
}

/// All files that people read.
pub(crate) fn texts() -> Vec<Text> {
    let readable = |path: &PathBuf| {
        let ending = path.extension().unwrap_or_default().to_string_lossy().into_owned();
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        READABLE.contains(&ending.as_str()) || name == "Makefile" || relative(path) == ".ci/run"
    };
    files_below(root())
        .iter()
        .filter(|path| readable(path))
        .map(|path| {
            let content = fs::read(path).expect("a file of the tree can be read");
            let content = String::from_utf8(content)
                .unwrap_or_else(|_| panic!("{} is not UTF-8", relative(path)));
            Text { path: relative(path), content }
        })
        .collect()
}

/// All Rust sources.
pub(crate) fn sources() -> Vec<Text> {
    texts().into_iter().filter(Text::is_rust).collect()
}

/// One file by its path, if there is such.
pub(crate) fn file(path: &str) -> Option<Text> {
    let content = fs::read_to_string(root().join(path)).ok()?;
    Some(Text { path: path.to_owned(), content })
}

#[test]
fn the_tree_is_read_as_a_whole() {
    let sources = sources();
    for path in ["src/main.rs", "src/core/lib.rs", "drivers/src/lib.rs", "tests/tidy/tree.rs"] {
        assert!(sources.iter().any(|source| source.path == path), "{path} is missing");
    }
    assert!(sources.iter().all(|source| !source.path.contains("target/")));
}
