//! A table of messages whose elements are named, and a table of what can be wrong with an element.
//!
//! In a template, `{name=text}` is an element; elements may hold others. Every header line is an element as well. The
//! product of both tables is every case. What is said within a conversation has templates of its own (`dialogs.rs`,
//! `answers.rs`).

use rapport_model::Epid;

/// The messages that need no conversation, by name. Those of a conversation included, every header that the server
/// reads stands in one of them (`names.rs`).
const TEMPLATES: [(&str, &str); 8] = [
    (
        "options",
        "{method=OPTIONS} {uri={uri.scheme=sip}:{uri.user=ana}@{uri.host=example.com}} {version=SIP/{version.number=2.0}}\r\n\
         Via: {via={via.protocol=SIP/2.0}/{via.transport=TLS} {via.host=192.0.2.1}:{via.port=5070};\
         branch={via.branch=z9hG4bKoptionsNUM};{via.rport=rport};received={via.received=192.0.2.9}}\r\n\
         From: {from=\"{from.display=Ana}\" <{from.uri=sip:ana@example.com}>;tag={from.tag=27};epid={from.epid=EPID}}\r\n\
         To: {to=\"{to.display=Ana}\" <{to.uri=sip:ana@example.com}>}\r\n\
         Call-ID: {call-id=optionsNUM}\r\nCSeq: {cseq={cseq.number=1} {cseq.method=OPTIONS}}\r\n\
         Max-Forwards: {max-forwards=70}\r\nAccept: {accept=application/sdp}\r\n\
         Accept-Encoding: {accept-encoding=identity}\r\nRequire: {require=adhoclist}\r\n\
         Proxy-Require: {proxy-require=ms-benotify}\r\nSupported: {supported=gruu-10}\r\n\
         User-Agent: {user-agent=UCCAPI/3.5.6907.0 (OC)}\r\nDate: {date=Thu, 26 Nov 2026 00:00:00 GMT}\r\n\
         Content-Length: {content-length=0}\r\n\r\n",
    ),
    (
        "register",
        "REGISTER {uri=sip:{uri.host=example.com}:{uri.port=5061};{uri.param=transport}=tls} SIP/2.0\r\n\
         Via: SIP/2.0/TLS 192.0.2.1:5070;branch=z9hG4bKregisterNUM\r\n\
         From: {from=<{from.uri=sip:{from.user=ana}@{from.host=example.com}>};tag={from.tag=28};epid={from.epid=EPID}}\r\n\
         To: {to=<{to.uri=sip:{to.user=ana}@{to.host=example.com}>};{to.param=x}=y}\r\nCall-ID: registerNUM\r\n\
         CSeq: {cseq.number=1} REGISTER\r\nMax-Forwards: 70\r\n\
         Contact: {contact=<{contact.uri=sip:192.0.2.1:{contact.port=5070};transport={contact.transport=tls};\
         ms-opaque={contact.ms-opaque=d3470f2e1d}}>;methods={contact.methods=\"INVITE, MESSAGE\"};\
         proxy={contact.proxy=replace};expires={contact.expires=600};{contact.q=q}=0.5;\
         +sip.instance=\"<{contact.instance=urn:uuid:INSTANCE}>\"}\r\n\
         Expires: {expires=7200}\r\nEvent: {event=registration}\r\n\
         Supported: {supported=gruu-10, adhoclist, msrtc-event-categories}\r\nAllow-Events: {allow-events=presence}\r\n\
         ms-keep-alive: {ms-keep-alive=UAC;hop-hop=yes}\r\nms-subnet: {ms-subnet=192.0.2.0}\r\n\
         Authorization: {auth={auth.scheme=NTLM} qop=\"{auth.qop=auth}\", realm=\"{auth.realm=SIP Communications Service}\", \
         targetname=\"{auth.targetname=sip.example.com}\", gssapi-data=\"{auth.gssapi-data=}\", version={auth.version=4}}\r\n\
         Content-Length: 0\r\n\r\n",
    ),
    (
        "subscribe",
        "SUBSCRIBE {uri=sip:ana@example.com} SIP/2.0\r\nVia: SIP/2.0/TLS 192.0.2.1:5070;branch=z9hG4bKsubscribeNUM\r\n\
         From: <sip:ana@example.com>;tag=29;epid=EPID\r\nTo: {to=<sip:ana@example.com>{to.param=;x=y}}\r\n\
         Call-ID: {call-id=subscribeNUM}\r\nCSeq: 1 SUBSCRIBE\r\nMax-Forwards: {max-forwards=70}\r\n\
         Contact: {contact=<sip:ana@example.com;opaque={contact.opaque=user:epid:x};{contact.gruu=gruu}>}\r\n\
         Event: {event={event.package=presence};{event.id=id}=4}\r\nExpires: {expires=600}\r\n\
         Accept: {accept=application/msrtc-event-categories+xml, multipart/related}\r\n\
         Supported: {supported=ms-benotify}\r\nSupported: {supported.2=com.microsoft.autoextend}\r\n\
         Require: {require=adhoclist, categoryList}\r\nProxy-Require: {proxy-require=ms-benotify}\r\n\
         Content-Type: {content-type={content-type.type=application}/{content-type.subtype=msrtc-adrl-categorylist+xml};\
         {content-type.param=charset}=utf-8}\r\nContent-Length: {content-length=LENGTH}\r\n\r\n\
         {body=<batchSub xmlns=\"http://schemas.microsoft.com/2006/01/sip/batch-subscribe\" uri=\"sip:ana@example.com\" \
         name=\"\"><action name=\"subscribe\" id=\"1\"><adhocList><resource uri=\"{body.uri=sip:ben@example.com}\"/>\
         </adhocList></action></batchSub>}",
    ),
    (
        "service",
        "SERVICE {uri=sip:ana@example.com} SIP/2.0\r\nVia: SIP/2.0/TLS 192.0.2.1:5070;branch=z9hG4bKserviceNUM\r\n\
         From: <sip:ana@example.com>;tag=30;epid=EPID\r\nTo: <sip:ana@example.com>\r\nCall-ID: serviceNUM\r\n\
         CSeq: {cseq={cseq.number=1} SERVICE}\r\nMax-Forwards: 70\r\n\
         Proxy-Authorization: {proxy-auth={proxy-auth.scheme=NTLM} qop=\"{proxy-auth.qop=auth}\", \
         opaque=\"{proxy-auth.opaque=0D0C0B0A}\", realm=\"{proxy-auth.realm=SIP Communications Service}\", \
         targetname=\"{proxy-auth.targetname=sip.example.com}\", crand=\"{proxy-auth.crand=01020304}\", \
         cnum=\"{proxy-auth.cnum=1}\", response=\"{proxy-auth.response=0100000000000000000000000000000a}\"}\r\n\
         Content-Type: {content-type=application/SOAP+xml}\r\nContent-Length: {content-length=LENGTH}\r\n\r\n\
         {body=<s:Envelope xmlns:s=\"http://schemas.xmlsoap.org/soap/envelope/\" \
         xmlns:m=\"http://schemas.microsoft.com/winrtc/2002/11/sip\"><s:Body><m:deleteContact><m:URI>{body.uri=sip:no@example.com}\
         </m:URI><m:deltaNum>{body.number=1}</m:deltaNum></m:deleteContact></s:Body></s:Envelope>}",
    ),
    (
        "invite",
        "{method=INVITE} {uri=sip:{uri.user=ben}@{uri.host=example.com};{uri.param=x}={uri.value=y}} SIP/2.0\r\n\
         Via: {via=SIP/2.0/TLS 192.0.2.1:5070;branch={via.branch=z9hG4bKinviteNUM}}\r\n\
         Via: {via.2=SIP/2.0/TCP 192.0.2.200;branch=z9hG4bKbelow}\r\n\
         From: {from=<sip:ana@example.com>;tag={from.tag=31};epid=EPID}\r\nTo: {to=<sip:ben@example.com>}\r\n\
         Call-ID: {call-id=inviteNUM}\r\nCSeq: {cseq=1 INVITE}\r\nMax-Forwards: {max-forwards=70}\r\n\
         Route: {route=<sip:{route.host=sip.example.com}:5061;{route.lr=lr}>}\r\n\
         Record-Route: {record-route=<{record-route.uri=sip:192.0.2.7;lr}>}\r\n\
         Contact: {contact=<sip:ana@example.com;opaque=user:epid:x;gruu>}\r\n\
         User-Agent: {user-agent=UCCAPI/3.5.6907.0}\r\nSupported: {supported=ms-sender, ms-early-media}\r\n\
         Ms-Conversation-ID: {ms-conversation-id=c1}\r\nms-text-format: {ms-text-format=text/plain; charset=UTF-8;ms-body=aGk=}\r\n\
         P-Preferred-Identity: {p-preferred-identity=<sip:ana@example.com>}\r\n\
         P-Asserted-Identity: {p-asserted-identity=<sip:ana@example.com>, <tel:+1555>}\r\n\
         Authentication-Info: {authentication-info=NTLM rspauth=\"0100\", srand=\"01\", snum=\"1\"}\r\n\
         Proxy-Authentication-Info: {proxy-authentication-info=NTLM rspauth=\"0100\", srand=\"01\", snum=\"1\"}\r\n\
         ms-user-logon-data: {ms-user-logon-data=RemoteUser}\r\nms-user-data: {ms-user-data=ms-publiccloud=true}\r\n\
         ms-asserted-verification-level: {ms-asserted-verification-level=ms-source-verified-user=verified}\r\n\
         ms-edge-proxy-message-trust: {ms-edge=ms-source-type=AutoFederation;ms-ep-fqdn=a.example}\r\n\
         ms-diagnostics: {ms-diagnostics=1000;reason=\"{ms-diagnostics.reason=Final handshake failed}\"}\r\n\
         ms-diagnostics-public: {ms-diagnostics-public=1000;reason=\"x\"}\r\n\
         Remote-Party-ID: {remote-party-id=<sip:cal@example.com>;party=calling}\r\n\
         Roster-Manager: {roster-manager=sip:ana@example.com}\r\nEndPoints: {endpoints=<sip:ana@example.com>, <sip:ben@example.com>}\r\n\
         Content-Type: {content-type=application/sdp}\r\nContent-Length: {content-length=LENGTH}\r\n\r\n\
         {body=v=0\r\no=- 0 0 IN IP4 192.0.2.1\r\ns=session\r\nc=IN IP4 192.0.2.1\r\nt=0 0\r\nm=message 5060 sip null\r\n}",
    ),
    (
        "message",
        "MESSAGE {uri=sip:ben@example.com;opaque={uri.opaque=user:epid:x};{uri.gruu=gruu}} SIP/2.0\r\n\
         Via: SIP/2.0/TLS 192.0.2.1:5070\r\nFrom: <sip:ana@example.com>;tag=32;epid=EPID\r\n\
         To: <sip:ben@example.com>;tag={to.tag=33};epid={to.epid=aabbccddeeff}\r\nCall-ID: messageNUM\r\n\
         CSeq: {cseq.number=2} {cseq.method=MESSAGE}\r\nMax-Forwards: 70\r\n\
         Content-Type: {content-type=text/plain;charset=UTF-8}\r\nContent-Length: {content-length=LENGTH}\r\n\r\n{body=hello}",
    ),
    (
        "notify",
        "NOTIFY sip:ben@example.com SIP/2.0\r\nVia: SIP/2.0/TLS 192.0.2.1:5070;branch=z9hG4bKnotifyNUM\r\n\
         From: <sip:ana@example.com>;tag=34;epid=EPID\r\nTo: <sip:ben@example.com>;tag=35\r\nCall-ID: notifyNUM\r\n\
         CSeq: 1 NOTIFY\r\nMax-Forwards: 70\r\nEvent: {event=presence}\r\n\
         Subscription-State: {subscription-state={subscription-state.value=active};expires={subscription-state.expires=60}}\r\n\
         Content-Length: 0\r\n\r\n",
    ),
    (
        "response",
        "{version=SIP/2.0} {status=200} {reason=OK}\r\n\
         Via: {via=SIP/2.0/TLS {via.host=sip.example.com}:{via.port=5061};branch={via.branch=z9hG4bK1.1}}\r\n\
         Via: {via.2=SIP/2.0/TLS 192.0.2.1:5070}\r\nFrom: {from=<sip:ben@example.com>;tag=36}\r\n\
         To: {to=<sip:ana@example.com>;tag={to.tag=37}}\r\nCall-ID: {call-id=responseNUM}\r\n\
         CSeq: {cseq={cseq.number=1} {cseq.method=INVITE}}\r\nContact: {contact=<sip:ana@192.0.2.1>}\r\n\
         Content-Length: {content-length=0}\r\n\r\n",
    ),
];

/// What can be wrong with a value: what comes out of it.
type Wrong = fn(&[u8]) -> Vec<u8>;

fn inside(value: &[u8], what: &[u8]) -> Vec<u8> {
    let (head, tail) = value.split_at(value.len() / 2);
    [head, what, tail].concat()
}

/// Every kind of anomaly of a value.
const OF_VALUES: [(&str, Wrong); 45] = [
    ("empty", |_| Vec::new()),
    ("blank", |_| b" \t ".to_vec()),
    ("doubled", |value| [value, value].concat()),
    ("listed twice", |value| [value, b", ", value].concat()),
    ("with another", |value| [value, b", ", value, b"x"].concat()),
    ("7000 octets", |_| vec![b'a'; 7000]),
    ("40000 octets", |_| vec![b'a'; 40_000]),
    ("2000 elements", |_| b"a,".repeat(2000)),
    ("500 parameters", |value| [value, &b";a=b".repeat(500)].concat()),
    ("a word", |_| b"zzz".to_vec()),
    ("a number", |_| b"12345".to_vec()),
    ("marks", |_| b"<>;,=@:?&".to_vec()),
    ("slashes", |_| b"///..//%2e%2e".to_vec()),
    ("a format", |_| b"%s%n%x${jndi:ldap://192.0.2.1/a}".to_vec()),
    ("other letters", |_| "äöü\u{202e}文".as_bytes().to_vec()),
    ("a star", |_| b"*".to_vec()),
    ("NUL", |value| inside(value, b"\0")),
    ("BEL", |value| inside(value, b"\x07")),
    ("backspaces", |value| inside(value, b"\x08\x08\x08")),
    ("VT and FF", |value| inside(value, b"\x0b\x0c")),
    ("ESC", |value| inside(value, b"\x1b[2J")),
    ("DEL", |value| inside(value, b"\x7f")),
    ("a tab", |value| inside(value, b"\t")),
    ("a lone CR", |value| inside(value, b"\r")),
    ("a lone LF", |value| inside(value, b"\n")),
    ("a line break", |value| inside(value, b"\r\n")),
    ("a folded line", |value| inside(value, b"\r\n ")),
    ("a line of its own", |value| inside(value, b"\r\nX-Injected: 1\r\n")),
    ("the end of the head", |value| inside(value, b"\r\n\r\n")),
    ("octet ff", |value| inside(value, b"\xff")),
    ("half a character", |value| inside(value, b"\xc3")),
    ("an overlong character", |value| inside(value, b"\xc0\xaf")),
    ("a surrogate", |value| inside(value, b"\xed\xa0\x80")),
    ("an opening quote", |value| [b"\"", value].concat()),
    ("a closing quote", |value| [value, b"\""].concat()),
    ("a backslash", |value| [value, b"\\"].concat()),
    ("an opening bracket", |value| [b"<", value].concat()),
    ("a closing bracket", |value| [value, b">"].concat()),
    ("a square bracket", |value| [b"[", value].concat()),
    ("beyond 32 bits", |_| b"4294967296".to_vec()),
    ("beyond 64 bits", |_| b"18446744073709551616".to_vec()),
    ("negative", |_| b"-1".to_vec()),
    ("signed", |_| b"+1".to_vec()),
    ("leading zeros", |value| [b"0000000000", value].concat()),
    ("hexadecimal", |_| b"0x1F".to_vec()),
];

/// Every kind of anomaly of a header line, given its name and its value.
type WrongLine = fn(&str, &[u8]) -> Vec<u8>;

const OF_LINES: [(&str, WrongLine); 8] = [
    ("missing", |_, _| Vec::new()),
    ("twice", |name, value| [line(name, ": ", value), line(name, ": ", value)].concat()),
    ("twice and different", |name, value| {
        [line(name, ": ", value), line(name, ": ", &[value, b"7"].concat())].concat()
    }),
    ("sixty times", |name, value| line(name, ": ", value).repeat(60)),
    ("a blank before the colon", |name, value| line(name, " : ", value)),
    ("a tab before the colon", |name, value| line(name, "\t:", value)),
    ("no colon", |name, value| line(name, " ", value)),
    ("folded at once", |name, value| line(name, ":\r\n \r\n\t", value)),
];

fn line(name: &str, colon: &str, value: &[u8]) -> Vec<u8> {
    [name.as_bytes(), colon.as_bytes(), value, b"\r\n"].concat()
}

/// One message with one thing wrong.
pub(crate) struct Case {
    pub(crate) template: &'static str,
    pub(crate) element: String,
    pub(crate) anomaly: &'static str,
    pub(crate) octets: Vec<u8>,
}

/// A template without its marks, and where its elements are.
struct Parsed {
    text: Vec<u8>,
    elements: Vec<(String, std::ops::Range<usize>)>,
}

fn parse(template: &str) -> Parsed {
    let mut text = Vec::new();
    let (mut elements, mut open): (Vec<(String, std::ops::Range<usize>)>, Vec<usize>) =
        (Vec::new(), Vec::new());
    let mut rest = template;
    while let Some(at) = rest.find(['{', '}']) {
        text.extend_from_slice(&rest.as_bytes()[..at]);
        let is_open = rest[at..].starts_with('{');
        rest = &rest[at + 1..];
        if is_open {
            let (name, after) = rest.split_once('=').expect("a named element");
            rest = after;
            open.push(elements.len());
            elements.push((name.to_owned(), text.len()..text.len()));
        } else {
            let which = open.pop().expect("an open element");
            elements[which].1.end = text.len();
        }
    }
    text.extend_from_slice(rest.as_bytes());
    assert!(open.is_empty(), "an element that does not end: {template}");
    Parsed { text, elements }
}

/// Where the header lines are: name, line with its end, value.
fn lines(text: &[u8]) -> Vec<(String, std::ops::Range<usize>, std::ops::Range<usize>)> {
    let mut found = Vec::new();
    let mut at = text.windows(2).position(|window| window == b"\r\n").expect("a start line") + 2;
    while let Some(length) =
        text[at..].windows(2).position(|window| window == b"\r\n").filter(|length| *length > 0)
    {
        let colon = text[at..].iter().position(|octet| *octet == b':').expect("a colon");
        let name = String::from_utf8(text[at..at + colon].to_vec()).expect("text");
        found.push((name, at..at + length + 2, at + colon + 2..at + length));
        at += length + 2;
    }
    found
}

fn replaced(text: &[u8], range: &std::ops::Range<usize>, by: &[u8]) -> Vec<u8> {
    [&text[..range.start], by, &text[range.end..]].concat()
}

fn replaced_all(text: &[u8], from: &[u8], to: &[u8]) -> Vec<u8> {
    match text.windows(from.len()).position(|window| window == from) {
        Some(at) => [&text[..at], to, &replaced_all(&text[at + from.len()..], from, to)].concat(),
        None => text.to_vec(),
    }
}

/// Writes the length of the body where LENGTH stands, and the number of the case where NUM does: a message that repeats
/// another would be absorbed.
fn finished(text: &[u8], number: usize) -> Vec<u8> {
    let text = replaced_all(text, b"NUM", number.to_string().as_bytes());
    let Some(at) = text.windows(6).position(|window| window == b"LENGTH") else { return text };
    let body = text.windows(4).position(|window| window == b"\r\n\r\n").map_or(0, |end| text.len() - end - 4);
    replaced(&text, &(at..at + 6), body.to_string().as_bytes())
}

/// What is wrong in a message: an element or a header line of its template, and the anomaly, each by its place.
#[derive(Clone, Copy)]
pub(crate) struct Fault {
    part: Part,
    anomaly: usize,
}

#[derive(Clone, Copy)]
enum Part {
    Element(usize),
    Line(usize),
}

impl Fault {
    /// On which diagonal of the table of elements and anomalies it stands.
    pub(crate) const fn diagonal(self) -> usize {
        let (Part::Element(at) | Part::Line(at)) = self.part;
        at + self.anomaly
    }
}

impl Parsed {
    fn faults(&self) -> impl Iterator<Item = Fault> {
        let of = |part: fn(usize) -> Part, parts: usize, anomalies: usize| {
            (0..parts)
                .flat_map(move |at| (0..anomalies).map(move |anomaly| Fault { part: part(at), anomaly }))
        };
        of(Part::Element, self.elements.len(), OF_VALUES.len()).chain(of(
            Part::Line,
            lines(&self.text).len(),
            OF_LINES.len(),
        ))
    }

    fn faulty(&self, template: &'static str, fault: Fault, number: usize) -> Case {
        let text = &self.text;
        let (element, anomaly, octets) = match fault.part {
            Part::Element(at) => {
                let ((element, range), (anomaly, wrong)) = (&self.elements[at], OF_VALUES[fault.anomaly]);
                (element.clone(), anomaly, replaced(text, range, &wrong(&text[range.clone()])))
            }
            Part::Line(at) => {
                let ((name, whole, value), (anomaly, wrong)) =
                    (lines(text).swap_remove(at), OF_LINES[fault.anomaly]);
                let line = wrong(&name, &text[value]);
                (format!("{name} line"), anomaly, replaced(text, &whole, &line))
            }
        };
        Case { template, element, anomaly, octets: finished(&octets, number) }
    }
}

/// Every case, with `epid` in its place.
pub(crate) fn all(epid: &str) -> Vec<Case> {
    some(epid, 1, 0)
}

/// Of every `stride` faults of an element one, another one in each element and for each `round`: the diagonals of the
/// table.
pub(crate) fn some(epid: &str, stride: usize, round: usize) -> Vec<Case> {
    let (mut cases, mut number) = (Vec::new(), 0);
    for (template, marked) in TEMPLATES {
        let parsed = parse(&placed(marked, epid));
        for fault in parsed.faults() {
            if fault.diagonal() % stride == round % stride {
                cases.push(parsed.faulty(template, fault, number));
            }
            number += 1;
        }
    }
    cases
}

/// Everything that can be wrong with a message.
pub(crate) fn faults(marked: &str) -> Vec<Fault> {
    parse(marked).faults().collect()
}

/// The message with one of these faults.
pub(crate) fn faulty(template: &'static str, marked: &str, fault: Fault, number: usize) -> Case {
    parse(marked).faulty(template, fault, number)
}

/// The message with nothing wrong.
pub(crate) fn faultless(marked: &str, number: usize) -> Vec<u8> {
    finished(&parse(marked).text, number)
}

/// The names of the header lines of a template.
pub(crate) fn header_names(marked: &str) -> Vec<String> {
    lines(&parse(marked).text).into_iter().map(|(name, ..)| name).collect()
}

/// The templates, with their marks.
pub(crate) fn templates() -> impl Iterator<Item = (&'static str, &'static str)> {
    TEMPLATES.into_iter()
}

/// A template with the epid in its place, and the instance that follows from it.
fn placed(marked: &str, epid: &str) -> String {
    let instance = Epid::parse(epid).expect("an epid").instance().to_string();
    marked.replace("EPID", epid).replace("INSTANCE", &instance)
}

/// The messages with nothing wrong.
pub(crate) fn right(epid: &str, number: usize) -> Vec<(&'static str, Vec<u8>)> {
    templates().map(|(template, marked)| (template, faultless(&placed(marked, epid), number))).collect()
}

/// A message with two anomalies, each of an element of its own, as chance will have it.
pub(crate) fn pair(epid: &str, number: usize, mut draw: impl FnMut(usize) -> usize) -> Case {
    let (template, marked) = TEMPLATES[draw(TEMPLATES.len())];
    let Parsed { text, elements } = parse(&placed(marked, epid));
    let (first, second) = loop {
        let (one, other) = (&elements[draw(elements.len())], &elements[draw(elements.len())]);
        if one.1.end <= other.1.start {
            break (one, other);
        }
    };
    let ((one, one_wrong), (other, other_wrong)) =
        (OF_VALUES[draw(OF_VALUES.len())], OF_VALUES[draw(OF_VALUES.len())]);
    // The later one first, so that the earlier keeps its place.
    let octets = replaced(&text, &second.1, &other_wrong(&text[second.1.clone()]));
    let octets = replaced(&octets, &first.1, &one_wrong(&text[first.1.clone()]));
    let element = format!("{} with {one}, and {}", first.0, second.0);
    Case { template, element, anomaly: other, octets: finished(&octets, number) }
}

/// The anomalies of a value, for an element that is not in the table of messages.
pub(crate) fn of_value(value: &[u8]) -> impl Iterator<Item = (&'static str, Vec<u8>)> {
    OF_VALUES.into_iter().map(|(anomaly, wrong)| (anomaly, wrong(value)))
}
