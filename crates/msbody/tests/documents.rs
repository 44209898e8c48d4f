//! Every document that the server writes, as a snapshot, and each of them is well-formed.

use rapport_msbody::contacts::{self, ContactChange, ContactEntry, GroupEntry};
use rapport_msbody::container::{MemberKind, SubscriberKind};
use rapport_msbody::fault::{WrongVersion, encode_wrong_delta};
use rapport_msbody::legacy::{self, AccessEntry};
use rapport_msbody::provisioning::{
    self, MediaEncryption, MeetingPolicy, PortRange, Provisioning, ServerConfiguration, UcPolicy, UserSetting,
};
use rapport_msbody::roaming_self::{
    self, ContainerMembers, Member, RoamingData, SelfCategories, SelfCategory, SelfPublication, Subscriber,
};
use rapport_msbody::soap::{self, FaultCode, FoundPerson};
use rapport_msbody::state::{self, AggregateActivity, AggregateState, StateKind};
use rapport_msbody::value::{self, AddressBookCard, Phone, Service, TelephonyMode, UserProperties};
use rapport_msbody::watch::{
    self, ListedResource, Multipart, ResourceState, WatchedCategory, WatchedPublication,
};
use rapport_msbody::xml::Reader;
use rapport_msbody::{ExpireType, Fragment, StateFacts};

const WHEN: u64 = 1_231_700_531_123;

/// Writes a document, makes sure that it is well-formed, and breaks its line between tags.
fn document(write: impl FnOnce(&mut String)) -> String {
    let mut out = String::new();
    write(&mut out);
    let mut reader = Reader::new(out.as_bytes()).expect("no forbidden character");
    let read = reader.root().and_then(|_| reader.skip()).and_then(|()| reader.finish());
    assert_eq!(read, Ok(()), "{out}");
    out.replace("><", ">\n<")
}

fn aggregate(state: &AggregateState<'_>) -> String {
    let mut out = String::new();
    state::encode_aggregate(state, &mut out);
    out
}

#[test]
fn own_presence_in_full() {
    let state = aggregate(&AggregateState { availability: 3500, ..AggregateState::default() });
    let entries = [
        SelfCategory {
            name: "state",
            container: 2,
            publication: Some(SelfPublication {
                instance: 1,
                publish_time: WHEN,
                version: 7,
                expire_type: ExpireType::User,
                expires: None,
                value: Some(&state),
            }),
        },
        SelfCategory {
            name: "x\"y",
            container: 400,
            publication: Some(SelfPublication {
                instance: u32::MAX,
                publish_time: 0,
                version: 1,
                expire_type: ExpireType::Time,
                expires: Some(60),
                value: None,
            }),
        },
        SelfCategory { name: "note", container: 200, publication: None },
    ];
    let members = [
        Member { kind: MemberKind::SameEnterprise, value: None },
        Member { kind: MemberKind::User, value: Some("sip:bob@example.com") },
        Member { kind: MemberKind::Domain, value: Some("example.org") },
    ];
    let data = RoamingData {
        categories: Some(SelfCategories { uri: "sip:alice@example.com", entries: &entries }),
        containers: Some(&[
            ContainerMembers { id: 200, version: 1, members: &members },
            ContainerMembers { id: 400, version: 2, members: &[] },
        ]),
        subscribers: Some(&[Subscriber {
            user: "sip:carol@example.com",
            display_name: "Carol & <Co>",
            acknowledged: false,
            kind: SubscriberKind::SameEnterprise,
        }]),
        delegates: Some(&[]),
    };
    insta::assert_snapshot!(document(|out| roaming_self::encode(&data, out)));
}

#[test]
fn own_presence_with_nothing_asked_for() {
    insta::assert_snapshot!(document(|out| roaming_self::encode(&RoamingData::default(), out)));
}

#[test]
fn delegates() {
    let data = RoamingData { delegates: Some(&["sip:dave@example.com"]), ..RoamingData::default() };
    insta::assert_snapshot!(document(|out| roaming_self::encode(&data, out)));
}

#[test]
fn a_version_conflict() {
    let operations = [WrongVersion { position: 0, current: 7 }, WrongVersion { position: 2, current: 0 }];
    insta::assert_snapshot!(document(|out| encode_wrong_delta(&operations, out)));
}

#[test]
fn aggregate_states() {
    let custom = [Fragment::parse("<custom xmlns=\"urn:s\" LCID=\"1033\">Thinking</custom>").unwrap()];
    let states = [
        AggregateState { availability: 18_500, ..AggregateState::default() },
        AggregateState {
            availability: 6500,
            activity: Some(AggregateActivity {
                token: Some("on-the-phone"),
                min_availability: Some(6500),
                max_availability: Some(8999),
                custom: &[],
            }),
            endpoint_location: Some("<endpointLocation xmlns=\"urn:s\">B2</endpointLocation>"),
            meeting_subject: Some("<meetingSubject xmlns=\"urn:s\">Budget</meetingSubject>"),
            meeting_location: Some("<meetingLocation xmlns=\"urn:s\">B3</meetingLocation>"),
            device: Some("computer"),
            time_zone_bias: Some(-60),
            last_active: None,
        },
        AggregateState {
            availability: 15_500,
            activity: Some(AggregateActivity { custom: &custom, ..AggregateActivity::default() }),
            last_active: Some(WHEN),
            ..AggregateState::default()
        },
    ];
    let all: Vec<_> =
        states.iter().map(|state| document(|out| state::encode_aggregate(state, out))).collect();
    insta::assert_snapshot!(all.join("\n\n"));

    let facts = StateFacts::parse(&aggregate(&states[1])).unwrap();
    assert_eq!((facts.kind, facts.manual, facts.availability), (StateKind::Aggregate, false, Some(6500)));
    let activity = facts.activity.unwrap();
    assert_eq!(activity.token.as_deref(), Some("on-the-phone"));
    assert_eq!((activity.min_availability, activity.max_availability), (Some(6500), Some(8999)));
    assert_eq!(
        facts.endpoint_location.unwrap().as_str(),
        "<endpointLocation xmlns=\"urn:s\">B2</endpointLocation>"
    );
    let facts = StateFacts::parse(&aggregate(&states[2])).unwrap();
    assert_eq!(facts.activity.unwrap().custom, custom);
    assert_eq!(facts.last_active, Some(WHEN / 1000 * 1000));
}

#[test]
fn values_of_the_server() {
    let services = [
        Service { name: "text", capture: true, render: true, device_availability: 3500 },
        Service { name: "voice", capture: false, render: true, device_availability: 15_500 },
    ];
    let card = AddressBookCard {
        company: Some("Example & Sons"),
        title: Some("Buyer"),
        office: Some("B2"),
        department: None,
        url: Some("https://example.com/?a=1&b=2"),
        phones: &[
            Phone { kind: "work", uri: "tel:+15550100;ext=22", display: Some("+1 555 0100 x22") },
            Phone { kind: "mobile", uri: "tel:+15550101", display: None },
        ],
    };
    let user = UserProperties {
        line: Some(("tel:+15550100", Some("sip:gateway@example.com"))),
        telephony_mode: TelephonyMode::Dual,
        voice_mail: true,
    };
    let all = [
        document(|out| value::encode_services("sip:alice@example.com", &services, out)),
        document(|out| value::encode_legacy_interop(18_500, out)),
        document(|out| value::encode_identity("Alice <A> Adams", Some("alice@example.com"), out)),
        document(|out| value::encode_identity("Bob", None, out)),
        document(|out| value::encode_address_book(&card, out)),
        document(|out| value::encode_address_book(&AddressBookCard::default(), out)),
        document(|out| value::encode_user_properties(&UserProperties::default(), out)),
        document(|out| value::encode_user_properties(&user, out)),
    ];
    insta::assert_snapshot!(all.join("\n\n"));
}

#[test]
fn empty_values_for_blocked_watchers() {
    let names = ["contactCard", "note", "calendarData", "services", "legacyInterop"];
    let all: Vec<_> =
        names.iter().map(|name| document(|out| out.push_str(value::empty(name).unwrap()))).collect();
    insta::assert_snapshot!(all.join("\n"));
    assert_eq!(value::empty("state"), None);
    assert_eq!(value::empty("routing"), None);
}

fn categories(uri: &str, entries: &[WatchedCategory<'_>]) -> String {
    let mut out = String::new();
    watch::encode_categories(uri, entries, &mut out);
    out
}

#[test]
fn the_categories_of_one_person() {
    let mut card = String::new();
    value::encode_identity("Bob", Some("bob@example.com"), &mut card);
    let entries = [
        WatchedCategory {
            name: "contactCard",
            publication: Some(WatchedPublication { instance: 0, publish_time: WHEN, value: Some(&card) }),
        },
        WatchedCategory {
            name: "note",
            publication: Some(WatchedPublication { instance: 0, publish_time: WHEN, value: None }),
        },
        WatchedCategory { name: "calendarData", publication: None },
    ];
    let text = document(|out| watch::encode_categories("sip:bob@example.com", &entries, out));
    let nothing = document(|out| watch::encode_categories("sip:x\"@y", &[], out));
    insta::assert_snapshot!(format!("{text}\n\n{nothing}"));
}

#[test]
fn a_resource_list() {
    let resources = [
        ListedResource { uri: "sip:bob@example.com", state: ResourceState::Active },
        ListedResource { uri: "sip:zoe@partner.com", state: ResourceState::Resubscribe { pool: None } },
        ListedResource {
            uri: "sip:yan@example.com",
            state: ResourceState::Resubscribe { pool: Some("sip:pool2.example.com") },
        },
        ListedResource {
            uri: "sip:gone@example.com",
            state: ResourceState::Terminated { reason: "noresource" },
        },
    ];
    let list = document(|out| watch::encode_list("sip:alice@example.com", 3, true, &resources, out));
    let empty = document(|out| watch::encode_list("sip:alice@example.com", 0, false, &[], out));
    insta::assert_snapshot!(format!("{list}\n\n{empty}"));
}

#[test]
fn a_multipart_body_octet_for_octet() {
    let mut list = String::new();
    watch::encode_list("sip:alice@example.com", 0, false, &[], &mut list);
    let bob = categories("sip:bob@example.com", &[]);
    let carol = categories("sip:carol@example.com", &[WatchedCategory { name: "note", publication: None }]);
    let mut multipart = Multipart::new("50UBfW7LSCVLtggUPe5z", &list, bob.len() + carol.len());
    multipart.push("sip:bob@example.com", &bob);
    multipart.push("sip:carol@example.com\r\nX-Header: 1", &carol);
    let body = multipart.finish();
    assert!(!body.replace("\r\n", "").contains(['\r', '\n']), "every line ends with CRLF");
    insta::assert_snapshot!(body.replace("\r\n", "¶\n"));
    insta::assert_snapshot!(watch::multipart_content_type("50UBfW7LSCVLtggUPe5z"));

    // What libpurple does: it takes a part up to the boundary and cuts four octets.
    let parts: Vec<_> = body.split("--50UBfW7LSCVLtggUPe5z").collect();
    let (_, content) = parts[2].split_once("\r\n\r\n").unwrap();
    assert_eq!(&content[..content.len() - 4], bob);
}

#[test]
fn a_contact_list() {
    let groups = [
        GroupEntry { id: 1, name: "~", external_uri: "", extra_attributes: "", extra_children: "" },
        GroupEntry {
            id: 2,
            name: "Team \"A\"",
            external_uri: "mailto:team@example.com",
            extra_attributes: " flag=\"a&amp;b\"",
            extra_children: "<groupExtension groupType=\"dg\"><email>team@example.com</email></groupExtension>",
        },
    ];
    let contacts = [
        ContactEntry {
            uri: "sip:bob@example.com",
            name: "",
            groups: &[1],
            subscribed: true,
            external_uri: "",
            extra_attributes: "",
            extra_children: "",
        },
        ContactEntry {
            uri: "carol@example.com",
            name: "Caz",
            groups: &[1, 2],
            subscribed: false,
            external_uri: "x",
            extra_attributes: "",
            extra_children: "<contactExtension>a</contactExtension>",
        },
    ];
    let list = document(|out| contacts::encode_list(12, &groups, &contacts, out));
    let empty = document(|out| contacts::encode_list(1, &[], &[], out));
    insta::assert_snapshot!(format!("{list}\n\n{empty}"));

    let changes = [
        ContactChange::AddedGroup(groups[1]),
        ContactChange::ModifiedGroup(groups[0]),
        ContactChange::AddedContact(contacts[0]),
        ContactChange::ModifiedContact(contacts[1]),
        ContactChange::DeletedContact("dave@example.com"),
        ContactChange::DeletedGroup(4),
    ];
    let delta = document(|out| contacts::encode_delta(14, 13, &changes, out));
    let nothing = document(|out| contacts::encode_delta(14, 14, &[], out));
    insta::assert_snapshot!(format!("{delta}\n\n{nothing}"));
}

#[test]
fn soap_answers() {
    let person = FoundPerson {
        uri: "sip:alice@example.com",
        display_name: "Alice",
        phone: "+15550100",
        email: "alice@example.com",
        ..FoundPerson::default()
    };
    let all = [
        document(|out| soap::encode_add_group(3, out)),
        document(|out| soap::encode_fault(FaultCode::Client, "no such group", out)),
        document(|out| soap::encode_fault(FaultCode::Server, "try <later>", out)),
        document(|out| soap::encode_found(&[person], true, out)),
        document(|out| soap::encode_found(&[], false, out)),
    ];
    insta::assert_snapshot!(all.join("\n\n"));
}

#[test]
fn provisioning_as_little_as_possible() {
    let provisioning = Provisioning {
        server_configuration: Some(ServerConfiguration::default()),
        meeting_policy: Some(MeetingPolicy::default()),
        uc_policy: Some(UcPolicy::default()),
        user_setting: Some(UserSetting::default()),
    };
    insta::assert_snapshot!(document(|out| provisioning::encode(&provisioning, out)));
}

#[test]
fn provisioning_in_full() {
    let provisioning = Provisioning {
        server_configuration: Some(ServerConfiguration {
            max_video_rate: Some("VGA-600K"),
            address_book_internal_url: Some("https://ocs.example.com/Abs/Int/Handler"),
            address_book_external_url: Some("https://ocs.example.com/Abs/Ext/Handler"),
            address_book_web_service: Some(false),
            media_encryption: MediaEncryption::Require,
            organization: Some("Example & Sons"),
            list_expansion_internal_url: Some("https://ocs.example.com/GroupExpansion/Int/service.asmx"),
            list_expansion_external_url: Some("https://ocs.example.com/GroupExpansion/Ext/service.asmx"),
            list_expansion: Some(true),
            updates_internal_url: Some("https://ocs.example.com/RequestHandler/ucdevice.upx"),
            updates_external_url: Some("https://ocs.example.com/RequestHandlerExt/ucdevice.upx"),
            updates: Some(false),
            helpdesk_internal_url: Some("https://help.example.com/"),
            helpdesk_external_url: Some(" "),
            console_download_internal_url: Some("https://console.example.com/"),
            console_download_external_url: Some(""),
            port_range: Some(Some(PortRange {
                media_min: 40_000,
                media_max: 40_039,
                sip_min: 41_000,
                sip_max: 41_039,
            })),
            qos: Some(false),
            diff_serv_voice: Some(46),
            voice_802_1p: Some(5),
            enforce_pin_lock: Some(true),
            min_pin_length: Some(6),
            phone_time_out: Some(600),
            exchange_mwi_poll: Some(3),
            sip_security_mode: Some("High"),
            user_logging: Some(false),
            pool_uri: Some("sip:ocs.example.com"),
            mras_uri: Some("sip:ocs.example.com@example.com;gruu;opaque=srvr:MRAS:x"),
            qos_uri: Some("sip:qos@example.com"),
            location_profile: Some("default.example.com"),
            focus_factory_uri: Some("sip:alice@example.com;gruu;opaque=app:conf:focusfactory"),
            voice_mail_uri: Some("sip:alice@example.com;opaque=app:voicemail"),
        }),
        meeting_policy: Some(MeetingPolicy {
            name: Some("Default"),
            allow_ip_audio: Some(true),
            allow_ip_video: Some(false),
            enable_data_collaboration: Some(false),
            app_desktop_sharing: Some("Desktop"),
            app_sharing_for_external: Some("None"),
            allow_presenter_to_record: Some(false),
            meeting_size: Some(250),
            enable_pstn_conferencing: Some(false),
        }),
        uc_policy: Some(UcPolicy {
            name: Some("Default"),
            allow_simultaneous_ringing: Some(false),
            allow_call_forwarding: Some(false),
        }),
        user_setting: Some(UserSetting { disable_file_transfer: true, location_profile: Some("x") }),
    };
    insta::assert_snapshot!(document(|out| provisioning::encode(&provisioning, out)));
}

#[test]
fn legacy_documents() {
    let entries = [
        AccessEntry { kind: "ALL", mask: "", rights: "AA" },
        AccessEntry { kind: "USER", mask: "sip:bob@example.com", rights: "BD" },
    ];
    let watchers = [("bob@example.com", "Bob \"B\""), ("sip:carol@example.com", "")];
    let all = [
        document(|out| legacy::encode_watchers(1, &watchers, out)),
        document(|out| legacy::encode_watchers(1, &[], out)),
        document(|out| legacy::encode_access_list(1, &entries, out)),
        document(|out| legacy::encode_provisioning("sip:alice@example.com", out)),
    ];
    insta::assert_snapshot!(all.join("\n\n"));
}
