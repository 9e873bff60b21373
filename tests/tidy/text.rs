//! What any file may hold: blanks, line lengths, promises, places of somebody's machine.

use crate::lexer::lex;
use crate::tree::{Text, texts};
use crate::{Fault, assert_none};

/// The longest line of a source. rustfmt sees to code that it understands, not to comments and
/// macros.
const LINE_MOST: usize = 100;

/// Calls `rule` with every line; what it says becomes a fault.
fn each_line(texts: &[Text], rule: impl Fn(&Text, &str) -> Option<String>) -> Vec<Fault> {
    let mut faults = Vec::new();
    for text in texts {
        for (number, line) in (1..).zip(text.content.split('\n')) {
            if let Some(says) = rule(text, line) {
                faults.push(Fault::new(&text.path, number, says));
            }
        }
    }
    faults
}

fn blanks(texts: &[Text]) -> Vec<Fault> {
    let mut faults = each_line(texts, |text, line| {
        let recorded = text.path.starts_with("captures/") || text.path.ends_with(".jsonl");
        if line.contains('\t') && !text.path.ends_with("Makefile") && !recorded {
            return Some("a tab; use blanks".to_owned());
        }
        let loose = line.ends_with([' ', '\t', '\r']) && !recorded;
        loose.then(|| "blanks at the end of the line".to_owned())
    });
    for text in texts.iter().filter(|text| !text.content.is_empty()) {
        if !text.content.ends_with('\n') || text.content.ends_with("\n\n") {
            let says = "the last line ends with one line break";
            faults.push(Fault::new(&text.path, text.content.lines().count(), says));
        }
    }
    faults
}

/// Lines that are too long. A message may run on, so that it can be searched for.
fn long_lines(texts: &[Text]) -> Vec<Fault> {
    let mut faults = Vec::new();
    for text in texts.iter().filter(|text| text.is_rust()) {
        let lexed = lex(&text.content);
        let lines = text.content.lines().zip(lexed.code.lines().zip(lexed.comments.lines()));
        for (number, (line, (code, comment))) in (1..).zip(lines) {
            let reach = |part: &str| part.trim_end().chars().count();
            let length = reach(line);
            // The end of a statement may stand behind its message.
            let ends = code.trim_end().trim_end_matches(['"', ')', ',', ';', '?', ' ']);
            if reach(comment).max(reach(ends)) > LINE_MOST {
                let says = format!("{length} characters; {LINE_MOST} at most");
                faults.push(Fault::new(&text.path, number, says));
            }
        }
    }
    faults
}

/// Promises without the number of an issue that keeps them: `(#12)` behind the word.
fn promises(texts: &[Text]) -> Vec<Fault> {
    // Put together here, so that this file does not break its own rule.
    let words = ["TO", "FIX", "XX"].into_iter().zip(["DO", "ME", "X"]);
    let words: Vec<String> = words.map(|(a, b)| format!("{a}{b}")).collect();
    let is_word = |c: char| c.is_alphanumeric() || c == '_';
    each_line(texts, |_, line| {
        words.iter().find_map(|word| {
            let (at, _) = line.match_indices(word.as_str()).find(|(at, _)| {
                let (before, after) = (&line[..*at], &line[at + word.len()..]);
                !before.ends_with(is_word) && !after.starts_with(is_word)
            })?;
            let issue = line[at + word.len()..].strip_prefix("(#");
            let numbered = issue.is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit()));
            (!numbered).then(|| format!("`{word}` without an issue: `{word}(#12)`, or do it"))
        })
    })
}

fn places(texts: &[Text]) -> Vec<Fault> {
    let places = ["work", "Users"].map(|name| format!("/{name}/"));
    each_line(texts, |_, line| {
        let place = places.iter().find(|place| {
            line.match_indices(place.as_str())
                .any(|(at, _)| !line[..at].ends_with(|c: char| c.is_alphanumeric() || c == '.'))
        })?;
        Some(format!("`{place}` is a place of one machine"))
    })
}

#[test]
fn no_tabs_no_loose_blanks_and_one_line_break_at_the_end() {
    assert_none(&blanks(&texts()));
}

#[test]
fn no_code_or_comment_goes_beyond_a_hundred_characters() {
    assert_none(&long_lines(&texts()));
}

#[test]
fn no_promise_without_an_issue() {
    assert_none(&promises(&texts()));
}

#[test]
fn no_path_of_one_machine() {
    assert_none(&places(&texts()));
}

#[test]
fn these_rules_find_what_breaks_them() {
    let source = |content: &str| [Text::new("src/a.rs", content)];
    for content in ["\tx\n", "x \n", "x", "x\n\n", "x\r\n"] {
        assert_eq!(blanks(&source(content)).len(), 1, "{content:?}");
    }
    assert_eq!(blanks(&[Text::new("Makefile", "a:\n\tb\n")]), []);
    assert_eq!(long_lines(&source(&"x".repeat(LINE_MOST + 1))).len(), 1);
    assert_eq!(long_lines(&source(&"§".repeat(LINE_MOST))), []);
    assert_eq!(long_lines(&source(&format!("// {}", "§".repeat(LINE_MOST)))).len(), 1);
    assert_eq!(long_lines(&source(&format!("say(\"{}\");", "x".repeat(LINE_MOST)))), []);
    let word = format!("{}DO", "TO");
    assert_eq!(promises(&source(&format!("// {word}: later"))).len(), 1);
    assert_eq!(promises(&source(&format!("// {word}(#7): later, METHO{word}S"))), []);
    assert_eq!(places(&source(&format!("cd /{}/main", "work"))).len(), 1);
    assert_eq!(places(&source(&format!("a/b/{}/main", "work"))), []);
}
