//! Until when somebody is what their calendar, or their choice, makes them; and who is told.

mod support;

use Occupancy::{Busy, Free, OutOfOffice, Tentative};
use rapport_core::presence::*;
use rapport_model::*;
use support::*;

const MEETING: u32 = 0x4000_0001;
const ABSENCE: u32 = 0x5000_0001;
const TIMES: u32 = 0x4000_0002;
/// Seconds.
const QUARTER: i64 = 15 * 60;
/// The containers whose calendar clients fill.
const FILLED: [u16; 3] = [200, 300, 400];

fn own(document: &Document, key: PublicationKey, value: Value) -> NewPublication {
    let version = document.publications.get(&key).map_or(0, |p| p.version);
    put(key, version, Lifetime::Endpoint(endpoint(1)), value)
}

/// What a program publishes of a calendar: what it has its person do now, and free or busy times in these containers.
fn planned(
    document: &Document,
    states: &[(u32, State)],
    times: &Value,
    containers: &[u16],
) -> Vec<NewPublication> {
    let states = states.iter().flat_map(|(instance, state)| {
        [2, 3].map(|container| own(document, key("state", container, *instance), state_value(state.clone())))
    });
    let times = containers.iter().map(|c| own(document, key("calendarData", *c, TIMES), times.clone()));
    states.chain(times).collect()
}

fn meeting() -> (u32, State) {
    let activity = activity("in-a-meeting", 6500, Some(8999));
    (MEETING, State { activity: Some(activity), ..state(StateKind::Calendar, Some(6500)) })
}

/// An entry that is no meeting.
fn engagement() -> (u32, State) {
    (MEETING, state(StateKind::Calendar, Some(6500)))
}

fn absence() -> (u32, State) {
    let activity = activity("out-of-office", 12_000, None);
    (ABSENCE, State { activity: Some(activity), ..state(StateKind::Calendar, None) })
}

fn publish(document: &Document, batch: &[NewPublication], now: i64) -> Document {
    document.publish(endpoint(1), batch, &[endpoint(1)], at(now)).expect("right versions").next
}

/// At `now`, when these states and times are published by somebody whose machine and choice are these.
fn plans((machine, chosen): (u32, u32), states: &[(u32, State)], slots: &[Occupancy], now: i64) -> Document {
    let document = signed_in(machine, chosen);
    let batch = planned(&document, states, &calendar(0, slots), &FILLED);
    publish(&document, &batch, now)
}

fn until(document: &Document, container: u16) -> Option<Until> {
    aggregate_at(document, container, 1).expect("an aggregate").until
}

fn ends(quarters: i64) -> Option<Until> {
    Some(Until::Calendar(at(quarters * QUARTER)))
}

#[test]
fn a_meeting_lasts_as_long_as_its_block_of_the_calendar() {
    let slots = [Free, Busy, Busy, Tentative, Busy, Free];
    let check = |states: &[(u32, State)], quarters: i64, want: Option<Until>| {
        let document = plans((3500, 3500), states, &slots, quarters * QUARTER + 60);
        assert_eq!(FILLED.map(|container| until(&document, container)), [want; 3], "{quarters}");
    };
    for states in [[meeting()], [engagement()]] {
        check(&states, 0, None);
        check(&states, 1, ends(3));
        check(&states, 2, ends(3));
        check(&states, 3, ends(4));
        check(&states, 4, ends(5));
        check(&states, 5, None);
        check(&states, 6, None);
    }
    // A calendar alone makes nobody busy, and who is free has no end.
    check(&[], 1, None);
    check(&[absence()], 1, None);
}

#[test]
fn an_absence_lasts_as_long_as_the_calendar_has_them_out_of_office() {
    let slots = [Free, OutOfOffice, OutOfOffice, Busy, Free];
    let check = |machine: u32, quarters: i64, want: Option<Until>| {
        let document = plans((machine, 3500), &[absence()], &slots, quarters * QUARTER);
        assert_eq!(until(&document, 200), want, "{machine} {quarters}");
    };
    check(15_500, 1, ends(3));
    // A meeting in the office ends no absence, nor does an absence end a meeting.
    check(15_500, 3, None);
    let document = plans((3500, 3500), &[meeting()], &slots, QUARTER);
    assert_eq!(until(&document, 200), None);
    // Who is there is not shown as absent.
    check(3500, 1, None);
}

#[test]
fn what_else_somebody_does_has_not_the_end_of_their_calendar() {
    let slots = [Busy, Busy, Free];
    let until_of =
        |machine, chosen, states: &[(u32, State)]| until(&plans((machine, chosen), states, &slots, 60), 200);
    let call = |kind| {
        let activity = activity("on-the-phone", 6500, Some(8999));
        (0x8000_0001, State { activity: Some(activity), ..state(kind, Some(6500)) })
    };
    assert_eq!(until_of(5000, 3500, &[meeting()]), ends(2), "inactive");
    assert_eq!(until_of(15_500, 3500, &[meeting()]), None, "away from the machine");
    assert_eq!(until_of(3500, 9500, &[meeting()]), None, "not to be disturbed");
    assert_eq!(until_of(3500, 12_500, &[meeting()]), None, "right back");
    assert_eq!(until_of(3500, 18_500, &[meeting()]), None, "appears offline");
    assert_eq!(until_of(3500, 3500, &[meeting(), call(StateKind::Phone)]), None, "on the phone");
    assert_eq!(
        until_of(3500, 3500, &[engagement(), (0x8000_0001, state(StateKind::Phone, Some(6500)))]),
        None
    );
    assert_eq!(until_of(3500, 6500, &[engagement()]), None, "busy by their own choice");
    assert_eq!(
        until_of(3500, 6500, &[meeting()]),
        ends(2),
        "that they are in a meeting is the calendar's word"
    );
}

#[test]
fn a_choice_with_an_end_is_shown_with_it_while_it_is_what_is_shown() {
    let end = at(5000);
    let choice = |document: &Document, chosen: u32| {
        let value = || state_value(state(StateKind::User, Some(chosen)));
        [2, 3].map(|container| {
            let key = key("state", container, USER);
            let version = document.publications.get(&key).map_or(0, |p| p.version);
            put(key, version, Lifetime::KeptUntil(end), value())
        })
    };
    let check = |chosen: u32, states: &[(u32, State)], want: Option<Until>| {
        let document = plans((3500, 3500), states, &[Busy, Free], 60);
        let document = publish(&document, &choice(&document, chosen), 61);
        assert_eq!(until(&document, 200), want, "{chosen}");
        assert_eq!(until(&document, 100), None);
    };
    let chosen = Some(Until::Chosen(end));
    check(6500, &[], chosen);
    check(9500, &[meeting()], chosen);
    check(6500, &[engagement()], chosen);
    check(6500, &[meeting()], ends(1));
    check(3500, &[], None);
}

#[test]
fn an_end_is_shown_where_the_calendar_is_published_and_nowhere_else() {
    let slots = [Busy, Free];
    for filled in [&[200][..], &[300], &[400], &[200, 300, 400], &[1, 2, 3, 100, 32_000]] {
        let document = signed_in(3500, 3500);
        let batch = planned(&document, &[meeting()], &calendar(0, &slots), filled);
        let mut document = publish(&document, &batch, 60);
        for container in [200u16, 300, 400] {
            let want = ends(1).filter(|_| filled.contains(&container));
            assert_eq!(until(&document, container), want, "{filled:?} {container}");
        }
        // Neither Public nor the blocked learn what they do, though a program publish it to them.
        for (container, level) in [(100u16, 6500u32), (32_000, 18_500)] {
            document =
                with_member(&document, container, Member::User(watcher(2, Relation::SameEnterprise).who));
            let view = view_of(&document, &watcher(2, Relation::SameEnterprise));
            let state = view.categories.iter().find(|c| c.name == CategoryName::state()).expect("a state");
            let Some((_, _, Value::Aggregate(shown))) = state.instances.first() else { panic!("{state:?}") };
            assert_eq!((shown.availability.0, &shown.activity, shown.until), (level, &None, None));
        }
    }
}

#[test]
fn of_several_calendars_the_latest_counts() {
    let document = plans((3500, 3500), &[meeting()], &[Busy, Free], 60);
    assert_eq!(until(&document, 200), ends(1));
    let other = own(&document, key("calendarData", 200, 1), calendar(0, &[Busy, Busy, Free]));
    let document = publish(&document, &[other], 61);
    assert_eq!((until(&document, 200), until(&document, 300)), (ends(2), ends(1)));
    let again = planned(&document, &[], &calendar(0, &[Busy, Free]), &[200]);
    let document = publish(&document, &again, 62);
    assert_eq!(until(&document, 200), ends(1));
    // Working hours, in another instance, are no times.
    let hours = own(&document, key("calendarData", 200, 0), xml("<calendarData/>"));
    assert_eq!(until(&publish(&document, &[hours], 63), 200), ends(1));
    let gone = document.endpoint_gone(endpoint(1), &[endpoint(1)], at(64)).expect("it goes").next;
    assert_eq!(aggregate_at(&gone, 200, 1), None);
}

#[test]
fn what_follows_a_block_is_shown_when_it_ends_whoever_publishes_nothing() {
    let bound = [endpoint(1)];
    let first = plans((3500, 3500), &[meeting()], &[Busy, Tentative, Free, Busy], 60);
    let end = |quarters: i64| at(quarters * QUARTER);
    assert_eq!((until(&first, 200), first.next_expiry(at(60))), (ends(1), Some(end(1))));
    let just_before = Timestamp(end(1).0 - 1);
    assert!(!first.is_overdue(&bound, just_before) && first.is_overdue(&bound, end(1)));
    assert_eq!(first.sweep(&bound, just_before), None);
    let second = first.sweep(&bound, end(1)).expect("it ends").next;
    assert_eq!((until(&second, 200), second.next_expiry(end(1))), (ends(2), Some(end(2))));
    let third = second.sweep(&bound, Timestamp(end(2).0 + 5)).expect("that, too").next;
    assert_eq!((until(&third, 200), third.next_expiry(end(2))), (None, Some(end(3))), "it may begin again");
    assert!(!third.is_overdue(&bound, end(2)));
    // By the wall clock, wherever the steady one is.
    let set = Moment { wall: at(60), steady: at(1_000_000) };
    assert_eq!(first.next_expiry(set), Some(at(1_000_000 + QUARTER - 60)));
    let late = Moment { wall: end(5), steady: at(70) };
    assert_eq!(first.next_expiry(late), Some(at(70)), "overdue");
}

#[test]
fn a_meeting_that_begins_in_the_calendar_alone_gets_its_end_then() {
    let bound = [endpoint(1)];
    let end = |quarters: i64| at(quarters * QUARTER);
    let early = plans((3500, 3500), &[meeting()], &[Free, Busy, Free], 60);
    assert_eq!((until(&early, 200), early.next_expiry(at(60))), (None, Some(end(1))));
    let just_before = Timestamp(end(1).0 - 1);
    assert!(!early.is_overdue(&bound, just_before) && early.is_overdue(&bound, end(1)));
    let begun = early.sweep(&bound, end(1)).expect("it begins").next;
    assert_eq!((until(&begun, 200), begun.next_expiry(end(1))), (ends(2), Some(end(2))));
    assert!(!begun.is_overdue(&bound, end(1)));
    // Where nothing that is planned counts, nobody is woken by a calendar.
    let free = plans((3500, 3500), &[], &[Free, Busy, Free], 60);
    assert_eq!((free.next_expiry(at(60)), free.is_overdue(&bound, end(1))), (None, false));
}

#[test]
fn a_calendar_that_is_published_again_without_news_is_no_news() {
    let document = plans((3500, 3500), &[meeting()], &[Busy, Busy, Free], 60);
    let versions = |document: &Document| FILLED.map(|c| document.publications[&key("state", c, 1)].version);
    let batch = planned(&document, &[meeting()], &calendar(0, &[Busy, Busy, Free]), &FILLED);
    let again = publish(&document, &batch, 300);
    assert_eq!(versions(&again), versions(&document));
    // Longer than was thought.
    let batch = planned(&again, &[meeting()], &calendar(0, &[Busy, Busy, Busy, Free]), &FILLED);
    let longer = publish(&again, &batch, 600);
    assert_eq!(until(&longer, 200), ends(3));
    assert_ne!(versions(&longer), versions(&document));
    let key = key("state", 2, 1);
    assert_eq!(longer.publications[&key], document.publications[&key], "their own programs aren't told");
}

#[test]
fn the_end_of_a_choice_moves_with_the_wall_clock_and_that_of_a_calendar_does_not() {
    let now = Moment { wall: at(100_000), steady: at(100) };
    assert_eq!(Until::Chosen(at(160)).on_wall(now), at(100_060));
    assert_eq!(Until::Calendar(at(160)).on_wall(now), at(160));
}
