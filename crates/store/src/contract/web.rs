//! Sign-ins in browsers, and what web clients leave.

use std::sync::Arc;

use rapport_model::Timestamp;

use super::values::{operator, person, two, web_hash, web_session};
use crate::{Store, StoreError, WebSession, bounds};

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
    for text in ["{}", "{\"theme\":\"dark\"}"] {
        let set = store.set_web_document(&t.scope, t.ana.id, "settings", text.to_owned()).await;
        assert_eq!(set, Ok(()));
        let kept = store.web_document(&t.scope, t.ana.id, "settings").await;
        assert_eq!(kept, Ok(Some(text.to_owned())));
    }
    assert_eq!(store.web_document(&t.scope, t.ana.id, "favourites").await, Ok(None));
    assert_eq!(store.web_document(&t.other_scope, t.ben.id, "settings").await, Ok(None));
    let long = "x".repeat(bounds::DOCUMENT + 1);
    let refused = store.set_web_document(&t.scope, t.ana.id, "settings", long).await;
    assert!(matches!(refused, Err(StoreError::Invalid { .. })), "{refused:?}");
}
