//! Proofs that name the connection they were made for: what comes of one that was made for another.

use std::time::Duration;

use rapport_face_sip::{ChannelBinding, Peer, Transport};
use rapport_testkit::client::Profile;
use tokio::time::Instant;

use crate::world::{CERTIFICATE, ELSEWHERE, HERE, PASSWORD, Talker, World, masked, peer, profile};

const WRONG: &str = "not the password 9";

/// The connection of a world.
fn ours() -> ChannelBinding {
    ChannelBinding::tls_server_end_point(CERTIFICATE)
}

/// A connection to somebody who has another certificate.
fn theirs() -> ChannelBinding {
    ChannelBinding::tls_server_end_point(&[0xE5; 32])
}

/// Tries once, and returns the refusal without its random fields, and how long it took.
async fn refused(talker: &mut Talker) -> (String, Duration) {
    let begun = Instant::now();
    let response = talker.try_sign_in().await;
    assert_eq!(response.status.as_u16(), 401, "{response:?}");
    (masked(&response), begun.elapsed())
}

#[tokio::test(start_paused = true)]
async fn a_proof_for_another_connection_is_refused_like_a_wrong_password() {
    let mut world = World::new().await;
    let wrong = refused(&mut world.client(Profile::new("ana@example.com", WRONG, 7))).await;
    for profile in [
        profile("ana", 7).bound_to(theirs()),
        profile("ana", 7).bound_to(theirs()).in_version_3(),
        profile("ana", 7).with_login("EXAMPLE", "ana").bound_to(theirs()),
        Profile::new("ana@example.com", WRONG, 7).bound_to(theirs()),
        Profile::new("ana@example.com", WRONG, 7).bound_to(ours()),
        Profile::new("nobody@example.com", PASSWORD, 7).bound_to(theirs()),
    ] {
        let refusal = refused(&mut world.client(profile)).await;
        assert_eq!(refusal, wrong);
    }
    assert_eq!(wrong.1.as_millis(), 100);
    assert_eq!(world.endpoints("ana").await, 0);
}

#[tokio::test(start_paused = true)]
async fn a_proof_for_this_connection_and_one_that_names_none_sign_in() {
    let mut world = World::new().await;
    for profile in [
        profile("ana", 1).bound_to(ours()),
        profile("ben", 1).bound_to(ours()).in_version_3(),
        profile("cal", 1),
    ] {
        let mut talker = world.client(profile);
        talker.sign_in().await.unwrap();
        talker.serves().await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_connection_without_a_certificate_expects_no_name_of_it() {
    let mut world = World::new().await;
    let plain = Peer { transport: Transport::Tcp, channel_binding: None, ..peer(HERE) };
    world.client_on(profile("ana", 1).bound_to(theirs()), plain).sign_in().await.unwrap();
    world.client_on(profile("ben", 1), plain).sign_in().await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn who_relays_proofs_is_slowed_down_like_a_guesser_and_the_owner_is_not() {
    let mut world = World::new().await;
    let mut live = world.client_from(profile("ana", 1).bound_to(ours()), HERE);
    live.sign_in().await.unwrap();
    for _ in 0..10 {
        refused(&mut world.client_from(profile("ana", 2).bound_to(theirs()), ELSEWHERE)).await;
    }
    // Locked there: even the right proof.
    refused(&mut world.client_from(profile("ana", 2).bound_to(ours()), ELSEWHERE)).await;
    world.client_from(profile("ana", 3).bound_to(ours()), HERE).sign_in().await.unwrap();
    live.serves().await;
}

#[tokio::test(start_paused = true)]
async fn a_renewal_that_was_made_for_another_connection_renews_nothing_and_ends_nothing() {
    let mut world = World::new().await;
    let mut ana = world.client(profile("ana", 1).bound_to(ours()));
    ana.sign_in().await.unwrap();
    ana.profile_mut().channel_binding = Some(theirs());
    refused(&mut ana).await;
    assert_eq!(world.endpoints("ana").await, 1);
    ana.profile_mut().channel_binding = Some(ours());
    assert_eq!(ana.try_sign_in().await.status.as_u16(), 200);
    ana.serves().await;
}
