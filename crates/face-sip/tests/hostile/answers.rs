//! What a callee answers to a real invitation, every element with every kind of anomaly.
//!
//! After each one the caller's transaction ends, by what the callee says properly afterwards or within its time; the
//! caller and somebody who looks on are served, and so is the callee, on a new connection if need be.

use std::time::Duration;

use tokio::time::Instant;

use crate::anomalies::{self, Case, Fault};
use crate::elements::{OF_CLIENTS, Outcomes, check, client, outcome};
use crate::talk::{Said, Talk};
use crate::world::World;

/// The answer: VIA, BELOW, FROM, TO and CALL are those of the invitation.
const ANSWER: &str = "{version=SIP/2.0} {status=STATUS} {reason=Because}\r\n\
     Via: {via={via.protocol=SIP/2.0/TLS} VIA;branch={via.branch=BRANCH}}\r\nVia: {via.2=BELOW}\r\n\
     Record-Route: {record-route=<sip:sip.example.com;transport=tls;lr>}\r\n\
     From: {from=FROM}\r\nTo: {to=TO;tag={to.tag=37}}\r\nCall-ID: {call-id=CALL}\r\n\
     CSeq: {cseq={cseq.number=1} {cseq.method=INVITE}}\r\n\
     Contact: {contact=<{contact.uri=sip:ben@example.com;opaque=user:epid:x;gruu}>}\r\n\
     User-Agent: {user-agent=UCCAPI/3.5.6907.0}\r\nSupported: {supported=com.microsoft.rtc-multiparty}\r\n\
     P-Asserted-Identity: {p-asserted-identity=<sip:ben@example.com>}\r\n\
     ms-diagnostics: {ms-diagnostics=52031;reason=\"{ms-diagnostics.reason=Declined}\"}\r\n\
     ms-user-data: {ms-user-data=ms-publiccloud=true}\r\nRetry-After: {retry-after=5}\r\n\
     Content-Type: {content-type=application/sdp}\r\nContent-Length: {content-length=LENGTH}\r\n\r\n\
     {body=v=0\r\nm=message 5060 sip null\r\n}";

/// Within which a caller hears how it ended: how long an invitation may ring, and a little.
const WITHIN: Duration = Duration::from_secs(200 + 5);
/// Cases after which a world begins anew: a registration lives for two hours, and an invitation rings for minutes.
const OF_A_WORLD: usize = 75;

/// Every template of this place.
pub(crate) fn templates() -> impl Iterator<Item = &'static str> {
    std::iter::once(ANSWER)
}

fn placed(invite: &Said, status: u16) -> String {
    let mut vias = invite.head.lines().filter_map(|line| line.strip_prefix("Via: "));
    let (ours, below) = (vias.next().expect("our Via"), vias.next().expect("the caller's"));
    let (protocol, rest) = ours.split_once(' ').expect("a protocol");
    assert_eq!(protocol, "SIP/2.0/TLS");
    let (sent_by, branch) = rest.split_once(";branch=").expect("a branch");
    let of = |name| invite.header(name).expect("what every request has");
    ANSWER
        .replace("STATUS", &status.to_string())
        .replace("VIA", sent_by)
        .replace("BELOW", below)
        .replace("FROM", of("From"))
        .replace("TO", of("To"))
        .replace("CALL", of("Call-ID"))
        .replace("BRANCH", branch)
}

/// Ana calls, Ben answers, and Dee has nothing to do with it.
struct Scene {
    world: World,
    ana: Talk,
    ben: Talk,
    dee: Talk,
}

impl Scene {
    async fn new() -> Self {
        let mut world = World::new().await;
        world.add(&world.scope, "dee", "example.com").await;
        let dee = Talk::client(&mut world, "dee", 1).await;
        let ben = Talk::client(&mut world, "ben", 1).await;
        let ana = client(&mut world).await;
        Self { world, ana, ben, dee }
    }

    /// Ana invites Ben, who hears of it.
    async fn call(&mut self, number: usize) -> Said {
        let invite = format!(
            "INVITE sip:ben@example.com SIP/2.0\r\nVia: SIP/2.0/TLS 192.0.2.1:5070;branch=z9hG4bKcall{number}\r\n\
             From: <sip:ana@example.com>;tag=44;epid={}\r\nTo: <sip:ben@example.com>\r\nCall-ID: call{number}\r\n\
             CSeq: 1 INVITE\r\nMax-Forwards: 70\r\nContact: <sip:ana@example.com;opaque=user:epid:x;gruu>\r\n\
             Content-Length: 0\r\n\r\n",
            self.ana.epid()
        );
        let heard = say(&mut self.ana, invite.as_bytes()).await;
        assert_eq!(outcome(&heard, self.ana.is_closed()), "nothing", "{heard:#?}");
        let mut heard = self.ben.hear().await;
        assert_eq!(heard.len(), 1, "{heard:#?}");
        heard.swap_remove(0)
    }

    /// Shows that the caller and the one who looks on are served, and the callee as well.
    async fn is_well(&mut self, named: &str) {
        assert!(self.ana.serves().await, "{named}: the caller is not served");
        assert!(self.dee.serves().await, "{named}: somebody who looks on is not served");
        if self.ben.is_closed() || !self.ben.serves().await {
            let fresh = Talk::client(&mut self.world, "ben", 1).await;
            std::mem::replace(&mut self.ben, fresh).ended().await;
            assert!(self.ben.serves().await, "{named}: a fresh callee is not served");
        }
        assert!(self.world.connections() <= 4, "{named}: a connection outlives its client");
    }
}

async fn say(talk: &mut Talk, octets: &[u8]) -> Vec<Said> {
    let octets = talk.signed(octets);
    talk.say(&octets).await;
    talk.hear().await
}

/// The final answer among these; an anomalous one must not bring the caller anything that is the server's to say.
fn ended(named: &str, heard: &[Said]) -> Option<u16> {
    for said in heard {
        assert!(!matches!(said.status, Some(401 | 407 | 500)), "{named}: {}", said.head);
        for line in ["P-Asserted-Identity", "ms-user-data"] {
            assert_eq!(said.header(line), None, "{named}: {}", said.head);
        }
    }
    heard.iter().find(|said| said.is_final()).and_then(|said| said.status)
}

/// Says the case as Ben, and tells what Ana is told of it at once and in the end.
async fn try_case(scene: &mut Scene, case: &Case, right: &[u8], waits: bool) -> String {
    let named = format!("{}, {}, {}", case.template, case.element, case.anomaly);
    let octets = scene.ben.signed(&case.octets);
    scene.ben.say(&octets).await;
    let heard = scene.ben.hear().await;
    check(case, &octets, &heard, OF_CLIENTS);
    let began = Instant::now();
    let heard = scene.ana.hear().await;
    let rings = heard.iter().any(|said| said.status.is_some_and(|status| (101..200).contains(&status)));
    let at_once = ended(&named, &heard);
    let mut told = match (at_once, rings) {
        (Some(status), _) => status.to_string(),
        (None, true) => "rings".to_owned(),
        (None, false) => "nothing".to_owned(),
    };
    if scene.ben.is_closed() {
        told.push_str(" and closed");
    }
    let mut last = at_once;
    if last.is_none() && !waits {
        say(&mut scene.ben, right).await;
        last = ended(&named, &scene.ana.hear().await);
        if last.is_none() {
            // It is taken for the rest of the message that the anomaly has begun: then its connection ends.
            assert!(!scene.ben.serves().await, "{named}: a right answer is not passed on");
            let fresh = Talk::client(&mut scene.world, "ben", 1).await;
            std::mem::replace(&mut scene.ben, fresh).ended().await;
        }
    }
    while last.is_none() {
        assert!(began.elapsed() < WITHIN, "{named}: the caller waits for ever");
        assert!(!scene.ana.is_closed(), "{named}: the caller has lost the connection");
        last = ended(&named, &scene.ana.hear().await);
    }
    told
}

/// Tries some of the cases for an answer of this status.
async fn check_answers(template: &'static str, status: u16, chosen: impl Fn(&Fault) -> bool) {
    let faults: Vec<Fault> = anomalies::faults(ANSWER).into_iter().filter(chosen).collect();
    let mut outcomes = Outcomes::default();
    for (begun, some) in faults.chunks(OF_A_WORLD).enumerate() {
        let mut scene = Scene::new().await;
        for (at, fault) in some.iter().enumerate() {
            let number = begun * OF_A_WORLD + at;
            let invite = scene.call(number).await;
            let case = anomalies::faulty(template, &placed(&invite, status), *fault, number);
            let right = anomalies::faultless(&placed(&invite, 486), number);
            let told = try_case(&mut scene, &case, &right, at % 3 == 0).await;
            outcomes.add(&case, told);
            scene.is_well(&format!("{template}, {}, {}", case.element, case.anomaly)).await;
        }
    }
    insta::assert_snapshot!(template, outcomes.render());
}

#[tokio::test(start_paused = true)]
async fn an_answer_with_nothing_wrong_reaches_the_caller() {
    let mut scene = Scene::new().await;
    for (number, status) in [180, 200, 302, 486, 603].into_iter().enumerate() {
        let invite = scene.call(number).await;
        say(&mut scene.ben, &anomalies::faultless(&placed(&invite, status), number)).await;
        let heard = scene.ana.hear().await;
        assert!(heard.iter().any(|said| said.status == Some(status)), "{heard:#?}");
        if status == 180 {
            say(&mut scene.ben, &anomalies::faultless(&placed(&invite, 486), number)).await;
            assert_eq!(ended("486", &scene.ana.hear().await), Some(486));
        }
    }
}

#[tokio::test(start_paused = true)]
async fn no_anomaly_of_an_acceptance_keeps_the_caller_waiting() {
    check_answers("acceptance", 200, |_| true).await;
}

#[tokio::test(start_paused = true)]
async fn no_anomaly_of_a_provisional_answer_keeps_the_caller_waiting() {
    check_answers("ringing", 180, |fault| fault.diagonal() % 3 == 0).await;
}

#[tokio::test(start_paused = true)]
async fn no_anomaly_of_a_refusal_keeps_the_caller_waiting() {
    check_answers("refusal", 486, |fault| fault.diagonal() % 3 == 1).await;
}

/// The caller has cancelled, and the callee accepts all the same: what the server says to end that goes to nobody else.
#[tokio::test(start_paused = true)]
async fn no_anomaly_of_an_acceptance_that_comes_too_late_harms_anybody_else() {
    let mut scene = Scene::new().await;
    let mut outcomes = Outcomes::default();
    for (number, fault) in
        anomalies::faults(ANSWER).into_iter().enumerate().filter(|(_, f)| f.diagonal() % 3 == 2)
    {
        let invite = scene.call(number).await;
        // An invitation that nobody has said anything to isn't cancelled yet (RFC 3261 §9.1).
        say(&mut scene.ben, &anomalies::faultless(&placed(&invite, 180), number)).await;
        scene.ana.hear().await;
        let cancel = format!(
            "CANCEL sip:ben@example.com SIP/2.0\r\nVia: SIP/2.0/TLS 192.0.2.1:5070;branch=z9hG4bKcall{number}\r\n\
             From: <sip:ana@example.com>;tag=44;epid={}\r\nTo: <sip:ben@example.com>\r\nCall-ID: call{number}\r\n\
             CSeq: 1 CANCEL\r\nMax-Forwards: 70\r\nContent-Length: 0\r\n\r\n",
            scene.ana.epid()
        );
        let heard = say(&mut scene.ana, cancel.as_bytes()).await;
        assert!(heard.iter().any(|said| said.status == Some(487)), "{heard:#?}");
        assert!(scene.ben.hear().await.iter().any(|said| said.head.starts_with("CANCEL ")));
        let case = anomalies::faulty("late", &placed(&invite, 200), fault, number);
        let named = format!("late, {}, {}", case.element, case.anomaly);
        let octets = scene.ben.signed(&case.octets);
        scene.ben.say(&octets).await;
        let heard = scene.ben.hear().await;
        check(&case, &octets, &heard, OF_CLIENTS);
        // To the contact that Ben has registered, whatever the answer names.
        let said: Vec<&str> = heard.iter().filter_map(|said| said.head.lines().next()).collect();
        let is_ours = |line: &&str| {
            line.starts_with("ACK sip:127.0.0.1:5070;")
                || line.starts_with("BYE sip:127.0.0.1:5070;")
                || line.starts_with("SIP/2.0 ")
        };
        assert!(said.iter().all(is_ours), "{named}: {said:?}");
        let methods: Vec<&str> = said.iter().filter_map(|line| line.split(' ').next()).collect();
        outcomes.add(&case, if methods.is_empty() { "nothing".to_owned() } else { methods.join(" ") });
        assert!(scene.ana.hear().await.is_empty(), "{named}: the caller has been told already");
        scene.is_well(&named).await;
    }
    insta::assert_snapshot!("late", outcomes.render());
}
