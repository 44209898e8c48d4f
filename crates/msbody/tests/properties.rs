//! Any bytes give a value or an error, and what was taken can be put into other documents.

use proptest::prelude::*;

use rapport_msbody::contacts::{self, GroupEntry};
use rapport_msbody::container::{parse_set_members, parse_set_subscribers};
use rapport_msbody::soap::{self, ContactMethod};
use rapport_msbody::state::{AggregateActivity, AggregateState, encode_aggregate};
use rapport_msbody::watch::{WatchedCategory, WatchedPublication, encode_categories};
use rapport_msbody::xml::{Reader, attribute, element};
use rapport_msbody::{Fragment, StateFacts, calendar, provisioning, publish, roaming_self, subscribe, value};

/// Everything that reads.
fn parse_as_all(body: &[u8]) {
    let _ = publish::parse(body);
    let _ = roaming_self::parse(body);
    let _ = parse_set_members(body);
    let _ = parse_set_subscribers(body);
    let _ = subscribe::parse(body);
    let _ = soap::parse(body);
    let _ = provisioning::parse(body);
    if let Ok(text) = std::str::from_utf8(body) {
        let _ = value::parse_device(text);
        let _ = calendar::parse(text);
        let _ = StateFacts::parse(text);
        let _ = Fragment::parse(text);
    }
}

const BODIES: [&str; 8] = [
    include_str!("vectors/sipe-1.25.0/SERVICE-category-publish-device-machineState-userState.xml"),
    include_str!("vectors/sipe-1.25.0/SERVICE-category-publish-phoneState.xml"),
    include_str!("vectors/sipe-1.25.0/SERVICE-directorySearch.xml"),
    include_str!("vectors/sipe-1.25.0/SERVICE-setContact.xml"),
    include_str!("vectors/sipe-1.25.0/SERVICE-setcontainermembers.xml"),
    include_str!("vectors/sipe-1.25.0/SUBSCRIBE-presence.xml"),
    include_str!("vectors/sipe-1.25.0/SUBSCRIBE-provisioning-v2.xml"),
    include_str!("vectors/sipe-1.25.0/SUBSCRIBE-roaming-self.xml"),
];

/// Pieces of markup in any order.
fn soup() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        Just("<a>"),
        Just("</a>"),
        Just("<b/>"),
        Just("<p:a xmlns:p='u'>"),
        Just("</p:a>"),
        Just("<p:b/>"),
        Just("<a x=\"1\" y='2'>"),
        Just("<a xmlns='v'>"),
        Just("<a xmlns=''>"),
        Just("&amp;"),
        Just("&#x41;"),
        Just("&x;"),
        Just("text"),
        Just("é"),
        Just(" "),
        Just("\r\n"),
        Just("<![CDATA[<]]>"),
        Just("<!-- c -->"),
        Just("<state xmlns:xsi='http://www.w3.org/2001/XMLSchema-instance' xsi:type='p:t'>"),
        Just("</state>"),
        Just("<?x?>"),
        Just("<!DOCTYPE a>"),
        Just("<"),
        Just(">"),
        Just("\"")
    ];
    prop::collection::vec(piece, 0..24).prop_map(|pieces| pieces.concat())
}

proptest! {
    #[test]
    fn any_bytes_never_panic(body in prop::collection::vec(any::<u8>(), 0..300)) {
        parse_as_all(&body);
    }

    #[test]
    fn any_markup_never_panics(body in soup()) {
        parse_as_all(body.as_bytes());
    }

    #[test]
    fn a_body_with_bytes_changed_never_panics(
        which in 0..BODIES.len(),
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6),
    ) {
        let mut body = BODIES[which].as_bytes().to_vec();
        for (at, byte) in changes {
            let at = at.index(body.len());
            body[at] = byte;
        }
        parse_as_all(&body);
    }

    #[test]
    fn a_fragment_stays_the_same_when_read_again(body in soup()) {
        if let Ok(fragment) = Fragment::parse(&body) {
            prop_assert_eq!(Fragment::parse(fragment.as_str()).unwrap(), fragment);
        }
    }

    #[test]
    fn what_is_published_can_be_put_before_watchers(inside in soup()) {
        let body = format!(
            "<r:publish xmlns:r='urn:r' xmlns:p='urn:p'><r:publications uri='sip:a@b'><r:publication \
             categoryName='x' instance='0' container='2' expireType='static'>{inside}</r:publication>\
             </r:publications></r:publish>"
        );
        if let Ok(publish) = publish::parse(body.as_bytes()) {
            let value = publish.publications[0].value.clone();
            let publication =
                WatchedPublication { instance: 0, publish_time: 0, value: value.as_ref().map(Fragment::as_str) };
            let mut out = String::new();
            encode_categories("sip:a@b", &[WatchedCategory { name: "x", publication: Some(publication) }], &mut out);
            let document = Fragment::parse(&out);
            prop_assert!(document.is_ok(), "{:?}: {}", document, out);
            prop_assert_eq!(document.unwrap().to_string(), out);
        }
    }

    #[test]
    fn what_is_stored_with_a_group_can_be_given_back(inside in soup()) {
        let body = format!(
            "<s:Envelope xmlns:s='{}' xmlns:p='{}' xmlns:q='urn:q'><s:Body><p:addGroup z='1'><p:name>n</p:name>\
             <p:groupExtension>{inside}</p:groupExtension><q:x>{inside}</q:x></p:addGroup></s:Body></s:Envelope>",
            soap::ENVELOPE_NAMESPACE, soap::METHOD_NAMESPACE
        );
        if let Ok(ContactMethod::AddGroup { extras, name, .. }) = soap::parse(body.as_bytes()) {
            let entry = GroupEntry {
                id: 2,
                name: &name,
                external_uri: "",
                extra_attributes: &extras.attributes,
                extra_children: &extras.children,
            };
            let mut out = String::new();
            contacts::encode_list(1, &[entry], &[], &mut out);
            prop_assert!(Fragment::parse(&out).is_ok(), "{}", out);
            prop_assert!(out.contains("<groupExtension"));
            if !inside.is_empty() {
                prop_assert!(out.contains(&inside));
            }
        }
    }

    #[test]
    fn text_written_is_read_back(text in "\\PC{0,40}", more in "[ -~\t\n\r]{0,40}") {
        let mut out = String::from("<a");
        attribute(&mut out, "b", &text);
        attribute(&mut out, "c", &more);
        out.push('>');
        element(&mut out, "d", &text);
        element(&mut out, "e", &more);
        out.push_str("</a>");
        let mut reader = Reader::new(out.as_bytes()).unwrap();
        reader.root().unwrap();
        prop_assert_eq!(reader.attribute("b").unwrap(), text.as_str());
        prop_assert_eq!(reader.attribute("c").unwrap(), more.as_str());
        reader.child().unwrap();
        prop_assert_eq!(reader.text().unwrap(), text.as_str());
        reader.child().unwrap();
        prop_assert_eq!(reader.text().unwrap(), more.as_str());
        prop_assert_eq!(reader.child().unwrap(), None);
        reader.finish().unwrap();
    }

    #[test]
    fn an_aggregate_state_is_read_back(
        availability in any::<u32>(),
        token in proptest::option::of("[a-z-]{1,20}"),
        min in any::<Option<u32>>(),
        max in any::<Option<u32>>(),
        last_active in proptest::option::of(0..4_000_000_000_u64),
    ) {
        let activity = AggregateActivity {
            token: token.as_deref(),
            min_availability: min,
            max_availability: max,
            custom: &[],
        };
        let state = AggregateState {
            availability,
            activity: Some(activity),
            last_active: last_active.map(|seconds| seconds * 1000),
            ..AggregateState::default()
        };
        let mut out = String::new();
        encode_aggregate(&state, &mut out);
        let facts = StateFacts::parse(&out).unwrap();
        prop_assert_eq!(facts.availability, Some(availability));
        prop_assert_eq!(facts.last_active, state.last_active);
        let read = facts.activity.unwrap();
        prop_assert_eq!(read.token, token);
        prop_assert_eq!((read.min_availability, read.max_availability), (min, max));
    }
}
