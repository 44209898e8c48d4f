//! The attributes of one start tag, read strictly.
//!
//! quick-xml tolerates attributes without blanks between them and `<` in their values. A value that is
//! handed on to other clients as it stands must be well-formed for them too, so this is stricter.

use std::borrow::Cow;

use crate::{BodyError, Limits, What};

/// One attribute, its value decoded.
#[derive(Debug, Clone)]
pub(super) struct Attribute<'a> {
    pub(super) prefix: Option<&'a str>,
    pub(super) local: &'a str,
    pub(super) value: Cow<'a, str>,
    /// The value as it was written, between its quotes.
    pub(super) raw: &'a str,
    /// What the prefix stands for; filled in once all declarations of the element are known.
    pub(super) namespace: &'a str,
}

/// Splits a qualified name, and refuses what is no name.
pub(super) fn qualified(name: &str) -> Option<(Option<&str>, &str)> {
    match name.split_once(':') {
        None if is_name(name) => Some((None, name)),
        Some((prefix, local)) if is_name(prefix) && is_name(local) => Some((Some(prefix), local)),
        _ => None,
    }
}

fn is_name(name: &str) -> bool {
    let mut chars = name.chars();
    chars.next().is_some_and(is_name_start) && chars.all(is_name_char)
}

const fn is_name_start(c: char) -> bool {
    matches!(c, 'a'..='z' | 'A'..='Z' | '_' | '\u{c0}'..='\u{d6}' | '\u{d8}'..='\u{f6}'
        | '\u{f8}'..='\u{2ff}' | '\u{370}'..='\u{37d}' | '\u{37f}'..='\u{1fff}' | '\u{200c}'..='\u{200d}'
        | '\u{2070}'..='\u{218f}' | '\u{2c00}'..='\u{2fef}' | '\u{3001}'..='\u{d7ff}'
        | '\u{f900}'..='\u{fdcf}' | '\u{fdf0}'..='\u{fffd}' | '\u{10000}'..='\u{effff}')
}

const fn is_name_char(c: char) -> bool {
    is_name_start(c)
        || matches!(c, '-' | '.' | '0'..='9' | '\u{b7}' | '\u{300}'..='\u{36f}' | '\u{203f}'..='\u{2040}')
}

/// Reads the attributes of a start tag from `raw`, all that stands between its name and its `>`.
///
/// `base` is the offset of `raw` in the body.
pub(super) fn read<'a>(
    raw: &'a str,
    base: usize,
    limits: &Limits,
    out: &mut Vec<Attribute<'a>>,
) -> Result<(), BodyError> {
    let mut rest = raw;
    loop {
        let at = base + (raw.len() - rest.len());
        let fail = |what| BodyError { what, at };
        let trimmed = rest.trim_start_matches(is_blank);
        if trimmed.is_empty() {
            return Ok(());
        }
        if trimmed.len() == rest.len() {
            return Err(fail(What::Syntax));
        }
        if out.len() == limits.attributes {
            return Err(fail(What::TooManyAttributes { limit: limits.attributes }));
        }
        let (name, value) = trimmed.split_once('=').ok_or(fail(What::Syntax))?;
        let (prefix, local) = qualified(name.trim_end_matches(is_blank)).ok_or(fail(What::Name))?;
        let value = value.trim_start_matches(is_blank);
        let (quoted, after) = if let Some(value) = value.strip_prefix('"') {
            value.split_once('"')
        } else if let Some(value) = value.strip_prefix('\'') {
            value.split_once('\'')
        } else {
            None
        }
        .ok_or(fail(What::Syntax))?;
        if quoted.len() > limits.text {
            return Err(fail(What::TextTooLong { limit: limits.text }));
        }
        if quoted.contains('<') {
            return Err(fail(What::Syntax));
        }
        let value = decode(quoted).map_err(fail)?;
        out.push(Attribute { prefix, local, value, raw: quoted, namespace: "" });
        rest = after;
    }
}

pub(super) const fn is_blank(c: char) -> bool {
    matches!(c, ' ' | '\t' | '\r' | '\n')
}

/// Resolves references and turns white space into blanks, as XML 1.0 section 3.3.3 wants.
fn decode(raw: &str) -> Result<Cow<'_, str>, What> {
    if !raw.bytes().any(|b| matches!(b, b'&' | b'\t' | b'\r' | b'\n')) {
        return Ok(Cow::Borrowed(raw));
    }
    let mut out = String::with_capacity(raw.len());
    let mut rest = raw;
    while let Some(c) = rest.chars().next() {
        rest = rest.get(c.len_utf8()..).unwrap_or_default();
        match c {
            '&' => {
                let (name, after) = rest.split_once(';').ok_or(What::Syntax)?;
                out.push(resolve(name)?);
                rest = after;
            }
            '\r' => {
                // A line end is one blank, however it is written.
                rest = rest.strip_prefix('\n').unwrap_or(rest);
                out.push(' ');
            }
            '\t' | '\n' => out.push(' '),
            c => out.push(c),
        }
    }
    Ok(Cow::Owned(out))
}

/// The character that `&name;` stands for.
pub(super) fn resolve(name: &str) -> Result<char, What> {
    let Some(number) = name.strip_prefix('#') else {
        return match name {
            "amp" => Ok('&'),
            "lt" => Ok('<'),
            "gt" => Ok('>'),
            "quot" => Ok('"'),
            "apos" => Ok('\''),
            _ => Err(What::UnknownEntity),
        };
    };
    let (digits, radix) = number.strip_prefix('x').map_or((number, 10), |hex| (hex, 16));
    // Ten digits hold every character; more would only be zeros in front.
    if digits.is_empty() || digits.len() > 10 || !digits.bytes().all(|b| b.is_ascii_hexdigit()) {
        return Err(What::Syntax);
    }
    let code = u32::from_str_radix(digits, radix).map_err(|_| What::Syntax)?;
    match char::from_u32(code) {
        Some(c) if is_allowed(c) => Ok(c),
        _ => Err(What::ForbiddenCharacter),
    }
}

const fn is_allowed(c: char) -> bool {
    matches!(c, '\t' | '\n' | '\r' | ' '..='\u{fffd}' | '\u{10000}'..)
}
