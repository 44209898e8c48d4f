//! A database that is damaged is named at the start and never served; one that can't be read while the server runs lets
//! nobody through.

use std::fs;
use std::os::unix::fs::FileExt as _;

use rapport_power::kept::Change;
use rapport_power::observe::metric;
use rapport_power::person::{Busy, read};
use rapport_power::{setup, signed_in};
use rapport_testkit::client::Invitations;
use rapport_testkit::driver::DriverError;
use real_clients::Server;
use tokio::runtime::Runtime;

fn with_people(names: &[&str]) -> Server {
    let server = Server::with(setup());
    server.add_company("example", "example.com");
    for name in names {
        server.add_user("example", name, "example.com");
    }
    server
}

#[test]
fn a_letter_that_is_another_is_found_at_the_start_and_a_backup_puts_it_right() {
    let mut server = with_people(&["ann"]);
    server.stop();
    let file = server.data().join("rapport.db");
    assert!(server.data().join("rapport.db-sum").exists(), "a server that ends in good order leaves the sum");
    let sound = fs::read(&file).expect("the database");
    let place = sound.windows(11).position(|text| text == b"Ann Example").expect("her name");
    fs::OpenOptions::new()
        .write(true)
        .open(&file)
        .expect("opened")
        .write_all_at(b"E", place as u64)
        .expect("written");
    let said = server.try_restart().expect_err("it is not served");
    assert!(said.contains("rapport.db is damaged") && said.contains("restore it from the backup"), "{said}");
    let backup = server.data().join("from-backup");
    fs::write(&backup, sound).expect("written");
    fs::rename(&backup, &file).expect("moved");
    server.restart();
    let shown = server.manage(&["user", "show", "example", "ann@example.com"], "");
    assert!(shown.to_string().contains("Ann Example"), "{shown}");
}

#[test]
fn a_database_that_can_not_be_read_lets_nobody_in_and_nothing_past_a_block() {
    let mut server = with_people(&["ann", "ben", "cay"]);
    let runtime = Runtime::new().expect("a runtime");
    runtime.block_on(async {
        let mut ann = signed_in(&server, "ann", 1).await.expect("ann");
        let mut busy = Busy::new(1);
        (busy.kept, busy.versions) = read(&mut ann).await.expect("read");
        let block = Change::Member(32_000, "ben@example.com".to_owned());
        busy.make(&mut ann, block).await.expect("ben is blocked");
    });
    // Everything is in the file, and the server remembers nothing of it.
    server.stop();
    server.restart();
    runtime.block_on(async {
        let mut ann = signed_in(&server, "ann", 1).await.expect("ann");
        ann.profile_mut().invitations = Invitations::Accept;
        let mut ben = signed_in(&server, "ben", 2).await.expect("ben");
        let file = server.data().join("rapport.db");
        let length = fs::metadata(&file).expect("the database").len();
        let open = fs::OpenOptions::new().write(true).open(&file).expect("opened");
        let noise = vec![0xa5; usize::try_from(length - 4096).expect("small")];
        open.write_all_at(&noise, 4096).expect("damaged while it is in use");

        // A change makes those who read forget the pages that they know; whether it can still be made doesn't matter.
        let _ = server.try_manage(&["tenant", "add", "other", "--domain", "other.example"], "");
        let refused = signed_in(&server, "cay", 3).await.err().expect("nobody gets in");
        assert!(matches!(refused, DriverError::Refused { status: 500..=599, .. }), "{refused}");
        let (invite, _) = ben.invite("ann@example.com");
        let answer = ben.answer(invite).await.expect("an answer");
        assert!(!answer.status.is_success(), "{}", answer.status.as_u16());
        let came =
            ann.has_not_come(|event| event.as_request().is_some_and(|r| r.method.as_str() == "INVITE")).await;
        assert!(came.expect("ann is still served"), "what a block might have held back must not come");
        let contacts = ben.subscribe_contacts();
        let answer = ben.answer(contacts).await.expect("an answer");
        // An empty list would make clients forget their contacts.
        assert!(answer.status.as_u16() >= 500, "{} {:?}", answer.status.as_u16(), answer.body);
    });
    assert!(server.try_manage(&["user", "show", "example", "cay@example.com"], "").is_err());
    assert!(metric(&server, "rapport_store_damaged_rows_total") >= 1.0);
    assert!(metric(&server, "rapport_connection_panics_total") < 0.5);
    server.kill();
    let said = server.try_restart().expect_err("it is not served again");
    assert!(
        said.contains("rapport.db") && (said.contains("damaged") || said.contains("not a Rapport database")),
        "{said}"
    );
}
