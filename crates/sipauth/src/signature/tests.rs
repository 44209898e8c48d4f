//! Known answers: a Communicator 2007 R2 trace, a published proxied response and a made-up dialogue.

use proptest::prelude::*;

use super::*;

const REALM: &str = "SIP Communications Service";

fn key(text: &str) -> [u8; 16] {
    *Signature::parse(text).unwrap().as_bytes()
}

fn synthetic() -> SessionKeys {
    SessionKeys::derive(&std::array::from_fn(|i| i as u8))
}

/// Splits a signed text into what made it.
fn split(text: &str) -> (Stamp<'_>, SignedFields<'_>) {
    let inner = text.strip_prefix('<').and_then(|text| text.strip_suffix('>')).unwrap();
    let parts: Vec<&str> = inner.split("><").collect();
    assert_eq!(parts[0], "NTLM");
    let stamp = Stamp { rand: parts[1], num: parts[2], realm: parts[3], targetname: parts[4] };
    let fields = SignedFields {
        call_id: parts[5],
        cseq: parts[6],
        method: parts[7],
        from_uri: parts[8],
        from_tag: parts[9],
        to_uri: parts[10],
        to_tag: parts[11],
        sip_identity: parts[12],
        tel_identity: parts[13],
        expires: parts[14],
        status: parts.get(15).map(|status| status.parse().unwrap()),
    };
    (stamp, fields)
}

#[track_caller]
fn check(key: &SigningKey, text: &str, expected: &str) {
    let (stamp, fields) = split(text);
    assert_eq!(signed_text(&stamp, &fields), text);
    assert_eq!(key.sign(&stamp, &fields).to_string(), expected.to_uppercase());
    assert!(key.verify(&stamp, &fields, expected));
    assert!(key.verify(&stamp, &fields, &expected.to_lowercase()));
}

#[test]
fn the_communicator_2007_r2_trace_holds() {
    let keys = SessionKeys::derive(&key("6742FBE37BB1946B49D86A525BD29A9B"));
    check(
        &SigningKey::client(&keys),
        "<NTLM><13317733><1><SIP Communications Service><cosmo-ocs-r2.cosmo.local><4037df9284354df39065195bd57a4b14><3><REGISTER><sip:user@cosmo.local><3e49177a52><sip:user@cosmo.local><><><><>",
        "0100000029618e9651b65a7764000000",
    );
    check(
        &SigningKey::server(&keys),
        "<NTLM><9616454F><1><SIP Communications Service><cosmo-ocs-r2.cosmo.local><4037df9284354df39065195bd57a4b14><3><REGISTER><sip:user@cosmo.local><3e49177a52><sip:user@cosmo.local><5E61CCD925D17E043D9A74835A88F664><><><7200><200>",
        "01000000E615438A917661BE64000000",
    );
}

#[test]
fn the_made_up_dialogue_holds() {
    let keys = synthetic();
    let client = SigningKey::client(&keys);
    let server = SigningKey::server(&keys);
    for (key, text, expected) in [
        (
            &client,
            "<NTLM><0a1b2c3d><1>T<c0ffee01><3><REGISTER><sip:alice@example.com><f1><sip:alice@example.com><><><><>",
            "01000000C94AE364A217DC1864000000",
        ),
        (
            &server,
            "<NTLM><A1B2C3D4><1>T<c0ffee01><3><REGISTER><sip:alice@example.com><f1><sip:alice@example.com><t1><><><7200><200>",
            "01000000C0FB175B822C745D64000000",
        ),
        (
            &client,
            "<NTLM><0a1b2c3e><2>T<c0ffee02><1><SUBSCRIBE><sip:alice@example.com><f2><sip:alice@example.com><><><><0>",
            "01000000284A32E927F01E7B64000000",
        ),
        (
            &server,
            "<NTLM><A1B2C3D5><2>T<c0ffee02><1><SUBSCRIBE><sip:alice@example.com><f2><sip:alice@example.com><t2><><><0><200>",
            "01000000186CD42DC6F844E664000000",
        ),
        (
            &server,
            "<NTLM><A1B2C3D6><3>T<c0ffee03><2><BENOTIFY><sip:alice@example.com><t3><sip:alice@example.com><f3><><><>",
            "01000000561E2A583CECA2F964000000",
        ),
        (
            &server,
            "<NTLM><A1B2C3D7><4>T<c0ffee04><1><INVITE><sip:bob@example.com><b1><sip:alice@example.com><><sip:bob@example.com><tel:+15550100><>",
            "0100000024B1635705DBCE0964000000",
        ),
    ] {
        let text = text.replace(">T<", "><SIP Communications Service><ocs.example.com><");
        check(key, &text, expected);
    }
}

#[test]
fn a_published_proxied_response_gives_its_text() {
    let stamp =
        Stamp { rand: "1B6D47A1", num: "11", realm: REALM, targetname: "LOC-COMPANYT-FE03.COMPANY.COM" };
    let fields = SignedFields {
        call_id: "41CEg82ECa0AC8i3DD7mE673t9CF4b19DAxF780x",
        cseq: "1",
        method: "INVITE",
        from_uri: "sip:sender@company.com",
        from_tag: "2420628112",
        to_uri: "sip:recipient@company.com",
        to_tag: "7aee15546a",
        sip_identity: "SIP:recipient@company.com",
        status: Some(180),
        ..SignedFields::default()
    };
    assert_eq!(
        signed_text(&stamp, &fields),
        "<NTLM><1B6D47A1><11><SIP Communications Service><LOC-COMPANYT-FE03.COMPANY.COM><41CEg82ECa0AC8i3DD7mE673t9CF4b19DAxF780x><1><INVITE><sip:sender@company.com><2420628112><sip:recipient@company.com><7aee15546a><SIP:recipient@company.com><><><180>"
    );
}

#[test]
fn every_covered_part_changes_the_signature() {
    let key = SigningKey::client(&synthetic());
    let stamp = Stamp { rand: "0a1b2c3d", num: "1", realm: REALM, targetname: "ocs.example.com" };
    let fields = SignedFields { call_id: "c", cseq: "1", method: "BYE", ..SignedFields::default() };
    let signature = key.sign(&stamp, &fields).to_string();
    let x = "x";
    for altered in [
        SignedFields { call_id: x, ..fields },
        SignedFields { cseq: x, ..fields },
        SignedFields { method: x, ..fields },
        SignedFields { from_uri: x, ..fields },
        SignedFields { from_tag: x, ..fields },
        SignedFields { to_uri: x, ..fields },
        SignedFields { to_tag: x, ..fields },
        SignedFields { sip_identity: x, ..fields },
        SignedFields { tel_identity: x, ..fields },
        SignedFields { expires: x, ..fields },
        SignedFields { status: Some(200), ..fields },
    ] {
        assert!(!key.verify(&stamp, &altered, &signature), "{altered:?}");
    }
    for altered in [
        Stamp { rand: x, ..stamp },
        Stamp { num: x, ..stamp },
        Stamp { realm: x, ..stamp },
        Stamp { targetname: x, ..stamp },
    ] {
        assert!(!key.verify(&altered, &fields, &signature), "{altered:?}");
    }
    assert!(!SigningKey::server(&synthetic()).verify(&stamp, &fields, &signature));
}

#[test]
fn only_32_hexadecimal_digits_are_a_signature() {
    for text in
        ["", "01", "0100000029618e9651b65a776400000g", "0100000029618e9651b65a77640000001", "+1000000é"]
    {
        assert_eq!(Signature::parse(text), None, "{text}");
    }
}

#[test]
fn keys_are_never_printed() {
    let keys = synthetic();
    assert_eq!(format!("{keys:?} {:?}", SigningKey::client(&keys)), "SessionKeys(..) SigningKey(..)");
}

proptest! {
    #[test]
    fn any_text_verifies_or_not(hex in ".{0,40}") {
        let key = SigningKey::client(&synthetic());
        let stamp = Stamp { rand: "", num: "", realm: "", targetname: "" };
        prop_assert!(!key.verify(&stamp, &SignedFields::default(), &hex));
    }

    #[test]
    fn hexadecimal_reads_back(bytes: [u8; 16]) {
        let mut hex = String::new();
        Signature(bytes).push_hex(&mut hex);
        prop_assert_eq!(&hex, &Signature(bytes).to_string());
        prop_assert_eq!(Signature::parse(&hex), Some(Signature(bytes)));
    }
}
