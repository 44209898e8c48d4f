//! The contact list: each operation, its deltas, its limits, and any sequence against what a client would hold.

mod support;

use std::collections::BTreeMap;

use proptest::prelude::*;
use rapport_core::contacts::*;
use rapport_core::directory::PersonRef;
use rapport_core::refusal::{Refusal, Rule};
use rapport_model::Limits;
use support::*;

fn who(n: u32) -> PersonRef {
    PersonRef::Person(user(n))
}

fn contact(groups: &[GroupId]) -> Contact {
    Contact {
        alias: "Bob".into(),
        groups: groups.into(),
        subscribed: true,
        external_uri: "".into(),
        extension_xml: "".into(),
    }
}

fn group(name: &str) -> ContactGroup {
    ContactGroup { name: name.into(), external_uri: "".into(), extension_xml: "".into() }
}

fn set(n: u32, groups: &[GroupId]) -> ContactChange {
    ContactChange::Set { who: who(n), contact: contact(groups) }
}

fn apply(list: &ContactList, change: ContactChange) -> ContactsApplied {
    list.apply(change, list.delta, &Limits::default()).expect("accepted")
}

fn list_with_groups(names: &[&str]) -> ContactList {
    names.iter().fold(ContactList::new(), |list, name| {
        apply(&list, ContactChange::AddGroup { group: group(name) }).next
    })
}

#[test]
fn a_new_list_has_other_contacts_and_the_number_one() {
    let list = ContactList::new();
    assert_eq!((list.delta, list.contacts.len()), (1, 0));
    assert_eq!(list.groups, [(1, group("~"))].into());
}

#[test]
fn a_contact_is_added_changed_and_deleted_each_by_one_step() {
    let added = apply(&ContactList::new(), set(2, &[]));
    let what = DeltaKind::AddedContact { who: who(2), contact: contact(&[1]) };
    assert_eq!(added.deltas, [Delta { prev: 1, number: 2, what }]);
    let changed = apply(&added.next, set(2, &[1, 7, 1]));
    let what = DeltaKind::ModifiedContact { who: who(2), contact: contact(&[1]) };
    assert_eq!(changed.deltas, [Delta { prev: 2, number: 3, what }]);
    let deleted = apply(&changed.next, ContactChange::Delete { who: who(2) });
    assert_eq!(
        deleted.deltas,
        [Delta { prev: 3, number: 4, what: DeltaKind::DeletedContact { who: who(2) } }]
    );
    assert!(deleted.next.contacts.is_empty());
}

#[test]
fn groups_get_the_smallest_free_number() {
    let list = list_with_groups(&["Friends", "Work"]);
    let list = apply(&list, ContactChange::DeleteGroup { id: 2 }).next;
    let added = apply(&list, ContactChange::AddGroup { group: group("Family") });
    assert_eq!(added.answer, Some(2));
    let what = DeltaKind::AddedGroup { id: 2, group: group("Family") };
    assert_eq!(added.deltas, [Delta { prev: 4, number: 5, what }]);
}

#[test]
fn the_name_tilde_and_a_name_that_is_there_are_that_group() {
    let list = list_with_groups(&["Friends"]);
    for (name, id) in [("~", 1), ("Friends", 2)] {
        let again = list.apply(ContactChange::AddGroup { group: group(name) }, 99, &Limits::default());
        let again = again.expect("comes to the same on any list");
        assert_eq!((again.answer, again.next.delta, again.next.groups.len()), (Some(id), list.delta + 1, 2));
    }
}

#[test]
fn the_contacts_of_a_deleted_group_stay() {
    let list = list_with_groups(&["Friends", "Work"]);
    let list = apply(&apply(&list, set(2, &[2])).next, set(3, &[2, 3])).next;
    let deleted = apply(&list, ContactChange::DeleteGroup { id: 2 });
    let kinds: Vec<&DeltaKind> = deleted.deltas.iter().map(|d| &d.what).collect();
    let modified =
        |n, groups: &[GroupId]| DeltaKind::ModifiedContact { who: who(n), contact: contact(groups) };
    assert_eq!(kinds, [&modified(2, &[1]), &modified(3, &[3]), &DeltaKind::DeletedGroup { id: 2 }]);
    assert_eq!(deleted.next.delta, list.delta + 3);
}

#[test]
fn stale_group_operations_are_refused_and_stale_contacts_taken() {
    let list = list_with_groups(&["Friends"]);
    let limits = Limits::default();
    let stale = Err(Refusal::StaleDelta { current: 2 });
    for based_on in [1, 3] {
        let group_operations = [
            ContactChange::AddGroup { group: group("Work") },
            ContactChange::ModifyGroup { id: 2, group: group("Work") },
            ContactChange::DeleteGroup { id: 2 },
        ];
        for change in group_operations {
            assert_eq!(list.apply(change, based_on, &limits), stale);
        }
        for change in [set(2, &[2]), ContactChange::Delete { who: who(9) }] {
            assert_eq!(list.apply(change, based_on, &limits).expect("taken").next.delta, 3);
        }
    }
}

#[test]
fn other_contacts_can_be_neither_renamed_nor_deleted() {
    let list = list_with_groups(&["Friends"]);
    let changes = [
        ContactChange::DeleteGroup { id: 1 },
        ContactChange::ModifyGroup { id: 1, group: group("Mine") },
        ContactChange::ModifyGroup { id: 2, group: group("~") },
    ];
    for change in changes {
        assert_eq!(list.apply(change, list.delta, &Limits::default()), Err(Refusal::GroupIsFixed));
    }
    let unknown = ContactChange::DeleteGroup { id: 9 };
    assert_eq!(list.apply(unknown, list.delta, &Limits::default()), Err(Refusal::UnknownGroup));
}

#[test]
fn the_two_hundred_and_fifty_first_contact_is_refused() {
    let full = (0..250).fold(ContactList::new(), |list, n| apply(&list, set(n + 10, &[])).next);
    let limits = Limits::default();
    assert_eq!(full.apply(set(2, &[]), full.delta, &limits), Err(Refusal::ContactListFull { limit: 250 }));
    apply(&full, set(10, &[1]));
    let room = apply(&full, ContactChange::Delete { who: who(10) }).next;
    apply(&room, set(2, &[]));
}

#[test]
fn the_sixty_fifth_group_is_refused() {
    let names: Vec<String> = (2..=64).map(|n| format!("g{n}")).collect();
    let list = list_with_groups(&names.iter().map(String::as_str).collect::<Vec<_>>());
    assert_eq!(list.groups.len(), 64);
    let one_more = ContactChange::AddGroup { group: group("more") };
    let generous = Limits { groups: 1000, ..Limits::default() };
    assert_eq!(list.apply(one_more, list.delta, &generous), Err(Refusal::TooManyGroups { limit: 64 }));
}

#[test]
fn what_is_too_large_to_keep_is_refused() {
    let long = |n: u32| "x".repeat(n as usize + 1);
    let check = |change, want| {
        assert_eq!(ContactList::new().apply(change, 1, &Limits::default()), Err(want));
    };
    let large = |what, limit| Refusal::TooLarge { what, limit };
    let contact = |change: fn(&mut Contact, String), limit| {
        let mut contact = contact(&[]);
        change(&mut contact, long(limit));
        ContactChange::Set { who: who(2), contact }
    };
    check(contact(|c, s| c.alias = s.into(), 256), large("alias", 256));
    check(contact(|c, s| c.external_uri = s.into(), 1024), large("external URI", 1024));
    check(contact(|c, s| c.extension_xml = s.into(), 2048), large("contact extension", 2048));
    check(ContactChange::AddGroup { group: group(&long(256)) }, large("group name", 256));
    let empty = Refusal::Invalid { field: "name", rule: Rule::Empty };
    check(ContactChange::AddGroup { group: group("") }, empty);
}

/// Applies deltas as a client does, which knows nothing of the rules.
fn follow(list: &mut ContactList, delta: &Delta) {
    assert_eq!((delta.prev, delta.number), (list.delta, list.delta + 1));
    list.delta = delta.number;
    match delta.what.clone() {
        DeltaKind::AddedContact { who, contact } => assert_eq!(list.contacts.insert(who, contact), None),
        DeltaKind::ModifiedContact { who, contact } => assert!(list.contacts.insert(who, contact).is_some()),
        DeltaKind::DeletedContact { who } => drop(list.contacts.remove(&who)),
        DeltaKind::AddedGroup { id, group } => assert_eq!(list.groups.insert(id, group), None),
        DeltaKind::ModifiedGroup { id, group } => assert!(list.groups.insert(id, group).is_some()),
        DeltaKind::DeletedGroup { id } => {
            assert!(list.contacts.values().all(|contact| !contact.groups.contains(&id)));
            assert!(list.groups.remove(&id).is_some());
        }
    }
}

fn any_change() -> impl Strategy<Value = ContactChange> {
    let names = prop::sample::select(vec!["~", "Friends", "Work", "Family"]);
    prop_oneof![
        3 => (1u32..8, prop::collection::vec(0u32..6, 0..3)).prop_map(|(n, groups)| set(n, &groups)),
        1 => (1u32..8).prop_map(|n| ContactChange::Delete { who: who(n) }),
        2 => names.clone().prop_map(|name| ContactChange::AddGroup { group: group(name) }),
        1 => (0u32..6, names).prop_map(|(id, name)| ContactChange::ModifyGroup { id, group: group(name) }),
        1 => (0u32..6).prop_map(|id| ContactChange::DeleteGroup { id }),
    ]
}

/// Takes a delta as a client does that has missed some.
fn catch_up(list: &mut ContactList, delta: &Delta) {
    assert_eq!(delta.prev, list.delta);
    list.delta = delta.number;
    match delta.what.clone() {
        DeltaKind::AddedContact { who, contact } | DeltaKind::ModifiedContact { who, contact } => {
            assert!(contact.groups.iter().all(|id| list.groups.contains_key(id)));
            list.contacts.insert(who, contact);
        }
        DeltaKind::DeletedContact { who } => assert!(list.contacts.remove(&who).is_some()),
        DeltaKind::AddedGroup { id, group } | DeltaKind::ModifiedGroup { id, group } => {
            list.groups.insert(id, group);
        }
        DeltaKind::DeletedGroup { id } => {
            assert!(list.contacts.values().all(|contact| !contact.groups.contains(&id)));
            assert!(list.groups.remove(&id).is_some());
        }
    }
}

proptest! {
    #[test]
    fn who_holds_the_list_follows_when_it_is_replaced_by_an_earlier_one(
        changes in prop::collection::vec(any_change(), 0..30),
        since in 0usize..30,
    ) {
        let mut list = ContactList::new();
        let mut earlier = list.clone();
        for (n, change) in changes.into_iter().enumerate() {
            if n == since {
                earlier = list.clone();
            }
            if let Ok(applied) = list.apply(change, list.delta, &Limits::default()) {
                list = applied.next;
            }
        }
        match list.replaced(&earlier) {
            Some(replaced) => {
                prop_assert_eq!((&replaced.groups, &replaced.contacts), (&earlier.groups, &earlier.contacts));
                let deltas = deltas_between(&list, &replaced);
                let mut last = list.delta;
                for delta in &deltas {
                    prop_assert_eq!((delta.prev, delta.number), (last, last + 1));
                    last = delta.number;
                }
                deltas.iter().for_each(|delta| catch_up(&mut list, delta));
                prop_assert_eq!(list, replaced);
            }
            None => prop_assert_eq!((&list.groups, &list.contacts), (&earlier.groups, &earlier.contacts)),
        }
    }

    #[test]
    fn who_missed_deltas_catches_up(changes in prop::collection::vec(any_change(), 0..30), missed in 0usize..30) {
        let mut list = ContactList::new();
        let mut held = list.clone();
        for (n, change) in changes.into_iter().enumerate() {
            if n == missed {
                held = list.clone();
            }
            if let Ok(applied) = list.apply(change, list.delta, &Limits::default()) {
                list = applied.next;
            }
        }
        deltas_between(&held, &list).iter().for_each(|delta| catch_up(&mut held, delta));
        prop_assert_eq!(held, list);
    }

    #[test]
    fn who_follows_the_deltas_holds_the_list(changes in prop::collection::vec((any_change(), 0u32..3), 0..40)) {
        let limits = Limits { contacts: 5, groups: 3, ..Limits::default() };
        let mut list = ContactList::new();
        let mut held = list.clone();
        for (change, ahead) in changes {
            if let Ok(applied) = list.apply(change, list.delta + ahead / 2, &limits) {
                prop_assert!(!applied.deltas.is_empty());
                applied.deltas.iter().for_each(|delta| follow(&mut held, delta));
                list = applied.next;
                prop_assert_eq!(&held, &list);
            }
            prop_assert!(list.contacts.len() <= 5 && list.groups.len() <= 3 && list.groups.contains_key(&1));
            let groups: &BTreeMap<GroupId, ContactGroup> = &list.groups;
            for contact in list.contacts.values() {
                prop_assert!(!contact.groups.is_empty() && contact.groups.iter().all(|id| groups.contains_key(id)));
            }
        }
    }
}

#[test]
fn a_contact_that_was_nobodys_is_the_person_who_has_the_address() {
    let address = aor("late@contoso.example");
    let bare = ContactChange::Set { who: PersonRef::Address(address.clone()), contact: contact(&[1]) };
    let list = apply(&ContactList::new(), bare).next;
    let adopted = list.adopting(&address, &who(2)).expect("it stands there as an address");
    assert_eq!(adopted.contacts.keys().collect::<Vec<_>>(), [&who(2)]);
    assert_eq!(adopted.adopting(&address, &who(2)), None);
    let stored = apply(&adopted, ContactChange::Delete { who: who(2) }).next;
    assert!(stored.contacts.is_empty());
    // A client that knows one address for both sees the contact go and come, not come and go.
    let kinds: Vec<_> = deltas_between(&list, &apply(&adopted, set(2, &[1])).next)
        .into_iter()
        .map(|delta| delta.what)
        .collect();
    assert!(matches!(&kinds[..], [DeltaKind::DeletedContact { .. }, DeltaKind::AddedContact { .. }]));
}
