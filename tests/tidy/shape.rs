//! Length of files and functions, documentation of modules, names of files.

use crate::lexer::{lex, line_of};
use crate::tree::{Text, sources};
use crate::{Fault, assert_none};

/// Lines of a file to aim at, and the most.
const FILE_AIM: usize = 500;
const FILE_MOST: usize = 700;
/// Lines of a function: what a screen shows. A test may tell a longer story.
const FUNCTION_MOST: usize = 70;
const TEST_FUNCTION_MOST: usize = 120;
/// Names that say nothing about what is inside.
const EMPTY_NAMES: [&str; 11] = [
    "util", "utils", "helper", "helpers", "common", "manager", "managers", "handler", "handlers",
    "misc", "stuff",
];

fn long_files(sources: &[Text]) -> Vec<Fault> {
    let long = |source: &&Text| source.content.lines().count() > FILE_MOST;
    sources
        .iter()
        .filter(long)
        .map(|source| {
            let lines = source.content.lines().count();
            let says = format!("{lines} lines; {FILE_MOST} at most: split it by noun");
            Fault::new(&source.path, 1, says)
        })
        .collect()
}

/// A function: where it begins, its name, and its lines from `fn` to the closing brace.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Function {
    pub(crate) line: usize,
    pub(crate) name: String,
    pub(crate) lines: usize,
}

/// The functions with a body in `code`, which has no comments and literals.
pub(crate) fn functions(code: &str) -> Vec<Function> {
    let is_word = |c: char| c.is_alphanumeric() || c == '_';
    code.match_indices("fn ")
        .filter(|(at, _)| !code[..*at].ends_with(is_word))
        .filter_map(|(at, _)| {
            let name: String = code[at + 3..].chars().take_while(|&c| is_word(c)).collect();
            let end = at + body_end(&code[at..]).filter(|_| !name.is_empty())?;
            let line = line_of(code, at);
            Some(Function { line, name, lines: line_of(code, end) - line + 1 })
        })
        .collect()
}

/// The offset of the brace that closes the first body in `code`; `None` if a `;` ends the
/// signature.
fn body_end(code: &str) -> Option<usize> {
    let (mut around, mut depth) = (0, 0);
    for (at, c) in code.char_indices() {
        match c {
            '(' | '[' => around += 1,
            ')' | ']' => around -= 1,
            ';' if around == 0 && depth == 0 => return None,
            '{' => depth += 1,
            '}' => {
                depth -= 1;
                if depth == 0 {
                    return Some(at);
                }
            }
            _ => {}
        }
    }
    None
}

fn long_functions(sources: &[Text]) -> Vec<Fault> {
    let mut faults = Vec::new();
    for source in sources {
        let code = lex(&source.content).code;
        let tests_begin = code.find("mod tests {").map_or(usize::MAX, |at| line_of(&code, at));
        for function in functions(&code) {
            let in_tests = source.is_test() || function.line > tests_begin;
            let most = if in_tests { TEST_FUNCTION_MOST } else { FUNCTION_MOST };
            if function.lines > most {
                let Function { name, lines, .. } = &function;
                let says = format!("fn {name} has {lines} lines; {most} at most");
                faults.push(Fault::new(&source.path, function.line, says));
            }
        }
    }
    faults
}

fn undocumented_modules(sources: &[Text]) -> Vec<Fault> {
    sources
        .iter()
        .filter(|source| !source.content.starts_with("//! "))
        .map(|source| {
            let says = "begins without `//!`: say what the module is, and what it is not";
            Fault::new(&source.path, 1, says)
        })
        .collect()
}

fn empty_names(sources: &[Text]) -> Vec<Fault> {
    let parts = |path: &str| -> Vec<String> {
        path.trim_end_matches(".rs").split(['/', '_']).map(str::to_owned).collect()
    };
    sources
        .iter()
        .filter_map(|source| {
            let bad =
                parts(&source.path).into_iter().find(|p| EMPTY_NAMES.contains(&p.as_str()))?;
            let says = format!("`{bad}` says nothing; name it by the noun of the field");
            Some(Fault::new(&source.path, 1, says))
        })
        .collect()
}

#[test]
fn no_file_is_longer_than_seven_hundred_lines() {
    let sources = sources();
    for source in &sources {
        let lines = source.content.lines().count();
        if lines > FILE_AIM {
            eprintln!("note: {} has {lines} lines; {FILE_AIM} is the aim", source.path);
        }
    }
    assert_none(&long_files(&sources));
}

#[test]
fn no_function_is_longer_than_a_screen() {
    assert_none(&long_functions(&sources()));
}

#[test]
fn every_module_says_what_it_is() {
    assert_none(&undocumented_modules(&sources()));
}

#[test]
fn no_file_has_a_name_that_says_nothing() {
    assert_none(&empty_names(&sources()));
}

#[test]
fn these_rules_find_what_breaks_them() {
    let long = Text::new("src/long.rs", &format!("//! Long.\n{}", "\n".repeat(FILE_MOST)));
    let body = "    call();\n".repeat(FUNCTION_MOST);
    let function =
        format!("//! F.\n\nfn long(\n    a: [u8; 2],\n) -> u8 {{\n{body}}}\nfn b() {{}}\n");
    let sources = [long, Text::new("src/core/f.rs", &function), Text::new("src/a_util.rs", "// x")];
    assert_eq!(long_files(&sources).len(), 1);
    let faults = long_functions(&sources);
    assert_eq!(faults.len(), 1);
    assert_eq!(faults[0].to_string(), "src/core/f.rs:3: fn long has 74 lines; 70 at most");
    assert_eq!(undocumented_modules(&sources).len(), 1);
    assert_eq!(empty_names(&sources).len(), 1);
    let story = Text::new("src/core/tests.rs", &function);
    assert_eq!(long_functions(&[story]), [], "a test may be longer");
}

#[test]
fn a_function_without_a_body_has_no_length() {
    let found =
        functions("trait T { fn a(&self) -> [u8; 3];\n fn b(&self) {\n }\n}\ntype F = fn (u8);");
    assert_eq!(found, [Function { line: 2, name: "b".to_owned(), lines: 2 }]);
}
