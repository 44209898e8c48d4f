use super::*;

mod forgetting;

fn start() -> Instant {
    #[expect(clippy::disallowed_methods, reason = "a test needs some moment to start from")]
    Instant::now()
}

const fn user(user: u32) -> UserId {
    UserId { tenant: rapport_model::TenantId(1), user }
}

fn address(number: u32) -> IpAddr {
    IpAddr::from(std::net::Ipv4Addr::from_bits(0x0a00_0000 + number))
}

const ANA: UserId = user(1);

/// Tries as a guesser does: only what is admitted counts. Returns whether it was.
fn guess(throttle: &Throttle, account: UserId, source: IpAddr, now: Instant) -> bool {
    let admitted = throttle.admit(Some(account), source, now).is_ok();
    if admitted {
        throttle.failed(Some(account), source, now);
    }
    admitted
}

#[test]
fn guessing_is_locked_after_ten_tries_from_that_source_alone() {
    let (throttle, now) = (Throttle::default(), start());
    let (guesser, owner) = (address(1), address(2));
    for _ in 0..10 {
        assert!(guess(&throttle, ANA, guesser, now));
    }
    assert_eq!(throttle.admit(Some(ANA), guesser, now), Err(Lock::AccountAndSource));
    assert_eq!(throttle.admit(Some(ANA), owner, now), Ok(()));
    assert_eq!(throttle.admit(Some(user(2)), guesser, now), Ok(()));
    assert_eq!(throttle.admit(Some(ANA), guesser, now + FIRST_LOCK), Ok(()));
}

#[test]
fn a_lock_grows_and_an_administrator_lifts_it() {
    let (throttle, mut now) = (Throttle::default(), start());
    let mut tries = 0;
    let begun = now;
    while now < begun + Duration::from_secs(24 * 60 * 60) {
        tries += u32::from(guess(&throttle, ANA, address(1), now));
        now += Duration::from_secs(10);
    }
    assert!((30..=45).contains(&tries), "{tries} in a day");
    assert!(throttle.admit(Some(ANA), address(1), now).is_err());
    throttle.unlock(ANA);
    assert_eq!(throttle.admit(Some(ANA), address(1), now), Ok(()));
}

#[test]
fn a_proof_clears_the_count() {
    let (throttle, now) = (Throttle::default(), start());
    for _ in 0..9 {
        guess(&throttle, ANA, address(1), now);
    }
    throttle.succeeded(ANA, address(1), now);
    for _ in 0..9 {
        guess(&throttle, ANA, address(1), now);
    }
    assert_eq!(throttle.admit(Some(ANA), address(1), now), Ok(()));
}

#[test]
fn a_network_of_ipv6_addresses_is_one_source() {
    let (throttle, now) = (Throttle::default(), start());
    for host in 0..10u16 {
        guess(&throttle, ANA, IpAddr::from([0x2001, 0xdb8, 0, 0, 0, 0, 0, host]), now);
    }
    let neighbour = IpAddr::from([0x2001, 0xdb8, 0, 0, 9, 9, 9, 9]);
    assert_eq!(throttle.admit(Some(ANA), neighbour, now), Err(Lock::AccountAndSource));
    let mapped = IpAddr::from(std::net::Ipv4Addr::new(10, 0, 0, 1).to_ipv6_mapped());
    for _ in 0..10 {
        guess(&throttle, user(2), mapped, now);
    }
    assert!(throttle.admit(Some(user(2)), address(1), now).is_err(), "an IPv4 address is one in either form");
}

#[test]
fn guessing_one_account_from_many_sources_is_braked_after_a_hundred_tries() {
    let (throttle, begun) = (Throttle::default(), start());
    throttle.succeeded(ANA, address(7), begun);
    let tries = |from: Instant, span: u64| {
        // A new source each second, a hundred of them in each.
        (0..span * 100)
            .filter(|n| {
                let number = u32::try_from(*n).unwrap_or(0) + 100;
                guess(&throttle, ANA, address(number), from + Duration::from_millis(n * 10))
            })
            .count()
    };
    assert_eq!(tries(begun, 1), 100);
    let in_an_hour = tries(begun + Duration::from_secs(1), 60 * 60);
    assert!((5..=10).contains(&in_an_hour), "{in_an_hour} in the first hour of the brake");
    let now = begun + Duration::from_secs(60 * 60);
    assert_eq!(throttle.admit(Some(ANA), address(7), now), Ok(()), "the owner where they have been before");
    assert_eq!(throttle.admit(Some(user(2)), address(8), now), Ok(()), "another account");
}

#[test]
fn the_owner_s_proofs_at_home_do_not_give_guessers_elsewhere_new_tries() {
    let (throttle, now) = (Throttle::default(), start());
    throttle.succeeded(ANA, address(7), now);
    for number in 0..100 {
        guess(&throttle, ANA, address(100 + number), now);
    }
    throttle.succeeded(ANA, address(7), now);
    assert_eq!(throttle.admit(Some(ANA), address(300), now), Err(Lock::Account));
}

#[test]
fn a_source_that_tries_many_accounts_is_locked_and_its_people_are_not() {
    let (throttle, now) = (Throttle::default(), start());
    let office = address(1);
    throttle.succeeded(ANA, office, now);
    let mut tries = 0;
    for account in 100..1000 {
        tries += u32::from(guess(&throttle, user(account), office, now));
    }
    assert_eq!(tries, FREE_TRIES_OF_SOURCE + MORE_FOR_EACH_PROVED + 1);
    assert_eq!(throttle.admit(None, office, now), Err(Lock::Source));
    assert_eq!(throttle.admit(Some(ANA), office, now), Ok(()), "who has signed in there before");
    assert_eq!(throttle.admit(Some(user(2)), address(2), now), Ok(()), "another source");
}

#[test]
fn a_company_behind_one_address_may_get_more_wrong_the_more_people_it_has() {
    let (throttle, now) = (Throttle::default(), start());
    let office = address(1);
    for account in 0..300 {
        throttle.succeeded(user(account), office, now);
        // The same person once more is no further person.
        throttle.succeeded(user(account), office, now);
    }
    let tries = (1000..9000).filter(|account| guess(&throttle, user(*account), office, now)).count();
    assert_eq!(tries, 200 + 300 * 5 + 1);
}

#[test]
fn names_that_do_not_exist_count_for_their_source_and_take_no_memory_beside_it() {
    let (throttle, now) = (Throttle::default(), start());
    for _ in 0..=FREE_TRIES_OF_SOURCE {
        assert_eq!(throttle.admit(None, address(1), now), Ok(()));
        throttle.failed(None, address(1), now);
    }
    assert_eq!(throttle.admit(None, address(1), now), Err(Lock::Source));
    let state = throttle.state();
    assert_eq!((state.pairs.len(), state.accounts.len(), state.sources.len()), (0, 0, 1));
}

#[test]
fn the_previous_password_is_no_guess_until_it_is_tried_very_often() {
    let (throttle, now) = (Throttle::default(), start());
    for _ in 0..STALE_TRIES {
        throttle.stale(ANA, address(1), now);
    }
    assert_eq!(throttle.admit(Some(ANA), address(1), now), Ok(()));
    for _ in 0..=FREE_TRIES {
        throttle.stale(ANA, address(1), now);
    }
    assert_eq!(throttle.admit(Some(ANA), address(1), now), Err(Lock::AccountAndSource));
}

#[test]
fn a_flood_of_failures_makes_no_lock_forgotten_and_memory_stays_bounded() {
    let (throttle, now) = (Throttle::of(1000), start());
    for _ in 0..10 {
        guess(&throttle, ANA, address(1), now);
    }
    for number in 0..20_000 {
        let later = now + Duration::from_millis(u64::from(number));
        guess(&throttle, user(10 + number), address(100 + number), later);
    }
    let later = now + Duration::from_secs(20);
    assert_eq!(throttle.admit(Some(ANA), address(1), later), Err(Lock::AccountAndSource));
    let state = throttle.state();
    assert!(state.pairs.len() <= 1000 && state.sources.len() <= 1000 && state.accounts.len() <= 1000);
}

#[test]
fn where_every_entry_is_a_lock_whole_networks_are_counted() {
    let (throttle, now) = (Throttle::of(100), start());
    throttle.succeeded(ANA, address(5000), now);
    for source in 0..100 {
        for _ in 0..10 {
            throttle.failed(Some(user(10 + source)), address(source), now);
        }
    }
    // A hundred and nineteen neighbours in one network of 256 addresses, each after an account of their own.
    let mut tries = 0;
    for source in 5001..5120 {
        tries += u32::from(guess(&throttle, user(source), address(source), now));
    }
    assert_eq!(tries, FREE_TRIES_OF_NETWORK + 1);
    assert!(throttle.admit(Some(user(8)), address(5119), now).is_err());
    assert_eq!(throttle.admit(Some(ANA), address(5000), now), Ok(()), "who has signed in there before");
    assert_eq!(throttle.admit(Some(ANA), address(1), now), Ok(()), "the locks of others are not theirs");
}
