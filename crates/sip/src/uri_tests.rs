use super::*;

fn uri(text: &str) -> Uri<'_> {
    Uri::parse(text).unwrap_or_else(|e| panic!("{text}: {e}"))
}

#[test]
fn the_parts_of_a_sip_uri_are_found() {
    let u = uri("sip:alice:secret@atlanta.com:5061;transport=tls;lr;maddr=1.2.3.4?subject=x&a=b");
    assert_eq!(u.scheme(), Scheme::Sip);
    assert_eq!(
        (u.user(), u.password(), u.host(), u.port()),
        (Some("alice"), Some("secret"), "atlanta.com", Some(5061))
    );
    assert_eq!(
        (u.transport(), u.maddr(), u.is_loose(), u.headers()),
        (Some("tls"), Some("1.2.3.4"), true, "subject=x&a=b")
    );
    assert_eq!(u.as_str(), "sip:alice:secret@atlanta.com:5061;transport=tls;lr;maddr=1.2.3.4?subject=x&a=b");
}

#[test]
fn gruus_of_endpoints_and_services_are_read() {
    let u = uri("sip:alice@example.com;opaque=user:epid:VbNCjqR0AgpHK7c_ANMSmNtwktg;gruu");
    assert!(u.is_gruu());
    assert_eq!(u.opaque(), Some("user:epid:VbNCjqR0AgpHK7c_ANMSmNtwktg"));
    assert_eq!(u.user_at_host(), "alice@example.com");
    let u = uri("sip:172.24.41.100:1710;transport=tls;ms-opaque=c455c01228;ms-received-cid=6F00");
    assert_eq!(u.received_cid(), Some("6F00"));
    assert_eq!(u.host_kind(), Host::V4(Ipv4Addr::new(172, 24, 41, 100)));
    assert_eq!((u.user(), u.user_at_host()), (None, "172.24.41.100"));
}

#[test]
fn ipv6_hosts_need_their_brackets() {
    let u = uri("sip:bob@[2001:db8::9:1]:6050;transport=tcp");
    assert_eq!((u.host(), u.port()), ("[2001:db8::9:1]", Some(6050)));
    assert!(matches!(u.host_kind(), Host::V6(_)));
    for bad in ["sip:bob@[2001:db8::9:1", "sip:bob@[nonsense]", "sip:[::1]x", "sip:2001:db8::9"] {
        assert!(Uri::parse(bad).is_err(), "{bad}");
    }
}

#[test]
fn other_schemes_are_kept() {
    let u = uri("tel:+15551234;phone-context=x");
    assert_eq!((u.scheme(), u.user(), u.param("phone-context")), (Scheme::Tel, Some("+15551234"), Some("x")));
    assert_eq!(uri("im:bob@example.com").host(), "example.com");
    assert_eq!(uri("PRES:bob@example.com").scheme(), Scheme::Pres);
    let u = uri("nobodyKnowsThisScheme:totallyopaquecontent");
    assert_eq!(u.scheme(), Scheme::Other("nobodyKnowsThisScheme"));
    assert_eq!(u.user(), Some("totallyopaquecontent"));
}

#[test]
fn semicolons_and_escapes_before_the_at_belong_to_the_user() {
    let u = uri("sip:sip%3Auser%40example.com@company.com;other-param=summit");
    assert_eq!(u.user_decoded().unwrap(), "sip:user@example.com");
    let u = uri("sip:user;par=u%40example.net@example.com");
    assert_eq!((u.user(), u.host()), (Some("user;par=u%40example.net"), "example.com"));
    assert_eq!(uri("sip:null-%00-null@example.com").user_decoded().unwrap(), "null-\0-null");
    assert_eq!(uri("sip:a%zz@example.com").user_decoded(), None);
    assert_eq!(uri("sip:a%ff@example.com").user_decoded(), None);
}

#[test]
fn what_is_no_uri_is_an_error() {
    for bad in [
        "",
        "sip",
        "sip:",
        ":a",
        "sip:@b",
        "sip:a@",
        "sip:a@b@c",
        "sip:a@b:70000",
        "sip:a@b:-1",
        "sip:a@b:5x",
        "sip:a b@c",
        "<sip:a@b>",
        "sip:a@b\r\nVia: x",
        "sip:a@b;x=\"",
        "tel:",
        "1sip:a@b",
        "sip:a@b\0",
    ] {
        assert!(Uri::parse(bad).is_err(), "{bad:?}");
    }
}

#[test]
fn comparison_follows_the_examples_of_rfc_3261() {
    let same = [
        ("sip:%61lice@atlanta.com;transport=TCP", "sip:alice@AtLanTa.CoM;Transport=tcp"),
        ("sip:carol@chicago.com", "sip:carol@chicago.com;newparam=5"),
        ("sip:carol@chicago.com;newparam=5", "sip:carol@chicago.com;security=on"),
        ("sip:biloxi.com;transport=tcp;method=REGISTER", "sip:biloxi.com;method=REGISTER;transport=tcp"),
        (
            "sip:alice@atlanta.com?subject=project%20x&priority=urgent",
            "sip:alice@atlanta.com?priority=urgent&subject=project%20x",
        ),
        ("tel:+1555", "tel:+1555"),
    ];
    for (a, b) in same {
        assert!(uri(a).equivalent(&uri(b)) && uri(b).equivalent(&uri(a)), "{a} {b}");
    }
    let different = [
        ("SIP:ALICE@AtLanTa.CoM;Transport=udp", "sip:alice@AtLanTa.CoM;Transport=UDP"),
        ("sip:bob@biloxi.com", "sip:bob@biloxi.com:5060"),
        ("sip:bob@biloxi.com", "sip:bob@biloxi.com;transport=udp"),
        ("sip:bob@biloxi.com:6000", "sip:bob@biloxi.com:6000;transport=tcp"),
        ("sip:carol@chicago.com", "sip:carol@chicago.com?Subject=next%20meeting"),
        ("sip:bob@phone21.boxesbybob.com", "sip:bob@192.0.2.4"),
        ("sip:carol@chicago.com;security=on", "sip:carol@chicago.com;security=off"),
        ("sip:a@b", "sips:a@b"),
        ("sip:a@b", "sip:b"),
    ];
    for (a, b) in different {
        assert!(!uri(a).equivalent(&uri(b)) && !uri(b).equivalent(&uri(a)), "{a} {b}");
    }
}

#[test]
fn an_escaped_user_reads_back() {
    for text in ["kim", "kim@example.com", "a b", "a;b?c", "Zoë", "%41"] {
        let text_uri = format!("sip:{}@example.com", escape_user(text));
        assert_eq!(uri(&text_uri).user_decoded().unwrap(), text);
    }
}

#[test]
fn equivalence_has_no_direction_even_where_a_parameter_stands_twice() {
    for (one, other, expected) in [
        ("sip:a@b;x=1;x=2", "sip:a@b;x=1;x=2", true),
        ("sip:a@b;x=1;x=2", "sip:a@b;x=1", false),
        ("sip:a@b;x=1;x=1", "sip:a@B;x=1", true),
    ] {
        let (one, other) = (uri(one), uri(other));
        assert_eq!((one.equivalent(&other), other.equivalent(&one)), (expected, expected), "{one} {other}");
    }
}
