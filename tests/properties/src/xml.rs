//! The XML reader: no document makes it hold more than its limits, what it captures stands alone, and what it escapes
//! reads back.

use rapport_msbody::xml::{Limits, Reader, attribute, element};
use rapport_msbody::{BodyError, Fragment};

/// Limits that a short input can reach.
const SMALL: Limits = Limits {
    body: 2048,
    depth: 6,
    elements: 24,
    attributes: 6,
    namespaces: 3,
    namespaces_in_force: 6,
    text: 256,
};

/// The first byte chooses the limits, the second what is done with each element; the rest is the document.
pub(crate) fn check(data: &[u8]) {
    let Some((&[small, choice], body)) = data.split_first_chunk::<2>() else { return };
    let limits = if small & 1 == 0 { Limits::WIRE } else { SMALL };
    match walk(body, limits, choice) {
        Ok(()) => {}
        Err(error) => {
            assert!(error.at <= body.len(), "an error stands in the document: {error}");
            assert!(!error.to_string().is_empty());
        }
    }
    if let Ok(text) = std::str::from_utf8(body) {
        if let Ok(fragment) = Fragment::parse(text) {
            assert_eq!(Fragment::parse(fragment.as_str()).as_ref(), Ok(&fragment), "a fragment stands alone");
            let _ = fragment.is_empty_element();
        }
        escape(text);
    }
}

fn walk(body: &[u8], limits: Limits, choice: u8) -> Result<(), BodyError> {
    let mut reader = Reader::with_limits(body, limits)?;
    assert!(body.len() <= limits.body);
    let mut element = reader.root()?;
    let (mut depth, mut elements) = (1, 1);
    let mut state = u32::from(choice) | 1;
    loop {
        assert!(depth <= limits.depth && elements <= limits.elements);
        for (name, value) in reader.plain_attributes() {
            assert!(!name.is_empty() && value.len() <= limits.text);
            assert_eq!(reader.attribute(name).map(AsRef::as_ref), Some(value), "no name stands twice");
        }
        let _ = (reader.has_attributes(), reader.is_bare(), reader.number_attribute("a"));
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        let into = match state >> 30 {
            0 if choice & 2 != 0 => {
                assert!(reader.text()?.len() <= limits.text);
                false
            }
            1 if choice & 4 != 0 => {
                let fragment = reader.capture(element)?;
                stands_alone(&fragment);
                false
            }
            2 if choice & 8 != 0 => {
                reader.skip()?;
                false
            }
            _ => true,
        };
        if !into {
            depth -= 1;
        }
        element = loop {
            if depth == 0 {
                return reader.finish();
            }
            match reader.child()? {
                Some(child) => break child,
                None => depth -= 1,
            }
        };
        depth += 1;
        elements += 1;
    }
}

/// A fragment needs nothing of the document that it was taken from; it may be as deep as that was.
fn stands_alone(fragment: &Fragment) {
    // Declarations that it took along may make it longer than what was read.
    let roomy = Limits { body: 1 << 24, namespaces: 1024, attributes: 2048, ..Limits::WIRE };
    let again = Reader::with_limits(fragment.as_str().as_bytes(), roomy).and_then(|mut reader| {
        let root = reader.root()?;
        let again = reader.capture(root)?;
        reader.finish().map(|()| again)
    });
    assert_eq!(again.as_ref(), Ok(fragment), "{fragment}");
}

/// Text goes out and comes in as it was, but for what XML forbids.
fn escape(text: &str) {
    let allowed: String = text
        .chars()
        .filter(|c| !matches!(c, '\0'..='\u{8}' | '\u{b}' | '\u{c}' | '\u{e}'..='\u{1f}' | '\u{fffe}' | '\u{ffff}'))
        .collect();
    let mut out = String::from("<a");
    attribute(&mut out, "b", text);
    out.push('>');
    element(&mut out, "c", text);
    out.push_str("</a>");
    let roomy = Limits { text: 1 << 24, body: 1 << 24, ..Limits::WIRE };
    let mut reader = Reader::with_limits(out.as_bytes(), roomy).expect("we write XML");
    reader.root().expect("we write XML");
    assert_eq!(reader.attribute("b").map(AsRef::as_ref), Some(allowed.as_str()));
    reader.child().expect("we write XML").expect("a child");
    assert_eq!(reader.text().expect("we write XML"), allowed);
    assert!(reader.child().expect("we write XML").is_none());
    reader.finish().expect("we write XML");
}
