//! A table of the bodies that a client sends, and a table of what can be wrong with a document.
//!
//! The product of both is every case. The readers alone are tried in the same way where they stand (`msbody`).

/// A kind of body: the request that bears it, a right one, and the numbers in it, each as it stands there.
pub(crate) struct Kind {
    pub(crate) name: &'static str,
    method: &'static str,
    lines: &'static str,
    good: &'static str,
    numbers: &'static [&'static str],
    /// What the right one is answered.
    pub(crate) status: u16,
}

const SOAP: &str = "Content-Type: application/SOAP+xml\r\n";

/// The kinds. Said in this order, each of the right ones is as those before it have left the contact list.
pub(crate) const KINDS: [Kind; 14] = [
    Kind {
        name: "publish",
        method: "SERVICE",
        lines: "Content-Type: application/msrtc-category-publish+xml\r\n",
        good: "<publish xmlns=\"http://schemas.microsoft.com/2006/09/sip/rich-presence\"><publications uri=\"sip:ana@example.com\">\
               <publication categoryName=\"note\" instance=\"0\" container=\"200\" version=\"0\" expireType=\"time\" \
               expires=\"600\"><note xmlns=\"http://schemas.microsoft.com/2006/09/sip/note\"><body type=\"personal\" \
               uri=\"\">hello</body></note></publication></publications></publish>",
        numbers: &["instance=\"0\"", "container=\"200\"", "version=\"0\"", "expires=\"600\""],
        status: 200,
    },
    Kind {
        name: "state",
        method: "SERVICE",
        lines: "Content-Type: application/msrtc-category-publish+xml\r\n",
        good: "<publish xmlns=\"http://schemas.microsoft.com/2006/09/sip/rich-presence\"><publications uri=\"sip:ana@example.com\">\
               <publication categoryName=\"state\" instance=\"7\" container=\"2\" version=\"0\" expireType=\"endpoint\">\
               <state xmlns=\"http://schemas.microsoft.com/2006/09/sip/state\" \
               xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\" manual=\"false\" xsi:type=\"machineState\">\
               <availability>3500</availability><endpointLocation/></state></publication></publications></publish>",
        numbers: &["instance=\"7\"", "container=\"2\"", "version=\"0\"", ">3500<"],
        status: 200,
    },
    Kind {
        name: "setContainerMembers",
        method: "SERVICE",
        lines: "Content-Type: application/msrtc-setcontainermembers+xml\r\n",
        good: "<setContainerMembers xmlns=\"http://schemas.microsoft.com/2006/09/sip/container-management\">\
               <container id=\"300\" version=\"0\"><member action=\"add\" type=\"user\" value=\"ben@example.com\"/>\
               </container></setContainerMembers>",
        numbers: &["id=\"300\"", "version=\"0\""],
        status: 200,
    },
    Kind {
        name: "setSubscribers",
        method: "SERVICE",
        lines: "Content-Type: application/msrtc-presence-setsubscriber+xml\r\n",
        good: "<setSubscribers xmlns=\"http://schemas.microsoft.com/2006/09/sip/presence-subscribers\">\
               <subscriber user=\"ben@example.com\" acknowledged=\"true\"/></setSubscribers>",
        numbers: &[],
        status: 200,
    },
    Kind {
        name: "roamingList",
        method: "SUBSCRIBE",
        lines: "Event: vnd-microsoft-roaming-self\r\n\
                Content-Type: application/vnd-microsoft-roaming-self+xml\r\n",
        good: "<roamingList xmlns=\"http://schemas.microsoft.com/2006/09/sip/roaming-self\"><roaming type=\"categories\"/>\
               <roaming type=\"containers\"/></roamingList>",
        numbers: &[],
        status: 200,
    },
    Kind {
        name: "batchSub",
        method: "SUBSCRIBE",
        lines: "Event: presence\r\nAccept: application/msrtc-event-categories+xml, application/rlmi+xml, \
                multipart/related\r\nSupported: ms-benotify\r\nRequire: adhoclist, categoryList\r\n\
                Content-Type: application/msrtc-adrl-categorylist+xml\r\n",
        good: "<batchSub xmlns=\"http://schemas.microsoft.com/2006/01/sip/batch-subscribe\" uri=\"sip:ana@example.com\" \
               name=\"\"><action name=\"subscribe\" id=\"63\"><adhocList><resource uri=\"sip:ben@example.com\"/></adhocList>\
               <categoryList xmlns=\"http://schemas.microsoft.com/2006/09/sip/categorylist\"><category name=\"state\"/>\
               </categoryList></action></batchSub>",
        numbers: &[],
        status: 200,
    },
    Kind {
        name: "provisioningGroupList",
        method: "SUBSCRIBE",
        lines: "Event: vnd-microsoft-provisioning-v2\r\n\
                Content-Type: application/vnd-microsoft-roaming-provisioning-v2+xml\r\n",
        good: "<provisioningGroupList xmlns=\"http://schemas.microsoft.com/2006/09/sip/provisioninggrouplist\">\
               <provisioningGroup name=\"ucPolicy\"/></provisioningGroupList>",
        numbers: &[],
        status: 200,
    },
    Kind {
        name: "addGroup",
        method: "SERVICE",
        lines: SOAP,
        good: "<m:addGroup><m:name>Harbour</m:name><m:externalURI/><m:deltaNum>1</m:deltaNum></m:addGroup>",
        numbers: &["<m:deltaNum>1<"],
        status: 200,
    },
    Kind {
        name: "modifyGroup",
        method: "SERVICE",
        lines: SOAP,
        good: "<m:modifyGroup><m:groupID>2</m:groupID><m:name>Quay</m:name><m:externalURI/><m:deltaNum>2</m:deltaNum>\
               </m:modifyGroup>",
        numbers: &["<m:groupID>2<", "<m:deltaNum>2<"],
        status: 200,
    },
    Kind {
        name: "setContact",
        method: "SERVICE",
        lines: SOAP,
        good: "<m:setContact><m:displayName>Ben</m:displayName><m:groups>1 2</m:groups><m:subscribed>true</m:subscribed>\
               <m:URI>sip:ben@example.com</m:URI><m:externalURI/><m:deltaNum>3</m:deltaNum></m:setContact>",
        numbers: &["<m:deltaNum>3<"],
        status: 200,
    },
    Kind {
        name: "deleteContact",
        method: "SERVICE",
        lines: SOAP,
        good: "<m:deleteContact><m:URI>sip:ben@example.com</m:URI><m:deltaNum>4</m:deltaNum></m:deleteContact>",
        numbers: &["<m:deltaNum>4<"],
        status: 200,
    },
    Kind {
        name: "deleteGroup",
        method: "SERVICE",
        lines: SOAP,
        good: "<m:deleteGroup><m:groupID>2</m:groupID><m:deltaNum>5</m:deltaNum></m:deleteGroup>",
        numbers: &["<m:groupID>2<", "<m:deltaNum>5<"],
        status: 200,
    },
    Kind {
        name: "setPresence",
        method: "SERVICE",
        lines: SOAP,
        good: "<m:setPresence><m:presentity m:uri=\"ana@example.com\"><m:availability m:aggregate=\"300\"/></m:presentity>\
               </m:setPresence>",
        numbers: &[],
        status: 501,
    },
    Kind {
        name: "a method that nobody knows",
        method: "SERVICE",
        lines: SOAP,
        good: "<m:sing><m:song>1</m:song></m:sing>",
        numbers: &[],
        status: 501,
    },
];

/// What is put in front of the root, among its attributes, or into it.
#[derive(Clone, Copy)]
enum Place {
    Before,
    Attribute,
    Inside,
    Behind,
}

use Place::{Attribute, Before, Behind, Inside};

/// What makes a document none, and where it stands.
const ANOMALIES: [(&str, Place, &str); 52] = [
    ("a document type", Before, "<!DOCTYPE a>"),
    ("an internal entity", Before, "<!DOCTYPE a [<!ENTITY x \"y\">]>"),
    ("a file", Before, "<!DOCTYPE a [<!ENTITY x SYSTEM \"file:///etc/passwd\">]>"),
    ("a parameter entity", Before, "<!DOCTYPE a [<!ENTITY % p SYSTEM \"http://192.0.2.1/x.dtd\"> %p;]>"),
    ("an external subset", Before, "<!DOCTYPE a SYSTEM \"http://192.0.2.1/x.dtd\">"),
    (
        "a public subset",
        Before,
        "<!DOCTYPE a PUBLIC \"-//W3C//DTD XHTML 1.0//EN\" \"http://192.0.2.1/x.dtd\">",
    ),
    ("entities in a circle", Before, "<!DOCTYPE a [<!ENTITY a \"&b;&b;\"><!ENTITY b \"&a;&a;\">]>"),
    ("a default attribute", Before, "<!DOCTYPE a [<!ATTLIST publication expires CDATA \"0\">]>"),
    ("a document type inside", Inside, "<!DOCTYPE a>"),
    ("an unknown entity", Inside, "&nbsp;"),
    ("an unknown entity in a value", Attribute, " a=\"&xxe;\""),
    ("half a reference", Inside, "%p;&"),
    ("a declaration inside", Inside, "<!ELEMENT a ANY>"),
    ("UTF-16 by its name", Before, "<?xml version=\"1.0\" encoding=\"UTF-16\"?>"),
    ("UTF-7 by its name", Before, "<?xml version=\"1.0\" encoding=\"UTF-7\"?>"),
    ("Latin 1 by its name", Before, "<?xml version=\"1.0\" encoding=\"ISO-8859-1\"?>"),
    ("EBCDIC by its name", Before, "<?xml version=\"1.0\" encoding=\"EBCDIC-CP-US\"?>"),
    ("another version", Before, "<?xml version=\"1.1\"?>"),
    ("a declaration that is not first", Before, " <?xml version=\"1.0\"?>"),
    ("UTF-7", Before, "+ADw-"),
    ("two byte order marks", Before, "\u{feff}\u{feff}"),
    ("NUL", Inside, "\0"),
    ("a control character", Inside, "\u{1b}"),
    ("a control character in a value", Attribute, " a=\"\u{1}\""),
    ("NUL by reference", Inside, "&#0;"),
    ("a surrogate by reference", Inside, "&#xD800;"),
    ("a reference beyond 32 bits", Inside, "&#4294967296;"),
    ("a reference beyond 64 bits", Inside, "&#18446744073709551616;"),
    ("a processing instruction", Before, "<?xml-stylesheet href=\"http://192.0.2.1/\"?>"),
    ("a processing instruction inside", Inside, "<?php system('x') ?>"),
    ("a comment in a comment", Inside, "<!-- a -- b -->"),
    ("a comment that does not end", Inside, "<!-- "),
    ("a section that does not end", Inside, "<![CDATA["),
    ("the end of a section", Inside, "]]>"),
    ("an attribute twice", Attribute, " a=\"\" a=\"\""),
    ("an attribute twice by its namespace", Attribute, " xmlns:y=\"u\" xmlns:z=\"u\" y:a=\"\" z:a=\"\""),
    ("an attribute without a value", Attribute, " a"),
    ("an attribute without quotes", Attribute, " a=1"),
    ("a mark in a value", Attribute, " a=\"<\""),
    ("a name that is none", Attribute, " 1=\"\""),
    ("a name of three parts", Attribute, " a:b:c=\"\""),
    ("a prefix that nobody declared", Attribute, " p:a=\"\""),
    ("an element of such a prefix", Inside, "<p:a/>"),
    ("a prefix of nothing", Attribute, " xmlns:p=\"\""),
    ("the prefix xml", Attribute, " xmlns:xml=\"urn:x\""),
    ("the prefix xmlns", Attribute, " xmlns:xmlns=\"urn:x\""),
    ("an end of another", Inside, "<a></b>"),
    ("an end too many", Behind, "</a>"),
    ("text in front", Before, "x"),
    ("text behind", Behind, "x"),
    ("another root behind", Behind, "<a/>"),
    ("a reference behind", Behind, "&amp;"),
];

/// What a number may not be.
const NO_NUMBERS: [&str; 10] = [
    "",
    "-1",
    "0x10",
    "1.5",
    "1 2",
    "4294967296",
    "18446744073709551616",
    "99999999999999999999999999999999",
    "\u{661}\u{662}",
    "&#48;x",
];

/// One document with one thing wrong.
pub(crate) struct Document {
    pub(crate) named: String,
    pub(crate) body: Vec<u8>,
}

impl Kind {
    fn document(&self) -> String {
        if self.lines == SOAP {
            return format!(
                "<s:Envelope xmlns:s=\"http://schemas.xmlsoap.org/soap/envelope/\" \
                 xmlns:m=\"http://schemas.microsoft.com/winrtc/2002/11/sip\"><s:Body>{}</s:Body></s:Envelope>",
                self.good
            );
        }
        self.good.to_owned()
    }

    fn with(&self, place: Place, what: &str) -> String {
        let good = self.document();
        let at = match place {
            Before => 0,
            Attribute => good.find([' ', '>']).expect("a start tag"),
            Inside => good.find('>').expect("a start tag") + 1,
            Behind => good.len(),
        };
        format!("{}{what}{}", &good[..at], &good[at..])
    }

    /// The request that bears this body.
    pub(crate) fn request(&self, body: &[u8], epid: &str, number: usize) -> Vec<u8> {
        let Self { method, lines, .. } = self;
        let head = format!(
            "{method} sip:ana@example.com SIP/2.0\r\nVia: SIP/2.0/TLS 192.0.2.1:5070;branch=z9hG4bKdocument{number}\r\n\
             From: <sip:ana@example.com>;tag=45;epid={epid}\r\nTo: <sip:ana@example.com>\r\nCall-ID: document{number}\r\n\
             CSeq: 1 {method}\r\nMax-Forwards: 70\r\nContact: <sip:ana@example.com;opaque=user:epid:x;gruu>\r\n{lines}\
             Content-Length: {}\r\n\r\n",
            body.len()
        );
        [head.as_bytes(), body].concat()
    }

    /// The right one.
    pub(crate) fn right(&self) -> Vec<u8> {
        self.document().into_bytes()
    }

    /// Every wrong one.
    pub(crate) fn wrong(&self) -> Vec<Document> {
        let mut all = Vec::new();
        let mut add = |named: &str, body: Vec<u8>| all.push(Document { named: named.to_owned(), body });
        for (named, place, what) in ANOMALIES {
            add(named, self.with(place, what).into_bytes());
        }
        let good = self.document();
        let attributes = |what: fn(usize) -> String, count: usize| (0..count).map(what).collect::<String>();
        let long = [
            ("10 000 attributes", self.with(Attribute, &attributes(|n| format!(" a{n}=\"\""), 10_000))),
            ("1000 namespaces", self.with(Attribute, &attributes(|n| format!(" xmlns:n{n}=\"u{n}\""), 1000))),
            ("5000 deep", self.with(Inside, &format!("{}{}", "<a>".repeat(5000), "</a>".repeat(5000)))),
            ("20 000 elements that don't end", self.with(Inside, &"<a>".repeat(20_000))),
            ("20 000 elements", self.with(Inside, &format!("<a>{}</a>", "<b/>".repeat(20_000)))),
            ("twice", format!("{good}{good}")),
            ("half of it", good[..good.len() / 2].to_owned()),
            ("all but its end", good[..good.len() - 1].to_owned()),
            ("another root", "<other/>".to_owned()),
            ("a comment alone", "<!-- -->".to_owned()),
        ];
        for (named, body) in long {
            add(named, body.into_bytes());
        }
        let units = |big: bool| -> Vec<u8> {
            let unit = |unit: u16| if big { unit.to_be_bytes() } else { unit.to_le_bytes() };
            format!("\u{feff}{good}").encode_utf16().flat_map(unit).collect()
        };
        add("UTF-16, little end first", units(false));
        add("UTF-16, big end first", units(true));
        add("UTF-32", good.chars().flat_map(|c| u32::from(c).to_be_bytes()).collect());
        let (first, rest) = good.as_bytes().split_at(good.find('>').expect("a start tag") + 1);
        for octets in [&b"\xff"[..], b"\xc0\xbc", b"\xed\xa0\x80", b"\xe2\x82"] {
            add("octets that are no UTF-8", [first, octets, rest].concat());
        }
        for number in self.numbers {
            let digits = number.find(|c: char| c.is_ascii_digit()).expect("a number");
            let (before, rest) = number.split_at(digits);
            let after = rest.trim_start_matches(|c: char| c.is_ascii_digit());
            assert_eq!(good.matches(number).count(), 1, "{}: {number}", self.name);
            for value in NO_NUMBERS {
                let body = good.replace(number, &format!("{before}{value}{after}"));
                add(&format!("{number} is {value:?}"), body.into_bytes());
            }
        }
        all
    }
}
