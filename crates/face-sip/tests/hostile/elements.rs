//! Every element of a SIP message with every kind of anomaly, said by a stranger and by a client that signs it.
//!
//! After each one the process lives, nothing was answered with an error of our own, and a fresh well-formed request is
//! answered: on the same connection, or on a new one if the anomaly has cost it. What each one got is in the snapshots.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use rapport_face_sip::Ended;

use crate::anomalies::{self, Case};
use crate::talk::{Colleague, ROOM, Said, Talk};
use crate::world::World;

/// Octets that what is answered to a stranger may have: no more than were said.
pub(crate) const OF_STRANGERS: fn(usize) -> usize = |asked| asked + ROOM.len();
/// And what is answered to a client: a list of presence names each person four times, and a first document has this size.
pub(crate) const OF_CLIENTS: fn(usize) -> usize = |asked| 4 * asked + 8000;

/// What came of a case, in a word.
pub(crate) fn outcome(heard: &[Said], closed: bool) -> String {
    let mut statuses: Vec<String> = heard
        .iter()
        .filter(|said| said.is_final())
        .filter_map(|said| said.status)
        .map(|s| s.to_string())
        .collect();
    statuses.dedup();
    match (statuses.is_empty(), closed) {
        (true, true) => "closed".to_owned(),
        (true, false) => "nothing".to_owned(),
        (false, true) => format!("{} and closed", statuses.join(" ")),
        (false, false) => statuses.join(" "),
    }
}

/// What came of each anomaly, by template and element.
#[derive(Default)]
pub(crate) struct Outcomes(BTreeMap<(&'static str, String), BTreeMap<String, Vec<&'static str>>>);

impl Outcomes {
    pub(crate) fn add(&mut self, case: &Case, outcome: String) {
        let of_element = self.0.entry((case.template, case.element.clone())).or_default();
        of_element.entry(outcome).or_default().push(case.anomaly);
    }

    /// A line for each outcome of an element; the most frequent one is not spelt out.
    pub(crate) fn render(&self) -> String {
        let mut out = String::new();
        for ((template, element), outcomes) in &self.0 {
            let _ = writeln!(out, "{template}, {element}");
            let most =
                outcomes.iter().max_by_key(|(_, anomalies)| anomalies.len()).map(|(outcome, _)| outcome);
            for (outcome, anomalies) in outcomes {
                let listed = if Some(outcome) == most && outcomes.len() > 1 {
                    format!("{} others", anomalies.len())
                } else if outcomes.len() == 1 {
                    format!("all {}", anomalies.len())
                } else {
                    anomalies.join(", ")
                };
                let _ = writeln!(out, "  {outcome}: {listed}");
            }
        }
        out
    }
}

pub(crate) fn check(case: &Case, said: &[u8], heard: &[Said], most: fn(usize) -> usize) {
    let Case { template, element, anomaly, .. } = case;
    let named = format!("{template}, {element}, {anomaly}");
    let octets: usize = heard.iter().map(|said| said.octets).sum();
    assert!(octets <= most(said.len()), "{named}: {octets} octets for {}", said.len());
    for said in heard {
        assert!(said.status != Some(500), "{named}: {}", said.head);
        assert!(!said.head.contains("\r\nX-Injected"), "{named}: {}", said.head);
        assert!(!said.head.contains(['\0', '\u{7}', '\u{1b}', '\u{7f}']), "{named}: {:?}", said.head);
    }
}

#[tokio::test(start_paused = true)]
async fn no_anomaly_of_a_stranger_harms_anybody_else() {
    let mut world = World::new().await;
    let mut ben = Colleague::new(&mut world, "ben").await;
    let mut bystander = Talk::stranger(&mut world);
    let mut outcomes = Outcomes::default();
    let mut cases = 0;
    for case in anomalies::all("0a0b0c0d0e0f") {
        let mut talk = Talk::stranger(&mut world);
        talk.say(&case.octets).await;
        let heard = talk.hear().await;
        check(&case, &case.octets, &heard, OF_STRANGERS);
        outcomes.add(&case, outcome(&heard, talk.is_closed()));
        cases += 1;
        if cases % 10 == 0 {
            // A stranger has half a minute.
            bystander = Talk::stranger(&mut world);
        }
        assert!(bystander.serves().await, "after {}, {}, {}", case.template, case.element, case.anomaly);
        assert!(world.connections() <= 12, "a connection outlives its client");
        if talk.is_closed() {
            let ended = talk.ended().await;
            assert!(matches!(ended, Ended::Nonsense | Ended::NoSignIn), "{}: {ended:?}", case.element);
        } else {
            talk.ended().await;
        }
    }
    assert_eq!(ben.trouble(), None);
    assert!(ben.take_asked().is_empty(), "a stranger's request has reached somebody");
    assert!(cases > 5000, "{cases} cases");
    insta::assert_snapshot!("strangers", outcomes.render());
}

/// A client that has signed in, anew when it is needed.
pub(crate) async fn client(world: &mut World) -> Talk {
    let talk = Talk::client(world, "ana", 1).await;
    assert_eq!(world.endpoints("ana").await, 1);
    talk
}

#[tokio::test(start_paused = true)]
async fn every_message_with_nothing_wrong_is_served() {
    let mut world = World::new().await;
    let _ben = Colleague::new(&mut world, "ben").await;
    let mut talk = client(&mut world).await;
    let expected = [
        ("options", "200"),
        // Beside the signature, the credentials that begin a sign-in count for nothing.
        ("register", "200"),
        ("subscribe", "200"),
        ("service", "200"),
        ("invite", "200"),
        // There is no such endpoint.
        ("message", "481"),
        ("notify", "481"),
        ("response", "nothing"),
    ];
    for ((named, octets), (template, outcomes)) in anomalies::right(talk.epid(), 0).into_iter().zip(expected)
    {
        let octets = talk.signed(&octets);
        talk.say(&octets).await;
        let heard = talk.hear().await;
        assert_eq!((named, outcome(&heard, talk.is_closed()).as_str()), (template, outcomes), "{heard:#?}");
    }
}

#[tokio::test(start_paused = true)]
async fn no_anomaly_of_a_client_costs_more_than_its_own_connection() {
    let mut world = World::new().await;
    let mut ben = Colleague::new(&mut world, "ben").await;
    let mut talk = client(&mut world).await;
    let mut outcomes = Outcomes::default();
    let (mut cases, mut lost) = (0, 0);
    for case in anomalies::all(talk.epid()) {
        let octets = talk.signed(&case.octets);
        talk.say(&octets).await;
        let heard = talk.hear().await;
        let named = format!("{}, {}, {}", case.template, case.element, case.anomaly);
        check(&case, &octets, &heard, OF_CLIENTS);
        outcomes.add(&case, outcome(&heard, talk.is_closed()));
        cases += 1;
        if talk.is_closed() {
            lost += 1;
            // Responses that can't be read add up as forged ones do.
            let forged = case.template == "response";
            let ended = talk.ended().await;
            assert!(ended == Ended::Nonsense || forged && ended == Ended::Forgeries, "{named}: {ended:?}");
            assert_eq!(world.endpoints("ana").await, 0, "{named}");
            talk = client(&mut world).await;
        } else if !talk.serves().await || cases % 25 == 0 {
            // It waits for the rest of a message, has signed out, or has as many subscriptions as it may have.
            talk.ended().await;
            talk = client(&mut world).await;
        }
        assert_eq!(ben.trouble(), None, "{named}");
        assert!(world.connections() <= 3, "{named}: a connection outlives its client");
    }
    assert!(cases > 5000 && lost * 4 < cases, "{lost} of {cases} cases have cost the connection");
    insta::assert_snapshot!("clients", outcomes.render());
}

/// The parameters of the credentials in a signed message: their names, and where their values are.
fn credentials(text: &[u8]) -> Vec<(String, std::ops::Range<usize>)> {
    let start = text.windows(15).position(|window| window == b"Authorization: ").expect("credentials") + 15;
    let end =
        start + text[start..].windows(2).position(|window| window == b"\r\n").expect("the end of the line");
    let mut found = vec![("scheme".to_owned(), start..start + 4), ("whole".to_owned(), start..end)];
    let mut at = start + 5;
    while let Some(equals) = text[at..end].windows(2).position(|window| window == b"=\"") {
        let name = String::from_utf8(text[at..at + equals].to_vec()).expect("text");
        let value = at + equals + 2;
        let length = text[value..end].iter().position(|octet| *octet == b'"').expect("a closing quote");
        found.push((name.trim_matches([',', ' ']).to_owned(), value..value + length));
        at = value + length + 1;
    }
    found
}

/// A request that is answered 480 when its signature holds, since Ben isn't there, and 401 when it doesn't.
fn asked_of_ben(number: usize) -> Vec<u8> {
    crate::world::unsigned("MESSAGE", u32::try_from(number).unwrap()).into_bytes()
}

#[tokio::test(start_paused = true)]
async fn no_anomaly_of_a_signature_is_taken_for_one() {
    let mut world = World::new().await;
    let mut talk = client(&mut world).await;
    let mut outcomes = Outcomes::default();
    let signed = talk.signed(&asked_of_ben(1));
    let names: Vec<String> = credentials(&signed).into_iter().map(|(name, _)| name).collect();
    assert_eq!(
        names,
        ["scheme", "whole", "qop", "opaque", "realm", "targetname", "crand", "cnum", "response"]
    );
    for (at, name) in names.iter().enumerate() {
        for index in 0..anomalies::of_value(b"").count() {
            let signed = talk.signed(&asked_of_ben(at * 100 + index + 10));
            let (_, range) = credentials(&signed).swap_remove(at);
            let (anomaly, value) =
                anomalies::of_value(&signed[range.clone()]).nth(index).expect("an anomaly");
            let octets = [&signed[..range.start], &value, &signed[range.end..]].concat();
            talk.say(&octets).await;
            let heard = talk.hear().await;
            let case = Case { template: "credentials", element: name.clone(), anomaly, octets };
            check(&case, &case.octets, &heard, OF_CLIENTS);
            let outcome = outcome(&heard, talk.is_closed());
            let is_signed = ["crand", "cnum", "response", "opaque", "realm", "targetname", "scheme"];
            if is_signed.contains(&name.as_str()) {
                assert!(!outcome.contains("480"), "{name}, {anomaly}: {heard:#?}");
            }
            outcomes.add(&case, outcome);
            // Wrong signatures add up to the end of the connection: each has its own.
            talk.ended().await;
            talk = client(&mut world).await;
        }
    }
    insta::assert_snapshot!("credentials", outcomes.render());
}
