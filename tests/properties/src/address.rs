//! Addresses, URIs and the small values of headers: any text gives a value or an error, a value is written so that it
//! reads back, and equivalence is one.

use rapport_sip::{
    CSeq, Contact, ContentType, Credentials, NameAddr, Params, Uri, Via, escape_user, quote, split_list,
    unquote,
};

/// Lines of text: each is read as everything, the first two are compared.
pub(crate) fn check(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let mut lines = text.split('\n');
    let (first, second) = (lines.next().unwrap_or_default(), lines.next().unwrap_or_default());
    for line in [first, second] {
        uri(line);
        name_addr(line);
        values(line);
        quoting(line);
    }
    if let (Ok(first), Ok(second)) = (Uri::parse(first), Uri::parse(second)) {
        assert_eq!(first.equivalent(&second), second.equivalent(&first), "equivalence has no direction");
    }
}

fn uri(text: &str) {
    let Ok(uri) = Uri::parse(text) else { return };
    assert_eq!(uri.as_str(), text);
    assert!(uri.equivalent(&uri), "a URI is equivalent to itself: {text}");
    assert!(text.contains(uri.user_at_host()));
    let _ = (uri.host_kind(), uri.is_gruu(), uri.opaque(), uri.transport(), uri.maddr(), uri.received_cid());
    let _ = (uri.is_loose(), uri.port(), uri.password(), uri.headers(), uri.params().iter().count());
    if let Some(user) = uri.user_decoded()
        && uri.is_sip()
    {
        let written = format!("sip:{}@{}", escape_user(&user), uri.host());
        let again = Uri::parse(&written).unwrap_or_else(|error| panic!("{error}: {written}"));
        assert_eq!(again.user_decoded().as_deref(), Some(&*user), "the user reads back from {written}");
        assert_eq!((again.host(), again.port()), (uri.host(), None), "a user cannot leave its place");
    }
}

fn name_addr(text: &str) {
    if let Ok(Contact::Addr(addr)) = Contact::parse(text) {
        look_at(&addr);
        let params = addr.params().as_str();
        let written = format!("{} <{}>{params}", quote(&addr.display_name()), addr.uri_text());
        // A bare address may hold what cannot stand between brackets; it is no URI then.
        if addr.uri().is_ok() {
            let again = NameAddr::parse(&written).unwrap_or_else(|error| panic!("{error}: {written}"));
            assert_eq!(again.uri_text(), addr.uri_text());
            assert_eq!(again.tag(), addr.tag());
            assert_eq!(again.display_name(), unquote(&quote(&addr.display_name())));
        }
    }
}

/// Asks an address for everything.
pub(crate) fn look_at(addr: &NameAddr<'_>) {
    let _ = (addr.display_name(), addr.display_raw(), addr.tag(), addr.epid(), addr.expires_secs());
    let _ = (addr.instance(), addr.is_proxy_replace());
    addr.params().iter().for_each(|param| drop(param.value()));
    if let Ok(found) = addr.uri() {
        uri(found.as_str());
    }
}

fn values(text: &str) {
    if let Ok(cseq) = CSeq::parse(text) {
        assert_eq!(CSeq::parse(&cseq.to_string()), Ok(cseq));
    }
    if let Ok(kind) = ContentType::parse(text) {
        assert!(kind.is(&format!("{}/{}", kind.kind, kind.subtype)));
    }
    if let Ok(via) = Via::parse(text) {
        let written = format!("SIP/2.0/{} {}{}", via.transport(), via.sent_by(), via.params().as_str());
        let again = Via::parse(&written).unwrap_or_else(|error| panic!("{error}: {written}"));
        assert_eq!((again.host(), again.port(), again.branch()), (via.host(), via.port(), via.branch()));
    }
    if let Ok(credentials) = Credentials::parse(text) {
        for param in credentials.iter() {
            assert!(credentials.get(param.name).is_some());
        }
    }
    let params = Params::new(text);
    for param in params.iter() {
        assert!(params.has(param.name) && !param.name.is_empty());
    }
    let joined = split_list(text).collect::<Vec<_>>().join(", ");
    assert!(
        split_list(&joined).eq(split_list(text)),
        "elements joined again are the same elements: {joined}"
    );
}

fn quoting(text: &str) {
    let quoted = quote(text);
    let value = format!("{quoted} <sip:a@b>;tag=1");
    let addr = NameAddr::parse(&value).expect("a quoted name is one");
    assert_eq!((addr.uri_text(), addr.tag()), ("sip:a@b", Some("1")), "a name cannot leave its quotes");
    let blank = |c: char| if c.is_ascii_control() && c != '\t' { ' ' } else { c };
    let readable: String = text.chars().map(blank).collect();
    assert_eq!(addr.display_name(), readable.as_str());
}
