//! Instant messages between a browser and a desktop client: text, form, links, typing, and what isn't delivered.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use rapport_browsers::{Chromium, css, label, role, text};
use rapport_testkit::client::Profile;
use rapport_testkit::clock::SystemClock;
use rapport_testkit::driver::{Client as Scripted, Trust};
use real_clients::Server;
use real_clients::server::password;
use serde_json::json;

use super::{ALICE, CAROL, Pair};

#[test]
fn text_goes_both_ways_in_order_and_each_message_is_shown_once() {
    let mut pair = Pair::who_know_each_other();
    let Pair { alice, bob, .. } = &mut pair;
    alice.talk_to("Bob Example");
    alice.say("hello from a browser");
    bob.hear(ALICE, "hello from a browser");
    let lines = ["one", "two & <three>", "Grüße aus Köln — 日本語 🎉", "a\nb"];
    for line in lines {
        bob.say(ALICE, line);
    }
    for line in lines {
        alice.hears(line);
    }
    let answers = ["what's up?", "1 < 2 && 3 > 2", "日本語 🎉"];
    for line in answers {
        alice.say(line);
    }
    for line in answers {
        bob.hear(ALICE, line);
    }
    let said = [&["hello from a browser"][..], &lines, &answers].concat();
    alice.has_said(&said);
    assert_eq!(bob.heard(ALICE), [&["hello from a browser"][..], &answers].concat());
}

#[test]
fn a_conversation_begun_at_the_desktop_rings_is_counted_and_is_answered_when_it_is_opened() {
    let mut pair = Pair::who_know_each_other();
    let Pair { alice, bob, .. } = &mut pair;
    bob.say(ALICE, "are you there?");
    // It is told in the rail, on the tab and on his line, and nobody has opened it yet.
    alice.see(role("button", "Conversations, 1 unread message"));
    alice.sees_like("Bob Example", "Available, 1 unread message$");
    alice.is_titled("(1) Rapport");
    let answered = |bob: &real_clients::Client| bob.messages().iter().any(|m| m.is_answer("INVITE", 200));
    assert!(!answered(bob), "nobody has opened it");

    alice.open_conversation("Bob Example");
    alice.hears("are you there?");
    alice.see(role("button", "Conversations"));
    bob.wait_message("the answer", |m| m.is_answer("INVITE", 200));
    alice.say("I am");
    bob.hear(ALICE, "I am");
    alice.is_titled("Bob Example – Rapport");
    alice.has_said(&["are you there?", "I am"]);
}

#[test]
fn form_is_kept_both_ways() {
    let mut pair = Pair::who_know_each_other();
    let Pair { alice, bob, .. } = &mut pair;
    alice.talk_to("Bob Example");
    alice.say("plain");
    bob.hear(ALICE, "plain");
    // SIPE makes one form for the whole message.
    for (html, words, selector) in [
        ("<b>bold words</b>", "bold words", "b"),
        ("<i>slanted words</i>", "slanted words", "i"),
        ("<u>lined words</u>", "lined words", "u"),
        ("<b><i>both at once</i></b>", "both at once", ":is(b i, i b)"),
    ] {
        bob.run("send_im", json!({"to": ALICE, "html": html}));
        alice.see(css(&format!("[role=log] {selector}")).having(words));
    }
    bob.run("send_im", json!({"to": ALICE, "html": "<font color=\"#ff0000\">red is only its words</font>"}));
    alice.hears("red is only its words");

    alice.click(css("main [role=textbox]"));
    alice.press("Control+b");
    alice.types("strong");
    alice.press("Control+b");
    alice.types(" and weak");
    alice.press("Enter");
    let heard = bob.hear(ALICE, "strong and weak").str("html").to_lowercase();
    assert!(heard.contains("<b>strong</b>"), "{heard}");
    alice.click(css("main [role=textbox]"));
    alice.press("Control+i");
    alice.types("1 < 2");
    alice.press("Enter");
    let heard = bob.hear(ALICE, "1 < 2").str("html").to_lowercase();
    assert!(heard.contains("<i>1 &lt; 2</i>"), "{heard}");
}

/// What Communicator writes in RTF, and the form of a plain text with a font and a colour in it, as Pidgin sends neither.
#[test]
fn rich_text_and_plain_text_with_a_form_of_its_own_are_shown_in_the_colours_of_the_reader() {
    let server = Server::with_people(&["alice", "bob"]);
    let chromium = Chromium::start();
    let alice = chromium.sign_in(&server, "alice");
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    let profile = Profile::new("bob@example.com", &password("bob"), 1)
        .with_login("EXAMPLE", "bob")
        .at(SystemClock.wall_time());
    let (mut bob, invite, talk) = runtime.block_on(async {
        let mut bob = Scripted::tls(server.tls(), &Trust::anyone(), profile).await.expect("connected");
        bob.sign_in().await.expect("signed in");
        let (invite, talk) = bob.invite(ALICE);
        bob.flush().await.expect("sent");
        (bob, invite, talk)
    });
    alice.open_conversation("Bob Example");
    runtime.block_on(bob.success(invite)).expect("she opens it");
    let mut says = |content_type: &str, body: &str| {
        let message = bob.message_of(&talk, content_type, body.to_owned().into());
        let message = message.expect("the conversation is there");
        runtime.block_on(bob.success(message)).expect("taken");
    };
    says(
        "text/rtf",
        "{\\rtf1\\ansi{\\fonttbl{\\f0 Segoe UI;}}{\\colortbl ;\\red255\\green0\\blue0;}\\f0\\fs40\\cf1 Gr\\'fc\\'dfe \\b loud\\b0  and \\i slanted\\i0\\par end}",
    );
    alice.see(css("[role=log] b").having("loud"));
    alice.see(css("[role=log] i").having("slanted"));
    alice.hears("Grüße loud and slanted");
    let form = "X-MMS-IM-Format: FN=Comic%20Sans; EF=BI; CO=ff; PF=0\r\n\r\n";
    let form: Vec<u8> = form.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let form = BASE64_STANDARD.encode(form);
    says(&format!("text/plain; charset=UTF-8;msgr={}", form.trim_end_matches('=')), "red to its writer");
    alice.see(css("[role=log] :is(b i, i b)").having("red to its writer"));
    // Colours, sizes and fonts of others can't be read in every theme: all of it looks like what has none.
    let looks = "[...document.querySelectorAll('[role=log] div[title] *')].map((one) => { const { color, fontFamily, fontSize } = \
                 getComputedStyle(one); return [color, fontFamily, fontSize].join(); })\
                 .filter((one, at, all) => all.indexOf(one) === at).length";
    assert_eq!(alice.evaluate(looks), 1);
}

#[test]
fn a_first_message_with_form_is_shown_once() {
    let mut pair = Pair::who_know_each_other();
    let Pair { alice, bob, .. } = &mut pair;
    alice.talk_to("Bob Example");
    alice.click(css("main [role=textbox]"));
    alice.press("Control+b");
    alice.types("first");
    alice.press("Enter");
    bob.hear(ALICE, "first");
    alice.press("Control+b");
    alice.say("second");
    bob.hear(ALICE, "second");
    bob.say(ALICE, "seen");
    alice.hears("seen");
    assert_eq!(bob.heard(ALICE), ["first", "second"]);
}

#[test]
fn an_address_in_a_message_is_a_link_that_leads_there_and_tells_nobody_from_where() {
    let mut pair = Pair::who_know_each_other();
    let Pair { alice, bob, .. } = &mut pair;
    alice.talk_to("Bob Example");
    bob.say(ALICE, "see https://example.com/a?b=c&d=e#f, or ask dave@example.com");
    alice.see(css("[role=log] a[href='https://example.com/a?b=c&d=e#f'][rel~=noopener][rel~=noreferrer]"));
    alice.say("http://example.org/x");
    let heard = bob.hear(ALICE, "http://example.org/x");
    assert_eq!(heard.str("text"), "http://example.org/x");
    alice.see(css("[role=log] a[href='http://example.org/x'][target=_blank]"));
}

#[test]
fn emoji_alone_are_shown_large_and_those_of_the_picker_are_sent() {
    let mut pair = Pair::who_know_each_other();
    let Pair { alice, bob, .. } = &mut pair;
    alice.talk_to("Bob Example");
    bob.say(ALICE, "🎉");
    alice.hears("🎉");
    bob.say(ALICE, "well done 🎉");
    alice.hears("well done 🎉");
    let size = |words: &str| {
        let script = format!(
            "(() => {{ const all = [...document.querySelectorAll('[role=log] div[title] div')]; \
             return parseFloat(getComputedStyle(all.find((one) => one.textContent === {words:?})).fontSize); }})()"
        );
        alice.evaluate(&script).as_f64().expect("it has a size")
    };
    assert!(size("🎉") >= 2.0 * size("well done 🎉"), "{} {}", size("🎉"), size("well done 🎉"));
    alice.click(role("button", "Emoji"));
    alice.click(text("👍"));
    alice.click(css("main [role=textbox]"));
    alice.press("Enter");
    bob.hear(ALICE, "👍");
}

#[test]
fn typing_is_seen_both_ways_and_ends_with_the_message() {
    let mut pair = Pair::who_know_each_other();
    let Pair { alice, bob, .. } = &mut pair;
    alice.talk_to("Bob Example");
    alice.say("hello");
    bob.hear(ALICE, "hello");
    bob.say(ALICE, "hello");
    alice.hears("hello");
    bob.run("typing", json!({"to": ALICE, "state": "typing"}));
    alice.see(text("Bob Example is typing …"));
    bob.say(ALICE, "there");
    alice.hears("there");
    alice.gone(text("Bob Example is typing …"));
    alice.write("half a sen");
    bob.wait("typing", |e| e.str("state") == "typing" && e.str("from").contains("alice"));
    alice.types("tence");
    alice.press("Enter");
    bob.hear(ALICE, "half a sentence");
}

#[test]
fn what_was_not_delivered_says_why_and_can_be_sent_again() {
    let mut pair = Pair::who_know_each_other();
    let Pair { alice, bob, server, .. } = &mut pair;
    alice.find_and_talk_to("Carol Example");
    alice.see(text("Carol Example is offline. A message can be delivered only once they sign in."));
    alice.say("anybody home?");
    alice.see(css("[role=alert]").having("Not delivered: They are offline."));
    let mut carol = server.connect("carol");
    alice.click(role("button", "Retry"));
    carol.hear(ALICE, "anybody home?");
    alice.gone(css("[role=alert]"));
    alice.has_said(&["anybody home?"]);
    carol.say(ALICE, "now I am");
    alice.hears("now I am");
    assert_eq!(carol.heard(ALICE), ["anybody home?"]);
    drop(carol);

    bob.set_status("do-not-disturb", "");
    alice.sees("Bob Example", "Do Not Disturb");
    alice.talk_to("Bob Example");
    alice.see(text("Bob Example doesn’t want to be disturbed."));
    alice.say("lunch?");
    alice.see(css("[role=alert]").having("They don’t want to be disturbed."));
    assert_eq!(bob.heard(ALICE), [""; 0]);
}

#[test]
fn who_is_blocked_is_told_what_is_told_of_somebody_who_is_offline() {
    let mut pair = Pair::who_know_each_other();
    let Pair { alice, bob, .. } = &mut pair;
    bob.run("block", json!({"who": ALICE}));
    alice.sees("Bob Example", "Offline");
    alice.talk_to("Bob Example");
    alice.say("do you hear me?");
    alice.see(css("[role=alert]").having("Not delivered: They are offline."));
    assert_eq!(bob.heard(ALICE), [""; 0]);
    bob.run("unblock", json!({"who": ALICE}));
    alice.sees("Bob Example", "Available");
    alice.click(role("button", "Retry"));
    bob.hear(ALICE, "do you hear me?");
}

#[test]
fn who_is_blocked_in_the_browser_learns_nothing_at_the_desktop() {
    let mut pair = Pair::who_know_each_other();
    let Pair { alice, bob, .. } = &mut pair;
    bob.add(CAROL, "Colleagues");
    bob.wait_buddy(CAROL, "named", |b| b.alias == "Carol Example");
    alice.open_card("Bob Example");
    alice.select(label("Level of Access"), "blocked");
    alice.see(css("[role=dialog]").having("May see: name"));
    alice.close_card();
    bob.wait_status(ALICE, "offline");
    bob.say(ALICE, "psst");
    let blocked = bob.wait("im_error", |e| e.str("who").contains("alice"));
    bob.say(CAROL, "psst");
    let offline = bob.wait("im_error", |e| e.str("who").contains("carol"));
    let nobody = |e: &real_clients::Event, name: &str| e.str("text").replace(name, "X");
    assert_eq!(nobody(&blocked, "Alice"), nobody(&offline, "Carol"), "the words are the same");
    alice.see(role("button", "Conversations"));
}
