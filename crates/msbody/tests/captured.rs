//! Every body that a real client sent parses into the fields expected.

use rapport_msbody::container::{MemberKind, parse_set_members, parse_set_subscribers};
use rapport_msbody::publish::{self, ExpireType, Publish};
use rapport_msbody::soap::{self, ContactMethod};
use rapport_msbody::state::StateKind;
use rapport_msbody::{provisioning, roaming_self, subscribe, value};

macro_rules! vector {
    ($name:literal) => {
        include_bytes!(concat!("vectors/sipe-1.25.0/", $name, ".xml"))
    };
}

/// Keys and versions of a request, in order.
fn keys(publish: &Publish) -> Vec<(&str, u32, u32, u32, ExpireType)> {
    publish
        .publications
        .iter()
        .map(|p| (p.category.as_str(), p.instance, p.container, p.version, p.expire_type))
        .collect()
}

#[test]
fn the_first_publication_of_an_endpoint() {
    let publish = publish::parse(vector!("SERVICE-category-publish-device-machineState-userState")).unwrap();
    assert_eq!(publish.uri, "sip:alice@example.com");
    assert_eq!(
        keys(&publish),
        [
            ("device", 3_473_643_738, 2, 0, ExpireType::Endpoint),
            ("state", 1_022_409_101, 2, 0, ExpireType::Endpoint),
            ("state", 1_022_409_101, 3, 0, ExpireType::Endpoint),
            ("state", 0x2000_0000, 2, 0, ExpireType::Static),
            ("state", 0x2000_0000, 3, 0, ExpireType::Static),
        ]
    );
    let [device, machine, _, user, _] = &publish.publications[..] else { panic!("five publications") };
    assert!(device.state.is_none());
    let device = value::parse_device(device.value.as_ref().unwrap().as_str()).unwrap();
    assert_eq!(device.endpoint_id.as_deref(), Some("b7878522-d7fe-5c33-b30d-265f6618ae78"));
    assert_eq!(device.machine_name.as_deref(), Some("vm"));
    assert_eq!(device.time_zone_bias, Some(-60));
    let names: Vec<_> = device.capabilities.iter().map(|c| (c.name.as_str(), c.capture, c.render)).collect();
    assert_eq!(
        names,
        [
            ("text", true, true),
            ("gifInk", false, true),
            ("isfInk", false, true),
            ("voice", true, true),
            ("video", true, true),
        ]
    );

    let facts = machine.state.as_ref().unwrap();
    assert_eq!((facts.kind, facts.manual, facts.availability), (StateKind::Machine, false, Some(3500)));
    assert!(facts.endpoint_location.is_none(), "an empty location is none");
    assert_eq!(
        machine.value.as_ref().unwrap().as_str(),
        r#"<state xmlns="http://schemas.microsoft.com/2006/09/sip/state" manual="false" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:type="machineState"><availability>3500</availability><endpointLocation/></state>"#
    );
    let facts = user.state.as_ref().unwrap();
    assert_eq!((facts.kind, facts.manual, facts.availability), (StateKind::User, true, Some(3500)));
}

#[test]
fn every_value_published_is_kept_byte_for_byte() {
    let bodies: [&[u8]; 5] = [
        vector!("SERVICE-category-publish-device-machineState-userState"),
        vector!("SERVICE-category-publish-machineState-note"),
        vector!("SERVICE-category-publish-note"),
        vector!("SERVICE-category-publish-phoneState"),
        vector!("SERVICE-category-publish-userState-machineState-note"),
    ];
    for body in bodies {
        let text = std::str::from_utf8(body).unwrap();
        for publication in publish::parse(body).unwrap().publications {
            let value = publication.value.unwrap();
            assert!(text.contains(&format!("\">{value}</publication>")), "{value}");
        }
    }
}

#[test]
fn a_deletion_has_no_value_and_expires_at_once() {
    let publish = publish::parse(vector!("SERVICE-category-publish-clear-state")).unwrap();
    assert_eq!(
        keys(&publish),
        [
            ("state", 2_364_586_381, 2, 1, ExpireType::Endpoint),
            ("state", 2_364_586_381, 3, 1, ExpireType::Endpoint),
        ]
    );
    assert!(publish.publications.iter().all(|p| p.is_delete() && p.value.is_none() && p.state.is_none()));
}

#[test]
fn a_call_publishes_its_activity() {
    let publish = publish::parse(vector!("SERVICE-category-publish-phoneState")).unwrap();
    let facts = publish.publications[0].state.as_ref().unwrap();
    assert_eq!((facts.kind, facts.availability), (StateKind::Phone, Some(6500)));
    let activity = facts.activity.as_ref().unwrap();
    assert_eq!(activity.token.as_deref(), Some("on-the-phone"));
    assert_eq!((activity.min_availability, activity.max_availability), (Some(6500), Some(8999)));
    assert!(activity.custom.is_empty());
}

#[test]
fn notes_are_published_and_cleared_with_states() {
    let publish = publish::parse(vector!("SERVICE-category-publish-machineState-note")).unwrap();
    assert_eq!(keys(&publish)[2], ("note", 0, 200, 6, ExpireType::Static));
    assert_eq!(
        publish.publications[2].value.as_ref().unwrap().as_str(),
        r#"<note xmlns="http://schemas.microsoft.com/2006/09/sip/note"><body type="personal" uri=""></body></note>"#
    );
    let publish =
        publish::parse(vector!("SERVICE-category-publish-userState-machineState-clear-note")).unwrap();
    assert_eq!(publish.publications.len(), 7);
    let deleted: Vec<_> =
        publish.publications.iter().filter(|p| p.is_delete()).map(|p| p.container).collect();
    assert_eq!(deleted, [200, 300, 400]);
    assert_eq!(publish.publications[0].state.as_ref().unwrap().availability, Some(15_500));
}

#[test]
fn memberships_of_two_containers_are_set_at_once() {
    let containers = parse_set_members(vector!("SERVICE-setcontainermembers")).unwrap();
    assert_eq!(containers.iter().map(|c| (c.id, c.version)).collect::<Vec<_>>(), [(200, 0), (100, 0)]);
    let change = &containers[0].changes[0];
    assert_eq!((change.add, change.kind, change.value.as_deref()), (true, MemberKind::SameEnterprise, None));
    assert_eq!(containers[1].changes[0].kind, MemberKind::Federated);
}

#[test]
fn a_subscriber_is_acknowledged() {
    let subscribers = parse_set_subscribers(vector!("SERVICE-presence-setsubscriber")).unwrap();
    assert_eq!(subscribers.len(), 1);
    assert_eq!((subscribers[0].user.as_str(), subscribers[0].acknowledged), ("alice@example.com", true));
}

#[test]
fn contacts_are_set_and_deleted() {
    let ContactMethod::SetContact(contact) = soap::parse(vector!("SERVICE-setContact")).unwrap() else {
        panic!("setContact");
    };
    assert_eq!(contact.uri, "sip:carol@example.com");
    assert_eq!(contact.display_name, "Carol Clark");
    assert_eq!(contact.groups, [2]);
    assert!(contact.subscribed && contact.extras.is_empty());
    assert_eq!((contact.external_uri.as_str(), contact.delta_num), ("", Some(2)));
    assert_eq!(
        soap::parse(vector!("SERVICE-deleteContact")).unwrap(),
        ContactMethod::DeleteContact { uri: "sip:carol@example.com".into(), delta_num: Some(8) }
    );
}

#[test]
fn groups_are_added_renamed_and_deleted() {
    let ContactMethod::AddGroup { name, external_uri, delta_num, extras } =
        soap::parse(vector!("SERVICE-addGroup")).unwrap()
    else {
        panic!("addGroup");
    };
    assert_eq!((name.as_str(), external_uri.as_str(), delta_num), ("Friends", "", Some(1)));
    assert!(extras.is_empty());
    let ContactMethod::ModifyGroup { group_id, name, delta_num, .. } =
        soap::parse(vector!("SERVICE-modifyGroup")).unwrap()
    else {
        panic!("modifyGroup");
    };
    assert_eq!((group_id, name.as_str(), delta_num), (3, "Workers", Some(6)));
    assert_eq!(
        soap::parse(vector!("SERVICE-deleteGroup")).unwrap(),
        ContactMethod::DeleteGroup { group_id: 3, delta_num: Some(10) }
    );
}

#[test]
fn one_person_is_looked_up() {
    assert_eq!(
        soap::parse(vector!("SERVICE-directorySearch")).unwrap(),
        ContactMethod::DirectorySearch {
            max_results: Some(1),
            rows: vec![("msRTCSIP-PrimaryUserAddress".into(), "sip:bob@example.com".into())],
        }
    );
}

#[test]
fn all_contacts_are_watched_in_one_batch() {
    let request = subscribe::parse(vector!("SUBSCRIBE-presence")).unwrap();
    assert_eq!((request.uri.as_str(), request.legacy), ("sip:alice@example.com", false));
    let [action] = &request.actions[..] else { panic!("one action") };
    assert_eq!((action.subscribe, action.id.as_str()), (true, "63792024"));
    let people: Vec<_> = action.resources.iter().map(|r| (r.uri.as_str(), r.context)).collect();
    assert_eq!(people, [("sip:bob@example.com", false), ("sip:carol@example.com", false)]);
    assert_eq!(action.categories, ["calendarData", "contactCard", "note", "state"]);
}

#[test]
fn a_new_contact_is_watched_with_context() {
    let request = subscribe::parse(vector!("SUBSCRIBE-presence-in-dialog-with-context")).unwrap();
    let resource = &request.actions[0].resources[0];
    assert_eq!((resource.uri.as_str(), resource.context), ("sip:carol@example.com", true));
}

#[test]
fn own_presence_is_asked_for_without_delegates() {
    let list = roaming_self::parse(vector!("SUBSCRIBE-roaming-self")).unwrap();
    assert_eq!(list, roaming_self::RoamingList { delegates: false, ..roaming_self::RoamingList::ALL });
}

#[test]
fn unknown_groups_of_provisioning_are_passed_over() {
    let groups = provisioning::parse(vector!("SUBSCRIBE-provisioning-v2")).unwrap();
    assert_eq!(
        groups,
        provisioning::RequestedGroups { user_setting: false, ..provisioning::RequestedGroups::ALL }
    );
}
