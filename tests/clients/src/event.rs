//! What a client reports: events as the driver prints them, and lines of its contact list.

use std::fmt;

use serde_json::Value;

/// One event of a client, a JSON object with the member `event`.
#[derive(Clone)]
pub struct Event(pub(crate) Value);

impl Event {
    /// The kind of the event, such as `im_received`.
    pub fn name(&self) -> &str {
        self.str("event")
    }

    /// A member that is text; empty when it is absent or null.
    pub fn str(&self, key: &str) -> &str {
        self.0.get(key).and_then(Value::as_str).unwrap_or_default()
    }

    /// A member that is a truth; false when it is absent.
    pub fn is(&self, key: &str) -> bool {
        self.0.get(key).and_then(Value::as_bool).unwrap_or_default()
    }

    /// Any member.
    pub fn get(&self, key: &str) -> Option<&Value> {
        self.0.get(key)
    }
}

impl fmt::Debug for Event {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = self.0.clone();
        if let Some(members) = shown.as_object_mut() {
            members.retain(|key, _| key != "seq" && key != "t");
        }
        write!(f, "{shown}")
    }
}

/// One line of a client's contact list, as Pidgin would show it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Buddy {
    /// The SIP address, with `sip:`.
    pub name: String,
    /// The shown name: that on the contact list, where SIPE writes the name that somebody has when they are added.
    pub alias: String,
    /// The name that the person has.
    pub own_name: String,
    /// The contact group.
    pub group: String,
    /// SIPE's name of the state: `available`, `busy`, `do-not-disturb`, `be-right-back`, `away`,
    /// `offline` and finer ones.
    pub status: String,
    /// The note, as plain text.
    pub note: String,
    /// Whether libpurple shows the person as idle.
    pub idle: bool,
    /// Whether the person is blocked by this client's user.
    pub blocked: bool,
    /// Everything else that SIPE's tooltip says, one `label: text` a line.
    pub tooltip: Vec<String>,
    /// What SIPE remembers of the contact card, by libpurple's setting names.
    pub card: Vec<(String, String)>,
}

impl Buddy {
    pub(crate) fn read(value: &Value) -> Self {
        let event = Event(value.clone());
        let tooltip = value
            .get("tooltip")
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
            .map(|line| {
                let line = Event(line.clone());
                format!("{}: {}", line.str("label"), line.str("text"))
            })
            .collect();
        let card = value
            .get("settings")
            .and_then(Value::as_object)
            .into_iter()
            .flatten()
            .filter_map(|(key, text)| Some((key.clone(), text.as_str()?.to_owned())))
            .collect();
        Self {
            name: event.str("name").to_owned(),
            alias: event.str("alias").to_owned(),
            own_name: event.str("server_alias").to_owned(),
            group: event.str("group").to_owned(),
            status: event.str("status").to_owned(),
            note: note(event.str("message_text"), event.str("status_name")).to_owned(),
            idle: event.is("idle"),
            blocked: event.is("denied") || event.is("blocked"),
            tooltip,
            card,
        }
    }
}

/// The note alone: SIPE shows it as "Busy - Back at three", and "Busy" alone where there is none.
fn note<'a>(text: &'a str, status: &str) -> &'a str {
    let rest = text.strip_prefix(status).unwrap_or(text);
    rest.strip_prefix(" - ").unwrap_or(if rest.is_empty() { "" } else { text })
}

#[cfg(test)]
mod tests {
    use super::note;

    #[test]
    fn a_note_is_told_from_the_state_before_it() {
        assert_eq!(note("Busy - Back at three", "Busy"), "Back at three");
        assert_eq!(note("Busy", "Busy"), "");
        assert_eq!(note("Back at three", "Available"), "Back at three");
        assert_eq!(note("Busyness", "Busy"), "Busyness");
    }
}
