//! Signing in and out: by oneself, everywhere, by a new password, and by who runs the company.

use rapport_browsers::{Cable, Chromium, Look, Page, css, label, named, role, text};
use real_clients::Server;
use real_clients::server::password;

use super::losses::by_cable;
use super::{ALICE, BOB};

#[test]
fn a_wrong_password_an_unknown_person_and_another_company_are_told_in_the_same_words() {
    let server = Server::with_people(&["alice"]);
    let chromium = Chromium::start();
    let page = chromium.page("stranger", Look::default());
    page.goto(&format!("https://{}/", server.https()));
    let mut said = Vec::new();
    for address in [ALICE, "nobody@example.com", "alice@elsewhere.example"] {
        page.try_sign_in(address, "this is not the password");
        page.see(css("[role=alert]"));
        said.push(page.text_of(css("[role=alert]")));
        page.reload();
    }
    assert!(said[0].contains("Address or password is wrong"), "{said:?}");
    assert!(said.iter().all(|words| *words == said[0]), "{said:?}");
    page.sign_in(ALICE, &password("alice"));
}

#[test]
fn a_session_lasts_over_a_reload_and_ends_with_the_sign_out() {
    let server = Server::with_people(&["alice"]);
    let chromium = Chromium::start();
    let alice = chromium.sign_in(&server, "alice");
    alice.visit("/im/settings/devices");
    alice.see(css("main li").having("This browser"));
    alice.reload();
    alice.see(css("main li").having("This browser"));
    assert_eq!(alice.evaluate("document.cookie"), "", "no script reads it");
    alice.click(role("button", "Sign out here"));
    alice.is_signed_out();
    alice.reload();
    alice.is_signed_out();
}

#[test]
fn all_other_sessions_and_any_program_are_ended_by_their_owner() {
    let server = Server::with_people(&["alice"]);
    let chromium = Chromium::start();
    let here = chromium.sign_in(&server, "alice");
    let there = chromium.sign_in_from(&server, "alice", "alice-there");
    let elsewhere = chromium.sign_in_from(&server, "alice", "alice-elsewhere");
    let desktop = server.connect("alice");
    here.visit("/im/settings/devices");
    here.see(css("main li").having("This browser"));

    // The desktop client, which has no session of the web.
    let mark = desktop.mark();
    let label = desktop_label(&here);
    here.click(role("button", &format!("Sign out {label}")));
    desktop.wait_after(mark, "sign-out", |e| e.name() == "disconnected");
    here.gone(role("button", &format!("Sign out {label}")));

    here.click(role("button", "End all others"));
    there.is_signed_out();
    elsewhere.is_signed_out();
    there.reload();
    there.is_signed_out();
    here.gone(role("button", "End all others"));
    here.reload();
    here.is_signed_in();
}

/// How the one program that is no browser is called.
fn desktop_label(page: &Page) -> String {
    page.see(named("button", "^Sign out (?!here$|.*Chrome)"));
    let script = "[...document.querySelectorAll('main button[aria-label]')].map((one) => one.getAttribute('aria-label'))\
                  .find((label) => /^Sign out (?!here$|.*Chrome)/.test(label)).slice('Sign out '.length)";
    page.evaluate(script).as_str().unwrap_or_default().to_owned()
}

#[test]
fn who_comes_back_to_a_session_that_is_over_is_told_so_and_finds_what_they_had_begun_to_write() {
    let server = Server::with_people(&["alice", "bob"]);
    let chromium = Chromium::start();
    let elsewhere = chromium.sign_in_from(&server, "alice", "alice-elsewhere");
    let cable = Cable::to(server.https());
    let here = by_cable(&chromium, &cable);
    here.add("Bob Example");
    here.talk_to("Bob Example");
    here.write("half a sen");
    // It is over while nobody can tell this browser, as a session is that nobody has used for long.
    cable.pull_out();
    here.see(text("Reconnecting … your messages are kept."));
    elsewhere.visit("/im/settings/devices");
    elsewhere.click(role("button", "End all others"));
    elsewhere.gone(role("button", "End all others"));
    cable.put_back();
    here.is_signed_out();
    here.see(text("Your sign-in in this browser is over. Sign in again; what you wrote here is kept."));
    here.sign_in(ALICE, &password("alice"));
    here.is_talking_to("Bob Example");
    here.reads(css("main [role=textbox]"), "half a sen");
}

#[test]
fn a_new_password_ends_every_other_session_and_the_old_one_opens_nothing() {
    let server = Server::with_people(&["alice"]);
    let chromium = Chromium::start();
    let here = chromium.sign_in(&server, "alice");
    let there = chromium.sign_in_from(&server, "alice", "alice-there");
    let mut desktop = server.connect("alice");
    let new = "four words not known elsewhere";
    here.visit("/im/settings/password");
    let change = |current: &str, wanted: &str| {
        here.fill(css("input[autocomplete=current-password]"), current);
        here.fill(css(":nth-match(input[autocomplete=new-password], 1)"), wanted);
        here.fill(css(":nth-match(input[autocomplete=new-password], 2)"), wanted);
        here.click(role("button", "Change password"));
    };
    change("not the password that it is", new);
    here.see(css("form").having("This is not your current password, or there were too many tries."));
    change(&password("alice"), "password1234567");
    here.see(css("form").having("This is one of the passwords that everybody tries first"));
    change(&password("alice"), "blue lamp 9");
    here.see(css("form").having("This password is too short. Take at least 15 characters."));
    change(&password("alice"), &password("alice"));
    here.see(css("form").having("This is the password that you have."));
    let mark = desktop.mark();
    change(&password("alice"), new);
    here.see(text("Your password was changed. All other sessions have ended."));
    there.is_signed_out();
    there.see(text("Your password was changed. Sign in with the new one."));
    desktop.wait_after(mark, "sign-out", |e| e.name() == "disconnected");
    desktop.sign_in(&server.account("alice")).expect_err("the old one opens nothing");

    there.try_sign_in(ALICE, &password("alice"));
    there.see(css("[role=alert]").having("Address or password is wrong"));
    there.reload();
    there.sign_in(ALICE, new);
    // Whoever changed it goes on without signing in again, events included.
    here.visit("/im/");
    here.choose("Busy");
    there.my_state_is("Busy");
}

#[test]
fn who_is_disabled_is_told_so_in_the_browser_and_does_not_come_back() {
    let server = Server::with_people(&["alice"]);
    let chromium = Chromium::start();
    let alice = chromium.sign_in(&server, "alice");
    server.manage(&["user", "disable", "example", ALICE], "");
    alice.is_signed_out();
    alice.see(text("Your account was disabled. Your administrator can tell you why."));
    alice.try_sign_in(ALICE, &password("alice"));
    alice.see(css("[role=alert]").having("Your account is disabled."));
    server.manage(&["user", "enable", "example", ALICE], "");
    alice.reload();
    alice.sign_in(ALICE, &password("alice"));
}

#[test]
fn an_app_password_made_in_the_browser_signs_a_desktop_client_in_and_revoked_no_more() {
    let server = Server::with_people(&["alice", "bob"]);
    let bob = server.connect("bob");
    let chromium = Chromium::start();
    let alice = chromium.sign_in(&server, "alice");
    alice.visit("/im/settings/app-passwords");
    let sign_in = |machine: &str| {
        alice.fill(label("What is it for?"), machine);
        alice.click(role("button", "Create a password"));
        alice.see(text(&format!("Password for {machine}")));
        let made = alice.text_of(css("main section bdi"));
        let mut account = server.account("alice");
        account.password = made.trim().to_owned();
        let mut client = real_clients::Client::start(machine);
        client.sign_in(&account).unwrap_or_else(|refused| panic!("{made:?}: {refused}"));
        (client, account)
    };
    let (mut laptop, of_laptop) = sign_in("laptop");
    let (mut tower, _) = sign_in("tower");
    alice.click(role("tab", "Communicator 2007 R2"));
    alice.see(css("main section li:nth-child(2)").having(&server.https().to_string()));
    alice.see(css("main section li:nth-child(3)").having(ALICE));

    let mark = laptop.mark();
    alice.click(role("button", "Revoke the password for laptop"));
    laptop.wait_after(mark, "sign-out", |e| e.name() == "disconnected");
    laptop.sign_in(&of_laptop).expect_err("it was revoked");
    // Nothing else changes: neither for the other password's program nor here.
    tower.say(BOB, "here still");
    bob.hear(ALICE, "here still");
    let ended = tower.seen(|e| e.name() == "disconnected");
    assert!(ended.is_empty(), "{ended:?}");
    alice.see(role("button", "Revoke the password for tower"));
    alice.gone(role("button", "Revoke the password for laptop"));
}
