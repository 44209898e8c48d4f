use rapport_core::presence::{MemberAction, MembershipChange, NewPublication};
use rapport_model::{DeviceKind, SipDomain};

use super::super::publish::publications;
use super::super::samples::{NOW, addresses, ann, aor, document, endpoint, lines, user};
use super::*;

fn published(body: &str) -> Vec<NewPublication> {
    let body = format!("<publish><publications uri=\"sip:ann@example.com\">{body}</publications></publish>");
    let publish = rapport_msbody::publish::parse(body.as_bytes()).expect("a request");
    publications(&publish, endpoint(1), DeviceKind::Desktop, NOW).expect("publications")
}

/// Ann signed in, with a note that ends, members and subscribers of every kind.
fn busy_document() -> Document {
    let machine = "<state type=\"machineState\"><availability>3500</availability></state>";
    let batch = published(&format!(
        "<publication categoryName=\"state\" instance=\"805306369\" container=\"2\" expireType=\"endpoint\">{machine}</publication>\
         <publication categoryName=\"state\" instance=\"805306369\" container=\"3\" expireType=\"endpoint\">{machine}</publication>\
         <publication categoryName=\"note\" instance=\"0\" container=\"200\" expireType=\"time\" expires=\"60\"><note><body>A &amp; B</body></note></publication>\
         <publication categoryName=\"note\" instance=\"0\" container=\"400\" expireType=\"static\"><note/></publication>"
    ));
    let mut document = document().publish(endpoint(1), &batch, &[endpoint(1)], NOW).expect("published").next;
    let domain = SipDomain::parse("partner.example").expect("a domain");
    let members = [
        CoreMember::User(PersonRef::Person(user(2))),
        CoreMember::User(PersonRef::Person(user(9))),
        CoreMember::User(PersonRef::Address(aor("zoe@partner.example"))),
        CoreMember::Domain(domain),
        CoreMember::Everyone,
        CoreMember::PublicCloud,
    ];
    let members = members.map(|member| (MemberAction::Add, member)).into();
    let change = MembershipChange { container: ContainerId::TEAM, version: 0, members };
    document = document.set_container_members(&[change]).expect("members").next;
    for (who, name) in [
        (PersonRef::Person(user(3)), "Cleo"),
        (PersonRef::Person(user(9)), "Gone"),
        (PersonRef::Address(aor("zoe@partner.example")), "Zoe \"Z\""),
    ] {
        document = document.queue_subscriber(who, name).expect("a subscriber").next;
    }
    document
}

fn check(document: &str) -> String {
    rapport_msbody::Fragment::parse(document).expect("a well-formed document");
    lines(document)
}

#[test]
fn the_first_document_has_everything_asked_for() {
    let document = busy_document();
    let whole = roaming_data(&ann().address, &document, RoamingList::ALL, &addresses(), NOW);
    insta::assert_snapshot!(check(&whole));
    let entries = whole.matches("<category ").count();
    assert_eq!(entries, document.publications.len());
}

#[test]
fn what_was_not_asked_for_is_left_out() {
    let which = RoamingList { containers: true, ..RoamingList::default() };
    let some = roaming_data(&ann().address, &document(), which, &addresses(), NOW);
    insta::assert_snapshot!(check(&some));
}

#[test]
fn a_category_touched_is_told_whole() {
    let document = busy_document();
    let answer = touched(&ann().address, &document, [&CategoryName::note()], [], NOW);
    insta::assert_snapshot!(check(&answer));
    let states = touched(&ann().address, &document, [&CategoryName::state()], [], NOW);
    let stored = document.publications.keys().filter(|key| key.category == CategoryName::state());
    assert_eq!(states.matches("<category ").count(), stored.count());
}

#[test]
fn an_emptied_place_is_told_unless_it_would_end_a_note_of_sipe() {
    let place = |category: &str, container| (CategoryName::new(category), container);
    let emptied = [
        place("note", ContainerId::COMPANY),
        place("note", ContainerId::TEAM),
        place("calendarData", ContainerId::COMPANY),
        place("calendarData", ContainerId::TEAM),
    ];
    let answer = touched(&ann().address, &document(), [], &emptied, NOW);
    let empty: Vec<&str> =
        answer.split("<category ").skip(1).map(|entry| entry.split("/>").next().unwrap_or("")).collect();
    assert_eq!(
        empty,
        [
            "name=\"calendarData\" container=\"300\"",
            "name=\"note\" container=\"200\"",
            "name=\"note\" container=\"300\"",
        ]
    );
}

#[test]
fn a_change_tells_whole_categories_whole_memberships_and_all_subscribers() {
    let mut document = busy_document();
    document = document.acknowledge([&PersonRef::Person(user(3))]).expect("a change").next;
    let categories = [
        (CategoryName::note(), ContainerId::COMPANY),
        (CategoryName::note(), ContainerId::TEAM),
        (CategoryName::note(), ContainerId::COMPANY),
    ];
    let containers = [ContainerId::TEAM, ContainerId(7)];
    let change = own_change(&ann().address, &document, &categories, &containers, true, &addresses(), NOW);
    insta::assert_snapshot!(check(&change));
}

#[test]
fn a_change_of_members_says_nothing_of_publications() {
    let document = busy_document();
    let change = own_change(&ann().address, &document, &[], &[ContainerId::PUBLIC], false, &addresses(), NOW);
    assert!(!change.contains("<categories"), "{change}");
    assert!(!change.contains("<subscribers"), "{change}");
    assert!(
        change.contains("<container id=\"100\" version=\"1\"><member type=\"federated\"/></container>"),
        "{change}"
    );
}

#[test]
fn what_is_left_of_a_lifetime_counts_the_second_begun() {
    let aor = ann().address;
    let at = |now| Entries::new(&aor, Timestamp(now)).lifetime(Lifetime::Until(Timestamp(60_000))).1;
    assert_eq!(at(0), Some(60));
    assert_eq!(at(1), Some(60));
    assert_eq!(at(59_001), Some(1));
    assert_eq!(at(60_000), Some(0));
    assert_eq!(at(70_000), Some(0));
}
