//! Bodies of messages: what desktop clients send as text and form, and what is sent to them ([MS-SIP] instant messages;
//! presence-im 5.1 to 5.3).
//!
//! HTML and RTF are passed on exactly as they came, beside their words: whoever shows them sanitises them. The form of a
//! plain message becomes HTML.

use base64::Engine as _;
use base64::alphabet::STANDARD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use bytes::Bytes;
use rapport_imtext::{first, form, html, parts, rtf};
use rapport_sip::ContentType;

/// Octets of a message that are taken in or sent.
pub(crate) const LONGEST: usize = 16 * 1024;
/// Octets of a body that is read: its form may take several times what its words do.
pub(super) const LONGEST_BODY: usize = 8 * LONGEST;
/// Octets of a first message that goes into the invitation.
const IN_INVITATION: usize = 2048;

/// How clients of the family write the form of a plain message.
const FORMAT: &str = "X-MMS-IM-Format: FN=MS%20Shell%20Dlg%202; EF=; CO=0; CS=0; PF=0\r\n\r\n";

/// Clients pad or don't.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &STANDARD,
    GeneralPurposeConfig::new()
        .with_encode_padding(false)
        .with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// What a body says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Said {
    /// Words.
    Words(Words),
    /// Whether its writer types.
    Typing(bool),
}

/// Words, with their form where they have one, as it came.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Words {
    pub(crate) text: String,
    pub(crate) html: Option<String>,
    pub(crate) rtf: Option<String>,
}

/// Reads the body of a message that is said now; none when it is of a kind that is not shown, or longer than
/// [`LONGEST_BODY`].
pub(crate) fn read(content_type: &str, body: &[u8]) -> Option<Said> {
    if body.len() > LONGEST_BODY { None } else { read_kept(content_type, body) }
}

/// Reads a body that is kept: whatever was kept has its bound.
fn read_kept(content_type: &str, body: &[u8]) -> Option<Said> {
    let kind = ContentType::parse(content_type).ok()?;
    let utf8 = || String::from_utf8_lossy(body).into_owned();
    if kind.is("text/plain") {
        let text = utf8();
        let html = kind.params.value("msgr").and_then(|msgr| form::html(msgr, &text));
        Some(Said::Words(Words { text, html, rtf: None }))
    } else if kind.is("text/html") {
        let html = utf8();
        Some(Said::Words(Words { text: html::words(&html), html: Some(html), rtf: None }))
    } else if kind.is("text/rtf") {
        let rtf = utf8();
        Some(Said::Words(Words { text: rtf::words(&rtf), html: None, rtf: Some(rtf) }))
    } else if kind.is("multipart/alternative") {
        let body = utf8();
        let (kind, content) = parts::best(content_type, &body)?;
        read_kept(kind, content.as_bytes())
    } else if kind.is("application/im-iscomposing+xml") {
        Some(Said::Typing(utf8().contains(">active<")))
    } else {
        None
    }
}

/// Reads the words of a message of the history; none of a kind that is not shown.
pub(crate) fn read_words(content_type: &str, body: &[u8]) -> Words {
    match read_kept(content_type, body) {
        Some(Said::Words(words)) => words,
        Some(Said::Typing(_)) | None => Words::default(),
    }
}

/// Reads whether a KeyboardActivity says that somebody types.
pub(crate) fn read_activity(body: &[u8]) -> bool {
    String::from_utf8_lossy(body).contains("status=\"type\"")
}

/// Writes that the person types, or has stopped.
pub(crate) fn activity(typing: bool) -> Bytes {
    let status = if typing { "type" } else { "idle" };
    format!("<?xml version=\"1.0\"?><KeyboardActivity><status status=\"{status}\" /></KeyboardActivity>")
        .into()
}

/// The content type of a plain message.
pub(crate) fn plain_type() -> String {
    let octets: Vec<u8> = FORMAT.encode_utf16().flat_map(u16::to_le_bytes).collect();
    format!("text/plain; charset=UTF-8;msgr={}", BASE64.encode(octets))
}

/// The content type of a message with its form.
pub(crate) const HTML_TYPE: &str = "text/html; charset=UTF-8";

/// Writes the header by which an invitation carries the first message; none for one that is too long.
pub(crate) fn text_format(text: &str) -> Option<String> {
    (text.len() <= IN_INVITATION).then(|| first::write(&plain_type(), text))
}

/// Reads the first message out of the header of an invitation.
pub(crate) fn read_text_format(header: &str) -> Option<Said> {
    let (content_type, body) = first::read(header, LONGEST)?;
    read(content_type, &body)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &str, html: Option<&str>) -> Option<Said> {
        let html = html.map(str::to_owned);
        Some(Said::Words(Words { text: text.to_owned(), html, rtf: None }))
    }

    #[test]
    fn each_kind_of_body_has_its_words() {
        let check = |kind: &str, body: &str, want: Option<Said>| {
            assert_eq!(read(kind, body.as_bytes()), want, "{kind}: {body}");
        };
        check("text/plain; charset=UTF-8;msgr=WAA", "hi <b>", words("hi <b>", None));
        let html = "<b onclick=x>hi</b> &amp; &#x1F40E;<br>you<script>no</script>";
        check("text/html", html, words("hi & 🐎\nyou", Some(html)));
        let rtf = "{\\rtf1 \\b laut\\b0 }";
        let of_rtf = Words { text: "laut".to_owned(), html: None, rtf: Some(rtf.to_owned()) };
        check("text/rtf", rtf, Some(Said::Words(of_rtf)));
        check("text/x-msmsgsinvite", "x", None);
        check("image/gif", "x", None);
        check("nonsense", "x", None);
        check("application/im-iscomposing+xml", "<state>active</state>", Some(Said::Typing(true)));
        check("application/im-iscomposing+xml", "<state>idle</state>", Some(Said::Typing(false)));
        let parts = "--b\r\nContent-Type: text/plain\r\n\r\nplain\r\n--b\r\nContent-Type: text/html\r\n\r\n<i>form</i>\r\n--b--";
        check("multipart/alternative;boundary=\"b\"", parts, words("form", Some("<i>form</i>")));
    }

    #[test]
    fn what_is_too_long_is_not_read() {
        let read_of = |octets: usize| read("text/html", "x".repeat(octets).as_bytes());
        assert!(read_of(LONGEST_BODY).is_some() && read_of(LONGEST_BODY + 1).is_none());
        let first = |octets: usize| {
            read_text_format(&format!("text/plain;ms-body={}", BASE64.encode("x".repeat(octets))))
        };
        assert!(first(LONGEST).is_some() && first(LONGEST + 1).is_none());
        assert!(first(LONGEST * 40).is_none());
    }

    #[test]
    fn a_first_message_goes_into_the_invitation_and_comes_out_again() {
        let header = text_format("Hello ünder").expect("short");
        assert_eq!(read_text_format(&header), words("Hello ünder", None));
        assert_eq!(text_format(&"x".repeat(IN_INVITATION + 1)), None);
        let of_sipe = "text/plain; charset=UTF-8;msgr=WAAtAE0A;ms-body=SGVsbG8=";
        assert_eq!(read_text_format(of_sipe), words("Hello", None));
        for wrong in ["", "text/plain", "text/plain;ms-body=!", "x;ms-body=SGVsbG8="] {
            assert_eq!(read_text_format(wrong), None, "{wrong}");
        }
    }
}
