//! Backups that a running server makes by the clock.

use std::path::Path;
use std::process::Command;

use crate::backup::Scene;
use crate::life::get;
use crate::support::{Server, rapport};

/// A server that makes backups as the environment says.
fn serve(scene: &Scene, directory: &Path, more: &[(&str, &str)]) -> Server {
    let data = scene.data();
    let mut command = rapport(&["serve", "--data", &data.display().to_string()]);
    command.env("RAPPORT_LISTEN_TLS", "127.0.0.1:0").env("RAPPORT_LISTEN_HTTPS", "");
    command.env("RAPPORT_LISTEN_METRICS", "127.0.0.1:0").env("RAPPORT_BACKUP_DIRECTORY", directory);
    command.envs(more.iter().copied());
    Server::run(command, data)
}

/// The names in the backup directory, in order.
fn names(scene: &Scene) -> Vec<String> {
    let entries = std::fs::read_dir(&scene.backups).expect("there");
    let mut names: Vec<String> =
        entries.map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    names
}

/// A figure of the metrics page; none when it isn't there.
fn figure(server: &Server, name: &str) -> Option<f64> {
    let page = get(server.address("metrics"), "/metrics");
    let line = page.lines().find(|line| line.split(['{', ' ']).next() == Some(name))?;
    Some(line.split(' ').next_back()?.trim().parse().expect("a number"))
}

/// The name of a backup of so many seconds ago.
fn name_of(ago: u32) -> String {
    let when = format!("{ago} seconds ago");
    let asked = Command::new("date").args(["-u", "-d", &when, "+rapport-%Y%m%dT%H%M%SZ.tar"]).output();
    let said = asked.expect("date is there").stdout;
    String::from_utf8(said).expect("text").trim().to_owned()
}

#[test]
fn a_running_server_makes_verifies_and_keeps_backups_by_itself_and_tells_their_age() {
    let scene = Scene::new();
    // Two of long ago, of which one goes.
    for old in ["rapport-20200101T000000Z.tar", "rapport-20200102T000000Z.tar"] {
        std::fs::write(scene.backups.join(old), "").expect("written");
    }
    let passphrase = scene.passphrase.display().to_string();
    let more = [("RAPPORT_BACKUP_KEEP", "2"), ("RAPPORT_BACKUP_PASSPHRASE_FILE", passphrase.as_str())];
    let mut server = serve(&scene, &scene.backups, &more);
    server.wait_for("there is no good backup; the next is due in 0ns");
    server.wait_for("a backup was made and verified");
    let names = names(&scene);
    assert_eq!((names.len(), names[0].as_str()), (2, "rapport-20200102T000000Z.tar"), "{names:?}");
    scene.verify(&scene.backups.join(&names[1]), 0);
    let at = figure(&server, "rapport_backup_last_success_timestamp_seconds").expect("told");
    assert!(at > 1.7e9, "{at}");
    let age = figure(&server, "rapport_backup_age_seconds").expect("told");
    assert!((0.0..120.0).contains(&age), "{age}");
    assert!(figure(&server, "rapport_backup_size_bytes").expect("told") > 10_000.0);
    assert!(figure(&server, "rapport_backup_duration_seconds").expect("told") > 0.0);
    server.stop();
}

#[test]
fn after_a_restart_the_age_is_that_of_the_newest_backup_that_is_whole() {
    let scene = Scene::new();
    serve(&scene, Path::new("/nowhere"), &[]).stop();
    let file = |ago| scene.backups.join(name_of(ago));
    let (hour, minute) = (file(3600), file(60));
    scene.done(&["backup", "--without-key", "--to", &hour.display().to_string()]);
    // A later one that was cut off behind its manifest counts for nothing.
    let whole = std::fs::read(&hour).expect("read");
    std::fs::write(&minute, &whole[..whole.len() / 2]).expect("written");
    let mut server = serve(&scene, &scene.backups, &[("RAPPORT_BACKUP_EVERY", "24h")]);
    server.wait_for("the newest backup is of ");
    let age = figure(&server, "rapport_backup_age_seconds").expect("told");
    assert!((3600.0..3900.0).contains(&age), "{age}");
    server.stop();

    // Nor does what a kill left behind before it was verified; the next one is made at once.
    std::fs::remove_file(&minute).expect("removed");
    let left = scene.backups.join(".rapport-scratch-999999999-0");
    std::fs::create_dir(&left).expect("made");
    std::fs::rename(&hour, left.join(name_of(30))).expect("moved");
    let mut server = serve(&scene, &scene.backups, &[("RAPPORT_BACKUP_EVERY", "24h")]);
    server.wait_for("there is no good backup");
    server.wait_for("a backup was made and verified");
    assert_eq!(names(&scene).len(), 1, "what was left is gone: {:?}", names(&scene));
    server.stop();
}

#[test]
fn a_backup_that_fails_is_logged_counted_and_tried_again() {
    let scene = Scene::new();
    let mut server = serve(&scene, Path::new("/nowhere"), &[("RAPPORT_BACKUP_EVERY", "1s")]);
    server.wait_for("no backup was made; it is tried again in 1s: /nowhere");
    server.wait_for("no backup was made; it is tried again in 1s: /nowhere");
    assert!(figure(&server, "rapport_backup_failures_total").expect("counted") >= 1.0);
    for name in ["rapport_backup_last_success_timestamp_seconds", "rapport_backup_age_seconds"] {
        assert_eq!(figure(&server, name), None, "{name}");
    }
    server.stop();
}
