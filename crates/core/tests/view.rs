//! What watchers see: hand-picked cases, and random documents against a naive reading of the rules.

mod support;

use proptest::prelude::*;
use rapport_core::directory::PersonRef;
use rapport_core::presence::*;
use rapport_model::*;
use support::*;

fn category<'a>(view: &'a View, name: &str) -> Option<&'a CategoryView> {
    view.categories.iter().find(|category| category.name.as_str() == name)
}

fn bob() -> Watcher {
    watcher(2, Relation::SameEnterprise)
}

fn member(watcher: &Watcher) -> Member {
    Member::User(watcher.who.clone())
}

fn with_notes(document: &Document) -> Document {
    let batch: Vec<_> = [200, 300, 400]
        .map(|container| put(key("note", container, 0), 0, Lifetime::Static, xml("<note>in</note>")))
        .into();
    document.publish(endpoint(1), &batch, &[endpoint(1)], at(30)).expect("new").next
}

#[test]
fn the_nearest_membership_decides_and_then_the_highest_container() {
    let state = CategoryName::state();
    let base = signed_in(3500, 3500);
    let check = |memberships: &[(u16, Member)], watcher: &Watcher, want: u16| {
        let document = memberships.iter().fold(base.clone(), |d, (id, m)| with_member(&d, *id, m.clone()));
        assert_eq!(select(&document, watcher, &state), ContainerId(want), "{memberships:?}");
    };
    let far = stranger("carol@northwind.example", Relation::Federated);
    check(&[], &bob(), 200);
    check(&[], &far, 100);
    check(&[], &stranger("dave@public.example", Relation::PublicCloud), 0);
    check(&[(300, member(&bob()))], &bob(), 300);
    check(&[(100, member(&bob()))], &bob(), 100);
    check(&[(300, member(&bob())), (400, member(&bob()))], &bob(), 400);
    check(&[(400, Member::Domain(far.domain.clone()))], &far, 400);
    check(&[(400, Member::Domain(far.domain.clone())), (100, member(&far))], &far, 100);
    check(&[(400, Member::Everyone)], &far, 100);
    check(&[(100, Member::Everyone)], &stranger("dave@public.example", Relation::PublicCloud), 100);
    check(&[(32_000, member(&bob())), (400, member(&bob()))], &bob(), 32_000);
    check(&[(32_000, Member::SameEnterprise), (300, member(&bob()))], &bob(), 300);
    check(&[(32_000, member(&watcher(1, Relation::Own)))], &watcher(1, Relation::Own), 400);
}

#[test]
fn a_person_stands_to_themselves_as_nobody_else_does() {
    let colleague = watcher(1, Relation::SameEnterprise);
    assert_eq!(colleague.towards(user(1)).relation, Relation::Own);
    assert_eq!(colleague.towards(user(2)).relation, Relation::SameEnterprise);
    let everybody_blocked = with_member(&signed_in(3500, 3500), 32_000, Member::SameEnterprise);
    let own = colleague.towards(user(1));
    assert_eq!(select(&everybody_blocked, &own, &CategoryName::state()), ContainerId::PERSONAL);
}

#[test]
fn a_category_comes_from_a_farther_container_when_the_nearer_ones_lack_it() {
    let document = with_notes(&signed_in(3500, 3500));
    let only_company = document
        .publish(endpoint(1), &[delete(key("note", 300, 0), 1)], &[endpoint(1)], at(31))
        .expect("right version")
        .next;
    let of_team = with_member(&only_company, 300, member(&bob()));
    assert_eq!(select(&of_team, &bob(), &CategoryName::state()), ContainerId::TEAM);
    assert_eq!(select(&of_team, &bob(), &CategoryName::note()), ContainerId::COMPANY);
    // Whoever was put into Public by name doesn't get the note that Company sees.
    let of_public = with_member(&document, 100, member(&bob()));
    assert_eq!(category(&view_of(&of_public, &bob()), "note"), None);
}

#[test]
fn a_blocked_watcher_sees_offline() {
    let document = with_notes(&signed_in(3500, 3500));
    let blocked = with_member(&document, 32_000, member(&bob()));
    assert!(is_blocked(&blocked, &bob()) && !is_blocked(&document, &bob()));
    assert_eq!(availability_seen_by(&blocked, &bob()), Some(Availability::OFFLINE));
    let shown = view_of(&blocked, &bob());
    let names: Vec<&str> = shown.categories.iter().map(|c| c.name.as_str()).collect();
    assert_eq!(names, ["contactCard", "services", "state"]);
    let card = category(&shown, "contactCard").expect("a name");
    assert!(
        matches!(&card.instances[..], [(0, _, Value::Identity { display_name, .. })] if **display_name == *"Ana Lind")
    );
}

#[test]
fn only_one_state_is_sent_and_none_of_a_client() {
    let shown = view_of(&signed_in(3500, 6500), &bob());
    let state = category(&shown, "state").expect("a state");
    assert!(
        matches!(&state.instances[..], [(1, _, Value::Aggregate(a))] if a.availability == Availability::BUSY)
    );
}

#[test]
fn who_appears_offline_looks_like_who_is() {
    let hidden = signed_in(3500, 18_500);
    let gone = signed_in(3500, 3500).sweep(&[], at(10)).expect("offline").next;
    let says = |document: &Document| -> Vec<(String, Vec<(u32, Value)>)> {
        let strip = |v: Value| match v {
            Value::Aggregate(state) => {
                Value::Aggregate(AggregateState { last_active: None, ..AggregateState::clone(&state) }.into())
            }
            other => other,
        };
        let shown = view_of(document, &bob()).categories;
        let instances = |c: CategoryView| c.instances.into_iter().map(|(n, _, v)| (n, strip(v))).collect();
        shown.into_iter().map(|c| (c.name.as_str().to_owned(), instances(c))).collect()
    };
    assert_eq!(says(&hidden), says(&gone));
}

#[test]
fn private_categories_are_never_shown() {
    let names =
        ["routing", "dndState", "alerts", "device", "userProperties", "otherOptions"].map(CategoryName::new);
    let batch: Vec<_> =
        names.iter().map(|n| put(key(n.as_str(), 400, 9), 0, Lifetime::Static, xml("x"))).take(4).collect();
    let document = new_document().publish(endpoint(1), &batch, &[endpoint(1)], at(1)).expect("new").next;
    let selection = Selection::of(&document, &watcher(1, Relation::Own), &names);
    assert_eq!(view(&document, &selection), View::default());
}

#[test]
fn a_change_shows_only_the_categories_that_look_different() {
    let old = with_notes(&signed_in(3500, 3500));
    let selection = |document: &Document| Selection::of(document, &bob(), &asked());
    let names = |new: &Document| -> Vec<(String, usize)> {
        let changed = changed(&old, new, &selection(&old), &selection(new)).categories;
        changed.into_iter().map(|c| (c.name.as_str().to_owned(), c.instances.len())).collect()
    };
    let busy = publish_first(&old, endpoint(1), 3500, 6500, &[endpoint(1)], at(40));
    assert_eq!(names(&busy), [("state".to_owned(), 1)]);
    let again = publish_first(&old, endpoint(1), 3500, 3500, &[endpoint(1)], at(40));
    assert_eq!(names(&again), []);
    let silent: Vec<_> = [200, 300, 400].map(|c| delete(key("note", c, 0), 1)).into();
    let silent = old.publish(endpoint(1), &silent, &[endpoint(1)], at(40)).expect("right versions").next;
    assert_eq!(names(&silent), [("note".to_owned(), 0)]);
    let blocked = with_member(&old, 32_000, member(&bob()));
    let gone = [("contactCard", 1), ("note", 0), ("services", 1), ("state", 1)];
    assert_eq!(names(&blocked), gone.map(|(n, c)| (n.to_owned(), c)));
}

#[test]
fn do_not_disturb_is_told_apart_for_the_team() {
    let document = with_member(&signed_in(3500, 9500), 300, member(&bob()));
    assert_eq!(availability_seen_by(&document, &bob()), Some(Availability::URGENT_ONLY));
    let carol = watcher(3, Relation::SameEnterprise);
    assert_eq!(availability_seen_by(&document, &carol), Some(Availability::DO_NOT_DISTURB));
    assert_eq!(availability_seen_by(&document, &stranger("x@y.example", Relation::PublicCloud)), None);
}

/// What the rules say, read word by word without a thought for speed.
fn naive(document: &Document, watcher: &Watcher, name: &CategoryName) -> Vec<(ContainerId, u32)> {
    let member_by = |tier: usize, id: ContainerId| {
        document.memberships.get(&id).is_some_and(|membership| {
            membership.members.iter().any(|member| match (tier, member) {
                (0, Member::User(who)) => *who == watcher.who,
                (1, Member::Domain(domain)) => *domain == watcher.domain,
                (2, Member::SameEnterprise) => watcher.relation == Relation::SameEnterprise,
                (2, Member::Federated) => watcher.relation == Relation::Federated,
                (2, Member::PublicCloud) => watcher.relation == Relation::PublicCloud,
                (3, Member::Everyone) => true,
                _ => false,
            })
        })
    };
    let all = [100, 200, 300, 400, 32_000].map(ContainerId);
    let nearest = (0..4).find(|tier| all.iter().any(|id| member_by(*tier, *id)));
    let highest = nearest.and_then(|tier| all.into_iter().filter(|id| member_by(tier, *id)).max());
    let mut from = ContainerId(0);
    if highest == Some(ContainerId(32_000)) {
        from = ContainerId(32_000);
    } else {
        'search: for tier in 0..4 {
            for id in all.into_iter().rev().filter(|id| Some(*id) <= highest && member_by(tier, *id)) {
                if document.publications.keys().any(|k| k.category == *name && k.container == id) {
                    from = id;
                    break 'search;
                }
            }
        }
    }
    let held = document.publications.keys().filter(|k| k.category == *name && k.container == from);
    held.map(|k| (from, k.instance)).collect()
}

fn watchers() -> Vec<Watcher> {
    vec![
        watcher(2, Relation::SameEnterprise),
        watcher(3, Relation::SameEnterprise),
        stranger("carol@northwind.example", Relation::Federated),
        stranger("dave@public.example", Relation::PublicCloud),
    ]
}

fn any_member() -> impl Strategy<Value = Member> {
    let mut members = vec![Member::SameEnterprise, Member::Federated, Member::PublicCloud, Member::Everyone];
    for watcher in watchers() {
        members.push(Member::Domain(watcher.domain.clone()));
        members.push(Member::User(watcher.who));
    }
    members.push(Member::User(PersonRef::Person(user(77))));
    prop::sample::select(members)
}

fn any_document() -> impl Strategy<Value = Document> {
    let containers = || prop::sample::select(vec![100u16, 200, 300, 400, 32_000]);
    let memberships = prop::collection::vec((containers(), any_member()), 0..6);
    let notes = prop::collection::btree_set((containers(), 0u32..2), 0..6);
    let levels = (
        prop::sample::select(vec![3500u32, 5000, 15_500]),
        prop::sample::select(vec![3500u32, 6500, 9500, 15_500, 18_500]),
        any::<bool>(),
    );
    (memberships, notes, levels).prop_map(|(memberships, notes, (machine, chosen, there))| {
        let document = if there { signed_in(machine, chosen) } else { new_document() };
        let batch: Vec<_> = notes
            .into_iter()
            .map(|(container, instance)| {
                put(key("note", container, instance), 0, Lifetime::Static, xml("secret"))
            })
            .collect();
        let bound: &[EndpointId] = if there { &[endpoint(1)] } else { &[] };
        let document = document.publish(endpoint(1), &batch, bound, at(50)).expect("new").next;
        memberships.into_iter().fold(document, |d, (id, m)| with_member(&d, id, m))
    })
}

proptest! {
    #[test]
    fn a_watcher_sees_what_the_rules_say_and_nothing_else(document in any_document()) {
        for watcher in watchers() {
            let shown = view_of(&document, &watcher);
            for name in asked() {
                let got = category(&shown, name.as_str()).map(|c| c.instances.clone()).unwrap_or_default();
                let want = naive(&document, &watcher, &name);
                match name.as_str() {
                    // Of these the server shows one, whichever stands.
                    "state" | "services" => prop_assert_eq!(got.len(), want.len().min(1), "{}", name.as_str()),
                    _ if is_blocked(&document, &watcher) => {}
                    _ => {
                        let got: Vec<u32> = got.iter().map(|(instance, _, _)| *instance).collect();
                        let want: Vec<u32> = want.iter().map(|(_, instance)| *instance).collect();
                        prop_assert_eq!(got, want, "{}", name.as_str());
                    }
                }
            }
        }
    }

    #[test]
    fn a_blocked_watcher_never_sees_anything_but_offline_empty_and_a_name(document in any_document()) {
        for watcher in watchers().into_iter().filter(|w| is_blocked(&document, w)) {
            for category in view_of(&document, &watcher).categories {
                for (_, _, value) in category.instances {
                    let harmless = match &value {
                        Value::Aggregate(state) => **state == AggregateState::offline(None),
                        Value::LegacyInterop(availability) => *availability == Availability::OFFLINE,
                        Value::Identity { .. } | Value::Empty => true,
                        _ => false,
                    };
                    prop_assert!(harmless, "{:?} of {:?}", value, category.name);
                }
            }
        }
    }

    #[test]
    fn what_changed_brings_the_old_view_to_the_new_one(old in any_document(), new in any_document()) {
        for watcher in watchers() {
            let (before, after) = (view_of(&old, &watcher), view_of(&new, &watcher));
            let selections = (Selection::of(&old, &watcher, &asked()), Selection::of(&new, &watcher, &asked()));
            let patch = changed(&old, &new, &selections.0, &selections.1);
            let says = |c: &CategoryView| -> Vec<(u32, Value)> {
                c.instances.iter().map(|(n, _, v)| (*n, v.clone())).collect()
            };
            for name in asked() {
                let find = |view: &View| category(view, name.as_str()).map(says).unwrap_or_default();
                let patched = category(&patch, name.as_str()).map_or_else(|| find(&before), says);
                prop_assert_eq!(patched, find(&after));
            }
        }
    }
}

#[test]
fn what_was_said_of_an_address_can_only_take_away() {
    let document = Document::for_new_person(&person(), at(0));
    let bare = || Member::User(PersonRef::Address(bob().addresses[0].clone()));
    let chosen = |document: &Document| select(document, &bob(), &CategoryName::state());
    assert_eq!(chosen(&document), ContainerId::COMPANY);
    assert_eq!(chosen(&with_member(&document, 400, bare())), ContainerId::COMPANY, "a grant is nobody's");
    assert_eq!(chosen(&with_member(&document, 100, bare())), ContainerId::PUBLIC);
    let blocked = with_member(&document, 32_000, bare());
    assert!(is_blocked(&blocked, &bob()));
    assert!(is_blocked(&with_member(&blocked, 400, member(&bob())), &bob()), "a block does not lapse");
    assert!(!is_blocked(&blocked, &watcher(3, Relation::SameEnterprise)));
}
