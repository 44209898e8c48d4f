//! Former addresses, deletion that can be undone, and who names somebody.

use std::sync::Arc;

use rapport_core::directory::{FormerAddress, Person, PersonRef};
use rapport_core::presence::StaticChange;
use rapport_model::{ContainerId, Scope, Timestamp, UserId};

use super::values::{
    aor, contact_list, domain, every_member, fields, line, new_person, new_tenant, note, nothing, operator,
    person, prompted, two,
};
use crate::{
    Deleted, NewPassword, NewPerson, NewTenant, Store, StoreError, StoredPresence, initial_contacts,
};

fn conflict<T: std::fmt::Debug>(result: &Result<T, StoreError>, wanted: &str) {
    assert!(matches!(result, Err(StoreError::Conflict { what }) if *what == wanted), "{result:?}");
}

fn former(text: &str, until: i64) -> FormerAddress {
    FormerAddress { address: aor(text), until: Timestamp(until) }
}

/// Ana renamed, with her old address and one more as former ones.
fn renamed(ana: &Person) -> Person {
    Person {
        address: aor("ana.new@north.example"),
        former: vec![former("ana@north.example", 100), former("old@north.test", 50)],
        ..ana.clone()
    }
}

/// A former address leads to the person and is nobody else's, as long as it is kept.
pub async fn a_former_address_is_kept_and_nobody_elses(store: Arc<dyn Store>) {
    let t = two(&*store).await;
    let ana = renamed(&t.ana);
    store.set_person(&t.scope, ana.clone()).await.expect("renamed");
    assert_eq!(store.person(&t.scope, ana.id).await.as_ref(), Ok(&ana));
    for text in ["ana@north.example", "old@north.test", "ana.new@north.example"] {
        assert_eq!(store.person_by_address(&t.scope, &aor(text)).await, Ok(Some(ana.clone())), "{text}");
    }
    let successor = NewPerson { sign_in_name: "x".to_owned(), ..new_person(&t.company, "ana") };
    conflict(&store.add_person(&t.scope, successor.clone(), nothing()).await, "former address");
    let kim = person(&*store, &t.company, "kim").await;
    let alias = Person { aliases: vec![aor("old@north.test")], ..kim.clone() };
    conflict(&store.set_person(&t.scope, alias).await, "former address");
    let claimed = Person { former: vec![former("old@north.test", 70)], ..kim.clone() };
    conflict(&store.set_person(&t.scope, claimed).await, "former address");
    let taken = Person { former: vec![former("ana.new@north.example", 70)], ..kim };
    conflict(&store.set_person(&t.scope, taken).await, "address");

    // Its owner may have it back, and may let it go.
    let back = Person { address: t.ana.address.clone(), former: Vec::new(), ..ana };
    store.set_person(&t.scope, back).await.expect("her own");
    let free = NewPerson { address: aor("old@north.test"), ..successor };
    assert!(store.add_person(&t.scope, free, nothing()).await.is_ok());
}

/// What is over by a moment goes, of this company alone.
pub async fn former_addresses_go_when_their_time_is_over(store: Arc<dyn Store>) {
    let t = two(&*store).await;
    store.set_person(&t.scope, renamed(&t.ana)).await.expect("renamed");
    let ben = Person { former: vec![former("old@south.test", 10)], ..t.ben.clone() };
    store.set_person(&t.other_scope, ben.clone()).await.expect("set");
    assert_eq!(store.forget_former_addresses(&t.scope, Timestamp(49)).await, Ok(vec![]));
    assert_eq!(store.forget_former_addresses(&t.scope, Timestamp(50)).await, Ok(vec![t.ana.id]));
    assert_eq!(store.person_by_address(&t.scope, &aor("old@north.test")).await, Ok(None));
    let left = Person { former: vec![former("ana@north.example", 100)], ..renamed(&t.ana) };
    assert_eq!(store.person(&t.scope, t.ana.id).await, Ok(left));
    assert_eq!(store.person(&t.other_scope, t.ben.id).await, Ok(ben));
    let free = NewPerson { aliases: vec![aor("old@north.test")], ..new_person(&t.company, "x") };
    assert!(store.add_person(&t.scope, free, nothing()).await.is_ok(), "the address is free");
}

/// No other company gets a domain in which a former address still answers.
pub async fn a_domain_with_a_former_address_is_kept(store: Arc<dyn Store>) {
    let t = two(&*store).await;
    let extra = domain("extra.example");
    store.add_domain(&t.scope, extra.clone()).await.expect("added");
    let ana = Person { former: vec![former("ana@extra.example", 100)], ..t.ana.clone() };
    store.set_person(&t.scope, ana).await.expect("set");
    let refused = store.remove_domain(&t.scope, &extra).await;
    assert!(matches!(refused, Err(StoreError::Conflict { .. })), "{refused:?}");
    let refused = store.add_domain(&t.other_scope, extra.clone()).await;
    assert!(matches!(refused, Err(StoreError::Conflict { .. })), "{refused:?}");
    store.forget_former_addresses(&t.scope, Timestamp(100)).await.expect("forgotten");
    assert_eq!(store.remove_domain(&t.scope, &extra).await, Ok(()));
}

async fn nothing_is_found_of(store: &dyn Store, scope: &Scope, ana: &Person) {
    assert_eq!(store.person(scope, ana.id).await, Err(StoreError::NotFound));
    assert_eq!(store.person_by_address(scope, &ana.address).await, Ok(None));
    assert_eq!(store.person_by_sign_in_name(scope, "ana").await, Ok(None));
    assert_eq!(store.people_by_ids(scope, &[ana.id]).await, Ok(vec![]));
    assert_eq!(store.people(scope, None, 10).await, Ok(vec![]));
    assert_eq!(store.credentials(scope, ana.id).await.map(drop), Err(StoreError::NotFound));
    assert_eq!(store.app_passwords(scope, ana.id).await.map(drop), Err(StoreError::NotFound));
    assert_eq!(store.presence(scope, ana.id).await, Err(StoreError::NotFound));
    assert_eq!(store.presence_of_several(scope, &[ana.id], &[]).await, Ok(vec![]));
    assert_eq!(store.contact_people(scope, ana.id).await, Err(StoreError::NotFound));
    assert_eq!(store.presence_revision(scope, ana.id).await, Err(StoreError::NotFound));
    assert_eq!(store.contacts(scope, ana.id).await, Err(StoreError::NotFound));
    assert_eq!(store.set_person(scope, ana.clone()).await, Err(StoreError::NotFound));
    let change = store.commit_presence(scope, ana.id, 1, 2, &[note(1, "x")]).await;
    assert_eq!(change, Err(StoreError::NotFound));
}

async fn furnish(store: &dyn Store, scope: &Scope, ana: &Person) {
    let list = contact_list(ana.id);
    store.commit_contacts(scope, ana.id, &initial_contacts(), &list).await.expect("contacts");
    store.commit_presence(scope, ana.id, 0, 1, &[note(1, "x")]).await.expect("presence");
    let password = NewPassword { hash: "h".to_owned(), account_nt: None, previous_until: Timestamp(0) };
    store.set_password(scope, ana.id, password, line()).await.expect("a password");
}

async fn has_everything(store: &dyn Store, scope: &Scope, ana: &Person) {
    assert_eq!(store.person(scope, ana.id).await.as_ref(), Ok(ana));
    assert_eq!(store.contacts(scope, ana.id).await, Ok(contact_list(ana.id)));
    assert_eq!(store.presence(scope, ana.id).await.map(|p| p.publications.len()), Ok(1));
    assert_eq!(store.credentials(scope, ana.id).await.map(|c| c.password_hash), Ok(Some("h".to_owned())));
}

/// A deleted person is found by nobody, holds every name, and comes back whole.
pub async fn a_deleted_person_is_hidden_and_comes_back_whole(store: Arc<dyn Store>) {
    let t = two(&*store).await;
    furnish(&*store, &t.scope, &t.ana).await;
    store.delete_person(&t.scope, t.ana.id, Timestamp(7)).await.expect("deleted");
    nothing_is_found_of(&*store, &t.scope, &t.ana).await;
    assert_eq!(store.delete_person(&t.scope, t.ana.id, Timestamp(8)).await, Err(StoreError::NotFound));
    assert_eq!(store.address_of(&t.scope, t.ana.id).await, Ok(Some(t.ana.address.clone())));
    assert_eq!(store.holder_of(&t.scope, &t.ana.address).await, Ok(Some(t.ana.id)));
    assert_eq!(store.holder_of(&t.other_scope, &t.ana.address).await, Ok(None));
    assert_eq!(
        store.deleted_people(&t.scope).await,
        Ok(vec![Deleted { what: t.ana.clone(), at: Timestamp(7) }])
    );
    assert_eq!(store.deleted_people(&t.other_scope).await, Ok(vec![]));
    let successor = NewPerson { sign_in_name: "x".to_owned(), ..new_person(&t.company, "ana") };
    conflict(&store.add_person(&t.scope, successor, nothing()).await, "address");
    let namesake = NewPerson { address: aor("x@north.example"), ..new_person(&t.company, "ana") };
    conflict(&store.add_person(&t.scope, namesake, nothing()).await, "sign-in name");

    assert_eq!(store.restore_person(&t.scope, t.ana.id).await.as_ref(), Ok(&t.ana));
    has_everything(&*store, &t.scope, &t.ana).await;
    assert_eq!(store.restore_person(&t.scope, t.ana.id).await, Err(StoreError::NotFound));
    assert_eq!(store.deleted_people(&t.scope).await, Ok(vec![]));
}

/// Removed for good: nothing is left to restore, and a successor has another number.
pub async fn a_deleted_person_can_be_removed_for_good(store: Arc<dyn Store>) {
    let t = two(&*store).await;
    furnish(&*store, &t.scope, &t.ana).await;
    store.delete_person(&t.scope, t.ana.id, Timestamp(7)).await.expect("deleted");
    store.remove_person(&t.scope, t.ana.id).await.expect("removed");
    assert_eq!(store.restore_person(&t.scope, t.ana.id).await, Err(StoreError::NotFound));
    assert_eq!(store.deleted_people(&t.scope).await, Ok(vec![]));
    assert_eq!(store.address_of(&t.scope, t.ana.id).await, Ok(None));
    let successor = person(&*store, &t.company, "ana").await;
    assert!(successor.id > t.ana.id);
    assert_eq!(store.contacts(&t.scope, successor.id).await, Ok(initial_contacts()));
    assert_eq!(store.presence(&t.scope, successor.id).await, Ok(StoredPresence::default()));
}

/// Whoever reports to a deleted manager can still be changed.
pub async fn a_deleted_manager_is_still_one_to_come_back(store: Arc<dyn Store>) {
    let t = two(&*store).await;
    let mut kim = person(&*store, &t.company, "kim").await;
    kim.card.manager = Some(t.ana.id);
    store.set_person(&t.scope, kim.clone()).await.expect("a manager");
    store.delete_person(&t.scope, t.ana.id, Timestamp(7)).await.expect("deleted");
    kim.card.title = "Buyer".to_owned();
    assert_eq!(store.set_person(&t.scope, kim.clone()).await, Ok(()));
    assert_eq!(store.person(&t.scope, kim.id).await, Ok(kim));
}

/// A deleted company is found by nobody, holds every name, and comes back whole.
pub async fn a_deleted_company_is_hidden_and_comes_back_whole(store: Arc<dyn Store>) {
    let t = two(&*store).await;
    let of = operator();
    furnish(&*store, &t.scope, &t.ana).await;
    store.delete_tenant(&t.scope, Timestamp(9)).await.expect("deleted");
    assert_eq!(store.tenant(&t.scope).await, Err(StoreError::NotFound));
    assert_eq!(store.tenant_by_name(&of, "north").await, Ok(None));
    assert_eq!(store.tenant_by_domain(&of, &domain("north.example")).await, Ok(None));
    assert_eq!(store.tenants(&of).await, Ok(vec![t.other_company.clone()]));
    nothing_is_found_of(&*store, &t.scope, &t.ana).await;
    assert_eq!(store.address_of(&t.scope, t.ana.id).await, Ok(None));
    assert_eq!(store.delete_tenant(&t.scope, Timestamp(9)).await, Err(StoreError::NotFound));
    assert_eq!(store.set_tenant(&t.scope, fields("north")).await, Err(StoreError::NotFound));
    let again = store.add_tenant(&of, new_tenant("north")).await;
    assert!(matches!(again, Err(StoreError::Conflict { .. })), "{again:?}");
    let domains = NewTenant { domains: vec![domain("north.test")], ..new_tenant("third") };
    let again = store.add_tenant(&of, domains).await;
    assert!(matches!(again, Err(StoreError::Conflict { .. })), "{again:?}");
    assert_eq!(
        store.deleted_tenants(&of).await,
        Ok(vec![Deleted { what: t.company.clone(), at: Timestamp(9) }])
    );

    assert_eq!(store.restore_tenant(&t.scope).await.as_ref(), Ok(&t.company));
    assert_eq!(store.restore_tenant(&t.scope).await, Err(StoreError::NotFound));
    assert_eq!(store.tenant_by_domain(&of, &domain("north.test")).await, Ok(Some(t.company.clone())));
    has_everything(&*store, &t.scope, &t.ana).await;

    store.delete_tenant(&t.scope, Timestamp(10)).await.expect("deleted");
    store.remove_tenant(&t.scope).await.expect("removed for good");
    assert_eq!(store.restore_tenant(&t.scope).await, Err(StoreError::NotFound));
    assert!(store.add_tenant(&of, new_tenant("north")).await.is_ok(), "the names are free");
}

/// Whoever has somebody on a list, in a container or as a prompting subscriber is found.
pub async fn those_who_name_a_person_are_found(store: Arc<dyn Store>) {
    let t = two(&*store).await;
    let mut people = Vec::new();
    for name in ["lists", "levels", "prompts", "nobody", "gone"] {
        people.push(person(&*store, &t.company, name).await.id);
    }
    let [lists, levels, prompts, nobody, gone] = people[..] else { panic!("five people") };
    let list = contact_list(t.ana.id);
    for owner in [lists, gone] {
        store.commit_contacts(&t.scope, owner, &initial_contacts(), &list).await.expect("contacts");
    }
    let change = [StaticChange::SetMembership(ContainerId::TEAM, every_member(t.ana.id))];
    store.commit_presence(&t.scope, levels, 0, 1, &change).await.expect("members");
    let change = [StaticChange::PutSubscriber(PersonRef::Person(t.ana.id), prompted(true))];
    store.commit_presence(&t.scope, prompts, 0, 1, &change).await.expect("subscribers");
    store.delete_person(&t.scope, gone, Timestamp(1)).await.expect("deleted");
    assert_eq!(store.who_names(&t.scope, t.ana.id).await, Ok(vec![lists, levels, prompts]));
    assert_eq!(store.who_names(&t.scope, nobody).await, Ok(vec![]));
    assert_eq!(store.who_names(&t.scope, t.ben.id).await, Err(StoreError::WrongTenant));
    let disguised = UserId { tenant: t.other_company.id, user: t.ana.id.user };
    assert_eq!(store.who_names(&t.other_scope, disguised).await, Ok(vec![]));
}
