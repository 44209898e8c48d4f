//! Both sides of a sign-in against each other, then everything that must not work.

use super::*;
use crate::client::{ClientAssociation, ClientError, ClientHandshake};
use crate::ntlm::FileTime;
use crate::ntlm::client::{Account, Chance};

const NAMES: TargetNames<'static> = TargetNames {
    netbios_domain: "EXAMPLE",
    netbios_computer: "OCS",
    dns_domain: "example.com",
    dns_computer: "ocs.example.com",
    dns_tree: "example.com",
};
const OPAQUE: Opaque = Opaque(0x2BDB_AC9D);

#[expect(
    clippy::disallowed_methods,
    reason = "an Instant can only be had from the clock; tests then add to it"
)]
fn start() -> Instant {
    Instant::now()
}

fn acceptor() -> Acceptor {
    Acceptor::new(REALM, "ocs.example.com", &NAMES).unwrap()
}

fn chance() -> Chance {
    Chance { client_challenge: [3; 8], exported_session_key: [4; 16], time: FileTime(0) }
}

fn account(password: &str) -> Account<'static> {
    Account {
        user: "alice",
        domain: "EXAMPLE",
        workstation: "PC",
        nt_hash: NtHash::of_password(password),
        channel_binding: None,
    }
}

fn register() -> SignedFields<'static> {
    SignedFields {
        call_id: "c0ffee01",
        cseq: "3",
        method: "REGISTER",
        from_uri: "sip:alice@example.com",
        from_tag: "f1",
        to_uri: "sip:alice@example.com",
        ..SignedFields::default()
    }
}

fn ok() -> SignedFields<'static> {
    SignedFields { to_tag: "t1", expires: "7200", status: Some(200), ..register() }
}

fn subscribe(cseq: &'static str) -> SignedFields<'static> {
    SignedFields { call_id: "c0ffee02", cseq, method: "SUBSCRIBE", ..register() }
}

/// Goes up to the client's answer in the given version.
fn handshake(version: Version, password: &str, now: Instant) -> (HalfOpen, String, ClientAssociation) {
    let acceptor = acceptor();
    let mut offer = String::new();
    acceptor.offer(&mut offer);
    let mut client = ClientHandshake::new(&offer).unwrap();
    if version == Version::V3 {
        client = client.in_version_3();
    }
    let mut first = String::new();
    client.write_first(&mut first);
    let credentials = acceptor.pick([first.as_str()], None).unwrap();
    assert_eq!(credentials.gssapi_data, Some(""));
    assert_eq!(Version::negotiate(credentials.version), Some(version));
    let half_open = acceptor.challenge(OPAQUE, [1, 2, 3, 4, 5, 6, 7, 8], version, now);
    let mut challenge = String::new();
    half_open.write(&mut challenge);
    let mut answer = String::new();
    let association =
        client.answer(&challenge, &account(password), &chance(), &register(), 7, &mut answer).unwrap();
    (half_open, answer, association)
}

fn accept(half_open: HalfOpen, answer: &str, password: &str, now: Instant) -> Result<SignedIn, SignInError> {
    let credentials = AuthParams::parse(answer).unwrap();
    let claim = half_open.claim(&credentials, now)?;
    assert_eq!((claim.user(), claim.domain(), claim.workstation()), ("alice", "EXAMPLE", "PC"));
    claim.accept(
        &[NtHash::of_password(password)],
        &credentials,
        &register(),
        &Policy::default(),
        "sip:alice@example.com",
        now,
    )
}

fn signed_in(now: Instant) -> (Association, ClientAssociation) {
    let (half_open, answer, client) = handshake(Version::V4, "Alice-pw1", now);
    (accept(half_open, &answer, "Alice-pw1", now).unwrap().association, client)
}

fn signed(client: &mut ClientAssociation, fields: &SignedFields<'_>) -> String {
    let mut line = String::new();
    client.sign(fields, 0x0A1B_2C3D, &mut line);
    line
}

fn verify(
    server: &mut Association,
    line: &str,
    fields: &SignedFields<'_>,
    now: Instant,
) -> Result<(), VerifyError> {
    server.verify(&AuthParams::parse(line).unwrap(), fields, now)
}

#[test]
fn a_client_signs_in_and_both_sides_believe_each_other() {
    let now = start();
    for version in [Version::V3, Version::V4] {
        let (half_open, answer, mut client) = handshake(version, "Alice-pw1", now);
        assert_eq!(answer.contains("response="), version == Version::V4);
        let SignedIn { association: mut server, candidate } =
            accept(half_open, &answer, "Alice-pw1", now).unwrap();
        assert_eq!(candidate, 0);
        assert_eq!(
            (server.identity(), server.opaque(), server.version()),
            ("sip:alice@example.com", OPAQUE, version)
        );
        for cseq in ["1", "2", "3"] {
            let mut info = String::new();
            server.sign(&ok(), 0x9616_454F, &mut info);
            client.verify(&info, &ok()).unwrap();
            let line = signed(&mut client, &subscribe(cseq));
            verify(&mut server, &line, &subscribe(cseq), now).unwrap();
        }
    }
}

#[test]
fn the_headers_read_as_those_of_2007_r2() {
    let now = start();
    let half_open = acceptor().challenge(OPAQUE, [0; 8], Version::V4, now);
    let mut challenge = String::new();
    half_open.write(&mut challenge);
    assert!(challenge.starts_with(r#"NTLM opaque="2BDBAC9D", gssapi-data="TlRMTVNTUAACAAAA"#));
    assert!(
        challenge
            .ends_with(r#"", targetname="ocs.example.com", realm="SIP Communications Service", version=4"#)
    );
    let (mut server, _) = signed_in(now);
    let mut info = String::new();
    server.sign(&ok(), 0x0616_454F, &mut info);
    let rest = info.strip_prefix(r#"NTLM rspauth="01000000"#).unwrap();
    assert_eq!(
        &rest[16..],
        r#"64000000", srand="0616454F", snum="1", opaque="2BDBAC9D", qop="auth", targetname="ocs.example.com", realm="SIP Communications Service""#
    );
}

#[test]
fn wrong_password_without_a_mic_is_refused() {
    let now = start();
    for version in [Version::V3, Version::V4] {
        let (half_open, answer, _) = handshake(version, "guess", now);
        let outcome = accept(half_open, &answer, "Alice-pw1", now);
        assert_eq!(outcome.unwrap_err(), SignInError::Refused(Refusal::WrongPassword));
    }
}

#[test]
fn a_challenge_is_good_for_a_minute() {
    let now = start();
    for (age, good) in [(60, true), (61, false)] {
        let (half_open, answer, _) = handshake(Version::V4, "Alice-pw1", now);
        let outcome = accept(half_open, &answer, "Alice-pw1", now + Duration::from_secs(age));
        assert_eq!(outcome.err(), if good { None } else { Some(SignInError::Expired) });
    }
}

#[test]
fn an_answer_for_another_challenge_is_refused() {
    let now = start();
    let (_, answer, _) = handshake(Version::V4, "Alice-pw1", now);
    let other = acceptor().challenge(Opaque(1), [1, 2, 3, 4, 5, 6, 7, 8], Version::V4, now);
    assert_eq!(accept(other, &answer, "Alice-pw1", now).unwrap_err(), SignInError::WrongOpaque);
    // The same name, but other random bytes.
    let other = acceptor().challenge(OPAQUE, [9; 8], Version::V4, now);
    let outcome = accept(other, &answer, "Alice-pw1", now);
    assert_eq!(outcome.unwrap_err(), SignInError::Refused(Refusal::WrongPassword));
}

#[test]
fn a_version_4_answer_must_be_signed_rightly() {
    let now = start();
    let (half_open, answer, _) = handshake(Version::V4, "Alice-pw1", now);
    let (unsigned, _) = answer.split_once(", crand=").unwrap();
    let outcome = accept(half_open, unsigned, "Alice-pw1", now);
    assert_eq!(outcome.unwrap_err(), SignInError::Signature(VerifyError::NotSigned));

    let (half_open, answer, _) = handshake(Version::V4, "Alice-pw1", now);
    let credentials = AuthParams::parse(&answer).unwrap();
    let outcome = half_open.claim(&credentials, now).unwrap().accept(
        &[NtHash::of_password("Alice-pw1")],
        &credentials,
        &SignedFields { from_uri: "sip:bob@example.com", ..register() },
        &Policy::default(),
        "",
        now,
    );
    assert_eq!(outcome.unwrap_err(), SignInError::Signature(VerifyError::BadSignature));
}

#[test]
fn an_answer_without_a_readable_token_is_refused() {
    let now = start();
    let long = "A".repeat(MAX_TOKEN * 2);
    for (data, error) in [
        (None, SignInError::NoToken),
        (Some(""), SignInError::NoToken),
        (Some("%"), SignInError::NotBase64),
        (Some(long.as_str()), SignInError::NotBase64),
        (Some("AAAA"), SignInError::Token(ParseError::Malformed { what: "signature", at: 0 })),
    ] {
        let credentials = AuthParams {
            scheme: "NTLM",
            realm: Some(REALM),
            targetname: Some("ocs.example.com"),
            opaque: Some("2BDBAC9D"),
            gssapi_data: data,
            ..AuthParams::default()
        };
        let half_open = acceptor().challenge(OPAQUE, [1; 8], Version::V4, now);
        assert_eq!(half_open.claim(&credentials, now).unwrap_err(), error);
    }
}

#[test]
fn a_message_is_taken_once() {
    let now = start();
    let (mut server, mut client) = signed_in(now);
    let second = signed(&mut client, &subscribe("1"));
    let third = signed(&mut client, &subscribe("2"));
    // They may overtake each other, but not come again.
    verify(&mut server, &third, &subscribe("2"), now).unwrap();
    verify(&mut server, &second, &subscribe("1"), now).unwrap();
    assert_eq!(verify(&mut server, &second, &subscribe("1"), now), Err(VerifyError::Replayed));
    assert_eq!(verify(&mut server, &third, &subscribe("2"), now), Err(VerifyError::Replayed));
}

#[test]
fn a_forged_message_does_not_use_up_its_number() {
    let now = start();
    let (mut server, mut client) = signed_in(now);
    let line = signed(&mut client, &subscribe("1"));
    assert_eq!(verify(&mut server, &line, &subscribe("9"), now), Err(VerifyError::BadSignature));
    verify(&mut server, &line, &subscribe("1"), now).unwrap();
}

#[test]
fn a_new_association_may_begin_with_a_later_number() {
    let now = start();
    let (mut server, mut client) = signed_in(now);
    for _ in 0..1000 {
        signed(&mut client, &subscribe("1"));
    }
    let line = signed(&mut client, &subscribe("1"));
    assert!(line.contains(r#"cnum="1002""#));
    verify(&mut server, &line, &subscribe("1"), now).unwrap();
}

#[test]
fn another_associations_signature_is_refused() {
    let now = start();
    let (mut server, mut client) = signed_in(now);
    let line = signed(&mut client, &subscribe("1"));
    for altered in [
        line.replace("2BDBAC9D", "2BDBAC9E"),
        line.replace("2BDBAC9D", "2bdbac9d"),
        line.replace("ocs.example.com", "ocs.example.net"),
        line.replace("NTLM", "Kerberos"),
        line.replace("SIP Communications Service", "elsewhere"),
    ] {
        assert_eq!(
            verify(&mut server, &altered, &subscribe("1"), now),
            Err(VerifyError::WrongOpaque),
            "{altered}"
        );
    }
}

#[test]
fn an_unsigned_or_odd_message_is_refused() {
    let now = start();
    let (mut server, mut client) = signed_in(now);
    let line = signed(&mut client, &subscribe("1"));
    for altered in [
        line.replace("response=", "x="),
        line.replace("crand=", "x="),
        line.replace("cnum=", "x="),
        line.replace(r#"cnum="2""#, r#"cnum="-2""#),
        line.replace(r#"cnum="2""#, r#"cnum="4294967296""#),
        line.replace(r#"crand=""#, &format!(r#"crand="{}"#, "0".repeat(40))),
    ] {
        assert_eq!(
            verify(&mut server, &altered, &subscribe("1"), now),
            Err(VerifyError::NotSigned),
            "{altered}"
        );
    }
    let zero = line.replace(r#"cnum="2""#, r#"cnum="0""#);
    assert_eq!(verify(&mut server, &zero, &subscribe("1"), now), Err(VerifyError::Replayed));
}

#[test]
fn an_association_ends_after_eight_hours_however_busy() {
    let now = start();
    let (mut server, mut client) = signed_in(now);
    let late = now + ASSOCIATION_LIFE - Duration::from_secs(1);
    let line = signed(&mut client, &subscribe("1"));
    verify(&mut server, &line, &subscribe("1"), late).unwrap();
    assert_eq!(server.last_used(), late);
    let line = signed(&mut client, &subscribe("2"));
    assert_eq!(
        verify(&mut server, &line, &subscribe("2"), now + ASSOCIATION_LIFE),
        Err(VerifyError::Expired)
    );
    // The answer that says so can still be believed.
    let mut info = String::new();
    server.sign(&ok(), 1, &mut info);
    client.verify(&info, &ok()).unwrap();
}

#[test]
fn our_line_is_found_among_several() {
    let acceptor = acceptor();
    let foreign =
        r#"NTLM realm="SIP Communications Service", targetname="other.example.com", opaque="2BDBAC9D""#;
    let stale = r#"NTLM realm="SIP Communications Service", targetname="ocs.example.com", opaque="00000001""#;
    let ours = r#"NTLM realm="SIP Communications Service", targetname="ocs.example.com", opaque="2BDBAC9D""#;
    let lines = ["garbage=", "Digest realm=\"x\"", foreign, stale, ours];
    let opaque = |name| acceptor.pick(lines, name).and_then(|params| params.opaque);
    assert_eq!(opaque(Some(OPAQUE)), Some("2BDBAC9D"));
    assert_eq!(opaque(Some(Opaque(9))), Some("00000001"));
    assert_eq!(opaque(None), Some("00000001"));
    assert_eq!(acceptor.pick(["garbage=", foreign], None), None);
}

#[test]
fn the_client_refuses_what_the_server_did_not_sign() {
    let now = start();
    let (mut server, mut client) = signed_in(now);
    let mut info = String::new();
    server.sign(&ok(), 1, &mut info);
    let altered = SignedFields { expires: "60", ..ok() };
    assert_eq!(client.verify(&info, &altered), Err(ClientError::BadSignature));
    client.verify(&info, &ok()).unwrap();
    assert_eq!(client.verify(&info, &ok()), Err(ClientError::Replayed));
}

#[test]
fn versions_before_3_are_not_spoken() {
    for (sent, version) in [
        (None, None),
        (Some(2), None),
        (Some(3), Some(Version::V3)),
        (Some(4), Some(Version::V4)),
        (Some(5), Some(Version::V4)),
    ] {
        assert_eq!(Version::negotiate(sent), version);
    }
}

#[test]
fn names_that_cannot_be_quoted_are_refused() {
    for name in ["", "a\"b", "a\\b", "a\r\nb", "é"] {
        assert!(matches!(Acceptor::new(name, "ocs", &NAMES), Err(NameError::Unquotable("realm"))));
        assert!(matches!(Acceptor::new(REALM, name, &NAMES), Err(NameError::Unquotable("target name"))));
    }
    let long = "x".repeat(256);
    let names = TargetNames { dns_tree: &long, ..NAMES };
    assert!(matches!(Acceptor::new(REALM, "ocs", &names), Err(NameError::TooLong(_))));
}

#[test]
fn decimals_are_written_in_full() {
    for value in [0, 7, 10, 4_294_967_296, u64::MAX] {
        assert_eq!(decimal(value, &mut [0; 20]), value.to_string());
    }
}
