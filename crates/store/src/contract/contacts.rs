//! Contact lists: replaced under their delta number.

use std::sync::Arc;
use std::thread;

use rapport_core::contacts::ContactList;
use rapport_core::directory::PersonRef;

use super::block_on;
use super::values::{aor, contact_list, person, two};
use crate::{Store, StoreError, initial_contacts};

/// Delta number 1, group 1 `~`, no contact.
pub async fn a_new_person_has_the_group_of_other_contacts(store: Arc<dyn Store>) {
    let t = two(&*store).await;
    assert_eq!(store.contacts(&t.scope, t.ana.id).await, Ok(initial_contacts()));
    assert_eq!(store.contact_people(&t.scope, t.ana.id).await, Ok(vec![]));
}

/// Who of the company is on the list, by number, and nobody else's address.
pub async fn the_people_on_a_list_are_read_alone(store: Arc<dyn Store>) {
    let t = two(&*store).await;
    // The numbers are compared, not their digits.
    let mut people = Vec::new();
    for n in 0..12 {
        people.push(person(&*store, &t.company, &format!("friend{n}")).await.id);
    }
    let first = people.first().copied().expect("somebody");
    let mut list = contact_list(first);
    let contact = list.contacts.get(&PersonRef::Person(first)).cloned().expect("the friend");
    list.contacts.extend(people.iter().map(|user| (PersonRef::Person(*user), contact.clone())));
    assert!(list.contacts.keys().any(|who| who.person().is_none()), "an address is on it");
    store.commit_contacts(&t.scope, t.ana.id, &initial_contacts(), &list).await.expect("a commit");
    people.sort_unstable();
    assert_eq!(store.contact_people(&t.scope, t.ana.id).await, Ok(people));
}

/// Groups and contacts that were added, changed and removed are read back as they were committed.
pub async fn a_change_is_read_back_whole(store: Arc<dyn Store>) {
    let t = two(&*store).await;
    let friend = person(&*store, &t.company, "friend").await;
    let first = contact_list(friend.id);
    store.commit_contacts(&t.scope, t.ana.id, &initial_contacts(), &first).await.expect("a commit");
    assert_eq!(store.contacts(&t.scope, t.ana.id).await.as_ref(), Ok(&first));

    let mut second = first.clone();
    second.delta = 7;
    second.groups.remove(&64);
    second.groups.get_mut(&1).expect("group 1").name = "renamed".into();
    second.contacts.remove(&PersonRef::Address(aor("carl@elsewhere.example")));
    let contact = second.contacts.get_mut(&PersonRef::Person(friend.id)).expect("the friend");
    contact.groups = vec![1];
    contact.alias = "Freund".into();
    store.commit_contacts(&t.scope, t.ana.id, &first, &second).await.expect("a commit");
    assert_eq!(store.contacts(&t.scope, t.ana.id).await, Ok(second));
    assert_eq!(store.contacts(&t.scope, friend.id).await, Ok(initial_contacts()));
}

/// Who read an older list changes nothing.
pub async fn a_stale_change_is_refused_with_the_current_delta(store: Arc<dyn Store>) {
    let t = two(&*store).await;
    let first = contact_list(t.ana.id);
    store.commit_contacts(&t.scope, t.ana.id, &initial_contacts(), &first).await.expect("a commit");
    let late = ContactList { delta: 2, ..initial_contacts() };
    let refused = store.commit_contacts(&t.scope, t.ana.id, &initial_contacts(), &late).await;
    assert_eq!(refused, Err(StoreError::Stale { current: 2 }));
    assert_eq!(store.contacts(&t.scope, t.ana.id).await, Ok(first));
}

/// The delta number grows with every commit.
pub async fn a_delta_that_does_not_grow_is_refused(store: Arc<dyn Store>) {
    let t = two(&*store).await;
    let same = ContactList { delta: 1, ..contact_list(t.ana.id) };
    let refused = store.commit_contacts(&t.scope, t.ana.id, &initial_contacts(), &same).await;
    assert!(matches!(refused, Err(StoreError::Invalid { .. })), "{refused:?}");
    assert_eq!(store.contacts(&t.scope, t.ana.id).await, Ok(initial_contacts()));
}

/// Two endpoints that change the same list at once: one is told to read again.
pub async fn of_two_changes_at_once_one_wins(store: Arc<dyn Store>) {
    let t = two(&*store).await;
    let change = || {
        let new = contact_list(t.ana.id);
        block_on(store.commit_contacts(&t.scope, t.ana.id, &initial_contacts(), &new))
    };
    let results = thread::scope(|threads| {
        let both = [threads.spawn(change), threads.spawn(change)];
        both.map(|thread| thread.join().expect("no panic"))
    });
    assert!(results.contains(&Ok(())), "{results:?}");
    assert!(results.contains(&Err(StoreError::Stale { current: 2 })), "{results:?}");
}
