//! The address book of a company, as its people change.

use std::time::Duration;

use rapport_core::contacts::{Contact, ContactChange, OTHER_CONTACTS};
use rapport_core::directory::{Card, PersonPatch, PersonRef};
use rapport_model::{Scope, UserId};
use tokio::task::JoinSet;

use crate::world::{Node, company, person, two_nodes};

async fn found(node: &Node, scope: &Scope, asker: UserId, typed: &str) -> Vec<String> {
    let listing = node.address_book.find(scope, asker, typed, 20).await.unwrap();
    listing.people.iter().map(|(person, _)| person.card.display_name.clone()).collect()
}

fn renamed(name: &str) -> PersonPatch {
    PersonPatch {
        card: Some(Card { display_name: name.to_owned(), ..Card::default() }),
        ..PersonPatch::default()
    }
}

#[tokio::test]
async fn whoever_comes_changes_or_goes_is_found_as_they_are_at_once() {
    let (node, _, _) = two_nodes();
    let one = company(&node, "one").await;
    let kim = person(&node, &one, "kim@one.example", "Kim Berg").await;
    assert_eq!(found(&node, &one, kim.id, "berg").await, ["Kim Berg"]);

    let chris = person(&node, &one, "chris@one.example", "Chris Bergmann").await;
    assert_eq!(found(&node, &one, kim.id, "berg").await, ["Chris Bergmann", "Kim Berg"]);
    node.people.set(&one, chris.id, renamed("Chris Tal")).await.unwrap();
    assert_eq!(found(&node, &one, kim.id, "berg").await, ["Kim Berg"]);
    assert_eq!(found(&node, &one, kim.id, "chris@one").await, ["Chris Tal"]);

    let off = PersonPatch { enabled: Some(false), ..PersonPatch::default() };
    node.people.set(&one, chris.id, off).await.unwrap();
    assert_eq!(found(&node, &one, kim.id, "tal").await, [""; 0], "who may not sign in");
    let on = PersonPatch { enabled: Some(true), ..PersonPatch::default() };
    node.people.set(&one, chris.id, on).await.unwrap();
    assert_eq!(found(&node, &one, kim.id, "tal").await, ["Chris Tal"]);
    node.people.delete(&one, chris.id).await.unwrap();
    assert_eq!(found(&node, &one, kim.id, "tal").await, [""; 0]);
    node.people.restore(&one, chris.id).await.unwrap();
    assert_eq!(found(&node, &one, kim.id, "tal").await, ["Chris Tal"]);
}

#[tokio::test]
async fn contacts_are_found_first_and_another_company_s_people_never() {
    let (node, _, _) = two_nodes();
    let (one, two) = (company(&node, "one").await, company(&node, "two").await);
    let kim = person(&node, &one, "kim@one.example", "Kim").await;
    person(&node, &one, "aa@one.example", "Sam Alder").await;
    let last = person(&node, &one, "zz@one.example", "Sam Zeller").await;
    let other = person(&node, &two, "sam@two.example", "Sam Other").await;

    assert_eq!(found(&node, &one, kim.id, "sam").await, ["Sam Alder", "Sam Zeller"]);
    assert_eq!(found(&node, &two, other.id, "sam").await, ["Sam Other"]);
    let contact = Contact {
        alias: "".into(),
        groups: vec![OTHER_CONTACTS],
        subscribed: true,
        external_uri: "".into(),
        extension_xml: "".into(),
    };
    let set = ContactChange::Set { who: PersonRef::Person(last.id), contact };
    node.contacts.apply(&one, kim.id, &set, None, 1).await.unwrap();
    assert_eq!(found(&node, &one, kim.id, "sam").await, ["Sam Zeller", "Sam Alder"]);
}

#[tokio::test(start_paused = true)]
async fn what_another_node_changed_is_found_within_ten_minutes_although_nobody_was_told() {
    let (here, there, _) = two_nodes();
    let serving = there.clone();
    let mut tasks = JoinSet::new();
    tasks.spawn(async move { serving.run().await });
    let one = company(&here, "one").await;
    let kim = person(&here, &one, "kim@one.example", "Kim Berg").await;
    let chris = person(&here, &one, "chris@one.example", "Chris Berg").await;
    assert_eq!(found(&there, &one, kim.id, "berg").await, ["Chris Berg", "Kim Berg"]);
    here.people.set(&one, kim.id, renamed("Kim Tal")).await.unwrap();
    here.people.delete(&one, chris.id).await.unwrap();
    tokio::time::sleep(Duration::from_secs(10 * 60 + 1)).await;
    assert_eq!(found(&there, &one, kim.id, "tal").await, ["Kim Tal"]);
    assert_eq!(found(&there, &one, kim.id, "berg").await, [""; 0]);
}
