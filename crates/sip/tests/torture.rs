//! Messages in the manner of RFC 4475: each states a fact of the grammar in its most twisted form.
//! They are written for this test; the section that inspired each is named.

use bytes::Bytes;
use rapport_sip::{HeaderName, Limits, Message, NameAddr, ParseError, Request};

fn parse(text: &str) -> Result<Message, ParseError> {
    Message::parse(&Bytes::copy_from_slice(text.as_bytes()), &Limits::default())
}

fn request(text: &str) -> Request {
    match parse(text) {
        Ok(Message::Request(request)) => request,
        other => panic!("{other:?}"),
    }
}

/// §3.1.1.1: folding, odd case, escapes and blanks in every place the grammar allows.
#[test]
fn a_short_tortuous_invite_is_understood() {
    let r = request(
        "INVITE sip:vera@chair.example.com;unknownparam SIP/2.0\r\n\
         TO :\r\n sip:vera@chair.example.com ;   tag    = 1918181833n\r\n\
         from   : \"J Rosenberg \\\\\\\"\"       <sip:jd@example.com>\r\n  ;\r\n  tag = 98asjd8\r\n\
         MaX-fOrWaRdS: 0068\r\n\
         Call-ID: wsinv.ndaksdj@192.0.2.1\r\n\
         cseq: 0009\r\n  INVITE\r\n\
         Via  : SIP  /   2.0\r\n /UDP\r\n    192.0.2.2;branch=390skdjuw\r\n\
         s :\r\n\
         NewFangledHeader:   newfangled value\r\n continued newfangled value\r\n\
         UnknownHeaderWithUnusualValue: ;;,,;;,;\r\n\
         Content-Type: application/sdp\r\n\
         Route:\r\n <sip:services.example.com;lr;unknownwith=value;unknown-no-value>\r\n\
         v:  SIP  / 2.0  / TCP     spindle.example.com   ;\r\n  branch  =   z9hG4bK9ikj8  ,\r\n \
         SIP  /    2.0   / UDP  192.168.255.111   ; branch=\r\n z9hG4bK30239\r\n\
         m:\"Quoted string \\\"\\\"\" <sip:jd@example.com> ; newparam =\r\n      newvalue ;\r\n  secondparam ; q = 0.33\r\n\
         l: 3\r\n\r\nv=0",
    );
    let h = &r.headers;
    assert_eq!(h.to_addr().unwrap().tag(), Some("1918181833n"));
    assert_eq!(h.from_addr().unwrap().display_name(), "J Rosenberg \\\"");
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
    assert!(h.routes().all(|route| route.unwrap().uri().unwrap().is_loose()));
}

const TAIL: &str = "Via: SIP/2.0/TCP h\r\nFrom: <sip:a@b>;tag=1\r\nTo: <sip:c@d>\r\nCall-ID: x\r\n";

/// §3.1.1.2: unusual but legal characters in methods, headers and URIs; bytes of UTF-8.
#[test]
fn unusual_characters_are_kept() {
    let method = "!interesting-Method0123456789_*+`.%indeed'~";
    let uri = "sip:1_unusual.URI~(to-be!sure)&isn't+it$/crazy?,/;;*:&it+has=1,weird!*pas$wo~d_too.(doesn't-it)@example.com";
    let text = format!(
        "{method} {uri} SIP/2.0\r\n{TAIL}CSeq: 139122385 {method}\r\nMax-Forwards: 255\r\n\
         extensionHeader-!.%*+_`'~: \u{fffb}\u{5927}\u{505c}\u{96fb}\r\nContent-Length: 0\r\n\r\n"
    );
    let r = request(&text);
    assert_eq!(r.method.as_str(), method);
    assert_eq!(r.headers.named("extensionheader-!.%*+_`'~"), Some("\u{fffb}\u{5927}\u{505c}\u{96fb}"));
    assert_eq!(r.to_bytes(), text);
}

/// §3.1.1.3: escaped characters, NUL among them, are not decoded behind anybody's back.
#[test]
fn escapes_stay_as_they_are_until_asked_for() {
    let r = request(&format!(
        "INVITE sip:sips%3Auser%40example.com@example.net SIP/2.0\r\n{TAIL}CSeq: 1 INVITE\r\n\
         Contact: <sip:cal%6Cer@host5.example.net;%6C%72;n%61me=v%61lue%25%34%31>\r\n\r\n"
    ));
    assert_eq!(r.uri().unwrap().user(), Some("sips%3Auser%40example.com"));
    assert_eq!(r.uri().unwrap().user_decoded().unwrap(), "sips:user@example.com");
    let contact = r.headers.contact().unwrap().uri().unwrap();
    assert_eq!(contact.user_decoded().unwrap(), "caller");
    assert!(!contact.is_loose(), "an escaped lr is not lr");
}

/// §3.1.1.6, §3.1.1.7: a % that escapes nothing; very long values.
#[test]
fn long_values_and_lonely_percent_signs_are_kept() {
    let long = "x".repeat(5000);
    let r = request(&format!(
        "RE%47IST%45R sip:registrar.example.com SIP/2.0\r\nVia: SIP/2.0/TCP h\r\n\
         From: \"{long}\" <sip:a@b>;tag={long}\r\nTo: <sip:c@d>\r\nCall-ID: {long}\r\nCSeq: 1 RE%47IST%45R\r\n\r\n"
    ));
    assert_eq!(r.method.as_str(), "RE%47IST%45R");
    assert_eq!(r.headers.call_id().map(str::len), Some(5000));
    assert_eq!(r.headers.from_addr().unwrap().tag().map(str::len), Some(5000));
}

/// §3.1.1.12, §3.1.1.13: status 1xx to 6xx with any phrase, and none.
#[test]
fn reason_phrases_of_any_kind_are_kept() {
    let reason = "= 2**3 * 5**2 \u{43d}\u{43e} \u{441}\u{442}\u{43e}";
    let Ok(Message::Response(r)) = parse(&format!("SIP/2.0 200 {reason}\r\n{TAIL}CSeq: 1 INVITE\r\n\r\n"))
    else {
        panic!("a response")
    };
    assert_eq!(r.reason(), reason);
}

/// §3.1.2: what must not be understood as something else.
#[test]
fn ambiguous_messages_are_refused() {
    let good = format!("INVITE sip:c@d SIP/2.0\r\n{TAIL}CSeq: 1 INVITE\r\nContent-Length: 0\r\n\r\n");
    request(&good);
    for (from, to, section) in [
        ("Content-Length: 0", "Content-Length: 9999", "§3.1.2.2"),
        ("Content-Length: 0", "Content-Length: -999", "§3.1.2.3"),
        ("CSeq: 1 INVITE", "CSeq: 36893488147419103232 INVITE", "§3.1.2.4"),
        ("INVITE sip:c@d SIP", "INVITE <sip:c@d> x SIP", "§3.1.2.7"),
        ("INVITE sip:c@d SIP", "INVITE sip:c@d; lr SIP", "§3.1.2.8"),
        ("SIP/2.0\r\nVia", "SIP/2.0  \r\nVia", "§3.1.2.10"),
        ("SIP/2.0\r\nVia", "SIP/7.0\r\nVia", "§3.1.2.16"),
        ("CSeq: 1 INVITE", "CSeq: 8 NOTINVITE", "§3.1.2.17"),
        ("To: <sip:c@d>", "To: <sip:c@d>\r\nTo: <sip:e@f>", "§3.3.9"),
        ("Via: SIP/2.0/TCP h\r\n", "", "§3.3.1"),
    ] {
        assert!(parse(&good.replacen(from, to, 1)).is_err(), "{section}");
    }
    for (value, section) in [
        ("\"Mr J. User <sip:j.user@example.com> ;tag=1", "§3.1.2.6"),
        ("<sip:user@example.com?Route=%3Csip:example.com%3E", "§3.1.2.13"),
        ("sip:user@example.com?Route=%3Csip:sip.example.com%3E", "§3.1.2.13"),
        ("Bell, Alexander <sip:a.g.bell@bell-tel.com>;tag=43", "§3.1.2.14"),
    ] {
        assert!(NameAddr::parse(value).is_err(), "{section}");
    }
}

/// §3.2.1, §3.3.14: methods and schemes nobody knows are for the server to refuse, not for the parser.
#[test]
fn unknown_methods_and_schemes_are_parsed() {
    for uri in [
        "nobodyKnowsThisScheme:totallyopaquecontent",
        "name:John_Smith",
        "soap.beep://192.0.2.103:3002",
        "tel:+1555",
    ] {
        let r = request(&format!("NEWMETHOD {uri} SIP/2.0\r\n{TAIL}CSeq: 1 NEWMETHOD\r\n\r\n"));
        assert_eq!(r.uri().unwrap().as_str(), uri);
        assert!(!r.uri().unwrap().is_sip());
    }
}
