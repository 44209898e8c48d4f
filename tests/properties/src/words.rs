//! What instant messages say in words: any text is read to its end without a panic, no longer than three octets for each
//! that came, without the marks of its form, and in a time that grows with it and not with its square.

use std::hint::black_box;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rapport_imtext::{first, form, html, parts, rtf};
use rapport_sip::ContentType;

/// A letter that says as what the rest is read; a capital has the rest repeated to a long text.
pub(crate) fn check(data: &[u8]) {
    let Some((kind, data)) = data.split_first() else { return };
    let text = String::from_utf8_lossy(data);
    match kind {
        b'h' => of_html(&text),
        b'r' => of_rtf(&text),
        b'p' => of_parts(&text),
        b'f' => of_first(&text),
        b'm' => of_form(&text),
        b'e' => of_effects(&text),
        b'H' => long(&text, |text| bounded(text, &html::words(text))),
        b'R' => long(&text, |text| bounded(text, &rtf::words(text))),
        b'P' => long(&text, |text| {
            black_box(parts::best("multipart/alternative;boundary=b", text));
        }),
        b'F' => long(&text, |text| drop(black_box(first::read(text, text.len())))),
        _ => {}
    }
}

/// No more than U+FFFD in the place of each octet.
fn bounded(text: &str, words: &str) {
    assert!(words.len() <= text.len() * 3, "{} octets of words from {}", words.len(), text.len());
}

fn of_html(text: &str) {
    let words = html::words(text);
    bounded(text, &words);
    // A bracket is a character of the text only where it was written as one.
    if !text.contains('&') {
        assert!(!words.contains('<'), "an element is left: {words}");
    }
    assert_eq!(words, words.trim());
    let escaped = text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    assert_eq!(html::words(&escaped), text.trim(), "what is escaped is read back");
}

fn of_rtf(text: &str) {
    let words = rtf::words(text);
    bounded(text, &words);
    if !text.contains('\\') {
        assert!(!words.contains(['{', '}']), "a group is left: {words}");
        let plain: String = text.chars().filter(|c| !matches!(c, '{' | '}' | '\r' | '\n')).collect();
        assert!(plain.starts_with(&*words), "{words} is not of {plain}");
    }
}

/// The first line is the type, what follows the parts.
fn of_parts(text: &str) {
    let (kind, body) = text.split_once('\n').unwrap_or_default();
    let Some((kind, content)) = parts::best(kind, body) else { return };
    let start = content.as_ptr() as usize - body.as_ptr() as usize;
    assert_eq!(body.get(start..start + content.len()), Some(content), "a part is of its whole");
    // A type that was chosen is one that is shown, and no alternative again.
    let kind = ContentType::parse(kind).ok();
    if let Some(kind) = kind {
        assert!(["text/html", "text/rtf", "text/plain"].iter().any(|shown| kind.is(shown)), "{kind:?}");
    }
}

fn of_first(text: &str) {
    let Some((kind, body)) = first::read(text, 1024) else { return };
    assert!(body.len() <= 1024 && text.starts_with(kind));
    if let Ok(words) = std::str::from_utf8(&body)
        && !kind.contains("ms-body=")
    {
        let written = first::write(kind, words);
        assert_eq!(first::read(&written, body.len()), Some((kind, body.clone())), "{written}");
        assert_eq!(first::read(&written, body.len().wrapping_sub(1).min(1024)).is_some(), body.is_empty());
    }
}

/// The first line is the parameter, what follows the text.
fn of_form(text: &str) {
    let (msgr, text) = text.split_once('\n').unwrap_or_default();
    formed(msgr, text);
}

/// The first line is what the parameter says, what follows the text.
fn of_effects(text: &str) {
    let (format, text) = text.split_once('\n').unwrap_or_default();
    let octets: Vec<u8> = format.encode_utf16().flat_map(u16::to_le_bytes).collect();
    formed(&STANDARD.encode(octets), text);
}

/// A form is a few elements around the whole of the text, and takes nothing from it.
fn formed(msgr: &str, text: &str) {
    let Some(form) = form::html(msgr, text) else { return };
    assert!(form.len() <= text.len() * 5 + 4 * "<b></b>".len(), "{} octets of {}", form.len(), text.len());
    assert_eq!(html::words(&form), text.replace('\r', "").trim(), "the words are the text's: {form}");
    let breaks = text.matches('\n').count();
    let elements = form.matches('<').count() - breaks;
    assert!([2, 4, 6, 8].contains(&elements), "{elements} brackets of elements: {form}");
    assert_eq!(form.matches("</").count() * 2, elements, "each is ended: {form}");
}

/// Repeats a text to 128 KiB, and sees that they are read in about the time in which their sixteen parts are: were a text
/// looked at again from each place, the whole would take sixteen times as long.
fn long(text: &str, read: impl Fn(&str)) {
    const WHOLE: usize = 128 * 1024;
    if text.is_empty() || text.len() > 64 {
        return;
    }
    let (part, whole) = (text.repeat(WHOLE / 16 / text.len()), text.repeat(WHOLE / text.len()));
    let time_of = |times: usize, text: &str| {
        let start = run_for();
        (0..times).for_each(|_| read(text));
        run_for() - start
    };
    let (parts, whole) = (time_of(16, &part), time_of(1, &whole));
    assert!(whole < parts * 4 + Duration::from_millis(20), "{parts:?} by parts, {whole:?} as a whole");
}

/// What this thread has run for: a busy machine stops the clock.
fn run_for() -> Duration {
    let told = std::fs::read_to_string("/proc/thread-self/schedstat").expect("Linux says");
    Duration::from_nanos(told.split(' ').next().and_then(|ns| ns.parse().ok()).expect("a number"))
}
