//! What the throttle forgets, what it remembers, and for how long.

use super::*;

const DAY: Duration = Duration::from_secs(24 * 60 * 60);
const A_SECOND: Duration = Duration::from_secs(1);

/// An address of the network 2001:db8:1::/48, each in a /64 of its own.
fn v6(subnet: u16) -> IpAddr {
    IpAddr::from([0x2001, 0xdb8, 1, subnet, 0, 0, 0, 1])
}

/// Locks so many accounts at as many sources: there is no room left in tables of that capacity.
fn fill(throttle: &Throttle, first: u32, count: u32, now: Instant) {
    for number in first..first + count {
        for _ in 0..10 {
            throttle.failed(Some(user(number)), address(number), now);
        }
    }
}

#[test]
fn failures_of_an_account_at_a_source_are_forgotten_a_day_after_the_last() {
    let (throttle, now) = (Throttle::default(), start());
    for _ in 0..9 {
        guess(&throttle, ANA, address(1), now);
    }
    let later = now + DAY + A_SECOND;
    for _ in 0..9 {
        guess(&throttle, ANA, address(1), later);
    }
    assert_eq!(throttle.admit(Some(ANA), address(1), later), Ok(()));
    guess(&throttle, ANA, address(1), later + DAY);
    assert!(throttle.admit(Some(ANA), address(1), later + DAY).is_err(), "a day is not over until it is");
}

#[test]
fn failures_of_an_account_from_anywhere_are_forgotten_a_day_after_the_last() {
    let (throttle, now) = (Throttle::default(), start());
    for number in 0..99 {
        guess(&throttle, ANA, address(number), now);
    }
    let later = now + DAY + A_SECOND;
    for number in 200..299 {
        assert!(guess(&throttle, ANA, address(number), later));
    }
    assert_eq!(throttle.admit(Some(ANA), address(500), later), Ok(()));
    guess(&throttle, ANA, address(500), later);
    assert_eq!(throttle.admit(Some(ANA), address(501), later), Err(Lock::Account));
    let much_later = later + DAY + A_SECOND;
    for number in 600..610 {
        assert_eq!(throttle.admit(Some(ANA), address(number), much_later), Ok(()), "no more single tries");
    }
}

#[test]
fn a_braked_account_is_tried_every_quarter_of_an_hour_at_the_least() {
    let (throttle, mut now) = (Throttle::default(), start());
    let mut number = 0;
    let mut tries = |now: &mut Instant, span: Duration| {
        let (until, mut tries) = (*now + span, 0);
        while *now < until {
            number += 1;
            tries += u32::from(guess(&throttle, ANA, address(number), *now));
            *now += Duration::from_secs(5);
        }
        tries
    };
    assert!(tries(&mut now, Duration::from_secs(6 * 60 * 60)) > 100);
    assert_eq!(tries(&mut now, Duration::from_secs(60 * 60)), 4);
}

#[test]
fn what_fails_where_an_account_was_proved_brakes_it_nowhere_else() {
    let (throttle, now) = (Throttle::default(), start());
    for place in 1..=12 {
        throttle.succeeded(ANA, address(place), now);
    }
    for place in 1..=12 {
        for _ in 0..10 {
            assert!(guess(&throttle, ANA, address(place), now));
        }
    }
    assert_eq!(throttle.admit(Some(ANA), address(100), now), Ok(()));
}

#[test]
fn a_proof_from_a_new_place_ends_the_brake() {
    let (throttle, now) = (Throttle::default(), start());
    for number in 0..100 {
        guess(&throttle, ANA, address(number), now);
    }
    let later = now + FIRST_LOCK;
    assert_eq!(throttle.admit(Some(ANA), address(500), later), Ok(()));
    assert_eq!(throttle.admit(Some(ANA), address(501), later), Err(Lock::Account));
    throttle.succeeded(ANA, address(500), later);
    assert_eq!(throttle.admit(Some(ANA), address(501), later), Ok(()));
}

#[test]
fn one_failure_of_a_source_leaks_in_each_eighteen_seconds_however_often_it_fails() {
    let (throttle, mut now) = (Throttle::default(), start());
    let fail = |now| {
        let admitted = throttle.admit(None, address(1), now).is_ok();
        if admitted {
            throttle.failed(None, address(1), now);
        }
        admitted
    };
    // One in ten seconds, for half an hour: eighty of a hundred and eighty are left.
    for _ in 0..180 {
        assert!(fail(now));
        now += Duration::from_secs(10);
    }
    assert_eq!((0..500).filter(|_| fail(now)).count(), 121);
    // What has leaked is gone, and with the last of it that there was a lock.
    now += LEAK_OF_SOURCE * 100;
    assert_eq!((0..500).filter(|_| fail(now)).count(), 100);
    assert!(throttle.admit(None, address(1), now + FIRST_LOCK).is_err(), "the second lock is longer");
    now += LEAK_OF_SOURCE * 300;
    assert_eq!((0..500).filter(|_| fail(now)).count(), 201);
    assert_eq!(throttle.admit(None, address(1), now + FIRST_LOCK), Ok(()), "the first one anew");
}

#[test]
fn no_number_of_people_gives_a_source_more_than_five_thousand_failures() {
    let (throttle, now) = (Throttle::default(), start());
    for account in 0..2000 {
        throttle.succeeded(user(account), address(1), now);
    }
    let tries = (0..20_000).filter(|_| {
        let admitted = throttle.admit(None, address(1), now).is_ok();
        if admitted {
            throttle.failed(None, address(1), now);
        }
        admitted
    });
    assert_eq!(tries.count(), 5001);
}

#[test]
fn tries_with_the_previous_password_are_counted_by_the_hour() {
    let (throttle, now) = (Throttle::default(), start());
    for hour in 0..5 {
        for _ in 0..STALE_TRIES {
            throttle.stale(ANA, address(1), now + (STALE_MEMORY + A_SECOND) * hour);
        }
    }
    assert_eq!(throttle.admit(Some(ANA), address(1), now + STALE_MEMORY * 5), Ok(()));
}

#[test]
fn the_last_sixteen_places_of_an_account_are_remembered() {
    let (throttle, now) = (Throttle::default(), start());
    // Which of the first twenty places are known while the account is braked.
    let known = |first: u32| -> Vec<u32> {
        for number in 0..100 {
            guess(&throttle, ANA, address(first + number), now);
        }
        (1..=20).filter(|place| throttle.admit(Some(ANA), address(*place), now).is_ok()).collect()
    };
    for place in 1..=16 {
        throttle.succeeded(ANA, address(place), now);
    }
    assert_eq!(known(100), (1..=16).collect::<Vec<_>>());
    // Where somebody signs in again takes nobody's place, and is no longer the oldest.
    throttle.succeeded(ANA, address(1), now);
    assert_eq!(known(200), (1..=16).collect::<Vec<_>>());
    throttle.succeeded(ANA, address(17), now);
    assert_eq!(known(300), [1].into_iter().chain(3..=17).collect::<Vec<_>>());
}

#[test]
fn a_full_table_gives_up_the_oldest_and_no_other() {
    let (throttle, now) = (Throttle::of(20), start());
    for number in 0..20 {
        for _ in 0..9 {
            guess(&throttle, user(number), address(number), now + A_SECOND * number);
        }
    }
    let later = now + A_SECOND * 30;
    guess(&throttle, user(100), address(100), later);
    // The youngest are still known, the oldest begins anew.
    assert!(guess(&throttle, user(19), address(19), later));
    assert!(throttle.admit(Some(user(19)), address(19), later).is_err());
    assert!(guess(&throttle, user(0), address(0), later));
    assert!(throttle.admit(Some(user(0)), address(0), later).is_ok());
}

#[test]
fn a_network_s_failures_are_forgotten_a_day_after_the_last() {
    let (throttle, now) = (Throttle::of(100), start());
    for begun in [now, now + DAY + A_SECOND] {
        fill(&throttle, 0, 100, begun);
        let tries = (5000..5100).filter(|n| guess(&throttle, user(*n), address(*n), begun)).count();
        assert_eq!(tries, 100);
        assert_eq!(throttle.admit(Some(user(9000)), address(5101), begun), Ok(()));
    }
}

#[test]
fn forty_eight_bits_of_an_ipv6_address_are_one_network() {
    let (throttle, now) = (Throttle::of(100), start());
    fill(&throttle, 0, 100, now);
    let tries = (0..150u16).filter(|n| guess(&throttle, user(5000 + u32::from(*n)), v6(*n), now)).count();
    assert_eq!(tries, 101);
    assert_eq!(throttle.admit(Some(user(9000)), v6(200), now), Err(Lock::Network));
    let elsewhere = IpAddr::from([0x2001, 0xdb8, 2, 0, 0, 0, 0, 1]);
    assert_eq!(throttle.admit(Some(user(9000)), elsewhere, now), Ok(()));
}
