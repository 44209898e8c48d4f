//! Message history.

use std::sync::Arc;

use rapport_core::directory::PersonRef;
use rapport_model::{MessageId, Scope, Timestamp, UserId};

use super::values::{Two, aor, person, sealed, two};
use crate::{
    HistoryEntry, HistoryKey, HistoryPeer, HistoryRange, NewHistoryEntry, Store, StoreError, bounds,
};

const KEY: i64 = 42;

fn key(id: i64) -> HistoryKey {
    HistoryKey { id, sealed: sealed("key") }
}

fn said(user: UserId, peer: &PersonRef, at: i64) -> NewHistoryEntry {
    let (id, at) = (MessageId::new(Timestamp(at), 0), Timestamp(at));
    NewHistoryEntry { user, id, peer: peer.clone(), at, sealed: sealed(&format!("said at {}", at.0)) }
}

/// Ana's history: with Kim at 1, 2 and 5, with somebody elsewhere at 3 and 4.
async fn talk(store: &dyn Store) -> (Two, PersonRef, PersonRef) {
    let t = two(store).await;
    let kim = PersonRef::Person(person(store, &t.company, "kim").await.id);
    let other = PersonRef::Address(aor("carl@elsewhere.example"));
    store.add_history_key(&t.scope, key(KEY)).await.expect("a key");
    let entries = [(&kim, 1), (&kim, 2), (&other, 3), (&other, 4), (&kim, 5)];
    let entries = entries.map(|(peer, at)| said(t.ana.id, peer, at)).to_vec();
    assert_eq!(store.append_history(&t.scope, KEY, entries).await, Ok(5));
    (t, kim, other)
}

async fn read(
    store: &dyn Store,
    scope: &Scope,
    user: UserId,
    with: Option<&PersonRef>,
    before: Option<MessageId>,
    limit: usize,
) -> Vec<HistoryEntry> {
    store.history(scope, user, with, before, limit).await.expect("history")
}

fn times(entries: &[HistoryEntry]) -> Vec<i64> {
    entries.iter().map(|entry| entry.at.0).collect()
}

/// Who comes second takes the key of who came first.
pub async fn a_company_has_one_key(store: Arc<dyn Store>) {
    let t = two(&*store).await;
    assert_eq!(store.history_key(&t.scope).await, Ok(None));
    assert_eq!(store.add_history_key(&t.scope, key(1)).await, Ok(key(1)));
    assert_eq!(store.add_history_key(&t.scope, key(2)).await, Ok(key(1)));
    assert_eq!(store.history_key(&t.scope).await, Ok(Some(key(1))));
    assert_eq!(store.history_key(&t.other_scope).await, Ok(None));
    let long = HistoryKey { id: 3, sealed: crate::Sealed(vec![0; bounds::SEALED + 1].into()) };
    let refused = store.add_history_key(&t.other_scope, long).await;
    assert!(matches!(refused, Err(StoreError::Invalid { .. })), "{refused:?}");
}

/// Page by page, of all and of one other.
pub async fn entries_are_read_newest_first_and_by_peer(store: Arc<dyn Store>) {
    let (t, kim, other) = talk(&*store).await;
    let all = read(&*store, &t.scope, t.ana.id, None, None, 100).await;
    assert_eq!(times(&all), [5, 4, 3, 2, 1]);
    let first = all.last().expect("five");
    assert_eq!((&first.peer, &first.sealed), (&kim, &sealed("said at 1")));
    for limit in [1, 2, 4] {
        let (mut pages, mut before) = (Vec::new(), None);
        loop {
            let page = read(&*store, &t.scope, t.ana.id, None, before, limit).await;
            let Some(last) = page.last() else { break };
            before = Some(last.id);
            pages.extend(page);
        }
        assert_eq!(pages, all, "{limit} at a time");
    }
    assert_eq!(times(&read(&*store, &t.scope, t.ana.id, Some(&kim), None, 2).await), [5, 2]);
    let before = Some(all[1].id);
    assert_eq!(times(&read(&*store, &t.scope, t.ana.id, Some(&other), before, 9).await), [3]);
    // A message that is in nobody's history is a place in it nevertheless.
    let between = Some(MessageId::new(Timestamp(3), 1));
    assert_eq!(times(&read(&*store, &t.scope, t.ana.id, None, between, 9).await), [3, 2, 1]);
    let PersonRef::Person(kim) = kim else { unreachable!("kim is a person") };
    assert_eq!(read(&*store, &t.scope, kim, None, None, 9).await, vec![], "it is Ana's alone");
    assert_eq!(read(&*store, &t.other_scope, t.ben.id, None, None, 9).await, vec![]);
}

/// Whoever was talked to last is first.
pub async fn those_talked_to_are_listed_with_their_last_entry(store: Arc<dyn Store>) {
    let (t, kim, other) = talk(&*store).await;
    let all = Timestamp(0);
    let peers = store.history_peers(&t.scope, t.ana.id, all, None, 9).await.expect("peers");
    let seen = |peers: &[HistoryPeer]| -> Vec<_> {
        peers.iter().map(|p| (p.last.peer.clone(), p.count, p.first.0, p.last.at.0)).collect()
    };
    assert_eq!(seen(&peers), [(kim.clone(), 3, 1, 5), (other, 2, 3, 4)]);
    assert_eq!(store.history_peers(&t.scope, t.ana.id, all, None, 1).await, Ok(vec![peers[0].clone()]));
    let before = Some(peers[0].last.id);
    assert_eq!(store.history_peers(&t.scope, t.ana.id, all, before, 9).await, Ok(vec![peers[1].clone()]));
    assert_eq!(store.history_peers(&t.other_scope, t.ben.id, all, None, 9).await, Ok(vec![]));
    // What was said before a moment isn't counted.
    let later = store.history_peers(&t.scope, t.ana.id, Timestamp(5), None, 9).await.expect("peers");
    assert_eq!(seen(&later), [(kim, 1, 5, 5)]);
}

/// However many are asked for, no more is read than finds room in one answer and one more.
pub async fn long_entries_are_read_a_megabyte_at_a_time(store: Arc<dyn Store>) {
    let (t, _, other) = talk(&*store).await;
    let long = |user, peer: &PersonRef, at| {
        let sealed = crate::Sealed(vec![0; bounds::HISTORY_ENTRY].into());
        NewHistoryEntry { sealed, ..said(user, peer, at) }
    };
    let fit = bounds::HISTORY_PAGE / bounds::HISTORY_ENTRY + 1;
    let mut entries = Vec::new();
    for at in 10..20 {
        let peer = PersonRef::Address(aor(&format!("carl{at}@elsewhere.example")));
        entries.extend([long(t.ana.id, &other, at), long(t.ana.id, &peer, 100 + at)]);
    }
    store.append_history(&t.scope, KEY, entries).await.expect("added");
    let all = read(&*store, &t.scope, t.ana.id, None, None, 100).await;
    assert_eq!(all.len(), fit, "of all");
    let with = read(&*store, &t.scope, t.ana.id, Some(&other), None, 100).await;
    assert_eq!((with.len(), with.first().map(|entry| entry.at.0)), (fit, Some(19)), "with one");
    let peers = store.history_peers(&t.scope, t.ana.id, Timestamp(0), None, 100).await.expect("peers");
    assert_eq!((peers.len(), peers.first().map(|peer| peer.last.at.0)), (fit, Some(119)), "of each");
    // The last page is as long as there are entries.
    let rest = read(&*store, &t.scope, t.ana.id, Some(&other), Some(MessageId::first_of(Timestamp(12))), 100);
    assert_eq!(times(&rest.await), [11, 10, 4, 3]);
}

/// The order is that of the messages, in whatever order they come.
pub async fn a_message_stands_once_where_its_name_says(store: Arc<dyn Store>) {
    let (t, kim, other) = talk(&*store).await;
    let late = NewHistoryEntry { id: MessageId::new(Timestamp(3), 7), ..said(t.ana.id, &kim, 9) };
    assert_eq!(store.append_history(&t.scope, KEY, vec![late.clone()]).await, Ok(1));
    let all = read(&*store, &t.scope, t.ana.id, None, None, 100).await;
    assert_eq!(times(&all), [5, 4, 9, 3, 2, 1]);
    assert_eq!(all[2].id, late.id);
    // The same message again takes the place of the first, whoever it turns out to have been for.
    let again = NewHistoryEntry { peer: other.clone(), sealed: sealed("otherwise"), ..late };
    assert_eq!(store.append_history(&t.scope, KEY, vec![again]).await, Ok(1));
    let all = read(&*store, &t.scope, t.ana.id, None, None, 100).await;
    assert_eq!((times(&all), &all[2].sealed), (vec![5, 4, 9, 3, 2, 1], &sealed("otherwise")));
    assert_eq!(times(&read(&*store, &t.scope, t.ana.id, Some(&other), None, 9).await), [4, 9, 3]);
    // Somebody else's entry of the same message is theirs.
    let PersonRef::Person(kim) = kim else { unreachable!("kim is a person") };
    let theirs = NewHistoryEntry { id: all[2].id, ..said(kim, &PersonRef::Person(t.ana.id), 9) };
    assert_eq!(store.append_history(&t.scope, KEY, vec![theirs]).await, Ok(1));
    assert_eq!(read(&*store, &t.scope, t.ana.id, None, None, 100).await, all);
    store.delete_history(&t.scope, t.ana.id, HistoryRange::One(all[2].id)).await.expect("deleted");
    assert_eq!(times(&read(&*store, &t.scope, kim, None, None, 9).await), [9]);
}

/// What its owner deletes is gone.
pub async fn entries_go_one_by_one_by_peer_and_all(store: Arc<dyn Store>) {
    let (t, kim, other) = talk(&*store).await;
    let all = read(&*store, &t.scope, t.ana.id, None, None, 9).await;
    let delete = |range| store.delete_history(&t.scope, t.ana.id, range);
    let one = || HistoryRange::One(all[0].id);
    assert_eq!(delete(one()).await, Ok(1));
    assert_eq!(delete(one()).await, Ok(0));
    assert_eq!(delete(HistoryRange::With(other)).await, Ok(2));
    assert_eq!(times(&read(&*store, &t.scope, t.ana.id, None, None, 9).await), [2, 1]);
    store.add_history_key(&t.other_scope, key(KEY)).await.expect("a key");
    let theirs = said(t.ben.id, &PersonRef::Person(t.ben.id), 1);
    store.append_history(&t.other_scope, KEY, vec![theirs]).await.expect("added");
    let PersonRef::Person(kim) = kim else { unreachable!("kim is a person") };
    store
        .append_history(&t.scope, KEY, vec![said(kim, &PersonRef::Person(t.ana.id), 1)])
        .await
        .expect("added");
    assert_eq!(delete(HistoryRange::All).await, Ok(2));
    assert_eq!(read(&*store, &t.scope, kim, None, None, 9).await.len(), 1);
    assert_eq!(read(&*store, &t.other_scope, t.ben.id, None, None, 9).await.len(), 1);
}

/// Also where the person can still be restored; a few at a time.
pub async fn what_is_too_old_goes_in_its_company_alone(store: Arc<dyn Store>) {
    let (t, _, _) = talk(&*store).await;
    store.add_history_key(&t.other_scope, key(KEY)).await.expect("a key");
    let theirs = said(t.ben.id, &PersonRef::Person(t.ben.id), 1);
    store.append_history(&t.other_scope, KEY, vec![theirs]).await.expect("added");
    assert_eq!(store.forget_history(&t.scope, Timestamp(1), 9).await, Ok(0));
    assert_eq!(store.forget_history(&t.scope, Timestamp(4), 2).await, Ok(2));
    assert_eq!(store.forget_history(&t.scope, Timestamp(4), 2).await, Ok(1));
    assert_eq!(times(&read(&*store, &t.scope, t.ana.id, None, None, 9).await), [5, 4]);
    store.delete_person(&t.scope, t.ana.id, Timestamp(9)).await.expect("deleted");
    assert_eq!(store.forget_history(&t.scope, Timestamp(5), 9).await, Ok(1));
    store.restore_person(&t.scope, t.ana.id).await.expect("restored");
    assert_eq!(times(&read(&*store, &t.scope, t.ana.id, None, None, 9).await), [5]);
    assert_eq!(read(&*store, &t.other_scope, t.ben.id, None, None, 9).await.len(), 1);
}

/// What was sealed before a company came back from a backup doesn't get among what is sealed under that one's key.
pub async fn entries_under_another_key_are_refused(store: Arc<dyn Store>) {
    let (t, kim, _) = talk(&*store).await;
    let refused = store.append_history(&t.scope, KEY + 1, vec![said(t.ana.id, &kim, 6)]).await;
    assert!(matches!(refused, Err(StoreError::Stale { .. })), "{refused:?}");
    let refused = store.append_history(&t.other_scope, KEY, vec![]).await;
    assert!(matches!(refused, Err(StoreError::Stale { .. })), "{refused:?}");
    assert_eq!(read(&*store, &t.scope, t.ana.id, None, None, 9).await.len(), 5);
}

/// The rest of what was to be added is.
pub async fn entries_of_nobody_and_of_strangers_are_not_added(store: Arc<dyn Store>) {
    let (t, kim, other) = talk(&*store).await;
    let PersonRef::Person(kim_id) = kim else { unreachable!("kim is a person") };
    store.delete_person(&t.scope, kim_id, Timestamp(7)).await.expect("deleted");
    let nobody = UserId { user: 9999, ..t.ana.id };
    let entries = vec![said(kim_id, &other, 6), said(nobody, &other, 6), said(t.ana.id, &other, 6)];
    assert_eq!(store.append_history(&t.scope, KEY, entries).await, Ok(1));
    let strangers = vec![said(t.ana.id, &other, 7), said(t.ben.id, &other, 7)];
    assert_eq!(store.append_history(&t.scope, KEY, strangers).await, Err(StoreError::WrongTenant));
    let long = crate::Sealed(vec![0; bounds::HISTORY_ENTRY + 1].into());
    let long = NewHistoryEntry { sealed: long, ..said(t.ana.id, &other, 7) };
    let refused = store.append_history(&t.scope, KEY, vec![long]).await;
    assert!(matches!(refused, Err(StoreError::Invalid { .. })), "{refused:?}");
    assert_eq!(times(&read(&*store, &t.scope, t.ana.id, None, None, 2).await), [6, 5]);
}

/// Nobody finds what a successor's predecessor said.
pub async fn entries_go_with_their_person_and_company(store: Arc<dyn Store>) {
    let (t, kim, _) = talk(&*store).await;
    store.delete_person(&t.scope, t.ana.id, Timestamp(7)).await.expect("deleted");
    store.restore_person(&t.scope, t.ana.id).await.expect("restored");
    assert_eq!(read(&*store, &t.scope, t.ana.id, None, None, 9).await.len(), 5);
    let PersonRef::Person(kim_id) = kim else { unreachable!("kim is a person") };
    store.remove_person(&t.scope, kim_id).await.expect("removed");
    assert_eq!(
        read(&*store, &t.scope, t.ana.id, Some(&kim), None, 9).await.len(),
        3,
        "what Ana has of Kim is Ana's"
    );
    store.remove_person(&t.scope, t.ana.id).await.expect("removed");
    assert_eq!(store.forget_history(&t.scope, Timestamp(100), 9).await, Ok(0), "nothing is left");
    store.remove_tenant(&t.scope).await.expect("removed");
    assert_eq!(store.history_key(&t.scope).await, Err(StoreError::NotFound));
}
