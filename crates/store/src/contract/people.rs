//! People: how they are found, what is unique, and what goes with them.

use std::sync::Arc;
use std::thread;

use rapport_core::directory::{Card, FormerAddress, Person};
use rapport_core::presence::{Lifetime, StaticChange};
use rapport_model::{Timestamp, UserId};

use super::block_on;
use super::values::{
    aor, contact_list, every_value, full_card, line, new_person, note, nothing, person, two,
};
use crate::{
    AuditEntry, Beginning, Begins, NewPassword, NewPerson, Store, StoreError, StoredPresence, bounds,
    initial_contacts,
};

fn conflict<T: std::fmt::Debug>(result: &Result<T, StoreError>) {
    assert!(matches!(result, Err(StoreError::Conflict { .. })), "{result:?}");
}

fn invalid<T: std::fmt::Debug>(result: &Result<T, StoreError>) {
    assert!(matches!(result, Err(StoreError::Invalid { .. })), "{result:?}");
}

/// Each of a person's names leads to them.
pub async fn a_person_is_found_by_number_address_alias_and_sign_in_name(store: Arc<dyn Store>) {
    let t = two(&*store).await;
    let new = NewPerson {
        aliases: vec![aor("z@north.test"), aor("a@north.example")],
        ..new_person(&t.company, "kim")
    };
    let kim = store.add_person(&t.scope, new.clone(), nothing()).await.expect("added");
    assert_eq!(kim, new.with_id(kim.id));
    assert_eq!(kim.id.tenant, t.company.id);
    assert_eq!(store.person(&t.scope, kim.id).await.as_ref(), Ok(&kim));
    for text in ["kim@north.example", "z@north.test", "a@north.example"] {
        assert_eq!(store.person_by_address(&t.scope, &aor(text)).await, Ok(Some(kim.clone())), "{text}");
    }
    assert_eq!(store.person_by_sign_in_name(&t.scope, "kim").await, Ok(Some(kim.clone())));
    assert_eq!(store.person_by_address(&t.scope, &aor("kim@north.test")).await, Ok(None));
    assert_eq!(store.person_by_sign_in_name(&t.scope, "nobody").await, Ok(None));
    let nobody = UserId { user: u32::MAX, ..kim.id };
    assert_eq!(store.person(&t.scope, nobody).await, Err(StoreError::NotFound));
    let found = store.people_by_ids(&t.scope, &[kim.id, nobody, t.ana.id, kim.id]).await;
    assert_eq!(found, Ok(vec![t.ana.clone(), kim]));
    assert_eq!(store.people_by_ids(&t.scope, &[]).await, Ok(vec![]));
}

/// No field of the directory entry is lost, and each can be changed.
pub async fn everything_of_a_person_is_read_back(store: Arc<dyn Store>) {
    let t = two(&*store).await;
    let kim = person(&*store, &t.company, "kim").await;
    let changed = Person {
        id: kim.id,
        address: aor("kim.neu@north.test"),
        aliases: vec![aor("kim@north.example"), aor("k@north.example")],
        former: vec![FormerAddress { address: aor("kim.alt@north.test"), until: Timestamp(77) }],
        sign_in_name: "kim.neu".to_owned(),
        enabled: false,
        licensed: false,
        card: full_card(t.ana.id),
    };
    store.set_person(&t.scope, changed.clone()).await.expect("set");
    assert_eq!(store.person(&t.scope, kim.id).await.as_ref(), Ok(&changed));
    assert_eq!(store.people(&t.scope, None, 10).await, Ok(vec![t.ana.clone(), changed]));
    store.set_person(&t.scope, kim.clone()).await.expect("set back");
    assert_eq!(store.person(&t.scope, kim.id).await, Ok(kim));
}

/// An address or alias is one person's, whichever company they are in.
pub async fn addresses_are_unique_over_the_whole_store(store: Arc<dyn Store>) {
    let t = two(&*store).await;
    let alias = NewPerson { aliases: vec![aor("alias@north.example")], ..new_person(&t.company, "kim") };
    store.add_person(&t.scope, alias, nothing()).await.expect("added");
    let as_primary = NewPerson { address: aor("alias@north.example"), ..new_person(&t.company, "x") };
    conflict(&store.add_person(&t.scope, as_primary, nothing()).await);
    let as_alias = NewPerson { aliases: vec![aor("ana@north.example")], ..new_person(&t.company, "x") };
    conflict(&store.add_person(&t.scope, as_alias, nothing()).await);
    let twice = NewPerson { aliases: vec![aor("x@north.example")], ..new_person(&t.company, "x") };
    conflict(&store.add_person(&t.scope, twice, nothing()).await);
    assert_eq!(store.people(&t.scope, None, 10).await.map(|all| all.len()), Ok(2));
    assert_eq!(store.person_by_address(&t.scope, &aor("x@north.example")).await, Ok(None));
}

/// The same sign-in name exists once per company.
pub async fn sign_in_names_are_unique_within_a_company(store: Arc<dyn Store>) {
    let t = two(&*store).await;
    let same = NewPerson { sign_in_name: "ana".to_owned(), ..new_person(&t.company, "x") };
    conflict(&store.add_person(&t.scope, same, nothing()).await);
    let elsewhere = NewPerson { sign_in_name: "ana".to_owned(), ..new_person(&t.other_company, "x") };
    let other = store.add_person(&t.other_scope, elsewhere, nothing()).await.expect("another company");
    assert_eq!(store.person_by_sign_in_name(&t.other_scope, "ana").await, Ok(Some(other)));
    assert_eq!(store.person_by_sign_in_name(&t.scope, "ana").await, Ok(Some(t.ana.clone())));
}

/// No company gives out addresses in a domain that is not its own.
pub async fn an_address_lies_in_a_domain_of_the_company(store: Arc<dyn Store>) {
    let t = two(&*store).await;
    for foreign in ["x@south.example", "x@nobody.example"] {
        let primary = NewPerson { address: aor(foreign), ..new_person(&t.company, "x") };
        invalid(&store.add_person(&t.scope, primary, nothing()).await);
        let alias = NewPerson { aliases: vec![aor(foreign)], ..new_person(&t.company, "x") };
        invalid(&store.add_person(&t.scope, alias, nothing()).await);
        invalid(&store.set_person(&t.scope, Person { address: aor(foreign), ..t.ana.clone() }).await);
    }
    assert_eq!(store.people(&t.scope, None, 10).await, Ok(vec![t.ana.clone()]));
}

/// Once nobody has an address, somebody else may.
pub async fn a_renamed_person_frees_the_old_address(store: Arc<dyn Store>) {
    let t = two(&*store).await;
    let renamed =
        Person { address: aor("ana.new@north.example"), sign_in_name: "ana.new".to_owned(), ..t.ana.clone() };
    store.set_person(&t.scope, renamed.clone()).await.expect("renamed");
    assert_eq!(store.person_by_address(&t.scope, &t.ana.address).await, Ok(None));
    assert_eq!(store.person_by_sign_in_name(&t.scope, "ana").await, Ok(None));
    let successor = person(&*store, &t.company, "ana").await;
    assert_ne!(successor.id, t.ana.id);
    assert_eq!(store.person_by_address(&t.scope, &t.ana.address).await, Ok(Some(successor)));
    assert_eq!(store.person(&t.scope, t.ana.id).await, Ok(renamed));
}

/// A change that fails in its last part has no effect in its first.
pub async fn a_refused_change_changes_nothing(store: Arc<dyn Store>) {
    let t = two(&*store).await;
    let kim = person(&*store, &t.company, "kim").await;
    let taken = Person {
        address: aor("kim.new@north.example"),
        aliases: vec![aor("k@north.example"), aor("ana@north.example")],
        sign_in_name: "kim.new".to_owned(),
        card: full_card(t.ana.id),
        ..kim.clone()
    };
    conflict(&store.set_person(&t.scope, taken).await);
    conflict(&store.set_person(&t.scope, Person { sign_in_name: "ana".to_owned(), ..kim.clone() }).await);
    let no_manager = Card { manager: Some(UserId { user: u32::MAX, ..kim.id }), ..Card::default() };
    invalid(&store.set_person(&t.scope, Person { card: no_manager, ..kim.clone() }).await);
    assert_eq!(store.person(&t.scope, kim.id).await.as_ref(), Ok(&kim));
    assert_eq!(store.person_by_address(&t.scope, &aor("k@north.example")).await, Ok(None));
    let nobody = Person { id: UserId { user: u32::MAX, ..kim.id }, ..kim };
    assert_eq!(store.set_person(&t.scope, nobody).await, Err(StoreError::NotFound));
}

/// Pages follow one another without a gap, without repetition and without another company's people.
pub async fn people_are_read_in_pages(store: Arc<dyn Store>) {
    let t = two(&*store).await;
    let mut all = vec![t.ana.clone()];
    for n in 0..6 {
        all.push(person(&*store, &t.company, &format!("p{n}")).await);
        person(&*store, &t.other_company, &format!("p{n}")).await;
    }
    let mut read: Vec<Person> = Vec::new();
    while let Some(page) = Some(store.people(&t.scope, read.last().map(|p| p.id), 3).await.expect("a page"))
        .filter(|p| !p.is_empty())
    {
        assert!(page.len() <= 3);
        read.extend(page);
    }
    assert_eq!(read, all);
    assert_eq!(store.people(&t.scope, None, 0).await, Ok(vec![]));
}

/// Who gets a removed person's names gets nothing else of theirs.
pub async fn a_removed_person_leaves_nothing_to_a_successor(store: Arc<dyn Store>) {
    let t = two(&*store).await;
    let list = contact_list(t.ana.id);
    store.commit_contacts(&t.scope, t.ana.id, &initial_contacts(), &list).await.expect("contacts");
    store.commit_presence(&t.scope, t.ana.id, 0, 1, &[note(1, "x")]).await.expect("presence");
    let password = NewPassword { hash: "h".to_owned(), account_nt: None, previous_until: Timestamp(9) };
    store.set_password(&t.scope, t.ana.id, password, line()).await.expect("a password");
    store.remove_person(&t.scope, t.ana.id).await.expect("removed");

    assert_eq!(store.remove_person(&t.scope, t.ana.id).await, Err(StoreError::NotFound));
    assert_eq!(store.person(&t.scope, t.ana.id).await, Err(StoreError::NotFound));
    assert_eq!(store.contacts(&t.scope, t.ana.id).await, Err(StoreError::NotFound));
    assert_eq!(store.presence_revision(&t.scope, t.ana.id).await, Err(StoreError::NotFound));
    assert_eq!(store.app_passwords(&t.scope, t.ana.id).await, Err(StoreError::NotFound));
    assert_eq!(store.person_by_address(&t.scope, &t.ana.address).await, Ok(None));

    let successor = person(&*store, &t.company, "ana").await;
    assert!(successor.id > t.ana.id, "{} is used again", t.ana.id);
    assert_eq!(store.contacts(&t.scope, successor.id).await, Ok(initial_contacts()));
    assert_eq!(store.presence(&t.scope, successor.id).await, Ok(StoredPresence::default()));
    assert_eq!(store.credentials(&t.scope, successor.id).await.map(|c| c.password_hash), Ok(None));
}

/// Nobody reports to a number that is gone.
pub async fn a_removed_manager_is_nobodys_manager(store: Arc<dyn Store>) {
    let t = two(&*store).await;
    let managed = NewPerson {
        card: Card { manager: Some(t.ana.id), ..Card::default() },
        ..new_person(&t.company, "kim")
    };
    let kim = store.add_person(&t.scope, managed, nothing()).await.expect("added");
    store.remove_person(&t.scope, t.ana.id).await.expect("removed");
    assert_eq!(store.person(&t.scope, kim.id).await.map(|p| p.card.manager), Ok(None));
}

/// Two administrators who give out the same address at once.
pub async fn of_two_people_for_one_address_one_wins(store: Arc<dyn Store>) {
    let t = two(&*store).await;
    let add = |sign_in_name: &'static str| {
        let (store, scope) = (&store, &t.scope);
        let new = NewPerson { sign_in_name: sign_in_name.to_owned(), ..new_person(&t.company, "same") };
        move || block_on(store.add_person(scope, new, nothing()))
    };
    let results = thread::scope(|threads| {
        let both = [threads.spawn(add("one")), threads.spawn(add("two"))];
        both.map(|thread| thread.join().expect("no panic"))
    });
    assert_eq!(results.iter().filter(|result| result.is_ok()).count(), 1, "{results:?}");
    results.iter().filter(|result| result.is_err()).for_each(conflict);
}

/// Nothing without a bound reaches a database.
pub async fn texts_past_their_bound_are_refused(store: Arc<dyn Store>) {
    let t = two(&*store).await;
    let long = "x".repeat(bounds::TEXT + 1);
    let name = NewPerson { sign_in_name: long.clone(), ..new_person(&t.company, "x") };
    invalid(&store.add_person(&t.scope, name, nothing()).await);
    let title = Card { title: long, ..Card::default() };
    invalid(&store.set_person(&t.scope, Person { card: title, ..t.ana.clone() }).await);
    let aliases = (0..=bounds::ALIASES).map(|n| aor(&format!("a{n}@north.example"))).collect();
    invalid(
        &store.add_person(&t.scope, NewPerson { aliases, ..new_person(&t.company, "x") }, nothing()).await,
    );
    let fits = Card { title: "x".repeat(bounds::TEXT), ..Card::default() };
    assert_eq!(store.set_person(&t.scope, Person { card: fits, ..t.ana.clone() }).await, Ok(()));
}

/// A person, their presence, their password and the line that tells of them are added together, or nothing is.
pub async fn a_person_is_added_with_all_they_begin_with_or_not_at_all(store: Arc<dyn Store>) {
    let t = two(&*store).await;
    let password =
        |hash: &str| NewPassword { hash: hash.to_owned(), account_nt: None, previous_until: Timestamp(9) };
    let told = |person: &Person| AuditEntry { subject: person.id.to_string(), ..line() };
    let begins = move |person: &Person| Beginning {
        presence: vec![note(1, "x")],
        password: Some(password("h")),
        line: told(person),
    };
    let lines = store.audit(&t.scope, 0, 10).await.expect("the log");
    let fleeting = || {
        let Some((key, mut value)) = every_value(t.ana.id).into_iter().next() else { panic!("no value") };
        value.lifetime = Lifetime::User;
        StaticChange::Put(key, value)
    };
    let failing: [Begins; 4] = [
        Box::new(|_| Err(StoreError::Invalid { what: "no beginning" })),
        Box::new(move |person| {
            Ok(Beginning { password: Some(password(&"x".repeat(5000))), ..begins(person) })
        }),
        {
            let fleeting = fleeting();
            Box::new(move |person| Ok(Beginning { presence: vec![fleeting], ..begins(person) }))
        },
        Box::new(move |person| {
            let line = AuditEntry { what: "x".repeat(5000), ..line() };
            Ok(Beginning { line, ..begins(person) })
        }),
    ];
    for (n, begins) in failing.into_iter().enumerate() {
        let refused = store.add_person(&t.scope, new_person(&t.company, "kim"), begins).await;
        assert!(matches!(refused, Err(StoreError::Invalid { .. })), "case {n}: {refused:?}");
        assert_eq!(store.people(&t.scope, None, 10).await.map(|all| all.len()), Ok(1), "case {n}");
        assert_eq!(store.audit(&t.scope, 0, 10).await.as_ref(), Ok(&lines), "case {n}");
    }
    let new = new_person(&t.company, "kim");
    let kim = store.add_person(&t.scope, new, Box::new(move |person| Ok(begins(person)))).await;
    let kim = kim.expect("the names are free").id;
    let credentials = store.credentials(&t.scope, kim).await.expect("credentials");
    assert_eq!(credentials.password_hash.as_deref(), Some("h"));
    let presence = store.presence(&t.scope, kim).await.expect("presence");
    assert_eq!((presence.static_revision, presence.publications.len()), (1, 1));
    assert_eq!(store.contacts(&t.scope, kim).await, Ok(initial_contacts()));
    let last = store.audit(&t.scope, 1, 10).await.expect("the log");
    assert_eq!(last.iter().map(|line| line.entry.subject.clone()).collect::<Vec<_>>(), [kim.to_string()]);
}
