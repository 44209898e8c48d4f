//! Levels of access: what has to become of the containers, and that what a level says it shows is what is seen.

mod support;

use rapport_core::directory::PersonRef;
use rapport_core::presence::*;
use rapport_model::*;
use support::*;

fn bob() -> Watcher {
    watcher(2, Relation::SameEnterprise)
}

fn changed_to(document: &Document, level: AccessLevel) -> Document {
    let changes = changes_to(document, &bob(), level);
    document.set_container_members(&changes).expect("right versions").next
}

#[test]
fn whoever_gets_a_level_has_it_and_leaves_all_others() {
    for from in AccessLevel::ALL {
        for to in AccessLevel::ALL {
            let before = changed_to(&signed_in(3500, 3500), from);
            let after = changed_to(&before, to);
            assert_eq!(level_of(&after, &bob()), to, "from {from:?}");
            assert_eq!(is_blocked(&after, &bob()), to == AccessLevel::Blocked);
            assert_eq!(changes_to(&after, &bob(), to), [], "it is so already");
            // What colleagues have anyhow is chosen for nobody.
            assert_eq!(is_chosen(&after, &bob().who), to != AccessLevel::Company, "from {from:?} to {to:?}");
            for level in AccessLevel::ALL {
                let chosen: Vec<&PersonRef> = chosen_for(&after, level).collect();
                let is_in = level == to && to != AccessLevel::Company;
                assert_eq!(chosen, Vec::from_iter(is_in.then_some(&bob().who)), "{level:?}");
            }
        }
    }
}

#[test]
fn a_level_that_takes_away_what_everybody_has_is_chosen_by_name() {
    let everybody_blocked = with_member(&signed_in(3500, 3500), 32_000, Member::SameEnterprise);
    assert_eq!(level_of(&everybody_blocked, &bob()), AccessLevel::Blocked);
    let after = changed_to(&everybody_blocked, AccessLevel::Company);
    assert_eq!(level_of(&after, &bob()), AccessLevel::Company);
    assert!(is_chosen(&after, &bob().who));
}

#[test]
fn a_level_shows_what_it_says_it_shows() {
    let category = CategoryName::note();
    let notes: Vec<_> = [200, 300, 400]
        .map(|container| put(key("note", container, 0), 0, Lifetime::Static, xml("<note>in</note>")))
        .into();
    let busy =
        State { activity: Some(activity("on-the-phone", 6500, None)), ..state(StateKind::User, Some(6500)) };
    let states = [2, 3].map(|container| {
        put(key("state", container, 0x2000_0000), 0, Lifetime::Static, state_value(busy.clone()))
    });
    let document = signed_in(3500, 3500);
    let document = document.publish(endpoint(1), &notes, &[endpoint(1)], at(30)).expect("new").next;
    let versions = |new: NewPublication| NewPublication {
        version: document.publications.get(&new.key).map_or(0, |publication| publication.version),
        ..new
    };
    let states = states.map(versions);
    let document = document.publish(endpoint(1), &states, &[endpoint(1)], at(31)).expect("new").next;
    for level in AccessLevel::ALL {
        let document = changed_to(&document, level);
        let shown = shown_at(level);
        let view = view(&document, &Selection::of(&document, &bob(), [&category, &CategoryName::state()]));
        let of = |name: &CategoryName| view.categories.iter().find(|category| category.name == *name);
        assert_eq!(of(&category).is_some(), shown.note, "{level:?}");
        let state =
            of(&CategoryName::state()).and_then(|category| category.instances.first()).expect("a state");
        let Value::Aggregate(state) = &state.2 else { panic!("{level:?}: {state:?}") };
        assert_eq!(state.availability == Availability::BUSY, shown.availability, "{level:?}");
        assert_eq!(state.activity.is_some(), shown.activity, "{level:?}");
    }
}
