//! What is read of the torture messages that are valid, field by field, and what is written of them.

use bytes::Bytes;
use rapport_sip::{HeaderName, Limits, Message, NameAddr, Request};

use crate::vectors;

fn message(section: &str) -> Message {
    let case =
        vectors::all().into_iter().find(|case| case.section == section).expect("a case of that section");
    Message::parse(&Bytes::from(case.bytes), &Limits::default()).expect("a message")
}

fn request(section: &str) -> Request {
    match message(section) {
        Message::Request(request) => request,
        Message::Response(_) => panic!("{section} is a request"),
    }
}

#[test]
fn a_short_tortuous_invite_is_understood() {
    let r = request("4475 3.1.1.1");
    let h = &r.headers;
    assert_eq!(h.to_addr().unwrap().uri_text(), "sip:ben@example.com");
    assert_eq!((h.to_addr().unwrap().param("tags"), h.to_addr().unwrap().tag()), (Some("1918181833n"), None));
    assert_eq!(h.from_addr().unwrap().display_name(), "A Nother \\\"");
    assert_eq!(h.from_addr().unwrap().tag(), Some("98asjd8"));
    assert_eq!(h.max_forwards(), Ok(Some(68)));
    assert_eq!(h.cseq().unwrap().number, 9);
    assert_eq!(h.get(HeaderName::Subject), Some(""));
    assert_eq!(h.named("newfangledheader"), Some("newfangled value continued newfangled value"));
    assert_eq!(h.named("UnknownHeaderWithUnusualValue"), Some(";;,,;;,;"));
    let vias: Vec<_> = h.vias().map(|via| via.unwrap()).map(|via| (via.host(), via.branch())).collect();
    assert_eq!(
        vias,
        [
            ("192.0.2.2", Some("390skdjuw")),
            ("spindle.example.com", Some("z9hG4bK9ikj8")),
            ("192.168.255.111", Some("z9hG4bK30239"))
        ]
    );
    let contact = h.contact().unwrap();
    assert_eq!(contact.display_name(), "Quoted string \"\"");
    assert_eq!((contact.param("newparam"), contact.params().has("secondparam")), (Some("newvalue"), true));
    assert_eq!(r.body.as_ref(), b"v=0");
    assert!(r.uri().unwrap().params().has("unknownparam"));
    assert!(h.routes().all(|route| route.unwrap().uri().unwrap().is_loose()));
}

#[test]
fn unusual_characters_are_kept() {
    let r = request("4475 3.1.1.2");
    assert_eq!(r.method.as_str(), "!interesting-Method0123456789_*+`.%indeed'~");
    let uri = r.uri().unwrap();
    assert_eq!(uri.user(), Some("1_unusual.URI~(to-be!sure)&isn't+it$/crazy?,/;;*"));
    assert_eq!(uri.password(), Some("&it+has=1,weird!*pas$wo~d_too.(doesn't-it)"));
    assert_eq!((uri.host(), uri.headers()), ("example.com", ""));
    let h = &r.headers;
    assert_eq!(h.to_addr().unwrap().display_name(), "tab:\t quote:\" backslash:\\");
    let from = h.from_addr().unwrap();
    assert_eq!(from.display_raw(), "token1~` token2'+_ token3*%!.-");
    assert_eq!(from.param("fromParam''~+*_!.-%"), Some("работающий"));
    assert_eq!(from.tag(), Some("_token~1'+`*%!-."));
    assert_eq!(h.call_id(), Some("intmeth.word%ZK-!.*_+'@word`~)(><:\\/\"][?}{"));
    assert_eq!((h.cseq().unwrap().number, h.max_forwards()), (139_122_385, Ok(Some(255))));
    assert_eq!(h.named("extensionheader-!.%*+_`'~"), Some("\u{fffb}大停電"));
    assert_eq!(h.top_via().unwrap().unique_branch(), Some("z9hG4bK-.!%66*_+`'~"));
}

#[test]
fn escapes_stay_as_they_are_until_asked_for() {
    let r = request("4475 3.1.1.3");
    let uri = r.uri().unwrap();
    assert_eq!((uri.user(), uri.host()), (Some("sips%3Auser%40example.com"), "example.net"));
    assert_eq!(uri.user_decoded().unwrap(), "sips:user@example.com");
    assert_eq!(r.headers.to_addr().unwrap().uri().unwrap().user_decoded().unwrap(), "user");
    let contact = r.headers.contact().unwrap().uri().unwrap();
    assert_eq!(contact.user_decoded().unwrap(), "caller");
    assert!(!contact.is_loose(), "an escaped lr is not lr");
    assert_eq!(contact.param("n%61me"), Some("v%61lue%25%34%31"));
}

#[test]
fn escaped_nuls_are_part_of_a_name() {
    let r = request("4475 3.1.1.4");
    assert_eq!(r.headers.to_addr().unwrap().uri().unwrap().user_decoded().unwrap(), "null-\0-null");
    let users: Vec<_> = r
        .headers
        .contacts()
        .map(|contact| contact.unwrap().addr().unwrap().uri().unwrap().user_decoded().unwrap().into_owned())
        .collect();
    assert_eq!(users, ["\0", "\0\0"]);
}

#[test]
fn percent_signs_that_escape_nothing_are_kept() {
    let r = request("4475 3.1.1.5");
    assert_eq!(r.method.as_str(), "RE%47IST%45R");
    assert_eq!(r.headers.from_addr().unwrap().display_name(), "%Z%45");
    assert_eq!(r.headers.contacts().count(), 1, "C%6Fntact is another header");
    assert_eq!(r.headers.named("C%6Fntact"), Some("<sip:alias2@host2.example.com>"));
}

#[test]
fn a_display_name_needs_no_blank_behind_it() {
    let r = request("4475 3.1.1.6");
    assert_eq!(r.headers.from_addr().unwrap().display_name(), "caller");
}

#[test]
fn long_values_are_kept_whole() {
    let r = request("4475 3.1.1.7");
    let h = &r.headers;
    let to = h.to_addr().unwrap();
    assert_eq!(to.display_name().len(), "I have a user name of ".len() + 70);
    assert_eq!(to.uri().unwrap().port(), Some(6000));
    assert_eq!(to.uri().unwrap().param("unknownparam1").map(str::len), Some(160));
    assert_eq!(h.from_addr().unwrap().tag().map(str::len), Some(155));
    assert_eq!((h.vias().count(), h.vias().filter(|via| via.is_ok()).count()), (33, 33));
    assert_eq!(h.vias().last().unwrap().unwrap().branch().map(str::len), Some(215));
    assert!(h.iter().any(|(name, _)| name.len() == 93), "a name that nobody knows");
}

#[test]
fn semicolons_before_the_at_belong_to_the_user() {
    let r = request("4475 3.1.1.9");
    assert_eq!(r.uri().unwrap().user_decoded().unwrap(), "user;par=u@example.net");
    assert_eq!(r.uri().unwrap().params().iter().count(), 0);
    assert_eq!(r.headers.list(HeaderName::Accept).count(), 6);
}

#[test]
fn transports_that_nobody_knows_are_kept() {
    let r = request("4475 3.1.1.10");
    let transports: Vec<_> = r.headers.vias().map(|via| via.unwrap().transport().to_owned()).collect();
    assert_eq!(transports, ["UDP", "SCTP", "TLS", "UNKNOWN", "TCP"]);
}

#[test]
fn a_body_of_any_octets_is_passed_on_as_it_is() {
    let r = request("4475 3.1.1.11");
    let every: Vec<u8> = (0..=255).collect();
    assert!(r.body.windows(256).any(|window| window == every));
    assert!(r.to_bytes().ends_with(&r.body));
    let content_type = r.headers.content_type().unwrap().unwrap();
    assert_eq!(content_type.params.value("boundary"), Some("7a9cbec02ceef655"));
}

#[test]
fn reason_phrases_of_any_kind_are_kept_and_none_becomes_one() {
    let Message::Response(r) = message("4475 3.1.1.12") else { panic!("a response") };
    assert_eq!(r.reason(), "= 2**3 * 5**2 но сто девяносто девять - простое");
    let Message::Response(r) = message("4475 3.1.1.13") else { panic!("a response") };
    assert_eq!((r.status.as_u16(), r.reason()), (100, "Trying"));
}

#[test]
fn headers_of_a_request_uri_are_told_from_the_address() {
    let r = request("4475 3.1.2.11");
    let uri = r.uri().unwrap();
    assert_eq!((uri.user_at_host(), uri.headers()), ("ben@example.com", "Route=%3Csip:example.com%3E"));
    assert_eq!(uri.without_headers(), "sip:ben@example.com");
    assert_eq!(r.headers.routes().count(), 0, "they are not obeyed");
}

#[test]
fn values_that_could_be_read_two_ways_are_errors() {
    for (section, name) in [
        ("4475 3.1.2.6", HeaderName::To),
        ("4475 3.1.2.13", HeaderName::Contact),
        ("4475 3.1.2.15", HeaderName::From),
    ] {
        let r = request(section);
        assert!(NameAddr::parse(r.headers.get(name).unwrap()).is_err(), "{section}");
    }
    for section in ["4475 3.1.2.7", "5118 4.2", "5118 4.10"] {
        assert!(request(section).uri().is_err(), "{section}");
    }
}

#[test]
fn a_bare_magic_cookie_identifies_nothing() {
    let r = request("4475 3.2.1");
    let via = r.headers.top_via().unwrap();
    assert_eq!((via.branch(), via.unique_branch()), (Some("z9hG4bK"), None));
}

#[test]
fn schemes_that_nobody_knows_are_parsed() {
    for section in ["4475 3.3.2", "4475 3.3.3"] {
        let r = request(section);
        assert!(!r.uri().unwrap().is_sip(), "{section}");
        assert_eq!(r.uri().unwrap().as_str(), r.uri_text());
    }
    let r = request("4475 3.3.4");
    assert_eq!(r.headers.to_addr().unwrap().uri().unwrap().scheme().as_str(), "isbn");
}

#[test]
fn parameters_belong_to_what_the_brackets_say() {
    let outside = request("4475 3.3.12");
    let contact = outside.headers.contact().unwrap();
    assert_eq!(
        (contact.params().has("unknownparam"), contact.uri_text()),
        (true, "sip:+19725552222@gw1.example.net")
    );
    let inside = request("4475 3.3.13");
    let contact = inside.headers.contact().unwrap();
    assert!(!contact.params().has("unknownparam"));
    assert!(contact.uri().unwrap().params().has("unknownparam"));
    let escaped = request("4475 3.3.14");
    let uri = escaped.headers.contact().unwrap().uri().unwrap();
    assert_eq!(
        (uri.headers(), uri.without_headers()),
        ("Route=%3Csip:sip.example.com%3E", "sip:ana@example.com")
    );
}

#[test]
fn hosts_of_ipv6_are_read_with_their_ports() {
    for (section, host, port) in [
        ("5118 4.1", "[2001:db8::10]", None),
        ("5118 4.3", "[2001:db8::10:5070]", None),
        ("5118 4.4", "[2001:db8::10]", Some(5070)),
    ] {
        let r = request(section);
        assert_eq!((r.uri().unwrap().host(), r.uri().unwrap().port()), (host, port), "{section}");
    }
    for (section, received) in
        [("5118 4.5 (brackets)", "[2001:db8::9:255]"), ("5118 4.5 (no brackets)", "2001:db8::9:255")]
    {
        let r = request(section);
        let via = r.headers.top_via().unwrap();
        assert_eq!((via.host(), via.port()), ("[2001:db8::9:1]", Some(6050)), "{section}");
        assert_eq!(via.received(), Some(received), "{section}");
    }
    let mapped = request("5118 4.9");
    assert_eq!(mapped.headers.contact().unwrap().uri().unwrap().host(), "[::ffff:192.0.2.2]");
}
