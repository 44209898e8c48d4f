//! Requests that the recordings do not show: Communicator's forms, and what is refused.

use rapport_msbody::container::{MemberKind, parse_set_members, parse_set_subscribers};
use rapport_msbody::soap::{self, ContactMethod};
use rapport_msbody::state::StateKind;
use rapport_msbody::{BodyError, Fragment, StateFacts, What, provisioning, publish, roaming_self, subscribe};

fn publication(attributes: &str) -> Result<publish::Publish, BodyError> {
    let body = format!(
        "<publish><publications uri=\"sip:a@b\"><publication {attributes}/></publications></publish>"
    );
    publish::parse(body.as_bytes())
}

#[test]
fn a_publication_needs_its_key_and_a_known_expire_type() {
    let good = "categoryName=\"note\" instance=\"0\" container=\"32767\" expireType=\"time\" expires=\"60\"";
    let publish = publication(good).unwrap();
    let only = &publish.publications[0];
    assert_eq!((only.version, only.expires, only.expire_type), (0, Some(60), publish::ExpireType::Time));
    assert!(only.value.is_none() && !only.is_delete());
    let check = |from: &str, to: &str, what: What| {
        assert_eq!(publication(&good.replace(from, to)).unwrap_err().what, what, "{to}");
    };
    check("categoryName=\"note\"", "", What::Missing("categoryName"));
    check("\"note\"", "\"\"", What::Invalid("categoryName"));
    check("instance=\"0\"", "", What::Missing("instance"));
    check("instance=\"0\"", "instance=\"4294967296\"", What::Invalid("instance"));
    check("32767", "32768", What::Invalid("container"));
    check("container=\"32767\"", "", What::Missing("container"));
    check("\"time\"", "\"never\"", What::Invalid("expireType"));
    check("expireType=\"time\"", "", What::Missing("expireType"));
}

#[test]
fn the_same_publication_twice_is_refused() {
    let one = |container: u32| {
        format!(
            "<publication categoryName=\"n\" instance=\"0\" container=\"{container}\" expireType=\"static\"/>"
        )
    };
    let body = |a, b| {
        format!("<publish><publications uri=\"sip:a@b\">{}{}</publications></publish>", one(a), one(b))
    };
    assert!(publish::parse(body(200, 300).as_bytes()).is_ok());
    assert_eq!(publish::parse(body(200, 200).as_bytes()).unwrap_err().what, What::DuplicatePublication);
}

#[test]
fn a_value_takes_the_declarations_along_that_it_uses() {
    let body = r#"<p:publish xmlns:p="urn:rich" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"
        xmlns:s='urn:state"quoted' xmlns:t="urn:type" xmlns:unused="urn:unused"><p:publications uri="sip:a@b">
        <p:publication categoryName="x" instance="0" container="2" expireType="user"><s:state xsi:type="t:thing"
        xmlns:own="urn:own"><own:a/>é</s:state></p:publication></p:publications></p:publish>"#;
    let publish = publish::parse(body.as_bytes()).unwrap();
    let value = publish.publications[0].value.as_ref().unwrap();
    assert_eq!(
        value.as_str(),
        "<s:state xmlns:s=\"urn:state&quot;quoted\" xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\" \
         xmlns:t=\"urn:type\" xsi:type=\"t:thing\"\n        xmlns:own=\"urn:own\"><own:a/>é</s:state>"
    );
    assert_eq!(Fragment::parse(value.as_str()).unwrap(), *value);
}

#[test]
fn a_value_keeps_the_default_namespace_it_stood_in() {
    let body = |root: &str| {
        format!(
            "<{root}><publications uri=\"sip:a@b\"><publication categoryName=\"x\" instance=\"0\" \
             container=\"2\" expireType=\"user\"><v><w/></v></publication></publications></publish>"
        )
    };
    let value = |root| {
        let publish = publish::parse(body(root).as_bytes()).unwrap();
        publish.publications[0].value.as_ref().unwrap().to_string()
    };
    assert_eq!(value("publish xmlns=\"urn:rich\""), "<v xmlns=\"urn:rich\"><w/></v>");
    assert_eq!(value("publish"), "<v xmlns=\"\"><w/></v>");
}

#[test]
fn a_calendar_state_tells_when_and_where() {
    let facts = StateFacts::parse(
        r#"<state xmlns="http://schemas.microsoft.com/2006/09/sip/state" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"
        manual="false" uri="alice@example.com" startTime="2009-01-11T19:00:00Z" xsi:type="calendarState">
        <availability>6500</availability><activity token="in-a-meeting" minAvailability="6500" maxAvailability="8999"/>
        <endpointLocation/><meetingSubject>Budget</meetingSubject><meetingLocation>B2</meetingLocation></state>"#,
    )
    .unwrap();
    assert_eq!((facts.kind, facts.availability), (StateKind::Calendar, Some(6500)));
    assert_eq!(facts.start_time, Some(1_231_700_400_000));
    assert_eq!(facts.uri.as_deref(), Some("alice@example.com"));
    assert!(facts.endpoint_location.is_none());
    assert!(facts.meeting_subject.unwrap().as_str().ends_with(">Budget</meetingSubject>"));
    assert!(facts.meeting_location.unwrap().as_str().ends_with(">B2</meetingLocation>"));
}

#[test]
fn an_out_of_office_state_has_an_activity_only() {
    let facts = StateFacts::parse(
        r#"<state xmlns="urn:s" xmlns:i="http://www.w3.org/2001/XMLSchema-instance" i:type="calendarState">
        <activity minAvailability="12000"><custom LCID="1033">Away</custom><custom LCID="1031">Weg</custom></activity></state>"#,
    )
    .unwrap();
    assert_eq!(facts.availability, None);
    let activity = facts.activity.unwrap();
    assert_eq!(
        (activity.token, activity.min_availability, activity.max_availability),
        (None, Some(12_000), None)
    );
    assert_eq!(activity.custom[1].as_str(), "<custom xmlns=\"urn:s\" LCID=\"1031\">Weg</custom>");
}

#[test]
fn a_member_is_put_in_and_taken_out() {
    let containers = parse_set_members(
        br#"<setContainerMembers><container id="200" version="3"><member action="remove" type="user" value="sip:bob@example.com"/></container>
        <container id="300" version="0"><member action="add" type="DOMAIN" value="example.org"/></container></setContainerMembers>"#,
    )
    .unwrap();
    let change = &containers[0].changes[0];
    assert_eq!(
        (change.add, change.kind, change.value.as_deref()),
        (false, MemberKind::User, Some("bob@example.com"))
    );
    assert_eq!(containers[1].changes[0].kind, MemberKind::Domain);
    let check = |container: &str, what: What| {
        let body = format!("<setContainerMembers>{container}</setContainerMembers>");
        assert_eq!(parse_set_members(body.as_bytes()).unwrap_err().what, what);
    };
    check("<container id=\"0\"/>", What::Invalid("id"));
    check("<container id=\"1\"><member action=\"add\" type=\"user\"/></container>", What::Missing("value"));
    check("<container id=\"1\"><member action=\"add\" type=\"x\"/></container>", What::Invalid("type"));
    check("<container id=\"1\"><member action=\"x\" type=\"user\"/></container>", What::Invalid("action"));
}

#[test]
fn an_unacknowledged_subscriber_stays_so() {
    let subscribers = parse_set_subscribers(
        b"<setSubscribers><subscriber user=\"sip:c@d\" acknowledged=\"false\"/></setSubscribers>",
    )
    .unwrap();
    assert_eq!((subscribers[0].user.as_str(), subscribers[0].acknowledged), ("c@d", false));
}

#[test]
fn communicator_says_in_its_own_way_that_it_lists_a_contact() {
    let request = |inside: &str| {
        let body = format!(
            "<batchSub xmlns=\"http://schemas.microsoft.com/2006/01/sip/batch-subscribe\" uri=\"sip:a@b\" name=\"\">\
             <action name=\"unsubscribe\" id=\"1\"/><action name=\"subscribe\" id=\"2\"><adhocList>\
             <resource uri=\"sip:c@d\">{inside}</resource></adhocList></action></batchSub>"
        );
        subscribe::parse(body.as_bytes()).unwrap()
    };
    let context = |watcher: &str| {
        format!(
            "<subscriptionContext xmlns=\"http://schemas.microsoft.com/2008/09/sip/SubscriptionContext\" \
             majorVersion=\"1\" minorVersion=\"0\"><watcher>{watcher}</watcher></subscriptionContext>"
        )
    };
    let listed = request(&context("<contactList/>"));
    assert_eq!(listed.actions.len(), 2);
    assert!(!listed.actions[0].subscribe);
    assert!(listed.actions[1].resources[0].context);
    assert!(!request(&context("")).actions[1].resources[0].context);
    assert!(!request("").actions[1].resources[0].context);
}

#[test]
fn a_legacy_address_list_is_recognised() {
    let request = subscribe::parse(
        br#"<adhoclist xmlns="urn:ietf:params:xml:ns:adrl" uri="sip:a@b" name="x"><create xmlns="">
        <resource uri="sip:c@d"/></create><resource uri="sip:e@f"/></adhoclist>"#,
    )
    .unwrap();
    assert!(request.legacy);
    let people: Vec<_> = request.actions[0].resources.iter().map(|r| r.uri.as_str()).collect();
    assert_eq!(people, ["sip:c@d", "sip:e@f"]);
    assert!(request.actions[0].categories.is_empty());
}

#[test]
fn data_sets_and_groups_can_all_be_asked_for() {
    let body = br#"<roamingList><roaming type="categories"/><roaming type="containers"/><roaming type="subscribers"/>
        <roaming type="delegates"/><roaming type="later"/></roamingList>"#;
    assert_eq!(roaming_self::parse(body).unwrap(), roaming_self::RoamingList::ALL);
    let body = br#"<provisioningGroupList xmlns="http://schemas.microsoft.com/2006/09/sip/provisioninggrouplist" subnet="192.0.2.0">
        <provisioningGroup name="ServerConfiguration" opaque="x"/><provisioningGroup name="meetingPolicy"/>
        <provisioningGroup name="ucPolicy"/><provisioningGroup name="publicationGrammar"/><provisioningGroup name="userSetting"/>
        <x:other xmlns:x="urn:x"/></provisioningGroupList>"#;
    assert_eq!(provisioning::parse(body).unwrap(), provisioning::RequestedGroups::ALL);
}

fn method(prefix: &str, namespace: &str, content: &str) -> Result<ContactMethod, BodyError> {
    let body = format!(
        "<SOAP-ENV:Envelope xmlns:SOAP-ENV=\"http://schemas.xmlsoap.org/soap/envelope/\" \
         xmlns:{prefix}=\"{namespace}\" xmlns:x=\"urn:x\"><SOAP-ENV:Header/><SOAP-ENV:Body>{content}</SOAP-ENV:Body>\
         </SOAP-ENV:Envelope>"
    );
    soap::parse(body.as_bytes())
}

#[test]
fn what_the_server_does_not_understand_of_a_contact_is_kept() {
    let content = "<q:setContact q:z=\"1\" flag=\"a&amp;b\" id=\"9\"><q:URI>sip:b@c</q:URI><q:groups>1 x 3 3 </q:groups>\
        <q:subscribed>false</q:subscribed>\
        <q:contactExtension kind=\"k\"><contactSettings contactId=\"1\"/><x:y/></q:contactExtension>\
        <x:more><q:deep/></x:more><q:hint/></q:setContact>";
    let ContactMethod::SetContact(contact) = method("q", soap::METHOD_NAMESPACE, content).unwrap() else {
        panic!("setContact");
    };
    assert_eq!(contact.groups, [1, 3]);
    assert!(!contact.subscribed);
    assert_eq!(contact.delta_num, None);
    assert_eq!(contact.extras.attributes, " flag=\"a&amp;b\"");
    assert_eq!(
        contact.extras.children,
        format!(
            "<contactExtension xmlns:x=\"urn:x\" kind=\"k\"><contactSettings contactId=\"1\"/><x:y/></contactExtension>\
             <x:more xmlns:x=\"urn:x\" xmlns:q=\"{}\"><q:deep/></x:more><hint/>",
            soap::METHOD_NAMESPACE
        )
    );
}

#[test]
fn what_is_kept_of_a_contact_has_a_limit() {
    let content = |length: usize| {
        let text = "x".repeat(length);
        format!("<q:addGroup><q:name>n</q:name><q:groupExtension>{text}</q:groupExtension></q:addGroup>")
    };
    assert!(method("q", soap::METHOD_NAMESPACE, &content(4000)).is_ok());
    assert!(method("q", soap::METHOD_NAMESPACE, &content(4097)).unwrap_err().is_limit());
}

#[test]
fn a_distribution_list_is_kept_with_its_group() {
    let content = "<q:addGroup><q:name>Team</q:name><q:externalURI>mailto:team@example.com</q:externalURI><q:groupID/>\
        <q:groupExtension groupType=\"dg\"><q:email>team@example.com</q:email></q:groupExtension>\
        <q:deltaNum> 4 </q:deltaNum></q:addGroup>";
    let ContactMethod::AddGroup { external_uri, delta_num, extras, .. } =
        method("q", soap::METHOD_NAMESPACE, content).unwrap()
    else {
        panic!("addGroup");
    };
    assert_eq!((external_uri.as_str(), delta_num), ("mailto:team@example.com", Some(4)));
    assert_eq!(
        extras.children,
        format!(
            "<groupExtension xmlns:q=\"{}\" groupType=\"dg\"><q:email>team@example.com</q:email></groupExtension>",
            soap::METHOD_NAMESPACE
        )
    );
}

#[test]
fn a_method_must_stand_in_its_namespace() {
    let content = "<q:deleteContact><q:URI>sip:a@b</q:URI></q:deleteContact>";
    assert!(method("q", soap::METHOD_NAMESPACE, content).is_ok());
    for namespace in [
        "urn:x",
        "http://schemas.microsoft.com/winrtc/2002/11/sip/",
        "HTTP://schemas.microsoft.com/winrtc/2002/11/sip",
    ] {
        assert_eq!(method("q", namespace, content).unwrap_err().what, What::WrongNamespace);
    }
    let error = soap::parse(b"<Envelope><Body/></Envelope>").unwrap_err();
    assert_eq!(error.what, What::WrongNamespace);
}

#[test]
fn methods_lack_nothing_they_need() {
    let check = |content: &str, what: What| {
        assert_eq!(method("q", soap::METHOD_NAMESPACE, content).unwrap_err().what, what, "{content}");
    };
    check("", What::Missing("method"));
    check("<q:setContact/>", What::Missing("URI"));
    check("<q:deleteContact/>", What::Missing("URI"));
    check("<q:addGroup/>", What::Missing("name"));
    check("<q:modifyGroup><q:name>n</q:name></q:modifyGroup>", What::Missing("groupID"));
    check("<q:deleteGroup><q:groupID>x</q:groupID></q:deleteGroup>", What::Invalid("groupID"));
    check("<q:deleteGroup><q:deltaNum>-1</q:deltaNum></q:deleteGroup>", What::Invalid("deltaNum"));
    check("<q:setACE><q:type>ALL</q:type></q:setACE>", What::Missing("rights"));
}

#[test]
fn legacy_and_unknown_methods_are_told_apart() {
    let ok = |content: &str| method("q", soap::METHOD_NAMESPACE, content).unwrap();
    assert_eq!(
        ok(
            "<q:setACE><q:type>ALL</q:type><q:mask/><q:rights>AA</q:rights><q:deltaNum>1</q:deltaNum></q:setACE>"
        ),
        ContactMethod::SetAce {
            kind: "ALL".into(),
            mask: String::new(),
            rights: "AA".into(),
            delta_num: Some(1)
        }
    );
    assert!(matches!(ok("<q:setPresence><q:presentity/></q:setPresence>"), ContactMethod::SetPresence(_)));
    assert!(matches!(ok("<q:getPresence/>"), ContactMethod::GetPresence(_)));
    assert_eq!(ok("<q:dance><q:a/></q:dance>"), ContactMethod::Other("dance".into()));
}

#[test]
fn a_search_has_all_its_conditions() {
    let content = "<q:directorySearch><q:filter q:href=\"#s\"/><q:maxResults>100</q:maxResults></q:directorySearch>\
        <q:Array q:id=\"other\"><q:row q:attrib=\"c\" q:value=\"DE\"/></q:Array>\
        <q:Array q:id=\"s\"><q:row q:attrib=\"givenName\" q:value=\"ali\"/><q:row q:attrib=\"sn\" q:value=\"&lt;\"/></q:Array>";
    assert_eq!(
        method("q", soap::METHOD_NAMESPACE, content).unwrap(),
        ContactMethod::DirectorySearch {
            max_results: Some(100),
            rows: vec![("givenName".into(), "ali".into()), ("sn".into(), "<".into())],
        }
    );
}
