//! A request to publish, for the presence rules. \[MS-PRES\] 2.2.2, 3.3

use std::sync::Arc;
use std::time::Duration;

use rapport_core::presence::{
    Activity, CategoryName, Device, Facts, FreeBusy, Lifetime, NewPublication, Occupancy, PublicationAction,
    PublicationKey, State, StateKind, Value,
};
use rapport_model::{Availability, ContainerId, DeviceKind, EndpointId, Timestamp};
use rapport_msbody::publish::{Publication, Publish};
use rapport_msbody::{ExpireType, StateFacts};
use rapport_msbody::{calendar, state, value as wire};

use super::{Untranslatable, timestamp};

/// Reads what `endpoint`, a program on that kind of device, publishes at `now`, in the order of the request.
///
/// # Errors
///
/// When a publication lies in no container, or shall live for a time without saying how long.
pub(crate) fn publications(
    publish: &Publish,
    endpoint: EndpointId,
    device: DeviceKind,
    now: Timestamp,
) -> Result<Vec<NewPublication>, Untranslatable> {
    publish.publications.iter().map(|publication| translate(publication, endpoint, device, now)).collect()
}

fn translate(
    publication: &Publication,
    endpoint: EndpointId,
    device: DeviceKind,
    now: Timestamp,
) -> Result<NewPublication, Untranslatable> {
    let key = PublicationKey::new(
        CategoryName::new(&publication.category),
        container(publication.container)?,
        publication.instance,
    );
    let action = if publication.is_delete() {
        PublicationAction::Delete
    } else {
        let lifetime = match publication.expire_type {
            ExpireType::Static => Lifetime::Static,
            ExpireType::Endpoint => Lifetime::Endpoint(endpoint),
            ExpireType::User => Lifetime::User,
            ExpireType::Time => {
                let seconds = publication.expires.ok_or(Untranslatable::NoExpiry)?;
                Lifetime::Until(now.plus(Duration::from_secs(seconds.into())))
            }
        };
        PublicationAction::Publish { lifetime, value: value(publication, device) }
    };
    Ok(NewPublication { key, version: publication.version, action })
}

/// Reads the number of a container.
pub(super) fn container(number: u32) -> Result<ContainerId, Untranslatable> {
    match u16::try_from(number) {
        Ok(id) if number <= rapport_msbody::publish::MAX_CONTAINER => Ok(ContainerId(id)),
        _ => Err(Untranslatable::Container(number)),
    }
}

fn value(publication: &Publication, program: DeviceKind) -> Value {
    let xml: Arc<str> = publication.value.clone().map(|fragment| fragment.into_inner()).unwrap_or_default();
    // A value that is no device or calendar after all is kept like any other, and counts for nothing.
    let facts = match publication.category.as_str() {
        "device" => wire::parse_device(&xml).ok().map(|read| Facts::Device(Box::new(device(read)))),
        "calendarData" => {
            let times = calendar::parse(&xml).ok().flatten();
            times.map(|times| Facts::FreeBusy(Box::new(free_busy(&times))))
        }
        _ => publication.state.as_ref().map(|facts| Facts::State(Box::new(state(facts, program)))),
    };
    Value::Client { xml, facts: facts.unwrap_or(Facts::None) }
}

fn free_busy(times: &calendar::FreeBusy) -> FreeBusy {
    let occupancy = |slot| match slot {
        calendar::Slot::Free => Occupancy::Free,
        calendar::Slot::Tentative => Occupancy::Tentative,
        calendar::Slot::Busy => Occupancy::Busy,
        calendar::Slot::OutOfOffice => Occupancy::OutOfOffice,
    };
    let length = Duration::from_secs(u64::from(times.granularity) * 60);
    FreeBusy::of_slots(timestamp(times.start_time), length, times.slots().map(occupancy))
}

fn state(facts: &StateFacts, program: DeviceKind) -> State {
    State {
        kind: match facts.kind {
            state::StateKind::Machine => StateKind::Machine,
            state::StateKind::User => StateKind::User,
            state::StateKind::Phone => StateKind::Phone,
            state::StateKind::Calendar => StateKind::Calendar,
            state::StateKind::Aggregate | state::StateKind::AggregateMachine | state::StateKind::Other => {
                StateKind::Other
            }
        },
        manual: facts.manual,
        availability: facts.availability.map(Availability),
        activity: facts.activity.as_ref().map(activity),
        start: facts.start_time.map(timestamp),
        location: facts.endpoint_location.clone().map(|fragment| fragment.into_inner()).unwrap_or_default(),
        timezone: Arc::default(),
        device: (facts.kind == state::StateKind::Machine).then_some(program),
    }
}

fn activity(activity: &state::Activity) -> Activity {
    let custom: String = activity.custom.iter().map(|fragment| fragment.as_str()).collect();
    Activity {
        token: activity.token.as_deref().unwrap_or_default().into(),
        custom_xml: custom.into(),
        min: activity.min_availability.map(Availability),
        max: activity.max_availability.map(Availability),
    }
}

fn device(device: wire::Device) -> Device {
    Device {
        endpoint_id: device.endpoint_id.unwrap_or_default().into(),
        availability: Availability(0),
        capabilities: device.capabilities.into_iter().map(|c| (c.name.into(), c.render, c.capture)).collect(),
        timezone: device.time_zone_bias.map(wire::time_zone).unwrap_or_default().into(),
    }
}

#[cfg(test)]
mod tests {
    use super::super::samples::{NOW, endpoint};
    use super::*;

    fn check(publication: &str) -> Result<NewPublication, Untranslatable> {
        let body = format!(
            "<publish><publications uri=\"sip:ann@example.com\">{publication}</publications></publish>"
        );
        let publish = rapport_msbody::publish::parse(body.as_bytes()).expect("a request");
        publications(&publish, endpoint(1), DeviceKind::Desktop, NOW)
            .map(|mut all| all.pop().expect("one publication"))
    }

    fn lifetime(attributes: &str) -> Result<Lifetime, Untranslatable> {
        let publication = format!(
            "<publication categoryName=\"note\" instance=\"0\" container=\"200\" {attributes}><note/></publication>"
        );
        check(&publication).map(|new| match new.action {
            PublicationAction::Publish { lifetime, .. } => lifetime,
            PublicationAction::Delete => panic!("a deletion"),
        })
    }

    #[test]
    fn each_expire_type_is_a_lifetime() {
        assert_eq!(lifetime("expireType=\"static\""), Ok(Lifetime::Static));
        assert_eq!(lifetime("expireType=\"user\""), Ok(Lifetime::User));
        assert_eq!(lifetime("expireType=\"endpoint\""), Ok(Lifetime::Endpoint(endpoint(1))));
        let end = Timestamp(NOW.0 + 90_000);
        assert_eq!(lifetime("expireType=\"time\" expires=\"90\""), Ok(Lifetime::Until(end)));
        assert_eq!(lifetime("expireType=\"time\""), Err(Untranslatable::NoExpiry));
    }

    #[test]
    fn no_value_that_expires_at_once_is_a_deletion() {
        let new = check(
            "<publication categoryName=\"note\" instance=\"7\" container=\"300\" version=\"4\" \
             expireType=\"static\" expires=\"0\"/>",
        );
        let key = PublicationKey::new(CategoryName::note(), ContainerId::TEAM, 7);
        assert_eq!(new, Ok(NewPublication { key, version: 4, action: PublicationAction::Delete }));
    }

    #[test]
    fn a_state_is_kept_as_sent_with_the_facts_in_it() {
        let state_xml = "<state xmlns=\"http://schemas.microsoft.com/2006/09/sip/state\" \
             xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\" manual=\"true\" \
             startTime=\"2009-01-11T19:00:00Z\" xsi:type=\"userState\"><availability>6500</availability>\
             <activity token=\"x\" minAvailability=\"6500\" maxAvailability=\"8999\">\
             <custom LCID=\"1033\">A &amp; B</custom><custom LCID=\"1031\">C</custom></activity>\
             <endpointLocation>Lab</endpointLocation></state>";
        let new = check(&format!(
            "<publication categoryName=\"state\" instance=\"1\" container=\"2\" expireType=\"user\">{state_xml}</publication>"
        ))
        .expect("a publication");
        let PublicationAction::Publish { value: Value::Client { xml, facts: Facts::State(state) }, .. } =
            new.action
        else {
            panic!("{new:?}");
        };
        assert_eq!(&*xml, state_xml);
        assert_eq!((state.kind, state.manual), (StateKind::User, true));
        assert_eq!(state.availability, Some(Availability(6500)));
        assert_eq!(state.start, Some(Timestamp(1_231_700_400_000)));
        assert!(state.location.contains(">Lab</endpointLocation>"), "{}", state.location);
        let activity = state.activity.expect("an activity");
        assert_eq!(
            (&*activity.token, activity.min, activity.max),
            ("x", Some(Availability(6500)), Some(Availability(8999)))
        );
        assert_eq!(activity.custom_xml.matches("<custom").count(), 2, "{}", activity.custom_xml);
    }

    #[test]
    fn an_aggregate_of_a_client_counts_for_nothing() {
        let new = check(
            "<publication categoryName=\"state\" instance=\"1\" container=\"2\" expireType=\"user\">\
             <state type=\"aggregateState\"><availability>3500</availability></state></publication>",
        );
        let kind = match new.map(|new| new.action) {
            Ok(PublicationAction::Publish {
                value: Value::Client { facts: Facts::State(state), .. },
                ..
            }) => state.kind,
            other => panic!("{other:?}"),
        };
        assert_eq!(kind, StateKind::Other);
    }

    #[test]
    fn a_device_is_known_by_what_it_can_do() {
        let publication = |content: &str| {
            check(&format!(
                "<publication categoryName=\"device\" instance=\"1\" container=\"2\" expireType=\"endpoint\">{content}</publication>"
            ))
        };
        let facts = |new: Result<NewPublication, Untranslatable>| match new.map(|new| new.action) {
            Ok(PublicationAction::Publish { value: Value::Client { facts, .. }, .. }) => facts,
            other => panic!("{other:?}"),
        };
        let device = facts(publication(
            "<device endpointId=\"b7\"><capabilities><text capture=\"true\" render=\"true\"/>\
             <gifInk capture=\"false\" render=\"true\"/></capabilities><timezone>00:00:00+01:00</timezone></device>",
        ));
        let expected = Device {
            endpoint_id: "b7".into(),
            availability: Availability(0),
            capabilities: [("text".into(), true, true), ("gifInk".into(), true, false)].into(),
            timezone: "00:00:00+01:00".into(),
        };
        assert_eq!(device, Facts::Device(Box::new(expected)));
        assert_eq!(facts(publication("<toaster/>")), Facts::None);
    }

    #[test]
    fn a_calendar_is_known_by_its_blocks() {
        let facts = |content: &str| {
            let new = check(&format!(
                "<publication categoryName=\"calendarData\" instance=\"1\" container=\"200\" expireType=\"endpoint\">\
                 {content}</publication>"
            ));
            match new.map(|new| new.action) {
                Ok(PublicationAction::Publish { value: Value::Client { xml, facts }, .. }) => {
                    assert_eq!(&*xml, content);
                    facts
                }
                other => panic!("{other:?}"),
            }
        };
        let calendar = |version: u32, slots: &str| {
            format!(
                "<calendarData xmlns=\"http://schemas.microsoft.com/2006/09/sip/calendarData\" \
                 mailboxID=\"ann@example.com\"><freeBusy startTime=\"2009-01-11T19:00:00Z\" granularity=\"PT15M\" encodingVersion=\"{version}\">{slots}</freeBusy></calendarData>"
            )
        };
        // Half an hour busy, then as long free, tentative, out of office.
        let blocks = [Occupancy::Busy, Occupancy::Free, Occupancy::Tentative, Occupancy::OutOfOffice];
        let half_hours = |n: i64| Timestamp(1_231_700_400_000 + n * 1_800_000);
        let expected = FreeBusy::of_slots(half_hours(0), Duration::from_secs(1800), blocks);
        assert_eq!(facts(&calendar(1, "CvU=")), Facts::FreeBusy(Box::new(expected)));
        let empty =
            |name: &str| format!("<{name} xmlns=\"http://schemas.microsoft.com/2006/09/sip/{name}\"/>");
        for other in [empty("calendarData"), calendar(2, "CvU="), calendar(1, "??"), empty("note")] {
            assert_eq!(facts(&other), Facts::None, "{other}");
        }
    }

    #[test]
    fn a_publication_without_a_child_is_empty() {
        let new =
            check("<publication categoryName=\"mwi\" instance=\"1\" container=\"1\" expireType=\"static\"/>");
        let empty = Value::Client { xml: Arc::default(), facts: Facts::None };
        let action = PublicationAction::Publish { lifetime: Lifetime::Static, value: empty };
        assert_eq!(new.map(|new| new.action), Ok(action));
    }

    #[test]
    fn there_is_no_container_beyond_the_greatest() {
        assert_eq!(container(32_767), Ok(ContainerId(32_767)));
        assert_eq!(container(32_768), Err(Untranslatable::Container(32_768)));
        assert_eq!(container(65_536), Err(Untranslatable::Container(65_536)));
    }
}
