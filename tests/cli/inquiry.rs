//! `ipxway slp`: what is wrong is said before anything is sent.

use std::process::Command;

fn refused(words: &[&str]) -> String {
    let output =
        Command::new(env!("CARGO_BIN_EXE_ipxway")).arg("slp").args(words).output().unwrap();
    assert_eq!(output.status.code(), Some(2), "{words:?}");
    assert!(output.stdout.is_empty());
    String::from_utf8(output.stderr).unwrap()
}

#[test]
fn what_cannot_be_asked_is_refused_with_what_would_be_right() {
    let cases: [(&[&str], &str); 8] = [
        (&["find"], "<TYPE>"),
        (&["find", "mgw.novell", "--filter", "(a=1"], "--filter (a=1: "),
        (&["find", "mgw.novell", "--v1", "--filter", "(&(a==1)(b"], "--filter"),
        (&["find", "mgw.novell", "--v1", "--scope", "A,B"], "one scope at a time"),
        (&["register", "service:mgw.novell:///A"], "name the directory agent: --agent IP"),
        (&["register", "nonsense", "--agent", "192.0.2.1"], "no service URL; one looks like"),
        (&["deregister", "nonsense", "--agent", "192.0.2.1"], "no service URL"),
        (&["find", "mgw.novell", "--timeout", "0"], "1..=3600"),
    ];
    for (words, expected) in cases {
        let text = refused(words);
        assert!(text.contains(expected), "{words:?}: {text}");
    }
}
