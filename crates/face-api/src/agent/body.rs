//! Bodies of messages: what desktop clients send as text and form, and what is sent to them ([MS-SIP] instant messages;
//! presence-im 5.1 to 5.3).
//!
//! HTML and RTF are passed on exactly as they came, beside their words: whoever shows them sanitises them. The form of a
//! plain message becomes HTML.

use base64::Engine as _;
use base64::alphabet::STANDARD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use bytes::Bytes;
use rapport_sip::ContentType;

use super::form;

/// Octets of a message that are taken in or sent.
pub(crate) const LONGEST: usize = 16 * 1024;
/// Octets of a first message that goes into the invitation.
const IN_INVITATION: usize = 2048;

/// How clients of the family write the form of a plain message.
const FORMAT: &str = "X-MMS-IM-Format: FN=MS%20Shell%20Dlg%202; EF=; CO=0; CS=0; PF=0\r\n\r\n";

/// Clients pad or don't.
pub(super) const BASE64: GeneralPurpose = GeneralPurpose::new(
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

/// Reads the body of a message; none when it is of a kind that is not shown.
pub(crate) fn read(content_type: &str, body: &[u8]) -> Option<Said> {
    let kind = ContentType::parse(content_type).ok()?;
    let utf8 = || String::from_utf8_lossy(body).into_owned();
    if kind.is("text/plain") {
        let text = utf8();
        let html = form::html_of(&kind, &text);
        Some(Said::Words(Words { text, html, rtf: None }))
    } else if kind.is("text/html") {
        let html = utf8();
        Some(Said::Words(Words { text: words_of_html(&html), html: Some(html), rtf: None }))
    } else if kind.is("text/rtf") {
        let rtf = utf8();
        Some(Said::Words(Words { text: words_of_rtf(&rtf), html: None, rtf: Some(rtf) }))
    } else if kind.is("multipart/alternative") {
        best_part(content_type, &utf8())
    } else if kind.is("application/im-iscomposing+xml") {
        Some(Said::Typing(utf8().contains(">active<")))
    } else {
        None
    }
}

/// Reads the words of a message; none of a kind that is not shown.
pub(crate) fn read_words(content_type: &str, body: &[u8]) -> Words {
    match read(content_type, body) {
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
    (text.len() <= IN_INVITATION).then(|| format!("{};ms-body={}", plain_type(), PADDED.encode(text)))
}

const PADDED: GeneralPurpose = GeneralPurpose::new(
    &STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// Reads the first message out of the header of an invitation.
pub(crate) fn read_text_format(header: &str) -> Option<Said> {
    let (content_type, body) = header.split_once("ms-body=")?;
    let body = body.split([';', ' ']).next().unwrap_or_default();
    let body = BASE64.decode(body).ok().filter(|body| body.len() <= LONGEST)?;
    read(content_type.trim_end().trim_end_matches(';'), &body)
}

/// The part of an alternative that shows most: HTML, else RTF, else plain text.
fn best_part(content_type: &str, body: &str) -> Option<Said> {
    let lower = content_type.to_ascii_lowercase();
    let at = lower.find("boundary=")? + "boundary=".len();
    let boundary = content_type.get(at..)?.trim_start_matches('"');
    let boundary = boundary.split(['"', ';', ' ']).next().filter(|boundary| !boundary.is_empty())?;
    let delimiter = format!("--{boundary}");
    let mut best: Option<(u8, Said)> = None;
    for part in body.split(delimiter.as_str()).skip(1).take(16) {
        let Some((head, content)) = part.split_once("\r\n\r\n").or_else(|| part.split_once("\n\n")) else {
            continue;
        };
        let kind = head.lines().find_map(|line| {
            let (name, value) = line.split_once(':')?;
            name.trim().eq_ignore_ascii_case("content-type").then(|| value.trim())
        });
        let Some(kind) = kind.filter(|kind| !kind.to_ascii_lowercase().starts_with("multipart/")) else {
            continue;
        };
        let rank = match kind.split(';').next().unwrap_or_default().trim().to_ascii_lowercase().as_str() {
            "text/html" => 3,
            "text/rtf" => 2,
            "text/plain" => 1,
            _ => continue,
        };
        let content = content.strip_suffix("\r\n").unwrap_or(content);
        if best.as_ref().is_none_or(|(known, _)| *known < rank)
            && let Some(said) = read(kind, content.as_bytes())
        {
            best = Some((rank, said));
        }
    }
    best.map(|(_, said)| said)
}

/// Returns the words of an HTML text, for whoever shows no form: without elements, scripts and styles.
fn words_of_html(html: &str) -> String {
    let mut words = String::with_capacity(html.len().min(LONGEST));
    let mut rest = html;
    while let Some(at) = rest.find('<') {
        let (before, from) = rest.split_at(at);
        push_unescaped(&mut words, before);
        let end = from.find('>').map_or(from.len(), |end| end + 1);
        let (tag, after) = from.split_at(end);
        let name: String =
            tag.chars().skip(1).take_while(|c| c.is_ascii_alphanumeric() || *c == '/').collect();
        rest = after;
        match name.to_ascii_lowercase().as_str() {
            "br" | "br/" | "/p" | "/div" | "/li" => words.push('\n'),
            hidden @ ("script" | "style" | "head" | "title") => {
                let close = format!("</{hidden}");
                let end = rest.to_ascii_lowercase().find(&close).unwrap_or(rest.len());
                rest = rest.get(end..).unwrap_or_default();
            }
            _ => {}
        }
    }
    push_unescaped(&mut words, rest);
    words.trim().to_owned()
}

fn push_unescaped(words: &mut String, text: &str) {
    const NAMED: [(&str, char); 6] =
        [("&lt;", '<'), ("&gt;", '>'), ("&amp;", '&'), ("&quot;", '"'), ("&apos;", '\''), ("&nbsp;", ' ')];
    let mut rest = text;
    while let Some(at) = rest.find('&') {
        let (before, from) = rest.split_at(at);
        words.push_str(before);
        if let Some((name, c)) = NAMED.iter().find(|(name, _)| from.starts_with(name)) {
            words.push(*c);
            rest = from.get(name.len()..).unwrap_or_default();
            continue;
        }
        let number =
            from.strip_prefix("&#").and_then(|from| from.split_once(';')).and_then(|(digits, after)| {
                let number = match digits.strip_prefix(['x', 'X']) {
                    Some(hex) => u32::from_str_radix(hex, 16).ok()?,
                    None => digits.parse().ok()?,
                };
                Some((char::from_u32(number)?, after))
            });
        match number {
            Some((c, after)) => {
                words.push(c);
                rest = after;
            }
            None => {
                words.push('&');
                rest = from.get(1..).unwrap_or_default();
            }
        }
    }
    words.push_str(rest);
}

/// Returns the words of an RTF text (RTF 1.9): tables of fonts and colours, pictures and fields' instructions are left
/// out.
fn words_of_rtf(rtf: &str) -> String {
    const HIDDEN: [&str; 12] = [
        "fonttbl",
        "colortbl",
        "stylesheet",
        "info",
        "pict",
        "object",
        "fldinst",
        "header",
        "footer",
        "generator",
        "listtable",
        "themedata",
    ];
    let mut words = String::new();
    // Whether the group shows nothing, and how many characters stand behind a `\u` for programs that don't know it.
    let mut groups: Vec<(bool, usize)> = vec![(false, 1)];
    let mut chars = rtf.chars().peekable();
    let (mut skip, mut high) = (0usize, None::<u32>);
    while let Some(c) = chars.next() {
        let (hidden, fallback) = groups.last().copied().unwrap_or((false, 1));
        match c {
            // Nothing of ours nests so deep; what does is shown as far as it was read.
            '{' if groups.len() >= 64 => break,
            '{' => groups.push((hidden, fallback)),
            '}' => {
                groups.pop();
                if groups.is_empty() {
                    break;
                }
            }
            '\r' | '\n' => {}
            '\\' => {
                let word: String =
                    std::iter::from_fn(|| chars.next_if(char::is_ascii_alphabetic)).take(32).collect();
                if word.is_empty() {
                    match chars.next() {
                        Some('\'') => {
                            let hex: String = chars.by_ref().take(2).collect();
                            let octet = u8::from_str_radix(&hex, 16).unwrap_or(b'?');
                            if skip > 0 {
                                skip -= 1;
                            } else if !hidden {
                                words.push(windows_1252(octet));
                            }
                        }
                        Some('*') => hide(&mut groups),
                        Some('~') if !hidden => words.push(' '),
                        Some(c @ ('\\' | '{' | '}')) if skip == 0 && !hidden => words.push(c),
                        _ => skip = skip.saturating_sub(1),
                    }
                    continue;
                }
                let sign = chars.next_if_eq(&'-').is_some();
                let digits: String =
                    std::iter::from_fn(|| chars.next_if(char::is_ascii_digit)).take(9).collect();
                let number = digits.parse::<i64>().ok().map(|n| if sign { -n } else { n });
                let _ = chars.next_if_eq(&' ');
                match word.as_str() {
                    "par" | "line" if !hidden => words.push('\n'),
                    "tab" if !hidden => words.push('\t'),
                    "u" => {
                        let unit = number.map(|n| if n < 0 { n + 0x1_0000 } else { n });
                        let unit = unit.and_then(|n| u32::try_from(n).ok()).unwrap_or(0xfffd);
                        skip = fallback;
                        if !hidden {
                            push_unit(&mut words, unit, &mut high);
                        }
                    }
                    "uc" => {
                        if let (Some(group), Some(n)) = (groups.last_mut(), number) {
                            group.1 = usize::try_from(n).unwrap_or(1).min(8);
                        }
                    }
                    known if HIDDEN.contains(&known) => hide(&mut groups),
                    _ => {}
                }
            }
            _ if skip > 0 => skip -= 1,
            c if !hidden => words.push(c),
            _ => {}
        }
    }
    words.trim_end().to_owned()
}

fn hide(groups: &mut [(bool, usize)]) {
    if let Some(group) = groups.last_mut() {
        group.0 = true;
    }
}

/// Adds a unit of UTF-16, of which two may be one character.
fn push_unit(words: &mut String, unit: u32, high: &mut Option<u32>) {
    match (unit, high.take()) {
        (0xd800..=0xdbff, _) => *high = Some(unit),
        (0xdc00..=0xdfff, Some(first)) => {
            let c = 0x1_0000 + ((first - 0xd800) << 10) + (unit - 0xdc00);
            words.push(char::from_u32(c).unwrap_or('\u{fffd}'));
        }
        _ => words.push(char::from_u32(unit).unwrap_or('\u{fffd}')),
    }
}

/// The character of an octet in the code page that RTF texts are written in unless they say otherwise.
fn windows_1252(octet: u8) -> char {
    const UPPER: [char; 32] = [
        '€', '\u{fffd}', '‚', 'ƒ', '„', '…', '†', '‡', 'ˆ', '‰', 'Š', '‹', 'Œ', '\u{fffd}', 'Ž', '\u{fffd}',
        '\u{fffd}', '‘', '’', '“', '”', '•', '–', '—', '˜', '™', 'š', '›', 'œ', '\u{fffd}', 'ž', 'Ÿ',
    ];
    match octet {
        0x80..=0x9f => UPPER.get(usize::from(octet - 0x80)).copied().unwrap_or('\u{fffd}'),
        octet => char::from(octet),
    }
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
    fn the_words_of_rtf_are_read_without_its_tables() {
        let check = |rtf: &str, want: &str| assert_eq!(words_of_rtf(rtf), want, "{rtf}");
        check(
            "{\\rtf1\\ansi{\\fonttbl{\\f0 Segoe UI;}}{\\colortbl ;\\red0;}\\f0\\fs20 Gr\\'fc\\'dfe \\b laut\\b0\\par zwei}",
            "Grüße laut\nzwei",
        );
        check("{\\rtf1 \\u8364? \\u-10179?\\u-9202? {\\*\\generator x;}\\\\ \\{}", "€ 🐎 \\ {");
        check(&"{".repeat(100_000), "");
        check("", "");
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
