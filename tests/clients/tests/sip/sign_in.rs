//! A sign-in by two programs that no one here wrote: `sipp` speaks SIP, `gss-ntlmssp` NTLM.

use real_clients::relay::{Credentials, Relay};
use real_clients::server::password;
use real_clients::{Scratch, Server, tools};

const SCENARIO: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/sip/sign_in.xml");

fn play(relay: &Relay) -> (bool, String) {
    let scratch = Scratch::new("sipp");
    let arguments = [
        "-sf",
        SCENARIO,
        "-t",
        "t1",
        "-m",
        "1",
        "-nostdin",
        "-timeout",
        "60s",
        "-timeout_error",
        "-recv_timeout",
        "45000",
        "-i",
        "127.0.0.1",
    ];
    let target = relay.address().to_string();
    let mut arguments = arguments.to_vec();
    arguments.push(&target);
    let output = tools::run("sipp", scratch.path(), &arguments);
    eprintln!("{}", tools::said(&output));
    (output.status.success(), tools::said(&output))
}

#[test]
fn sipp_signs_in_with_tokens_of_gss_ntlmssp_and_every_signature_is_right() {
    let server = Server::with_people(&["alice"]);
    let credentials = Credentials { domain: "EXAMPLE", user: "alice", password: &password("alice") };
    let relay = Relay::start(server.tcp(), credentials);
    let (passed, said) = play(&relay);
    let report = relay.report();
    assert!(passed, "{said}\n{}", report.said);
    assert_eq!(report.refused, [""; 0], "{}", report.said);
    assert!(report.verified >= 3, "REGISTER, SUBSCRIBE and the end were signed: {}", report.said);
}

#[test]
fn sipp_does_not_get_in_with_a_wrong_password() {
    let server = Server::with_people(&["alice"]);
    let credentials = Credentials { domain: "EXAMPLE", user: "alice", password: "wrong" };
    let relay = Relay::start(server.tcp(), credentials);
    let (passed, _) = play(&relay);
    let report = relay.report();
    assert!(!passed, "{}", report.said);
    assert!(!report.said.contains("SIP/2.0 200"), "{}", report.said);
    assert_eq!(report.verified, 0);
}
