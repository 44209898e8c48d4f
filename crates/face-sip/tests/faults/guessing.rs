//! Password guessing: who is slowed down, and who notices nothing of it.

use std::net::{IpAddr, Ipv4Addr};
use std::time::Duration;

use rapport_testkit::client::Profile;
use tokio::time::Instant;

use crate::world::{ELSEWHERE, HERE, PASSWORD, Talker, World, masked, profile};
use rapport_testkit::counted::Counted;

const WRONG: &str = "not the password 9";

fn source(number: u32) -> IpAddr {
    IpAddr::V4(Ipv4Addr::from_bits(0x0a01_0000 + number))
}

fn guess(name: &str) -> Profile {
    Profile::new(&format!("{name}@example.com"), WRONG, 7)
}

/// Tries once, and returns the refusal without its random fields, and how long it took.
async fn refused(talker: &mut Talker) -> (String, Duration) {
    let begun = Instant::now();
    let response = talker.try_sign_in().await;
    assert_eq!(response.status.as_u16(), 401, "{response:?}");
    (masked(&response), begun.elapsed())
}

async fn guess_from(world: &mut World, name: &str, source: IpAddr) -> (String, Duration) {
    refused(&mut world.client_from(guess(name), source)).await
}

#[tokio::test(start_paused = true)]
async fn the_right_password_of_a_locked_source_looks_like_a_wrong_one() {
    let mut world = World::new().await;
    let mut answers = Vec::new();
    for _ in 0..10 {
        answers.push(guess_from(&mut world, "ana", HERE).await);
    }
    answers.push(refused(&mut world.client_from(profile("ana", 7), HERE)).await);
    assert!(answers.windows(2).all(|pair| pair.first() == pair.last()), "{answers:?}");
    world.client_from(profile("ana", 8), ELSEWHERE).sign_in().await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_live_endpoint_renews_its_association_while_somebody_guesses_from_its_address() {
    let mut world = World::new().await;
    let mut live = world.signed_in("ana", 1).await;
    for _ in 0..30 {
        guess_from(&mut world, "ana", HERE).await;
    }
    refused(&mut world.client(profile("ana", 2))).await;
    let renewal = live.register_anew();
    live.success(renewal).await.unwrap();
    live.serves().await;
    assert_eq!(world.endpoints("ana").await, 1);
    // That it proved itself lets nobody else at its address in.
    refused(&mut world.client(profile("ana", 2))).await;
}

#[tokio::test(start_paused = true)]
async fn a_live_endpoint_that_guesses_is_slowed_down_like_any_other() {
    let mut world = World::new().await;
    let mut live = world.signed_in("ana", 1).await;
    live.profile_mut().nt_hash = guess("ana").nt_hash;
    for _ in 0..12 {
        refused(&mut live).await;
    }
    live.profile_mut().nt_hash = profile("ana", 1).nt_hash;
    refused(&mut live).await;
}

#[tokio::test(start_paused = true)]
async fn a_live_endpoint_of_one_person_is_no_way_around_the_lock_of_another() {
    let mut world = World::new().await;
    let mut live = world.signed_in("ana", 1).await;
    for _ in 0..10 {
        guess_from(&mut world, "ben", HERE).await;
    }
    let ben = profile("ben", 1);
    let mine = std::mem::replace(live.profile_mut(), ben);
    refused(&mut live).await;
    *live.profile_mut() = mine;
    let renewal = live.register_anew();
    live.success(renewal).await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn guessing_from_many_sources_is_braked_and_the_owner_gets_in_where_they_were_before() {
    let mut world = World::new().await;
    let mut owner = world.client_from(profile("ana", 1), ELSEWHERE);
    owner.sign_in().await.unwrap();
    for number in 0..100 {
        guess_from(&mut world, "ana", source(number)).await;
    }
    // From a source that is new, even the right password is one of the guesses.
    refused(&mut world.client_from(profile("ana", 2), source(5000))).await;
    world.client_from(profile("ana", 3), ELSEWHERE).sign_in().await.unwrap();
    owner.serves().await;
    // The first single try comes after half a minute.
    tokio::time::sleep(Duration::from_secs(30)).await;
    world.client_from(profile("ana", 4), source(5000)).sign_in().await.unwrap();
    // Nobody else was concerned, and an administrator lifts it.
    world.client_from(profile("ben", 5), source(5000)).sign_in().await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn an_administrator_lifts_the_brake() {
    let mut world = World::new().await;
    for number in 0..101 {
        guess_from(&mut world, "ana", source(number)).await;
    }
    refused(&mut world.client_from(profile("ana", 2), ELSEWHERE)).await;
    let ana = world.user("ana").await;
    world.services.people.unlock(&world.scope, ana).await.unwrap();
    world.client_from(profile("ana", 2), ELSEWHERE).sign_in().await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn spraying_from_an_office_locks_out_nobody_who_works_there() {
    let mut world = World::new().await;
    world.signed_in("ana", 1).await;
    for number in 0..250 {
        guess_from(&mut world, &format!("name{number}"), HERE).await;
    }
    // Ben has never been here; Ana has.
    refused(&mut world.client(profile("ben", 2))).await;
    world.client(profile("ana", 3)).sign_in().await.unwrap();
    world.client_from(profile("ben", 4), ELSEWHERE).sign_in().await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn an_endpoint_with_the_previous_password_may_try_for_days() {
    let mut world = World::new().await;
    let ana = world.user("ana").await;
    world.services.people.set_password(&world.scope, ana, "an older password 3").await.unwrap();
    world.services.people.set_password(&world.scope, ana, PASSWORD).await.unwrap();
    let forgotten = Profile::new("ana@example.com", "an older password 3", 5);
    for _ in 0..300 {
        refused(&mut world.client(forgotten.clone())).await;
    }
    world.client(profile("ana", 1)).sign_in().await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn no_proof_is_worked_out_while_its_source_or_account_is_locked() {
    let counted = Counted::default();
    let _here = metrics::set_default_local_recorder(&counted);
    let worked_out = || counted.total("rapport_sign_in_proofs_total");
    let mut world = World::new().await;
    for _ in 0..10 {
        guess_from(&mut world, "ana", HERE).await;
    }
    assert_eq!(worked_out(), 10);
    for _ in 0..20 {
        guess_from(&mut world, "ana", HERE).await;
    }
    refused(&mut world.client_from(profile("ana", 2), HERE)).await;
    assert_eq!((worked_out(), counted.total("account_and_source")), (10, 21 + 1), "a lock, and who met it");
    // An account that is guessed from everywhere.
    for number in 0..120 {
        guess_from(&mut world, "ben", source(number)).await;
    }
    assert_eq!(worked_out(), 10 + 100);
    // A source that tries every name, those of nobody among them.
    for number in 0..300 {
        guess_from(&mut world, &format!("name{number}"), source(5000)).await;
    }
    // Of twenty seconds of tries one is forgotten meanwhile.
    assert_eq!(worked_out(), 10 + 100 + 202);
}
