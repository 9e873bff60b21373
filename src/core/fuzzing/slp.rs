//! SLP messages, and the strings in them.

use super::check_error;
use crate::wire::slp::{
    AttributeList, Filter, Message, Refusal, ScopeList, ServiceUrl, TagList, Version, stream,
};

/// SLP: what decodes and can be written is read again as it was written; strings are understood or
/// refused, and what is understood can be written again.
pub fn slp(bytes: &[u8]) {
    let _ = stream::message_len(bytes);
    match Message::decode(bytes) {
        Ok(message) => decoded(&message),
        Err(Refusal::Incorrect(error)) => check_error(&error, &["slp"]),
        Err(refusal) => assert!(!refusal.to_string().is_empty()),
    }
    let text = String::from_utf8_lossy(bytes);
    for version in [Version::V1, Version::V2] {
        strings(&text, version);
    }
}

fn decoded(message: &Message) {
    let Ok(bytes) = message.encode() else { return };
    let again = Message::decode(&bytes).expect("what we write can be read");
    assert_eq!(again.encode().as_ref(), Ok(&bytes));
    for most in [20, 100, 1_400] {
        if let Ok(short) = message.fit(most) {
            assert!(short.len() <= most);
            Message::decode(&short).expect("what was cut can be read");
        }
    }
}

fn strings(text: &str, version: Version) {
    let (first, second) = text.split_once('\n').unwrap_or((text, ""));
    let list = AttributeList::parse(first, version);
    if let Ok(list) = &list {
        let written = list.to_text(version);
        let again = AttributeList::parse(&written, version).expect("what we write can be read");
        assert_eq!(again.to_text(version), written);
        let tags = TagList::parse(second, version);
        let count = list.select(&tags).iter().count();
        assert!(count <= list.iter().count());
    }
    if let Ok(filter) = Filter::parse(second, version) {
        let written = filter.to_text(version);
        assert_eq!(Filter::parse(&written, version).as_ref(), Ok(&filter));
        let _ = filter.matches(&list.unwrap_or_default());
    }
    let scopes = ScopeList::parse(first, version);
    let again = ScopeList::parse(&scopes.to_text(version), version);
    assert!(again.iter().count() <= scopes.iter().count());
    let _ = ServiceUrl::parse(first);
}
