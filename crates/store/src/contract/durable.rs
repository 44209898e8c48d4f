//! What a durable adapter has after it was closed and opened again.

use rapport_core::directory::{Person, PersonRef};
use rapport_core::presence::StaticChange;
use rapport_model::{ContainerId, MessageId, Scope, Timestamp};

use super::values::{
    aor, contact_list, domain, every_member, every_value, full_card, line, note, operator, other_policy,
    person, prompted, sealed, tenant, two,
};
use super::{Fixture, block_on};
use crate::{
    HistoryKey, NewAppPassword, NewHistoryEntry, NewPassword, Store, StoreError, TenantFields,
    initial_contacts,
};

/// Everything that a store holds of one company and two of its people, as text.
async fn snapshot(store: &dyn Store, scope: &Scope, people: &[Person]) -> String {
    let mut all = vec![format!("{:#?}", store.tenants(&operator()).await)];
    all.push(format!("{:#?}", store.people(scope, None, 100).await));
    for person in people {
        let credentials = store.credentials(scope, person.id).await.expect("credentials");
        all.push(format!("{:?} {:?}", credentials.password_hash, credentials.account_nt.map(|s| s.0)));
        all.push(format!("{:?}", credentials.previous_account_nt.map(|p| (p.sealed.0, p.until))));
        all.push(format!("{:#?}", credentials.app_passwords));
        all.push(format!("{:#?}", store.presence(scope, person.id).await.expect("presence")));
        let history = store.history(scope, person.id, None, None, 100).await.expect("history");
        all.push(format!("{:?}", history.iter().map(|e| (e, &e.sealed.0)).collect::<Vec<_>>()));
        all.push(format!("{:#?}", store.contacts(scope, person.id).await.expect("contacts")));
    }
    all.push(format!("{:?}", store.history_key(scope).await.map(|key| key.map(|k| (k.id, k.sealed.0)))));
    all.push(format!("{:#?}", store.audit(scope, 0, 100).await));
    all.join("\n")
}

/// Nothing of what was answered is missing.
pub fn everything_is_there_after_reopening(fixture: &dyn Fixture) {
    let store = fixture.open();
    let (scope, people, before) = block_on(async {
        let t = two(&*store).await;
        let kim = person(&*store, &t.company, "kim").await;
        let fields = TenantFields { policy: other_policy(), enabled: false, ..t.company.clone().into() };
        store.set_tenant(&t.scope, fields).await.expect("set");
        store.add_domain(&t.scope, domain("third.example")).await.expect("a domain");
        let changed = Person {
            aliases: vec![aor("z@third.example"), aor("a@north.test")],
            licensed: false,
            card: full_card(kim.id),
            ..t.ana.clone()
        };
        store.set_person(&t.scope, changed).await.expect("set");
        for n in ["1", "2"] {
            let password = NewPassword {
                hash: format!("hash {n}"),
                account_nt: Some(sealed(n)),
                previous_until: Timestamp(9),
            };
            store.set_password(&t.scope, t.ana.id, password, line()).await.expect("a password");
        }
        let app = NewAppPassword { label: "phone".to_owned(), sealed: sealed("app"), created: Timestamp(3) };
        store.add_app_password(&t.scope, t.ana.id, app, line()).await.expect("an app password");
        let mut changes: Vec<_> =
            every_value(t.ana.id).into_iter().map(|(key, value)| StaticChange::Put(key, value)).collect();
        changes.push(StaticChange::SetMembership(ContainerId::TEAM, every_member(kim.id)));
        changes.push(StaticChange::PutSubscriber(PersonRef::Person(kim.id), prompted(true)));
        store.commit_presence(&t.scope, t.ana.id, 0, 1, &changes).await.expect("presence");
        let list = contact_list(kim.id);
        store.commit_contacts(&t.scope, t.ana.id, &initial_contacts(), &list).await.expect("contacts");
        let key = HistoryKey { id: -7, sealed: sealed("key") };
        store.add_history_key(&t.scope, key).await.expect("a key");
        let entry = |at, peer: &str| NewHistoryEntry {
            user: t.ana.id,
            id: MessageId::first_of(Timestamp(at)),
            peer: PersonRef::Address(aor(peer)),
            at: Timestamp(at),
            sealed: sealed(peer),
        };
        let entries = vec![entry(5, "x@north.example"), entry(4, "y@elsewhere.example")];
        store.append_history(&t.scope, -7, entries).await.expect("history");
        store.append_audit(&t.scope, line()).await.expect("a line");
        let people = [t.ana, kim];
        let before = snapshot(&*store, &t.scope, &people).await;
        (t.scope, people, before)
    });
    drop(store);
    let store = fixture.open();
    assert_eq!(block_on(snapshot(&*store, &scope, &people)), before);
}

/// Not even the number of the last company, person and app password, removed before closing.
pub fn numbers_are_not_used_again_after_reopening(fixture: &dyn Fixture) {
    let app = || NewAppPassword { label: "x".to_owned(), sealed: sealed("x"), created: Timestamp(3) };
    let store = fixture.open();
    let (t, kim, removed_app, third) = block_on(async {
        let t = two(&*store).await;
        let kim = person(&*store, &t.company, "kim").await;
        let added = store.add_app_password(&t.scope, t.ana.id, app(), line()).await.expect("added");
        store.remove_app_password(&t.scope, t.ana.id, added.id, line()).await.expect("removed");
        store.remove_person(&t.scope, kim.id).await.expect("removed");
        let (third, scope) = tenant(&*store, "third").await;
        store.remove_tenant(&scope).await.expect("removed");
        (t, kim, added.id, third)
    });
    drop(store);
    let store = fixture.open();
    block_on(async {
        let again = person(&*store, &t.company, "kim").await;
        assert!(again.id > kim.id, "{}", again.id);
        let added = store.add_app_password(&t.scope, t.ana.id, app(), line()).await.expect("added");
        assert!(added.id > removed_app);
        let (again, _) = tenant(&*store, "third").await;
        assert!(again.id > third.id);
    });
}

/// A writer that was fenced before a restart stays fenced after it.
pub fn a_fence_holds_after_reopening(fixture: &dyn Fixture) {
    let store = fixture.open();
    let (t, fenced) = block_on(async {
        let t = two(&*store).await;
        let fenced = store.fence_presence(&t.scope, t.ana.id, 0, 1).await.expect("a fence");
        (t, fenced)
    });
    drop(store);
    let store = fixture.open();
    block_on(async {
        let late = store.commit_presence(&t.scope, t.ana.id, 0, 1, &[note(1, "late")]).await;
        assert_eq!(late, Err(StoreError::Stale { current: fenced }));
    });
}
