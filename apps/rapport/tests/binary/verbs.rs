//! The management verbs against a running server.

use crate::support::{Directory, Server, rapport, text};

const PASSWORD: &str = "lantern harbour 57 sails\n";

#[test]
fn companies_people_and_domains_are_managed_from_the_command_line() {
    let directory = Directory::new();
    let server = Server::start(&directory);
    let said =
        server.done(&["tenant", "add", "boats", "--domain", "boats.example", "--account-passwords"], "");
    assert_eq!(said, "Added the company boats.\n");
    let shown = server.json(&["tenant", "show", "boats"], "");
    assert_eq!(shown["policy"]["accountPasswordSignIn"], true);
    let set = server.json(&["tenant", "set", "boats", "--max-contacts", "2", "--display-name", "Boats"], "");
    assert_eq!((&set["policy"]["limits"]["contacts"], &set["displayName"]), (&2.into(), &"Boats".into()));

    server.done(&["domain", "add", "boats", "boats.test"], "");
    assert_eq!(server.done(&["domain", "list", "boats"], ""), "boats.example\nboats.test\n");
    server.done(&["domain", "remove", "boats", "boats.test"], "");

    let kim =
        &["user", "add", "boats", "kim@boats.example", "--display-name", "Kim Berg", "--password-stdin"];
    assert_eq!(server.done(kim, PASSWORD), "Added kim@boats.example.\n");
    let lee = &[
        "user",
        "add",
        "boats",
        "lee@boats.example",
        "--no-password",
        "--manager",
        "kim",
        "--phone",
        "work=1",
    ];
    assert_eq!(server.json(lee, "")["manager"], "kim@boats.example");
    let list = server.done(&["user", "list", "boats"], "");
    assert!(list.contains("kim@boats.example") && list.contains("Kim Berg"), "{list}");
    assert_eq!(server.json(&["user", "list", "boats"], "")["users"].as_array().map(Vec::len), Some(2));
    let shown = server.done(&["user", "show", "boats", "lee"], "");
    assert!(shown.contains("Contacts:    0 of 2\n") && shown.contains("Phones:      work 1\n"), "{shown}");
    let set = server.json(&["user", "set", "boats", "lee", "--licensed", "false", "--manager", "none"], "");
    assert_eq!((&set["licensed"], &set["manager"]), (&false.into(), &().into()));
    assert_eq!(server.json(&["user", "disable", "boats", "lee"], "")["enabled"], false);
    assert_eq!(server.json(&["user", "enable", "boats", "lee"], "")["enabled"], true);
    server.done(&["user", "unlock", "boats", "lee"], "");
    server.done(&["user", "password", "boats", "lee", "--password-stdin"], PASSWORD);

    let issued = server.json(&["user", "app-password", "add", "boats", "lee", "--name", "laptop"], "");
    let id = issued["id"].as_str().expect("a number");
    let list = server.done(&["user", "app-password", "list", "boats", "lee"], "");
    assert!(
        list.contains("laptop") && !list.contains(issued["password"].as_str().expect("shown once")),
        "{list}"
    );
    server.done(&["user", "app-password", "remove", "boats", "lee", id], "");

    server.done(&["user", "remove", "boats", "lee", "--yes"], "");
    server.done(&["tenant", "remove", "boats", "--yes"], "");
    assert_eq!(server.json(&["tenant", "list"], "")["tenants"].as_array().map(Vec::len), Some(0));
}

#[test]
fn refusals_are_sentences_and_have_their_own_code() {
    let directory = Directory::new();
    let mut server = Server::start(&directory);
    server.done(&["tenant", "add", "boats", "--domain", "boats.example"], "");
    let said = server.fails(&["tenant", "show", "ships"], "", 4);
    assert_eq!(said, "rapport: there is no such company\n");
    server.wait_for("management operator=");
    let weak = &["user", "add", "boats", "kim@boats.example", "--password-stdin"];
    assert!(server.fails(weak, "kim\n", 4).contains("password"), "the reason is said");
    assert!(server.fails(weak, "", 1).contains("no password on standard input"));
    let asks = &["user", "add", "boats", "kim@boats.example"];
    assert!(server.fails(asks, "", 1).contains("--password-stdin"));
    assert!(server.fails(&["tenant", "remove", "boats"], "", 1).contains("--yes"));
    assert!(server.fails(&["user", "set", "boats", "kim"], "", 1).contains("nothing is to be changed"));
    assert!(server.fails(&["tenant", "set", "boats"], "", 1).contains("nothing is to be changed"));
    let minutes = &["user", "trace", "boats", "kim", "--minutes", "61"];
    assert!(server.fails(minutes, "", 2).contains("61 is not in 0..=60"));
    let refused = server.fails(&["tenant", "show", "ships", "--json"], "", 4);
    let refused: serde_json::Value = serde_json::from_str(&refused).expect("JSON");
    assert_eq!(refused["title"], "there is no such company");
    assert_eq!(server.json(&["tenant", "remove", "boats", "--yes"], "")["done"], true);
    let argument = &["user", "password", "boats", "kim", "a password as an argument"];
    assert!(server.fails(argument, "", 2).contains("unexpected argument"));
    let nowhere = directory.path().join("nowhere").display().to_string();
    let output = rapport(&["tenant", "list", "--data", &nowhere]).output().expect("it runs");
    assert_eq!(output.status.code(), Some(3));
    assert!(text(&output.stderr).contains("nowhere/management.sock"), "{}", text(&output.stderr));
}
