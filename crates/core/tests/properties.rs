//! What holds for every sequence of batches.

mod support;

use std::sync::Arc;

use proptest::prelude::*;
use rapport_core::presence::*;
use rapport_model::*;
use support::*;

/// One operation by number: which key, whether its version is right, and what becomes of it.
type Operation = (usize, bool, Option<(u8, u32)>);

fn keys() -> Vec<PublicationKey> {
    let mut keys = Vec::new();
    for container in [2, 3] {
        for instance in [MACHINE, MACHINE + 1, USER, 0x4000_0001, 0x8000_0001] {
            keys.push(key("state", container, instance));
        }
    }
    keys.extend([key("note", 200, 0), key("note", 300, 0), key("device", 2, 1), key("device", 2, 2)]);
    keys
}

fn kind_of(key: &PublicationKey) -> StateKind {
    match key.instance >> 28 {
        2 => StateKind::User,
        3 => StateKind::Machine,
        4 => StateKind::Calendar,
        _ => StateKind::Phone,
    }
}

fn operation(document: &Document, by: EndpointId, (which, right, what): Operation) -> NewPublication {
    let key = keys()[which].clone();
    let stored = document.publications.get(&key).map_or(0, |p| p.version);
    let version = if right { stored } else { stored + 3 };
    let Some((lifetime, availability)) = what else { return delete(key, version) };
    let lifetime = match lifetime {
        0 => Lifetime::Static,
        1 => Lifetime::User,
        2 => Lifetime::Until(at(500)),
        3 => Lifetime::KeptUntil(at(700)),
        _ => Lifetime::Endpoint(by),
    };
    let value = match key.category.as_str() {
        "state" => state_value(state(kind_of(&key), Some(availability))),
        "device" => device("d"),
        _ => xml("note"),
    };
    put(key, version, lifetime, value)
}

fn batch(wrong: bool) -> impl Strategy<Value = (u8, Vec<Operation>)> {
    let level = prop::sample::select(vec![3500u32, 5000, 6500, 9500, 12_500, 15_500, 18_500]);
    let what = prop::option::weighted(0.8, (0u8..5, level));
    let right = if wrong { prop::bool::weighted(0.9).boxed() } else { Just(true).boxed() };
    let one = (0..keys().len(), right, what);
    let distinct = prop::collection::vec(one, 1..7).prop_map(|mut operations| {
        operations.sort_by_key(|(which, _, _)| *which);
        operations.dedup_by_key(|(which, _, _)| *which);
        operations
    });
    (1u8..3, distinct)
}

const BOTH: fn() -> [EndpointId; 2] = || [endpoint(1), endpoint(2)];

proptest! {
    #[test]
    fn a_batch_is_published_whole_or_not_at_all_and_versions_grow(
        batches in prop::collection::vec(batch(true), 1..8)
    ) {
        let mut document = new_document();
        for (n, (by, operations)) in (0..).zip(batches) {
            let by = endpoint(by);
            let batch: Vec<_> = operations.into_iter().map(|o| operation(&document, by, o)).collect();
            let before = document.clone();
            let wrong = |o: &&NewPublication| {
                let stored = before.publications.get(&o.key).map_or(0, |p| p.version);
                o.version != stored && !(stored == 0 && o.action == PublicationAction::Delete)
            };
            match document.publish(by, &batch, &BOTH(), at(n)) {
                Err(PublishError::Conflict(conflicts)) => {
                    prop_assert_eq!(conflicts.len(), batch.iter().filter(wrong).count());
                    prop_assert!(!conflicts.is_empty());
                    prop_assert_eq!(&document, &before);
                }
                Err(PublishError::Refused(refusal)) => prop_assert!(false, "{}", refusal),
                Ok(change) => {
                    prop_assert_eq!(batch.iter().filter(wrong).count(), 0);
                    for operation in &batch {
                        let stored = change.next.publications.get(&operation.key);
                        match operation.action {
                            PublicationAction::Delete => prop_assert!(stored.is_none()),
                            PublicationAction::Publish { .. } => {
                                let old = before.publications.get(&operation.key).map_or(0, |p| p.version);
                                prop_assert_eq!(stored.map(|p| p.version), Some(old + 1));
                            }
                        }
                    }
                    let moved = u64::from(!change.static_changes.is_empty());
                    prop_assert_eq!(change.next.static_revision, before.static_revision + moved);
                    for (key, publication) in &change.next.publications {
                        let old = before.publications.get(key);
                        if old != Some(publication) {
                            prop_assert!(publication.version > old.map_or(0, |p| p.version));
                            prop_assert!(change.touched.contains(&key.category));
                        }
                    }
                    document = change.next;
                }
            }
        }
    }

    #[test]
    fn what_the_store_keeps_is_the_static_part(batches in prop::collection::vec(batch(false), 1..8)) {
        let fixed = |d: &Document| -> Vec<(PublicationKey, Arc<Publication>)> {
            let all = d.publications.iter();
            all.filter(|(_, p)| p.lifetime.is_kept()).map(|(k, p)| (k.clone(), p.clone())).collect()
        };
        let mut document = new_document();
        let mut stored = document.publications.clone();
        for (n, (by, operations)) in (0..).zip(batches) {
            let by = endpoint(by);
            let batch: Vec<_> = operations.into_iter().map(|o| operation(&document, by, o)).collect();
            let change = document.publish(by, &batch, &BOTH(), at(n)).expect("right versions");
            for step in change.static_changes {
                match step {
                    StaticChange::Put(key, publication) => { stored.insert(key, publication.into()); }
                    StaticChange::Delete(key) => prop_assert!(stored.remove(&key).is_some()),
                    other => prop_assert!(false, "{:?}", other),
                }
            }
            document = change.next;
            prop_assert_eq!(fixed(&document), stored.clone().into_iter().collect::<Vec<_>>());
        }
    }

    #[test]
    fn a_second_sweep_finds_nothing(
        batches in prop::collection::vec(batch(false), 1..6),
        left in prop::sample::subsequence(vec![1u8, 2], 0..=2),
        later in 0i64..1000,
    ) {
        let mut document = new_document();
        for (n, (by, operations)) in (0..).zip(batches) {
            let by = endpoint(by);
            let batch: Vec<_> = operations.into_iter().map(|o| operation(&document, by, o)).collect();
            document = document.publish(by, &batch, &BOTH(), at(n)).expect("right versions").next;
        }
        let bound: Vec<EndpointId> = left.into_iter().map(endpoint).collect();
        let now = at(10 + later);
        let swept = document.sweep(&bound, now).map_or(document, |change| change.next);
        prop_assert_eq!(swept.sweep(&bound, now), None);
        for publication in swept.publications.values() {
            match publication.lifetime {
                Lifetime::Static => {}
                Lifetime::Endpoint(endpoint) => prop_assert!(bound.contains(&endpoint)),
                Lifetime::User => prop_assert!(!bound.is_empty()),
                Lifetime::Until(end) | Lifetime::KeptUntil(end) => prop_assert!(now < end),
            }
        }
        if bound.is_empty() {
            let who = watcher(2, Relation::SameEnterprise);
            prop_assert_eq!(availability_seen_by(&swept, &who), Some(Availability::OFFLINE));
        }
    }

    #[test]
    fn the_sum_does_not_depend_on_the_order_of_a_batch((by, operations) in batch(false), seed in any::<u64>()) {
        let by = endpoint(by);
        let document = new_document();
        let batch: Vec<_> = operations.into_iter().map(|o| operation(&document, by, o)).collect();
        let mut shuffled = batch.clone();
        shuffled.sort_by_key(|o| u64::from(o.key.instance).wrapping_mul(seed | 1) ^ u64::from(o.key.container.0));
        let publish = |batch: &[NewPublication]| document.publish(by, batch, &BOTH(), at(5)).expect("new").next;
        prop_assert_eq!(publish(&batch), publish(&shuffled));
    }
}
