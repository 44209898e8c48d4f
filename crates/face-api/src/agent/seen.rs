//! What a browser's person sees of others: the little of each view that is shown, shared with everybody who sees the
//! same.

use std::sync::Arc;

use rapport_core::presence::{AggregateState, Value, View};
use rapport_model::{Availability, AvailabilityClass, Moment, TenantId, Timestamp, UserId};
use rapport_msbody::Fragment;
use rapport_msbody::xml::Reader;

use super::own::{Place, read_note};
use crate::web::types::{NoteKind, Presence};

/// The categories that a browser watches.
pub(crate) const CATEGORIES: [&str; 3] = ["contactCard", "note", "state"];

/// The activity of whom their calendar, or their mail, has out of office.
const OUT_OF_OFFICE: &str = "out-of-office";

/// What is seen of one person.
#[derive(Clone, Debug, Default)]
pub(crate) struct Seen {
    state: Option<(Second, Arc<AggregateState>)>,
    note: Option<Arc<str>>,
}

/// Whole seconds since 1970: as exactly as people ask since when somebody is away.
#[derive(Clone, Copy, Debug, Default)]
struct Second(u32);

impl From<Timestamp> for Second {
    fn from(at: Timestamp) -> Self {
        Self(u32::try_from(at.0.max(0) / 1000).unwrap_or(u32::MAX))
    }
}

impl From<Second> for Timestamp {
    fn from(at: Second) -> Self {
        Self(i64::from(at.0) * 1000)
    }
}

/// What is seen of the people of one company. There are as many as there are contacts of all who are signed in, and few
/// notes.
#[derive(Debug)]
pub(crate) struct Watching {
    tenant: TenantId,
    /// In the order of their numbers.
    people: Vec<Watched>,
    /// Of those who have one, in the same order.
    notes: Vec<(u32, Arc<str>)>,
}

/// A person's number, and what is seen of them beside the note: no more than sixteen octets.
#[derive(Debug)]
struct Watched {
    user: u32,
    since: Second,
    state: Option<Arc<AggregateState>>,
}

impl Watching {
    pub(crate) const fn new(tenant: TenantId) -> Self {
        Self { tenant, people: Vec::new(), notes: Vec::new() }
    }

    fn place(&self, user: UserId) -> Result<usize, usize> {
        self.people.binary_search_by_key(&user.user, |known| known.user)
    }

    fn note(&self, user: u32) -> Result<usize, usize> {
        self.notes.binary_search_by_key(&user, |(known, _)| *known)
    }

    /// Makes room for so many more, and for no others.
    pub(crate) fn make_room(&mut self, more: usize) {
        self.people.reserve_exact(more);
    }

    pub(crate) fn insert(&mut self, user: UserId, seen: Seen) {
        let (since, state) = seen.state.map_or((Second(0), None), |(since, state)| (since, Some(state)));
        let watched = Watched { user: user.user, since, state };
        match self.place(user) {
            Ok(at) => {
                if let Some(known) = self.people.get_mut(at) {
                    *known = watched;
                }
            }
            Err(at) => self.people.insert(at, watched),
        }
        match (self.note(user.user), seen.note) {
            (Ok(at), Some(note)) => {
                if let Some(known) = self.notes.get_mut(at) {
                    known.1 = note;
                }
            }
            (Err(at), Some(note)) => self.notes.insert(at, (user.user, note)),
            (Ok(at), None) => drop(self.notes.remove(at)),
            (Err(_), None) => {}
        }
    }

    pub(crate) fn is_watched(&self, user: UserId) -> bool {
        self.place(user).is_ok()
    }

    pub(crate) fn get(&self, user: UserId) -> Option<Seen> {
        self.people.get(self.place(user).ok()?).map(|watched| self.seen(watched))
    }

    /// Forgets somebody, and tells whether they were known.
    pub(crate) fn remove(&mut self, user: UserId) -> bool {
        if let Ok(at) = self.note(user.user) {
            self.notes.remove(at);
        }
        self.place(user).map(|at| self.people.remove(at)).is_ok()
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (UserId, Seen)> {
        let user = |watched: &Watched| UserId { tenant: self.tenant, user: watched.user };
        self.people.iter().map(move |watched| (user(watched), self.seen(watched)))
    }

    fn seen(&self, watched: &Watched) -> Seen {
        let note = self.note(watched.user).ok().and_then(|at| self.notes.get(at));
        Seen {
            state: watched.state.clone().map(|state| (watched.since, state)),
            note: note.map(|(_, note)| note.clone()),
        }
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
                        Value::Aggregate(state) => Some(((*published).into(), state.clone())),
                        _ => None,
                    });
                }
                "note" => {
                    let notes = category.instances.iter().filter_map(|(_, _, value)| match value {
                        Value::Client { xml, .. } => Some((read_note(xml)?.kind, xml)),
                        _ => None,
                    });
                    // The note of an absence goes before what the person said earlier.
                    let shown = notes.max_by_key(|(kind, _)| *kind == NoteKind::OutOfOffice);
                    self.note = shown.map(|(_, xml)| xml.clone());
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
        let note = self.note.as_deref().and_then(read_note);
        let note_kind = note.as_ref().map(|note| note.kind);
        let until = state.and_then(|state| state.until).map(|until| until.on_wall(now));
        let is_absence = activity.is_some_and(|activity| &*activity.token == OUT_OF_OFFICE);
        // Where the calendar tells nothing of an absence that is shown, its note may.
        let of_absence = note.as_ref().filter(|note| is_absence && note.kind == NoteKind::OutOfOffice);
        let until = until.or_else(|| of_absence?.end.filter(|end| *end > now.wall));
        let place = state.map(|state| Place::new(&state.location, &state.timezone)).unwrap_or_default();
        Presence {
            person,
            availability: availability.into(),
            activity: activity.map(|a| a.token.to_string()).filter(|token| !token.is_empty()),
            activity_text: activity.and_then(|a| custom_text(&a.custom_xml)),
            note_kind,
            out_of_office: note_kind == Some(NoteKind::OutOfOffice) || is_absence,
            note: note.map(|note| note.text),
            since: self.state.as_ref().map(|(since, _)| written((*since).into())),
            device: state.and_then(|state| state.device).map(Into::into),
            until: until.map(written),
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
    use rapport_core::presence::{Activity, CategoryName, CategoryView, Facts, Until};

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
            facts: Facts::None,
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
        assert_eq!(presence.since.as_deref(), Some("2026-01-05T08:00:00.000Z"));
        let gone = View { categories: vec![category("note", vec![])] };
        assert!(!seen.take(&gone));
        let presence = seen.presence("u1".to_owned(), Timestamp(0).into());
        assert_eq!((presence.note, presence.availability), (None, types::Availability::Busy));
    }

    #[test]
    fn an_absence_that_is_shown_ends_with_its_note_where_the_calendar_does_not_say_when() {
        let end = Timestamp(1_768_000_000_000);
        let before = Timestamp(end.0 - 1);
        let check =
            |activity: &str, calendar: Option<Timestamp>, kind: &str, now, want: Option<Timestamp>| {
                let state = AggregateState {
                    availability: Availability::AWAY,
                    activity: Some(Activity {
                        token: activity.into(),
                        custom_xml: "".into(),
                        min: None,
                        max: None,
                    }),
                    until: calendar.map(Until::Calendar),
                    ..AggregateState::offline(None)
                };
                let note =
                    format!("<note><body type=\"{kind}\" endTime=\"{}\">bye</body></note>", written(end));
                let seen = Seen { state: Some((Second(7), state.into())), note: Some(note.into()) };
                let until = seen.presence("u1".to_owned(), Moment::from(now)).until;
                assert_eq!(until, want.map(written), "{activity} {calendar:?} {kind} {now:?}");
            };
        check(OUT_OF_OFFICE, None, "OOF", before, Some(end));
        check(OUT_OF_OFFICE, None, "OOF", end, None);
        check(OUT_OF_OFFICE, None, "personal", before, None);
        check("in-a-meeting", None, "OOF", before, None);
        let earlier = Timestamp(end.0 - 100_000);
        check(OUT_OF_OFFICE, Some(earlier), "OOF", Timestamp(0), Some(earlier));
    }

    #[test]
    fn each_person_is_kept_with_their_note_and_without_it() {
        let user = |user| UserId { tenant: TenantId(1), user };
        let seen = |note: Option<&str>| {
            let state = AggregateState { availability: Availability::BUSY, ..AggregateState::offline(None) };
            Seen { state: Some((Second(7), state.into())), note: note.map(Into::into) }
        };
        let mut watching = Watching::new(TenantId(1));
        let kept = |watching: &Watching| -> Vec<(u32, Option<u32>, Option<String>)> {
            let kept = watching.iter().map(|(user, seen)| {
                (user.user, seen.state.map(|(since, _)| since.0), seen.note.map(|note| note.to_string()))
            });
            kept.collect()
        };
        for (number, note) in [(3, None), (1, Some("one")), (2, Some("two"))] {
            watching.insert(user(number), seen(note));
        }
        watching.insert(user(4), Seen::default());
        let note = |words: &str| Some(words.to_owned());
        assert_eq!(
            kept(&watching),
            [(1, Some(7), note("one")), (2, Some(7), note("two")), (3, Some(7), None), (4, None, None)]
        );
        watching.insert(user(1), seen(None));
        watching.insert(user(2), seen(Some("other")));
        watching.insert(user(3), seen(Some("three")));
        assert!(watching.remove(user(2)) && !watching.remove(user(2)));
        assert!(watching.is_watched(user(3)) && !watching.is_watched(user(2)));
        watching.insert(user(2), seen(None));
        let left = [(1, Some(7), None), (2, Some(7), None), (3, Some(7), note("three")), (4, None, None)];
        assert_eq!(kept(&watching), left);
        assert_eq!(size_of::<Watched>(), 16, "there are as many as contacts of all who are signed in");
    }
}
