//! A memory without room: new sign-ins are refused with the reason, whoever is signed in goes on, and sign-ins are taken
//! again by themselves once there is room.

use rapport_power::observe::{metric, until};
use rapport_power::{connect, setup, signed_in};
use rapport_sip::Response;
use rapport_testkit::driver::{Client, DriverError};
use real_clients::Server;
use real_clients::server::{Setup, password};
use tokio::runtime::Runtime;

const MIB: f64 = 1024.0 * 1024.0;
/// What one client lets wait in the server: a body of which the end doesn't come.
const BODY: usize = 7 << 20;

fn large() -> Setup {
    setup().setting("limits.body", "8MiB").setting("limits.outbound", "16MiB")
}

fn with_people(setup: Setup) -> Server {
    let server = Server::with(setup);
    server.add_company("example", "example.com");
    for name in ["ann", "ben", "cay"] {
        server.add_user("example", name, "example.com");
    }
    server
}

fn memory(server: &Server) -> f64 {
    metric(server, "rapport_memory_bytes")
}

/// Begins a message that never ends.
async fn begin_endless(cay: &mut Client) {
    let head = format!("MESSAGE sip:ann@example.com SIP/2.0\r\nContent-Length: {}\r\n\r\n", BODY + 1);
    cay.say_raw(head.as_bytes());
    cay.say_raw(&vec![b'x'; BODY]);
    cay.flush().await.expect("the server reads");
}

/// Ben's client answers only while something is awaited of it.
async fn while_ben_listens(ben: &mut Client, answered: impl Future<Output = Result<Response, DriverError>>) {
    tokio::select! {
        answered = answered => { answered.expect("ben answers"); }
        event = ben.expect("nothing", |_| false) => panic!("{:?}", event.err()),
    }
}

#[test]
fn above_the_ceiling_new_sign_ins_are_refused_with_the_reason_and_everything_else_goes_on() {
    let runtime = Runtime::new().expect("a runtime");
    let usual = with_people(large());
    until("the memory is known", || memory(&usual) > 0.0);
    let ceiling = memory(&usual) + 40.0 * MIB;
    drop(usual);
    let server = with_people(large().setting("limits.memory", &format!("{ceiling:.0}B")));
    assert!((metric(&server, "rapport_memory_ceiling_bytes") - ceiling).abs() < 1.0);
    runtime.block_on(async {
        let mut ann = signed_in(&server, "ann", 1).await.expect("signed in");
        let mut ben = signed_in(&server, "ben", 2).await.expect("signed in");
        let mut hoards = Vec::new();
        for seed in 10..18 {
            hoards.push(signed_in(&server, "cay", seed).await.expect("there is room yet"));
        }
        for hoard in &mut hoards {
            begin_endless(hoard).await;
        }
        until("the memory is above the ceiling", || memory(&server) > ceiling);

        let mut late = connect(&server, "ben", &password("ben"), 3).await.expect("connected");
        match late.sign_in().await {
            Err(DriverError::Refused { status: 503, diagnostics, .. }) => {
                assert!(
                    diagnostics.contains("takes no new sign-ins, try again in a minute"),
                    "{diagnostics}"
                );
            }
            other => panic!("a sign-in above the ceiling: {other:?}"),
        }
        assert!(metric(&server, "rapport_sign_ins_refused_total") >= 1.0);
        let (invite, conversation) = ann.invite("ben@example.com");
        while_ben_listens(&mut ben, ann.success(invite)).await;
        let message = ann.message(&conversation, "hello").expect("the conversation is there");
        while_ben_listens(&mut ben, ann.success(message)).await;
        server.add_user("example", "dee", "example.com");

        for hoard in hoards {
            hoard.close().await.expect("closed");
        }
        until("the memory is given back", || memory(&server) < ceiling * 15.0 / 16.0);
        signed_in(&server, "ben", 4).await.expect("there is room again");
    });
}
