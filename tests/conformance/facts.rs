//! What a description says must be in an output, and what must not.

/// Between the parts of a line that are looked for.
const ANYTHING: &str = " .. ";

/// The first fact of `description` that `output` does not bear out.
pub(crate) fn missed(description: &str, output: &str) -> Result<(), String> {
    let mut rest = output.lines();
    for wanted in marked(description, "+ ") {
        if !rest.any(|line| holds(line, wanted)) {
            return Err(format!("not found, or not in this place: {wanted}"));
        }
    }
    for wanted in marked(description, "* ") {
        if !output.lines().any(|line| holds(line, wanted)) {
            return Err(format!("not found anywhere: {wanted}"));
        }
    }
    for unwanted in marked(description, "- ") {
        if let Some(line) = output.lines().find(|line| holds(line, unwanted)) {
            return Err(format!("found, and must not be: {unwanted}\n{line}"));
        }
    }
    Ok(())
}

/// How many facts a description asks for.
pub(crate) fn count(description: &str) -> usize {
    marked(description, "+ ").count()
}

fn marked<'a>(description: &'a str, mark: &'a str) -> impl Iterator<Item = &'a str> {
    description.lines().filter_map(move |line| line.strip_prefix(mark)).map(str::trim)
}

/// All parts of `wanted` are in the line, one behind the other.
fn holds(line: &str, wanted: &str) -> bool {
    let mut rest = Some(line);
    for part in wanted.split(ANYTHING) {
        rest = rest.and_then(|rest| rest.split_once(part)).map(|(_, behind)| behind);
    }
    rest.is_some()
}

#[test]
fn facts_are_looked_for_in_their_order_and_what_must_not_be_is_found() {
    let output = "1 > hall: hello of A\n2 < hall: hello of B\n3 ! B is up\n";
    let check = |description| missed(description, output);
    assert_eq!(check("Two.\n+ > hall .. of A\n+ ! B is up\n* < .. B\n- ! A is up\n"), Ok(()));
    assert!(check("+ of B\n+ of A\n").is_err(), "the wrong order");
    assert!(check("+ of A .. hello\n").is_err(), "the wrong order in a line");
    assert!(check("+ hello of A\n+ hello of A\n").is_err(), "once is not twice");
    assert!(check("* of C\n").is_err(), "it is nowhere");
    assert!(check("- B .. up\n").is_err(), "it is there");
    assert_eq!(count("+ a\n- b\nc\n+ d\n"), 2);
}
