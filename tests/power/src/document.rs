//! Elements of the documents that the server sends, as far as these tests compare them.

use std::collections::BTreeMap;

/// An element with what stands between its tags.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Element {
    attributes: BTreeMap<String, String>,
    /// What stands between its tags, as it was sent.
    pub content: String,
}

impl Element {
    /// An attribute; empty when there is none.
    pub fn text(&self, name: &str) -> &str {
        self.attributes.get(name).map_or("", String::as_str)
    }

    /// An attribute that is a number.
    ///
    /// # Panics
    /// When it is none: the server's documents are what the test is about.
    pub fn number(&self, name: &str) -> u32 {
        self.text(name).parse().unwrap_or_else(|_| panic!("{name} is no number in {self:?}"))
    }
}

/// Every element of that name, in order. Elements of the same name within each other are not told apart: the documents
/// here have none.
pub fn elements(document: &str, name: &str) -> Vec<Element> {
    let open = format!("<{name} ");
    document
        .split(&open)
        .skip(1)
        .map(|rest| {
            let (start, after) = rest.split_once('>').unwrap_or((rest, ""));
            let content = match start.strip_suffix('/') {
                Some(_) => "",
                None => after.split(&format!("</{name}>")).next().unwrap_or_default(),
            };
            Element { attributes: attributes(start), content: content.to_owned() }
        })
        .collect()
}

fn attributes(start: &str) -> BTreeMap<String, String> {
    let parts: Vec<&str> = start.split('"').collect();
    let name = |text: &str| text.trim().trim_end_matches('=').to_owned();
    parts.chunks_exact(2).map(|pair| (name(pair[0]), pair[1].to_owned())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn elements_are_found_with_attributes_and_content() {
        let document = "<a n=\"1\"><b x=\"y z\"/><b x=\"\">in</b></a>";
        let found = elements(document, "b");
        assert_eq!(
            found.iter().map(|b| (b.text("x"), &*b.content)).collect::<Vec<_>>(),
            [("y z", ""), ("", "in")]
        );
        assert_eq!(elements(document, "a")[0].number("n"), 1);
    }
}
