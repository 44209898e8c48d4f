//! Answers as people read them.

use rapport_model::{Aor, SipDomain};
use serde_json::Value;

/// Lists rows under their headings, each column as wide as it must be.
pub(super) fn table(headings: &[&str], rows: &[Vec<String>]) -> String {
    let widths: Vec<usize> = headings
        .iter()
        .enumerate()
        .map(|(n, heading)| {
            let cells = rows.iter().filter_map(|row| row.get(n)).map(|cell| cell.chars().count());
            cells.chain([heading.chars().count()]).max().unwrap_or(0)
        })
        .collect();
    let line = |cells: &mut dyn Iterator<Item = &str>| {
        let mut line = String::new();
        for (cell, width) in cells.zip(&widths) {
            line.push_str(&format!("{cell:width$}  "));
        }
        format!("{}\n", line.trim_end())
    };
    let mut text = line(&mut headings.iter().copied());
    for row in rows {
        text.push_str(&line(&mut row.iter().map(String::as_str)));
    }
    text
}

/// Lists names and values, leaving out what is empty.
pub(super) fn facts(facts: &[(&str, String)]) -> String {
    let width = facts.iter().map(|(name, _)| name.len()).max().unwrap_or(0) + 1;
    facts
        .iter()
        .filter(|(_, value)| !value.is_empty())
        .map(|(name, value)| format!("{:width$} {value}\n", format!("{name}:")))
        .collect()
}

/// Returns a field as text; nothing where it isn't there.
pub(super) fn text(value: &Value, field: &str) -> String {
    match value.get(field) {
        None | Some(Value::Null) => String::new(),
        Some(Value::String(text)) => shown(text),
        Some(Value::Bool(flag)) => (if *flag { "yes" } else { "no" }).to_owned(),
        Some(Value::Array(values)) => values
            .iter()
            .map(|value| value.as_str().map_or_else(|| value.to_string(), shown))
            .collect::<Vec<_>>()
            .join(", "),
        Some(other) => other.to_string(),
    }
}

/// Returns an address or a domain as people write it, with the domain in its own script; any other text as it is.
pub(super) fn shown(text: &str) -> String {
    if !text.contains("xn--") {
        text.to_owned()
    } else if let Ok(address) = Aor::parse(text) {
        address.to_unicode()
    } else {
        SipDomain::parse(text).map_or_else(|_| text.to_owned(), |domain| domain.to_unicode())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_as_wide_as_they_must_be() {
        let rows =
            vec![vec!["kim".to_owned(), "Kim Ø".to_owned()], vec!["chris.long".to_owned(), String::new()]];
        assert_eq!(table(&["NAME", "SHOWN"], &rows), "NAME        SHOWN\nkim         Kim Ø\nchris.long\n");
    }
}
