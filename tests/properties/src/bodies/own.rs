//! What people say of themselves: which of their own data they want, who is in their containers, whom they have
//! acknowledged.

use rapport_msbody::container::{
    ContainerChange, SubscriberChange, SubscriberKind, parse_set_members, parse_set_subscribers,
};
use rapport_msbody::publish::MAX_CONTAINER;
use rapport_msbody::roaming_self::{self, ContainerMembers, Member, RoamingData, RoamingList, Subscriber};
use rapport_msbody::xml::{attribute, number_attribute};

use super::{reads_as, well_formed};

/// The bytes are a `roamingList`, a `setContainerMembers` or a `setSubscribers`.
pub(crate) fn check(data: &[u8]) {
    if let Ok(list) = roaming_self::parse(data) {
        assert_ne!(list, RoamingList::default(), "a request for nothing is none");
        reads_as(&list, &written_list(list), roaming_self::parse);
    }
    if let Ok(changes) = parse_set_members(data) {
        reads_as(&changes, &written_members(&changes), parse_set_members);
        shown(&changes);
    }
    if let Ok(changes) = parse_set_subscribers(data) {
        reads_as(&changes, &written_subscribers(&changes), parse_set_subscribers);
        let subscribers: Vec<_> = changes
            .iter()
            .map(|change| Subscriber {
                user: &change.user,
                display_name: &change.user,
                acknowledged: change.acknowledged,
                kind: SubscriberKind::Federated,
            })
            .collect();
        let mut out = String::new();
        let data = RoamingData { subscribers: Some(&subscribers), ..RoamingData::default() };
        roaming_self::encode(&data, &mut out);
        well_formed(&out);
    }
}

fn written_list(list: RoamingList) -> String {
    let mut out = String::from("<roamingList>");
    for (kind, wanted) in [
        ("categories", list.categories),
        ("containers", list.containers),
        ("subscribers", list.subscribers),
        ("delegates", list.delegates),
    ] {
        if wanted {
            out.push_str("<roaming");
            attribute(&mut out, "type", kind);
            out.push_str("/>");
        }
    }
    out + "</roamingList>"
}

fn written_members(changes: &[ContainerChange]) -> String {
    let mut out = String::from("<setContainerMembers>");
    for container in changes {
        assert!((1..=MAX_CONTAINER).contains(&container.id));
        out.push_str("<container");
        number_attribute(&mut out, "id", container.id);
        number_attribute(&mut out, "version", container.version);
        out.push('>');
        for change in &container.changes {
            assert_eq!(change.kind.has_value(), change.value.is_some());
            out.push_str("<member");
            attribute(&mut out, "action", if change.add { "add" } else { "remove" });
            attribute(&mut out, "type", change.kind.as_str());
            if let Some(value) = &change.value {
                // A scheme is taken off once, so that an address that begins with one needs another in front.
                attribute(&mut out, "value", &format!("sip:{value}"));
            }
            out.push_str("/>");
        }
        out.push_str("</container>");
    }
    out + "</setContainerMembers>"
}

fn shown(changes: &[ContainerChange]) {
    let members: Vec<Vec<_>> = changes
        .iter()
        .map(|container| {
            let member = |kind, value| Member { kind, value };
            container.changes.iter().map(|c| member(c.kind, c.value.as_deref())).collect()
        })
        .collect();
    let containers: Vec<_> = changes
        .iter()
        .zip(&members)
        .map(|(change, members)| ContainerMembers { id: change.id, version: change.version, members })
        .collect();
    let mut out = String::new();
    roaming_self::encode(&RoamingData { containers: Some(&containers), ..RoamingData::default() }, &mut out);
    well_formed(&out);
}

fn written_subscribers(changes: &[SubscriberChange]) -> String {
    let mut out = String::from("<setSubscribers>");
    for change in changes {
        out.push_str("<subscriber");
        attribute(&mut out, "user", &format!("sip:{}", change.user));
        attribute(&mut out, "acknowledged", if change.acknowledged { "1" } else { "0" });
        out.push_str("/>");
    }
    out + "</setSubscribers>"
}
