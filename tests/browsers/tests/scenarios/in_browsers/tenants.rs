//! Another company's people can't be seen by any route: searched, typed, talked to, by the address of a page, by the API.

use rapport_browsers::{Chromium, Look, Page, css, text};
use real_clients::server::password;
use real_clients::{Client, Server};
use serde_json::{Value, json};

fn sign_in(chromium: &Chromium, server: &Server, name: &str, domain: &str) -> Page {
    let page = chromium.page(&format!("{name}-{domain}"), Look::default());
    page.goto(&format!("https://{}/", server.https()));
    page.sign_in(&format!("{name}@{domain}"), &password(name));
    page
}

fn two_companies() -> Server {
    let server = Server::start();
    for (company, domain) in [("north", "north.example"), ("south", "south.example")] {
        server.add_company(company, domain);
        for name in ["alice", "bob"] {
            server.add_user(company, name, domain);
        }
    }
    server
}

#[test]
fn another_companys_people_are_invisible_by_every_route() {
    let server = two_companies();
    let mut south_bob = Client::start("sb");
    south_bob.sign_in(&server.account_at("bob", "south.example", "SOUTH")).expect("he signs in");
    south_bob.set_status("busy", "south only");
    south_bob.wait_answered("south only");
    let chromium = Chromium::start();
    let south = sign_in(&chromium, &server, "bob", "south.example");
    let (_, own) = south.ask("GET", "/api/v1/session", None);
    let own: Value = serde_json::from_str(&own).expect("it is JSON");
    let foreign = own["user"]["id"].as_str().expect("he has an id").to_owned();
    let north = sign_in(&chromium, &server, "alice", "north.example");

    // By searching: the one of one's own company alone.
    for words in ["bob", "Bob Example", "bob@"] {
        north.find(words);
        north.see(text("1 person found"));
        north.counts(css("[data-found] [data-row]"), 1);
    }
    for words in ["south", "bob@south.example", "south only"] {
        north.find(words);
        north.see(text(&format!("Nobody was found for “{words}”")));
    }
    north.find("");

    // By the API, with the right id, its address, and those of nobody: the same answer to each.
    let nobody = ["u999999999", "sip:nobody@north.example", "sip:nobody@south.example"];
    let strangers = [foreign.as_str(), "sip:bob@south.example", "bob@south.example"];
    let routes: [(&str, &str, Option<Value>); 10] = [
        ("GET", "/api/v1/people/ID", None),
        ("GET", "/api/v1/people/ID/presence", None),
        ("GET", "/api/v1/people/ID/access", None),
        ("PUT", "/api/v1/people/ID/access", Some(json!({"level": "personal"}))),
        ("PUT", "/api/v1/contacts/ID", Some(json!({"groups": []}))),
        ("PUT", "/api/v1/contacts/ID/favourite", Some(json!({"isFavourite": true}))),
        ("DELETE", "/api/v1/contacts/ID", None),
        ("POST", "/api/v1/adders/ID/allow", Some(json!({}))),
        ("POST", "/api/v1/conversations", Some(json!({"person": "ID"}))),
        ("GET", "/api/v1/history?with=ID", None),
    ];
    for (method, path, body) in routes {
        let ask = |id: &str| {
            let body = body.as_ref().map(|body| {
                serde_json::from_str(&body.to_string().replace("ID", id)).expect("it is JSON still")
            });
            let path = path.replace("ID", &id.replace(':', "%3A").replace('@', "%40"));
            north.ask(method, &path, body.as_ref())
        };
        let unknown = ask(nobody[0]);
        for id in strangers.iter().chain(&nobody[1..]) {
            let (status, said) = ask(id);
            assert_eq!((status, &said), (unknown.0, &unknown.1), "{method} {path} of {id}");
            assert!(!said.contains("Bob Example") && !said.contains("south only"), "{method} {path}: {said}");
        }
    }

    // By the address of a page, which is all that a link has.
    for id in [&foreign, nobody[0]] {
        north.visit(&format!("/im/c/{id}"));
        north.see(css("main [role=alert]"));
        let said = north.text_of(css("main [role=alert]"));
        assert!(said.contains("It isn’t there any more."), "{said}");
    }

    // What is at home is there all the same, and nothing of the other company was ever sent here.
    north.visit("/im/");
    north.add("Bob Example");
    north.sees("Bob Example", "Offline");
    let sent = format!("{:?}", north.events());
    assert!(!sent.contains("south") && !sent.contains("Busy"), "{sent}");
}

#[test]
fn a_message_to_another_companys_address_reaches_nobody() {
    let server = two_companies();
    let mut north_bob = Client::start("nb");
    north_bob.sign_in(&server.account_at("bob", "north.example", "NORTH")).expect("he signs in");
    let chromium = Chromium::start();
    let south = sign_in(&chromium, &server, "alice", "south.example");
    let north = sign_in(&chromium, &server, "alice", "north.example");
    north_bob.say("alice@south.example", "psst");
    north_bob.wait("im_error", |e| e.str("text").contains("psst"));
    north_bob.say("alice@north.example", "hello");
    north.open_conversation("Bob Example");
    north.hears("hello");
    south.visit("/im/talks");
    south.see(text("No conversations yet"));
    let (_, said) =
        south.ask("POST", "/api/v1/conversations", Some(&json!({"person": "sip:bob@north.example"})));
    assert!(said.contains("not-found"), "{said}");
    assert_eq!(north_bob.heard("alice@south.example"), [""; 0]);
}
