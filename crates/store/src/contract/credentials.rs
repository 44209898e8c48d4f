//! Passwords, sealed hashes and app passwords.

use std::sync::Arc;

use rapport_model::Timestamp;

use super::values::{line, operator, person, sealed, two};
use crate::{
    AppPassword, AuditEntry, Credentials, HistoryKey, NewAppPassword, NewPassword, Previous, Resealed,
    SealedAs, SealedOf, Store, StoreError, bounds, history_key_owner,
};

const UNTIL: Timestamp = Timestamp(9);

fn kept(name: &str) -> Previous {
    Previous { sealed: sealed(name), until: UNTIL }
}

fn password(hash: &str, nt: Option<&str>) -> NewPassword {
    NewPassword { hash: hash.to_owned(), account_nt: nt.map(sealed), previous_until: UNTIL }
}

fn for_device(label: &str) -> NewAppPassword {
    NewAppPassword { label: label.to_owned(), sealed: sealed(label), created: Timestamp(11) }
}

/// Setting a password keeps the sealed hash of the one before, and only that.
pub async fn the_hash_of_a_replaced_password_becomes_the_previous_one(store: Arc<dyn Store>) {
    let t = two(&*store).await;
    assert_eq!(store.credentials(&t.scope, t.ana.id).await, Ok(Credentials::default()));
    let steps = [
        (password("h1", Some("n1")), Some("n1"), None),
        (password("h2", Some("n2")), Some("n2"), Some("n1")),
        (password("h3", None), None, Some("n2")),
        (password("h4", Some("n4")), Some("n4"), None),
    ];
    for (new, account, previous) in steps {
        let hash = new.hash.clone();
        store.set_password(&t.scope, t.ana.id, new, line()).await.expect("a password");
        let want = Credentials {
            password_hash: Some(hash),
            account_nt: account.map(sealed),
            previous_account_nt: previous.map(kept),
            app_passwords: Vec::new(),
        };
        assert_eq!(store.credentials(&t.scope, t.ana.id).await, Ok(want));
    }
    let long = password(&"x".repeat(bounds::TEXT + 1), None);
    let refused = store.set_password(&t.scope, t.ana.id, long, line()).await;
    assert!(matches!(refused, Err(StoreError::Invalid { .. })), "{refused:?}");
}

/// Renewing is no new password: the previous hash stays.
pub async fn a_renewed_hash_leaves_the_previous_one_alone(store: Arc<dyn Store>) {
    let t = two(&*store).await;
    store.set_password(&t.scope, t.ana.id, password("h1", Some("n1")), line()).await.expect("a password");
    store.set_password(&t.scope, t.ana.id, password("h2", Some("n2")), line()).await.expect("a password");
    let stronger = password("h2, stronger", Some("n2, new key"));
    store.renew_password(&t.scope, t.ana.id, "h2", stronger).await.expect("renewed");
    let read = store.credentials(&t.scope, t.ana.id).await.expect("credentials");
    assert_eq!(read.password_hash.as_deref(), Some("h2, stronger"));
    assert_eq!(read.account_nt, Some(sealed("n2, new key")));
    assert_eq!(read.previous_account_nt, Some(kept("n1")));
}

/// A renewal that was worked out from a password since replaced does nothing.
pub async fn a_late_renewal_does_not_bring_an_old_password_back(store: Arc<dyn Store>) {
    let t = two(&*store).await;
    store.set_password(&t.scope, t.ana.id, password("h1", None), line()).await.expect("a password");
    store.set_password(&t.scope, t.ana.id, password("h2", None), line()).await.expect("a password");
    store
        .renew_password(&t.scope, t.ana.id, "h1", password("h1, stronger", Some("n1")))
        .await
        .expect("ignored");
    let read = store.credentials(&t.scope, t.ana.id).await.expect("credentials");
    assert_eq!((read.password_hash.as_deref(), read.account_nt), (Some("h2"), None));
}

/// When a company no longer lets account passwords sign in to SIP, their hashes go.
pub async fn account_hashes_are_forgotten_and_app_passwords_stay(store: Arc<dyn Store>) {
    let t = two(&*store).await;
    for (scope, user) in [(&t.scope, t.ana.id), (&t.other_scope, t.ben.id)] {
        store.set_password(scope, user, password("h1", Some("n1")), line()).await.expect("a password");
        store.set_password(scope, user, password("h2", Some("n2")), line()).await.expect("a password");
        store.add_app_password(scope, user, for_device("laptop"), line()).await.expect("an app password");
    }
    store.forget_account_nt(&t.scope).await.expect("forgotten");
    let ana = store.credentials(&t.scope, t.ana.id).await.expect("credentials");
    assert_eq!((ana.account_nt, ana.previous_account_nt), (None, None));
    assert_eq!((ana.password_hash.as_deref(), ana.app_passwords.len()), (Some("h2"), 1));
    let ben = store.credentials(&t.other_scope, t.ben.id).await.expect("credentials");
    assert_eq!((ben.account_nt, ben.previous_account_nt), (Some(sealed("n2")), Some(kept("n1"))));
}

/// Previous passwords go when their time is over, in every company, and current ones stay.
pub async fn a_previous_hash_is_forgotten_when_its_time_is_over(store: Arc<dyn Store>) {
    let t = two(&*store).await;
    let long = NewPassword { previous_until: Timestamp(20), ..password("h2", Some("n2")) };
    for (scope, user, second) in
        [(&t.scope, t.ana.id, password("h2", Some("n2"))), (&t.other_scope, t.ben.id, long)]
    {
        store.set_password(scope, user, password("h1", Some("n1")), line()).await.expect("a password");
        store.set_password(scope, user, second, line()).await.expect("a password");
    }
    for (now, forgotten, ana, ben) in [(8, 0, true, true), (9, 1, false, true), (20, 1, false, false)] {
        assert_eq!(store.forget_previous_account_nt(&operator(), Timestamp(now)).await, Ok(forgotten));
        for (scope, user, is_kept) in [(&t.scope, t.ana.id, ana), (&t.other_scope, t.ben.id, ben)] {
            let read = store.credentials(scope, user).await.expect("credentials");
            assert_eq!(read.previous_account_nt.is_some(), is_kept, "{user} at {now}");
            assert_eq!(read.account_nt, Some(sealed("n2")));
        }
    }
}

/// Reads all sealed values, `people` people at a time.
async fn all_sealed(store: &dyn Store, people: usize) -> Vec<SealedOf> {
    let (mut all, mut after) = (Vec::new(), None);
    loop {
        let page = store.sealed(&operator(), after, people).await.expect("a page");
        all.extend(page.values);
        let Some(next) = page.next else { break };
        after = Some(next);
    }
    all.sort_by_key(|value| (value.user, value.kept));
    all
}

/// Whoever throws a key away must have seen every value: current and previous ones, those of devices, of both companies,
/// and of people and companies that are deleted and can come back.
pub async fn every_sealed_value_of_everybody_is_found_page_by_page(store: Arc<dyn Store>) {
    let t = two(&*store).await;
    let kim = person(&*store, &t.company, "kim").await;
    person(&*store, &t.company, "without").await;
    let lee = person(&*store, &t.company, "lee").await;
    let mut want = Vec::new();
    for (scope, user) in [(&t.scope, t.ana.id), (&t.other_scope, t.ben.id), (&t.scope, lee.id)] {
        let name = |what: &str| format!("{user} {what}");
        for what in ["previous", "account"] {
            store
                .set_password(scope, user, password("h", Some(&name(what))), line())
                .await
                .expect("a password");
        }
        want.push(SealedOf { user, kept: SealedAs::Account, sealed: sealed(&name("account")) });
        want.push(SealedOf { user, kept: SealedAs::PreviousAccount, sealed: sealed(&name("previous")) });
    }
    for label in ["laptop", "phone"] {
        let device =
            store.add_app_password(&t.scope, kim.id, for_device(label), line()).await.expect("added");
        let kept = SealedAs::AppPassword(device.id);
        want.push(SealedOf { user: kim.id, kept, sealed: sealed(label) });
    }
    for (scope, name) in [(&t.scope, "north"), (&t.other_scope, "south")] {
        let key = HistoryKey { id: 1, sealed: sealed(name) };
        store.add_history_key(scope, key.clone()).await.expect("a key");
        let user = history_key_owner(scope.tenant);
        want.push(SealedOf { user, kept: SealedAs::HistoryKey, sealed: key.sealed });
    }
    want.sort_by_key(|value| (value.user, value.kept));
    store.delete_person(&t.scope, lee.id, Timestamp(7)).await.expect("deleted");
    store.delete_tenant(&t.other_scope, Timestamp(7)).await.expect("deleted");
    for people in [1, 2, 100] {
        assert_eq!(all_sealed(&*store, people).await, want, "{people} at a time");
    }
    store.remove_person(&t.scope, lee.id).await.expect("removed");
    want.retain(|value| value.user != lee.id);
    assert_eq!(all_sealed(&*store, 100).await, want);
}

/// Another seal of what was there never takes the place of what has come there since.
pub async fn a_value_is_sealed_anew_unless_it_was_changed_meanwhile(store: Arc<dyn Store>) {
    let t = two(&*store).await;
    let kim = person(&*store, &t.company, "kim").await;
    for (user, hash) in [(t.ana.id, "n1"), (t.ana.id, "n2"), (kim.id, "k1")] {
        store.set_password(&t.scope, user, password(hash, Some(hash)), line()).await.expect("a password");
    }
    for label in ["laptop", "phone"] {
        store.add_app_password(&t.scope, t.ana.id, for_device(label), line()).await.expect("added");
    }
    store.delete_person(&t.scope, kim.id, Timestamp(7)).await.expect("deleted");
    let key = HistoryKey { id: 1, sealed: sealed("key") };
    store.add_history_key(&t.scope, key).await.expect("a key");
    let values = all_sealed(&*store, 100).await;
    let anew = |value: &SealedOf| Resealed { old: value.clone(), new: sealed("anew") };
    let all: Vec<Resealed> = values.iter().map(anew).collect();
    assert_eq!(all.len(), 6);
    // A password was set between the reading and the sealing: what was current is the previous one by now.
    store.set_password(&t.scope, t.ana.id, password("h3", Some("n3")), line()).await.expect("a password");
    assert_eq!(store.reseal(&operator(), all.clone()).await, Ok(4));
    let key = store.history_key(&t.scope).await.expect("a key");
    assert_eq!(key, Some(HistoryKey { id: 1, sealed: sealed("anew") }));
    let ana = store.credentials(&t.scope, t.ana.id).await.expect("credentials");
    assert_eq!((ana.account_nt, ana.previous_account_nt), (Some(sealed("n3")), Some(kept("n2"))));
    assert!(ana.app_passwords.iter().all(|device| device.sealed == sealed("anew")));
    assert_eq!(store.reseal(&operator(), all).await, Ok(0), "it is done once");
    store.restore_person(&t.scope, kim.id).await.expect("restored");
    let kim = store.credentials(&t.scope, kim.id).await.expect("credentials");
    assert_eq!(kim.account_nt, Some(sealed("anew")), "of a deleted person, who can come back");
    let long = Resealed { new: crate::Sealed(vec![0; bounds::SEALED + 1].into()), old: values[0].clone() };
    let refused = store.reseal(&operator(), vec![long]).await;
    assert!(matches!(refused, Err(StoreError::Invalid { .. })), "{refused:?}");
}

/// App passwords are listed oldest first and removed by number, by their owner alone.
pub async fn app_passwords_come_and_go_one_by_one(store: Arc<dyn Store>) {
    let t = two(&*store).await;
    let colleague = person(&*store, &t.company, "colleague").await;
    let laptop =
        store.add_app_password(&t.scope, t.ana.id, for_device("laptop"), line()).await.expect("added");
    let phone = store.add_app_password(&t.scope, t.ana.id, for_device("phone"), line()).await.expect("added");
    let want = |id, label: &str| AppPassword {
        id,
        label: label.to_owned(),
        sealed: sealed(label),
        created: Timestamp(11),
    };
    assert_eq!((&laptop, &phone), (&want(laptop.id, "laptop"), &want(phone.id, "phone")));
    assert_eq!(store.app_passwords(&t.scope, t.ana.id).await, Ok(vec![laptop.clone(), phone.clone()]));
    let not_theirs = store.remove_app_password(&t.scope, colleague.id, laptop.id, line()).await;
    assert_eq!(not_theirs, Err(StoreError::NotFound));
    assert_eq!(store.remove_app_password(&t.scope, t.ana.id, laptop.id, line()).await, Ok(()));
    assert_eq!(
        store.remove_app_password(&t.scope, t.ana.id, laptop.id, line()).await,
        Err(StoreError::NotFound)
    );
    let read = store.credentials(&t.scope, t.ana.id).await.expect("credentials");
    assert_eq!(read.app_passwords, vec![phone]);
}

/// The number of a removed app password is not given out again.
pub async fn numbers_of_app_passwords_are_not_used_again(store: Arc<dyn Store>) {
    let t = two(&*store).await;
    let first = store.add_app_password(&t.scope, t.ana.id, for_device("one"), line()).await.expect("added");
    store.remove_app_password(&t.scope, t.ana.id, first.id, line()).await.expect("removed");
    let second = store.add_app_password(&t.scope, t.ana.id, for_device("two"), line()).await.expect("added");
    assert_ne!(first.id, second.id);
}

/// Nobody collects app passwords without end.
pub async fn app_passwords_have_a_bound(store: Arc<dyn Store>) {
    let t = two(&*store).await;
    for n in 0..bounds::APP_PASSWORDS {
        store.add_app_password(&t.scope, t.ana.id, for_device(&n.to_string()), line()).await.expect("added");
    }
    let refused = store.add_app_password(&t.scope, t.ana.id, for_device("one more"), line()).await;
    assert!(matches!(refused, Err(StoreError::Invalid { .. })), "{refused:?}");
    assert_eq!(store.app_passwords(&t.scope, t.ana.id).await.map(|all| all.len()), Ok(bounds::APP_PASSWORDS));
}

/// A password and the line that tells of it are set together, or neither is; app passwords alike.
pub async fn no_password_changes_without_the_line_that_tells_of_it(store: Arc<dyn Store>) {
    let t = two(&*store).await;
    let (scope, user) = (&t.scope, t.ana.id);
    let told = |what: &str| AuditEntry { what: what.to_owned(), ..line() };
    store.set_password(scope, user, password("h1", Some("n1")), told("set")).await.expect("a password");
    let phone = store.add_app_password(scope, user, for_device("phone"), told("added")).await.expect("added");
    let kept = store.credentials(scope, user).await;
    let lines = store.audit(scope, 0, 10).await.expect("the log");
    assert_eq!(lines.iter().skip(1).map(|line| &*line.entry.what).collect::<Vec<_>>(), ["set", "added"]);

    let refused = || told(&"x".repeat(5000));
    let long = || password(&"x".repeat(bounds::TEXT + 1), None);
    let invalid = |answer: Result<(), StoreError>| {
        assert!(matches!(answer, Err(StoreError::Invalid { .. })), "{answer:?}");
    };
    invalid(store.set_password(scope, user, password("h2", None), refused()).await);
    invalid(store.set_password(scope, user, long(), told("set")).await);
    invalid(store.add_app_password(scope, user, for_device("laptop"), refused()).await.map(drop));
    invalid(store.remove_app_password(scope, user, phone.id, refused()).await);
    let unknown = store.remove_app_password(scope, user, phone.id + 1, told("removed")).await;
    assert_eq!(unknown, Err(StoreError::NotFound));
    assert_eq!(store.credentials(scope, user).await, kept);
    assert_eq!(store.audit(scope, 0, 10).await, Ok(lines));

    store.remove_app_password(scope, user, phone.id, told("removed")).await.expect("removed");
    let last = store.audit(scope, 3, 10).await.expect("the log");
    assert_eq!(last.iter().map(|line| &*line.entry.what).collect::<Vec<_>>(), ["removed"]);
}
