//! Wall clocks that are wrong, the client's or the server's: nothing that runs out does so early or late, nobody who is
//! signed in notices, and who can't sign in is told why.

use std::time::Duration;

use rapport_core::directory::PersonPatch;
use rapport_sip::Method;
use rapport_testkit::client::bodies::Batch;
use rapport_testkit::clock::MONDAY_MORNING;
use rapport_testkit::driver::DriverError;

use crate::world::{Talker, World, aor, profile};

const HOUR: i64 = 3600;
const DAY: i64 = 24 * HOUR;
/// From [`MONDAY_MORNING`] to 2038-01-20, and to 1999.
const TO_2038: i64 = 4398 * DAY;
const TO_1999: i64 = -9600 * DAY;

async fn time_note(ana: &mut Talker, text: &str, version: u32, seconds: u32) {
    let note = format!(
        "<note xmlns=\"http://schemas.microsoft.com/2006/09/sip/note\"><body type=\"personal\" uri=\"\">{text}</body></note>"
    );
    let expires = format!("time\" expires=\"{seconds}");
    let batch = Batch::new("sip:ana@example.com").with("note", 0, 200, version, &expires, &note).finish();
    let published = ana.publish(batch);
    ana.success(published).await.unwrap();
}

async fn watch(talker: &mut Talker, name: &str) -> String {
    let (request, _) = talker.subscribe_presence([format!("{name}@example.com").as_str()]);
    let response = talker.success(request).await.unwrap();
    String::from_utf8_lossy(&response.body).into_owned()
}

#[tokio::test(start_paused = true)]
async fn what_runs_out_does_so_after_its_time_however_the_clock_is_set() {
    for step in [HOUR, DAY, TO_2038, -HOUR, -DAY, TO_1999] {
        let mut world = World::new().await;
        let mut ana = world.signed_in("ana", 1).await;
        let mut ben = world.signed_in("ben", 1).await;
        watch(&mut ben, "ana").await;
        time_note(&mut ana, "soon gone", 0, 100).await;
        ben.sees("soon gone").await;
        world.clock.set_by(step);
        tokio::time::advance(Duration::from_secs(90)).await;
        assert!(watch(&mut ben, "ana").await.contains("soon gone"), "step {step}: it ended too early");
        tokio::time::advance(Duration::from_secs(15)).await;
        ben.request(Method::Benotify, |request| {
            let body = String::from_utf8_lossy(&request.body);
            body.contains("note") && !body.contains("soon gone")
        })
        .await
        .unwrap_or_else(|error| panic!("step {step}: it did not end: {error}"));
    }
}

#[tokio::test(start_paused = true)]
async fn a_step_of_the_servers_clock_breaks_nothing_and_locks_nobody_out() {
    let mut world = World::new().await;
    let mut ana = world.signed_in("ana", 1).await;
    let mut ben = world.signed_in("ben", 1).await;
    for step in [HOUR, DAY, TO_2038, -TO_2038, TO_1999] {
        world.clock.set_by(step);
        tokio::time::advance(Duration::from_secs(5)).await;
        let refreshed = ana.register();
        ana.success(refreshed).await.unwrap();
        ana.serves().await;
        ben.serves().await;
        assert_eq!((world.endpoints("ana").await, world.endpoints("ben").await), (1, 1), "after {step}");
        // Cal's own clock is right all the time, and the server's was when it began.
        let passed = world.clock_passed();
        let mut cal = world.client(profile("cal", 1).at(MONDAY_MORNING.plus(passed)));
        cal.sign_in().await.unwrap_or_else(|error| panic!("after {step}: {error}"));
        let away = cal.unregister();
        cal.success(away).await.unwrap();
    }
}

#[tokio::test(start_paused = true)]
async fn a_step_of_the_clock_ends_no_grace_period_and_puts_nobody_away_for_good() {
    for step in [TO_2038, -TO_2038] {
        let mut world = World::new().await;
        let (user, gone) = (world.user("ana").await, world.user("cal").await);
        let renamed = PersonPatch { address: Some(aor("lind", "example.com")), ..PersonPatch::default() };
        world.services.people.set(&world.scope, user, renamed).await.unwrap();
        world.services.people.delete(&world.scope, gone).await.unwrap();
        world.clock.set_by(step);
        // House is kept every ten minutes, and a clock is trusted again after hours.
        tokio::time::sleep(Duration::from_secs(10 * 3600)).await;
        let passed = world.clock_passed();
        let mut again = world.client(profile("ana", 2).at(MONDAY_MORNING.plus(passed)));
        again.sign_in().await.unwrap_or_else(|error| panic!("step {step}, by the former address: {error}"));
        let heard = watch(&mut again, "ben").await;
        assert!(heard.contains("sip:ben@example.com"), "{heard}");
        world.services.people.restore(&world.scope, gone).await.unwrap();
    }
}

#[tokio::test(start_paused = true)]
async fn whose_clock_is_far_off_is_told_so_once_the_password_is_right() {
    let mut world = World::new().await;
    let wrong = MONDAY_MORNING.plus(Duration::from_secs(31 * 60));
    for _ in 0..15 {
        let mut ana = world.client(profile("ana", 1).at(wrong));
        let request = ana.register();
        let refused = ana.answer(request).await.unwrap();
        assert_eq!(refused.status.as_u16(), 403);
        let reason = refused.headers.named("ms-diagnostics-public").unwrap_or_default();
        assert!(reason.contains("more than 30 minutes apart"), "{reason}");
    }
    // That was no guessing: whoever sets the clock right gets in, from the same place.
    let mut ana = world.client(profile("ana", 1).at(MONDAY_MORNING.plus(Duration::from_secs(29 * 60))));
    ana.sign_in().await.unwrap();
    // A wrong password is a wrong password, whatever the clock says.
    let mut guess = profile("ben", 1).at(wrong);
    guess.nt_hash = rapport_sipauth::ntlm::NtHash::of_password("not ben's");
    let mut guess = world.client(guess);
    match guess.sign_in().await {
        Err(DriverError::Refused { status: 401, .. }) => {}
        other => panic!("{other:?}"),
    }
}
