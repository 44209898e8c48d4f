//! Every token and signature of a real client's sign-ins; see `vectors/README.md` for where they are from.

#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rapport_sip::Headers;
use rapport_sipauth::header::AuthParams;
use rapport_sipauth::message::{credential_lines, fields_of};
use rapport_sipauth::ntlm::{Authenticate, Challenge, NtHash, Policy, Refusal, SessionKeys};
use rapport_sipauth::signature::{SignedFields, SigningKey, Stamp};

const TRACE: &str = include_str!("vectors/sipe-1.25-signin.jsonl");

struct Head {
    from_client: bool,
    text: String,
}

impl Head {
    fn get(&self, name: &str) -> &str {
        self.text
            .split("\r\n")
            .skip(1)
            .filter_map(|line| line.split_once(": "))
            .find(|(candidate, _)| candidate.eq_ignore_ascii_case(name))
            .map_or("", |(_, value)| value)
    }

    fn auth(&self) -> Option<AuthParams<'_>> {
        ["Authorization", "Authentication-Info", "WWW-Authenticate"]
            .into_iter()
            .map(|name| self.get(name))
            .find(|value| !value.is_empty())
            .map(|value| AuthParams::parse(value).unwrap())
    }

    fn fields(&self) -> SignedFields<'_> {
        let (cseq, method) = self.get("CSeq").split_once(' ').unwrap();
        let (from_uri, from_tag) = address(self.get("From"));
        let (to_uri, to_tag) = address(self.get("To"));
        let status = self.text.strip_prefix("SIP/2.0 ").map(|rest| rest[..3].parse().unwrap());
        SignedFields {
            call_id: self.get("Call-ID"),
            cseq,
            method,
            from_uri,
            from_tag,
            to_uri,
            to_tag,
            expires: self.get("Expires"),
            status,
            ..SignedFields::default()
        }
    }
}

/// The URI and the tag of a `From` or `To`.
fn address(value: &str) -> (&str, &str) {
    let (_, rest) = value.split_once('<').unwrap();
    let (uri, params) = rest.split_once('>').unwrap();
    let tag = params.split(';').find_map(|param| param.strip_prefix("tag=")).unwrap_or_default();
    (uri, tag)
}

fn heads(sign_in: &str) -> Vec<Head> {
    TRACE
        .lines()
        .map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap())
        .filter(|row| row["sign_in"] == sign_in)
        .map(|row| Head { from_client: row["dir"] == "C->S", text: row["head"].as_str().unwrap().to_owned() })
        .collect()
}

fn token<'a>(heads: &'a [Head], from_client: bool) -> Vec<u8> {
    let data = |head: &'a Head| head.auth()?.gssapi_data.filter(|data| !data.is_empty());
    let data = heads.iter().filter(|head| head.from_client == from_client).find_map(data);
    STANDARD.decode(data.unwrap()).unwrap()
}

fn verify(heads: &[Head], password: &str) -> Result<SessionKeys, Refusal> {
    let challenge = Challenge::parse(&token(heads, false)).unwrap();
    let answer = Authenticate::parse(&token(heads, true)).unwrap();
    answer.verify(&NtHash::of_password(password), &challenge, &Policy::default())
}

#[test]
fn every_signature_of_both_sides_holds() {
    for (name, password, signed) in
        [("alice", "Alice-pw1", 27), ("bob", "Bob-pw1", 6), ("carol", "Carol-pw1", 10)]
    {
        let heads = heads(name);
        let answer = Authenticate::parse(&token(&heads, true)).unwrap();
        assert_eq!((answer.user(), answer.domain(), answer.workstation()), (name, "EXAMPLE", "VM"));
        let keys = verify(&heads, password).unwrap();
        let (client, server) = (SigningKey::client(&keys), SigningKey::server(&keys));
        let mut count = 0;
        for head in &heads {
            let Some(auth) = head.auth() else { continue };
            let (key, rand, num, signature) = if head.from_client {
                (&client, auth.crand, auth.cnum, auth.response)
            } else {
                (&server, auth.srand, auth.snum, auth.rspauth)
            };
            let Some(signature) = signature else { continue };
            let stamp = Stamp {
                rand: rand.unwrap(),
                num: num.unwrap(),
                realm: auth.realm.unwrap(),
                targetname: auth.targetname.unwrap(),
            };
            assert!(key.verify(&stamp, &head.fields(), signature), "{name}: {}", head.text);
            count += 1;
        }
        assert_eq!(count, signed, "{name}");
    }
}

#[test]
fn a_wrong_password_is_refused() {
    let heads = heads("wrong-password");
    assert_eq!(verify(&heads, "Alice-pw1").unwrap_err(), Refusal::WrongPassword);
}

#[test]
fn the_signed_parts_are_found_by_the_grammar_too() {
    for head in ["wrong-password", "alice", "bob", "carol"].into_iter().flat_map(heads) {
        let mut headers = Headers::new();
        for (name, value) in head.text.split("\r\n").skip(1).filter_map(|line| line.split_once(": ")) {
            headers.push(name, value).unwrap();
        }
        let expected = head.fields();
        assert_eq!(fields_of(&headers, expected.status).unwrap(), expected);
        assert_eq!(credential_lines(&headers).next().unwrap_or_default(), head.get("Authorization"));
    }
}
