//! Without a pointer and without looking: the main tasks by keyboard alone and by ear alone, and axe on every page in every
//! theme.

use rapport_browsers::{Chromium, Look, css, named, play, role, text};
use real_clients::Server;
use real_clients::server::password;

use super::ALICE;

#[test]
fn by_keyboard_alone_one_signs_in_finds_adds_writes_sets_a_state_and_signs_out() {
    let server = Server::with_people(&["alice", "bob"]);
    let mut bob = server.connect("bob");
    bob.add(ALICE, "Colleagues");
    let chromium = Chromium::start();
    let alice = chromium.page("alice", Look::default());
    alice.goto(&format!("https://{}/", server.https()));
    let focused = |what: &str| alice.see(css(&format!("{what}:focus")));

    // The page opens in its first field.
    focused("input[autocomplete=username]");
    alice.types(ALICE);
    alice.press("Tab");
    focused("input[type=password]");
    alice.types(&password("alice"));
    alice.press("Enter");
    alice.is_signed_in();
    alice.see(named("button", "^My status"));

    // Who added her is the first thing on the page that asks for something.
    alice.see(role("region", "Bob Example added you"));

    // Find, add.
    alice.press("/");
    focused("input[type=search]");
    alice.types("bob");
    alice.finds("Bob Example", "Available");
    alice.press("ArrowDown");
    focused("[data-found] [data-row]");
    alice.press("Tab");
    focused("[data-found] button");
    alice.press("Enter");
    alice.see(text("Bob Example is on your Contact List"));
    alice.press("Control+k");
    focused("input[type=search]");
    alice.press("Escape");
    alice.sees("Bob Example", "Available");

    // Talk, from the list.
    tab_to(&alice, "[role=treeitem]");
    alice.press("End");
    alice.press("Enter");
    alice.is_talking_to("Bob Example");
    focused("main [role=textbox]");
    alice.types("written without a pointer");
    alice.press("Enter");
    bob.hear(ALICE, "written without a pointer");
    bob.say(ALICE, "read without a pointer");
    alice.hears("read without a pointer");
    alice.press("Escape");
    alice.gone(css("main [role=textbox]"));

    // A state by its key, and another from the menu.
    alice.press("Alt+Shift+B");
    alice.my_state_is("Busy");
    bob.wait_status(ALICE, "busy");
    tab_to(&alice, "header button[aria-haspopup]");
    alice.press("Enter");
    focused("[role=menuitemradio]");
    alice.press("d");
    alice.press("Enter");
    alice.my_state_is("Do Not Disturb");
    bob.wait_status(ALICE, "do-not-disturb");

    // Out.
    tab_to(&alice, "header button[aria-haspopup]");
    alice.press("Enter");
    focused("[role=menuitemradio]");
    alice.press("s");
    alice.press("Enter");
    alice.is_signed_out();
    bob.wait_status(ALICE, "offline");
}

/// What a screen reader says, against the server in memory: `web/e2e/heard.ts` has the day and the words.
#[test]
fn by_ear_alone_one_spends_a_day_in_english_and_in_german() {
    play("hear.ts");
}

/// Goes on by Tab until something has the focus.
#[track_caller]
fn tab_to(page: &rapport_browsers::Page, selector: &str) {
    for _ in 0..30 {
        if page.evaluate(&format!("document.activeElement?.matches({selector:?}) ?? false")) == true {
            return;
        }
        page.press("Tab");
    }
    panic!("thirty times Tab, and not at {selector}");
}

/// Every page that there is without a menu or a dialog over it, but for what names a person.
const PAGES: [(&str, &str); 11] = [
    ("/im/", "[role=tree]"),
    ("/im/talks", "[data-pane=list] li"),
    ("/im/history", "main h1"),
    ("/im/settings/look", "main [role=radio], main input[type=radio] ~ *"),
    ("/im/settings/notifications", "main input"),
    ("/im/settings/access", "main section"),
    ("/im/settings/devices", "main li"),
    ("/im/settings/app-passwords", "main input"),
    ("/im/settings/password", "main input"),
    ("/im/settings/about", "main h1"),
    ("/im/settings", "main h1"),
];

fn axe_finds_nothing(look: Look) {
    let server = Server::with_people(&["alice", "bob", "carol"]);
    let mut bob = server.connect("bob");
    bob.set_status("busy", "Ask me later");
    let chromium = Chromium::start();
    let alice = chromium.page("alice", look);
    alice.goto(&format!("https://{}/", server.https()));
    alice.see(role("button", "Sign in"));
    alice.is_accessible();
    alice.try_sign_in(ALICE, "not the password that it is");
    alice.see(css("[role=alert]"));
    alice.is_accessible();
    alice.sign_in(ALICE, &password("alice"));
    alice.add("Bob Example");
    alice.add("Carol Example");
    alice.sees("Bob Example", "Busy");
    bob.add(ALICE, "Colleagues");
    alice.talk_to("Bob Example");
    alice.say("hello");
    bob.hear(ALICE, "hello");
    bob.run("send_im", serde_json::json!({"to": ALICE, "html": "<b>hello</b>"}));
    alice.see(css("[role=log] b").having("hello"));
    alice.is_accessible();
    alice.talk_to("Carol Example");
    alice.say("anybody?");
    alice.see(css("[role=alert]").having("They are offline."));
    alice.is_accessible();
    for (path, there) in PAGES {
        alice.visit(path);
        alice.see(css(there));
        alice.is_accessible();
    }
    alice.visit("/im/history");
    alice.click(css("main li button").having("Bob Example"));
    alice.see(css("main [role=region]").having("hello"));
    assert!(alice.address().contains("/im/history/"), "{}", alice.address());
    alice.is_accessible();
    alice.visit("/im/");
    alice.open_card("Bob Example");
    alice.see(text("Bob Example sees you like this"));
    alice.is_accessible();
    alice.close_card();
    alice.menu(named("treeitem", "^Bob Example, "));
    alice.see(role("menuitem", "Send a message"));
    alice.is_accessible();
    alice.press("Escape");
    alice.click(named("button", "^My status"));
    alice.see(role("menuitem", "Sign out"));
    alice.is_accessible();
    alice.press("Escape");
    alice.find("example");
    alice.finds("Bob Example", "Busy");
    alice.is_accessible();
}

#[test]
fn axe_finds_nothing_in_light() {
    axe_finds_nothing(Look::default());
}

#[test]
fn axe_finds_nothing_in_dark() {
    axe_finds_nothing(Look { dark: true, ..Look::default() });
}

#[test]
fn axe_finds_nothing_in_high_contrast() {
    axe_finds_nothing(Look { contrast: true, ..Look::default() });
}
