//! Who gets in, who doesn't, and what they are told.

use real_clients::client::Account;
use real_clients::{Client, Server};

#[test]
fn a_person_signs_in_and_out_and_in_again() {
    let server = Server::with_people(&["alice"]);
    let mut alice = server.connect("alice");
    alice.sign_out();
    alice.sign_in(&server.account("alice")).expect("the same password still serves");
}

#[test]
fn the_sign_in_name_may_be_written_as_domain_and_user_or_as_an_address() {
    let server = Server::with_people(&["alice"]);
    for (machine, login) in [("pc1", "EXAMPLE\\alice"), ("pc2", "alice@example.com"), ("pc3", "")] {
        let mut alice = Client::start(machine);
        let account = Account { login: login.to_owned(), ..server.account("alice") };
        if let Err(refused) = alice.sign_in(&account) {
            panic!("as {login:?}: {refused}; the server logged:\n{}", server.logged());
        }
    }
}

#[test]
fn a_person_signs_in_on_the_port_that_is_shared_with_https() {
    let server = Server::with_people(&["alice"]);
    let mut alice = Client::start("pc");
    let account = Account { server: server.https().to_string(), ..server.account("alice") };
    alice.sign_in(&account).expect("SIP is told from HTTPS by its first bytes");
}

#[test]
fn a_person_signs_in_over_plain_tcp_on_loopback_when_it_is_switched_on() {
    let server = Server::with_people(&["alice"]);
    let mut alice = Client::start("pc");
    let account = Account { server: server.tcp().to_string(), transport: "tcp", ..server.account("alice") };
    alice.sign_in(&account).expect("messages are signed there, too");
}

#[test]
fn a_wrong_password_and_an_unknown_name_are_refused_in_the_same_words() {
    let server = Server::with_people(&["alice"]);
    let mut client = Client::start("pc");
    let wrong = Account { password: "not-hers".to_owned(), ..server.account("alice") };
    let wrong = client.sign_in(&wrong).expect_err("the password is wrong");
    assert_eq!(wrong.reason, "authentication_failed");

    let mut client = Client::start("pc2");
    let unknown = client.sign_in(&server.account("nobody")).expect_err("there is no such person");
    assert_eq!(unknown, wrong);

    let mut client = Client::start("pc3");
    let elsewhere = server.account_at("alice", "nowhere.example", "NOWHERE");
    let elsewhere = client.sign_in(&elsewhere).expect_err("there is no such company");
    assert_eq!(elsewhere, wrong);
}

#[test]
fn a_client_that_still_tries_the_previous_password_does_not_lock_its_owner_out() {
    let server = Server::with_people(&["alice"]);
    let old = server.account("alice");
    let new = Account { password: "orchard-lamp-and-seven-tides".to_owned(), ..server.account("alice") };
    server.manage(
        &["user", "password", "example", "alice@example.com", "--password-stdin"],
        &format!("{}\n", new.password),
    );
    let mut forgotten = Client::start("pc");
    for _ in 0..15 {
        let refused = forgotten.sign_in(&old).expect_err("it is not her password any more");
        assert_eq!(refused.reason, "authentication_failed");
    }
    let mut client = Client::start("pc2");
    client.sign_in(&new).expect("what the other one tries is no guess");
    // A guess that many times is one.
    let guess = Account { password: "not-hers".to_owned(), ..new.clone() };
    for _ in 0..10 {
        forgotten.sign_in(&guess).expect_err("it is wrong");
    }
    let mut client = Client::start("pc3");
    let refused = client.sign_in(&new).expect_err("guesses from this machine are not looked at for a while");
    assert_eq!(refused.reason, "authentication_failed");
}

#[test]
fn a_disabled_person_is_told_so_after_a_valid_proof_only() {
    let server = Server::with_people(&["alice"]);
    server.manage(&["user", "disable", "example", "alice@example.com"], "");

    let mut client = Client::start("pc");
    let refused = client.sign_in(&server.account("alice")).expect_err("she is disabled");
    assert!(refused.text.contains("disabled"), "the reason is shown: {refused}");

    let mut client = Client::start("pc2");
    let guess = Account { password: "a-guess".to_owned(), ..server.account("alice") };
    let guess = client.sign_in(&guess).expect_err("the password is wrong");
    assert_eq!(guess.reason, "authentication_failed", "a guess learns nothing: {guess}");

    server.manage(&["user", "enable", "example", "alice@example.com"], "");
    let mut client = Client::start("pc3");
    client.sign_in(&server.account("alice")).expect("she is enabled again");
}

#[test]
fn a_person_without_a_licence_is_told_so() {
    let server = Server::with_people(&["alice"]);
    server.manage(&["user", "set", "example", "alice@example.com", "--licensed", "false"], "");
    let mut client = Client::start("pc");
    let refused = client.sign_in(&server.account("alice")).expect_err("she has no licence");
    assert!(refused.text.contains("licen"), "the reason is shown: {refused}");
}

#[test]
fn nobody_signs_in_with_their_own_password_under_another_persons_address() {
    let server = Server::with_people(&["alice", "bob"]);
    let mut client = Client::start("pc");
    let masked = Account { address: "bob@example.com".to_owned(), ..server.account("alice") };
    let refused = client.sign_in(&masked).expect_err("the account does not own the address");
    assert!(refused.text.contains("not authorized"), "the reason is shown: {refused}");
}

#[test]
fn a_person_who_is_disabled_while_signed_in_is_signed_out_and_told() {
    let server = Server::with_people(&["alice"]);
    let alice = server.connect("alice");
    server.manage(&["user", "disable", "example", "alice@example.com"], "");
    let end = alice.wait("disconnected", |_| true);
    assert!(end.str("text").contains("disabled"), "the reason is shown: {end:?}");
}

#[test]
fn an_app_password_signs_in_until_it_is_revoked() {
    let server = Server::with_people(&["alice"]);
    let made = server
        .manage(&["user", "app-password", "add", "example", "alice@example.com", "--name", "laptop"], "");
    let password = made["password"].as_str().expect("it is shown once").to_owned();
    let account = Account { password, ..server.account("alice") };
    let mut client = Client::start("pc");
    client.sign_in(&account).expect("it is a password of hers");

    let id = made["id"].as_str().expect("it has an id").to_owned();
    server.manage(&["user", "app-password", "remove", "example", "alice@example.com", &id], "");
    let mut client = Client::start("pc2");
    let refused = client.sign_in(&account).expect_err("it is revoked");
    assert_eq!(refused.reason, "authentication_failed");
}

#[test]
fn while_the_server_has_no_memory_to_spare_a_person_is_told_to_try_again() {
    // The least that can be set, and less than the server has as soon as somebody's password is worked on.
    let server = Server::configured(&[("limits.memory", "32MiB")]);
    server.add_company("example", "example.com");
    server.add_user("example", "alice", "example.com");
    // It looks at its memory once a second.
    server.wait_logged("memory is above limits.memory");
    let refused =
        Client::start("pc").sign_in(&server.account("alice")).expect_err("there is no memory to spare");
    assert_eq!(
        refused.text,
        "Service unavailable: The server is very busy and takes no new sign-ins, try again in a minute"
    );
}
