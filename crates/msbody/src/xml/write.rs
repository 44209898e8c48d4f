//! Escaping: how text gets into a document.
//!
//! Characters that XML 1.0 forbids are dropped: a directory entry with a stray control character must
//! not make a whole document unreadable.

use std::fmt::Write as _;

const fn is_forbidden(c: char) -> bool {
    matches!(c, '\0'..='\u{8}' | '\u{b}' | '\u{c}' | '\u{e}'..='\u{1f}' | '\u{fffe}' | '\u{ffff}')
}

fn escape(out: &mut String, text: &str, replacement: impl Fn(char) -> Option<&'static str>) {
    let mut clean = 0;
    for (at, c) in text.char_indices() {
        if let Some(instead) = replacement(c) {
            out.push_str(text.get(clean..at).unwrap_or_default());
            out.push_str(instead);
            clean = at + c.len_utf8();
        }
    }
    out.push_str(text.get(clean..).unwrap_or_default());
}

/// Appends `text` as the content of an element.
pub fn escape_text(out: &mut String, text: &str) {
    escape(out, text, |c| match c {
        '&' => Some("&amp;"),
        '<' => Some("&lt;"),
        '>' => Some("&gt;"),
        '\r' => Some("&#13;"),
        c if is_forbidden(c) => Some(""),
        _ => None,
    });
}

/// Appends `text` as an attribute value that stands between double quotes.
pub fn escape_attribute(out: &mut String, text: &str) {
    escape(out, text, |c| match c {
        '&' => Some("&amp;"),
        '<' => Some("&lt;"),
        '>' => Some("&gt;"),
        '"' => Some("&quot;"),
        '\t' => Some("&#9;"),
        '\n' => Some("&#10;"),
        '\r' => Some("&#13;"),
        c if is_forbidden(c) => Some(""),
        _ => None,
    });
}

/// Appends ` name="value"`, escaped.
pub fn attribute(out: &mut String, name: &str, value: &str) {
    out.push(' ');
    out.push_str(name);
    out.push_str("=\"");
    escape_attribute(out, value);
    out.push('"');
}

/// Appends ` name="value"` for a number.
pub fn number_attribute(out: &mut String, name: &str, value: u32) {
    // Writing to a string cannot fail.
    let _ = write!(out, " {name}=\"{value}\"");
}

/// Appends `<name>text</name>`, escaped.
pub fn element(out: &mut String, name: &str, text: &str) {
    out.push('<');
    out.push_str(name);
    out.push('>');
    escape_text(out, text);
    out.push_str("</");
    out.push_str(name);
    out.push('>');
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_escaped_and_forbidden_characters_are_dropped() {
        let mut out = String::new();
        escape_text(&mut out, "a<b>&\"c\"\r\n\u{0}\u{b}\u{fffe}é");
        assert_eq!(out, "a&lt;b&gt;&amp;\"c\"&#13;\né");
    }

    #[test]
    fn attribute_values_keep_their_white_space() {
        let mut out = String::new();
        attribute(&mut out, "name", "a\"b\t\r\n\u{1}&<>'");
        assert_eq!(out, " name=\"a&quot;b&#9;&#13;&#10;&amp;&lt;&gt;'\"");
    }
}
