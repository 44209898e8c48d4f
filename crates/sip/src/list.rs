//! Comma-joined header values, RFC 3261 §7.3.1: split where a comma is neither quoted nor inside `<>`.

use crate::quote::{quoted_end, trim};
use crate::scan::find;

/// The elements of one comma-joined value; see [`split_list`].
#[derive(Debug, Clone)]
pub struct SplitList<'a> {
    rest: Option<&'a str>,
}

/// Splits a header value at its commas, respecting quoted strings and angle brackets. Empty elements are left out.
#[must_use]
pub fn split_list(value: &str) -> SplitList<'_> {
    SplitList { rest: Some(value) }
}

/// The offset of the first comma that separates elements.
pub(crate) fn first_comma(text: &str) -> Option<usize> {
    let bytes = text.as_bytes();
    let mut at = 0;
    loop {
        let rest = bytes.get(at..)?;
        let found = find(rest, [b',', b'"', b'<'])?;
        let after = rest.get(found + 1..)?;
        at += found + 1;
        match rest.get(found) {
            Some(b',') => return Some(at - 1),
            Some(b'<') => at += find(after, [b'>'])? + 1,
            _ => at += quoted_end(after)?,
        }
    }
}

impl<'a> Iterator for SplitList<'a> {
    type Item = &'a str;

    fn next(&mut self) -> Option<&'a str> {
        loop {
            let rest = self.rest.take()?;
            let element = match first_comma(rest).and_then(|at| rest.split_at_checked(at)) {
                Some((element, tail)) => {
                    self.rest = tail.get(1..);
                    element
                }
                None => rest,
            };
            let element = trim(element);
            if !element.is_empty() {
                return Some(element);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(value: &str, expected: &[&str]) {
        assert_eq!(split_list(value).collect::<Vec<_>>(), expected, "{value:?}");
    }

    #[test]
    fn commas_in_quotes_and_brackets_do_not_split() {
        check("", &[]);
        check("a", &["a"]);
        check(" a , b,,c ", &["a", "b", "c"]);
        check("\"x, y\" <sip:a@b;p=1,2>;q=1, <sip:c@d>", &["\"x, y\" <sip:a@b;p=1,2>;q=1", "<sip:c@d>"]);
        check("\"a\\\",b\" <sip:x@y>", &["\"a\\\",b\" <sip:x@y>"]);
        check("\"open, <a, b", &["\"open, <a, b"]);
        check("<open, a", &["<open, a"]);
        check("a, <\">, \"b", &["a", "<\">", "\"b"]);
        check("<sip:c>;m=\"INVITE, BYE\"", &["<sip:c>;m=\"INVITE, BYE\""]);
    }
}
