//! Addresses written so that SIPE reads in them what the standard says, and what was signed.
//!
//! COMPAT(sipe): pidgin-sipe 1.25 takes what stands between the first `<` and the first `>` of a From or To for the
//! address, and what follows the first `tag=` for the tag, also inside of quotes. What it finds there is part of what
//! the server signs: a message that it reads otherwise has a wrong signature for it, and it hangs up. Nobody's name or
//! header may do that to a colleague. Only spelling changes: names in the directory and in documents keep their
//! brackets, and addresses, tags and parameters stay what they are.

use std::fmt::Write as _;

use rapport_sip::scan::{cut, find};
use rapport_sip::{HeaderName, Headers, NameAddr, quote, split_list};

/// What SIPE looks for where it wants a tag, when it verifies and when it builds a dialog.
const TAGS: [&str; 2] = [";tag=", "tag="];
/// What it looks for in a whole value that stands in a name only by ill will.
const MARKS: [&str; 2] = ["tag=", "epid="];

/// Rewrites the addresses of a message to a client that SIPE would misread. Mostly there is none, and nothing is
/// allocated then.
pub(crate) fn write_plainly(headers: &mut Headers) {
    let misread: Vec<(usize, String)> = headers
        .entries(|name| is_party(name) || is_list(name))
        .filter_map(|(at, name, value)| {
            let written = if is_party(name) { party(value) } else { list(value) };
            written.map(|value| (at, value))
        })
        .collect();
    for (at, value) in misread {
        if let Err(error) = headers.set_at(at, &value) {
            tracing::error!(%error, "an address can't be written plainly");
        }
    }
}

const fn is_party(name: HeaderName) -> bool {
    matches!(name, HeaderName::From | HeaderName::To)
}

/// Tells whether a header lists addresses whose names are shown to people.
const fn is_list(name: HeaderName) -> bool {
    matches!(
        name,
        HeaderName::Contact
            | HeaderName::Diversion
            | HeaderName::HistoryInfo
            | HeaderName::PAssertedIdentity
            | HeaderName::PPreferredIdentity
            | HeaderName::RecordRoute
            | HeaderName::ReferTo
            | HeaderName::ReferredBy
            | HeaderName::ReplyTo
            | HeaderName::Route
    )
}

/// Writes a From or To anew, if SIPE would find another address or another tag in it.
fn party(value: &str) -> Option<String> {
    if is_plain(value) {
        return None;
    }
    let address = NameAddr::parse(value).ok()?;
    if is_read_alike(value, &address) {
        return None;
    }
    let mut out = String::with_capacity(value.len() + 16);
    push_name(&mut out, &address);
    // A parameter of the address keeps its meaning with one letter escaped (RFC 3261 §19.1.4).
    let _ = write!(out, "<{}>", address.uri_text().replace("tag=", "%74ag="));
    let tag = address.tag().unwrap_or_default();
    let tag: String = tag.chars().filter(|c| c.is_ascii_graphic() && !";,<>\"\\=".contains(*c)).collect();
    if !tag.is_empty() {
        let _ = write!(out, ";tag={tag}");
    }
    for param in address.params().iter().filter(|param| !param.name.eq_ignore_ascii_case("tag")) {
        let _ = write!(out, ";{}", param.name);
        if let Some(raw) = param.raw {
            let _ = write!(out, "={raw}");
        }
    }
    Some(out)
}

/// Tells whether a From or To is written as nearly all are, `"name" <uri>;tag=…`: with nothing in it that anybody could
/// read otherwise. Every message is looked at, and this costs a fraction of reading the address.
fn is_plain(value: &str) -> bool {
    let Some((name, rest)) = cut(value, b'<') else { return false };
    let Some((uri, params)) = cut(rest, b'>') else { return false };
    let name = name.trim_end_matches(' ');
    let name = name.strip_prefix('"').and_then(|name| name.strip_suffix('"')).unwrap_or(name);
    (params.is_empty() || params.starts_with(";tag="))
        && find(name.as_bytes(), [b'"', b'\\', b'>', b'=']).is_none()
        && find(uri.as_bytes(), [b' ', b'\t', b'=']).is_none()
        && find(params.as_bytes(), [b' ', b'\t', b'"']).is_none()
}

fn is_read_alike(value: &str, address: &NameAddr<'_>) -> bool {
    let uri = value.split_once('<').and_then(|(_, rest)| rest.split_once('>')).map(|(uri, _)| uri);
    let found =
        |mark| value.split_once(mark).and_then(|(_, rest)| rest.split(';').next()).unwrap_or_default();
    uri == Some(address.uri_text())
        && TAGS.into_iter().all(|mark| found(mark) == address.tag().unwrap_or_default())
        && !misleads(address)
}

/// Tells whether a name holds what SIPE looks for behind it.
fn misleads(address: &NameAddr<'_>) -> bool {
    let name = address.display_raw();
    name.contains(['<', '>']) || MARKS.into_iter().any(|mark| name.contains(mark))
}

/// Parses an address whose name misleads.
fn misleading(element: &str) -> Option<NameAddr<'_>> {
    NameAddr::parse(element).ok().filter(misleads)
}

/// Writes the names of a list of addresses without brackets, if one has them.
fn list(value: &str) -> Option<String> {
    if find(value.as_bytes(), [b'"']).is_none()
        || !split_list(value).any(|element| misleading(element).is_some())
    {
        return None;
    }
    let mut out = String::with_capacity(value.len() + 16);
    for element in split_list(value) {
        if !out.is_empty() {
            out.push_str(", ");
        }
        match misleading(element) {
            Some(address) => {
                push_name(&mut out, &address);
                let name = address.display_raw();
                out.push_str(element.strip_prefix(name).unwrap_or_default().trim_start());
            }
            None => out.push_str(element),
        }
    }
    Some(out)
}

/// Writes a name and a blank, or nothing where there is none.
fn push_name(out: &mut String, address: &NameAddr<'_>) {
    let raw = address.display_raw();
    if raw.is_empty() {
        return;
    }
    if misleads(address) {
        let name = address.display_name().replace('<', "‹").replace('>', "›");
        out.push_str(&quote(&name.replace("tag=", "tag:").replace("epid=", "epid:")));
    } else {
        out.push_str(raw);
    }
    out.push(' ');
}

#[cfg(test)]
mod tests {
    use rapport_sipauth::message::fields_of;

    use super::*;

    /// How SIPE reads a From or To: the address and the tag.
    fn as_sipe(value: &str) -> (&str, &str) {
        let uri = value.find('<').map_or("", |at| &value[at + 1..]);
        let tag = value.find(";tag=").map_or("", |at| &value[at + 5..]);
        (&uri[..uri.find('>').unwrap_or(0)], &tag[..tag.find(';').unwrap_or(tag.len())])
    }

    fn message(from: &str) -> Headers {
        let mut headers = Headers::new();
        headers.push(HeaderName::From, from).unwrap();
        headers.push(HeaderName::To, "<sip:ben@example.com>;tag=t").unwrap();
        headers.push(HeaderName::CallId, "c").unwrap();
        headers.push(HeaderName::CSeq, "1 INVITE").unwrap();
        headers
    }

    #[test]
    fn a_from_that_sipe_would_misread_is_written_so_that_it_finds_what_is_signed() {
        for (came, goes) in [
            (
                "\"Ana <admin>\" <sip:ana@example.com>;tag=1;epid=ab",
                "\"Ana ‹admin›\" <sip:ana@example.com>;tag=1;epid=ab",
            ),
            (
                "\"<sip:boss@example.com>\"<sip:ana@example.com>;tag=1",
                "\"‹sip:boss@example.com›\" <sip:ana@example.com>;tag=1",
            ),
            ("\"a\\\\<\\\"b\\\"\" <sip:ana@b>;tag=1", "\"a\\\\‹\\\"b\\\"\" <sip:ana@b>;tag=1"),
            ("\"x<y\"<sip:ana@b>;tag=1", "\"x‹y\" <sip:ana@b>;tag=1"),
            ("\"x\\\"<y\"<sip:ana@b>;tag=1", "\"x\\\"‹y\" <sip:ana@b>;tag=1"),
            ("\"x;tag=9\" <sip:ana@b>;tag=1", "\"x;tag:9\" <sip:ana@b>;tag=1"),
            ("\"עברית 🎉 >&<\" <sip:ana@b>;tag=1", "\"עברית 🎉 ›&‹\" <sip:ana@b>;tag=1"),
            ("<sip:ana@b;tag=9>;tag=1", "<sip:ana@b;%74ag=9>;tag=1"),
            ("<sip:ana@b>;x=\";tag=9\";tag=1", "<sip:ana@b>;tag=1;x=\";tag=9\""),
            ("\"epid=9 tag=9\" <sip:ana@b>;tag=1", "\"epid:9 tag:9\" <sip:ana@b>;tag=1"),
            ("<sip:ana@b>;xtag=9;tag=1", "<sip:ana@b>;tag=1;xtag=9"),
            ("<sip:ana@b>;TAG=1", "<sip:ana@b>;tag=1"),
            ("<sip:ana@b> ; tag = 1 ; epid=ab", "<sip:ana@b>;tag=1;epid=ab"),
            ("<sip:ana@b>;tag=\"1;2\"", "<sip:ana@b>;tag=12"),
            ("< sip:ana@b >;tag=1", "<sip:ana@b>;tag=1"),
            ("sip:ana@b;tag=1", "<sip:ana@b>;tag=1"),
            ("sip:ana@b;x=\"<sip:boss@b>\";tag=1", "<sip:ana@b>;tag=1;x=\"<sip:boss@b>\""),
        ] {
            let mut headers = message(came);
            write_plainly(&mut headers);
            let written = headers.get(HeaderName::From).unwrap();
            assert_eq!(written, goes, "{came}");
            let signed = fields_of(&headers, None).unwrap();
            assert_eq!(as_sipe(written), (signed.from_uri, signed.from_tag), "{came}");
        }
    }

    #[test]
    fn what_sipe_reads_right_is_not_touched() {
        for value in [
            "<sip:ana@example.com>;tag=1;epid=ab",
            "\"Ana \\\"A\\\" O'Neill & Co\" <sip:ana@example.com>;tag=1",
            "Ana Lind <sip:ana@example.com>",
            "<sip:ana@b>;tag=1;+sip.instance=\"<urn:uuid:1>\"",
        ] {
            let mut headers = message(value);
            write_plainly(&mut headers);
            assert_eq!(headers.get(HeaderName::From), Some(value));
        }
    }

    #[test]
    fn what_looks_plain_is_read_alike() {
        let names = [
            "",
            "\"Ana\" ",
            "Ana ",
            "\"",
            "\"a\\\"",
            "\"a\" \"",
            "\"<a>\"",
            "\"a>\" ",
            "\"tag=1\"",
            "x;",
            "sip:a;",
        ];
        let uris = [
            "sip:ana@b",
            "sip:ana@b;x=1",
            "sip:ana@b;tag=9",
            " sip:ana@b",
            "<sip:ana@b",
            "y\"<sip:ana@b",
            "",
        ];
        let params = [
            "",
            ";tag=1",
            ";tag=1;epid=a",
            ";tag=1;tag=2",
            ";tag= 1",
            ";tag=\"1\"",
            ";TAG=1",
            ";epid=a;tag=1",
        ];
        let params = params.into_iter().chain([";tag=", ";tag", ";xtag=2;tag=1", ";tag=1;TAG=2", " ;tag=1"]);
        let mut plain = 0;
        for tail in params {
            for name in names {
                for uri in uris {
                    let value = format!("{name}<{uri}>{tail}");
                    if is_plain(&value) {
                        plain += 1;
                        let alike = NameAddr::parse(&value).map(|address| is_read_alike(&value, &address));
                        assert_ne!(alike, Ok(false), "{value}");
                    }
                }
            }
        }
        assert!(plain > 10, "hardly anything looks plain: {plain}");
        assert!(is_plain("<sip:ana@example.com>;tag=1;epid=ab"));
        assert!(is_plain("\"Ana O'Neill\" <sip:ana@example.com>;tag=1"));
    }

    #[test]
    fn names_in_lists_lose_their_brackets_and_instances_keep_theirs() {
        let contact = "<sip:ana@192.0.2.1>;+sip.instance=\"<urn:uuid:1>\"";
        for (came, goes) in [
            (contact.to_owned(), contact.to_owned()),
            (format!("\"<a>\" {contact}, \"b, c\" <sip:b>"), format!("\"‹a›\" {contact}, \"b, c\" <sip:b>")),
            ("*".to_owned(), "*".to_owned()),
        ] {
            for name in [HeaderName::Contact, HeaderName::RecordRoute, HeaderName::ReferredBy] {
                let mut headers = message("<sip:ana@b>;tag=1");
                headers.push(name, &came).unwrap();
                write_plainly(&mut headers);
                assert_eq!(headers.get(name), Some(goes.as_str()));
            }
        }
    }
}
