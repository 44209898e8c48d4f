//! The table of presence-im 1.9, steps 1 to 4: machine, person, call and calendar.

use super::*;

const NONE: Option<u32> = None;

#[test]
fn machine_person_call_and_calendar_add_up_as_the_table_says() {
    let check = |machine: u32, user: Option<u32>, phone: Option<u32>, calendar: Option<u32>, want: u32| {
        let got = combine(
            Availability(machine),
            user.map(Availability),
            phone.map(Availability),
            calendar.map(Availability),
        );
        assert_eq!(
            got,
            Availability(want),
            "machine {machine} user {user:?} phone {phone:?} calendar {calendar:?}"
        );
    };
    // The machine alone.
    for machine in [3500, 5000, 15500, 18500] {
        check(machine, NONE, NONE, NONE, machine);
        check(machine, Some(3500), NONE, NONE, machine);
        check(machine, Some(0), NONE, NONE, machine);
    }
    // Busy by hand: idle makes it busy-idle, an empty chair makes it away.
    for busy in [6500, 6900, 7000] {
        check(3500, Some(busy), NONE, NONE, busy);
        check(5000, Some(busy), NONE, NONE, 7500);
        check(15500, Some(busy), NONE, NONE, 15500);
        check(18500, Some(busy), NONE, NONE, 18500);
    }
    // What is chosen by hand above Busy stays at any machine that is on, whatever calls and calendar say.
    for chosen in [9000, 9500, 12500, 15500, 18500] {
        for machine in [3500, 5000, 15500] {
            for phone in [NONE, Some(6500)] {
                for calendar in [NONE, Some(6500)] {
                    check(machine, Some(chosen), phone, calendar, chosen);
                }
            }
        }
        check(18500, Some(chosen), NONE, NONE, 18500);
    }
    // A call raises what is below it, also from an empty chair, but not from a machine that is off.
    check(3500, NONE, Some(6500), NONE, 6500);
    check(5000, NONE, Some(6500), NONE, 6500);
    check(15500, NONE, Some(6500), NONE, 6500);
    check(18500, NONE, Some(6500), NONE, 18500);
    check(3500, Some(7000), Some(6500), NONE, 7000);
    check(15500, Some(7000), Some(6500), NONE, 7000);
    check(3500, Some(6500), Some(7000), NONE, 7000);
    // A meeting raises what is below it, but nobody is in a meeting from an empty chair.
    check(3500, NONE, NONE, Some(6500), 6500);
    check(3500, Some(3500), NONE, Some(6500), 6500);
    check(5000, NONE, NONE, Some(6500), 7500);
    check(15500, NONE, NONE, Some(6500), 15500);
    check(18500, NONE, NONE, Some(6500), 18500);
    check(3500, NONE, Some(6500), Some(7000), 7000);
    check(3500, NONE, Some(9000), Some(6500), 9000);
}

#[test]
fn no_state_makes_a_person_more_available_than_the_machine_in_most_use() {
    let levels = [
        NONE,
        Some(3500),
        Some(5000),
        Some(6500),
        Some(7500),
        Some(9500),
        Some(12500),
        Some(15500),
        Some(18500),
    ];
    let level = |n: Option<u32>| n.map(Availability);
    for machine in [3500, 5000, 15500, 18500] {
        for user in levels {
            for phone in [NONE, Some(6500), Some(9000)] {
                for calendar in [NONE, Some(6500), Some(9000)] {
                    let sum = combine(Availability(machine), level(user), level(phone), level(calendar));
                    let talking = phone.is_some() && machine == 15500;
                    assert!(
                        sum.0 >= machine || talking || user.is_some_and(|u| u >= 9000),
                        "machine {machine} user {user:?} phone {phone:?} calendar {calendar:?}: {sum:?}"
                    );
                }
            }
        }
    }
}
