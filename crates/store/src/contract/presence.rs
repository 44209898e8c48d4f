//! Static presence: batches under a revision, and the fence that stops a late one.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::thread;

use rapport_core::directory::PersonRef;
use rapport_core::presence::{CategoryName, Lifetime, Membership, Publication, StaticChange};
use rapport_model::{ContainerId, EndpointId, Instance, Timestamp, UserId};

use super::block_on;
use super::values::{aor, client, every_member, every_value, key, note, person, prompted, publication, two};
use crate::{Store, StoreError, StoredPresence, bounds};

/// Revision 0 and nothing in it.
pub async fn a_new_person_has_none(store: Arc<dyn Store>) {
    let t = two(&*store).await;
    assert_eq!(store.presence(&t.scope, t.ana.id).await, Ok(StoredPresence::default()));
    assert_eq!(store.presence_revision(&t.scope, t.ana.id).await, Ok(0));
}

/// A client's XML and every fact of the server's own values survive byte for byte.
pub async fn every_kind_of_value_is_read_back(store: Arc<dyn Store>) {
    let t = two(&*store).await;
    let values = every_value(t.ana.id);
    let changes: Vec<_> =
        values.iter().map(|(key, publication)| StaticChange::Put(key.clone(), publication.clone())).collect();
    store.commit_presence(&t.scope, t.ana.id, 0, 1, &changes).await.expect("a commit");
    let want = StoredPresence {
        static_revision: 1,
        publications: values.into_iter().collect(),
        ..StoredPresence::default()
    };
    assert_eq!(store.presence(&t.scope, t.ana.id).await, Ok(want));
    assert_eq!(store.presence_revision(&t.scope, t.ana.id).await, Ok(1));
}

/// Every kind of member, and subscribers of both kinds.
pub async fn memberships_and_subscribers_are_read_back(store: Arc<dyn Store>) {
    let t = two(&*store).await;
    let friend = person(&*store, &t.company, "friend").await;
    let carl = PersonRef::Address(aor("carl@elsewhere.example"));
    let changes = [
        StaticChange::SetMembership(ContainerId::BLOCKED, every_member(friend.id)),
        StaticChange::SetMembership(ContainerId::TEAM, Membership { version: 1, ..Membership::default() }),
        StaticChange::PutSubscriber(PersonRef::Person(friend.id), prompted(true)),
        StaticChange::PutSubscriber(carl.clone(), prompted(false)),
    ];
    store.commit_presence(&t.scope, t.ana.id, 0, 1, &changes).await.expect("a commit");
    let want = StoredPresence {
        static_revision: 1,
        publications: BTreeMap::new(),
        memberships: BTreeMap::from([
            (ContainerId::BLOCKED, every_member(friend.id)),
            (ContainerId::TEAM, Membership { version: 1, ..Membership::default() }),
        ]),
        subscribers: BTreeMap::from([
            (PersonRef::Person(friend.id), prompted(true)),
            (carl, prompted(false)),
        ]),
    };
    assert_eq!(store.presence(&t.scope, t.ana.id).await, Ok(want));
}

/// Each of the people once, by number, with what is theirs of the categories that are asked for; nobody of whom there is
/// nobody.
pub async fn that_of_several_is_read_together(store: Arc<dyn Store>) {
    let t = two(&*store).await;
    let kim = person(&*store, &t.company, "kim").await;
    let gone = person(&*store, &t.company, "gone").await;
    store.delete_person(&t.scope, gone.id, Timestamp(1)).await.expect("deleted");
    let state = key("state", ContainerId::TEAM, 1);
    let changes = [
        note(1, "x"),
        StaticChange::Put(state.clone(), publication(1, client("<state/>"))),
        StaticChange::SetMembership(ContainerId::BLOCKED, every_member(kim.id)),
    ];
    store.commit_presence(&t.scope, t.ana.id, 0, 3, &changes).await.expect("a commit");
    let nobody = UserId { user: u32::MAX, ..kim.id };
    let all = [kim.id, nobody, t.ana.id, gone.id, kim.id];
    let both = [CategoryName::state(), CategoryName::note(), CategoryName::device()];
    let found = store.presence_of_several(&t.scope, &all, &both).await;
    let mut anas = store.presence(&t.scope, t.ana.id).await.expect("presence");
    assert_eq!((anas.static_revision, anas.publications.len(), anas.memberships.len()), (3, 2, 1));
    assert_eq!(found, Ok(vec![(t.ana.id, anas.clone()), (kim.id, StoredPresence::default())]));
    assert!(anas.publications.remove(&state).is_some());
    let found = store.presence_of_several(&t.scope, &[t.ana.id], &[CategoryName::note()]).await;
    assert_eq!(found, Ok(vec![(t.ana.id, anas)]), "the note alone");
    assert_eq!(store.presence_of_several(&t.scope, &[], &both).await, Ok(vec![]));
}

/// What is put again is replaced, what is deleted is gone, in the order of the changes.
pub async fn later_changes_replace_and_delete(store: Arc<dyn Store>) {
    let t = two(&*store).await;
    let carl = PersonRef::Address(aor("carl@elsewhere.example"));
    let other = key("note", ContainerId::COMPANY, 0);
    let first = [
        note(1, "old"),
        StaticChange::Put(other.clone(), publication(1, client(""))),
        StaticChange::PutSubscriber(carl.clone(), prompted(false)),
        StaticChange::SetMembership(ContainerId::BLOCKED, every_member(t.ana.id)),
    ];
    store.commit_presence(&t.scope, t.ana.id, 0, 5, &first).await.expect("a commit");
    let second = [
        note(2, "middle"),
        note(3, "new"),
        StaticChange::Delete(other),
        StaticChange::Delete(key("never", ContainerId::DEFAULT, 9)),
        StaticChange::DeleteSubscriber(carl),
        StaticChange::SetMembership(
            ContainerId::BLOCKED,
            Membership { version: 10, ..Membership::default() },
        ),
    ];
    store.commit_presence(&t.scope, t.ana.id, 5, 6, &second).await.expect("a commit");
    let read = store.presence(&t.scope, t.ana.id).await.expect("presence");
    let want =
        BTreeMap::from([(key("note", ContainerId::TEAM, 0), publication(3, client("<note>new</note>")))]);
    assert_eq!((read.static_revision, read.publications), (6, want));
    assert_eq!(read.subscribers, BTreeMap::new());
    let want = BTreeMap::from([(ContainerId::BLOCKED, Membership { version: 10, ..Membership::default() })]);
    assert_eq!(read.memberships, want);
}

/// The caller learns where the revision stands.
pub async fn a_stale_commit_is_refused_and_changes_nothing(store: Arc<dyn Store>) {
    let t = two(&*store).await;
    store.commit_presence(&t.scope, t.ana.id, 0, 3, &[note(1, "first")]).await.expect("a commit");
    let before = store.presence(&t.scope, t.ana.id).await.expect("presence");
    for wrong in [0, 1, 2, 4] {
        let refused = store.commit_presence(&t.scope, t.ana.id, wrong, 9, &[note(2, "late")]).await;
        assert_eq!(refused, Err(StoreError::Stale { current: 3 }), "{wrong}");
    }
    assert_eq!(store.presence(&t.scope, t.ana.id).await, Ok(before));
}

/// One change that can't be stored keeps out all of them.
pub async fn a_commit_is_whole_or_not_at_all(store: Arc<dyn Store>) {
    let t = two(&*store).await;
    let live = Publication { lifetime: Lifetime::User, ..publication(1, client("")) };
    let long = publication(1, client(&"x".repeat(bounds::XML + 1)));
    let stranger = EndpointId { user: t.ben.id, instance: Instance([1; 16]) };
    let foreign = Publication { publisher: Some(stranger), ..publication(1, client("")) };
    for bad in [live, long, foreign] {
        let last = StaticChange::Put(key("note", ContainerId::OWN, 0), bad);
        let refused = store.commit_presence(&t.scope, t.ana.id, 0, 1, &[note(1, "first"), last]).await;
        assert!(matches!(refused, Err(StoreError::Invalid { .. })), "{refused:?}");
    }
    assert_eq!(store.presence(&t.scope, t.ana.id).await, Ok(StoredPresence::default()));
}

/// A revision is never given to two states.
pub async fn a_revision_grows_with_every_commit(store: Arc<dyn Store>) {
    let t = two(&*store).await;
    store.commit_presence(&t.scope, t.ana.id, 0, 7, &[]).await.expect("a commit without changes");
    for next in [0, 6, 7, u64::MAX] {
        let refused = store.commit_presence(&t.scope, t.ana.id, 7, next, &[]).await;
        assert!(matches!(refused, Err(StoreError::Invalid { .. })), "{next}: {refused:?}");
    }
    assert_eq!(store.presence_revision(&t.scope, t.ana.id).await, Ok(7));
}

/// Whoever gives up on a pending change fences it; its writer then fails, and no reader takes the fence for it.
pub async fn a_fence_stops_the_late_commit(store: Arc<dyn Store>) {
    let t = two(&*store).await;
    store.commit_presence(&t.scope, t.ana.id, 0, 1, &[note(1, "kept")]).await.expect("a commit");
    let fenced = store.fence_presence(&t.scope, t.ana.id, 1, 5).await.expect("a fence");
    assert!(fenced > 5, "{fenced}");
    assert_eq!(store.presence_revision(&t.scope, t.ana.id).await, Ok(fenced));
    let late = store.commit_presence(&t.scope, t.ana.id, 1, 5, &[note(2, "late")]).await;
    assert_eq!(late, Err(StoreError::Stale { current: fenced }));
    let read = store.presence(&t.scope, t.ana.id).await.expect("presence");
    let kept = publication(1, client("<note>kept</note>"));
    assert_eq!(read.publications.values().collect::<Vec<_>>(), [&kept]);
    assert_eq!(
        store.commit_presence(&t.scope, t.ana.id, fenced, fenced + 1, &[note(2, "next")]).await,
        Ok(())
    );
}

/// The fence learns that the commit got through.
pub async fn a_fence_after_the_commit_comes_too_late(store: Arc<dyn Store>) {
    let t = two(&*store).await;
    store.commit_presence(&t.scope, t.ana.id, 0, 1, &[note(1, "in time")]).await.expect("a commit");
    let refused = store.fence_presence(&t.scope, t.ana.id, 0, 1).await;
    assert_eq!(refused, Err(StoreError::Stale { current: 1 }));
    let refused = store.fence_presence(&t.scope, t.ana.id, 1, u64::MAX).await;
    assert!(matches!(refused, Err(StoreError::Invalid { .. })), "{refused:?}");
}

/// Two nodes that commit from the same revision.
pub async fn of_two_commits_at_once_one_wins(store: Arc<dyn Store>) {
    let t = two(&*store).await;
    let commit = |text: &str| block_on(store.commit_presence(&t.scope, t.ana.id, 0, 1, &[note(1, text)]));
    let results = thread::scope(|threads| {
        let both = [threads.spawn(|| commit("one")), threads.spawn(|| commit("two"))];
        both.map(|thread| thread.join().expect("no panic"))
    });
    assert!(results.contains(&Ok(())), "{results:?}");
    assert!(results.contains(&Err(StoreError::Stale { current: 1 })), "{results:?}");
    let winner = if results.first() == Some(&Ok(())) { "<note>one</note>" } else { "<note>two</note>" };
    let read = store.presence(&t.scope, t.ana.id).await.expect("presence");
    assert_eq!(read.publications.values().collect::<Vec<_>>(), [&publication(1, client(winner))]);
}

/// Commits that meet on their way to the disk are each answered for themselves.
pub async fn commits_for_many_people_at_once_all_arrive(store: Arc<dyn Store>) {
    const ROUNDS: u64 = 20;
    let t = two(&*store).await;
    let mut people = Vec::new();
    for n in 0..8 {
        people.push(person(&*store, &t.company, &format!("p{n}")).await.id);
    }
    thread::scope(|threads| {
        for user in &people {
            threads.spawn(|| {
                for n in 0..ROUNDS {
                    let changes = [note(1, &n.to_string())];
                    block_on(store.commit_presence(&t.scope, *user, n, n + 1, &changes)).expect("a commit");
                    // One in between that fails must not take the others along.
                    let stale = block_on(store.commit_presence(&t.scope, *user, n, n + 1, &changes));
                    assert_eq!(stale, Err(StoreError::Stale { current: n + 1 }));
                    assert_eq!(block_on(store.presence_revision(&t.scope, *user)), Ok(n + 1));
                }
            });
        }
    });
    for user in people {
        assert_eq!(store.presence_revision(&t.scope, user).await, Ok(ROUNDS));
    }
}

/// A publication that ends at a moment is kept with it, until one without an end takes its place.
pub async fn the_end_of_a_publication_is_kept_with_it(store: Arc<dyn Store>) {
    let t = two(&*store).await;
    let place = key("note", ContainerId::TEAM, 0);
    for (revision, lifetime) in [
        (0, Lifetime::KeptUntil(Timestamp(7_000))),
        (1, Lifetime::KeptUntil(Timestamp(-1))),
        (2, Lifetime::Static),
    ] {
        let kept = Publication { lifetime, ..publication(1, client("<note/>")) };
        let put = [StaticChange::Put(place.clone(), kept.clone())];
        store.commit_presence(&t.scope, t.ana.id, revision, revision + 1, &put).await.expect("a commit");
        let read = store.presence(&t.scope, t.ana.id).await.expect("presence");
        assert_eq!(read.publications.get(&place), Some(&kept));
    }
}
