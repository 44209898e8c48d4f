//! What states add up to, seen from outside.

mod support;

use rapport_core::presence::*;
use rapport_model::*;
use support::*;

fn seen(document: &Document, container: u16) -> u32 {
    aggregate_at(document, container, 1).map_or(0, |state| state.availability.0)
}

#[test]
fn every_level_but_the_team_sees_what_everyone_sees() {
    let document = signed_in(3500, 6500);
    for container in [2, 3, 100, 200, 300, 400] {
        assert_eq!(seen(&document, container), 6500, "{container}");
    }
    for container in [100, 200, 300, 400] {
        let interop = &document.publications[&key("legacyInterop", container, 1)].value;
        assert_eq!(*interop, Value::LegacyInterop(Availability(6500)), "{container}");
    }
    let machines = aggregate_at(&document, 2, 0x1000_0000).expect("a machine");
    assert_eq!((machines.machine_only, machines.availability), (true, Availability::AVAILABLE));
}

#[test]
fn the_team_sees_do_not_disturb_as_urgent_interruptions_only() {
    let document = signed_in(3500, 9500);
    for container in [2, 100, 200, 400] {
        assert_eq!(seen(&document, container), 9500, "{container}");
    }
    for container in [3, 300] {
        let team = aggregate_at(&document, container, 1).expect("an aggregate");
        assert_eq!(team.availability, Availability::URGENT_ONLY);
        assert_eq!(team.activity.map(|a| a.token.to_string()), Some("urgent-interruptions-only".into()));
    }
}

#[test]
fn six_thousand_nine_hundred_in_the_teams_container_means_the_same_also_when_idle() {
    let mut batch = first_batch(&new_document(), endpoint(1), 5000, 9500);
    for operation in &mut batch {
        if operation.key == key("state", 3, USER) {
            operation.action = PublicationAction::Publish {
                lifetime: Lifetime::Static,
                value: state_value(state(StateKind::User, Some(6900))),
            };
        }
    }
    let document = new_document().publish(endpoint(1), &batch, &[endpoint(1)], at(1)).expect("new").next;
    assert_eq!((seen(&document, 200), seen(&document, 300)), (9500, 6900));
}

#[test]
fn the_machine_in_most_active_use_counts() {
    let bound = [endpoint(1), endpoint(2)];
    let one = publish_first(&new_document(), endpoint(1), 15_500, 3500, &bound, at(1));
    assert_eq!(seen(&one, 200), 15_500);
    let two = publish_first(&one, endpoint(2), 5000, 3500, &bound, at(2));
    assert_eq!(seen(&two, 200), 5000);
    let Value::Services(services) = &two.publications[&key("services", 200, 1)].value else {
        panic!("no services");
    };
    let levels: Vec<u32> = services.iter().map(|device| device.availability.0).collect();
    assert_eq!(levels, [15_500, 5000]);
    let one_left = two.endpoint_gone(endpoint(2), &bound, at(3)).expect("it goes").next;
    assert_eq!(seen(&one_left, 200), 15_500);
}

#[test]
fn who_is_gone_is_offline_and_comes_back_by_a_machine_alone() {
    let online = signed_in(3500, 6500);
    let change = online.endpoint_gone(endpoint(1), &[endpoint(1)], at(60)).expect("the last one goes");
    assert_eq!(change.static_changes, []);
    let offline = change.next;
    for container in [2, 3, 100, 200, 300, 400] {
        assert_eq!(seen(&offline, container), 0, "{container}");
    }
    assert!(offline.publications.contains_key(&key("state", 2, USER)), "what is static stays");
    assert_eq!(
        availability_seen_by(&offline, &watcher(2, Relation::SameEnterprise)),
        Some(Availability::OFFLINE)
    );
    let waiting = offline.sweep(&[endpoint(2)], at(61)).map_or(offline.clone(), |change| change.next);
    assert_eq!(seen(&waiting, 200), 0, "an endpoint that said nothing yet shows nobody");
    let back = publish_first(&waiting, endpoint(2), 3500, 6500, &[endpoint(2)], at(70));
    assert_eq!(seen(&back, 200), 6500);
}

#[test]
fn the_time_of_last_activity_is_kept_while_inactive_and_after() {
    let last = |document: &Document| aggregate_at(document, 200, 1).and_then(|state| state.last_active);
    let bound = [endpoint(1)];
    let active = signed_in(3500, 3500);
    assert_eq!(last(&active), None);
    let idle = publish_first(&active, endpoint(1), 5000, 3500, &bound, at(300));
    assert_eq!(last(&idle), Some(at(300)));
    let away = publish_first(&idle, endpoint(1), 15_500, 3500, &bound, at(900));
    assert_eq!(last(&away), Some(at(300)));
    assert_eq!(
        aggregate_at(&away, 100, 1).and_then(|state| state.last_active),
        None,
        "Public sees no more than away"
    );
    let gone = away.endpoint_gone(endpoint(1), &bound, at(1000)).expect("it goes").next;
    let shown = view_of(&gone, &watcher(2, Relation::SameEnterprise));
    let state = shown.categories.iter().find(|c| c.name == CategoryName::state()).expect("a state");
    let want = Value::Aggregate(AggregateState::offline(Some(at(300))).into());
    assert_eq!(state.instances, [(0, at(1000), want)]);
    let shown = view_of(&gone, &stranger("carol@northwind.example", Relation::Federated));
    let state = shown.categories.iter().find(|c| c.name == CategoryName::state()).expect("a state");
    let want = Value::Aggregate(AggregateState::offline(None).into());
    assert_eq!(state.instances, [(0, at(1000), want)], "Public learns no time");
    assert_eq!(last(&publish_first(&gone, endpoint(1), 3500, 3500, &bound, at(2000))), None);
}

#[test]
fn the_activity_that_fits_the_availability_and_ranks_highest_shows() {
    let bound = [endpoint(1)];
    let with = |token: &str, kind, instance: u32, availability: Option<u32>, min, max| {
        let value = State { activity: Some(activity(token, min, max)), ..state(kind, availability) };
        put(key("state", 2, instance), 0, Lifetime::Endpoint(endpoint(1)), state_value(value))
    };
    let meeting = with("in-a-meeting", StateKind::Calendar, 0x4000_0001, Some(6500), 6500, Some(8999));
    let away = with("out-of-office", StateKind::Calendar, 0x5000_0001, None, 12_000, None);
    let call = with("on-the-phone", StateKind::Phone, 0x8000_0001, Some(6500), 6500, Some(8999));
    let check = |machine, batch: &[NewPublication], want: (u32, Option<&str>)| {
        let document = publish_first(&new_document(), endpoint(1), machine, 3500, &bound, at(1));
        let document = document.publish(endpoint(1), batch, &bound, at(2)).expect("new").next;
        let shown = aggregate_at(&document, 200, 1).expect("an aggregate");
        assert_eq!((shown.availability.0, shown.activity.as_ref().map(|a| &*a.token)), want);
        assert_eq!(aggregate_at(&document, 100, 1).expect("an aggregate").activity, None);
    };
    check(3500, std::slice::from_ref(&meeting), (6500, Some("in-a-meeting")));
    check(3500, &[meeting.clone(), call.clone(), away.clone()], (6500, Some("on-the-phone")));
    check(15_500, &[meeting, away.clone()], (15_500, Some("out-of-office")));
    check(3500, &[away], (3500, None));
}

#[test]
fn a_meeting_counts_from_its_start() {
    let bound = [endpoint(1)];
    let value = State { start: Some(at(600)), ..state(StateKind::Calendar, Some(6500)) };
    let batch = [put(key("state", 2, 0x4000_0001), 0, Lifetime::Endpoint(endpoint(1)), state_value(value))];
    let before = signed_in(3500, 3500).publish(endpoint(1), &batch, &bound, at(20)).expect("new").next;
    assert_eq!(seen(&before, 200), 3500);
    assert_eq!(before.next_expiry(at(20)), Some(at(600)));
    assert!(!before.is_overdue(&bound, at(599)) && before.is_overdue(&bound, at(600)));
    let during = before.sweep(&bound, at(600)).expect("it begins").next;
    assert!(!during.is_overdue(&bound, at(601)));
    assert!(during.is_overdue(&bound, at(599)), "the clock was set back");
    assert_eq!((seen(&during, 200), during.next_expiry(at(600))), (6500, None));
}

#[test]
fn what_does_not_change_keeps_its_version() {
    let first = signed_in(3500, 6500);
    let again = publish_first(&first, endpoint(1), 3500, 6500, &[endpoint(1)], at(99));
    for at_instance in [key("state", 200, 1), key("services", 200, 1), key("state", 2, 0x1000_0000)] {
        assert_eq!(first.publications[&at_instance], again.publications[&at_instance]);
    }
    assert_eq!(again.publications[&key("state", 2, USER)].version, 2);
}

#[test]
fn location_and_time_zone_are_those_of_the_machine_in_use() {
    let mut batch = first_batch(&new_document(), endpoint(1), 3500, 3500);
    for operation in &mut batch {
        if let PublicationAction::Publish { value: Value::Client { facts: Facts::State(state), .. }, .. } =
            &mut operation.action
            && state.kind == StateKind::Machine
        {
            state.location = "Home".into();
        }
    }
    let document = new_document().publish(endpoint(1), &batch, &[endpoint(1)], at(1)).expect("new").next;
    let of = |container| {
        aggregate_at(&document, container, 1).map(|s| (s.location.to_string(), s.timezone.to_string()))
    };
    assert_eq!(of(200), Some(("Home".into(), "00:00:00+01:00".into())));
    assert_eq!(of(100), Some((String::new(), String::new())));
}

#[test]
fn a_program_without_a_device_says_its_time_zone_with_its_state() {
    let publish = |document: &Document, said: Vec<NewPublication>| {
        document.publish(endpoint(1), &said, &[endpoint(1)], at(1)).expect("new").next
    };
    let machine = |container| {
        let state = State { timezone: "00:00:00-03:30".into(), ..state(StateKind::Machine, Some(3500)) };
        put(key("state", container, 0x3000_0001), 0, Lifetime::Endpoint(endpoint(1)), state_value(state))
    };
    let document = publish(&new_document(), vec![machine(2), machine(3)]);
    let of = |container| aggregate_at(&document, container, 1).map(|s| s.timezone.to_string());
    assert_eq!([200, 300, 400].map(of), [200, 300, 400].map(|_| Some("00:00:00-03:30".to_owned())));
    assert_eq!(of(100), Some(String::new()));
}
