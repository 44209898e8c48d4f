//! A request to publish, for the presence rules. \[MS-PRES\] 2.2.2, 3.3

use std::sync::Arc;
use std::time::Duration;

use rapport_core::presence::{
    Activity, CategoryName, Device, Lifetime, NewPublication, PublicationAction, PublicationKey, State,
    StateKind, Value,
};
use rapport_model::{Availability, ContainerId, EndpointId, Timestamp};
use rapport_msbody::publish::{Publication, Publish};
use rapport_msbody::{ExpireType, StateFacts};
use rapport_msbody::{state, value as wire};

use super::value::time_zone;
use super::{Untranslatable, timestamp};

/// Reads what `endpoint` publishes at `now`, in the order of the request.
///
/// # Errors
///
/// When a publication lies in no container, or shall live for a time without saying how long.
pub(crate) fn publications(
    publish: &Publish,
    endpoint: EndpointId,
    now: Timestamp,
) -> Result<Vec<NewPublication>, Untranslatable> {
    publish.publications.iter().map(|publication| translate(publication, endpoint, now)).collect()
}

fn translate(
    publication: &Publication,
    endpoint: EndpointId,
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
        PublicationAction::Publish { lifetime, value: value(publication) }
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

fn value(publication: &Publication) -> Value {
    let xml: Arc<str> = publication.value.clone().map(|fragment| fragment.into_inner()).unwrap_or_default();
    // A value that is no device after all is kept like any other, and counts for nothing.
    let device = match publication.category.as_str() {
        "device" => wire::parse_device(&xml).ok().map(device),
        _ => None,
    };
    Value::Client { xml, state: publication.state.as_ref().map(state), device }
}

fn state(facts: &StateFacts) -> State {
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
        timezone: device.time_zone_bias.map(time_zone).unwrap_or_default(),
    }
}
