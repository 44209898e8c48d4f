//! What is signed, taken out of a SIP message ([MS-SIPAE] §2.2; the order of headers does not matter).

use rapport_sip::{HeaderName, Headers, Message, NameAddr, ParseError};

use crate::signature::SignedFields;

/// Takes the signed parts out of a message, as they stand on the wire.
///
/// # Errors
///
/// From, To or CSeq is missing or malformed, or there is no Call-ID.
pub fn signed_fields(message: &Message) -> Result<SignedFields<'_>, ParseError> {
    let status = message.as_response().map(|response| response.status.as_u16());
    fields_of(message.headers(), status)
}

/// Takes the signed parts out of the headers of a message; `status` is that of a response.
///
/// # Errors
///
/// From, To or CSeq is missing or malformed, or there is no Call-ID.
pub fn fields_of(headers: &Headers, status: Option<u16>) -> Result<SignedFields<'_>, ParseError> {
    let missing = |what| ParseError::new(what, 0);
    let from = headers.from_addr()?;
    let to = headers.to_addr()?;
    let cseq = headers.get(HeaderName::CSeq).ok_or(missing("no CSeq"))?;
    let (cseq, method) = cseq.split_once([' ', '\t']).ok_or(missing("CSeq without a method"))?;
    let (sip_identity, tel_identity) = identities(headers);
    Ok(SignedFields {
        call_id: headers.call_id().ok_or(missing("no Call-ID"))?,
        cseq,
        method: method.trim_matches([' ', '\t']),
        from_uri: from.uri_text(),
        from_tag: from.tag().unwrap_or_default(),
        to_uri: to.uri_text(),
        to_tag: to.tag().unwrap_or_default(),
        sip_identity,
        tel_identity,
        expires: headers.get(HeaderName::Expires).unwrap_or_default(),
        status,
    })
}

/// The credentials of a request or response from a client, line by line.
///
/// Communicator writes `Proxy-Authorization` even to a registrar, SIPE `Authorization`; both count everywhere.
pub fn credential_lines(headers: &Headers) -> impl Iterator<Item = &str> {
    headers.get_all(HeaderName::Authorization).chain(headers.get_all(HeaderName::ProxyAuthorization))
}

/// The first SIP and the first `tel:` URI asserted, or preferred where nothing is asserted.
fn identities(headers: &Headers) -> (&str, &str) {
    let name = if headers.contains(HeaderName::PAssertedIdentity) {
        HeaderName::PAssertedIdentity
    } else {
        HeaderName::PPreferredIdentity
    };
    let (mut sip, mut tel) = ("", "");
    for address in headers.list(name).filter_map(|element| NameAddr::parse(element).ok()) {
        let uri = address.uri_text();
        let scheme = uri.split(':').next().unwrap_or_default();
        if scheme.eq_ignore_ascii_case("tel") {
            tel = first(tel, uri);
        } else if scheme.eq_ignore_ascii_case("sip") || scheme.eq_ignore_ascii_case("sips") {
            sip = first(sip, uri);
        }
    }
    (sip, tel)
}

fn first<'a>(held: &'a str, candidate: &'a str) -> &'a str {
    if held.is_empty() { candidate } else { held }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(lines: &[(&str, &str)]) -> Headers {
        let mut headers = Headers::new();
        for (name, value) in lines {
            headers.push(*name, value).unwrap();
        }
        headers
    }

    const BASE: [(&str, &str); 4] = [
        ("From", "\"Alice\" <sip:Alice@example.com>;tag=f1;epid=0102"),
        ("To", "<sip:bob@example.com;user=phone>;epid=03;tag=t1"),
        ("Call-ID", "c0ffee@01"),
        ("CSeq", "7 INVITE"),
    ];

    #[test]
    fn a_message_gives_what_is_signed() {
        let headers = headers(&[&BASE[..], &[("Expires", "60")]].concat());
        assert_eq!(
            fields_of(&headers, Some(180)).unwrap(),
            SignedFields {
                call_id: "c0ffee@01",
                cseq: "7",
                method: "INVITE",
                from_uri: "sip:Alice@example.com",
                from_tag: "f1",
                to_uri: "sip:bob@example.com;user=phone",
                to_tag: "t1",
                sip_identity: "",
                tel_identity: "",
                expires: "60",
                status: Some(180),
            }
        );
    }

    #[test]
    fn the_first_identity_of_each_kind_counts() {
        let asserted = "P-Asserted-Identity";
        let preferred = "P-Preferred-Identity";
        for (lines, sip, tel) in [
            (&[(asserted, "\"recipient\"<SIP:r@example.com>")][..], "SIP:r@example.com", ""),
            (&[(asserted, "<sip:a@x>, <tel:+1>"), (asserted, "<sip:b@x>")], "sip:a@x", "tel:+1"),
            (&[(asserted, "tel:+1"), (asserted, "<sips:b@x>")], "sips:b@x", "tel:+1"),
            (&[(preferred, "<sip:p@x>")], "sip:p@x", ""),
            (&[(preferred, "<sip:p@x>"), (asserted, "<tel:+2>")], "", "tel:+2"),
            (&[(asserted, "<http://x>")], "", ""),
        ] {
            let headers = headers(&[&BASE[..], lines].concat());
            let fields = fields_of(&headers, None).unwrap();
            assert_eq!((fields.sip_identity, fields.tel_identity), (sip, tel), "{lines:?}");
        }
    }

    #[test]
    fn a_message_without_a_mandatory_header_has_no_signed_parts() {
        for left_out in 0..BASE.len() {
            let lines: Vec<_> =
                BASE.iter().enumerate().filter(|(at, _)| *at != left_out).map(|(_, l)| *l).collect();
            assert!(fields_of(&headers(&lines), None).is_err());
        }
    }

    #[test]
    fn credentials_are_read_under_both_names() {
        let headers = headers(&[("Proxy-Authorization", "NTLM a=b"), ("Authorization", "NTLM c=d")]);
        assert_eq!(credential_lines(&headers).collect::<Vec<_>>(), ["NTLM c=d", "NTLM a=b"]);
    }
}
