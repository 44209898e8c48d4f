//! What a browser's person sees of others: the little of each view that is shown, shared with everybody who sees the
//! same.

use std::sync::Arc;

use rapport_core::presence::{AggregateState, Value, View};
use rapport_model::{Availability, AvailabilityClass, Moment, Timestamp, UserId};
use rapport_msbody::Fragment;
use rapport_msbody::xml::Reader;

use super::own::{Place, read_note};
use crate::web::types::{NoteKind, Presence};

/// The categories that a browser watches.
pub(crate) const CATEGORIES: [&str; 3] = ["contactCard", "note", "state"];

/// What is seen of one person. There are as many as there are contacts of all who are signed in, and few notes.
#[derive(Clone, Debug, Default)]
pub(crate) struct Seen {
    state: Option<(Timestamp, Arc<AggregateState>)>,
    note: Option<Box<Arc<str>>>,
}

/// What is seen of the people of one company, in the order of their numbers.
#[derive(Debug, Default)]
pub(crate) struct Watching(Vec<(UserId, Seen)>);

impl Watching {
    fn place(&self, user: UserId) -> Result<usize, usize> {
        self.0.binary_search_by_key(&user, |(known, _)| *known)
    }

    /// Makes room for so many more, and for no others.
    pub(crate) fn make_room(&mut self, more: usize) {
        self.0.reserve_exact(more);
    }

    pub(crate) fn insert(&mut self, user: UserId, seen: Seen) {
        match self.place(user) {
            Ok(at) => {
                if let Some((_, known)) = self.0.get_mut(at) {
                    *known = seen;
                }
            }
            Err(at) => self.0.insert(at, (user, seen)),
        }
    }

    pub(crate) fn get_mut(&mut self, user: UserId) -> Option<&mut Seen> {
        let at = self.place(user).ok()?;
        self.0.get_mut(at).map(|(_, seen)| seen)
    }

    /// Forgets somebody, and tells whether they were known.
    pub(crate) fn remove(&mut self, user: UserId) -> bool {
        self.place(user).map(|at| self.0.remove(at)).is_ok()
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (UserId, &Seen)> {
        self.0.iter().map(|(user, seen)| (*user, seen))
    }
}

impl Seen {
    /// Returns what a view shows.
    pub(crate) fn of(view: &View) -> Self {
        let mut seen = Self::default();
        seen.take(view);
        seen
    }

    /// Takes in the categories that changed, and tells whether the person may have another name now.
    pub(crate) fn take(&mut self, view: &View) -> bool {
        let mut is_renamed = false;
        for category in &view.categories {
            match category.name.as_str() {
                "state" => {
                    self.state = category.instances.iter().find_map(|(_, published, value)| match value {
                        Value::Aggregate(state) => Some((*published, state.clone())),
                        _ => None,
                    });
                }
                "note" => {
                    let notes = category.instances.iter().filter_map(|(_, _, value)| match value {
                        Value::Client { xml, .. } => Some((read_note(xml)?.1, xml)),
                        _ => None,
                    });
                    // The note of an absence goes before what the person said earlier.
                    let shown = notes.max_by_key(|(kind, _)| *kind == NoteKind::OutOfOffice);
                    self.note = shown.map(|(_, xml)| Box::new(xml.clone()));
                }
                "contactCard" => is_renamed = true,
                _ => {}
            }
        }
        is_renamed
    }

    /// Writes it for a browser.
    pub(crate) fn presence(&self, person: String, now: Moment) -> Presence {
        let state = self.state.as_ref().map(|(_, state)| state);
        let availability = state.map_or(Availability(0), |state| state.availability);
        let activity = state.and_then(|state| state.activity.as_ref());
        let is_there =
            !matches!(availability.class(), AvailabilityClass::Offline | AvailabilityClass::Undefined);
        let note = self.note.as_deref().and_then(|xml| read_note(xml));
        let note_kind = note.as_ref().map(|(_, kind)| *kind);
        let until = state.and_then(|state| state.until);
        let place = state.map(|state| Place::new(&state.location, &state.timezone)).unwrap_or_default();
        Presence {
            person,
            availability: availability.into(),
            activity: activity.map(|a| a.token.to_string()).filter(|token| !token.is_empty()),
            activity_text: activity.and_then(|a| custom_text(&a.custom_xml)),
            note_kind,
            out_of_office: note_kind == Some(NoteKind::OutOfOffice)
                || activity.is_some_and(|activity| &*activity.token == "out-of-office"),
            note: note.map(|(text, _)| text),
            since: self.state.as_ref().map(|(since, _)| written(*since)),
            device: state.and_then(|state| state.device).map(Into::into),
            until: until.map(|end| written(Timestamp(end.0 - now.steady.0 + now.wall.0))),
            last_active_at: state.and_then(|state| state.last_active).map(written),
            location: place.location().filter(|words| !words.is_empty()),
            utc_offset_minutes: place.utc_offset_minutes(),
            capabilities: if is_there { vec!["im".to_owned()] } else { Vec::new() },
            known: self.state.is_some(),
        }
    }
}

/// Writes a moment as the API has it.
pub(crate) fn written(at: Timestamp) -> String {
    format!("{}Z", at.to_publish_time())
}

/// The first text of an activity in the person's own words.
fn custom_text(xml: &str) -> Option<String> {
    let first = xml.find("</custom>").and_then(|end| xml.get(..end + "</custom>".len()))?;
    let fragment = Fragment::parse(first).ok()?;
    text_of(fragment.as_str(), "custom")
}

/// The words of an element that has nothing but words; none when there are none.
pub(super) fn text_of(xml: &str, name: &'static str) -> Option<String> {
    let mut reader = Reader::new(xml.as_bytes()).ok()?;
    reader.expect_root(name).ok()?;
    let text = reader.text().ok()?.trim().to_owned();
    (!text.is_empty()).then_some(text)
}

#[cfg(test)]
mod tests {
    use rapport_core::presence::{Activity, CategoryName, CategoryView};

    use super::*;
    use crate::web::types;

    #[test]
    fn what_changed_is_taken_in_and_the_rest_stays() {
        let state = AggregateState {
            availability: Availability::BUSY,
            activity: Some(Activity {
                token: "".into(),
                custom_xml: "<custom LCID=\"1033\">With a guest</custom><custom>x</custom>".into(),
                min: None,
                max: None,
            }),
            ..AggregateState::offline(None)
        };
        let category = |name: &str, values: Vec<Value>| CategoryView {
            name: CategoryName::new(name),
            instances: (0..).zip(values).map(|(n, value)| (n, Timestamp(1_767_600_000_123), value)).collect(),
        };
        let note = |kind: &str, text: &str| Value::Client {
            xml: format!("<note><body type=\"{kind}\">{text}</body></note>").into(),
            state: None,
            device: None,
        };
        let mut seen = Seen::of(&View {
            categories: vec![
                category("note", vec![note("personal", "here"), note("OOF", "not here")]),
                category("state", vec![Value::Aggregate(state.into())]),
            ],
        });
        let presence = seen.presence("u1".to_owned(), Timestamp(0).into());
        assert_eq!(presence.availability, types::Availability::Busy);
        assert_eq!(presence.activity_text.as_deref(), Some("With a guest"));
        assert_eq!(
            (presence.note.as_deref(), presence.note_kind),
            (Some("not here"), Some(NoteKind::OutOfOffice))
        );
        assert_eq!(presence.since.as_deref(), Some("2026-01-05T08:00:00.123Z"));
        let gone = View { categories: vec![category("note", vec![])] };
        assert!(!seen.take(&gone));
        let presence = seen.presence("u1".to_owned(), Timestamp(0).into());
        assert_eq!((presence.note, presence.availability), (None, types::Availability::Busy));
    }
}
