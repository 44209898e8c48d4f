//! What a person publishes from a browser: whether it is used, what they have chosen, their note ([MS-PRES] 2.2.2;
//! presence-im 1.4, 1.5). Written as the desktop clients write it, so that they read it as theirs.

use std::ops::RangeInclusive;
use std::sync::Arc;

use rapport_core::presence::{
    CategoryName, Document, Facts, Lifetime, NewPublication, PublicationAction, PublicationKey, State,
    StateKind, Value,
};
use rapport_fabric::{Binding, Fabric};
use rapport_model::{
    Availability, AvailabilityClass, ContainerId, DeviceKind, EndpointId, Epid, Moment, Scope, Timestamp,
};
use rapport_msbody::value::{time_zone, time_zone_bias};
use rapport_msbody::xml::{Reader, escape_text};
use rapport_service::{Error, Services, Wire};

use super::seen::text_of;
use crate::web::types::{Chosen, NoteKind};

/// The instance under which a person's own choice stands.
const USER_STATE: u32 = 0x2000_0000;
/// The containers whose states are added up.
const AGGREGATED: [ContainerId; 2] = [ContainerId::AGGREGATION, ContainerId::TEAM_AGGREGATION];
/// The containers that show a note.
const NOTED: [ContainerId; 3] = [ContainerId::COMPANY, ContainerId::TEAM, ContainerId::PERSONAL];
/// By how many minutes clocks are ahead of UTC.
pub(crate) const UTC_OFFSETS: RangeInclusive<i16> = -14 * 60..=14 * 60;
/// How often a lost race is redone.
const ATTEMPTS: u32 = 8;

/// Publishes what `make` asks for of the document as it is, again when another program was faster. Returns the document
/// after it.
///
/// # Errors
/// `Refused`, `Unavailable`.
pub(crate) async fn publish<F: Fabric<Message = Wire>>(
    services: &Services<F>,
    scope: &Scope,
    by: Binding,
    make: impl Fn(&Document) -> Vec<NewPublication> + Send,
) -> Result<Arc<Document>, Error> {
    for _ in 0..ATTEMPTS {
        let document = services.presence.own_document(scope, by.endpoint.user).await?;
        let batch = make(&document);
        if batch.is_empty() {
            return Ok(document);
        }
        match services.presence.publish(scope, by, &batch).await {
            Ok(published) => {
                services.presence.announce(scope, published.announce).await;
                return Ok(published.document);
            }
            Err(Error::Versions(_)) => {}
            Err(error) => return Err(error),
        }
    }
    Err(Error::Unavailable("the presence document is changing too often".to_owned()))
}

/// Where a person is with a program, as its state says it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Place {
    /// The element `endpointLocation`; empty for none.
    location: Arc<str>,
    /// As a `device` has it; empty for none.
    timezone: Arc<str>,
}

impl Place {
    pub(super) fn new(location: &Arc<str>, timezone: &Arc<str>) -> Self {
        Self { location: location.clone(), timezone: timezone.clone() }
    }

    /// Returns the place of these words, whose clock is ahead of UTC by so many minutes.
    pub(crate) fn of(location: &str, utc_offset_minutes: Option<i16>) -> Self {
        let timezone = utc_offset_minutes.map(|minutes| time_zone(-i32::from(minutes)).into());
        let mut xml = String::new();
        if !location.is_empty() {
            xml.push_str("<endpointLocation xmlns=\"http://schemas.microsoft.com/2006/09/sip/state\">");
            escape_text(&mut xml, location);
            xml.push_str("</endpointLocation>");
        }
        Self { location: xml.into(), timezone: timezone.unwrap_or_default() }
    }

    /// Returns its words.
    pub(crate) fn location(&self) -> Option<String> {
        text_of(&self.location, "endpointLocation")
    }

    /// Returns by how many minutes its clock is ahead of UTC, where that is a time zone of this world.
    pub(crate) fn utc_offset_minutes(&self) -> Option<i16> {
        let ahead = i16::try_from(-time_zone_bias(&self.timezone)?).ok()?;
        UTC_OFFSETS.contains(&ahead).then_some(ahead)
    }
}

/// Says how the browser is used, where it said to be before.
pub(crate) fn machine_state(
    document: &Document,
    epid: &Epid,
    by: EndpointId,
    availability: Availability,
) -> Vec<NewPublication> {
    machine(document, epid, by, availability, &place_of(document, by))
}

/// Says where the person is with the browser; nothing when it has said so before.
pub(crate) fn moved(document: &Document, epid: &Epid, by: EndpointId, place: &Place) -> Vec<NewPublication> {
    match machine_of(document, by) {
        Some(availability) if place_of(document, by) != *place => {
            machine(document, epid, by, availability, place)
        }
        _ => Vec::new(),
    }
}

fn machine(
    document: &Document,
    epid: &Epid,
    by: EndpointId,
    availability: Availability,
    place: &Place,
) -> Vec<NewPublication> {
    let head = epid.as_str().bytes().fold(0u32, |sum, byte| sum.wrapping_mul(31).wrapping_add(byte.into()));
    let instance = 0x3000_0000 | (head >> 4);
    let value = state(StateKind::Machine, false, availability, place);
    let put = |container| {
        let key = PublicationKey::new(CategoryName::state(), container, instance);
        put(document, key, Lifetime::Endpoint(by), value.clone())
    };
    AGGREGATED.into_iter().map(put).collect()
}

/// Says what the person has chosen, in the place of whatever any of their programs said of it before.
pub(crate) fn chosen_state(document: &Document, chosen: Chosen, lifetime: Lifetime) -> Vec<NewPublication> {
    let mut batch = Vec::new();
    let (wanted, category) = (availability_of(chosen), CategoryName::state());
    for container in AGGREGATED {
        let earlier = document.instances(&category, container).filter(|(instance, publication)| {
            matches!(&publication.value, Value::Client { facts: Facts::State(state), .. } if state.kind == StateKind::User)
                && (wanted.is_none() || *instance != USER_STATE)
        });
        let keys =
            earlier.map(|(instance, _)| PublicationKey::new(CategoryName::state(), container, instance));
        batch.extend(keys.map(|key| delete(document, key)));
        if let Some(availability) = wanted {
            let key = PublicationKey::new(CategoryName::state(), container, USER_STATE);
            batch.push(put(
                document,
                key,
                lifetime,
                state(StateKind::User, true, availability, &Place::default()),
            ));
        }
    }
    batch
}

/// Says the person's note, or takes it away.
pub(crate) fn note(document: &Document, text: &str, lifetime: Lifetime) -> Vec<NewPublication> {
    let mut xml = String::from(
        "<note xmlns=\"http://schemas.microsoft.com/2006/09/sip/note\"><body type=\"personal\" uri=\"\">",
    );
    escape_text(&mut xml, text);
    xml.push_str("</body></note>");
    let value = Value::Client { xml: xml.into(), facts: Facts::None };
    let of = |container| {
        let key = PublicationKey::new(CategoryName::note(), container, 0);
        if !text.is_empty() {
            Some(put(document, key, lifetime, value.clone()))
        } else if document.publications.contains_key(&key) {
            Some(delete(document, key))
        } else {
            None
        }
    };
    NOTED.into_iter().filter_map(of).collect()
}

/// Returns what the person has chosen, and until when on the wall clock.
pub(crate) fn chosen(document: &Document, now: Moment) -> (Chosen, Option<Timestamp>) {
    let category = CategoryName::state();
    let states = document.instances(&category, ContainerId::AGGREGATION);
    let choices = states.filter_map(|(instance, publication)| match &publication.value {
        Value::Client { facts: Facts::State(state), .. } if state.kind == StateKind::User => {
            Some((publication.published, instance, state.availability?, publication.lifetime))
        }
        _ => None,
    });
    let Some((_, _, availability, lifetime)) = choices.max_by_key(|choice| (choice.0, choice.1)) else {
        return (Chosen::Automatic, None);
    };
    let until = lifetime.end().map(|end| Timestamp(end.0 - now.steady.0 + now.wall.0));
    let chosen = match availability.class() {
        AvailabilityClass::Undefined => Chosen::Automatic,
        AvailabilityClass::Available | AvailabilityClass::AvailableIdle => Chosen::Available,
        AvailabilityClass::Busy | AvailabilityClass::BusyIdle => Chosen::Busy,
        AvailabilityClass::DoNotDisturb => Chosen::DoNotDisturb,
        AvailabilityClass::BeRightBack => Chosen::BeRightBack,
        AvailabilityClass::Away => Chosen::Away,
        AvailabilityClass::Offline => Chosen::AppearOffline,
    };
    (chosen, until)
}

/// Returns the person's own note.
pub(crate) fn own_note(document: &Document) -> String {
    let notes = NOTED.into_iter().rev().filter_map(|container| {
        let key = PublicationKey::new(CategoryName::note(), container, 0);
        match &document.publications.get(&key)?.value {
            Value::Client { xml, .. } => read_note(xml).map(|note| note.text),
            _ => None,
        }
    });
    notes.into_iter().find(|text| !text.is_empty()).unwrap_or_default()
}

/// A note as clients publish it.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Note {
    pub(crate) text: String,
    pub(crate) kind: NoteKind,
    /// Until when it holds, on the wall clock, where it says so.
    pub(crate) end: Option<Timestamp>,
}

/// Reads a note as clients publish it; none when there are no words in it.
pub(crate) fn read_note(xml: &str) -> Option<Note> {
    let mut reader = Reader::new(xml.as_bytes()).ok()?;
    reader.expect_root("note").ok()?;
    while let Some(child) = reader.child().ok()? {
        if child.local != "body" {
            reader.skip().ok()?;
            continue;
        }
        let is_absence = reader.attribute("type").is_some_and(|kind| kind.eq_ignore_ascii_case("OOF"));
        let end = reader.attribute("endTime").and_then(|end| Timestamp::parse(end));
        let text = reader.text().ok()?.trim().to_owned();
        let kind = if is_absence { NoteKind::OutOfOffice } else { NoteKind::Personal };
        return (!text.is_empty()).then_some(Note { text, kind, end });
    }
    None
}

/// Returns what an endpoint says of its use.
pub(crate) fn machine_of(document: &Document, endpoint: EndpointId) -> Option<Availability> {
    said_by(document, endpoint)?.availability
}

/// Returns where an endpoint says that the person is.
pub(crate) fn place_of(document: &Document, endpoint: EndpointId) -> Place {
    let said = said_by(document, endpoint);
    said.map(|state| Place::new(&state.location, &state.timezone)).unwrap_or_default()
}

fn said_by(document: &Document, endpoint: EndpointId) -> Option<&State> {
    let states = document.publications.iter().filter(|(key, publication)| {
        key.category == CategoryName::state()
            && key.container == ContainerId::AGGREGATION
            && publication.publisher == Some(endpoint)
    });
    states
        .filter_map(|(_, publication)| match &publication.value {
            Value::Client { facts: Facts::State(state), .. } if state.kind == StateKind::Machine => {
                Some(&**state)
            }
            _ => None,
        })
        .next()
}

const fn availability_of(chosen: Chosen) -> Option<Availability> {
    Some(match chosen {
        Chosen::Automatic => return None,
        Chosen::Available => Availability::AVAILABLE,
        Chosen::Busy => Availability::BUSY,
        Chosen::DoNotDisturb => Availability::DO_NOT_DISTURB,
        Chosen::BeRightBack => Availability::BE_RIGHT_BACK,
        Chosen::Away => Availability::AWAY,
        Chosen::AppearOffline => Availability::OFFLINE,
    })
}

fn state(kind: StateKind, manual: bool, availability: Availability, place: &Place) -> Value {
    let name = if kind == StateKind::Machine { "machineState" } else { "userState" };
    let location = if place.location.is_empty() { "<endpointLocation/>" } else { &*place.location };
    let xml = format!(
        "<state xmlns=\"http://schemas.microsoft.com/2006/09/sip/state\" manual=\"{manual}\" \
         xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\" xsi:type=\"{name}\"><availability>{}\
         </availability>{location}</state>",
        availability.0
    );
    let Place { location, timezone } = place.clone();
    let device = (kind == StateKind::Machine).then_some(DeviceKind::Web);
    let state = State {
        kind,
        manual,
        availability: Some(availability),
        activity: None,
        start: None,
        location,
        timezone,
        device,
    };
    Value::Client { xml: xml.into(), facts: Facts::State(Box::new(state)) }
}

fn put(document: &Document, key: PublicationKey, lifetime: Lifetime, value: Value) -> NewPublication {
    let version = version(document, &key);
    NewPublication { key, version, action: PublicationAction::Publish { lifetime, value } }
}

fn delete(document: &Document, key: PublicationKey) -> NewPublication {
    let version = version(document, &key);
    NewPublication { key, version, action: PublicationAction::Delete }
}

fn version(document: &Document, key: &PublicationKey) -> u32 {
    document.publications.get(key).map_or(0, |publication| publication.version)
}

#[cfg(test)]
mod tests {
    use rapport_msbody::state::{StateFacts, StateKind as WireKind};

    use super::*;

    #[test]
    fn the_facts_of_a_state_are_those_that_its_xml_says() {
        for (kind, wire, manual) in
            [(StateKind::Machine, WireKind::Machine, false), (StateKind::User, WireKind::User, true)]
        {
            for place in [Place::default(), Place::of("B2 & <the lab>", Some(-210))] {
                let Value::Client { xml, facts: Facts::State(said) } =
                    state(kind, manual, Availability::BUSY, &place)
                else {
                    panic!("a client's")
                };
                let facts = StateFacts::parse(&xml).expect("a state");
                assert_eq!((facts.kind, facts.manual, facts.availability), (wire, manual, Some(6500)));
                let location = facts.endpoint_location.map(|fragment| fragment.into_inner());
                assert_eq!(location.unwrap_or_default(), said.location);
            }
        }
    }

    #[test]
    fn a_place_is_what_was_said_of_it() {
        let place = Place::of("B2 & <the lab>", Some(-210));
        assert_eq!(place.location().as_deref(), Some("B2 & <the lab>"));
        assert_eq!(place.utc_offset_minutes(), Some(-210));
        assert_eq!(Place::of("", None), Place::default());
        assert_eq!((Place::default().location(), Place::default().utc_offset_minutes()), (None, None));
        let nowhere = Place::new(&"<other/>".into(), &"00:00:00+99:00".into());
        assert_eq!((nowhere.location(), nowhere.utc_offset_minutes()), (None, None));
    }

    #[test]
    fn a_note_is_read_as_clients_write_it() {
        let check = |xml: &str, want: Option<(&str, NoteKind)>| {
            let want = want.map(|(text, kind)| Note { text: text.to_owned(), kind, end: None });
            assert_eq!(read_note(xml), want, "{xml}");
        };
        check(
            "<note><body type=\"personal\" uri=\"\">at 1 &lt; 2</body></note>",
            Some(("at 1 < 2", NoteKind::Personal)),
        );
        check("<note><body type=\"OOF\">gone</body></note>", Some(("gone", NoteKind::OutOfOffice)));
        check("<note><body type=\"personal\"> </body></note>", None);
        check(
            "<note><body type=\"OOF\" endTime=\"soon\">x</body></note>",
            Some(("x", NoteKind::OutOfOffice)),
        );
        let absence = "<note><body type=\"OOF\" startTime=\"2026-01-05T08:00:00Z\" \
                       endTime=\"2026-01-12T08:00:00Z\">back on Monday</body></note>";
        let end = read_note(absence).and_then(|note| note.end);
        assert_eq!(end, Timestamp::parse("2026-01-12T08:00:00Z"));
        check("<note/>", None);
        check("<other/>", None);
        check("<note", None);
    }

    #[test]
    fn a_note_of_hostile_words_is_one_text() {
        let document = Document::default();
        let hostile = "</body></note><note><body type=\"OOF\">x & y";
        let batch = note(&document, hostile, Lifetime::Static);
        assert_eq!(batch.len(), 3);
        for new in batch {
            let PublicationAction::Publish { value: Value::Client { xml, .. }, .. } = new.action else {
                panic!("a client's")
            };
            let want = Note { text: hostile.to_owned(), kind: NoteKind::Personal, end: None };
            assert_eq!(read_note(&xml), Some(want));
        }
    }
}
