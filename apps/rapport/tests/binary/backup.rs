//! Backups with the binary: made while a server runs, verified, and brought back whole, by company and by person.

use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::Value;

use crate::support::{Directory, Server, rapport, text};

const PASSWORD: &str = "quinoa-Harbour-7142";

/// A directory with a server's data, a place for backups and a passphrase.
struct Scene {
    directory: Directory,
    backups: PathBuf,
    passphrase: PathBuf,
}

impl Scene {
    fn new() -> Self {
        let directory = Directory::new();
        let backups = directory.path().join("backups");
        std::fs::create_dir(&backups).expect("made");
        let passphrase = directory.write("passphrase", "four words and a number 7\n");
        std::fs::set_permissions(&passphrase, std::fs::Permissions::from_mode(0o600)).expect("changed");
        Self { directory, backups, passphrase }
    }

    fn data(&self) -> PathBuf {
        self.directory.path().join("data")
    }

    fn run(&self, arguments: &[&str]) -> Output {
        let data = self.data().display().to_string();
        rapport(&[arguments, &["--data", &data]].concat()).output().expect("it runs")
    }

    fn done(&self, arguments: &[&str]) -> Value {
        let output = self.run(&[arguments, &["--json"]].concat());
        assert!(output.status.success(), "{arguments:?}: {}", text(&output.stderr));
        serde_json::from_slice(&output.stdout).expect("one JSON object")
    }

    fn fails(&self, arguments: &[&str], code: i32) -> String {
        let output = self.run(arguments);
        assert_eq!(output.status.code(), Some(code), "{arguments:?}: {}", text(&output.stderr));
        text(&output.stderr)
    }

    fn backup(&self) -> PathBuf {
        let to = self.backups.display().to_string();
        let passphrase = self.passphrase.display().to_string();
        let made = self.done(&["backup", "--to", &to, "--passphrase-file", &passphrase]);
        PathBuf::from(made["backup"].as_str().expect("a path"))
    }

    /// Verifies a backup with the passphrase.
    fn verify(&self, backup: &Path, code: i32) -> String {
        let (backup, passphrase) = (backup.display().to_string(), self.passphrase.display().to_string());
        let output = self.run(&["verify", &backup, "--passphrase-file", &passphrase]);
        assert_eq!(output.status.code(), Some(code), "{}", text(&output.stderr));
        text(&output.stdout) + &text(&output.stderr)
    }
}

fn add_boats(server: &Server) {
    server.done(&["tenant", "add", "boats", "--domain", "boats.example", "--account-passwords"], "");
    for who in ["kim@boats.example", "lee@boats.example"] {
        server.done(&["user", "add", "boats", who, "--password-stdin"], &format!("{PASSWORD}\n"));
    }
    server.done(&["user", "app-password", "add", "boats", "kim", "--name", "laptop"], "");
}

#[test]
fn a_backup_is_made_beside_a_running_server_verified_and_restored_into_an_empty_place() {
    let scene = Scene::new();
    let server = Server::start(&scene.directory);
    add_boats(&server);
    let backup = scene.backup();
    assert_eq!(std::fs::metadata(&backup).expect("there").permissions().mode() & 0o777, 0o600);
    assert_eq!(std::fs::read_dir(&scene.backups).expect("there").count(), 1, "nothing is left beside it");
    let listed = Command::new("tar").arg("-tf").arg(&backup).output().expect("tar is there");
    assert_eq!(text(&listed.stdout), "manifest.json\nservice.key.sealed\nrapport.db\n");
    let said = scene.verify(&backup, 0);
    assert!(said.contains("1 companies, 2 people; 2 people were read back"), "{said}");
    assert!(said.contains("The service key opens every hash in it."), "{said}");
    server.stop();

    // The machine is lost; only the backup and the passphrase are left.
    let key = std::fs::read(scene.data().join("service.key")).expect("read");
    std::fs::remove_dir_all(scene.data()).expect("removed");
    let (file, passphrase) = (backup.display().to_string(), scene.passphrase.display().to_string());
    let restored = scene.done(&["restore", &file, "--passphrase-file", &passphrase]);
    assert_eq!((&restored["movedAside"], &restored["keyRestored"]), (&Value::Null, &Value::Bool(true)));
    for name in ["rapport.db", "service.key"] {
        let mode = std::fs::metadata(scene.data().join(name)).expect("there").permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{name}");
    }
    assert_eq!(std::fs::read(scene.data().join("service.key")).expect("read"), key);
    let server = Server::start(&scene.directory);
    assert_eq!(server.json(&["user", "show", "boats", "kim"], "")["address"], "kim@boats.example");
    let devices = server.json(&["user", "app-password", "list", "boats", "kim"], "");
    assert_eq!(devices["appPasswords"][0]["label"], "laptop");
    server.stop();
}

#[test]
fn what_is_in_the_data_directory_is_kept_and_no_running_server_is_overwritten() {
    let scene = Scene::new();
    let server = Server::start(&scene.directory);
    add_boats(&server);
    let backup = scene.backup().display().to_string();
    server.done(&["user", "add", "boats", "new@boats.example", "--no-password"], "");
    let said = scene.fails(&["restore", &backup, "--replace", "--without-key"], 1);
    assert!(said.contains("another server uses the data directory"), "{said}");
    server.signal("-KILL");
    drop(server);
    let said = scene.fails(&["restore", &backup, "--without-key"], 1);
    assert!(
        said.contains("has rapport.db and service.key already; with --replace it is moved aside"),
        "{said}"
    );
    let restored = scene.done(&["restore", &backup, "--replace", "--without-key"]);
    let aside = PathBuf::from(restored["movedAside"].as_str().expect("a path"));
    assert!(aside.starts_with(scene.data()) && aside.join("rapport.db").exists(), "{}", aside.display());
    assert!(!scene.data().join("rapport.db-wal").exists(), "the log of another database must not stay");
    let server = Server::start(&scene.directory);
    let people = server.json(&["user", "list", "boats"], "");
    assert_eq!(people["users"].as_array().map(Vec::len), Some(2));
    server.stop();
    // What was put aside is whole: its log, which a killed server had not folded in, is beside it.
    let old = scene.directory.path().join("old");
    std::fs::rename(&aside, &old).expect("moved");
    std::fs::copy(scene.data().join("service.key"), old.join("service.key")).expect("copied");
    // Two backups of one second would have one name in a directory.
    let to = old.join("aside.tar").display().to_string();
    let made =
        rapport(&["backup", "--without-key", "--json", "--to", &to, "--data", &old.display().to_string()]);
    let output = { made }.output().expect("it runs");
    let made: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    assert_eq!(made["manifest"]["tables"]["people"], 3, "{}", text(&output.stderr));
}

#[test]
fn what_root_restores_is_the_data_directorys_owners() {
    use std::os::unix::fs::{MetadataExt as _, chown};
    let scene = Scene::new();
    Server::start(&scene.directory).stop();
    let backup = scene.backup();
    // Only root can give it away; for anybody else the owner is the one that it has.
    let nobody = 65_534;
    if chown(scene.data(), Some(nobody), Some(nobody)).is_ok() {
        assert_eq!(std::fs::metadata(scene.data()).expect("there").uid(), nobody);
    }
    let owner = std::fs::metadata(scene.data()).expect("there").uid();
    let (file, passphrase) = (backup.display().to_string(), scene.passphrase.display().to_string());
    let restored = scene.done(&["restore", &file, "--replace", "--passphrase-file", &passphrase]);
    let aside = restored["movedAside"].as_str().expect("a path");
    for name in ["rapport.db", "service.key", "rapport.lock", aside, &format!("{aside}/rapport.db")] {
        let found = std::fs::metadata(scene.data().join(name)).expect("there").uid();
        assert_eq!(found, owner, "{name}");
    }
}

#[test]
fn a_backup_that_was_changed_or_cut_off_is_named_and_nothing_is_restored_from_it() {
    let scene = Scene::new();
    let server = Server::start(&scene.directory);
    add_boats(&server);
    let backup = scene.backup();
    server.stop();
    let whole = std::fs::read(&backup).expect("read");
    let bad = scene.directory.path().join("bad.tar");
    let check = |octets: &[u8], want: &str| {
        std::fs::write(&bad, octets).expect("written");
        let said = scene.verify(&bad, 5);
        assert!(said.contains("bad.tar") && said.contains(want), "{want}: {said}");
        let before = std::fs::read(scene.data().join("rapport.db")).expect("read");
        scene.fails(&["restore", &bad.display().to_string(), "--replace", "--without-key"], 5);
        assert_eq!(std::fs::read(scene.data().join("rapport.db")).expect("read"), before);
    };
    let mut changed = whole.clone();
    let middle = changed.len() / 2;
    changed[middle] ^= 1;
    check(&changed, "rapport.db is damaged: it has the SHA-256");
    check(&whole[..whole.len() / 2], "");
    check(&[], "it is empty");
    check(&vec![b'x'; 4096], "it can't be read as a backup");
    let manifest = text(&whole).find("\"people\": 2").expect("the manifest counts people");
    let mut lies = whole.clone();
    lies[manifest + "\"people\": ".len()] = b'3';
    std::fs::write(&bad, &lies).expect("written");
    let said = scene.verify(&bad, 5);
    assert!(said.contains("the table people has 2 rows, and 3 by the manifest"), "{said}");
    let format = text(&whole).find("\"format\": 1").expect("a form");
    lies = whole.clone();
    lies[format + "\"format\": ".len()] = b'9';
    check(&lies, "it has the form 9, and this version knows 1");
    // Another passphrase is no fault of the backup, but nobody could restore the key with it.
    std::fs::write(&scene.passphrase, "four words and a number 8\n").expect("written");
    assert!(scene.verify(&backup, 5).contains("the passphrase is wrong"));
}

#[test]
fn the_passphrase_comes_from_a_file_of_ones_own_and_never_from_the_command_line() {
    let scene = Scene::new();
    let server = Server::start(&scene.directory);
    server.stop();
    let to = scene.backups.display().to_string();
    let said = scene.fails(&["backup", "--to", &to], 2);
    assert!(said.contains("--passphrase-file") && said.contains("--without-key"), "{said}");
    assert!(scene.fails(&["backup", "--without-key"], 2).contains("--to"));
    let data = scene.data().display().to_string();
    let named = scene.backups.join("named.tar").display().to_string();
    let mut by_environment = rapport(&["backup", "--to", &named, "--json", "--data", &data]);
    let output =
        by_environment.env("RAPPORT_BACKUP_PASSPHRASE_FILE", &scene.passphrase).output().expect("it runs");
    let made: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    assert_eq!(made["manifest"]["key"], true);
    std::fs::set_permissions(&scene.passphrase, std::fs::Permissions::from_mode(0o640)).expect("changed");
    let file = scene.passphrase.display().to_string();
    let said = scene.fails(&["backup", "--to", &to, "--passphrase-file", &file], 1);
    assert!(said.contains("mode 0640") && said.contains("chmod 600"), "{said}");
    let short = scene.directory.write("short", "short\n");
    std::fs::set_permissions(&short, std::fs::Permissions::from_mode(0o600)).expect("changed");
    let said = scene.fails(&["backup", "--to", &to, "--passphrase-file", &short.display().to_string()], 1);
    assert!(said.contains("at least 12 characters"), "{said}");
}

#[test]
fn a_disk_that_takes_no_more_leaves_no_half_backup() {
    let scene = Scene::new();
    let server = Server::start(&scene.directory);
    add_boats(&server);
    // What a file may have stands for a full disk: the write fails half-way.
    let script = format!(
        "trap '' XFSZ; ulimit -f 40; exec {} backup --without-key --to {} --data {}",
        env!("CARGO_BIN_EXE_rapport"),
        scene.backups.display(),
        scene.data().display()
    );
    let output = Command::new("sh").args(["-c", &script]).output().expect("it runs");
    assert_eq!(output.status.code(), Some(1), "{}", text(&output.stderr));
    assert!(text(&output.stderr).contains("backups/"), "{}", text(&output.stderr));
    assert_eq!(std::fs::read_dir(&scene.backups).expect("there").count(), 0);
    server.done(&["user", "show", "boats", "kim"], "");
}

#[test]
fn progress_is_told_in_lines_of_json_when_it_is_asked_for() {
    let scene = Scene::new();
    Server::start(&scene.directory).stop();
    let to = scene.backups.display().to_string();
    let output = scene.run(&["backup", "--without-key", "--to", &to, "--json", "--progress"]);
    let lines: Vec<Value> =
        text(&output.stderr).lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    assert_eq!(lines.last().expect("a line")["percent"], 100);
    assert!(lines.iter().all(|line| line["done"].as_u64() <= line["total"].as_u64()), "{lines:?}");
    let output = scene.run(&[
        "backup",
        "--without-key",
        "--to",
        &scene.directory.path().join("b.tar").display().to_string(),
    ]);
    assert!(output.status.success() && output.stderr.is_empty(), "{}", text(&output.stderr));
}

#[test]
fn a_company_and_a_persons_lists_come_back_through_a_running_server_and_without_one() {
    let scene = Scene::new();
    let server = Server::start(&scene.directory);
    add_boats(&server);
    server.done(&["tenant", "add", "cars", "--domain", "cars.example"], "");
    let backup = scene.backup().display().to_string();
    server.done(&["user", "remove", "boats", "lee", "--yes"], "");
    server.done(&["user", "add", "boats", "new@boats.example", "--no-password"], "");
    server.done(&["user", "add", "cars", "max@cars.example", "--no-password"], "");
    let people = |server: &Server, company: &str| -> Vec<String> {
        let listed = server.json(&["user", "list", company], "");
        let users = listed["users"].as_array().expect("a list");
        users.iter().map(|user| user["address"].as_str().expect("an address").to_owned()).collect()
    };
    assert!(scene.fails(&["restore", &backup, "--tenant", "boats"], 1).contains("say --yes"));
    let done = scene.done(&["restore", &backup, "--tenant", "boats", "--yes"]);
    assert_eq!((&done["people"], &done["gone"]), (&2.into(), &1.into()));
    assert_eq!(people(&server, "boats"), ["kim@boats.example", "lee@boats.example"]);
    assert_eq!(people(&server, "cars"), ["max@cars.example"], "the other company goes on");
    let said = scene.fails(&["restore", &backup, "--tenant", "planes", "--yes"], 4);
    assert!(said.contains("there is no such"), "{said}");
    let done = scene.done(&["restore", &backup, "--user", "kim@boats.example"]);
    assert_eq!(done["contacts"], 0);
    server.done(&["tenant", "remove", "boats", "--yes"], "");
    server.stop();
    // Nobody runs: the same is done here.
    let done = scene.done(&["restore", &backup, "--tenant", "boats", "--yes"]);
    assert_eq!(done["people"], 2);
    let directory = scene.backups.display().to_string();
    let said = scene
        .fails(&["restore", &directory, "--user", "kim@boats.example", "--as-of", "2020-01-01T00:00:00Z"], 1);
    assert!(said.contains("has no backup from 2020-01-01T00:00:00Z or before"), "{said}");
    scene.done(&["restore", &directory, "--user", "kim@boats.example", "--as-of", "2100-01-01T00:00:00Z"]);
    let server = Server::start(&scene.directory);
    assert_eq!(people(&server, "boats"), ["kim@boats.example", "lee@boats.example"]);
    assert_eq!(people(&server, "cars"), ["max@cars.example"]);
    server.stop();
}

#[test]
fn a_running_server_makes_verifies_and_keeps_backups_by_itself_and_tells_their_age() {
    let scene = Scene::new();
    // Two of long ago, of which one goes.
    for old in ["rapport-20200101T000000Z.tar", "rapport-20200102T000000Z.tar"] {
        std::fs::write(scene.backups.join(old), "").expect("written");
    }
    let data = scene.data();
    let mut command = rapport(&["serve", "--data", &data.display().to_string()]);
    for (name, value) in [
        ("RAPPORT_LISTEN_TLS", "127.0.0.1:0"),
        ("RAPPORT_LISTEN_HTTPS", ""),
        ("RAPPORT_LISTEN_METRICS", "127.0.0.1:0"),
        ("RAPPORT_BACKUP_DIRECTORY", &scene.backups.display().to_string()),
        ("RAPPORT_BACKUP_KEEP", "2"),
        ("RAPPORT_BACKUP_PASSPHRASE_FILE", &scene.passphrase.display().to_string()),
    ] {
        command.env(name, value);
    }
    let mut server = Server::run(command, data);
    server.wait_for("a backup was made and verified");
    let mut names: Vec<String> = std::fs::read_dir(&scene.backups)
        .expect("there")
        .map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned())
        .collect();
    names.sort();
    assert_eq!((names.len(), names[0].as_str()), (2, "rapport-20200102T000000Z.tar"), "{names:?}");
    scene.verify(&scene.backups.join(&names[1]), 0);
    let metrics = crate::life::get(server.address("metrics"), "/metrics");
    for name in [
        "rapport_backup_last_success_timestamp_seconds 1",
        "rapport_backup_size_bytes 1",
        "rapport_backup_duration_seconds ",
    ] {
        assert!(metrics.contains(name), "{name} is not in: {metrics}");
    }
    server.stop();
}

#[test]
fn a_backup_that_fails_is_logged_counted_and_tried_again() {
    let scene = Scene::new();
    let data = scene.data();
    let mut command = rapport(&["serve", "--data", &data.display().to_string()]);
    for (name, value) in [
        ("RAPPORT_LISTEN_TLS", "127.0.0.1:0"),
        ("RAPPORT_LISTEN_HTTPS", ""),
        ("RAPPORT_LISTEN_METRICS", "127.0.0.1:0"),
        ("RAPPORT_BACKUP_DIRECTORY", "/nowhere"),
        ("RAPPORT_BACKUP_EVERY", "1s"),
    ] {
        command.env(name, value);
    }
    let mut server = Server::run(command, data);
    server.wait_for("no backup was made; it is tried again in 1s: /nowhere");
    server.wait_for("no backup was made; it is tried again in 1s: /nowhere");
    let metrics = crate::life::get(server.address("metrics"), "/metrics");
    assert!(metrics.contains("rapport_backup_failures_total"), "{metrics}");
    assert!(!metrics.contains("rapport_backup_last_success_timestamp_seconds "), "{metrics}");
    server.stop();
}
