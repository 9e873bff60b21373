//! Rust code told apart from its comments and literals, as far as the rules need it.

/// A source in which every byte is either code or not. Both halves keep the line breaks, so line
/// numbers hold in both.
#[derive(Debug)]
pub(crate) struct Lexed {
    /// The code; comments and what stands in literals are blanks.
    pub(crate) code: String,
    /// The comments with their marks; everything else is blanks.
    pub(crate) comments: String,
}

/// What a piece of source is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Code,
    Comment,
    Literal,
}

/// Tells code, comments and literals apart.
pub(crate) fn lex(source: &str) -> Lexed {
    let mut lexed = Lexed { code: String::new(), comments: String::new() };
    let mut rest = source;
    let mut before = ' ';
    while !rest.is_empty() {
        let (kind, length) = piece(rest, before);
        let (taken, left) = rest.split_at(length);
        for c in taken.chars() {
            let blank = if c == '\n' { '\n' } else { ' ' };
            lexed.code.push(if kind == Kind::Code { c } else { blank });
            lexed.comments.push(if kind == Kind::Comment { c } else { blank });
        }
        before = taken.chars().next_back().unwrap_or(' ');
        rest = left;
    }
    lexed
}

/// The first piece of `rest`: what it is, and its length in bytes.
fn piece(rest: &str, before: char) -> (Kind, usize) {
    if rest.starts_with("//") {
        return (Kind::Comment, rest.find('\n').unwrap_or(rest.len()));
    }
    if rest.starts_with("/*") {
        return (Kind::Comment, block_comment(rest));
    }
    let in_word = before.is_alphanumeric() || before == '_';
    if let Some(length) = raw_string(rest).filter(|_| !in_word) {
        return (Kind::Literal, length);
    }
    if rest.starts_with('"') {
        return (Kind::Literal, quoted(rest, '"'));
    }
    if let Some(length) = character(rest) {
        return (Kind::Literal, length);
    }
    (Kind::Code, rest.chars().next().map_or(1, char::len_utf8))
}

/// The length of a block comment, which may hold others.
fn block_comment(rest: &str) -> usize {
    let mut depth = 0;
    let mut at = 0;
    while at < rest.len() {
        match rest.as_bytes().get(at..at + 2) {
            Some(b"/*") => (depth, at) = (depth + 1, at + 2),
            Some(b"*/") => (depth, at) = (depth - 1, at + 2),
            _ => at += 1,
        }
        if depth == 0 {
            return at;
        }
    }
    rest.len()
}

/// The length of a raw string, if one begins here.
fn raw_string(rest: &str) -> Option<usize> {
    let prefix = ["r", "br", "cr"].into_iter().find(|prefix| {
        rest.strip_prefix(prefix).is_some_and(|rest| rest.starts_with(['"', '#']))
    })?;
    let hashes = rest[prefix.len()..].chars().take_while(|&c| c == '#').count();
    let body = prefix.len() + hashes + 1;
    rest.get(..body).filter(|head| head.ends_with('"'))?;
    let end = format!("\"{}", "#".repeat(hashes));
    let length = rest.get(body..)?.find(&end).map(|at| body + at + end.len());
    Some(length.unwrap_or(rest.len()))
}

/// The length of a literal in `quote`s, whose escapes hide the quote.
fn quoted(rest: &str, quote: char) -> usize {
    let mut escaped = false;
    for (at, c) in rest.char_indices().skip(1) {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            _ if c == quote => return at + c.len_utf8(),
            _ => {}
        }
    }
    rest.len()
}

/// The length of a character literal, if one begins here and it is no lifetime.
fn character(rest: &str) -> Option<usize> {
    let mut chars = rest.strip_prefix('\'')?.chars();
    match (chars.next()?, chars.next()) {
        ('\\', _) => Some(quoted(rest, '\'')),
        (c, Some('\'')) => Some(2 + c.len_utf8()),
        _ => None,
    }
}

/// The words of code, with the line that each stands in, from 1.
pub(crate) fn words(code: &str) -> impl Iterator<Item = (usize, &str)> {
    (1..).zip(code.lines()).flat_map(|(number, line)| {
        line.split(|c: char| !(c.is_alphanumeric() || c == '_'))
            .filter(|word| !word.is_empty())
            .map(move |word| (number, word))
    })
}

/// The line, from 1, that the byte at `offset` stands in.
pub(crate) fn line_of(text: &str, offset: usize) -> usize {
    1 + text.bytes().take(offset).filter(|&byte| byte == b'\n').count()
}

#[test]
fn comments_strings_and_characters_are_no_code() {
    let source = "let a = \"{ \\\" unsafe\"; // unsafe {\n\
                  let b = r#\"fn \"x\" {\"#; /* { /* nested */ } */ let c = '{';\n\
                  fn f<'a>(x: &'a str) { let q = '\\''; }\n";
    let lexed = lex(source);
    assert_eq!(lexed.code.matches('{').count(), 1);
    assert_eq!(lexed.code.lines().count(), 3);
    assert!(!lexed.code.contains("unsafe"));
    assert!(lexed.comments.contains("// unsafe {"));
    assert!(lexed.code.contains("fn f<'a>(x: &'a str) {"));
}
