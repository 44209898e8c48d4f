//! Sign-ins in browsers, and what web clients leave.

use std::sync::Arc;

use rapport_core::directory::PersonRef;
use rapport_model::Timestamp;

use super::values::{operator, person, two, web_hash, web_message, web_session};
use crate::{Fate, Store, StoreError, WebMessage, WebSession, bounds};

/// Sign-ins are found by their hash alone, listed by person, and end one by one.
pub async fn web_sessions_come_and_go_one_by_one(store: Arc<dyn Store>) {
    let t = two(&*store).await;
    let kim = person(&*store, &t.company, "kim").await;
    let (first, second) = (web_session(t.ana.id, 1), web_session(t.ana.id, 2));
    for new in [&second, &first] {
        store.add_web_session(&t.scope, new.clone()).await.expect("added");
    }
    let taken = WebSession { user: kim.id, ..first.clone() };
    assert!(matches!(store.add_web_session(&t.scope, taken).await, Err(StoreError::Conflict { .. })));
    assert_eq!(store.web_session(&operator(), web_hash(1)).await, Ok(Some(first.clone())));
    assert_eq!(store.web_session(&operator(), web_hash(3)).await, Ok(None));
    assert_eq!(store.web_sessions(&t.scope, t.ana.id).await, Ok(vec![first.clone(), second.clone()]));
    assert_eq!(store.web_sessions(&t.scope, kim.id).await, Ok(vec![]));
    store.touch_web_session(&t.scope, t.ana.id, web_hash(1), Timestamp(50)).await.expect("touched");
    let touched = WebSession { used: Timestamp(50), ..first };
    assert_eq!(store.web_session(&operator(), web_hash(1)).await, Ok(Some(touched)));
    let not_theirs = store.remove_web_session(&t.scope, kim.id, web_hash(1)).await;
    assert_eq!(not_theirs, Err(StoreError::NotFound));
    assert_eq!(store.remove_web_session(&t.scope, t.ana.id, web_hash(1)).await, Ok(()));
    assert_eq!(store.remove_web_session(&t.scope, t.ana.id, web_hash(1)).await, Err(StoreError::NotFound));
    assert_eq!(store.web_sessions(&t.scope, t.ana.id).await, Ok(vec![second]));
}

/// Somebody who is deleted is signed in nowhere, and restoring brings back none whose sign-ins were ended.
pub async fn web_sessions_end_with_their_person(store: Arc<dyn Store>) {
    let t = two(&*store).await;
    store.add_web_session(&t.scope, web_session(t.ana.id, 1)).await.expect("added");
    store.add_web_session(&t.other_scope, web_session(t.ben.id, 2)).await.expect("added");
    store.delete_person(&t.scope, t.ana.id, Timestamp(5)).await.expect("deleted");
    assert_eq!(store.web_session(&operator(), web_hash(1)).await, Ok(None));
    assert_eq!(store.remove_web_sessions(&t.scope, t.ana.id).await, Ok(1));
    store.restore_person(&t.scope, t.ana.id).await.expect("restored");
    assert_eq!(store.web_session(&operator(), web_hash(1)).await, Ok(None));
    assert_eq!(store.web_sessions(&t.other_scope, t.ben.id).await.map(|all| all.len()), Ok(1));
    store.remove_person(&t.other_scope, t.ben.id).await.expect("removed");
    assert_eq!(store.web_session(&operator(), web_hash(2)).await, Ok(None));
}

/// Sign-ins that are over or long unused go, of every company.
pub async fn web_sessions_are_forgotten_when_their_time_is_over(store: Arc<dyn Store>) {
    let t = two(&*store).await;
    store.add_web_session(&t.scope, web_session(t.ana.id, 10)).await.expect("added");
    store.add_web_session(&t.other_scope, web_session(t.ben.id, 20)).await.expect("added");
    let forget =
        |expired, unused| store.forget_web_sessions(&OPERATOR, Timestamp(expired), Timestamp(unused));
    assert_eq!(forget(109, 9).await, Ok(0));
    assert_eq!(forget(110, 0).await, Ok(1));
    assert_eq!(store.web_session(&operator(), web_hash(10)).await, Ok(None));
    assert_eq!(forget(0, 19).await, Ok(0));
    assert_eq!(forget(0, 20).await, Ok(1));
}

static OPERATOR: std::sync::LazyLock<rapport_model::OperatorScope> = std::sync::LazyLock::new(operator);

/// Nobody is signed in in browsers without end.
pub async fn web_sessions_have_a_bound(store: Arc<dyn Store>) {
    let t = two(&*store).await;
    for number in 0..bounds::WEB_SESSIONS {
        let new = web_session(t.ana.id, u8::try_from(number).expect("few"));
        store.add_web_session(&t.scope, new).await.expect("added");
    }
    let refused = store.add_web_session(&t.scope, web_session(t.ana.id, 200)).await;
    assert!(matches!(refused, Err(StoreError::Invalid { .. })), "{refused:?}");
    let long = WebSession { label: "x".repeat(bounds::TEXT + 1), ..web_session(t.ben.id, 201) };
    let refused = store.add_web_session(&t.other_scope, long).await;
    assert!(matches!(refused, Err(StoreError::Invalid { .. })), "{refused:?}");
}

/// What web clients leave is kept by person and name, and goes with the person.
pub async fn web_documents_are_kept_by_name(store: Arc<dyn Store>) {
    let t = two(&*store).await;
    assert_eq!(store.web_document(&t.scope, t.ana.id, "settings").await, Ok(None));
    let mut old = None;
    for text in ["{}", "{\"theme\":\"dark\"}"] {
        let set = store.set_web_document(&t.scope, t.ana.id, "settings", old, text.to_owned()).await;
        assert_eq!(set, Ok(()));
        old = Some(text);
        let kept = store.web_document(&t.scope, t.ana.id, "settings").await;
        assert_eq!(kept, Ok(Some(text.to_owned())));
    }
    assert_eq!(store.web_document(&t.scope, t.ana.id, "favourites").await, Ok(None));
    assert_eq!(store.web_document(&t.other_scope, t.ben.id, "settings").await, Ok(None));
    let long = "x".repeat(bounds::DOCUMENT + 1);
    let refused = store.set_web_document(&t.scope, t.ana.id, "settings", old, long).await;
    assert!(matches!(refused, Err(StoreError::Invalid { .. })), "{refused:?}");
}

/// Whoever changes what they have not read is told, and nothing is overwritten.
pub async fn of_two_who_change_a_web_document_one_is_told(store: Arc<dyn Store>) {
    let t = two(&*store).await;
    let set = |old: Option<&'static str>, text: &str| {
        store.set_web_document(&t.scope, t.ana.id, "settings", old, text.to_owned())
    };
    assert_eq!(set(Some("{}"), "x").await, Err(StoreError::Stale { current: 0 }));
    assert_eq!(set(None, "first").await, Ok(()));
    assert_eq!(set(None, "second").await, Err(StoreError::Stale { current: 0 }));
    assert_eq!(set(Some("other"), "second").await, Err(StoreError::Stale { current: 0 }));
    assert_eq!(set(Some("first"), "second").await, Ok(()));
    let kept = store.web_document(&t.scope, t.ana.id, "settings").await;
    assert_eq!(kept.as_ref().map(Option::as_deref), Ok(Some("second")));
}

/// Conversations stand by their sign-in, and go with it however it ends.
pub async fn conversations_are_kept_as_long_as_their_sign_in(store: Arc<dyn Store>) {
    let t = two(&*store).await;
    let kept = |number| store.web_conversations(&t.scope, t.ana.id, web_hash(number));
    let set = |number, text: &str| {
        store.set_web_conversations(&t.scope, t.ana.id, web_hash(number), text.to_owned())
    };
    assert_eq!(set(1, "x").await, Err(StoreError::NotFound));
    for number in 1..=3 {
        store.add_web_session(&t.scope, web_session(t.ana.id, number)).await.expect("added");
        assert_eq!(kept(number).await, Ok(None));
        for text in ["one", "two"] {
            assert_eq!(set(number, text).await, Ok(()));
            assert_eq!(kept(number).await, Ok(Some(text.to_owned())));
        }
    }
    let theirs = store.web_conversations(&t.other_scope, t.ben.id, web_hash(1)).await;
    assert_eq!(theirs, Ok(None));
    let not_theirs = store.set_web_conversations(&t.other_scope, t.ben.id, web_hash(1), "x".into()).await;
    assert_eq!(not_theirs, Err(StoreError::NotFound));
    store.remove_web_session(&t.scope, t.ana.id, web_hash(1)).await.expect("removed");
    assert_eq!((kept(1).await, kept(2).await), (Ok(None), Ok(Some("two".to_owned()))));
    assert_eq!(store.forget_web_sessions(&OPERATOR, Timestamp(102), Timestamp(0)).await, Ok(1));
    assert_eq!((kept(2).await, kept(3).await), (Ok(None), Ok(Some("two".to_owned()))));
    store.remove_web_sessions(&t.scope, t.ana.id).await.expect("removed");
    store.add_web_session(&t.scope, web_session(t.ana.id, 3)).await.expect("added");
    assert_eq!(kept(3).await, Ok(None));
    let long = "x".repeat(bounds::DOCUMENT + 1);
    assert!(matches!(set(3, &long).await, Err(StoreError::Invalid { .. })));
}

/// The same id to the same person is the same message, with what was noted of it last.
pub async fn a_message_from_a_browser_is_noted_once(store: Arc<dyn Store>) {
    let t = two(&*store).await;
    let (kim, lee) = (person(&*store, &t.company, "kim").await, person(&*store, &t.company, "lee").await);
    let (to, other) = (PersonRef::Person(kim.id), PersonRef::Person(lee.id));
    let first = web_message(to.clone(), "c1", 5);
    let note = |message: &WebMessage| store.note_web_message(&t.scope, t.ana.id, message.clone());
    let known = |peer, client_id| store.web_message(&t.scope, t.ana.id, peer, client_id);
    assert_eq!(known(&to, "c1").await, Ok(None));
    assert_eq!(note(&first).await, Ok(()));
    assert_eq!(known(&to, "c1").await, Ok(Some(first.clone())));
    let others = [web_message(other.clone(), "c1", 6), web_message(to.clone(), "c2", 7)];
    for message in &others {
        assert_eq!(note(message).await, Ok(()), "another message");
    }
    assert_eq!(store.note_web_message(&t.scope, lee.id, first.clone()).await, Ok(()), "another's");
    for fate in [Fate::Failed, Fate::Unknown, Fate::Sent] {
        let later = WebMessage { fate, id: format!("{fate:?}"), at: Timestamp(9), ..first.clone() };
        assert_eq!(note(&later).await, Ok(()));
        assert_eq!(known(&to, "c1").await, Ok(Some(later)));
    }
    let [of_other, second] = others;
    assert_eq!(known(&other, "c1").await, Ok(Some(of_other)));
    assert_eq!(known(&to, "c2").await, Ok(Some(second)));
    let theirs = store.web_message(&t.scope, lee.id, &to, "c1").await;
    assert_eq!(theirs, Ok(Some(first)), "another's is what it was");
}

/// Nobody's messages are kept without end, in number or in time.
pub async fn messages_from_browsers_have_a_bound_and_are_forgotten(store: Arc<dyn Store>) {
    let t = two(&*store).await;
    let to = PersonRef::Person(t.ana.id);
    let name = |number: usize| format!("c{number}");
    let note = |number: usize, at| {
        store.note_web_message(&t.scope, t.ana.id, web_message(to.clone(), &name(number), at))
    };
    let is_known = async |number: usize| {
        let known = store.web_message(&t.scope, t.ana.id, &to, &name(number)).await;
        known.expect("answered").is_some()
    };
    let most = bounds::WEB_MESSAGES;
    for number in 0..=most {
        // The clock stands still for the latest, and goes back for the last of all.
        let at = if number == most { 0 } else { i64::try_from(number.min(most / 2)).expect("few") };
        assert_eq!(note(number, at).await, Ok(()));
    }
    assert!(is_known(most).await, "the latest is kept");
    assert!(is_known(1).await, "and what there was room for");
    assert!(!is_known(0).await, "the earliest went");
    assert_eq!(note(1, 1).await, Ok(()));
    assert!(is_known(2).await, "one that is known takes nobody's room");
    assert_eq!(store.forget_web_messages(&OPERATOR, Timestamp(0)).await, Ok(0));
    assert_eq!(store.forget_web_messages(&OPERATOR, Timestamp(i64::MAX)).await, Ok(most));
    assert!(!is_known(most).await);
}
