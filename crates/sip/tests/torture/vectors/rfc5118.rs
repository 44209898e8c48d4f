//! RFC 5118: torture messages of SIP over IPv6.

use super::{Case, Read, SIGN_IN_FIRST, Told, head, message};

pub(super) fn cases() -> Vec<Case> {
    /// A request whose parts are given; the rest is what every request has.
    fn lines<'a>(first: &'a str, via: &'a str, cseq: &'a str, further: &[&'a str]) -> Vec<&'a str> {
        let base = [
            first,
            "To: <sip:ben@example.com>",
            "From: <sip:ana@example.com>;tag=81x2;epid=EPID",
            via,
            "Call-ID: SSG9559905523997077@hlau_4100",
            "Max-Forwards: 70",
            cseq,
        ];
        base.into_iter().chain(further.iter().copied()).collect()
    }
    let via = "Via: SIP/2.0/UDP [2001:db8::9:1];branch=z9hG4bKas3-111";
    let empty = "Content-Length: 0";
    let own = |first: &str, contact: &str| -> Vec<u8> {
        let text = String::from_utf8(head(&lines(first, via, "CSeq: 98176 REGISTER", &[contact, empty])));
        text.expect("text").replacen("To: <sip:ben@", "To: <sip:ana@", 1).into_bytes()
    };
    let contact = "Contact: \"Caller\" <sip:caller@[2001:db8::1]>";
    let sdp = |addresses: &str| {
        format!(
            "v=0\r\no=assistant 971731711378798081 0 IN IP6 2001:db8::20\r\ns=Live\r\n{addresses}t=0 0\r\n"
        )
    };
    let invite = |id: &str, contact: &str, body: &str| {
        let length = format!("Content-Length: {}", body.len());
        let further = [contact, "Content-Type: application/sdp", &length];
        let cseq = "CSeq: 8612 INVITE";
        let text =
            message(&lines("INVITE sip:ben@example.com SIP/2.0", via, cseq, &further), body.as_bytes());
        String::from_utf8(text).expect("text").replacen("SSG9559905523997077", id, 1).into_bytes()
    };
    vec![
        Case {
            section: "5118 4.1",
            what: "an IPv6 reference in the Request-URI, Via and Contact",
            asks: "accepted",
            bytes: own("REGISTER sip:[2001:db8::10] SIP/2.0", contact),
            read: Read::Messages(1),
            stranger: Told::Answered(401),
            client: Told::Answered(200),
            because: SIGN_IN_FIRST,
        },
        Case {
            section: "5118 4.2",
            what: "an IPv6 address in the Request-URI without its brackets",
            asks: "answered 400",
            bytes: own("REGISTER sip:2001:db8::10 SIP/2.0", contact),
            read: Read::Messages(1),
            stranger: Told::Refused(400),
            client: Told::Answered(400),
            because: "",
        },
        Case {
            section: "5118 4.3",
            what: "what was meant as a port inside the brackets",
            asks: "accepted: it is part of the address",
            bytes: own("REGISTER sip:[2001:db8::10:5070] SIP/2.0", contact),
            read: Read::Messages(1),
            stranger: Told::Answered(401),
            client: Told::Answered(200),
            because: SIGN_IN_FIRST,
        },
        Case {
            section: "5118 4.4",
            what: "a port behind the brackets",
            asks: "accepted",
            bytes: own("REGISTER sip:[2001:db8::10]:5070 SIP/2.0", contact),
            read: Read::Messages(1),
            stranger: Told::Answered(401),
            client: Told::Answered(200),
            because: SIGN_IN_FIRST,
        },
        Case {
            section: "5118 4.5 (brackets)",
            what: "a received parameter of a Via with brackets",
            asks: "accepted",
            bytes: head(&lines(
                "BYE sip:ben@example.com SIP/2.0",
                "Via: SIP/2.0/UDP [2001:db8::9:1]:6050;received=[2001:db8::9:255];branch=z9hG4bKas3-112",
                "CSeq: 8612 BYE",
                &[empty],
            )),
            read: Read::Messages(1),
            stranger: Told::Answered(401),
            client: Told::Reached(200),
            because: SIGN_IN_FIRST,
        },
        Case {
            section: "5118 4.5 (no brackets)",
            what: "a received parameter of a Via without brackets",
            asks: "accepted",
            bytes: head(&lines(
                "OPTIONS sip:ben@example.com SIP/2.0",
                "Via: SIP/2.0/UDP [2001:db8::9:1]:6050;received=2001:db8::9:255;branch=z9hG4bKas3",
                "CSeq: 8613 OPTIONS",
                &[empty],
            )),
            read: Read::Messages(1),
            stranger: Told::Answered(200),
            client: Told::Reached(200),
            because: "",
        },
        Case {
            section: "5118 4.6",
            what: "IPv6 addresses in a session description",
            asks: "accepted",
            bytes: invite("4.6", contact, &sdp("c=IN IP6 2001:db8::20\r\n")),
            read: Read::Messages(1),
            stranger: Told::Answered(401),
            client: Told::Reached(200),
            because: SIGN_IN_FIRST,
        },
        Case {
            section: "5118 4.7",
            what: "addresses of both kinds in Vias and other headers",
            asks: "accepted",
            bytes: head(&lines(
                "BYE sip:ben@example.com SIP/2.0",
                "Via: SIP/2.0/UDP [2001:db8::9:1]:6050;branch=z9hG4bKas3-113\r\nVia: SIP/2.0/UDP 192.0.2.1;\
                 branch=z9hG4bKjhja8781hjuaij65144\r\nVia: SIP/2.0/TCP [2001:db8::9:255];branch=z9hG4bK451jj;\
                 received=192.0.2.200",
                "CSeq: 9187 BYE",
                &[empty],
            )),
            read: Read::Messages(1),
            stranger: Told::Answered(401),
            client: Told::Reached(200),
            because: SIGN_IN_FIRST,
        },
        Case {
            section: "5118 4.8",
            what: "addresses of both kinds in a session description",
            asks: "accepted",
            bytes: invite(
                "4.8",
                contact,
                &sdp(
                    "m=audio 6000 RTP/AVP 0 8\r\nc=IN IP4 192.0.2.1\r\nm=video 6024 RTP/AVP 107\r\nc=IN IP6 2001:db8::1\r\n",
                ),
            ),
            read: Read::Messages(1),
            stranger: Told::Answered(401),
            client: Told::Reached(200),
            because: SIGN_IN_FIRST,
        },
        Case {
            section: "5118 4.9",
            what: "IPv4 addresses mapped into IPv6",
            asks: "accepted",
            bytes: invite(
                "4.9",
                "Contact: \"T. desk phone\" <sip:ted@[::ffff:192.0.2.2]>",
                &sdp("c=IN IP6 ::ffff:192.0.2.2\r\n"),
            ),
            read: Read::Messages(1),
            stranger: Told::Answered(401),
            client: Told::Reached(200),
            because: SIGN_IN_FIRST,
        },
        Case {
            section: "5118 4.10",
            what: "three colons, as the grammar of RFC 3261 had them by mistake",
            asks: "may be understood, else answered 400",
            bytes: head(&lines(
                "OPTIONS sip:user@[2001:db8:::192.0.2.1] SIP/2.0",
                "Via: SIP/2.0/UDP [2001:db8::9:1];branch=z9hG4bKas3-114",
                "CSeq: 8614 OPTIONS",
                &[empty],
            )),
            read: Read::Messages(1),
            stranger: Told::Refused(400),
            client: Told::Answered(400),
            because: "",
        },
    ]
}
