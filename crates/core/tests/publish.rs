//! Publishing, memberships, prompted subscribers, and what ends by itself.

mod support;

use rapport_core::directory::PersonRef;
use rapport_core::presence::*;
use rapport_core::refusal::Refusal;
use rapport_model::*;
use support::*;

const BOUND: [EndpointId; 1] =
    [EndpointId { user: UserId { tenant: TENANT, user: 1 }, instance: Instance([1; 16]) }];

fn publish(document: &Document, batch: &[NewPublication]) -> Result<Change, PublishError> {
    document.publish(endpoint(1), batch, &BOUND, at(20))
}

#[test]
fn a_first_publication_gets_version_one_and_the_next_one_two() {
    let note = key("note", 200, 0);
    let first = publish(&new_document(), &[put(note.clone(), 0, Lifetime::Static, xml("a"))]).expect("new");
    assert_eq!(first.next.publications[&note].version, 1);
    assert_eq!(first.next.publications[&note].publisher, Some(endpoint(1)));
    assert_eq!(first.touched, [CategoryName::note()].into());
    assert!(matches!(&first.static_changes[..], [StaticChange::Put(k, p)] if *k == note && p.version == 1));
    assert_eq!(first.next.static_revision, new_document().static_revision + 1);
    let second =
        publish(&first.next, &[put(note.clone(), 1, Lifetime::Static, xml("b"))]).expect("right version");
    assert_eq!(second.next.publications[&note].version, 2);
}

#[test]
fn a_conflict_lists_every_wrong_operation_and_changes_nothing() {
    let document = signed_in(3500, 3500);
    let batch = [
        put(key("note", 200, 0), 4, Lifetime::Static, xml("x")),
        put(key("note", 300, 0), 0, Lifetime::Static, xml("x")),
        put(key("state", 2, USER), 7, Lifetime::Static, state_value(state(StateKind::User, Some(6500)))),
        delete(key("state", 3, USER), 0),
    ];
    let conflict = |index, current| Conflict { index, current };
    let want = PublishError::Conflict(vec![conflict(1, 0), conflict(3, 1), conflict(4, 1)]);
    assert_eq!(publish(&document, &batch), Err(want));
}

#[test]
fn deleting_what_does_not_exist_is_done_already() {
    let document = new_document();
    for version in [0, 9] {
        let change =
            publish(&document, &[delete(key("state", 2, 0x8000_0001), version)]).expect("nothing to do");
        assert_eq!((change.next, change.static_changes), (document.clone(), vec![]));
    }
}

#[test]
fn a_deleted_last_instance_leaves_an_empty_category_to_tell_of() {
    let note = key("note", 200, 0);
    let with_note =
        publish(&new_document(), &[put(note.clone(), 0, Lifetime::Static, xml("a"))]).expect("new").next;
    let change = publish(&with_note, &[delete(note.clone(), 1)]).expect("right version");
    assert_eq!(change.emptied, [(CategoryName::note(), ContainerId(200))].into());
    assert_eq!(change.static_changes, [StaticChange::Delete(note)]);
}

#[test]
fn a_live_publication_asks_nothing_of_the_store() {
    let change = publish(
        &new_document(),
        &[put(key("device", 2, 1), 0, Lifetime::Endpoint(endpoint(1)), device("d"))],
    )
    .expect("new");
    assert_eq!((change.static_changes.len(), change.next.static_revision), (0, 1));
}

#[test]
fn what_only_the_service_publishes_is_refused_or_passed_over() {
    let document = signed_in(3500, 3500);
    for forged in [key("state", 200, 1), key("state", 200, 0), key("state", 2, 0x1000_0000)] {
        let batch = [put(forged, 1, Lifetime::Static, state_value(state(StateKind::Other, Some(3500))))];
        assert_eq!(publish(&document, &batch), Err(Refusal::ReservedPublication.into()));
    }
    let aggregate = Value::Aggregate(AggregateState::offline(None).into());
    let batch = [put(key("state", 200, 77), 0, Lifetime::Static, aggregate)];
    assert_eq!(publish(&document, &batch), Err(Refusal::ReservedPublication.into()));
    for directory in [key("contactCard", 0, 0), key("contactCard", 400, 3), key("services", 200, 0)] {
        let batch = [put(directory.clone(), 55, Lifetime::Static, xml("<mine/>"))];
        let change = publish(&document, &batch).expect("passed over");
        assert_eq!(change.next.publications, document.publications);
        assert!(change.touched.contains(&directory.category), "the answer shows what stands");
    }
}

#[test]
fn what_a_batch_may_not_have_is_refused() {
    let document = new_document();
    let note = |container| put(key("note", container, 0), 0, Lifetime::Static, xml("x"));
    let check =
        |batch: &[NewPublication], want: Refusal| assert_eq!(publish(&document, batch), Err(want.into()));
    check(&[note(200), note(200)], Refusal::RepeatedPublication);
    check(&[note(32_768)], Refusal::ReservedContainer);
    check(&[put(key("note", 200, 0), 0, Lifetime::Endpoint(endpoint(2)), xml("x"))], Refusal::NotYours);
    let large = xml(&"x".repeat(MAX_VALUE_BYTES as usize + 1));
    let too_large = Refusal::TooLarge { what: "publication", limit: MAX_VALUE_BYTES };
    check(&[put(key("note", 200, 0), 0, Lifetime::Static, large)], too_large);
    let long_name = key(&"n".repeat(65), 200, 0);
    let too_large = Refusal::TooLarge { what: "category name", limit: MAX_CATEGORY_BYTES };
    check(&[put(long_name, 0, Lifetime::Static, xml("x"))], too_large);
}

#[test]
fn a_person_has_a_bounded_number_and_size_of_publications() {
    let many: Vec<_> =
        (0..=MAX_PUBLICATIONS).map(|n| put(key("note", 200, n), 0, Lifetime::Static, xml("x"))).collect();
    let document = new_document();
    publish(&document, &many[1..]).expect("as many as may be");
    let want = Refusal::TooManyPublications { limit: MAX_PUBLICATIONS };
    assert_eq!(publish(&document, &many), Err(want.into()));
    let value = xml(&"x".repeat(MAX_VALUE_BYTES as usize));
    let large: Vec<_> =
        (0..9).map(|n| put(key("note", 200, n), 0, Lifetime::Static, value.clone())).collect();
    publish(&document, &large[1..]).expect("as much as may be");
    let want = Refusal::TooLarge { what: "all publications", limit: MAX_PERSON_BYTES };
    assert_eq!(publish(&document, &large), Err(want.into()));
}

#[test]
fn another_endpoint_takes_a_publication_over() {
    let calendar = key("state", 2, 0x4000_0001);
    let value = || state_value(state(StateKind::Calendar, Some(6500)));
    let bound = [endpoint(1), endpoint(2)];
    let batch = [put(calendar.clone(), 0, Lifetime::Endpoint(endpoint(1)), value())];
    let first = new_document().publish(endpoint(1), &batch, &bound, at(1)).expect("new").next;
    let batch = [put(calendar.clone(), 1, Lifetime::Endpoint(endpoint(2)), value())];
    let second = first.publish(endpoint(2), &batch, &bound, at(2)).expect("right version").next;
    let kept = second.endpoint_gone(endpoint(1), &bound, at(3)).map_or(second.clone(), |change| change.next);
    assert!(kept.publications.contains_key(&calendar));
    let gone = kept.endpoint_gone(endpoint(2), &[endpoint(1)], at(4)).expect("its state goes").next;
    assert!(!gone.publications.contains_key(&calendar));
}

#[test]
fn each_lifetime_ends_when_it_says() {
    let bound = [endpoint(1), endpoint(2)];
    let batch = [
        put(key("note", 200, 1), 0, Lifetime::Static, xml("static")),
        put(key("note", 200, 2), 0, Lifetime::Endpoint(endpoint(1)), xml("endpoint")),
        put(key("note", 200, 3), 0, Lifetime::User, xml("user")),
        put(key("note", 200, 4), 0, Lifetime::Until(at(100)), xml("time")),
    ];
    let document = new_document().publish(endpoint(1), &batch, &bound, at(1)).expect("new").next;
    let left = |document: &Document| -> Vec<u32> {
        document.instances(&CategoryName::note(), ContainerId(200)).map(|(instance, _)| instance).collect()
    };
    assert_eq!(left(&document), [1, 2, 3, 4]);
    assert_eq!(document.next_expiry(at(1)), Some(at(100)));
    let first_gone = document.endpoint_gone(endpoint(1), &bound, at(2)).expect("one goes").next;
    assert_eq!(left(&first_gone), [1, 3, 4]);
    let both_gone = first_gone.endpoint_gone(endpoint(2), &[], at(3)).expect("one goes").next;
    assert_eq!(left(&both_gone), [1, 4]);
    let late = both_gone.sweep(&[], at(100)).expect("one goes");
    assert_eq!((left(&late.next), late.static_changes), (vec![1], vec![]));
}

#[test]
fn a_new_person_is_visible_before_the_first_sign_in() {
    let document = new_document();
    let cards = |container: u16| {
        let card = match &document.publications.get(&key("contactCard", container, 3)).map(|p| &p.value) {
            Some(Value::AddressBook(card)) => Some((card.office.clone(), card.phones.len())),
            _ => None,
        };
        (document.publications.contains_key(&key("contactCard", container, 0)), card)
    };
    assert_eq!(cards(0), (true, None));
    assert_eq!(cards(32_000), (true, None));
    assert_eq!(cards(100), (true, Some((String::new(), 0))));
    assert_eq!(cards(200), (true, Some(("B2".into(), 1))));
    assert_eq!(cards(300), (true, Some(("B2".into(), 2))));
    assert_eq!(cards(400), (true, Some(("B2".into(), 3))));
    assert_eq!(document.memberships[&ContainerId(100)].members, [Member::Federated].into());
    assert_eq!(document.memberships[&ContainerId(200)].members, [Member::SameEnterprise].into());
    assert!(document.publications.values().all(|p| p.version == 1 && p.lifetime == Lifetime::Static));
    assert_eq!(document.sweep(&[], at(1)), None);
}

#[test]
fn the_card_follows_the_directory() {
    let document = new_document();
    assert_eq!(document.refresh_directory(&person(), at(5)), None);
    let mut renamed = person();
    renamed.card.display_name = "Ana Berg".into();
    let change = document.refresh_directory(&renamed, at(5)).expect("a new name");
    assert_eq!((change.static_changes.len(), change.touched), (6, [CategoryName::contact_card()].into()));
    assert_eq!(change.next.publications[&key("contactCard", 32_000, 0)].version, 2);
    assert_eq!(change.next.publications[&key("contactCard", 200, 3)].version, 1);
    let mut published = person();
    published.card.web_page = "https://contoso.example/~ana".into();
    let change = document.refresh_directory(&published, at(5)).expect("a new web page");
    assert_eq!(change.static_changes.len(), 4, "every level but Blocked sees it");
}

#[test]
fn memberships_change_whole_and_under_their_versions() {
    let document = new_document();
    let bob = || Member::User(PersonRef::Person(user(2)));
    let change = |container, version, action, member| MembershipChange {
        container: ContainerId(container),
        version,
        members: vec![(action, member)],
    };
    let moved = document
        .set_container_members(&[
            change(300, 0, MemberAction::Add, bob()),
            change(200, 1, MemberAction::Remove, Member::SameEnterprise),
        ])
        .expect("right versions");
    assert_eq!(moved.touched_containers, [ContainerId(200), ContainerId(300)].into());
    assert_eq!(moved.next.memberships[&ContainerId(200)], Membership { version: 2, members: [].into() });
    assert_eq!(moved.next.memberships[&ContainerId(300)], Membership { version: 1, members: [bob()].into() });
    assert_eq!((moved.static_changes.len(), moved.next.static_revision), (2, 2));

    let stale = [change(300, 0, MemberAction::Add, bob()), change(200, 1, MemberAction::Add, bob())];
    let want = [Conflict { index: 1, current: 1 }, Conflict { index: 2, current: 2 }];
    assert_eq!(moved.next.set_container_members(&stale), Err(PublishError::Conflict(want.into())));
    for container in [0, 32_768] {
        let refused = document.set_container_members(&[change(container, 0, MemberAction::Add, bob())]);
        assert_eq!(refused, Err(Refusal::ReservedContainer.into()));
    }
    let same = document.set_container_members(&[change(200, 1, MemberAction::Add, Member::SameEnterprise)]);
    assert!(same.expect("right version").is_empty());
    let crowd = MembershipChange {
        container: ContainerId(400),
        version: 0,
        members: (0..=MAX_MEMBERS)
            .map(|n| (MemberAction::Add, Member::User(PersonRef::Person(user(n)))))
            .collect(),
    };
    let want = Refusal::TooManyMembers { limit: MAX_MEMBERS };
    assert_eq!(document.set_container_members(&[crowd]), Err(want.into()));
}

#[test]
fn memberships_of_an_earlier_day_come_back_under_versions_of_their_own() {
    let member = |n| Member::User(PersonRef::Person(user(n)));
    let change = |container, version, members| MembershipChange {
        container: ContainerId(container),
        version,
        members,
    };
    let add = |n| (MemberAction::Add, member(n));
    let remove = |n| (MemberAction::Remove, member(n));
    let then = new_document().set_container_members(&[change(400, 0, vec![add(2)])]).expect("changed").next;
    let now = then
        .set_container_members(&[change(400, 1, vec![remove(2), add(3)]), change(32000, 0, vec![add(2)])])
        .expect("changed")
        .next;
    let back = now.replace_memberships(&then.memberships);
    let of = |container| back.next.memberships.get(&ContainerId(container)).expect("there");
    assert_eq!((of(400).version, &of(400).members), (3, &[member(2)].into()));
    assert_eq!((of(32000).version, of(32000).members.len()), (2, 0), "who was blocked since is not blocked");
    assert_eq!(back.next.static_revision, now.static_revision + 1);
    assert_eq!(back.touched_containers.len(), 2);
    assert!(back.next.replace_memberships(&then.memberships).is_empty(), "nothing is left to do");
}

#[test]
fn a_prompted_subscriber_is_asked_about_once() {
    let bob = PersonRef::Person(user(2));
    let queued = new_document().queue_subscriber(bob.clone(), "Bob").expect("new");
    assert_eq!(queued.touched_subscribers, [bob.clone()].into());
    assert_eq!(queued.next.pending_subscribers().count(), 1);
    assert_eq!(queued.next.queue_subscriber(bob.clone(), "Bob"), None);
    let nobody = PersonRef::Person(user(9));
    let seen = queued.next.acknowledge([&bob, &nobody]).expect("acknowledged");
    assert_eq!(seen.next.pending_subscribers().count(), 0);
    assert_eq!(seen.static_changes.len(), 1);
    assert_eq!(seen.next.acknowledge([&bob]), None);
    assert_eq!(seen.next.queue_subscriber(bob, "Bob"), None);
}

#[test]
fn the_queue_of_prompted_subscribers_is_bounded() {
    let mut document = new_document();
    for n in 0..MAX_SUBSCRIBERS {
        let who = PersonRef::Person(user(u32::try_from(n).expect("small")));
        document = document.queue_subscriber(who, &"é".repeat(200)).expect("room").next;
    }
    assert!(document.subscribers.values().all(|p| p.display_name.len() == 256));
    let late = PersonRef::Person(user(9999));
    assert_eq!(document.queue_subscriber(late.clone(), "Late"), None);
    let document = document.acknowledge([&PersonRef::Person(user(3))]).expect("acknowledged").next;
    let change = document.queue_subscriber(late.clone(), "Late").expect("one is forgotten");
    assert_eq!(change.touched_subscribers, [PersonRef::Person(user(3)), late].into());
    assert_eq!(change.next.subscribers.len(), MAX_SUBSCRIBERS);
}

#[test]
fn what_is_over_has_no_version_although_nobody_has_swept_it() {
    let until = put(key("note", 200, 0), 0, Lifetime::Until(at(20)), xml("soon over"));
    let of_other = put(key("note", 300, 0), 0, Lifetime::Endpoint(endpoint(2)), xml("of the other"));
    let both = [endpoint(1), endpoint(2)];
    let document = new_document().publish(endpoint(1), &[until], &both, at(10)).expect("new").next;
    let document = document.publish(endpoint(2), &[of_other], &both, at(10)).expect("new").next;
    assert!(!document.is_overdue(&both, at(19)));
    assert!(document.is_overdue(&both, at(20)) && document.is_overdue(&[endpoint(1)], at(19)));
    let again: Vec<_> = [200, 300].map(|c| put(key("note", c, 0), 0, Lifetime::Static, xml("again"))).into();
    let next = document.publish(endpoint(1), &again, &[endpoint(1)], at(20)).expect("nothing is there").next;
    assert_eq!(next.publications[&key("note", 200, 0)].version, 1);
    assert_eq!(next.publications[&key("note", 300, 0)].version, 1);
}
