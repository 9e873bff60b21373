//! Conditions of both versions.

use proptest::prelude::*;

use super::*;
use crate::wire::slp::Version::{V1, V2};

fn holds(filter: &str, attributes: &str, version: Version) -> bool {
    let list = AttributeList::parse(attributes, version).unwrap();
    Filter::parse(filter, version).unwrap().matches(&list)
}

const LIST: &str = "(CMD NETWORK=ABC12345),(n=5,7),(name=Big  Blue),(b=true),spooled";

#[test]
fn predicates_of_version_1() {
    for (filter, expected) in [
        ("", true),
        ("   ", true),
        ("(CMD NETWORK==ABC12345)", true),
        ("(cmd network==abc12345)", true),
        ("(CMD NETWORK=ABC12345)", true),
        ("(CMD NETWORK==ABC12346)", false),
        ("(n==5)", true),
        ("(n==6)", false),
        ("(n!=5)", true),
        ("(n<5)", false),
        ("(n<=5)", true),
        ("(n>6)", true),
        ("(n>=8)", false),
        ("(spooled)", true),
        ("(other)", false),
        ("(name==big*)", true),
        ("(name==*blue)", true),
        ("(& (n==5) (b==true))", true),
        ("(&(n==5)(b==false))", false),
        ("(|(n==9)(spooled))", true),
        ("(|(n==5))", true),
        ("n==5, spooled, CMD NETWORK==ABC12345", true),
        ("n==5, other", false),
        ("missing==1", false),
    ] {
        assert_eq!(holds(filter, LIST, V1), expected, "{filter}");
    }
}

#[test]
fn filters_of_version_2() {
    for (filter, expected) in [
        ("(CMD NETWORK=ABC12345)", true),
        ("(CMD NETWORK==ABC12345)", true),
        ("(CMD NETWORK=abc*)", true),
        ("(n=5)", true),
        ("(n=5*)", false),
        ("(n=abc)", false),
        ("(n>=7)", true),
        ("(n<=4)", false),
        ("(n~=7)", true),
        ("(n=*)", true),
        ("(spooled=*)", true),
        ("(other=*)", false),
        ("(!(n=5))", true),
        ("(!(b=true))", false),
        ("(!(other=*))", true),
        ("(&(n=5)(|(x=1)(b=TRUE)))", true),
        ("(name=Big Blue)", true),
        ("(name=\\42ig Blue)", true),
    ] {
        assert_eq!(holds(filter, LIST, V2), expected, "{filter}");
    }
}

#[test]
fn what_is_no_condition_is_refused() {
    for wrong in
        ["(", "()", "(n=5", "n=5)", "(&)", "(=5)", "(n=)", "(n)", "(n>=5*)", "(n!5)", "(a=1)(b=2)"]
    {
        assert!(Filter::parse(wrong, V2).is_err(), "{wrong}");
    }
    for wrong in ["(", "()", "(n==5", "(&)", "(==5)", "(n==)", "(!(n==5))", ","] {
        assert!(Filter::parse(wrong, V1).is_err(), "{wrong}");
    }
    let deep = |depth: usize| format!("{}(n=5){}", "(!".repeat(depth), ")".repeat(depth));
    assert!(Filter::parse(&deep(MAX_DEPTH - 1), V2).is_ok());
    assert!(Filter::parse(&deep(MAX_DEPTH), V2).is_err());
    assert!(Filter::parse(&deep(100_000), V2).is_err());
}

#[test]
fn ours_is_read_as_it_is_meant() {
    for version in [V1, V2] {
        let filter = Filter::equal("CMD NETWORK", "ABC12345", version);
        let text = filter.to_text(version);
        let sign = if version == V1 { "==" } else { "=" };
        assert_eq!(text, format!("(CMD NETWORK{sign}ABC12345)"));
        assert_eq!(Filter::parse(&text, version), Ok(filter));
    }
}

#[test]
fn signs_where_none_belong_are_escaped_by_us_and_refused_from_others() {
    let keyword = Filter::parse("(&#124;)", V1).unwrap();
    assert_eq!(keyword, Filter::Present("|".to_owned()));
    assert_eq!(Filter::parse(&keyword.to_text(V1), V1), Ok(keyword));
    // No operator of version 1 begins with it.
    assert_eq!(Filter::parse("(x~y)", V1), Ok(Filter::Present("x~y".to_owned())));
    for (text, version) in [("(x= =1)", V2), ("(x===1)", V2), ("(x< =1)", V1), ("(x== =1)", V1)] {
        assert!(Filter::parse(text, version).is_err(), "{text}");
    }
}

/// What the grammars are made of, in any order.
fn signs() -> impl Strategy<Value = String> {
    let sign = prop_oneof![
        4 => "[=!<>~&|()*, \\\\#;]",
        2 => "[a-c0-9\t\u{a0}é]",
        1 => "&#(9|32|33|35|38|40|41|42|44|59|60|61|62|92|124|126|160);",
        1 => "\\\\(00|09|20|21|28|29|2a|2c|3c|3d|3e|5c|7c|7e|c2\\\\a0|ff)",
    ];
    let inner = prop::collection::vec(sign, 0..8).prop_map(|parts| parts.concat());
    prop_oneof![
        inner.clone(),
        inner.clone().prop_map(|it| format!("({it})")),
        inner.prop_map(|it| format!("(a{it}b)"))
    ]
}

fn filters() -> impl Strategy<Value = String> {
    let leaf = prop_oneof!["\\([a-z ]{1,5}(=|<=|>=)[a-z0-9 ]{1,6}\\)", "\\([a-z]{1,5}=[a-z]\\*\\)"];
    leaf.prop_recursive(5, 30, 4, |inner| {
        let several = prop::collection::vec(inner, 1..4).prop_map(|parts| parts.concat());
        ("[&|]", several).prop_map(|(sign, parts)| format!("({sign}{parts})"))
    })
}

proptest! {
    #[test]
    fn a_condition_is_written_as_it_is_read(text in prop_oneof![filters(), signs()]) {
        for version in [V1, V2] {
            let Ok(filter) = Filter::parse(&text, version) else { continue };
            let written = filter.to_text(version);
            prop_assert_eq!(Filter::parse(&written, version), Ok(filter));
        }
    }

    #[test]
    fn what_a_condition_needs_is_there_where_it_holds(
        text in "(\\(&)?(\\((A|b|c d)(=|==)([a-c0-9]|TRUE|a  B){1,2}\\)){1,2}\\)?",
        list in "(\\((a|B|C D)=([a-c0-9]|true|A b){1,2}(,[a-c0-9])?\\),?){1,4}",
    ) {
        for version in [V1, V2] {
            let filter = Filter::parse(&text, version);
            let (Ok(filter), Ok(list)) = (filter, AttributeList::parse(&list, version)) else {
                continue;
            };
            let Some((tag, value)) = filter.needs() else { continue };
            if filter.matches(&list) {
                let mut values = list.get(tag).into_iter().flat_map(|it| it.values());
                prop_assert!(values.any(|it| it.folded() == value), "{filter:?} {list:?}");
            }
        }
    }

    #[test]
    fn no_text_makes_a_condition_fail_otherwise_than_by_saying_so(
        text: String,
        list in "(\\([a-z]=[a-z0-9]{1,3}\\),?){0,4}",
    ) {
        for version in [V1, V2] {
            let filter = Filter::parse(&text, version);
            if let (Ok(filter), Ok(list)) = (filter, AttributeList::parse(&list, version)) {
                let _ = filter.matches(&list);
            }
        }
    }
}
