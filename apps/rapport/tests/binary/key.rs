//! The service key from outside: replaced while people are signed in, after a crash, and under older backups.

use std::fs;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};

use rapport_model::Timestamp;
use rapport_secrets::KeyFile;
use rapport_testkit::client::Profile;
use rapport_testkit::clock::SystemClock;
use rapport_testkit::driver::Client;
use serde_json::Value;

use crate::backup::{PASSWORD, Scene, add_boats};
use crate::support::{Server, text};

/// The keys in the key file, in hexadecimal digits, the newest first.
fn keys(data: &Path) -> Vec<String> {
    let file = fs::read_to_string(data.join("service.key")).expect("the key file");
    let lines = file.lines().filter(|line| !line.starts_with('#'));
    lines.map(|line| line.split(' ').nth(1).expect("a key").to_owned()).collect()
}

/// Number, hashes and hashes that aren't opened of each key.
fn shown(server: &Server) -> Vec<[u64; 3]> {
    let shown = server.json(&["key", "show"], "");
    let keys = shown["keys"].as_array().expect("keys");
    keys.iter()
        .map(|key| ["number", "hashes", "unopened"].map(|field| key[field].as_u64().expect("a figure")))
        .collect()
}

/// Replaces the key and waits until the old one is gone.
fn rotate(server: &mut Server, old: u32) -> Value {
    let said = server.json(&["key", "rotate"], "");
    server.wait_for(&format!("service key {old} was taken away"));
    said
}

async fn sign_in(address: SocketAddr, who: &str, password: &str, seed: u64) -> Client {
    let profile = Profile::new(who, password, seed).at(SystemClock.wall_time());
    let mut client = Client::tcp(address, profile).await.expect("connected");
    client.sign_in().await.unwrap_or_else(|error| panic!("{who} with {password}: {error}"));
    client
}

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Runtime::new().expect("a runtime")
}

/// Every octet that the data directory holds.
fn contents(data: &Path) -> Vec<u8> {
    let entries = fs::read_dir(data).expect("the directory").map(|entry| entry.expect("an entry").path());
    entries.filter(|path| path.is_file()).flat_map(|path| fs::read(path).expect("read")).collect()
}

fn octets(key: &str) -> Vec<u8> {
    let digits = key.as_bytes().chunks(2).map(|pair| std::str::from_utf8(pair).expect("digits"));
    digits.map(|pair| u8::from_str_radix(pair, 16).expect("digits")).collect()
}

#[test]
fn the_service_key_is_replaced_while_people_are_signed_in_and_it_is_told_nowhere() {
    let scene = Scene::new();
    let mut server = Server::start(&scene.directory);
    add_boats(&server);
    let phone = server.json(&["user", "app-password", "add", "boats", "kim", "--name", "phone"], "");
    let phone = phone["password"].as_str().expect("shown once").to_owned();
    server.done(&["user", "password", "boats", "lee", "--password-stdin"], "other-Harbour-7142\n");
    server.done(&["user", "add", "boats", "ana@boats.example", "--password-stdin"], &format!("{PASSWORD}\n"));
    server.done(&["user", "delete", "boats", "ana", "--yes"], "");
    // Kim's, two of devices, Lee's with the one before, and that of Ana, who can come back.
    assert_eq!(shown(&server), [[1, 6, 0]]);
    let address = server.address("SIP over plain TCP");
    let runtime = runtime();
    let mut desk = runtime.block_on(sign_in(address, "kim@boats.example", PASSWORD, 1));

    let [old] = keys(&scene.data()).try_into().expect("one key");
    let said = rotate(&mut server, 1);
    assert_eq!(said, serde_json::json!({ "number": 2 }));
    let page = server.done(&["key", "show"], "");
    assert_eq!(shown(&server), [[2, 6, 0]]);
    let [new] = keys(&scene.data()).try_into().expect("one key");
    assert_ne!(old, new);
    let left = contents(&scene.data());
    for gone in [old.clone().into_bytes(), octets(&old)] {
        assert!(!left.windows(gone.len()).any(|part| part == gone), "the old key is in the directory still");
    }

    runtime.block_on(async {
        desk.first_subscriptions().await.expect("the session is there still");
        sign_in(address, "kim@boats.example", PASSWORD, 2).await;
        sign_in(address, "kim@boats.example", &phone, 3).await;
        sign_in(address, "lee@boats.example", "other-Harbour-7142", 4).await;
    });
    server.done(&["user", "restore", "boats", "ana"], "");
    let tablet = server.json(&["user", "app-password", "add", "boats", "ana", "--name", "tablet"], "");
    let tablet = tablet["password"].as_str().expect("shown once");
    runtime.block_on(async {
        sign_in(address, "ana@boats.example", PASSWORD, 5).await;
        sign_in(address, "ana@boats.example", tablet, 6).await;
    });

    let audited = server.done(&["audit", "list", "boats"], "");
    for line in ["service key replaced  service key  1 -> 2", "service key taken away  service key  1"] {
        let words: Vec<&str> = line.split_whitespace().collect();
        let there = audited.lines().any(|line| words.iter().all(|word| line.contains(word)));
        assert!(there, "{line}: {audited}");
    }
    let rows: Vec<Vec<&str>> = page.lines().map(|line| line.split_whitespace().collect()).collect();
    assert_eq!((rows[1][0], rows[1][1], rows[1].last()), ("2", "seals", Some(&"0")), "{page}");
    let log = server.stop();
    assert!(log.contains("the service key was replaced"), "{log}");
    for (what, told) in [("log", &log), ("page", &page), ("audit log", &audited)] {
        for key in [&old, &new] {
            assert!(!told.contains(&**key) && !told.contains(&key.to_uppercase()), "a key is in the {what}");
        }
    }
}

#[test]
fn sign_ins_succeed_all_the_while_that_the_key_is_replaced_again_and_again() {
    let scene = Scene::new();
    let mut server = Server::start(&scene.directory);
    add_boats(&server);
    let address = server.address("SIP over plain TCP");
    let (done, mut is_done) = tokio::sync::watch::channel(false);
    std::thread::scope(|threads| {
        let signing_in = threads.spawn(|| {
            runtime().block_on(async {
                let mut seed = 0;
                while !*is_done.borrow_and_update() || seed < 6 {
                    for who in ["kim@boats.example", "lee@boats.example"] {
                        seed += 1;
                        sign_in(address, who, PASSWORD, seed).await;
                    }
                }
                seed
            })
        });
        for old in 1..=4 {
            rotate(&mut server, old);
        }
        done.send_replace(true);
        assert!(signing_in.join().expect("everybody got in") >= 6);
    });
    assert_eq!(shown(&server), [[5, 3, 0]]);
    server.stop();
}

#[test]
fn a_rotation_that_a_crash_cut_off_goes_on_when_the_server_starts() {
    let scene = Scene::new();
    let server = Server::start(&scene.directory);
    add_boats(&server);
    server.signal("-KILL");
    drop(server);
    // The crash came right after the new key was on the disk, and while another file was being written.
    let file = scene.data().join("service.key");
    let both = KeyFile::new(&file).rotate(Timestamp(0)).expect("rotated");
    assert_eq!(format!("{both:?}"), "[2, 1]");
    fs::write(scene.data().join("service.key.999999999.new"), "1 half a ke").expect("written");
    let mut server = Server::start(&scene.directory);
    server.wait_for("service key 1 was taken away: nothing is sealed under it any more");
    assert_eq!(shown(&server), [[2, 3, 0]]);
    assert_eq!(keys(&scene.data()).len(), 1);
    assert!(!scene.data().join("service.key.999999999.new").exists());
    let address = server.address("SIP over plain TCP");
    runtime().block_on(sign_in(address, "kim@boats.example", PASSWORD, 1));
    server.stop();
}

#[test]
fn heads_of_audit_logs_are_believed_across_a_rotation() {
    let scene = Scene::new();
    let server = Server::start(&scene.directory);
    add_boats(&server);
    server.stop();
    let mut server = Server::start(&scene.directory);
    server.wait_for("the heads of audit logs were written");
    let before = server.done(&["audit", "key"], "");
    rotate(&mut server, 1);
    server.done(&["user", "disable", "boats", "lee"], "");
    server.stop();
    let mut server = Server::start(&scene.directory);
    server.wait_for("the heads of audit logs were written");
    let after = server.done(&["audit", "key"], "");
    assert_ne!(before, after);
    let heads = scene.data().join("audit-heads.jsonl").display().to_string();
    let verify = ["audit", "verify", "boats", "--heads", &heads];
    let kept = fs::read_to_string(&heads).expect("heads");
    let lines: Vec<&str> = kept.lines().filter(|line| !line.contains("succeeds")).collect();
    assert_eq!(kept.lines().count(), lines.len() + 1);
    // Two at least: the first server has one more to write when it gets to it only after the company is there.
    assert!(lines.len() >= 2, "{kept}");
    for key in [None, Some(before.trim()), Some(after.trim())] {
        let chosen = key.map_or(vec![], |key| vec!["--key", key]);
        let said = server.done(&[&verify[..], &chosen].concat(), "");
        assert!(said.contains(&format!("each of the {} heads", lines.len())), "{said}");
    }
    // Without the line that hands over, neither key says anything of the other's heads.
    let cut = scene.directory.write("cut.jsonl", &(lines.join("\n") + "\n")).display().to_string();
    let said = server.fails(&["audit", "verify", "boats", "--heads", &cut], "", 1);
    assert!(said.contains("it was signed with the key"), "{said}");
    server.stop();
}

#[test]
fn a_backup_from_before_the_key_was_replaced_comes_back_by_company_by_person_and_whole() {
    let scene = Scene::new();
    let mut server = Server::start(&scene.directory);
    add_boats(&server);
    let (sealed, without) = (scene.backup().display().to_string(), scene.backups.join("without.tar"));
    let without = without.display().to_string();
    scene.done(&["backup", "--without-key", "--to", &without]);
    let passphrase = scene.passphrase.display().to_string();
    let [old] = keys(&scene.data()).try_into().expect("one key");
    rotate(&mut server, 1);
    server.done(&["user", "password", "boats", "kim", "--password-stdin"], "other-Harbour-7142\n");
    server.done(&["user", "remove", "boats", "lee", "--for-good", "--yes"], "");

    // One person's lists have no password in them.
    scene.done(&["restore", &without, "--user", "kim@boats.example"]);
    // One company's passwords take the key of then, which its backup has under the passphrase, or not at all.
    let company =
        |file: &str| ["restore".to_owned(), file.to_owned(), "--tenant=boats".into(), "--yes".into()];
    let company = |file: &str| company(file).map(|word| &*word.leak());
    for (file, what) in [(&sealed, "--passphrase-file"), (&without, "the backup was made without it")] {
        let said = scene.fails(&company(file), 4);
        assert!(said.contains("under service key 1") && said.contains(what), "{said}");
    }
    let people = server.json(&["user", "list", "boats"], "");
    assert_eq!(people["users"].as_array().map(Vec::len), Some(1), "nothing was done");
    let with_key = [&company(&sealed)[..], &["--passphrase-file", &passphrase]].concat();
    assert_eq!(scene.done(&with_key)["people"], 2);
    assert_eq!(shown(&server), [[2, 3, 0]], "everything is under the key of today");
    let runtime = runtime();
    let address = server.address("SIP over plain TCP");
    runtime.block_on(async {
        sign_in(address, "kim@boats.example", PASSWORD, 1).await;
        sign_in(address, "lee@boats.example", PASSWORD, 2).await;
    });
    server.stop();
    assert_eq!(scene.done(&with_key)["people"], 2, "the same where no server runs");

    // Everything comes back with the key that it was sealed under; the one of today is kept with what was there.
    let whole = ["restore", &sealed, "--replace", "--passphrase-file", &passphrase];
    let restored = scene.done(&whole);
    let aside = restored["movedAside"].as_str().expect("a path");
    assert_eq!(keys(&scene.data()), [old]);
    assert_eq!(keys(Path::new(aside)).len(), 1);
    let mut server = Server::start(&scene.directory);
    assert_eq!(shown(&server), [[1, 3, 0]]);
    let address = server.address("SIP over plain TCP");
    runtime.block_on(sign_in(address, "kim@boats.example", PASSWORD, 3));
    rotate(&mut server, 1);
    runtime.block_on(sign_in(address, "kim@boats.example", PASSWORD, 4));
    server.stop();

    // Without its key it says what can't be opened.
    scene.done(&["restore", &without, "--replace", "--without-key"]);
    let server = Server::start(&scene.directory);
    assert_eq!(shown(&server), [[2, 0, 0], [1, 3, 3]]);
    let page = server.done(&["key", "show"], "");
    assert!(page.contains("not there") && page.contains("need new passwords"), "{page}");
    server.stop();
}

#[test]
fn a_backup_that_is_made_while_the_key_is_replaced_opens_everything_in_it() {
    let scene = Scene::new();
    let server = Server::start(&scene.directory);
    add_boats(&server);
    let stop = AtomicBool::new(false);
    std::thread::scope(|threads| {
        let rotating = threads.spawn(|| {
            let mut rotated = 0;
            while !stop.load(Ordering::Relaxed) {
                // One that comes before the last is done is refused.
                let status = server.verb(&["key", "rotate"], "").status;
                assert!(matches!(status.code(), Some(0 | 4)), "{status}");
                rotated += u32::from(status.success());
            }
            rotated
        });
        let passphrase = scene.passphrase.display().to_string();
        let mut good = 0;
        // How many rotations a backup meets is the machine's business: the fourth is not the last where each met two.
        for n in 0.. {
            if n >= 4 && good > 0 {
                break;
            }
            let to = scene.backups.join(format!("{n}.tar"));
            let to_text = to.display().to_string();
            let output = scene.run(&["backup", "--to", &to_text, "--passphrase-file", &passphrase]);
            if output.status.success() {
                let said = scene.verify(&to, 0);
                assert!(said.contains("The service key opens every hash in it."), "{said}");
                good += 1;
            } else {
                let said = text(&output.stderr);
                assert!(said.contains("was replaced more than once meanwhile; try again"), "{said}");
            }
        }
        stop.store(true, Ordering::Relaxed);
        assert!(rotating.join().expect("it goes on") > 1);
    });
    server.stop();
}
