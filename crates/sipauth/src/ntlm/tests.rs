//! Known answers of [MS-NLMP] §4.2.4, of a Communicator 2007 R2 trace and of a made-up handshake, then misuse.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use proptest::prelude::*;

use super::av::FLAG_MIC;
use super::client::{Account, Chance, answer};
use super::crypto::{hmac_md5, md4, md5, rc4, utf16le};
use super::hash::identity;
use super::*;

const CHALLENGE: &str = "TlRMTVNTUAACAAAAAAAAADgAAADzgpjiASNFZ4mrze8AAAAAAAAAAHYAdgA4AAAABQLODgAAAA8CAA4ARQBYAEEATQBQAEwARQABAAYATwBDAFMABAAWAGUAeABhAG0AcABsAGUALgBjAG8AbQADAB4AbwBjAHMALgBlAHgAYQBtAHAAbABlAC4AYwBvAG0ABQAWAGUAeABhAG0AcABsAGUALgBjAG8AbQAAAAAA";
const AUTHENTICATE: &str = "TlRMTVNTUAADAAAAGAAYAHAAAACmAKYAiAAAAA4ADgBIAAAACgAKAFYAAAAQABAAYAAAABAAEAAuAQAAVYKYYgUBKAoAAAAPRQBYAEEATQBQAEwARQBhAGwAaQBjAGUAQQBMAEkAQwBFAC0AUABDAKLmroS2k7nnQ9w1vs0TS0mqu8zd7v8AEX5/YC7TJKsrhpIoDath3DIBAQAAAAAAAACAxbjSpcoBqrvM3e7/ABEAAAAAAgAOAEUAWABBAE0AUABMAEUAAQAGAE8AQwBTAAQAFgBlAHgAYQBtAHAAbABlAC4AYwBvAG0AAwAeAG8AYwBzAC4AZQB4AGEAbQBwAGwAZQAuAGMAbwBtAAUAFgBlAHgAYQBtAHAAbABlAC4AYwBvAG0AAAAAAAAAAAAfAxJrWpSxjWhU+6NoFLQZ";

const NAMES: TargetNames<'static> = TargetNames {
    netbios_domain: "EXAMPLE",
    netbios_computer: "OCS",
    dns_domain: "example.com",
    dns_computer: "ocs.example.com",
    dns_tree: "example.com",
};

const TIME: FileTime = FileTime(0x01CA_A5D2_B8C5_8000);

fn hex(text: &str) -> Vec<u8> {
    let digits: Vec<u8> =
        text.chars().filter(|c| !c.is_whitespace()).map(|c| c.to_digit(16).unwrap() as u8).collect();
    digits.chunks(2).map(|pair| pair[0] << 4 | pair[1]).collect()
}

fn key(text: &str) -> [u8; 16] {
    hex(text).try_into().unwrap()
}

fn challenge() -> Challenge {
    Challenge::new(&TargetInfo::new(&NAMES).unwrap(), [0x01, 0x23, 0x45, 0x67, 0x89, 0xAB, 0xCD, 0xEF])
}

fn token() -> Vec<u8> {
    STANDARD.decode(AUTHENTICATE).unwrap()
}

fn parsed(bytes: &[u8]) -> Authenticate {
    Authenticate::parse(bytes).unwrap()
}

fn alice(password: &str) -> Account<'static> {
    Account {
        user: "alice",
        domain: "EXAMPLE",
        workstation: "ALICE-PC",
        nt_hash: NtHash::of_password(password),
        channel_binding: None,
    }
}

fn chance() -> Chance {
    Chance {
        client_challenge: [0xAA, 0xBB, 0xCC, 0xDD, 0xEE, 0xFF, 0x00, 0x11],
        exported_session_key: std::array::from_fn(|i| i as u8),
        time: TIME,
    }
}

/// An answer whose AV pairs are `pairs` (without the end), for a MIC or another server.
fn answer_with(pairs: &[u8], mic: bool, password: &str) -> Vec<u8> {
    let ours = challenge();
    let mut info = ours.target_info().to_vec();
    info.truncate(info.len() - 4);
    info.extend(pairs);
    answer_over(&ours, &info, mic, password)
}

fn answer_over(ours: &Challenge, info: &[u8], mic: bool, password: &str) -> Vec<u8> {
    let info = [info, &[0; 4]].concat();
    let mut message = ours.message()[..56].to_vec();
    message[40..44].copy_from_slice(&[(info.len() as u16).to_le_bytes(); 2].concat());
    message.extend(&info);
    let (mut token, _) = answer(&Challenge::parse(&message).unwrap(), &alice(password), &chance());
    if mic {
        // Room for the MIC: sixteen bytes after the version, and every offset moved behind them.
        token.splice(72..72, [0; 16]);
        for at in [12, 20, 28, 36, 44, 52] {
            token[at + 4] = token[at + 4].checked_add(16).unwrap_or_else(|| {
                token[at + 5] += 1;
                token[at + 4].wrapping_add(16)
            });
        }
        let mic = hmac_md5(&chance().exported_session_key, &[ours.message(), &token]);
        token[72..88].copy_from_slice(&mic);
    }
    token
}

fn pair(id: u16, value: &[u8]) -> Vec<u8> {
    [&id.to_le_bytes(), &(value.len() as u16).to_le_bytes(), value].concat()
}

#[track_caller]
fn check(token: &[u8], password: &str, expected: Result<(), Refusal>) {
    let outcome = parsed(token).verify(&NtHash::of_password(password), &challenge(), &Policy::at(TIME));
    assert_eq!(outcome.map(drop), expected);
}

#[test]
fn the_primitives_agree_with_their_specifications() {
    assert_eq!(md4(b"message digest"), key("D9130A8164549FE818874806E1C7014B"));
    assert_eq!(md5(&[b"message ", b"digest"]), key("F96B697D7CB7938D525A2F31AAF161D0"));
    assert_eq!(hmac_md5(&[0x0B; 16], &[b"Hi ", b"There"]), key("9294727A3638BB1C13F48EF8158BFC9D"));
}

#[test]
fn the_published_ntlmv2_example_holds() {
    let response_key = NtHash::of_password("Password").response_key(&identity("User", "Domain"));
    assert_eq!(response_key.0, key("0C868A403BFD7A93A3001EF22EF02E3F"));
    let info = [pair(2, &utf16le("Domain")), pair(1, &utf16le("Server")), vec![0; 4]].concat();
    let blob = [&[1, 1, 0, 0, 0, 0, 0, 0][..], &[0; 8], &[0xAA; 8], &[0; 4], &info, &[0; 4]].concat();
    let proof = hmac_md5(&response_key.0, &[&hex("0123456789ABCDEF"), &blob]);
    assert_eq!(proof, key("68CD0AB851E51C96AABC927BEBEF6A1C"));
    let base = hmac_md5(&response_key.0, &[&proof]);
    assert_eq!(base, key("8DE40CCADBC14A82F15CB0AD0DE95CA3"));
    let mut session_key = key("C5DAD2544FC9799094CE1CE90BC9D03E");
    rc4(&base, &mut session_key);
    assert_eq!(session_key, [0x55; 16]);
    let keys = SessionKeys::derive(&session_key);
    assert_eq!(keys.client_sign, key("4788DC861B4782F35D43FD98FE1A2D39"));
    assert_eq!(keys.client_seal, key("59F600973CC4960A25480A7C196E4C58"));
}

#[test]
fn the_communicator_2007_r2_trace_holds() {
    let response_key = NtHash::of_password("Pa$$word").response_key(&identity("User", "COSMO"));
    assert_eq!(response_key.0, key("164B086E00D2F393529FA3A98209F99E"));
    let info = hex(
        "02000A0043004F0053004D004F00 0100180043004F0053004D004F002D004F00430053002D0052003200
         0400160063006F0073006D006F002E006C006F00630061006C00
         0300300063006F0073006D006F002D006F00630073002D00720032002E0063006F0073006D006F002E006C006F00630061006C00
         0500160063006F0073006D006F002E006C006F00630061006C00 00000000",
    );
    assert_eq!(info.len(), 150);
    let blob = [
        &[1, 1, 0, 0, 0, 0, 0, 0][..],
        &hex("59519A1727B9CA01"),
        &hex("D6AE875CB0FDAA41"),
        &[0; 4],
        &info,
        &[0; 4],
    ]
    .concat();
    let proof = hmac_md5(&response_key.0, &[&hex("DD1BAAF4E7E218D1"), &blob]);
    assert_eq!(proof, key("8DC0C800AE76ECA606D2B9FBEBD04731"));
    let base = hmac_md5(&response_key.0, &[&proof]);
    assert_eq!(base, key("02959B1D938E14CCC8412639311CDD49"));
    let mut session_key = key("31CB739E1CA80A498591E8AE797115E4");
    rc4(&base, &mut session_key);
    assert_eq!(session_key, key("6742FBE37BB1946B49D86A525BD29A9B"));
    let keys = SessionKeys::derive(&session_key);
    assert_eq!(keys.client_sign, key("EA5E87C195AE65338F7C023E7600690D"));
    assert_eq!(keys.client_seal, key("83013A189002D3ABAD49C4C8F605ECC8"));
    assert_eq!(keys.server_sign, key("0151FE94DBA8C83F3C6A6E5444AE54B4"));
    assert_eq!(keys.server_seal, key("2A2E34E8D420C039E8F31CB9E8E0CD88"));
}

#[test]
fn the_challenge_is_built_to_the_byte() {
    assert_eq!(STANDARD.encode(challenge().message()), CHALLENGE);
    let read = Challenge::parse(challenge().message()).unwrap();
    assert_eq!(read.server_challenge(), challenge().server_challenge());
    assert_eq!(read.target_info(), challenge().target_info());
    assert_eq!(read.flags(), flags::OFFERED);
}

#[test]
fn the_client_builds_its_answer_to_the_byte() {
    let (token, keys) = answer(&challenge(), &alice("Passw0rd!"), &chance());
    assert_eq!(STANDARD.encode(token), AUTHENTICATE);
    assert_eq!(keys.client_sign, key("9B52E70996BD32C71F2398B552D207D2"));
    assert_eq!(keys.server_seal, key("537DC0B821115FD8177313BE127B7D90"));
}

#[test]
fn the_right_password_gives_the_session_keys() {
    let answer = parsed(&token());
    assert_eq!((answer.user(), answer.domain(), answer.workstation()), ("alice", "EXAMPLE", "ALICE-PC"));
    assert_eq!(answer.proof, key("7E7F602ED324AB2B8692280DAB61DC32"));
    assert_eq!(answer.encrypted_session_key, key("1F03126B5A94B18D6854FBA36814B419"));
    let keys = answer.verify(&NtHash::of_password("Passw0rd!"), &challenge(), &Policy::default()).unwrap();
    assert_eq!(keys.client_sign, key("9B52E70996BD32C71F2398B552D207D2"));
    assert_eq!(keys.client_seal, key("157CC91EAD98FD67FF4911A6C338BE2C"));
    assert_eq!(keys.server_sign, key("24708083B479DE7C5807CAC27AEEFBCE"));
    assert_eq!(keys.server_seal, key("537DC0B821115FD8177313BE127B7D90"));
}

#[test]
fn wrong_password_without_a_mic_is_refused() {
    assert!(!parsed(&token()).has_mic);
    check(&token(), "wrong", Err(Refusal::WrongPassword));
    check(&token(), "", Err(Refusal::WrongPassword));
}

#[test]
fn wrong_password_with_a_mic_is_refused() {
    let token = answer_with(&pair(6, &FLAG_MIC.to_le_bytes()), true, "guess");
    check(&token, "Passw0rd!", Err(Refusal::WrongPassword));
}

#[test]
fn an_answer_to_another_challenge_is_refused() {
    let other = Challenge::new(&TargetInfo::new(&NAMES).unwrap(), [9; 8]);
    let outcome = parsed(&token()).verify(&NtHash::of_password("Passw0rd!"), &other, &Policy::default());
    assert_eq!(outcome.unwrap_err(), Refusal::WrongPassword);
}

#[test]
fn any_one_of_several_passwords_is_found_and_named() {
    for count in [1usize, 3, 8, 12] {
        for right in 0..count {
            let candidates: Vec<_> = (0..count)
                .map(|at| NtHash::of_password(if at == right { "Passw0rd!" } else { "other" }))
                .collect();
            let found = parsed(&token()).verify_any(&candidates, &challenge(), &Policy::default()).unwrap();
            assert_eq!(found.candidate, right);
        }
    }
}

#[test]
fn an_unknown_user_is_refused_like_a_wrong_password() {
    let outcome = parsed(&token()).verify_any(&[], &challenge(), &Policy::default());
    assert_eq!(outcome.unwrap_err(), Refusal::WrongPassword);
}

#[test]
fn the_hash_that_burns_time_opens_nothing() {
    let account = Account { nt_hash: NtHash::dummy(), ..alice("") };
    let (token, _) = answer(&challenge(), &account, &chance());
    let outcome = parsed(&token).verify_any(&[], &challenge(), &Policy::default());
    assert_eq!(outcome.unwrap_err(), Refusal::WrongPassword);
}

#[test]
fn an_announced_mic_must_hold() {
    let announced = pair(6, &FLAG_MIC.to_le_bytes());
    let good = answer_with(&announced, true, "Passw0rd!");
    check(&good, "Passw0rd!", Ok(()));
    // The last is the workstation, which nothing but the MIC covers.
    for at in [72, 87, 112] {
        let mut altered = good.clone();
        altered[at] ^= 1;
        check(&altered, "Passw0rd!", Err(Refusal::BadMic));
    }
    // Announced, but the payload begins where the MIC should stand.
    let missing = answer_with(&announced, false, "Passw0rd!");
    assert!(matches!(Authenticate::parse(&missing), Err(ParseError::Malformed { what: "MIC", .. })));
}

#[test]
fn an_answer_made_for_another_server_is_refused() {
    let ours = challenge();
    let others = TargetNames { dns_computer: "fileserver.example.com", netbios_computer: "FILES", ..NAMES };
    let info = TargetInfo::new(&others).unwrap();
    let names = &info.as_bytes()[..info.as_bytes().len() - 4];
    check(&answer_over(&ours, names, false, "Passw0rd!"), "Passw0rd!", Err(Refusal::ForeignTarget));
    check(&answer_over(&ours, &[], false, "Passw0rd!"), "Passw0rd!", Err(Refusal::ForeignTarget));
    // Both names at once are no better.
    let both = answer_with(&pair(3, &utf16le("fileserver.example.com")), false, "Passw0rd!");
    check(&both, "Passw0rd!", Err(Refusal::ForeignTarget));
}

#[test]
fn a_domain_and_a_tree_that_are_empty_are_not_named_and_the_answer_is_held_against_the_rest() {
    let short = TargetInfo::new(&TargetNames { dns_domain: "", dns_tree: "", ..NAMES }).unwrap();
    let all = TargetInfo::new(&NAMES).unwrap();
    let [domain, tree] = [NAMES.dns_domain, NAMES.dns_tree].map(|name| 4 + utf16le(name).len());
    assert_eq!(short.as_bytes().len() + domain + tree, all.as_bytes().len());
    let ours = Challenge::new(&short, *challenge().server_challenge());
    let names = |info: &TargetInfo| info.as_bytes()[..info.as_bytes().len() - 4].to_vec();
    let right = NtHash::of_password("Passw0rd!");
    let held = |token: &[u8]| parsed(token).verify(&right, &ours, &Policy::at(TIME)).map(drop);
    assert_eq!(held(&answer_over(&ours, &names(&short), false, "Passw0rd!")), Ok(()));
    let others =
        TargetNames { dns_computer: "fileserver.example.com", dns_domain: "", dns_tree: "", ..NAMES };
    let others = names(&TargetInfo::new(&others).unwrap());
    assert_eq!(held(&answer_over(&ours, &others, false, "Passw0rd!")), Err(Refusal::ForeignTarget));
}

#[test]
fn a_target_name_must_be_ours() {
    for (spn, expected) in [
        ("", Ok(())),
        ("sip/ocs.example.com", Ok(())),
        ("SIP/OCS.Example.com:5061", Ok(())),
        ("ocs.example.com", Ok(())),
        ("sip/OCS/EXAMPLE", Ok(())),
        ("cifs/files.example.com", Err(Refusal::ForeignTarget)),
        ("sip/ocs.example.com.evil.net", Err(Refusal::ForeignTarget)),
        ("sip/", Err(Refusal::ForeignTarget)),
    ] {
        check(&answer_with(&pair(9, &utf16le(spn)), false, "Passw0rd!"), "Passw0rd!", expected);
    }
}

/// The hash of a certificate and the binding to it, from Microsoft's own example ("NTLM and Channel Binding Hash (aka
/// Extended Protection for Authentication)", on the openspecification blog).
const CERTIFICATE: &str = "EA05FEFECC6B0BD571DBBC5BAA3ED45386D0446835F7B74C85621B9983475F95";
const BINDING: &str = "6586E99D81C2FC984E47172FD4DD0310";

#[test]
fn published_channel_bindings_hold() {
    for (certificate, binding) in [
        (CERTIFICATE, BINDING),
        // What the Python package ntlm-auth expects of itself.
        (
            "E3CA49271E5089CC48CE82109F1324F41DBEDDC29A777410C738F7868C4FF405",
            "6EA19DF066DA4622051F9C4F92C6DF74",
        ),
    ] {
        assert_eq!(ChannelBinding::tls_server_end_point(&hex(certificate)).as_bytes(), &key(binding));
    }
}

#[test]
fn a_channel_binding_must_be_ours_when_sent() {
    let ours = ChannelBinding::tls_server_end_point(&hex(CERTIFICATE));
    let binding = hex(BINDING);
    let altered = |at: usize| {
        let mut altered = binding.clone();
        altered[at] ^= 1;
        pair(10, &altered)
    };
    let refused = || Err(Refusal::ForeignChannel);
    for (sent, expected) in [
        (vec![], Ok(())),
        (pair(10, &[0; 16]), Ok(())),
        (pair(10, &binding), Ok(())),
        (altered(0), refused()),
        (altered(15), refused()),
        (pair(10, &[]), refused()),
        (pair(10, &[0; 15]), refused()),
        (pair(10, &binding[..15]), refused()),
        (pair(10, &[&binding[..], &[0]].concat()), refused()),
        // Who sends two sends two that are ours.
        ([pair(10, &binding), altered(3)].concat(), refused()),
        ([pair(10, &[0; 16]), altered(3)].concat(), refused()),
    ] {
        let answer = parsed(&answer_with(&sent, false, "Passw0rd!"));
        let verify = |channel_binding| {
            let policy = Policy { channel_binding, ..Policy::default() };
            answer.verify(&NtHash::of_password("Passw0rd!"), &challenge(), &policy).map(drop)
        };
        assert_eq!(verify(Some(ours)), expected, "{sent:02x?}");
        assert_eq!(verify(None), Ok(()), "a connection that has no binding: {sent:02x?}");
    }
}

#[test]
fn a_wrong_channel_binding_is_only_told_of_after_a_right_password() {
    let policy = Policy {
        channel_binding: Some(ChannelBinding::tls_server_end_point(&hex(CERTIFICATE))),
        ..Policy::default()
    };
    let answer = parsed(&answer_with(&pair(10, &[8; 16]), false, "guess"));
    let outcome = answer.verify(&NtHash::of_password("Passw0rd!"), &challenge(), &policy);
    assert_eq!(outcome.unwrap_err(), Refusal::WrongPassword);
}

#[test]
fn a_client_sends_the_binding_of_its_connection() {
    let ours = ChannelBinding::tls_server_end_point(&hex(CERTIFICATE));
    let account = Account { channel_binding: Some(ours), ..alice("Passw0rd!") };
    let (token, _) = answer(&challenge(), &account, &chance());
    let sent = parsed(&token);
    let verify = |certificate: &[u8]| {
        let channel_binding = Some(ChannelBinding::tls_server_end_point(certificate));
        let policy = Policy { channel_binding, ..Policy::default() };
        sent.verify(&NtHash::of_password("Passw0rd!"), &challenge(), &policy).map(drop)
    };
    assert_eq!(verify(&hex(CERTIFICATE)), Ok(()));
    assert_eq!(verify(&[7; 32]), Err(Refusal::ForeignChannel));
    assert_eq!(verify(&hex(CERTIFICATE)[..31]), Err(Refusal::ForeignChannel));
}

#[test]
fn the_clients_clock_may_be_off_by_half_an_hour_or_absent() {
    let minutes = |n: u64| n * 60 * 10_000_000;
    for (now, expected) in [
        (TIME.0, Ok(())),
        (TIME.0 + minutes(30), Ok(())),
        (TIME.0 - minutes(30), Ok(())),
        (TIME.0 + minutes(31), Err(Refusal::ClockSkew)),
        (TIME.0 - minutes(31), Err(Refusal::ClockSkew)),
    ] {
        let outcome = parsed(&token()).verify(
            &NtHash::of_password("Passw0rd!"),
            &challenge(),
            &Policy::at(FileTime(now)),
        );
        assert_eq!(outcome.map(drop), expected);
    }
    let (timeless, _) = answer(&challenge(), &alice("Passw0rd!"), &Chance { time: FileTime(0), ..chance() });
    check(&timeless, "Passw0rd!", Ok(()));
}

#[test]
fn windows_time_counts_from_1601() {
    assert_eq!(FileTime::from_unix(Duration::from_secs(0)).0, 116_444_736_000_000_000);
    assert_eq!(FileTime(5).distance(FileTime(20_000_005)), Duration::from_secs(2));
}

#[test]
fn weak_forms_are_refused() {
    let with_flags = |clear: u32, set: u32| {
        let mut bytes = token();
        let flags = u32::from_le_bytes(bytes[60..64].try_into().unwrap()) & !clear | set;
        bytes[60..64].copy_from_slice(&flags.to_le_bytes());
        bytes
    };
    let with_len = |at: usize, len: u16| {
        let mut bytes = token();
        bytes[at..at + 2].copy_from_slice(&len.to_le_bytes());
        bytes
    };
    for (bytes, weakness) in [
        (with_flags(flags::EXTENDED_SESSIONSECURITY, 0), Weakness::NoExtendedSessionSecurity),
        (with_flags(flags::SIGN, 0), Weakness::NoSigning),
        (with_flags(flags::DATAGRAM, 0), Weakness::NotDatagram),
        (with_flags(flags::KEY_EXCH, 0), Weakness::WeakKeys),
        (with_flags(flags::KEY_128, 0), Weakness::WeakKeys),
        (with_flags(0, flags::ANONYMOUS), Weakness::Anonymous),
        (with_len(20, 24), Weakness::NtlmV1),
        (with_len(20, 0), Weakness::Anonymous),
        (with_len(36, 0), Weakness::Anonymous),
    ] {
        assert_eq!(Authenticate::parse(&bytes).unwrap_err(), ParseError::Weak(weakness));
    }
}

#[test]
fn names_in_the_oem_code_page_are_taken_when_ascii() {
    let mut bytes = token();
    bytes[60] &= !1;
    // The user field then holds "alice" with a NUL after every letter, which is ASCII still.
    assert_eq!(parsed(&bytes).user(), "a\0l\0i\0c\0e\0");
    bytes[0x56] = 0xE9;
    assert!(matches!(Authenticate::parse(&bytes), Err(ParseError::Malformed { what: "user", .. })));
}

#[test]
fn lengths_and_offsets_outside_the_message_are_refused() {
    for at in [12, 20, 28, 36, 44, 52] {
        for (len, offset) in [(0xFFFF, 72u32), (16, 0xFFFF_FFF8), (16, 310), (16, 0), (16, 63)] {
            let mut bytes = token();
            bytes[at..at + 2].copy_from_slice(&u16::to_le_bytes(len));
            bytes[at + 4..at + 8].copy_from_slice(&offset.to_le_bytes());
            let outcome = Authenticate::parse(&bytes);
            assert!(matches!(outcome, Err(ParseError::Malformed { .. })), "{at} {len} {offset}");
        }
    }
    for len in 0..token().len() {
        assert!(Authenticate::parse(&token()[..len]).is_err(), "cut to {len}");
    }
    assert!(Authenticate::parse(&[token(), vec![0; MAX_TOKEN]].concat()).is_err());
}

#[test]
fn the_proof_is_never_printed() {
    let text = format!("{:?}", parsed(&token()));
    assert_eq!(text, r#"Authenticate { user: "alice", domain: "EXAMPLE", workstation: "ALICE-PC", .. }"#);
}

proptest! {
    #[test]
    fn any_bytes_give_a_message_or_an_error(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        let _ = Authenticate::parse(&bytes);
        let _ = Challenge::parse(&bytes);
    }

    #[test]
    fn a_damaged_answer_never_panics(damage in prop::collection::vec((0usize..318, any::<u8>()), 1..12)) {
        let mut bytes = token();
        for (at, value) in damage {
            bytes[at] = value;
        }
        if let Ok(answer) = Authenticate::parse(&bytes) {
            let _ = answer.verify(&NtHash::of_password("Passw0rd!"), &challenge(), &Policy::at(TIME));
        }
    }

    #[test]
    fn a_damaged_challenge_never_panics(damage in prop::collection::vec((0usize..174, any::<u8>()), 1..12)) {
        let mut bytes = challenge().message().to_vec();
        for (at, value) in damage {
            bytes[at] = value;
        }
        if let Ok(read) = Challenge::parse(&bytes) {
            let _ = answer(&read, &alice("x"), &chance());
        }
    }

    #[test]
    fn every_user_and_password_signs_in(user in ".{1,40}", domain in ".{0,40}", password in ".{0,40}") {
        let account = Account {
            user: &user, domain: &domain, workstation: "", nt_hash: NtHash::of_password(&password),
            channel_binding: None,
        };
        let (token, keys) = answer(&challenge(), &account, &chance());
        let answer = parsed(&token);
        prop_assert_eq!(answer.user(), &user);
        let verified =
            answer.verify(&NtHash::of_password(&password), &challenge(), &Policy::default()).unwrap();
        prop_assert_eq!(verified.client_sign, keys.client_sign);
    }
}
