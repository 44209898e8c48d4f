//! RFC 4475: torture messages of SIP.

use super::{Case, Read, SIGN_IN_FIRST, Told, head, message};

const SDP: &str = "v=0\r\no=ana 29739 7272939 IN IP4 192.0.2.5\r\ns=-\r\nc=IN IP4 192.0.2.5\r\nt=0 0\r\n\
                   m=audio 49217 RTP/AVP 0\r\n";

/// §3.1.1: valid messages.
pub(super) fn valid() -> Vec<Case> {
    let odd_user =
        "1_unusual.URI~(to-be!sure)&isn't+it$/crazy?,/;;*:&it+has=1,weird!*pas$wo~d_too.(doesn't-it)";
    let odd_method = "!interesting-Method0123456789_*+`.%indeed'~";
    let long = |text: &str, times: usize| text.repeat(times);
    vec![
        Case {
            section: "4475 3.1.1.1",
            what: "an INVITE folded, spaced, escaped and in odd case wherever the grammar allows",
            asks: "accepted; the unknown URI parameter, header and Contact parameters are kept",
            bytes: message(
                &[
                    "INVITE sip:ben@example.com;unknownparam SIP/2.0",
                    "TO :\r\n sip:ben@example.com ;   tags    = 1918181833n",
                    "from   : \"A Nother \\\\\\\"\"       <sip:ana@example.com>\r\n  ;\r\n  tag = 98asjd8",
                    "MaX-fOrWaRdS: 0068",
                    "Call-ID: wsinv.ndaksdj@192.0.2.1",
                    "Content-Length   : 3",
                    "cseq: 0009\r\n  INVITE",
                    "Via  : SIP  /   2.0\r\n /UDP\r\n    192.0.2.2;branch=390skdjuw",
                    "s :",
                    "NewFangledHeader:   newfangled value\r\n continued newfangled value",
                    "UnknownHeaderWithUnusualValue: ;;,,;;,;",
                    "Content-Type: application/sdp",
                    "Route:\r\n <sip:services.example.com;lr;unknownwith=value;unknown-no-value>",
                    "v:  SIP  / 2.0  / TCP     spindle.example.com   ;\r\n  branch  =   z9hG4bK9ikj8  ,\r\n \
                     SIP  /    2.0   / UDP  192.168.255.111   ; branch=\r\n z9hG4bK30239",
                    "m:\"Quoted string \\\"\\\"\" <sip:ana@example.com> ; newparam =\r\n      newvalue ;\r\n  secondparam ; \
                     q = 0.33",
                ],
                b"v=0",
            ),
            read: Read::Messages(1),
            stranger: Told::Answered(401),
            client: Told::Reached(200),
            because: SIGN_IN_FIRST,
        },
        Case {
            section: "4475 3.1.1.2",
            what: "unusual characters in the method, the URI, header names and values; UTF-8",
            asks: "parsed; the unknown method may be refused",
            bytes: head(&[
                &format!("{odd_method} sip:{odd_user}@example.com SIP/2.0"),
                "Via: SIP/2.0/TCP host1.example.com;branch=z9hG4bK-.!%66*_+`'~",
                &format!("To: \"tab:\\\t quote:\\\" backslash:\\\\\" <sip:{odd_user}@example.com>"),
                "From: token1~` token2'+_ token3*%!.- <sip:ana@example.com>;fromParam''~+*_!.-%=\"работающий\";\
                 tag=_token~1'+`*%!-.",
                "Call-ID: intmeth.word%ZK-!.*_+'@word`~)(><:\\/\"][?}{",
                &format!("CSeq: 139122385 {odd_method}"),
                "Max-Forwards: 255",
                "extensionHeader-!.%*+_`'~:\u{fffb}大停電",
                "Content-Length: 0",
            ]),
            read: Read::Messages(1),
            stranger: Told::Answered(401),
            client: Told::Answered(404),
            because: SIGN_IN_FIRST,
        },
        Case {
            section: "4475 3.1.1.2 (BEL, NUL, DEL)",
            what: "control characters in quoted pairs of a display name",
            asks: "parsed",
            bytes: head(&[
                "OPTIONS sip:ben@example.com SIP/2.0",
                "Via: SIP/2.0/TCP host1.example.com;branch=z9hG4bKctl",
                "To: \"BEL:\\\u{7} NUL:\\\0 DEL:\\\u{7f}\" <sip:ben@example.com>",
                "From: <sip:ana@example.com>;tag=1",
                "Call-ID: ctl",
                "CSeq: 1 OPTIONS",
                "Content-Length: 0",
            ]),
            read: Read::Mute,
            stranger: Told::Closed,
            client: Told::Dropped,
            because: "a NUL ends the header for a client that is written in C, which would read another message than \
                      the server; no real client writes control characters, and nothing is answered with one",
        },
        Case {
            section: "4475 3.1.1.3",
            what: "escaped characters in users, in parameter names and values",
            asks: "accepted; the escaped @ and : belong to the user, and %6C%72 is not lr",
            bytes: message(
                &[
                    "INVITE sip:sips%3Auser%40example.com@example.net SIP/2.0",
                    "To: sip:%75se%72@example.com",
                    "From: <sip:ana@example.com>;tag=938",
                    "Max-Forwards: 87",
                    "i: esc01.239409asdfakjkn23onasd0-3234",
                    "CSeq: 234234 INVITE",
                    "Via: SIP/2.0/UDP host5.example.net;branch=z9hG4bKkdjuw",
                    "C: application/sdp",
                    "Contact: <sip:cal%6Cer@host5.example.net;%6C%72;n%61me=v%61lue%25%34%31>",
                    "Content-Length: 3",
                ],
                b"v=0",
            ),
            read: Read::Messages(1),
            stranger: Told::Answered(401),
            client: Told::Answered(504),
            because: SIGN_IN_FIRST,
        },
        Case {
            section: "4475 3.1.1.4",
            what: "a REGISTER with escaped NULs in its addresses",
            asks: "accepted; the NULs are part of the user names",
            bytes: head(&[
                "REGISTER sip:example.com SIP/2.0",
                "To: sip:null-%00-null@example.com",
                "From: sip:null-%00-null@example.com;tag=839923423",
                "Max-Forwards: 70",
                "Call-ID: escnull.39203ndfvkjdasfkq3w4otrq0adsfdfnavd",
                "CSeq: 14398234 REGISTER",
                "Via: SIP/2.0/UDP host5.example.com;rport;branch=z9hG4bKkdjuw",
                "Contact: <sip:%00@host5.example.com>",
                "Contact: <sip:%00%00@host5.example.com>",
                "L:0",
            ]),
            read: Read::Messages(1),
            stranger: Told::Answered(401),
            client: Told::Answered(403),
            because: "nobody of that name can sign in: addresses of people have no control characters",
        },
        Case {
            section: "4475 3.1.1.5",
            what: "a method and display names with percent signs that escape nothing",
            asks: "the method is not REGISTER, the display names are kept",
            bytes: head(&[
                "RE%47IST%45R sip:registrar.example.com SIP/2.0",
                "To: \"%Z%45\" <sip:resource@example.com>",
                "From: \"%Z%45\" <sip:ana@example.com>;tag=f232jadfj23",
                "Call-ID: esc02.asdfnqwo34rq23i34jrjasdcnl23nrlknsdf",
                "Via: SIP/2.0/TCP host.example.com;rport;branch=z9hG4bK209%fzsnel234",
                "CSeq: 29344 RE%47IST%45R",
                "Max-Forwards: 70",
                "Contact: <sip:alias1@host1.example.com>",
                "C%6Fntact: <sip:alias2@host2.example.com>",
                "l: 0",
            ]),
            read: Read::Messages(1),
            stranger: Told::Answered(401),
            client: Told::Answered(404),
            because: SIGN_IN_FIRST,
        },
        Case {
            section: "4475 3.1.1.6",
            what: "no blank between the display name and the address",
            asks: "accepted",
            bytes: head(&[
                "OPTIONS sip:ben@example.com SIP/2.0",
                "To: sip:ben@example.com",
                "From: caller<sip:ana@example.com>;tag=323",
                "Max-Forwards: 70",
                "Call-ID: lwsdisp.1234abcd@funky.example.com",
                "CSeq: 60 OPTIONS",
                "Via: SIP/2.0/UDP funky.example.com;branch=z9hG4bKkdjuw",
                "l: 0",
            ]),
            read: Read::Messages(1),
            stranger: Told::Answered(200),
            client: Told::Reached(200),
            because: "",
        },
        Case {
            section: "4475 3.1.1.7",
            what: "long values, a long header name, many Vias",
            asks: "accepted",
            bytes: message(
                &[
                    "INVITE sip:ben@example.com SIP/2.0",
                    &format!(
                        "To: \"I have a user name of {}\" <sip:ben@example.com:6000;unknownparam1={};{}=shortvalue;{}>",
                        long("extreme", 10),
                        long("verylong", 20),
                        long("longparam", 5) + "name",
                        long("very", 25) + "longParameterNameWithNoValue"
                    ),
                    &format!(
                        "F: <sip:ana@example.com>;tag=12{}424;unknownheaderparam={}",
                        long("982", 50),
                        long("name", 25)
                    ),
                    &format!("Call-ID: longreq.one{}longcallid", long("really", 20)),
                    "CSeq: 3882340 INVITE",
                    &format!(
                        "Unknown-{}-Name: unknown-{}-value; unknown-{}-parameter-name = unknown-{}-parameter-value",
                        long("Long", 20),
                        long("long", 20),
                        long("long", 20),
                        long("long", 20)
                    ),
                    "Via: SIP/2.0/TCP sip33.example.com",
                    "v: SIP/2.0/TCP sip32.example.com",
                    "V: SIP/2.0/TCP sip31.example.com",
                    &("v: SIP/2.0/TCP sip.example.com\r\n".repeat(29)
                        + &format!(
                            "Via: SIP/2.0/TCP host.example.com;received=192.0.2.5;branch=very{}branchvalue",
                            long("long", 50)
                        )),
                    "Max-Forwards: 70",
                    &format!("Contact: <sip:{}@host5.example.net>", long("amazinglylongcallername", 5)),
                    "Content-Type: application/sdp",
                    &format!("l: {}", SDP.len()),
                ],
                SDP.as_bytes(),
            ),
            read: Read::Messages(1),
            stranger: Told::Answered(401),
            client: Told::Reached(200),
            because: SIGN_IN_FIRST,
        },
        Case {
            section: "4475 3.1.1.8",
            what: "a REGISTER with another request behind it in the same datagram",
            asks: "what follows the first message in a datagram is ignored",
            bytes: [
                head(&[
                    "REGISTER sip:example.com SIP/2.0",
                    "To: sip:ana@example.com",
                    "From: <sip:ana@example.com>;tag=43251j3j324;epid=EPID",
                    "Max-Forwards: 8",
                    "I: dblreq.0ha0isndaksdj99sdfafnl3lk233412",
                    "Contact: sip:ana@host.example.com",
                    "CSeq: 8 REGISTER",
                    "Via: SIP/2.0/UDP 192.0.2.125;branch=z9hG4bKkdjuw23492",
                    "Content-Length: 0",
                ]),
                head(&[
                    "INVITE sip:ben@example.com SIP/2.0",
                    "t: sip:ben@example.com",
                    "From: sip:ana@example.com;tag=141334",
                    "Max-Forwards: 8",
                    "Call-ID: dblreq.0ha0isnda977644900765@192.0.2.15",
                    "CSeq: 8 INVITE",
                    "Via: SIP/2.0/UDP 192.0.2.15;branch=z9hG4bKkdjuw380234",
                    "Contact: sip:ana@192.0.2.15",
                    "Content-Length: 0",
                ]),
            ]
            .concat(),
            read: Read::Messages(2),
            stranger: Told::Answered(401),
            client: Told::Reached(200),
            because: "there is no UDP; on a stream what follows is the next message, and is judged by itself",
        },
        Case {
            section: "4475 3.1.1.9",
            what: "semicolons in the user part",
            asks: "accepted; the user is `user;par=u@example.net`",
            bytes: head(&[
                "OPTIONS sip:user;par=u%40example.net@example.com SIP/2.0",
                "To: sip:j_user@example.com",
                "From: sip:ana@example.com;tag=33242",
                "Max-Forwards: 3",
                "Call-ID: semiuri.0ha0isndaksdj",
                "CSeq: 8 OPTIONS",
                "Accept: application/sdp, application/pkcs7-mime,\r\n        multipart/mixed, multipart/signed,\r\n        \
                 message/sip, message/sipfrag",
                "Via: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bKkdjuw",
                "l: 0",
            ]),
            read: Read::Messages(1),
            stranger: Told::Answered(200),
            client: Told::Answered(404),
            because: "",
        },
        Case {
            section: "4475 3.1.1.10",
            what: "known and unknown transports in the Vias",
            asks: "accepted",
            bytes: head(&[
                "OPTIONS sip:ben@example.com SIP/2.0",
                "To: sip:ben@example.com",
                "From: <sip:ana@example.com>;tag=323",
                "Max-Forwards: 70",
                "Call-ID: transports.kijh4akdnaqjkwendsasfdj",
                "Accept: application/sdp",
                "CSeq: 60 OPTIONS",
                "Via: SIP/2.0/UDP t1.example.com;branch=z9hG4bKkdjuw",
                "Via: SIP/2.0/SCTP t2.example.com;branch=z9hG4bKklasjdhf",
                "Via: SIP/2.0/TLS t3.example.com;branch=z9hG4bK2980unddj",
                "Via: SIP/2.0/UNKNOWN t4.example.com;branch=z9hG4bKasd0f3en",
                "Via: SIP/2.0/TCP t5.example.com;branch=z9hG4bK0a9idfnee",
                "l: 0",
            ]),
            read: Read::Messages(1),
            stranger: Told::Answered(200),
            client: Told::Reached(200),
            because: "",
        },
        Case {
            section: "4475 3.1.1.11",
            what: "a signed multipart body with octets of every kind",
            asks: "accepted; the body is passed on as it is",
            bytes: {
                let body = [
                    b"--7a9cbec02ceef655\r\nContent-Type: text/plain\r\nContent-Transfer-Encoding: binary\r\n\r\n\
                      Hello\r\n--7a9cbec02ceef655\r\nContent-Type: application/octet-stream\r\n\r\n"
                        .as_slice(),
                    &(0..=255).collect::<Vec<u8>>(),
                    b"\r\n--7a9cbec02ceef655--\r\n",
                ]
                .concat();
                message(
                    &[
                        "MESSAGE sip:ben@example.com SIP/2.0",
                        "To: <sip:ben@example.com>",
                        "From: <sip:ana@example.com>;tag=ASDFVs3s",
                        "Via: SIP/2.0/UDP 127.0.0.1:5070;branch=z9hG4bK-d87543-4dade06d0bdb11ee-1--d87543-;rport",
                        "Max-Forwards: 70",
                        "Call-ID: mpart01.qwiuhdakjdshfiweu",
                        "CSeq: 127 MESSAGE",
                        "MIME-Version: 1.0",
                        "Content-Type: multipart/mixed;boundary=7a9cbec02ceef655",
                        &format!("Content-Length: {}", body.len()),
                    ],
                    &body,
                )
            },
            read: Read::Messages(1),
            stranger: Told::Answered(401),
            client: Told::Reached(481),
            because: SIGN_IN_FIRST,
        },
        Case {
            section: "4475 3.1.1.12",
            what: "a response with an unusual reason phrase",
            asks: "accepted",
            bytes: head(&[
                "SIP/2.0 200 = 2**3 * 5**2 но сто девяносто девять - простое",
                "Via: SIP/2.0/UDP 192.0.2.198;branch=z9hG4bK1324923",
                "Call-ID: unreason.1234ksdfak3j2erwedfsASdf",
                "CSeq: 35 INVITE",
                "From: sip:ana@example.com;tag=11141343",
                "To: sip:ben@example.com;tag=2229",
                "Content-Length: 0",
                "Contact: <sip:ana@host198.example.com>",
            ]),
            read: Read::Messages(1),
            stranger: Told::Dropped,
            client: Told::Dropped,
            because: "nothing was asked that it could answer",
        },
        Case {
            section: "4475 3.1.1.13",
            what: "a response with an empty reason phrase",
            asks: "accepted",
            bytes: head(&[
                "SIP/2.0 100 ",
                "Via: SIP/2.0/UDP 192.0.2.105;branch=z9hG4bK2398ndaoe",
                "Call-ID: noreason.asndj203insdf99223ndf",
                "CSeq: 35 INVITE",
                "From: <sip:ana@example.com>;tag=39ansfi3",
                "To: <sip:ben@example.com>;tag=902jndnke3",
                "Content-Length: 0",
                "Contact: <sip:ana@host105.example.com>",
            ]),
            read: Read::Messages(1),
            stranger: Told::Dropped,
            client: Told::Dropped,
            because: "nothing was asked that it could answer",
        },
    ]
}

/// §3.1.2: invalid messages.
pub(super) fn invalid() -> Vec<Case> {
    /// A request line and further lines around what every request has.
    fn request(method: &str, uri: &str, id: &str, further: &[&str]) -> Vec<u8> {
        let first = format!("{method} {uri} SIP/2.0");
        let cseq = format!("CSeq: 8 {method}");
        let call_id = format!("Call-ID: {id}");
        let via = "Via: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bKkdjuw";
        let (from, to) = ("From: <sip:ana@example.com>;tag=93942939o2", "To: <sip:ben@example.com>");
        let mut lines = vec![first.as_str()];
        for line in [via, from, to, call_id.as_str(), cseq.as_str(), "Max-Forwards: 70"] {
            // A further line of the same name stands in its place.
            let name = line.split(':').next().unwrap_or_default();
            if !further.iter().any(|other| other.split(':').next() == Some(name)) {
                lines.push(line);
            }
        }
        lines.extend(further);
        head(&lines)
    }
    let contact = "Contact: <sip:ana@host5.example.net>";
    vec![
        Case {
            section: "4475 3.1.2.1",
            what: "separators without anything between them in Via and Contact",
            asks: "should be answered 400",
            bytes: request(
                "INVITE",
                "sip:ben@example.com",
                "badinv01",
                &[
                    "Via: SIP/2.0/UDP 192.0.2.15;;;;,,;branch=z9hG4bKkdjuw",
                    "Contact: \"Ana\" <sip:ana@example.org>;;;;",
                    "Content-Length: 0",
                ],
            ),
            read: Read::Messages(1),
            stranger: Told::Answered(401),
            client: Told::Reached(200),
            because: "separators that separate nothing say nothing: the message is read as if they weren't there",
        },
        Case {
            section: "4475 3.1.2.2",
            what: "a Content-Length larger than the body",
            asks: "on a stream the rest is waited for",
            bytes: message(
                &[
                    "INVITE sip:ben@example.com SIP/2.0",
                    "To: sip:ben@example.com",
                    "From: sip:ana@example.net;tag=93942939o2",
                    "Call-ID: clerr.0ha0isndaksdjweiafasdk3",
                    "CSeq: 8 INVITE",
                    "Via: SIP/2.0/UDP host5.example.com;branch=z9hG4bK-39234-23523",
                    "Content-Type: application/sdp",
                    "Content-Length: 9999",
                ],
                SDP.as_bytes(),
            ),
            read: Read::Waits,
            stranger: Told::Closed,
            client: Told::Waits,
            because: "before the sign-in 9999 octets of body are too many",
        },
        Case {
            section: "4475 3.1.2.3",
            what: "a negative Content-Length",
            asks: "answered 400; on a stream the connection is closed, since nobody knows where the message ends",
            bytes: request("INVITE", "sip:ben@example.com", "ncl", &[contact, "Content-Length: -999"]),
            read: Read::Lost,
            stranger: Told::Closed,
            client: Told::Closed,
            because: "",
        },
        Case {
            section: "4475 3.1.2.4",
            what: "numbers of a request that are too large: CSeq, Max-Forwards, Expires, the expires of a Contact",
            asks: "answered 400 for the CSeq",
            bytes: request(
                "REGISTER",
                "sip:example.com",
                "scalar02",
                &[
                    "CSeq: 36893488147419103232 REGISTER",
                    "Max-Forwards: 300",
                    "Expires: 10000000000000000000000000000000000000000000000000000000000000000000000000000000",
                    "Contact: <sip:ana@host129.example.com>;expires=280297596632815",
                    "Content-Length: 0",
                ],
            ),
            read: Read::Bad(400),
            stranger: Told::Refused(400),
            client: Told::Answered(400),
            because: "",
        },
        Case {
            section: "4475 3.1.2.5",
            what: "numbers of a response that are too large: CSeq, Retry-After, Warning",
            asks: "discarded",
            bytes: head(&[
                "SIP/2.0 503 Service Unavailable",
                "Via: SIP/2.0/TCP host129.example.com;branch=z9hG4bKzzxdiwo34sw",
                "To: <sip:ben@example.com>",
                "From: <sip:ana@example.com>;tag=2easdjfejw",
                "CSeq: 9292394834772304023312 OPTIONS",
                "Call-ID: scalarlg.noase0of0234hn2qofoaf0232aewf2394r",
                "Retry-After: 949302838503028349304023988",
                "Warning: 1812 overture \"In Progress\"",
                "Content-Length: 0",
            ]),
            read: Read::Mute,
            stranger: Told::Closed,
            client: Told::Dropped,
            because: "",
        },
        Case {
            section: "4475 3.1.2.6",
            what: "a display name whose quotes don't end",
            asks: "should be answered 400",
            bytes: request(
                "INVITE",
                "sip:ben@example.com",
                "quotbal",
                &["To: \"Mr. J. User <sip:ben@example.com>", contact, "Content-Length: 0"],
            ),
            read: Read::Messages(1),
            stranger: Told::Refused(400),
            client: Told::Answered(400),
            because: "",
        },
        Case {
            section: "4475 3.1.2.7",
            what: "a Request-URI in angle brackets",
            asks: "may be understood, else answered 400",
            bytes: request("INVITE", "<sip:ben@example.com>", "ltgtruri", &[contact, "Content-Length: 0"]),
            read: Read::Messages(1),
            stranger: Told::Refused(400),
            client: Told::Answered(400),
            because: "",
        },
        Case {
            section: "4475 3.1.2.8",
            what: "a blank inside the Request-URI",
            asks: "may be understood, else answered 400",
            bytes: request("INVITE", "sip:ben@example.com; lr", "lwsruri", &[contact, "Content-Length: 0"]),
            read: Read::Bad(400),
            stranger: Told::Refused(400),
            client: Told::Answered(400),
            because: "",
        },
        Case {
            section: "4475 3.1.2.9",
            what: "several blanks between the parts of the request line",
            asks: "may be understood, else answered 400",
            bytes: request("INVITE", " sip:ben@example.com ", "lwsstart", &[contact, "Content-Length: 0"]),
            read: Read::Bad(400),
            stranger: Told::Refused(400),
            client: Told::Answered(400),
            because: "",
        },
        Case {
            section: "4475 3.1.2.10",
            what: "blanks at the end of the request line",
            asks: "may be understood, else answered 400",
            bytes: {
                let good = request("OPTIONS", "sip:ben@example.com", "trws", &["Content-Length: 0"]);
                let text = String::from_utf8(good).expect("text");
                text.replacen(" SIP/2.0\r\n", " SIP/2.0  \r\n", 1).into_bytes()
            },
            read: Read::Bad(400),
            stranger: Told::Refused(400),
            client: Told::Answered(400),
            because: "",
        },
        Case {
            section: "4475 3.1.2.11",
            what: "headers in the Request-URI",
            asks: "may be taken without them, else answered 400; they must not be obeyed",
            bytes: request(
                "INVITE",
                "sip:ben@example.com?Route=%3Csip:example.com%3E",
                "escruri",
                &[contact, "Content-Length: 0"],
            ),
            read: Read::Messages(1),
            stranger: Told::Answered(401),
            client: Told::Reached(200),
            because: SIGN_IN_FIRST,
        },
        Case {
            section: "4475 3.1.2.12",
            what: "a Date in another time zone than GMT",
            asks: "accepted by who needs no date",
            bytes: request(
                "INVITE",
                "sip:ben@example.com",
                "baddate",
                &["Date: Fri, 01 Jan 2010 16:00:00 EST", contact, "Content-Length: 0"],
            ),
            read: Read::Messages(1),
            stranger: Told::Answered(401),
            client: Told::Reached(200),
            because: SIGN_IN_FIRST,
        },
        Case {
            section: "4475 3.1.2.13",
            what: "a REGISTER whose Contact has headers in its URI, but no brackets",
            asks: "answered 400",
            bytes: request(
                "REGISTER",
                "sip:example.com",
                "regbadct",
                &[
                    "From: <sip:ana@example.com>;tag=998332;epid=EPID",
                    "To: <sip:ana@example.com>",
                    "Contact: sip:ana@example.com?Route=%3Csip:sip.example.com%3E",
                    "l: 0",
                ],
            ),
            read: Read::Messages(1),
            stranger: Told::Answered(401),
            client: Told::Answered(400),
            because: SIGN_IN_FIRST,
        },
        Case {
            section: "4475 3.1.2.14",
            what: "blanks inside the angle brackets of an address",
            asks: "may be understood, else answered 400",
            bytes: request(
                "OPTIONS",
                "sip:ben@example.com",
                "badaspec",
                &["To: \"Watson, Thomas\" < sip:ben@example.com >", "l: 0"],
            ),
            read: Read::Messages(1),
            stranger: Told::Answered(200),
            client: Told::Reached(200),
            because: "",
        },
        Case {
            section: "4475 3.1.2.15",
            what: "a display name that should stand in quotes",
            asks: "may be understood, else answered 400",
            bytes: request(
                "OPTIONS",
                "sip:ben@example.com",
                "baddn",
                &["From: Bell, Alexander <sip:ana@example.com>;tag=43", "l: 0"],
            ),
            read: Read::Messages(1),
            stranger: Told::Refused(400),
            client: Told::Answered(400),
            because: "",
        },
        Case {
            section: "4475 3.1.2.16",
            what: "a version of SIP that isn't",
            asks: "answered 505",
            bytes: {
                let good = request("OPTIONS", "sip:ben@example.com", "badvers", &["l: 0"]);
                String::from_utf8(good).expect("text").replacen("SIP/2.0\r\n", "SIP/7.0\r\n", 1).into_bytes()
            },
            read: Read::Bad(505),
            stranger: Told::Refused(505),
            client: Told::Answered(505),
            because: "",
        },
        Case {
            section: "4475 3.1.2.17",
            what: "a known method that CSeq doesn't name",
            asks: "answered 400",
            bytes: request("OPTIONS", "sip:ben@example.com", "mismatch01", &["CSeq: 8 INVITE", "l: 0"]),
            read: Read::Bad(400),
            stranger: Told::Refused(400),
            client: Told::Answered(400),
            because: "",
        },
        Case {
            section: "4475 3.1.2.18",
            what: "an unknown method that CSeq doesn't name",
            asks: "answered 400 or 501",
            bytes: request("NEWMETHOD", "sip:ben@example.com", "mismatch02", &["CSeq: 8 INVITE", "l: 0"]),
            read: Read::Bad(400),
            stranger: Told::Refused(400),
            client: Told::Answered(400),
            because: "",
        },
        Case {
            section: "4475 3.1.2.19",
            what: "a status code beyond 32 bits",
            asks: "discarded",
            bytes: head(&[
                "SIP/2.0 4294967301 better not break the receiver",
                "Via: SIP/2.0/UDP 192.0.2.105;branch=z9hG4bK2398ndaoe",
                "Call-ID: bigcode.asdof3uj203asdnf3429uasdhfas3ehjasdfas9i",
                "CSeq: 353494 INVITE",
                "From: <sip:ana@example.com>;tag=39ansfi3",
                "To: <sip:ben@example.com>;tag=902jndnke3",
                "Content-Length: 0",
            ]),
            read: Read::Mute,
            stranger: Told::Closed,
            client: Told::Dropped,
            because: "",
        },
    ]
}

/// §3.2 to §3.4: transactions, applications, and RFC 2543.
pub(super) fn beyond() -> Vec<Case> {
    /// What every request has, with another request line, further lines, and no line of the names left out.
    fn request(method: &str, uri: &str, id: &str, further: &[&str]) -> Vec<u8> {
        let mut lines: Vec<String> =
            vec![format!("{method} {uri} SIP/2.0"), format!("Call-ID: {id}"), format!("CSeq: 8 {method}")];
        for line in [
            "Via: SIP/2.0/TLS 192.0.2.1:5070;branch=z9hG4bKhjfi",
            "From: <sip:ana@example.com>;tag=33242;epid=EPID",
            "To: <sip:ben@example.com>",
            "Max-Forwards: 70",
        ] {
            let name = line.split(':').next().unwrap_or_default();
            if !further.iter().any(|other| other.split(':').next() == Some(name)) {
                lines.push(line.to_owned());
            }
        }
        lines.extend(further.iter().map(|line| (*line).to_owned()));
        head(&lines.iter().map(String::as_str).collect::<Vec<_>>())
    }
    let (own, empty) = ("To: <sip:ana@example.com>", "Content-Length: 0");
    vec![
        Case {
            section: "4475 3.2.1",
            what: "a branch that is nothing but the magic cookie",
            asks: "the branch identifies nothing: the transaction is told as RFC 2543 did",
            bytes: request(
                "OPTIONS",
                "sip:ben@example.com",
                "badbranch",
                &["Via: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK", empty],
            ),
            read: Read::Messages(1),
            stranger: Told::Answered(200),
            client: Told::Reached(200),
            because: "",
        },
        Case {
            section: "4475 3.3.1",
            what: "an INVITE without Call-ID, From and To",
            asks: "must not break anything; ideally answered 400",
            bytes: head(&[
                "INVITE sip:ben@example.com SIP/2.0",
                "CSeq: 193942 INVITE",
                "Via: SIP/2.0/UDP 192.0.2.95;branch=z9hG4bKkdj.insuf",
                "Content-Length: 0",
            ]),
            read: Read::Mute,
            stranger: Told::Closed,
            client: Told::Dropped,
            because: "a response has the From, To and Call-ID of its request: one without them would be none",
        },
        Case {
            section: "4475 3.3.2",
            what: "a Request-URI of an unknown scheme",
            asks: "answered 416",
            bytes: request("OPTIONS", "nobodyKnowsThisScheme:totallyopaquecontent", "unkscm", &[empty]),
            read: Read::Messages(1),
            stranger: Told::Answered(416),
            client: Told::Answered(416),
            because: "",
        },
        Case {
            section: "4475 3.3.3",
            what: "a Request-URI of a known scheme that is not one of SIP",
            asks: "answered 416",
            bytes: request("OPTIONS", "soap.beep://192.0.2.103:3002", "novelsc", &[empty]),
            read: Read::Messages(1),
            stranger: Told::Answered(416),
            client: Told::Answered(416),
            because: "",
        },
        Case {
            section: "4475 3.3.4",
            what: "a REGISTER with unknown schemes in To, From and Contact",
            asks: "a registrar refuses it",
            bytes: request(
                "REGISTER",
                "sip:example.com",
                "unksm2",
                &[
                    "To: isbn:2983792873",
                    "From: <http://www.example.com>;tag=3234233",
                    "Contact: <name:John_Smith>",
                    "l: 0",
                ],
            ),
            read: Read::Messages(1),
            stranger: Told::Answered(401),
            client: Told::Answered(403),
            because: SIGN_IN_FIRST,
        },
        Case {
            section: "4475 3.3.5",
            what: "extensions that nobody knows in Require and Proxy-Require",
            asks: "answered 420 with Unsupported; a proxy looks at Proxy-Require alone",
            bytes: request(
                "OPTIONS",
                "sip:ben@example.com",
                "bext01",
                &[
                    "Proxy-Require: nothingSupportsThis, nothingSupportsThisEither",
                    "Require: nothingSupportsThis, nothingSupportsThisEither",
                    empty,
                ],
            ),
            read: Read::Messages(1),
            stranger: Told::Answered(420),
            client: Told::Answered(420),
            because: "",
        },
        Case {
            section: "4475 3.3.6",
            what: "an INVITE with a body of unknown type",
            asks: "answered 415 with Accept by the one who is called",
            bytes: {
                let body = "<audio>\r\n <pcmu port=\"443\"/>\r\n</audio>\r\n";
                let length = format!("Content-Length: {}", body.len());
                let lines =
                    ["Contact: <sip:ana@192.0.2.1>", "Content-Type: application/unknownformat", &length];
                [request("INVITE", "sip:ben@example.com", "invut", &lines), body.into()].concat()
            },
            read: Read::Messages(1),
            stranger: Told::Answered(401),
            client: Told::Reached(200),
            because: "bodies are between clients, and this one takes everything",
        },
        Case {
            section: "4475 3.3.6 (for the server)",
            what: "a SERVICE with a body of unknown type",
            asks: "answered 415 with Accept",
            bytes: request(
                "SERVICE",
                "sip:ana@example.com",
                "servut",
                &[own, "Content-Type: application/unknownformat", empty],
            ),
            read: Read::Messages(1),
            stranger: Told::Answered(401),
            client: Told::Answered(415),
            because: SIGN_IN_FIRST,
        },
        Case {
            section: "4475 3.3.7",
            what: "a REGISTER with credentials of an unknown scheme",
            asks: "challenged as if they weren't there",
            bytes: request(
                "REGISTER",
                "sip:example.com",
                "regaut01",
                &[
                    own,
                    "Contact: <sip:ana@host.example.com>",
                    "Authorization: NoOneKnowsThisScheme opaque-data=here",
                    empty,
                ],
            ),
            read: Read::Messages(1),
            stranger: Told::Answered(401),
            client: Told::Answered(200),
            because: "whoever has signed in has credentials beside them",
        },
        Case {
            section: "4475 3.3.8",
            what: "several values of what must stand once",
            asks: "answered 400",
            bytes: [
                request("INVITE", "sip:ben@example.com", "multi01", &["Contact: <sip:ana@host.example.com>"])
                    .strip_suffix(b"\r\n")
                    .unwrap_or_default(),
                &head(&[
                    "CSeq: 59 INVITE",
                    "Call-ID: multi01.98asdh@192.0.2.2",
                    "From: sip:ana@example.com;tag=3413415",
                    "To: sip:ben@example.com",
                    "To: sip:other@example.net",
                    "Max-Forwards: 5",
                    "Content-Length: 0",
                ]),
            ]
            .concat(),
            read: Read::Bad(400),
            stranger: Told::Refused(400),
            client: Told::Answered(400),
            because: "",
        },
        Case {
            section: "4475 3.3.9",
            what: "two lengths that differ",
            asks: "answered 400; on a stream the connection is closed",
            bytes: [
                request(
                    "OPTIONS",
                    "sip:ben@example.com",
                    "mcl01",
                    &["Content-Length: 13", "Content-Length: 5"],
                ),
                b"There's no way to know how many octets are supposed to be here.".to_vec(),
            ]
            .concat(),
            read: Read::Lost,
            stranger: Told::Closed,
            client: Told::Closed,
            because: "no answer, since nobody knows which request it would answer",
        },
        Case {
            section: "4475 3.3.10",
            what: "a 200 whose second Via is the broadcast address",
            asks: "discarded; nothing is sent there",
            bytes: head(&[
                "SIP/2.0 200 OK",
                "Via: SIP/2.0/UDP 192.0.2.198;branch=z9hG4bK1324923",
                "Via: SIP/2.0/UDP 255.255.255.255;branch=z9hG4bK1saber23",
                "Call-ID: bcast.0384840201234ksdfak3j2erwedfsASdf",
                "CSeq: 35 INVITE",
                "From: sip:ana@example.com;tag=11141343",
                "To: sip:ben@example.edu;tag=2229",
                "Content-Length: 0",
                "Contact: <sip:ben@host28.example.com>",
            ]),
            read: Read::Messages(1),
            stranger: Told::Dropped,
            client: Told::Dropped,
            because: "",
        },
        Case {
            section: "4475 3.3.11",
            what: "OPTIONS with Max-Forwards 0",
            asks: "a proxy answers 483, or 200 as the last one",
            bytes: request("OPTIONS", "sip:ben@example.com", "zeromf", &["Max-Forwards: 0", empty]),
            read: Read::Messages(1),
            stranger: Told::Answered(200),
            client: Told::Answered(483),
            because: "",
        },
        Case {
            section: "4475 3.3.12",
            what: "a REGISTER with a parameter behind its Contact's URI without brackets",
            asks: "the parameter belongs to the header, not to the URI",
            bytes: request(
                "REGISTER",
                "sip:example.com",
                "cparam01",
                &[own, "Contact: sip:+19725552222@gw1.example.net;unknownparam", empty],
            ),
            read: Read::Messages(1),
            stranger: Told::Answered(401),
            client: Told::Answered(200),
            because: SIGN_IN_FIRST,
        },
        Case {
            section: "4475 3.3.13",
            what: "a REGISTER with a parameter inside its Contact's brackets",
            asks: "the parameter belongs to the URI",
            bytes: request(
                "REGISTER",
                "sip:example.com",
                "cparam02",
                &[own, "Contact: <sip:+19725552222@gw1.example.net;unknownparam>", empty],
            ),
            read: Read::Messages(1),
            stranger: Told::Answered(401),
            client: Told::Answered(200),
            because: SIGN_IN_FIRST,
        },
        Case {
            section: "4475 3.3.14",
            what: "a REGISTER whose Contact's URI has a Route in it",
            asks: "accepted; the Route may be used for requests to that Contact",
            bytes: request(
                "REGISTER",
                "sip:example.com",
                "regescrt",
                &[own, "Contact: <sip:ana@example.com?Route=%3Csip:sip.example.com%3E>", empty],
            ),
            read: Read::Messages(1),
            stranger: Told::Answered(401),
            client: Told::Answered(200),
            because: "the Route is left out: requests go to the connection that registered, and nowhere else",
        },
        Case {
            section: "4475 3.3.15",
            what: "an INVITE that accepts nothing that anybody knows",
            asks: "answered 406 by the one who is called",
            bytes: request(
                "INVITE",
                "sip:ben@example.com",
                "sdp01",
                &["Accept: text/nobodyKnowsThis", "Contact: <sip:ana@host.example.com>", empty],
            ),
            read: Read::Messages(1),
            stranger: Told::Answered(401),
            client: Told::Reached(200),
            because: "what is accepted is between clients, and this one takes everything",
        },
        Case {
            section: "4475 3.4.1",
            what: "an INVITE of RFC 2543: no branch, no tag, no Max-Forwards, no Contact, a strict router",
            asks: "accepted",
            bytes: head(&[
                "INVITE sip:ben@example.com SIP/2.0",
                "Via: SIP/2.0/UDP iftgw.example.com",
                "From: <sip:ana@example.com;user=phone>",
                "Record-Route: <sip:UserB@example.com;maddr=ss1.example.com>",
                "To: sip:ben@example.com;user=phone",
                "Call-ID: inv2543.1717@ift.client.example.com",
                "CSeq: 56 INVITE",
                "Content-Length: 0",
            ]),
            read: Read::Messages(1),
            stranger: Told::Answered(401),
            client: Told::Reached(200),
            because: SIGN_IN_FIRST,
        },
    ]
}
