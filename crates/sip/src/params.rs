//! `;name=value` parameters of headers, RFC 3261 §25.1 `generic-param`.

use std::borrow::Cow;

use crate::quote::{take_quoted, trim, trim_start, unquote};
use crate::scan::{find, until};

/// Parameters as they stand in a header value, from the first `;` on. Parsed when asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Params<'a>(&'a str);

/// One parameter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Param<'a> {
    /// The name as written.
    pub name: &'a str,
    /// The value as written, quotes included; `None` for a flag.
    pub raw: Option<&'a str>,
}

impl<'a> Param<'a> {
    /// The value with quotes and escapes undone; empty for a flag.
    #[must_use]
    pub fn value(&self) -> Cow<'a, str> {
        unquote(self.raw.unwrap_or_default())
    }
}

impl<'a> Params<'a> {
    /// Takes the text of parameters, with or without the `;` before the first.
    #[must_use]
    pub const fn new(text: &'a str) -> Self {
        Self(text)
    }

    /// The parameters as they stand.
    #[must_use]
    pub const fn as_str(&self) -> &'a str {
        self.0
    }

    /// The first parameter of that name, whatever its case.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<Param<'a>> {
        self.iter().find(|param| param.name.eq_ignore_ascii_case(name))
    }

    /// The value of the first parameter of that name, without its quotes but with its escapes; `None` for a flag.
    #[must_use]
    pub fn value(&self, name: &str) -> Option<&'a str> {
        let raw = self.get(name)?.raw?;
        Some(raw.strip_prefix('"').and_then(|r| r.strip_suffix('"')).unwrap_or(raw))
    }

    /// Whether there is a parameter of that name.
    #[must_use]
    pub fn has(&self, name: &str) -> bool {
        self.get(name).is_some()
    }

    /// All parameters in order. Ends at text that is no parameter.
    #[must_use]
    pub fn iter(&self) -> ParamIter<'a> {
        ParamIter { rest: self.0 }
    }

    /// Whether they are well formed and hold nothing, outside of quotes, that could be read as another element of the
    /// header or as a second address: `<`, `>` or a comma. Then any of them can be left out without the others
    /// becoming something else.
    pub(crate) fn is_of_one_element(&self) -> bool {
        let marked = |text: &str| find(text.as_bytes(), [b'<', b'>', b',']).is_some();
        // Mostly there is nothing at all that could be read in two ways.
        find(self.0.as_bytes(), [b'"', b'<', b'>', b',']).is_none()
            || self.is_well_formed()
                && !self.iter().any(|param| {
                    marked(param.name) || param.raw.is_some_and(|raw| !raw.starts_with('"') && marked(raw))
                })
    }

    /// Whether every quoted string ends, and only `;` follows one.
    pub(crate) fn is_well_formed(&self) -> bool {
        if find(self.0.as_bytes(), [b'"']).is_none() {
            return true;
        }
        let mut iter = self.iter();
        while iter.next().is_some() {}
        iter.rest.is_empty()
    }
}

/// Iterator over [`Params`].
#[derive(Debug, Clone)]
pub struct ParamIter<'a> {
    rest: &'a str,
}

impl<'a> Iterator for ParamIter<'a> {
    type Item = Param<'a>;

    fn next(&mut self) -> Option<Param<'a>> {
        loop {
            let skipped = self.rest.bytes().take_while(|b| matches!(b, b' ' | b'\t' | b';')).count();
            let rest = self.rest.get(skipped..)?;
            self.rest = rest;
            let (name, tail) = until(rest, [b';', b'=', b'"']);
            let name = trim(name);
            let Some(value) = tail.strip_prefix('=') else {
                if name.is_empty() || tail.starts_with('"') {
                    // The end, or what is no parameter; leaving `rest` as it is tells `is_well_formed` which.
                    return None;
                }
                self.rest = tail;
                return Some(Param { name, raw: None });
            };
            let (raw, after) = value_and_rest(trim_start(value))?;
            self.rest = after;
            // A value without a name is nobody's.
            if !name.is_empty() {
                return Some(Param { name, raw: Some(raw) });
            }
        }
    }
}

/// A value, and what follows it.
fn value_and_rest(text: &str) -> Option<(&str, &str)> {
    if text.starts_with('"') {
        let (raw, after) = take_quoted(text)?;
        let after = trim_start(after);
        return (after.is_empty() || after.starts_with(';')).then_some((raw, after));
    }
    let (raw, after) = until(text, [b';', b'"']);
    (!after.starts_with('"')).then_some((trim(raw), after))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_are_found_whatever_blanks_case_and_quotes() {
        let params = Params::new(";tag = 19 ; Epid=\"a;b\\\"c\";proxy=replace;flag");
        assert!(params.is_well_formed());
        assert_eq!(params.value("TAG"), Some("19"));
        assert_eq!(params.value("epid"), Some("a;b\\\"c"));
        assert_eq!(params.get("epid").unwrap().value(), "a;b\"c");
        assert!(params.has("flag"));
        assert_eq!(params.value("flag"), None);
        assert_eq!(params.iter().count(), 4);
    }

    #[test]
    fn what_could_be_read_as_a_second_element_is_noticed_outside_quotes() {
        for bad in [";a=<", ";a=<;b=c,d>", ";a,b", ";a=b>", ";a=\"<\";b=<", ";a=\"b"] {
            assert!(!Params::new(bad).is_of_one_element(), "{bad}");
        }
        for good in ["", ";a", ";a=b", ";a=\"<x, y>\";b=c"] {
            assert!(Params::new(good).is_of_one_element(), "{good}");
        }
    }

    #[test]
    fn what_is_no_parameter_is_noticed() {
        for bad in [";a=\"b", ";a=\"b\"c", ";a=b\"c\"", ";\"a\""] {
            assert!(!Params::new(bad).is_well_formed(), "{bad}");
        }
        for good in ["", ";", ";;a", ";=x;a", ";a=", ";a=[::1];b"] {
            assert!(Params::new(good).is_well_formed(), "{good}");
        }
    }
}
