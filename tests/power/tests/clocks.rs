//! The wall clock of the real server is set by an hour, a day, to 2038 and back, and before 2000: whoever is signed in
//! notices nothing, whoever signs in can, and the development certificate is one that clients accept.

use std::fs;
use std::time::Duration;

use rapport_power::clock::Clock;
use rapport_power::observe::{metric, until};
use rapport_power::person::{Busy, read};
use rapport_power::{setup, signed_in};
use rapport_sip::Method;
use rapport_testkit::client::bodies::Batch;
use real_clients::Server;
use tokio::runtime::Runtime;

const HOUR: i64 = 3600;
const DAY: i64 = 24 * HOUR;
const YEAR: i64 = 365 * DAY;

#[test]
fn steps_of_the_wall_clock_break_no_registration_no_publication_and_no_sign_in() {
    let clock = Clock::off_by(0);
    let runtime = Runtime::new().expect("a runtime");
    // A client that says nothing for so long is gone: time-outs are short, and must not be longer or shorter for a step.
    let server = Server::with(clock.setup(setup().setting("registration.keep_alive", "60s")));
    server.add_company("example", "example.com");
    for name in ["ann", "ben", "cay"] {
        server.add_user("example", name, "example.com");
    }
    runtime.block_on(async {
        let mut ann = signed_in(&server, "ann", 1).await.expect("ann");
        let mut ben = signed_in(&server, "ben", 2).await.expect("ben");
        let mut busy = Busy::new(7);
        (busy.kept, busy.versions) = read(&mut ann).await.expect("read");
        let (watch, _) = ben.subscribe_presence(["ann@example.com"]);
        ben.success(watch).await.expect("watched");
        let uri = ann.profile().uri();
        let timed = "<note xmlns=\"http://schemas.microsoft.com/2006/09/sip/note\"><body type=\"OOF\" uri=\"\">back \
                     soon</body></note>";
        let batch = Batch::new(&uri).with("note", 5, 200, 0, "time\" expires=\"3600", timed);
        let published = ann.publish(batch.finish());
        ann.success(published).await.expect("published");
        let mut set = 0;
        for (step, year) in [
            (HOUR, None),
            (DAY, None),
            (13 * YEAR, Some("203")),
            (24 * YEAR, Some("20")),
            (-28 * YEAR, Some("199")),
            (-DAY, None),
            (-HOUR, None),
            (0, None),
        ] {
            clock.set(step);
            set += 1;
            tokio::task::block_in_place(|| {
                until("the server notices that its clock was set", || {
                    metric(&server, "rapport_clock_steps_total") >= f64::from(set)
                });
            });
            let refreshed = ann.register();
            ann.success(refreshed).await.expect("a registration is refreshed at any time");
            busy.change(&mut ann).await.unwrap_or_else(|error| panic!("off by {step}: {error}"));
            let epid = ann.profile().epid.clone();
            let availability = if set % 2 == 0 { 3500 } else { 6500 };
            let version = set - 1;
            let state = Batch::new(&uri).with_machine_state(&epid, availability, version).finish();
            let state = ann.publish(state);
            let answer = ann.success(state).await.expect("published");
            let shown = String::from_utf8_lossy(&answer.body).into_owned();
            let year = year.map(|year| format!("publishTime=\"{year}"));
            assert!(year.is_none_or(|year| shown.contains(&year)), "off by {step}: {shown}");
            let told = |body: &[u8]| String::from_utf8_lossy(body).contains(&availability.to_string());
            ben.request(Method::Benotify, |request| told(&request.body)).await.expect("ben is told");
            // What ends in an hour has not ended, whatever the clock shows.
            let poll = ben.poll_presence(["ann@example.com"]);
            let seen = ben.success(poll).await.expect("polled");
            assert!(String::from_utf8_lossy(&seen.body).contains("back soon"), "off by {step}: it has ended");
            let mut cay = signed_in(&server, "cay", 10 + u64::from(set)).await.expect("with a clock that is right");
            let away = cay.unregister();
            cay.success(away).await.expect("signs out");
        }
        let found = read(&mut ann).await.expect("read");
        busy.compare(&found).unwrap_or_else(|wrong| panic!("{wrong}"));
    });
    for panics in
        ["rapport_connection_panics_total", "rapport_edge_panics_total", "rapport_http_panics_total"]
    {
        assert!(metric(&server, panics) < 0.5, "{panics}: {}", server.logged());
    }
}

#[test]
fn a_certificate_made_by_a_wrong_clock_is_made_anew_when_the_clock_is_right() {
    for wrong in [-40 * YEAR, 13 * YEAR] {
        let clock = Clock::off_by(wrong);
        let mut server = Server::with(clock.setup(setup()));
        let file = server.data().join("dev-cert.pem");
        let made = fs::read(&file).expect("it was made");
        clock.set(0);
        until("it is made anew while the server runs", || fs::read(&file).is_ok_and(|now| now != made));
        let mut left = 0.0;
        until("the metric follows", || {
            left = metric(&server, "rapport_tls_certificate_expires_seconds");
            (300.0..400.0).contains(&(left / 86_400.0))
        });
        // And at a start.
        server.kill();
        clock.set(wrong);
        server.restart();
        server.kill();
        let made = fs::read(&file).expect("made");
        clock.set(0);
        server.restart();
        assert_ne!(fs::read(&file).expect("made"), made, "off by {wrong}");
    }
}

#[test]
fn a_configured_certificate_outside_its_dates_is_told_of_and_served_all_the_same() {
    let clock = Clock::off_by(0);
    let authority = Server::with(clock.setup(setup()));
    let [certificate, key] =
        ["dev-cert.pem", "dev-key.pem"].map(|name| authority.data().join(name).display().to_string());
    let server =
        Server::with(clock.setup(setup().setting("tls.certificate", &certificate).setting("tls.key", &key)));
    server.add_company("example", "example.com");
    server.add_user("example", "ann", "example.com");
    clock.set(2 * YEAR);
    until("the operator is told", || server.logged().contains("has ended or does not hold yet"));
    assert!(metric(&server, "rapport_tls_certificate_expires_seconds") < 0.0);
    let runtime = Runtime::new().expect("a runtime");
    let ann = runtime.block_on(async {
        tokio::time::timeout(Duration::from_secs(20), signed_in(&server, "ann", 1)).await
    });
    ann.expect("in time").expect("clients that look at no dates get in");
}
