//! Two companies with the same user names, which see nothing of each other.

use real_clients::{Client, Server};

fn connect(server: &Server, name: &str, domain: &str, netbios: &str, machine: &str) -> Client {
    let mut client = Client::start(machine);
    if let Err(refused) = client.sign_in(&server.account_at(name, domain, netbios)) {
        panic!("{name} of {domain}: {refused}; the server logged:\n{}", server.logged());
    }
    client
}

#[test]
fn companies_with_the_same_names_see_nothing_of_each_other() {
    let server = Server::start();
    for (company, domain) in [("north", "north.example"), ("south", "south.example")] {
        server.add_company(company, domain);
        for name in ["alice", "bob"] {
            server.add_user(company, name, domain);
        }
    }
    let mut north_alice = connect(&server, "alice", "north.example", "NORTH", "na");
    let mut north_bob = connect(&server, "bob", "north.example", "NORTH", "nb");
    let mut south_alice = connect(&server, "alice", "south.example", "SOUTH", "sa");
    let mut south_bob = connect(&server, "bob", "south.example", "SOUTH", "sb");

    north_alice.add("bob@north.example", "Ours");
    south_alice.add("bob@south.example", "Ours");
    north_alice.wait_status("bob@north.example", "available");
    south_alice.wait_status("bob@south.example", "available");

    // The same person's name next door is as unknown as anybody's.
    north_alice.add("bob@south.example", "Theirs");
    north_bob.set_status("busy", "north only");
    south_bob.set_status("away", "south only");
    north_alice.wait_buddy("bob@north.example", "busy", |b| b.status == "busy" && b.note == "north only");
    south_alice.wait_buddy("bob@south.example", "away", |b| b.status == "away" && b.note == "south only");
    let next_door = north_alice.wait_buddy("bob@south.example", "on the list", |_| true);
    assert_eq!((next_door.status.as_str(), next_door.note.as_str()), ("offline", ""));

    north_alice.say("bob@south.example", "psst");
    north_alice.wait("im_error", |e| e.str("text").contains("psst"));
    north_alice.say("bob@north.example", "hello");
    north_bob.hear("alice@north.example", "hello");
    south_alice.say("bob@south.example", "hello");
    south_bob.hear("alice@south.example", "hello");
    assert_eq!(south_bob.heard("alice@north.example"), [""; 0]);
    assert_eq!(north_bob.heard("alice@south.example"), [""; 0]);
    for (client, other) in [(&north_alice, "south only"), (&south_alice, "north only")] {
        assert!(!client.messages().iter().any(|m| m.body.contains(other)));
    }
}

#[test]
fn the_password_of_the_same_name_next_door_does_not_open() {
    let server = Server::start();
    server.add_company("north", "north.example");
    server.add_company("south", "south.example");
    server.add_user("north", "alice", "north.example");
    server.add_user("south", "alicia", "south.example");
    let mut client = Client::start("pc");
    let mut account = server.account_at("alice", "north.example", "NORTH");
    account.address = "alice@south.example".to_owned();
    let refused = client.sign_in(&account).expect_err("she is not of that company");
    assert_eq!(refused.reason, "authentication_failed");
}
