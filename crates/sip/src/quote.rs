//! Tokens and quoted strings, RFC 3261 §25.1.

use std::borrow::Cow;

use crate::scan::{find, has_control};

/// What a byte may be part of, looked up for every byte of names and hosts.
static CLASS: [u8; 256] = {
    let mut table = [0; 256];
    let mut byte = u8::MAX;
    while byte > 0 {
        if let Some(slot) = table.split_at_mut(byte as usize).1.first_mut() {
            if byte.is_ascii_alphanumeric()
                || matches!(byte, b'-' | b'.' | b'!' | b'%' | b'*' | b'_' | b'+' | b'`' | b'\'' | b'~')
            {
                *slot |= TOKEN;
            }
            if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_') || byte >= 0x80 {
                *slot |= HOST;
            }
        }
        byte -= 1;
    }
    table
};
const TOKEN: u8 = 1;
const HOST: u8 = 2;

fn is_of(class: u8, byte: u8) -> bool {
    CLASS.get(usize::from(byte)).is_some_and(|classes| classes & class != 0)
}

/// Whether `byte` may stand in a token.
pub(crate) fn is_token_byte(byte: u8) -> bool {
    is_of(TOKEN, byte)
}

/// Whether `byte` may stand in a host name, loosely: letters of any script are left to IDNA, `_` occurs in the wild.
pub(crate) fn is_host_byte(byte: u8) -> bool {
    is_of(HOST, byte)
}

/// Whether `text` is a token.
pub(crate) fn is_token(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(is_token_byte)
}

/// Whether `byte` may not stand in a header value at all: a line break, or any other control character but the tab.
pub(crate) const fn is_control(byte: u8) -> bool {
    (byte < b' ' && byte != b'\t') || byte == 0x7f
}

/// Whether text holds a byte that may not stand in a header value.
pub(crate) fn holds_control(text: &str) -> bool {
    // Hardly any has even a tab.
    has_control(text.as_bytes()) && text.bytes().any(is_control)
}

const fn is_blank(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t')
}

/// Removes blanks and tabs at both ends.
#[inline]
pub(crate) fn trim(text: &str) -> &str {
    trim_end(trim_start(text))
}

/// Removes blanks and tabs at the end.
#[inline]
pub(crate) fn trim_end(text: &str) -> &str {
    // Most text has none, and this is asked many times for every message.
    match text.as_bytes().last() {
        Some(last) if is_blank(*last) => text.trim_end_matches([' ', '\t']),
        Some(_) | None => text,
    }
}

/// Removes blanks and tabs at the front.
#[inline]
pub(crate) fn trim_start(text: &str) -> &str {
    let mut text = text;
    while text.as_bytes().first().is_some_and(|first| is_blank(*first)) {
        text = text.get(1..).unwrap_or_default();
    }
    text
}

/// Makes a quoted string of any text.
///
/// Quotes and backslashes are escaped, and what cannot stand in a header (line breaks and other control characters)
/// becomes a blank, so that nobody's display name can end the string it stands in.
#[must_use]
pub fn quote(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    for c in text.chars() {
        match c {
            '"' | '\\' => out.extend(['\\', c]),
            _ if u8::try_from(c).is_ok_and(is_control) => out.push(' '),
            _ => out.push(c),
        }
    }
    out.push('"');
    out
}

/// The content of a quoted string, its escapes undone; any other text as it is.
#[must_use]
pub fn unquote(text: &str) -> Cow<'_, str> {
    let Some(inner) = text.strip_prefix('"').and_then(|t| t.strip_suffix('"')) else {
        return Cow::Borrowed(text);
    };
    if !inner.contains('\\') {
        return Cow::Borrowed(inner);
    }
    let mut out = String::with_capacity(inner.len());
    let mut chars = inner.chars();
    while let Some(c) = chars.next() {
        match c {
            '\\' => out.extend(chars.next()),
            _ => out.push(c),
        }
    }
    Cow::Owned(out)
}

/// Splits a quoted string off the front: the string with its quotes, and what follows.
///
/// `None` means that `text` does not start with a quote, or that the string does not end.
pub(crate) fn take_quoted(text: &str) -> Option<(&str, &str)> {
    let inner = text.strip_prefix('"')?;
    text.split_at_checked(quoted_end(inner.as_bytes())? + 1)
}

/// Where what follows a quoted string starts, given what follows its first quote.
pub(crate) fn quoted_end(bytes: &[u8]) -> Option<usize> {
    let mut at = 0;
    loop {
        let rest = bytes.get(at..)?;
        let found = find(rest, [b'"', b'\\'])?;
        if rest.get(found) == Some(&b'"') {
            return Some(at + found + 1);
        }
        at += found + 2;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quoting_any_text_gives_one_quoted_string_that_reads_back() {
        for text in ["", "Kim", "a\"b", "a\\", "\\\"", "\"; tag=evil", "Zoë 文"] {
            let quoted = quote(text);
            assert_eq!(take_quoted(&quoted), Some((quoted.as_str(), "")), "{text:?}");
            assert_eq!(unquote(&quoted), text);
        }
        assert_eq!(quote("a\r\nVia: x\0\x1b[2J\x7f\t"), "\"a  Via: x  [2J \t\"");
    }

    #[test]
    fn a_quoted_string_that_does_not_end_is_none() {
        for text in ["\"", "\"abc", "\"abc\\\"", "\"\\", "abc\""] {
            assert_eq!(take_quoted(text), None, "{text:?}");
        }
    }
}
