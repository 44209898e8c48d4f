//! What hostile or broken clients send is refused, and quickly.

use std::fmt::Write as _;

use rapport_msbody::xml::Reader;
use rapport_msbody::{BodyError, Fragment, Limits, What, publish, soap, subscribe};

/// Reads all of a document.
fn read(body: &[u8]) -> Result<(), BodyError> {
    let mut reader = Reader::new(body)?;
    reader.root()?;
    reader.skip()?;
    reader.finish()
}

fn refused(body: impl AsRef<[u8]>, what: What) {
    let body = body.as_ref();
    let error = read(body).expect_err("refused");
    assert_eq!(error.what, what, "{}", String::from_utf8_lossy(body.get(..200).unwrap_or(body)));
    assert!(error.at <= body.len());
}

#[test]
fn a_document_type_is_refused_before_its_entities_are_read() {
    let mut laughs = String::from("<?xml version=\"1.0\"?><!DOCTYPE lolz [<!ENTITY lol \"lol\">");
    for level in 1..10 {
        let _ = write!(laughs, "<!ENTITY lol{level} \"&lol{0};&lol{0};\">", level - 1);
    }
    laughs.push_str("]><lolz>&lol9;</lolz>");
    refused(&laughs, What::Doctype);
    refused("<!DOCTYPE a SYSTEM \"file:///etc/passwd\"><a/>", What::Doctype);
    refused("<!doctype a><a/>", What::Doctype);
    refused("<a><!DOCTYPE a></a>", What::Doctype);
}

#[test]
fn only_the_five_predefined_entities_exist() {
    refused("<a>&nbsp;</a>", What::UnknownEntity);
    refused("<a b=\"&nbsp;\"/>", What::UnknownEntity);
    refused("<a b=\"&amp\"/>", What::Syntax);
    refused("<a>fish & chips</a>", What::Syntax);
    let mut reader = Reader::new(b"<a>&lt;&amp;&gt;&quot;&apos;&#65;&#x42;&#x1F600;</a>").unwrap();
    reader.root().unwrap();
    assert_eq!(reader.text().unwrap(), "<&>\"'AB\u{1f600}");
}

#[test]
fn forbidden_characters_are_refused_written_out_and_as_references() {
    for body in ["<a>\u{0}</a>", "<a>\u{8}</a>", "<a b=\"\u{1f}\"/>", "<a>\u{ffff}</a>"] {
        refused(body, What::ForbiddenCharacter);
    }
    for reference in ["&#0;", "&#x8;", "&#31;", "&#xD800;", "&#xFFFE;", "&#x110000;"] {
        refused(format!("<a>{reference}</a>"), What::ForbiddenCharacter);
        refused(format!("<a b='{reference}'/>"), What::ForbiddenCharacter);
    }
    for reference in ["&#;", "&#x;", "&#-1;", "&#x+41;", "&#99999999999;"] {
        refused(format!("<a>{reference}</a>"), What::Syntax);
    }
}

#[test]
fn a_hundred_thousand_attributes_are_refused_at_the_sixty_fifth() {
    let many: String = (0..100_000).fold(String::from("<a"), |mut text, n| {
        let _ = write!(text, " {}=''", char::from(b'a' + u8::try_from(n % 26).unwrap()));
        text
    });
    assert!(many.len() > Limits::WIRE.body);
    refused(format!("{many}/>"), What::TooLarge { limit: Limits::WIRE.body });

    let mut reader = Reader::with_limits(many.as_bytes(), Limits { body: 1 << 24, ..Limits::WIRE }).unwrap();
    assert!(reader.root().is_err(), "not even closed");
    let closed = format!("{many}/>");
    let mut reader =
        Reader::with_limits(closed.as_bytes(), Limits { body: 1 << 24, ..Limits::WIRE }).unwrap();
    let error = reader.root().unwrap_err();
    assert_eq!(error.what, What::TooManyAttributes { limit: 64 });
    assert!(error.at < 64 * 6 + 10, "noticed at once, at {}", error.at);
}

#[test]
fn attributes_up_to_the_limit_are_taken() {
    let attributes = |count: usize| (0..count).fold(String::new(), |text, n| format!("{text} a{n}=\"\""));
    assert_eq!(read(format!("<a{}/>", attributes(64)).as_bytes()), Ok(()));
    refused(format!("<a{}/>", attributes(65)), What::TooManyAttributes { limit: 64 });
}

#[test]
fn namespace_declarations_have_a_limit() {
    let declarations =
        |count: usize| (0..count).fold(String::new(), |text, n| format!("{text} xmlns:p{n}=\"u\""));
    assert_eq!(read(format!("<a{}/>", declarations(16)).as_bytes()), Ok(()));
    refused(format!("<a{}/>", declarations(17)), What::TooManyNamespaces { limit: 16 });
    let around = |depth: usize| format!("<a{}>", declarations(16)).repeat(depth) + &"</a>".repeat(depth);
    assert_eq!(read(around(4).as_bytes()), Ok(()));
    refused(around(5), What::TooManyNamespaces { limit: 64 });
    let beside = format!("<a>{}</a>", format!("<b{}/>", declarations(16)).repeat(20));
    assert_eq!(read(beside.as_bytes()), Ok(()), "declarations end with their element");
}

#[test]
fn nesting_and_number_of_elements_have_limits() {
    let nested = |depth: usize| format!("{}{}", "<a>".repeat(depth), "</a>".repeat(depth));
    assert_eq!(read(nested(32).as_bytes()), Ok(()));
    refused(nested(33), What::TooDeep { limit: 32 });
    refused("<a>".repeat(80_000), What::TooDeep { limit: 32 });
    refused(format!("<a>{}</a>", "<b/>".repeat(10_000)), What::TooManyElements { limit: 10_000 });
}

#[test]
fn texts_have_a_limit() {
    let long = "x".repeat(Limits::WIRE.text + 1);
    refused(format!("<a b=\"{long}\"/>"), What::TextTooLong { limit: Limits::WIRE.text });
    let body = format!("<a>{long}</a>");
    let mut reader = Reader::new(body.as_bytes()).unwrap();
    reader.root().unwrap();
    assert!(reader.text().unwrap_err().is_limit());
}

#[test]
fn only_utf_8_is_taken() {
    assert_eq!(read(b"\xef\xbb\xbf<?xml version=\"1.0\" encoding=\"UTF-8\"?><a/>"), Ok(()));
    assert_eq!(read(b"<?xml version='1.0' encoding='utf-8' standalone='yes'?>\r\n<a/>\r\n"), Ok(()));
    refused("<?xml version=\"1.0\" encoding=\"ISO-8859-1\"?><a/>", What::Declaration);
    refused("<?xml version=\"1.0\" encoding=\"UTF-16\"?><a/>", What::Declaration);
    refused("<?xml version=\"1.1\"?><a/>", What::Declaration);
    refused(" <?xml version=\"1.0\"?><a/>", What::Declaration);
    refused(b"<a>\xe9</a>", What::NotUtf8);
    refused(b"\xff\xfe<\0a\0/\0>\0", What::NotUtf8);
}

#[test]
fn processing_instructions_are_refused() {
    refused("<?xml-stylesheet href=\"x\"?><a/>", What::ProcessingInstruction);
    refused("<a><?php x?></a>", What::ProcessingInstruction);
}

#[test]
fn what_other_parsers_would_refuse_is_refused() {
    for body in [
        "<a b=\"1\"c=\"2\"/>",
        "<a b=1/>",
        "<a b/>",
        "<a b=\"<\"/>",
        "<a></b>",
        "<a>]]></a>",
        "<a><!-- -- --></a>",
        "text<a/>",
        "<a b=\"1",
        "<a",
    ] {
        refused(body, What::Syntax);
    }
    for body in ["<1/>", "<a:/>", "<:a/>", "<a:b:c/>", "<a 1=\"\"/>", "<a b c=\"\"/>"] {
        refused(body, What::Name);
    }
    refused("<a b=\"\" b=\"\"/>", What::DuplicateAttribute);
    refused("<a xmlns:p=\"u\" xmlns:q=\"u\" p:b=\"\" q:b=\"\"/>", What::DuplicateAttribute);
    refused("<p:a/>", What::UndeclaredPrefix);
    refused("<a p:b=\"\"/>", What::UndeclaredPrefix);
    refused("<a><b xmlns:p=\"u\"/><p:c/></a>", What::UndeclaredPrefix);
    for declaration in ["xmlns:p=\"\"", "xmlns:xmlns=\"u\"", "xmlns:xml=\"u\""] {
        refused(format!("<a {declaration}/>"), What::NamespaceDeclaration);
    }
}

#[test]
fn a_document_has_one_root_and_nothing_else() {
    refused("", What::Truncated);
    refused("  \r\n", What::Truncated);
    refused("<!-- nothing -->", What::Truncated);
    refused("<a/><b/>", What::Trailing);
    refused("<a/>text", What::Trailing);
    refused("<a/>&amp;", What::Trailing);
    refused("<a/><![CDATA[]]>", What::Trailing);
    assert_eq!(read(b"<!-- before --><a/><!-- after -->\n"), Ok(()));
}

#[test]
fn a_body_cut_anywhere_is_refused() {
    let body = include_bytes!("vectors/sipe-1.25.0/SERVICE-category-publish-phoneState.xml");
    for length in 0..body.len() {
        assert!(publish::parse(&body[..length]).is_err(), "{length}");
    }
    let body = include_bytes!("vectors/sipe-1.25.0/SERVICE-setContact.xml");
    for length in 0..body.len() {
        assert!(soap::parse(&body[..length]).is_err(), "{length}");
    }
}

#[test]
fn a_value_cannot_break_out_of_its_element() {
    for value in [
        "</publication><publication>",
        "<note></publication></note>",
        "<note/><note/>",
        "<note><![CDATA[</note>",
        "<note a='\"></note>",
    ] {
        let body = format!(
            "<publish><publications uri=\"sip:a@b\"><publication categoryName=\"note\" instance=\"0\" \
             container=\"200\" version=\"0\" expireType=\"static\">{value}</publication></publications></publish>"
        );
        assert!(publish::parse(body.as_bytes()).is_err(), "{value}");
        assert!(Fragment::parse(value).is_err(), "{value}");
    }
}

#[test]
fn requests_have_limits_of_their_own() {
    let publications = |count: usize| {
        let mut body = String::from("<publish><publications uri=\"sip:a@b\">");
        for instance in 0..count {
            let _ = write!(
                body,
                "<publication categoryName=\"x\" instance=\"{instance}\" container=\"2\" expireType=\"user\"/>"
            );
        }
        body + "</publications></publish>"
    };
    assert_eq!(publish::parse(publications(256).as_bytes()).unwrap().publications.len(), 256);
    let error = publish::parse(publications(257).as_bytes()).unwrap_err();
    assert_eq!(error.what, What::TooMany { of: "publications", limit: 256 });
    assert!(error.is_limit());

    let people = |count: usize| {
        format!(
            "<batchSub uri=\"sip:a@b\"><action name=\"subscribe\"><adhocList>{}</adhocList></action></batchSub>",
            "<resource uri=\"sip:b@c\"/>".repeat(count)
        )
    };
    assert_eq!(subscribe::parse(people(1000).as_bytes()).unwrap().actions[0].resources.len(), 1000);
    assert!(subscribe::parse(people(1001).as_bytes()).unwrap_err().is_limit());
}
