//! Backups with the binary: made while a server runs, verified, and brought back whole, by company and by person.

use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use rapport_testkit::client::{Profile, bodies};
use rapport_testkit::clock::SystemClock;
use rapport_testkit::driver::Client;
use serde_json::Value;

use crate::support::{Directory, Server, rapport, text};

pub(crate) const PASSWORD: &str = "quinoa-Harbour-7142";

/// A directory with a server's data, a place for backups and a passphrase.
pub(crate) struct Scene {
    pub(crate) directory: Directory,
    pub(crate) backups: PathBuf,
    pub(crate) passphrase: PathBuf,
}

impl Scene {
    pub(crate) fn new() -> Self {
        let directory = Directory::new();
        let backups = directory.path().join("backups");
        std::fs::create_dir(&backups).expect("made");
        let passphrase = directory.write("passphrase", "four words and a number 7\n");
        std::fs::set_permissions(&passphrase, std::fs::Permissions::from_mode(0o600)).expect("changed");
        Self { directory, backups, passphrase }
    }

    pub(crate) fn data(&self) -> PathBuf {
        self.directory.path().join("data")
    }

    pub(crate) fn run(&self, arguments: &[&str]) -> Output {
        let data = self.data().display().to_string();
        rapport(&[arguments, &["--data", &data]].concat()).output().expect("it runs")
    }

    pub(crate) fn done(&self, arguments: &[&str]) -> Value {
        let output = self.run(&[arguments, &["--json"]].concat());
        assert!(output.status.success(), "{arguments:?}: {}", text(&output.stderr));
        serde_json::from_slice(&output.stdout).expect("one JSON object")
    }

    pub(crate) fn fails(&self, arguments: &[&str], code: i32) -> String {
        let output = self.run(arguments);
        assert_eq!(output.status.code(), Some(code), "{arguments:?}: {}", text(&output.stderr));
        text(&output.stderr)
    }

    pub(crate) fn backup(&self) -> PathBuf {
        let to = self.backups.display().to_string();
        let passphrase = self.passphrase.display().to_string();
        let made = self.done(&["backup", "--to", &to, "--passphrase-file", &passphrase]);
        PathBuf::from(made["backup"].as_str().expect("a path"))
    }

    /// Verifies a backup with the passphrase.
    pub(crate) fn verify(&self, backup: &Path, code: i32) -> String {
        let (backup, passphrase) = (backup.display().to_string(), self.passphrase.display().to_string());
        let output = self.run(&["verify", &backup, "--passphrase-file", &passphrase]);
        assert_eq!(output.status.code(), Some(code), "{}", text(&output.stderr));
        text(&output.stdout) + &text(&output.stderr)
    }
}

pub(crate) fn add_boats(server: &Server) {
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
    // Again and again within the same second: each time what was there is kept apart from what was there before.
    let mut kept = vec![aside.clone()];
    for _ in 0..4 {
        let restored = scene.done(&["restore", &backup, "--replace", "--without-key"]);
        kept.push(PathBuf::from(restored["movedAside"].as_str().expect("a path")));
    }
    assert!(kept.iter().all(|aside| aside.join("rapport.db").exists()), "{kept:?}");
    kept.sort();
    kept.dedup();
    assert_eq!(kept.len(), 5, "{kept:?}");
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

/// Runs a verb with `--json --progress`, and without; the object that it printed, and the steps that it told, each once.
fn progress(scene: &Scene, arguments: &[&str]) -> (Value, Vec<String>) {
    let output = scene.run(&[arguments, &["--json", "--progress"]].concat());
    let told = text(&output.stderr);
    assert_eq!(output.status.code(), Some(0), "{arguments:?}: {told}");
    let lines: Vec<Value> =
        told.lines().map(|line| serde_json::from_str(line).unwrap_or_else(|_| panic!("{line}"))).collect();
    assert_eq!(lines.last().expect("a line")["percent"], 100, "{arguments:?}: {told}");
    let mut steps: Vec<String> = Vec::new();
    let mut before = 0;
    for line in &lines {
        assert!(
            line["done"].as_u64().expect("a number") <= line["total"].as_u64().expect("a number"),
            "{line}"
        );
        let (step, percent) = (line["step"].as_str().unwrap_or_default(), line["percent"].as_u64());
        if steps.last().map(String::as_str) != Some(step) {
            steps.push(step.to_owned());
            before = 0;
        }
        assert!(percent.expect("a number") >= before, "{arguments:?}: {told}");
        before = percent.expect("a number");
    }
    (serde_json::from_slice(&output.stdout).expect("one JSON object"), steps)
}

#[test]
fn every_verb_tells_its_progress_in_lines_of_json_and_what_it_did_in_one_object() {
    let scene = Scene::new();
    let server = Server::start(&scene.directory);
    add_boats(&server);
    let file = scene.directory.path().join("told.tar").display().to_string();
    let passphrase = scene.passphrase.display().to_string();
    let (made, steps) = progress(&scene, &["backup", "--to", &file, "--passphrase-file", &passphrase]);
    assert_eq!((made["backup"].as_str(), steps.concat()), (Some(file.as_str()), String::new()));
    let (verified, _) = progress(&scene, &["verify", &file, "--passphrase-file", &passphrase]);
    assert_eq!((&verified["people"], &verified["keyOpened"]), (&2.into(), &true.into()));
    assert_eq!(verified["manifest"]["tables"]["people"], 2);

    let company = ["restore", &file, "--tenant", "boats", "--yes"];
    let person = ["restore", &file, "--user", "kim@boats.example"];
    let both = |scene: &Scene| {
        let (done, steps) = progress(scene, &company);
        assert_eq!((&done["people"], &done["gone"]), (&2.into(), &0.into()));
        assert_eq!(steps, ["unpacking", "checking", "applying"]);
        let (done, steps) = progress(scene, &person);
        assert_eq!(done["contacts"], 0);
        assert_eq!(steps, ["unpacking", "checking", "applying"]);
    };
    both(&scene);
    server.stop();
    both(&scene);
    let whole = ["restore", &file, "--replace", "--passphrase-file", &passphrase];
    assert_eq!(progress(&scene, &whole).0["keyRestored"], true);

    // Whoever doesn't ask for it, and reads it at no terminal, is told nothing.
    let other = scene.directory.path().join("b.tar").display().to_string();
    for quiet in [&["backup", "--without-key", "--to", &other][..], &["verify", &file], &company, &person] {
        let output = scene.run(quiet);
        assert!(output.status.success() && output.stderr.is_empty(), "{quiet:?}: {}", text(&output.stderr));
    }
}

#[test]
fn every_verb_says_by_its_code_why_it_did_nothing() {
    let scene = Scene::new();
    let server = Server::start(&scene.directory);
    add_boats(&server);
    let file = scene.backup();
    let bad = scene.directory.path().join("bad.tar");
    let whole = std::fs::read(&file).expect("read");
    std::fs::write(&bad, &whole[..whole.len() / 2]).expect("written");
    let (file, bad) = (file.display().to_string(), bad.display().to_string());
    let company = |from, name| ["restore", from, "--tenant", name, "--yes", "--json", "--progress"];
    let person = |from, who| ["restore", from, "--user", who, "--json", "--progress"];
    let nowhere = scene.directory.path().join("no.sock").display().to_string();
    let refused = |scene: &Scene| {
        scene.fails(&company(&bad, "boats"), 5);
        scene.fails(&person(&bad, "kim@boats.example"), 5);
        scene.fails(&company(&file, "planes"), 4);
        scene.fails(&person(&file, "nobody@boats.example"), 4);
        scene.fails(&person(&file, "kim"), 2);
        scene.fails(&company("/nowhere/b.tar", "boats"), 1);
        scene.fails(&[&company(&file, "boats")[..], &["--socket", &nowhere]].concat(), 3);
    };
    scene.fails(&["backup", "--without-key", "--to", &file], 1);
    scene.fails(&["backup", "--to", "/nowhere/b.tar"], 2);
    scene.fails(&["verify", &bad, "--json", "--progress"], 5);
    scene.fails(&["verify", "/nowhere/b.tar"], 1);
    refused(&scene);
    let people = server.json(&["user", "list", "boats"], "");
    assert_eq!(people["users"].as_array().map(Vec::len), Some(2), "nothing was done");
    let log = server.stop();
    let noted = log.lines().filter(|line| line.contains("management") && line.contains("restore"));
    let noted: Vec<&str> = noted.collect();
    for status in ["422", "404"] {
        assert!(noted.iter().any(|line| line.contains(status)), "{status} is not noted: {noted:?}");
    }
    refused(&scene);
    scene.fails(&["restore", &bad, "--replace", "--without-key"], 5);
    scene.fails(&["restore", &file, "--without-key"], 1);
    scene.fails(&["restore", &file, "--replace"], 2);
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

/// Signs Kim in over plain TCP.
async fn sign_in_kim(address: std::net::SocketAddr, seed: u64) -> Client {
    let profile = Profile::new("kim@boats.example", PASSWORD, seed).at(SystemClock.wall_time());
    let mut kim = Client::tcp(address, profile).await.expect("connected");
    kim.sign_in().await.expect("signed in");
    kim
}

#[test]
fn as_of_a_moment_the_newest_backup_of_then_or_before_is_brought_back() {
    let scene = Scene::new();
    let server = Server::start(&scene.directory);
    add_boats(&server);
    let address = server.address("SIP over plain TCP");
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    // On the first day Lee is on Kim's list, on the second no more.
    let day = |n: u32| {
        let file = scene.backups.join(format!("rapport-2026010{n}T120000Z.tar")).display().to_string();
        scene.done(&["backup", "--without-key", "--to", &file]);
    };
    let mut kim = runtime.block_on(async {
        let mut kim = sign_in_kim(address, 1).await;
        let [contacts, ..] = kim.first_subscriptions().await.expect("subscribed");
        let delta = bodies::delta_num(&contacts.body).expect("a number");
        let request = kim.change_contacts(bodies::set_contact("lee@boats.example", "Lee", "1", delta));
        kim.success(request).await.expect("added");
        (kim, delta + 1)
    });
    day(1);
    runtime.block_on(async {
        let request = kim.0.change_contacts(bodies::delete_contact("lee@boats.example", kim.1));
        kim.0.success(request).await.expect("deleted");
    });
    day(2);
    let has_lee = |seed| {
        runtime.block_on(async {
            let mut kim = sign_in_kim(address, seed).await;
            let [contacts, ..] = kim.first_subscriptions().await.expect("subscribed");
            text(&contacts.body).contains("lee@boats.example")
        })
    };
    assert!(!has_lee(2));
    let directory = scene.backups.display().to_string();
    let restore = ["restore", &directory, "--user", "kim@boats.example"];
    let moments = [
        ("2026-01-01T12:00:00Z", true),
        ("2026-01-02T12:00:00Z", false),
        ("2026-01-02T11:59:59Z", true),
        ("2026-01-03T00:00:00Z", false),
    ];
    for (seed, (moment, there)) in (3..).zip(moments) {
        let done = scene.done(&[&restore[..], &["--as-of", moment]].concat());
        assert_eq!((&done["contacts"], has_lee(seed)), (&u32::from(there).into(), there), "{moment}");
    }
    let said = scene.fails(&[&restore[..], &["--as-of", "2026-01-01T11:59:59Z"]].concat(), 1);
    assert!(said.contains("the oldest is of 2026-01-01T12:00:00Z"), "{said}");
    assert!(scene.fails(&[&restore[..], &["--as-of", "yesterday"]].concat(), 2).contains("no moment"));
    scene.done(&[&restore[..], &["--as-of", "2026-01-01T12:00:00Z"]].concat());
    scene.done(&restore);
    assert!(!has_lee(9), "the newest one, where no moment is named");
    server.stop();
}
