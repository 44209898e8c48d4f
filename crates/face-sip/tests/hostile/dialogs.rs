//! What a client says within a conversation or a subscription that lives, every element with every kind of anomaly.
//!
//! After each one the same client, somebody who looks on, and the other end of the conversation are served; a
//! conversation that the anomaly has ended is begun anew.

use rapport_sip::Method;
use rapport_testkit::client::Invitations;

use crate::anomalies::{self, Case};
use crate::elements::{OF_CLIENTS, Outcomes, check, client, outcome};
use crate::talk::{Colleague, Said, Talk};
use crate::world::World;

/// What is said within a conversation with Ben: TARGET is where he is reached, REMOTE his tag, CALL names it.
const WITHIN: [(&str, &str); 4] = [
    (
        "bye",
        "{method=BYE} {uri=TARGET} SIP/2.0\r\n\
         Via: {via=SIP/2.0/TLS 192.0.2.1:5070;branch={via.branch=z9hG4bKwithinNUM}}\r\n\
         From: {from=<{from.uri=sip:ana@example.com}>;tag={from.tag=41};epid={from.epid=EPID}}\r\n\
         To: {to=<{to.uri=sip:ben@example.com}>;tag={to.tag=REMOTE}}\r\nCall-ID: {call-id=CALL}\r\n\
         CSeq: {cseq={cseq.number=NUM} {cseq.method=BYE}}\r\nMax-Forwards: {max-forwards=70}\r\n\
         Route: {route=<{route.uri=sip:sip.example.com;transport=tls;lr}>}\r\nContent-Length: {content-length=0}\r\n\r\n",
    ),
    (
        "ack",
        "{method=ACK} {uri=TARGET} SIP/2.0\r\nVia: {via=SIP/2.0/TLS 192.0.2.1:5070;branch={via.branch=z9hG4bKwithinNUM}}\r\n\
         From: {from=<sip:ana@example.com>;tag={from.tag=41};epid=EPID}\r\n\
         To: {to=<sip:ben@example.com>;tag={to.tag=REMOTE}}\r\nCall-ID: {call-id=CALL}\r\n\
         CSeq: {cseq={cseq.number=1} {cseq.method=ACK}}\r\nMax-Forwards: {max-forwards=70}\r\n\
         Route: {route=<sip:sip.example.com;transport=tls;lr>}\r\nContent-Length: {content-length=0}\r\n\r\n",
    ),
    (
        "info",
        "INFO {uri=TARGET} SIP/2.0\r\nVia: SIP/2.0/TLS 192.0.2.1:5070;branch=z9hG4bKwithinNUM\r\n\
         From: <sip:ana@example.com>;tag=41;epid=EPID\r\nTo: {to=<sip:ben@example.com>;tag={to.tag=REMOTE}}\r\n\
         Call-ID: {call-id=CALL}\r\nCSeq: {cseq={cseq.number=NUM} INFO}\r\nMax-Forwards: 70\r\n\
         Contact: {contact=<sip:ana@example.com;opaque=user:epid:x;gruu>}\r\n\
         Content-Type: {content-type=application/xml}\r\nContent-Length: {content-length=LENGTH}\r\n\r\n\
         {body=<KeyboardActivity><status status=\"type\"/></KeyboardActivity>}",
    ),
    (
        "refer",
        "REFER {uri=TARGET} SIP/2.0\r\nVia: SIP/2.0/TLS 192.0.2.1:5070;branch=z9hG4bKwithinNUM\r\n\
         From: <sip:ana@example.com>;tag=41;epid=EPID\r\nTo: {to=<sip:ben@example.com>;tag={to.tag=REMOTE}}\r\n\
         Call-ID: {call-id=CALL}\r\nCSeq: {cseq={cseq.number=NUM} REFER}\r\nMax-Forwards: 70\r\n\
         Contact: <sip:ana@example.com;opaque=user:epid:x;gruu>\r\n\
         Refer-To: {refer-to=<{refer-to.uri=sip:cal@example.com}>}\r\n\
         Referred-By: {referred-by=<{referred-by.uri=sip:ana@example.com}>}\r\n\
         Reply-To: {reply-to=<sip:ana@example.com>}\r\nDiversion: {diversion=<sip:cal@example.com>;reason=no-answer}\r\n\
         History-Info: {history-info=<sip:cal@example.com>;index=1}\r\nIdentity: {identity=\"aGk=\"}\r\n\
         Content-Length: 0\r\n\r\n",
    ),
];

/// What takes back an invitation that rings at Cal's.
const CANCEL: &str = "{method=CANCEL} {uri=sip:cal@example.com} SIP/2.0\r\n\
     Via: {via=SIP/2.0/TLS 192.0.2.1:5070;branch={via.branch=z9hG4bKringNUM}}\r\n\
     From: {from=<sip:ana@example.com>;tag={from.tag=42};epid=EPID}\r\nTo: {to=<sip:cal@example.com>}\r\n\
     Call-ID: {call-id=ringNUM}\r\nCSeq: {cseq={cseq.number=1} {cseq.method=CANCEL}}\r\n\
     Max-Forwards: {max-forwards=70}\r\nContent-Length: {content-length=0}\r\n\r\n";

/// What prolongs a subscription to one's own contact list.
const RENEWAL: &str = "SUBSCRIBE {uri=sip:ana@example.com} SIP/2.0\r\n\
     Via: {via=SIP/2.0/TLS 192.0.2.1:5070;branch={via.branch=z9hG4bKrenewNUM}}\r\n\
     From: {from=<sip:ana@example.com>;tag={from.tag=43};epid=EPID}\r\n\
     To: {to=<sip:ana@example.com>;tag={to.tag=REMOTE}}\r\nCall-ID: {call-id=CALL}\r\n\
     CSeq: {cseq={cseq.number=NUM} {cseq.method=SUBSCRIBE}}\r\nMax-Forwards: {max-forwards=70}\r\n\
     Contact: {contact=<sip:ana@example.com;opaque=user:epid:x;gruu>}\r\nEvent: {event=vnd-microsoft-roaming-contacts}\r\n\
     Expires: {expires=600}\r\nSupported: {supported=ms-benotify}\r\nProxy-Require: {proxy-require=ms-benotify}\r\n\
     Content-Length: {content-length=0}\r\n\r\n";

/// Every template of this place.
pub(crate) fn templates() -> impl Iterator<Item = &'static str> {
    WITHIN.into_iter().map(|(_, marked)| marked).chain([CANCEL, RENEWAL])
}

/// A dialog that lives, as its other end has made it.
struct Dialog {
    call_id: String,
    remote: String,
    target: String,
}

impl Dialog {
    fn of(call_id: &str, answer: &Said) -> Self {
        let remote = answer.header("To").and_then(|to| to.split(";tag=").nth(1)).expect("a tag");
        let target = answer.header("Contact").unwrap_or("<sip:x>");
        Self {
            call_id: call_id.to_owned(),
            remote: remote.split(';').next().unwrap_or_default().to_owned(),
            target: target.trim_start_matches('<').split('>').next().unwrap_or_default().to_owned(),
        }
    }

    fn placed(&self, marked: &str, epid: &str) -> String {
        marked
            .replace("REMOTE", &self.remote)
            .replace("CALL", &self.call_id)
            .replace("EPID", epid)
            .replace("TARGET", &self.target)
    }
}

/// Ana on her connection, those she talks to, and somebody who has nothing to do with it.
struct Scene {
    world: World,
    ana: Talk,
    ben: Colleague,
    cal: Colleague,
    dee: Talk,
    /// Numbers what is said: no number comes twice, and each is higher than those before.
    number: usize,
}

impl Scene {
    async fn new() -> Self {
        let mut world = World::new().await;
        world.add(&world.scope, "dee", "example.com").await;
        let ben = Colleague::new(&mut world, "ben").await;
        let cal = Colleague::who(&mut world, "cal", Invitations::Leave).await;
        let dee = Talk::client(&mut world, "dee", 1).await;
        let ana = client(&mut world).await;
        Self { world, ana, ben, cal, dee, number: 10 }
    }

    async fn say(&mut self, octets: &[u8]) -> Vec<Said> {
        let octets = self.ana.signed(octets);
        self.ana.say(&octets).await;
        self.ana.hear().await
    }

    async fn ask(&mut self, text: &str) -> Option<Said> {
        self.number += 1;
        let text = text.replace("NUM", &self.number.to_string()).replace("EPID", self.ana.epid());
        self.say(text.as_bytes()).await.into_iter().rfind(Said::is_final)
    }

    /// Begins a conversation with Ben.
    async fn call(&mut self) -> Dialog {
        let invite = "INVITE sip:ben@example.com SIP/2.0\r\nVia: SIP/2.0/TLS 192.0.2.1:5070;branch=z9hG4bKcallNUM\r\n\
                      From: <sip:ana@example.com>;tag=41;epid=EPID\r\nTo: <sip:ben@example.com>\r\nCall-ID: callNUM\r\n\
                      CSeq: 1 INVITE\r\nMax-Forwards: 70\r\nContact: <sip:ana@example.com;opaque=user:epid:x;gruu>\r\n\
                      Content-Length: 0\r\n\r\n";
        let answer = self.ask(invite).await.expect("an answer of Ben's");
        assert_eq!(answer.status, Some(200), "{}", answer.head);
        Dialog::of(&format!("call{}", self.number), &answer)
    }

    /// Begins a subscription.
    async fn subscribe(&mut self) -> Dialog {
        let first = "SUBSCRIBE sip:ana@example.com SIP/2.0\r\nVia: SIP/2.0/TLS 192.0.2.1:5070;branch=z9hG4bKfirstNUM\r\n\
                     From: <sip:ana@example.com>;tag=43;epid=EPID\r\nTo: <sip:ana@example.com>\r\nCall-ID: firstNUM\r\n\
                     CSeq: 1 SUBSCRIBE\r\nMax-Forwards: 70\r\nContact: <sip:ana@example.com;opaque=user:epid:x;gruu>\r\n\
                     Event: vnd-microsoft-roaming-contacts\r\nSupported: ms-benotify\r\nProxy-Require: ms-benotify\r\n\
                     Content-Length: 0\r\n\r\n";
        let answer = self.ask(first).await.expect("an answer");
        assert_eq!(answer.status, Some(200), "{}", answer.head);
        Dialog::of(&format!("first{}", self.number), &answer)
    }

    /// Says the case, and holds what comes of it against what must.
    async fn try_case(&mut self, case: &Case, outcomes: &mut Outcomes) {
        let octets = self.ana.signed(&case.octets);
        self.ana.say(&octets).await;
        let heard = self.ana.hear().await;
        check(case, &octets, &heard, OF_CLIENTS);
        outcomes.add(case, outcome(&heard, self.ana.is_closed()));
    }

    /// Shows that everybody is served; tells whether Ana has kept her connection.
    async fn is_well(&mut self, named: &str) -> bool {
        assert!(self.dee.serves().await, "{named}: somebody who looks on is not served");
        assert_eq!((self.ben.trouble(), self.cal.trouble()), (None, None), "{named}");
        assert!(self.world.connections() <= 5, "{named}: a connection outlives its client");
        if !self.ana.is_closed() && self.ana.serves().await {
            return true;
        }
        let fresh = client(&mut self.world).await;
        std::mem::replace(&mut self.ana, fresh).ended().await;
        assert!(self.ana.serves().await, "{named}: a fresh client is not served");
        false
    }
}

/// Tells whether a right request within the conversation is answered by Ben.
async fn lives(scene: &mut Scene, dialog: &Dialog) -> bool {
    let (_, info) = WITHIN[2];
    let info = anomalies::faultless(&dialog.placed(info, scene.ana.epid()), scene.number + 1);
    let answer = scene.ask(&String::from_utf8(info).unwrap()).await.expect("an answer");
    let status = answer.status.unwrap_or_default();
    assert!(matches!(status, 200 | 481), "{}", answer.head);
    status == 200
}

async fn check_within(template: &'static str, expected: &str) {
    let mut scene = Scene::new().await;
    let (_, marked) = WITHIN.into_iter().find(|(name, _)| *name == template).expect("a template");
    let mut dialog = scene.call().await;
    scene.number += 1;
    let right = anomalies::faultless(&dialog.placed(marked, scene.ana.epid()), scene.number);
    let heard = scene.say(&right).await;
    assert_eq!(outcome(&heard, false), expected, "{heard:#?}");
    assert!(scene.ben.take_asked().iter().any(|asked| asked.method.as_str().eq_ignore_ascii_case(template)));
    let mut outcomes = Outcomes::default();
    for fault in anomalies::faults(&dialog.placed(marked, scene.ana.epid())) {
        if !lives(&mut scene, &dialog).await {
            dialog = scene.call().await;
        }
        scene.number += 1;
        let marked = dialog.placed(marked, scene.ana.epid());
        let case = anomalies::faulty(template, &marked, fault, scene.number);
        scene.try_case(&case, &mut outcomes).await;
        scene.is_well(&format!("{template}, {}, {}", case.element, case.anomaly)).await;
    }
    insta::assert_snapshot!(template, outcomes.render());
}

#[tokio::test(start_paused = true)]
async fn no_anomaly_of_a_bye_harms_anybody_else() {
    check_within("bye", "200").await;
}

#[tokio::test(start_paused = true)]
async fn no_anomaly_of_an_ack_harms_anybody_else() {
    check_within("ack", "nothing").await;
}

#[tokio::test(start_paused = true)]
async fn no_anomaly_of_an_info_harms_anybody_else() {
    check_within("info", "200").await;
}

#[tokio::test(start_paused = true)]
async fn no_anomaly_of_a_refer_harms_anybody_else() {
    check_within("refer", "603").await;
}

#[tokio::test(start_paused = true)]
async fn no_anomaly_of_a_cancel_keeps_an_invitation_from_being_taken_back() {
    let mut scene = Scene::new().await;
    let mut outcomes = Outcomes::default();
    for fault in anomalies::faults(CANCEL) {
        scene.number += 1;
        let number = scene.number.to_string();
        let invite = "INVITE sip:cal@example.com SIP/2.0\r\nVia: SIP/2.0/TLS 192.0.2.1:5070;branch=z9hG4bKringNUM\r\n\
                      From: <sip:ana@example.com>;tag=42;epid=EPID\r\nTo: <sip:cal@example.com>\r\nCall-ID: ringNUM\r\n\
                      CSeq: 1 INVITE\r\nMax-Forwards: 70\r\nContact: <sip:ana@example.com;opaque=user:epid:x;gruu>\r\n\
                      Content-Length: 0\r\n\r\n";
        let invite = invite.replace("NUM", &number).replace("EPID", scene.ana.epid());
        let heard = scene.say(invite.as_bytes()).await;
        assert_eq!(outcome(&heard, scene.ana.is_closed()), "nothing", "it rings: {heard:#?}");
        let marked = CANCEL.replace("EPID", scene.ana.epid());
        let case = anomalies::faulty("cancel", &marked, fault, scene.number);
        let named = format!("cancel, {}, {}", case.element, case.anomaly);
        let octets = scene.ana.signed(&case.octets);
        scene.ana.say(&octets).await;
        let heard = scene.ana.hear().await;
        check(&case, &octets, &heard, OF_CLIENTS);
        let told = outcome(&heard, scene.ana.is_closed());
        let is_over = told.contains("487");
        outcomes.add(&case, told);
        if scene.is_well(&named).await && !is_over {
            let right = anomalies::faultless(&CANCEL.replace("EPID", scene.ana.epid()), scene.number);
            let heard = scene.say(&right).await;
            let is_told = |code| heard.iter().any(|said| said.status == Some(code));
            assert!(is_told(200) && is_told(487), "{named}: {heard:#?}");
        }
    }
    assert!(scene.cal.take_asked().iter().any(|asked| asked.method == Method::Cancel));
    insta::assert_snapshot!("cancel", outcomes.render());
}

#[tokio::test(start_paused = true)]
async fn no_anomaly_of_a_renewed_subscription_harms_anybody_else() {
    let mut scene = Scene::new().await;
    let mut outcomes = Outcomes::default();
    let mut dialog = scene.subscribe().await;
    for (at, fault) in anomalies::faults(RENEWAL).into_iter().enumerate() {
        scene.number += 1;
        let marked = dialog.placed(RENEWAL, scene.ana.epid());
        let case = anomalies::faulty("renewal", &marked, fault, scene.number);
        scene.try_case(&case, &mut outcomes).await;
        let named = format!("renewal, {}, {}", case.element, case.anomaly);
        let is_well = scene.is_well(&named).await;
        scene.number += 1;
        let right = anomalies::faultless(&dialog.placed(RENEWAL, scene.ana.epid()), scene.number);
        let heard = if is_well { scene.say(&right).await } else { Vec::new() };
        let status = heard.iter().rfind(|said| said.is_final()).and_then(|said| said.status);
        match status {
            Some(200) => {}
            // It has ended with its connection or by the anomaly, or its numbers are beyond ours.
            None | Some(481 | 500) => {
                if is_well && at % 16 == 15 {
                    // A client may have so many subscriptions, and these are not ended.
                    let fresh = client(&mut scene.world).await;
                    std::mem::replace(&mut scene.ana, fresh).ended().await;
                }
                dialog = scene.subscribe().await;
            }
            Some(other) => panic!("{named}: {other}: {heard:#?}"),
        }
    }
    insta::assert_snapshot!("renewal", outcomes.render());
}
