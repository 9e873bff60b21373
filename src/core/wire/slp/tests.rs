//! Bytes of messages: those of real agents, and properties of all.

use proptest::prelude::*;

use super::*;

/// What real agents sent [slp-dhcp-snmp §2.4], with the texts in it as texts.
struct Golden {
    hex: &'static [&'static str],
    message: Message,
}

fn bytes(parts: &[&str]) -> Vec<u8> {
    let mut bytes = Vec::new();
    for part in parts {
        match part.strip_prefix('\'') {
            Some(text) => bytes.extend_from_slice(text.as_bytes()),
            None => bytes.extend(hex::decode(part.replace(' ', "")).unwrap()),
        }
    }
    bytes
}

fn message(version: Version, xid: u16, body: Body) -> Message {
    Message::new(Header::new(version, xid), body)
}

fn multicast(mut message: Message) -> Message {
    message.header.flags.multicast = true;
    message
}

const URL_V2: &str = "service:mgw.novell://10.77.0.2:2645";
const URL_V1: &str = "service:mgw.novell://10.77.0.33";
const DA: &str = "service:directory-agent://10.77.0.1";

fn default_scope() -> ScopeList {
    ScopeList::from_names(["DEFAULT"])
}

fn goldens() -> Vec<Golden> {
    let mut all = goldens_v2();
    all.extend(goldens_v1());
    all
}

fn entry(lifetime_s: u16, url: &str) -> UrlEntry {
    UrlEntry { lifetime_s, url: url.to_owned() }
}

fn goldens_v2() -> Vec<Golden> {
    let fresh = |mut message: Message| {
        message.header.flags.fresh = true;
        message
    };
    vec![
        Golden {
            hex: &[
                "0201000031 2000 000000 fd98 0002656e 0000 0017",
                "'service:directory-agent",
                "0000 0000 0000",
            ],
            message: multicast(message(
                Version::V2,
                0xfd98,
                Body::SrvRqst(SrvRequest {
                    service_type: "service:directory-agent".to_owned(),
                    ..SrvRequest::default()
                }),
            )),
        },
        Golden {
            hex: &[
                "020200003d 0000 000000 ec22 0002656e 0000 0001 00 ffff 0023",
                "'service:mgw.novell://10.77.0.2:2645",
                "00",
            ],
            message: message(
                Version::V2,
                0xec22,
                Body::SrvRply(SrvReply { error: ErrorCode::Ok, urls: vec![entry(65_535, URL_V2)] }),
            ),
        },
        Golden {
            hex: &[
                "0203000079 4000 000000 88a9 0002656e 00 ffff 0023",
                "'service:mgw.novell://10.77.0.2:2645",
                "00 0012",
                "'service:mgw.novell",
                "0007",
                "'DEFAULT",
                "0020",
                "'(CMD NETWORK=DEADBEEF),(x-net=1)",
                "00",
            ],
            message: fresh(message(
                Version::V2,
                0x88a9,
                Body::SrvReg(SrvReg {
                    entry: entry(65_535, URL_V2),
                    service_type: "service:mgw.novell".to_owned(),
                    scopes: default_scope(),
                    attributes: "(CMD NETWORK=DEADBEEF),(x-net=1)".to_owned(),
                }),
            )),
        },
        Golden {
            hex: &[
                "0208000049 2000 000000 0000 0002656e 0000 6b01b552 0023",
                "'service:directory-agent://10.77.0.1",
                "0007",
                "'DEFAULT",
                "0000 0000 00",
            ],
            message: multicast(message(
                Version::V2,
                0,
                Body::DaAdvert(DaAdvert {
                    state: DaState::Since(0x6b01_b552),
                    url: DA.to_owned(),
                    scopes: default_scope(),
                    ..DaAdvert::default()
                }),
            )),
        },
    ]
}

fn goldens_v1() -> Vec<Golden> {
    vec![
        Golden {
            hex: &[
                "0103 0047 00 00 656e 0003 e5c7 0e10 001f",
                "'service:mgw.novell://10.77.0.33",
                "0016",
                "'(CMD NETWORK=0000BEEF)",
            ],
            message: message(
                Version::V1,
                0xe5c7,
                Body::SrvReg(SrvReg {
                    entry: entry(3_600, URL_V1),
                    service_type: "service:mgw.novell".to_owned(),
                    scopes: ScopeList::default(),
                    attributes: "(CMD NETWORK=0000BEEF)".to_owned(),
                }),
            ),
        },
        Golden {
            hex: &["0101 0022 00 00 656e 0003 66d7 0000 0012", "'directory-agent///"],
            message: message(
                Version::V1,
                0x66d7,
                Body::SrvRqst(SrvRequest {
                    service_type: "directory-agent".to_owned(),
                    ..SrvRequest::default()
                }),
            ),
        },
        Golden {
            hex: &[
                "0108 003c 00 00 656e 0003 edc2 0000 0023",
                "'service:directory-agent://10.77.0.1",
                "0007",
                "'DEFAULT",
            ],
            message: message(
                Version::V1,
                0xedc2,
                Body::DaAdvert(DaAdvert {
                    url: DA.to_owned(),
                    scopes: default_scope(),
                    ..DaAdvert::default()
                }),
            ),
        },
    ]
}

#[test]
fn what_real_agents_sent_is_read_and_written_byte_for_byte() {
    for Golden { hex, message } in goldens() {
        let bytes = bytes(hex);
        assert_eq!(Message::decode(&bytes), Ok(message.clone()));
        assert_eq!(hex::encode(message.encode().unwrap()), hex::encode(&bytes));
        assert_eq!(stream::message_len(&bytes), Ok(Some(bytes.len())));
    }
}

#[test]
fn bytes_behind_the_length_do_not_matter_and_missing_ones_do() {
    for Golden { hex, message } in goldens() {
        let mut long = bytes(hex);
        let len = long.len();
        long.extend([0x55; 3_000]);
        assert_eq!(Message::decode(&long), Ok(message));
        for short in 0..len {
            assert!(Message::decode(&long[..short]).is_err(), "{short} of {len}");
        }
    }
}

#[test]
fn version_1_in_two_bytes_a_character_says_the_same() {
    let mut original = message(
        Version::V1,
        7,
        Body::SrvRqst(SrvRequest {
            service_type: "mgw.novell".to_owned(),
            scopes: ScopeList::from_names(["ME_SCOPE"]),
            filter: "(CMD NETWORK==ABC12345)".to_owned(),
            ..SrvRequest::default()
        }),
    );
    let narrow = original.encode().unwrap();
    original.header.charset = Charset::Ucs2;
    let wide = original.encode().unwrap();
    assert!(wide.len() > narrow.len() + 40);
    assert_eq!(Message::decode(&wide).unwrap(), original);
    let text = String::from_utf8(narrow[12..].to_vec()).unwrap();
    assert!(text.ends_with("mgw.novell/ME_SCOPE/(CMD NETWORK==ABC12345)/"), "{text}");
}

#[test]
fn scopes_of_version_1_are_an_attribute() {
    let registration = |scopes: ScopeList| {
        message(
            Version::V1,
            1,
            Body::SrvReg(SrvReg {
                entry: UrlEntry { lifetime_s: 3_600, url: "service:mgw.novell:///ROME".to_owned() },
                service_type: "service:mgw.novell".to_owned(),
                scopes,
                attributes: "(CMD NETWORK=FFFFFFFD)".to_owned(),
            }),
        )
    };
    let with = registration(ScopeList::from_names(["ME_SCOPE", "OTHER"])).encode().unwrap();
    let text = String::from_utf8_lossy(&with).into_owned();
    assert!(text.ends_with("(CMD NETWORK=FFFFFFFD),(SCOPE=ME_SCOPE,OTHER)"), "{text}");
    let Body::SrvReg(read) = Message::decode(&with).unwrap().body else { panic!() };
    assert_eq!(read.scopes, ScopeList::from_names(["other", "me_scope"]));
    assert_eq!(read.attributes, "(CMD NETWORK=FFFFFFFD)");
}

#[test]
fn a_message_that_is_wrong_behind_its_header_can_still_be_answered() {
    let mut wrong = bytes(goldens()[0].hex);
    wrong[14 + 4] = 0xff;
    let refusal = Message::decode(&wrong).unwrap_err();
    assert_eq!(refusal.answer(), Some(ErrorCode::ParseError));
    let (header, function) = Header::decode(&wrong).unwrap();
    assert_eq!((header.xid, function), (0xfd98, Function::SrvRqst));
    assert_eq!(Message::decode(&[3, 1, 0, 12]).unwrap_err().answer(), None);
}

#[test]
fn an_answer_that_does_not_fit_keeps_whole_entries_and_says_so() {
    let urls = (0..60).map(|n| UrlEntry {
        lifetime_s: 3_600,
        url: format!("service:mgw.novell://10.0.0.{n}:2645"),
    });
    for version in [Version::V1, Version::V2] {
        let reply = SrvReply { error: ErrorCode::Ok, urls: urls.clone().collect() };
        let whole = message(version, 9, Body::SrvRply(reply));
        for most in [50, 100, 400, 1_400, 5_000] {
            let Ok(bytes) = whole.fit(most) else {
                assert!(most < 60);
                continue;
            };
            assert!(bytes.len() <= most);
            let read = Message::decode(&bytes).unwrap();
            let Body::SrvRply(read_reply) = &read.body else { panic!() };
            assert_eq!(read.header.flags.overflow, most < 5_000);
            let Body::SrvRply(all) = &whole.body else { panic!() };
            assert_eq!(read_reply.urls, all.urls[..read_reply.urls.len()]);
            // One more would not have fitted.
            assert!(most == 5_000 || bytes.len() + 45 > most);
        }
    }
}

#[test]
fn an_answer_beyond_its_format_is_cut_to_what_the_format_allows() {
    let url = |n| format!("service:mgw.novell:///OFFICE-{n:05}");
    let urls = (0..3_000).map(|n| UrlEntry { lifetime_s: 3_600, url: url(n) }).collect();
    let whole = message(Version::V1, 9, Body::SrvRply(SrvReply { error: ErrorCode::Ok, urls }));
    assert!(matches!(whole.encode(), Err(EncodeError::TooLong { .. })));
    let bytes = whole.fit(65_535).unwrap();
    assert!(bytes.len() > 65_000);
    let read = Message::decode(&bytes).unwrap();
    assert!(read.header.flags.overflow);
}

fn text() -> impl Strategy<Value = String> {
    "[a-zA-Z0-9 .:/()=,*_-]{0,40}"
}

fn scopes() -> impl Strategy<Value = ScopeList> {
    prop::collection::vec("[A-Z_]{1,8}", 0..3).prop_map(ScopeList::from_names)
}

fn responders() -> impl Strategy<Value = Responders> {
    prop::collection::vec(any::<[u8; 4]>().prop_map(std::net::Ipv4Addr::from), 0..4)
        .prop_map(|ips| ips.into_iter().collect())
}

fn error() -> impl Strategy<Value = ErrorCode> {
    prop_oneof![
        Just(ErrorCode::Ok),
        Just(ErrorCode::ParseError),
        Just(ErrorCode::ScopeNotSupported),
        Just(ErrorCode::DaBusy),
    ]
}

fn bodies() -> impl Strategy<Value = Body> {
    let entry = || {
        (any::<u16>(), "service:[a-z.]{1,9}://[a-z0-9./]{0,30}")
            .prop_map(|(lifetime_s, url)| UrlEntry { lifetime_s, url })
    };
    let kind = || "[a-z]{1,8}\\.novell";
    prop_oneof![
        (responders(), kind(), scopes(), text()).prop_map(
            |(previous, service_type, scopes, filter)| {
                let service_type = format!("service:{service_type}");
                Body::SrvRqst(SrvRequest {
                    previous,
                    service_type,
                    scopes,
                    filter,
                    spi: String::new(),
                })
            }
        ),
        prop::collection::vec(entry(), 0..5)
            .prop_map(|urls| Body::SrvRply(SrvReply { error: ErrorCode::Ok, urls })),
        (entry(), kind(), scopes(), "\\(x=[a-z]{1,5}\\)").prop_map(
            |(entry, kind, scopes, attributes)| {
                let service_type = format!("service:{kind}");
                Body::SrvReg(SrvReg { entry, service_type, scopes, attributes })
            }
        ),
        (scopes(), entry(), text()).prop_map(|(scopes, entry, tags)| {
            Body::SrvDereg(SrvDereg { scopes, url: entry.url, tags })
        }),
        error().prop_map(|error| Body::SrvAck(SrvAck { error })),
        (responders(), entry(), scopes(), text()).prop_map(|(previous, entry, scopes, tags)| {
            let spi = String::new();
            Body::AttrRqst(AttrRequest { previous, target: entry.url, scopes, tags, spi })
        }),
        text()
            .prop_map(|attributes| Body::AttrRply(AttrReply { error: ErrorCode::Ok, attributes })),
        (1..u32::MAX, entry(), scopes()).prop_map(|(boot, entry, scopes)| {
            let state = DaState::Since(boot);
            Body::DaAdvert(DaAdvert { state, url: entry.url, scopes, ..DaAdvert::default() })
        }),
        (responders(), scopes()).prop_map(|(previous, scopes)| {
            let authority = NamingAuthority::Named("novell".to_owned());
            Body::SrvTypeRqst(TypeRequest { previous, authority, scopes })
        }),
        prop::collection::vec("service:[a-z]{1,9}", 0..4)
            .prop_map(|types| Body::SrvTypeRply(TypeReply { error: ErrorCode::Ok, types })),
    ]
}

proptest! {
    #[test]
    fn every_message_of_version_2_is_read_as_it_was_written(body in bodies(), xid: u16) {
        let original = message(Version::V2, xid, body);
        let bytes = original.encode().unwrap();
        prop_assert_eq!(Message::decode(&bytes).unwrap(), original);
    }

    #[test]
    fn a_message_of_version_1_that_was_read_is_written_as_it_was(body in bodies(), xid: u16) {
        // Some of what version 2 says version 1 cannot.
        if let Ok(bytes) = message(Version::V1, xid, body).encode() {
            let read = Message::decode(&bytes).unwrap();
            prop_assert_eq!(read.encode().unwrap(), bytes);
        }
    }

    #[test]
    fn bytes_of_any_kind_are_read_or_refused(
        mut bytes: Vec<u8>,
        version in 0_u8..4,
        function in 0_u8..14,
    ) {
        if let [first, second, ..] = bytes.as_mut_slice() {
            (*first, *second) = (version, function);
        }
        if let Ok(message) = Message::decode(&bytes) {
            // What was read can be written, unless it was something that we never say.
            if let Ok(written) = message.encode() {
                prop_assert_eq!(Message::decode(&written).unwrap().encode().unwrap(), written);
            }
        }
        let _ = stream::message_len(&bytes);
    }

    #[test]
    fn real_messages_with_bytes_changed_are_read_or_refused(
        which in 0_usize..7,
        changes: Vec<(u16, u8)>,
    ) {
        let mut bytes = bytes(goldens()[which].hex);
        for (place, value) in changes {
            let place = usize::from(place) % bytes.len();
            bytes[place] = value;
        }
        let _ = Message::decode(&bytes);
    }
}
