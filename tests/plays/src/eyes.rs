//! What a client has been told: of others' presence, of its own, and of its contact list.
//!
//! It reads the documents as a client must: a category that comes replaces what was known of it. Nothing here parses
//! XML; the plays' values need none of its subtleties.

use std::collections::BTreeMap;

/// What one endpoint knows.
#[derive(Debug, Default)]
pub(crate) struct Eyes {
    /// Of each person by address, each category by name: what stands in its instances.
    others: BTreeMap<String, BTreeMap<String, String>>,
    /// Every availability that was ever seen of a person.
    pub(crate) seen: BTreeMap<String, Vec<u32>>,
    /// Its own publications: category, container, instance.
    own: BTreeMap<(String, u32, u32), Own>,
    /// The version of each container's membership.
    containers: BTreeMap<u32, u32>,
    /// The number of the contact list.
    pub(crate) delta: u32,
}

#[derive(Debug)]
struct Own {
    version: u32,
    content: String,
}

impl Eyes {
    /// Reads a body of the server.
    pub(crate) fn read(&mut self, body: &[u8]) {
        let Ok(body) = std::str::from_utf8(body) else { return };
        if body.contains("<roamingData") {
            self.read_own(body);
        } else {
            for (head, inner) in elements(body, "categories") {
                self.read_other(head, inner);
            }
        }
        for name in ["contactList", "contactDelta"] {
            for (head, _) in elements(body, name) {
                if let Some(delta) = number(head, "deltaNum") {
                    self.delta = delta;
                }
            }
        }
    }

    /// The availability of a person, as far as it is known.
    pub(crate) fn availability(&self, person: &str) -> Option<u32> {
        availability(self.others.get(person)?.get("state")?)
    }

    /// What is known of a category of a person.
    pub(crate) fn category(&self, person: &str, name: &str) -> &str {
        self.others.get(person).and_then(|of| of.get(name)).map_or("", String::as_str)
    }

    /// The version of its own publication; 0 for none.
    pub(crate) fn version(&self, category: &str, container: u32, instance: u32) -> u32 {
        self.own.get(&(category.to_owned(), container, instance)).map_or(0, |own| own.version)
    }

    /// Whether a publication of its own contains this.
    pub(crate) fn own_contains(&self, category: &str, text: &str) -> bool {
        self.own.iter().any(|((name, ..), own)| name == category && own.content.contains(text))
    }

    /// The version of a container's membership.
    pub(crate) fn container(&self, id: u32) -> u32 {
        self.containers.get(&id).copied().unwrap_or(0)
    }

    fn read_other(&mut self, head: &str, inner: &str) {
        let Some(uri) = text(head, "uri") else { return };
        let person = uri.trim_start_matches("sip:").to_lowercase();
        let known = self.others.entry(person.clone()).or_default();
        let mut fresh: BTreeMap<String, String> = BTreeMap::new();
        for (head, content) in elements(inner, "category") {
            let Some(name) = text(head, "name") else { continue };
            fresh.entry(name.to_owned()).or_default().push_str(content);
        }
        if let Some(availability) = fresh.get("state").and_then(|state| availability(state)) {
            self.seen.entry(person).or_default().push(availability);
        }
        known.extend(fresh);
    }

    fn read_own(&mut self, body: &str) {
        let mut replaced = Vec::new();
        for (head, content) in elements(body, "category") {
            let (Some(name), Some(container)) = (text(head, "name"), number(head, "container")) else {
                continue;
            };
            let place = (name.to_owned(), container);
            if !replaced.contains(&place) {
                self.own.retain(|(category, at, _), _| (category, *at) != (&place.0, place.1));
                replaced.push(place);
            }
            if let (Some(instance), Some(version)) = (number(head, "instance"), number(head, "version")) {
                let own = Own { version, content: content.to_owned() };
                self.own.insert((name.to_owned(), container, instance), own);
            }
        }
        for (head, _) in elements(body, "container") {
            if let (Some(id), Some(version)) = (number(head, "id"), number(head, "version")) {
                self.containers.insert(id, version);
            }
        }
    }
}

/// The version that a refused publication should have been made on.
pub(crate) fn current_version(body: &[u8]) -> Option<u32> {
    let body = std::str::from_utf8(body).ok()?;
    let (head, _) = elements(body, "operation").first().copied()?;
    number(head, "curVersion")
}

fn availability(state: &str) -> Option<u32> {
    let (_, rest) = state.split_once("<availability>")?;
    rest.split_once('<')?.0.trim().parse().ok()
}

/// The elements of that name: the attributes of each, and what is inside.
fn elements<'a>(body: &'a str, name: &str) -> Vec<(&'a str, &'a str)> {
    let (open, close) = (format!("<{name}"), format!("</{name}>"));
    let mut found = Vec::new();
    let mut rest = body;
    while let Some(at) = rest.find(&open) {
        rest = rest.get(at + open.len()..).unwrap_or_default();
        if !rest.starts_with([' ', '>', '/']) {
            continue;
        }
        let Some((head, inner)) = rest.split_once('>') else { break };
        if head.ends_with('/') {
            found.push((head, ""));
            rest = inner;
        } else {
            let Some((inner, behind)) = inner.split_once(&close) else { break };
            found.push((head, inner));
            rest = behind;
        }
    }
    found
}

fn text<'a>(head: &'a str, name: &str) -> Option<&'a str> {
    let (_, rest) = head.split_once(&format!(" {name}=\""))?;
    Some(rest.split_once('"')?.0)
}

fn number(head: &str, name: &str) -> Option<u32> {
    text(head, name)?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_category_that_comes_replaces_what_was_known_of_it() {
        let mut eyes = Eyes::default();
        let body = |state: &str| {
            format!(
                "--x\r\n\r\n<categories uri=\"sip:Chris@example.com\"><category name=\"state\" instance=\"1\">\
                 <state><availability>{state}</availability></state></category><category name=\"note\"/></categories>"
            )
        };
        eyes.read(body("3500").as_bytes());
        eyes.read(body("6500").as_bytes());
        assert_eq!(eyes.availability("chris@example.com"), Some(6500));
        assert_eq!(eyes.seen["chris@example.com"], [3500, 6500]);
    }

    #[test]
    fn own_publications_have_versions_and_go_when_their_place_is_empty() {
        let mut eyes = Eyes::default();
        eyes.read(
            b"<roamingData><categories uri=\"sip:kim@example.com\"><category name=\"note\" instance=\"0\" \
              container=\"400\" version=\"3\">hi</category></categories><containers><container id=\"32000\" \
              version=\"2\"><member/></container></containers></roamingData>",
        );
        assert_eq!((eyes.version("note", 400, 0), eyes.container(32_000)), (3, 2));
        eyes.read(b"<roamingData><categories><category name=\"note\" container=\"400\"/></categories></roamingData>");
        assert_eq!(eyes.version("note", 400, 0), 0);
    }
}
