//! Strings: read, written, compared.

use proptest::prelude::*;

use super::*;
use crate::wire::slp::Version::{self, V1, V2};

fn list(text: &str, version: Version) -> Vec<(String, Vec<Value>)> {
    let list = AttributeList::parse(text, version).unwrap();
    list.iter().map(|it| (it.tag().to_owned(), it.values().cloned().collect())).collect()
}

#[test]
fn attribute_lists_have_pairs_and_keywords_and_blanks_do_not_count() {
    let text = " ( CMD NETWORK = ABC12345 ) , spooled,(n=5, -7),(b=TRUE)";
    for version in [V1, V2] {
        let read = list(text, version);
        let expected = [
            ("CMD NETWORK", vec![Value::Text("ABC12345".into())]),
            ("spooled", vec![]),
            ("n", vec![Value::Integer(5), Value::Integer(-7)]),
            ("b", vec![Value::Boolean(true)]),
        ];
        let expected = expected.map(|(tag, values)| (tag.to_owned(), values));
        assert_eq!(read, expected);
    }
}

#[test]
fn escapes_and_bytes_are_those_of_the_version() {
    let read = list("(x=a&#44;b),(y=(2:/wA=))", V1);
    assert_eq!(read[0].1, [Value::Text("a,b".into())]);
    assert_eq!(read[1].1, [Value::Opaque(vec![0xff, 0])]);
    let read = list("(x=a\\2cb),(y=\\FF\\ff\\00)", V2);
    assert_eq!(read[0].1, [Value::Text("a,b".into())]);
    assert_eq!(read[1].1, [Value::Opaque(vec![0xff, 0])]);
    for version in [V1, V2] {
        let made = AttributeList::new(vec![Attribute::new("a (b)", "1*2=<3>,~\\&")]);
        let text = made.to_text(version);
        assert_eq!(AttributeList::parse(&text, version).unwrap(), made, "{text}");
    }
}

#[test]
fn what_is_no_list_is_refused_with_the_place() {
    for (text, at) in
        [("(x=1", 0), ("a,(x=1", 2), ("(x=1)y", 5), ("(x)", 0), ("(=1)", 0), ("x=1", 0)]
    {
        assert_eq!(AttributeList::parse(text, V2).unwrap_err().at, at, "{text}");
    }
    assert!(AttributeList::parse("", V2).unwrap().is_empty());
    assert!(AttributeList::parse("(x=1,true)", V2).unwrap().check().is_err());
    assert!(AttributeList::parse("(x=true,false)", V2).unwrap().check().is_err());
    assert!(AttributeList::parse("(x=1,2),(y=a)", V2).unwrap().check().is_ok());
}

#[test]
fn newer_attributes_replace_those_of_their_name_and_joined_ones_add_to_them() {
    let parse = |text: &str| AttributeList::parse(text, V1).unwrap();
    let mut merged = parse("(a=1),(b=2)");
    merged.merge(parse("(A=3),(c=4)"));
    assert_eq!(merged, parse("(b=2),(A=3),(c=4)"));
    let mut joined = parse("(a=1),(b=2)");
    joined.join(&parse("(a=1,5),k"));
    assert_eq!(joined, parse("(a=1,5),(b=2),k"));
}

#[test]
fn escaped_blanks_at_either_end_of_a_value_stay_there() {
    for (version, text) in [(V1, "(a=&#32;x y&#32;),(b=&#32;)"), (V2, "(a=\\20x y\\20),(b=\\20)")] {
        let list = AttributeList::parse(text, version).unwrap();
        assert_eq!(list.get("a").unwrap().values().next().unwrap().to_string(), " x y ");
        assert_eq!(list.to_text(version), text);
    }
}

#[test]
fn a_union_has_each_value_once_and_ends_before_it_is_too_long() {
    let parse = |text: &str| AttributeList::parse(text, V1).unwrap();
    let lists = [parse("(a=1,2),(b=x)"), parse("(A=2,3),k"), parse("(b=y),(a=4)")];
    let all = TagList::parse("", V2);
    let joined = AttributeList::union(&lists, &all, 100);
    assert_eq!(joined, parse("(a=1,2,3,4),(b=x,y),k"));
    assert_eq!(AttributeList::union(&lists, &TagList::parse("B", V2), 100), parse("(b=x,y)"));
    let many: Vec<_> = (0..500).map(|n| parse(&format!("(a={n},text),(b=\u{e4}{n})"))).collect();
    for most in [20, 100, 1_000, 5_000] {
        let short = AttributeList::union(&many, &all, most);
        let length = short.to_text(V2).len();
        assert!(length <= most && length * 2 > most, "{length} of {most}");
    }
    assert_eq!(AttributeList::union(&many, &all, 65_535).get("b").unwrap().values().count(), 500);
}

#[test]
fn tag_lists_name_attributes_with_stars_too() {
    let all = AttributeList::parse("(CMD NETWORK=1),(SVCNAME-WS=A),(SVCADDR-WS=B)", V2).unwrap();
    for (tags, named) in [
        ("", 3),
        ("cmd  network", 1),
        ("svc*", 2),
        ("*-ws", 2),
        ("SVCNAME-WS,CMD NETWORK", 2),
        ("*", 3),
        ("x", 0),
    ] {
        let tags_list = TagList::parse(tags, V2);
        assert_eq!(all.select(&tags_list).iter().count(), named, "{tags}");
        let rest = if tags.is_empty() { 0 } else { 3 - named };
        assert_eq!(all.without(&tags_list).iter().count(), rest, "{tags}");
    }
}

#[test]
fn scopes_are_the_same_in_any_case_and_order() {
    let scopes = ScopeList::parse(" ME_SCOPE , default,me_scope,", V2);
    assert_eq!(scopes.iter().collect::<Vec<_>>(), ["ME_SCOPE", "default"]);
    assert_eq!(scopes, ScopeList::from_names(["DEFAULT", "me_scope"]));
    assert!(scopes.contains("Default") && !scopes.contains("OTHER"));
    assert!(scopes.shares(&ScopeList::from_names(["x", "DEFAULT"])));
    assert!(!scopes.shares(&ScopeList::default()));
    assert!(is_scope_name("ME_SCOPE") && !is_scope_name("a,b") && !is_scope_name(""));
}

#[test]
fn types_are_the_same_with_and_without_prefix_and_abstract_ones_cover_concrete_ones() {
    let parse = ServiceType::parse;
    assert_eq!(parse("MGW.Novell"), parse("service:mgw.novell"));
    assert_eq!(parse("service:lpr://"), parse("lpr"));
    assert_eq!(parse("service:a.novell:b").authority(), "novell");
    assert_eq!(parse("lpr").authority(), "");
    assert!(parse("a.novell").covers(&parse("service:a.novell:b")));
    assert!(!parse("a.novell").covers(&parse("a.novellx")));
    assert!(!parse("a.novell:b").covers(&parse("a.novell")));
}

#[test]
fn urls_come_apart_with_and_without_a_host() {
    let url = ServiceUrl::parse("service:mgw.novell://10.0.0.2:2654/ROME").unwrap();
    assert_eq!(url.ipv4(), Some([10, 0, 0, 2].into()));
    assert_eq!((url.port(), url.path()), (Some(2_654), "/ROME"));
    let url = ServiceUrl::parse("SERVICE:bindery.novell:///SERVER1").unwrap();
    assert_eq!((url.host(), url.path()), ("", "/SERVER1"));
    assert_eq!(url.service_type().bare(), "bindery.novell");
    for wrong in ["mgw.novell://x", "service:mgw.novell", "service:://x", "", "http://x"] {
        assert_eq!(ServiceUrl::parse(wrong), None, "{wrong}");
    }
}

#[test]
fn patterns_match_without_case_and_at_their_ends() {
    for (pattern, text, matches) in [
        ("bla*", "BLAH", true),
        ("*lah", "Blah", true),
        ("b*a*h", "blah", true),
        ("b*x*h", "blah", false),
        ("bl*lah", "blah", false),
        ("a\\2ab", "a*b", true),
        ("a\\2ab", "axb", false),
        ("*", "", true),
        ("a  b", "A b", true),
    ] {
        assert_eq!(Pattern::parse(pattern, V2).matches(text), matches, "{pattern} {text}");
    }
}

proptest! {
    #[test]
    fn any_texts_are_read_as_they_were_written(tags: Vec<(String, String)>) {
        let fits = |text: &String| !text.trim().is_empty() && text.trim() == text;
        let texts = tags.iter().filter(|(tag, value)| fits(tag) && fits(value));
        for version in [V1, V2] {
            for (tag, value) in texts.clone() {
                // What looks like another kind of value is read as one.
                let made = AttributeList::new(vec![Attribute::new(tag, value)]);
                let text = made.to_text(version);
                let read = AttributeList::parse(&text, version).unwrap();
                let read = read.iter().next().unwrap();
                prop_assert_eq!(read.tag(), tag);
                let read = read.values().next().unwrap().to_text(version);
                // Digits are a number, whose zeros say nothing.
                let written = Value::Text(value.clone()).to_text(version);
                prop_assert_eq!(read, Value::parse(&written, version).to_text(version));
            }
        }
    }

    #[test]
    fn a_list_that_was_read_is_written_as_one_that_is_read_alike(
        text in "([=!<>~&|()*, \\\\#;]|[a-c0-9]|\\(a=|\\),|&#(9|32|40|41|44|59|61);|\\\\(09|20|28|29|2c|3d|5c|ff)){0,12}",
    ) {
        for version in [V1, V2] {
            let Ok(list) = AttributeList::parse(&text, version) else { continue };
            let written = list.to_text(version);
            let again = AttributeList::parse(&written, version);
            prop_assert_eq!(again.map(|it| it.to_text(version)), Ok(written));
        }
    }

    #[test]
    fn any_bytes_are_read_as_they_were_written(bytes: Vec<u8>) {
        for version in [V1, V2] {
            let value = Value::Opaque(bytes.clone());
            prop_assert_eq!(Value::parse(&value.to_text(version), version), value);
        }
    }

    #[test]
    fn no_text_makes_any_of_these_fail_otherwise_than_by_saying_so(text: String, other: String) {
        for version in [V1, V2] {
            if let Ok(list) = AttributeList::parse(&text, version) {
                let again = AttributeList::parse(&list.to_text(version), version).unwrap();
                prop_assert_eq!(again.to_text(version), list.to_text(version));
            }
            let _ = TagList::parse(&text, version).names(&other);
            let _ = Pattern::parse(&text, version).matches(&other);
            let _ = ScopeList::parse(&text, version);
            let _ = ServiceUrl::parse(&text);
        }
    }
}
