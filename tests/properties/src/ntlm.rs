//! NTLM: header values and tokens of anybody give a value or an error; nothing is proved without the password, nor to a
//! server of other names, nor twice.

use std::time::{Duration, Instant};

use rapport_sipauth::association::{Acceptor, Opaque, REALM, Version};
use rapport_sipauth::header::AuthParams;
use rapport_sipauth::ntlm::client::{Account, Chance, answer};
use rapport_sipauth::ntlm::{
    Authenticate, Challenge, FileTime, MAX_TOKEN, NtHash, Policy, TargetInfo, TargetNames,
};
use rapport_sipauth::signature::{SignedFields, SigningKey, Stamp};

pub(crate) const TARGET: &str = "ocs.example.com";
pub(crate) const NAMES: TargetNames<'static> = TargetNames {
    netbios_domain: "EXAMPLE",
    netbios_computer: "OCS",
    dns_domain: "example.com",
    dns_computer: TARGET,
    dns_tree: "example.com",
};
const OURS: [u8; 8] = [0x01, 0x23, 0x45, 0x67, 0x89, 0xAB, 0xCD, 0xEF];
const NOW: FileTime = FileTime(0x01CA_A5D2_B8C5_8000);

/// The text is the value of an authentication header.
pub(crate) fn check_header(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let now = start();
    let acceptor = Acceptor::new(REALM, TARGET, &NAMES).expect("names that can be written");
    let Ok(params) = AuthParams::parse(text) else {
        assert!(acceptor.pick([text], None).is_none(), "what cannot be read is nobody's");
        return;
    };
    rewrite(&params);
    let Some(version) = Version::negotiate(params.version) else { return };
    let half_open = acceptor.challenge(Opaque(0x2BDB_AC9D), OURS, version, now);
    let names_us = params.opaque == Some("2BDBAC9D") && acceptor.is_for(&params);
    let Ok(claim) = half_open.claim(&params, now) else { return };
    assert!(names_us, "a claim names the association, the realm and the target");
    let proved =
        claim.accept(&candidates(), &params, &SignedFields::default(), &Policy::at(NOW), "alice", now);
    if let Ok(mut signed_in) = proved {
        let again =
            signed_in.association.verify(&params, &SignedFields::default(), now + Duration::from_secs(1));
        assert!(again.is_err(), "a line is good once");
    }
}

/// A value written from what was read reads as the same.
fn rewrite(params: &AuthParams<'_>) {
    let fields = [
        ("realm", params.realm),
        ("targetname", params.targetname),
        ("opaque", params.opaque),
        ("qop", params.qop),
        ("gssapi-data", params.gssapi_data),
        ("crand", params.crand),
        ("cnum", params.cnum),
        ("response", params.response),
        ("srand", params.srand),
        ("snum", params.snum),
        ("rspauth", params.rspauth),
    ];
    // A bare value may end in a backslash, which between quotes would take the closing one with it.
    if fields.iter().any(|(_, value)| value.is_some_and(|value| value.contains('\\'))) {
        return;
    }
    let mut written = format!("{} ", params.scheme);
    for (name, value) in fields {
        if let Some(value) = value {
            written.push_str(&format!("{name}=\"{value}\", "));
        }
    }
    if let Some(version) = params.version {
        written.push_str(&format!("version={version}, "));
    }
    assert_eq!(AuthParams::parse(&written).as_ref(), Ok(params), "{written}");
}

/// The bytes are a token: an AUTHENTICATE for our challenge, or a CHALLENGE of somebody else.
pub(crate) fn check_token(data: &[u8]) {
    let ours = Challenge::new(&TargetInfo::new(&NAMES).expect("short names"), OURS);
    if let Ok(authenticate) = Authenticate::parse(data) {
        assert!(data.len() <= MAX_TOKEN && !authenticate.user().is_empty());
        let names = [authenticate.user(), authenticate.domain(), authenticate.workstation()];
        assert!(names.iter().all(|name| name.encode_utf16().count() <= 512));
        for end in [data.len() / 2, data.len() - 1] {
            if let Ok(cut) = Authenticate::parse(data.get(..end).unwrap_or_default()) {
                assert!(cut.verify(&NtHash::of_password("another"), &ours, &Policy::at(NOW)).is_err());
            }
        }
        let proved = authenticate.verify_any(&candidates(), &ours, &Policy::at(NOW));
        if let Ok(proved) = proved {
            assert_eq!(proved.candidate, 1);
            let wrong = authenticate.verify(&NtHash::of_password("another"), &ours, &Policy::at(NOW));
            assert!(wrong.is_err(), "another password proves nothing");
            let other = Challenge::new(&TargetInfo::new(&NAMES).expect("short names"), [9; 8]);
            assert!(authenticate.verify_any(&candidates(), &other, &Policy::at(NOW)).is_err());
        }
    }
    if let Ok(theirs) = Challenge::parse(data) {
        relay(&theirs);
    }
}

/// What a client answers to somebody else's challenge is good here only when that challenge had our names.
fn relay(theirs: &Challenge) {
    let account = Account {
        user: "alice",
        domain: "EXAMPLE",
        workstation: "",
        nt_hash: NtHash::of_password("Passw0rd!"),
        channel_binding: None,
    };
    let chance = Chance { client_challenge: [0xAA; 8], exported_session_key: [0x55; 16], time: NOW };
    let (token, keys) = answer(theirs, &account, &chance);
    let Ok(authenticate) = Authenticate::parse(&token) else { return };
    let info = TargetInfo::new(&NAMES).expect("short names");
    let ours = Challenge::new(&info, *theirs.server_challenge());
    if let Ok(proved) = authenticate.verify_any(&candidates(), &ours, &Policy::at(NOW)) {
        let stamp = Stamp { rand: "1", num: "1", realm: REALM, targetname: TARGET };
        let signed = |keys| SigningKey::client(keys).sign(&stamp, &SignedFields::default());
        assert_eq!(signed(&proved.keys), signed(&keys), "both sides have the same keys");
        for name in ["EXAMPLE", "OCS", "example.com", TARGET] {
            let name: Vec<u8> = name.encode_utf16().flat_map(u16::to_le_bytes).collect();
            let held = theirs.target_info().windows(name.len()).any(|part| part == name);
            assert!(held, "an answer for a server of other names is good here");
        }
    }
}

/// Two passwords of a person; the second is the one of the corpus.
fn candidates() -> [NtHash; 2] {
    [NtHash::of_password("first"), NtHash::of_password("Passw0rd!")]
}

#[expect(clippy::disallowed_methods, reason = "an Instant to count from; its value makes no difference")]
pub(crate) fn start() -> Instant {
    Instant::now()
}
