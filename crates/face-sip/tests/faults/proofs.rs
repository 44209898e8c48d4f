//! Sign-in: what a wrong proof is told, and what only a valid one is.

use std::time::Duration;

use rapport_core::directory::{PersonPatch, TenantPatch};
use rapport_core::policy::Policy;
use rapport_sip::Response;
use rapport_testkit::client::{Profile, bodies};
use rapport_testkit::clock::{MONDAY_MORNING, Timestamp};
use tokio::time::Instant;

use crate::world::{ELSEWHERE, PASSWORD, Talker, World, masked, profile};
use rapport_testkit::counted::Counted;

const WRONG: &str = "not the password 9";
const OLD: &str = "an older password 3";

fn guess(address: &str) -> Profile {
    Profile::new(address, WRONG, 7)
}

/// Tries once, and returns the answer without its random fields, and how long it took.
async fn attempt(talker: &mut Talker) -> (String, Duration) {
    let begun = Instant::now();
    let response = talker.try_sign_in().await;
    assert_eq!(response.status.as_u16(), 401, "{response:?}");
    (masked(&response), begun.elapsed())
}

#[tokio::test(start_paused = true)]
async fn unknown_wrong_locked_and_previous_are_one_and_the_same_answer() {
    let mut world = World::new().await;
    let cal = world.user("cal").await;
    world.services.people.set_password(&world.scope, cal, OLD).await.unwrap();
    world.services.people.set_password(&world.scope, cal, PASSWORD).await.unwrap();
    for _ in 0..10 {
        attempt(&mut world.client(guess("ben@example.com"))).await;
    }
    let mut answers = Vec::new();
    for profile in [
        guess("ana@example.com"),
        guess("nobody@example.com"),
        guess("nobody@unknown.example"),
        guess("ben@example.com"),
        profile("ben", 7),
        Profile::new("cal@example.com", OLD, 7),
        profile("ana", 7).with_login("ELSEWHERE", "ana"),
    ] {
        let named = format!("{} as {}\\{}", profile.address, profile.domain, profile.login);
        let mut talker = world.client(profile);
        answers.push((attempt(&mut talker).await, named));
    }
    let (first, _) = answers.first().unwrap().clone();
    for (answer, named) in answers {
        assert_eq!(answer, first, "{named}");
    }
    assert_eq!(first.1.as_millis(), 100);
}

#[tokio::test(start_paused = true)]
async fn guessing_locks_the_account_for_that_source_alone() {
    let mut world = World::new().await;
    let mut live = world.signed_in("ana", 1).await;
    for _ in 0..10 {
        attempt(&mut world.client(guess("ana@example.com"))).await;
    }
    attempt(&mut world.client(profile("ana", 2))).await;
    let mut owner = world.client_from(profile("ana", 3), ELSEWHERE);
    owner.sign_in().await.unwrap();
    live.serves().await;
    // The lock is short, and an administrator can lift it at once.
    let ana = world.user("ana").await;
    world.services.people.unlock(&world.scope, ana).await.unwrap();
    world.client(profile("ana", 1)).sign_in().await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_lock_names_the_account_by_whatever_name_it_is_tried() {
    let mut world = World::new().await;
    for number in 0..10 {
        let guess = guess("ana@example.com");
        let guess = match number % 3 {
            0 => guess,
            1 => guess.with_login("EXAMPLE", "ANA"),
            _ => guess.with_login("", "ana"),
        };
        attempt(&mut world.client(guess)).await;
    }
    attempt(&mut world.client(profile("ana", 2))).await;
}

#[tokio::test(start_paused = true)]
async fn a_source_that_tries_many_names_is_locked_for_all_of_them() {
    let mut world = World::new().await;
    // Twenty seconds of tries, of which one is forgotten meanwhile.
    for number in 0..202 {
        attempt(&mut world.client(guess(&format!("name{number}@example.com")))).await;
    }
    attempt(&mut world.client(profile("ana", 2))).await;
    world.client_from(profile("ana", 3), ELSEWHERE).sign_in().await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn an_endpoint_with_the_previous_password_does_not_lock_its_owner_out() {
    let mut world = World::new().await;
    let ana = world.user("ana").await;
    world.services.people.set_password(&world.scope, ana, OLD).await.unwrap();
    world.services.people.set_password(&world.scope, ana, PASSWORD).await.unwrap();
    for _ in 0..20 {
        attempt(&mut world.client(Profile::new("ana@example.com", OLD, 5))).await;
    }
    world.client(profile("ana", 1)).sign_in().await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_replaced_password_is_known_for_thirty_days_and_then_a_guess_like_any_other() {
    let mut world = World::new().await;
    let ana = world.user("ana").await;
    world.services.people.set_password(&world.scope, ana, OLD).await.unwrap();
    world.services.people.set_password(&world.scope, ana, PASSWORD).await.unwrap();
    tokio::time::advance(Duration::from_secs(30 * 24 * 60 * 60 + 1)).await;
    let now = MONDAY_MORNING.plus(Duration::from_secs(30 * 24 * 60 * 60 + 1));
    for _ in 0..10 {
        attempt(&mut world.client(Profile::new("ana@example.com", OLD, 5).at(now))).await;
    }
    attempt(&mut world.client(profile("ana", 1).at(now))).await;
    world.client_from(profile("ana", 2).at(now), ELSEWHERE).sign_in().await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn an_address_that_is_not_the_account_s_is_refused_alike_whether_it_exists_or_not() {
    let mut world = World::new().await;
    let mut answers = Vec::new();
    for address in ["ben@example.com", "nobody@example.com", "cal@example.com"] {
        let mut talker = world.client(Profile::new(address, PASSWORD, 4).with_login("", "ana"));
        let begun = Instant::now();
        let response = talker.try_sign_in().await;
        assert_eq!(response.status.as_u16(), 403);
        assert!(response.headers.named("ms-diagnostics").unwrap().starts_with("4004;"));
        answers.push((masked(&response), begun.elapsed()));
    }
    assert!(answers.windows(2).all(|pair| pair.first() == pair.last()), "{answers:?}");
    for name in ["ana", "ben", "cal"] {
        assert_eq!(world.endpoints(name).await, 0);
    }
    // Without a valid proof even that is not said.
    let mut talker = world.client(Profile::new("ben@example.com", WRONG, 4).with_login("", "ana"));
    attempt(&mut talker).await;
}

#[tokio::test(start_paused = true)]
async fn another_company_s_account_proves_nothing_here() {
    let mut world = World::new().await;
    let other = world.services.people.find(&world.other, "ana@other.example").await.unwrap().id;
    let (_, app) = world.services.people.add_app_password(&world.other, other, "phone").await.unwrap();
    for (domain, login) in [("OTHER", "ana"), ("", "ana@other.example"), ("", "ana")] {
        let profile = Profile::new("ana@example.com", &app, 3).with_login(domain, login);
        attempt(&mut world.client(profile)).await;
    }
}

async fn told_why(world: &mut World, name: &str) {
    let (wrong, _) = attempt(&mut world.client(guess(&format!("{name}@example.com")))).await;
    assert!(!wrong.contains("diagnostics"), "{wrong}");
    let response: Response = world.client(profile(name, 3)).try_sign_in().await;
    assert_eq!(response.status.as_u16(), 403);
    let public = response.headers.named("ms-diagnostics-public").expect("the client shows why");
    assert!(public.contains("reason=\""), "{public}");
    assert_eq!(world.endpoints(name).await, 0);
}

#[tokio::test(start_paused = true)]
async fn disabled_and_unlicensed_are_said_after_a_valid_proof_only() {
    let mut world = World::new().await;
    let disabled = PersonPatch { enabled: Some(false), ..PersonPatch::default() };
    let unlicensed = PersonPatch { licensed: Some(false), ..PersonPatch::default() };
    let counted = Counted::default();
    let _here = metrics::set_default_local_recorder(&counted);
    for (name, patch) in [("ana", disabled), ("ben", unlicensed)] {
        let user = world.user(name).await;
        world.services.people.set(&world.scope, user, patch).await.unwrap();
        told_why(&mut world, name).await;
    }
    assert_eq!(counted.total("rapport_sign_ins_total, [outcome = proven]"), 0);
}

#[tokio::test(start_paused = true)]
async fn a_company_that_is_switched_off_is_said_after_a_valid_proof_only() {
    let mut world = World::new().await;
    let off = TenantPatch { enabled: Some(false), ..TenantPatch::default() };
    world.services.tenants.set(&world.scope, off).await.unwrap();
    told_why(&mut world, "ana").await;
}

#[tokio::test(start_paused = true)]
async fn clients_of_version_3_and_4_sign_in_and_talk() {
    let mut world = World::new().await;
    for profile in [profile("ana", 1).in_version_3(), profile("ben", 1)] {
        let mut talker = world.client(profile);
        talker.sign_in().await.unwrap();
        talker.first_subscriptions().await.unwrap();
    }
}

#[tokio::test(start_paused = true)]
async fn an_app_password_signs_in_and_the_account_s_own_only_where_the_policy_allows_it() {
    let mut world = World::new().await;
    attempt(&mut world.client(Profile::new("ana@other.example", PASSWORD, 1))).await;
    let user = world.services.people.find(&world.other, "ana@other.example").await.unwrap().id;
    let (id, app) = world.services.people.add_app_password(&world.other, user, "laptop").await.unwrap();
    let profile = || Profile::new("ana@other.example", &app, 1);
    let mut talker = world.client(profile());
    talker.sign_in().await.unwrap();
    // Revoked, it ends what it signed in and is worth nothing any more.
    world.services.people.remove_app_password(&world.other, user, id).await.unwrap();
    talker.until_closed().await;
    attempt(&mut world.client(profile())).await;
}

#[tokio::test(start_paused = true)]
async fn a_revoked_app_password_ends_what_it_signed_in_and_nothing_else() {
    let mut world = World::new().await;
    let user = world.user("ana").await;
    let people = world.services.people.clone();
    let (lost, laptop) = people.add_app_password(&world.scope, user, "laptop").await.unwrap();
    let (other, phone) = people.add_app_password(&world.scope, user, "phone").await.unwrap();
    let mut by_laptop = world.client(Profile::new("ana@example.com", &laptop, 1));
    by_laptop.sign_in().await.unwrap();
    let mut by_phone = world.client(Profile::new("ana@example.com", &phone, 2));
    by_phone.sign_in().await.unwrap();
    people.remove_app_password(&world.scope, user, lost).await.unwrap();
    by_laptop.until_closed().await;
    by_phone.serves().await;
    let mut by_account = world.signed_in("ana", 3).await;
    people.remove_app_password(&world.scope, user, other).await.unwrap();
    by_phone.until_closed().await;
    by_account.serves().await;
    assert_eq!(world.endpoints("ana").await, 1);
}

#[tokio::test(start_paused = true)]
async fn a_session_that_another_password_renews_ends_with_that_one() {
    let mut world = World::new().await;
    let user = world.user("ana").await;
    let people = world.services.people.clone();
    let (first, laptop) = people.add_app_password(&world.scope, user, "laptop").await.unwrap();
    let (second, phone) = people.add_app_password(&world.scope, user, "phone").await.unwrap();
    let mut talker = world.client(Profile::new("ana@example.com", &laptop, 1));
    talker.sign_in().await.unwrap();
    talker.profile_mut().nt_hash = rapport_sipauth::ntlm::NtHash::of_password(&phone);
    assert_eq!(talker.try_sign_in().await.status.as_u16(), 200);
    people.remove_app_password(&world.scope, user, first).await.unwrap();
    talker.serves().await;
    assert_eq!(world.endpoints("ana").await, 1);
    people.remove_app_password(&world.scope, user, second).await.unwrap();
    talker.until_closed().await;
    assert_eq!(world.endpoints("ana").await, 0);
}

#[tokio::test(start_paused = true)]
async fn a_policy_that_is_taken_back_takes_the_account_s_own_password_with_it() {
    let mut world = World::new().await;
    world.client(profile("ana", 1)).sign_in().await.unwrap();
    let patch = TenantPatch { policy: Some(Policy::default()), ..TenantPatch::default() };
    world.services.tenants.set(&world.scope, patch).await.unwrap();
    attempt(&mut world.client(profile("ana", 1))).await;
}

#[tokio::test(start_paused = true)]
async fn a_new_password_ends_the_sessions_that_the_old_one_proved() {
    let mut world = World::new().await;
    let mut talker = world.signed_in("ana", 1).await;
    let ana = world.user("ana").await;
    world.services.people.set_password(&world.scope, ana, OLD).await.unwrap();
    talker.until_closed().await;
    attempt(&mut world.client(profile("ana", 1))).await;
    world.client(Profile::new("ana@example.com", OLD, 1)).sign_in().await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn signing_in_anew_on_the_same_connection_keeps_binding_and_subscriptions() {
    let mut world = World::new().await;
    let mut talker = world.signed_in("ana", 1).await;
    talker.first_subscriptions().await.unwrap();
    let ana = world.user("ana").await;
    let before = world.services.registrar.bound(&world.scope, ana).await.unwrap();
    assert_eq!(talker.try_sign_in().await.status.as_u16(), 200);
    let after = world.services.registrar.bound(&world.scope, ana).await.unwrap();
    assert_eq!(before.len(), 1);
    assert_eq!(before.first().unwrap().binding, after.first().unwrap().binding);
    let added = talker.change_contacts(bodies::add_group("Harbour", 1));
    talker.success(added).await.unwrap();
    talker.sees("Harbour").await;
}

#[tokio::test(start_paused = true)]
async fn a_renewal_that_fails_leaves_the_session_and_one_by_another_account_ends_it() {
    let mut world = World::new().await;
    let mut ana = world.signed_in("ana", 1).await;
    ana.profile_mut().nt_hash = rapport_sipauth::ntlm::NtHash::of_password(WRONG);
    assert_eq!(ana.try_sign_in().await.status.as_u16(), 401);
    assert_eq!(world.endpoints("ana").await, 1);
    ana.profile_mut().nt_hash = rapport_sipauth::ntlm::NtHash::of_password(PASSWORD);
    assert_eq!(ana.try_sign_in().await.status.as_u16(), 200);
    ana.serves().await;
    // Ben proves himself on Ana's connection, and under her address.
    ana.profile_mut().login = "ben".to_owned();
    assert_eq!(ana.try_sign_in().await.status.as_u16(), 403);
    ana.until_closed().await;
    assert_eq!((world.endpoints("ana").await, world.endpoints("ben").await), (0, 0));
}

#[tokio::test(start_paused = true)]
async fn a_proof_of_another_hour_is_refused() {
    let mut world = World::new().await;
    let hour = Duration::from_secs(60 * 60);
    let now = MONDAY_MORNING;
    for time in [now.plus(hour), Timestamp(now.0 - 3_600_000)] {
        let refused = world.client(profile("ana", 1).at(time)).try_sign_in().await;
        assert_eq!(refused.status.as_u16(), 403);
    }
    world.client(profile("ana", 1).at(now.plus(hour / 4))).sign_in().await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn nobody_becomes_another_endpoint_on_the_same_connection() {
    let mut world = World::new().await;
    let mut talker = world.signed_in("ana", 1).await;
    talker.profile_mut().address = "ben@example.com".to_owned();
    talker.profile_mut().login = "ben@example.com".to_owned();
    assert_eq!(talker.try_sign_in().await.status.as_u16(), 403);
    talker.until_closed().await;
    assert_eq!((world.endpoints("ana").await, world.endpoints("ben").await), (0, 0));
}

#[tokio::test(start_paused = true)]
async fn an_association_ends_after_eight_hours_and_is_renewed_without_losing_the_binding() {
    let long = Duration::from_secs(10 * 60 * 60);
    let settings = rapport_face_sip::Settings {
        registration: long,
        keep_alive: long,
        ..rapport_face_sip::Settings::default()
    };
    let mut world = World::with(settings).await;
    let mut talker = world.signed_in("ana", 1).await;
    talker.first_subscriptions().await.unwrap();
    tokio::time::sleep(Duration::from_secs(8 * 60 * 60 - 60)).await;
    talker.serves().await;
    tokio::time::sleep(Duration::from_secs(61)).await;
    let late = talker.fetch_provisioning();
    assert_eq!(talker.answer(late).await.unwrap().status.as_u16(), 401);
    assert_eq!(world.endpoints("ana").await, 1, "the binding stays");
    talker.profile_mut().time = MONDAY_MORNING.plus(Duration::from_secs(8 * 60 * 60));
    talker.sign_in().await.unwrap();
    talker.serves().await;
    assert_eq!(world.endpoints("ana").await, 1);
}
