//! Companies do not see each other, whatever number a caller brings along.

use std::collections::BTreeSet;
use std::sync::Arc;

use rapport_core::directory::{Card, Person, PersonRef};
use rapport_core::presence::{Member, Membership, StaticChange, Value};
use rapport_model::{ContainerId, MessageId, Scope, Timestamp, UserId};

use super::values::{
    aor, contact_list, domain, fields, key, line, new_person, note, nothing, prompted, publication, sealed,
    two, web_hash, web_message, web_session,
};
use crate::{
    HistoryKey, HistoryRange, NewAppPassword, NewHistoryEntry, NewPassword, NewPerson, Store, StoreError,
    StoredPresence, initial_contacts,
};

fn password() -> NewPassword {
    NewPassword { hash: "h".to_owned(), account_nt: None, previous_until: Timestamp(9) }
}

fn app_password() -> NewAppPassword {
    NewAppPassword { label: "x".to_owned(), sealed: sealed("x"), created: Timestamp(1) }
}

/// Every call that takes one person, under a scope that does not cover them.
async fn refusals(store: &dyn Store, scope: &Scope, person: &Person) -> Vec<(&'static str, StoreError)> {
    let user = person.id;
    let (old, new) = (initial_contacts(), contact_list(UserId { tenant: scope.tenant, user: 1 }));
    let mut refused = Vec::new();
    let mut ask = |call: &'static str, result: Result<(), StoreError>| {
        refused.push((call, result.expect_err(call)));
    };
    ask("person", store.person(scope, user).await.map(drop));
    ask("set_person", store.set_person(scope, person.clone()).await);
    ask("delete_person", store.delete_person(scope, user, Timestamp(1)).await);
    ask("restore_person", store.restore_person(scope, user).await.map(drop));
    ask("remove_person", store.remove_person(scope, user).await);
    ask("credentials", store.credentials(scope, user).await.map(drop));
    ask("set_password", store.set_password(scope, user, password(), line()).await);
    ask("renew_password", store.renew_password(scope, user, "h", password()).await);
    ask("add_app_password", store.add_app_password(scope, user, app_password(), line()).await.map(drop));
    ask("remove_app_password", store.remove_app_password(scope, user, 1, line()).await);
    ask("app_passwords", store.app_passwords(scope, user).await.map(drop));
    ask("add_web_session", store.add_web_session(scope, web_session(user, 1)).await);
    ask("web_sessions", store.web_sessions(scope, user).await.map(drop));
    ask("touch_web_session", store.touch_web_session(scope, user, web_hash(1), Timestamp(2)).await);
    ask("remove_web_session", store.remove_web_session(scope, user, web_hash(1)).await);
    ask("web_document", store.web_document(scope, user, "settings").await.map(drop));
    ask("set_web_document", store.set_web_document(scope, user, "settings", None, String::new()).await);
    ask("web_conversations", store.web_conversations(scope, user, web_hash(1)).await.map(drop));
    ask("set_web_conversations", store.set_web_conversations(scope, user, web_hash(1), String::new()).await);
    let me = PersonRef::Person(UserId { tenant: scope.tenant, user: 1 });
    ask("note_web_message", store.note_web_message(scope, user, web_message(me.clone(), "c", 1)).await);
    ask("web_message", store.web_message(scope, user, &me, "c").await.map(drop));
    ask("history", store.history(scope, user, None, None, 1).await.map(drop));
    ask("history_peers", store.history_peers(scope, user, Timestamp(0), None, 1).await.map(drop));
    ask("delete_history", store.delete_history(scope, user, HistoryRange::All).await.map(drop));
    ask("presence", store.presence(scope, user).await.map(drop));
    ask("presence_revision", store.presence_revision(scope, user).await.map(drop));
    ask("commit_presence", store.commit_presence(scope, user, 0, 1, &[]).await);
    ask("fence_presence", store.fence_presence(scope, user, 0, 1).await.map(drop));
    ask("contacts", store.contacts(scope, user).await.map(drop));
    ask("contact_people", store.contact_people(scope, user).await.map(drop));
    ask("commit_contacts", store.commit_contacts(scope, user, &old, &new).await);
    refused
}

/// Person by person: the number alone opens nothing.
pub async fn every_call_refuses_a_person_of_another_company(store: Arc<dyn Store>) {
    let t = two(&*store).await;
    for (call, error) in refusals(&*store, &t.scope, &t.ben).await {
        assert_eq!(error, StoreError::WrongTenant, "{call}");
    }
    assert_eq!(store.people(&t.scope, Some(t.ben.id), 10).await, Err(StoreError::WrongTenant));
    assert_eq!(store.people_by_ids(&t.scope, &[t.ben.id]).await, Err(StoreError::WrongTenant));
    assert_eq!(store.presence_of_several(&t.scope, &[t.ben.id], &[]).await, Err(StoreError::WrongTenant));
    assert_eq!(store.remove_web_sessions(&t.scope, t.ben.id).await, Err(StoreError::WrongTenant));
    // The person's number under one's own company's is nobody.
    let disguised = Person {
        id: UserId { tenant: t.company.id, user: t.ben.id.user },
        address: aor("x@north.example"),
        ..t.ben.clone()
    };
    assert_eq!(store.presence_of_several(&t.scope, &[disguised.id], &[]).await, Ok(vec![]));
    for (call, error) in refusals(&*store, &t.scope, &disguised)
        .await
        .into_iter()
        .filter(|(call, _)| !call.starts_with("people"))
    {
        assert_eq!(error, StoreError::NotFound, "{call}");
    }
    assert_eq!(store.person(&t.other_scope, t.ben.id).await, Ok(t.ben.clone()));
    assert_eq!(store.presence(&t.other_scope, t.ben.id).await, Ok(StoredPresence::default()));
    assert_eq!(store.contacts(&t.other_scope, t.ben.id).await, Ok(initial_contacts()));
}

/// A reference inside a value crosses the border no more than the subject of a call.
pub async fn every_value_that_names_another_company_is_refused(store: Arc<dyn Store>) {
    let t = two(&*store).await;
    let theirs = PersonRef::Person(t.ben.id);
    let card = Card { manager: Some(t.ben.id), ..Card::default() };
    let with_manager = NewPerson { card: card.clone(), ..new_person(&t.company, "kim") };
    assert_eq!(store.add_person(&t.scope, with_manager, nothing()).await, Err(StoreError::WrongTenant));
    let ana = Person { card: card.clone(), ..t.ana.clone() };
    assert_eq!(store.set_person(&t.scope, ana).await, Err(StoreError::WrongTenant));
    let members = BTreeSet::from([Member::User(theirs.clone())]);
    let changes = [
        StaticChange::SetMembership(ContainerId::TEAM, Membership { version: 1, members }),
        StaticChange::PutSubscriber(theirs.clone(), prompted(false)),
        StaticChange::DeleteSubscriber(theirs),
        StaticChange::Put(
            key("contactCard", ContainerId::TEAM, 0),
            publication(1, Value::AddressBook(Arc::new(card))),
        ),
    ];
    for change in changes {
        let refused = store.commit_presence(&t.scope, t.ana.id, 0, 1, &[note(1, "x"), change.clone()]).await;
        assert_eq!(refused, Err(StoreError::WrongTenant), "{change:?}");
    }
    for (user, peer) in [(t.ana.id, PersonRef::Person(t.ben.id)), (t.ben.id, PersonRef::Person(t.ana.id))] {
        let (id, at, sealed) = (MessageId(1), Timestamp(1), crate::Sealed(Box::default()));
        let entry = NewHistoryEntry { user, id, peer, at, sealed };
        let refused = store.append_history(&t.scope, 1, vec![entry]).await;
        assert_eq!(refused, Err(StoreError::WrongTenant));
    }
    let list = contact_list(t.ben.id);
    let refused = store.commit_contacts(&t.scope, t.ana.id, &initial_contacts(), &list).await;
    assert_eq!(refused, Err(StoreError::WrongTenant));
    let both = [t.ana.id, t.ben.id];
    assert_eq!(store.people_by_ids(&t.scope, &both).await, Err(StoreError::WrongTenant));
    assert_eq!(store.presence_of_several(&t.scope, &both, &[]).await, Err(StoreError::WrongTenant));
    assert_eq!(store.presence(&t.scope, t.ana.id).await, Ok(StoredPresence::default()));
}

/// What is looked up by name is looked up in the scope's company.
pub async fn lookups_see_their_own_company_only(store: Arc<dyn Store>) {
    let t = two(&*store).await;
    assert_eq!(store.person_by_address(&t.scope, &t.ben.address).await, Ok(None));
    assert_eq!(store.person_by_sign_in_name(&t.scope, "ben").await, Ok(None));
    assert_eq!(store.people(&t.scope, None, 10).await, Ok(vec![t.ana.clone()]));
    assert_eq!(store.people(&t.other_scope, None, 10).await, Ok(vec![t.ben.clone()]));
}

/// Who still holds the scope of a company that is gone can't bring any of it back.
pub async fn a_removed_company_takes_no_more_changes(store: Arc<dyn Store>) {
    let t = two(&*store).await;
    store.remove_tenant(&t.scope).await.expect("removed");
    assert_eq!(store.remove_tenant(&t.scope).await, Err(StoreError::NotFound));
    assert_eq!(store.set_tenant(&t.scope, fields("north")).await, Err(StoreError::NotFound));
    assert_eq!(store.add_domain(&t.scope, domain("north.example")).await, Err(StoreError::NotFound));
    let north = domain("north.example");
    assert_eq!(store.remove_domain(&t.scope, &north).await, Err(StoreError::NotFound));
    let kim = new_person(&t.company, "kim");
    assert_eq!(store.add_person(&t.scope, kim, nothing()).await, Err(StoreError::NotFound));
    assert_eq!(store.forget_account_nt(&t.scope).await, Err(StoreError::NotFound));
    assert_eq!(store.history_key(&t.scope).await, Err(StoreError::NotFound));
    let key = HistoryKey { id: 1, sealed: crate::Sealed(Box::default()) };
    assert_eq!(store.add_history_key(&t.scope, key).await, Err(StoreError::NotFound));
    assert_eq!(store.append_history(&t.scope, 1, vec![]).await, Err(StoreError::NotFound));
    assert_eq!(store.append_audit(&t.scope, line()).await, Err(StoreError::NotFound));
    for (call, error) in refusals(&*store, &t.scope, &t.ana).await {
        assert_eq!(error, StoreError::NotFound, "{call}");
    }
}

/// `/readyz` asks the store.
pub async fn the_store_is_ready(store: Arc<dyn Store>) {
    assert_eq!(store.ready().await, Ok(()));
}
